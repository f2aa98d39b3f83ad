package kernel

import "time"

// ChinaTime is China Standard Time, UTC+8 without daylight saving: the zone in
// which every calendar date of this program is meant.
func ChinaTime() *time.Location { return time.FixedZone("CST", 8*60*60) }

// Date is a calendar date in China Standard Time, "2023-01-05"; "" is unknown.
// Dates compare as text.
type Date string

// ParseDate accepts exactly YYYY-MM-DD, a day that exists, from 1900 to 2199;
// "" stays unknown. Fault: kernel.date_form.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return "", nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || len(s) != len(time.DateOnly) || t.Year() < 1900 || t.Year() > 2199 {
		return "", Faultf(ErrInvalid, "kernel.date_form", s)
	}
	return Date(s), nil
}

// DayOf returns the date of an instant given in milliseconds UTC.
func DayOf(ms int64) Date {
	return Date(time.UnixMilli(ms).In(ChinaTime()).Format(time.DateOnly))
}

// Known reports whether d is a date and not "".
func (d Date) Known() bool { return d != "" }

// Valid reports whether d is unknown or a date that ParseDate accepts.
func (d Date) Valid() bool {
	_, err := ParseDate(string(d))
	return err == nil
}

// Before reports whether d is earlier than e; an unknown date is before nothing
// and nothing is before it.
func (d Date) Before(e Date) bool { return d.Known() && e.Known() && d < e }

// Start returns the first millisecond of d, and 0 for an unknown or invalid one.
func (d Date) Start() int64 {
	t, err := time.ParseInLocation(time.DateOnly, string(d), ChinaTime())
	if err != nil {
		return 0
	}
	return t.UnixMilli()
}

// In reports whether the instant ms, in milliseconds UTC, falls on d.
func (d Date) In(ms int64) bool { return d.Known() && DayOf(ms) == d }

// AddDays returns the date n days later (earlier if n < 0); unknown stays unknown.
func (d Date) AddDays(n int) Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Date(t.AddDate(0, 0, n).Format(time.DateOnly))
}

// DaysUntil returns how many days e lies after d, negative if before; false
// when either is unknown.
func (d Date) DaysUntil(e Date) (int, bool) {
	a, errA := time.Parse(time.DateOnly, string(d))
	b, errB := time.Parse(time.DateOnly, string(e))
	if errA != nil || errB != nil {
		return 0, false
	}
	return int(b.Sub(a).Hours() / 24), true
}
