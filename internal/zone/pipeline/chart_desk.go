package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Dates returns, for those of the projects ids the caller may read, the latest
// date of each stage and kind that was not taken back.
func (d *Desk) Dates(ctx context.Context, ids []string) (out []Dates, err error) {
	defer kernel.Wrap(&err, "pipeline.Dates(%d)", len(ids))
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		projects, err := d.among(ctx, tx, ids)
		if err != nil || len(projects) == 0 {
			return err
		}
		all, err := milestonesOf(ctx, tx, projects)
		for _, p := range projects {
			out = append(out, Dates{p.ID, Latest(all[p.ID])})
		}
		return err
	})
	return out, err
}
