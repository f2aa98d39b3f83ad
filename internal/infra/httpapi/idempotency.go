package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	"sente/internal/kernel"
)

// How long a repeated request waits for the first one, and for how long a first
// request without an answer is believed to live in another process.
const (
	waitForFirst = 5 * time.Second
	elsewhere    = time.Second
)

// claimants are the requests of this process that work out the answer to a key.
type claimants struct {
	process string
	mu      sync.Mutex
	live    map[string]bool
}

// begin returns the name of one more claimant, and what ends it.
func (c *claimants) begin(request string) (name string, end func()) {
	name = c.process + "/" + request
	c.mu.Lock()
	defer c.mu.Unlock()
	c.live[name] = true
	return name, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.live, name)
	}
}

// left reports whether nobody works a out any more: its holder was a request of
// this process that has ended, or one of a process silent for a while.
func (c *claimants) left(a answer, now time.Time) bool {
	if process, _, _ := strings.Cut(a.Holder, "/"); process != c.process {
		age := now.Sub(time.UnixMilli(a.CreatedAt))
		return age > elsewhere || age < -elsewhere // or the clock was set back
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.live[a.Holder]
}

var idempotencyKey = regexp.MustCompile(`^[\x21-\x7e]{1,128}$`)

// keptHeaders go into a replay beside the body.
var keptHeaders = []string{"Content-Type", "ETag", "Location"}

// once answers a POST that carries an Idempotency-Key: the first time by h, later
// with the first answer.
func (d *Door) once(w http.ResponseWriter, r *http.Request, route Route, key string, h http.HandlerFunc) {
	want, err := d.question(r, route, key)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	defer r.Body.Close() // a spooled upload goes with it
	holder, end := d.claimants.begin(kernel.NewID(d.cfg.Now()))
	defer end()
	want.Holder = holder
	have, mine, err := d.claimOrWait(r.Context(), want)
	switch {
	case err != nil:
		d.refuse(w, r, err)
	case mine:
		d.first(w, r, route, want, h)
	default:
		d.replay(w, r, route, have)
	}
}

// question is what the key stands for: the account, and the request by its hash.
func (d *Door) question(r *http.Request, route Route, key string) (answer, error) {
	if !idempotencyKey.MatchString(key) {
		return answer{}, kernel.FieldFault("Idempotency-Key", "httpapi.idempotency_malformed")
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%s\n%s\n", r.Method, r.URL.Path, r.URL.RawQuery)
	var err error
	switch {
	case route.Secret: // a hash of a password is a password to be guessed
	case route.Upload:
		err = hashUpload(r, sum)
	default:
		err = hashBody(r, sum)
	}
	return answer{
		Account: kernel.ActorOf(r.Context()).ID, Key: key,
		RequestHash: hex.EncodeToString(sum.Sum(nil)), Headers: map[string]string{}, Body: []byte{},
	}, err
}

// hashBody hashes a body the guard has read into memory.
func hashBody(r *http.Request, sum io.Writer) error {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(raw))
	_, err = sum.Write(raw)
	return err
}

// hashUpload spools an upload to a temporary file and hashes its parts, not its
// bytes: a repeated upload has another boundary.
func hashUpload(r *http.Request, sum io.Writer) error {
	spool, err := os.CreateTemp("", "sente-upload-*")
	if err != nil {
		return err
	}
	body := r.Body
	r.Body = &spooled{spool}
	if _, err := io.Copy(spool, body); err != nil {
		return errors.Join(uploadFault(err), r.Body.Close())
	}
	if err := hashParts(r, spool, sum); err != nil {
		return errors.Join(uploadFault(err), r.Body.Close())
	}
	_, err = spool.Seek(0, io.SeekStart)
	return err
}

func hashParts(r *http.Request, spool *os.File, sum io.Writer) error {
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return err
	}
	parts := multipart.NewReader(spool, params["boundary"])
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q %q\n", part.FormName(), part.FileName())
		if _, err := io.Copy(sum, part); err != nil {
			return err
		}
	}
}

// spooled is a temporary file that goes with its closing.
type spooled struct{ *os.File }

// Close closes and removes the file.
func (s *spooled) Close() error { return errors.Join(s.File.Close(), os.Remove(s.Name())) }

// claimOrWait claims the key, or waits a little for who has claimed it before.
func (d *Door) claimOrWait(ctx context.Context, want answer) (answer, bool, error) {
	deadline := time.NewTimer(waitForFirst)
	defer deadline.Stop()
	var gone string // a holder seen to have ended: what is read afterwards is its last word
	for {
		have, mine, err := claim(ctx, d.cfg.DB, want, d.claimants.left)
		switch {
		case err != nil || mine:
			return have, mine, err
		case have.RequestHash != want.RequestHash:
			return have, false, kernel.Faultf(kernel.ErrConflict, "httpapi.idempotency_reused")
		case have.Status == unsettled:
			return have, false, kernel.Faultf(kernel.ErrConflict, "httpapi.idempotency_unsettled")
		case have.Status == effected && have.Holder == gone:
			return have, false, kernel.Faultf(kernel.ErrConflict, "httpapi.idempotency_done")
		case have.Status == effected && d.claimants.left(have, d.cfg.DB.Now()):
			gone = have.Holder
			continue
		case have.Status > 0:
			return have, false, nil
		}
		select {
		case <-ctx.Done():
			return have, false, ctx.Err()
		case <-deadline.C:
			return have, false, kernel.Faultf(kernel.ErrConflict, "httpapi.idempotency_running")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// first carries the request out and keeps the answer before it is sent, so that
// whoever loses it on the way can ask again.
func (d *Door) first(w http.ResponseWriter, r *http.Request, route Route, a answer, h http.HandlerFunc) {
	ctx := context.WithoutCancel(r.Context()) // the act may be done though the reader has gone
	held := &holder{ResponseWriter: w, status: http.StatusOK}
	defer func() {
		if what := recover(); what != nil {
			a.Status = http.StatusInternalServerError
			d.keep(ctx, a, false)
			panic(what)
		}
	}()
	h(held, r.WithContext(marking(r.Context(), a)))
	a.Status = int64(held.status)
	if !route.Secret || held.status >= 300 {
		a.Body = append(a.Body, held.body.Bytes()...)
		for _, name := range keptHeaders {
			if v := held.Header().Get(name); v != "" {
				a.Headers[name] = v
			}
		}
	}
	d.keep(ctx, a, final(held.status))
	w.WriteHeader(held.status)
	_, _ = w.Write(held.body.Bytes()) // the reader has gone: the answer is kept
}

// keep settles a. Failing leaves the key as the act left it, and a repeated
// request is told, or goes on from there.
func (d *Door) keep(ctx context.Context, a answer, final bool) {
	if err := settle(ctx, d.cfg.DB, a, final); err != nil {
		d.cfg.Log.LogAttrs(ctx, slog.LevelError, "idempotent answer not kept",
			slog.String("request", callOf(ctx).id), slog.String("error", err.Error()))
	}
}

// final reports whether repeating the request would give the same answer: done,
// or wrong in itself. What may change (who is signed in, who may, load, state) is
// tried again.
func final(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusGone, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return status >= 200 && status < 300
}

// replay sends the first answer again.
func (d *Door) replay(w http.ResponseWriter, r *http.Request, route Route, a answer) {
	if route.Secret && a.Status < 300 {
		d.refuse(w, r, kernel.Faultf(kernel.ErrConflict, "httpapi.idempotency_secret"))
		return
	}
	for name, v := range a.Headers {
		w.Header().Set(name, v)
	}
	w.Header().Set("Idempotency-Replayed", "true")
	w.WriteHeader(int(a.Status))
	_, _ = w.Write(a.Body) // the reader has gone: the answer is kept
}

// holder holds an answer back.
type holder struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader notes the status.
func (w *holder) WriteHeader(status int) { w.status = status }

// Write keeps p.
func (w *holder) Write(p []byte) (int, error) { return w.body.Write(p) }

// Unwrap gives http.ResponseController the writer below.
func (w *holder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
