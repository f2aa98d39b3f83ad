// Command bench measures the program from outside, through its API, beside a
// peer that holds the same data, and writes what it found to docs/bench.md:
//
//	go run ./bench                      everything, 100,000 projects
//	go run ./bench -only list,totals    some figures
//	go run ./bench -keep DIR            fill DIR once and use it again
//	go run ./bench -imports 1           the import once; as shipped three times, the sides taking turns
//	go run ./bench -soak 30m            mixed load, watched: docs/soak.md
//
// Sente runs as the binary people install, with permission filter, tenant scope
// and journal; its accounts and projects come in through its own API. The peer
// lives in a module of its own (bench/peers), so that the product does not
// depend on it. Loader, load generator and arithmetic are the same for both.
package main
