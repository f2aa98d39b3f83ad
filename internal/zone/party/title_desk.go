package party

import (
	"context"

	"sente/internal/infra/store"
)

// Titles names those of the parties ids that the context's actor may read, by
// id, people masked: for contexts whose tasks and notes are about parties.
func (d *Desk) Titles(ctx context.Context, tx store.Tx, ids []string) (map[string]string, error) {
	found, err := byID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for id, p := range found {
		if d.gate.Allow(ctx, tx, "party.read", p.resource()) == nil {
			out[id] = d.masked(ctx, p, nil).Name
		}
	}
	return out, nil
}
