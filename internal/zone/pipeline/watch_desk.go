package pipeline

import (
	"context"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Reached is the place in the journal up to which everything has been told.
func (d *Desk) Reached(ctx context.Context) (at int64, err error) {
	defer kernel.Wrap(&err, "pipeline.Reached")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return 0, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		at, err = journal.Size(ctx, tx)
		return err
	})
	return at, err
}

// Changes returns the projects the caller may read that were changed from place
// at of the journal on, each once and as it stands now, and the place to go on
// from. What the caller may not read, or no longer, is left out without a trace.
// too is true when so much happened that it is not told one by one.
func (d *Desk) Changes(ctx context.Context, at int64) (out []Changed, next int64, too bool, err error) {
	defer kernel.Wrap(&err, "pipeline.Changes(%d)", at)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, at, false, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		steps, err := journal.Steps(ctx, tx, at, watchMost+1)
		if err != nil {
			return err
		}
		if next, too = at, len(steps) > watchMost; too {
			next, err = journal.Size(ctx, tx)
			return err
		}
		verbs, ids := map[string]string{}, []string{}
		for _, s := range steps {
			next = s.Seq + 1
			if id := projectOf(s.Object); id != "" {
				if verbs[id] == "" {
					ids = append(ids, id)
				}
				verbs[id] = s.Verb
			}
		}
		rows, err := d.among(ctx, tx, ids)
		for _, p := range rows {
			out = append(out, Changed{ID: p.ID, Version: p.Version, Stage: p.Stage, Verb: verbs[p.ID], at: at})
		}
		if len(out) > 0 {
			out[len(out)-1].at = next // who is cut off before it hears them all again
		}
		return err
	})
	return out, next, too, err
}

// among returns those of the projects ids that the caller may read.
func (d *Desk) among(ctx context.Context, tx store.Tx, ids []string) ([]Project, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	w, err := d.readable(ctx, tx, "pipeline.read", Filter{})
	if err != nil {
		return nil, err
	}
	w.in("id", ids)
	return chosen(ctx, tx, w)
}
