package pipeline

import (
	"context"

	"sente/internal/infra/store"
)

// loadTax returns the tax figures filed under project, the latest period first.
func loadTax(ctx context.Context, tx store.Tx, project string) ([]Tax, error) {
	return store.Select[Tax](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY period DESC, id", tx.Zone, project)
}
