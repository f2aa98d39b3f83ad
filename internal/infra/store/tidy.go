package store

import (
	"context"
	"errors"
)

// tidyPages is how many pages of 4 KiB the write-ahead log gathers before they
// are copied into the database file. SQLite would do that within whichever
// commit comes to 1,000, which then takes several times as long as others.
const tidyPages = 2000

// tidy has the log copied when it has grown; the caller has the turn.
func (w *writer) tidy() {
	n := w.conn.written()
	grown := n - w.frames // below zero when the counter of 31 bits began anew
	if grown >= 0 && grown < tidyPages || !w.tidying.CompareAndSwap(false, true) {
		return
	}
	w.frames = n
	w.background.Go(func() {
		defer w.tidying.Store(false)
		_ = w.copyLog() // the next time does what this one did not
	})
}

// copyLog copies the log on a connection of its own, which keeps nobody from
// writing, and then in a turn the little that came meanwhile: a log of which
// nothing is left to copy begins anew instead of growing.
func (w *writer) copyLog() error {
	ctx := context.Background()
	c, err := w.open(ctx)
	if err != nil {
		return err
	}
	_, err = c.exec(ctx, copyLog)
	if err := errors.Join(err, c.close()); err != nil {
		return err
	}
	if err := w.take(ctx, true, false); err != nil {
		return err
	}
	defer w.pass(true)
	_, err = w.conn.exec(ctx, copyLog)
	return err
}

const copyLog = "PRAGMA wal_checkpoint(PASSIVE)"
