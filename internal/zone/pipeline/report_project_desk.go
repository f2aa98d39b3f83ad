package pipeline

import (
	"context"
	"errors"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// firstReport reports the investor of k's project, when it is new to the
// project: opening a project is a report. It returns the acts to record beside
// the project's, and refuses when somebody else protects the firm.
func (d *Desk) firstReport(ctx context.Context, tx store.Tx, k *Docket) ([]journal.Act, error) {
	p := k.Project
	if p.Investor == "" || !p.underTalks() {
		return nil, nil
	}
	firm, err := party.Get(ctx, tx, p.Investor)
	if err != nil {
		return nil, err
	}
	rules, err := d.protections(ctx, tx)
	if err != nil {
		return nil, err
	}
	day, now := today(tx), tx.Now.UnixMilli()
	rule := rules.on(day)
	r := newReport(ctx, tx)
	r.takeOver(firm)
	r = r.of(p).settle(rule, now)
	s, firms, err := d.protectedBy(ctx, tx, r)
	if err != nil {
		return nil, err
	}
	if s.holder != nil && r.ours(*s.holder) {
		return linked(tx, *s.holder, p.ID), nil
	}
	by, err := d.protector(ctx, tx, s.holder)
	if err != nil {
		return nil, err
	}
	what, err := decideFiling(rule, r, s, nil, by, day)
	if err != nil {
		return nil, inInvestor(err)
	}
	if what == filedTie {
		if err := d.overrule(ctx, tx, *s.holder); err != nil {
			return nil, err
		}
	}
	r = r.protecting(rule, day)
	if r.Firm = r.ID; len(firms) > 0 {
		r.Firm = firms[0]
	}
	return []journal.Act{r.filedFor(p)}, nil
}

// filedFor is the act by which r, the report of p's investor, is filed.
func (r Report) filedFor(p Project) journal.Act {
	return reportAct(r, "pipeline.reported", "", map[string]any{"until": r.ProtectedUntil, "complete": r.CompleteAt != 0, "project": p.ID})
}

// intent is what p's investor wants to do, as far as p says it.
func (p Project) intent() string {
	if p.Scope != "" {
		return p.Scope
	}
	if p.Summary != "" {
		return p.Summary
	}
	return p.Name
}

func cut(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// linked is the act by which a report that belongs to no project yet belongs to
// project from now on; none when it belongs to one.
func linked(tx store.Tx, r Report, project string) []journal.Act {
	if r.Project != "" {
		return nil
	}
	r.Project = project
	return []journal.Act{reportAct(r.next(tx), "pipeline.report_linked", "", map[string]any{"project": project})}
}

// inInvestor moves a fault about the firm to the project's field that names it.
func inInvestor(err error) error {
	var f *kernel.Fault
	if errors.As(err, &f) {
		f.Field = "investor"
	}
	return err
}

// convertReports returns the acts that end the protection of the reports of a
// project that has just been signed: what they protected has come true. ruled are
// those that follow from it by rule. A report that disputes the firm stays for the
// arbiter: no signing takes a firm from who protects it.
func (d *Desk) convertReports(ctx context.Context, tx store.Tx, project string) (acts, ruled []journal.Act, err error) {
	all, err := reportsOf(ctx, tx, project)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range all {
		c, err := openConflict(ctx, tx, []Report{r})
		if err != nil {
			return nil, nil, err
		}
		if c.holds(r) {
			settled, err := d.settleSigned(ctx, tx, *c, r)
			if err != nil {
				return nil, nil, err
			}
			ruled = append(ruled, settled...)
		}
		if r.Protects(today(tx)) || c.holds(r) && r.unended() {
			r.Status = ReportConverted
			acts = append(acts, reportAct(r.next(tx), "pipeline.report_converted", "", map[string]any{"project": project}))
		}
	}
	return acts, ruled, nil
}
