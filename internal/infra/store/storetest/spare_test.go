package storetest_test

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// TestPostgresIsEmptyAgain: a test finds nothing of an earlier one's on the
// database both have used, and another's migrations get another database.
func TestPostgresIsEmptyAgain(t *testing.T) {
	source := func(name string) fs.FS {
		return fstest.MapFS{"migrations/9000_things.sql": {Data: []byte("CREATE TABLE " + name + " (zone text NOT NULL, id text NOT NULL, PRIMARY KEY (zone, id));")}}
	}
	address := ""
	for range 2 {
		t.Run("used", func(t *testing.T) {
			p := storetest.Postgres(t, source("spare_things"))
			if address != "" && address != p.App {
				t.Skip("SENTE_TEST_POSTGRES is set: every test has a database of its own")
			}
			address = p.App
			db, err := store.Open(t.Context(), store.Config{DSN: p.App, OwnerDSN: p.Owner}, source("spare_things"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			ctx := storetest.Ctx(t, "z")
			err = db.Update(ctx, func(tx store.Tx) error {
				n, err := store.Count(ctx, tx, `SELECT count(*) FROM spare_things WHERE zone = $1`, tx.Zone)
				if n != 0 || err != nil {
					t.Errorf("%d rows of an earlier test, %v", n, err)
				}
				_, err = tx.ExecContext(ctx, `INSERT INTO spare_things (zone, id) VALUES ($1, 'x')`, tx.Zone)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
	if other := storetest.Postgres(t, source("other_things")); other.App == address {
		t.Error("other migrations got the same database")
	}
}
