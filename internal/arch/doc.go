// Package arch (结构守则) holds the architecture as tests: who may import whom,
// what each file of a context may touch, that business rows are written through
// the journal alone, that everything exported is explained. It has no code of
// its own; `go test ./internal/arch` reads the source of the whole module.
//
// Each rule is a function from a tree of parsed files to a list of breaches.
// The same function runs on the module (rules_test.go) and on a small bad
// example (examples_test.go), so that a rule that can no longer fail is noticed.
package arch
