package kernel

import (
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"sente/internal/infra/testneed"
)

func TestCheckCreditCode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, code, province, fault, warning string }{
		{"91152201078377449P", "91152201078377449P", "15", "", ""},
		{" 91152201078377449p\t", "91152201078377449P", "15", "", ""},
		{"911522010783774490", "", "", "kernel.credit_check", ""},
		{"9115220107837744", "", "", "kernel.credit_length", ""},
		{"", "", "", "kernel.credit_length", ""},
		{"9115220107837744911522010783774", "", "", "kernel.credit_length", ""},
		{"91152201O78377449P", "", "", "kernel.credit_character", ""},
		{"９１152201078377449P", "", "", "kernel.credit_character", ""},
		{"91A52201078377449P", "", "", "kernel.credit_region", ""},
	} {
		got, err := CheckCreditCode(c.in)
		if word(t, err) != c.fault || got.Code != c.code || got.Province.Code != c.province || got.Warning != nil {
			t.Errorf("CheckCreditCode(%q) = %+v, %v; want %q, fault %q", c.in, got, err, c.code, c.fault)
		}
	}
}

// code completes 8 characters of registration and region and 8 of organisation.
func code(head, org string) string {
	body := head + org + string(orgCheck(org))
	return body + string(creditCheck(body))
}

func TestCreditCodeUnknownRegionIsAWarning(t *testing.T) {
	t.Parallel()
	got, err := CheckCreditCode(code("91990001", "MA1XYW12"))
	if err != nil || got.Warning == nil || got.Warning.Word != "kernel.region_unknown" || got.Warning.Args[0] != "990001" {
		t.Fatalf("got %+v, %v", got, err)
	}
	state, err := CheckCreditCode(code("91100000", "MA1XYW12"))
	if err != nil || state.Warning != nil || state.Province != (Province{}) {
		t.Fatalf("the State's own authorities: %+v, %v", state, err)
	}
}

func TestCreditCodeOrganisationPart(t *testing.T) {
	t.Parallel()
	body := "91220101" + "MA1XYW12" + "0"
	if orgCheck("MA1XYW12") == '0' {
		t.Fatal("choose another example")
	}
	_, err := CheckCreditCode(body + string(creditCheck(body)))
	if word(t, err) != "kernel.credit_org" {
		t.Fatalf("got %v", err)
	}
}

func TestCreditCodeVectors(t *testing.T) {
	t.Parallel()
	file, err := os.Open(testneed.Shared(t, "data", "uscc_vectors.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) != 504 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	valid := 0
	for _, r := range rows[1:] {
		got, err := CheckCreditCode(r[0])
		if want := r[1] == "1" && r[2] == "1"; want != (err == nil) {
			t.Errorf("%s (%s): %v", r[0], r[4], err)
		}
		if err != nil && r[1] == "1" && word(t, err) != "kernel.credit_org" {
			t.Errorf("%s: %v, want kernel.credit_org", r[0], err)
		}
		if err == nil {
			valid++
			if got.Region != r[3] {
				t.Errorf("%s: region %s, want %s", r[0], got.Region, r[3])
			}
		}
	}
	if valid != 379 {
		t.Errorf("%d valid codes, want 379", valid)
	}
}

func TestCheckLEI(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"213800KUD8LAJWSQ9D15":  "",
		"213800KUD8LAJWSQ9D51":  "kernel.lei_check",
		"213800KUD8LAJWSQ9d15":  "kernel.lei_form",
		"213800KUD8LAJWSQ9DAA":  "kernel.lei_form",
		"213800KUD8LAJWSQ9D1":   "kernel.lei_form",
		"213800KUD8LAJ WSQ9D15": "kernel.lei_form",
		"":                      "kernel.lei_form",
	} {
		if got := word(t, CheckLEI(in)); got != want {
			t.Errorf("CheckLEI(%q): %q, want %q", in, got, want)
		}
	}
}

func TestLEIVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(testneed.Shared(t, "data", "lei_vectors.txt"))
	if err != nil {
		t.Fatal(err)
	}
	codes := strings.Fields(string(text))
	if len(codes) != 100 {
		t.Fatalf("%d vectors", len(codes))
	}
	for _, c := range codes {
		if err := CheckLEI(c); err != nil {
			t.Errorf("%s: %v", c, err)
		}
		next := c[:17] + string("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[(base36(c[17])+1)%36]) + c[18:]
		if err := CheckLEI(next); err == nil {
			t.Errorf("%s passes with one character changed", next)
		}
	}
}

func TestProvinces(t *testing.T) {
	t.Parallel()
	if n := len(Provinces()); n != 34 {
		t.Errorf("%d provincial-level divisions, want 34", n)
	}
	if p, ok := ProvinceOf("220171"); !ok || p.Zh != "吉林省" {
		t.Errorf("220171 lies in %v", p)
	}
	for _, s := range []string{"", "2", "99", "10"} {
		if p, ok := ProvinceOf(s); ok {
			t.Errorf("%q lies in %v", s, p)
		}
	}
}

func FuzzCheckCreditCode(f *testing.F) {
	f.Add("91152201078377449P")
	f.Add("９１152201078377449P")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := CheckCreditCode(s)
		if err != nil {
			if got != (CreditCode{}) {
				t.Fatalf("%+v beside %v", got, err)
			}
			return
		}
		again, err := CheckCreditCode(got.Code)
		if err != nil || again.Code != got.Code || len(got.Code) != 18 || got.Region != got.Code[2:8] {
			t.Fatalf("%q: %+v then %+v, %v", s, got, again, err)
		}
	})
}
