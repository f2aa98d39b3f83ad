package stories

import (
	"strings"
	"testing"

	"sente/internal/infra/httpapi/apitest"
)

// span is one clock of a project as the API shows it.
type span struct {
	From        string `json:"from"`
	To          string `json:"to"`
	State       string `json:"state"`
	Why         string `json:"why"`
	DueOn       string `json:"due_on"`
	Provisional bool   `json:"provisional"`
	Left        int    `json:"left"`
}

// clock returns the clock of a project's span.
func (h *house) clock(c *apitest.Client, project, from, to string) span {
	h.Helper()
	var got struct{ Clocks []span }
	c.Get("/projects/" + project + "/clocks").Status(200).JSON(&got)
	for _, s := range got.Clocks {
		if s.From == from && s.To == to {
			return s
		}
	}
	h.Fatalf("no clock from %s to %s in %+v", from, to, got.Clocks)
	return span{}
}

// matter is a project that waits for somebody.
type matter struct {
	ID, Name  string
	WaitsOn   string `json:"waits_on"`
	Next      string
	OwnerName string `json:"owner_name"`
	Days      int    `json:"overdue_days"`
	Gate      []struct {
		ID  string
		Met bool
	}
}

// day returns what waits for c, by block.
func (h *house) day(c *apitest.Client) map[string][]matter {
	h.Helper()
	var got struct {
		Blocks []struct {
			ID    string
			Items []matter
		}
	}
	c.Get("/pipeline/mine").Status(200).JSON(&got)
	out := map[string][]matter{}
	for _, b := range got.Blocks {
		out[b.ID] = b.Items
	}
	return out
}

// A lead lies about: the clock says since when, the list says on whom. A
// signature that is due stands in the lead's day and is given there. Then the
// calendar ends, and nobody is judged by days nobody knows.
func TestWhatStallsAndOnWhom(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead", "leader")
		officer, lead, leader := h.signIn("officer"), h.signIn("department-lead"), h.signIn("leader")

		// A lead found on 5 January is to be screened within ten working days, by
		// 19 January: the weekends do not count.
		var p struct{ ID string }
		officer.Post("/projects", apitest.Object{"name": "演示轴承项目", "source": "演示推介会", "finder": "招商一局", "found_on": "2026-01-05", "industry": "C34"}).Status(201).JSON(&p)
		if s := h.clock(officer, p.ID, "lead", "screening"); s.State != "overdue" || s.DueOn != "2026-01-19" || s.Left >= 0 {
			h.Fatalf("%+v", s)
		}
		var stalled struct{ Items []matter }
		leader.Get("/pipeline/stalled").Status(200).JSON(&stalled)
		if len(stalled.Items) != 1 || stalled.Items[0].WaitsOn != "owner" || stalled.Items[0].OwnerName != "演示专员甲" || stalled.Items[0].Days <= 0 {
			h.Fatalf("%+v", stalled.Items)
		}
		if mine := h.day(officer)["overdue"]; len(mine) != 1 || mine[0].ID != p.ID {
			h.Fatalf("the officer's day: %+v", mine)
		}

		// The officer files the screening form. Now it waits for the lead's
		// signature alone, and the lead gives it from the day's list.
		officer.IfMatch(h.project(officer, p.ID).tag).Upload("/projects/"+p.ID+"/evidence", map[string]string{"kind": "screening_form", "on": "2026-01-20", "title": "演示初判表"}, "form.txt",
			[]byte("演示数据")).Status(201)
		todo := h.day(lead)["signatures"]
		if len(todo) != 1 || todo[0].WaitsOn != "department_lead" || todo[0].Next != "screening" {
			h.Fatalf("the lead's day: %+v", todo)
		}
		leader.Get("/pipeline/stalled").Status(200).JSON(&stalled)
		if stalled.Items[0].WaitsOn != "department_lead" {
			h.Fatalf("it waits for %q", stalled.Items[0].WaitsOn)
		}
		lead.Post("/projects/"+p.ID+"/signoffs", apitest.Object{"stage": todo[0].Next, "role": todo[0].WaitsOn, "opinion": "同意"}).Status(201)
		if todo = h.day(lead)["signatures"]; len(todo) != 0 {
			h.Fatalf("signed, and still in the lead's day: %+v", todo)
		}
		officer.IfMatch(h.project(officer, p.ID).tag).Post("/projects/"+p.ID+"/advance", apitest.Object{"to": "screening"}).Status(200)
		if s := h.clock(officer, p.ID, "lead", "screening"); s.State != "met_late" || s.Left != -1 {
			h.Fatalf("screened a working day late: %+v", s)
		}

		// An import of half a year is refused, each missing holiday named; a whole year is tried first, changes
		// nothing, and is then taken over with its source.
		system := h.signIn("sysadmin")
		half := []byte("year,date,name,kind\n2027,2027-01-01,元旦,off\n2027,2027-02-10,春节,work\n")
		system.Upload("/calendar/import", map[string]string{"dry_run": "1"}, "2027.csv", half).Refused(422, "calendar.file_invalid", "file", "file")
		whole := []byte("year,date,name,kind\n2027,2027-01-01,元旦,off\n2027,2027-05-01,劳动节,off\n2027,2027-10-01,国庆节,off\n2027,2027-10-09,国庆节,work\n")
		var effect struct {
			Years []struct {
				Year  int
				Known bool
			}
		}
		system.Upload("/calendar/import", map[string]string{"dry_run": "1"}, "2027.csv", whole).Status(200).JSON(&effect)
		if len(effect.Years) != 1 || effect.Years[0].Known {
			h.Fatalf("%+v", effect)
		}
		officer.Upload("/calendar/import", map[string]string{"source": "演示通知", "reason": "发布"}, "2027.csv", whole).Problem(403, "access.role_needed")
		r := officer.Get("/calendar/days?year=2027").Status(200)
		if !strings.Contains(string(r.Body), `"covered":false`) {
			h.Fatalf("a dry run wrote: %s", r.Body)
		}
		system.Upload("/calendar/import", map[string]string{"source": "演示通知〔2026〕1号", "reason": "发布 2027 年安排"}, "2027.csv", whole).Status(200)
		officer.Get("/calendar/days?year=2027").Status(200).JSON(&struct{}{})
	})
}
