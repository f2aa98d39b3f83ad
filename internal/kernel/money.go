package kernel

import (
	"strconv"
	"strings"
)

// maxMinor bounds |Money.Minor|: 10^15 yuan, far above any national budget and
// far enough below 2^63 that ninety of them can be added without overflow.
const maxMinor = 100_000_000_000_000_000

// The active codes of ISO 4217 and the few withdrawn ones that old registers
// still hold, by the number of decimals of the minor unit. Codes without a
// minor unit (gold, special drawing rights, test codes) are not money here.
const (
	noDecimals    = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "
	threeDecimals = " BHD IQD JOD KWD LYD OMR TND "
	fourDecimals  = " CLF UYW "
	twoDecimals   = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF" +
		" CHW CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF" +
		" IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR" +
		" MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN" +
		" SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG ZWL "
)

// Money is an exact amount: Minor counts the currency's smallest unit (fen for
// CNY), Currency is the ISO 4217 code. The zero Money means "not stated".
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

// CurrencyExponent returns how many decimals the currency has by ISO 4217 and
// whether the code is known at all.
func CurrencyExponent(code string) (int, bool) {
	key := " " + code + " "
	switch {
	case len(code) != 3:
		return 0, false
	case strings.Contains(twoDecimals, key):
		return 2, true
	case strings.Contains(noDecimals, key):
		return 0, true
	case strings.Contains(threeDecimals, key):
		return 3, true
	case strings.Contains(fourDecimals, key):
		return 4, true
	}
	return 0, false
}

// ParseMoney reads an exact decimal such as "1,234.56" or "-0.5". It never
// rounds: more decimals than the currency has are refused unless they are
// zeros, as are exponents, misplaced group commas and |amount| above 10^17
// minor units. Faults: kernel.money_currency, kernel.money_form,
// kernel.money_decimals, kernel.money_range.
func ParseMoney(amount, currency string) (Money, error) {
	exp, ok := CurrencyExponent(currency)
	if !ok {
		return Money{}, Faultf(ErrInvalid, "kernel.money_currency", currency)
	}
	s := strings.TrimSpace(amount)
	digits, negative := strings.CutPrefix(s, "-")
	whole, frac, dot := strings.Cut(digits, ".")
	whole, ok = ungroup(whole)
	if !ok || !allDigits(frac) || dot && frac == "" {
		return Money{}, Faultf(ErrInvalid, "kernel.money_form", amount)
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > exp {
		return Money{}, Faultf(ErrInvalid, "kernel.money_decimals", amount, currency, exp)
	}
	minor, err := strconv.ParseInt(whole+frac+strings.Repeat("0", exp-len(frac)), 10, 64)
	if err != nil || minor > maxMinor {
		return Money{}, Faultf(ErrInvalid, "kernel.money_range", amount)
	}
	if negative {
		minor = -minor
	}
	return Money{minor, currency}, nil
}

// ungroup removes group commas, which must stand before every third digit.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ",")
	for i, g := range groups {
		if g == "" || !allDigits(g) || i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && len(g) > 3 {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// String returns the plain decimal without currency and group commas, "1234.56"
// for CNY: the form ParseMoney reads back.
func (m Money) String() string {
	exp, _ := CurrencyExponent(m.Currency)
	s := strconv.FormatInt(m.Minor, 10)
	sign := ""
	if m.Minor < 0 {
		sign, s = "-", s[1:]
	}
	if exp == 0 {
		return sign + s
	}
	if len(s) <= exp {
		s = strings.Repeat("0", exp+1-len(s)) + s
	}
	return sign + s[:len(s)-exp] + "." + s[len(s)-exp:]
}

// Stated reports whether m is an amount at all; zero yuan is one, the zero
// Money is not.
func (m Money) Stated() bool { return m.Currency != "" }

// Valid reports whether m is within the bounds of ParseMoney or not stated.
func (m Money) Valid() bool {
	if !m.Stated() {
		return m.Minor == 0
	}
	_, ok := CurrencyExponent(m.Currency)
	return ok && m.Minor <= maxMinor && m.Minor >= -maxMinor
}
