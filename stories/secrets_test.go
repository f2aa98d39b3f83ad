package stories

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/access/oidctest"
	"sente/internal/infra/httpapi/apitest"
)

// logbook keeps everything that is logged, at every level.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps p.
func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is everything logged so far.
func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// byProvider signs in at the identity provider and returns where that leads and
// what passed through the address bar.
func (h *house) byProvider(c *apitest.Client, next string) (to string, secrets []string) {
	h.Helper()
	away := c.Get("/session/oidc?next=" + url.QueryEscape(next)).Status(303)
	res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(away.Header.Get("Location"))
	h.must(err)
	defer res.Body.Close()
	back, err := url.Parse(res.Header.Get("Location"))
	h.must(err)
	r := c.Root("GET", back.Path+"?"+back.RawQuery, nil).Status(303)
	secrets = append(cookies(away), cookies(r)...)
	return r.Header.Get("Location"), append(secrets, back.Query().Get("state"), back.Query().Get("code"))
}

// cookies are the values r sets.
func cookies(r *apitest.Reply) (values []string) {
	for _, c := range r.Cookies() {
		if c.Value != "" {
			values = append(values, c.Value)
			_, secret, _ := strings.Cut(c.Value, ".")
			values = append(values, secret)
		}
	}
	return values
}

// TestNothingSecretIsLogged lives a day in which everything secret is used,
// rightly and wrongly, and looks for it in the log.
func TestNothingSecretIsLogged(t *testing.T) {
	t.Parallel()
	book := &logbook{}
	idp := oidctest.Start(t, time.Now)
	h := open(t, app.Config{
		Log: slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug})), MetricsToken: "metrics-token-of-the-story",
		Access: access.Config{OIDC: access.OIDC{Issuer: idp.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, BaseURL: "http://127.0.0.1", LinkByLogin: true}},
	})
	h.staff("officer", "department_lead")
	secret := map[string]string{password: "a password", "Wrong-2026-guess": "a wrong password", "metrics-token-of-the-story": "the metrics token",
		"13900001234": "a telephone", "演示联系人戊": "a person", "bad-token-of-the-story": "a wrong token", "text-searched-for": "a search"}
	for _, token := range h.links {
		secret[token] = "a one-time link"
	}
	know := func(what string, values ...string) {
		for _, v := range values {
			secret[v] = what
		}
	}

	me := h.server.As("zh")
	me.Post("/session", apitest.Object{"login": "officer", "password": "Wrong-2026-guess"}).Status(401)
	me.Post("/session", `{"login":"officer","password":"`+password+`",}`).Status(400)
	me.Post("/session", apitest.Object{"login": "officer", "password": password, password: password}).Status(422)
	know("a session", cookies(me.Post("/session", apitest.Object{"login": "officer", "password": password}).Status(200))...)
	me.Token("bad-token-of-the-story").Get("/session").Status(401)
	me.Get("/projects?q=text-searched-for").Status(200)
	me.Get("/projects?q=text-searched-for&colour=13900001234").Status(422)
	me.Get("/first-link/bad-token-of-the-story").Status(404)
	me.Root("GET", "/metrics?token=metrics-token-of-the-story", nil)
	me.Token("metrics-token-of-the-story").Root("GET", "/metrics", nil)

	var token struct{ Secret string }
	me.Post("/tokens", apitest.Object{"name": "示例", "scopes": []string{"pipeline.read"}, "days": 7}).Status(201).JSON(&token)
	know("an API token", token.Secret)
	me.Token(token.Secret).Get("/projects").Status(200)

	var factor struct{ Secret, URL string }
	me.Post("/session/totp", nil).Status(200).JSON(&factor)
	now, err := totp.GenerateCode(factor.Secret, time.Now())
	h.must(err)
	know("a second factor", factor.Secret)
	me.Post("/session/totp/confirm", apitest.Object{"code": now}).Status(204)

	var party struct{ ID string }
	me.Post("/parties", apitest.Object{"name": "演示精密制造有限公司", "kind": "enterprise"}).Status(201).JSON(&party)
	me.Post("/parties/"+party.ID+"/contacts", apitest.Object{"name": "演示联系人戊", "phone": "13900001234"}).Status(201)
	me.Upload("/intake/files", map[string]string{"kind": "projects"}, "登记.csv", []byte("项目名称,联系人,联系电话\n示例项目,演示联系人戊,13900001234\n")).Status(201)

	lead := h.server.As("zh")
	idp.SignIn("subject-of-the-story", map[string]any{"preferred_username": "department-lead"})
	to, passed := h.byProvider(lead, "/projects")
	know("a sign-in by the provider", passed...)
	if to != "/projects" {
		t.Fatalf("the provider leads to %q", to)
	}
	lead.Get("/session").Status(200)
	idp.Lie("none", nil)
	to, passed = h.byProvider(h.server.As("en"), "/projects")
	know("a refused sign-in by the provider", passed...)
	if !strings.Contains(to, "refused=oidc_failed") {
		t.Errorf("an unsigned token leads to %q", to)
	}
	know("of the provider", idp.Secrets()...)

	var people struct {
		Items []struct{ ID, Login string } `json:"items"`
	}
	security := h.signIn("secadmin")
	security.Get("/accounts").Status(200).JSON(&people)
	for _, p := range people.Items {
		if p.Login == "officer" {
			var link struct{ Token string }
			security.Post("/accounts/"+p.ID+"/reset", apitest.Object{"reason": "示例"}).Status(200).JSON(&link)
			know("a reset", link.Token)
			h.server.As("zh").Post("/first-link/"+link.Token, apitest.Object{"password": "short"}).Status(422)
			h.server.As("zh").Post("/first-link/"+link.Token, apitest.Object{"password": password + "-new"}).Status(200)
		}
	}

	said := book.String()
	if n := strings.Count(said, `"msg":"request"`); n < 30 {
		t.Fatalf("only %d requests are logged", n)
	}
	for value, what := range secret {
		if value != "" && strings.Contains(said, value) {
			at := strings.Index(said, value)
			t.Errorf("%s is logged: …%s…", what, said[max(0, at-200):min(len(said), at+100)])
		}
	}
}

// TestPolicyOnEveryAnswer: whatever is answered, a browser runs no script that
// stands in it.
func TestPolicyOnEveryAnswer(t *testing.T) {
	t.Parallel()
	h := open(t, app.Config{})
	c := h.server.As("zh")
	for _, path := range []string{"/", "/projects", "/sign-in", "/no-such-page", "/api/v1/session", "/api/v1/no-such-route", "/api/v1/docs", "/docs", "/healthz", "/assets/none.js"} {
		policy := c.Root("GET", path, nil).Header.Get("Content-Security-Policy")
		scripts := ""
		for part := range strings.SplitSeq(policy, ";") {
			if rest, ok := strings.CutPrefix(strings.TrimSpace(part), "script-src "); ok {
				scripts = rest
			}
		}
		if scripts != "'self'" || !strings.Contains(policy, "default-src 'self'") || !strings.Contains(policy, "object-src 'none'") {
			t.Errorf("%s: %q", path, policy)
		}
	}
}

// TestNoPasswordOfTheDatabase: a database that cannot be reached is told without
// the password in its address.
func TestNoPasswordOfTheDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, address := range []string{"postgres://sente:dsn-password@127.0.0.1:1/sente?connect_timeout=1", "postgres://sente:dsn-password@127.0.0.1:port/sente"} {
		book := &logbook{}
		_, err := app.Open(t.Context(), app.Config{Database: address, DataDir: dir, KeyFile: dir + "/k", Zone: "z", Log: slog.New(slog.NewTextHandler(book, nil))})
		if err == nil || strings.Contains(err.Error(), "dsn-password") || strings.Contains(book.String(), "dsn-password") {
			t.Errorf("%v %s", err, book)
		}
	}
}
