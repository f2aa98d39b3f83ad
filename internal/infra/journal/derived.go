package journal

import (
	"context"
	"reflect"
	"slices"

	"sente/internal/infra/grams"
	"sente/internal/infra/store"
	"sente/internal/infra/tally"
)

// write saves or drops rows, whose stored values are given, and in the same
// breath whatever is kept beside them and follows from them.
func write(ctx context.Context, tx store.Tx, rows []store.Row, stored []store.Stored, drop bool) error {
	changed, err := derivedFrom(ctx, tx, rows, drop)
	if err != nil {
		return err
	}
	save := store.PutStored
	if drop {
		save = store.DropStored
	}
	if err := save(ctx, tx, stored); err != nil {
		return err
	}
	for _, c := range changed {
		if err := c.apply(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}

// derived are the rows of one type, before and after a write, from which
// something else follows.
type derived struct {
	before, after []store.Row
}

// derivedFrom reads what the rows to be written replace, where it matters.
func derivedFrom(ctx context.Context, tx store.Tx, rows []store.Row, drop bool) (out []*derived, err error) {
	byType := map[reflect.Type]*derived{}
	for _, row := range rows {
		if !derives(row) {
			continue
		}
		t := reflect.TypeOf(row)
		if byType[t] == nil {
			byType[t] = &derived{}
			out = append(out, byType[t])
		}
		byType[t].after = append(byType[t].after, row)
	}
	for _, d := range out {
		d.after = lastOfEach(d.after)
		known := d.after
		if !drop {
			known = slices.DeleteFunc(slices.Clone(known), isFirst)
		}
		if d.before, err = store.Standing(ctx, tx, known); err != nil {
			return nil, err
		}
		if drop {
			d.after = nil
		}
	}
	return out, nil
}

func derives(row store.Row) bool {
	_, counted := tally.Of(row)
	_, searched := grams.Of(row)
	return counted || searched
}

func isFirst(row store.Row) bool {
	c, _ := tally.Of(row)
	return c.First
}

// lastOfEach keeps of rows with the same key the last: so does the store.
func lastOfEach(rows []store.Row) []store.Row {
	if len(rows) < 2 {
		return rows
	}
	at := map[string]int{}
	var out []store.Row
	for _, row := range rows {
		key := rowKey(row)
		if i, twice := at[key]; twice {
			out[i] = row
			continue
		}
		at[key], out = len(out), append(out, row)
	}
	return out
}

// apply brings what follows up to date.
func (d *derived) apply(ctx context.Context, tx store.Tx) error {
	var counts recount
	counts.add(-1, d.before...)
	counts.add(1, d.after...)
	if counts.sums != nil {
		if err := counts.sums.Apply(ctx, tx); err != nil {
			return err
		}
	}
	return grams.Note(ctx, tx, d.before, d.after)
}

// recount adds rows of one table up.
type recount struct{ sums *tally.Sums }

func (r *recount) add(times int64, rows ...store.Row) {
	for _, row := range rows {
		c, counted := tally.Of(row)
		if !counted {
			return
		}
		if r.sums == nil {
			r.sums = tally.NewSums(c)
		}
		r.sums.Add(c, times)
	}
}

// compare names the tallies that are not what all rows of proto's type, which r
// has added up, come to.
func (r *recount) compare(v *verifier, proto store.Row) error {
	r.add(0, proto) // also where there is no row left
	if r.sums == nil {
		return nil
	}
	wrong, err := r.sums.Compare(v.ctx, v.tx)
	for _, w := range wrong {
		v.rep.found(Finding{Kind: "tally_wrong", Table: w.Table, Key: w.Key, Fields: w.Fields, Note: w.Note})
	}
	return err
}

// searchable names the rows that the search index of their type does not know by
// their text.
func (v *verifier) searchable(texts grams.Check) error {
	index, ids, err := texts.Wrong(v.ctx, v.tx)
	for _, id := range ids {
		v.rep.found(Finding{Kind: "search_wrong", Table: index, Key: id})
	}
	return err
}
