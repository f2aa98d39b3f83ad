package pipeline

import (
	"context"

	"sente/internal/infra/store"
)

// titles returns the names of the projects that w lets through, by id.
func titles(ctx context.Context, tx store.Tx, w *where) (map[string]string, error) {
	list, err := store.Select[Project](ctx, tx, w.tail(), w.args...)
	out := map[string]string{}
	for _, p := range list {
		out[p.ID] = p.Name
	}
	return out, err
}
