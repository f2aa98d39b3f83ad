package pipeline

import (
	"context"
	"errors"
	"slices"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// definitionsKey is under which the definitions of a kind are kept.
type definitionsKey struct{ kind string }

// loadDefinitions returns the versions of every definition of kind, by id, the
// newest of each first.
func loadDefinitions(ctx context.Context, tx store.Tx, kind string) ([]Definition, error) {
	all, err := store.Derive(tx, definitionsKey{kind}, func() ([]Definition, error) {
		return store.Select[Definition](ctx, tx, "WHERE zone = $1 AND kind = $2 ORDER BY id, version DESC", tx.Zone, kind)
	})
	return slices.Clone(all), err
}

// loadVersions returns the versions of definition id of kind, the newest first.
func loadVersions(ctx context.Context, tx store.Tx, kind, id string) ([]Definition, error) {
	all, err := loadDefinitions(ctx, tx, kind)
	return slices.DeleteFunc(all, func(d Definition) bool { return d.ID != id }), err
}

// definitionsOn returns the version of each definition of kind in force on day;
// of several, the newest. id narrows to one; "" is all.
func definitionsOn(ctx context.Context, tx store.Tx, kind, id string, day kernel.Date) ([]Definition, error) {
	all, err := loadDefinitions(ctx, tx, kind)
	if err != nil {
		return nil, err
	}
	var out []Definition
	for _, d := range all {
		holds := d.ValidFrom <= string(day) && (d.ValidTo == "" || d.ValidTo >= string(day))
		if holds && (id == "" || d.ID == id) && (len(out) == 0 || out[len(out)-1].ID != d.ID) {
			out = append(out, d)
		}
	}
	return out, nil
}

// ownTracksKey is under which a zone's own pipelines are kept.
type ownTracksKey struct{}

// ownTracks returns every version of the zone's own pipelines, by id, for reading.
func ownTracks(ctx context.Context, tx store.Tx) (map[string][]Track, error) {
	return store.Derive(tx, ownTracksKey{}, func() (map[string][]Track, error) {
		rows, err := loadDefinitions(ctx, tx, TrackKind)
		own := map[string][]Track{}
		for _, row := range rows {
			t, err := trackFrom(row)
			if err != nil {
				return nil, err
			}
			own[t.ID] = append(own[t.ID], t)
		}
		return own, err
	})
}

// standingIn counts, by the stage they stand at, the projects of track id that
// are not at their end.
func standingIn(ctx context.Context, tx store.Tx, id string) (out []standing, err error) {
	defer kernel.Wrap(&err, "pipeline.standingIn(%s)", id)
	w := &where{}
	w.add("zone = ?", tx.Zone)
	ids := []string{id}
	if id == GeneralTrack {
		ids = append(ids, "")
	}
	w.in("track", ids)
	if id != GeneralTrack {
		w.add("track <> ''") // the index is of those that have one
	}
	w.add("stage NOT IN (?, ?)", string(Lost), string(Terminated))
	rows, err := tx.QueryContext(ctx, "SELECT stage, prior, count(*) FROM pipeline_projects "+w.tail()+" GROUP BY stage, prior ORDER BY stage, prior", w.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p Project
		var n int64
		if err := rows.Scan(&p.Stage, &p.Prior, &n); err != nil {
			return nil, err
		}
		out = append(out, standing{p.Standing(), n})
	}
	return out, rows.Err()
}
