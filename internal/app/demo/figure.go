package demo

import (
	"context"
	"fmt"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// figures tells of amounts that changed, of what was promised and came about,
// of funds paid in with their vouchers, and of dated facts.
func (p *replay) figures() {
	for i, h := range p.among(pipeline.Signed, 7, whatever) {
		p.revise(h, i)
	}
	for i, h := range p.among(pipeline.Signed, 6, whatever) {
		p.promise(h, i)
	}
	for _, h := range p.among(pipeline.Landed, 3, func(c *project) bool { return c.currency == "CNY" }) {
		p.payIn(h)
	}
	for _, h := range p.among(pipeline.Landed, 3, whatever) {
		p.fact(h, "settled", h.course.day(pipeline.Landed).AddDays(2), "")
	}
	for i, h := range p.among(pipeline.Started, 2, func(c *project) bool { return c.builds }) {
		p.fact(h, "in_statistics", h.course.day(pipeline.Started).AddDays(20), fmt.Sprintf("DEMO-TJ-%03d", i+1))
	}
	for i, h := range p.among(pipeline.Producing, 3, whatever) {
		day := h.course.day(pipeline.Producing)
		p.fact(h, "above_scale", day.AddDays(30), fmt.Sprintf("DEMO-SS-%03d", i+1))
		p.actual(h, day.AddDays(35))
	}
}

// early reports whether day is still ahead, so that nothing is told of it.
func (p *replay) early(day kernel.Date) bool { return !day.Before(p.today) }

// revise changes the contract's amount some weeks after the signing.
func (p *replay) revise(h *held, i int) {
	day := h.course.day(pipeline.Signed).AddDays(25)
	if p.early(day) {
		return
	}
	more := h.course.totalMinor / 100 * int64(100+[]int{12, 20, 35}[i%3])
	p.onBehalf(h, day, 45, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		return p.app.Pipeline.Amend(ctx, k.Project.ID, k.Project.Version, facts{Total: &kernel.Money{Minor: more, Currency: h.course.currency},
			EffectiveOn: ptr(string(day.AddDays(-3))), Reason: ptr([]string{"增加一条生产线，签订补充协议", "设备选型升级，签订补充协议", "二期提前实施，签订补充协议"}[i%3])})
	})
}

// promise records what the contract promises besides money.
func (p *replay) promise(h *held, i int) {
	day := h.course.day(pipeline.Signed)
	next := fmt.Sprint(p.today)[:4]
	for n, e := range []pipeline.FigureEntry{
		{Measure: "jobs", Kind: pipeline.Promised, Period: next, Amount: fmt.Sprint(60 + 15*i)}, {Measure: "land", Kind: pipeline.Planned, Amount: fmt.Sprintf("%d.00", 12000+800*i)},
		{Measure: "power", Kind: pipeline.Planned, Amount: fmt.Sprintf("%d.0", 1250+250*(i%6))},
	} {
		p.onBehalf(h, day, 130+n, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			return p.app.Pipeline.RecordFigure(ctx, k.Project.ID, k.Project.Version, e)
		})
	}
}

// actual records what came about in the first months of production; the lead
// adds what the tax office gave on request, a restricted figure.
func (p *replay) actual(h *held, day kernel.Date) {
	if p.early(day) {
		return
	}
	year := string(day)[:4]
	for n, e := range []pipeline.FigureEntry{
		{Measure: "output", Kind: pipeline.Actual, Period: year, Amount: fmt.Sprintf("%d.00", 3_000_000+h.course.n*10_000), Currency: "CNY"},
		{Measure: "jobs", Kind: pipeline.Actual, Period: year, Amount: fmt.Sprint(40 + h.course.n%80)},
	} {
		p.onBehalf(h, day, 50+n, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			return p.app.Pipeline.RecordFigure(ctx, k.Project.ID, k.Project.Version, e)
		})
	}
	if h.course.n%2 == 0 {
		p.at(day.AddDays(1), 60, p.who[h.course.lane.lead], func(ctx context.Context) error {
			_, err := p.app.Pipeline.RecordTax(ctx, h.id(), pipeline.TaxEntry{Period: year, Kind: "vat", Amount: kernel.Money{Minor: int64(20+h.course.n) * 1_000_000, Currency: "CNY"},
				Source: "税务部门按协作机制提供的入库数（演示）"})
			return err
		})
	}
}

// payIn tells of two instalments with their vouchers, the second where there has
// been time for it.
func (p *replay) payIn(h *held) {
	for n, part := range []int64{5, 4} {
		day := h.course.day(pipeline.Landed).AddDays(12 + 120*n)
		if p.early(day) {
			return
		}
		p.onBehalf(h, day, 140, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			return p.attach(ctx, k, pipeline.Voucher, "到位资金凭证", "Voucher of paid-in funds", day)
		})
		p.onBehalf(h, day, 145, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			kind := []string{pipeline.PaidCash, pipeline.PaidInKind}[n]
			return p.app.Pipeline.RecordInstalment(ctx, k.Project.ID, k.Project.Version, pipeline.InstalmentEntry{Amount: kernel.Money{Minor: h.course.totalMinor / part, Currency: "CNY"},
				On: string(day), SourceKind: kind, Evidence: k.Evidence[len(k.Evidence)-1].ID})
		})
	}
}

// fact records a dated fact.
func (p *replay) fact(h *held, kind string, on kernel.Date, code string) {
	if p.early(on.AddDays(1)) {
		return
	}
	p.onBehalf(h, on.AddDays(1), 160, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		return p.app.Pipeline.RecordFact(ctx, k.Project.ID, k.Project.Version, pipeline.FactEntry{Kind: kind, On: string(on), Code: code})
	})
}
