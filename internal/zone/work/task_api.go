package work

import (
	"context"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
)

func (d *Desk) taskRoutes(door *httpapi.Door) {
	httpapi.Handle(door, route("GET", "/tasks", "work.read", "tasks"), d.getTasks)
	httpapi.Handle(door, created(route("POST", "/tasks", "work.assign", "task_give")), d.postTask)
	httpapi.Handle(door, route("GET", "/tasks/{id}", "work.read", "task"), d.getTask)
	httpapi.Handle(door, match(route("PATCH", "/tasks/{id}", "work.assign", "task_amend")), d.patchTask)
	httpapi.Handle(door, route("GET", "/tasks/{id}/history", "work.read", "task_history"), d.getTaskHistory)
	httpapi.Handle(door, match(route("POST", "/tasks/{id}/accept", "work.carry", "task_accept")), d.postAccept)
	httpapi.Handle(door, match(route("POST", "/tasks/{id}/return", "work.carry", "task_return")), d.postReturn)
	httpapi.Handle(door, match(route("POST", "/tasks/{id}/reassign", "work.assign", "task_reassign")), d.postReassign)
	httpapi.Handle(door, match(route("POST", "/tasks/{id}/complete", "work.carry", "task_complete")), d.postComplete)
	httpapi.Handle(door, match(route("POST", "/tasks/{id}/cancel", "work.assign", "task_cancel")), d.postCancel)
}

// May says what the reader may do to a task now.
type May struct {
	Answer bool `json:"answer" doc:"accept or return"`
	Carry  bool `json:"carry" doc:"complete"`
	Steer  bool `json:"steer" doc:"change, put off, hand to somebody else"`
	Cancel bool `json:"cancel"`
}

// TaskView is a task as the API shows it.
type TaskView struct {
	Task
	SubjectTitle    string `json:"subject_title" doc:"empty when the subject has none or may not be read"`
	UnitName        string `json:"unit_name"`
	OwnerName       string `json:"owner_name"`
	OwnerLeft       bool   `json:"owner_left" doc:"the owner's account is closed or their office has ended"`
	GiverName       string `json:"giver_name"`
	GiverUnitName   string `json:"giver_unit_name"`
	SenderName      string `json:"sender_name"`
	SenderUnitName  string `json:"sender_unit_name"`
	Late            bool   `json:"late" doc:"past its day, or closed past it"`
	DaysLeft        int    `json:"days_left" doc:"working days until it is due; negative: gone by"`
	DaysProvisional bool   `json:"days_provisional" doc:"counted beyond the published calendar"`
	May             May    `json:"may"`
}

func taskView(ctx context.Context, s ShownTask) TaskView {
	lang, p := httpapi.Lang(ctx), s.People
	return TaskView{Task: s.Task, SubjectTitle: s.SubjectTitle, UnitName: p.unit(s.Unit, lang), OwnerName: p.accounts[s.Owner].Name, OwnerLeft: s.Owner != "" && p.left[s.Owner],
		GiverName: p.accounts[s.Giver].Name, GiverUnitName: p.unit(s.GiverUnit, lang), SenderName: p.accounts[s.Sender].Name, SenderUnitName: p.unit(s.SenderUnit, lang),
		Late: s.Late(s.Day), DaysLeft: s.Left.Days, DaysProvisional: s.Left.Provisional, May: May{s.MayAnswer, s.MayCarry, s.MaySteer, s.MayCancel}}
}

func taskViews(ctx context.Context, list []ShownTask) []TaskView {
	out := []TaskView{}
	for _, s := range list {
		out = append(out, taskView(ctx, s))
	}
	return out
}

type taskOut struct {
	ETag string `header:"ETag"`
	Body TaskView
}

func taskAnswer(ctx context.Context, s ShownTask, err error) (*taskOut, error) {
	if err != nil {
		return nil, err
	}
	return &taskOut{httpapi.ETag(s.Version), taskView(ctx, s)}, nil
}

type getTasks struct {
	httpapi.Page
	Q          string   `query:"q" maxLength:"100" doc:"part of the title"`
	State      []string `query:"state,explode" doc:"any of these states; may be repeated"`
	Unit       string   `query:"unit"`
	Owner      string   `query:"owner"`
	Giver      string   `query:"giver"`
	SenderUnit string   `query:"sender_unit"`
	Object     string   `query:"object" maxLength:"200" doc:"what they are about: pipeline.project/…"`
	Since      string   `query:"since" doc:"YYYY-MM-DD: due on that day or later"`
	Until      string   `query:"until" doc:"YYYY-MM-DD: due on that day or earlier"`
	Overdue    bool     `query:"overdue" doc:"only those not closed and past their day"`
	Sort       string   `query:"sort" enum:"due_on,-due_on,updated_at,-updated_at" default:"due_on"`
}

type tasksOut struct {
	Body httpapi.List[TaskView]
}

func (d *Desk) getTasks(ctx context.Context, in *getTasks) (*tasksOut, error) {
	f := TaskFilter{Q: in.Q, States: in.State, Unit: in.Unit, Owner: in.Owner, Giver: in.Giver, SenderUnit: in.SenderUnit, Subject: in.Object, Since: in.Since, Until: in.Until,
		Overdue: in.Overdue, Sort: in.Sort}
	out, err := paged(in.Page, f.key(), func(after *Place) ([]TaskView, *Place, error) {
		list, next, err := d.Tasks(ctx, f, after, in.Limit)
		return taskViews(ctx, list), next, err
	})
	return &tasksOut{out}, err
}

type postTask struct{ Body Order }

func (d *Desk) postTask(ctx context.Context, in *postTask) (*taskOut, error) {
	s, err := d.Give(ctx, in.Body)
	return taskAnswer(ctx, s, err)
}

// OnTask names a task in a path.
type OnTask struct {
	ID string `path:"id"`
}

func (d *Desk) getTask(ctx context.Context, in *OnTask) (*taskOut, error) {
	s, err := d.Task(ctx, in.ID)
	return taskAnswer(ctx, s, err)
}

type historyOut struct {
	Body httpapi.List[journal.Entry]
}

type taskHistoryIn struct {
	OnTask
	httpapi.Page
}

func (d *Desk) getTaskHistory(ctx context.Context, in *taskHistoryIn) (*historyOut, error) {
	entries, err := journal.PageOf(journal.Filter{Object: "work.task/" + in.ID}, in.Page, func(p journal.Page) ([]journal.Entry, error) {
		return d.TaskHistory(ctx, in.ID, p)
	})
	return &historyOut{entries}, err
}

// Step is an act on a task that names the state it is based on.
type Step struct {
	OnTask
	httpapi.IfMatch
}

// on runs act with the version the step names.
func (s Step) on(ctx context.Context, act func(version int64) (ShownTask, error)) (*taskOut, error) {
	version, err := s.Version()
	if err != nil {
		return nil, err
	}
	t, err := act(version)
	return taskAnswer(ctx, t, err)
}

type patchTask struct {
	Step
	Body TaskPatch
}

func (d *Desk) patchTask(ctx context.Context, in *patchTask) (*taskOut, error) {
	return in.on(ctx, func(v int64) (ShownTask, error) { return d.AmendTask(ctx, in.ID, v, in.Body) })
}

type postAccept struct {
	Step
	Body struct {
		Owner *string `json:"owner,omitempty" doc:"who in the department takes it on"`
	}
}

func (d *Desk) postAccept(ctx context.Context, in *postAccept) (*taskOut, error) {
	return in.on(ctx, func(v int64) (ShownTask, error) { return d.Accept(ctx, in.ID, v, in.Body.Owner) })
}

type postReasoned struct {
	Step
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postReturn(ctx context.Context, in *postReasoned) (*taskOut, error) {
	return in.on(ctx, func(v int64) (ShownTask, error) { return d.Return(ctx, in.ID, v, in.Body.Reason) })
}

func (d *Desk) postCancel(ctx context.Context, in *postReasoned) (*taskOut, error) {
	return in.on(ctx, func(v int64) (ShownTask, error) { return d.Cancel(ctx, in.ID, v, in.Body.Reason) })
}

type postReassign struct {
	Step
	Body struct {
		Unit   string `json:"unit,omitempty" doc:"department; the owner's when empty"`
		Owner  string `json:"owner,omitempty" doc:"account; empty: the department as a whole"`
		Reason string `json:"reason,omitempty"`
	}
}

func (d *Desk) postReassign(ctx context.Context, in *postReassign) (*taskOut, error) {
	return in.on(ctx, func(v int64) (ShownTask, error) {
		return d.Reassign(ctx, in.ID, v, in.Body.Unit, in.Body.Owner, in.Body.Reason)
	})
}

type postComplete struct {
	Step
	Body struct {
		Result string `json:"result"`
	}
}

func (d *Desk) postComplete(ctx context.Context, in *postComplete) (*taskOut, error) {
	return in.on(ctx, func(v int64) (ShownTask, error) { return d.Complete(ctx, in.ID, v, in.Body.Result) })
}
