package pipeline

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"sente/internal/kernel"
)

func TestShippedTracks(t *testing.T) {
	t.Parallel()
	chains := map[string]string{
		"general":      "lead screening negotiating signed landed started producing effective",
		"incubation":   "lead screening screening.review negotiating signed landed producing effective",
		"bonded":       "lead screening negotiating signed landed landed.customs started producing effective",
		"headquarters": "lead screening negotiating signed landed producing effective",
		"trade":        "lead screening negotiating signed landed landed.filing producing effective",
		"innovation":   "lead screening screening.tech negotiating signed landed producing effective",
	}
	ts := DefaultTracks()
	if len(ts) != len(chains) {
		t.Errorf("%d tracks are shipped, want %d", len(ts), len(chains))
	}
	for _, tr := range ts {
		var ids []string
		for _, s := range tr.Chain() {
			ids = append(ids, string(s))
		}
		if got := strings.Join(ids, " "); got != chains[tr.ID] {
			t.Errorf("%s goes through %s, want %s", tr.ID, got, chains[tr.ID])
		}
		for _, s := range chain() {
			if !tr.Applies(s) && tr.absent(s, "zh") == "" {
				t.Errorf("%s leaves out %s and does not say why", tr.ID, s)
			}
		}
		for i, s := range tr.Chain()[1:] {
			builds := tr.Builds != "no_build"
			if len(tr.Gates.For(s, "2026-11-23", builds)) == 0 {
				t.Errorf("%s: nothing is asked for at %s", tr.ID, s)
			}
			if !slices.ContainsFunc(tr.Gates.For(s, "2026-11-23", builds), func(r GateRow) bool { return r.Dates }) {
				t.Errorf("%s: nothing dates %s", tr.ID, s)
			}
			before := tr.Chain()[:i+1]
			if !slices.ContainsFunc(tr.Limits, func(l Limit) bool { return l.To == s && slices.Contains(before, l.From) }) && s != "landed.customs" {
				t.Errorf("%s: no limit ends at %s", tr.ID, s)
			}
		}
	}
	if !reflect.DeepEqual(general().Gates, DefaultGates()) {
		t.Error("the general track does not have the rows of gates.json")
	}
	if slices.ContainsFunc(trackNamed("incubation").Gates, func(r GateRow) bool { return r.Applies == "build" }) {
		t.Error("a track that builds nothing asks for what only building projects have")
	}
}

func TestWalkingATrack(t *testing.T) {
	t.Parallel()
	inc := trackNamed("incubation")
	for s, want := range map[Stage]struct {
		next     Stage
		position int
		zh       string
	}{
		Lead: {Screening, 1, "线索"}, Screening: {"screening.review", 2, "初判"}, "screening.review": {Negotiating, 3, "入孵评审"},
		Landed: {Producing, 6, "入驻"}, Effective: {"", 8, "毕业"}, Started: {Producing, 0, "开工"}, Shelved: {"", 0, "搁置"}, Lost: {"", 0, "流失"},
	} {
		if inc.Next(s) != want.next || inc.Position(s) != want.position || inc.Label(s, "zh") != want.zh || inc.Applies(s) != (want.position > 0) {
			t.Errorf("%s: next %q, position %d, called %s; want %+v", s, inc.Next(s), inc.Position(s), inc.Label(s, "zh"), want)
		}
	}
	if got := inc.Label(Landed, "en"); got != "Moved in" {
		t.Errorf("in English %q", got)
	}
	// A project that stands where its track has no stage any more can go on from there.
	of := DefaultTracks().Of(Project{Track: "incubation", Stage: Shelved, Prior: Started})
	if of.Position(Started) != 7 || of.Next(Started) != Producing || inc.Applies(Started) {
		t.Errorf("with the stage it stands in: %v", of.Chain())
	}
	if got := DefaultTracks().Of(Project{Track: "gone"}); got.ID != GeneralTrack {
		t.Errorf("an unknown track is %q", got.ID)
	}
	if got := DefaultTracks().Of(Project{}); got.ID != GeneralTrack {
		t.Errorf("no track is %q", got.ID)
	}
}

func TestMovesFollowTheTrack(t *testing.T) {
	t.Parallel()
	at := func(s Stage) Project { return Project{Stage: s} }
	for name, c := range map[string]struct {
		track  string
		p      Project
		verb   string
		to     Stage
		reason string
		want   string
	}{
		"into a step of its own":      {"incubation", at(Screening), MoveAdvance, "screening.review", "", ""},
		"over a step of its own":      {"incubation", at(Screening), MoveAdvance, Negotiating, "", "pipeline.one_step"},
		"into what does not apply":    {"incubation", at(Landed), MoveAdvance, Started, "", "pipeline.stage_not_applicable"},
		"past what does not apply":    {"incubation", at(Landed), MoveAdvance, Producing, "", ""},
		"back to what does not apply": {"incubation", at(Producing), MoveSetBack, Started, "x", "pipeline.stage_not_applicable"},
		"a step of another track":     {"bonded", at(Landed), MoveAdvance, "landed.filing", "", "pipeline.stage_not_in_track"},
		"customs before the works":    {"bonded", at(Landed), MoveAdvance, "landed.customs", "", ""},
		"the works before customs":    {"bonded", at(Landed), MoveAdvance, Started, "", "pipeline.one_step"},
		"back within a stage":         {"bonded", at("landed.customs"), MoveSetBack, Landed, "x", ""},
		"forward is not back":         {"bonded", at(Landed), MoveSetBack, "landed.customs", "x", "pipeline.not_back"},
		"lost at a step":              {"incubation", at("screening.review"), MoveLose, Lost, "x", ""},
		"terminated at a step":        {"trade", at("landed.filing"), MoveTerminate, Terminated, "x", ""},
		"lost after signing":          {"trade", at("landed.filing"), MoveLose, Lost, "x", "pipeline.lost_after_signing"},
		"shelved at a step":           {"trade", at("landed.filing"), MoveShelve, Shelved, "x", ""},
		"resumed at a step":           {"trade", Project{Stage: Shelved, Prior: "landed.filing"}, MoveResume, "", "x", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := trackNamed(c.track).decideMove(c.p, c.verb, c.to, c.reason, "zh")
			if got := wordOf(err); got != c.want {
				t.Errorf("got %q, want %q (%v)", got, c.want, err)
			}
		})
	}
}

func TestMilestonesFollowTheTrack(t *testing.T) {
	t.Parallel()
	d := Dossier{Project: Project{Stage: "landed.customs", Track: "bonded", Builds: true}}
	all := []Milestone{{Seq: 1, Stage: Landed, Kind: Actual, On: "2026-04-01"}, {Seq: 2, Stage: "landed.customs", Kind: Actual, On: "2026-05-01"}}
	bonded, trade := trackNamed("bonded"), trackNamed("trade")
	for name, c := range map[string]struct {
		t    Track
		e    MilestoneEntry
		want string
	}{
		"of a step":                   {bonded, MilestoneEntry{"landed.customs", Actual, "2026-05-03", ""}, ""},
		"a step before its stage":     {bonded, MilestoneEntry{"landed.customs", Actual, "2026-03-31", ""}, "pipeline.date_before_stage"},
		"a stage after its step":      {bonded, MilestoneEntry{Landed, Actual, "2026-05-02", ""}, "pipeline.date_after_stage"},
		"not reached":                 {bonded, MilestoneEntry{Started, Actual, "2026-06-01", ""}, "pipeline.actual_not_reached"},
		"planned":                     {bonded, MilestoneEntry{Started, Planned, "2027-06-01", ""}, ""},
		"planned of what is no part":  {trade, MilestoneEntry{Started, Planned, "2027-06-01", ""}, "pipeline.stage_not_applicable"},
		"of another track":            {bonded, MilestoneEntry{"landed.filing", Planned, "2027-06-01", ""}, "pipeline.stage_not_in_track"},
		"taking back what is no part": {trade, MilestoneEntry{Started, Planned, "", "改走外贸流程"}, ""},
	} {
		if got := wordOf(c.t.decideMilestone(d, all, c.e, "2026-11-23", "zh")); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	breaks := bonded.ChainBreaks([]Milestone{{Seq: 1, Stage: "landed.customs", Kind: Actual, On: "2026-03-01"}, {Seq: 2, Stage: Landed, Kind: Actual, On: "2026-04-01"}})
	if want := []ChainBreak{{Landed, "2026-04-01", "landed.customs", "2026-03-01"}}; !reflect.DeepEqual(breaks, want) {
		t.Errorf("breaks %+v", breaks)
	}
}

func TestChangingTheTrack(t *testing.T) {
	t.Parallel()
	at := func(track string, s Stage) Project { return Project{Track: track, Stage: s} }
	for name, c := range map[string]struct {
		from, to string
		p        Project
		want     string
	}{
		"a lead":                        {"general", "incubation", at("general", Lead), ""},
		"in screening":                  {"general", "incubation", at("general", Screening), ""},
		"at a step the other lacks":     {"incubation", "general", at("incubation", "screening.review"), "pipeline.track_lacks_reached"},
		"in talks, all stages there":    {"general", "headquarters", at("general", Negotiating), ""},
		"in talks, a step behind":       {"incubation", "general", at("incubation", Negotiating), "pipeline.track_lacks_reached"},
		"landed, the other has more":    {"headquarters", "trade", at("headquarters", Landed), ""},
		"started, the other has none":   {"general", "trade", at("general", Producing), "pipeline.track_lacks_reached"},
		"shelved where the other lacks": {"general", "trade", Project{Stage: Shelved, Prior: Started}, "pipeline.track_lacks_reached"},
		"the same":                      {"trade", "trade", at("trade", Producing), ""},
	} {
		if got := wordOf(decideTrack(trackNamed(c.from), trackNamed(c.to), c.p, "zh")); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestTheTrackSaysWhetherAnythingIsBuilt(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, c := range map[string]struct {
		track  string
		was    bool
		stated *bool
		want   bool
		word   string
	}{
		"general, as it is":  {"general", true, nil, true, ""},
		"general, as stated": {"general", false, &no, false, ""},
		"never, silent":      {"incubation", true, nil, false, ""},
		"never, agreed":      {"incubation", false, &no, false, ""},
		"never, against it":  {"incubation", true, &yes, false, "pipeline.builds_never"},
		"always, silent":     {"bonded", false, nil, true, ""},
		"always, against it": {"bonded", false, &no, true, "pipeline.builds_always"},
	} {
		p, err := trackNamed(c.track).buildsAs(Project{Builds: c.was}, c.stated, "zh")
		if p.Builds != c.want || wordOf(err) != c.word {
			t.Errorf("%s: builds %v, %v", name, p.Builds, err)
		}
	}
}

func TestLimitsCoverWhatTheySay(t *testing.T) {
	t.Parallel()
	yuan := func(m int64) Project {
		return Project{Builds: true, TotalMinor: m * 100, Currency: "CNY"}
	}
	days := func(p Project, from Stage, day kernel.Date) (out []int) {
		for _, l := range general().Limits {
			if l.From == from && l.Covers(p, day) {
				out = append(out, l.Days)
			}
		}
		return out
	}
	office := yuan(1)
	office.Builds = false
	for name, c := range map[string]struct {
		p    Project
		from Stage
		day  kernel.Date
		want []int
	}{
		"small":            {yuan(80_000_000), Started, "2026-01-01", []int{12}},
		"just under 500 m": {yuan(499_999_999), Started, "2026-01-01", []int{12}},
		"500 m":            {yuan(500_000_000), Started, "2026-01-01", []int{18}},
		"1 bn":             {yuan(1_000_000_000), Started, "2026-01-01", []int{30}},
		"not stated":       {Project{Builds: true}, Started, "2026-01-01", nil},
		"in dollars":       {Project{Builds: true, TotalMinor: 1, Currency: "USD"}, Started, "2026-01-01", nil},
		"builds nothing":   {office, Started, "2026-01-01", []int{6}},
		"before its term":  {yuan(1), Started, "2019-12-31", nil},
		"of any size":      {Project{}, Signed, "2026-01-01", []int{90}},
	} {
		if got := days(c.p, c.from, c.day); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// sketch is a small sound track to be spoilt by the tests.
func sketch() Track {
	label := func(s Stage) TrackStage { return TrackStage{ID: s, Zh: string(s), En: string(s)} }
	return Track{ID: "own", Zh: "自设流程", En: "Own pipeline", ValidFrom: "2026-12-01", Source: "本区自定",
		Stages: []TrackStage{label(Lead), label(Negotiating), label("negotiating.visit"), label(Signed)},
		Absent: []Absence{{Screening, "直接洽谈", "talks begin at once"}},
		Gates:  Gates{{Stage: Signed, Kind: NeedField, ID: "site", Zh: "地点", En: "site", ValidFrom: "2026-12-01", Source: "本区自定"}},
		Limits: []Limit{{From: Lead, To: Signed, Days: 90, Unit: CalendarDays, Zh: "时限", En: "limit", ValidFrom: "2026-12-01", Source: "本区自定"}}}
}

func TestCheckTrack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*Track)
		want  []string
	}{
		"sound":                 {func(*Track) {}, nil},
		"an id with a capital":  {func(x *Track) { x.ID = "Own" }, []string{"id pipeline.track_id"}},
		"no English name":       {func(x *Track) { x.En = " " }, []string{"en pipeline.track_no_label"}},
		"no source":             {func(x *Track) { x.Source = "" }, []string{"source pipeline.track_no_source"}},
		"no first day":          {func(x *Track) { x.ValidFrom = "" }, []string{"valid_from pipeline.track_term"}},
		"ends before it begins": {func(x *Track) { x.ValidTo = "2026-11-30" }, []string{"valid_from pipeline.track_term"}},
		"builds perhaps":        {func(x *Track) { x.Builds = "perhaps" }, []string{"builds pipeline.not_a_choice"}},
		"lead not first":        {func(x *Track) { x.Stages = x.Stages[1:] }, []string{"stages pipeline.track_lead_first", "limits.0 pipeline.limit_stage"}},
		"no signing":            {func(x *Track) { x.Stages = x.Stages[:3] }, []string{"stages pipeline.track_needs_signed", "gates.0 pipeline.row_stage_absent", "limits.0 pipeline.limit_stage"}},
		"backwards":             {func(x *Track) { x.Stages = append(x.Stages, x.Stages[1]); x.Stages[4].ID = Screening; x.Absent = nil }, []string{"stages.4 pipeline.track_backwards"}},
		"twice":                 {func(x *Track) { x.Stages = append(x.Stages, x.Stages[3]) }, []string{"stages.4 pipeline.track_stage_twice"}},
		"a step before its own": {func(x *Track) { x.Stages[1], x.Stages[2] = x.Stages[2], x.Stages[1] }, []string{"stages.1 pipeline.track_part_first"}},
		"no such stage":         {func(x *Track) { x.Stages = append(x.Stages, TrackStage{ID: "moon"}) }, []string{"stages.4 pipeline.unknown_stage"}},
		"beside the chain":      {func(x *Track) { x.Stages = append(x.Stages, TrackStage{ID: Shelved}) }, []string{"stages.4 pipeline.unknown_stage"}},
		"a stage unnamed":       {func(x *Track) { x.Stages[3].En = "" }, []string{"stages.3 pipeline.track_no_label"}},
		"absent and present":    {func(x *Track) { x.Absent[0].Stage = Signed }, []string{"absent.0 pipeline.track_both"}},
		"absent without why":    {func(x *Track) { x.Absent[0].WhyEn = "" }, []string{"absent.0 pipeline.track_no_label"}},
		"a field unknown":       {func(x *Track) { x.Gates[0].ID = "moon" }, []string{"gates.0 pipeline.row_unknown_field"}},
		"a role unknown":        {func(x *Track) { x.Gates[0].Kind = NeedSignoff }, []string{"gates.0 pipeline.row_unknown_role"}},
		"a gate of no stage":    {func(x *Track) { x.Gates[0].Stage = Landed }, []string{"gates.0 pipeline.row_stage_absent"}},
		"a gate of an end":      {func(x *Track) { x.Gates[0].Stage = Terminated }, nil},
		"a row twice":           {func(x *Track) { x.Gates = append(x.Gates, x.Gates[0]) }, []string{"gates.1 pipeline.row_twice"}},
		"evidence called other": {func(x *Track) {
			x.Gates[0] = GateRow{Signed, NeedEvidence, OtherEvidence, "其他", "other", []string{"date"}, false, "internal", "", "2026-01-01", "", "s"}
		}, []string{"gates.0 pipeline.row_unfit_id"}},
		"evidence needs luck": {func(x *Track) {
			x.Gates[0] = GateRow{Signed, NeedEvidence, "paper", "文件", "paper", []string{"luck"}, false, "internal", "", "2026-01-01", "", "s"}
		}, []string{"gates.0 pipeline.row_unknown_need"}},
		"dates without a date": {func(x *Track) {
			x.Gates[0] = GateRow{Signed, NeedEvidence, "paper", "文件", "paper", []string{"hash"}, true, "internal", "", "2026-01-01", "", "s"}
		}, []string{"gates.0 pipeline.row_dates_without_a_date"}},
		"a limit turned round": {func(x *Track) { x.Limits[0].From, x.Limits[0].To = Signed, Lead }, []string{"limits.0 pipeline.limit_order"}},
		"a limit of a point":   {func(x *Track) { x.Limits[0].To = Lead }, []string{"limits.0 pipeline.limit_order"}},
		"a limit of nothing":   {func(x *Track) { x.Limits[0].Days = 0 }, []string{"limits.0 pipeline.limit_days"}},
		"a limit in moons":     {func(x *Track) { x.Limits[0].Unit = "moon" }, []string{"limits.0 pipeline.not_a_choice"}},
		"a band upside down":   {func(x *Track) { x.Limits[0].MinFen, x.Limits[0].MaxFen = 5, 5 }, []string{"limits.0 pipeline.limit_band"}},
		"a limit unsourced":    {func(x *Track) { x.Limits[0].Source = "" }, []string{"limits.0 pipeline.track_no_source"}},
		"two things":           {func(x *Track) { x.Zh, x.Limits[0].Days = "", 0 }, []string{"zh pipeline.track_no_label", "limits.0 pipeline.limit_days"}},
	} {
		x := sketch()
		c.spoil(&x)
		if got := partWords(x.check()); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func FuzzParseTracks(f *testing.F) {
	f.Add(tracksJSON)
	f.Add([]byte(`[{"id":"general","stages":[{"id":"lead"}]}]`))
	f.Add([]byte(`[{"id":"general","stages":[{"id":"signed.x"},{"id":"lead"}],"gates":[{"stage":"moon"}],"limits":[{"from":"lead","to":"lead","days":-1}]}]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ts, err := ParseTracks(data)
		if err != nil {
			return
		}
		for _, x := range ts { // what is taken can be walked from end to end
			at, steps := Lead, 1
			for next := x.Next(at); next != ""; next = x.Next(at) {
				if x.compare(at, next) >= 0 {
					t.Fatalf("%s comes after %s", next, at)
				}
				at, steps = next, steps+1
			}
			if steps != len(x.Stages) || len(x.Moves()) == 0 {
				t.Fatalf("%d of %d stages walked", steps, len(x.Stages))
			}
		}
	})
}
