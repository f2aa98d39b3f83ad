package journal

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
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
	images := newImageReader(proto)
	for part := range slices.Chunk(objects, asOfBatch) {
		if err := asOfPart(ctx, tx, part, at, images, fn); err != nil {
			return err
		}
	}
	return nil
}

func asOfPart(ctx context.Context, tx store.Tx, objects []string, at int64, images imageReader, fn func(store.Row) error) error {
	args := []any{tx.Zone, at}
	marks := make([]string, len(objects))
	for i, o := range objects {
		args = append(args, o)
		marks[i] = "($" + strconv.Itoa(len(args)) + ")"
	}
	found := map[string]bool{}
	err := store.Each(ctx, tx, `WHERE zone = $1 AND id IN (SELECT (SELECT x.id FROM journal_entries x WHERE x.zone = $1 AND x.object = p.column1 AND x.at <= $2
		ORDER BY x.ord DESC, x.id DESC LIMIT 1) FROM (VALUES `+strings.Join(marks, ", ")+`) p)`, args, func(r entryRow) error {
		row, there, err := images.own(r)
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
			err = asOfBack(ctx, tx, o, at, images, fn)
		}
	}
	return err
}

var errSeen = errors.New("seen")

// asOfBack looks for the row of object backwards from the instant at.
func asOfBack(ctx context.Context, tx store.Tx, object string, at int64, images imageReader, fn func(store.Row) error) error {
	var last store.Row
	err := store.Each(ctx, tx, `WHERE zone = $1 AND object = $2 AND at <= $3 ORDER BY ord DESC, id DESC`, []any{tx.Zone, object, at}, func(r entryRow) error {
		row, there, err := images.own(r)
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

// imageReader reads images of one table in a single pass over their JSON: a list
// of a whole zone reads as many images as it has rows.
type imageReader struct {
	table   string
	typ     reflect.Type // of the row
	flat    reflect.Type // a struct with one field for each column, named by it
	columns []store.Column
}

func newImageReader(proto store.Row) imageReader {
	m := imageReader{table: proto.Table(), typ: reflect.Indirect(reflect.ValueOf(proto)).Type(), columns: store.Columns(proto)}
	fields := make([]reflect.StructField, len(m.columns))
	for i, col := range m.columns {
		name := col.Name
		if name == "zone" {
			name = "-" // images do not tell it
		}
		fields[i] = reflect.StructField{Name: "F" + strconv.Itoa(i), Type: m.typ.FieldByIndex(col.Index).Type, Tag: reflect.StructTag(`json:"` + name + `"`)}
	}
	m.flat = reflect.StructOf(fields)
	return m
}

// own returns the row that bears the id of r's object; there tells whether r
// holds its image at all, row is nil when it was dropped.
func (m imageReader) own(r entryRow) (row store.Row, there bool, err error) {
	_, id, _ := strings.Cut(r.Object, "/")
	start := `{"t":"` + m.table + `","k":"` + escapeKey(id) + `","v":`
	text, err := r.open()
	if err != nil {
		return nil, false, err
	}
	i := strings.LastIndex(text, start) // its quotes are escaped inside a JSON string, so it cannot occur there
	if i < 0 {
		return nil, false, nil
	}
	after := text[i+len(start):]
	if strings.HasPrefix(after, "null") {
		return nil, true, nil
	}
	flat := reflect.New(m.flat)
	if err := json.NewDecoder(strings.NewReader(after)).Decode(flat.Interface()); err != nil {
		return nil, false, err
	}
	if err := r.closed(text, m.table, escapeKey(id), flat.Interface()); err != nil {
		return nil, false, err
	}
	v := reflect.New(m.typ).Elem()
	for i, col := range m.columns {
		v.FieldByIndex(col.Index).Set(flat.Elem().Field(i))
	}
	v.FieldByIndex(m.columns[0].Index).SetString(r.Zone) // the first column is always zone
	return v.Interface().(store.Row), true, nil
}

// closed reads the private fields of the last image with key in table, by the open
// body text, into v;
// none when nothing was held or it is erased.
func (r entryRow) closed(text, table, key string, v any) error {
	if r.Private == nil {
		return nil
	}
	var open struct {
		Rows []struct {
			Table string `json:"t"`
			Key   string `json:"k"`
		} `json:"rows"`
	}
	var p struct {
		Rows []json.RawMessage `json:"rows"`
	}
	if err := errors.Join(json.Unmarshal([]byte(text), &open), json.Unmarshal([]byte(*r.Private), &p)); err != nil {
		return err
	}
	for i, img := range slices.Backward(open.Rows) {
		if img.Table == table && img.Key == key && i < len(p.Rows) {
			return json.Unmarshal(p.Rows[i], v) // null leaves v as it is
		}
	}
	return nil
}
