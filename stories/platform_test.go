package stories

import (
	"strings"
	"testing"

	"sente/internal/infra/httpapi/apitest"
)

// paper is a contract as the story follows it.
type paper struct {
	ID, State string
	Version   int
	Tasks     []struct {
		ID, State   string
		Reason      string
		Submissions []struct{ ID, Kind, SHA256 string }
		Reviews     []struct{ Decision, Reason string }
	}
}

// rival engages a second operator with an account of its own.
func (h *house) rival(login string) *apitest.Client {
	h.Helper()
	system, security := h.signIn("sysadmin"), h.signIn("secadmin")
	var units struct {
		Items []struct{ ID, Kind string } `json:"items"`
	}
	system.Get("/units").Status(200).JSON(&units)
	zone := ""
	for _, u := range units.Items {
		if u.Kind == "zone" {
			zone = u.ID
		}
	}
	var unit struct{ ID string }
	system.Post("/units", apitest.Object{"kind": "operator", "parent": zone, "name_zh": "他家运营公司"}).Status(201).JSON(&unit)
	var made struct {
		Account struct{ ID string }    `json:"account"`
		Link    struct{ Token string } `json:"link"`
	}
	system.Post("/accounts", apitest.Object{"login": login, "name": "演示对手", "unit": unit.ID}).Status(201).JSON(&made)
	got := security.Get("/accounts/" + made.Account.ID).Status(200)
	security.IfMatch(got.ETag()).Put("/accounts/"+made.Account.ID+"/roles", apitest.Object{"roles": []string{"operator"}, "reason": "开户"}).Status(200)
	h.server.As("zh").Post("/first-link/"+made.Link.Token, apitest.Object{"password": password}).Status(200)
	return h.signIn(login)
}

// TestPlatformWithOperator: a bureau adopts two platforms of the playbook, hands
// one to an operator and signs a contract. The operator brings a project, owes a
// list of firms, hands in half of it, meets an objection, answers and is
// accepted by the official; a rival operator learns nothing of all this.
func TestPlatformWithOperator(t *testing.T) {
	onBoth(t, func(h *house) {
		bureau := h.staff("officer", "department_lead", "operator")
		lead, officer, operator := h.signIn("department-lead"), h.signIn("officer"), h.signIn("operator")
		rival := h.rival("rival")

		// The lead takes two platforms over from the playbook, for the bureau.
		var list struct {
			Items []struct {
				ID, Track string
				NameZh    string `json:"name_zh"`
				MissionZh string `json:"mission_zh"`
			}
		}
		lead.Post("/platforms/adopt", apitest.Object{"playbook": []string{"sci_tech_plaza", "foreign_trade"}, "since_on": "2025-01-01"}).Status(201).JSON(&list)
		plaza := list.Items[0]
		if plaza.NameZh != "科创广场" || plaza.MissionZh != "孵化" || plaza.Track != "incubation" {
			h.Fatalf("adopted %+v", plaza)
		}
		lead.Post("/platforms/adopt", apitest.Object{"playbook": []string{"foreign_trade"}}).Refused(422, "platform.adoption_invalid", "playbook")

		// Then hands the plaza to the operator and files the contract.
		var me struct {
			Account struct{ ID, Unit string } `json:"account"`
		}
		operator.Get("/session").Status(200).JSON(&me)
		lead.IfMatch(`"1"`).Post("/platforms/"+plaza.ID+"/operator", apitest.Object{"operator": me.Account.Unit, "since_on": "2025-02-01", "reason": "公开招标"}).Status(200)
		var official struct {
			Account struct{ ID string } `json:"account"`
		}
		officer.Get("/session").Status(200).JSON(&official)
		var k paper
		lead.Post("/platforms/"+plaza.ID+"/contracts", apitest.Object{"number": "演合〔2025〕3号", "title": "科创广场运营服务", "signed_on": "2025-01-20", "since_on": "2025-02-01",
			"until_on": "2028-01-31", "procurement": "档案室 2025-采购-03", "owner": official.Account.ID}).Status(201).JSON(&k)
		lead.Post("/contracts/"+k.ID+"/tasks", apitest.Object{"title": "入孵企业 10 家", "evidence": "入孵协议与名单", "due_on": "2025-12-31"}).Status(201).JSON(&k)
		task := "/contracts/" + k.ID + "/tasks/" + k.Tasks[0].ID

		// The operator brings a project to its own platform; the rival cannot.
		firm := apitest.Object{"name": "示例入孵项目", "source": "路演", "finder": "运营方", "found_on": "2025-03-01", "platform": plaza.ID}
		var project struct{ ID, Track, Unit string }
		operator.Post("/projects", firm).Status(201).JSON(&project)
		if project.Unit != me.Account.Unit || project.Track != "incubation" {
			h.Fatalf("the project is %+v", project)
		}
		rival.Post("/projects", firm).Refused(422, "pipeline.platform_of_another", "platform")

		// Half of the list comes in; the officer says what is missing.
		form := func(text string) map[string]string { return map[string]string{"text": text, "on": "2025-06-30"} }
		operator.Upload(task+"/submit", map[string]string{"text": "名单", "on": "2099-01-01"}, "名单.txt", []byte("甲")).Refused(422, "platform.submission_invalid", "on")
		tag := operator.Upload(task+"/submit", form("第一批 6 家"), "名单一.txt", []byte("第一批")).Status(201).JSON(&k).ETag()
		operator.IfMatch(tag).Post(task+"/accept", apitest.Object{}).Status(403)
		tag = officer.IfMatch(tag).Post(task+"/object", apitest.Object{"reason": "缺 4 家的协议"}).Status(200).ETag()
		var mine struct {
			ToSubmit []struct{ Reason string } `json:"to_submit"`
			ToAccept []struct{ ID string }     `json:"to_accept"`
		}
		operator.Get("/platforms/mine").Status(200).JSON(&mine)
		if len(mine.ToSubmit) != 1 || mine.ToSubmit[0].Reason != "缺 4 家的协议" {
			h.Fatalf("the operator is told %+v", mine)
		}
		operator.IfMatch(tag).Post(task+"/answer", apitest.Object{"text": "补交第二批 4 家", "on": "2025-07-10"}).Status(201)
		tag = operator.Upload(task+"/submit", form("第二批 4 家"), "名单二.txt", []byte("第二批")).Status(201).ETag()
		officer.IfMatch(tag).Post(task+"/accept", apitest.Object{"opinion": "10 家齐备"}).Status(200).JSON(&k)
		if done := k.Tasks[0]; done.State != "accepted" || len(done.Submissions) != 3 || len(done.Reviews) != 2 || done.Submissions[0].SHA256 == "" {
			h.Fatalf("accepted %+v", done)
		}

		// The rival sees what the platforms are for, and nothing else.
		rival.Get("/platforms").Status(200).JSON(&list)
		if len(list.Items) != 2 {
			h.Fatalf("the rival sees %d platforms", len(list.Items))
		}
		for _, path := range []string{"/contracts/" + k.ID, "/contracts/" + k.ID + "/timeline", "/contracts/" + k.ID + "/submissions/" + k.Tasks[0].Submissions[0].ID + "/file", "/projects/" + project.ID, "/projects/" + project.ID + "/timeline"} {
			rival.Get(path).Status(404)
		}
		rival.Get("/platforms/" + plaza.ID + "/timeline").Status(403)
		for _, path := range []string{"/platforms", "/platforms/" + plaza.ID, "/platforms/mine", "/platforms/" + plaza.ID + "/contracts", "/projects?platform=" + plaza.ID, "/projects/totals?platform=" + plaza.ID} {
			body := string(rival.Get(path).Status(200).Body)
			for _, secret := range []string{k.ID, project.ID, "示例入孵项目", "演合", "公开招标", `"count":1`, `"contracts":1`, `"tasks_accepted":1`} {
				if strings.Contains(body, secret) {
					h.Errorf("%s tells the rival %q: %s", path, secret, body)
				}
			}
		}
		// The bureau's own view counts the accepted task.
		var home struct {
			Accepted int `json:"tasks_accepted"`
			Unit     string
		}
		lead.Get("/platforms/" + plaza.ID).Status(200).JSON(&home)
		if home.Accepted != 1 || home.Unit != bureau {
			h.Errorf("the bureau sees %+v", home)
		}
	})
}
