package access

import (
	"context"
	"embed"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

// Words holds this package's messages.
//
//go:embed words
var Words embed.FS

// Names of the session cookie. The prefix binds it to one host and to TLS
// (RFC 6265bis, 4.1.3.2); without TLS a browser would not take it.
const (
	Cookie       = "sente_session"
	SecureCookie = "__Host-sente_session"
)

func cookieName(secure bool) string {
	if secure {
		return SecureCookie
	}
	return Cookie
}

// Authenticate tells who sent r: the holder of the API token in its
// Authorization header or, without that header, of the session in its cookie.
// Whatever it cannot accept is ErrSignedOut, and nothing else is tried then.
func (d *Desk) Authenticate(r *http.Request) (kernel.Actor, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "access.bearer_only")
		}
		return d.redeem(r.Context(), strings.TrimSpace(token))
	}
	secure := r.TLS != nil || httpapi.CallerOf(r.Context()).Secure
	c, err := r.Cookie(cookieName(secure))
	if err != nil || c.Value == "" {
		return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "access.sign_in_first")
	}
	return d.resume(r.Context(), c.Value)
}

// Browser is embedded in an input to know the session cookie a request holds
// and what its browser calls itself.
type Browser struct {
	token, agent string
}

// Resolve reads the headers once huma has read the parameters.
func (b *Browser) Resolve(ctx huma.Context) []error {
	b.agent = ctx.Header("User-Agent")
	cookies, err := http.ParseCookie(ctx.Header("Cookie"))
	if err != nil {
		return nil // whoever sends nonsense has no session to end
	}
	want := cookieName(httpapi.CallerOf(ctx.Context()).Secure)
	for _, c := range cookies {
		if c.Name == want {
			b.token = c.Value
		}
	}
	return nil
}

// setCookie is the Set-Cookie header for token; "" ends the cookie. Strict is
// enough: pages are static and every call comes from our own origin.
func setCookie(ctx context.Context, token string) string {
	secure := httpapi.CallerOf(ctx).Secure
	c := http.Cookie{Name: cookieName(secure), Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode}
	if token == "" {
		c.MaxAge = -1
	}
	return c.String()
}

// Routes registers sign-in, accounts and API tokens.
func (d *Desk) Routes(door *httpapi.Door) {
	d.selfRoutes(door)
	d.accountRoutes(door)
	d.oidcRoutes(door)
	const tag, manage = "token", "token.manage"
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/tokens", Perm: manage, Tag: tag, Title: "access.route_tokens"}, d.getTokens)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/tokens", Perm: manage, Status: 201, Tag: tag, Title: "access.route_token_issue", Secret: true}, d.postToken)
	httpapi.Handle(door, httpapi.Route{Method: "DELETE", Path: "/tokens/{id}", Perm: manage, Tag: tag, Title: "access.route_token_withdraw"}, d.deleteToken)
}

func (d *Desk) selfRoutes(door *httpapi.Door) {
	const tag, public, self = "session", httpapi.Public, httpapi.Self
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/session", Perm: public, Tag: tag, Title: "access.route_sign_in", Secret: true, Cost: signInCost}, d.postSession)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/session", Perm: self, Tag: tag, Title: "access.route_session"}, d.getSession)
	httpapi.Handle(door, httpapi.Route{Method: "PATCH", Path: "/session", Perm: self, Tag: tag, Title: "access.route_language"}, d.patchSession)
	httpapi.Handle(door, httpapi.Route{Method: "DELETE", Path: "/session", Perm: self, Tag: tag, Title: "access.route_sign_out"}, d.deleteSession)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/session/password", Perm: self, Tag: tag, Title: "access.route_password", Secret: true, Cost: signInCost}, d.postPassword)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/session/totp", Perm: self, Tag: tag, Title: "access.route_totp", Secret: true}, d.postTOTP)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/session/totp/confirm", Perm: self, Tag: tag, Title: "access.route_totp_confirm"}, d.confirmTOTP)
	httpapi.Handle(door, httpapi.Route{Method: "DELETE", Path: "/session/totp", Perm: self, Tag: tag, Title: "access.route_totp_drop"}, d.deleteTOTP)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/first-link/{token}", Perm: public, Tag: tag, Title: "access.route_link"}, d.getLink)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/first-link/{token}", Perm: public, Tag: tag, Title: "access.route_link_use", Secret: true, Cost: signInCost}, d.postLink)
}

func (d *Desk) accountRoutes(door *httpapi.Door) {
	const tag, read, manage, grant = "account", "account.read", "account.manage", "account.grant"
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/roles", Perm: read, Tag: tag, Title: "access.route_roles"}, d.getRoles)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/accounts", Perm: read, Tag: tag, Title: "access.route_accounts"}, d.getAccounts)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/accounts", Perm: manage, Status: 201, Tag: tag, Title: "access.route_account_open", Secret: true}, d.postAccount)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/accounts/{id}", Perm: read, Tag: tag, Title: "access.route_account"}, d.getAccount)
	httpapi.Handle(door, httpapi.Route{Method: "PATCH", Path: "/accounts/{id}", Perm: manage, Match: true, Tag: tag, Title: "access.route_account_amend"}, d.patchAccount)
	httpapi.Handle(door, httpapi.Route{Method: "PUT", Path: "/accounts/{id}/roles", Perm: grant, Match: true, Tag: tag, Title: "access.route_grant"}, d.putRoles)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/accounts/{id}/disable", Perm: manage, Tag: tag, Title: "access.route_disable"}, d.postDisable)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/accounts/{id}/enable", Perm: manage, Tag: tag, Title: "access.route_enable"}, d.postEnable)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/accounts/{id}/unlock", Perm: grant, Tag: tag, Title: "access.route_unlock"}, d.postUnlock)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/accounts/{id}/reset", Perm: grant, Tag: tag, Title: "access.route_reset", Secret: true}, d.postReset)
}

// signInCost is what a try that hashes a password takes from the rate limits.
const signInCost = 5

type signInIn struct {
	Browser
	Body struct {
		Login    string `json:"login" maxLength:"100"`
		Password string `json:"password" maxLength:"1000"`
		TOTP     string `json:"totp,omitempty" maxLength:"20" doc:"Six digits, when the account has a second factor"`
		Zone     string `json:"zone,omitempty" maxLength:"64" doc:"Needed only where there are several"`
	}
}

// SessionBody is the answer about the caller's own session.
type SessionBody struct {
	Account         SessionAccount `json:"account"`
	Permissions     []string       `json:"permissions" doc:"What the caller may do to at least one object"`
	Zone            SessionZone    `json:"zone"`
	TOTP            bool           `json:"totp" doc:"Whether a second factor is set up"`
	MustSetPassword bool           `json:"must_set_password" doc:"Nothing else works until then"`
	MustSetTOTP     bool           `json:"must_set_totp" doc:"Nothing else works until then"`
}

// SessionAccount is the caller's account.
type SessionAccount struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Login    string   `json:"login"`
	Unit     string   `json:"unit"`
	UnitName string   `json:"unit_name"`
	Roles    []string `json:"roles"`
	Lang     string   `json:"lang"`
}

// SessionZone is the zone the caller is signed in to.
type SessionZone struct {
	ID     string `json:"id"`
	NameZh string `json:"name_zh"`
	NameEn string `json:"name_en"`
	Demo   bool   `json:"demo" doc:"Its data is fictional and every page says so"`
}

type sessionOut struct {
	SetCookie string `header:"Set-Cookie"`
	Body      SessionBody
}

func (d *Desk) postSession(ctx context.Context, in *signInIn) (*sessionOut, error) {
	b := in.Body
	s, err := d.SignIn(ctx, SignIn{Zone: b.Zone, Login: b.Login, Password: b.Password, TOTP: b.TOTP, Agent: in.agent, Old: in.token})
	if err != nil {
		return nil, err
	}
	return d.begun(ctx, s.Token)
}

// begun answers with a new session: its cookie, and who it is.
func (d *Desk) begun(ctx context.Context, token string) (*sessionOut, error) {
	actor, err := d.resume(ctx, token)
	if err != nil {
		return nil, err
	}
	out, err := d.getSession(kernel.WithActor(ctx, actor), nil)
	if err != nil {
		return nil, err
	}
	out.SetCookie = setCookie(ctx, token)
	return out, nil
}

func (d *Desk) getSession(ctx context.Context, _ *struct{}) (*sessionOut, error) {
	s, err := d.Whoami(ctx)
	if err != nil {
		return nil, err
	}
	a := s.Account
	return &sessionOut{Body: SessionBody{
		Account:     SessionAccount{ID: a.ID, Name: a.Name, Login: a.Login, Unit: a.Unit, UnitName: s.UnitName, Roles: a.Roles, Lang: a.Lang},
		Permissions: s.Permissions,
		Zone:        SessionZone{ID: s.Zone.ID, NameZh: s.Zone.NameZh, NameEn: s.Zone.NameEn, Demo: s.Zone.Demo},
		TOTP:        s.TOTP, MustSetPassword: s.MustSetPassword, MustSetTOTP: s.MustSetTOTP,
	}}, nil
}

type languageIn struct {
	Body struct {
		Lang string `json:"lang" enum:"zh,en"`
	}
}

func (d *Desk) patchSession(ctx context.Context, in *languageIn) (*sessionOut, error) {
	if _, err := d.SpeakTo(ctx, in.Body.Lang); err != nil {
		return nil, err
	}
	return d.getSession(ctx, nil)
}

type browserIn struct{ Browser }

type cookieOut struct {
	SetCookie string `header:"Set-Cookie"`
}

func (d *Desk) deleteSession(ctx context.Context, in *browserIn) (*cookieOut, error) {
	if err := d.SignOut(ctx, in.token); err != nil {
		return nil, err
	}
	return &cookieOut{SetCookie: setCookie(ctx, "")}, nil
}

type passwordIn struct {
	Browser
	Body struct {
		Old string `json:"old" maxLength:"1000"`
		New string `json:"new" maxLength:"1000"`
	}
}

func (d *Desk) postPassword(ctx context.Context, in *passwordIn) (*sessionOut, error) {
	token, err := d.ChangePassword(ctx, in.Body.Old, in.Body.New, in.agent)
	if err != nil {
		return nil, err
	}
	return d.begun(ctx, token)
}

// TOTPBody is a second factor that is being set up.
type TOTPBody struct {
	Secret string `json:"secret" doc:"Base32, to type into the app"`
	URL    string `json:"url" doc:"otpauth address, to show as a QR code"`
}

type totpOut struct{ Body TOTPBody }

func (d *Desk) postTOTP(ctx context.Context, _ *struct{}) (*totpOut, error) {
	secret, url, err := d.BeginTOTP(ctx)
	return &totpOut{Body: TOTPBody{Secret: secret, URL: url}}, err
}

type codeIn struct {
	Body struct {
		Code string `json:"code" maxLength:"20" doc:"Six digits from the app"`
	}
}

func (d *Desk) confirmTOTP(ctx context.Context, in *codeIn) (*struct{}, error) {
	return nil, d.ConfirmTOTP(ctx, strings.TrimSpace(in.Body.Code))
}

func (d *Desk) deleteTOTP(ctx context.Context, in *codeIn) (*struct{}, error) {
	return nil, d.DropTOTP(ctx, strings.TrimSpace(in.Body.Code))
}

// LinkBody tells whose password a one-time link sets.
type LinkBody struct {
	Login string `json:"login"`
	Name  string `json:"name"`
	Zone  string `json:"zone"`
}

type linkOut struct{ Body LinkBody }

type linkIn struct {
	Token string `path:"token" maxLength:"200"`
}

func (d *Desk) getLink(ctx context.Context, in *linkIn) (*linkOut, error) {
	return linkAnswer(d.LinkOwner(ctx, in.Token))
}

type linkUseIn struct {
	Token string `path:"token" maxLength:"200"`
	Body  struct {
		Password string `json:"password" maxLength:"1000"`
	}
}

func (d *Desk) postLink(ctx context.Context, in *linkUseIn) (*linkOut, error) {
	return linkAnswer(d.UseLink(ctx, in.Token, in.Body.Password))
}

func linkAnswer(a Account, err error) (*linkOut, error) {
	return &linkOut{Body: LinkBody{Login: a.Login, Name: a.Name, Zone: a.Zone}}, err
}

// RolesBody is what the page of accounts needs to know about roles.
type RolesBody struct {
	Items       []Role  `json:"items"`
	Permissions []Grant `json:"permissions" doc:"The permission × role table, computed from the policies"`
}

type rolesOut struct{ Body RolesBody }

func (d *Desk) getRoles(context.Context, *struct{}) (*rolesOut, error) {
	return &rolesOut{Body: RolesBody{Items: d.gate.Roles(), Permissions: d.gate.Table()}}, nil
}

type accountsIn struct {
	httpapi.Page
	Q      string `query:"q" maxLength:"100" doc:"Part of login or name"`
	Unit   string `query:"unit" maxLength:"64"`
	Role   string `query:"role" maxLength:"64"`
	Status string `query:"status" enum:"active,disabled"`
}

type accountsOut struct{ Body httpapi.List[Detailed] }

func (d *Desk) getAccounts(ctx context.Context, in *accountsIn) (*accountsOut, error) {
	var after accountsAfter
	query := []string{"accounts", in.Q, in.Unit, in.Role, in.Status}
	if _, err := httpapi.DecodeCursor(in.Cursor, &after, query...); err != nil {
		return nil, err
	}
	all, err := d.Find(ctx, Query{Q: in.Q, Unit: in.Unit, Role: in.Role, Status: in.Status}, after.Login, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out accountsOut
	page, more := httpapi.NextPage(all, in.Limit)
	out.Body.Items = page
	if more {
		out.Body.NextCursor, err = httpapi.EncodeCursor(accountsAfter{page[len(page)-1].Login}, query...)
	}
	return &out, err
}

type accountNewIn struct {
	Body struct {
		Login string `json:"login" maxLength:"100" doc:"3 to 32 lower-case letters, digits, . _ -"`
		Name  string `json:"name" maxLength:"200"`
		Unit  string `json:"unit,omitempty" maxLength:"64"`
		Lang  string `json:"lang,omitempty" enum:"zh,en"`
	}
}

// AccountOpened is a new account and its one-time link.
type AccountOpened struct {
	Account Account `json:"account"`
	Link    Link    `json:"link"`
}

type accountNewOut struct {
	ETag string `header:"ETag"`
	Body AccountOpened
}

func (d *Desk) postAccount(ctx context.Context, in *accountNewIn) (*accountNewOut, error) {
	b := in.Body
	a, link, err := d.Open(ctx, Account{Login: b.Login, Name: b.Name, Unit: b.Unit, Lang: b.Lang})
	return &accountNewOut{ETag: httpapi.ETag(a.Version), Body: AccountOpened{a, link}}, err
}

type idIn struct {
	ID string `path:"id" maxLength:"64"`
}

type accountOut struct {
	ETag string `header:"ETag"`
	Body Detailed
}

func (d *Desk) getAccount(ctx context.Context, in *idIn) (*accountOut, error) {
	a, err := d.Look(ctx, in.ID)
	return &accountOut{ETag: httpapi.ETag(a.Version), Body: a}, err
}

type accountPatchIn struct {
	httpapi.IfMatch
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Name *string `json:"name,omitempty" maxLength:"200"`
		Lang *string `json:"lang,omitempty" enum:"zh,en"`
		Unit *string `json:"unit,omitempty" maxLength:"64"`
	}
}

func (d *Desk) patchAccount(ctx context.Context, in *accountPatchIn) (*accountOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	if _, err := d.Amend(ctx, in.ID, version, Patch{Name: in.Body.Name, Lang: in.Body.Lang, Unit: in.Body.Unit}); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{in.ID})
}

type rolesIn struct {
	httpapi.IfMatch
	ID   string `path:"id" maxLength:"64"`
	Body struct {
		Roles  []string `json:"roles" maxItems:"20"`
		Unit   *string  `json:"unit,omitempty" maxLength:"64" doc:"Moves the account as well"`
		Reason string   `json:"reason,omitempty" maxLength:"500"`
	}
}

func (d *Desk) putRoles(ctx context.Context, in *rolesIn) (*accountOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	if _, err := d.Grant(ctx, in.ID, version, in.Body.Roles, in.Body.Unit, in.Body.Reason); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{in.ID})
}

type reasonIn struct {
	ID   string `path:"id" maxLength:"64"`
	Body *struct {
		Reason string `json:"reason,omitempty" maxLength:"500"`
	}
}

func (r reasonIn) reason() string {
	if r.Body == nil {
		return ""
	}
	return strings.TrimSpace(r.Body.Reason)
}

func (d *Desk) postDisable(ctx context.Context, in *reasonIn) (*accountOut, error) {
	if _, err := d.Disable(ctx, in.ID, in.reason()); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{in.ID})
}

func (d *Desk) postEnable(ctx context.Context, in *reasonIn) (*accountOut, error) {
	if _, err := d.Enable(ctx, in.ID, in.reason()); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{in.ID})
}

func (d *Desk) postUnlock(ctx context.Context, in *reasonIn) (*accountOut, error) {
	if err := d.Unlock(ctx, in.ID, in.reason()); err != nil {
		return nil, err
	}
	return d.getAccount(ctx, &idIn{in.ID})
}

type resetOut struct{ Body Link }

func (d *Desk) postReset(ctx context.Context, in *reasonIn) (*resetOut, error) {
	link, err := d.Reset(ctx, in.ID, in.reason())
	return &resetOut{Body: link}, err
}

type tokensIn struct{ httpapi.Page }

type tokensOut struct{ Body httpapi.List[Token] }

// tokensAfter is a place in the list of tokens.
type tokensAfter struct {
	At int64  `json:"a"`
	ID string `json:"i"`
}

func (d *Desk) getTokens(ctx context.Context, in *tokensIn) (*tokensOut, error) {
	var place tokensAfter
	var after *Token
	found, err := httpapi.DecodeCursor(in.Cursor, &place, "tokens")
	if err != nil {
		return nil, err
	}
	if found {
		after = &Token{CreatedAt: place.At, ID: place.ID}
	}
	all, err := d.Tokens(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	var out tokensOut
	page, more := httpapi.NextPage(all, in.Limit)
	out.Body.Items = page
	if more {
		last := page[len(page)-1]
		out.Body.NextCursor, err = httpapi.EncodeCursor(tokensAfter{last.CreatedAt, last.ID}, "tokens")
	}
	return &out, err
}

type tokenNewIn struct {
	Body struct {
		Name   string   `json:"name" maxLength:"200" doc:"What it is for"`
		Scopes []string `json:"scopes" maxItems:"100" doc:"Permissions it is limited to, among the caller's own"`
		Days   int      `json:"days,omitempty" default:"90" doc:"Days until it expires"`
	}
}

// TokenIssued is a new API token with its secret.
type TokenIssued struct {
	Token
	Secret string `json:"secret" doc:"For the Authorization header: Bearer …; shown once"`
}

type tokenNewOut struct{ Body TokenIssued }

func (d *Desk) postToken(ctx context.Context, in *tokenNewIn) (*tokenNewOut, error) {
	b := in.Body
	t, secret, err := d.Issue(ctx, NewToken{Name: b.Name, Scopes: slices.Clone(b.Scopes), Days: b.Days})
	return &tokenNewOut{Body: TokenIssued{t, secret}}, err
}

func (d *Desk) deleteToken(ctx context.Context, in *idIn) (*struct{}, error) {
	return nil, d.Withdraw(ctx, in.ID)
}
