package journal

import "embed"

// Words are the package's texts.
//
//go:embed words
var Words embed.FS

// Migrations are the package's tables.
//
//go:embed migrations/*.sql
var Migrations embed.FS
