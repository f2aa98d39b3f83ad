package app_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/app/keep"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// TestUpgrade opens databases that earlier programs left: each is brought to
// today's schema with its rows, on SQLite where it lies and on PostgreSQL by
// moving it there at its own schema and migrating it then. It verifies, its totals
// are those of its rows, and it goes on.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob(filepath.Join("testdata", "kept", "*.db.gz"))
	must(t, err)
	if len(all) < 4 {
		t.Fatalf("only %d databases are kept", len(all))
	}
	for _, file := range all {
		name := strings.TrimSuffix(filepath.Base(file), ".db.gz")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("sqlite", func(t *testing.T) {
				t.Parallel()
				upgraded(t, keptCopy(t, name))
			})
			t.Run("postgres", func(t *testing.T) {
				t.Parallel()
				cfg, to := keptCopy(t, name), storetest.NewPostgres(t)
				_, err := keep.Move(t.Context(), cfg, keep.Removal{To: to.App, ToOwner: to.Owner})
				must(t, err)
				cfg.Database = to.App
				upgraded(t, cfg)
			})
		})
	}
}

// keptCopy unpacks a kept database with its key.
func keptCopy(t *testing.T, name string) app.Config {
	t.Helper()
	dir := t.TempDir()
	cfg := app.Config{Database: filepath.Join(dir, "sente.db"), DataDir: dir, KeyFile: filepath.Join(dir, "journal.key"), Zone: "kept", Log: slog.New(slog.DiscardHandler)}
	key, err := os.ReadFile(filepath.Join("testdata", "kept", name+".key.json"))
	must(t, err)
	must(t, os.WriteFile(cfg.KeyFile, key, 0o600))
	packed, err := os.Open(filepath.Join("testdata", "kept", name+".db.gz"))
	must(t, err)
	defer packed.Close()
	plain, err := gzip.NewReader(packed)
	must(t, err)
	file, err := os.OpenFile(cfg.Database, os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	_, err = io.Copy(file, plain)
	must(t, err)
	must(t, file.Close())
	return cfg
}

func upgraded(t *testing.T, cfg app.Config) {
	t.Helper()
	a, err := app.Open(t.Context(), cfg)
	must(t, err)
	defer func() { must(t, a.Close()) }()
	ctx := kernel.WithActor(t.Context(), kernel.SystemActor("kept", "cli"))
	before := asRecorded(t, a)
	if before.Entries < 10 || before.Rows < 10 {
		t.Errorf("the kept database holds next to nothing: %+v", before)
	}
	sameTotals(t, a)
	k, err := a.Pipeline.Open(ctx, pipeline.Facts{Name: ptr("演示项目之后"), Source: ptr("来源"), Finder: ptr("发现人"), FoundOn: ptr("2026-01-05")})
	must(t, err)
	must(t, a.Sequencer.Tick(t.Context()))
	after := asRecorded(t, a)
	if after.Entries != before.Entries+1 || after.Size != before.Size+1 {
		t.Errorf("%d entries and then %d, of them %d and %d in the tree", before.Entries, after.Entries, before.Size, after.Size)
	}
	must(t, a.DB.View(ctx, func(tx store.Tx) error {
		_, err := pipeline.Get(ctx, tx, k.Project.ID)
		return err
	}))
	sameTotals(t, a)
}

// asRecorded verifies the kept zone.
func asRecorded(t *testing.T, a *app.App) *journal.Report {
	t.Helper()
	r, err := journal.Verify(kernel.WithActor(t.Context(), kernel.SystemActor("kept", "cli")), a.DB, a.Keys, "", app.Tables())
	must(t, err)
	if !r.OK() {
		t.Errorf("not as recorded: %+v", r.Findings)
	}
	return r
}

// sameTotals compares what the pipeline says of its projects with the projects.
func sameTotals(t *testing.T, a *app.App) {
	t.Helper()
	ctx := kernel.WithActor(t.Context(), kernel.SystemActor("kept", "cli"))
	told, err := a.Pipeline.Totals(ctx, pipeline.Filter{})
	must(t, err)
	counted, all := map[pipeline.Stage]int64{}, int64(0)
	must(t, a.DB.View(ctx, func(tx store.Tx) error {
		return store.Each(ctx, tx, "WHERE zone = $1", []any{tx.Zone}, func(p pipeline.Project) error {
			counted[p.Stage.Main()]++
			all++
			return nil
		})
	}))
	if told.Count != all || all == 0 {
		t.Errorf("%d projects are told, %d are there", told.Count, all)
	}
	for _, s := range told.ByStage {
		if s.Count != counted[s.Stage] {
			t.Errorf("%d projects in stage %s are told, %d are there", s.Count, s.Stage, counted[s.Stage])
		}
		delete(counted, s.Stage)
	}
	if len(counted) > 0 {
		t.Errorf("stages that are not told: %v", counted)
	}
}
