package grams

import (
	"embed"
	"hash/fnv"
	"strconv"
	"strings"
	"unicode/utf8"

	"sente/internal/infra/store"
)

// Migrations holds the table of this package, numbered 0080 and up.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Text is what a row is found by.
type Text struct {
	Index Index
	ID    string
	Text  string // "" is found by nothing
}

// Index is the search index of one column of a table whose key is (zone, id). Its
// tables are called after it: see the migration that makes them, 0322 of pipeline.
type Index struct {
	Name   string // "pipeline_names"
	table  string
	column string
}

// Of returns what row is found by; false when rows of its type are not searched. A
// type that is has a method Searched of plain values, so that a file of rules can
// have it: the index, the same for every row; the column of the text, which is
// spelled as pieces are that are asked for; the row's id and that text.
func Of(row store.Row) (t Text, searched bool) {
	r, searched := row.(interface {
		Searched() (index, column, id, text string)
	})
	if !searched {
		return t, false
	}
	t.Index.table = row.Table()
	t.Index.Name, t.Index.column, t.ID, t.Text = r.Searched()
	return t, true
}

// Indexes lists the indexes of rows' types.
func Indexes(rows []store.Row) (out []Index) {
	for _, row := range rows {
		if t, searched := Of(row); searched {
			out = append(out, t.Index)
		}
	}
	return out
}

// Tables lists the tables that follow from others: those of the indexes of rows'
// types, on either engine. No copy holds them.
func Tables(rows []store.Row) []string {
	out := []string{"grams_filled"}
	for _, x := range Indexes(rows) {
		out = append(out, x.Name, x.fresh(), x.grams())
	}
	return out
}

func (x Index) fresh() string { return x.Name + "_fresh" }
func (x Index) fts() string   { return x.Name + "_fts" }
func (x Index) grams() string { return x.Name + "_grams" }

// maxAsked is by how many grams a piece is looked for: they are enough to leave
// few rows to compare.
const maxAsked = 16

// asked are the grams of a piece that is looked for in zone; none when the index
// cannot tell where it is: it is one character, or not text.
func asked(zone, piece string) []uint64 {
	if !utf8.ValidString(piece) || strings.Contains(piece, "\x00") {
		return nil
	}
	all := pairs(zone, piece)
	return all[:min(len(all), maxAsked)]
}

// pairs returns the grams of text, each once, in the order in which they first
// occur. Grams with a blank are left out: it stands between texts that were joined.
func pairs(zone, text string) (out []uint64) {
	h := fnv.New64a()
	seen := map[uint64]bool{}
	last := 0 // where the character before begins, if there is one
	for i, size := 0, 0; i < len(text); i += size {
		_, size = utf8.DecodeRuneInString(text[i:])
		if i > last && text[last] != ' ' && text[i] != ' ' {
			h.Reset()
			h.Write([]byte(zone))
			h.Write([]byte{0})
			h.Write([]byte(text[last : i+size]))
			if n := h.Sum64() >> 24; !seen[n] {
				seen[n], out = true, append(out, n)
			}
		}
		last = i
	}
	return out
}

// sum tells one text from another.
func sum(text string) int64 {
	h := fnv.New64a()
	h.Write([]byte(text))
	return int64(h.Sum64() >> 1)
}

// tokens are grams as FTS5 takes them in: letters and digits, one word each.
func tokens(grams []uint64) string {
	words := make([]string, len(grams))
	for i, g := range grams {
		words[i] = strconv.FormatUint(g, 36)
	}
	return strings.Join(words, " ")
}
