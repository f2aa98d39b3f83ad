package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sente/internal/app/demo"
	"sente/internal/infra/intake"
	"sente/internal/infra/store"
	"sente/internal/infra/views"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
)

// signed takes over a project p is responsible for, whose contract is signed.
func (w *world) signed(zone string, p person) *pipeline.Docket {
	w.t.Helper()
	ctx, name := w.in(zone), w.named(zone, "项目")
	file, err := w.app.Intake.Upload(ctx, "register.csv", strings.NewReader("项目名称,企业名称,当前阶段,总投资(万元)\n"+name+","+w.named(zone, "企业")+",签约,100000\n"))
	must(w.t, err)
	found, err := w.app.Intake.Sniff(ctx, file, "projects", intake.Settings{})
	must(w.t, err)
	run, err := w.app.Intake.Begin(ctx, file, "projects", intake.Settings{Mapping: found.Mapping})
	must(w.t, err)
	must(w.t, w.app.Intake.Drain(ctx))
	must(w.t, w.app.Intake.Publish(ctx, run))
	must(w.t, w.app.Intake.Drain(ctx))
	var id string
	must(w.t, w.app.DB.View(ctx, func(tx store.Tx) error {
		id = fmt.Sprint(cells(w.t, ctx, tx, `SELECT id FROM pipeline_projects WHERE zone = $1 AND origin_run = $2`, zone, run)[0][0])
		return nil
	}))
	k, err := w.app.Pipeline.Amend(ctx, id, 1, pipeline.Facts{Unit: &p.unit, Owner: &p.actor.ID})
	must(w.t, err)
	return k
}

// report is one of unit on an organisation nobody has reported.
func (w *world) report(zone, account, unit string) string {
	w.t.Helper()
	a := kernel.Actor{Zone: zone, ID: account, Name: "示例", Unit: unit, Roles: []string{"officer"}, Via: "session"}
	r, err := w.app.Pipeline.File(w.as(a), pipeline.ReportFacts{FirmName: ptr(w.named(zone, "企业")), Source: ptr("来源"), Intent: ptr("意向")}, nil)
	must(w.t, err)
	return r.ID
}

// conflict is one between two other units, which p's department is to decide.
func (w *world) conflict(zone string, p person) string {
	w.t.Helper()
	rule, decides := pipeline.DefaultProtections()[0], p.unit
	if decides == "" || !slices.Contains([]string{w.units[zone]["d1"], w.units[zone]["d11"], w.units[zone]["d2"]}, decides) {
		decides = w.units[zone]["d2"]
	}
	rule.Coordinator, rule.ValidFrom = decides, kernel.DayOf(w.app.DB.Now().UnixMilli())
	_, err := w.app.Pipeline.SetProtection(w.in(zone), pipeline.ProtectionOrder{Protection: rule, Reason: "指定协调部门"})
	must(w.t, err)
	units := slices.DeleteFunc([]string{w.units[zone]["d1"], w.units[zone]["d11"], w.units[zone]["d2"]}, func(u string) bool { return u == decides })
	c, err := w.app.Pipeline.ConfirmSameFirm(w.in(zone), pipeline.SameFirmOrder{First: w.report(zone, "a", units[0]), Second: w.report(zone, "b", units[1]), Reason: "两份报备所指为同一家企业，代码登记有误"})
	must(w.t, err)
	return c.ID
}

// voucher files a voucher under project id.
func voucher(ctx context.Context, d *pipeline.Desk, id, text string) (string, error) {
	k, err := d.AttachEvidence(ctx, id, 0, pipeline.Evidence{Kind: pipeline.Voucher, Title: "进账单", On: "2026-01-06"}, "voucher.txt", strings.NewReader(text))
	if err != nil {
		return "", err
	}
	return k.Evidence[len(k.Evidence)-1].ID, nil
}

// pipelineMakers are the makers of what stands in the paths of projects.
func pipelineMakers() map[string]func(w *world, zone string, p person, above []string) []string {
	return map[string]func(w *world, zone string, p person, above []string) []string{
		"tracks/{id}": func(w *world, zone string, _ person, _ []string) []string {
			id := w.loginName()
			_, err := w.app.Pipeline.OpenTrack(w.in(zone), id, ownTrack(kernel.DayOf(w.app.DB.Now().UnixMilli())))
			must(w.t, err)
			return []string{id}
		},
		"reports/{id}": func(w *world, zone string, p person, _ []string) []string {
			return []string{w.report(zone, p.actor.ID, p.unit)}
		},
		"conflicts/{id}": func(w *world, zone string, p person, _ []string) []string { return []string{w.conflict(zone, p)} },
		"facts/{row}": func(w *world, zone string, _ person, above []string) []string {
			k, err := w.app.Pipeline.RecordFact(w.in(zone), above[0], 0, pipeline.FactEntry{Kind: "settled", On: "2026-01-06", Note: w.named(zone, "落位")})
			must(w.t, err)
			return append(above, k.FactRows[0].ID)
		},
		"instalments/{row}": func(w *world, zone string, p person, _ []string) []string {
			id := w.signed(zone, p).Project.ID
			paper, err := voucher(w.in(zone), w.app.Pipeline, id, w.named(zone, "凭证"))
			must(w.t, err)
			k, err := w.app.Pipeline.RecordInstalment(w.in(zone), id, 0, pipeline.InstalmentEntry{Amount: kernel.Money{Minor: 100_00, Currency: "CNY"}, On: "2026-01-06", SourceKind: "cash", Evidence: paper})
			must(w.t, err)
			return []string{id, k.Instalments[0].ID}
		},
		"tax/{row}": func(w *world, zone string, p person, above []string) []string {
			t, err := w.app.Pipeline.RecordTax(w.in(zone), above[0], pipeline.TaxEntry{Party: w.party(zone, p), Period: "2025", Kind: "vat", Amount: kernel.Money{Minor: 100_00, Currency: "CNY"}, Source: w.named(zone, "来源")})
			must(w.t, err)
			return append(above, t.ID)
		},
	}
}

// ownTrack is a pipeline of the zone's own from day on: the general one's.
func ownTrack(day kernel.Date) pipeline.TrackOrder {
	t := pipeline.DefaultTracks()[0]
	return pipeline.TrackOrder{Zh: "示例流程", En: "Sample pipeline", MeaningZh: t.MeaningZh, MeaningEn: t.MeaningEn, Builds: t.Builds, Stages: t.Stages, Absent: t.Absent, Gates: t.Gates,
		Limits: t.Limits, ValidFrom: day, Source: "示例", Reason: "示例"}
}

// figures brings about every act on figures, instalments, facts and tax.
func (p *past) figures() {
	d, id := p.app.Pipeline, p.signed()
	paper, err := voucher(p.ctx, d, id, p.name("凭证"))
	must(p.t, err)
	k, err := d.RecordInstalment(p.ctx, id, 0, pipeline.InstalmentEntry{Amount: kernel.Money{Minor: 100_00, Currency: p.currency(id)}, On: string(p.today()), SourceKind: "cash", Evidence: paper})
	must(p.t, err)
	_, err = d.VoidInstalment(p.ctx, id, 0, k.Instalments[len(k.Instalments)-1].ID, "重复登记")
	must(p.t, err)
	k, err = d.Open(p.ctx, pipeline.Facts{Name: ptr(p.name("项目")), Source: ptr("来源"), Finder: ptr("发现人"), FoundOn: ptr("2026-01-05")})
	must(p.t, err)
	id = k.Project.ID
	k, err = d.RecordFact(p.ctx, id, 0, pipeline.FactEntry{Kind: "settled", On: "2026-01-06"})
	must(p.t, err)
	_, err = d.VoidFact(p.ctx, id, 0, k.FactRows[0].ID, "记错了")
	must(p.t, err)
	s, err := p.app.Party.Register(p.ctx, party.Party{Kind: party.Enterprise, Name: p.name("企业")})
	must(p.t, err)
	row, err := d.RecordTax(p.ctx, id, pipeline.TaxEntry{Party: s.Party.ID, Period: "2025", Kind: "vat", Amount: kernel.Money{Minor: 100_00, Currency: "CNY"}, Source: "税务部门提供"})
	must(p.t, err)
	_, err = d.VoidTax(p.ctx, id, row.ID, "记错了")
	must(p.t, err)
}

func (p *past) today() kernel.Date { return kernel.DayOf(p.app.DB.Now().UnixMilli()) }

// currency is that of project id's contract.
func (p *past) currency(id string) string {
	k, err := p.app.Pipeline.Find(p.ctx, id)
	must(p.t, err)
	return k.Project.Currency
}

// reports brings about the acts on first reports the demo has no occasion for.
func (p *past) reports() {
	d := p.app.Pipeline
	units, err := p.app.Office.Units(p.ctx, false)
	must(p.t, err)
	of := func(i int) context.Context {
		return kernel.WithActor(p.t.Context(), kernel.Actor{Zone: demo.Zone, ID: fmt.Sprint("reporter", i), Name: "示例", Unit: units[i].ID, Roles: []string{"officer"}, Via: "session"})
	}
	file := func(i int, firm string) pipeline.ReportListed {
		r, err := d.File(of(i), pipeline.ReportFacts{FirmName: &firm, Source: ptr("来源"), Intent: ptr("意向")}, nil)
		must(p.t, err)
		return r
	}
	first, second := file(1, p.name("企业")), file(2, p.name("企业"))
	_, err = d.AmendReport(of(1), first.ID, first.Version, pipeline.ReportFacts{Intent: ptr("建设研发中心")})
	must(p.t, err)
	_, err = d.ConfirmSameFirm(p.ctx, pipeline.SameFirmOrder{First: first.ID, Second: second.ID, Reason: "两份报备所指为同一家企业，代码登记有误"})
	must(p.t, err)
	s, err := p.app.Party.Register(p.ctx, party.Party{Kind: party.Enterprise, Name: p.name("企业")})
	must(p.t, err)
	_, err = d.File(of(1), pipeline.ReportFacts{Party: &s.Party.ID, Source: ptr("来源"), Intent: ptr("意向")}, nil)
	must(p.t, err)
	_, err = d.Open(of(1), pipeline.Facts{Name: ptr(p.name("项目")), Source: ptr("来源"), Finder: ptr("发现人"), FoundOn: ptr("2026-01-05"), Investor: &s.Party.ID})
	must(p.t, err)
}

// clocks reckons due days anew after the calendar has grown.
func (p *past) clocks() {
	_, err := p.app.Pipeline.Reckon(p.ctx)
	must(p.t, err)
}

// views brings about the acts on saved views.
func (p *past) views() {
	v, err := p.app.Views.Save(p.ctx, "projects", views.Draft{Name: ptr(p.name("视图"))})
	must(p.t, err)
	v, err = p.app.Views.Change(p.ctx, v.ID, v.Version, views.Draft{Name: ptr(p.name("视图"))})
	must(p.t, err)
	must(p.t, p.app.Views.Remove(p.ctx, v.ID))
}
