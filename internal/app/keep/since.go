package keep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sente/internal/app"
	"sente/internal/infra/backup"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Since writes what the journals have had since the backup at earlier into one
// file: with both, the installation can be restored as of any moment between.
func Since(ctx context.Context, cfg app.Config, earlier string, o Order) (k Kept, err error) {
	defer kernel.Wrap(&err, "keep.Since(%q)", o.Path)
	base, err := Check(earlier, o.Progress)
	if err != nil {
		return k, err
	}
	if base.Head.What != backup.Full {
		return k, kernel.Faultf(kernel.ErrInvalid, "backup.not_full", earlier)
	}
	keys, err := journal.ReadKeys(cfg.KeyFile)
	if err != nil {
		return k, err
	}
	var w *backup.Writer
	defer func() {
		if w != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	err = store.CopyOut(ctx, storeConfig(cfg), func(c *store.Copy) (err error) {
		k.Head = backup.Head{Format: backup.Format, What: backup.Journal, ID: newID(), Of: base.Head.ID, Program: cfg.Version, Engine: storeConfig(cfg).Dialect(),
			At: now(cfg).UnixMilli(), Steps: c.Steps, Shapes: journalShapes(c.Shapes)}
		if k.Head.Zones, err = heads(ctx, c.Reading); err != nil {
			return err
		}
		if w, err = backup.Create(o.Path, k.Head); err != nil {
			return err
		}
		if err := addKeys(w, keys, false); err != nil {
			return err
		}
		k.Rows, err = o.tails(ctx, w, c, k.Head, base.Head)
		return err
	}, app.Migrations()...)
	if err != nil {
		return k, err
	}
	k.Size, err = w.Finish()
	k.Manifest = w.Manifest
	return k, err
}

// journalShapes are the shapes of the journal's own tables.
func journalShapes(all []store.Shape) (out []store.Shape) {
	tables := slices.Collect(maps.Keys(journal.TailTables(0)))
	return slices.DeleteFunc(slices.Clone(all), func(s store.Shape) bool { return !slices.Contains(tables, s.Table) })
}

// tails writes what every zone's journal has beyond base.
func (o Order) tails(ctx context.Context, w *backup.Writer, c *store.Copy, head, base backup.Head) (n int64, err error) {
	for _, z := range head.Zones {
		size := int64(0)
		if i := slices.IndexFunc(base.Zones, func(b backup.Zone) bool { return b.ID == z.ID }); i >= 0 {
			size = base.Zones[i].Size
		}
		beyond := journal.TailTables(size)
		for _, shape := range head.Shapes {
			rows := w.Rows(z.ID, shape)
			err := c.Rows(ctx, shape, z.ID, beyond[shape.Table], func(values []any) error {
				n++
				o.Progress.tell(StepRows, n, 0)
				return rows.Add(values)
			})
			if err != nil {
				return n, err
			}
			if _, err := rows.End(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// openTail opens the journal that goes on the backup f, when one is asked for.
func openTail(f *backup.File, o Return) (*backup.File, error) {
	if o.Journal == "" {
		return nil, nil
	}
	tail, err := Check(o.Journal, o.Progress)
	if err != nil {
		return nil, err
	}
	if tail.Head.What != backup.Journal || tail.Head.Of != f.Head.ID {
		return nil, kernel.Faultf(kernel.ErrInvalid, "backup.not_following", o.Journal, o.File)
	}
	return tail, nil
}

// goOn takes over from the tail what was recorded until the moment, zone by zone.
func (h *homecoming) goOn(ctx context.Context, a *store.Arrival) error {
	tails := map[string]*journal.Tail{}
	until := h.until()
	for _, z := range h.file.Head.Zones {
		tx, err := a.In(ctx, z.ID)
		if err != nil {
			return err
		}
		if tails[z.ID], err = journal.NewTail(ctx, tx, h.keys, until.UnixMilli()); err != nil {
			return err
		}
	}
	err := h.tail.Each(func(done, all int64) { h.order.Progress.tell(StepLoad, done, all) }, func(zone string, s store.Shape, values []any) error {
		tail := tails[zone]
		if tail == nil {
			return kernel.Faultf(kernel.ErrInvalid, "backup.new_zone", zone)
		}
		tx, err := a.In(ctx, zone)
		if err != nil {
			return err
		}
		return tail.Add(ctx, tx, s.Table, names(s), values)
	}, func(name string, _ int64, _ io.Reader) error { return fmt.Errorf("%q is no part of a journal", name) })
	if err != nil {
		return err
	}
	for i := range h.out.Zones {
		if err := h.ended(ctx, a, &h.out.Zones[i], tails, until); err != nil {
			return err
		}
	}
	return h.lacking(ctx, a)
}

// ended ends the tail of a zone and verifies the zone as it was at the moment.
func (h *homecoming) ended(ctx context.Context, a *store.Arrival, z *Came, tails map[string]*journal.Tail, until time.Time) error {
	tx, err := a.In(ctx, z.ID)
	if err != nil {
		return err
	}
	tail := tails[z.ID]
	if z.Added, err = tail.End(ctx, tx, app.Tables()); err != nil {
		return err
	}
	z.Later = tail.Later
	tx.Now = until
	if z.Then, err = journal.VerifyIn(ctx, tx, h.keys, app.Tables()); err != nil {
		return err
	}
	if !z.Then.OK() && !h.order.Despite {
		return kernel.Faultf(kernel.ErrConflict, "backup.findings", z.ID, z.Then.Total, findings(z.Then))
	}
	return nil
}

// until is the moment asked for, or the end of the tail.
func (h *homecoming) until() time.Time {
	if h.order.Until.IsZero() {
		return time.UnixMilli(h.tail.Head.At)
	}
	return h.order.Until
}

// lacking names the files that rows name and the data folder lacks: a journal
// holds what was recorded of an attachment, not its content.
func (h *homecoming) lacking(ctx context.Context, a *store.Arrival) error {
	_, seen, err := count(ctx, a.Reading, h.file.Head.Zones, a.Shapes, nil, func(rows int64) { h.order.Progress.tell(StepCompare, rows, h.out.Rows) })
	if err != nil {
		return err
	}
	h.out.Rows, h.out.Totals, h.out.Missing = seen.rows, seen.list(), nil
	for _, name := range seen.names() {
		if _, err := os.Stat(filepath.Join(h.cfg.DataDir, filepath.FromSlash(name))); err != nil {
			h.out.Missing = append(h.out.Missing, name)
		}
	}
	return nil
}

func names(s store.Shape) []string {
	out := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		out[i] = c.Name
	}
	return out
}
