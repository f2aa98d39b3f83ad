package pipeline

import (
	"context"

	"sente/internal/infra/store"
)

// chosen returns the projects that w lets through, by id.
func chosen(ctx context.Context, tx store.Tx, w *where) ([]Project, error) {
	return store.Select[Project](ctx, tx, w.tail()+" ORDER BY id", w.args...)
}

// milestonesOf returns the milestones of projects in the order of recording, by
// project.
func milestonesOf(ctx context.Context, tx store.Tx, projects []Project) (map[string][]Milestone, error) {
	ids := make([]string, len(projects))
	for i, p := range projects {
		ids[i] = p.ID
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("project", ids)
	rows, err := store.Select[Milestone](ctx, tx, w.tail()+" ORDER BY project, seq", w.args...)
	out := map[string][]Milestone{}
	for _, m := range rows {
		out[m.Project] = append(out[m.Project], m)
	}
	return out, err
}
