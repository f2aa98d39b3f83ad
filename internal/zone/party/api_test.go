package party

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// open opens a door on r's desk. Who asks is said by the header X-As: id, unit
// and role, with slashes between.
func (r *room) open() *apitest.Server {
	r.t.Helper()
	book, err := words.Load(httpapi.Words, access.Words, store.Words, Words)
	r.must(err)
	door := httpapi.NewDoor(httpapi.Config{
		Words: book, DB: r.db, Require: r.gate.Require,
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			who := strings.Split(q.Header.Get("X-As"), "/")
			if len(who) != 4 {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "access.signed_out")
			}
			return kernel.Actor{Zone: who[0], ID: who[1], Name: who[1], Unit: who[2], Roles: who[3:], Via: "session"}, nil
		},
	})
	r.desk.book = book
	r.desk.Routes(door)
	return apitest.Start(r.t, door)
}

// shown is what the tests read of an answer.
type shown struct {
	ID, Name string
	Version  int64
	Warnings []Said
	Contacts []Contact
	Hidden   []string
}

func TestPartyOverTheAPI(t *testing.T) {
	r := newRoom(t, storetest.Open(t, append(sources(), httpapi.Migrations)...))
	server := r.open()
	officer := server.As("zh").With("X-As", "z1/a1/d1/officer")
	english := server.As("en").With("X-As", "z1/a1/d1/officer")

	// Wrong input names every field, in the reader's language.
	p := officer.Post("/parties", apitest.Object{"kind": "enterprise", "name": "", "credit_code": "121200004013590817"}).Refused(422, "party.invalid", "name", "credit_code")
	if !slices.ContainsFunc(p.Errors, func(e httpapi.ProblemError) bool { return strings.Contains(e.Message, "校验码") }) {
		t.Errorf("errors %+v do not name the check character", p.Errors)
	}
	wrongOrg := wrongOrgCode()
	p = english.Post("/parties", apitest.Object{"kind": "enterprise", "name": "Example", "credit_code": wrongOrg}).Refused(422, "party.invalid", "credit_code")
	if p.Errors[0].Code != "kernel.credit_org" {
		t.Errorf("the organisation code's own check digit: %+v", p.Errors)
	}

	// A code of an unknown region is registered with a warning that stays.
	var s shown
	tag := officer.Post("/parties", apitest.Object{"kind": "enterprise", "name": "示例科技公司", "credit_code": codeIn("990000", "MA000001"),
		"registered_capital": apitest.Object{"minor": 500000000, "currency": "CNY"}, "founded": "2010-05"}).Status(201).JSON(&s).ETag()
	if len(s.Warnings) != 1 || s.Warnings[0].Code != "kernel.region_unknown" || !strings.Contains(s.Warnings[0].Message, "990000") {
		t.Errorf("warnings %+v", s.Warnings)
	}
	path := "/parties/" + s.ID
	var in shown
	english.Get(path).Status(200).JSON(&in)
	if len(in.Warnings) != 1 || strings.Contains(in.Warnings[0].Message, "区划") {
		t.Errorf("in English: %+v", in.Warnings)
	}

	// A second one of the same name is told which one stands.
	p = officer.Post("/parties", apitest.Object{"kind": "enterprise", "name": "示例 科技公司"}).Refused(409, "party.name_taken", "name")
	if !strings.Contains(p.Detail, "示例科技公司") {
		t.Errorf("detail %q", p.Detail)
	}

	// Two people save: the second is told, and without a version nobody may.
	officer.Patch(path, apitest.Object{"address": "某街1号"}).Problem(428, "httpapi.if_match_missing")
	officer.IfMatch(tag).Patch(path, apitest.Object{"address": "某街1号"}).Status(200)
	officer.IfMatch(tag).Patch(path, apitest.Object{"address": "某街2号"}).Problem(412, "party.stale")

	// Contacts are masked; seeing them needs a reason.
	officer.Post(path+"/contacts", apitest.Object{"name": "演示联系人", "phone": "13900000001"}).Status(201).JSON(&s)
	if len(s.Contacts) != 1 || s.Contacts[0].Phone != "139****0001" || len(s.Hidden) != 4 {
		t.Errorf("contacts %+v hidden %v", s.Contacts, s.Hidden)
	}
	officer.Post(path+"/unmask", apitest.Object{"fields": []string{"phone"}, "reason": "看"}).Refused(422, "party.reason_required", "reason")
	officer.Post(path+"/unmask", apitest.Object{"fields": []string{"phone"}, "reason": "核对联系方式"}).Status(200).JSON(&s)
	if s.Contacts[0].Phone != "13900000001" || s.Contacts[0].Name != "演**" {
		t.Errorf("unmasked %+v", s.Contacts)
	}
	contact := path + "/contacts/" + s.Contacts[0].ID
	officer.IfMatch(`"3"`).Patch(contact, apitest.Object{"phone": "x"}).Refused(422, "party.contact_invalid", "phone")
	officer.IfMatch(`"3"`).Delete(contact).Status(200).JSON(&s)
	if len(s.Contacts) != 0 || s.Version != 4 {
		t.Errorf("after removal %+v", s)
	}

	// What is not theirs is not there; what they may not do is refused.
	server.As("zh").Get(path).Problem(401, "access.signed_out")
	server.As("zh").With("X-As", "z2/a1/d1/officer").Get(path).Problem(404, "party.not_found")
	server.As("zh").With("X-As", "z1/a3/o1/operator").Get(path).Problem(404, "party.not_found")
	server.As("zh").With("X-As", "z1/s1//system_admin").Get(path).Status(403)
	server.As("zh").With("X-As", "z1/a2/d2/officer").IfMatch(`"4"`).Patch(path, apitest.Object{"address": "某街3号"}).Status(403)
	officer.Post(path+"/erase", apitest.Object{"reason": "本人要求删除"}).Status(403)
	officer.Get(path).Status(200).JSON(&s)
	if s.Version != 4 {
		t.Errorf("version %d after the refusals, want 4", s.Version)
	}
}

// What happened to a party is read by whoever may read it, page by page, and of
// other contexts' acts only what those let the reader see.
func TestTimelineOfAParty(t *testing.T) {
	r := newRoom(t, storetest.Open(t, append(sources(), httpapi.Migrations)...))
	officer := r.as("a1", "d1", "officer")
	p := r.register(officer, Party{Kind: Enterprise, Name: "示例公司", CreditCode: code1})
	r.must(r.db.Update(officer, func(tx store.Tx) error {
		_, err := journal.Record(officer, tx, journal.Act{Verb: "party.amended", Object: p.Object(), Reason: "他人的理由", Detail: map[string]any{"note": "n1"}})
		return err
	}))
	var asked []int
	r.desk.veil = func(ctx context.Context, _ store.Tx, entries []journal.Entry) error {
		asked = append(asked, len(entries))
		for i := range entries {
			if kernel.ActorOf(ctx).ID != "a1" {
				entries[i].Reason, entries[i].Detail = "", nil
			}
		}
		return nil
	}
	server := r.open()
	type answer struct {
		Items []struct {
			Verb, Reason string
			Detail       map[string]any
		}
		Next string `json:"next_cursor"`
	}
	read := func(as, query string) (a answer) {
		server.As("zh").With("X-As", as).Get("/parties/" + p.ID + "/timeline" + query).Status(200).JSON(&a)
		return a
	}
	first := read("z1/a1/d1/officer", "?limit=1")
	if len(first.Items) != 1 || first.Items[0].Reason != "他人的理由" || first.Items[0].Detail["note"] != "n1" || first.Next == "" {
		t.Errorf("first page %+v", first)
	}
	second := read("z1/a1/d1/officer", "?limit=1&cursor="+url.QueryEscape(first.Next))
	if len(second.Items) != 1 || second.Items[0].Verb != "party.registered" || second.Next != "" {
		t.Errorf("second page %+v", second)
	}
	other := read("z1/a2/d2/officer", "")
	if len(other.Items) != 2 || other.Items[0].Verb != "party.amended" || other.Items[0].Reason != "" || other.Items[0].Detail != nil {
		t.Errorf("veiled %+v", other)
	}
	if !slices.Equal(asked, []int{2, 1, 2}) {
		t.Errorf("veiled by pages of %v", asked)
	}
	path := "/parties/" + p.ID + "/timeline"
	server.As("zh").With("X-As", "z1/a3/o1/operator").Get(path).Problem(404, "party.not_found")
	server.As("zh").With("X-As", "z2/a1/d1/officer").Get(path).Problem(404, "party.not_found")
	server.As("zh").With("X-As", "z1/s1//system_admin").Get(path).Status(403)
}

func TestPartyListAndExportOverTheAPI(t *testing.T) {
	r := newRoom(t, storetest.Open(t, append(sources(), httpapi.Migrations)...))
	officer := r.open().As("zh").With("X-As", "z1/a1/d1/officer")
	for _, name := range []string{"白城示例公司", "阿城示例公司", "北京示例公司"} {
		officer.Post("/parties", apitest.Object{"kind": "enterprise", "name": name, "aliases": []string{"示例"}}).Status(201)
	}
	var page struct {
		Items      []shown
		NextCursor string `json:"next_cursor"`
	}
	officer.Get("/parties?limit=2").Status(200).JSON(&page)
	if len(page.Items) != 2 || page.Items[0].Name != "阿城示例公司" || page.NextCursor == "" {
		t.Fatalf("first page %+v", page)
	}
	next := url.QueryEscape(page.NextCursor)
	officer.Get("/parties?limit=2&sort=-name&cursor="+next).Refused(422, "httpapi.cursor_other", "cursor")
	page.NextCursor = ""
	officer.Get("/parties?limit=2&cursor=" + next).Status(200).JSON(&page)
	if len(page.Items) != 1 || page.Items[0].Name != "北京示例公司" || page.NextCursor != "" {
		t.Errorf("second page %+v", page)
	}
	officer.Get("/parties?sort=phone").Status(422)
	body := officer.Get("/parties/export?format=csv&sort=name").Status(200).Body
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff")))).ReadAll()
	r.must(err)
	if len(rows) != 4 || rows[0][1] != "名称" || rows[1][0] != "企业" || rows[1][1] != "阿城示例公司" || rows[1][4] != "示例" {
		t.Errorf("export %q", rows)
	}
	officer.Get("/parties/export?format=pdf").Status(422)
}

// wrongOrgCode is a code whose last check character is right and whose
// organisation code is not.
func wrongOrgCode() string {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for _, c := range alphabet {
		code := "91220101MA0000000" + string(c)
		if _, err := kernel.CheckCreditCode(code); err != nil && strings.Contains(err.Error(), "kernel.credit_org") {
			return code
		}
	}
	return ""
}
