package work

import (
	"context"

	"sente/internal/infra/calendar"
	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// Morning says what is due on day or the next working day, what has become
// late, and which minutes are owed.
func Morning(ctx context.Context, tx store.Tx, day kernel.Date) (out []tell.Notice, err error) {
	defer kernel.Wrap(&err, "work.Morning(%s)", day)
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, err
	}
	next, _ := c.AddWorkingDays(day, 1)
	tasks, err := dueTasks(ctx, tx, day.AddDays(-lateBack), next)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		out = append(out, t.dueNotice(day))
	}
	owed, err := owedMinutes(ctx, tx, day.AddDays(-lateBack), next)
	for _, a := range owed {
		out = append(out, a.owedNotice())
	}
	return out, err
}

// ActivitySubject is what a notice says of activity id. It is a notify.Finder.
func ActivitySubject(ctx context.Context, tx store.Tx, id string) (tell.Subject, error) {
	a, err := GetActivity(ctx, tx, id)
	return tell.Subject{Owner: a.Owner, Unit: a.Unit, Title: a.Name, Code: a.No, Path: activityPath(id)}, err
}
