package calendar

import (
	"context"
	"embed"
	"strconv"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations holds the tables of the calendar, numbered 0060 and up.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the row types, for verifying and rebuilding them from the journal.
func Tables() []store.Row { return []store.Row{Version{}, dayRow{}} }

// Version is one import of one year's facts; the highest of a year holds.
type Version struct {
	Zone       string `db:"zone,key" json:"-"`
	Year       int64  `db:"year,key" json:"year"`
	Version    int64  `db:"version,key" json:"version"` // 1, 2, …; what the program ships is version 0
	Source     string `db:"source" json:"source"`       // the notice: number and date
	Reason     string `db:"reason" json:"reason"`
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
}

// Table names the table of imported years.
func (Version) Table() string { return "calendar_years" }

// Reference marks years as what others are derived from.
func (Version) Reference() {}

// Object is the year's name in the journal.
func (v Version) Object() string { return "calendar.year/" + strconv.FormatInt(v.Year, 10) }

// dayRow is one listed day of one version of a year.
type dayRow struct {
	Zone    string `db:"zone,key"`
	Year    int64  `db:"year,key"`
	Version int64  `db:"version,key"`
	On      string `db:"on_date,key"`
	Kind    string `db:"kind"`
	Name    string `db:"name"`
}

// Table names the table of imported days.
func (dayRow) Table() string { return "calendar_days" }

// Reference marks days as what others are derived from.
func (dayRow) Reference() {}

// book is everything a zone knows about years.
type book struct {
	facts
	years    map[int]Year
	versions map[int][]Version // imports of a year, oldest first
}

// Load returns the calendar of tx's zone: what the program ships, with the years
// the zone has imported in their place.
func Load(ctx context.Context, tx store.Tx) (c Calendar, err error) {
	defer kernel.Wrap(&err, "calendar.Load")
	return store.Derive(tx, calendarKey{}, func() (Calendar, error) {
		b, err := load(ctx, tx)
		return b.calendar(), err
	})
}

// calendarKey is under which a zone's calendar is kept.
type calendarKey struct{}

func (b book) calendar() Calendar {
	years := make([]Year, 0, len(b.years))
	for _, y := range b.years {
		years = append(years, y)
	}
	return New(b.reach, years...)
}

func load(ctx context.Context, tx store.Tx) (book, error) {
	b := book{facts: shipped(), years: map[int]Year{}, versions: map[int][]Version{}}
	for _, y := range b.facts.years {
		b.years[y.Year] = y
	}
	versions, err := store.Select[Version](ctx, tx, "WHERE zone = $1 ORDER BY year, version", tx.Zone)
	if err != nil {
		return b, err
	}
	for _, v := range versions {
		b.versions[int(v.Year)] = append(b.versions[int(v.Year)], v)
		b.years[int(v.Year)] = Year{Year: int(v.Year), Source: v.Source}
	}
	if len(versions) == 0 {
		return b, nil
	}
	days, err := store.Select[dayRow](ctx, tx, "WHERE zone = $1 ORDER BY year, version, on_date", tx.Zone)
	if err != nil {
		return b, err
	}
	for _, d := range days {
		y := b.years[int(d.Year)]
		if all := b.versions[y.Year]; len(all) > 0 && d.Version == all[len(all)-1].Version {
			y.Days = append(y.Days, Day{kernel.Date(d.On), Kind(d.Kind), d.Name})
			b.years[y.Year] = y
		}
	}
	return b, nil
}
