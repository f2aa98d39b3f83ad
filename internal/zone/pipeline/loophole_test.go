package pipeline

import (
	"reflect"
	"slices"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// These tests try the ways round the gates one by one.

// What was signed is what is carried out: a gate's fields changed after its
// signature want a new one.
func TestASignatureDoesNotOutliveWhatItWasGivenFor(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.supply(r.bring(r.open(r.wholeFacts("轴承项目")), Negotiating), Signed, "2026-04-10")
	id := k.Project.ID
	k, err := r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Summary: text("更新")})
	r.must(err)
	if live := liveRoles(k, Signed); !slices.Equal(live, []string{"department_lead", "leader"}) {
		t.Fatalf("after a change the gate does not ask about, signed by %v", live)
	}
	k, err = r.desk.Amend(r.officer(), id, k.Project.Version, Facts{Total: &kernel.Money{Minor: 100_000_000_00, Currency: "CNY"}})
	r.must(err)
	if live := liveRoles(k, Signed); len(live) > 0 {
		t.Fatalf("a hundred times the investment is still signed by %v", live)
	}
	_, err = r.desk.Advance(r.officer(), id, k.Project.Version, AdvanceOrder{To: Signed})
	got := partWords(r.refused(err, kernel.ErrConflict, "pipeline.gate_not_met"))
	if !reflect.DeepEqual(got, []string{"signoffs.department_lead pipeline.missing_signoff", "signoffs.leader pipeline.missing_signoff"}) {
		t.Errorf("missing: %q", got)
	}
	if before := liveRoles(k, Screening); !slices.Equal(before, []string{"department_lead"}) {
		t.Errorf("the signature of a gate already passed: %v", before)
	}
}

func liveRoles(k *Docket, stage Stage) []string {
	var out []string
	for _, s := range k.Signoffs {
		if s.Live() && s.Stage == stage {
			out = append(out, s.Role)
		}
	}
	return out
}

// A tax receipt does not become public by being called so.
func TestADocumentIsHeldNoMoreOpenlyThanItsKind(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("轴承项目"))
	for _, c := range []struct{ kind, class, word string }{
		{"first_invoice", "public", "pipeline.class_too_open"},
		{"first_invoice", "secret_trade", "pipeline.class_too_open"},
		{"contract", "internal", "pipeline.class_too_open"},
		{"contract", "restricted", ""},
		{"first_invoice", "", ""},
		{"registration", "public", ""}, // a business licence hangs on the wall
		{OtherEvidence, "public", ""},
	} {
		got, err := r.desk.attachFiled(r.officer(), k.Project.ID, k.Project.Version, Evidence{Kind: c.kind, Class: c.class, File: "f", SHA256: c.kind + c.class, On: "2026-04-01"})
		var want []string
		if c.word != "" {
			want = []string{"class " + c.word}
		}
		if !reflect.DeepEqual(partWords(err), want) {
			t.Errorf("%s as %q: %v, want %q", c.kind, c.class, err, want)
		}
		if err == nil {
			k = got
		}
	}
}

func TestTheRecordOfATerminationStays(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.supply(r.bring(r.open(r.wholeFacts("轴承项目")), Signed), Terminated, "2026-06-01")
	record := last(k.Evidence)
	k, err := r.desk.CallOff(r.lead(), k.Project.ID, k.Project.Version, CallOffOrder{To: Terminated, Reason: "合同终止"})
	r.must(err)
	_, err = r.desk.WithdrawEvidence(r.officer(), k.Project.ID, k.Project.Version, record.ID, "撤回")
	r.refused(err, kernel.ErrConflict, "pipeline.evidence_in_use")
	if now := r.find(k.Project.ID); now.Project.Missing != 0 || now.Project.Version != k.Project.Version {
		t.Errorf("left as %+v", now.Project)
	}
}

func TestABlankIsNoReasonToTakeADateBack(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("轴承项目"))
	_, err := r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Lead, Actual, "", " \t"})
	r.refused(err, kernel.ErrInvalid, "pipeline.retraction_reason")
}

// The dates of a project that has ended are as they were.
func TestAnEndedProjectTakesNoDates(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("轴承项目"))
	k, err := r.desk.CallOff(r.officer(), k.Project.ID, k.Project.Version, CallOffOrder{To: Lost, Reason: "企业另选他处"})
	r.must(err)
	for _, kind := range []string{Actual, Planned} {
		_, err := r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Lead, kind, "2026-01-06", ""})
		r.refused(err, kernel.ErrConflict, "pipeline.final")
	}
	if now := r.find(k.Project.ID); len(now.Milestones) != len(k.Milestones) || now.Project.Version != k.Project.Version {
		t.Errorf("left as %+v", now)
	}
}

func TestNobodyDisabledIsMadeResponsible(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("轴承项目"))
	r.account("gone-1", "disabled")
	_, err := r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Owner: text("gone-1")})
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_owner")
}

// account adds an account of d1 in the given state.
func (r *room) account(id, status string) {
	r.t.Helper()
	r.must(r.db.Update(storetest.Ctx(r.t, "z1"), func(tx store.Tx) error {
		_, err := tx.ExecContext(r.t.Context(), `INSERT INTO access_accounts (zone, id, login, name, unit, roles, status, lang, version, created_at, updated_at)
			VALUES ('z1', $1, $1, $1, 'd1', '["officer"]', $2, 'zh', 1, 0, 0)`, id, status)
		return err
	}))
}

// Amounts that are each within bounds may add up to more than 64 bits hold.
func TestTotalsSayWhenTheyCannotAdd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		f := leadFacts("大数")
		f.Total = &kernel.Money{Minor: maxInvestment, Currency: "CNY"}
		k := r.open(f)
		r.must(db.Update(r.lead(), func(tx store.Tx) error {
			var acts []journal.Act
			for i := range 1000 {
				p := k.Project
				p.ID, p.Code = kernel.NewID(tx.Now), code("1999", int64(i))
				if i%2 == 0 { // neither group alone is too large
					p.Stage = Screening
				}
				acts = append(acts, journal.Act{Verb: "pipeline.opened", Object: Object(p.ID), Changes: []journal.Change{journal.Put(p)}})
			}
			return journal.RecordAll(r.lead(), tx, acts)
		}))
		_, err := r.desk.Totals(r.leader(), Filter{})
		if f := r.refused(err, kernel.ErrConflict, "pipeline.totals_too_large"); f.Args[0] != "CNY" {
			t.Errorf("told of %v", f.Args)
		}
		got, err := r.desk.Totals(r.leader(), Filter{Stages: []string{string(Screening)}})
		r.must(err)
		if got.ByCurrency[0].Total.Minor != 500*maxInvestment {
			t.Errorf("what can be added is %+v", got.ByCurrency)
		}
	})
}
