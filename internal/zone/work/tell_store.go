package work

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Bounds of a morning: how many things of one kind are told, and how many days
// back something late is told that never was.
const (
	morningMost = 2000
	lateBack    = 14
)

// dueTasks returns the tasks somebody is at work on that are due from since to
// until, the first due first.
func dueTasks(ctx context.Context, tx store.Tx, since, until kernel.Date) ([]Task, error) {
	return store.Select[Task](ctx, tx, "WHERE zone = $1 AND state IN ($2, $3, $4) AND due_on >= $5 AND due_on <= $6 ORDER BY due_on, id LIMIT $7",
		tx.Zone, Open, Accepted, Offered, string(since), string(until), int64(morningMost))
}

// owedMinutes returns the activities held whose minutes are due from since to
// until and not filed.
func owedMinutes(ctx context.Context, tx store.Tx, since, until kernel.Date) ([]Activity, error) {
	return store.Select[Activity](ctx, tx, "WHERE zone = $1 AND status = $2 AND minutes_at = 0 AND minutes_due >= $3 AND minutes_due <= $4 ORDER BY minutes_due, id LIMIT $5",
		tx.Zone, Held, string(since), string(until), int64(morningMost))
}
