package views

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Limits of what is kept.
const (
	maxOwn    = 50    // views of one person and page
	maxShared = 200   // views of colleagues a page is offered
	maxName   = 40    // characters
	maxQuery  = 2_000 // bytes of the address
)

// View is one saved view.
type View struct {
	Zone      string `db:"zone,key"`
	ID        string `db:"id,key"`
	Owner     string `db:"owner"`                  // account
	Page      string `db:"page"`                   // which list: "projects"
	Name      string `db:"name" class:"personal"`  // what somebody looks for may name a person
	Query     string `db:"query" class:"personal"` // of the page's address, without "?"
	Shared    bool   `db:"shared"`                 // with Unit
	Unit      string `db:"unit"`                   // the owner's when last saved
	Default   bool   `db:"is_default"`             // the page opens with it; one per owner and page
	Position  int64  `db:"position"`
	Version   int64  `db:"version"`
	CreatedAt int64  `db:"created_at"` // ms UTC
	UpdatedAt int64  `db:"updated_at"` // ms UTC
}

// Table names the table of views.
func (View) Table() string { return "views_views" }

// Object is the name of view id in the journal.
func Object(id string) string { return "views.view/" + id }

// Draft is what a person says of a view; nil leaves a field as it is.
type Draft struct {
	Name     *string `json:"name,omitempty" doc:"at most 40 characters"`
	Query    *string `json:"query,omitempty" doc:"query part of the page's address, at most 2,000 bytes"`
	Shared   *bool   `json:"shared,omitempty" doc:"with the owner's department"`
	Default  *bool   `json:"default,omitempty" doc:"the page opens with it"`
	Position *int64  `json:"position,omitempty" minimum:"0" maximum:"1000"`
}

// apply returns v as d wants it.
func (d Draft) apply(v View) View {
	set(&v.Name, d.Name)
	set(&v.Query, d.Query)
	set(&v.Shared, d.Shared)
	set(&v.Default, d.Default)
	set(&v.Position, d.Position)
	v.Name, v.Query = strings.TrimSpace(v.Name), strings.TrimPrefix(v.Query, "?")
	return v
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// check says everything that is wrong with v beside the owner's other views.
func (v View) check(others []View) error {
	return kernel.Faults("views.invalid", v.checkName(others), v.checkQuery(), v.checkShared())
}

func (v View) checkName(others []View) error {
	switch {
	case v.Name == "":
		return kernel.FieldFault("name", "views.no_name")
	case !utf8.ValidString(v.Name) || strings.ContainsFunc(v.Name, unicode.IsControl):
		return kernel.FieldFault("name", "views.name_form")
	case utf8.RuneCountInString(v.Name) > maxName:
		return kernel.FieldFault("name", "views.name_long", maxName)
	case slices.ContainsFunc(others, func(o View) bool { return o.ID != v.ID && strings.EqualFold(o.Name, v.Name) }):
		return kernel.FieldFault("name", "views.name_taken", v.Name)
	}
	return nil
}

func (v View) checkQuery() error {
	if len(v.Query) > maxQuery {
		return kernel.FieldFault("query", "views.query_long", maxQuery)
	}
	if _, err := url.ParseQuery(v.Query); err != nil || strings.ContainsFunc(v.Query, unicode.IsControl) || !utf8.ValidString(v.Query) {
		return kernel.FieldFault("query", "views.query_form")
	}
	return nil
}

// checkShared: who belongs to no department has nobody to share with.
func (v View) checkShared() error {
	if v.Shared && v.Unit == "" {
		return kernel.FieldFault("shared", "views.no_unit")
	}
	return nil
}

// last is the highest position among views.
func last(views []View) int64 {
	var n int64
	for _, v := range views {
		n = max(n, v.Position)
	}
	return n
}
