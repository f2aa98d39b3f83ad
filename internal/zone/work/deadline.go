package work

import (
	"sente/internal/infra/calendar"
	"sente/internal/kernel"
)

// Remaining is how long is left until a day.
type Remaining struct {
	Days        int  // working days after today up to and with the day; negative: working days gone by
	Provisional bool // a day on the way lies beyond the published calendar
}

// Term is the last day minutes are in time.
type Term struct {
	Due         string
	Provisional bool // a day on the way lies beyond the published calendar
}

// remaining counts the working days from day to due.
func remaining(c calendar.Calendar, day kernel.Date, due string) (r Remaining) {
	r.Days, r.Provisional = c.WorkingDaysBetween(day, kernel.Date(due))
	return r
}

// minutesDue is the last day on which minutes of an activity that ended on last
// are in time, and whether that day is provisional.
func (l Limits) minutesDue(c calendar.Calendar, last kernel.Date) (due string, provisional bool) {
	limit, ok := l.On("minutes", last)
	if !ok {
		return "", false
	}
	day, provisional := c.AddWorkingDays(last, limit.Days)
	return string(day), provisional
}

// reckoned returns a with the term of its minutes as c has it.
func (l Limits) reckoned(c calendar.Calendar, a Activity) Activity {
	a.MinutesDue, a.Provisional = l.minutesDue(c, a.Last())
	return a
}

// owed is the term of a's minutes.
func (a Activity) owed() Term { return Term{a.MinutesDue, a.Provisional} }

// soon is the last day that counts as due soon on day.
func (l Limits) soon(c calendar.Calendar, day kernel.Date) (Limit, string) {
	limit, _ := l.On("due_soon", day)
	until, _ := c.AddWorkingDays(day, limit.Days)
	return limit, string(until)
}
