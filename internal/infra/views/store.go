package views

import (
	"context"
	"embed"
	"errors"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations creates the table of this package.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the row types of this package.
func Tables() []store.Row { return []store.Row{View{}} }

// ownOf returns owner's views of page in their order.
func ownOf(ctx context.Context, tx store.Tx, owner, page string) ([]View, error) {
	return store.Select[View](ctx, tx, "WHERE zone = $1 AND owner = $2 AND page = $3 ORDER BY position, id", tx.Zone, owner, page)
}

// sharedWith returns the views of page that others share with unit.
func sharedWith(ctx context.Context, tx store.Tx, unit, owner, page string) ([]View, error) {
	if unit == "" {
		return nil, nil
	}
	return store.Select[View](ctx, tx, "WHERE zone = $1 AND unit = $2 AND page = $3 AND shared AND owner <> $4 ORDER BY position, id LIMIT $5",
		tx.Zone, unit, page, owner, int64(maxShared))
}

// visible returns view id if owner owns it or it is shared with unit;
// views.not_found when there is none such.
func visible(ctx context.Context, tx store.Tx, id, owner, unit string) (View, error) {
	v, err := store.Get[View](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	mine := v.Owner == owner || v.Shared && v.Unit == unit && unit != ""
	if errors.Is(err, kernel.ErrNotFound) || err == nil && !mine {
		return View{}, kernel.Faultf(kernel.ErrNotFound, "views.not_found")
	}
	return v, err
}
