package access

import (
	"context"
	"errors"
	"slices"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// GetUnit returns unit id.
func GetUnit(ctx context.Context, tx store.Tx, id string) (u Unit, err error) {
	defer kernel.Wrap(&err, "access.GetUnit(%q)", id)
	t, err := organisationOf(ctx, tx)
	if err != nil {
		return u, err
	}
	u, ok := t.units[id]
	if !ok {
		return u, kernel.Faultf(kernel.ErrNotFound, "store.not_found")
	}
	return u, nil
}

// Units returns all units of the zone, closed ones too, siblings in their order.
func Units(ctx context.Context, tx store.Tx) (all []Unit, err error) {
	defer kernel.Wrap(&err, "access.Units")
	t, err := organisationOf(ctx, tx)
	return slices.Clone(t.all), err
}

// organisation is a zone's tree of units, kept as long as no unit changes.
type organisation struct {
	all   []Unit // siblings in their order
	units map[string]Unit
	above map[string][]string // id and the units above it, nearest first
	below map[string][]string // id and the units below it, nearest first
}

type organisationKey struct{}

func organisationOf(ctx context.Context, tx store.Tx) (organisation, error) {
	return store.Derive(tx, organisationKey{}, func() (t organisation, err error) {
		t.units, t.above, t.below = map[string]Unit{}, map[string][]string{}, map[string][]string{}
		if t.all, err = store.Select[Unit](ctx, tx, "WHERE zone = $1 ORDER BY parent, position, id", tx.Zone); err != nil {
			return t, err
		}
		for _, u := range t.all {
			t.units[u.ID] = u
		}
		pairs, err := store.Select[closure](ctx, tx, "WHERE zone = $1 ORDER BY depth, ancestor, child", tx.Zone)
		for _, c := range pairs {
			t.above[c.Child] = append(t.above[c.Child], c.Ancestor)
			t.below[c.Ancestor] = append(t.below[c.Ancestor], c.Child)
		}
		return t, err
	})
}

// CheckUnit refuses, as a fault about field, a unit that does not exist or is
// closed. "" passes: no unit.
func CheckUnit(ctx context.Context, tx store.Tx, field, id string) error {
	if id == "" {
		return nil
	}
	u, err := GetUnit(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.FieldFault(field, "access.unit_unknown", id)
	}
	if err == nil && u.ClosedOn != "" {
		return kernel.FieldFault(field, "access.unit_closed", u.NameZh, string(u.ClosedOn))
	}
	return err
}

// PutUnit returns the changes that save u, new or moved, and its place in the
// tree; the caller records them in one act. It refuses a parent that does not
// exist, that is of a lower kind, or that lies below u.
func PutUnit(ctx context.Context, tx store.Tx, u Unit) (changes []journal.Change, err error) {
	defer kernel.Wrap(&err, "access.PutUnit(%q)", u.ID)
	u.Zone = tx.Zone
	if err := u.check(); err != nil {
		return nil, err
	}
	var parent Unit
	if u.Parent != "" {
		parent, err = GetUnit(ctx, tx, u.Parent)
		if errors.Is(err, kernel.ErrNotFound) {
			return nil, kernel.FieldFault("parent", "access.unit_unknown", u.Parent)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := u.under(parent); err != nil {
		return nil, err
	}
	return place(ctx, tx, u)
}

// place rewires the closure for u.
func place(ctx context.Context, tx store.Tx, u Unit) ([]journal.Change, error) {
	below, err := store.Select[closure](ctx, tx, "WHERE zone = $1 AND ancestor = $2 ORDER BY child", tx.Zone, u.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(below, func(c closure) bool { return c.Child == u.Parent }) {
		return nil, kernel.FieldFault("parent", "access.unit_cycle", u.NameZh)
	}
	old, err := above(ctx, tx, u.ID)
	if err != nil {
		return nil, err
	}
	old = slices.DeleteFunc(old, func(c closure) bool { return c.Ancestor == u.ID })
	now, err := above(ctx, tx, u.Parent)
	if err != nil {
		return nil, err
	}
	changes := []journal.Change{journal.Put(u)}
	if len(below) == 0 {
		self := closure{Zone: tx.Zone, Child: u.ID, Ancestor: u.ID}
		below, changes = []closure{self}, append(changes, journal.Put(self))
	} else if sameAncestors(old, now) {
		return changes, nil
	}
	puts, drops := rewire(tx.Zone, below, old, now)
	for _, c := range drops {
		changes = append(changes, journal.Drop(c))
	}
	for _, c := range puts {
		changes = append(changes, journal.Put(c))
	}
	return changes, nil
}

// sameAncestors: old is seen from the unit, now from its parent, one step up.
func sameAncestors(old, now []closure) bool {
	return slices.EqualFunc(old, now, func(a, b closure) bool { return a.Ancestor == b.Ancestor && a.Depth == b.Depth+1 })
}

// above returns the pairs of unit id with itself and all units above it,
// nearest first; none for a unit that does not exist.
func above(ctx context.Context, tx store.Tx, id string) ([]closure, error) {
	if id == "" {
		return nil, nil
	}
	return store.Select[closure](ctx, tx, "WHERE zone = $1 AND child = $2 ORDER BY depth, ancestor", tx.Zone, id)
}

// ancestors returns id and the units above it, nearest first; none of a unit
// that does not exist.
func ancestors(ctx context.Context, tx store.Tx, id string) ([]string, error) {
	if id == "" {
		return nil, nil
	}
	t, err := organisationOf(ctx, tx)
	return t.above[id], err
}

// Above returns unit id and the units above it, nearest first.
func Above(ctx context.Context, tx store.Tx, id string) (out []Unit, err error) {
	defer kernel.Wrap(&err, "access.Above(%q)", id)
	t, err := organisationOf(ctx, tx)
	for _, above := range t.above[id] {
		out = append(out, t.units[above])
	}
	return out, err
}

// Subtree returns id and the units below it.
func Subtree(ctx context.Context, tx store.Tx, id string) (out []string, err error) {
	defer kernel.Wrap(&err, "access.Subtree(%q)", id)
	t, err := organisationOf(ctx, tx)
	return slices.Clone(t.below[id]), err
}

// CountAccounts counts the active accounts of unit.
func CountAccounts(ctx context.Context, tx store.Tx, unit string) (n int64, err error) {
	defer kernel.Wrap(&err, "access.CountAccounts(%q)", unit)
	return store.Count(ctx, tx, "SELECT count(*) FROM access_accounts WHERE zone = $1 AND unit = $2 AND status = $3", tx.Zone, unit, Active)
}
