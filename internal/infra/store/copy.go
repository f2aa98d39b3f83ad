package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"sente/internal/kernel"
)

// Kind is what a column's values are in a copy: the same on both engines, so
// that a copy of the one can be read into the other.
type Kind string

// The kinds of values. Booleans are integers, 0 and 1.
const (
	TextKind  Kind = "text"
	IntKind   Kind = "int"
	RealKind  Kind = "real"
	BytesKind Kind = "bytes"
)

// Shape is a table as the database has it, whatever the program's rows say.
type Shape struct {
	Table   string        `json:"table"`
	Columns []ShapeColumn `json:"columns"`
	Key     []string      `json:"key"` // primary key, zone first
}

// ShapeColumn is one column of a Shape.
type ShapeColumn struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
	Bool bool   `json:"-"` // an int that PostgreSQL keeps as boolean
}

// Step is a migration that a database has had.
type Step struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	Sum    string `json:"sha256"`
}

// Copy is one unchanging snapshot of a whole database, every zone of it.
type Copy struct {
	Reading
	Steps  []Step  // the migrations the database has had, by number
	Shapes []Shape // every table but the list of migrations, by name
}

// Reading is a transaction in which one zone after the other is looked at.
type Reading struct {
	tx      *sql.Tx
	dialect Dialect
	cfg     Config
}

// CopyOut calls fn with a snapshot of the database at cfg, which it neither
// migrates nor changes in any way; a server may go on writing meanwhile. It
// refuses a database that is newer than the program.
func CopyOut(ctx context.Context, cfg Config, fn func(*Copy) error, sources ...fs.FS) (err error) {
	defer kernel.Wrap(&err, "store.CopyOut")
	if cfg, err = cfg.withDefaults(); err != nil {
		return err
	}
	all, err := loadMigrations(append([]fs.FS{ownMigrations}, sources...)...)
	if err != nil {
		return err
	}
	pool, err := plainPool(cfg, url.Values{"_pragma": {"query_only(1)"}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	opts := &sql.TxOptions{}
	if cfg.dialect() == Postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return translate(err, nil)
	}
	defer tx.Rollback() // nothing was written
	c := &Copy{Reading: Reading{tx, cfg.dialect(), cfg}}
	if err := c.look(ctx, all); err != nil {
		return translate(err, nil)
	}
	return translate(fn(c), nil)
}

// plainPool opens the database at cfg as it is: no migration, and no file is made.
func plainPool(cfg Config, q url.Values) (*sql.DB, error) {
	db := &DB{cfg: cfg, dialect: cfg.dialect()}
	if cfg.dialect() == Postgres {
		c, err := db.pgConfig(cfg.DSN)
		if err != nil {
			return nil, fmt.Errorf("the database address: %w", err)
		}
		return stdlib.OpenDB(*c), nil
	}
	path := sqlitePath(cfg)
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	return sqlitePool(path, cfg, q)
}

// sqlitePool opens one connection to the file at path, by database/sql as the
// migrator does: what is copied needs no prepared statements and no groups.
func sqlitePool(path string, cfg Config, q url.Values) (*sql.DB, error) {
	pool, err := sql.Open("sqlite", sqliteSource(path, cfg.Wait, q))
	if err == nil {
		pool.SetMaxOpenConns(1)
	}
	return pool, err
}

func sqlitePath(cfg Config) string { return strings.TrimPrefix(cfg.DSN, "sqlite:") }

// look fixes the snapshot and reads what the database consists of.
func (c *Copy) look(ctx context.Context, all []migration) error {
	if err := c.show(ctx, allZones); err != nil {
		return err
	}
	m := migrator{tx: c.tx, dialect: c.dialect}
	if _, err := m.pending(ctx, all); err != nil { // it may lack some, and have no others
		return err
	}
	applied, err := m.applied(ctx)
	if err != nil {
		return err
	}
	for _, n := range sortedKeys(applied) {
		c.Steps = append(c.Steps, Step{n, applied[n].name, applied[n].sum})
	}
	c.Shapes, err = shapes(ctx, c.tx, c.dialect)
	return err
}

// show lets the rows of zone be seen, where the engine hides them.
func (r Reading) show(ctx context.Context, zone string) error {
	if r.dialect == SQLite {
		return nil
	}
	_, err := r.tx.ExecContext(ctx, `SELECT set_config('sente.zone', $1, true)`, zone)
	return err
}

// In returns the transaction as one in zone; nothing derived in it is kept.
func (r Reading) In(ctx context.Context, zone string) (Tx, error) {
	return Tx{pg: r.tx, Now: r.cfg.Now(), Zone: zone, Dialect: r.dialect, epoch: &epoch{}, memory: &derived{}}, r.show(ctx, zone)
}

// Zones lists the zones, sorted by identifier.
func (r Reading) Zones(ctx context.Context) ([]Zone, error) {
	tx, err := r.In(ctx, allZones)
	if err != nil {
		return nil, err
	}
	return Select[Zone](ctx, tx, "ORDER BY zone")
}

// Rows calls fn with every row of zone in s that the condition more (which may
// be "") lets through, sorted by key: nil, string, int64, float64 or []byte in
// the order of the columns. fn must not keep
// the slice, and not use the snapshot.
func (r Reading) Rows(ctx context.Context, s Shape, zone, more string, fn func(values []any) error) (err error) {
	defer kernel.Wrap(&err, "store.Rows(%s)", s.Table)
	if err := r.show(ctx, zone); err != nil {
		return err
	}
	rows, err := r.tx.QueryContext(ctx, "SELECT "+s.names()+" FROM "+s.Table+" WHERE zone = $1 "+more+" ORDER BY "+strings.Join(s.Key, ", "), zone)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	values := make([]any, len(s.Columns))
	targets := make([]any, len(s.Columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		for i, v := range values {
			if values[i], err = s.Columns[i].plain(v); err != nil {
				return err
			}
		}
		if err := fn(values); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s Shape) names() string {
	names := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// plain gives what the driver delivered the form that both engines share.
func (c ShapeColumn) plain(v any) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case bool:
		if x {
			return int64(1), nil
		}
		return int64(0), nil
	case string:
		if c.Kind == TextKind {
			return x, nil
		}
	case int64:
		if c.Kind == IntKind {
			return x, nil
		}
	case float64:
		if c.Kind == RealKind {
			return x, nil
		}
	case []byte:
		switch c.Kind {
		case BytesKind:
			return x, nil
		case TextKind:
			return string(x), nil
		}
	}
	return nil, fmt.Errorf("column %s of kind %s holds a %T", c.Name, c.Kind, v)
}

const sqliteColumns = `
SELECT t.name, c.name, lower(c.type), c.pk
FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c
WHERE t.schema = 'main' AND t.type = 'table' AND c.hidden = 0 AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'
ORDER BY t.name, c.cid`

const postgresColumns = `
SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), coalesce(array_position(x.indkey::int2[], a.attnum) + 1, 0)
FROM pg_class t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
LEFT JOIN pg_index x ON x.indrelid = t.oid AND x.indisprimary
WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind = 'r'
ORDER BY t.relname COLLATE "C", a.attnum`

// shapes reads what tables there are. Columns that the database fills by itself
// or that are of a type of one engine alone are left out, and so are the tables
// of a search index: what is in them follows from the rest.
func shapes(ctx context.Context, q *sql.Tx, d Dialect) (_ []Shape, err error) {
	query := postgresColumns
	if d == SQLite {
		query = sqliteColumns
	}
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var all []Shape
	keys := map[int]string{}
	for rows.Next() {
		var table, name, typ string
		var place int
		if err := rows.Scan(&table, &name, &typ, &place); err != nil {
			return nil, err
		}
		if table == "schema_migrations" {
			continue
		}
		if n := len(all); n == 0 || all[n-1].Table != table {
			all, keys = append(all, Shape{Table: table}), map[int]string{}
		}
		s := &all[len(all)-1]
		if kind, boolean := kindOf(typ); kind != "" {
			s.Columns = append(s.Columns, ShapeColumn{name, kind, boolean})
		}
		if place > 0 {
			keys[place] = name
			s.Key = make([]string, len(keys))
			for i := range s.Key {
				s.Key[i] = keys[i+1]
			}
		}
	}
	return all, rows.Err()
}

// kindOf tells the kind by an engine's word for a type; "" for one that has no
// counterpart on the other engine.
func kindOf(typ string) (kind Kind, boolean bool) {
	switch typ {
	case "text":
		return TextKind, false
	case "integer", "bigint":
		return IntKind, false
	case "boolean":
		return IntKind, true
	case "blob", "bytea":
		return BytesKind, false
	case "real", "double precision":
		return RealKind, false
	}
	return "", false
}
