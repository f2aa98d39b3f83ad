package scoreboard

import (
	"fmt"
	"strconv"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// Series are the figures behind the plots.
type Series struct {
	From    kernel.Date `json:"from"`
	Until   kernel.Date `json:"until"`
	AsOf    kernel.Date `json:"as_of"`
	Counted Counted     `json:"counted"`
	Horizon int64       `json:"horizon_days" doc:"within how many days a talk has to be signed to be a success"`
	Cohorts []Cohort    `json:"cohorts" doc:"by quarter of signing; the negotiation rate by quarter of entering it"`
	Funnels []Funnel    `json:"funnels" doc:"by year of the lead"`
	Spans   []Span      `json:"spans" doc:"days from stage to stage, of those that ended in the period"`
}

// Cohort is one quarter.
type Cohort struct {
	Period  string      `json:"period" doc:"2026Q1"`
	From    kernel.Date `json:"from"`
	Until   kernel.Date `json:"until"`
	Rates   []Rate      `json:"rates"`
	Younger int64       `json:"younger" doc:"talks of the quarter that are not past the horizon yet"`
}

// Rate is one rate of a cohort.
type Rate struct {
	ID      string `json:"id" doc:"the figure: NEG_C, RES_LAND, RES_START, RES_PROD, RES_FUND"`
	Version int64  `json:"version" doc:"of its definition"`
	Value   Value  `json:"value"`
}

// Funnel is how far the leads of one year have come.
type Funnel struct {
	Period string       `json:"period" doc:"2026"`
	Leads  int64        `json:"leads"`
	Steps  []FunnelStep `json:"steps"`
}

// FunnelStep is one stage of a funnel.
type FunnelStep struct {
	Stage string `json:"stage"`
	Came  int64  `json:"came" doc:"came to the stage or beyond"`
	Of    int64  `json:"of" doc:"leads to which the stage applies"`
}

// Span is how long one step took.
type Span struct {
	From string `json:"from_stage"`
	To   string `json:"to_stage"`
	N    int64  `json:"n"`
	Days Spread `json:"days"`
	Open int64  `json:"open" doc:"still under way"`
}

// maxQuarters bounds how many cohorts one question plots.
const maxQuarters = 40

// quarter is the first day of the quarter of d.
func quarter(d kernel.Date) (first kernel.Date, year, q int) {
	year, _ = strconv.Atoi(string(d[:4]))
	month, _ := strconv.Atoi(string(d[5:7]))
	q = (month-1)/3 + 1
	return kernel.Date(fmt.Sprintf("%04d-%02d-01", year, 3*q-2)), year, q
}

// quarters cuts from…until into whole quarters.
func quarters(from, until kernel.Date) (out []Cohort) {
	first, year, q := quarter(from)
	for !until.Before(first) {
		next := kernel.Date(fmt.Sprintf("%04d-%02d-01", year+q/4, q%4*3+1))
		out = append(out, Cohort{Period: fmt.Sprintf("%dQ%d", year, q), From: first, Until: next.AddDays(-1), Rates: []Rate{}})
		first, year, q = next, year+q/4, q%4+1
	}
	return out
}

// cohortFigures are the figures plotted by quarter: success by quarter of
// entering negotiation, the others by quarter of signing.
func cohortFigures() []string {
	return []string{"NEG_C", "RES_LAND", "RES_START", "RES_PROD", "RES_FUND"}
}

// series answers for whole quarters and years that touch the period.
func (s *survey) series() (Series, error) {
	out := Series{From: s.q.From, Until: s.q.Until, AsOf: s.q.AsOf, Counted: Counted{s.f.seq + 1, s.f.entry, s.f.at},
		Cohorts: quarters(s.q.From, s.q.Until), Funnels: []Funnel{}, Spans: []Span{}}
	if len(out.Cohorts) > maxQuarters {
		return out, kernel.FieldFault("from", "scoreboard.period_long", len(out.Cohorts), maxQuarters)
	}
	success, err := find(s.defs, "NEG_C")
	if err != nil {
		return out, err
	}
	out.Horizon = success.param("horizon_days")
	expansion := s.q.Kind == pipeline.KindExpansion
	for i := range out.Cohorts {
		c := &out.Cohorts[i]
		for _, id := range cohortFigures() {
			def, err := find(s.defs, id)
			if err != nil {
				return out, err
			}
			a := s.ask(def, expansion)
			a.from, a.until = dayOf(c.From), dayOf(c.Until)
			t := a.tally()
			c.Rates = append(c.Rates, Rate{id, def.Version, t.value(def, s.book, s.lang)})
			c.Younger += t.count(apartYounger)
		}
	}
	s.funnels(&out, expansion)
	s.spans(&out, expansion)
	return out, nil
}

func (s *survey) funnels(out *Series, expansion bool) {
	first, _ := strconv.Atoi(string(s.q.From[:4]))
	last, _ := strconv.Atoi(string(s.q.Until[:4]))
	def, _ := find(s.defs, "NEG_L")
	for year := first; year <= last; year++ {
		a := s.ask(def, expansion)
		a.from, a.until = dayOf(kernel.Date(fmt.Sprintf("%04d-01-01", year))), dayOf(kernel.Date(fmt.Sprintf("%04d-12-31", year)))
		out.Funnels = append(out.Funnels, a.funnel(strconv.Itoa(year)))
	}
}

// funnel is how far the leads of the period have come by the day of counting.
func (a ask) funnel(period string) Funnel {
	f := Funnel{Period: period}
	stages := []pipeline.Stage{pipeline.Lead, pipeline.Screening, pipeline.Negotiating, pipeline.Signed, pipeline.Landed, pipeline.Started, pipeline.Producing}
	for _, st := range stages {
		f.Steps = append(f.Steps, FunnelStep{Stage: string(st)})
	}
	ignore := tally{}
	a.each(&ignore, func(*line) (when, bool) { return when{}, false }, func(l *line) {
		if !a.place(&ignore, l, l.reached[rankLead]) {
			return
		}
		f.Leads++
		for i, st := range stages {
			rank := uint8(st.Rank())
			if !a.applies(l, rank) {
				continue
			}
			f.Steps[i].Of++
			if _, came := l.come(rank, a.reach); came && !(rank >= rankSigned && l.p.repeat) {
				f.Steps[i].Came++
			}
		}
	})
	return f
}

func (s *survey) spans(out *Series, expansion bool) {
	def, _ := find(s.defs, "RES_T1")
	stages := []pipeline.Stage{pipeline.Lead, pipeline.Screening, pipeline.Negotiating, pipeline.Signed, pipeline.Landed, pipeline.Started, pipeline.Producing}
	for i := 1; i < len(stages); i++ {
		a := s.ask(def, expansion)
		t := a.span(uint8(stages[i-1].Rank()), uint8(stages[i].Rank()))
		if t.why == "" {
			out.Spans = append(out.Spans, Span{string(stages[i-1]), string(stages[i]), int64(len(t.days)), *spread(t.days), t.count(apartOpen)})
		}
	}
}
