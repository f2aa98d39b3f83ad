package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// fillFigures loads the figures, instalments and dated facts of k's project.
func fillFigures(ctx context.Context, tx store.Tx, k *Docket) (err error) {
	defer kernel.Wrap(&err, "pipeline.fillFigures")
	id := k.Project.ID
	if k.Figures, err = store.Select[Figure](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY seq", tx.Zone, id); err != nil {
		return err
	}
	if k.Instalments, err = store.Select[Instalment](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY on_date, id", tx.Zone, id); err != nil {
		return err
	}
	k.FactRows, err = store.Select[FactRow](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY on_date, id", tx.Zone, id)
	return err
}

// awaiting returns the projects of which a headline revision becomes effective
// after from and up to until, both days included.
func awaiting(ctx context.Context, tx store.Tx, from, until kernel.Date) (ids []string, err error) {
	defer kernel.Wrap(&err, "pipeline.awaiting(%s)", until)
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.add("effective_on >= ?", string(from))
	w.add("effective_on <= ?", string(until))
	w.in("measure", []string{TotalInvestment, FixedInvestment})
	w.in("kind", []string{Planned, Promised})
	last := ""
	err = store.Each(ctx, tx, w.tail()+" ORDER BY project, seq", w.args, func(f Figure) error {
		recorded := kernel.DayOf(f.RecordedAt)
		if f.Project != last && recorded.Before(kernel.Date(f.EffectiveOn)) {
			ids, last = append(ids, f.Project), f.Project
		}
		return nil
	})
	return ids, err
}
