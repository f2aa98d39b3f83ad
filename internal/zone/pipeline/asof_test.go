package pipeline

import (
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// dated is a clock that stands at ten in the morning of a day in China and goes
// on by a second each time it is read.
type dated struct {
	day   kernel.Date
	reads int64
}

func (c *dated) now() time.Time {
	c.reads++
	return time.UnixMilli(c.day.Start() + 10*3_600_000 + c.reads*1000)
}

// open opens a database on SQLite whose clock is c.
func (c *dated) open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "test.db"), Now: c.now, Log: slog.New(slog.DiscardHandler)}, sources()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// asOf is project id as it had been recorded by the end of day.
func (r *room) asOf(id, day string) *Docket {
	r.t.Helper()
	k, err := r.desk.FindAsOf(r.leader(), id, day)
	r.must(err)
	return k
}

func TestAProjectAsOfAnyDay(t *testing.T) {
	t.Parallel()
	clock := &dated{day: "2026-10-02"}
	r := newRoom(t, clock.open(t))
	k := r.open(r.wholeFacts("轴承项目"))
	id := k.Project.ID
	clock.day = "2026-10-12"
	k = r.bring(k, Signed)
	voucher := r.paper(k, Voucher, "2026-05-02")
	clock.day = "2026-11-02"
	k, err := r.desk.RecordInstalment(r.officer(), id, 0, InstalmentEntry{Amount: *yuan(250_000), On: "2026-05-02", SourceKind: PaidCash, Evidence: voucher})
	r.must(err)
	clock.day = "2026-11-12"
	// Learnt in November, in force since June: what was known is not what held.
	k, err = r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: yuan(2_000_000), Reason: text("补充协议"), EffectiveOn: text("2026-06-01"), Name: text("轴承二期")})
	r.must(err)
	_, err = r.desk.VoidInstalment(r.officer(), id, 0, k.Instalments[0].ID, "凭证有误")
	r.must(err)
	clock.day = "2026-11-23"

	for _, c := range []struct {
		day              string
		stage            Stage
		name             string
		total            int64
		papers, payments int
		paid             int64
	}{
		{"2026-10-02", Lead, "轴承项目", 1_000_000, 0, 0, 0}, {"2026-10-11", Lead, "轴承项目", 1_000_000, 0, 0, 0}, {"2026-10-12", Signed, "轴承项目", 1_000_000, 5, 0, 0},
		{"2026-11-11", Signed, "轴承项目", 1_000_000, 5, 1, 250_000}, {"2026-11-12", Signed, "轴承二期", 2_000_000, 5, 1, 0}, {"2026-11-23", Signed, "轴承二期", 2_000_000, 5, 1, 0},
	} {
		k := r.asOf(id, c.day)
		p := k.Project
		if p.Stage != c.stage || p.Name != c.name || p.TotalMinor != c.total*100 || len(k.Evidence) != c.papers || len(k.Instalments) != c.payments || k.paidIn("CNY") != *yuan(c.paid) || string(k.AsOf) != c.day {
			t.Errorf("as of %s: %s %s %d, %d papers, %d payments of %v", c.day, p.Stage, p.Name, p.TotalMinor, len(k.Evidence), len(k.Instalments), k.paidIn("CNY"))
		}
	}
	// By July the contract was known as one million; today we know it was two.
	contract := series{TotalInvestment, Promised, ""}
	if f, _ := inForce(r.asOf(id, "2026-11-11").Figures, contract, "2026-07-01"); f.Amount != 1_000_000_00 {
		t.Errorf("known then: %d", f.Amount)
	}
	if f, _ := inForce(r.find(id).Figures, contract, "2026-07-01"); f.Amount != 2_000_000_00 {
		t.Errorf("known now: %d", f.Amount)
	}
	// As of today is as it stands, and everything filed is there.
	now, was := r.find(id), r.asOf(id, "2026-11-23")
	if !reflect.DeepEqual(now.Project, was.Project) || !reflect.DeepEqual(now.Milestones, was.Milestones) || !reflect.DeepEqual(now.Evidence, was.Evidence) || !reflect.DeepEqual(now.Signoffs, was.Signoffs) ||
		!reflect.DeepEqual(now.Figures, was.Figures) || !reflect.DeepEqual(now.Instalments, was.Instalments) || !reflect.DeepEqual(now.Signing, was.Signing) || !reflect.DeepEqual(now.Ceremonies, was.Ceremonies) {
		t.Errorf("as of today %+v\nit stands %+v", was, now)
	}
	if was := r.asOf(id, "2026-10-11"); was.Signing != nil || len(was.Ceremonies) != 0 || was.OwnerName != now.OwnerName {
		t.Errorf("before the signing: %+v", was)
	}
	_, err = r.desk.FindAsOf(r.leader(), id, "2026-10-01")
	if f := r.refused(err, kernel.ErrNotFound, "pipeline.not_yet"); !reflect.DeepEqual(f.Args, []any{"2026-10-01", "2026-10-02"}) {
		t.Errorf("refused with %v", f.Args)
	}
	_, err = r.desk.FindAsOf(r.leader(), id, "2026-11-24")
	r.refused(err, kernel.ErrInvalid, "pipeline.as_of_future")
	_, err = r.desk.FindAsOf(r.leader(), id, "2026-13-01")
	r.refused(err, kernel.ErrInvalid, "kernel.date_form")
	_, err = r.desk.FindAsOf(r.as("officer-2", "d2", "officer"), id, "2026-10-12")
	r.refused(err, kernel.ErrNotFound, "pipeline.not_found")
}

func TestAListAsOfAnyDay(t *testing.T) {
	t.Parallel()
	clock := &dated{day: "2026-10-02"}
	r := newRoom(t, clock.open(t))
	first := r.open(r.wholeFacts("甲项目"))
	second := r.open(leadFacts("乙项目"))
	clock.day = "2026-10-12"
	third := r.open(r.wholeFacts("丙项目"))
	_, err := r.desk.Amend(r.officer(), first.Project.ID, first.Project.Version, Facts{Total: yuan(3_000_000)})
	r.must(err)
	clock.day = "2026-11-12"
	_, err = r.desk.CallOff(r.officer(), second.Project.ID, second.Project.Version, CallOffOrder{To: Lost, Reason: "未谈成"})
	r.must(err)
	// Handed to the second department: today's holder decides who may look back.
	_, err = r.desk.Amend(r.as("lead-zone", "zone", "department_lead"), third.Project.ID, third.Project.Version, Facts{Unit: text("d2"), Owner: text("")})
	r.must(err)
	clock.day = "2026-11-23"

	list := func(day, sort string, f Filter) (names []string) {
		f.AsOf = day
		var after *Place
		for {
			rows, next, err := r.desk.List(r.leader(), f, sort, after, 1)
			r.must(err)
			for _, l := range rows {
				names = append(names, l.Name)
			}
			if after = next; next == nil {
				return names
			}
		}
	}
	for _, c := range []struct {
		day, sort string
		f         Filter
		want      []string
	}{
		{"2026-10-01", "name", Filter{}, nil},
		{"2026-10-02", "name", Filter{}, []string{"甲项目", "乙项目"}},
		{"2026-10-02", "-name", Filter{}, []string{"乙项目", "甲项目"}},
		{"2026-10-12", "-amount", Filter{}, []string{"甲项目", "丙项目", "乙项目"}},
		{"2026-10-12", "name", Filter{Currency: "CNY", Min: "2000000"}, []string{"甲项目"}},
		{"2026-10-11", "name", Filter{Currency: "CNY", Min: "2000000"}, nil},
		{"2026-11-11", "name", Filter{Stages: []string{"lost"}}, nil},
		{"2026-11-12", "name", Filter{Stages: []string{"lost"}}, []string{"乙项目"}},
		{"2026-11-11", "name", Filter{Unit: "d1"}, []string{"丙项目", "甲项目", "乙项目"}},
		{"2026-11-12", "name", Filter{Unit: "d1"}, []string{"甲项目", "乙项目"}},
		{"2026-11-23", "name", Filter{Q: "丙"}, []string{"丙项目"}},
	} {
		got := list(c.day, c.sort, c.f)
		want := slices.Clone(c.want)
		if c.sort == "name" { // whatever the order of names is, it is the one of today's list
			slices.Sort(got)
			slices.Sort(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("as of %s %+v by %s: %v, want %v", c.day, c.f, c.sort, got, c.want)
		}
	}
	totals, err := r.desk.Totals(r.leader(), Filter{AsOf: "2026-10-02"})
	r.must(err)
	if totals.Count != 2 || len(totals.ByCurrency) != 2 {
		t.Errorf("totals %+v", totals)
	}
	for _, c := range totals.ByCurrency {
		if c.Currency == "CNY" && (c.Count != 1 || c.Total != *yuan(1_000_000)) {
			t.Errorf("totals %+v", c)
		}
	}
	// The officer of the first department no longer sees what was handed over, of
	// no day; the second department sees it of every day.
	rows, _, err := r.desk.List(r.officer(), Filter{AsOf: "2026-10-12"}, "name", nil, 10)
	r.must(err)
	if len(rows) != 2 {
		t.Errorf("the first department sees %d", len(rows))
	}
	rows, _, err = r.desk.List(r.as("officer-2", "d2", "officer"), Filter{AsOf: "2026-10-12"}, "name", nil, 10)
	r.must(err)
	if len(rows) != 1 || rows[0].Name != "丙项目" || rows[0].Unit != "d1" {
		t.Errorf("the second department sees %+v", rows)
	}
	_, _, err = r.desk.List(r.leader(), Filter{AsOf: "2026-11-24"}, "name", nil, 10)
	r.refused(err, kernel.ErrInvalid, "pipeline.as_of_future")
	_, err = r.desk.Totals(r.leader(), Filter{AsOf: "gestern"})
	r.refused(err, kernel.ErrInvalid, "kernel.date_form")
}

// A reckoning is no work on a project, but a list as of an earlier day knows the
// due day of that day, not the one reckoned since.
func TestAListAsOfADayBeforeAReckoning(t *testing.T) {
	t.Parallel()
	clock := &dated{day: "2026-11-20"}
	r := newRoom(t, clock.open(t))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Negotiating)
	k = r.supply(k, Signed, "2026-11-20")
	k, err := r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Signed})
	r.must(err)
	if k.Project.DueOn != "2027-03-26" || !k.Project.DueProvisional {
		t.Fatalf("due %s, provisional %v", k.Project.DueOn, k.Project.DueProvisional)
	}
	clock.day = "2026-12-01"
	r.year2027("2027-01-04", "2027-02-08", "2027-02-09", "2027-02-10")
	if n := r.reckon(); n != 1 {
		t.Fatalf("%d reckoned", n)
	}
	clock.day = "2026-12-02"
	for day, want := range map[string]string{"2026-11-30": "2027-03-26", "2026-12-01": "2027-04-02", "": "2027-04-02"} {
		rows, _, err := r.desk.List(r.leader(), Filter{AsOf: day}, "name", nil, 10)
		r.must(err)
		if len(rows) != 1 || rows[0].DueOn != want || rows[0].DueProvisional != (want == "2027-03-26") {
			t.Errorf("as of %q: %+v", day, rows)
		}
	}
}

// What a list as of today lets through, and in which order, is what the database
// says today: the two ways of filtering are one.
func TestFilteringInMemoryIsFilteringInTheDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		for i := range 12 {
			f := leadFacts([]string{"Ärger％", "轴承", "bearing_", "轴承"}[i%4] + string(rune('a'+i)))
			if i%2 == 0 {
				f = r.wholeFacts(*f.Name)
				f.Total = yuan(int64(700_000 + i*100_000))
			}
			if i%3 == 0 {
				f.Industry, f.Site = text("C36"), text("二号地块")
			}
			k := r.open(f)
			if i%5 == 0 {
				k = r.bring(r.open(r.wholeFacts("推进"+*f.Name)), Screening)
			}
			if i == 7 {
				_, err := r.desk.CallOff(r.officer(), k.Project.ID, 0, CallOffOrder{To: Lost, Reason: "未谈成"})
				r.must(err)
			}
		}
		today := string(kernel.DayOf(db.Now().UnixMilli()))
		for _, f := range []Filter{
			{}, {Q: "轴"}, {Q: "Ä"}, {Q: "%"}, {Q: "_"}, {Q: "BEAR"}, {Stages: []string{"lead", "lost"}}, {Unit: "d1"}, {Unit: "d2"}, {Owner: officer}, {Investor: r.investor},
			{Kind: KindExpansion}, {Industry: "C"}, {Industry: "C36"}, {Currency: "CNY", Min: "1000000"}, {Currency: "CNY", Max: "1000000"}, {Currency: "USD"},
			{Since: "2026-02-01"}, {Until: "2026-02-01"}, {Origin: OriginEntered}, {Origin: OriginImported}, {Run: "x"}, {Missing: true}, {Overdue: true}, {Track: GeneralTrack}, {Track: "bonded"},
			{Platform: "x"}, {Activity: "x"}, {Method: "x"}, {Campaign: "x"},
		} {
			for _, sort := range []string{"", "updated_at", "amount", "-amount", "name", "-name", "stage_since", "-stage_since"} {
				ids := func(asOf string) (ids []string) {
					f := f
					f.AsOf = asOf
					var after *Place
					for {
						rows, next, err := r.desk.List(r.leader(), f, sort, after, 4)
						r.must(err)
						for _, l := range rows {
							ids = append(ids, l.ID)
						}
						if after = next; next == nil {
							return ids
						}
					}
				}
				if now, then := ids(""), ids(today); !slices.Equal(now, then) {
					t.Errorf("%+v by %s: %v in the database, %v in memory", f, sort, now, then)
				}
			}
			now, err := r.desk.Totals(r.leader(), f)
			r.must(err)
			f.AsOf = today
			then, err := r.desk.Totals(r.leader(), f)
			r.must(err)
			if !reflect.DeepEqual(now, then) {
				t.Errorf("%+v: totals %+v and %+v", f, now, then)
			}
		}
	})
}
