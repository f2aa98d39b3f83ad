package office

import (
	"context"
	"errors"
	"io/fs"
	"reflect"
	"slices"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// room is a zone with one unit, the zone itself.
type room struct {
	t    *testing.T
	db   *store.DB
	desk *Desk
	ctx  context.Context // the system administrator
}

func newRoom(t *testing.T, db *store.DB, holders ...Holder) *room {
	t.Helper()
	gate, err := access.NewGate()
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t, db, NewDesk(db, gate, holders...), nil}
	r.ctx = r.as("s1", "", "system_admin")
	ctx := storetest.Ctx(t, "z1")
	r.must(db.Update(ctx, func(tx store.Tx) error {
		u := access.Unit{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区", Version: 1}
		changes, err := access.PutUnit(ctx, tx, u)
		if err != nil {
			return err
		}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes})
		return err
	}))
	return r
}

func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	storetest.Each(t, []fs.FS{journal.Migrations, access.Migrations, Migrations}, fn)
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

func (r *room) refused(err, kind error, word string) *kernel.Fault {
	r.t.Helper()
	var f *kernel.Fault
	if !errors.Is(err, kind) || !errors.As(err, &f) || f.Word != word {
		r.t.Fatalf("got %v, want %v: %s", err, kind, word)
	}
	return f
}

func (r *room) establish(name, kind, parent string) access.Unit {
	r.t.Helper()
	u, err := r.desk.Establish(r.ctx, access.Unit{NameZh: name, Kind: kind, Parent: parent})
	r.must(err)
	return u
}

func TestUnitsAreSetUpRenamedMovedAndClosed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		d1, d2 := r.establish("招商一部", Department, "zone"), r.establish("招商二部", Department, "zone")
		p := r.establish("示例平台", Platform, d1.ID)
		if p.Version != 1 || p.Parent != d1.ID || p.CreatedAt == 0 {
			t.Errorf("established %+v", p)
		}
		en := "Example Platform"
		p, err := r.desk.Rename(r.ctx, p.ID, 1, UnitNames{NameEn: &en})
		r.must(err)
		if p.NameZh != "示例平台" || p.NameEn != en || p.Version != 2 {
			t.Errorf("renamed %+v", p)
		}
		_, err = r.desk.Move(r.ctx, p.ID, 1, d2.ID)
		r.refused(err, kernel.ErrStale, "office.stale")
		p, err = r.desk.Move(r.ctx, p.ID, 2, d2.ID)
		r.must(err)
		_, err = r.desk.Move(r.ctx, d2.ID, 1, p.ID)
		r.refused(err, kernel.ErrInvalid, "access.unit_cycle")
		_, err = r.desk.Close(r.ctx, d1.ID, 1, "2026-11-30")
		r.must(err)
		_, err = r.desk.Rename(r.ctx, d1.ID, 2, UnitNames{NameEn: &en})
		r.refused(err, kernel.ErrConflict, "office.unit_closed")
		open, err := r.desk.Units(r.ctx, false)
		r.must(err)
		all, err := r.desk.Units(r.ctx, true)
		r.must(err)
		if len(open) != 3 || len(all) != 4 {
			t.Errorf("%d open of %d, want 3 of 4", len(open), len(all))
		}
		_, err = r.desk.Establish(r.ctx, access.Unit{NameZh: "另一区", Kind: access.ZoneUnit})
		r.refused(err, kernel.ErrInvalid, "office.unit_kind")
		_, err = r.desk.Close(r.ctx, "zone", 1, "2026-11-30")
		r.refused(err, kernel.ErrInvalid, "office.unit_kind")
		_, err = r.desk.Close(r.ctx, "none", 1, "2026-11-30")
		r.refused(err, kernel.ErrNotFound, "office.unit_not_found")
		_, err = r.desk.Establish(r.as("a1", d2.ID, "officer"), access.Unit{NameZh: "自设部门", Kind: Department, Parent: "zone"})
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("an officer set up a unit: %v", err)
		}
	})
}

func TestAUnitThatHoldsAnythingIsNotClosed(t *testing.T) {
	projects := int64(2)
	each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db, func(context.Context, store.Tx, string) (*kernel.Fault, error) {
			if projects == 0 {
				return nil, nil
			}
			return &kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.holds_projects", Args: []any{projects}}, nil
		})
		d := r.establish("招商一部", Department, "zone")
		p := r.establish("示例平台", Platform, d.ID)
		o, err := r.desk.Appoint(r.ctx, Official{Name: "演示干部", Unit: d.ID, Position: "部长", SinceOn: "2024-01-01"})
		r.must(err)
		_, err = r.desk.AssignDuty(r.ctx, Duty{Unit: d.ID, TextZh: "汽车产业链招商", Source: "示例文件〔2024〕1号", SinceOn: "2024-01-01"})
		r.must(err)
		ctx := storetest.Ctx(t, "z1")
		r.must(db.Update(ctx, func(tx store.Tx) error {
			a := access.Account{Zone: "z1", ID: "a1", Login: "a1", Name: "演示账号", Unit: d.ID, Status: access.Active, Version: 1}
			_, err := journal.Record(ctx, tx, journal.Act{Verb: "account.opened", Object: "access.account/a1", Changes: []journal.Change{journal.Put(a)}})
			return err
		}))
		_, err = r.desk.Close(r.ctx, d.ID, d.Version, "2026-11-30")
		f := r.refused(err, kernel.ErrConflict, "office.unit_holds")
		var parts []string
		for _, part := range f.Details {
			parts = append(parts, part.Word)
		}
		want := []string{"office.holds_units", "office.holds_officials", "office.holds_accounts", "office.holds_duties", "pipeline.holds_projects"}
		if !slices.Equal(parts, want) || !reflect.DeepEqual(f.Details[1].Args, []any{int64(1), []string{"演示干部"}}) {
			t.Errorf("holds %v %v, want %v", parts, f.Details, want)
		}
		book, err := words.Load(Words)
		r.must(err)
		if got := book.Say("zh", f.Details[0].Word, f.Details[0].Args...); got != "下设单位 1 个（示例平台）" {
			t.Errorf("said %q", got)
		}
		units, err := r.desk.Units(r.ctx, false)
		r.must(err)
		if len(units) != 3 {
			t.Errorf("%d units stand, want 3", len(units))
		}
		_, _ = o, p
	})
}

func TestOfficesEndAndStay(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		d := r.establish("招商一部", Department, "zone")
		_, err := r.desk.Appoint(r.ctx, Official{Name: " ", Unit: "none"})
		f := r.refused(err, kernel.ErrInvalid, "office.official_invalid")
		if len(f.Details) != 3 {
			t.Errorf("details %v, want name, position and date", f.Details)
		}
		_, err = r.desk.Appoint(r.ctx, Official{Name: "演示干部", Unit: "none", Position: "部长", SinceOn: "2024-01-01"})
		if !errors.Is(err, kernel.ErrInvalid) {
			t.Errorf("appointed to no unit: %v", err)
		}
		_, err = r.desk.Appoint(r.ctx, Official{Name: "演示干部", Unit: d.ID, Position: "部长", SinceOn: "2024-01-01", Account: "nobody"})
		r.refused(err, kernel.ErrInvalid, "office.account_not_found")
		o, err := r.desk.Appoint(r.ctx, Official{Name: "演示干部", Unit: d.ID, Position: "部长", SinceOn: "2024-01-01"})
		r.must(err)
		duty, err := r.desk.AssignDuty(r.ctx, Duty{Official: o.ID, TextZh: "联系重点企业", Source: "示例文件〔2024〕2号", SinceOn: "2024-02-01", Industry: "C"})
		r.must(err)
		if duty.Unit != d.ID || duty.Version != 1 {
			t.Errorf("duty %+v", duty)
		}
		position := "副部长"
		o, err = r.desk.AmendOfficial(r.ctx, o.ID, 1, OfficialPatch{Position: &position})
		r.must(err)
		_, err = r.desk.Relieve(r.ctx, o.ID, 1, "2025-01-31")
		r.refused(err, kernel.ErrStale, "office.stale")
		_, err = r.desk.Relieve(r.ctx, o.ID, 2, "2023-12-31")
		r.refused(err, kernel.ErrInvalid, "office.official_invalid")
		o, err = r.desk.Relieve(r.ctx, o.ID, 2, "2025-01-31")
		r.must(err)
		if o.UntilOn != "2025-01-31" || o.Version != 3 || !o.Holds("2025-01-31") || o.Holds("2025-02-01") {
			t.Errorf("relieved %+v", o)
		}
		_, err = r.desk.AmendOfficial(r.ctx, o.ID, 3, OfficialPatch{Position: &position})
		r.refused(err, kernel.ErrConflict, "office.ended")
		_, err = r.desk.AssignDuty(r.ctx, Duty{Official: o.ID, TextZh: "联系重点企业", Source: "示例文件〔2025〕1号", SinceOn: "2025-02-01"})
		r.refused(err, kernel.ErrConflict, "office.duty_bearer")
		now, _, err := r.desk.Officials(r.ctx, Query{Limit: 10})
		r.must(err)
		ever, _, err := r.desk.Officials(r.ctx, Query{Limit: 10, Ended: true, Unit: d.ID})
		r.must(err)
		if len(now) != 0 || len(ever) != 1 {
			t.Errorf("%d in office, %d ever, want 0 and 1", len(now), len(ever))
		}
		duties, _, err := r.desk.Duties(r.ctx, Query{Limit: 10, Ended: true, Official: o.ID})
		r.must(err)
		if len(duties) != 1 || duties[0].UntilOn != "2025-01-31" {
			t.Errorf("duties after the office ended: %+v", duties)
		}
		_, err = r.desk.EndDuty(r.ctx, duty.ID, 2, "2025-02-01")
		r.refused(err, kernel.ErrConflict, "office.duty_over")
	})
}

func TestListsPage(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		d := r.establish("招商一部", Department, "zone")
		for range 5 {
			_, err := r.desk.Appoint(r.ctx, Official{Name: "演示干部", Unit: d.ID, Position: "干事", SinceOn: "2024-01-01"})
			r.must(err)
		}
		q, pages, seen := Query{Limit: 2}, 0, map[string]bool{}
		for {
			list, more, err := r.desk.Officials(r.as("a1", d.ID, "officer"), q)
			r.must(err)
			for _, o := range list {
				seen[o.ID] = true
			}
			pages++
			if !more {
				break
			}
			q.After = list[len(list)-1].ID
		}
		if pages != 3 || len(seen) != 5 {
			t.Errorf("%d pages with %d officials, want 3 with 5", pages, len(seen))
		}
	})
}

func TestChecks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   Duty
		want []string
	}{
		{Duty{}, []string{"unit:office.required", "text_zh:office.required", "source:office.required", "since_on:office.date_required"}},
		{Duty{Unit: "u", TextZh: "文", Source: "号", SinceOn: "2024-02-30"}, []string{"since_on:office.date_form"}},
		{Duty{Unit: "u", TextZh: "文", Source: "号", SinceOn: "2024-02-01", UntilOn: "2024-01-31", Industry: "c"}, []string{"industry:office.industry_form", "until_on:office.date_order"}},
		{Duty{Unit: "u", TextZh: "文", Source: "号", SinceOn: "2024-02-01", UntilOn: "2024-02-01", Industry: "36"}, nil},
	} {
		var f *kernel.Fault
		var got []string
		if errors.As(c.in.Check(), &f) {
			for _, d := range f.Details {
				got = append(got, d.Field+":"+d.Word)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.in, got, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	if err := words.Check(Words); err != nil {
		t.Error(err)
	}
}
