package calendar

import (
	"maps"
	"slices"
	"sort"
	"strconv"
	"time"

	"sente/internal/kernel"
)

// Kind says what a notice makes of a day.
type Kind string

// The kinds of day a notice lists; every other day follows its weekday.
const (
	Off  Kind = "off"  // 放假
	Work Kind = "work" // 调休上班: a weekend that is worked; of a weekday it says what holds anyway
)

// Day is one day a notice lists.
type Day struct {
	On   kernel.Date `json:"date"`
	Kind Kind        `json:"kind" enum:"off,work"`
	Name string      `json:"name" doc:"the holiday it belongs to, as the notice calls it"`
}

// Year holds what the notice of one year says; Days are in order.
type Year struct {
	Year   int
	Source string // the notice: number and date
	Days   []Day
}

// Calendar answers for every day whether it is worked. The zero Calendar covers
// nothing: it knows weekdays and weekends, and every count is provisional.
type Calendar struct {
	days    map[int]Kind // by day number
	covered map[int]bool // by year
	reach   int          // days before 1 January the next year's notice may rearrange
	turns   []turn       // in order: days that do not follow their weekday
}

// turn is a listed day that does not follow its weekday, and by how many working
// days all such days up to it have changed what the weekdays say.
type turn struct{ day, sum int }

// New makes a calendar of years. reach is how many days of December the notice
// of the year after may still rearrange. Where two years list the same day, the
// later year's notice holds.
func New(reach int, years ...Year) Calendar {
	c := Calendar{days: map[int]Kind{}, covered: map[int]bool{}, reach: reach}
	from := map[int]int{}
	for _, y := range years {
		c.covered[y.Year] = true
		for _, d := range y.Days {
			n, ok := number(d.On)
			if ok && y.Year >= from[n] {
				c.days[n], from[n] = d.Kind, y.Year
			}
		}
	}
	sum := 0
	for _, n := range slices.Sorted(maps.Keys(c.days)) {
		switch works := c.days[n] == Work; {
		case works && weekend(n):
			sum++
		case !works && !weekend(n):
			sum--
		default:
			continue
		}
		c.turns = append(c.turns, turn{n, sum})
	}
	return c
}

// IsWorking reports whether day is worked; an unknown day is not. Outside the
// covered years it goes by the weekday, see [Calendar.Covers].
func (c Calendar) IsWorking(day kernel.Date) bool {
	n, ok := number(day)
	return ok && c.working(n)
}

// Covers reports whether the facts of day are known and final.
func (c Calendar) Covers(day kernel.Date) bool {
	n, ok := number(day)
	return ok && c.covers(n)
}

// CoversYear reports whether the notice of year is known.
func (c Calendar) CoversYear(year int) bool { return c.covered[year] }

// AddWorkingDays returns the nth working day after from, before it when n < 0,
// and from itself when n is 0: from is never counted. provisional says that a
// day on the way is not covered, so that the answer may change; it is then good
// for planning and for no judgement. An unknown from stays unknown.
func (c Calendar) AddWorkingDays(from kernel.Date, n int) (due kernel.Date, provisional bool) {
	at, ok := number(from)
	if !ok {
		return "", false
	}
	begun, step := at, 1
	if n < 0 {
		step, n = -1, -n
	}
	for n > 0 && at > earliest && at < latest {
		at += step
		if c.working(at) {
			n--
		}
	}
	return date(at), at > begun && !c.firm(begun+1, at) || at < begun && !c.firm(at, begun-1)
}

// WorkingDaysBetween counts the working days after a up to and with b, so that
// it undoes [Calendar.AddWorkingDays]; negative when b lies before a. Two
// unknown days are 0 apart.
func (c Calendar) WorkingDaysBetween(a, b kernel.Date) (n int, provisional bool) {
	from, okA := number(a)
	to, okB := number(b)
	if !okA || !okB {
		return 0, false
	}
	if to < from {
		return c.worked(to-1) - c.worked(from-1), !c.firm(to, from-1)
	}
	return c.worked(to) - c.worked(from), !c.firm(from+1, to)
}

// worked counts the working days up to and with day n.
func (c Calendar) worked(n int) int {
	since := n - earliest // a Monday
	count := 5*(since/7) + min(since%7+1, 5)
	if after := sort.Search(len(c.turns), func(i int) bool { return c.turns[i].day > n }); after > 0 {
		count += c.turns[after-1].sum
	}
	return count
}

func (c Calendar) working(n int) bool {
	if kind, listed := c.days[n]; listed {
		return kind == Work
	}
	return !weekend(n)
}

func (c Calendar) covers(n int) bool { return c.firm(n, n) }

// firm reports whether every day from lo up to and with hi is covered.
func (c Calendar) firm(lo, hi int) bool {
	for year := yearOf(lo); lo <= hi; year++ {
		next := newYear(year + 1)
		if !c.covered[year] || !c.covered[year+1] && min(hi, next-1)+c.reach >= next {
			return false
		}
		lo = next
	}
	return true
}

// Day numbers count from 1970-01-01, a Thursday, and stay within the dates
// kernel.ParseDate accepts.
const (
	earliest = -25567 // 1900-01-01, a Monday
	latest   = 84005  // 2199-12-31
)

func number(d kernel.Date) (int, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return 0, false
	}
	n := int(t.Unix() / 86400)
	return n, n >= earliest && n <= latest
}

func at(n int) time.Time { return time.Unix(int64(n)*86400, 0).UTC() }

func date(n int) kernel.Date { return kernel.Date(at(n).Format(time.DateOnly)) }

func yearOf(n int) int { return at(n).Year() }

func newYear(year int) int {
	return int(time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func weekend(n int) bool { return ((n-earliest)%7+7)%7 >= 5 } // earliest is a Monday

// FirmUntil is the last day up to which every day since the first covered year
// is covered; "" when no year is.
func (c Calendar) FirmUntil() kernel.Date {
	last := 0
	for y := range c.covered {
		if last == 0 || y < last {
			last = y
		}
	}
	if last == 0 {
		return ""
	}
	for c.covered[last+1] {
		last++
	}
	end, _ := number(kernel.Date(strconv.Itoa(last) + "-12-31"))
	return date(end - c.reach)
}
