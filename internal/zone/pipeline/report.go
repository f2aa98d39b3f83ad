package pipeline

import (
	"errors"
	"strings"
	"unicode/utf8"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// The states of a report. Expiry is a fact of the date: a report that is active
// or extended counts as expired the day after its last protected one, whether
// or not a job has noted it.
const (
	ReportActive     = "active"    // 保护中
	ReportExtended   = "extended"  // 已延期，保护中
	ReportContested  = "contested" // 待裁定
	ReportExpired    = "expired"   // 已到期
	ReportReleased   = "released"  // 已放弃
	ReportConverted  = "converted" // 已转化（签约）
	ReportOverruled  = "overruled" // 裁定不予保护
	maxReportText    = 2000        // characters
	maxReportPeople  = 300         // characters
	leastReason      = 4           // characters
	longestReportQ   = 100         // characters
	longestForeignNo = 200         // characters
)

// ReportStates lists the states in the order they are shown.
func ReportStates() []string {
	return []string{ReportActive, ReportExtended, ReportContested, ReportExpired, ReportReleased, ReportConverted, ReportOverruled}
}

// Report (首报) says that a unit was the first to bring a firm: it protects the
// reporter's talks with the firm until a day.
type Report struct {
	Zone           string `db:"zone,key"`
	ID             string `db:"id,key"`
	Firm           string `db:"firm"` // shared by the reports of one firm, also one confirmed under two codes
	FirmName       string `db:"firm_name"`
	CreditCode     string `db:"credit_code"`
	LEI            string `db:"lei"`
	Country        string `db:"country"` // that issued ForeignRegNo
	ForeignRegNo   string `db:"foreign_reg_no"`
	Identity       string `db:"identity"`    // the number by which the firm is known, in the form in which numbers are compared
	Party          string `db:"party"`       // "" while the firm is not registered
	Project        string `db:"project"`     // "" while no project is opened
	Source         string `db:"source"`      // how the contact came about
	Intent         string `db:"intent"`      // what the firm wants to do
	CompleteAt     int64  `db:"complete_at"` // ms UTC; 0 while something is missing
	Unit           string `db:"unit"`
	Owner          string `db:"owner"`      // who looks after it
	By             string `db:"by_account"` // who reported
	ByName         string `db:"by_name"`
	ReportedAt     int64  `db:"reported_at"`     // ms UTC
	ProtectedUntil string `db:"protected_until"` // last protected day
	Rule           int64  `db:"rule_version"`    // version of the rule it is held against; 0 the shipped one
	Extensions     int64  `db:"extensions"`
	ExtendedAt     int64  `db:"extended_at"` // ms UTC
	ExtendedBy     string `db:"extended_by"`
	TalkOn         string `db:"talk_on"`
	TalkMinutes    string `db:"talk_minutes" class:"secret_trade"`
	TalkEvidence   string `db:"talk_evidence"` // evidence of the project instead of minutes
	TalkFirmPeople string `db:"talk_firm_people" class:"personal"`
	TalkZonePeople string `db:"talk_zone_people" class:"personal"`
	Status         string `db:"status"`
	Reason         string `db:"reason"`     // of the last step that needed one
	Conflict       string `db:"conflict"`   // the last conflict it is or was a side of
	OriginRun      string `db:"origin_run"` // import run that filed it; "" = somebody did
	Search         string `db:"search"`
	Version        int64  `db:"version"`
	UpdatedAt      int64  `db:"updated_at"` // ms UTC
}

// Table names the table of reports.
func (Report) Table() string { return "pipeline_reports" }

// ReportObject is the name of report id in the journal.
func ReportObject(id string) string { return "pipeline.report/" + id }

// StatusOn is the report's state on day.
func (r Report) StatusOn(day kernel.Date) string {
	if (r.Status == ReportActive || r.Status == ReportExtended) && kernel.Date(r.ProtectedUntil).Before(day) {
		return ReportExpired
	}
	return r.Status
}

// Protects reports whether r protects its reporter on day: the day of expiry
// itself still counts, to its last instant in China Standard Time.
func (r Report) Protects(day kernel.Date) bool {
	s := r.StatusOn(day)
	return s == ReportActive || s == ReportExtended
}

// pending: r still means something, protected or waiting for a decision.
func (r Report) pending(day kernel.Date) bool { return r.Protects(day) || r.Status == ReportContested }

// ReportFacts are what a reporter fills in. A nil field is left as it is.
type ReportFacts struct {
	FirmName     *string `json:"firm_name,omitempty" doc:"企业名称"`
	CreditCode   *string `json:"credit_code,omitempty" doc:"统一社会信用代码"`
	LEI          *string `json:"lei,omitempty"`
	Country      *string `json:"country,omitempty" doc:"two letters; of the foreign registration number"`
	ForeignRegNo *string `json:"foreign_reg_no,omitempty"`
	Party        *string `json:"party,omitempty" doc:"id of the registered organisation; its name and codes are taken over"`
	Project      *string `json:"project,omitempty" doc:"id of the project the report belongs to"`
	Source       *string `json:"source,omitempty" doc:"how the contact came about"`
	Intent       *string `json:"intent,omitempty" doc:"what the firm wants to do"`
}

// apply returns r with the facts that are given, trimmed, codes in upper case.
func (f ReportFacts) apply(r Report) Report {
	for _, t := range []struct{ to, from *string }{
		{&r.FirmName, f.FirmName}, {&r.CreditCode, f.CreditCode}, {&r.LEI, f.LEI}, {&r.Country, f.Country}, {&r.ForeignRegNo, f.ForeignRegNo},
		{&r.Party, f.Party}, {&r.Project, f.Project}, {&r.Source, f.Source}, {&r.Intent, f.Intent},
	} {
		if t.from != nil {
			*t.to = strings.TrimSpace(*t.from)
		}
	}
	r.CreditCode, r.LEI, r.Country = strings.ToUpper(r.CreditCode), strings.ToUpper(r.LEI), strings.ToUpper(r.Country)
	return r
}

// check says everything that is wrong with r's own fields.
func (r Report) check() error {
	return kernel.Faults("pipeline.report_invalid",
		r.checkFirm(), checkText("firm_name", r.FirmName, 200), r.checkCode(), r.checkLEI(), r.checkForeign(),
		checkText("source", r.Source, maxReportText), checkText("intent", r.Intent, maxReportText))
}

func (r Report) checkFirm() error {
	if fold(r.FirmName) == "" && r.Party == "" {
		return kernel.FieldFault("firm_name", "pipeline.report_no_firm")
	}
	return nil
}

func (r Report) checkCode() error {
	if r.CreditCode == "" {
		return nil
	}
	_, err := kernel.CheckCreditCode(r.CreditCode)
	return aboutField("credit_code", err)
}

func (r Report) checkLEI() error {
	if r.LEI == "" {
		return nil
	}
	return aboutField("lei", kernel.CheckLEI(r.LEI))
}

func (r Report) checkForeign() error {
	if r.ForeignRegNo == "" && r.Country == "" {
		return nil
	}
	if len(r.Country) != 2 || strings.Trim(r.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return kernel.FieldFault("country", "pipeline.report_country", r.Country)
	}
	return checkText("foreign_reg_no", r.ForeignRegNo, longestForeignNo)
}

// aboutField says which field a fault of the kernel is about.
func aboutField(field string, err error) error {
	var f *kernel.Fault
	if errors.As(err, &f) {
		about := *f
		about.Field = field
		return &about
	}
	return err
}

// firmKey is a firm's number in the form in which numbers are compared: credit
// code, else LEI, else foreign number with its country; "" when none is known.
func firmKey(creditCode, lei, country, foreignNo string) string {
	key := creditCode
	switch {
	case key != "":
	case lei != "":
		key = lei
	case foreignNo != "":
		key = country + ":" + foreignNo
	}
	return strings.ToUpper(fold(key))
}

// settle fills in what follows from the other fields at the instant now (ms).
func (r Report) settle(rule Protection, now int64) Report {
	r.Identity = firmKey(r.CreditCode, r.LEI, r.Country, r.ForeignRegNo)
	r.Search = strings.Join([]string{fold(r.FirmName), strings.ToLower(r.Identity)}, " ")
	if len(r.missing(rule)) == 0 && r.CompleteAt == 0 {
		r.CompleteAt = now
	}
	return r
}

// of returns r as the report of p's investor: for those responsible for p, about
// what p says of it.
func (r Report) of(p Project) Report {
	r.Unit, r.Owner, r.Project, r.Source, r.Intent = p.Unit, p.Owner, p.ID, p.Source, cut(p.intent(), maxReportText)
	return r
}

// protecting returns r as it protects its firm from day, the day it is filed, on.
func (r Report) protecting(rule Protection, day kernel.Date) Report {
	r.Status, r.ProtectedUntil, r.Rule, r.Version, r.UpdatedAt = ReportActive, until(day, rule.ProtectedDays), rule.Version, 1, r.ReportedAt
	return r
}

// untouched reports whether nobody has done anything with r since it was filed:
// that its term has ended is nobody's doing.
func (r Report) untouched() bool {
	return r.Version == 1 || r.Version == 2 && r.Status == ReportExpired
}

// missing names the fields a complete record has and r lacks.
func (r Report) missing(rule Protection) []string {
	have := map[string]bool{"firm_name": fold(r.FirmName) != "" || r.Party != "", "identity": r.Identity != "" || r.Party != "",
		"source": r.Source != "", "intent": r.Intent != "", "project": r.Project != ""}
	out := []string{}
	for _, f := range rule.Complete {
		if !have[f] {
			out = append(out, f)
		}
	}
	return out
}

// Claim is why somebody reports a firm that another one protects.
type Claim struct {
	Ground  string `json:"ground" enum:"earlier,better" doc:"earlier: talked to the firm before; better: has the better right to it"`
	SinceOn string `json:"since_on,omitempty" doc:"YYYY-MM-DD: since when, for an earlier right"`
	Reason  string `json:"reason"`
}

// check refuses a claim without a reason, or to a day that is not earlier than
// the report it is raised against.
func (c Claim) check(against Report, day kernel.Date) error {
	errs := []error{checkChoice("claim.ground", c.Ground, []string{GroundEarlier, GroundBetter}), checkReason("claim.reason", c.Reason, 10),
		checkPast("claim.since_on", c.SinceOn, day)}
	if c.Ground == GroundEarlier {
		if c.SinceOn == "" {
			errs = append(errs, kernel.FieldFault("claim.since_on", "pipeline.claim_since"))
		} else if !kernel.Date(c.SinceOn).Before(kernel.DayOf(against.ReportedAt)) {
			errs = append(errs, kernel.FieldFault("claim.since_on", "pipeline.claim_not_earlier", c.SinceOn))
		}
	}
	return kernel.Faults("pipeline.claim_invalid", errs...)
}

// checkReason refuses a reason of fewer than least characters or of too many.
func checkReason(field, reason string, least int) error {
	if utf8.RuneCountInString(strings.TrimSpace(reason)) < least {
		return kernel.FieldFault(field, "pipeline.reason_short", least)
	}
	return checkText(field, reason, 500)
}

// What a report comes to.
const (
	filedFree    = "free"    // nobody protects the firm
	filedTie     = "tie"     // arrived together with an incomplete one, and is complete
	filedClaimed = "claimed" // a claim against the report that protects the firm
)

// standingOf is who protects a firm and whether that is being decided.
type standingOf struct {
	holder   *Report   // nil: nobody
	conflict *Conflict // open; nil: none
}

// decideFiling says what r, filed now, comes to; by names the holder's
// department for those who may know it, nil for the others.
func decideFiling(rule Protection, r Report, s standingOf, claim *Claim, by any, day kernel.Date) (string, error) {
	switch {
	case s.holder != nil && r.ours(*s.holder):
		return "", &kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.firm_reported_own", Args: []any{s.holder.ProtectedUntil}, Field: "firm_name"}
	case s.conflict != nil:
		return "", &kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.firm_contested", Args: []any{s.conflict.DueOn}, Field: "firm_name"}
	case s.holder == nil:
		return filedFree, nil
	}
	together := tied(rule, *s.holder, r)
	if together && r.CompleteAt != 0 && s.holder.CompleteAt == 0 {
		return filedTie, nil
	}
	if claim != nil {
		return filedClaimed, claim.check(*s.holder, day)
	}
	return "", protectedFault(*s.holder, together, by)
}

// ours: the two reports are of the same side.
func (r Report) ours(other Report) bool {
	return r.Unit != "" && r.Unit == other.Unit || r.Owner != "" && r.Owner == other.Owner
}

// tied: both arrived together, as the rule counts it.
func tied(rule Protection, a, b Report) bool {
	apart := a.ReportedAt - b.ReportedAt
	return max(apart, -apart) <= int64(rule.TieMinutes)*60_000
}

// before reports whether a precedes b: the earlier one, and of two that arrived
// together the one whose record was complete earlier.
func (r Report) before(rule Protection, b Report) bool {
	if !tied(rule, r, b) {
		return r.ReportedAt < b.ReportedAt
	}
	if r.CompleteAt != b.CompleteAt {
		return b.CompleteAt == 0 || r.CompleteAt != 0 && r.CompleteAt < b.CompleteAt
	}
	return r.ID < b.ID
}

// protectedFault says until when a firm is protected and, to those who may know
// it, by whom.
func protectedFault(holder Report, together bool, by any) error {
	word, args := "pipeline.firm_protected", []any{holder.ProtectedUntil}
	if together {
		word = "pipeline.firm_tie"
	}
	if by != nil {
		word, args = word+"_by", append(args, by)
	}
	return &kernel.Fault{Kind: kernel.ErrConflict, Word: word, Args: args, Field: "firm_name"}
}

// AnotherOperator stands for an operator's name, which no rival learns.
const AnotherOperator = words.Key("pipeline.another_operator")

// until is the last protected day of a term of days that begins on day: the day
// itself does not count (民法典 第二百零一条).
func until(day kernel.Date, days int) string { return string(day.AddDays(days)) }

// ExtendOrder asks for one more term on the ground of a talk that took place.
type ExtendOrder struct {
	TalkOn     string `json:"talk_on" doc:"YYYY-MM-DD: the day of the talk"`
	Minutes    string `json:"minutes,omitempty" doc:"what was talked about"`
	Evidence   string `json:"evidence,omitempty" doc:"instead of minutes: id of evidence filed under the report's project"`
	FirmPeople string `json:"firm_people" doc:"who took part for the firm"`
	ZonePeople string `json:"zone_people" doc:"who took part for the zone"`
}

// extend returns r with the term the order asks for; evidenced says that the
// evidence it names is on file.
func (o ExtendOrder) extend(r Report, rule Protection, evidenced bool, day kernel.Date) (Report, error) {
	switch {
	case r.StatusOn(day) == ReportExpired:
		return r, kernel.Faultf(kernel.ErrConflict, "pipeline.report_is_expired", r.ProtectedUntil)
	case !r.Protects(day):
		return r, kernel.Faultf(kernel.ErrConflict, "pipeline.report_not_live", words.Key("pipeline.report_state_"+r.Status))
	case r.Extensions >= int64(rule.Extensions):
		return r, kernel.Faultf(kernel.ErrConflict, "pipeline.report_extended_already", rule.Extensions, r.ProtectedUntil)
	}
	if err := o.check(r, rule, evidenced, day); err != nil {
		return r, err
	}
	r.TalkOn, r.TalkMinutes, r.TalkEvidence = o.TalkOn, strings.TrimSpace(o.Minutes), o.Evidence
	r.TalkFirmPeople, r.TalkZonePeople = strings.TrimSpace(o.FirmPeople), strings.TrimSpace(o.ZonePeople)
	r.Extensions, r.Status, r.ProtectedUntil = r.Extensions+1, ReportExtended, until(kernel.Date(r.ProtectedUntil), rule.ExtensionDays)
	return r, nil
}

func (o ExtendOrder) check(r Report, rule Protection, evidenced bool, day kernel.Date) error {
	reported := kernel.DayOf(r.ReportedAt)
	errs := []error{checkPast("talk_on", o.TalkOn, day), checkText("minutes", o.Minutes, 8000),
		checkPeople("firm_people", o.FirmPeople), checkPeople("zone_people", o.ZonePeople)}
	if o.TalkOn == "" {
		errs = append(errs, kernel.FieldFault("talk_on", "pipeline.talk_undated"))
	} else if kernel.Date(o.TalkOn).Before(reported) {
		errs = append(errs, kernel.FieldFault("talk_on", "pipeline.talk_before_report", o.TalkOn, string(reported)))
	}
	if r.TalkOn != "" && o.TalkOn != "" && !kernel.Date(r.TalkOn).Before(kernel.Date(o.TalkOn)) {
		errs = append(errs, kernel.FieldFault("talk_on", "pipeline.talk_same", r.TalkOn))
	}
	switch {
	case o.Evidence != "" && !evidenced:
		errs = append(errs, kernel.FieldFault("evidence", "pipeline.talk_no_evidence"))
	case o.Evidence == "" && utf8.RuneCountInString(strings.TrimSpace(o.Minutes)) < max(rule.LeastMinutes, 1):
		errs = append(errs, kernel.FieldFault("minutes", "pipeline.talk_no_minutes", max(rule.LeastMinutes, 1)))
	}
	return kernel.Faults("pipeline.extension_invalid", errs...)
}

func checkPeople(field, people string) error {
	if strings.TrimSpace(people) == "" {
		return kernel.FieldFault(field, "pipeline.talk_no_people")
	}
	return checkText(field, people, maxReportPeople)
}

// amended returns r with the facts f gives. The number of a firm is filled in
// once and never changed: what it protected would change with it.
func (f ReportFacts) amended(r Report, day kernel.Date) (Report, error) {
	if !r.pending(day) {
		return r, kernel.Faultf(kernel.ErrConflict, "pipeline.report_not_live", words.Key("pipeline.report_state_"+r.StatusOn(day)))
	}
	now := f.apply(r)
	for _, x := range []struct{ field, was, now string }{
		{"credit_code", r.CreditCode, now.CreditCode}, {"lei", r.LEI, now.LEI}, {"foreign_reg_no", r.ForeignRegNo, now.ForeignRegNo},
		{"country", r.Country, now.Country}, {"party", r.Party, now.Party},
	} {
		if x.was != "" && x.was != x.now {
			return r, kernel.FieldFault(x.field, "pipeline.report_identity_set")
		}
	}
	return now, nil
}

// keepsNumbers reports whether r, which may have taken the numbers of an
// organisation over, still has every number it was filed with.
func (r Report) keepsNumbers(was Report) bool {
	return (was.CreditCode == "" || r.CreditCode == was.CreditCode) && (was.LEI == "" || r.LEI == was.LEI) &&
		(was.ForeignRegNo == "" || r.ForeignRegNo == was.ForeignRegNo && r.Country == was.Country)
}

// ReportFilter narrows a list of reports. Empty fields do not narrow.
type ReportFilter struct {
	Q       string // part of the firm's name or number
	Status  string // as StatusOn tells it
	Unit    string
	Owner   string
	Project string
	Party   string
}

func (f ReportFilter) check() error {
	errs := []error{checkText("q", f.Q, longestReportQ)}
	if f.Status != "" {
		errs = append(errs, checkChoice("status", f.Status, ReportStates()))
	}
	return kernel.Faults("pipeline.filter_invalid", errs...)
}

func (f ReportFilter) key() []string {
	return []string{"reports", f.Q, f.Status, f.Unit, f.Owner, f.Project, f.Party}
}

// ReportListed is a report with the names around it and the conflict it is in.
type ReportListed struct {
	Report
	UnitName    string
	OwnerName   string
	ProjectName string // "" when there is none or the caller may not read it
	State       string // as StatusOn tells it
	DaysLeft    int    // to the last protected day; 0 when it is not protected
	Missing     []string
	Extensible  bool // one more extension is possible
	Dispute     *Conflict
}

// FirmState is what a reporter learns about a firm before reporting it.
type FirmState struct {
	State string `json:"state" enum:"free,protected,contested,own"`
	Until string `json:"until" doc:"last protected day; for contested the day by which it is decided"`
	By    string `json:"by" doc:"the department that protects the firm; empty when the caller may not know"`
	Own   string `json:"own" doc:"id of the report of one's own side"`
}

// firmStateOf tells s to somebody of r's side.
func firmStateOf(r Report, s standingOf) FirmState {
	switch {
	case s.holder != nil && r.ours(*s.holder):
		return FirmState{State: "own", Until: s.holder.ProtectedUntil, Own: s.holder.ID}
	case s.conflict != nil:
		return FirmState{State: "contested", Until: s.conflict.DueOn}
	case s.holder == nil:
		return FirmState{State: "free"}
	}
	return FirmState{State: "protected", Until: s.holder.ProtectedUntil}
}
