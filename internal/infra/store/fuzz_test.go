package store

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// The statements of a migration hold no comment and keep every literal.
func FuzzStatements(f *testing.F) {
	for _, seed := range []string{
		"CREATE TABLE t (zone text, n bigint);\n-- +pg\nSELECT 1;\n-- +end\n", "SELECT 'a;b', \"c\"\"d\", $$x;y$$; SELECT 2", "-- +sqlite\n", "'", "/*", "SELECT '§0§'", "-- +end",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, d := range []Dialect{SQLite, Postgres} {
			list, err := statements(text, d)
			if err != nil {
				continue
			}
			for _, stmt := range list {
				if strings.TrimSpace(stmt) == "" {
					t.Fatalf("%q has an empty statement", text)
				}
			}
		}
	})
}

// A sort key is text both engines can hold and compare.
func FuzzSortKey(f *testing.F) {
	for _, seed := range []string{"长春新区", "重庆", "Ａbc", "", "\x00", "é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		key := SortKey(name)
		if utf8.ValidString(name) && !utf8.ValidString(key) || key != SortKey(name) {
			t.Fatalf("%q sorts as %q", name, key)
		}
	})
}
