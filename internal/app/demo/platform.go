package demo

import (
	"context"
	"fmt"
	"strings"

	"sente/internal/kernel"
	"sente/internal/zone/platform"
	"sente/internal/zone/work"
)

// setUp adopts the five platforms of the playbook, hands two of them to
// operators, and opens the year's campaign.
func (p *replay) setUp(day kernel.Date) {
	for _, a := range []struct {
		lead string
		ids  []string
	}{{"lead", []string{"bonded_promotion"}}, {"lead2", []string{"sci_tech_plaza", "innovation_centre"}}, {"lead3", []string{"cybernaut_base", "foreign_trade"}}} {
		p.at(day, 1, p.who[a.lead], func(ctx context.Context) error {
			made, err := p.app.Platform.Adopt(ctx, platform.Adoption{Playbook: a.ids, SinceOn: string(day)})
			for _, m := range made {
				p.platforms[m.Playbook] = m.ID
			}
			return err
		})
	}
	p.engage(day.AddDays(1), "lead2", "sci_tech_plaza", "演示产业运营公司", "公开招标，三年期")
	p.engage(day.AddDays(1), "lead3", "foreign_trade", "演示园区服务公司", "公开招标，三年期")
	p.engage(day.AddDays(1), "lead2", "innovation_centre", "演示园区服务公司", "试运营半年")
	p.engage(day.AddDays(180), "lead2", "innovation_centre", "演示产业运营公司", "试运营期满，重新招标")
	p.at(p.today.AddDays(-290), 10, p.who["leader"], func(ctx context.Context) error {
		c, err := p.app.Work.SetCampaign(ctx, "", 0, work.CampaignFacts{Name: "项目攻坚年行动", Goal: "年内新签约、新开工项目数较上年有增长，早落地、早开工、早见效", Unit: p.units["招商统筹局"],
			SinceOn: string(p.today.AddDays(-290)), UntilOn: string(p.today.AddDays(150))})
		p.campaign = c.ID
		return err
	})
}

// engage hands a platform to an operator.
func (p *replay) engage(day kernel.Date, lead, playbook, operator, why string) {
	p.at(day, 20, p.who[lead], func(ctx context.Context) error {
		now, err := p.app.Platform.Find(ctx, p.platforms[playbook])
		if err != nil {
			return err
		}
		_, err = p.app.Platform.ChangeOperator(ctx, now.ID, now.Version, platform.OperatorOrder{Operator: p.units[operator], SinceOn: string(day), Reason: why})
		return err
	})
}

// duty is a contract task of the demo and how far it has come.
type duty struct {
	title, evidence string
	dueIn           int    // days from today
	state           string // as of today
}

// contracts files the contracts with the two operators and tells of their tasks.
func (p *replay) contracts() {
	p.contract("lead2", "officer3", "operator", "sci_tech_plaza", "演示产业运营公司", "晨港合（演示）2023-11", "科创广场运营服务合同", 1080, []duty{
		{"引进在孵企业 12 家", "入孵协议与企业名单", -420, "accepted"}, {"举办创业路演 4 场", "签到表、照片与纪要", -240, "accepted"},
		{"引进在孵企业 10 家（第二年）", "入孵协议与企业名单", -35, "objected"}, {"毕业企业跟踪报告", "毕业企业去向表", 25, "submitted"},
		{"企业融资对接 6 次", "对接记录与结果", -12, "open"}, {"全年运营总结", "总结报告", 110, "open"}})
	p.contract("lead3", "officer6", "operator2", "foreign_trade", "演示园区服务公司", "晨港合（演示）2023-12", "新外贸中心平台运营服务合同", 1075, []duty{
		{"引进外贸企业 8 家", "备案回执与企业名单", -200, "accepted"}, {"组织境外推介 2 场", "行程、名单与纪要", -60, "submitted"},
		{"首单通关辅导 5 家", "放行单复印件", 45, "open"}, {"跨境电商直播基地方案", "方案文本", 90, "cancelled"}})
}

// contract files one contract, back days ago, with its tasks.
func (p *replay) contract(lead, official, operator, playbook, unit, number, title string, back int, duties []duty) {
	var k *platform.Docket
	since := p.today.AddDays(-back)
	p.at(since, 40, p.who[lead], func(ctx context.Context) (err error) {
		k, err = p.app.Platform.Contract(ctx, p.platforms[playbook], platform.ContractFacts{Number: &number, Title: &title, Operator: ptr(p.units[unit]), Owner: ptr(p.who[official].ID),
			SignedOn: ptr(string(since.AddDays(-5))), SinceOn: ptr(string(since)), UntilOn: ptr(string(since.AddDays(back + 150))), Procurement: ptr("招商统筹局档案室，采购卷（演示）")})
		for _, d := range duties {
			if err == nil {
				k, err = p.app.Platform.AddTask(ctx, k.Contract.ID, 0, platform.TaskFacts{Title: &d.title, Evidence: &d.evidence, DueOn: ptr(string(p.today.AddDays(d.dueIn)))})
			}
		}
		return err
	})
	for i, d := range duties {
		task := func() string { return k.Tasks[i].ID }
		p.carry(d, lead, official, operator, func() string { return k.Contract.ID }, task)
	}
}

// carry tells what the operator handed in for d and what came of it.
func (p *replay) carry(d duty, lead, official, operator string, contract, task func() string) {
	desk := p.app.Platform
	day := p.today.AddDays(min(d.dueIn, 0) - 20)
	hand := func(day kernel.Date, text string) {
		p.at(day, 70, p.who[operator], func(ctx context.Context) error {
			file := fmt.Sprintf("演示数据 Demo data\n%s\n%s\n%s\n", d.title, text, day)
			_, err := desk.Submit(ctx, contract(), task(), 0, platform.Handover{Text: text, On: string(day.AddDays(-1))}, "证据.txt", strings.NewReader(file))
			return err
		})
	}
	review := func(day kernel.Date, do func(ctx context.Context) error) { p.at(day, 200, p.who[official], do) }
	object := func(ctx context.Context) error {
		_, err := desk.Object(ctx, contract(), task(), 0, "名单与协议份数不符，请核对后补交")
		return err
	}
	switch d.state {
	case "accepted":
		hand(day, "第一批材料")
		review(day.AddDays(3), object)
		p.at(day.AddDays(6), 70, p.who[operator], func(ctx context.Context) error {
			_, err := desk.Answer(ctx, contract(), task(), 0, platform.Handover{Text: "已核对，漏附两份协议，现予补交", On: string(day.AddDays(5))})
			return err
		})
		hand(day.AddDays(7), "补交材料")
		review(day.AddDays(10), func(ctx context.Context) error {
			_, err := desk.Accept(ctx, contract(), task(), 0, "材料齐备，予以验收")
			return err
		})
	case "submitted":
		hand(p.today.AddDays(-6), "按合同要求提交")
	case "objected":
		hand(day, "本年度材料")
		review(day.AddDays(4), object)
	case "cancelled":
		p.at(p.today.AddDays(-80), 90, p.who[lead], func(ctx context.Context) error {
			_, err := desk.CancelTask(ctx, contract(), task(), 0, "方案已并入区级规划，双方同意取消")
			return err
		})
	}
}
