package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sente/internal/kernel"
)

// Where a project's record came from.
const (
	OriginEntered  = "entered"  // opened at the desk
	OriginImported = "imported" // taken over from a register
)

// The kinds of project. Expansion by a firm already here is a project of its
// own, counted and shown apart.
const (
	KindNew       = "new"       // 新引进
	KindExpansion = "expansion" // 增资扩产
)

// Project is one investment project. The investment figures are in Money's
// minor units; a currency of "" means the figure is not stated.
type Project struct {
	Zone          string `db:"zone,key"`
	ID            string `db:"id,key"`
	Code          string `db:"code"` // P2026-00012, unique in the zone
	Name          string `db:"name"`
	NameSort      string `db:"name_sort"` // orders names as a Chinese reader expects
	Kind          string `db:"kind"`
	Builds        bool   `db:"builds"`        // false: nothing is built (incubation, headquarters, trade)
	Investor      string `db:"investor"`      // party id; "" while a lead's investor is not registered
	InvestorName  string `db:"investor_name"` // as it was called when last set
	Industry      string `db:"industry"`      // GB/T 4754-2017 section or division
	IndustryText  string `db:"industry_text"` // what the register said, when it was no code
	Site          string `db:"site"`
	Scope         string `db:"scope"` // what is to be built or done; part of the signing's identity
	Summary       string `db:"summary"`
	Source        string `db:"source"`
	Finder        string `db:"finder" class:"personal"`
	FoundOn       string `db:"found_on"`
	TotalMinor    int64  `db:"total_minor"`
	Currency      string `db:"currency"`
	FixedMinor    int64  `db:"fixed_minor"`
	FixedCurrency string `db:"fixed_currency"`
	Terms         string `db:"terms" class:"secret_trade"` // main clauses of the contract
	Unit          string `db:"unit"`                       // responsible department
	Owner         string `db:"owner"`                      // responsible official's account
	Stage         Stage  `db:"stage"`
	Prior         Stage  `db:"prior"`       // where a shelved, lost or terminated project stood
	StageSince    string `db:"stage_since"` // date the stage was reached; "" unknown
	Reason        string `db:"reason"`      // of the last move that needed one
	SigningHeldBy string `db:"signing_held_by"`
	Track         string `db:"track"`    // id of its pipeline; "" = GeneralTrack
	Platform      string `db:"platform"` // platform id; "" none
	Activity      string `db:"activity"` // the activity that brought the lead
	Method        string `db:"method"`   // id of the way it was promoted (招商方式)
	Campaign      string `db:"campaign"` // id of the campaign (攻坚战)
	DueOn         string `db:"due_on"`   // day the current span's limit ends; "" no limit

	DueProvisional bool   `db:"due_provisional"` // DueOn lies beyond the calendar and may still move
	DueFrom        Stage  `db:"due_from"`        // the span DueOn ends: from …
	DueTo          Stage  `db:"due_to"`          // … to
	WaitsOn        string `db:"waits_on"`        // WaitsOwner, a role that is to sign, …
	Missing        int64  `db:"missing"`         // unmet gate items of this and earlier stages
	Origin         string `db:"origin"`
	OriginRun      string `db:"origin_run"`                     // import run
	OriginKey      string `db:"origin_key"`                     // by which an import finds it again
	OriginAuthor   string `db:"origin_author" class:"personal"` // who kept the register
	OriginOn       string `db:"origin_on"`                      // as-of date of the register
	Search         string `db:"search"`                         // folded name, investor and code
	Version        int64  `db:"version"`
	CreatedAt      int64  `db:"created_at"`  // ms UTC
	UpdatedAt      int64  `db:"updated_at"`  // ms UTC
	ReckonedAt     int64  `db:"reckoned_at"` // ms UTC; of the last Reckon that changed it, which is no work on it
}

// Table names the table of projects.
func (Project) Table() string { return "pipeline_projects" }

// Object is the name of project id in the journal.
func Object(id string) string { return "pipeline.project/" + id }

// Total is the total investment; not stated when the currency is empty.
func (p Project) Total() kernel.Money { return kernel.Money{Minor: p.TotalMinor, Currency: p.Currency} }

// Fixed is the fixed-asset investment; not stated when the currency is empty.
func (p Project) Fixed() kernel.Money {
	return kernel.Money{Minor: p.FixedMinor, Currency: p.FixedCurrency}
}

// GeneralTrack is the pipeline of projects that name no other.
const GeneralTrack = "general"

// TrackID is the id of the pipeline p follows.
func (p Project) TrackID() string { return cmp.Or(p.Track, GeneralTrack) }

// Standing is the place in the chain the project holds, also while it is
// shelved and after it was lost or terminated.
func (p Project) Standing() Stage {
	if p.Stage.Rank() == 0 {
		return p.Prior
	}
	return p.Stage
}

// underTalks reports whether p has not come to its signing yet nor to its end: a
// firm it names is one somebody talks to.
func (p Project) underTalks() bool { return p.Standing().Rank() < Signed.Rank() && !p.Stage.Final() }

// Facts are the fields of a project an official fills in; a nil field is left
// as it is, an empty one is cleared.
type Facts struct {
	Name         *string       `json:"name,omitempty" doc:"项目名称"`
	Kind         *string       `json:"kind,omitempty" enum:"new,expansion" doc:"new 新引进, expansion 增资扩产"`
	Builds       *bool         `json:"builds,omitempty" doc:"false: nothing is built (incubation, headquarters, trade)"`
	Investor     *string       `json:"investor,omitempty" doc:"party id"`
	InvestorName *string       `json:"investor_name,omitempty" doc:"as told, while the investor is not registered"`
	Industry     *string       `json:"industry,omitempty" doc:"GB/T 4754-2017 section or division: C, C36"`
	Site         *string       `json:"site,omitempty"`
	Scope        *string       `json:"scope,omitempty"`
	Summary      *string       `json:"summary,omitempty"`
	Source       *string       `json:"source,omitempty"`
	Finder       *string       `json:"finder,omitempty"`
	FoundOn      *string       `json:"found_on,omitempty" doc:"YYYY-MM-DD"`
	Total        *kernel.Money `json:"total_investment,omitempty"`
	Fixed        *kernel.Money `json:"fixed_investment,omitempty"`
	Terms        *string       `json:"terms,omitempty" doc:"main clauses of the contract"`
	Unit         *string       `json:"unit,omitempty" doc:"responsible department"`
	Owner        *string       `json:"owner,omitempty" doc:"responsible official's account"`
	Track        *string       `json:"track,omitempty" doc:"id of the pipeline it follows; default: general"`
	Platform     *string       `json:"platform,omitempty" doc:"platform id"`
	Activity     *string       `json:"activity,omitempty" doc:"id of the activity that brought the lead"`
	Method       *string       `json:"method,omitempty" doc:"id of the way it was promoted (招商方式)"`
	Campaign     *string       `json:"campaign,omitempty" doc:"id of the campaign (攻坚战)"`
	EffectiveOn  *string       `json:"effective_on,omitempty" doc:"YYYY-MM-DD, from when changed amounts hold; default: today"`
	Reason       *string       `json:"reason,omitempty" doc:"why an amount is changed; required from the signing on"`
}

// apply returns p with the facts that are given, trimmed.
func (f Facts) apply(p Project) Project {
	for _, t := range []struct {
		to   *string
		from *string
	}{
		{&p.Name, f.Name}, {&p.Kind, f.Kind}, {&p.Investor, f.Investor}, {&p.InvestorName, f.InvestorName}, {&p.Industry, f.Industry},
		{&p.Site, f.Site}, {&p.Scope, f.Scope}, {&p.Summary, f.Summary}, {&p.Source, f.Source}, {&p.Finder, f.Finder},
		{&p.FoundOn, f.FoundOn}, {&p.Terms, f.Terms}, {&p.Unit, f.Unit}, {&p.Owner, f.Owner},
		{&p.Track, f.Track}, {&p.Platform, f.Platform}, {&p.Activity, f.Activity}, {&p.Method, f.Method}, {&p.Campaign, f.Campaign},
	} {
		if t.from != nil {
			*t.to = strings.TrimSpace(*t.from)
		}
	}
	if f.Builds != nil {
		p.Builds = *f.Builds
	}
	if f.Total != nil {
		p.TotalMinor, p.Currency = f.Total.Minor, f.Total.Currency
	}
	if f.Fixed != nil {
		p.FixedMinor, p.FixedCurrency = f.Fixed.Minor, f.Fixed.Currency
	}
	return p
}

// changedFacts names the facts in which was and now differ, for the timeline.
func changedFacts(was, now Project) []string {
	names := []string{}
	for _, f := range []struct {
		name     string
		was, now any
	}{
		{"name", was.Name, now.Name}, {"kind", was.Kind, now.Kind}, {"builds", was.Builds, now.Builds}, {"investor", was.Investor, now.Investor},
		{"investor_name", was.InvestorName, now.InvestorName}, {"industry", was.Industry, now.Industry}, {"site", was.Site, now.Site},
		{"scope", was.Scope, now.Scope}, {"summary", was.Summary, now.Summary}, {"source", was.Source, now.Source}, {"finder", was.Finder, now.Finder},
		{"found_on", was.FoundOn, now.FoundOn}, {"total_investment", was.Total(), now.Total()}, {"fixed_investment", was.Fixed(), now.Fixed()},
		{"terms", was.Terms, now.Terms}, {"unit", was.Unit, now.Unit}, {"owner", was.Owner, now.Owner},
		{"track", was.TrackID(), now.TrackID()}, {"platform", was.Platform, now.Platform}, {"activity", was.Activity, now.Activity},
		{"method", was.Method, now.Method}, {"campaign", was.Campaign, now.Campaign},
	} {
		if f.was != f.now {
			names = append(names, f.name)
		}
	}
	return names
}

// keepsBuilds refuses to change whether a project builds once the gate of 落地
// has been passed on that ground: it decides which evidence was asked for.
func keepsBuilds(was, now Project) error {
	if was.Builds != now.Builds && was.Standing().Rank() >= Landed.Rank() {
		return kernel.FieldFault("builds", "pipeline.builds_settled")
	}
	return nil
}

// asInvalid turns a refusal by state into one about the input.
func asInvalid(err error) error {
	var f *kernel.Fault
	if errors.As(err, &f) {
		f.Kind = kernel.ErrInvalid
	}
	return err
}

// inField gives a missing object its own word and the field that names it.
func inField(field, word string, err error) error {
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.FieldFault(field, word)
	}
	return err
}

// check says everything that is wrong with p's fields on day; industry codes
// are expected in the standard's spelling.
func (p Project) check(day kernel.Date, book industryBook) error {
	_, industry := book.check(p.Industry)
	return kernel.Faults("pipeline.invalid",
		checkNamed(p.Name), checkText("name", p.Name, 200), checkChoice("kind", p.Kind, []string{KindNew, KindExpansion}),
		checkText("investor_name", p.InvestorName, 200), industry, checkText("industry_text", p.IndustryText, 200),
		checkText("site", p.Site, 300), checkText("scope", p.Scope, 1000),
		checkText("summary", p.Summary, 8000), checkText("source", p.Source, 300), checkText("finder", p.Finder, 100),
		checkPast("found_on", p.FoundOn, day), checkText("terms", p.Terms, 8000), checkText("track", p.Track, 60), checkText("platform", p.Platform, 60),
		checkText("activity", p.Activity, 60), checkText("method", p.Method, 60), checkText("campaign", p.Campaign, 60),
		checkMoney("total_investment", p.Total()), checkMoney("fixed_investment", p.Fixed()), p.checkFixed())
}

// checkFixed refuses a fixed-asset investment above the total, of which it is a
// part, and one in another currency, which could not be compared.
func (p Project) checkFixed() error {
	total, fixed := p.Total(), p.Fixed()
	if !total.Stated() || !fixed.Stated() {
		return nil
	}
	if total.Currency != fixed.Currency {
		return kernel.FieldFault("fixed_investment", "pipeline.fixed_currency", fixed.Currency, total.Currency)
	}
	if fixed.Minor > total.Minor {
		return kernel.FieldFault("fixed_investment", "pipeline.fixed_over_total", fixed.String(), total.String(), total.Currency)
	}
	return nil
}

// maxInvestment bounds one figure, in minor units (100 trillion yuan), so that
// the sum over a register stays within 64 bits.
const maxInvestment = 10_000_000_000_000_000

func checkMoney(field string, m kernel.Money) error {
	switch {
	case !m.Stated() && m.Minor == 0:
		return nil
	case !m.Stated():
		return kernel.FieldFault(field, "pipeline.no_currency")
	case !m.Valid():
		return kernel.FieldFault(field, "pipeline.money_invalid", m.Currency)
	case m.Minor < 0:
		return kernel.FieldFault(field, "pipeline.negative", m.String())
	case m.Minor > maxInvestment:
		return kernel.FieldFault(field, "pipeline.money_too_large", m.String(), m.Currency)
	}
	return nil
}

func checkNamed(name string) error {
	if fold(name) == "" {
		return kernel.FieldFault("name", "pipeline.no_name")
	}
	return nil
}

func checkText(field, text string, limit int) error {
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return kernel.FieldFault(field, "pipeline.not_text")
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return kernel.FieldFault(field, "pipeline.too_long", n, limit)
	}
	return nil
}

func checkChoice(field, value string, choices []string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return kernel.FieldFault(field, "pipeline.not_a_choice", value, strings.Join(choices, ", "))
}

// checkDate accepts "" and a day that exists.
func checkDate(field, on string) error {
	if _, err := kernel.ParseDate(on); err != nil {
		return kernel.FieldFault(field, "kernel.date_form", on)
	}
	return nil
}

// checkPast accepts "" and a day up to today.
func checkPast(field, on string, today kernel.Date) error {
	if err := checkDate(field, on); err != nil {
		return err
	}
	if today.Before(kernel.Date(on)) {
		return kernel.FieldFault(field, "pipeline.in_future", on, string(today))
	}
	return nil
}

// settle fills in what follows from the other fields.
func (p Project) settle(book industryBook) Project {
	if code, err := book.check(p.Industry); err == nil {
		p.Industry = code
	}
	p.Search = strings.Join([]string{fold(p.Name), fold(p.InvestorName), strings.ToLower(p.Code)}, " ")
	return p
}

// fold brings a name into the form in which names are compared: compatibility
// forms unified (full width, ㈱), lower case, no spaces.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFKC.String(s)), ""))
}

// code renders the nth project number of a year.
func code(year string, n int64) string { return fmt.Sprintf("P%s-%05d", year, n) }

// Counter is the last project number given out in a year.
type Counter struct {
	Zone string `db:"zone,key"`
	Year string `db:"year,key"` // "2026", in China Standard Time
	Last int64  `db:"last_no"`
}

// Table names the table of counters.
func (Counter) Table() string { return "pipeline_counters" }

// decideExpansion holds an expansion by a firm already here (增资扩产, 以商招商)
// to its ground: the firm must be on the register of parties. A project taken
// over as an expansion without one is only refused when it is made one here.
func decideExpansion(was, now Project) error {
	if now.Kind == KindExpansion && now.Investor == "" && (was.Kind != KindExpansion || was.Investor != "") {
		return kernel.FieldFault("investor", "pipeline.expansion_investor")
	}
	return nil
}
