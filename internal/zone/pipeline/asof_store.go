package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// loadPast returns project id with all that was filed under it as it had been
// recorded at the instant at, ms UTC. pipeline.not_yet when it was not there yet.
func loadPast(ctx context.Context, tx store.Tx, p Project, at int64) (k *Docket, err error) {
	defer kernel.Wrap(&err, "pipeline.loadPast(%q)", p.ID)
	rows, err := journal.AsOf(ctx, tx, Object(p.ID), at, Project{}, Milestone{}, Evidence{}, Signoff{}, Signing{}, Figure{}, Instalment{}, FactRow{})
	if err != nil {
		return nil, err
	}
	k = &Docket{}
	for _, row := range rows {
		k.file(row)
	}
	if k.Project.ID != p.ID {
		return nil, kernel.Faultf(kernel.ErrNotFound, "pipeline.not_yet", string(kernel.DayOf(at)), string(kernel.DayOf(p.CreatedAt)))
	}
	k.order()
	signing := ""
	if k.Signing != nil {
		signing = k.Signing.ID
	}
	// A ceremony is recorded with the project that held it, and never changed.
	all, err := loadCeremonies(ctx, tx, signing, p.ID)
	for _, c := range all {
		if c.RecordedAt <= at {
			k.Ceremonies = append(k.Ceremonies, c)
		}
	}
	return k, err
}

// file puts a row where it belongs in the docket.
func (k *Docket) file(row store.Row) {
	switch r := row.(type) {
	case Project:
		k.Project = r
	case Milestone:
		k.Milestones = append(k.Milestones, r)
	case Evidence:
		k.Evidence = append(k.Evidence, r)
	case Signoff:
		k.Signoffs = append(k.Signoffs, r)
	case Signing:
		if r.Key != "" {
			k.Signing = &r
		}
	case Figure:
		k.Figures = append(k.Figures, r)
	case Instalment:
		k.Instalments = append(k.Instalments, r)
	case FactRow:
		k.FactRows = append(k.FactRows, r)
	}
}

// listPast returns the projects that readable lets through today as they had
// been recorded at the instant at, as far as lets allows. A project that
// has not been written since is read from its table, the others from the journal.
func listPast(ctx context.Context, tx store.Tx, readable *where, at int64, lets func(Project) bool) (out []Project, err error) {
	defer kernel.Wrap(&err, "pipeline.listPast")
	readable.add("created_at <= ?", at)
	changed, err := changedSince(ctx, tx, readable, at)
	if err != nil {
		return nil, err
	}
	readable.add("updated_at <= ? AND reckoned_at <= ?", at, at)
	err = store.Each(ctx, tx, readable.tail(), readable.args, func(p Project) error {
		if lets(p) {
			out = append(out, p)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = journal.AsOfEach(ctx, tx, changed, at, Project{}, func(row store.Row) error {
		if p := row.(Project); lets(p) {
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// changedSince names the projects that w lets through and that have been written
// after the instant at, by people or by a reckoning.
func changedSince(ctx context.Context, tx store.Tx, w *where, at int64) (objects []string, err error) {
	since := w.fork()
	since.add("(updated_at > ? OR reckoned_at > ?)", at, at)
	rows, err := tx.QueryContext(ctx, "SELECT id FROM pipeline_projects "+since.tail(), since.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		objects = append(objects, Object(id))
	}
	return objects, rows.Err()
}
