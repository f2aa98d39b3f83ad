package pipeline

import (
	"cmp"
	"fmt"
	"slices"

	"sente/internal/kernel"
)

// The parts somebody may have in a project.
const (
	PartBegan       = "began"        // 发起
	PartFirstReport = "first_report" // 首报
	PartFirstTalk   = "first_talk"   // 首谈
	PartLead        = "lead"         // 牵头推进
	PartSupport     = "support"      // 协同
)

// ShareParts lists the parts in the order they are shown.
func ShareParts() []string {
	return []string{PartBegan, PartFirstReport, PartFirstTalk, PartLead, PartSupport}
}

const (
	wholeShare = 10000 // basis points: 100 %
	maxShares  = 50    // rows of one project
)

// Share is somebody's part in the credit for a project.
type Share struct {
	Account     string `json:"account"`
	Name        string `json:"account_name"` // as it was when the share was given
	Unit        string `json:"unit"`         // in which the part was played
	Part        string `json:"part" enum:"began,first_report,first_talk,lead,support"`
	BasisPoints int    `json:"basis_points" minimum:"0" maximum:"10000"`
}

// ShareSet is how the credit for one project is shared. It follows nobody who
// leaves: a change of the responsible official or department leaves it alone.
type ShareSet struct {
	Zone      string  `db:"zone,key"`
	Project   string  `db:"project,key"`
	Rows      []Share `db:"rows,json"`
	Reason    string  `db:"reason"`
	SetAt     int64   `db:"set_at"` // ms UTC
	SetBy     string  `db:"set_by"`
	SetByName string  `db:"set_by_name"`
	Version   int64   `db:"version"`
}

// Table names the table of shares.
func (ShareSet) Table() string { return "pipeline_shares" }

// begun is the whole share of who began a project.
func begun(p Project, who Share, actor kernel.Actor, at int64) ShareSet {
	who.Part, who.BasisPoints = PartBegan, wholeShare
	return ShareSet{Zone: p.Zone, Project: p.ID, SetAt: at, SetBy: actor.ID, SetByName: actor.Name, Version: 1, Rows: []Share{who}}
}

// ShareEntry is one row of a new set.
type ShareEntry struct {
	Account     string `json:"account"`
	Part        string `json:"part" enum:"began,first_report,first_talk,lead,support"`
	BasisPoints int    `json:"basis_points" minimum:"0" maximum:"10000"`
}

// ShareOrder replaces the whole set.
type ShareOrder struct {
	Rows   []ShareEntry `json:"rows" maxItems:"50"`
	Reason string       `json:"reason"`
}

// member is what is known of an account that is to hold a share.
type member struct {
	name, unit string
	known      bool // there is such an account
	active     bool
}

// decideShares returns the rows that replace was. Who began stays, also when
// the account is gone or disabled, and keeps at least what the rule says.
func decideShares(rule ShareRule, p Project, was []Share, o ShareOrder, people map[string]member, lang string) ([]Share, error) {
	switch {
	case p.Stage.Final():
		return nil, kernel.Faultf(kernel.ErrConflict, "pipeline.final", p.Stage.Label(lang))
	case p.Standing().Rank() >= rule.Until.Rank():
		return nil, kernel.Faultf(kernel.ErrConflict, "pipeline.shares_frozen", rule.Until.Label(lang))
	}
	errs := []error{checkReason("reason", o.Reason, leastReason)}
	if len(o.Rows) > maxShares {
		errs = append(errs, kernel.FieldFault("rows", "pipeline.shares_too_many", len(o.Rows), maxShares))
	}
	rows, sum, seen := []Share{}, 0, map[ShareEntry]bool{}
	for i, e := range o.Rows {
		at := fmt.Sprintf("rows[%d].", i)
		row, err := e.row(at, was, people)
		errs = append(errs, err, checkChoice(at+"part", e.Part, ShareParts()))
		if e.BasisPoints < 0 || e.BasisPoints > wholeShare {
			errs = append(errs, kernel.FieldFault(at+"basis_points", "pipeline.share_range", percent(e.BasisPoints)))
		}
		if key := (ShareEntry{e.Account, e.Part, 0}); seen[key] {
			errs = append(errs, kernel.FieldFault(at+"account", "pipeline.share_twice", row.Name))
		} else {
			seen[key] = true
		}
		rows, sum = append(rows, row), sum+e.BasisPoints
	}
	errs = append(errs, checkSum(sum), checkKept(rule, was, rows))
	if err := kernel.Faults("pipeline.shares_invalid", errs...); err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b Share) int {
		return cmp.Compare(slices.Index(ShareParts(), a.Part), slices.Index(ShareParts(), b.Part))
	})
	return rows, nil
}

// row is e with the name and unit it is kept under: those it had for somebody
// who holds that part already, else those of the account today.
func (e ShareEntry) row(at string, was []Share, people map[string]member) (Share, error) {
	row := Share{Account: e.Account, Part: e.Part, BasisPoints: e.BasisPoints}
	for _, w := range was {
		if w.Account == e.Account && (w.Part == e.Part || row.Name == "") {
			row.Name, row.Unit = w.Name, w.Unit
		}
	}
	if row.Name != "" {
		return row, nil
	}
	m := people[e.Account]
	row.Name, row.Unit = m.name, m.unit
	switch {
	case !m.known:
		return row, kernel.FieldFault(at+"account", "pipeline.share_unknown", e.Account)
	case !m.active:
		return row, kernel.FieldFault(at+"account", "pipeline.share_disabled", m.name)
	}
	return row, nil
}

func checkSum(sum int) error {
	switch {
	case sum < wholeShare:
		return kernel.FieldFault("rows", "pipeline.shares_under", percent(sum), percent(wholeShare-sum))
	case sum > wholeShare:
		return kernel.FieldFault("rows", "pipeline.shares_over", percent(sum), percent(sum-wholeShare))
	}
	return nil
}

// checkKept refuses to take a part the rule protects away from somebody, or to
// leave less of it than the rule says.
func checkKept(rule ShareRule, was, now []Share) error {
	for _, keep := range rule.Keep {
		least := rule.keeps(keep.Part, count(was, keep.Part))
		for _, w := range was {
			if w.Part != keep.Part {
				continue
			}
			i := slices.IndexFunc(now, func(s Share) bool { return s.Account == w.Account && s.Part == w.Part })
			if i < 0 {
				return kernel.FieldFault("rows", "pipeline.share_began_gone", w.Name)
			}
			if now[i].BasisPoints < min(least, w.BasisPoints) {
				return kernel.FieldFault("rows", "pipeline.share_began_least", w.Name, percent(min(least, w.BasisPoints)))
			}
		}
	}
	return nil
}

func count(rows []Share, part string) (n int) {
	for _, s := range rows {
		if s.Part == part {
			n++
		}
	}
	return n
}

// percent writes basis points as a percentage: 12.5%, 100%.
func percent(bp int) string {
	sign := ""
	if bp < 0 {
		sign, bp = "-", -bp
	}
	switch {
	case bp%100 == 0:
		return fmt.Sprintf("%s%d%%", sign, bp/100)
	case bp%10 == 0:
		return fmt.Sprintf("%s%d.%d%%", sign, bp/100, bp%100/10)
	}
	return fmt.Sprintf("%s%d.%02d%%", sign, bp/100, bp%100)
}
