package pipeline

import (
	"slices"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// TestAssignMany: each project is decided by itself; what is refused says why
// and changes nothing, and what went through stays.
func TestAssignMany(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		server := r.serve()
		head, stranger := server.As("zh").With("X-As", "lead-1/d1/department_lead"), server.As("zh").With("X-As", "lead-2/d2/department_lead")
		one, stale, over := r.open(leadFacts("一")), r.open(leadFacts("二")), r.open(leadFacts("三"))
		_, err := r.desk.CallOff(r.lead(), over.Project.ID, 0, CallOffOrder{To: Lost, Reason: "企业撤回"})
		r.must(err)
		item := func(id string, version int) apitest.Object { return apitest.Object{"id": id, "version": version} }
		items := []apitest.Object{item(one.Project.ID, 1), item(stale.Project.ID, 7), item(over.Project.ID, 2), item("nowhere", 1)}
		var got httpapi.List[Assigned]
		head.Post("/projects/assign", apitest.Object{"items": items, "owner": "lead-1"}).Status(200).JSON(&got)
		var codes []string
		for _, a := range got.Items {
			codes = append(codes, a.Code)
			if a.Done != (a.Code == "") || a.Done != (a.Message == "") || a.Done != (a.Version > 0) {
				t.Errorf("said %+v", a)
			}
		}
		if !slices.Equal(codes, []string{"", "pipeline.stale", "pipeline.final", "pipeline.not_found"}) {
			t.Errorf("became of them %v", codes)
		}
		for id, owner := range map[string]string{one.Project.ID: "lead-1", stale.Project.ID: officer, over.Project.ID: officer} {
			if k, err := r.desk.Find(r.leader(), id); err != nil || k.Project.Owner != owner {
				t.Errorf("%s is with %q, %v; want %q", id, k.Project.Owner, err, owner)
			}
		}
		stranger.Post("/projects/assign", apitest.Object{"items": items[:1], "owner": "lead-2"}).Status(200).JSON(&got)
		if got.Items[0].Code != "pipeline.not_found" {
			t.Errorf("another department is told %+v", got.Items)
		}
		head.Post("/projects/assign", apitest.Object{"items": items[:1], "owner": "nobody-there"}).Problem(422, "pipeline.unknown_owner")
		head.Post("/projects/assign", apitest.Object{"items": items[:1]}).Problem(422, "pipeline.assign_nobody")
		head.Post("/projects/assign", apitest.Object{"items": []apitest.Object{}, "owner": ""}).Status(422)
	})
}
