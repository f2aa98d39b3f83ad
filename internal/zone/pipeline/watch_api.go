package pipeline

import (
	"context"
	"time"

	"sente/internal/infra/httpapi"
)

// watchEvery is how often a stream looks for news.
const watchEvery = 700 * time.Millisecond

type getEvents struct {
	LastEventID string `header:"Last-Event-ID" doc:"id of the last event received; the stream goes on after it"`
	After       string `query:"after" maxLength:"20" doc:"the same for a stream opened anew; the header comes first"`
	Once        bool   `query:"once" doc:"tell what has happened and end"`
}

// getEvents streams what happens to projects the caller may read. It begins
// with "ready"; "changed" is one project, "reset" says that the page should
// fetch everything anew. Every event has an id to go on from. Who the caller is
// and what they may read is asked again before anything is told.
func (d *Desk) getEvents(ctx context.Context, in *getEvents, send func(event string, v any) error) error {
	size, err := d.Reached(ctx)
	if err != nil {
		return err
	}
	at, lost := place(in.LastEventID, in.After, size)
	if lost {
		err = send("reset", Tide{at})
	} else {
		err = send("ready", Tide{at})
	}
	if err != nil {
		return err
	}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		if size > at {
			if at, err = d.tell(ctx, at, send); err != nil {
				return err
			}
		}
		if in.Once {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if size, err = d.Reached(ctx); err != nil {
			return err
		}
	}
}

// tell sends what happened from place at on to the reader as they are now.
func (d *Desk) tell(ctx context.Context, at int64, send func(event string, v any) error) (int64, error) {
	now, err := httpapi.Still(ctx)
	if err != nil {
		return at, err
	}
	changes, next, too, err := d.Changes(now, at)
	if err != nil {
		return at, err
	}
	if too {
		return next, send("reset", Tide{next})
	}
	for _, c := range changes {
		if err := send("changed", c); err != nil {
			return at, err
		}
	}
	return next, nil
}
