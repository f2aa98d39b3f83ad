package calendar

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Desk is where the calendar is read and its years are imported.
type Desk struct {
	db      *store.DB
	gate    *access.Gate
	changed func()
}

// NewDesk returns the desk. changed, unless nil, is called after years were
// imported, so that what hangs on due dates can be reckoned anew.
func NewDesk(db *store.DB, gate *access.Gate, changed func()) *Desk {
	return &Desk{db, gate, changed}
}

// Summary is one covered year.
type Summary struct {
	Year        int         `json:"year"`
	Source      string      `json:"source" doc:"the notice: number and date"`
	Version     int64       `json:"version" doc:"0: shipped with the program"`
	DaysOff     int         `json:"days_off" doc:"days the notice gives off, weekends among them"`
	MakeUp      int         `json:"make_up" doc:"weekend days worked instead"`
	WorkingDays int         `json:"working_days" doc:"of the whole year"`
	FirmUntil   kernel.Date `json:"firm_until" doc:"last day nothing can change any more: the next year's notice may rearrange the last days of December"`
	Imports     []Version   `json:"imports" doc:"every import of the year, newest first"`
}

// Years lists the covered years in order.
func (d *Desk) Years(ctx context.Context) (out []Summary, err error) {
	defer kernel.Wrap(&err, "calendar.Years")
	err = d.db.View(ctx, func(tx store.Tx) error {
		b, err := load(ctx, tx)
		out = b.summaries()
		return err
	})
	return out, err
}

func (b book) summaries() []Summary {
	c, out := b.calendar(), []Summary{}
	for _, y := range b.years {
		out = append(out, b.summary(c, y))
	}
	slices.SortFunc(out, func(a, b Summary) int { return cmp.Compare(a.Year, b.Year) })
	return out
}

func (b book) summary(c Calendar, y Year) Summary {
	first, last := kernel.Date(fmt.Sprintf("%d-01-01", y.Year)), kernel.Date(fmt.Sprintf("%d-12-31", y.Year))
	s := Summary{Year: y.Year, Source: y.Source, FirmUntil: last, Imports: slices.Clone(b.versions[y.Year])}
	slices.Reverse(s.Imports)
	if len(s.Imports) > 0 {
		s.Version = s.Imports[0].Version
	} else {
		s.Imports = []Version{}
	}
	for _, d := range y.Days {
		n, known := number(d.On)
		switch {
		case d.Kind == Off:
			s.DaysOff++
		case known && weekend(n):
			s.MakeUp++
		}
	}
	s.WorkingDays, _ = c.WorkingDaysBetween(first.AddDays(-1), last)
	for !c.Covers(s.FirmUntil) && first.Before(s.FirmUntil) {
		s.FirmUntil = s.FirmUntil.AddDays(-1)
	}
	return s
}

// Days returns what the notice of year lists; covered is false when none is known.
func (d *Desk) Days(ctx context.Context, year int) (y Year, covered bool, err error) {
	defer kernel.Wrap(&err, "calendar.Days(%d)", year)
	err = d.db.View(ctx, func(tx store.Tx) error {
		b, err := load(ctx, tx)
		if y, covered = b.years[year]; !covered {
			y = Year{Year: year}
		}
		return err
	})
	return y, covered, err
}

// Order says what an import is made of.
type Order struct {
	Source string // the notice: number and date
	Reason string
	DryRun bool // only say what would change
}

// Imported is one year of an import.
type Imported struct {
	Year        int          `json:"year"`
	Known       bool         `json:"known" doc:"the year was covered before"`
	Version     int64        `json:"version" doc:"the version the import makes; unchanged: the one that holds"`
	Changes     []Difference `json:"changes"`
	WorkingWas  int          `json:"working_days_was" doc:"of the year, by the facts so far (weekdays alone when it was not covered)"`
	WorkingDays int          `json:"working_days"`
}

// Import replaces the facts of the years in file by new versions, whole years at
// a time; a year whose facts do not change is left alone. With o.DryRun nothing
// is written. Faults: calendar.file_invalid with one detail per row at fault.
func (d *Desk) Import(ctx context.Context, file io.Reader, o Order) (out []Imported, err error) {
	defer kernel.Wrap(&err, "calendar.Import")
	if err := d.gate.Require(ctx, "calendar.manage"); err != nil {
		return nil, err
	}
	if !o.DryRun {
		if err := kernel.Faults("calendar.order_invalid", checkText("source", o.Source), checkText("reason", o.Reason)); err != nil {
			return nil, err
		}
	}
	years, err := read(file)
	if err != nil {
		return nil, err
	}
	if o.DryRun {
		err = d.db.View(ctx, func(tx store.Tx) error {
			b, err := load(ctx, tx)
			out = b.effect(years)
			return err
		})
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		b, err := load(ctx, tx)
		if err != nil {
			return err
		}
		out = b.effect(years)
		return journal.RecordAll(ctx, tx, b.acts(kernel.ActorOf(ctx), tx, years, out, o))
	})
	if err == nil && d.changed != nil {
		d.changed()
	}
	return out, err
}

// checkText asks for a text of at most 300 characters.
func checkText(field, text string) error {
	if strings.TrimSpace(text) == "" {
		return kernel.FieldFault(field, "calendar.no_"+field)
	}
	if utf8.RuneCountInString(text) > 300 {
		return kernel.FieldFault(field, "calendar.too_long", 300)
	}
	return nil
}

// read takes the facts out of an uploaded file, which the sheet reader wants on
// disk.
func read(file io.Reader) (years []Year, err error) {
	f, err := os.CreateTemp("", "calendar-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = io.Copy(f, file)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	b, err := sheet.Open(f.Name(), sheet.Options{Limits: sheet.Limits{Rows: maxRows + 10, Columns: 50, Cell: 4 << 10, Unzipped: 16 << 20}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	return parse(b.Rows(""), shipped())
}

// effect says what years would change.
func (b book) effect(years []Year) []Imported {
	was := b.calendar()
	after := book{facts: b.facts, years: map[int]Year{}}
	for n, y := range b.years {
		after.years[n] = y
	}
	for _, y := range years {
		after.years[y.Year] = y
	}
	is, out := after.calendar(), []Imported{}
	for _, y := range years {
		known, covered := b.years[y.Year]
		i := Imported{Year: y.Year, Known: covered, Changes: differences(known, y)}
		first := kernel.Date(fmt.Sprintf("%d-01-01", y.Year))
		last := kernel.Date(fmt.Sprintf("%d-12-31", y.Year))
		i.WorkingWas, _ = was.WorkingDaysBetween(first.AddDays(-1), last)
		i.WorkingDays, _ = is.WorkingDaysBetween(first.AddDays(-1), last)
		i.Version = int64(len(b.versions[y.Year]))
		if !covered || len(i.Changes) > 0 {
			i.Version++
		}
		out = append(out, i)
	}
	return out
}

// acts are what an import records: one act per year that changes.
func (b book) acts(actor kernel.Actor, tx store.Tx, years []Year, effects []Imported, o Order) []journal.Act {
	var acts []journal.Act
	for i, y := range years {
		e := effects[i]
		if e.Version == int64(len(b.versions[y.Year])) {
			continue
		}
		v := Version{Zone: tx.Zone, Year: int64(y.Year), Version: e.Version, Source: strings.TrimSpace(o.Source), Reason: strings.TrimSpace(o.Reason),
			By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
		act := journal.Act{Verb: "calendar.imported", Object: v.Object(), Reason: v.Reason,
			Detail:  map[string]any{"year": y.Year, "version": v.Version, "source": v.Source, "changes": len(e.Changes)},
			Changes: []journal.Change{journal.Put(v)}}
		for _, d := range y.Days {
			act.Changes = append(act.Changes, journal.Put(dayRow{tx.Zone, v.Year, v.Version, string(d.On), string(d.Kind), d.Name}))
		}
		acts = append(acts, act)
	}
	return acts
}
