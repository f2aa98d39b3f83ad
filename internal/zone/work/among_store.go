package work

import (
	"context"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Among returns those of the activities ids that the context's actor may read,
// by id: for figures of a higher storey that name their records.
func Among(ctx context.Context, tx store.Tx, gate *access.Gate, ids []string) (may map[string]Activity, err error) {
	defer kernel.Wrap(&err, "work.Among(%d activities)", len(ids))
	may = map[string]Activity{}
	if len(ids) == 0 || gate.Require(ctx, "work.read") != nil {
		return may, nil
	}
	for part := range slices.Chunk(ids, 400) {
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.in("id", part)
		readable, args, err := gate.Filter(ctx, tx, "work.read", "Activity", "", len(w.args)+1)
		if err != nil {
			return nil, err
		}
		err = store.Each(ctx, tx, w.tail()+" AND "+readable, append(w.args, args...), func(a Activity) error {
			may[a.ID] = a
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return may, nil
}

// About adds to about those of subjects ("pipeline.project/<id>") that tasks or
// notes are about: for a higher storey that would drop one of them.
func About(ctx context.Context, tx store.Tx, subjects []string, about map[string]bool) (err error) {
	defer kernel.Wrap(&err, "work.About(%d subjects)", len(subjects))
	for part := range slices.Chunk(subjects, 400) {
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.in("subject", part)
		err := store.Each(ctx, tx, w.tail(), w.args, func(t Task) error {
			about[t.Subject] = true
			return nil
		})
		if err != nil {
			return err
		}
		err = store.Each(ctx, tx, w.tail(), w.args, func(n Note) error {
			about[n.Subject] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
