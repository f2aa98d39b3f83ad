package pipeline

import (
	"context"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// A register does not pass the rule of 首报首谈 by. A row that brings a firm to a
// project before its signing needs the firm to be free, as [Desk.Open] does, and
// reports it for the row's own department and official. What a register says of
// earlier days proves no date: the protection begins with the import. Projects
// that are signed already need none. Rows of one register arrive together: the
// first of a firm reports it, and the others come in beside it.

// brings reports whether c's row brings a firm to a project that is not signed yet.
func (c *candidate) brings() bool {
	p := c.draft.Project
	if c.out != nil || p.Investor == "" {
		return false
	}
	if c.held == nil {
		return p.underTalks()
	}
	return p.Investor != c.held.Investor && c.held.underTalks()
}

// report is what c's row reports: its firm, for those responsible for p.
func (im *importer) report(ctx context.Context, c *candidate, p Project) Report {
	actor := kernel.ActorOf(ctx)
	r := Report{Zone: im.tx.Zone, By: actor.ID, ByName: actor.Name, ReportedAt: im.tx.Now.UnixMilli(), OriginRun: im.run.ID}
	r.takeOver(c.party.Party)
	return r.of(p).settle(im.rule, r.ReportedAt)
}

// side is the project of c's row as far as it says whose side the row is on.
func (c *candidate) side() Project {
	p := c.draft.Project
	if c.held != nil && !slices.Contains(c.draft.States, "unit_id") {
		p.Unit = c.held.Unit
	}
	if c.held != nil && !slices.Contains(c.draft.States, "owner_id") {
		p.Owner = c.held.Owner
	}
	return p
}

// protect rejects the rows whose firm another side protects, in words that say
// until when and, to those who may know it, by whom.
func (im *importer) protect(ctx context.Context, cs []candidate) error {
	var at []int
	var firms []party.Party
	for i := range cs {
		if cs[i].brings() {
			at, firms = append(at, i), append(firms, cs[i].party.Party)
		}
	}
	if len(at) == 0 {
		return nil
	}
	rules, err := im.desk.protections(ctx, im.tx)
	if err != nil {
		return err
	}
	im.rule = rules.on(im.reader.today)
	rows := make([]Report, len(at))
	for n, i := range at {
		rows[n] = im.report(ctx, &cs[i], cs[i].side())
	}
	all, err := im.desk.protectedByAll(ctx, im.tx, rows, firms)
	if err != nil {
		return err
	}
	for n, i := range at {
		c := &cs[i]
		c.firm, c.holder = all[n].firm, all[n].holder
		refused, err := im.refusal(ctx, rows[n], all[n].standingOf)
		if err != nil {
			return err
		}
		if refused != nil {
			c.reject(aboutField("investor_name", refused))
			handOver(c.party, cs[i+1:])
		}
	}
	return nil
}

// refusal is why r is not filed: another side protects the firm, or who does is
// being decided. That two arrive together settles nothing here: nobody gives way
// to a register.
func (im *importer) refusal(ctx context.Context, r Report, s standingOf) (refused, err error) {
	switch {
	case s.holder != nil && (r.ours(*s.holder) || s.holder.OriginRun == im.run.ID):
		return nil, nil
	case s.conflict != nil:
		return kernel.Faultf(kernel.ErrConflict, "pipeline.firm_contested", s.conflict.DueOn), nil
	case s.holder == nil:
		return nil, nil
	}
	by, err := im.desk.protector(ctx, im.tx, s.holder)
	return protectedFault(*s.holder, false, by), err
}

// handOver gives what a rejected row changes of its investor to the next row of
// that investor, which relies on it.
func handOver(from party.Ensured, rest []candidate) {
	for i := range rest {
		if next := &rest[i]; next.out == nil && next.party.ID == from.ID {
			next.party.Changes = slices.Concat(from.Changes, next.party.Changes)
			return
		}
	}
}

// file returns the acts by which c's row reports its firm for p; none when p's own
// side protects it already, or an earlier row of the register has reported it. A
// report of p's own side stays as it is, also when it belongs to no project: what
// an undo has to take back is the run's alone.
func (im *importer) file(ctx context.Context, c *candidate, p Project) []journal.Act {
	r := im.report(ctx, c, p)
	keys := r.keys(c.firm)
	first := c.holder
	for _, key := range keys {
		if first == nil {
			first = im.filed[key]
		}
	}
	if first != nil {
		if !r.ours(*first) {
			c.draft.note("pipeline.import_firm_reported", "investor_name")
		}
		return nil
	}
	r.ID = im.nextID()
	if r.Firm = c.firm; r.Firm == "" {
		r.Firm = r.ID
	}
	r = r.protecting(im.rule, im.reader.today)
	for _, key := range keys {
		im.filed[key] = &r
	}
	return []journal.Act{r.filedFor(p)}
}

// keys are by what two rows of a register name one firm.
func (r Report) keys(firm string) []string {
	keys := []string{"party/" + r.Party}
	if r.Identity != "" {
		keys = append(keys, "number/"+r.Identity)
	}
	if firm != "" {
		keys = append(keys, "firm/"+firm)
	}
	return keys
}

// began is the share of the official responsible for p, whom the register or the
// run names, or who imports it. Where the register names somebody the house does
// not know there is none: whoever imports their lead did not begin it.
func (im *importer) began(ctx context.Context, c *candidate, p Project) ([]journal.Change, error) {
	if p.Owner == "" || c.draft.OwnerName != "" && !slices.Contains(c.draft.States, "owner_id") {
		return nil, nil
	}
	actor := kernel.ActorOf(ctx)
	name, seen := im.names[p.Owner]
	if !seen {
		all, err := access.AccountNames(ctx, im.tx, p.Owner)
		if err != nil {
			return nil, err
		}
		if name = all[p.Owner]; p.Owner == actor.ID {
			name = actor.Name
		}
		im.names[p.Owner] = name
	}
	return []journal.Change{journal.Put(begun(p, Share{Account: p.Owner, Name: name, Unit: p.Unit}, actor, im.tx.Now.UnixMilli()))}, nil
}

// firmStanding is who protects a firm, and the firm it is on record as.
type firmStanding struct {
	standingOf
	firm string // "": none yet
}

// protectedByAll is protectedBy for many reports that are not filed yet, with a
// few queries: firms are the registered organisations they are of.
func (d *Desk) protectedByAll(ctx context.Context, tx store.Tx, rows []Report, firms []party.Party) ([]firmStanding, error) {
	named, err := firmsOfAll(ctx, tx, rows, firms)
	if err != nil {
		return nil, err
	}
	pending, err := pendingOfAll(ctx, tx, slices.Concat(named...))
	if err != nil {
		return nil, err
	}
	open, err := openConflicts(ctx, tx, pending)
	if err != nil {
		return nil, err
	}
	out := make([]firmStanding, len(rows))
	for i, names := range named {
		if len(names) > 0 {
			out[i].firm = names[0]
		}
		of := slices.DeleteFunc(slices.Clone(pending), func(r Report) bool { return !slices.Contains(names, r.Firm) })
		for _, r := range of {
			if c, ok := open[r.Conflict]; ok && out[i].conflict == nil {
				out[i].conflict = &c
			}
		}
		out[i].holder = holderAmong(of, out[i].conflict, today(tx))
		if err := d.recount(ctx, tx, out[i].conflict); err != nil {
			return nil, err
		}
	}
	return out, nil
}
