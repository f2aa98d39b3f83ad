// Package scoreboard (成效) counts what was done, from the journal alone: it
// has no facts of its own, and every figure leads back to its records and to the
// journal entries that prove them. Its one table holds how the zone counts: its
// own versions of the definitions.
//
// What it must keep true:
//
//   - A figure is computed from sequenced journal entries by a definition with a
//     version, and names both; it says up to which entry it counts. The version
//     is the one in force on the last day of the period, the zone's own before
//     the shipped one; versions are added, never changed, and none begins in the
//     past.
//   - A date is the evidence date, not the date of entry. “As of” a day means
//     what had been recorded by the end of that day: what is recorded later
//     changes no answer about an earlier day, and a closed period shows the
//     figure as first published beside the figure now.
//   - No partial figure: what cannot be counted says 数据不足 and why. What was
//     left out of a figure is counted apart and shown beside it.
//   - A date known by month or year only decides nothing it cannot decide.
//   - Currencies are never mixed. There is no composite of figures: a light with
//     targets has the colour of its worst figure.
//   - A reader sees the figures of the units the policies allow; of the records
//     behind a figure those that pipeline and work would open, and how many more
//     there are.
//
// The journal is folded in memory (fold.go), each state of each thing with the
// time it was recorded; [Desk] brings the fold up to date at each question.
//
// Verbs: Ask, Records, Series, Define, Warm.
package scoreboard
