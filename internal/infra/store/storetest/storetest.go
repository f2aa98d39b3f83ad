// Package storetest (存储测试) opens databases for tests, one per test, on SQLite
// and on PostgreSQL, and holds the conformance suite every engine must pass.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest/pgserver"
	"sente/internal/infra/testneed"
	"sente/internal/kernel"
)

// Each runs fn as the subtests "sqlite" and "postgres", each on a fresh
// database migrated with sources.
func Each(t *testing.T, sources []fs.FS, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, Open(t, sources...)) })
	t.Run("postgres", func(t *testing.T) { fn(t, OpenPostgres(t, sources...)) })
}

// Ctx returns a context in which the program itself acts in zone.
func Ctx(t testing.TB, zone string) context.Context {
	return kernel.WithActor(t.Context(), kernel.SystemActor(zone, "cli"))
}

// Open opens a fresh SQLite database migrated with sources; it ends with t.
func Open(t testing.TB, sources ...fs.FS) *store.DB {
	t.Helper()
	return open(t, store.Config{DSN: filepath.Join(t.TempDir(), "test.db")}, sources...)
}

// OpenPostgres opens an empty PostgreSQL database migrated with sources; it ends
// with t, which is skipped when there is no PostgreSQL.
func OpenPostgres(t testing.TB, sources ...fs.FS) *store.DB {
	t.Helper()
	p := Postgres(t, sources...)
	return open(t, store.Config{DSN: p.App, OwnerDSN: p.Owner, Readers: 40}, sources...)
}

func open(t testing.TB, cfg store.Config, sources ...fs.FS) *store.DB {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), cfg, sources...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// PostgresDSNs are the addresses of one empty database.
type PostgresDSNs struct {
	Super string // a superuser
	Owner string // the role the database belongs to
	App   string // the application's role: no rights of its own
}

// server is the test binary's own server, started by the first test that asks
// and ended by its watcher with the binary. A test binary has no main of ours
// to keep it in.
var server = sync.OnceValues(func() (*pgserver.Server, error) { return pgserver.Start() })

// NewPostgres creates a database with an owner and an application role of its
// own, all dropped with t. The server is that of SENTE_TEST_POSTGRES (the
// address of a superuser) or one of the test binary's own.
func NewPostgres(t testing.TB) PostgresDSNs {
	t.Helper()
	super := os.Getenv("SENTE_TEST_POSTGRES")
	if super == "" {
		super = ownServer(t)
	}
	p, name := create(t, super)
	t.Cleanup(func() {
		Exec(t, super, fmt.Sprintf(`DROP DATABASE %s WITH (FORCE)`, name),
			fmt.Sprintf(`DROP ROLE %s_app, %[1]s_owner`, name))
	})
	return p
}

// On creates a database with an owner and an application role of its own on the
// server at super, which goes with the database.
func On(t testing.TB, super string) PostgresDSNs {
	t.Helper()
	p, _ := create(t, super)
	return p
}

// ownServer returns the superuser's address at the test binary's own server.
func ownServer(t testing.TB) string {
	t.Helper()
	s, err := server()
	testneed.Need(t, "postgres", err == nil, fmt.Sprint(err))
	return s.DSN
}

// create makes a database with two roles, named after it.
func create(t testing.TB, super string) (p PostgresDSNs, name string) {
	t.Helper()
	name, password := "t_"+token(), token()
	p = PostgresDSNs{
		Super: address(t, super, nil, name),
		Owner: address(t, super, url.UserPassword(name+"_owner", password), name),
		App:   address(t, super, url.UserPassword(name+"_app", password), name),
	}
	Exec(t, super,
		fmt.Sprintf(`CREATE ROLE %s_owner LOGIN NOSUPERUSER PASSWORD '%s'`, name, password),
		fmt.Sprintf(`CREATE ROLE %s_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '%s'`, name, password),
		fmt.Sprintf(`CREATE DATABASE %s OWNER %[1]s_owner`, name))
	return p, name
}

// address is dsn with another database and, unless nil, another user.
func address(t testing.TB, dsn string, user *url.Userinfo, database string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatalf("SENTE_TEST_POSTGRES is not a postgres:// address: %v", err)
	}
	if user != nil {
		u.User = user
	}
	u.Path = "/" + database
	return u.String()
}

// Exec runs statements on the database at dsn, each in its own transaction.
func Exec(t testing.TB, dsn string, stmts ...string) {
	t.Helper()
	db := Connect(t, dsn)
	defer db.Close()
	for _, stmt := range stmts {
		if _, err := db.ExecContext(context.Background(), stmt); err != nil { // also runs in Cleanup
			t.Fatalf("%s: %v", stmt, err)
		}
	}
}

// Connect opens a plain pool, past everything package store watches over.
func Connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return stdlib.OpenDB(*c)
}

// VisibleRows returns how many rows of each table a session at dsn sees with
// the given zone set, or with none set when zone is "".
func VisibleRows(t testing.TB, dsn, zone string) map[string]int {
	t.Helper()
	db := Connect(t, dsn)
	defer db.Close()
	db.SetMaxOpenConns(1) // one session
	if zone != "" {
		if _, err := db.ExecContext(t.Context(), `SELECT set_config('sente.zone', $1, false)`, zone); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]int{}
	for _, table := range tables(t, db) {
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
			t.Fatal(err)
		}
		seen[table] = n
	}
	return seen
}

// tables lists every table of the current schema.
func tables(t testing.TB, db *sql.DB) (names []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// token returns a random name.
func token() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}
