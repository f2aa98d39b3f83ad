package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// The kinds of milestone. A proposed one was read out of free text by an import
// and is no fact until an official records it as actual.
const (
	Planned  = "planned"  // 计划
	Forecast = "forecast" // 预测
	Actual   = "actual"   // 实际
	Proposed = "proposed" // 待确认的实际（由文字识别）

	ProposedPlan = "proposed_plan" // 待确认的计划（由文字识别）
)

// MilestoneKinds lists the kinds in the order they are shown.
func MilestoneKinds() []string { return []string{Planned, Forecast, Actual, Proposed, ProposedPlan} }

// Milestone says when a stage was to be, is expected to be, or was reached.
// Rows are only ever added; the one with the highest Seq of a stage and kind
// holds, and an empty date takes the earlier one back.
type Milestone struct {
	Zone       string `db:"zone,key" json:"-"`
	Project    string `db:"project,key" json:"project"`
	Seq        int64  `db:"seq,key" json:"seq"` // 1, 2, … within the project
	Stage      Stage  `db:"stage" json:"stage"`
	Kind       string `db:"kind" json:"kind"`
	On         string `db:"on_date" json:"on"`             // when it happens or happened
	Precision  string `db:"on_precision" json:"precision"` // ByDay, ByMonth or ByYear
	Note       string `db:"note" json:"note"`
	FromText   bool   `db:"from_text" json:"from_text"` // read out of free text
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
}

// Table names the table of milestones.
func (Milestone) Table() string { return "pipeline_milestones" }

// The precision of a date: registers often know the month or the year only. On
// is then the first day of it.
const (
	ByDay   = "day"
	ByMonth = "month"
	ByYear  = "year"
)

// Latest returns the milestone that holds for each stage and kind, along the
// chain; retracted ones are left out. Steps within a stage follow it by name;
// Track.latest has them in the track's order.
func Latest(all []Milestone) []Milestone {
	type key struct {
		stage Stage
		kind  string
	}
	last := map[key]Milestone{}
	for _, m := range all {
		if k := (key{m.Stage, m.Kind}); m.Seq > last[k].Seq {
			last[k] = m
		}
	}
	out := []Milestone{}
	for _, m := range last {
		if m.On != "" {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b Milestone) int {
		return cmp.Or(cmp.Compare(a.Stage.Rank(), b.Stage.Rank()), cmp.Compare(a.Stage, b.Stage), cmp.Compare(slices.Index(MilestoneKinds(), a.Kind), slices.Index(MilestoneKinds(), b.Kind)))
	})
	return out
}

// actualOn is the actual date of stage, "" when none is recorded.
func actualOn(all []Milestone, stage Stage) kernel.Date {
	for _, m := range Latest(all) {
		if m.Stage == stage && m.Kind == Actual {
			return kernel.Date(m.On)
		}
	}
	return ""
}

// ChainBreak is a pair of stages whose actual dates run backwards.
type ChainBreak struct {
	Earlier   Stage  `json:"earlier"` // comes first in the chain
	EarlierOn string `json:"earlier_on"`
	Later     Stage  `json:"later"` // but is dated before it
	LaterOn   string `json:"later_on"`
}

// latest is Latest in the order of the track.
func (t Track) latest(all []Milestone) []Milestone {
	out := Latest(all)
	slices.SortStableFunc(out, func(a, b Milestone) int { return t.compare(a.Stage, b.Stage) })
	return out
}

// ChainBreaks lists where the actual dates contradict the track. Registers hold
// such dates; they are kept as reported and shown, not repaired.
func (t Track) ChainBreaks(all []Milestone) []ChainBreak {
	out := []ChainBreak{}
	var before *Milestone
	for _, m := range t.latest(all) {
		if m.Kind != Actual || m.Stage.Rank() == 0 {
			continue
		}
		if before != nil && kernel.Date(m.On).Before(kernel.Date(before.On)) {
			out = append(out, ChainBreak{before.Stage, before.On, m.Stage, m.On})
		}
		before = &m
	}
	return out
}

// MilestoneEntry is what an official records about a milestone.
type MilestoneEntry struct {
	Stage Stage  `json:"stage"`
	Kind  string `json:"kind" enum:"planned,forecast,actual"`
	On    string `json:"on"`   // YYYY-MM-DD; "" takes the recorded date back
	Note  string `json:"note"` // a retraction must say why
}

// decideMilestone checks an entry against the project's state on day. An actual
// date belongs to a stage the project has reached, is not in the future, not
// before the evidence that dates the stage, and, for a project entered here,
// keeps to the order of the chain.
func (t Track) decideMilestone(d Dossier, all []Milestone, e MilestoneEntry, day kernel.Date, lang string) error {
	switch {
	case !slices.Contains([]string{Planned, Forecast, Actual}, e.Kind):
		return kernel.FieldFault("kind", "pipeline.unknown_milestone", e.Kind)
	case e.Stage.Rank() == 0:
		return kernel.FieldFault("stage", "pipeline.milestone_stage", string(e.Stage))
	case d.Project.Stage.Final():
		return kernel.Faultf(kernel.ErrConflict, "pipeline.final", d.Project.Stage.Label(lang))
	case !t.Applies(e.Stage) && e.On != "":
		return t.lacks("stage", e.Stage, lang)
	case e.On == "" && strings.TrimSpace(e.Note) == "":
		return kernel.FieldFault("note", "pipeline.retraction_reason")
	}
	err := kernel.Faults("pipeline.milestone_invalid", checkDate("on", e.On), checkText("note", e.Note, 500))
	if err != nil || e.Kind != Actual || e.On == "" {
		return err
	}
	return t.decideActual(d, all, e.Stage, kernel.Date(e.On), day, lang)
}

func (t Track) decideActual(d Dossier, all []Milestone, stage Stage, on, day kernel.Date, lang string) error {
	if t.compare(stage, d.Project.Standing()) > 0 {
		return kernel.FieldFault("stage", "pipeline.actual_not_reached", t.Label(stage, lang), t.Label(d.Project.Standing(), lang))
	}
	if err := checkPast("on", string(on), day); err != nil {
		return err
	}
	if seen := t.Gates.evidenceDate(d, stage, day); on.Before(seen) {
		return kernel.FieldFault("on", "pipeline.actual_before_evidence", string(on), string(seen))
	}
	if d.Project.Origin == OriginImported {
		return nil
	}
	return t.decideOrder(all, stage, on, lang)
}

// decideOrder refuses a date of stage that lies before the date of an earlier
// stage or after the date of a later one.
func (t Track) decideOrder(all []Milestone, stage Stage, on kernel.Date, lang string) error {
	for _, m := range t.latest(all) {
		if m.Kind != Actual {
			continue
		}
		other := kernel.Date(m.On)
		if t.compare(m.Stage, stage) < 0 && on.Before(other) {
			return kernel.FieldFault("on", "pipeline.date_before_stage", string(on), t.Label(m.Stage, lang), m.On)
		}
		if t.compare(m.Stage, stage) > 0 && other.Before(on) {
			return kernel.FieldFault("on", "pipeline.date_after_stage", string(on), t.Label(m.Stage, lang), m.On)
		}
	}
	return nil
}

// retractActual returns, for every stage after to whose actual date holds, the
// entry that takes it back: a project set back has not reached it.
func (t Track) retractActual(all []Milestone, to Stage, why string) []MilestoneEntry {
	var out []MilestoneEntry
	for _, m := range t.latest(all) {
		if m.Kind == Actual && t.compare(m.Stage, to) > 0 {
			out = append(out, MilestoneEntry{m.Stage, Actual, "", why})
		}
	}
	return out
}
