package pipeline

import (
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/platform"
	"sente/internal/zone/work"
)

// A lead names a platform in work; an operator's own lead stands only on the
// platform that operator runs.
func TestProjectOnPlatform(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		act := journal.Act{Verb: "platform.opened", Object: "platform.platform/p1"}
		for _, u := range []string{"o1", "o2"} {
			changes, err := access.PutUnit(ctx, tx, access.Unit{ID: u, Parent: "zone", Kind: access.Operator, NameZh: "运营" + u, Version: 1})
			r.must(err)
			act.Changes = append(act.Changes, changes...)
		}
		for _, p := range []platform.Platform{{ID: "p1", Operator: "o1", NameZh: "示例平台", Track: "general"}, {ID: "p2", NameZh: "旧平台", UntilOn: "2024-12-31"}} {
			p.Zone, p.Unit, p.SinceOn, p.Version = "z1", "d1", "2024-01-01", 1
			act.Changes = append(act.Changes, journal.Put(p))
		}
		_, err := journal.Record(ctx, tx, act)
		return err
	}))
	lead := func(on string) Facts {
		name, source, finder, found := "示例孵化项目", "推介会", "招商员", "2025-03-01"
		return Facts{Name: &name, Source: &source, Finder: &finder, FoundOn: &found, Platform: &on}
	}
	op := func(unit string) kernel.Actor {
		return kernel.Actor{Zone: "z1", ID: "op-" + unit, Name: "op-" + unit, Unit: unit, Roles: []string{"operator"}, Via: "session", Lang: "zh"}
	}
	for on, word := range map[string]string{"nowhere": "platform.unknown", "p2": "platform.retired"} {
		_, err := r.desk.Open(kernel.WithActor(t.Context(), op("o1")), lead(on))
		r.refused(err, kernel.ErrInvalid, word)
	}
	_, err := r.desk.Open(kernel.WithActor(t.Context(), op("o2")), lead("p1"))
	r.refused(err, kernel.ErrInvalid, "pipeline.platform_of_another")
	k, err := r.desk.Open(kernel.WithActor(t.Context(), op("o1")), lead("p1"))
	r.must(err)
	if k.Project.Platform != "p1" || k.Project.TrackID() != "general" || k.Project.Unit != "o1" {
		t.Errorf("opened %+v", k.Project)
	}
	none := "p2"
	_, err = r.desk.Amend(kernel.WithActor(t.Context(), op("o1")), k.Project.ID, k.Project.Version, Facts{Platform: &none})
	r.refused(err, kernel.ErrInvalid, "platform.retired")
	rows, _, err := r.desk.List(kernel.WithActor(t.Context(), op("o2")), Filter{Platform: "p1"}, "", nil, 10)
	r.must(err)
	if len(rows) != 0 {
		t.Errorf("a rival sees %d of the platform's projects", len(rows))
	}
	r.must(r.db.Update(ctx, func(tx store.Tx) error { // a fair of the rival's: it brings o1 no lead
		_, err := journal.Record(ctx, tx, journal.Act{Verb: "work.activity_planned", Object: work.ActivityObject("fair"),
			Changes: []journal.Change{journal.Put(work.Activity{Zone: "z1", ID: "fair", No: "A-fair", Unit: "o2", Owner: "op-o2", Status: work.Held, Version: 1})}})
		return err
	}))
	fair := "fair"
	_, err = r.desk.Amend(kernel.WithActor(t.Context(), op("o1")), k.Project.ID, k.Project.Version, Facts{Activity: &fair})
	r.refused(err, kernel.ErrInvalid, "work.activity_unknown")
	own := lead("")
	own.Activity = &fair
	k, err = r.desk.Open(kernel.WithActor(t.Context(), op("o2")), own)
	r.must(err)
	if k.Project.Activity != "fair" {
		t.Errorf("its own: %+v", k.Project)
	}
}
