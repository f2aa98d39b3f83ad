package access

import "embed"

// Migrations creates the tables of this package.
//
//go:embed migrations/*.sql
var Migrations embed.FS
