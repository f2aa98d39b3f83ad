package pipeline

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// allReports are the reports of the zone, the earliest first.
func (r *room) allReports() (all []Report) {
	r.t.Helper()
	r.must(r.db.View(r.leader(), func(tx store.Tx) (err error) {
		all, err = store.Select[Report](r.leader(), tx, "WHERE zone = $1 ORDER BY reported_at, id", tx.Zone)
		return err
	}))
	return all
}

// count is what a query about the zone counts.
func (r *room) count(query string) (n int64) {
	r.t.Helper()
	r.must(r.db.View(r.leader(), func(tx store.Tx) (err error) {
		n, err = store.Count(r.leader(), tx, query, tx.Zone)
		return err
	}))
	return n
}

const (
	countProjects = `SELECT count(*) FROM pipeline_projects WHERE zone = $1`
	countParties  = `SELECT count(*) FROM party_parties WHERE zone = $1`
	countShares   = `SELECT count(*) FROM pipeline_shares WHERE zone = $1`
)

// A register does not get round the protection of a firm: a row that another side
// would have been refused at the desk is rejected, with until when and by whom.
func TestAnImportDoesNotPassAProtectionBy(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		held := r.file(r.officer2(), firm("示例精密有限公司", codeA))
		rival := r.file(r.op1(), firm("示例电子有限公司", codeB))
		r.at("2026-03-05 10:00:00.000")
		had := r.count(countParties)
		vs := r.publish(r.lead(), "run-1",
			values("name", "甲", "investor_name", "示例精密有限公司", "credit_code", codeA, "stage", "在谈"),
			values("name", "乙", "investor_name", "示例精密有限公司", "credit_code", codeA, "stage", "线索", "unit", "招商二部"),
			values("name", "丙", "investor_name", "示例精密有限公司", "credit_code", codeA, "stage", "签约"),
			values("name", "丁", "investor_name", "示例电子有限公司", "credit_code", codeB, "stage", "初判"))
		if got, want := statuses(vs), []string{"rejected pipeline.firm_protected_by", "new", "new", "rejected pipeline.firm_protected_by"}; !reflect.DeepEqual(got, want) {
			t.Fatalf("decided %q, want %q", got, want)
		}
		if f := vs[0].Reasons[0]; f.Field != "investor_name" || !reflect.DeepEqual(f.Args, []any{"2026-05-31", "招商二部"}) {
			t.Errorf("the first row is told %+v", f)
		}
		if f := vs[3].Reasons[0]; !reflect.DeepEqual(f.Args, []any{"2026-05-31", AnotherOperator}) {
			t.Errorf("of an operator the last row is told %+v", f)
		}
		// The firm of the rejected first row is registered by the second, which relies on it; the one nobody relies on is not.
		if own, signed := r.find(vs[1].Object), r.find(vs[2].Object); own.Project.Investor == "" || own.Project.Investor != signed.Project.Investor || own.Identity != codeA {
			t.Errorf("taken in as %+v and %+v", own.Project, signed.Project)
		}
		if n := r.count(countParties); n != had+1 {
			t.Errorf("%d organisations after %d", n, had)
		}
		// Neither the side that has reported it already nor a project that is signed reports it again.
		if all := r.allReports(); len(all) != 2 || all[0].ID != held.ID && all[1].ID != held.ID || all[0].Version != 1 || all[1].Version != 1 || all[0].Project+all[1].Project != "" {
			t.Errorf("reports %+v", all)
		}
		// While it is being decided who protects a firm, nobody brings it in.
		_, err := r.desk.File(r.op2(), firm("示例电子有限公司", codeB), earlier("2026-02-10"))
		r.must(err)
		vs = r.publish(r.lead(), "run-2", values("name", "戊", "investor_name", "示例电子有限公司", "credit_code", codeB, "stage", "在谈"))
		if got := statuses(vs); !reflect.DeepEqual(got, []string{"rejected pipeline.firm_contested"}) {
			t.Errorf("of a contested firm: %q", got)
		}
		// The day after the last protected one it is free.
		_, err = r.desk.ReleaseReport(r.op1(), rival.ID, 0, "企业已无意向")
		r.must(err)
		r.at("2026-06-04 10:00:00.000")
		vs = r.publish(r.lead(), "run-3", values("name", "己", "investor_name", "示例电子有限公司", "credit_code", codeB, "stage", "在谈"))
		if got := statuses(vs); !reflect.DeepEqual(got, []string{"new"}) {
			t.Errorf("of a free firm: %q", got)
		}
	})
}

// Leads that a register brings in are protected from the import on, for those the
// row names; the first row of a firm reports it, the others stand beside it.
func TestAnImportReportsTheFirmsOfItsLeads(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		program := storetest.Ctx(t, "z1") // nobody's responsible official: whose a row is, its department says
		row := func(name, stage, unit string) intake.Values {
			return values("name", name, "investor_name", "示例精密有限公司", "credit_code", codeA, "stage", stage, "unit", unit, "source", "示例展会", "found_on", "2024-05-06", "negotiating_on", "2024-08-01")
		}
		first := r.publish(program, "run-1", row("已签", "签约", "招商一部"), row("在谈", "在谈", "招商二部"), row("另一部门", "线索", "招商一部"), row("同部门", "线索", "招商二部"))
		if got := statuses(first); !reflect.DeepEqual(got, []string{"new", "new", "new", "new"}) {
			t.Fatalf("decided %q", got)
		}
		for i, want := range [][]string{nil, nil, {"pipeline.import_firm_reported"}, nil} {
			if got := noteOf(first[i]); !reflect.DeepEqual(got, want) {
				t.Errorf("row %d is noted %q, want %q", i, got, want)
			}
		}
		all := r.allReports()
		if len(all) != 1 {
			t.Fatalf("reports %+v", all)
		}
		l := all[0]
		if l.Project != first[1].Object || l.Unit != "d2" || l.Owner != "" || l.By != kernel.ActorOf(program).ID || l.OriginRun != "run-1" || l.Status != ReportActive || l.ProtectedUntil != "2026-05-31" ||
			l.ReportedAt != r.clock().UnixMilli() || l.CompleteAt == 0 || l.Identity != codeA || l.Source != "示例展会" || l.Intent != "在谈" {
			t.Errorf("reported %+v", l)
		}
		if told := r.reportVerbs(l.ID); !reflect.DeepEqual(told, []string{"pipeline.reported"}) {
			t.Errorf("the report's timeline is %q", told)
		}
		// A later batch of the same run stands beside it as well; a later run does not.
		next := r.publish(program, "run-1", row("下一批", "线索", "招商一部"))
		if got := statuses(next); !reflect.DeepEqual(got, []string{"new"}) || !reflect.DeepEqual(noteOf(next[0]), []string{"pipeline.import_firm_reported"}) {
			t.Errorf("the next batch: %q, %q", got, noteOf(next[0]))
		}
		vs := r.publish(program, "run-2", row("下一次", "线索", "招商一部"))
		if got := statuses(vs); !reflect.DeepEqual(got, []string{"rejected pipeline.firm_protected"}) {
			t.Errorf("the next run: %q", got)
		}
		_, err := r.desk.File(r.op1(), firm("示例精密有限公司", codeA), nil)
		r.refused(err, kernel.ErrConflict, "pipeline.firm_tie") // that it is the program's or whose is told to no operator
		if n := len(r.allReports()); n != 1 {
			t.Errorf("%d reports in the end", n)
		}
		// Undone, the firm is free, and nothing of it is left.
		if blocked := r.undo(program, "run-1", append(first, next...)); len(blocked) != 0 {
			t.Fatalf("undo is blocked by %+v", blocked)
		}
		if n := len(r.allReports()); n != 0 || r.count(countProjects) != 0 {
			t.Errorf("%d reports and %d projects are left", n, r.count(countProjects))
		}
		r.file(r.op1(), firm("示例精密有限公司", codeA))
	})
}

func (r *room) reportVerbs(id string) (out []string) {
	r.t.Helper()
	entries, err := r.desk.ReportTimeline(r.leader(), id, journal.Page{Limit: 100})
	r.must(err)
	for _, e := range entries {
		out = append(out, e.Verb)
	}
	return out
}

// Who fills in a project's investor by a register answers to the same rule as who
// does so by hand.
func TestARegisterThatNamesAnInvestorReportsIt(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	f := leadFacts("轴承项目")
	f.Site = text("一号地块")
	k := r.open(f)
	other := r.open(leadFacts("无关项目"))
	r.file(r.officer2(), firm("示例精密有限公司", codeA))
	r.at("2026-03-05 10:00:00.000")
	had := r.count(countParties)
	name := func(investor, code string) intake.Values {
		return values("name", "轴承项目", "site", "一号地块", "investor_name", investor, "credit_code", code, "stage", "线索")
	}
	// A row finds a project entered at the desk by its name, investor and site: it is given the name first.
	named, err := r.desk.Amend(r.officer(), k.Project.ID, 0, Facts{InvestorName: text("示例精密有限公司")})
	r.must(err)
	vs := r.publish(r.officer(), "run-1", name("示例精密有限公司", codeA))
	if got := statuses(vs); !reflect.DeepEqual(got, []string{"rejected pipeline.firm_protected_by"}) || r.find(k.Project.ID).Project != named.Project || r.count(countParties) != had {
		t.Fatalf("decided %q, the project is %+v", got, r.find(k.Project.ID).Project)
	}
	_, err = r.desk.Amend(r.officer(), k.Project.ID, 0, Facts{InvestorName: text("示例电子有限公司")})
	r.must(err)
	was := r.find(k.Project.ID)
	vs = r.publish(r.officer(), "run-2", name("示例电子有限公司", codeB))
	if got := statuses(vs); !reflect.DeepEqual(got, []string{"changed"}) {
		t.Fatalf("decided %q", got)
	}
	if l := r.reportOf(r.find(k.Project.ID)); l.OriginRun != "run-2" || l.Unit != "d1" || l.Owner != officer || l.CreditCode != codeB || l.ProtectedUntil != "2026-06-03" {
		t.Errorf("reported %+v", l)
	}
	if again := statuses(r.publish(r.officer(), "run-3", name("示例电子有限公司", codeB))); !reflect.DeepEqual(again, []string{"unchanged"}) || len(r.allReports()) != 2 {
		t.Errorf("the same again: %q, %d reports", again, len(r.allReports()))
	}
	if blocked := r.undo(r.officer(), "run-2", vs); len(blocked) != 0 {
		t.Fatalf("undo is blocked by %+v", blocked)
	}
	if now := r.find(k.Project.ID).Project; now.Investor != was.Project.Investor || len(r.allReports()) != 1 || r.find(other.Project.ID).Project != other.Project {
		t.Errorf("restored to %+v with %d reports", now, len(r.allReports()))
	}
}

// A report that somebody has worked on since keeps its import from being undone;
// that its term has ended does not.
func TestUndoMindsTheReportsItBrought(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	row := func(name, investor string) intake.Values {
		return values("name", name, "investor_name", investor, "stage", "在谈")
	}
	vs := r.publish(r.lead(), "run-1", row("甲", "示例甲有限公司"), row("乙", "示例乙有限公司"))
	all := r.allReports()
	if len(all) != 2 {
		t.Fatalf("reports %+v", all)
	}
	first := all[0]
	if first.Project != vs[0].Object {
		first = all[1]
	}
	_, err := r.desk.ExtendReport(r.lead(), first.ID, 0, talk("2026-03-02"))
	r.must(err)
	if blocked := r.undo(r.lead(), "run-1", vs); len(blocked) != 1 || blocked[0].Row != 2 || blocked[0].Reason.Word != "pipeline.import_changed_since" {
		t.Fatalf("blocked %+v", blocked)
	}
	if len(r.allReports()) != 2 || r.count(countProjects) != 2 {
		t.Error("a blocked undo took something back")
	}
	r.at("2026-06-02 10:00:00.000")
	if n, err := r.desk.ExpireReports(storetest.Ctx(t, "z1")); err != nil || n != 1 {
		t.Fatalf("noted %d, %v", n, err)
	}
	if blocked := r.undo(r.lead(), "run-1", []intake.Verdict{{}, vs[1]}); len(blocked) != 0 {
		t.Fatalf("blocked %+v", blocked)
	}
	if all := r.allReports(); len(all) != 1 || all[0].ID != first.ID || r.count(countProjects) != 1 || r.count(countShares) != 1 {
		t.Errorf("left %+v", all)
	}
}

// Who is responsible for an imported lead began it; not whoever imports the lead
// of somebody the house does not know.
func TestAnImportedProjectHasItsShares(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.holder("officer-7", "d2", access.Active)
		kind := r.desk.ImportKind()
		var own []intake.Verdict
		v := values("name", "指定责任人", "stage", "在谈", "unit", "招商二部")
		r.must(db.Update(r.lead(), func(tx store.Tx) (err error) {
			run := intake.Run{ID: "run-0", FileName: "台账.xlsx", Options: intake.Values{"owner": intake.Value{Text: "officer-7"}}}
			if own, err = kind.Decide(r.lead(), tx, run, []intake.Row{{Number: 2, Key: kind.Key(v), Values: v}}); err != nil {
				return err
			}
			_, err = journal.Record(r.lead(), tx, own[0].Act)
			return err
		}))
		vs := r.publish(r.lead(), "run-1", values("name", "导入人", "stage", "签约"), values("name", "不认识", "stage", "在谈", "owner", "李四"))
		for _, c := range []struct {
			id   string
			want []Share
		}{
			{own[0].Object, []Share{{Account: "officer-7", Name: "名officer-7", Unit: "d2", Part: PartBegan, BasisPoints: wholeShare}}},
			{vs[0].Object, []Share{{Account: lead, Name: lead, Unit: "d1", Part: PartBegan, BasisPoints: wholeShare}}},
			{vs[1].Object, []Share{}},
		} {
			s, err := r.desk.Shares(r.leader(), c.id)
			r.must(err)
			if !reflect.DeepEqual(s.Rows, c.want) {
				t.Errorf("shares %+v, want %+v", s.Rows, c.want)
			}
		}
		if blocked := r.undo(r.lead(), "run-1", vs); len(blocked) != 0 || r.count(countShares) != 1 {
			t.Errorf("undone: blocked %+v, %d shares are left", blocked, r.count(countShares))
		}
		again := &room{t: t, db: storetest.Open(t, importSources()...), desk: r.desk}
		ctx := storetest.Ctx(t, "z1")
		r.must(r.db.View(ctx, func(from store.Tx) error {
			return again.db.Update(ctx, func(into store.Tx) error {
				_, err := journal.Rebuild(ctx, from, into, slices.Concat(Tables(), access.Tables(), party.Tables()))
				return err
			})
		}))
		if n, projects := again.count(countShares), again.count(countProjects); n != 1 || projects != 1 {
			t.Errorf("rebuilt with %d shares and %d projects", n, projects)
		}
	})
}

// What many rows ask at once is what each would be answered by itself.
func TestFirmsAreLookedUpTogetherAsOneByOne(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		rnd := rand.New(rand.NewPCG(3, 9))
		var firms []party.Party
		ctx := storetest.Ctx(t, "z1")
		numbers := []party.Party{{CreditCode: codeA}, {CreditCode: codeB}, {CreditCode: codeC}, {LEI: "0YPKKE5F0QW6RC51HE09"}, {LEI: "0YPKKE5F0QW6RC51HE09"},
			{Country: "DE", ForeignRegNo: "HRB 1"}, {Country: "DE", ForeignRegNo: "HRB 1"}, {Country: "FR", ForeignRegNo: "HRB 1"}, {}, {}}
		r.must(r.db.Update(ctx, func(tx store.Tx) error {
			var acts []journal.Act
			for i, p := range numbers {
				p.Zone, p.ID, p.Kind, p.Name, p.NameKey, p.Version = "z1", fmt.Sprintf("p%d", i), party.Enterprise, fmt.Sprintf("示例%d", i), fmt.Sprintf("示例%d", i), 1
				firms = append(firms, p)
				acts = append(acts, journal.Act{Verb: "party.registered", Object: p.Object(), Changes: []journal.Change{journal.Put(p)}})
			}
			for i := range 60 {
				x := Report{Zone: "z1", ID: fmt.Sprintf("r%02d", i), ReportedAt: int64(rnd.IntN(5)), ProtectedUntil: []string{"2026-02-01", "2026-05-01"}[rnd.IntN(2)], Unit: fmt.Sprint(rnd.IntN(3)), Version: 1,
					Status: ReportStates()[rnd.IntN(len(ReportStates()))]}
				x.Firm = fmt.Sprintf("r%02d", rnd.IntN(12))
				if p := firms[rnd.IntN(len(firms))]; rnd.IntN(2) == 0 {
					x.takeOver(p)
				} else {
					x.CreditCode, x.LEI, x.Country, x.ForeignRegNo = p.CreditCode, p.LEI, p.Country, p.ForeignRegNo
				}
				if rnd.IntN(3) == 0 {
					x.Conflict = fmt.Sprintf("c%d", i)
					c := Conflict{Zone: "z1", ID: x.Conflict, First: x.ID, State: []string{ConflictOpen, ConflictDecided}[rnd.IntN(2)], Version: 1}
					acts = append(acts, journal.Act{Verb: "pipeline.conflict_opened", Object: ConflictObject(c.ID), Changes: []journal.Change{journal.Put(c)}})
				}
				acts = append(acts, reportAct(x.settle(Protection{}, 1), "pipeline.reported", "", nil))
			}
			return journal.RecordAll(ctx, tx, acts)
		}))
		found, free := 0, 0
		r.must(r.db.View(ctx, func(tx store.Tx) error {
			rows := make([]Report, len(firms))
			for i, p := range firms {
				rows[i].takeOver(p)
				rows[i] = rows[i].settle(Protection{}, 1)
			}
			all, err := r.desk.protectedByAll(ctx, tx, rows, firms)
			r.must(err)
			for i, row := range rows {
				s, names, err := r.desk.protectedBy(ctx, tx, row)
				r.must(err)
				want := firmStanding{standingOf: s}
				if len(names) > 0 {
					want.firm = names[0]
				}
				if !reflect.DeepEqual(all[i], want) {
					t.Errorf("firm %d stands as %+v, by itself %+v", i, all[i], want)
				}
				if s.holder != nil {
					found++
				} else {
					free++
				}
			}
			return nil
		}))
		if found == 0 {
			t.Errorf("%d firms are protected, %d free: nothing is compared", found, free)
		}
	})
}
