package work

import (
	"context"
	"errors"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Methods returns every method of the zone, shipped ones first, ended ones too.
func Methods(ctx context.Context, tx store.Tx) ([]Method, error) {
	own, err := store.Select[Method](ctx, tx, "WHERE zone = $1 ORDER BY valid_from, id", tx.Zone)
	return merged(shippedMethods(), own), err
}

// Campaigns returns every campaign of the zone, the newest first.
func Campaigns(ctx context.Context, tx store.Tx) ([]Campaign, error) {
	return store.Select[Campaign](ctx, tx, "WHERE zone = $1 ORDER BY since_on DESC, id DESC", tx.Zone)
}

func getCampaign(ctx context.Context, tx store.Tx, id string) (Campaign, error) {
	c, err := store.Get[Campaign](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return c, known(err, "work.campaign_not_found")
}

// CheckMethod refuses, as a fault about the field method, one that does not
// exist or is not in use on day. "" passes: none.
func CheckMethod(ctx context.Context, tx store.Tx, id string, day kernel.Date) error {
	if id == "" {
		return nil
	}
	all, err := Methods(ctx, tx)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.ID == id && m.InForce(day) {
			return nil
		}
		if m.ID == id {
			return ended(methodField, m.Zh, m.ValidFrom, m.ValidTo)
		}
	}
	return kernel.FieldFault(methodField, "work.method_unknown")
}

// CheckCampaign is CheckMethod for a campaign.
func CheckCampaign(ctx context.Context, tx store.Tx, id string, day kernel.Date) error {
	if id == "" {
		return nil
	}
	c, err := getCampaign(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.FieldFault(campaignField, "work.campaign_unknown")
	}
	if err == nil && !inTerm(c.SinceOn, c.UntilOn, day) {
		return ended(campaignField, c.Name, c.SinceOn, c.UntilOn)
	}
	return err
}

// CheckActivity refuses, as a fault about the field activity, one that does not
// exist, was cancelled, or that the context's actor may not read: to them it is
// not there. "" passes: none.
func CheckActivity(ctx context.Context, tx store.Tx, gate *access.Gate, id string) error {
	if id == "" {
		return nil
	}
	a, err := GetActivity(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) || err == nil && (a.Status == Dropped || gate.Allow(ctx, tx, "work.read", a.resource()) != nil) {
		return kernel.FieldFault("activity", "work.activity_unknown")
	}
	return err
}
