package scoreboard

import (
	"math/big"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// told is d with its parameters' values in its formulas.
func (d Definition) told() Definition {
	var zh, en []string
	for _, p := range d.Parameters {
		zh, en = append(zh, "{"+p.ID+"}", p.text("zh")), append(en, "{"+p.ID+"}", p.text("en"))
	}
	d.FormulaZh, d.FormulaEn = strings.NewReplacer(zh...).Replace(d.FormulaZh), strings.NewReplacer(en...).Replace(d.FormulaEn)
	return d
}

// text is p's value as a formula says it.
func (p Parameter) text(lang string) string {
	if p.Unit == "CNY_fen" {
		return yuan(p.Value, lang)
	}
	return strconv.FormatInt(p.Value, 10)
}

// yuan writes an amount of fen in the largest unit that tells it with at most
// two decimals.
func yuan(fen int64, lang string) string {
	in := func(unit int64) string {
		text := new(big.Rat).SetFrac64(fen, unit).FloatString(2)
		return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	whole := func(unit int64) bool { return fen >= unit && fen%(unit/100) == 0 }
	const million, wan, yi = 100_000_000, 1_000_000, 10_000_000_000
	switch {
	case lang == "en" && whole(million):
		return "CNY " + in(million) + " million"
	case lang == "en":
		return "CNY " + kernel.Money{Minor: fen, Currency: "CNY"}.String()
	case whole(yi):
		return in(yi) + " 亿元"
	case whole(wan):
		return in(wan) + " 万元"
	}
	return kernel.Money{Minor: fen, Currency: "CNY"}.String() + " 元"
}
