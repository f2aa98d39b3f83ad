package demo

import (
	"context"
	"fmt"
	"slices"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// meeting is one promotion activity of the demo.
type meeting struct {
	n                  int
	id                 string // once planned
	name, kind, method string
	by, lead           string // logins
	platform           string // playbook id
	day                kernel.Date
	campaign           bool
	version            int64
}

// activities tells of the zone's promotion activities: most with minutes in
// time, some late, two still owed, some ahead and one that did not take place.
func (p *replay) activities() {
	hosts := []struct{ by, lead, platform string }{{"officer", "lead", ""}, {"officer3", "lead2", "sci_tech_plaza"}, {"officer5", "lead3", "cybernaut_base"},
		{"operator", "lead2", "sci_tech_plaza"}, {"officer2", "lead", "bonded_promotion"}, {"operator2", "lead3", "foreign_trade"}, {"officer4", "lead2", "innovation_centre"}}
	forms := []struct{ name, kind, method string }{{"产业链招商推介会", "roadshow", "industry_chain"}, {"赴外地拜访重点企业", "go_out", "go_out"}, {"来访企业考察接待", "reception", "reception"},
		{"行业展会参展", "fair", "fair"}, {"商会座谈会", "talk", "chamber"}, {"线上视频洽谈", "online", "online"}, {"以商招商座谈", "talk", "chain_partner"}}
	const count = 40
	for i := range count {
		host, form := hosts[i%len(hosts)], forms[i/2%len(forms)]
		back := historyDays - 30 - i*(historyDays-10)/(count-4) // the last four lie ahead
		m := &meeting{n: i, kind: form.kind, method: form.method, by: host.by, lead: host.lead, platform: host.platform, day: p.today.AddDays(-back)}
		m.name = fmt.Sprintf("%s%s", string(m.day)[:4]+"年", form.name)
		m.campaign = back < 270 && i%3 == 0
		p.held = append(p.held, m)
		p.hold(m, back)
	}
}

// hold tells how m was planned, held and put on record.
func (p *replay) hold(m *meeting, back int) {
	d := p.app.Work
	p.at(p.today.AddDays(min(-back, 0)-12), 220+m.n%30, p.who[m.by], func(ctx context.Context) error {
		f := work.ActivityFacts{Kind: &m.kind, Name: &m.name, OnDate: ptr(string(m.day)), Place: ptr([]string{"晨港会展中心", "演示市国际会议中心", "企业所在地", "管委会一楼接待厅"}[m.n%4]),
			Method: &m.method, Platform: ptr(p.platforms[m.platform]), Cost: &kernel.Money{Minor: int64(2+m.n%17) * 1_000_000, Currency: "CNY"}, Parties: p.guests(m)}
		if m.campaign && p.campaign != "" {
			f.Campaign = &p.campaign
		}
		s, err := d.Plan(ctx, f)
		m.id, m.version = s.Activity.ID, s.Activity.Version
		return err
	})
	if back <= 0 {
		return
	}
	if m.n%19 == 13 {
		p.at(m.day.AddDays(-2), 240, p.who[m.by], func(ctx context.Context) error {
			_, err := d.CallOff(ctx, m.id, m.version, "主要客商行程有变，改期另定")
			return err
		})
		return
	}
	p.at(m.day, 480, p.who[m.by], func(ctx context.Context) error {
		s, err := d.Hold(ctx, m.id, m.version, work.ActivityFacts{Summary: ptr("到会企业介绍投资意向，介绍本区产业方向、空间与服务（演示）")})
		m.version = s.Activity.Version
		return err
	})
	after := []int{2, 3, 4, 1, 16}[m.n%5] // the fifth is late
	if back < 40 {                        // owed
		return
	}
	p.at(m.day.AddDays(after), 300, p.who[m.by], func(ctx context.Context) error {
		_, err := d.FileMinutes(ctx, m.id, m.version, "时间、地点、参加人员见登记。企业关注用地条件、人才与物流配套；约定两周内回访。（演示纪要）")
		return err
	})
}

// guests are the firms at m; an operator knows no firms but its own and names
// them as they were called.
func (p *replay) guests(m *meeting) *[]work.Firm {
	var out []work.Firm
	for i := range 2 + m.n%3 {
		f := p.firms[earlierFirms+(m.n*7+i*31)%(firmCount-earlierFirms)]
		if m.by == "operator" || m.by == "operator2" {
			f.id = ""
		}
		out = append(out, work.Firm{Party: f.id, Name: f.name})
	}
	return &out
}

// before finds an activity of the same people shortly before day, one that officer
// may read; nil when there was none.
func (p *replay) before(day kernel.Date, l lane, officer string) *meeting {
	for _, m := range slices.Backward(p.held) {
		if gap, ok := m.day.DaysUntil(day); ok && gap >= 0 && gap < 120 && m.lead == l.lead && p.who[m.by].Unit == p.who[officer].Unit && m.n%19 != 13 {
			return m
		}
	}
	return nil
}

// jointWork tells of tasks, comments and visits about projects on their way.
func (p *replay) jointWork() {
	moving := func(c *project) bool { return c.reached[len(c.reached)-1].Rank() < pipeline.Producing.Rank() }
	talks := p.among(pipeline.Negotiating, 2, moving)
	for i, h := range talks {
		if i < 28 {
			p.task(h, i)
		}
	}
	for i, h := range p.among(pipeline.Screening, 4, moving) {
		p.note(h, i)
	}
}

// task tells of one task about h's project; every course a task can take is
// among them.
func (p *replay) task(h *held, i int) {
	orders := []struct{ title, unit, owner string }{
		{"核实用地条件并回复企业", "企业服务局", "officer8"}, {"协调水电气接入方案", "企业服务局", ""}, {"准备投资合同文本", h.course.bureau(), "*"},
		{"拟定下一轮洽谈安排", h.course.bureau(), "*"}, {"核对同一企业是否重复报备", "招商统筹局", "coordinator"}}
	o := orders[i%len(orders)]
	if h.course.officer == "operator" || h.course.officer == "operator2" {
		o = orders[i%2]
	}
	given := max(p.today.AddDays(-75+2*i), h.course.days[len(h.course.days)-1].AddDays(2))
	if p.early(given.AddDays(8)) {
		return
	}
	giver, due := h.course.lane.lead, given.AddDays(12)
	if i%4 == 0 {
		due = p.today.AddDays(i%9 - 2) // soon, or just over
	}
	var s work.ShownTask
	p.at(given, 250, p.who[giver], func(ctx context.Context) (err error) {
		order := work.Order{Title: o.title, Detail: "请按期办理并回复（演示）", Subject: pipeline.Object(h.id()), Unit: p.units[o.unit], DueOn: string(due), Priority: []string{work.Normal, work.Urgent}[i%2]}
		switch o.owner {
		case "":
		case "*": // who carries the project then
			order.Owner = p.who[h.course.officer].ID
		default:
			order.Owner = p.who[o.owner].ID
		}
		s, err = p.app.Work.Give(ctx, order)
		return err
	})
	handed := o.unit != h.course.bureau()
	carrier := map[string]string{"企业服务局": "lead4", "招商统筹局": "coordinator"}[o.unit]
	if carrier == "" {
		carrier = giver
	}
	step := func(day kernel.Date, by string, do func(ctx context.Context) (work.ShownTask, error)) {
		p.at(day, 260, p.who[by], func(ctx context.Context) (err error) {
			s, err = do(ctx)
			return err
		})
	}
	accept := func() {
		if handed {
			step(given.AddDays(1), carrier, func(ctx context.Context) (work.ShownTask, error) {
				return p.app.Work.Accept(ctx, s.ID, s.Version, nil)
			})
		}
	}
	switch i % 5 {
	case 0, 3: // done
		accept()
		step(given.AddDays(6), carrier, func(ctx context.Context) (work.ShownTask, error) {
			return p.app.Work.Complete(ctx, s.ID, s.Version, "已办结，结果已告知企业")
		})
	case 1: // returned, where it was handed over
		if handed {
			step(given.AddDays(2), carrier, func(ctx context.Context) (work.ShownTask, error) {
				return p.app.Work.Return(ctx, s.ID, s.Version, "需先由招商局提供企业用能清单")
			})
		}
	case 2: // at work
		accept()
	} // 4: waits to be accepted
}

// bureau is the name of the department c belongs to.
func (c *project) bureau() string {
	return map[string]string{"lead": "招商一局", "lead2": "招商二局", "lead3": "招商三局"}[c.lane.lead]
}

// note tells of a comment on h's project, or of a visit.
func (p *replay) note(h *held, i int) {
	last := h.course.days[len(h.course.days)-1]
	day := last.AddDays(1 + i%5)
	if p.early(day) {
		return
	}
	p.at(day, 330, kernel.Actor{}, func(ctx context.Context) error {
		w := work.Written{Kind: work.Comment, Subject: pipeline.Object(h.id()), Text: []string{"企业对选址仍有疑问，建议安排二次踏勘。", "请企业服务局同步准备水电气方案。", "对方董事会月底开会，会后回复。"}[i%3]}
		if i%2 == 0 {
			w = work.Written{Kind: work.Visit, Subject: w.Subject, On: string(day), Place: "企业所在地", Text: "走访企业，了解投资计划与用工需求，约定下次会面。（演示）", People: "演示联系人（总经理）"}
		}
		_, err := p.app.Work.Write(kernel.WithActor(ctx, p.who[h.course.officer]), w)
		return err
	})
}
