package work

import (
	"errors"
	"slices"
	"testing"

	"sente/internal/kernel"
)

// An order is by a column the list has, or refused: it becomes part of a
// statement.
func FuzzParseSort(f *testing.F) {
	for _, seed := range []string{"", "due_on", "-due_on", "updated_at", "-created_at", "--due_on", "-", "id; DROP", "名称"} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	f.Fuzz(func(t *testing.T, text string, tasks bool) {
		first, date := "-held_on", "held_on"
		if tasks {
			first, date = "due_on", "due_on"
		}
		s, err := parseSort(text, first)
		if err != nil {
			var fault *kernel.Fault
			if !errors.As(err, &fault) || fault.Field != "sort" {
				t.Fatalf("an error nobody can read: %v", err)
			}
			return
		}
		asked := map[bool]string{true: "-"}[s.desc] + s.column
		if !slices.Contains([]string{date, "updated_at", "created_at"}, s.column) || s.number == (s.column == date) || asked != text && (text != "" || asked != first) {
			t.Fatalf("%q is ordered by %+v", text, s)
		}
	})
}
