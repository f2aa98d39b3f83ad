package app_test

import (
	"strings"

	"sente/internal/infra/access"
	"sente/internal/kernel"
	"sente/internal/zone/platform"
)

// platform sets up a platform p is responsible for.
func (w *world) platform(zone string, p person) string {
	w.t.Helper()
	d, err := w.app.Platform.Open(w.in(zone), platform.Facts{NameZh: ptr(w.named(zone, "平台")), MissionZh: ptr(w.named(zone, "定位")), Unit: &p.unit, Owner: &p.actor.ID, SinceOn: ptr("2026-01-01")})
	must(w.t, err)
	return d.ID
}

// contract files a contract of the operator that p looks after, under the first
// platform of the zone.
func (w *world) contract(zone string, p person) *platform.Docket {
	w.t.Helper()
	op := w.units[zone]["op"]
	list, err := w.app.Platform.List(w.in(zone), false)
	must(w.t, err)
	if len(list) == 0 {
		w.platform(zone, p)
		list, err = w.app.Platform.List(w.in(zone), false)
		must(w.t, err)
	}
	k, err := w.app.Platform.Contract(w.in(zone), list[0].ID, platform.ContractFacts{Number: ptr(w.named(zone, "合同")), Title: ptr(w.named(zone, "运营服务")), Operator: &op,
		Owner: &p.actor.ID, SignedOn: ptr("2026-01-02"), SinceOn: ptr("2026-01-05"), UntilOn: ptr("2027-01-04"), Procurement: ptr(w.named(zone, "卷"))})
	must(w.t, err)
	return k
}

func (w *world) contractTask(zone string, p person, contract string) string {
	w.t.Helper()
	k, err := w.app.Platform.AddTask(w.in(zone), contract, 0, platform.TaskFacts{Title: ptr(w.named(zone, "任务")), Evidence: ptr(w.named(zone, "证据")), DueOn: ptr("2026-06-30"), Acceptor: &p.actor.ID})
	must(w.t, err)
	return k.Tasks[0].ID
}

func (w *world) submission(zone string, p person, contract string) string {
	w.t.Helper()
	task := w.contractTask(zone, p, contract)
	k, err := w.app.Platform.Submit(w.in(zone), contract, task, 0, platform.Handover{Text: w.named(zone, "说明"), On: "2026-02-01"}, "note.txt", strings.NewReader(w.named(zone, "内容")))
	must(w.t, err)
	return k.Submissions[0].ID
}

// platform brings about every act on a platform, its contract and its tasks.
func (p *past) platform() {
	d := p.app.Platform
	units, err := p.app.Office.Units(p.ctx, false)
	must(p.t, err)
	var department, operator string
	for _, u := range units {
		switch u.Kind {
		case access.Department:
			department = u.ID
		case access.Operator:
			operator = u.ID
		}
	}
	made, err := d.Open(p.ctx, platform.Facts{NameZh: ptr(p.name("平台")), MissionZh: ptr("示例"), Unit: &department, SinceOn: ptr("2026-01-01")})
	must(p.t, err)
	made, err = d.Amend(p.ctx, made.ID, made.Version, platform.Facts{NameZh: ptr(p.name("平台"))})
	must(p.t, err)
	made, err = d.ChangeOperator(p.ctx, made.ID, made.Version, platform.OperatorOrder{Operator: operator, SinceOn: "2026-01-01", Reason: "公开招标"})
	must(p.t, err)
	p.contract(made.ID)
	made, err = d.Find(p.ctx, made.ID)
	must(p.t, err)
	_, err = d.Retire(p.ctx, made.ID, made.Version, platform.RetireOrder{UntilOn: string(kernel.DayOf(p.app.DB.Now().UnixMilli())), Reason: "职能并入他处"})
	must(p.t, err)
	if _, err := d.Adopt(p.ctx, platform.Adoption{Playbook: []string{"innovation_centre"}, Unit: department, SinceOn: "2026-01-01"}); err != nil && !strings.Contains(err.Error(), "platform.adopted_already") {
		p.t.Fatal(err)
	}
}

// contract files a contract of platform id and carries its tasks to their ends.
func (p *past) contract(id string) {
	d, day := p.app.Platform, string(kernel.DayOf(p.app.DB.Now().UnixMilli()))
	k, err := d.Contract(p.ctx, id, platform.ContractFacts{Number: ptr(p.name("合同")), Title: ptr("运营服务"), SignedOn: ptr("2026-01-02"), SinceOn: ptr("2026-01-05"), UntilOn: ptr("2027-01-04"), Procurement: ptr("卷")})
	must(p.t, err)
	k, err = d.AmendContract(p.ctx, k.Contract.ID, k.Contract.Version, platform.ContractFacts{Note: ptr("补充说明")})
	must(p.t, err)
	for range 2 {
		k, err = d.AddTask(p.ctx, k.Contract.ID, 0, platform.TaskFacts{Title: ptr(p.name("任务")), Evidence: ptr("名单"), DueOn: ptr("2026-06-30")})
		must(p.t, err)
	}
	first, second := k.Tasks[0].ID, k.Tasks[1].ID
	k, err = d.AmendTask(p.ctx, k.Contract.ID, first, k.Contract.Version, platform.TaskFacts{DueOn: ptr("2026-07-31")})
	must(p.t, err)
	k, err = d.CancelTask(p.ctx, k.Contract.ID, second, k.Contract.Version, "双方同意取消")
	must(p.t, err)
	judge := kernel.WithActor(p.ctx, kernel.Actor{Zone: kernel.ActorOf(p.ctx).Zone, ID: "judge", Name: "验收人", Roles: []string{"leader"}, Via: "session", Lang: "zh"})
	_, err = d.Submit(p.ctx, k.Contract.ID, first, 0, platform.Handover{Text: "名单", On: day}, "list.txt", strings.NewReader(p.name("名单")))
	must(p.t, err)
	_, err = d.Object(judge, k.Contract.ID, first, 0, "名单不全")
	must(p.t, err)
	_, err = d.Answer(p.ctx, k.Contract.ID, first, 0, platform.Handover{Text: "已补全名单", On: day})
	must(p.t, err)
	k, err = d.Accept(judge, k.Contract.ID, first, 0, "")
	must(p.t, err)
	_, err = d.CloseContract(p.ctx, k.Contract.ID, k.Contract.Version, platform.CloseOrder{On: day, Reason: "任务完成"})
	must(p.t, err)
}
