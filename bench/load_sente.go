package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"sync/atomic"
)

// A load is one kind of request a side is sent.
type load struct {
	id string
	of next
}

// person rotates through the accounts, so that answers are made for everyone.
func (s *sente) person(client, n int) user { return s.Users[(client*61+n*7)%len(s.Users)] }

// reader rotates through the accounts, or is always one that sees the zone.
func (s *sente) reader(whole bool) func(client, n int) user {
	if !whole {
		return s.person
	}
	for _, u := range s.Users {
		if u.Role == "leader" {
			return func(int, int) user { return u }
		}
	}
	return s.person
}

// get is a load of GET requests by who asks for path.
func (s *sente) get(id string, who func(client, n int) user, path func(n int) string) load {
	return load{id, func(client, n int) request {
		return newRequest("GET", "/api/v1"+path(client*1000+n), 200, nil, header{"Cookie", who(client, n).Cookie})
	}}
}

// every is how many requests of a load with writes hold one write: 5 in 100.
const every = 20

// written is a load in which every client opens a project with every 20th request.
func (l load) written(writes next) load {
	return load{l.id + "-written", func(client, n int) request {
		if (n+7*client)%every == every-1 {
			return writes(client, n)
		}
		return l.of(client, n)
	}}
}

// loads are what Sente is asked: what all users ask in turn, what one who sees the
// whole zone asks, and the first again with writes between.
func (s *sente) loads(created *atomic.Int64) []load {
	stage := func(n int) string { return stageWeights()[n%3].id }
	search := func(word func(n int) string) func(int) string {
		return func(n int) string { return "/projects?limit=50&q=" + url.QueryEscape(word(n)) }
	}
	list := func(n int) string { return "/projects?limit=50&sort=-updated_at&stage=" + stage(n) }
	totals := func(int) string { return "/projects/totals" }
	everyone, whole := s.reader(false), s.reader(true)
	all := []load{{"create", s.creating(created)}}
	for _, l := range []struct {
		id   string
		path func(n int) string
	}{
		{"list", list}, {"totals", totals}, {"rare", search(s.rareWord)}, {"common", search(commonWord)},
	} {
		one := s.get(l.id, everyone, l.path)
		all = append(all, one, s.get(l.id+"-whole", whole, l.path), one.written(s.creating(created)))
	}
	return all
}

func (s *sente) rareWord(n int) string { return brand(int(mix(n, 20) % uint64(min(s.Scale, branded)))) }

func commonWord(n int) string { return commonWords()[n%3] }

// creating opens projects: officials of every department, each their own.
func (s *sente) creating(created *atomic.Int64) next {
	return func(int, int) request {
		n := int(created.Add(1))
		return newRequest("POST", "/api/v1/projects", 201, newProject(n), header{"Cookie", ownerByHand(s.Users, n).Cookie})
	}
}

// newProject is the body that opens the nth project made by hand.
func newProject(n int) []byte {
	body, err := json.Marshal(map[string]any{
		"name":             fmt.Sprintf("虚构新立%s项目%d号", handBrand(n), n),
		"total_investment": map[string]any{"minor": amountByHand(n), "currency": "CNY"},
		"summary":          "虚构的洽谈情况",
		"source":           "虚构来源",
		"finder":           "虚构线索人",
		"found_on":         "2026-03-05",
	})
	if err != nil {
		panic(err) // strings and numbers
	}
	return body
}

// amountByHand is the total investment in fen of the nth project made by hand.
func amountByHand(n int) int64 { return int64(1_000_000 + n%9_000*10_000) }

// handBrand is a word of its own for projects made by hand.
func handBrand(n int) string { return fmt.Sprintf("甲%d乙", n) }
