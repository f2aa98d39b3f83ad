package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/intake"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

// BenchmarkImport takes a register of 20,000 projects of 10,000 investors, each
// with a contact, from file to undo on SQLite and reports seconds per phase.
func BenchmarkImport(b *testing.B) {
	const rows = 20_000
	var text strings.Builder
	text.WriteString("项目名称,投资方,总投资(亿元),所属行业,落户地点,当前阶段,进展情况,签约时间,开工时间,责任部门,联系人,联系电话\n")
	for i := range rows {
		fmt.Fprintf(&text, "虚构项目%d,虚构第%d投资有限公司,%d.5,C34,%d号地块,开工,2025年3月签约；预计2027年6月投产,2025-03-%02d,2025-08-%02d,招商一部,演示联系人,139%08d\n", i, i/2, i%90+1, i, i%28+1, i%28+1, i/2)
	}
	book, err := words.Load(Words, intake.Words, sheet.Words, access.Words, party.Words, store.Words, files.Words, office.Words)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := newRoom(b, storetest.Open(b, append(importSources(), intake.Migrations)...))
		desk := intake.NewDesk(intake.Config{DB: r.db, Gate: r.desk.gate, Words: book, Dir: b.TempDir(), Kinds: []intake.Kind{r.desk.ImportKind()}})
		ctx := kernel.WithActor(b.Context(), kernel.ActorOf(r.lead()))
		file, err := desk.Upload(ctx, "台账.csv", strings.NewReader(text.String()))
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
			began := time.Now()
			r.must(phase.ask())
			r.must(desk.Drain(ctx))
			b.ReportMetric(time.Since(began).Seconds(), phase.name+"-s")
			if v, err := desk.Get(ctx, id); err != nil || v.Counts.New != rows || v.Problem != "" {
				b.Fatalf("%s: %+v, %v", phase.name, v, err)
			}
		}
	}
}
