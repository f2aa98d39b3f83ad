package intake

import (
	"encoding/json"
	"fmt"

	"sente/internal/infra/sheet"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// State says how far a run is.
type State string

// The states of a run.
const (
	Reading    State = "reading"
	Deciding   State = "deciding"
	Staged     State = "staged" // the dry run is there to look at
	Publishing State = "publishing"
	Published  State = "published"
	Undoing    State = "undoing"
	Undone     State = "undone"
	Cancelled  State = "cancelled"
	Failed     State = "failed"
)

// busy reports whether the worker has something to do.
func (s State) busy() bool {
	return s == Reading || s == Deciding || s == Publishing || s == Undoing
}

// Counts say what becomes of the rows; they add up to Total.
type Counts struct {
	New       int64 `json:"new"`
	Changed   int64 `json:"changed"`
	Unchanged int64 `json:"unchanged"`
	Merged    int64 `json:"merged" doc:"into an earlier row of the file with the same key"`
	Rejected  int64 `json:"rejected"`
	Skipped   int64 `json:"skipped" doc:"subtotals, section titles, repeated headers"`
	Noted     int64 `json:"noted" doc:"rows not rejected that somebody should look at"`
}

// add counts one row.
func (c *Counts) add(r rowRow) {
	switch r.Status {
	case New:
		c.New++
	case Changed:
		c.Changed++
	case Unchanged:
		c.Unchanged++
	case Merged:
		c.Merged++
	case Rejected:
		c.Rejected++
	case Skipped:
		c.Skipped++
	}
	if len(r.Notes)+len(r.Reasons) > 0 && r.Status != Rejected && r.Status != Skipped && r.Status != waiting {
		c.Noted++
	}
}

// Settings say how a file is read.
type Settings struct {
	Encoding   string            `json:"encoding,omitempty" doc:"of a CSV; empty = detect" maxLength:"20"`
	Delimiter  string            `json:"delimiter,omitempty" doc:"of a CSV; empty = detect" maxLength:"1"`
	Sheet      string            `json:"sheet,omitempty" doc:"empty = the first one shown" maxLength:"100"`
	HeaderRow  int               `json:"header_row,omitempty" doc:"from 1; 0 = find it" minimum:"0" maximum:"1000"`
	HeaderRows int               `json:"header_rows,omitempty" doc:"1 or 2; 0 = find out" minimum:"0" maximum:"2"`
	Mapping    []Assign          `json:"mapping" maxItems:"200" nullable:"false"`
	Duplicates string            `json:"duplicates,omitempty" enum:"fill,later,reject" doc:"rows of the file with the same key: fill blanks of the first (default), let the later one win, or reject it"`
	Options    map[string]string `json:"options,omitempty" doc:"the kind's options, as text"`
}

// Assign says where a field's values come from.
type Assign struct {
	Field    string            `json:"field" maxLength:"100"`
	Column   int               `json:"column" minimum:"0" maximum:"1000" doc:"0 = A; ignored when constant is given"`
	Constant string            `json:"constant,omitempty" maxLength:"1000" doc:"the same text for every row"`
	Unit     string            `json:"unit,omitempty" maxLength:"20" doc:"of money: 万元; empty = by the header"`
	Currency string            `json:"currency,omitempty" maxLength:"3" doc:"of money: ISO 4217; empty = by the unit"`
	Order    sheet.DateOrder   `json:"order,omitempty" enum:",dmy,mdy" doc:"of dates with the year last; empty = by the column"`
	Values   map[string]string `json:"values,omitempty" doc:"of choices: text in the file → id; an empty id leaves the field blank"`
}

// Reason is why a row is rejected, or what to look at.
type Reason struct{ kernel.Fault }

// storedReason is a Reason as JSON; arguments keep whether they are themselves
// words.
type storedReason struct {
	Word  string      `json:"word"`
	Field string      `json:"field,omitempty"`
	Args  []storedArg `json:"args,omitempty"`
}

type storedArg struct {
	Text  string   `json:"t,omitempty"`
	Key   string   `json:"k,omitempty"`
	Keys  []string `json:"ks,omitempty"`
	Fault *Reason  `json:"f,omitempty"`
}

// MarshalJSON keeps word, field and arguments.
func (r Reason) MarshalJSON() ([]byte, error) {
	s := storedReason{Word: r.Word, Field: r.Field}
	for _, a := range r.Args {
		switch x := a.(type) {
		case words.Key:
			s.Args = append(s.Args, storedArg{Key: string(x)})
		case []words.Key:
			arg := storedArg{Keys: []string{}}
			for _, k := range x {
				arg.Keys = append(arg.Keys, string(k))
			}
			s.Args = append(s.Args, arg)
		case kernel.Fault:
			s.Args = append(s.Args, storedArg{Fault: &Reason{x}})
		case *kernel.Fault:
			s.Args = append(s.Args, storedArg{Fault: &Reason{*x}})
		default:
			s.Args = append(s.Args, storedArg{Text: fmt.Sprint(a)})
		}
	}
	return json.Marshal(s)
}

// UnmarshalJSON is the reverse of MarshalJSON; figures come back as text.
func (r *Reason) UnmarshalJSON(b []byte) error {
	var s storedReason
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	r.Fault = kernel.Fault{Kind: kernel.ErrInvalid, Word: s.Word, Field: s.Field}
	for _, a := range s.Args {
		switch {
		case a.Key != "":
			r.Args = append(r.Args, words.Key(a.Key))
		case a.Keys != nil:
			keys := []words.Key{}
			for _, k := range a.Keys {
				keys = append(keys, words.Key(k))
			}
			r.Args = append(r.Args, keys)
		case a.Fault != nil:
			r.Args = append(r.Args, a.Fault.Fault)
		default:
			r.Args = append(r.Args, a.Text)
		}
	}
	return nil
}

// because makes Reasons of faults.
func because(faults ...kernel.Fault) []Reason {
	var out []Reason
	for _, f := range faults {
		out = append(out, Reason{f})
	}
	return out
}
