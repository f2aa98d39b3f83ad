package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// maxParams bounds the parameters of one statement: PostgreSQL takes 65,535,
// SQLite 32,766.
const maxParams = 30_000

// maxRows returns how many rows go into one statement. PostgreSQL gains from
// fewer round trips; SQLite reads a statement of many rows slowly and is fastest
// at 32 (measured: 47,000 rows/s, against 33,000 at 128 and 17,000 at 1; 60,000
// where one statement serves several times, see putAlike).
func (d Dialect) maxRows() int {
	if d == SQLite {
		return 32
	}
	return 128
}

// Put stores rows, replacing those with the same key. Rows are grouped by
// table in order of first appearance (so a parent before its children); of two
// rows with the same key the later one stays. Business tables are written
// through the journal, not with Put.
func Put(ctx context.Context, tx Tx, rows ...Row) (err error) {
	defer kernel.Wrap(&err, "store.Put")
	groups, err := tx.group(rows)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := g.put(ctx, tx); err != nil {
			return translate(fmt.Errorf("%s: %w", g.m.table, err), tx.uniques)
		}
	}
	return nil
}

// Drop deletes rows by their keys; a row that is not there is no error.
func Drop(ctx context.Context, tx Tx, rows ...Row) (err error) {
	defer kernel.Wrap(&err, "store.Drop")
	groups, err := tx.group(rows)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := g.drop(ctx, tx); err != nil {
			return translate(fmt.Errorf("%s: %w", g.m.table, err), tx.uniques)
		}
	}
	return nil
}

// group is the rows of one table as stored values, each key once.
type group struct {
	m    *mapping
	rows [][]any
	at   map[string]int // key → position in rows
}

// group sorts rows by table and refuses those of another zone.
func (tx Tx) group(rows []Row) ([]*group, error) {
	var groups []*group
	byType := map[reflect.Type]*group{}
	for _, row := range rows {
		m := mappingOf(row)
		g := byType[m.typ]
		if g == nil {
			g = &group{m: m, at: map[string]int{}}
			byType[m.typ] = g
			groups = append(groups, g)
		}
		values, err := Values(row)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.table, err)
		}
		if zone, _ := values[0].(string); zone != tx.Zone {
			return nil, fmt.Errorf("%s: a row of zone %q in a transaction of zone %q", m.table, zone, tx.Zone)
		}
		g.add(values)
	}
	return groups, nil
}

func (g *group) add(values []any) {
	key := fmt.Sprintf("%#v", g.key(values))
	if i, ok := g.at[key]; ok {
		g.rows[i] = values
		return
	}
	g.at[key] = len(g.rows)
	g.rows = append(g.rows, values)
}

// key returns the values of the primary key.
func (g *group) key(values []any) []any {
	out := make([]any, len(g.m.keys))
	for i, k := range g.m.keys {
		out[i] = values[k]
	}
	return out
}

func (g *group) put(ctx context.Context, tx Tx) error {
	width, rest := len(g.m.columns), g.rows
	if n := chunk(len(rest), width, tx.Dialect); tx.Dialect == SQLite && len(rest) >= 2*n {
		var err error
		if rest, err = g.putAlike(ctx, tx, n); err != nil {
			return err
		}
	}
	for len(rest) > 0 {
		n := chunk(len(rest), width, tx.Dialect)
		if _, err := tx.ExecContext(ctx, g.m.upsertOf(n, tx.Dialect), flat(rest[:n], width)...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// putAlike stores rows n at a time with one statement, which SQLite then reads
// only once, and returns those that are left. PostgreSQL's driver keeps
// statements by itself.
func (g *group) putAlike(ctx context.Context, tx Tx, n int) (rest [][]any, err error) {
	stmt, err := tx.PrepareContext(ctx, g.m.upsertOf(n, tx.Dialect))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for rest = g.rows; len(rest) >= n; rest = rest[n:] {
		if _, err := stmt.ExecContext(ctx, flat(rest[:n], len(g.m.columns))...); err != nil {
			return nil, err
		}
	}
	return rest, nil
}

// upsertOf is the statement that stores n rows.
func (m *mapping) upsertOf(n int, d Dialect) string {
	return m.insert + placeholders(n, len(m.columns), d) + m.upsert
}

// flat is rows of width values as one list of arguments.
func flat(rows [][]any, width int) []any {
	args := make([]any, 0, len(rows)*width)
	for _, values := range rows {
		args = append(args, values...)
	}
	return args
}

func (g *group) drop(ctx context.Context, tx Tx) error {
	width := len(g.m.keys)
	for rest := g.rows; len(rest) > 0; {
		n := chunk(len(rest), width, tx.Dialect)
		args := make([]any, 0, n*width)
		for _, values := range rest[:n] {
			args = append(args, g.key(values)...)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+g.m.table+" WHERE "+g.m.keyTest(n), args...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// chunk returns the largest power of two of rows that fits into one statement:
// powers of two, so that each table needs few different statements.
func chunk(rows, width int, d Dialect) int {
	n := 1
	for 2*n <= min(rows, d.maxRows()) && 2*n*width <= maxParams {
		n *= 2
	}
	return n
}

// placeholders returns "($1, $2), ($3, $4)" for rows × width, or the same with
// plain question marks for SQLite, which looks names up one by one.
func placeholders(rows, width int, d Dialect) string {
	var b strings.Builder
	for i := range rows * width {
		switch {
		case i == 0:
			b.WriteByte('(')
		case i%width == 0:
			b.WriteString("), (")
		default:
			b.WriteString(", ")
		}
		if d == SQLite {
			b.WriteByte('?')
			continue
		}
		b.WriteString("$" + strconv.Itoa(i+1))
	}
	return b.String() + ")"
}

// keyTest returns "(zone = $1 AND id = $2) OR (…)" for n rows. It is spelt out
// so that each parameter takes its column's type.
func (m *mapping) keyTest(n int) string {
	tests := make([]string, n)
	for row := range n {
		parts := make([]string, len(m.keys))
		for i, k := range m.keys {
			parts[i] = m.columns[k].Name + " = $" + strconv.Itoa(row*len(m.keys)+i+1)
		}
		tests[row] = "(" + strings.Join(parts, " AND ") + ")"
	}
	return strings.Join(tests, " OR ")
}
