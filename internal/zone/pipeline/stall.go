package pipeline

import (
	"cmp"
	"slices"

	"sente/internal/kernel"
)

// The kinds of stalling.
const (
	StallOverdue = "overdue" // past the limit of its span, by a settled calendar
	StallQuiet   = "quiet"   // nobody has done anything about it for long
)

// StallKinds lists the kinds.
func StallKinds() []string { return []string{StallOverdue, StallQuiet} }

// StallFilter narrows the list of what stalls; empty fields do not narrow.
type StallFilter struct {
	Kind     string // StallOverdue or StallQuiet
	Unit     string
	Owner    string
	Platform string
}

func (f StallFilter) key() []string { return []string{"stalled", f.Kind, f.Unit, f.Owner, f.Platform} }

// Waiting is a project that waits for somebody: since when, for what, for whom.
type Waiting struct {
	ID          string      `json:"id"`
	Code        string      `json:"code"`
	Name        string      `json:"name"`
	Stage       Stage       `json:"stage"`
	StageLabel  string      `json:"stage_label" doc:"as the project's pipeline calls it"`
	Prior       Stage       `json:"prior"`
	StageSince  string      `json:"stage_since"`
	Unit        string      `json:"unit"`
	UnitName    string      `json:"unit_name"`
	Owner       string      `json:"owner"`
	OwnerName   string      `json:"owner_name"`
	Platform    string      `json:"platform"`
	Version     int64       `json:"version"`
	Reason      string      `json:"reason" doc:"of the last step that needed one"`
	Clock       *Clock      `json:"clock,omitempty" doc:"the span that is due next; absent: nothing is due"`
	OverdueDays int         `json:"overdue_days" doc:"calendar days since the due day, 0 while it may move"`
	QuietDays   int         `json:"quiet_days" doc:"calendar days since the last act"`
	WaitsOn     string      `json:"waits_on" enum:",owner,coordination,officer,department_lead,leader" doc:"owner: papers or the step itself; a role: nothing but its signature is missing; coordination: another project holds the contract"`
	Next        Stage       `json:"next"`
	NextLabel   string      `json:"next_label"`
	Gate        []GateItem  `json:"gate" doc:"of the next stage, met and unmet"`
	Due         kernel.Date `json:"due_on"`
}

// waiting is k as somebody's matter on day, at the instant now.
func (k *Docket) waiting(r Reckoner, now int64, lang string) Waiting {
	p := k.Project
	w := Waiting{ID: p.ID, Code: p.Code, Name: p.Name, Stage: p.Stage, StageLabel: k.Track.Label(p.Stage, lang), Prior: p.Prior, StageSince: p.StageSince,
		Unit: p.Unit, UnitName: k.UnitName, Owner: p.Owner, OwnerName: k.OwnerName, Platform: p.Platform, Version: p.Version, Reason: p.Reason,
		WaitsOn: p.WaitsOn, Due: kernel.Date(p.DueOn), Gate: []GateItem{}}
	if next, ok := r.Due(p, k.Milestones, lang); ok {
		w.Clock, w.Due = &next, next.DueOn
		if next.State == ClockOverdue {
			w.OverdueDays, _ = next.DueOn.DaysUntil(r.Today)
		}
	}
	w.QuietDays, _ = kernel.DayOf(p.UpdatedAt).DaysUntil(kernel.DayOf(now))
	c := k.checklist(r.Today, lang)
	if c.Next != "" {
		w.Next, w.NextLabel, w.Gate = c.Next, k.Track.Label(c.Next, lang), c.Items
	}
	return w
}

// reckon settles what the project's row keeps of its clocks: the day it is due,
// whether that may move, the span, and whom it waits for.
func (k *Docket) reckon(r Reckoner) {
	p := &k.Project
	if r.Today == "" {
		return // without a calendar nothing is known, and nothing is wiped
	}
	p.DueOn, p.DueProvisional, p.DueFrom, p.DueTo = "", false, "", ""
	if next, ok := r.Due(*p, k.Milestones, "zh"); ok {
		p.DueOn, p.DueProvisional, p.DueFrom, p.DueTo = string(next.DueOn), next.Provisional, next.From, next.To
	}
	next, items := k.Track.Next(p.Stage), []GateItem{}
	if next != "" {
		items = k.Track.Gates.Check(k.Dossier, next, r.Today, "zh")
	}
	p.WaitsOn = waitsFor(*p, next, items)
}

// UnitStall is what stalls in one department.
type UnitStall struct {
	Unit     string `json:"unit"`
	UnitName string `json:"unit_name"`
	Overdue  int64  `json:"overdue"`
	Quiet    int64  `json:"quiet"`
	Oldest   string `json:"oldest_due_on" doc:"first due day among the overdue; empty: none"`
	count    int64
}

// foldUnits puts the counts of a department together, most overdue first.
func foldUnits(overdue, quiet map[string]UnitStall, names map[string]string) []UnitStall {
	out := []UnitStall{}
	for unit, o := range overdue {
		out = append(out, UnitStall{Unit: unit, UnitName: names[unit], Overdue: o.count, Quiet: quiet[unit].count, Oldest: o.Oldest})
	}
	for unit, q := range quiet {
		if _, both := overdue[unit]; !both {
			out = append(out, UnitStall{Unit: unit, UnitName: names[unit], Quiet: q.count})
		}
	}
	slices.SortFunc(out, func(a, b UnitStall) int {
		return cmp.Or(cmp.Compare(b.Overdue, a.Overdue), cmp.Compare(b.Quiet, a.Quiet), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}

// The blocks of "my day", in the order in which they are shown.
const (
	MineSignatures = "signatures" // 待我签署: nothing but a signature of a role I hold is missing
	MineOverdue    = "overdue"    // 逾期
	MineDueSoon    = "due_soon"   // 即将到期
	MineReturned   = "returned"   // 退回给我的, resumed ones among them
	MineMissing    = "missing"    // 缺证据: gates passed on a register's word
)

// MineBlock is one block of "my day": how many, and the first of them.
type MineBlock struct {
	ID    string    `json:"id" enum:"signatures,overdue,due_soon,returned,missing"`
	Count int64     `json:"count"`
	Items []Waiting `json:"items" doc:"the first few"`
}

// Mine is what waits for the caller.
type Mine struct {
	Today  kernel.Date `json:"today"`
	Blocks []MineBlock `json:"blocks"`
	Rules  Thresholds  `json:"rules" doc:"the thresholds in force, with their sources"`
}
