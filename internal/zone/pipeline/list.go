package pipeline

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Filter narrows a list of projects; empty fields do not narrow. The fields
// are those of the API.
type Filter struct {
	Q        string   // part of the name, the investor's name or the number
	Stages   []string // any of these
	Exact    bool     // Stages without the steps that tracks have within them
	Unit     string
	Owner    string
	Investor string
	Kind     string
	Industry string // section or division; a section takes in its divisions
	Currency string
	Min, Max string // decimal bounds of the total investment in Currency
	Since    string // date the stage was reached, from …
	Until    string // … to, inclusive
	Origin   string
	Run      string // import run
	Missing  bool   // only those that lack gate evidence
	Track    string // pipeline
	Platform string
	Activity string
	Method   string
	Campaign string
	Overdue  bool   // only those past the limit of their span, by a settled calendar
	AsOf     string // as recorded by the end of this day; "" = as they stand
}

// settledFilter is a Filter whose values have been checked.
type settledFilter struct {
	Filter
	industries []string
	min, max   *kernel.Money
	today      kernel.Date
}

// settle checks every value of f; amounts of different currencies cannot be
// compared, so bounds need a currency.
func (f Filter) settle(book industryBook, today kernel.Date) (settledFilter, error) {
	s := settledFilter{Filter: f, today: today}
	var errs []error
	for _, st := range f.Stages {
		if _, ok := Stage(st).Info(); !ok {
			errs = append(errs, kernel.FieldFault("stage", "pipeline.unknown_stage", st))
		}
	}
	var err error
	s.industries, err = f.underIndustry(book)
	errs = append(errs, err, checkDate("since", f.Since), checkDate("until", f.Until), checkText("q", f.Q, 100))
	s.min, err = f.bound("min", f.Min)
	errs = append(errs, err)
	s.max, err = f.bound("max", f.Max)
	errs = append(errs, err)
	if f.Origin != "" {
		errs = append(errs, checkChoice("origin", f.Origin, []string{OriginEntered, OriginImported}))
	}
	if f.Kind != "" {
		errs = append(errs, checkChoice("kind", f.Kind, []string{KindNew, KindExpansion}))
	}
	return s, kernel.Faults("pipeline.filter_invalid", errs...)
}

// counts reports whether f asks only for what projects are tallied by.
func (f Filter) counts() bool {
	if f.Unit == anyone || f.Owner == anyone {
		return false // no id
	}
	rest := f
	rest.Stages, rest.Exact, rest.Unit, rest.Owner, rest.Kind, rest.Currency = nil, false, "", "", "", ""
	return slices.Equal(rest.key(), Filter{}.key())
}

// walks reports whether an index holds the projects f asks for in the order s, so
// that a page reads no others.
func (f Filter) walks(s sortBy) bool {
	rest := f
	rest.Stages, rest.Exact = nil, false
	return s.name == "updated_at" && slices.Equal(rest.key(), Filter{}.key())
}

func (f Filter) bound(field, amount string) (*kernel.Money, error) {
	if amount == "" {
		return nil, nil
	}
	if f.Currency == "" {
		return nil, kernel.FieldFault(field, "pipeline.bound_needs_currency")
	}
	m, err := kernel.ParseMoney(amount, f.Currency)
	if err != nil {
		return nil, kernel.FieldFault(field, "pipeline.bound_invalid", amount, f.Currency)
	}
	return &m, nil
}

// underIndustry lists the codes a filter by industry takes in.
func (f Filter) underIndustry(book industryBook) ([]string, error) {
	code, err := book.check(f.Industry)
	if err != nil || code == "" {
		return nil, err
	}
	var codes []string
	for _, i := range Industries() {
		if strings.HasPrefix(i.Code, code) {
			codes = append(codes, i.Code)
		}
	}
	return codes, nil
}

// key names everything the content of a list depends on, for its cursors.
func (f Filter) key() []string {
	flag := func(on bool) string {
		if on {
			return "1"
		}
		return ""
	}
	return []string{f.Q, strings.Join(f.Stages, ","), f.Unit, f.Owner, f.Investor, f.Kind, f.Industry, f.Currency, f.Min, f.Max, f.Since, f.Until, f.Origin, f.Run, flag(f.Missing), flag(f.Exact),
		f.Track, f.Platform, f.Activity, f.Method, f.Campaign, flag(f.Overdue), f.AsOf}
}

// sortBy is one order of the list.
type sortBy struct {
	name    string
	columns []string // id follows
	desc    bool
}

// Place is where a page ended: the sort columns of its last row.
type Place struct {
	S  string `json:"s,omitempty"`
	N  int64  `json:"n,omitempty"`
	ID string `json:"id"`
}

// Sorts lists the orders a list may be asked for; a leading "-" turns one
// round. Amounts are ordered within their currency.
func Sorts() []string { return []string{"updated_at", "amount", "name", "stage_since"} }

// parseSort reads "-updated_at"; "" is the newest change first.
func parseSort(s string) (sortBy, error) {
	name, desc := strings.CutPrefix(cmp.Or(s, "-updated_at"), "-")
	columns := map[string][]string{"updated_at": {"updated_at"}, "amount": {"currency", "total_minor"}, "name": {"name_sort"}, "stage_since": {"stage_since"}}[name]
	if columns == nil {
		return sortBy{}, kernel.FieldFault("sort", "pipeline.not_a_choice", s, strings.Join(Sorts(), ", "))
	}
	return sortBy{name, columns, desc}, nil
}

// placeOf is the place of p in the order s.
func (s sortBy) placeOf(p Project) Place {
	switch s.name {
	case "amount":
		return Place{p.Currency, p.TotalMinor, p.ID}
	case "name":
		return Place{S: p.NameSort, ID: p.ID}
	case "stage_since":
		return Place{S: p.StageSince, ID: p.ID}
	default:
		return Place{N: p.UpdatedAt, ID: p.ID}
	}
}

// values are the sort columns' values at a place.
func (s sortBy) values(at Place) []any {
	switch s.name {
	case "amount":
		return []any{at.S, at.N}
	case "updated_at":
		return []any{at.N}
	default:
		return []any{at.S}
	}
}

// sum is one group of the totals as the database returns it.
type sum struct {
	stage                   Stage
	kind                    string
	currency, fixedCurrency string
	count, total, fixed     int64
}

// CurrencyTotal adds up the projects whose total investment is in one currency;
// Currency "" are those that state none.
type CurrencyTotal struct {
	Currency string       `json:"currency"`
	Count    int64        `json:"count"`
	Total    kernel.Money `json:"total_investment"`
	Fixed    kernel.Money `json:"fixed_investment"`
}

// StageTotal counts and adds up the projects in one stage.
type StageTotal struct {
	Stage      Stage           `json:"stage"`
	Count      int64           `json:"count"`
	ByCurrency []CurrencyTotal `json:"by_currency"`
}

// KindTotal counts and adds up the projects of one kind: expansions by firms
// already here (增资扩产) are counted apart.
type KindTotal struct {
	Kind       string          `json:"kind" enum:"new,expansion"`
	Count      int64           `json:"count"`
	ByCurrency []CurrencyTotal `json:"by_currency"`
}

// Totals are sums over what the caller may list.
type Totals struct {
	Count      int64           `json:"count"`
	ByCurrency []CurrencyTotal `json:"by_currency"`
	ByStage    []StageTotal    `json:"by_stage" doc:"every stage, also those with none; a stage counts with the steps within it"`
	ByStep     []StageTotal    `json:"by_step" doc:"of by_stage: the steps that tracks have within a stage"`
	ByKind     []KindTotal     `json:"by_kind" doc:"new projects and expansions apart"`
}

// foldSums turns the database's groups into totals; steps are those the tracks
// know. Fault: pipeline.totals_too_large.
func foldSums(groups []sum, steps []StageInfo) (t Totals, err error) {
	stages, exact := map[Stage][]sum{}, map[Stage][]sum{}
	for _, g := range groups {
		t.Count += g.count
		stages[g.stage.Main()] = append(stages[g.stage.Main()], g)
		exact[g.stage] = append(exact[g.stage], g)
	}
	if t.ByCurrency, err = byCurrency(groups); err != nil {
		return t, err
	}
	if t.ByStage, err = byStage(Stages(), stages); err != nil {
		return t, err
	}
	if t.ByStep, err = byStage(steps, exact); err != nil {
		return t, err
	}
	for _, kind := range []string{KindNew, KindExpansion} {
		of := KindTotal{Kind: kind}
		same := slices.DeleteFunc(slices.Clone(groups), func(g sum) bool { return g.kind != kind })
		for _, g := range same {
			of.Count += g.count
		}
		if of.ByCurrency, err = byCurrency(same); err != nil {
			return t, err
		}
		t.ByKind = append(t.ByKind, of)
	}
	return t, nil
}

// byStage adds up the groups of each of stages, also of those with none.
func byStage(stages []StageInfo, groups map[Stage][]sum) ([]StageTotal, error) {
	out := []StageTotal{}
	for _, s := range stages {
		of := StageTotal{Stage: s.ID}
		for _, g := range groups[s.ID] {
			of.Count += g.count
		}
		var err error
		if of.ByCurrency, err = byCurrency(groups[s.ID]); err != nil {
			return nil, err
		}
		out = append(out, of)
	}
	return out, nil
}

// byCurrency adds groups up by currency, the most frequent first. A fixed-asset
// figure whose total is not stated counts under its own currency.
func byCurrency(groups []sum) ([]CurrencyTotal, error) {
	out := []CurrencyTotal{}
	by := map[string]*CurrencyTotal{}
	at := func(c string) *CurrencyTotal {
		if by[c] == nil {
			by[c] = &CurrencyTotal{c, 0, kernel.Money{Currency: c}, kernel.Money{Currency: c}}
		}
		return by[c]
	}
	for _, g := range groups {
		at(g.currency).Count += g.count
		if !add(&at(g.currency).Total.Minor, g.total) {
			return nil, tooLarge(g.currency)
		}
		if g.fixedCurrency != "" && !add(&at(g.fixedCurrency).Fixed.Minor, g.fixed) {
			return nil, tooLarge(g.fixedCurrency)
		}
	}
	for _, c := range by {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b CurrencyTotal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Currency, b.Currency))
	})
	return out, nil
}

// add adds the amount by, never negative, to sum; false when 64 bits do not hold it.
func add(sum *int64, by int64) bool {
	if *sum > math.MaxInt64-by {
		return false
	}
	*sum += by
	return true
}

func tooLarge(currency string) error {
	return kernel.Faultf(kernel.ErrConflict, "pipeline.totals_too_large", currency)
}
