package scoreboard

// when is a recorded date with the leaf that proves it: some day from on to
// last, one and the same where the day is known.
type when struct {
	on, last day
	seq      int64
}

func (w when) known() bool { return w.on != noDay }
func (w when) exact() bool { return w.known() && w.on == w.last }

// by reports whether w certainly lies no later than d.
func (w when) by(d day) bool { return w.known() && w.last <= d }

// ranks is one more than the highest rank in the chain.
const ranks = 9

// line is one project as it was known at an instant.
type line struct {
	i       int32 // place in the fold
	seq     int64 // leaf of its row's state
	p       *project
	reached [ranks]when // by rank; a date taken back is unknown
	plan    when        // the first plan of the start of works
}

// signing is when the project's contract was signed; unknown for a project
// whose contract another one holds: one firm, site and scope sign once.
func (l *line) signing() when {
	if l.p.repeat {
		return when{on: noDay}
	}
	return l.reached[rankSigned]
}

// The ranks that figures speak of: pipeline.Stage.Rank of the stages.
const (
	rankLead        = 1
	rankNegotiating = 3
	rankSigned      = 4
	rankLanded      = 5
	rankStarted     = 6
	rankProducing   = 7
)

// come is the first sign that the project has come to rank or beyond, by reach.
func (l *line) come(rank uint8, reach day) (when, bool) {
	for r := rank; r < ranks; r++ {
		if l.reached[r].by(reach) {
			return l.reached[r], true
		}
	}
	return when{on: noDay}, false
}

// scope narrows what is counted to units and to one platform.
type scope struct {
	platform string
	units    []string // nil: every unit
}

// sieve is a scope in a fold's own names.
type sieve struct {
	platform uint32
	any      bool // whatever the platform
	units    map[uint32]bool
	open     bool // whatever the unit
}

func (f *fold) sieve(s scope) sieve {
	v := sieve{any: s.platform == "", open: s.units == nil, units: map[uint32]bool{}}
	v.platform = f.names.known(s.platform)
	for _, u := range s.units {
		v.units[f.names.known(u)] = true
	}
	return v
}

// unheard is the id of a name the fold has never met: nothing bears it.
const unheard = ^uint32(0)

// known is the id of text, without making one.
func (n *names) known(text string) uint32 {
	if id, ok := n.ids[text]; ok {
		return id
	}
	return unheard
}

func (v sieve) lets(platform, unit uint32) bool {
	return (v.any || platform == v.platform) && (v.open || v.units[unit])
}

// sight is what was known at an instant of everything in a scope.
type sight struct {
	f      *fold
	cut    int64 // ms UTC; only what was recorded until then
	sieve  sieve
	lines  []line
	lineOf []int32                // of each project of the fold; -1: not in scope
	funds  map[int32][]fundedLine // proved instalments of each project
	acts   []held
}

// fundedLine is one instalment as it was known.
type fundedLine struct {
	*instalment
	seq int64
}

// held is one activity as it was known.
type held struct {
	i   int32
	seq int64
	a   *activity
}

// look returns the fold as it was known at cut.
func (f *fold) look(cut int64, s scope) *sight {
	v := &sight{f: f, cut: cut, sieve: f.sieve(s), lineOf: make([]int32, len(f.projects.all)), funds: map[int32][]fundedLine{}}
	live := []dated{}
	for i := range f.projects.all {
		v.lineOf[i] = -1
		p, ok := f.projects.all[i].asOf(cut)
		if !ok || !v.sieve.lets(p.is.platform, p.is.unit) {
			continue
		}
		v.lineOf[i] = int32(len(v.lines))
		l := line{i: int32(i), seq: p.seq, p: &p.is}
		live = standing(f.dates[i], cut, live[:0])
		l.reached = reached(live)
		l.plan = firstPlan(live)
		v.lines = append(v.lines, l)
	}
	for i := range f.instalments.all {
		if s, ok := f.instalments.all[i].asOf(cut); ok && !s.is.void && s.is.proved {
			v.funds[s.is.project] = append(v.funds[s.is.project], fundedLine{&s.is, s.seq})
		}
	}
	for i := range f.activities.all {
		if s, ok := f.activities.all[i].asOf(cut); ok && v.sieve.lets(s.is.platform, s.is.unit) {
			v.acts = append(v.acts, held{int32(i), s.seq, &s.is})
		}
	}
	return v
}

// standing appends to live the milestones that stood at cut: each number once,
// as last recorded, without those whose row was dropped.
func standing(all []dated, cut int64, live []dated) []dated {
	for _, d := range all {
		if d.at > cut {
			continue
		}
		n := len(live)
		if n > 0 && d.number <= live[n-1].number || d.gone {
			live = without(live, d.number)
		}
		if !d.gone {
			live = append(live, d)
		}
	}
	return live
}

func without(live []dated, number int32) []dated {
	for i := range live {
		if live[i].number == number {
			return append(live[:i], live[i+1:]...)
		}
	}
	return live
}

// reached is, for each rank, the date that holds: of the milestone with the
// highest number. A stage that is only recorded part by part was reached with
// the earliest of its parts.
func reached(live []dated) (out [ranks]when) {
	var number [ranks]int32
	parts := map[uint32]dated(nil)
	for r := range out {
		out[r].on, out[r].last = noDay, noDay
	}
	for _, d := range live {
		switch {
		case d.planned:
		case d.part != 0:
			if parts == nil {
				parts = map[uint32]dated{}
			}
			if d.number >= parts[d.part].number {
				parts[d.part] = d
			}
		case d.number >= number[d.rank]:
			number[d.rank], out[d.rank] = d.number, when{d.on, d.last, d.seq}
		}
	}
	for _, d := range parts {
		w := &out[d.rank]
		if number[d.rank] == 0 && d.on != noDay && (!w.known() || d.on < w.on || d.on == w.on && d.seq < w.seq) {
			*w = when{d.on, d.last, d.seq}
		}
	}
	return out
}

// firstPlan is the plan of the start of works that was recorded first: what
// was promised before anything was moved. Unknown when no plan is in force.
func firstPlan(live []dated) when {
	first, newest := dated{}, dated{}
	for _, d := range live {
		if !d.planned {
			continue
		}
		if d.on != noDay && (first.number == 0 || d.number < first.number) {
			first = d
		}
		if d.number > newest.number {
			newest = d
		}
	}
	if first.number == 0 || newest.on == noDay {
		return when{on: noDay, last: noDay}
	}
	return when{first.on, first.last, first.seq}
}
