package scoreboard_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/scoreboard"
)

// serve opens a door on z's desk. Who asks is said by the header X-As: role and
// unit, with a slash between.
func (z *zone) serve() *apitest.Server {
	z.Helper()
	book, err := words.Load(httpapi.Words, access.Words, store.Words, scoreboard.Words)
	z.must(err)
	door := httpapi.NewDoor(httpapi.Config{
		Words: book, DB: z.db, Require: z.gate.Require, Now: z.db.Now,
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			role, unit, ok := strings.Cut(q.Header.Get("X-As"), "/")
			if !ok {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "access.signed_out")
			}
			return kernel.Actor{Zone: "z1", ID: role + "-1", Name: "演示人员", Unit: unit, Roles: []string{role}, Via: "session", Lang: httpapi.Lang(q.Context())}, nil
		},
	})
	z.desk.Routes(door)
	return apitest.Start(z, door)
}

// The file of the records behind a figure holds those its reader may open, over
// every page, and its last line says how many more there are; an operator's
// holds its own only, whoever's it asks for.
func TestExportOfRecords(t *testing.T) {
	onBoth(t, func(z *zone) {
		const many = httpapi.MaxPage + 5
		z.now = at("2023-02-01")
		for i := range many {
			z.sign(z.open(func(p *pipeline.Project) { p.Unit = []string{"d1", "d1", "d2", "op", "d1"}[min(i, 4)] }), "2023-02-01")
		}
		z.sequence()
		server := z.serve()
		const query = "/scoreboard/records/export?figure=BIG_N_SIGNED&from=2023-01-01&until=2023-12-31"
		const path = query + "&format=csv"
		as := func(who, lang string) *apitest.Client { return server.As(lang).With("X-As", who) }

		rows := as("leader/zone", "zh").CSV(path)
		head := []string{"编号", "名称", "投资方", "当前阶段", "证据日期", "金额（元，人民币）", "日志条目", "日志序号"}
		if got := strings.Join(rows[0], " "); got != strings.Join(head, " ") || len(rows) != many+1 {
			z.Fatalf("%d rows under %s", len(rows), got)
		}
		seen := map[string]bool{}
		for _, row := range rows[1:] {
			seen[row[0]] = true
			if row[3] != "签约" || row[4] != "2023-02-01" || row[5] != "200000000.00" || row[6] == "" || row[7] == "" {
				z.Fatalf("row %q", row)
			}
		}
		if len(seen) != many {
			z.Errorf("%d different records in %d rows", len(seen), many)
		}
		for _, c := range []struct {
			who, lang, last string
			open            int
		}{
			{"officer/d2", "zh", "另有 204 条无权查看", 1},
			{"officer/d2", "en", "204 more that you may not open", 1},
			{"department_lead/d1", "zh", "另有 2 条无权查看", many - 2},
		} {
			rows := as(c.who, c.lang).CSV(path)
			if len(rows) != c.open+2 || rows[len(rows)-1][0] != c.last || strings.Join(rows[len(rows)-1][1:], "") != "" {
				z.Errorf("%s: %d rows, the last %q", c.who, len(rows), rows[len(rows)-1])
			}
		}
		for _, unit := range []string{"", "&unit=d1", "&unit=zone"} {
			rows := as("operator/op", "zh").CSV(path + unit)
			if len(rows) != 2 || rows[1][0] != fmt.Sprintf("P2023-%05d", 4) {
				z.Errorf("the operator, asking for %q: %q", unit, rows[1:])
			}
		}
		if sheet := as("officer/d2", "zh").XLSX(query); len(sheet) != 3 || sheet[2][0] != "另有 204 条无权查看" {
			z.Errorf("as a sheet: %q", sheet)
		}
		if rows := as("leader/zone", "zh").CSV(path + "&part=apart:undated"); len(rows) != 1 {
			z.Errorf("a part without records: %q", rows)
		}
		as("leader/zone", "zh").Get(path+"&part=everything").Refused(422, "scoreboard.no_part", "part")
		as("system_admin/zone", "zh").Get(path).Problem(403, "access.role_needed")
		server.As("zh").Get(path).Problem(401, "access.signed_out")
	})
}
