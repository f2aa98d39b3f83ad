package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// heartbeat keeps proxies from closing a quiet stream.
const heartbeat = 15 * time.Second

// streamed is the output of a route that writes its own body.
type streamed struct {
	Body func(huma.Context)
}

// Events registers r as a stream of server-sent events. fn calls send for each
// event until it returns or send fails, which it does when the reader has gone
// or is too slow. An error before the first event is answered as a problem; a
// later one is sent as an event "problem" and ends the stream.
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
			d.stream(w, req, func(ctx context.Context, send func(string, any) error) error { return fn(ctx, in, send) })
		}}, nil
	})
}

// stream runs fn with a heartbeat beside it.
func (d *Door) stream(w http.ResponseWriter, r *http.Request, fn func(context.Context, func(string, any) error) error) {
	ctx, cancel := context.WithCancel(r.Context())
	if stopping, ok := ctx.Value(stoppingKey{}).(context.Context); ok {
		defer context.AfterFunc(stopping, cancel)()
	}
	s := &eventStream{w: w, control: http.NewResponseController(w), cancel: cancel}
	var beating sync.WaitGroup
	beating.Go(func() { s.beat(ctx) })
	err := fn(ctx, s.send)
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
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data), true)
}

// beat writes a comment now and then, once the stream has begun.
func (s *eventStream) beat(ctx context.Context) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
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
