package httpapi

import (
	"context"
	"embed"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Prefix is where the API begins; Route.Path follows it.
const Prefix = "/api/v1"

// Words holds the door's own messages.
//
//go:embed words
var Words embed.FS

// Config is what a Door needs. Words, DB, Authenticate and Require have no default.
type Config struct {
	Words   words.Book
	DB      *store.DB        // opened with Migrations
	Log     *slog.Logger     // default: discard
	Now     func() time.Time // default: time.Now
	Version string           // of the program, for /openapi.json

	// Authenticate returns who sent r. No credentials at all or stale ones are
	// kernel.ErrSignedOut; on a Public route that is no obstacle.
	Authenticate func(r *http.Request) (kernel.Actor, error)
	// Require says whether the context's actor may ever do perm; no is kernel.ErrDenied.
	Require func(ctx context.Context, perm string) error
	// Demo says whether the context's zone holds demo data, so that exports say so.
	Demo func(ctx context.Context) bool

	MaxBody   int64          // bytes of a JSON body; default 1 MiB
	MaxUpload int64          // bytes of an upload; default 50 MiB
	Rates     Rates          // requests per account and per address
	Streams   int            // event streams an account may hold open at once; default 12
	Heartbeat time.Duration  // of event streams, so that proxies do not close a quiet one; default 15 s
	Origins   []string       // other origins whose pages may write, "https://host"
	Proxies   []netip.Prefix // peers whose X-Forwarded-For and -Proto are believed
	Cookie    string         // name of the session cookie, for the API description

	Pages        fs.FS                         // the built pages; nil shows how to build them
	Ready        []func(context.Context) error // further conditions of /readyz
	Metrics      []func(io.Writer)             // further figures of /metrics, Prometheus text
	MetricsToken string                        // bearer token for /metrics from elsewhere than loopback
}

// Door is the http.Handler all requests enter by. Routes are added before the
// first request, not after.
type Door struct {
	cfg       Config
	mux       *http.ServeMux
	api       huma.API
	routes    map[string]Route // by ServeMux pattern
	cross     *http.CrossOriginProtection
	limits    *limits
	streams   *openStreams
	claimants *claimants
	counters  *counters
	spec      func() ([]byte, error)
	handler   http.Handler
}

// NewDoor returns a door with the routes every installation has: health,
// figures, API description and pages. It panics when cfg lacks what only the
// caller can supply.
func NewDoor(cfg Config) *Door {
	if cfg.DB == nil || cfg.Authenticate == nil || cfg.Require == nil {
		panic("httpapi.NewDoor: Config needs DB, Authenticate and Require")
	}
	cfg = withDefaults(cfg)
	d := &Door{
		cfg:       cfg,
		mux:       http.NewServeMux(),
		routes:    map[string]Route{},
		cross:     crossOrigin(cfg.Origins),
		limits:    newLimits(cfg.Rates),
		streams:   &openStreams{most: cfg.Streams, count: map[string]int{}},
		claimants: &claimants{process: kernel.NewID(cfg.Now()), live: map[string]bool{}},
		counters:  newCounters(),
	}
	d.spec = sync.OnceValues(d.OpenAPI)
	strictNames()
	d.api = humago.NewWithPrefix(guarded{d}, Prefix, d.describe())
	d.own("GET /healthz", Public, d.healthz)
	d.own("GET /readyz", Public, d.readyz)
	d.own("GET /metrics", local, d.metrics)
	d.own("GET /openapi.json", Public, d.openapi)
	d.own("GET /docs", Public, d.docs)
	d.mux.HandleFunc("/api/", d.unknown)
	d.mux.Handle("/", d.pages())
	d.handler = d.observe(d.recover(d.protect(d.mux)))
	return d
}

func withDefaults(cfg Config) Config {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Demo == nil {
		cfg.Demo = func(context.Context) bool { return false }
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = 1 << 20
	}
	if cfg.MaxUpload == 0 {
		cfg.MaxUpload = 50 << 20
	}
	if cfg.Streams == 0 {
		cfg.Streams = 12
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	if cfg.Cookie == "" {
		cfg.Cookie = "sente_session"
	}
	cfg.Rates = cfg.Rates.withDefaults()
	return cfg
}

// ServeHTTP answers one request.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// Routes lists every route as "METHOD path permission", sorted.
func (d *Door) Routes() []string {
	var out []string
	for pattern, r := range d.routes {
		out = append(out, pattern+" "+r.Perm)
	}
	slices.SortFunc(out, func(a, b string) int {
		return strings.Compare(pathFirst(a), pathFirst(b))
	})
	return out
}

// pathFirst turns "METHOD path perm" into "path METHOD perm" for sorting.
func pathFirst(line string) string {
	method, rest, _ := strings.Cut(line, " ")
	path, perm, _ := strings.Cut(rest, " ")
	return path + " " + method + " " + perm
}

// own registers one of the door's own routes.
func (d *Door) own(pattern, perm string, h http.HandlerFunc) {
	method, path, _ := strings.Cut(pattern, " ")
	d.routes[pattern] = Route{Method: method, Path: path, Perm: perm}
	d.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		call := callOf(r.Context())
		call.route = pattern
		if strings.HasPrefix(path, "/docs") || strings.HasPrefix(path, "/openapi") { // watchers of health and figures are let through
			if err := d.limits.address(call.address, 1, d.cfg.Now()); err != nil {
				d.refuse(w, r, err)
				return
			}
		}
		h(w, r)
	})
}

// guarded is the mux as huma sees it: what is registered is put behind the
// checks of its Route.
type guarded struct{ d *Door }

// HandleFunc registers h behind the guard of pattern's Route.
func (g guarded) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	route, at := g.d.routes[pattern], pattern
	if route.Rest {
		at = strings.TrimSuffix(pattern, "}") + "...}"
	}
	g.d.mux.Handle(at, g.d.guard(pattern, route, h))
}

// ServeHTTP is what huma's adapter requires of a mux.
func (g guarded) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.d.mux.ServeHTTP(w, r) }
