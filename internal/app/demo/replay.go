package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"sente/internal/app"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/pipeline"
)

// Clock is the time of the replay: the App reads it, the replay sets it.
type Clock struct{ at time.Time }

// Now returns the replayed instant, or the real one once the replay is over.
func (c *Clock) Now() time.Time {
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

// event is one act of the history.
type event struct {
	at time.Time
	do func(ctx context.Context) error
	by kernel.Actor
}

// replay is a history being told.
type replay struct {
	app       *app.App
	clock     *Clock
	r         *rand.Rand
	today     kernel.Date
	tracks    pipeline.Tracks
	who       map[string]kernel.Actor    // by login; administrators by role
	units     map[string]string          // ids by name
	officials map[string]office.Official // by login
	platforms map[string]string          // ids by playbook id
	firms     []firm
	told      []*held
	held      []*meeting // activities
	campaign  string
	events    []event
}

// at adds an event on day at an office hour of its own.
func (p *replay) at(day kernel.Date, minute int, by kernel.Actor, do func(ctx context.Context) error) {
	t := time.UnixMilli(day.Start()).Add(9*time.Hour + time.Duration(minute)*time.Minute + time.Duration(len(p.events)%60)*time.Second)
	p.events = append(p.events, event{t, do, by})
}

// run carries the events out in the order of their instants; what lies ahead of
// today has not happened.
func (p *replay) run(ctx context.Context, progress func(done, total int)) error {
	slices.SortStableFunc(p.events, func(a, b event) int { return a.at.Compare(b.at) })
	now := time.Now()
	for i, e := range p.events {
		if e.at.After(now) {
			break
		}
		p.clock.at = e.at
		if err := e.do(kernel.WithActor(ctx, e.by)); err != nil {
			return fmt.Errorf("event %d of %d by %s on %s: %w", i+1, len(p.events), e.by.Name, e.at.Format(time.DateOnly), err)
		}
		if progress != nil && (i+1)%200 == 0 {
			progress(i+1, len(p.events))
		}
	}
	p.clock.at = time.Time{}
	return nil
}

// facts is shorter to write many times.
type facts = pipeline.Facts

// held is a project between two of its events.
type held struct {
	course *project
	docket *pipeline.Docket // nil before its first day
}

// with runs do on the project as the last event left it.
func (h *held) with(do func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error)) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		h.docket, err = do(ctx, h.docket)
		return err
	}
}

func (h *held) amend(ctx context.Context, p *replay, f facts) (err error) {
	h.docket, err = p.app.Pipeline.Amend(ctx, h.docket.Project.ID, h.docket.Project.Version, f)
	return err
}

// id is the project's id; it has begun.
func (h *held) id() string { return h.docket.Project.ID }

func ptr[T any](v T) *T { return &v }
