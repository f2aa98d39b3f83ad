package scoreboard

import "sente/internal/zone/pipeline"

// pacer answers by the zone's pipelines, in a fold's own names.
type pacer struct {
	f      *fold
	by     pipeline.Reckoner
	absent map[uint32][ranks]bool // by pipeline, asked once
}

func (f *fold) pacer(by pipeline.Reckoner) *pacer {
	return &pacer{f: f, by: by, absent: map[uint32][ranks]bool{}}
}

// leaves reports whether a pipeline leaves a rank out.
func (p *pacer) leaves(track uint32, rank uint8) bool {
	if p == nil {
		return false
	}
	absent, asked := p.absent[track]
	if !asked {
		for _, a := range p.by.Track(pipeline.Project{Track: p.f.names.all[track]}, p.by.Today).Absent {
			absent[a.Stage.Rank()] = true
		}
		p.absent[track] = absent
	}
	return absent[rank]
}

// The answers to whether a span was in time.
const (
	inTime   = "in_time"
	tooLate  = "too_late"
	unjudged = "unjudged" // no limit, or the calendar does not reach so far
)

// judge says whether l took from begun to ended in time, by the limit that was
// in force on the day it began.
func (p *pacer) judge(l *line, from, to pipeline.Stage, begun, ended day) string {
	if p == nil {
		return unjudged
	}
	project := pipeline.Project{Track: p.f.names.all[l.p.track], Platform: p.f.names.all[l.p.platform], Builds: l.p.builds, Stage: to,
		TotalMinor: l.p.total, Currency: p.f.names.all[l.p.currency]}
	dates := []pipeline.Milestone{
		{Seq: 1, Stage: from, Kind: pipeline.Actual, On: string(begun.date()), Precision: pipeline.ByDay},
		{Seq: 2, Stage: to, Kind: pipeline.Actual, On: string(ended.date()), Precision: pipeline.ByDay},
	}
	for _, c := range p.by.Clocks(project, dates, "zh") {
		if c.From != from || c.To != to {
			continue
		}
		switch c.State {
		case pipeline.ClockMetEarly:
			return inTime
		case pipeline.ClockMetLate:
			return tooLate
		}
	}
	return unjudged
}
