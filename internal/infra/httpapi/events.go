package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sente/internal/kernel"
)

// streamed is the output of a route that writes its own body.
type streamed struct {
	Body func(huma.Context)
}

// Events registers r as a stream of server-sent events. fn calls send for each
// event until it returns or send fails, which it does when the reader has gone
// or is too slow. An error before the first event is answered as a problem; a
// later one is sent as an event "problem" and ends the stream. An event that has
// a method EventID() string is sent under that id, from which a reader who
// comes back goes on (Last-Event-ID).
//
// A stream may outlast the session it was opened with: it ends at the next
// heartbeat after the session, and fn asks [Still] before it tells anything.
func Events[I any](d *Door, r Route, fn func(ctx context.Context, in *I, send func(event string, v any) error) error) {
	op := d.operation(r)
	checkInput[I](r)
	op.Responses["200"] = &huma.Response{
		Description: "Server-sent events",
		Content:     map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}}},
	}
	huma.Register(d.api, op, func(_ context.Context, in *I) (*streamed, error) {
		return &streamed{func(hc huma.Context) {
			req, w := humago.Unwrap(hc)
			d.stream(w, req, r, func(ctx context.Context, send func(string, any) error) error { return fn(ctx, in, send) })
		}}, nil
	})
}

// stillKey finds how a stream's context asks again who its reader is.
type stillKey struct{}

// glanceKey marks a request that only asks whether a session goes on.
type glanceKey struct{}

// Glancing reports whether ctx only asks whether a session goes on: nobody is
// using it, so it does not become younger by the question.
func Glancing(ctx context.Context) bool { return ctx.Value(glanceKey{}) != nil }

// Still returns the context of an event stream with its reader as they are now:
// signed out, without the route's permission or somebody else, an error. Outside
// a stream it returns ctx.
func Still(ctx context.Context) (context.Context, error) {
	if still, ok := ctx.Value(stillKey{}).(func(context.Context) (context.Context, error)); ok {
		return still(ctx)
	}
	return ctx, nil
}

// still is what Still does for the stream of r on route.
func (d *Door) still(r *http.Request, route Route) func(context.Context) (context.Context, error) {
	first := kernel.ActorOf(r.Context())
	return func(ctx context.Context) (context.Context, error) {
		actor, err := d.cfg.Authenticate(r.WithContext(context.WithValue(ctx, glanceKey{}, true)))
		if err != nil {
			return ctx, err
		}
		if actor.ID != first.ID || actor.Zone != first.Zone {
			return ctx, kernel.Faultf(kernel.ErrSignedOut, "httpapi.signed_out")
		}
		actor.Lang, actor.Request = first.Lang, first.Request
		ctx = kernel.WithActor(ctx, actor)
		return ctx, d.permit(ctx, route, actor)
	}
}

// openStreams counts the event streams that accounts hold open.
type openStreams struct {
	mu    sync.Mutex
	most  int
	count map[string]int
}

// begin counts one more stream of who, and end counts it off; one too many is
// refused.
func (o *openStreams) begin(who string) (end func(), err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.count[who] >= o.most {
		return nil, kernel.Faultf(kernel.ErrTooMany, "httpapi.too_many_streams", o.most)
	}
	o.count[who]++
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		if o.count[who]--; o.count[who] == 0 {
			delete(o.count, who)
		}
	}, nil
}

// stream runs fn with a heartbeat beside it.
func (d *Door) stream(w http.ResponseWriter, r *http.Request, route Route, fn func(context.Context, func(string, any) error) error) {
	actor := kernel.ActorOf(r.Context())
	end, err := d.streams.begin(actor.Zone + "/" + actor.ID)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	defer end()
	still := d.still(r, route)
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), stillKey{}, still))
	if stopping, ok := ctx.Value(stoppingKey{}).(context.Context); ok {
		defer context.AfterFunc(stopping, cancel)()
	}
	s := &eventStream{w: w, control: http.NewResponseController(w), cancel: cancel}
	var beating sync.WaitGroup
	beating.Go(func() { s.beat(ctx, d.cfg.Heartbeat, still) })
	err = fn(ctx, s.send)
	over := ctx.Err() != nil // the reader has gone, or the server stops
	cancel()
	beating.Wait()
	switch {
	case err == nil || over && s.begun || s.failed:
	case !s.begun:
		d.refuse(w, r, err)
	default:
		_ = s.send("problem", d.problem(r.Context(), err)) // the reader has gone: nobody is left to tell
	}
}

// eventStream serialises events and heartbeats onto one response.
type eventStream struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	cancel  context.CancelFunc
	begun   bool
	failed  bool
}

func (s *eventStream) send(event string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	id := ""
	if named, ok := v.(interface{ EventID() string }); ok {
		id = "id: " + named.EventID() + "\n"
	}
	return s.write(fmt.Sprintf("%sevent: %s\ndata: %s\n\n", id, event, data), true)
}

// beat writes a comment now and then, once the stream has begun, and ends the
// stream when its reader's session has ended.
func (s *eventStream) beat(ctx context.Context, every time.Duration, still func(context.Context) (context.Context, error)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := still(ctx); err != nil && !errors.Is(err, kernel.ErrUnavailable) {
				s.cancel()
				return
			}
			_ = s.write(": \n\n", false) // a failure ends the stream by itself
		}
	}
}

func (s *eventStream) write(text string, begin bool) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.begun && !begin || s.failed {
		return nil
	}
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
		s.w.Header().Set("X-Accel-Buffering", "no") // nginx would collect events otherwise
		s.w.WriteHeader(http.StatusOK)
	}
	if _, err = s.w.Write([]byte(text)); err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		s.failed = true
		s.cancel()
	}
	return err
}
