package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// ProjectShares is how the credit for a project is shared, with the rule that
// holds today.
type ProjectShares struct {
	ShareSet
	Version   int64 // of the project: shares change with it
	Rule      ShareRule
	Frozen    bool              // no more changes
	UnitNames map[string]string // by unit id
	Gone      map[string]bool   // accounts that are disabled or no more
}

// Shares returns how the credit for project id is shared.
func (d *Desk) Shares(ctx context.Context, id string) (out ProjectShares, err error) {
	defer kernel.Wrap(&err, "pipeline.Shares(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return out, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id, "pipeline.read")
		if err != nil {
			return err
		}
		set, err := loadShares(ctx, tx, id)
		if err == nil {
			out, err = d.sharesOf(ctx, tx, k, set)
		}
		return err
	})
	return out, err
}

// SetShares replaces how the credit for project id is shared.
func (d *Desk) SetShares(ctx context.Context, id string, version int64, o ShareOrder) (out ProjectShares, err error) {
	k, err := d.change(ctx, id, version, "pipeline.share", func(tx store.Tx, k *Docket) (outcome, error) {
		was, err := loadShares(ctx, tx, id)
		if err != nil {
			return outcome{}, err
		}
		rules, err := d.protections(ctx, tx)
		if err != nil {
			return outcome{}, err
		}
		people, err := members(ctx, tx, o)
		if err != nil {
			return outcome{}, err
		}
		actor := kernel.ActorOf(ctx)
		rows, err := decideShares(rules.on(today(tx)).Shares, k.Project, was.Rows, o, people, actor.Lang)
		if err != nil {
			return outcome{}, err
		}
		now := was
		now.Rows, now.Reason, now.SetAt, now.SetBy, now.SetByName, now.Version = rows, o.Reason, tx.Now.UnixMilli(), actor.ID, actor.Name, was.Version+1
		if out, err = d.sharesOf(ctx, tx, k, now); err != nil {
			return outcome{}, err
		}
		return outcome{act: journal.Act{Verb: "pipeline.shares_set", Reason: o.Reason, Detail: map[string]any{"from": was.Rows, "to": rows}, Changes: []journal.Change{journal.Put(now)}}}, nil
	})
	if err == nil {
		out.Version = k.Project.Version
	}
	return out, err
}

// members looks up the accounts o names.
func members(ctx context.Context, tx store.Tx, o ShareOrder) (map[string]member, error) {
	people := map[string]member{}
	if len(o.Rows) > maxShares {
		return people, nil // refused before anybody is looked at
	}
	for _, e := range o.Rows {
		if _, seen := people[e.Account]; seen {
			continue
		}
		a, err := access.GetAccount(ctx, tx, e.Account)
		if err != nil && !errors.Is(err, kernel.ErrNotFound) {
			return nil, err
		}
		people[e.Account] = member{a.Name, a.Unit, err == nil, a.Status == access.Active}
	}
	return people, nil
}

// sharesOf adds to set what the page shows beside it.
func (d *Desk) sharesOf(ctx context.Context, tx store.Tx, k *Docket, set ShareSet) (ProjectShares, error) {
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return ProjectShares{}, err
	}
	rule := rules.on(today(tx)).Shares
	out := ProjectShares{ShareSet: set, Version: k.Project.Version, Rule: rule, UnitNames: map[string]string{}, Gone: map[string]bool{},
		Frozen: k.Project.Stage.Final() || k.Project.Standing().Rank() >= rule.Until.Rank()}
	units, err := access.Units(ctx, tx)
	if err != nil {
		return out, err
	}
	for _, u := range units {
		out.UnitNames[u.ID] = u.Name(kernel.ActorOf(ctx).Lang)
	}
	order := ShareOrder{}
	for _, s := range set.Rows {
		order.Rows = append(order.Rows, ShareEntry{Account: s.Account})
	}
	people, err := members(ctx, tx, order)
	for id, m := range people {
		out.Gone[id] = !m.active
	}
	return out, err
}
