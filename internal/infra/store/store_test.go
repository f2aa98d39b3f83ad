package store_test

import (
	"testing"

	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

func TestZonesListsEveryZone(t *testing.T) {
	storetest.Each(t, nil, func(t *testing.T, db *store.DB) {
		for _, id := range []string{"b", "a"} {
			ctx := storetest.Ctx(t, id)
			err := db.Update(ctx, func(tx store.Tx) error {
				return store.Put(ctx, tx, store.Zone{ID: id, NameZh: "演示区", Demo: id == "a", CreatedAt: 7})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		zones, err := db.Zones(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []store.Zone{{ID: "a", NameZh: "演示区", Demo: true, CreatedAt: 7}, {ID: "b", NameZh: "演示区", CreatedAt: 7}}
		if len(zones) != 2 || zones[0] != want[0] || zones[1] != want[1] {
			t.Errorf("zones %+v, want %+v", zones, want)
		}
	})
}
