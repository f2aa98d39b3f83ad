package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// getConflict returns conflict id; pipeline.conflict_not_found when there is none.
func getConflict(ctx context.Context, tx store.Tx, id string) (Conflict, error) {
	c, err := store.Get[Conflict](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return c, kernel.Faultf(kernel.ErrNotFound, "pipeline.conflict_not_found")
	}
	return c, err
}

// openConflict returns the open conflict among reports, nil when there is none.
func openConflict(ctx context.Context, tx store.Tx, reports []Report) (*Conflict, error) {
	for _, r := range reports {
		if r.Conflict == "" {
			continue
		}
		c, err := getConflict(ctx, tx, r.Conflict)
		if err != nil {
			return nil, err
		}
		if c.State == ConflictOpen {
			return &c, nil
		}
	}
	return nil, nil
}

// openConflicts returns the open conflicts of reports, by id.
func openConflicts(ctx context.Context, tx store.Tx, reports []Report) (open map[string]Conflict, err error) {
	var ids []string
	for _, r := range reports {
		if r.Conflict != "" {
			ids = append(ids, r.Conflict)
		}
	}
	open = map[string]Conflict{}
	err = store.Among(ctx, tx, "id", ids, "state = 'open'", func(c Conflict) error {
		open[c.ID] = c
		return nil
	})
	return open, err
}

// sidesOf returns the two reports of c.
func sidesOf(ctx context.Context, tx store.Tx, c Conflict) (first, second Report, err error) {
	if first, err = getReport(ctx, tx, c.First); err == nil {
		second, err = getReport(ctx, tx, c.Second)
	}
	return first, second, err
}

// conflictsMatching returns the conditions of a list of conflicts.
func conflictsMatching(zone, state string) *where {
	w := &where{}
	w.add("zone = ?", zone)
	if state != "" {
		w.add("state = ?", state)
	}
	return w
}
