package kernel

import (
	"encoding/csv"
	"errors"
	"os"
	"strings"
	"testing"

	"sente/internal/infra/testneed"
)

// word returns the message key of err's Fault, "" for nil.
func word(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	var f *Fault
	if !errors.As(err, &f) {
		t.Fatalf("not a Fault: %v", err)
	}
	return f.Word
}

func TestParseMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount, currency string
		minor            int64
		text, fault      string
	}{
		{"1,234.56", "CNY", 123456, "1234.56", ""},
		{"1234.56", "CNY", 123456, "1234.56", ""},
		{" -0.5 ", "USD", -50, "-0.50", ""},
		{"-0.00", "USD", 0, "0.00", ""},
		{"0.05", "EUR", 5, "0.05", ""},
		{"1.500", "CNY", 150, "1.50", ""},
		{"007", "JPY", 7, "7", ""},
		{"1.0", "JPY", 1, "1", ""},
		{"0.001", "KWD", 1, "0.001", ""},
		{"1.2345", "CLF", 12345, "1.2345", ""},
		{"1,000,000,000,000,000.00", "CNY", 100_000_000_000_000_000, "1000000000000000.00", ""},
		{"1000000000000000.01", "CNY", 0, "", "kernel.money_range"},
		{"99999999999999999999999", "CNY", 0, "", "kernel.money_range"},
		{"0.001", "CNY", 0, "", "kernel.money_decimals"},
		{"0.5", "JPY", 0, "", "kernel.money_decimals"},
		{"1", "XAU", 0, "", "kernel.money_currency"},
		{"1", "cny", 0, "", "kernel.money_currency"},
		{"1", "", 0, "", "kernel.money_currency"},
		{"1", "   ", 0, "", "kernel.money_currency"},
		{"", "CNY", 0, "", "kernel.money_form"},
		{".5", "CNY", 0, "", "kernel.money_form"},
		{"5.", "CNY", 0, "", "kernel.money_form"},
		{"1e3", "CNY", 0, "", "kernel.money_form"},
		{"+1", "CNY", 0, "", "kernel.money_form"},
		{"--1", "CNY", 0, "", "kernel.money_form"},
		{"1,23", "CNY", 0, "", "kernel.money_form"},
		{"1234,567", "CNY", 0, "", "kernel.money_form"},
		{",123", "CNY", 0, "", "kernel.money_form"},
		{"1.2.3", "CNY", 0, "", "kernel.money_form"},
		{"1.-5", "CNY", 0, "", "kernel.money_form"},
		{"１", "CNY", 0, "", "kernel.money_form"},
	} {
		m, err := ParseMoney(c.amount, c.currency)
		if got := word(t, err); got != c.fault {
			t.Errorf("ParseMoney(%q, %q): fault %q, want %q", c.amount, c.currency, got, c.fault)
		}
		if err == nil && (m.Minor != c.minor || m.String() != c.text || !m.Valid()) {
			t.Errorf("ParseMoney(%q, %q) = %d %s, want %d %s", c.amount, c.currency, m.Minor, m, c.minor, c.text)
		}
		if err != nil && m != (Money{}) {
			t.Errorf("ParseMoney(%q, %q) returned %v beside its fault", c.amount, c.currency, m)
		}
	}
}

func TestCurrencyTable(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, list := range []string{noDecimals, twoDecimals, threeDecimals, fourDecimals} {
		for _, code := range strings.Fields(list) {
			if len(code) != 3 || seen[code] {
				t.Errorf("%q is malformed or listed twice", code)
			}
			seen[code] = true
		}
	}
	if len(seen) != 170 {
		t.Errorf("%d currencies, want 170", len(seen))
	}
}

// Thirteen codes of the published list have no minor unit: metals, funds, tests.
func TestCurrencyTableCoversThePublishedList(t *testing.T) {
	t.Parallel()
	file, err := os.Open(testneed.Shared(t, "data", "iso4217_zh_en.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var unknown []string
	for _, r := range rows[1:] {
		if _, ok := CurrencyExponent(r[0]); !ok {
			unknown = append(unknown, r[0])
		}
	}
	if got := strings.Join(unknown, " "); got != "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX" {
		t.Errorf("unknown: %s", got)
	}
}

func TestMoneyStated(t *testing.T) {
	t.Parallel()
	if (Money{}).Stated() || !(Money{0, "CNY"}).Stated() {
		t.Error("zero yuan is stated, the zero Money is not")
	}
	for _, m := range []Money{{1, ""}, {1, "ABC"}, {maxMinor + 1, "CNY"}, {-maxMinor - 1, "CNY"}} {
		if m.Valid() {
			t.Errorf("%v passes as valid", m)
		}
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"1,234.56", "-0.5", "1e3", "", "00.10", "1000000000000000.01"} {
		f.Add(s, "CNY")
	}
	f.Add("1.234", "KWD")
	f.Fuzz(func(t *testing.T, amount, currency string) {
		m, err := ParseMoney(amount, currency)
		if err != nil {
			if m != (Money{}) {
				t.Fatalf("%v beside %v", m, err)
			}
			return
		}
		back, err := ParseMoney(m.String(), m.Currency)
		if err != nil || back != m || !m.Valid() {
			t.Fatalf("%q %s: %v reads back as %v, %v", amount, currency, m, back, err)
		}
	})
}
