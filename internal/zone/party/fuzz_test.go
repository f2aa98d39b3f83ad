package party

import (
	"testing"
	"time"
	"unicode/utf8"
)

// What a cell says of people and of founding is a figure and a date, or nothing.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{"35000+人", "1,200人", "1000-5000人", "300+人(福州)", "1887年", "2010-05", "2010/5/17", "2010年", "9999999999999999999人", "-1人", "1.5万人", ",-,", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		if n, ok := HeadcountOf(cell); ok && n < 0 {
			t.Fatalf("%q are %d people", cell, n)
		}
		on, err := FoundedOf(cell)
		if err != nil {
			return
		}
		whole := map[int]string{4: on + "-01-01", 7: on + "-01", 10: on}[len(on)]
		if _, err := time.Parse(time.DateOnly, whole); err != nil || !utf8.ValidString(on) {
			t.Fatalf("%q is the day %q", cell, on)
		}
	})
}
