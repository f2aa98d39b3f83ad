package pipeline

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"sente/internal/kernel"
)

//go:embed facts.json
var factsJSON []byte

// FactKind is the definition of a dated fact (入统, 入库, 落位): something that
// happened to a project on a day, by a definition of its own. It is never a
// stage or a gate.
type FactKind struct {
	ID           string      `json:"id"`
	Zh           string      `json:"zh"`
	En           string      `json:"en"`
	Coded        bool        `json:"coded" doc:"recorded with the code the statistics office gave"`
	Builds       bool        `json:"builds" doc:"only of a project that builds something"`
	DefinitionZh string      `json:"definition_zh"`
	DefinitionEn string      `json:"definition_en"`
	Version      int         `json:"version"`
	ValidFrom    kernel.Date `json:"valid_from"`
	ValidTo      kernel.Date `json:"valid_to" doc:"last day in force; empty: open"`
	Source       string      `json:"source"`
}

// Label is the fact's name in lang.
func (f FactKind) Label(lang string) string { return inLang(lang, f.Zh, f.En) }

// FactKinds is the table shipped with the program (facts.json).
func FactKinds() []FactKind {
	all, err := parseFactKinds(factsJSON)
	if err != nil {
		panic("pipeline: facts.json: " + err.Error()) // fixed when the program was built
	}
	return all
}

func parseFactKinds(data []byte) (all []FactKind, err error) {
	defer kernel.Wrap(&err, "pipeline.parseFactKinds")
	if err := strictly(data, &all); err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.ID == "" || f.Zh == "" || f.En == "" || f.DefinitionZh == "" || f.DefinitionEn == "" || f.Source == "" || f.Version < 1 || faultyTerm(f.ValidFrom, f.ValidTo) {
			return nil, fmt.Errorf("%q: name, definition, version, term or source missing", f.ID)
		}
		if _, stage := Stage(f.ID).Info(); stage {
			return nil, fmt.Errorf("%q is the name of a stage", f.ID)
		}
	}
	return all, nil
}

// factKinds are the definitions in force on day.
func factKinds(day kernel.Date) []FactKind {
	return slices.DeleteFunc(FactKinds(), func(f FactKind) bool { return !term(f.ValidFrom, f.ValidTo, day) })
}

// FactRow is one dated fact of a project. A wrong one is voided with a reason
// and stays on record.
type FactRow struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Project    string `db:"project" json:"project"`
	Kind       string `db:"kind" json:"kind"`
	On         string `db:"on_date" json:"on"`
	Code       string `db:"code" json:"code"` // given by the statistics office
	Evidence   string `db:"evidence" json:"evidence"`
	Note       string `db:"note" json:"note"`
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
	VoidedAt   int64  `db:"voided_at" json:"voided_at"`     // 0 = stands
	VoidedBy   string `db:"voided_by" json:"voided_by"`
	VoidedWhy  string `db:"voided_why" json:"voided_why"`
	Version    int64  `db:"version" json:"version"`
}

// Table names the table of dated facts.
func (FactRow) Table() string { return "pipeline_facts" }

// Live reports whether the fact still stands.
func (f FactRow) Live() bool { return f.VoidedAt == 0 }

// canBe reports whether f applies to k's project: one that builds nothing, or
// whose track has no 开工, is not admitted to fixed-asset statistics and leaves
// the denominator.
func (k *Docket) canBe(f FactKind) bool {
	return !f.Builds || k.Project.Builds && k.Track.Applies(Started)
}

// FactEntry is what an official records of a fact.
type FactEntry struct {
	Kind     string `json:"kind" doc:"in_statistics 入统, above_scale 入库（四上）, settled 落位"`
	On       string `json:"on" doc:"YYYY-MM-DD, when it happened"`
	Code     string `json:"code,omitempty" doc:"given by the statistics office"`
	Evidence string `json:"evidence,omitempty" doc:"id of a document of the project"`
	Note     string `json:"note,omitempty"`
}

// decideFact checks a fact against the project's state on day.
func decideFact(k *Docket, e FactEntry, day kernel.Date, lang string) error {
	kinds := factKinds(day)
	i := slices.IndexFunc(kinds, func(f FactKind) bool { return f.ID == e.Kind })
	switch {
	case k.Project.Stage.Final():
		return kernel.Faultf(kernel.ErrConflict, "pipeline.final", k.Project.Stage.Label(lang))
	case i < 0:
		return kernel.FieldFault("kind", "pipeline.unknown_fact", e.Kind)
	case !k.canBe(kinds[i]):
		return kernel.FieldFault("kind", "pipeline.fact_not_applicable", kinds[i].Label(lang))
	}
	var dated, coded error
	if e.On == "" {
		dated = kernel.FieldFault("on", "pipeline.no_date")
	}
	if code := strings.TrimSpace(e.Code); kinds[i].Coded && code == "" {
		coded = kernel.FieldFault("code", "pipeline.no_fact_code", kinds[i].Label(lang))
	} else if !kinds[i].Coded && code != "" {
		coded = kernel.FieldFault("code", "pipeline.fact_has_no_code", kinds[i].Label(lang))
	}
	if err := kernel.Faults("pipeline.fact_invalid", dated, checkPast("on", e.On, day), coded, checkText("code", e.Code, 50),
		checkText("note", e.Note, 500), k.checkProof(e.Evidence)); err != nil {
		return err
	}
	for _, f := range k.FactRows {
		if f.Live() && f.Kind == e.Kind {
			return kernel.Faultf(kernel.ErrConflict, "pipeline.fact_twice", kinds[i].Label(lang), f.On)
		}
	}
	return tooMany(len(k.FactRows), maxFactRows)
}
