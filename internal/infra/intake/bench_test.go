package intake_test

import (
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store/storetest"
)

// BenchmarkRun takes 100,000 rows of ten columns from file to undo on SQLite.
// It reports seconds per phase and the highest heap seen, in MB.
func BenchmarkRun(b *testing.B) {
	const rows = 100_000
	var text strings.Builder
	text.WriteString("企业名称,统一社会信用代码,注册资本（万元）,成立日期,规模,联系电话,备注一,备注二,备注三,备注四\n")
	for i := range rows {
		fmt.Fprintf(&text, "虚构第%d供应有限公司,,\"%d,500.5\",20%02d-0%d-1%d,小型,000-%d,甲,乙,丙,丁\n", i, i%900+1, i%20, i%9+1, i%9, i)
	}
	content := text.String()
	for b.Loop() {
		h := open(b, storetest.Open(b, journal.Migrations, access.Migrations, intake.Migrations, suppliers))
		stop, peak := watchHeap()
		var id string
		for _, phase := range []struct {
			name string
			ask  func() error
		}{
			{"begin", func() error { id = h.begin(content, nil); return nil }},
			{"stage", func() error { return nil }},
			{"publish", func() error { return h.desk.Publish(h.ctx, id) }},
			{"undo", func() error { return h.desk.Undo(h.ctx, id) }},
		} {
			began := time.Now()
			h.must(phase.ask())
			if phase.name != "begin" {
				if v := h.run(id); v.Counts.New != rows || v.Problem != "" {
					b.Fatalf("%s: %+v", phase.name, v)
				}
			}
			b.ReportMetric(time.Since(began).Seconds(), phase.name+"-s")
		}
		close(stop)
		b.ReportMetric(float64(peak.Load()>>20), "heap-MB")
	}
}

// watchHeap samples the heap until stop is closed.
func watchHeap() (stop chan struct{}, peak *atomic.Uint64) {
	stop, peak = make(chan struct{}), &atomic.Uint64{}
	go func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			if m.HeapInuse > peak.Load() {
				peak.Store(m.HeapInuse)
			}
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return stop, peak
}
