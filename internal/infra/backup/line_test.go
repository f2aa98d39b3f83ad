package backup

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"sente/internal/infra/store"
)

var row = store.Shape{Table: "t", Columns: []store.ShapeColumn{{Name: "a", Kind: store.TextKind}, {Name: "b", Kind: store.IntKind}, {Name: "c", Kind: store.RealKind}, {Name: "d", Kind: store.BytesKind}}}

// Every row comes back from its line as it was.
func TestLine(t *testing.T) {
	t.Parallel()
	for _, values := range [][]any{
		{"", int64(0), 0.0, []byte{}},
		{nil, nil, nil, nil},
		{"先手“甲”\n\r\t\\\"],\x01\x1f</script>\u2028", int64(math.MinInt64), -1.5e300, []byte{0, 255, 10}},
		{"null", int64(math.MaxInt64), math.SmallestNonzeroFloat64, []byte("null")},
	} {
		line, err := appendLine(nil, values)
		if err != nil || strings.Count(string(line), "\n") != 1 {
			t.Fatalf("%q: %v", line, err)
		}
		got, err := parseLine(strings.TrimSuffix(string(line), "\n"), row)
		if err != nil || !reflect.DeepEqual(got, values) {
			t.Errorf("%q: got %#v, %v", line, got, err)
		}
	}
	for _, values := range [][]any{{"\xff", nil, nil, nil}, {nil, nil, math.NaN(), nil}, {nil, true, nil, nil}} {
		if line, err := appendLine(nil, values); err == nil {
			t.Errorf("%v was written as %q", values, line)
		}
	}
	for _, line := range []string{"", "[", "[]", `["a",1,1,"AA=="`, `["a",1,1,"AA=="],`, `["a",1.5,1,"AA=="]`, `["a",1,1,"?"]`, `["\u0041",1,1,""]`, `["\x",1,1,""]`, `["a" ,1,1,""]`, `["a",1,NaN,""]`, `["a",1,-Inf,""]`, `["a",1,1e999,""]`, "[\"\xff\",1,1,\"\"]"} {
		if got, err := parseLine(line, row); err == nil {
			t.Errorf("%q was read as %v", line, got)
		}
	}
}

// FuzzLine reads anything without harm, and what it reads it writes again.
func FuzzLine(f *testing.F) {
	f.Add(`["a\n",1,1.5,"AA=="]`)
	f.Add(`[null,null,null,null]`)
	f.Fuzz(func(t *testing.T, line string) {
		values, err := parseLine(line, row)
		if err != nil {
			return
		}
		again, err := appendLine(nil, values)
		if err != nil {
			t.Fatalf("%q is read and cannot be written: %v", line, err)
		}
		back, err := parseLine(strings.TrimSuffix(string(again), "\n"), row)
		if err != nil || !reflect.DeepEqual(back, values) {
			t.Errorf("%q became %q: %v", line, again, err)
		}
	})
}
