package main

import (
	"fmt"
	"strings"
	"sync"
)

// account sums up the projects of one department as they must be.
type account struct {
	count int
	minor int64 // fen
}

// made is a project the mixed run opened, as far as it was acknowledged.
type made struct {
	n       int // nth project made by hand
	id      string
	unit    int
	owner   string
	version int64
	touched int // place in the order of acknowledgements
}

// oracle knows what every user must and must not see: the projects of the data,
// those made by hand before, and what this run has had acknowledged. A write
// that is under way may or may not show.
type oracle struct {
	users []user
	units map[string]int // id → department

	mu     sync.Mutex
	base   [departments]account // before the run
	acked  [departments]account // of this run
	begun  [departments]account
	made   []*made // acknowledged, in that order
	byID   map[string]*made
	recent []*made // in the order of acknowledgements, opened and amended
	busy   map[string]bool
	writes int // begun, of any kind
	stale  []string
	alien  []string
	checks int
}

// newOracle computes the state before the run from the data and the number of
// projects made by hand, each by the official whose turn it was.
func newOracle(z zone) *oracle {
	o := &oracle{users: z.Users, units: map[string]int{}, byID: map[string]*made{}, busy: map[string]bool{}}
	for n, id := range z.Units[:departments] {
		o.units[id] = n
	}
	for i := range z.Scale {
		p := projectAt(i)
		o.base[p.Unit].add(p.Amount * 1_000_000)
	}
	for k := 1; k <= z.Created; k++ {
		o.base[ownerByHand(z.Users, k).Unit].add(amountByHand(k))
	}
	return o
}

func (a *account) add(minor int64) { a.count++; a.minor += minor }

// ownerByHand is who opens the nth project made by hand.
func ownerByHand(users []user, n int) user { return users[n%(departments*officialsPerUnit)] }

// seen is what was acknowledged when a question began.
type seen struct {
	least  account  // of the asking user's totals
	newest []string // the ten projects touched last that the asking user may see
	acks   int      // acknowledgements so far
	writes int      // writes begun so far
}

// ask notes what u must see from now on.
func (o *oracle) ask(u user) seen {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := seen{acks: len(o.recent), writes: o.writes}
	for unit := range departments {
		if u.sees(unit, "") {
			s.least.count += o.base[unit].count + o.acked[unit].count
			s.least.minor += o.base[unit].minor + o.acked[unit].minor
		}
	}
	for i := len(o.recent) - 1; i >= max(0, len(o.recent)-500) && len(s.newest) < 10; i-- {
		if m := o.recent[i]; m.touched == i+1 && u.sees(m.unit, m.owner) {
			s.newest = append(s.newest, m.id)
		}
	}
	return s
}

// most is what u's totals may be at most, now.
func (o *oracle) most(u user) (a account) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for unit := range departments {
		if u.sees(unit, "") {
			a.count += o.base[unit].count + o.begun[unit].count
			a.minor += o.base[unit].minor + o.begun[unit].minor
		}
	}
	return a
}

// begin notes that project n is being opened.
func (o *oracle) begin(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.writes++
	o.begun[ownerByHand(o.users, n).Unit].add(amountByHand(n))
}

// done notes that m was acknowledged.
func (o *oracle) done(m *made) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.acked[m.unit].add(amountByHand(m.n))
	o.made, o.byID[m.id] = append(o.made, m), m
	o.touch(m)
}

func (o *oracle) touch(m *made) {
	o.recent = append(o.recent, m)
	m.touched = len(o.recent)
}

// borrow gives a project to amend that nobody else is amending; nil: none.
func (o *oracle) borrow(n int) *made {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.made) == 0 {
		return nil
	}
	m := o.made[n%len(o.made)]
	if o.busy[m.id] {
		return nil
	}
	o.busy[m.id] = true
	o.writes++
	return m
}

// give takes the project back, amended to version.
func (o *oracle) give(m *made, version int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m.version = version
	o.touch(m)
	delete(o.busy, m.id)
}

// some is a project opened in this run; nil: none yet.
func (o *oracle) some(n int) *made {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.made) == 0 {
		return nil
	}
	m := *o.made[n%len(o.made)]
	return &m
}

// listed is one project of an answer.
type listed struct {
	ID, Name, Unit, Owner, Stage string
	Version                      int64
	UpdatedAt                    int64 `json:"updated_at"`
}

// check holds the list u got, asked when s held, to what u must and must not
// see. whole: the list is the page of 50 projects of stage lead changed last.
func (o *oracle) check(u user, s seen, items []listed, whole bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checks++
	here := map[string]bool{}
	var before listed
	for i, x := range items {
		here[x.ID] = true
		unit, known := o.units[x.Unit]
		if want, from := o.unitByName(x.Name); !known || want != unit {
			o.alien = append(o.alien, fmt.Sprintf("%s: %s is listed under department %d, it belongs to %d", u.Login, x.Name, unit, want))
		} else if !u.sees(unit, x.Owner) {
			o.alien = append(o.alien, fmt.Sprintf("%s (%s of %d) sees %s of department %d, %s", u.Login, u.Role, u.Unit, x.Name, unit, from))
		}
		if m := o.byID[x.ID]; m != nil && m.touched <= s.acks && x.Version < m.version {
			o.stale = append(o.stale, fmt.Sprintf("%s sees version %d of %s, %d was acknowledged", u.Login, x.Version, x.Name, m.version))
		}
		if i > 0 && x.UpdatedAt > before.UpdatedAt {
			o.stale = append(o.stale, fmt.Sprintf("%s: %s is out of order", u.Login, x.Name))
		}
		before = x
	}
	if !whole || o.writes-s.writes > 20 {
		return // so many came in meanwhile that the page may have moved on
	}
	for _, id := range s.newest {
		if !here[id] {
			o.stale = append(o.stale, fmt.Sprintf("%s does not see project %s, acknowledged before", u.Login, id))
		}
	}
}

// unitByName is the department of the project that has that name.
func (o *oracle) unitByName(name string) (unit int, from string) {
	at := strings.LastIndex(name, "项目")
	var n int
	if _, err := fmt.Sscanf(name[max(at, 0):], "项目%d号", &n); err != nil {
		return -1, "an unknown project"
	}
	if strings.HasPrefix(name, "虚构新立") {
		return ownerByHand(o.users, n).Unit, "made by hand"
	}
	return projectAt(n - 1).Unit, "of the register"
}

// sum holds totals u got, asked when s held, between what was acknowledged
// before the question and what had been begun by the answer.
func (o *oracle) sum(u user, s seen, got account) {
	most := o.most(u)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.checks++
	switch {
	case got.count < s.least.count || got.minor < s.least.minor:
		o.stale = append(o.stale, fmt.Sprintf("%s's totals are %+v, at least %+v was acknowledged", u.Login, got, s.least))
	case got.count > most.count || got.minor > most.minor:
		o.alien = append(o.alien, fmt.Sprintf("%s's totals are %+v, there is at most %+v", u.Login, got, most))
	}
}
