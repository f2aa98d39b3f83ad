package scoreboard_test

import (
	"context"
	"errors"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/work"
)

// inSQLite is one zone on the embedded engine.
func inSQLite(t *testing.T) *zone {
	t.Helper()
	t.Parallel()
	return newZone(t, store.Config{DSN: t.TempDir() + "/test.db"})
}

// apart is how many v counts apart under id.
func apart(v scoreboard.Value, id string) int64 {
	for _, a := range v.Apart {
		if a.ID == id {
			return a.Count
		}
	}
	return 0
}

// talks opens a project that enters 在谈 on a day and, unless "", signs on another.
func (z *zone) talks(on, signed string) string {
	z.Helper()
	z.now = at(on)
	id := z.open(nil)
	z.reach(id, pipeline.Negotiating, on)
	if signed != "" {
		z.now = at(signed)
		z.sign(id, signed)
	}
	return id
}

// Talks younger than the horizon are not mixed in; without older ones there is
// no figure, and it says so. Signings within a fortnight are shown apart.
func TestNegotiationSuccess(t *testing.T) {
	z := inSQLite(t)
	z.talks("2023-03-01", "2023-03-10") // within 14 days
	z.talks("2023-03-01", "2023-08-28") // on day 180
	z.talks("2023-03-01", "2023-08-29") // on day 181
	z.talks("2023-03-01", "")
	z.talks("2023-11-01", "2023-11-20") // too young on 31 December
	second := z.talks("2023-03-01", "") // the same contract once more: neither a success nor a failure
	z.amend(second, func(p *pipeline.Project) { p.SigningHeldBy = "p0001" })
	z.now = at("2023-12-31")
	z.sequence()

	v := z.figure(z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}), "NEG_C").Value
	if *v.Numerator != 2 || *v.Denominator != 4 || v.Ratio != "0.5000" || v.Low != "0.1500" || v.High != "0.8500" {
		t.Errorf("%d of %d, %s, %s to %s", *v.Numerator, *v.Denominator, v.Ratio, v.Low, v.High)
	}
	if apart(v, "younger") != 1 || apart(v, "fast") != 1 || apart(v, "repeat") != 1 {
		t.Errorf("apart %+v", v.Apart)
	}
	if w := v.Without; w == nil || *w.Numerator != 1 || *w.Denominator != 3 {
		t.Errorf("without those signed at once: %+v", w)
	}
	young := z.figure(z.ask(scoreboard.Query{From: "2023-10-01", Until: "2023-12-31"}), "NEG_C").Value
	if young.State != scoreboard.Insufficient || young.Why != "期内的 1 个项目都未满 180 日，满期后才计算，不给暂估数" || young.Numerator != nil {
		t.Errorf("a young cohort: %+v", young)
	}
	p := z.figure(z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}), "NEG_P")
	if p.Kind != scoreboard.KindPeriodRatio || p.Value.Ratio != "0.8000" || p.Value.Low != "" {
		t.Errorf("the period ratio: %+v", p.Value)
	}
}

// A light has no colour without a target, and figures whose sources are not
// kept yet are none at all.
func TestNothingIsComposedOrGuessed(t *testing.T) {
	z := inSQLite(t)
	z.talks("2023-03-01", "2023-05-10")
	z.sequence()
	states := map[string]string{}
	for _, l := range z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}).Lights {
		states[l.ID] = l.State
	}
	want := map[string]string{"activities": "no_target", "big": "no_target", "tax": "insufficient", "drive": "insufficient", "negotiation": "no_target", "results": "no_target"}
	for id, s := range want {
		if states[id] != s {
			t.Errorf("%s is %s, want %s", id, states[id], s)
		}
	}
	for _, id := range []string{"TAX_N", "DRV", "RES_EFF", "INT_FALSE"} {
		v := z.figure(z.ask(scoreboard.Query{}), id).Value
		if v.State != scoreboard.Insufficient || v.Why == "" || v.Numerator != nil || v.Ratio != "" {
			t.Errorf("%s: %+v", id, v)
		}
	}
}

// Evidence that comes after a period was closed re-states its figure: both
// values stand, and what was published stays what it was.
func TestLateEvidenceRestates(t *testing.T) {
	z := inSQLite(t)
	z.talks("2023-03-01", "2023-05-10")
	late := z.talks("2023-03-01", "")
	z.now = at("2024-02-01")
	z.sequence()
	q := scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}
	c := z.figure(z.ask(q), "BIG_N_SIGNED").Closing
	if c == nil || c.On != "2024-01-10" || *c.Published.Numerator != 1 || *c.Now.Numerator != 1 || c.Restated {
		t.Fatalf("before: %+v", c)
	}
	z.sign(late, "2023-12-20") // dated in the period, recorded after its closing
	z.sequence()
	c = z.figure(z.ask(q), "BIG_N_SIGNED").Closing
	if *c.Published.Numerator != 1 || *c.Now.Numerator != 2 || !c.Restated {
		t.Fatalf("after: %+v", c)
	}
	if f := z.figure(z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31", AsOf: "2024-01-05"}), "BIG_N_SIGNED"); f.Closing != nil || *f.Value.Numerator != 1 {
		t.Fatalf("as of a day before the closing: %+v", f)
	}
}

// A date known by the month decides nothing it cannot decide.
func TestVagueDatesAreCountedApart(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2024-12-01")
	for _, c := range [][2]string{{"2023-06-01", pipeline.ByMonth}, {"2023-01-01", pipeline.ByYear}, {"2023-06-15", pipeline.ByDay}} {
		id := z.open(nil)
		p := z.projects[id]
		p.Stage = pipeline.Signed
		m := z.milestone(id, pipeline.Signed, pipeline.Actual, c[0])
		m.Precision = c[1]
		z.record("pipeline.imported", id, journal.Put(p), journal.Put(m))
	}
	z.sequence()
	for _, c := range []struct {
		from, until kernel.Date
		sure, vague int64
	}{{"2023-01-01", "2023-12-31", 3, 0}, {"2023-06-01", "2023-06-30", 2, 1}, {"2023-06-10", "2023-06-20", 1, 2}, {"2023-07-01", "2023-07-31", 0, 1}, {"2024-01-01", "2024-12-31", 0, 0}} {
		v := z.figure(z.ask(scoreboard.Query{From: c.from, Until: c.until}), "BIG_N_SIGNED").Value
		if *v.Numerator != c.sure || apart(v, "vague") != c.vague {
			t.Errorf("%s to %s: %d certain, %d vague; want %d and %d", c.from, c.until, *v.Numerator, apart(v, "vague"), c.sure, c.vague)
		}
	}
}

// What builds nothing leaves the denominator of 开工, and the figure says how
// many did; amounts in another currency enter no sum.
func TestNotApplicableLeavesTheDenominator(t *testing.T) {
	z := inSQLite(t)
	for i := range 4 {
		z.now = at("2023-02-01")
		id := z.open(func(p *pipeline.Project) {
			p.Builds = i > 0
			if i == 1 {
				p.Track = "trade"
			}
			if i == 2 {
				p.Currency = "USD"
			}
		})
		z.sign(id, "2023-02-01")
		if i == 3 {
			z.pay(id, 5000_0000_00, "CNY", pipeline.PaidCash, "2023-02-01")
			z.pay(id, 7000_0000_00, "USD", pipeline.PaidCash, "2023-02-01")
		}
	}
	z.now = at("2023-12-01")
	z.sequence()
	b := z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"})
	if v := z.figure(b, "RES_START").Value; *v.Denominator != 2 || apart(v, "not_applicable") != 2 {
		t.Errorf("开工率 of %d, %+v", *v.Denominator, v.Apart)
	}
	if v := z.figure(b, "RES_LAND").Value; *v.Denominator != 4 {
		t.Errorf("落地率 of %d", *v.Denominator)
	}
	v := z.figure(b, "RES_FUND").Value
	if v.Money.Minor != 5000_0000_00 || v.MoneyOf.Minor != 6_0000_0000_00 || v.Ratio != "0.0833" || apart(v, "other_currency") != 1 || apart(v, "no_voucher") != 2 || apart(v, "foreign_paid") != 1 {
		t.Errorf("资金到位率 %+v", v)
	}
	if v := z.figure(b, "BIG_N_SIGNED").Value; *v.Numerator != 3 || apart(v, "other_currency") != 1 {
		t.Errorf("大项目 %d, %+v", *v.Numerator, v.Apart)
	}
}

// Paid-in funds are plotted by the quarter in which their contracts were signed,
// whenever they came; a quarter without vouchers has no figure and says why.
func TestPaidInBySigningQuarter(t *testing.T) {
	z := inSQLite(t)
	sign := func(on string) string {
		z.now = at(on)
		id := z.open(nil)
		z.sign(id, on)
		return id
	}
	first, _ := sign("2023-02-01"), sign("2023-03-31")
	sign("2023-05-01")
	z.now = at("2023-08-01")
	z.pay(first, 1_0000_0000_00, "CNY", pipeline.PaidCash, "2023-02-10")
	z.pay(first, 5000_0000_00, "CNY", pipeline.PaidInKind, "2023-07-31") // in the third quarter, of a contract of the first
	z.sequence()
	s, err := z.desk.Series(z.as("leader", "zone"), scoreboard.Query{From: "2023-01-01", Until: "2023-09-30"})
	z.must(err)
	got := map[string]scoreboard.Value{}
	for _, c := range s.Cohorts {
		for _, r := range c.Rates {
			if r.ID == "RES_FUND" {
				got[c.Period] = r.Value
			}
		}
	}
	if v := got["2023Q1"]; v.State != scoreboard.Computed || v.Money.Minor != 1_5000_0000_00 || v.MoneyOf.Minor != 4_0000_0000_00 || v.Ratio != "0.3750" || *v.Denominator != 2 || v.Low != "" {
		t.Errorf("first quarter %+v", v)
	}
	if v := got["2023Q2"]; v.State != scoreboard.Insufficient || v.Why != "期内签约的项目还没有登记带凭证的资金，请在项目页“投资与资源”中登记" || v.Money != nil || apart(v, "no_voucher") != 1 {
		t.Errorf("second quarter %+v", v)
	}
	if v := got["2023Q3"]; len(got) != 3 || v.State != scoreboard.Insufficient || v.Why != "期内没有可计入分母的项目" || v.Ratio != "" {
		t.Errorf("third quarter %+v of %d", v, len(got))
	}
}

// How long a step took is told by quantiles, and who kept the limit of its
// pipeline (签约 to 落地: 90 working days) apart from who did not.
func TestSpansAndTheirLimits(t *testing.T) {
	z := inSQLite(t)
	for _, landed := range []string{"2026-05-11", "2026-05-12", ""} { // the 90th working day after 5 January is 11 May
		z.now = at("2026-01-05")
		id := z.open(nil)
		z.sign(id, "2026-01-05")
		if landed != "" {
			z.now = at(landed)
			z.reach(id, pipeline.Landed, landed)
		}
	}
	z.now = at("2026-06-01")
	z.sequence()
	v := z.figure(z.ask(scoreboard.Query{From: "2026-01-01", Until: "2026-12-31"}), "RES_T1").Value
	if *v.Numerator != 2 || v.Days.P50 != "126.5" || apart(v, "open") != 1 {
		t.Errorf("%d spans, median %s, %+v", *v.Numerator, v.Days.P50, v.Apart)
	}
	if v.InTime == nil || *v.InTime.Numerator != 1 || *v.InTime.Denominator != 2 {
		t.Errorf("in time: %+v", v.InTime)
	}
}

// all reads every page of the records behind a part of a figure.
func (z *zone) all(ctx context.Context, q scoreboard.Query, id, part string) (items []scoreboard.Record, total, hidden int64) {
	z.Helper()
	for place, more := (*scoreboard.Spot)(nil), true; more; more = place != nil {
		page, next, err := z.desk.Records(ctx, q, id, part, place, 2)
		z.must(err)
		items, total, hidden, place = append(items, page.Items...), page.Total, page.Hidden, next
	}
	return items, total, hidden
}

// For every role what it may open and what is hidden add up to the figure, and
// each record names the entry that made it count.
func TestRecordsAndHiddenAddUp(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2023-02-01")
	for _, unit := range []string{"d1", "d11", "d2", "op", "d1", "op"} {
		z.sign(z.open(func(p *pipeline.Project) { p.Unit = unit }), "2023-02-01")
	}
	z.sequence()
	q := scoreboard.Query{From: "2023-01-01", Until: "2023-01-31"}
	q.Until = "2023-12-31"
	for _, c := range []struct {
		role, unit string
		open, more int64
	}{{"leader", "zone", 6, 0}, {"auditor", "zone", 6, 0}, {"department_lead", "d1", 3, 3}, {"officer", "d2", 1, 5}, {"operator", "op", 2, 0}} {
		b, err := z.desk.Ask(z.as(c.role, c.unit), q)
		z.must(err)
		counted := *z.figure(b, "BIG_N_SIGNED").Value.Numerator
		items, total, hidden := z.all(z.as(c.role, c.unit), q, "BIG_N_SIGNED", "numerator")
		if int64(len(items)) != c.open || hidden != c.more || total != counted || total != c.open+hidden {
			t.Errorf("%s: %d open, %d hidden of %d, the figure says %d", c.role, len(items), hidden, total, counted)
		}
		for _, r := range items {
			z.must(z.db.View(z.ctx, func(tx store.Tx) error {
				e, err := journal.Get(z.ctx, tx, r.Entry)
				if err == nil && (e.Verb != "pipeline.advanced" || e.Object != pipeline.Object(r.ID) || *e.Seq != r.Leaf) {
					t.Errorf("record %s is proved by %s of %s", r.ID, e.Verb, e.Object)
				}
				return err
			}))
		}
	}
}

// An operator sees the own unit's figures whatever it asks for, and nobody
// without the permission any.
func TestAnOperatorSeesItsOwnFigures(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2023-02-01")
	z.sign(z.open(func(p *pipeline.Project) { p.Unit = "op" }), "2023-02-01")
	z.sign(z.open(nil), "2023-02-01")
	z.sequence()
	for _, unit := range []string{"", "d1", "op", "nowhere"} {
		b, err := z.desk.Ask(z.as("operator", "op"), scoreboard.Query{Unit: unit})
		z.must(err)
		if n := *z.figure(b, "BIG_N_SIGNED").Value.Numerator; n != 1 || b.Unit != "op" || b.UnitForced != (unit != "op") {
			t.Errorf("asked for %q: %d projects of %q, forced %t", unit, n, b.Unit, b.UnitForced)
		}
	}
	if _, err := z.desk.Ask(z.as("system_admin", "zone"), scoreboard.Query{}); !errors.Is(err, kernel.ErrDenied) {
		t.Errorf("a system administrator: %v", err)
	}
	b, err := z.desk.Ask(z.as("leader", "zone"), scoreboard.Query{Unit: "nowhere"})
	z.must(err)
	if n := *z.figure(b, "BIG_N_SIGNED").Value.Numerator; n != 0 || b.Unit != "?" { // never the zone's: that is what no unit means
		t.Errorf("a unit nobody knows: %d of %q", n, b.Unit)
	}
}

// Questions that make no sense are refused with the field.
func TestBadQuestions(t *testing.T) {
	z := inSQLite(t)
	z.sequence()
	for _, c := range []struct {
		q    scoreboard.Query
		want string
	}{
		{scoreboard.Query{AsOf: "2023-01-03"}, "scoreboard.as_of_future"},
		{scoreboard.Query{From: "2023-02-01", Until: "2023-01-01"}, "scoreboard.period_backwards"},
		{scoreboard.Query{From: "2023-02-30"}, "scoreboard.query_invalid"},
		{scoreboard.Query{Kind: "second_phase"}, "scoreboard.no_kind"},
	} {
		_, err := z.desk.Ask(z.as("leader", "zone"), c.q)
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != c.want {
			t.Errorf("%+v: %v, want %s", c.q, err, c.want)
		}
	}
	_, _, err := z.desk.Records(z.as("leader", "zone"), scoreboard.Query{}, "NEG_C", "everything", nil, 10)
	if f := new(kernel.Fault); !errors.As(err, &f) || f.Word != "scoreboard.no_part" {
		t.Errorf("%v", err)
	}
	_, _, err = z.desk.Records(z.as("leader", "zone"), scoreboard.Query{}, "SCORE", "numerator", nil, 10)
	if !errors.Is(err, kernel.ErrNotFound) {
		t.Errorf("%v", err)
	}
	if _, err := z.desk.Ask(storetest.Ctx(t, "z9"), scoreboard.Query{}); err != nil {
		t.Errorf("a zone without a journal has empty figures: %v", err)
	}
}

// An activity counts with a firm, a place and minutes in time; its yield is
// what came of it within the limit.
func TestActivitiesAndTheirYield(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2023-03-01")
	good := z.hold(nil)
	z.hold(func(a *work.Activity) { a.Parties = nil })
	late := z.hold(nil)
	z.now = at("2023-03-06")
	z.minute(0)
	z.minute(1)
	brought := z.open(func(p *pipeline.Project) { p.Activity = good })
	z.open(func(p *pipeline.Project) { p.Activity = late })
	z.now = at("2023-03-20")
	z.minute(2) // due on the 8th
	z.reach(brought, pipeline.Negotiating, "2023-03-20")
	z.now = at("2023-08-01")
	z.hold(func(a *work.Activity) { a.OnDate, a.MinutesDue = "2023-07-31", "2023-08-07" })
	z.hold(func(a *work.Activity) { a.OnDate, a.MinutesDue, a.Place = "2023-03-01", "2023-03-08", "" }) // no place, and its minutes are late as well
	z.sequence()

	b := z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"})
	if v := z.figure(b, "ACT_N").Value; *v.Numerator != 1 || *v.Denominator != 5 || apart(v, "pending") != 1 || apart(v, "late_minutes") != 1 || apart(v, "incomplete") != 2 {
		t.Errorf("%d of %d, %+v", *v.Numerator, *v.Denominator, v.Apart)
	}
	if v := z.figure(b, "ACT_Y").Value; *v.Numerator != 1 || *v.Denominator != 1 || v.Ratio != "1.0000" || v.Low != "" {
		t.Errorf("yield %+v", v)
	}
	items, total, hidden := z.all(z.as("leader", "zone"), scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}, "ACT_N", "denominator")
	if len(items) != 5 || total != 5 || hidden != 0 || items[0].Code != "A2023-00004" || items[0].Kind != "activity" {
		t.Errorf("records %+v of %d, %d hidden", items, total, hidden)
	}
	if _, total, hidden := z.all(z.as("province", "zone"), scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}, "ACT_N", "denominator"); total != 5 || hidden != 5 {
		t.Errorf("who reads no activities: %d of %d hidden", hidden, total)
	}
}
