package pipeline

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// dockets returns the dockets of projects with what gates and clocks look at,
// read with a few queries; without signings, ceremonies and names.
func dockets(ctx context.Context, tx store.Tx, projects []Project) ([]*Docket, error) {
	out := make([]*Docket, len(projects))
	for i, p := range projects {
		out[i] = &Docket{Dossier: Dossier{Project: p}}
	}
	for part := range slices.Chunk(out, 200) {
		if err := loadDockets(ctx, tx, part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func loadDockets(ctx context.Context, tx store.Tx, part []*Docket) error {
	by, ids, investors := map[string]*Docket{}, []string{}, []string{}
	for _, k := range part {
		by[k.Project.ID], ids = k, append(ids, k.Project.ID)
		if k.Project.Investor != "" {
			investors = append(investors, k.Project.Investor)
		}
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("project", ids)
	err := store.Each(ctx, tx, w.tail()+" ORDER BY project, seq", w.args, func(m Milestone) error {
		by[m.Project].Milestones = append(by[m.Project].Milestones, m)
		return nil
	})
	err = errors.Join(err, store.Each(ctx, tx, w.tail()+" ORDER BY recorded_at, id", w.args, func(e Evidence) error {
		by[e.Project].Evidence = append(by[e.Project].Evidence, e)
		return nil
	}))
	err = errors.Join(err, store.Each(ctx, tx, w.tail()+" ORDER BY recorded_at, id", w.args, func(s Signoff) error {
		by[s.Project].Signoffs = append(by[s.Project].Signoffs, s)
		return nil
	}))
	if err != nil || len(investors) == 0 {
		return err
	}
	parties, err := party.GetAll(ctx, tx, investors)
	for _, k := range part {
		k.Identity = identity(parties[k.Project.Investor])
	}
	return err
}

// reckonable returns at most limit projects after id whose due day or holder may
// have to be reckoned anew: all but those at their end that hold neither.
func reckonable(ctx context.Context, tx store.Tx, after string, limit int) ([]Project, error) {
	return store.Select[Project](ctx, tx, `WHERE zone = $1 AND id > $2 AND (stage NOT IN ('lost', 'terminated') OR due_on <> '' OR waits_on <> '')
		ORDER BY id LIMIT $3`, tx.Zone, after, int64(limit))
}

// counted is how many projects w lets through.
func counted(ctx context.Context, tx store.Tx, w *where) (int64, error) {
	return store.Count(ctx, tx, "SELECT count(*) FROM pipeline_projects "+w.tail(), w.args...)
}

// overdue narrows w to what is past its due day by a settled calendar.
func (w *where) overdue(today kernel.Date) {
	w.add("due_on <> '' AND due_on < ? AND due_provisional = ?", string(today), false)
}

// quiet narrows w to what is under way and has seen no act since the instant.
func (w *where) quiet(since int64) {
	w.add("stage NOT IN ('lost', 'terminated', 'shelved', 'effective') AND updated_at < ?", since)
}

// byUnit counts the projects w lets through by responsible department and gives
// the first due day of each.
func byUnit(ctx context.Context, tx store.Tx, w *where) (out map[string]UnitStall, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT unit, count(*), min(due_on) FROM pipeline_projects "+w.tail()+" GROUP BY unit", w.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[string]UnitStall{}
	for rows.Next() {
		var s UnitStall
		if err := rows.Scan(&s.Unit, &s.count, &s.Oldest); err != nil {
			return nil, err
		}
		out[s.Unit] = s
	}
	return out, rows.Err()
}

// first returns at most limit of the projects w lets through, in order.
func first(ctx context.Context, tx store.Tx, w *where, order string, limit int) ([]Project, error) {
	args := append(slices.Clone(w.args), int64(limit))
	return store.Select[Project](ctx, tx, w.tail()+" ORDER BY "+order+" LIMIT $"+strconv.Itoa(len(args)), args...)
}
