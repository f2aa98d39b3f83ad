package views

import (
	"context"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Desk is where views are saved and found.
type Desk struct {
	db    *store.DB
	pages []string
}

// NewDesk returns a Desk for the lists named by pages.
func NewDesk(db *store.DB, pages ...string) *Desk { return &Desk{db, pages} }

// Listed is a view with the name of its owner.
type Listed struct {
	View
	OwnerName string
}

// List returns the caller's views of page in their order, then those colleagues
// share with the caller's department.
func (d *Desk) List(ctx context.Context, page string) (out []Listed, err error) {
	defer kernel.Wrap(&err, "views.List(%q)", page)
	if err := d.enter(ctx, page); err != nil {
		return nil, err
	}
	actor := kernel.ActorOf(ctx)
	err = d.db.View(ctx, func(tx store.Tx) error {
		own, err := ownOf(ctx, tx, actor.ID, page)
		if err != nil {
			return err
		}
		shared, err := sharedWith(ctx, tx, actor.Unit, actor.ID, page)
		if err != nil {
			return err
		}
		out, err = named(ctx, tx, slices.Concat(own, shared))
		return err
	})
	return out, err
}

// named adds the names of the owners.
func named(ctx context.Context, tx store.Tx, views []View) ([]Listed, error) {
	var owners []string
	for _, v := range views {
		owners = append(owners, v.Owner)
	}
	slices.Sort(owners)
	names, err := access.AccountNames(ctx, tx, slices.Compact(owners)...)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(views))
	for i, v := range views {
		out[i] = Listed{v, names[v.Owner]}
	}
	return out, nil
}

// enter refuses a page that has no views and a caller who must first secure the
// own account.
func (d *Desk) enter(ctx context.Context, page string) error {
	switch kernel.ActorOf(ctx).Pending {
	case "":
	case "password":
		return kernel.Faultf(kernel.ErrDenied, "access.password_first")
	default:
		return kernel.Faultf(kernel.ErrDenied, "access.totp_first")
	}
	if page != "" && !slices.Contains(d.pages, page) {
		return kernel.FieldFault("page", "views.unknown_page", page, strings.Join(d.pages, ", "))
	}
	return nil
}

// Save keeps a new view of page for the caller, behind the caller's others.
func (d *Desk) Save(ctx context.Context, page string, draft Draft) (out Listed, err error) {
	defer kernel.Wrap(&err, "views.Save(%q)", page)
	if err := d.enter(ctx, page); err != nil {
		return out, err
	}
	actor := kernel.ActorOf(ctx)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		own, err := ownOf(ctx, tx, actor.ID, page)
		if err != nil {
			return err
		}
		if len(own) >= maxOwn {
			return kernel.Faultf(kernel.ErrConflict, "views.too_many", maxOwn)
		}
		v := draft.apply(View{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Owner: actor.ID, Page: page, Unit: actor.Unit, Position: last(own) + 1, CreatedAt: tx.Now.UnixMilli()})
		act := journal.Act{Verb: "views.saved", Detail: map[string]any{"page": page, "shared": v.Shared}}
		out, err = keep(ctx, tx, v, own, act)
		return err
	})
	return out, err
}

// Change gives the caller's view id another name, query, place or audience.
// version is the one the change is based on.
func (d *Desk) Change(ctx context.Context, id string, version int64, draft Draft) (out Listed, err error) {
	defer kernel.Wrap(&err, "views.Change(%s)", id)
	if err := d.enter(ctx, ""); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		v, err := owned(ctx, tx, id)
		if err != nil {
			return err
		}
		if v.Version != version {
			return kernel.Faultf(kernel.ErrStale, "views.stale")
		}
		own, err := ownOf(ctx, tx, v.Owner, v.Page)
		if err != nil {
			return err
		}
		v = draft.apply(v)
		v.Unit = kernel.ActorOf(ctx).Unit
		act := journal.Act{Verb: "views.changed", Detail: map[string]any{"page": v.Page, "shared": v.Shared}}
		out, err = keep(ctx, tx, v, own, act)
		return err
	})
	return out, err
}

// keep checks and records v; when it becomes the default, the one that was
// ceases to be.
func keep(ctx context.Context, tx store.Tx, v View, own []View, act journal.Act) (Listed, error) {
	if err := v.check(own); err != nil {
		return Listed{}, err
	}
	v.Version, v.UpdatedAt = v.Version+1, tx.Now.UnixMilli()
	act.Object, act.Changes = Object(v.ID), []journal.Change{journal.Put(v)}
	for _, o := range own {
		if v.Default && o.Default && o.ID != v.ID {
			o.Default, o.Version, o.UpdatedAt = false, o.Version+1, tx.Now.UnixMilli()
			act.Changes = append(act.Changes, journal.Put(o))
		}
	}
	if _, err := journal.Record(ctx, tx, act); err != nil {
		return Listed{}, err
	}
	all, err := named(ctx, tx, []View{v})
	if err != nil {
		return Listed{}, err
	}
	return all[0], nil
}

// Remove deletes the caller's view id.
func (d *Desk) Remove(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "views.Remove(%s)", id)
	if err := d.enter(ctx, ""); err != nil {
		return err
	}
	return d.db.Update(ctx, func(tx store.Tx) error {
		v, err := owned(ctx, tx, id)
		if err != nil {
			return err
		}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "views.removed", Object: Object(id), Detail: map[string]any{"page": v.Page}, Changes: []journal.Change{journal.Drop(v)}})
		return err
	})
}

// owned returns view id if it is the caller's own; one that is only shared with
// the caller is refused.
func owned(ctx context.Context, tx store.Tx, id string) (View, error) {
	actor := kernel.ActorOf(ctx)
	v, err := visible(ctx, tx, id, actor.ID, actor.Unit)
	if err == nil && v.Owner != actor.ID {
		return View{}, kernel.Faultf(kernel.ErrDenied, "views.not_own")
	}
	return v, err
}
