package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// setting is a context-free session on the application's role with zone set,
// past package store; with zone "" nothing is set.
func setting(t *testing.T, db *sql.DB, zone string) *sql.Conn {
	t.Helper()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if zone != "" {
		if _, err := conn.ExecContext(t.Context(), `SELECT set_config('sente.zone', $1, false)`, zone); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

func TestRowLevelSecurity(t *testing.T) {
	p := storetest.NewPostgres(t)
	source := migrations(map[string]string{"0500_things": create, "0501_fill": backfill + "INSERT INTO zones (zone, name_zh, name_en, created_at) VALUES ('a', '甲', 'A', 1), ('b', '乙', 'B', 1);"})
	opens(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}, source)
	for _, role := range []struct{ name, dsn string }{{"app", p.App}, {"owner", p.Owner}} {
		t.Run(role.name, func(t *testing.T) {
			for zone, want := range map[string]map[string]int{
				"":  {"schema_migrations": 0, "store_epochs": 0, "zones": 0, "things": 0},
				"a": {"schema_migrations": 0, "store_epochs": 0, "zones": 1, "things": 1},
				"*": {"schema_migrations": 4, "store_epochs": 0, "zones": 2, "things": 0},
				"c": {"schema_migrations": 0, "store_epochs": 0, "zones": 0, "things": 0},
			} {
				if got := storetest.VisibleRows(t, role.dsn, zone); fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("zone %q sees %v, want %v", zone, got, want)
				}
			}
		})
	}
	t.Run("writes", func(t *testing.T) { writesAreConfined(t, p.App) })
	t.Run("role", func(t *testing.T) { roleIsBound(t, p.App) })
}

func writesAreConfined(t *testing.T, dsn string) {
	db := storetest.Connect(t, dsn)
	defer db.Close()
	for _, c := range []struct{ zone, stmt, want string }{
		{"a", `INSERT INTO things (zone, id) VALUES ('b', '2')`, "row-level security"},
		{"", `INSERT INTO things (zone, id) VALUES ('', '2')`, "row-level security"},
		{"*", `INSERT INTO things (zone, id) VALUES ('*', '2')`, "row-level security"},
		{"*", `INSERT INTO zones (zone, name_zh, name_en, created_at) VALUES ('c', '', '', 1)`, "row-level security"},
		{"a", `UPDATE things SET zone = 'b', id = '3'`, "row-level security"},
		{"*", `INSERT INTO schema_migrations VALUES (9999, 'x', 'x', 1)`, "permission denied"},
		{"*", `DELETE FROM schema_migrations`, "permission denied"},
		{"a", `TRUNCATE things`, "permission denied"},
		{"a", `ALTER TABLE things DISABLE ROW LEVEL SECURITY`, "must be owner"},
		{"a", `CREATE TABLE mine (zone text)`, "permission denied"},
	} {
		_, err := setting(t, db, c.zone).ExecContext(t.Context(), c.stmt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("zone %q, %s: %v, want %q", c.zone, c.stmt, err, c.want)
		}
	}
	for _, stmt := range []string{`UPDATE things SET id = '9' WHERE zone = 'b'`, `DELETE FROM things WHERE zone = 'b'`} {
		res, err := setting(t, db, "a").ExecContext(t.Context(), stmt)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := res.RowsAffected(); n != 0 || err != nil {
			t.Errorf("%s in zone a touched %d rows, %v", stmt, n, err)
		}
	}
}

func roleIsBound(t *testing.T, dsn string) {
	db := storetest.Connect(t, dsn)
	defer db.Close()
	var super, bypass bool
	var owned int
	err := db.QueryRowContext(t.Context(), `SELECT rolsuper, rolbypassrls, (SELECT count(*) FROM pg_class WHERE relowner = r.oid)
		FROM pg_roles r WHERE rolname = current_user`).Scan(&super, &bypass, &owned)
	if err != nil || super || bypass || owned != 0 {
		t.Errorf("the application's role: superuser %v, bypassrls %v, owns %d relations, %v", super, bypass, owned, err)
	}
}

func TestOpenRefusesUnboundRoles(t *testing.T) {
	p := storetest.NewPostgres(t)
	source := migrations(map[string]string{"0500_things": create})
	owner := strings.Split(strings.TrimPrefix(p.Owner, "postgres://"), ":")[0]
	app := strings.Split(strings.TrimPrefix(p.App, "postgres://"), ":")[0]
	refuses(t, store.Config{DSN: p.App}, source, "migrate the database with the owner's address")
	refuses(t, store.Config{DSN: p.Owner, OwnerDSN: p.Owner}, source, "the application's own role", "CREATE ROLE")
	opens(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}, source)
	opens(t, store.Config{DSN: p.App, Readers: 1}, source)

	refuses(t, store.Config{DSN: p.Super}, source, `"postgres" is a superuser`, "CREATE ROLE sente LOGIN")
	refuses(t, store.Config{DSN: p.Owner}, source, "owns tables of this database", "CREATE ROLE sente LOGIN")
	for _, c := range []struct{ grant, revoke, want string }{
		{"ALTER ROLE %[1]s BYPASSRLS", "ALTER ROLE %[1]s NOBYPASSRLS", "has BYPASSRLS"},
		{"ALTER ROLE %[1]s SUPERUSER", "ALTER ROLE %[1]s NOSUPERUSER", "is a superuser"},
		{"GRANT %[2]s TO %[1]s", "REVOKE %[2]s FROM %[1]s", "owns tables"},
		{"GRANT postgres TO %[1]s", "REVOKE postgres FROM %[1]s", "is a superuser"},
	} {
		storetest.Exec(t, p.Super, fmt.Sprintf(c.grant+"; -- %[2]s", app, owner))
		refuses(t, store.Config{DSN: p.App}, source, c.want)
		storetest.Exec(t, p.Super, fmt.Sprintf(c.revoke+"; -- %[2]s", app, owner))
	}

	storetest.Exec(t, p.Owner, "ALTER TABLE things NO FORCE ROW LEVEL SECURITY")
	refuses(t, store.Config{DSN: p.App}, source, "row-level security is not forced on things")
	opens(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}, source) // restores it
	opens(t, store.Config{DSN: p.App}, source)
	refuses(t, store.Config{DSN: p.App}, migrations(map[string]string{"0500_things": create, "0501_note": addNote}),
		"the database lacks 1 migrations, the first is 0501_note")
}

// Several programs may start at once on an empty database.
func TestMigrateTogether(t *testing.T) {
	p := storetest.NewPostgres(t)
	source := migrations(map[string]string{"0500_things": create, "0501_fill": backfill})
	errs := make(chan error, 4)
	for range cap(errs) {
		go func() {
			db, err := store.Open(context.Background(), store.Config{DSN: p.App, OwnerDSN: p.Owner}, source)
			if err == nil {
				err = db.Close()
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}

// Behind a transaction-pooling proxy statements are not prepared by name.
func TestPooledConforms(t *testing.T) {
	p := storetest.NewPostgres(t)
	db, err := store.Open(t.Context(), store.Config{DSN: p.App, OwnerDSN: p.Owner, Readers: 40, Pooled: true}, []fs.FS{storetest.Suite}...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	storetest.Conform(t, db)
	var named int
	ctx := storetest.Ctx(t, "a")
	err = db.View(ctx, func(tx store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM pg_prepared_statements WHERE name <> ''`).Scan(&named)
	})
	if err != nil || named != 0 {
		t.Errorf("%d statements are prepared by name, %v", named, err)
	}
}

func TestOpenRefusesEncoding(t *testing.T) {
	p := storetest.NewPostgres(t)
	storetest.Exec(t, p.Super, "UPDATE pg_database SET encoding = pg_char_to_encoding('SQL_ASCII') WHERE datname = current_database()")
	refuses(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}, migrations(nil), "the database's encoding is SQL_ASCII", "ENCODING 'UTF8'")
}

// After the server dropped every connection the next transactions just work.
func TestSurvivesDroppedConnections(t *testing.T) {
	p := storetest.NewPostgres(t)
	db, err := store.Open(t.Context(), store.Config{DSN: p.App, OwnerDSN: p.Owner, Readers: 5}, migrations(map[string]string{"0500_things": create}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := storetest.Ctx(t, "a")
	open := make(chan struct{}, 5)
	var wg sync.WaitGroup
	for range cap(open) { // make the pool fill
		wg.Go(func() {
			_ = db.View(ctx, func(store.Tx) error {
				open <- struct{}{}
				for len(open) < cap(open) {
					time.Sleep(time.Millisecond)
				}
				return nil
			})
		})
	}
	wg.Wait()
	storetest.Exec(t, p.Super, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	runs := 0
	err = db.Update(ctx, func(tx store.Tx) error {
		runs++
		return store.Put(ctx, tx, thing{Zone: "a", ID: "1"})
	})
	if err != nil || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
	err = db.Update(ctx, func(tx store.Tx) error {
		runs++
		storetest.Exec(t, p.Super, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		return store.Put(ctx, tx, thing{Zone: "a", ID: "2"})
	})
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "store.down" || runs != 2 {
		t.Errorf("cut while working: %d runs, %v, want store.down", runs, err)
	}
}

// A nested update that waits for a row of the outer one ends.
func TestNestedUpdateEndsOnPostgres(t *testing.T) {
	p := storetest.NewPostgres(t)
	db, err := store.Open(t.Context(), store.Config{DSN: p.App, OwnerDSN: p.Owner, Wait: 50 * time.Millisecond}, migrations(map[string]string{"0500_things": create}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := storetest.Ctx(t, "a")
	put := func(tx store.Tx) error { return store.Put(ctx, tx, thing{Zone: "a", ID: "1"}) }
	err = db.Update(ctx, func(tx store.Tx) error {
		if err := put(tx); err != nil {
			return err
		}
		return db.Update(ctx, put)
	})
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "store.busy" {
		t.Errorf("got %v, want store.busy", err)
	}
}

// Contention that does not end is reported after a bounded number of attempts,
// or as soon as the context ends.
func TestUpdateRetriesAreBounded(t *testing.T) {
	p := storetest.NewPostgres(t)
	db, err := store.Open(t.Context(), store.Config{DSN: p.App, OwnerDSN: p.Owner}, migrations(map[string]string{"0500_things": create}))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithCancel(storetest.Ctx(t, "a"))
	runs := 0
	clash := func(tx store.Tx) error {
		runs++
		_, err := tx.ExecContext(ctx, `DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END $$`)
		return fmt.Errorf("wrapped: %w", err)
	}
	err = db.Update(ctx, clash)
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "store.busy" || !errors.Is(err, kernel.ErrUnavailable) || runs != 15 || db.Stats().Retries != 14 {
		t.Errorf("%d runs, %d retries, %v", runs, db.Stats().Retries, err)
	}
	runs = 0
	err = db.Update(ctx, func(tx store.Tx) error {
		err := clash(tx)
		if runs == 2 {
			cancel()
		}
		return err
	})
	if !errors.Is(err, context.Canceled) || runs != 2 {
		t.Errorf("cancelled: %d runs, %v", runs, err)
	}
}
