package main

import (
	"strings"
	"testing"
)

// TestOracleTellsWrongAnswers: it can fail.
func TestOracleTellsWrongAnswers(t *testing.T) {
	t.Parallel()
	z := zone{Scale: 1000}
	for n := range departments + 1 {
		z.Units = append(z.Units, string(rune('a'+n)))
	}
	for n := range leastUsers {
		role, unit := roleOf(n)
		z.Users = append(z.Users, user{Login: role, Role: role, Unit: unit, ID: string(rune(1000 + n))})
	}
	o := newOracle(z)
	officer, p := z.Users[0], projectAt(0)
	var mine, others int
	for i := range z.Scale {
		if projectAt(i).Unit == officer.Unit {
			mine++
		} else {
			others++
		}
	}
	s := o.ask(officer)
	if s.least.count != mine || mine == 0 || others == 0 {
		t.Fatalf("the officer has %+v of %d and %d", s.least, mine, others)
	}
	o.sum(officer, s, s.least)
	o.check(officer, s, nil, true)
	if len(o.stale)+len(o.alien) != 0 {
		t.Fatalf("right answers are refused: %v %v", o.stale, o.alien)
	}
	o.sum(officer, s, account{count: mine - 1, minor: s.least.minor})
	o.sum(officer, s, account{count: mine + 1, minor: s.least.minor})
	other := z.Users[officialsPerUnit*((p.Unit+1)%departments)]
	o.check(other, o.ask(other), []listed{{Name: p.Name, Unit: z.Units[p.Unit]}}, false)
	o.begin(1)
	owner := ownerByHand(z.Users, 1)
	m := &made{n: 1, id: "x", unit: owner.Unit, owner: owner.ID, version: 1}
	o.done(m)
	o.check(owner, o.ask(owner), nil, true)
	o.give(o.borrow(0), 2)
	o.check(owner, o.ask(owner), []listed{{ID: "x", Name: "虚构新立甲1乙项目1号", Unit: z.Units[owner.Unit], Version: 1}}, true)
	if len(o.stale) != 3 || len(o.alien) != 2 {
		t.Errorf("stale %d:\n%s\nforeign %d:\n%s", len(o.stale), strings.Join(o.stale, "\n"), len(o.alien), strings.Join(o.alien, "\n"))
	}
}
