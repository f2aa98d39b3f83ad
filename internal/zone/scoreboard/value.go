package scoreboard

import (
	"strconv"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Whether a figure could be counted.
const (
	Computed     = "computed"
	Insufficient = "insufficient" // 数据不足: no figure at all rather than part of one
)

// Value is what a figure comes to. Which fields are there follows from the
// figure's kind; an insufficient one has none but Why and Apart.
type Value struct {
	State       string        `json:"state" enum:"computed,insufficient"`
	Why         string        `json:"why,omitempty" doc:"why there is no figure and what it needs, in the reader's language"`
	Numerator   *int64        `json:"numerator,omitempty" doc:"for a count: the count"`
	Denominator *int64        `json:"denominator,omitempty" doc:"n"`
	Ratio       string        `json:"ratio,omitempty" doc:"decimal with four places"`
	Low         string        `json:"low,omitempty" doc:"lower end of the Wilson 95 % interval, decimal with four places"`
	High        string        `json:"high,omitempty" doc:"its upper end"`
	Money       *kernel.Money `json:"money,omitempty"`
	MoneyOf     *kernel.Money `json:"money_of,omitempty" doc:"the amount it is a part of"`
	Days        *Spread       `json:"days,omitempty"`
	InTime      *Value        `json:"in_time,omitempty" doc:"of those with a limit, how many kept it; absent when none has"`
	Without     *Value        `json:"without_fast,omitempty" doc:"the same rate without what signed suspiciously soon"`
	Bands       []Band        `json:"bands,omitempty"`
	Apart       []Apart       `json:"apart,omitempty" doc:"what is counted apart, never within the figure unless its name says so"`
}

// Spread is how long something took: quantiles in days, one decimal.
type Spread struct {
	P10 string `json:"p10"`
	P25 string `json:"p25"`
	P50 string `json:"p50" doc:"median"`
	P75 string `json:"p75"`
	P90 string `json:"p90"`
}

// Band is one class of size.
type Band struct {
	From  kernel.Money  `json:"from"`
	To    *kernel.Money `json:"to,omitempty" doc:"exclusive; absent: open"`
	Count int64         `json:"count"`
	Part  string        `json:"part" doc:"name of the part for its records"`
}

// Apart is a number counted apart.
type Apart struct {
	ID    string `json:"id"`
	Count int64  `json:"count"`
	Part  string `json:"part" doc:"name of the part for its records"`
}

// bandPart names the records of the band that begins at from.
func bandPart(from int64) string { return "band:" + strconv.FormatInt(from, 10) }

// value puts t into the form of def's kind.
func (t tally) value(def Definition, book words.Book, lang string) Value {
	v := Value{State: Computed, Apart: t.aparts()}
	if t.why != "" {
		v.State, v.Why = Insufficient, book.Say(lang, t.why, t.whyArgs...)
		return v
	}
	k, n := int64(len(t.num)), int64(len(t.den))
	v.Numerator = &k
	if len(t.den) > 0 {
		v.Denominator = &n
	}
	switch def.Kind {
	case KindCohortRate, KindCohortShare, KindShare:
		v.Ratio = ratio(k, n)
		v.Low, v.High = wilson(k, n)
	case KindPeriodRatio:
		v.Ratio = ratio(k, n)
	case KindSum:
		v.Money = &kernel.Money{Minor: t.money, Currency: "CNY"}
	case KindCohortMoney:
		v.Money, v.MoneyOf = &kernel.Money{Minor: t.money, Currency: "CNY"}, &kernel.Money{Minor: t.moneyOf, Currency: "CNY"}
		v.Ratio = ratio(t.money, t.moneyOf)
	case KindMedian:
		v.Days = spread(t.days)
		if in, late := t.count(apartInTime), t.count(apartTooLate); in+late > 0 {
			n := in + late
			v.InTime = &Value{State: Computed, Numerator: &in, Denominator: &n, Ratio: ratio(in, n)}
			v.InTime.Low, v.InTime.High = wilson(in, n)
		}
	}
	for _, b := range t.bands {
		v.Bands = append(v.Bands, b.view())
	}
	if fast := t.count(apartFast); fast > 0 && n > fast {
		k, n := k-fast, n-fast
		v.Without = &Value{State: Computed, Numerator: &k, Denominator: &n, Ratio: ratio(k, n)}
		v.Without.Low, v.Without.High = wilson(k, n)
	}
	return v
}

func (t tally) aparts() []Apart {
	var out []Apart
	for _, a := range t.apart {
		out = append(out, Apart{a.id, int64(len(a.refs)), "apart:" + a.id})
	}
	return out
}

func (b band) view() Band {
	v := Band{From: kernel.Money{Minor: b.from, Currency: "CNY"}, Count: int64(len(b.refs)), Part: bandPart(b.from)}
	if b.to > 0 {
		v.To = &kernel.Money{Minor: b.to, Currency: "CNY"}
	}
	return v
}

func spread(days []int32) *Spread {
	q := func(p int64) string { return tenths(quantile(days, p)) }
	return &Spread{q(10), q(25), q(50), q(75), q(90)}
}
