package demo

import (
	"context"

	"sente/internal/infra/views"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// rules tells what the zone's leaders settled: who decides conflicts between
// reports, and a shorter limit of the bonded pipeline from its second year on.
func (p *replay) rules(day kernel.Date) {
	p.at(day, 60, p.who["leader"], func(ctx context.Context) error {
		o := pipeline.ProtectionOrder{Protection: pipeline.DefaultProtections()[0], Reason: "明确报备冲突由招商统筹局裁定"}
		o.Coordinator, o.ValidFrom, o.Source = p.units["招商统筹局"], day, "晨港管委会首报首谈办法（演示）"
		_, err := p.app.Pipeline.SetProtection(ctx, o)
		return err
	})
	later := day.AddDays(400)
	p.at(later, 60, p.who["leader"], func(ctx context.Context) error {
		t, _ := p.tracks.Find("bonded")
		o := pipeline.TrackOrder{Zh: t.Zh, En: t.En, MeaningZh: t.MeaningZh, MeaningEn: t.MeaningEn, Platform: t.Platform, Builds: t.Builds, Stages: t.Stages, Absent: t.Absent, Gates: t.Gates,
			ValidFrom: later, Source: "晨港管委会专题会议纪要（演示）", Reason: "海关备案提速，时限由 20 个工作日缩短为 15 个工作日"}
		for _, l := range t.Limits {
			if l.To == "landed.customs" {
				l.Days = 15
			}
			o.Limits = append(o.Limits, l)
		}
		_, err := p.app.Pipeline.DefineTrack(ctx, t.ID, t.Version, o)
		return err
	})
}

// unclaimed are firms that no project of the history talks to.
func (p *replay) unclaimed() []*firm {
	taken := map[int]bool{}
	for _, h := range p.told {
		taken[h.course.firm] = true
	}
	var out []*firm
	for i := earlierFirms; i < len(p.firms); i++ {
		if !taken[i] && !p.firms[i].foreign {
			out = append(out, &p.firms[i])
		}
	}
	return out
}

// filed is a report of the demo.
type filed struct{ pipeline.ReportListed }

// reports tells of first reports in every state: in force, extended after a real
// talk, expired, given up; of one conflict that was decided and one that waits.
func (p *replay) reports() {
	free := p.unclaimed()
	file := func(f *firm, by string, back int, intent string, claim *pipeline.Claim) *filed {
		r := &filed{}
		p.at(p.today.AddDays(-back), 340, p.who[by], func(ctx context.Context) (err error) {
			facts := pipeline.ReportFacts{FirmName: &f.name, CreditCode: &f.code, Source: ptr("老客户介绍"), Intent: &intent}
			r.ReportListed, err = p.app.Pipeline.File(ctx, facts, claim)
			return err
		})
		return r
	}
	file(free[0], "officer", 30, "拟设区域总部，考察办公楼", nil)
	file(free[1], "officer3", 10, "拟建中试线，需标准厂房", nil)
	file(free[2], "operator", 22, "拟入孵，需共享实验室", nil)
	file(free[3], "officer5", 200, "拟设供应链公司", nil)
	extended := file(free[4], "officer2", 110, "拟建二期装配线", nil)
	p.at(p.today.AddDays(-40), 350, p.who["officer2"], func(ctx context.Context) error {
		_, err := p.app.Pipeline.ExtendReport(ctx, extended.ID, extended.Version, pipeline.ExtendOrder{TalkOn: string(p.today.AddDays(-45)), Minutes: "双方就厂房改造、用电增容与招工计划逐项商谈，企业将于下月提交方案。",
			FirmPeople: "演示联系人（总经理）", ZonePeople: "演示专员乙、演示部长甲"})
		return err
	})
	given := file(free[5], "officer4", 70, "拟设研发中心", nil)
	p.at(p.today.AddDays(-50), 350, p.who["officer4"], func(ctx context.Context) error {
		_, err := p.app.Pipeline.ReleaseReport(ctx, given.ID, given.Version, "企业已决定在外地投资")
		return err
	})
	file(free[6], "officer5", 150, "拟设结算中心", nil)
	won := file(free[6], "officer", 140, "拟建智能工厂，已签意向", &pipeline.Claim{Ground: "better", Reason: "项目以制造为主，用地已有安排"})
	p.at(p.today.AddDays(-138), 350, p.who["coordinator"], func(ctx context.Context) error {
		_, err := p.app.Pipeline.DecideConflict(ctx, won.Conflict, 0, pipeline.DecideOrder{Winner: won.ID, Reason: "企业书面确认以制造项目为主，由招商一局洽谈，招商三局协同"})
		return err
	})
	file(free[7], "officer", 40, "拟扩建检测基地", nil)
	file(free[7], "officer3", 1, "拟建检测实验室", &pipeline.Claim{Ground: "earlier", SinceOn: string(p.today.AddDays(-75)), Reason: "两个月前已在展会接触并有往来邮件"})
	p.at(p.today.AddDays(-1), 500, kernel.SystemActor(Zone, "job"), func(ctx context.Context) error {
		_, err := p.app.Pipeline.ExpireReports(ctx)
		return err
	})
}

// shares tells how credit was shared: whoever began a project keeps a part of it,
// also after moving on.
func (p *replay) shares() {
	n := 0
	for _, h := range p.told {
		signed := h.course.day(pipeline.Signed)
		if h.course.lane.lead != "lead" || signed == "" || h.course.reason != "" || h.course.day(pipeline.Effective) != "" || n == 14 {
			continue
		}
		n++
		day := max(signed.AddDays(15), p.today.AddDays(-400))
		if p.early(day) {
			continue
		}
		p.at(day, 370, p.who["lead"], func(ctx context.Context) error {
			now, err := p.app.Pipeline.Shares(ctx, h.id())
			if err != nil || len(now.Rows) == 0 {
				return err
			}
			began, second := now.Rows[0].Account, p.who[h.course.officer].ID
			if began == second {
				second = p.who["officer3"].ID
			}
			_, err = p.app.Pipeline.SetShares(ctx, h.id(), 0, pipeline.ShareOrder{Reason: "签约后按实际贡献确定，经本人确认", Rows: []pipeline.ShareEntry{
				{Account: began, Part: pipeline.PartBegan, BasisPoints: 4000}, {Account: second, Part: pipeline.PartLead, BasisPoints: 4500},
				{Account: p.who["officer8"].ID, Part: pipeline.PartSupport, BasisPoints: 1500}}})
			if err != nil {
				return err
			}
			h.docket, err = p.app.Pipeline.Find(ctx, h.id())
			return err
		})
	}
}

// saved tells of views that people keep of their lists.
func (p *replay) saved() {
	for i, v := range []struct {
		login, page, name, query string
		shared                   bool
	}{
		{"officer", "projects", "我的在谈", "stage=negotiating&sort=-stage_since", false}, {"officer", "projects", "缺件的项目", "missing=1", false},
		{"lead", "projects", "逾期项目", "overdue=1", true}, {"leader", "projects", "看板", "view=board", false}, {"operator", "projects", "在孵线索", "stage=lead&stage=screening", false},
	} {
		p.at(p.today.AddDays(-60), 400+i, p.who[v.login], func(ctx context.Context) error {
			_, err := p.app.Views.Save(ctx, v.page, views.Draft{Name: &v.name, Query: &v.query, Shared: &v.shared})
			return err
		})
	}
}
