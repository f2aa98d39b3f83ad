package pipeline

import (
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/zone/party"
	"sente/internal/zone/work"
)

// What is filed about an imported project without being work on it (a report,
// tax, a task, a comment) is not lost when the import is taken back: the project
// stays, and so does an organisation of which there is a report.
func TestUndoKeepsWhatOthersFiledUnder(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, importSources()...))
	vs := r.publish(r.lead(), "run-1", values("name", "有税", "investor_name", "示例精工有限公司", "stage", "在建"), values("name", "有报备", "stage", "线索"),
		values("name", "有任务", "stage", "线索"), values("name", "有评论", "stage", "线索"), values("name", "无牵挂", "investor_name", "示例新来有限公司", "stage", "签约"))
	_, err := r.desk.RecordTax(r.lead(), vs[0].Object, TaxEntry{Period: "2026-Q1", Kind: "vat", Amount: *yuan(1), Source: "税务局函告，达效核验用"})
	r.must(err)
	_, err = r.desk.File(r.lead(), ReportFacts{FirmName: text("示例精密"), Project: &vs[1].Object}, nil)
	r.must(err)
	ctx := storetest.Ctx(t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		return journal.RecordAll(ctx, tx, []journal.Act{
			{Verb: "work.task_set", Object: Object(vs[2].Object), Changes: []journal.Change{journal.Put(work.Task{Zone: "z1", ID: "t1", Subject: Object(vs[2].Object), Version: 1})}},
			{Verb: "work.noted", Object: Object(vs[3].Object), Changes: []journal.Change{journal.Put(work.Note{Zone: "z1", ID: "n1", Subject: Object(vs[3].Object), Version: 1})}},
		})
	}))
	firm := r.find(vs[4].Object).Project.Investor
	_, err = r.desk.File(r.lead(), ReportFacts{Party: &firm}, nil)
	r.must(err)
	blocked := r.undo(r.lead(), "run-1", vs)
	if len(blocked) != 4 {
		t.Fatalf("blocked %+v", blocked)
	}
	for i, b := range blocked {
		if b.Row != i+2 || b.Reason.Word != "pipeline.import_changed_since" {
			t.Errorf("%+v", b)
		}
	}
	if blocked := r.undo(r.lead(), "run-1", vs[4:]); len(blocked) != 0 {
		t.Fatalf("blocked %+v", blocked)
	}
	r.must(r.db.View(ctx, func(tx store.Tx) error {
		_, err := party.Get(ctx, tx, firm)
		return err
	}))
}
