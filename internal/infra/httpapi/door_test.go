package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// logs collects a door's log.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// house is a door with a log to look at and a clock to turn.
type house struct {
	door  *httpapi.Door
	cfg   httpapi.Config
	log   *logs
	clock *clock
	*apitest.Server
}

type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

var wordsOfBothPackages = sync.OnceValues(func() (words.Book, error) {
	return words.Load(httpapi.Words, store.Words)
})

// open returns a house whose accounts are told by their token: "Bearer ann" is
// ann, who may do everything but "thing.forbidden".
func open(t *testing.T, db *store.DB, change func(*httpapi.Config), routes func(*httpapi.Door)) *house {
	t.Helper()
	book, err := wordsOfBothPackages()
	if err != nil {
		t.Fatal(err)
	}
	h := &house{log: &logs{}, clock: &clock{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}}
	h.cfg = httpapi.Config{
		Words: book, DB: db, Log: slog.New(slog.NewJSONHandler(h.log, nil)), Now: h.clock.now, Version: "test",
		Authenticate: func(r *http.Request) (kernel.Actor, error) {
			id, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
			if !ok {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "httpapi.signed_out")
			}
			return kernel.Actor{Zone: "z", ID: id, Name: id, Via: "token", Lang: "en"}, nil
		},
		Require: func(_ context.Context, perm string) error {
			if perm == "thing.forbidden" {
				return kernel.Faultf(kernel.ErrDenied, "httpapi.kind_denied")
			}
			return nil
		},
	}
	if change != nil {
		change(&h.cfg)
	}
	h.door = httpapi.NewDoor(h.cfg)
	if routes != nil {
		routes(h.door)
	}
	h.Server = apitest.Start(t, h.door)
	return h
}

func database(t *testing.T) *store.DB {
	t.Helper()
	return storetest.Open(t, httpapi.Migrations)
}

type none struct{}

// get registers GET path on d with permission perm; it answers with what fn returns.
func get(d *httpapi.Door, path, perm string, fn func(context.Context) error) {
	httpapi.Handle(d, httpapi.Route{Method: "GET", Path: path, Perm: perm}, func(ctx context.Context, _ *none) (*none, error) {
		return &none{}, fn(ctx)
	})
}

func fine(context.Context) error { return nil }

func TestWords(t *testing.T) {
	t.Parallel()
	if err := words.Check(httpapi.Words); err != nil {
		t.Fatal(err)
	}
}

func TestWhoMayEnter(t *testing.T) {
	t.Parallel()
	var seen kernel.Actor
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		keep := func(ctx context.Context) error { seen = kernel.ActorOf(ctx); return nil }
		get(d, "/open", httpapi.Public, keep)
		get(d, "/mine", httpapi.Self, keep)
		get(d, "/things", "thing.read", keep)
		get(d, "/secrets", "thing.forbidden", keep)
	})
	stranger, ann := h.As("zh"), h.As("zh").Token("ann")

	stranger.Get("/open").Status(204)
	if seen.ID != "" || seen.Zone != "" || seen.Lang != "zh" {
		t.Errorf("a stranger is %+v", seen)
	}
	p := stranger.Get("/mine").Problem(401, "httpapi.signed_out")
	if p.Title != "未登录" || p.Detail != "请先登录" || p.Type != "urn:sente:problem:httpapi.signed_out" {
		t.Errorf("got %+v", p)
	}
	stranger.Get("/things").Problem(401, "httpapi.signed_out")
	r := ann.Get("/things").Status(204)
	if seen.ID != "ann" || seen.Zone != "z" || seen.Lang != "zh" || seen.Request != r.Header.Get("X-Request-Id") {
		t.Errorf("ann is %+v", seen)
	}
	ann.Get("/open").Status(204)
	if seen.ID != "ann" {
		t.Errorf("ann on a public route is %+v", seen)
	}
	ann.Get("/mine").Status(204)
	seen = kernel.Actor{}
	ann.Get("/secrets").Problem(403, "httpapi.kind_denied")
	if seen.ID != "" {
		t.Error("the handler of a forbidden route ran")
	}
	want := []string{
		"GET /api/v1/mine self", "GET /api/v1/open public", "GET /api/v1/secrets thing.forbidden", "GET /api/v1/things thing.read",
		"GET /docs public", "GET /healthz public", "GET /metrics local", "GET /openapi.json public", "GET /readyz public",
	}
	if got := h.door.Routes(); !slices.Equal(got, want) {
		t.Errorf("routes %q, want %q", got, want)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		get(d, "/things", "thing.forbidden", fine)
	})
	if p := h.As("en-GB,zh;q=0.5").Get("/things").Problem(401, "httpapi.signed_out"); p.Detail != "Sign in first" {
		t.Errorf("got %q", p.Detail)
	}
	if p := h.As("").Get("/things").Problem(401, "httpapi.signed_out"); p.Detail != "请先登录" {
		t.Errorf("without a wish: got %q", p.Detail)
	}
	if p := h.As("fr").Token("ann").Get("/things").Problem(403, "httpapi.kind_denied"); p.Detail != "Not permitted" {
		t.Errorf("the account's language: got %q", p.Detail)
	}
}

func TestRoutesThatCannotBe(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), nil, func(d *httpapi.Door) { get(d, "/once", "thing.read", fine) })
	for want, register := range map[string]func(){
		"has no permission": func() { get(h.door, "/things", "", fine) },
		"registered twice":  func() { get(h.door, "/once", "thing.read", fine) },
		"needs a method": func() {
			httpapi.Handle(h.door, httpapi.Route{Path: "/x", Perm: "x"}, func(context.Context, *none) (*none, error) { return nil, nil })
		},
		"does not embed httpapi.IfMatch": func() {
			httpapi.Handle(h.door, httpapi.Route{Method: "PATCH", Path: "/m", Perm: "x", Match: true}, func(context.Context, *none) (*none, error) { return nil, nil })
		},
		"embed httpapi.Upload": func() {
			httpapi.Handle(h.door, httpapi.Route{Method: "POST", Path: "/u", Perm: "x", Upload: true}, func(context.Context, *none) (*none, error) { return nil, nil })
		},
		"must embed httpapi.Format": func() {
			httpapi.Export(h.door, httpapi.Route{Method: "GET", Path: "/e", Perm: "x"}, func(context.Context, *none) (*httpapi.Sheet, error) { return nil, nil })
		},
		"Config needs DB": func() { httpapi.NewDoor(httpapi.Config{}) },
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, want) {
					t.Errorf("panic %q, want %q", got, want)
				}
			}()
			register()
		})
	}
}

// TestKinds shows every kind of fault with its status and title in both languages.
func TestKinds(t *testing.T) {
	t.Parallel()
	kinds := []struct {
		kind   error
		status int
		title  string
	}{
		{kernel.ErrInvalid, 422, "输入有误"}, {kernel.ErrSignedOut, 401, "未登录"}, {kernel.ErrDenied, 403, "无权操作"},
		{kernel.ErrNotFound, 404, "未找到"}, {kernel.ErrConflict, 409, "当前状态不允许"}, {kernel.ErrStale, 412, "内容已被他人修改"},
		{kernel.ErrUnstated, 428, "缺少版本"}, {kernel.ErrTooLarge, 413, "内容过大"}, {kernel.ErrTooMany, 429, "操作过于频繁"},
		{kernel.ErrUnavailable, 503, "暂时不可用"}, {kernel.ErrUnsupported, 415, "格式不支持"},
	}
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		for _, k := range kinds {
			get(d, fmt.Sprintf("/%d", k.status), "x.y", func(context.Context) error {
				return fmt.Errorf("pipeline.Advance: %w", kernel.Faultf(k.kind, "httpapi.v_enum", "a, b"))
			})
		}
	})
	for _, k := range kinds {
		p := h.As("zh").Token("ann").Get(fmt.Sprintf("/%d", k.status)).Problem(k.status, "httpapi.v_enum")
		if p.Title != k.title || p.Detail != "应为以下之一：a, b" || p.Errors != nil {
			t.Errorf("%d: got %+v", k.status, p)
		}
	}
	r := h.As("zh").Token("ann").Get("/503")
	if got := r.Header.Get("Retry-After"); got != "5" {
		t.Errorf("Retry-After %q, want 5", got)
	}
	if got := h.As("zh").Token("ann").Get("/401").Header.Get("WWW-Authenticate"); got != `Bearer realm="sente"` {
		t.Errorf("WWW-Authenticate %q", got)
	}
}

func TestFaultsWithParts(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		get(d, "/one", "x.y", func(context.Context) error { return kernel.FieldFault("amount", "httpapi.v_minimum", 0) })
		get(d, "/many", "x.y", func(context.Context) error {
			inner := kernel.Faults("httpapi.invalid", kernel.FieldFault("on", "httpapi.v_date"))
			var f *kernel.Fault
			errors.As(inner, &f)
			f.Field = "milestones[2]"
			return kernel.Faults("httpapi.invalid", kernel.FieldFault("name", "httpapi.v_required"), inner)
		})
		get(d, "/later", "x.y", func(context.Context) error {
			return httpapi.RetryAfter(kernel.Faultf(kernel.ErrTooMany, "httpapi.too_many", "90"), 90*time.Second)
		})
	})
	ann := h.As("en").Token("ann")
	p := ann.Get("/one").Refused(422, "httpapi.v_minimum", "amount")
	if p.Errors[0].Message != "Must be 0 or more" {
		t.Errorf("got %+v", p)
	}
	p = ann.Get("/many").Refused(422, "httpapi.invalid", "name", "milestones[2].on")
	if p.Errors[1].Code != "httpapi.v_date" || p.Errors[1].Message != "Must be a date such as 2026-01-31" {
		t.Errorf("got %+v", p.Errors)
	}
	if got := ann.Get("/later").Status(429).Header.Get("Retry-After"); got != "90" {
		t.Errorf("Retry-After %q, want 90", got)
	}
}

func TestUnknownErrorsAndPanicsTellNothing(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		get(d, "/error", "x.y", func(context.Context) error { return fmt.Errorf("party.Find(%q): %w", "x", errors.New("disk on fire")) })
		get(d, "/panic", "x.y", func(context.Context) error { panic("wires crossed") })
	})
	for path, inside := range map[string]string{"/error": `party.Find(\"x\"): disk on fire`, "/panic": "wires crossed"} {
		r := h.As("en").Token("ann").Get(path)
		p := r.Problem(500, "httpapi.internal")
		if strings.Contains(string(r.Body), "fire") || strings.Contains(string(r.Body), "wires") {
			t.Errorf("%s tells %s", path, r.Body)
		}
		if log := h.log.String(); !strings.Contains(log, inside) || !strings.Contains(log, p.RequestID) {
			t.Errorf("the log lacks %q with request %s:\n%s", inside, p.RequestID, log)
		}
	}
}

func TestUnknownAddresses(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		get(d, "/things/{id}", "x.y", fine)
		httpapi.Handle(d, httpapi.Route{Method: "DELETE", Path: "/things/{id}", Perm: "x.y"}, func(context.Context, *none) (*none, error) { return nil, nil })
	})
	c := h.As("en").Token("ann")
	c.Get("/nothing").Problem(404, "httpapi.no_route")
	c.Root("GET", "/api/v2/things", nil).Problem(404, "httpapi.no_route")
	r := c.Post("/things/1", nil)
	if p := r.Problem(405, "httpapi.no_method"); p.Detail != "POST is not possible here; use GET, DELETE" || r.Header.Get("Allow") != "GET, DELETE" {
		t.Errorf("got %q, Allow %q", p.Detail, r.Header.Get("Allow"))
	}
}

func TestLogHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	type in struct {
		Token string `path:"token"`
		Q     string `query:"q"`
		Body  struct {
			Password string `json:"password"`
		}
	}
	h := open(t, database(t), nil, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/first-link/{token}", Perm: httpapi.Public}, func(context.Context, *in) (*none, error) { return nil, nil })
		get(d, "/things/{id}", "x.y", fine)
	})
	c := h.As("en").With("Cookie", "sente_session=secret-cookie").With("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	c.Post("/first-link/secret-token?q=secret-name", apitest.Object{"password": "secret-password"}).Status(204)
	c.Token("ann").Get("/things/17").Status(204)
	c.Root("GET", "/first-link/secret-token", nil)
	log := h.log.String()
	if strings.Contains(log, "secret") {
		t.Errorf("a secret in the log:\n%s", log)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(strings.SplitN(log, "\n", 2)[0]), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"msg": "request", "method": "POST", "route": "POST /api/v1/first-link/{token}", "path": "/api/v1/first-link/{token}",
		"status": 204.0, "query": "q", "trace": "4bf92f3577b34da6a3ce929d0e0e4736", "address": "127.0.0.1",
	} {
		if line[name] != want {
			t.Errorf("log %s = %v, want %v", name, line[name], want)
		}
	}
	for _, want := range []string{`"path":"/api/v1/things/17"`, `"account":"ann","zone":"z"`, `"path":"/first-link/…"`} {
		if !strings.Contains(log, want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), func(c *httpapi.Config) { c.Origins = []string{"https://partner.example"} }, func(d *httpapi.Door) {
		httpapi.Handle(d, httpapi.Route{Method: "POST", Path: "/things", Perm: "x.y"}, func(context.Context, *none) (*none, error) { return nil, nil })
	})
	c := h.As("en").Token("ann")
	r := c.Root("GET", "/", nil).Status(200)
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Strict-Transport-Security": "",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	csp := r.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'self'", "script-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("policy %q lacks %s", csp, want)
		}
	}
	c.Post("/things", nil).Status(204)
	c.With("Sec-Fetch-Site", "cross-site").Post("/things", nil).Problem(403, "httpapi.cross_origin")
	c.With("Origin", "https://evil.example").Post("/things", nil).Problem(403, "httpapi.cross_origin")
	c.With("Origin", "https://partner.example").With("Sec-Fetch-Site", "cross-site").Post("/things", nil).Status(204)
	if got := c.Post("/things", nil).Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control %q", got)
	}
}

func TestTrustedProxies(t *testing.T) {
	t.Parallel()
	var caller httpapi.Caller
	routes := func(d *httpapi.Door) {
		get(d, "/who", httpapi.Public, func(ctx context.Context) error { caller = httpapi.CallerOf(ctx); return nil })
	}
	trusting := open(t, database(t), func(c *httpapi.Config) {
		c.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8")}
	}, routes)
	direct := open(t, database(t), nil, routes)
	forwarded := func(h *house) *apitest.Reply {
		return h.As("en").With("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.1.1.1").With("X-Forwarded-Proto", "https").
			With("X-Request-Id", "from-the-proxy-1").Get("/who").Status(204)
	}
	r := forwarded(trusting)
	if caller.Address.String() != "203.0.113.9" || !caller.Secure || caller.Request != "from-the-proxy-1" || r.Header.Get("Strict-Transport-Security") == "" {
		t.Errorf("behind a trusted proxy: %+v", caller)
	}
	r = forwarded(direct)
	if caller.Address.String() != "127.0.0.1" || caller.Secure || caller.Request == "from-the-proxy-1" || r.Header.Get("Strict-Transport-Security") != "" {
		t.Errorf("anyone else was believed: %+v", caller)
	}
	for header, want := range map[string]string{
		"nonsense":                               "127.0.0.1",
		"203.0.113.9:x":                          "127.0.0.1",
		"203.0.113.9]":                           "127.0.0.1",
		"203.0.113.9:4711":                       "203.0.113.9",
		"6.6.6.6, 203.0.113.9:4711, 10.1.1.1:80": "203.0.113.9",
		"[2001:db8::1]:4711":                     "2001:db8::1",
		"[2001:db8::1]":                          "2001:db8::1",
		"2001:db8::1":                            "2001:db8::1",
		"[::ffff:203.0.113.9]:4711":              "203.0.113.9",
	} {
		trusting.As("en").With("X-Forwarded-For", header).Get("/who").Status(204)
		if got := caller.Address.String(); got != want {
			t.Errorf("X-Forwarded-For: %s: %s, want %s", header, got, want)
		}
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), func(c *httpapi.Config) {
		c.Rates = httpapi.Rates{Account: httpapi.Rate{PerSecond: 1, Burst: 2}, Address: httpapi.Rate{PerSecond: 1, Burst: 6}, Keep: 2}
	}, func(d *httpapi.Door) {
		get(d, "/things", "x.y", fine)
		httpapi.Handle(d, httpapi.Route{Method: "GET", Path: "/dear", Perm: httpapi.Public, Cost: 4}, func(context.Context, *none) (*none, error) { return nil, nil })
	})
	ann, bob := h.As("en").Token("ann"), h.As("en").Token("bob")
	ann.Get("/things").Status(204)
	ann.Get("/things").Status(204)
	r := ann.Get("/things")
	p := r.Problem(429, "httpapi.too_many")
	if r.Header.Get("Retry-After") != "1" || p.Detail != "Too many requests; try again in 1 seconds" {
		t.Errorf("Retry-After %q, %q", r.Header.Get("Retry-After"), p.Detail)
	}
	bob.Get("/things").Status(204)
	bob.Get("/things").Status(204)
	h.As("en").Token("cid").Get("/things").Status(204)         // the sixth from this address
	h.As("en").Get("/things").Problem(429, "httpapi.too_many") // the seventh
	h.clock.pass(6 * time.Second)
	h.As("en").Get("/dear").Status(204)
	r = h.As("en").Get("/dear")
	if r.Problem(429, "httpapi.too_many"); r.Header.Get("Retry-After") != "2" {
		t.Errorf("Retry-After %q, want 2", r.Header.Get("Retry-After"))
	}
	h.clock.pass(2 * time.Second)
	h.As("en").Get("/dear").Status(204)
}
