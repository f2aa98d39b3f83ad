package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/work"
)

// undoing is what an undo looks at for a batch of rows, read with a few queries.
type undoing struct {
	dockets   map[string]*Docket // by project: the project, its milestones, signing and ceremonies
	parties   map[string]party.Party
	refers    map[string]int64    // by party: the projects it invests in and the reports of it
	reports   map[string][]Report // by project: those the run filed and nobody has touched since
	relied    map[string]bool     // projects for which the run filed a report that somebody has touched since
	filed     map[string]bool     // projects under which something is filed that leaves their version alone: reports, tax, joint work
	strangers map[string]int64    // by party: those of them that the run did not bring
}

// loadUndoing reads the dockets of the projects ids, to undo run.
func loadUndoing(ctx context.Context, tx store.Tx, run string, ids []string) (u *undoing, err error) {
	defer kernel.Wrap(&err, "pipeline.loadUndoing(%d projects)", len(ids))
	u = &undoing{dockets: map[string]*Docket{}, parties: map[string]party.Party{}, refers: map[string]int64{},
		reports: map[string][]Report{}, relied: map[string]bool{}, filed: map[string]bool{}, strangers: map[string]int64{}}
	for part := range slices.Chunk(ids, 200) {
		if err := errors.Join(u.projects(ctx, tx, part), u.about(ctx, tx, run, part)); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// projects reads the dockets of ids.
func (u *undoing) projects(ctx context.Context, tx store.Tx, ids []string) error {
	err := store.Among(ctx, tx, "id", ids, "", func(p Project) error {
		u.dockets[p.ID] = &Docket{Dossier: Dossier{Project: p}}
		return nil
	})
	err = errors.Join(err, store.Among(ctx, tx, "project", ids, "", func(m Milestone) error {
		if k := u.dockets[m.Project]; k != nil {
			k.Milestones = append(k.Milestones, m)
		}
		return nil
	}))
	err = errors.Join(err, store.Among(ctx, tx, "project", ids, "", func(f Figure) error {
		if k := u.dockets[f.Project]; k != nil {
			k.Figures = append(k.Figures, f)
		}
		return nil
	}))
	bySigning := map[string]*Docket{}
	signings := []string{}
	err = errors.Join(err, store.Among(ctx, tx, "project", ids, "held_key <> ''", func(s Signing) error {
		if k := u.dockets[s.Project]; k != nil {
			k.Signing = &s
			bySigning[s.ID], signings = k, append(signings, s.ID)
		}
		return nil
	}))
	err = errors.Join(err, store.Among(ctx, tx, "project", ids, "", func(c Ceremony) error {
		if k := u.dockets[c.Project]; k != nil {
			k.Ceremonies = append(k.Ceremonies, c)
		}
		return nil
	}))
	err = errors.Join(err, store.Among(ctx, tx, "signing", signings, "", func(c Ceremony) error {
		if k := bySigning[c.Signing]; c.Project != k.Project.ID {
			k.Ceremonies = append(k.Ceremonies, c)
		}
		return nil
	}))
	for _, k := range u.dockets {
		k.inOrder()
	}
	return err
}

// inOrder sorts what was read of k as its own pages show it.
func (k *Docket) inOrder() {
	slices.SortFunc(k.Milestones, func(a, b Milestone) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(k.Figures, func(a, b Figure) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(k.Ceremonies, func(a, b Ceremony) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.ID, b.ID)) })
}

// about finds what is filed about the projects ids beside their own rows.
func (u *undoing) about(ctx context.Context, tx store.Tx, run string, ids []string) error {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("project", ids)
	err := store.Each(ctx, tx, w.tail(), w.args, func(r Report) error {
		switch {
		case r.OriginRun != run:
			u.filed[r.Project] = true
		case r.untouched():
			u.reports[r.Project] = append(u.reports[r.Project], r)
		default:
			u.relied[r.Project] = true
		}
		return nil
	})
	subjects, worked := make([]string, len(ids)), map[string]bool{}
	for i, id := range ids {
		subjects[i] = Object(id)
	}
	err = errors.Join(err, taxed(ctx, tx, ids, u.filed), work.About(ctx, tx, subjects, worked))
	for _, id := range ids {
		u.filed[id] = u.filed[id] || worked[Object(id)]
	}
	return err
}

// investors reads the parties ids and counts the projects that refer to them.
func (u *undoing) investors(ctx context.Context, tx store.Tx, run string, ids []string) (err error) {
	defer kernel.Wrap(&err, "pipeline.undoing.investors")
	if u.parties, err = party.GetAll(ctx, tx, ids); err != nil {
		return err
	}
	for part := range slices.Chunk(ids, 200) {
		if err := errors.Join(u.count(ctx, tx, run, part), u.reported(ctx, tx, part)); err != nil {
			return err
		}
	}
	return nil
}

func (u *undoing) count(ctx context.Context, tx store.Tx, run string, ids []string) (err error) {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("investor", ids)
	w.add("investor <> ''")
	rows, err := tx.QueryContext(ctx, `SELECT investor, origin_run, count(*) FROM pipeline_projects `+w.tail()+` GROUP BY investor, origin_run`, w.args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var investor, origin string
		var n int64
		if err := rows.Scan(&investor, &origin, &n); err != nil {
			return err
		}
		u.refers[investor] += n
		if origin != run {
			u.strangers[investor] += n
		}
	}
	return rows.Err()
}

// reported counts the reports of the parties ids.
func (u *undoing) reported(ctx context.Context, tx store.Tx, ids []string) error {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("party", ids)
	return store.Each(ctx, tx, w.tail(), w.args, func(r Report) error {
		u.refers[r.Party]++
		return nil
	})
}
