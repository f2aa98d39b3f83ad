package work

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// A task keeps its whole history however much else happens to what it is about,
// and it comes in pages, each act once.
func TestTaskHistoryInPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		s := r.give(r.officer(), Order{Title: "核实用地", Subject: project})
		crowd := func() {
			r.must(db.Update(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
				acts := make([]journal.Act, 700)
				for i := range acts {
					n := Note{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Kind: Comment, Subject: project, Text: "批注", Unit: "d1", Owner: "officer-1", Version: 1, CreatedAt: tx.Now.UnixMilli()}
					acts[i] = journal.Act{Verb: "work.note_written", Object: project, Detail: noteDetail(n), Changes: []journal.Change{journal.Put(n)}}
				}
				return journal.RecordAll(storetest.Ctx(t, "z1"), tx, acts)
			}))
		}
		want := []string{"work.task_given"}
		for i := range 3 {
			crowd()
			now, err := r.desk.AmendTask(r.officer(), s.ID, s.Version, TaskPatch{Title: ptr(fmt.Sprint("核实用地", i))})
			r.must(err)
			s, want = now, append([]string{"work.task_amended"}, want...)
		}
		crowd()
		got, page := []string{}, journal.Page{Limit: 3}
		for {
			list, err := r.desk.TaskHistory(r.officer2(), s.ID, page)
			r.must(err)
			for _, e := range list {
				got, page.Before, page.BeforeID = append(got, e.Verb), e.Ord, e.ID
			}
			if len(list) < page.Limit {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("history %v, want %v", got, want)
		}
	})
}

// Tasks whose owner has left are told to whoever may carry them out: a leader
// also those of a department nobody leads, a lead none of another department.
func TestOwnerlessBeyondTheOwnUnit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		s := r.give(r.officer2(), Order{Owner: "officer-2", Unit: "d2"})
		r.give(r.officer(), Order{Title: "在岗的人的事"})
		r.must(db.Update(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
			a, err := access.GetAccount(r.leader(), tx, "officer-2")
			if err != nil {
				return err
			}
			a.Status, a.Version = access.Disabled, a.Version+1
			_, err = journal.Record(storetest.Ctx(t, "z1"), tx, journal.Act{Verb: "access.account_disabled", Object: a.Object(), Changes: []journal.Change{journal.Put(a)}})
			return err
		}))
		for _, c := range []struct {
			who  context.Context
			want int64
		}{{r.leader(), 1}, {r.lead2(), 1}, {r.lead(), 0}, {r.officer(), 0}, {r.operator(), 0}} {
			m, err := r.desk.Mine(c.who)
			r.must(err)
			if m.Ownerless.Count != c.want || c.want == 1 && m.Ownerless.Tasks[0].ID != s.ID {
				t.Errorf("%s is told of %d: %+v", kernel.ActorOf(c.who).ID, m.Ownerless.Count, m.Ownerless.Tasks)
			}
		}
	})
}
