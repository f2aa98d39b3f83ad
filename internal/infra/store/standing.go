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
		keys := make([][]any, n)
		for i, row := range rows[:n] {
			v := reflect.Indirect(reflect.ValueOf(row))
			for _, k := range m.keys {
				value, bad := storedValue(m.columns[k], v.FieldByIndex(m.columns[k].Index))
				err, keys[i] = errors.Join(err, bad), append(keys[i], value)
			}
		}
		if err != nil {
			return nil, err
		}
		query, args := m.withKeys(keys, tx)
		err := inspect(ctx, tx, m, query, args, func(row reflect.Value, unreadable error) error {
			out = append(out, row.Interface().(Row))
			return unreadable
		})
		if err != nil {
			return nil, err
		}
		rows = rows[n:]
	}
	return out, nil
}
