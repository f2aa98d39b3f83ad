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
	writer  *sql.DB // SQLite: exactly one connection; PostgreSQL: the same pool as reader
	reader  *sql.DB
	version int
	uniques []index
	retries atomic.Int64
}

// Tx is a transaction confined to one zone. Its *sql.Tx takes any SQL of the
// portable subset; it must not be used after the function it was given to
// returned.
type Tx struct {
	*sql.Tx
	Now     time.Time // one instant for the whole transaction
	Zone    string    // the zone the transaction is confined to
	Dialect Dialect
	uniques []index
}

// Stats are the figures of the connection pools for the metrics page.
type Stats struct {
	Writer  sql.DBStats // on PostgreSQL the same pool as Reader
	Reader  sql.DBStats
	Retries int64 // updates begun again after a serialization failure or deadlock
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
	if db.reader != nil {
		errs = append(errs, db.reader.Close())
	}
	if db.writer != nil && db.writer != db.reader {
		errs = append(errs, db.writer.Close())
	}
	return errors.Join(errs...)
}

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "store.Ping")
	return translate(db.reader.PingContext(ctx), nil)
}

// Stats returns the figures of the pools.
func (db *DB) Stats() Stats {
	return Stats{Writer: db.writer.Stats(), Reader: db.reader.Stats(), Retries: db.retries.Load()}
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
	opts := &sql.TxOptions{}
	if db.dialect == Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return db.run(ctx, db.reader, opts, zone, fn)
}

// Update runs fn in a writing transaction in the zone of ctx's actor and
// commits when fn returns nil; otherwise nothing is kept. Updates are
// serializable. On PostgreSQL fn runs again after a serialization failure or a
// deadlock, so it must have no effect but through tx.
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
	if db.dialect == SQLite {
		return db.run(ctx, db.writer, nil, zone, fn)
	}
	opts := &sql.TxOptions{Isolation: sql.LevelSerializable}
	for attempt := 1; ; attempt++ {
		err = db.run(ctx, db.writer, opts, zone, fn)
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

// run runs fn in one transaction on a connection of pool.
func (db *DB) run(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, zone string, fn func(Tx) error) (err error) {
	defer func() { err = translate(err, db.uniques) }()
	conn, tx, err := db.begin(ctx, pool, opts, zone)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer tx.Rollback() // without effect after Commit
	if err := fn(Tx{Tx: tx, Now: db.Now(), Zone: zone, Dialect: db.dialect, uniques: db.uniques}); err != nil {
		return err
	}
	return tx.Commit()
}

// begin begins a transaction confined to zone. Connections that died since
// their last use, as after a restart or failover of the server, are passed over.
func (db *DB) begin(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, zone string) (*sql.Conn, *sql.Tx, error) {
	for attempt := 0; ; attempt++ {
		conn, err := db.acquire(ctx, pool)
		if err != nil {
			return nil, nil, err
		}
		tx, err := conn.BeginTx(ctx, opts)
		if err == nil {
			if err = db.confine(ctx, tx, zone); err == nil {
				return conn, tx, nil
			}
			_ = tx.Rollback() // err is what went wrong
		}
		_ = conn.Close() // returns it to the pool, which drops a dead one
		if what, _, _, _ := classify(err); what != down || attempt > db.cfg.Readers || ctx.Err() != nil {
			return nil, nil, err
		}
	}
}

// confine sets the zone row-level security compares with, and how long to wait
// for another's lock. Its being the first statement also fixes the snapshot,
// for which SQLite needs a read of its own.
func (db *DB) confine(ctx context.Context, tx *sql.Tx, zone string) error {
	if db.dialect == Postgres {
		_, err := tx.ExecContext(ctx, `SELECT set_config('sente.zone', $1, true), set_config('lock_timeout', $2, true)`,
			zone, strconv.FormatInt(db.cfg.Wait.Milliseconds(), 10))
		return err
	}
	var n int
	return tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM schema_migrations LIMIT 1) x`).Scan(&n)
}

// acquire takes a connection, waiting at most Config.Wait.
func (db *DB) acquire(ctx context.Context, pool *sql.DB) (*sql.Conn, error) {
	waiting, cancel := context.WithTimeout(ctx, db.cfg.Wait)
	defer cancel()
	conn, err := pool.Conn(waiting)
	if err != nil && ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil, fmt.Errorf("%w: no connection within %s", kernel.Faultf(kernel.ErrUnavailable, "store.busy"), db.cfg.Wait)
	}
	return conn, err
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
