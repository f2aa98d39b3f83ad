package demo

import (
	"context"
	"math/rand/v2"
	"time"

	"sente/internal/app"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/pipeline"
)

// The zone of the demo. Config.Zone, Config.ZoneName and Config.ZoneNameEn of the App.
const (
	Zone       = "demo"
	ZoneName   = "演示省/演示市/晨港经济技术开发区"
	ZoneNameEn = "Chengang Economic and Technological Development Zone (demo)"
	// Password opens every demo account. The demo listens on loopback only.
	Password = "Chengang-2026-demo"
)

// Login is one demo account for people to try: one per role, and the department
// lead who decides conflicts between reports.
type Login struct{ Role, Login string }

// Logins are the accounts to try, in the order of the roles.
func Logins() []Login {
	return []Login{
		{"officer", "officer"}, {"department_lead", "lead"}, {"coordinator", "coordinator"}, {"leader", "leader"}, {"operator", "operator"}, {"auditor", "auditor"}, {"province", "province"},
		{"system_admin", "sysadmin"}, {"security_admin", "secadmin"}, {"audit_admin", "auditadmin"},
	}
}

// The extent of the history.
const (
	historyDays = 3 * 365
	earlierDays = 20 // the house is set up and last year's register brought in
)

// Fill tells the history of the demo zone in a, which must have been opened
// with clock.Now and have no account yet. progress, unless nil, is told how
// many acts of how many are done.
func Fill(ctx context.Context, a *app.App, clock *Clock, progress func(done, total int)) (err error) {
	defer kernel.Wrap(&err, "demo.Fill")
	now := time.Now()
	clock.at = now.AddDate(0, 0, -historyDays-earlierDays)
	p := &replay{app: a, clock: clock, r: rand.New(rand.NewPCG(20260101, 5)), today: kernel.DayOf(now.UnixMilli()), tracks: pipeline.DefaultTracks(),
		who: map[string]kernel.Actor{}, units: map[string]string{}, officials: map[string]office.Official{}, platforms: map[string]string{}}
	if err := p.found(ctx); err != nil {
		return err
	}
	p.firms = firms(p.r)
	first := p.today.AddDays(-historyDays)
	p.bringIn(first.AddDays(-14))
	p.setUp(first.AddDays(-9))
	p.rules(first.AddDays(-8))
	p.register(first.AddDays(-6))
	p.activities()
	for _, c := range p.courses() {
		p.tell(c)
	}
	p.moveOn("officer7", "officer2", "lead", p.today.AddDays(-430))
	p.toSign()
	p.figures()
	p.contracts()
	p.jointWork()
	p.reports()
	p.shares()
	p.saved()
	if err := p.run(ctx, progress); err != nil {
		return err
	}
	return a.Sequencer.Tick(ctx)
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
