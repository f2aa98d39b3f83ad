// Package demo (演示数据) fills a zone with a fictional history: firms, people
// and projects over three years, replayed through the Desks so that its
// journal is true, and writes a sample register to import. Nothing in it
// exists; its credit codes lie in a region that is not assigned.
package demo
