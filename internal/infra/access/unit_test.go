package access

import (
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func TestUnitsKeepTheirPlace(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, _ *clockwork) {
		addZone(t, db, "z1")
		addZone(t, db, "z2")
		tree(t, db)
		up := func(id string) string {
			var out []string
			must(t, db.View(program(t, "z1"), func(tx store.Tx) (err error) {
				out, err = ancestors(t.Context(), tx, id)
				return err
			}))
			return strings.Join(out, " ")
		}
		down := func(id string) string {
			var out []string
			must(t, db.View(program(t, "z1"), func(tx store.Tx) (err error) {
				out, err = Subtree(t.Context(), tx, id)
				return err
			}))
			return strings.Join(out, " ")
		}
		if got := up("d11"); got != "d11 d1 z c p" {
			t.Errorf("above d11: %s", got)
		}
		if got := down("z"); got != "z d1 d2 op d11" {
			t.Errorf("below z: %s", got)
		}

		must(t, putUnits(t, db, "z1", [3]string{"d1", "d2", Department})) // with d11
		if got := up("d11"); got != "d11 d1 d2 z c p" {
			t.Errorf("above d11 after the move: %s", got)
		}
		if got := down("d2"); got != "d2 d1 d11" {
			t.Errorf("below d2 after the move: %s", got)
		}
		must(t, putUnits(t, db, "z1", [3]string{"d1", "z", Department})) // and back
		if got := up("d11") + "|" + down("d2"); got != "d11 d1 z c p|d2" {
			t.Errorf("after moving back: %s", got)
		}

		refused(t, putUnits(t, db, "z1", [3]string{"d1", "d11", Department}), kernel.ErrInvalid, "access.unit_cycle", "parent")
		refused(t, putUnits(t, db, "z1", [3]string{"d1", "d1", Department}), kernel.ErrInvalid, "access.unit_cycle", "parent")
		refused(t, putUnits(t, db, "z1", [3]string{"c", "d1", City}), kernel.ErrInvalid, "access.unit_order", "parent")
		refused(t, putUnits(t, db, "z1", [3]string{"z9", "z", ZoneUnit}), kernel.ErrInvalid, "access.unit_order", "parent")
		refused(t, putUnits(t, db, "z1", [3]string{"d9", "", Department}), kernel.ErrInvalid, "access.unit_top", "parent")
		refused(t, putUnits(t, db, "z1", [3]string{"d9", "nowhere", Department}), kernel.ErrInvalid, "access.unit_unknown", "parent")
		refused(t, putUnits(t, db, "z2", [3]string{"d9", "z", Department}), kernel.ErrInvalid, "access.unit_unknown", "parent") // another zone's unit
		refused(t, putUnits(t, db, "z1", [3]string{"d9", "z", "club"}), kernel.ErrInvalid, "access.unit_kind", "kind")
		if got := up("d11") + "|" + down("d1"); got != "d11 d1 z c p|d1 d11" {
			t.Errorf("after refused moves: %s", got)
		}
	})
}

func TestClosedUnitTakesNobody(t *testing.T) {
	db := openAt(t, newClock(), store.Config{DSN: t.TempDir() + "/a.db"})
	addZone(t, db, "z1")
	tree(t, db)
	ctx := program(t, "z1")
	must(t, db.Update(ctx, func(tx store.Tx) error {
		u, err := GetUnit(ctx, tx, "d2")
		if err != nil {
			return err
		}
		u.ClosedOn = "2026-01-31"
		if err := store.Put(ctx, tx, u); err != nil {
			return err
		}
		refused(t, CheckUnit(ctx, tx, "unit", "d2"), kernel.ErrInvalid, "access.unit_closed", "unit")
		refused(t, CheckUnit(ctx, tx, "unit", "nowhere"), kernel.ErrInvalid, "access.unit_unknown", "unit")
		_, err = PutUnit(ctx, tx, Unit{ID: "d3", Parent: "d2", Kind: Department, NameZh: "d3"})
		refused(t, err, kernel.ErrInvalid, "access.unit_parent_closed", "parent")
		all, err := Units(ctx, tx)
		if !slices.ContainsFunc(all, func(u Unit) bool { return u.ID == "d2" }) {
			t.Error("a closed unit stays on record")
		}
		if got := CheckUnit(ctx, tx, "unit", ""); got != nil {
			t.Errorf("no unit: %v", got)
		}
		return err
	}))
}
