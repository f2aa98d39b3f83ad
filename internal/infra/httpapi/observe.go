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

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader notes the first status; later ones are not sent either.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the body.
func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
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
		rec := &recorder{ResponseWriter: w}
		rec.Header().Set("X-Request-Id", c.id)
		d.counters.inFlight.Add(1)
		defer func() {
			d.counters.inFlight.Add(-1)
			took := d.cfg.Now().Sub(start)
			d.counters.count(c.route, r.Method, rec.status, took)
			d.log(r, c, rec, took)
		}()
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), callKey{}, c)))
	})
}

// log writes the access log: no bodies, no headers that authenticate, no values
// of queries (a search text may be a person's name or telephone).
func (d *Door) log(r *http.Request, c *call, rec *recorder, took time.Duration) {
	level := slog.LevelInfo
	if rec.status >= 500 {
		level = slog.LevelError
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
