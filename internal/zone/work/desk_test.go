package work

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

// room is a zone with two departments and their people, a project that only
// department d1 may read, and a Desk.
type room struct {
	t    testing.TB
	db   *store.DB
	desk *Desk
	firm string
}

// project is the subject of the tests' tasks.
const project = "pipeline.project/p1"

func sources() []fs.FS {
	return []fs.FS{journal.Migrations, access.Migrations, calendar.Migrations, office.Migrations, party.Migrations, Migrations}
}

func newRoom(t testing.TB, db *store.DB) *room {
	t.Helper()
	gate, err := access.NewGate()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := files.Open(files.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	book, err := words.Load(Words, store.Words, access.Words)
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, db: db}
	parties := party.NewDesk(db, gate, book, Veil(gate))
	r.desk = NewDesk(Config{DB: db, Gate: gate, Words: book, Folder: folder,
		Readers: map[string]journal.Reader{"party.party": parties.Readable, "pipeline.project": func(ctx context.Context, _ store.Tx, id string) error {
			if id != "p1" || kernel.ActorOf(ctx).Unit == "d2" {
				return kernel.Faultf(kernel.ErrNotFound, "store.not_found")
			}
			return nil
		}}, Titles: map[string]Titles{"party.party": parties.Titles}})
	r.desk.cfg.Readers["work.activity"] = r.desk.ReadableActivity
	ctx := storetest.Ctx(t, "z1")
	r.must(db.Update(ctx, func(tx store.Tx) error {
		acts := []journal.Act{}
		for _, u := range []access.Unit{{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区"}, {ID: "d1", Parent: "zone", Kind: access.Department, NameZh: "招商一部"},
			{ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "招商二部"}, {ID: "op", Parent: "zone", Kind: access.Operator, NameZh: "示例运营"}} {
			u.Version = 1
			changes, err := access.PutUnit(ctx, tx, u)
			if err != nil {
				return err
			}
			if _, err := journal.Record(ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes}); err != nil {
				return err
			}
		}
		for id, unit := range map[string]string{"officer-1": "d1", "other-1": "d1", "lead-1": "d1", "officer-2": "d2", "lead-2": "d2", "leader-1": "zone", "op-1": "op"} {
			a := access.Account{Zone: tx.Zone, ID: id, Login: id, Name: id, Unit: unit, Roles: []string{}, Status: access.Active, Lang: "zh", Version: 1}
			acts = append(acts, journal.Act{Verb: "access.opened", Object: a.Object(), Changes: []journal.Change{journal.Put(a)}})
		}
		id, changes, err := party.Ensure(ctx, tx, party.Draft{Name: "示例精工有限公司", Unit: "d1"})
		if err != nil {
			return err
		}
		r.firm = id
		return journal.RecordAll(ctx, tx, append(acts, journal.Act{Verb: "party.registered", Object: "party.party/" + id, Changes: changes}))
	}))
	return r
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) as(id, unit string, roles ...string) context.Context {
	return kernel.WithActor(r.t.Context(), kernel.Actor{Zone: "z1", ID: id, Name: id, Unit: unit, Roles: roles, Via: "session", Lang: "zh"})
}

func (r *room) officer() context.Context  { return r.as("officer-1", "d1", "officer") }
func (r *room) lead() context.Context     { return r.as("lead-1", "d1", "department_lead") }
func (r *room) officer2() context.Context { return r.as("officer-2", "d2", "officer") }
func (r *room) lead2() context.Context    { return r.as("lead-2", "d2", "department_lead") }
func (r *room) leader() context.Context   { return r.as("leader-1", "zone", "leader") }
func (r *room) operator() context.Context { return r.as("op-1", "op", "operator") }

// refused fails unless err is of kind with word, its own or a part's.
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

// today is the day of the tests' database, in its own time.
func (r *room) day(n int) string {
	return string(kernel.DayOf(r.db.Now().UnixMilli()).AddDays(n))
}

func (r *room) give(ctx context.Context, o Order) ShownTask {
	r.t.Helper()
	if o.Title == "" {
		o.Title = "联系企业"
	}
	if o.DueOn == "" {
		o.DueOn = r.day(3)
	}
	s, err := r.desk.Give(ctx, o)
	r.must(err)
	return s
}

func (r *room) verbs(object string) (out []string) {
	r.t.Helper()
	r.must(r.db.View(r.leader(), func(tx store.Tx) error {
		list, err := journal.History(r.leader(), tx, object, journal.Page{Limit: 200})
		for _, e := range list {
			out = append(out, e.Verb)
		}
		return err
	}))
	return out
}

func ptr[T any](v T) *T { return &v }

// TestHandOff: a task for another department is offered, returned with a reason,
// given again, accepted and completed; the project's timeline tells all of it.
func TestHandOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		own := r.give(r.officer(), Order{Title: "自己的事"})
		if own.State != Open || own.Owner != "officer-1" || own.Unit != "d1" || own.Late(kernel.Date(r.day(0))) {
			t.Errorf("own task %+v", own.Task)
		}
		s := r.give(r.officer(), Order{Title: "核实用地", Subject: project, Unit: "d2"})
		if s.State != Offered || s.Owner != "" || s.Sender != "officer-1" || s.FirstDueOn != s.DueOn {
			t.Fatalf("handed over %+v", s.Task)
		}
		_, err := r.desk.Accept(r.officer2(), s.ID, s.Version, nil)
		r.refused(err, kernel.ErrDenied, "access.denied") // the department's lead answers for it
		_, err = r.desk.Complete(r.lead2(), s.ID, s.Version, "做完")
		r.refused(err, kernel.ErrConflict, "work.accept_first")
		_, err = r.desk.Cancel(r.lead2(), s.ID, s.Version, "不办")
		r.refused(err, kernel.ErrConflict, "work.not_giver")
		_, err = r.desk.Return(r.lead2(), s.ID, s.Version, " ")
		r.refused(err, kernel.ErrInvalid, "work.required")
		back, err := r.desk.Return(r.lead2(), s.ID, s.Version, "归自然资源部门")
		r.must(err)
		if back.State != Returned || back.Reason != "归自然资源部门" {
			t.Errorf("returned %+v", back.Task)
		}
		_, err = r.desk.Accept(r.lead2(), s.ID, back.Version, nil)
		r.refused(err, kernel.ErrConflict, "work.not_offered")
		mine, err := r.desk.Mine(r.officer())
		r.must(err)
		if mine.Returned.Count != 1 || mine.Returned.Tasks[0].ID != s.ID {
			t.Errorf("it waits at its giver: %+v", mine.Returned)
		}
		again, err := r.desk.Reassign(r.officer(), s.ID, back.Version, "d2", "officer-2", "已与其商定")
		r.must(err)
		if again.State != Offered || again.Owner != "officer-2" {
			t.Errorf("offered again %+v", again.Task)
		}
		took, err := r.desk.Accept(r.officer2(), s.ID, again.Version, nil)
		r.must(err)
		if took.State != Accepted || took.Subject != "" || took.SubjectTitle != "" {
			t.Errorf("accepted %+v", took.Task) // d2 may not read the project, so the task tells no more of it
		}
		_, err = r.desk.Complete(r.officer(), s.ID, took.Version, "做完")
		r.refused(err, kernel.ErrDenied, "access.denied")
		done, err := r.desk.Complete(r.officer2(), s.ID, took.Version, "已核实，可用")
		r.must(err)
		if done.State != Done || done.ClosedAt == 0 || done.MaySteer {
			t.Errorf("done %+v", done)
		}
		_, err = r.desk.AmendTask(r.officer(), s.ID, done.Version, TaskPatch{Title: ptr("x")})
		r.refused(err, kernel.ErrConflict, "work.task_closed")
		want := []string{"work.task_completed", "work.task_accepted", "work.task_reassigned", "work.task_returned", "work.task_given"}
		if got := r.verbs(project); !slices.Equal(got, want) {
			t.Errorf("timeline %v", got)
		}
		history, err := r.desk.TaskHistory(r.officer2(), s.ID, journal.Page{Limit: 50})
		r.must(err)
		if len(history) != 5 || history[3].Reason != "归自然资源部门" || history[1].Verb != "work.task_accepted" || history[2].Reason != "已与其商定" {
			t.Errorf("history %+v", history)
		}
	})
}

// TestRacingAnswers: of two who accept and return one hand-off at once, one is
// told that the other was faster, and the task is in one state only.
func TestRacingAnswers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		for range 5 {
			s := r.give(r.officer(), Order{Unit: "d2"})
			var errs [2]error
			var all sync.WaitGroup
			all.Go(func() { _, errs[0] = r.desk.Accept(r.lead2(), s.ID, s.Version, nil) })
			all.Go(func() { _, errs[1] = r.desk.Return(r.leader(), s.ID, s.Version, "不属该部门") })
			all.Wait()
			lost := slices.IndexFunc(errs[:], func(err error) bool { return err != nil })
			if lost < 0 || errs[1-lost] != nil {
				t.Fatalf("accept %v, return %v", errs[0], errs[1])
			}
			r.refused(errs[lost], kernel.ErrStale, "work.task_stale")
			now, err := r.desk.Task(r.officer(), s.ID)
			r.must(err)
			if want := []string{Returned, Accepted}[lost]; now.State != want || now.Version != s.Version+1 {
				t.Errorf("after %d lost: %+v", lost, now.Task)
			}
		}
	})
}

// TestAnOwnerWhoLeft: a task outlives its owner. Their lead sees it, and gives
// it to somebody else.
func TestAnOwnerWhoLeft(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	s := r.give(r.lead(), Order{Owner: "officer-1"})
	closed := r.give(r.lead(), Order{Owner: "officer-1", Title: "办结的"})
	_, err := r.desk.Complete(r.officer(), closed.ID, closed.Version, "好")
	r.must(err)
	r.must(r.db.Update(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
		a, err := access.GetAccount(r.leader(), tx, "officer-1")
		if err != nil {
			return err
		}
		a.Status, a.Version = access.Disabled, a.Version+1
		_, err = journal.Record(storetest.Ctx(t, "z1"), tx, journal.Act{Verb: "access.disabled", Object: a.Object(), Changes: []journal.Change{journal.Put(a)}})
		return err
	}))
	mine, err := r.desk.Mine(r.lead())
	r.must(err)
	if mine.Ownerless.Count != 1 || mine.Ownerless.Tasks[0].ID != s.ID || !mine.Ownerless.Tasks[0].People.left["officer-1"] {
		t.Fatalf("the lead is told of %+v", mine.Ownerless)
	}
	_, err = r.desk.Give(r.lead(), Order{Title: "x", Owner: "officer-1", DueOn: r.day(1)})
	r.refused(err, kernel.ErrInvalid, "work.unknown_owner")
	now, err := r.desk.Reassign(r.lead(), s.ID, s.Version, "", "other-1", "原负责人离任")
	r.must(err)
	if now.Owner != "other-1" || now.State != Open || now.Unit != "d1" {
		t.Errorf("handed on %+v", now.Task)
	}
	// an office that has ended says the same as a closed account
	r.must(r.db.Update(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
		o := office.Official{Zone: tx.Zone, ID: "o1", Name: "示例干部", Unit: "d1", Owner: "system", Position: "科员", Account: "other-1", SinceOn: "2020-01-01", UntilOn: "2021-01-01", Version: 1}
		_, err := journal.Record(storetest.Ctx(t, "z1"), tx, journal.Act{Verb: "office.relieved", Object: o.Object(), Changes: []journal.Change{journal.Put(o)}})
		return err
	}))
	if mine, err = r.desk.Mine(r.lead()); err != nil || mine.Ownerless.Count != 1 {
		t.Errorf("after the office ended: %+v %v", mine.Ownerless, err)
	}
	r.must(r.db.View(r.leader(), func(tx store.Tx) error {
		f, err := HoldsUnit(r.leader(), tx, "d1")
		if err != nil || f == nil || f.Word != "work.holds_unit" || f.Args[0] != int64(1) {
			t.Errorf("the department holds %v %v", f, err)
		}
		if f, err = HoldsUnit(r.leader(), tx, "d2"); f != nil || err != nil {
			t.Errorf("the other holds %v %v", f, err)
		}
		return nil
	}))
}

// TestGiveRefuses: what a task may not say.
func TestGiveRefuses(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	for name, c := range map[string]struct {
		order Order
		word  string
	}{
		"no title":             {Order{DueOn: r.day(1)}, "work.required"},
		"blank title":          {Order{Title: "　 ", DueOn: r.day(1)}, "work.required"},
		"endless title":        {Order{Title: strings.Repeat("长", 201), DueOn: r.day(1)}, "work.too_long"},
		"endless text":         {Order{Title: "x", Detail: strings.Repeat("长", 8001), DueOn: r.day(1)}, "work.too_long"},
		"no day":               {Order{Title: "x"}, "work.no_date"},
		"no such day":          {Order{Title: "x", DueOn: "2026-02-30"}, "kernel.date_form"},
		"yesterday":            {Order{Title: "x", DueOn: r.day(-1)}, "work.due_past"},
		"no such department":   {Order{Title: "x", DueOn: r.day(1), Unit: "d9"}, "access.unit_unknown"},
		"no such account":      {Order{Title: "x", DueOn: r.day(1), Owner: "nobody"}, "work.unknown_owner"},
		"somebody elsewhere":   {Order{Title: "x", DueOn: r.day(1), Unit: "d2", Owner: "other-1"}, "work.owner_elsewhere"},
		"no such project":      {Order{Title: "x", DueOn: r.day(1), Subject: "pipeline.project/none"}, "work.subject_unknown"},
		"another zone's":       {Order{Title: "x", DueOn: r.day(1), Subject: "pipeline.project/abroad"}, "work.subject_unknown"},
		"a thing of no reader": {Order{Title: "x", DueOn: r.day(1), Subject: "access.account/officer-1"}, "work.subject_unknown"},
		"no thing":             {Order{Title: "x", DueOn: r.day(1), Subject: "project"}, "work.subject_unknown"},
		"a priority":           {Order{Title: "x", DueOn: r.day(1), Priority: "now"}, "work.not_a_choice"},
	} {
		_, err := r.desk.Give(r.officer(), c.order)
		t.Log(name)
		r.refused(err, kernel.ErrInvalid, c.word)
	}
	_, err := r.desk.Give(r.officer2(), Order{Title: "x", DueOn: r.day(1), Subject: project}) // may not read it: the same answer
	r.refused(err, kernel.ErrInvalid, "work.subject_unknown")
	_, err = r.desk.Give(r.operator(), Order{Title: "x", DueOn: r.day(1), Unit: "d1"})
	r.refused(err, kernel.ErrDenied, "access.denied")
	r.give(r.operator(), Order{Title: "自己的"})
	list, _, err := r.desk.Tasks(r.leader(), TaskFilter{}, nil, 50)
	r.must(err)
	if len(list) != 1 {
		t.Errorf("%d tasks after refusals", len(list))
	}
	if list, _, err = r.desk.Tasks(r.operator(), TaskFilter{}, nil, 50); err != nil || len(list) != 1 {
		t.Errorf("the operator sees %d, %v", len(list), err)
	}
}

// TestPutOff: another day needs a reason, and the day first agreed stays.
func TestPutOff(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	s := r.give(r.officer(), Order{})
	_, err := r.desk.AmendTask(r.officer(), s.ID, s.Version, TaskPatch{DueOn: ptr(r.day(9))})
	r.refused(err, kernel.ErrInvalid, "work.required")
	_, err = r.desk.AmendTask(r.officer(), s.ID, s.Version, TaskPatch{DueOn: ptr(r.day(-1)), Reason: "补记"})
	r.refused(err, kernel.ErrInvalid, "work.due_past")
	_, err = r.desk.AmendTask(r.officer2(), s.ID, s.Version, TaskPatch{Title: ptr("改")})
	r.refused(err, kernel.ErrDenied, "access.denied")
	now, err := r.desk.AmendTask(r.officer(), s.ID, s.Version, TaskPatch{DueOn: ptr(r.day(9)), Reason: "企业来访推迟"})
	r.must(err)
	if now.DueOn != r.day(9) || now.FirstDueOn != r.day(3) || now.Reason != "企业来访推迟" {
		t.Errorf("put off %+v", now.Task)
	}
	_, err = r.desk.AmendTask(r.officer(), s.ID, s.Version, TaskPatch{Title: ptr("旧版本")})
	r.refused(err, kernel.ErrStale, "work.task_stale")
	gone, err := r.desk.Cancel(r.officer(), s.ID, now.Version, "不再需要")
	r.must(err)
	if gone.State != Cancelled || gone.Task.Late(kernel.Date(r.day(99))) {
		t.Errorf("cancelled %+v", gone.Task)
	}
}

// TestTenThousandTasks: a long list comes in pages, each task once, in order.
func TestTenThousandTasks(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	const many = 10_000
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		acts := make([]journal.Act, many)
		for i := range acts {
			k := Task{Zone: tx.Zone, ID: fmt.Sprintf("t%05d", i), Title: "任务", Unit: "d1", Owner: "officer-1", DueOn: r.day(i % 97), Priority: Normal, State: Open, Version: 1}
			acts[i] = journal.Act{Verb: "work.task_given", Object: k.Object(), Changes: []journal.Change{journal.Put(k)}}
		}
		return journal.RecordAll(ctx, tx, acts)
	}))
	seen, last, pages := map[string]bool{}, "", 0
	for after := (*Place)(nil); ; {
		list, next, err := r.desk.Tasks(r.officer(), TaskFilter{States: []string{Open}}, after, 200)
		r.must(err)
		pages++
		for _, s := range list {
			if at := s.DueOn + s.ID; seen[s.ID] || at < last {
				t.Fatalf("%s after %s", at, last)
			} else {
				seen[s.ID], last = true, at
			}
		}
		if after = next; next == nil {
			break
		}
	}
	if len(seen) != many || pages != 50 {
		t.Errorf("%d tasks on %d pages", len(seen), pages)
	}
	mine, err := r.desk.Mine(r.officer())
	r.must(err)
	if n := mine.DueSoon.Count + mine.Later.Count; n != many || len(mine.Later.Tasks) != mineLimit {
		t.Errorf("%d wait, %d shown", n, len(mine.Later.Tasks))
	}
}

// TestNotes: comments and visits stay as written, name people only to those who
// may see names, and are about what their reader may read.
func TestNotes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		c, err := r.desk.Write(r.officer(), Written{Kind: Comment, Subject: project, Text: "企业想要两块地"})
		r.must(err)
		v, err := r.desk.Write(r.officer(), Written{Kind: Visit, Subject: project, Firm: r.firm, People: "张总、李经理", Text: "看了车间"})
		r.must(err)
		if v.FirmName != "示例精工有限公司" || v.On != r.day(0) || v.People != "张总、李经理" {
			t.Errorf("visited %+v", v.Note)
		}
		if got := r.verbs(project); !slices.Equal(got, []string{"work.note_written", "work.note_written"}) {
			t.Errorf("timeline %v", got)
		}
		for name, c := range map[string]struct {
			w    Written
			word string
		}{
			"no text":        {Written{Kind: Comment, Subject: project}, "work.required"},
			"endless":        {Written{Kind: Comment, Subject: project, Text: strings.Repeat("长", 8001)}, "work.too_long"},
			"about nothing":  {Written{Kind: Comment, Text: "x"}, "work.comment_on_what"},
			"visit nobody":   {Written{Kind: Visit, Text: "x"}, "work.visit_to_whom"},
			"tomorrow":       {Written{Kind: Visit, FirmName: "某厂", Text: "x", On: r.day(1)}, "work.in_future"},
			"comment people": {Written{Kind: Comment, Subject: project, Text: "x", People: "张总"}, "work.only_visit"},
			"no such firm":   {Written{Kind: Visit, Firm: "none", Text: "x"}, "work.subject_unknown"},
		} {
			_, err := r.desk.Write(r.officer(), c.w)
			t.Log(name)
			r.refused(err, kernel.ErrInvalid, c.word)
		}
		list, _, err := r.desk.Notes(r.lead(), project, "", nil, 50)
		r.must(err)
		if len(list) != 2 || list[0].ID != v.ID || list[0].People != "张总、李经理" {
			t.Errorf("the lead reads %+v", list)
		}
		if list, _, err = r.desk.Notes(r.lead2(), project, "", nil, 50); err != nil || len(list) != 0 {
			t.Errorf("who may not read the project reads %+v %v", list, err)
		}
		_, err = r.desk.Withdraw(r.lead2(), c.ID, "不当")
		r.refused(err, kernel.ErrNotFound, "work.note_not_found")
		_, err = r.desk.Withdraw(r.lead(), c.ID, "不当")
		r.refused(err, kernel.ErrConflict, "work.not_writer")
		gone, err := r.desk.Withdraw(r.officer(), c.ID, "写错项目")
		r.must(err)
		if gone.WithdrawnWhy != "写错项目" || gone.Text != "企业想要两块地" {
			t.Errorf("withdrawn %+v", gone.Note)
		}
		_, err = r.desk.EraseNote(r.officer(), v.ID, "本人申请")
		r.refused(err, kernel.ErrDenied, "access.role_needed")
		erased, err := r.desk.EraseNote(r.leader(), v.ID, "本人申请删除")
		r.must(err)
		if erased.People != "" || erased.ErasedAt == 0 || erased.Text != "看了车间" {
			t.Errorf("erased %+v", erased.Note)
		}
		r.must(db.View(r.leader(), func(tx store.Tx) error {
			n, err := store.Count(r.leader(), tx, `SELECT count(*) FROM journal_entries WHERE zone = $1 AND private LIKE '%张总%'`, tx.Zone)
			if n != 0 || err != nil {
				t.Errorf("the journal holds the people %d times, %v", n, err)
			}
			return nil
		}))
	})
}

// TestVeil: who may read a project and not a task or a comment about it sees in
// the project's timeline that there was one, and nothing of what it says.
func TestVeil(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		s := r.give(r.officer(), Order{Title: "核实运营方材料", Subject: project, Unit: "d2"})
		_, err := r.desk.Return(r.lead2(), s.ID, s.Version, "材料疑似虚报")
		r.must(err)
		c, err := r.desk.Write(r.officer(), Written{Kind: Comment, Subject: project, Text: "存疑"})
		r.must(err)
		_, err = r.desk.Withdraw(r.officer(), c.ID, "不宜留存")
		r.must(err)
		r.give(r.operator(), Order{Title: "自己的事", Subject: project})
		province := r.as("city-1", "zone", "province")
		for _, who := range []struct {
			ctx       context.Context
			told, all int
		}{{r.leader(), 5, 5}, {r.operator(), 1, 5}, {province, 0, 5}} {
			r.must(db.View(who.ctx, func(tx store.Tx) error {
				entries, err := journal.History(who.ctx, tx, project, journal.Page{Limit: 50})
				if err != nil {
					return err
				}
				if err := Veil(r.desk.cfg.Gate)(who.ctx, tx, entries); err != nil {
					return err
				}
				told := 0
				for _, e := range entries {
					if e.Detail != nil {
						told++
					} else if e.Reason != "" || e.Verb == "" {
						t.Errorf("%s: %+v", kernel.ActorOf(who.ctx).ID, e)
					}
				}
				if told != who.told || len(entries) != who.all {
					t.Errorf("%s is told of %d of %d", kernel.ActorOf(who.ctx).ID, told, len(entries))
				}
				return nil
			}))
		}
	})
}

// at is a room whose clock stands at noon of a day.
func at(t *testing.T, day *string) *room {
	t.Helper()
	noon := func() time.Time { return time.UnixMilli(kernel.Date(*day).Start()).Add(12 * time.Hour) }
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "work.db"), Now: noon, Log: slog.New(slog.DiscardHandler)}, sources()...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return newRoom(t, db)
}
