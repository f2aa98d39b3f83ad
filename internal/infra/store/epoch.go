package store

import (
	"context"
	"sync"
)

// Reference is a row that the meaning of others is derived from and that
// changes seldom: an account, a unit, a day of the calendar. Put and Drop of one
// advance the zone's epoch in the same transaction.
type Reference interface {
	Row
	// Reference marks the type; it is not called.
	Reference()
}

// epoch is what a transaction knows of its zone's epoch.
type epoch struct {
	n        int64 // 0: what is derived must not be kept
	advanced bool
}

// Epoch tells one state of the zone's reference rows from every other: what was
// derived from them in one transaction holds in each that has the same Epoch,
// in this process or another. 0 is no state: the transaction has written
// reference rows itself, or sees some that are not committed.
func (tx Tx) Epoch() int64 { return tx.epoch.n }

// An epoch is numbered by the clock, and always higher than the one before: a
// database that lost its last commits in a failover, or was set back under
// running programs, then does not use a number again for something else.
const advanceEpoch = `INSERT INTO store_epochs (zone, n) VALUES ($1, $2) ON CONFLICT (zone) DO UPDATE
	SET n = CASE WHEN store_epochs.n < excluded.n THEN excluded.n ELSE store_epochs.n + 1 END`

// advance begins a new epoch when one of all holds reference rows.
func (tx Tx) advance(ctx context.Context, all []*batch) error {
	for _, b := range all {
		if b.m.reference && !tx.epoch.advanced {
			tx.epoch.n, tx.epoch.advanced = 0, true
			_, err := tx.ExecContext(ctx, advanceEpoch, tx.Zone, max(1, tx.Now.UnixMilli()))
			return err
		}
	}
	return nil
}

// keptDerived bounds what is kept of a zone.
const keptDerived = 20_000

// derived is what was derived from reference rows, by zone.
type derived struct {
	mu sync.Mutex
	of map[string]*derivedZone
}

// derivedZone is what was derived in the newest epoch of a zone that was seen.
type derivedZone struct {
	epoch int64
	by    map[any]any
}

// Derive returns what build returns, or what it returned for the same key at
// the same epoch of the zone. key is a value of a type of the caller's own, so
// that no two callers have the same; the result is shared by all and must not
// be changed. build may depend on reference rows and key alone.
func Derive[T any](tx Tx, key any, build func() (T, error)) (T, error) {
	if v, ok := tx.memory.find(tx.Zone, tx.Epoch(), key); ok {
		return v.(T), nil
	}
	v, err := build()
	if err == nil {
		tx.memory.keep(tx.Zone, tx.Epoch(), key, v)
	}
	return v, err
}

func (d *derived) find(zone string, epoch int64, key any) (any, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	z := d.of[zone]
	if z == nil || epoch == 0 || z.epoch != epoch {
		return nil, false
	}
	v, ok := z.by[key]
	return v, ok
}

func (d *derived) keep(zone string, epoch int64, key, value any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	z := d.of[zone]
	switch {
	case epoch == 0 || z != nil && epoch < z.epoch:
		return // seen by nobody who comes later
	case z == nil || epoch > z.epoch || len(z.by) >= keptDerived:
		z = &derivedZone{epoch: epoch, by: map[any]any{}}
		if d.of == nil {
			d.of = map[string]*derivedZone{}
		}
		d.of[zone] = z
	}
	z.by[key] = value
}
