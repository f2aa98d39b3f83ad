package stories

import (
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// held registers an activity of a day as held with a firm and returns its path.
func (h *house) held(c *apitest.Client, name, on string) string {
	h.Helper()
	var a struct{ ID string }
	made := c.Post("/activities", apitest.Object{"name": name, "kind": "roadshow", "on_date": on, "place": "示例会议中心", "parties": []apitest.Object{{"name": "示例外地企业"}}}).Status(201)
	made.JSON(&a)
	c.IfMatch(made.ETag()).Post("/activities/"+a.ID+"/hold", apitest.Object{}).Status(200)
	return "/activities/" + a.ID
}

// At the end of December nobody knows yet which days of January are worked, and
// nobody is judged. Once the year is imported the program reckons anew, and list,
// totals and scoreboard say the same of what was filed in time, late or never.
func TestMinutesAreJudgedOnceTheYearIsKnown(t *testing.T) {
	t.Parallel()
	tell := func(t *testing.T, cfg app.Config) {
		var now atomic.Int64
		on := func(day string) { now.Store(kernel.Date(day).Start() + 10*3600_000) }
		on("2026-12-30")
		cfg.Now = func() time.Time { return time.UnixMilli(now.Load()) }
		h := open(t, cfg)
		h.staff("officer", "leader")
		officer := h.signIn("officer")
		soon, late := h.held(officer, "按时", "2026-12-30"), h.held(officer, "晚一年", "2026-12-30")
		h.held(officer, "未交", "2026-12-30")
		file := func(path string) {
			tag := officer.Get(path).Status(200).ETag()
			officer.IfMatch(tag).Post(path+"/minutes", apitest.Object{"minutes": "纪要"}).Status(200)
		}
		on("2027-01-08")
		officer = h.signIn("officer")
		file(soon)
		on("2027-12-20")
		officer = h.signIn("officer")
		file(late)

		leader := h.signIn("leader")
		const period = "from=2026-12-01&until=2027-12-20"
		h.eventually("the minutes in the figure", func() bool { return h.figure(leader, period, "ACT_N").Value.Numerator == 2 }) // beyond the calendar nothing is late
		whole := []byte("year,date,name,kind\n2027,2027-01-01,元旦,off\n2027,2027-01-04,元旦,off\n2027,2027-05-01,劳动节,off\n2027,2027-10-01,国庆节,off\n")
		h.signIn("sysadmin").Upload("/calendar/import", map[string]string{"source": "演示通知〔2026〕1号", "reason": "发布 2027 年安排"}, "2027.csv", whole).Status(200)

		h.eventually("the late minutes out of the figure", func() bool { return h.figure(leader, period, "ACT_N").Value.Numerator == 1 })
		var list struct {
			Items []struct {
				Name        string
				Due         string `json:"minutes_due"`
				Provisional bool   `json:"minutes_provisional"`
				Late        bool   `json:"minutes_late"`
			}
		}
		officer.Get("/activities").Status(200).JSON(&list)
		for _, a := range list.Items {
			if a.Due != "2027-01-08" || a.Provisional || a.Late != (a.Name != "按时") {
				h.Errorf("%+v", a)
			}
		}
		var totals struct {
			Items []struct {
				Held   int `json:"held"`
				InTime int `json:"in_time"`
			}
		}
		officer.Get("/activities/totals").Status(200).JSON(&totals)
		if len(list.Items) != 3 || len(totals.Items) != 1 || totals.Items[0].Held != 3 || totals.Items[0].InTime != 1 {
			h.Errorf("%d listed, totals %+v", len(list.Items), totals)
		}
		var entries struct {
			Items []struct{ Verb string }
		}
		officer.Get(late + "/timeline").Status(200).JSON(&entries)
		if entries.Items[0].Verb != "work.reckoned" {
			h.Errorf("timeline %+v", entries.Items)
		}
		// As of a day before the import the figure is what it was.
		if f := h.figure(leader, "from=2026-12-01&until=2027-12-19&as_of=2027-12-19", "ACT_N"); f.Value.Numerator != 1 {
			h.Errorf("as of the day before: %+v", f.Value)
		}
	}
	t.Run("sqlite", func(t *testing.T) { tell(t, app.Config{}) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.NewPostgres(t)
		tell(t, app.Config{Database: p.App, OwnerDatabase: p.Owner})
	})
}
