package pipeline

import (
	"sente/internal/infra/calendar"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// The grounds of a conflict.
const (
	GroundEarlier  = "earlier"   // 在先：此前已接触
	GroundBetter   = "better"    // 更优：更有条件洽谈
	GroundSameFirm = "same_firm" // 经确认为同一企业
)

// The states of a conflict.
const (
	ConflictOpen    = "open"    // 待裁定
	ConflictDecided = "decided" // 已裁定
)

// Conflict (报备冲突) is two reports on one firm of which one can be protected.
// Its unit is the coordinating department; "" means that the zone's leaders
// decide.
type Conflict struct {
	Zone           string `db:"zone,key"`
	ID             string `db:"id,key"`
	Ground         string `db:"ground"`
	First          string `db:"first"`    // the report that protects the firm until the decision
	Second         string `db:"second"`   // the report that disputes it
	SinceOn        string `db:"since_on"` // of an earlier right
	Claim          string `db:"claim"`    // why, in the words of who raised it
	Unit           string `db:"unit"`
	Owner          string `db:"owner"`     // always ""; the gate asks for it
	OpenedAt       int64  `db:"opened_at"` // ms UTC
	OpenedBy       string `db:"opened_by"`
	OpenedByName   string `db:"opened_by_name"`
	DueOn          string `db:"due_on"`          // last working day for the decision
	DueProvisional bool   `db:"due_provisional"` // counted by weekdays: the calendar does not reach that far
	State          string `db:"state"`
	Winner         string `db:"winner"` // report; "" when none was left to protect
	Reason         string `db:"reason"`
	By             string `db:"by_account"`
	ByName         string `db:"by_name"`
	DecidedAt      int64  `db:"decided_at"` // ms UTC
	Version        int64  `db:"version"`
}

// Table names the table of conflicts.
func (Conflict) Table() string { return "pipeline_conflicts" }

// ConflictObject is the name of conflict id in the journal.
func ConflictObject(id string) string { return "pipeline.conflict/" + id }

// Overdue reports whether the decision is late on day. A provisional date is
// never judged.
func (c Conflict) Overdue(day kernel.Date) bool {
	return c.State == ConflictOpen && !c.DueProvisional && kernel.Date(c.DueOn).Before(day)
}

// recounted is c with the day by which it is to be decided counted anew where that
// day was provisional: days may reach further than when c was opened. within is how
// many working days the rule in force on that day gives.
func (c Conflict) recounted(days calendar.Calendar, within int) Conflict {
	if c.State == ConflictOpen && c.DueProvisional {
		due, provisional := days.AddWorkingDays(kernel.DayOf(c.OpenedAt), within)
		c.DueOn, c.DueProvisional = string(due), provisional
	}
	return c
}

// byRule reports whether c was decided by what happened meanwhile and by nobody.
func (c Conflict) byRule() bool { return c.By == kernel.SystemActor("", "").ID }

// holds reports whether r protects the firm until c is decided, also when its term
// has run out meanwhile.
func (c *Conflict) holds(r Report) bool {
	return c != nil && c.State == ConflictOpen && c.First == r.ID
}

// other is the side that is not id.
func (c Conflict) other(id string) string {
	if id == c.First {
		return c.Second
	}
	return c.First
}

// DecideOrder is the decision of a conflict.
type DecideOrder struct {
	Winner string `json:"winner" doc:"id of the report that is protected from now on"`
	Reason string `json:"reason"`
}

func (o DecideOrder) check(c Conflict) error {
	if c.State != ConflictOpen {
		by := any(c.ByName)
		if c.byRule() {
			by = words.Key("pipeline.by_rule")
		}
		return kernel.Faultf(kernel.ErrConflict, "pipeline.conflict_decided", by, string(kernel.DayOf(c.DecidedAt)))
	}
	winner := error(nil)
	if o.Winner != c.First && o.Winner != c.Second {
		winner = kernel.FieldFault("winner", "pipeline.conflict_winner")
	}
	return kernel.Faults("pipeline.decision_invalid", winner, checkReason("reason", o.Reason, leastReason+1))
}

// impartial refuses an arbiter who is a side of the conflict: who filed or looks
// after one of the reports, or whose own unit is one of the two. deciders says
// who can decide instead.
func impartial(actor kernel.Actor, sides []Report, deciders string) error {
	for _, r := range sides {
		if actor.ID == r.Owner || actor.ID == r.By || actor.Unit != "" && actor.Unit == r.Unit {
			if deciders == "" {
				return kernel.Faultf(kernel.ErrDenied, "pipeline.arbiter_is_side")
			}
			return kernel.Faultf(kernel.ErrDenied, "pipeline.arbiter_is_side_unit", deciders)
		}
	}
	return nil
}

// decided returns what the decision of c makes of winner and loser on day. A winner
// that disputed the firm begins its term with the decision. One that was protected
// keeps the term it had, and the days c waited are added to it: who is in the right
// does not pay for the wait with days in which nobody knew whether to go on talking,
// least of all where the term ran out before the decision came.
func decided(rule Protection, c Conflict, winner, loser Report, reason string, day kernel.Date) (Report, Report) {
	if winner.Status == ReportContested {
		winner.Status, winner.ProtectedUntil, winner.Rule, winner.Extensions = ReportActive, until(day, rule.ProtectedDays), rule.Version, 0
	} else {
		winner = winner.waited(kernel.DayOf(c.OpenedAt), day)
	}
	if loser.pending(day) || c.holds(loser) && loser.unended() {
		loser.Status, loser.Reason = ReportOverruled, reason
	}
	return winner, loser
}

// waited is r with the days from since to day added to its term, where it protected
// its firm on the day since and nothing but its term has ended that.
func (r Report) waited(since, day kernel.Date) Report {
	if n, ok := since.DaysUntil(day); ok && r.unended() && !kernel.Date(r.ProtectedUntil).Before(since) {
		r.ProtectedUntil = until(kernel.Date(r.ProtectedUntil), n)
		if r.Status = ReportActive; r.Extensions > 0 {
			r.Status = ReportExtended
		}
	}
	return r
}

// unended reports whether nothing but its term ends r's protection, or has ended it.
func (r Report) unended() bool {
	return r.Status == ReportActive || r.Status == ReportExtended || r.Status == ReportExpired
}

// SameFirmOrder confirms that two reports are of one firm.
type SameFirmOrder struct {
	First  string `json:"first" doc:"id of a report"`
	Second string `json:"second" doc:"id of another report"`
	Reason string `json:"reason"`
}

func (o SameFirmOrder) check() error {
	same := error(nil)
	if o.First == o.Second {
		same = kernel.FieldFault("second", "pipeline.same_report")
	}
	return kernel.Faults("pipeline.decision_invalid", same, checkReason("reason", o.Reason, leastReason+1))
}

// ConflictListed is a conflict with both sides as the arbiter sees them.
type ConflictListed struct {
	Conflict
	UnitName string
	Sides    []ReportListed // first, second
	Late     bool
	DaysLeft int // working days to DueOn, negative when over
}
