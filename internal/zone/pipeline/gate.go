package pipeline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"sente/internal/kernel"
)

//go:embed gates.json
var gatesJSON []byte

// The kinds of thing a gate asks for.
const (
	NeedField    = "field"    // a field of the project is filled in
	NeedEvidence = "evidence" // a document with date and hash is attached
	NeedSignoff  = "signoff"  // someone in office has signed
)

// GateRow is one requirement of the gate table. Rows are dated: a move is held
// against the rows in force on the day it is made, so a changed rule does not
// judge the past.
type GateRow struct {
	Stage     Stage       `json:"stage"`
	Kind      string      `json:"kind"` // NeedField, NeedEvidence or NeedSignoff
	ID        string      `json:"id"`   // field name, evidence kind or signing role
	Zh        string      `json:"zh"`
	En        string      `json:"en"`
	Needs     []string    `json:"needs,omitempty"`   // of evidence: document, date, hash
	Dates     bool        `json:"dates,omitempty"`   // the date of this evidence is the date of the stage
	Class     string      `json:"class,omitempty"`   // class a document of this kind is held in
	Applies   string      `json:"applies,omitempty"` // "build", "no_build"; "" = every project
	ValidFrom kernel.Date `json:"valid_from"`
	ValidTo   kernel.Date `json:"valid_to"` // last day in force; "" = open
	Source    string      `json:"source"`   // where the requirement was seen
}

// Label is the requirement's name in lang.
func (r *GateRow) Label(lang string) string {
	if lang == "en" {
		return r.En
	}
	return r.Zh
}

// InForce reports whether the row applies on day to a project that builds or not.
func (r *GateRow) InForce(day kernel.Date, builds bool) bool {
	dated := !day.Before(r.ValidFrom) && !r.ValidTo.Before(day)
	return dated && (r.Applies == "" || r.Applies == "build" == builds)
}

// Gates is the gate table.
type Gates []GateRow

// DefaultGates is the table shipped with the program (gates.json).
func DefaultGates() Gates {
	g, err := ParseGates(gatesJSON)
	if err != nil {
		panic("pipeline: gates.json: " + err.Error()) // fixed when the program was built
	}
	return g
}

// ParseGates reads a gate table and refuses one that names a stage, field,
// evidence need, role or date that does not exist, or a row twice.
func ParseGates(data []byte) (Gates, error) {
	var rows Gates
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rows); err != nil {
		return nil, fmt.Errorf("pipeline.ParseGates: %w", err)
	}
	seen := map[string]bool{}
	for i, r := range rows {
		key := fmt.Sprint(r.Stage, r.Kind, r.ID, r.ValidFrom)
		if seen[key] {
			return nil, fmt.Errorf("pipeline.ParseGates: row %d repeats %s/%s", i+1, r.Stage, r.ID)
		}
		seen[key] = true
		if why := faultyRow(r); why != "" {
			return nil, fmt.Errorf("pipeline.ParseGates: row %d (%s/%s): %s", i+1, r.Stage, r.ID, why)
		}
	}
	return rows, nil
}

// faultyRow says what is wrong with r, "" when nothing is.
func faultyRow(r GateRow) string {
	_, known := r.Stage.Info()
	switch {
	case !known:
		return "unknown stage"
	case r.Zh == "" || r.En == "" || r.Source == "":
		return "label or source missing"
	case !r.ValidFrom.Known() || !r.ValidFrom.Valid() || !r.ValidTo.Valid() || r.ValidTo.Before(r.ValidFrom):
		return "dates do not make a term"
	case !slices.Contains([]string{"", "build", "no_build"}, r.Applies):
		return "unknown applies"
	case r.Kind == NeedField && !slices.Contains(gateFields(), r.ID):
		return "unknown field"
	case r.Kind == NeedSignoff && !slices.Contains(signerRoles(), r.ID):
		return "unknown role"
	case r.Kind == NeedEvidence && (len(r.Needs) == 0 || !slices.Contains(Classes(), r.Class)):
		return "evidence needs a class and what it must hold"
	case r.Kind == NeedEvidence && (!evidenceID.MatchString(r.ID) || r.ID == OtherEvidence):
		return "unfit id"
	case slices.ContainsFunc(r.Needs, func(n string) bool { return !slices.Contains([]string{"document", "date", "hash"}, n) }):
		return "unknown need"
	case r.Dates && (r.Kind != NeedEvidence || !slices.Contains(r.Needs, "date")):
		return "dates without a date"
	case !slices.Contains([]string{NeedField, NeedEvidence, NeedSignoff}, r.Kind):
		return "unknown kind"
	}
	return ""
}

// gateFields are the fields a gate may ask for, by their name in the API.
func gateFields() []string {
	return []string{"name", "source", "finder", "found_on", "industry", "unit", "owner", "investor", "identity", "site", "scope", "total", "fixed", "terms"}
}

// signerRoles are the roles that may sign at a gate.
func signerRoles() []string { return []string{"officer", "department_lead", "leader"} }

// For returns the requirements of stage in force on day, in the table's order.
func (g Gates) For(stage Stage, day kernel.Date, builds bool) Gates {
	var out Gates
	for _, r := range g {
		if r.Stage == stage && r.InForce(day, builds) {
			out = append(out, r)
		}
	}
	return out
}

// evidence finds the row that describes an evidence kind in force on day.
func (g Gates) evidence(kind string, day kernel.Date) (GateRow, bool) {
	for _, r := range g {
		if r.Kind == NeedEvidence && r.ID == kind && (r.InForce(day, true) || r.InForce(day, false)) {
			return r, true
		}
	}
	for _, r := range Papers() {
		if r.ID == kind && r.InForce(day, true) {
			return r, true
		}
	}
	return GateRow{}, false
}

// Dossier is everything a gate looks at.
type Dossier struct {
	Project  Project
	Identity string // the investor's credit code, LEI or foreign registration number
	Evidence []Evidence
	Signoffs []Signoff
}

// GateItem is one line of the checklist.
type GateItem struct {
	Stage     Stage    `json:"stage"`
	Kind      string   `json:"kind"`
	ID        string   `json:"id"`
	Label     string   `json:"label"`
	Met       bool     `json:"met"`
	HintField string   `json:"hint_field"` // the field, evidence kind or role by which the item is supplied
	Needs     []string `json:"needs,omitempty"`
	Source    string   `json:"source"`
}

// Check returns the checklist of stage for d on day.
func (g Gates) Check(d Dossier, stage Stage, day kernel.Date, lang string) []GateItem {
	items := []GateItem{}
	for i := range g {
		if r := &g[i]; r.Stage == stage && r.InForce(day, d.Project.Builds) {
			items = append(items, GateItem{stage, r.Kind, r.ID, r.Label(lang), d.meets(r), hintField(*r), r.Needs, r.Source})
		}
	}
	return items
}

// Missing returns what d lacks of the gates of every stage of the track up to
// and with the one it stands in; an imported project usually lacks something.
func (t Track) Missing(d Dossier, day kernel.Date, lang string) []GateItem {
	missing := []GateItem{}
	for _, s := range t.reached(d.Project) {
		missing = append(missing, unmet(t.Gates.Check(d, s, day, lang))...)
	}
	return missing
}

// missingCount is how many items Missing would return.
func (t Track) missingCount(d *Dossier, day kernel.Date) (n int64) {
	stages := t.reached(d.Project)
	for i := range t.Gates {
		r := &t.Gates[i]
		if slices.Contains(stages, r.Stage) && r.InForce(day, d.Project.Builds) && !d.meets(r) {
			n++
		}
	}
	return n
}

func unmet(items []GateItem) []GateItem {
	return slices.DeleteFunc(slices.Clone(items), func(i GateItem) bool { return i.Met })
}

func hintField(r GateRow) string {
	switch {
	case r.Kind == NeedEvidence:
		return "evidence." + r.ID
	case r.Kind == NeedSignoff:
		return "signoffs." + r.ID
	case r.ID == "identity":
		return "investor"
	default:
		return r.ID
	}
}

// refuse turns unmet items of stage into the one refusal that names each of
// them; nil when nothing is missing.
func (t Track) refuse(stage Stage, items []GateItem, lang string) error {
	if len(items) == 0 {
		return nil
	}
	f := &kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.gate_not_met", Args: []any{t.Label(stage, lang), len(items)}}
	for _, i := range items {
		f.Details = append(f.Details, kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.missing_" + i.Kind, Args: []any{i.Label}, Field: i.HintField})
	}
	return f
}

func (d *Dossier) meets(r *GateRow) bool {
	switch r.Kind {
	case NeedField:
		return d.filled(r.ID)
	case NeedEvidence:
		return slices.ContainsFunc(d.Evidence, func(e Evidence) bool { return e.meets(*r) })
	default:
		return slices.ContainsFunc(d.Signoffs, func(s Signoff) bool { return s.Live() && s.Stage == r.Stage && s.Role == r.ID })
	}
}

func (d *Dossier) filled(field string) bool {
	p, text := &d.Project, ""
	switch field {
	case "identity":
		return d.Identity != ""
	case "total":
		return p.Total().Stated()
	case "fixed":
		return p.Fixed().Stated()
	case "name":
		text = p.Name
	case "source":
		text = p.Source
	case "finder":
		text = p.Finder
	case "found_on":
		text = p.FoundOn
	case "industry":
		text = p.Industry
	case "unit":
		text = p.Unit
	case "owner":
		text = p.Owner
	case "investor":
		text = p.Investor
	case "site":
		text = p.Site
	case "scope":
		text = p.Scope
	case "terms":
		text = p.Terms
	}
	return strings.TrimSpace(text) != ""
}

// evidenceDate is the day on which d's evidence says stage was reached: the
// latest date among the live evidence that dates the stage; "" when none does.
func (g Gates) evidenceDate(d Dossier, stage Stage, day kernel.Date) kernel.Date {
	var latest kernel.Date
	for _, r := range g.For(stage, day, d.Project.Builds) {
		if r.Kind == NeedEvidence && r.Dates {
			latest = max(latest, earliest(d.Evidence, r))
		}
	}
	return latest
}

// earliest is the first date on which a requirement was met: a later copy of
// the same document does not move the date of the stage.
func earliest(evidence []Evidence, r GateRow) kernel.Date {
	var first kernel.Date
	for _, e := range evidence {
		if on := kernel.Date(e.On); e.meets(r) && (first == "" || on.Before(first)) {
			first = on
		}
	}
	return first
}

// GateTableMarkdown renders the shipped gate table for the glossary; a test
// keeps the copy in the documents fresh.
func GateTableMarkdown() string {
	var b strings.Builder
	b.WriteString("| 阶段 Stage | 要件 Kind | 标识 Id | 中文 | English | 要求 Holds | 适用 Applies to | 施行 In force | 依据 Source |\n|--|--|--|--|--|--|--|--|--|\n")
	for _, r := range DefaultGates() {
		term := string(r.ValidFrom) + " –"
		if r.ValidTo.Known() {
			term += " " + string(r.ValidTo)
		}
		cells := []string{r.Stage.Label("zh") + " " + string(r.Stage), needName(r.Kind), "`" + r.ID + "`", r.Zh, r.En, needNames(r), appliesName(r.Applies), term, r.Source}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return b.String()
}

func needName(kind string) string {
	return map[string]string{NeedField: "字段 field", NeedEvidence: "证据 evidence", NeedSignoff: "签署 signature"}[kind]
}

func needNames(r GateRow) string {
	names := map[string]string{"document": "文件", "date": "日期", "hash": "哈希"}
	var out []string
	for _, n := range r.Needs {
		out = append(out, names[n])
	}
	if r.Dates {
		out = append(out, "其日期即阶段日期 (dates the stage)")
	}
	return strings.Join(out, "、")
}

func appliesName(applies string) string {
	return map[string]string{"": "全部 all", "build": "有建设 builds", "no_build": "不涉及建设 builds nothing"}[applies]
}
