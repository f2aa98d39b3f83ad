package grams

import (
	"context"
	"errors"
	"maps"
	"slices"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Check compares what an index says it holds with the texts of all rows.
type Check struct {
	index Index
	due   map[string]int64 // sums of the texts
}

// Add takes a row in; one that is not searched is passed over.
func (c *Check) Add(row store.Row) {
	t, searched := Of(row)
	if !searched {
		return
	}
	if c.due == nil {
		c.index, c.due = t.Index, map[string]int64{}
	}
	if t.Text != "" {
		c.due[t.ID] = sum(t.Text)
	}
}

// Wrong names the index and the ids, sorted, of rows that are not found by their
// text, and of what is found without being a row. An index that is not whole says
// nothing, and is not asked.
func (c *Check) Wrong(ctx context.Context, tx store.Tx) (index string, ids []string, err error) {
	defer kernel.Wrap(&err, "grams.Wrong(%s)", c.index.Name)
	if c.due == nil {
		return "", nil, nil
	}
	if _, whole, err := c.index.filled(ctx, tx); err != nil || !whole {
		return "", nil, err
	}
	kept, err := c.index.kept(ctx, tx)
	if err != nil {
		return "", nil, err
	}
	for id, due := range c.due {
		if is, found := kept[id]; found && is == due {
			delete(kept, id)
		} else {
			kept[id] = due
		}
	}
	return c.index.Name, slices.Sorted(maps.Keys(kept)), nil
}

// kept returns the sums of the texts that are fresh or else sealed, by id.
func (x Index) kept(ctx context.Context, tx store.Tx) (out map[string]int64, err error) {
	out = map[string]int64{}
	read := func(query string, add func(scan func(...any) error) error) (err error) {
		rows, err := tx.QueryContext(ctx, query, tx.Zone)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			if err := add(rows.Scan); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	err = read(`SELECT id, sum FROM `+x.Name+` WHERE zone = $1`, func(scan func(...any) error) error {
		var id string
		var sum int64
		err := scan(&id, &sum)
		out[id] = sum
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, read(`SELECT id, text FROM `+x.fresh()+` WHERE zone = $1`, func(scan func(...any) error) error {
		var id, text string
		err := scan(&id, &text)
		if out[id] = sum(text); text == "" {
			delete(out, id)
		}
		return err
	})
}
