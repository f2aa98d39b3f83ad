package calendar

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

const csv2027 = "year,date,name,kind\n2027,2027-01-01,元旦,off\n2027,2027-01-02,元旦,off\n2027,2027-01-03,元旦,off\n" +
	"2027,2027-05-01,劳动节,off\n2027,2027-10-01,国庆节,off\n2027,2027-10-09,国庆节,work\n"

func as(t *testing.T, role string) context.Context {
	return kernel.WithActor(t.Context(), kernel.Actor{Zone: "z1", ID: role + "-1", Name: "演示管理员", Roles: []string{role}, Via: "session", Lang: "zh"})
}

func word(err error) string {
	var f *kernel.Fault
	if errors.As(err, &f) {
		return f.Word
	}
	return ""
}

func TestImport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, []fs.FS{journal.Migrations, access.Migrations, Migrations}, func(t *testing.T, db *store.DB) {
		gate, err := access.NewGate()
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		d := NewDesk(db, gate, func() { told++ })
		admin := as(t, access.SystemAdmin)

		if _, err := d.Import(as(t, "officer"), strings.NewReader(csv2027), Order{DryRun: true}); !errors.Is(err, kernel.ErrDenied) {
			t.Fatalf("an officer imported: %v", err)
		}
		dry, err := d.Import(admin, strings.NewReader(csv2027), Order{DryRun: true})
		if err != nil || len(dry) != 1 || dry[0].Known || dry[0].Version != 1 || len(dry[0].Changes) != 6 || dry[0].WorkingWas-dry[0].WorkingDays != 1 {
			t.Fatalf("%+v, %v", dry, err)
		}
		if _, covered, err := d.Days(admin, 2027); covered || err != nil || told != 0 {
			t.Fatal("a dry run wrote")
		}
		if _, err := d.Import(admin, strings.NewReader(csv2027), Order{Reason: "发布"}); word(err) != "calendar.order_invalid" {
			t.Fatalf("without a source: %v", err)
		}
		if _, err := d.Import(admin, strings.NewReader("not a table"), Order{DryRun: true}); word(err) != "calendar.file_head" {
			t.Fatalf("no table: %v", err)
		}
		o := Order{Source: "演示通知〔2026〕1号", Reason: "发布 2027 年安排"}
		if _, err := d.Import(admin, strings.NewReader(csv2027), o); err != nil || told != 1 {
			t.Fatalf("%v, told %d times", err, told)
		}
		y, covered, err := d.Days(as(t, "officer"), 2027)
		if err != nil || !covered || y.Source != o.Source || len(y.Days) != 6 {
			t.Fatalf("%+v %v %v", y, covered, err)
		}

		// The same file again changes nothing; a corrected one is version 2.
		again, err := d.Import(admin, strings.NewReader(csv2027), o)
		if err != nil || again[0].Version != 1 || len(again[0].Changes) != 0 {
			t.Fatalf("%+v, %v", again, err)
		}
		corrected := strings.Replace(csv2027, "2027-01-03,元旦,off", "2027-01-03,元旦,work", 1)
		if got, err := d.Import(admin, strings.NewReader(corrected), Order{Source: "演示更正", Reason: "更正"}); err != nil || got[0].Version != 2 ||
			len(got[0].Changes) != 1 || got[0].Changes[0] != (Difference{"2027-01-03", Off, Work, "元旦"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		years, err := d.Years(admin)
		if err != nil || len(years) != 10 || years[0].Year != 2018 || years[0].Version != 0 || years[0].FirmUntil != "2018-12-31" {
			t.Fatalf("%+v, %v", years, err)
		}
		last := years[9]
		if last.Year != 2027 || last.Version != 2 || len(last.Imports) != 2 || last.Imports[0].Reason != "更正" || last.FirmUntil != "2027-12-24" || last.MakeUp != 2 {
			t.Errorf("%+v", last)
		}
		must(t, db.View(admin, func(tx store.Tx) error {
			c, err := Load(admin, tx)
			if due, provisional := c.AddWorkingDays("2026-12-31", 1); due != "2027-01-03" || provisional {
				t.Errorf("got %s %v", due, provisional)
			}
			entries, err2 := journal.History(admin, tx, "calendar.year/2027", journal.Page{Limit: 10})
			if len(entries) != 2 || entries[0].Verb != "calendar.imported" || entries[0].Reason != "更正" {
				t.Errorf("journal: %+v", entries)
			}
			return errors.Join(err, err2)
		}))
		// Another zone knows nothing of it.
		other := kernel.WithActor(t.Context(), kernel.Actor{Zone: "z2", ID: "x", Via: "session"})
		if _, covered, err := d.Days(other, 2027); covered || err != nil {
			t.Errorf("the other zone: %v, %v", covered, err)
		}
	})
}

// The list of 2020 as it was published, with a Monday that is worked: it is
// taken, changes no working day and is no make-up day.
func TestImportOfAWeekdayThatIsWorked(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, journal.Migrations, access.Migrations, Migrations)
	gate, err := access.NewGate()
	must(t, err)
	d, admin := NewDesk(db, gate, nil), as(t, access.SystemAdmin)
	before, err := d.Years(admin)
	must(t, err)
	var file strings.Builder
	file.WriteString("year,date,name,kind\n")
	y, _, err := d.Days(admin, 2020)
	must(t, err)
	for _, day := range y.Days {
		file.WriteString("2020," + string(day.On) + "," + day.Name + "," + string(day.Kind) + "\n")
	}
	file.WriteString("2020,2020-02-03,春节,work\n")
	got, err := d.Import(admin, strings.NewReader(file.String()), Order{Source: "国办发明电〔2020〕1号", Reason: "按公布的安排"})
	if err != nil || len(got) != 1 || got[0].WorkingDays != got[0].WorkingWas || len(got[0].Changes) != 1 || got[0].Changes[0] != (Difference{"2020-02-03", "", Work, "春节"}) {
		t.Fatalf("%+v, %v", got, err)
	}
	years, err := d.Years(admin)
	must(t, err)
	if years[2].Year != 2020 || years[2].MakeUp != before[2].MakeUp || years[2].WorkingDays != before[2].WorkingDays || years[2].Version != 1 {
		t.Errorf("%+v, before %+v", years[2], before[2])
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
