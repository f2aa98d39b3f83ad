package scoreboard

import (
	"context"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// definitions returns every version of every definition the zone knows.
func definitions(ctx context.Context, tx store.Tx) ([]Definition, error) {
	own, err := ownVersions(ctx, tx)
	return versions(Definitions(), own), err
}

// AllDefinitions returns every version of every definition, the zone's own after
// the shipped ones, with the values of their parameters in their formulas.
func (d *Desk) AllDefinitions(ctx context.Context) (all []Definition, err error) {
	defer kernel.Wrap(&err, "scoreboard.AllDefinitions")
	if err := d.gate.Require(ctx, "scoreboard.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		all, err = definitions(ctx, tx)
		return err
	})
	for i := range all {
		all[i] = all[i].told()
	}
	return all, err
}

// Define settles the zone's next version of the definition of figure id, based
// on version latest. Periods that end on its first day or later are counted by
// it; those that ended before stay with the version of their day.
func (d *Desk) Define(ctx context.Context, id string, latest int64, o Order) (def Definition, err error) {
	defer kernel.Wrap(&err, "scoreboard.Define(%s)", id)
	if err := d.gate.Require(ctx, "scoreboard.define"); err != nil {
		return def, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		actor := kernel.ActorOf(ctx)
		if err := d.gate.Allow(ctx, tx, "scoreboard.define", access.Resource{Type: "Definition", ID: id, Unit: actor.Unit}); err != nil {
			return err
		}
		all, err := definitions(ctx, tx)
		if err != nil {
			return err
		}
		was, err := newest(all, id)
		if err != nil {
			return err
		}
		if was.Version != latest {
			return kernel.Faultf(kernel.ErrStale, "scoreboard.definition_stale")
		}
		if def, err = o.decide(was, kernel.DayOf(tx.Now.UnixMilli())); err != nil {
			return err
		}
		row := Version{Zone: tx.Zone, ID: id, Version: def.Version, ValidFrom: string(def.ValidFrom), Body: def.settings(), Source: def.Source, Reason: def.Reason,
			By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
		def = def.as(row).told()
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "scoreboard.definition_set", Object: DefinitionObject(id), Reason: row.Reason, Detail: def.changes(was), Changes: []journal.Change{journal.Put(row)}})
		return err
	})
	return def, err
}

// ReadableDefinition lets everybody who may see the scoreboard read how its
// definitions came about. It is a journal.Reader.
func (d *Desk) ReadableDefinition(ctx context.Context, _ store.Tx, _ string) error {
	return d.gate.Require(ctx, "scoreboard.read")
}
