package pipeline

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// put adds rows to act.
func put[R store.Row](act *journal.Act, rows ...R) {
	for _, r := range rows {
		act.Changes = append(act.Changes, journal.Put(r))
	}
}

// of is the revision that f asks for.
func (f Facts) revision(actor kernel.Actor, tx store.Tx) revision {
	r := revision{stamp: stamp{actor, tx.Now.UnixMilli()}}
	if f.EffectiveOn != nil {
		r.on = kernel.Date(strings.TrimSpace(*f.EffectiveOn))
	}
	if f.Reason != nil {
		r.note = strings.TrimSpace(*f.Reason)
	}
	return r
}

// putFirst adds the first revisions of a project that is opened with amounts.
func putFirst(tx store.Tx, k *Docket, f Facts, actor kernel.Actor, act *journal.Act) error {
	r := f.revision(actor, tx)
	if r.on == "" {
		r.on = today(tx)
	}
	if err := kernel.Faults("pipeline.invalid", checkPast("effective_on", string(r.on), today(tx)), checkText("reason", r.note, 500)); err != nil {
		return err
	}
	put(act, k.firstFigures(r)...)
	return nil
}

// reviseAmounts adds a revision for each headline amount in which k's project
// now differs from was, and lets the columns follow what is in force today.
func (d *Desk) reviseAmounts(ctx context.Context, tx store.Tx, k *Docket, was Project, f Facts, act *journal.Act) error {
	actor := kernel.ActorOf(ctx)
	rows, err := k.reviseHeadlines(was, f.revision(actor, tx), today(tx), d.book.Say(actor.Lang, "pipeline.figure_earlier"))
	if err != nil || len(rows) == 0 {
		return err
	}
	act.Reason = last(rows).Note
	put(act, rows...)
	return kernel.Faults("pipeline.invalid", k.Project.checkFixed(), cmp.Or(k.checkCovers(was.Total(), today(tx)), k.checkPromised(rows, today(tx))))
}

// amendedFields names what an amendment changed: also an amount whose revision
// takes effect on a later day.
func amendedFields(was, now Project, changes []journal.Change) []string {
	fields := changedFacts(was, now)
	if len(changes) > 0 && !slices.Contains(fields, TotalInvestment) && !slices.Contains(fields, FixedInvestment) {
		fields = append(fields, "effective_on")
	}
	return fields
}

// putPromised makes the amounts of a project that has just been signed promises.
// A contract signed anew covers what was paid in under an earlier one.
func putPromised(tx store.Tx, k *Docket, on kernel.Date, actor kernel.Actor, act *journal.Act) error {
	if k.Project.Standing().Rank() < Signed.Rank() {
		return nil
	}
	rows := k.promise(on, stamp{actor, tx.Now.UnixMilli()})
	put(act, rows...)
	return k.checkPromised(rows, today(tx))
}

// putUnpromised takes the promises of a project back that was set back to before
// its signing.
func putUnpromised(tx store.Tx, k *Docket, was Project, why string, actor kernel.Actor, act *journal.Act) {
	if was.Standing().Rank() < Signed.Rank() || k.Project.Standing().Rank() >= Signed.Rank() {
		return
	}
	put(act, k.unpromise(was, today(tx), why, stamp{actor, tx.Now.UnixMilli()})...)
}

// RecordFigure adds what is planned, promised, forecast or has come about of a
// measure. Nothing is overwritten; the headline amounts follow the revision in
// force today.
func (d *Desk) RecordFigure(ctx context.Context, id string, version int64, e FigureEntry) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.figure", func(tx store.Tx, k *Docket) (outcome, error) {
		actor, day := kernel.ActorOf(ctx), today(tx)
		f, err := decideFigure(d.measures, k, e, day, actor.Lang)
		if err != nil {
			return outcome{}, err
		}
		was := k.Project
		f = k.state(f, stamp{actor, tx.Now.UnixMilli()})
		act := journal.Act{Verb: "pipeline.figure_recorded", Reason: f.Note, Changes: []journal.Change{journal.Put(f)},
			Detail: map[string]any{"measure": f.Measure, "kind": f.Kind, "period": f.Period, "amount": d.measures.text(f), "currency": f.Currency, "on": f.EffectiveOn}}
		if k.follow(day); k.Project != was {
			if err := d.followed(tx, k, was, f, &act, actor.Lang); err != nil {
				return outcome{}, err
			}
		}
		if err := k.checkPromised([]Figure{f}, day); err != nil {
			return outcome{}, err
		}
		return outcome{act: act}, nil
	})
}

// followed checks and completes an act after which the headline amounts are no
// longer was's.
func (d *Desk) followed(tx store.Tx, k *Docket, was Project, f Figure, act *journal.Act, lang string) error {
	replaced := f.Measure == TotalInvestment && was.Total().Stated() || f.Measure == FixedInvestment && was.Fixed().Stated()
	if f.Kind == Promised && replaced && f.Note == "" {
		return kernel.FieldFault("note", "pipeline.revision_reason", headlineOf(was, f.Measure).String(), f.Money().String())
	}
	if err := kernel.Faults("pipeline.figure_invalid", k.Project.checkFixed(), k.checkCovers(was.Total(), today(tx))); err != nil {
		return err
	}
	if err := d.keepsGates(was, k, today(tx), lang); err != nil {
		return err
	}
	d.voidChanged(was, k, act, tx, lang)
	return nil
}

// RecordInstalment adds a payment of funds into a project, shown by a voucher.
func (d *Desk) RecordInstalment(ctx context.Context, id string, version int64, e InstalmentEntry) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.figure", func(tx store.Tx, k *Docket) (outcome, error) {
		actor := kernel.ActorOf(ctx)
		if err := decideInstalment(k, e, today(tx), actor.Lang); err != nil {
			return outcome{}, err
		}
		i := Instalment{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Project: id, Amount: e.Amount.Minor, Currency: e.Amount.Currency, On: e.On, SourceKind: e.SourceKind,
			Evidence: e.Evidence, Note: strings.TrimSpace(e.Note), By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli(), Version: 1}
		k.Instalments = append(k.Instalments, i)
		return outcome{act: journal.Act{Verb: "pipeline.instalment_recorded", Changes: []journal.Change{journal.Put(i)},
			Detail: map[string]any{"instalment": i.ID, "amount": i.Money().String(), "currency": i.Currency, "on": i.On}}}, nil
	})
}

// VoidInstalment takes a wrong instalment out of the sum, with a reason; it stays
// on record.
func (d *Desk) VoidInstalment(ctx context.Context, id string, version int64, instalment, reason string) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.figure", func(tx store.Tx, k *Docket) (outcome, error) {
		n := slices.IndexFunc(k.Instalments, func(i Instalment) bool { return i.ID == instalment })
		if n < 0 {
			return outcome{}, kernel.Faultf(kernel.ErrNotFound, "pipeline.instalment_not_found")
		}
		i := k.Instalments[n]
		if err := checkVoid(i.Live(), reason); err != nil {
			return outcome{}, err
		}
		i.VoidedAt, i.VoidedBy, i.VoidedWhy, i.Version = tx.Now.UnixMilli(), kernel.ActorOf(ctx).ID, strings.TrimSpace(reason), i.Version+1
		k.Instalments[n] = i
		return outcome{act: journal.Act{Verb: "pipeline.instalment_voided", Reason: i.VoidedWhy, Changes: []journal.Change{journal.Put(i)},
			Detail: map[string]any{"instalment": i.ID, "amount": i.Money().String(), "currency": i.Currency, "on": i.On}}}, nil
	})
}

// RecordFact adds a dated fact: 入统, 入库（四上） or 落位.
func (d *Desk) RecordFact(ctx context.Context, id string, version int64, e FactEntry) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.figure", func(tx store.Tx, k *Docket) (outcome, error) {
		actor := kernel.ActorOf(ctx)
		if err := decideFact(k, e, today(tx), actor.Lang); err != nil {
			return outcome{}, err
		}
		f := FactRow{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Project: id, Kind: e.Kind, On: e.On, Code: strings.TrimSpace(e.Code), Evidence: e.Evidence,
			Note: strings.TrimSpace(e.Note), By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli(), Version: 1}
		k.FactRows = append(k.FactRows, f)
		return outcome{act: journal.Act{Verb: "pipeline.fact_recorded", Changes: []journal.Change{journal.Put(f)},
			Detail: map[string]any{"fact": f.Kind, "code": f.Code, "on": f.On}}}, nil
	})
}

// VoidFact takes a wrong fact back, with a reason; it stays on record.
func (d *Desk) VoidFact(ctx context.Context, id string, version int64, fact, reason string) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.figure", func(tx store.Tx, k *Docket) (outcome, error) {
		n := slices.IndexFunc(k.FactRows, func(f FactRow) bool { return f.ID == fact })
		if n < 0 {
			return outcome{}, kernel.Faultf(kernel.ErrNotFound, "pipeline.fact_not_found")
		}
		f := k.FactRows[n]
		if err := checkVoid(f.Live(), reason); err != nil {
			return outcome{}, err
		}
		f.VoidedAt, f.VoidedBy, f.VoidedWhy, f.Version = tx.Now.UnixMilli(), kernel.ActorOf(ctx).ID, strings.TrimSpace(reason), f.Version+1
		k.FactRows[n] = f
		return outcome{act: journal.Act{Verb: "pipeline.fact_voided", Reason: f.VoidedWhy, Changes: []journal.Change{journal.Put(f)},
			Detail: map[string]any{"fact": f.Kind, "on": f.On}}}, nil
	})
}

// lookBack is for how many days the program may have stood still without a
// revision losing its effect.
const lookBack = 366

// TakeEffect lets the headline amounts of the zone's projects follow revisions
// whose day has come. It is run by the clock and may be run again at any time: a
// project that follows already is left alone. n is how many did not.
func (d *Desk) TakeEffect(ctx context.Context) (n int, err error) {
	defer kernel.Wrap(&err, "pipeline.TakeEffect")
	var ids []string
	if err := d.db.View(ctx, func(tx store.Tx) error {
		ids, err = awaiting(ctx, tx, today(tx).AddDays(-lookBack), today(tx))
		return err
	}); err != nil {
		return 0, err
	}
	for _, id := range ids {
		moved := false
		err := d.db.Update(ctx, func(tx store.Tx) error {
			k := &Docket{}
			if k.Project, err = Get(ctx, tx, id); err != nil {
				return err
			}
			if err := d.onTrack(ctx, tx, k); err != nil {
				return err
			}
			if err := fill(ctx, tx, k); err != nil {
				return err
			}
			was := k.Project
			k.follow(today(tx))
			if moved = k.Project != was && !was.Stage.Final(); !moved {
				return nil
			}
			act := journal.Act{Verb: "pipeline.figure_effective", Detail: map[string]any{"fields": changedFacts(was, k.Project)}}
			d.voidChanged(was, k, &act, tx, "zh")
			_, err := journal.Record(ctx, tx, d.settled(tx, k, act))
			return err
		})
		if err != nil {
			return n, err
		}
		if moved {
			n++
		}
	}
	return n, nil
}
