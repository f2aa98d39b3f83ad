package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/sheet"
	"sente/internal/kernel"
)

// The bounds of one file of calendar facts.
const (
	maxRows   = 5000
	maxYears  = 20
	maxFaults = 50 // told at once
	maxName   = 60 // characters
)

// heading is what a column of the file may be called.
func headings() map[string]string {
	return map[string]string{
		"year": "year", "年": "year", "年份": "year", "年度": "year",
		"date": "date", "日期": "date",
		"name": "name", "名称": "name", "节日": "name", "节假日": "name",
		"kind": "kind", "类型": "kind", "类别": "kind", "安排": "kind",
	}
}

// kindWords is what a day's kind may be called.
func kindWords() map[string]Kind {
	return map[string]Kind{
		"off": Off, "放假": Off, "休": Off, "休息": Off, "节假日": Off,
		"work": Work, "上班": Work, "班": Work, "调休上班": Work, "补班": Work,
	}
}

// parser collects the facts of a file and what is wrong with it.
type parser struct {
	fixed   []string
	reach   int
	columns map[string]int
	years   map[int]*Year
	seen    map[kernel.Date]int // row by date
	faults  []error
	rows    int
}

// parse reads whole years of calendar facts out of rows: a heading (year, date,
// name, kind, in any order), then one listed day per row. Everything wrong is
// told at once, by row, as details of calendar.file_invalid: a date outside its
// year (the last days of December before belong to it too), a kind that is
// neither off nor work, a day listed twice, and a year without one of the
// holidays every year has. A weekday listed as worked is taken as published: the
// notice that ended the long holiday of 2020 says so of Monday 3 February.
func parse(rows iter.Seq2[sheet.Row, error], f facts) ([]Year, error) {
	p := &parser{fixed: f.fixed, reach: f.reach, years: map[int]*Year{}, seen: map[kernel.Date]int{}}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if err := p.row(row); err != nil {
			return nil, err
		}
	}
	if p.columns == nil || p.rows == 0 {
		return nil, kernel.FieldFault("file", "calendar.file_empty")
	}
	return p.finish()
}

// row takes one row; an error ends the reading.
func (p *parser) row(r sheet.Row) error {
	if !slices.ContainsFunc(r.Cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
		return nil
	}
	if p.columns == nil {
		return p.head(r)
	}
	if p.rows++; p.rows > maxRows {
		return kernel.FieldFault("file", "calendar.file_long", maxRows)
	}
	if r.Fault != nil {
		p.fault(r.Number, r.Fault)
		return nil
	}
	year, day, err := p.day(r)
	if err != nil {
		p.fault(r.Number, err)
		return nil
	}
	if p.years[year] == nil {
		if len(p.years) == maxYears {
			return kernel.FieldFault("file", "calendar.file_years", maxYears)
		}
		p.years[year] = &Year{Year: year}
	}
	p.years[year].Days = append(p.years[year].Days, day)
	return nil
}

// head finds the columns by their names.
func (p *parser) head(r sheet.Row) error {
	columns := map[string]int{}
	for i, cell := range r.Cells {
		name := headings()[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(cell, "\ufeff")))]
		if _, twice := columns[name]; name != "" && !twice {
			columns[name] = i
		}
	}
	for _, need := range []string{"year", "date", "kind"} {
		if _, ok := columns[need]; !ok {
			return kernel.FieldFault("file", "calendar.file_head", need)
		}
	}
	if _, ok := columns["name"]; !ok {
		columns["name"] = -1
	}
	p.columns = columns
	return nil
}

// fault notes what is wrong with row number.
func (p *parser) fault(number int, err error) {
	if len(p.faults) < maxFaults {
		p.faults = append(p.faults, inRow(number, err))
	}
}

// inRow puts the row before the field a fault names.
func inRow(number int, err error) error {
	var f *kernel.Fault
	if errors.As(err, &f) {
		out := *f
		out.Field = fmt.Sprintf("rows[%d].%s", number, cmp.Or(f.Field, "date"))
		return &out
	}
	return err
}

func (p *parser) cell(r sheet.Row, column string) string {
	return sheet.Tidy(r.Cell(p.columns[column]))
}

// day reads one listed day and the year whose notice lists it.
func (p *parser) day(r sheet.Row) (year int, d Day, err error) {
	text := p.cell(r, "year")
	year, err = strconv.Atoi(strings.TrimSuffix(text, "年"))
	if err != nil || year < 1950 || year > 2150 {
		return 0, d, kernel.FieldFault("year", "calendar.year_form", text)
	}
	v, err := sheet.ParseDate(p.cell(r, "date"), "")
	if err != nil || v.Precision != "" {
		return 0, d, kernel.FieldFault("date", "calendar.date_form", p.cell(r, "date"))
	}
	d = Day{On: v.Date, Kind: kindWords()[strings.ToLower(p.cell(r, "kind"))], Name: p.cell(r, "name")}
	if before, twice := p.seen[d.On]; twice {
		return 0, d, kernel.FieldFault("date", "calendar.date_twice", string(d.On), before)
	}
	p.seen[d.On] = r.Number
	return year, d, d.check(year, p.reach, p.cell(r, "kind"))
}

// check says what is wrong with d as a day of year's notice.
func (d Day) check(year, reach int, said string) error {
	n, ok := number(d.On)
	switch {
	case !ok:
		return kernel.FieldFault("date", "calendar.date_form", string(d.On))
	case yearOf(n) != year && yearOf(n+reach) != year:
		return kernel.FieldFault("date", "calendar.not_in_year", string(d.On), year)
	case yearOf(n) > year:
		return kernel.FieldFault("date", "calendar.not_in_year", string(d.On), year)
	case d.Kind == "":
		return kernel.FieldFault("kind", "calendar.kind_unknown", said)
	case len([]rune(d.Name)) > maxName:
		return kernel.FieldFault("name", "calendar.name_long", maxName)
	}
	return nil
}

// finish checks that each year is whole and puts everything in order.
func (p *parser) finish() ([]Year, error) {
	var years []Year
	for _, y := range p.years {
		years = append(years, sorted(*y))
	}
	slices.SortFunc(years, func(a, b Year) int { return cmp.Compare(a.Year, b.Year) })
	if len(p.faults) == 0 {
		for _, y := range years {
			p.faults = append(p.faults, y.whole(p.fixed)...)
		}
	}
	return years, kernel.Faults("calendar.file_invalid", p.faults...)
}

// whole refuses a year that lacks a holiday every year has: part of a year would
// make the rest of it look like working days.
func (y Year) whole(fixed []string) (faults []error) {
	for _, md := range fixed {
		on := kernel.Date(fmt.Sprintf("%d-%s", y.Year, md))
		if !slices.ContainsFunc(y.Days, func(d Day) bool { return d.On == on && d.Kind == Off }) {
			faults = append(faults, kernel.FieldFault("file", "calendar.not_whole", y.Year, string(on)))
		}
	}
	return faults
}

func sorted(y Year) Year {
	slices.SortFunc(y.Days, func(a, b Day) int { return cmp.Compare(a.On, b.On) })
	return y
}

// Difference is how one day changes when a year is replaced; Was or Is is ""
// where the notice does not list the day.
type Difference struct {
	On   kernel.Date `json:"date"`
	Was  Kind        `json:"was"`
	Is   Kind        `json:"is"`
	Name string      `json:"name"`
}

// differences lists the days in which was and is differ, in order.
func differences(was, is Year) []Difference {
	byDay := map[kernel.Date]*Difference{}
	for _, d := range was.Days {
		byDay[d.On] = &Difference{On: d.On, Was: d.Kind, Name: d.Name}
	}
	for _, d := range is.Days {
		if x := byDay[d.On]; x != nil {
			x.Is, x.Name = d.Kind, d.Name
			continue
		}
		byDay[d.On] = &Difference{On: d.On, Is: d.Kind, Name: d.Name}
	}
	out := []Difference{}
	for _, x := range byDay {
		if x.Was != x.Is {
			out = append(out, *x)
		}
	}
	slices.SortFunc(out, func(a, b Difference) int { return cmp.Compare(a.On, b.On) })
	return out
}
