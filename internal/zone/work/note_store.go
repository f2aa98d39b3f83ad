package work

import (
	"context"

	"sente/internal/infra/store"
)

func getNote(ctx context.Context, tx store.Tx, id string) (Note, error) {
	n, err := store.Get[Note](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return n, known(err, "work.note_not_found")
}

// selectNotes returns at most limit notes that w lets through, in order.
func selectNotes(ctx context.Context, tx store.Tx, w *where, s sortBy, after *Place, limit int) ([]Note, error) {
	w.keyset(s, after)
	tail, args := w.page(s, limit)
	return store.Select[Note](ctx, tx, tail, args...)
}
