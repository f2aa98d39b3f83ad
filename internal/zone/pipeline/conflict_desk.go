package pipeline

import (
	"context"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

func (c Conflict) resource() access.Resource {
	return access.Resource{Type: "Conflict", ID: c.ID, Unit: c.Unit, Owner: c.Owner}
}

// contest opens a conflict between holder, which protects the firm until the
// decision, and r, which claims it.
func (d *Desk) contest(ctx context.Context, tx store.Tx, rule Protection, holder, r Report, claim Claim) (Report, error) {
	c, err := d.openedConflict(ctx, tx, rule, holder, r)
	if err != nil {
		return r, err
	}
	c.Ground, c.SinceOn, c.Claim = claim.Ground, claim.SinceOn, claim.Reason
	r.Status, r.Conflict, r.ProtectedUntil = ReportContested, c.ID, ""
	told := map[string]any{"conflict": c.ID, "due_on": c.DueOn}
	if err := journal.RecordAll(ctx, tx, []journal.Act{
		reportAct(r, "pipeline.reported", "", told),
		conflictAct(c, "pipeline.conflict_opened", claim.Reason),
	}); err != nil {
		return r, err
	}
	holder.Conflict = c.ID
	_, err = journal.Record(byRule(ctx, tx), tx, reportAct(holder.next(tx), "pipeline.report_contested", "", told))
	return r, err
}

// openedConflict is a new conflict between first and second. The coordinating
// department decides it, unless it is a side itself.
func (d *Desk) openedConflict(ctx context.Context, tx store.Tx, rule Protection, first, second Report) (Conflict, error) {
	actor := kernel.ActorOf(ctx)
	days, err := calendar.Load(ctx, tx)
	due, provisional := days.AddWorkingDays(today(tx), rule.DecideWithin)
	c := Conflict{Zone: tx.Zone, ID: kernel.NewID(tx.Now), First: first.ID, Second: second.ID, Unit: rule.Coordinator, OpenedAt: tx.Now.UnixMilli(),
		OpenedBy: actor.ID, OpenedByName: actor.Name, DueOn: string(due), DueProvisional: provisional, State: ConflictOpen, Version: 1}
	if c.Unit == first.Unit || c.Unit == second.Unit {
		c.Unit = ""
	}
	return c, err
}

func conflictAct(c Conflict, verb, reason string) journal.Act {
	return journal.Act{Verb: verb, Object: ConflictObject(c.ID), Reason: reason,
		Detail: map[string]any{"ground": c.Ground, "due_on": c.DueOn, "winner": c.Winner}, Changes: []journal.Change{journal.Put(c)}}
}

// deciders names the department that decides c; "" when the zone's leaders do.
func deciders(ctx context.Context, tx store.Tx, c Conflict) (string, error) {
	if c.Unit == "" {
		return "", nil
	}
	u, err := access.GetUnit(ctx, tx, c.Unit)
	return u.Name(kernel.ActorOf(ctx).Lang), err
}

// readConflict loads conflict id for somebody who may do perm to it.
func (d *Desk) readConflict(ctx context.Context, tx store.Tx, id, perm string) (Conflict, error) {
	c, err := getConflict(ctx, tx, id)
	if err != nil {
		return c, err
	}
	if d.gate.Allow(ctx, tx, "pipeline.read", c.resource()) != nil {
		return c, kernel.Faultf(kernel.ErrNotFound, "pipeline.conflict_not_found")
	}
	return c, d.gate.Allow(ctx, tx, perm, c.resource())
}

// ReadableConflict refuses a conflict that the caller may not read. It is a
// journal.Reader.
func (d *Desk) ReadableConflict(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.readConflict(ctx, tx, id, "pipeline.read")
	return err
}

// DecideConflict says which of two reports protects the firm. Nobody decides a
// conflict they are a side of.
func (d *Desk) DecideConflict(ctx context.Context, id string, version int64, o DecideOrder) (out ConflictListed, err error) {
	defer kernel.Wrap(&err, "pipeline.DecideConflict(%s)", id)
	if err := d.gate.Require(ctx, "pipeline.arbitrate"); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		c, err := d.readConflict(ctx, tx, id, "pipeline.arbitrate")
		if err != nil {
			return err
		}
		first, second, err := sidesOf(ctx, tx, c)
		if err != nil {
			return err
		}
		who, err := deciders(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := impartial(kernel.ActorOf(ctx), []Report{first, second}, who); err != nil {
			return err
		}
		if version != 0 && c.Version != version {
			return kernel.Faultf(kernel.ErrStale, "pipeline.conflict_stale")
		}
		if err := o.check(c); err != nil {
			return err
		}
		winner, loser := first, second
		if o.Winner == second.ID {
			winner, loser = second, first
		}
		if c, err = d.conclude(ctx, tx, c, winner, loser, o.Reason); err != nil {
			return err
		}
		out, err = d.listedConflict(ctx, tx, c)
		return err
	})
	return out, err
}

// conclude decides c for winner and records it under the conflict and under
// each of the two reports.
func (d *Desk) conclude(ctx context.Context, tx store.Tx, c Conflict, winner, loser Report, reason string) (Conflict, error) {
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return c, err
	}
	winner, loser = decided(rules.on(today(tx)), c, winner, loser, reason, today(tx))
	c = c.closed(ctx, tx, winner.ID, reason)
	told := map[string]any{"conflict": c.ID}
	return c, journal.RecordAll(ctx, tx, []journal.Act{
		conflictAct(c, "pipeline.conflict_settled", reason),
		reportAct(winner.next(tx), "pipeline.report_upheld", reason, told),
		reportAct(loser.next(tx), "pipeline.report_overruled", reason, told),
	})
}

// closed is c decided by the caller.
func (c Conflict) closed(ctx context.Context, tx store.Tx, winner, reason string) Conflict {
	actor := kernel.ActorOf(ctx)
	c.State, c.Winner, c.Reason, c.Version = ConflictDecided, winner, reason, c.Version+1
	c.By, c.ByName, c.DecidedAt = actor.ID, actor.Name, tx.Now.UnixMilli()
	return c
}

// concede decides the open conflict r is a side of for the other side, because
// r is given up; the caller saves r itself.
func (d *Desk) concede(ctx context.Context, tx store.Tx, r Report) error {
	c, err := openConflict(ctx, tx, []Report{r})
	if err != nil || c == nil {
		return err
	}
	other, err := getReport(ctx, tx, c.other(r.ID))
	if err != nil {
		return err
	}
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return err
	}
	reason := d.book.Say(kernel.ActorOf(ctx).Lang, "pipeline.conflict_conceded")
	winner, _ := decided(rules.on(today(tx)), *c, other, r, reason, today(tx))
	if _, err := journal.Record(ctx, tx, conflictAct(c.closed(ctx, tx, winner.ID, reason), "pipeline.conflict_settled", reason)); err != nil {
		return err
	}
	_, err = journal.Record(byRule(ctx, tx), tx, reportAct(winner.next(tx), "pipeline.report_upheld", reason, map[string]any{"conflict": c.ID}))
	return err
}

// ConfirmSameFirm records that two reports are of one firm, known under two
// numbers or names. Where both protect somebody, a conflict opens, and the
// earlier one protects the firm until it is decided.
func (d *Desk) ConfirmSameFirm(ctx context.Context, o SameFirmOrder) (out ConflictListed, err error) {
	defer kernel.Wrap(&err, "pipeline.ConfirmSameFirm")
	if err := d.gate.Require(ctx, "pipeline.arbitrate"); err != nil {
		return out, err
	}
	if err := o.check(); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		rules, err := d.protections(ctx, tx)
		if err != nil {
			return err
		}
		rule := rules.on(today(tx))
		first, second, err := d.twoReports(ctx, tx, rule, o)
		if err != nil {
			return err
		}
		c, err := d.openedConflict(ctx, tx, rule, first, second)
		if err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "pipeline.arbitrate", c.resource()); err != nil {
			return err
		}
		if c, err = d.unite(ctx, tx, c, first, second, o.Reason); err == nil {
			out, err = d.listedConflict(ctx, tx, c)
		}
		return err
	})
	return out, err
}

// twoReports loads the reports of o, the one that precedes first.
func (d *Desk) twoReports(ctx context.Context, tx store.Tx, rule Protection, o SameFirmOrder) (first, second Report, err error) {
	if first, err = d.readReport(ctx, tx, o.First); err != nil {
		return first, second, inField("first", "pipeline.report_not_found", err)
	}
	if second, err = d.readReport(ctx, tx, o.Second); err != nil {
		return first, second, inField("second", "pipeline.report_not_found", err)
	}
	if first.Firm == second.Firm {
		return first, second, kernel.Faultf(kernel.ErrConflict, "pipeline.same_firm_already")
	}
	if first, err = leading(ctx, tx, first); err != nil {
		return first, second, err
	}
	if second, err = leading(ctx, tx, second); err != nil {
		return first, second, err
	}
	if second.before(rule, first) {
		first, second = second, first
	}
	u := ""
	if rule.Coordinator != "" && rule.Coordinator != first.Unit && rule.Coordinator != second.Unit {
		if u, err = deciders(ctx, tx, Conflict{Unit: rule.Coordinator}); err != nil {
			return first, second, err
		}
	}
	return first, second, impartial(kernel.ActorOf(ctx), []Report{first, second}, u)
}

// leading is the report that protects r's firm, r itself when none does; it is
// refused while a conflict about the firm is open.
func leading(ctx context.Context, tx store.Tx, r Report) (Report, error) {
	all, err := sameFirm(ctx, tx, r.Firm)
	if err != nil {
		return r, err
	}
	c, err := openConflict(ctx, tx, all)
	if err == nil && c != nil {
		err = kernel.Faultf(kernel.ErrConflict, "pipeline.firm_contested", c.DueOn)
	}
	for _, x := range all {
		if x.Protects(today(tx)) {
			return x, err
		}
	}
	return r, err
}

// unite puts every report on second's firm with first's, and opens c where both
// protect somebody; where not, c is on record as decided.
func (d *Desk) unite(ctx context.Context, tx store.Tx, c Conflict, first, second Report, reason string) (Conflict, error) {
	c.Ground, c.Claim = GroundSameFirm, reason
	all, err := sameFirm(ctx, tx, second.Firm)
	if err != nil {
		return c, err
	}
	day := today(tx)
	both := first.Protects(day) && second.Protects(day)
	if !both {
		c = c.closed(ctx, tx, "", reason)
		c.Version = 1
		for _, r := range []Report{first, second} {
			if r.Protects(day) {
				c.Winner = r.ID
			}
		}
	}
	told := map[string]any{"conflict": c.ID, "due_on": c.DueOn}
	acts := []journal.Act{conflictAct(c, "pipeline.firm_confirmed", reason)}
	for _, r := range all {
		r.Firm = first.Firm
		if r.ID == second.ID {
			if r.Conflict = c.ID; both {
				r.Status = ReportContested
			}
		}
		acts = append(acts, reportAct(r.next(tx), "pipeline.firm_confirmed", "", told))
	}
	first.Conflict = c.ID
	acts = append(acts, reportAct(first.next(tx), "pipeline.firm_confirmed", "", told))
	return c, journal.RecordAll(ctx, tx, acts)
}

// FindConflict returns conflict id with both sides.
func (d *Desk) FindConflict(ctx context.Context, id string) (out ConflictListed, err error) {
	defer kernel.Wrap(&err, "pipeline.FindConflict(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return out, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		c, err := d.readConflict(ctx, tx, id, "pipeline.read")
		if err == nil {
			out, err = d.listedConflict(ctx, tx, c)
		}
		return err
	})
	return out, err
}

// Conflicts returns one page of the conflicts in state ("" any) that the caller
// may read, newest first, and the place to go on from (nil: the last page).
func (d *Desk) Conflicts(ctx context.Context, state string, after *Place, limit int) (out []ConflictListed, next *Place, err error) {
	defer kernel.Wrap(&err, "pipeline.Conflicts")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		w := conflictsMatching(tx.Zone, state)
		if err := d.confine(ctx, tx, w, "Conflict"); err != nil {
			return err
		}
		rows, err := newestFirst[Conflict](ctx, tx, w, "opened_at", after, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			next = &Place{N: last(rows).OpenedAt, ID: last(rows).ID}
		}
		for _, c := range rows {
			l, err := d.listedConflict(ctx, tx, c)
			if err != nil {
				return err
			}
			out = append(out, l)
		}
		return nil
	})
	return out, next, err
}

// recount counts the day by which c (nil: none) is to be decided anew, by the
// calendar of today and the rule of the day it was opened.
func (d *Desk) recount(ctx context.Context, tx store.Tx, c *Conflict) error {
	if c == nil || c.State != ConflictOpen || !c.DueProvisional {
		return nil
	}
	days, err := calendar.Load(ctx, tx)
	if err != nil {
		return err
	}
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return err
	}
	*c = c.recounted(days, rules.on(kernel.DayOf(c.OpenedAt)).DecideWithin)
	return nil
}

// settleSigned settles c, because the project of first, which protects the firm, has
// come to its signing: nothing is left to decide, and no open conflict stands in the
// way of who signed. It returns what to record by the rule: of the signing the other
// side learns nothing.
func (d *Desk) settleSigned(ctx context.Context, tx store.Tx, c Conflict, first Report) ([]journal.Act, error) {
	second, err := getReport(ctx, tx, c.other(first.ID))
	if err != nil {
		return nil, err
	}
	why := d.book.Say(words.Chinese, "pipeline.conflict_signed")
	acts := []journal.Act{conflictAct(c.closed(byRule(ctx, tx), tx, first.ID, why), "pipeline.conflict_settled", why)}
	if second.pending(today(tx)) {
		second.Status, second.Reason = ReportOverruled, d.book.Say(words.Chinese, "pipeline.conflict_by_rule")
		acts = append(acts, reportAct(second.next(tx), "pipeline.report_overruled", second.Reason, map[string]any{"conflict": c.ID}))
	}
	return acts, nil
}

// listedConflict adds the sides of c and what follows from today.
func (d *Desk) listedConflict(ctx context.Context, tx store.Tx, c Conflict) (l ConflictListed, err error) {
	days, err := calendar.Load(ctx, tx)
	if err != nil {
		return l, err
	}
	if err := d.recount(ctx, tx, &c); err != nil {
		return l, err
	}
	l.Conflict, l.Late = c, c.Overdue(today(tx))
	l.DaysLeft, _ = days.WorkingDaysBetween(today(tx), kernel.Date(c.DueOn))
	first, second, err := sidesOf(ctx, tx, c)
	if err != nil {
		return l, err
	}
	if l.Sides, err = d.listedReports(ctx, tx, []Report{first, second}); err != nil {
		return l, err
	}
	l.UnitName, err = deciders(ctx, tx, c)
	return l, err
}
