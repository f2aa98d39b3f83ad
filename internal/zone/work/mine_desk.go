package work

import (
	"context"

	"sente/internal/infra/calendar"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// mineLimit is how many things of one kind a day's page shows; the counts are
// of all.
const mineLimit = 20

// Mine is what waits for the caller.
type Mine struct {
	Overdue   Waiting
	DueSoon   Waiting
	Later     Waiting
	Offered   Waiting // to the caller or their department, and not answered
	Returned  Waiting // to the caller
	Ownerless Waiting // that the caller may carry out or hand on, whose owner has left
	Minutes   []ShownActivity
	Owed      int64 // minutes, in all
	Soon      Limit // what due soon means
}

// Waiting is one kind of tasks that wait.
type Waiting struct {
	Count int64
	Tasks []ShownTask
}

// Mine returns what waits for the caller: tasks, hand-offs and minutes.
func (d *Desk) Mine(ctx context.Context) (m Mine, err error) {
	defer kernel.Wrap(&err, "work.Mine")
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return m, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		m = Mine{}
		c, err := calendar.Load(ctx, tx)
		if err != nil {
			return err
		}
		limit, soon := d.limits.soon(c, today(tx))
		m.Soon = limit
		me, day := kernel.ActorOf(ctx), string(today(tx))
		running := func(w *where) { w.add("owner = ?", me.ID); w.in("state", []string{Open, Accepted}) }
		for _, part := range []struct {
			to     *Waiting
			narrow func(w *where)
		}{
			{&m.Overdue, func(w *where) { running(w); w.add("due_on < ?", day) }},
			{&m.DueSoon, func(w *where) { running(w); w.add("due_on >= ? AND due_on <= ?", day, soon) }},
			{&m.Later, func(w *where) { running(w); w.add("due_on > ?", soon) }},
			{&m.Returned, func(w *where) { w.add("sender = ? AND state = ?", me.ID, Returned) }},
		} {
			if *part.to, err = d.waiting(ctx, tx, "work.read", part.narrow); err != nil {
				return err
			}
		}
		if m.Offered, err = d.waiting(ctx, tx, "work.carry", func(w *where) { w.add("state = ? AND (owner = ? OR unit = ?)", Offered, me.ID, me.Unit) }); err != nil {
			return err
		}
		if m.Ownerless, err = d.ownerless(ctx, tx); err != nil {
			return err
		}
		return d.owed(ctx, tx, &m)
	})
	return m, err
}

// runningStates are those in which somebody has a task or is offered it.
func runningStates() []string { return []string{Open, Offered, Accepted} }

// waiting returns the tasks that narrow lets through, the most pressing first.
func (d *Desk) waiting(ctx context.Context, tx store.Tx, perm string, narrow func(w *where)) (out Waiting, err error) {
	if d.cfg.Gate.Require(ctx, perm) != nil {
		return Waiting{Tasks: []ShownTask{}}, nil
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	narrow(w)
	if err := d.scope(ctx, tx, w, perm, "Task"); err != nil {
		return out, err
	}
	if out.Count, err = countTasks(ctx, tx, w); err != nil {
		return out, err
	}
	list, err := selectTasks(ctx, tx, w, sortBy{"due_on", false, false}, nil, mineLimit)
	if err != nil {
		return out, err
	}
	out.Tasks, err = d.showAll(ctx, tx, list)
	return out, err
}

// ownerless returns the tasks whose owner has left, of the departments whose
// tasks the caller may carry out: a lead's own and those below it, a leader's
// every one, also where nobody leads it.
func (d *Desk) ownerless(ctx context.Context, tx store.Tx) (Waiting, error) {
	if d.cfg.Gate.Require(ctx, "work.carry") != nil {
		return Waiting{Tasks: []ShownTask{}}, nil
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("state", runningStates())
	if err := d.scope(ctx, tx, w, "work.carry", "Task"); err != nil {
		return Waiting{}, err
	}
	owners, err := ownersOf(ctx, tx, w)
	if err != nil {
		return Waiting{}, err
	}
	p, err := named(ctx, tx, owners)
	if err != nil {
		return Waiting{}, err
	}
	var left []string
	for id, gone := range p.left {
		if gone {
			left = append(left, id)
		}
	}
	return d.waiting(ctx, tx, "work.carry", func(w *where) {
		w.in("owner", left)
		w.in("state", runningStates())
	})
}

// owed fills in the minutes the caller owes.
func (d *Desk) owed(ctx context.Context, tx store.Tx, m *Mine) error {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.add("owner = ? AND status = ? AND minutes_at = 0", kernel.ActorOf(ctx).ID, Held)
	if err := d.scope(ctx, tx, w, "work.read", "Activity"); err != nil {
		return err
	}
	var err error
	if m.Owed, err = countActivities(ctx, tx, w); err != nil {
		return err
	}
	list, err := selectActivities(ctx, tx, w, sortBy{"on_date", false, false}, nil, mineLimit)
	if err != nil {
		return err
	}
	m.Minutes, err = d.showActivities(ctx, tx, list)
	return err
}
