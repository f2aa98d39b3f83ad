package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sente/internal/infra/grams"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// nameHistory is a random history of names, in a zone or two.
type nameHistory struct {
	*room
	rnd  *rand.Rand
	rows map[string]Project
	last int
}

func newNames(t *testing.T, db *store.DB) *nameHistory {
	h := &nameHistory{room: newRoom(t, db), rnd: rand.New(rand.NewPCG(7, 28)), rows: map[string]Project{}}
	h.must(db.Update(h.ctx(), func(tx store.Tx) error {
		return store.Put(h.ctx(), tx, store.Zone{ID: "z1", NameZh: "示例"})
	}))
	return h
}

func (h *nameHistory) ctx() context.Context { return storetest.Ctx(h.t, "z1") }

// pieces are what names and queries are made of: few, so that they meet.
func pieces() []string {
	return []string{"智能", "装备", "新能源", "汽", "车", "制造", "有限公司", "𠮷", "野家", "ＡＢＣ", "abc", "Ab", "12", "１２", "%", "_", "\\", "“", "”", "-", "（甲）", "😀", "👨‍👩‍👧", "é", "ǆ", "ﬁ", "㈱", " ", "　", "İ", "ß", "ﷺ", "x", "甲"}
}

func (h *nameHistory) word(most int) string {
	var b strings.Builder
	for range 1 + h.rnd.IntN(most) {
		b.WriteString(one(h.rnd, pieces()...))
	}
	return b.String()
}

// write records rows, and takes them back where fails says so.
func (h *nameHistory) write(fails bool, changes ...journal.Change) {
	h.t.Helper()
	planned := errors.New("planned")
	err := h.db.Update(h.ctx(), func(tx store.Tx) error {
		acts := make([]journal.Act, len(changes))
		for i, c := range changes {
			acts[i] = journal.Act{Verb: "pipeline.amended", Object: Object(fmt.Sprint(i)), Changes: []journal.Change{c}}
		}
		if err := journal.RecordAll(h.ctx(), tx, acts); err != nil || !fails {
			return err
		}
		return planned
	})
	if fails && errors.Is(err, planned) {
		return
	}
	h.must(err)
}

func (h *nameHistory) named(id string) Project {
	h.last++
	return Project{Zone: "z1", ID: id, Name: h.word(6), InvestorName: h.word(2), Code: fmt.Sprintf("P2026-%05d", h.last), Unit: one(h.rnd, "d1", "d2"), Stage: one(h.rnd, Lead, Signed),
		NameSort: fmt.Sprint(h.rnd.IntN(50)), Version: 1, UpdatedAt: h.rnd.Int64N(1000)}.settle(h.desk.industries)
}

// act opens, renames, leaves alone or drops some projects, or fails to.
func (h *nameHistory) act() {
	fails := h.rnd.IntN(5) == 0
	var changes []journal.Change
	after := map[string]*Project{}
	for range 1 + h.rnd.IntN(4) {
		id := fmt.Sprintf("p%03d", h.rnd.IntN(150))
		p, stands := h.rows[id]
		if later, twice := after[id]; twice {
			if stands = later != nil; stands {
				p = *later
			}
		}
		switch n := h.rnd.IntN(6); {
		case !stands:
			p = h.named(id)
		case n == 0:
			changes, after[id] = append(changes, journal.Drop(p)), nil
			continue
		case n < 4:
			v := p.Version
			p = h.named(id)
			p.Version = v + 1
		default:
			p.Version, p.Summary = p.Version+1, h.word(1)
		}
		changes, after[id] = append(changes, journal.Put(p)), &p
	}
	h.write(fails, changes...)
	for id, p := range after {
		switch {
		case fails:
		case p == nil:
			delete(h.rows, id)
		default:
			h.rows[id] = *p
		}
	}
}

func (h *nameHistory) tender(least int) *grams.Tender {
	return &grams.Tender{DB: h.db, Log: slog.New(slog.DiscardHandler), Indexes: grams.Indexes(Tables()), Least: least}
}

func (h *nameHistory) query() string {
	switch h.rnd.IntN(4) {
	case 0:
		return h.word(3)
	case 1:
		return one(h.rnd, "%_\\", "甲", "甲乙", strings.Repeat("智能", 50), "P2026", "2026-0000", "司智", "a", "\ufffd", "不存在", "公司 智能")
	default: // a piece of some name
		for _, p := range h.rows {
			of := []rune(p.Name)
			from := h.rnd.IntN(len(of))
			return string(of[from:min(len(of), from+1+h.rnd.IntN(5))])
		}
		return "甲"
	}
}

// foundAsRead compares what a search shows, lists and adds up with what reading every name
// comes to.
func (h *nameHistory) foundAsRead(known *int) {
	h.t.Helper()
	q := h.query()
	if len([]rune(q)) > 100 || strings.TrimSpace(q) == "" {
		return
	}
	unit, stage := one(h.rnd, "", "", "d1"), one(h.rnd, "", "", "signed")
	who := []context.Context{h.leader(), h.officer(), h.lead()}[h.rnd.IntN(3)]
	f := Filter{Q: q, Unit: unit}
	if stage != "" {
		f.Stages = []string{stage}
	}
	var want []string
	everything, _, err := h.desk.List(who, Filter{}, "", nil, 1000) // permission as it is without a search
	h.must(err)
	for _, l := range everything {
		if strings.Contains(l.Project.Search, fold(q)) && (unit == "" || l.Project.Unit == unit) && (stage == "" || l.Project.Stage == Stage(stage)) {
			want = append(want, l.Project.ID)
		}
	}
	var got, shown []string
	list, _, err := h.desk.List(who, f, "name", nil, 1000)
	h.must(err)
	for _, l := range list {
		got = append(got, l.Project.ID)
	}
	h.must(h.db.View(who, func(tx store.Tx) error {
		s, err := parseSort("name")
		h.must(err)
		rows, err := h.desk.listed(who, tx, f, s, nil, 1000)
		h.must(err)
		for _, l := range rows {
			shown = append(shown, l.id)
		}
		c, err := named(who, tx, settledFilter{Filter: f})
		if c != nil {
			*known++
		}
		return err
	}))
	totals, err := h.desk.Totals(who, f)
	h.must(err)
	if !slices.Equal(got, shown) {
		h.t.Errorf("%q: listed %v, shown %v", q, got, shown)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || int(totals.Count) != len(want) {
		h.t.Fatalf("%q in %q, %q: found %v, %d in all, reading finds %v", q, unit, stage, got, totals.Count, want)
	}
}

// TestFoundIsRead: whatever was written, taken back, renamed and dropped, and
// whether the index is not filled, has all of it or only a part, a search finds
// exactly what reading every name finds, for whoever asks.
func TestFoundIsRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		h := newNames(t, db)
		known := 0
		for step := range 150 {
			h.act()
			switch {
			case step == 30: // what stood before is taken in
				if known > 0 {
					t.Errorf("answered %d times by an index that was not filled", known)
				}
				h.must(h.tender(0).Tend(h.ctx()))
			case step%12 == 0 && step > 30:
				h.must(h.tender(1).Tend(h.ctx()))
			case step == 100:
				h.must(h.tender(0).Rebuild(h.ctx()))
			}
			for range 4 {
				h.foundAsRead(&known)
			}
		}
		if known < 100 || len(h.rows) < 40 {
			t.Errorf("the index answered %d times, over %d projects at the end", known, len(h.rows))
		}
	})
}

// TestWordsOfAnotherZone: what another zone calls its projects is not found here.
func TestWordsOfAnotherZone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		h := newNames(t, db)
		there := storetest.Ctx(t, "z2")
		put := func(ctx context.Context, zone, id, name string) {
			h.must(db.Update(ctx, func(tx store.Tx) error {
				_, err := journal.Record(ctx, tx, journal.Act{Verb: "pipeline.opened", Object: Object(id), Changes: []journal.Change{
					journal.Put(Project{Zone: zone, ID: id, Name: name, Code: id, Version: 1}.settle(h.desk.industries))}})
				return err
			}))
		}
		for i := range 20 {
			put(there, "z2", fmt.Sprintf("p%d", i), "彼处精密仪器")
		}
		put(h.ctx(), "z1", "p1", "此处精密仪器")
		for _, ctx := range []context.Context{h.ctx(), there} {
			h.must(h.tender(1).Tend(ctx))
		}
		for q, want := range map[string]int{"精密": 1, "此处": 1, "彼处": 0} {
			list, _, err := h.desk.List(h.leader(), Filter{Q: q}, "", nil, 100)
			h.must(err)
			if len(list) != want {
				t.Errorf("%s: %d found, want %d", q, len(list), want)
			}
		}
		var ids []string
		h.must(db.View(h.ctx(), func(tx store.Tx) error {
			c, err := named(h.ctx(), tx, settledFilter{Filter: Filter{Q: "精密"}})
			if c != nil {
				ids = c.ids
			}
			return err
		}))
		if !slices.Equal(ids, []string{"p1"}) {
			t.Errorf("the index names %v", ids)
		}
	})
}

// TestCommonWordsAreWalked: the index leaves a word that many names hold to the
// walk, and finds what few hold among them by its rarest pair.
func TestCommonWordsAreWalked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		h := newNames(t, db)
		h.must(db.Update(h.ctx(), func(tx store.Tx) error {
			act := journal.Act{Verb: "pipeline.opened", Object: Object("p0")}
			for i := range 501 {
				id, name := fmt.Sprintf("p%d", i), "常用名字"
				if i == 7 {
					name = "常用名字稀有"
				}
				act.Changes = append(act.Changes, journal.Put(Project{Zone: "z1", ID: id, Name: name, Code: id, Version: 1}.settle(h.desk.industries)))
			}
			_, err := journal.Record(h.ctx(), tx, act)
			return err
		}))
		h.must(h.tender(1).Tend(h.ctx()))
		for q, want := range map[string][]string{"常用": nil, "常用名字": nil, "字稀": {"p7"}, "常用名字稀有": {"p7"}, "名字无处": {}} {
			h.must(db.View(h.ctx(), func(tx store.Tx) error {
				c, err := named(h.ctx(), tx, settledFilter{Filter: Filter{Q: q}})
				if (c == nil) != (want == nil) || c != nil && !slices.Equal(c.ids, want) {
					t.Errorf("%s: the index names %v, want %v", q, c, want)
				}
				return err
			}))
			few, _, err := h.desk.List(h.leader(), Filter{Q: q}, "", nil, 3)
			h.must(err)
			if wanted := min(3, len(want)); len(few) != wanted && want != nil || want == nil && len(few) != 3 {
				t.Errorf("%s: a page of %d", q, len(few))
			}
		}
	})
}

// TestSealingBesideWriters: acts at the same time as their texts are sealed lose
// none of them.
func TestSealingBesideWriters(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		h := newNames(t, db)
		var all sync.WaitGroup
		for w := range 4 {
			all.Go(func() {
				for i := range 6 {
					k, err := h.desk.Open(h.officer(), leadFacts(fmt.Sprintf("旧名%d%d", w, i)))
					if err == nil {
						_, err = h.desk.Amend(h.officer(), k.Project.ID, 0, Facts{Name: text(fmt.Sprintf("新名%d%d", w, i))})
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		for range 2 {
			all.Go(func() {
				for range 8 {
					if err := h.tender(1).Tend(h.ctx()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		h.must(h.tender(1).Tend(h.ctx()))
		for q, want := range map[string]int{"旧名": 0, "新名": 24, "新名31": 1} {
			c, _, err := h.desk.List(h.leader(), Filter{Q: q}, "", nil, 100)
			h.must(err)
			if len(c) != want {
				t.Errorf("%s: %d found, want %d", q, len(c), want)
			}
		}
	})
}

// TestVerifyNamesWhatIsNotFound: a row that the index does not know by its text is
// named, and found again once the index is made anew.
func TestVerifyNamesWhatIsNotFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, importSources(), func(t *testing.T, db *store.DB) {
		h := newNames(t, db)
		first, second := h.open(leadFacts("已封存")).Project.ID, ""
		h.must(h.tender(1).Tend(h.ctx()))
		second = h.open(leadFacts("未封存")).Project.ID
		wrong := func() (out []string) {
			keys, err := journal.LoadKeys(t.TempDir()+"/journal.key", "", db.Now())
			h.must(err)
			rep, err := journal.Verify(h.ctx(), db, keys, "", Tables())
			h.must(err)
			for _, f := range rep.Findings {
				if f.Kind == "search_wrong" {
					out = append(out, f.Table+"/"+f.Key)
				}
			}
			return out
		}
		if found := wrong(); len(found) != 0 {
			t.Fatalf("before: %v", found)
		}
		h.must(db.Update(h.ctx(), func(tx store.Tx) error {
			_, err := tx.ExecContext(t.Context(), `UPDATE pipeline_names SET sum = sum + 1 WHERE zone = $1`, tx.Zone)
			if err == nil {
				_, err = tx.ExecContext(t.Context(), `DELETE FROM pipeline_names_fresh WHERE zone = $1`, tx.Zone)
			}
			return err
		}))
		want := []string{"pipeline_names/" + first, "pipeline_names/" + second}
		slices.Sort(want)
		if found := wrong(); !slices.Equal(found, want) {
			t.Errorf("found %v, want %v", found, want)
		}
		h.must(h.tender(0).Rebuild(t.Context()))
		if found := wrong(); len(found) != 0 {
			t.Errorf("afterwards: %v", found)
		}
	})
}
