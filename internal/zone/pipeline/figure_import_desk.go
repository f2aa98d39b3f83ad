package pipeline

import (
	"context"

	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

// revision is how a register states amounts: as of its own date, under its name.
func (im *importer) revision(p Project, actor kernel.Actor) revision {
	r := revision{on: im.reader.today, note: clip(im.run.FileName, 200), stamp: stamp{actor, im.tx.Now.UnixMilli()}}
	if on := kernel.Date(p.OriginOn); on.Known() && !r.on.Before(on) {
		r.on = on
	}
	return r
}

// reviseAmounts adds a revision for each amount that a row changes on a project
// on record. Where the contract could not be changed to it by an official
// either, the amounts stay and the row says so.
func (im *importer) reviseAmounts(ctx context.Context, k *Docket, c *candidate, was Project, act *journal.Act) {
	r := im.revision(k.Project, kernel.ActorOf(ctx))
	for _, measure := range []string{TotalInvestment, FixedInvestment} {
		r.on = max(r.on, k.lastRevision(measure)) // a register read late does not come before what is known
	}
	r.on = min(r.on, im.reader.today)
	held, wanted := k.Figures, k.Project
	rows, err := k.reviseHeadlines(was, r, im.reader.today, im.desk.book.Say(kernel.ActorOf(ctx).Lang, "pipeline.figure_earlier"))
	if err == nil && len(rows) > 0 {
		err = k.checkCovers(was.Total(), im.reader.today)
	}
	if err != nil {
		k.Figures, k.Project = held, wanted
		k.Project.TotalMinor, k.Project.Currency, k.Project.FixedMinor, k.Project.FixedCurrency = was.TotalMinor, was.Currency, was.FixedMinor, was.FixedCurrency
		c.draft.note("pipeline.import_amount_kept", "total_investment")
		return
	}
	put(act, rows...)
}
