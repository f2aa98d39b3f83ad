package work

import (
	"context"
	"embed"
	"errors"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations make the tables of this context, numbered 0120 and up.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the business tables of this context, for the journal to verify
// and rebuild.
func Tables() []store.Row {
	return []store.Row{Task{}, Note{}, Activity{}, Method{}, Campaign{}, Counter{}}
}

// where collects conditions and their numbered arguments.
type where struct {
	conds []string
	args  []any
}

// add appends a condition; each ? in it stands for the next argument.
func (w *where) add(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.conds = append(w.conds, cond)
}

// in narrows column to values; no values let nothing through.
func (w *where) in(column string, values []string) {
	marks, args := []string{"NULL"}, []any{}
	for _, v := range values {
		marks, args = append(marks, "?"), append(args, v)
	}
	w.add(column+" IN ("+strings.Join(marks, ", ")+")", args...)
}

// equal narrows columns to values that are stated.
func (w *where) equal(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			w.add(pairs[i]+" = ?", pairs[i+1])
		}
	}
}

func (w *where) tail() string { return "WHERE " + strings.Join(w.conds, " AND ") }

// keyset appends the place after which a page begins.
func (w *where) keyset(s sortBy, after *Place) {
	if after == nil {
		return
	}
	var key any = after.S
	if s.number {
		key = after.N
	}
	w.add("("+s.column+", id) "+s.beyond()+" (?, ?)", key, after.ID)
}

// page is the end of a query for one page.
func (w *where) page(s sortBy, limit int) (string, []any) {
	return w.tail() + " ORDER BY " + s.column + s.direction() + ", id" + s.direction() + " LIMIT $" + strconv.Itoa(len(w.args)+1), append(w.args, int64(limit))
}

func known(err error, word string) error {
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.Faultf(kernel.ErrNotFound, word)
	}
	return err
}

func loadCounter(ctx context.Context, tx store.Tx, year string) (Counter, error) {
	c, err := store.Get[Counter](ctx, tx, "zone = $1 AND year = $2", tx.Zone, year)
	if errors.Is(err, kernel.ErrNotFound) {
		return Counter{Zone: tx.Zone, Year: year}, nil
	}
	return c, err
}
