package pipeline

import "embed"

// Words holds this context's messages.
//
//go:embed words
var Words embed.FS
