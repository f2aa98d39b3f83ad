package intake

import (
	"context"

	"sente/internal/infra/store"
)

// ahead reads the rows of a run before the transaction that works on them needs
// them: beside it, in transactions of its own. That is the same as reading them
// in it. Whatever changes rows of a run changes the run's version, and the
// transaction refuses a run that has another version than the one read ahead.
type ahead struct {
	desk    *Desk
	run     runRow
	batches chan []rowRow
	failed  error // set before batches is closed
	cancel  context.CancelFunc
	begun   bool
}

// aheadBatches is how many batches are held at most.
const aheadBatches = 3

// readAhead begins to read the rows of run that are new or changed; on PostgreSQL
// the transaction reads them itself. Call stop when done.
func (d *Desk) readAhead(ctx context.Context, run runRow) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{desk: d, run: run, batches: make(chan []rowRow, aheadBatches), cancel: cancel}
	if d.DB.Dialect() == store.Postgres { // which would need a second connection while it holds the first
		a.begun = true
		close(a.batches)
		return a
	}
	go func() {
		defer close(a.batches)
		a.failed = unbroken(func() error { return a.read(ctx) })
	}()
	return a
}

// read sends batches until there is none left.
func (a *ahead) read(ctx context.Context) error {
	for at := a.run; ; {
		var rows []rowRow
		err := a.desk.DB.View(ctx, func(tx store.Tx) error {
			run, err := getRun(ctx, tx, at.ID)
			if err == nil && run.Version != a.run.Version {
				err = errMoved
			}
			if err == nil {
				rows, err = nextRows(ctx, tx, at, batch, New, Changed)
			}
			return err
		})
		if err != nil || len(rows) == 0 {
			return err
		}
		at.Position = rows[len(rows)-1].Number
		select {
		case a.batches <- rows:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin returns what yields the next rows of the run, none when there are no
// more. A transaction that is tried again reads them itself.
func (a *ahead) begin() func(ctx context.Context, tx store.Tx, run runRow) ([]rowRow, error) {
	if a.begun {
		return func(ctx context.Context, tx store.Tx, run runRow) ([]rowRow, error) {
			return nextRows(ctx, tx, run, batch, New, Changed)
		}
	}
	a.begun = true
	return func(context.Context, store.Tx, runRow) ([]rowRow, error) {
		rows, more := <-a.batches
		if !more {
			return nil, a.failed
		}
		return rows, nil
	}
}

// stop ends the reading.
func (a *ahead) stop() {
	a.cancel()
	for range a.batches { // until the reader has ended
	}
}
