package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// negotiated is a project that an operator brought up to its signing, with
// everything the gate of 签约 asks for.
func (r *deskRoom) negotiated(operator context.Context, name, on string) *Docket {
	r.t.Helper()
	f := r.wholeFacts(name)
	f.Scope = text("年产一万套")
	k, err := r.desk.Open(operator, f)
	r.must(err)
	for _, next := range []Stage{Screening, Negotiating, Signed} {
		for _, row := range k.Track.Gates.For(next, "2026-11-01", true) {
			switch {
			case k.meets(&row):
			case row.Kind == NeedEvidence:
				k, err = r.desk.attachFiled(operator, k.Project.ID, k.Project.Version, Evidence{Kind: row.ID, Title: row.Zh, File: "f", SHA256: "sha-" + row.ID, On: on})
			case row.ID == "leader":
				k, err = r.desk.SignOff(r.leader(), k.Project.ID, k.Project.Version, SignOrder{Stage: next, Role: row.ID})
			default:
				k, err = r.desk.SignOff(r.as("lead-0", "zone", "department_lead"), k.Project.ID, k.Project.Version, SignOrder{Stage: next, Role: row.ID})
			}
			r.must(err)
		}
		if next != Signed {
			k, err = r.desk.Advance(operator, k.Project.ID, k.Project.Version, AdvanceOrder{To: next})
			r.must(err)
		}
	}
	return k
}

// Two operators sign the same firm for the same site and scope. Neither learns
// anything of the other, whatever it asks; who may read both is told of both.
func TestTwoOperatorsThatSignTheSameFirmLearnNothingOfEachOther(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.at("2026-09-14 10:00:00.000")
		first := r.negotiated(r.op1(), "甲方项目", "2026-09-11")
		first, err := r.desk.Advance(r.op1(), first.Project.ID, first.Project.Version, AdvanceOrder{To: Signed})
		r.must(err)
		r.at("2026-10-12 10:00:00.000")
		second := r.negotiated(r.op2(), "乙方项目", "2026-10-09")
		_, err = r.desk.Advance(r.op2(), second.Project.ID, second.Project.Version, AdvanceOrder{To: Signed})
		if f := r.refused(err, kernel.ErrConflict, "pipeline.signing_held_elsewhere"); len(f.Args) != 0 {
			t.Errorf("the second operator is told %v", f.Args)
		}
		second = r.find(second.Project.ID)
		held := r.find(first.Project.ID)
		if second.Project.Stage != Negotiating || second.Project.SigningHeldBy != first.Project.ID || len(held.Ceremonies) != 2 {
			t.Fatalf("the second project is %+v, the contract's ceremonies %+v", second.Project, held.Ceremonies)
		}
		ofFirst := []string{first.Project.ID, first.Project.Code, first.Signing.ID, "甲方项目", "operator-1", "op1", "2026-09-11"}
		ofSecond := []string{second.Project.ID, second.Project.Code, "乙方项目", "operator-2", "op2"}
		server := r.serve()
		one, two := server.As("zh").With("X-As", "operator-1/op1/operator"), server.As("zh").With("X-As", "operator-2/op2/operator")
		for _, c := range []struct {
			who        *apitest.Client
			id         string
			of, others []string
		}{{one, first.Project.ID, ofFirst, ofSecond}, {two, second.Project.ID, ofSecond, ofFirst}} {
			path := "/projects/" + c.id
			for _, ask := range []string{path, path + "?as_of=2026-10-12", path + "/timeline", path + "/gate", path + "/clocks", path + "/milestones", "/projects", "/projects?as_of=2026-10-12"} {
				body := string(c.who.Get(ask).Status(200).Body)
				for _, secret := range c.others {
					if strings.Contains(body, secret) {
						t.Errorf("%s tells the rival's %s: %s", ask, secret, body)
					}
				}
				if strings.HasPrefix(ask, "/projects?") && !strings.Contains(body, c.of[0]) {
					t.Errorf("%s does not even show its own: %s", ask, body)
				}
			}
		}
		var p struct {
			Held       bool   `json:"signing_held"`
			HeldBy     string `json:"signing_held_by"`
			Signing    *Signing
			Ceremonies []Ceremony
		}
		one.Get("/projects/" + first.Project.ID).Status(200).JSON(&p)
		if n := len(p.Ceremonies); n != 2 || p.Ceremonies[1].On != "2026-10-09" || p.Ceremonies[0].By != "operator-1" || p.Signing.ID != first.Signing.ID || p.Held {
			t.Errorf("the holder sees %+v", p)
		}
		p.Signing, p.Ceremonies = nil, nil
		two.Get("/projects/" + second.Project.ID).Status(200).JSON(&p)
		if len(p.Ceremonies) != 1 || p.Ceremonies[0].On != "2026-10-09" || p.Ceremonies[0].By != "operator-2" || !p.Held || p.HeldBy != "" {
			t.Errorf("the second operator sees %+v", p)
		}
		server.As("zh").With("X-As", "leader-1/zone/leader").Get("/projects/" + second.Project.ID).Status(200).JSON(&p)
		if p.HeldBy != first.Project.ID || p.Ceremonies[0].Signing != first.Signing.ID {
			t.Errorf("a leader sees %+v", p)
		}
		entries, err := r.desk.Timeline(r.leader(), first.Project.ID, journal.Page{Limit: 1})
		r.must(err)
		if e := entries[0]; e.Verb != "pipeline.ceremony_attached" || e.Actor != "system" || string(e.Detail) != `{"on":"2026-10-09"}` {
			t.Errorf("the holder's timeline begins with %+v", e)
		}

		// The holder's contract falls, and the second operator's takes its place: nor is the fallen one named.
		_, err = r.desk.SetBack(r.as("lead-0", "zone", "department_lead"), first.Project.ID, 0, SetBackOrder{Negotiating, "合同作废"})
		r.must(err)
		_, err = r.desk.Advance(r.op2(), second.Project.ID, 0, AdvanceOrder{To: Signed})
		r.must(err)
		if k := r.find(second.Project.ID); k.Signing.Follows != first.Signing.ID {
			t.Errorf("the second signing is %+v", k.Signing)
		}
		for _, ask := range []string{"", "/timeline"} {
			if body := string(two.Get("/projects/" + second.Project.ID + ask).Status(200).Body); slices.ContainsFunc(ofFirst, func(s string) bool { return strings.Contains(body, s) }) {
				t.Errorf("signed at last, %q tells of the rival: %s", ask, body)
			}
		}
	})
}

// What earlier versions recorded is not told either.
func TestEntriesThatNameTheOtherProjectAreVeiled(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	mine := r.negotiated(r.op1(), "甲方项目", "2026-03-02")
	k, err := r.desk.Open(r.op2(), leadFacts("乙方项目"))
	r.must(err)
	theirs := k.Project.ID
	for _, c := range []struct {
		by              context.Context
		holder, brought string
	}{{r.op2(), mine.Project.ID, theirs}, {r.op1(), theirs, mine.Project.ID}} {
		facts := map[string]any{"signing": "s-1", "project": c.brought, "holder": c.holder, "on": "2026-03-02"}
		r.must(r.db.Update(c.by, func(tx store.Tx) error {
			_, err := journal.Record(c.by, tx, journal.Act{Verb: "pipeline.ceremony_attached", Object: Object(mine.Project.ID), Detail: facts})
			return err
		}))
	}
	told, err := r.desk.Timeline(r.op1(), mine.Project.ID, journal.Page{Limit: 2})
	r.must(err)
	if got := fmt.Sprintf("%s %s %s %s", told[0].Detail, told[0].Actor, told[1].Detail, told[1].Actor); got != `{"on":"2026-03-02"} operator-1 {"on":"2026-03-02"} system` {
		t.Errorf("an operator reads %s", got)
	}
	all, err := r.desk.Timeline(r.leader(), mine.Project.ID, journal.Page{Limit: 2})
	r.must(err)
	if !strings.Contains(string(all[1].Detail), theirs) || all[1].Actor != "operator-2" {
		t.Errorf("a leader reads %+v", all[1])
	}
}
