package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Docket is a project with everything filed under it.
type Docket struct {
	Dossier
	Track       Track // the pipeline it follows, as in force today
	clockwork   Reckoner
	nameSort    string          // orders the project's name; "" = not made yet
	beside      map[string]bool // other projects, and signings of others, on its contract that the reader may read
	Milestones  []Milestone
	Signing     *Signing // nil while none is held
	Ceremonies  []Ceremony
	Figures     []Figure
	Instalments []Instalment
	FactRows    []FactRow
	AsOf        kernel.Date // the day as of which it was read; "" = as it stands
	Today       kernel.Date // the day for which figures are in force
	UnitName    string      // of the responsible department; filled in by Find
	OwnerName   string      // of the responsible official; filled in by Find
}

// Listed is a project with the names of those responsible for it.
type Listed struct {
	Project
	UnitName  string
	OwnerName string
}

// note appends a milestone to the docket and returns the row to save.
func (k *Docket) note(e MilestoneEntry, actor kernel.Actor, at int64) Milestone {
	var last int64
	for _, m := range k.Milestones {
		last = max(last, m.Seq)
	}
	m := Milestone{Zone: k.Project.Zone, Project: k.Project.ID, Seq: last + 1, Stage: e.Stage, Kind: e.Kind, On: e.On,
		Precision: ByDay, Note: strings.TrimSpace(e.Note), By: actor.ID, ByName: actor.Name, RecordedAt: at}
	k.Milestones = append(k.Milestones, m)
	return m
}

// key identifies the signing the docket's project makes or would make.
func (k *Docket) key() string { return signingKey(k.Identity, k.Project.Site, k.Project.Scope) }

// Checklist is what stands between a project and its next stage.
type Checklist struct {
	Stage          Stage      `json:"stage"`
	Next           Stage      `json:"next"`            // "" when there is none
	Items          []GateItem `json:"items"`           // the gate of Next, met and unmet
	MissingEarlier []GateItem `json:"missing_earlier"` // unmet items of the stages already reached
	Ready          bool       `json:"ready"`           // Next may be entered now
}

// checklist is the gate of the stage after k's.
func (k *Docket) checklist(day kernel.Date, lang string) Checklist {
	c := Checklist{Stage: k.Project.Stage, Next: k.Track.Next(k.Project.Stage), Items: []GateItem{}, MissingEarlier: k.Track.Missing(k.Dossier, day, lang)}
	if c.Next != "" {
		c.Items = k.Track.Gates.Check(k.Dossier, c.Next, day, lang)
		c.Ready = !slices.ContainsFunc(c.Items, func(i GateItem) bool { return !i.Met })
	}
	return c
}

// AdvanceOrder asks for the next stage.
type AdvanceOrder struct {
	To     Stage  `json:"to" doc:"the next stage"`
	On     string `json:"on,omitempty" doc:"YYYY-MM-DD; default: the date of the evidence"`
	Reason string `json:"reason,omitempty" doc:"a remark for the timeline"`
}

// decideAdvance checks everything about an advance except who holds the signing
// and returns the day on which the stage was reached.
func decideAdvance(k *Docket, o AdvanceOrder, day kernel.Date, lang string) (kernel.Date, error) {
	t := k.Track
	if _, err := t.decideMove(k.Project, MoveAdvance, o.To, o.Reason, lang); err != nil {
		return "", err
	}
	if err := kernel.Faults("pipeline.order_invalid", checkPast("on", o.On, day), checkText("reason", o.Reason, 500)); err != nil {
		return "", err
	}
	if err := t.refuse(o.To, unmet(t.Gates.Check(k.Dossier, o.To, day, lang)), lang); err != nil {
		return "", err
	}
	seen := t.Gates.evidenceDate(k.Dossier, o.To, day)
	on := cmp.Or(kernel.Date(o.On), seen, day)
	if on.Before(seen) {
		return "", kernel.FieldFault("on", "pipeline.actual_before_evidence", string(on), string(seen))
	}
	if k.Project.Origin == OriginImported {
		return on, nil // a register's own dates may contradict each other; they are reported, not a reason to refuse
	}
	return on, t.decideOrder(k.Milestones, o.To, on, lang)
}

// SetBackOrder asks to go back to an earlier stage.
type SetBackOrder struct {
	To     Stage  `json:"to"`
	Reason string `json:"reason"`
}

// CallOffOrder shelves a project or ends it.
type CallOffOrder struct {
	To     Stage  `json:"to" enum:"shelved,lost,terminated"`
	Reason string `json:"reason"`
	On     string `json:"on,omitempty" doc:"YYYY-MM-DD; default: today, for terminated the date of the record"`
}

// verb is the row of the transition table the order stands for.
func (o CallOffOrder) verb() string {
	return map[Stage]string{Shelved: MoveShelve, Lost: MoveLose, Terminated: MoveTerminate}[o.To]
}

// decideCallOff checks o and returns the day it takes effect.
func decideCallOff(k *Docket, o CallOffOrder, day kernel.Date, lang string) (kernel.Date, error) {
	t := k.Track
	if o.verb() == "" {
		return "", kernel.FieldFault("to", "pipeline.not_a_choice", string(o.To), "shelved, lost, terminated")
	}
	m, err := t.decideMove(k.Project, o.verb(), o.To, o.Reason, lang)
	if err != nil {
		return "", err
	}
	if err := kernel.Faults("pipeline.order_invalid", checkPast("on", o.On, day), checkText("reason", o.Reason, 500)); err != nil {
		return "", err
	}
	if m.Gate {
		if err := t.refuse(o.To, unmet(t.Gates.Check(k.Dossier, o.To, day, lang)), lang); err != nil {
			return "", err
		}
	}
	if o.On != "" {
		return kernel.Date(o.On), nil
	}
	return cmp.Or(t.Gates.evidenceDate(k.Dossier, o.To, day), day), nil
}

// SignOrder puts the caller's signature under a gate.
type SignOrder struct {
	Stage   Stage  `json:"stage,omitempty" doc:"whose gate; default: the next stage"`
	Role    string `json:"role" enum:"officer,department_lead,leader" doc:"the office the caller signs in"`
	Opinion string `json:"opinion,omitempty"`
}

// CeremonyOrder records that a contract was signed once more.
type CeremonyOrder struct {
	On   string `json:"on" doc:"YYYY-MM-DD"`
	Note string `json:"note,omitempty" doc:"which event"`
}

func (o CeremonyOrder) check(k *Docket, day kernel.Date) error {
	if k.Signing == nil {
		return kernel.Faultf(kernel.ErrConflict, "pipeline.no_signing")
	}
	if o.On == "" {
		return kernel.FieldFault("on", "pipeline.no_date")
	}
	for _, c := range k.Ceremonies {
		if c.On == o.On && c.Signing == k.Signing.ID {
			return kernel.FieldFault("on", "pipeline.ceremony_twice", o.On)
		}
	}
	return kernel.Faults("pipeline.order_invalid", checkPast("on", o.On, day), checkText("note", o.Note, 500))
}

// order puts what is filed into the order in which it is shown.
func (k *Docket) order() {
	slices.SortFunc(k.Milestones, func(a, b Milestone) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(k.Figures, func(a, b Figure) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortFunc(k.Evidence, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(a.RecordedAt, b.RecordedAt), strings.Compare(a.ID, b.ID))
	})
	slices.SortFunc(k.Signoffs, func(a, b Signoff) int {
		return cmp.Or(cmp.Compare(a.RecordedAt, b.RecordedAt), strings.Compare(a.ID, b.ID))
	})
	slices.SortFunc(k.Instalments, func(a, b Instalment) int { return cmp.Or(strings.Compare(a.On, b.On), strings.Compare(a.ID, b.ID)) })
	slices.SortFunc(k.FactRows, func(a, b FactRow) int { return cmp.Or(strings.Compare(a.On, b.On), strings.Compare(a.ID, b.ID)) })
}
