package stories

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/app/demo"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/testneed"
	"sente/internal/kernel"
)

// run is an import as the API shows it.
type run struct {
	ID       string         `json:"id"`
	State    string         `json:"state"`
	Counts   map[string]int `json:"counts"`
	Problems []any          `json:"problems"`
}

// assign maps one column to a field.
type assign map[string]any

// register imports content as a register of kind and waits for the dry run.
// adjust, unless nil, changes the suggested mapping as a person would.
func (h *house) register(c *apitest.Client, kind, name, sheet string, content []byte, adjust func([]assign) []assign, options map[string]string) run {
	h.Helper()
	var sniff struct {
		ID      string   `json:"id"`
		Mapping []assign `json:"mapping"`
	}
	c.Upload("/intake/files", map[string]string{"kind": kind}, name, content).Status(201).JSON(&sniff)
	if sheet != "" {
		c.Get("/intake/files/" + sniff.ID + "?kind=" + kind + "&sheet=" + sheet).Status(200).JSON(&sniff)
	}
	if adjust != nil {
		sniff.Mapping = adjust(sniff.Mapping)
	}
	var r run
	c.Post("/intake/runs", apitest.Object{"file": sniff.ID, "kind": kind, "settings": apitest.Object{"sheet": sheet, "mapping": sniff.Mapping, "options": options}}).Status(201).JSON(&r)
	return h.settled(c, r.ID)
}

// settled waits until a run has nothing more to do by itself.
func (h *house) settled(c *apitest.Client, id string) (r run) {
	h.Helper()
	h.eventually("the import", func() bool {
		c.Get("/intake/runs/" + id).Status(200).JSON(&r)
		return slices.Contains([]string{"staged", "published", "undone", "cancelled", "failed"}, r.State)
	})
	return r
}

// publish makes a staged run visible and waits for it.
func (h *house) publish(c *apitest.Client, r run) run {
	h.Helper()
	c.Post("/intake/runs/"+r.ID+"/publish", nil).Status(202)
	if r = h.settled(c, r.ID); r.State != "published" {
		h.Fatalf("the run is %s: %v", r.State, r.Problems)
	}
	return r
}

// counts fails unless a run counted exactly this and nothing else.
func (h *house) counts(r run, want map[string]int) {
	h.Helper()
	got := maps.Clone(r.Counts)
	delete(got, "noted")
	maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
	if !maps.Equal(got, want) {
		h.Fatalf("counted %v, want %v; %v", got, want, r.Problems)
	}
}

// reasons tells why rows have a status: row number → codes and fields, in order.
func (h *house) reasons(c *apitest.Client, r run, status string) map[int]string {
	h.Helper()
	out, cursor := map[int]string{}, ""
	for {
		var page struct {
			Items []struct {
				Number  int `json:"number"`
				Reasons []struct{ Field, Code string }
			} `json:"items"`
			NextCursor string `json:"next_cursor"`
		}
		c.Get("/intake/runs/" + r.ID + "/rows?limit=200&status=" + status + "&cursor=" + cursor).Status(200).JSON(&page)
		for _, row := range page.Items {
			var all []string
			for _, x := range row.Reasons {
				all = append(all, strings.TrimPrefix(x.Field+":"+x.Code, ":"))
			}
			out[row.Number] = strings.Join(all, " ")
		}
		if cursor = page.NextCursor; cursor == "" {
			return out
		}
	}
}

func ledger(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := demo.Ledger(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A promotion officer imports the zone's register, moves a project forward with
// evidence, and an auditor proves what happened.
func TestFromAMessyRegisterToAProvableRecord(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "department_lead", "operator", "auditor")
		officer, lead, auditor := h.signIn("officer"), h.signIn("department-lead"), h.signIn("auditor")

		// The workbook has a banner, a header of two merged rows, units in headers
		// and cells, section titles, subtotals and a second sheet. The dry run
		// accounts for every row.
		dry := h.register(officer, "projects", "招商台账.xlsx", "2026年招商台账", ledger(h.T), nil, nil)
		h.counts(dry, map[string]int{"new": 12, "merged": 1, "rejected": 7, "skipped": 8})
		rejected := map[int]string{
			10: "credit_code:kernel.credit_check",
			18: "total_investment:sheet.amount_range",
			19: "fixed_investment:pipeline.fixed_over_total",
			23: "signed_on:sheet.date_form",
			24: "total_investment:sheet.amount_mixed",
			27: "name:intake.required",
			28: "stage:pipeline.import_stage_unknown",
		}
		if got := h.reasons(officer, dry, "rejected"); !maps.Equal(got, rejected) {
			h.Fatalf("rejected %v, want %v", got, rejected)
		}
		// Each rejected row comes back in a workbook with its reason in words.
		book := officer.XLSX("/intake/runs/" + dry.ID + "/rejected?format=xlsx")
		text := fmt.Sprint(book)
		for _, want := range []string{"校验码", "2-3亿", "2026年13月5日", "暂缓推进", "精密铸件项目"} {
			if !strings.Contains(text, want) {
				h.Errorf("the workbook of rejected rows does not say %q:\n%s", want, text)
			}
		}
		// Nothing is visible before it is published, everything after.
		h.projects(officer, "", 0)
		h.publish(officer, dry)
		h.projects(lead, "", 12) // rows naming a department that does not exist stay with the importer's
		h.projects(auditor, "", 12)

		h.reached(officer)

		// The same file again changes nothing.
		again := h.register(officer, "projects", "招商台账.xlsx", "2026年招商台账", ledger(h.T), nil, nil)
		if again.Counts["new"] != 0 || again.Counts["changed"] != 0 || again.Counts["unchanged"] != 12 {
			h.Fatalf("the same file again: %v", again.Counts)
		}
		officer.Post("/intake/runs/"+again.ID+"/cancel", nil).Status(200)

		// An imported project stands where its register says, with a list of what
		// is missing; its next move obeys the gate and the refusal names each item.
		id := h.projects(officer, "&q=热管理", 1)[0]
		p := h.project(officer, id)
		if p.Stage != "landed" || p.Origin != "imported" || p.Missing == 0 || p.Total.Minor != 82_000_000_000 || p.Total.Currency != "CNY" {
			h.Fatalf("%+v", p)
		}
		refused := officer.IfMatch(p.tag).Post("/projects/"+id+"/advance", apitest.Object{"to": "started"}).Problem(409, "pipeline.gate_not_met")
		var missing []string
		for _, e := range refused.Errors {
			missing = append(missing, e.Field)
		}
		want := []string{"evidence.construction_permit", "evidence.site_check", "signoffs.department_lead"}
		if slices.Sort(missing); !slices.Equal(missing, want) || !strings.Contains(refused.Detail+fmt.Sprint(refused.Errors), "施工许可证") {
			h.Fatalf("missing %v, want %v: %s", missing, want, refused.Detail)
		}

		// The officer files the evidence, the lead signs, the project moves.
		for _, kind := range []string{"construction_permit", "site_check"} {
			officer.IfMatch(h.project(officer, id).tag).Upload("/projects/"+id+"/evidence", map[string]string{"kind": kind, "on": "2026-04-20", "title": "演示佐证"}, kind+".txt",
				[]byte("演示数据:"+kind)).Status(201)
		}
		lead.IfMatch(h.project(lead, id).tag).Post("/projects/"+id+"/signoffs", apitest.Object{"stage": "started", "role": "department_lead", "opinion": "同意"}).Status(201)
		seen := h.project(officer, id)
		officer.IfMatch(seen.tag).Post("/projects/"+id+"/advance", apitest.Object{"to": "started"}).Status(200)
		if p := h.project(officer, id); p.Stage != "started" || p.StageSince != "2026-04-20" {
			h.Fatalf("%+v", p)
		}
		// A second person who saved on the old state is told so, and nothing changes.
		officer.IfMatch(seen.tag).Patch("/projects/"+id, apitest.Object{"summary": "晚了一步"}).Problem(412, "pipeline.stale")
		officer.Patch("/projects/"+id, apitest.Object{"summary": "没有看过"}).Problem(428, "httpapi.if_match_missing")

		// The auditor proves the move without trusting the server.
		entry := h.proved(auditor, id, "pipeline.advanced")
		// So can the officer; an operator, who may not see the project, gets nothing.
		officer.Get("/journal/" + entry + "/proof").Status(200)
		operator := h.signIn("operator")
		operator.Get("/projects/"+id).Problem(404, "pipeline.not_found")
		operator.Get("/journal/"+entry+"/proof").Problem(404, "store.not_found")
		h.verified(auditor)

		// Somebody reaches into the database. Verification finds and names it.
		h.exec(`UPDATE pipeline_projects SET total_minor = total_minor * 2 WHERE zone = 'chengang' AND id = $1`, id)
		rep := h.report(auditor)
		rows, totals := 0, 0 // the totals kept beside the row are no longer those of the rows
		for _, f := range rep.Findings {
			switch {
			case f.Kind == "row_changed" && f.Table == "pipeline_projects" && f.Key == id && slices.Equal(f.Fields, []string{"total_minor"}):
				rows++
			case f.Kind == "tally_wrong" && f.Table == "pipeline_tallies":
				totals++
			}
		}
		if rows != 1 || totals == 0 || rows+totals != len(rep.Findings) {
			h.Fatalf("found %+v", rep.Findings)
		}
		h.exec(`UPDATE pipeline_projects SET total_minor = total_minor / 2 WHERE zone = 'chengang' AND id = $1`, id)

		// The import cannot be undone as a whole while a project has moved on; the
		// refusal names it.
		officer.Post("/intake/runs/"+dry.ID+"/undo", nil).Status(202)
		var r run
		h.eventually("the undo", func() bool {
			r = h.settled(officer, dry.ID)
			return r.State == "published" && len(r.Problems) > 0
		})
		if !strings.Contains(fmt.Sprint(r.Problems), "热管理") {
			h.Fatalf("problems %v", r.Problems)
		}
		h.projects(auditor, "", 12)
	})
}

// reached follows a contact of the register: it is the investor's, shown masked
// and in full only for a reason that stays on record.
func (h *house) reached(officer *apitest.Client) {
	h.Helper()
	var parties struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	officer.Get("/parties?q=示例线束").Status(200).JSON(&parties)
	if len(parties.Items) != 1 {
		h.Fatalf("%d organisations", len(parties.Items))
	}
	path := "/parties/" + parties.Items[0].ID
	type contact struct{ Name, Phone string }
	var sheet struct {
		Contacts []contact `json:"contacts"`
		Hidden   []string  `json:"hidden"`
	}
	officer.Get(path).Status(200).JSON(&sheet)
	if len(sheet.Contacts) != 1 || sheet.Contacts[0] != (contact{"演**", "139****0001"}) || !slices.Contains(sheet.Hidden, "phone") {
		h.Fatalf("contacts %+v, hidden %v", sheet.Contacts, sheet.Hidden)
	}
	officer.Post(path+"/unmask", apitest.Object{"fields": []string{"name", "phone"}, "reason": ""}).Problem(422, "party.reason_required")
	officer.Post(path+"/unmask", apitest.Object{"fields": []string{"name", "phone"}, "reason": "约定现场考察"}).Status(200).JSON(&sheet)
	if sheet.Contacts[0] != (contact{"演示联系人", "13900000001"}) {
		h.Fatalf("unmasked %+v", sheet.Contacts)
	}
}

// Last year's sheet, then this year's: what is known is brought up to date,
// what is new is added, and the whole is undone in one step.
func TestThisYearsRegisterUpdatesLastYears(t *testing.T) {
	t.Parallel()
	h := open(t, app.Config{})
	h.staff("officer", "auditor")
	officer, auditor := h.signIn("officer"), h.signIn("auditor")
	last := h.register(officer, "projects", "台账.xlsx", "2025年招商台账", ledger(t), nil, nil)
	h.counts(last, map[string]int{"new": 4, "skipped": 1})
	h.publish(officer, last)
	id := h.projects(officer, "&q=汽车线束", 1)[0]
	if p := h.project(officer, id); p.Stage != "negotiating" {
		t.Fatalf("%+v", p)
	}
	now := h.register(officer, "projects", "台账.xlsx", "2026年招商台账", ledger(t), nil, nil)
	h.counts(now, map[string]int{"new": 9, "changed": 3, "merged": 1, "rejected": 7, "skipped": 8})
	h.publish(officer, now)
	h.projects(auditor, "", 13)
	// A later register corrects facts and dates but moves no project: a move
	// needs its gate. The row says so.
	if p := h.project(officer, id); p.Stage != "negotiating" {
		t.Fatalf("%+v", p)
	}
	if why := h.reasons(officer, now, "changed"); !strings.Contains(why[6], "stage") {
		t.Errorf("row 6 is not told that its stage was not taken over: %v", why)
	}
	officer.Post("/intake/runs/"+now.ID+"/undo", nil).Status(202)
	h.eventually("the undo", func() bool { return h.settled(officer, now.ID).State == "undone" })
	h.projects(auditor, "", 4)
	if p := h.project(officer, id); p.Stage != "negotiating" {
		t.Fatalf("after the undo: %+v", p)
	}
	h.verified(auditor)
}

// The public facts about Jilin's projects: aggregates and targets are no
// projects, the amounts have no unit until the officer states it.
func TestJilinFacts(t *testing.T) {
	t.Parallel()
	content := shared(t, "jilin_public_project_facts.csv")
	h := open(t, app.Config{})
	h.staff("officer", "auditor")
	officer, auditor := h.signIn("officer"), h.signIn("auditor")
	blind := h.register(officer, "projects", "facts.csv", "", content, nil, nil)
	h.counts(blind, map[string]int{"new": 7, "rejected": 9, "skipped": 6})
	officer.Post("/intake/runs/"+blind.ID+"/cancel", nil).Status(200)
	r := h.register(officer, "projects", "facts.csv", "", content, func(m []assign) []assign {
		for i := range m {
			if m[i]["field"] == "total_investment" {
				m[i]["unit"] = "亿元"
			}
		}
		return m
	}, nil)
	h.counts(r, map[string]int{"new": 15, "rejected": 1, "skipped": 6})
	if got := h.reasons(officer, r, "rejected"); !maps.Equal(got, map[int]string{21: "name:pipeline.import_not_project"}) {
		t.Fatalf("%v", got)
	}
	h.publish(officer, r)
	h.projects(auditor, "", 15)
	h.projects(auditor, "&stage=started", 8)
	var totals struct {
		Count      int `json:"count"`
		ByCurrency []struct {
			Currency string       `json:"currency"`
			Total    kernel.Money `json:"total_investment"`
		} `json:"by_currency"`
	}
	auditor.Get("/projects/totals").Status(200).JSON(&totals)
	if totals.Count != 15 {
		t.Fatalf("%+v", totals)
	}
	h.verified(auditor)
}

// 6,461 British energy projects: cp1252, carriage returns inside addresses,
// milestones that become stages, what was decommissioned is terminated.
func TestBritishRegister(t *testing.T) {
	t.Parallel()
	content := shared(t, "uk_repd_2021-06.csv.gz")
	h := open(t, app.Config{})
	h.staff("officer", "auditor")
	officer, auditor := h.signIn("officer"), h.signIn("auditor")
	r := h.register(officer, "projects", "uk_repd_2021-06.csv.gz", "", content, nil, nil)
	h.counts(r, map[string]int{"new": 6452, "rejected": 9})
	why := map[string]int{}
	for _, reason := range h.reasons(officer, r, "rejected") {
		why[reason]++
	}
	if want := map[string]int{"name:intake.required": 4, "stage:pipeline.import_stage_ambiguous": 5}; !maps.Equal(why, want) {
		t.Fatalf("rejected %v, want %v", why, want)
	}
	h.publish(officer, r)
	for stage, n := range map[string]int{"producing": 2702, "landed": 925, "started": 166, "screening": 470, "terminated": 31, "lost": 2158} {
		if got := h.count(auditor, "stage="+stage); got != n {
			t.Errorf("%d projects %s, want %d", got, stage, n)
		}
	}
	h.verified(auditor)
}

// 4,486 machine-compiled rows of 1,559 distinct company names. The key is the
// credit code, else the normalized name; repeats unite their lists and fill
// blanks; a row whose founding year contradicts an accepted one is rejected
// with both years.
func TestDirtyCompanies(t *testing.T) {
	t.Parallel()
	content := shared(t, "dirty_companies_4486.csv.gz")
	h := open(t, app.Config{})
	h.staff("officer", "auditor")
	officer, auditor := h.signIn("officer"), h.signIn("auditor")
	r := h.register(officer, "parties", "dirty_companies_4486.csv.gz", "", content, nil, nil)
	h.counts(r, map[string]int{"new": 1557, "merged": 2917, "rejected": 12})
	why := map[string]int{}
	for _, reason := range h.reasons(officer, r, "rejected") {
		why[strings.Fields(reason)[0]]++
	}
	t.Logf("rejected: %v", why)
	if len(why) != 2 {
		t.Errorf("rejected %v", why)
	}
	h.publish(officer, r)
	again := h.register(officer, "parties", "dirty_companies_4486.csv.gz", "", content, nil, nil)
	h.counts(again, map[string]int{"unchanged": 1557, "merged": 2917, "rejected": 12})
	h.verified(auditor)
}

func shared(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(testneed.Shared(t, "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seen is a project as a page shows it.
type seen struct {
	Stage      string       `json:"stage"`
	StageSince string       `json:"stage_since"`
	Origin     string       `json:"origin"`
	Missing    int          `json:"missing"`
	Total      kernel.Money `json:"total_investment"`
	tag        string
}

func (h *house) project(c *apitest.Client, id string) (p seen) {
	h.Helper()
	r := c.Get("/projects/" + id).Status(200).JSON(&p)
	p.tag = r.ETag()
	return p
}

// count returns how many projects the reader may list under query.
func (h *house) count(c *apitest.Client, query string) int {
	h.Helper()
	var totals struct {
		Count int `json:"count"`
	}
	c.Get("/projects/totals?" + query).Status(200).JSON(&totals)
	return totals.Count
}

// projects fails unless the reader's list, filtered by query, has n projects.
func (h *house) projects(c *apitest.Client, query string, n int) (ids []string) {
	h.Helper()
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	c.Get("/projects?limit=200" + query).Status(200).JSON(&page)
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	if len(ids) != n {
		h.Fatalf("%d projects, want %d", len(ids), n)
	}
	return ids
}

// The limit the administrator configured holds at the door: a larger register
// is refused with the limit named, and nothing is kept of it.
func TestConfiguredUploadLimit(t *testing.T) {
	t.Parallel()
	h := open(t, app.Config{MaxUpload: 4096})
	h.staff("officer")
	officer := h.signIn("officer")
	large := []byte("项目名称\n" + strings.Repeat("演示项目\n", 1000))
	officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", large).Problem(413, "httpapi.body_large")
	officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", []byte("项目名称\n演示项目\n")).Status(201)
}
