package scoreboard

import "math/big"

// The sides of a target on which a figure is to be.
const (
	AtLeast = "at_least"
	AtMost  = "at_most" // times, and what guards against falsehood
)

// How a figure stands against its target.
const (
	Met    = "met"    // reached
	Behind = "behind" // not reached, and no worse than a year earlier
	Worse  = "worse"  // not reached, and worse than a year earlier
	Open   = "open"   // cannot be compared
)

// The colours of a light: that of the worst of its figures that have a target.
const (
	Green = "green"
	Amber = "amber"
	Red   = "red"
)

// Standing is how a figure stands against the target of its definition.
type Standing struct {
	Target int64  `json:"target"`
	Unit   string `json:"unit" enum:"count,CNY_fen,permille,day"`
	Aim    string `json:"aim" enum:"at_least,at_most"`
	Due    string `json:"due,omitempty" doc:"of a target for the year the part due by the last day counted, in unit, one decimal"`
	State  string `json:"state" enum:"met,behind,worse,open"`
	Why    string `json:"why,omitempty" doc:"why the two cannot be compared"`
}

// aims tells in which unit a figure of d's kind takes a target, and on which
// side of it the figure is to be.
func (d Definition) aims() (unit, aim string) {
	aim = AtLeast
	if d.Light == LightGuard || d.Kind == KindMedian {
		aim = AtMost
	}
	switch d.Kind {
	case KindCount:
		return "count", aim
	case KindSum:
		return "CNY_fen", aim
	case KindMedian:
		return "day", aim
	case KindYield:
		return "", aim
	}
	return "permille", aim
}

// measured is what t comes to in the unit of its definition's target; nil where
// there is no figure.
func (t tally) measured(def Definition) *big.Rat {
	k, n := int64(len(t.num)), int64(len(t.den))
	switch {
	case t.why != "":
		return nil
	case def.Kind == KindCount:
		return big.NewRat(k, 1)
	case def.Kind == KindSum:
		return big.NewRat(t.money, 1)
	case def.Kind == KindMedian:
		return big.NewRat(quantile(t.days, 50), 10)
	case def.Kind == KindCohortMoney && t.moneyOf > 0:
		return per(t.money, t.moneyOf)
	case def.Kind != KindCohortMoney && n > 0:
		return per(k, n)
	}
	return nil
}

// per is part ÷ whole in thousandths.
func per(part, whole int64) *big.Rat {
	return new(big.Rat).Mul(big.NewRat(part, whole), big.NewRat(1000, 1))
}

// due is the part of the target that a's period has to have reached. A target
// for a year is compared within one year from its first day on only.
func (a ask) due() (due *big.Rat, ok bool) {
	target := big.NewRat(*a.def.Target, 1)
	if a.def.Kind != KindCount && a.def.Kind != KindSum {
		return target, true
	}
	year := a.from.date()[:4]
	first, last := dayOf(year+"-01-01"), dayOf(year+"-12-31")
	if a.from != first || a.until > last {
		return nil, false
	}
	if a.def.Aim == AtMost {
		return target, true
	}
	gone := int64(min(a.until, a.reach) - first + 1)
	return target.Mul(target, big.NewRat(max(gone, 0), int64(last-first+1))), true
}

// standing compares what a comes to, now and a year earlier, with the target;
// nil when none is set.
func (a ask) standing(now, before tally) *Standing {
	if a.def.Target == nil {
		return nil
	}
	s := &Standing{Target: *a.def.Target, Unit: a.def.TargetUnit, Aim: a.def.Aim, State: Open}
	value := now.measured(a.def)
	due, ok := a.due()
	switch {
	case value == nil:
		s.Why = "scoreboard.target_none"
	case !ok:
		s.Why = "scoreboard.target_period"
	default:
		s.State = a.def.against(value, due, before.measured(a.def))
	}
	if ok && due.Cmp(big.NewRat(*a.def.Target, 1)) != 0 {
		s.Due = places(due, 1)
	}
	return s
}

// against judges value by what is due and by what it was a year earlier.
func (d Definition) against(value, due, before *big.Rat) string {
	better := func(a, b *big.Rat) bool { // a is as good as b
		if d.Aim == AtMost {
			return a.Cmp(b) <= 0
		}
		return a.Cmp(b) >= 0
	}
	switch {
	case better(value, due):
		return Met
	case before == nil || better(value, before):
		return Behind
	}
	return Worse
}

// colour is the light's by its figures: without a target that can be compared
// it has none.
func (l Light) colour() string {
	worst := l.State
	for _, f := range l.Figures {
		if f.Target == nil {
			continue
		}
		switch f.Target.State {
		case Worse:
			return Red
		case Behind:
			worst = Amber
		case Met:
			if worst != Amber {
				worst = Green
			}
		}
	}
	return worst
}
