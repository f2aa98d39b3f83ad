package store_test

import (
	"fmt"
	"io/fs"
	"runtime"
	"sync/atomic"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

func benchEach(b *testing.B, source fs.FS, fn func(b *testing.B, db *store.DB)) {
	b.Run("sqlite", func(b *testing.B) { fn(b, storetest.Open(b, source)) })
	b.Run("postgres", func(b *testing.B) { fn(b, storetest.OpenPostgres(b, source)) })
}

// BenchmarkPut stores batches of 500 rows of eleven columns.
func BenchmarkPut(b *testing.B) {
	benchEach(b, migrations(map[string]string{"0500_firms": createFirms}), func(b *testing.B, db *store.DB) {
		ctx, n := storetest.Ctx(b, "a"), 0
		for b.Loop() {
			rows := make([]store.Row, 500)
			for i := range rows {
				rows[i] = firm{Zone: "a", ID: fmt.Sprintf("%08d", n), Kind: "enterprise", Phones: []string{"1"}, Staff: n}
				n++
			}
			if err := db.Update(ctx, func(tx store.Tx) error { return store.Put(ctx, tx, rows...) }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "rows/s")
	})
}

// BenchmarkUpdate writes one row in a transaction: another row each time, for
// SQLite does not write what is there already.
func BenchmarkUpdate(b *testing.B) {
	benchEach(b, migrations(map[string]string{"0500_things": create}), func(b *testing.B, db *store.DB) {
		ctx, n := storetest.Ctx(b, "a"), 0
		for b.Loop() {
			n++
			if err := db.Update(ctx, func(tx store.Tx) error { return store.Put(ctx, tx, thing{Zone: "a", ID: fmt.Sprint(n)}) }); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUpdateTogether is BenchmarkUpdate by eight at once; groups/commit is
// how often the disk was waited for.
func BenchmarkUpdateTogether(b *testing.B) {
	benchEach(b, migrations(map[string]string{"0500_things": create}), func(b *testing.B, db *store.DB) {
		ctx := storetest.Ctx(b, "a")
		b.SetParallelism(max(1, 8/runtime.GOMAXPROCS(0)))
		var n atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				id := fmt.Sprint(n.Add(1))
				if err := db.Update(ctx, func(tx store.Tx) error { return store.Put(ctx, tx, thing{Zone: "a", ID: id}) }); err != nil {
					b.Fatal(err)
				}
			}
		})
		s := db.Stats()
		b.ReportMetric(float64(s.Groups)/float64(s.Commits), "groups/commit")
	})
}

// BenchmarkSelect reads a page of 50 rows.
func BenchmarkSelect(b *testing.B) {
	benchEach(b, migrations(map[string]string{"0500_firms": createFirms}), func(b *testing.B, db *store.DB) {
		ctx := storetest.Ctx(b, "a")
		var rows []store.Row
		for i := range 1000 {
			rows = append(rows, firm{Zone: "a", ID: fmt.Sprintf("%08d", i), Kind: "enterprise", Phones: []string{"1"}, Staff: i})
		}
		if err := db.Update(ctx, func(tx store.Tx) error { return store.Put(ctx, tx, rows...) }); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			err := db.View(ctx, func(tx store.Tx) error {
				page, err := store.Select[firm](ctx, tx, "WHERE zone = $1 AND (zone, id) > ($1, $2) ORDER BY id LIMIT $3", "a", "00000400", 50)
				if len(page) != 50 {
					b.Errorf("%d rows", len(page))
				}
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpen opens a fresh test database: what each test pays.
func BenchmarkOpen(b *testing.B) {
	source := migrations(map[string]string{"0500_firms": createFirms})
	b.Run("sqlite", func(b *testing.B) {
		for b.Loop() {
			storetest.Open(b, source)
		}
	})
	b.Run("postgres", func(b *testing.B) {
		for b.Loop() {
			storetest.OpenPostgres(b, source)
		}
	})
}
