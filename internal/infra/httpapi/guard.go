package httpapi

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// bodyTime is how long a JSON body may take to arrive.
const bodyTime = 15 * time.Second

// guard puts h behind what r demands: a known caller, within the limits, who
// may, with a body of the right kind and size.
func (d *Door) guard(pattern string, route Route, h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := callOf(r.Context())
		call.route, call.path = pattern, safePath(pattern, r)
		w.Header().Set("Cache-Control", "no-store")
		actor, err := d.admit(r, call, route)
		if err != nil {
			d.refuse(w, r, err)
			return
		}
		r = r.WithContext(kernel.WithActor(r.Context(), actor))
		if err := d.query(r, route); err != nil {
			d.refuse(w, r, err)
			return
		}
		if err := d.permit(r.Context(), route, actor); err != nil {
			d.refuse(w, r, err)
			return
		}
		if route.Match {
			if _, err := matchVersion(r.Header.Get("If-Match")); err != nil {
				d.refuse(w, r, err)
				return
			}
		}
		if err := d.body(w, r, call, route); err != nil {
			d.refuse(w, r, err)
			return
		}
		if have := r.Header.Get("If-None-Match"); have != "" && r.Method == http.MethodGet {
			w = &notModified{ResponseWriter: w, have: have}
		}
		if key := r.Header.Get("Idempotency-Key"); key != "" && r.Method == http.MethodPost && actor.ID != "" {
			d.once(w, r, route, key, h)
			return
		}
		h(w, r)
	})
}

// admit finds out who asks and whether they ask too often.
func (d *Door) admit(r *http.Request, call *call, route Route) (kernel.Actor, error) {
	cost := max(route.Cost, 1)
	if err := d.limits.address(call.address, cost, d.cfg.Now()); err != nil {
		return kernel.Actor{}, err
	}
	actor, err := d.cfg.Authenticate(r)
	switch {
	case err == nil:
		call.lang = words.Negotiate(r.Header.Get("Accept-Language"), actor.Lang)
		call.account, call.zone = actor.ID, actor.Zone
		if err := d.limits.account(actor.Zone+"/"+actor.ID, cost, d.cfg.Now()); err != nil {
			return kernel.Actor{}, err
		}
	case errors.Is(err, kernel.ErrSignedOut) && route.Perm == Public:
		actor = kernel.Actor{}
	default:
		return kernel.Actor{}, err
	}
	actor.Lang, actor.Request = call.lang, call.id
	return actor, nil
}

func (d *Door) permit(ctx context.Context, route Route, actor kernel.Actor) error {
	switch {
	case route.Perm == Public:
		return nil
	case actor.ID == "":
		return kernel.Faultf(kernel.ErrSignedOut, "httpapi.signed_out")
	case route.Perm == Self:
		return nil
	}
	return d.cfg.Require(ctx, route.Perm)
}

// query refuses an address that could only be understood by dropping part of it:
// bad escapes, text no database holds, one parameter given several values.
func (d *Door) query(r *http.Request, route Route) error {
	if word := badText(r.URL.Path); word != "" {
		return kernel.Faultf(kernel.ErrInvalid, word)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return kernel.Faultf(errMalformed, "httpapi.query_broken")
	}
	for _, name := range sortedKeys(values, strings.Compare) {
		for _, v := range append(values[name], name) {
			if word := badText(v); word != "" {
				return kernel.FieldFault(strings.ToValidUTF8(name, ""), word)
			}
		}
		if len(values[name]) > 1 && !d.repeats(route, name) {
			return kernel.FieldFault(name, "httpapi.v_one_value")
		}
	}
	return nil
}

// repeats reports whether name may stand in the query several times.
func (d *Door) repeats(route Route, name string) bool {
	return slices.ContainsFunc(d.find(route).Parameters, func(p *huma.Param) bool {
		return p.In == "query" && p.Name == name && p.Explode != nil && *p.Explode
	})
}

// body takes the request's body within the limit. JSON is read at once, so that
// size, speed and media type are judged before any handler runs; an upload
// stays a stream.
func (d *Door) body(w http.ResponseWriter, r *http.Request, call *call, route Route) error {
	if route.Upload {
		limit := orDefault(route.MaxBody, d.cfg.MaxUpload)
		if r.ContentLength > limit {
			return tooLarge(limit)
		}
		r.Body = http.MaxBytesReader(w, &patient{ReadCloser: r.Body, control: http.NewResponseController(w), begun: time.Now()}, limit)
		call.upload, call.form = r, route.Form
		return media(r, "multipart/form-data", "httpapi.not_multipart")
	}
	limit := orDefault(route.MaxBody, d.cfg.MaxBody)
	if r.ContentLength > limit {
		return tooLarge(limit)
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(bodyTime)) // unsupported only in tests without a connection
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		return bodyFault(err, limit) // the deadline stays: before it answers the server would wait for the rest of the body
	}
	_ = control.SetReadDeadline(time.Time{})
	r.Body = io.NopCloser(bytes.NewReader(raw))
	if len(raw) == 0 {
		return nil
	}
	return media(r, "application/json", "httpapi.not_json")
}

// leastRate is what an upload must bring on average, in bytes a second, once
// bodyTime is over: who sends less holds a place and a file for ever.
const leastRate = 2 << 10

// patient waits bodyTime for each piece of an upload, however many there are, as
// long as they bring leastRate.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
	begun   time.Time
	got     int64
}

// deadline is when the next piece must have arrived.
func (p *patient) deadline(now time.Time) time.Time {
	piece, whole := now.Add(bodyTime), p.begun.Add(bodyTime+time.Duration(p.got)*time.Second/leastRate)
	if whole.Before(piece) {
		return whole
	}
	return piece
}

// Read reads the next piece.
func (p *patient) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(p.deadline(time.Now())) // unsupported only in tests without a connection
	n, err := p.ReadCloser.Read(b)
	p.got += int64(n)
	if errors.Is(err, io.EOF) { // left in place it would end the request while its file is worked on
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

func bodyFault(err error, limit int64) error {
	var over *http.MaxBytesError
	switch {
	case errors.As(err, &over):
		return tooLarge(limit)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return kernel.Faultf(errTimeout, "httpapi.body_slow")
	}
	return kernel.Faultf(errMalformed, "httpapi.body_broken")
}

func tooLarge(limit int64) error {
	return kernel.Faultf(kernel.ErrTooLarge, "httpapi.body_large", size(limit))
}

// media refuses a body of another type than want.
func media(r *http.Request, want, word string) error {
	got, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || got != want {
		return kernel.Faultf(kernel.ErrUnsupported, word)
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
		return kernel.Faultf(kernel.ErrUnsupported, word)
	}
	return nil
}

func orDefault(v, fallback int64) int64 {
	if v > 0 {
		return v
	}
	return fallback
}
