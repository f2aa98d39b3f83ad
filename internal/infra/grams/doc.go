// Package grams (字对索引) finds the rows in whose text a piece of two or more
// characters occurs, without reading all texts.
//
// A row type that is searched says by which text and in which index, see [Of].
// The one write path of the journal puts a text that has changed down as fresh, in
// the transaction of the act: one small row, so that an act costs what it did.
// [Index.Seal] later takes fresh texts by the hundred into the index itself, by
// the pairs of characters that stand side by side in them, their grams: on SQLite
// into an FTS5 table, on PostgreSQL into plain rows, which row-level security
// leaves searchable. Asking looks at both, so it knows of every act at once.
//
// The index says where a piece may occur, never that it does: who asks compares the
// text itself among the rows named. What is too much in it therefore costs time and
// no more; what may never be is too little. Where the index is not filled yet,
// or has fallen behind, it says so, and the rows are read instead.
//
// A gram is kept as a number made of the zone and its two characters. It is no
// secret, but no text stands in the index that could outlast its row.
package grams
