package pipeline

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// TaxSheet is the tax filed under a project.
type TaxSheet struct {
	Rows  []Tax
	Names map[string]string // of the parties, by id
	Open  bool              // the amounts may be shown: the reading is on record
}

// RecordTax files what a firm of project id paid in tax, with its source.
func (d *Desk) RecordTax(ctx context.Context, id string, e TaxEntry) (t Tax, err error) {
	err = d.onTax(ctx, id, "pipeline.tax", func(tx store.Tx, p Project, rows []Tax) (journal.Act, error) {
		actor := kernel.ActorOf(ctx)
		if p.Stage == Lost {
			return journal.Act{}, kernel.Faultf(kernel.ErrConflict, "pipeline.final", p.Stage.Label(actor.Lang))
		}
		if e.Party == "" {
			e.Party = p.Investor
		}
		if err := e.check(today(tx)); err != nil {
			return journal.Act{}, err
		}
		if _, err := party.Get(ctx, tx, e.Party); err != nil {
			return journal.Act{}, inField("party", "pipeline.tax_party", err)
		}
		if err := tooMany(len(rows), maxTaxRows); err != nil {
			return journal.Act{}, err
		}
		if slices.ContainsFunc(rows, func(x Tax) bool {
			return x.VoidedAt == 0 && x.Party == e.Party && x.Period == e.Period && x.Kind == e.Kind
		}) {
			return journal.Act{}, kernel.FieldFault("period", "pipeline.tax_twice", e.Period)
		}
		t = Tax{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Project: id, Party: e.Party, Period: e.Period, Kind: e.Kind, Amount: e.Amount.Minor, Currency: e.Amount.Currency,
			Source: strings.TrimSpace(e.Source), By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli(), Version: 1}
		return journal.Act{Verb: "pipeline.tax_recorded", Detail: map[string]any{"row": t.ID, "period": t.Period, "tax": t.Kind}, Changes: []journal.Change{journal.Put(t)}}, nil
	})
	return t, err
}

// VoidTax takes a wrong tax figure back, with a reason; it stays on record.
func (d *Desk) VoidTax(ctx context.Context, id, row, reason string) (t Tax, err error) {
	err = d.onTax(ctx, id, "pipeline.tax", func(tx store.Tx, _ Project, rows []Tax) (journal.Act, error) {
		i := slices.IndexFunc(rows, func(x Tax) bool { return x.ID == row })
		if i < 0 {
			return journal.Act{}, kernel.Faultf(kernel.ErrNotFound, "pipeline.tax_not_found")
		}
		t = rows[i]
		if err := checkVoid(t.VoidedAt == 0, reason); err != nil {
			return journal.Act{}, err
		}
		t.VoidedAt, t.VoidedBy, t.VoidedWhy, t.Version = tx.Now.UnixMilli(), kernel.ActorOf(ctx).ID, strings.TrimSpace(reason), t.Version+1
		return journal.Act{Verb: "pipeline.tax_voided", Reason: t.VoidedWhy, Detail: map[string]any{"row": t.ID, "period": t.Period, "tax": t.Kind}, Changes: []journal.Change{journal.Put(t)}}, nil
	})
	return t, err
}

// onTax is the path of every act on the tax of project id: permission, load,
// decide, save, record. The project itself stays as it is, version included.
func (d *Desk) onTax(ctx context.Context, id, perm string, decide func(tx store.Tx, p Project, rows []Tax) (journal.Act, error)) (err error) {
	defer kernel.Wrap(&err, "%s(%s)", perm, id)
	if err := d.gate.Require(ctx, perm); err != nil {
		return err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, rows, err := d.taxOf(ctx, tx, id, perm)
		if err != nil {
			return err
		}
		act, err := decide(tx, p, rows)
		if err != nil {
			return err
		}
		act.Object = Object(id)
		_, err = journal.Record(ctx, tx, act)
		return err
	})
	if u, ok := store.Unique(err); ok && u.Constraint == "pipeline_tax_once" {
		return kernel.Faultf(kernel.ErrConflict, "pipeline.tax_twice", "")
	}
	return err
}

// taxOf loads project id and its tax for somebody who may do perm to it.
func (d *Desk) taxOf(ctx context.Context, tx store.Tx, id, perm string) (p Project, rows []Tax, err error) {
	if p, err = Get(ctx, tx, id); err != nil {
		return p, nil, err
	}
	if d.gate.Allow(ctx, tx, "pipeline.read", p.resource()) != nil {
		return p, nil, kernel.Faultf(kernel.ErrNotFound, "pipeline.not_found")
	}
	if err := d.gate.Allow(ctx, tx, perm, p.resource()); err != nil {
		return p, nil, err
	}
	rows, err = loadTax(ctx, tx, id)
	return p, rows, err
}

// TaxFiled returns what is filed of the tax of project id, the amounts masked.
func (d *Desk) TaxFiled(ctx context.Context, id string) (s TaxSheet, err error) {
	defer kernel.Wrap(&err, "pipeline.TaxFiled(%s)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return s, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		_, rows, err := d.taxOf(ctx, tx, id, "pipeline.read")
		if err != nil {
			return err
		}
		s.Rows = rows
		s.Names, err = partyNames(ctx, tx, rows)
		return err
	})
	return s, err
}

// UnmaskTax returns the tax of project id with its amounts, to the few who may
// see them for a purpose; who, for what and which rows stays on record.
func (d *Desk) UnmaskTax(ctx context.Context, id, purpose string) (s TaxSheet, err error) {
	if err := d.gate.Require(ctx, "pipeline.unmask"); err != nil {
		return s, err
	}
	if err := checkPurpose(purpose); err != nil {
		return s, err
	}
	err = d.onTax(ctx, id, "pipeline.unmask", func(tx store.Tx, _ Project, rows []Tax) (journal.Act, error) {
		var ids []string
		for _, t := range rows {
			ids = append(ids, t.ID)
		}
		var err error
		s.Rows, s.Open = rows, true
		s.Names, err = partyNames(ctx, tx, rows)
		return journal.Act{Verb: "pipeline.tax_unmasked", Reason: strings.TrimSpace(purpose), Detail: map[string]any{"rows": ids}}, err
	})
	if err != nil {
		return TaxSheet{}, err
	}
	return s, nil
}

// partyNames returns the names of the firms whose tax is filed; a private
// person's name stays in the register of parties.
func partyNames(ctx context.Context, tx store.Tx, rows []Tax) (map[string]string, error) {
	names := map[string]string{}
	for _, t := range rows {
		if _, known := names[t.Party]; known {
			continue
		}
		p, err := party.Get(ctx, tx, t.Party)
		if err != nil && !errors.Is(err, kernel.ErrNotFound) {
			return nil, err
		}
		names[t.Party] = p.Name
	}
	return names, nil
}
