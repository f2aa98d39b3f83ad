package store_test

import (
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// migrations is a source holding the given files by number and name.
func migrations(files map[string]string) fs.FS {
	m := fstest.MapFS{}
	for name, text := range files {
		m["migrations/"+name+".sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

const (
	create   = "CREATE TABLE things (zone text NOT NULL, id text NOT NULL, PRIMARY KEY (zone, id));\n"
	addNote  = "ALTER TABLE things ADD COLUMN note text NOT NULL DEFAULT 'none; really';\n"
	backfill = "INSERT INTO things (zone, id) VALUES ('a', '1'), ('b', '1');\n"
)

// engines runs fn with a configuration of a fresh database on each engine.
func engines(t *testing.T, fn func(t *testing.T, cfg store.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		fn(t, store.Config{DSN: filepath.Join(t.TempDir(), "a #%20?.db"), Log: slog.New(slog.DiscardHandler)})
	})
	t.Run("postgres", func(t *testing.T) {
		p := storetest.NewPostgres(t)
		fn(t, store.Config{DSN: p.App, OwnerDSN: p.Owner, Log: slog.New(slog.DiscardHandler)})
	})
}

// opens fails t unless the database opens; it is closed again.
func opens(t *testing.T, cfg store.Config, sources ...fs.FS) {
	t.Helper()
	db, err := store.Open(t.Context(), cfg, sources...)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// refuses fails t unless opening fails with every one of parts in the message.
func refuses(t *testing.T, cfg store.Config, source fs.FS, parts ...string) {
	t.Helper()
	db, err := store.Open(t.Context(), cfg, source)
	if err == nil {
		_ = db.Close()
		t.Fatalf("opened, want a refusal with %q", parts)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("refused with %q, want %q in it", err, part)
		}
	}
}

func TestMigrateForward(t *testing.T) {
	engines(t, func(t *testing.T, cfg store.Config) {
		opens(t, cfg, migrations(map[string]string{"0500_things": create}))
		opens(t, cfg, migrations(map[string]string{"0500_things": strings.ReplaceAll(create, "\n", "\r\n")}))
		// A lower number from another context's range comes later; data of every zone is reached.
		later := map[string]string{"0400_early": "-- nothing yet\n", "0500_things": create, "0501_fill": backfill,
			"0502_note": addNote, "0503_rename": "UPDATE things SET note = 'x;' || zone;\n"}
		db, err := store.Open(t.Context(), cfg, migrations(later))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if db.SchemaVersion() != 503 {
			t.Errorf("schema version %d, want 503", db.SchemaVersion())
		}
		for _, zone := range []string{"a", "b"} {
			ctx := storetest.Ctx(t, zone)
			err := db.View(ctx, func(tx store.Tx) error {
				var note string
				err := tx.QueryRowContext(ctx, "SELECT note FROM things WHERE zone = $1", zone).Scan(&note)
				if note != "x;"+zone {
					t.Errorf("zone %s: note %q, want %q", zone, note, "x;"+zone)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	})
}

func TestMigrateRefuses(t *testing.T) {
	engines(t, func(t *testing.T, cfg store.Config) {
		both := map[string]string{"0500_things": create, "0502_note": addNote}
		opens(t, cfg, migrations(both))
		refuses(t, cfg, migrations(map[string]string{"0500_things": create + "-- edited", "0502_note": addNote}),
			"migration 0500_things was edited after it was applied", "put the change into a new migration")
		refuses(t, cfg, migrations(map[string]string{"0500_stuff": create, "0502_note": addNote}),
			"migration 0500_stuff was edited after it was applied as 0500_things")
		refuses(t, cfg, migrations(map[string]string{"0502_note": addNote}),
			"the database has migration 0500_things, which this program lacks", "the file was removed")
		refuses(t, cfg, migrations(map[string]string{"0500_things": create}),
			"the database is newer than this program: it has migration 0502_note, the program ends at 0500_things")
		opens(t, cfg, migrations(both)) // none of it did harm
	})
}

func TestMigrateAllOrNothing(t *testing.T) {
	engines(t, func(t *testing.T, cfg store.Config) {
		refuses(t, cfg, migrations(map[string]string{"0500_things": create, "0501_bad": addNote + "ALTER TABLE nothing ADD COLUMN x text;"}),
			"migration 0501_bad: statement 2")
		opens(t, cfg, migrations(map[string]string{"0500_other": create})) // 0500 was not kept
	})
}

func TestMigrateRefusesFiles(t *testing.T) {
	cfg := store.Config{DSN: filepath.Join(t.TempDir(), "x.db"), Log: slog.New(slog.DiscardHandler)}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"same number":  {map[string]string{"0500_a": create, "0500_b": create}, "have the same number"},
		"store's own":  {map[string]string{"0001_mine": create}, "have the same number"},
		"misnamed":     {map[string]string{"500_a": create}, `migration "500_a.sql" is not named like`},
		"jsonb":        {map[string]string{"0500_a": "CREATE TABLE a (zone text, doc jsonb, PRIMARY KEY (zone));"}, "column doc has type jsonb"},
		"timestamp":    {map[string]string{"0500_a": create + "ALTER TABLE things ADD COLUMN at timestamptz;"}, "column at has type timestamptz"},
		"no key":       {map[string]string{"0500_a": "CREATE TABLE a (zone text NOT NULL, id text);"}, "table a has no primary key beginning with zone"},
		"zone not 1st": {map[string]string{"0500_a": "CREATE TABLE a (zone text, id text, PRIMARY KEY (id, zone));"}, "does not begin with zone"},
		"index":        {map[string]string{"0500_a": create + "CREATE INDEX things_id ON things (id);"}, "index things_id of table things does not begin with zone"},
		"open block":   {map[string]string{"0500_a": "-- +pg\nSELECT 1;\n"}, `has no "-- +end"`},
		"nested block": {map[string]string{"0500_a": "-- +pg\n-- +sqlite\n-- +end\n"}, `line 2: "-- +sqlite" inside another block`},
		"lone end":     {map[string]string{"0500_a": "-- +end\n"}, `line 1: "-- +end" without a block`},
		"open literal": {map[string]string{"0500_a": "SELECT 'x;\n"}, "' is opened and never closed"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for file, text := range c.files {
				files["migrations/"+file+".sql"] = &fstest.MapFile{Data: []byte(text)}
			}
			refuses(t, cfg, files, c.want)
		})
	}
}

func TestOpenRefusesConfig(t *testing.T) {
	none := migrations(nil)
	refuses(t, store.Config{}, none, "no database is named")
	refuses(t, store.Config{DSN: ":memory:"}, none, "name a file")
	refuses(t, store.Config{DSN: "x.db", Readers: -1}, none, "must not be negative")
	refuses(t, store.Config{DSN: filepath.Join(t.TempDir(), "missing", "x.db")}, none, "create its folder")
	refuses(t, store.Config{DSN: "postgres://sente:hush@127.0.0.1:1/x?connect_timeout=2"}, none, "127.0.0.1")
	refuses(t, store.Config{DSN: "postgres://sente:hush@127.0.0.1:port/x"}, none, "the database address")
	for _, dsn := range []string{"postgres://sente:hush@127.0.0.1:1/x", "postgres://sente:hush@127.0.0.1:port/x"} {
		if _, err := store.Open(t.Context(), store.Config{DSN: dsn}); strings.Contains(err.Error(), "hush") {
			t.Errorf("the password is in %q", err)
		}
	}
}
