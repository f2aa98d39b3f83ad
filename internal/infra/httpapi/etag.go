package httpapi

import (
	"net/http"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// ETag is the entity tag of version: "3" with its quotes (RFC 9110).
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// IfMatch is embedded in the input of a route that changes what a reader has seen.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"ETag of the state the change is based on"`
}

// Version is the version If-Match names. A missing header is kernel.ErrUnstated
// (428), anything but one tag made by ETag kernel.ErrInvalid (422).
//
// The weak form W/"3" counts too. RFC 9110 section 13.1.1 compares strongly
// because bytes may differ under one weak tag; ours names a version of the
// state, not bytes, and proxies that compress make the weak form of it.
func (m IfMatch) Version() (int64, error) { return m.version() }

func (m IfMatch) version() (int64, error) { return matchVersion(m.IfMatch) }

func matchVersion(header string) (int64, error) {
	if header == "" {
		return 0, &kernel.Fault{Kind: kernel.ErrUnstated, Word: "httpapi.if_match_missing", Field: "If-Match"}
	}
	tag := strings.TrimPrefix(header, "W/")
	digits, ok := strings.CutPrefix(tag, `"`)
	digits, closed := strings.CutSuffix(digits, `"`)
	v, err := strconv.ParseInt(digits, 10, 64)
	if !ok || !closed || err != nil || v < 1 || tag != ETag(v) {
		return 0, kernel.FieldFault("If-Match", "httpapi.if_match_malformed")
	}
	return v, nil
}

// Stale is the fault of a change that is based on an older version than have.
func Stale() error { return kernel.Faultf(kernel.ErrStale, "httpapi.stale") }

// notModified turns the 200 of a GET whose ETag the client already has into a 304.
type notModified struct {
	http.ResponseWriter
	have  string // If-None-Match
	empty bool   // answered 304: the body is dropped
}

// WriteHeader compares the tags once the handler has set its own.
func (w *notModified) WriteHeader(status int) {
	if tag := w.Header().Get("ETag"); status == http.StatusOK && tag != "" && anyTag(w.have, tag) {
		w.empty = true
		w.Header().Del("Content-Type")
		w.Header().Del("Content-Length")
		status = http.StatusNotModified
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write passes on what belongs to any answer but a 304.
func (w *notModified) Write(p []byte) (int, error) {
	if w.empty {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap gives http.ResponseController the writer below.
func (w *notModified) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// anyTag is the weak comparison If-None-Match asks for.
func anyTag(list, tag string) bool {
	for _, t := range strings.Split(list, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == "*" || t == strings.TrimPrefix(tag, "W/") {
			return true
		}
	}
	return false
}
