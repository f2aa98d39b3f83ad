package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"sente/internal/app"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
)

// Clock is the time of the replay: the App reads it, the replay sets it.
type Clock struct{ at time.Time }

// Now returns the replayed instant, or the real one once the replay is over.
func (c *Clock) Now() time.Time {
	if c.at.IsZero() {
		return time.Now()
	}
	return c.at
}

// event is one act of the history.
type event struct {
	at time.Time
	do func(ctx context.Context) error
	by kernel.Actor
}

// replay is a history being told.
type replay struct {
	app    *app.App
	clock  *Clock
	r      *rand.Rand
	people cast
	firms  []firm
	ids    []string // party ids by firm
	events []event
}

// cast are the accounts that act: one lead and two officers per department,
// one leader.
type cast struct {
	leader   kernel.Actor
	leads    [3]kernel.Actor
	officers [3][2]kernel.Actor
}

// at adds an event on day at an office hour of its own.
func (p *replay) at(day kernel.Date, minute int, by kernel.Actor, do func(ctx context.Context) error) {
	t := time.UnixMilli(day.Start()).Add(9*time.Hour + time.Duration(minute)*time.Minute + time.Duration(len(p.events)%60)*time.Second)
	p.events = append(p.events, event{t, do, by})
}

// run carries the events out in the order of their instants.
func (p *replay) run(ctx context.Context, progress func(done, total int)) error {
	slices.SortStableFunc(p.events, func(a, b event) int { return a.at.Compare(b.at) })
	now := time.Now()
	for i, e := range p.events {
		if e.at.After(now) {
			break
		}
		p.clock.at = e.at
		if err := e.do(kernel.WithActor(ctx, e.by)); err != nil {
			return fmt.Errorf("event %d of %d on %s: %w", i+1, len(p.events), e.at.Format(time.DateOnly), err)
		}
		if progress != nil && (i+1)%200 == 0 {
			progress(i+1, len(p.events))
		}
	}
	p.clock.at = time.Time{}
	return nil
}

// register adds the firms to the register, in the weeks before their first projects.
func (p *replay) register(first kernel.Date) {
	p.ids = make([]string, len(p.firms))
	for i, f := range p.firms {
		by := p.people.officers[i%3][i/3%2]
		p.at(first, i, by, func(ctx context.Context) error {
			s, err := p.app.Party.Register(ctx, f.party())
			if err != nil {
				return err
			}
			p.ids[i] = s.Party.ID
			_, err = p.app.Party.AddContact(ctx, s.Party.ID, party.Contact{Name: "演示联系人", Title: "总经理", Phone: fmt.Sprintf("139%08d", i+1), Email: fmt.Sprintf("demo%03d@firm.example", i)})
			return err
		})
	}
}

func (f firm) party() party.Party {
	p := party.Party{Kind: party.Enterprise, Name: f.name, NameEn: f.nameEn, Industry: f.industry, Business: []string{f.business}, Address: "演示地址", Tags: []string{}}
	if f.foreign {
		p.ForeignRegNo, p.Country = f.code, "JP"
		return p
	}
	p.CreditCode = f.code
	return p
}

// tell adds the events of one project.
func (p *replay) tell(c project) {
	officer, lead := p.people.officers[c.dept][c.firm%2], p.people.leads[c.dept]
	h := &held{}
	p.at(c.days[0], 0, officer, func(ctx context.Context) error {
		f := pipeline.Facts{Name: &c.name, Kind: &c.kind, Builds: &c.builds, InvestorName: &p.firms[c.firm].name,
			Source: &c.source, Finder: &officer.Name, FoundOn: ptr(string(c.days[0])), Industry: &c.industry}
		if c.kind == pipeline.KindExpansion {
			f.Investor = &p.ids[c.firm] // a firm already here
		}
		k, err := p.app.Pipeline.Open(ctx, f)
		h.docket = k
		return err
	})
	for i, stage := range c.reached[1:] {
		p.reach(c, h, stage, c.days[i+1], officer, lead)
	}
	p.plans(c, h, officer)
	p.ending(c, h, officer, lead)
}

// reach adds what it takes to bring c to stage on day: fields, evidence,
// signatures, the move.
func (p *replay) reach(c project, h *held, stage pipeline.Stage, day kernel.Date, officer, lead kernel.Actor) {
	facts := map[pipeline.Stage]pipeline.Facts{
		pipeline.Negotiating: {Site: &c.site, Total: &kernel.Money{Minor: c.totalMinor, Currency: c.currency}},
		pipeline.Signed: {Scope: &c.scope, Fixed: &kernel.Money{Minor: c.fixedMinor, Currency: c.currency},
			Terms: ptr("承诺固定资产投资、产出、就业与期限，详见合同（演示）")},
	}
	if f, ok := facts[stage]; ok {
		p.at(day, 1, officer, h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			if stage == pipeline.Negotiating {
				f.Investor = &p.ids[c.firm]
			}
			return p.app.Pipeline.Amend(ctx, k.Project.ID, k.Project.Version, f)
		}))
	}
	for n, row := range pipeline.DefaultGates().For(stage, day, c.builds) {
		p.meet(h, stage, row, day, 5+n, officer, lead)
	}
	p.at(day, 60, officer, h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		return p.app.Pipeline.Advance(ctx, k.Project.ID, k.Project.Version, pipeline.AdvanceOrder{To: stage, On: string(day)})
	}))
}

// meet adds the event that supplies one row of a gate.
func (p *replay) meet(h *held, stage pipeline.Stage, row pipeline.GateRow, day kernel.Date, minute int, officer, lead kernel.Actor) {
	switch row.Kind {
	case pipeline.NeedEvidence:
		p.at(day, minute, officer, h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			text := fmt.Sprintf("演示数据 Demo data\n%s（%s）\n项目：%s %s\n日期：%s\n", row.Zh, row.En, k.Project.Code, k.Project.Name, day)
			return p.app.Pipeline.AttachEvidence(ctx, k.Project.ID, k.Project.Version, pipeline.Evidence{Kind: row.ID, Title: row.Zh, On: string(day)},
				row.ID+".txt", strings.NewReader(text))
		}))
	case pipeline.NeedSignoff:
		by := lead
		if row.ID == "leader" {
			by = p.people.leader
		}
		p.at(day, minute+20, by, h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			return p.app.Pipeline.SignOff(ctx, k.Project.ID, k.Project.Version, pipeline.SignOrder{Stage: stage, Role: row.ID, Opinion: "同意"})
		}))
	}
}

// plans adds planned and forecast dates of the stages after the signing.
func (p *replay) plans(c project, h *held, officer kernel.Actor) {
	i := slices.Index(c.reached, pipeline.Signed)
	if i < 0 {
		return
	}
	at := c.days[i]
	for n, s := range []pipeline.Stage{pipeline.Landed, pipeline.Started, pipeline.Producing} {
		planned := at.AddDays([]int{75, 170, 420}[n] + p.r.IntN(30))
		p.at(at, 90+n, officer, p.milestone(h, s, pipeline.Planned, planned))
		if n == 2 && c.end != pipeline.Terminated {
			p.at(at.AddDays(60), 90, officer, p.milestone(h, s, pipeline.Forecast, planned.AddDays(p.r.IntN(90)-20)))
		}
	}
}

func (p *replay) milestone(h *held, s pipeline.Stage, kind string, on kernel.Date) func(context.Context) error {
	return h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		if k.Project.Stage.Final() {
			return k, nil
		}
		return p.app.Pipeline.SetMilestone(ctx, k.Project.ID, k.Project.Version, pipeline.MilestoneEntry{Stage: s, Kind: kind, On: string(on)})
	})
}

// ending adds how c was shelved, lost or terminated.
func (p *replay) ending(c project, h *held, officer, lead kernel.Actor) {
	if c.reason == "" {
		return
	}
	if c.end == pipeline.Terminated {
		for n, row := range pipeline.DefaultGates().For(pipeline.Terminated, c.endOn, c.builds) {
			p.meet(h, pipeline.Terminated, row, c.endOn, 5+n, officer, lead)
		}
	}
	p.at(c.endOn, 100, lead, h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		return p.app.Pipeline.CallOff(ctx, k.Project.ID, k.Project.Version, pipeline.CallOffOrder{To: c.end, Reason: c.reason})
	}))
}

// held is a project between two of its events.
type held struct{ docket *pipeline.Docket }

// with runs do on the project as the last event left it.
func (h *held) with(do func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error)) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		h.docket, err = do(ctx, h.docket)
		return err
	}
}

func ptr[T any](v T) *T { return &v }
