package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// loadDefinitions returns the versions of every definition of kind, by id, the
// newest of each first.
func loadDefinitions(ctx context.Context, tx store.Tx, kind string) ([]Definition, error) {
	return store.Select[Definition](ctx, tx, "WHERE zone = $1 AND kind = $2 ORDER BY id, version DESC", tx.Zone, kind)
}

// loadVersions returns the versions of definition id of kind, the newest first.
func loadVersions(ctx context.Context, tx store.Tx, kind, id string) ([]Definition, error) {
	return store.Select[Definition](ctx, tx, "WHERE zone = $1 AND kind = $2 AND id = $3 ORDER BY version DESC", tx.Zone, kind, id)
}

// definitionsOn returns the version of each definition of kind in force on day;
// of several, the newest. id narrows to one; "" is all.
func definitionsOn(ctx context.Context, tx store.Tx, kind, id string, day kernel.Date) ([]Definition, error) {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.add("kind = ?", kind)
	if id != "" {
		w.add("id = ?", id)
	}
	w.add("valid_from <= ?", string(day))
	w.add("(valid_to = '' OR valid_to >= ?)", string(day))
	rows, err := store.Select[Definition](ctx, tx, w.tail()+" ORDER BY id, version DESC", w.args...)
	if err != nil {
		return nil, err
	}
	var out []Definition
	for _, r := range rows {
		if len(out) == 0 || out[len(out)-1].ID != r.ID {
			out = append(out, r)
		}
	}
	return out, nil
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
