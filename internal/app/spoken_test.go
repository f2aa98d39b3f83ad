package app_test

import (
	"strings"
	"time"

	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// said is what a request says in the place of what would be made up for it.
type said = map[string]any

// spoken are bodies for the routes that refuse what is made up from their
// description, for they know more than it tells; what must be so before, each
// brings about. ids are the marked objects, above those in the path.
func spoken() map[string]func(w *world, p person, ids map[string]string, above []string) any {
	const on = "2026-01-07"
	body := func(b said) func(*world, person, map[string]string, []string) any {
		return func(*world, person, map[string]string, []string) any { return b }
	}
	money := said{"minor": 100_00, "currency": "CNY"}
	return map[string]func(w *world, p person, ids map[string]string, above []string) any{
		"PATCH /projects/{id}": body(said{"summary": "建设内容", "reason": "补充"}),
		"POST /projects": func(w *world, p person, ids map[string]string, _ []string) any {
			return said{"name": w.named(home, "项目"), "source": "来源", "finder": "示例发现人", "found_on": on, "investor": ids["parties/{id}"], "unit": p.unit, "owner": p.actor.ID}
		},
		"POST /projects/assign": func(w *world, p person, ids map[string]string, _ []string) any {
			return said{"items": []said{{"id": ids["projects/{id}"], "version": w.version(ids)}}, "owner": p.actor.ID, "unit": p.unit}
		},
		"POST /projects/{id}/advance": func(w *world, p person, ids map[string]string, _ []string) any {
			w.ready(ids)
			lead := w.people["department_lead"].actor
			lead.Unit = p.unit
			_, err := w.app.Pipeline.SignOff(w.as(lead), ids["projects/{id}"], 0, pipeline.SignOrder{Role: "department_lead"})
			must(w.t, err)
			return said{"to": "screening", "on": on}
		},
		"PUT /scoreboard/definitions/{id}": body(said{"parameters": []said{{"id": "horizon_days", "value": 200}}, "exclude_industries": nil,
			"valid_from": kernel.DayOf(time.Now().UnixMilli()), "source": "会议纪要", "reason": "核定期限"}),
		"POST /projects/{id}/setback": body(said{"to": "lead", "reason": "合同未生效"}),
		"POST /projects/{id}/resume": func(w *world, _ person, ids map[string]string, _ []string) any {
			_, err := w.app.Pipeline.CallOff(w.in(home), ids["projects/{id}"], 0, pipeline.CallOffOrder{To: pipeline.Shelved, Reason: "暂缓"})
			must(w.t, err)
			return said{"reason": "恢复推进"}
		},
		"POST /projects/{id}/ceremonies": body(said{"on": on, "note": "再次签约"}),
		"POST /projects/{id}/instalments": func(w *world, _ person, ids map[string]string, _ []string) any {
			paper, err := voucher(w.in(home), w.app.Pipeline, ids["projects/{id}"], w.named(home, "凭证"))
			must(w.t, err)
			return said{"amount": money, "on": "2026-01-06", "source_kind": "cash", "evidence": paper}
		},
		"POST /projects/{id}/signoffs": func(w *world, _ person, ids map[string]string, _ []string) any {
			w.ready(ids)
			return said{"stage": "screening", "role": "department_lead", "opinion": "同意"}
		},
		"POST /projects/{id}/figures": body(said{"measure": "land", "kind": "planned", "amount": "12"}),
		"POST /projects/{id}/facts":   body(said{"kind": "settled", "on": on}),
		"POST /projects/{id}/tax": func(w *world, _ person, _ map[string]string, _ []string) any {
			return said{"amount": money, "kind": "vat", "period": "2025", "source": w.named(home, "税票")}
		},
		"PUT /projects/{id}/shares": func(w *world, p person, ids map[string]string, _ []string) any {
			set, err := w.app.Pipeline.Shares(w.in(home), ids["projects/{id}"])
			must(w.t, err)
			rows, left := []said{}, 10_000
			for _, r := range set.Rows {
				rows, left = append(rows, said{"account": r.Account, "part": r.Part, "basis_points": r.BasisPoints}), left-r.BasisPoints
			}
			if left > 0 {
				rows = append(rows, said{"account": p.actor.ID, "part": "support", "basis_points": left})
			}
			return said{"reason": "按分工分配", "rows": rows}
		},
		"POST /parties/{id}/contacts": body(said{"name": "示例联系人", "phone": "13900000000"}),
		"POST /parties/{id}/erase": func(_ *world, _ person, ids map[string]string, _ []string) any {
			return said{"contact": ids["contacts/{contact}"], "reason": "本人要求删除"}
		},
		"POST /notes": func(w *world, _ person, ids map[string]string, _ []string) any {
			return said{"kind": "visit", "firm": ids["parties/{id}"], "text": w.named(home, "走访"), "on": on}
		},
		"POST /reports": func(w *world, p person, _ map[string]string, _ []string) any {
			return said{"party": w.party(home, p), "source": "来源", "intent": "意向"}
		},
		"PATCH /reports/{id}": body(said{"intent": "建设研发中心"}),
		"POST /reports/{id}/extend": func(w *world, _ person, _ map[string]string, _ []string) any {
			return said{"talk_on": string(kernel.DayOf(w.app.DB.Now().UnixMilli())), "minutes": strings.Repeat("洽谈纪要", 10), "firm_people": "企业方", "zone_people": "园区方"}
		},
		"POST /conflicts": func(w *world, _ person, _ map[string]string, _ []string) any {
			return said{"first": w.report(home, "a", w.units[home]["d1"]), "second": w.report(home, "b", w.units[home]["d2"]), "reason": "两份报备所指为同一家企业，代码登记有误"}
		},
		"POST /conflicts/{id}/decide": func(w *world, _ person, _ map[string]string, above []string) any {
			c, err := w.app.Pipeline.FindConflict(w.in(home), above[0])
			must(w.t, err)
			return said{"winner": c.First, "reason": "先报备者在先"}
		},
		"POST /tasks": func(_ *world, p person, ids map[string]string, _ []string) any {
			return said{"title": "示例任务", "due_on": "2199-01-05", "subject": pipeline.Object(ids["projects/{id}"]), "unit": p.actor.Unit, "owner": p.actor.ID}
		},
		"POST /tasks/{id}/complete": func(w *world, p person, _ map[string]string, above []string) any {
			_, err := w.app.Work.Accept(w.as(p.actor), above[0], 1, nil)
			must(w.t, err)
			return said{"result": "已办结"}
		},
		"POST /activities": func(w *world, p person, ids map[string]string, _ []string) any {
			return said{"name": w.named(home, "活动"), "on_date": on, "place": "示例地点", "unit": p.actor.Unit, "parties": []said{{"name": "示例企业", "party": ids["parties/{id}"]}}}
		},
		"PATCH /activities/{id}": func(_ *world, _ person, ids map[string]string, _ []string) any {
			return said{"parties": []said{{"name": "示例企业", "party": ids["parties/{id}"]}}}
		},
		"POST /activities/{id}/hold": func(_ *world, _ person, ids map[string]string, _ []string) any {
			return said{"parties": []said{{"name": "示例企业", "party": ids["parties/{id}"]}}}
		},
		"POST /views": body(said{"page": "projects", "name": "示例视图"}),
	}
}

// ready brings the marked project so far that only a signature is missing for 初判.
func (w *world) ready(ids map[string]string) {
	w.t.Helper()
	d, ctx, id := w.app.Pipeline, w.in(home), ids["projects/{id}"]
	_, err := d.Amend(ctx, id, w.version(ids), pipeline.Facts{Industry: ptr("C")})
	must(w.t, err)
	_, err = d.AttachEvidence(ctx, id, 0, pipeline.Evidence{Kind: "screening_form", Title: "初判表", On: "2026-01-06"}, "form.txt", strings.NewReader("初判"))
	must(w.t, err)
}

// version is that of the marked project.
func (w *world) version(ids map[string]string) int64 {
	w.t.Helper()
	k, err := w.app.Pipeline.Find(w.in(home), ids["projects/{id}"])
	must(w.t, err)
	return k.Project.Version
}

// signedFirst are the routes that ask for a signed contract.
func signedFirst() []string {
	return []string{"POST /projects/{id}/ceremonies", "POST /projects/{id}/instalments", "POST /projects/{id}/setback"}
}

// refusing are the routes that refuse whatever is made up for them: they ask for
// a state or a secret that is not there, and none answers with a project, a firm
// or a note but the first.
func refusing() []string {
	return []string{
		"POST /projects/{id}/ceremonies", // of a signing that is held
		"POST /accounts/{id}/enable", "POST /accounts/{id}/unlock", "DELETE /accounts/{id}/identity",
		"POST /activities/{id}/minutes", "POST /activities/{id}/minutes/file",
		"POST /calendar/import",
		"POST /contracts/{id}/tasks", "POST /contracts/{id}/tasks/{tid}/accept", "POST /contracts/{id}/tasks/{tid}/answer", "POST /contracts/{id}/tasks/{tid}/object",
		"POST /intake/files", "POST /intake/runs/{id}/undo",
		"POST /pipeline/tracks", "PUT /pipeline/tracks/{id}", "PUT /pipeline/protection",
		"POST /platforms", "POST /platforms/adopt", "POST /platforms/{id}/contracts",
		"POST /session", "POST /session/oidc", "POST /session/password", "DELETE /session/totp", "POST /session/totp/confirm",
	}
}
