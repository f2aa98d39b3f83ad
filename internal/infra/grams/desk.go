package grams

import (
	"cmp"
	"context"
	"log/slog"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Tender keeps indexes up to date.
type Tender struct {
	DB      *store.DB
	Log     *slog.Logger
	Indexes []Index
	Least   int // fresh texts that are worth sealing; 0 = 64
}

func (t *Tender) least() int { return cmp.Or(t.Least, sealAtLeast) }

// Tend fills, in the context's zone, the indexes that are not filled yet, in
// steps each of which is kept, and seals what has become fresh: where another
// process does so too, nothing is done twice.
func (t *Tender) Tend(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "grams.Tend")
	for _, x := range t.Indexes {
		due, filling := false, false
		err := t.DB.View(ctx, func(tx store.Tx) error {
			all, err := x.waiting(ctx, tx)
			if err != nil {
				return err
			}
			_, whole, err := x.filled(ctx, tx)
			due, filling = len(all) >= t.least(), !whole
			return err
		})
		if err != nil {
			return err
		}
		if filling {
			err = t.fill(ctx, x)
		} else if due {
			_, err = t.seal(ctx, x, t.least())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fill takes in what stood before the index.
func (t *Tender) fill(ctx context.Context, x Index) error {
	zone, sum := kernel.ActorOf(ctx).Zone, 0
	for whole := false; !whole; {
		err := t.DB.Update(ctx, func(tx store.Tx) (err error) {
			whole, err = x.fill(ctx, tx)
			return err
		})
		if err != nil {
			return err
		}
		n, err := t.seal(ctx, x, 1)
		if err != nil {
			return err
		}
		if sum += n; n > 0 {
			t.Log.InfoContext(ctx, "a search index is being filled", "index", x.Name, "zone", zone, "rows", sum)
		}
	}
	return nil
}

// seal seals fresh texts until fewer than atLeast are left.
func (t *Tender) seal(ctx context.Context, x Index, atLeast int) (sum int, err error) {
	for {
		var n int
		err := t.DB.Update(ctx, func(tx store.Tx) (err error) {
			n, err = x.seal(ctx, tx, atLeast)
			return err
		})
		sum += n
		if err != nil || n == 0 {
			return sum, err
		}
	}
}

// Rebuild makes the indexes anew from the rows of every zone. A server may go on
// meanwhile; it reads the rows until they are whole again.
func (t *Tender) Rebuild(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "grams.Rebuild")
	zones, err := t.DB.Zones(ctx)
	if err != nil {
		return err
	}
	in := func(z store.Zone) context.Context { return kernel.WithActor(ctx, kernel.SystemActor(z.ID, "cli")) }
	for _, z := range zones {
		err := t.DB.Update(in(z), func(tx store.Tx) error {
			for _, x := range t.Indexes {
				if err := x.empty(ctx, tx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, z := range zones {
		if err := t.Tend(in(z)); err != nil {
			return err
		}
	}
	return nil
}
