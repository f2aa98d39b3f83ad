package pipeline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

//go:embed measures.json
var measuresJSON []byte

// Promised (承诺) is what the contract in force says. A figure is planned,
// promised, forecast or actual; the four stand beside each other.
const Promised = "promised"

// FigureKinds lists the kinds of figure in the order they are shown.
func FigureKinds() []string { return []string{Promised, Planned, Forecast, Actual} }

// The headline measures are those a project shows in its own columns.
const (
	TotalInvestment = "total_investment" // 总投资
	FixedInvestment = "fixed_investment" // 固定资产投资
	PaidIn          = "paid_in"          // 到位资金
	ForeignCapital  = "foreign_capital"  // 外资
)

// throughInstalments marks a measure whose actual figure is the sum of instalments.
const throughInstalments = "instalments"

// Measure is one thing that is counted of a project, with its unit and its
// published definition. Definitions are dated: a figure is held against the one
// in force on the day it is recorded.
type Measure struct {
	ID           string      `json:"id"`
	Zh           string      `json:"zh"`
	En           string      `json:"en"`
	UnitZh       string      `json:"unit_zh"`
	UnitEn       string      `json:"unit_en"`
	Decimals     int         `json:"decimals" doc:"of a quantity; the stored integer counts the last of them"`
	Money        bool        `json:"money" doc:"an amount with a currency; otherwise a quantity"`
	Kinds        []string    `json:"kinds" doc:"planned, promised, forecast, actual: those that may be recorded"`
	Period       string      `json:"period" enum:",year" doc:"year: the figure is one of a calendar year"`
	Through      string      `json:"through,omitempty" doc:"instalments: the actual figure is only ever the sum of these"`
	DefinitionZh string      `json:"definition_zh"`
	DefinitionEn string      `json:"definition_en"`
	ValidFrom    kernel.Date `json:"valid_from"`
	ValidTo      kernel.Date `json:"valid_to" doc:"last day in force; empty: open"`
	Source       string      `json:"source"`
}

// Label is the measure's name in lang.
func (m Measure) Label(lang string) string { return inLang(lang, m.Zh, m.En) }

// inLang picks the English text for "en" and the Chinese one otherwise.
func inLang(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}

// term reports whether day lies in a term of validity.
func term(from, to, day kernel.Date) bool { return !day.Before(from) && !to.Before(day) }

// faultyTerm reports whether from and to do not make a term.
func faultyTerm(from, to kernel.Date) bool {
	return !from.Known() || !from.Valid() || !to.Valid() || to.Before(from)
}

// Measures is the table of measures.
type Measures []Measure

// DefaultMeasures is the table shipped with the program (measures.json).
func DefaultMeasures() Measures {
	m, err := parseMeasures(measuresJSON)
	if err != nil {
		panic("pipeline: measures.json: " + err.Error()) // fixed when the program was built
	}
	return m
}

// strictly decodes JSON that may hold nothing but the fields of v.
func strictly(data []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

func parseMeasures(data []byte) (all Measures, err error) {
	defer kernel.Wrap(&err, "pipeline.parseMeasures")
	if err := strictly(data, &all); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, m := range all {
		if key := m.ID + string(m.ValidFrom); seen[key] {
			return nil, fmt.Errorf("%s is there twice", m.ID)
		}
		seen[m.ID+string(m.ValidFrom)] = true
		if why := m.fault(); why != "" {
			return nil, fmt.Errorf("%s: %s", m.ID, why)
		}
	}
	return all, nil
}

// fault says what is wrong with m, "" when nothing is.
func (m Measure) fault() string {
	unknown := func(kind string) bool { return !slices.Contains(FigureKinds(), kind) }
	switch {
	case m.ID == "" || m.Zh == "" || m.En == "" || m.DefinitionZh == "" || m.DefinitionEn == "" || m.Source == "":
		return "name, definition or source missing"
	case faultyTerm(m.ValidFrom, m.ValidTo):
		return "dates do not make a term"
	case m.Decimals < 0 || m.Decimals > 6 || m.Money && m.Decimals != 0:
		return "decimals are those of a quantity, at most 6"
	case len(m.Kinds) == 0 || slices.ContainsFunc(m.Kinds, unknown):
		return "unknown kind"
	case m.Period != "" && m.Period != "year":
		return "unknown period"
	case m.Through != "" && (m.Through != throughInstalments || slices.Contains(m.Kinds, Actual)):
		return "what comes through instalments is not recorded as actual"
	}
	return ""
}

// At returns the measures in force on day, in the table's order.
func (all Measures) At(day kernel.Date) Measures {
	return slices.DeleteFunc(slices.Clone(all), func(m Measure) bool { return !term(m.ValidFrom, m.ValidTo, day) })
}

// find returns measure id as it is in force on day.
func (all Measures) find(id string, day kernel.Date) (Measure, bool) {
	for _, m := range all.At(day) {
		if m.ID == id {
			return m, true
		}
	}
	return Measure{}, false
}

// maxQuantity bounds a stored quantity, so that the sum over a register stays
// within 64 bits.
const maxQuantity = 1_000_000_000_000_000

var errDecimals = errors.New("more decimals than the measure has")

// parseQuantity reads an exact, not negative decimal ("1,234.5") as an integer
// scaled by decimals. It never rounds.
func parseQuantity(text string, decimals int) (int64, error) {
	whole, frac, dot := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), ".")
	if whole == "" || dot && frac == "" || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, errors.New("not a decimal")
	}
	frac = strings.TrimRight(frac, "0")
	if len(frac) > decimals {
		return 0, errDecimals
	}
	n, err := strconv.ParseInt(whole+frac+strings.Repeat("0", decimals-len(frac)), 10, 64)
	if err != nil || n > maxQuantity {
		return 0, errors.New("out of range")
	}
	return n, nil
}

// formatQuantity writes what parseQuantity reads, with all decimals.
func formatQuantity(n int64, decimals int) string {
	s := strconv.FormatInt(n, 10)
	if decimals == 0 {
		return s
	}
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals+1-len(s)) + s
	}
	return s[:len(s)-decimals] + "." + s[len(s)-decimals:]
}
