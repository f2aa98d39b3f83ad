package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// FindAsOf returns project id as it had been recorded by the end of the day
// asOf, China Standard Time; "" is Find. Who may read it today may read it as it
// was. It answers what was known then; from when a figure holds is told by its
// own EffectiveOn.
func (d *Desk) FindAsOf(ctx context.Context, id, asOf string) (k *Docket, err error) {
	defer kernel.Wrap(&err, "pipeline.FindAsOf(%q, %s)", id, asOf)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if k, err = d.docketAsOf(ctx, tx, id, asOf); err != nil {
			return err
		}
		named, err := names(ctx, tx, []Project{k.Project})
		if err == nil {
			k.UnitName, k.OwnerName = named[0].UnitName, named[0].OwnerName
		}
		return err
	})
	return k, err
}

func (d *Desk) docketAsOf(ctx context.Context, tx store.Tx, id, asOf string) (*Docket, error) {
	if asOf == "" {
		return d.docket(ctx, tx, id, "pipeline.read")
	}
	p, err := Get(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if d.gate.Allow(ctx, tx, "pipeline.read", p.resource()) != nil {
		return nil, kernel.Faultf(kernel.ErrNotFound, "pipeline.not_found")
	}
	if err := checkAsOf(asOf, today(tx)); err != nil {
		return nil, err
	}
	day := kernel.Date(asOf)
	k, err := loadPast(ctx, tx, p, endOf(day))
	if err != nil {
		return nil, err
	}
	t, known, err := d.track(ctx, tx, k.Project.TrackID(), day)
	if err == nil && !known {
		t, _, err = d.track(ctx, tx, GeneralTrack, day)
	}
	k.AsOf, k.Today, k.Track = day, day, t.including(k.Project.Standing())
	return k, errors.Join(err, d.lookBeside(ctx, tx, k))
}

// past returns the projects the caller may do perm to today as they stood at the
// end of the day f.AsOf, those that f lets through.
func (d *Desk) past(ctx context.Context, tx store.Tx, perm string, f Filter) ([]Project, error) {
	if err := checkAsOf(f.AsOf, today(tx)); err != nil {
		return nil, err
	}
	s, err := f.settle(d.industries, kernel.Date(f.AsOf))
	if err != nil {
		return nil, err
	}
	if s.Stages, err = d.withSteps(ctx, tx, s.Stages, s.Exact, kernel.Date(f.AsOf)); err != nil {
		return nil, err
	}
	w, err := d.readable(ctx, tx, perm, Filter{})
	if err != nil {
		return nil, err
	}
	return listPast(ctx, tx, w, endOf(kernel.Date(f.AsOf)), s.lets)
}
