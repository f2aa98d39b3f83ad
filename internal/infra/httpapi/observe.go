package httpapi

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// writeTime is how long a slow reader may hold up one piece of an answer before
// the answer is cut off: it may take long in all, but not forever.
const (
	writeTime = 10 * time.Second
	piece     = 64 << 10 // bytes
)

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int
	bytes   int64
}

func newRecorder(w http.ResponseWriter) *recorder {
	return &recorder{ResponseWriter: w, control: http.NewResponseController(w)}
}

// WriteHeader notes the first status; later ones are not sent either.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends p in pieces and counts them.
func (w *recorder) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	defer w.within()()
	for {
		var k int
		k, err = w.ResponseWriter.Write(p[n:min(n+piece, len(p))])
		n += k
		w.bytes += int64(k)
		if err != nil || n == len(p) {
			return n, err
		}
		w.within()
	}
}

// FlushError sends what is buffered.
func (w *recorder) FlushError() error {
	defer w.within()()
	return w.control.Flush()
}

// within gives the reader writeTime from now, until the function returned is
// called: on HTTP/2 a deadline that passes ends the answer even between writes.
func (w *recorder) within() (done func()) {
	_ = w.control.SetWriteDeadline(time.Now().Add(writeTime)) // unsupported only in tests without a connection
	return func() { _ = w.control.SetWriteDeadline(time.Time{}) }
}

// Unwrap gives http.ResponseController the writer below.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// observe gives the request its id, logs it and counts it.
func (d *Door) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := d.cfg.Now()
		c := d.begin(r)
		c.lang = words.Negotiate(r.Header.Get("Accept-Language"), "")
		c.path = firstSegment(r.URL.Path)
		rec := newRecorder(w)
		rec.Header().Set("X-Request-Id", c.id)
		d.counters.inFlight.Add(1)
		defer func() {
			d.counters.inFlight.Add(-1)
			took := d.cfg.Now().Sub(start)
			d.counters.count(c.route, r.Method, rec.status, took)
			d.log(r, c, rec, took)
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
		rec.within() // the server sends what is left, then lifts it
	})
}

// log writes the access log: no bodies, no headers that authenticate, no values
// of queries (a search text may be a person's name or telephone).
func (d *Door) log(r *http.Request, c *call, rec *recorder, took time.Duration) {
	level := slog.LevelInfo
	if rec.status >= 500 {
		level = slog.LevelError
	}
	if !d.cfg.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request", c.id), slog.String("method", r.Method), slog.String("route", c.route),
		slog.String("path", c.path), slog.Int("status", rec.status), slog.Int64("bytes", rec.bytes),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.String("address", c.address.String()),
	}
	for _, a := range [][2]string{{"query", queryNames(r)}, {"code", c.code}, {"account", c.account}, {"zone", c.zone}, {"trace", c.trace}} {
		if a[1] != "" {
			attrs = append(attrs, slog.String(a[0], a[1]))
		}
	}
	d.cfg.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

func queryNames(r *http.Request) string {
	if r.URL.RawQuery == "" {
		return ""
	}
	return clip(strings.Join(slices.Sorted(maps.Keys(r.URL.Query())), ","), 200)
}

// sensitive are path parameters that let their bearer in.
var sensitive = []string{"token", "code", "secret", "key", "link"}

// safePath is the path with sensitive parameters left as their name.
func safePath(pattern string, r *http.Request) string {
	_, path, _ := strings.Cut(pattern, " ")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		name := strings.Trim(p, "{}.$")
		if name != p && !slices.Contains(sensitive, name) {
			parts[i] = clip(r.PathValue(name), 100)
		}
	}
	return strings.Join(parts, "/")
}

// firstSegment is as much of an unknown path as may be logged: a page's address
// may hold a one-time link.
func firstSegment(path string) string {
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if rest != "" {
		return "/" + clip(first, 50) + "/…"
	}
	return "/" + clip(first, 50)
}

func clip(s string, n int) string {
	if len(s) > n {
		return strings.ToValidUTF8(s[:n], "") + "…"
	}
	return s
}

// recover turns a panic into a problem, or cuts the connection when half an
// answer is out already: the reader must not take half for the whole.
func (d *Door) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			what := recover()
			if what == nil {
				return
			}
			if what == http.ErrAbortHandler {
				panic(what)
			}
			c := callOf(r.Context())
			d.cfg.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("request", c.id),
				slog.String("route", c.route), slog.Any("panic", what), slog.String("stack", string(debug.Stack())))
			if rec, ok := w.(*recorder); ok && rec.status != 0 {
				panic(http.ErrAbortHandler)
			}
			d.refuse(w, r, &kernel.Fault{Kind: errPanic, Word: "httpapi.internal"})
		}()
		next.ServeHTTP(w, r)
	})
}
