package work

import (
	"context"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// definition is a dictionary row as policies see it: the zone's, kept by the
// actor.
func definition(ctx context.Context, id string) access.Resource {
	actor := kernel.ActorOf(ctx)
	return access.Resource{Type: "Definition", ID: id, Unit: actor.Unit, Owner: actor.ID}
}

// AllMethods returns every method of the zone.
func (d *Desk) AllMethods(ctx context.Context) (list []Method, err error) {
	defer kernel.Wrap(&err, "work.AllMethods")
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		list, err = Methods(ctx, tx)
		return err
	})
	return list, err
}

// SetMethod adds a method (id and version empty) or changes one: its words, or
// the day it ends. Its id stays.
func (d *Desk) SetMethod(ctx context.Context, id string, version int64, f MethodFacts) (m Method, err error) {
	defer kernel.Wrap(&err, "work.SetMethod(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.define"); err != nil {
		return m, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		all, err := Methods(ctx, tx)
		if err != nil {
			return err
		}
		m = Method{ID: kernel.NewID(tx.Now)}
		if id != "" {
			at := slices.IndexFunc(all, func(x Method) bool { return x.ID == id })
			if at < 0 {
				return kernel.Faultf(kernel.ErrNotFound, "work.method_not_found")
			}
			m = all[at]
		}
		if err := d.cfg.Gate.Allow(ctx, tx, "work.define", definition(ctx, m.ID)); err != nil {
			return err
		}
		if m.Version != version {
			return kernel.Faultf(kernel.ErrStale, "work.definition_stale")
		}
		if m, err = f.apply(m, today(tx)); err != nil {
			return err
		}
		if slices.ContainsFunc(all, func(x Method) bool {
			return x.ID != m.ID && fold(x.Zh) == fold(m.Zh) && x.InForce(kernel.Date(m.ValidFrom))
		}) {
			return kernel.FieldFault("zh", "work.method_twice", m.Zh)
		}
		m.Zone, m.Version, m.UpdatedAt = tx.Zone, m.Version+1, tx.Now.UnixMilli()
		return record(ctx, tx, journal.Act{Verb: "work.method_set", Object: m.object(), Detail: map[string]any{"method": m.ID, "zh": m.Zh, "valid_to": m.ValidTo}, Changes: []journal.Change{journal.Put(m)}})
	})
	return m, err
}

// AllCampaigns returns every campaign of the zone.
func (d *Desk) AllCampaigns(ctx context.Context) (list []Campaign, err error) {
	defer kernel.Wrap(&err, "work.AllCampaigns")
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		list, err = Campaigns(ctx, tx)
		return err
	})
	return list, err
}

// SetCampaign adds a campaign (id and version empty) or changes one.
func (d *Desk) SetCampaign(ctx context.Context, id string, version int64, f CampaignFacts) (c Campaign, err error) {
	defer kernel.Wrap(&err, "work.SetCampaign(%q)", id)
	if err := d.cfg.Gate.Require(ctx, "work.define"); err != nil {
		return c, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		c = Campaign{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Unit: kernel.ActorOf(ctx).Unit, CreatedAt: tx.Now.UnixMilli()}
		if id != "" {
			if c, err = getCampaign(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := d.cfg.Gate.Allow(ctx, tx, "work.define", definition(ctx, c.ID)); err != nil {
			return err
		}
		if c.Version != version {
			return kernel.Faultf(kernel.ErrStale, "work.definition_stale")
		}
		if c, err = f.apply(c); err != nil {
			return err
		}
		if err := access.CheckUnit(ctx, tx, "unit", c.Unit); err != nil {
			return err
		}
		c.Version, c.UpdatedAt = c.Version+1, tx.Now.UnixMilli()
		return record(ctx, tx, journal.Act{Verb: "work.campaign_set", Object: c.object(), Detail: map[string]any{"campaign": c.ID, "name": c.Name, "until_on": c.UntilOn}, Changes: []journal.Change{journal.Put(c)}})
	})
	return c, err
}
