package party

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Normalize returns the form of a name by which organisations are matched:
// full-width letters and digits become half-width, compatibility forms their
// plain ones (㈱ becomes 株), case is dropped, and so are spaces, punctuation,
// brackets and invisible characters. Symbols such as + stay: they tell names
// apart. "" means the name holds nothing to match by.
func Normalize(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKC.String(name) {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.In(r, unicode.Cc, unicode.Cf) {
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// unite appends to list those of more that it does not hold yet under
// [Normalize], without blanks, keeping the order of first appearance.
func unite(list []string, more ...string) []string {
	held := make(map[string]bool, len(list)+len(more))
	out := make([]string, 0, len(list)+len(more))
	for _, s := range append(append([]string{}, list...), more...) {
		s = strings.TrimSpace(s)
		if key := Normalize(s); key != "" && !held[key] {
			held[key] = true
			out = append(out, s)
		}
	}
	return out
}

// SplitList splits a cell that holds several values: 、 ； ; and line breaks
// separate; commas do not, for they are part of English names and amounts.
func SplitList(cell string) []string {
	return unite(nil, strings.FieldsFunc(cell, func(r rune) bool {
		return strings.ContainsRune("、；;\n\r", r)
	})...)
}
