package stories

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/kernel"
)

// walk is a project on its way, with the people who bring it along.
type walk struct {
	h                     *house
	officer, lead, leader *apitest.Client
	path                  string // of the project
	facts                 apitest.Object
	passed                []string
}

// step supplies what the next gate lacks, as the checklist names it, and enters
// the stage on day; it returns the stage, "" at the end.
func (w *walk) step(day string) string {
	w.h.Helper()
	var gate struct {
		Next  string
		Items []struct {
			Kind, ID, Label string
			Met             bool
			Hint            string `json:"hint_field"`
		}
	}
	w.officer.Get(w.path + "/gate").Status(200).JSON(&gate)
	if gate.Next == "" {
		return ""
	}
	tag := func() string { return w.officer.Get(w.path).Status(200).ETag() }
	for _, item := range gate.Items {
		switch {
		case item.Met:
		case item.Kind == "field":
			name := map[string]string{"total": "total_investment", "fixed": "fixed_investment"}[item.Hint]
			if name == "" {
				name = item.Hint
			}
			w.officer.IfMatch(tag()).Patch(w.path, apitest.Object{name: w.facts[name]}).Status(200)
		case item.Kind == "evidence":
			w.officer.Upload(w.path+"/evidence", map[string]string{"kind": item.ID, "title": item.Label, "on": day}, item.ID+".pdf", []byte("%PDF-1.4\n"+item.Label)).Status(201)
		case item.ID == "leader":
			w.leader.Post(w.path+"/signoffs", apitest.Object{"stage": gate.Next, "role": "leader", "opinion": "同意"}).Status(201)
		default:
			w.lead.Post(w.path+"/signoffs", apitest.Object{"stage": gate.Next, "role": item.ID, "opinion": "同意"}).Status(201)
		}
	}
	w.officer.IfMatch(tag()).Post(w.path+"/advance", apitest.Object{"to": gate.Next}).Status(200)
	w.passed = append(w.passed, gate.Next)
	return gate.Next
}

// until walks one step a month up to and with stage; "" is the end.
func (w *walk) until(stage string) {
	w.h.Helper()
	for {
		at := w.step(fmt.Sprintf("2025-%02d-10", len(w.passed)+3))
		if at == "" || at == stage {
			return
		}
	}
}

// TestTwoPlatformsTwoWays: an incubated firm builds nothing, so nobody asks it
// for a building permit and 开工 is simply not one of its stages; a bonded plant
// is filed with customs before its works begin. The zone renames a stage for
// itself, and the past keeps the name and the gates of its day.
func TestTwoPlatformsTwoWays(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead", "leader", "auditor")
		officer, lead, leader := h.signIn("officer"), h.signIn("department-lead"), h.signIn("leader")
		register := func(name, lei string) string {
			var firm struct{ ID string }
			officer.Post("/parties", apitest.Object{"kind": "enterprise", "name": name, "lei": lei}).Status(201).JSON(&firm)
			return firm.ID
		}
		open := func(name, track, firm string) *walk {
			var p struct {
				ID     string
				Builds bool
			}
			officer.Post("/projects", apitest.Object{"name": name, "track": track, "source": "路演", "finder": "招商专员", "found_on": "2025-02-01"}).Status(201).JSON(&p)
			if p.Builds != (track == "bonded") {
				h.Fatalf("%s builds: %v", name, p.Builds)
			}
			return &walk{h: h, officer: officer, lead: lead, leader: leader, path: "/projects/" + p.ID, facts: apitest.Object{
				"industry": "C34", "investor": firm, "site": name + "地块", "scope": name + "，年产一万套", "terms": "三年内达产",
				"total_investment": apitest.Object{"minor": 60_000_000_000, "currency": "CNY"}, "fixed_investment": apitest.Object{"minor": 40_000_000_000, "currency": "CNY"}}}
		}

		// The firm in the incubator is reviewed, moves in, earns, graduates.
		incubated := open("示例入孵项目", "incubation", register("示例入孵有限公司", "0YPKKE5F0QW6RC51HE09"))
		incubated.until("landed")
		tag := officer.Get(incubated.path).Status(200).ETag()
		said := officer.IfMatch(tag).Post(incubated.path+"/advance", apitest.Object{"to": "started"}).Problem(422, "pipeline.stage_not_applicable")
		if said.Detail != "“孵化流程”中“开工”不适用：平台提供现成场地，不涉及建设，没有开工" {
			h.Errorf("refused with %q", said.Detail)
		}
		officer.IfMatch(tag).Patch(incubated.path, apitest.Object{"builds": true}).Problem(422, "pipeline.builds_never")
		officer.IfMatch(tag).Patch(incubated.path, apitest.Object{"track": "general"}).Problem(422, "pipeline.track_lacks_reached")
		incubated.until("")
		if got := strings.Join(incubated.passed, " "); got != "screening screening.review negotiating signed landed producing effective" {
			h.Errorf("the incubated firm passed %s", got)
		}

		// The plant in the bonded zone is filed with customs, then built.
		plant := open("示例保税项目", "bonded", register("示例保税制造有限公司", "0YPKKE5F0QW6RC51HF06"))
		plant.until("landed")
		tag = officer.Get(plant.path).Status(200).ETag()
		officer.IfMatch(tag).Post(plant.path+"/advance", apitest.Object{"to": "started"}).Problem(409, "pipeline.one_step")

		// Before it goes on, the zone renames the step, from today on.
		type file struct {
			Latest  int64
			Zh      string
			Stages  []apitest.Object
			History []struct{ Version int64 }
		}
		var bonded map[string]any
		tag = leader.Get("/pipeline/tracks/bonded").Status(200).JSON(&bonded).ETag()
		order := apitest.Object{}
		for _, name := range []string{"zh", "en", "meaning_zh", "meaning_en", "platform", "builds", "stages", "absent", "gates", "limits", "source"} {
			order[name] = bonded[name]
		}
		stages := bonded["stages"].([]any)
		at := slices.IndexFunc(stages, func(s any) bool { return s.(map[string]any)["id"] == "landed.customs" })
		stages[at].(map[string]any)["zh"] = "关务备案"
		order["valid_from"], order["reason"] = string(kernel.DayOf(h.app.DB.Now().UnixMilli())), "与海关口径一致"
		officer.IfMatch(tag).Put("/pipeline/tracks/bonded", order).Status(403)
		var now file
		leader.IfMatch(tag).Put("/pipeline/tracks/bonded", order).Status(200).JSON(&now)
		leader.IfMatch(tag).Put("/pipeline/tracks/bonded", order).Problem(412, "pipeline.track_stale")
		if now.Latest != 2 || now.Stages[at]["zh"] != "关务备案" || len(now.History) != 2 {
			h.Errorf("settled %+v", now)
		}
		var was file
		officer.Get("/pipeline/tracks/bonded?version=1").Status(200).JSON(&was)
		if was.Stages[at]["zh"] != "海关备案" {
			h.Errorf("the first version now says %v", was.Stages[at])
		}
		// Where a project stands, a stage cannot be taken away under it.
		short := apitest.Object{}
		for name, v := range order {
			short[name] = v
		}
		none := func(x any) bool {
			return x.(map[string]any)["stage"] == "landed" || x.(map[string]any)["stage"] == "landed.customs"
		}
		short["stages"] = slices.Concat(stages[:4], stages[6:])
		short["gates"] = slices.DeleteFunc(slices.Clone(bonded["gates"].([]any)), none)
		short["limits"] = []any{}
		said = leader.IfMatch(`"2"`).Put("/pipeline/tracks/bonded", short).Problem(422, "pipeline.track_stage_in_use")
		if said.Detail != "“落地”还有 1 个项目，不能从流程中去掉；请先推进、退回或改换这些项目" {
			h.Errorf("refused with %q", said.Detail)
		}
		plant.until("")
		if got := strings.Join(plant.passed, " "); got != "screening negotiating signed landed landed.customs started producing effective" {
			h.Errorf("the plant passed %s", got)
		}

		// A list by stage takes in the steps within it; each of the two keeps its track.
		if n := h.count(officer, "track=incubation"); n != 1 {
			h.Errorf("%d projects in incubation", n)
		}
		if n := h.count(officer, "stage=effective"); n != 2 {
			h.Errorf("%d projects at their effect", n)
		}
		h.verified(h.signIn("auditor"))
	})
}
