package access

import (
	"slices"
	"testing"
)

func TestMask(t *testing.T) {
	g := mustGate(t)
	for _, c := range [][3]string{
		{"party.contact.phone", "13812341234", "138****1234"},
		{"party.contact.phone", "+86 138-1234-1234", "861****1234"},
		{"party.contact.phone", "0431-84641234", "043****1234"},
		{"party.contact.phone", "84641234", "****34"},
		{"party.contact.phone", "110", "****"},
		{"party.contact.email", "li.ming@example.com", "l***@example.com"},
		{"party.contact.email", "招商@example.com", "招***@example.com"},
		{"party.contact.email", "@example.com", "****"},
		{"party.contact.email", "no address", "****"},
		{"party.contact.name", "张三丰", "张**"},
		{"party.contact.name", "王五", "王**"},
		{"party.contact.name", "Jane Doe", "J***"},
		{"party.tax_paid", "1234567", "****"},
		{"nobody.listed.this", "secret", "****"},
		{"party.contact.phone", "", ""},
	} {
		if got := g.Mask(c[0], c[1]); got != c[2] {
			t.Errorf("%s %q: got %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestWhoSeesRestrictedFields(t *testing.T) {
	g := mustGate(t)
	for _, c := range []struct {
		role, field     string
		visible, unmask bool
	}{
		{"officer", "party.contact.phone", false, true},
		{"leader", "party.contact.phone", false, true},
		{"operator", "party.contact.phone", false, false},
		{"province", "party.contact.phone", false, false},
		{SystemAdmin, "party.contact.phone", false, false},
		{"officer", "party.tax_paid", false, false},
		{"auditor", "party.tax_paid", false, true},
		{"officer", "pipeline.terms", true, true},
		{"province", "pipeline.terms", false, false},
		{"leader", "nobody.listed.this", false, false},
	} {
		ctx := as(t, "me", "d1", c.role)
		if v, u := g.Visible(ctx, c.field), g.MayUnmask(ctx, c.field); v != c.visible || u != c.unmask {
			t.Errorf("%s, %s: visible %t, may unmask %t; want %t, %t", c.role, c.field, v, u, c.visible, c.unmask)
		}
	}
	if g.Visible(t.Context(), "pipeline.terms") {
		t.Error("nobody sees a trade secret")
	}
	for _, f := range g.Fields() {
		if f.Class != "trade_secret" && slices.Contains(f.Plain, "operator") || slices.Contains(f.Unmask, "province") {
			t.Errorf("%s is open to too many: %+v", f.Field, f)
		}
	}
}
