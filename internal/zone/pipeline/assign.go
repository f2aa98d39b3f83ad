package pipeline

import (
	"errors"
	"strings"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// assignMost is how many projects are handed over in one go: a page of the list.
const assignMost = 200

// Assignment hands projects to a department, an official or both.
type Assignment struct {
	Items []AssignItem `json:"items" minItems:"1" maxItems:"200"`
	Unit  *string      `json:"unit,omitempty" doc:"department; absent: as it is"`
	Owner *string      `json:"owner,omitempty" doc:"account; absent: as it is, empty: nobody"`
}

// AssignItem is one of them, as the caller saw it.
type AssignItem struct {
	ID      string `json:"id" maxLength:"64"`
	Version int64  `json:"version" minimum:"1" doc:"what the list showed; another is refused"`
}

// Assigned says what became of one project.
type Assigned struct {
	ID      string `json:"id"`
	Done    bool   `json:"done"`
	Version int64  `json:"version" doc:"after the act; 0 when it was refused"`
	Code    string `json:"code" doc:"of the refusal"`
	Message string `json:"message" doc:"of the refusal, in the caller's language"`
}

// check refuses an order that names nobody, or too many.
func (a Assignment) check() error {
	switch {
	case a.Unit == nil && a.Owner == nil:
		return kernel.FieldFault("owner", "pipeline.assign_nobody")
	case len(a.Items) == 0 || len(a.Items) > assignMost:
		return kernel.FieldFault("items", "pipeline.assign_count", assignMost)
	}
	return nil
}

// refused tells why one project was not handed over; ok is false for an error
// that is about no project in particular.
func (i AssignItem) refused(err error, book words.Book, lang string) (out Assigned, ok bool) {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		return out, false
	}
	said := []string{}
	for _, part := range f.Details {
		said = append(said, book.Say(lang, part.Word, part.Args...))
	}
	if len(said) == 0 {
		said = append(said, book.Say(lang, f.Word, f.Args...))
	}
	return Assigned{ID: i.ID, Code: f.Word, Message: strings.Join(said, " ")}, true
}
