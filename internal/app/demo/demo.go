package demo

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/office"
)

// The zone of the demo. Config.Zone, Config.ZoneName and Config.ZoneNameEn of the App.
const (
	Zone       = "demo"
	ZoneName   = "演示省/演示市/晨港经济技术开发区"
	ZoneNameEn = "Chengang Economic and Technological Development Zone (demo)"
	// Password opens every demo account. The demo listens on loopback only.
	Password = "Chengang-2026-demo"
)

// Login is one demo account, one per role for people to try.
type Login struct{ Role, Login string }

// Logins are the accounts to try, in the order of the roles.
func Logins() []Login {
	return []Login{
		{"officer", "officer"}, {"department_lead", "lead"}, {"leader", "leader"}, {"operator", "operator"}, {"auditor", "auditor"}, {"province", "province"},
		{"system_admin", "sysadmin"}, {"security_admin", "secadmin"}, {"audit_admin", "auditadmin"},
	}
}

// member is one account of the demo besides the three administrators.
type member struct {
	login, name, role, unit, position string
}

// team lists the members; unit names one of units().
func team() []member {
	return []member{
		{"leader", "演示领导", "leader", "", "管委会副主任"},
		{"lead", "演示部长甲", "department_lead", "招商一局", "局长"},
		{"lead2", "演示部长乙", "department_lead", "招商二局", "局长"},
		{"lead3", "演示部长丙", "department_lead", "招商三局", "局长"},
		{"officer", "演示专员甲", "officer", "招商一局", "招商专员"},
		{"officer2", "演示专员乙", "officer", "招商一局", "招商专员"},
		{"officer3", "演示专员丙", "officer", "招商二局", "招商专员"},
		{"officer4", "演示专员丁", "officer", "招商二局", "招商专员"},
		{"officer5", "演示专员戊", "officer", "招商三局", "招商专员"},
		{"officer6", "演示专员己", "officer", "招商三局", "招商专员"},
		{"operator", "演示运营方", "operator", "演示产业运营公司", "项目经理"},
		{"auditor", "演示审计", "auditor", "纪检审计室", "审计专员"},
		{"province", "演示省级", "province", "^", "省商务厅联络员"},
	}
}

// units are the departments and the operator below the zone.
func units() []access.Unit {
	return []access.Unit{
		{Kind: access.Department, NameZh: "招商一局", NameEn: "Investment Promotion Bureau 1", Position: 1},
		{Kind: access.Department, NameZh: "招商二局", NameEn: "Investment Promotion Bureau 2", Position: 2},
		{Kind: access.Department, NameZh: "招商三局", NameEn: "Investment Promotion Bureau 3", Position: 3},
		{Kind: access.Department, NameZh: "企业服务局", NameEn: "Enterprise Services Bureau", Position: 4},
		{Kind: access.Department, NameZh: "纪检审计室", NameEn: "Discipline and Audit Office", Position: 5},
		{Kind: access.Operator, NameZh: "演示产业运营公司", NameEn: "Demo Industry Operator", Position: 6},
	}
}

// Fill tells the history of the demo zone in a, which must have been opened
// with clock.Now and have no account yet. progress, unless nil, is told how
// many acts of how many are done.
func Fill(ctx context.Context, a *app.App, clock *Clock, progress func(done, total int)) (err error) {
	defer kernel.Wrap(&err, "demo.Fill")
	now := time.Now()
	clock.at = start(now)
	p := &replay{app: a, clock: clock, r: rand.New(rand.NewPCG(20260101, 5))}
	if err := p.found(ctx); err != nil {
		return err
	}
	today := kernel.DayOf(now.UnixMilli())
	p.firms = firms(p.r)
	courses := projects(p.r, p.firms, today)
	first := slices.MinFunc(courses, func(a, b project) int { return cmpDate(a.days[0], b.days[0]) }).days[0]
	p.register(first.AddDays(-3))
	for _, c := range courses {
		p.tell(c)
	}
	if err := p.run(ctx, progress); err != nil {
		return err
	}
	return a.Sequencer.Tick(ctx)
}

func cmpDate(a, b kernel.Date) int {
	if a.Before(b) {
		return -1
	}
	if b.Before(a) {
		return 1
	}
	return 0
}

// found makes the administrators, the departments and the accounts, each act by
// the one whose duty it is.
func (p *replay) found(ctx context.Context) error {
	links, err := p.app.Access.Bootstrap(ctx, Zone)
	if err != nil {
		return err
	}
	admins := map[string]kernel.Actor{}
	for _, l := range links {
		account, err := p.app.Access.UseLink(ctx, l.Token, Password)
		if err != nil {
			return err
		}
		admins[l.Role] = actor(account)
	}
	system, security := kernel.WithActor(ctx, admins[access.SystemAdmin]), kernel.WithActor(ctx, admins[access.SecurityAdmin])
	ids, err := p.establish(system)
	if err != nil {
		return err
	}
	for _, m := range team() {
		account, link, err := p.app.Access.Open(system, access.Account{Login: m.login, Name: m.name, Unit: ids[m.unit]})
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
		p.enter(m.login, actor(account))
	}
	return nil
}

// establish makes the units and returns their ids by name; "" is the zone
// itself, "^" the top of the tree.
func (p *replay) establish(system context.Context) (map[string]string, error) {
	ids := map[string]string{}
	all, err := p.app.Office.Units(system, false)
	if err != nil {
		return nil, err
	}
	for _, u := range all {
		if u.Kind == access.ZoneUnit {
			ids[""] = u.ID
		}
		if u.Parent == "" {
			ids["^"] = u.ID
		}
	}
	for _, u := range units() {
		u.Parent = ids[""]
		made, err := p.app.Office.Establish(system, u)
		if err != nil {
			return nil, err
		}
		ids[u.NameZh] = made.ID
	}
	return ids, nil
}

// appoint enters m as an official with a duty.
func (p *replay) appoint(system context.Context, m member, account access.Account) error {
	since := kernel.DayOf(p.clock.Now().UnixMilli())
	o, err := p.app.Office.Appoint(system, office.Official{Name: m.name, Unit: account.Unit, Position: m.position, Account: account.ID, SinceOn: since})
	if err != nil || m.role != "department_lead" {
		return err
	}
	_, err = p.app.Office.AssignDuty(system, office.Duty{Unit: account.Unit, Official: o.ID, TextZh: "负责本局招商项目的初判、签批与推进", TextEn: "Screens, signs off and moves the bureau's projects along",
		Source: "晨港管委会内设机构职责（演示）", SinceOn: since})
	return err
}

// enter gives an account its part in the replay.
func (p *replay) enter(login string, a kernel.Actor) {
	switch login {
	case "leader":
		p.people.leader = a
	case "lead", "lead2", "lead3":
		p.people.leads[slices.Index([]string{"lead", "lead2", "lead3"}, login)] = a
	case "officer", "officer2", "officer3", "officer4", "officer5", "officer6":
		n := slices.Index([]string{"officer", "officer2", "officer3", "officer4", "officer5", "officer6"}, login)
		p.people.officers[n/2][n%2] = a
	}
}

func actor(a access.Account) kernel.Actor {
	return kernel.Actor{Zone: a.Zone, ID: a.ID, Name: a.Name, Unit: a.Unit, Roles: a.Roles, Via: "cli", Lang: "zh"}
}

// Count returns how much Fill left behind, for the demo to print.
func Count(ctx context.Context, a *app.App) (firms, projects, entries int64, err error) {
	ctx = kernel.WithActor(ctx, kernel.SystemActor(Zone, "cli"))
	err = a.DB.View(ctx, func(tx store.Tx) error {
		for _, c := range []struct {
			table string
			n     *int64
		}{{"party_parties", &firms}, {"pipeline_projects", &projects}, {"journal_entries", &entries}} {
			if *c.n, err = store.Count(ctx, tx, "SELECT count(*) FROM "+c.table+" WHERE zone = $1", tx.Zone); err != nil {
				return err
			}
		}
		return nil
	})
	return firms, projects, entries, err
}
