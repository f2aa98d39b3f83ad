package pipeline

import (
	"cmp"
	"slices"

	"sente/internal/kernel"
)

// Track is a pipeline (流程): which stages a project passes, what the gate of
// each asks for, and how long each span may take. Each platform has one of its
// own; projects without a platform follow GeneralTrack. A track is data with a
// term: what happens on a day is judged by the version in force on that day.
type Track struct {
	ID        string       `json:"id"`
	Version   int64        `json:"version"` // 1, 2, …
	Zh        string       `json:"zh"`
	En        string       `json:"en"`
	MeaningZh string       `json:"meaning_zh"`
	MeaningEn string       `json:"meaning_en"`
	Platform  string       `json:"platform" doc:"the playbook's platform it was written for; empty: none"`
	Builds    string       `json:"builds" enum:",build,no_build" doc:"whether its projects build: always, never, or (empty) each as stated"`
	Stages    []TrackStage `json:"stages" doc:"in the order in which a project passes them"`
	Absent    []Absence    `json:"absent" doc:"stages that do not apply (不适用), with the reason"`
	Gates     Gates        `json:"gates"`
	Limits    []Limit      `json:"limits"`
	ValidFrom kernel.Date  `json:"valid_from"`
	ValidTo   kernel.Date  `json:"valid_to" doc:"last day in force; empty: open"`
	Source    string       `json:"source"`
}

// TrackStage is one step of a track: a stage of the chain under the name it has
// here, or a step of the track's own within one ("landed.customs").
type TrackStage struct {
	ID        Stage  `json:"id"`
	Zh        string `json:"zh"`
	En        string `json:"en"`
	MeaningZh string `json:"meaning_zh"`
	MeaningEn string `json:"meaning_en"`
	Source    string `json:"source" doc:"where the definition was seen"`
}

// Absence is a stage of the chain that a track leaves out, and why: it cannot be
// entered, has no date, and leaves the denominator of every rate.
type Absence struct {
	Stage Stage  `json:"stage"`
	WhyZh string `json:"why_zh"`
	WhyEn string `json:"why_en"`
}

// The units a limit is counted in.
const (
	WorkingDays  = "working_day" // 工作日
	CalendarDays = "day"         // 日
	Months       = "month"       // 月
)

// LimitUnits lists the units.
func LimitUnits() []string { return []string{WorkingDays, CalendarDays, Months} }

// Limit says how long a project may take from one stage to a later one.
type Limit struct {
	From      Stage       `json:"from"`
	To        Stage       `json:"to"`
	Days      int         `json:"days" doc:"how many of unit"`
	Unit      string      `json:"unit" enum:"working_day,day,month"`
	MinFen    int64       `json:"min_fen" doc:"least total investment in fen (1/100 CNY), 0: none"`
	MaxFen    int64       `json:"max_fen" doc:"total investment in fen it no longer holds for, 0: none"`
	Applies   string      `json:"applies,omitempty" enum:",build,no_build" doc:"only to projects that build, or that do not; empty: to all"`
	Zh        string      `json:"zh"`
	En        string      `json:"en"`
	ValidFrom kernel.Date `json:"valid_from"`
	ValidTo   kernel.Date `json:"valid_to" doc:"last day in force; empty: open"`
	Source    string      `json:"source"`
}

// Covers reports whether l holds on day for p. A limit for a size of investment
// holds only for projects that state theirs in yuan: no rate of exchange is
// guessed.
func (l Limit) Covers(p Project, day kernel.Date) bool {
	dated := !day.Before(l.ValidFrom) && !l.ValidTo.Before(day)
	if !dated || l.Applies != "" && (l.Applies == "build") != p.Builds {
		return false
	}
	if l.MinFen == 0 && l.MaxFen == 0 {
		return true
	}
	return p.Currency == "CNY" && p.TotalMinor >= l.MinFen && (l.MaxFen == 0 || p.TotalMinor < l.MaxFen)
}

// Tracks are the tracks of a zone in force on one day.
type Tracks []Track

// Find returns the track id.
func (ts Tracks) Find(id string) (Track, bool) {
	for _, t := range ts {
		if t.ID == id {
			return t, true
		}
	}
	return Track{}, false
}

// Of returns the track p follows; the general one when it names none that is
// known. A stage at which p stands although its track no longer has it is part
// of the track for p, so that it can go on from there.
func (ts Tracks) Of(p Project) Track {
	t, ok := ts.Find(p.TrackID())
	if !ok {
		t, _ = ts.Find(GeneralTrack)
	}
	return t.including(p.Standing())
}

// including is t with s in its place, if s is a stage of the chain t lacks.
func (t Track) including(s Stage) Track {
	if s.Rank() == 0 || t.Applies(s) {
		return t
	}
	info, _ := s.Info()
	t.Stages = slices.Insert(slices.Clone(t.Stages), t.place(s), TrackStage{ID: s, Zh: info.Zh, En: info.En, MeaningZh: info.MeaningZh, MeaningEn: info.MeaningEn, Source: info.Definition})
	return t
}

// Chain is the order in which a project passes the stages.
func (t Track) Chain() []Stage {
	chain := make([]Stage, len(t.Stages))
	for i, s := range t.Stages {
		chain[i] = s.ID
	}
	return chain
}

// Position is the place of s in the track, 1, 2, …; 0 when it does not apply.
func (t Track) Position(s Stage) int {
	return slices.IndexFunc(t.Stages, func(x TrackStage) bool { return x.ID == s }) + 1
}

// Applies reports whether s is a stage of the track.
func (t Track) Applies(s Stage) bool { return t.Position(s) > 0 }

// place is how many stages of the track come up to and with s; of a stage the
// track lacks, up to where it would stand.
func (t Track) place(s Stage) int {
	if at := t.Position(s); at > 0 {
		return at
	}
	n := 0
	for _, x := range t.Stages {
		if x.ID.Rank() <= s.Rank() {
			n++
		}
	}
	return n
}

// Next is the stage one step ahead of s; "" at the end of or beside the track.
func (t Track) Next(s Stage) Stage {
	at := t.place(s)
	if s.Rank() == 0 || at == len(t.Stages) {
		return ""
	}
	return t.Stages[at].ID
}

// upTo is the track from its start up to and with s.
func (t Track) upTo(s Stage) []Stage {
	if s.Rank() == 0 {
		return nil
	}
	return t.Chain()[:t.place(s)]
}

// ahead is the track after s.
func (t Track) ahead(s Stage) []Stage { return t.Chain()[t.place(s):] }

// compare orders stages as a project passes them; a step the track lacks comes
// after the stage it is part of.
func (t Track) compare(a, b Stage) int {
	if t.Applies(a) && t.Applies(b) {
		return cmp.Compare(t.Position(a), t.Position(b))
	}
	return cmp.Or(cmp.Compare(a.Rank(), b.Rank()), cmp.Compare(a, b))
}

// Label is the name of s in the track and lang ("en", else Chinese).
func (t Track) Label(s Stage, lang string) string {
	at := t.Position(s)
	switch {
	case at == 0:
		return s.Label(lang)
	case lang == "en":
		return t.Stages[at-1].En
	default:
		return t.Stages[at-1].Zh
	}
}

// Name is the track's name in lang.
func (t Track) Name(lang string) string {
	if lang == "en" {
		return t.En
	}
	return t.Zh
}

// absent says why s does not apply, in lang; "" when nothing is said.
func (t Track) absent(s Stage, lang string) string {
	for _, a := range t.Absent {
		if a.Stage == s && lang == "en" {
			return a.WhyEn
		} else if a.Stage == s {
			return a.WhyZh
		}
	}
	return ""
}

// lacks refuses a stage the track does not have, in a fault about field.
func (t Track) lacks(field string, s Stage, lang string) error {
	if s.Main() != s {
		return kernel.FieldFault(field, "pipeline.stage_not_in_track", t.Name(lang), string(s))
	}
	return kernel.FieldFault(field, "pipeline.stage_not_applicable", t.Name(lang), s.Label(lang), t.absent(s, lang))
}

// reached are the stages whose gates p answers to: those up to where it stands
// and, of one that has ended, its end.
func (t Track) reached(p Project) []Stage {
	stages := t.upTo(p.Standing())
	if p.Stage.Final() {
		stages = append(slices.Clone(stages), p.Stage)
	}
	return stages
}

// buildsAs settles whether p builds by what the track says about its projects;
// stated is what the caller said, nil for nothing. Fault: pipeline.builds_by_track.
func (t Track) buildsAs(p Project, stated *bool, lang string) (Project, error) {
	if t.Builds == "" {
		return p, nil
	}
	p.Builds = t.Builds == "build"
	if stated != nil && *stated != p.Builds {
		word := map[bool]string{true: "pipeline.builds_always", false: "pipeline.builds_never"}[p.Builds]
		return p, kernel.FieldFault("builds", word, t.Name(lang))
	}
	return p, nil
}

// decideTrack refuses to move p, which stands in from, to a track in which a
// stage it has reached does not exist: its dates and evidence would hang on
// nothing. Up to 初判 only the stage it stands at must exist.
func decideTrack(from, to Track, p Project, lang string) error {
	at := p.Standing()
	if p.Stage.Final() || from.ID == to.ID {
		return nil
	}
	for _, s := range from.upTo(at) {
		settled := at.Rank() > Screening.Rank() || s == at
		if settled && !to.Applies(s) {
			return kernel.FieldFault("track", "pipeline.track_lacks_reached", to.Name(lang), from.Label(s, lang), from.Label(from.before(s), lang))
		}
	}
	return nil
}

// before is the stage one step before s, s itself at the start.
func (t Track) before(s Stage) Stage {
	at := t.Position(s)
	if at < 2 {
		return s
	}
	return t.Stages[at-2].ID
}

// parts describes the steps within stages that the tracks have, each once,
// along the chain.
func (ts Tracks) parts() []StageInfo {
	out := []StageInfo{}
	for _, t := range ts {
		for _, s := range t.Stages {
			known := slices.ContainsFunc(out, func(i StageInfo) bool { return i.ID == s.ID })
			if s.ID.Main() != s.ID && !known {
				out = append(out, StageInfo{s.ID, s.ID.Rank(), false, s.Zh, s.En, s.MeaningZh, s.MeaningEn, s.Source})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b StageInfo) int { return cmp.Compare(a.Rank, b.Rank) })
	return out
}
