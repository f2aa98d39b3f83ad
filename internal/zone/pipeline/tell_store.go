package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// morningMost bounds how many projects are told of in one morning.
const morningMost = 2000

// dueBy returns the projects whose settled due day is from since to until, the
// first due first.
func dueBy(ctx context.Context, tx store.Tx, since, until kernel.Date) ([]Project, error) {
	return store.Select[Project](ctx, tx, "WHERE zone = $1 AND due_on >= $2 AND due_on <= $3 AND due_provisional = $4 ORDER BY due_on, id LIMIT $5",
		tx.Zone, string(since), string(until), false, int64(morningMost))
}
