package scoreboard_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/scoreboard"
)

// settle is an order that rests on something.
func settle(from kernel.Date, set ...scoreboard.Setting) scoreboard.Order {
	return scoreboard.Order{Settings: scoreboard.Settings{Parameters: set}, ValidFrom: from, Source: "晨港发〔2023〕8 号", Reason: "按本区考核办法"}
}

// define settles a version as the leader does.
func (z *zone) define(id string, latest int64, o scoreboard.Order) scoreboard.Definition {
	z.Helper()
	d, err := z.desk.Define(z.as("leader", "zone"), id, latest, o)
	z.must(err)
	return d
}

// The zone's own version counts the periods that end on its first day or later;
// what ended before, and what was asked before it was recorded, stays with the
// version of its day. Every figure names the version.
func TestOwnDefinitionCountsFromItsDay(t *testing.T) {
	onBoth(t, func(z *zone) {
		z.talks("2023-01-10", "2023-03-01") // within 90 days
		z.talks("2023-01-10", "2023-06-01") // within 180 only
		z.now = at("2023-07-20")
		z.sequence()
		first := scoreboard.Query{From: "2023-01-01", Until: "2023-07-20"}
		if f := z.figure(z.ask(first), "NEG_C"); f.Version != 1 || f.Own || *f.Value.Numerator != 2 {
			z.Fatalf("as shipped: %+v", f)
		}
		d := z.define("NEG_C", 1, settle("2023-08-01", scoreboard.Setting{ID: "horizon_days", Value: 90}))
		if d.Version != 2 || !d.Own || !strings.Contains(d.FormulaZh, "90 日内签订正式合同") || strings.Contains(d.FormulaZh, "180") || d.Source != "晨港发〔2023〕8 号" {
			z.Errorf("settled %+v", d)
		}
		z.define("NEG_C", 2, settle("2024-01-01", scoreboard.Setting{ID: "horizon_days", Value: 30}))
		z.now = at("2024-06-01")
		z.sequence()
		for _, c := range []struct {
			q       scoreboard.Query
			version int64
			signed  int64
		}{
			{first, 1, 2},
			{scoreboard.Query{From: "2023-01-01", Until: "2023-07-31"}, 1, 2},
			{scoreboard.Query{From: "2023-01-01", Until: "2023-08-01"}, 2, 1},
			{scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"}, 2, 1},
			{scoreboard.Query{From: "2023-01-01", Until: "2024-01-01"}, 3, 0},
			{scoreboard.Query{From: "2023-01-01", Until: "2023-12-31", AsOf: "2023-07-19"}, 1, 2}, // nobody knew of it then
			{scoreboard.Query{From: "2023-01-01", Until: "2023-12-31", AsOf: "2023-07-20"}, 2, 1},
		} {
			f := z.figure(z.ask(c.q), "NEG_C")
			if f.Version != c.version || f.Own != (c.version > 1) || *f.Value.Numerator != c.signed {
				z.Errorf("%+v: version %d, %d signed; want %d and %d", c.q, f.Version, *f.Value.Numerator, c.version, c.signed)
			}
			s, err := z.desk.Series(z.as("leader", "zone"), c.q)
			z.must(err)
			if i := slices.IndexFunc(s.Cohorts[0].Rates, func(r scoreboard.Rate) bool { return r.ID == "NEG_C" }); s.Cohorts[0].Rates[i].Version != c.version || s.Horizon != []int64{180, 90, 30}[c.version-1] {
				z.Errorf("plotted by version %d, %d days", s.Cohorts[0].Rates[i].Version, s.Horizon)
			}
			page, _, err := z.desk.Records(z.as("leader", "zone"), c.q, "NEG_C", "numerator", nil, 10)
			z.must(err)
			if page.Version != c.version || page.Total != c.signed {
				z.Errorf("%d records by version %d", page.Total, page.Version)
			}
		}
		if f := z.figure(z.ask(scoreboard.Query{}), "NEG_L"); f.Version != 1 || f.Own {
			z.Errorf("another figure: %+v", f)
		}
		z.must(z.db.View(z.ctx, func(tx store.Tx) error {
			list, err := journal.History(z.ctx, tx, scoreboard.DefinitionObject("NEG_C"), journal.Page{Limit: 9})
			if len(list) != 2 || list[0].Verb != "scoreboard.definition_set" || list[0].Reason != "按本区考核办法" || !strings.Contains(string(list[0].Detail), `"is":30,"was":90`) {
				z.Errorf("journal %+v", list)
			}
			if err != nil {
				return err
			}
			n, err := store.Count(z.ctx, tx, "SELECT count(*) FROM scoreboard_definitions WHERE zone = $1 AND id = 'NEG_C'", tx.Zone)
			if n != 2 {
				z.Errorf("%d versions on record", n)
			}
			return err
		}))
	})
}

// A threshold, bands and industries that do not count are the zone's to settle.
func TestOwnThresholdAndIndustries(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2023-02-01")
	for _, c := range []struct {
		total    int64
		industry string
	}{{6000_0000_00, "C34"}, {2_0000_0000_00, "F52"}, {2_0000_0000_00, "C36"}} {
		z.sign(z.open(func(p *pipeline.Project) { p.TotalMinor, p.Industry = c.total, c.industry }), "2023-02-01")
	}
	o := settle("2023-02-01", scoreboard.Setting{ID: "threshold", Value: 5000_0000_00}, scoreboard.Setting{ID: "bands", Values: []int64{5000_0000_00, 1_0000_0000_00}})
	o.Exclude = []string{"C36"}
	d := z.define("BIG_N_SIGNED", 1, o)
	if !strings.Contains(d.FormulaZh, "不低于 5000 万元人民币") || !strings.Contains(d.FormulaEn, "at least CNY 50 million") {
		t.Errorf("told %s / %s", d.FormulaZh, d.FormulaEn)
	}
	z.now = at("2023-03-01")
	z.sequence()
	v := z.figure(z.ask(scoreboard.Query{}), "BIG_N_SIGNED").Value
	if *v.Numerator != 2 || apart(v, "excluded") != 1 || len(v.Bands) != 2 || v.Bands[0].Count != 1 || v.Bands[1].Count != 1 {
		t.Errorf("%d big, %+v, %+v", *v.Numerator, v.Bands, v.Apart)
	}
	o = settle("2023-03-01")
	o.Exclude = []string{}
	if d = z.define("BIG_N_SIGNED", 2, o); len(d.Exclude) != 0 || d.Parameters[0].Value != 5000_0000_00 {
		t.Errorf("what is not named stays: %+v", d)
	}
	if v := z.figure(z.ask(scoreboard.Query{}), "BIG_N_SIGNED").Value; *v.Numerator != 3 || apart(v, "excluded") != 0 {
		t.Errorf("nothing left out: %d, %+v", *v.Numerator, v.Apart)
	}
}

// What cannot be settled is refused with the field, and nothing is written.
func TestDefineRefuses(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2023-06-01")
	many := make([]int64, 13)
	for i := range many {
		many[i] = int64(i + 1)
	}
	with := func(change func(*scoreboard.Order)) scoreboard.Order {
		o := settle("2023-06-01", scoreboard.Setting{ID: "horizon_days", Value: 90})
		change(&o)
		return o
	}
	one := func(id string, value int64, values ...int64) scoreboard.Order {
		return with(func(o *scoreboard.Order) { o.Parameters = []scoreboard.Setting{{ID: id, Value: value, Values: values}} })
	}
	target := int64(-1)
	for name, c := range map[string]struct {
		id    string
		order scoreboard.Order
		field string
		word  string
	}{
		"no day":             {"NEG_C", with(func(o *scoreboard.Order) { o.ValidFrom = "" }), "valid_from", "kernel.date_form"},
		"no such day":        {"NEG_C", with(func(o *scoreboard.Order) { o.ValidFrom = "2023-06-31" }), "valid_from", "kernel.date_form"},
		"yesterday":          {"NEG_C", with(func(o *scoreboard.Order) { o.ValidFrom = "2023-05-31" }), "valid_from", "scoreboard.definition_past"},
		"no reason":          {"NEG_C", with(func(o *scoreboard.Order) { o.Reason = " " }), "reason", "scoreboard.definition_said"},
		"no source":          {"NEG_C", with(func(o *scoreboard.Order) { o.Source = "" }), "source", "scoreboard.definition_said"},
		"an essay":           {"NEG_C", with(func(o *scoreboard.Order) { o.Reason = strings.Repeat("长", 501) }), "reason", "scoreboard.definition_long"},
		"no such parameter":  {"NEG_C", one("threshold", 1), "parameters.threshold", "scoreboard.no_parameter"},
		"no days":            {"NEG_C", one("horizon_days", 0), "parameters.horizon_days", "scoreboard.parameter_range"},
		"a lifetime":         {"NEG_C", one("horizon_days", 3661), "parameters.horizon_days", "scoreboard.parameter_range"},
		"several":            {"NEG_C", one("horizon_days", 90, 90, 180), "parameters.horizon_days", "scoreboard.parameter_range"},
		"all are fast":       {"NEG_C", one("fast_days", 180), "parameters.fast_days", "scoreboard.parameter_fast"},
		"falling bands":      {"BIG_N_SIGNED", one("bands", 0, 2, 1), "parameters.bands", "scoreboard.parameter_bands"},
		"a band twice":       {"BIG_N_SIGNED", one("bands", 0, 2, 2), "parameters.bands", "scoreboard.parameter_bands"},
		"no bands":           {"BIG_N_SIGNED", one("bands", 0), "parameters.bands", "scoreboard.parameter_bands"},
		"too many bands":     {"BIG_N_SIGNED", one("bands", 0, many...), "parameters.bands", "scoreboard.parameter_bands"},
		"a negative amount":  {"BIG_N_SIGNED", one("threshold", -1), "parameters.threshold", "scoreboard.parameter_range"},
		"no such industry":   {"NEG_C", with(func(o *scoreboard.Order) { o.Exclude = []string{"C99"} }), "exclude_industries", "scoreboard.no_industry"},
		"an industry twice":  {"NEG_C", with(func(o *scoreboard.Order) { o.Exclude = []string{"K", "K"} }), "exclude_industries", "scoreboard.industry_twice"},
		"industry of a fair": {"ACT_N", with(func(o *scoreboard.Order) { o.Parameters, o.Exclude = nil, []string{"K"} }), "exclude_industries", "scoreboard.no_industries"},
		"a negative target":  {"NEG_C", with(func(o *scoreboard.Order) { o.Target = &target }), "target", "scoreboard.parameter_range"},
	} {
		_, err := z.desk.Define(z.as("leader", "zone"), c.id, 1, c.order)
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != "scoreboard.definition_invalid" || !slices.ContainsFunc(f.Details, func(d kernel.Fault) bool { return d.Word == c.word && d.Field == c.field }) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		role, id string
		latest   int64
		order    scoreboard.Order
		kind     error
		word     string
	}{
		{"leader", "NEG_C", 1, one("horizon_days", 180), kernel.ErrInvalid, "scoreboard.definition_same"},
		{"leader", "NEG_C", 2, one("horizon_days", 90), kernel.ErrStale, "scoreboard.definition_stale"},
		{"leader", "SCORE", 1, one("horizon_days", 90), kernel.ErrNotFound, "scoreboard.no_figure"},
		{"department_lead", "NEG_C", 1, one("horizon_days", 90), kernel.ErrDenied, "access.role_needed"},
		{"operator", "NEG_C", 1, one("horizon_days", 90), kernel.ErrDenied, "access.role_needed"},
	} {
		_, err := z.desk.Define(z.as(c.role, "zone"), c.id, c.latest, c.order)
		var f *kernel.Fault
		if !errors.Is(err, c.kind) || !errors.As(err, &f) || f.Word != c.word {
			t.Errorf("%s of %s: %v, want %s", c.role, c.id, err, c.word)
		}
	}
	all, err := z.desk.AllDefinitions(z.as("officer", "d1"))
	z.must(err)
	if len(all) != len(scoreboard.Definitions()) || slices.ContainsFunc(all, func(d scoreboard.Definition) bool { return d.Own }) {
		t.Errorf("%d definitions after refusals", len(all))
	}
	for _, d := range all {
		if strings.ContainsAny(d.FormulaZh+d.FormulaEn, "{}") {
			t.Errorf("%s is told as %s / %s", d.ID, d.FormulaZh, d.FormulaEn)
		}
	}
}

// A light has the colour of its worst figure with a target: of a count the part
// of the year's target that is due, of a rate the target itself.
func TestTargetsColourTheLights(t *testing.T) {
	z := inSQLite(t)
	z.now = at("2023-01-02")
	aim := func(id string, latest, target int64) {
		o := settle("2023-01-02")
		o.Target = &target
		z.define(id, latest, o)
	}
	aim("BIG_N_SIGNED", 1, 4)
	aim("INT_DUP", 1, 100)
	aim("TAX_N", 1, 5)
	z.sign(z.open(nil), "2023-01-02")
	z.now = at("2023-07-02")
	z.sign(z.open(nil), "2023-07-02")
	z.now = at("2023-12-31")
	z.sequence()
	light := func(b scoreboard.Board, id string) string {
		return b.Lights[slices.IndexFunc(b.Lights, func(l scoreboard.Light) bool { return l.ID == id })].State
	}
	for _, c := range []struct {
		from, until kernel.Date
		state, due  string
		light       string
	}{
		{"2023-01-01", "2023-03-31", scoreboard.Met, "1.0", scoreboard.Green},    // 90 of 365 days: 0.99 of 4
		{"2023-01-01", "2023-06-30", scoreboard.Behind, "2.0", scoreboard.Amber}, // 1.98 due, 1 signed; none a year earlier
		{"2023-01-01", "2023-07-02", scoreboard.Behind, "2.0", scoreboard.Amber}, // 2.005 due, 2 signed
		{"2023-01-01", "2023-12-31", scoreboard.Behind, "", scoreboard.Amber},    // the whole of it
		{"2023-02-01", "2023-12-31", scoreboard.Open, "", "no_target"},           // not the year
		{"2022-01-01", "2023-12-31", scoreboard.Open, "", "no_target"},           // more than the year
	} {
		b := z.ask(scoreboard.Query{From: c.from, Until: c.until})
		s := z.figure(b, "BIG_N_SIGNED").Target
		if s == nil || s.State != c.state || s.Due != c.due || s.Target != 4 || s.Unit != "count" || s.Aim != scoreboard.AtLeast || light(b, "big") != c.light {
			t.Errorf("%s to %s: %+v, light %s", c.from, c.until, s, light(b, "big"))
		}
		if (s.Why == "") != (c.state != scoreboard.Open) {
			t.Errorf("%s to %s: %q", c.from, c.until, s.Why)
		}
		if light(b, "results") != "no_target" {
			t.Errorf("a light without a target is %s", light(b, "results"))
		}
	}
	b := z.ask(scoreboard.Query{From: "2023-01-01", Until: "2023-12-31"})
	if s := z.figure(b, "INT_DUP").Target; s.State != scoreboard.Met || s.Aim != scoreboard.AtMost || s.Unit != "permille" {
		t.Errorf("repeated signings: %+v", s)
	}
	if s := z.figure(b, "TAX_N").Target; s.State != scoreboard.Open || s.Why != "尚无数据，不能对照目标" || light(b, "tax") != "insufficient" {
		t.Errorf("what is not counted yet: %+v", s)
	}
	z.now = at("2024-01-02")
	z.sign(z.open(nil), "2024-01-02")
	z.now = at("2024-12-31")
	z.sequence()
	b = z.ask(scoreboard.Query{From: "2024-01-01", Until: "2024-12-31"})
	if s := z.figure(b, "BIG_N_SIGNED").Target; s.State != scoreboard.Worse || light(b, "big") != scoreboard.Red {
		t.Errorf("fewer than a year earlier: %+v, light %s", s, light(b, "big"))
	}
}

// The API tells every version, and settles the next for who may and has seen the
// last.
func TestDefinitionsByAPI(t *testing.T) {
	onBoth(t, func(z *zone) {
		z.now = at("2023-06-01")
		z.sequence()
		server := z.serve()
		leader, officer := server.As("zh").With("X-As", "leader/zone"), server.As("en").With("X-As", "officer/d1")
		body := apitest.Object{"parameters": []apitest.Object{{"id": "threshold", "value": 5000_0000_00}}, "exclude_industries": nil, "valid_from": "2023-06-01", "source": "会议纪要", "reason": "门槛下调"}
		const path = "/scoreboard/definitions/BIG_N_SIGNED"
		leader.Put(path, body).Problem(428, "httpapi.if_match_missing")
		leader.IfMatch(`"2"`).Put(path, body).Problem(412, "scoreboard.definition_stale")
		officer.IfMatch(`"1"`).Put(path, body).Problem(403, "access.role_needed")
		leader.IfMatch(`"1"`).Put(path, apitest.Object{"parameters": []apitest.Object{{"id": "threshold", "value": 0}}, "exclude_industries": nil, "valid_from": "2023-05-31", "source": "x", "reason": "y"}).
			Refused(422, "scoreboard.definition_invalid", "valid_from", "parameters.threshold")
		var made struct {
			ID      string
			Version int
			Own     bool
			Exclude []string `json:"exclude_industries"`
			ByName  string   `json:"by_name"`
		}
		r := leader.IfMatch(`"1"`).Put(path, body).Status(200)
		if r.JSON(&made); made.Version != 2 || !made.Own || made.ByName != "演示人员" || strings.Join(made.Exclude, " ") != "K F52" || r.ETag() != `"2"` {
			z.Errorf("settled %+v, %s", made, r.ETag())
		}
		var list struct {
			Items []struct {
				ID        string
				Version   int
				Own       bool
				FormulaEn string `json:"formula_en"`
				Aim       string
				Unit      string `json:"target_unit"`
			}
		}
		officer.Get("/scoreboard/definitions").Status(200).JSON(&list)
		var versions []int
		for _, d := range list.Items {
			if d.ID == "BIG_N_SIGNED" {
				versions = append(versions, d.Version)
				if d.Own != (d.Version == 2) || d.Aim != "at_least" || d.Unit != "count" || strings.Contains(d.FormulaEn, "CNY 50 million") != d.Own {
					z.Errorf("listed %+v", d)
				}
			}
		}
		if !slices.Equal(versions, []int{1, 2}) {
			z.Errorf("versions %v", versions)
		}
		var b struct {
			Lights []struct {
				Figures []struct {
					ID      string
					Version int
					Own     bool
				}
			}
		}
		officer.Get("/scoreboard").Status(200).JSON(&b)
		if f := b.Lights[1].Figures[0]; f.ID != "BIG_N_SIGNED" || f.Version != 2 || !f.Own {
			z.Errorf("counted by %+v", f)
		}
	})
}
