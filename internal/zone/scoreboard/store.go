package scoreboard

import (
	"context"
	"embed"

	"sente/internal/infra/store"
)

// Migrations make the table of this context, numbered 0500 and up.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the business tables of this context, for the journal to verify
// and rebuild.
func Tables() []store.Row { return []store.Row{Version{}} }

// ownVersions returns every version the zone has settled for itself, in order.
func ownVersions(ctx context.Context, tx store.Tx) ([]Version, error) {
	return store.Select[Version](ctx, tx, "WHERE zone = $1 ORDER BY id, version", tx.Zone)
}
