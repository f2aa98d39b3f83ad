package demo

import (
	"path/filepath"
	"testing"

	"sente/internal/app"
	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

// The demo's journal is true: the history is replayed through the Desks, and
// verification finds every row as it was recorded.
func TestFillTellsATrueHistory(t *testing.T) {
	t.Parallel()
	ctx, dir, clock := t.Context(), t.TempDir(), &Clock{}
	a, err := app.Open(ctx, app.Config{Database: filepath.Join(dir, "demo.db"), DataDir: dir, KeyFile: filepath.Join(dir, "journal.key"),
		CheckpointDir: filepath.Join(dir, "checkpoints"), Zone: Zone, ZoneName: ZoneName, ZoneNameEn: ZoneNameEn, Demo: true, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	if err := Fill(ctx, a, clock, nil); err != nil {
		t.Fatal(err)
	}
	firms, projects, entries, err := Count(ctx, a)
	if err != nil || firms != 300 || projects != 400 {
		t.Fatalf("%d firms, %d projects, %v", firms, projects, err)
	}
	rep, err := journal.Verify(kernel.WithActor(ctx, kernel.SystemActor(Zone, "cli")), a.DB, a.Keys, filepath.Join(dir, "checkpoints"), app.Tables())
	if err != nil {
		t.Fatal(err)
	}
	if !rep.OK() || rep.Size != entries || rep.Waiting != 0 {
		t.Fatalf("%d entries, report %+v", entries, rep)
	}
	countedTwice(t, a)
	t.Logf("%d entries, %d rows", entries, rep.Rows)
}
