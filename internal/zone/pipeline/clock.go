package pipeline

import (
	"slices"
	"time"

	"sente/internal/infra/calendar"
	"sente/internal/kernel"
)

// The states of a clock. Nobody is judged late while a date may still move.
const (
	ClockWaiting       = "waiting"        // 未开始: the span has not begun
	ClockRunning       = "running"        // 进行中
	ClockProvisional   = "provisional"    // 暂定: the due day, or the count, lies beyond the calendar
	ClockOverdue       = "overdue"        // 逾期: not reached, and the due day is over
	ClockMetEarly      = "met_early"      // 提前或按期完成
	ClockMetLate       = "met_late"       // 逾期完成
	ClockNoLimit       = "no_limit"       // 无时限: none was in force when the span began
	ClockNotApplicable = "not_applicable" // 不适用
	ClockInsufficient  = "insufficient"   // 数据不足
	ClockEnded         = "ended"          // 已终局: lost or terminated on the way
)

// Why a clock cannot be judged, or not yet.
const (
	WhyStage      = "stage"            // the pipeline has no such stage
	WhyKind       = "kind"             // the limit is for projects that build, or that do not
	WhyAmount     = "no_amount"        // the limit goes by size, and no total investment is stated
	WhyCurrency   = "currency"         // … and it is not stated in yuan
	WhySize       = "size"             // no limit for an investment of this size
	WhyNoStart    = "no_start"         // the first stage was reached on an unknown day
	WhyNoEnd      = "no_end"           // the second stage was reached on an unknown day
	WhyImprecise  = "imprecise"        // a register knows the month or year only
	WhyOrder      = "order"            // the actual dates run backwards
	WhyFuture     = "start_in_future"  // the span begins after today: a wrong date or a wrong clock
	WhyCalendar   = "calendar"         // beyond the calendar: firm once the year is imported
	WhyNotInForce = "not_in_force_yet" // no limit was in force on the day the span began
)

// Clock is how one span of a project stands against its limit (早落地、早开工、
// 早见效). A shelved project's clocks run on, so that nothing is gained by
// shelving, but nothing of it is due and nobody is shown as being late with it.
type Clock struct {
	From        Stage       `json:"from"`
	To          Stage       `json:"to"`
	Name        string      `json:"name" doc:"of the span, in the caller's language"`
	State       string      `json:"state" enum:"waiting,running,provisional,overdue,met_early,met_late,no_limit,not_applicable,insufficient,ended"`
	Why         string      `json:"why" doc:"why the clock is not or not yet judged"`
	Limit       int         `json:"limit" doc:"how many of unit; 0: none"`
	Unit        string      `json:"unit" enum:",working_day,day,month"`
	Source      string      `json:"source" doc:"of the limit"`
	Since       kernel.Date `json:"limit_since" doc:"the limit is the one in force since then; it was on the day the span began"`
	StartOn     kernel.Date `json:"start_on" doc:"actual date of the first stage"`
	DueOn       kernel.Date `json:"due_on" doc:"last day in time"`
	Provisional bool        `json:"provisional" doc:"due_on may still move: the calendar does not cover the way to it"`
	PlannedOn   kernel.Date `json:"planned_on"`
	ForecastOn  kernel.Date `json:"forecast_on"`
	ReachedOn   kernel.Date `json:"reached_on" doc:"actual date of the second stage"`
	Used        int         `json:"used" doc:"from the start until it was reached or today, in count_unit"`
	Left        int         `json:"left" doc:"until the due day, in count_unit; negative: over"`
	CountUnit   string      `json:"count_unit" enum:",working_day,day" doc:"months are counted off in days"`
}

// Running reports whether the span has begun and not ended.
func (c Clock) Running() bool {
	return c.State == ClockRunning || c.State == ClockProvisional && c.ReachedOn == "" || c.State == ClockOverdue
}

// Reckoner reckons clocks by a zone's calendar and pipelines.
type Reckoner struct {
	Calendar calendar.Calendar
	Today    kernel.Date
	Own      map[string][]Track // a zone's own versions of each pipeline, the newest first
	Shipped  Tracks             // with the program
}

// Track is the pipeline p follows as in force on day: the newest of the zone's
// own versions, else the shipped one, else the general one.
func (r Reckoner) Track(p Project, day kernel.Date) Track {
	return r.on(p.TrackID(), day).including(p.Standing())
}

func (r Reckoner) on(id string, day kernel.Date) Track {
	for _, t := range r.Own[id] {
		if !day.Before(t.ValidFrom) && !t.ValidTo.Before(day) {
			return t
		}
	}
	if t, ok := r.Shipped.Find(id); ok || id == GeneralTrack {
		return t
	}
	return r.on(GeneralTrack, day)
}

// Clocks returns the clock of every span p's pipeline sets a limit for, along
// the pipeline. A span is judged by the limit in force on the day it began.
func (r Reckoner) Clocks(p Project, all []Milestone, lang string) []Clock {
	return r.clocks(p, all, lang, false)
}

// clocks is Clocks, or only those that may be running.
func (r Reckoner) clocks(p Project, all []Milestone, lang string, open bool) []Clock {
	now := r.Track(p, r.Today)
	dates := datesOf(all)
	out := []Clock{}
	for _, s := range spans(now) {
		if open && (!dates.actual(s[0]).day.Known() || dates.actual(s[1]).day.Known()) {
			continue
		}
		c := Clock{From: s[0], To: s[1], StartOn: dates.actual(s[0]).day, ReachedOn: dates.actual(s[1]).day,
			PlannedOn: dates[dateKey{s[1], Planned}].day, ForecastOn: dates[dateKey{s[1], Forecast}].day}
		out = append(out, r.judge(c, p, now, dates, lang))
	}
	return out
}

// spans lists the pairs of stages t sets limits for, along t.
func spans(t Track) (out [][2]Stage) {
	for _, l := range t.Limits {
		if s := [2]Stage{l.From, l.To}; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b [2]Stage) int {
		if c := t.compare(a[0], b[0]); c != 0 {
			return c
		}
		return t.compare(a[1], b[1])
	})
	return out
}

// knownDay is an actual, planned or forecast day and how exactly it is known.
type knownDay struct {
	day   kernel.Date
	exact bool
}

type dateKey struct {
	stage Stage
	kind  string
}

type dates map[dateKey]knownDay

func datesOf(all []Milestone) dates {
	out := dates{}
	for _, m := range Latest(all) {
		out[dateKey{m.Stage, m.Kind}] = knownDay{kernel.Date(m.On), m.Precision == ByDay || m.Precision == ""}
	}
	return out
}

func (d dates) actual(s Stage) knownDay { return d[dateKey{s, Actual}] }

// judge fills in c, whose dates are set.
func (r Reckoner) judge(c Clock, p Project, now Track, known dates, lang string) Clock {
	day := r.Today
	if c.StartOn.Known() {
		day = c.StartOn
	}
	limit, state, why := limitOf(r.Track(p, day), now, p, c, day)
	c.Name = spanName(limit, now, c, lang)
	c.Limit, c.Unit, c.Source, c.Since = limit.Days, limit.Unit, limit.Source, limit.ValidFrom
	at := now.place(p.Standing())
	switch begun, passed := now.place(c.From) <= at, now.place(c.To) <= at; {
	case state != "":
		c.State, c.Why = state, why
	case !begun:
		c.State = ClockWaiting
	case !c.StartOn.Known():
		c.State, c.Why = ClockInsufficient, WhyNoStart
	case passed && !c.ReachedOn.Known():
		c.State, c.Why = ClockInsufficient, WhyNoEnd
	case !known.actual(c.From).exact || c.ReachedOn.Known() && !known.actual(c.To).exact:
		c.State, c.Why = ClockInsufficient, WhyImprecise
	case c.ReachedOn.Before(c.StartOn):
		c.State, c.Why = ClockInsufficient, WhyOrder
	case !c.ReachedOn.Known() && r.Today.Before(c.StartOn):
		c.State, c.Why = ClockInsufficient, WhyFuture
	case !passed && p.Stage.Final():
		c = r.measure(c)
		c.State = ClockEnded
	default:
		c = r.measure(c)
		c = r.verdict(c)
	}
	return c
}

// limitOf finds the limit for c's span in then, the pipeline in force when the
// span began; state and why say why there is none.
func limitOf(then, now Track, p Project, c Clock, day kernel.Date) (l Limit, state, why string) {
	if !now.Applies(c.From) || !now.Applies(c.To) {
		return l, ClockNotApplicable, WhyStage
	}
	state, why = ClockNoLimit, WhyNotInForce
	for _, x := range then.Limits {
		if x.From != c.From || x.To != c.To || day.Before(x.ValidFrom) || x.ValidTo.Before(day) {
			continue
		}
		sized := x.MinFen != 0 || x.MaxFen != 0
		switch {
		case x.Applies != "" && (x.Applies == "build") != p.Builds:
			if state == ClockNoLimit && why == WhyNotInForce {
				state, why = ClockNotApplicable, WhyKind
			}
		case x.Covers(p, day):
			return x, "", ""
		case sized && !p.Total().Stated():
			state, why = ClockInsufficient, WhyAmount
		case sized && p.Currency != "CNY":
			state, why = ClockInsufficient, WhyCurrency
		case sized:
			state, why = ClockNoLimit, WhySize
		}
	}
	return l, state, why
}

func spanName(l Limit, t Track, c Clock, lang string) string {
	switch {
	case lang == "en" && l.En != "":
		return l.En
	case lang != "en" && l.Zh != "":
		return l.Zh
	}
	return t.Label(c.From, lang) + " → " + t.Label(c.To, lang)
}

// measure reckons the due day and what is used and left of the time.
func (r Reckoner) measure(c Clock) Clock {
	end := c.ReachedOn
	if !end.Known() {
		end = r.Today
	}
	if c.Unit == WorkingDays {
		c.CountUnit = WorkingDays
		c.DueOn, c.Provisional = r.Calendar.AddWorkingDays(c.StartOn, c.Limit)
		c.Used, _ = r.Calendar.WorkingDaysBetween(c.StartOn, end)
		c.Left, _ = r.Calendar.WorkingDaysBetween(end, c.DueOn)
		return c
	}
	c.CountUnit = CalendarDays
	c.DueOn = c.StartOn.AddDays(c.Limit)
	if c.Unit == Months {
		c.DueOn = addMonths(c.StartOn, c.Limit)
	}
	c.Used, _ = c.StartOn.DaysUntil(end)
	c.Left, _ = end.DaysUntil(c.DueOn)
	return c
}

// verdict says how c, measured, stands. What is certain in spite of a due day
// that may move is said: a span reached by days the calendar covers, and fewer
// than the limit, was in time.
func (r Reckoner) verdict(c Clock) Clock {
	end := c.ReachedOn
	if !end.Known() {
		end = r.Today
	}
	certain := !c.Provisional
	if c.Provisional {
		_, open := r.Calendar.WorkingDaysBetween(c.StartOn, end)
		certain = c.ReachedOn.Known() && !open && c.Used <= c.Limit
	}
	switch {
	case !certain:
		c.State, c.Why = ClockProvisional, WhyCalendar
	case c.ReachedOn.Known() && c.DueOn.Before(c.ReachedOn):
		c.State = ClockMetLate
	case c.ReachedOn.Known():
		c.State = ClockMetEarly
	case c.DueOn.Before(r.Today):
		c.State = ClockOverdue
	default:
		c.State = ClockRunning
	}
	return c
}

// Due is the clock that is due next of p: of those running the one due first,
// a settled day before a provisional one. ok is false when nothing is due, as of
// a project that is shelved or at its end.
func (r Reckoner) Due(p Project, all []Milestone, lang string) (next Clock, ok bool) {
	if p.Stage.Rank() == 0 {
		return Clock{}, false
	}
	for _, c := range r.clocks(p, all, lang, true) {
		if !c.Running() {
			continue
		}
		sooner := c.DueOn < next.DueOn || c.DueOn == next.DueOn && next.Provisional && !c.Provisional
		if !ok || sooner {
			next, ok = c, true
		}
	}
	return next, ok
}

// addMonths returns the same day n months later, and the last day of that month
// where it has no such day: 31 January and one month is 28 or 29 February.
func addMonths(d kernel.Date, n int) kernel.Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return kernel.Date(first.AddDate(0, 0, min(t.Day(), last)-1).Format(time.DateOnly))
}
