package scoreboard

// activities counts the effective ones of those held in the period. Activities
// are neither new projects nor expansion: they are counted once, beside the new.
func (a ask) activities() tally {
	t := tally{}
	if a.expansion {
		return tally{why: "scoreboard.why_not_split"}
	}
	for i := range a.s.acts {
		h := &a.s.acts[i]
		r, in := a.heldIn(h)
		if !in {
			continue
		}
		t.den = append(t.den, r)
		switch why := a.effective(h); why {
		case "":
			t.num = append(t.num, r)
		default:
			t.put(why, r)
		}
	}
	return t
}

// heldIn reports whether h took place in the period.
func (a ask) heldIn(h *held) (ref, bool) {
	w := when{h.a.on, h.a.on, h.seq}
	in, _ := a.within(w)
	return ref{kind: refActivity, i: h.i, on: h.a.on, seq: h.seq}, in && h.a.held
}

// effective is "" for an activity with firms, place and minutes filed in time,
// else the name under which it is counted apart.
func (a ask) effective(h *held) string {
	open := h.a.due == noDay || h.a.tentative
	filed := h.a.filed != noDay && h.a.filed <= a.reach
	switch {
	case !h.a.placed || int64(h.a.firms) < a.def.param("firms_min"):
		return apartIncomplete
	case filed && (open || h.a.filed <= h.a.due):
		return ""
	case !filed && (open || h.a.due >= a.reach):
		return apartPending
	}
	return apartLateMinutes
}

// talksBegun is how many projects that came from effective activities entered
// negotiation within the limit, by activity.
func (a ask) talksBegun() tally {
	t := tally{}
	if a.expansion {
		return tally{why: "scoreboard.why_not_split"}
	}
	limit := a.def.days("within_days")
	from := map[uint32]day{}
	for i := range a.s.acts {
		h := &a.s.acts[i]
		r, in := a.heldIn(h)
		if !in || a.effective(h) != "" {
			continue
		}
		if h.a.on+limit > a.reach {
			t.put(apartYounger, r)
			continue
		}
		t.den = append(t.den, r)
		from[a.s.f.names.known(a.s.f.activities.all[h.i].id)] = h.a.on
	}
	delete(from, unheard) // an activity no project names
	matter := func(*line) (when, bool) { return when{on: noDay}, false }
	a.each(&t, matter, func(l *line) {
		on, ok := from[l.p.activity]
		w := l.reached[rankNegotiating]
		if !ok || !w.known() || w.on > on+limit {
			return
		}
		if w.last > on+limit {
			t.put(apartVague, l.ref(w))
			return
		}
		if w.last >= on { // talks that began before were not brought by it
			t.num = append(t.num, l.ref(w))
		}
	})
	if len(t.den) == 0 {
		t.why = "scoreboard.why_no_activity"
		if n := t.count(apartYounger); n > 0 {
			t.why, t.whyArgs = "scoreboard.why_younger_activity", []any{n, int64(limit)}
		}
	}
	return t
}
