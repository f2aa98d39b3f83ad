package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
)

// Among calls fn with every row of T of the transaction's zone in whose column one
// of values stands, and for which also holds, "" = whatever it is. also has no
// arguments. The order is none; fn must not use tx.
//
// PostgreSQL looks every value up by itself. Of "column IN (…)" it makes a walk
// through all of the zone where it has no statistics, as during a first import:
// it takes a zone for a two-hundredth of the table and finds that short.
func Among[T Row](ctx context.Context, tx Tx, column string, values []string, also string, fn func(T) error) error {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	if tx.Dialect == Postgres {
		if len(values) == 0 {
			return nil
		}
		var proto T
		m := mappingOf(proto)
		query := "SELECT " + m.names + " FROM " + m.sought([]string{column}, []string{"text"}, m.names, also)
		return each(ctx, tx, m, query, []any{tx.Zone, values}, fn)
	}
	if also != "" {
		also = " AND " + also
	}
	for part := range slices.Chunk(values, 400) {
		args := []any{tx.Zone}
		marks := make([]string, len(part))
		for i, v := range part {
			args = append(args, v)
			marks[i] = "$" + strconv.Itoa(i+2)
		}
		if err := Each(ctx, tx, "WHERE zone = $1 AND "+column+" IN ("+strings.Join(marks, ", ")+")"+also, args, fn); err != nil {
			return err
		}
	}
	return nil
}

// sought reads what of the rows of zone $1 in whose columns the values of one
// place of the arrays $2, $3 … stand, which are of the given types; each row comes
// once, however often its values are given. OFFSET keeps
// the planner from making a join of it, which it would carry out in another way.
func (m *mapping) sought(columns, types []string, what, also string) string {
	arrays, names, tests := make([]string, len(columns)), make([]string, len(columns)), []string{"zone = $1"}
	for i, c := range columns {
		arrays[i] = "$" + strconv.Itoa(i+2) + "::" + types[i] + "[]"
		names[i] = "k" + strconv.Itoa(i)
		tests = append(tests, c+" = sought."+names[i])
	}
	if also != "" {
		tests = append(tests, also)
	}
	given := "(SELECT DISTINCT * FROM unnest(" + strings.Join(arrays, ", ") + ") AS given(" + strings.Join(names, ", ") + ")) AS sought"
	return given + " CROSS JOIN LATERAL (SELECT " + what +
		" FROM " + m.table + " WHERE " + strings.Join(tests, " AND ") + " OFFSET 0) AS found"
}

// withKeys reads the rows with the given values of the key columns, zone first.
func (m *mapping) withKeys(keys [][]any, tx Tx) (query string, args []any) {
	if columns, types, args, ok := m.arrays(keys, tx); ok {
		return "SELECT " + m.names + " FROM " + m.sought(columns, types, m.names, ""), args
	}
	return m.query + "WHERE " + m.keyTest(len(keys)), flat(keys, len(m.keys))
}

// without deletes the rows with the given values of the key columns, zone first.
func (m *mapping) without(keys [][]any, tx Tx) (stmt string, args []any) {
	stmt = "DELETE FROM " + m.table + " WHERE "
	if columns, types, args, ok := m.arrays(keys, tx); ok {
		return stmt + "ctid = ANY (ARRAY (SELECT found.ctid FROM " + m.sought(columns, types, "ctid", "") + "))", args
	}
	return stmt + m.keyTest(len(keys)), flat(keys, len(m.keys))
}

// arrays is keys column by column, on PostgreSQL and where there are several, all
// texts or whole numbers.
func (m *mapping) arrays(keys [][]any, tx Tx) (columns, types []string, args []any, ok bool) {
	if tx.Dialect != Postgres || len(keys) < 2 {
		return nil, nil, nil, false
	}
	args = []any{tx.Zone}
	for i, k := range m.keys[1:] {
		var texts []string
		var numbers []int64
		for _, values := range keys {
			switch v := values[i+1].(type) {
			case string:
				texts = append(texts, v)
			case int64:
				numbers = append(numbers, v)
			}
		}
		columns = append(columns, m.columns[k].Name)
		switch len(keys) {
		case len(texts):
			types, args = append(types, "text"), append(args, texts)
		case len(numbers):
			types, args = append(types, "bigint"), append(args, numbers)
		default:
			return nil, nil, nil, false
		}
	}
	return columns, types, args, len(columns) > 0
}
