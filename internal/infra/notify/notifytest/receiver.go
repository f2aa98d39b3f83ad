// Package notifytest has what notices are sent to in tests: a mail server and
// the receiver of webhooks and robots, both on loopback, which note down what
// arrives and misbehave when a test wants them to.
package notifytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Got is one request a Receiver was sent.
type Got struct {
	Path   string
	Query  string
	Header http.Header
	Body   string
}

// Receiver answers requests on loopback.
type Receiver struct {
	URL string // "http://127.0.0.1:…"

	mu     sync.Mutex
	got    []Got
	answer func(w http.ResponseWriter, n int)
}

// Listen runs a receiver until t ends; it answers {"errcode":0,"code":0}.
func Listen(t testing.TB) *Receiver {
	t.Helper()
	r := &Receiver{answer: func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, `{"errcode":0,"code":0}`) }}
	s := httptest.NewServer(r)
	t.Cleanup(s.Close)
	r.URL = s.URL
	return r
}

// Answer lets the receiver answer by fn from now on; n counts its requests from 1.
func (r *Receiver) Answer(fn func(w http.ResponseWriter, n int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = fn
}

// Status lets the receiver answer with status from now on.
func (r *Receiver) Status(status int) {
	r.Answer(func(w http.ResponseWriter, _ int) { w.WriteHeader(status) })
}

// ServeHTTP notes a request down and answers it.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	r.got = append(r.got, Got{req.URL.Path, req.URL.RawQuery, req.Header.Clone(), string(body)})
	n, answer := len(r.got), r.answer
	r.mu.Unlock()
	answer(w, n)
}

// Got returns what has arrived, in order.
func (r *Receiver) Got() []Got {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Got{}, r.got...)
}
