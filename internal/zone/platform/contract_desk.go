package platform

import (
	"context"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// resource is c as the access policies see it: it belongs to the operator's unit.
func (c Contract) resource() access.Resource {
	return access.Resource{Type: "Contract", ID: c.ID, Unit: c.Unit, Owner: c.Owner}
}

// resource is t as the policies see it: its owner is who accepts it.
func (t Task) resource() access.Resource {
	return access.Resource{Type: "Contract", ID: t.Contract, Unit: t.Unit, Owner: t.Owner}
}

// Contract files a contract with the operator of platform id.
func (d *Desk) Contract(ctx context.Context, id string, f ContractFacts) (k *Docket, err error) {
	defer kernel.Wrap(&err, "platform.Contract(%s)", id)
	if err := d.gate.Require(ctx, "platform.manage"); err != nil {
		return nil, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "platform.manage", p.resource()); err != nil {
			return err
		}
		if p.Retired() {
			return kernel.Faultf(kernel.ErrConflict, "platform.retired", p.NameZh, p.UntilOn)
		}
		c := f.apply(Contract{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Platform: p.ID, Unit: p.Operator, Owner: kernel.ActorOf(ctx).ID, CreatedAt: tx.Now.UnixMilli()})
		if err := vetContract(ctx, tx, c); err != nil {
			return err
		}
		n, err := countContracts(ctx, tx, p.ID)
		if err == nil && n >= maxContracts {
			err = kernel.Faultf(kernel.ErrConflict, "platform.too_many_contracts", maxContracts)
		}
		if err != nil {
			return err
		}
		k = &Docket{Contract: c, Platform: p}
		return d.settle(ctx, tx, k, journal.Act{Verb: "platform.contracted", Detail: map[string]any{"number": c.Number, "operator": c.Unit, "platform": p.ID}})
	})
	return k, named(err)
}

// vetContract checks c and that its operator and official are in service.
func vetContract(ctx context.Context, tx store.Tx, c Contract) error {
	if err := c.check(today(tx)); err != nil {
		return err
	}
	if err := checkOperator(ctx, tx, c.Unit); err != nil {
		return err
	}
	return inService(ctx, tx, "owner", c.Owner)
}

// settle saves k's contract with act and adds the names to k.
func (d *Desk) settle(ctx context.Context, tx store.Tx, k *Docket, act journal.Act) error {
	k.Contract.Version, k.Contract.UpdatedAt = k.Contract.Version+1, tx.Now.UnixMilli()
	act.Object = ContractObject(k.Contract.ID)
	act.Changes = append([]journal.Change{journal.Put(k.Contract)}, act.Changes...)
	if _, err := journal.Record(ctx, tx, act); err != nil {
		return err
	}
	return d.names(ctx, tx, k)
}

// names adds the names of the operator and the officials, and the day, to k.
func (d *Desk) names(ctx context.Context, tx store.Tx, k *Docket) error {
	units, err := unitNames(ctx, tx)
	if err != nil {
		return err
	}
	ids := []string{k.Contract.Owner}
	for _, t := range k.Tasks {
		ids = append(ids, t.Owner)
	}
	if k.Acceptors, err = access.AccountNames(ctx, tx, ids...); err != nil {
		return err
	}
	k.OperatorName, k.OwnerName, k.Today = units[k.Contract.Unit], k.Acceptors[k.Contract.Owner], today(tx)
	return nil
}

// docket loads contract id with all that is filed under it. A contract the
// caller may not read is as good as none.
func (d *Desk) docket(ctx context.Context, tx store.Tx, id string) (*Docket, error) {
	c, err := getContract(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	k := &Docket{Contract: c}
	if err := fillDocket(ctx, tx, k); err != nil {
		return nil, err
	}
	if !d.reads(ctx, tx, k) {
		return nil, kernel.Faultf(kernel.ErrNotFound, "platform.contract_not_found")
	}
	return k, nil
}

// reads reports whether the caller may read k: the contract, or a task of it
// that is theirs to accept.
func (d *Desk) reads(ctx context.Context, tx store.Tx, k *Docket) bool {
	if d.gate.Allow(ctx, tx, "platform.read", k.Contract.resource()) == nil {
		return true
	}
	for _, t := range k.Tasks {
		if d.gate.Allow(ctx, tx, "platform.read", t.resource()) == nil {
			return true
		}
	}
	return false
}

// mayManage refuses who may manage neither the contract of k nor its platform.
func (d *Desk) mayManage(ctx context.Context, tx store.Tx, k *Docket) error {
	if d.gate.Allow(ctx, tx, "platform.manage", k.Contract.resource()) == nil {
		return nil
	}
	return d.gate.Allow(ctx, tx, "platform.manage", k.Platform.resource())
}

// onContract is the one path of every act on an existing contract: permission,
// load, compare versions (0: any), decide, save, record.
func (d *Desk) onContract(ctx context.Context, id string, version int64, perm string, decide func(tx store.Tx, k *Docket) (journal.Act, error)) (k *Docket, err error) {
	defer kernel.Wrap(&err, "%s(%s)", perm, id)
	if err := d.gate.Require(ctx, perm); err != nil {
		return nil, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if k, err = d.docket(ctx, tx, id); err != nil {
			return err
		}
		if perm == "platform.manage" {
			if err := d.mayManage(ctx, tx, k); err != nil {
				return err
			}
		}
		if version != 0 && k.Contract.Version != version {
			return kernel.Faultf(kernel.ErrStale, "platform.stale")
		}
		act, err := decide(tx, k)
		if err != nil {
			return err
		}
		return d.settle(ctx, tx, k, act)
	})
	return k, named(err)
}

// AmendContract corrects what is recorded of a contract. The operator cannot be
// changed: another operator signs another contract.
func (d *Desk) AmendContract(ctx context.Context, id string, version int64, f ContractFacts) (*Docket, error) {
	return d.onContract(ctx, id, version, "platform.manage", func(tx store.Tx, k *Docket) (journal.Act, error) {
		was := k.Contract
		c := f.apply(was)
		if err := k.decideAmend(was, c, today(tx)); err != nil {
			return journal.Act{}, err
		}
		if err := inService(ctx, tx, "owner", c.Owner); err != nil && c.Owner != was.Owner {
			return journal.Act{}, err
		}
		k.Contract = c
		return journal.Act{Verb: "platform.contract_amended"}, nil
	})
}

// CloseOrder is the end of a contract before or at its term.
type CloseOrder struct {
	On     string `json:"on" doc:"YYYY-MM-DD, its last day"`
	Reason string `json:"reason"`
}

// CloseContract closes a contract with its last day and a reason. Nothing may
// wait for acceptance.
func (d *Desk) CloseContract(ctx context.Context, id string, version int64, o CloseOrder) (*Docket, error) {
	return d.onContract(ctx, id, version, "platform.manage", func(tx store.Tx, k *Docket) (journal.Act, error) {
		if err := k.decideClose(o.On, o.Reason, today(tx)); err != nil {
			return journal.Act{}, err
		}
		k.Contract.ClosedOn, k.Contract.ClosedWhy = o.On, strings.TrimSpace(o.Reason)
		return journal.Act{Verb: "platform.contract_ended", Reason: k.Contract.ClosedWhy, Detail: map[string]any{"on": o.On}}, nil
	})
}

// Brief is a contract as a list shows it.
type Brief struct {
	Contract
	OperatorName string
	OwnerName    string
	State        string
}

// Contracts returns at most limit contracts of platform id that the caller may
// read, newest first after the contract named after ("": from the first).
func (d *Desk) Contracts(ctx context.Context, id, after string, limit int) (out []Brief, err error) {
	defer kernel.Wrap(&err, "platform.Contracts(%q)", id)
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if _, err := d.load(ctx, tx, id); err != nil {
			return err
		}
		scope, args, err := d.gate.Filter(ctx, tx, "platform.read", "Contract", "", contractScope)
		if err != nil {
			return err
		}
		list, err := contractsOf(ctx, tx, id, after, scope, args, limit)
		if err != nil {
			return err
		}
		out, err = briefs(ctx, tx, list)
		return err
	})
	return out, err
}

func briefs(ctx context.Context, tx store.Tx, list []Contract) ([]Brief, error) {
	units, err := unitNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	var owners []string
	for _, c := range list {
		owners = append(owners, c.Owner)
	}
	accounts, err := access.AccountNames(ctx, tx, owners...)
	out := make([]Brief, len(list))
	for i, c := range list {
		out[i] = Brief{c, units[c.Unit], accounts[c.Owner], c.State(today(tx))}
	}
	return out, err
}

// FindContract returns contract id with all that is filed under it.
func (d *Desk) FindContract(ctx context.Context, id string) (k *Docket, err error) {
	defer kernel.Wrap(&err, "platform.FindContract(%q)", id)
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if k, err = d.docket(ctx, tx, id); err != nil {
			return err
		}
		return d.names(ctx, tx, k)
	})
	return k, err
}

// ContractTimeline returns the journal's entries about contract id, newest first.
func (d *Desk) ContractTimeline(ctx context.Context, id string, page journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "platform.ContractTimeline(%q)", id)
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if _, err := d.docket(ctx, tx, id); err != nil {
			return err
		}
		entries, err = d.history(ctx, tx, ContractObject(id), page)
		return err
	})
	return entries, err
}

// ContractReadable refuses a contract that the caller may not read. It is a
// journal.Reader.
func (d *Desk) ContractReadable(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.docket(ctx, tx, id)
	return err
}
