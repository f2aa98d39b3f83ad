package notify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// tellMost is how many entries of the journal are told in one go.
const tellMost = 200

// tellBack is how far back the first telling of a zone goes.
const tellBack = 24 * time.Hour

// told is a notice with the people it is for.
type told struct {
	tell.Notice
	entry string // the act it follows from, "" a morning's
	actor string
	to    []access.Account
	units []string // of whom it concerns
}

// Tell tells what has been recorded in the zone of ctx's actor since the last
// time. What is told and how far are kept in one transaction.
func (d *Desk) Tell(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "notify.Tell")
	for {
		more, err := d.tellSome(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// tellSome tells the next entries; more says that there may be others.
func (d *Desk) tellSome(ctx context.Context) (more bool, err error) {
	var from, to int64
	var all []told
	var first bool
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		var acts []tell.Deed
		if from, first, err = d.reached(ctx, tx); err != nil {
			return err
		}
		if acts, to, err = d.acts(ctx, tx, from); err != nil {
			return err
		}
		more = to-from >= tellMost
		all, err = d.concerned(ctx, tx, acts)
		return err
	})
	if err != nil || to == from && !first {
		return false, err
	}
	zone := kernel.ActorOf(ctx).Zone
	if len(all) == 0 && !more && !first { // nothing to write: who comes back reads these few once more
		d.remember(zone, to)
		return false, nil
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		p, _, err := progressOf(ctx, tx)
		if err != nil {
			return err
		}
		if p.After > from { // another process was faster
			to = p.After
			return nil
		}
		if err := d.keep(ctx, tx, all); err != nil {
			return err
		}
		p.After = to
		return store.Put(ctx, tx, p)
	})
	if err == nil {
		d.remember(zone, to)
		d.announce(zone, all)
	}
	return more, err
}

// reached is the leaf up to which the zone has been told; first says that
// nothing is kept of it yet.
func (d *Desk) reached(ctx context.Context, tx store.Tx) (at int64, first bool, err error) {
	p, known, err := progressOf(ctx, tx)
	if err != nil {
		return 0, false, err
	}
	if !known {
		seq, err := journal.Since(ctx, tx, tx.Now.Add(-tellBack).UnixMilli())
		return seq - 1, true, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return max(p.After, d.at[tx.Zone]), false, nil
}

func (d *Desk) remember(zone string, at int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at[zone] = at
}

// acts reads the entries after from, and the last leaf read.
func (d *Desk) acts(ctx context.Context, tx store.Tx, from int64) (out []tell.Deed, to int64, err error) {
	var tables, verbs []string
	for _, t := range d.cfg.Tellers {
		tables, verbs = append(tables, t.Tables...), append(verbs, t.Verbs...)
	}
	to = from
	err = journal.FollowSome(ctx, tx, from, tellMost, tables, verbs, func(f journal.Followed) error {
		to = f.Seq
		a := tell.Deed{Entry: f.ID, Actor: f.Actor, Verb: f.Verb, Object: f.Object, Reason: f.Reason, Detail: f.Detail}
		for _, r := range f.Rows {
			a.Rows = append(a.Rows, tell.Row{Table: r.Table, After: r.After})
		}
		out = append(out, a)
		return nil
	})
	return out, to, err
}

// concerned asks the tellers about acts and finds the people.
func (d *Desk) concerned(ctx context.Context, tx store.Tx, acts []tell.Deed) (out []told, err error) {
	for _, a := range acts {
		for _, t := range d.cfg.Tellers {
			for _, n := range t.Tell(a) {
				one, err := d.addressed(ctx, tx, told{Notice: n, entry: a.Entry, actor: a.Actor})
				if err != nil {
					return nil, err
				}
				out = append(out, one)
			}
		}
	}
	return out, nil
}

// addressed fills in what n leads to and finds who is to be told of it: those it
// names, in service, but not whoever did it, and only who may read it.
func (d *Desk) addressed(ctx context.Context, tx store.Tx, n told) (told, error) {
	s, err := d.subject(ctx, tx, n.Object)
	if err != nil {
		return n, err
	}
	if n.Title == "" {
		n.Title, n.Code = s.Title, s.Code
	}
	if n.Path == "" {
		n.Path = s.Path
	}
	seen := map[string]bool{}
	for _, to := range n.To {
		if to.Holder {
			to.Account = s.Owner
			if s.Owner == "" {
				to.Unit = s.Unit
			}
		}
		if to.Unit != "" {
			n.units = append(n.units, to.Unit)
		}
		people, err := people(ctx, tx, to)
		if err != nil {
			return n, err
		}
		for _, a := range people {
			if seen[a.ID] || a.ID == n.actor && !n.Self {
				continue
			}
			seen[a.ID] = true
			may, err := d.readable(kernel.WithActor(ctx, a.Actor()), tx, n.Object)
			if err != nil {
				return n, err
			}
			if may {
				n.to, n.units = append(n.to, a), append(n.units, a.Unit)
			}
		}
	}
	return n, nil
}

// subject returns what there is to say of object; nothing for a kind nobody
// speaks for, or a thing that is gone.
func (d *Desk) subject(ctx context.Context, tx store.Tx, object string) (tell.Subject, error) {
	kind, id, _ := strings.Cut(object, "/")
	find, known := d.cfg.Subjects[kind]
	if !known {
		return tell.Subject{}, nil
	}
	s, err := find(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return tell.Subject{}, nil
	}
	return s, err
}

// people finds the accounts in service that to names.
func people(ctx context.Context, tx store.Tx, to tell.To) ([]access.Account, error) {
	switch {
	case to.Account != "":
		return access.Serving(ctx, tx, func(a access.Account) bool { return a.ID == to.Account })
	case to.Role != "":
		return access.Serving(ctx, tx, func(a access.Account) bool { return slices.Contains(a.Roles, to.Role) })
	case to.Unit != "":
		return answering(ctx, tx, to.Unit)
	}
	return nil, nil
}

// answering finds who answers for unit: its leads, else those of the department
// above, else everybody in it; an operator's people answer for their unit.
func answering(ctx context.Context, tx store.Tx, unit string) ([]access.Account, error) {
	above, err := access.Above(ctx, tx, unit)
	if err != nil {
		return nil, err
	}
	for _, u := range above {
		if u.Kind != access.Department && u.Kind != access.Platform && u.Kind != access.Operator && u.ID != unit {
			break
		}
		leads, err := access.Serving(ctx, tx, func(a access.Account) bool {
			return a.Unit == u.ID && (slices.Contains(a.Roles, "department_lead") || slices.Contains(a.Roles, "operator"))
		})
		if err != nil || len(leads) > 0 {
			return leads, err
		}
	}
	return access.Serving(ctx, tx, func(a access.Account) bool { return a.Unit == unit })
}

// keep writes notices and what goes out of the house because of them.
func (d *Desk) keep(ctx context.Context, tx store.Tx, all []told) error {
	if len(all) == 0 {
		return nil
	}
	channels, err := channelsOf(ctx, tx)
	if err != nil {
		return err
	}
	below := map[string][]string{}
	for _, c := range channels {
		if below[c.Unit], err = access.Subtree(ctx, tx, c.Unit); err != nil {
			return err
		}
	}
	nextID := kernel.IDs(tx.Now)
	for _, n := range all {
		v := Delivery{Zone: tx.Zone, Topic: n.Topic, Object: n.Object, Title: n.Title, Code: n.Code, Path: n.Path, Day: n.Day, Once: once(n.Notice, n.entry),
			State: Waiting, CreatedAt: tx.Now.UnixMilli(), NextAt: tx.Now.UnixMilli()}
		for _, c := range channels {
			if !c.told(n.Topic, n.units, below[c.Unit]) {
				continue
			}
			v.ID, v.Sink = nextID(), c.ID
			if err := insertDelivery(ctx, tx, v); err != nil {
				return err
			}
		}
		for _, a := range n.to {
			if err := d.keepFor(ctx, tx, n, a, v, channels, below, nextID); err != nil {
				return err
			}
		}
	}
	return nil
}

// keepFor writes n for account a by the ways a has chosen.
func (d *Desk) keepFor(ctx context.Context, tx store.Tx, n told, a access.Account, v Delivery, channels []Channel, below map[string][]string, nextID func() string) error {
	p, err := preferencesOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	ways := p.ways(n.Topic)
	fresh, err := insertNotice(ctx, tx, Notice{Zone: tx.Zone, ID: nextID(), Account: a.ID, Topic: n.Topic, Object: n.Object, Title: n.Title, Code: n.Code, Path: n.Path,
		Day: n.Day, Note: n.Note, Actor: n.actor, Urgent: n.Urgent, Shown: slices.Contains(ways, InProduct), Once: v.Once, At: tx.Now.UnixMilli()})
	if err != nil || !fresh {
		return err
	}
	v.NextAt = p.release(tx.Now, n.Urgent).UnixMilli()
	if slices.Contains(ways, Email) && p.Address != "" && d.mail != nil {
		mail := v
		mail.ID, mail.Sink, mail.Account = nextID(), Email, a.ID
		if err := insertDelivery(ctx, tx, mail); err != nil {
			return err
		}
	}
	for _, c := range channels {
		if !slices.Contains(ways, c.ID) || !c.chosen(a.Unit, below[c.Unit]) {
			continue
		}
		v.ID, v.Sink = nextID(), c.ID
		if err := insertDelivery(ctx, tx, v); err != nil {
			return err
		}
	}
	return nil
}

// announce wakes the streams of who was told, and the sending.
func (d *Desk) announce(zone string, all []told) {
	for _, n := range all {
		for _, a := range n.to {
			d.news.tell(zone, a.ID)
		}
	}
	if len(all) > 0 {
		d.out.poke()
	}
}

// morningAt is when the day's notices are made, in minutes of the day in China.
const morningAt = 8*60 + 30

// Morning tells once a working day, from half past eight on, what is due.
func (d *Desk) Morning(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "notify.Morning")
	var all []told
	var day kernel.Date
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		all, day = nil, ""
		p, _, err := progressOf(ctx, tx)
		if err != nil {
			return err
		}
		today := kernel.DayOf(tx.Now.UnixMilli())
		c, err := calendar.Load(ctx, tx)
		if err != nil || p.Day >= string(today) || tx.Now.Before(midnight(tx.Now).Add(morningAt*time.Minute)) || !c.IsWorking(today) {
			return err
		}
		day = today
		for _, m := range d.cfg.Mornings {
			list, err := m(ctx, tx, day)
			if err != nil {
				return err
			}
			for _, n := range list {
				one, err := d.addressed(ctx, tx, told{Notice: n})
				if err != nil {
					return err
				}
				all = append(all, one)
			}
		}
		return nil
	})
	if err != nil || day == "" {
		return err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		p, known, err := progressOf(ctx, tx)
		if err != nil || p.Day >= string(day) || !known {
			return err // told by another process, or the journal has not been told yet: the next time
		}
		if err := d.keep(ctx, tx, all); err != nil {
			return err
		}
		p.Day = string(day)
		return store.Put(ctx, tx, p)
	})
	if err == nil {
		d.announce(kernel.ActorOf(ctx).Zone, all)
	}
	return err
}
