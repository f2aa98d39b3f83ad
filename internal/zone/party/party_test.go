package party

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"sente/internal/kernel"
)

// fields returns "field:word" of every part of a fault.
func fields(err error) []string {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		return nil
	}
	var out []string
	for _, d := range f.Details {
		out = append(out, d.Field+":"+d.Word)
	}
	return out
}

func TestSettleNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   Party
		want []string
	}{
		{"no name, no kind", Party{}, []string{"kind:party.kind_unknown", "name:party.name_required"}},
		{"name of brackets only", Party{Kind: Enterprise, Name: "（）"}, []string{"name:party.name_required"}},
		{"name too long", Party{Kind: Enterprise, Name: strings.Repeat("长", 201)}, []string{"name:party.too_long"}},
		{"code too short", Party{Kind: Enterprise, Name: "示例", CreditCode: "9122"}, []string{"credit_code:kernel.credit_length"}},
		{"wrong check digit", Party{Kind: Enterprise, Name: "示例", CreditCode: "121200004013590817"}, []string{"credit_code:kernel.credit_check"}},
		{"wrong lei", Party{Kind: Enterprise, Name: "示例", LEI: "0YPKKE5F0QW6RC51HE08"}, []string{"lei:kernel.lei_check"}},
		{"foreign number of nowhere", Party{Kind: Enterprise, Name: "示例", ForeignRegNo: "HRB 1"}, []string{"country:party.country_required"}},
		{"country as a word", Party{Kind: Enterprise, Name: "示例", Country: "Germany"}, []string{"country:party.country_form"}},
		{"industry", Party{Kind: Enterprise, Name: "示例", Industry: "Z9"}, []string{"industry:party.industry_form"}},
		{"region", Party{Kind: Enterprise, Name: "示例", Region: "22017"}, []string{"region:party.region_form"}},
		{"founded", Party{Kind: Enterprise, Name: "示例", Founded: "2010-13"}, []string{"founded:party.founded_form"}},
		{"capital without currency", Party{Kind: Enterprise, Name: "示例", CapitalMinor: 5}, []string{"registered_capital:party.capital_form"}},
		{"negative capital", Party{Kind: Enterprise, Name: "示例", CapitalMinor: -5, CapitalCurrency: "CNY"}, []string{"registered_capital:party.capital_form"}},
		{"headcount", Party{Kind: Enterprise, Name: "示例", Headcount: -1}, []string{"headcount:party.headcount_form"}},
		{"person with a code and an address", Party{Kind: Person, Name: "示例人", CreditCode: "121200004013590816", Address: "某街1号"},
			[]string{"credit_code:party.person_field", "address:party.person_field"}},
	} {
		_, err := c.in.settle()
		if !errors.Is(err, kernel.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", c.name, err)
		}
		if got := fields(err); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSettleAcceptsAndNormalizes(t *testing.T) {
	t.Parallel()
	p, err := Party{Kind: Enterprise, Name: " 示例（长春）有限公司 ", CreditCode: " 91152201078377449p ", Aliases: []string{"示例", "示例(长春)有限公司", "示例 "},
		Founded: "1847-10-12", Industry: "c36", Country: "cn", Region: "长春"}.settle()
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "示例（长春）有限公司" || p.CreditCode != "91152201078377449P" || p.NameKey != "示例长春有限公司" || p.Industry != "C36" || p.Country != "CN" {
		t.Errorf("got %+v", p)
	}
	if want := []string{"示例"}; !reflect.DeepEqual(p.Aliases, want) {
		t.Errorf("aliases %q, want %q: repeats and the name itself are no aliases", p.Aliases, want)
	}
	if len(p.Warnings) != 0 {
		t.Errorf("warnings %v, want none", p.Warnings)
	}
}

func TestSettleWarnsOfAnUnknownRegion(t *testing.T) {
	t.Parallel()
	code := codeIn("990000", "MA000001")
	p, err := Party{Kind: Enterprise, Name: "示例", CreditCode: code}.settle()
	if err != nil {
		t.Fatal(err)
	}
	want := []Warning{{Field: "credit_code", Word: "kernel.region_unknown", Args: []string{"990000"}}}
	if !reflect.DeepEqual(p.Warnings, want) {
		t.Errorf("warnings %v, want %v", p.Warnings, want)
	}
	p.CreditCode = "121200004013590816"
	if p, err = p.settle(); err != nil || len(p.Warnings) != 0 {
		t.Errorf("after the code was corrected: %v %v, want no warning", p.Warnings, err)
	}
}

func TestSettlePersonKeepsTheNameOutOfOpenFields(t *testing.T) {
	t.Parallel()
	p, err := Party{Kind: Person, Name: "示例人", Country: "DE"}.settle()
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "" || p.NameKey != "" || p.PersonName != "示例人" || p.Title() != "示例人" {
		t.Errorf("got name %q, key %q, person %q", p.Name, p.NameKey, p.PersonName)
	}
}

func TestContactForms(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   Contact
		want string
	}{
		{Contact{Name: "联系人", Phone: "0431-8888 0000 转 12"}, ""},
		{Contact{Name: "联系人", Phone: "+86 (431) 88880000"}, ""},
		{Contact{Name: "联系人", Email: "a@example.org"}, ""},
		{Contact{Phone: "0431-88880000"}, "name:party.name_required"},
		{Contact{Name: "联系人", Phone: "1234"}, "phone:party.phone_form"},
		{Contact{Name: "联系人", Phone: "请拨打前台"}, "phone:party.phone_form"},
		{Contact{Name: "联系人", Email: "a@b"}, "email:party.email_form"},
		{Contact{Name: "联系人", Email: "a b@example.org"}, "email:party.email_form"},
	} {
		_, err := c.in.settle()
		if got := strings.Join(fields(err), " "); got != c.want || (c.want == "") != (err == nil) {
			t.Errorf("%+v: %q (%v), want %q", c.in, got, err, c.want)
		}
	}
	_, err := Contact{Name: "联系人"}.settle()
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "party.contact_unreachable" {
		t.Errorf("neither phone nor e-mail: %v, want party.contact_unreachable", err)
	}
}

// codeIn makes a valid credit code in region from eight characters of an
// organisation code by trying check characters.
func codeIn(region, org string) string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, o := range alphabet {
		for _, c := range alphabet {
			code := "91" + region + org + string(o) + string(c)
			if _, err := kernel.CheckCreditCode(code); err == nil {
				return code
			}
		}
	}
	return ""
}
