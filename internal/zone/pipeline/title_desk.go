package pipeline

import (
	"context"

	"sente/internal/infra/store"
)

// Titles names those of the projects ids that the context's actor may read, by
// id: for contexts below, whose tasks and notes are about projects.
func (d *Desk) Titles(ctx context.Context, tx store.Tx, ids []string) (map[string]string, error) {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("id", append([]string{""}, ids...))
	cond, args, err := d.gate.Filter(ctx, tx, "pipeline.read", "Project", "", len(w.args)+1)
	if err != nil {
		return nil, err
	}
	w.conds, w.args = append(w.conds, cond), append(w.args, args...)
	return titles(ctx, tx, w)
}
