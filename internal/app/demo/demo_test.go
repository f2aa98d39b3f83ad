package demo

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
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
	toldInFull(t, a)
	countedTwice(t, a)
	t.Logf("%d entries, %d rows", entries, rep.Rows)
}

// toldInFull fails t unless the zone has its departments and five platforms, each
// with projects, new projects in each of three years, and the conflict that the
// coordinator, one of the logins people are given, is to decide.
func toldInFull(t *testing.T, a *app.App) {
	t.Helper()
	ctx := kernel.WithActor(t.Context(), kernel.Actor{Zone: Zone, ID: "reader", Roles: []string{"leader"}, Via: "session", Lang: "zh"})
	units, err := a.Office.Units(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	var departments []string
	for _, u := range units {
		if u.Kind == access.Department {
			departments = append(departments, u.NameZh)
		}
	}
	slices.Sort(departments)
	if want := []string{"企业服务局", "招商一局", "招商三局", "招商二局", "招商统筹局", "纪检审计室"}; !slices.Equal(departments, want) {
		t.Errorf("departments %v, want %v", departments, want)
	}
	platforms, err := a.Platform.List(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range platforms {
		names = append(names, p.NameZh)
		if n := counted(ctx, t, a, "SELECT count(*) FROM pipeline_projects WHERE zone = $1 AND platform = $2", Zone, p.ID); n < 10 {
			t.Errorf("%s has %d projects", p.NameZh, n)
		}
	}
	slices.Sort(names)
	if want := []string{"创新中心", "新外贸中心平台", "科创广场", "综保产业促进平台", "赛伯乐总部基地"}; !slices.Equal(names, want) {
		t.Errorf("platforms %v, want %v", names, want)
	}
	const opened = "SELECT count(*) FROM pipeline_projects WHERE zone = $1 AND created_at >= $2 AND created_at < $3"
	now := time.Now()
	for year := range 3 {
		from, until := now.AddDate(0, 0, -365*(year+1)), now.AddDate(0, 0, -365*year)
		if n := counted(ctx, t, a, opened, Zone, from.UnixMilli(), until.UnixMilli()); n < 25 {
			t.Errorf("%d projects opened in the year from %s", n, from.Format(time.DateOnly))
		}
	}
	if n := counted(ctx, t, a, opened, Zone, int64(0), now.AddDate(0, 0, -historyDays-earlierDays-1).UnixMilli()); n != 0 {
		t.Errorf("%d projects were opened before the history", n)
	}
	waitsForCoordinator(ctx, t, a)
}

// waitsForCoordinator fails t unless an open conflict is the coordinating
// department's to decide, and its lead is among the logins.
func waitsForCoordinator(ctx context.Context, t *testing.T, a *app.App) {
	t.Helper()
	if !slices.Contains(Logins(), Login{"coordinator", "coordinator"}) {
		t.Errorf("logins %v lack the coordinator", Logins())
	}
	list, _, err := a.Pipeline.Conflicts(ctx, "open", nil, 10)
	if err != nil || len(list) != 1 || list[0].UnitName != "招商统筹局" {
		t.Errorf("open conflicts %+v, %v", list, err)
	}
}

func counted(ctx context.Context, t *testing.T, a *app.App, query string, args ...any) (n int64) {
	t.Helper()
	err := a.DB.View(ctx, func(tx store.Tx) (err error) {
		n, err = store.Count(ctx, tx, query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
