package journal

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// AsOf returns the rows of tables as they were known at the instant at (ms UTC):
// as the entries about object left them that were recorded by then, in the order
// in which they are first mentioned. Rows that were gone by then are left out.
// Personal and restricted fields come along unless they have been erased since:
// the caller masks them as in the rows of today. A column that came later holds
// nothing.
func AsOf(ctx context.Context, tx store.Tx, object string, at int64, tables ...store.Row) (rows []store.Row, err error) {
	defer kernel.Wrap(&err, "journal.AsOf(%s)", object)
	type known struct {
		image  Image
		closed map[string]json.RawMessage
	}
	var states []known
	places := map[[2]string]int{}
	err = store.Each(ctx, tx, `WHERE zone = $1 AND object = $2 AND at <= $3 ORDER BY ord, id`, []any{tx.Zone, object, at}, func(r entryRow) error {
		images, closed, err := r.images()
		if err != nil {
			return err
		}
		for i, img := range images {
			if protoOf(tables, img.Table) == nil {
				continue
			}
			place := [2]string{img.Table, img.Key}
			n, ok := places[place]
			if !ok {
				n, states = len(states), append(states, known{})
				places[place] = n
			}
			states[n] = known{img, closed[i]}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		if s.image.After == nil {
			continue
		}
		row, err := s.image.row(protoOf(tables, s.image.Table), tx.Zone, s.closed)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func protoOf(tables []store.Row, name string) store.Row {
	i := slices.IndexFunc(tables, func(t store.Row) bool { return t.Table() == name })
	if i < 0 {
		return nil
	}
	return tables[i]
}

// asOfBatch is how many objects one query of AsOfEach asks for.
const asOfBatch = 200

// AsOfEach calls fn with the row like proto that bears the id of each of objects
// ("pipeline.project/<id>") as it was known at the instant at (ms UTC), in no
// particular order. An object without such a row by then is passed over. It reads
// the last entry of each object and goes further back only where that one does
// not hold the row. fn must not use tx.
func AsOfEach(ctx context.Context, tx store.Tx, objects []string, at int64, proto store.Row, fn func(store.Row) error) (err error) {
	defer kernel.Wrap(&err, "journal.AsOfEach(%d objects)", len(objects))
	for part := range slices.Chunk(objects, asOfBatch) {
		if err := asOfPart(ctx, tx, part, at, proto, fn); err != nil {
			return err
		}
	}
	return nil
}

func asOfPart(ctx context.Context, tx store.Tx, objects []string, at int64, proto store.Row, fn func(store.Row) error) error {
	args := []any{tx.Zone, at}
	marks := make([]string, len(objects))
	for i, o := range objects {
		args = append(args, o)
		marks[i] = "$" + strconv.Itoa(len(args))
	}
	found := map[string]bool{}
	err := store.Each(ctx, tx, `WHERE zone = $1 AND (object, ord) IN (SELECT object, max(ord) FROM journal_entries
		WHERE zone = $1 AND at <= $2 AND object IN (`+strings.Join(marks, ", ")+`) GROUP BY object)`, args, func(r entryRow) error {
		row, there, err := r.own(proto)
		if err != nil || !there {
			return err
		}
		found[r.Object] = true
		if row == nil {
			return nil
		}
		return fn(row)
	})
	for _, o := range objects {
		if err == nil && !found[o] {
			err = asOfBack(ctx, tx, o, at, proto, fn)
		}
	}
	return err
}

var errSeen = errors.New("seen")

// asOfBack looks for the row of object from the entry at at backwards.
func asOfBack(ctx context.Context, tx store.Tx, object string, at int64, proto store.Row, fn func(store.Row) error) error {
	var last store.Row
	err := store.Each(ctx, tx, `WHERE zone = $1 AND object = $2 AND at <= $3 ORDER BY ord DESC, id DESC`, []any{tx.Zone, object, at}, func(r entryRow) error {
		row, there, err := r.own(proto)
		if err == nil && there {
			last, err = row, errSeen
		}
		return err
	})
	if err != nil && !errors.Is(err, errSeen) || last == nil {
		return err
	}
	return fn(last)
}

// own returns the row like proto that bears the id of r's object; there tells
// whether r holds its image at all, row is nil when it was dropped.
func (r entryRow) own(proto store.Row) (row store.Row, there bool, err error) {
	_, id, _ := strings.Cut(r.Object, "/")
	if !strings.Contains(r.Body, `"`+proto.Table()+`"`) {
		return nil, false, nil
	}
	images, closed, err := r.images()
	if err != nil {
		return nil, false, err
	}
	for i, img := range images {
		if img.Table != proto.Table() || img.Key != escapeKey(id) {
			continue
		}
		there = true
		if row = nil; img.After == nil {
			continue
		}
		if row, err = img.row(proto, r.Zone, closed[i]); err != nil {
			return nil, false, err
		}
	}
	return row, there, nil
}
