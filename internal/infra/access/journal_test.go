package access

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// lived is an office where all kinds of acts have happened.
func lived(t *testing.T, db *store.DB, clock *clockwork) *office {
	t.Helper()
	o := newOffice(t, db, clock, Config{})
	a := o.hire("lihua", "d1", "officer")
	o.hire("hanmei", "d2", "department_lead")
	o.enter("lihua")
	must(t, putUnits(t, db, "z1", [3]string{"d1", "d2", Department}))
	_, err := o.Disable(o.sys, a.ID, "调离")
	must(t, err)
	return o
}

// TestJournalSuffices: accounts and organisation are rebuilt from the journal alone.
func TestJournalSuffices(t *testing.T) {
	clock := newClock()
	db := openAt(t, clock, store.Config{DSN: t.TempDir() + "/a.db"})
	lived(t, db, clock)
	empty := openAt(t, clock, store.Config{DSN: t.TempDir() + "/b.db"})
	addZone(t, empty, "z1")
	ctx := program(t, "z1")
	must(t, db.View(ctx, func(from store.Tx) error {
		return empty.Update(program(t, "z1"), func(to store.Tx) error {
			_, err := journal.Rebuild(ctx, from, to, Tables())
			return err
		})
	}))
	if was, is := everything(t, db), everything(t, empty); len(was) < 20 || !reflect.DeepEqual(was, is) {
		t.Errorf("rebuilt\n%v\nwant\n%v", is, was)
	}
}

func everything(t *testing.T, db *store.DB) (rows []store.Row) {
	t.Helper()
	ctx := program(t, "z1")
	must(t, db.View(ctx, func(tx store.Tx) error {
		for _, proto := range Tables() {
			keys := "id"
			if proto.Table() == (closure{}).Table() {
				keys = "child, ancestor"
			}
			err := store.EachOf(ctx, tx, proto, "WHERE zone = $1 ORDER BY "+keys, []any{tx.Zone}, func(r store.Row) error {
				rows = append(rows, r)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	return rows
}

// TestTamperingIsFound: a role, a place in the tree or an account changed past
// the desk is named by the verification.
func TestTamperingIsFound(t *testing.T) {
	clock := newClock()
	db := openAt(t, clock, store.Config{DSN: t.TempDir() + "/a.db"})
	o := lived(t, db, clock)
	ctx := program(t, "z1")
	keys, err := journal.LoadKeys(t.TempDir()+"/keys", "sente.test", clock.Now())
	must(t, err)
	findings := func() []string {
		rep, err := journal.Verify(ctx, db, keys, "", Tables())
		must(t, err)
		var out []string
		for _, f := range rep.Findings {
			if text := reflect.ValueOf(f).FieldByName("Object"); text.IsValid() {
				out = append(out, text.String())
			}
		}
		return out
	}
	before := findings()
	for _, q := range []string{
		`UPDATE access_accounts SET roles = '["leader"]' WHERE zone = 'z1' AND login = 'hanmei'`,
		`INSERT INTO access_unit_closure (zone, child, ancestor, depth) VALUES ('z1', 'z', 'd2', 1)`,
	} {
		must(t, db.Update(ctx, func(tx store.Tx) error {
			_, err := tx.ExecContext(ctx, q)
			return err
		}))
	}
	after := findings()
	if len(after) != len(before)+2 {
		t.Errorf("found %v, before %v", after, before)
	}
	clock.pass(time.Minute)
	all, err := o.Find(kernel.WithActor(ctx, kernel.SystemActor("z1", "cli")), Query{Q: "hanmei"}, "", 2)
	if err != nil || len(all) != 1 || !slices.Contains(all[0].Roles, "leader") || strings.Join(verbs(t, db, "z1", all[0].Object()), " ") == "" {
		t.Errorf("got %v, %v", all, err)
	}
}
