package pipeline

import (
	"context"

	"sente/internal/infra/grams"
	"sente/internal/infra/store"
)

// candidates are the projects that alone can hold what a filter looks for.
type candidates struct{ ids []string }

// named returns the projects whose names, investors' names and numbers may hold
// what f looks for; nil when the search index does not say, and they must be
// looked through.
func named(ctx context.Context, tx store.Tx, f settledFilter) (*candidates, error) {
	if f.Q == "" {
		return nil, nil
	}
	t, _ := grams.Of(Project{})
	ids, known, err := t.Index.Find(ctx, tx, fold(f.Q))
	if err != nil || !known {
		return nil, err
	}
	return &candidates{ids}, nil
}

// among leaves only the projects of c, unless it is nil.
func (w *where) among(d store.Dialect, c *candidates) {
	switch {
	case c == nil:
	case d == store.SQLite:
		// Without its indexes the rows named are all that is read of the table, whatever
		// else is asked and in whatever order.
		w.only = "NOT INDEXED "
		cond, ids := grams.Among(d, "p.id", c.ids)
		w.add("rowid IN (SELECT p.rowid FROM pipeline_projects p WHERE p.zone = $1 AND "+cond+")", ids)
	default:
		cond, ids := grams.Among(d, "id", c.ids)
		w.add(cond, ids)
	}
}
