// Package scoreboard (成效) counts what was done, from the journal alone: it
// has no facts of its own, and every figure leads back to its records.
package scoreboard
