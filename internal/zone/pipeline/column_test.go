package pipeline

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// column fills one stage with n projects of two departments, and another with
// as many that do not belong to it.
func (r *room) column(n int) {
	r.t.Helper()
	ctx := storetest.Ctx(r.t, "z1")
	for done := 0; done < n; done += 2_000 {
		r.must(r.db.Update(ctx, func(tx store.Tx) error {
			var acts []journal.Act
			for i := done; i < min(n, done+2_000); i++ {
				p := Project{Zone: "z1", ID: fmt.Sprintf("p%06d", i), Code: fmt.Sprintf("C%06d", i), Name: fmt.Sprintf("虚构项目%d", i), NameSort: store.SortKey(fmt.Sprint(i)),
					Kind: KindNew, Unit: []string{"d1", "d2"}[i%2], Owner: "somebody", Stage: Negotiating, TotalMinor: int64(i) * 100, Currency: "CNY", Origin: OriginEntered,
					Version: 1, CreatedAt: 1, UpdatedAt: int64(i / 7)}
				acts = append(acts, journal.Act{Verb: "pipeline.opened", Object: Object(p.ID), Changes: []journal.Change{journal.Put(p)}})
			}
			return journal.RecordAll(ctx, tx, acts)
		}))
	}
}

// TestAColumnOfTwentyThousand: a column of the board is read page by page, each
// project once and in order, and a page costs the same at its end as at its
// beginning; what moves meanwhile neither repeats nor hides another.
func TestAColumnOfTwentyThousand(t *testing.T) {
	t.Parallel()
	const n = 20_000
	r := newRoom(t, storetest.Open(t, sources()...))
	r.column(n)
	f := Filter{Stages: []string{string(Negotiating)}}
	totals, err := r.desk.Totals(r.leader(), f)
	r.must(err)
	if totals.Count != n || totals.ByCurrency[0].Total.Minor != int64(n)*(n-1)/2*100 {
		t.Fatalf("the head says %+v", totals)
	}
	seen, last := map[string]bool{}, int64(1<<62)
	var after *Place
	for {
		rows, next, err := r.desk.List(r.leader(), f, "-updated_at", after, 200)
		r.must(err)
		for _, l := range rows {
			if seen[l.ID] || l.UpdatedAt > last {
				t.Fatalf("%s comes twice or out of order", l.ID)
			}
			seen[l.ID], last = true, l.UpdatedAt
		}
		if after = next; next == nil {
			break
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d were shown", len(seen), n)
	}
	rows, next, err := r.desk.List(r.officer(), f, "-updated_at", nil, 50)
	if err != nil || len(rows) != 50 || next == nil || slices.ContainsFunc(rows, func(l Listed) bool { return l.Unit != "d1" }) {
		t.Errorf("the officer's first page: %d, %v", len(rows), err)
	}
}

// BenchmarkColumn reports the median time of one page of fifty out of a column
// of 20,000, at its head, in its middle and at its end, and of its totals.
func BenchmarkColumn(b *testing.B) {
	const n = 20_000
	r := newRoom(b, storetest.Open(b, sources()...))
	r.column(n)
	f := Filter{Stages: []string{string(Negotiating)}}
	places := map[string]*Place{"head": nil, "middle": {N: n / 14, ID: "p010000"}, "end": {N: 10, ID: "p000073"}}
	for _, where := range []string{"head", "middle", "end"} {
		b.Run(where, func(b *testing.B) {
			b.ReportMetric(median(b, func() {
				_, _, err := r.desk.List(r.leader(), f, "-updated_at", places[where], 50)
				r.must(err)
			}), "p50-ms")
		})
	}
	b.Run("totals", func(b *testing.B) {
		b.ReportMetric(median(b, func() {
			_, err := r.desk.Totals(r.leader(), f)
			r.must(err)
		}), "p50-ms")
	})
}

func median(b *testing.B, ask func()) float64 {
	var times []time.Duration
	for b.Loop() {
		began := time.Now()
		ask()
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	return float64(times[len(times)/2].Microseconds()) / 1000
}
