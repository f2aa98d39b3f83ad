package scoreboard

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// course is the entries of one project of a benchmark: opened, five stages,
// an instalment.
func course(n int, seq *int64) (steps []step) {
	id := fmt.Sprintf("01900000-0000-7000-8000-%012d", n)
	day := kernel.Date("2023-01-01").AddDays(n % 900)
	stages := []pipeline.Stage{pipeline.Lead, pipeline.Screening, pipeline.Negotiating, pipeline.Signed, pipeline.Landed, pipeline.Started}
	for i, st := range stages[:2+n%5] {
		on := day.AddDays(i * 40)
		rows := []stepRow{
			{table: pipeline.Project{}.Table(), key: id, after: text(map[string]any{"id": id, "code": fmt.Sprintf("P2023-%05d", n), "name": "示例项目名称若干字", "name_sort": "shilixiangmu", "kind": "new", "builds": true,
				"investor": id, "investor_name": "示例投资有限公司", "industry": "C34", "total_minor": int64(n%90+1) * 1_0000_0000_00, "currency": "CNY", "unit": fmt.Sprint("d", n%12), "stage": st,
				"summary": "项目简介若干字，占若干空间，与真实记录相近。", "search": "示例", "track": "general", "version": i + 1, "updated_at": on.Start()})},
			{table: pipeline.Milestone{}.Table(), key: fmt.Sprintf("%s/%d", id, i+1), after: text(map[string]any{"project": id, "seq": i + 1, "stage": st, "kind": "actual", "on_date": on, "on_precision": "day"})},
		}
		*seq++
		steps = append(steps, step{seq: *seq, id: fmt.Sprint(*seq), at: on.Start() + int64(n), rows: rows})
	}
	return steps
}

func text(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// BenchmarkFold folds 20,000 projects and asks the whole scoreboard once.
func BenchmarkFold(b *testing.B) {
	const projects = 20_000
	book, err := words.Load(Words)
	if err != nil {
		b.Fatal(err)
	}
	var steps []step
	seq := int64(-1)
	for n := range projects {
		steps = append(steps, course(n, &seq)...)
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for b.Loop() {
		before, began := heap(), time.Now()
		f := newFold()
		for _, s := range steps {
			if err := f.apply(s); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(time.Since(began).Seconds(), "fold-s")
		b.ReportMetric((heap()-before)/projects, "B/project")
		began = time.Now()
		q, err := Query{From: "2024-01-01", Until: "2024-12-31"}.settle("2026-06-30")
		if err != nil {
			b.Fatal(err)
		}
		s := &survey{f: f, q: q, defs: inForce(Definitions(), q.Until, 0), seen: map[int64]*sight{}, book: book, lang: "zh"}
		board := s.board()
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "question-ms")
		if *board.Lights[1].Figures[0].Value.Numerator == 0 {
			b.Fatal("nothing is counted")
		}
		runtime.KeepAlive(f)
	}
	b.ReportMetric(float64(len(steps)), "entries")
}
