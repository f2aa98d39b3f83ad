package store

import (
	"context"
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// Tx is a transaction confined to one zone. It takes any SQL of the portable
// subset, from one goroutine at a time; it must not be used after the function
// it was given to returned.
type Tx struct {
	Now     time.Time // one instant for the whole transaction
	Zone    string    // the zone the transaction is confined to
	Dialect Dialect
	uniques []index
	epoch   *epoch
	memory  *derived
	count   *Counter // of the context; nil when nobody counts
	pg      *sql.Tx  // on PostgreSQL, and in a copy
	act     *act     // on SQLite
}

// act is one function's part of a transaction on SQLite.
type act struct {
	ctx    context.Context
	conn   *conn
	writes bool    // its statements are never interrupted: see group
	open   []*Rows // what the function reads from
	fatal  error   // the error after which the engine may have undone everything
	over   bool

	advanced bool // the zone's epoch
	forgets  bool // what it erased must not stay in the log
}

// Forget says that the transaction erases what nobody may read any more: once it
// is committed, what was is taken out of SQLite's log too, as soon as nobody reads
// an older state. In the file itself SQLite overwrites it with zeros.
func (tx Tx) Forget() {
	if tx.act != nil {
		tx.act.forgets = true
	}
}

// QueryContext begins to read the rows of query.
func (tx Tx) QueryContext(ctx context.Context, query string, args ...any) (*Rows, error) {
	tx.count.add()
	if tx.pg != nil {
		rows, err := tx.pg.QueryContext(ctx, query, args...) //nolint:rowserrcheck // Rows.Err looks
		if err != nil {
			return nil, err
		}
		return &Rows{pg: rows}, nil
	}
	return tx.act.query(ctx, query, args)
}

// QueryRowContext reads the first row of query; Single.Scan reports errors.
func (tx Tx) QueryRowContext(ctx context.Context, query string, args ...any) Single {
	rows, err := tx.QueryContext(ctx, query, args...)
	return Single{rows: rows, err: err}
}

// ExecContext carries out a statement that yields no rows.
func (tx Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	tx.count.add()
	if tx.pg != nil {
		return tx.pg.ExecContext(ctx, query, args...)
	}
	return tx.act.exec(ctx, query, args)
}

func (a *act) query(ctx context.Context, query string, args []any) (*Rows, error) {
	ctx, err := a.may(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := a.conn.query(ctx, query, args)
	if err != nil {
		return nil, a.noticed(err)
	}
	rows.act = a
	a.open = append(a.open, rows)
	return rows, nil
}

func (a *act) exec(ctx context.Context, query string, args []any) (sql.Result, error) {
	ctx, err := a.may(ctx)
	if err != nil {
		return nil, err
	}
	res, err := a.conn.exec(ctx, query, args...)
	return res, a.noticed(err)
}

// epoch reads the epoch of zone, which fixes the snapshot of a reading
// transaction.
func (a *act) epoch(zone string) (n int64, err error) {
	rows, err := a.query(context.WithoutCancel(a.ctx), `SELECT n FROM store_epochs WHERE zone = $1`, []any{zone})
	if err != nil {
		return 0, err
	}
	if rows.Next() {
		err = rows.Scan(&n)
	}
	if err := errors.Join(err, rows.Err(), rows.Close()); err != nil || zone == allZones {
		return 0, err
	}
	return n + 1, nil
}

// may returns the context a statement runs with, or why it may not run.
func (a *act) may(ctx context.Context) (context.Context, error) {
	if a.over {
		return nil, sql.ErrTxDone
	}
	if err := errors.Join(a.ctx.Err(), a.fatal); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil || !a.writes {
		return ctx, err
	}
	return context.WithoutCancel(ctx), nil
}

// noticed remembers an error after which SQLite may have rolled back the whole
// transaction, other acts' part included.
func (a *act) noticed(err error) error {
	if err != nil && a.writes && fatal(err) {
		a.fatal = err
	}
	return err
}

// closed forgets a row that is closed: most are before the next is opened.
func (a *act) closed(r *Rows) {
	if n := len(a.open); n > 0 && a.open[n-1] == r {
		a.open = a.open[:n-1]
	}
}

// end closes what the function left open and takes the transaction from it.
func (a *act) end() error {
	var errs []error
	for _, r := range append([]*Rows(nil), a.open...) {
		errs = append(errs, r.Close())
	}
	a.open, a.over = nil, true
	return errors.Join(errs...)
}

// Counter counts the statements of the transactions under a context.
type Counter struct{ n atomic.Int64 }

// Statements returns how many statements were begun so far, those that begin
// and end transactions not counted.
func (c *Counter) Statements() int64 { return c.n.Load() }

func (c *Counter) add() {
	if c != nil {
		c.n.Add(1)
	}
}

type counterKey struct{}

// Counting returns a context whose transactions' statements are counted.
func Counting(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{}
	return context.WithValue(ctx, counterKey{}, c), c
}

func counterOf(ctx context.Context) *Counter {
	c, _ := ctx.Value(counterKey{}).(*Counter)
	return c
}
