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

// figure is a figure of the scoreboard as the API shows it.
type figure struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Value   count  `json:"value"`
	Closing *struct {
		On             string
		Published, Now count
		Restated       bool
	} `json:"closing"`
}

type count struct {
	State     string
	Why       string
	Numerator int
}

// figure asks c's scoreboard for figure id.
func (h *house) figure(c *apitest.Client, query, id string) figure {
	h.Helper()
	var board struct {
		Lights []struct{ Figures []figure } `json:"lights"`
	}
	c.Get("/scoreboard?" + query).Status(200).JSON(&board)
	for _, l := range board.Lights {
		for _, f := range l.Figures {
			if f.ID == id {
				return f
			}
		}
	}
	h.Fatalf("no figure %s", id)
	return figure{}
}

// A year is counted when it is closed. What comes late re-states it, and both
// figures stand; every figure leads to its records and their proofs.
func TestAFigureLeadsToItsProofAndLateEvidenceRestatesIt(t *testing.T) {
	t.Parallel()
	tell := func(t *testing.T, cfg app.Config) {
		var now atomic.Int64
		on := func(day string) { now.Store(kernel.Date(day).Start() + 10*3600_000) }
		on("2026-01-05")
		cfg.Now = func() time.Time { return time.UnixMilli(now.Load()) }
		h := open(t, cfg)
		h.staff("officer", "department_lead", "leader", "operator")

		// In the first days of January the bureau brings its register: two big
		// projects signed in 2025 and one too small to count as big.
		const head = "项目名称,投资方,总投资(亿元),当前阶段,签约时间,责任部门\n"
		lead := h.signIn("department-lead")
		h.publish(lead, h.register(lead, "projects", "台账.csv", "", []byte(head+
			"虚构轴承项目,虚构甲公司,5,签约,2025-11-03,招商一局\n虚构铸件项目,虚构乙公司,2,签约,2025-12-11,招商一局\n虚构仓储项目,虚构丙公司,0.6,签约,2025-12-12,招商一局\n"), nil, nil))

		// The year is closed on the tenth. In February one more contract of December
		// turns up.
		on("2026-02-02")
		leader, lead := h.signIn("leader"), h.signIn("department-lead")
		const year = "from=2025-01-01&until=2025-12-31"
		h.eventually("the register in the figure", func() bool { return h.figure(leader, year, "BIG_N_SIGNED").Value.Numerator == 2 })
		if f := h.figure(leader, year, "BIG_N_SIGNED"); f.Closing == nil || f.Closing.On != "2026-01-10" || f.Closing.Restated {
			h.Fatalf("when closed: %+v", f)
		}
		h.publish(lead, h.register(lead, "projects", "补报.csv", "", []byte(head+"虚构阀门项目,虚构丁公司,3,签约,2025-12-30,招商一局\n"), nil, nil))
		h.eventually("the late contract in the figure", func() bool { return h.figure(leader, year, "BIG_N_SIGNED").Value.Numerator == 3 })
		f := h.figure(leader, year, "BIG_N_SIGNED")
		if !f.Closing.Restated || f.Closing.Published.Numerator != 2 || f.Closing.Now.Numerator != 3 {
			h.Fatalf("after the late contract: %+v", f.Closing)
		}
		// As of the day it was closed the figure is what it was.
		if f := h.figure(leader, year+"&as_of=2026-01-10", "BIG_N_SIGNED"); f.Value.Numerator != 2 {
			h.Fatalf("as of the closing: %+v", f.Value)
		}
		// What is not kept yet has no figure, and says why.
		if f := h.figure(leader, year, "TAX_N"); f.Value.State != "insufficient" || f.Value.Why == "" {
			h.Fatalf("税源企业: %+v", f.Value)
		}

		// An officer opens the figure. Each record leads to the entry that made it
		// count, and the entry is in the signed tree.
		officer := h.signIn("officer")
		var records struct {
			Items []struct{ ID, Name, Entry string }
			Total int
		}
		officer.Get("/scoreboard/records?figure=BIG_N_SIGNED&" + year).Status(200).JSON(&records)
		if records.Total != 3 || len(records.Items) != 3 || records.Items[0].Name != "虚构阀门项目" {
			h.Fatalf("the officer sees %+v", records)
		}
		if entry := h.proved(officer, records.Items[0].ID, "pipeline.imported"); entry != records.Items[0].Entry {
			h.Fatalf("the record names entry %s, the import is %s", records.Items[0].Entry, entry)
		}
		// An operator has nothing of this: its own figures only.
		operator := h.signIn("operator")
		if f := h.figure(operator, year, "BIG_N_SIGNED"); f.Value.Numerator != 0 {
			h.Fatalf("the operator sees %+v", f.Value)
		}
	}
	t.Run("sqlite", func(t *testing.T) { tell(t, app.Config{}) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.NewPostgres(t)
		tell(t, app.Config{Database: p.App, OwnerDatabase: p.Owner})
	})
}
