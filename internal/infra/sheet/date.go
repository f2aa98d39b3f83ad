package sheet

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"sente/internal/kernel"
)

// DateOrder says how 05/01/2023 is meant.
type DateOrder string

// The orders of day, month and year written in figures with the year last.
// Dates with the year first need no order.
const (
	AnyOrder   DateOrder = ""    // not known: an ambiguous date is refused
	DayMonth   DateOrder = "dmy" // 05/01/2023 is 5 January
	MonthDay   DateOrder = "mdy" // 05/01/2023 is 1 May
	Conflicted DateOrder = "both"
)

// DateValue is a date as far as the cell states it.
type DateValue struct {
	Date      kernel.Date
	Precision string // "" = the day; "month" or "year": Date is the first day of it
	Notes     []kernel.Fault
}

var (
	dateYMD   = regexp.MustCompile(`^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?$`)
	dateYM    = regexp.MustCompile(`^(\d{4})\s*([-/.年])\s*(\d{1,2})\s*月?$`)
	dateY     = regexp.MustCompile(`^(\d{4})\s*年?$`)
	dateTight = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})$`)
	dateLast  = regexp.MustCompile(`^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$`)
	dateSer   = regexp.MustCompile(`^\d{5}$`)
	clockTail = regexp.MustCompile(`^(.*\S)[ T]+(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)(?: ?(?:Z|[+-]\d{2}:?\d{2}))?$`)
)

// ParseDate reads a date written in any of the usual ways: 2023-01-05,
// 2023/1/5, 2023.1.5, 2023年1月5日, 20230105, 2023年1月, 2023-01, 2023年, 2023,
// 5 January 2023, 05/01/2023 by order, and a spreadsheet's day number 44931. A
// time of day is dropped with a note unless it is midnight. Faults:
// sheet.date_form, sheet.date_order, sheet.date_month.
func ParseDate(cell string, order DateOrder) (DateValue, error) {
	s := strings.TrimSpace(Narrow(cell))
	var notes []kernel.Fault
	if m := clockTail.FindStringSubmatch(s); m != nil {
		s = m[1]
		if strings.Trim(m[2], "0:.") != "" {
			notes = append(notes, note("sheet.note_clock", cell))
		}
	}
	v, err := dateOf(s, cell, order)
	if err != nil {
		return DateValue{}, err
	}
	v.Notes = append(notes, v.Notes...)
	return v, nil
}

func dateOf(s, cell string, order DateOrder) (DateValue, error) {
	if m := dateYMD.FindStringSubmatch(s); m != nil {
		return day(cell, m[1], m[2], m[3])
	}
	if m := dateTight.FindStringSubmatch(s); m != nil {
		return day(cell, m[1], m[2], m[3])
	}
	if m := dateLast.FindStringSubmatch(s); m != nil {
		return yearLast(cell, m, order)
	}
	if m := dateYM.FindStringSubmatch(s); m != nil {
		// 2023.10 kept as a number loses its zero, so 2023.1 may be October
		if m[2] == "." && m[3] == "1" && !strings.HasSuffix(s, "月") {
			return DateValue{}, invalid("sheet.date_month", cell)
		}
		return part("month", cell, m[1], m[3], "1")
	}
	if m := dateY.FindStringSubmatch(s); m != nil {
		return part("year", cell, m[1], "1", "1")
	}
	if dateSer.MatchString(s) {
		return serialDate(cell, s)
	}
	return englishDate(s, cell)
}

// day checks that the day exists; kernel bounds the years.
func day(cell, y, m, d string) (DateValue, error) {
	text := y + "-" + strings.Repeat("0", 2-len(m)) + m + "-" + strings.Repeat("0", 2-len(d)) + d
	date, err := kernel.ParseDate(text)
	if err != nil {
		return DateValue{}, invalid("sheet.date_form", cell)
	}
	return DateValue{Date: date}, nil
}

func part(precision, cell, y, m, d string) (DateValue, error) {
	v, err := day(cell, y, m, d)
	if err != nil {
		return v, err
	}
	v.Precision = precision
	v.Notes = []kernel.Fault{note("sheet.note_"+precision, cell)}
	return v, nil
}

func yearLast(cell string, m []string, order DateOrder) (DateValue, error) {
	first, _ := strconv.Atoi(m[1]) // one or two digits always parse
	second, _ := strconv.Atoi(m[2])
	if order == AnyOrder || order == Conflicted {
		switch {
		case first > 12:
			order = DayMonth
		case second > 12:
			order = MonthDay
		case first == second:
			order = DayMonth
		default:
			return DateValue{}, invalid("sheet.date_order", cell)
		}
	}
	if order == MonthDay {
		return day(cell, m[3], m[1], m[2])
	}
	return day(cell, m[3], m[2], m[1])
}

// serialDate reads the day numbers of 1954 to 2119: anything else is no date a
// register holds and more likely a slipped figure.
func serialDate(cell, s string) (DateValue, error) {
	n, _ := strconv.Atoi(s) // five digits always parse
	if n < 20_000 || n > 80_000 {
		return DateValue{}, invalid("sheet.date_form", cell)
	}
	date := kernel.Date(serialText(float64(n), asDay))
	return DateValue{Date: date, Notes: []kernel.Fault{note("sheet.note_serial", cell, string(date))}}, nil
}

func englishDate(s, cell string) (DateValue, error) {
	for _, layout := range []string{"2 January 2006", "2 Jan 2006", "2-Jan-2006", "January 2, 2006", "Jan 2, 2006"} {
		if t, err := time.Parse(layout, s); err == nil {
			return day(cell, t.Format("2006"), t.Format("01"), t.Format("02"))
		}
	}
	return DateValue{}, invalid("sheet.date_form", cell)
}

// OrderScan finds the order of a column from all of its cells.
type OrderScan struct{ dayFirst, monthFirst, open int }

// Add looks at one cell.
func (o *OrderScan) Add(cell string) {
	s := strings.TrimSpace(Narrow(cell))
	if m := clockTail.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	m := dateLast.FindStringSubmatch(s)
	if m == nil {
		return
	}
	first, _ := strconv.Atoi(m[1]) // one or two digits always parse
	second, _ := strconv.Atoi(m[2])
	switch {
	case first > 12 && second <= 12:
		o.dayFirst++
	case second > 12 && first <= 12:
		o.monthFirst++
	case first != second:
		o.open++
	}
}

// Order returns the order the cells prove. ask is true when some cells are
// ambiguous and no other decides, or when cells contradict each other.
func (o *OrderScan) Order() (order DateOrder, ask bool) {
	switch {
	case o.dayFirst > 0 && o.monthFirst > 0:
		return Conflicted, true
	case o.dayFirst > 0:
		return DayMonth, false
	case o.monthFirst > 0:
		return MonthDay, false
	}
	return AnyOrder, o.open > 0
}

// OrderOfUnit reads an order declared in a header: "(dd/mm/yyyy)".
func OrderOfUnit(unit string) DateOrder {
	switch strings.Trim(Plain(unit), "()") {
	case "dd/mm/yyyy", "dd-mm-yyyy", "dd.mm.yyyy", "d/m/yyyy", "dd/mm/yy":
		return DayMonth
	case "mm/dd/yyyy", "mm-dd-yyyy", "mm.dd.yyyy", "m/d/yyyy", "mm/dd/yy":
		return MonthDay
	}
	return AnyOrder
}
