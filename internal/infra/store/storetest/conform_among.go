package storetest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sente/internal/infra/store"
)

// seeks shows that rows are found, and dropped, by their keys alone, in an act
// that fills a table of which the engine knows nothing: on PostgreSQL the rows
// touched are counted, once the server has its plan of each statement from the
// time the table was empty.
func seeks(b *bench) {
	ctx := store.Long(b.ctx)
	err := b.db.Update(ctx, func(tx store.Tx) error {
		var rows, some []store.Row
		var ids []string
		wide := `"` + strings.Repeat("wide", 250) + `"`
		for i := range 3000 {
			row := item{Zone: b.zone, ID: fmt.Sprintf("%04d", i), N: ptr(int64(i)), Doc: wide}
			rows = append(rows, row)
			if i%30 == 0 {
				some, ids = append(some, row), append(ids, row.ID)
			}
		}
		for range 8 {
			b.finds(ctx, tx, append(ids, "none", ids[0]), "", nil)
			b.stands(ctx, tx, some, nil)
		}
		if err := store.Put(ctx, tx, rows...); err != nil {
			return err
		}
		at := b.touched(ctx, tx)
		b.finds(ctx, tx, append(ids, "none", ids[0]), "", ids)
		at = b.sought(ctx, tx, at, len(ids), "Among")
		b.finds(ctx, tx, ids, "n >= 1500", ids[50:])
		b.finds(ctx, tx, nil, "", nil)
		at = b.sought(ctx, tx, at, len(ids), "Among with a condition")
		b.stands(ctx, tx, some, ids)
		b.stands(ctx, tx, []store.Row{some[1], some[1]}, ids[1:2])
		at = b.sought(ctx, tx, at, len(ids)+1, "Standing")
		if err := store.Drop(ctx, tx, some...); err != nil {
			return err
		}
		b.sought(ctx, tx, at, 3*len(ids), "Drop")
		b.stands(ctx, tx, some, nil)
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.want([]string{"2900"}, `SELECT cast(count(*) AS text) FROM conform_items WHERE zone = $1`, b.zone)
}

func (b *bench) finds(ctx context.Context, tx store.Tx, ids []string, also string, want []string) {
	b.Helper()
	got := map[string]int{}
	err := store.Among(ctx, tx, "id", ids, also, func(row item) error {
		got[row.ID]++
		return nil
	})
	if found := slices.Sorted(maps.Keys(got)); err != nil || !slices.Equal(found, want) {
		b.Fatalf("%d rows, %v, want %d", len(found), err, len(want))
	}
	for id, n := range got {
		if n != 1 {
			b.Errorf("%s came %d times", id, n)
		}
	}
}

func (b *bench) stands(ctx context.Context, tx store.Tx, rows []store.Row, want []string) {
	b.Helper()
	standing, err := store.Standing(ctx, tx, rows)
	var got []string
	for _, row := range standing {
		got = append(got, row.(item).ID)
	}
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		b.Fatalf("%d rows stand, %v, want %d", len(got), err, len(want))
	}
}

// touched is how many rows the transaction read of the table so far; SQLite does
// not count.
func (b *bench) touched(ctx context.Context, tx store.Tx) int64 {
	b.Helper()
	if tx.Dialect == store.SQLite {
		return 0
	}
	n, err := store.Count(ctx, tx, `SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'conform_items'`)
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// sought fails when more than limit rows were touched since there were at.
func (b *bench) sought(ctx context.Context, tx store.Tx, at int64, limit int, what string) int64 {
	b.Helper()
	now := b.touched(ctx, tx)
	if now-at > int64(limit) || tx.Dialect == store.Postgres && now == at {
		b.Errorf("%s touched %d rows, want at most %d and some", what, now-at, limit)
	}
	return now
}
