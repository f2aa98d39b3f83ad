package intake

import (
	"cmp"
	"slices"
	"strings"

	"sente/internal/infra/sheet"
	"sente/internal/infra/words"
)

// suggest proposes a mapping: each field gets the column whose header is most
// like one of its synonyms or labels, best likeness first, no column twice.
func suggest(kind Kind, table sheet.Table, book words.Book) []Assign {
	type pair struct{ field, column, score int }
	var pairs []pair
	for i, f := range kind.Fields {
		names, own := namesOf(f, book), plainNames(f.Synonyms)
		for _, c := range table.Columns {
			// What a kind says a header means weighs more than a field's own id
			// or label: “industry” may be words although a field is called industry.
			if s := max(2*likeness(c.Name, names), 2*likeness(c.Name, own)+1); s > 1 && !c.Serial {
				pairs = append(pairs, pair{i, c.Index, s})
			}
		}
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(b.score, a.score) })
	fields, columns := map[int]bool{}, map[int]bool{}
	out := []Assign{}
	for _, p := range pairs {
		if !fields[p.field] && !columns[p.column] {
			fields[p.field], columns[p.column] = true, true
			out = append(out, Assign{Field: kind.Fields[p.field].ID, Column: p.column})
		}
	}
	slices.SortFunc(out, func(a, b Assign) int { return cmp.Compare(a.Column, b.Column) })
	return out
}

func namesOf(f Field, book words.Book) []string {
	return plainNames(append([]string{f.ID, book.Say(words.Chinese, f.Word), book.Say(words.English, f.Word)}, f.Synonyms...))
}

func plainNames(names []string) []string {
	var out []string
	for _, s := range names {
		out = append(out, plainName(s))
	}
	return out
}

func plainName(s string) string {
	return strings.NewReplacer("_", "", "·", "", "-", "", ":", "", "：", "").Replace(sheet.Plain(s))
}

// likeness is 4 for the same name, 3 for the same lower part of a two-row
// header, 2 for the same part around brackets, 1 when one contains the other.
func likeness(header string, names []string) int {
	if header == "" {
		return 0
	}
	_, lower, split := strings.Cut(header, "·")
	whole := plainName(header)
	bare, _, _ := strings.Cut(whole, "(")
	best := 0
	for _, n := range names {
		switch {
		case n == whole:
			return 4
		case split && n == plainName(lower):
			best = max(best, 3)
		case n == bare:
			best = max(best, 2)
		case len([]rune(n)) >= 2 && len([]rune(whole)) >= 2 && (strings.Contains(whole, n) && len(n) > 3 || strings.Contains(n, whole) && len(whole) > 3):
			best = max(best, 1)
		}
	}
	return best
}

// known returns whether a header is one that kind looks for.
func known(kind Kind, book words.Book) func(string) bool {
	all := map[string]bool{}
	for _, f := range kind.Fields {
		for _, n := range namesOf(f, book) {
			all[n] = true
		}
	}
	return func(name string) bool { return all[plainName(name)] }
}

// applyProfile carries a saved mapping over to table by header names; false
// when a mapped header is not there.
func applyProfile(p profileRow, table sheet.Table) ([]Assign, bool) {
	var out []Assign
	for _, a := range p.Settings.Mapping {
		if a.Constant == "" {
			if a.Column >= len(p.Headers) {
				return nil, false
			}
			i := slices.IndexFunc(table.Columns, func(c sheet.Column) bool { return plainName(c.Name) == plainName(p.Headers[a.Column]) })
			if i < 0 {
				return nil, false
			}
			a.Column = i
		}
		out = append(out, a)
	}
	return out, len(out) > 0
}

// headers lists the names of the columns.
func headers(table sheet.Table) []string {
	out := make([]string, len(table.Columns))
	for i, c := range table.Columns {
		out[i] = c.Name
	}
	return out
}
