package pipeline

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

//go:embed taxkinds.json
var taxKindsJSON []byte

// TaxKind is one tax a firm pays.
type TaxKind struct {
	ID        string      `json:"id"`
	Zh        string      `json:"zh"`
	En        string      `json:"en"`
	ValidFrom kernel.Date `json:"valid_from"`
	ValidTo   kernel.Date `json:"valid_to" doc:"last day in force; empty: open"`
	Source    string      `json:"source"`
}

// TaxKinds is the table shipped with the program (taxkinds.json).
func TaxKinds() []TaxKind {
	all, err := parseTaxKinds(taxKindsJSON)
	if err != nil {
		panic("pipeline: taxkinds.json: " + err.Error()) // fixed when the program was built
	}
	return all
}

func parseTaxKinds(data []byte) (all []TaxKind, err error) {
	defer kernel.Wrap(&err, "pipeline.parseTaxKinds")
	if err := strictly(data, &all); err != nil {
		return nil, err
	}
	for _, k := range all {
		if k.ID == "" || k.Zh == "" || k.En == "" || k.Source == "" || faultyTerm(k.ValidFrom, k.ValidTo) {
			return nil, fmt.Errorf("%q: name, term or source missing", k.ID)
		}
	}
	return all, nil
}

// Tax is what a named firm paid in tax in a period, as the tax office told it.
// By Article 8 of the Tax Collection Law it is confidential: it is recorded with
// its source, shown masked to everybody, read in full only for a stated purpose
// that stays on record, and used by nothing else: no score, fee, target, match
// or incentive may read it.
type Tax struct {
	Zone       string `db:"zone,key" json:"-"`
	ID         string `db:"id,key" json:"id"`
	Project    string `db:"project" json:"project"`
	Party      string `db:"party" json:"party"`
	Period     string `db:"period" json:"period"` // 2026, 2026-Q1 or 2026-03
	Kind       string `db:"kind" json:"kind"`
	Amount     int64  `db:"amount" class:"restricted" json:"-"` // minor units
	Currency   string `db:"currency" json:"currency"`
	Source     string `db:"source" json:"source"` // which paper of the tax office, obtained for what
	By         string `db:"by_account" json:"by"`
	ByName     string `db:"by_name" json:"by_name"`
	RecordedAt int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
	VoidedAt   int64  `db:"voided_at" json:"voided_at"`     // 0 = stands
	VoidedBy   string `db:"voided_by" json:"voided_by"`
	VoidedWhy  string `db:"voided_why" json:"voided_why"`
	Version    int64  `db:"version" json:"version"`
}

// Table names the table of tax figures.
func (Tax) Table() string { return "pipeline_tax" }

// TaxEntry is what is recorded of a firm's tax.
type TaxEntry struct {
	Party  string       `json:"party,omitempty" doc:"party id; default: the investor"`
	Period string       `json:"period" doc:"YYYY, YYYY-Qn or YYYY-MM"`
	Kind   string       `json:"kind" doc:"id of the tax"`
	Amount kernel.Money `json:"amount"`
	Source string       `json:"source" doc:"which paper of the tax office, obtained for what"`
}

var taxPeriod = regexp.MustCompile(`^(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$`)

// checkTaxPeriod accepts a year, quarter or month that has begun.
func checkTaxPeriod(period string, day kernel.Date) error {
	m := taxPeriod.FindStringSubmatch(period)
	if m == nil || m[1] < "1994" { // the year in which the present tax system began
		return kernel.FieldFault("period", "pipeline.tax_period", period)
	}
	month := "01"
	if m[2] != "" {
		month = []string{"01", "04", "07", "10"}[m[2][0]-'1']
	} else if m[3] != "" {
		month = m[3]
	}
	if day.Before(kernel.Date(m[1] + "-" + month + "-01")) {
		return kernel.FieldFault("period", "pipeline.period_ahead", period)
	}
	return nil
}

// check says what is wrong with e on day.
func (e TaxEntry) check(day kernel.Date) error {
	var kind, source, amount error
	if !slices.ContainsFunc(TaxKinds(), func(k TaxKind) bool { return k.ID == e.Kind && term(k.ValidFrom, k.ValidTo, day) }) {
		kind = kernel.FieldFault("kind", "pipeline.unknown_tax", e.Kind)
	}
	if utf8.RuneCountInString(strings.TrimSpace(e.Source)) < minReason {
		source = kernel.FieldFault("source", "pipeline.tax_source")
	} else {
		source = checkText("source", e.Source, 300)
	}
	if amount = checkMoney("amount", e.Amount); amount == nil && !e.Amount.Stated() {
		amount = kernel.FieldFault("amount", "pipeline.no_amount")
	}
	return kernel.Faults("pipeline.tax_invalid", kind, checkTaxPeriod(e.Period, day), amount, source)
}

// checkPurpose refuses to unmask for no purpose.
func checkPurpose(purpose string) error {
	if utf8.RuneCountInString(strings.TrimSpace(purpose)) < minReason {
		return kernel.FieldFault("purpose", "pipeline.tax_purpose")
	}
	return checkText("purpose", purpose, 500)
}
