package kernel

import "strings"

// creditAlphabet is the character set of GB 32100-2015 in the order of its
// values 0 to 30: digits and capitals without I, O, S, V and Z.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CreditCode is a unified social credit code (统一社会信用代码) that passed both checks.
type CreditCode struct {
	Code     string   // 18 characters, upper case
	Region   string   // six digits, the division of the registering authority
	Province Province // zero when Region's first two digits name none
	// Warning is kernel.region_unknown when the region names no province. Codes
	// outlive the divisions they were issued in, so this never makes one invalid.
	Warning *Fault
}

// CheckCreditCode checks s by GB 32100-2015 (18 characters, check character
// modulo 31) and its characters 9 to 17 by GB 11714-1997 (organisation code,
// modulo 11). Spaces around s and lower case are accepted. Faults name the part
// that fails: kernel.credit_length, kernel.credit_character,
// kernel.credit_region, kernel.credit_check, kernel.credit_org.
func CheckCreditCode(s string) (CreditCode, error) {
	code := strings.ToUpper(strings.TrimSpace(s))
	if n := len([]rune(code)); n != 18 {
		return CreditCode{}, Faultf(ErrInvalid, "kernel.credit_length", n)
	}
	for i, r := range []rune(code) {
		if !strings.ContainsRune(creditAlphabet, r) {
			return CreditCode{}, Faultf(ErrInvalid, "kernel.credit_character", string(r), i+1)
		}
	}
	region := code[2:8]
	if !allDigits(region) {
		return CreditCode{}, Faultf(ErrInvalid, "kernel.credit_region", region)
	}
	if creditCheck(code[:17]) != code[17] {
		return CreditCode{}, Faultf(ErrInvalid, "kernel.credit_check", string(code[17]))
	}
	if orgCheck(code[8:16]) != code[16] {
		return CreditCode{}, Faultf(ErrInvalid, "kernel.credit_org", code[8:17])
	}
	return withProvince(CreditCode{Code: code, Region: region}), nil
}

// withProvince fills in the province. 100000 stands for authorities of the
// State itself and belongs to no province.
func withProvince(c CreditCode) CreditCode {
	p, ok := ProvinceOf(c.Region)
	c.Province = p
	if !ok && c.Region != "100000" {
		c.Warning = &Fault{Kind: ErrInvalid, Word: "kernel.region_unknown", Args: []any{c.Region}}
	}
	return c
}

// creditCheck computes the check character of GB 32100-2015: weights 3^i mod 31.
func creditCheck(body string) byte {
	sum, weight := 0, 1
	for i := range len(body) {
		sum += strings.IndexByte(creditAlphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return creditAlphabet[(31-sum%31)%31]
}

// orgCheck computes the check character of GB 11714-1997.
func orgCheck(body string) byte {
	weights := [8]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += base36(body[i]) * w
	}
	return "0X987654321"[sum%11]
}

// base36 is the value of a digit or capital letter, A = 10.
func base36(c byte) int {
	if c <= '9' {
		return int(c - '0')
	}
	return int(c-'A') + 10
}

// CheckLEI checks a legal entity identifier by ISO 17442: 20 digits or
// capitals, ISO 7064 modulo 97-10. Faults: kernel.lei_form, kernel.lei_check.
func CheckLEI(s string) error {
	if len(s) != 20 || strings.Trim(s, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || !allDigits(s[18:]) {
		return Faultf(ErrInvalid, "kernel.lei_form", s)
	}
	rest := 0
	for i := range len(s) {
		v := base36(s[i])
		if v >= 10 {
			rest = rest*10 + v/10
		}
		rest = (rest*10 + v%10) % 97
	}
	if rest != 1 {
		return Faultf(ErrInvalid, "kernel.lei_check", s)
	}
	return nil
}
