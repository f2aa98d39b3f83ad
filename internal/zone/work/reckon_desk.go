package work

import (
	"context"

	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// reckonBatch is how many activities one look takes in.
const reckonBatch = 400

// Reckon reckons the day by which the minutes of each activity are due anew, as
// is needed when years of the calendar were imported, and records an act of the
// program for each activity whose day has changed. Such an act is no work on the
// activity: its version and the time of its last change stay.
func (d *Desk) Reckon(ctx context.Context) (changed int, err error) {
	defer kernel.Wrap(&err, "work.Reckon")
	if err := d.cfg.Gate.Require(ctx, "work.activity"); err != nil {
		return 0, err
	}
	for after := ""; ; {
		var found []string
		err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
			found, after, err = d.misreckoned(ctx, tx, after)
			return err
		})
		if err != nil {
			return changed, err
		}
		if len(found) > 0 {
			n, err := d.rereckon(ctx, found)
			if changed += n; err != nil {
				return changed, err
			}
		}
		if after == "" {
			return changed, nil
		}
	}
}

// misreckoned returns which of the next activities after id have another term by
// the calendar of today than is on record, and where to go on; "" is the end.
func (d *Desk) misreckoned(ctx context.Context, tx store.Tx, after string) (ids []string, next string, err error) {
	c, err := calendar.Load(ctx, tx)
	if err != nil {
		return nil, "", err
	}
	list, err := reckonable(ctx, tx, after, reckonBatch)
	for _, a := range list {
		if d.limits.reckoned(c, a).owed() != a.owed() {
			ids = append(ids, a.ID)
		}
	}
	if len(list) == reckonBatch {
		next = list[len(list)-1].ID
	}
	return ids, next, err
}

// rereckon decides the activities ids once more and records what has changed.
func (d *Desk) rereckon(ctx context.Context, ids []string) (n int, err error) {
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		c, err := calendar.Load(ctx, tx)
		if err != nil {
			return err
		}
		list, err := activitiesOf(ctx, tx, ids)
		if err != nil {
			return err
		}
		acts := d.limits.reckonings(c, list)
		n = len(acts)
		return journal.RecordAll(ctx, tx, acts)
	})
	return n, err
}

// reckonings are the acts by which activities whose term is another by c are put
// right.
func (l Limits) reckonings(c calendar.Calendar, list []Activity) (acts []journal.Act) {
	for _, was := range list {
		a := l.reckoned(c, was)
		if a.owed() == was.owed() {
			continue
		}
		acts = append(acts, journal.Act{Verb: "work.reckoned", Object: ActivityObject(a.ID),
			Detail:  map[string]any{"no": a.No, "was": was.MinutesDue, "minutes_due": a.MinutesDue, "provisional": a.Provisional},
			Changes: []journal.Change{journal.Put(a)}})
	}
	return acts
}
