package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"sente/internal/kernel"
)

// Get returns the one row of T that where selects, for example
// "zone = $1 AND id = $2". When there is none the error is a
// kernel.ErrNotFound with the word store.not_found.
func Get[T Row](ctx context.Context, tx Tx, where string, args ...any) (T, error) {
	rows, err := Select[T](ctx, tx, "WHERE "+where+" LIMIT 1", args...)
	if err == nil && len(rows) == 0 {
		err = kernel.Faultf(kernel.ErrNotFound, "store.not_found")
	}
	if err != nil {
		var zero T
		return zero, err
	}
	return rows[0], nil
}

// Select returns the rows of T that tail selects and sorts, for example
// "WHERE zone = $1 AND at < $2 ORDER BY at DESC LIMIT $3". No rows are no error.
func Select[T Row](ctx context.Context, tx Tx, tail string, args ...any) ([]T, error) {
	var out []T
	err := Each(ctx, tx, tail, args, func(row T) error {
		out = append(out, row)
		return nil
	})
	return out, err
}

// Each calls fn with every row of T that tail selects, without holding more
// than one in memory, and stops at fn's first error. fn must not use tx: the
// connection is busy delivering rows.
func Each[T Row](ctx context.Context, tx Tx, tail string, args []any, fn func(T) error) error {
	var proto T
	m := mappingOf(proto)
	return each(ctx, tx, m, m.query+tail, args, fn)
}

// each calls fn with the rows of query, which are m's.
func each[T Row](ctx context.Context, tx Tx, m *mapping, query string, args []any, fn func(T) error) error {
	return inspect(ctx, tx, m, query, args, func(row reflect.Value, unreadable error) error {
		if unreadable != nil {
			return unreadable
		}
		if pointer, ok := row.Addr().Interface().(*T); ok {
			return fn(*pointer)
		}
		return fn(row.Interface().(T)) // T is an interface
	})
}

// EachOf is Each for a row type known only at run time: it delivers structs of
// proto's type.
func EachOf(ctx context.Context, tx Tx, proto Row, tail string, args []any, fn func(Row) error) error {
	return Inspect(ctx, tx, proto, tail, args, func(row Row, unreadable error) error {
		if unreadable != nil {
			return unreadable
		}
		return fn(row)
	})
}

// Inspect is EachOf for auditing: a row that cannot be read, because somebody
// wrote into the table what the program never writes, comes with its error and
// filled as far as the column at fault; the rows after it still come.
func Inspect(ctx context.Context, tx Tx, proto Row, tail string, args []any, fn func(row Row, unreadable error) error) error {
	m := mappingOf(proto)
	return inspect(ctx, tx, m, m.query+tail, args, func(row reflect.Value, unreadable error) error {
		return fn(row.Interface().(Row), unreadable)
	})
}

// inspect is Inspect before the row is a Row. The value is another one for
// every row.
func inspect(ctx context.Context, tx Tx, m *mapping, query string, args []any, fn func(row reflect.Value, unreadable error) error) (err error) {
	defer kernel.Wrap(&err, "store.Each(%s)", m.table)
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return translate(err, tx.uniques)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	fields, targets := make([]field, len(m.columns)), make([]any, len(m.columns))
	for i := range fields {
		fields[i].column, targets[i] = &m.columns[i], &fields[i]
	}
	for rows.Next() {
		v := reflect.New(m.typ).Elem()
		for i := range fields {
			fields[i].value = v.FieldByIndex(m.columns[i].Index)
		}
		unreadable := rows.Scan(targets...)
		if err := tx.owns(fields[0].value.String()); err != nil {
			return errors.Join(unreadable, err)
		}
		if err := fn(v, unreadable); err != nil {
			return err
		}
	}
	return translate(rows.Err(), tx.uniques)
}

// owns refuses a row of another zone. PostgreSQL shows none; SQLite has no
// row-level security, so a query that forgot its zone is stopped here.
func (tx Tx) owns(zone string) error {
	if zone == tx.Zone || tx.Zone == allZones {
		return nil
	}
	return fmt.Errorf("a row of zone %q in a transaction of zone %q: the query does not compare zone", zone, tx.Zone)
}

// Count returns the single number query yields, for example
// "SELECT count(*) FROM t WHERE zone = $1".
func Count(ctx context.Context, tx Tx, query string, args ...any) (n int64, err error) {
	defer kernel.Wrap(&err, "store.Count")
	err = tx.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, translate(err, tx.uniques)
}

// EscapeLike escapes what LIKE … ESCAPE '\' would take for a wildcard.
func EscapeLike(s string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s)
}

// Pattern is what follows LIKE: the pattern that stands in the parameter mark. A
// bare parameter there would make SQLite prepare the statement anew for each
// pattern, to see whether it begins with a letter an index could be searched by.
func Pattern(mark string) string { return "CAST(" + mark + ` AS text) ESCAPE '\'` }
