package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

type (
	kind  string
	stamp struct {
		Version   int64 `db:"version"`
		UpdatedAt int64 `db:"updated_at"`
	}
	firm struct {
		Zone   string          `db:"zone,key"`
		ID     string          `db:"id,key"`
		Kind   kind            `db:"kind"`
		Former *kind           `db:"former"`
		Phones []string        `db:"phones,json" class:"personal"`
		Facts  map[string]int  `db:"facts,json" class:"restricted"`
		Raw    json.RawMessage `db:"raw,json"`
		Seal   []byte          `db:"seal" class:"secret_trade"`
		Staff  int             `db:"staff"`
		stamp
		Shown string // not stored
	}
)

func (firm) Table() string { return "firms" }

const createFirms = `CREATE TABLE firms (
  zone text NOT NULL, id text NOT NULL, kind text NOT NULL, former text, phones text NOT NULL, facts text NOT NULL,
  raw text NOT NULL, seal bytea, staff bigint NOT NULL, version bigint NOT NULL, updated_at bigint NOT NULL,
  PRIMARY KEY (zone, id));`

func TestColumns(t *testing.T) {
	want := []store.Column{
		{Name: "zone", Key: true, Class: store.Internal, Index: []int{0}},
		{Name: "id", Key: true, Class: store.Internal, Index: []int{1}},
		{Name: "kind", Class: store.Internal, Index: []int{2}},
		{Name: "former", Class: store.Internal, Index: []int{3}},
		{Name: "phones", JSON: true, Class: store.Personal, Index: []int{4}},
		{Name: "facts", JSON: true, Class: store.Restricted, Index: []int{5}},
		{Name: "raw", JSON: true, Class: store.Internal, Index: []int{6}},
		{Name: "seal", Class: store.TradeSecret, Index: []int{7}},
		{Name: "staff", Class: store.Internal, Index: []int{8}},
		{Name: "version", Class: store.Internal, Index: []int{9, 0}},
		{Name: "updated_at", Class: store.Internal, Index: []int{9, 1}},
	}
	if got := store.Columns(&firm{}); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

type (
	noZone struct {
		ID string `db:"id,key"`
	}
	badOption struct {
		Zone string `db:"zone,key,unique"`
	}
	badClass struct {
		Zone string `db:"zone,key" class:"secret"`
	}
)

func (noZone) Table() string    { return "x" }
func (badOption) Table() string { return "x" }
func (badClass) Table() string  { return "x" }

func TestColumnsRefusesMistakes(t *testing.T) {
	for _, c := range []struct {
		row  store.Row
		want string
	}{{noZone{}, "the first column"}, {badOption{}, `unknown option "unique"`}, {badClass{}, `unknown class "secret"`}} {
		func() {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.Contains(got, c.want) {
					t.Errorf("%T: %q, want %q", c.row, got, c.want)
				}
			}()
			store.Columns(c.row)
		}()
	}
}

func TestRowsRoundTrip(t *testing.T) {
	source := migrations(map[string]string{"0500_firms": createFirms})
	former := kind("institution")
	full := firm{Zone: "a", ID: "1", Kind: "enterprise", Former: &former, Phones: []string{"<&>"}, Facts: map[string]int{"税": 1},
		Raw: json.RawMessage(`{ "b":1, "a":"<\u4e00>" }`), Seal: []byte{0, 9}, Staff: -3, stamp: stamp{Version: 2, UpdatedAt: 1 << 60}}
	bare := firm{Zone: "a", ID: "2", Phones: []string{}, Facts: map[string]int{}, Raw: json.RawMessage("null")}
	engines(t, func(t *testing.T, cfg store.Config) {
		cfg.Now = func() time.Time { return time.UnixMilli(42) }
		db, err := store.Open(t.Context(), cfg, source)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		ctx := storetest.Ctx(t, "a")
		err = db.Update(ctx, func(tx store.Tx) error {
			if !tx.Now.Equal(time.UnixMilli(42)) || tx.Zone != "a" || tx.Dialect != db.Dialect() {
				t.Errorf("tx %+v", tx)
			}
			return store.Put(ctx, tx, full, &firm{Zone: "a", ID: "2", Shown: "not stored"})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(ctx, func(tx store.Tx) error {
			got, err := store.Select[firm](ctx, tx, "WHERE zone = $1 ORDER BY id", "a")
			if want := []firm{full, bare}; !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	values, err := store.Values(full)
	want := []any{"a", "1", "enterprise", "institution", `["<&>"]`, `{"税":1}`, `{ "b":1, "a":"<\u4e00>" }`, []byte{0, 9}, int64(-3), int64(2), int64(1 << 60)}
	if err != nil || !reflect.DeepEqual(values, want) {
		t.Errorf("values %#v, %v", values, err)
	}
	again, err := store.FromValues(firm{}, values)
	if err != nil || !reflect.DeepEqual(again, full) {
		t.Errorf("rebuilt %+v, %v", again, err)
	}
}

func TestFromValuesRefuses(t *testing.T) {
	good, err := store.Values(firm{Zone: "a", ID: "1"})
	if err != nil {
		t.Fatal(err)
	}
	for i, bad := range map[int]any{1: int64(7), 4: "{", 7: "text", 8: "12", 9: 1.5} {
		values := append([]any{}, good...)
		values[i] = bad
		if row, err := store.FromValues(firm{}, values); err == nil || !strings.Contains(err.Error(), "column "+store.Columns(firm{})[i].Name) {
			t.Errorf("column %d took %#v: %+v, %v", i, bad, row, err)
		}
	}
	if _, err := store.FromValues(firm{}, good[1:]); err == nil {
		t.Error("too few values were taken")
	}
}

func TestEachStops(t *testing.T) {
	db := storetest.Open(t, migrations(map[string]string{"0500_things": create}))
	ctx := storetest.Ctx(t, "a")
	enough, n := errors.New("enough"), 0
	err := db.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO things (zone, id) VALUES ('a', '1'), ('a', '2')`); err != nil {
			return err
		}
		return store.Each(ctx, tx, "WHERE zone = $1", []any{"a"}, func(thing) error { n++; return enough })
	})
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("%d calls, %v", n, err)
	}
}

type thing struct {
	Zone string `db:"zone,key"`
	ID   string `db:"id,key"`
}

func (thing) Table() string { return "things" }

// A query that forgot its zone is stopped on SQLite, which has no row-level security.
func TestForgottenZone(t *testing.T) {
	db := storetest.Open(t, migrations(map[string]string{"0500_things": create, "0501_fill": backfill}))
	ctx := storetest.Ctx(t, "a")
	err := db.View(ctx, func(tx store.Tx) error {
		rows, err := store.Select[thing](ctx, tx, "ORDER BY zone DESC")
		if len(rows) != 0 {
			t.Errorf("got %v", rows)
		}
		return err
	})
	if err == nil || !strings.Contains(err.Error(), `a row of zone "b" in a transaction of zone "a"`) {
		t.Errorf("got %v", err)
	}
}

func TestNestedUpdateEnds(t *testing.T) {
	db, err := store.Open(t.Context(), store.Config{DSN: t.TempDir() + "/x.db", Wait: 50 * time.Millisecond, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx := storetest.Ctx(t, "a")
	for name, open := range map[string]func() error{
		"update": func() error {
			return db.Update(ctx, func(store.Tx) error { return db.Update(ctx, func(store.Tx) error { return nil }) })
		},
		"view": func() error {
			return db.View(ctx, func(store.Tx) error { return db.View(ctx, func(store.Tx) error { return nil }) })
		},
	} {
		var f *kernel.Fault
		if err := open(); !errors.As(err, &f) || f.Word != "store.busy" || !errors.Is(err, kernel.ErrUnavailable) {
			t.Errorf("nested %s: %v, want store.busy", name, err)
		}
	}
	if s := db.Stats(); s.Writer.MaxOpenConnections != 1 || s.Reader.MaxOpenConnections != 1 || s.Writer.InUse+s.Reader.InUse != 0 {
		t.Errorf("stats %+v", s)
	}
	if err := db.Ping(ctx); err != nil {
		t.Error(err)
	}
}

// Another program holding the file's write lock makes an update busy, not hang.
func TestLockedFile(t *testing.T) {
	path := t.TempDir() + "/x.db"
	var dbs [2]*store.DB
	for i := range dbs {
		db, err := store.Open(t.Context(), store.Config{DSN: "sqlite:" + path, Wait: 50 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		dbs[i] = db
	}
	ctx := storetest.Ctx(t, "a")
	err := dbs[0].Update(ctx, func(store.Tx) error {
		err := dbs[1].Update(ctx, func(store.Tx) error { return nil })
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != "store.busy" {
			t.Errorf("got %v, want store.busy", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// A full disk is told as such and leaves nothing behind.
func TestFullDisk(t *testing.T) {
	db := storetest.Open(t, migrations(map[string]string{"0500_things": create}))
	ctx := storetest.Ctx(t, "a")
	err := db.Update(ctx, func(tx store.Tx) error {
		if _, err := tx.ExecContext(ctx, "PRAGMA max_page_count = 1"); err != nil { // SQLite makes it the present size
			return err
		}
		return store.Put(ctx, tx, thing{Zone: "a", ID: "1"}, thing{Zone: "a", ID: strings.Repeat("x", 1<<20)})
	})
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "store.full" || !errors.Is(err, kernel.ErrUnavailable) {
		t.Errorf("got %v, want store.full", err)
	}
	err = db.View(ctx, func(tx store.Tx) error {
		n, err := store.Count(ctx, tx, "SELECT count(*) FROM things WHERE zone = $1", "a")
		if n != 0 {
			t.Errorf("%d rows were kept", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestDeletedIsOverwritten: what is deleted or replaced is not left in the file.
func TestDeletedIsOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db, err := store.Open(t.Context(), store.Config{DSN: path, Log: slog.New(slog.DiscardHandler)}, fstest.MapFS{"migrations/9000_firms.sql": {Data: []byte(createFirms)}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := storetest.Ctx(t, "a")
	save := func(rows ...store.Row) {
		t.Helper()
		if err := db.Update(ctx, func(tx store.Tx) error { return store.Put(ctx, tx, rows...) }); err != nil {
			t.Fatal(err)
		}
	}
	var rows []store.Row
	for i := range 100 {
		rows = append(rows, firm{Zone: "a", ID: fmt.Sprint(i), Kind: kind(strings.Repeat("机密", 200))})
	}
	save(rows...)
	save(firm{Zone: "a", ID: "0", Kind: "x"})
	if err := db.Update(ctx, func(tx store.Tx) error { return store.Drop(ctx, tx, rows[1:]...) }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil { // the last connection puts the log into the file
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || len(b) < 100_000 || bytes.Contains(b, []byte("机密")) {
		t.Errorf("%d bytes hold what was deleted, %v", len(b), err)
	}
}

func TestSQLiteSettings(t *testing.T) {
	db := storetest.Open(t)
	ctx := storetest.Ctx(t, "a")
	settings := func(want map[string]string) func(store.Tx) error {
		return func(tx store.Tx) error {
			for pragma, value := range want {
				var got string
				if err := tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != value {
					t.Errorf("%s is %s, want %s (%v)", pragma, got, value, err)
				}
			}
			return nil
		}
	}
	both := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000", "query_only": "0", "secure_delete": "1"}
	if err := db.Update(ctx, settings(both)); err != nil {
		t.Error(err)
	}
	both["query_only"] = "1"
	if err := db.View(ctx, settings(both)); err != nil {
		t.Error(err)
	}
}

type tally struct {
	Zone string `db:"zone,key"`
	At   int64  `db:"at,key"`
	N    int64  `db:"n"`
}

func (tally) Table() string { return "tallies" }

// Of rows with the same key the last stays; large numbers are different keys.
func TestPutSameKeyTwice(t *testing.T) {
	source := migrations(map[string]string{"0500_t": "CREATE TABLE tallies (zone text NOT NULL, at bigint NOT NULL, n bigint NOT NULL, PRIMARY KEY (zone, at));"})
	storetest.Each(t, []fs.FS{source}, func(t *testing.T, db *store.DB) {
		ctx := storetest.Ctx(t, "a")
		const at = 1_893_456_000_000
		err := db.Update(ctx, func(tx store.Tx) error {
			return store.Put(ctx, tx, tally{"a", at, 1}, tally{"a", at + 1, 2}, tally{"a", at, 3})
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.View(ctx, func(tx store.Tx) error {
			got, err := store.Select[tally](ctx, tx, "WHERE zone = $1 ORDER BY at", "a")
			if want := []tally{{"a", at, 3}, {"a", at + 1, 2}}; !reflect.DeepEqual(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
