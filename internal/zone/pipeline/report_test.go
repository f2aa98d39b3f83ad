package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// Codes of firms that do not exist; their check characters are right.
const (
	codeA = "91220100000000019B"
	codeB = "912201000000000276"
	codeC = "912201000000000351"
)

// desk is a room whose clock stands where the test puts it, with two operators.
type deskRoom struct {
	*room
	mu  sync.Mutex
	now time.Time
}

// at puts the clock on an instant in China Standard Time.
func (r *deskRoom) at(instant string) {
	r.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05.000", instant, kernel.ChinaTime())
	r.must(err)
	r.mu.Lock()
	r.now = at
	r.mu.Unlock()
}

func (r *deskRoom) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func newDeskRoom(t testing.TB, cfg store.Config) *deskRoom {
	t.Helper()
	r := &deskRoom{now: time.UnixMilli(kernel.Date("2026-03-02").Start()).Add(10 * time.Hour)} // a Monday
	cfg.Now, cfg.Log = r.clock, slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), cfg, importSources()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	r.room = newRoom(t, db)
	ctx := storetest.Ctx(t, "z1")
	r.must(db.Update(ctx, func(tx store.Tx) error {
		for _, u := range []access.Unit{{ID: "op1", Parent: "d1", Kind: access.Operator, NameZh: "示例运营一公司", Version: 1}, {ID: "op2", Parent: "zone", Kind: access.Operator, NameZh: "示例运营二公司", Version: 1}} {
			changes, err := access.PutUnit(ctx, tx, u)
			if err != nil {
				return err
			}
			if _, err := journal.Record(ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes}); err != nil {
				return err
			}
		}
		return nil
	}))
	return r
}

// onSQLite is a room on a fresh SQLite database.
func onSQLite(t testing.TB) *deskRoom {
	return newDeskRoom(t, store.Config{DSN: filepath.Join(t.TempDir(), "test.db")})
}

// onEach runs fn on both engines.
func onEach(t *testing.T, fn func(r *deskRoom)) {
	t.Run("sqlite", func(t *testing.T) { fn(onSQLite(t)) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.Postgres(t, importSources()...)
		fn(newDeskRoom(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}))
	})
}

func (r *deskRoom) officer2() context.Context { return r.as("officer-2", "d2", "officer") }
func (r *deskRoom) lead2() context.Context    { return r.as("lead-2", "d2", "department_lead") }
func (r *deskRoom) op1() context.Context      { return r.as("operator-1", "op1", "operator") }
func (r *deskRoom) op2() context.Context      { return r.as("operator-2", "op2", "operator") }

// firm is a complete report of a firm.
func firm(name, code string) ReportFacts {
	return ReportFacts{FirmName: &name, CreditCode: &code, Source: text("示例展会"), Intent: text("建设示例生产线")}
}

func (r *deskRoom) file(ctx context.Context, f ReportFacts) ReportListed {
	r.t.Helper()
	l, err := r.desk.File(ctx, f, nil)
	r.must(err)
	return l
}

func earlier(on string) *Claim {
	return &Claim{Ground: GroundEarlier, SinceOn: on, Reason: "二月已在展会与企业面谈，有签到记录"}
}

// talk is an extension that is in order.
func talk(on string) ExtendOrder {
	return ExtendOrder{TalkOn: on, Minutes: "双方就厂房面积、用电和投产时间交换意见，约定下月看地", FirmPeople: "示例公司副总经理", ZonePeople: "招商一部专员"}
}

func TestAReportProtectsUntilTheEndOfItsLastDay(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.at("2026-03-02 23:59:59.999")
		first := r.file(r.officer(), firm("示例精密", codeA))
		if first.ProtectedUntil != "2026-05-31" || first.State != ReportActive || first.DaysLeft != 90 || first.CompleteAt == 0 || first.Unit != "d1" {
			t.Fatalf("filed %+v", first)
		}
		r.at("2026-05-31 23:59:59.999")
		_, err := r.desk.File(r.officer2(), firm("示例精密", codeA), nil)
		f := r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
		if !reflect.DeepEqual(f.Args, []any{"2026-05-31", "招商一部"}) {
			t.Errorf("told %v", f.Args)
		}
		if l, err := r.desk.FindReport(r.officer(), first.ID); err != nil || l.State != ReportActive || l.DaysLeft != 0 {
			t.Errorf("on the last day %v %+v", err, l)
		}
		// One instant later it is June in China: free, without anybody's doing.
		r.at("2026-06-01 00:00:00.000")
		if l, err := r.desk.FindReport(r.officer(), first.ID); err != nil || l.State != ReportExpired || l.Status != ReportActive {
			t.Errorf("after the last day %v %+v", err, l)
		}
		second := r.file(r.officer2(), firm("示例精密", codeA))
		if second.Firm != first.Firm || second.State != ReportActive || second.ProtectedUntil != "2026-08-30" {
			t.Errorf("reported anew %+v", second)
		}
		// The job notes what is true already, once.
		if n, err := r.desk.ExpireReports(storetest.Ctx(t, "z1")); err != nil || n != 1 {
			t.Errorf("noted %d, %v", n, err)
		}
		if n, err := r.desk.ExpireReports(storetest.Ctx(t, "z1")); err != nil || n != 0 {
			t.Errorf("noted again %d, %v", n, err)
		}
		entries, err := r.desk.ReportTimeline(r.officer(), first.ID, journal.Page{Limit: 10})
		if err != nil || len(entries) != 2 || entries[0].Verb != "pipeline.report_expired" || entries[1].Verb != "pipeline.reported" {
			t.Errorf("timeline %v %+v", err, entries)
		}
	})
}

func TestTwoReportsInTheSameInstantProtectOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		for round, code := range []string{codeA, codeB, codeC} {
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() {
					_, errs[i] = r.desk.File(r.as(fmt.Sprintf("o-%d", i), fmt.Sprintf("unit-%d", i), "operator"), firm("示例", code), nil)
				})
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else {
					r.refused(err, kernel.ErrConflict, "pipeline.firm_tie")
				}
			}
			all, _, err := r.desk.Reports(r.leader(), ReportFilter{Q: code}, nil, 50)
			if won != 1 || err != nil || len(all) != 1 || !all[0].Protects(today(store.Tx{Now: r.clock()})) {
				t.Fatalf("round %d: %d won, %v, on record %+v", round, won, err, all)
			}
		}
	})
}

func TestOfTwoInOneInstantTheCompleteRecordGoesFirst(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	half := ReportFacts{FirmName: text("示例精密"), CreditCode: text(codeA)}
	first := r.file(r.op1(), half)
	if first.CompleteAt != 0 || !reflect.DeepEqual(first.Missing, []string{"source", "intent"}) {
		t.Fatalf("filed %+v", first)
	}
	_, err := r.desk.File(r.op2(), half, nil) // incomplete as well: the one on record stays
	r.refused(err, kernel.ErrConflict, "pipeline.firm_tie")
	second := r.file(r.op2(), firm("示例精密", codeA))
	was, err := r.desk.FindReport(r.op1(), first.ID)
	r.must(err)
	if second.State != ReportActive || was.State != ReportOverruled || was.Reason != "两份报备同时到达，按规则材料先完整者优先" {
		t.Errorf("the complete one is %s, the other %+v", second.State, was)
	}
	entries, err := r.desk.ReportTimeline(r.op1(), first.ID, journal.Page{Limit: 10})
	r.must(err)
	if entries[0].Verb != "pipeline.report_overruled" || strings.Contains(fmt.Sprint(entries), "operator-2") {
		t.Errorf("what one side reads of it names the other: %+v", entries)
	}
	_, err = r.desk.File(r.op1(), firm("示例精密", codeA), nil)
	r.refused(err, kernel.ErrConflict, "pipeline.firm_tie")
}

func TestAnExtensionNeedsARealTalkAndComesOnce(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	l := r.file(r.officer(), firm("示例精密", codeA))
	r.at("2026-05-20 09:00:00.000")
	for name, c := range map[string]struct {
		change func(*ExtendOrder)
		want   []string
	}{
		"no minutes":       {func(o *ExtendOrder) { o.Minutes = " " }, []string{"minutes pipeline.talk_no_minutes"}},
		"a few words":      {func(o *ExtendOrder) { o.Minutes = "谈过了" }, []string{"minutes pipeline.talk_no_minutes"}},
		"tomorrow":         {func(o *ExtendOrder) { o.TalkOn = "2026-05-21" }, []string{"talk_on pipeline.in_future"}},
		"before":           {func(o *ExtendOrder) { o.TalkOn = "2026-03-01" }, []string{"talk_on pipeline.talk_before_report"}},
		"no day":           {func(o *ExtendOrder) { o.TalkOn = "" }, []string{"talk_on pipeline.talk_undated"}},
		"no such day":      {func(o *ExtendOrder) { o.TalkOn = "2026-02-30" }, nil},
		"nobody":           {func(o *ExtendOrder) { o.FirmPeople, o.ZonePeople = "", "" }, []string{"firm_people pipeline.talk_no_people", "zone_people pipeline.talk_no_people"}},
		"evidence nowhere": {func(o *ExtendOrder) { o.Minutes, o.Evidence = "", "e1" }, []string{"evidence pipeline.talk_no_evidence"}},
	} {
		o := talk("2026-05-18")
		c.change(&o)
		_, err := r.desk.ExtendReport(r.officer(), l.ID, 0, o)
		if got := partWords(r.refused(err, kernel.ErrInvalid, "pipeline.extension_invalid")); c.want != nil && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	_, err := r.desk.ExtendReport(r.officer(), l.ID, 9, talk("2026-05-18"))
	r.refused(err, kernel.ErrStale, "pipeline.report_stale")
	out, err := r.desk.ExtendReport(r.officer(), l.ID, l.Version, talk("2026-03-02")) // the day of the report itself
	r.must(err)
	if out.State != ReportExtended || out.ProtectedUntil != "2026-08-29" || out.Extensible || out.ExtendedBy != officer {
		t.Errorf("extended %+v", out)
	}
	_, err = r.desk.ExtendReport(r.officer(), l.ID, 0, talk("2026-05-19"))
	if f := r.refused(err, kernel.ErrConflict, "pipeline.report_extended_already"); !reflect.DeepEqual(f.Args, []any{1, "2026-08-29"}) {
		t.Errorf("told %v", f.Args)
	}
	other := r.file(r.officer(), firm("示例电子", codeB))
	r.at("2026-12-01 09:00:00.000")
	_, err = r.desk.ExtendReport(r.officer(), other.ID, 0, talk("2026-11-30"))
	r.refused(err, kernel.ErrConflict, "pipeline.report_is_expired")
}

func TestAReportMayRestOnEvidenceOfItsProject(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	k := r.open(r.wholeFacts("轴承项目"))
	l := r.reportOf(k)
	k, err := r.desk.attachFiled(r.officer(), k.Project.ID, k.Project.Version, Evidence{Kind: "other", Title: "洽谈纪要", File: "f", SHA256: "h", On: "2026-03-02"})
	r.must(err)
	o := talk("2026-03-02")
	o.Minutes, o.Evidence = "", last(k.Evidence).ID
	out, err := r.desk.ExtendReport(r.officer(), l.ID, 0, o)
	r.must(err)
	if out.State != ReportExtended || out.TalkEvidence != last(k.Evidence).ID {
		t.Errorf("extended %+v", out)
	}
}

// reportOf returns the report of a project.
func (r *deskRoom) reportOf(k *Docket) ReportListed {
	r.t.Helper()
	list, _, err := r.desk.Reports(r.leader(), ReportFilter{Project: k.Project.ID}, nil, 10)
	r.must(err)
	if len(list) != 1 {
		r.t.Fatalf("project %s has the reports %+v", k.Project.Code, list)
	}
	return list[0]
}

func TestOpeningAProjectReportsItsInvestor(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		k := r.open(r.wholeFacts("轴承项目"))
		l := r.reportOf(k)
		if l.State != ReportActive || l.FirmName != "示例精工有限公司" || l.LEI == "" || l.Unit != "d1" || l.Owner != officer || l.Party != r.investor || l.CompleteAt == 0 {
			t.Errorf("reported %+v", l)
		}
		// The same side may open more; another one may not, and nothing is left behind.
		again := r.wholeFacts("轴承二期")
		r.open(again)
		r.reportOf(k)
		r.at("2026-03-03 10:00:00.000")
		theirs := r.wholeFacts("别部项目")
		_, err := r.desk.Open(r.officer2(), theirs)
		f := r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
		if f.Field != "investor" || !reflect.DeepEqual(f.Args, []any{"2026-05-31", "招商一部"}) {
			t.Errorf("told %+v", f)
		}
		_, err = r.desk.Open(r.op2(), theirs) // an operator learns the day and nobody's name
		if f = r.refused(err, kernel.ErrConflict, "pipeline.firm_protected"); !reflect.DeepEqual(f.Args, []any{"2026-05-31"}) {
			t.Errorf("an operator is told %v", f.Args)
		}
		// Nor is the rule passed by by naming the investor later.
		lead := leadFacts("绕行项目")
		lead.InvestorName = text("示例精工有限公司")
		k2, err := r.desk.Open(r.officer2(), lead)
		r.must(err)
		_, err = r.desk.Amend(r.officer2(), k2.Project.ID, k2.Project.Version, Facts{Investor: &r.investor})
		r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
		list, _, err := r.desk.List(r.leader(), Filter{}, "name", nil, 10)
		if err != nil || len(list) != 3 {
			t.Errorf("%d projects, %v", len(list), err)
		}
		// Signing ends the protection: what it was for has come true.
		r.at("2026-11-02 10:00:00.000")
		l, err = r.desk.ExtendReport(r.officer(), l.ID, 0, talk("2026-03-02"))
		r.refused(err, kernel.ErrConflict, "pipeline.report_is_expired")
	})
}

func TestASigningConvertsTheReport(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	r.at("2026-11-02 10:00:00.000")
	k := r.open(r.wholeFacts("轴承项目"))
	k = r.bring(k, Signed)
	if l := r.reportOf(k); l.State != ReportConverted || l.DaysLeft != 0 {
		t.Errorf("after the signing %+v", l)
	}
	if _, err := r.desk.Open(r.officer2(), r.wholeFacts("另一项目")); err != nil {
		t.Errorf("the firm is free again: %v", err)
	}
}

func TestAReportIsLinkedToTheProjectThatFollows(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	l := r.file(r.officer(), ReportFacts{Party: &r.investor, Source: text("示例展会"), Intent: text("建厂")})
	k := r.open(r.wholeFacts("轴承项目"))
	if got := r.reportOf(k); got.ID != l.ID || got.Version != 2 || got.ProjectName != k.Project.Code+" 轴承项目" {
		t.Errorf("linked %+v", got)
	}
}

// The number of a firm and the organisation in the register name one firm,
// whichever of them a report states.
func TestTheSameFirmByNumberAndByRegister(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	lei := "0YPKKE5F0QW6RC51HE09"
	r.file(r.officer(), ReportFacts{FirmName: text("示例精工"), LEI: &lei})
	_, err := r.desk.File(r.officer2(), ReportFacts{Party: &r.investor}, nil)
	r.refused(err, kernel.ErrConflict, "pipeline.firm_tie_by")
	// A firm reported by its name in the register gets its number later.
	r.at("2026-03-03 09:00:00.000")
	r.file(r.officer(), ReportFacts{Party: &r.nameless})
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		p, err := party.Get(ctx, tx, r.nameless)
		p.CreditCode, p.Version = codeB, p.Version+1
		if err == nil {
			_, err = journal.Record(ctx, tx, journal.Act{Verb: "party.amended", Object: "party.party/" + p.ID, Changes: []journal.Change{journal.Put(p)}})
		}
		return err
	}))
	r.at("2026-03-04 09:00:00.000")
	_, err = r.desk.File(r.officer2(), firm("示例意向有限公司", codeB), nil)
	r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
	// Lower case and full width do not make another firm.
	_, err = r.desk.File(r.officer2(), ReportFacts{FirmName: text("示例精工"), LEI: text(" 0ypkke5f0qw6rc51he09 ")}, nil)
	r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
}

func TestReportsAreChecked(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	long := strings.Repeat("长", 2001)
	for name, c := range map[string]struct {
		f    ReportFacts
		want []string
	}{
		"nobody":         {ReportFacts{}, []string{"firm_name pipeline.report_no_firm"}},
		"wrong code":     {ReportFacts{FirmName: text("甲"), CreditCode: text("912201000000000277")}, []string{"credit_code kernel.credit_check"}},
		"wrong LEI":      {ReportFacts{FirmName: text("甲"), LEI: text("0YPKKE5F0QW6RC51HE08")}, []string{"lei kernel.lei_check"}},
		"number alone":   {ReportFacts{FirmName: text("甲"), ForeignRegNo: text("A-1")}, []string{"country pipeline.report_country"}},
		"a country only": {ReportFacts{FirmName: text("甲"), Country: &long}, []string{"country pipeline.report_country"}},
		"too much":       {ReportFacts{FirmName: text("甲"), Intent: &long, Source: &long}, []string{"source pipeline.too_long", "intent pipeline.too_long"}},
		"no text at all": {ReportFacts{FirmName: text("甲\xff")}, []string{"firm_name pipeline.not_text"}},
	} {
		_, err := r.desk.File(r.officer(), c.f, nil)
		if got := partWords(r.refused(err, kernel.ErrInvalid, "pipeline.report_invalid")); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	_, err := r.desk.File(r.officer(), ReportFacts{Party: text("nobody")}, nil)
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_investor")
	_, err = r.desk.File(r.officer(), ReportFacts{FirmName: text("甲"), Project: text("none")}, nil)
	r.refused(err, kernel.ErrInvalid, "pipeline.report_no_project")
	_, err = r.desk.File(r.op2(), ReportFacts{Party: &r.investor}, nil) // registered by others: an operator does not see it
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_investor")
	_, err = r.desk.File(r.leader(), firm("甲", codeA), nil)
	if err == nil {
		t.Error("a leader filed a report")
	}
	all, _, err := r.desk.Reports(r.leader(), ReportFilter{}, nil, 10)
	if err != nil || len(all) != 0 {
		t.Errorf("refused reports are on record: %+v, %v", all, err)
	}
}

// The number a report was filed with is what it protects: naming an organisation
// later does not put another one in its place, nor none.
func TestNamingAnOrganisationKeepsTheNumber(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	l := r.file(r.officer(), firm("示例精密", codeA))
	for name, p := range map[string]string{"another firm": r.investor, "one without a number": r.nameless} {
		_, err := r.desk.AmendReport(r.officer(), l.ID, l.Version, ReportFacts{Party: &p})
		if f := r.refused(err, kernel.ErrInvalid, "pipeline.report_other_firm"); f.Field != "party" {
			t.Errorf("%s: about %q", name, f.Field)
		}
	}
	_, err := r.desk.File(r.officer2(), firm("示例精密", codeA), nil)
	r.refused(err, kernel.ErrConflict, "pipeline.firm_tie_by")
}

// Who opens a project with a whole record reports its investor: of two within
// the span in which reports arrive together, an incomplete one gives way.
func TestAProjectOpenedTogetherWithAnIncompleteReport(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	p := DefaultProtections()[0]
	p.TieMinutes, p.ValidFrom, p.Source = 60, "2026-03-02", "示例区招商工作规则"
	_, err := r.desk.SetProtection(r.leader(), ProtectionOrder{p, "同时到达以一小时计"})
	r.must(err)
	half := r.file(r.officer2(), ReportFacts{Party: &r.investor})
	r.at("2026-03-02 10:30:00.000")
	k := r.open(r.wholeFacts("轴承项目"))
	was, err := r.desk.FindReport(r.officer2(), half.ID)
	r.must(err)
	mine, _, err := r.desk.Reports(r.officer(), ReportFilter{Project: k.Project.ID}, nil, 10)
	r.must(err)
	if was.State != ReportOverruled || len(mine) != 1 || mine[0].State != ReportActive || mine[0].Firm != was.Firm {
		t.Errorf("the incomplete one is %s, the project's %+v", was.State, mine)
	}
}

func TestAnIncompleteReportIsCompletedLater(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	l := r.file(r.officer(), ReportFacts{FirmName: text("示例精密")})
	if !reflect.DeepEqual(l.Missing, []string{"identity", "source", "intent"}) {
		t.Fatalf("missing %v", l.Missing)
	}
	r.at("2026-03-05 10:00:00.000")
	theirs := r.file(r.officer2(), firm("示例精密（别名）", codeB))
	_, err := r.desk.AmendReport(r.officer(), l.ID, l.Version, ReportFacts{CreditCode: text(codeB)})
	r.refused(err, kernel.ErrConflict, "pipeline.firm_protected_by")
	out, err := r.desk.AmendReport(r.officer(), l.ID, l.Version, ReportFacts{CreditCode: text(codeA), Source: text("来电"), Intent: text("租用厂房")})
	r.must(err)
	if len(out.Missing) != 0 || out.CompleteAt != r.clock().UnixMilli() || out.ReportedAt == out.CompleteAt || out.Version != 2 {
		t.Errorf("completed %+v", out)
	}
	_, err = r.desk.AmendReport(r.officer(), l.ID, out.Version, ReportFacts{CreditCode: text(codeC)})
	r.refused(err, kernel.ErrInvalid, "pipeline.report_identity_set")
	_, err = r.desk.AmendReport(r.officer(), l.ID, 1, ReportFacts{Source: text("x")})
	r.refused(err, kernel.ErrStale, "pipeline.report_stale")
	_, err = r.desk.AmendReport(r.officer(), theirs.ID, 1, ReportFacts{Source: text("x")})
	r.refused(err, kernel.ErrNotFound, "pipeline.report_not_found")
}

func TestAReleasedFirmIsFree(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	l := r.file(r.officer(), firm("示例精密", codeA))
	_, err := r.desk.ReleaseReport(r.officer(), l.ID, 0, "算了")
	r.refused(err, kernel.ErrInvalid, "pipeline.reason_short")
	_, err = r.desk.ReleaseReport(r.as("officer-9", "d1", "officer"), l.ID, 0, "不是本人的报备")
	if err == nil {
		t.Error("a colleague released it")
	}
	out, err := r.desk.ReleaseReport(r.lead(), l.ID, 0, "企业改去外地")
	r.must(err)
	if out.State != ReportReleased || out.Reason != "企业改去外地" {
		t.Errorf("released %+v", out)
	}
	_, err = r.desk.ReleaseReport(r.officer(), l.ID, 0, "再放弃一次")
	r.refused(err, kernel.ErrConflict, "pipeline.report_not_live")
	r.file(r.officer2(), firm("示例精密", codeA))
}

// An operator learns that a firm is protected and until when, and nothing else
// of a rival, whatever it asks.
func TestAnOperatorLearnsNothingOfARival(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	theirs := r.file(r.op1(), firm("示例精密", codeA))
	r.at("2026-03-05 10:00:00.000")
	for name, try := range map[string]func() error{
		"find":     func() error { _, err := r.desk.FindReport(r.op2(), theirs.ID); return err },
		"extend":   func() error { _, err := r.desk.ExtendReport(r.op2(), theirs.ID, 0, talk("2026-03-04")); return err },
		"release":  func() error { _, err := r.desk.ReleaseReport(r.op2(), theirs.ID, 0, "让它落空"); return err },
		"amend":    func() error { _, err := r.desk.AmendReport(r.op2(), theirs.ID, 1, ReportFacts{}); return err },
		"timeline": func() error { _, err := r.desk.ReportTimeline(r.op2(), theirs.ID, journal.Page{Limit: 5}); return err },
		"journal": func() error {
			return r.db.View(r.op2(), func(tx store.Tx) error { return r.desk.ReadableReport(r.op2(), tx, theirs.ID) })
		},
	} {
		err := try()
		if f := r.refused(err, kernel.ErrNotFound, "pipeline.report_not_found"); strings.Contains(f.Error(), "示例") {
			t.Errorf("%s tells %v", name, f)
		}
	}
	list, _, err := r.desk.Reports(r.op2(), ReportFilter{Q: codeA}, nil, 10)
	if err != nil || len(list) != 0 {
		t.Errorf("lists %+v, %v", list, err)
	}
	s, err := r.desk.CheckFirm(r.op2(), ReportFacts{CreditCode: text(codeA)})
	if err != nil || s != (FirmState{State: "protected", Until: "2026-05-31"}) {
		t.Errorf("checked %+v, %v", s, err)
	}
	_, err = r.desk.File(r.op2(), firm("示例精密", codeA), nil)
	if f := r.refused(err, kernel.ErrConflict, "pipeline.firm_protected"); !reflect.DeepEqual(f.Args, []any{"2026-05-31"}) {
		t.Errorf("refused with %v", f.Args)
	}
	// An official learns that it is an operator, not which.
	s, err = r.desk.CheckFirm(r.officer2(), ReportFacts{CreditCode: text(codeA)})
	if err != nil || s.By != "其他运营方" || s.State != "protected" {
		t.Errorf("an official checked %+v, %v", s, err)
	}
	s, err = r.desk.CheckFirm(r.op1(), ReportFacts{CreditCode: text(codeA)})
	if err != nil || s.State != "own" || s.Own != theirs.ID {
		t.Errorf("its own side checked %+v, %v", s, err)
	}
	s, err = r.desk.CheckFirm(r.op2(), ReportFacts{CreditCode: text(codeB)})
	if err != nil || s.State != "free" {
		t.Errorf("a free firm is %+v, %v", s, err)
	}
	_, err = r.desk.CheckFirm(r.op2(), ReportFacts{CreditCode: text("123")})
	r.refused(err, kernel.ErrInvalid, "pipeline.report_invalid")
	// The lead of the department the operator belongs to sees it, another's does not.
	if _, err := r.desk.FindReport(r.lead(), theirs.ID); err != nil {
		t.Error(err)
	}
	_, err = r.desk.FindReport(r.lead2(), theirs.ID)
	r.refused(err, kernel.ErrNotFound, "pipeline.report_not_found")
}

func TestAnotherZonesReportIsNotThere(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		l := r.file(r.officer(), firm("示例精密", codeA))
		abroad := kernel.WithActor(r.t.Context(), kernel.Actor{Zone: "z2", ID: "x", Unit: "d1", Roles: []string{"leader", "officer"}, Via: "session"})
		_, err := r.desk.FindReport(abroad, l.ID)
		r.refused(err, kernel.ErrNotFound, "pipeline.report_not_found")
		list, _, err := r.desk.Reports(abroad, ReportFilter{}, nil, 10)
		if err != nil || len(list) != 0 {
			t.Errorf("lists %+v, %v", list, err)
		}
		if _, err := r.desk.File(abroad, firm("示例精密", codeA), nil); err != nil {
			t.Errorf("the firm is free in another zone: %v", err)
		}
	})
}

func TestReportsComeInPages(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		for i := range 5 {
			r.at(fmt.Sprintf("2026-03-0%d 10:00:00.000", 2+i/2))
			r.file(r.officer(), ReportFacts{FirmName: text(fmt.Sprintf("示例%d号", i))})
		}
		var got []string
		var after *Place
		for {
			page, next, err := r.desk.Reports(r.officer(), ReportFilter{Status: ReportActive}, after, 2)
			r.must(err)
			for _, l := range page {
				got = append(got, l.FirmName)
			}
			if after = next; next == nil {
				break
			}
		}
		if len(got) != 5 || got[0] != "示例4号" || got[4] > "示例1号" {
			t.Errorf("listed %v", got)
		}
		_, _, err := r.desk.Reports(r.officer(), ReportFilter{Status: "asleep"}, nil, 2)
		r.refused(err, kernel.ErrInvalid, "pipeline.filter_invalid")
	})
}

func TestTheRuleIsTheZonesToSet(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	old := r.file(r.officer(), firm("示例精密", codeA))
	p := DefaultProtections()[0]
	p.ProtectedDays, p.Extensions, p.Coordinator, p.ValidFrom, p.Source = 30, 2, "d2", "2026-03-03", "示例区招商工作规则"
	order := ProtectionOrder{p, "加快周转"}
	_, err := r.desk.SetProtection(r.officer(), order)
	if err == nil {
		t.Error("an officer set the rule")
	}
	for name, c := range map[string]struct {
		change func(*ProtectionOrder)
		word   string
	}{
		"past":       {func(o *ProtectionOrder) { o.ValidFrom = "2026-03-01" }, "pipeline.rule_past"},
		"no reason":  {func(o *ProtectionOrder) { o.Reason = "" }, "pipeline.reason_short"},
		"no days":    {func(o *ProtectionOrder) { o.ProtectedDays = 0 }, "pipeline.rule_invalid"},
		"no unit":    {func(o *ProtectionOrder) { o.Coordinator = "nowhere" }, "access.unit_unknown"},
		"operator":   {func(o *ProtectionOrder) { o.Coordinator = "op1" }, "pipeline.rule_coordinator"},
		"odd field":  {func(o *ProtectionOrder) { o.Complete = []string{"colour"} }, "pipeline.rule_invalid"},
		"ends first": {func(o *ProtectionOrder) { o.ValidTo = "2026-03-02" }, "pipeline.rule_invalid"},
	} {
		o := order
		c.change(&o)
		_, err := r.desk.SetProtection(r.leader(), o)
		if f := r.refused(err, kernel.ErrInvalid, c.word); f == nil {
			t.Error(name)
		}
	}
	set, err := r.desk.SetProtection(r.leader(), order)
	r.must(err)
	if set.Version != 1 {
		t.Errorf("set %+v", set)
	}
	if l := r.file(r.officer(), firm("示例电子", codeB)); l.ProtectedUntil != "2026-05-31" {
		t.Errorf("before the rule begins: %s", l.ProtectedUntil)
	}
	r.at("2026-03-03 00:00:00.000")
	if l := r.file(r.officer(), firm("示例光电", codeC)); l.ProtectedUntil != "2026-04-02" {
		t.Errorf("under the new rule: %s", l.ProtectedUntil)
	}
	// What was filed before keeps its own rule: one extension, of 90 days.
	_, err = r.desk.ExtendReport(r.officer(), old.ID, 0, talk("2026-03-02"))
	r.must(err)
	_, err = r.desk.ExtendReport(r.officer(), old.ID, 0, talk("2026-03-03"))
	r.refused(err, kernel.ErrConflict, "pipeline.report_extended_already")
	now, all, err := r.desk.Protection(r.officer())
	if err != nil || now.Version != 1 || len(all) != 2 || now.Coordinator != "d2" {
		t.Errorf("in force %+v, %d known, %v", now, len(all), err)
	}
}

func TestProtectionRulesAreChecked(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no JSON":       `{`,
		"unknown field": `[{"colour": 1}]`,
		"empty":         `[{}]`,
		"part":          strings.Replace(string(protectionJSON), `"part": "began"`, `"part": "cousin"`, 1),
		"stage":         strings.Replace(string(protectionJSON), `"until": "effective"`, `"until": "someday"`, 1),
		"share":         strings.Replace(string(protectionJSON), `2000`, `20000`, 1),
	} {
		if rules, err := ParseProtections([]byte(text)); err == nil {
			t.Errorf("%s: accepted as %+v", name, rules)
		}
	}
	if rules, err := ParseProtections(protectionJSON); err != nil || rules[0].ProtectedDays != 90 || rules[0].DecideWithin != 3 || rules[0].Extensions != 1 {
		t.Errorf("shipped %+v, %v", rules, err)
	}
}

func TestNamesInRefusalsAreSaid(t *testing.T) {
	t.Parallel()
	book, err := words.Load(Words)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range ReportStates() {
		if !book.Has("pipeline.report_state_" + s) {
			t.Errorf("no words for %s", s)
		}
	}
	var f *kernel.Fault
	if !errors.As(protectedFault(Report{ProtectedUntil: "2026-05-31"}, false, AnotherOperator), &f) {
		t.Fatal("no fault")
	}
	if got := book.Say("en", f.Word, f.Args...); got != "another operator has reported this firm; it is protected until 2026-05-31. Report it after that, or file a conflicting report with your reason" {
		t.Errorf("says %q", got)
	}
}
