package pipeline

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// serve opens a door on r's desk. Who asks is said by the header X-As: id, unit
// and roles, with slashes between.
func (r *room) serve() *apitest.Server {
	r.t.Helper()
	book, err := words.Load(httpapi.Words, access.Words, store.Words, files.Words, Words)
	r.must(err)
	door := httpapi.NewDoor(httpapi.Config{
		Words: book, DB: r.db, Require: r.desk.gate.Require,
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			who := strings.Split(q.Header.Get("X-As"), "/")
			if len(who) < 3 {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "access.signed_out")
			}
			return kernel.Actor{Zone: "z1", ID: who[0], Name: who[0], Unit: who[1], Roles: who[2:], Via: "session"}, nil
		},
	})
	r.desk.Routes(door)
	return apitest.Start(r.t, door)
}

type seen struct {
	ID, Code, Name, Stage, Terms, Finder string
	Version                              int64
	Missing                              int64
	Hidden                               []string
}

func pdf(text string) []byte { return []byte("%PDF-1.4\n" + text) }

func TestAPIFromLeadToScreening(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		server := r.serve()
		officer, lead := server.As("zh").With("X-As", "officer-1/d1/officer"), server.As("en").With("X-As", "lead-1/d1/department_lead")

		officer.Post("/projects", apitest.Object{"name": "轴承项目"}).Refused(422, "pipeline.gate_not_met", "source", "finder", "found_on")
		officer.Post("/projects", apitest.Object{"name": "轴承项目", "colour": "red"}).Status(422)
		var p seen
		made := officer.Post("/projects", apitest.Object{"name": "轴承项目", "source": "示例推介会", "finder": "招商一部", "found_on": "2026-01-05",
			"total_investment": apitest.Object{"minor": 5_000_000_00, "currency": "CNY"}}).Status(201).JSON(&p)
		if p.Stage != "lead" || !strings.HasSuffix(p.Code, "-00001") || made.ETag() != `"1"` {
			t.Fatalf("opened %+v", p)
		}
		path := "/projects/" + p.ID
		officer.Patch(path, apitest.Object{"industry": "C34"}).Problem(428, "httpapi.if_match_missing")
		officer.IfMatch(`"7"`).Patch(path, apitest.Object{"industry": "C34"}).Problem(412, "pipeline.stale")
		officer.IfMatch(`"1"`).Patch(path, apitest.Object{"industry": "C99"}).Refused(422, "pipeline.invalid", "industry")
		officer.IfMatch(`"1"`).Patch(path, apitest.Object{"fixed_investment": apitest.Object{"minor": 6_000_000_00, "currency": "CNY"}}).Refused(422, "pipeline.invalid", "fixed_investment")
		tag := officer.IfMatch(`"1"`).Patch(path, apitest.Object{"industry": "34"}).Status(200).ETag()

		said := lead.IfMatch(tag).Post(path+"/advance", apitest.Object{"to": "screening"}).Refused(409, "pipeline.gate_not_met", "evidence.screening_form", "signoffs.department_lead")
		if said.Detail != "2 items are missing before the project can enter “Screening”; supply each of them" || said.Errors[0].Message != "Evidence missing: Screening form; upload the document and state its date" {
			t.Errorf("refused with %q, %q", said.Detail, said.Errors[0].Message)
		}
		said = officer.IfMatch(tag).Post(path+"/advance", apitest.Object{"to": "screening"}).Problem(409, "pipeline.gate_not_met")
		if said.Detail != "进入“初判”还缺 2 项，请逐项补齐" || said.Errors[1].Message != "缺签署：部门负责人签署初判意见，请送签" {
			t.Errorf("refused with %q, %q", said.Detail, said.Errors[1].Message)
		}
		form := map[string]string{"kind": "screening_form", "title": "初判表", "on": "2026-02-10"}
		officer.Upload(path+"/evidence", form, "表.exe", []byte("MZ")).Problem(415, "files.executable")
		officer.Upload(path+"/evidence", map[string]string{"kind": "screening_form"}, "表.pdf", pdf("x")).Refused(422, "pipeline.evidence_invalid", "on")
		var e Evidence
		officer.Upload(path+"/evidence", form, "表.pdf", pdf("初判意见")).Status(201).JSON(&e)
		if e.SHA256 == "" || e.MediaType != "application/pdf" || e.Class != "internal" || e.FileName != "表.pdf" || e.By != "officer-1" {
			t.Errorf("filed %+v", e)
		}
		officer.Upload(path+"/evidence", form, "again.pdf", pdf("初判意见")).Refused(422, "pipeline.evidence_twice", "file")
		got := officer.Get(path + "/evidence/" + e.ID + "/file").Status(200)
		if string(got.Body) != string(pdf("初判意见")) || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") || got.Header.Get("Content-Type") != "application/pdf" {
			t.Errorf("downloaded %q with %v", got.Body, got.Header)
		}
		lead.Post(path+"/signoffs", apitest.Object{"role": "department_lead", "opinion": "agreed"}).Status(201)
		var gate Checklist
		officer.Get(path + "/gate").Status(200).JSON(&gate)
		if !gate.Ready || gate.Next != Screening || len(gate.Items) != 5 {
			t.Errorf("checklist %+v", gate)
		}
		tag = officer.Get(path).Status(200).ETag()
		officer.IfMatch(tag).Post(path+"/advance", apitest.Object{"to": "screening", "on": "2026-02-09"}).Refused(422, "pipeline.actual_before_evidence", "on")
		officer.IfMatch(tag).Post(path+"/advance", apitest.Object{"to": "screening"}).Status(200).JSON(&p)
		if p.Stage != "screening" || p.Missing != 0 {
			t.Errorf("advanced to %+v", p)
		}
		officer.Post(path+"/milestones", apitest.Object{"stage": "started", "kind": "planned", "on": "2027-05-01", "note": ""}).Status(201)
		officer.Post(path+"/milestones", apitest.Object{"stage": "started", "kind": "actual", "on": "2026-05-01", "note": ""}).Refused(422, "pipeline.actual_not_reached", "stage")
		var entries httpapi.List[struct{ ID, Verb string }]
		officer.Get(path + "/timeline?limit=3").Status(200).JSON(&entries)
		if len(entries.Items) != 3 || entries.Items[0].Verb != "pipeline.milestone_set" || entries.NextCursor == "" {
			t.Fatalf("timeline %+v", entries)
		}
		officer.Get(path + "/timeline?limit=3&cursor=" + entries.NextCursor).Status(200).JSON(&entries)
		if entries.Items[len(entries.Items)-1].Verb != "pipeline.opened" || len(entries.Items) != 3 {
			t.Errorf("timeline goes on with %+v", entries)
		}
		// simultaneous acts may share their place in the order; no page may pass one over
		r.must(db.Update(r.leader(), func(tx store.Tx) error {
			_, err := tx.ExecContext(r.leader(), `UPDATE journal_entries SET ord = 7 WHERE zone = 'z1'`)
			return err
		}))
		told := map[string]bool{}
		for cursor := ""; ; cursor = entries.NextCursor {
			entries.Items, entries.NextCursor = nil, ""
			officer.Get(path + "/timeline?limit=1&cursor=" + cursor).Status(200).JSON(&entries)
			for _, e := range entries.Items {
				told[e.ID] = true
			}
			if entries.NextCursor == "" {
				break
			}
		}
		if len(told) != 6 {
			t.Errorf("pages of one hold %d entries, want 6", len(told))
		}
	})
}

func TestAPIListTotalsAndExport(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	for i := range 5 {
		r.open(r.wholeFacts(fmt.Sprintf("项目%d", i)))
	}
	client := r.serve().As("zh").With("X-As", "leader-1/zone/leader")
	var page httpapi.List[seen]
	client.Get("/projects?limit=2&sort=name").Status(200).JSON(&page)
	names := []string{}
	for {
		for _, p := range page.Items {
			names = append(names, p.Name)
		}
		if page.NextCursor == "" {
			break
		}
		next := page.NextCursor
		page = httpapi.List[seen]{}
		client.Get("/projects?limit=2&sort=name&cursor=" + next).Status(200).JSON(&page)
		client.Get("/projects?limit=2&sort=-name&cursor="+next).Refused(422, "httpapi.cursor_other", "cursor")
	}
	if !slices.Equal(names, []string{"项目0", "项目1", "项目2", "项目3", "项目4"}) {
		t.Errorf("paged %v", names)
	}
	var totals Totals
	client.Get("/projects/totals?stage=lead&stage=signed").Status(200).JSON(&totals)
	if totals.Count != 5 || totals.ByCurrency[0].Total != (kernel.Money{Minor: 5_000_000_00, Currency: "CNY"}) || totals.ByCurrency[0].Fixed.Minor != 3_000_000_00 {
		t.Errorf("totals %+v", totals)
	}
	client.Get("/projects?stage=moon").Refused(422, "pipeline.filter_invalid", "stage")
	client.Get("/projects?min=1").Refused(422, "pipeline.filter_invalid", "min")
	client.Get("/projects?sort=colour").Status(422)
	rows := client.CSV("/projects/export?format=csv&sort=name")
	if len(rows) != 6 || rows[0][1] != "项目名称" || rows[1][1] != "项目0" || rows[1][5] != "线索" || rows[1][8] != "1000000.00" || rows[1][12] != "招商一部" {
		t.Errorf("exported %q", rows[:2])
	}
	if sheet := client.XLSX("/projects/export?format=xlsx"); len(sheet) != 6 {
		t.Errorf("%d rows in the workbook", len(sheet))
	}
	officer := r.serve().As("zh").With("X-As", "x/d9/officer")
	if rows := officer.CSV("/projects/export?format=csv"); len(rows) != 1 {
		t.Errorf("somebody from elsewhere exports %d rows", len(rows))
	}
	var def Vocabulary
	client.Get("/pipeline/definition").Status(200).JSON(&def)
	if len(def.Stages) != 15 || def.Stages[11].ID != "screening.review" || len(def.Gates) != len(DefaultGates()) || len(def.Moves) != len(Moves()) {
		t.Errorf("definition has %d stages, %d gates, %d moves", len(def.Stages), len(def.Gates), len(def.Moves))
	}
	var industries httpapi.List[Industry]
	client.Get("/industries").Status(200).JSON(&industries)
	if len(industries.Items) != 117 {
		t.Errorf("%d industries", len(industries.Items))
	}
}

func TestAPIWhoSeesWhat(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(r.wholeFacts("轴承项目"))
	server := r.serve()
	officer := server.As("zh").With("X-As", "officer-1/d1/officer")
	province := server.As("zh").With("X-As", "province-1/zone/province")
	auditor := server.As("zh").With("X-As", "auditor-1/zone/auditor")
	path := "/projects/" + k.Project.ID
	var p seen
	officer.Get(path).Status(200).JSON(&p)
	if p.Terms != "三年内达产" || p.Finder != "招商一部" || len(p.Hidden) != 0 {
		t.Errorf("the officer sees %+v", p)
	}
	province.Get(path).Status(200).JSON(&p)
	if p.Terms != "****" || p.Finder != "招**" || !slices.Equal(p.Hidden, []string{"terms", "finder"}) {
		t.Errorf("the province sees %+v", p)
	}
	var secret, tax Evidence
	officer.Upload(path+"/evidence", map[string]string{"kind": "contract", "title": "合同", "on": "2026-02-10"}, "c.pdf", pdf("c")).Status(201).JSON(&secret)
	officer.Upload(path+"/evidence", map[string]string{"kind": "first_invoice", "title": "发票", "on": "2026-02-10"}, "t.pdf", pdf("t")).Status(201).JSON(&tax)
	province.Get(path+"/evidence/"+secret.ID+"/file").Problem(403, "pipeline.evidence_class")
	province.Get(path+"/evidence/"+tax.ID+"/file?reason=%E6%9F%A5%E9%98%85%E7%94%A8%E9%80%94").Problem(403, "pipeline.evidence_class")
	officer.Get(path + "/evidence/" + secret.ID + "/file").Status(200)
	officer.Get(path+"/evidence/"+tax.ID+"/file").Refused(422, "pipeline.evidence_reason", "reason")
	auditor.Get(path+"/evidence/"+tax.ID+"/file").Refused(422, "pipeline.evidence_reason", "reason")
	auditor.Get(path + "/evidence/" + tax.ID + "/file?reason=%E5%B9%B4%E5%BA%A6%E5%AE%A1%E8%AE%A1").Status(200)
	if v := r.verbs(k.Project.ID); v[0] != "pipeline.evidence_read" || v[1] != "pipeline.evidence_attached" {
		t.Errorf("timeline begins with %v", v[:2])
	}
	auditor.Post(path+"/milestones", apitest.Object{"stage": "started", "kind": "planned", "on": "2027-05-01", "note": ""}).Status(403)
	server.As("zh").Get("/projects").Status(401)
	officer.Get("/projects/none").Problem(404, "pipeline.not_found")
}
