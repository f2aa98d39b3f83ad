package intake_test

import (
	"net/http"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

func TestImportOverTheAPI(t *testing.T) {
	h := open(t, storetest.Open(t, journal.Migrations, access.Migrations, httpapi.Migrations, intake.Migrations, suppliers))
	book, err := words.Load(httpapi.Words, access.Words, store.Words, intake.Words, sheet.Words, supplyWords)
	h.must(err)
	gate, err := access.NewGate()
	h.must(err)
	door := httpapi.NewDoor(httpapi.Config{
		Words: book, DB: h.db, Require: gate.Require,
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			who := strings.Split(q.Header.Get("X-As"), "/")
			return kernel.Actor{Zone: who[0], ID: who[1], Name: who[1], Unit: who[2], Roles: who[3:], Via: "session"}, nil
		},
	})
	h.desk.Routes(door)
	server := apitest.Start(t, door)
	officer := server.As("zh").With("X-As", "z1/u1/d1/officer")

	var kinds struct{ Items []intake.KindView }
	officer.Get("/intake/kinds").Status(200).JSON(&kinds)
	if len(kinds.Items) != 1 || kinds.Items[0].Label != "供应商" || len(kinds.Items[0].Fields) != 6 || kinds.Items[0].Fields[4].Choices[1].Label != "小型" {
		t.Errorf("kinds %+v", kinds)
	}
	var sniff intake.Sniff
	officer.Upload("/intake/files", map[string]string{"kind": "suppliers"}, "供应商.csv", []byte(register)).Status(201).JSON(&sniff)
	if sniff.Encoding.Encoding != sheet.UTF8 || sniff.Table.HeaderRow != 2 || len(sniff.Mapping) != 6 || sniff.Preview[0].Kind != "banner" || sniff.Preview[1].Kind != sheet.Repeated {
		t.Errorf("sniff %+v", sniff)
	}
	var values struct{ Items []intake.CellValue }
	officer.Get("/intake/files/" + sniff.ID + "/values?column=0").Status(200).JSON(&values)
	if len(values.Items) != 5 || values.Items[0] != (intake.CellValue{Text: "甲公司", Count: 2}) {
		t.Errorf("values %+v", values)
	}
	officer.Get("/intake/files/"+sniff.ID+"?encoding=big5").Refused(422, "sheet.encoding_unknown", "encoding")
	officer.Get("/intake/files/"+sniff.ID+"?kind=firms").Problem(422, "intake.kind_unknown")
	officer.Upload("/intake/files", nil, "x.xls", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")).Problem(415, "sheet.format_xls")

	officer.Post("/intake/runs", apitest.Object{"file": sniff.ID, "kind": "suppliers", "settings": apitest.Object{"mapping": []any{}}}).
		Refused(422, "intake.mapping", "mapping")
	var run intake.RunView
	officer.Post("/intake/runs", apitest.Object{"file": sniff.ID, "kind": "suppliers", "settings": apitest.Object{"mapping": sniff.Mapping}}).Status(201).JSON(&run)
	if run.State != intake.Reading || run.KindLabel != "供应商" {
		t.Errorf("begun: %+v", run)
	}
	path := "/intake/runs/" + run.ID
	officer.Post(path+"/publish", nil).Problem(409, "intake.state")
	h.must(h.desk.Drain(h.ctx))
	events := officer.Events(path + "/events")
	if len(events) != 1 || events[0].Name != "run" || !strings.Contains(events[0].Data, `"state":"staged"`) {
		t.Errorf("events %+v", events)
	}
	var page httpapi.List[intake.RowView]
	officer.Get(path + "/rows?status=rejected&limit=2").Status(200).JSON(&page)
	if len(page.Items) != 2 || page.Items[0].Number != 7 || page.NextCursor == "" {
		t.Fatalf("rows %+v", page)
	}
	officer.Get(path + "/rows?status=rejected&limit=2&cursor=" + page.NextCursor).Status(200).JSON(&page)
	if len(page.Items) != 1 || page.Items[0].Number != 10 {
		t.Errorf("second page %+v", page)
	}
	if rows := server.As("en").With("X-As", "z1/u1/d1/officer").XLSX(path + "/rejected"); len(rows) != 4 || rows[1][1] != "Name: On the list of those banned" || rows[1][2] != "禁入公司" {
		t.Errorf("rejected %q", rows)
	}
	officer.Post(path+"/publish", nil).Status(202)
	h.must(h.desk.Drain(h.ctx))
	officer.Get(path).Status(200).JSON(&run)
	if run.State != intake.Published || run.Counts.New != 3 || run.StateLabel != "已发布" {
		t.Errorf("published: %+v", run)
	}
	officer.Post(path+"/undo", nil).Status(202)
	h.must(h.desk.Drain(h.ctx))
	officer.Get(path).Status(200).JSON(&run)
	if run.State != intake.Undone || h.all() != "" {
		t.Errorf("undone: %+v", run)
	}

	var runs httpapi.List[intake.RunView]
	officer.Get("/intake/runs").Status(200).JSON(&runs)
	if len(runs.Items) != 1 {
		t.Errorf("runs %+v", runs)
	}
	server.As("zh").With("X-As", "z1/u2/d2/officer").Get("/intake/runs").Status(200).JSON(&runs)
	if len(runs.Items) != 0 {
		t.Errorf("another officer sees %+v", runs)
	}
	server.As("zh").With("X-As", "z2/u1/d1/officer").Get(path).Problem(404, "store.not_found")
	server.As("zh").With("X-As", "z1/s1//system_admin").Get("/intake/runs").Status(403)

	profile := apitest.Object{"kind": "suppliers", "name": "台账", "headers": []string{"企业名称"}, "settings": apitest.Object{"mapping": []any{apitest.Object{"field": "name", "column": 0}}}}
	officer.Put("/intake/profiles", profile).Status(200)
	officer.Put("/intake/profiles", profile).Status(200)
	var profiles httpapi.List[intake.Profile]
	officer.Get("/intake/profiles?kind=suppliers").Status(200).JSON(&profiles)
	if len(profiles.Items) != 1 || profiles.Items[0].Name != "台账" {
		t.Errorf("profiles %+v", profiles)
	}
}
