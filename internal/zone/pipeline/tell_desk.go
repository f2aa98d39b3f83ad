package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// Morning says which time limits are about to pass on day.
func (d *Desk) Morning(ctx context.Context, tx store.Tx, day kernel.Date) (out []tell.Notice, err error) {
	defer kernel.Wrap(&err, "pipeline.Morning(%s)", day)
	soon, err := d.soon(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := dueBy(ctx, tx, day, soon)
	for _, p := range rows {
		out = append(out, p.dueNotice())
	}
	return out, err
}

// Subject is what a notice says of project id. It is a notify.Finder.
func Subject(ctx context.Context, tx store.Tx, id string) (tell.Subject, error) {
	p, err := Get(ctx, tx, id)
	return tell.Subject{Owner: p.Owner, Unit: p.Unit, Title: p.Name, Code: p.Code, Path: projectPath(id)}, err
}

// ConflictSubject is what a notice says of conflict id: the firm it is about. It
// is a notify.Finder.
func ConflictSubject(ctx context.Context, tx store.Tx, id string) (tell.Subject, error) {
	c, err := getConflict(ctx, tx, id)
	if err != nil {
		return tell.Subject{}, err
	}
	r, err := getReport(ctx, tx, c.First)
	return tell.Subject{Unit: c.Unit, Title: r.FirmName, Path: conflictPath(id)}, err
}
