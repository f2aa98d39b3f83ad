package work

import (
	"strings"

	"sente/internal/kernel"
)

// Place is where a page ended: the sort column of its last row.
type Place struct {
	S  string `json:"s,omitempty"`
	N  int64  `json:"n,omitempty"`
	ID string `json:"id"`
}

// sortBy is one order of a list; id follows the column.
type sortBy struct {
	column string
	number bool
	desc   bool
}

// parseSort reads "-due_on"; first names the date column of the list, which is
// its order when nothing is asked for.
func parseSort(s, first string) (sortBy, error) {
	if s == "" {
		s = first
	}
	name, desc := strings.CutPrefix(s, "-")
	date := strings.TrimPrefix(first, "-")
	switch name {
	case date:
		return sortBy{name, false, desc}, nil
	case "updated_at", "created_at":
		return sortBy{name, true, desc}, nil
	}
	return sortBy{}, choice("sort", s, []string{date, "updated_at"})
}

func (s sortBy) beyond() string {
	if s.desc {
		return "<"
	}
	return ">"
}

func (s sortBy) direction() string {
	if s.desc {
		return " DESC"
	}
	return ""
}

// place is where a row with this date and instant stands.
func (s sortBy) place(date string, at int64, id string) Place {
	if s.number {
		return Place{N: at, ID: id}
	}
	return Place{S: date, ID: id}
}

// TaskFilter narrows a list of tasks; empty fields do not narrow.
type TaskFilter struct {
	Q          string
	States     []string
	Unit       string
	Owner      string
	Giver      string
	SenderUnit string
	Subject    string
	Since      string // due on that day or later
	Until      string // due on that day or earlier
	Overdue    bool   // not closed and past its day
	Sort       string // due_on, updated_at; with "-" the other way round
}

// settle checks every value of f and reads its order.
func (f TaskFilter) settle() (sortBy, error) {
	s, err := parseSort(f.Sort, "due_on")
	return s, kernel.Faults("work.filter_invalid", err, atMost("q", f.Q, 100), checkStates(f.States), anyDate("since", f.Since), anyDate("until", f.Until))
}

// key names everything the content of a list depends on, for its cursors.
func (f TaskFilter) key() []string {
	overdue := ""
	if f.Overdue {
		overdue = "1"
	}
	return []string{"tasks", f.Q, strings.Join(f.States, ","), f.Unit, f.Owner, f.Giver, f.SenderUnit, f.Subject, f.Since, f.Until, overdue, f.Sort}
}
