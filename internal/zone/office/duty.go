package office

import (
	"strings"

	"sente/internal/kernel"
)

// Duty (职责) is something a unit or an official answers for: a task of the
// department's charter, an industry chain, an area. Exactly one of Unit and
// Official is its bearer; Unit is also filled in for an official's duty, as the
// unit in which the official holds office.
type Duty struct {
	Zone      string      `db:"zone,key" json:"-"`
	ID        string      `db:"id,key" json:"id"`
	Unit      string      `db:"unit" json:"unit"`
	Owner     string      `db:"owner" json:"owner"`
	Official  string      `db:"official" json:"official" doc:"empty when the unit as a whole bears the duty"`
	TextZh    string      `db:"text_zh" json:"text_zh"`
	TextEn    string      `db:"text_en" json:"text_en"`
	Industry  string      `db:"industry" json:"industry" doc:"GB/T 4754 section or division the duty is limited to, or empty"`
	Area      string      `db:"area" json:"area" doc:"street, plot or platform the duty is limited to, or empty"`
	Source    string      `db:"source" json:"source" doc:"the document that assigns the duty, with its number and date"`
	SinceOn   kernel.Date `db:"since_on" json:"since_on"`
	UntilOn   kernel.Date `db:"until_on" json:"until_on" doc:"last day; empty while it holds"`
	Version   int64       `db:"version" json:"version"`
	CreatedAt int64       `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt int64       `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of duties.
func (Duty) Table() string { return "office_duties" }

// Reference marks duties as what others are derived from.
func (Duty) Reference() {}

// Object is the name of d in the journal.
func (d Duty) Object() string { return "office.duty/" + d.ID }

// Ended reports whether the duty has ended.
func (d Duty) Ended() bool { return d.UntilOn.Known() }

// Check reports everything that is wrong with d, field by field.
func (d Duty) Check() error {
	return kernel.Faults("office.duty_invalid",
		textBetween("unit", d.Unit, 1, maxName),
		textBetween("text_zh", d.TextZh, 1, maxText),
		textBetween("text_en", d.TextEn, 0, maxText),
		industryForm(d.Industry),
		textBetween("area", d.Area, 0, maxName),
		textBetween("source", d.Source, 1, maxText),
		dateKnown("since_on", d.SinceOn),
		span("until_on", d.SinceOn, d.UntilOn),
	)
}

// end returns d with its last day.
func (d Duty) end(on kernel.Date) (Duty, error) {
	if d.Ended() {
		return d, kernel.Faultf(kernel.ErrConflict, "office.duty_over", string(d.UntilOn))
	}
	if err := dateKnown("until_on", on); err != nil {
		return d, err
	}
	d.UntilOn = on
	return d, d.Check()
}

// trimmed returns d without spaces around its texts.
func (d Duty) trimmed() Duty {
	for _, s := range []*string{&d.TextZh, &d.TextEn, &d.Industry, &d.Area, &d.Source} {
		*s = strings.TrimSpace(*s)
	}
	return d
}

// industryForm accepts "", a section letter A–T or a division of two digits
// (GB/T 4754-2017).
func industryForm(code string) error {
	section := len(code) == 1 && code[0] >= 'A' && code[0] <= 'T'
	division := len(code) == 2 && strings.Trim(code, "0123456789") == ""
	if code == "" || section || division {
		return nil
	}
	return kernel.FieldFault("industry", "office.industry_form", code)
}
