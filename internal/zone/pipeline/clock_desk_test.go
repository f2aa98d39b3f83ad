package pipeline

import (
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// system is the program as what happens by the clock sees it.
func (r *room) reckon() int {
	r.t.Helper()
	n, err := r.desk.Reckon(kernel.WithActor(r.t.Context(), kernel.SystemActor("z1", "job")))
	r.must(err)
	return n
}

// year2027 imports a year in which 1 January and what is given are off.
func (r *room) year2027(off ...string) {
	r.t.Helper()
	file := "year,date,kind\n2027,2027-05-01,off\n2027,2027-10-01,off\n2027,2027-01-01,off\n"
	for _, day := range off {
		file += "2027," + day + ",off\n"
	}
	admin := r.as("admin-1", "zone", access.SystemAdmin)
	_, err := calendar.NewDesk(r.db, r.desk.gate, nil).Import(admin, strings.NewReader(file), calendar.Order{Source: "演示通知", Reason: "发布"})
	r.must(err)
}

// A due day beyond the calendar is provisional on the project's row; importing
// the year makes it firm by one act of the program, which is no work on it.
func TestDueDayFollowsTheCalendar(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.bring(r.open(r.wholeFacts("轴承项目")), Negotiating)
		k = r.supply(k, Signed, "2026-11-20")
		k, err := r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Signed})
		r.must(err)
		p := k.Project
		if p.DueFrom != Signed || p.DueTo != Landed || p.DueOn != "2027-03-26" || !p.DueProvisional || p.WaitsOn != WaitsOwner {
			t.Fatalf("due %s→%s %s %v, waits on %q", p.DueFrom, p.DueTo, p.DueOn, p.DueProvisional, p.WaitsOn)
		}
		if n := r.reckon(); n != 0 {
			t.Fatalf("%d projects changed though nothing did", n)
		}
		r.year2027("2027-01-04", "2027-02-08", "2027-02-09", "2027-02-10")
		if n := r.reckon(); n != 1 {
			t.Fatalf("%d projects changed", n)
		}
		got := r.find(p.ID).Project
		if got.DueOn != "2027-04-02" || got.DueProvisional || got.Version != p.Version || got.UpdatedAt != p.UpdatedAt {
			t.Errorf("due %s %v, version %d (was %d)", got.DueOn, got.DueProvisional, got.Version, p.Version)
		}
		if verbs := r.verbs(p.ID); verbs[0] != "pipeline.reckoned" {
			t.Errorf("journal: %v", verbs)
		}
		if n := r.reckon(); n != 0 {
			t.Errorf("%d projects changed the second time", n)
		}
		c, err := r.desk.Clocks(r.officer(), p.ID)
		r.must(err)
		i := slices.IndexFunc(c.Clocks, func(c Clock) bool { return c.From == Signed })
		if i < 0 || c.Clocks[i].Provisional || c.Clocks[i].Why != "" || c.Clocks[i].DueOn != "2027-04-02" || c.Clocks[i].Name != "签约到落地" || c.FirmUntil != "2027-12-24" {
			t.Errorf("%+v", c)
		}
	})
}

// Projects are read again only until two passes in a row found them right; a
// change of what they are reckoned from has them read once more.
func TestReckoningRestsUntilSomethingChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.open(r.wholeFacts("轴承项目"))
		statements := func(want int) (n int64) {
			t.Helper()
			ctx, count := store.Counting(kernel.WithActor(t.Context(), kernel.SystemActor("z1", "job")))
			changed, err := r.desk.Reckon(ctx)
			r.must(err)
			if changed != want {
				t.Errorf("%d projects changed, want %d", changed, want)
			}
			return count.Statements()
		}
		full := statements(0)
		if again := statements(0); again < 2 || again > full {
			t.Errorf("%d statements the first time, %d the second, though one pass is not enough", full, again)
		}
		if rest := statements(0); rest > 1 {
			t.Errorf("%d statements though nothing has changed since it was found right twice", rest)
		}
		r.year2027()
		for range enoughPasses {
			if again := statements(0); again < 2 {
				t.Errorf("%d statements after the calendar has changed", again)
			}
		}
		if rest := statements(0); rest > 1 {
			t.Errorf("%d statements at rest", rest)
		}
		clock := r.desk.passes.of["z1"]
		clock.today = clock.today.AddDays(-1)
		r.desk.passes.of["z1"] = clock
		if again := statements(0); again < 2 {
			t.Errorf("%d statements on another day", again)
		}
	})
}

// What is shelved or ended is not due, and nobody is late with it.
func TestNothingIsDueOfWhatIsShelved(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Landed)
	if k.Project.DueOn != "2026-05-15" || k.Project.DueTo != Started {
		t.Fatalf("due %s to %s", k.Project.DueOn, k.Project.DueTo)
	}
	list, _, err := r.desk.Stalled(r.officer(), StallFilter{Kind: StallOverdue}, nil, 10)
	r.must(err)
	if len(list) != 1 || list[0].Clock == nil || list[0].Clock.State != ClockOverdue || list[0].WaitsOn != WaitsOwner || list[0].OverdueDays <= 0 || list[0].NextLabel != "开工" || len(list[0].Gate) == 0 {
		t.Fatalf("%+v", list)
	}
	k, err = r.desk.CallOff(r.officer(), k.Project.ID, k.Project.Version, CallOffOrder{To: Shelved, Reason: "等地"})
	r.must(err)
	if k.Project.DueOn != "" || k.Project.WaitsOn != "" {
		t.Errorf("due %s, waits on %q", k.Project.DueOn, k.Project.WaitsOn)
	}
	if list, _, err = r.desk.Stalled(r.officer(), StallFilter{Kind: StallOverdue}, nil, 10); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
	c, err := r.desk.Clocks(r.officer(), k.Project.ID)
	r.must(err)
	if !c.Shelved || !slices.ContainsFunc(c.Clocks, func(c Clock) bool { return c.From == Landed && c.State == ClockOverdue }) {
		t.Errorf("its clock has stopped: %+v", c)
	}
	k, err = r.desk.Resume(r.officer(), k.Project.ID, k.Project.Version, "地已到位")
	r.must(err)
	if k.Project.DueOn != "2026-05-15" {
		t.Errorf("resumed, due %s", k.Project.DueOn)
	}
}

// The list holds only what its reader may read, pages, narrows, and counts by
// department.
func TestStalledIsPagedAndFiltered(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		for i := range 5 {
			f := leadFacts("项目" + string(rune('甲'+i)))
			f.FoundOn = text("2026-01-0" + string(rune('4'+i)))
			r.open(f)
		}
		other := r.as("officer-2", "d2", "officer")
		k, err := r.desk.Open(other, leadFacts("别部门项目"))
		r.must(err)
		var seen []string
		var at *Place
		for {
			page, next, err := r.desk.Stalled(r.lead(), StallFilter{Kind: StallOverdue}, at, 2)
			r.must(err)
			for _, w := range page {
				seen = append(seen, string(w.Due)+" "+w.Name)
			}
			if at = next; at == nil {
				break
			}
		}
		if len(seen) != 5 || !slices.IsSorted(seen) || slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(s, k.Project.Name) }) {
			t.Errorf("a lead of d1 sees %q", seen)
		}
		all, _, err := r.desk.Stalled(r.leader(), StallFilter{Kind: StallOverdue, Unit: "d2"}, nil, 50)
		r.must(err)
		if len(all) != 1 || all[0].Unit != "d2" {
			t.Errorf("a leader sees %+v of d2", all)
		}
		units, err := r.desk.StalledUnits(r.leader())
		r.must(err)
		if len(units) != 2 || units[0].Unit != "d1" || units[0].Overdue != 5 || units[0].UnitName != "招商一部" || units[0].Oldest != "2026-01-16" || units[1].Overdue != 1 {
			t.Errorf("%+v", units)
		}
		if quiet, _, err := r.desk.Stalled(r.leader(), StallFilter{Kind: StallQuiet}, nil, 50); err != nil || len(quiet) != 0 {
			t.Errorf("%d quiet though all were opened today, %v", len(quiet), err)
		}
	})
}

func (r *room) mine(who string) map[string]MineBlock {
	r.t.Helper()
	ctx := map[string]func() (Mine, error){
		"officer": func() (Mine, error) { return r.desk.Mine(r.officer(), "", 8) },
		"lead":    func() (Mine, error) { return r.desk.Mine(r.lead(), "", 8) },
		"leader":  func() (Mine, error) { return r.desk.Mine(r.leader(), "", 8) },
	}
	m, err := ctx[who]()
	r.must(err)
	out := map[string]MineBlock{}
	for _, b := range m.Blocks {
		out[b.ID] = b
	}
	return out
}

// A signature waits for a role once every other paper is there, and moves on
// from the department's lead to the leader.
func TestSignaturesWaitForWhoMaySign(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Negotiating)
	for _, kind := range []string{"due_diligence", "contract"} {
		if b := r.mine("lead")[MineSignatures]; b.Count != 0 {
			t.Fatalf("asked to sign before %s: %+v", kind, b)
		}
		var err error
		k, err = r.desk.attachFiled(r.officer(), k.Project.ID, k.Project.Version, Evidence{Kind: kind, Title: kind, File: "f", SHA256: kind, On: "2026-04-10"})
		r.must(err)
	}
	b := r.mine("lead")[MineSignatures]
	if b.Count != 1 || len(b.Items) != 1 || b.Items[0].Next != Signed || b.Items[0].WaitsOn != "department_lead" || r.mine("leader")[MineSignatures].Count != 0 || r.mine("officer")[MineSignatures].Count != 0 {
		t.Fatalf("%+v", b)
	}
	k, err := r.desk.SignOff(r.lead(), k.Project.ID, k.Project.Version, SignOrder{Stage: Signed, Role: "department_lead", Opinion: "同意"})
	r.must(err)
	if r.mine("lead")[MineSignatures].Count != 0 || r.mine("leader")[MineSignatures].Count != 1 {
		t.Errorf("after the lead signed: %+v", r.mine("leader"))
	}
	k, err = r.desk.SignOff(r.leader(), k.Project.ID, k.Project.Version, SignOrder{Stage: Signed, Role: "leader", Opinion: "同意"})
	r.must(err)
	if k.Project.WaitsOn != WaitsOwner || r.mine("leader")[MineSignatures].Count != 0 {
		t.Errorf("ready, waits on %q", k.Project.WaitsOn)
	}
	_, err = r.desk.SetBack(r.leader(), k.Project.ID, k.Project.Version, SetBackOrder{To: Screening, Reason: "重新论证"})
	r.must(err)
	back := r.mine("officer")[MineReturned]
	if back.Count != 1 || back.Items[0].Reason != "重新论证" || r.mine("lead")[MineReturned].Count != 0 {
		t.Errorf("%+v", back)
	}
}

// A block is told whole by its own: as many of it as are asked for, and no other.
func TestOneBlockIsToldWhole(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	for _, name := range []string{"轴承项目", "齿轮项目", "电机项目"} {
		r.open(leadFacts(name)) // found 2026-01-05: long overdue
	}
	m, err := r.desk.Mine(r.officer(), "", 2)
	r.must(err)
	if len(m.Blocks) != 5 {
		t.Fatalf("%d blocks", len(m.Blocks))
	}
	for most, want := range map[int]int{2: 2, 3: 3, 200: 3} {
		m, err := r.desk.Mine(r.officer(), MineOverdue, most)
		r.must(err)
		if len(m.Blocks) != 1 || m.Blocks[0].ID != MineOverdue || m.Blocks[0].Count != 3 || len(m.Blocks[0].Items) != want {
			t.Errorf("at most %d: %+v", most, m.Blocks)
		}
	}
}

// An auditor may read what stalls, but nothing waits for one.
func TestNothingWaitsForWhoMayOnlyRead(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	r.open(leadFacts("轴承项目"))
	auditor := r.as("auditor-1", "zone", "auditor")
	m, err := r.desk.Mine(auditor, "", 8)
	r.must(err)
	for _, b := range m.Blocks {
		if b.Count != 0 || len(b.Items) != 0 {
			t.Errorf("%+v", b)
		}
	}
	_, err = r.desk.Mine(r.as("admin-1", "zone", access.SystemAdmin), "", 8)
	r.refused(err, kernel.ErrDenied, "access.role_needed")
	list, _, err := r.desk.Stalled(auditor, StallFilter{Kind: StallOverdue}, nil, 10)
	if err != nil || len(list) != 1 {
		t.Errorf("%v %v", list, err)
	}
}

// A pipeline's limits that change judge what begins from then on; the rows are
// put right by the next reckoning.
func TestReckonFollowsThePipeline(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.open(leadFacts("轴承项目")) // found 2026-01-05, 10 working days
	if k.Project.DueOn != "2026-01-19" {
		t.Fatalf("due %s", k.Project.DueOn)
	}
	ctx := r.as("system-1", "zone", "leader")
	r.must(r.db.Update(ctx, func(tx store.Tx) error {
		p := k.Project
		p.DueOn, p.WaitsOn = "2026-01-01", "leader" // as an older program might have left it
		_, err := journal.Record(ctx, tx, journal.Act{Verb: "pipeline.amended", Object: Object(p.ID), Changes: []journal.Change{journal.Put(p)}})
		return err
	}))
	if n := r.reckon(); n != 1 {
		t.Fatalf("%d changed", n)
	}
	if got := r.find(k.Project.ID).Project; got.DueOn != "2026-01-19" || got.WaitsOn != WaitsOwner {
		t.Errorf("due %s, waits on %q", got.DueOn, got.WaitsOn)
	}
}

// TestWaitingIsFoundByItsIndex: the index of what waits for a signature is one the
// engine may use for the question, whatever the roles are.
func TestWaitingIsFoundByItsIndex(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	w := &where{}
	w.add("zone = ?", "t")
	if w.waitsOn([]string{"auditor"}) || !w.waitsOn([]string{"leader", "auditor", "department_lead"}) {
		t.Fatal("who signs is not known")
	}
	r.must(r.db.View(r.officer(), func(tx store.Tx) error {
		rows, err := tx.QueryContext(r.officer(), "EXPLAIN QUERY PLAN SELECT id FROM pipeline_projects "+w.tail(), w.args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		plan := ""
		for rows.Next() {
			var id, parent, unused int
			var detail string
			if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
				return err
			}
			plan += detail + "\n"
		}
		if !strings.Contains(plan, "pipeline_projects_waits (zone=? AND waits_on=?)") {
			t.Errorf("what waits for a signature is looked for so:\n%s", plan)
		}
		return rows.Err()
	}))
}
