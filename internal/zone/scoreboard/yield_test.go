package scoreboard_test

import (
	"errors"
	"slices"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/work"
)

// row is the row of id.
func (z *zone) row(y scoreboard.Yield, id string) scoreboard.YieldRow {
	z.Helper()
	i := slices.IndexFunc(y.Rows, func(r scoreboard.YieldRow) bool { return r.ID == id })
	if i < 0 {
		z.Fatalf("no row %q", id)
	}
	return y.Rows[i]
}

func (z *zone) yield(role, unit, by, id string) scoreboard.Yield {
	z.Helper()
	y, err := z.desk.Yield(z.as(role, unit), scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}, by, id)
	z.must(err)
	return y
}

// beside is how many stand beside a row under id.
func beside(r scoreboard.YieldRow, id string) int64 {
	for _, a := range r.Apart {
		if a.ID == id {
			return a.Count
		}
	}
	return 0
}

// fair is a zone in which fairs brought six leads of two departments, the last
// of them an expansion, and cost two sums; one fair is only planned.
func fair(z *zone) {
	z.now = at("2023-03-01")
	brought := func(change func(*pipeline.Project)) string {
		return z.open(func(p *pipeline.Project) {
			p.Method, p.Campaign = "fair", "c1"
			change(p)
		})
	}
	brought(func(*pipeline.Project) {})
	talked := brought(func(p *pipeline.Project) { p.Unit = "d2" })
	signed := brought(func(p *pipeline.Project) { p.Unit = "d2" })
	ended := brought(func(*pipeline.Project) {})
	dollars := brought(func(p *pipeline.Project) { p.Currency = "USD" })
	brought(func(p *pipeline.Project) { p.Kind = pipeline.KindExpansion })
	brought(func(p *pipeline.Project) { p.Industry = "K" })
	z.now = at("2023-05-01")
	z.reach(talked, pipeline.Negotiating, "2023-05-01")
	z.amend(talked, func(p *pipeline.Project) { p.Prior, p.Stage = p.Stage, pipeline.Lost }) // talked with, and lost since
	z.sign(signed, "2023-05-01")
	z.sign(ended, "2023-05-01")
	z.amend(ended, func(p *pipeline.Project) { p.Prior, p.Stage = p.Stage, pipeline.Terminated })
	z.sign(dollars, "2023-05-01")
	for _, c := range []struct {
		cost     int64
		currency string
		status   string
	}{{100_00, "CNY", work.Held}, {200_01, "CNY", work.Held}, {9999_00, "CNY", work.Planned}, {500_00, "EUR", work.Held}, {0, "", work.Held}} {
		z.hold(func(a *work.Activity) {
			a.Method, a.Campaign, a.CostMinor, a.Currency, a.Status = "fair", "c1", c.cost, c.currency, c.status
		})
	}
	z.hold(func(a *work.Activity) { a.Method, a.Unit = "go_out", "d2" })
	z.open(func(p *pipeline.Project) { p.Method = "alumni" })
	z.open(nil)
	z.sequence()
}

// What a method brought is counted over all leads of the scope, whoever reads:
// what was signed and ended since is still signed, and only what took place has
// cost anything.
func TestYieldOfMethods(t *testing.T) {
	onBoth(t, func(z *zone) {
		fair(z)
		y := z.yield("leader", "zone", scoreboard.ByMethod, "")
		if y.Figure != "YIELD_METHOD" || y.Version != 1 || y.Rows[len(y.Rows)-1].ID != "" || y.Rows[0].Name == "" || y.Counted.Entries == 0 {
			z.Errorf("%+v", y)
		}
		r := z.row(y, "fair")
		if r.Name != "展会推介" || r.Leads != 5 || r.Hidden != 0 || *r.Talked.Numerator != 4 || *r.Signed.Numerator != 3 || r.Signed.Ratio != "0.6000" || r.Signed.Low == "" || r.Amount.Minor != 4_0000_0000_00 {
			z.Errorf("brought %+v", r)
		}
		// 300.01 yuan for five leads and three signings, rounded half up to the fen.
		if r.Held != 4 || r.Cost.Money.Minor != 300_01 || r.PerLead.Money.Minor != 60_00 || r.PerSigning.Money.Minor != 100_00 || *r.PerLead.Denominator != 5 {
			z.Errorf("cost %+v, %+v, %+v", r.Cost.Money, r.PerLead.Money, r.PerSigning.Money)
		}
		for id, want := range map[string]int64{"ended": 1, "foreign": 1, "expansion": 1, "excluded": 1, "unpriced": 1, "other_cost": 1, "repeat": 0} {
			if got := beside(r, id); got != want {
				z.Errorf("%d %s beside it, want %d", got, id, want)
			}
		}
		none := z.row(y, "alumni")
		if none.Leads != 1 || *none.Signed.Numerator != 0 || none.Cost.Why != "期内没有举办活动" || none.PerLead.Why != none.Cost.Why || none.PerSigning.Why != "尚无签约" || none.PerLead.Money != nil {
			z.Errorf("no activity: %+v", none)
		}
		idle := z.row(y, "go_out")
		if idle.Leads != 0 || idle.Held != 1 || idle.Talked.Why != "期内没有线索" || idle.PerLead.Why != idle.Talked.Why || idle.Cost.Why != "举办的活动未填人民币费用" || idle.Talked.Ratio != "" {
			z.Errorf("no leads: %+v", idle)
		}
		if r := z.row(y, ""); r.Leads != 1 || r.Name != "" {
			z.Errorf("what names none: %+v", r)
		}
	})
}

// Who may not open some of the leads is told how many; the figures stay the
// same. An operator is shown its own only.
func TestYieldTellsWhatIsHidden(t *testing.T) {
	z := inSQLite(t)
	fair(z)
	for _, c := range []struct {
		role, unit   string
		leads        int64
		hidden, held int64
	}{{"leader", "zone", 5, 0, 0}, {"department_lead", "d1", 5, 2, 0}, {"officer", "d2", 5, 3, 0}, {"province", "zone", 5, 0, 4}, {"operator", "op", 0, 0, 0}} {
		r := z.row(z.yield(c.role, c.unit, scoreboard.ByMethod, "fair"), "fair")
		if r.Leads != c.leads || r.Hidden != c.hidden || r.HeldHidden != c.held {
			t.Errorf("%s of %s: %d leads, %d hidden, %d activities hidden", c.role, c.unit, r.Leads, r.Hidden, r.HeldHidden)
		}
	}
	for part, want := range map[string][2]int64{"leads": {5, 2}, "talked": {4, 2}, "signed": {3, 1}, "held": {4, 0}, "ended": {1, 0}} {
		_, total, hidden := z.all(z.as("department_lead", "d1"), scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}, "YIELD_METHOD", "apart:"+part+":fair")
		if total != want[0] || hidden != want[1] {
			t.Errorf("records of %s: %d, %d hidden; want %v", part, total, hidden, want)
		}
	}
}

// A period has its own leads; a later one none of them. Campaigns are told as
// methods are, an activity only when it is named and may be read.
func TestYieldByPeriodCampaignAndActivity(t *testing.T) {
	z := inSQLite(t)
	z.must(z.db.Update(z.ctx, func(tx store.Tx) error {
		c := work.Campaign{Zone: tx.Zone, ID: "c1", Name: "百日攻坚", Unit: "d1", SinceOn: "2023-01-01", Version: 1}
		_, err := journal.Record(z.ctx, tx, journal.Act{Verb: "work.campaign_set", Object: "work.campaign/c1", Changes: []journal.Change{journal.Put(c)}})
		return err
	}))
	fair(z)
	if r := z.row(z.yield("leader", "zone", scoreboard.ByCampaign, ""), "c1"); r.Name != "百日攻坚" || r.Leads != 5 || r.Cost.Money.Minor != 300_01 {
		t.Errorf("campaign %+v", r)
	}
	y, err := z.desk.Yield(z.as("leader", "zone"), scoreboard.Query{From: "2023-04-01", Until: "2023-04-30"}, scoreboard.ByMethod, "fair")
	z.must(err)
	if r := z.row(y, "fair"); len(y.Rows) != 1 || r.Leads != 0 || r.Held != 0 || r.Amount.Minor != 0 || r.Signed.State != scoreboard.Insufficient {
		t.Errorf("another month %+v", r)
	}
	y, err = z.desk.Yield(z.as("leader", "zone"), scoreboard.Query{From: "2023-01-01", Until: "2023-12-31", Kind: "expansion"}, scoreboard.ByMethod, "fair")
	z.must(err)
	if r := z.row(y, "fair"); r.Leads != 1 || r.Cost.Why != "活动不分新引进和增资扩产，请看全部活动" || beside(r, "expansion") != 0 {
		t.Errorf("expansion %+v", r)
	}
	id := z.activities[0].ID
	z.open(func(p *pipeline.Project) { p.Activity, p.Unit = id, "d2" })
	z.sequence()
	if r := z.yield("department_lead", "d1", scoreboard.ByActivity, id).Rows[0]; r.Name != "示例推介会1" || r.Leads != 1 || r.Hidden != 1 || r.PerLead.Money.Minor != 100_00 {
		t.Errorf("activity %+v", r)
	}
	_, err = z.desk.Yield(z.as("leader", "zone"), scoreboard.Query{}, scoreboard.ByActivity, "")
	if f := new(kernel.Fault); !errors.As(err, &f) || f.Word != "scoreboard.yield_which" || f.Field != "id" {
		t.Errorf("no activity named: %v", err)
	}
	for _, c := range []struct{ role, unit, id string }{{"leader", "zone", "nowhere"}, {"operator", "op", id}, {"province", "zone", id}} {
		if _, err := z.desk.Yield(z.as(c.role, c.unit), scoreboard.Query{}, scoreboard.ByActivity, c.id); !errors.Is(err, kernel.ErrNotFound) {
			t.Errorf("%s asks for %s: %v", c.role, c.id, err)
		}
	}
}
