package work

import (
	"context"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

func (n Note) resource() access.Resource {
	return access.Resource{Type: "Note", ID: n.ID, Unit: n.Unit, Owner: n.Owner}
}

// peopleField is the name under which access's table of restricted fields knows
// the people met.
const peopleField = "work.note.people"

// ShownNote is a note as its reader sees it: people masked, a subject they may
// not read not there.
type ShownNote struct {
	Note
	SubjectTitle string
	UnitName     string
	Hidden       []string
	MayWithdraw  bool
}

// Write adds a comment or the note of a visit.
func (d *Desk) Write(ctx context.Context, w Written) (s ShownNote, err error) {
	defer kernel.Wrap(&err, "work.Write")
	if err := d.cfg.Gate.Require(ctx, "work.note"); err != nil {
		return s, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		actor := kernel.ActorOf(ctx)
		n, err := w.note(today(tx))
		if err != nil {
			return err
		}
		n.Zone, n.ID, n.Unit, n.Owner, n.ByName, n.Version, n.CreatedAt = tx.Zone, kernel.NewID(tx.Now), actor.Unit, actor.ID, actor.Name, 1, tx.Now.UnixMilli()
		if err := d.cfg.Gate.Allow(ctx, tx, "work.note", n.resource()); err != nil {
			return err
		}
		if err := d.about(ctx, tx, "subject", n.Subject); err != nil {
			return err
		}
		if n, err = d.visited(ctx, tx, n); err != nil {
			return err
		}
		if err := d.saveNote(ctx, tx, n, journal.Act{Verb: "work.note_written", Detail: noteDetail(n)}); err != nil {
			return err
		}
		s, err = d.oneNote(ctx, tx, n)
		return err
	})
	return s, err
}

// visited names the firm n's visit was to, one the actor may read; a visit about
// a registered firm alone is about that firm.
func (d *Desk) visited(ctx context.Context, tx store.Tx, n Note) (Note, error) {
	if n.Firm == "" {
		return n, nil
	}
	if err := d.about(ctx, tx, "firm", "party.party/"+n.Firm); err != nil {
		return n, err
	}
	p, err := party.Get(ctx, tx, n.Firm)
	if err != nil {
		return n, err
	}
	n.FirmName = p.Name // "" for a private person: names of people stay in their own record
	if n.Subject == "" {
		n.Subject = "party.party/" + n.Firm
	}
	return n, nil
}

func noteDetail(n Note) map[string]any {
	return map[string]any{"note": n.ID, "kind": n.Kind, "on": n.On}
}

// saveNote records act on n. What names people is filed under the note itself,
// and the subject's timeline is told that there is a note.
func (d *Desk) saveNote(ctx context.Context, tx store.Tx, n Note, act journal.Act) error {
	act.Object, act.Changes = either(n.Subject, n.own()), []journal.Change{journal.Put(n)}
	if n.Subject == "" || n.People == "" && n.ErasedAt == 0 {
		return record(ctx, tx, act)
	}
	told := act
	told.Changes, act.Object = nil, n.own()
	if n.ErasedAt == tx.Now.UnixMilli() { // an erasure is the note's own affair
		return record(ctx, tx, act)
	}
	return record(ctx, tx, act, told)
}

// loadNote returns note id if the actor may read it and what it is about.
func (d *Desk) loadNote(ctx context.Context, tx store.Tx, id string) (Note, error) {
	n, err := getNote(ctx, tx, id)
	if err != nil {
		return n, err
	}
	if d.cfg.Gate.Allow(ctx, tx, "work.read", n.resource()) != nil || n.Owner != kernel.ActorOf(ctx).ID && d.about(ctx, tx, "", n.Subject) != nil {
		return n, kernel.Faultf(kernel.ErrNotFound, "work.note_not_found")
	}
	return n, nil
}

// Withdraw takes a note back, with a reason: its writer may, and leaders.
func (d *Desk) Withdraw(ctx context.Context, id, reason string) (s ShownNote, err error) {
	return d.changeNote(ctx, id, "work.note", func(tx store.Tx, n Note) (Note, journal.Act, error) {
		actor := kernel.ActorOf(ctx)
		if !d.mayWithdraw(ctx, n) {
			return n, journal.Act{}, kernel.Faultf(kernel.ErrConflict, "work.not_writer", n.ByName)
		}
		n, err := n.withdrawn(actor.ID, strings.TrimSpace(reason), tx.Now.UnixMilli())
		return n, journal.Act{Verb: "work.note_withdrawn", Reason: n.WithdrawnWhy, Detail: noteDetail(n)}, err
	})
}

func (d *Desk) mayWithdraw(ctx context.Context, n Note) bool {
	actor := kernel.ActorOf(ctx)
	return n.Owner == actor.ID || actor.Has("leader")
}

// EraseNote destroys what a note says of the people met, in the note and in the
// journal, for those who may approve the erasure of personal data.
func (d *Desk) EraseNote(ctx context.Context, id, reason string) (s ShownNote, err error) {
	return d.changeNote(ctx, id, "party.erase", func(tx store.Tx, n Note) (Note, journal.Act, error) {
		n, err := n.erased(tx.Now.UnixMilli())
		if err == nil {
			err = kernel.Faults("work.note_invalid", required("reason", reason, maxReason))
		}
		if err == nil {
			_, err = journal.Erase(ctx, tx, n.own())
		}
		return n, journal.Act{Verb: "work.erased", Reason: strings.TrimSpace(reason), Detail: noteDetail(n)}, err
	})
}

// changeNote is the path of every act on an existing note.
func (d *Desk) changeNote(ctx context.Context, id, perm string, decide func(tx store.Tx, n Note) (Note, journal.Act, error)) (s ShownNote, err error) {
	defer kernel.Wrap(&err, "%s(%s)", perm, id)
	if err := d.cfg.Gate.Require(ctx, perm); err != nil {
		return s, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		n, err := d.loadNote(ctx, tx, id)
		if err != nil {
			return err
		}
		n, act, err := decide(tx, n)
		if err != nil || act.Verb == "" {
			return err
		}
		if err := d.saveNote(ctx, tx, n, act); err != nil {
			return err
		}
		s, err = d.oneNote(ctx, tx, n)
		return err
	})
	return s, err
}

// Notes returns one page of the notes about subject that the caller may read,
// newest first; without a subject those the caller wrote. Of a subject the
// caller may not read there are none.
func (d *Desk) Notes(ctx context.Context, subject, kind string, after *Place, limit int) (out []ShownNote, next *Place, err error) {
	defer kernel.Wrap(&err, "work.Notes(%q)", subject)
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return nil, nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		if d.about(ctx, tx, "object", subject) != nil {
			return nil
		}
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.equal("subject", subject, "kind", kind)
		if subject == "" {
			w.add("owner = ?", kernel.ActorOf(ctx).ID)
		}
		if err := d.scope(ctx, tx, w, "work.read", "Note"); err != nil {
			return err
		}
		s := sortBy{"created_at", true, true}
		list, err := selectNotes(ctx, tx, w, s, after, limit+1)
		if err != nil {
			return err
		}
		if len(list) > limit {
			at := s.place("", list[limit-1].CreatedAt, list[limit-1].ID)
			list, next = list[:limit], &at
		}
		out, err = d.showNotes(ctx, tx, list)
		return err
	})
	return out, next, err
}

func (d *Desk) oneNote(ctx context.Context, tx store.Tx, n Note) (ShownNote, error) {
	all, err := d.showNotes(ctx, tx, []Note{n})
	if err != nil {
		return ShownNote{}, err
	}
	return all[0], nil
}

func (d *Desk) showNotes(ctx context.Context, tx store.Tx, list []Note) ([]ShownNote, error) {
	var about []string
	for _, n := range list {
		about = append(about, n.Subject)
	}
	titles, err := d.subjects(ctx, tx, about)
	if err != nil {
		return nil, err
	}
	p, err := named(ctx, tx, nil)
	if err != nil {
		return nil, err
	}
	actor, writes := kernel.ActorOf(ctx), d.cfg.Gate.Require(ctx, "work.note") == nil
	out := []ShownNote{}
	for _, n := range list {
		s := ShownNote{Note: n, SubjectTitle: titles[n.Subject], UnitName: p.unit(n.Unit, actor.Lang), Hidden: []string{}}
		s.MayWithdraw = writes && n.WithdrawnAt == 0 && d.mayWithdraw(ctx, n)
		if _, readable := titles[n.Subject]; !readable {
			s.Subject, s.Firm = "", ""
		}
		if n.People != "" && n.Owner != actor.ID && !d.cfg.Gate.Visible(ctx, peopleField) {
			s.People, s.Hidden = d.cfg.Gate.Mask(peopleField, n.People), []string{"people"}
		}
		out = append(out, s)
	}
	return out, nil
}

// ReadableNote refuses a note the caller may not read. It is a journal.Reader.
func (d *Desk) ReadableNote(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.loadNote(ctx, tx, id)
	return err
}
