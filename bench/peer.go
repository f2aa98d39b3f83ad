package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"sente/internal/kernel"
)

// peerVersion is the peer, as bench/peers/go.mod has it.
const peerVersion = "PocketBase 0.39.9 (modernc.org/sqlite, WAL)"

// batchRows is how many rows one request of PocketBase's batch API brings.
const batchRows = 500

const records = "/api/collections/opportunities/records"

// peer is PocketBase with the same data.
type peer struct {
	*server
	dir     string
	program string
	auth    header
	Scale   int `json:"scale"`
}

// openPeer starts PocketBase on dir; it is built into work first, once.
func openPeer(ctx context.Context, dir, work string) (_ *peer, err error) {
	defer kernel.Wrap(&err, "PocketBase in %s", dir)
	p := &peer{dir: dir, program: filepath.Join(work, "pocketbase")}
	if _, err := os.Stat(p.program); err != nil {
		if err := build(ctx, filepath.Join("bench", "peers"), p.program, "."); err != nil {
			return nil, err
		}
	}
	text, err := os.ReadFile(p.note())
	if err == nil {
		err = json.Unmarshal(text, p)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return p, p.open(ctx, "NORMAL")
}

func (p *peer) note() string { return p.dir + ".json" }

// open starts the program with SQLite's synchronous at that level.
func (p *peer) open(ctx context.Context, synchronous string) (err error) {
	if p.server, err = start(ctx, "PocketBase", "/api/health", "/usr/bin/env", "SENTE_BENCH_SYNCHRONOUS="+synchronous, p.program, "serve", "--http={address}", "--dir="+p.dir); err != nil {
		return err
	}
	in, err := json.Marshal(map[string]string{"identity": "bench@example.invalid", "password": passphrase})
	if err != nil {
		return err
	}
	body, _, err := ask(ctx, "POST", p.url("/api/collections/users/auth-with-password"), in)
	if err != nil {
		return errors.Join(err, p.stop())
	}
	var out struct{ Token string }
	err = json.Unmarshal(body, &out)
	p.auth = header{"Authorization", out.Token}
	return err
}

// keep writes down how many projects the folder holds.
func (p *peer) keep() error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return os.WriteFile(p.note(), text, 0o600)
}

// get is a contender of GET requests.
func (p *peer) get(label string, path func(n int) string) contender {
	return contender{label, p.server, func(client, n int) request {
		return newRequest("GET", path(client*1000+n), 200, nil, p.auth)
	}}
}

// contenders are the ways PocketBase can be asked for id. Its answers to lists hold the number of all matches unless told not to.
func (p *peer) contenders(id string) []contender {
	if p == nil {
		return nil
	}
	list := func(filter func(n int) string, more string) func(int) string {
		return func(n int) string {
			return records + "?perPage=50&sort=-updated" + more + "&filter=" + url.QueryEscape(filter(n))
		}
	}
	both := func(filter func(n int) string) []contender {
		return []contender{p.get("PocketBase", list(filter, "")), p.get("PocketBase, skipTotal", list(filter, "&skipTotal=1"))}
	}
	switch id {
	case "list":
		return both(func(n int) string { return "stage='" + stageWeights()[n%3].id + "'" })
	case "rare":
		return both(func(n int) string { return "name~'" + brand(int(mix(n, 20)%uint64(min(p.Scale, branded)))) + "'" })
	case "common":
		return both(func(n int) string { return "name~'" + commonWord(n) + "'" })
	case "totals":
		return []contender{
			p.get("PocketBase, view collection", func(int) string { return "/api/collections/totals/records?perPage=50" }),
			p.get("PocketBase, a route of one's own", func(int) string { return "/api/bench/totals" }),
		}
	}
	return nil
}

// creating opens records.
func (p *peer) creating() next {
	return func(client, n int) request {
		made := client<<24 + n
		raw, err := json.Marshal(map[string]any{"name": fmt.Sprintf("虚构新立%s项目%d号", handBrand(made), made), "stage": "lead", "amount": amountByHand(made),
			"currency": "CNY", "unit": unitName(client % departments), "owner": officialName(client%departments, 0), "summary": "虚构的洽谈情况", "found_on": "2026-03-05"})
		if err != nil {
			panic(err) // strings and numbers
		}
		return newRequest("POST", records, 200, raw, p.auth)
	}
}

// batched is one request of a batch.
type batched struct {
	Method string         `json:"method"`
	URL    string         `json:"url"`
	Body   map[string]any `json:"body"`
}

// take brings the projects [from, to) in through the batch API; every batch is a
// transaction, the register as a whole is not.
func (p *peer) take(ctx context.Context, from, to int) error {
	for from < to {
		var in struct {
			Requests []batched `json:"requests"`
		}
		for ; from < to && len(in.Requests) < batchRows; from++ {
			x := projectAt(from)
			in.Requests = append(in.Requests, batched{"POST", records, map[string]any{"name": x.Name, "stage": x.Stage, "amount": x.Amount * 1_000_000, "currency": "CNY",
				"unit": unitName(x.Unit), "owner": officialName(x.Unit, x.Owner), "found_on": x.FoundOn, "signed_on": x.SignedOn, "started_on": x.StartedOn}})
		}
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		if _, _, err := ask(ctx, "POST", p.url("/api/batch"), raw, p.auth); err != nil {
			return err
		}
	}
	p.Scale = to
	return nil
}

// fillPeer fills PocketBase up to the bench's scale.
func (b *session) fillPeer(ctx context.Context) error {
	if b.peer == nil || b.peer.Scale >= b.scale {
		return nil
	}
	say("PocketBase: filling up to %d", b.scale)
	if err := b.peer.take(ctx, b.peer.Scale, b.scale); err != nil {
		return err
	}
	return b.peer.keep()
}

// compareCreate compares creating with PocketBase as durable as Sente, and then
// tells what it does as it is shipped.
func (b *session) compareCreate(ctx context.Context) error {
	t := targetOf("create")
	side := []contender{{"Sente", b.sente.server, b.sente.creating(&b.made)}}
	if b.peer == nil {
		_, err := b.contest(ctx, t, side)
		return errors.Join(err, b.flushes(ctx))
	}
	if err := b.peer.again(ctx, "FULL"); err != nil {
		return err
	}
	if _, err := b.contest(ctx, t, append(side, contender{"PocketBase, FULL", b.peer.server, b.peer.creating()})); err != nil {
		return err
	}
	if err := b.flushes(ctx); err != nil {
		return err
	}
	if err := b.peer.again(ctx, "NORMAL"); err != nil {
		return err
	}
	_, err := b.contest(ctx, t, []contender{{"PocketBase, NORMAL" + promisesLess, b.peer.server, b.peer.creating()}})
	return err
}

// again restarts the program with SQLite's synchronous at another level.
func (p *peer) again(ctx context.Context, synchronous string) error {
	if err := p.stop(); err != nil {
		return err
	}
	return p.open(ctx, synchronous)
}
