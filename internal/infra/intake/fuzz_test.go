package intake

import (
	"testing"
	"unicode/utf8"

	"sente/internal/infra/sheet"
	"sente/internal/kernel"
)

// A cell is read, blank, or refused with a reason; what is read is in range.
func FuzzCell(f *testing.F) {
	for _, seed := range []string{"5亿元", "$60,000,000", "2026-13-45", "１２３", "1e30", "#REF!", "-", "待定", "2025年3季度", "\x00", "9999999999999999999", "是"} {
		f.Add(seed)
	}
	types := []Type{Text, Money, Day, Int, Code, Enum}
	f.Fuzz(func(t *testing.T, cell string) {
		for _, kind := range types {
			s := source{Field: Field{ID: "x", Type: kind}, choices: map[string]string{sheet.Plain("是"): "yes"}, rule: sheet.Rule{Currency: "CNY"}}
			v, _, err := s.parse(cell)
			if err != nil {
				if r := s.reason(err); r.Word == "" || r.Field != "x" {
					t.Fatalf("%q as %v: %+v", cell, kind, r)
				}
				continue
			}
			if v == nil {
				continue
			}
			if utf8.ValidString(cell) && !utf8.ValidString(v.Text) || v.Money.Minor < 0 {
				t.Fatalf("%q as %v is %+v", cell, kind, v)
			}
			if v.Date != "" {
				if _, err := kernel.ParseDate(string(v.Date)); err != nil {
					t.Fatalf("%q is the day %q", cell, v.Date)
				}
			}
		}
	})
}
