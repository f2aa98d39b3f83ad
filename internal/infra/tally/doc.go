// Package tally (计数) keeps counts and sums of rows beside them, so that a total
// is read and not added up at each question.
//
// A row type that is counted says how, see [Of]. Its tallies are changed in
// the transaction that writes the row, by the one write path of the journal, so
// that nobody can forget them: what the row was counted as before is taken off,
// what it is now is added. Each row may be counted in several cells, from the
// finest to that of the whole zone; a reader takes the coarsest that answers.
//
// On PostgreSQL a cell is spread over slots, of which each connection takes one:
// two acts at once change different rows and do not wait for, nor fail, each
// other. A reader adds the slots up. Everything here follows from the rows and
// can be made again from them at any time.
package tally
