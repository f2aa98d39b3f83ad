package access

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func newDoor(t *testing.T, o *office) *httpapi.Door {
	t.Helper()
	door := httpapi.NewDoor(httpapi.Config{DB: o.db, Words: mustBook(t), Authenticate: o.Authenticate, Require: o.gate.Require, Now: o.clock.Now})
	o.Routes(door)
	return door
}

// served is an office behind a door that listens; the desk tests have both
// engines.
func served(t *testing.T, fn func(t *testing.T, o *office, s *apitest.Server)) {
	t.Helper()
	clock := newClock()
	db := openAt(t, clock, store.Config{DSN: t.TempDir() + "/a.db"}, httpapi.Migrations)
	o := newOffice(t, db, clock, Config{})
	fn(t, o, apitest.Start(t, newDoor(t, o)))
}

func signIn(c *apitest.Client, login string) *apitest.Reply {
	return c.Post("/session", apitest.Object{"zone": "z1", "login": login, "password": goodPassword})
}

func TestFirstDay(t *testing.T) {
	served(t, func(t *testing.T, o *office, s *apitest.Server) {
		sys, sec, me := s.As("zh"), s.As("zh"), s.As("zh")
		signIn(sys, "sysadmin").Status(200)
		signIn(sec, "secadmin").Status(200)

		var opened AccountOpened
		sys.Post("/accounts", apitest.Object{"login": "lihua", "name": "李华", "unit": "d1"}).Status(201).JSON(&opened)
		id, link := opened.Account.ID, opened.Link.Token
		p := sys.IfMatch(`"1"`).Put("/accounts/"+id+"/roles", apitest.Object{"roles": []string{"officer"}}).Problem(403, "access.role_needed")
		if p.Detail != "不能授权、解锁、重置账号：需要以下角色之一：安全保密管理员。如需授权，请联系安全保密管理员" {
			t.Error(p.Detail)
		}
		sec.Put("/accounts/"+id+"/roles", apitest.Object{"roles": []string{"officer"}}).Problem(428, "httpapi.if_match_missing")
		etag := sec.IfMatch(`"1"`).Put("/accounts/"+id+"/roles", apitest.Object{"roles": []string{"officer"}, "reason": "到岗"}).Status(200).ETag()
		if etag != `"2"` {
			t.Errorf("ETag %s", etag)
		}
		sec.IfMatch(`"1"`).Put("/accounts/"+id+"/roles", apitest.Object{"roles": []string{"leader"}}).Problem(412, "access.stale")
		sec.IfMatch(`"2"`).Put("/accounts/"+id+"/roles", apitest.Object{"roles": []string{"leader", "system_admin"}}).Refused(422, "access.role_exclusive", "roles")
		sys.Post("/accounts", apitest.Object{"login": "lihua", "name": "李华"}).Refused(422, "access.account_invalid", "login")

		var who LinkBody
		me.Get("/first-link/" + link).Status(200).JSON(&who)
		if who != (LinkBody{Login: "lihua", Name: "李华", Zone: "z1"}) {
			t.Errorf("got %+v", who)
		}
		me.Post("/first-link/"+link, apitest.Object{"password": "short"}).Refused(422, "access.password_short", "password")
		me.Post("/first-link/"+link, apitest.Object{"password": goodPassword}).Status(200)
		me.Post("/first-link/"+link, apitest.Object{"password": goodPassword}).Problem(404, "access.link_void")

		me.Get("/session").Problem(401, "access.sign_in_first")
		var mine SessionBody
		signIn(me, "lihua").Status(200).JSON(&mine)
		if mine.Account.Name != "李华" || mine.Account.UnitName != "d1" || mine.Zone.NameZh != "示例区z1" || !mine.Zone.Demo ||
			!slices.Contains(mine.Permissions, "pipeline.open") || slices.Contains(mine.Permissions, "account.read") {
			t.Errorf("got %+v", mine)
		}
		me.Get("/accounts").Problem(403, "access.role_needed")
		var after SessionBody
		me.Patch("/session", apitest.Object{"lang": "en"}).Status(200).JSON(&after)
		if after.Account.Lang != "en" {
			t.Errorf("got %+v", after)
		}
		me.Post("/session/password", apitest.Object{"old": "wrong horse battery", "new": "another horse battery"}).Refused(422, "access.password_wrong", "old")
		me.Post("/session/password", apitest.Object{"old": goodPassword, "new": "another horse battery"}).Status(200)
		me.Get("/session").Status(200) // with the new cookie
		me.Delete("/session").Status(204)
		me.Get("/session").Problem(401, "access.sign_in_first")
		if got := verbs(t, o.db, "z1", Account{ID: id}.Object()); got[len(got)-1] != "access.signed_out" {
			t.Errorf("journaled %v, want the sign-out last", got)
		}
	})
}

func TestAccountsOverTheAPI(t *testing.T) {
	served(t, func(t *testing.T, o *office, s *apitest.Server) {
		a := o.hire("lihua", "d1", "officer")
		sys, sec := s.As("en"), s.As("en")
		signIn(sys, "sysadmin").Status(200)
		signIn(sec, "secadmin").Status(200)

		var page httpapi.List[Detailed]
		sys.Get("/accounts?limit=3").Status(200).JSON(&page)
		if len(page.Items) != 3 || page.NextCursor == "" {
			t.Fatalf("got %+v", page)
		}
		var rest httpapi.List[Detailed]
		sys.Get("/accounts?limit=3&cursor=" + page.NextCursor).Status(200).JSON(&rest)
		if len(rest.Items) != 1 || rest.NextCursor != "" || rest.Items[0].Login != "sysadmin" {
			t.Errorf("got %+v", rest)
		}
		sys.Get("/accounts?limit=3&q=x&cursor="+page.NextCursor).Refused(422, "httpapi.cursor_other", "cursor")

		etag := sys.Get("/accounts/" + a.ID).Status(200).ETag()
		sys.IfMatch(etag).Patch("/accounts/"+a.ID, apitest.Object{"name": "李大华"}).Status(200)
		sys.IfMatch(etag).Patch("/accounts/"+a.ID, apitest.Object{"name": "李小华"}).Problem(412, "access.stale")
		sys.IfMatch(etag).Patch("/accounts/nobody", apitest.Object{"name": "李"}).Problem(404, "access.account_unknown")
		sec.Post("/accounts/"+a.ID+"/unlock", nil).Problem(409, "access.not_locked")
		var link Link
		sec.Post("/accounts/"+a.ID+"/reset", apitest.Object{"reason": "forgot"}).Status(200).JSON(&link)
		if link.Login != "lihua" || link.Token == "" {
			t.Errorf("got %+v", link)
		}
		sys.Post("/accounts/"+a.ID+"/disable", apitest.Object{"reason": "left"}).Status(200)
		p := sys.Post("/accounts/"+a.ID+"/disable", nil).Problem(409, "access.already_disabled")
		if p.Detail != "“李大华” is disabled already" {
			t.Error(p.Detail)
		}
		sys.Post("/accounts/"+a.ID+"/enable", nil).Status(200)

		var roles RolesBody
		sec.Get("/roles").Status(200).JSON(&roles)
		if len(roles.Items) != 9 || len(roles.Permissions) < 25 {
			t.Errorf("got %d roles, %d permissions", len(roles.Items), len(roles.Permissions))
		}
	})
}

func TestTokensOverTheAPI(t *testing.T) {
	served(t, func(t *testing.T, o *office, s *apitest.Server) {
		o.hire("lihua", "d1", "auditor")
		me := s.As("zh")
		signIn(me, "lihua").Status(200)
		var made TokenIssued
		me.Post("/tokens", apitest.Object{"name": "同步", "scopes": []string{"account.read"}}).Status(201).JSON(&made)
		if made.ExpiresAt-made.CreatedAt != 90*24*3600*1000 {
			t.Errorf("got %+v", made)
		}
		script := s.As("zh").Token(made.Secret)
		script.Get("/accounts").Status(200)
		script.Get("/tokens").Problem(403, "access.token_scope")
		script.Post("/session/totp", nil).Problem(403, "access.in_person")
		script.Get("/session").Status(200)

		// Stale, foreign and malformed credentials: 401 and a sentence, even with a good cookie beside them.
		_, secret, _ := splitBearer(strings.TrimPrefix(made.Secret, tokenPrefix))
		for _, bad := range []string{"sente_z2." + secret, "sente_*." + secret, "nonsense", made.Secret + "x"} {
			p := me.Token(bad).Get("/session").Problem(401, "access.token_void")
			if p.Detail != "接口令牌无效、已过期或已撤回，请换用有效令牌" {
				t.Error(p.Detail)
			}
		}
		me.With("Authorization", "Basic abc").Get("/session").Problem(401, "access.bearer_only")
		for _, bad := range []string{"z2." + secret, "z1." + newSecret(), "nonsense"} {
			s.As("en").With("Cookie", Cookie+"="+bad).Get("/session").Problem(401, "access.session_over")
		}

		var page httpapi.List[Token]
		raw := me.Get("/tokens").Status(200).JSON(&page)
		if len(page.Items) != 1 || strings.Contains(string(raw.Body), "hash") || strings.Contains(string(raw.Body), secret) {
			t.Errorf("got %s", raw.Body)
		}
		me.Delete("/tokens/" + made.ID).Status(204)
		script.Get("/accounts").Problem(401, "access.token_void")
	})
}

// TestEveryRouteNeedsAnAccount: without credentials only what is meant for
// everybody answers otherwise than 401.
func TestEveryRouteNeedsAnAccount(t *testing.T) {
	clock := newClock()
	db := openAt(t, clock, store.Config{DSN: t.TempDir() + "/a.db"}, httpapi.Migrations)
	door := newDoor(t, newOffice(t, db, clock, Config{}))
	for _, line := range door.Routes() {
		method, path, perm := parts(line)
		if perm == httpapi.Public || !strings.HasPrefix(path, httpapi.Prefix) {
			continue
		}
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest(method, strings.ReplaceAll(path, "{id}", "x"), nil))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d %s", line, w.Code, w.Body)
		}
	}
}

func parts(line string) (method, path, perm string) {
	f := strings.Fields(line)
	return f[0], f[1], f[2]
}

// TestCookie: over TLS the cookie is bound to host and TLS, and only that one counts.
func TestCookie(t *testing.T) {
	clock := newClock()
	db := openAt(t, clock, store.Config{DSN: t.TempDir() + "/a.db"}, httpapi.Migrations)
	o := newOffice(t, db, clock, Config{})
	door := newDoor(t, o)
	post := func(base string) *http.Cookie {
		r := httptest.NewRequest("POST", base+"/api/v1/session", strings.NewReader(`{"zone":"z1","login":"sysadmin","password":"`+goodPassword+`"}`))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if cookies := w.Result().Cookies(); w.Code == 200 && len(cookies) == 1 {
			return cookies[0]
		}
		t.Fatalf("%d %s", w.Code, w.Body)
		return nil
	}
	plain, secure := post("http://sente.test"), post("https://sente.test")
	for _, c := range []struct {
		got  *http.Cookie
		name string
		tls  bool
	}{{plain, "sente_session", false}, {secure, "__Host-sente_session", true}} {
		if c.got.Name != c.name || c.got.Secure != c.tls || !c.got.HttpOnly || c.got.SameSite != http.SameSiteStrictMode || c.got.Path != "/" || c.got.Domain != "" {
			t.Errorf("got %+v", c.got)
		}
	}
	r := httptest.NewRequest("GET", "https://sente.test/api/v1/session", nil)
	r.AddCookie(&http.Cookie{Name: Cookie, Value: plain.Value})
	_, err := o.Authenticate(r)
	refused(t, err, kernel.ErrSignedOut, "access.sign_in_first", "")
	r.AddCookie(&http.Cookie{Name: SecureCookie, Value: secure.Value})
	actor, err := o.Authenticate(r)
	if err != nil || !actor.Has(SystemAdmin) {
		t.Errorf("got %+v, %v", actor, err)
	}
	if got := verbs(t, db, "z1", ""); !slices.Contains(got, "access.signed_in") {
		t.Errorf("journaled %v", got)
	}
}
