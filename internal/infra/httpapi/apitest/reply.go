package apitest

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"

	"sente/internal/infra/httpapi"
)

// Reply is what the door answered.
type Reply struct {
	*http.Response
	Body []byte
	Err  error // a body that broke off
	t    testing.TB
	what string
}

// Status fails the test unless the status is want and the body arrived whole.
func (r *Reply) Status(want int) *Reply {
	r.t.Helper()
	if r.StatusCode != want || r.Err != nil {
		r.t.Fatalf("%s: status %d (%v), want %d\n%s", r.what, r.StatusCode, r.Err, want, r.Body)
	}
	return r
}

// JSON decodes the body into v.
func (r *Reply) JSON(v any) *Reply {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, v); err != nil {
		r.t.Fatalf("%s: %v\n%s", r.what, err, r.Body)
	}
	return r
}

// Problem fails the test unless the answer is a problem with this status and code,
// and returns it for a closer look.
func (r *Reply) Problem(status int, code string) httpapi.Problem {
	r.t.Helper()
	r.Status(status)
	if got := r.Header.Get("Content-Type"); got != "application/problem+json" {
		r.t.Fatalf("%s: %d with Content-Type %q, want a problem\n%s", r.what, status, got, r.Body)
	}
	var p httpapi.Problem
	r.JSON(&p)
	replayed := r.Header.Get("Idempotency-Replayed") != "" // carries the id of the first request
	if p.Code != code || p.Status != status || p.RequestID == "" || p.RequestID != r.Header.Get("X-Request-Id") && !replayed {
		r.t.Fatalf("%s: got problem %+v, want code %s, status %d and the request's id", r.what, p, code, status)
	}
	return p
}

// Refused is Problem for one that is about exactly these fields, in any order.
func (r *Reply) Refused(status int, code string, fields ...string) httpapi.Problem {
	r.t.Helper()
	p := r.Problem(status, code)
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.Field)
	}
	slices.Sort(got)
	slices.Sort(fields)
	if !slices.Equal(got, fields) {
		r.t.Fatalf("%s: refused fields %v, want %v\n%s", r.what, got, fields, r.Body)
	}
	return p
}

// ETag returns the entity tag and fails the test when there is none.
func (r *Reply) ETag() string {
	r.t.Helper()
	tag := r.Header.Get("ETag")
	if tag == "" {
		r.t.Fatalf("%s: no ETag", r.what)
	}
	return tag
}
