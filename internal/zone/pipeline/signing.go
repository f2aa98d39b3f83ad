package pipeline

import (
	"crypto/sha256"
	"encoding/hex"

	"sente/internal/kernel"
)

// Signing is the one formal contract of an investor for a site and a scope.
// What is signed again is a further ceremony of the same signing, so that no
// contract is counted twice.
type Signing struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Key        string `db:"held_key" json:"-"` // signingKey while it holds; unique per zone
	Project    string `db:"project" json:"project"`
	Identity   string `db:"identity" json:"identity"` // code, LEI or foreign registration number
	Site       string `db:"site" json:"site"`
	Scope      string `db:"scope" json:"scope"`
	On         string `db:"on_date" json:"on"`
	Follows    string `db:"follows" json:"follows"`         // an earlier, released signing of the same key
	ReleasedAt int64  `db:"released_at" json:"released_at"` // ms UTC; 0 = holds
	Released   string `db:"released_why" json:"released_why"`
	PastKey    string `db:"past_key" json:"-"` // Key after release
	Version    int64  `db:"version" json:"version"`
}

// Table names the table of signings.
func (Signing) Table() string { return "pipeline_signings" }

// Ceremony is one occasion on which a contract was signed or signed again.
type Ceremony struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Signing    string `db:"signing" json:"signing"`
	Project    string `db:"project" json:"project"` // which project brought it; may differ from the signing's
	On         string `db:"on_date" json:"on"`
	Note       string `db:"note" json:"note"`
	First      bool   `db:"is_first" json:"first"` // the signing itself; the others are repeats
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
}

// Table names the table of ceremonies.
func (Ceremony) Table() string { return "pipeline_ceremonies" }

// signingKey identifies a signing by investor, site and scope (county rule:
// 一个项目只考核一次), each folded, as a hash, since a scope may be longer than
// an index entry; "" when one of them is unknown.
func signingKey(identity, site, scope string) string {
	id, at, what := fold(identity), fold(site), fold(scope)
	if id == "" || at == "" || what == "" {
		return ""
	}
	return hashed(id + "\n" + at + "\n" + what)
}

func hashed(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// ceremonies are k's as its reader may see them: of one that a project brought
// which they may not read, that and when it took place; and no contract of such
// a project is named.
func (k *Docket) ceremonies() []Ceremony {
	out := make([]Ceremony, len(k.Ceremonies))
	for i, c := range k.Ceremonies {
		if c.Project != k.Project.ID && !k.beside[c.Project] {
			c.Project, c.Note, c.By, c.ByName = "", "", "", ""
		}
		if (k.Signing == nil || c.Signing != k.Signing.ID) && !k.beside[c.Signing] {
			c.Signing = ""
		}
		out[i] = c
	}
	return out
}

// signing is k's as its reader may see it: without the earlier one of a project
// they may not read.
func (k *Docket) signing() *Signing {
	if k.Signing == nil || k.beside[k.Signing.Follows] {
		return k.Signing
	}
	s := *k.Signing
	s.Follows = ""
	return &s
}

// holder is the project that holds the contract k's wanted to sign; "" also for
// a reader who may not read it.
func (k *Docket) holder() string {
	if !k.beside[k.Project.SigningHeldBy] {
		return ""
	}
	return k.Project.SigningHeldBy
}

// released returns s no longer holding its key, for reason why.
func (s Signing) released(at int64, why string) Signing {
	s.ReleasedAt, s.Released, s.PastKey, s.Key = at, why, s.Key, ""
	s.Version++
	return s
}

// lockedBySigning refuses to change what identifies a signing that holds: the
// contract says otherwise. The way is back before the signing, or a new project.
func lockedBySigning(was, now Project) error {
	for _, f := range []struct{ field, was, now string }{{"investor", was.Investor, now.Investor}, {"site", was.Site, now.Site}, {"scope", was.Scope, now.Scope}} {
		if fold(f.was) != fold(f.now) {
			return kernel.FieldFault(f.field, "pipeline.fixed_by_contract")
		}
	}
	return nil
}
