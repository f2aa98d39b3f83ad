package pipeline

import (
	"slices"

	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// What projects and reports tell people of.
const (
	topicSign      = "pipeline.sign"
	topicMoved     = "pipeline.moved"
	topicAssigned  = "pipeline.assigned"
	topicDue       = "pipeline.due"
	topicArbitrate = "pipeline.arbitrate"
	topicContested = "pipeline.contested"
	topicDecided   = "pipeline.decided"
)

// Topics lists what projects and reports tell people of.
func Topics() []tell.Topic {
	return []tell.Topic{{ID: topicSign, Perm: "pipeline.sign"}, {ID: topicMoved, Perm: "pipeline.advance"}, {ID: topicAssigned, Perm: "pipeline.advance"},
		{ID: topicDue, Perm: "pipeline.advance"}, {ID: topicArbitrate, Perm: "pipeline.arbitrate"}, {ID: topicContested, Perm: "pipeline.report"}, {ID: topicDecided, Perm: "pipeline.report"}}
}

// Teller says whom the acts on projects, reports and conflicts concern.
func Teller() tell.Teller {
	return tell.Teller{Tables: []string{"pipeline_projects", "pipeline_signoffs", "pipeline_reports", "pipeline_conflicts"}, Tell: concerns}
}

// toldProject is what a teller reads of a project, by its columns.
type toldProject struct {
	ID         string `json:"id"`
	Code       string `json:"code"`
	Name       string `json:"name"`
	Unit       string `json:"unit"`
	Owner      string `json:"owner"`
	Stage      string `json:"stage"`
	StageSince string `json:"stage_since"`
	WaitsOn    string `json:"waits_on"`
	DueOn      string `json:"due_on"`
}

// toldSignoff is what a teller reads of a signature.
type toldSignoff struct {
	VoidedAt int64 `json:"voided_at"`
}

// toldReport is what a teller reads of a report.
type toldReport struct {
	ID       string `json:"id"`
	FirmName string `json:"firm_name"`
	Owner    string `json:"owner"`
	By       string `json:"by_account"`
}

// toldConflict is what a teller reads of a conflict.
type toldConflict struct {
	ID    string `json:"id"`
	Unit  string `json:"unit"`
	State string `json:"state"`
	DueOn string `json:"due_on"`
}

func concerns(a tell.Deed) []tell.Notice {
	switch a.Verb {
	case "pipeline.imported", "pipeline.import_amended", "pipeline.import_undone":
		return nil // a register brings hundreds; its run is told as one
	case "pipeline.conflict_opened", "pipeline.firm_confirmed":
		if c, ok := tell.Of[toldConflict](a, Conflict{}.Table()); ok && c.State == ConflictOpen {
			return []tell.Notice{c.open()}
		}
	case "pipeline.report_contested", "pipeline.report_upheld", "pipeline.report_overruled":
		if r, ok := tell.Of[toldReport](a, Report{}.Table()); ok {
			return []tell.Notice{r.told(a)}
		}
	}
	p, ok := tell.Of[toldProject](a, Project{}.Table())
	if !ok {
		return nil
	}
	return p.told(a)
}

// told says whom act a on p concerns: who holds it, when somebody else moved it
// or gave it to them, and whose signature it waits for.
func (p toldProject) told(a tell.Deed) (out []tell.Notice) {
	n := tell.Notice{Object: Object(p.ID), Title: p.Name, Code: p.Code, Path: projectPath(p.ID)}
	switch a.Verb {
	case "pipeline.advanced", "pipeline.set_back", "pipeline.shelved", "pipeline.lost", "pipeline.terminated", "pipeline.resumed":
		moved := n
		moved.Topic, moved.To, moved.Note = topicMoved, tell.Accounts(p.Owner), a.Reason
		out = append(out, moved)
	case "pipeline.amended":
		if slices.Contains(tell.Facts[struct{ Fields []string }](a).Fields, "owner") {
			given := n
			given.Topic, given.To, given.Day = topicAssigned, tell.Accounts(p.Owner), p.DueOn
			out = append(out, given)
		}
	}
	if to := p.signers(); to != nil {
		n.Topic, n.To, n.Day = topicSign, to, p.DueOn
		n.Once = n.Object + "/" + p.Stage + "/" + p.StageSince + "/" + p.WaitsOn
		if s, ok := tell.Of[toldSignoff](a, Signoff{}.Table()); ok && s.VoidedAt != 0 {
			n.Once = "" // what was signed has changed: asked again
		}
		out = append(out, n)
	}
	return out
}

// signers are who may give the signature p waits for; nil when it waits for none.
func (p toldProject) signers() []tell.To {
	switch p.WaitsOn {
	case "officer":
		return tell.Accounts(p.Owner)
	case "department_lead":
		return []tell.To{{Unit: p.Unit}}
	case "leader":
		return []tell.To{{Role: "leader"}}
	}
	return nil
}

// open tells those who decide c that it is there.
func (c toldConflict) open() tell.Notice {
	to := tell.To{Unit: c.Unit}
	if c.Unit == "" {
		to = tell.To{Role: "leader"}
	}
	return tell.Notice{Topic: topicArbitrate, To: []tell.To{to}, Object: ConflictObject(c.ID), Day: c.DueOn, Urgent: true}
}

// told tells who looks after r, and who filed it, what became of it.
func (r toldReport) told(a tell.Deed) tell.Notice {
	topic := topicDecided
	if a.Verb == "pipeline.report_contested" {
		topic = topicContested
	}
	return tell.Notice{Topic: topic, To: tell.Accounts(r.Owner, r.By), Object: ReportObject(r.ID), Title: r.FirmName, Path: reportPath(r.ID), Note: a.Reason}
}

func projectPath(id string) string { return "/projects/" + id }

func reportPath(id string) string { return "/reports?open=" + id }

func conflictPath(id string) string { return "/reports?view=conflicts&open=" + id }

// dueNotice tells who holds p that a time limit is about to pass.
func (p Project) dueNotice() tell.Notice {
	to := tell.Accounts(p.Owner)
	if len(to) == 0 {
		to = []tell.To{{Unit: p.Unit}}
	}
	return tell.Notice{Topic: topicDue, To: to, Object: Object(p.ID), Title: p.Name, Code: p.Code, Path: projectPath(p.ID), Day: p.DueOn, Once: tell.Due(Object(p.ID), kernel.Date(p.DueOn))}
}
