package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// shownBytes bounds what a process keeps of projects as lists show them.
const shownBytes = 24 << 20

// Shown is List with each project as the API's JSON: rows of a version that was
// shown before come from memory, the others from one further query. show says
// what the reader sees of a project without its names, sees which of its masked
// fields that is.
func (d *Desk) Shown(ctx context.Context, f Filter, sort string, after *Place, limit int, sees string, show func(Project) View) (items []json.RawMessage, next *Place, err error) {
	defer kernel.Wrap(&err, "pipeline.Shown")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, nil, err
	}
	s, err := parseSort(sort)
	if err != nil {
		return nil, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		rows, err := d.listed(ctx, tx, f, s, after, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			next, rows = &rows[limit-1].at, rows[:limit]
		}
		all, err := d.recall(ctx, tx, rows, sees, show)
		if err != nil {
			return err
		}
		items, err = withNames(ctx, tx, all)
		return err
	})
	return items, next, err
}

// listed returns at most limit rows of the list, each only named.
func (d *Desk) listed(ctx context.Context, tx store.Tx, f Filter, s sortBy, after *Place, limit int) ([]listed, error) {
	settled, err := d.settle(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	sight, plain, err := d.gate.Sight(ctx, tx, "pipeline.read", "Project")
	if err != nil {
		return nil, err
	}
	if plain && !sight.All && len(sight.Units)+len(sight.Owners) == 0 {
		return nil, nil
	}
	among, err := named(ctx, tx, settled)
	if err != nil {
		return nil, err
	}
	var parts []*where
	if plain && among == nil {
		parts = branches(tx.Zone, settled, sight)
	}
	if parts == nil {
		w, err := d.allowed(ctx, tx, "pipeline.read", settled, among)
		if err != nil {
			return nil, err
		}
		parts = []*where{w}
	} else if settled.walks(s) {
		ctx = context.WithoutCancel(ctx) // it reads little more than the page: watching for the end of the request costs more
	}
	return pageOf(ctx, tx, parts, s, after, limit)
}

// recall returns rows as they are shown, in their order.
func (d *Desk) recall(ctx context.Context, tx store.Tx, rows []listed, sees string, show func(Project) View) ([]shown, error) {
	out := make([]shown, len(rows))
	key := func(e edition) shownKey { return shownKey{tx.Zone, e, sees} }
	at := map[string]int{}
	var missed []string
	for i, l := range rows {
		kept, ok := d.shown.Get(key(l.edition))
		if out[i] = kept; !ok {
			at[l.id], missed = i, append(missed, l.id)
		}
	}
	for part := range slices.Chunk(missed, 200) {
		found, err := Several(ctx, tx, part)
		if err != nil {
			return nil, err
		}
		for id, p := range found {
			cut, err := cutOut(show(p))
			if err != nil {
				return nil, err
			}
			out[at[id]] = cut
			d.shown.Put(key(edition{id, p.Version, p.ReckonedAt}), cut)
		}
	}
	return out, nil
}

// withNames adds the names of departments and officials.
func withNames(ctx context.Context, tx store.Tx, all []shown) ([]json.RawMessage, error) {
	lang := kernel.ActorOf(ctx).Lang
	units, owners := spelt{}, spelt{}
	var ids []string
	size := 0
	for _, s := range all {
		if _, known := owners[s.owner]; !known && s.owner != "" {
			owners[s.owner], ids = nil, append(ids, s.owner)
		}
		units[s.unit] = nil
		size += len(s.head) + len(s.mid) + len(s.tail) + 128
	}
	list, err := access.Units(ctx, tx)
	if err != nil {
		return nil, err
	}
	accounts, err := access.AccountNames(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	for _, u := range list {
		if _, asked := units[u.ID]; asked {
			err = errors.Join(err, units.name(u.ID, u.Name(lang)))
		}
	}
	for id, name := range accounts {
		err = errors.Join(err, owners.name(id, name))
	}
	if err != nil {
		return nil, err
	}
	items, text := make([]json.RawMessage, len(all)), make([]byte, 0, size) // one piece of memory for all
	for i, s := range all {
		begun := len(text)
		text = s.appendTo(text, units.of(s.unit), owners.of(s.owner))
		items[i] = text[begun:len(text):len(text)]
	}
	return items, nil
}

// spelt are names as JSON, by id; nil for one that is not known.
type spelt map[string][]byte

func (n spelt) name(id, name string) (err error) {
	n[id], err = json.Marshal(name)
	return err
}

func (n spelt) of(id string) []byte {
	if text := n[id]; text != nil {
		return text
	}
	return []byte(`""`)
}
