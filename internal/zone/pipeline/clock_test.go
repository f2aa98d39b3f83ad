package pipeline

import (
	"testing"

	"sente/internal/infra/calendar"
	"sente/internal/kernel"
)

// pipe is a pipeline with the limits given, all along the chain.
func pipe(limits ...Limit) Track {
	t := Track{ID: GeneralTrack, Zh: "演示流程", En: "Demo"}
	for _, s := range chain() {
		info, _ := s.Info()
		t.Stages = append(t.Stages, TrackStage{ID: s, Zh: info.Zh, En: info.En})
	}
	for i, l := range limits {
		if l.ValidFrom == "" {
			limits[i].ValidFrom = "2018-01-01"
		}
	}
	t.Limits = limits
	return t
}

// reckoner counts by the shipped calendar, one pipeline for all time.
func reckoner(today kernel.Date, t Track) Reckoner {
	return Reckoner{Calendar: calendar.Shipped(), Today: today, Shipped: Tracks{t}}
}

// been makes actual milestones of "stage date" pairs.
func been(pairs ...string) (out []Milestone) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, Milestone{Seq: int64(i + 1), Stage: Stage(pairs[i]), Kind: Actual, On: pairs[i+1], Precision: ByDay})
	}
	return out
}

func only(t *testing.T, r Reckoner, p Project, all []Milestone) Clock {
	t.Helper()
	got := r.Clocks(p, all, "zh")
	if len(got) != 1 {
		t.Fatalf("%d clocks: %+v", len(got), got)
	}
	return got[0]
}

func TestClockStates(t *testing.T) {
	t.Parallel()
	landing := Limit{From: Signed, To: Landed, Days: 10, Unit: WorkingDays, Zh: "签约到落地"}
	for _, c := range []struct {
		name  string
		today kernel.Date
		limit Limit
		p     Project
		been  []Milestone
		state string
		why   string
		due   kernel.Date
		used  int
		left  int
	}{
		{"not begun", "2026-10-20", landing, Project{Stage: Lead}, been("lead", "2026-09-01"), ClockWaiting, "", "", 0, 0},
		{"running over the holiday and a make-up Saturday", "2026-10-12", landing, Project{Stage: Signed}, been("signed", "2026-09-24"), ClockRunning, "", "2026-10-15", 7, 3},
		{"a make-up Sunday counts", "2026-09-21", landing, Project{Stage: Signed}, been("signed", "2026-09-18"), ClockRunning, "", "2026-10-09", 2, 8},
		{"on the due day", "2026-10-15", landing, Project{Stage: Signed}, been("signed", "2026-09-24"), ClockRunning, "", "2026-10-15", 10, 0},
		{"the day after", "2026-10-16", landing, Project{Stage: Signed}, been("signed", "2026-09-24"), ClockOverdue, "", "2026-10-15", 11, -1},
		{"reached early", "2026-11-20", landing, Project{Stage: Landed}, been("signed", "2026-09-24", "landed", "2026-10-09"), ClockMetEarly, "", "2026-10-15", 5, 5},
		{"reached on the day", "2026-11-20", landing, Project{Stage: Landed}, been("signed", "2026-09-24", "landed", "2026-10-15"), ClockMetEarly, "", "2026-10-15", 10, 0},
		{"reached late", "2026-11-20", landing, Project{Stage: Landed}, been("signed", "2026-09-24", "landed", "2026-10-19"), ClockMetLate, "", "2026-10-15", 12, -2},
		{"shelved runs on", "2026-10-16", landing, Project{Stage: Shelved, Prior: Signed}, been("signed", "2026-09-24"), ClockOverdue, "", "2026-10-15", 11, -1},
		{"ended on the way", "2026-11-20", landing, Project{Stage: Terminated, Prior: Signed}, been("signed", "2026-09-24"), ClockEnded, "", "2026-10-15", 36, -26},
		{"ended after it was reached", "2026-11-20", landing, Project{Stage: Terminated, Prior: Landed}, been("signed", "2026-09-24", "landed", "2026-10-19"), ClockMetLate, "", "2026-10-15", 12, -2},
		{"start unknown", "2026-11-20", landing, Project{Stage: Signed}, nil, ClockInsufficient, WhyNoStart, "", 0, 0},
		{"end unknown", "2026-11-20", landing, Project{Stage: Landed}, been("signed", "2026-09-24"), ClockInsufficient, WhyNoEnd, "", 0, 0},
		{"dates run backwards", "2026-11-20", landing, Project{Stage: Landed}, been("signed", "2026-09-24", "landed", "2026-09-01"), ClockInsufficient, WhyOrder, "", 0, 0},
		{"begins tomorrow: a wrong clock", "2026-09-23", landing, Project{Stage: Signed}, been("signed", "2026-09-24"), ClockInsufficient, WhyFuture, "", 0, 0},
		{"leap day by months", "2024-02-29", Limit{From: Signed, To: Landed, Days: 1, Unit: Months}, Project{Stage: Signed}, been("signed", "2024-01-31"), ClockRunning, "", "2024-02-29", 29, 0},
		{"end of month", "2023-03-01", Limit{From: Signed, To: Landed, Days: 1, Unit: Months}, Project{Stage: Signed}, been("signed", "2023-01-31"), ClockOverdue, "", "2023-02-28", 29, -1},
		{"a year from a leap day", "2025-02-28", Limit{From: Signed, To: Landed, Days: 12, Unit: Months}, Project{Stage: Signed}, been("signed", "2024-02-29"), ClockRunning, "", "2025-02-28", 365, 0},
		{"days", "2026-03-01", Limit{From: Signed, To: Landed, Days: 180, Unit: CalendarDays}, Project{Stage: Signed}, been("signed", "2026-01-01"), ClockRunning, "", "2026-06-30", 59, 121},
		{"no limit yet", "2026-11-20", Limit{From: Signed, To: Landed, Days: 9, Unit: WorkingDays, ValidFrom: "2026-10-01"}, Project{Stage: Signed}, been("signed", "2026-09-24"), ClockNoLimit, WhyNotInForce, "", 0, 0},
		{"for builders alone", "2026-11-20", Limit{From: Signed, To: Landed, Days: 9, Unit: WorkingDays, Applies: "build"}, Project{Stage: Signed}, been("signed", "2026-09-24"), ClockNotApplicable, WhyKind, "", 0, 0},
	} {
		got := only(t, reckoner(c.today, pipe(c.limit)), c.p, c.been)
		if got.State != c.state || got.Why != c.why || got.DueOn != c.due || got.Used != c.used || got.Left != c.left || got.Provisional {
			t.Errorf("%s: %s (%s) due %s, used %d, left %d, want %s (%s) due %s, used %d, left %d", c.name, got.State, got.Why, got.DueOn, got.Used, got.Left,
				c.state, c.why, c.due, c.used, c.left)
		}
	}
}

// A limit that goes by size needs the size, in yuan: no rate is guessed.
func TestClockBySize(t *testing.T) {
	t.Parallel()
	const yi = 10_000_000_000 // fen in 1 亿元
	track := pipe(Limit{From: Started, To: Producing, Days: 12, Unit: Months, MinFen: yi, MaxFen: 5 * yi, Applies: "build"},
		Limit{From: Started, To: Producing, Days: 18, Unit: Months, MinFen: 5 * yi, Applies: "build"})
	for _, c := range []struct {
		total      kernel.Money
		builds     bool
		state, why string
		limit      int
	}{
		{kernel.Money{Minor: yi, Currency: "CNY"}, true, ClockRunning, "", 12},
		{kernel.Money{Minor: 5*yi - 1, Currency: "CNY"}, true, ClockRunning, "", 12},
		{kernel.Money{Minor: 5 * yi, Currency: "CNY"}, true, ClockRunning, "", 18},
		{kernel.Money{Minor: yi - 1, Currency: "CNY"}, true, ClockNoLimit, WhySize, 0},
		{kernel.Money{Minor: 9 * yi, Currency: "USD"}, true, ClockInsufficient, WhyCurrency, 0},
		{kernel.Money{}, true, ClockInsufficient, WhyAmount, 0},
		{kernel.Money{Minor: yi, Currency: "CNY"}, false, ClockNotApplicable, WhyKind, 0},
	} {
		p := Project{Stage: Started, Builds: c.builds, TotalMinor: c.total.Minor, Currency: c.total.Currency}
		got := only(t, reckoner("2026-11-20", track), p, been("started", "2026-03-01"))
		if got.State != c.state || got.Why != c.why || got.Limit != c.limit {
			t.Errorf("%v, builds %v: %s (%s) limit %d, want %s (%s) %d", c.total, c.builds, got.State, got.Why, got.Limit, c.state, c.why, c.limit)
		}
	}
}

// A stage the pipeline leaves out is not applicable, neither late nor missing.
func TestClockOfAStageThatDoesNotApply(t *testing.T) {
	t.Parallel()
	track := pipe(Limit{From: Landed, To: Started, Days: 5, Unit: WorkingDays})
	track.Stages = append(track.Stages[:5:5], track.Stages[6:]...) // without 开工
	got := only(t, reckoner("2026-11-20", track), Project{Stage: Landed}, been("landed", "2026-03-01"))
	if got.State != ClockNotApplicable || got.Why != WhyStage || got.DueOn != "" {
		t.Errorf("%+v", got)
	}
}

// The limit in force on the day a span began judges it, also after it changed,
// whether the change is a new row or a new version of the whole pipeline.
func TestClockKeepsTheLimitItBeganUnder(t *testing.T) {
	t.Parallel()
	rows := pipe(Limit{From: Signed, To: Landed, Days: 90, Unit: WorkingDays, ValidTo: "2026-06-30", Source: "旧"},
		Limit{From: Signed, To: Landed, Days: 60, Unit: WorkingDays, ValidFrom: "2026-07-01", Source: "新"})
	old, fresh := pipe(Limit{From: Signed, To: Landed, Days: 90, Unit: WorkingDays, Source: "旧"}), pipe(Limit{From: Signed, To: Landed, Days: 60, Unit: WorkingDays, Source: "新"})
	old.ValidTo, fresh.ValidFrom = "2026-06-30", "2026-07-01"
	versions := Reckoner{Calendar: calendar.Shipped(), Today: "2026-11-20", Own: map[string][]Track{GeneralTrack: {fresh, old}}}
	for _, r := range []Reckoner{reckoner("2026-11-20", rows), versions} {
		for start, want := range map[string]struct {
			days   int
			source string
		}{"2026-06-30": {90, "旧"}, "2026-07-01": {60, "新"}} {
			got := only(t, r, Project{Stage: Signed}, been("signed", start))
			if got.Limit != want.days || got.Source != want.source {
				t.Errorf("begun %s: limit %d (%s), want %d (%s)", start, got.Limit, got.Source, want.days, want.source)
			}
		}
	}
}

// Beyond the calendar a due day is provisional and nobody is late, however long
// it takes; the next year's facts make it firm and only then it is judged.
func TestClockAtTheEdgeOfTheCalendar(t *testing.T) {
	t.Parallel()
	track := pipe(Limit{From: Signed, To: Landed, Days: 40, Unit: WorkingDays})
	p, begun := Project{Stage: Signed}, been("signed", "2026-12-01")
	for _, today := range []kernel.Date{"2026-12-20", "2027-01-26", "2027-01-27", "2027-08-01"} {
		got := only(t, reckoner(today, track), p, begun)
		if got.State != ClockProvisional || got.Why != WhyCalendar || !got.Provisional || got.DueOn != "2027-01-26" {
			t.Errorf("on %s: %s (%s) due %s", today, got.State, got.Why, got.DueOn)
		}
	}
	// Reached within the days that are known: in time, whatever comes.
	if got := only(t, reckoner("2027-03-01", track), Project{Stage: Landed}, append(begun, been("", "", "landed", "2026-12-24")[1:]...)); got.State != ClockMetEarly || !got.Provisional {
		t.Errorf("reached in December: %+v", got)
	}
	// Reached beyond them: not judged yet.
	reached := append(begun, been("", "", "landed", "2027-03-01")[1:]...)
	if got := only(t, reckoner("2027-03-02", track), Project{Stage: Landed}, reached); got.State != ClockProvisional {
		t.Errorf("reached in March: %+v", got)
	}
	next := calendar.Year{Year: 2027}
	for d := kernel.Date("2027-01-01"); d <= "2027-01-03"; d = d.AddDays(1) {
		next.Days = append(next.Days, calendar.Day{On: d, Kind: calendar.Off})
	}
	r := reckoner("2027-01-28", track) // New Year's Day, a Friday off, moves it by a day
	r.Calendar = calendar.New(7, calendar.Year{Year: 2026, Days: nil}, next)
	if got := only(t, r, p, begun); got.State != ClockOverdue || got.Provisional || got.Left != -1 || got.DueOn != "2027-01-27" {
		t.Errorf("with 2027 known: %+v", got)
	}
	if got := only(t, r, Project{Stage: Landed}, reached); got.State != ClockMetLate {
		t.Errorf("with 2027 known, reached in March: %+v", got)
	}
}

func TestDueNext(t *testing.T) {
	t.Parallel()
	track := pipe(Limit{From: Lead, To: Signed, Days: 400, Unit: CalendarDays}, Limit{From: Negotiating, To: Signed, Days: 30, Unit: CalendarDays}, Limit{From: Lead, To: Screening, Days: 5, Unit: CalendarDays})
	r := reckoner("2026-11-20", track)
	all := been("lead", "2026-01-05", "screening", "2026-01-20", "negotiating", "2026-02-01")
	next, ok := r.Due(Project{Stage: Negotiating}, all, "zh")
	if !ok || next.From != Negotiating || next.DueOn != "2026-03-03" {
		t.Errorf("%+v", next)
	}
	for _, p := range []Project{{Stage: Shelved, Prior: Negotiating}, {Stage: Lost, Prior: Negotiating}, {Stage: Signed}} {
		if next, ok := r.Due(p, all, "zh"); ok {
			t.Errorf("%s: due %+v", p.Stage, next)
		}
	}
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from kernel.Date
		n    int
		want kernel.Date
	}{{"2026-01-31", 1, "2026-02-28"}, {"2024-01-31", 1, "2024-02-29"}, {"2026-03-31", 1, "2026-04-30"}, {"2026-11-15", 3, "2027-02-15"},
		{"2026-12-31", 14, "2028-02-29"}, {"2024-02-29", 36, "2027-02-28"}, {"", 3, ""}} {
		if got := addMonths(c.from, c.n); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.n, got, c.want)
		}
	}
}

func TestThresholds(t *testing.T) {
	t.Parallel()
	if s, ok := DefaultThresholds().At(DueSoon, "2026-11-20"); !ok || s.Value != 5 {
		t.Errorf("%+v %v", s, ok)
	}
	if _, ok := DefaultThresholds().At(DueSoon, "2019-12-31"); ok {
		t.Error("a threshold judges days before its term")
	}
	for _, bad := range []string{`[{"id":"x"}]`, `[{"id":"quiet","value":0,"unit":"day","zh":"a","en":"b","valid_from":"2020-01-01","valid_to":"","source":"c"}]`, `{}`,
		`[{"id":"quiet","value":3,"unit":"month","zh":"a","en":"b","valid_from":"2020-01-01","valid_to":"","source":"c"}]`} {
		if _, err := ParseThresholds([]byte(bad)); err == nil {
			t.Errorf("%s passes", bad)
		}
	}
}

func TestWaitsFor(t *testing.T) {
	t.Parallel()
	item := func(kind, id string, met bool) GateItem { return GateItem{Kind: kind, ID: id, Met: met} }
	papers := []GateItem{item(NeedEvidence, "contract", true), item(NeedSignoff, "leader", false), item(NeedSignoff, "department_lead", false)}
	for _, c := range []struct {
		p     Project
		next  Stage
		items []GateItem
		want  string
	}{
		{Project{Stage: Negotiating}, Signed, papers, "department_lead"},
		{Project{Stage: Negotiating}, Signed, append(papers[:2:2], item(NeedSignoff, "department_lead", true)), "leader"},
		{Project{Stage: Negotiating}, Signed, append(papers, item(NeedField, "site", false)), WaitsOwner},
		{Project{Stage: Negotiating}, Signed, papers[:1], WaitsOwner},
		{Project{Stage: Negotiating, SigningHeldBy: "x"}, Signed, papers, WaitsCoordination},
		{Project{Stage: Effective}, "", nil, WaitsNobody},
		{Project{Stage: Shelved, Prior: Negotiating}, Signed, papers, WaitsNobody},
	} {
		if got := waitsFor(c.p, c.next, c.items); got != c.want {
			t.Errorf("%+v: %q, want %q", c, got, c.want)
		}
	}
}
