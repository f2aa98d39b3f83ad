package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// tracksAt returns the tracks in force on day: the zone's own versions and,
// where it has none, those shipped with the program.
func (d *Desk) tracksAt(ctx context.Context, tx store.Tx, day kernel.Date) (ts Tracks, err error) {
	defer kernel.Wrap(&err, "pipeline.tracksAt(%s)", day)
	ts, err = store.Derive(tx, tracksOn{d, day}, func() (Tracks, error) { return d.readTracks(ctx, tx, day) })
	return slices.Clone(ts), err
}

// tracksOn is by what the tracks of a day are kept in memory.
type tracksOn struct {
	desk *Desk
	day  kernel.Date
}

func (d *Desk) readTracks(ctx context.Context, tx store.Tx, day kernel.Date) (Tracks, error) {
	rows, err := definitionsOn(ctx, tx, TrackKind, "", day)
	if err != nil {
		return nil, err
	}
	ts := slices.Clone(d.shipped)
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

// withSteps adds to stages the steps that tracks have on day within them: who asks for
// 初判 means also what is being reviewed within it.
func (d *Desk) withSteps(ctx context.Context, tx store.Tx, stages []string, exact bool, day kernel.Date) ([]string, error) {
	if len(stages) == 0 || exact {
		return stages, nil
	}
	ts, err := d.tracksAt(ctx, tx, day)
	out := slices.Clone(stages)
	for _, s := range ts.parts() {
		if slices.Contains(stages, string(s.ID.Main())) && !slices.Contains(out, string(s.ID)) {
			out = append(out, string(s.ID))
		}
	}
	return out, err
}

// Tracks returns the tracks in force today and, after them, new ones that are
// settled for a later day.
func (d *Desk) Tracks(ctx context.Context) (ts Tracks, err error) {
	defer kernel.Wrap(&err, "pipeline.Tracks")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if ts, err = d.tracksAt(ctx, tx, today(tx)); err != nil {
			return err
		}
		rows, err := loadDefinitions(ctx, tx, TrackKind)
		for _, row := range rows {
			if _, known := ts.Find(row.ID); known {
				continue
			}
			t, err := trackFrom(row)
			if err != nil {
				return err
			}
			ts = append(ts, t)
		}
		return err
	})
	return ts, err
}

// FindTrack returns a version of track id (0: the one in force today, or the
// newest when none is yet) with the history of all.
func (d *Desk) FindTrack(ctx context.Context, id string, version int64) (f TrackFile, err error) {
	defer kernel.Wrap(&err, "pipeline.FindTrack(%s, %d)", id, version)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return f, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		rows, shipped, err := d.versions(ctx, tx, id)
		if err != nil {
			return err
		}
		f.History = history(rows, shipped)
		f.Latest = f.History[0].Version
		if version == 0 {
			t, known, err := d.track(ctx, tx, id, today(tx))
			if err != nil || known {
				f.Track = t
				return err
			}
			version = f.Latest
		}
		return f.pick(rows, shipped, version)
	})
	return f, err
}

// pick puts version into f.
func (f *TrackFile) pick(rows []Definition, shipped *Track, version int64) (err error) {
	if shipped != nil && shipped.Version == version {
		f.Track = *shipped
		return nil
	}
	i := slices.IndexFunc(rows, func(r Definition) bool { return r.Version == version })
	if i < 0 {
		return kernel.Faultf(kernel.ErrNotFound, "pipeline.track_not_found")
	}
	f.Track, err = trackFrom(rows[i])
	return err
}

// versions returns the zone's own versions of track id, newest first, and the
// shipped one; a track that has neither is not found.
func (d *Desk) versions(ctx context.Context, tx store.Tx, id string) ([]Definition, *Track, error) {
	rows, err := loadVersions(ctx, tx, TrackKind, id)
	if err != nil {
		return nil, nil, err
	}
	if t, ok := d.shipped.Find(id); ok {
		return rows, &t, nil
	}
	if len(rows) == 0 {
		return nil, nil, kernel.Faultf(kernel.ErrNotFound, "pipeline.track_not_found")
	}
	return rows, nil, nil
}

// OpenTrack settles a track the zone did not have.
func (d *Desk) OpenTrack(ctx context.Context, id string, o TrackOrder) (TrackFile, error) {
	return d.settleTrack(ctx, id, 0, o)
}

// DefineTrack settles a new version of track id, based on version latest. From
// its day on it judges what happens; what happened before is left to the version
// of its day. A stage at which projects stand cannot be left out.
func (d *Desk) DefineTrack(ctx context.Context, id string, latest int64, o TrackOrder) (TrackFile, error) {
	return d.settleTrack(ctx, id, latest, o)
}

func (d *Desk) settleTrack(ctx context.Context, id string, latest int64, o TrackOrder) (f TrackFile, err error) {
	defer kernel.Wrap(&err, "pipeline.settleTrack(%s)", id)
	if err := d.gate.Require(ctx, "pipeline.define"); err != nil {
		return f, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if err := d.mayDefine(ctx, tx, TrackKind, id); err != nil {
			return err
		}
		rows, shipped, err := d.versions(ctx, tx, id)
		var was Track
		switch {
		case latest == 0 && err == nil:
			return kernel.FieldFault("id", "pipeline.track_exists", id)
		case latest == 0 && !errors.Is(err, kernel.ErrNotFound) || latest != 0 && err != nil:
			return err
		case latest != 0:
			if f.Latest = history(rows, shipped)[0].Version; f.Latest != latest {
				return kernel.Faultf(kernel.ErrStale, "pipeline.track_stale")
			}
			if err := f.pick(rows, shipped, latest); err != nil {
				return err
			}
			was = f.Track
		}
		t, err := o.decide(id, latest+1, today(tx))
		if err != nil {
			return err
		}
		at, err := standingIn(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := t.decideDropped(was, at, kernel.ActorOf(ctx).Lang); err != nil {
			return err
		}
		made, err := d.recordTrack(ctx, tx, was, t, rows, o.Reason)
		f = TrackFile{t, t.Version, history(append([]Definition{made}, closed(rows, t.ValidFrom)...), shipped)}
		return err
	})
	return f, err
}

// mayDefine checks that the caller may settle definition id of kind.
func (d *Desk) mayDefine(ctx context.Context, tx store.Tx, kind, id string) error {
	return d.gate.Allow(ctx, tx, "pipeline.define", access.Resource{Type: "Definition", ID: kind + "." + id, Unit: kernel.ActorOf(ctx).Unit})
}

// closed ends the term of each of rows that would run on from day.
func closed(rows []Definition, day kernel.Date) []Definition {
	out := slices.Clone(rows)
	for i, r := range out {
		if r.ValidTo == "" || !kernel.Date(r.ValidTo).Before(day) {
			out[i].ValidTo = string(day.AddDays(-1))
		}
	}
	return out
}

// recordTrack writes t as the newest version and ends the terms of the others.
func (d *Desk) recordTrack(ctx context.Context, tx store.Tx, was, t Track, rows []Definition, reason string) (Definition, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return Definition{}, err
	}
	actor := kernel.ActorOf(ctx)
	row := Definition{Zone: tx.Zone, Kind: TrackKind, ID: t.ID, Version: t.Version, ValidFrom: string(t.ValidFrom), Body: body, Source: t.Source,
		Reason: strings.TrimSpace(reason), By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
	act := journal.Act{Verb: "pipeline.track_defined", Object: DefinitionObject(TrackKind, t.ID), Reason: row.Reason, Detail: t.changeFrom(was), Changes: []journal.Change{journal.Put(row)}}
	for i, r := range closed(rows, t.ValidFrom) {
		if r.ValidTo != rows[i].ValidTo {
			act.Changes = append(act.Changes, journal.Put(r))
		}
	}
	_, err = journal.Record(ctx, tx, act)
	return row, err
}

// ReadableDefinition lets everybody who may read projects read how the zone's
// definitions came about. It is a journal.Reader.
func (d *Desk) ReadableDefinition(ctx context.Context, _ store.Tx, _ string) error {
	return d.gate.Require(ctx, "pipeline.read")
}
