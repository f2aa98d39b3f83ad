package stories

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
)

// wall is a board that somebody watches: a session of its own and its stream.
type wall struct {
	*house
	client *http.Client
	lines  *bufio.Scanner
}

// watch signs login in and opens the board's stream.
func (h *house) watch(login string) *wall {
	h.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	w := &wall{house: h, client: &http.Client{Jar: jar}}
	body, err := json.Marshal(map[string]string{"login": login, "password": password})
	h.must(err)
	res, err := w.client.Post(h.server.URL+httpapi.Prefix+"/session", "application/json", bytes.NewReader(body))
	h.must(err)
	h.must(res.Body.Close())
	if res, err = w.client.Get(h.server.URL + httpapi.Prefix + "/projects/events"); err != nil || res.StatusCode != 200 {
		h.Fatalf("the stream is answered %v, %v", res, err)
	}
	h.Cleanup(func() { _ = res.Body.Close() })
	w.lines = bufio.NewScanner(res.Body)
	if name, _ := w.next(); name != "ready" {
		h.Fatalf("the stream begins with %q", name)
	}
	return w
}

// next is the next event and its project; "" when the stream has ended.
func (w *wall) next() (name, project string) {
	w.Helper()
	for w.lines.Scan() {
		line := w.lines.Text()
		if event, ok := strings.CutPrefix(line, "event: "); ok {
			name = event
		}
		if data, ok := strings.CutPrefix(line, "data: "); ok {
			var c struct{ ID string }
			w.must(json.Unmarshal([]byte(data), &c))
			return name, c.ID
		}
	}
	return "", ""
}

// A department watches its board together: what one moves the other sees, what
// one saves the other finds, and nobody else hears of it.
func TestADepartmentWatchesItsBoard(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead", "operator", "leader")
		officer, head, rival, leader := h.signIn("officer"), h.signIn("department-lead"), h.signIn("operator"), h.signIn("leader")
		board, elsewhere, overview := h.watch("department-lead"), h.watch("operator"), h.watch("leader")

		// The officer opens a lead; the department's wall and the leader's show it.
		var p struct {
			ID    string
			Stage string
		}
		opened := officer.Post("/projects", apitest.Object{"name": "示例轴承项目", "source": "示例推介会", "finder": "招商一局", "found_on": "2026-01-05", "industry": "C34",
			"total_investment": apitest.Object{"minor": 50_000_000_000, "currency": "CNY"}}).Status(201).JSON(&p)
		for who, w := range map[string]*wall{"the department": board, "the leader": overview} {
			if name, id := w.next(); name != "changed" || id != p.ID {
				h.Errorf("%s is told %s of %s", who, name, id)
			}
		}

		// An operator of the zone watches too; its stream tells of its own lead only,
		// which came after the department's.
		var own struct{ ID string }
		rival.Post("/projects", apitest.Object{"name": "示例运营线索", "source": "示例推介会", "finder": "演示运营公司", "found_on": "2026-01-05"}).Status(201).JSON(&own)
		if name, id := elsewhere.next(); name != "changed" || id != own.ID {
			h.Errorf("the operator is told %s of %s before its own %s", name, id, own.ID)
		}

		// The column says how many and how much; the chart needs one call for a page.
		var totals struct {
			ByStage []struct {
				Stage      string
				Count      int64
				ByCurrency []struct {
					Currency string
					Total    struct{ Minor int64 } `json:"total_investment"`
				} `json:"by_currency"`
			} `json:"by_stage"`
		}
		head.Get("/projects/totals").Status(200).JSON(&totals)
		if lead := totals.ByStage[0]; lead.Stage != "lead" || lead.Count != 1 || lead.ByCurrency[0].Total.Minor != 50_000_000_000 {
			h.Errorf("the head of the first column says %+v", lead)
		}
		var dates struct {
			Items []struct {
				Project string
				Items   []struct{ Stage, Kind, On string }
			}
		}
		leader.Get("/projects/milestones?ids=" + p.ID + "," + own.ID).Status(200).JSON(&dates)
		if len(dates.Items) != 2 || dates.Items[0].Items[0].On != "2026-01-05" {
			h.Errorf("the chart is given %+v", dates.Items)
		}

		// The officer saves what she looks at and shares it with the department.
		var view struct{ ID, Name, Query string }
		officer.Post("/views", apitest.Object{"page": "projects", "name": "线索看板", "query": "stage=lead&view=board&retired_filter=1", "shared": true}).Status(201).JSON(&view)
		seen := func(c *apitest.Client) (names []string) {
			var page struct{ Items []struct{ Name string } }
			c.Get("/views?page=projects").Status(200).JSON(&page)
			for _, v := range page.Items {
				names = append(names, v.Name)
			}
			return names
		}
		if !slices.Equal(seen(head), []string{"线索看板"}) || seen(rival) != nil || seen(leader) != nil {
			h.Errorf("the view is seen by the department %v, the operator %v, the leader %v", seen(head), seen(rival), seen(leader))
		}
		head.IfMatch(`"1"`).Patch("/views/"+view.ID, apitest.Object{"name": "改名"}).Problem(403, "views.not_own")
		rival.Delete("/views/"+view.ID).Problem(404, "views.not_found")

		// Both move the same card at once: the second is told, and nothing is lost.
		tag := opened.ETag()
		head.IfMatch(tag).Post("/projects/"+p.ID+"/calloff", apitest.Object{"to": "shelved", "reason": "等待选址"}).Status(200)
		officer.IfMatch(tag).Post("/projects/"+p.ID+"/calloff", apitest.Object{"to": "lost", "reason": "企业撤回"}).Problem(412, "pipeline.stale")
		if name, id := board.next(); name != "changed" || id != p.ID {
			h.Errorf("the wall is told %s of %s", name, id)
		}

		// Who signs out hears nothing more: the next change ends the stream instead.
		req, err := http.NewRequestWithContext(h.Context(), "DELETE", h.server.URL+httpapi.Prefix+"/session", http.NoBody)
		h.must(err)
		res, err := board.client.Do(req)
		h.must(err)
		h.must(res.Body.Close())
		head.IfMatch(head.Get("/projects/"+p.ID).Status(200).ETag()).Post("/projects/"+p.ID+"/resume", apitest.Object{"reason": "选址已定"}).Status(200)
		if name, id := board.next(); name == "changed" || id != "" {
			h.Errorf("after the session the wall is told %s of %s", name, id)
		}
	})
}
