package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// maxNamed bounds how many rows a refusal names.
const maxNamed = 20

// decide takes a run through the phase deciding.
func (d *Desk) decide(ctx context.Context, kind Kind, run runRow) (err error) {
	defer kernel.Wrap(&err, "intake.decide(%s)", run.ID)
	for run.State == Deciding {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := d.step(ctx, &run, func(tx store.Tx, run *runRow) error { return d.decideBatch(ctx, tx, kind, run) })
		if err != nil {
			return err
		}
	}
	return nil
}

// decideBatch decides the next rows, or ends the phase when there are none.
func (d *Desk) decideBatch(ctx context.Context, tx store.Tx, kind Kind, run *runRow) error {
	rows, err := nextRows(ctx, tx, *run, batch, waiting)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		run.enter(Staged, tx)
		return d.announce(ctx, tx, run, "intake.staged")
	}
	verdicts, err := d.verdicts(ctx, tx, kind, *run, rows)
	if err != nil {
		return err
	}
	for i := range rows {
		rows[i].take(verdicts[i])
		run.Counts.add(rows[i])
	}
	run.Position, run.Done = rows[len(rows)-1].Number, run.Done+int64(len(rows))
	return decided().set(ctx, tx, run.ID, rows)
}

// verdicts asks the kind.
func (d *Desk) verdicts(ctx context.Context, tx store.Tx, kind Kind, run runRow, rows []rowRow) ([]Verdict, error) {
	shown, err := d.shown(kind, run)
	if err != nil {
		return nil, err
	}
	out, err := kind.Decide(ctx, tx, shown, rowsOf(rows))
	if err != nil {
		return nil, err
	}
	return vetted(ctx, tx, kind, run, rows, out)
}

// shown is run as its kind sees it.
func (d *Desk) shown(kind Kind, run runRow) (Run, error) {
	opts, err := options(kind, run.Settings.Options, d.Words)
	return Run{ID: run.ID, Kind: run.Kind, FileName: run.FileName, Options: opts}, err
}

func rowsOf(rows []rowRow) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		out[i] = r.row()
	}
	return out
}

// vetted finds mistakes in a kind's verdicts, and rejects rows that name by
// another key what an earlier row of the run names.
func vetted(ctx context.Context, tx store.Tx, kind Kind, run runRow, rows []rowRow, out []Verdict) ([]Verdict, error) {
	if len(out) != len(rows) {
		return nil, fmt.Errorf("kind %s answered %d verdicts to %d rows", kind.ID, len(out), len(rows))
	}
	var objects []string
	for i, v := range out {
		if err := v.check(); err != nil {
			return nil, fmt.Errorf("kind %s, row %d: %w", kind.ID, rows[i].Number, err)
		}
		if v.Status == Changed || v.Status == Unchanged {
			objects = append(objects, v.Object)
		}
	}
	seen, err := withObjects(ctx, tx, run.ID, objects)
	if err != nil {
		return nil, err
	}
	for i := range out {
		v := &out[i]
		if v.Status != Changed && v.Status != Unchanged {
			continue
		}
		if first, twice := seen[v.Object]; twice && first != rows[i].Number {
			*v = Verdict{Status: Rejected, Title: v.Title,
				Reasons: []kernel.Fault{{Kind: kernel.ErrInvalid, Word: "intake.same_object", Args: []any{first}}}}
			continue
		}
		seen[v.Object] = rows[i].Number
	}
	return out, nil
}

// check finds mistakes of a Kind before they do harm.
func (v Verdict) check() error {
	switch v.Status {
	case New, Changed:
		if v.Act.Verb == "" || v.Object == "" {
			return fmt.Errorf("%s without an act or an object", v.Status)
		}
		return nil
	case Unchanged:
		if v.Object == "" {
			return fmt.Errorf("unchanged without an object")
		}
	case Rejected:
		if len(v.Reasons) == 0 {
			return fmt.Errorf("rejected without a reason")
		}
	default:
		return fmt.Errorf("verdict %q", v.Status)
	}
	if len(v.Also) > 0 {
		return fmt.Errorf("%s with acts", v.Status)
	}
	return nil
}

// take writes a verdict into the row.
func (r *rowRow) take(v Verdict) {
	r.Status, r.Object, r.Base, r.Version = v.Status, v.Object, v.Base, 0
	if v.Title != "" {
		r.Title = clip(v.Title)
	}
	if v.Status == Rejected || v.Status == New {
		r.Object = "" // of a new one known once it is published
	}
	r.Reasons = because(v.Reasons...)
}

// reopen takes a staged run back to deciding.
func reopen(ctx context.Context, tx store.Tx, run *runRow) (err error) {
	if err := undecide(ctx, tx, run); err != nil {
		return err
	}
	run.enter(Deciding, tx)
	run.Total, err = store.Count(ctx, tx, `SELECT count(*) FROM intake_rows WHERE zone = $1 AND run = $2 AND status = 'waiting'`, tx.Zone, run.ID)
	return err
}

// publish makes a run visible: one transaction.
func (d *Desk) publish(ctx context.Context, kind Kind, run runRow) (err error) {
	defer kernel.Wrap(&err, "intake.publish(%s)", run.ID)
	if err := d.hold(ctx, &run); err != nil {
		return err
	}
	return d.step(store.Long(ctx), &run, func(tx store.Tx, run *runRow) error {
		ahead := d.lookAhead(ctx, tx, kind, *run, kind.Ahead)
		defer ahead.stop()
		for {
			next, err := ahead.next(ctx, tx, *run)
			if err != nil {
				return err
			}
			if len(next.rows) == 0 {
				break
			}
			if err := d.publishBatch(ctx, tx, kind, *run, next); err != nil {
				return err
			}
			run.Position = next.rows[len(next.rows)-1].Number
			run.Done += int64(len(next.rows))
			d.setLive(run.ID, run.Done)
		}
		if err := clearRows(ctx, tx, run.ID, false); err != nil {
			return err
		}
		run.State, run.PublishedAt = Published, tx.Now.UnixMilli()
		return d.announce(ctx, tx, run, "intake.published")
	})
}

// hold lengthens the lease before a long transaction, during which it cannot be
// renewed. SQLite's one writer keeps others off by itself.
func (d *Desk) hold(ctx context.Context, run *runRow) error {
	return d.step(ctx, run, func(tx store.Tx, run *runRow) error {
		if tx.Dialect == store.Postgres {
			run.LeaseUntil = tx.Now.Add(10 * d.Lease).UnixMilli()
		}
		return nil
	})
}

// announce journals the end of a phase with its counts.
func (d *Desk) announce(ctx context.Context, tx store.Tx, run *runRow, verb string) error {
	_, err := journal.Record(ctx, tx, journal.Act{Verb: verb, Object: "intake.run/" + run.ID,
		Detail: map[string]any{"kind": run.Kind, "file": run.FileName, "counts": run.Counts}})
	return err
}

// publishBatch decides rows once more, unless that was done ahead, and records
// their acts.
func (d *Desk) publishBatch(ctx context.Context, tx store.Tx, kind Kind, run runRow, b lookedAt) (err error) {
	rows, verdicts := b.rows, b.verdicts
	if verdicts == nil {
		if verdicts, err = d.verdicts(ctx, tx, kind, run, rows); err != nil {
			return err
		}
	}
	moved := &kernel.Fault{Kind: kernel.ErrConflict, Word: "intake.moved"}
	acts := make([]journal.Act, 0, len(rows))
	for i := range rows {
		r, v := &rows[i], verdicts[i]
		if v.Status != r.Status || v.Status == Changed && (v.Object != r.Object || v.Base != r.Base) {
			if len(moved.Details) < maxNamed {
				moved.Details = append(moved.Details, kernel.Fault{Kind: kernel.ErrConflict, Word: "intake.moved_row", Args: []any{r.Number, r.Title}})
			}
			continue
		}
		if acts, err = v.stamped(acts, run.ID, r.Number); err != nil {
			return fmt.Errorf("kind %s: %w", kind.ID, err)
		}
		r.Object, r.Version, r.Before = v.Object, v.Version, string(v.Before)
	}
	if len(moved.Details) > 0 {
		return moved
	}
	if err := journal.RecordAll(ctx, tx, acts); err != nil {
		return err
	}
	return keepPublished(ctx, tx, run.ID, rows)
}

// stamped appends the acts of v to acts.
func (v Verdict) stamped(acts []journal.Act, run string, row int64) ([]journal.Act, error) {
	act, err := stamped(v.Act, run, row)
	if err != nil {
		return nil, err
	}
	acts = append(acts, act)
	for _, also := range v.Also {
		if act, err = stamped(also, run, 0); err != nil {
			return nil, err
		}
		acts = append(acts, act)
	}
	return acts, nil
}

// stamped adds run and row to an act's detail.
func stamped(act journal.Act, run string, row int64) (journal.Act, error) {
	detail := map[string]any{"run": run}
	if row > 0 {
		detail["row"] = row
	}
	switch given := act.Detail.(type) {
	case nil:
	case map[string]any:
		for k, v := range given {
			detail[k] = v
		}
	default:
		return act, fmt.Errorf("act %s has a detail of type %T, not map[string]any", act.Verb, act.Detail)
	}
	act.Detail = detail
	return act, nil
}

// undo takes a published run back: one transaction.
func (d *Desk) undo(ctx context.Context, kind Kind, run runRow) (err error) {
	defer kernel.Wrap(&err, "intake.undo(%s)", run.ID)
	if err := d.hold(ctx, &run); err != nil {
		return err
	}
	return d.step(store.Long(ctx), &run, func(tx store.Tx, run *runRow) error {
		ahead := d.lookAhead(ctx, tx, kind, *run, nil)
		defer ahead.stop()
		refused := &kernel.Fault{Kind: kernel.ErrConflict, Word: "intake.undo_blocked"}
		for {
			next, err := ahead.next(ctx, tx, *run)
			rows := next.rows
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				break
			}
			if err := d.undoBatch(ctx, tx, kind, *run, rows, refused); err != nil {
				return err
			}
			run.Position = rows[len(rows)-1].Number
			run.Done += int64(len(rows))
			d.setLive(run.ID, run.Done)
		}
		if len(refused.Details) > 0 {
			return refused
		}
		if err := clearRows(ctx, tx, run.ID, true); err != nil {
			return err
		}
		run.State, run.UndoneAt = Undone, tx.Now.UnixMilli()
		return d.announce(ctx, tx, run, "intake.undone")
	})
}

func (d *Desk) undoBatch(ctx context.Context, tx store.Tx, kind Kind, run runRow, rows []rowRow, refused *kernel.Fault) error {
	done := make([]Done, len(rows))
	for i, r := range rows {
		done[i] = Done{Number: int(r.Number), Status: r.Status, Object: r.Object, Title: r.Title, Version: r.Version}
		if r.Before != "" {
			done[i].Before = json.RawMessage(r.Before)
		}
	}
	acts, blocked, err := kind.Undo(ctx, tx, Run{ID: run.ID, Kind: run.Kind, FileName: run.FileName}, done)
	if err != nil {
		return err
	}
	for _, b := range blocked {
		i := slices.IndexFunc(done, func(x Done) bool { return x.Number == b.Row })
		if i < 0 {
			return fmt.Errorf("kind %s blocks row %d, which is not among those to undo", kind.ID, b.Row)
		}
		if len(refused.Details) < maxNamed {
			refused.Details = append(refused.Details, kernel.Fault{Kind: kernel.ErrConflict, Word: "intake.blocked_row", Args: []any{b.Row, done[i].Title, b.Reason}})
		}
	}
	if len(refused.Details) > 0 {
		return nil // the rest is only looked at, to name everything at once
	}
	for i := range acts {
		if acts[i], err = stamped(acts[i], run.ID, 0); err != nil {
			return fmt.Errorf("kind %s: %w", kind.ID, err)
		}
	}
	return journal.RecordAll(ctx, tx, acts)
}
