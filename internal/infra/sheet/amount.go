package sheet

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// Rule says how a column of amounts is meant where the cell itself does not say.
type Rule struct {
	Unit     string // "元", "万元", "亿美元", "million"; "" = the cell must say
	Currency string // ISO 4217; "" = by the unit, and yuan for 元
}

// Amount is a sum of money as far as the cell states it.
type Amount struct {
	Money   kernel.Money
	AtLeast bool // "35000+", 以上, 超过: a lower bound
	About   bool // 约, 左右
	Notes   []kernel.Fault
}

// Count is a number of people, firms, square metres …
type Count struct {
	N       int64
	AtLeast bool
	About   bool
	Unit    string // as written, "人"
	Notes   []kernel.Fault
}

// figure is a number with all that is written around it.
type figure struct {
	digits  string // plain decimal
	shift   int    // power of ten the unit stands for
	scaled  bool   // a unit was written
	money   string // currency written, or ""
	unit    string // what is left: 人, ㎡
	dollar  bool   // the currency is a bare $
	yen     bool   // the currency is a bare ¥
	atLeast bool
	about   bool
}

var (
	rangeForm  = regexp.MustCompile(`\d[^\d,.]{0,4}(?:-|~|～|—|–|至|到)[^\d]{0,3}\d`)
	figureForm = regexp.MustCompile(`^(约|大约|近|不低于|不少于|至少|超过|超|逾|>=|>|≥)?` +
		`(人民币|RMB|US\$|HK\$|NT\$|A\$|C\$|S\$|\$|¥|€|£|[A-Z]{3})?` +
		`(-?\d+(?:\.\d+)?|-?\d{1,3}(?:,\d{3})+(?:\.\d+)?)` +
		`([余多])?([^\d+]*?)(\+)?([^\d+]*?)(以上|左右|上下)?(?:\((?:含|不含)税\))?$`)
	compoundForm = regexp.MustCompile(`^(\D*)(\d+)亿(\d{1,4})万(\D*)$`)
)

// ParseAmount reads an amount: "1,234.56", "$60,000,000 ", "1.5亿元",
// "8,500万元", "1亿2000万元", "USD 3.2 million". A unit or currency in the cell
// outweighs the rule's, with a note where they differ. Faults:
// sheet.amount_form, sheet.amount_range, sheet.amount_unit, sheet.amount_mixed
// ("$600" in a column of 万元), sheet.unit_unknown, and kernel's for what does
// not fit the currency.
func ParseAmount(cell string, rule Rule) (Amount, error) {
	f, err := figureOf(cell, "sheet.amount_form", "sheet.amount_range")
	if err != nil {
		return Amount{}, err
	}
	if f.unit != "" {
		return Amount{}, invalid("sheet.amount_form", cell)
	}
	shift, currency, known := unitOf(rule.Unit)
	if rule.Unit != "" && !known {
		return Amount{}, invalid("sheet.unit_unknown", rule.Unit)
	}
	if rule.Currency != "" {
		currency = rule.Currency
	}
	var notes []kernel.Fault
	if f.scaled && rule.Unit != "" && f.shift != shift {
		notes = append(notes, note("sheet.note_unit", cell, rule.Unit))
	}
	if !f.scaled && rule.Unit == "" && f.money == "" {
		return Amount{}, invalid("sheet.amount_unit", cell)
	}
	if !f.scaled && shift > 0 && f.money != "" && f.money != cmp.Or(currency, "CNY") {
		return Amount{}, invalid("sheet.amount_mixed", cell, rule.Unit)
	}
	if f.scaled || rule.Unit == "" {
		shift = f.shift
	}
	money, more := f.currency(cell, currency)
	m, err := kernel.ParseMoney(scale(f.digits, shift), money)
	if err != nil {
		return Amount{}, err
	}
	return Amount{m, f.atLeast, f.about, append(append(notes, more...), f.notes(cell)...)}, nil
}

// currency settles the currency of f where the column's is col.
func (f figure) currency(cell, col string) (string, []kernel.Fault) {
	switch {
	case f.money == "", f.yen && (col == "" || col == "CNY" || col == "JPY"):
		return cmp.Or(col, "CNY"), nil
	case f.dollar && strings.Contains(" AUD CAD HKD NZD SGD TWD MXN MOP ", " "+col+" ") && col != "":
		return col, nil
	case f.dollar:
		return "USD", []kernel.Fault{note("sheet.note_dollar", cell)}
	case f.yen:
		return "CNY", []kernel.Fault{note("sheet.note_yen", cell)}
	case col != "" && f.money != col:
		return f.money, []kernel.Fault{note("sheet.note_currency", cell, col)}
	}
	return f.money, nil
}

func (f figure) notes(cell string) []kernel.Fault {
	switch {
	case f.atLeast:
		return []kernel.Fault{note("sheet.note_at_least", cell)}
	case f.about:
		return []kernel.Fault{note("sheet.note_about", cell)}
	}
	return nil
}

// ParseCount reads a whole number with an optional unit: "1,200", "35000+人",
// "1.2万人". Faults: sheet.count_form, sheet.count_range.
func ParseCount(cell string) (Count, error) {
	f, err := figureOf(cell, "sheet.count_form", "sheet.count_range")
	if err != nil {
		return Count{}, err
	}
	whole, frac, _ := strings.Cut(scale(f.digits, f.shift), ".")
	if f.money != "" || strings.Trim(frac, "0") != "" || len([]rune(f.unit)) > 4 {
		return Count{}, invalid("sheet.count_form", cell)
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n < 0 {
		return Count{}, invalid("sheet.count_form", cell)
	}
	return Count{n, f.atLeast, f.about, f.unit, f.notes(cell)}, nil
}

// figureOf takes a cell apart; form and span are the faults' words.
func figureOf(cell, form, span string) (figure, error) {
	s := strings.ToUpper(strings.NewReplacer("￥", "¥", "−", "-", " ", "").Replace(Narrow(cell)))
	if m := compoundForm.FindStringSubmatch(s); m != nil {
		s = m[1] + m[2] + "." + strings.Repeat("0", 4-len(m[3])) + m[3] + "亿" + m[4]
	}
	m := figureForm.FindStringSubmatch(s)
	if m == nil {
		if rangeForm.MatchString(s) {
			form = span
		}
		return figure{}, invalid(form, cell)
	}
	f := figure{digits: strings.ReplaceAll(m[3], ",", "")}
	f.atLeast = m[6] != "" || m[4] != "" || m[8] == "以上" || m[1] != "" && !strings.Contains("约大约近", m[1])
	f.about = !f.atLeast && (m[1] != "" || m[8] != "")
	unit := m[5] + m[7]
	if !f.prefix(m[2]) || !f.suffix(unit) {
		return figure{}, invalid(form, cell)
	}
	return f, nil
}

// prefix takes the currency before the number.
func (f *figure) prefix(s string) bool {
	switch s {
	case "":
	case "$":
		f.money, f.dollar = "USD", true
	case "¥":
		f.money, f.yen = "CNY", true
	default:
		f.money = currencyOf(s)
		return f.money != ""
	}
	return true
}

// suffix takes the unit after the number. A sign shared by several currencies
// gives way to the name of one; two different names are refused.
func (f *figure) suffix(s string) bool {
	shift, currency, known := unitOf(s)
	if !known { // a measure other than money: 万人, 人, 万㎡
		f.shift, f.unit = scaleOf(s)
		return true
	}
	f.shift = shift
	f.scaled = shift > 0 || strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F })
	if currency == "" {
		return true
	}
	if f.money != "" && f.money != currency && !f.dollar && !f.yen {
		return false
	}
	f.money, f.dollar, f.yen = currency, false, false
	return true
}

// scaleOf splits the power of ten off the front of a unit.
func scaleOf(s string) (int, string) {
	for _, p := range []struct {
		word  string
		power int
	}{
		{"万亿", 12}, {"百亿", 10}, {"十亿", 9}, {"亿", 8}, {"千万", 7}, {"百万", 6}, {"十万", 5}, {"万", 4}, {"千", 3}, {"百", 2},
		{"BILLION", 9}, {"BN", 9}, {"MILLION", 6}, {"MN", 6}, {"THOUSAND", 3},
	} {
		if rest, ok := strings.CutPrefix(s, p.word); ok {
			return p.power, rest
		}
	}
	switch s {
	case "M":
		return 6, ""
	case "K":
		return 3, ""
	}
	return 0, s
}

// unitOf reads a unit of money: the power of ten and the currency it names.
// 元 alone names none: it is the unit of every currency in Chinese tables.
func unitOf(unit string) (shift int, currency string, known bool) {
	s := strings.ToUpper(strings.ReplaceAll(Narrow(unit), " ", ""))
	shift, rest := scaleOf(s)
	rest = strings.TrimPrefix(strings.TrimSuffix(rest, "整"), "元人民币")
	if rest == "" || rest == "元" {
		if strings.HasSuffix(s, "人民币") {
			return shift, "CNY", true
		}
		return shift, "", true
	}
	currency = currencyOf(rest)
	return shift, currency, currency != ""
}

// currencyOf returns the ISO 4217 code of a currency's sign, name or code.
func currencyOf(s string) string {
	for _, c := range []struct{ code, names string }{
		{"CNY", " 人民币 人民币元 RMB YUAN ¥ "}, {"USD", " 美元 美金 US$ $ "}, {"EUR", " 欧元 € "}, {"GBP", " 英镑 £ "},
		{"JPY", " 日元 日圆 "}, {"HKD", " 港元 港币 港幣 HK$ "}, {"KRW", " 韩元 韩圆 "}, {"TWD", " 新台币 台币 NT$ "}, {"AUD", " 澳元 A$ "},
		{"CAD", " 加元 C$ "}, {"SGD", " 新加坡元 新元 S$ "}, {"CHF", " 瑞士法郎 瑞郎 "}, {"RUB", " 卢布 "}, {"MOP", " 澳门元 "},
	} {
		if s == c.code || strings.Contains(c.names, " "+s+" ") {
			return c.code
		}
	}
	if _, ok := kernel.CurrencyExponent(s); ok {
		return s
	}
	return ""
}

// MoneyUnit reports whether a header's unit is one of money, and which currency
// it names ("" for 元, 万元, 亿元).
func MoneyUnit(unit string) (currency string, ok bool) {
	if unit == "" {
		return "", false
	}
	_, currency, ok = unitOf(unit)
	return currency, ok
}

// scale multiplies a plain decimal by 10^n, exactly.
func scale(digits string, n int) string {
	whole, frac, _ := strings.Cut(digits, ".")
	if n == 0 {
		return digits
	}
	frac += strings.Repeat("0", max(0, n-len(frac)))
	whole, frac = whole+frac[:n], frac[n:]
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	whole = strings.TrimLeft(whole, "0")
	if whole == "" {
		whole = "0"
	}
	if frac == "" {
		return sign + whole
	}
	return sign + whole + "." + frac
}
