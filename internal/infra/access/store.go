package access

import (
	"embed"

	"sente/internal/infra/store"
)

// Migrations creates the tables of this package.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables returns a zero row of every table of this package that is written
// through the journal, for verifying and rebuilding. Credentials, sessions,
// links and tokens are secrets and not among them.
func Tables() []store.Row { return []store.Row{Unit{}, closure{}, Account{}} }
