package access

import (
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sente/internal/kernel"
)

// The states of an account.
const (
	Active   = "active"   // 启用
	Disabled = "disabled" // 停用
)

// Account is somebody who can sign in.
type Account struct {
	Zone      string   `db:"zone,key" json:"-"`
	ID        string   `db:"id,key" json:"id"`
	Login     string   `db:"login" json:"login"`
	Name      string   `db:"name" json:"name"`
	Unit      string   `db:"unit" json:"unit" doc:"id of the organisation unit; empty when none"`
	Roles     []string `db:"roles,json" json:"roles"`
	Status    string   `db:"status" json:"status" enum:"active,disabled"`
	Lang      string   `db:"lang" json:"lang" enum:"zh,en"`
	Version   int64    `db:"version" json:"version"`
	CreatedAt int64    `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt int64    `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of accounts.
func (Account) Table() string { return "access_accounts" }

// Reference marks accounts as what others are derived from.
func (Account) Reference() {}

// Object is the name of a in the journal.
func (a Account) Object() string { return "access.account/" + a.ID }

// Resource is a as the gate sees it: an account is its own owner.
func (a Account) Resource() Resource {
	return Resource{Type: "Account", ID: a.ID, Unit: a.Unit, Owner: a.ID}
}

// Actor is a as somebody who asks, for deciding what a may read while nobody is
// signed in.
func (a Account) Actor() kernel.Actor { return actorFor(a, kernel.Actor{}) }

const maxAccountName = 40 // characters

var loginForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{2,31}$`)

// settled returns a as it is stored: login in lower case, no spaces around texts.
func (a Account) settled() Account {
	a.Login = strings.ToLower(strings.TrimSpace(a.Login))
	a.Name = strings.TrimSpace(a.Name)
	if a.Lang == "" {
		a.Lang = "zh"
	}
	if a.Roles == nil {
		a.Roles = []string{}
	}
	return a
}

// check reports everything that is wrong with a by itself.
func (a Account) check() error {
	return kernel.Faults("access.account_invalid",
		when(!loginForm.MatchString(a.Login), "login", "access.login_form", a.Login),
		when(a.Name == "", "name", "access.name_needed"),
		when(utf8.RuneCountInString(a.Name) > maxAccountName, "name", "access.name_long", maxAccountName),
		when(a.Lang != "zh" && a.Lang != "en", "lang", "access.lang_form", a.Lang),
	)
}

// changed returns a as its next version.
func (a Account) changed(now time.Time) Account {
	a.Version, a.UpdatedAt = a.Version+1, now.UnixMilli()
	return a
}

// sole returns the administrator role that a alone holds among the active
// accounts, "" when there is none: without it nobody could do that work again.
func sole(a Account, active []Account) string {
	if a.Status != Active {
		return ""
	}
	for _, role := range a.Roles {
		if role != SystemAdmin && role != SecurityAdmin && role != AuditAdmin {
			continue
		}
		another := func(o Account) bool { return o.ID != a.ID && slices.Contains(o.Roles, role) }
		if !slices.ContainsFunc(active, another) {
			return role
		}
	}
	return ""
}

// credential is what proves who an account is. It is not journaled; acts about
// it are.
type credential struct {
	Zone        string `db:"zone,key"`
	Account     string `db:"account,key"`
	Hash        string `db:"hash"`
	SetAt       int64  `db:"set_at"`
	MustChange  bool   `db:"must_change"`
	TOTP        string `db:"totp"`
	TOTPPending string `db:"totp_pending"`
	TOTPStep    int64  `db:"totp_step"`
	Failures    int64  `db:"failures"`
	LockedUntil int64  `db:"locked_until"`
}

// Table names the table of credentials.
func (credential) Table() string { return "access_credentials" }

// locked reports whether c is locked at now (ms).
func (c credential) locked(now int64) bool { return c.LockedUntil > now }

// failed returns c after a wrong try at now, and whether that locked it.
func (c credential) failed(now time.Time, cfg Config) (credential, bool) {
	c.Failures++
	if c.Failures < int64(cfg.LockAfter) {
		return c, false
	}
	c.Failures, c.LockedUntil = 0, now.Add(cfg.LockFor).UnixMilli()
	return c, true
}

// due reports whether c's password is older than the policy allows.
func (c credential) due(now time.Time, cfg Config) bool {
	return cfg.PasswordMaxAge > 0 && now.Sub(time.UnixMilli(c.SetAt)) > cfg.PasswordMaxAge
}

// session is a browser that signed in.
type session struct {
	Zone      string `db:"zone,key"`
	ID        string `db:"id,key"` // digest of the secret
	Account   string `db:"account"`
	Via       string `db:"via"`    // user agent
	Method    string `db:"method"` // how it began
	CreatedAt int64  `db:"created_at"`
	SeenAt    int64  `db:"seen_at"`
}

// Table names the table of sessions.
func (session) Table() string { return "access_sessions" }

// over reports whether s ended before now, by idleness or age.
func (s session) over(now time.Time, cfg Config) bool {
	return now.Sub(time.UnixMilli(s.SeenAt)) > cfg.SessionIdle || now.Sub(time.UnixMilli(s.CreatedAt)) > cfg.SessionMax
}

// Link is a one-time link by which somebody sets the password of an account.
type Link struct {
	Account   string `json:"account" doc:"account id"`
	Login     string `json:"login"`
	Role      string `json:"role,omitempty" doc:"for the links of the first start"`
	Token     string `json:"token" doc:"part of the address /first-link/{token}; shown once"`
	ExpiresAt int64  `json:"expires_at" doc:"ms UTC"`
}

// linkRow is what is stored of a Link.
type linkRow struct {
	Zone      string `db:"zone,key"`
	ID        string `db:"id,key"` // digest of the secret
	Account   string `db:"account"`
	CreatedAt int64  `db:"created_at"`
	ExpiresAt int64  `db:"expires_at"`
}

// Table names the table of links.
func (linkRow) Table() string { return "access_links" }

// Token is an API token: a program's way to act for an account, within scopes.
type Token struct {
	Zone      string   `db:"zone,key" json:"-"`
	ID        string   `db:"id,key" json:"id"`
	Hash      string   `db:"hash" json:"-"`
	Owner     string   `db:"owner" json:"owner" doc:"account id"`
	Unit      string   `db:"unit" json:"-"`
	Name      string   `db:"name" json:"name" doc:"what it is for"`
	Scopes    []string `db:"scopes,json" json:"scopes" doc:"permissions it is limited to"`
	CreatedAt int64    `db:"created_at" json:"created_at" doc:"ms UTC"`
	ExpiresAt int64    `db:"expires_at" json:"expires_at" doc:"ms UTC"`
	UsedAt    int64    `db:"used_at" json:"used_at" doc:"ms UTC, to the minute; 0 when never"`
}

// Table names the table of API tokens.
func (Token) Table() string { return "access_tokens" }

// Object is the name of t in the journal.
func (t Token) Object() string { return "access.token/" + t.ID }

// Resource is t as the gate sees it.
func (t Token) Resource() Resource {
	return Resource{Type: "Token", ID: t.ID, Unit: t.Unit, Owner: t.Owner}
}

// clock is a time of day in China for messages: "15:04".
func clock(ms int64) string { return time.UnixMilli(ms).In(kernel.ChinaTime()).Format("15:04") }
