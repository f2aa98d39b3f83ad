package pipeline

import (
	"encoding/json"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store/storetest"
)

// asOrder is a track as the page sends it back.
func asOrder(t *testing.T, f TrackFile, from, reason string) apitest.Object {
	t.Helper()
	raw, err := json.Marshal(f.Track)
	if err != nil {
		t.Fatal(err)
	}
	o := apitest.Object{}
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "version", "valid_to"} {
		delete(o, key)
	}
	o["valid_from"], o["reason"] = from, reason
	return o
}

func TestAPITracks(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	server := r.serve()
	officer, leader := server.As("zh").With("X-As", "officer-1/d1/officer"), server.As("en").With("X-As", "leader-1/zone/leader")

	var list httpapi.List[Track]
	officer.Get("/pipeline/tracks").Status(200).JSON(&list)
	if len(list.Items) != 6 || list.Items[1].ID != "incubation" || list.Items[1].Platform != "sci_tech_plaza" || list.Items[1].Absent[0].Stage != Started {
		t.Errorf("%d tracks, the second is %+v", len(list.Items), list.Items[1])
	}
	var f TrackFile
	reply := officer.Get("/pipeline/tracks/bonded").Status(200).JSON(&f)
	if reply.ETag() != `"1"` || f.ID != "bonded" || len(f.History) != 1 || !f.History[0].Shipped {
		t.Errorf("bonded reads %s %+v", reply.ETag(), f.History)
	}
	officer.Get("/pipeline/tracks/moon").Problem(404, "pipeline.track_not_found")
	officer.Get("/pipeline/tracks/bonded?version=7").Problem(404, "pipeline.track_not_found")

	order := asOrder(t, f, string(r.today()), "按本区做法更名")
	order["zh"] = "综保产业流程"
	leader.Put("/pipeline/tracks/bonded", order).Problem(428, "httpapi.if_match_missing")
	officer.IfMatch(`"1"`).Put("/pipeline/tracks/bonded", order).Status(403)
	order["limits"].([]any)[0].(map[string]any)["days"] = 0
	said := leader.IfMatch(`"1"`).Put("/pipeline/tracks/bonded", order).Refused(422, "pipeline.track_invalid", "limits.0")
	if said.Errors[0].Message != "The limit 0 is not between 1 and 3660; correct it" {
		t.Errorf("refused with %q", said.Errors[0].Message)
	}
	order["limits"].([]any)[0].(map[string]any)["days"] = 15
	reply = leader.IfMatch(`"1"`).Put("/pipeline/tracks/bonded", order).Status(200).JSON(&f)
	if reply.ETag() != `"2"` || f.Zh != "综保产业流程" || f.Limits[0].Days != 15 || f.History[0].Reason != "按本区做法更名" {
		t.Errorf("settled %s %+v", reply.ETag(), f.History)
	}
	leader.IfMatch(`"1"`).Put("/pipeline/tracks/bonded", order).Problem(412, "pipeline.track_stale")

	order["id"] = "bonded"
	leader.Post("/pipeline/tracks", order).Problem(422, "pipeline.track_exists")
	order["id"] = "Logistics Park"
	leader.Post("/pipeline/tracks", order).Refused(422, "pipeline.track_invalid", "id")
	order["id"] = "logistics"
	leader.Post("/pipeline/tracks", order).Status(201)
	officer.Get("/pipeline/tracks").Status(200).JSON(&list)
	if len(list.Items) != 7 || list.Items[6].ID != "logistics" {
		t.Errorf("%d tracks after a new one", len(list.Items))
	}
	var def Vocabulary
	officer.Get("/pipeline/definition").Status(200).JSON(&def)
	if len(def.Stages) != 15 {
		t.Errorf("%d stages in use", len(def.Stages))
	}
}
