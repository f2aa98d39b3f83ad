package intake

import (
	"context"
	"time"

	"sente/internal/infra/store"
)

// ahead reads the rows of a run, and decides them where the kind can, while the
// batches before them are still being written. It looks at the zone as it stood
// when the writing transaction began, in which nobody else writes: on SQLite
// another connection sees just that until the transaction is committed.
type ahead struct {
	desk    *Desk
	kind    Kind
	run     runRow
	at      time.Time // the writing transaction's
	decide  func(ctx context.Context, tx store.Tx, run Run, rows []Row, prior any) ([]Verdict, any, bool, error)
	batches chan lookedAt // nil: nothing is looked at ahead
	failed  error         // set before batches is closed
	cancel  context.CancelFunc
}

// lookedAt is a batch; verdicts is nil where it is still to be decided.
type lookedAt struct {
	rows     []rowRow
	verdicts []Verdict
}

// aheadBatches is how many batches are held at most.
const aheadBatches = 2

// lookAhead begins to read the rows of run that are new or changed, and to decide
// them with decide unless that is nil. tx is the transaction that will write. On
// PostgreSQL, where others write meanwhile, tx does it all itself. Call stop
// before the end of tx.
func (d *Desk) lookAhead(ctx context.Context, tx store.Tx, kind Kind, run runRow, decide func(context.Context, store.Tx, Run, []Row, any) ([]Verdict, any, bool, error)) *ahead {
	a := &ahead{desk: d, kind: kind, run: run, at: tx.Now, decide: decide}
	if tx.Dialect == store.Postgres {
		return a
	}
	ctx, a.cancel = context.WithCancel(ctx)
	a.batches = make(chan lookedAt, aheadBatches)
	go func() {
		defer close(a.batches)
		a.failed = unbroken(func() error { return a.look(ctx) })
	}()
	return a
}

// look sends batches until there is none left.
func (a *ahead) look(ctx context.Context) error {
	shown, err := a.desk.shown(a.kind, a.run)
	if err != nil {
		return err
	}
	var prior any
	for at := a.run; ; {
		var b lookedAt
		err := a.desk.DB.View(ctx, func(tx store.Tx) (err error) {
			tx.Now = a.at
			if b.rows, err = nextRows(ctx, tx, at, batch, New, Changed); err != nil || len(b.rows) == 0 || a.decide == nil {
				return err
			}
			verdicts, next, ok, err := a.decide(ctx, tx, shown, rowsOf(b.rows), prior)
			if !ok {
				a.decide = nil
				return err
			}
			prior = next
			b.verdicts, err = vetted(ctx, tx, a.kind, at, b.rows, verdicts)
			return err
		})
		if err != nil || len(b.rows) == 0 {
			return err
		}
		at.Position = b.rows[len(b.rows)-1].Number
		select {
		case a.batches <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// next returns the next batch of run, an empty one when there are no more.
func (a *ahead) next(ctx context.Context, tx store.Tx, run runRow) (b lookedAt, err error) {
	if a.batches == nil {
		b.rows, err = nextRows(ctx, tx, run, batch, New, Changed)
		return b, err
	}
	b, more := <-a.batches
	if !more {
		err = a.failed
	}
	return b, err
}

// stop ends the looking.
func (a *ahead) stop() {
	if a.batches == nil {
		return
	}
	a.cancel()
	for range a.batches { // until it has ended
	}
}
