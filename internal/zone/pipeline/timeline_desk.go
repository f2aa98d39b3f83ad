package pipeline

import (
	"cmp"
	"context"
	"slices"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/work"
)

// Timeline returns the journal's entries about project id, newest first: those of
// the project itself, of the reports of its firm that belong to it and their
// conflicts, and the minutes of the activity that brought it. Of these the caller
// is told what they may read where it is kept.
func (d *Desk) Timeline(ctx context.Context, id string, p journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "pipeline.Timeline(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id, "pipeline.read")
		if err != nil {
			return err
		}
		parts, err := d.told(ctx, tx, k.Project)
		if err != nil {
			return err
		}
		if entries, err = together(ctx, tx, parts, p); err != nil {
			return err
		}
		if err := d.veilCeremonies(ctx, tx, id, entries); err != nil {
			return err
		}
		return work.Veil(d.gate)(ctx, tx, entries)
	})
	return entries, err
}

// told names the entries of which p's timeline consists. What belongs to p is told
// where it is read and not recorded a second time under p: so it is told of the
// past as well, and to nobody who may not read it.
func (d *Desk) told(ctx context.Context, tx store.Tx, p Project) ([]journal.Filter, error) {
	parts := []journal.Filter{{Object: Object(p.ID)}}
	all, err := reportsOf(ctx, tx, p.ID)
	if err != nil {
		return nil, err
	}
	everything := false
	if len(all) > 0 {
		if everything, err = d.coordinates(ctx, tx); err != nil {
			return nil, err
		}
	}
	var mine []Report
	for _, r := range all {
		if everything || d.gate.Allow(ctx, tx, "pipeline.read", r.resource()) == nil {
			mine, parts = append(mine, r), append(parts, journal.Filter{Object: ReportObject(r.ID)})
		}
	}
	conflicts, err := conflictsOf(ctx, tx, mine)
	if err != nil {
		return nil, err
	}
	for _, c := range conflicts {
		if d.gate.Allow(ctx, tx, "pipeline.read", c.resource()) == nil {
			parts = append(parts, journal.Filter{Object: ConflictObject(c.ID)})
		}
	}
	readable, err := work.ActivityReadable(ctx, tx, d.gate, p.Activity)
	if readable {
		parts = append(parts, journal.Filter{Object: work.ActivityObject(p.Activity), Verb: "work.minutes_filed"})
	}
	return parts, err
}

// together is one page of the entries that any of parts lets through.
func together(ctx context.Context, tx store.Tx, parts []journal.Filter, p journal.Page) (out []journal.Entry, err error) {
	for _, f := range parts {
		list, err := journal.List(ctx, tx, f, p)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	slices.SortFunc(out, func(a, b journal.Entry) int { return cmp.Or(cmp.Compare(b.Ord, a.Ord), cmp.Compare(b.ID, a.ID)) })
	return out[:min(len(out), p.Limit)], nil
}
