package demo

import (
	"fmt"
	"slices"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// project is the course of one fictional project.
type project struct {
	n                                   int
	name, site, scope, source, industry string
	firm                                int
	lane                                lane
	officer                             string // login of who carries it
	kind                                string
	builds                              bool
	totalMinor, fixedMinor              int64 // of currency
	currency                            string
	end                                 pipeline.Stage   // where it stands today
	reached                             []pipeline.Stage // the steps it went through, lead first
	days                                []kernel.Date    // when each of reached was reached
	endOn                               kernel.Date      // when it was shelved, lost or terminated
	reason                              string
	meeting                             *meeting // the activity that brought the lead
}

// lane is where a project belongs: bureau, pipeline and platform.
type lane struct {
	lead     string   // login of the bureau's lead
	officers []string // logins, an operator's among them
	track    string
	platform string // playbook id; "" none
	trades   []int  // of trades(), the lines of business it takes
}

// lanes lists the six pipelines with who works in them.
func lanes() []lane {
	making, knowing := []int{0, 1, 2, 3, 6, 7, 9, 13}, []int{10, 11, 4, 8}
	return []lane{
		{"lead", []string{"officer", "officer2", "officer7"}, "general", "", making},
		{"lead", []string{"officer", "officer2", "officer7"}, "bonded", "bonded_promotion", making},
		{"lead2", []string{"operator", "officer3"}, "incubation", "sci_tech_plaza", knowing},
		{"lead2", []string{"officer4", "officer3"}, "innovation", "innovation_centre", knowing},
		{"lead3", []string{"officer5", "officer6"}, "headquarters", "cybernaut_base", []int{14, 15, 12}},
		{"lead3", []string{"operator2", "officer6"}, "trade", "foreign_trade", []int{12, 14}},
	}
}

// standing says how many of the told projects stand where today.
func standing() []struct {
	stage pipeline.Stage
	n     int
} {
	return []struct {
		stage pipeline.Stage
		n     int
	}{
		{pipeline.Lead, 48}, {pipeline.Screening, 34}, {pipeline.Negotiating, 62}, {pipeline.Signed, 32}, {pipeline.Landed, 24}, {pipeline.Started, 16},
		{pipeline.Producing, 22}, {pipeline.Effective, 8}, {pipeline.Shelved, 7}, {pipeline.Lost, 12}, {pipeline.Terminated, 5},
	}
}

func sites() []string {
	return []string{"东港片区3号地块", "东港片区7号地块", "西港片区标准厂房B2", "南港新材料园", "科创园A座", "总部基地2号楼", "空港物流园", "创新中心6层"}
}

// courses makes the courses of all told projects up to today.
func (p *replay) courses() []*project {
	var out []*project
	named := map[string]int{}
	for _, s := range standing() {
		for range s.n {
			c := p.course(len(out), s.stage)
			if named[c.name]++; named[c.name] > 1 { // a firm's next one
				c.name = fmt.Sprintf("%s（第%d项）", c.name, named[c.name])
			}
			out = append(out, c)
		}
	}
	return out
}

// course makes the n-th course, of a project that stands at end today. Every
// ninth is an expansion of a firm that has been here long.
func (p *replay) course(n int, end pipeline.Stage) *project {
	l := lanes()[[]int{0, 1, 2, 0, 3, 4, 1, 5, 2, 0, 3}[n%11]]
	if end == pipeline.Started && (l.track != "general" && l.track != "bonded") {
		l = lanes()[n%2] // the others have no start of works
	}
	c := &project{n: n, lane: l, officer: l.officers[n/2%len(l.officers)], end: end, kind: pipeline.KindNew, currency: "CNY"}
	c.firm = p.pick(n, l, c.officer)
	t := tradeOf(c.firm)
	c.industry, c.name = t.code, markOf(c.firm)+t.product+"项目"
	if c.firm < earlierFirms {
		c.kind, c.name = pipeline.KindExpansion, markOf(c.firm)+t.product+"增资扩产项目"
	}
	c.builds = l.track == "bonded" || l.track == "general" && (t.code[0] == 'C' || t.code[0] == 'G')
	c.site, c.source = sites()[p.r.IntN(len(sites()))], []string{"以商招商", "驻点招商", "展会推介", "平台运营方推荐", "商协会介绍", "企业自荐"}[p.r.IntN(6)]
	c.scope = fmt.Sprintf("%s（%d号）", t.product, n+1)
	c.totalMinor = int64(2+p.r.IntN(40)) * int64(1+p.r.IntN(12)) * 1_000_000_000 // 2,000 万 … 49 亿, in fen
	if !c.builds {
		c.totalMinor /= 10
	}
	c.fixedMinor = c.totalMinor / 10 * int64(5+p.r.IntN(4))
	if p.firms[c.firm].foreign {
		c.currency, c.totalMinor, c.fixedMinor = "USD", c.totalMinor/8, c.fixedMinor/8
	}
	p.schedule(c)
	if len(p.held) > 0 && n%3 == 0 {
		c.meeting = p.before(c.days[0], c.lane, c.officer)
	}
	return c
}

// pick chooses the firm of the n-th course among those of the lane's trades. One
// department or operator talks to one firm: where both work in one trade, each
// has every other firm of it.
func (p *replay) pick(n int, l lane, officer string) int {
	want, first, last := l.trades[n%len(l.trades)], earlierFirms/len(trades())+1, firmCount/len(trades())
	if n%9 == 4 { // an expansion
		first, last = 0, earlierFirms/len(trades())
	}
	var rows []int
	for row := first; row < last; row++ {
		operated := officer == "operator" || officer == "operator2"
		if l.lead == "lead" || operated == (row%2 == 1) {
			rows = append(rows, row)
		}
	}
	return want + len(trades())*rows[n/2%len(rows)]
}

// chainTo is the part of c's track that a project standing at end went through.
func (p *replay) chainTo(c *project) []pipeline.Stage {
	track, _ := p.tracks.Find(c.lane.track)
	all := track.Chain()
	upTo := func(last pipeline.Stage) []pipeline.Stage {
		n := slices.IndexFunc(all, func(s pipeline.Stage) bool { return s.Rank() > last.Rank() })
		if n < 0 {
			n = len(all)
		}
		if last != all[n-1] && c.n%3 == 1 { // a step of the track's own is still ahead
			n = slices.Index(all, last) + 1
		}
		return all[:n]
	}
	switch c.end {
	case pipeline.Lost:
		return upTo([]pipeline.Stage{pipeline.Lead, pipeline.Screening, pipeline.Negotiating}[p.r.IntN(3)])
	case pipeline.Terminated:
		return upTo([]pipeline.Stage{pipeline.Signed, pipeline.Landed}[p.r.IntN(2)])
	case pipeline.Shelved:
		return upTo([]pipeline.Stage{pipeline.Screening, pipeline.Negotiating, pipeline.Signed}[p.r.IntN(3)])
	}
	return upTo(c.end)
}

// pace is about how many days a step takes, and how many a project has been at
// it that stands there today; each varies by half.
func pace(s pipeline.Stage) (step, since int) {
	if s.Main() != s {
		return 14, 20
	}
	steps := map[pipeline.Stage][2]int{pipeline.Lead: {0, 12}, pipeline.Screening: {11, 26}, pipeline.Negotiating: {22, 130}, pipeline.Signed: {120, 85},
		pipeline.Landed: {80, 9}, pipeline.Started: {7, 260}, pipeline.Producing: {250, 300}, pipeline.Effective: {220, 200}}
	return steps[s][0], steps[s][1]
}

// schedule spreads the steps of c over the history, ending before today.
func (p *replay) schedule(c *project) {
	c.reached = p.chainTo(c)
	gaps, total := []int{0}, 0
	for _, s := range c.reached[1:] {
		step, _ := pace(s)
		gap := 1 + step/2 + p.r.IntN(step)
		if s == pipeline.Landed && !c.builds {
			gap = gap/3 + 1
		}
		gaps, total = append(gaps, gap), total+gap
	}
	last := c.reached[len(c.reached)-1]
	_, since := pace(last)
	left := 2 + since/2 + p.r.IntN(since)
	over := c.end == pipeline.Lost || c.end == pipeline.Terminated || c.end == pipeline.Shelved || c.end == pipeline.Effective
	if over {
		left = 40 + p.r.IntN(max(1, historyDays-total-80))
	}
	if total+left > historyDays-10 { // a long course begins with the history
		left = 20 + p.r.IntN(30)
		for i := range gaps {
			gaps[i] = gaps[i] * (historyDays - 10 - left) / max(1, total)
		}
		total = 0
		for _, g := range gaps {
			total += g
		}
	}
	at := p.today.AddDays(-total - left)
	for _, g := range gaps {
		at = at.AddDays(g)
		c.days = append(c.days, at)
	}
	c.endOn = at.AddDays(max(1, min(left-2, 10+p.r.IntN(60))))
	c.reason = map[pipeline.Stage]string{pipeline.Shelved: "投资方内部决策推迟，待二季度重新评估", pipeline.Lost: "投资方选址他地，已留存洽谈记录", pipeline.Terminated: "市场变化，双方协商解除合同"}[c.end]
}

// day is when c reached stage; "" when it has not.
func (c *project) day(stage pipeline.Stage) kernel.Date {
	if i := slices.Index(c.reached, stage); i >= 0 {
		return c.days[i]
	}
	return ""
}
