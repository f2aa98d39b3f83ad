package pipeline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

//go:embed tracks.json
var tracksJSON []byte

// Bounds of a track's parts, far above what any track in use has.
const (
	maxTrackStages = 30
	maxTrackGates  = 300
	maxTrackLimits = 100
	maxLimitDays   = 3660
)

var (
	trackID    = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
	evidenceID = regexp.MustCompile(`^[a-z][a-z0-9_]{1,39}$`)
)

// DefaultTracks are the tracks shipped with the program (tracks.json).
func DefaultTracks() Tracks {
	ts, err := ParseTracks(tracksJSON)
	if err != nil {
		panic("pipeline: tracks.json: " + err.Error()) // fixed when the program was built
	}
	return ts
}

// shippedTrack is a Track as tracks.json writes it: stages without labels are
// those of the chain, and the gates of the stages in Shared are the rows of
// gates.json.
type shippedTrack struct {
	Track
	Shared []Stage `json:"shared_gates"`
}

// ParseTracks reads tracks in the form of tracks.json and refuses what check
// refuses.
func ParseTracks(data []byte) (Tracks, error) {
	var rows []shippedTrack
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rows); err != nil {
		return nil, fmt.Errorf("pipeline.ParseTracks: %w", err)
	}
	var out Tracks
	for _, r := range rows {
		t := r.whole(DefaultGates())
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("pipeline.ParseTracks: %s: %w", t.ID, err)
		}
		if _, twice := out.Find(t.ID); twice {
			return nil, fmt.Errorf("pipeline.ParseTracks: %s stands twice", t.ID)
		}
		out = append(out, t)
	}
	if _, ok := out.Find(GeneralTrack); !ok {
		return nil, fmt.Errorf("pipeline.ParseTracks: the track %s is missing", GeneralTrack)
	}
	return out, nil
}

// whole is r with what it takes over from the chain and from shared.
func (r shippedTrack) whole(shared Gates) Track {
	t := r.Track
	for i, s := range t.Stages {
		if info, ok := s.ID.Info(); ok && s.Zh == "" {
			t.Stages[i] = TrackStage{s.ID, info.Zh, info.En, info.MeaningZh, info.MeaningEn, info.Definition}
		}
	}
	own := t.Gates
	t.Gates = Gates{}
	for _, s := range append(t.Chain(), Terminated) {
		for _, g := range shared {
			if slices.Contains(r.Shared, s) && g.Stage == s && (t.Builds == "" || g.Applies == "" || g.Applies == t.Builds) {
				t.Gates = append(t.Gates, g)
			}
		}
		for _, g := range own {
			if g.Stage == s {
				t.Gates = append(t.Gates, g)
			}
		}
	}
	for _, g := range own {
		if g.Stage != Terminated && !t.Applies(g.Stage) {
			t.Gates = append(t.Gates, g) // for check to refuse
		}
	}
	return t
}

// check says everything that is wrong with t. Fault: pipeline.track_invalid.
func (t Track) check() error {
	errs := []error{t.checkHead()}
	errs = append(errs, t.checkStages()...)
	errs = append(errs, t.checkGates()...)
	errs = append(errs, t.checkLimits()...)
	return kernel.Faults("pipeline.track_invalid", errs...)
}

func (t Track) checkHead() error {
	switch {
	case !trackID.MatchString(t.ID):
		return kernel.FieldFault("id", "pipeline.track_id", t.ID)
	case strings.TrimSpace(t.Zh) == "":
		return kernel.FieldFault("zh", "pipeline.track_no_label")
	case strings.TrimSpace(t.En) == "":
		return kernel.FieldFault("en", "pipeline.track_no_label")
	case strings.TrimSpace(t.Source) == "":
		return kernel.FieldFault("source", "pipeline.track_no_source")
	case !slices.Contains([]string{"", "build", "no_build"}, t.Builds):
		return kernel.FieldFault("builds", "pipeline.not_a_choice", t.Builds, "build, no_build")
	case !t.ValidFrom.Known() || !t.ValidFrom.Valid() || !t.ValidTo.Valid() || t.ValidTo.Before(t.ValidFrom):
		return kernel.FieldFault("valid_from", "pipeline.track_term", string(t.ValidFrom))
	case len(t.Stages) > maxTrackStages || len(t.Gates) > maxTrackGates || len(t.Limits) > maxTrackLimits:
		return kernel.FieldFault("stages", "pipeline.track_too_large", maxTrackStages, maxTrackGates, maxTrackLimits)
	}
	return firstError(checkText("zh", t.Zh, 60), checkText("en", t.En, 100), checkText("meaning_zh", t.MeaningZh, 300), checkText("meaning_en", t.MeaningEn, 500),
		checkText("source", t.Source, 500), checkText("platform", t.Platform, 60))
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkStages holds the stages against the chain: 线索 first, a contract to sign,
// never backwards, and a step of the track's own only after the stage it is
// part of, so that what hangs on a stage (a signing, the class of a loss) is
// settled when the step is reached.
func (t Track) checkStages() []error {
	var errs []error
	if len(t.Stages) == 0 || t.Stages[0].ID != Lead {
		errs = append(errs, kernel.FieldFault("stages", "pipeline.track_lead_first"))
	}
	if !t.Applies(Signed) {
		errs = append(errs, kernel.FieldFault("stages", "pipeline.track_needs_signed"))
	}
	for i, s := range t.Stages {
		field := fmt.Sprintf("stages.%d", i)
		before := t.Chain()[:i]
		switch {
		case s.ID.Rank() == 0:
			errs = append(errs, kernel.FieldFault(field, "pipeline.unknown_stage", string(s.ID)))
		case slices.Contains(before, s.ID):
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_stage_twice", s.name()))
		case i > 0 && s.ID.Rank() < t.Stages[i-1].ID.Rank():
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_backwards", s.name(), t.Stages[i-1].name()))
		case s.ID.Main() != s.ID && !slices.Contains(before, s.ID.Main()):
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_part_first", s.name(), s.ID.Main().Label("zh")))
		case strings.TrimSpace(s.Zh) == "" || strings.TrimSpace(s.En) == "":
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_no_label"))
		default:
			errs = append(errs, firstError(checkText(field, s.Zh, 30), checkText(field, s.En, 60), checkText(field, s.MeaningZh, 300), checkText(field, s.MeaningEn, 500), checkText(field, s.Source, 500)))
		}
	}
	for i, a := range t.Absent {
		field := fmt.Sprintf("absent.%d", i)
		switch {
		case a.Stage.Rank() == 0 || a.Stage.Main() != a.Stage:
			errs = append(errs, kernel.FieldFault(field, "pipeline.unknown_stage", string(a.Stage)))
		case t.Applies(a.Stage):
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_both", a.Stage.Label("zh")))
		case strings.TrimSpace(a.WhyZh) == "" || strings.TrimSpace(a.WhyEn) == "":
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_no_label"))
		default:
			errs = append(errs, firstError(checkText(field, a.WhyZh, 300), checkText(field, a.WhyEn, 500)))
		}
	}
	return errs
}

// name is the stage's label, or its id while it has none.
func (s TrackStage) name() string {
	if s.Zh != "" {
		return s.Zh
	}
	return string(s.ID)
}

func (t Track) checkGates() []error {
	var errs []error
	seen := map[string]bool{}
	for i, r := range t.Gates {
		field := fmt.Sprintf("gates.%d", i)
		key := fmt.Sprint(r.Stage, r.Kind, r.ID, r.Applies, r.ValidFrom)
		why := faultyRow(r)
		switch {
		case why != "":
			errs = append(errs, kernel.FieldFault(field, "pipeline.row_"+strings.ReplaceAll(why, " ", "_"), r.name()))
		case r.Stage != Terminated && !t.Applies(r.Stage):
			errs = append(errs, kernel.FieldFault(field, "pipeline.row_stage_absent", r.name(), r.Stage.Label("zh")))
		case seen[key]:
			errs = append(errs, kernel.FieldFault(field, "pipeline.row_twice", r.name()))
		default:
			errs = append(errs, firstError(checkText(field, r.Zh, 100), checkText(field, r.En, 200), checkText(field, r.Source, 500)))
		}
		seen[key] = true
	}
	return errs
}

// name is the requirement's label, or its id while it has none.
func (r GateRow) name() string {
	if r.Zh != "" {
		return r.Zh
	}
	return r.ID
}

func (t Track) checkLimits() []error {
	var errs []error
	for i, l := range t.Limits {
		field := fmt.Sprintf("limits.%d", i)
		switch {
		case !t.Applies(l.From) || !t.Applies(l.To):
			errs = append(errs, kernel.FieldFault(field, "pipeline.limit_stage", l.Zh))
		case t.Position(l.From) >= t.Position(l.To):
			errs = append(errs, kernel.FieldFault(field, "pipeline.limit_order", t.Label(l.From, "zh"), t.Label(l.To, "zh")))
		case l.Days < 1 || l.Days > maxLimitDays:
			errs = append(errs, kernel.FieldFault(field, "pipeline.limit_days", l.Days, maxLimitDays))
		case !slices.Contains(LimitUnits(), l.Unit):
			errs = append(errs, kernel.FieldFault(field, "pipeline.not_a_choice", l.Unit, strings.Join(LimitUnits(), ", ")))
		case l.MinFen < 0 || l.MaxFen < 0 || l.MaxFen != 0 && l.MaxFen <= l.MinFen || l.MinFen > maxInvestment || l.MaxFen > maxInvestment:
			errs = append(errs, kernel.FieldFault(field, "pipeline.limit_band"))
		case !slices.Contains([]string{"", "build", "no_build"}, l.Applies):
			errs = append(errs, kernel.FieldFault(field, "pipeline.not_a_choice", l.Applies, "build, no_build"))
		case strings.TrimSpace(l.Zh) == "" || strings.TrimSpace(l.En) == "":
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_no_label"))
		case strings.TrimSpace(l.Source) == "":
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_no_source"))
		case !l.ValidFrom.Known() || !l.ValidFrom.Valid() || !l.ValidTo.Valid() || l.ValidTo.Before(l.ValidFrom):
			errs = append(errs, kernel.FieldFault(field, "pipeline.track_term", string(l.ValidFrom)))
		default:
			errs = append(errs, firstError(checkText(field, l.Zh, 100), checkText(field, l.En, 200), checkText(field, l.Source, 500)))
		}
	}
	return errs
}
