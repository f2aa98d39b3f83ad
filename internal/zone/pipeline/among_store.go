package pipeline

import (
	"context"
	"errors"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Among returns those of the projects ids that the context's actor may read:
// for figures of a higher storey that name their records.
func Among(ctx context.Context, tx store.Tx, gate *access.Gate, ids []string) (may map[string]bool, err error) {
	defer kernel.Wrap(&err, "pipeline.Among(%d projects)", len(ids))
	may = map[string]bool{}
	for part := range slices.Chunk(ids, 400) {
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.in("id", part)
		readable, args, err := gate.Filter(ctx, tx, "pipeline.read", "Project", "", len(w.args)+1)
		if err != nil {
			return nil, err
		}
		if err := eachID(ctx, tx, w.tail()+" AND "+readable, append(w.args, args...), may); err != nil {
			return nil, err
		}
	}
	return may, nil
}

func eachID(ctx context.Context, tx store.Tx, tail string, args []any, into map[string]bool) (err error) {
	rows, err := tx.QueryContext(ctx, "SELECT id FROM pipeline_projects "+tail, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		into[id] = true
	}
	return rows.Err()
}

// Several returns the projects ids, by id, without asking who reads them: pass
// what Among has let through. At most a page of them.
func Several(ctx context.Context, tx store.Tx, ids []string) (found map[string]Project, err error) {
	defer kernel.Wrap(&err, "pipeline.Several(%d projects)", len(ids))
	found = map[string]Project{}
	if len(ids) == 0 {
		return found, nil
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("id", ids)
	err = store.Each(ctx, tx, w.tail(), w.args, func(p Project) error {
		found[p.ID] = p
		return nil
	})
	return found, err
}

// ReckonerOf returns what the zone's clocks are reckoned by, for figures of a
// higher storey: a stage a pipeline leaves out leaves the denominator, and a
// span is in time by the limit of its pipeline.
func (d *Desk) ReckonerOf(ctx context.Context, tx store.Tx) (Reckoner, error) {
	return d.reckoner(ctx, tx)
}
