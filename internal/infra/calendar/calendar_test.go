package calendar

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"sente/internal/infra/sheet"
	"sente/internal/infra/testneed"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Every day of the covered years is worked or not exactly as the published list
// has it; a listed "work" on a weekday (the end of a prolonged holiday) says
// nothing new.
func TestShippedFactsAgreeWithThePublishedList(t *testing.T) {
	t.Parallel()
	f, err := os.Open(testneed.Shared(t, "data", "cn_holidays_2018_2026.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 316 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	listed, notice, named := map[kernel.Date]string{}, map[kernel.Date]string{}, map[kernel.Date]string{}
	for _, r := range rows[1:] {
		listed[kernel.Date(r[1])], notice[kernel.Date(r[1])], named[kernel.Date(r[1])] = r[3], r[0], r[2]
	}
	c, days := Shipped(), 0
	for d := kernel.Date("2018-01-01"); d <= "2026-12-31"; d = d.AddDays(1) {
		days++
		n, _ := number(d)
		want := !weekend(n)
		if kind, ok := listed[d]; ok {
			want = kind == "work"
		}
		if c.IsWorking(d) != want {
			t.Errorf("%s: worked %v, the list says %v", d, !want, want)
		}
	}
	if days != 3287 {
		t.Errorf("%d days compared", days)
	}
	count := 0
	for _, y := range shipped().years {
		if y.Source == "" || !strings.Contains(y.Source, "国办发明电") {
			t.Errorf("%d has no notice", y.Year)
		}
		for _, d := range y.Days {
			count++
			if listed[d.On] != string(d.Kind) || notice[d.On] != strconv.Itoa(y.Year) || named[d.On] != d.Name {
				t.Errorf("%s: %s %s in the notice of %d; the list has %s %s of %s", d.On, d.Kind, d.Name, y.Year, listed[d.On], named[d.On], notice[d.On])
			}
		}
	}
	if count != 314 { // all but 2020-02-03, a Monday
		t.Errorf("%d days listed", count)
	}
}

func TestShippedYearsAreWhole(t *testing.T) {
	t.Parallel()
	f := shipped()
	for _, y := range f.years {
		if faults := y.whole(f.fixed); len(faults) > 0 {
			t.Error(faults)
		}
		for _, d := range y.Days {
			if err := d.check(y.Year, f.reach, string(d.Kind)); err != nil {
				t.Errorf("%d: %v", y.Year, err)
			}
		}
	}
	if _, err := readShipped([]byte(`{"years":[{"year":2018,"holidays":[{"name":"x","off":"02-30"}]}]}`)); err == nil {
		t.Error("a day that does not exist passes")
	}
	if err := words.Check(Words); err != nil {
		t.Error(err)
	}
}

func TestAddWorkingDays(t *testing.T) {
	t.Parallel()
	c := Shipped()
	for _, x := range []struct {
		from        kernel.Date
		n           int
		due         kernel.Date
		provisional bool
		why         string
	}{
		{"2026-09-30", 1, "2026-10-08", false, "over the National Day holiday"},
		{"2026-09-30", 3, "2026-10-10", false, "the Saturday after it is worked"},
		{"2026-09-18", 1, "2026-09-20", false, "a make-up Sunday"},
		{"2026-01-04", 0, "2026-01-04", false, "no day at all"},
		{"2026-01-03", -1, "2025-12-31", false, "backwards"},
		{"2024-02-28", 1, "2024-02-29", false, "leap day"},
		{"2024-02-29", 1, "2024-03-01", false, "from a leap day"},
		{"2020-01-23", 1, "2020-02-03", false, "the holiday prolonged in 2020"},
		{"2018-12-28", 1, "2018-12-29", false, "a Saturday the next year's notice has worked"},
		{"2026-12-23", 1, "2026-12-24", false, "the last firm day"},
		{"2026-12-24", 1, "2026-12-25", true, "the notice of 2027 may rearrange it"},
		{"2026-12-30", 5, "2027-01-06", true, "weekdays only"},
		{"2017-12-28", 2, "2018-01-02", true, "before the first covered year"},
		{"2018-01-02", -1, "2017-12-29", true, "back over a holiday into a year not covered"},
		{"", 5, "", false, "unknown stays unknown"},
	} {
		if due, provisional := c.AddWorkingDays(x.from, x.n); due != x.due || provisional != x.provisional {
			t.Errorf("%s %+d = %s %v, want %s %v (%s)", x.from, x.n, due, provisional, x.due, x.provisional, x.why)
		}
	}
	if n, provisional := c.WorkingDaysBetween("2026-01-01", "2026-12-24"); n != 243 || provisional {
		t.Errorf("2026 up to its last firm day has %d working days, %v", n, provisional)
	}
	if n, provisional := c.WorkingDaysBetween("", "2026-01-05"); n != 0 || provisional {
		t.Error("an unknown day was counted from")
	}
	if due, provisional := (Calendar{}).AddWorkingDays("2026-09-30", 1); due != "2026-10-01" || !provisional {
		t.Errorf("an empty calendar says %s %v", due, provisional)
	}
}

// Importing the year after makes the edge firm.
func TestCoverageMovesWithTheYears(t *testing.T) {
	t.Parallel()
	f := shipped()
	next := Year{Year: 2027, Days: []Day{{"2026-12-26", Work, "元旦"}, {"2026-12-31", Off, "元旦"}, {"2027-01-01", Off, "元旦"}}}
	c := New(f.reach, append(f.years, next)...)
	if due, provisional := c.AddWorkingDays("2026-12-25", 1); due != "2026-12-26" || provisional {
		t.Errorf("got %s %v", due, provisional)
	}
	if due, provisional := c.AddWorkingDays("2026-12-30", 1); due != "2027-01-04" || provisional {
		t.Errorf("got %s %v", due, provisional)
	}
	if c.Covers("2027-12-25") || !c.Covers("2027-12-24") || !c.CoversYear(2027) || c.CoversYear(2028) {
		t.Error("coverage is wrong at its new edge")
	}
}

// Adding and counting undo each other, more days are never earlier, and a count
// is provisional exactly when it touches a day that is not covered.
func TestCountingProperties(t *testing.T) {
	t.Parallel()
	c, r := Shipped(), rand.New(rand.NewPCG(3, 14))
	for range 3000 {
		from := kernel.Date("2017-06-01").AddDays(r.IntN(3800))
		n := r.IntN(300) - 60
		due, provisional := c.AddWorkingDays(from, n)
		back, alike := c.WorkingDaysBetween(from, due)
		if back != n || alike != provisional {
			t.Fatalf("%s %+d = %s %v, counted back %d %v", from, n, due, provisional, back, alike)
		}
		if n != 0 && !c.IsWorking(due) {
			t.Fatalf("%s %+d falls on %s, which is not worked", from, n, due)
		}
		later, _ := c.AddWorkingDays(from, n+1)
		if n >= 0 && later <= due {
			t.Fatalf("%s: %d days reach %s, one more %s", from, n, due, later)
		}
		uncovered, worked := false, 0
		for d := min(from, due); d <= max(from, due); d = d.AddDays(1) {
			uncovered = uncovered || d != from && !c.Covers(d)
			if d != from && c.IsWorking(d) {
				worked++
			}
		}
		if worked != max(n, -n) {
			t.Fatalf("%s %+d = %s, but day by day %d are worked", from, n, due, worked)
		}
		if provisional != uncovered {
			t.Fatalf("%s %+d = %s: provisional %v, uncovered %v", from, n, due, provisional, uncovered)
		}
	}
}

// table makes rows of a CSV without quotes.
func table(text string) iter.Seq2[sheet.Row, error] {
	return func(yield func(sheet.Row, error) bool) {
		for i, line := range strings.Split(text, "\n") {
			if !yield(sheet.Row{Number: i + 1, Cells: strings.Split(line, ",")}, nil) {
				return
			}
		}
	}
}

const whole2027 = "年份,日期,名称,类型\n2027,2026-12-26,元旦,work\n2027,2027-01-01,元旦,off\n2027,2027/5/1,劳动节,放假\n2027,2027年10月1日,国庆节,休\n\n2027,2027-10-09,国庆节,调休上班\n"

func TestParse(t *testing.T) {
	t.Parallel()
	years, err := parse(table(whole2027), shipped())
	if err != nil || len(years) != 1 || len(years[0].Days) != 5 || years[0].Days[0] != (Day{"2026-12-26", Work, "元旦"}) {
		t.Fatalf("%+v, %v", years, err)
	}
	for _, c := range []struct{ text, word, field, detail string }{
		{"", "calendar.file_empty", "file", ""},
		{"year,date,name,kind\n", "calendar.file_empty", "file", ""},
		{"date,kind\n2027-01-01,off", "calendar.file_head", "file", ""},
		{whole2027 + "2027,2027-02-30,x,off", "calendar.file_invalid", "rows[8].date", "calendar.date_form"},
		{whole2027 + "2027,2027-02,x,off", "calendar.file_invalid", "rows[8].date", "calendar.date_form"},
		{whole2027 + "x,2027-02-01,x,off", "calendar.file_invalid", "rows[8].year", "calendar.year_form"},
		{whole2027 + "2027,2028-01-01,x,off", "calendar.file_invalid", "rows[8].date", "calendar.not_in_year"},
		{whole2027 + "2027,2026-12-24,x,off", "calendar.file_invalid", "rows[8].date", "calendar.not_in_year"},
		{whole2027 + "2027,2027-05-03,x,holiday", "calendar.file_invalid", "rows[8].kind", "calendar.kind_unknown"},
		{whole2027 + "2027,2027-01-01,x,off", "calendar.file_invalid", "rows[8].date", "calendar.date_twice"},
		{"year,date,kind\n2027,2027-01-01,off\n2027,2027-05-01,off", "calendar.file_invalid", "file", "calendar.not_whole"},
	} {
		_, err := parse(table(c.text), shipped())
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != c.word {
			t.Errorf("%q: %v, want %s", c.text, err, c.word)
			continue
		}
		if c.detail != "" {
			f = &f.Details[0]
		}
		if f.Field != c.field || c.detail != "" && f.Word != c.detail {
			t.Errorf("%q: %v, want %s at %s", c.text, err, c.detail, c.field)
		}
	}
}

func TestParseBounds(t *testing.T) {
	t.Parallel()
	var many, long strings.Builder
	many.WriteString("year,date,kind\n")
	for y := 2030; y <= 2030+maxYears; y++ {
		fmt.Fprintf(&many, "%d,%d-01-01,off\n", y, y)
	}
	long.WriteString("year,date,kind\n" + strings.Repeat("x,y,z\n", maxRows+1))
	for text, word := range map[string]string{many.String(): "calendar.file_years", long.String(): "calendar.file_long"} {
		_, err := parse(table(text), shipped())
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != word {
			t.Errorf("%v, want %s", err, word)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(whole2027)
	f.Add("year,date,name,kind\n2019,2018-12-29,元旦,work\n")
	f.Add("日期,年,类型\n,,\n\xff,9,\n")
	facts := shipped()
	f.Fuzz(func(t *testing.T, text string) {
		years, err := parse(table(text), facts)
		if err == nil {
			wholeYears(t, years)
		}
	})
}

// wholeYears fails unless every year has the days a year has, in their order.
func wholeYears(t *testing.T, years []Year) {
	t.Helper()
	facts := shipped()
	for _, y := range years {
		if len(y.whole(facts.fixed)) > 0 {
			t.Fatalf("%d is not whole", y.Year)
		}
		for i, d := range y.Days {
			if d.check(y.Year, facts.reach, string(d.Kind)) != nil || i > 0 && y.Days[i-1].On >= d.On {
				t.Fatalf("%d holds %+v", y.Year, d)
			}
		}
	}
}

// A file that is uploaded is refused with a reason, or years.
func FuzzRead(f *testing.F) {
	f.Add([]byte(whole2027))
	f.Add([]byte("\xef\xbb\xbf" + whole2027))
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Add([]byte("\xff\xfey\x00e\x00a\x00r\x00"))
	f.Add([]byte("year;date;kind\n\"2027"))
	f.Fuzz(func(t *testing.T, content []byte) {
		years, err := read(bytes.NewReader(content))
		if err == nil {
			wholeYears(t, years)
			return
		}
		var fault *kernel.Fault
		if !errors.As(err, &fault) || fault.Word == "" {
			t.Fatalf("%q: an error nobody can act on: %v", content, err)
		}
	})
}
