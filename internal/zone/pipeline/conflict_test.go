package pipeline

import (
	"context"
	"reflect"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// coordinated makes d2 the coordinating department.
func (r *deskRoom) coordinated() {
	r.t.Helper()
	p := DefaultProtections()[0]
	p.Coordinator, p.ValidFrom = "d2", "2026-03-02"
	_, err := r.desk.SetProtection(r.leader(), ProtectionOrder{p, "指定协调部门"})
	r.must(err)
}

// dispute is a firm op1 protects and op2 claims.
func (r *deskRoom) dispute(one, other context.Context) (first, second ReportListed, c Conflict) {
	r.t.Helper()
	first = r.file(one, firm("示例精密", codeA))
	r.at("2026-03-05 10:00:00.000") // a Thursday
	second, err := r.desk.File(other, firm("示例精密", codeA), earlier("2026-02-10"))
	r.must(err)
	return first, second, *second.Dispute
}

func TestAClaimNeedsAReasonAndAnEarlierDay(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	r.file(r.op1(), firm("示例精密", codeA))
	r.at("2026-03-05 10:00:00.000")
	for name, c := range map[string]struct {
		claim Claim
		want  []string
	}{
		"no reason":   {Claim{Ground: GroundBetter, Reason: "我方更好"}, []string{"claim.reason pipeline.reason_short"}},
		"no ground":   {Claim{Ground: "mine", Reason: "二月已在展会与企业面谈"}, []string{"claim.ground pipeline.not_a_choice"}},
		"no day":      {Claim{Ground: GroundEarlier, Reason: "二月已在展会与企业面谈"}, []string{"claim.since_on pipeline.claim_since"}},
		"the same":    {*earlier("2026-03-02"), []string{"claim.since_on pipeline.claim_not_earlier"}},
		"not yet":     {*earlier("2026-03-06"), []string{"claim.since_on pipeline.in_future", "claim.since_on pipeline.claim_not_earlier"}},
		"no such day": {*earlier("2026-02-30"), nil},
	} {
		_, err := r.desk.File(r.op2(), firm("示例精密", codeA), &c.claim)
		if got := partWords(r.refused(err, kernel.ErrInvalid, "pipeline.claim_invalid")); c.want != nil && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	list, _, err := r.desk.Conflicts(r.leader(), "", nil, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("conflicts %+v, %v", list, err)
	}
}

func TestAClaimOnAFreeFirmIsAnOrdinaryReport(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	l, err := r.desk.File(r.op1(), firm("示例精密", codeA), earlier("2026-02-10"))
	r.must(err)
	if l.State != ReportActive || l.Dispute != nil {
		t.Errorf("filed %+v", l)
	}
}

func TestTheCoordinatingDepartmentDecidesWithinThreeWorkingDays(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.coordinated()
		first, second, c := r.dispute(r.op1(), r.op2())
		if c.Unit != "d2" || c.DueOn != "2026-03-10" || c.DueProvisional || c.State != ConflictOpen || second.State != ReportContested || second.ProtectedUntil != "" {
			t.Fatalf("conflict %+v about %+v", c, second)
		}
		// The first one protects the firm meanwhile, and a third comes back later.
		if l, err := r.desk.FindReport(r.op1(), first.ID); err != nil || l.State != ReportActive || l.Dispute == nil {
			t.Errorf("the first is %+v, %v", l, err)
		}
		_, err := r.desk.File(r.officer(), firm("示例精密", codeA), earlier("2026-02-01"))
		if f := r.refused(err, kernel.ErrConflict, "pipeline.firm_contested"); !reflect.DeepEqual(f.Args, []any{"2026-03-10"}) {
			t.Errorf("told %v", f.Args)
		}
		// Neither side sees the conflict as the arbiter does.
		for _, side := range []context.Context{r.op1(), r.op2(), r.officer()} {
			_, err := r.desk.FindConflict(side, c.ID)
			r.refused(err, kernel.ErrNotFound, "pipeline.conflict_not_found")
		}
		order := DecideOrder{Winner: second.ID, Reason: "签到记录显示二月十日已面谈"}
		for name, o := range map[string]DecideOrder{"no reason": {second.ID, "行"}, "stranger": {"nobody", order.Reason}} {
			_, err := r.desk.DecideConflict(r.lead2(), c.ID, 0, o)
			if f := r.refused(err, kernel.ErrInvalid, "pipeline.decision_invalid"); f == nil {
				t.Error(name)
			}
		}
		l, err := r.desk.FindConflict(r.lead2(), c.ID)
		r.must(err)
		if l.Sides[0].ID != first.ID || l.Sides[1].UnitName != "示例运营二公司" || l.DaysLeft != 3 || l.Late {
			t.Errorf("the arbiter sees %+v", l)
		}
		r.at("2026-03-11 10:00:00.000")
		if l, err = r.desk.FindConflict(r.lead2(), c.ID); err != nil || !l.Late || l.DaysLeft != -1 {
			t.Errorf("after the day: late %v, %d days left, %v", l.Late, l.DaysLeft, err)
		}
		out, err := r.desk.DecideConflict(r.lead2(), c.ID, c.Version, order)
		r.must(err)
		if out.State != ConflictDecided || out.Winner != second.ID || out.ByName != "lead-2" || out.Late {
			t.Errorf("decided %+v", out)
		}
		won, err := r.desk.FindReport(r.op2(), second.ID)
		r.must(err)
		lost, err := r.desk.FindReport(r.op1(), first.ID)
		r.must(err)
		if won.State != ReportActive || won.ProtectedUntil != "2026-06-09" || lost.State != ReportOverruled || lost.Reason != order.Reason {
			t.Errorf("won %+v, lost %+v", won, lost)
		}
		_, err = r.desk.DecideConflict(r.lead2(), c.ID, 0, DecideOrder{first.ID, "改为支持先报备的一方"})
		r.refused(err, kernel.ErrConflict, "pipeline.conflict_decided")
		_, err = r.desk.File(r.op1(), firm("示例精密", codeA), nil)
		r.refused(err, kernel.ErrConflict, "pipeline.firm_protected")
	})
}

func TestNobodyDecidesTheirOwnConflict(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	r.coordinated()
	first, second, c := r.dispute(r.officer(), r.officer2()) // d2 coordinates and is a side
	if c.Unit != "" {
		t.Fatalf("the department that is a side would decide: %+v", c)
	}
	order := DecideOrder{Winner: second.ID, Reason: "我部更有条件洽谈此企业"}
	_, err := r.desk.DecideConflict(r.lead2(), c.ID, 0, order)
	if err == nil {
		t.Fatal("the lead of one side decided")
	}
	_, err = r.desk.DecideConflict(r.as("officer-2", "zone", "leader"), c.ID, 0, order) // filed one of them before becoming a leader
	r.refused(err, kernel.ErrDenied, "pipeline.arbiter_is_side")
	_, err = r.desk.DecideConflict(r.as("leader-9", "d1", "leader"), c.ID, 0, order) // heads one of the two departments
	r.refused(err, kernel.ErrDenied, "pipeline.arbiter_is_side")
	for id, want := range map[string]string{first.ID: ReportActive, second.ID: ReportContested} {
		if l, err := r.desk.FindReport(r.leader(), id); err != nil || l.State != want {
			t.Errorf("after the refusals %s is %s, %v", id, l.State, err)
		}
	}
	if _, err = r.desk.DecideConflict(r.leader(), c.ID, 0, DecideOrder{first.ID, "报备在先，材料完整"}); err != nil {
		t.Error(err)
	}
	if l, err := r.desk.FindReport(r.officer(), first.ID); err != nil || l.State != ReportActive || l.ProtectedUntil != "2026-05-31" || !l.Dispute.won(l.ID) {
		t.Errorf("the winner keeps its term: %+v, %v", l, err)
	}
}

func (c Conflict) won(id string) bool { return c.State == ConflictDecided && c.Winner == id }

func TestGivingUpDecidesTheConflict(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	first, second, c := r.dispute(r.op1(), r.op2())
	_, err := r.desk.ReleaseReport(r.op1(), first.ID, 0, "企业已无意向")
	r.must(err)
	l, err := r.desk.FindReport(r.op2(), second.ID)
	r.must(err)
	if l.State != ReportActive || l.ProtectedUntil != "2026-06-03" || l.Dispute.State != ConflictDecided {
		t.Errorf("the other side is %+v", l)
	}
	out, err := r.desk.FindConflict(r.leader(), c.ID)
	r.must(err)
	if out.Winner != second.ID || out.Reason != "一方放弃" {
		t.Errorf("conflict %+v", out)
	}
	entries, err := r.desk.ReportTimeline(r.op2(), second.ID, journal.Page{Limit: 10})
	r.must(err)
	for _, e := range entries {
		if e.Actor == "operator-1" {
			t.Errorf("one side reads the other's name in %+v", e)
		}
	}
}

func TestTwoNumbersConfirmedToBeOneFirm(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.coordinated()
		first := r.file(r.op1(), firm("示例精密", codeA))
		r.at("2026-03-05 10:00:00.000")
		second := r.file(r.officer(), firm("示例精密（母公司）", codeB))
		o := SameFirmOrder{First: second.ID, Second: first.ID, Reason: "两家公司同一控制人，同一项目"}
		_, err := r.desk.ConfirmSameFirm(r.lead2(), SameFirmOrder{first.ID, first.ID, o.Reason})
		r.refused(err, kernel.ErrInvalid, "pipeline.decision_invalid")
		_, err = r.desk.ConfirmSameFirm(r.lead(), o)
		if err == nil {
			t.Fatal("a side confirmed it")
		}
		c, err := r.desk.ConfirmSameFirm(r.lead2(), o)
		r.must(err)
		if c.First != first.ID || c.Second != second.ID || c.Ground != GroundSameFirm || c.State != ConflictOpen || c.DueOn != "2026-03-10" {
			t.Errorf("conflict %+v", c.Conflict)
		}
		if l, err := r.desk.FindReport(r.officer(), second.ID); err != nil || l.State != ReportContested || l.Firm != first.Firm {
			t.Errorf("the later one is %+v, %v", l, err)
		}
		_, err = r.desk.ConfirmSameFirm(r.lead2(), o)
		r.refused(err, kernel.ErrConflict, "pipeline.same_firm_already")
		_, err = r.desk.DecideConflict(r.lead2(), c.ID, 0, DecideOrder{first.ID, "好"})
		r.refused(err, kernel.ErrInvalid, "pipeline.decision_invalid")
		_, err = r.desk.DecideConflict(r.lead2(), c.ID, 0, DecideOrder{first.ID, "先报备者优先，材料完整"})
		r.must(err)
		// From now on either number is the one firm.
		_, err = r.desk.File(r.officer2(), firm("示例精密（母公司）", codeB), nil)
		f := r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
		if !reflect.DeepEqual(f.Args, []any{"2026-05-31", AnotherOperator}) {
			t.Errorf("told %v", f.Args)
		}
	})
}

func TestConfirmingAFirmNobodyDisputesIsOnRecordOnly(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	first := r.file(r.op1(), firm("示例精密", codeA))
	second := r.file(r.op2(), firm("示例精密（母公司）", codeB))
	_, err := r.desk.ReleaseReport(r.op1(), first.ID, 0, "企业已无意向")
	r.must(err)
	c, err := r.desk.ConfirmSameFirm(r.leader(), SameFirmOrder{first.ID, second.ID, "同一控制人的两家公司"})
	r.must(err)
	if c.State != ConflictDecided || c.Winner != second.ID {
		t.Errorf("conflict %+v", c.Conflict)
	}
	if l, err := r.desk.FindReport(r.op2(), second.ID); err != nil || l.State != ReportActive {
		t.Errorf("the living one is %+v, %v", l, err)
	}
	r.at("2026-03-03 10:00:00.000")
	_, err = r.desk.File(r.officer(), firm("示例精密", codeA), nil)
	r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
}

// A conflict at the calendar's edge: its day is counted by weekdays beyond the
// published years, is judged late by nobody, and is counted anew, within as many
// working days as the rule gave, once the year is known; also where holidays lie
// within the days already known.
func TestAConflictAtTheEdgeOfTheCalendar(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		within               int
		opened, due, settled string
		after                string // the day after the settled one
	}{
		"the year's end":            {3, "2026-12-29", "2027-01-01", "2027-01-04", "2027-01-05"},  // Tuesday; 1 January is off, the 2nd and 3rd are a weekend
		"holidays in what is known": {60, "2026-09-30", "2026-12-29", "2026-12-29", "2026-12-30"}, // the 1st to 7th of October are off, the 10th, a Saturday, is worked
		"the edge itself":           {58, "2026-09-30", "2026-12-25", "2026-12-25", "2026-12-28"},
	} {
		t.Run(name, func(t *testing.T) {
			r := onSQLite(t)
			p := DefaultProtections()[0]
			p.Coordinator, p.DecideWithin, p.ValidFrom = "d2", c.within, "2026-03-02"
			_, err := r.desk.SetProtection(r.leader(), ProtectionOrder{p, "指定协调部门"})
			r.must(err)
			// A later rule is another's: what was opened before keeps the days it was given.
			p.DecideWithin, p.ValidFrom = 1, "2026-12-30"
			_, err = r.desk.SetProtection(r.leader(), ProtectionOrder{p, "加快裁定"})
			r.must(err)
			r.at(c.opened + " 08:00:00.000")
			first := r.file(r.op1(), firm("示例精密", codeA))
			r.at(c.opened + " 10:00:00.000")
			second, err := r.desk.File(r.op2(), firm("示例精密", codeA), earlier("2026-02-10"))
			r.must(err)
			if second.Dispute.DueOn != c.due || !second.Dispute.DueProvisional {
				t.Fatalf("due %s, provisional %v; want %s", second.Dispute.DueOn, second.Dispute.DueProvisional, c.due)
			}
			r.at(c.after + " 10:00:00.000")
			if l, err := r.desk.FindConflict(r.lead2(), second.Conflict); err != nil || l.Late || !l.DueProvisional || l.DueOn != c.due {
				t.Errorf("late %v by a day that may move: %+v, %v", l.Late, l.Conflict, err)
			}
			r.year2027()
			l, err := r.desk.FindConflict(r.lead2(), second.Conflict)
			if err != nil || l.DueOn != c.settled || l.DueProvisional || !l.Late {
				t.Errorf("once the year is known due %s, provisional %v, late %v; want %s, %v", l.DueOn, l.DueProvisional, l.Late, c.settled, err)
			}
			if side, err := r.desk.FindReport(r.op1(), first.ID); err != nil || side.Dispute.DueOn != c.settled || side.Dispute.DueProvisional {
				t.Errorf("a side is told %+v, %v", side.Dispute, err)
			}
			_, err = r.desk.File(r.officer(), firm("示例精密", codeA), earlier("2026-02-01"))
			if f := r.refused(err, kernel.ErrConflict, "pipeline.firm_contested"); !reflect.DeepEqual(f.Args, []any{c.settled}) {
				t.Errorf("a third is told %v", f.Args)
			}
			r.at(c.settled + " 23:59:59.999")
			if l, err := r.desk.FindConflict(r.lead2(), second.Conflict); err != nil || l.Late {
				t.Errorf("late on its last day: %+v, %v", l.Conflict, err)
			}
		})
	}
}

// The term of who protects the firm does not run out while others decide about it:
// what the decision took is given back.
func TestTheWaitDoesNotCostTheWinnerItsTerm(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.coordinated()
		first, second, c := r.dispute(r.op1(), r.op2()) // opened on 5 March, the term ends on 31 May
		r.at("2026-06-08 10:00:00.000")
		if n, err := r.desk.ExpireReports(storetest.Ctx(t, "z1")); err != nil || n != 0 {
			t.Errorf("%d reports were noted as over, %v", n, err)
		}
		if l, err := r.desk.FindReport(r.op1(), first.ID); err != nil || l.State != ReportActive || l.ProtectedUntil != "2026-05-31" {
			t.Errorf("while it waits the first is %+v, %v", l, err)
		}
		_, err := r.desk.File(r.officer(), firm("示例精密", codeA), nil)
		r.refused(err, kernel.ErrConflict, "pipeline.firm_contested")
		_, err = r.desk.DecideConflict(r.lead2(), c.ID, 0, DecideOrder{first.ID, "报备在先，材料完整"})
		r.must(err)
		won, err := r.desk.FindReport(r.op1(), first.ID)
		r.must(err)
		lost, err := r.desk.FindReport(r.op2(), second.ID)
		r.must(err)
		// 95 days from 5 March to 8 June, after 31 May.
		if won.State != ReportActive || won.ProtectedUntil != "2026-09-03" || !won.Extensible || lost.State != ReportOverruled {
			t.Errorf("won %+v, lost %+v", won, lost)
		}
		_, err = r.desk.File(r.op2(), firm("示例精密", codeA), nil)
		if f := r.refused(err, kernel.ErrConflict, "pipeline.firm_protected"); !reflect.DeepEqual(f.Args, []any{"2026-09-03"}) {
			t.Errorf("told %v", f.Args)
		}
		r.at("2026-09-04 10:00:00.000")
		if n, err := r.desk.ExpireReports(storetest.Ctx(t, "z1")); err != nil || n != 1 {
			t.Errorf("%d reports were noted as over, %v", n, err)
		}
	})
}

// Where the other side wins, the first one's term is over, and says why.
func TestALoserWhoseTermRanOutIsToldWhy(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	r.coordinated()
	first, second, c := r.dispute(r.op1(), r.op2())
	r.at("2026-06-08 10:00:00.000")
	_, err := r.desk.DecideConflict(r.lead2(), c.ID, 0, DecideOrder{second.ID, "签到记录显示二月十日已面谈"})
	r.must(err)
	won, err := r.desk.FindReport(r.op2(), second.ID)
	r.must(err)
	lost, err := r.desk.FindReport(r.op1(), first.ID)
	r.must(err)
	if won.State != ReportActive || won.ProtectedUntil != "2026-09-06" || lost.State != ReportOverruled || lost.Reason != "签到记录显示二月十日已面谈" {
		t.Errorf("won %+v, lost %+v", won, lost)
	}
}

// Who protects a firm and signs it has nothing left to dispute: the conflict is
// over by rule, the other side is told so and nothing of the signing, and the
// signer may go on with the firm.
func TestASigningSettlesTheConflict(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.at("2026-09-14 10:00:00.000")
		k := r.negotiated(r.op1(), "甲方项目", "2026-09-11")
		first := r.reportOf(k)
		r.at("2026-09-15 10:00:00.000")
		second, err := r.desk.File(r.op2(), ReportFacts{FirmName: text("示例精工"), LEI: text("0YPKKE5F0QW6RC51HE09")}, earlier("2026-02-10"))
		r.must(err)
		r.at("2027-01-20 10:00:00.000") // the term has run out while it waits
		_, err = r.desk.Advance(r.op1(), k.Project.ID, 0, AdvanceOrder{To: Signed})
		r.must(err)
		c, err := r.desk.FindConflict(r.leader(), second.Conflict)
		r.must(err)
		if c.State != ConflictDecided || c.Winner != first.ID || c.Reason != "保护该企业的一方已签约，争议按规则终结" || c.By != "system" || c.Sides[0].State != ReportConverted {
			t.Errorf("the conflict is %+v", c)
		}
		lost, err := r.desk.FindReport(r.op2(), second.ID)
		r.must(err)
		if lost.State != ReportOverruled || lost.Reason != "争议已按规则终结，在先报备有效" {
			t.Errorf("the other side is %+v", lost)
		}
		entries, err := r.desk.ReportTimeline(r.op2(), second.ID, journal.Page{Limit: 10})
		r.must(err)
		if e := entries[0]; e.Verb != "pipeline.report_overruled" || e.Actor != "system" || string(e.Detail) != `{"conflict":"`+c.ID+`"}` {
			t.Errorf("it reads %+v", e)
		}
		_, err = r.desk.DecideConflict(r.leader(), c.ID, 0, DecideOrder{second.ID, "对方已面谈在先"})
		if f := r.refused(err, kernel.ErrConflict, "pipeline.conflict_decided"); !reflect.DeepEqual(f.Args, []any{words.Key("pipeline.by_rule"), "2027-01-20"}) {
			t.Errorf("told %v", f.Args)
		}
		var shown struct {
			ByName string `json:"by_name"`
		}
		r.serve().As("en").With("X-As", "leader-1/zone/leader").Get("/conflicts/" + c.ID).Status(200).JSON(&shown)
		if shown.ByName != "The rule" {
			t.Errorf("decided by %q", shown.ByName)
		}
		f := r.wholeFacts("甲方二期")
		f.Scope = text("二期，年产两万套")
		if _, err := r.desk.Open(r.op1(), f); err != nil {
			t.Errorf("the signer's next project: %v", err)
		}
	})
}

// A report that disputes a firm does not take it by signing: the arbiter decides.
func TestASigningOfTheOtherSideSettlesNothing(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	r.at("2026-09-14 10:00:00.000")
	k := r.negotiated(r.op2(), "乙方项目", "2026-09-11")
	mine := r.reportOf(k)
	_, err := r.desk.ReleaseReport(r.op2(), mine.ID, 0, "企业暂无意向")
	r.must(err)
	first := r.file(r.op1(), ReportFacts{FirmName: text("示例精工"), LEI: text("0YPKKE5F0QW6RC51HE09"), Source: text("展会"), Intent: text("建厂")})
	r.at("2026-09-15 10:00:00.000")
	second, err := r.desk.File(r.op2(), ReportFacts{FirmName: text("示例精工"), LEI: text("0YPKKE5F0QW6RC51HE09"), Project: &k.Project.ID}, earlier("2026-02-10"))
	r.must(err)
	_, err = r.desk.Advance(r.op2(), k.Project.ID, 0, AdvanceOrder{To: Signed})
	r.must(err)
	c, err := r.desk.FindConflict(r.leader(), second.Conflict)
	r.must(err)
	if c.State != ConflictOpen || c.Sides[0].ID != first.ID || c.Sides[0].State != ReportActive || c.Sides[1].State != ReportContested {
		t.Errorf("the conflict is %+v", c)
	}
}
