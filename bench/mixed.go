package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// mixture is a mixed load of eight clients whose every answer is checked.
type mixture struct {
	*oracle
	on   *sente
	made *atomic.Int64

	timesMu       sync.Mutex
	reads, writes []time.Duration
}

const mixedClients = 8

// mixed runs the mixed load and reports what was wrong; nothing may be.
func (b *session) mixed(ctx context.Context) error {
	say("mixed load of %d users", len(b.sente.Users))
	b.sente.Created = int(b.made.Load())
	m := &mixture{oracle: newOracle(b.sente.zone), on: b.sente, made: &b.made}
	if err := m.run(ctx, 10*b.lasts); err != nil {
		return err
	}
	b.report.section("No stale and no foreign answer", m.text(10*b.lasts))
	b.report.figure("writes of all requests of the mixed run", "≥ 5 %", spreadOf([]float64{100 * m.written()}), "%", func(v float64) bool { return v >= 5 })
	b.report.figure("stale or foreign answers of the mixed run", "0", spreadOf([]float64{float64(len(m.stale) + len(m.alien))}), "", func(v float64) bool { return v == 0 })
	return nil
}

// written is the part of the requests that wrote.
func (m *mixture) written() float64 {
	return float64(len(m.writes)) / float64(max(1, len(m.writes)+len(m.reads)))
}

// text reports the run.
func (m *mixture) text(lasted time.Duration) string {
	slices.Sort(m.reads)
	slices.Sort(m.writes)
	var b strings.Builder
	fmt.Fprintf(&b, "%d clients, %s, %d users of six roles in %d departments; %s %% of the requests are writes: projects opened and amended. Every answer was compared with what the generator knows: "+
		"departments and permissions of every project listed, versions acknowledged before the question, the newest projects in the list, count and sum of the user's totals between "+
		"what was acknowledged before and what was under way by the answer, 404 for what the user may not see.\n\n", mixedClients, lasted, len(m.users), departments, short(100*m.written()))
	b.WriteString("| | number | p50 ms | p99 ms |\n|---|---|---|---|\n")
	fmt.Fprintf(&b, "| reads | %d | %s | %s |\n| writes | %d | %s | %s |\n\n", len(m.reads), short(ms(percentile(m.reads, 50))), short(ms(percentile(m.reads, 99))),
		len(m.writes), short(ms(percentile(m.writes, 50))), short(ms(percentile(m.writes, 99))))
	fmt.Fprintf(&b, "%d lists and totals checked, %d stale, %d foreign.\n", m.checks, len(m.stale), len(m.alien))
	for _, wrong := range append(m.stale[:min(5, len(m.stale))], m.alien[:min(5, len(m.alien))]...) {
		b.WriteString("- " + wrong + "\n")
	}
	return b.String()
}

// run keeps the load up for a while.
func (m *mixture) run(ctx context.Context, lasts time.Duration) error {
	errs := make([]error, mixedClients)
	began := time.Now()
	var all sync.WaitGroup
	for i := range mixedClients {
		all.Go(func() {
			c, err := dial(m.on.address)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.close()
			for n := 0; errs[i] == nil && ctx.Err() == nil && time.Since(began) < lasts; n++ {
				errs[i] = m.step(c, mix(n, 100+i))
			}
		})
	}
	all.Wait()
	return errors.Join(errors.Join(errs...), ctx.Err())
}

// step is one act of a client, chosen by r.
func (m *mixture) step(c *client, r uint64) error {
	u, pick := m.users[r%uint64(len(m.users))], int(r>>20%1_000_000)
	switch kind := r >> 40 % 100; {
	case kind < 3:
		return m.open(c, r) // one write and six reads
	case kind < 7:
		return m.amend(c, pick) // one of each, if one is free
	case kind < 45:
		return m.list(c, u, pick)
	case kind < 65:
		return m.totals(c, u)
	case kind < 90:
		return m.search(c, u, pick)
	}
	return m.find(c, u, m.some(pick))
}

// timed sends r and notes how long the answer took.
func (m *mixture) timed(c *client, r request, into *[]time.Duration) ([]byte, error) {
	at := time.Now()
	body, err := c.do(r)
	took := time.Since(at)
	m.timesMu.Lock()
	*into = append(*into, took)
	m.timesMu.Unlock()
	return body, err
}

func (m *mixture) get(c *client, u user, path string, want int, out any) error {
	body, err := m.timed(c, newRequest("GET", "/api/v1"+path, want, nil, header{"Cookie", u.Cookie}), &m.reads)
	if err != nil || out == nil {
		return err
	}
	return json.Unmarshal(body, out)
}

// open opens a project and looks for it at once, as its owner and as somebody
// else, who finds it exactly if he may.
func (m *mixture) open(c *client, r uint64) error {
	n := int(m.made.Add(1))
	owner := ownerByHand(m.users, n)
	m.begin(n)
	body, err := m.timed(c, newRequest("POST", "/api/v1/projects", 201, newProject(n), header{"Cookie", owner.Cookie}), &m.writes)
	if err != nil {
		return err
	}
	var got listed
	if err := json.Unmarshal(body, &got); err != nil {
		return err
	}
	p := &made{n: n, id: got.ID, unit: owner.Unit, owner: owner.ID, version: got.Version}
	m.done(p)
	other := m.users[r>>8%uint64(len(m.users))]
	for _, u := range []user{owner, other} {
		if err := errors.Join(m.list(c, u, 0), m.find(c, u, p), m.lookFor(c, u, p)); err != nil {
			return err
		}
	}
	return nil
}

// amend changes what is told of a project and reads it back.
func (m *mixture) amend(c *client, pick int) error {
	p := m.borrow(pick)
	if p == nil {
		return nil
	}
	owner := ownerByHand(m.users, p.n)
	raw, err := json.Marshal(map[string]string{"summary": fmt.Sprintf("虚构的第%d次洽谈", p.version)})
	if err != nil {
		return err
	}
	body, err := m.timed(c, newRequest("PATCH", "/api/v1/projects/"+p.id, 200, raw, header{"Cookie", owner.Cookie}, header{"If-Match", fmt.Sprintf(`"%d"`, p.version)}), &m.writes)
	if err != nil {
		return err
	}
	var got listed
	if err := json.Unmarshal(body, &got); err != nil {
		return err
	}
	m.give(p, got.Version)
	return m.find(c, owner, p)
}

// find reads one project: whoever may not see it is told that there is none.
func (m *mixture) find(c *client, u user, p *made) error {
	if p == nil {
		return nil
	}
	if !u.sees(p.unit, p.owner) {
		return m.get(c, u, "/projects/"+p.id, 404, nil)
	}
	s := m.ask(u)
	var got listed
	if err := m.get(c, u, "/projects/"+p.id, 200, &got); err != nil {
		return err
	}
	m.check(u, s, []listed{got}, false)
	return nil
}

type page struct{ Items []listed }

func (m *mixture) list(c *client, u user, pick int) error {
	stage := stageWeights()[pick%3].id
	s := m.ask(u)
	var got page
	if err := m.get(c, u, "/projects?limit=50&sort=-updated_at&stage="+stage, 200, &got); err != nil {
		return err
	}
	m.check(u, s, got.Items, stage == "lead")
	return nil
}

func (m *mixture) search(c *client, u user, pick int) error {
	word := commonWord(pick)
	if pick%2 == 0 {
		word = m.on.rareWord(pick)
	}
	s := m.ask(u)
	var got page
	if err := m.get(c, u, "/projects?limit=50&q="+url.QueryEscape(word), 200, &got); err != nil {
		return err
	}
	m.check(u, s, got.Items, false)
	return nil
}

// lookFor searches for a project by the word only it has.
func (m *mixture) lookFor(c *client, u user, p *made) error {
	s := m.ask(u)
	var got page
	if err := m.get(c, u, "/projects?limit=50&q="+url.QueryEscape(handBrand(p.n)), 200, &got); err != nil {
		return err
	}
	m.check(u, s, got.Items, false)
	there := slices.ContainsFunc(got.Items, func(x listed) bool { return x.ID == p.id })
	if may := u.sees(p.unit, p.owner); may && !there {
		m.wrong(&m.stale, "%s does not find %s", u.Login, handBrand(p.n))
	} else if !may && there {
		m.wrong(&m.alien, "%s finds %s", u.Login, handBrand(p.n))
	}
	return nil
}

func (m *mixture) wrong(in *[]string, format string, args ...any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*in = append(*in, fmt.Sprintf(format, args...))
}

func (m *mixture) totals(c *client, u user) error {
	s := m.ask(u)
	var got struct {
		Count      int
		ByCurrency []struct {
			Total struct{ Minor int64 } `json:"total_investment"`
		} `json:"by_currency"`
	}
	if err := m.get(c, u, "/projects/totals", 200, &got); err != nil {
		return err
	}
	a := account{count: got.Count}
	for _, x := range got.ByCurrency {
		a.minor += x.Total.Minor
	}
	m.sum(u, s, a)
	return nil
}
