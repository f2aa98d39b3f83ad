package app_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/platform"
	"sente/internal/zone/work"
)

// told tells what has been recorded, and returns what each of people was told
// since it was last asked: "topic title". It marks that as read.
func (w *world) told(people map[string]person) map[string][]string {
	w.t.Helper()
	must(w.t, w.app.Sequencer.Tick(w.t.Context()))
	must(w.t, w.app.Notify.Tell(w.in(home)))
	out := map[string][]string{}
	for name, p := range people {
		box, err := w.app.Notify.Inbox(w.as(p.actor), true, "", 200)
		must(w.t, err)
		for _, n := range slices.Backward(box.Items) {
			out[name] = append(out[name], strings.TrimSpace(n.Topic+" "+n.Title))
		}
		if len(box.Items) > 0 {
			_, err = w.app.Notify.MarkRead(w.as(p.actor), nil, box.Items[0].ID)
			must(w.t, err)
		}
	}
	return out
}

// expects fails the test unless exactly these were told: role → "topic title"s.
func (w *world) expects(what string, people map[string]person, want map[string][]string) {
	w.t.Helper()
	got := w.told(people)
	for name := range people {
		a, b := slices.Sorted(slices.Values(got[name])), slices.Sorted(slices.Values(want[name]))
		if !slices.Equal(a, b) {
			w.t.Errorf("%s: %s is told %q, want %q", what, name, a, b)
		}
	}
}

// secondOfficer is an officer of another department.
func (w *world) secondOfficer() person {
	w.t.Helper()
	unit := w.units[home]["d2"]
	made, _, err := w.app.Access.Open(w.in(home), access.Account{Login: "second", Name: w.named(home, "人员"), Unit: unit})
	must(w.t, err)
	a, err := w.app.Access.Grant(w.in(home), made.ID, made.Version, []string{"officer"}, nil, "")
	must(w.t, err)
	return person{role: "officer", unit: unit, actor: a.Actor()}
}

// TestWhoIsTold: by the real desks, whom each kind of act concerns is told of it
// and nobody else; not who did it.
func TestWhoIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, app.Config{})
	people := map[string]person{"second": w.secondOfficer()}
	for _, role := range []string{"officer", "department_lead", "leader", "operator", "auditor", "province", "system_admin"} {
		people[role] = w.people[role]
	}
	w.told(people)
	t.Run("tasks", func(t *testing.T) { w.t = t; w.toldOfTasks(people) })
	t.Run("projects", func(t *testing.T) { w.t = t; w.toldOfProjects(people) })
	t.Run("reports", func(t *testing.T) { w.t = t; w.toldOfReports(people) })
	t.Run("contracts", func(t *testing.T) { w.t = t; w.toldOfContracts(people) })
	t.Run("imports", func(t *testing.T) { w.t = t; w.toldOfImports(people) })
	w.t = t
}

func (w *world) toldOfTasks(people map[string]person) {
	w.t.Helper()
	d, leader, officer, lead := w.app.Work, w.as(people["leader"].actor), w.as(people["officer"].actor), w.as(people["department_lead"].actor)
	s, err := d.Give(leader, work.Order{Title: "甲", Unit: w.units[home]["d1"], Owner: people["officer"].actor.ID, DueOn: "2199-01-05"})
	must(w.t, err)
	w.expects("handed to an official", people, map[string][]string{"officer": {"work.offered 甲"}, "department_lead": {"work.offered 甲"}})
	s, err = d.Accept(lead, s.ID, s.Version, nil)
	must(w.t, err)
	w.expects("accepted", people, map[string][]string{"leader": {"work.accepted 甲"}})
	_, err = d.Complete(officer, s.ID, s.Version, "已办妥")
	must(w.t, err)
	w.expects("completed", people, map[string][]string{"leader": {"work.completed 甲"}})
	s, err = d.Give(lead, work.Order{Title: "乙", Owner: people["officer"].actor.ID, DueOn: "2199-01-05"})
	must(w.t, err)
	w.expects("given within the department", people, map[string][]string{"officer": {"work.given 乙"}})
	_, err = d.Cancel(lead, s.ID, s.Version, "不再需要")
	must(w.t, err)
	w.expects("cancelled", people, map[string][]string{"officer": {"work.cancelled 乙"}})
	s, err = d.Give(leader, work.Order{Title: "丙", Unit: w.units[home]["d1"], DueOn: "2199-01-05"})
	must(w.t, err)
	_, err = d.Return(lead, s.ID, s.Version, "请附依据")
	must(w.t, err)
	w.expects("handed to a department and returned", people, map[string][]string{"department_lead": {"work.offered 丙"}, "leader": {"work.returned 丙"}})
	_, err = d.Give(officer, work.Order{Title: "自己的", DueOn: "2199-01-05"})
	must(w.t, err)
	w.expects("one's own", people, nil)
}

func (w *world) toldOfProjects(people map[string]person) {
	w.t.Helper()
	d, officer, lead, leader := w.app.Pipeline, w.as(people["officer"].actor), w.as(people["department_lead"].actor), w.as(people["leader"].actor)
	k := w.project(home, people["officer"])
	id, name := k.Project.ID, k.Project.Name
	w.expects("opened by the program", people, nil)
	_, err := w.app.Work.Write(lead, work.Written{Kind: work.Comment, Subject: pipeline.Object(id), Text: "请补充材料"})
	must(w.t, err)
	_, err = w.app.Work.Write(officer, work.Written{Kind: work.Comment, Subject: pipeline.Object(id), Text: "已补充"})
	must(w.t, err)
	w.expects("comments", people, map[string][]string{"officer": {"work.commented " + name}})
	k, err = d.Amend(officer, id, 0, pipeline.Facts{Industry: ptr("C34")})
	must(w.t, err)
	k, err = d.AttachEvidence(officer, id, 0, pipeline.Evidence{Kind: "screening_form", Title: "初判表", On: "2026-01-06"}, "form.txt", strings.NewReader("内容"))
	must(w.t, err)
	if k.Project.WaitsOn != "department_lead" {
		w.t.Fatalf("the project waits on %q", k.Project.WaitsOn)
	}
	w.expects("a signature waits", people, map[string][]string{"department_lead": {"pipeline.sign " + name}})
	_, err = d.Amend(officer, id, 0, pipeline.Facts{Summary: ptr("摘要")})
	must(w.t, err)
	w.expects("it waits still", people, nil)
	k, err = d.SignOff(lead, id, 0, pipeline.SignOrder{Stage: pipeline.Screening, Role: "department_lead"})
	must(w.t, err)
	w.expects("it is signed", people, nil)
	_, err = d.Amend(officer, id, 0, pipeline.Facts{Industry: ptr("C35")})
	must(w.t, err)
	k, err = d.Find(officer, id)
	must(w.t, err)
	if k.Project.WaitsOn != "department_lead" {
		w.t.Fatalf("after the change the project waits on %q", k.Project.WaitsOn)
	}
	w.expects("what was signed has changed", people, map[string][]string{"department_lead": {"pipeline.sign " + name}})
	k, err = d.CallOff(leader, id, k.Project.Version, pipeline.CallOffOrder{To: pipeline.Shelved, Reason: "等待选址"})
	must(w.t, err)
	w.expects("shelved by a leader", people, map[string][]string{"officer": {"pipeline.moved " + name}})
	k, err = d.Resume(officer, id, k.Project.Version, "选址已定")
	must(w.t, err)
	w.told(people)
	k, err = d.Amend(w.in(home), id, k.Project.Version, pipeline.Facts{Unit: ptr(people["second"].unit), Owner: ptr(people["second"].actor.ID)})
	must(w.t, err)
	got := w.told(people)
	if !slices.Contains(got["second"], "pipeline.assigned "+name) || slices.ContainsFunc(got["officer"], func(s string) bool { return strings.Contains(s, name) }) {
		w.t.Errorf("given to another: %v", got)
	}
	box, err := w.app.Notify.Inbox(officer, false, "", 200)
	must(w.t, err)
	for _, n := range box.Items {
		if strings.Contains(fmt.Sprint(n), name) || strings.Contains(fmt.Sprint(n), id) {
			w.t.Errorf("who may no longer read the project still reads %+v", n)
		}
	}
}

func (w *world) toldOfReports(people map[string]person) {
	w.t.Helper()
	d, firm := w.app.Pipeline, "示例争议企业"
	facts := pipeline.ReportFacts{FirmName: &firm, Country: ptr("SG"), ForeignRegNo: ptr("DEMO-7788"), Source: ptr("来源"), Intent: ptr("意向")}
	_, err := d.File(w.as(people["officer"].actor), facts, nil)
	must(w.t, err)
	w.expects("reported", people, nil)
	second, err := d.File(w.as(people["second"].actor), facts, &pipeline.Claim{Ground: pipeline.GroundEarlier, SinceOn: string(kernel.DayOf(w.app.DB.Now().UnixMilli()).AddDays(-20)), Reason: "二十天前已面谈，有签到"})
	must(w.t, err)
	w.expects("disputed", people, map[string][]string{"officer": {"pipeline.contested " + firm}, "leader": {"pipeline.arbitrate " + firm}})
	_, err = d.DecideConflict(w.as(people["leader"].actor), second.Report.Conflict, 0, pipeline.DecideOrder{Winner: second.Report.ID, Reason: "签到记录属实，接触在先"})
	must(w.t, err)
	w.expects("decided", people, map[string][]string{"officer": {"pipeline.decided " + firm}, "second": {"pipeline.decided " + firm}})
}

func (w *world) toldOfContracts(people map[string]person) {
	w.t.Helper()
	d, officer, operator := w.app.Platform, w.as(people["officer"].actor), w.as(people["operator"].actor)
	k := w.contract(home, people["officer"])
	id := k.Contract.ID
	task := w.contractTask(home, people["officer"], id)
	k, err := d.Submit(operator, id, task, 0, platform.Handover{Text: "说明", On: "2026-02-01"}, "note.txt", strings.NewReader("内容甲"))
	must(w.t, err)
	title := k.Tasks[0].Title
	w.expects("handed in", people, map[string][]string{"officer": {"platform.submitted " + title}})
	_, err = d.Object(officer, id, task, 0, "材料不全，请补充签到表")
	must(w.t, err)
	w.expects("objected to", people, map[string][]string{"operator": {"platform.objected " + title}})
	_, err = d.Answer(operator, id, task, 0, platform.Handover{Text: "已补充签到表", On: "2026-02-02"})
	must(w.t, err)
	_, err = d.Accept(officer, id, task, 0, "属实")
	must(w.t, err)
	w.expects("answered and accepted", people, map[string][]string{"officer": {"platform.submitted " + title}, "operator": {"platform.accepted " + title}})
}

func (w *world) toldOfImports(people map[string]person) {
	w.t.Helper()
	ctx := w.as(people["officer"].actor)
	file, err := w.app.Intake.Upload(ctx, "企业台账.csv", strings.NewReader("企业名称,地址\n"+w.named(home, "企业")+",示例路\n"))
	must(w.t, err)
	found, err := w.app.Intake.Sniff(ctx, file, "parties", intake.Settings{})
	must(w.t, err)
	run, err := w.app.Intake.Begin(ctx, file, "parties", intake.Settings{Mapping: found.Mapping})
	must(w.t, err)
	must(w.t, w.app.Intake.Drain(w.in(home)))
	w.expects("the dry run", people, map[string][]string{"officer": {"intake.ready 企业台账.csv"}})
	must(w.t, w.app.Intake.Publish(ctx, run))
	must(w.t, w.app.Intake.Drain(w.in(home)))
	w.expects("published", people, map[string][]string{"officer": {"intake.published 企业台账.csv"}})
}

// TestWhatFallsDue: in the morning a task is told the working day before and once
// when it is late, a limit of a project five working days before, minutes of an
// activity while they are owed.
func TestWhatFallsDue(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	now := time.Date(2026, 5, 11, 10, 0, 0, 0, kernel.ChinaTime()) // a Monday
	w := newWorld(t, app.Config{Now: func() time.Time { mu.Lock(); defer mu.Unlock(); return now }})
	officer := w.people["officer"]
	people := map[string]person{"officer": officer, "department_lead": w.people["department_lead"]}
	task, err := w.app.Work.Give(w.as(officer.actor), work.Order{Title: "周一到期", DueOn: "2026-05-18"})
	must(t, err)
	_, err = w.app.Work.Give(w.as(w.people["department_lead"].actor), work.Order{Title: "本科室的", Unit: w.units[home]["d1"], DueOn: "2026-05-19"})
	must(t, err)
	name, on := "示例推介会", "2026-05-11"
	a, err := w.app.Work.Plan(w.as(officer.actor), work.ActivityFacts{Name: &name, OnDate: &on, Place: ptr("会议室"), Kind: ptr("roadshow")})
	must(t, err)
	a, err = w.app.Work.Hold(w.as(officer.actor), a.ID, a.Version, work.ActivityFacts{})
	must(t, err)
	k, err := w.app.Pipeline.Open(w.as(officer.actor), pipeline.Facts{Name: ptr("示例线索"), Source: ptr("来源"), Finder: ptr("发现人"), FoundOn: &on, Unit: &officer.unit, Owner: &officer.actor.ID})
	must(t, err)
	if a.MinutesDue != "2026-05-18" || k.Project.DueOn != "2026-05-25" || k.Project.DueProvisional {
		t.Fatalf("minutes due %s, project due %s", a.MinutesDue, k.Project.DueOn)
	}
	w.told(people)
	mornings := map[string]map[string][]string{}
	for day := kernel.Date("2026-05-12"); day.Before("2026-06-10"); day = day.AddDays(1) {
		mu.Lock()
		now = time.UnixMilli(day.Start()).Add(9 * time.Hour)
		mu.Unlock()
		must(t, w.app.Notify.Tell(w.in(home)))
		must(t, w.app.Notify.Morning(w.in(home)))
		if got := w.told(people); len(got) > 0 {
			mornings[string(day)] = got
		}
		if day == "2026-05-20" {
			_, err = w.app.Work.Complete(w.as(officer.actor), task.ID, task.Version, "已办")
			must(t, err)
		}
	}
	want := map[string]map[string][]string{
		"2026-05-15": {"officer": {"work.due 周一到期", "work.minutes 示例推介会"}},
		"2026-05-18": {"officer": {"pipeline.due 示例线索"}, "department_lead": {"work.due 本科室的"}},
		"2026-05-19": {"officer": {"work.late 周一到期"}},
		"2026-05-20": {"department_lead": {"work.late 本科室的"}},
	}
	if fmt.Sprint(mornings) != fmt.Sprint(want) {
		t.Errorf("told %v\nwant %v", mornings, want)
	}
	all, err := w.app.Notify.Inbox(w.as(officer.actor), false, "", 200)
	must(t, err)
	for _, n := range all.Items {
		if n.Topic == "work.minutes" && (n.Path != "/activities/"+a.ID || n.Code != a.No) || n.Topic == "pipeline.due" && n.Path != "/projects/"+k.Project.ID {
			t.Errorf("%+v", n)
		}
	}
}
