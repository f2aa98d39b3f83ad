package stories

import (
	"strings"
	"testing"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/kernel"
)

// An operator reports a firm, a bureau disputes it, a leader decides; the firm
// becomes a project, and the credit for it stays with who began it.
func TestWhoReportedAFirmFirst(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead", "leader", "operator")
		officer, lead, leader, operator := h.signIn("officer"), h.signIn("department-lead"), h.signIn("leader"), h.signIn("operator")
		today := kernel.DayOf(h.app.DB.Now().UnixMilli())
		until := string(today.AddDays(90))
		const code = "91220100000000019B"
		type report struct {
			ID, Status string
			Until      string `json:"protected_until"`
			Dispute    *struct {
				ID, State, Reason string
				Won               bool
			}
		}
		form := apitest.Object{"firm_name": "演示精密制造有限公司", "credit_code": code, "source": "演示展会面谈", "intent": "建设演示生产线"}

		// The operator sees that the firm is free, reports it, and has it for 90 days.
		var state struct{ State, Until, By string }
		operator.Get("/reports/check?credit_code=" + code).Status(200).JSON(&state)
		if state.State != "free" {
			h.Fatalf("%+v", state)
		}
		var first, second report
		operator.Post("/reports", form).Status(201).JSON(&first)
		if first.Status != "active" || first.Until != until {
			h.Fatalf("%+v", first)
		}

		// The bureau is told until when, and that it is an operator, not which one.
		officer.Get("/reports/check?credit_code=" + code).Status(200).JSON(&state)
		if state.State != "protected" || state.Until != until || state.By != "其他运营方" {
			h.Fatalf("%+v", state)
		}
		said := officer.Post("/reports", form).Status(409)
		if !strings.Contains(string(said.Body), until) || strings.Contains(string(said.Body), "演示运营公司") {
			h.Fatalf("refused with %s", said.Body)
		}
		officer.Get("/reports/"+first.ID).Problem(404, "pipeline.report_not_found")

		// It had met the firm before, says so, and the dispute goes to the zone's leaders.
		form["claim"] = apitest.Object{"ground": "earlier", "since_on": string(today.AddDays(-20)), "reason": "二十天前已在演示推介会面谈，有签到"}
		officer.Post("/reports", form).Status(201).JSON(&second)
		if second.Status != "contested" || second.Dispute == nil || second.Dispute.State != "open" {
			h.Fatalf("%+v", second)
		}
		lead.Post("/conflicts/"+second.Dispute.ID+"/decide", apitest.Object{"winner": second.ID, "reason": "本局在先，有签到"}).Problem(404, "pipeline.conflict_not_found")
		leader.Post("/conflicts/"+second.Dispute.ID+"/decide", apitest.Object{"winner": second.ID, "reason": "签到记录属实，接触在先"}).Status(200)
		operator.Get("/reports/" + first.ID).Status(200).JSON(&first)
		officer.Get("/reports/" + second.ID).Status(200).JSON(&second)
		if first.Status != "overruled" || first.Dispute.Reason != "签到记录属实，接触在先" || second.Status != "active" || !second.Dispute.Won {
			h.Fatalf("%+v, %+v", first, second)
		}

		// A real talk, held today, extends it once.
		talk := apitest.Object{"talk_on": string(today), "minutes": "双方就厂房面积、用电和投产时间交换意见，约定下月看地", "firm_people": "演示公司副总经理", "zone_people": "演示专员甲"}
		officer.Post("/reports/"+second.ID+"/extend", talk).Status(200).JSON(&second)
		if second.Status != "extended" || second.Until != string(today.AddDays(180)) {
			h.Fatalf("%+v", second)
		}
		officer.Post("/reports/"+second.ID+"/extend", talk).Problem(409, "pipeline.report_extended_already")

		// The firm becomes a project; the report goes with it, and who opened it
		// holds the credit whole.
		var party, project struct{ ID string }
		officer.Post("/parties", apitest.Object{"kind": "enterprise", "name": "演示精密制造有限公司", "credit_code": code}).Status(201).JSON(&party)
		opened := officer.Post("/projects", apitest.Object{"name": "演示精密项目", "source": "演示推介会", "finder": "演示专员甲", "found_on": string(today), "investor": party.ID}).Status(201).JSON(&project)
		var mine struct {
			Items []struct{ ID, Project string } `json:"items"`
		}
		officer.Get("/reports?project=" + project.ID).Status(200).JSON(&mine)
		if len(mine.Items) != 1 || mine.Items[0].ID != second.ID {
			h.Fatalf("%+v", mine)
		}
		var shares struct {
			Rows []struct {
				Account, Part string
				Points        int `json:"basis_points"`
			}
		}
		officer.Get("/projects/" + project.ID + "/shares").Status(200).JSON(&shares)
		if len(shares.Rows) != 1 || shares.Rows[0].Part != "began" || shares.Rows[0].Points != 10000 {
			h.Fatalf("%+v", shares)
		}

		// The lead may give others their part, and takes nothing from who began.
		began := shares.Rows[0].Account
		set := func(points int) apitest.Object {
			return apitest.Object{"rows": []apitest.Object{{"account": began, "part": "began", "basis_points": points}}, "reason": "调整分工"}
		}
		short := lead.IfMatch(opened.ETag()).Put("/projects/"+project.ID+"/shares", set(8750)).Status(422)
		if !strings.Contains(string(short.Body), "还差 12.5%") {
			h.Fatalf("refused with %s", short.Body)
		}
		lead.Put("/projects/"+project.ID+"/shares", set(10000)).Problem(428, "httpapi.if_match_missing")
		lead.IfMatch(opened.ETag()).Put("/projects/"+project.ID+"/shares", set(10000)).Status(200)
		operator.Get("/projects/"+project.ID+"/shares").Problem(404, "pipeline.not_found")
	})
}
