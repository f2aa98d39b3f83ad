package scoreboard

import (
	"math"
	"slices"
	"strings"
)

// refKind says what a ref points at.
type refKind uint8

const (
	refProject refKind = iota
	refActivity
)

// ref is one record that counted: which, on what day, by which leaf, and with
// how much money where money is counted.
type ref struct {
	kind   refKind
	i      int32 // in the fold's projects or activities
	on     day
	seq    int64
	amount int64 // CNY fen
}

// The things that are counted apart. Each is shown beside its figure.
const (
	apartNotApplicable = "not_applicable" // 不适用: a platform that builds nothing, a stage its pipeline leaves out
	apartVague         = "vague"          // 日期不够精确: known by month or year only, and that decides
	apartUndated       = "undated"        // 已到阶段、未填日期
	apartContradictory = "contradictory"  // 日期前后矛盾
	apartExcluded      = "excluded"       // 不计入口径的行业
	apartRepeat        = "repeat"         // 合同已由其他项目签订
	apartYounger       = "younger"        // 未满观察期
	apartFast          = "fast"           // 进入后很快签约，含在分子内
	apartForeign       = "other_currency" // 外币，不折算
	apartForeignPaid   = "foreign_paid"   // 人民币合同收到的外币资金，不折算
	apartUnstated      = "unstated"       // 未填总投资
	apartEnded         = "terminated"     // 分母中已终止的
	apartOpen          = "open"           // 仍未完成
	apartNoVoucher     = "no_voucher"     // 分母中尚无凭证的
	apartReal          = "real"           // 当年固投达到比例
	apartUnreal        = "not_real"       // 当年固投未达到比例
	apartRealUnknown   = "real_unknown"   // 未登记当年固投
	apartPending       = "pending"        // 纪要未到期限
	apartLateMinutes   = "late_minutes"   // 纪要逾期
	apartIncomplete    = "incomplete"     // 缺参加企业或地点
	apartInTime        = inTime           // 时限内完成
	apartTooLate       = tooLate          // 超过时限
	apartUnjudged      = unjudged         // 无时限或超出日历
)

// tally is what a figure comes to before it is put into words.
type tally struct {
	why      string // message key of why there is no figure; "" when there is one
	whyArgs  []any
	num, den []ref
	apart    []apart
	bands    []band
	money    int64 // CNY fen; of num
	moneyOf  int64 // of den
	days     []int32
}

type apart struct {
	id   string
	refs []ref
}

type band struct {
	from, to int64 // CNY fen; to 0 = open
	refs     []ref
}

func (t *tally) put(id string, r ref) {
	for i := range t.apart {
		if t.apart[i].id == id {
			t.apart[i].refs = append(t.apart[i].refs, r)
			return
		}
	}
	t.apart = append(t.apart, apart{id, []ref{r}})
}

// count is how many were counted apart under id.
func (t *tally) count(id string) int64 { return int64(len(t.part("apart:" + id))) }

// part returns the records of a part: numerator, denominator, "apart:<id>" or
// "band:<fen>".
func (t *tally) part(name string) []ref {
	switch name {
	case "numerator":
		return t.num
	case "denominator":
		return t.den
	}
	for _, a := range t.apart {
		if "apart:"+a.id == name {
			return a.refs
		}
	}
	for _, b := range t.bands {
		if bandPart(b.from) == name {
			return b.refs
		}
	}
	return nil
}

// pay adds amount, never negative, to a sum; false when 64 bits do not hold it.
func pay(sum *int64, amount int64) bool {
	if *sum > math.MaxInt64-amount {
		return false
	}
	*sum += amount
	return true
}

// ask is one question to one figure: what, of what was known, within which
// days. reach is the last day whose evidence counts.
type ask struct {
	s           *sight
	def         Definition
	from, until day
	reach       day
	expansion   bool // 增资扩产 instead of 新引进
	pace        *pacer
}

// each calls fn with every project of the asked kind that is not excluded from
// counting; the excluded ones are put apart when they matter says so.
func (a ask) each(t *tally, matter func(l *line) (when, bool), fn func(l *line)) {
	for i := range a.s.lines {
		l := &a.s.lines[i]
		if l.p.expansion != a.expansion {
			continue
		}
		if a.excluded(l) {
			if w, ok := matter(l); ok {
				t.put(apartExcluded, ref{i: l.i, on: w.on, seq: w.seq})
			}
			continue
		}
		fn(l)
	}
}

func (a ask) excluded(l *line) bool {
	industry := a.s.f.names.all[l.p.industry]
	return slices.ContainsFunc(a.def.Exclude, func(code string) bool { return industry != "" && strings.HasPrefix(industry, code) })
}

// within says whether w lies in the period: certainly, possibly, or neither.
func (a ask) within(w when) (in, vague bool) {
	if !w.known() || w.last < a.from || w.on > a.until || w.on > a.reach {
		return false, false
	}
	if w.on >= a.from && w.last <= a.until && w.last <= a.reach {
		return true, false
	}
	return false, true
}

// touches reports whether w lies in the period at least possibly.
func (a ask) touches(w when) bool {
	in, vague := a.within(w)
	return in || vague
}

// place sorts w of l into the period: true when it certainly lies in it; what
// only may lie in it is put apart.
func (a ask) place(t *tally, l *line, w when) bool {
	in, vague := a.within(w)
	if vague {
		t.put(apartVague, l.ref(w))
	}
	return in
}

func (l *line) ref(w when) ref { return ref{i: l.i, on: w.on, seq: w.seq} }

// row is l by the state of its row, where no date is what counted.
func (l *line) row() ref { return ref{i: l.i, on: noDay, seq: l.seq} }

// applies reports whether rank is a stage for l at all: a project that builds
// nothing has no start of works, and a pipeline may leave a stage out.
func (a ask) applies(l *line, rank uint8) bool {
	if rank == rankStarted && !l.p.builds {
		return false
	}
	return !a.pace.leaves(l.p.track, rank)
}
