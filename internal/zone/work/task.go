package work

import (
	"slices"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// The states of a task.
const (
	Open      = "open"      // 办理中: the department's own
	Offered   = "offered"   // 待接收: handed to a department that has not answered
	Accepted  = "accepted"  // 已接收: taken on by the department it was handed to
	Returned  = "returned"  // 已退回: back with whoever sent it
	Done      = "done"      // 已办结
	Cancelled = "cancelled" // 已取消
)

// States lists the states of a task in the order of its life.
func States() []string { return []string{Open, Offered, Accepted, Returned, Done, Cancelled} }

// The priorities of a task.
const (
	Normal = "normal" // 一般
	Urgent = "urgent" // 紧急
)

// Task (任务) is something a department is to do by a day.
type Task struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Title      string `db:"title" json:"title"`
	Detail     string `db:"detail" json:"detail"`
	Subject    string `db:"subject" json:"subject" doc:"what it is about: pipeline.project/<id>; empty when about nothing, or nothing the reader may see"`
	Unit       string `db:"unit" json:"unit" doc:"responsible department"`
	Owner      string `db:"owner" json:"owner" doc:"responsible account; empty: the department as a whole"`
	Giver      string `db:"giver" json:"giver" doc:"who set the task"`
	GiverUnit  string `db:"giver_unit" json:"giver_unit"`
	Sender     string `db:"sender" json:"sender" doc:"who handed it over last; a returned task waits there"`
	SenderUnit string `db:"sender_unit" json:"sender_unit"`
	DueOn      string `db:"due_on" json:"due_on" doc:"YYYY-MM-DD"`
	FirstDueOn string `db:"first_due_on" json:"first_due_on" doc:"the day first agreed, before any put-off"`
	Priority   string `db:"priority" json:"priority" enum:"normal,urgent"`
	State      string `db:"state" json:"state" enum:"open,offered,accepted,returned,done,cancelled"`
	Reason     string `db:"reason" json:"reason" doc:"of the last return, put-off or cancellation"`
	Result     string `db:"result" json:"result"`
	OfferedAt  int64  `db:"offered_at" json:"offered_at" doc:"ms UTC; 0: never handed over"`
	AnsweredAt int64  `db:"answered_at" json:"answered_at" doc:"ms UTC; 0: not answered"`
	ClosedAt   int64  `db:"closed_at" json:"closed_at" doc:"ms UTC; 0: not closed"`
	Search     string `db:"search" json:"-"`
	Version    int64  `db:"version" json:"version"`
	CreatedAt  int64  `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt  int64  `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of tasks.
func (Task) Table() string { return "work_tasks" }

// Object is the name in the journal of acts on t: what it is about, else itself.
func (t Task) Object() string {
	if t.Subject != "" {
		return t.Subject
	}
	return "work.task/" + t.ID
}

// Closed reports whether nothing is left to be done.
func (t Task) Closed() bool { return t.State == Done || t.State == Cancelled }

// Running reports whether the responsible department is at work on t.
func (t Task) Running() bool { return t.State == Open || t.State == Accepted }

// Late reports whether t was, or is on day, past the day it is due.
func (t Task) Late(day kernel.Date) bool {
	if t.State == Cancelled {
		return false
	}
	if t.ClosedAt != 0 {
		day = kernel.DayOf(t.ClosedAt)
	}
	return kernel.Date(t.DueOn).Before(day)
}

// Order is what a new task says.
type Order struct {
	Title    string `json:"title" doc:"what is to be done"`
	Detail   string `json:"detail,omitempty"`
	Subject  string `json:"subject,omitempty" doc:"what it is about: pipeline.project/<id>"`
	Unit     string `json:"unit,omitempty" doc:"department; the owner's, else yours, when empty"`
	Owner    string `json:"owner,omitempty" doc:"account; with neither unit nor owner the task is your own"`
	DueOn    string `json:"due_on" doc:"YYYY-MM-DD, today or later"`
	Priority string `json:"priority,omitempty" enum:"normal,urgent"`
}

// check says everything that is wrong with t on day.
func (t Task) check(day kernel.Date) error {
	return kernel.Faults("work.task_invalid", required("title", t.Title, maxTitle), atMost("detail", t.Detail, maxText),
		choice("priority", t.Priority, []string{Normal, Urgent}), dueFrom(t.DueOn, day))
}

// dueFrom faults a day that has passed.
func dueFrom(due string, day kernel.Date) error {
	if err := dated("due_on", due); err != nil {
		return err
	}
	if kernel.Date(due).Before(day) {
		return kernel.FieldFault("due_on", "work.due_past", due, string(day))
	}
	return nil
}

// handed returns t given by actor to unit and owner: its own department begins
// at once, another is asked.
func (t Task) handed(actor kernel.Actor, unit, owner string, at int64) Task {
	t.Unit, t.Owner, t.Sender, t.SenderUnit = unit, owner, actor.ID, actor.Unit
	t.State, t.OfferedAt, t.AnsweredAt = Open, 0, 0
	if unit != actor.Unit {
		t.State, t.OfferedAt = Offered, at
	}
	return t
}

// decideAnswer lets an offered task be answered once.
func (t Task) decideAnswer() error {
	if t.State != Offered {
		return kernel.Faultf(kernel.ErrConflict, "work.not_offered", stateKey(t.State))
	}
	return nil
}

// accepted returns t taken on by its department, for owner when one is named.
func (t Task) accepted(owner *string, at int64) (Task, error) {
	if err := t.decideAnswer(); err != nil {
		return t, err
	}
	set(&t.Owner, owner)
	t.State, t.AnsweredAt, t.Reason = Accepted, at, ""
	return t, nil
}

// returned returns t given back for reason.
func (t Task) returned(reason string, at int64) (Task, error) {
	if err := t.decideAnswer(); err != nil {
		return t, err
	}
	t.State, t.AnsweredAt, t.Reason = Returned, at, reason
	return t, reasoned(reason)
}

// completed returns t with its result.
func (t Task) completed(result string, at int64) (Task, error) {
	switch {
	case t.State == Offered:
		return t, kernel.Faultf(kernel.ErrConflict, "work.accept_first")
	case t.State == Returned:
		return t, kernel.Faultf(kernel.ErrConflict, "work.is_returned")
	case t.Closed():
		return t, kernel.Faultf(kernel.ErrConflict, "work.task_closed", stateKey(t.State))
	}
	t.State, t.Result, t.ClosedAt = Done, result, at
	return t, kernel.Faults("work.task_invalid", required("result", result, maxText))
}

// cancelled returns t given up for reason.
func (t Task) cancelled(reason string, at int64) (Task, error) {
	if t.Closed() {
		return t, kernel.Faultf(kernel.ErrConflict, "work.task_closed", stateKey(t.State))
	}
	t.State, t.Reason, t.ClosedAt = Cancelled, reason, at
	return t, reasoned(reason)
}

// reasoned faults a missing or endless reason.
func reasoned(reason string) error {
	return kernel.Faults("work.task_invalid", required("reason", reason, maxReason))
}

// TaskPatch changes what a task says; nil leaves a field as it is. Another day
// needs a reason.
type TaskPatch struct {
	Title    *string `json:"title,omitempty"`
	Detail   *string `json:"detail,omitempty"`
	DueOn    *string `json:"due_on,omitempty" doc:"YYYY-MM-DD, today or later; needs a reason"`
	Priority *string `json:"priority,omitempty" enum:"normal,urgent"`
	Reason   string  `json:"reason,omitempty" doc:"why another day"`
}

// apply returns t as p changes it on day.
func (p TaskPatch) apply(t Task, day kernel.Date) (Task, error) {
	if t.Closed() {
		return t, kernel.Faultf(kernel.ErrConflict, "work.task_closed", stateKey(t.State))
	}
	was := t.DueOn
	set(&t.Title, p.Title)
	set(&t.Detail, p.Detail)
	set(&t.DueOn, p.DueOn)
	set(&t.Priority, p.Priority)
	if t.DueOn == was {
		day = kernel.Date(min(was, string(day))) // an old day may stay
	} else {
		if err := reasoned(p.Reason); err != nil {
			return t, err
		}
		t.Reason = p.Reason
	}
	return t, t.check(day)
}

// fields names what differs between two states of a task.
func (t Task) fields(was Task) []string {
	var names []string
	for _, f := range []struct{ name, a, b string }{{"title", t.Title, was.Title}, {"detail", t.Detail, was.Detail},
		{"due_on", t.DueOn, was.DueOn}, {"priority", t.Priority, was.Priority}} {
		if f.a != f.b {
			names = append(names, f.name)
		}
	}
	return names
}

// checkStates faults a state that is none.
func checkStates(states []string) error {
	for _, s := range states {
		if !slices.Contains(States(), s) {
			return choice("state", s, States())
		}
	}
	return nil
}

// stateKey is the word of a state, in the reader's language.
func stateKey(state string) words.Key { return words.Key("work.state_" + state) }
