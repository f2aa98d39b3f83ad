package httpapi

import (
	"context"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// TestTheLastWordOfAHolder: a first request that keeps its answer and ends just
// after a repeat has read its row is answered for, not given up.
func TestTheLastWordOfAHolder(t *testing.T) {
	t.Parallel()
	db, ctx := storetest.Open(t, Migrations), storetest.Ctx(t, "z")
	d := &Door{cfg: Config{DB: db}, claimants: &claimants{process: "here", live: map[string]bool{}}}
	want := answer{Account: "ann", Key: "k", RequestHash: "h", Headers: map[string]string{}, Body: []byte{}}
	first := want
	var end func()
	first.Holder, end = d.claimants.begin("1")
	if _, mine, err := claim(ctx, db, first, d.claimants.left); !mine || err != nil {
		t.Fatal(mine, err)
	}
	if err := db.Update(marking(ctx, first), func(store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
	reads := 0
	repeat := store.Along(ctx, func(ctx context.Context, tx store.Tx) error {
		if reads++; reads > 1 {
			return nil
		}
		end()
		first.Zone, first.Status, first.CreatedAt = tx.Zone, 201, tx.Now.UnixMilli()
		return store.Put(ctx, tx, first)
	})
	want.Holder = "here/2"
	if have, mine, err := d.claimOrWait(repeat, want); have.Status != 201 || mine || err != nil || reads != 2 {
		t.Errorf("after %d reads: status %d, mine %v, %v", reads, have.Status, mine, err)
	}
}
