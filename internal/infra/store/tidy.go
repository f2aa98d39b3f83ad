package store

import (
	"context"
	"errors"
	"strconv"
	"time"
)

// tidyPages is how many pages of 4 KiB the write-ahead log gathers before they
// are copied into the database file: 32 MiB, some two hundred acts, each of which
// changes many of the same pages, that are then copied once. SQLite would do that
// within whichever commit comes to 1,000, which then takes several times as long as
// others.
const tidyPages = 8000

// While somebody reads an older state the log cannot be emptied: that is tried
// again at a commit after emptyAgain, and writers wait for it emptyWait at most.
const (
	emptyAgain = time.Second
	emptyWait  = 100 * time.Millisecond
)

// tidy has the log copied when it has grown or holds what was erased; the caller
// has the turn.
func (w *writer) tidy() {
	n := w.conn.written()
	grown := n - w.frames // below zero when the counter of 31 bits began anew
	owed := w.owes && time.Since(w.tried) > emptyAgain
	if grown >= 0 && grown < tidyPages && !owed || !w.tidying.CompareAndSwap(false, true) {
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
	if w.owes {
		return w.emptyLog(ctx)
	}
	_, err = w.conn.exec(ctx, copyLog)
	return err
}

const copyLog = "PRAGMA wal_checkpoint(PASSIVE)"

// emptyLog copies the log and cuts its file to nothing, so that it does not hold
// what was erased; the caller has the turn. What readers stand in the way of is
// still owed.
func (w *writer) emptyLog(ctx context.Context) (err error) {
	w.tried = time.Now()
	if _, err := w.conn.exec(ctx, "PRAGMA busy_timeout = "+strconv.FormatInt(emptyWait.Milliseconds(), 10)); err != nil {
		return err
	}
	defer func() {
		_, again := w.conn.exec(ctx, "PRAGMA busy_timeout = "+strconv.FormatInt(w.wait.Milliseconds(), 10))
		err = errors.Join(err, again)
	}()
	var kept, pages, copied int64
	rows, err := w.conn.query(ctx, "PRAGMA wal_checkpoint(TRUNCATE)", nil)
	if err != nil {
		return err
	}
	if rows.Next() {
		err = rows.Scan(&kept, &pages, &copied)
		w.owes = err != nil || kept != 0
	}
	return errors.Join(err, rows.Err(), rows.Close())
}
