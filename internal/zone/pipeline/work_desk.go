package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/zone/work"
)

// broughtBy checks the activity, the method and the campaign that now, changed
// from was, names: they are counted by them, so they must be there, and the activity
// one that the caller may read: no operator counts a lead as a rival's. What was
// named before stays, also when it has ended since.
func (d *Desk) broughtBy(ctx context.Context, tx store.Tx, was, now Project) error {
	if now.Activity != was.Activity {
		if err := work.CheckActivity(ctx, tx, d.gate, now.Activity); err != nil {
			return err
		}
	}
	if now.Method != was.Method {
		if err := work.CheckMethod(ctx, tx, now.Method, today(tx)); err != nil {
			return err
		}
	}
	if now.Campaign != was.Campaign {
		return work.CheckCampaign(ctx, tx, now.Campaign, today(tx))
	}
	return nil
}
