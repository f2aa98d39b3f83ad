package scoreboard

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// Version is one version of a definition that a zone has settled for itself.
// Versions are only added; the newest in force on the last day of a period
// counts it.
type Version struct {
	Zone       string   `db:"zone,key"`
	ID         string   `db:"id,key"` // of the figure
	Version    int64    `db:"version,key"`
	ValidFrom  string   `db:"valid_from"` // first day in force
	Body       Settings `db:"body,json"`
	Source     string   `db:"source"`
	Reason     string   `db:"reason"`
	By         string   `db:"by_account"`
	ByName     string   `db:"by_name"`
	RecordedAt int64    `db:"recorded_at"` // ms UTC
}

// Table names the table of the zone's own versions.
func (Version) Table() string { return "scoreboard_definitions" }

// DefinitionObject is the name in the journal of the definition of figure id.
func DefinitionObject(id string) string { return "scoreboard.definition/" + id }

// Settings are what a zone settles of a definition.
type Settings struct {
	Parameters []Setting `json:"parameters" doc:"those not named stay as they are"`
	Exclude    []string  `json:"exclude_industries" nullable:"true" doc:"GB/T 4754-2017 sections and divisions that are not counted; null: as they are"`
	Target     *int64    `json:"target,omitempty" doc:"in the unit of the definition; absent: none"`
}

// Setting is the value of one parameter.
type Setting struct {
	ID     string  `json:"id"`
	Value  int64   `json:"value,omitempty"`
	Values []int64 `json:"values,omitempty" doc:"of a parameter that has several"`
}

// Order is what a zone settles, from when and on what it rests.
type Order struct {
	Settings
	ValidFrom kernel.Date `json:"valid_from" doc:"YYYY-MM-DD, today or later: periods that end on that day or later are counted by it"`
	Source    string      `json:"source" doc:"the document it rests on"`
	Reason    string      `json:"reason"`
}

// with returns d as s settles it.
func (d Definition) with(s Settings) Definition {
	d.Parameters = slices.Clone(d.Parameters)
	for i, p := range d.Parameters {
		for _, set := range s.Parameters {
			if set.ID == p.ID {
				d.Parameters[i].Value, d.Parameters[i].Values = set.Value, set.Values
			}
		}
	}
	if s.Exclude != nil {
		d.Exclude = s.Exclude
	}
	d.Target = s.Target
	return d
}

// settings are what d settles.
func (d Definition) settings() Settings {
	s := Settings{Parameters: []Setting{}, Exclude: append([]string{}, d.Exclude...), Target: d.Target}
	for _, p := range d.Parameters {
		s.Parameters = append(s.Parameters, Setting{p.ID, p.Value, p.Values})
	}
	return s
}

// same reports whether s and o settle the same.
func (s Settings) same(o Settings) bool {
	alike := func(a, b Setting) bool { return a.ID == b.ID && a.Value == b.Value && slices.Equal(a.Values, b.Values) }
	target := s.Target == o.Target || s.Target != nil && o.Target != nil && *s.Target == *o.Target
	return target && slices.EqualFunc(s.Parameters, o.Parameters, alike) && slices.Equal(s.Exclude, o.Exclude)
}

// versions are the shipped definitions and, after each, the zone's own versions
// of it; own ones of a figure there is none of are left out.
func versions(shipped []Definition, own []Version) (out []Definition) {
	for i, d := range shipped {
		out = append(out, d)
		if slices.ContainsFunc(shipped[i+1:], func(e Definition) bool { return e.ID == d.ID }) {
			continue // the last shipped version is what the zone's own rest on
		}
		for _, v := range own {
			if v.ID == d.ID {
				out = append(out, d.as(v))
			}
		}
	}
	return out
}

// as is d as the zone settled it in v.
func (d Definition) as(v Version) Definition {
	d = d.with(v.Body)
	d.Version, d.Own, d.ValidFrom, d.ValidTo, d.Source = v.Version, true, kernel.Date(v.ValidFrom), "", v.Source
	d.Reason, d.ByName, d.RecordedAt = v.Reason, v.ByName, v.RecordedAt
	return d
}

// newest returns the version of figure id with the highest number.
func newest(all []Definition, id string) (d Definition, err error) {
	for _, e := range all {
		if e.ID == id && e.Version > d.Version {
			d = e
		}
	}
	if d.ID == "" {
		return d, kernel.Faultf(kernel.ErrNotFound, "scoreboard.no_figure")
	}
	return d, nil
}

// decide returns was as o settles it from today on, or says everything that is
// wrong with o.
func (o Order) decide(was Definition, today kernel.Date) (Definition, error) {
	d := was.with(o.Settings)
	d.Version, d.ValidFrom, d.Source, d.Reason = was.Version+1, o.ValidFrom, strings.TrimSpace(o.Source), strings.TrimSpace(o.Reason)
	errs := []error{o.checkDay(today), checkSaid("source", d.Source), checkSaid("reason", d.Reason), d.checkTarget(), d.checkFast(), o.checkExclude(was)}
	for _, set := range o.Parameters {
		errs = append(errs, was.checkSetting(set))
	}
	if err := kernel.Faults("scoreboard.definition_invalid", errs...); err != nil {
		return d, err
	}
	if d.settings().same(was.settings()) {
		return d, kernel.Faultf(kernel.ErrInvalid, "scoreboard.definition_same", was.Version)
	}
	return d, nil
}

// checkDay refuses a day on which periods may have been counted already.
func (o Order) checkDay(today kernel.Date) error {
	switch {
	case !o.ValidFrom.Known() || !o.ValidFrom.Valid():
		return kernel.FieldFault("valid_from", "kernel.date_form", string(o.ValidFrom))
	case o.ValidFrom.Before(today):
		return kernel.FieldFault("valid_from", "scoreboard.definition_past", string(o.ValidFrom), string(today))
	}
	return nil
}

// maxSaid is how many characters a reason or a source has at most.
const maxSaid = 500

func checkSaid(field, text string) error {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return kernel.FieldFault(field, "scoreboard.definition_said")
	case n > maxSaid || !utf8.ValidString(text):
		return kernel.FieldFault(field, "scoreboard.definition_long", n, maxSaid)
	}
	return nil
}

// most is the highest value a parameter in unit may have.
func most(unit string) int64 {
	switch unit {
	case "CNY_fen":
		return 1_000_000_000_000_000 // ten thousand billion yuan: whatever is more is a slip of the unit
	case "permille", "count":
		return 1000
	case "month":
		return 240
	}
	return 3660 // days
}

// maxBands is how many lower bounds of bands a definition has at most.
const maxBands = 12

// checkSetting refuses a value for what d has no parameter for, or out of range.
func (d Definition) checkSetting(s Setting) error {
	field := "parameters." + s.ID
	i := slices.IndexFunc(d.Parameters, func(p Parameter) bool { return p.ID == s.ID })
	if i < 0 {
		return kernel.FieldFault(field, "scoreboard.no_parameter", s.ID)
	}
	p := d.Parameters[i]
	if p.Values == nil {
		if s.Values != nil || s.Value < p.Least || s.Value > most(p.Unit) {
			return kernel.FieldFault(field, "scoreboard.parameter_range", p.Least, most(p.Unit))
		}
		return nil
	}
	rising := slices.IsSorted(s.Values) && len(slices.Compact(slices.Clone(s.Values))) == len(s.Values)
	if n := len(s.Values); n == 0 || n > maxBands || !rising || s.Values[0] < 1 || s.Values[n-1] > most(p.Unit) {
		return kernel.FieldFault(field, "scoreboard.parameter_bands", maxBands)
	}
	return nil
}

// checkFast refuses a span for what is signed suspiciously soon that takes in
// everything.
func (d Definition) checkFast() error {
	if horizon := d.param("horizon_days"); horizon > 0 && d.param("fast_days") >= horizon {
		return kernel.FieldFault("parameters.fast_days", "scoreboard.parameter_fast", horizon)
	}
	return nil
}

// checkExclude refuses industries the standard does not have, and any where no
// projects are counted.
func (o Order) checkExclude(was Definition) error {
	if len(o.Exclude) == 0 {
		return nil
	}
	if was.Unit != "project" {
		return kernel.FieldFault("exclude_industries", "scoreboard.no_industries")
	}
	known := pipeline.Industries()
	for i, code := range o.Exclude {
		if !slices.ContainsFunc(known, func(i pipeline.Industry) bool { return i.Code == code }) {
			return kernel.FieldFault("exclude_industries", "scoreboard.no_industry", code)
		}
		if slices.Contains(o.Exclude[:i], code) {
			return kernel.FieldFault("exclude_industries", "scoreboard.industry_twice", code)
		}
	}
	return nil
}

// checkTarget refuses a target the figure cannot have.
func (d Definition) checkTarget() error {
	switch unit := d.TargetUnit; {
	case d.Target == nil:
		return nil
	case unit == "":
		return kernel.FieldFault("target", "scoreboard.no_target")
	case *d.Target < 0 || *d.Target > mostTarget(unit):
		return kernel.FieldFault("target", "scoreboard.parameter_range", int64(0), mostTarget(unit))
	}
	return nil
}

// mostTarget is the highest target in unit.
func mostTarget(unit string) int64 {
	if unit == "count" || unit == "permille" {
		return 100_000
	}
	return most(unit)
}

// changes names what d settles otherwise than was, for the journal.
func (d Definition) changes(was Definition) map[string]any {
	out := map[string]any{"version": d.Version, "valid_from": d.ValidFrom}
	for i, p := range d.Parameters {
		if q := was.Parameters[i]; p.Value != q.Value || !slices.Equal(p.Values, q.Values) {
			out[p.ID] = map[string]any{"was": q.said(), "is": p.said()}
		}
	}
	if !slices.Equal(d.Exclude, was.Exclude) {
		out["exclude_industries"] = map[string]any{"was": was.Exclude, "is": d.Exclude}
	}
	if d.Target != nil {
		out["target"] = *d.Target
	}
	return out
}

// said is p's value, or its values.
func (p Parameter) said() any {
	if p.Values != nil {
		return p.Values
	}
	return p.Value
}
