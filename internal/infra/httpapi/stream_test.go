package httpapi_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

type numbered struct {
	N int `json:"n"`
}

// EventID makes it an event one can go on from.
func (numbered) EventID() string { return "41" }

// TestEventsEndWithTheSession: a stream tells nothing once its reader is signed
// out, and is closed at the next heartbeat; what its reader may do is asked anew.
func TestEventsEndWithTheSession(t *testing.T) {
	t.Parallel()
	var over, glanced atomic.Bool
	roles := atomic.Pointer[[]string]{}
	roles.Store(&[]string{"officer"})
	now, refused, ended := make(chan []string, 1), make(chan error, 1), make(chan error, 1)
	next := make(chan struct{})
	h := open(t, database(t), func(cfg *httpapi.Config) {
		cfg.Heartbeat = 5 * time.Millisecond
		cfg.Authenticate = func(r *http.Request) (kernel.Actor, error) {
			if over.Load() {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "httpapi.signed_out")
			}
			glanced.Store(httpapi.Glancing(r.Context()))
			return kernel.Actor{Zone: "z", ID: "ann", Roles: *roles.Load(), Via: "session", Lang: "en"}, nil
		}
	}, func(d *httpapi.Door) {
		httpapi.Events(d, httpapi.Route{Method: "GET", Path: "/news", Perm: "x.y"}, func(ctx context.Context, _ *none, send func(string, any) error) error {
			if err := send("ready", numbered{1}); err != nil {
				return err
			}
			<-next
			fresh, err := httpapi.Still(ctx)
			now <- kernel.ActorOf(fresh).Roles
			if err != nil {
				return err
			}
			<-next
			_, err = httpapi.Still(ctx)
			refused <- err
			<-ctx.Done()
			ended <- ctx.Err()
			return ctx.Err()
		})
	})
	res, err := http.Get(h.URL + httpapi.Prefix + "/news")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	roles.Store(&[]string{"auditor"})
	next <- struct{}{}
	if got := <-now; !slices.Equal(got, []string{"auditor"}) || !glanced.Load() {
		t.Errorf("the stream goes on as %v, by a glance: %v", got, glanced.Load())
	}
	over.Store(true)
	next <- struct{}{}
	if err := <-refused; !errors.Is(err, kernel.ErrSignedOut) {
		t.Errorf("signed out, the stream is told %v", err)
	}
	raw, err := io.ReadAll(res.Body) // ends by itself
	told := strings.ReplaceAll(string(raw), ": \n\n", "")
	if err != nil || told != "id: 41\nevent: ready\ndata: {\"n\":1}\n\n" || !errors.Is(<-ended, context.Canceled) {
		t.Errorf("told %q, %v", raw, err)
	}
}

// TestEventsPerAccount: one account holds so many streams, and one that ends
// makes room.
func TestEventsPerAccount(t *testing.T) {
	t.Parallel()
	h := open(t, database(t), func(cfg *httpapi.Config) { cfg.Streams = 2 }, func(d *httpapi.Door) {
		httpapi.Events(d, httpapi.Route{Method: "GET", Path: "/news", Perm: "x.y"}, func(ctx context.Context, _ *none, send func(string, any) error) error {
			if err := send("ready", 1); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
	})
	hold := func(ctx context.Context, who string) *http.Response {
		req, err := http.NewRequestWithContext(ctx, "GET", h.URL+httpapi.Prefix+"/news", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+who)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	ctx, leave := context.WithCancel(t.Context())
	first := hold(ctx, "ann")
	hold(t.Context(), "ann")
	h.As("en").Token("ann").Get("/news").Problem(429, "httpapi.too_many_streams")
	if res := hold(t.Context(), "bob"); res.StatusCode != 200 {
		t.Errorf("somebody else is answered %d", res.StatusCode)
	}
	leave()
	_, _ = io.ReadAll(first.Body)
	for range 500 { // the server notices a moment later
		res := hold(t.Context(), "ann")
		if res.StatusCode == 200 {
			return
		}
		_ = res.Body.Close()
		<-time.After(time.Millisecond)
	}
	t.Error("a stream that ended makes no room")
}
