package pipeline

import (
	"sync"

	"sente/internal/kernel"
)

// pass is one reckoning of all projects of a zone, and what they were reckoned
// from: the calendar, the pipelines and the accounts of an epoch, and the day.
type pass struct {
	zone  string
	epoch int64
	today kernel.Date
	mixed bool // something changed while it went on
	times int  // how often in a row such a pass has found everything right
}

// sees notes what one part of the pass is reckoned from; epoch 0 is no state.
func (p *pass) sees(zone string, epoch int64, today kernel.Date) {
	now := pass{zone: zone, epoch: epoch, today: today, mixed: p.mixed}
	if p.zone != "" && *p != now || now.epoch == 0 {
		now.mixed = true
	}
	*p = now
}

// enoughPasses is how many passes in a row must have found everything right
// until no further one is needed. One is not enough: on PostgreSQL an act that
// was decided before the change may be committed after the first pass went by.
const enoughPasses = 2

// passes are the last passes of a process, by zone.
type passes struct {
	mu sync.Mutex
	of map[string]pass
}

// idle reports whether a pass like p would find nothing.
func (all *passes) idle(p pass) bool {
	all.mu.Lock()
	defer all.mu.Unlock()
	last, ok := all.of[p.zone]
	return ok && !p.mixed && last.like(p) && last.times >= enoughPasses
}

// ended notes that p went by and changed so many projects.
func (all *passes) ended(p pass, changed int) {
	all.mu.Lock()
	defer all.mu.Unlock()
	last := all.of[p.zone]
	switch {
	case p.mixed || changed > 0:
		p.times = 0
	case last.like(p):
		p.times = last.times + 1
	default:
		p.times = 1
	}
	all.of[p.zone] = p
}

func (p pass) like(q pass) bool { return p.epoch == q.epoch && p.today == q.today }
