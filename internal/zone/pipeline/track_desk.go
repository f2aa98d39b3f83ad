package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// tracksAt returns the tracks in force on day: the zone's own versions and,
// where it has none, those shipped with the program.
func (d *Desk) tracksAt(ctx context.Context, tx store.Tx, day kernel.Date) (ts Tracks, err error) {
	defer kernel.Wrap(&err, "pipeline.tracksAt(%s)", day)
	rows, err := definitionsOn(ctx, tx, TrackKind, "", day)
	if err != nil {
		return nil, err
	}
	ts = slices.Clone(d.shipped)
	for _, row := range rows {
		t, err := trackFrom(row)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(ts, func(x Track) bool { return x.ID == t.ID }); i >= 0 {
			ts[i] = t
		} else {
			ts = append(ts, t)
		}
	}
	return ts, nil
}

// track returns the track id as in force on day; known is false when there is
// none.
func (d *Desk) track(ctx context.Context, tx store.Tx, id string, day kernel.Date) (t Track, known bool, err error) {
	defer kernel.Wrap(&err, "pipeline.track(%s, %s)", id, day)
	rows, err := definitionsOn(ctx, tx, TrackKind, id, day)
	if err != nil {
		return t, false, err
	}
	if len(rows) == 0 {
		t, known = d.shipped.Find(id)
		return t, known, nil
	}
	t, err = trackFrom(rows[0])
	return t, true, err
}

// trackOf returns the track p follows, as in force today.
func (d *Desk) trackOf(ctx context.Context, tx store.Tx, p Project) (Track, error) {
	t, known, err := d.track(ctx, tx, p.TrackID(), today(tx))
	if err == nil && !known {
		t, _, err = d.track(ctx, tx, GeneralTrack, today(tx))
	}
	return t.including(p.Standing()), err
}

// trackFrom reads the track a definition holds.
func trackFrom(row Definition) (t Track, err error) {
	defer kernel.Wrap(&err, "pipeline.trackFrom(%s, version %d)", row.ID, row.Version)
	err = json.Unmarshal(row.Body, &t)
	t.ID, t.Version, t.ValidFrom, t.ValidTo, t.Source = row.ID, row.Version, kernel.Date(row.ValidFrom), kernel.Date(row.ValidTo), row.Source
	return t, err
}

// follow settles which track k's project follows and what comes with it; f is
// what the caller stated, k.Track the track it followed so far, if any.
func (d *Desk) follow(ctx context.Context, tx store.Tx, k *Docket, f Facts) error {
	lang := kernel.ActorOf(ctx).Lang
	t, known, err := d.track(ctx, tx, k.Project.TrackID(), today(tx))
	if err != nil {
		return err
	}
	if !known {
		return kernel.FieldFault("track", "pipeline.unknown_track", k.Project.Track)
	}
	if err := decideTrack(k.Track, t, k.Project, lang); err != nil {
		return err
	}
	k.Track, k.Project.Track = t.including(k.Project.Standing()), t.ID
	k.Project, err = t.buildsAs(k.Project, f.Builds, lang)
	return err
}

// Vocabulary returns the general track in force and the stages known to any.
func (d *Desk) Vocabulary(ctx context.Context) (v Vocabulary, err error) {
	defer kernel.Wrap(&err, "pipeline.Vocabulary")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return v, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		ts, err := d.tracksAt(ctx, tx, today(tx))
		general, _ := ts.Find(GeneralTrack)
		v = Vocabulary{append(Stages(), ts.parts()...), general.Moves(), general.Gates, Papers(), Classes(), OtherEvidence}
		return err
	})
	return v, err
}
