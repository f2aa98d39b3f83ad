package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// tell adds the events of one project. Who carries it is asked at each event:
// projects are handed over.
func (p *replay) tell(c *project) {
	h := &held{course: c}
	p.told = append(p.told, h)
	p.onBehalf(h, c.days[0], 0, func(ctx context.Context, _ *pipeline.Docket) (*pipeline.Docket, error) {
		finder := kernel.ActorOf(ctx).Name
		f := facts{Name: &c.name, Kind: &c.kind, Track: &c.lane.track, InvestorName: &p.firms[c.firm].name, Source: &c.source, Finder: &finder,
			FoundOn: ptr(string(c.days[0])), Industry: &c.industry}
		if c.lane.track == "general" {
			f.Builds = &c.builds
		}
		if id := p.platforms[c.lane.platform]; id != "" {
			f.Platform = &id
		}
		if c.kind == pipeline.KindExpansion {
			f.Investor = &p.firms[c.firm].id // a firm already here
		}
		if c.meeting != nil && c.meeting.id != "" {
			f.Activity, f.Method = &c.meeting.id, &c.meeting.method
			if c.meeting.campaign {
				f.Campaign = &p.campaign
			}
		}
		return p.app.Pipeline.Open(ctx, f)
	})
	for i, stage := range c.reached[1:] {
		p.reach(h, stage, c.days[i+1])
	}
	p.plans(h)
	p.ending(h)
}

// onBehalf is at, by whoever carries h's project on that day.
func (p *replay) onBehalf(h *held, day kernel.Date, minute int, do func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error)) {
	p.at(day, minute, kernel.Actor{}, func(ctx context.Context) error {
		return h.with(do)(kernel.WithActor(ctx, p.who[h.course.officer]))
	})
}

// reach adds what it takes to bring h's project to stage on day: fields,
// evidence, signatures, the move.
func (p *replay) reach(h *held, stage pipeline.Stage, day kernel.Date) {
	track, _ := p.tracks.Find(h.course.lane.track)
	p.ready(h, stage, track.Gates.For(stage, day, h.course.builds), day)
	p.onBehalf(h, day, 60, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		return p.app.Pipeline.Advance(ctx, k.Project.ID, k.Project.Version, pipeline.AdvanceOrder{To: stage, On: string(day)})
	})
}

// ready adds what it takes to go to stage: the facts of it and the given rows of
// its gate.
func (p *replay) ready(h *held, stage pipeline.Stage, rows []pipeline.GateRow, day kernel.Date) {
	c := h.course
	stated := map[pipeline.Stage]facts{
		pipeline.Negotiating: {Site: &c.site, Total: &kernel.Money{Minor: c.totalMinor, Currency: c.currency}},
		pipeline.Signed: {Scope: &c.scope, Fixed: &kernel.Money{Minor: c.fixedMinor, Currency: c.currency},
			Terms: ptr("承诺固定资产投资、产出、就业与期限，详见合同（演示）")},
	}
	if f, ok := stated[stage]; ok {
		p.onBehalf(h, day, 1, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			if stage == pipeline.Negotiating {
				f.Investor = &p.firms[c.firm].id
			}
			return p.app.Pipeline.Amend(ctx, k.Project.ID, k.Project.Version, f)
		})
	}
	for n, row := range rows {
		p.meet(h, stage, row, day, 5+n)
	}
}

// meet adds the event that supplies one row of a gate.
func (p *replay) meet(h *held, stage pipeline.Stage, row pipeline.GateRow, day kernel.Date, minute int) {
	switch row.Kind {
	case pipeline.NeedEvidence:
		p.onBehalf(h, day, minute, func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			return p.attach(ctx, k, row.ID, row.Zh, row.En, day)
		})
	case pipeline.NeedSignoff:
		by := p.who[h.course.lane.lead]
		if row.ID == "leader" {
			by = p.who["leader"]
		}
		p.at(day, minute+20, by, h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
			return p.app.Pipeline.SignOff(ctx, k.Project.ID, k.Project.Version, pipeline.SignOrder{Stage: stage, Role: row.ID, Opinion: "同意"})
		}))
	}
}

// attach files a made-up document of kind.
func (p *replay) attach(ctx context.Context, k *pipeline.Docket, kind, zh, en string, day kernel.Date) (*pipeline.Docket, error) {
	text := fmt.Sprintf("演示数据 Demo data\n%s（%s）\n项目：%s %s\n日期：%s\n%d\n", zh, en, k.Project.Code, k.Project.Name, day, len(k.Evidence))
	return p.app.Pipeline.AttachEvidence(ctx, k.Project.ID, k.Project.Version, pipeline.Evidence{Kind: kind, Title: zh, On: string(day)}, kind+".txt", strings.NewReader(text))
}

// plans adds planned and forecast dates of the stages after the signing.
func (p *replay) plans(h *held) {
	c := h.course
	at := c.day(pipeline.Signed)
	if at == "" {
		return
	}
	track, _ := p.tracks.Find(c.lane.track)
	for n, s := range []pipeline.Stage{pipeline.Landed, pipeline.Started, pipeline.Producing} {
		if !track.Applies(s) {
			continue
		}
		planned := at.AddDays([]int{75, 95, 400}[n] + p.r.IntN(30))
		p.onBehalf(h, at, 90+n, p.milestone(s, pipeline.Planned, planned))
		if n == 2 && c.n%2 == 0 && c.end != pipeline.Terminated {
			p.onBehalf(h, at.AddDays(60), 90, p.milestone(s, pipeline.Forecast, planned.AddDays(p.r.IntN(90)-20)))
		}
	}
}

func (p *replay) milestone(s pipeline.Stage, kind string, on kernel.Date) func(context.Context, *pipeline.Docket) (*pipeline.Docket, error) {
	return func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		if k.Project.Stage.Final() {
			return k, nil
		}
		return p.app.Pipeline.SetMilestone(ctx, k.Project.ID, k.Project.Version, pipeline.MilestoneEntry{Stage: s, Kind: kind, On: string(on)})
	}
}

// toSign readies the next step of a few projects but for one signature, so that
// leads and the leader find something to sign today: all that leaves out is the
// leader's or, where the leader does not sign, the lead's.
func (p *replay) toSign() {
	readied := map[string]int{} // by lead
	for _, h := range p.told {
		c := h.course
		track, _ := p.tracks.Find(c.lane.track)
		next := track.Next(c.reached[len(c.reached)-1])
		if c.reason != "" || next == "" || readied[c.lane.lead] == signaturesWaiting || c.n%4 != 1 {
			continue
		}
		rows := track.Gates.For(next, p.today.AddDays(-1), c.builds)
		last := slices.IndexFunc(rows, func(row pipeline.GateRow) bool { return row.Kind == pipeline.NeedSignoff && row.ID == "leader" })
		if last < 0 {
			last = slices.IndexFunc(rows, func(row pipeline.GateRow) bool { return row.Kind == pipeline.NeedSignoff })
		}
		if last < 0 {
			continue
		}
		readied[c.lane.lead]++
		p.ready(h, next, slices.Delete(rows, last, last+1), p.today.AddDays(-1))
	}
}

// signaturesWaiting is how many projects of one lead's bureau wait for a signature.
const signaturesWaiting = 4

// ending adds how h's project was shelved, lost or terminated.
func (p *replay) ending(h *held) {
	c := h.course
	if c.reason == "" {
		return
	}
	track, _ := p.tracks.Find(c.lane.track)
	if c.end == pipeline.Terminated {
		for n, row := range track.Gates.For(pipeline.Terminated, c.endOn, c.builds) {
			p.meet(h, pipeline.Terminated, row, c.endOn, 105+n)
		}
	}
	p.at(c.endOn, 150, p.who[c.lane.lead], h.with(func(ctx context.Context, k *pipeline.Docket) (*pipeline.Docket, error) {
		return p.app.Pipeline.CallOff(ctx, k.Project.ID, k.Project.Version, pipeline.CallOffOrder{To: c.end, Reason: c.reason})
	}))
}

// among returns the told projects that have reached stage and run on, every
// n-th of them.
func (p *replay) among(stage pipeline.Stage, every int, want func(c *project) bool) []*held {
	var out []*held
	for _, h := range p.told {
		if h.course.day(stage) != "" && h.course.reason == "" && want(h.course) {
			out = append(out, h)
		}
	}
	i := -1
	return slices.DeleteFunc(out, func(*held) bool { i++; return i%every != 0 })
}

func whatever(*project) bool { return true }
