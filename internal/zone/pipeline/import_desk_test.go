package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"testing"

	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

func importSources() []fs.FS { return append(sources(), office.Migrations) }

func values(pairs ...string) intake.Values {
	v := intake.Values{}
	for i := 0; i < len(pairs); i += 2 {
		id, text := pairs[i], pairs[i+1]
		switch {
		case len(id) > 3 && id[len(id)-3:] == "_on":
			v[id] = intake.Value{Text: text, Date: kernel.Date(text)}
		case id == "total_investment":
			m, err := kernel.ParseMoney(text, "CNY")
			if err != nil {
				panic(err)
			}
			v[id] = intake.Value{Text: text, Money: m}
		default:
			v[id] = intake.Value{Text: text}
		}
	}
	return v
}

// publish decides rows as intake does and records the acts.
func (r *room) publish(ctx context.Context, run string, rows ...intake.Values) []intake.Verdict {
	r.t.Helper()
	kind := r.desk.ImportKind()
	in := make([]intake.Row, len(rows))
	for i, v := range rows {
		in[i] = intake.Row{Number: i + 2, Key: kind.Key(v), Values: v}
	}
	var out []intake.Verdict
	r.must(r.db.Update(ctx, func(tx store.Tx) (err error) {
		if out, err = kind.Decide(ctx, tx, intake.Run{ID: run, FileName: "台账.xlsx", Options: intake.Values{}}, in); err != nil {
			return err
		}
		var acts []journal.Act
		for _, v := range out {
			if v.Status == intake.New || v.Status == intake.Changed {
				acts = append(append(acts, v.Act), v.Also...)
			}
		}
		return journal.RecordAll(ctx, tx, acts)
	}))
	return out
}

func statuses(vs []intake.Verdict) []string {
	var out []string
	for _, v := range vs {
		s := string(v.Status)
		if v.Status == intake.Rejected {
			s += " " + v.Reasons[0].Word
		}
		out = append(out, s)
	}
	return out
}

func (r *room) undo(ctx context.Context, run string, vs []intake.Verdict) []intake.Blocked {
	r.t.Helper()
	var blocked []intake.Blocked
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		var done []intake.Done
		for i, v := range vs {
			if v.Status == intake.New || v.Status == intake.Changed {
				done = append(done, intake.Done{Number: i + 2, Status: v.Status, Object: v.Object, Title: v.Title, Version: v.Version, Before: v.Before})
			}
		}
		acts, b, err := r.desk.ImportKind().Undo(ctx, tx, intake.Run{ID: run}, done)
		if blocked = b; err != nil || len(b) > 0 {
			return err
		}
		return journal.RecordAll(ctx, tx, acts)
	}))
	return blocked
}

// A project keeps half of its row's hash, or the whole if it was imported earlier.
func TestImportFindsProjectsByEitherKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		row := values("name", "轴承项目", "stage", "在谈")
		first := r.publish(r.lead(), "run-1", row)
		if again := r.publish(r.lead(), "run-2", row); !reflect.DeepEqual(statuses(again), []string{"unchanged"}) || again[0].Object != first[0].Object {
			t.Fatalf("the same row again: %q, %s", statuses(again), again[0].Object)
		}
		r.must(db.Update(r.lead(), func(tx store.Tx) error {
			_, err := tx.ExecContext(r.t.Context(), `UPDATE pipeline_projects SET origin_key = $2 WHERE zone = $1 AND origin_key = $3`, tx.Zone, RowKey("", "轴承项目", "", ""), originKey(RowKey("", "轴承项目", "", "")))
			return err
		}))
		if again := r.publish(r.lead(), "run-3", row); !reflect.DeepEqual(statuses(again), []string{"unchanged"}) || again[0].Object != first[0].Object {
			t.Errorf("found by the whole key: %q, %s", statuses(again), again[0].Object)
		}
	})
}

func TestImportEntersAtTheReportedStage(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		rows := []intake.Values{
			values("name", "轴承项目", "investor_name", "示例精工有限公司", "stage", "在建", "site", "一号地块", "scope", "年产一万套", "total_investment", "852000000", "signed_on", "2025-03-01", "started_on", "2025-08-01", "progress", "预计2027年6月投产"),
			values("name", "冷链项目", "investor_name", "示例冷链有限公司", "stage", "签约待开工", "unit", "招商二部", "industry", "仓储"),
			values("name", "(合计)全年", "stage", "签约"),
			values("name", "不明项目", "stage", "引进"),
			values("name", "错码项目", "stage", "签约", "investor_name", "示例错码有限公司", "credit_code", "91220101000000000X"),
			values("name", "冷链二期", "investor_name", "示例冷链有限公司", "stage", "线索", "unit", "没有这个部门"),
		}
		vs := r.publish(r.lead(), "run-1", rows...)
		want := []string{"new", "new", "rejected pipeline.import_not_project", "rejected pipeline.import_stage_ambiguous", "rejected kernel.credit_check", "new"}
		if got := statuses(vs); !reflect.DeepEqual(got, want) {
			t.Fatalf("decided %q", got)
		}
		if other := r.find(vs[1].Object).Project; other.Unit != "d2" || other.Stage != Signed || other.IndustryText != "仓储" || other.Industry != "" {
			t.Errorf("another department's project is %+v", other)
		}
		k := r.find(vs[0].Object)
		p := k.Project
		if p.Stage != Started || p.Origin != OriginImported || p.OriginRun != "run-1" || p.StageSince != "2025-08-01" || p.Investor != r.investor || p.TotalMinor != 85200000000 || p.Unit != "d1" || p.Owner != lead {
			t.Errorf("imported as %+v", p)
		}
		if k.Signing == nil || k.Signing.On != "2025-03-01" || k.Signing.Project != p.ID {
			t.Errorf("signing %+v", k.Signing)
		}
		c, err := r.desk.Gate(r.lead(), p.ID)
		r.must(err)
		if int64(len(c.MissingEarlier)) != p.Missing || p.Missing != 19 || c.Next != Producing || c.Ready {
			t.Errorf("missing %d, listed %d: %+v", p.Missing, len(c.MissingEarlier), c.MissingEarlier)
		}
		_, err = r.desk.Advance(r.lead(), p.ID, p.Version, AdvanceOrder{To: Producing})
		if got := partWords(r.refused(err, kernel.ErrConflict, "pipeline.gate_not_met")); !reflect.DeepEqual(got, []string{"evidence.completion pipeline.missing_evidence", "evidence.first_invoice pipeline.missing_evidence", "signoffs.department_lead pipeline.missing_signoff"}) {
			t.Errorf("its next move lacks %q", got)
		}
		k = r.supplyAs(r.lead(), k, Producing, "2026-06-01")
		k, err = r.desk.Advance(r.lead(), p.ID, k.Project.Version, AdvanceOrder{To: Producing})
		r.must(err)
		if k.Project.Stage != Producing || k.Project.StageSince != "2026-06-01" {
			t.Errorf("moved to %+v", k.Project)
		}
		missing, _, err := r.desk.List(r.leader(), Filter{Missing: true, Origin: OriginImported}, "", nil, 10)
		r.must(err)
		if len(missing) != 3 {
			t.Errorf("%d projects are listed as lacking evidence", len(missing))
		}
		second := r.find(vs[5].Object)
		if second.Project.Summary != "没有这个部门" || second.Project.Unit != "d1" || !reflect.DeepEqual(noteOf(vs[5]), []string{"pipeline.import_unit_unknown"}) {
			t.Errorf("the second is %+v with %v", second.Project, noteOf(vs[5]))
		}
	})
}

func noteOf(v intake.Verdict) []string {
	var out []string
	for _, n := range v.Reasons {
		out = append(out, n.Word)
	}
	return out
}

// supplyAs is supply by somebody who may do everything in the department.
func (r *room) supplyAs(ctx context.Context, k *Docket, stage Stage, on string) *Docket {
	r.t.Helper()
	var err error
	for _, row := range k.Track.Gates.For(stage, "2026-11-01", k.Project.Builds) {
		if row.Kind == NeedEvidence {
			k, err = r.desk.attachFiled(ctx, k.Project.ID, k.Project.Version, Evidence{Kind: row.ID, File: "f", SHA256: "sha-" + row.ID, On: on})
		} else {
			k, err = r.desk.SignOff(ctx, k.Project.ID, k.Project.Version, SignOrder{Stage: stage, Role: row.ID})
		}
		r.must(err)
	}
	return k
}

func TestImportAgainAndUndo(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		rows := []intake.Values{
			values("name", "轴承项目", "investor_name", "示例精工有限公司", "stage", "在建", "site", "一号地块", "scope", "年产一万套", "signed_on", "2025-03-01"),
			values("name", "冷链项目", "investor_name", "示例冷链有限公司", "stage", "签约", "progress", "2025年5月签约"),
			values("name", "冷链二期", "investor_name", "示例冷链有限公司", "stage", "在谈"),
		}
		first := r.publish(r.lead(), "run-1", rows...)
		if got := statuses(first); !reflect.DeepEqual(got, []string{"new", "new", "new"}) {
			t.Fatalf("first: %q", got)
		}
		if again := statuses(r.publish(r.lead(), "run-2", rows...)); !reflect.DeepEqual(again, []string{"unchanged", "unchanged", "unchanged"}) {
			t.Fatalf("the same again: %q", again)
		}
		was := r.find(first[1].Object)
		rows[1]["total_investment"] = intake.Value{Money: kernel.Money{Minor: 5_000_000_00, Currency: "CNY"}}
		rows[1]["stage"] = intake.Value{Text: "在建"}
		rows[0]["site"] = intake.Value{Text: "二号地块"} // another key: another project
		second := r.publish(r.lead(), "run-3", rows...)
		if got := statuses(second); !reflect.DeepEqual(got, []string{"new", "changed", "unchanged"}) {
			t.Fatalf("with changes: %q", got)
		}
		now := r.find(first[1].Object)
		if now.Project.TotalMinor != 5_000_000_00 || now.Project.Stage != Signed || !reflect.DeepEqual(noteOf(second[1]), []string{"pipeline.import_stage_kept"}) {
			t.Errorf("changed to %+v, %v", now.Project, noteOf(second[1]))
		}
		if blocked := r.undo(r.lead(), "run-1", first); len(blocked) != 1 || blocked[0].Row != 3 || blocked[0].Reason.Args[0] != was.Project.Code {
			t.Errorf("undoing the first run over the second: %+v", blocked)
		}
		if blocked := r.undo(r.lead(), "run-3", second); len(blocked) > 0 {
			t.Fatalf("undo is blocked by %+v", blocked)
		}
		back := r.find(first[1].Object)
		was.Project.Version, was.Project.UpdatedAt = back.Project.Version, back.Project.UpdatedAt
		if !reflect.DeepEqual(back, was) {
			t.Errorf("restored %+v\nwant %+v", back, was)
		}
		if _, err := r.desk.Find(r.leader(), second[0].Object); !errors.Is(err, kernel.ErrNotFound) {
			t.Errorf("a project of an undone run: %v", err)
		}
		// Nobody has touched what the first run left since its undo was last tried, apart from the undo itself.
		first[1].Version = back.Project.Version
		if blocked := r.undo(r.lead(), "run-1", first); len(blocked) > 0 {
			t.Fatalf("undo is blocked by %+v", blocked)
		}
		list, _, err := r.desk.List(r.leader(), Filter{}, "", nil, 10)
		r.must(err)
		if len(list) != 0 {
			t.Errorf("left after undo: %+v", list)
		}
		r.must(db.View(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
			for name, want := range map[string]int{"示例精工有限公司": 1, "示例冷链有限公司": 0} {
				found, err := party.FindByName(t.Context(), tx, name)
				if err != nil {
					return err
				}
				if len(found) != want {
					t.Errorf("%s: %d organisations after undo, want %d", name, len(found), want)
				}
			}
			return nil
		}))
	})
}

func TestImportMeetsWhatWasEntered(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, importSources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Signed)
	vs := r.publish(r.officer(), "run-1",
		values("name", "轴承项目", "investor_name", "示例精工有限公司", "site", "一号地块", "stage", "签约", "scope", "别的内容", "summary", "台账简介"),
		values("name", "轴承项目（重复）", "investor_name", "示例精工有限公司", "site", "一号地块", "stage", "签约", "scope", "轴承项目，年产一万套"))
	if got := statuses(vs); !reflect.DeepEqual(got, []string{"changed", "new"}) {
		t.Fatalf("decided %q", got)
	}
	got := r.find(k.Project.ID).Project
	if got.Summary != "台账简介" || got.Scope != k.Project.Scope || got.Origin != OriginEntered || !reflect.DeepEqual(noteOf(vs[0]), []string{"pipeline.fixed_by_contract"}) {
		t.Errorf("the entered project became %+v, %v", got, noteOf(vs[0]))
	}
	other := r.find(vs[1].Object)
	if other.Signing != nil || other.Project.SigningHeldBy != k.Project.ID || other.Project.Stage != Signed || !reflect.DeepEqual(noteOf(vs[1]), []string{"pipeline.import_signing_held"}) {
		t.Errorf("the repeated signing is %+v, %v", other.Project, noteOf(vs[1]))
	}
	other = r.supply(other, Landed, "2026-06-01")
	_, err := r.desk.Advance(r.officer(), other.Project.ID, other.Project.Version, AdvanceOrder{To: Landed})
	r.refused(err, kernel.ErrConflict, "pipeline.signing_held")
}

func TestImportOfManyRowsNumbersThemInOrder(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, importSources()...))
	var rows []intake.Values
	for i := range 300 {
		rows = append(rows, values("name", fmt.Sprintf("项目%03d", i), "stage", "在谈", "investor_name", fmt.Sprintf("示例企业%d有限公司", i%7)))
	}
	vs := r.publish(r.officer(), "run-1", rows[:200]...)
	vs = append(vs, r.publish(r.officer(), "run-1", rows[200:]...)...)
	for i, v := range vs {
		if p := r.find(v.Object).Project; p.Code[len(p.Code)-5:] != fmt.Sprintf("%05d", i+1) {
			t.Fatalf("row %d has number %s", i, p.Code)
		}
	}
	next := r.open(leadFacts("此后"))
	if next.Project.Code[len(next.Project.Code)-5:] != "00301" {
		t.Errorf("the next number is %s", next.Project.Code)
	}
}
