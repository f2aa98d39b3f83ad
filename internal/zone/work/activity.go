package work

import (
	"fmt"
	"slices"

	"sente/internal/kernel"
)

// The states of an activity.
const (
	Planned = "planned" // 计划
	Held    = "held"    // 已举办
	Dropped = "cancelled"
)

// Firm is a firm that took part: registered, or as it was called.
type Firm struct {
	Party string `json:"party,omitempty" doc:"party id; empty when the firm is not registered"`
	Name  string `json:"name" doc:"as it was called on the day"`
}

// Attendant is an official of the zone who took part.
type Attendant struct {
	Official string `json:"official,omitempty" doc:"official id; empty when not in the list of officials"`
	Name     string `json:"name"`
}

// Activity (招商活动) is a promotion activity: a fair, a visit, a talk.
type Activity struct {
	Zone          string      `db:"zone,key" json:"-"`
	ID            string      `db:"id,key" json:"id"`
	No            string      `db:"no" json:"no" doc:"A2026-00012"`
	Kind          string      `db:"kind" json:"kind"`
	Name          string      `db:"name" json:"name"`
	OnDate        string      `db:"on_date" json:"on_date" doc:"first day, YYYY-MM-DD"`
	EndOn         string      `db:"end_on" json:"end_on" doc:"last day; empty when it is the first"`
	Place         string      `db:"place" json:"place"`
	Method        string      `db:"method" json:"method" doc:"招商方式"`
	Campaign      string      `db:"campaign" json:"campaign" doc:"攻坚战"`
	Platform      string      `db:"platform" json:"platform" doc:"platform id"`
	Unit          string      `db:"unit" json:"unit"`
	Owner         string      `db:"owner" json:"owner"`
	Parties       []Firm      `db:"parties,json" json:"parties"`
	Officials     []Attendant `db:"officials,json" json:"officials"`
	CostMinor     int64       `db:"cost_minor" json:"-"`
	Currency      string      `db:"currency" json:"-"`
	Summary       string      `db:"summary" json:"summary"`
	Minutes       string      `db:"minutes" json:"minutes"`
	MinutesFile   string      `db:"minutes_file" json:"-"`
	FileName      string      `db:"minutes_file_name" json:"minutes_file_name"`
	FileMedia     string      `db:"minutes_media" json:"minutes_media"`
	FileSize      int64       `db:"minutes_size" json:"minutes_size" doc:"bytes"`
	MinutesOn     string      `db:"minutes_on" json:"minutes_on" doc:"day they were first filed"`
	MinutesAt     int64       `db:"minutes_at" json:"minutes_at" doc:"ms UTC; 0: not filed"`
	MinutesBy     string      `db:"minutes_by" json:"minutes_by"`
	MinutesByName string      `db:"minutes_by_name" json:"minutes_by_name"`
	MinutesDue    string      `db:"minutes_due" json:"minutes_due" doc:"last day they are in time"`
	Provisional   bool        `db:"minutes_provisional" json:"minutes_provisional" doc:"the day lies beyond the published calendar"`
	Status        string      `db:"status" json:"status" enum:"planned,held,cancelled"`
	Reason        string      `db:"reason" json:"reason" doc:"why it was cancelled"`
	Search        string      `db:"search" json:"-"`
	Version       int64       `db:"version" json:"version"`
	CreatedAt     int64       `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt     int64       `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of activities.
func (Activity) Table() string { return "work_activities" }

// ActivityObject is the name of activity id in the journal.
func ActivityObject(id string) string { return "work.activity/" + id }

// Cost is what a cost; not stated when the currency is empty.
func (a Activity) Cost() kernel.Money { return kernel.Money{Minor: a.CostMinor, Currency: a.Currency} }

// Last is the last day of a.
func (a Activity) Last() kernel.Date { return kernel.Date(either(a.EndOn, a.OnDate)) }

// Owes reports whether a was held and has no minutes.
func (a Activity) Owes() bool { return a.Status == Held && a.MinutesAt == 0 }

// MinutesLate reports whether the minutes came, or are on day, past their term.
// A term beyond the published calendar is provisional and never late.
func (a Activity) MinutesLate(day kernel.Date) bool {
	if a.Status != Held || a.Provisional {
		return false
	}
	if a.MinutesAt != 0 {
		day = kernel.Date(a.MinutesOn)
	}
	return kernel.Date(a.MinutesDue).Before(day)
}

// ActivityFacts are the fields of an activity an official fills in; a nil field
// is left as it is, an empty one is cleared.
type ActivityFacts struct {
	Kind      *string       `json:"kind,omitempty"`
	Name      *string       `json:"name,omitempty"`
	OnDate    *string       `json:"on_date,omitempty" doc:"YYYY-MM-DD"`
	EndOn     *string       `json:"end_on,omitempty" doc:"YYYY-MM-DD"`
	Place     *string       `json:"place,omitempty"`
	Method    *string       `json:"method,omitempty"`
	Campaign  *string       `json:"campaign,omitempty"`
	Platform  *string       `json:"platform,omitempty"`
	Unit      *string       `json:"unit,omitempty"`
	Owner     *string       `json:"owner,omitempty"`
	Parties   *[]Firm       `json:"parties,omitempty"`
	Officials *[]Attendant  `json:"officials,omitempty"`
	Cost      *kernel.Money `json:"cost,omitempty" doc:"an empty currency takes the amount away"`
	Summary   *string       `json:"summary,omitempty"`
}

// apply returns a with the facts that are given, trimmed.
func (f ActivityFacts) apply(a Activity) Activity {
	for _, t := range []struct{ to, from *string }{{&a.Kind, f.Kind}, {&a.Name, f.Name}, {&a.OnDate, f.OnDate}, {&a.EndOn, f.EndOn}, {&a.Place, f.Place},
		{&a.Method, f.Method}, {&a.Campaign, f.Campaign}, {&a.Platform, f.Platform}, {&a.Unit, f.Unit}, {&a.Owner, f.Owner}, {&a.Summary, f.Summary}} {
		set(t.to, t.from)
	}
	if f.Parties != nil {
		a.Parties = slices.Clone(*f.Parties)
	}
	if f.Officials != nil {
		a.Officials = slices.Clone(*f.Officials)
	}
	if f.Cost != nil {
		a.CostMinor, a.Currency = f.Cost.Minor, f.Cost.Currency
	}
	return a.settled()
}

// settled returns a as it is stored.
func (a Activity) settled() Activity {
	if a.Parties == nil {
		a.Parties = []Firm{}
	}
	if a.Officials == nil {
		a.Officials = []Attendant{}
	}
	for i := range a.Parties {
		trim(&a.Parties[i].Name, &a.Parties[i].Party)
	}
	for i := range a.Officials {
		trim(&a.Officials[i].Name, &a.Officials[i].Official)
	}
	if a.EndOn == a.OnDate {
		a.EndOn = ""
	}
	a.Search = fold(a.Name + a.Place + a.No)
	return a
}

// check says everything that is wrong with a's own fields on day.
func (a Activity) check(kinds []string, day kernel.Date) error {
	errs := []error{choice("kind", a.Kind, kinds), required("name", a.Name, maxTitle), dated("on_date", a.OnDate), anyDate("end_on", a.EndOn),
		ordered("end_on", a.OnDate, a.EndOn), atMost("place", a.Place, maxTitle), atMost("summary", a.Summary, maxText), priced("cost", a.Cost())}
	if a.Status == Held {
		errs = append(errs, past("on_date", a.OnDate, day), past("end_on", string(a.Last()), day), required("place", a.Place, maxTitle))
	}
	if n := len(a.Parties); n > maxList {
		errs = append(errs, kernel.FieldFault("parties", "work.too_many", n, maxList))
	}
	if n := len(a.Officials); n > maxList {
		errs = append(errs, kernel.FieldFault("officials", "work.too_many", n, maxList))
	}
	for i, f := range a.Parties[:min(len(a.Parties), maxList)] {
		if f.Party == "" {
			errs = append(errs, required(fmt.Sprintf("parties[%d].name", i), f.Name, maxTitle))
		}
	}
	for i, o := range a.Officials[:min(len(a.Officials), maxList)] {
		if o.Official == "" {
			errs = append(errs, required(fmt.Sprintf("officials[%d].name", i), o.Name, maxTitle))
		}
	}
	return kernel.Faults("work.activity_invalid", errs...)
}

// alive refuses to change an activity that was cancelled.
func (a Activity) alive() error {
	if a.Status == Dropped {
		return kernel.Faultf(kernel.ErrConflict, "work.was_cancelled", a.Name)
	}
	return nil
}

// held returns a as it took place.
func (a Activity) held() (Activity, error) {
	if err := a.alive(); err != nil {
		return a, err
	}
	if a.Status == Held {
		return a, kernel.Faultf(kernel.ErrConflict, "work.already_held", a.Name)
	}
	a.Status = Held
	return a, nil
}

// dropped returns a cancelled for reason. What took place cannot be cancelled.
func (a Activity) dropped(reason string) (Activity, error) {
	if err := a.alive(); err != nil {
		return a, err
	}
	if a.Status == Held {
		return a, kernel.Faultf(kernel.ErrConflict, "work.already_held", a.Name)
	}
	a.Status, a.Reason = Dropped, reason
	return a, kernel.Faults("work.activity_invalid", required("reason", reason, maxReason))
}

// minuted refuses minutes of what did not take place, or not yet.
func (a Activity) minuted() error {
	if err := a.alive(); err != nil {
		return err
	}
	if a.Status != Held {
		return kernel.Faultf(kernel.ErrConflict, "work.hold_first", a.Name)
	}
	return nil
}

// filed returns a with minutes filed by actor at an instant; the first filing
// counts for the term.
func (a Activity) filed(actor kernel.Actor, at int64) Activity {
	if a.MinutesAt == 0 {
		a.MinutesAt, a.MinutesOn, a.MinutesBy, a.MinutesByName = at, string(kernel.DayOf(at)), actor.ID, actor.Name
	}
	return a
}

// fields names what differs between two states of an activity.
func (a Activity) fields(was Activity) []string {
	names := []string{}
	for _, f := range []struct{ name, a, b string }{{"kind", a.Kind, was.Kind}, {"name", a.Name, was.Name}, {"on_date", a.OnDate, was.OnDate}, {"end_on", a.EndOn, was.EndOn},
		{"place", a.Place, was.Place}, {"method", a.Method, was.Method}, {"campaign", a.Campaign, was.Campaign}, {"platform", a.Platform, was.Platform},
		{"unit", a.Unit, was.Unit}, {"owner", a.Owner, was.Owner}, {"summary", a.Summary, was.Summary},
		{"cost", a.Cost().String() + a.Currency, was.Cost().String() + was.Currency}} {
		if f.a != f.b {
			names = append(names, f.name)
		}
	}
	if !slices.Equal(a.Parties, was.Parties) {
		names = append(names, "parties")
	}
	if !slices.Equal(a.Officials, was.Officials) {
		names = append(names, "officials")
	}
	return names
}

// Counter is the last number of an activity given out in a year.
type Counter struct {
	Zone string `db:"zone,key"`
	Year string `db:"year,key"` // "2026", in China Standard Time
	Last int64  `db:"last_no"`
}

// Table names the table of counters.
func (Counter) Table() string { return "work_counters" }

// next is the counter with one number more, and that number as it is written.
func (c Counter) next() (Counter, string) {
	c.Last++
	return c, fmt.Sprintf("A%s-%05d", c.Year, c.Last)
}

// ActivityFilter narrows a list of activities; empty fields do not narrow.
type ActivityFilter struct {
	Q        string
	Status   string
	Method   string
	Campaign string
	Platform string
	Unit     string
	Owner    string
	Kind     string
	Since    string // first day on that day or later
	Until    string // first day on that day or earlier
	Owing    bool   // held and without minutes
	Sort     string // on_date, updated_at; "" is the newest first
}

// settle checks every value of f and reads its order.
func (f ActivityFilter) settle() (sortBy, error) {
	s, err := parseSort(f.Sort, "-on_date")
	return s, kernel.Faults("work.filter_invalid", err, atMost("q", f.Q, 100), anyDate("since", f.Since), anyDate("until", f.Until))
}

// key names everything the content of a list depends on, for its cursors.
func (f ActivityFilter) key() []string {
	owing := ""
	if f.Owing {
		owing = "1"
	}
	return []string{"activities", f.Q, f.Status, f.Method, f.Campaign, f.Platform, f.Unit, f.Owner, f.Kind, f.Since, f.Until, owing, f.Sort}
}

// Spent is what the activities of one method, campaign and currency come to.
type Spent struct {
	Method   string       `json:"method"`
	Campaign string       `json:"campaign"`
	Held     int64        `json:"held" doc:"activities that took place"`
	Planned  int64        `json:"planned"`
	Outside  int64        `json:"outside" doc:"of those held, with at least one firm"`
	InTime   int64        `json:"in_time" doc:"of those held, with minutes in time"`
	Cost     kernel.Money `json:"cost" doc:"of those held"`
	Stated   int64        `json:"stated" doc:"of those held, whose cost is stated in this currency"`
}
