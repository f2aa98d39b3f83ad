package stories

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/kernel"
)

// workTask is what the story reads of a task.
type workTask struct {
	ID, State, Owner, Subject, Reason string
	SubjectTitle                      string `json:"subject_title"`
	OwnerLeft                         bool   `json:"owner_left"`
	DaysLeft                          int    `json:"days_left"`
}

// TestAVisitLeadsToJointWork: an officer comes back from a roadshow with a
// lead, visits the firm, needs another department for the next step, gets it
// only at the second attempt, and the project's own timeline tells all of it.
func TestAVisitLeadsToJointWork(t *testing.T) {
	onBoth(t, func(h *house) {
		bureau := h.staff("officer", "department_lead", "leader", "operator")
		officer, lead, operator := h.signIn("officer"), h.signIn("department-lead"), h.signIn("operator")
		day := func(n int) string { return string(kernel.DayOf(time.Now().UnixMilli()).AddDays(n)) }
		land := h.department("自然资源局", "land-lead")

		// The roadshow took place; its minutes are owed within five working days.
		var roadshow struct {
			ID, No, Status, Cost string
			Due                  string `json:"minutes_due"`
			Owes                 bool   `json:"owes_minutes"`
			Late                 bool   `json:"minutes_late"`
		}
		made := officer.Post("/activities", apitest.Object{"name": "示例推介会", "kind": "roadshow", "on_date": day(0), "place": "示例会议中心", "method": "fair",
			"parties": []apitest.Object{{"name": "示例外地企业"}}}).Status(201)
		made.JSON(&roadshow)
		path := "/activities/" + roadshow.ID
		officer.IfMatch(made.ETag()).Post(path+"/minutes", apitest.Object{"minutes": "纪要"}).Problem(409, "work.hold_first")
		held := officer.IfMatch(made.ETag()).Post(path+"/hold", apitest.Object{}).Status(200)
		if held.JSON(&roadshow); !roadshow.Owes || roadshow.Late || roadshow.Due <= day(4) {
			t.Fatalf("held %+v", roadshow)
		}
		officer.IfMatch(held.ETag()).Post(path+"/minutes", apitest.Object{"minutes": "企业有意来区考察"}).Status(200)

		// It brought a lead.
		var project struct{ ID string }
		officer.Post("/projects", apitest.Object{"name": "示例轴承项目", "source": "示例推介会", "finder": "演示专员甲", "found_on": day(0), "activity": roadshow.ID, "method": "fair"}).
			Status(201).JSON(&project)
		object := "pipeline.project/" + project.ID
		var brought struct{ Items []struct{ ID string } }
		if officer.Get("/projects?activity=" + roadshow.ID).Status(200).JSON(&brought); len(brought.Items) != 1 || brought.Items[0].ID != project.ID {
			t.Errorf("leads of the roadshow %+v", brought)
		}
		var total struct{ Count int }
		if officer.Get("/projects/totals?activity=" + roadshow.ID).Status(200).JSON(&total); total.Count != 1 {
			t.Errorf("%d leads in all", total.Count)
		}
		var yields struct {
			Figure string
			Rows   []struct {
				Name          string
				Leads, Hidden int
				PerLead       struct{ State, Why string } `json:"per_lead"`
			}
		}
		h.eventually("the lead in the roadshow's yield", func() bool {
			officer.Get("/scoreboard/yield?by=activity&id=" + roadshow.ID).Status(200).JSON(&yields)
			return yields.Rows[0].Leads == 1
		})
		if y := yields.Rows[0]; yields.Figure != "YIELD_ACTIVITY" || y.Name != "示例推介会" || y.Hidden != 0 || y.PerLead.State != "insufficient" || y.PerLead.Why != "举办的活动未填人民币费用" {
			t.Errorf("what the roadshow brought %+v", yields)
		}
		officer.Get("/scoreboard/yield?by=activity").Refused(422, "scoreboard.yield_which", "id")
		operator.Get("/scoreboard/yield?by=activity&id="+roadshow.ID).Problem(404, "scoreboard.yield_nothing")

		// The visit, with the names of people for those only who may see names.
		officer.Post("/notes", apitest.Object{"kind": "visit", "subject": object, "text": "看了车间，缺地。", "people": "示例总经理"}).Status(201)
		officer.Post("/notes", apitest.Object{"kind": "visit", "subject": object, "text": "x", "on": day(1)}).Refused(422, "work.note_invalid", "on")
		operator.Post("/notes", apitest.Object{"kind": "comment", "subject": object, "text": "打听"}).Refused(422, "work.subject_unknown", "subject")

		// The next step needs another department: offered, returned with a reason,
		// offered again, accepted.
		var task workTask
		offer := officer.Post("/tasks", apitest.Object{"title": "提供二号地块红线图", "subject": object, "unit": land, "due_on": day(7)}).Status(201)
		if offer.JSON(&task); task.State != "offered" || task.SubjectTitle != "示例轴承项目" {
			t.Fatalf("offered %+v", task)
		}
		owner := h.signIn("land-lead")
		at := "/tasks/" + task.ID
		back := owner.IfMatch(offer.ETag()).Post(at+"/return", apitest.Object{"reason": "请附项目用地申请"}).Status(200)
		owner.IfMatch(offer.ETag()).Post(at+"/accept", apitest.Object{}).Problem(412, "work.task_stale")
		var mine struct {
			Counts   map[string]int64
			Returned []workTask
		}
		if officer.Get("/work/mine").Status(200).JSON(&mine); mine.Counts["returned"] != 1 || mine.Returned[0].Reason != "请附项目用地申请" {
			t.Errorf("it waits at whoever sent it: %+v", mine)
		}
		again := officer.IfMatch(back.ETag()).Post(at+"/reassign", apitest.Object{"unit": land, "reason": "申请已附"}).Status(200)
		took := owner.IfMatch(again.ETag()).Post(at+"/accept", apitest.Object{}).Status(200)
		if took.JSON(&task); task.State != "accepted" || task.Subject != "" {
			t.Errorf("accepted by a department that may not read the project: %+v", task)
		}
		owner.IfMatch(took.ETag()).Post(at+"/complete", apitest.Object{"result": "红线图已送"}).Status(200).JSON(&task)

		// The project's timeline shows everything.
		var entries struct {
			Items []struct{ Verb, Reason string }
		}
		officer.Get("/projects/" + project.ID + "/timeline").Status(200).JSON(&entries)
		var verbs []string
		for _, e := range entries.Items {
			verbs = append(verbs, e.Verb)
		}
		want := []string{"work.task_completed", "work.task_accepted", "work.task_reassigned", "work.task_returned", "work.task_given", "work.note_written", "pipeline.opened"}
		if !slices.Equal(verbs, want) {
			t.Errorf("timeline %v", verbs)
		}

		// The officer leaves; the lead sees what is left and hands it on.
		var left workTask
		officer.Post("/tasks", apitest.Object{"title": "回访企业", "subject": object, "due_on": day(3)}).Status(201).JSON(&left)
		system := h.signIn("sysadmin")
		system.Post("/accounts/"+left.Owner+"/disable", apitest.Object{"reason": "调离"}).Status(200)
		var waiting struct{ Ownerless []workTask }
		if lead.Get("/work/mine").Status(200).JSON(&waiting); len(waiting.Ownerless) != 1 || !waiting.Ownerless[0].OwnerLeft || waiting.Ownerless[0].ID != left.ID {
			t.Fatalf("the lead is told of %+v", waiting)
		}
		lead.IfMatch(`"1"`).Post("/tasks/"+left.ID+"/reassign", apitest.Object{"unit": bureau, "reason": "原负责人调离"}).Status(200).JSON(&left)
		if left.Owner != "" || left.State != "open" {
			t.Errorf("handed on %+v", left)
		}

		// An operator sees its own unit's work and nothing of this.
		var none struct{ Items []workTask }
		if operator.Get("/tasks?object=" + url.QueryEscape(object)).Status(200).JSON(&none); len(none.Items) != 0 {
			t.Errorf("the operator sees %+v", none)
		}
		operator.Get(at).Problem(404, "work.task_not_found")

		// Of what the zone asks about the operator's own project it learns that
		// something was asked, and no more.
		var theirs struct{ ID string }
		operator.Post("/projects", apitest.Object{"name": "示例运营方项目", "source": "自行走访", "finder": "演示运营", "found_on": day(0)}).Status(201).JSON(&theirs)
		h.signIn("leader").Post("/tasks", apitest.Object{"title": "核实运营方材料", "subject": "pipeline.project/" + theirs.ID, "unit": bureau, "due_on": day(3)}).Status(201)
		if told := string(operator.Get("/projects/" + theirs.ID + "/timeline").Status(200).Body); !strings.Contains(told, "work.task_given") || strings.Contains(told, "核实运营方材料") {
			t.Errorf("the operator reads %s", told)
		}
	})
}

// department sets up another department with a lead who signs in as login, and
// returns its unit.
func (h *house) department(name, login string) string {
	h.Helper()
	system, security := h.signIn("sysadmin"), h.signIn("secadmin")
	var units struct {
		Items []struct{ ID, Kind string } `json:"items"`
	}
	system.Get("/units").Status(200).JSON(&units)
	zone := units.Items[slices.IndexFunc(units.Items, func(u struct{ ID, Kind string }) bool { return u.Kind == "zone" })].ID
	var unit struct{ ID string }
	system.Post("/units", apitest.Object{"kind": "department", "parent": zone, "name_zh": name}).Status(201).JSON(&unit)
	var opened struct {
		Account struct{ ID string }    `json:"account"`
		Link    struct{ Token string } `json:"link"`
	}
	system.Post("/accounts", apitest.Object{"login": login, "name": "演示科长", "unit": unit.ID}).Status(201).JSON(&opened)
	tag := security.Get("/accounts/" + opened.Account.ID).Status(200).ETag()
	security.IfMatch(tag).Put("/accounts/"+opened.Account.ID+"/roles", apitest.Object{"roles": []string{"department_lead"}, "reason": "开户"}).Status(200)
	h.server.As("zh").Post("/first-link/"+opened.Link.Token, apitest.Object{"password": password}).Status(200)
	return unit.ID
}
