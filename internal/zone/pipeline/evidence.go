package pipeline

import (
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// OtherEvidence is the kind of a document no gate asks for.
const OtherEvidence = "other"

// Classes are the classes a document may be held in, from the most open on; a
// state secret may not be entered at all.
func Classes() []string {
	return []string{"public", "internal", "secret_trade", "personal", "restricted"}
}

// Evidence is one document that shows something happened. It is never changed;
// a wrong one is withdrawn with a reason and stays visible.
type Evidence struct {
	Zone         string `db:"zone,key" json:"-"`
	ID           string `db:"id,key" json:"id"`
	Project      string `db:"project" json:"project"`
	Kind         string `db:"kind" json:"kind"` // evidence id of the gate table, or OtherEvidence
	Title        string `db:"title" json:"title"`
	File         string `db:"file" json:"file"` // id in the folder of attachments
	FileName     string `db:"file_name" json:"file_name"`
	MediaType    string `db:"media_type" json:"media_type"`
	Size         int64  `db:"size" json:"size"` // bytes
	SHA256       string `db:"sha256" json:"sha256"`
	On           string `db:"on_date" json:"on"` // date the document itself bears
	Class        string `db:"class" json:"class"`
	Note         string `db:"note" json:"note"`
	By           string `db:"by_account" json:"by"`
	ByName       string `db:"by_name" json:"by_name"`
	RecordedAt   int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
	WithdrawnAt  int64  `db:"withdrawn_at" json:"withdrawn_at"`
	WithdrawnBy  string `db:"withdrawn_by" json:"withdrawn_by"`
	WithdrawnWhy string `db:"withdrawn_why" json:"withdrawn_why"`
	Version      int64  `db:"version" json:"version"`
}

// Table names the table of evidence.
func (Evidence) Table() string { return "pipeline_evidence" }

// Live reports whether e still stands.
func (e Evidence) Live() bool { return e.WithdrawnAt == 0 }

// guarded reports whether each reading of e is recorded.
func (e Evidence) guarded() bool { return e.Class == "restricted" || e.Class == "personal" }

// meets reports whether e supplies what r asks for.
func (e Evidence) meets(r GateRow) bool {
	has := map[string]bool{"document": e.File != "", "date": e.On != "", "hash": e.SHA256 != ""}
	for _, need := range r.Needs {
		if !has[need] {
			return false
		}
	}
	return e.Live() && e.Kind == r.ID
}

// check says what is wrong with e as handed in on day.
func (e Evidence) check(g Gates, day kernel.Date) error {
	row, known := g.evidence(e.Kind, day)
	var kind error
	if !known && e.Kind != OtherEvidence {
		kind = kernel.FieldFault("kind", "pipeline.unknown_evidence", e.Kind)
	}
	return kernel.Faults("pipeline.evidence_invalid", kind, checkEvidenceDate(e.On, day),
		checkChoice("class", e.Class, Classes()), e.checkClass(row), checkText("title", e.Title, 200), checkText("note", e.Note, 2000))
}

// checkClass refuses to hold trade secrets and restricted facts more openly than
// r, the gate's row for this kind of document, has them.
func (e Evidence) checkClass(r GateRow) error {
	needs := slices.Index(Classes(), r.Class)
	if needs < slices.Index(Classes(), "secret_trade") || slices.Index(Classes(), e.Class) >= needs {
		return nil
	}
	return kernel.FieldFault("class", "pipeline.class_too_open", words.Key("pipeline.class_"+r.Class))
}

func checkEvidenceDate(on string, day kernel.Date) error {
	if on == "" {
		return kernel.FieldFault("on", "pipeline.no_evidence_date")
	}
	return checkPast("on", on, day)
}

// neededForReached reports whether withdrawing e would leave a stage d's project
// has already reached, its end included, without evidence its gate asks for.
func (t Track) neededForReached(d Dossier, e Evidence, day kernel.Date) (Stage, bool) {
	rest := d
	rest.Evidence = slices.DeleteFunc(slices.Clone(d.Evidence), func(x Evidence) bool { return x.ID == e.ID })
	for _, s := range t.reached(d.Project) {
		for _, r := range t.Gates.For(s, day, d.Project.Builds) {
			if r.Kind == NeedEvidence && e.meets(r) && !rest.meets(&r) {
				return s, true
			}
		}
	}
	return "", false
}

// Signoff is the signature of someone in office under one gate.
type Signoff struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Project    string `db:"project" json:"project"`
	Stage      Stage  `db:"stage" json:"stage"` // whose gate is signed
	Role       string `db:"role" json:"role"`   // in which office
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	Opinion    string `db:"opinion" json:"opinion"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"`
	VoidedAt   int64  `db:"voided_at" json:"voided_at"` // 0 = stands
	VoidedWhy  string `db:"voided_why" json:"voided_why"`
	Version    int64  `db:"version" json:"version"`
}

// Table names the table of signatures.
func (Signoff) Table() string { return "pipeline_signoffs" }

// Live reports whether the signature still stands.
func (s Signoff) Live() bool { return s.VoidedAt == 0 }

// decideSignoff checks that actor may sign the gate of stage in role.
func (t Track) decideSignoff(d Dossier, stage Stage, role string, actor kernel.Actor, day kernel.Date) error {
	asked := slices.ContainsFunc(t.Gates.For(stage, day, d.Project.Builds), func(r GateRow) bool { return r.Kind == NeedSignoff && r.ID == role })
	if err := checkChoice("role", role, signerRoles()); err != nil {
		return err
	}
	switch title := words.Key("pipeline.role_" + role); {
	case stage.Rank() > 0 && !t.Applies(stage):
		return t.lacks("stage", stage, actor.Lang)
	case !asked:
		return kernel.FieldFault("role", "pipeline.signature_not_asked", t.Label(stage, actor.Lang), title)
	case !actor.Has(role):
		return kernel.Faultf(kernel.ErrDenied, "pipeline.not_in_office", title)
	case d.Project.Stage.Final():
		return kernel.Faultf(kernel.ErrConflict, "pipeline.final", d.Project.Stage.Label(actor.Lang))
	}
	for _, s := range d.Signoffs {
		if !s.Live() || s.Stage != stage {
			continue
		}
		if s.Role == role {
			return kernel.Faultf(kernel.ErrConflict, "pipeline.already_signed", s.ByName)
		}
		if s.By == actor.ID {
			return kernel.Faultf(kernel.ErrConflict, "pipeline.same_signer")
		}
	}
	return t.decideComplete(d, stage, day, actor.Lang)
}

// decideComplete refuses a signature under papers that are not all there: whoever
// signs answers for what they could see. A stage further on than the next has
// nothing to sign yet.
func (t Track) decideComplete(d Dossier, stage Stage, day kernel.Date, lang string) error {
	if standing := d.Project.Standing(); t.Position(stage) > t.Position(standing)+1 {
		return kernel.FieldFault("stage", "pipeline.sign_too_early", t.Label(standing, lang), t.Label(stage, lang))
	}
	papers := slices.DeleteFunc(unmet(t.Gates.Check(d, stage, day, lang)), func(i GateItem) bool { return i.Kind == NeedSignoff })
	err := t.refuse(stage, papers, lang)
	var f *kernel.Fault
	if errors.As(err, &f) {
		f.Word = "pipeline.sign_incomplete"
	}
	return err
}

// void returns the live signatures under gates of stages for which gone holds,
// marked void: what they were given for no longer stands.
func void(signoffs []Signoff, at int64, why string, gone func(Stage) bool) []Signoff {
	var out []Signoff
	for _, s := range signoffs {
		if s.Live() && gone(s.Stage) {
			s.VoidedAt, s.VoidedWhy, s.Version = at, strings.TrimSpace(why), s.Version+1
			out = append(out, s)
		}
	}
	return out
}

// changed names, in lang, what the gate of stage asks for and is no longer as it was.
func (g Gates) changed(stage Stage, was, now Project, day kernel.Date, lang string) []string {
	names, out := changedFacts(was, now), []string{}
	for _, r := range g.For(stage, day, now.Builds) {
		fact, renamed := map[string]string{"total": "total_investment", "fixed": "fixed_investment", "identity": "investor"}[r.ID]
		if !renamed {
			fact = r.ID
		}
		if r.Kind == NeedField && slices.Contains(names, fact) {
			out = append(out, r.Label(lang))
		}
	}
	return out
}

// asks reports whether the gate of stage asks for evidence of kind.
func (g Gates) asks(stage Stage, kind string, day kernel.Date, builds bool) bool {
	return slices.ContainsFunc(g.For(stage, day, builds), func(r GateRow) bool { return r.Kind == NeedEvidence && r.ID == kind })
}
