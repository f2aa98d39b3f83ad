package office

import (
	"net/http"
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

func TestOfficeOverTheAPI(t *testing.T) {
	r := newRoom(t, storetest.Open(t, journal.Migrations, access.Migrations, httpapi.Migrations, Migrations))
	book, err := words.Load(httpapi.Words, access.Words, store.Words, Words)
	r.must(err)
	door := httpapi.NewDoor(httpapi.Config{
		Words: book, DB: r.db, Require: r.desk.gate.Require,
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			who := strings.Split(q.Header.Get("X-As"), "/")
			return kernel.Actor{Zone: who[0], ID: who[1], Name: who[1], Unit: who[2], Roles: who[3:], Via: "session"}, nil
		},
	})
	r.desk.Routes(door)
	server := apitest.Start(t, door)
	admin := server.As("zh").With("X-As", "z1/s1//system_admin")

	var u struct {
		ID      string
		Version int64
	}
	tag := admin.Post("/units", apitest.Object{"parent": "zone", "kind": "department", "name_zh": "招商一部", "name_en": "Promotion I"}).Status(201).JSON(&u).ETag()
	admin.Post("/units", apitest.Object{"parent": "zone", "kind": "zone", "name_zh": "另一区"}).Status(422)
	unit := "/units/" + u.ID
	admin.Patch(unit, apitest.Object{"name_zh": "投资促进部"}).Problem(428, "httpapi.if_match_missing")
	admin.IfMatch(tag).Patch(unit, apitest.Object{}).Problem(422, "office.one_unit_change")
	admin.IfMatch(tag).Patch(unit, apitest.Object{"name_zh": "投资促进部", "closed_on": "2026-11-30"}).Problem(422, "office.one_unit_change")
	admin.IfMatch(tag).Patch(unit, apitest.Object{"name_zh": "投资促进部"}).Status(200)
	admin.IfMatch(tag).Patch(unit, apitest.Object{"name_zh": "招商部"}).Problem(412, "office.stale")

	var o struct{ ID string }
	admin.Post("/officials", apitest.Object{"name": "演示干部", "unit": u.ID, "position": "部长", "since_on": "2024-13-01"}).Refused(422, "office.official_invalid", "since_on")
	tag = admin.Post("/officials", apitest.Object{"name": "演示干部", "unit": u.ID, "position": "部长", "since_on": "2024-01-01"}).Status(201).JSON(&o).ETag()
	p := admin.IfMatch(`"2"`).Patch(unit, apitest.Object{"closed_on": "2026-11-30"}).Problem(409, "office.unit_holds")
	if len(p.Errors) != 1 || p.Errors[0].Message != "在任干部 1 人（演示干部）" {
		t.Errorf("what the unit holds: %+v", p.Errors)
	}
	official := "/officials/" + o.ID
	admin.IfMatch(tag).Patch(official, apitest.Object{"until_on": "2025-01-31", "position": "副部长"}).Refused(422, "office.one_change", "until_on")

	var d struct{ ID, Unit string }
	admin.Post("/duties", apitest.Object{"official": o.ID, "text_zh": "联系重点企业", "source": "示例文件〔2024〕2号", "since_on": "2024-02-01"}).Status(201).JSON(&d)
	if d.Unit != u.ID {
		t.Errorf("the duty's unit is %q, want the official's", d.Unit)
	}
	admin.IfMatch(`"1"`).Patch("/duties/"+d.ID, apitest.Object{"until_on": "2024-01-31"}).Refused(422, "office.duty_invalid", "until_on")
	admin.IfMatch(tag).Patch(official, apitest.Object{"until_on": "2025-01-31"}).Status(200)
	admin.IfMatch(`"2"`).Patch(unit, apitest.Object{"closed_on": "2026-11-30"}).Status(200)

	// Everybody in the zone may read, nobody in another, and few may change.
	reader := server.As("en").With("X-As", "z1/a1/"+u.ID+"/officer")
	var list struct{ Items []struct{ ID string } }
	reader.Get("/units?closed=true").Status(200).JSON(&list)
	if len(list.Items) != 2 {
		t.Errorf("%d units, want 2", len(list.Items))
	}
	reader.Get("/officials?ended=true").Status(200).JSON(&list)
	if len(list.Items) != 1 {
		t.Errorf("%d officials, want 1", len(list.Items))
	}
	reader.Post("/units", apitest.Object{"parent": "zone", "kind": "department", "name_zh": "自设部门"}).Status(403)
	stranger := server.As("zh").With("X-As", "z2/s1//system_admin")
	stranger.IfMatch(`"3"`).Patch(unit, apitest.Object{"name_zh": "夺名部"}).Problem(404, "office.unit_not_found")
	stranger.IfMatch(`"2"`).Patch(official, apitest.Object{"position": "处长"}).Problem(404, "office.official_not_found")
	stranger.IfMatch(`"2"`).Patch("/duties/"+d.ID, apitest.Object{"until_on": "2025-01-31"}).Problem(404, "office.duty_not_found")
}
