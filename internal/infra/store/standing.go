package store

import (
	"context"
	"errors"
	"reflect"

	"sente/internal/kernel"
)

// Standing returns the rows that stand in the table under the keys of rows, all
// of one type: what a Put of rows would replace and a Drop take away.
func Standing(ctx context.Context, tx Tx, rows []Row) (out []Row, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	m := mappingOf(rows[0])
	defer kernel.Wrap(&err, "store.Standing(%s)", m.table)
	for len(rows) > 0 {
		n := chunk(len(rows), len(m.keys), tx.Dialect)
		var args []any
		for _, row := range rows[:n] {
			v := reflect.Indirect(reflect.ValueOf(row))
			for _, k := range m.keys {
				value, bad := storedValue(m.columns[k], v.FieldByIndex(m.columns[k].Index))
				err, args = errors.Join(err, bad), append(args, value)
			}
		}
		if err != nil {
			return nil, err
		}
		err := EachOf(ctx, tx, rows[0], "WHERE "+m.keyTest(n), args, func(row Row) error {
			out = append(out, row)
			return nil
		})
		if err != nil {
			return nil, err
		}
		rows = rows[n:]
	}
	return out, nil
}
