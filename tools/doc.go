// Package tools is a module of its own: it pins the versions of the linters and
// the vulnerability checker without adding their dependencies to the product's.
// The Makefile runs them with `go tool -modfile=tools/go.mod`.
package tools
