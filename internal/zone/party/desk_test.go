package party

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// room is a zone with two departments, ready for work.
type room struct {
	t    *testing.T
	db   *store.DB
	desk *Desk
	gate *access.Gate
}

func sources() []fs.FS {
	return []fs.FS{journal.Migrations, access.Migrations, Migrations}
}

func newRoom(t *testing.T, db *store.DB) *room {
	t.Helper()
	gate, err := access.NewGate()
	if err != nil {
		t.Fatal(err)
	}
	book, err := words.Load(Words)
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t, db, NewDesk(db, gate, book, nil), gate}
	for _, zone := range []string{"z1", "z2"} {
		ctx := storetest.Ctx(t, zone)
		r.must(db.Update(ctx, func(tx store.Tx) error {
			for _, u := range []access.Unit{{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区"}, {ID: "d1", Parent: "zone", Kind: access.Department, NameZh: "招商一部"},
				{ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "招商二部"}, {ID: "o1", Parent: "zone", Kind: access.Operator, NameZh: "示例运营"}} {
				u.Version = 1
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
	}
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

// register registers p and returns it.
func (r *room) register(ctx context.Context, p Party) Party {
	r.t.Helper()
	s, err := r.desk.Register(ctx, p)
	r.must(err)
	return s.Party
}

// refused fails unless err is of kind with word.
func (r *room) refused(err, kind error, word string) *kernel.Fault {
	r.t.Helper()
	var f *kernel.Fault
	if !errors.Is(err, kind) || !errors.As(err, &f) || f.Word != word {
		r.t.Fatalf("got %v, want %v: %s", err, kind, word)
	}
	return f
}

// entries returns the journal of object, newest first, with what it says openly.
func (r *room) entries(object string) []journal.Entry {
	r.t.Helper()
	var out []journal.Entry
	r.must(r.db.View(storetest.Ctx(r.t, "z1"), func(tx store.Tx) (err error) {
		list, err := journal.History(r.t.Context(), tx, object, journal.Page{Limit: 100})
		for _, e := range list {
			if e, err = journal.Get(r.t.Context(), tx, e.ID); err != nil {
				return err
			}
			out = append(out, e)
		}
		return err
	}))
	return out
}

func verbs(list []journal.Entry) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.Verb)
	}
	return out
}

const (
	code1 = "121200004013590816"
	code2 = "91152201078377449P"
)

func TestRegisterAndConflicts(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer, other, operator := r.as("a1", "d1", "officer"), r.as("a2", "d2", "officer"), r.as("a3", "o1", "operator")
		p := r.register(officer, Party{Kind: Enterprise, Name: "示例（长春）科技公司", CreditCode: code1})
		if p.Unit != "d1" || p.Owner != "a1" || p.Origin != Entered || p.Version != 1 || p.CreatedAt == 0 {
			t.Errorf("registered %+v", p)
		}
		_, err := r.desk.Register(other, Party{Kind: Enterprise, Name: "另一家公司", CreditCode: strings.ToLower(code1)})
		if f := r.refused(err, kernel.ErrConflict, "party.code_taken"); f.Field != "credit_code" || f.Args[0] != "示例（长春）科技公司" {
			t.Errorf("fault %+v", f)
		}
		_, err = r.desk.Register(operator, Party{Kind: Enterprise, Name: "另一家公司", CreditCode: code1})
		if f := r.refused(err, kernel.ErrConflict, "party.code_taken_hidden"); len(f.Args) != 0 {
			t.Errorf("an operator was told %v", f.Args)
		}
		_, err = r.desk.Register(other, Party{Kind: Enterprise, Name: "示例(长春)科技公司"})
		r.refused(err, kernel.ErrConflict, "party.name_taken")
		q := r.register(other, Party{Kind: Enterprise, Name: "示例(长春)科技公司", CreditCode: code2})
		if q.ID == p.ID {
			t.Error("another code of the same name is another organisation")
		}
		_, err = r.desk.Register(other, Party{Kind: Enterprise, Name: "错码公司", CreditCode: "121200004013590817"})
		f := r.refused(err, kernel.ErrInvalid, "party.invalid")
		if len(f.Details) != 1 || f.Details[0].Word != "kernel.credit_check" || f.Details[0].Field != "credit_code" {
			t.Errorf("details %v", f.Details)
		}
		_, err = r.desk.Register(other, Party{Kind: Enterprise, Name: "无此部门公司", Unit: "d2", Owner: "nobody"})
		r.refused(err, kernel.ErrInvalid, "party.owner_unknown")
		_, err = r.desk.Register(r.as("a4", "", "auditor"), Party{Kind: Enterprise, Name: "审计登记公司"})
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("an auditor registered: %v", err)
		}
		list, _, err := r.desk.List(officer, Query{Limit: 10})
		r.must(err)
		if len(list) != 2 {
			t.Errorf("%d parties after the refusals, want 2", len(list))
		}
	})
}

func TestSameCodeAtOnceOneWins(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		const people = 6
		errs := make([]error, people)
		var wait sync.WaitGroup
		for i := range people {
			wait.Go(func() {
				_, errs[i] = r.desk.Register(r.as("a1", "d1", "officer"), Party{Kind: Enterprise, Name: "示例公司" + string(rune('甲'+i)), CreditCode: code1})
			})
		}
		wait.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
				continue
			}
			var f *kernel.Fault
			if !errors.Is(err, kernel.ErrConflict) || !errors.As(err, &f) || !strings.HasPrefix(f.Word, "party.code_taken") || f.Field != "credit_code" {
				t.Errorf("a loser was told %v", err)
			}
		}
		list, _, err := r.desk.List(r.as("a1", "d1", "officer"), Query{Limit: 10})
		r.must(err)
		if won != 1 || len(list) != 1 {
			t.Errorf("%d won, %d stand, want one of each", won, len(list))
		}
	})
}

func TestAmendNeedsTheNewestVersion(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer := r.as("a1", "d1", "officer")
		p := r.register(officer, Party{Kind: Enterprise, Name: "示例旧名公司"})
		name, address := "示例新名公司", "某街2号"
		s, err := r.desk.Amend(officer, p.ID, 1, Patch{Name: &name})
		r.must(err)
		if s.Party.Version != 2 || s.Party.Name != name || !reflect.DeepEqual(s.Party.FormerNames, []string{"示例旧名公司"}) {
			t.Errorf("amended %+v", s.Party)
		}
		_, err = r.desk.Amend(officer, p.ID, 1, Patch{Address: &address})
		r.refused(err, kernel.ErrStale, "party.stale")
		_, err = r.desk.Amend(r.as("a2", "d2", "officer"), p.ID, 2, Patch{Address: &address})
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("another department amended: %v", err)
		}
		_, err = r.desk.Amend(r.as("a3", "o1", "operator"), p.ID, 2, Patch{Address: &address})
		r.refused(err, kernel.ErrNotFound, "party.not_found")
		s, err = r.desk.Find(officer, p.ID)
		r.must(err)
		if s.Party.Address != "" || s.Party.Version != 2 {
			t.Errorf("after the refusals %+v", s.Party)
		}
		got := r.entries(p.Object())
		if !slices.Equal(verbs(got), []string{"party.amended", "party.registered"}) || string(got[0].Detail) != `{"fields":["name","former_names"]}` {
			t.Errorf("journal %v %s", verbs(got), got[0].Detail)
		}
	})
}

func TestAnotherZoneIsNotThere(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		p := r.register(r.as("a1", "d1", "officer"), Party{Kind: Enterprise, Name: "示例公司", CreditCode: code1})
		there := kernel.WithActor(t.Context(), kernel.Actor{Zone: "z2", ID: "b1", Unit: "d1", Roles: []string{"officer"}, Via: "session"})
		_, err := r.desk.Find(there, p.ID)
		r.refused(err, kernel.ErrNotFound, "party.not_found")
		name := "夺名公司"
		_, err = r.desk.Amend(there, p.ID, 1, Patch{Name: &name})
		r.refused(err, kernel.ErrNotFound, "party.not_found")
		list, _, err := r.desk.List(there, Query{Limit: 10})
		r.must(err)
		if len(list) != 0 {
			t.Errorf("another zone lists %v", list)
		}
		if s, err := r.desk.Register(there, Party{Kind: Enterprise, Name: "示例公司", CreditCode: code1}); err != nil || s.Party.ID == p.ID {
			t.Errorf("the code is free in another zone: %v", err)
		}
	})
}

func TestContactsAreMaskedUnmaskedAndErased(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer := r.as("a1", "d1", "officer")
		p := r.register(officer, Party{Kind: Enterprise, Name: "示例公司"})
		_, err := r.desk.AddContact(officer, p.ID, Contact{Name: "演示联系人甲", Title: "演示经理", Phone: "13900000001", Email: "jia@example.org"})
		r.must(err)
		s, err := r.desk.AddContact(officer, p.ID, Contact{Name: "演示联系人乙", Phone: "13900000002"})
		r.must(err)
		if s.Party.Version != 3 || len(s.Contacts) != 2 || s.Contacts[0].Name != "演**" || s.Contacts[0].Phone != "139****0001" || s.Contacts[0].Email != "j***@example.org" || s.Contacts[0].Title != "****" {
			t.Errorf("masked %+v", s)
		}
		if !reflect.DeepEqual(s.Hidden, ContactFields()) {
			t.Errorf("hidden %v", s.Hidden)
		}

		_, err = r.desk.Unmask(officer, p.ID, []string{"phone"}, "  ")
		r.refused(err, kernel.ErrInvalid, "party.reason_required")
		_, err = r.desk.Unmask(officer, p.ID, []string{"salary"}, "核对联系方式")
		r.refused(err, kernel.ErrInvalid, "party.unmask_field")
		_, err = r.desk.Unmask(r.as("a2", "d2", "officer"), p.ID, []string{"phone"}, "核对联系方式")
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("another department unmasked: %v", err)
		}
		open, err := r.desk.Unmask(officer, p.ID, []string{"phone"}, "核对联系方式")
		r.must(err)
		if open.Contacts[0].Phone != "13900000001" || open.Contacts[0].Name != "演**" || slices.Contains(open.Hidden, "phone") {
			t.Errorf("unmasked %+v", open)
		}

		first, second := s.Contacts[0].ID, s.Contacts[1].ID
		phone := "13900000003"
		_, err = r.desk.AmendContact(officer, p.ID, second, 2, ContactPatch{Phone: &phone})
		r.refused(err, kernel.ErrStale, "party.stale")
		_, err = r.desk.AmendContact(officer, p.ID, second, 3, ContactPatch{Phone: &phone})
		r.must(err)
		r.neverOpen(p.Object(), "演示联系人", "1390000000", "example.org", "演示经理")

		_, err = r.desk.Erase(officer, p.ID, first, "本人要求删除")
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("an officer erased: %v", err)
		}
		leader := r.as("l1", "", "leader")
		_, err = r.desk.Erase(leader, p.ID, "", "本人要求删除")
		r.refused(err, kernel.ErrInvalid, "party.erase_which")
		_, err = r.desk.Erase(leader, p.ID, first, "本人要求删除")
		r.must(err)
		open, err = r.desk.Unmask(leader, p.ID, ContactFields(), "核对删除结果")
		r.must(err)
		if c := open.Contacts[0]; c.Name+c.Title+c.Phone+c.Email != "" || c.ErasedAt == 0 {
			t.Errorf("erased contact %+v", c)
		}
		if c := open.Contacts[1]; c.Name != "演示联系人乙" || c.Phone != phone {
			t.Errorf("the other contact %+v", c)
		}
		want := []string{"party.unmasked", "party.erased", "party.contact_amended", "party.unmasked", "party.contact_added", "party.contact_added", "party.registered"}
		got := r.entries(p.Object())
		if !slices.Equal(verbs(got), want) {
			t.Errorf("journal %v, want %v", verbs(got), want)
		}
		for i, e := range got {
			if i > 1 && e.Private == "held" {
				t.Errorf("%s still holds personal data", e.Verb)
			}
		}
		if got[1].Private != "held" {
			t.Errorf("the erasure does not hold the rows that stay: %s", got[1].Private)
		}
		version := open.Party.Version
		_, err = r.desk.AmendContact(officer, p.ID, first, version, ContactPatch{Phone: &phone})
		r.refused(err, kernel.ErrConflict, "party.contact_erased")
		_, err = r.desk.RemoveContact(officer, p.ID, second, version)
		r.must(err)
		_, err = r.desk.RemoveContact(officer, p.ID, second, version+1)
		r.refused(err, kernel.ErrNotFound, "party.contact_not_found")

		_, err = r.desk.Erase(leader, p.ID, "none", "本人要求删除")
		r.refused(err, kernel.ErrNotFound, "party.contact_not_found")
		_, err = r.desk.Erase(leader, p.ID, second, "本人要求删除")
		r.must(err)
		r.must(db.View(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
			n, err := store.Count(t.Context(), tx, "SELECT count(*) FROM journal_entries WHERE zone = 'z1' AND private LIKE '%演示联系人乙%'")
			if n != 0 {
				t.Errorf("%d entries still hold the removed contact", n)
			}
			return err
		}))
	})
}

func TestAfterErasureTheJournalStillVerifies(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer, leader := r.as("a1", "d1", "officer"), r.as("l1", "", "leader")
		p := r.register(officer, Party{Kind: Person, Name: "演示个人"})
		s, err := r.desk.AddContact(officer, p.ID, Contact{Name: "演示联系人", Phone: "13900000001"})
		r.must(err)
		firm := r.register(officer, Party{Kind: Enterprise, Name: "示例公司"})
		_, err = r.desk.AddContact(officer, firm.ID, Contact{Name: "演示联系人", Phone: "13900000002"})
		r.must(err)
		_, err = r.desk.Erase(leader, s.Party.ID, "", "本人要求删除")
		r.must(err)
		keys, err := journal.LoadKeys(filepath.Join(t.TempDir(), "keys"), "test", db.Now())
		r.must(err)
		ctx := storetest.Ctx(t, "z1")
		_, err = (&journal.Sequencer{DB: db, Keys: keys}).Sequence(ctx)
		r.must(err)
		rep, err := journal.Verify(ctx, db, keys, "", Tables())
		r.must(err)
		if !rep.OK() || rep.Rows != 4 || rep.Erased != 2 {
			t.Errorf("report %+v, want 4 rows as recorded and 2 erased entries", rep)
		}
	})
}

// neverOpen fails when the open part of an entry about object holds a text.
func (r *room) neverOpen(object string, texts ...string) {
	r.t.Helper()
	for _, e := range r.entries(object) {
		raw, err := json.Marshal(e)
		r.must(err)
		for _, text := range texts {
			if strings.Contains(string(raw), text) {
				r.t.Errorf("%s tells %q openly", e.Verb, text)
			}
		}
	}
}

func TestPrivatePeople(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer, operator := r.as("a1", "d1", "officer"), r.as("a3", "o1", "operator")
		p := r.register(officer, Party{Kind: Person, Name: "演示个人"})
		if p.Name != "演示个人" {
			t.Errorf("shown as %q", p.Name)
		}
		r.register(officer, Party{Kind: Person, Name: "演示个人"}) // people may share a name
		r.register(operator, Party{Kind: Person, Name: "演示访客"})
		r.neverOpen(p.Object(), "演示个人")
		list, _, err := r.desk.List(officer, Query{Q: "示个", Limit: 10})
		r.must(err)
		if len(list) != 2 {
			t.Errorf("found %d, want 2", len(list))
		}
		list, _, err = r.desk.List(operator, Query{Limit: 10})
		r.must(err)
		if len(list) != 1 || list[0].Name != "演**" || list[0].PersonName != "" || list[0].PersonKey != "" {
			t.Errorf("an operator sees %+v", list)
		}
		list, _, err = r.desk.List(operator, Query{Q: "访客", Limit: 10})
		r.must(err)
		if len(list) != 0 {
			t.Error("a masked name can be searched out")
		}
		s, err := r.desk.Erase(r.as("l1", "", "leader"), p.ID, "", "本人要求删除")
		r.must(err)
		if s.Party.Name != "" {
			t.Errorf("after erasure %+v", s.Party)
		}
	})
}

func TestListPagesInPinyinOrder(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		officer := r.as("a1", "d1", "officer")
		var all []Party
		for _, n := range []string{"中山示例公司", "阿城示例公司", "Beta示例公司", "白城示例公司", "北京示例公司"} {
			all = append(all, r.register(officer, Party{Kind: Enterprise, Name: n, Region: string([]rune(n)[:2])}))
		}
		all = append(all, r.register(officer, Party{Kind: Institution, Name: "示例研究院", Region: "220171"}), r.register(officer, Party{Kind: Person, Name: "阿演示"}))
		for _, sort := range Sorts() {
			var names []string
			q := Query{Sort: sort, Limit: 2}
			for {
				list, end, err := r.desk.List(officer, q)
				r.must(err)
				for _, p := range list {
					names = append(names, p.Name)
				}
				if q.After = end; end == nil {
					break
				}
			}
			if want := ordered(all, sort); !slices.Equal(names, want) {
				t.Errorf("%s: %q, want %q", sort, names, want)
			}
		}
		for _, c := range []struct {
			q    Query
			want int
		}{
			{Query{Kind: Institution}, 1}, {Query{Region: "2201"}, 1}, {Query{Region: "阿城"}, 1}, {Query{Q: "Ｂeta 示例"}, 1}, {Query{Q: "示例公司"}, 5}, {Query{Q: "%"}, 7}, {Query{Q: "_"}, 7}, {Query{Q: "x"}, 0},
		} {
			c.q.Limit = 50
			list, _, err := r.desk.List(officer, c.q)
			r.must(err)
			if len(list) != c.want {
				t.Errorf("%+v: %d, want %d", c.q, len(list), c.want)
			}
		}
		_, _, err := r.desk.List(officer, Query{Sort: "phone", Limit: 5})
		r.refused(err, kernel.ErrInvalid, "party.sort_unknown")
	})
}

// ordered returns the names of all as a list sorted by sort shows them.
func ordered(all []Party, sort string) []string {
	out := []string{"Beta示例公司", "阿城示例公司", "白城示例公司", "北京示例公司", "示例研究院", "中山示例公司", "阿演示"}
	if strings.HasSuffix(sort, "updated_at") {
		out = nil
		slices.SortFunc(all, func(a, b Party) int {
			return cmp.Or(cmp.Compare(a.UpdatedAt, b.UpdatedAt), cmp.Compare(a.ID, b.ID))
		})
		for _, p := range all {
			out = append(out, p.Name)
		}
	}
	if strings.HasPrefix(sort, "-") {
		slices.Reverse(out)
	}
	return out
}

func TestEnsureFindsOrMakes(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		p := r.register(r.as("a1", "d1", "officer"), Party{Kind: Enterprise, Name: "示例（长春）公司"})
		ctx := storetest.Ctx(t, "z1")
		ensure := func(d Draft) (string, int) {
			t.Helper()
			var id string
			n := 0
			r.must(db.Update(ctx, func(tx store.Tx) error {
				got, changes, err := Ensure(ctx, tx, d)
				if err != nil {
					return err
				}
				id, n = got, len(changes)
				if n == 0 {
					return nil
				}
				_, err = journal.Record(ctx, tx, journal.Act{Verb: "pipeline.opened", Object: "pipeline.project/1", Changes: changes})
				return err
			}))
			return id, n
		}
		if id, n := ensure(Draft{Name: "示例(长春)公司"}); id != p.ID || n != 0 {
			t.Errorf("by name: %s, %d changes", id, n)
		}
		if id, n := ensure(Draft{Name: "示例(长春)公司", CreditCode: code1}); id != p.ID || n != 1 {
			t.Errorf("learned a code: %s, %d changes", id, n)
		}
		if id, n := ensure(Draft{Name: "怎么写都行", CreditCode: code1}); id != p.ID || n != 0 {
			t.Errorf("by code: %s, %d changes", id, n)
		}
		fresh, n := ensure(Draft{Name: "示例新公司", Unit: "d1", Owner: "a1", Origin: Imported})
		if again, m := ensure(Draft{Name: "示例新公司"}); n != 1 || m != 0 || again != fresh || fresh == p.ID {
			t.Errorf("made %s (%d), found %s (%d)", fresh, n, again, m)
		}
		r.must(db.View(ctx, func(tx store.Tx) error {
			got, err := Get(ctx, tx, p.ID)
			if err == nil && (got.CreditCode != code1 || got.Version != 2) {
				t.Errorf("learned %+v", got)
			}
			_, _, err2 := Ensure(ctx, tx, Draft{Name: "示例（长春）公司", CreditCode: code2})
			r.refused(err2, kernel.ErrInvalid, "party.code_conflict")
			_, _, err2 = Ensure(ctx, tx, Draft{Name: "某公司", CreditCode: "1"})
			r.refused(err2, kernel.ErrInvalid, "party.invalid")
			many, err4 := EnsureAll(ctx, tx, []Draft{{Name: "示例批量公司"}, {Name: "示例 批量公司"}, {Name: "（）"}, {Name: "演示个人", Kind: Person}, {Name: "演示个人", Kind: Person}})
			r.must(err4)
			if many[0].ID != many[1].ID || len(many[0].Changes) != 1 || len(many[1].Changes) != 0 || many[2].Err == nil || many[3].ID == many[4].ID {
				t.Errorf("many at once: %+v", many)
			}
			list, err3 := FindByName(ctx, tx, " 示例 新公司")
			if len(list) != 1 || list[0].ID != fresh {
				t.Errorf("by name: %v", list)
			}
			return errors.Join(err, err3)
		}))
	})
}

func TestWords(t *testing.T) {
	t.Parallel()
	if err := words.Check(Words); err != nil {
		t.Error(err)
	}
}
