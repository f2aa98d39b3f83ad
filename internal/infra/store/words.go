package store

import "embed"

// Words are the texts of the faults this package returns, in zh and en.
//
//go:embed words
var Words embed.FS

//go:embed migrations/*.sql
var ownMigrations embed.FS
