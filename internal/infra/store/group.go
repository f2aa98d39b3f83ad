package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The bounds of a group: those who acted first do not wait for ever for those
// who come after them.
const (
	groupActs = 64
	groupAge  = 50 * time.Millisecond
)

// The page caches of the writing connection, in KiB as SQLite writes them. The
// usual one has room for the pages that acts change again and again, a few of each
// index. What a long act changes does not fit into it: without room SQLite writes
// pages to the log and reads them again many times over.
const (
	usualCache = "-8000"
	longCache  = "-65536"
)

// writer is the one writing connection to SQLite. Acts take turns on it, in the
// order they came. While others wait an act leaves its transaction open for the
// next one; whoever finds nobody waiting commits for all, so that one wait for
// the disk serves them together. An act is told of its success only then.
//
// Acts do not harm each other: each but the first of a group works within a
// savepoint. No statement is interrupted, for SQLite would roll back the whole
// transaction; the context is looked at between statements. When the engine
// did so nevertheless (a full disk), and when a commit fails, the acts of the
// group run once more, each in a transaction of its own.
type writer struct {
	conn *conn
	wait time.Duration
	age  time.Duration // of a group that others may still join

	mu    sync.Mutex
	taken bool // somebody has the turn
	queue []*turn
	ended bool

	// Only for who has the turn:
	group  *group // of the open transaction
	frames int64  // pages the log had when it was last copied
	roomy  bool   // the page cache is that of a long act
	owes   bool   // something was erased that the log may still hold
	tried  time.Time

	open       func(context.Context) (*conn, error)
	tidying    atomic.Bool
	background sync.WaitGroup

	commits, groups, again, waits, waited atomic.Int64
}

// turn is a place in the queue.
type turn struct {
	alone bool
	ready chan struct{} // closed when it is its turn
}

// group is the acts of one transaction.
type group struct {
	begun    time.Time
	acts     int           // those that succeeded
	advanced bool          // one of them began a new epoch
	done     chan struct{} // closed when it is committed or undone
	err      error         // nothing was kept
}

type longKey struct{}

// Long returns a context whose Update on SQLite is committed by itself: others
// must not wait with what they did for one that takes seconds, as publishing an
// import does. It has a larger page cache for that time. It is also Bulk.
func Long(ctx context.Context) context.Context {
	return Bulk(context.WithValue(ctx, longKey{}, true))
}

type bulkKey struct{}

// Bulk returns a context whose transactions on PostgreSQL plan each statement for
// the rows there are when it runs. Otherwise the server keeps the plan of a
// statement it has seen a few times until it gathers statistics anew, which it
// cannot of what an unfinished transaction wrote: made for an empty table, it goes
// through all of the zone once there are many rows. Planning costs a statement
// about as much as reading a few rows, so it is for acts of hundreds of rows.
func Bulk(ctx context.Context) context.Context { return context.WithValue(ctx, bulkKey{}, true) }

func bulky(ctx context.Context) bool {
	on, _ := ctx.Value(bulkKey{}).(bool)
	return on
}

// update runs act in its turn and returns once it is committed, or nothing is kept of it.
func (w *writer) update(ctx context.Context, fn func(*act) error) error {
	alone, _ := ctx.Value(longKey{}).(bool)
	first := false
	for {
		if err := w.take(ctx, alone, first); err != nil {
			return err
		}
		g, err := w.run(ctx, alone, fn)
		if g == nil {
			return err
		}
		<-g.done
		switch {
		case g.err == nil && err == nil:
			w.commits.Add(1)
			return nil
		case g.err == nil:
			return err
		case alone:
			return g.err
		}
		w.again.Add(1)
		alone, first = true, true
	}
}

// run runs fn, which has the turn, and passes the turn on. Without an error the
// group decides what is kept of fn; with one nothing is kept. An error that comes
// with the group may follow from what others did in it ("somebody was faster"):
// it holds only once they are committed, for until then nobody else sees it.
func (w *writer) run(ctx context.Context, alone bool, fn func(*act) error) (g *group, err error) {
	kept := false
	defer func() { w.pass(alone) }()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.begin(ctx); err != nil {
		return nil, err
	}
	if alone && !w.roomy {
		if _, err := w.conn.exec(context.Background(), "PRAGMA cache_size = "+longCache); err != nil {
			return nil, err
		}
		w.roomy = true
	}
	a := &act{ctx: ctx, conn: w.conn, writes: true}
	follower := w.group.acts > 0
	defer func() { // also when fn panics or ends its goroutine
		if !kept {
			w.undo(a, follower)
		}
	}()
	if follower {
		if _, err := w.conn.exec(context.Background(), "SAVEPOINT act"); err != nil {
			return nil, err
		}
	}
	if err := w.call(a, fn); err != nil {
		if follower && a.fatal == nil && ctx.Err() == nil {
			return w.group, err
		}
		return nil, err
	}
	if follower {
		if _, err := w.conn.exec(context.Background(), "RELEASE act"); err != nil {
			return nil, err
		}
	}
	kept = true
	w.group.acts++
	w.group.advanced = w.group.advanced || a.advanced
	w.owes = w.owes || a.forgets
	return w.group, nil
}

// call calls fn; what it swallowed and may have undone the others is an error.
func (w *writer) call(a *act, fn func(*act) error) error {
	if err := fn(a); err != nil {
		return err
	}
	_ = a.end() // what went wrong while reading fn was told
	if a.fatal != nil {
		return a.fatal
	}
	return a.ctx.Err()
}

// begin opens a transaction unless one is open.
func (w *writer) begin(ctx context.Context) error {
	if w.group != nil {
		return nil
	}
	if _, err := w.conn.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		_, _ = w.conn.exec(context.Background(), "ROLLBACK") // it may have begun after all
		return err
	}
	w.group = &group{begun: time.Now(), done: make(chan struct{})}
	return nil
}

// undo takes back what a did: its savepoint, or the transaction when nobody
// else is in it or the engine may have rolled it back.
func (w *writer) undo(a *act, follower bool) {
	err := errors.Join(a.end(), a.fatal)
	if follower && a.fatal == nil {
		if _, err = w.conn.exec(context.Background(), "ROLLBACK TO act"); err == nil {
			_, err = w.conn.exec(context.Background(), "RELEASE act")
		}
		if err == nil {
			return
		}
	}
	_, _ = w.conn.exec(context.Background(), "ROLLBACK") // fails when the engine has done it
	if err == nil {
		err = errUndone
	}
	w.finish(err)
}

// errUndone is what became of a group whose transaction was rolled back.
var errUndone = errors.New("the transaction was rolled back")

// commit ends the open transaction.
func (w *writer) commit() {
	if _, err := w.conn.exec(context.Background(), "COMMIT"); err != nil {
		_, _ = w.conn.exec(context.Background(), "ROLLBACK") // the commit may have done it
		w.finish(err)
		return
	}
	w.groups.Add(1)
	w.finish(nil)
	w.tidy()
}

// finish tells the acts of the group what became of them.
func (w *writer) finish(err error) {
	if w.roomy { // a cache that stays large is slower, not wrong
		_, small := w.conn.exec(context.Background(), "PRAGMA cache_size = "+usualCache)
		_, _ = w.conn.exec(context.Background(), "PRAGMA shrink_memory")
		w.roomy = small != nil
	}
	w.group.err = err
	close(w.group.done)
	w.group = nil
}

// take waits for the turn, at most w.wait. Those who run again come first: they
// have waited before.
func (w *writer) take(ctx context.Context, alone, first bool) error {
	w.mu.Lock()
	if w.ended {
		w.mu.Unlock()
		return sql.ErrConnDone
	}
	if !w.taken {
		w.taken = true
		w.mu.Unlock()
		return nil
	}
	t := &turn{alone: alone, ready: make(chan struct{})}
	if first {
		w.queue = slices.Insert(w.queue, 0, t)
	} else {
		w.queue = append(w.queue, t)
	}
	w.mu.Unlock()
	begun := time.Now()
	defer func() {
		w.waits.Add(1)
		w.waited.Add(int64(time.Since(begun)))
	}()
	timer := time.NewTimer(w.wait)
	defer timer.Stop()
	select {
	case <-t.ready:
		if w.ended {
			w.pass(false)
			return sql.ErrConnDone
		}
		return nil
	case <-ctx.Done():
		return w.leave(t, ctx.Err())
	case <-timer.C:
		return w.leave(t, busyFor(w.wait))
	}
}

// leave gives up waiting. A turn that came at the same moment is passed on.
func (w *writer) leave(t *turn, why error) error {
	w.mu.Lock()
	i := slices.Index(w.queue, t)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i < 0 {
		w.pass(false)
	}
	return why
}

// pass gives the turn to the next in the queue. The transaction stays open for
// them if they may join it; otherwise it is committed first.
func (w *writer) pass(alone bool) {
	for {
		w.mu.Lock()
		waiting := len(w.queue) > 0
		if w.group == nil || waiting && !alone && w.group.open(w.age) && !w.queue[0].alone {
			break
		}
		w.mu.Unlock()
		w.commit()
	}
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.taken = false
		return
	}
	next := w.queue[0]
	w.queue = w.queue[1:]
	close(next.ready)
}

// open reports whether another act may join.
func (g *group) open(age time.Duration) bool { return g.acts < groupActs && time.Since(g.begun) < age }

// close ends the connection when it is free, and refuses whoever waits for it.
func (w *writer) close() error {
	if err := w.take(context.Background(), false, true); err != nil {
		return err
	}
	w.mu.Lock()
	w.ended = true
	w.mu.Unlock()
	w.pass(false)
	w.background.Wait()
	return w.conn.close()
}

func (w *writer) stats() sql.DBStats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := sql.DBStats{MaxOpenConnections: 1, OpenConnections: 1, Idle: 1, WaitCount: w.waits.Load(), WaitDuration: time.Duration(w.waited.Load())}
	if w.taken {
		s.InUse, s.Idle = 1, 0
	}
	return s
}
