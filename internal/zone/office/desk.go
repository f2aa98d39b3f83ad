package office

import (
	"context"
	"errors"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Desk is where units are set up, officials appointed and duties assigned.
type Desk struct {
	db      *store.DB
	gate    *access.Gate
	holders []Holder
}

// Holder tells what a higher storey holds open in unit (projects, cases), as a
// fault whose words say it, nil when nothing. A unit with anything held open is
// not closed.
type Holder func(ctx context.Context, tx store.Tx, unit string) (*kernel.Fault, error)

// NewDesk returns a desk on db, guarded by gate. holders speak for the higher
// storeys when a unit is to be closed.
func NewDesk(db *store.DB, gate *access.Gate, holders ...Holder) *Desk {
	return &Desk{db, gate, holders}
}

// Establish sets up a department, platform or operator below u.Parent.
func (d *Desk) Establish(ctx context.Context, u access.Unit) (_ access.Unit, err error) {
	defer kernel.Wrap(&err, "office.Establish(%q)", u.NameZh)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if err := ours(u.Kind); err != nil {
			return err
		}
		if err := access.CheckUnit(ctx, tx, "parent", u.Parent); err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "office.manage", access.Resource{Type: "Unit", ID: u.Parent, Unit: u.Parent}); err != nil {
			return err
		}
		u.Zone, u.ID, u.ClosedOn = tx.Zone, kernel.NewID(tx.Now), ""
		u.NameZh, u.NameEn = strings.TrimSpace(u.NameZh), strings.TrimSpace(u.NameEn)
		u.Version, u.CreatedAt = 0, tx.Now.UnixMilli()
		u, err = d.saveUnit(ctx, tx, u, "office.established", map[string]any{"parent": u.Parent, "kind": u.Kind})
		return err
	})
	return u, err
}

// Rename gives unit id other names or another place among its siblings; nil
// leaves them as they are. version is the one the change is based on.
func (d *Desk) Rename(ctx context.Context, id string, version int64, names UnitNames) (u access.Unit, err error) {
	defer kernel.Wrap(&err, "office.Rename(%s)", id)
	return d.changeUnit(ctx, id, version, func(tx store.Tx, u access.Unit) (access.Unit, error) {
		was := u.NameZh
		set(&u.NameZh, trim(names.NameZh))
		set(&u.NameEn, trim(names.NameEn))
		set(&u.Position, names.Position)
		return d.saveUnit(ctx, tx, u, "office.renamed", map[string]any{"from": was, "to": u.NameZh})
	})
}

// Move puts unit id and all below it under parent.
func (d *Desk) Move(ctx context.Context, id string, version int64, parent string) (u access.Unit, err error) {
	defer kernel.Wrap(&err, "office.Move(%s)", id)
	return d.changeUnit(ctx, id, version, func(tx store.Tx, u access.Unit) (access.Unit, error) {
		if err := ours(u.Kind); err != nil {
			return u, err
		}
		if err := d.gate.Allow(ctx, tx, "office.manage", access.Resource{Type: "Unit", ID: parent, Unit: parent}); err != nil {
			return u, err
		}
		was := u.Parent
		u.Parent = parent
		return d.saveUnit(ctx, tx, u, "office.moved", map[string]any{"from": was, "to": parent})
	})
}

// Close closes unit id on a day. It is refused, and the refusal names them,
// while units, officials, accounts or duties are left in it or a higher storey
// holds something open there.
func (d *Desk) Close(ctx context.Context, id string, version int64, on kernel.Date) (u access.Unit, err error) {
	defer kernel.Wrap(&err, "office.Close(%s)", id)
	return d.changeUnit(ctx, id, version, func(tx store.Tx, u access.Unit) (access.Unit, error) {
		if err := ours(u.Kind); err != nil {
			return u, err
		}
		if err := dateKnown("closed_on", on); err != nil {
			return u, err
		}
		h, err := d.held(ctx, tx, u, on)
		if err != nil {
			return u, err
		}
		if err := h.refusal(u.NameZh); err != nil {
			return u, err
		}
		u.ClosedOn = on
		return d.saveUnit(ctx, tx, u, "office.closed", map[string]any{"on": on})
	})
}

// changeUnit runs change on the open unit id in one transaction.
func (d *Desk) changeUnit(ctx context.Context, id string, version int64, change func(store.Tx, access.Unit) (access.Unit, error)) (u access.Unit, err error) {
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if u, err = d.loadUnit(ctx, tx, id, version); err != nil {
			return err
		}
		u, err = change(tx, u)
		return err
	})
	return u, err
}

// held gathers what is left in u on day.
func (d *Desk) held(ctx context.Context, tx store.Tx, u access.Unit, day kernel.Date) (h held, err error) {
	all, err := access.Units(ctx, tx)
	if err != nil {
		return h, err
	}
	for _, below := range all {
		if below.Parent == u.ID && below.ClosedOn == "" {
			h.units = append(h.units, below.NameZh)
		}
	}
	officials, err := notLeft(ctx, tx, u.ID, day)
	if err != nil {
		return h, err
	}
	for _, o := range officials {
		h.officials = append(h.officials, o.Name)
	}
	if h.accounts, err = access.CountAccounts(ctx, tx, u.ID); err != nil {
		return h, err
	}
	if h.duties, err = openDuties(ctx, tx, u.ID, day); err != nil {
		return h, err
	}
	for _, ask := range d.holders {
		f, err := ask(ctx, tx, u.ID)
		if err != nil {
			return h, err
		}
		if f != nil {
			h.others = append(h.others, *f)
		}
	}
	return h, nil
}

// Units returns the units of the zone that the caller may read, closed ones
// only when asked for.
func (d *Desk) Units(ctx context.Context, closed bool) (out []access.Unit, err error) {
	defer kernel.Wrap(&err, "office.Units")
	err = d.db.View(ctx, func(tx store.Tx) error {
		scope, args, err := d.gate.Filter(ctx, tx, "office.read", "Unit", "", 2)
		if err != nil {
			return err
		}
		out, err = unitsIn(ctx, tx, scope, args, closed)
		return err
	})
	return out, err
}

// Appoint puts a person into office.
func (d *Desk) Appoint(ctx context.Context, o Official) (_ Official, err error) {
	defer kernel.Wrap(&err, "office.Appoint(%q)", o.Position)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		n := o
		n.Zone, n.ID, n.UntilOn = tx.Zone, kernel.NewID(tx.Now), ""
		n.Owner = kernel.ActorOf(ctx).ID
		n.Name, n.Position = strings.TrimSpace(n.Name), strings.TrimSpace(n.Position)
		n.Version, n.CreatedAt = 0, tx.Now.UnixMilli()
		if err := d.gate.Allow(ctx, tx, "office.manage", n.resource()); err != nil {
			return err
		}
		if err := n.Check(); err != nil {
			return err
		}
		if err := access.CheckUnit(ctx, tx, "unit", n.Unit); err != nil {
			return err
		}
		o, err = d.saveOfficial(ctx, tx, n, "office.appointed", map[string]any{"unit": n.Unit, "position": n.Position})
		return err
	})
	return o, err
}

// AmendOfficial corrects what official id's entry says; version is the one the
// correction is based on.
func (d *Desk) AmendOfficial(ctx context.Context, id string, version int64, patch OfficialPatch) (o Official, err error) {
	defer kernel.Wrap(&err, "office.AmendOfficial(%s)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if o, err = d.loadOfficial(ctx, tx, id, version); err != nil {
			return err
		}
		if o, err = o.amend(patch); err != nil {
			return err
		}
		o, err = d.saveOfficial(ctx, tx, o, "office.amended", nil)
		return err
	})
	return o, err
}

// Relieve ends the office of official id with day on as the last one, and the
// duties that only this official bears with it.
func (d *Desk) Relieve(ctx context.Context, id string, version int64, on kernel.Date) (o Official, err error) {
	defer kernel.Wrap(&err, "office.Relieve(%s)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if o, err = d.loadOfficial(ctx, tx, id, version); err != nil {
			return err
		}
		if o, err = o.relieve(on); err != nil {
			return err
		}
		duties, err := dutiesOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if o, err = d.saveOfficial(ctx, tx, o, "office.relieved", map[string]any{"on": on}); err != nil {
			return err
		}
		for _, duty := range duties {
			if _, err := d.endDuty(ctx, tx, duty, max(on, duty.SinceOn)); err != nil {
				return err
			}
		}
		return nil
	})
	return o, err
}

// Officials returns at most q.Limit officials the caller may read, and whether
// more follow.
func (d *Desk) Officials(ctx context.Context, q Query) (list []Official, more bool, err error) {
	defer kernel.Wrap(&err, "office.Officials")
	q.Official = ""
	err = d.db.View(ctx, func(tx store.Tx) error {
		list, more, err = page[Official](ctx, tx, d.gate, "Official", q)
		return err
	})
	return list, more, err
}

// AssignDuty gives a unit or an official a duty.
func (d *Desk) AssignDuty(ctx context.Context, duty Duty) (_ Duty, err error) {
	defer kernel.Wrap(&err, "office.AssignDuty")
	err = d.db.Update(ctx, func(tx store.Tx) error {
		n := duty.trimmed()
		n.Zone, n.ID, n.UntilOn, n.Owner = tx.Zone, kernel.NewID(tx.Now), "", kernel.ActorOf(ctx).ID
		n.Version, n.CreatedAt = 0, tx.Now.UnixMilli()
		if n.Official != "" {
			o, err := GetOfficial(ctx, tx, n.Official)
			if err != nil {
				return known(err, "office.official_not_found")
			}
			if o.Ended() {
				return &kernel.Fault{Kind: kernel.ErrConflict, Word: "office.duty_bearer", Args: []any{o.Name}, Field: "official"}
			}
			n.Unit = o.Unit
		}
		if err := d.gate.Allow(ctx, tx, "office.manage", n.resource()); err != nil {
			return err
		}
		if err := n.Check(); err != nil {
			return err
		}
		if err := access.CheckUnit(ctx, tx, "unit", n.Unit); err != nil {
			return err
		}
		duty, err = d.saveDuty(ctx, tx, n, "office.duty_assigned")
		return err
	})
	return duty, err
}

// EndDuty ends duty id with day on as the last one.
func (d *Desk) EndDuty(ctx context.Context, id string, version int64, on kernel.Date) (duty Duty, err error) {
	defer kernel.Wrap(&err, "office.EndDuty(%s)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if duty, err = getDuty(ctx, tx, id); err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "office.manage", duty.resource()); err != nil {
			return err
		}
		if duty.Version != version {
			return kernel.Faultf(kernel.ErrStale, "office.stale")
		}
		duty, err = d.endDuty(ctx, tx, duty, on)
		return err
	})
	return duty, err
}

// Duties returns at most q.Limit duties the caller may read, and whether more
// follow.
func (d *Desk) Duties(ctx context.Context, q Query) (list []Duty, more bool, err error) {
	defer kernel.Wrap(&err, "office.Duties")
	q.Account = ""
	err = d.db.View(ctx, func(tx store.Tx) error {
		list, more, err = page[Duty](ctx, tx, d.gate, "Duty", q)
		return err
	})
	return list, more, err
}

// page returns one page of officials or duties.
func page[T store.Row](ctx context.Context, tx store.Tx, gate *access.Gate, kind string, q Query) ([]T, bool, error) {
	scope, args, err := gate.Filter(ctx, tx, "office.read", kind, "", 2)
	if err != nil {
		return nil, false, err
	}
	limit := q.Limit
	q.Limit++
	tail, all := q.tail(tx.Zone, scope, args)
	list, err := store.Select[T](ctx, tx, tail, all...)
	if err != nil || len(list) <= limit {
		return list, false, err
	}
	return list[:limit], true, nil
}

func (o Official) resource() access.Resource {
	return access.Resource{Type: "Official", ID: o.ID, Unit: o.Unit, Owner: o.Owner}
}

func (d Duty) resource() access.Resource {
	return access.Resource{Type: "Duty", ID: d.ID, Unit: d.Unit, Owner: d.Owner}
}

// loadUnit returns the open unit id if the actor may manage it and version is
// its newest.
func (d *Desk) loadUnit(ctx context.Context, tx store.Tx, id string, version int64) (access.Unit, error) {
	u, err := access.GetUnit(ctx, tx, id)
	if err != nil {
		return u, known(err, "office.unit_not_found")
	}
	if err := d.gate.Allow(ctx, tx, "office.manage", u.Resource()); err != nil {
		return u, err
	}
	if u.Version != version {
		return u, kernel.Faultf(kernel.ErrStale, "office.stale")
	}
	if u.ClosedOn != "" {
		return u, kernel.Faultf(kernel.ErrConflict, "office.unit_closed", u.NameZh)
	}
	return u, nil
}

func (d *Desk) loadOfficial(ctx context.Context, tx store.Tx, id string, version int64) (Official, error) {
	o, err := GetOfficial(ctx, tx, id)
	if err != nil {
		return o, err
	}
	if err := d.gate.Allow(ctx, tx, "office.manage", o.resource()); err != nil {
		return o, err
	}
	if o.Version != version {
		return o, kernel.Faultf(kernel.ErrStale, "office.stale")
	}
	return o, nil
}

func (d *Desk) saveUnit(ctx context.Context, tx store.Tx, u access.Unit, verb string, detail map[string]any) (access.Unit, error) {
	u.Version, u.UpdatedAt = u.Version+1, tx.Now.UnixMilli()
	changes, err := access.PutUnit(ctx, tx, u)
	if err != nil {
		return u, err
	}
	_, err = journal.Record(ctx, tx, journal.Act{Verb: verb, Object: u.Object(), Detail: detail, Changes: changes})
	return u, err
}

func (d *Desk) saveOfficial(ctx context.Context, tx store.Tx, o Official, verb string, detail map[string]any) (Official, error) {
	if !o.Ended() {
		if err := checkAccount(ctx, tx, o.Account); err != nil {
			return o, err
		}
	}
	o.Version, o.UpdatedAt = o.Version+1, tx.Now.UnixMilli()
	_, err := journal.Record(ctx, tx, journal.Act{Verb: verb, Object: o.Object(), Detail: detail, Changes: []journal.Change{journal.Put(o)}})
	return o, err
}

// checkAccount refuses an account that does not exist or is disabled; "" is no
// account.
func checkAccount(ctx context.Context, tx store.Tx, id string) error {
	if id == "" {
		return nil
	}
	a, err := access.GetAccount(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) || err == nil && a.Status != access.Active {
		return kernel.FieldFault("account", "office.account_not_found")
	}
	return err
}

func (d *Desk) endDuty(ctx context.Context, tx store.Tx, duty Duty, on kernel.Date) (Duty, error) {
	duty, err := duty.end(on)
	if err != nil {
		return duty, err
	}
	return d.saveDuty(ctx, tx, duty, "office.duty_ended")
}

func (d *Desk) saveDuty(ctx context.Context, tx store.Tx, duty Duty, verb string) (Duty, error) {
	duty.Version, duty.UpdatedAt = duty.Version+1, tx.Now.UnixMilli()
	_, err := journal.Record(ctx, tx, journal.Act{Verb: verb, Object: duty.Object(), Changes: []journal.Change{journal.Put(duty)}})
	return duty, err
}

// Found sets up the top of the tree at the first start: names are the province,
// the city and the zone, or the last of these only. It does nothing when there
// is a unit already. Only the program does this.
func (d *Desk) Found(ctx context.Context, names ...string) (err error) {
	defer kernel.Wrap(&err, "office.Found")
	kinds := []string{access.Province, access.City, access.ZoneUnit}
	if len(names) == 0 || len(names) > len(kinds) {
		return kernel.FieldFault("zone_name", "office.zone_path")
	}
	return d.db.Update(ctx, func(tx store.Tx) error {
		all, err := access.Units(ctx, tx)
		if err != nil || len(all) > 0 {
			return err
		}
		parent := ""
		for i, name := range names {
			u := access.Unit{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Parent: parent, Kind: kinds[len(kinds)-len(names)+i],
				NameZh: strings.TrimSpace(name), CreatedAt: tx.Now.UnixMilli()}
			u, err := d.saveUnit(ctx, tx, u, "office.founded", map[string]any{"parent": parent, "kind": u.Kind})
			if err != nil {
				return err
			}
			parent = u.ID
		}
		return nil
	})
}
