// Package naive counts the figures of the scoreboard a second time for its
// tests: from the rows of the database as they stand, in the plainest way,
// sharing nothing with the fold but the formulas in the definitions.
package naive

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/store"
)

// Question is what is counted.
type Question struct {
	From, Until, AsOf string // YYYY-MM-DD
	Expansion         bool
	Platform          string   // "" = any
	Units             []string // nil = any
}

// Result is what a figure comes to.
type Result struct {
	Num, Den  int64
	Money, Of int64 // fen
	Days      []int // sorted
	Apart     map[string]int64
	None      bool // 数据不足
}

// firm is one project with its dates by stage.
type firm struct {
	id, kind, industry, currency, unit, stage, prior, held, platform, activity, track, method, campaign string
	builds                                                                                              bool
	total                                                                                               int64
	on                                                                                                  map[string]string // actual dates by stage
	plan                                                                                                string
	paid                                                                                                int64 // by vouchers, CNY, up to the day
	vouchers, fixedVouchers                                                                             bool
	fixed                                                                                               int64
	fixedIn                                                                                             map[string]int64 // by year
	inStatistics                                                                                        string
}

// dayEnds is when a day ends in China, counted from its midnight in Greenwich.
const dayEnds = 16 * time.Hour

const chain = "lead screening negotiating signed landed started producing effective"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// each runs a query and scans its rows into to.
func each(ctx context.Context, t testing.TB, tx store.Tx, query string, args []any, to []any, fn func()) {
	t.Helper()
	rows, err := tx.QueryContext(ctx, query, args...)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		must(t, rows.Scan(to...))
		fn()
	}
	must(t, rows.Err())
}

// has reports whether the database has a table at all.
func has(ctx context.Context, tx store.Tx, table string) bool {
	q := `SELECT count(*) FROM sqlite_master WHERE name = $1`
	if tx.Dialect == store.Postgres {
		q = `SELECT count(*) FROM information_schema.tables WHERE table_name = $1`
	}
	n, err := store.Count(ctx, tx, q, table)
	return err == nil && n > 0
}

// Count counts every figure of q in the transaction's zone. The rows of
// projects are taken as they stand now, dates as recorded by the end of q.AsOf.
func Count(ctx context.Context, t testing.TB, tx store.Tx, q Question) map[string]Result {
	t.Helper()
	cut := at(q.AsOf).Add(dayEnds).UnixMilli() - 1
	all := projects(ctx, t, tx, cut)
	funds(ctx, t, tx, all, q.AsOf, cut)
	known := statistics(ctx, t, tx, all, cut)
	c := counter{q: q, out: map[string]Result{}}
	for _, f := range all {
		if (f.kind == "expansion") == q.Expansion && (q.Platform == "" || f.platform == q.Platform) && (q.Units == nil || slices.Contains(q.Units, f.unit)) {
			c.project(f)
		}
	}
	c.ceremonies(ctx, t, tx, all, cut)
	if !q.Expansion {
		c.activities(ctx, t, tx, all)
	}
	c.finish(known)
	return c.out
}

func at(day string) time.Time {
	d, _ := time.Parse(time.DateOnly, day)
	return d
}

// days is b − a.
func days(a, b string) int { return int(at(b).Sub(at(a)).Hours() / 24) }

func projects(ctx context.Context, t testing.TB, tx store.Tx, cut int64) map[string]*firm {
	all := map[string]*firm{}
	var f firm
	each(ctx, t, tx, `SELECT id, kind, industry, currency, unit, stage, prior, signing_held_by, platform, activity, track, method, campaign, builds, total_minor
		FROM pipeline_projects WHERE zone = $1 AND created_at <= $2`, []any{tx.Zone, cut},
		[]any{&f.id, &f.kind, &f.industry, &f.currency, &f.unit, &f.stage, &f.prior, &f.held, &f.platform, &f.activity, &f.track, &f.method, &f.campaign, &f.builds, &f.total}, func() {
			one := f
			one.builds = f.builds && f.track != "trade" && f.track != "headquarters" && f.track != "incubation" && f.track != "innovation" // their tracks have no 开工
			one.on, one.fixedIn = map[string]string{}, map[string]int64{}
			all[f.id] = &one
		})
	var project, stage, kind, on string
	last := map[string]string{}
	each(ctx, t, tx, `SELECT project, stage, kind, on_date FROM pipeline_milestones WHERE zone = $1 AND recorded_at <= $2 ORDER BY project, seq`,
		[]any{tx.Zone, cut}, []any{&project, &stage, &kind, &on}, func() {
			p := all[project]
			switch {
			case p == nil:
			case kind == "actual":
				p.on[stage] = on
			case kind == "planned" && stage == "started":
				if p.plan == "" {
					p.plan = on
				}
				last[project] = on
			}
		})
	for id, on := range last {
		if on == "" {
			all[id].plan = ""
		}
	}
	return all
}

func funds(ctx context.Context, t testing.TB, tx store.Tx, all map[string]*firm, asOf string, cut int64) {
	if !has(ctx, tx, "pipeline_instalments") {
		return
	}
	var project, currency, source, on string
	var amount int64
	each(ctx, t, tx, `SELECT project, amount, currency, source_kind, on_date FROM pipeline_instalments
		WHERE zone = $1 AND recorded_at <= $2 AND (voided_at = 0 OR voided_at > $2) AND evidence <> '' AND on_date <= $3`,
		[]any{tx.Zone, cut, asOf}, []any{&project, &amount, &currency, &source, &on}, func() {
			p := all[project]
			if p == nil || currency != "CNY" {
				return
			}
			p.paid, p.vouchers = p.paid+amount, true
			if source == "in_kind" {
				p.fixed, p.fixedVouchers = p.fixed+amount, true
				p.fixedIn[on[:4]] += amount
			}
		})
}

func statistics(ctx context.Context, t testing.TB, tx store.Tx, all map[string]*firm, cut int64) (known bool) {
	if !has(ctx, tx, "pipeline_facts") {
		return false
	}
	var project, on string
	each(ctx, t, tx, `SELECT project, on_date FROM pipeline_facts
		WHERE zone = $1 AND kind = 'in_statistics' AND recorded_at <= $2 AND (voided_at = 0 OR voided_at > $2)`,
		[]any{tx.Zone, cut}, []any{&project, &on}, func() {
			known = true
			if p := all[project]; p != nil && (p.inStatistics == "" || on < p.inStatistics) {
				p.inStatistics = on
			}
		})
	return known
}

type counter struct {
	q           Question
	out         map[string]Result
	paid, fixed bool
}

// add counts into figure id; apart "" = not apart.
func (c *counter) add(id string, num, den int64) {
	r := c.out[id]
	r.Num, r.Den = r.Num+num, r.Den+den
	c.out[id] = r
}

func (c *counter) apart(id, name string) {
	r := c.out[id]
	if r.Apart == nil {
		r.Apart = map[string]int64{}
	}
	r.Apart[name]++
	c.out[id] = r
}

func (c *counter) in(on string) bool {
	return on != "" && c.q.From <= on && on <= c.q.Until && on <= c.q.AsOf
}

// came reports whether f is at stage or beyond by the day of counting.
func (c *counter) came(f *firm, stage string) bool {
	for _, s := range strings.Fields(chain[max(0, strings.Index(chain, stage)):]) {
		if f.on[s] != "" && f.on[s] <= c.q.AsOf {
			return true
		}
	}
	return false
}

const yi = 10_000_000_000 // fen

func (c *counter) project(f *firm) {
	signed := f.on["signed"]
	if f.held != "" {
		signed = ""
	}
	if f.builds && c.in(f.plan) && f.plan < c.q.AsOf {
		late := int64(0)
		if f.on["started"] == "" || f.on["started"] > f.plan {
			late = 1
		}
		c.add("INT_LATE", late, 1)
	}
	if strings.HasPrefix(f.industry, "K") || strings.HasPrefix(f.industry, "F52") {
		return
	}
	standing := f.stage
	if f.prior != "" {
		standing = f.prior
	}
	beyond := strings.Index(chain, standing) >= strings.Index(chain, "signed")
	c.big("BIG_N_SIGNED", f, signed, true)
	c.big("BIG_N_STARTED", f, f.on["started"], f.builds)
	if c.in(signed) && f.currency == "CNY" && f.total >= yi {
		r := c.out["BIG_REAL"]
		r.Den, r.Money = r.Den+1, r.Money+f.fixed
		c.out["BIG_REAL"] = r
		c.fixed = c.fixed || f.fixedVouchers
	}
	c.cohort("NEG_C", f, f.on["negotiating"], signed, beyond)
	c.cohort("NEG_L", f, f.on["lead"], signed, beyond)
	if c.in(signed) {
		c.add("NEG_P", 1, 0)
		c.results(f)
	}
	if c.in(f.on["negotiating"]) {
		if f.held != "" {
			c.apart("NEG_P", "repeat")
		} else {
			c.add("NEG_P", 0, 1)
		}
	}
	c.span("RES_T1", signed, f.on["landed"])
	if f.builds {
		c.span("RES_T2", f.on["landed"], f.on["started"])
		c.span("RES_T3", f.on["started"], f.on["producing"])
	}
}

func (c *counter) big(id string, f *firm, on string, applies bool) {
	switch {
	case !c.in(on):
	case !applies:
		c.apart(id, "not_applicable")
	case f.currency == "":
		c.apart(id, "unstated")
	case f.currency != "CNY":
		c.apart(id, "other_currency")
	case f.total >= yi:
		c.add(id, 1, 0)
		if f.total >= 10*yi {
			switch {
			case !f.fixedVouchers:
				c.apart(id, "real_unknown")
			case f.fixedIn[on[:4]]*20 >= f.total:
				c.apart(id, "real")
			default:
				c.apart(id, "not_real")
			}
		}
	}
}

func (c *counter) cohort(id string, f *firm, began, signed string, beyond bool) {
	if !c.in(began) {
		return
	}
	switch {
	case f.held != "":
		c.apart(id, "repeat")
	case days(began, c.q.AsOf) < 180:
		c.apart(id, "younger")
	case signed == "" && beyond:
		c.apart(id, "undated")
	case signed == "" || days(began, signed) > 180:
		c.add(id, 0, 1)
	case signed < began:
		c.apart(id, "contradictory")
	default:
		c.add(id, 1, 1)
		if days(began, signed) <= 14 {
			c.apart(id, "fast")
		}
	}
}

func (c *counter) results(f *firm) {
	share := func(id, stage string, applies bool) {
		switch {
		case !applies:
			c.apart(id, "not_applicable")
		case c.came(f, stage):
			c.add(id, 1, 1)
		default:
			c.add(id, 0, 1)
		}
	}
	share("RES_LAND", "landed", true)
	share("RES_START", "started", f.builds)
	share("RES_PROD", "producing", true)
	if f.builds && c.came(f, "started") {
		in := int64(0)
		if f.inStatistics != "" && f.inStatistics <= c.q.AsOf {
			in = 1
		}
		c.add("RES_STAT", in, 1)
	}
	if f.currency == "CNY" {
		r := c.out["RES_FUND"]
		r.Den, r.Money, r.Of = r.Den+1, r.Money+f.paid, r.Of+f.total
		c.out["RES_FUND"] = r
		c.paid = c.paid || f.vouchers
	}
}

func (c *counter) span(id, began, ended string) {
	if !c.in(ended) || began == "" || ended < began {
		return
	}
	r := c.out[id]
	r.Num, r.Den, r.Days = r.Num+1, r.Den+1, append(r.Days, days(began, ended))
	c.out[id] = r
}

func (c *counter) ceremonies(ctx context.Context, t testing.TB, tx store.Tx, all map[string]*firm, cut int64) {
	var project, on string
	var first bool
	each(ctx, t, tx, `SELECT project, on_date, is_first FROM pipeline_ceremonies WHERE zone = $1 AND recorded_at <= $2`,
		[]any{tx.Zone, cut}, []any{&project, &on, &first}, func() {
			p := all[project]
			if p == nil || (p.kind == "expansion") != c.q.Expansion || !c.in(on) || c.q.Platform != "" && p.platform != c.q.Platform || c.q.Units != nil && !slices.Contains(c.q.Units, p.unit) {
				return
			}
			if first {
				c.add("INT_DUP", 0, 1)
			} else {
				c.add("INT_DUP", 1, 1)
			}
		})
}

func (c *counter) activities(ctx context.Context, t testing.TB, tx store.Tx, all map[string]*firm) {
	if !has(ctx, tx, "work_activities") {
		return
	}
	brought := map[string][]*firm{}
	for _, f := range all {
		if f.kind != "expansion" && f.activity != "" {
			brought[f.activity] = append(brought[f.activity], f)
		}
	}
	var id, on, place, parties, filed, due, unit, platform string
	var tentative bool
	each(ctx, t, tx, `SELECT id, on_date, place, parties, minutes_on, minutes_due, minutes_provisional, unit, platform FROM work_activities WHERE zone = $1 AND status = 'held'`,
		[]any{tx.Zone}, []any{&id, &on, &place, &parties, &filed, &due, &tentative, &unit, &platform}, func() {
			if !c.in(on) || c.q.Platform != "" && platform != c.q.Platform || c.q.Units != nil && !slices.Contains(c.q.Units, unit) {
				return
			}
			c.add("ACT_N", 0, 1)
			if place == "" || parties == "[]" || filed == "" || filed > c.q.AsOf || !tentative && due != "" && filed > due {
				return
			}
			c.add("ACT_N", 1, 0)
			if days(on, c.q.AsOf) < 90 {
				return
			}
			c.add("ACT_Y", 0, 1)
			for _, f := range brought[id] {
				n := f.on["negotiating"]
				inScope := (c.q.Platform == "" || f.platform == c.q.Platform) && (c.q.Units == nil || slices.Contains(c.q.Units, f.unit))
				if inScope && n != "" && n >= on && days(on, n) <= 90 {
					c.add("ACT_Y", 1, 0)
				}
			}
		})
}

// finish says which figures there are none of.
func (c *counter) finish(known bool) {
	for _, id := range []string{"ACT_Y", "NEG_C", "NEG_L", "NEG_P", "RES_LAND", "RES_START", "RES_PROD", "RES_T1", "RES_T2", "RES_T3", "INT_DUP", "INT_LATE", "RES_STAT", "RES_FUND", "BIG_REAL"} {
		r := c.out[id]
		slices.Sort(r.Days)
		r.None = r.Den == 0 && id != "BIG_REAL"
		switch id {
		case "RES_STAT":
			r.None = r.None || !known
		case "RES_FUND":
			r.None = r.None || !c.paid || r.Of == 0
		case "BIG_REAL":
			r.None = r.Den > 0 && !c.fixed
		}
		c.out[id] = r
	}
	if c.q.Expansion {
		c.out["ACT_N"] = Result{None: true}
	}
	for _, id := range []string{"TAX_N", "DRV", "DRV_COV", "RES_EFF", "INT_FALSE"} {
		c.out[id] = Result{None: true}
	}
}
