package storetest

import (
	"errors"

	"sente/internal/infra/store"
)

// term is a row of conform_names that others are derived from.
type term struct{ name }

func (term) Reference() {}

// epoch returns the zone's epoch as a View has it.
func (b *bench) epoch() (n int64) {
	b.Helper()
	b.view(func(tx store.Tx) error {
		n = tx.Epoch()
		return nil
	})
	return n
}

func epochs(b *bench) {
	first := b.epoch()
	b.items("a")
	if n := b.epoch(); n != first || n == 0 {
		b.Errorf("epoch %d after an ordinary row, want %d", n, first)
	}
	word := term{name{Zone: b.zone, ID: "t", Name: "t"}}
	b.update(func(tx store.Tx) error {
		if tx.Epoch() != first {
			b.Errorf("the update begins at %d, want %d", tx.Epoch(), first)
		}
		err := errors.Join(store.Put(b.ctx, tx, word), store.Put(b.ctx, tx, word))
		if tx.Epoch() != 0 {
			b.Errorf("its own rows are epoch %d, want none", tx.Epoch())
		}
		return err
	})
	second := b.epoch()
	if second <= first {
		b.Errorf("epoch %d after %d", second, first)
	}
	_ = b.db.Update(b.ctx, func(tx store.Tx) error { return errors.Join(store.Drop(b.ctx, tx, word), errChanged) })
	if n := b.epoch(); n != second {
		b.Errorf("a failed update left epoch %d, want %d", n, second)
	}
	b.view(func(tx store.Tx) error {
		b.update(func(tx store.Tx) error { return store.Drop(b.ctx, tx, word) })
		if tx.Epoch() != second {
			b.Errorf("the snapshot went from epoch %d to %d", second, tx.Epoch())
		}
		return nil
	})
	other := Ctx(b, "other-"+token())
	before := b.epoch()
	err := b.db.Update(other, func(tx store.Tx) error {
		return store.Put(other, tx, term{name{Zone: tx.Zone, ID: "t", Name: "t"}})
	})
	if n := b.epoch(); n != before || err != nil {
		b.Errorf("another zone's row moved the epoch from %d to %d, %v", before, n, err)
	}
}

func derives(b *bench) {
	type key struct{ what string }
	built := 0
	names := func(tx store.Tx) (int64, error) {
		return store.Derive(tx, key{"names"}, func() (int64, error) {
			built++
			return store.Count(b.ctx, tx, `SELECT count(*) FROM conform_names WHERE zone = $1`, tx.Zone)
		})
	}
	want := func(tx store.Tx, n int64, times int) error {
		b.Helper()
		got, err := names(tx)
		if got != n || built != times {
			b.Errorf("%d names built %d times, want %d and %d", got, built, n, times)
		}
		return err
	}
	b.view(func(tx store.Tx) error { return want(tx, 0, 1) })
	b.items("a")
	b.view(func(tx store.Tx) error { return want(tx, 0, 1) })
	_ = b.db.Update(b.ctx, func(tx store.Tx) error {
		return errors.Join(want(tx, 0, 1), store.Put(b.ctx, tx, term{name{Zone: b.zone, ID: "1", Name: "1"}}), want(tx, 1, 2), errChanged)
	})
	b.view(func(tx store.Tx) error { return want(tx, 0, 2) })
	b.view(func(old store.Tx) error {
		b.put(term{name{Zone: b.zone, ID: "1", Name: "1"}})
		b.view(func(tx store.Tx) error { return errors.Join(want(tx, 1, 3), want(tx, 1, 3)) })
		return want(old, 0, 4) // its snapshot is older than what is kept
	})
	b.view(func(tx store.Tx) error { return want(tx, 1, 4) })
}
