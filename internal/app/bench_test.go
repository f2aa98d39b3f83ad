package app_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/store"
)

// BenchmarkRequests answers requests without a network between: what a request
// costs from the door to the disk and back. statements is what it asked of the
// database.
func BenchmarkRequests(b *testing.B) {
	w := newWorld(b, app.Config{})
	officer := w.people["officer"]
	for range 2000 {
		w.project(home, officer)
	}
	token := w.token(officer)
	var n atomic.Int64
	for _, r := range []struct {
		name, method, path string
		body               func() string
	}{
		{"me", "GET", "/session", nil},
		{"list", "GET", "/projects?limit=50", nil},
		{"create", "POST", "/projects", func() string {
			return fmt.Sprintf(`{"name":"示例项目%d","source":"示例来源","finder":"示例","found_on":"2026-01-05","unit":%q}`, n.Add(1), officer.unit)
		}},
	} {
		b.Run(r.name, func(b *testing.B) {
			b.ReportAllocs()
			var statements int64
			for b.Loop() {
				var body string
				if r.body != nil {
					body = r.body()
				}
				q := httptest.NewRequest(r.method, httpapi.Prefix+r.path, strings.NewReader(body))
				q.Header.Set("Authorization", "Bearer "+token)
				if body != "" {
					q.Header.Set("Content-Type", "application/json")
				}
				ctx, count := store.Counting(q.Context())
				rec := httptest.NewRecorder()
				w.app.Door.ServeHTTP(rec, q.WithContext(ctx))
				statements = count.Statements()
				if rec.Code >= 300 {
					b.Fatal(rec.Code, rec.Body.String())
				}
			}
			b.ReportMetric(float64(statements), "statements")
		})
	}
}

// token is an API token of p with every scope p holds but that of tokens.
func (w *world) token(p person) string {
	w.t.Helper()
	var scopes []string
	for _, s := range w.app.Gate.Permissions(p.actor) {
		if s != "token.manage" {
			scopes = append(scopes, s)
		}
	}
	_, secret, err := w.app.Access.Issue(w.as(p.actor), access.NewToken{Name: "示例", Scopes: scopes, Days: 1})
	must(w.t, err)
	return secret
}
