package scoreboard

import (
	"math/big"
	"strings"

	"sente/internal/kernel"
)

// What yields are told by.
const (
	ByMethod   = "method"   // 招商方式
	ByCampaign = "campaign" // 攻坚战
	ByActivity = "activity" // 招商活动
)

// yieldFigure is the figure that counts yields by something.
func yieldFigure(by string) string { return "YIELD_" + strings.ToUpper(by) }

// The parts of a yield. Each is told, and has its records, as "apart:<part>:<id>".
const (
	yieldLeads     = "leads"      // 期内登记的线索
	yieldTalked    = "talked"     // 其中到过在谈
	yieldSigned    = "signed"     // 其中签过约
	yieldEnded     = "ended"      // 签约后终止的，含在签约内
	yieldForeign   = "foreign"    // 签约的外币合同，不计入金额
	yieldUnstated  = "unstated"   // 签约而未填总投资
	yieldRepeat    = "repeat"     // 合同已由其他项目签订
	yieldUndated   = "undated"    // 已签约未填日期
	yieldNoLead    = "no_lead"    // 未填线索日期
	yieldVague     = "vague"      // 线索日期不够精确
	yieldExcluded  = "excluded"   // 不计入口径的行业
	yieldExpansion = "expansion"  // 增资扩产
	yieldHeld      = "held"       // 期内已举办的活动
	yieldUnpriced  = "unpriced"   // 其中未填费用
	yieldOtherCost = "other_cost" // 其中外币费用，不计入
)

// yieldAparts are the parts that stand beside a row.
func yieldAparts() []string {
	return []string{yieldEnded, yieldForeign, yieldUnstated, yieldRepeat, yieldUndated, yieldNoLead, yieldVague, yieldExcluded, yieldExpansion, yieldUnpriced, yieldOtherCost}
}

// groupOf is what a project and an activity are told by.
func (a ask) groupOf(by string, p *project) string {
	names := a.s.f.names.all
	switch by {
	case ByCampaign:
		return names[p.campaign]
	case ByActivity:
		return names[p.activity]
	}
	return names[p.method]
}

// yields is what the leads of the period have come to by the day of counting,
// and what the activities held in it have cost: of each method, campaign or
// activity. A contract that was signed counts whatever became of it since.
func (a ask) yields(by string) tally {
	t := tally{}
	for i := range a.s.lines {
		l := &a.s.lines[i]
		key := a.groupOf(by, l.p)
		w := l.reached[rankLead]
		in, vague := a.within(w)
		dateless := false
		if !w.known() {
			w, _ = l.come(rankLead, a.reach)
			dateless, vague = a.touches(w), false
		}
		switch r := l.ref(w); {
		case !in && !vague && !dateless:
		case l.p.expansion && !a.expansion:
			t.put(yieldExpansion+":"+key, r)
		case l.p.expansion != a.expansion:
		case a.excluded(l):
			t.put(yieldExcluded+":"+key, r)
		case dateless:
			t.put(yieldNoLead+":"+key, r)
		case vague:
			t.put(yieldVague+":"+key, r)
		default:
			a.lead(&t, l, key, r)
		}
	}
	if !a.expansion { // activities are of no kind of project
		a.spent(&t, by)
	}
	return t
}

// lead counts one lead and how far it has come.
func (a ask) lead(t *tally, l *line, key string, r ref) {
	t.den = append(t.den, r)
	t.put(yieldLeads+":"+key, r)
	if w, ok := l.come(rankNegotiating, a.reach); ok {
		t.put(yieldTalked+":"+key, l.ref(w))
	}
	w, ok := l.come(rankSigned, a.reach)
	switch {
	case l.p.repeat && (ok || l.p.standing() >= rankSigned):
		t.put(yieldRepeat+":"+key, r)
		return
	case !ok && l.p.standing() >= rankSigned:
		t.put(yieldUndated+":"+key, r)
		return
	case !ok:
		return
	}
	signed := l.ref(w)
	switch l.p.currency {
	case 0:
		t.put(yieldUnstated+":"+key, signed)
	case a.s.f.names.known("CNY"):
		signed.amount = l.p.total
	default:
		t.put(yieldForeign+":"+key, signed)
	}
	t.num = append(t.num, signed)
	t.put(yieldSigned+":"+key, signed)
	if l.p.stage == rankTerminated {
		t.put(yieldEnded+":"+key, signed)
	}
}

// spent counts the activities held in the period with their cost; what is only
// planned has cost nothing yet.
func (a ask) spent(t *tally, by string) {
	names := a.s.f.names
	for i := range a.s.acts {
		h := &a.s.acts[i]
		r, in := a.heldIn(h)
		if !in {
			continue
		}
		key := map[string]string{ByMethod: names.all[h.a.method], ByCampaign: names.all[h.a.campaign], ByActivity: a.s.f.activities.all[h.i].id}[by]
		switch h.a.currency {
		case 0:
			t.put(yieldUnpriced+":"+key, r)
		case names.known("CNY"):
			r.amount = h.a.cost
		default:
			t.put(yieldOtherCost+":"+key, r)
		}
		t.put(yieldHeld+":"+key, r)
	}
}

// Yield is what methods, campaigns or one activity brought and cost.
type Yield struct {
	By         string      `json:"by" enum:"method,campaign,activity"`
	From       kernel.Date `json:"from"`
	Until      kernel.Date `json:"until"`
	AsOf       kernel.Date `json:"as_of"`
	Unit       string      `json:"unit" doc:"the department or operator whose figures these are; empty: the zone's"`
	UnitForced bool        `json:"unit_forced" doc:"the reader sees the own unit's figures only"`
	Counted    Counted     `json:"counted"`
	Figure     string      `json:"figure" doc:"the figure whose records these are"`
	Name       string      `json:"name"`
	Version    int64       `json:"version" doc:"of its definition"`
	Rows       []YieldRow  `json:"rows" doc:"in the order of the dictionary; what names none comes last"`
}

// YieldRow is what one of them brought and cost. Leads and what they came to are
// of the scope of the whole question, whoever reads.
type YieldRow struct {
	ID         string       `json:"id" doc:"empty: none is named"`
	Name       string       `json:"name"`
	Leads      int64        `json:"leads" doc:"n: leads found in the period; their records are under the part apart:leads:<id>, and so on"`
	Hidden     int64        `json:"hidden" doc:"how many of the leads the reader may not open"`
	Talked     Value        `json:"talked" doc:"of the leads, those that have been in negotiation or beyond"`
	Signed     Value        `json:"signed" doc:"of the leads, those that have ever signed, whatever became of them"`
	Amount     kernel.Money `json:"amount" doc:"total investment of what was signed, CNY"`
	Held       int64        `json:"held" doc:"activities held in the period"`
	HeldHidden int64        `json:"held_hidden" doc:"how many of them the reader may not open"`
	Cost       Value        `json:"cost" doc:"what the activities held have cost, CNY; planned ones are not in it"`
	PerLead    Value        `json:"per_lead" doc:"cost ÷ leads"`
	PerSigning Value        `json:"per_signing" doc:"cost ÷ those that have ever signed"`
	Apart      []Apart      `json:"apart,omitempty" doc:"what stands beside the row"`
}

// yieldRow puts the parts of t that belong to id into a row.
func (s *survey) yieldRow(t tally, id, name string, split bool) YieldRow {
	part := func(name string) []ref { return t.part("apart:" + name + ":" + id) }
	leads, talked, signed, held := part(yieldLeads), part(yieldTalked), part(yieldSigned), part(yieldHeld)
	r := YieldRow{ID: id, Name: name, Leads: int64(len(leads)), Held: int64(len(held)), Talked: s.of(talked, leads), Signed: s.of(signed, leads)}
	amount, fits := sum(signed)
	r.Amount = kernel.Money{Minor: amount, Currency: "CNY"}
	cost, costFits := sum(held)
	switch unpriced := len(part(yieldUnpriced)) + len(part(yieldOtherCost)); {
	case split:
		r.Cost = s.none("scoreboard.why_not_split")
	case !fits || !costFits:
		r.Cost = s.none("scoreboard.why_too_large")
	case len(held) == 0:
		r.Cost = s.none("scoreboard.yield_no_activity")
	case unpriced == len(held):
		r.Cost = s.none("scoreboard.yield_no_cost")
	default:
		r.Cost = Value{State: Computed, Money: &kernel.Money{Minor: cost, Currency: "CNY"}}
	}
	r.PerLead, r.PerSigning = s.share(r.Cost, len(leads), "scoreboard.yield_no_lead"), s.share(r.Cost, len(signed), "scoreboard.yield_no_signing")
	for _, id := range yieldAparts() {
		if refs := part(id); len(refs) > 0 {
			r.Apart = append(r.Apart, Apart{id, int64(len(refs)), "apart:" + id + ":" + r.ID})
		}
	}
	return r
}

// sum adds the amounts of refs up; false when 64 bits do not hold them.
func sum(refs []ref) (total int64, ok bool) {
	for _, r := range refs {
		if !pay(&total, r.amount) {
			return 0, false
		}
	}
	return total, true
}

// none is a figure that cannot be computed, and why.
func (s *survey) none(why string) Value {
	return Value{State: Insufficient, Why: s.book.Say(s.lang, why)}
}

// of is how many of whole are in part, with its interval.
func (s *survey) of(part, whole []ref) Value {
	k, n := int64(len(part)), int64(len(whole))
	if n == 0 {
		return s.none("scoreboard.yield_no_lead")
	}
	v := Value{State: Computed, Numerator: &k, Denominator: &n, Ratio: ratio(k, n)}
	v.Low, v.High = wilson(k, n)
	return v
}

// share is cost for each of n, rounded half up to the fen.
func (s *survey) share(cost Value, n int, why string) Value {
	switch {
	case n == 0:
		return s.none(why)
	case cost.State != Computed:
		return cost
	}
	each := places(big.NewRat(cost.Money.Minor, int64(n)), 0)
	minor, _ := new(big.Int).SetString(each, 10)
	of := int64(n)
	return Value{State: Computed, Money: &kernel.Money{Minor: minor.Int64(), Currency: "CNY"}, Denominator: &of}
}
