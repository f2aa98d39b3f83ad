package pipeline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"sente/internal/kernel"
)

//go:embed protection.json
var protectionJSON []byte

// Protection is the rule of 首报首谈 (who first reported, who first negotiates)
// in force between two days. A report keeps the rule of the day it was filed on.
type Protection struct {
	ProtectedDays int         `json:"protected_days" minimum:"1" maximum:"730" doc:"calendar days after the day of the report"`
	Extensions    int         `json:"extensions" minimum:"0" maximum:"10" doc:"how often a report may be extended"`
	ExtensionDays int         `json:"extension_days" minimum:"0" maximum:"730" doc:"calendar days one extension adds"`
	LeastMinutes  int         `json:"least_minutes" minimum:"0" maximum:"1000" doc:"characters the minutes of a talk have at least"`
	DecideWithin  int         `json:"decide_within" minimum:"1" maximum:"60" doc:"working days for deciding a conflict"`
	TieMinutes    int         `json:"tie_minutes" minimum:"0" maximum:"1440" doc:"two reports within this span arrive together; 0: in the same instant"`
	Coordinator   string      `json:"coordinator" doc:"the department that decides conflicts; empty: the zone's leaders do"`
	Complete      []string    `json:"complete" doc:"the fields a complete record has: firm_name, identity, source, intent, project"`
	Shares        ShareRule   `json:"shares"`
	ValidFrom     kernel.Date `json:"valid_from"`
	ValidTo       kernel.Date `json:"valid_to" doc:"last day in force; empty while open"`
	Source        string      `json:"source"`
	Version       int64       `json:"version,omitempty" doc:"of the zone's own rule; 0: shipped with the program"`
}

// ShareRule says who keeps how much of the credit for a project until when.
type ShareRule struct {
	Until Stage       `json:"until" doc:"the stage at which shares are frozen"`
	Keep  []ShareKeep `json:"keep"`
}

// ShareKeep is the least share of everybody who holds one part in a project.
type ShareKeep struct {
	Part        string `json:"part" enum:"began,first_report,first_talk,lead,support"`
	BasisPoints int    `json:"basis_points" minimum:"0" maximum:"10000"`
}

// ProtectionKind is the kind of the definitions that hold a Protection.
const ProtectionKind = "protection"

// protectionID is the one rule a zone has.
const protectionID = "default"

// shippedProtections reads protection.json once.
var shippedProtections = sync.OnceValue(DefaultProtections)

// Protections are the rules a zone knows: the shipped one first, then its own.
type Protections []Protection

// DefaultProtections is the rule shipped with the program (protection.json).
func DefaultProtections() Protections {
	p, err := ParseProtections(protectionJSON)
	if err != nil {
		panic("pipeline: protection.json: " + err.Error()) // fixed when the program was built
	}
	return p
}

// ParseProtections reads rules and refuses what is not one: an unknown field,
// part or stage, a term that ends before it begins, a figure out of range.
func ParseProtections(data []byte) (Protections, error) {
	var rules Protections
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rules); err != nil {
		return nil, fmt.Errorf("pipeline.ParseProtections: %w", err)
	}
	for i, r := range rules {
		if err := r.check(); err != nil {
			return nil, fmt.Errorf("pipeline.ParseProtections: rule %d: %w", i+1, err)
		}
	}
	return rules, nil
}

// on returns the rule in force on day: the zone's newest that has begun and not
// ended, else the shipped one, the first, which holds for any other day.
func (ps Protections) on(day kernel.Date) Protection {
	found := ps[0]
	for _, p := range ps {
		if !day.Before(p.ValidFrom) && !p.ValidTo.Before(day) && p.Version > found.Version {
			found = p
		}
	}
	return found
}

// version returns the rule by its version.
func (ps Protections) version(n int64) Protection {
	for _, p := range ps {
		if p.Version == n {
			return p
		}
	}
	return ps[0]
}

// reportFields are the fields a complete report may be asked for.
func reportFields() []string { return []string{"firm_name", "identity", "source", "intent", "project"} }

// check says everything that is wrong with a rule.
func (p Protection) check() error {
	errs := []error{
		between("protected_days", p.ProtectedDays, 1, 730), between("extensions", p.Extensions, 0, 10), between("extension_days", p.ExtensionDays, 0, 730),
		between("least_minutes", p.LeastMinutes, 0, 1000), between("decide_within", p.DecideWithin, 1, 60), between("tie_minutes", p.TieMinutes, 0, 1440),
		p.checkTerm(), checkText("source", p.Source, 1000),
	}
	if p.Source == "" {
		errs = append(errs, kernel.FieldFault("source", "pipeline.rule_source"))
	}
	for _, f := range p.Complete {
		errs = append(errs, checkChoice("complete", f, reportFields()))
	}
	if p.Shares.Until.Rank() == 0 {
		errs = append(errs, kernel.FieldFault("shares.until", "pipeline.unknown_stage", string(p.Shares.Until)))
	}
	kept := map[string]bool{}
	for _, k := range p.Shares.Keep {
		errs = append(errs, checkChoice("shares.keep", k.Part, ShareParts()), between("shares.keep", k.BasisPoints, 0, wholeShare))
		if kept[k.Part] {
			errs = append(errs, kernel.FieldFault("shares.keep", "pipeline.share_twice", k.Part))
		}
		kept[k.Part] = true
	}
	return kernel.Faults("pipeline.rule_invalid", errs...)
}

func (p Protection) checkTerm() error {
	switch {
	case !p.ValidFrom.Known() || !p.ValidFrom.Valid():
		return kernel.FieldFault("valid_from", "kernel.date_form", string(p.ValidFrom))
	case !p.ValidTo.Valid():
		return kernel.FieldFault("valid_to", "kernel.date_form", string(p.ValidTo))
	case p.ValidTo.Before(p.ValidFrom):
		return kernel.FieldFault("valid_to", "pipeline.rule_term", string(p.ValidTo), string(p.ValidFrom))
	}
	return nil
}

func between(field string, n, least, most int) error {
	if n < least || n > most {
		return kernel.FieldFault(field, "pipeline.rule_range", n, least, most)
	}
	return nil
}

// keeps is the least share of whoever holds part, when n people hold it: never
// more than all of them can have together.
func (r ShareRule) keeps(part string, n int) int {
	i := slices.IndexFunc(r.Keep, func(k ShareKeep) bool { return k.Part == part })
	if i < 0 || n == 0 {
		return 0
	}
	return min(r.Keep[i].BasisPoints, wholeShare/n)
}

// ProtectionOrder sets the zone's rule from a day on.
type ProtectionOrder struct {
	Protection
	Reason string `json:"reason"`
}

// check refuses a rule that would judge the past.
func (o ProtectionOrder) checkOrder(day kernel.Date) error {
	if err := o.Protection.check(); err != nil {
		return err
	}
	if o.ValidFrom.Before(day) {
		return kernel.FieldFault("valid_from", "pipeline.rule_past", string(o.ValidFrom), string(day))
	}
	return checkReason("reason", o.Reason, leastReason)
}
