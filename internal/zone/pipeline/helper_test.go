package pipeline

import (
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
)

func newDesk(t *testing.T, db *store.DB, gate *access.Gate) *Desk {
	t.Helper()
	return NewDesk(db, gate)
}
