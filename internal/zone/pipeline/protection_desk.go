package pipeline

import (
	"context"
	"encoding/json"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// protections are the rules of 首报首谈 the zone knows.
func (d *Desk) protections(ctx context.Context, tx store.Tx) (rules Protections, err error) {
	defer kernel.Wrap(&err, "pipeline.protections")
	rows, err := loadVersions(ctx, tx, ProtectionKind, protectionID)
	if err != nil {
		return nil, err
	}
	rules = append(rules, shippedProtections()...)
	for _, row := range rows {
		var p Protection
		if err := json.Unmarshal(row.Body, &p); err != nil {
			return nil, err
		}
		p.ValidFrom, p.ValidTo, p.Source, p.Version = kernel.Date(row.ValidFrom), kernel.Date(row.ValidTo), row.Source, row.Version
		rules = append(rules, p)
	}
	return rules, nil
}

// Protection returns the rule in force today and those the zone has set.
func (d *Desk) Protection(ctx context.Context) (inForce Protection, all Protections, err error) {
	defer kernel.Wrap(&err, "pipeline.Protection")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return inForce, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if all, err = d.protections(ctx, tx); err == nil {
			inForce = all.on(today(tx))
		}
		return err
	})
	return inForce, all, err
}

// SetProtection sets the zone's rule from a day on. Reports on record keep the
// rule they were filed under.
func (d *Desk) SetProtection(ctx context.Context, o ProtectionOrder) (p Protection, err error) {
	defer kernel.Wrap(&err, "pipeline.SetProtection")
	if err := d.gate.Require(ctx, "pipeline.define"); err != nil {
		return p, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if err := d.gate.Allow(ctx, tx, "pipeline.define", access.Resource{Type: "Definition", ID: protectionID}); err != nil {
			return err
		}
		if err := o.checkOrder(today(tx)); err != nil {
			return err
		}
		if err := access.CheckUnit(ctx, tx, "coordinator", o.Coordinator); err != nil {
			return err
		}
		if o.Coordinator != "" {
			if u, err := access.GetUnit(ctx, tx, o.Coordinator); err != nil || u.Kind != access.Department {
				return kernel.FieldFault("coordinator", "pipeline.rule_coordinator")
			}
		}
		rules, err := d.protections(ctx, tx)
		if err != nil {
			return err
		}
		p = o.Protection
		p.Version = 1
		for _, r := range rules {
			p.Version = max(p.Version, r.Version+1)
		}
		body, err := json.Marshal(p)
		if err != nil {
			return err
		}
		actor := kernel.ActorOf(ctx)
		row := Definition{Zone: tx.Zone, Kind: ProtectionKind, ID: protectionID, Version: p.Version, ValidFrom: string(p.ValidFrom), ValidTo: string(p.ValidTo), Body: body,
			Source: p.Source, Reason: o.Reason, By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "pipeline.protection_set", Object: DefinitionObject(ProtectionKind, protectionID), Reason: o.Reason,
			Detail: map[string]any{"version": p.Version, "valid_from": p.ValidFrom}, Changes: []journal.Change{journal.Put(row)}})
		return err
	})
	return p, err
}
