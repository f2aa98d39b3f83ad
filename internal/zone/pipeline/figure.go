package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Figure is one statement about a measure of a project. Rows are only ever
// added. In a series (measure, kind and period) the row in force on a day is
// the one with the latest EffectiveOn up to that day, of several the last
// recorded; one with TakenBack says that nothing holds from then on.
type Figure struct {
	Zone        string `db:"zone,key" json:"-"`
	Project     string `db:"project,key" json:"project"`
	Seq         int64  `db:"seq,key" json:"seq"` // 1, 2, … within the project
	Measure     string `db:"measure" json:"measure"`
	Kind        string `db:"kind" json:"kind"`     // planned, promised, forecast or actual
	Period      string `db:"period" json:"period"` // "2026" of a yearly measure
	Amount      int64  `db:"amount" json:"amount"` // minor units, or the quantity scaled by the measure's decimals
	Currency    string `db:"currency" json:"currency"`
	TakenBack   bool   `db:"taken_back" json:"taken_back"`
	EffectiveOn string `db:"effective_on" json:"effective_on"` // from when it holds
	Note        string `db:"note" json:"note"`
	Evidence    string `db:"evidence" json:"evidence"` // document of the project that shows it; "" none
	By          string `db:"by_account" json:"by"`
	ByName      string `db:"by_name" json:"by_name"`
	RecordedAt  int64  `db:"recorded_at" json:"recorded_at"` // ms UTC
}

// Table names the table of figures.
func (Figure) Table() string { return "pipeline_figures" }

// Money is the amount of a money figure.
func (f Figure) Money() kernel.Money { return kernel.Money{Minor: f.Amount, Currency: f.Currency} }

// series is what revisions of each other have in common.
type series struct{ measure, kind, period string }

func (f Figure) series() series { return series{f.Measure, f.Kind, f.Period} }

// follows reports whether f is in force rather than g once both are effective.
func (f Figure) follows(g Figure) bool {
	return cmp.Or(cmp.Compare(f.EffectiveOn, g.EffectiveOn), cmp.Compare(f.Seq, g.Seq)) > 0
}

// inForce returns the row of s that is in force on day; false when none is, or
// when what was stated has been taken back.
func inForce(all []Figure, s series, day kernel.Date) (f Figure, ok bool) {
	for _, x := range all {
		if x.series() == s && !day.Before(kernel.Date(x.EffectiveOn)) && (f.Seq == 0 || x.follows(f)) {
			f = x
		}
	}
	return f, f.Seq > 0 && !f.TakenBack
}

// InForce returns what all says of every series on day, by measure in the order
// of first mention, then by period and kind.
func InForce(all []Figure, day kernel.Date) []Figure {
	out, held, order := []Figure{}, map[series]Figure{}, map[string]int{}
	for _, f := range all {
		if _, ok := order[f.Measure]; !ok {
			order[f.Measure] = len(order)
		}
		if best, ok := held[f.series()]; !day.Before(kernel.Date(f.EffectiveOn)) && (!ok || f.follows(best)) {
			held[f.series()] = f
		}
	}
	for _, f := range held {
		if !f.TakenBack {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b Figure) int {
		return cmp.Or(cmp.Compare(order[a.Measure], order[b.Measure]), cmp.Compare(a.Period, b.Period),
			cmp.Compare(slices.Index(FigureKinds(), a.Kind), slices.Index(FigureKinds(), b.Kind)))
	})
	return out
}

// latestEffective is the last day from which a row of s holds; "" when s is empty.
func latestEffective(all []Figure, s series) kernel.Date {
	var day kernel.Date
	for _, f := range all {
		if f.series() == s {
			day = max(day, kernel.Date(f.EffectiveOn))
		}
	}
	return day
}

// stamp says who records something, and when.
type stamp struct {
	by kernel.Actor
	at int64 // ms UTC
}

// state appends f to the docket and returns the row to save.
func (k *Docket) state(f Figure, s stamp) Figure {
	for _, x := range k.Figures {
		f.Seq = max(f.Seq, x.Seq)
	}
	f.Zone, f.Project, f.Seq = k.Project.Zone, k.Project.ID, f.Seq+1
	f.By, f.ByName, f.RecordedAt, f.Note = s.by.ID, s.by.Name, s.at, strings.TrimSpace(f.Note)
	k.Figures = append(k.Figures, f)
	return f
}

// FigureEntry is what an official records about a measure.
type FigureEntry struct {
	Measure     string `json:"measure"`
	Kind        string `json:"kind" enum:"planned,promised,forecast,actual"`
	Period      string `json:"period,omitempty" doc:"YYYY, of a yearly measure"`
	Amount      string `json:"amount" doc:"an exact decimal; empty takes the figure in force back"`
	Currency    string `json:"currency,omitempty" doc:"ISO 4217, of an amount of money"`
	EffectiveOn string `json:"effective_on,omitempty" doc:"YYYY-MM-DD, from when it holds; default: today"`
	Note        string `json:"note,omitempty" doc:"why; required to take a figure back, to change a contract amount, and for a day before one already recorded"`
	Evidence    string `json:"evidence,omitempty" doc:"id of a document of the project"`
}

// The most of one kind that may be filed under one project.
const (
	maxFigures     = 2000
	maxInstalments = 1000
	maxFactRows    = 200
	maxTaxRows     = 2000
)

func tooMany(n, limit int) error {
	if n < limit {
		return nil
	}
	return kernel.Faultf(kernel.ErrConflict, "pipeline.too_many_rows", limit)
}

// decideFigure checks an entry against the project's state on day and returns
// the row it makes.
func decideFigure(measures Measures, k *Docket, e FigureEntry, day kernel.Date, lang string) (f Figure, err error) {
	m, ok := measures.find(e.Measure, day)
	switch {
	case k.Project.Stage.Final():
		return f, kernel.Faultf(kernel.ErrConflict, "pipeline.final", k.Project.Stage.Label(lang))
	case !ok:
		return f, kernel.FieldFault("measure", "pipeline.unknown_measure", e.Measure)
	case e.Kind == Actual && m.Through == throughInstalments:
		return f, kernel.FieldFault("kind", "pipeline.through_instalments", m.Label(lang))
	case !slices.Contains(m.Kinds, e.Kind):
		return f, kernel.FieldFault("kind", "pipeline.not_a_choice", e.Kind, strings.Join(m.Kinds, ", "))
	case e.Kind == Promised && k.Project.Standing().Rank() < Signed.Rank():
		return f, kernel.FieldFault("kind", "pipeline.promise_before_signing")
	}
	f = Figure{Measure: m.ID, Kind: e.Kind, Period: strings.TrimSpace(e.Period), EffectiveOn: cmp.Or(e.EffectiveOn, string(day)), Note: e.Note, Evidence: e.Evidence}
	amount := m.read(e, &f)
	if err := kernel.Faults("pipeline.figure_invalid", m.checkPeriod(e, day), checkEffective(e.Kind, f.EffectiveOn, day), amount,
		checkText("note", e.Note, 500), k.checkProof(e.Evidence)); err != nil {
		return f, err
	}
	if err := k.checkFollowing(f, day); err != nil {
		return f, err
	}
	return f, tooMany(len(k.Figures), maxFigures)
}

// read puts e's amount into f.
func (m Measure) read(e FigureEntry, f *Figure) error {
	if strings.TrimSpace(e.Amount) == "" {
		f.TakenBack = true
		return nil
	}
	if !m.Money {
		if e.Currency != "" {
			return kernel.FieldFault("currency", "pipeline.quantity_currency", m.UnitZh)
		}
		n, err := parseQuantity(e.Amount, m.Decimals)
		if err != nil {
			return kernel.FieldFault("amount", "pipeline.quantity_invalid", e.Amount, m.Decimals)
		}
		f.Amount = n
		return nil
	}
	if e.Currency == "" {
		return kernel.FieldFault("currency", "pipeline.no_currency")
	}
	money, err := kernel.ParseMoney(e.Amount, e.Currency)
	if err != nil {
		return kernel.FieldFault("amount", "pipeline.bound_invalid", e.Amount, e.Currency)
	}
	f.Amount, f.Currency = money.Minor, money.Currency
	return checkMoney("amount", money)
}

// checkPeriod accepts a calendar year of a yearly measure and nothing otherwise.
// What actually came about cannot be of a year still ahead.
func (m Measure) checkPeriod(e FigureEntry, day kernel.Date) error {
	year := strings.TrimSpace(e.Period)
	switch {
	case m.Period == "" && year == "":
		return nil
	case m.Period == "":
		return kernel.FieldFault("period", "pipeline.no_period")
	case len(year) != 4 || !(kernel.Date(year + "-01-01")).Valid():
		return kernel.FieldFault("period", "pipeline.period_year", year)
	case e.Kind == Actual && year > string(day[:4]):
		return kernel.FieldFault("period", "pipeline.period_ahead", year)
	}
	return nil
}

// checkEffective accepts a day; of what actually came about, one up to today.
func checkEffective(kind, on string, day kernel.Date) error {
	if kind == Actual {
		return checkPast("effective_on", on, day)
	}
	return checkDate("effective_on", on)
}

// checkProof accepts "" and a document that stands in the project's file.
func (k *Docket) checkProof(id string) error {
	if id == "" || slices.ContainsFunc(k.Evidence, func(e Evidence) bool { return e.ID == id && e.Live() }) {
		return nil
	}
	return kernel.FieldFault("evidence", "pipeline.proof_not_found")
}

// checkFollowing checks f against the rows of its series. One that takes back
// or that is effective before a row already recorded says why; one that changes
// nothing is none.
func (k *Docket) checkFollowing(f Figure, day kernel.Date) error {
	unexplained := strings.TrimSpace(f.Note) == ""
	held, stands := inForce(k.Figures, f.series(), max(day, kernel.Date(f.EffectiveOn)))
	switch last := latestEffective(k.Figures, f.series()); {
	case f.TakenBack && !stands:
		return kernel.FieldFault("amount", "pipeline.nothing_to_take_back")
	case f.TakenBack && f.Kind == Promised && (f.Measure == TotalInvestment || f.Measure == FixedInvestment):
		return kernel.FieldFault("amount", "pipeline.promise_in_force") // a contract in force has its amount
	case f.TakenBack && unexplained:
		return kernel.FieldFault("note", "pipeline.figure_reason")
	case kernel.Date(f.EffectiveOn).Before(last) && unexplained:
		return kernel.FieldFault("note", "pipeline.revision_backdated", f.EffectiveOn, string(last))
	case stands && held.Money() == f.Money() && held.EffectiveOn <= f.EffectiveOn && !f.TakenBack:
		return kernel.FieldFault("amount", "pipeline.figure_same", held.EffectiveOn)
	}
	return nil
}

// headlineKinds are the kinds a headline column follows, the first stated one:
// the contract from its signing on, the plan before.
func (p Project) headlineKinds() []string {
	if p.Standing().Rank() >= Signed.Rank() {
		return []string{Promised, Planned}
	}
	return []string{Planned, Promised}
}

// headline is the amount of measure in force on day; known is false when no
// revision of it was ever recorded.
func (k *Docket) headline(measure string, day kernel.Date) (m kernel.Money, known bool) {
	for _, kind := range k.Project.headlineKinds() {
		s := series{measure, kind, ""}
		known = known || latestEffective(k.Figures, s) != ""
		if f, ok := inForce(k.Figures, s, day); ok {
			return f.Money(), true
		}
	}
	return kernel.Money{}, known
}

// follow sets the headline columns to the revisions in force on day; an amount
// of which no revision was recorded stays as it is.
func (k *Docket) follow(day kernel.Date) {
	if m, known := k.headline(TotalInvestment, day); known {
		k.Project.TotalMinor, k.Project.Currency = m.Minor, m.Currency
	}
	if m, known := k.headline(FixedInvestment, day); known {
		k.Project.FixedMinor, k.Project.FixedCurrency = m.Minor, m.Currency
	}
}

// headlines are the headline amounts of p by measure, in a fixed order.
func (p Project) headlines() []headline {
	return []headline{{TotalInvestment, p.Total()}, {FixedInvestment, p.Fixed()}}
}

type headline struct {
	measure string
	amount  kernel.Money
}

// revision is how an amount comes to be changed.
type revision struct {
	kind  string
	on    kernel.Date // from when it holds
	note  string
	stamp stamp
}

// revise appends h as a revision.
func (k *Docket) revise(h headline, r revision) Figure {
	return k.state(Figure{Measure: h.measure, Kind: r.kind, Amount: h.amount.Minor, Currency: h.amount.Currency, TakenBack: !h.amount.Stated(),
		EffectiveOn: string(r.on), Note: r.note}, r.stamp)
}

// firstFigures are the first revisions of a project that states amounts.
func (k *Docket) firstFigures(r revision) (rows []Figure) {
	r.kind = k.Project.headlineKinds()[0]
	for _, h := range k.Project.headlines() {
		if h.amount.Stated() {
			rows = append(rows, k.revise(h, r))
		}
	}
	return rows
}

// reviseHeadlines makes revisions of the headline amounts in which k's project
// now differs from was. A change of a contract amount says why; one effective
// before a revision already recorded would change nothing and is refused. Of an
// amount that was stated before revisions were kept, earlier is the note under
// which it is kept as the first.
func (k *Docket) reviseHeadlines(was Project, r revision, day kernel.Date, earlier string) (rows []Figure, err error) {
	r.kind = k.Project.headlineKinds()[0]
	if r.on == "" {
		r.on = day
	}
	before := was.headlines()
	for i, h := range k.Project.headlines() {
		if h.amount == before[i].amount {
			continue
		}
		if err := kernel.Faults("pipeline.invalid", checkEffective(r.kind, string(r.on), day), checkText("reason", r.note, 500)); err != nil {
			return nil, err
		}
		if r.kind == Promised && before[i].amount.Stated() && strings.TrimSpace(r.note) == "" {
			return nil, kernel.FieldFault("reason", "pipeline.revision_reason", before[i].amount.String(), h.amount.String())
		}
		if last := k.lastRevision(h.measure); r.on.Before(last) {
			return nil, kernel.FieldFault("effective_on", "pipeline.revision_earlier", string(r.on), string(last))
		}
		if _, known := k.headline(h.measure, day); !known && before[i].amount.Stated() {
			rows = append(rows, k.revise(before[i], revision{r.kind, min(r.on, kernel.DayOf(was.CreatedAt)), earlier, r.stamp}))
		}
		rows = append(rows, k.revise(h, r))
	}
	k.follow(day)
	return rows, nil
}

// lastRevision is the last day from which a headline revision of measure holds.
func (k *Docket) lastRevision(measure string) kernel.Date {
	return latestEffective(k.Figures, series{measure, k.Project.headlineKinds()[0], ""})
}

// promise makes the amounts that stand at the signing, on day on, the
// promised ones.
func (k *Docket) promise(on kernel.Date, s stamp) (rows []Figure) {
	for _, h := range k.Project.headlines() {
		held, ok := inForce(k.Figures, series{h.measure, Promised, ""}, kernel.DayOf(s.at))
		if h.amount.Stated() && !(ok && held.Money() == h.amount) {
			rows = append(rows, k.revise(h, revision{Promised, max(on, k.lastRevision(h.measure)), "", s}))
		}
	}
	return rows
}

// unpromise takes the promised amounts back from day on, because no contract is
// in force any more; the amounts stand as plans, so that none is changed by it.
func (k *Docket) unpromise(was Project, day kernel.Date, why string, s stamp) (rows []Figure) {
	for _, h := range was.headlines() {
		promised := series{h.measure, Promised, ""}
		if _, ok := inForce(k.Figures, promised, day); !ok {
			continue
		}
		from := max(day, latestEffective(k.Figures, promised))
		rows = append(rows, k.revise(headline{h.measure, kernel.Money{}}, revision{Promised, from, why, s}))
		planned := series{h.measure, Planned, ""}
		if held, ok := inForce(k.Figures, planned, day); h.amount.Stated() && (!ok || held.Money() != h.amount) {
			rows = append(rows, k.revise(h, revision{Planned, max(day, latestEffective(k.Figures, planned)), why, s}))
		}
	}
	return rows
}

// headlineOf is the headline amount of p under measure.
func headlineOf(p Project, measure string) kernel.Money {
	for _, h := range p.headlines() {
		if h.measure == measure {
			return h.amount
		}
	}
	return kernel.Money{}
}

// text is f's amount as an exact decimal; "" when it was taken back.
func (all Measures) text(f Figure) string {
	if f.TakenBack {
		return ""
	}
	for _, m := range all {
		if m.ID == f.Measure && !m.Money {
			return formatQuantity(f.Amount, m.Decimals)
		}
	}
	return f.Money().String()
}
