package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

// BenchmarkImport takes registers from file to undo on both engines (on
// PostgreSQL under withpg) and reports seconds of time and, of this process, of
// CPU per phase, the highest resident memory in MB, and how long another writer
// waited meanwhile, in ms: 100,000 projects as a register lists them, and 20,000
// of 10,000 investors, each with a contact.
func BenchmarkImport(b *testing.B) {
	plain := func(i int) string {
		return fmt.Sprintf("虚构项目%d,%d.5,C34,%d号地块,%s,招商一部,2025-%02d-%02d\n", i, i%90+1, i, []string{"线索", "洽谈", "签约", "开工"}[i%4], i%9+1, i%28+1)
	}
	known := func(i int) string {
		return fmt.Sprintf("虚构项目%d,虚构第%d投资有限公司,%d.5,C34,%d号地块,开工,2025年3月签约；预计2027年6月投产,2025-03-%02d,2025-08-%02d,招商一部,演示联系人,139%08d\n", i, i/2, i%90+1, i, i%28+1, i%28+1, i/2)
	}
	for _, c := range []struct {
		name, head string
		rows       int
		row        func(i int) string
	}{
		{"100k", "项目名称,总投资(亿元),所属行业,落户地点,当前阶段,责任部门,线索日期\n", 100_000, plain},
		{"contacts", "项目名称,投资方,总投资(亿元),所属行业,落户地点,当前阶段,进展情况,签约时间,开工时间,责任部门,联系人,联系电话\n", 20_000, known},
	} {
		var text strings.Builder
		text.WriteString(c.head)
		for i := range c.rows {
			text.WriteString(c.row(i))
		}
		for engine, open := range map[string]func(testing.TB, ...fs.FS) *store.DB{"sqlite": storetest.Open, "postgres": storetest.OpenPostgres} {
			b.Run(c.name+"/"+engine, func(b *testing.B) {
				for b.Loop() {
					benchImport(b, open(b, append(importSources(), intake.Migrations)...), text.String(), int64(c.rows))
				}
			})
		}
	}
}

// benchImport is one run of BenchmarkImport.
func benchImport(b *testing.B, db *store.DB, text string, rows int64) {
	book, err := words.Load(Words, intake.Words, sheet.Words, access.Words, party.Words, store.Words, files.Words, office.Words)
	if err != nil {
		b.Fatal(err)
	}
	r := newRoom(b, db)
	desk := intake.NewDesk(intake.Config{DB: r.db, Gate: r.desk.gate, Words: book, Dir: b.TempDir(), Kinds: []intake.Kind{r.desk.ImportKind()}})
	ctx := kernel.WithActor(b.Context(), kernel.ActorOf(r.lead()))
	file, err := desk.Upload(ctx, "台账.csv", strings.NewReader(text))
	r.must(err)
	sniff, err := desk.Sniff(ctx, file, "projects", intake.Settings{})
	r.must(err)
	id := ""
	for _, phase := range []struct {
		name string
		ask  func() error
	}{
		{"stage", func() (err error) {
			id, err = desk.Begin(ctx, file, "projects", intake.Settings{Mapping: sniff.Mapping})
			return err
		}},
		{"publish", func() error { return desk.Publish(ctx, id) }},
		{"undo", func() error { return desk.Undo(ctx, id) }},
	} {
		began, cpu := time.Now(), used()
		waited := r.beside(ctx, func() {
			r.must(phase.ask())
			r.must(desk.Drain(ctx))
		})
		b.ReportMetric(time.Since(began).Seconds(), phase.name+"-s")
		b.ReportMetric((used() - cpu).Seconds(), phase.name+"-cpu-s")
		b.ReportMetric(waited[len(waited)/2], phase.name+"-others-p50-ms")
		b.ReportMetric(waited[len(waited)*99/100], phase.name+"-others-p99-ms")
		if v, err := desk.Get(ctx, id); err != nil || v.Counts.New != rows || v.Problem != "" {
			b.Fatalf("%s: %+v, %v", phase.name, v, err)
		}
	}
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	b.ReportMetric(float64(u.Maxrss>>10), "rss-MB")
}

// beside does work while somebody else writes every 20 ms, and returns how long
// each of those writes took, in ms, shortest first. One that was told that the
// house is busy counts with the time it waited.
func (r *room) beside(ctx context.Context, work func()) (waited []float64) {
	done, all := make(chan struct{}), make(chan []float64)
	go func() {
		var took []float64
		for {
			began := time.Now()
			err := r.db.Update(ctx, func(tx store.Tx) error {
				_, err := journal.Record(ctx, tx, journal.Act{Verb: "bench.looked", Object: "bench.project/1"})
				return err
			})
			if err != nil && !errors.Is(err, kernel.ErrUnavailable) {
				r.t.Error(err)
			}
			took = append(took, float64(time.Since(began).Microseconds())/1000)
			select {
			case <-done:
				all <- took
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	work()
	close(done)
	waited = <-all
	slices.Sort(waited)
	return waited
}

// used is the time this process has computed.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAsOf asks for a page of a zone's list as it stood before every one of
// its projects was changed, the slowest day to ask for, of one where nothing has
// been changed since, and for one project.
func BenchmarkAsOf(b *testing.B) {
	for _, projects := range []int{400, 20_000} {
		clock := &dated{day: "2026-10-02"}
		r := newRoom(b, clock.open(b))
		ids := r.many(projects)
		for _, day := range []kernel.Date{"2026-11-02", "2026-11-12"} {
			clock.day = day
			r.touch(ids)
		}
		clock.day = "2026-11-20"
		for _, c := range []struct{ name, day string }{{"changed-since", "2026-10-02"}, {"unchanged-since", "2026-11-19"}} {
			b.Run(fmt.Sprintf("%d-%s", projects, c.name), func(b *testing.B) {
				for b.Loop() {
					rows, _, err := r.desk.List(r.leader(), Filter{AsOf: c.day}, "-amount", nil, 50)
					if err != nil || len(rows) != 50 {
						b.Fatal(len(rows), err)
					}
				}
			})
		}
		b.Run(fmt.Sprintf("%d-one", projects), func(b *testing.B) {
			for b.Loop() {
				if k, err := r.desk.FindAsOf(r.leader(), ids[0], "2026-10-02"); err != nil || k.Project.Summary != "" {
					b.Fatal(k, err)
				}
			}
		})
	}
}

// many opens n projects with amounts in one transaction.
func (r *room) many(n int) (ids []string) {
	r.t.Helper()
	ctx := r.officer()
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		for part := range slices.Chunk(make([]int, n), 500) {
			var acts []journal.Act
			for range part {
				k := &Docket{}
				k.Project = r.wholeFacts(fmt.Sprintf("虚构项目%d", len(ids))).apply(Project{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Kind: KindNew, Builds: true, Unit: "d1", Owner: officer,
					Stage: Lead, Origin: OriginEntered, CreatedAt: tx.Now.UnixMilli(), Code: code("2026", int64(len(ids)+1)), Track: GeneralTrack})
				k.Project.TotalMinor += int64(len(ids))
				k.Track, _ = r.desk.shipped.Find(GeneralTrack)
				act := journal.Act{Verb: "pipeline.opened"}
				put(&act, k.firstFigures(revision{on: today(tx), stamp: stamp{kernel.ActorOf(ctx), tx.Now.UnixMilli()}})...)
				acts, ids = append(acts, r.desk.settled(tx, k, act)), append(ids, k.Project.ID)
			}
			if err := journal.RecordAll(ctx, tx, acts); err != nil {
				return err
			}
		}
		return nil
	}))
	return ids
}

// touch amends the projects ids in one transaction.
func (r *room) touch(ids []string) {
	r.t.Helper()
	ctx := r.officer()
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		for part := range slices.Chunk(ids, 500) {
			var acts []journal.Act
			for _, id := range part {
				k := &Docket{}
				var err error
				if k.Project, err = Get(ctx, tx, id); err != nil {
					return err
				}
				k.Track, _ = r.desk.shipped.Find(GeneralTrack)
				k.Project.Summary = "更新于 " + string(today(tx))
				acts = append(acts, r.desk.settled(tx, k, journal.Act{Verb: "pipeline.amended"}))
			}
			if err := journal.RecordAll(ctx, tx, acts); err != nil {
				return err
			}
		}
		return nil
	}))
}
