package pipeline

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"sente/internal/kernel"
)

// readAgain reads data as a table, and what it takes once more from what it wrote.
func readAgain[T any](t *testing.T, name string, data []byte, parse func([]byte) (T, error)) (rows T, taken bool) {
	t.Helper()
	rows, err := parse(data)
	if err != nil {
		return rows, false
	}
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if again, err := parse(text); err != nil || !alikeWritten(t, again, text) {
		t.Fatalf("%s: %s became %s: %v", name, data, text, err)
	}
	return rows, true
}

func alikeWritten(t *testing.T, v any, text []byte) bool {
	t.Helper()
	again, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(again) == string(text)
}

// A table of definitions is refused, or what it says can be used and means the
// same when it is written again.
func FuzzParseDefinitions(f *testing.F) {
	for _, shipped := range [][]byte{gatesJSON, clocksJSON, protectionJSON, taxKindsJSON, factsJSON, measuresJSON, papersJSON} {
		f.Add(firstRow(f, shipped))
	}
	for _, seed := range []string{
		"null", "[]", "[{}]", "[null]", `[{"stage":"moon"}]`, `[{"id":"due_soon","unit":"working_days","value":1e99}]`, `[{"decimals":7}]`,
		`[{"protected_days":1,"decide_within":1,"source":"x","valid_from":"2026-02-30","shares":{"until":"signed","keep":[{"part":"lead","basis_points":10001}]}}]`,
		`[{"stage":"signed","kind":"evidence","id":"A","zh":"甲","en":"a","needs":["date"],"class":"internal","valid_from":"2026-01-01","source":"s"}]`,
	} {
		f.Add([]byte(seed))
	}
	day := kernel.Date("2026-07-01")
	f.Fuzz(func(t *testing.T, data []byte) {
		if gates, ok := readAgain(t, "gates", data, ParseGates); ok {
			for _, s := range Stages() {
				if items := gates.Check(Dossier{}, s.ID, day, "zh"); len(items) != len(gates.For(s.ID, day, false)) {
					t.Fatalf("%s asks for %+v", s.ID, items)
				}
			}
		}
		if limits, ok := readAgain(t, "thresholds", data, ParseThresholds); ok {
			if l, ok := limits.At(DueSoon, day); ok && (l.Value < 1 || l.Unit != WorkingDays) {
				t.Fatalf("%+v", l)
			}
		}
		if rules, ok := readAgain(t, "protections", data, ParseProtections); ok {
			for _, r := range rules {
				for _, k := range r.Shares.Keep {
					if all := 7 * r.Shares.keeps(k.Part, 7); all < 0 || all > wholeShare {
						t.Fatalf("seven who hold %s keep %d together", k.Part, all)
					}
				}
			}
		}
		_, _ = readAgain(t, "taxes", data, parseTaxKinds)
		_, _ = readAgain(t, "facts", data, parseFactKinds)
		_, _ = readAgain(t, "papers", data, parsePapers)
		if measures, ok := readAgain(t, "measures", data, parseMeasures); ok {
			for _, m := range measures {
				if n, err := parseQuantity(formatQuantity(12, m.Decimals), m.Decimals); n != 12 || err != nil {
					t.Fatalf("%+v: %d, %v", m, n, err)
				}
			}
		}
	})
}

// firstRow is a table of the first row of another: a seed short enough to be
// changed to some purpose.
func firstRow(f *testing.F, table []byte) []byte {
	f.Helper()
	var rows []json.RawMessage
	if err := json.Unmarshal(table, &rows); err != nil {
		f.Fatal(err)
	}
	text, err := json.Marshal(rows[:1])
	if err != nil {
		f.Fatal(err)
	}
	return text
}

// An order is one of those there are, or refused; a place in it stands for the
// columns it is ordered by.
func FuzzParseSort(f *testing.F) {
	for _, seed := range append(Sorts(), "", "-", "--name", "-amount", "name;", "名称") {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseSort(text)
		if err != nil {
			if wordOf(err) == "" {
				t.Fatalf("an error nobody can read: %v", err)
			}
			return
		}
		asked := map[bool]string{true: "-"}[s.desc] + s.name
		if !slices.Contains(Sorts(), s.name) || asked != text && text != "" || len(s.values(s.placeOf(Project{}))) != len(s.columns) {
			t.Fatalf("%q is ordered by %+v", text, s)
		}
	})
}

// Where a stream goes on is a place the journal has.
func FuzzPlace(f *testing.F) {
	for _, seed := range []string{"", "0", "7", "8", "-1", "+1", "9223372036854775808", "x", "０"} {
		f.Add(seed, seed, int64(7))
	}
	f.Add("7", "", int64(math.MaxInt64))
	f.Fuzz(func(t *testing.T, header, query string, size int64) {
		size = max(size, 0)
		at, lost := place(header, query, size)
		if at < 0 || at > size || lost && at != size {
			t.Fatalf("%q, %q of %d: %d, %t", header, query, size, at, lost)
		}
		if again, lost := place((Tide{at}).EventID(), "", size); again != at || lost {
			t.Fatalf("%d became %d", at, again)
		}
	})
}
