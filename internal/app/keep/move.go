package keep

import (
	"context"
	"errors"
	"time"

	"sente/internal/app"
	"sente/internal/infra/backup"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Removal is where an installation moves.
type Removal struct {
	To, ToOwner string // as Config.Database and Config.OwnerDatabase of the new place
	Despite     bool   // as in Return
	Progress    Progress
}

// Removed is what moving came to: the same on both sides, or it would have failed.
type Removed struct {
	Tables []backup.Table
	Totals []backup.Total
	Zones  []Came
	Rows   int64
}

// Move copies the installation at cfg into the empty database at o.To: every
// table of every zone, at today's schema. The old one stays as it is. Nobody may
// write meanwhile: where somebody did, nothing is kept.
func Move(ctx context.Context, cfg app.Config, o Removal) (r Removed, err error) {
	defer kernel.Wrap(&err, "keep.Move")
	keys, err := journal.ReadKeys(cfg.KeyFile)
	if err != nil {
		return r, err
	}
	to := storeConfig(cfg)
	to.DSN, to.OwnerDSN = o.To, o.ToOwner
	if err := store.Vacant(ctx, to); err != nil {
		return r, err
	}
	err = store.CopyOut(ctx, storeConfig(cfg), func(c *store.Copy) error {
		m := &moving{from: c, order: o, out: &r, keys: keys, at: now(cfg)}
		var err error
		if m.zones, err = heads(ctx, c.Reading); err != nil {
			return err
		}
		return store.Receive(ctx, to, store.Arriving{
			Steps: c.Steps,
			Load:  func(a *store.Arrival) error { return m.load(ctx, a) },
			Check: func(a *store.Arrival) error { return errors.Join(m.check(ctx, a), m.still(ctx, cfg)) },
		}, app.Migrations()...)
	}, app.Migrations()...)
	return r, err
}

// moving is one move.
type moving struct {
	from  *store.Copy
	order Removal
	out   *Removed
	keys  *journal.Keys
	at    time.Time
	zones []backup.Zone
}

// load copies every row and compares both sides.
func (m *moving) load(ctx context.Context, a *store.Arrival) error {
	p := &pouring{ctx: ctx, into: a}
	seen := newTally()
	var left []backup.Table
	for _, z := range m.zones {
		for _, shape := range rest(m.from.Shapes, following()) {
			rows, look := backup.Count(z.ID, shape), seen.watch(z.ID, shape)
			err := m.from.Rows(ctx, shape, z.ID, "", func(values []any) error {
				look(values)
				if seen.rows%1000 == 0 {
					m.order.Progress.tell(StepLoad, seen.rows, 0)
				}
				if err := rows.Add(values); err != nil {
					return err
				}
				return p.add(z.ID, shape, append([]any{}, values...))
			})
			if err != nil {
				return err
			}
			table, err := rows.End()
			if err != nil {
				return err
			}
			left = append(left, table)
		}
	}
	if err := p.flush(); err != nil {
		return err
	}
	came, there, err := count(ctx, a.Reading, m.zones, m.from.Shapes, following(), func(rows int64) { m.order.Progress.tell(StepCompare, rows, seen.rows) })
	if err != nil {
		return err
	}
	m.out.Rows, m.out.Tables, m.out.Totals = there.rows, came, there.list()
	return alike(left, came, seen.list(), m.out.Totals)
}

// check verifies every zone where it has arrived.
func (m *moving) check(ctx context.Context, a *store.Arrival) error {
	for i, z := range m.zones {
		m.order.Progress.tell(StepVerify, int64(i), int64(len(m.zones)))
		came, err := arrived(ctx, a, z, m.keys, m.at)
		if err != nil {
			return err
		}
		if !came.Report.OK() && !m.order.Despite {
			return kernel.Faultf(kernel.ErrConflict, "backup.findings", z.ID, came.Report.Total, findings(came.Report))
		}
		m.out.Zones = append(m.out.Zones, came)
	}
	return nil
}

// still refuses the move when the old installation has gone on meanwhile.
func (m *moving) still(ctx context.Context, cfg app.Config) error {
	return store.CopyOut(ctx, storeConfig(cfg), func(c *store.Copy) error {
		zones, err := heads(ctx, c.Reading)
		if err != nil {
			return err
		}
		for i, z := range zones {
			if i >= len(m.zones) || z.Entries != m.zones[i].Entries {
				return kernel.Faultf(kernel.ErrConflict, "backup.moved_on", z.ID)
			}
		}
		return nil
	}, app.Migrations()...)
}
