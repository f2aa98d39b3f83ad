package platform

import (
	"slices"

	"sente/internal/kernel"
)

// ContractObject is the name of contract id in the journal; acts on its tasks
// name it as well.
func ContractObject(id string) string { return "platform.contract/" + id }

// Contract is one contract with the operator of a platform. What it pays for
// is its tasks; how a fee follows from them is not recorded here.
type Contract struct {
	Zone        string `db:"zone,key" json:"-"`
	ID          string `db:"id,key" json:"id"`
	Platform    string `db:"platform" json:"platform"`
	Number      string `db:"number" json:"number" doc:"of the contract document, once in the zone"`
	Title       string `db:"title" json:"title"`
	Unit        string `db:"unit" json:"operator" doc:"unit of the operator"`
	Owner       string `db:"owner" json:"owner" doc:"account of the official who looks after it"`
	SignedOn    string `db:"signed_on" json:"signed_on"`
	SinceOn     string `db:"since_on" json:"since_on"`
	UntilOn     string `db:"until_on" json:"until_on" doc:"last day agreed"`
	Procurement string `db:"procurement" json:"procurement" doc:"where the procurement file is kept"`
	Note        string `db:"note" json:"note"`
	ClosedOn    string `db:"closed_on" json:"closed_on" doc:"last day of a contract that was closed"`
	ClosedWhy   string `db:"closed_why" json:"closed_why"`
	Version     int64  `db:"version" json:"version"`
	CreatedAt   int64  `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt   int64  `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of contracts.
func (Contract) Table() string { return "platform_contracts" }

// Closed reports whether c was closed.
func (c Contract) Closed() bool { return c.ClosedOn != "" }

// The states of a contract, from its dates.
const (
	Upcoming = "upcoming" // 未开始
	Running  = "running"  // 履行中
	Expired  = "expired"  // 已到期
	Closed   = "closed"   // 已关闭
)

// State is how c stands on day.
func (c Contract) State(day kernel.Date) string {
	switch {
	case c.Closed():
		return Closed
	case day.Before(kernel.Date(c.SinceOn)):
		return Upcoming
	case kernel.Date(c.UntilOn).Before(day):
		return Expired
	}
	return Running
}

// check says everything that is wrong with c by itself on day.
func (c Contract) check(day kernel.Date) error {
	return kernel.Faults("platform.contract_invalid", checkNeeded("number", c.Number, 80), checkNeeded("title", c.Title, 200),
		checkNeeded("operator", c.Unit, 64), checkNeeded("owner", c.Owner, 64), checkPast("signed_on", c.SignedOn, day),
		checkDayNeeded("since_on", c.SinceOn), checkDayNeeded("until_on", c.UntilOn), checkOrder("until_on", c.SinceOn, c.UntilOn),
		checkNeeded("procurement", c.Procurement, 1000), checkText("note", c.Note, 4000))
}

// ContractFacts are what may be said about a contract; nil leaves a field as it is.
type ContractFacts struct {
	Number      *string `json:"number,omitempty"`
	Title       *string `json:"title,omitempty"`
	Operator    *string `json:"operator,omitempty" doc:"unit of the operator; set once, default the platform's"`
	Owner       *string `json:"owner,omitempty" doc:"account of the official who looks after it; default the caller"`
	SignedOn    *string `json:"signed_on,omitempty" doc:"YYYY-MM-DD, not in the future"`
	SinceOn     *string `json:"since_on,omitempty" doc:"YYYY-MM-DD"`
	UntilOn     *string `json:"until_on,omitempty" doc:"YYYY-MM-DD"`
	Procurement *string `json:"procurement,omitempty" doc:"where the procurement file is kept"`
	Note        *string `json:"note,omitempty"`
}

func (f ContractFacts) apply(c Contract) Contract {
	set(&c.Number, f.Number)
	set(&c.Title, f.Title)
	set(&c.Unit, f.Operator)
	set(&c.Owner, f.Owner)
	set(&c.SignedOn, f.SignedOn)
	set(&c.SinceOn, f.SinceOn)
	set(&c.UntilOn, f.UntilOn)
	set(&c.Procurement, f.Procurement)
	set(&c.Note, f.Note)
	return c
}

// decideAmend checks the change of was into c: the operator is who signed, and
// the term still takes in every task that is owed.
func (k Docket) decideAmend(was, c Contract, day kernel.Date) error {
	if was.Closed() {
		return kernel.Faultf(kernel.ErrConflict, "platform.contract_closed", was.Number, was.ClosedOn)
	}
	if c.Unit != was.Unit {
		return kernel.FieldFault("operator", "platform.operator_fixed")
	}
	if err := c.check(day); err != nil {
		return err
	}
	for _, t := range k.Tasks {
		if t.Owed() && !c.takes(kernel.Date(t.DueOn)) {
			return kernel.FieldFault("until_on", "platform.task_outside", t.Seq, t.DueOn, c.SinceOn, c.UntilOn)
		}
	}
	return nil
}

// takes reports whether day lies in c's term.
func (c Contract) takes(day kernel.Date) bool {
	return !day.Before(kernel.Date(c.SinceOn)) && !kernel.Date(c.UntilOn).Before(day)
}

// Docket is a contract with all that is filed under it (卷宗).
type Docket struct {
	Contract     Contract
	Platform     Platform
	Tasks        []Task
	Submissions  []Submission
	Reviews      []Review
	OperatorName string
	OwnerName    string
	Acceptors    map[string]string // account → name
	Today        kernel.Date
}

// task finds task id of k.
func (k *Docket) task(id string) (int, error) {
	i := slices.IndexFunc(k.Tasks, func(t Task) bool { return t.ID == id })
	if i < 0 {
		return 0, kernel.Faultf(kernel.ErrNotFound, "platform.task_not_found")
	}
	return i, nil
}

// decideClose checks that k's contract can be closed on a day: nothing waits
// for acceptance any more.
func (k Docket) decideClose(on, reason string, day kernel.Date) error {
	c := k.Contract
	if c.Closed() {
		return kernel.Faultf(kernel.ErrConflict, "platform.contract_closed", c.Number, c.ClosedOn)
	}
	err := kernel.Faults("platform.contract_invalid", checkPast("on", on, day), checkOrder("on", c.SinceOn, on), checkReason("reason", reason))
	if err != nil {
		return err
	}
	waiting := 0
	for _, t := range k.Tasks {
		if t.State == Submitted {
			waiting++
		}
	}
	if waiting > 0 {
		return kernel.Faultf(kernel.ErrConflict, "platform.tasks_waiting", waiting)
	}
	return nil
}
