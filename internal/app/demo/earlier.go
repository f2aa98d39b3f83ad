package demo

import (
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"sente/internal/infra/intake"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// bringIn imports the register the zone kept before: firms long here with the
// projects that brought them. The evidence of those years was never filed, and
// the projects say so.
func (p *replay) bringIn(day kernel.Date) {
	p.at(day, 0, p.who["coordinator"], func(ctx context.Context) error {
		d := p.app.Intake
		file, err := d.Upload(ctx, "招商项目历史台账.csv", strings.NewReader(p.earlier(day)))
		if err != nil {
			return err
		}
		found, err := d.Sniff(ctx, file, "projects", intake.Settings{})
		if err != nil {
			return err
		}
		run, err := d.Begin(ctx, file, "projects", intake.Settings{Mapping: found.Mapping, Options: map[string]string{"as_of": string(day)}})
		if err != nil {
			return err
		}
		for _, step := range []func() error{
			func() error { return d.Drain(p.program(ctx)) }, func() error { return d.Publish(ctx, run) }, func() error { return d.Drain(p.program(ctx)) },
		} {
			if err := step(); err != nil {
				return err
			}
		}
		return p.takeOver(ctx, run)
	})
}

// program is the program itself acting in the demo's zone.
func (p *replay) program(ctx context.Context) context.Context {
	return kernel.WithActor(ctx, kernel.SystemActor(Zone, "job"))
}

// takeOver remembers the ids of the firms that run brought in.
func (p *replay) takeOver(ctx context.Context, run string) error {
	rows, _, err := p.app.Pipeline.List(p.program(ctx), pipeline.Filter{Run: run}, "name", nil, 200)
	if err != nil {
		return err
	}
	if len(rows) != earlierFirms {
		return fmt.Errorf("the register of earlier years brought in %d projects, not %d", len(rows), earlierFirms)
	}
	byName := map[string]string{}
	for _, r := range rows {
		byName[r.InvestorName] = r.Investor
	}
	for i := range earlierFirms {
		p.firms[i].id = byName[p.firms[i].name]
	}
	return nil
}

// earlier is the register as a file of comma-separated values.
func (p *replay) earlier(day kernel.Date) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"项目代码", "项目名称", "企业名称", "统一社会信用代码", "所属行业", "当前阶段", "总投资(万元)", "其中:固定资产投资(万元)", "落户地点",
		"签约时间", "落地时间", "开工时间", "投产时间", "达效时间", "责任部门", "责任人", "项目类型"}}
	for i := range earlierFirms {
		rows = append(rows, p.earlierRow(i, day))
	}
	_ = w.WriteAll(rows) // into memory: cannot fail
	return b.String()
}

// earlierRow is one project of the years before: most have come to their
// effect, some still only produce, a few came to nothing.
func (p *replay) earlierRow(i int, day kernel.Date) []string {
	t, desk := tradeOf(i), [][2]string{{"招商一局", "演示专员甲"}, {"招商二局", "演示专员丙"}, {"招商三局", "演示专员戊"}, {"招商一局", "演示专员乙"}}[i%4]
	stage, reached := "达效", 5
	switch {
	case i%11 == 0:
		stage, reached = "投产", 4
	case i%29 == 10:
		stage, reached = "已终止", 1
	case i%23 == 7:
		stage, reached = "流失", 0
	}
	total := (8 + p.r.IntN(60)) * 100
	dates := make([]string, 5)
	at := day.AddDays(-1500 + p.r.IntN(500))
	for n := range reached {
		dates[n] = string(at)
		at = at.AddDays([]int{60, 25, 260, 180, 1}[n] + p.r.IntN(40))
	}
	return append([]string{fmt.Sprintf("LS-%04d", i+1), markOf(i) + t.product + "项目", p.firms[i].name, p.firms[i].code, t.code, stage, fmt.Sprint(total), fmt.Sprint(total * 7 / 10),
		sites()[i%len(sites())]}, slices.Concat(dates, []string{desk[0], desk[1], "新建"})...)
}
