package httpapi

import (
	"crypto/subtle"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// buckets of the duration histogram, in seconds.
var durations = []float64{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}

// counters are the door's own figures.
type counters struct {
	inFlight atomic.Int64
	mu       sync.Mutex
	requests map[[3]string]int64 // route, method, status
	times    map[string]*histogram
}

type histogram struct {
	counts []int64 // per bucket of durations, not yet summed
	total  int64
	sum    float64
}

func newCounters() *counters {
	return &counters{requests: map[[3]string]int64{}, times: map[string]*histogram{}}
}

// count counts one request. What matched no route is counted together, so that
// nobody can fill the memory with invented paths.
func (c *counters) count(route, method string, status int, took time.Duration) {
	_, path, ok := strings.Cut(route, " ")
	if !ok {
		path = route
	}
	if path == "" {
		path = "other"
	}
	if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, method) {
		method = "other"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests[[3]string{path, method, strconv.Itoa(status)}]++
	h := c.times[path]
	if h == nil {
		h = &histogram{counts: make([]int64, len(durations))}
		c.times[path] = h
	}
	h.total++
	h.sum += took.Seconds()
	if i, _ := slices.BinarySearch(durations, took.Seconds()); i < len(durations) {
		h.counts[i]++
	}
}

// write writes the figures in Prometheus' text format.
func (c *counters) write(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(w, "# TYPE sente_http_in_flight gauge\nsente_http_in_flight %d\n", c.inFlight.Load())
	fmt.Fprintln(w, "# TYPE sente_http_requests_total counter")
	for _, k := range sortedKeys(c.requests, func(a, b [3]string) int { return slices.Compare(a[:], b[:]) }) {
		fmt.Fprintf(w, "sente_http_requests_total{route=%q,method=%q,status=%q} %d\n", k[0], k[1], k[2], c.requests[k])
	}
	fmt.Fprintln(w, "# TYPE sente_http_duration_seconds histogram")
	for _, route := range sortedKeys(c.times, strings.Compare) {
		h, below := c.times[route], int64(0)
		for i, le := range durations {
			below += h.counts[i]
			fmt.Fprintf(w, "sente_http_duration_seconds_bucket{route=%q,le=\"%g\"} %d\n", route, le, below)
		}
		fmt.Fprintf(w, "sente_http_duration_seconds_bucket{route=%q,le=\"+Inf\"} %d\n", route, h.total)
		fmt.Fprintf(w, "sente_http_duration_seconds_sum{route=%q} %g\n", route, h.sum)
		fmt.Fprintf(w, "sente_http_duration_seconds_count{route=%q} %d\n", route, h.total)
	}
}

func sortedKeys[K comparable, V any](m map[K]V, compare func(a, b K) int) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, compare)
	return keys
}

// writePool writes the figures of the database connections.
func writePool(w io.Writer, s store.Stats) {
	for _, p := range []struct {
		name  string
		stats sql.DBStats
	}{{"reader", s.Reader}, {"writer", s.Writer}} {
		fmt.Fprintf(w, "sente_db_connections_open{pool=%q} %d\n", p.name, p.stats.OpenConnections)
		fmt.Fprintf(w, "sente_db_connections_in_use{pool=%q} %d\n", p.name, p.stats.InUse)
		fmt.Fprintf(w, "sente_db_waits_total{pool=%q} %d\n", p.name, p.stats.WaitCount)
		fmt.Fprintf(w, "sente_db_wait_seconds_total{pool=%q} %g\n", p.name, p.stats.WaitDuration.Seconds())
	}
	fmt.Fprintf(w, "sente_db_retries_total %d\n", s.Retries)
	fmt.Fprintf(w, "sente_db_commits_total %d\n", s.Commits)
	fmt.Fprintf(w, "sente_db_groups_total %d\n", s.Groups)
}

// metrics answers /metrics to loopback and to bearers of the token.
func (d *Door) metrics(w http.ResponseWriter, r *http.Request) {
	if !d.mayMeasure(r) {
		d.refuse(w, r, kernel.Faultf(kernel.ErrDenied, "httpapi.metrics_closed"))
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	d.counters.write(w)
	writePool(w, d.cfg.DB.Stats())
	for _, more := range d.cfg.Metrics {
		more(w)
	}
}

// mayMeasure: a token, once configured, is asked of everyone. Without one a caller
// that a proxy unknown to us passed on only looks like loopback.
func (d *Door) mayMeasure(r *http.Request) bool {
	if d.cfg.MetricsToken == "" {
		return callOf(r.Context()).address.IsLoopback() && (r.Header.Get("X-Forwarded-For") == "" || d.trusts(peerOf(r)))
	}
	want := "Bearer " + d.cfg.MetricsToken
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) == 1
}
