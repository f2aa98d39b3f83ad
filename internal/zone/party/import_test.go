package party

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// importer runs a Kind as intake does: rows are checked, rows of one key
// merged, and what is left decided in batches.
type importer struct {
	*room
	ctx      context.Context
	counts   map[intake.Status]int
	reasons  map[string]int // field:word of rows that were not rejected
	rejected map[int][]kernel.Fault
	rows     []intake.Row
	verdicts []intake.Verdict
}

func (r *room) importer(ctx context.Context) *importer {
	return &importer{room: r, ctx: ctx, counts: map[intake.Status]int{}, reasons: map[string]int{}, rejected: map[int][]kernel.Fault{}}
}

// again is an importer of the same rows as they were staged.
func (in *importer) again() *importer {
	next := in.importer(in.ctx)
	next.rows, next.rejected, next.reasons = in.rows, in.rejected, maps.Clone(in.reasons)
	next.counts[intake.Merged], next.counts[intake.Rejected] = in.counts[intake.Merged], len(in.rejected)
	return next
}

// stage checks and merges.
func (in *importer) stage(lines []intake.Row) {
	first := map[string]int{}
	for _, row := range lines {
		if wrong := checkRow(row.Values); len(wrong) > 0 {
			in.reject(row.Number, wrong)
			continue
		}
		row.Key = importKey(row.Values)
		at, repeated := first[row.Key]
		if !repeated {
			first[row.Key] = len(in.rows)
			in.rows = append(in.rows, row)
			continue
		}
		joined, notes, wrong := mergeRows(in.rows[at], row)
		if len(wrong) > 0 {
			in.reject(row.Number, wrong)
			continue
		}
		in.rows[at].Values = joined
		in.counts[intake.Merged]++
		in.note(notes)
	}
}

func (in *importer) reject(row int, why []kernel.Fault) {
	in.counts[intake.Rejected]++
	in.rejected[row] = why
}

func (in *importer) note(notes []kernel.Fault) {
	for _, n := range notes {
		in.reasons[n.Field+":"+n.Word]++
	}
}

// decide decides and, if publish, records the acts of each batch before the
// next one is decided.
func (in *importer) decide(publish bool) {
	in.t.Helper()
	in.must(in.db.Update(in.ctx, func(tx store.Tx) error {
		in.verdicts = nil
		for batch := range slices.Chunk(in.rows, 1000) {
			verdicts, err := in.desk.Kind().Decide(in.ctx, tx, intake.Run{ID: "run1", FileName: "名录.csv"}, batch)
			if err != nil {
				return err
			}
			var acts []journal.Act
			for _, v := range verdicts {
				if v.Act.Verb != "" {
					acts = append(acts, v.Act)
				}
			}
			in.verdicts = append(in.verdicts, verdicts...)
			if !publish {
				continue
			}
			if err := journal.RecordAll(in.ctx, tx, acts); err != nil {
				return err
			}
		}
		return nil
	}))
	for i, v := range in.verdicts {
		if v.Status == intake.Rejected {
			in.reject(in.rows[i].Number, v.Reasons)
			continue
		}
		in.counts[v.Status]++
		in.note(v.Reasons)
	}
}

// undo takes back what was published.
func (in *importer) undo() []intake.Blocked {
	in.t.Helper()
	var done []intake.Done
	for i, v := range in.verdicts {
		if v.Status == intake.New || v.Status == intake.Changed {
			done = append(done, intake.Done{Number: in.rows[i].Number, Status: v.Status, Object: v.Object, Version: v.Version, Before: v.Before})
		}
	}
	var blocked []intake.Blocked
	in.must(in.db.Update(in.ctx, func(tx store.Tx) error {
		acts, why, err := in.desk.Kind().Undo(in.ctx, tx, intake.Run{ID: "run1"}, done)
		if blocked = why; err != nil || len(why) > 0 {
			return err
		}
		return journal.RecordAll(in.ctx, tx, acts)
	}))
	return blocked
}

// realRows is the real list as intake reads it under the obvious mapping.
func realRows(t *testing.T) []intake.Row {
	fields := map[string]string{"name": "name", "alias": "aliases", "founded": "founded", "business": "business", "scale": "scale", "listing": "listing",
		"funding": "funding", "address": "address", "city": "region", "industry": "tags", "source_file": "sources"}
	var out []intake.Row
	for i, line := range realLines(t) {
		row := intake.Row{Number: i + 2, Values: intake.Values{}}
		for heading, cell := range line {
			row.Values[fields[heading]] = intake.Value{Text: cell}
		}
		out = append(out, row)
	}
	return out
}

// TestImportOfTheRealList imports the list of TestRegisterOnARealList, which
// explains the figures: 4,486 rows = 1,557 new + 2,917 merged + 12 rejected. On
// PostgreSQL its first 600 rows have to do: 219 new + 380 merged + row 406.
func TestImportOfTheRealList(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		lines, full := realRows(t), db.Dialect() == store.SQLite
		created, merged, rejected := 1557, 2917, 12
		if !full {
			lines, created, merged, rejected = lines[:600], 219, 380, 1
		}
		r := newRoom(t, db)
		ctx := r.as("a1", "d1", "officer")
		dry := r.importer(ctx)
		dry.stage(lines)
		dry.decide(false)
		want := map[intake.Status]int{intake.New: created, intake.Merged: merged, intake.Rejected: rejected}
		if !maps.Equal(dry.counts, want) {
			t.Fatalf("dry run %v, want %v", dry.counts, want)
		}
		if got := fmt.Sprint(dry.rejected[2967]); full && got != "[{invalid party.founded_conflict [北京当升材料科技股份有限公司 2001 11 1998] founded []}]" {
			t.Errorf("row 2967 is told %s", got)
		}
		if got := fmt.Sprint(dry.rejected[406]); got != "[{invalid party.founded_form [1981年(新加坡)] founded []}]" {
			t.Errorf("row 406 is told %s", got)
		}
		if list, _, err := r.desk.List(ctx, Query{Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("after the dry run %d stand (%v), want none", len(list), err)
		}

		run := dry.again()
		run.decide(true)
		if !maps.Equal(run.counts, want) {
			t.Errorf("published %v, want %v", run.counts, want)
		}
		r.must(db.View(ctx, func(tx store.Tx) error {
			n, err := store.Count(ctx, tx, "SELECT count(*) FROM party_parties WHERE zone = 'z1' AND origin = 'imported' AND origin_run = 'run1' AND unit = 'd1' AND owner = 'a1'")
			if n != int64(created) {
				t.Errorf("%d organisations stand, want %d", n, created)
			}
			list, err2 := FindByName(ctx, tx, "华为技术有限公司")
			if full && (len(list) != 1 || list[0].Founded != "1987" || list[0].Headcount != 200000 || len(list[0].Business) != 17 || len(list[0].Sources) != 12) {
				t.Errorf("the most repeated one: %+v", list)
			}
			if err == nil {
				err = err2
			}
			return err
		}))

		again := run.again()
		again.decide(true)
		if want := map[intake.Status]int{intake.Unchanged: created, intake.Merged: merged, intake.Rejected: rejected}; !maps.Equal(again.counts, want) {
			t.Errorf("imported again %v, want %v", again.counts, want)
		}
		if blocked := run.undo(); len(blocked) > 0 {
			t.Errorf("undo is blocked by %v", blocked)
		}
		if list, _, err := r.desk.List(ctx, Query{Limit: 10}); err != nil || len(list) != 0 {
			t.Errorf("after undo %d stand (%v), want none", len(list), err)
		}
	})
}

func values(pairs ...string) intake.Values {
	v := intake.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v[pairs[i]] = intake.Value{Text: pairs[i+1]}
	}
	return v
}

func TestImportCompletesWhatStandsAndIsUndone(t *testing.T) {
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		ctx := r.as("a1", "d1", "officer")
		held := r.register(ctx, Party{Kind: Enterprise, Name: "示例公司", Founded: "2001", Aliases: []string{"示例"}, CapitalMinor: 100, CapitalCurrency: "CNY"})
		other := r.register(r.as("a2", "d2", "officer"), Party{Kind: Enterprise, Name: "他部公司"})
		in := r.importer(ctx)
		in.stage([]intake.Row{
			{Number: 2, Values: values("name", "示例公司", "credit_code", code1, "aliases", "示例云")},
			{Number: 3, Values: values("name", "示例 公司", "founded", "2002年")},
			{Number: 4, Values: values("name", "他部公司", "address", "某街1号")},
			{Number: 5, Values: values("name", "新来公司", "founded", "1999年")},
			{Number: 6, Values: values("name", "新来公司", "founded", "1999年5月", "business", "云计算、大数据")},
			{Number: 7, Values: values("name", "新来公司", "founded", "1998年")},
			{Number: 8, Values: values("name", "错码公司", "credit_code", "121200004013590817")},
		})
		in.decide(true)
		want := map[intake.Status]int{intake.New: 1, intake.Changed: 1, intake.Merged: 1, intake.Rejected: 4}
		if !maps.Equal(in.counts, want) {
			t.Errorf("%v, want %v; rejected %v", in.counts, want, in.rejected)
		}
		// Row 3 is row 2's organisation, but only row 2 says so by its code.
		for row, word := range map[int]string{3: "party.founded_conflict_held", 4: "access.denied", 7: "party.founded_conflict", 8: "kernel.credit_check"} {
			if why := in.rejected[row]; len(why) != 1 || why[0].Word != word {
				t.Errorf("row %d is told %v, want %s", row, why, word)
			}
		}
		s, err := r.desk.Find(ctx, held.ID)
		r.must(err)
		if s.Party.CreditCode != code1 || !slices.Equal(s.Party.Aliases, []string{"示例", "示例云"}) || s.Party.Founded != "2001" || s.Party.Version != 2 {
			t.Errorf("completed %+v", s.Party)
		}
		if blocked := in.undo(); len(blocked) != 0 {
			t.Errorf("undo is blocked by %v", blocked)
		}
		s, err = r.desk.Find(ctx, held.ID)
		r.must(err)
		if p := s.Party; p.CreditCode != "" || !slices.Equal(p.Aliases, []string{"示例"}) || p.Capital() != held.Capital() || p.Version != 3 || p.Origin != Entered {
			t.Errorf("taken back %+v", p)
		}
		list, _, err := r.desk.List(ctx, Query{Limit: 10})
		r.must(err)
		if len(list) != 2 || other.Version != 1 {
			t.Errorf("%d stand after undo, want 2", len(list))
		}
	})
}

func TestUndoIsBlockedByWhatCameAfter(t *testing.T) {
	db := storetest.Open(t, sources()...)
	r := newRoom(t, db)
	leans := ""
	r.desk.holders = []Holder{func(_ context.Context, _ store.Tx, id string) (*kernel.Fault, error) {
		if id != leans {
			return nil, nil
		}
		return &kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.holds_projects"}, nil
	}}
	ctx := r.as("a1", "d1", "officer")
	in := r.importer(ctx)
	in.stage([]intake.Row{{Number: 2, Values: values("name", "甲公司")}, {Number: 3, Values: values("name", "乙公司")}, {Number: 4, Values: values("name", "丙公司")}})
	in.decide(true)
	address := "某街1号"
	_, err := r.desk.Amend(ctx, in.verdicts[0].Object, 1, Patch{Address: &address})
	r.must(err)
	leans = in.verdicts[1].Object
	blocked := in.undo()
	if len(blocked) != 2 || blocked[0].Row != 2 || blocked[0].Reason.Word != "party.undo_changed" || blocked[1].Row != 3 || blocked[1].Reason.Word != "pipeline.holds_projects" {
		t.Errorf("blocked %v", blocked)
	}
	if list, _, err := r.desk.List(ctx, Query{Limit: 10}); err != nil || len(list) != 3 {
		t.Errorf("%d stand after the refusal (%v), want 3", len(list), err)
	}
}
