package pipeline

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header, query string
		at            int64
		lost          bool
	}{
		{"", "", 9, false}, {"4", "", 4, false}, {"", "0", 0, false}, {"4", "7", 4, false}, {"9", "", 9, false},
		{"10", "", 9, true}, {"-1", "", 9, true}, {"x", "3", 9, true}, {"99999999999999999999", "", 9, true},
	} {
		if at, lost := place(c.header, c.query, 9); at != c.at || lost != c.lost {
			t.Errorf("place(%q, %q) = %d, %v; want %d, %v", c.header, c.query, at, lost, c.at, c.lost)
		}
	}
}

// sequencer puts the room's acts into the journal's tree, as the clock does.
func (r *room) sequencer() func() {
	r.t.Helper()
	keys, err := journal.LoadKeys(filepath.Join(r.t.TempDir(), "key"), "test", time.Unix(0, 0))
	r.must(err)
	s := &journal.Sequencer{DB: r.db, Keys: keys}
	return func() {
		r.t.Helper()
		for _, zone := range []string{"z1", "z2"} {
			for n := 1; n > 0; {
				n, err = s.Sequence(storetest.Ctx(r.t, zone))
				r.must(err)
			}
		}
	}
}

// told decodes what a stream said: the names of its events and the projects.
func told(t *testing.T, events []apitest.Event) (names []string, ids []string, at string) {
	t.Helper()
	for _, e := range events {
		var body struct {
			ID string `json:"id"`
			At int64  `json:"at"`
		}
		if err := json.Unmarshal([]byte(e.Data), &body); err != nil {
			t.Fatal(err)
		}
		names = append(names, e.Name)
		if body.ID != "" {
			ids = append(ids, body.ID)
		}
		if e.Name != "changed" {
			at = fmt.Sprint(body.At)
		}
	}
	return names, ids, at
}

// TestEventsTellOnlyReaders: what happens is told to who may read the project,
// once, as it stands; another department and another zone hear nothing of it,
// and who lost the project hears nothing more.
func TestEventsTellOnlyReaders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		tick, server := r.sequencer(), r.serve()
		officer, other := server.As("zh").With("X-As", "officer-1/d1/officer"), server.As("zh").With("X-As", "other-1/d2/officer")
		leader := server.As("zh").With("X-As", "leader-1/zone/leader")
		tick()
		names, ids, at := told(t, officer.Events("/projects/events?once=true"))
		if !slices.Equal(names, []string{"ready"}) || ids != nil {
			t.Fatalf("at the beginning %v, %v", names, ids)
		}
		mine := r.open(leadFacts("轴承项目"))
		foreign := kernel.WithActor(r.t.Context(), kernel.Actor{Zone: "z2", ID: "x", Name: "x", Unit: "d1", Roles: []string{"officer"}, Via: "session", Lang: "zh"})
		abroad, err := r.desk.Open(foreign, leadFacts("外区项目"))
		r.must(err)
		k, err := r.desk.SetMilestone(r.officer(), mine.Project.ID, 0, MilestoneEntry{Stage: Started, Kind: Planned, On: "2027-05-01"})
		r.must(err)
		tick()
		events := officer.Events("/projects/events?once=true&after=" + at)
		names, _, _ = told(t, events)
		want := fmt.Sprintf(`{"id":%q,"version":%d,"stage":"lead","verb":"pipeline.milestone_set"}`, mine.Project.ID, k.Project.Version)
		if !slices.Equal(names, []string{"ready", "changed"}) || events[1].Data != want {
			t.Fatalf("told %v, want %s", events, want)
		}
		if _, ids, _ = told(t, leader.Events("/projects/events?once=true&after="+at)); !slices.Equal(ids, []string{mine.Project.ID}) {
			t.Errorf("the leader is told of %v", ids)
		}
		if names, _, _ := told(t, other.Events("/projects/events?once=true&after="+at)); !slices.Equal(names, []string{"ready"}) {
			t.Errorf("another department is told %v", names)
		}
		out, _, _, err := r.desk.Changes(foreign, 0)
		r.must(err)
		if len(out) != 1 || out[0].ID != abroad.Project.ID {
			t.Errorf("the other zone is told %v", out)
		}
		_, _, at = told(t, officer.Events("/projects/events?once=true"))
		unit, owner := "d2", ""
		_, err = r.desk.Amend(storetest.Ctx(t, "z1"), mine.Project.ID, 0, Facts{Unit: &unit, Owner: &owner})
		r.must(err)
		tick()
		if names, _, _ := told(t, officer.With("Last-Event-ID", at).Events("/projects/events?once=true")); !slices.Equal(names, []string{"ready"}) {
			t.Errorf("who lost the project is told %v", names)
		}
		if names, _, _ := told(t, officer.With("Last-Event-ID", "999999").Events("/projects/events?once=true")); !slices.Equal(names, []string{"reset"}) {
			t.Errorf("from a place that is not there: %v", names)
		}
		server.As("zh").Get("/projects/events").Status(401)
		server.As("zh").With("X-As", "s/zone/system_admin").Get("/projects/events").Status(403)
	})
}

// TestEventsCutOff: of several changes told together, who hears only the first
// is told all of them when it comes back.
func TestEventsCutOff(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	tick := r.sequencer()
	for _, name := range []string{"甲项目", "乙项目", "丙项目"} {
		r.open(leadFacts(name))
	}
	tick()
	all, end, _, err := r.desk.Changes(r.officer(), 0)
	r.must(err)
	if len(all) != 3 || all[2].EventID() != fmt.Sprint(end) {
		t.Fatalf("told %+v up to %d", all, end)
	}
	for i, c := range all {
		at, _ := place(c.EventID(), "", end)
		rest, _, _, err := r.desk.Changes(r.officer(), at)
		r.must(err)
		for _, missed := range all[i+1:] {
			if !slices.ContainsFunc(rest, func(x Changed) bool { return x.ID == missed.ID }) {
				t.Errorf("cut off after %d of 3: %s is never told", i+1, missed.ID)
			}
		}
	}
}

// TestEventsOfAnImport: more than is worth telling one by one is told as one.
func TestEventsOfAnImport(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	tick := r.sequencer()
	var acts []journal.Act
	ctx := storetest.Ctx(t, "z1")
	for i := range watchMost + 1 {
		acts = append(acts, journal.Act{Verb: "pipeline.imported", Object: Object(fmt.Sprint(i))})
	}
	r.must(r.db.Update(ctx, func(tx store.Tx) error { return journal.RecordAll(ctx, tx, acts) }))
	tick()
	out, next, too, err := r.desk.Changes(r.officer(), 0)
	at, errAt := r.desk.Reached(r.officer())
	if err != nil || errAt != nil || out != nil || !too || next != at || at <= watchMost {
		t.Errorf("told %v, next %d of %d, too much: %v, %v", out, next, at, too, err)
	}
}

// TestDatesOfAPage: the dates of a page of projects come in one call, without
// those the caller may not read and without what was taken back.
func TestDatesOfAPage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		server := r.serve()
		officer, other := server.As("zh").With("X-As", "officer-1/d1/officer"), server.As("zh").With("X-As", "other-1/d2/officer")
		one, two := r.open(leadFacts("一")).Project.ID, r.open(leadFacts("二")).Project.ID
		for _, e := range []MilestoneEntry{{Stage: Signed, Kind: Planned, On: "2026-05-01"}, {Stage: Signed, Kind: Planned, On: "2026-07-01", Note: "企业推迟"}, {Stage: Signed, Kind: Forecast, On: "2026-08-01"}, {Stage: Signed, Kind: Forecast, On: "", Note: "误填"}} {
			_, err := r.desk.SetMilestone(r.officer(), one, 0, e)
			r.must(err)
		}
		var page httpapi.List[Dates]
		officer.Get("/projects/milestones?ids=" + one + "," + two + ",nowhere").Status(200).JSON(&page)
		got := map[string]string{}
		for _, d := range page.Items {
			for _, m := range d.Items {
				got[d.Project] += fmt.Sprintf("%s %s %s;", m.Stage, m.Kind, m.On)
			}
		}
		if got[one] != "lead actual 2026-01-05;signed planned 2026-07-01;" || got[two] != "lead actual 2026-01-05;" || len(page.Items) != 2 {
			t.Errorf("got %v", got)
		}
		other.Get("/projects/milestones?ids=" + one).Status(200).JSON(&page)
		if len(page.Items) != 0 {
			t.Errorf("another department sees %v", page.Items)
		}
		officer.Get("/projects/milestones").Status(422)
	})
}
