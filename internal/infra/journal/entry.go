package journal

import (
	"encoding/json"

	"golang.org/x/mod/sumdb/tlog"
)

// entryRow is an entry as it is stored.
type entryRow struct {
	Zone        string  `db:"zone,key"`
	ID          string  `db:"id,key"`
	Ord         int64   `db:"ord"`
	Seq         *int64  `db:"seq"`
	At          int64   `db:"at"`
	Actor       string  `db:"actor"`
	Verb        string  `db:"verb"`
	Object      string  `db:"object"`
	Plain       string  `db:"body"` // "" where Packed holds the body: see open
	Salt        []byte  `db:"salt"`
	BodyHash    string  `db:"body_hash"`
	Private     *string `db:"private"`
	PrivateSalt []byte  `db:"private_salt"`
	PrivateHash string  `db:"private_hash"`
	ErasedAt    *int64  `db:"erased_at"`
	Packed      []byte  `db:"packed"`
}

// Table names the table of entries.
func (entryRow) Table() string { return "journal_entries" }

// open returns the open body, exactly as it was committed to.
func (r entryRow) open() (string, error) { return opened(r.Plain, r.Packed) }

func opened(plain string, packed []byte) (string, error) {
	if packed == nil {
		return plain, nil
	}
	if plain != "" {
		return "", errPacked
	}
	return unpack(packed)
}

// close stores text as the open body.
func (r *entryRow) close(text string) {
	if r.Packed = pack(text); r.Packed == nil {
		r.Plain = text
	}
}

// leaf is what the Merkle tree holds of an entry: identifiers and commitments,
// no business text. Field order is part of the format, version 1.
type leaf struct {
	V       int    `json:"v"`
	Zone    string `json:"zone"`
	ID      string `json:"id"`
	Ord     int64  `json:"ord"`
	At      int64  `json:"at"`
	Actor   string `json:"actor"`
	Verb    string `json:"verb"`
	Object  string `json:"object"`
	Body    string `json:"body"`
	Private string `json:"private"`
}

// leafText returns the exact bytes whose hash is the entry's leaf.
func (r entryRow) leafText() []byte {
	b, err := marshal(leaf{1, r.Zone, r.ID, r.Ord, r.At, r.Actor, r.Verb, r.Object, r.BodyHash, r.PrivateHash})
	if err != nil {
		panic(err) // strings and integers always marshal
	}
	return b
}

// leafHash is the RFC 6962 hash of the leaf.
func (r entryRow) leafHash() tlog.Hash { return tlog.RecordHash(r.leafText()) }

// Entry is an act as it was recorded.
type Entry struct {
	ID        string          `json:"id"`
	Seq       *int64          `json:"seq" doc:"index of the leaf in the Merkle tree; null until sequenced"`
	Ord       int64           `json:"ord" doc:"order within the zone; the cursor of a page"`
	At        int64           `json:"at" doc:"ms UTC"`
	Actor     string          `json:"actor"`
	ActorName string          `json:"actor_name"`
	Via       string          `json:"via" doc:"session, token, cli or job"`
	Request   string          `json:"request,omitempty"`
	Verb      string          `json:"verb"`
	Object    string          `json:"object"`
	Reason    string          `json:"reason,omitempty"`
	Detail    json.RawMessage `json:"detail,omitempty"`
	Images    []Image         `json:"images,omitempty" doc:"rows after the act, open fields only"`
	Private   string          `json:"private" enum:"none,held,erased" doc:"whether personal or restricted fields are held outside the leaf"`
}

// body reads the open body.
func (r entryRow) body() (b body, err error) {
	text, err := r.open()
	if err == nil {
		err = json.Unmarshal([]byte(text), &b)
	}
	return b, err
}

// entry opens r for readers; images only when asked for.
func (r entryRow) entry(images bool) (Entry, error) {
	b, err := r.body()
	if err != nil {
		return Entry{}, err
	}
	e := Entry{ID: r.ID, Seq: r.Seq, Ord: r.Ord, At: r.At, Actor: r.Actor, ActorName: b.Name, Via: b.Via, Request: b.Request,
		Verb: r.Verb, Object: r.Object, Reason: b.Reason, Detail: b.Detail, Private: "none"}
	if images {
		e.Images = b.Rows
	}
	switch {
	case r.ErasedAt != nil:
		e.Private = "erased"
	case r.PrivateHash != "":
		e.Private = "held"
	}
	return e, nil
}
