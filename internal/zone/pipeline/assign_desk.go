package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Assign hands projects to a department or an official, each decided by itself:
// one that is refused keeps none of the others.
func (d *Desk) Assign(ctx context.Context, a Assignment) (out []Assigned, err error) {
	defer kernel.Wrap(&err, "pipeline.Assign(%d)", len(a.Items))
	if err := d.gate.Require(ctx, "pipeline.amend"); err != nil {
		return nil, err
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	to := Facts{Unit: a.Unit, Owner: a.Owner}
	if err := d.takers(ctx, to); err != nil {
		return nil, err
	}
	for _, i := range a.Items {
		k, err := d.Amend(ctx, i.ID, i.Version, to)
		if err != nil {
			told, ok := i.refused(err, d.book, kernel.ActorOf(ctx).Lang)
			if !ok {
				return out, err
			}
			out = append(out, told)
			continue
		}
		out = append(out, Assigned{ID: i.ID, Done: true, Version: k.Project.Version})
	}
	return out, nil
}

// takers checks once, for all, that the department and the official are there.
func (d *Desk) takers(ctx context.Context, to Facts) error {
	return d.db.View(ctx, func(tx store.Tx) error { return responsible(ctx, tx, to) })
}
