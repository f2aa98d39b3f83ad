package pipeline

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/platform"
	"sente/internal/zone/work"
)

func (r *room) today() kernel.Date { return kernel.DayOf(r.db.Now().UnixMilli()) }

// order is t as a zone would settle it today.
func (r *room) order(t Track) TrackOrder {
	return TrackOrder{Zh: t.Zh, En: t.En, MeaningZh: t.MeaningZh, MeaningEn: t.MeaningEn, Platform: t.Platform, Builds: t.Builds, Stages: slices.Clone(t.Stages),
		Absent: slices.Clone(t.Absent), Gates: slices.Clone(t.Gates), Limits: slices.Clone(t.Limits), ValidFrom: r.today(), Source: "本区自定", Reason: "按本区做法"}
}

// platforms puts platforms into work.
func (r *room) platforms(ids ...string) {
	r.t.Helper()
	r.must(r.db.Update(storetest.Ctx(r.t, "z1"), func(tx store.Tx) error {
		act := journal.Act{Verb: "platform.opened", Object: "platform.platform/" + ids[0]}
		for _, id := range ids {
			act.Changes = append(act.Changes, journal.Put(platform.Platform{Zone: "z1", ID: id, NameZh: "示例平台" + id, Unit: "d1", SinceOn: "2024-01-01", Version: 1}))
		}
		_, err := journal.Record(r.leader(), tx, act)
		return err
	}))
}

// onTrack are whole facts of a project that follows track.
func (r *room) onTrack(name, track string) Facts {
	f := r.wholeFacts(name)
	f.Track = &track
	return f
}

func TestAProjectFollowsItsTrack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		for _, track := range DefaultTracks() {
			k := r.open(r.onTrack(track.Zh+"项目", track.ID))
			if k.Project.Track != track.ID || k.Project.Builds != (track.Builds != "no_build") {
				t.Errorf("%s: opened as %q, builds %v", track.ID, k.Project.Track, k.Project.Builds)
			}
			k = r.bring(k, Effective)
			var dated []Stage
			for _, m := range track.latest(k.Milestones) {
				dated = append(dated, m.Stage)
			}
			if !reflect.DeepEqual(dated, track.Chain()) || k.Project.Missing != 0 || len(track.ChainBreaks(k.Milestones)) > 0 {
				t.Errorf("%s: dated %v, %d missing", track.ID, dated, k.Project.Missing)
			}
		}
	})
}

func TestWhatATrackLacksCannotBeEntered(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	yes := true
	f := r.onTrack("孵化项目", "incubation")
	f.Builds = &yes
	_, err := r.desk.Open(r.officer(), f)
	r.refused(err, kernel.ErrInvalid, "pipeline.builds_never")
	f = r.onTrack("项目", "nowhere")
	_, err = r.desk.Open(r.officer(), f)
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_track")

	k := r.bring(r.open(r.onTrack("孵化项目", "incubation")), Landed)
	before := r.find(k.Project.ID)
	_, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Started})
	f2 := r.refused(err, kernel.ErrInvalid, "pipeline.stage_not_applicable")
	if !reflect.DeepEqual(f2.Args, []any{"孵化流程", "开工", "平台提供现成场地，不涉及建设，没有开工"}) {
		t.Errorf("the refusal says %v", f2.Args)
	}
	_, err = r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Started, Planned, "2027-01-01", ""})
	r.refused(err, kernel.ErrInvalid, "pipeline.stage_not_applicable")
	_, err = r.desk.SignOff(r.lead(), k.Project.ID, k.Project.Version, SignOrder{Stage: Started, Role: "department_lead"})
	r.refused(err, kernel.ErrInvalid, "pipeline.stage_not_applicable")
	if got := r.find(k.Project.ID); !reflect.DeepEqual(got, before) {
		t.Errorf("refusals changed %+v into %+v", before, got)
	}
	c, err := r.desk.Gate(r.officer(), k.Project.ID)
	r.must(err)
	if c.Next != Producing {
		t.Errorf("after moving in comes %s", c.Next)
	}
}

func TestChangingOver(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	r.platforms("p-1")
	k := r.bring(r.open(r.onTrack("甲项目", "general")), Screening)
	k = r.supply(k, Negotiating, "2026-03-01")
	k, err := r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Track: text("incubation")})
	r.must(err)
	if k.Project.Track != "incubation" || k.Project.Builds || k.Track.Next(k.Project.Stage) != "screening.review" {
		t.Errorf("changed over to %+v", k.Project)
	}
	k = r.bring(k, Negotiating)
	_, err = r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Track: text("general")})
	f := r.refused(err, kernel.ErrInvalid, "pipeline.track_lacks_reached")
	if !reflect.DeepEqual(f.Args, []any{"通用流程", "入孵评审", "初判"}) {
		t.Errorf("the refusal says %v", f.Args)
	}
	k, err = r.desk.SetBack(r.officer(), k.Project.ID, k.Project.Version, SetBackOrder{Screening, "改走通用流程"})
	r.must(err)
	k = r.supply(k, "screening.review", "2026-03-02")
	k, err = r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Track: text("general")})
	r.must(err)
	for _, s := range k.Signoffs {
		if s.Live() && s.Stage == "screening.review" {
			t.Error("a signature under a gate the project no longer answers to still stands")
		}
	}
	// A platform may change as long as the track stays.
	k, err = r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Platform: text("p-1")})
	r.must(err)
	if k.Project.Platform != "p-1" || k.Project.TrackID() != GeneralTrack {
		t.Errorf("on platform %q, track %q", k.Project.Platform, k.Project.Track)
	}
}

func TestExpansionsAreCountedApart(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	f := leadFacts("二期扩产")
	f.Kind = text(KindExpansion)
	_, err := r.desk.Open(r.officer(), f)
	r.refused(err, kernel.ErrInvalid, "pipeline.expansion_investor")
	f.Investor, f.Total = &r.investor, &kernel.Money{Minor: 500, Currency: "CNY"}
	r.open(f)
	k := r.open(leadFacts("新项目"))
	_, err = r.desk.Amend(r.officer(), k.Project.ID, k.Project.Version, Facts{Kind: text(KindExpansion)})
	r.refused(err, kernel.ErrInvalid, "pipeline.expansion_investor")
	got, err := r.desk.Totals(r.officer(), Filter{})
	r.must(err)
	want := []KindTotal{{KindNew, 1, []CurrencyTotal{{Count: 1}}}, {KindExpansion, 1, []CurrencyTotal{{"CNY", 1, kernel.Money{Minor: 500, Currency: "CNY"}, kernel.Money{Currency: "CNY"}}}}}
	if got.Count != 2 || !reflect.DeepEqual(got.ByKind, want) {
		t.Errorf("totals by kind %+v", got.ByKind)
	}
}

func TestListsByTrackPlatformAndStep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		r.bring(r.open(r.onTrack("孵化甲", "incubation")), "screening.review")
		r.bring(r.open(r.onTrack("孵化乙", "incubation")), Screening)
		r.platforms("p-1")
		f := r.onTrack("外贸丙", "trade")
		f.Platform, f.Activity, f.Method, f.Campaign = text("p-1"), text("a-1"), text("fair"), text("c-1")
		r.works("a-1", work.Planned, "c-1", "2026-01-01", "")
		r.open(f)
		r.open(leadFacts("通用丁"))
		due := r.open(leadFacts("逾期戊"))
		r.must(db.Update(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
			if _, err := tx.ExecContext(r.officer(), "UPDATE pipeline_projects SET due_on = '' WHERE zone = $1", tx.Zone); err != nil {
				return err
			}
			_, err := tx.ExecContext(r.officer(), "UPDATE pipeline_projects SET track = '', due_on = '2026-01-01' WHERE zone = $1 AND id = $2", tx.Zone, due.Project.ID)
			return err
		}))
		for name, c := range map[string]struct {
			f    Filter
			want string
		}{
			"a stage and its steps":   {Filter{Stages: []string{"screening"}}, "孵化乙 孵化甲"},
			"a stage without them":    {Filter{Stages: []string{"screening"}, Exact: true}, "孵化乙"},
			"one step":                {Filter{Stages: []string{"screening.review"}}, "孵化甲"},
			"a track":                 {Filter{Track: "incubation"}, "孵化乙 孵化甲"},
			"the general track":       {Filter{Track: GeneralTrack}, "通用丁 逾期戊"},
			"a platform":              {Filter{Platform: "p-1"}, "外贸丙"},
			"another platform":        {Filter{Platform: "p-2"}, ""},
			"an activity":             {Filter{Activity: "a-1"}, "外贸丙"},
			"a method and a campaign": {Filter{Method: "fair", Campaign: "c-1"}, "外贸丙"},
			"overdue":                 {Filter{Overdue: true}, "逾期戊"},
		} {
			rows, _, err := r.desk.List(r.leader(), c.f, "name", nil, 50)
			r.must(err)
			var names []string
			for _, l := range rows {
				names = append(names, l.Name)
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != c.want {
				t.Errorf("%s: %q, want %q", name, got, c.want)
			}
		}
		got, err := r.desk.Totals(r.leader(), Filter{})
		r.must(err)
		if !stageCounts(got.ByStage[1], Screening, 2) || !stageCounts(got.ByStep[0], "screening.review", 1) || got.Count != 5 {
			t.Errorf("totals by stage %+v, by step %+v", got.ByStage, got.ByStep)
		}
	})
}

func TestSettlingATrack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.bring(r.open(r.onTrack("甲项目", "trade")), "landed.filing")
		shipped := trackNamed("trade")

		without := r.order(shipped)
		without.Stages = slices.DeleteFunc(without.Stages, func(s TrackStage) bool { return s.ID == "landed.filing" })
		without.Gates = slices.DeleteFunc(without.Gates, func(g GateRow) bool { return g.Stage == "landed.filing" })
		without.Limits = nil
		_, err := r.desk.DefineTrack(r.leader(), "trade", 1, without)
		f := r.refused(err, kernel.ErrInvalid, "pipeline.track_stage_in_use")
		if !reflect.DeepEqual(f.Args, []any{"报关单位备案", int64(1)}) {
			t.Errorf("the refusal says %v", f.Args)
		}

		for name, c := range map[string]struct {
			spoil func(*TrackOrder)
			word  string
		}{
			"from yesterday": {func(o *TrackOrder) { o.ValidFrom = r.today().AddDays(-1) }, "pipeline.track_from_past"},
			"no reason":      {func(o *TrackOrder) { o.Reason = " " }, "pipeline.no_reason"},
			"no stages":      {func(o *TrackOrder) { o.Stages = nil }, "pipeline.track_invalid"},
		} {
			o := r.order(shipped)
			c.spoil(&o)
			_, err := r.desk.DefineTrack(r.leader(), "trade", 1, o)
			if !errors.Is(err, kernel.ErrInvalid) || wordOf(err) != c.word {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err = r.desk.DefineTrack(r.lead(), "trade", 1, r.order(shipped))
		if !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("a department lead settles tracks: %v", err)
		}
		_, err = r.desk.DefineTrack(r.leader(), "moon", 1, r.order(shipped))
		r.refused(err, kernel.ErrNotFound, "pipeline.track_not_found")
		_, err = r.desk.OpenTrack(r.leader(), "trade", r.order(shipped))
		r.refused(err, kernel.ErrInvalid, "pipeline.track_exists")

		o := r.order(shipped)
		o.Stages[4].Zh = "落户登记"
		o.Limits[len(o.Limits)-1].Days = 24
		file, err := r.desk.DefineTrack(r.leader(), "trade", 1, o)
		r.must(err)
		if file.Version != 2 || file.Latest != 2 || len(file.History) != 2 || file.History[1].ValidTo != r.today().AddDays(-1) || !file.History[1].Shipped {
			t.Errorf("settled as %+v", file.History)
		}
		_, err = r.desk.DefineTrack(r.leader(), "trade", 1, o)
		r.refused(err, kernel.ErrStale, "pipeline.track_stale")
		if got := r.find(k.Project.ID).Track; got.Version != 2 || got.Label(Landed, "zh") != "落户登记" {
			t.Errorf("the project follows version %d", got.Version)
		}

		// The past is judged by the version of its day, a later version by its own.
		o.ValidFrom, o.Zh = r.today().AddDays(30), "外贸流程（新）"
		_, err = r.desk.DefineTrack(r.leader(), "trade", 2, o)
		r.must(err)
		for day, want := range map[kernel.Date]int64{r.today().AddDays(-1): 1, r.today(): 2, r.today().AddDays(29): 2, r.today().AddDays(30): 3} {
			r.must(db.View(storetest.Ctx(t, "z1"), func(tx store.Tx) error {
				ts, err := r.desk.tracksAt(r.officer(), tx, day)
				if got, _ := ts.Find("trade"); got.Version != want || len(ts) != 6 {
					t.Errorf("on %s version %d is in force, want %d", day, got.Version, want)
				}
				return err
			}))
		}
		// A version settled after a planned one takes its place.
		o.ValidFrom = r.today()
		file, err = r.desk.DefineTrack(r.leader(), "trade", 3, o)
		r.must(err)
		if planned := file.History[1]; planned.Version != 3 || !planned.ValidTo.Before(planned.ValidFrom) {
			t.Errorf("the planned version is %+v", planned)
		}
		old, err := r.desk.FindTrack(r.officer(), "trade", 1)
		r.must(err)
		if old.Version != 1 || !reflect.DeepEqual(old.Track, shipped) || old.Latest != 4 {
			t.Errorf("version 1 reads %+v", old.Track)
		}
		_, err = r.desk.FindTrack(r.officer(), "trade", 9)
		r.refused(err, kernel.ErrNotFound, "pipeline.track_not_found")
	})
}

func TestAWholeNewTrack(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	o := r.order(sketch())
	for i := range o.Gates {
		o.Gates[i].ValidFrom = "2020-01-01"
	}
	o.Gates = append(o.Gates, GateRow{Stage: Negotiating, Kind: NeedEvidence, ID: "talk_minutes", Zh: "纪要", En: "Minutes",
		Needs: []string{"document", "date", "hash"}, Dates: true, Class: "internal", ValidFrom: "2020-01-01", Source: "本区自定"}, GateRow{Stage: "negotiating.visit", Kind: NeedEvidence, ID: "visit_record", Zh: "考察记录", En: "Record of the visit",
		Needs: []string{"document", "date", "hash"}, Dates: true, Class: "internal", ValidFrom: "2020-01-01", Source: "本区自定"})
	file, err := r.desk.OpenTrack(r.leader(), "fast", o)
	r.must(err)
	if file.Version != 1 || len(file.History) != 1 || file.History[0].ByName != leader {
		t.Errorf("opened as %+v", file.History)
	}
	k := r.bring(r.open(r.onTrack("快速项目", "fast")), Signed)
	if k.Signing == nil || k.Project.Missing != 0 {
		t.Errorf("signed as %+v, missing %d", k.Signing, k.Project.Missing)
	}
	_, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Landed})
	r.refused(err, kernel.ErrInvalid, "pipeline.stage_not_applicable")
	o.ValidFrom = r.today().AddDays(7)
	_, err = r.desk.OpenTrack(r.leader(), "later", o)
	r.must(err)
	_, err = r.desk.Open(r.officer(), r.onTrack("早了", "later"))
	r.refused(err, kernel.ErrInvalid, "pipeline.unknown_track")
	all, err := r.desk.Tracks(r.officer())
	r.must(err)
	var ids []string
	for _, x := range all {
		ids = append(ids, x.ID)
	}
	if got := strings.Join(ids, " "); got != "general incubation bonded headquarters trade innovation fast later" {
		t.Errorf("tracks: %s", got)
	}
}

func TestTwoPeopleSettleOneTrack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		errs := make([]error, 4)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = r.desk.DefineTrack(r.leader(), "bonded", 1, r.order(trackNamed("bonded"))) })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else {
				r.refused(err, kernel.ErrStale, "pipeline.track_stale")
			}
		}
		f, err := r.desk.FindTrack(r.officer(), "bonded", 0)
		r.must(err)
		if won != 1 || f.Version != 2 || len(f.History) != 2 {
			t.Errorf("%d won, version %d of %d", won, f.Version, len(f.History))
		}
	})
}

func TestRacingMovesOfOneProject(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		r := newRoom(t, db)
		k := r.supply(r.bring(r.open(r.wholeFacts("轴承项目")), Negotiating), Signed, "2026-04-10")
		moves := []func(version int64) error{}
		for range 3 {
			moves = append(moves, func(v int64) error {
				_, err := r.desk.Advance(r.officer(), k.Project.ID, v, AdvanceOrder{To: Signed})
				return err
			})
		}
		moves = append(moves, func(v int64) error {
			_, err := r.desk.SetBack(r.officer(), k.Project.ID, v, SetBackOrder{Lead, "重新评估"})
			return err
		}, func(v int64) error {
			_, err := r.desk.CallOff(r.lead(), k.Project.ID, v, CallOffOrder{To: Lost, Reason: "落户外地"})
			return err
		})
		errs := make([]error, len(moves))
		var wg sync.WaitGroup
		for i, move := range moves {
			wg.Go(func() { errs[i] = move(k.Project.Version) })
		}
		wg.Wait()
		won := []int{}
		for i, err := range errs {
			if err == nil {
				won = append(won, i)
			} else if !errors.Is(err, kernel.ErrStale) && !errors.Is(err, kernel.ErrConflict) {
				t.Errorf("move %d: %v", i, err)
			}
		}
		got := r.find(k.Project.ID)
		if len(won) != 1 || got.Project.Version != k.Project.Version+1 {
			t.Fatalf("moves %v won, version %d after %d", won, got.Project.Version, k.Project.Version)
		}
		// Whichever won is there whole, and nothing of the others.
		at := fmt.Sprintf("%s %d %v %d", got.Project.Stage, len(got.Milestones)-len(k.Milestones), got.Signing != nil, len(got.Ceremonies))
		want := map[bool]string{true: "signed 1 true 1", false: "lost 0 false 0"}[won[0] < 3]
		if won[0] == 3 {
			want = "lead 2 false 0" // two dates taken back
		}
		if at != want {
			t.Errorf("after move %d the project is %s, want %s", won[0], at, want)
		}
	})
}

func TestDatesThatCannotBe(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, sources()...))
	k := r.bring(r.open(r.wholeFacts("轴承项目")), Landed) // landed on 2026-05-10
	before := r.find(k.Project.ID)
	tomorrow := string(r.today().AddDays(1))
	_, err := r.desk.attachFiled(r.officer(), k.Project.ID, k.Project.Version, Evidence{Kind: "site_check", Title: "现场照片", File: "f", SHA256: "s", On: tomorrow})
	if got := partWords(err); !reflect.DeepEqual(got, []string{"on pipeline.in_future"}) {
		t.Errorf("evidence from tomorrow: %v", err)
	}
	_, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Started, On: tomorrow})
	if got := partWords(err); !reflect.DeepEqual(got, []string{"on pipeline.in_future"}) {
		t.Errorf("a start tomorrow: %v", err)
	}
	if got := r.find(k.Project.ID); !reflect.DeepEqual(got, before) {
		t.Error("refusals changed the project")
	}

	// Evidence that is older than the stage it follows may be filed, but does not
	// date the next stage before the one already reached.
	k = r.supply(k, Started, "2026-05-09")
	_, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Started})
	f := r.refused(err, kernel.ErrInvalid, "pipeline.date_before_stage")
	if !reflect.DeepEqual(f.Args, []any{"2026-05-09", "落地", "2026-05-10"}) {
		t.Errorf("the refusal says %v", f.Args)
	}
	k, err = r.desk.Advance(r.officer(), k.Project.ID, k.Project.Version, AdvanceOrder{To: Started, On: "2026-05-12"})
	r.must(err)

	// A date revised backwards over the stage before it, or over its evidence.
	_, err = r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Landed, Actual, "2026-05-13", ""})
	r.refused(err, kernel.ErrInvalid, "pipeline.date_after_stage")
	_, err = r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Started, Actual, "2026-05-08", ""})
	r.refused(err, kernel.ErrInvalid, "pipeline.actual_before_evidence")
	_, err = r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Started, Actual, "2026-05-09", ""})
	r.refused(err, kernel.ErrInvalid, "pipeline.date_before_stage")
	// One that holds is added; what was said before stays readable.
	k, err = r.desk.SetMilestone(r.officer(), k.Project.ID, k.Project.Version, MilestoneEntry{Started, Actual, "2026-05-11", "按监理日志更正"})
	r.must(err)
	var said []string
	for _, m := range k.Milestones {
		if m.Stage == Started {
			said = append(said, m.On)
		}
	}
	if !reflect.DeepEqual(said, []string{"2026-05-12", "2026-05-11"}) || k.Project.StageSince != "2026-05-11" {
		t.Errorf("said %v, since %s", said, k.Project.StageSince)
	}
}
