package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// migration is one numbered step of the schema.
type migration struct {
	number int
	name   string
	text   string
	sum    string // SHA-256 of the text with line ends as \n, hex
}

// label is the file's name without its ending.
func (m migration) label() string { return fmt.Sprintf("%04d_%s", m.number, m.name) }

var migrationFile = regexp.MustCompile(`^(\d{4})_([a-z0-9_]+)\.sql$`)

// loadMigrations reads migrations/*.sql of every source, sorted by number, and
// refuses misnamed files and numbers given twice.
func loadMigrations(sources ...fs.FS) ([]migration, error) {
	byNumber := map[int]migration{}
	for _, src := range sources {
		files, err := fs.Glob(src, "migrations/*.sql")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			m, err := readMigration(src, file)
			if err != nil {
				return nil, err
			}
			if other, ok := byNumber[m.number]; ok {
				return nil, fmt.Errorf("migrations %s and %s have the same number: give one of them another", other.label(), m.label())
			}
			byNumber[m.number] = m
		}
	}
	all := make([]migration, 0, len(byNumber))
	for _, m := range byNumber {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b migration) int { return a.number - b.number })
	return all, nil
}

func readMigration(src fs.FS, file string) (migration, error) {
	parts := migrationFile.FindStringSubmatch(path.Base(file))
	if parts == nil {
		return migration{}, fmt.Errorf("migration %q is not named like 0042_some_words.sql", path.Base(file))
	}
	raw, err := fs.ReadFile(src, file)
	if err != nil {
		return migration{}, err
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	sum := sha256.Sum256([]byte(text))
	number, err := strconv.Atoi(parts[1])
	return migration{number: number, name: parts[2], text: text, sum: hex.EncodeToString(sum[:])}, err
}

// migrator applies migrations within one transaction: all of them or none.
type migrator struct {
	tx      *sql.Tx
	dialect Dialect
	now     func() time.Time
	log     *slog.Logger
}

const createMigrations = `CREATE TABLE IF NOT EXISTS schema_migrations (
  number     bigint NOT NULL PRIMARY KEY,
  name       text   NOT NULL,
  checksum   text   NOT NULL,
  applied_at bigint NOT NULL
)`

// run brings the schema up to all.
func (m migrator) run(ctx context.Context, all []migration) error {
	if err := m.begin(ctx); err != nil {
		return err
	}
	pending, err := m.pending(ctx, all)
	if err != nil {
		return err
	}
	if len(pending) > 0 && m.dialect == Postgres {
		if err := unforce(ctx, m.tx); err != nil {
			return err
		}
	}
	for _, next := range pending {
		if err := m.apply(ctx, next); err != nil {
			return fmt.Errorf("migration %s: %w", next.label(), err)
		}
	}
	if m.dialect == Postgres {
		if err := secure(ctx, m.tx); err != nil {
			return err
		}
	}
	return checkKeys(ctx, m.tx, m.dialect)
}

// begin makes the migrator's own table and, on PostgreSQL, keeps other
// migrators out until the end of the transaction.
func (m migrator) begin(ctx context.Context) error {
	stmts, err := statements(createMigrations, m.dialect)
	if err != nil {
		return err
	}
	if m.dialect == Postgres {
		// Two that make the table at the same time fail each other, IF NOT EXISTS or not.
		stmts = slices.Insert(stmts, 0, `SELECT pg_advisory_xact_lock(hashtext('sente.schema_migrations'))`)
		stmts = append(stmts, `LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE`,
			`SELECT set_config('sente.zone', '*', true)`)
	}
	for _, stmt := range stmts {
		if _, err := m.tx.ExecContext(ctx, stmt); err != nil {
			return err
		}
	}
	return nil
}

// pending compares what was applied with all and returns what is still to do.
func (m migrator) pending(ctx context.Context, all []migration) ([]migration, error) {
	applied, err := m.applied(ctx)
	if err != nil {
		return nil, err
	}
	known := map[int]migration{}
	var todo []migration
	for _, k := range all {
		known[k.number] = k
		if _, ok := applied[k.number]; !ok {
			todo = append(todo, k)
		}
	}
	last := all[len(all)-1]
	for _, number := range sortedKeys(applied) {
		if err := compare(applied[number], known[number], last); err != nil {
			return nil, err
		}
	}
	return todo, nil
}

// compare refuses an applied migration that the program knows differently or
// not at all; known is zero in the latter case.
func compare(applied, known, last migration) error {
	switch {
	case applied.number > last.number:
		return fmt.Errorf("the database is newer than this program: it has migration %s, the program ends at %s; start the newer program",
			applied.label(), last.label())
	case known.sum == "":
		return fmt.Errorf("the database has migration %s, which this program lacks: either the database is newer than this program, or the file was removed",
			applied.label())
	case applied.sum != known.sum || applied.name != known.name:
		return fmt.Errorf("migration %s was edited after it was applied as %s (checksum %.12s then, %.12s now): restore the file and put the change into a new migration",
			known.label(), applied.label(), applied.sum, known.sum)
	}
	return nil
}

// applied reads the migrations the database has had.
func (m migrator) applied(ctx context.Context) (_ map[int]migration, err error) {
	rows, err := m.tx.QueryContext(ctx, `SELECT number, name, checksum FROM schema_migrations`)
	if what, _, _ := classifyPostgres(err); err != nil && what == none && m.dialect == Postgres {
		return nil, fmt.Errorf("the list of migrations cannot be read; migrate the database with the owner's address: %w", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	applied := map[int]migration{}
	for rows.Next() {
		var a migration
		if err := rows.Scan(&a.number, &a.name, &a.sum); err != nil {
			return nil, err
		}
		applied[a.number] = a
	}
	return applied, rows.Err()
}

// apply runs one migration and remembers it.
func (m migrator) apply(ctx context.Context, next migration) error {
	stmts, err := statements(next.text, m.dialect)
	if err != nil {
		return err
	}
	for i, stmt := range stmts {
		if _, err := m.tx.ExecContext(ctx, stmt); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
	}
	m.log.InfoContext(ctx, "migrated", "migration", next.label())
	_, err = m.tx.ExecContext(ctx, `INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
		next.number, next.name, next.sum, m.now().UnixMilli())
	return err
}

func sortedKeys(m map[int]migration) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
