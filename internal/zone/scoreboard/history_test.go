package scoreboard_test

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/grams"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/work"
)

func sources() []fs.FS {
	return []fs.FS{journal.Migrations, grams.Migrations, access.Migrations, calendar.Migrations, party.Migrations, pipeline.Migrations, work.Migrations, scoreboard.Migrations}
}

// zone is a database with a clock of its own, a journal that is sequenced and a
// Desk that folds it.
type zone struct {
	testing.TB
	ctx  context.Context
	db   *store.DB
	gate *access.Gate
	seq  *journal.Sequencer
	desk *scoreboard.Desk
	now  time.Time

	projects   map[string]pipeline.Project
	milestones map[string][]pipeline.Milestone
	order      []string
	paid       []pipeline.Instalment
	facts      map[string]bool
	activities []work.Activity
}

// onBoth runs fn on both engines, each in a zone of its own, on 2023-01-02.
func onBoth(t *testing.T, fn func(z *zone)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { fn(newZone(t, store.Config{DSN: filepath.Join(t.TempDir(), "test.db")})) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.Postgres(t, sources()...)
		fn(newZone(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}))
	})
}

func newZone(t testing.TB, cfg store.Config) *zone {
	t.Helper()
	z := &zone{TB: t, projects: map[string]pipeline.Project{}, milestones: map[string][]pipeline.Milestone{}, facts: map[string]bool{}}
	z.now = at("2023-01-02")
	cfg.Now, cfg.Log = func() time.Time { return z.now }, slog.New(slog.DiscardHandler)
	var err error
	z.db, err = store.Open(t.Context(), cfg, sources()...)
	z.must(err)
	t.Cleanup(func() { z.must(z.db.Close()) })
	z.gate, err = access.NewGate()
	z.must(err)
	keys, err := journal.LoadKeys(filepath.Join(t.TempDir(), "keys.json"), "sente.test", z.now)
	z.must(err)
	z.seq = &journal.Sequencer{DB: z.db, Keys: keys}
	z.ctx = storetest.Ctx(t, "z1")
	z.desk = z.newDesk()
	z.must(z.db.Update(z.ctx, func(tx store.Tx) error {
		for _, u := range []access.Unit{{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区"}, {ID: "d1", Parent: "zone", Kind: access.Department, NameZh: "招商一部"},
			{ID: "d11", Parent: "d1", Kind: access.Department, NameZh: "招商一部一科"}, {ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "招商二部"},
			{ID: "op", Parent: "zone", Kind: access.Operator, NameZh: "运营公司"}} {
			u.Version = 1
			changes, err := access.PutUnit(z.ctx, tx, u)
			if err != nil {
				return err
			}
			if _, err := journal.Record(z.ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes}); err != nil {
				return err
			}
		}
		return nil
	}))
	return z
}

func (z *zone) newDesk() *scoreboard.Desk {
	z.Helper()
	book, err := words.Load(scoreboard.Words)
	z.must(err)
	years := []calendar.Year{{Year: 2023}, {Year: 2024}, {Year: 2025}, {Year: 2026}} // without holidays
	return scoreboard.NewDesk(z.db, z.gate, book, func(context.Context, store.Tx) (pipeline.Reckoner, error) {
		return pipeline.Reckoner{Calendar: calendar.New(0, years...), Shipped: pipeline.DefaultTracks()}, nil
	})
}

func (z *zone) must(err error) {
	z.Helper()
	if err != nil {
		z.Fatal(err)
	}
}

// at is noon of a day in China.
func at(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, kernel.ChinaTime())
	if err != nil {
		panic(err)
	}
	return t.Add(12 * time.Hour)
}

// today is the day of the zone's clock.
func (z *zone) today() kernel.Date { return kernel.DayOf(z.now.UnixMilli()) }

// record records one act about a project.
func (z *zone) record(verb, project string, changes ...journal.Change) {
	z.Helper()
	z.must(z.db.Update(z.ctx, func(tx store.Tx) error {
		_, err := journal.Record(z.ctx, tx, journal.Act{Verb: verb, Object: pipeline.Object(project), Changes: changes})
		return err
	}))
}

// sequence puts everything recorded into the journal's tree.
func (z *zone) sequence() {
	z.Helper()
	for {
		n, err := z.seq.Sequence(z.ctx)
		z.must(err)
		if n == 0 {
			return
		}
	}
}

// open opens a project as change makes it, a lead of the zone's day.
func (z *zone) open(change func(*pipeline.Project)) string {
	z.Helper()
	n := len(z.order) + 1
	p := pipeline.Project{Zone: "z1", ID: fmt.Sprintf("p%04d", n), Code: fmt.Sprintf("P2023-%05d", n), Name: fmt.Sprintf("示例项目%d", n), Kind: pipeline.KindNew,
		Builds: true, Unit: "d1", Owner: "officer", Stage: pipeline.Lead, Origin: pipeline.OriginEntered, TotalMinor: 2_0000_0000_00, Currency: "CNY", Industry: "C34",
		Version: 1, CreatedAt: z.now.UnixMilli(), UpdatedAt: z.now.UnixMilli()}
	if change != nil {
		change(&p)
	}
	z.projects[p.ID], z.order = p, append(z.order, p.ID)
	m := z.milestone(p.ID, pipeline.Lead, pipeline.Actual, string(z.today()))
	z.record("pipeline.opened", p.ID, journal.Put(p), journal.Put(m))
	return p.ID
}

// milestone makes the next milestone of a project, not yet recorded.
func (z *zone) milestone(id string, stage pipeline.Stage, kind, on string) pipeline.Milestone {
	m := pipeline.Milestone{Zone: "z1", Project: id, Seq: int64(len(z.milestones[id]) + 1), Stage: stage, Kind: kind, On: on, Precision: pipeline.ByDay, RecordedAt: z.now.UnixMilli()}
	z.milestones[id] = append(z.milestones[id], m)
	return m
}

// date records when a stage was, or is planned to be, reached.
func (z *zone) date(id string, stage pipeline.Stage, kind, on string) {
	z.Helper()
	z.record("pipeline.milestone_set", id, journal.Put(z.milestone(id, stage, kind, on)))
}

// amend changes a project's row.
func (z *zone) amend(id string, change func(*pipeline.Project)) {
	z.Helper()
	p := z.projects[id]
	change(&p)
	p.Version++
	z.projects[id] = p
	z.record("pipeline.amended", id, journal.Put(p))
}

// reach moves a project to stage with its actual date.
func (z *zone) reach(id string, stage pipeline.Stage, on string) {
	z.Helper()
	p := z.projects[id]
	p.Stage, p.StageSince, p.Prior = stage, on, ""
	p.Version++
	z.projects[id] = p
	z.record("pipeline.advanced", id, journal.Put(p), journal.Put(z.milestone(id, stage, pipeline.Actual, on)))
}

// sign is reach to 签约 with the ceremony.
func (z *zone) sign(id, on string) {
	z.Helper()
	z.reach(id, pipeline.Signed, on)
	z.ceremony(id, on, true)
}

func (z *zone) ceremony(id, on string, first bool) {
	z.Helper()
	c := pipeline.Ceremony{Zone: "z1", ID: kernel.NewID(z.now), Signing: "s-" + id, Project: id, On: on, First: first, RecordedAt: z.now.UnixMilli()}
	z.record("pipeline.ceremony_recorded", id, journal.Put(c))
}

// pay records an instalment with a voucher.
func (z *zone) pay(id string, amount int64, currency, kind, on string) {
	z.Helper()
	i := pipeline.Instalment{Zone: "z1", ID: kernel.NewID(z.now), Project: id, Amount: amount, Currency: currency, On: on, SourceKind: kind, Evidence: "v", RecordedAt: z.now.UnixMilli(), Version: 1}
	z.paid = append(z.paid, i)
	z.record("pipeline.instalment_recorded", id, journal.Put(i))
}

// void takes the nth instalment back.
func (z *zone) void(n int) {
	z.Helper()
	i := z.paid[n]
	i.VoidedAt, i.VoidedWhy, i.Version = z.now.UnixMilli(), "误填", i.Version+1
	z.paid = slices.Delete(z.paid, n, n+1)
	z.record("pipeline.instalment_voided", i.Project, journal.Put(i))
}

// hold records an activity as change makes it: held today, with a firm.
func (z *zone) hold(change func(*work.Activity)) string {
	z.Helper()
	n := len(z.activities) + 1
	a := work.Activity{Zone: "z1", ID: fmt.Sprintf("a%04d", n), No: fmt.Sprintf("A2023-%05d", n), Name: fmt.Sprintf("示例推介会%d", n), OnDate: string(z.today()), Place: "示例市",
		Unit: "d1", Owner: "officer", Parties: []work.Firm{{Name: "示例企业"}}, MinutesDue: string(z.today().AddDays(7)), Status: work.Held, Version: 1}
	if change != nil {
		change(&a)
	}
	z.activities = append(z.activities, a)
	z.record("work.held", a.ID, journal.Put(a))
	return a.ID
}

// minute files the minutes of the nth activity today.
func (z *zone) minute(n int) {
	z.Helper()
	a := &z.activities[n]
	if a.MinutesAt == 0 {
		a.MinutesOn, a.MinutesAt, a.Version = string(z.today()), z.now.UnixMilli(), a.Version+1
		z.record("work.minuted", a.ID, journal.Put(*a))
	}
}

// fact records a dated fact, once per project.
func (z *zone) fact(id, kind, on string) {
	z.Helper()
	if z.facts[id+kind] {
		return
	}
	z.facts[id+kind] = true
	z.record("pipeline.fact_recorded", id, journal.Put(pipeline.FactRow{Zone: "z1", ID: kernel.NewID(z.now), Project: id, Kind: kind, On: on, RecordedAt: z.now.UnixMilli(), Version: 1}))
}

// as is a context of somebody with a role, of a unit.
func (z *zone) as(role, unit string) context.Context {
	return kernel.WithActor(z.Context(), kernel.Actor{Zone: "z1", ID: role + "-1", Name: "演示人员", Unit: unit, Roles: []string{role}, Via: "session", Lang: "zh"})
}

// ask counts q as the leader sees it.
func (z *zone) ask(q scoreboard.Query) scoreboard.Board {
	z.Helper()
	b, err := z.desk.Ask(z.as("leader", "zone"), q)
	z.must(err)
	return b
}

// figure is figure id of b.
func (z *zone) figure(b scoreboard.Board, id string) scoreboard.Figure {
	z.Helper()
	for _, f := range b.Guards {
		if f.ID == id {
			return f
		}
	}
	for _, l := range b.Lights {
		for _, f := range l.Figures {
			if f.ID == id {
				return f
			}
		}
	}
	z.Fatalf("no figure %s", id)
	return scoreboard.Figure{}
}

// live tells a made-up history of so many years: n projects, more or less, that are opened, talk,
// sign, land, build, are set back, repeat a contract, end, change their amounts
// and their departments, and two that an undone import takes back.
func (z *zone) live(r *rand.Rand, years float64, n int) {
	z.Helper()
	for range n * 7 {
		z.now = z.now.Add(time.Duration(r.IntN(int(years*365*24*60)/(n*7)*2)) * time.Minute)
		switch {
		case len(z.order) == 0 || r.IntN(6) == 0:
			z.born(r)
			continue
		case r.IntN(12) == 0:
			z.hold(func(a *work.Activity) {
				n := len(z.activities)
				a.Method, a.Campaign = []string{"fair", "go_out", ""}[n%3], []string{"", "c1"}[n%2]
				a.CostMinor, a.Currency = int64(n*12345), []string{"CNY", "CNY", "EUR"}[n%3]
				if n%5 == 0 {
					a.CostMinor, a.Currency = 0, ""
				}
				a.Unit, a.Platform = []string{"d1", "d11", "d2"}[r.IntN(3)], []string{"", "plaza"}[r.IntN(2)]
				switch r.IntN(8) {
				case 0:
					a.Parties = nil
				case 1:
					a.Place = ""
				case 2:
					a.Status = work.Planned
				}
			})
			continue
		case r.IntN(6) == 0 && len(z.activities) > 0:
			z.minute(max(0, len(z.activities)-1-r.IntN(3)))
			continue
		}
		z.happen(r, z.order[r.IntN(len(z.order))])
	}
}

func (z *zone) born(r *rand.Rand) {
	z.open(func(p *pipeline.Project) {
		if r.IntN(6) == 0 {
			p.Kind = pipeline.KindExpansion
		}
		p.Builds = r.IntN(4) > 0
		if n := len(z.activities); n > 0 && r.IntN(2) == 0 {
			p.Activity = z.activities[max(0, n-1-r.IntN(4))].ID
		}
		p.Method, p.Campaign = []string{"", "fair", "go_out", "fund"}[len(z.order)%4], []string{"c1", ""}[len(z.order)%2]
		p.Unit = []string{"d1", "d11", "d2", "op"}[r.IntN(4)]
		p.Track = []string{"", "general", "trade", "bonded"}[r.IntN(4)]
		p.Platform = []string{"", "", "plaza", "bonded"}[r.IntN(4)]
		p.Industry = []string{"C34", "C36", "I65", "K", "F52", "F51", ""}[r.IntN(7)]
		p.TotalMinor = []int64{3000_0000_00, 9999_9999_99, 1_0000_0000_00, 7_0000_0000_00, 10_0000_0000_00, 60_0000_0000_00}[r.IntN(6)]
		switch r.IntN(10) {
		case 0:
			p.TotalMinor, p.Currency = 0, ""
		case 1:
			p.Currency = "USD"
		}
	})
}

// happen does one thing to a project.
func (z *zone) happen(r *rand.Rand, id string) {
	p := z.projects[id]
	if p.ID == "" || p.Stage.Final() {
		return
	}
	next := follows(p.Stage)
	back := func() string { return string(z.today().AddDays(-r.IntN(25))) }
	switch k := r.IntN(20); {
	case k < 11 && next != "":
		on := back()
		if last := p.StageSince; on < last {
			on = last
		}
		switch {
		case next == pipeline.Signed && r.IntN(8) == 0:
			z.amend(id, func(p *pipeline.Project) { p.SigningHeldBy = "p0001" })
			z.ceremony(id, on, false)
		case next == pipeline.Signed:
			z.sign(id, on)
		default:
			z.reach(id, next, on)
		}
	case k < 12:
		z.date(id, pipeline.Started, pipeline.Planned, string(z.today().AddDays(r.IntN(200)-40)))
	case k == 13:
		z.date(id, pipeline.Started, pipeline.Forecast, string(z.today().AddDays(90)))
	case k == 14 && p.Stage.Rank() > 3:
		z.setBack(id, pipeline.Screening)
	case k == 15 && p.Stage.Rank() > 1:
		z.date(id, p.Stage, pipeline.Actual, back())
	case k == 16 && p.Stage.Rank() >= 4:
		z.amend(id, func(p *pipeline.Project) { p.Prior, p.Stage = p.Stage, pipeline.Terminated })
	case k == 16:
		z.amend(id, func(p *pipeline.Project) { p.Prior, p.Stage = p.Stage, pipeline.Lost })
	case k == 17 && p.Stage.Rank() >= 4 && r.IntN(3) == 0:
		z.fact(id, "in_statistics", back())
	case k >= 17 && p.Stage.Rank() >= 4 && r.IntN(2) == 0:
		z.pay(id, r.Int64N(2_0000_0000_00), []string{"CNY", "CNY", "USD"}[r.IntN(3)], []string{pipeline.PaidCash, pipeline.PaidInKind}[r.IntN(2)], back())
	case k == 12 && len(z.paid) > 0:
		z.void(r.IntN(len(z.paid)))
	case k == 17:
		z.amend(id, func(p *pipeline.Project) { p.TotalMinor += 5_0000_0000_00 })
	case k == 18 && p.Stage.Rank() >= 4:
		z.ceremony(id, back(), false)
	case k == 19 && r.IntN(10) == 0:
		z.takeBack(id)
	}
}

// follows is the stage after s; "" at the end of or beside the chain.
func follows(s pipeline.Stage) pipeline.Stage {
	chain := []pipeline.Stage{pipeline.Lead, pipeline.Screening, pipeline.Negotiating, pipeline.Signed, pipeline.Landed, pipeline.Started, pipeline.Producing, pipeline.Effective, ""}
	if i := slices.Index(chain, s); i >= 0 {
		return chain[i+1]
	}
	return ""
}

// setBack returns a project to a stage: later actual dates are taken back.
func (z *zone) setBack(id string, to pipeline.Stage) {
	p := z.projects[id]
	p.Stage, p.StageSince = to, ""
	p.Version++
	z.projects[id] = p
	changes := []journal.Change{journal.Put(p)}
	for _, m := range pipeline.Latest(z.milestones[id]) {
		if m.Kind == pipeline.Actual && m.Stage.Rank() > to.Rank() {
			changes = append(changes, journal.Put(z.milestone(id, m.Stage, pipeline.Actual, "")))
		}
		if m.Stage == to && m.Kind == pipeline.Actual {
			p.StageSince = m.On
		}
	}
	z.record("pipeline.set_back", id, changes...)
}

// takeBack drops a project as an undone import does.
func (z *zone) takeBack(id string) {
	changes := []journal.Change{journal.Drop(z.projects[id])}
	for _, m := range z.milestones[id] {
		changes = append(changes, journal.Drop(m))
	}
	delete(z.projects, id)
	z.milestones[id] = nil
	z.record("pipeline.import_undone", id, changes...)
}
