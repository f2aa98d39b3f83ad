package intake

import (
	"context"
	"errors"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Profile is a mapping kept under a name for the next file of the same shape.
type Profile struct {
	ID        string   `json:"id,omitempty"`
	Kind      string   `json:"kind" minLength:"1" maxLength:"50"`
	Name      string   `json:"name" minLength:"1" maxLength:"100"`
	Settings  Settings `json:"settings"`
	Headers   []string `json:"headers" nullable:"false" maxItems:"1000" doc:"names of the columns the mapping was made for, in order"`
	Owner     string   `json:"owner,omitempty"`
	UpdatedAt int64    `json:"updated_at,omitempty"`
}

// profiles returns the zone's profiles of a kind ("" = all), newest first.
func (d *Desk) profiles(ctx context.Context, kind string) (rows []profileRow, err error) {
	err = d.DB.View(ctx, func(tx store.Tx) error {
		where, args, err := d.Gate.Filter(ctx, tx, "intake.read", "Profile", "", 3)
		if err != nil {
			return err
		}
		rows, err = store.Select[profileRow](ctx, tx, "WHERE zone = $1 AND ($2 = '' OR kind = $2) AND ("+where+") ORDER BY updated_at DESC, id",
			append([]any{tx.Zone, kind}, args...)...)
		return err
	})
	return rows, err
}

// Profiles returns the profiles of a kind ("" = all) that ctx's actor may read.
func (d *Desk) Profiles(ctx context.Context, kind string) (out []Profile, err error) {
	defer kernel.Wrap(&err, "intake.Profiles")
	rows, err := d.profiles(ctx, kind)
	out = []Profile{}
	for _, r := range rows {
		out = append(out, Profile{r.ID, r.Kind, r.Name, r.Settings, r.Headers, r.Owner, r.UpdatedAt})
	}
	return out, err
}

// SaveProfile keeps p, replacing the profile of the same kind and name.
func (d *Desk) SaveProfile(ctx context.Context, p Profile) (out Profile, err error) {
	defer kernel.Wrap(&err, "intake.SaveProfile(%q)", p.Name)
	kind, err := d.kind(p.Kind)
	if err != nil {
		return p, err
	}
	if err := d.may(ctx, "intake.run", kind); err != nil {
		return p, err
	}
	actor := kernel.ActorOf(ctx)
	err = d.DB.Update(ctx, func(tx store.Tx) error {
		row, err := store.Get[profileRow](ctx, tx, "zone = $1 AND kind = $2 AND name = $3", tx.Zone, p.Kind, p.Name)
		if errors.Is(err, kernel.ErrNotFound) {
			row, err = profileRow{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Kind: p.Kind, Name: p.Name, Unit: actor.Unit, Owner: actor.ID}, nil
		}
		if err != nil {
			return err
		}
		res := resource(row.ID, row.Unit, row.Owner)
		res.Type = "Profile"
		if err := d.Gate.Allow(ctx, tx, "intake.run", res); err != nil {
			return err
		}
		row.Settings, row.Headers, row.UpdatedAt = p.Settings, p.Headers, tx.Now.UnixMilli()
		out = Profile{row.ID, row.Kind, row.Name, row.Settings, row.Headers, row.Owner, row.UpdatedAt}
		if _, err := journal.Record(ctx, tx, journal.Act{Verb: "intake.profile_saved", Object: "intake.profile/" + row.ID, Detail: map[string]any{"name": p.Name, "kind": p.Kind}}); err != nil {
			return err
		}
		return store.Put(ctx, tx, row)
	})
	return out, err
}
