package demo

import (
	"context"

	"sente/internal/infra/access"
	"sente/internal/kernel"
	"sente/internal/zone/office"
)

// member is one account of the demo besides the three administrators.
type member struct {
	login, name, role, unit, position string
}

// team lists the members; unit names one of units(), "" the zone itself, "^"
// the top of the tree.
func team() []member {
	return []member{
		{"leader", "演示领导", "leader", "", "管委会副主任"},
		{"coordinator", "演示统筹", "department_lead", "招商统筹局", "局长"},
		{"lead", "演示部长甲", "department_lead", "招商一局", "局长"},
		{"lead2", "演示部长乙", "department_lead", "招商二局", "局长"},
		{"lead3", "演示部长丙", "department_lead", "招商三局", "局长"},
		{"lead4", "演示部长丁", "department_lead", "企业服务局", "局长"},
		{"officer", "演示专员甲", "officer", "招商一局", "招商专员"},
		{"officer2", "演示专员乙", "officer", "招商一局", "招商专员"},
		{"officer3", "演示专员丙", "officer", "招商二局", "招商专员"},
		{"officer4", "演示专员丁", "officer", "招商二局", "招商专员"},
		{"officer5", "演示专员戊", "officer", "招商三局", "招商专员"},
		{"officer6", "演示专员己", "officer", "招商三局", "招商专员"},
		{"officer7", "演示专员庚", "officer", "招商一局", "招商专员"}, // moves on, see moveOn
		{"officer8", "演示专员辛", "officer", "企业服务局", "企业服务专员"},
		{"operator", "演示运营方", "operator", "演示产业运营公司", "项目经理"},
		{"operator2", "演示运营方乙", "operator", "演示园区服务公司", "项目经理"},
		{"auditor", "演示审计", "auditor", "纪检审计室", "审计专员"},
		{"province", "演示省级", "province", "^", "省商务厅联络员"},
	}
}

// place is a unit below another one of units(); "" is the zone.
type place struct {
	access.Unit
	under string
}

// units are the departments and the operators below them.
func units() []place {
	department := func(zh, en string, n int64) place {
		return place{access.Unit{Kind: access.Department, NameZh: zh, NameEn: en, Position: n}, ""}
	}
	operator := func(zh, en, under string) place {
		return place{access.Unit{Kind: access.Operator, NameZh: zh, NameEn: en, Position: 1}, under}
	}
	return []place{
		department("招商统筹局", "Investment Coordination Bureau", 1),
		department("招商一局", "Investment Promotion Bureau 1", 2), department("招商二局", "Investment Promotion Bureau 2", 3),
		department("招商三局", "Investment Promotion Bureau 3", 4), department("企业服务局", "Enterprise Services Bureau", 5),
		department("纪检审计室", "Discipline and Audit Office", 6),
		operator("演示产业运营公司", "Demo Industry Operator", "招商二局"), operator("演示园区服务公司", "Demo Park Services", "招商三局"),
	}
}

// found makes the administrators, the departments and the accounts, each act by
// the one whose duty it is.
func (p *replay) found(ctx context.Context) error {
	links, err := p.app.Access.Bootstrap(ctx, Zone)
	if err != nil {
		return err
	}
	for _, l := range links {
		account, err := p.app.Access.UseLink(ctx, l.Token, Password)
		if err != nil {
			return err
		}
		p.who[l.Role] = actor(account)
	}
	system, security := kernel.WithActor(ctx, p.who[access.SystemAdmin]), kernel.WithActor(ctx, p.who[access.SecurityAdmin])
	if err := p.establish(system); err != nil {
		return err
	}
	for _, m := range team() {
		account, link, err := p.app.Access.Open(system, access.Account{Login: m.login, Name: m.name, Unit: p.units[m.unit]})
		if err != nil {
			return err
		}
		if account, err = p.app.Access.Grant(security, account.ID, account.Version, []string{m.role}, nil, "演示开户"); err != nil {
			return err
		}
		if _, err := p.app.Access.UseLink(ctx, link.Token, Password); err != nil {
			return err
		}
		if err := p.appoint(system, m, account); err != nil {
			return err
		}
		p.who[m.login] = actor(account)
	}
	return nil
}

// establish makes the units.
func (p *replay) establish(system context.Context) error {
	all, err := p.app.Office.Units(system, false)
	if err != nil {
		return err
	}
	for _, u := range all {
		if u.Kind == access.ZoneUnit {
			p.units[""] = u.ID
		}
		if u.Parent == "" {
			p.units["^"] = u.ID
		}
	}
	for _, u := range units() {
		u.Parent = p.units[u.under]
		made, err := p.app.Office.Establish(system, u.Unit)
		if err != nil {
			return err
		}
		p.units[u.NameZh] = made.ID
	}
	return nil
}

// appoint enters m as an official, a department's lead with a duty.
func (p *replay) appoint(system context.Context, m member, account access.Account) error {
	since := kernel.DayOf(p.clock.Now().UnixMilli())
	o, err := p.app.Office.Appoint(system, office.Official{Name: m.name, Unit: account.Unit, Position: m.position, Account: account.ID, SinceOn: since})
	if err != nil {
		return err
	}
	p.officials[m.login] = o
	if m.role != "department_lead" {
		return nil
	}
	_, err = p.app.Office.AssignDuty(system, office.Duty{Unit: account.Unit, Official: o.ID, TextZh: "负责本局招商项目的初判、签批与推进", TextEn: "Screens, signs off and moves the bureau's projects along",
		Source: "晨港管委会内设机构职责（演示）", SinceOn: since})
	return err
}

// moveOn tells how an official leaves for another post: the lead hands the
// official's running projects over, the administrator ends office and account.
// Credit for what the official began stays.
func (p *replay) moveOn(login, heir, lead string, day kernel.Date) {
	for _, h := range p.told {
		if h.course.officer != login {
			continue
		}
		p.at(day, 30, p.who[lead], func(ctx context.Context) error {
			h.course.officer = heir
			if h.docket == nil || h.docket.Project.Stage.Final() {
				return nil // not begun yet, or over
			}
			owner := p.who[heir].ID
			return h.amend(ctx, p, facts{Owner: &owner})
		})
	}
	p.at(day, 240, p.who[access.SystemAdmin], func(ctx context.Context) error {
		o := p.officials[login]
		if _, err := p.app.Office.Relieve(ctx, o.ID, o.Version, day); err != nil {
			return err
		}
		_, err := p.app.Access.Disable(ctx, p.who[login].ID, "调任他区")
		return err
	})
}

func actor(a access.Account) kernel.Actor {
	return kernel.Actor{Zone: a.Zone, ID: a.ID, Name: a.Name, Unit: a.Unit, Roles: a.Roles, Via: "cli", Lang: "zh"}
}
