package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/grams"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/platform"
	"sente/internal/zone/work"
)

// The people of the tests; their names are their offices.
const (
	officer = "officer-1"
	lead    = "lead-1"
	leader  = "leader-1"
)

// room is a zone with two departments, two investors and a Desk.
type room struct {
	t        testing.TB
	db       *store.DB
	desk     *Desk
	investor string // has a credit code
	nameless string // has none
}

func sources() []fs.FS {
	return []fs.FS{journal.Migrations, grams.Migrations, access.Migrations, calendar.Migrations, party.Migrations, platform.Migrations, work.Migrations, Migrations}
}

func newRoom(t testing.TB, db *store.DB) *room {
	t.Helper()
	gate, err := access.NewGate()
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, db: db, desk: newDesk(t, db, gate)}
	ctx := storetest.Ctx(t, "z1")
	r.must(db.Update(ctx, func(tx store.Tx) error {
		for _, u := range []access.Unit{{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区"}, {ID: "d1", Parent: "zone", Kind: access.Department, NameZh: "招商一部"},
			{ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "招商二部"}} {
			u.Version = 1
			changes, err := access.PutUnit(ctx, tx, u)
			if err != nil {
				return err
			}
			if _, err := journal.Record(ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes}); err != nil {
				return err
			}
		}
		for _, to := range []struct {
			id    *string
			draft party.Draft
		}{
			{&r.investor, party.Draft{Name: "示例精工有限公司", LEI: "0YPKKE5F0QW6RC51HE09"}},
			{&r.nameless, party.Draft{Name: "示例意向有限公司"}},
		} {
			id, changes, err := party.Ensure(ctx, tx, to.draft)
			if err != nil {
				return err
			}
			*to.id = id
			if _, err := journal.Record(ctx, tx, journal.Act{Verb: "party.registered", Object: "party.party/" + id, Changes: changes}); err != nil {
				return err
			}
		}
		return nil
	}))
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// as returns the context of somebody in z1.
func (r *room) as(id, unit string, roles ...string) context.Context {
	return kernel.WithActor(r.t.Context(), kernel.Actor{Zone: "z1", ID: id, Name: id, Unit: unit, Roles: roles, Via: "session", Lang: "zh"})
}

func (r *room) officer() context.Context { return r.as(officer, "d1", "officer") }
func (r *room) lead() context.Context    { return r.as(lead, "d1", "department_lead") }
func (r *room) leader() context.Context  { return r.as(leader, "zone", "leader") }

// refused fails unless err is of kind with word.
func (r *room) refused(err, kind error, word string) *kernel.Fault {
	r.t.Helper()
	var f *kernel.Fault
	if !errors.Is(err, kind) || !errors.As(err, &f) || f.Word != word {
		r.t.Fatalf("got %v, want %v: %s", err, kind, word)
	}
	return f
}

func text(s string) *string { return &s }

// leadFacts are what a lead needs.
func leadFacts(name string) Facts {
	return Facts{Name: &name, Source: text("示例推介会"), Finder: text("招商一部"), FoundOn: text("2026-01-05")}
}

// wholeFacts are all facts the gates ask for.
func (r *room) wholeFacts(name string) Facts {
	f := leadFacts(name)
	f.Investor, f.Industry, f.Site, f.Scope, f.Terms = &r.investor, text("C34"), text("一号地块"), text(name+"，年产一万套"), text("三年内达产")
	f.Total, f.Fixed = &kernel.Money{Minor: 1_000_000_00, Currency: "CNY"}, &kernel.Money{Minor: 600_000_00, Currency: "CNY"}
	return f
}

func (r *room) open(f Facts) *Docket {
	r.t.Helper()
	k, err := r.desk.Open(r.officer(), f)
	r.must(err)
	return k
}

// supply attaches and signs everything the gate of stage lacks.
func (r *room) supply(k *Docket, stage Stage, on string) *Docket {
	r.t.Helper()
	for _, row := range k.Track.Gates.For(stage, "2026-11-01", k.Project.Builds) {
		if k.meets(&row) {
			continue
		}
		var err error
		switch row.Kind {
		case NeedEvidence:
			k, err = r.desk.attachFiled(r.officer(), k.Project.ID, k.Project.Version, Evidence{Kind: row.ID, Title: row.Zh, File: "f", SHA256: "sha-" + row.ID + on, On: on})
		case NeedSignoff:
			ctx := r.lead()
			if row.ID == "leader" {
				ctx = r.leader()
			}
			k, err = r.desk.SignOff(ctx, k.Project.ID, k.Project.Version, SignOrder{Stage: stage, Role: row.ID, Opinion: "同意"})
		default:
			r.t.Fatalf("field %s is not supplied", row.ID)
		}
		r.must(err)
	}
	return k
}

// bring takes k stage by stage to to, one month a stage.
func (r *room) bring(k *Docket, to Stage) *Docket {
	r.t.Helper()
	for k.Project.Stage != to {
		next := k.Track.Next(k.Project.Stage)
		k = r.supply(k, next, fmt.Sprintf("2026-%02d-10", next.Rank()))
		var err error
		k, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: next})
		r.must(err)
	}
	return k
}

func (r *room) find(id string) *Docket {
	r.t.Helper()
	k, err := r.desk.Find(r.leader(), id)
	r.must(err)
	return k
}

// verbs are the journal's verbs about a project, newest first.
func (r *room) verbs(id string) []string {
	r.t.Helper()
	entries, err := r.desk.Timeline(r.leader(), id, journal.Page{Limit: 100})
	r.must(err)
	var out []string
	for _, e := range entries {
		out = append(out, e.Verb)
	}
	return out
}

func TestProjectPassesEveryGate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.open(r.wholeFacts("轴承项目"))
		year := string(kernel.DayOf(db.Now().UnixMilli()))[:4]
		if k.Project.Code != "P"+year+"-00001" || k.Project.Stage != Lead || k.Project.Version != 1 || k.Project.Unit != "d1" || k.Project.Owner != officer {
			t.Fatalf("opened as %+v", k.Project)
		}
		for _, next := range chain()[1:] {
			before := k.Project
			_, err := r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: next})
			r.refused(err, kernel.ErrConflict, "pipeline.gate_not_met")
			if got := r.find(k.Project.ID).Project; got != before {
				t.Fatalf("a refused advance changed %+v into %+v", before, got)
			}
			k = r.bring(k, next)
			if want := fmt.Sprintf("2026-%02d-10", next.Rank()); k.Project.StageSince != want || string(actualOn(k.Milestones, next)) != want {
				t.Errorf("%s since %s, milestone %s, want %s", next, k.Project.StageSince, actualOn(k.Milestones, next), want)
			}
		}
		got := r.find(k.Project.ID)
		if got.Project != k.Project || got.Project.Missing != 0 || len(got.Milestones) != 8 || got.Signing == nil || got.Signing.On != "2026-04-10" || len(got.Ceremonies) != 1 {
			t.Errorf("found %+v", got)
		}
		c, err := r.desk.Gate(r.officer(), k.Project.ID)
		r.must(err)
		if c.Next != "" || len(c.Items) != 0 || len(c.MissingEarlier) != 0 {
			t.Errorf("at the end the checklist is %+v", c)
		}
	})
}

func TestOpenRefusesAnIncompleteLead(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	_, err := r.desk.Open(r.officer(), Facts{Name: text("轴承项目")})
	f := r.refused(err, kernel.ErrInvalid, "pipeline.gate_not_met")
	if got := partWords(f); !reflect.DeepEqual(got, []string{"source pipeline.missing_field", "finder pipeline.missing_field", "found_on pipeline.missing_field"}) {
		t.Errorf("missing: %q", got)
	}
	bad := leadFacts("甲")
	bad.Investor = text("nobody")
	_, err = r.desk.Open(r.officer(), bad)
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_investor")
	bad = leadFacts("甲")
	bad.Unit = text("nowhere")
	_, err = r.desk.Open(r.lead(), bad)
	if err == nil {
		t.Error("a department that does not exist was accepted")
	}
	list, _, err := r.desk.List(r.leader(), Filter{}, "", nil, 10)
	r.must(err)
	if len(list) != 0 {
		t.Errorf("refused leads are listed: %v", list)
	}
	k := r.open(leadFacts("甲"))
	if !strings.HasSuffix(k.Project.Code, "-00001") {
		t.Errorf("a refused lead used up a number: %s", k.Project.Code)
	}
}

func TestSigningNeedsAnIdentifiedInvestor(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	f := r.wholeFacts("无代码项目")
	f.Investor = &r.nameless
	k := r.bring(r.open(f), Negotiating)
	for _, kind := range []string{"due_diligence", "contract"} {
		var err error
		k, err = r.desk.attachFiled(r.officer(), k.Project.ID, k.Project.Version, Evidence{Kind: kind, File: "f", SHA256: kind, On: "2026-04-10"})
		r.must(err)
	}
	_, err := r.desk.SignOff(r.lead(), k.Project.ID, k.Project.Version, SignOrder{Role: "department_lead"})
	got := partWords(r.refused(err, kernel.ErrConflict, "pipeline.sign_incomplete"))
	if !reflect.DeepEqual(got, []string{"investor pipeline.missing_field"}) {
		t.Errorf("missing for the signature: %q", got)
	}
	_, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Signed})
	got = partWords(r.refused(err, kernel.ErrConflict, "pipeline.gate_not_met"))
	if want := []string{"investor pipeline.missing_field", "signoffs.department_lead pipeline.missing_signoff", "signoffs.leader pipeline.missing_signoff"}; !reflect.DeepEqual(got, want) {
		t.Errorf("missing: %q", got)
	}
}

func TestASecondCeremonyAttachesToTheFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		first := r.bring(r.open(r.wholeFacts("轴承项目")), Signed)
		same := r.wholeFacts("轴承项目")
		same.Name = text("轴承项目（二次签约）")
		second := r.supply(r.bring(r.open(same), Negotiating), Signed, "2026-06-18")
		_, err := r.desk.Advance(r.officer(), second.Project.ID, second.Project.Version, AdvanceOrder{To: Signed})
		f := r.refused(err, kernel.ErrConflict, "pipeline.signing_held")
		if f.Args[0] != first.Project.Code || f.Args[1] != "2026-04-10" {
			t.Errorf("told of %v", f.Args)
		}
		second = r.find(second.Project.ID)
		if second.Project.Stage != Negotiating || second.Project.SigningHeldBy != first.Project.ID || second.Signing != nil {
			t.Errorf("the second project is %+v", second.Project)
		}
		holder := r.find(first.Project.ID)
		if len(holder.Ceremonies) != 2 || holder.Ceremonies[1].Project != second.Project.ID || holder.Ceremonies[1].First || holder.Ceremonies[1].On != "2026-06-18" {
			t.Errorf("the holder's ceremonies are %+v", holder.Ceremonies)
		}
		if v := r.verbs(first.Project.ID); v[0] != "pipeline.ceremony_attached" {
			t.Errorf("the holder's timeline begins with %s", v[0])
		}
		_, err = r.desk.Advance(r.officer(), second.Project.ID, second.Project.Version, AdvanceOrder{To: Signed})
		r.refused(err, kernel.ErrConflict, "pipeline.signing_held")
		if again := r.find(first.Project.ID); len(again.Ceremonies) != 2 {
			t.Errorf("the same ceremony was attached again: %+v", again.Ceremonies)
		}
		// The holder goes back before its signing: the contract is free, and the next one follows it.
		_, err = r.desk.SetBack(r.lead(), first.Project.ID, r.find(first.Project.ID).Project.Version, SetBackOrder{Negotiating, "合同作废"})
		r.must(err)
		k, err := r.desk.Advance(r.officer(), second.Project.ID, second.Project.Version, AdvanceOrder{To: Signed})
		r.must(err)
		if k.Signing == nil || k.Signing.Follows != first.Signing.ID || k.Project.SigningHeldBy != "" {
			t.Errorf("the second signing is %+v", k.Signing)
		}
	})
}

func TestTwoRacingSignings(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		var ks []*Docket
		for i := range 2 {
			f := r.wholeFacts("轴承项目")
			f.Name = text(fmt.Sprintf("轴承项目 %d", i))
			ks = append(ks, r.supply(r.bring(r.open(f), Negotiating), Signed, "2026-04-10"))
		}
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, k := range ks {
			wg.Go(func() {
				_, errs[i] = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Signed})
			})
		}
		wg.Wait()
		won := slices.Index(errs, nil)
		if won < 0 || errs[1-won] == nil {
			t.Fatalf("the race ended with %v", errs)
		}
		if w := wordOf(errs[1-won]); w != "pipeline.signing_held" && w != "pipeline.signing_just_taken" {
			t.Errorf("the loser was told %v", errs[1-won])
		}
		if a, b := r.find(ks[won].Project.ID), r.find(ks[1-won].Project.ID); a.Signing == nil || b.Signing != nil || b.Project.Stage != Negotiating {
			t.Errorf("winner %+v, loser %+v", a.Signing, b.Project)
		}
	})
}

func TestNumbersAreUniqueUnderLoad(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		codes, errs := make([]string, 8), make([]error, 8)
		var wg sync.WaitGroup
		for i := range codes {
			wg.Go(func() {
				k, err := r.desk.Open(r.officer(), leadFacts(fmt.Sprintf("项目 %d", i)))
				if errs[i] = err; err == nil {
					codes[i] = k.Project.Code
				}
			})
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		slices.Sort(codes)
		for i, c := range codes {
			if !strings.HasSuffix(c, fmt.Sprintf("-%05d", i+1)) {
				t.Fatalf("numbers are %v", codes)
			}
		}
	})
}

func TestTwoPeopleSaveTheSameProject(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.open(leadFacts("甲"))
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				_, errs[i] = r.desk.Amend(r.officer(), k.Project.ID, 1, Facts{Site: text(fmt.Sprintf("%d 号地块", i))})
			})
		}
		wg.Wait()
		won := slices.Index(errs, nil)
		if won < 0 || !errors.Is(errs[1-won], kernel.ErrStale) {
			t.Fatalf("got %v", errs)
		}
		if got := r.find(k.Project.ID).Project; got.Version != 2 || got.Site != fmt.Sprintf("%d 号地块", won) {
			t.Errorf("saved %+v", got)
		}
	})
}

func TestSetBackCallOffAndResume(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Started)
	id := k.Project.ID
	_, err := r.desk.SetBack(r.lead(), id, k.Project.Version, SetBackOrder{Signed, ""})
	r.refused(err, kernel.ErrInvalid, "pipeline.no_reason")
	k, err = r.desk.SetBack(r.lead(), id, k.Project.Version, SetBackOrder{Signed, "土地手续重办"})
	r.must(err)
	if k.Project.Stage != Signed || k.Project.StageSince != "2026-04-10" || k.Signing == nil || actualOn(k.Milestones, Landed) != "" || actualOn(k.Milestones, Signed) != "2026-04-10" {
		t.Fatalf("set back to %+v", k.Project)
	}
	live := 0
	for _, s := range k.Signoffs {
		if s.Live() {
			live++
		}
	}
	if live != 3 || len(k.Signoffs) != 5 {
		t.Errorf("%d of %d signatures stand, want those of screening and signing", live, len(k.Signoffs))
	}
	_, err = r.desk.Advance(r.officer(), id, k.Project.Version, AdvanceOrder{To: Landed})
	if got := partWords(r.refused(err, kernel.ErrConflict, "pipeline.gate_not_met")); !reflect.DeepEqual(got, []string{"signoffs.department_lead pipeline.missing_signoff"}) {
		t.Errorf("missing after going back: %q", got)
	}
	k, err = r.desk.CallOff(r.lead(), id, k.Project.Version, CallOffOrder{To: Shelved, Reason: "等待用地指标"})
	r.must(err)
	if k.Project.Stage != Shelved || k.Project.Prior != Signed || k.Signing == nil {
		t.Fatalf("shelved as %+v", k.Project)
	}
	_, err = r.desk.Advance(r.officer(), id, k.Project.Version, AdvanceOrder{To: Landed})
	r.refused(err, kernel.ErrConflict, "pipeline.is_shelved")
	k, err = r.desk.Resume(r.lead(), id, k.Project.Version, "指标已落实")
	r.must(err)
	if k.Project.Stage != Signed || k.Project.Prior != "" || k.Project.StageSince != "2026-04-10" {
		t.Fatalf("resumed as %+v", k.Project)
	}
	_, err = r.desk.CallOff(r.lead(), id, k.Project.Version, CallOffOrder{To: Lost, Reason: "x"})
	r.refused(err, kernel.ErrConflict, "pipeline.lost_after_signing")
	_, err = r.desk.CallOff(r.lead(), id, k.Project.Version, CallOffOrder{To: Terminated, Reason: "企业违约"})
	if got := partWords(r.refused(err, kernel.ErrConflict, "pipeline.gate_not_met")); !reflect.DeepEqual(got, []string{"evidence.tolerance_record pipeline.missing_evidence"}) {
		t.Errorf("missing: %q", got)
	}
	k = r.supply(k, Terminated, "2026-09-01")
	k, err = r.desk.CallOff(r.lead(), id, k.Project.Version, CallOffOrder{To: Terminated, Reason: "企业违约"})
	r.must(err)
	if k.Project.Stage != Terminated || k.Project.Prior != Signed || k.Project.StageSince != "2026-09-01" || k.Signing != nil {
		t.Fatalf("terminated as %+v", k.Project)
	}
	v := k.Project.Version
	for name, try := range map[string]func() error{
		"advance": func() error { _, err := r.desk.Advance(r.officer(), id, v, AdvanceOrder{To: Landed}); return err },
		"back":    func() error { _, err := r.desk.SetBack(r.lead(), id, v, SetBackOrder{Lead, "x"}); return err },
		"resume":  func() error { _, err := r.desk.Resume(r.lead(), id, v, "x"); return err },
		"amend":   func() error { _, err := r.desk.Amend(r.lead(), id, v, Facts{Name: text("x")}); return err },
		"sign": func() error {
			_, err := r.desk.SignOff(r.lead(), id, v, SignOrder{Landed, "department_lead", ""})
			return err
		},
		"evidence": func() error {
			_, err := r.desk.attachFiled(r.officer(), id, v, Evidence{Kind: "other", On: "2026-01-01", File: "f", SHA256: "h"})
			return err
		},
	} {
		if err := try(); wordOf(err) != "pipeline.final" {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	if got := r.verbs(id)[:4]; !reflect.DeepEqual(got, []string{"pipeline.terminated", "pipeline.evidence_attached", "pipeline.resumed", "pipeline.shelved"}) {
		t.Errorf("timeline: %v", got)
	}
}

func TestAmendKeepsWhatTheContractAndTheGatesFix(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Landed)
	for name, c := range map[string]struct {
		f    Facts
		word string
	}{
		"site":         {Facts{Site: text("二号地块")}, "pipeline.fixed_by_contract"},
		"scope":        {Facts{Scope: text("年产两万套")}, "pipeline.fixed_by_contract"},
		"investor":     {Facts{Investor: &r.nameless}, "pipeline.fixed_by_contract"},
		"builds":       {Facts{Builds: new(bool)}, "pipeline.builds_settled"},
		"empty terms":  {Facts{Terms: text("")}, "pipeline.field_in_use"},
		"empty amount": {Facts{Total: &kernel.Money{}}, "pipeline.field_in_use"},
	} {
		_, err := r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, c.f)
		if wordOf(err) != c.word {
			t.Errorf("%s: %v, want %s", name, err, c.word)
		}
	}
	got, err := r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Site: text(" 一号地块 "), Summary: text("更新"), Total: &kernel.Money{Minor: 2_000_000_00, Currency: "CNY"}, Reason: text("补充协议")})
	r.must(err)
	if got.Project.Summary != "更新" || got.Project.TotalMinor != 2_000_000_00 || got.Project.Site != "一号地块" {
		t.Errorf("amended to %+v", got.Project)
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Negotiating)
	id := k.Project.ID
	_, err := r.desk.SignOff(r.officer(), id, k.Project.Version, SignOrder{Role: "department_lead"})
	r.refused(err, kernel.ErrDenied, "pipeline.not_in_office")
	_, err = r.desk.SignOff(r.lead(), id, k.Project.Version, SignOrder{Stage: Landed, Role: "leader"})
	r.refused(err, kernel.ErrInvalid, "pipeline.signature_not_asked")
	both := r.as("both-1", "d1", "department_lead", "leader")
	_, err = r.desk.SignOff(both, id, k.Project.Version, SignOrder{Role: "department_lead", Opinion: "同意"})
	r.refused(err, kernel.ErrConflict, "pipeline.sign_incomplete") // nothing to read yet
	_, err = r.desk.SignOff(both, id, k.Project.Version, SignOrder{Stage: Landed, Role: "department_lead"})
	r.refused(err, kernel.ErrInvalid, "pipeline.sign_too_early")
	for _, kind := range []string{"due_diligence", "contract"} {
		k, err = r.desk.attachFiled(r.officer(), id, k.Project.Version, Evidence{Kind: kind, File: "f", SHA256: kind, On: "2026-03-31"})
		r.must(err)
	}
	k, err = r.desk.SignOff(both, id, k.Project.Version, SignOrder{Role: "department_lead", Opinion: "同意"})
	r.must(err)
	_, err = r.desk.SignOff(both, id, k.Project.Version, SignOrder{Role: "leader"})
	r.refused(err, kernel.ErrConflict, "pipeline.same_signer")
	_, err = r.desk.SignOff(r.lead(), id, k.Project.Version, SignOrder{Role: "department_lead"})
	r.refused(err, kernel.ErrConflict, "pipeline.already_signed")
	k, err = r.desk.attachFiled(r.officer(), id, k.Project.Version, Evidence{Kind: "contract", File: "f", SHA256: "wrong", On: "2026-04-01"})
	r.must(err)
	wrong := k.Evidence[len(k.Evidence)-1]
	if wrong.Class != "secret_trade" {
		t.Errorf("a contract is held as %q", wrong.Class)
	}
	k, err = r.desk.WithdrawEvidence(r.officer(), id, k.Project.Version, wrong.ID, "上传错误")
	r.must(err)
	if s := k.Signoffs[len(k.Signoffs)-1]; s.Live() || s.VoidedWhy != "上传错误" {
		t.Errorf("the signature given on the withdrawn contract is %+v", s)
	}
	_, err = r.desk.WithdrawEvidence(r.officer(), id, k.Project.Version, wrong.ID, "再撤")
	r.refused(err, kernel.ErrConflict, "pipeline.evidence_withdrawn")
	minutes := k.Evidence[slices.IndexFunc(k.Evidence, func(e Evidence) bool { return e.Kind == "talk_minutes" })]
	_, err = r.desk.WithdrawEvidence(r.officer(), id, k.Project.Version, minutes.ID, "撤回")
	r.refused(err, kernel.ErrConflict, "pipeline.evidence_in_use")
}

func TestEvidenceIsChecked(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("甲"))
	for name, c := range map[string]struct {
		e    Evidence
		want []string
	}{
		"unknown kind":    {Evidence{Kind: "moon", On: "2026-01-01"}, []string{"kind pipeline.unknown_evidence"}},
		"no date":         {Evidence{Kind: "contract"}, []string{"on pipeline.no_evidence_date"}},
		"from the future": {Evidence{Kind: "contract", On: "2199-01-01"}, []string{"on pipeline.in_future"}},
		"unknown class":   {Evidence{Kind: "other", On: "2026-01-01", Class: "secret"}, []string{"class pipeline.not_a_choice"}},
	} {
		_, err := r.desk.attachFiled(r.officer(), k.Project.ID, 1, c.e)
		if got := partWords(err); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	k, err := r.desk.attachFiled(r.officer(), k.Project.ID, 1, Evidence{Kind: "other", File: "f", SHA256: "h", On: "2026-01-01"})
	r.must(err)
	_, err = r.desk.attachFiled(r.officer(), k.Project.ID, 2, Evidence{Kind: "other", File: "f", SHA256: "h", On: "2026-01-02"})
	r.refused(err, kernel.ErrInvalid, "pipeline.evidence_twice")
}

func TestRowScopes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		mine := r.open(r.wholeFacts("甲"))
		theirs := r.wholeFacts("乙")
		theirs.Investor = &r.nameless // the first department's report protects the other one
		other, err := r.desk.Open(r.as("officer-2", "d2", "officer"), theirs)
		r.must(err)
		colleague := r.as("officer-3", "d1", "officer")
		for name, c := range map[string]struct {
			ctx  context.Context
			want []string
		}{
			"officer":   {r.officer(), []string{"甲"}},
			"colleague": {colleague, []string{"甲"}},
			"leader":    {r.leader(), []string{"乙", "甲"}},
			"elsewhere": {r.as("officer-4", "d9", "officer"), nil},
		} {
			list, _, err := r.desk.List(c.ctx, Filter{}, "-name", nil, 10)
			r.must(err)
			var got []string
			var sum int64
			for _, p := range list {
				got, sum = append(got, p.Name), sum+p.TotalMinor
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%s lists %v, want %v", name, got, c.want)
			}
			totals, err := r.desk.Totals(c.ctx, Filter{})
			r.must(err)
			var total int64
			for _, b := range totals.ByCurrency {
				total += b.Total.Minor
			}
			if totals.Count != int64(len(list)) || total != sum {
				t.Errorf("%s: totals %+v over a list of %d with %d", name, totals, len(list), sum)
			}
		}
		_, err = r.desk.Find(r.officer(), other.Project.ID)
		r.refused(err, kernel.ErrNotFound, "pipeline.not_found")
		_, err = r.desk.Amend(colleague, mine.Project.ID, 1, Facts{Name: text("丙")})
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("a colleague's change: %v", err)
		}
		_, err = r.desk.Amend(r.officer(), mine.Project.ID, 1, Facts{Unit: text("d2"), Owner: text("officer-2")})
		if err == nil {
			t.Error("a project was handed to an account that does not exist")
		}
		_, err = r.desk.Find(kernel.WithActor(t.Context(), kernel.Actor{Zone: "z2", ID: "x", Roles: []string{"leader"}, Via: "session"}), mine.Project.ID)
		r.refused(err, kernel.ErrNotFound, "pipeline.not_found")
	})
}

func TestListPagesInEveryOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		for i := range 7 {
			f := r.wholeFacts(fmt.Sprintf("项目%d", i))
			f.Total = &kernel.Money{Minor: int64(100_000_000 + i%3), Currency: []string{"CNY", "USD"}[i%2]}
			f.Fixed = &kernel.Money{}
			r.open(f)
		}
		for _, sort := range []string{"", "updated_at", "-updated_at", "amount", "-amount", "name", "-name", "stage_since", "-stage_since"} {
			whole, next, err := r.desk.List(r.leader(), Filter{}, sort, nil, 50)
			r.must(err)
			if next != nil || len(whole) != 7 {
				t.Fatalf("%q: %d rows", sort, len(whole))
			}
			var paged []Listed
			var after *Place
			for {
				rows, next, err := r.desk.List(r.leader(), Filter{}, sort, after, 3)
				r.must(err)
				paged = append(paged, rows...)
				if after = next; after == nil {
					break
				}
			}
			if !reflect.DeepEqual(paged, whole) {
				t.Errorf("%q: pages differ from the whole list", sort)
			}
		}
		for name, c := range map[string]struct {
			f    Filter
			want int
		}{
			"by name":          {Filter{Q: "项目３"}, 1},
			"by investor":      {Filter{Q: "示例精工"}, 7},
			"percent is text":  {Filter{Q: "%"}, 0},
			"currency and min": {Filter{Currency: "CNY", Min: "1000000.01"}, 2},
			"section":          {Filter{Industry: "C"}, 7},
			"other section":    {Filter{Industry: "D"}, 0},
			"stage":            {Filter{Stages: []string{"lead", "signed"}}, 7},
			"stage, none":      {Filter{Stages: []string{"signed"}}, 0},
			"since":            {Filter{Since: "2026-01-06"}, 0},
			"until":            {Filter{Until: "2026-01-05"}, 7},
			"missing":          {Filter{Missing: true}, 0},
			"origin":           {Filter{Origin: "imported"}, 0},
			"unit":             {Filter{Unit: "d1", Owner: officer}, 7},
		} {
			rows, _, err := r.desk.List(r.leader(), c.f, "", nil, 50)
			r.must(err)
			totals, err := r.desk.Totals(r.leader(), c.f)
			r.must(err)
			if len(rows) != c.want || totals.Count != int64(c.want) {
				t.Errorf("%s: %d rows, total %d, want %d", name, len(rows), totals.Count, c.want)
			}
		}
	})
}

// TestRandomWalksKeepTheGates lets people do whatever comes to their mind and
// checks after every success that the project could be where it is.
func TestRandomWalksKeepTheGates(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	rnd := rand.New(rand.NewPCG(2026, 11))
	pick := func(s []Stage) Stage { return s[rnd.IntN(len(s))] }
	var all []Stage
	for _, s := range Stages() {
		all = append(all, s.ID)
	}
	for walk := range 6 {
		k := r.open(r.wholeFacts(fmt.Sprintf("随机项目%d", walk)))
		for range 60 {
			was := k
			on := fmt.Sprintf("2026-%02d-%02d", 1+rnd.IntN(11), 1+rnd.IntN(20))
			id, v := k.Project.ID, k.Project.Version
			var got *Docket
			var err error
			switch rnd.IntN(12) {
			case 0:
				got, err = r.desk.SetBack(r.lead(), id, v, SetBackOrder{pick(all), "x"})
			case 1:
				if rnd.IntN(8) > 0 {
					continue
				}
				got, err = r.desk.CallOff(r.lead(), id, v, CallOffOrder{To: pick(all), Reason: "x", On: on})
			case 2:
				got, err = r.desk.Resume(r.lead(), id, v, "x")
			case 3, 4, 5, 6:
				rows := k.Track.Gates.For(pick(all), "2026-11-01", true)
				if len(rows) == 0 {
					continue
				}
				row := rows[rnd.IntN(len(rows))]
				if row.Kind == NeedEvidence {
					got, err = r.desk.attachFiled(r.officer(), id, v, Evidence{Kind: row.ID, File: "f", SHA256: fmt.Sprint(rnd.Int()), On: on})
				} else {
					got, err = r.desk.SignOff(r.as("many-"+row.ID, "d1", "department_lead", "leader", "officer"), id, v, SignOrder{Stage: row.Stage, Role: row.ID})
				}
			case 7:
				if len(k.Evidence) == 0 {
					continue
				}
				got, err = r.desk.WithdrawEvidence(r.officer(), id, v, k.Evidence[rnd.IntN(len(k.Evidence))].ID, "x")
			case 8:
				got, err = r.desk.SetMilestone(r.officer(), id, v, MilestoneEntry{pick(all), Actual, on, ""})
			default:
				got, err = r.desk.Advance(r.officer(), id, v, AdvanceOrder{To: pick(all), On: []string{"", on}[rnd.IntN(2)]})
			}
			k = r.find(id)
			if err != nil {
				if k.Project != was.Project || len(k.Evidence) != len(was.Evidence) || len(k.Signoffs) != len(was.Signoffs) || len(k.Milestones) != len(was.Milestones) {
					t.Fatalf("a refused act (%v) changed the project", err)
				}
				continue
			}
			if !reflect.DeepEqual(got.Project, k.Project) {
				t.Fatalf("returned %+v, stored %+v", got.Project, k.Project)
			}
			r.soundAfter(was, k)
		}
	}
}

// soundAfter checks what must hold of every project entered at the desk.
func (r *room) soundAfter(was, k *Docket) {
	r.t.Helper()
	from, to := was.Project.Standing().Rank(), k.Project.Standing().Rank()
	if to > from+1 {
		r.t.Fatalf("a stage was jumped: %s to %s", was.Project.Standing(), k.Project.Standing())
	}
	if was.Project.Stage.Final() {
		r.t.Fatalf("a project that had ended was changed: %+v", k.Project)
	}
	if missing := k.Track.Missing(k.Dossier, "2026-11-01", "zh"); len(missing) > 0 || k.Project.Missing != 0 {
		r.t.Fatalf("at %s without %+v", k.Project.Stage, missing)
	}
	signed := k.Project.Standing().Rank() >= Signed.Rank() && k.Project.Stage != Terminated
	if signed != (k.Signing != nil) {
		r.t.Fatalf("at %s with signing %v", k.Project.Stage, k.Signing)
	}
	if len(k.Track.ChainBreaks(k.Milestones)) > 0 {
		r.t.Fatalf("dates run backwards: %+v", Latest(k.Milestones))
	}
	for i, m := range was.Milestones {
		if k.Milestones[i] != m {
			r.t.Fatalf("milestone %d was overwritten: %+v, %+v", i, m, k.Milestones[i])
		}
	}
}

func TestJournalRebuildsThePipeline(t *testing.T) {
	t.Parallel()
	book, err := words.Load(Words)
	if err != nil {
		t.Fatal(err)
	}
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Signed)
	k, err = r.desk.RecordCeremony(r.leader(), k.Project.ID, k.Project.Version, CeremonyOrder{"2026-05-18", "示例博览会"})
	r.must(err)
	_, err = r.desk.RecordCeremony(r.leader(), k.Project.ID, k.Project.Version, CeremonyOrder{"2026-05-18", "又一次"})
	r.refused(err, kernel.ErrInvalid, "pipeline.ceremony_twice")
	_, err = r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Producing, Planned, "2027-12-01", ""})
	r.must(err)
	for _, v := range r.verbs(k.Project.ID) {
		if !book.Has(v) {
			t.Errorf("the verb %s has no words", v)
		}
	}
	to := storetest.Open(t, sources()...)
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.View(ctx, func(from store.Tx) error {
		return to.Update(ctx, func(into store.Tx) error {
			_, err := journal.Rebuild(ctx, from, into, slices.Concat(Tables(), access.Tables(), party.Tables()))
			return err
		})
	}))
	var got *Docket
	r.must(to.View(ctx, func(tx store.Tx) error {
		got = &Docket{}
		if got.Project, err = Get(ctx, tx, k.Project.ID); err != nil {
			return err
		}
		got.Track = general()
		return fill(ctx, tx, got)
	}))
	want := r.find(k.Project.ID)
	want.UnitName, want.OwnerName, want.clockwork = "", "", Reckoner{}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("rebuilt %+v\nwant %+v", got, want)
	}
}
