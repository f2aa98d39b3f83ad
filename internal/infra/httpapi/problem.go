package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Problem is the body of every refusal (RFC 9457, application/problem+json).
// Code is stable and the same in every language; the texts are in the reader's.
type Problem struct {
	Type      string         `json:"type" doc:"urn:sente:problem: and the code"`
	Title     string         `json:"title" doc:"The kind of refusal"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail" doc:"What is wrong and what to do next"`
	Code      string         `json:"code" doc:"Stable; the same in every language"`
	RequestID string         `json:"request_id" doc:"Name it when asking for help"`
	Errors    []ProblemError `json:"errors,omitempty" doc:"The parts, when several things are wrong"`

	retry time.Duration
}

// ProblemError is one thing that is wrong.
type ProblemError struct {
	Field   string `json:"field,omitempty" doc:"Path of the field, e.g. amount or milestones[2].on"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error makes a Problem what a huma handler may return.
func (p *Problem) Error() string { return p.Code }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType names the media type of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders are the headers that go with the refusal.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", seconds(p.retry))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="sente"`)
	}
	return h
}

// seconds rounds up, so that who waits that long is let in.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}

// kinds is the one table from kernel's kinds of failure to statuses; the word
// is the title.
var kinds = []struct {
	kind   error
	status int
	title  string
}{
	{kernel.ErrInvalid, http.StatusUnprocessableEntity, "httpapi.kind_invalid"},
	{kernel.ErrSignedOut, http.StatusUnauthorized, "httpapi.kind_signed_out"},
	{kernel.ErrDenied, http.StatusForbidden, "httpapi.kind_denied"},
	{kernel.ErrNotFound, http.StatusNotFound, "httpapi.kind_not_found"},
	{kernel.ErrConflict, http.StatusConflict, "httpapi.kind_conflict"},
	{kernel.ErrStale, http.StatusPreconditionFailed, "httpapi.kind_stale"},
	{kernel.ErrUnstated, http.StatusPreconditionRequired, "httpapi.kind_unstated"},
	{kernel.ErrTooLarge, http.StatusRequestEntityTooLarge, "httpapi.kind_too_large"},
	{kernel.ErrTooMany, http.StatusTooManyRequests, "httpapi.kind_too_many"},
	{kernel.ErrUnavailable, http.StatusServiceUnavailable, "httpapi.kind_unavailable"},
	{kernel.ErrUnsupported, http.StatusUnsupportedMediaType, "httpapi.kind_unsupported"},
	{errMalformed, http.StatusBadRequest, "httpapi.kind_malformed"},
	{errMethod, http.StatusMethodNotAllowed, "httpapi.kind_method"},
	{errTimeout, http.StatusRequestTimeout, "httpapi.kind_timeout"},
}

// Kinds of failure that only a door knows.
var (
	errMalformed = errors.New("malformed")          // not the format it says it is: 400
	errMethod    = errors.New("method not allowed") // 405
	errTimeout   = errors.New("too slow")           // 408
	errPanic     = errors.New("panic")              // 500
)

// retryAfter is a fault of kind kernel.ErrTooMany or kernel.ErrUnavailable that
// knows when to come back.
type retryAfter struct {
	error
	wait time.Duration
}

// Unwrap lets errors.As find the Fault.
func (r retryAfter) Unwrap() error { return r.error }

// RetryAfter adds to a fault how long to wait; the answer carries it as Retry-After.
func RetryAfter(err error, wait time.Duration) error { return retryAfter{err, wait} }

// problem turns err into what the reader is told, and logs what the reader is
// not told.
func (d *Door) problem(ctx context.Context, err error) *Problem {
	call := callOf(ctx)
	var f *kernel.Fault
	if !errors.As(err, &f) {
		errors.As(store.OnDisk(err), &f)
	}
	if f == nil {
		f = &kernel.Fault{Kind: err, Word: "httpapi.internal"}
		if ctx.Err() != nil || errors.Is(err, context.DeadlineExceeded) {
			f.Kind, f.Word = kernel.ErrUnavailable, "httpapi.gone"
		} else {
			d.cfg.Log.LogAttrs(ctx, slog.LevelError, "failed", slog.String("request", call.id),
				slog.String("route", call.route), slog.String("error", err.Error()))
		}
	}
	p := d.sayFault(call, f)
	if p.Status == http.StatusServiceUnavailable {
		d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "unavailable", slog.String("request", call.id), slog.String("error", err.Error()))
	}
	var r retryAfter
	if errors.As(err, &r) {
		p.retry = r.wait
	} else if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests {
		p.retry = 5 * time.Second
	}
	return p
}

// sayFault puts f into the reader's words.
func (d *Door) sayFault(call *call, f *kernel.Fault) *Problem {
	status, title := http.StatusInternalServerError, "httpapi.kind_internal"
	for _, k := range kinds {
		if errors.Is(f.Kind, k.kind) {
			status, title = k.status, k.title
			break
		}
	}
	p := &Problem{
		Type:      "urn:sente:problem:" + f.Word,
		Title:     d.say(call.lang, title),
		Status:    status,
		Detail:    d.say(call.lang, f.Word, f.Args...),
		Code:      f.Word,
		RequestID: call.id,
	}
	parts := f.Details
	if len(parts) == 0 && f.Field != "" {
		parts = []kernel.Fault{*f}
	}
	for _, part := range parts {
		p.Errors = append(p.Errors, d.sayPart(call, part, "")...)
	}
	call.code = p.Code
	return p
}

// sayPart flattens a fault with details of its own into one line each.
func (d *Door) sayPart(call *call, f kernel.Fault, under string) []ProblemError {
	field := joinField(under, f.Field)
	if len(f.Details) == 0 {
		return []ProblemError{{Field: field, Code: f.Word, Message: d.say(call.lang, f.Word, f.Args...)}}
	}
	var out []ProblemError
	for _, part := range f.Details {
		out = append(out, d.sayPart(call, part, field)...)
	}
	return out
}

func joinField(under, field string) string {
	switch {
	case under == "":
		return field
	case field == "":
		return under
	case field[0] == '[':
		return under + field
	}
	return under + "." + field
}

func (d *Door) say(lang, key string, args ...any) string {
	return d.cfg.Words.Say(lang, key, args...)
}

// refuse answers with the problem of err, for what happens before huma.
func (d *Door) refuse(w http.ResponseWriter, r *http.Request, err error) {
	d.refuseWith(w, d.problem(r.Context(), err))
}

func (d *Door) refuseWith(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the reader has gone: nobody is left to tell
}

// Lang is the language the context's reader is answered in.
func Lang(ctx context.Context) string {
	if lang := kernel.ActorOf(ctx).Lang; lang != "" {
		return lang
	}
	if lang := callOf(ctx).lang; lang != "" {
		return lang
	}
	return words.Chinese
}
