package access

import (
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sente/internal/infra/access/oidctest"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
)

// handOver is a handler that is set once the address it is served at is known.
type handOver struct{ http.Handler }

// house is an office behind a listening door, with an identity provider.
type house struct {
	*office
	*apitest.Server
	idp *oidctest.Provider
}

// provided runs fn on both engines.
func provided(t *testing.T, set func(*OIDC), fn func(t *testing.T, h house)) {
	t.Helper()
	each(t, func(t *testing.T, db *store.DB, clock *clockwork) {
		var door handOver
		server := apitest.Start(t, &door)
		idp := oidctest.Start(t, clock.Now)
		c := OIDC{Issuer: idp.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, BaseURL: server.URL, Name: "示例统一身份", NameEn: "Sample sign-on", Log: slog.New(slog.DiscardHandler)}
		if set != nil {
			set(&c)
		}
		o := newOffice(t, db, clock, Config{OIDC: c})
		door.Handler = newDoor(t, o)
		fn(t, house{office: o, Server: server, idp: idp})
	}, []fs.FS{httpapi.Migrations}...)
}

// depart goes to the provider and returns the address it sends the browser back to.
func (h house) depart(t *testing.T, c *apitest.Client, next string) string {
	t.Helper()
	r := c.Get("/session/oidc?zone=z1&next=" + url.QueryEscape(next)).Status(303)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(r.Header.Get("Location"))
	must(t, err)
	defer res.Body.Close()
	back, ok := strings.CutPrefix(res.Header.Get("Location"), h.URL)
	if !ok {
		t.Fatalf("the provider answered %d %q", res.StatusCode, res.Header.Get("Location"))
	}
	return back
}

// come comes back from the provider and returns where our own answer leads.
func come(t *testing.T, c *apitest.Client, back string) string {
	t.Helper()
	r := c.Root("GET", back, nil)
	if r.StatusCode != 303 {
		t.Fatalf("%d %s", r.StatusCode, r.Body)
	}
	return r.Header.Get("Location")
}

func (h house) login(t *testing.T, c *apitest.Client) string {
	t.Helper()
	return come(t, c, h.depart(t, c, "/projects?stage=lead"))
}

const in = "/projects?stage=lead"

func refusal(why string) string {
	return "/sign-in?" + url.Values{"refused": {why}, "next": {in}}.Encode()
}

func TestFirstSignInByProvider(t *testing.T) {
	provided(t, nil, func(t *testing.T, h house) {
		a := h.hire("lihua", "d1", "officer")
		h.hire("other", "d1", "officer")
		sec := h.As("en")
		signIn(sec, "secadmin").Status(200)
		var p ProviderBody
		sec.Get("/session/provider").Status(200).JSON(&p)
		if p != (ProviderBody{On: true, Ready: true, Name: "示例统一身份", NameEn: "Sample sign-on"}) {
			t.Errorf("got %+v", p)
		}

		// Nobody is linked by a name alone.
		me := h.As("zh")
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "LiHua "})
		if got := h.login(t, me); got != refusal("oidc_unlinked") {
			t.Fatalf("got %q", got)
		}
		me.Get("/session").Problem(401, "access.sign_in_first")

		var seen Detailed
		sec.Post("/accounts/"+a.ID+"/identity", apitest.Object{"reason": "到岗"}).Status(200).JSON(&seen)
		if seen.Identity != identityAllowed {
			t.Errorf("got %+v", seen)
		}
		if got := h.login(t, me); got != in {
			t.Fatalf("got %q", got)
		}
		var mine SessionBody
		me.Get("/session").Status(200).JSON(&mine)
		if mine.Account.Login != "lihua" {
			t.Errorf("got %+v", mine)
		}
		sec.Get("/accounts/" + a.ID).Status(200).JSON(&seen)
		if seen.Identity != identityLinked {
			t.Errorf("got %+v", seen)
		}

		// The subject stays, whatever the provider calls them; and it is one account's only.
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "other"})
		h.login(t, me)
		me.Get("/session").Status(200).JSON(&mine)
		if mine.Account.Login != "lihua" {
			t.Errorf("a changed name at the provider leads to %s", mine.Account.Login)
		}
		h.idp.SignIn("subject-2", map[string]any{"preferred_username": "lihua"})
		if got := h.login(t, h.As("zh")); got != refusal("oidc_unlinked") {
			t.Errorf("a second subject for one account: %q", got)
		}

		sec.Post("/accounts/"+a.ID+"/identity", nil).Problem(409, "access.identity_already")
		sec.Delete("/accounts/" + a.ID + "/identity").Status(200)
		me.Get("/session").Problem(401, "access.session_over")
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua"})
		if got := h.login(t, me); got != refusal("oidc_unlinked") {
			t.Errorf("got %q after unlinking", got)
		}
		sec.Delete("/accounts/"+a.ID+"/identity").Problem(409, "access.identity_none")
		want := []string{"access.identity_allowed", "access.identity_linked", "access.signed_in", "access.signed_in", "access.identity_unlinked"}
		if got := verbs(t, h.db, "z1", a.Object()); !slices.Equal(got[len(got)-5:], want) {
			t.Errorf("journaled %v", got)
		}
	})
}

func TestPermissionToLinkEnds(t *testing.T) {
	provided(t, nil, func(t *testing.T, h house) {
		a := h.hire("lihua", "d1", "officer")
		sec := h.As("zh")
		signIn(sec, "secadmin").Status(200)
		sec.Post("/accounts/"+a.ID+"/identity", nil).Status(200)
		h.clock.pass(linkAllowed + time.Second)
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua"})
		if got := h.login(t, h.As("zh")); got != refusal("oidc_unlinked") {
			t.Errorf("got %q", got)
		}
	})
}

// TestProviderLies tries every token that must not let anybody in.
func TestProviderLies(t *testing.T) {
	provided(t, func(c *OIDC) { c.LinkByLogin = true }, func(t *testing.T, h house) {
		h.hire("lihua", "d1", "officer")
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua"})
		set := func(name string, v any) func(map[string]any) {
			return func(c map[string]any) { c[name] = v }
		}
		for name, lie := range map[string]struct {
			alg   string
			alter func(map[string]any)
		}{
			"wrong nonce":          {"RS256", set("nonce", "another")},
			"no nonce":             {"RS256", func(c map[string]any) { delete(c, "nonce") }},
			"expired":              {"RS256", set("exp", h.clock.Now().Add(-time.Minute).Unix())},
			"not yet":              {"RS256", set("nbf", h.clock.Now().Add(time.Hour).Unix())},
			"other audience":       {"ES256", set("aud", "another")},
			"other party":          {"ES256", func(c map[string]any) { c["aud"], c["azp"] = []string{oidctest.ClientID, "another"}, "another" }},
			"two without a party":  {"ES256", set("aud", []string{oidctest.ClientID, "another"})},
			"other issuer":         {"RS256", set("iss", "https://elsewhere.example")},
			"no subject":           {"RS256", func(c map[string]any) { delete(c, "sub") }},
			"unsigned":             {"none", nil},
			"signed by the client": {"HS256", nil},
		} {
			t.Run(name, func(t *testing.T) {
				h.idp.Lie(lie.alg, lie.alter)
				me := h.As("zh")
				if got := h.login(t, me); got != refusal("oidc_failed") {
					t.Errorf("got %q", got)
				}
				me.Get("/session").Problem(401, "access.sign_in_first")
			})
		}
		if got := verbs(t, h.db, "z1", ""); slices.Contains(got, "access.identity_linked") {
			t.Errorf("journaled %v", got)
		}
		for _, alg := range []string{"RS256", "ES256"} { // the truth, by either key
			h.idp.Lie(alg, nil)
			if got := h.login(t, h.As("zh")); got != in {
				t.Errorf("%s: got %q", alg, got)
			}
		}
	})
}

// TestReturnOnce holds a way back to one browser, one time and its own state.
func TestReturnOnce(t *testing.T) {
	provided(t, func(c *OIDC) { c.LinkByLogin = true }, func(t *testing.T, h house) {
		h.hire("lihua", "d1", "officer")
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua"})
		void := "/sign-in?" + url.Values{"refused": {"oidc_expired"}, "next": {"/"}}.Encode()
		me, other := h.As("zh"), h.As("zh")

		back := h.depart(t, me, in)
		if got := come(t, other, back); got != void {
			t.Errorf("in another browser: %q", got)
		}
		h.depart(t, other, in)
		if got := come(t, other, back); got != void {
			t.Errorf("with another's state: %q", got)
		}
		if got := come(t, me, strings.Replace(back, "&state=", "&state=x", 1)); got != void {
			t.Errorf("with a wrong state: %q", got)
		}
		if got := come(t, me, strings.Replace(back, "iss=", "iss=https%3A%2F%2Felsewhere.example", 1)); got != refusal("oidc_failed") {
			t.Errorf("from another issuer: %q", got)
		}
		if got := come(t, me, back); got != void {
			t.Errorf("a second time: %q", got)
		}

		back = h.depart(t, me, in)
		if got := come(t, me, back); got != in {
			t.Fatalf("got %q", got)
		}
		if got := come(t, me, back); got != void {
			t.Errorf("replayed: %q", got)
		}
		// The code of one sign-in is nothing in another: it lacks its verifier.
		stolen, err := url.Parse(h.depart(t, me, in))
		must(t, err)
		own, err := url.Parse(h.depart(t, other, in))
		must(t, err)
		q := own.Query()
		q.Set("code", stolen.Query().Get("code"))
		if got := come(t, other, own.Path+"?"+q.Encode()); got != refusal("oidc_failed") {
			t.Errorf("with a stolen code: %q", got)
		}

		back = h.depart(t, me, in)
		h.clock.pass(flowTime + time.Second)
		if got := come(t, me, back); got != void {
			t.Errorf("too late: %q", got)
		}
	})
}

func TestProviderBarsNobodyIn(t *testing.T) {
	provided(t, func(c *OIDC) { c.LinkByLogin = true }, func(t *testing.T, h house) {
		a := h.hire("lihua", "d1", "officer")
		sys := h.As("zh")
		signIn(sys, "sysadmin").Status(200)
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua"})
		for range 5 {
			h.As("zh").Post("/session", apitest.Object{"zone": "z1", "login": "lihua", "password": "wrong horse battery"}).Problem(401, "access.sign_in_failed")
		}
		if got := h.login(t, h.As("zh")); got != refusal("locked") {
			t.Errorf("got %q", got)
		}
		h.clock.pass(16 * time.Minute)
		sys.Post("/accounts/"+a.ID+"/disable", nil).Status(200)
		if got := h.login(t, h.As("zh")); got != refusal("disabled") {
			t.Errorf("got %q", got)
		}
		h.idp.SignIn("subject-3", map[string]any{"preferred_username": "nobody-here"})
		if got := h.login(t, h.As("zh")); got != refusal("oidc_unlinked") {
			t.Errorf("got %q", got)
		}
		h.idp.SignIn("subject-3", nil)
		if got := h.login(t, h.As("zh")); got != refusal("oidc_unlinked") {
			t.Errorf("got %q", got)
		}
		if got := h.idp.Secrets(); len(got) < 4 {
			t.Errorf("the provider was asked for %d secrets", len(got))
		}
	})
}

func TestProviderAndSecondFactor(t *testing.T) {
	provided(t, func(c *OIDC) { c.LinkByLogin, c.Factors = true, "mfa, gold" }, func(t *testing.T, h house) {
		a := h.hire("lihua", "d1", "officer")
		secret := newTOTP()
		must(t, h.db.Update(program(t, "z1"), func(tx store.Tx) error {
			c, err := credentialOf(t.Context(), tx, a.ID)
			must(t, err)
			c.TOTP = secret
			return store.Put(t.Context(), tx, c)
		}))
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua", "amr": []string{"pwd"}})
		me := h.As("zh")
		if got := h.login(t, me); got != "/sign-in?"+(url.Values{"by": {"oidc"}, "next": {in}}).Encode() {
			t.Fatalf("got %q", got)
		}
		me.Get("/session").Problem(401, "access.sign_in_first")
		h.As("zh").Post("/session/oidc", apitest.Object{"totp": "000000"}).Problem(401, "access.oidc_expired")
		me.Post("/session/oidc", apitest.Object{"totp": "000000"}).Refused(401, "access.totp_wrong", "totp")
		if got := verbs(t, h.db, "z1", a.Object()); slices.Contains(got, "access.identity_linked") {
			t.Errorf("linked before the code was right: %v", got)
		}
		me.Post("/session/oidc", apitest.Object{"totp": code(t, secret, h.clock.Now())}).Status(200)
		me.Get("/session").Status(200)
		me.Post("/session/oidc", apitest.Object{"totp": code(t, secret, h.clock.Now())}).Problem(401, "access.oidc_expired")

		for _, said := range []map[string]any{{"amr": []string{"pwd", "mfa"}}, {"acr": "gold"}} {
			h.idp.SignIn("subject-1", said)
			strong := h.As("zh")
			if got := h.login(t, strong); got != in {
				t.Errorf("%v: got %q", said, got)
			}
			strong.Get("/session").Status(200)
		}
	})
}

func TestProviderNotReached(t *testing.T) {
	provided(t, func(c *OIDC) { c.LinkByLogin = true }, func(t *testing.T, h house) {
		h.hire("lihua", "d1", "officer")
		h.idp.SignIn("subject-1", map[string]any{"preferred_username": "lihua"})
		h.idp.Down(true)
		me := h.As("zh")
		var p ProviderBody
		me.Get("/session/provider").Status(200).JSON(&p)
		if !p.On || p.Ready {
			t.Errorf("got %+v", p)
		}
		if got := me.Get("/session/oidc?zone=z1&next=/projects").Status(303).Header.Get("Location"); got != "/sign-in?next=%2Fprojects&refused=oidc_unreachable" {
			t.Errorf("got %q", got)
		}
		signIn(me, "lihua").Status(200)
		h.idp.Down(false)
		h.clock.pass(retryAfter)
		if got := h.login(t, h.As("zh")); got != in {
			t.Errorf("got %q", got)
		}
		h.idp.SignIn("", nil)
	})
}

func TestNextStaysHere(t *testing.T) {
	for next, want := range map[string]string{
		"/projects?a=b": "/projects?a=b", "": "/", "projects": "/", "//evil.example": "/", `/\evil.example`: "/", `/a\b`: "/", "https://evil.example": "/",
		"/api/v1/session": "/", "/sign-in?next=/x": "/", "/a\nb": "/", "/" + strings.Repeat("a", 500): "/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestProviderConfiguration(t *testing.T) {
	good := OIDC{Issuer: "https://id.example", ClientID: "sente", BaseURL: "https://sente.example"}
	must(t, good.withDefaults().check())
	for name, change := range map[string]func(*OIDC){
		"access.oidc_address": func(c *OIDC) { c.Issuer = "http://id.example" },
		"access.oidc_client":  func(c *OIDC) { c.ClientID = "" },
		"access.oidc_scopes":  func(c *OIDC) { c.Scopes = "profile" },
	} {
		c := good
		change(&c)
		if err := c.withDefaults().check(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	c := good
	c.CAFile = t.TempDir() + "/none.pem"
	if _, err := newProvider(c, time.Now); err == nil || !strings.Contains(err.Error(), "access.oidc_file") {
		t.Errorf("got %v", err)
	}
}

// code is what the authenticator app shows at now.
func code(t *testing.T, secret string, now time.Time) string {
	t.Helper()
	c, err := totp.GenerateCode(secret, now)
	must(t, err)
	return c
}
