package scoreboard

import (
	"cmp"
	"slices"

	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// Query is what a scoreboard is asked for. Empty dates mean: as of today, the
// year so far.
type Query struct {
	From     kernel.Date // first day of the period
	Until    kernel.Date // its last
	AsOf     kernel.Date // what was recorded by the end of that day
	Platform string
	Unit     string
	Kind     string // new or expansion; "" = new, with expansion beside it
}

// settle fills in what is not said and refuses what cannot be.
func (q Query) settle(today kernel.Date) (Query, error) {
	err := kernel.Faults("scoreboard.query_invalid", dateFault("from", q.From), dateFault("until", q.Until), dateFault("as_of", q.AsOf))
	if err != nil {
		return q, err
	}
	q.AsOf = cmp.Or(q.AsOf, today)
	if today.Before(q.AsOf) {
		return q, kernel.FieldFault("as_of", "scoreboard.as_of_future", string(q.AsOf), string(today))
	}
	q.Until = cmp.Or(q.Until, q.AsOf)
	if !q.From.Known() {
		q.From = q.Until[:4] + "-01-01"
	}
	if q.Until.Before(q.From) {
		return q, kernel.FieldFault("until", "scoreboard.period_backwards", string(q.From), string(q.Until))
	}
	if !slices.Contains([]string{"", pipeline.KindNew, pipeline.KindExpansion}, q.Kind) {
		return q, kernel.FieldFault("kind", "scoreboard.no_kind", q.Kind)
	}
	return q, nil
}

func dateFault(field string, on kernel.Date) error {
	if on.Valid() {
		return nil
	}
	return kernel.FieldFault(field, "kernel.date_form", string(on))
}

// Board is the scoreboard of a period.
type Board struct {
	From       kernel.Date `json:"from"`
	Until      kernel.Date `json:"until"`
	AsOf       kernel.Date `json:"as_of"`
	Unit       string      `json:"unit" doc:"the department or operator whose figures these are; empty: the zone's"`
	UnitForced bool        `json:"unit_forced" doc:"the reader sees the own unit's figures only"`
	Kind       string      `json:"kind" enum:"new,expansion"`
	Counted    Counted     `json:"counted"`
	Lights     []Light     `json:"lights"`
	Guards     []Figure    `json:"guards"`
}

// Counted says up to which entry of the journal figures count.
type Counted struct {
	Entries int64  `json:"entries" doc:"sequenced entries counted"`
	Entry   string `json:"entry" doc:"id of the last one"`
	At      int64  `json:"at" doc:"when it was recorded, ms UTC; 0: none yet"`
}

// Light is one of the six of 三多两高一明显. It has no colour without a target:
// what is enough is for the zone to say.
type Light struct {
	ID      string   `json:"id"`
	State   string   `json:"state" enum:"no_target,insufficient,green,amber,red" doc:"no_target: counted, but no target is set that can be compared; insufficient: nothing of it can be counted yet; else by the worst figure that has a target: green: reached, amber: not reached, and no worse than a year earlier, red: not reached and worse"`
	Figures []Figure `json:"figures"`
}

// Figure is one computed figure with what stands beside it.
type Figure struct {
	ID        string   `json:"id"`
	Version   int64    `json:"version" doc:"of its definition"`
	Own       bool     `json:"own" doc:"by a definition the zone settled for itself"`
	Kind      string   `json:"kind"`
	Name      string   `json:"name"`
	Value     Value    `json:"value"`
	Expansion *Value   `json:"expansion,omitempty" doc:"the same of expansion projects (增资扩产), counted apart"`
	Prior     Value    `json:"prior" doc:"the own figure a year earlier, to the same day"`
	Closing   *Closing `json:"closing,omitempty" doc:"absent while the period is not closed"`

	Target *Standing `json:"target,omitempty" doc:"absent: none is set"`
}

// Closing is a figure of a closed period: as it was first published, and as the
// same evidence dates count with what was recorded since.
type Closing struct {
	On        kernel.Date `json:"on" doc:"the day by whose end evidence had to be recorded"`
	Reach     kernel.Date `json:"reach" doc:"the last day whose evidence counts"`
	Published Value       `json:"published"`
	Now       Value       `json:"now"`
	Restated  bool        `json:"restated" doc:"the two differ"`
}

// endOf is the last millisecond of d in China Standard Time.
func endOf(d day) int64 { return (int64(d)+1)*86_400_000 - 8*3600_000 - 1 }

// survey answers questions about one fold; what was known at an instant is
// looked up once.
type survey struct {
	f     *fold
	scope scope
	q     Query
	defs  []Definition
	pace  *pacer
	seen  map[int64]*sight
	book  words.Book
	lang  string
}

func (s *survey) at(cut int64) *sight {
	if s.seen[cut] == nil {
		s.seen[cut] = s.f.look(cut, s.scope)
	}
	return s.seen[cut]
}

// ask is the headline question of def: the period, with all evidence by the
// day of counting.
func (s *survey) ask(def Definition, expansion bool) ask {
	reach := dayOf(s.q.AsOf)
	return ask{s: s.at(endOf(reach)), def: def, from: dayOf(s.q.From), until: dayOf(s.q.Until), reach: reach, expansion: expansion, pace: s.pace}
}

// prior is a the year before: to the same day, with what is known now.
func (a ask) prior() ask {
	a.from, a.until, a.reach = a.from.yearBefore(), a.until.yearBefore(), a.reach.yearBefore()
	return a
}

// lag is how many days after the period its last cases are decided.
func (d Definition) lag() day { return d.days("horizon_days") + d.days("within_days") }

// closing compares what was published when the period was closed with the same
// question now; nil while it is not closed.
func (s *survey) closing(a ask) *Closing {
	if len(a.def.Parameters) == 0 {
		return nil
	}
	reach := a.until + a.def.lag()
	on := reach + a.def.days("cut_off_days")
	if on >= dayOf(s.q.AsOf) {
		return nil
	}
	a.reach = reach
	now := a.tally()
	a.s = s.at(endOf(on))
	then := a.tally()
	c := &Closing{On: on.date(), Reach: reach.date(), Published: then.value(a.def, s.book, s.lang), Now: now.value(a.def, s.book, s.lang)}
	c.Restated = !then.same(now)
	return c
}

// same reports whether two tallies come to the same figure.
func (t tally) same(o tally) bool {
	return t.why == o.why && len(t.num) == len(o.num) && len(t.den) == len(o.den) && t.money == o.money && t.moneyOf == o.moneyOf && slices.Equal(t.days, o.days)
}

// figure counts def with everything that stands beside it.
func (s *survey) figure(def Definition) Figure {
	a := s.ask(def, s.q.Kind == pipeline.KindExpansion)
	f := Figure{ID: def.ID, Version: def.Version, Own: def.Own, Kind: def.Kind, Name: def.Name(s.lang)}
	now, before := a.tally(), a.prior().tally()
	f.Value, f.Prior = now.value(def, s.book, s.lang), before.value(def, s.book, s.lang)
	if f.Target = a.standing(now, before); f.Target != nil && f.Target.Why != "" {
		f.Target.Why = s.book.Say(s.lang, f.Target.Why)
	}
	f.Closing = s.closing(a)
	if s.q.Kind == "" && def.Unit != "activity" && def.ID != "ACT_Y" && len(def.Parameters) > 0 {
		v := s.ask(def, true).tally().value(def, s.book, s.lang)
		f.Expansion = &v
	}
	return f
}

// board counts every figure.
func (s *survey) board() Board {
	b := Board{From: s.q.From, Until: s.q.Until, AsOf: s.q.AsOf, Kind: cmp.Or(s.q.Kind, pipeline.KindNew),
		Counted: Counted{s.f.seq + 1, s.f.entry, s.f.at}, Guards: []Figure{}}
	for _, id := range Lights() {
		l := Light{ID: id, State: Insufficient, Figures: []Figure{}}
		for _, def := range s.defs {
			if def.Light == id {
				l.Figures = append(l.Figures, s.figure(def))
			}
		}
		if slices.ContainsFunc(l.Figures, func(f Figure) bool { return f.Value.State == Computed }) {
			l.State = "no_target"
		}
		l.State = l.colour()
		b.Lights = append(b.Lights, l)
	}
	for _, def := range s.defs {
		if def.Light == LightGuard {
			b.Guards = append(b.Guards, s.figure(def))
		}
	}
	return b
}
