package scoreboard

import (
	"math/bits"
	"slices"

	"sente/internal/zone/pipeline"
)

// tally counts figure a.def.ID. Figures whose sources are not kept yet say so.
func (a ask) tally() tally {
	switch a.def.ID {
	case "ACT_N":
		return a.activities()
	case "ACT_Y":
		return a.talksBegun()
	case "BIG_N_SIGNED":
		return a.big(rankSigned)
	case "BIG_N_STARTED":
		return a.big(rankStarted)
	case "BIG_REAL":
		return a.verified()
	case "NEG_C":
		return a.success(rankNegotiating)
	case "NEG_L":
		return a.success(rankLead)
	case "NEG_P":
		return a.signedToTalked()
	case "RES_LAND":
		return a.share(rankLanded)
	case "RES_START":
		return a.share(rankStarted)
	case "RES_PROD":
		return a.share(rankProducing)
	case "RES_FUND":
		return a.paidIn()
	case "RES_STAT":
		return a.inStatistics()
	case "RES_T1":
		return a.span(rankSigned, rankLanded)
	case "RES_T2":
		return a.span(rankLanded, rankStarted)
	case "RES_T3":
		return a.span(rankStarted, rankProducing)
	case "INT_DUP":
		return a.repeats()
	case "INT_LATE":
		return a.overdue()
	case "YIELD_METHOD":
		return a.yields(ByMethod)
	case "YIELD_CAMPAIGN":
		return a.yields(ByCampaign)
	case "YIELD_ACTIVITY":
		return a.yields(ByActivity)
	}
	return tally{why: "scoreboard.why_" + a.def.ID}
}

// reachedAt gives the date by which a project counts as having come to rank.
func reachedAt(l *line, rank uint8) when {
	if rank == rankSigned {
		return l.signing()
	}
	return l.reached[rank]
}

// big counts the projects that came to rank in the period with a total
// investment of at least the threshold, in bands. Other currencies and unstated
// totals are counted apart: nothing is converted, nothing guessed.
func (a ask) big(rank uint8) tally {
	t := tally{}
	for _, from := range a.def.params("bands") {
		if n := len(t.bands); n > 0 {
			t.bands[n-1].to = from
		}
		t.bands = append(t.bands, band{from: from})
	}
	cny := a.s.f.names.known("CNY")
	matter := func(l *line) (when, bool) { w := reachedAt(l, rank); return w, a.touches(w) }
	a.each(&t, matter, func(l *line) {
		w := reachedAt(l, rank)
		if rank == rankSigned && l.p.repeat && a.touches(l.reached[rank]) {
			t.put(apartRepeat, l.ref(l.reached[rank]))
		}
		if !a.place(&t, l, w) {
			return
		}
		r := l.ref(w)
		switch {
		case !a.applies(l, rank):
			t.put(apartNotApplicable, r)
		case l.p.currency == 0:
			t.put(apartUnstated, r)
		case l.p.currency != cny:
			t.put(apartForeign, r)
		default:
			r.amount = l.p.total
			a.size(&t, l, r)
		}
	})
	return t
}

// size puts a project with a total in CNY into its band, among the big ones,
// and checks the largest for real investment in the year in which they counted.
func (a ask) size(t *tally, l *line, r ref) {
	for i := range t.bands {
		b := &t.bands[i]
		if l.p.total >= b.from && (b.to == 0 || l.p.total < b.to) {
			b.refs = append(b.refs, r)
		}
	}
	if l.p.total < a.def.param("threshold") {
		return
	}
	t.num = append(t.num, r)
	if l.p.total < a.def.param("real_from") {
		return
	}
	t.put(a.real(l, r), r)
}

// real says whether the fixed investment shown by vouchers in the year of r is
// at least the asked share of the total: 招商额 without investment is no result.
func (a ask) real(l *line, r ref) string {
	year, sum, known := string(r.on.date())[:4], int64(0), false
	for _, p := range a.s.funds[l.i] {
		if !a.fixed(p) || p.on > a.reach {
			continue
		}
		known = true
		if string(p.on.date())[:4] == year && !pay(&sum, p.amount) {
			return apartReal // more than 64 bits hold is more than any share
		}
	}
	switch {
	case !known:
		return apartRealUnknown
	case atLeast(sum, l.p.total, a.def.param("real_permille")):
		return apartReal
	}
	return apartUnreal
}

// atLeast reports whether part is at least permille thousandths of whole, both
// not negative, without overflow.
func atLeast(part, whole, permille int64) bool {
	high, low := bits.Mul64(uint64(part), 1000)
	wantHigh, wantLow := bits.Mul64(uint64(whole), uint64(permille))
	return high > wantHigh || high == wantHigh && low >= wantLow
}

// fixed reports whether p is an instalment in CNY that came as fixed assets.
func (a ask) fixed(p fundedLine) bool {
	return p.source == a.s.f.names.known(pipeline.PaidInKind) && p.currency == a.s.f.names.known("CNY")
}

// verified adds up the fixed-asset investment by vouchers of the big projects
// signed in the period.
func (a ask) verified() tally {
	t, cny, some := tally{}, a.s.f.names.known("CNY"), false
	matter := func(l *line) (when, bool) { return l.signing(), a.touches(l.signing()) }
	a.each(&t, matter, func(l *line) {
		w := l.signing()
		if !a.place(&t, l, w) || l.p.currency != cny || l.p.total < a.def.param("threshold") {
			return
		}
		t.den = append(t.den, l.ref(w))
		shown := false
		for _, p := range a.s.funds[l.i] {
			if !a.fixed(p) || p.on > a.reach {
				continue
			}
			shown, some = true, true
			if !pay(&t.money, p.amount) {
				t.why = "scoreboard.why_too_large"
			}
			t.num = append(t.num, ref{i: l.i, on: p.on, seq: p.seq, amount: p.amount})
		}
		if !shown {
			t.put(apartNoVoucher, l.ref(w))
		}
	})
	if !some && len(t.den) > 0 {
		t.why = "scoreboard.why_no_voucher"
	}
	return t
}

// success is the cohort rate: of those that began (rank) in the period and are
// past the horizon, how many signed within it.
func (a ask) success(rank uint8) tally {
	t := tally{}
	horizon, fast := a.def.days("horizon_days"), a.def.days("fast_days")
	matter := func(l *line) (when, bool) { return l.reached[rank], a.touches(l.reached[rank]) }
	a.each(&t, matter, func(l *line) {
		w := l.reached[rank]
		if !a.place(&t, l, w) {
			return
		}
		if l.p.repeat { // one firm, site and scope are one negotiation: it counts where its contract is
			t.put(apartRepeat, l.ref(w))
			return
		}
		if w.last+horizon > a.reach {
			t.put(apartYounger, l.ref(w))
			return
		}
		signed := l.signing()
		if !signed.known() && l.p.standing() >= rankSigned {
			t.put(apartUndated, l.ref(w))
			return
		}
		switch {
		case !signed.known() || signed.on-w.last > horizon:
			t.den = append(t.den, l.ref(w))
		case signed.last < w.on:
			t.put(apartContradictory, l.ref(w))
		case signed.on < w.on || signed.last-w.on > horizon:
			t.put(apartVague, l.ref(w))
		default:
			t.den, t.num = append(t.den, l.ref(w)), append(t.num, l.ref(signed))
			if signed.last-w.on <= fast {
				t.put(apartFast, l.ref(signed))
			}
		}
	})
	if len(t.den) == 0 {
		t.why, t.whyArgs = "scoreboard.why_empty", nil
		if n := t.count(apartYounger); n > 0 {
			t.why, t.whyArgs = "scoreboard.why_younger", []any{n, int64(horizon)}
		}
	}
	return t
}

// signedToTalked compares two counts of one period.
func (a ask) signedToTalked() tally {
	t := tally{}
	matter := func(l *line) (when, bool) {
		w := l.reached[rankNegotiating]
		return w, a.touches(w) || a.touches(l.signing())
	}
	a.each(&t, matter, func(l *line) {
		if w := l.signing(); a.place(&t, l, w) {
			t.num = append(t.num, l.ref(w))
		}
		switch w := l.reached[rankNegotiating]; {
		case !a.place(&t, l, w):
		case l.p.repeat:
			t.put(apartRepeat, l.ref(w))
		default:
			t.den = append(t.den, l.ref(w))
		}
	})
	if len(t.den) == 0 {
		t.why = "scoreboard.why_empty"
	}
	return t
}

// cohort calls fn with the projects signed in the period, and counts apart
// those that stand beyond signing without a date of it.
func (a ask) cohort(t *tally, fn func(l *line, signed when)) {
	matter := func(l *line) (when, bool) { return l.signing(), a.touches(l.signing()) }
	a.each(t, matter, func(l *line) {
		w := l.signing()
		switch {
		case l.p.repeat && a.touches(l.reached[rankSigned]):
			t.put(apartRepeat, l.ref(l.reached[rankSigned]))
		case !w.known() && !l.p.repeat && l.p.standing() >= rankSigned:
			t.put(apartUndated, l.row())
		case a.place(t, l, w):
			fn(l, w)
		}
	})
}

// share is how many of those signed in the period have come to rank.
func (a ask) share(rank uint8) tally {
	t := tally{}
	a.cohort(&t, func(l *line, signed when) {
		if !a.applies(l, rank) {
			t.put(apartNotApplicable, l.ref(signed))
			return
		}
		t.den = append(t.den, l.ref(signed))
		if l.p.stage == rankTerminated {
			t.put(apartEnded, l.ref(signed))
		}
		if w, ok := l.come(rank, a.reach); ok {
			t.num = append(t.num, l.ref(w))
		}
	})
	if len(t.den) == 0 {
		t.why = "scoreboard.why_empty"
	}
	return t
}

// paidIn is how much of the contracted money of those signed in the period
// vouchers show.
func (a ask) paidIn() tally {
	t, cny, some := tally{}, a.s.f.names.known("CNY"), false
	a.cohort(&t, func(l *line, signed when) {
		r := l.ref(signed)
		switch {
		case l.p.currency == 0:
			t.put(apartUnstated, r)
			return
		case l.p.currency != cny:
			t.put(apartForeign, r)
			return
		}
		r.amount = l.p.total
		t.den = append(t.den, r)
		if !pay(&t.moneyOf, l.p.total) {
			t.why = "scoreboard.why_too_large"
		}
		shown := false
		for _, p := range a.s.funds[l.i] {
			if p.on > a.reach {
				continue
			}
			shown = true
			if p.currency != cny { // into a contract in CNY: shown, never converted
				t.put(apartForeignPaid, ref{i: l.i, on: p.on, seq: p.seq})
				continue
			}
			some = true
			if !pay(&t.money, p.amount) {
				t.why = "scoreboard.why_too_large"
			}
			t.num = append(t.num, ref{i: l.i, on: p.on, seq: p.seq, amount: p.amount})
		}
		if !shown {
			t.put(apartNoVoucher, r)
		}
	})
	switch {
	case t.why != "":
	case len(t.den) == 0 || t.moneyOf == 0:
		t.why = "scoreboard.why_empty"
	case !some:
		t.why = "scoreboard.why_no_voucher"
	}
	return t
}

// factInStatistics is the kind of fact that says 入统.
const factInStatistics = "in_statistics"

// inStatistics is how many of those signed in the period and started are in
// statistics.
func (a ask) inStatistics() tally {
	t := tally{}
	in, kept := a.statistics()
	a.cohort(&t, func(l *line, signed when) {
		if !a.applies(l, rankStarted) {
			t.put(apartNotApplicable, l.ref(signed))
			return
		}
		w, ok := l.come(rankStarted, a.reach)
		if !ok {
			return
		}
		t.den = append(t.den, l.ref(w))
		if f, ok := in[l.i]; ok && f.by(a.reach) {
			t.num = append(t.num, l.ref(f))
		}
	})
	switch {
	case !kept:
		t.why = "scoreboard.why_no_fact"
	case len(t.den) == 0:
		t.why = "scoreboard.why_empty"
	}
	return t
}

// statistics finds since when each project is in statistics; kept tells whether
// the zone keeps such facts at all.
func (a ask) statistics() (in map[int32]when, kept bool) {
	in = map[int32]when{}
	kind := a.s.f.names.known(factInStatistics)
	for i := range a.s.f.facts.all {
		s, ok := a.s.f.facts.all[i].asOf(a.s.cut)
		if !ok || s.is.void || s.is.kind != kind {
			continue
		}
		kept = true
		if w, seen := in[s.is.project]; !seen || s.is.on < w.on {
			in[s.is.project] = when{s.is.on, s.is.on, s.seq}
		}
	}
	return in, kept
}

// span is the days between two stages, of the projects that came to the later
// one in the period.
func (a ask) span(from, to uint8) tally {
	t := tally{}
	start := func(l *line) when { return reachedAt(l, from) }
	matter := func(l *line) (when, bool) { return l.reached[to], a.touches(l.reached[to]) }
	a.each(&t, matter, func(l *line) {
		begun, ended := start(l), l.reached[to]
		if !a.applies(l, from) || !a.applies(l, to) {
			if a.touches(ended) {
				t.put(apartNotApplicable, l.ref(ended))
			}
			return
		}
		if begun.by(a.reach) && (!ended.known() || ended.on > a.reach) && begun.on <= a.until && l.p.stage != rankTerminated {
			t.put(apartOpen, l.ref(begun))
		}
		if !a.place(&t, l, ended) {
			return
		}
		switch {
		case !begun.known():
			t.put(apartUndated, l.ref(ended))
		case !begun.exact() || !ended.exact():
			t.put(apartVague, l.ref(ended))
		case ended.on < begun.on:
			t.put(apartContradictory, l.ref(ended))
		default:
			t.num, t.den = append(t.num, l.ref(ended)), append(t.den, l.ref(begun))
			t.days = append(t.days, int32(ended.on-begun.on))
			t.put(a.pace.judge(l, stageOf(from), stageOf(to), begun.on, ended.on), l.ref(ended))
		}
	})
	slices.Sort(t.days)
	if len(t.days) == 0 {
		t.why = "scoreboard.why_empty"
	}
	return t
}

// stageOf is the stage of a rank.
func stageOf(rank uint8) pipeline.Stage { return pipeline.Stages()[rank-1].ID }

// repeats is how many ceremonies of the period signed what was signed before.
func (a ask) repeats() tally {
	t := tally{}
	for i := range a.s.f.ceremonies.all {
		s, ok := a.s.f.ceremonies.all[i].asOf(a.s.cut)
		if !ok || a.s.lineOf[s.is.project] < 0 {
			continue
		}
		l, w := &a.s.lines[a.s.lineOf[s.is.project]], when{s.is.on, s.is.on, s.seq}
		if l.p.expansion != a.expansion || !a.place(&t, l, w) {
			continue
		}
		t.den = append(t.den, l.ref(w))
		if !s.is.first {
			t.num = append(t.num, l.ref(w))
		}
	}
	if len(t.den) == 0 {
		t.why = "scoreboard.why_empty"
	}
	return t
}

// overdue is how many of the projects whose first plan of the start of works
// lies in the period and has passed did not start by it.
func (a ask) overdue() tally {
	t := tally{}
	matter := func(l *line) (when, bool) { return l.plan, a.touches(l.plan) }
	a.each(&t, matter, func(l *line) {
		if !l.plan.known() || l.plan.last >= a.reach || !a.place(&t, l, l.plan) {
			return
		}
		if !a.applies(l, rankStarted) {
			t.put(apartNotApplicable, l.ref(l.plan))
			return
		}
		t.den = append(t.den, l.ref(l.plan))
		started := l.reached[rankStarted]
		switch {
		case !started.known() || started.on > l.plan.last:
			t.num = append(t.num, l.ref(l.plan))
		case started.last > l.plan.last:
			t.put(apartVague, l.ref(started))
		}
	})
	if len(t.den) == 0 {
		t.why = "scoreboard.why_empty"
	}
	return t
}
