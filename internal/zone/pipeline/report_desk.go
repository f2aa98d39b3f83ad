package pipeline

import (
	"context"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

func (r Report) resource() access.Resource {
	return access.Resource{Type: "Report", ID: r.ID, Unit: r.Unit, Owner: r.Owner}
}

// File reports a firm. Nobody else protects it: the report protects the
// reporter. Somebody does: it is refused, in words that say until when, or with
// a claim becomes one side of a conflict.
func (d *Desk) File(ctx context.Context, f ReportFacts, claim *Claim) (out ReportListed, err error) {
	defer kernel.Wrap(&err, "pipeline.File")
	if err := d.gate.Require(ctx, "pipeline.report"); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		r := f.apply(newReport(ctx, tx))
		if err := d.gate.Allow(ctx, tx, "pipeline.report", r.resource()); err != nil {
			return err
		}
		if err := d.identify(ctx, tx, &r); err != nil {
			return err
		}
		if err := r.check(); err != nil {
			return err
		}
		r, err := d.file(ctx, tx, r, claim)
		if err != nil {
			return err
		}
		out, err = d.listedReport(ctx, tx, r)
		return err
	})
	return out, err
}

// newReport is an empty report by the caller.
func newReport(ctx context.Context, tx store.Tx) Report {
	actor := kernel.ActorOf(ctx)
	return Report{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Unit: actor.Unit, Owner: actor.ID, By: actor.ID, ByName: actor.Name, ReportedAt: tx.Now.UnixMilli()}
}

// identify takes over what the register says of r's organisation and checks the
// project it is to belong to.
func (d *Desk) identify(ctx context.Context, tx store.Tx, r *Report) error {
	if r.Project != "" {
		p, err := Get(ctx, tx, r.Project)
		if err == nil && d.gate.Allow(ctx, tx, "pipeline.read", p.resource()) != nil {
			err = kernel.Faultf(kernel.ErrNotFound, "pipeline.not_found")
		}
		if err != nil {
			return inField("project", "pipeline.report_no_project", err)
		}
		if r.Party == "" && r.CreditCode == "" && r.LEI == "" && r.ForeignRegNo == "" {
			r.Party = p.Investor
		}
		if p.Investor != "" && r.Party != "" && p.Investor != r.Party {
			return kernel.FieldFault("project", "pipeline.report_other_investor")
		}
	}
	if r.Party == "" {
		return nil
	}
	p, err := party.Get(ctx, tx, r.Party)
	if err == nil && d.gate.Allow(ctx, tx, "party.read", access.Resource{Type: "Party", ID: p.ID, Unit: p.Unit, Owner: p.Owner}) != nil {
		err = kernel.Faultf(kernel.ErrNotFound, "party.not_found")
	}
	if err != nil {
		return inField("party", "pipeline.unknown_investor", err)
	}
	r.takeOver(p)
	return nil
}

// takeOver fills in name and numbers of a registered organisation.
func (r *Report) takeOver(p party.Party) {
	r.Party, r.FirmName = p.ID, p.Name
	r.CreditCode, r.LEI, r.ForeignRegNo = p.CreditCode, p.LEI, p.ForeignRegNo
	if r.Country = ""; p.ForeignRegNo != "" {
		r.Country = p.Country
	}
}

// file decides what r comes to and saves it.
func (d *Desk) file(ctx context.Context, tx store.Tx, r Report, claim *Claim) (Report, error) {
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return r, err
	}
	day, now := today(tx), tx.Now.UnixMilli()
	rule := rules.on(day)
	r = r.settle(rule, now)
	r = r.protecting(rule, day)
	s, firms, err := d.protectedBy(ctx, tx, r)
	if err != nil {
		return r, err
	}
	r.Firm = r.ID
	if len(firms) > 0 {
		r.Firm = firms[0]
	}
	by, err := d.protector(ctx, tx, s.holder)
	if err != nil {
		return r, err
	}
	what, err := decideFiling(rule, r, s, claim, by, day)
	if err != nil {
		return r, err
	}
	switch what {
	case filedTie:
		err = d.overrule(ctx, tx, *s.holder)
	case filedClaimed:
		return d.contest(ctx, tx, rule, *s.holder, r, *claim)
	}
	if err != nil {
		return r, err
	}
	_, err = journal.Record(ctx, tx, reportAct(r, "pipeline.reported", "", map[string]any{"until": r.ProtectedUntil, "complete": r.CompleteAt != 0}))
	return r, err
}

// protectedBy finds who protects r's firm, and the firms it is on record as.
func (d *Desk) protectedBy(ctx context.Context, tx store.Tx, r Report) (s standingOf, firms []string, err error) {
	if firms, err = firmsOf(ctx, tx, r); err != nil {
		return s, nil, err
	}
	pending, err := pendingOf(ctx, tx, firms, r.ID)
	if err != nil {
		return s, nil, err
	}
	if s.conflict, err = openConflict(ctx, tx, pending); err != nil {
		return s, nil, err
	}
	s.holder = holderAmong(pending, s.conflict, today(tx))
	return s, firms, d.recount(ctx, tx, s.conflict)
}

// holderAmong is the one of pending that protects the firm on day, nil when none
// does; c is the open conflict among them.
func holderAmong(pending []Report, c *Conflict, day kernel.Date) *Report {
	for _, r := range pending {
		if r.Protects(day) || c.holds(r) {
			return &r
		}
	}
	return nil
}

// protector is how the caller may know the one who protects a firm: the
// department's name, "another operator", or for operators nothing at all.
func (d *Desk) protector(ctx context.Context, tx store.Tx, holder *Report) (any, error) {
	actor := kernel.ActorOf(ctx)
	official := actor.Has("officer") || actor.Has("department_lead") || actor.Has("leader")
	if holder == nil || !official {
		return nil, nil
	}
	if holder.Unit == "" {
		return words.Key("pipeline.another_office"), nil
	}
	u, err := access.GetUnit(ctx, tx, holder.Unit)
	if err != nil {
		return nil, err
	}
	if u.Kind == access.Operator {
		return AnotherOperator, nil
	}
	return u.Name(actor.Lang), nil
}

// reportAct is an act about r that saves it. An act names one report and holds
// its row alone: who may read one side of a conflict learns nothing of the other.
func reportAct(r Report, verb, reason string, detail map[string]any) journal.Act {
	return journal.Act{Verb: verb, Object: ReportObject(r.ID), Reason: reason, Detail: detail, Changes: []journal.Change{journal.Put(r)}}
}

// byRule is ctx for what follows from a rule and is nobody's own act: its entry
// does not tell one side who the other is.
func byRule(ctx context.Context, tx store.Tx) context.Context {
	return kernel.WithActor(ctx, kernel.SystemActor(tx.Zone, "rule"))
}

// next is r as its next version.
func (r Report) next(tx store.Tx) Report {
	r.Version, r.UpdatedAt = r.Version+1, tx.Now.UnixMilli()
	return r
}

// overrule ends the incomplete one of two reports that arrived together.
func (d *Desk) overrule(ctx context.Context, tx store.Tx, r Report) error {
	r.Status, r.Reason = ReportOverruled, d.book.Say(words.Chinese, "pipeline.tie_rule")
	_, err := journal.Record(byRule(ctx, tx), tx, reportAct(r.next(tx), "pipeline.report_overruled", r.Reason, nil))
	return err
}

// coordinates reports whether the caller may decide conflicts of the whole
// zone: who coordinates sees every report, or could not tell who was first.
func (d *Desk) coordinates(ctx context.Context, tx store.Tx) (bool, error) {
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return false, err
	}
	rule := rules.on(today(tx))
	return rule.Coordinator != "" && d.gate.Allow(ctx, tx, "pipeline.arbitrate", Conflict{Unit: rule.Coordinator}.resource()) == nil, nil
}

// readReport loads report id. One the caller may not read is as good as none.
func (d *Desk) readReport(ctx context.Context, tx store.Tx, id string) (Report, error) {
	r, err := getReport(ctx, tx, id)
	if err != nil || d.gate.Allow(ctx, tx, "pipeline.read", r.resource()) == nil {
		return r, err
	}
	all, err := d.coordinates(ctx, tx)
	if err == nil && !all {
		err = kernel.Faultf(kernel.ErrNotFound, "pipeline.report_not_found")
	}
	return r, err
}

// ReadableReport refuses a report that the caller may not read. It is a
// journal.Reader.
func (d *Desk) ReadableReport(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.readReport(ctx, tx, id)
	return err
}

// onReport is the one path of every act on an existing report: permission,
// load, compare versions (0: none was named), decide, record.
func (d *Desk) onReport(ctx context.Context, id string, version int64, decide func(tx store.Tx, r Report) (journal.Act, Report, error)) (out ReportListed, err error) {
	defer kernel.Wrap(&err, "pipeline.report(%s)", id)
	if err := d.gate.Require(ctx, "pipeline.report"); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		r, err := d.readReport(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "pipeline.report", r.resource()); err != nil {
			return err
		}
		if version != 0 && r.Version != version {
			return kernel.Faultf(kernel.ErrStale, "pipeline.report_stale")
		}
		act, r, err := decide(tx, r)
		if err != nil {
			return err
		}
		r = r.next(tx)
		act.Object, act.Changes = ReportObject(r.ID), []journal.Change{journal.Put(r)}
		if _, err := journal.Record(ctx, tx, act); err != nil {
			return err
		}
		out, err = d.listedReport(ctx, tx, r)
		return err
	})
	return out, err
}

// AmendReport completes a report or links it to a project. A number filled in
// later is compared with what others have reported meanwhile.
func (d *Desk) AmendReport(ctx context.Context, id string, version int64, f ReportFacts) (ReportListed, error) {
	return d.onReport(ctx, id, version, func(tx store.Tx, r Report) (journal.Act, Report, error) {
		was := r
		r, err := f.amended(r, today(tx))
		if err == nil {
			err = d.identify(ctx, tx, &r)
		}
		if err == nil && !r.keepsNumbers(was) {
			err = kernel.FieldFault("party", "pipeline.report_other_firm")
		}
		if err == nil {
			err = r.check()
		}
		if err != nil {
			return journal.Act{}, r, err
		}
		rules, err := d.protections(ctx, tx)
		if err != nil {
			return journal.Act{}, r, err
		}
		r = r.settle(rules.version(r.Rule), tx.Now.UnixMilli())
		if r.Identity != was.Identity || r.Party != was.Party {
			if r, err = d.identified(ctx, tx, r); err != nil {
				return journal.Act{}, r, err
			}
		}
		return journal.Act{Verb: "pipeline.report_amended", Detail: map[string]any{"complete": r.CompleteAt != 0}}, r, nil
	})
}

// identified puts r, whose number has become known, with the other reports on
// the firm; it is refused when somebody else protects the firm.
func (d *Desk) identified(ctx context.Context, tx store.Tx, r Report) (Report, error) {
	s, firms, err := d.protectedBy(ctx, tx, r)
	if err != nil || len(firms) == 0 {
		return r, err
	}
	r.Firm = firms[0]
	if s.conflict != nil && s.conflict.ID != r.Conflict {
		return r, kernel.Faultf(kernel.ErrConflict, "pipeline.firm_contested", s.conflict.DueOn)
	}
	if s.holder == nil || r.ours(*s.holder) || r.Conflict != "" && s.holder.Conflict == r.Conflict {
		return r, nil
	}
	by, err := d.protector(ctx, tx, s.holder)
	if err != nil {
		return r, err
	}
	return r, protectedFault(*s.holder, false, by)
}

// ExtendReport gives a report one more term on the ground of a talk.
func (d *Desk) ExtendReport(ctx context.Context, id string, version int64, o ExtendOrder) (ReportListed, error) {
	return d.onReport(ctx, id, version, func(tx store.Tx, r Report) (journal.Act, Report, error) {
		rules, err := d.protections(ctx, tx)
		if err != nil {
			return journal.Act{}, r, err
		}
		evidenced := false
		if o.Evidence != "" && r.Project != "" {
			filed, err := loadEvidence(ctx, tx, r.Project)
			if err != nil {
				return journal.Act{}, r, err
			}
			evidenced = slices.ContainsFunc(filed, func(e Evidence) bool { return e.ID == o.Evidence && e.Live() })
		}
		r, err = o.extend(r, rules.version(r.Rule), evidenced, today(tx))
		if err != nil {
			return journal.Act{}, r, err
		}
		r.ExtendedAt, r.ExtendedBy = tx.Now.UnixMilli(), kernel.ActorOf(ctx).Name
		return journal.Act{Verb: "pipeline.report_extended", Detail: map[string]any{"until": r.ProtectedUntil, "talk_on": r.TalkOn}}, r, nil
	})
}

// ReleaseReport gives the protection of a firm up. A conflict it was a side of
// is decided by that for the other side.
func (d *Desk) ReleaseReport(ctx context.Context, id string, version int64, reason string) (ReportListed, error) {
	return d.onReport(ctx, id, version, func(tx store.Tx, r Report) (journal.Act, Report, error) {
		if !r.pending(today(tx)) {
			return journal.Act{}, r, kernel.Faultf(kernel.ErrConflict, "pipeline.report_not_live", words.Key("pipeline.report_state_"+r.StatusOn(today(tx))))
		}
		if err := checkReason("reason", reason, leastReason); err != nil {
			return journal.Act{}, r, err
		}
		if err := d.concede(ctx, tx, r); err != nil {
			return journal.Act{}, r, err
		}
		r.Status, r.Reason = ReportReleased, reason
		return journal.Act{Verb: "pipeline.report_released", Reason: reason}, r, nil
	})
}

// FindReport returns report id.
func (d *Desk) FindReport(ctx context.Context, id string) (out ReportListed, err error) {
	defer kernel.Wrap(&err, "pipeline.FindReport(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return out, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		r, err := d.readReport(ctx, tx, id)
		if err == nil {
			out, err = d.listedReport(ctx, tx, r)
		}
		return err
	})
	return out, err
}

// ReportTimeline returns the journal's entries about report id, newest first.
func (d *Desk) ReportTimeline(ctx context.Context, id string, p journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "pipeline.ReportTimeline(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if _, err := d.readReport(ctx, tx, id); err != nil {
			return err
		}
		entries, err = journal.History(ctx, tx, ReportObject(id), p)
		return err
	})
	return entries, err
}

// CheckFirm says whether a firm may be reported, without reporting it.
func (d *Desk) CheckFirm(ctx context.Context, f ReportFacts) (out FirmState, err error) {
	defer kernel.Wrap(&err, "pipeline.CheckFirm")
	if err := d.gate.Require(ctx, "pipeline.report"); err != nil {
		return out, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		r := f.apply(newReport(ctx, tx))
		if err := d.identify(ctx, tx, &r); err != nil {
			return err
		}
		if err := kernel.Faults("pipeline.report_invalid", r.checkCode(), r.checkLEI(), r.checkForeign()); err != nil {
			return err
		}
		r.Identity = firmKey(r.CreditCode, r.LEI, r.Country, r.ForeignRegNo)
		s, _, err := d.protectedBy(ctx, tx, r)
		if err != nil {
			return err
		}
		if out = firmStateOf(r, s); out.State != "protected" {
			return nil
		}
		by, err := d.protector(ctx, tx, s.holder)
		switch name := by.(type) {
		case string:
			out.By = name
		case words.Key:
			out.By = d.book.Say(kernel.ActorOf(ctx).Lang, string(name))
		}
		return err
	})
	return out, err
}

// Reports returns one page of the reports that f lets through and the caller
// may read, newest first, and the place to go on from (nil: the last page).
func (d *Desk) Reports(ctx context.Context, f ReportFilter, after *Place, limit int) (out []ReportListed, next *Place, err error) {
	defer kernel.Wrap(&err, "pipeline.Reports")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, nil, err
	}
	if err := f.check(); err != nil {
		return nil, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		w := reportsMatching(tx.Zone, f, today(tx))
		all, err := d.coordinates(ctx, tx)
		if err != nil {
			return err
		}
		if !all {
			if err := d.confine(ctx, tx, w, "Report"); err != nil {
				return err
			}
		}
		rows, err := newestFirst[Report](ctx, tx, w, "reported_at", after, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			rows = rows[:limit]
			next = &Place{N: last(rows).ReportedAt, ID: last(rows).ID}
		}
		out, err = d.listedReports(ctx, tx, rows)
		return err
	})
	return out, next, err
}

// confine adds to w that the caller may read the row.
func (d *Desk) confine(ctx context.Context, tx store.Tx, w *where, resource string) error {
	cond, args, err := d.gate.Filter(ctx, tx, "pipeline.read", resource, "", len(w.args)+1)
	w.conds, w.args = append(w.conds, cond), append(w.args, args...)
	return err
}

func (d *Desk) listedReport(ctx context.Context, tx store.Tx, r Report) (ReportListed, error) {
	list, err := d.listedReports(ctx, tx, []Report{r})
	if err != nil {
		return ReportListed{}, err
	}
	return list[0], nil
}

// listedReports adds to reports the names around them and what follows from today.
func (d *Desk) listedReports(ctx context.Context, tx store.Tx, reports []Report) ([]ReportListed, error) {
	units, owners, err := d.namesOf(ctx, tx, reports)
	if err != nil {
		return nil, err
	}
	projects, err := d.projectNames(ctx, tx, reports)
	if err != nil {
		return nil, err
	}
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return nil, err
	}
	day := today(tx)
	out := make([]ReportListed, len(reports))
	for i, r := range reports {
		rule := rules.version(r.Rule)
		l := ReportListed{Report: r, UnitName: units[r.Unit], OwnerName: owners[r.Owner], ProjectName: projects[r.Project], State: r.StatusOn(day), Missing: r.missing(rule)}
		if r.Protects(day) {
			l.DaysLeft, _ = day.DaysUntil(kernel.Date(r.ProtectedUntil))
			l.Extensible = r.Extensions < int64(rule.Extensions)
		}
		if r.Conflict != "" {
			c, err := getConflict(ctx, tx, r.Conflict)
			if err != nil {
				return nil, err
			}
			if err := d.recount(ctx, tx, &c); err != nil {
				return nil, err
			}
			if l.Dispute = &c; c.holds(r) {
				l.State = r.Status // while it waits the term does not end
			}
		}
		out[i] = l
	}
	return out, nil
}

// namesOf returns the names of the departments and officials of reports, by id.
func (d *Desk) namesOf(ctx context.Context, tx store.Tx, reports []Report) (units, owners map[string]string, err error) {
	all, err := access.Units(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	units = map[string]string{}
	for _, u := range all {
		units[u.ID] = u.Name(kernel.ActorOf(ctx).Lang)
	}
	var ids []string
	for _, r := range reports {
		if r.Owner != "" && !slices.Contains(ids, r.Owner) {
			ids = append(ids, r.Owner)
		}
	}
	owners, err = access.AccountNames(ctx, tx, ids...)
	return units, owners, err
}

// projectNames returns the names of those projects of reports that the caller
// may read, by id.
func (d *Desk) projectNames(ctx context.Context, tx store.Tx, reports []Report) (map[string]string, error) {
	names := map[string]string{}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	var ids []string
	for _, r := range reports {
		if r.Project != "" && !slices.Contains(ids, r.Project) {
			ids = append(ids, r.Project)
		}
	}
	if len(ids) == 0 {
		return names, nil
	}
	w.in("id", ids)
	if err := d.confine(ctx, tx, w, "Project"); err != nil {
		return nil, err
	}
	found, err := store.Select[Project](ctx, tx, w.tail(), w.args...)
	for _, p := range found {
		names[p.ID] = p.Code + " " + p.Name
	}
	return names, err
}

// ExpireReports notes in the journal the reports whose term has ended. It
// changes nothing about them: a report past its day protects nobody, noted or not.
func (d *Desk) ExpireReports(ctx context.Context) (n int, err error) {
	defer kernel.Wrap(&err, "pipeline.ExpireReports")
	const batch = 100
	for {
		done := 0
		err := d.db.Update(ctx, func(tx store.Tx) error {
			over, err := overdueReports(ctx, tx, today(tx), batch)
			var acts []journal.Act
			for _, r := range over {
				r.Status = ReportExpired
				acts = append(acts, reportAct(r.next(tx), "pipeline.report_expired", "", map[string]any{"until": r.ProtectedUntil}))
			}
			if done = len(over); err == nil {
				err = journal.RecordAll(ctx, tx, acts)
			}
			return err
		})
		if n += done; err != nil || done < batch {
			return n, err
		}
	}
}
