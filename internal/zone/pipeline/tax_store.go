package pipeline

import (
	"context"

	"sente/internal/infra/store"
)

// loadTax returns the tax figures filed under project, the latest period first.
func loadTax(ctx context.Context, tx store.Tx, project string) ([]Tax, error) {
	return store.Select[Tax](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY period DESC, id", tx.Zone, project)
}

// taxed adds to reliedOn those of projects under which tax is filed.
func taxed(ctx context.Context, tx store.Tx, projects []string, reliedOn map[string]bool) error {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("project", projects)
	return store.Each(ctx, tx, w.tail(), w.args, func(t Tax) error {
		reliedOn[t.Project] = true
		return nil
	})
}
