package work

import (
	"strings"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

func facts(name, on string) ActivityFacts {
	return ActivityFacts{Name: &name, OnDate: &on, Place: ptr("会议中心"), Kind: ptr("roadshow"), Method: ptr("fair")}
}

// TestMinutesOverNationalDay: five working days after 30 September 2026 pass
// over the holiday and count the make-up Saturday, 10 October.
func TestMinutesOverNationalDay(t *testing.T) {
	t.Parallel()
	day := "2026-09-30"
	r := at(t, &day)
	a, err := r.desk.Plan(r.officer(), facts("国庆前推介会", "2026-09-30"))
	r.must(err)
	if a.No != "A2026-00001" || a.Status != Planned {
		t.Errorf("registered %+v", a.Activity)
	}
	_, err = r.desk.FileMinutes(r.officer(), a.ID, a.Version, "纪要")
	r.refused(err, kernel.ErrConflict, "work.hold_first")
	a, err = r.desk.Hold(r.officer(), a.ID, a.Version, ActivityFacts{Parties: &[]Firm{{Party: r.firm}, {Name: "某外地企业"}}, Officials: &[]Attendant{{Name: "示例干部"}}})
	r.must(err)
	if a.Parties[0].Name != "示例精工有限公司" || a.Parties[1].Name != "某外地企业" {
		t.Errorf("firms %+v", a.Parties)
	}
	// 8, 9, 10 (Saturday, worked), 12 and 13 October
	if a.MinutesDue != "2026-10-13" || a.Provisional || a.Left.Days != 5 {
		t.Errorf("minutes due %s, %d working days left", a.MinutesDue, a.Left.Days)
	}
	for _, c := range []struct {
		day  string
		left int
		late bool
	}{{"2026-10-07", 5, false}, {"2026-10-10", 2, false}, {"2026-10-11", 2, false}, {"2026-10-13", 0, false}, {"2026-10-14", -1, true}} {
		day = c.day
		now, err := r.desk.Activity(r.officer(), a.ID)
		r.must(err)
		if now.Left.Days != c.left || now.MinutesLate(now.Day) != c.late || !now.Owes() {
			t.Errorf("on %s %d left, late %v", c.day, now.Left.Days, now.MinutesLate(now.Day))
		}
	}
	mine, err := r.desk.Mine(r.officer())
	r.must(err)
	if mine.Owed != 1 || mine.Minutes[0].ID != a.ID {
		t.Errorf("owed %+v", mine.Minutes)
	}
	a, err = r.desk.FileMinutes(r.officer(), a.ID, a.Version, "晚了一天的纪要") // taken, and shown late
	r.must(err)
	day = "2026-11-30"
	if a.MinutesOn != "2026-10-14" || !a.MinutesLate(kernel.Date(day)) || a.Owes() {
		t.Errorf("filed %+v", a.Activity)
	}
	again, err := r.desk.AttachMinutes(r.officer(), a.ID, a.Version, "纪要.txt", strings.NewReader("纪要"))
	r.must(err)
	if again.MinutesOn != "2026-10-14" || again.FileName != "纪要.txt" || again.Minutes != "晚了一天的纪要" {
		t.Errorf("a document beside it: %+v", again.Activity)
	}
}

// TestMinutesBeyondTheCalendar: a term that nobody can know yet is provisional,
// and nobody is late by it.
func TestMinutesBeyondTheCalendar(t *testing.T) {
	t.Parallel()
	day := "2040-03-01"
	r := at(t, &day)
	a, err := r.desk.Plan(r.officer(), facts("远期", "2040-03-01"))
	r.must(err)
	a, err = r.desk.Hold(r.officer(), a.ID, a.Version, ActivityFacts{})
	r.must(err)
	day = "2040-05-01"
	if a.MinutesDue != "2040-03-08" || !a.Provisional || a.MinutesLate(kernel.Date(day)) {
		t.Errorf("due %s, provisional %v", a.MinutesDue, a.Provisional)
	}
}

// TestActivityRefuses: what an activity may not say or do.
func TestActivityRefuses(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	today := r.day(0)
	plan := func(change func(f *ActivityFacts)) error {
		f := facts("推介会", today)
		change(&f)
		_, err := r.desk.Plan(r.officer(), f)
		return err
	}
	for name, c := range map[string]struct {
		change func(f *ActivityFacts)
		word   string
	}{
		"ends before it begins": {func(f *ActivityFacts) { f.EndOn = ptr(r.day(-1)) }, "work.ends_before"},
		"no name":               {func(f *ActivityFacts) { f.Name = ptr(" ") }, "work.required"},
		"no day":                {func(f *ActivityFacts) { f.OnDate = nil }, "work.no_date"},
		"no such kind":          {func(f *ActivityFacts) { f.Kind = ptr("party") }, "work.not_a_choice"},
		"negative cost":         {func(f *ActivityFacts) { f.Cost = &kernel.Money{Minor: -1, Currency: "CNY"} }, "work.negative"},
		"cost of no currency":   {func(f *ActivityFacts) { f.Cost = &kernel.Money{Minor: 100} }, "work.no_currency"},
		"no such currency":      {func(f *ActivityFacts) { f.Cost = &kernel.Money{Minor: 100, Currency: "RMB"} }, "work.money_invalid"},
		"a fortune":             {func(f *ActivityFacts) { f.Cost = &kernel.Money{Minor: maxCost + 1, Currency: "CNY"} }, "work.money_too_large"},
		"no such method":        {func(f *ActivityFacts) { f.Method = ptr("magic") }, "work.method_unknown"},
		"no such campaign":      {func(f *ActivityFacts) { f.Campaign = ptr("none") }, "work.campaign_unknown"},
		"no such platform":      {func(f *ActivityFacts) { f.Platform = ptr("none") }, "work.subject_unknown"},
		"no such firm":          {func(f *ActivityFacts) { f.Parties = &[]Firm{{Party: "none"}} }, "work.subject_unknown"},
		"a firm without a name": {func(f *ActivityFacts) { f.Parties = &[]Firm{{}} }, "work.required"},
		"a crowd":               {func(f *ActivityFacts) { f.Parties = ptr(make([]Firm, maxList+1)) }, "work.too_many"},
		"no such official":      {func(f *ActivityFacts) { f.Officials = &[]Attendant{{Official: "none"}} }, "work.official_unknown"},
		"endless summary":       {func(f *ActivityFacts) { f.Summary = ptr(strings.Repeat("长", maxText+1)) }, "work.too_long"},
	} {
		t.Log(name)
		r.refused(plan(c.change), kernel.ErrInvalid, c.word)
	}
	r.refused(plan(func(f *ActivityFacts) { f.Unit = ptr("d2"); f.Owner = ptr("officer-2") }), kernel.ErrDenied, "access.denied")
	future, err := r.desk.Plan(r.officer(), facts("下月推介会", r.day(30)))
	r.must(err)
	_, err = r.desk.Hold(r.officer(), future.ID, future.Version, ActivityFacts{})
	r.refused(err, kernel.ErrInvalid, "work.in_future")
	_, err = r.desk.FileMinutes(r.officer(), future.ID, future.Version, "纪要")
	r.refused(err, kernel.ErrConflict, "work.hold_first")
	_, err = r.desk.CallOff(r.officer(), future.ID, future.Version, "")
	r.refused(err, kernel.ErrInvalid, "work.required")
	gone, err := r.desk.CallOff(r.officer(), future.ID, future.Version, "与展会冲突")
	r.must(err)
	_, err = r.desk.FileMinutes(r.officer(), gone.ID, gone.Version, "纪要")
	r.refused(err, kernel.ErrConflict, "work.was_cancelled")
	_, err = r.desk.AttachMinutes(r.officer(), gone.ID, 0, "纪要.txt", strings.NewReader("x"))
	r.refused(err, kernel.ErrConflict, "work.was_cancelled")
	_, err = r.desk.AmendActivity(r.officer(), gone.ID, gone.Version, facts("x", today))
	r.refused(err, kernel.ErrConflict, "work.was_cancelled")
	list, _, err := r.desk.Activities(r.leader(), ActivityFilter{}, nil, 50)
	r.must(err)
	if len(list) != 1 || list[0].Reason != "与展会冲突" {
		t.Errorf("activities %+v", list)
	}
}

// TestCostsByMethod: what activities cost, by method, campaign and currency, is
// what those cost that took place and the reader may list; the dictionaries end
// and keep their past.
func TestCostsByMethod(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		c, err := r.desk.SetCampaign(r.leader(), "", 0, CampaignFacts{Name: "百日攻坚", Unit: "d1", SinceOn: r.day(-10), UntilOn: r.day(10)})
		r.must(err)
		_, err = r.desk.SetCampaign(r.officer(), "", 0, CampaignFacts{Name: "私设", SinceOn: r.day(0)})
		r.refused(err, kernel.ErrDenied, "access.role_needed")
		for i := range 3 {
			f := facts("推介会", r.day(-i))
			f.Cost, f.Parties = &kernel.Money{Minor: 1000_00, Currency: "CNY"}, &[]Firm{{Name: "某企业"}}
			if i == 0 {
				f.Campaign = &c.ID
			}
			a, err := r.desk.Plan(r.officer(), f)
			r.must(err)
			if i < 2 {
				_, err = r.desk.Hold(r.officer(), a.ID, a.Version, ActivityFacts{})
				r.must(err)
			}
		}
		_, err = r.desk.Plan(r.operator(), facts("运营方活动", r.day(0)))
		r.must(err)
		sums, err := r.desk.Costs(r.officer(), ActivityFilter{Method: "fair"})
		r.must(err)
		want := []Spent{
			{Method: "fair", Planned: 1, Cost: kernel.Money{}},
			{Method: "fair", Held: 1, Planned: 1, Outside: 1, Stated: 1, Cost: kernel.Money{Minor: 1000_00, Currency: "CNY"}},
			{Method: "fair", Campaign: c.ID, Held: 1, Outside: 1, Stated: 1, Cost: kernel.Money{Minor: 1000_00, Currency: "CNY"}},
		}
		if len(sums) != 3 || sums[0] != want[0] || sums[1] != want[1] || sums[2] != want[2] {
			t.Errorf("sums %+v", sums)
		}
		if sums, err = r.desk.Costs(r.operator(), ActivityFilter{}); err != nil || len(sums) != 1 || sums[0].Stated != 0 {
			t.Errorf("the operator sees %+v %v", sums, err)
		}
		all, err := r.desk.AllMethods(r.officer())
		r.must(err)
		shipped := all[4]
		if shipped.ID != "fair" || shipped.Version != 1 {
			t.Fatalf("shipped %+v", shipped)
		}
		_, err = r.desk.SetMethod(r.leader(), "fair", 1, MethodFacts{Zh: shipped.Zh, ValidTo: "1999-01-01"})
		r.refused(err, kernel.ErrInvalid, "work.ends_before")
		_, err = r.desk.SetMethod(r.leader(), "", 0, MethodFacts{Zh: "展会推介"})
		r.refused(err, kernel.ErrInvalid, "work.method_twice")
		over, err := r.desk.SetMethod(r.leader(), "fair", 1, MethodFacts{Zh: shipped.Zh, En: shipped.En, Source: shipped.Source, ValidTo: r.day(-1)})
		r.must(err)
		_, err = r.desk.SetMethod(r.leader(), "fair", 1, MethodFacts{Zh: "x"})
		r.refused(err, kernel.ErrStale, "work.definition_stale")
		if after, err := r.desk.AllMethods(r.officer()); err != nil || len(after) != len(all) || after[4] != over {
			t.Errorf("after ending %+v %v", after[4], err)
		}
		_, err = r.desk.Plan(r.officer(), facts("再办", r.day(0)))
		r.refused(err, kernel.ErrInvalid, "work.not_in_force")
		_, err = r.desk.Plan(r.officer(), facts("补登记", r.day(-1)))
		r.must(err)
	})
}
