package notify

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// TestTold: whom an act concerns is told of it, once; not whoever did it, not
// who may not read it, not who is out of service; of a department its lead.
func TestTold(t *testing.T) {
	onBoth(t, func(r *room) {
		r.give("ann", chore{To: "bob", Note: "请尽快"})
		box, err := r.desk.Inbox(r.as("bob"), true, "", 10)
		r.must(err)
		if len(box.Items) != 1 || box.Unread != 1 {
			r.t.Fatalf("told %+v", box)
		}
		n := box.Items[0]
		if n.Title != "差事1" || n.Code != "E-1" || n.Path != "/errands?open=1" || n.Day != "2026-05-20" || n.Note != "请尽快" || n.ActorName != "某ann" || n.Gone || n.ReadAt != 0 {
			r.t.Errorf("told %+v", n)
		}
		r.give("bob", chore{To: "bob"})    // by himself
		r.give("ann", chore{To: "gone"})   // out of service
		r.give("ann", chore{To: "nobody"}) // unknown
		if got := r.told("bob"); !slices.Equal(got, []string{"差事1"}) || r.told("ann") != nil {
			r.t.Errorf("bob is told %v, ann %v", got, r.told("ann"))
		}
		r.forbid("bob")
		r.give("ann", chore{To: "bob"})
		if left := len(r.told("bob")); left != 1 {
			r.t.Errorf("who may not read it is told: %d notices", left)
		}
		box, err = r.desk.Inbox(r.as("bob"), false, "", 10)
		r.must(err)
		if n := box.Items[0]; !n.Gone || n.Title != "" || n.Code != "" || n.Path != "" || n.Note != "" || n.Object != "" {
			r.t.Errorf("who may no longer read it still sees %+v", n)
		}
		for unit, who := range map[string]string{"d1": "head", "d11": "head", "d2": "carl", "op": "worker"} {
			before := len(r.told(who))
			r.give("ann", chore{Unit: unit})
			if after := len(r.told(who)); after != before+1 {
				r.t.Errorf("of unit %s, %s is told %d", unit, who, after-before)
			}
		}
		if got := r.told("dora"); got != nil {
			r.t.Errorf("a section whose department has a lead: everybody is told %v", got)
		}
		r.give("ann", chore{Role: "leader"})
		if got := r.told("chief"); len(got) != 1 {
			r.t.Errorf("leaders are told %v", got)
		}
	})
}

// TestToldOnce: what is read twice, by a process that was killed before it wrote
// down how far it had come or by two at once, is told once; so is the same thing
// told by several acts.
func TestToldOnce(t *testing.T) {
	onBoth(t, func(r *room) {
		r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
		r.give("ann", chore{To: "bob"})
		r.give("ann", chore{To: "bob", Once: "same"})
		r.give("ann", chore{To: "bob", Once: "same"})
		before := r.told("bob")
		r.update(func(tx store.Tx) {
			_, err := tx.ExecContext(r.ctx(), "UPDATE notify_progress SET after = -1 WHERE zone = $1", tx.Zone)
			r.must(err)
		})
		r.open()
		r.must(r.desk.Tell(r.ctx()))
		if got := r.told("bob"); !slices.Equal(got, before) || len(got) != 2 || len(r.deliveries()) != 2 {
			r.t.Errorf("told %v, then %v with %d letters", before, got, len(r.deliveries()))
		}
		errs := make(chan error)
		for range 4 {
			go func() { errs <- r.desk.Tell(r.ctx()) }()
		}
		for range 4 {
			r.must(<-errs)
		}
		if got := r.told("bob"); len(got) != 2 {
			r.t.Errorf("several at once tell %v", got)
		}
	})
}

// TestManyActs: a large number of acts nobody is concerned by is passed over in
// steps, and what comes after them is told.
func TestManyActs(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	acts := make([]journal.Act, 3*tellMost+7)
	for i := range acts {
		acts[i] = journal.Act{Verb: "test.passed", Object: "test.thing/1"}
	}
	r.must(r.desk.Tell(r.ctx()))
	r.update(func(tx store.Tx) { r.must(journal.RecordAll(r.ctx(), tx, acts)) })
	r.give("ann", chore{To: "bob"})
	if got := r.told("bob"); len(got) != 1 {
		t.Errorf("told %v", got)
	}
	r.must(r.db.View(r.ctx(), func(tx store.Tx) error {
		p, ok, err := progressOf(r.ctx(), tx)
		if size, _ := journal.Size(r.ctx(), tx); !ok || p.After != size-1 {
			t.Errorf("told up to %d of %d", p.After, size)
		}
		return err
	}))
}

// TestFirstTelling: an installation that is upgraded is told of the last day, not
// of its whole past.
func TestFirstTelling(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	record := func() {
		r.count++
		act := journal.Act{Verb: "errand.given", Object: "test.errand/" + string(rune('0'+r.count)), Detail: chore{To: "bob"}}
		r.must(r.db.Update(r.as("ann"), func(tx store.Tx) error { _, err := journal.Record(r.as("ann"), tx, act); return err }))
	}
	record()
	r.clock.pass(25 * time.Hour)
	record()
	r.sequence()
	r.must(r.desk.Tell(r.ctx()))
	if got := r.told("bob"); !slices.Equal(got, []string{"差事2"}) {
		t.Errorf("told %v", got)
	}
}

// TestTellingFails: while a reader cannot be asked nothing is told and nothing
// lost.
func TestTellingFails(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	down := true
	r.cfg.Readers["test.errand"] = func(context.Context, store.Tx, string) error {
		if down {
			return errors.New("no answer")
		}
		return nil
	}
	r.must(r.desk.Tell(r.ctx()))
	act := journal.Act{Verb: "errand.given", Object: "test.errand/1", Detail: chore{To: "bob"}}
	r.must(r.db.Update(r.as("ann"), func(tx store.Tx) error { _, err := journal.Record(r.as("ann"), tx, act); return err }))
	r.sequence()
	if err := r.desk.Tell(r.ctx()); err == nil {
		t.Error("told although its readers could not be asked")
	}
	down = false
	r.must(r.desk.Tell(r.ctx()))
	if got := r.told("bob"); len(got) != 1 {
		t.Errorf("told %v", got)
	}
}

// TestMorning: what is due is told from half past eight on working days, once
// for each day it is due.
func TestMorning(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	asked := []kernel.Date{}
	r.cfg.Mornings = []Morning{func(_ context.Context, _ store.Tx, day kernel.Date) ([]tell.Notice, error) {
		asked = append(asked, day)
		return []tell.Notice{{Topic: "errand.due", To: []tell.To{{Account: "bob"}}, Object: "test.errand/7", Title: "差事7", Day: "2026-05-13", Once: tell.Due("test.errand/7", "2026-05-13")}}, nil
	}}
	r.open()
	morning := func(at string) {
		t.Helper()
		now, err := time.ParseInLocation("2006-01-02 15:04", at, kernel.ChinaTime())
		r.must(err)
		r.clock.pass(now.Sub(r.clock.now()))
		r.must(r.desk.Tell(r.ctx()))
		r.must(r.desk.Morning(r.ctx()))
	}
	morning("2026-05-12 08:29")
	if len(asked) != 0 {
		t.Fatalf("asked %v before half past eight", asked)
	}
	for _, at := range []string{"2026-05-12 08:30", "2026-05-12 08:31", "2026-05-12 17:00", "2026-05-13 12:00", "2026-05-16 09:00", "2026-05-18 09:00"} { // the 16th is a Saturday
		morning(at)
	}
	if !slices.Equal(asked, []kernel.Date{"2026-05-12", "2026-05-13", "2026-05-18"}) {
		t.Errorf("asked on %v", asked)
	}
	box, err := r.desk.Inbox(r.as("bob"), false, "", 10)
	r.must(err)
	if len(box.Items) != 1 || box.Items[0].ActorName != "" || box.Items[0].Topic != "errand.due" {
		t.Errorf("told %+v", box.Items)
	}
}

// TestReadAndSweep: a person marks their own as read, and what is old goes.
func TestReadAndSweep(t *testing.T) {
	onBoth(t, func(r *room) {
		for range 3 {
			r.give("ann", chore{To: "bob"})
		}
		r.give("bob", chore{To: "ann"})
		box, err := r.desk.Inbox(r.as("bob"), false, "", 2)
		r.must(err)
		if len(box.Items) != 2 || box.Next != box.Items[1].ID || box.Unread != 3 {
			r.t.Fatalf("a page %+v", box)
		}
		left, err := r.desk.MarkRead(r.as("ann"), []string{box.Items[0].ID}, "")
		if err != nil || left != 1 {
			r.t.Errorf("ann has %d left, %v", left, err)
		}
		if left, err = r.desk.MarkRead(r.as("bob"), []string{box.Items[0].ID}, ""); err != nil || left != 2 {
			r.t.Errorf("%d left, %v", left, err)
		}
		if left, err = r.desk.MarkRead(r.as("bob"), nil, ""); err != nil || left != 2 {
			r.t.Errorf("nothing named: %d left, %v", left, err)
		}
		rest, err := r.desk.Inbox(r.as("bob"), true, "", 10)
		r.must(err)
		if len(rest.Items) != 2 || rest.Items[0].Title != "差事2" {
			r.t.Errorf("unread %+v", rest.Items)
		}
		if left, err = r.desk.MarkRead(r.as("bob"), nil, box.Items[1].ID); err != nil || left != 0 {
			r.t.Errorf("up to the second: %d left, %v", left, err)
		}
		r.clock.pass(keepNotices - time.Hour)
		r.must(r.desk.Sweep(r.ctx()))
		if got := r.told("bob"); len(got) != 3 {
			r.t.Errorf("swept too early: %v", got)
		}
		r.clock.pass(2 * time.Hour)
		r.must(r.desk.Sweep(r.ctx()))
		if got := r.told("bob"); got != nil {
			r.t.Errorf("still there: %v", got)
		}
	})
}
