package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"sente/internal/kernel"
)

// maxAttempts bounds how often one Update is tried on PostgreSQL before it
// fails with store.busy.
const maxAttempts = 15

// allZones is the pseudo-zone in which only the tables zones and
// schema_migrations show rows.
const allZones = "*"

// DB is an open, migrated database. It is safe for concurrent use.
type DB struct {
	cfg     Config
	dialect Dialect
	pg      *sql.DB // on PostgreSQL
	writer  *writer // on SQLite
	readers *readers
	version int
	uniques []index
	memory  derived
	commits atomic.Int64 // on PostgreSQL
	retries atomic.Int64
}

// Stats are the figures of the database for the metrics page.
type Stats struct {
	Writer  sql.DBStats // on PostgreSQL the same pool as Reader
	Reader  sql.DBStats
	Commits int64 // updates kept
	Groups  int64 // transactions they were committed in: on SQLite each waits for the disk once
	Retries int64 // updates begun again: after a serialization failure or deadlock, or after another of their group failed with the engine
}

// Open connects to the database and brings its schema up to the program's:
// sources hold the migrations of every context besides the store's own. On
// PostgreSQL it migrates with Config.OwnerDSN; without one it only checks. It
// refuses a database that is newer than the program or whose migrations were
// edited, and on PostgreSQL a role that row-level security does not bind.
func Open(ctx context.Context, cfg Config, sources ...fs.FS) (_ *DB, err error) {
	defer kernel.Wrap(&err, "store.Open")
	cfg, err = cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	all, err := loadMigrations(append([]fs.FS{ownMigrations}, sources...)...)
	if err != nil {
		return nil, err
	}
	db := &DB{cfg: cfg, dialect: cfg.dialect(), version: all[len(all)-1].number}
	if db.dialect == Postgres {
		err = db.openPostgres(ctx, all)
	} else {
		err = db.openSQLite(ctx, all)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close closes every connection. Transactions still running fail.
func (db *DB) Close() error {
	var errs []error
	if db.pg != nil {
		errs = append(errs, db.pg.Close())
	}
	if db.readers != nil {
		errs = append(errs, db.readers.close(), db.writer.close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "store.Ping")
	if db.dialect == Postgres {
		return translate(db.pg.PingContext(ctx), nil)
	}
	return db.view(ctx, allZones, func(Tx) error { return nil })
}

// Stats returns the figures of the pools.
func (db *DB) Stats() Stats {
	if db.dialect == Postgres {
		pool, n := db.pg.Stats(), db.commits.Load()
		return Stats{Writer: pool, Reader: pool, Commits: n, Groups: n, Retries: db.retries.Load()}
	}
	w := db.writer
	return Stats{Writer: w.stats(), Reader: db.readers.stats(), Commits: w.commits.Load(), Groups: w.groups.Load(), Retries: w.again.Load()}
}

// Dialect returns the engine.
func (db *DB) Dialect() Dialect { return db.dialect }

// Now returns the time of the configured clock.
func (db *DB) Now() time.Time { return db.cfg.Now() }

// SchemaVersion returns the highest migration number the database has.
func (db *DB) SchemaVersion() int { return db.version }

// View runs fn in a read-only transaction that sees one unchanging snapshot of
// the zone of ctx's actor. It must not be called from within another View or
// Update; see Update.
func (db *DB) View(ctx context.Context, fn func(Tx) error) (err error) {
	defer kernel.Wrap(&err, "store.View")
	zone, err := zoneOf(ctx)
	if err != nil {
		return err
	}
	return db.view(ctx, zone, fn)
}

func (db *DB) view(ctx context.Context, zone string, fn func(Tx) error) error {
	if db.dialect == Postgres {
		return db.run(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, zone, fn)
	}
	return translate(db.look(ctx, zone, fn), db.uniques)
}

// look runs fn on a reading connection to SQLite.
func (db *DB) look(ctx context.Context, zone string, fn func(Tx) error) (err error) {
	c, err := db.readers.take(ctx, db.cfg.Wait)
	if err != nil {
		return err
	}
	a, ended := &act{ctx: ctx, conn: c}, false
	defer func() { // also when fn panics or ends its goroutine
		broken := a.end() != nil && !ended
		_, failed := c.exec(context.Background(), "ROLLBACK")
		if closed := db.readers.put(c, broken || failed != nil); err == nil {
			err = closed
		}
	}()
	if _, err := c.exec(context.Background(), "BEGIN"); err != nil { // it waits for nobody
		return err
	}
	n, err := a.epoch(zone)
	if err != nil {
		return err
	}
	tx := db.tx(ctx, zone, n)
	tx.act = a
	err = fn(tx)
	ended = true
	return err
}

// tx is what both engines' transactions have in common.
func (db *DB) tx(ctx context.Context, zone string, n int64) Tx {
	return Tx{Now: db.Now(), Zone: zone, Dialect: db.dialect, uniques: db.uniques, count: counterOf(ctx), epoch: &epoch{n: n}, memory: &db.memory}
}

// Update runs fn in a writing transaction in the zone of ctx's actor and
// commits when fn returns nil; otherwise nothing is kept. Updates are
// serializable. fn may run again, on PostgreSQL after a serialization failure or
// a deadlock, on SQLite when the engine fails while several acts are committed
// together: it must have no effect but through tx.
//
// A function opens a transaction or takes one, never both. fn is not given a
// context, so a nested call cannot be told from one that waits its turn: where
// it waits for the outer one (on SQLite, which has one writer, always; on
// PostgreSQL for a row) it fails with store.busy once Config.Wait is over. It
// never hangs.
func (db *DB) Update(ctx context.Context, fn func(Tx) error) (err error) {
	defer kernel.Wrap(&err, "store.Update")
	zone, err := zoneOf(ctx)
	if err != nil {
		return err
	}
	fn = along(ctx, fn)
	if db.dialect == SQLite {
		return translate(db.writer.update(ctx, func(a *act) error { return db.write(zone, a, fn) }), db.uniques)
	}
	opts := &sql.TxOptions{Isolation: sql.LevelSerializable}
	for attempt := 1; ; attempt++ {
		err = db.run(ctx, opts, zone, fn)
		if err == nil {
			db.commits.Add(1)
		}
		if !retryable(err) {
			return err
		}
		if attempt == maxAttempts {
			return fmt.Errorf("%w after %d attempts: %w", kernel.Faultf(kernel.ErrUnavailable, "store.busy"), attempt, err)
		}
		db.retries.Add(1)
		if err := sleep(ctx, backoff(attempt)); err != nil {
			return err
		}
	}
}

// write runs fn as act a on SQLite.
func (db *DB) write(zone string, a *act, fn func(Tx) error) error {
	n, err := a.epoch(zone)
	if err != nil {
		return err
	}
	if db.writer.group.advanced { // by an act that may yet come to nothing
		n = 0
	}
	tx := db.tx(a.ctx, zone, n)
	tx.act = a
	if err := fn(tx); err != nil {
		return err
	}
	a.advanced = tx.epoch.advanced
	return nil
}

// run runs fn in one transaction on PostgreSQL.
func (db *DB) run(ctx context.Context, opts *sql.TxOptions, zone string, fn func(Tx) error) (err error) {
	defer func() { err = translate(err, db.uniques) }()
	conn, pg, n, err := db.begin(ctx, opts, zone)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer pg.Rollback() // without effect after Commit
	tx := db.tx(ctx, zone, n)
	tx.pg = pg
	if err := fn(tx); err != nil {
		return err
	}
	return pg.Commit()
}

// begin begins a transaction confined to zone. Connections that died since
// their last use, as after a restart or failover of the server, are passed over.
func (db *DB) begin(ctx context.Context, opts *sql.TxOptions, zone string) (*sql.Conn, *sql.Tx, int64, error) {
	for attempt := 0; ; attempt++ {
		conn, err := db.acquire(ctx)
		if err != nil {
			return nil, nil, 0, err
		}
		tx, err := conn.BeginTx(ctx, opts)
		if err == nil {
			var n int64
			if n, err = db.confine(ctx, tx, zone); err == nil {
				return conn, tx, n, nil
			}
			_ = tx.Rollback() // err is what went wrong
		}
		_ = conn.Close() // returns it to the pool, which drops a dead one
		if what, _, _, _ := classify(err); what != down || attempt > db.cfg.Readers || ctx.Err() != nil {
			return nil, nil, 0, err
		}
	}
}

// confine sets the zone row-level security compares with, and how long to wait
// for another's lock, and reads the zone's epoch. Its being the first statement
// also fixes the snapshot.
func (db *DB) confine(ctx context.Context, tx *sql.Tx, zone string) (n int64, err error) {
	plans := ""
	if bulky(ctx) {
		plans = ", set_config('plan_cache_mode', 'force_custom_plan', true)"
	}
	err = tx.QueryRowContext(ctx, `WITH z AS MATERIALIZED (SELECT set_config('sente.zone', $1, true) AS zone, set_config('lock_timeout', $2, true)`+plans+`)
		SELECT coalesce((SELECT e.n FROM store_epochs e WHERE e.zone = z.zone), 0) + 1 FROM z`,
		zone, strconv.FormatInt(db.cfg.Wait.Milliseconds(), 10)).Scan(&n)
	if zone == allZones {
		n = 0
	}
	return n, err
}

// acquire takes a connection, waiting at most Config.Wait.
func (db *DB) acquire(ctx context.Context) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, db.cfg.Wait)
	defer cancel()
	conn, err := db.pg.Conn(waiting)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, busyFor(db.cfg.Wait)
	}
	return conn, err
}

// busyFor is told to who waited in vain.
func busyFor(wait time.Duration) error {
	return fmt.Errorf("%w: no connection within %s", kernel.Faultf(kernel.ErrUnavailable, "store.busy"), wait)
}

// zoneOf returns the zone of ctx's actor; there is no working without one.
func zoneOf(ctx context.Context) (string, error) {
	zone := kernel.ActorOf(ctx).Zone
	if zone == "" || zone == allZones {
		return "", kernel.Faultf(kernel.ErrSignedOut, "store.no_zone")
	}
	return zone, nil
}

// backoff returns the jittered pause after the given failed attempt, growing
// from about 2 ms to at most 250 ms, so that those who collided do not meet again.
func backoff(attempt int) time.Duration {
	ceiling := min(2*time.Millisecond<<attempt, 250*time.Millisecond)
	return ceiling/4 + rand.N(ceiling)
}

// sleep waits for d or until ctx is done.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
