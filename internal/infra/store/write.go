package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// maxParams bounds the parameters of one statement: PostgreSQL takes 65,535,
// SQLite 32,766.
const maxParams = 30_000

// maxRows returns how many rows go into one statement. PostgreSQL gains from
// fewer round trips; SQLite reads a statement of many rows slowly and is fastest
// at 32 (measured: 47,000 rows/s, against 33,000 at 128 and 17,000 at 1).
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
	stored, err := storedAll(rows)
	if err != nil {
		return err
	}
	return PutStored(ctx, tx, stored)
}

// PutStored is Put for rows whose values are known already.
func PutStored(ctx context.Context, tx Tx, rows []Stored) (err error) {
	batches, err := tx.batches(rows)
	if err != nil {
		return err
	}
	if err := tx.advance(ctx, batches); err != nil {
		return translate(err, tx.uniques)
	}
	for _, b := range batches {
		if err := b.put(ctx, tx); err != nil {
			return translate(fmt.Errorf("%s: %w", b.m.table, err), tx.uniques)
		}
	}
	return nil
}

// Drop deletes rows by their keys; a row that is not there is no error.
func Drop(ctx context.Context, tx Tx, rows ...Row) (err error) {
	defer kernel.Wrap(&err, "store.Drop")
	stored, err := storedAll(rows)
	if err != nil {
		return err
	}
	return DropStored(ctx, tx, stored)
}

// DropStored is Drop for rows whose values are known already.
func DropStored(ctx context.Context, tx Tx, rows []Stored) (err error) {
	batches, err := tx.batches(rows)
	if err != nil {
		return err
	}
	if err := tx.advance(ctx, batches); err != nil {
		return translate(err, tx.uniques)
	}
	for _, b := range batches {
		if err := b.drop(ctx, tx); err != nil {
			return translate(fmt.Errorf("%s: %w", b.m.table, err), tx.uniques)
		}
	}
	return nil
}

// Stored is a row with the values it stores.
type Stored struct {
	m      *mapping
	Values []any // in the order of Columns, of the kinds Values yields
}

// StoredOf reads the values of row. Fault: store.bad_text.
func StoredOf(row Row) (Stored, error) {
	m := mappingOf(row)
	values, err := Values(row)
	if err != nil {
		return Stored{}, fmt.Errorf("%s: %w", m.table, err)
	}
	return Stored{m, values}, nil
}

func storedAll(rows []Row) (_ []Stored, err error) {
	out := make([]Stored, len(rows))
	for i, row := range rows {
		if out[i], err = StoredOf(row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// batch is the rows of one table as stored values, each key once.
type batch struct {
	m    *mapping
	rows [][]any
	at   map[string]int // key → position in rows; nil while there is one
}

// batches sorts rows by table and refuses those of another zone.
func (tx Tx) batches(rows []Stored) ([]*batch, error) {
	var all []*batch
	byTable := map[*mapping]*batch{}
	for _, row := range rows {
		b := byTable[row.m]
		if b == nil {
			b = &batch{m: row.m}
			byTable[row.m] = b
			all = append(all, b)
		}
		if zone, _ := row.Values[0].(string); zone != tx.Zone {
			return nil, fmt.Errorf("%s: a row of zone %q in a transaction of zone %q", row.m.table, zone, tx.Zone)
		}
		b.add(row.Values)
	}
	return all, nil
}

func (b *batch) add(values []any) {
	if len(b.rows) == 0 { // most acts store one row of a table
		b.rows = append(b.rows, values)
		return
	}
	if b.at == nil {
		b.at = map[string]int{b.key(b.rows[0]): 0}
	}
	key := b.key(values)
	if i, ok := b.at[key]; ok {
		b.rows[i] = values
		return
	}
	b.at[key] = len(b.rows)
	b.rows = append(b.rows, values)
}

// key is the primary key in a form that tells all keys apart.
func (b *batch) key(values []any) string {
	var key []byte
	for _, k := range b.m.keys {
		switch v := values[k].(type) {
		case string:
			key = append(strconv.AppendInt(append(key, 's'), int64(len(v)), 10), ':')
			key = append(key, v...)
		case int64:
			key = strconv.AppendInt(append(key, 'i'), v, 10)
		default:
			key = fmt.Appendf(key, "%#v", v)
		}
	}
	return string(key)
}

func (b *batch) put(ctx context.Context, tx Tx) error {
	width := len(b.m.columns)
	for rest := b.rows; len(rest) > 0; {
		n := chunk(len(rest), width, tx.Dialect)
		args := rest[0]
		if n > 1 {
			args = flat(rest[:n], width)
		}
		if _, err := tx.ExecContext(ctx, b.m.upsertOf(n, tx.Dialect), args...); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// upsertOf is the statement that stores n rows.
func (m *mapping) upsertOf(n int, d Dialect) string {
	type form struct {
		n int
		d Dialect
	}
	if text, ok := m.upserts.Load(form{n, d}); ok {
		return text.(string)
	}
	text := m.insert + placeholders(n, len(m.columns), d) + m.upsert
	m.upserts.Store(form{n, d}, text)
	return text
}

// flat is rows of width values as one list of arguments.
func flat(rows [][]any, width int) []any {
	args := make([]any, 0, len(rows)*width)
	for _, values := range rows {
		args = append(args, values...)
	}
	return args
}

func (b *batch) drop(ctx context.Context, tx Tx) error {
	width := len(b.m.keys)
	for rest := b.rows; len(rest) > 0; {
		n := chunk(len(rest), width, tx.Dialect)
		keys := make([][]any, n)
		for i, values := range rest[:n] {
			for _, k := range b.m.keys {
				keys[i] = append(keys[i], values[k])
			}
		}
		stmt, args := b.m.without(keys, tx)
		if _, err := tx.ExecContext(ctx, stmt, args...); err != nil {
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
