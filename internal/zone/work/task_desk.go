package work

import (
	"context"
	"encoding/json"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func (t Task) resource() access.Resource {
	return access.Resource{Type: "Task", ID: t.ID, Unit: t.Unit, Owner: t.Owner}
}

// ShownTask is a task as its reader sees it: a subject they may not read is not
// there.
type ShownTask struct {
	Task
	SubjectTitle string
	People       people
	Day          kernel.Date
	Left         Remaining
	MayAnswer    bool // accept or return
	MayCarry     bool // complete
	MaySteer     bool // change, hand over, and cancel when on the giver's side
	MayCancel    bool
}

// Give sets a task. With neither unit nor owner it is the actor's own.
func (d *Desk) Give(ctx context.Context, o Order) (s ShownTask, err error) {
	defer kernel.Wrap(&err, "work.Give")
	if err := d.cfg.Gate.Require(ctx, "work.assign"); err != nil {
		return s, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		actor := kernel.ActorOf(ctx)
		trim(&o.Title, &o.Detail, &o.Subject, &o.DueOn)
		unit, owner, err := bearer(ctx, tx, o.Unit, o.Owner)
		if err != nil {
			return err
		}
		t := Task{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Title: o.Title, Detail: o.Detail, Subject: o.Subject, Giver: actor.ID, GiverUnit: actor.Unit,
			DueOn: o.DueOn, FirstDueOn: o.DueOn, Priority: either(o.Priority, Normal), CreatedAt: tx.Now.UnixMilli()}
		t = t.handed(actor, unit, owner, tx.Now.UnixMilli())
		if err := d.cfg.Gate.Allow(ctx, tx, "work.assign", t.resource()); err != nil {
			return err
		}
		if err := t.check(today(tx)); err != nil {
			return err
		}
		if err := d.about(ctx, tx, "subject", t.Subject); err != nil {
			return err
		}
		if err := assignable(ctx, tx, t); err != nil {
			return err
		}
		if t, err = d.saveTask(ctx, tx, t, journal.Act{Verb: "work.task_given", Detail: detail(t, "due_on", t.DueOn)}); err != nil {
			return err
		}
		s, err = d.shown(ctx, tx, t)
		return err
	})
	return s, err
}

// bearer settles who a task goes to: an owner without unit brings their own.
func bearer(ctx context.Context, tx store.Tx, unit, owner string) (string, string, error) {
	actor := kernel.ActorOf(ctx)
	switch {
	case unit == "" && owner == "":
		return actor.Unit, actor.ID, nil
	case unit != "" || owner == actor.ID:
		return either(unit, actor.Unit), owner, nil
	}
	a, err := access.GetAccount(ctx, tx, owner)
	if err != nil {
		return "", "", kernel.FieldFault("owner", "work.unknown_owner")
	}
	return a.Unit, owner, nil
}

// assignable checks that t's department is there and its owner works in it.
func assignable(ctx context.Context, tx store.Tx, t Task) error {
	if t.Unit == "" {
		return kernel.FieldFault("unit", "work.no_unit")
	}
	if err := access.CheckUnit(ctx, tx, "unit", t.Unit); err != nil {
		return err
	}
	return member(ctx, tx, t.Unit, t.Owner)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// detail is what the timeline says of an act on t; more are names and values.
func detail(t Task, more ...any) map[string]any {
	m := map[string]any{"task": t.ID, "title": t.Title, "unit": t.Unit}
	for i := 0; i+1 < len(more); i += 2 {
		m[more[i].(string)] = more[i+1]
	}
	return m
}

// saveTask records act with t as its change.
func (d *Desk) saveTask(ctx context.Context, tx store.Tx, t Task, act journal.Act) (Task, error) {
	t.Search = fold(t.Title)
	t.Version, t.UpdatedAt = t.Version+1, tx.Now.UnixMilli()
	act.Object, act.Changes = t.Object(), []journal.Change{journal.Put(t)}
	return t, record(ctx, tx, act)
}

// loadTask returns task id, which is as good as none to those who may not read it.
func (d *Desk) loadTask(ctx context.Context, tx store.Tx, id string) (Task, error) {
	t, err := getTask(ctx, tx, id)
	if err != nil {
		return t, err
	}
	if d.cfg.Gate.Allow(ctx, tx, "work.read", t.resource()) != nil {
		return t, kernel.Faultf(kernel.ErrNotFound, "work.task_not_found")
	}
	return t, nil
}

// change is the path of every act on an existing task.
func (d *Desk) change(ctx context.Context, id string, version int64, perm string, decide func(tx store.Tx, t Task) (Task, journal.Act, error)) (s ShownTask, err error) {
	defer kernel.Wrap(&err, "%s(%s)", perm, id)
	if err := d.cfg.Gate.Require(ctx, perm); err != nil {
		return s, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		t, err := d.loadTask(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.mayChange(ctx, tx, perm, t); err != nil {
			return err
		}
		if t.Version != version {
			return kernel.Faultf(kernel.ErrStale, "work.task_stale")
		}
		t, act, err := decide(tx, t)
		if err != nil || act.Verb == "" {
			return err
		}
		if t, err = d.saveTask(ctx, tx, t, act); err != nil {
			return err
		}
		s, err = d.shown(ctx, tx, t)
		return err
	})
	return s, err
}

// mayChange: a task is steered (work.assign) by those who carry it and by those
// who answer for whoever gave or sent it, and carried (work.carry) by the former.
func (d *Desk) mayChange(ctx context.Context, tx store.Tx, perm string, t Task) error {
	if perm == "work.assign" && d.sent(ctx, tx, t) {
		return nil
	}
	return d.cfg.Gate.Allow(ctx, tx, "work.carry", t.resource())
}

// sent reports whether the actor answers for the side t was given or sent from.
func (d *Desk) sent(ctx context.Context, tx store.Tx, t Task) bool {
	return d.carries(ctx, tx, t.GiverUnit, t.Giver) || d.carries(ctx, tx, t.SenderUnit, t.Sender)
}

// carries reports whether the actor may act for owner in unit.
func (d *Desk) carries(ctx context.Context, tx store.Tx, unit, owner string) bool {
	return d.cfg.Gate.Allow(ctx, tx, "work.carry", access.Resource{Type: "Task", Unit: unit, Owner: owner}) == nil
}

// Accept takes an offered task on, for owner when one is named.
func (d *Desk) Accept(ctx context.Context, id string, version int64, owner *string) (ShownTask, error) {
	return d.change(ctx, id, version, "work.carry", func(tx store.Tx, t Task) (Task, journal.Act, error) {
		t, err := t.accepted(owner, tx.Now.UnixMilli())
		if err == nil && owner != nil {
			err = member(ctx, tx, t.Unit, t.Owner)
		}
		return t, journal.Act{Verb: "work.task_accepted", Detail: detail(t, "owner", t.Owner)}, err
	})
}

// Return gives an offered task back to whoever sent it, with a reason.
func (d *Desk) Return(ctx context.Context, id string, version int64, reason string) (ShownTask, error) {
	return d.change(ctx, id, version, "work.carry", func(tx store.Tx, t Task) (Task, journal.Act, error) {
		t, err := t.returned(strings.TrimSpace(reason), tx.Now.UnixMilli())
		return t, journal.Act{Verb: "work.task_returned", Reason: t.Reason, Detail: detail(t, "to", t.SenderUnit)}, err
	})
}

// Reassign hands a task to another official or department; unit "" is the
// owner's. Another department is asked first.
func (d *Desk) Reassign(ctx context.Context, id string, version int64, unit, owner, reason string) (ShownTask, error) {
	return d.change(ctx, id, version, "work.assign", func(tx store.Tx, t Task) (Task, journal.Act, error) {
		if t.Closed() {
			return t, journal.Act{}, kernel.Faultf(kernel.ErrConflict, "work.task_closed", stateKey(t.State))
		}
		was := t
		if unit == "" && owner == "" {
			return t, journal.Act{}, kernel.FieldFault("unit", "work.no_unit")
		}
		unit, owner, err := bearer(ctx, tx, unit, owner)
		if err != nil {
			return t, journal.Act{}, err
		}
		if t.Running() && unit == t.Unit { // within the department: nobody has to be asked again
			t.Owner = owner
		} else {
			t = t.handed(kernel.ActorOf(ctx), unit, owner, tx.Now.UnixMilli())
		}
		if err := d.cfg.Gate.Allow(ctx, tx, "work.assign", t.resource()); err != nil {
			return t, journal.Act{}, err
		}
		if err := assignable(ctx, tx, t); err != nil {
			return t, journal.Act{}, err
		}
		reason := strings.TrimSpace(reason)
		return t, journal.Act{Verb: "work.task_reassigned", Reason: reason, Detail: detail(t, "from", was.Unit, "owner", t.Owner, "from_owner", was.Owner)},
			kernel.Faults("work.task_invalid", atMost("reason", reason, maxReason))
	})
}

// AmendTask changes what a task says, or the day it is due, with a reason.
func (d *Desk) AmendTask(ctx context.Context, id string, version int64, p TaskPatch) (ShownTask, error) {
	return d.change(ctx, id, version, "work.assign", func(tx store.Tx, t Task) (Task, journal.Act, error) {
		p.Reason = strings.TrimSpace(p.Reason)
		now, err := p.apply(t, today(tx))
		if err != nil {
			return t, journal.Act{}, err
		}
		if now.DueOn != t.DueOn {
			return now, journal.Act{Verb: "work.task_rescheduled", Reason: p.Reason, Detail: detail(now, "from", t.DueOn, "due_on", now.DueOn)}, nil
		}
		return now, journal.Act{Verb: "work.task_amended", Detail: detail(now, "fields", now.fields(t))}, nil
	})
}

// Complete closes a task with its result.
func (d *Desk) Complete(ctx context.Context, id string, version int64, result string) (ShownTask, error) {
	return d.change(ctx, id, version, "work.carry", func(tx store.Tx, t Task) (Task, journal.Act, error) {
		t, err := t.completed(strings.TrimSpace(result), tx.Now.UnixMilli())
		return t, journal.Act{Verb: "work.task_completed", Detail: detail(t, "late", t.Late(today(tx)))}, err
	})
}

// Cancel gives a task up, with a reason. The department it was handed to returns
// it instead.
func (d *Desk) Cancel(ctx context.Context, id string, version int64, reason string) (ShownTask, error) {
	return d.change(ctx, id, version, "work.assign", func(tx store.Tx, t Task) (Task, journal.Act, error) {
		if !d.sent(ctx, tx, t) {
			return t, journal.Act{}, kernel.Faultf(kernel.ErrConflict, "work.not_giver")
		}
		t, err := t.cancelled(strings.TrimSpace(reason), tx.Now.UnixMilli())
		return t, journal.Act{Verb: "work.task_cancelled", Reason: t.Reason, Detail: detail(t)}, err
	})
}

// Task returns task id.
func (d *Desk) Task(ctx context.Context, id string) (s ShownTask, err error) {
	defer kernel.Wrap(&err, "work.Task(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return s, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		t, err := d.loadTask(ctx, tx, id)
		if err != nil {
			return err
		}
		s, err = d.shown(ctx, tx, t)
		return err
	})
	return s, err
}

// historyBatch is how many acts on a subject are looked through at a time for
// those on one of its tasks.
const historyBatch = 200

// TaskHistory returns one page of the acts on task id, newest first.
func (d *Desk) TaskHistory(ctx context.Context, id string, p journal.Page) (out []journal.Entry, err error) {
	defer kernel.Wrap(&err, "work.TaskHistory(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		t, err := d.loadTask(ctx, tx, id)
		if err != nil {
			return err
		}
		out, err = historyOf(ctx, tx, t, p)
		return err
	})
	return out, err
}

// historyOf looks through the acts on t's subject, from t's last change back to
// its first, until the page is full.
func historyOf(ctx context.Context, tx store.Tx, t Task, p journal.Page) (out []journal.Entry, err error) {
	span := journal.Filter{Object: t.Object(), Verb: "work.", From: t.CreatedAt, Until: t.UpdatedAt + 1}
	for at := (journal.Page{Before: p.Before, BeforeID: p.BeforeID, Limit: historyBatch}); ; {
		list, err := journal.List(ctx, tx, span, at)
		for _, e := range list {
			if taskOf(e) == t.ID {
				out = append(out, e)
			}
			if len(out) == p.Limit {
				return out, nil
			}
			at.Before, at.BeforeID = e.Ord, e.ID
		}
		if err != nil || len(list) < historyBatch {
			return out, err
		}
	}
}

// taskOf names the task an entry is about.
func taskOf(e journal.Entry) string {
	var about struct {
		Task string `json:"task"`
	}
	if json.Unmarshal(e.Detail, &about) != nil {
		return ""
	}
	return about.Task
}

// Tasks returns one page of the tasks that f lets through and the caller may
// read, and the place to go on from (nil: the last page).
func (d *Desk) Tasks(ctx context.Context, f TaskFilter, after *Place, limit int) (out []ShownTask, next *Place, err error) {
	defer kernel.Wrap(&err, "work.Tasks")
	if err := d.cfg.Gate.Require(ctx, "work.read"); err != nil {
		return nil, nil, err
	}
	s, err := f.settle()
	if err != nil {
		return nil, nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		w := f.where(tx.Zone, today(tx))
		if err := d.scope(ctx, tx, w, "work.read", "Task"); err != nil {
			return err
		}
		list, err := selectTasks(ctx, tx, w, s, after, limit+1)
		if err != nil {
			return err
		}
		if len(list) > limit {
			at := s.place(list[limit-1].DueOn, list[limit-1].UpdatedAt, list[limit-1].ID)
			list, next = list[:limit], &at
		}
		out, err = d.showAll(ctx, tx, list)
		return err
	})
	return out, next, err
}

// scope narrows w to what the actor may do perm to.
func (d *Desk) scope(ctx context.Context, tx store.Tx, w *where, perm, kind string) error {
	cond, args, err := d.cfg.Gate.Filter(ctx, tx, perm, kind, "", len(w.args)+1)
	w.conds, w.args = append(w.conds, cond), append(w.args, args...)
	return err
}

func (d *Desk) shown(ctx context.Context, tx store.Tx, t Task) (ShownTask, error) {
	all, err := d.showAll(ctx, tx, []Task{t})
	if err != nil {
		return ShownTask{}, err
	}
	return all[0], nil
}

// showAll adds to tasks the names behind them and what the reader may do, and
// takes away subjects they may not read.
func (d *Desk) showAll(ctx context.Context, tx store.Tx, list []Task) ([]ShownTask, error) {
	var accounts, about []string
	for _, t := range list {
		accounts, about = append(accounts, t.Owner, t.Giver, t.Sender), append(about, t.Subject)
	}
	p, err := named(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	titles, err := d.subjects(ctx, tx, about)
	if err != nil {
		return nil, err
	}
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	out, decided := make([]ShownTask, len(list)), map[[2]string]bool{}
	may := func(unit, owner string) bool { // asked once for those who bear several
		key := [2]string{unit, owner}
		if _, ok := decided[key]; !ok {
			decided[key] = d.carries(ctx, tx, unit, owner)
		}
		return decided[key]
	}
	for i, t := range list {
		s := ShownTask{Task: t, People: p, Day: today(tx)}
		carries, sent := may(t.Unit, t.Owner), may(t.GiverUnit, t.Giver) || may(t.SenderUnit, t.Sender)
		s.MayAnswer, s.MayCarry = carries && t.State == Offered, carries && t.Running()
		s.MaySteer, s.MayCancel = (carries || sent) && !t.Closed(), sent && !t.Closed()
		s.Left = remaining(c, s.Day, t.DueOn)
		title, readable := titles[t.Subject]
		if s.SubjectTitle = title; !readable {
			s.Task.Subject = ""
		}
		out[i] = s
	}
	return out, nil
}

// ReadableTask refuses a task the caller may not read. It is a journal.Reader.
func (d *Desk) ReadableTask(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.loadTask(ctx, tx, id)
	return err
}
