package app_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/store"
)

// statementsOf bounds what the busiest routes ask of the database, the check of
// the caller included (one statement, for a session or a token ends at once).
// What begins and ends transactions is not counted; what is kept by epoch asks
// nothing. Who makes a route ask for less lowers its bound.
func statementsOf() map[string]int64 {
	return map[string]int64{
		"GET /session":                      4,
		"GET /projects?limit=50":            3, // the caller, the page, its rows that are not in memory
		"GET /projects?limit=50&q=示例":       3, // and where the search index finds it
		"GET /projects/totals":              3,
		"GET /projects/{id}":                10,
		"GET /projects/{id}/timeline":       11,
		"GET /projects/{id}/milestones":     10,
		"GET /projects/{id}/clocks":         10,
		"GET /projects/{id}/gate":           10,
		"GET /projects/{id}/evidence":       10,
		"GET /projects/milestones?ids={id}": 3,
		"GET /parties?limit=50":             2,
		"GET /parties/{party}":              3,
		"GET /tasks":                        2,
		"GET /work/mine":                    16,
		"GET /pipeline/mine":                10,
		"GET /pipeline/stalled":             5,
		"GET /pipeline/tracks":              1,
		"GET /units":                        2,
		"GET /views?page=projects":          3,
		"POST /projects":                    10, // one puts down the text it is found by
		"PATCH /projects/{id}":              14,
	}
}

// TestStatementsOfRequests: no route asks the database for more than its bound,
// and twice the data asks for no more.
func TestStatementsOfRequests(t *testing.T) { onBoth(t, statements) }

func statements(t *testing.T, w *world) {
	p := w.people["department_lead"]
	token := w.token(p)
	w.counted(p, token) // what is kept is kept now
	var counts [2]map[string]int64
	for i := range counts {
		for range 20 {
			w.project(home, p)
			w.party(home, p)
		}
		counts[i] = w.counted(p, token)
	}
	for route, most := range statementsOf() {
		once, twice := counts[0][route], counts[1][route]
		if once == 0 || once > most || twice != once {
			t.Errorf("%s: %d statements, %d with twice the data, want at most %d", route, once, twice, most)
		}
	}
}

// counted sends one request to every route of the table and counts.
func (w *world) counted(p person, token string) map[string]int64 {
	w.t.Helper()
	k, party := w.project(home, p), w.party(home, p)
	out := map[string]int64{}
	for _, route := range slices.Sorted(maps.Keys(statementsOf())) { // always in one order: a list reads rows that no earlier one has read
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", k.Project.ID, "{party}", party).Replace(path)
		body := ""
		switch method {
		case "POST":
			body = fmt.Sprintf(`{"name":%q,"source":"示例来源","finder":"示例","found_on":"2026-01-05","unit":%q}`, w.named(home, "项目"), p.unit)
		case "PATCH":
			body = fmt.Sprintf(`{"summary":%q}`, w.named(home, "摘要"))
		}
		q := httptest.NewRequest(method, httpapi.Prefix+path, strings.NewReader(body))
		q.Header.Set("Authorization", "Bearer "+token)
		if body != "" {
			q.Header.Set("Content-Type", "application/json")
		}
		if method == "PATCH" {
			q.Header.Set("If-Match", fmt.Sprintf(`"%d"`, k.Project.Version))
		}
		ctx, count := store.Counting(q.Context())
		rec := httptest.NewRecorder()
		w.app.Door.ServeHTTP(rec, q.WithContext(ctx))
		if rec.Code >= 300 {
			w.t.Errorf("%s: %d %s", route, rec.Code, rec.Body)
		}
		out[route] = count.Statements()
	}
	return out
}
