package intake

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

const (
	batch       = 1000            // rows per transaction
	idle        = 5 * time.Second // between looks for work nobody announced
	maxAttempts = 5               // after which a run that keeps failing is given up
)

// errMoved tells that the run is no longer where this process left it: it was
// cancelled, or another process has taken it over.
var errMoved = errors.New("the run has moved on")

// Work drives all runs of all zones until ctx ends. Run it once per process.
func (d *Desk) Work(ctx context.Context) error {
	tick := time.NewTicker(idle)
	defer tick.Stop()
	for {
		zones, err := d.DB.Zones(ctx)
		if err != nil && ctx.Err() == nil {
			d.Log.Error("intake: cannot list zones", "error", err)
		}
		for _, z := range zones {
			if err := d.Drain(kernel.WithActor(ctx, kernel.SystemActor(z.ID, "job"))); err != nil && ctx.Err() == nil {
				d.Log.Error("intake: work stopped", "zone", z.ID, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-d.poke:
		}
	}
}

// Drain drives the runs of ctx's zone until none has anything to do. Runs that
// another living process works on are left to it.
func (d *Desk) Drain(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "intake.Drain")
	for {
		run, err := d.claim(ctx)
		if err != nil || run.ID == "" {
			return err
		}
		err = unbroken(func() error { return d.advance(ctx, run) })
		if errors.Is(err, errMoved) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if err := d.failed(ctx, run.ID, err); err != nil {
				return err
			}
		}
	}
}

// unbroken is do with a panic made an error: a mistake that one file brings out
// must not end the server, nor end it again after each restart.
func unbroken(do func() error) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	return do()
}

// claim takes the oldest run that has work and no living worker.
func (d *Desk) claim(ctx context.Context) (run runRow, err error) {
	err = d.DB.Update(ctx, func(tx store.Tx) error {
		run = runRow{}
		runs, err := busyRuns(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range runs {
			if r.LeaseBy == d.id || r.LeaseUntil < tx.Now.UnixMilli() {
				run = r
				d.lease(&run, tx)
				return run.save(ctx, tx)
			}
		}
		return nil
	})
	return run, err
}

func (d *Desk) lease(run *runRow, tx store.Tx) {
	run.LeaseBy, run.LeaseUntil = d.id, tx.Now.Add(d.Lease).UnixMilli()
}

// advance carries a run through its present phase, as the person who asked.
func (d *Desk) advance(ctx context.Context, run runRow) error {
	kind, err := d.kind(run.Kind)
	if err != nil {
		return err
	}
	actor, err := d.asked(ctx, run.Actor)
	if err != nil {
		return err
	}
	ctx = kernel.WithActor(ctx, actor)
	defer d.setLive(run.ID, 0)
	switch run.State {
	case Reading:
		return d.read(ctx, kind, run)
	case Deciding:
		return d.decide(ctx, kind, run)
	case Publishing:
		return d.publish(ctx, kind, run)
	default:
		return d.undo(ctx, kind, run)
	}
}

// asked is the person who asked for a run, as they stand now: what somebody may
// no longer do, a run does not do for them either.
func (d *Desk) asked(ctx context.Context, actor kernel.Actor) (kernel.Actor, error) {
	actor.Via = "job"
	err := d.DB.View(ctx, func(tx store.Tx) error {
		a, err := access.GetAccount(ctx, tx, actor.ID)
		if errors.Is(err, kernel.ErrNotFound) {
			return nil // the program itself
		}
		if err != nil {
			return err
		}
		if a.Status != access.Active {
			return kernel.Faultf(kernel.ErrDenied, "access.disabled")
		}
		actor.Unit, actor.Roles = a.Unit, a.Roles
		return nil
	})
	return actor, err
}

// step is one transaction of a run: it checks that the run is where from left
// it, lets do change it, renews the lease and saves. from then holds the result.
func (d *Desk) step(ctx context.Context, from *runRow, do func(tx store.Tx, run *runRow) error) error {
	var out runRow
	err := d.DB.Update(ctx, func(tx store.Tx) error {
		run, err := getRun(ctx, tx, from.ID)
		if err != nil {
			return err
		}
		if run.Version != from.Version || run.State != from.State {
			return errMoved
		}
		d.lease(&run, tx)
		if err := do(tx, &run); err != nil {
			return err
		}
		out = run
		err = out.save(ctx, tx)
		return err
	})
	if err == nil {
		*from = out
	}
	return err
}

// failed notes why a phase ended. A refusal ends the run, or takes it back to
// the state it can be published or undone from again; anything else is tried
// again a few times.
func (d *Desk) failed(ctx context.Context, id string, cause error) error {
	var f *kernel.Fault
	refused := errors.As(cause, &f) && !errors.Is(cause, kernel.ErrUnavailable)
	if !refused {
		d.Log.Error("intake: run interrupted", "run", id, "error", cause)
	}
	return d.DB.Update(ctx, func(tx store.Tx) error {
		run, err := getRun(ctx, tx, id)
		if err != nil || !run.State.busy() {
			return err
		}
		run.Attempts++
		if !refused && run.Attempts < maxAttempts {
			run.LeaseBy, run.LeaseUntil = d.id+"/later", tx.Now.Add(time.Duration(run.Attempts)*time.Second).UnixMilli()
			return run.save(ctx, tx)
		}
		if !refused {
			f = &kernel.Fault{Word: "intake.interrupted"}
		}
		run.enter(after(run.State), tx)
		run.Fault = because(*f)
		for _, part := range f.Details {
			run.Fault = append(run.Fault, Reason{part})
		}
		return run.save(ctx, tx)
	})
}

// after is the state in which a failed phase leaves a run.
func after(s State) State {
	switch s {
	case Publishing:
		return Staged
	case Undoing:
		return Published
	default:
		return Failed
	}
}

func (d *Desk) setLive(run string, done int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if done == 0 {
		delete(d.live, run)
		return
	}
	d.live[run] = done
}

func (d *Desk) liveDone(run string) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.live[run]
}
