package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/zone/party"
)

// parties is the desk of organisations of the room.
func (r *room) parties() *party.Desk {
	book, err := words.Load(party.Words)
	r.must(err)
	return party.NewDesk(r.db, r.desk.gate, book, nil)
}

// reached returns the contacts of the organisation called name, as "name phone
// email", in full, and its version.
func (r *room) reached(name string) (out []string, version int64) {
	r.t.Helper()
	r.must(r.db.View(storetest.Ctx(r.t, "z1"), func(tx store.Tx) error {
		found, err := party.FindByName(r.t.Context(), tx, name)
		if err != nil || len(found) != 1 {
			return fmt.Errorf("%s is there %d times: %w", name, len(found), err)
		}
		version = found[0].Version
		list, err := store.Select[party.Contact](r.t.Context(), tx, "WHERE zone = $1 AND party = $2 ORDER BY id", tx.Zone, found[0].ID)
		for _, c := range list {
			out = append(out, strings.TrimSpace(c.Name+" "+c.Phone+" "+c.Email))
		}
		return err
	}))
	return out, version
}

// openly fails if the journal tells any of texts outside the private bodies.
func (r *room) openly(texts ...string) {
	r.t.Helper()
	r.must(r.db.View(storetest.Ctx(r.t, "z1"), func(tx store.Tx) error {
		list, err := journal.List(r.t.Context(), tx, journal.Filter{}, journal.Page{Limit: 1000})
		for _, e := range list {
			full, err := journal.Get(r.t.Context(), tx, e.ID)
			r.must(err)
			body, err := json.Marshal(full)
			r.must(err)
			for _, t := range texts {
				if strings.Contains(string(body), t) {
					r.t.Errorf("the journal says %q openly: %s", t, body)
				}
			}
		}
		return err
	}))
}

func contactRows() []intake.Values {
	return []intake.Values{
		values("name", "轴承项目", "investor_name", "示例精工有限公司", "stage", "在谈", "contact_name", "演示联系人甲", "contact_phone", "139 0000 0001", "contact_email", "jia@example.org"),
		values("name", "轴承二期", "investor_name", "示例精工有限公司", "stage", "在谈", "contact_name", "演示联系人甲", "contact_phone", "13900000001"),
		values("name", "冷链项目", "investor_name", "示例冷链有限公司", "stage", "在谈", "contact_name", "演示联系人乙", "contact_phone", "请打总机找乙"),
		values("name", "冷链二期", "investor_name", "示例冷链有限公司", "stage", "在谈", "contact_name", "NA", "contact_phone", "/"),
		values("name", "无主项目", "stage", "在谈", "contact_name", "演示联系人丙", "contact_phone", "13900000003"),
		values("name", "不明项目", "investor_name", "示例精工有限公司", "stage", "引进", "contact_name", "演示联系人丁", "contact_phone", "13900000004"),
	}
}

func TestImportedContactsJoinTheInvestor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		_, before := r.reached("示例精工有限公司")
		vs := r.publish(r.officer(), "run-1", contactRows()...)
		if got, want := statuses(vs), []string{"new", "new", "new", "new", "new", "rejected pipeline.import_stage_ambiguous"}; !reflect.DeepEqual(got, want) {
			t.Fatalf("decided %q", got)
		}
		for i, want := range [][]string{nil, nil, {"party.contact_phone_unread"}, nil, {"pipeline.import_contact_homeless"}} {
			if got := noteOf(vs[i]); !reflect.DeepEqual(got, want) {
				t.Errorf("row %d is told %q", i, got)
			}
		}
		if f := vs[2].Reasons[0]; f.Field != "contact_phone" || len(f.Args) != 0 {
			t.Errorf("the note on the phone is %+v", f)
		}
		if got, version := r.reached("示例精工有限公司"); !reflect.DeepEqual(got, []string{"演示联系人甲 139 0000 0001 jia@example.org"}) || version != before+1 {
			t.Errorf("contacts %q, version %d after %d", got, version, before)
		}
		if got, version := r.reached("示例冷链有限公司"); !reflect.DeepEqual(got, []string{"演示联系人乙 请打总机找乙"}) || version != 1 {
			t.Errorf("contacts %q, version %d", got, version)
		}
		r.openly("演示联系人", "0000 0001", "1390000", "jia@example.org", "请打总机")
		if again := statuses(r.publish(r.officer(), "run-2", contactRows()[:4]...)); !reflect.DeepEqual(again, []string{"unchanged", "unchanged", "unchanged", "unchanged"}) {
			t.Errorf("the same again: %q", again)
		}
		r.masked(r.officer())
	})
}

// masked checks that the officer sees the imported contact only masked, and in
// full for a reason that is recorded.
func (r *room) masked(officer context.Context) {
	r.t.Helper()
	desk := r.parties()
	var id string
	r.must(r.db.View(storetest.Ctx(r.t, "z1"), func(tx store.Tx) error {
		found, err := party.FindByName(r.t.Context(), tx, "示例冷链有限公司")
		if err == nil {
			id = found[0].ID
		}
		return err
	}))
	s, err := desk.Find(officer, id)
	r.must(err)
	if c := s.Contacts[0]; c.Name != "演**" || c.Phone != "****" || !reflect.DeepEqual(s.Hidden, party.ContactFields()) {
		r.t.Errorf("the officer sees %+v, hidden %v", c, s.Hidden)
	}
	s, err = desk.Unmask(officer, id, []string{"name", "phone"}, "约定现场考察")
	r.must(err)
	if c := s.Contacts[0]; c.Name != "演示联系人乙" || c.Phone != "请打总机找乙" {
		r.t.Errorf("unmasked %+v", c)
	}
	r.must(r.db.View(storetest.Ctx(r.t, "z1"), func(tx store.Tx) error {
		list, err := journal.History(r.t.Context(), tx, "party.party/"+id, journal.Page{Limit: 1})
		if err != nil || len(list) != 1 || list[0].Verb != "party.unmasked" || list[0].Reason != "约定现场考察" {
			r.t.Errorf("recorded %+v, %v", list, err)
		}
		return nil
	}))
}

func TestUndoTakesBackUntouchedContacts(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, importSources()...))
	held := r.publish(r.officer(), "run-0", values("name", "轴承项目", "investor_name", "示例精工有限公司", "stage", "在谈"))
	_, before := r.reached("示例精工有限公司")
	rows := append(contactRows()[:3], values("name", "铸件项目", "investor_name", "示例铸件有限公司", "stage", "在谈", "contact_name", "演示联系人戊", "contact_phone", "13900000005"))
	vs := r.publish(r.officer(), "run-1", rows...)
	if got := statuses(vs); !reflect.DeepEqual(got, []string{"changed", "new", "new", "new"}) {
		t.Fatalf("decided %q", got)
	}
	var touched party.Contact
	r.must(r.db.View(storetest.Ctx(t, "z1"), func(tx store.Tx) (err error) {
		touched, err = store.Get[party.Contact](t.Context(), tx, "zone = $1 AND phone = $2", tx.Zone, "请打总机找乙")
		return err
	}))
	phone := "13900000006"
	_, err := r.parties().AmendContact(r.officer(), touched.Party, touched.ID, 1, party.ContactPatch{Phone: &phone})
	r.must(err)
	if blocked := r.undo(r.officer(), "run-1", vs); len(blocked) > 0 {
		t.Fatalf("undo is blocked by %+v", blocked)
	}
	if got, version := r.reached("示例冷链有限公司"); !reflect.DeepEqual(got, []string{"演示联系人乙 13900000006"}) || version != 2 {
		t.Errorf("what was touched is %q, version %d", got, version)
	}
	if got, version := r.reached("示例精工有限公司"); len(got) > 0 || version != before+2 {
		t.Errorf("left after undo: %q, version %d after %d", got, version, before)
	}
	if p := r.find(held[0].Object).Project; p.Name != "轴承项目" {
		t.Errorf("the project that stood before is %+v", p)
	}
	r.must(r.db.View(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
		n, err := store.Count(t.Context(), tx, `SELECT count(*) FROM party_parties WHERE zone = $1 AND name = $2`, tx.Zone, "示例铸件有限公司")
		if err != nil || n != 0 {
			t.Errorf("the organisation the run made is there %d times, %v", n, err)
		}
		n, err = store.Count(t.Context(), tx, `SELECT count(*) FROM party_contacts WHERE zone = $1`, tx.Zone)
		if err != nil || n != 1 {
			t.Errorf("%d contacts are left, %v", n, err)
		}
		return nil
	}))
}
