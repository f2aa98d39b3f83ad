package naive

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/store"
)

// Brought is what one method or campaign brought and cost.
type Brought struct {
	Leads, Talked, Signed, Ended int64
	Amount, Cost                 int64 // fen
	Held, Unpriced               int64
}

// Yields counts what each method (or campaign) brought and cost.
func Yields(ctx context.Context, t testing.TB, tx store.Tx, q Question, campaigns bool) map[string]Brought {
	t.Helper()
	cut := at(q.AsOf).Add(dayEnds).UnixMilli() - 1
	c, out := counter{q: q}, map[string]Brought{}
	within := func(platform, unit string) bool {
		return (q.Platform == "" || platform == q.Platform) && (q.Units == nil || slices.Contains(q.Units, unit))
	}
	for _, f := range projects(ctx, t, tx, cut) {
		if f.kind == "expansion" || !within(f.platform, f.unit) || !c.in(f.on["lead"]) || strings.HasPrefix(f.industry, "K") || strings.HasPrefix(f.industry, "F52") {
			continue
		}
		key := f.method
		if campaigns {
			key = f.campaign
		}
		b := out[key]
		b.Leads++
		if c.came(f, "negotiating") {
			b.Talked++
		}
		if f.held == "" && c.came(f, "signed") {
			b.Signed++
			if f.currency == "CNY" {
				b.Amount += f.total
			}
			if f.stage == "terminated" {
				b.Ended++
			}
		}
		out[key] = b
	}
	var on, method, campaign, unit, platform, currency string
	var cost int64
	each(ctx, t, tx, `SELECT on_date, method, campaign, unit, platform, cost_minor, currency FROM work_activities WHERE zone = $1 AND status = 'held'`, []any{tx.Zone},
		[]any{&on, &method, &campaign, &unit, &platform, &cost, &currency}, func() {
			if !c.in(on) || !within(platform, unit) {
				return
			}
			key := method
			if campaigns {
				key = campaign
			}
			b := out[key]
			b.Held++
			if currency == "CNY" {
				b.Cost += cost
			} else {
				b.Unpriced++
			}
			out[key] = b
		})
	return out
}
