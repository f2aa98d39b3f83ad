package work

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

func (a Activity) resource() access.Resource {
	return access.Resource{Type: "Activity", ID: a.ID, Unit: a.Unit, Owner: a.Owner}
}

// ShownActivity is an activity as its reader sees it; the ids of firms they may
// not read are not there.
type ShownActivity struct {
	Activity
	People  people
	Day     kernel.Date
	Left    Remaining // until the minutes are due
	MayEdit bool
}

// Plan registers an activity that is to take place, or one that has.
func (d *Desk) Plan(ctx context.Context, f ActivityFacts) (s ShownActivity, err error) {
	defer kernel.Wrap(&err, "work.Plan")
	if err := d.cfg.Gate.Require(ctx, "work.activity"); err != nil {
		return s, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		actor := kernel.ActorOf(ctx)
		a := f.apply(Activity{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Kind: "other", Status: Planned, Unit: actor.Unit, Owner: actor.ID, CreatedAt: tx.Now.UnixMilli()})
		if f.Owner == nil && a.Unit != actor.Unit {
			a.Owner = "" // another department's: it says itself who looks after it
		}
		if err := d.cfg.Gate.Allow(ctx, tx, "work.activity", a.resource()); err != nil {
			return err
		}
		if a, err = d.vet(ctx, tx, Activity{Unit: actor.Unit, Owner: actor.ID}, a); err != nil {
			return err
		}
		c, err := loadCounter(ctx, tx, string(today(tx))[:4])
		if err != nil {
			return err
		}
		c, a.No = c.next()
		// The counter comes first: of two that take the same number at once, one then
		// fails as a serialization failure and is tried again, not as a duplicate.
		act := journal.Act{Verb: "work.activity_planned", Detail: map[string]any{"no": a.No, "on": a.OnDate}, Changes: []journal.Change{journal.Put(c)}}
		s, err = d.saveActivity(ctx, tx, a, act)
		return err
	})
	return s, err
}

// vet checks a's fields and what they refer to; was is a before the change.
func (d *Desk) vet(ctx context.Context, tx store.Tx, was, a Activity) (Activity, error) {
	if err := a.check(kindIDs(d.kinds), today(tx)); err != nil {
		return a, err
	}
	day := kernel.Date(a.OnDate)
	if a.Method != was.Method || a.OnDate != was.OnDate {
		if err := CheckMethod(ctx, tx, a.Method, day); err != nil {
			return a, err
		}
	}
	if a.Campaign != was.Campaign || a.OnDate != was.OnDate {
		if err := CheckCampaign(ctx, tx, a.Campaign, day); err != nil {
			return a, err
		}
	}
	if a.Platform != was.Platform && a.Platform != "" {
		if err := d.about(ctx, tx, "platform", "platform.platform/"+a.Platform); err != nil {
			return a, err
		}
	}
	if a.Unit != was.Unit || a.Owner != was.Owner {
		if err := assignable(ctx, tx, Task{Unit: a.Unit, Owner: a.Owner}); err != nil {
			return a, err
		}
	}
	return d.present(ctx, tx, was, a)
}

// present names the firms and officials who took part; a firm must be one the
// actor may read, unless it stood there before.
func (d *Desk) present(ctx context.Context, tx store.Tx, was, a Activity) (Activity, error) {
	for i, f := range a.Parties {
		if f.Party == "" || slices.Contains(was.Parties, f) {
			continue
		}
		field := fmt.Sprintf("parties[%d].party", i)
		if err := d.about(ctx, tx, field, "party.party/"+f.Party); err != nil {
			return a, err
		}
		p, err := party.Get(ctx, tx, f.Party)
		if err != nil {
			return a, err
		}
		if p.Kind == party.Person {
			return a, kernel.FieldFault(field, "work.firm_is_person")
		}
		a.Parties[i].Name = p.Name
	}
	for i, o := range a.Officials {
		if o.Official == "" || slices.Contains(was.Officials, o) {
			continue
		}
		official, err := office.GetOfficial(ctx, tx, o.Official)
		if err != nil {
			return a, kernel.FieldFault(fmt.Sprintf("officials[%d].official", i), "work.official_unknown")
		}
		a.Officials[i].Name = official.Name
	}
	return a, nil
}

// saveActivity records act with a as its change.
func (d *Desk) saveActivity(ctx context.Context, tx store.Tx, a Activity, act journal.Act) (s ShownActivity, err error) {
	a = a.settled()
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return s, err
	}
	a = d.limits.reckoned(c, a)
	a.Version, a.UpdatedAt = a.Version+1, tx.Now.UnixMilli()
	act.Object, act.Changes = ActivityObject(a.ID), append(act.Changes, journal.Put(a))
	if err := record(ctx, tx, act); err != nil {
		return s, err
	}
	all, err := d.showActivities(ctx, tx, []Activity{a})
	if err != nil {
		return s, err
	}
	return all[0], nil
}

// loadActivity returns activity id, which is as good as none to those who may
// not read it.
func (d *Desk) loadActivity(ctx context.Context, tx store.Tx, id string) (Activity, error) {
	a, err := GetActivity(ctx, tx, id)
	if err != nil {
		return a, err
	}
	if d.cfg.Gate.Allow(ctx, tx, "work.read", a.resource()) != nil {
		return a, kernel.Faultf(kernel.ErrNotFound, "work.activity_not_found")
	}
	return a, nil
}

// editable is loadActivity for who is to change it; version 0 is not compared.
func (d *Desk) editable(ctx context.Context, tx store.Tx, id string, version int64) (Activity, error) {
	a, err := d.loadActivity(ctx, tx, id)
	if err != nil {
		return a, err
	}
	if err := d.cfg.Gate.Allow(ctx, tx, "work.activity", a.resource()); err != nil {
		return a, err
	}
	if version != 0 && a.Version != version {
		return a, kernel.Faultf(kernel.ErrStale, "work.activity_stale")
	}
	return a, nil
}

// changeActivity is the path of every act on an existing activity.
func (d *Desk) changeActivity(ctx context.Context, id string, version int64, decide func(tx store.Tx, a Activity) (Activity, journal.Act, error)) (s ShownActivity, err error) {
	defer kernel.Wrap(&err, "work.activity(%s)", id)
	if err := d.cfg.Gate.Require(ctx, "work.activity"); err != nil {
		return s, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		a, err := d.editable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		a, act, err := decide(tx, a)
		if err != nil || act.Verb == "" {
			return err
		}
		s, err = d.saveActivity(ctx, tx, a, act)
		return err
	})
	return s, err
}

// amended returns was as f changes it, where the actor may have it.
func (d *Desk) amended(ctx context.Context, tx store.Tx, was, a Activity) (Activity, error) {
	if a.Unit != was.Unit || a.Owner != was.Owner {
		if err := d.cfg.Gate.Allow(ctx, tx, "work.activity", a.resource()); err != nil {
			return a, err
		}
	}
	return d.vet(ctx, tx, was, a)
}

// AmendActivity changes fields of an activity that was not cancelled.
func (d *Desk) AmendActivity(ctx context.Context, id string, version int64, f ActivityFacts) (ShownActivity, error) {
	return d.changeActivity(ctx, id, version, func(tx store.Tx, was Activity) (Activity, journal.Act, error) {
		if err := was.alive(); err != nil {
			return was, journal.Act{}, err
		}
		a, err := d.amended(ctx, tx, was, f.apply(was))
		return a, journal.Act{Verb: "work.activity_amended", Detail: map[string]any{"no": a.No, "fields": a.fields(was)}}, err
	})
}

// Hold says that an activity took place, and how.
func (d *Desk) Hold(ctx context.Context, id string, version int64, f ActivityFacts) (ShownActivity, error) {
	return d.changeActivity(ctx, id, version, func(tx store.Tx, was Activity) (Activity, journal.Act, error) {
		a, err := f.apply(was).held()
		if err != nil {
			return a, journal.Act{}, err
		}
		a, err = d.amended(ctx, tx, was, a)
		return a, journal.Act{Verb: "work.activity_held", Detail: map[string]any{"no": a.No, "on": a.OnDate, "firms": len(a.Parties)}}, err
	})
}

// CallOff cancels an activity that has not taken place, with a reason.
func (d *Desk) CallOff(ctx context.Context, id string, version int64, reason string) (ShownActivity, error) {
	return d.changeActivity(ctx, id, version, func(tx store.Tx, a Activity) (Activity, journal.Act, error) {
		a, err := a.dropped(strings.TrimSpace(reason))
		return a, journal.Act{Verb: "work.activity_cancelled", Reason: a.Reason, Detail: map[string]any{"no": a.No}}, err
	})
}

// FileMinutes files the minutes of an activity as a text. The first filing
// counts for the term; late minutes are taken and shown late.
func (d *Desk) FileMinutes(ctx context.Context, id string, version int64, text string) (ShownActivity, error) {
	return d.changeActivity(ctx, id, version, func(tx store.Tx, a Activity) (Activity, journal.Act, error) {
		if err := a.minuted(); err != nil {
			return a, journal.Act{}, err
		}
		a.Minutes = strings.TrimSpace(text)
		a = a.filed(kernel.ActorOf(ctx), tx.Now.UnixMilli())
		return a, journal.Act{Verb: "work.minutes_filed", Detail: minutesDetail(a)}, kernel.Faults("work.activity_invalid", required("minutes", a.Minutes, 4*maxText))
	})
}

func minutesDetail(a Activity) map[string]any {
	return map[string]any{"no": a.No, "on": a.MinutesOn, "due": a.MinutesDue, "late": a.MinutesLate(kernel.Date(a.MinutesOn))}
}

// AttachMinutes files the minutes of an activity as the document read from file.
func (d *Desk) AttachMinutes(ctx context.Context, id string, version int64, name string, file io.Reader) (s ShownActivity, err error) {
	if err := d.cfg.Gate.Require(ctx, "work.activity"); err != nil {
		return s, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error { // before the document takes up room
		a, err := d.editable(ctx, tx, id, version)
		if err != nil {
			return err
		}
		return a.minuted()
	})
	if err != nil {
		return s, err
	}
	saved, err := d.cfg.Folder.Save(ctx, name, file, files.Documents())
	if err != nil {
		return s, err
	}
	return d.attached(ctx, id, version, saved)
}

// attached files minutes whose document is in the folder already.
func (d *Desk) attached(ctx context.Context, id string, version int64, f files.File) (ShownActivity, error) {
	return d.changeActivity(ctx, id, version, func(tx store.Tx, a Activity) (Activity, journal.Act, error) {
		if err := a.minuted(); err != nil {
			return a, journal.Act{}, err
		}
		a.MinutesFile, a.FileName, a.FileMedia, a.FileSize = f.Hash, f.Name, f.Type, f.Size
		a = a.filed(kernel.ActorOf(ctx), tx.Now.UnixMilli())
		return a, journal.Act{Verb: "work.minutes_filed", Detail: minutesDetail(a)}, nil
	})
}

// OpenMinutes opens the document of an activity's minutes. The caller closes it.
func (d *Desk) OpenMinutes(ctx context.Context, id string) (a Activity, doc io.ReadSeekCloser, err error) {
	defer kernel.Wrap(&err, "work.OpenMinutes(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return a, nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		a, err = d.loadActivity(ctx, tx, id)
		return err
	})
	if err != nil {
		return a, nil, err
	}
	if a.MinutesFile == "" {
		return a, nil, kernel.Faultf(kernel.ErrConflict, "work.no_minutes_file")
	}
	doc, err = d.cfg.Folder.Open(ctx, a.MinutesFile)
	return a, doc, err
}

// Activity returns activity id.
func (d *Desk) Activity(ctx context.Context, id string) (s ShownActivity, err error) {
	defer kernel.Wrap(&err, "work.Activity(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return s, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		a, err := d.loadActivity(ctx, tx, id)
		if err != nil {
			return err
		}
		all, err := d.showActivities(ctx, tx, []Activity{a})
		if err == nil {
			s = all[0]
		}
		return err
	})
	return s, err
}

// ActivityTimeline returns the journal's entries about activity id, newest first.
func (d *Desk) ActivityTimeline(ctx context.Context, id string, p journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "work.ActivityTimeline(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		if _, err := d.loadActivity(ctx, tx, id); err != nil {
			return err
		}
		entries, err = journal.History(ctx, tx, ActivityObject(id), p)
		return err
	})
	return entries, err
}

// Activities returns one page of the activities that f lets through and the
// caller may read, and the place to go on from (nil: the last page).
func (d *Desk) Activities(ctx context.Context, f ActivityFilter, after *Place, limit int) (out []ShownActivity, next *Place, err error) {
	defer kernel.Wrap(&err, "work.Activities")
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return nil, nil, err
	}
	s, err := f.settle()
	if err != nil {
		return nil, nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		w := f.where(tx.Zone)
		if err := d.scope(ctx, tx, w, "work.read", "Activity"); err != nil {
			return err
		}
		list, err := selectActivities(ctx, tx, w, s, after, limit+1)
		if err != nil {
			return err
		}
		if len(list) > limit {
			at := s.place(list[limit-1].OnDate, list[limit-1].UpdatedAt, list[limit-1].ID)
			list, next = list[:limit], &at
		}
		out, err = d.showActivities(ctx, tx, list)
		return err
	})
	return out, next, err
}

// Costs adds up the activities that f lets through and the caller may read, by
// method, campaign and currency.
func (d *Desk) Costs(ctx context.Context, f ActivityFilter) (out []Spent, err error) {
	defer kernel.Wrap(&err, "work.Costs")
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return nil, err
	}
	if _, err := f.settle(); err != nil {
		return nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		w := f.where(tx.Zone)
		if err := d.scope(ctx, tx, w, "work.read", "Activity"); err != nil {
			return err
		}
		out, err = spent(ctx, tx, w)
		return err
	})
	return out, err
}

// showActivities adds names and terms, and takes away the ids of firms the
// reader may not read.
func (d *Desk) showActivities(ctx context.Context, tx store.Tx, list []Activity) ([]ShownActivity, error) {
	var accounts, firms []string
	for _, a := range list {
		accounts = append(accounts, a.Owner)
		for _, f := range a.Parties {
			if f.Party != "" {
				firms = append(firms, "party.party/"+f.Party)
			}
		}
	}
	p, err := named(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	readable, err := d.subjects(ctx, tx, firms)
	if err != nil {
		return nil, err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := []ShownActivity{}
	for _, a := range list {
		s := ShownActivity{Activity: a, People: p, Day: today(tx)}
		s.Parties = slices.Clone(a.Parties)
		for i, f := range s.Parties {
			if _, ok := readable["party.party/"+f.Party]; !ok {
				s.Parties[i].Party = ""
			}
		}
		s.MayEdit = a.Status != Dropped && d.cfg.Gate.Allow(ctx, tx, "work.activity", a.resource()) == nil
		if a.Provisional { // the calendar may have been published since
			s.Activity = d.limits.reckoned(c, s.Activity)
		}
		s.Left = remaining(c, s.Day, s.MinutesDue)
		out = append(out, s)
	}
	return out, nil
}

// ReadableActivity refuses an activity the caller may not read. It is a
// journal.Reader.
func (d *Desk) ReadableActivity(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.loadActivity(ctx, tx, id)
	return err
}

// ActivityTitles names those of the activities ids that the caller may read. It
// is a Titles.
func (d *Desk) ActivityTitles(ctx context.Context, tx store.Tx, ids []string) (map[string]string, error) {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	if d.scope(ctx, tx, w, "work.read", "Activity") != nil {
		return map[string]string{}, nil // nobody who may see any
	}
	return titlesOf(ctx, tx, w, ids)
}
