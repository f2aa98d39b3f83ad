package platform

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// room is a zone with two departments and two rival operators.
type room struct {
	t    *testing.T
	db   *store.DB
	desk *Desk
	day  kernel.Date
}

func sources() []fs.FS { return []fs.FS{journal.Migrations, access.Migrations, Migrations} }

func newRoom(t *testing.T, db *store.DB) *room {
	t.Helper()
	gate, err := access.NewGate()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := files.Open(files.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t, db, NewDesk(db, gate, folder, nil), kernel.DayOf(db.Now().UnixMilli())}
	ctx := storetest.Ctx(t, "z1")
	r.must(db.Update(ctx, func(tx store.Tx) error {
		for _, u := range []access.Unit{{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区"}, {ID: "d1", Parent: "zone", Kind: access.Department, NameZh: "招商一部"},
			{ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "招商二部"}, {ID: "o1", Parent: "zone", Kind: access.Operator, NameZh: "示例运营"},
			{ID: "o2", Parent: "zone", Kind: access.Operator, NameZh: "他家运营"}} {
			u.Version = 1
			changes, err := access.PutUnit(ctx, tx, u)
			if err != nil {
				return err
			}
			for _, a := range []string{"officer-" + u.ID, "gone-" + u.ID} {
				status := access.Active
				if strings.HasPrefix(a, "gone") {
					status = access.Disabled
				}
				changes = append(changes, journal.Put(access.Account{Zone: "z1", ID: a, Login: a, Name: a, Unit: u.ID, Roles: []string{}, Status: status, Lang: "zh", Version: 1}))
			}
			if _, err := journal.Record(ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes}); err != nil {
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

// refused fails unless err is of kind with word, or holds word among its parts.
func (r *room) refused(err, kind error, word string) {
	r.t.Helper()
	var f *kernel.Fault
	if !errors.Is(err, kind) || !errors.As(err, &f) {
		r.t.Fatalf("got %v, want %v: %s", err, kind, word)
	}
	if f.Word != word && !slices.ContainsFunc(f.Details, func(d kernel.Fault) bool { return d.Word == word }) {
		r.t.Fatalf("got %v, want %s", err, word)
	}
}

// as returns the context of somebody in z1.
func (r *room) as(id, unit string, roles ...string) context.Context {
	return kernel.WithActor(r.t.Context(), kernel.Actor{Zone: "z1", ID: id, Name: id, Unit: unit, Roles: roles, Via: "session", Lang: "zh"})
}

func (r *room) lead() context.Context { return r.as("lead-d1", "d1", "department_lead") }
func (r *room) operator(unit string) context.Context {
	return r.as("op-"+unit, unit, "operator")
}

func ptr(s string) *string { return &s }

// plaza adopts one platform of the playbook for d1 and gives it to o1.
func (r *room) plaza() Detail {
	r.t.Helper()
	list, err := r.desk.Adopt(r.lead(), Adoption{Playbook: []string{"sci_tech_plaza"}, SinceOn: "2024-01-01"})
	r.must(err)
	p, err := r.desk.ChangeOperator(r.lead(), list[0].ID, 1, OperatorOrder{Operator: "o1", SinceOn: "2024-02-01", Reason: "公开招标"})
	r.must(err)
	return p
}

// contract files a contract of o1 with one task that officer-d1 accepts.
func (r *room) contract(p Detail) *Docket {
	r.t.Helper()
	k, err := r.desk.Contract(r.lead(), p.ID, ContractFacts{Number: ptr("演合〔2024〕1号"), Title: ptr("科创广场运营服务"), SignedOn: ptr("2024-01-20"), SinceOn: ptr("2024-02-01"),
		UntilOn: ptr("2027-01-31"), Procurement: ptr("档案室 2024-采购-07")})
	r.must(err)
	k, err = r.desk.AddTask(r.lead(), k.Contract.ID, 0, TaskFacts{Title: ptr("入孵企业 10 家"), Evidence: ptr("入孵协议与名单"), DueOn: ptr("2024-12-31"), Acceptor: ptr("officer-d1")})
	r.must(err)
	return k
}

func pdf(text string) *strings.Reader { return strings.NewReader("%PDF-1.4\n" + text) }

func TestPlaybookIsAdoptedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.refused(errOf(r.desk.Adopt(r.lead(), Adoption{})), kernel.ErrInvalid, "platform.pick_one")
		r.refused(errOf(r.desk.Adopt(r.lead(), Adoption{Playbook: []string{"sci_tech_plaza", "sci_tech_plaza"}})), kernel.ErrInvalid, "platform.picked_twice")
		r.refused(errOf(r.desk.Adopt(r.lead(), Adoption{Playbook: []string{"nowhere"}})), kernel.ErrInvalid, "platform.unknown_play")
		r.refused(errOf(r.desk.Adopt(r.lead(), Adoption{Playbook: []string{"sci_tech_plaza"}, Unit: "d2"})), kernel.ErrDenied, "access.denied")
		r.refused(errOf(r.desk.Adopt(r.as("x", "d1", "officer"), Adoption{Playbook: []string{"sci_tech_plaza"}})), kernel.ErrDenied, "access.role_needed")
		var all []string
		for _, p := range Shipped().Platforms {
			all = append(all, p.ID)
		}
		made, err := r.desk.Adopt(r.lead(), Adoption{Playbook: all})
		r.must(err)
		if len(made) != 5 || made[0].NameZh != "科创广场" || made[0].MissionZh != "孵化" || made[0].Track != "incubation" || made[0].UnitName != "招商一部" || made[0].Owner != "lead-d1" || !made[0].Works {
			t.Fatalf("adopted %+v", made)
		}
		r.refused(errOf(r.desk.Adopt(r.lead(), Adoption{Playbook: []string{"trade", "innovation_centre"}})), kernel.ErrInvalid, "platform.adopted_already")
		_, have, err := r.desk.Playbook(r.operator("o2"))
		r.must(err)
		if len(have) != 5 || have["sci_tech_plaza"] != made[0].ID {
			t.Errorf("in work: %v", have)
		}
		list, err := r.desk.List(r.operator("o2"), false)
		r.must(err)
		if len(list) != 5 {
			t.Errorf("an operator sees %d platforms", len(list))
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestPlatformLivesWithoutCode(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	p, err := r.desk.Open(r.lead(), Facts{NameZh: ptr("示例制造平台"), MissionZh: ptr("智能制造"), SinceOn: ptr("2024-01-01")})
	r.must(err)
	r.refused(errOf(r.desk.Open(r.lead(), Facts{NameZh: ptr("示例制造平台"), MissionZh: ptr("另一个")})), kernel.ErrInvalid, "platform.name_taken")
	r.refused(errOf(r.desk.Open(r.lead(), Facts{NameZh: ptr("无定位平台")})), kernel.ErrInvalid, "platform.required")
	r.refused(errOf(r.desk.Amend(r.lead(), p.ID, 7, Facts{NameZh: ptr("改名")})), kernel.ErrStale, "platform.stale")
	p, err = r.desk.Amend(r.lead(), p.ID, p.Version, Facts{NameZh: ptr("示例智造平台"), Owner: ptr("officer-d1")})
	r.must(err)
	if p.NameZh != "示例智造平台" || p.OwnerName != "officer-d1" || p.Version != 2 {
		t.Fatalf("renamed %+v", p)
	}
	r.refused(errOf(r.desk.Amend(r.lead(), p.ID, p.Version, Facts{Owner: ptr("gone-d1")})), kernel.ErrInvalid, "platform.unknown_account")
	r.refused(errOf(r.desk.Amend(r.lead(), p.ID, p.Version, Facts{Unit: ptr("d2")})), kernel.ErrDenied, "access.denied")

	for _, c := range []struct{ operator, since, word string }{
		{"o1", string(r.day.AddDays(1)), "platform.date_future"}, {"o1", "2023-12-31", "platform.before_platform"}, {"d2", "2024-01-01", "platform.not_operator"},
		{"", "2024-01-01", "platform.same_operator"}, {"nobody", "2024-01-01", "access.unit_unknown"},
	} {
		r.refused(errOf(r.desk.ChangeOperator(r.lead(), p.ID, p.Version, OperatorOrder{Operator: c.operator, SinceOn: c.since})), kernel.ErrInvalid, c.word)
	}
	p, err = r.desk.ChangeOperator(r.lead(), p.ID, p.Version, OperatorOrder{Operator: "o1", SinceOn: "2024-01-01"})
	r.must(err)
	r.refused(errOf(r.desk.ChangeOperator(r.lead(), p.ID, p.Version, OperatorOrder{Operator: "o2", SinceOn: "2024-01-01"})), kernel.ErrInvalid, "platform.before_term")
	p, err = r.desk.ChangeOperator(r.lead(), p.ID, p.Version, OperatorOrder{Operator: "o2", SinceOn: "2025-01-01", Reason: "合同到期重新招标"})
	r.must(err)
	var terms []Term
	for _, x := range p.Terms {
		terms = append(terms, x.Term)
	}
	for day, want := range map[kernel.Date]string{"2023-12-31": "", "2024-01-01": "o1", "2024-12-31": "o1", "2025-01-01": "o2", "2026-01-01": "o2"} {
		if got := OperatorOn(terms, day); got != want {
			t.Errorf("on %s %q ran it, want %q", day, got, want)
		}
	}
	r.refused(errOf(r.desk.Retire(r.lead(), p.ID, p.Version, RetireOrder{UntilOn: "2023-01-01", Reason: "职能并入他处"})), kernel.ErrInvalid, "platform.date_order")
	p, err = r.desk.Retire(r.lead(), p.ID, p.Version, RetireOrder{UntilOn: "2025-06-30", Reason: "职能并入他处"})
	r.must(err)
	r.refused(errOf(r.desk.Amend(r.lead(), p.ID, p.Version, Facts{NameZh: ptr("再改")})), kernel.ErrConflict, "platform.retired")
	list, err := r.desk.List(r.lead(), false)
	r.must(err)
	all, err := r.desk.List(r.lead(), true)
	r.must(err)
	if len(list) != 0 || len(all) != 1 || all[0].Works {
		t.Errorf("in work %d, ever %d", len(list), len(all))
	}
	r.must(r.db.View(r.lead(), func(tx store.Tx) error {
		_, err := Check(r.lead(), tx, "platform", p.ID, r.day)
		r.refused(err, kernel.ErrInvalid, "platform.retired")
		_, err = Check(r.lead(), tx, "platform", "nobody", r.day)
		r.refused(err, kernel.ErrInvalid, "platform.unknown")
		_, err = Check(r.lead(), tx, "platform", p.ID, "2025-06-30")
		return err
	}))
}

func TestContractTaskFromEvidenceToAcceptance(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.contract(r.plaza())
		id, task := k.Contract.ID, k.Tasks[0].ID
		op, acceptor := r.operator("o1"), r.as("officer-d1", "d1", "officer")

		r.refused(errOf(r.desk.Accept(acceptor, id, task, k.Contract.Version, "")), kernel.ErrConflict, "platform.cannot_accept_open")
		for _, c := range []struct{ on, word string }{{"", "platform.date_required"}, {string(r.day.AddDays(1)), "platform.date_future"}, {"2024-01-31", "platform.before_contract"}} {
			r.refused(errOf(r.desk.Submit(op, id, task, 0, Handover{"名单", c.on}, "名单.pdf", pdf("a"))), kernel.ErrInvalid, c.word)
		}
		k, err := r.desk.Submit(op, id, task, 0, Handover{"第一批 6 家", "2024-06-30"}, "名单.pdf", pdf("a"))
		r.must(err)
		if len(k.Submissions) != 1 || k.Submissions[0].SHA256 == "" || k.Tasks[0].State != Submitted {
			t.Fatalf("handed in %+v", k)
		}
		r.refused(errOf(r.desk.Submit(op, id, task, 0, Handover{"同一份", "2024-06-30"}, "again.pdf", pdf("a"))), kernel.ErrInvalid, "platform.file_twice")
		r.refused(errOf(r.desk.Accept(op, id, task, 0, "")), kernel.ErrDenied, "access.role_needed")
		r.refused(errOf(r.desk.Accept(r.as("two-hats", "o1", "leader", "operator"), id, task, 0, "")), kernel.ErrDenied, "platform.own_work")
		r.refused(errOf(r.desk.Accept(r.as("op-o1", "zone", "leader"), id, task, 0, "")), kernel.ErrDenied, "platform.own_work")
		r.refused(errOf(r.desk.Accept(r.as("officer-2", "d1", "officer"), id, task, 0, "")), kernel.ErrDenied, "access.denied")
		r.refused(errOf(r.desk.Object(acceptor, id, task, k.Contract.Version, "短")), kernel.ErrInvalid, "platform.no_reason")
		r.refused(errOf(r.desk.Object(acceptor, id, task, k.Contract.Version-1, "名单只有 6 家，缺 4 家")), kernel.ErrStale, "platform.stale")
		_, err = r.desk.Object(acceptor, id, task, k.Contract.Version, "名单只有 6 家，缺 4 家")
		r.must(err)
		mine, err := r.desk.Mine(op)
		r.must(err)
		if len(mine.ToSubmit) != 1 || mine.ToSubmit[0].Reason != "名单只有 6 家，缺 4 家" || len(mine.ToAccept) != 0 || !mine.ToSubmit[0].Late(mine.Today) {
			t.Errorf("the operator has %+v", mine)
		}
		r.refused(errOf(r.desk.Answer(op, id, task, 0, Handover{"", "2024-12-01"})), kernel.ErrInvalid, "platform.no_reason")
		_, err = r.desk.Answer(op, id, task, 0, Handover{"补充 4 家，见附件二", "2024-12-01"})
		r.must(err)
		k, err = r.desk.Submit(op, id, task, 0, Handover{"附件二", "2024-12-01"}, "名单二.pdf", pdf("b"))
		r.must(err)
		mine, err = r.desk.Mine(acceptor)
		r.must(err)
		if len(mine.ToAccept) != 1 || len(mine.ToSubmit)+len(mine.Late) != 0 {
			t.Errorf("the acceptor has %+v", mine)
		}
		r.refused(errOf(r.desk.CloseContract(r.lead(), id, k.Contract.Version, CloseOrder{"2024-12-31", "合同提前结束"})), kernel.ErrConflict, "platform.tasks_waiting")
		k, err = r.desk.Accept(acceptor, id, task, k.Contract.Version, "10 家齐备")
		r.must(err)
		if k.Tasks[0].State != Accepted || len(k.Reviews) != 2 || k.Tasks[0].Reason != "" {
			t.Errorf("accepted %+v", k)
		}
		r.refused(errOf(r.desk.Submit(op, id, task, 0, Handover{"又一份", "2024-12-01"}, "三.pdf", pdf("c"))), kernel.ErrConflict, "platform.cannot_submit_accepted")
		_, err = r.desk.CloseContract(r.lead(), id, k.Contract.Version, CloseOrder{"2024-12-31", "合同提前结束"})
		r.must(err)
		r.refused(errOf(r.desk.AddTask(r.lead(), id, 0, TaskFacts{})), kernel.ErrConflict, "platform.contract_closed")

		entries, err := r.desk.ContractTimeline(op, id, journal.Page{Limit: 50})
		r.must(err)
		var verbs []string
		for _, e := range entries {
			verbs = append(verbs, e.Verb)
		}
		want := []string{"platform.contract_ended", "platform.accepted", "platform.submitted", "platform.answered", "platform.objected", "platform.submitted", "platform.task_added", "platform.contracted"}
		if !slices.Equal(verbs, want) {
			t.Errorf("the journal says %v", verbs)
		}
	})
}

func TestRivalOperatorSeesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		p := r.plaza()
		k := r.contract(p)
		id, task := k.Contract.ID, k.Tasks[0].ID
		k, err := r.desk.Submit(r.operator("o1"), id, task, 0, Handover{"名单", "2024-06-30"}, "名单.pdf", pdf("a"))
		r.must(err)
		rival := r.operator("o2")

		r.refused(errOf(r.desk.FindContract(rival, id)), kernel.ErrNotFound, "platform.contract_not_found")
		r.refused(errOf(r.desk.ContractTimeline(rival, id, journal.Page{Limit: 9})), kernel.ErrNotFound, "platform.contract_not_found")
		r.refused(errOf(r.desk.Submit(rival, id, task, 0, Handover{"冒名", "2024-06-30"}, "x.pdf", pdf("x"))), kernel.ErrNotFound, "platform.contract_not_found")
		r.refused(errOf(r.desk.Answer(rival, id, task, 0, Handover{"冒名答复", "2024-06-30"})), kernel.ErrNotFound, "platform.contract_not_found")
		_, _, err = r.desk.OpenFile(rival, id, k.Submissions[0].ID)
		r.refused(err, kernel.ErrNotFound, "platform.contract_not_found")
		r.must(db.View(rival, func(tx store.Tx) error {
			r.refused(r.desk.ContractReadable(rival, tx, id), kernel.ErrNotFound, "platform.contract_not_found")
			if r.desk.Readable(rival, tx, p.ID) == nil {
				t.Error("a rival may have the platform's acts proved")
			}
			return nil
		}))
		list, err := r.desk.Contracts(rival, p.ID, "", 50)
		r.must(err)
		seen, err := r.desk.Find(rival, p.ID)
		r.must(err)
		mine, err := r.desk.Mine(rival)
		r.must(err)
		if len(list) != 0 || len(seen.Terms) != 0 || seen.Contracts+seen.Owed+seen.Late+seen.Waiting+seen.Accepted != 0 || len(mine.ToSubmit) != 0 {
			t.Errorf("a rival sees %+v, %+v, %+v", list, seen, mine)
		}
		if seen.MissionZh != "孵化" || seen.OperatorName != "示例运营" {
			t.Errorf("a rival should see what the platform is for: %+v", seen)
		}
		own, err := r.desk.Find(r.operator("o1"), p.ID)
		r.must(err)
		if own.Contracts != 1 || own.Waiting != 1 || len(own.Terms) != 1 {
			t.Errorf("the operator itself sees %+v", own)
		}
	})
}

// TestTermKeepsTakingInItsTasks: a contract's term cannot be moved away from a
// task that is still owed.
func TestTermKeepsTakingInItsTasks(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.contract(r.plaza()) // its task is due on 2024-12-31
	id, v := k.Contract.ID, k.Contract.Version
	for _, f := range []ContractFacts{{UntilOn: ptr("2024-12-30")}, {SinceOn: ptr("2025-01-01")}} {
		r.refused(errOf(r.desk.AmendContract(r.lead(), id, v, f)), kernel.ErrInvalid, "platform.task_outside")
	}
	k, err := r.desk.AmendContract(r.lead(), id, v, ContractFacts{UntilOn: ptr("2024-12-31")})
	r.must(err)
	k, err = r.desk.CancelTask(r.lead(), id, k.Tasks[0].ID, k.Contract.Version, "双方同意取消")
	r.must(err)
	k, err = r.desk.AmendContract(r.lead(), id, k.Contract.Version, ContractFacts{UntilOn: ptr("2024-06-30")})
	r.must(err)
	if k.Contract.UntilOn != "2024-06-30" {
		t.Errorf("the term ends on %s", k.Contract.UntilOn)
	}
}

// TestNextOperatorIsNotToldWhyTheLastOneWent: who runs a platform reads its
// timeline, but not what passed between the department and the one before.
func TestNextOperatorIsNotToldWhyTheLastOneWent(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	p := r.plaza()
	const why = "连续两期未达约定"
	_, err := r.desk.ChangeOperator(r.lead(), p.ID, p.Version, OperatorOrder{Operator: "o2", SinceOn: "2025-01-01", Reason: why})
	r.must(err)
	for _, c := range []struct {
		who  context.Context
		want []string
	}{{r.lead(), []string{why, "公开招标", ""}}, {r.operator("o2"), []string{"", "", ""}}} {
		entries, err := r.desk.Timeline(c.who, p.ID, journal.Page{Limit: 9})
		r.must(err)
		var got []string
		for _, e := range entries {
			got = append(got, e.Reason)
			if e.Reason == "" && strings.Contains(string(e.Detail), "o1") {
				t.Errorf("%s is told %s", kernel.ActorOf(c.who).ID, e.Detail)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s reads %q", kernel.ActorOf(c.who).ID, got)
		}
	}
	r.refused(errOf(r.desk.Timeline(r.operator("o1"), p.ID, journal.Page{Limit: 9})), kernel.ErrDenied, "access.denied")
}

func TestUnitThatRunsPlatformsIsHeld(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	r.contract(r.plaza())
	for unit, want := range map[string][2]int64{"o1": {1, 1}, "d1": {1, 0}} {
		r.must(r.db.View(r.lead(), func(tx store.Tx) error {
			f, err := HoldsUnit(r.lead(), tx, unit)
			if f == nil || f.Word != "platform.holds_unit" || f.Args[0] != want[0] || f.Args[1] != want[1] {
				t.Errorf("%s holds %v", unit, f)
			}
			return err
		}))
	}
	r.must(r.db.View(r.lead(), func(tx store.Tx) error {
		f, err := HoldsUnit(r.lead(), tx, "o2")
		if f != nil {
			t.Errorf("o2 holds %v", f)
		}
		return err
	}))
}

// An official who is gone leaves tasks behind: another is named to accept them,
// whatever state they are in.
func TestTaskOfOfficialWhoIsGone(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.contract(r.plaza())
	id, task := k.Contract.ID, k.Tasks[0].ID
	k, err := r.desk.Submit(r.operator("o1"), id, task, 0, Handover{"名单", "2024-06-30"}, "名单.pdf", pdf("a"))
	r.must(err)
	r.refused(errOf(r.desk.AmendTask(r.lead(), id, task, k.Contract.Version, TaskFacts{DueOn: ptr("2025-01-31")})), kernel.ErrConflict, "platform.cannot_amend_submitted")
	r.refused(errOf(r.desk.AmendTask(r.lead(), id, task, k.Contract.Version, TaskFacts{Acceptor: ptr("gone-d1")})), kernel.ErrInvalid, "platform.unknown_account")
	k, err = r.desk.AmendTask(r.lead(), id, task, k.Contract.Version, TaskFacts{Acceptor: ptr("officer-d2")})
	r.must(err)
	next := r.as("officer-d2", "d2", "officer")
	mine, err := r.desk.Mine(next)
	r.must(err)
	if len(mine.ToAccept) != 1 {
		t.Fatalf("nobody is left to accept it: %+v", mine)
	}
	_, err = r.desk.Accept(next, id, task, k.Contract.Version, "")
	r.must(err)
}

func TestContractFieldsAreChecked(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	p := r.plaza()
	good := func() ContractFacts {
		return ContractFacts{Number: ptr("演合〔2024〕2号"), Title: ptr("运营服务"), SignedOn: ptr("2024-01-20"), SinceOn: ptr("2024-02-01"), UntilOn: ptr("2025-01-31"), Procurement: ptr("档案室")}
	}
	for word, spoil := range map[string]func(*ContractFacts){
		"platform.required":        func(f *ContractFacts) { f.Procurement = nil },
		"platform.date_future":     func(f *ContractFacts) { f.SignedOn = ptr(string(r.day.AddDays(1))) },
		"platform.date_order":      func(f *ContractFacts) { f.UntilOn = ptr("2024-01-31") },
		"platform.date_form":       func(f *ContractFacts) { f.SinceOn = ptr("2024-02-30") },
		"platform.not_operator":    func(f *ContractFacts) { f.Operator = ptr("d2") },
		"platform.unknown_account": func(f *ContractFacts) { f.Owner = ptr("gone-d1") },
		"platform.too_long":        func(f *ContractFacts) { f.Title = ptr(strings.Repeat("长", 201)) },
	} {
		f := good()
		spoil(&f)
		r.refused(errOf(r.desk.Contract(r.lead(), p.ID, f)), kernel.ErrInvalid, word)
	}
	k, err := r.desk.Contract(r.lead(), p.ID, good())
	r.must(err)
	r.refused(errOf(r.desk.Contract(r.lead(), p.ID, good())), kernel.ErrInvalid, "platform.number_taken")
	r.refused(errOf(r.desk.AmendContract(r.lead(), k.Contract.ID, 1, ContractFacts{Operator: ptr("o2")})), kernel.ErrInvalid, "platform.operator_fixed")
	r.refused(errOf(r.desk.AddTask(r.lead(), k.Contract.ID, 0, TaskFacts{Title: ptr("甲"), Evidence: ptr("乙"), DueOn: ptr("2025-02-01")})), kernel.ErrInvalid, "platform.due_outside")
	r.refused(errOf(r.desk.Retire(r.lead(), p.ID, p.Version, RetireOrder{"2024-12-31", "职能并入他处"})), kernel.ErrConflict, "platform.contracts_open")
	r.refused(errOf(r.desk.FindContract(r.as("x", "d1", "system_admin"), k.Contract.ID)), kernel.ErrDenied, "access.role_needed")
}
