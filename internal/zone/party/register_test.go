package party

import (
	"errors"
	"reflect"
	"testing"

	"sente/internal/kernel"
)

func row(name string, change func(*Party)) Party {
	p := Party{Kind: Enterprise, Name: name}
	if change != nil {
		change(&p)
	}
	return p
}

func take(t *testing.T, r *Register, n int, p Party) (int, []Warning) {
	t.Helper()
	at, notes, err := r.Take(n, p)
	if err != nil {
		t.Fatalf("row %d: %v", n, err)
	}
	return at, notes
}

func TestRegisterMergesRepeats(t *testing.T) {
	t.Parallel()
	r := NewRegister()
	take(t, r, 2, row("示例（长春）公司", func(p *Party) {
		p.Aliases, p.Business, p.Sources = []string{"示例"}, []string{"手机"}, []string{"a.md"}
	}))
	at, notes := take(t, r, 3, row("示例(长春)公司", func(p *Party) {
		p.Aliases, p.Business, p.Sources = []string{"示例云"}, []string{"手机", "电视"}, []string{"b.md"}
		p.Founded, p.Address = "2010", "某街1号"
	}))
	if at != 0 || notes != nil {
		t.Errorf("at %d, notes %v", at, notes)
	}
	at, notes = take(t, r, 4, row("示例(长春)公司", func(p *Party) { p.Founded, p.Address = "2010-05", "某街2号" }))
	want := []Warning{{"address", "party.kept_first", []string{"某街1号", "某街2号"}}}
	if at != 0 || !reflect.DeepEqual(notes, want) {
		t.Errorf("at %d, notes %v, want %v", at, notes, want)
	}
	e := r.Entries[0]
	if !reflect.DeepEqual(e.Rows, []int{2, 3, 4}) || e.FoundedRow != 3 || e.Party.Founded != "2010-05" || e.Party.Address != "某街1号" {
		t.Errorf("entry %+v", e)
	}
	if !reflect.DeepEqual(e.Party.Aliases, []string{"示例", "示例云"}) || !reflect.DeepEqual(e.Party.Business, []string{"手机", "电视"}) || !reflect.DeepEqual(e.Party.Sources, []string{"a.md", "b.md"}) {
		t.Errorf("lists %q %q %q", e.Party.Aliases, e.Party.Business, e.Party.Sources)
	}
}

func TestRegisterRejectsContradictions(t *testing.T) {
	t.Parallel()
	r := NewRegister(mustSettle(t, row("已登记公司", func(p *Party) { p.ID, p.Founded = "known", "1990" })))
	take(t, r, 2, row("示例公司", nil))
	take(t, r, 3, row("示例公司", func(p *Party) { p.Founded, p.CreditCode = "1999", "121200004013590816" }))
	before := r.Entries[1]
	for _, c := range []struct {
		in   Party
		want kernel.Fault
	}{
		{row("示例公司", func(p *Party) { p.Founded = "1998" }), kernel.Fault{Word: "party.founded_conflict", Field: "founded", Args: []any{"示例公司", "1999", "3", "1998"}}},
		{row("已登记公司", func(p *Party) { p.Founded = "1998" }), kernel.Fault{Word: "party.founded_conflict_held", Field: "founded", Args: []any{"已登记公司", "1990", "1998"}}},
		{row("示例公司", func(p *Party) { p.CreditCode = "91152201078377449P" }),
			kernel.Fault{Word: "party.code_conflict", Field: "credit_code", Args: []any{"示例公司", "121200004013590816", "91152201078377449P"}}},
	} {
		_, _, err := r.Take(9, c.in)
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != c.want.Word || f.Field != c.want.Field || !reflect.DeepEqual(f.Args, c.want.Args) {
			t.Errorf("got %v, want %v", err, c.want.Error())
		}
	}
	if !reflect.DeepEqual(r.Entries[1], before) || len(r.Entries) != 2 {
		t.Errorf("a rejected row changed the register: %+v", r.Entries)
	}
}

func TestRegisterKeysByCodeFirst(t *testing.T) {
	t.Parallel()
	r := NewRegister()
	take(t, r, 2, row("示例科技公司", func(p *Party) { p.CreditCode = "121200004013590816" }))
	at, notes := take(t, r, 3, row("示例技术公司", func(p *Party) { p.CreditCode = "121200004013590816" }))
	want := []Warning{{"name", "party.other_name", []string{"示例科技公司", "示例技术公司"}}}
	if at != 0 || !reflect.DeepEqual(notes, want) || !reflect.DeepEqual(r.Entries[0].Party.Aliases, []string{"示例技术公司"}) {
		t.Errorf("at %d, notes %v, aliases %q", at, notes, r.Entries[0].Party.Aliases)
	}
}

func TestRegisterAsksForTheCodeOfAnAmbiguousName(t *testing.T) {
	t.Parallel()
	same := func(code string) Party {
		return mustSettle(t, row("同名公司", func(p *Party) { p.CreditCode = code }))
	}
	r := NewRegister(same("121200004013590816"), same("91152201078377449P"))
	_, _, err := r.Take(2, row("同名 公司", nil))
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != "party.name_ambiguous" || !reflect.DeepEqual(f.Args, []any{"同名 公司", 2}) {
		t.Errorf("got %v, want party.name_ambiguous", err)
	}
	if at, _ := take(t, r, 3, same("91152201078377449P")); at != 1 {
		t.Errorf("by code: entry %d, want 1", at)
	}
}

func TestRegisterTellsSharedAliases(t *testing.T) {
	t.Parallel()
	r := NewRegister()
	take(t, r, 2, row("示例集团", func(p *Party) { p.Aliases = []string{"示例"} }))
	at, notes := take(t, r, 3, row("示例科技", func(p *Party) { p.Aliases = []string{"示例"} }))
	want := []Warning{{"aliases", "party.alias_shared", []string{"示例", "示例集团"}}}
	if at != 1 || !reflect.DeepEqual(notes, want) {
		t.Errorf("at %d, notes %v, want a second entry and %v", at, notes, want)
	}
}

func mustSettle(t *testing.T, p Party) Party {
	t.Helper()
	p, err := p.settle()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
