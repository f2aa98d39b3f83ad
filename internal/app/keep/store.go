package keep

import (
	"context"
	"errors"
	"slices"

	"sente/internal/infra/backup"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// heads tells every zone of s with the head of its journal.
func heads(ctx context.Context, s store.Reading) (out []backup.Zone, err error) {
	zones, err := s.Zones(ctx)
	if err != nil {
		return nil, err
	}
	for _, z := range zones {
		tx, err := s.In(ctx, z.ID)
		if err != nil {
			return nil, err
		}
		h := backup.Zone{ID: z.ID, NameZh: z.NameZh, NameEn: z.NameEn}
		if h.Entries, err = store.Count(ctx, tx, `SELECT count(*) FROM journal_entries WHERE zone = $1`, z.ID); err != nil {
			return nil, err
		}
		c, err := journal.Head(ctx, tx)
		if err == nil {
			root, err := c.Root()
			if err != nil {
				return nil, err
			}
			h.Size, h.Root, h.Note = c.Size, root.String(), c.Note
		} else if !errors.Is(err, kernel.ErrNotFound) {
			return nil, err
		}
		out = append(out, h)
	}
	return out, nil
}

// count counts and sums up the rows of zones in shapes, except those of without.
func count(ctx context.Context, s store.Reading, zones []backup.Zone, shapes []store.Shape, without []string, progress func(rows int64)) (tables []backup.Table, t *tally, err error) {
	t = newTally()
	for _, z := range zones {
		for _, shape := range rest(shapes, without) {
			rows, look := backup.Count(z.ID, shape), t.watch(z.ID, shape)
			err := s.Rows(ctx, shape, z.ID, "", func(values []any) error {
				look(values)
				if t.rows%1000 == 0 {
					progress(t.rows)
				}
				return rows.Add(values)
			})
			if err != nil {
				return nil, nil, err
			}
			table, err := rows.End()
			if err != nil {
				return nil, nil, err
			}
			tables = append(tables, table)
		}
	}
	return tables, t, nil
}

// rest is shapes without those of the tables named.
func rest(shapes []store.Shape, without []string) (out []store.Shape) {
	for _, s := range shapes {
		if !slices.Contains(without, s.Table) {
			out = append(out, s)
		}
	}
	return out
}
