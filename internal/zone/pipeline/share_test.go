package pipeline

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// holder puts an account on record.
func (r *room) holder(id, unit, status string) {
	r.t.Helper()
	ctx := storetest.Ctx(r.t, "z1")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		a := access.Account{Zone: tx.Zone, ID: id, Login: id, Name: "名" + id, Unit: unit, Roles: []string{"officer"}, Status: status, Lang: "zh", Version: 1}
		_, err := journal.Record(ctx, tx, journal.Act{Verb: "access.account_opened", Object: a.Object(), Changes: []journal.Change{journal.Put(a)}})
		return err
	}))
}

func rows(entries ...any) (out []ShareEntry) {
	for i := 0; i < len(entries); i += 3 {
		out = append(out, ShareEntry{entries[i].(string), entries[i+1].(string), entries[i+2].(int)})
	}
	return out
}

func TestWhoOpensAProjectHoldsItWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.open(leadFacts("甲"))
		s, err := r.desk.Shares(r.officer(), k.Project.ID)
		r.must(err)
		want := []Share{{Account: officer, Name: officer, Unit: "d1", Part: PartBegan, BasisPoints: 10000}}
		if !reflect.DeepEqual(s.Rows, want) || s.Frozen || s.Version != 1 {
			t.Errorf("shares %+v", s)
		}
		// Handing the project over leaves them alone.
		r.holder("officer-7", "d2", access.Active)
		d2, owner := "d2", "officer-7"
		k, err = r.desk.Amend(r.as("lead-0", "zone", "department_lead"), k.Project.ID, 1, Facts{Unit: &d2, Owner: &owner})
		r.must(err)
		if s, err = r.desk.Shares(r.leader(), k.Project.ID); err != nil || !reflect.DeepEqual(s.Rows, want) || k.Project.Owner != owner {
			t.Errorf("after the hand-over %+v, %v", s, err)
		}
		_, err = r.desk.Shares(r.as("x", "d9", "officer"), k.Project.ID)
		r.refused(err, kernel.ErrNotFound, "pipeline.not_found")
	})
}

func TestSharesAreChecked(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("甲"))
	r.holder(officer, "d1", access.Disabled) // moved on; began all the same
	r.holder("officer-7", "d2", access.Active)
	r.holder("officer-8", "d2", access.Disabled)
	r.holder("operator-1", "op1", access.Active)
	for name, c := range map[string]struct {
		rows []ShareEntry
		want []string
	}{
		"too little":   {rows(officer, PartBegan, 9999), []string{"rows pipeline.shares_under"}},
		"too much":     {rows(officer, PartBegan, 10000, "officer-7", PartLead, 1), []string{"rows pipeline.shares_over"}},
		"nobody":       {nil, []string{"rows pipeline.shares_under", "rows pipeline.share_began_gone"}},
		"negative":     {rows(officer, PartBegan, 10500, "officer-7", PartLead, -500), []string{"rows[0].basis_points pipeline.share_range", "rows[1].basis_points pipeline.share_range"}},
		"unknown":      {rows(officer, PartBegan, 5000, "nobody", PartLead, 5000), []string{"rows[1].account pipeline.share_unknown"}},
		"disabled":     {rows(officer, PartBegan, 5000, "officer-8", PartLead, 5000), []string{"rows[1].account pipeline.share_disabled"}},
		"twice":        {rows(officer, PartBegan, 5000, "officer-7", PartLead, 2500, "officer-7", PartLead, 2500), []string{"rows[2].account pipeline.share_twice"}},
		"odd part":     {rows(officer, PartBegan, 5000, "officer-7", "boss", 5000), []string{"rows[1].part pipeline.not_a_choice"}},
		"not the one":  {rows("officer-7", PartBegan, 10000), []string{"rows pipeline.share_began_gone"}},
		"too small":    {rows(officer, PartBegan, 1999, "officer-7", PartLead, 8001), []string{"rows pipeline.share_began_least"}},
		"another part": {rows(officer, PartSupport, 2000, "officer-7", PartLead, 8000), []string{"rows pipeline.share_began_gone"}},
	} {
		_, err := r.desk.SetShares(r.lead(), k.Project.ID, 1, ShareOrder{c.rows, "调整分工"})
		if got := partWords(r.refused(err, kernel.ErrInvalid, "pipeline.shares_invalid")); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	f := r.refused(checkSum(8750), kernel.ErrInvalid, "pipeline.shares_under")
	if !reflect.DeepEqual(f.Args, []any{"87.5%", "12.5%"}) {
		t.Errorf("names %v", f.Args)
	}
	good := ShareOrder{rows("operator-1", PartSupport, 1000, officer, PartBegan, 2000, "officer-7", PartLead, 7000), "调整分工"}
	_, err := r.desk.SetShares(r.officer(), k.Project.ID, 1, good)
	if err == nil {
		t.Error("an officer set the shares")
	}
	_, err = r.desk.SetShares(r.lead(), k.Project.ID, 1, ShareOrder{good.Rows, ""})
	r.refused(err, kernel.ErrInvalid, "pipeline.shares_invalid")
	_, err = r.desk.SetShares(r.lead(), k.Project.ID, 9, good)
	r.refused(err, kernel.ErrStale, "pipeline.stale")
	s, err := r.desk.SetShares(r.lead(), k.Project.ID, 1, good)
	r.must(err)
	want := []Share{{officer, officer, "d1", PartBegan, 2000}, {"officer-7", "名officer-7", "d2", PartLead, 7000}, {"operator-1", "名operator-1", "op1", PartSupport, 1000}}
	if !reflect.DeepEqual(s.Rows, want) || s.Version != 2 || !s.Gone[officer] || s.Gone["officer-7"] {
		t.Errorf("set %+v", s)
	}
	if v := r.verbs(k.Project.ID); v[0] != "pipeline.shares_set" {
		t.Errorf("timeline begins with %s", v[0])
	}
	if got := r.find(k.Project.ID).Project; got.Version != 2 || got.Owner != officer {
		t.Errorf("the project is %+v", got)
	}
}

func TestSharesAreSettledAtEffect(t *testing.T) {
	t.Parallel()
	rule := DefaultProtections()[0].Shares
	was := []Share{{officer, "甲", "d1", PartBegan, 10000}}
	order := ShareOrder{rows(officer, PartBegan, 10000), "调整分工"}
	for stage, word := range map[Stage]string{Producing: "", Effective: "pipeline.shares_frozen", Lost: "pipeline.final", Shelved: ""} {
		_, err := decideShares(rule, Project{Stage: stage, Prior: Negotiating}, was, order, nil, "zh")
		var f *kernel.Fault
		if word == "" && err != nil || word != "" && (!errors.As(err, &f) || f.Word != word) {
			t.Errorf("%s: %v", stage, err)
		}
	}
}

func TestRacingShares(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.open(leadFacts("甲"))
		r.holder("officer-7", "d2", access.Active)
		won := 0
		done := make(chan error, 2)
		for _, ctx := range []context.Context{r.lead(), r.leader()} {
			go func() {
				_, err := r.desk.SetShares(ctx, k.Project.ID, 1, ShareOrder{rows(officer, PartBegan, 4000, "officer-7", PartLead, 6000), "调整分工"})
				done <- err
			}()
		}
		for range 2 {
			if err := <-done; err == nil {
				won++
			} else {
				r.refused(err, kernel.ErrStale, "pipeline.stale")
			}
		}
		if won != 1 {
			t.Errorf("%d saved", won)
		}
	})
}
