package pipeline

import (
	"reflect"
	"slices"
	"testing"

	"sente/internal/infra/intake"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

func TestARegisterStatesAmountsAsOfItsOwnDay(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		now := string(kernel.DayOf(db.Now().UnixMilli()))
		row := func(amount string) intake.Values {
			return values("name", "轴承项目", "investor_name", "示例精工有限公司", "stage", "签约", "site", "一号地块", "scope", "年产一万套", "signed_on", "2026-03-01", "total_investment", amount)
		}
		quiet := values("name", "未写金额项目", "stage", "线索", "lead_on", "2026-01-05")
		first := r.publish(r.lead(), "run-1", row("1000000"), quiet)
		id := first[0].Object
		if got := saying(r.find(id).Figures); !reflect.DeepEqual(got, []said{{TotalInvestment, Promised, 1_000_000_00, false, now, "台账.xlsx"}}) {
			t.Errorf("figures %+v", got)
		}
		if k := r.find(first[1].Object); len(k.Figures) != 0 {
			t.Errorf("a project without an amount has figures %+v", k.Figures)
		}
		again := r.publish(r.lead(), "run-2", row("1500000"))
		if k := r.find(id); k.Project.TotalMinor != 1_500_000_00 || len(k.Figures) != 2 || k.Figures[1].Note != "台账.xlsx" {
			t.Errorf("amended to %d, %+v", k.Project.TotalMinor, saying(k.Figures))
		}
		if blocked := r.undo(r.lead(), "run-2", again); len(blocked) != 0 {
			t.Fatalf("blocked %+v", blocked)
		}
		if k := r.find(id); k.Project.TotalMinor != 1_000_000_00 || len(k.Figures) != 1 {
			t.Errorf("after the undo: %d, %+v", k.Project.TotalMinor, saying(k.Figures))
		}
		// A register does not undercut what has been paid in: the amount stays, and the row says so.
		k, err := r.desk.attachFiled(r.lead(), id, 0, Evidence{Kind: Voucher, Title: "凭证", File: "f", SHA256: "v", On: "2026-05-02"})
		r.must(err)
		voucher := last(k.Evidence).ID
		_, err = r.desk.RecordInstalment(r.lead(), id, 0, InstalmentEntry{Amount: *yuan(900_000), On: "2026-05-02", SourceKind: PaidCash, Evidence: voucher})
		r.must(err)
		under := r.publish(r.lead(), "run-3", row("800000"))
		if k := r.find(id); k.Project.TotalMinor != 1_000_000_00 || len(k.Figures) != 1 || !slices.ContainsFunc(under[0].Reasons, func(f kernel.Fault) bool { return f.Word == "pipeline.import_amount_kept" }) {
			t.Errorf("undercut to %d, %+v, told %+v", k.Project.TotalMinor, saying(k.Figures), under[0].Reasons)
		}
		if blocked := r.undo(r.lead(), "run-1", first[1:]); len(blocked) != 0 {
			t.Fatalf("blocked %+v", blocked)
		}
		r.must(db.View(r.lead(), func(tx store.Tx) error {
			n, err := store.Count(r.lead(), tx, `SELECT count(*) FROM pipeline_figures WHERE zone = $1`, "z1")
			if n != 1 {
				t.Errorf("%d figures remain", n)
			}
			return err
		}))
	})
}
