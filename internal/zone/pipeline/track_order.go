package pipeline

import (
	"slices"
	"strings"

	"sente/internal/kernel"
)

// TrackOrder is what a zone settles about a track: everything a version of it
// holds, the day it comes into force, and why.
type TrackOrder struct {
	Zh        string       `json:"zh"`
	En        string       `json:"en"`
	MeaningZh string       `json:"meaning_zh,omitempty"`
	MeaningEn string       `json:"meaning_en,omitempty"`
	Platform  string       `json:"platform,omitempty" doc:"the playbook's platform it is for"`
	Builds    string       `json:"builds,omitempty" enum:",build,no_build"`
	Stages    []TrackStage `json:"stages" doc:"in the order in which a project passes them, the lead first"`
	Absent    []Absence    `json:"absent,omitempty" doc:"stages that do not apply, with the reason"`
	Gates     []GateRow    `json:"gates,omitempty"`
	Limits    []Limit      `json:"limits,omitempty"`
	ValidFrom kernel.Date  `json:"valid_from" doc:"YYYY-MM-DD, today or later: the past is judged by the version of its day"`
	Source    string       `json:"source" doc:"where the practice was seen, or that the zone set it"`
	Reason    string       `json:"reason" doc:"why it is settled or changed"`
}

// track is the version the order makes of track id, its lists never nil.
func (o TrackOrder) track(id string, version int64) Track {
	return Track{ID: id, Version: version, Zh: strings.TrimSpace(o.Zh), En: strings.TrimSpace(o.En), MeaningZh: strings.TrimSpace(o.MeaningZh), MeaningEn: strings.TrimSpace(o.MeaningEn),
		Platform: o.Platform, Builds: o.Builds, Stages: orEmpty(o.Stages), Absent: orEmpty(o.Absent), Gates: orEmpty(o.Gates), Limits: orEmpty(o.Limits),
		ValidFrom: o.ValidFrom, Source: strings.TrimSpace(o.Source)}
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// decide returns the version the order makes of track id on day.
func (o TrackOrder) decide(id string, version int64, day kernel.Date) (Track, error) {
	t := o.track(id, version)
	if err := t.check(); err != nil {
		return t, err
	}
	if t.ValidFrom.Before(day) {
		return t, kernel.FieldFault("valid_from", "pipeline.track_from_past", string(t.ValidFrom), string(day))
	}
	if strings.TrimSpace(o.Reason) == "" {
		return t, kernel.FieldFault("reason", "pipeline.no_reason")
	}
	return t, checkText("reason", o.Reason, 500)
}

// standing counts projects that stand, or stood before they were shelved, at
// one stage.
type standing struct {
	stage Stage
	count int64
}

// decideDropped refuses a version without a stage at which projects stand: they
// would be nowhere. was names the stages so far.
func (t Track) decideDropped(was Track, at []standing, lang string) error {
	for _, s := range at {
		if !t.Applies(s.stage) {
			return kernel.FieldFault("stages", "pipeline.track_stage_in_use", was.Label(s.stage, lang), s.count)
		}
	}
	return nil
}

// TrackChange tells what a version changed, for the timeline.
type TrackChange struct {
	Version   int64       `json:"version"`
	ValidFrom kernel.Date `json:"valid_from"`
	Added     []Stage     `json:"added"`
	Dropped   []Stage     `json:"dropped"`
	Gates     int         `json:"gates"`  // rows now
	Limits    int         `json:"limits"` // rows now
}

func (t Track) changeFrom(was Track) TrackChange {
	c := TrackChange{Version: t.Version, ValidFrom: t.ValidFrom, Added: []Stage{}, Dropped: []Stage{}, Gates: len(t.Gates), Limits: len(t.Limits)}
	for _, s := range t.Chain() {
		if !was.Applies(s) {
			c.Added = append(c.Added, s)
		}
	}
	for _, s := range was.Chain() {
		if !t.Applies(s) {
			c.Dropped = append(c.Dropped, s)
		}
	}
	return c
}

// TrackVersion is one entry in the history of a track.
type TrackVersion struct {
	Version    int64       `json:"version"`
	ValidFrom  kernel.Date `json:"valid_from"`
	ValidTo    kernel.Date `json:"valid_to" doc:"last day in force; empty: open; before valid_from: replaced before it came into force"`
	Shipped    bool        `json:"shipped" doc:"came with the program"`
	Source     string      `json:"source"`
	Reason     string      `json:"reason"`
	ByName     string      `json:"by_name"`
	RecordedAt int64       `json:"recorded_at" doc:"ms UTC; 0: shipped"`
}

// TrackFile is one version of a track with the history of all.
type TrackFile struct {
	Track
	Latest  int64          `json:"latest" doc:"the newest version, which the next one follows"`
	History []TrackVersion `json:"history" doc:"newest first"`
}

// history lists the versions of a track: the zone's rows, newest first, then the
// one shipped with the program, if any.
func history(rows []Definition, shipped *Track) []TrackVersion {
	out := []TrackVersion{}
	var first kernel.Date // the first day judged by a version of the zone's own
	for _, r := range rows {
		v := TrackVersion{r.Version, kernel.Date(r.ValidFrom), kernel.Date(r.ValidTo), false, r.Source, r.Reason, r.ByName, r.RecordedAt}
		if !v.ValidTo.Before(v.ValidFrom) && (first == "" || v.ValidFrom.Before(first)) {
			first = v.ValidFrom
		}
		out = append(out, v)
	}
	if shipped != nil {
		v := TrackVersion{Version: shipped.Version, ValidFrom: shipped.ValidFrom, ValidTo: shipped.ValidTo, Shipped: true, Source: shipped.Source}
		if first != "" {
			v.ValidTo = first.AddDays(-1)
		}
		out = append(out, v)
	}
	slices.SortStableFunc(out, func(a, b TrackVersion) int { return int(b.Version - a.Version) })
	return out
}
