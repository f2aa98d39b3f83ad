package pipeline

import (
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/work"
)

// works puts an activity and a campaign into the zone.
func (r *room) works(activity, status, campaign, since, until string) {
	r.t.Helper()
	ctx := storetest.Ctx(r.t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		return journal.RecordAll(ctx, tx, []journal.Act{
			{Verb: "work.activity_planned", Object: work.ActivityObject(activity), Changes: []journal.Change{journal.Put(work.Activity{Zone: "z1", ID: activity, No: "A-" + activity, Status: status, Version: 1})}},
			{Verb: "work.campaign_set", Object: "work.campaign/" + campaign, Changes: []journal.Change{journal.Put(work.Campaign{Zone: "z1", ID: campaign, Name: campaign, SinceOn: since, UntilOn: until, Version: 1})}},
		})
	}))
}

// What a project names as having brought it is counted by it: it must be there
// and in use when it is named. What has ended since stays named.
func TestWhatBroughtAProjectIsThere(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	r.works("held", "held", "now", "2026-01-01", "")
	r.works("dropped", work.Dropped, "over", "2020-01-01", "2020-12-31")
	for name, c := range map[string]struct {
		f    Facts
		word string
	}{
		"no such activity":      {Facts{Activity: text("nowhere")}, "work.activity_unknown"},
		"a cancelled activity":  {Facts{Activity: text("dropped")}, "work.activity_unknown"},
		"no such method":        {Facts{Method: text("magic")}, "work.method_unknown"},
		"no such campaign":      {Facts{Campaign: text("nowhere")}, "work.campaign_unknown"},
		"a campaign that ended": {Facts{Campaign: text("over")}, "work.not_in_force"},
	} {
		opened := leadFacts(name)
		opened.Activity, opened.Method, opened.Campaign = c.f.Activity, c.f.Method, c.f.Campaign
		if _, err := r.desk.Open(r.officer(), opened); part(err).Word != c.word {
			t.Errorf("opened with %s: %v", name, err)
		}
		k := r.open(leadFacts(name))
		if _, err := r.desk.Amend(r.officer(), k.Project.ID, 0, c.f); part(err).Word != c.word {
			t.Errorf("amended to %s: %v", name, err)
		}
	}
	f := leadFacts("轴承项目")
	f.Activity, f.Method, f.Campaign = text("held"), text("fair"), text("now")
	k := r.open(f)
	r.works("held", work.Dropped, "now", "2020-01-01", "2020-12-31")
	k, err := r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Summary: text("补充")})
	r.must(err)
	if p := k.Project; p.Activity != "held" || p.Method != "fair" || p.Campaign != "now" {
		t.Errorf("kept %+v", p)
	}
	_, err = r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Activity: text(""), Campaign: text("over")})
	r.refused(err, kernel.ErrInvalid, "work.not_in_force")
}

// A lead is counted as an activity's own: an operator names one of its own, not a
// rival's, of which it does not even learn that it is there. What a lead names
// already stays, also with somebody who may not read it.
func TestALeadIsNotCountedAsARivalsActivity(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		var acts []journal.Act
		for _, a := range []work.Activity{{ID: "ours", Unit: "op1", Owner: "operator-1"}, {ID: "theirs", Unit: "op2", Owner: "operator-2"}} {
			a.Zone, a.No, a.Status, a.Version = "z1", "A-"+a.ID, "held", 1
			acts = append(acts, journal.Act{Verb: "work.activity_planned", Object: work.ActivityObject(a.ID), Changes: []journal.Change{journal.Put(a)}})
		}
		return journal.RecordAll(ctx, tx, acts)
	}))
	f := leadFacts("轴承项目")
	f.Activity = text("theirs")
	_, err := r.desk.Open(r.op1(), f)
	r.refused(err, kernel.ErrInvalid, "work.activity_unknown")
	f.Activity = text("ours")
	k, err := r.desk.Open(r.op1(), f)
	r.must(err)
	_, err = r.desk.Amend(r.op1(), k.Project.ID, k.Project.Version, Facts{Activity: text("theirs")})
	if f := r.refused(err, kernel.ErrInvalid, "work.activity_unknown"); f.Field != "activity" {
		t.Errorf("about %q", f.Field)
	}
	if got := r.find(k.Project.ID).Project; got != k.Project {
		t.Errorf("a refused change left %+v", got)
	}
	// A department lead who may read both puts it right; the operator's later changes leave that alone.
	k, err = r.desk.Amend(r.lead(), k.Project.ID, k.Project.Version, Facts{Activity: text("theirs")})
	r.must(err)
	k, err = r.desk.Amend(r.op1(), k.Project.ID, k.Project.Version, Facts{Activity: text("theirs"), Summary: text("补充")})
	r.must(err)
	if k.Project.Activity != "theirs" {
		t.Errorf("it names %q", k.Project.Activity)
	}
}
