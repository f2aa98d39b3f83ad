package platform

import (
	"slices"
	"strings"

	"sente/internal/kernel"
)

// The states of a contract task.
const (
	Open      = "open"      // 待提交
	Submitted = "submitted" // 待验收
	Objected  = "objected"  // 有异议
	Accepted  = "accepted"  // 已验收
	Cancelled = "cancelled" // 已取消
)

// Move is one step a contract task can take.
type Move struct {
	Do   string   `json:"do"`
	From []string `json:"from"`
	To   string   `json:"to"`
	Perm string   `json:"perm"`
}

// Moves is the life of a contract task as one table.
func Moves() []Move {
	return []Move{
		{"submit", []string{Open, Submitted, Objected}, Submitted, "platform.submit"},
		{"answer", []string{Objected}, Submitted, "platform.submit"},
		{"accept", []string{Submitted}, Accepted, "platform.accept"},
		{"object", []string{Submitted}, Objected, "platform.accept"},
		{"amend", []string{Open, Objected}, "", "platform.manage"},
		{"cancel", []string{Open, Objected}, Cancelled, "platform.manage"},
	}
}

// Task is one thing the operator of a contract owes, with the evidence that
// shows it and the day it is due.
type Task struct {
	Zone        string `db:"zone,key" json:"-"`
	ID          string `db:"id,key" json:"id"`
	Contract    string `db:"contract" json:"contract"`
	Platform    string `db:"platform" json:"platform"`
	Seq         int64  `db:"seq" json:"seq"`
	Unit        string `db:"unit" json:"operator" doc:"unit of the operator"`
	Owner       string `db:"owner" json:"acceptor" doc:"account of the official who accepts it"`
	Title       string `db:"title" json:"title"`
	Evidence    string `db:"evidence" json:"evidence" doc:"what shows that it is done"`
	DueOn       string `db:"due_on" json:"due_on"`
	State       string `db:"state" json:"state" enum:"open,submitted,objected,accepted,cancelled"`
	SubmittedOn string `db:"submitted_on" json:"submitted_on" doc:"day of the latest submission"`
	DecidedOn   string `db:"decided_on" json:"decided_on" doc:"day of the latest acceptance or objection"`
	Reason      string `db:"reason" json:"reason" doc:"of the latest objection or the cancellation"`
	Version     int64  `db:"version" json:"version"`
	CreatedAt   int64  `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt   int64  `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of contract tasks.
func (Task) Table() string { return "platform_tasks" }

// Owed reports whether the operator has something to hand in.
func (t Task) Owed() bool { return t.State == Open || t.State == Objected }

// Late reports whether t is owed and past its day.
func (t Task) Late(day kernel.Date) bool { return t.Owed() && kernel.Date(t.DueOn).Before(day) }

// TaskFacts are what may be said about a contract task; nil leaves a field as it is.
type TaskFacts struct {
	Title    *string `json:"title,omitempty"`
	Evidence *string `json:"evidence,omitempty" doc:"what shows that it is done"`
	DueOn    *string `json:"due_on,omitempty" doc:"YYYY-MM-DD, within the contract's term"`
	Acceptor *string `json:"acceptor,omitempty" doc:"account of the official who accepts it; default who looks after the contract"`
}

func (f TaskFacts) apply(t Task) Task {
	set(&t.Title, f.Title)
	set(&t.Evidence, f.Evidence)
	set(&t.DueOn, f.DueOn)
	set(&t.Owner, f.Acceptor)
	return t
}

// check says everything that is wrong with t as a task of c.
func (t Task) check(c Contract) error {
	due := checkDayNeeded("due_on", t.DueOn)
	if due == nil && !c.takes(kernel.Date(t.DueOn)) {
		due = kernel.FieldFault("due_on", "platform.due_outside", t.DueOn, c.SinceOn, c.UntilOn)
	}
	return kernel.Faults("platform.task_invalid", checkNeeded("title", t.Title, 200), checkNeeded("evidence", t.Evidence, 2000), due, checkNeeded("acceptor", t.Owner, 64))
}

// step refuses do where the table of moves does not have it.
func (k Docket) step(t Task, do string) error {
	if k.Contract.Closed() {
		return kernel.Faultf(kernel.ErrConflict, "platform.contract_closed", k.Contract.Number, k.Contract.ClosedOn)
	}
	for _, m := range Moves() {
		if m.Do == do && slices.Contains(m.From, t.State) {
			return nil
		}
	}
	return kernel.Faultf(kernel.ErrConflict, "platform.cannot_"+do+"_"+t.State)
}

// Kinds of submission.
const (
	KindSubmission = "submission" // 提交
	KindAnswer     = "answer"     // 答复异议
)

// Submission is what an operator handed in for a contract task.
type Submission struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Contract   string `db:"contract" json:"contract"`
	Task       string `db:"task" json:"task"`
	Kind       string `db:"kind" json:"kind" enum:"submission,answer"`
	Text       string `db:"text" json:"text"`
	File       string `db:"file" json:"file" doc:"empty: no document"`
	FileName   string `db:"file_name" json:"file_name"`
	MediaType  string `db:"media_type" json:"media_type"`
	Size       int64  `db:"size" json:"size" doc:"bytes"`
	SHA256     string `db:"sha256" json:"sha256"`
	On         string `db:"on_date" json:"on" doc:"day of what it shows"`
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at" doc:"ms UTC"`
}

// Table names the table of submissions.
func (Submission) Table() string { return "platform_submissions" }

// Review is an official's acceptance of a contract task or objection to it.
type Review struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Contract   string `db:"contract" json:"contract"`
	Task       string `db:"task" json:"task"`
	Decision   string `db:"decision" json:"decision" enum:"accepted,objected"`
	Reason     string `db:"reason" json:"reason" doc:"opinion of an acceptance, reason of an objection"`
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at" doc:"ms UTC"`
}

// Table names the table of reviews.
func (Review) Table() string { return "platform_reviews" }

// decideSubmit checks what is handed in for t on day: a document that shows
// something from the contract's term on, once.
func (k Docket) decideSubmit(t Task, s Submission, day kernel.Date) error {
	do := map[string]string{KindSubmission: "submit", KindAnswer: "answer"}[s.Kind]
	if err := k.step(t, do); err != nil {
		return err
	}
	var text error
	if s.Kind == KindAnswer {
		text = checkReason("text", s.Text)
	}
	before := checkPast("on", s.On, day)
	if before == nil && kernel.Date(s.On).Before(kernel.Date(k.Contract.SinceOn)) {
		before = kernel.FieldFault("on", "platform.before_contract", s.On, k.Contract.SinceOn)
	}
	if err := kernel.Faults("platform.submission_invalid", text, checkText("text", s.Text, 4000), before); err != nil {
		return err
	}
	filed := 0
	for _, x := range k.Submissions {
		if x.Task != t.ID {
			continue
		}
		if filed++; s.SHA256 != "" && x.SHA256 == s.SHA256 {
			return kernel.FieldFault("file", "platform.file_twice", x.FileName)
		}
	}
	if filed >= maxSubmissions {
		return kernel.Faultf(kernel.ErrConflict, "platform.too_many_submissions", maxSubmissions)
	}
	return nil
}

// decideReview checks that actor may accept t or object to it: nobody of the
// operator and nobody who handed something in judges it.
func (k Docket) decideReview(t Task, do, reason string, actor kernel.Actor) error {
	if err := k.step(t, do); err != nil {
		return err
	}
	own := actor.Unit != "" && actor.Unit == k.Contract.Unit
	handed := slices.ContainsFunc(k.Submissions, func(s Submission) bool { return s.Task == t.ID && s.By == actor.ID })
	if own || handed {
		return kernel.Faultf(kernel.ErrDenied, "platform.own_work")
	}
	if do == "object" {
		return checkReason("reason", reason)
	}
	return checkText("reason", strings.TrimSpace(reason), 1000)
}
