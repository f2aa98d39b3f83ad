package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// loadShares returns how the credit for project is shared; no rows for a project
// that came with a register which names nobody known, and whose shares nobody has
// set.
func loadShares(ctx context.Context, tx store.Tx, project string) (ShareSet, error) {
	s, err := store.Get[ShareSet](ctx, tx, "zone = $1 AND project = $2", tx.Zone, project)
	if errors.Is(err, kernel.ErrNotFound) {
		return ShareSet{Zone: tx.Zone, Project: project, Rows: []Share{}}, nil
	}
	return s, err
}
