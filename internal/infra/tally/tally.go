package tally

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Count is what one row adds to the tallies of its table.
type Count struct {
	First bool // the row is as it was first written: nothing of it was counted before

	into  table
	cells [][]string // each a value for every key column
	sums  []int64    // what the row adds to each cell
}

// table is where rows of one type are counted.
type table struct {
	name       string
	keys, sums []string // columns: after zone and before slot; those added up
}

// Of returns what row adds to the tallies; false when rows of its type are not
// counted. A type that is has three methods, of plain values so that a file of
// rules can have them: Tallies names the table, its key columns and its sums,
// the same for every row; Tally says in which cells a row is counted, from the
// finest on, and what it adds to each; First says that it is as it was first
// written.
func Of(row store.Row) (c Count, counted bool) {
	r, counted := row.(interface {
		Tallies() (table string, keys, sums []string)
		Tally() (cells [][]string, sums []int64)
		First() bool
	})
	if !counted {
		return c, false
	}
	c.First = r.First()
	c.into.name, c.into.keys, c.into.sums = r.Tallies()
	c.cells, c.sums = r.Tally()
	return c, true
}

// slots is over how many rows PostgreSQL spreads a cell.
const slots = 16

// maxCells is how many cells go into one statement.
const maxCells = 32

// Sums adds up counts of one table, by cell.
type Sums struct {
	table
	cells map[string]*cell
}

type cell struct {
	keys []string
	sums []int64
}

// NewSums returns empty sums for counts like c.
func NewSums(c Count) *Sums { return &Sums{c.into, map[string]*cell{}} }

// Add counts c times times: 1 to count it, -1 to take it off.
func (s *Sums) Add(c Count, times int64) {
	for _, keys := range c.cells {
		at := s.at(keys)
		for i, n := range c.sums {
			at.sums[i] += times * n
		}
	}
}

func (s *Sums) at(keys []string) *cell {
	name := strings.Join(keys, "\x00")
	c := s.cells[name]
	if c == nil {
		c = &cell{keys, make([]int64, len(s.table.sums))}
		s.cells[name] = c
	}
	return c
}

// changed returns the cells that are not zero in a fixed order, in which all
// writers come to them, so that no two wait for each other.
func (s *Sums) changed() []*cell {
	var out []*cell
	for _, name := range slices.Sorted(maps.Keys(s.cells)) {
		if c := s.cells[name]; slices.ContainsFunc(c.sums, func(n int64) bool { return n != 0 }) {
			out = append(out, c)
		}
	}
	return out
}

// Apply adds s to the tallies of the transaction's zone.
func (s *Sums) Apply(ctx context.Context, tx store.Tx) (err error) {
	defer kernel.Wrap(&err, "tally.Apply(%s)", s.name)
	for part := range slices.Chunk(s.changed(), maxCells) {
		var args []any
		for _, c := range part {
			args = append(args, tx.Zone)
			for _, k := range c.keys {
				args = append(args, k)
			}
			for _, n := range c.sums {
				args = append(args, n)
			}
		}
		if _, err := tx.ExecContext(ctx, s.upsert(len(part), tx.Dialect), args...); err != nil {
			return err
		}
	}
	return nil
}

// upsert is the statement that adds to n cells.
func (s *Sums) upsert(n int, d store.Dialect) string {
	slot := "0"
	if d == store.Postgres {
		slot = "pg_backend_pid() % " + strconv.Itoa(slots) // a connection does one thing at a time
	}
	width := 1 + len(s.keys) + len(s.sums)
	rows := make([]string, n)
	for i := range rows {
		marks := make([]string, width)
		for j := range marks {
			marks[j] = "$" + strconv.Itoa(i*width+j+1)
		}
		rows[i] = "(" + strings.Join(marks, ", ") + ", " + slot + ")"
	}
	sets := make([]string, len(s.sums))
	for i, c := range s.sums {
		sets[i] = c + " = " + s.name + "." + c + " + excluded." + c
	}
	keys := "zone, " + strings.Join(s.keys, ", ")
	return "INSERT INTO " + s.name + " (" + keys + ", " + strings.Join(s.sums, ", ") + ", slot) VALUES " + strings.Join(rows, ", ") +
		" ON CONFLICT (" + keys + ", slot) DO UPDATE SET " + strings.Join(sets, ", ")
}

// Wrong is a cell whose tally is not what its rows come to.
type Wrong struct {
	Table  string
	Key    string   // the key columns after zone, joined by "/"
	Fields []string // the sums that differ
	Note   string   // of each: what is kept and what the rows come to
}

// Compare returns the cells in which the tallies of the transaction's zone are
// not what s, the sums over all rows, says.
func (s *Sums) Compare(ctx context.Context, tx store.Tx) (wrong []Wrong, err error) {
	defer kernel.Wrap(&err, "tally.Compare(%s)", s.name)
	kept, err := s.read(ctx, tx)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for name := range s.cells {
		names[name] = true
	}
	for name := range kept.cells {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		keys := strings.Split(name, "\x00")
		is, due := kept.at(keys), s.at(keys)
		w := Wrong{Table: s.name, Key: strings.Join(keys, "/")}
		var notes []string
		for i, field := range s.sums {
			if is.sums[i] != due.sums[i] {
				w.Fields = append(w.Fields, field)
				notes = append(notes, field+": "+strconv.FormatInt(is.sums[i], 10)+" ≠ "+strconv.FormatInt(due.sums[i], 10))
			}
		}
		if w.Note = strings.Join(notes, ", "); len(w.Fields) > 0 {
			wrong = append(wrong, w)
		}
	}
	return wrong, nil
}

// read returns the tallies as they are kept.
func (s *Sums) read(ctx context.Context, tx store.Tx) (kept *Sums, err error) {
	kept = &Sums{s.table, map[string]*cell{}}
	rows, err := tx.QueryContext(ctx, "SELECT "+strings.Join(slices.Concat(s.keys, s.sums), ", ")+" FROM "+s.name+" WHERE zone = $1", tx.Zone)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := rows.Close(); err == nil {
			err = closing
		}
	}()
	keys, sums := make([]string, len(s.keys)), make([]int64, len(s.sums))
	var to []any
	for i := range keys {
		to = append(to, &keys[i])
	}
	for i := range sums {
		to = append(to, &sums[i])
	}
	for rows.Next() {
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		c := kept.at(slices.Clone(keys))
		for i, n := range sums {
			c.sums[i] += n
		}
	}
	return kept, rows.Err()
}
