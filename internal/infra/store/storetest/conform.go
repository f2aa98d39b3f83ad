package storetest

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Suite holds the tables of Conform.
//
//go:embed migrations/*.sql
var Suite embed.FS

// item is a row of every type there is.
type item struct {
	Zone  string   `db:"zone,key"`
	ID    string   `db:"id,key"`
	Name  *string  `db:"name"`
	Sort  string   `db:"sort"`
	N     *int64   `db:"n"`
	Flag  bool     `db:"flag"`
	Data  []byte   `db:"data"`
	Ratio *float64 `db:"ratio"`
	Doc   string   `db:"doc"`
}

func (item) Table() string { return "conform_items" }

type name struct {
	Zone string  `db:"zone,key"`
	ID   string  `db:"id,key"`
	Name string  `db:"name"`
	Live bool    `db:"live"`
	Item *string `db:"item"`
}

func (name) Table() string { return "conform_names" }

// Conform runs the suite every engine must pass on db, which was migrated with
// Suite. Each subtest works in a zone of its own.
func Conform(t *testing.T, db *store.DB) {
	tests := map[string]func(*bench){
		"types keep their extremes":       keepsExtremes,
		"text compares by case and byte":  comparesBytes,
		"LIKE tells case apart":           likeTellsCase,
		"Chinese sorts by bytes":          sortsBytes,
		"the sort key sorts by pinyin":    sortsPinyin,
		"NULLs sort where told":           sortsNulls,
		"wrong types are refused":         refusesTypes,
		"unstorable text is refused":      refusesText,
		"an upsert replaces":              upserts,
		"many rows go in chunks":          putsMany,
		"RETURNING, window, FILTER":       speaksSQL,
		"paging by row value":             pages,
		"recursive CTE and full join":     joins,
		"dirty rows are not read":         noDirtyRead,
		"a snapshot stays":                snapshotStays,
		"a view cannot write":             viewCannotWrite,
		"a failed update leaves nothing":  rollsBack,
		"a panic leaves nothing":          rollsBackOnPanic,
		"no update is lost":               losesNothing,
		"no write skew":                   noWriteSkew,
		"one of many equal names wins":    oneWins,
		"a duplicate is named":            namesDuplicate,
		"a missing reference is refused":  refusesReference,
		"a cancelled context ends it":     cancels,
		"zones do not see each other":     separatesZones,
		"no zone, no transaction":         needsZone,
		"engine blocks and literals hold": engineBlocks,
		"an epoch is one state":           epochs,
		"what is derived is built once":   derives,
		"keys are sought one by one":      seeks,
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			zone := "z-" + token()
			test(&bench{T: t, db: db, zone: zone, ctx: Ctx(t, zone)})
		})
	}
}

// bench is what one test of the suite works with.
type bench struct {
	*testing.T
	db   *store.DB
	zone string
	ctx  context.Context
}

func (b *bench) update(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.db.Update(b.ctx, fn); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) view(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.db.View(b.ctx, fn); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) put(rows ...store.Row) {
	b.Helper()
	b.update(func(tx store.Tx) error { return store.Put(b.ctx, tx, rows...) })
}

// texts returns the first column of query's rows, NULL as "NULL".
func (b *bench) texts(query string, args ...any) []string {
	b.Helper()
	out := []string{}
	b.view(func(tx store.Tx) error {
		rows, err := tx.QueryContext(b.ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s *string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			if s == nil {
				s = ptr("NULL")
			}
			out = append(out, *s)
		}
		return rows.Err()
	})
	return out
}

// want compares the texts query yields.
func (b *bench) want(want []string, query string, args ...any) {
	b.Helper()
	if got := b.texts(query, args...); !slices.Equal(got, want) {
		b.Errorf("%s\ngot  %q\nwant %q", query, got, want)
	}
}

// items stores one item for each name, with ids "0", "1" ….
func (b *bench) items(names ...string) {
	b.Helper()
	var rows []store.Row
	for i, n := range names {
		rows = append(rows, item{Zone: b.zone, ID: fmt.Sprint(i), Name: &n, Sort: store.SortKey(n), Doc: "{}"})
	}
	b.put(rows...)
}

func ptr[T any](v T) *T { return &v }

func keepsExtremes(b *bench) {
	rows := []item{
		{Zone: b.zone, ID: "max", N: ptr(int64(math.MaxInt64)), Flag: true, Data: []byte{0, 1, 0xff}, Ratio: ptr(math.MaxFloat64),
			Doc: `{"b": 1,  "a":"\u00e9é", "a":2}`, Name: ptr("先手 🀄 𠮷")},
		{Zone: b.zone, ID: "min", N: ptr(int64(math.MinInt64)), Data: []byte{}, Ratio: ptr(math.SmallestNonzeroFloat64), Doc: " {}\n", Name: ptr("")},
		{Zone: b.zone, ID: "ms", N: ptr(int64(1_893_456_000_123)), Doc: "null"},
		{Zone: b.zone, ID: "odd", N: ptr(int64(1<<53 + 1)), Ratio: ptr(0.1), Doc: "[]"},
	}
	for _, row := range rows {
		b.put(row)
	}
	b.view(func(tx store.Tx) error {
		got, err := store.Select[item](b.ctx, tx, "WHERE zone = $1 ORDER BY id", b.zone)
		if !reflect.DeepEqual(got, rows) {
			b.Errorf("got  %+v\nwant %+v", got, rows)
		}
		return err
	})
	b.want([]string{"max"}, `SELECT id FROM conform_items WHERE zone = $1 AND flag`, b.zone)
	b.want([]string{"min", "ms", "odd"}, `SELECT id FROM conform_items WHERE zone = $1 AND flag = $2 ORDER BY id`, b.zone, false)
}

func comparesBytes(b *bench) {
	b.items("Abc", "abc", "ABC", "ａｂｃ", "é", "e\u0301", "abc ")
	b.want([]string{"1"}, `SELECT id FROM conform_items WHERE zone = $1 AND name = $2`, b.zone, "abc")
	b.want([]string{"4"}, `SELECT id FROM conform_items WHERE zone = $1 AND name = $2`, b.zone, "é")
	b.want([]string{"7"}, `SELECT cast(count(DISTINCT name) AS text) FROM conform_items WHERE zone = $1`, b.zone)
}

func likeTellsCase(b *bench) {
	b.items("Abc", "abc", "a%c", "a_c", "长春经开", `a\c`)
	like := `SELECT id FROM conform_items WHERE zone = $1 AND name LIKE $2 ESCAPE '\' ORDER BY id`
	b.want([]string{"1"}, like, b.zone, "ab%")
	b.want([]string{"2"}, like, b.zone, store.EscapeLike("a%")+"%")
	b.want([]string{"3"}, like, b.zone, store.EscapeLike("a_")+"%")
	b.want([]string{"5"}, like, b.zone, store.EscapeLike(`a\`)+"%")
	b.want([]string{"4"}, like, b.zone, "%"+store.EscapeLike("经开")+"%")
	b.want([]string{"1", "2", "3", "5"}, like, b.zone, "a_c")
}

func sortsBytes(b *bench) {
	b.items("中", "一", "a", "Z", "é", "～", "𠮷", "10", "9")
	b.want([]string{"10", "9", "Z", "a", "é", "一", "中", "～", "𠮷"}, `SELECT name FROM conform_items WHERE zone = $1 ORDER BY name`, b.zone)
	b.want([]string{"𠮷"}, `SELECT max(name) FROM conform_items WHERE zone = $1`, b.zone)
	b.want([]string{"10,9,Z,a,é,一,中,～,𠮷"}, `SELECT string_agg(name, ',' ORDER BY name) FROM conform_items WHERE zone = $1`, b.zone)
	b.want([]string{"～", "𠮷"}, `SELECT name FROM conform_items WHERE zone = $1 AND name > $2 ORDER BY name`, b.zone, "中")
}

func sortsPinyin(b *bench) {
	b.items("张三工厂", "阿里工厂", "北京工厂", "长春工厂", "赵四工厂", "东北工厂")
	b.want([]string{"阿里工厂", "北京工厂", "长春工厂", "东北工厂", "张三工厂", "赵四工厂"},
		`SELECT name FROM conform_items WHERE zone = $1 ORDER BY sort, id`, b.zone)
}

func sortsNulls(b *bench) {
	b.put(item{Zone: b.zone, ID: "1", N: ptr(int64(5)), Doc: "{}"}, item{Zone: b.zone, ID: "2", Doc: "{}"}, item{Zone: b.zone, ID: "3", N: ptr(int64(-5)), Doc: "{}"})
	for order, want := range map[string][]string{
		"ASC NULLS FIRST": {"2", "3", "1"}, "ASC NULLS LAST": {"3", "1", "2"},
		"DESC NULLS FIRST": {"2", "1", "3"}, "DESC NULLS LAST": {"1", "3", "2"},
	} {
		b.want(want, `SELECT id FROM conform_items WHERE zone = $1 ORDER BY n `+order, b.zone)
	}
	b.want([]string{"1", "3"}, `SELECT id FROM conform_items WHERE zone = $1 AND n IS DISTINCT FROM NULL ORDER BY id`, b.zone)
}

// refuses runs one statement and fails unless the engine refuses it.
func (b *bench) refuses(query string, args ...any) {
	b.Helper()
	err := b.db.Update(b.ctx, func(tx store.Tx) error {
		_, err := tx.ExecContext(b.ctx, query, args...)
		return err
	})
	if err == nil {
		b.Errorf("%s %v was accepted", query, args)
	}
}

func refusesTypes(b *bench) {
	insert := `INSERT INTO conform_items (zone, id, %s) VALUES ($1, 'x', $2)`
	b.refuses(fmt.Sprintf(insert, "n"), b.zone, "many")
	b.refuses(fmt.Sprintf(insert, "n"), b.zone, "9223372036854775808")
	b.refuses(fmt.Sprintf(insert, "n"), b.zone, "1.5")
	b.refuses(fmt.Sprintf(insert, "ratio"), b.zone, "much")
	b.refuses(fmt.Sprintf(insert, "flag"), b.zone, "perhaps")
	b.refuses(`INSERT INTO conform_items (zone, id, flag) VALUES ($1, 'x', 7)`, b.zone)
	b.refuses(`INSERT INTO conform_items (zone, id, doc) VALUES ($1, 'x', NULL)`, b.zone)
	b.refuses(`INSERT INTO conform_items (zone, id) VALUES ($1, NULL)`, b.zone)
	b.want([]string{}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

func refusesText(b *bench) {
	for _, bad := range []string{"a\x00b", "a\xffb"} {
		err := b.db.Update(b.ctx, func(tx store.Tx) error {
			return store.Put(b.ctx, tx, item{Zone: b.zone, ID: "x", Name: &bad, Doc: "{}"})
		})
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != "store.bad_text" || f.Field != "name" {
			b.Errorf("%q: %v, want store.bad_text at name", bad, err)
		}
	}
	b.want([]string{}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

func upserts(b *bench) {
	b.put(item{Zone: b.zone, ID: "1", Name: ptr("old"), N: ptr(int64(1)), Flag: true, Doc: "{}"})
	b.put(item{Zone: b.zone, ID: "1", Name: ptr("new"), Doc: "[]"})
	b.view(func(tx store.Tx) error {
		got, err := store.Get[item](b.ctx, tx, "zone = $1 AND id = $2", b.zone, "1")
		if want := (item{Zone: b.zone, ID: "1", Name: ptr("new"), Doc: "[]"}); !reflect.DeepEqual(got, want) {
			b.Errorf("got %+v, want %+v", got, want)
		}
		return err
	})
	b.update(func(tx store.Tx) error {
		return store.Drop(b.ctx, tx, item{Zone: b.zone, ID: "1"}, &item{Zone: b.zone, ID: "never there"})
	})
	b.view(func(tx store.Tx) error {
		_, err := store.Get[item](b.ctx, tx, "zone = $1 AND id = $2", b.zone, "1")
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != "store.not_found" || !errors.Is(err, kernel.ErrNotFound) {
			b.Errorf("after Drop: %v, want store.not_found", err)
		}
		return nil
	})
}

func putsMany(b *bench) {
	var rows []store.Row
	for i := range 999 {
		row := item{Zone: b.zone, ID: fmt.Sprintf("%04d", i), Doc: "{}"}
		if i%2 == 1 { // the first row's NULL must not decide the column's type
			row.N, row.Ratio, row.Name = ptr(int64(i)), ptr(float64(i)), ptr("x")
		}
		rows = append(rows, row, name{Zone: b.zone, ID: row.ID, Name: row.ID, Item: &row.ID})
	}
	b.put(append(rows, item{Zone: b.zone, ID: "0001", N: ptr(int64(1000)), Doc: "{}"})...)
	b.view(func(tx store.Tx) error {
		sum, err := store.Count(b.ctx, tx, `SELECT sum(n) FROM conform_items WHERE zone = $1`, b.zone)
		if want := int64(499*499 - 1 + 1000); sum != want {
			b.Errorf("sum %d, want %d", sum, want)
		}
		return err
	})
	b.update(func(tx store.Tx) error {
		slices.Reverse(rows) // children first
		return store.Drop(b.ctx, tx, rows...)
	})
	b.want([]string{"0"}, `SELECT cast(count(*) AS text) FROM conform_items WHERE zone = $1`, b.zone)
}

func speaksSQL(b *bench) {
	b.items("a", "b", "c")
	b.update(func(tx store.Tx) error {
		var n int64
		err := tx.QueryRowContext(b.ctx, `UPDATE conform_items SET n = coalesce(n, 0) + 7 WHERE zone = $2 AND id = $1 RETURNING n`, "1", b.zone).Scan(&n)
		if n != 7 {
			b.Errorf("RETURNING %d, want 7", n)
		}
		return err
	})
	b.want([]string{"1", "2", "3"}, `SELECT cast(row_number() OVER (PARTITION BY zone ORDER BY id) AS text) FROM conform_items WHERE zone = $1 ORDER BY id`, b.zone)
	b.want([]string{"1/3"}, `SELECT cast(count(*) FILTER (WHERE n > 0) AS text) || '/' || cast(count(*) AS text) FROM conform_items WHERE zone = $1`, b.zone)
	b.want([]string{"1"}, `SELECT id FROM conform_items WHERE n = $2 AND zone = $1`, b.zone, 7)
}

func pages(b *bench) {
	var rows []store.Row
	for i := range 25 {
		rows = append(rows, item{Zone: b.zone, ID: fmt.Sprintf("%02d", i), N: ptr(int64(i / 4)), Doc: "{}"})
	}
	b.put(rows...)
	var seen []string
	at, id := int64(math.MinInt64), ""
	for {
		var page []item
		b.view(func(tx store.Tx) (err error) {
			page, err = store.Select[item](b.ctx, tx, `WHERE zone = $1 AND (n, id) > ($2, $3) ORDER BY n, id LIMIT $4`, b.zone, at, id, 7)
			return err
		})
		for _, row := range page {
			seen = append(seen, row.ID)
			at, id = *row.N, row.ID
		}
		if len(page) < 7 {
			break
		}
	}
	if len(seen) != 25 || !slices.IsSorted(seen) || len(slices.Compact(seen)) != 25 {
		b.Errorf("paged %d rows: %v", len(seen), seen)
	}
}

func joins(b *bench) {
	b.items("a", "b")
	b.put(name{Zone: b.zone, ID: "n", Name: "n"})
	b.want([]string{"0-", "1-", "-n"}, `SELECT coalesce(i.id, '') || '-' || coalesce(n.id, '')
		FROM (SELECT * FROM conform_items WHERE zone = $1) i FULL OUTER JOIN (SELECT * FROM conform_names WHERE zone = $1) n ON n.item = i.id
		ORDER BY i.id NULLS LAST`, b.zone)
	b.want([]string{"15"}, `WITH RECURSIVE up(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM up WHERE x < 5) SELECT cast(sum(x) AS text) FROM up`)
}

// count returns how many items tx sees.
func (b *bench) count(tx store.Tx) int64 {
	b.Helper()
	n, err := store.Count(b.ctx, tx, `SELECT count(*) FROM conform_items WHERE zone = $1`, b.zone)
	if err != nil {
		b.Error(err)
	}
	return n
}

func noDirtyRead(b *bench) {
	written, looked := make(chan struct{}), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- b.db.Update(b.ctx, func(tx store.Tx) error {
			err := store.Put(b.ctx, tx, item{Zone: b.zone, ID: "1", Doc: "{}"})
			close(written)
			<-looked
			return err
		})
	}()
	<-written
	b.view(func(tx store.Tx) error {
		if n := b.count(tx); n != 0 {
			b.Errorf("%d uncommitted rows were read", n)
		}
		return nil
	})
	close(looked)
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.want([]string{"1"}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

func snapshotStays(b *bench) {
	b.items("a")
	b.view(func(tx store.Tx) error {
		b.items("a", "b") // commits elsewhere, before this view's first query
		before := b.count(tx)
		b.items("a", "b", "c")
		if after := b.count(tx); before != 1 || after != 1 {
			b.Errorf("the snapshot showed %d, then %d rows, want 1 and 1", before, after)
		}
		return nil
	})
	b.want([]string{"3"}, `SELECT cast(count(*) AS text) FROM conform_items WHERE zone = $1`, b.zone)
}

func viewCannotWrite(b *bench) {
	err := b.db.View(b.ctx, func(tx store.Tx) error {
		return store.Put(b.ctx, tx, item{Zone: b.zone, ID: "1", Doc: "{}"})
	})
	if err == nil {
		b.Error("a View wrote")
	}
	b.want([]string{}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

var errChanged = errors.New("changed my mind")

func rollsBack(b *bench) {
	err := b.db.Update(b.ctx, func(tx store.Tx) error {
		if err := store.Put(b.ctx, tx, item{Zone: b.zone, ID: "1", Doc: "{}"}); err != nil {
			return err
		}
		return errChanged
	})
	if !errors.Is(err, errChanged) {
		b.Errorf("got %v, want %v", err, errChanged)
	}
	b.want([]string{}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

func rollsBackOnPanic(b *bench) {
	func() {
		defer func() {
			if recover() == nil {
				b.Error("the panic was swallowed")
			}
		}()
		_ = b.db.Update(b.ctx, func(tx store.Tx) error {
			_ = store.Put(b.ctx, tx, item{Zone: b.zone, ID: "1", Doc: "{}"})
			panic("out of the blue")
		})
	}()
	b.items() // the connection is free again
	b.want([]string{}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

// together runs fn n times at once and returns the errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = fn(i) })
	}
	wg.Wait()
	return errs
}

func losesNothing(b *bench) {
	const workers, rounds = 8, 10
	b.put(item{Zone: b.zone, ID: "sum", N: ptr(int64(0)), Doc: "{}"})
	errs := together(workers, func(int) error {
		for range rounds {
			err := b.db.Update(b.ctx, func(tx store.Tx) error {
				row, err := store.Get[item](b.ctx, tx, "zone = $1 AND id = $2", b.zone, "sum")
				if err != nil {
					return err
				}
				*row.N++
				return store.Put(b.ctx, tx, row)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	b.want([]string{fmt.Sprint(workers * rounds)}, `SELECT cast(n AS text) FROM conform_items WHERE zone = $1`, b.zone)
}

// noWriteSkew: two duties, at least one must stay flagged; each worker clears
// its own after seeing both flagged.
func noWriteSkew(b *bench) {
	for range 5 {
		b.put(item{Zone: b.zone, ID: "0", Flag: true, Doc: "{}"}, item{Zone: b.zone, ID: "1", Flag: true, Doc: "{}"})
		errs := together(2, func(i int) error {
			return b.db.Update(b.ctx, func(tx store.Tx) error {
				n, err := store.Count(b.ctx, tx, `SELECT count(*) FROM conform_items WHERE zone = $1 AND flag`, b.zone)
				if err != nil || n < 2 {
					return err
				}
				return store.Put(b.ctx, tx, item{Zone: b.zone, ID: fmt.Sprint(i), Doc: "{}"})
			})
		})
		if err := errors.Join(errs...); err != nil {
			b.Fatal(err)
		}
		b.want([]string{"1"}, `SELECT cast(count(*) AS text) FROM conform_items WHERE zone = $1 AND flag`, b.zone)
	}
}

func oneWins(b *bench) {
	errs := together(8, func(i int) error {
		return b.db.Update(b.ctx, func(tx store.Tx) error {
			return store.Put(b.ctx, tx, name{Zone: b.zone, ID: fmt.Sprint(i), Name: "the name"})
		})
	})
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !store.IsUnique(err) || !errors.Is(err, kernel.ErrConflict):
			b.Errorf("a loser got %v, want a duplicate", err)
		}
	}
	if won != 1 {
		b.Errorf("%d won, want 1", won)
	}
	b.want([]string{"the name"}, `SELECT name FROM conform_names WHERE zone = $1`, b.zone)
}

func namesDuplicate(b *bench) {
	b.items("a")
	b.put(name{Zone: b.zone, ID: "1", Name: "one", Live: true, Item: ptr("0")})
	for _, c := range []struct {
		row        name
		constraint string
		columns    string
	}{
		{name{Zone: b.zone, ID: "2", Name: "one"}, "conform_names_zone_name_key", "zone name"},
		{name{Zone: b.zone, ID: "2", Name: "two", Live: true, Item: ptr("0")}, "conform_names_live", "zone item"},
	} {
		var inside error
		err := b.db.Update(b.ctx, func(tx store.Tx) error {
			inside = store.Put(b.ctx, tx, c.row)
			return inside
		})
		for _, err := range []error{inside, err} {
			u, ok := store.Unique(err)
			if !ok || u.Table != "conform_names" || u.Constraint != c.constraint || strings.Join(u.Columns, " ") != c.columns {
				b.Errorf("%v: got %+v, want %s (%s)", err, u, c.constraint, c.columns)
			}
			var f *kernel.Fault
			if !errors.As(err, &f) || f.Word != "store.duplicate" {
				b.Errorf("%v is not a Fault store.duplicate", err)
			}
		}
	}
	err := b.db.Update(b.ctx, func(tx store.Tx) error {
		_, err := tx.ExecContext(b.ctx, `INSERT INTO conform_names (zone, id, name, live) VALUES ($1, '1', 'x', false)`, b.zone)
		return err
	})
	if u, ok := store.Unique(err); !ok || u.Constraint != "conform_names_pkey" || strings.Join(u.Columns, " ") != "zone id" {
		b.Errorf("primary key: %v", err)
	}
}

func refusesReference(b *bench) {
	err := b.db.Update(b.ctx, func(tx store.Tx) error {
		return store.Put(b.ctx, tx, name{Zone: b.zone, ID: "1", Name: "one", Item: ptr("nowhere")})
	})
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "store.reference" || !errors.Is(err, kernel.ErrConflict) {
		b.Errorf("got %v, want store.reference", err)
	}
	b.want([]string{}, `SELECT id FROM conform_names WHERE zone = $1`, b.zone)
}

func cancels(b *bench) {
	ctx, cancel := context.WithCancel(b.ctx)
	err := b.db.Update(ctx, func(tx store.Tx) error {
		if err := store.Put(ctx, tx, item{Zone: b.zone, ID: "1", Doc: "{}"}); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if err == nil {
		b.Error("a cancelled update was committed")
	}
	b.want([]string{}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

func separatesZones(b *bench) {
	b.items("mine")
	other := Ctx(b, "other-"+token())
	err := b.db.View(other, func(tx store.Tx) error {
		rows, err := store.Select[item](other, tx, "WHERE zone = $1", tx.Zone)
		if len(rows) != 0 || err != nil {
			b.Errorf("another zone shows %d rows, %v", len(rows), err)
		}
		rows, err = store.Select[item](other, tx, "WHERE name = $1", "mine")
		if len(rows) != 0 {
			b.Errorf("a query that forgot its zone crossed over: %v, %v", rows, err)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	err = b.db.Update(other, func(tx store.Tx) error {
		return store.Put(other, tx, item{Zone: b.zone, ID: "theirs", Doc: "{}"})
	})
	if err == nil || !strings.Contains(err.Error(), "a row of zone") {
		b.Errorf("a row of another zone: %v", err)
	}
	b.want([]string{"0"}, `SELECT id FROM conform_items WHERE zone = $1`, b.zone)
}

func needsZone(b *bench) {
	for _, ctx := range []context.Context{b.Context(), Ctx(b, ""), Ctx(b, "*")} {
		for _, open := range []func(context.Context, func(store.Tx) error) error{b.db.View, b.db.Update} {
			err := open(ctx, func(store.Tx) error {
				b.Error("a transaction began without a zone")
				return nil
			})
			if !errors.Is(err, kernel.ErrSignedOut) {
				b.Errorf("got %v, want kernel.ErrSignedOut", err)
			}
		}
	}
}

func engineBlocks(b *bench) {
	b.update(func(tx store.Tx) error {
		_, err := tx.ExecContext(b.ctx, `INSERT INTO conform_engine (zone) VALUES ($1)`, b.zone)
		return err
	})
	b.want([]string{string(b.db.Dialect()) + "; -- not a comment"}, `SELECT name FROM conform_engine WHERE zone = $1`, b.zone)
}
