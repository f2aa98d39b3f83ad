package office

import (
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Official (干部) is one person in one office. Somebody who moves to another
// unit is relieved of the old office and appointed to the new one, so that the
// record of who was responsible when is never overwritten.
type Official struct {
	Zone      string      `db:"zone,key" json:"-"`
	ID        string      `db:"id,key" json:"id"`
	Name      string      `db:"name" json:"name"`
	Unit      string      `db:"unit" json:"unit"`
	Owner     string      `db:"owner" json:"owner" doc:"account that keeps this entry"`
	Position  string      `db:"position" json:"position" doc:"职务"`
	Account   string      `db:"account" json:"account" doc:"account id; empty when the official does not use the system"`
	SinceOn   kernel.Date `db:"since_on" json:"since_on"`
	UntilOn   kernel.Date `db:"until_on" json:"until_on" doc:"last day in office; empty while in office"`
	Version   int64       `db:"version" json:"version"`
	CreatedAt int64       `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt int64       `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of officials.
func (Official) Table() string { return "office_officials" }

// Reference marks officials as what others are derived from.
func (Official) Reference() {}

// Object is the name of o in the journal.
func (o Official) Object() string { return "office.official/" + o.ID }

// Ended reports whether the office has ended.
func (o Official) Ended() bool { return o.UntilOn.Known() }

// Holds reports whether o was in office on day.
func (o Official) Holds(day kernel.Date) bool {
	return o.SinceOn <= day && (!o.Ended() || day <= o.UntilOn)
}

// Check reports everything that is wrong with o, field by field.
func (o Official) Check() error {
	return kernel.Faults("office.official_invalid",
		textBetween("name", o.Name, 1, maxName),
		textBetween("unit", o.Unit, 1, maxName),
		textBetween("position", o.Position, 1, maxName),
		dateKnown("since_on", o.SinceOn),
		span("until_on", o.SinceOn, o.UntilOn),
	)
}

// amend returns o with the fields of a correction. The unit is not among them:
// a person who moves is relieved and appointed anew.
func (o Official) amend(p OfficialPatch) (Official, error) {
	if o.Ended() {
		return o, kernel.Faultf(kernel.ErrConflict, "office.ended", o.Name, string(o.UntilOn))
	}
	set(&o.Name, p.Name)
	set(&o.Position, p.Position)
	set(&o.Account, p.Account)
	if p.SinceOn != nil {
		o.SinceOn = *p.SinceOn
	}
	o.Name, o.Position = strings.TrimSpace(o.Name), strings.TrimSpace(o.Position)
	return o, o.Check()
}

// relieve returns o with its last day in office.
func (o Official) relieve(on kernel.Date) (Official, error) {
	if o.Ended() {
		return o, kernel.Faultf(kernel.ErrConflict, "office.ended", o.Name, string(o.UntilOn))
	}
	if err := dateKnown("until_on", on); err != nil {
		return o, err
	}
	o.UntilOn = on
	return o, o.Check()
}

// OfficialPatch corrects an official's entry; nil leaves a field as it is.
type OfficialPatch struct {
	Name     *string
	Position *string
	Account  *string
	SinceOn  *kernel.Date
}

const (
	maxName = 120  // characters of a name, a position, an id
	maxText = 2000 // characters of a duty's text
)

// textBetween faults a text whose trimmed length in characters is outside low..high.
func textBetween(field, s string, low, high int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case n < low:
		return kernel.FieldFault(field, "office.required")
	case n > high:
		return kernel.FieldFault(field, "office.too_long", n, high)
	}
	return nil
}

// dateKnown faults a missing or malformed date.
func dateKnown(field string, d kernel.Date) error {
	if !d.Known() {
		return kernel.FieldFault(field, "office.date_required")
	}
	return dateValid(field, d)
}

func dateValid(field string, d kernel.Date) error {
	if d.Valid() {
		return nil
	}
	return kernel.FieldFault(field, "office.date_form", string(d))
}

// span faults an end that is malformed or earlier than its beginning.
func span(field string, since, until kernel.Date) error {
	if err := dateValid(field, until); err != nil {
		return err
	}
	if until.Before(since) {
		return kernel.FieldFault(field, "office.date_order", string(until), string(since))
	}
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
