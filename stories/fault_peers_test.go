package stories

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store/storetest"
)

// wrong is one thing a client sends that must not be taken: what field is named,
// under which code, and where it is not the whole input that is wrong.
type wrong struct {
	what        string
	field, code string
	status      int
	value       string // of the field, as JSON
}

// wrongs lists what other systems were seen to store, and its neighbours.
func wrongs() []wrong {
	total := func(what, minor, field, code string, status int) wrong {
		return wrong{what, field, code, status, `"total_investment":{"minor":` + minor + `,"currency":"CNY"}`}
	}
	long := strings.Repeat("长", 100_000)
	return []wrong{
		total("an amount that is a word", `"abc"`, "total_investment.minor", "httpapi.v_integer", 422),
		total("an amount of 1e30", `1e30`, "total_investment.minor", "httpapi.v_range", 422),
		total("an amount that is not a number", `NaN`, "", "httpapi.json_syntax", 400),
		total("an infinite amount", `Infinity`, "", "httpapi.json_syntax", 400),
		total("a negative amount", `-1`, "total_investment", "pipeline.negative", 422),
		total("half a fen", `0.5`, "total_investment.minor", "httpapi.v_integer", 422),
		total("2^63", `9223372036854775808`, "total_investment.minor", "httpapi.v_range", 422),
		total("-2^63-1", `-9223372036854775809`, "total_investment.minor", "httpapi.v_range", 422),
		total("2^63-1", `9223372036854775807`, "total_investment", "pipeline.money_invalid", 422),
		total("one fen above the limit", `10000000000000001`, "total_investment", "pipeline.money_too_large", 422),
		total("full-width digits", `"１２３"`, "total_investment.minor", "httpapi.v_integer", 422),
		total("full-width digits without quotes", `１２３`, "", "httpapi.json_syntax", 400),
		total("digits in quotes", `"123"`, "total_investment.minor", "httpapi.v_integer", 422),
		total("no amount", `null`, "total_investment.minor", "httpapi.v_integer", 422),
		{"a currency that is none", "total_investment", "pipeline.money_invalid", 422, `"total_investment":{"minor":1,"currency":"RMB"}`},
		{"an amount without currency", "total_investment", "pipeline.no_currency", 422, `"total_investment":{"minor":1,"currency":""}`},
		{"the 45th of the 13th month", "found_on", "kernel.date_form", 422, `"found_on":"2026-13-45"`},
		{"the 30th of February", "found_on", "kernel.date_form", 422, `"found_on":"2026-02-30"`},
		{"a date as a time", "found_on", "kernel.date_form", 422, `"found_on":"2026-01-05T00:00:00Z"`},
		{"a date as a number", "found_on", "httpapi.v_string", 422, `"found_on":20260105`},
		{"a name of 100,000 characters", "name", "pipeline.too_long", 422, `"name":"` + long + `"`},
		{"a name of blanks", "name", "pipeline.no_name", 422, `"name":"  \t"`},
		{"a name with a NUL", "name", "httpapi.v_character", 400, `"name":"a\u0000b"`},
		{"half a character", "name", "httpapi.v_character", 400, `"name":"a\ud800b"`},
		{"a kind that does not exist", "kind", "httpapi.v_enum", 422, `"kind":"merger"`},
		{"a pipeline that does not exist", "track", "pipeline.unknown_track", 422, `"track":"nowhere"`},
		{"a department that does not exist", "unit", "access.unit_unknown", 422, `"unit":"nowhere"`},
		{"an industry that does not exist", "industry", "pipeline.unknown_industry", 422, `"industry":"C99"`},
		{"a field that does not exist", "amountt", "httpapi.v_unexpected", 422, `"amountt":5`},
		{"a stage on the way in", "stage", "httpapi.v_unexpected", 422, `"stage":"signed"`},
		{"one field twice", "name", "httpapi.json_twice", 400, `"name":"甲","name":"乙"`},
	}
}

// body is a project with the wrong value in place of the right one.
func (w wrong) body() []byte {
	name, _, _ := strings.Cut(w.value, ":")
	parts := []string{w.value}
	for k, v := range lead("演示正确项目") {
		if text, err := json.Marshal(k); err == nil && string(text) != name {
			parts = append(parts, fmt.Sprintf("%s:%q", text, v))
		}
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// internals is what no client may be shown: SQL, traces, files, types of the program.
var internals = regexp.MustCompile(`(?i)select |insert |update .* set |from pipeline_|no such|relation|sqlstate|constraint|goroutine|\.go:\d|panic|runtime error|/tmp/|database/sql|pgx|sqlite|traceback|stack|0x[0-9a-f]{6}`)

// TestFaultWhatPeersGetWrong: what other systems store, alter or leak is refused
// with its field named, and nothing of it is kept, on both engines.
func TestFaultWhatPeersGetWrong(t *testing.T) {
	onBoth(t, func(h *house) {
		h.staff("officer", "auditor")
		officer := h.signIn("officer")
		var p opened
		officer.Post("/projects", lead("演示原样项目")).Status(201).JSON(&p)
		before := string(officer.Get("/projects/" + p.ID).Status(200).Body)
		for _, w := range wrongs() {
			for _, send := range []func() *apitest.Reply{
				func() *apitest.Reply { return officer.Post("/projects", w.body()) },
				func() *apitest.Reply {
					return officer.IfMatch(p.tag()).Patch("/projects/"+p.ID, []byte("{"+w.value+"}"))
				},
			} {
				h.refusedAs(send(), w)
			}
		}
		h.projects(officer, "", 1)
		if now := string(officer.Get("/projects/" + p.ID).Status(200).Body); now != before {
			h.Errorf("after the refusals the project is\n%s\nbefore it was\n%s", now, before)
		}
		h.refusedStages(officer, p)
		h.readBack(officer)
		h.failsClosed(officer, p)
		h.verified(h.signIn("auditor"))
	})
}

// refusedAs fails unless r refuses w, naming its field, without a word of the
// program's insides.
func (h *house) refusedAs(r *apitest.Reply, w wrong) {
	h.Helper()
	var p httpapi.Problem
	if err := json.Unmarshal(r.Body, &p); err != nil {
		h.Errorf("%s: %d %.300s", w.what, r.StatusCode, r.Body)
		return
	}
	codes, fields := []string{p.Code}, []string{}
	for _, e := range p.Errors {
		codes, fields = append(codes, e.Code), append(fields, e.Field)
	}
	if r.StatusCode != w.status || !slices.Contains(codes, w.code) || w.field != "" && !slices.Equal(fields, []string{w.field}) {
		h.Errorf("%s: %d %v about %v, want %d %s about %s\n%.400s", w.what, r.StatusCode, codes, fields, w.status, w.code, w.field, r.Body)
	}
	h.harmless(w.what, r)
}

// harmless fails unless a refusal is one: a problem in the reader's language
// that shows nothing of the program.
func (h *house) harmless(what string, r *apitest.Reply) {
	h.Helper()
	if r.StatusCode < 400 || r.Header.Get("Content-Type") != "application/problem+json" || len(r.Body) > 8000 {
		h.Errorf("%s: %d %s, %d bytes", what, r.StatusCode, r.Header.Get("Content-Type"), len(r.Body))
	}
	if leak := internals.Find(r.Body); leak != nil {
		h.Errorf("%s: the answer shows %q\n%.400s", what, leak, r.Body)
	}
}

// refusedStages: no stage that does not exist is entered, listed by or imported.
func (h *house) refusedStages(officer *apitest.Client, p opened) {
	h.Helper()
	for _, stage := range []string{"nowhere", "", "SIGNED", "签约", "effective"} {
		r := officer.IfMatch(p.tag()).Post("/projects/"+p.ID+"/advance", apitest.Object{"to": stage})
		if r.StatusCode != 409 && r.StatusCode != 422 {
			h.Errorf("advance to %q: %d %s", stage, r.StatusCode, r.Body)
		}
		h.harmless("advance to "+stage, r)
	}
	r := officer.Get("/projects?stage=nowhere")
	if r.StatusCode != 422 {
		h.Errorf("list of a stage that does not exist: %d %s", r.StatusCode, r.Body)
	}
	h.harmless("list of a stage", r)
	rows := []string{"项目名称,当前阶段,总投资(万元),签约时间", "演示一,启动大会,1,2026-01-05", "演示二,签约,abc,2026-01-05", "演示三,签约,1,2026-13-45",
		"演示四,签约,1e30,2026-01-05", "演示五,签约,NaN,2026-01-05", "演示六,签约,-5,2026-01-05", strings.Repeat("长", 201) + ",签约,1,2026-01-05",
		"演示八,签约,99999999999999999999,2026-01-05", "演示九,签约,１２３,2026-01-05"}
	run := h.register(officer, "projects", "台账.csv", "", []byte(strings.Join(rows, "\n")+"\n"), nil, nil)
	h.counts(run, map[string]int{"rejected": 8, "new": 1})
	want := map[int]string{2: "stage:pipeline.import_stage_unknown", 3: "total_investment:sheet.amount_form", 4: "signed_on:sheet.date_form",
		5: "total_investment:sheet.amount_form", 6: "total_investment:sheet.amount_form", 7: "total_investment:pipeline.negative",
		8: "name:pipeline.too_long", 9: "total_investment:kernel.money_range"}
	for row, why := range h.reasons(officer, run, "rejected") {
		if why != want[row] {
			h.Errorf("row %d is rejected for %s, want %s", row, why, want[row])
		}
	}
	run = h.publish(officer, run) // the full-width digits are a number, as people write it
	id := h.projects(officer, "&run="+run.ID, 1)[0]
	if p := h.project(officer, id); p.Total.Minor != 123_0000_00 {
		h.Errorf("１２３ 万元 became %+v", p.Total)
	}
}

// readBack: what was sent is what every reader gets, and a page can do nothing
// with it but show it.
func (h *house) readBack(officer *apitest.Client) {
	h.Helper()
	for i, name := range []string{`<script>alert('演示')</script>`, `"><img src=x onerror=alert(1)>`, `'; DROP TABLE pipeline_projects; --`, `%s %d {{7*7}} ${7*7} \n \u0041`,
		"𠮷野家 🏭 e\u0301 é ｱ ﬁ", "中\u200b文\u202e反", "a\u00a0b  c\td", `=HYPERLINK("http://example.test")`, "０１２３", "NULL", "演示" + strings.Repeat("长", 198)} {
		sent := with(lead(name), "summary", name+"\r\n第二行\n  缩进")
		var p opened
		made := officer.Post("/projects", sent).Status(201)
		made.JSON(&p)
		got := officer.Get("/projects/" + p.ID).Status(200)
		var again opened
		got.JSON(&again)
		if p.Name != name || again.Name != name || again.Summary != sent["summary"] {
			h.Errorf("sent %q and %q, got %q and %q", name, sent["summary"], again.Name, again.Summary)
		}
		for _, r := range []*apitest.Reply{made, got} {
			h.inert(r)
		}
		var list struct{ Items []opened }
		officer.Get("/projects?limit=1").Status(200).JSON(&list)
		if len(list.Items) != 1 || list.Items[0].Name != name {
			h.Errorf("%d: the list shows %+v, want %q", i, list.Items, name)
		}
		amended := officer.IfMatch(again.tag()).Patch("/projects/"+p.ID, apitest.Object{"scope": name}).Status(200)
		if scope := (struct{ Scope string }{}); amended.JSON(&scope) == nil || scope.Scope != name {
			h.Errorf("amended to %q, got %q", name, scope.Scope)
		}
	}
	shown := officer.CSV("/projects/export?format=csv")
	var names []string
	for _, row := range shown[1:] {
		names = append(names, row[1])
	}
	if !slices.Contains(names, `<script>alert('演示')</script>`) || !slices.Contains(names, `'=HYPERLINK("http://example.test")`) {
		h.Errorf("the export shows %q", names)
	}
	h.inert(officer.Root(http.MethodGet, "/", nil))
}

// inert fails unless a browser is told to run no script but the program's own
// files, and to take the answer for nothing else than it is.
func (h *house) inert(r *apitest.Reply) {
	h.Helper()
	csp := r.Header.Get("Content-Security-Policy")
	_, scripts, _ := strings.Cut(csp, "script-src ")
	scripts, _, _ = strings.Cut(scripts, ";")
	if scripts != "'self'" || !strings.Contains(csp, "object-src 'none'") || !strings.Contains(csp, "base-uri 'self'") || r.Header.Get("X-Content-Type-Options") != "nosniff" {
		h.Errorf("%s: policy %q, %v", r.Request.URL.Path, csp, r.Header)
	}
}

// failsClosed: a database that fails is told as a failure, in words, with the
// number to ask by and nothing of what failed.
func (h *house) failsClosed(officer *apitest.Client, p opened) {
	h.Helper()
	h.alter("ALTER TABLE pipeline_projects RENAME TO pipeline_away")
	for what, send := range map[string]func() *apitest.Reply{
		"list": func() *apitest.Reply { return officer.Get("/projects") },
		"totals": func() *apitest.Reply {
			return officer.Get("/projects/totals?q=演示") /* what is kept answers without the table */
		},
		"read": func() *apitest.Reply { return officer.Get("/projects/" + p.ID) },
		"open": func() *apitest.Reply { return officer.Post("/projects", lead("演示失败项目")) },
		"amend": func() *apitest.Reply {
			return officer.IfMatch(p.tag()).Patch("/projects/"+p.ID, apitest.Object{"summary": "x"})
		},
		"export": func() *apitest.Reply { return officer.Get("/projects/export?format=xlsx") },
		"dates":  func() *apitest.Reply { return officer.Get("/projects/" + p.ID + "/milestones") },
	} {
		r := send()
		problem := r.Problem(500, "httpapi.internal")
		if problem.Detail != "系统出错，操作未完成。请稍后重试；如仍出错，请把请求编号告知管理员" || problem.RequestID == "" || len(problem.Errors) != 0 {
			h.Errorf("%s: %+v", what, problem)
		}
		h.harmless(what, r)
	}
	h.alter("ALTER TABLE pipeline_away RENAME TO pipeline_projects")
	officer.Get("/projects/" + p.ID).Status(200)
}

// alter changes the tables behind the program's back.
func (h *house) alter(stmt string) {
	h.Helper()
	if h.cfg.OwnerDatabase != "" {
		storetest.Exec(h, h.cfg.OwnerDatabase, stmt)
		return
	}
	h.exec(stmt)
}
