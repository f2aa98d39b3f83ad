package pipeline

import (
	"reflect"
	"strings"
	"testing"

	"sente/internal/kernel"
)

func TestProjectCheck(t *testing.T) {
	t.Parallel()
	cny := func(minor int64) (int64, string) { return minor, "CNY" }
	sound := func() Project {
		p := Project{Name: "精密轴承项目", Kind: KindNew, Industry: "C34", FoundOn: "2026-01-05"}
		p.TotalMinor, p.Currency = cny(500_000_000_00)
		p.FixedMinor, p.FixedCurrency = cny(300_000_000_00)
		return p
	}
	for name, c := range map[string]struct {
		change func(*Project)
		want   []string
	}{
		"sound":                   {func(*Project) {}, nil},
		"no name":                 {func(p *Project) { p.Name = "　" }, []string{"name pipeline.no_name"}},
		"fixed equals total":      {func(p *Project) { p.FixedMinor = p.TotalMinor }, nil},
		"fixed above total":       {func(p *Project) { p.FixedMinor = p.TotalMinor + 1 }, []string{"fixed_investment pipeline.fixed_over_total"}},
		"fixed in other currency": {func(p *Project) { p.FixedCurrency = "USD" }, []string{"fixed_investment pipeline.fixed_currency"}},
		"amount, no currency":     {func(p *Project) { p.Currency = "" }, []string{"total_investment pipeline.no_currency"}},
		"unknown currency":        {func(p *Project) { p.Currency, p.FixedCurrency = "XXX", "XXX" }, []string{"total_investment pipeline.money_invalid", "fixed_investment pipeline.money_invalid"}},
		"negative":                {func(p *Project) { p.FixedMinor = -1 }, []string{"fixed_investment pipeline.negative"}},
		"too large":               {func(p *Project) { p.TotalMinor = maxInvestment + 1 }, []string{"total_investment pipeline.money_too_large"}},
		"zero is an amount":       {func(p *Project) { p.FixedMinor = 0 }, nil},
		"nothing stated":          {func(p *Project) { p.TotalMinor, p.Currency, p.FixedMinor, p.FixedCurrency = 0, "", 0, "" }, nil},
		"unknown industry":        {func(p *Project) { p.Industry = "C99" }, []string{"industry pipeline.unknown_industry"}},
		"unknown kind":            {func(p *Project) { p.Kind = "二期" }, []string{"kind pipeline.not_a_choice"}},
		"found tomorrow":          {func(p *Project) { p.FoundOn = "2026-11-24" }, []string{"found_on pipeline.in_future"}},
		"found today":             {func(p *Project) { p.FoundOn = "2026-11-23" }, nil},
		"no such day":             {func(p *Project) { p.FoundOn = "2026-02-30" }, []string{"found_on kernel.date_form"}},
		"long name":               {func(p *Project) { p.Name = strings.Repeat("长", 201) }, []string{"name pipeline.too_long"}},
		"zero byte":               {func(p *Project) { p.Scope = "a\x00b" }, []string{"scope pipeline.not_text"}},
		"two things":              {func(p *Project) { p.Name, p.Kind = "", "x" }, []string{"name pipeline.no_name", "kind pipeline.not_a_choice"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := sound()
			c.change(&p)
			if got := partWords(p.check("2026-11-23", newIndustryBook())); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFactsLeaveWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	was := Project{Name: "甲", Site: "一号地块", Builds: true, TotalMinor: 5, Currency: "CNY"}
	empty, name, no := "", " 乙 ", false
	got := Facts{Name: &name, Site: &empty, Builds: &no, Total: &kernel.Money{}}.apply(was)
	want := Project{Name: "乙"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if fields := changedFacts(was, got); !reflect.DeepEqual(fields, []string{"name", "builds", "site", "total_investment"}) {
		t.Errorf("changed: %v", fields)
	}
	if got := (Facts{}).apply(was); got != was {
		t.Errorf("no facts changed %+v", got)
	}
}

func TestSigningKey(t *testing.T) {
	t.Parallel()
	base := signingKey("91220101MA0000000X", "一号地块 A 区", "年产1万套轴承")
	for name, same := range map[string]string{
		"full width, case and spaces": signingKey("91220101ma0000000x", "一号地块Ａ区", "年产１万套 轴承"),
	} {
		if same != base {
			t.Errorf("%s make another contract", name)
		}
	}
	for name, other := range map[string]string{
		"investor": signingKey("91220101MA0000001X", "一号地块 A 区", "年产1万套轴承"),
		"site":     signingKey("91220101MA0000000X", "二号地块", "年产1万套轴承"),
		"scope":    signingKey("91220101MA0000000X", "一号地块 A 区", "年产2万套轴承"),
		"borders":  signingKey("91220101MA0000000X一号地块 A 区", "年产1万套轴承", "-"),
	} {
		if other == base || other == "" {
			t.Errorf("another %s makes the same contract", name)
		}
	}
	for _, key := range []string{signingKey("", "a", "b"), signingKey("a", " ", "b"), signingKey("a", "b", "　")} {
		if key != "" {
			t.Errorf("an incomplete contract has key %q", key)
		}
	}
}

func TestFilterSettle(t *testing.T) {
	t.Parallel()
	book := newIndustryBook()
	for name, c := range map[string]struct {
		f    Filter
		want []string
	}{
		"empty":                {Filter{}, nil},
		"all sound":            {Filter{Stages: []string{"signed", "shelved"}, Industry: "C", Currency: "CNY", Min: "1,000.5", Max: "2000", Since: "2026-01-01", Origin: "imported", Kind: "new"}, nil},
		"unknown stage":        {Filter{Stages: []string{"signed", "moon"}}, []string{"stage pipeline.unknown_stage"}},
		"bound, no currency":   {Filter{Min: "1"}, []string{"min pipeline.bound_needs_currency"}},
		"bound that is no sum": {Filter{Max: "many", Currency: "CNY"}, []string{"max pipeline.bound_invalid"}},
		"dates":                {Filter{Since: "2026-13-01", Until: "x"}, []string{"since kernel.date_form", "until kernel.date_form"}},
		"origin and industry":  {Filter{Origin: "guessed", Industry: "Z"}, []string{"industry pipeline.unknown_industry", "origin pipeline.not_a_choice"}},
	} {
		if _, err := c.f.settle(book, "2026-11-23"); !reflect.DeepEqual(partWords(err), c.want) {
			t.Errorf("%s: got %q, want %q", name, partWords(err), c.want)
		}
	}
	s, _ := Filter{Industry: "D"}.settle(book, "2026-11-23")
	if !reflect.DeepEqual(s.industries, []string{"D", "D44", "D45", "D46"}) {
		t.Errorf("a section takes in %v", s.industries)
	}
}

// stageCounts reports whether s is n projects in stage.
func stageCounts(s StageTotal, stage Stage, n int64) bool {
	var adds int64
	for _, c := range s.ByCurrency {
		adds += c.Count
	}
	return s.Stage == stage && s.Count == n && adds == n
}

func TestFoldSums(t *testing.T) {
	t.Parallel()
	got, err := foldSums([]sum{
		{Signed, KindNew, "CNY", "CNY", 2, 700, 300}, {"landed.customs", KindExpansion, "CNY", "", 1, 100, 0}, {Lead, KindNew, "", "", 4, 0, 0}, {Lead, KindNew, "", "USD", 1, 0, 50},
		{Lead, KindNew, "USD", "USD", 1, 90, 10}}, DefaultTracks().parts())
	if err != nil || got.Count != 9 {
		t.Errorf("count %d", got.Count)
	}
	want := []CurrencyTotal{
		{"", 5, kernel.Money{}, kernel.Money{}},
		{"CNY", 3, kernel.Money{Minor: 800, Currency: "CNY"}, kernel.Money{Minor: 300, Currency: "CNY"}},
		{"USD", 1, kernel.Money{Minor: 90, Currency: "USD"}, kernel.Money{Minor: 60, Currency: "USD"}},
	}
	if !reflect.DeepEqual(got.ByCurrency, want) {
		t.Errorf("by currency: %+v", got.ByCurrency)
	}
	if len(got.ByStage) != 11 || !stageCounts(got.ByStage[0], Lead, 6) || !stageCounts(got.ByStage[7], Effective, 0) {
		t.Errorf("by stage: %+v", got.ByStage)
	}
	if !stageCounts(got.ByStage[4], Landed, 1) || len(got.ByStep) != 4 || !stageCounts(got.ByStep[2], "landed.customs", 1) {
		t.Errorf("steps: %+v of %+v", got.ByStep, got.ByStage[4])
	}
	if landed := got.ByStage[4].ByCurrency; len(landed) != 1 || landed[0].Total != (kernel.Money{Minor: 100, Currency: "CNY"}) || len(got.ByStage[7].ByCurrency) != 0 {
		t.Errorf("amounts by stage: %+v", got.ByStage)
	}
	apart := []KindTotal{{KindNew, 8, []CurrencyTotal{want[0], {"CNY", 2, kernel.Money{Minor: 700, Currency: "CNY"}, kernel.Money{Minor: 300, Currency: "CNY"}}, want[2]}},
		{KindExpansion, 1, []CurrencyTotal{{"CNY", 1, kernel.Money{Minor: 100, Currency: "CNY"}, kernel.Money{Currency: "CNY"}}}}}
	if !reflect.DeepEqual(got.ByKind, apart) {
		t.Errorf("by kind: %+v", got.ByKind)
	}
}
