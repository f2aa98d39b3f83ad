package sheet

import (
	"errors"
	"strings"
	"testing"

	"sente/internal/kernel"
)

// word returns the message key of err's Fault, "" for nil.
func word(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *kernel.Fault
	if !errors.As(err, &f) {
		t.Fatalf("not a Fault: %v", err)
	}
	return f.Word
}

func noteWords(notes []kernel.Fault) string {
	var out []string
	for _, n := range notes {
		out = append(out, n.Word)
	}
	return strings.Join(out, " ")
}

func TestBlank(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{
		"": true, " ": true, "　": true, "NA": true, "n/a": true, "N/A": true, "#N/A": true, "-": true, "—": true, "——": true,
		"/": true, "无": true, "暂无": true, "null": true, "－": true, "\uFEFF": true,
		"0": false, "无锡": false, "A": false, "待定": false, "nan": false, "-1": false,
	} {
		if Blank(in) != want {
			t.Errorf("Blank(%q) = %v", in, !want)
		}
	}
}

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in                      string
		order                   DateOrder
		want, precision, faults string // faults: the fault's word or the notes'
	}{
		{"2023-01-05", "", "2023-01-05", "", ""},
		{"2023/1/5", "", "2023-01-05", "", ""},
		{"2023.1.5", "", "2023-01-05", "", ""},
		{"2023年1月5日", "", "2023-01-05", "", ""},
		{"2023 年 1 月 5 日", "", "2023-01-05", "", ""},
		{"２０２３年１月５日", "", "2023-01-05", "", ""},
		{"20230105", "", "2023-01-05", "", ""},
		{"2023年1月", "", "2023-01-01", "month", "sheet.note_month"},
		{"2023-01", "", "2023-01-01", "month", "sheet.note_month"},
		{"2023.10", "", "2023-10-01", "month", "sheet.note_month"},
		{"2023.1", "", "", "", "sheet.date_month"},
		{"2023年", "", "2023-01-01", "year", "sheet.note_year"},
		{"1984年", "", "1984-01-01", "year", "sheet.note_year"},
		{"2023", "", "2023-01-01", "year", "sheet.note_year"},
		{"16/04/2004", "", "2004-04-16", "", ""},
		{"04/16/2004", "", "2004-04-16", "", ""},
		{"05/01/2023", DayMonth, "2023-01-05", "", ""},
		{"05/01/2023", MonthDay, "2023-05-01", "", ""},
		{"05/01/2023", "", "", "", "sheet.date_order"},
		{"05/05/2023", "", "2023-05-05", "", ""},
		{"16/04/2004", MonthDay, "", "", "sheet.date_form"},
		{"44931", "", "2023-01-05", "", "sheet.note_serial"},
		{"12345", "", "", "", "sheet.date_form"},
		{"2023-01-05 00:00:00", "", "2023-01-05", "", ""},
		{"2023-01-05T08:30:00Z", "", "2023-01-05", "", "sheet.note_clock"},
		{"2023/1/5 9:05", "", "2023-01-05", "", "sheet.note_clock"},
		{"5 January 2023", "", "2023-01-05", "", ""},
		{"5-Jan-2023", "", "2023-01-05", "", ""},
		{"Jan 5, 2023", "", "2023-01-05", "", ""},
		{"2023-02-30", "", "", "", "sheet.date_form"},
		{"5/1/23", "", "", "", "sheet.date_form"},
		{"2023年上半年", "", "", "", "sheet.date_form"},
		{"2023.1-2024.12", "", "", "", "sheet.date_form"},
		{"1023-01-05", "", "", "", "sheet.date_form"},
		{"尽快", "", "", "", "sheet.date_form"},
		{"", "", "", "", "sheet.date_form"},
	} {
		got, err := ParseDate(c.in, c.order)
		said := word(t, err) + noteWords(got.Notes)
		if string(got.Date) != c.want || got.Precision != c.precision || said != c.faults {
			t.Errorf("ParseDate(%q, %q) = %+v, %v; want %s %s %s", c.in, c.order, got, err, c.want, c.precision, c.faults)
		}
	}
}

func TestOrderOfAColumn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		cells string
		order DateOrder
		ask   bool
	}{
		{"05/01/2023 16/04/2004 03/09/2004", DayMonth, false},
		{"05/01/2023 04/16/2004", MonthDay, false},
		{"05/01/2023 03/09/2004", AnyOrder, true},
		{"16/04/2004 04/16/2004", Conflicted, true},
		{"2023-01-05 05/05/2023 text", AnyOrder, false},
	} {
		var scan OrderScan
		for _, cell := range strings.Fields(c.cells) {
			scan.Add(cell)
		}
		if order, ask := scan.Order(); order != c.order || ask != c.ask {
			t.Errorf("%s: %q, %v; want %q, %v", c.cells, order, ask, c.order, c.ask)
		}
	}
	if OrderOfUnit("dd/mm/yyyy") != DayMonth || OrderOfUnit("(mm/dd/yyyy)") != MonthDay || OrderOfUnit("万元") != AnyOrder {
		t.Error("the order declared in a header is misread")
	}
}

func TestParseAmount(t *testing.T) {
	t.Parallel()
	wan, yuan := Rule{Unit: "万元"}, Rule{Unit: "元"}
	for _, c := range []struct {
		in   string
		rule Rule
		want string // currency and decimal
		said string // the fault's word, or the notes'
		flag string // ">" lower bound, "~" about
	}{
		{"8500", wan, "CNY 85000000.00", "", ""},
		{"8.52", Rule{Unit: "亿元"}, "CNY 852000000.00", "", ""},
		{"1,234.56", yuan, "CNY 1234.56", "", ""},
		{"１，２３４．５６", yuan, "CNY 1234.56", "", ""},
		{"1.5亿元", Rule{}, "CNY 150000000.00", "", ""},
		{"8,500万元", Rule{}, "CNY 85000000.00", "", ""},
		{"8,500 万元", wan, "CNY 85000000.00", "", ""},
		{"1.5亿元", wan, "CNY 150000000.00", "sheet.note_unit", ""},
		{"1.5亿", wan, "CNY 150000000.00", "sheet.note_unit", ""},
		{"1亿2000万元", Rule{}, "CNY 120000000.00", "", ""},
		{"3亿50万", Rule{}, "CNY 300500000.00", "", ""},
		{"1.5亿元人民币", Rule{}, "CNY 150000000.00", "", ""},
		{"人民币1.5亿元", Rule{}, "CNY 150000000.00", "", ""},
		{"￥8,500", wan, "CNY 85000000.00", "", ""},
		{"¥8,500", Rule{Unit: "元", Currency: "JPY"}, "JPY 8500", "", ""},
		{"¥8,500", Rule{Unit: "元", Currency: "USD"}, "CNY 8500.00", "sheet.note_yen", ""},
		{"$60,000,000 ", Rule{}, "USD 60000000.00", "sheet.note_dollar", ""},
		{"$60,000,000 ", wan, "", "sheet.amount_mixed", ""},
		{"$60,000,000", Rule{Unit: "元", Currency: "HKD"}, "HKD 60000000.00", "", ""},
		{"US$3.2 million", Rule{}, "USD 3200000.00", "", ""},
		{"USD 3.2bn", Rule{}, "USD 3200000000.00", "", ""},
		{"£2m", Rule{}, "GBP 2000000.00", "", ""},
		{"6000万美元", wan, "USD 60000000.00", "", ""},
		{"6000万美元", Rule{Unit: "万元", Currency: "CNY"}, "USD 60000000.00", "sheet.note_currency", ""},
		{"8500", Rule{Unit: "万美元"}, "USD 85000000.00", "", ""},
		{"8500", Rule{Unit: "万元", Currency: "HKD"}, "HKD 85000000.00", "", ""},
		{"$100美元", Rule{}, "USD 100.00", "", ""},
		{"$100港元", Rule{}, "HKD 100.00", "", ""},
		{"€100美元", Rule{}, "", "sheet.amount_form", ""},
		{"约1.5亿元", Rule{}, "CNY 150000000.00", "sheet.note_about", "~"},
		{"1.5亿元左右", Rule{}, "CNY 150000000.00", "sheet.note_about", "~"},
		{"超过10亿元", Rule{}, "CNY 1000000000.00", "sheet.note_at_least", ">"},
		{"10亿元以上", Rule{}, "CNY 1000000000.00", "sheet.note_at_least", ">"},
		{"30余亿元", Rule{}, "CNY 3000000000.00", "sheet.note_at_least", ">"},
		{"5000万+", Rule{}, "CNY 50000000.00", "sheet.note_at_least", ">"},
		{"-3.5", wan, "CNY -35000.00", "", ""},
		{"0", wan, "CNY 0.00", "", ""},
		{"1-2亿元", Rule{}, "", "sheet.amount_range", ""},
		{"1亿~2亿元", Rule{}, "", "sheet.amount_range", ""},
		{"5000至8000万元", Rule{}, "", "sheet.amount_range", ""},
		{"8500", Rule{}, "", "sheet.amount_unit", ""},
		{"三亿元", Rule{}, "", "sheet.amount_form", ""},
		{"30亩", Rule{}, "", "sheet.amount_form", ""},
		{"1.5亿元（含设备）", Rule{}, "", "sheet.amount_form", ""},
		{"面议", wan, "", "sheet.amount_form", ""},
		{"1,23", wan, "", "sheet.amount_form", ""},
		{"0.123", yuan, "", "kernel.money_decimals", ""},
		{"0.0000001", wan, "", "kernel.money_decimals", ""},
		{"99999999999", Rule{Unit: "亿元"}, "", "kernel.money_range", ""},
		{"5", Rule{Unit: "斗"}, "", "sheet.unit_unknown", ""},
		{"5", Rule{Unit: "元", Currency: "ZZZ"}, "", "kernel.money_currency", ""},
	} {
		got, err := ParseAmount(c.in, c.rule)
		text, flag := "", ""
		if err == nil {
			text = got.Money.Currency + " " + got.Money.String()
		}
		if got.AtLeast {
			flag = ">"
		} else if got.About {
			flag = "~"
		}
		if said := word(t, err) + noteWords(got.Notes); text != c.want || said != c.said || flag != c.flag {
			t.Errorf("ParseAmount(%q, %+v) = %q %q %q; want %q %q %q (%v)", c.in, c.rule, text, said, flag, c.want, c.said, c.flag, err)
		}
	}
}

func TestParseCount(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int64
		unit string
		said string
	}{
		{"1,200", 1200, "", ""}, {"1200人", 1200, "人", ""}, {"35000+人", 35000, "人", "sheet.note_at_least"},
		{"35000人以上", 35000, "人", "sheet.note_at_least"}, {"1.2万人", 12000, "人", ""}, {"约300人", 300, "人", "sheet.note_about"},
		{"１２", 12, "", ""}, {"3.00", 3, "", ""}, {"0", 0, "", ""},
		{"100-200人", 0, "", "sheet.count_range"}, {"1.5", 0, "", "sheet.count_form"}, {"-3", 0, "", "sheet.count_form"},
		{"若干", 0, "", "sheet.count_form"}, {"$5", 0, "", "sheet.count_form"}, {"99999999999999999999", 0, "", "sheet.count_form"},
	} {
		got, err := ParseCount(c.in)
		if said := word(t, err) + noteWords(got.Notes); got.N != c.n || got.Unit != c.unit || said != c.said {
			t.Errorf("ParseCount(%q) = %+v %q; want %d %q %q", c.in, got, said, c.n, c.unit, c.said)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1.5亿元", "$60,000,000 ", "1亿2000万元", "35000+人", "1-2亿", "-0.5", "￥８，５００"} {
		f.Add(s, "万元")
	}
	f.Fuzz(func(t *testing.T, cell, unit string) {
		got, err := ParseAmount(cell, Rule{Unit: unit})
		if err == nil && !(got.Money.Valid() && got.Money.Stated()) {
			t.Fatalf("%q in %q: %+v", cell, unit, got)
		}
		if _, err := ParseCount(cell); err != nil {
			word(t, err)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2023年1月5日", "05/01/2023", "44931", "20230105", "2023.1", "2023-01-05 10:00"} {
		f.Add(s, "dmy")
	}
	f.Fuzz(func(t *testing.T, cell, order string) {
		got, err := ParseDate(cell, DateOrder(order))
		if err == nil && !(got.Date.Valid() && got.Date.Known()) {
			t.Fatalf("%q: %+v", cell, got)
		}
	})
}
