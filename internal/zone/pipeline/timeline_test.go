package pipeline

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/zone/work"
)

// read are the entries of a project's timeline, newest first, as somebody reads them.
func (r *room) read(ctx context.Context, id string) []journal.Entry {
	r.t.Helper()
	entries, err := r.desk.Timeline(ctx, id, journal.Page{Limit: 100})
	r.must(err)
	return entries
}

// aside are the verbs of those entries that are not about the project itself, oldest first.
func aside(entries []journal.Entry) (out []string) {
	for _, e := range slices.Backward(entries) {
		if !strings.HasPrefix(e.Object, "pipeline.project/") {
			out = append(out, strings.TrimPrefix(e.Verb, "pipeline."))
		}
	}
	return out
}

// A project's timeline tells what became of its report: filed, disputed, upheld,
// extended, come true. Of a conflict each side reads what befell its own report;
// who decides it, and leaders, read the conflict as well.
func TestATimelineTellsOfReportsAndConflicts(t *testing.T) {
	t.Parallel()
	onEach(t, func(r *deskRoom) {
		r.coordinated()
		r.at("2026-09-14 10:00:00.000")
		k := r.negotiated(r.op1(), "甲方项目", "2026-09-11")
		id := k.Project.ID
		l := r.reportOf(k)
		r.at("2026-09-15 10:00:00.000")
		second, err := r.desk.File(r.op2(), ReportFacts{FirmName: text("示例精工"), LEI: text("0YPKKE5F0QW6RC51HE09")}, earlier("2026-02-10"))
		r.must(err)
		r.at("2026-09-16 10:00:00.000")
		_, err = r.desk.DecideConflict(r.lead2(), second.Conflict, 0, DecideOrder{l.ID, "报备在先，材料完整"})
		r.must(err)
		r.at("2026-09-17 10:00:00.000")
		_, err = r.desk.ExtendReport(r.op1(), l.ID, 0, talk("2026-09-17"))
		r.must(err)
		r.at("2026-09-18 10:00:00.000")
		_, err = r.desk.Advance(r.op1(), id, 0, AdvanceOrder{To: Signed})
		r.must(err)

		mine := r.read(r.op1(), id)
		own := []string{"reported", "report_contested", "report_upheld", "report_extended", "report_converted"}
		if got := aside(mine); !reflect.DeepEqual(got, own) {
			t.Errorf("its side reads %q, want %q", got, own)
		}
		if all := fmt.Sprint(mine); strings.Contains(all, "operator-2") || strings.Contains(all, second.ID) || strings.Contains(all, "二月已在展会") {
			t.Errorf("its side reads of the other: %s", all)
		}
		whole := []string{"reported", "conflict_opened", "report_contested", "conflict_settled", "report_upheld", "report_extended", "report_converted"}
		all := r.read(r.leader(), id)
		if got := aside(all); !reflect.DeepEqual(got, whole) {
			t.Errorf("a leader reads %q, want %q", got, whole)
		}
		if first, verbs := all[len(all)-2:], []string{"pipeline.reported", "pipeline.opened"}; first[0].Verb != verbs[0] || first[1].Verb != verbs[1] {
			t.Errorf("it begins with %s, %s", first[1].Verb, first[0].Verb)
		}

		// In pages it is the same, each entry once.
		client := r.serve().As("zh").With("X-As", "leader-1/zone/leader")
		var got []string
		var page httpapi.List[struct{ ID string }]
		for cursor := ""; ; cursor = page.NextCursor {
			page = httpapi.List[struct{ ID string }]{}
			client.Get("/projects/" + id + "/timeline?limit=2&cursor=" + cursor).Status(200).JSON(&page)
			for _, e := range page.Items {
				got = append(got, e.ID)
			}
			if page.NextCursor == "" {
				break
			}
		}
		var want []string
		for _, e := range all {
			want = append(want, e.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages %d entries, at once %d", len(got), len(want))
		}
	})
}

// Who has taken a project over and may not read the report somebody else made
// reads nothing of it on the timeline.
func TestATimelineTellsNoMoreThanItsPartsDo(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	k := r.open(r.wholeFacts("轴承项目"))
	if got := aside(r.read(r.officer(), k.Project.ID)); !reflect.DeepEqual(got, []string{"reported"}) {
		t.Fatalf("its own side reads %q", got)
	}
	r.holder("officer-2", "d2", "active")
	_, err := r.desk.Amend(r.as("lead-0", "zone", "department_lead"), k.Project.ID, 0, Facts{Unit: text("d2"), Owner: text("officer-2")})
	r.must(err)
	entries := r.read(r.officer2(), k.Project.ID)
	if got := aside(entries); len(got) != 0 || len(entries) != 2 {
		t.Errorf("who took it over reads %q beside %d entries", got, len(entries))
	}
}

// The minutes of the activity that brought a lead are told on its timeline, to
// those who may read the activity.
func TestATimelineTellsOfTheMinutes(t *testing.T) {
	t.Parallel()
	r := onSQLite(t)
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		a := work.Activity{Zone: "z1", ID: "fair", No: "A-1", Status: "held", Unit: "op1", Owner: "operator-1", Version: 1}
		return journal.RecordAll(ctx, tx, []journal.Act{
			{Verb: "work.activity_planned", Object: work.ActivityObject(a.ID), Changes: []journal.Change{journal.Put(a)}},
			{Verb: "work.minutes_filed", Object: work.ActivityObject(a.ID), Detail: map[string]any{"no": "A-1", "on": "2026-03-02"}},
		})
	}))
	f := leadFacts("轴承项目")
	f.Activity = text("fair")
	k, err := r.desk.Open(r.op1(), f)
	r.must(err)
	if got := aside(r.read(r.op1(), k.Project.ID)); !reflect.DeepEqual(got, []string{"work.minutes_filed"}) {
		t.Errorf("told %q", got)
	}
	r.must(r.db.Update(ctx, func(tx store.Tx) error { // it becomes another operator's
		a := work.Activity{Zone: "z1", ID: "fair", No: "A-1", Status: "held", Unit: "op2", Owner: "operator-2", Version: 2}
		_, err := journal.Record(ctx, tx, journal.Act{Verb: "work.activity_amended", Object: work.ActivityObject(a.ID), Changes: []journal.Change{journal.Put(a)}})
		return err
	}))
	if got := aside(r.read(r.op1(), k.Project.ID)); len(got) != 0 {
		t.Errorf("of a rival's activity told %q", got)
	}
	if got := aside(r.read(r.leader(), k.Project.ID)); !reflect.DeepEqual(got, []string{"work.minutes_filed"}) {
		t.Errorf("a leader is told %q", got)
	}
}
