package work

import "sente/internal/kernel"

// The kinds of note.
const (
	Comment = "comment" // 批注
	Visit   = "visit"   // 走访
)

// Note is what somebody said about a thing, or of a visit. It is never
// rewritten; a wrong one is withdrawn with a reason and stays on record.
type Note struct {
	Zone         string `db:"zone,key" json:"-"`
	ID           string `db:"id,key" json:"id"`
	Kind         string `db:"kind" json:"kind" enum:"comment,visit"`
	Subject      string `db:"subject" json:"subject" doc:"what it is about: pipeline.project/<id>; empty for a visit to a firm nobody has registered"`
	On           string `db:"on_date" json:"on" doc:"day of the visit"`
	Place        string `db:"place" json:"place"`
	Firm         string `db:"firm" json:"firm" doc:"party id of the firm visited; empty when none is registered"`
	FirmName     string `db:"firm_name" json:"firm_name" doc:"as it was called on the day"`
	People       string `db:"people" class:"personal" json:"people" doc:"who was met"`
	Text         string `db:"body" json:"text"`
	Unit         string `db:"unit" json:"unit"`
	Owner        string `db:"owner" json:"owner" doc:"who wrote it"`
	ByName       string `db:"by_name" json:"by_name"`
	WithdrawnAt  int64  `db:"withdrawn_at" json:"withdrawn_at" doc:"ms UTC; 0: stands"`
	WithdrawnBy  string `db:"withdrawn_by" json:"withdrawn_by"`
	WithdrawnWhy string `db:"withdrawn_why" json:"withdrawn_why"`
	ErasedAt     int64  `db:"erased_at" json:"erased_at" doc:"ms UTC; when the people met were erased"`
	Version      int64  `db:"version" json:"version"`
	CreatedAt    int64  `db:"created_at" json:"created_at" doc:"ms UTC"`
}

// Table names the table of notes.
func (Note) Table() string { return "work_notes" }

// own is the note's own name in the journal, under which what is said of people
// is kept: so that it can be erased without touching its subject's record.
func (n Note) own() string { return "work.note/" + n.ID }

// Written is what a new note says.
type Written struct {
	Kind     string `json:"kind" enum:"comment,visit"`
	Subject  string `json:"subject,omitempty" doc:"what it is about: pipeline.project/<id> or party.party/<id>; a comment needs one"`
	Text     string `json:"text"`
	On       string `json:"on,omitempty" doc:"day of the visit, YYYY-MM-DD; today when empty"`
	Place    string `json:"place,omitempty" doc:"of the visit"`
	Firm     string `json:"firm,omitempty" doc:"party id of the firm visited"`
	FirmName string `json:"firm_name,omitempty" doc:"of a firm that is not registered"`
	People   string `json:"people,omitempty" doc:"who was met; personal data"`
}

// note returns the note that w states, or everything that is wrong with it on day.
func (w Written) note(day kernel.Date) (Note, error) {
	trim(&w.Text, &w.On, &w.Place, &w.Firm, &w.FirmName, &w.People, &w.Subject)
	n := Note{Kind: w.Kind, Subject: w.Subject, Text: w.Text}
	errs := []error{choice("kind", w.Kind, []string{Comment, Visit}), required("text", w.Text, maxText)}
	if w.Kind == Visit {
		n.On, n.Place, n.Firm, n.FirmName, n.People = either(w.On, string(day)), w.Place, w.Firm, w.FirmName, w.People
		errs = append(errs, past("on", n.On, day), atMost("place", n.Place, maxTitle), atMost("firm_name", n.FirmName, maxTitle), atMost("people", n.People, maxReason))
		if n.Subject == "" && n.Firm == "" && n.FirmName == "" {
			errs = append(errs, kernel.FieldFault("subject", "work.visit_to_whom"))
		}
	} else {
		errs = append(errs, onlyVisit("on", w.On), onlyVisit("place", w.Place), onlyVisit("firm", w.Firm), onlyVisit("firm_name", w.FirmName), onlyVisit("people", w.People))
		if n.Subject == "" {
			errs = append(errs, kernel.FieldFault("subject", "work.comment_on_what"))
		}
	}
	return n, kernel.Faults("work.note_invalid", errs...)
}

// onlyVisit faults what a comment does not have.
func onlyVisit(field, text string) error {
	if text == "" {
		return nil
	}
	return kernel.FieldFault(field, "work.only_visit")
}

// past faults a missing day and one that is still to come.
func past(field, on string, day kernel.Date) error {
	if err := dated(field, on); err != nil {
		return err
	}
	if day.Before(kernel.Date(on)) {
		return kernel.FieldFault(field, "work.in_future", on, string(day))
	}
	return nil
}

// withdrawn returns n taken back by account for reason.
func (n Note) withdrawn(by, reason string, at int64) (Note, error) {
	if n.WithdrawnAt != 0 {
		return n, kernel.Faultf(kernel.ErrConflict, "work.note_gone")
	}
	n.WithdrawnAt, n.WithdrawnBy, n.WithdrawnWhy, n.Version = at, by, reason, n.Version+1
	return n, kernel.Faults("work.note_invalid", required("reason", reason, maxReason))
}

// erased returns n without the people met.
func (n Note) erased(at int64) (Note, error) {
	if n.People == "" {
		return n, kernel.Faultf(kernel.ErrConflict, "work.no_people")
	}
	n.People, n.ErasedAt, n.Version = "", at, n.Version+1
	return n, nil
}
