package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"sente/internal/kernel"
)

// Arrival is a database that a copy is being read into, within one transaction:
// all of it or nothing.
type Arrival struct {
	Reading
	Shapes []Shape // every table but the list of migrations, by name
}

// Arriving says what happens to an arrival, in this order.
type Arriving struct {
	// Steps are the migrations of the copy. The arrival has these when Load
	// fills it, and all of the program's when Check looks at the result.
	Steps []Step
	Load  func(*Arrival) error
	Check func(*Arrival) error
}

// Receive fills the empty database at cfg as told by a. Nothing is kept when
// anything fails: on SQLite, where no file may be there yet, it gets its name
// only when it is whole and on the disk; on PostgreSQL, where it signs in as the
// owner, everything is one transaction. A copy of a newer program is refused.
func Receive(ctx context.Context, cfg Config, a Arriving, sources ...fs.FS) (err error) {
	defer kernel.Wrap(&err, "store.Receive")
	if cfg, err = cfg.withDefaults(); err != nil {
		return err
	}
	all, err := loadMigrations(append([]fs.FS{ownMigrations}, sources...)...)
	if err != nil {
		return err
	}
	first, err := known(all, a.Steps)
	if err != nil {
		return err
	}
	if cfg.dialect() == Postgres {
		return receivePostgres(ctx, cfg, a, first, all)
	}
	return receiveSQLite(ctx, cfg, a, first, all)
}

// Vacant refuses a database that holds an installation: store.not_empty. It
// changes nothing.
func Vacant(ctx context.Context, cfg Config) (err error) {
	defer kernel.Wrap(&err, "store.Vacant")
	if cfg, err = cfg.withDefaults(); err != nil {
		return err
	}
	if cfg.dialect() == SQLite {
		return noFile(sqlitePath(cfg))
	}
	pool, err := plainPool(cfg, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return translate(err, nil)
	}
	defer tx.Rollback() // nothing was written
	r := Reading{tx, Postgres, cfg}
	tables, err := shapes(ctx, tx, Postgres)
	if err != nil || !slices.ContainsFunc(tables, func(s Shape) bool { return s.Table == "zones" }) {
		return translate(err, nil)
	}
	zones, err := r.Zones(ctx)
	if err == nil && len(zones) > 0 {
		err = kernel.Faultf(kernel.ErrConflict, "store.not_empty", "zones")
	}
	return translate(err, nil)
}

// noFile refuses the path of a SQLite database that is there, or of which the log
// is left: SQLite would play that into whatever file comes to lie beside it.
func noFile(path string) error {
	for _, name := range []string{path, path + "-wal", path + "-journal"} {
		if _, err := os.Lstat(name); err == nil {
			return kernel.Faultf(kernel.ErrConflict, "store.not_empty", name)
		}
	}
	return nil
}

// known returns those of all that are steps, and refuses steps it does not know.
func known(all []migration, steps []Step) (first []migration, err error) {
	byNumber := map[int]migration{}
	for _, m := range all {
		byNumber[m.number] = m
	}
	last := all[len(all)-1]
	for _, s := range steps {
		m := byNumber[s.Number]
		if err := compare(migration{number: s.Number, name: s.Name, sum: s.Sum}, m, last); err != nil {
			return nil, fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrConflict, "store.copy_newer"), err)
		}
		first = append(first, m)
	}
	if len(first) == 0 {
		return nil, errors.New("the copy names no migration")
	}
	return first, nil
}

// receiving is the end of the name of a SQLite file that is not whole yet.
const receiving = ".receiving"

func receiveSQLite(ctx context.Context, cfg Config, a Arriving, first, all []migration) (err error) {
	path := sqlitePath(cfg)
	if err := noFile(path); err != nil {
		return err
	}
	part := path + receiving
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an earlier try
		return err
	}
	if err := touch(part); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part) // err is what went wrong
			_ = os.Remove(part + "-journal")
		}
	}()
	// What goes wrong costs the file and nothing else, so it needs no log of its own.
	pool, err := sqlitePool(part, cfg, url.Values{"_pragma": {"journal_mode(MEMORY)", "synchronous(OFF)", "cache_size(-65536)"}, "_txlock": {"exclusive"}})
	if err != nil {
		return err
	}
	err = receive(ctx, pool, cfg, a, first, all, func(*sql.Tx) error { return nil })
	if err = errors.Join(err, pool.Close()); err != nil {
		return translate(err, nil)
	}
	if err := flush(part); err != nil {
		return translate(err, nil)
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return flush(filepath.Dir(path))
}

// flush brings a file or the names in a folder to the disk.
func flush(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func receivePostgres(ctx context.Context, cfg Config, a Arriving, first, all []migration) (err error) {
	if cfg.OwnerDSN == "" {
		return kernel.Faultf(kernel.ErrInvalid, "store.copy_owner")
	}
	db := &DB{cfg: cfg, dialect: Postgres}
	app, err := db.pgConfig(cfg.DSN)
	if err != nil {
		return fmt.Errorf("the database address: %w", err)
	}
	owner, err := db.pgConfig(cfg.OwnerDSN)
	if err != nil {
		return fmt.Errorf("the owner's database address: %w", err)
	}
	if owner.User == app.User {
		return fmt.Errorf("the owner's address signs in as %q, the application's own role: %s", app.User, roleHelp)
	}
	visitor := stdlib.OpenDB(*app)
	err = errors.Join(checkServer(ctx, visitor), checkRole(ctx, visitor), visitor.Close())
	if err != nil {
		return err
	}
	pool := stdlib.OpenDB(*owner)
	err = receive(ctx, pool, cfg, a, first, all, func(tx *sql.Tx) error { return grant(ctx, tx, pgx.Identifier{app.User}.Sanitize()) })
	return translate(errors.Join(err, pool.Close()), nil)
}

// receive is the transaction of Receive.
func receive(ctx context.Context, pool *sql.DB, cfg Config, a Arriving, first, all []migration, finish func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // without effect after Commit
	m := migrator{tx: tx, dialect: cfg.dialect(), now: cfg.Now, log: cfg.Log}
	to := &Arrival{Reading: Reading{tx, cfg.dialect(), cfg}}
	if err := to.prepare(ctx, m, first); err != nil {
		return err
	}
	if err := a.Load(to); err != nil {
		return err
	}
	for _, next := range all {
		if slices.ContainsFunc(first, func(m migration) bool { return m.number == next.number }) {
			continue
		}
		if err := m.apply(ctx, next); err != nil {
			return fmt.Errorf("migration %s: %w", next.label(), err)
		}
	}
	if err := to.look(ctx); err != nil {
		return err
	}
	if err := a.Check(to); err != nil {
		return err
	}
	if cfg.dialect() == Postgres {
		if err := secure(ctx, tx); err != nil {
			return err
		}
	}
	if err := errors.Join(checkKeys(ctx, tx, cfg.dialect()), finish(tx)); err != nil {
		return err
	}
	return tx.Commit()
}

// prepare brings the schema to first and makes sure that no table has a row.
func (a *Arrival) prepare(ctx context.Context, m migrator, first []migration) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	pending, err := m.pending(ctx, first)
	if err != nil {
		return fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrConflict, "store.not_empty", "schema_migrations"), err)
	}
	if m.dialect == Postgres {
		if err := unforce(ctx, a.tx); err != nil {
			return err
		}
	}
	for _, next := range pending {
		if err := m.apply(ctx, next); err != nil {
			return fmt.Errorf("migration %s: %w", next.label(), err)
		}
	}
	if err := a.look(ctx); err != nil {
		return err
	}
	for _, s := range a.Shapes {
		var n int64
		if err := a.tx.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+s.Table+" LIMIT 1) x").Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return kernel.Faultf(kernel.ErrConflict, "store.not_empty", s.Table)
		}
	}
	return nil
}

func (a *Arrival) look(ctx context.Context) (err error) {
	a.Shapes, err = shapes(ctx, a.tx, a.dialect)
	return err
}

// Put stores rows, in the order of s's columns and of the kinds Copy.Rows yields.
func (a *Arrival) Put(ctx context.Context, s Shape, rows [][]any) (err error) {
	defer kernel.Wrap(&err, "store.Arrival.Put(%s)", s.Table)
	own, err := a.own(s)
	if err != nil {
		return err
	}
	if a.dialect == Postgres {
		for _, row := range rows {
			own.boolean(row)
		}
	}
	insert := "INSERT INTO " + s.Table + " (" + s.names() + ") VALUES "
	for len(rows) > 0 {
		n := chunk(len(rows), len(s.Columns), a.dialect)
		if _, err := a.tx.ExecContext(ctx, insert+placeholders(n, len(s.Columns), a.dialect), flat(rows[:n], len(s.Columns))...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// Fits refuses a shape of which the arrival has no table made alike: what a copy
// says of itself goes into statements.
func (a *Arrival) Fits(s Shape) error {
	_, err := a.own(s)
	return err
}

// own returns the arrival's own shape of s's table, and refuses one that is not
// made alike.
func (a *Arrival) own(s Shape) (Shape, error) {
	i := slices.IndexFunc(a.Shapes, func(t Shape) bool { return t.Table == s.Table })
	if i < 0 {
		return s, fmt.Errorf("there is no table %q here", s.Table)
	}
	own := Shape{Table: s.Table, Key: a.Shapes[i].Key}
	if !slices.Equal(s.Key, own.Key) {
		return s, fmt.Errorf("table %q has another key here", s.Table)
	}
	for _, c := range s.Columns {
		n := slices.IndexFunc(a.Shapes[i].Columns, func(o ShapeColumn) bool { return o.Name == c.Name && o.Kind == c.Kind })
		if n < 0 {
			return s, fmt.Errorf("there is no column %q of kind %s here", c.Name, c.Kind)
		}
		own.Columns = append(own.Columns, a.Shapes[i].Columns[n])
	}
	return own, nil
}

// boolean turns 0 and 1 into what PostgreSQL takes for a boolean.
func (s Shape) boolean(row []any) {
	for i, c := range s.Columns {
		if n, ok := row[i].(int64); ok && c.Bool {
			row[i] = n == 1
		}
	}
}
