package access

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// gridRow is a row of every attribute policies may read.
type gridRow struct {
	Zone   string `db:"zone,key"`
	ID     string `db:"id,key"`
	Unit   string `db:"unit"`
	Owner  string `db:"owner"`
	Stage  string `db:"stage"`
	Amount int64  `db:"amount"`
	Secret bool   `db:"secret"`
}

func (gridRow) Table() string { return "access_test_rows" }

func (r gridRow) resource(kind string) Resource {
	res := Resource{Type: kind, ID: r.ID, Unit: r.Unit, Owner: r.Owner, Attrs: map[string]any{"stage": r.Stage, "amount": r.Amount, "secret": r.Secret}}
	if kind == "Account" {
		res.Owner = r.ID
	}
	return res
}

func gridTable() fstest.MapFS {
	return fstest.MapFS{"migrations/0900_rows.sql": {Data: []byte(`CREATE TABLE access_test_rows (
		zone text NOT NULL, id text NOT NULL, unit text NOT NULL, owner text NOT NULL,
		stage text NOT NULL, amount bigint NOT NULL, secret boolean NOT NULL, PRIMARY KEY (zone, id));`)}}
}

// everyNode uses every expression that can be turned into SQL.
const everyNode = `
@id("own") @zh("一") @en("1") permit (principal, action, resource is Row) when { principal is User && resource.owner == principal };
@id("below") @zh("二") @en("2") permit (principal in Role::"department_lead", action == Action::"row.read", resource) when { principal has unit && resource in principal.unit };
@id("unit_in") @zh("三") @en("3") permit (principal in Role::"province", action == Action::"row.read", resource) when { principal has unit && resource.unit in principal.unit };
@id("same") @zh("四") @en("4") permit (principal in Role::"officer", action, resource) when { principal has unit && resource.unit == principal.unit && resource.unit != Unit::"u2" } unless { resource.amount > 700 || resource.stage == "lost" };
@id("set") @zh("五") @en("5") permit (principal in Role::"auditor", action == Action::"row.read", resource) when { ["landed", "started"].contains(resource.stage) || resource.amount <= 100 };
@id("fixed") @zh("六") @en("6") permit (principal in Role::"leader", action in [Action::"row.read", Action::"row.amend"], resource in Unit::"u1") when { !(resource.secret) && resource is Row };
@id("numbers") @zh("七") @en("7") permit (principal in Role::"operator", action, resource) when { resource.amount < 900 && resource.amount >= 200 && resource.stage != "lead" && (resource.secret == true || resource.amount == 500) };
@id("bool") @zh("八") @en("8") forbid (principal is User, action == Action::"row.amend", resource) when { resource.secret } unless { resource.owner == principal };
@id("never") @zh("九") @en("9") forbid (principal in Role::"province", action, resource) when { resource.amount > 950 };
@id("program") @zh("十") @en("10") permit (principal is Program, action, resource);
`

// grid is a zone full of chance: units, rows and actors.
type grid struct {
	rnd   *rand.Rand
	units []string
	rows  []gridRow
	ups   map[string][]string // unit → itself and those above
}

func (g *grid) one(from []string) string { return from[g.rnd.IntN(len(from))] }

// places are the units a row or actor may name: none, one nobody knows, or a
// real one.
func (g *grid) places() []string { return append([]string{"", "gone"}, g.units...) }

func (g *grid) actor() kernel.Actor {
	if g.rnd.IntN(20) == 0 {
		return kernel.SystemActor("z1", "job")
	}
	a := kernel.Actor{Zone: "z1", ID: fmt.Sprintf("r%d", g.rnd.IntN(20)), Unit: g.one(g.places()), Via: viaSession}
	all := []string{"leader", "department_lead", "officer", "operator", "auditor", "province", SystemAdmin, SecurityAdmin, AuditAdmin}
	for range g.rnd.IntN(4) {
		a.Roles = append(a.Roles, g.one(all))
	}
	return a
}

func fillGrid(t *testing.T, db *store.DB, seed uint64, rows int) *grid {
	t.Helper()
	g := &grid{rnd: rand.New(rand.NewPCG(seed, 7)), ups: map[string][]string{}}
	addZone(t, db, "z1")
	g.units = []string{"u0"}
	units := [][3]string{{"u0", "", ZoneUnit}}
	for i := 1; i < 25; i++ {
		id := fmt.Sprintf("u%d", i)
		units = append(units, [3]string{id, g.one(g.units), Department})
		g.units = append(g.units, id)
	}
	must(t, putUnits(t, db, "z1", units...))
	ctx := program(t, "z1")
	must(t, db.Update(ctx, func(tx store.Tx) (err error) {
		for _, u := range g.units {
			if g.ups[u], err = ancestors(ctx, tx, u); err != nil {
				return err
			}
		}
		var all []store.Row
		for i := range rows {
			r := gridRow{Zone: "z1", ID: fmt.Sprintf("r%d", i), Unit: g.one(g.places()), Owner: g.one([]string{"", fmt.Sprintf("r%d", g.rnd.IntN(20))}),
				Stage: g.one([]string{"lead", "landed", "started", "lost"}), Amount: int64(g.rnd.IntN(11) * 100), Secret: g.rnd.IntN(2) == 0}
			g.rows, all = append(g.rows, r), append(all, r)
		}
		return store.Put(ctx, tx, all...)
	}))
	return g
}

// agree compares list and decision for one actor, permission and type over all
// rows, and returns how many rows may be seen.
func (g *grid) agree(t *testing.T, db *store.DB, gate *Gate, actor kernel.Actor, perm, kind string) int {
	t.Helper()
	ctx := kernel.WithActor(context.Background(), actor)
	listed := map[string]bool{}
	must(t, db.View(ctx, func(tx store.Tx) error {
		where, args, err := gate.Filter(ctx, tx, perm, kind, "t", 1)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, "SELECT t.id FROM access_test_rows t WHERE "+where, args...)
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		defer rows.Close()
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			listed[id] = true
		}
		return rows.Err()
	}))
	for _, r := range g.rows {
		res := r.resource(kind)
		err := gate.decide(actor, perm, res, g.ups[res.unit()])
		if err != nil && !errors.Is(err, kernel.ErrDenied) {
			t.Fatal(err)
		}
		if (err == nil) != listed[r.ID] {
			t.Errorf("%+v, %s on %+v: decided %v, listed %t", actor, perm, res, err, listed[r.ID])
		}
	}
	return len(listed)
}

// listing is what a list is asked for: a permission about a kind of thing.
type listing struct {
	gate       *Gate
	perm, kind string
}

// TestListsAgreeWithDecisions is the differential test: what a list shows is
// exactly what a plain decision allows, under every policy of the program and
// every expression a policy can have. SENTE_DECISIONS is how many decisions to
// compare on each engine; make decisions takes a million.
func TestListsAgreeWithDecisions(t *testing.T) {
	wanted := 12_960
	if s := os.Getenv("SENTE_DECISIONS"); s != "" {
		n, err := strconv.Atoi(s)
		must(t, err)
		wanted = n
	}
	small, err := smallGate(everyNode)
	must(t, err)
	shipped := mustGate(t)
	questions := []listing{{small, "row.read", "Row"}, {small, "row.amend", "Row"}}
	for _, q := range []string{ // every list there is, and a few permissions to change what is listed
		"account.read Account", "account.grant Account", "token.manage Token", "office.read Official", "office.read Duty", "party.read Party", "party.amend Party",
		"pipeline.read Project", "pipeline.read Report", "pipeline.read Conflict", "pipeline.advance Project", "work.read Task", "work.read Note", "work.read Activity",
		"platform.read Platform", "platform.read Contract", "intake.read Run", "intake.read Profile",
	} {
		perm, kind, _ := strings.Cut(q, " ")
		questions = append(questions, listing{shipped, perm, kind})
	}
	each(t, func(t *testing.T, db *store.DB, _ *clockwork) {
		g := fillGrid(t, db, 42, max(30, min(wanted/4000, 250))) // a list is asked for once for all its rows
		decisions, seen := 0, 0
		for decisions < wanted {
			a := g.actor()
			for _, q := range questions {
				seen += g.agree(t, db, q.gate, a, q.perm, q.kind)
				decisions += len(g.rows)
			}
		}
		if seen == 0 || seen == decisions {
			t.Errorf("%d of %d rows were visible: the test decides nothing", seen, decisions)
		}
		if !t.Failed() {
			t.Logf("%d decisions, %d visible, 0 mismatches", decisions, seen)
		}
	}, gridTable())
}

// TestUnitsListAsThemselves: a unit's own id stands for its unit.
func TestUnitsListAsThemselves(t *testing.T) {
	gate, err := newGate(fstest.MapFS{
		"schema.cedarschema": {Data: []byte(roleEnum + `entity User in [Role] { unit?: Unit }; entity Program; entity Unit in [Unit] {};
			@zh("看") @en("see") action "unit.read" appliesTo { principal: [User], resource: [Unit] };`)},
		"a.cedar": {Data: []byte(reasons + `permit (principal, action, resource) when { principal has unit && resource in principal.unit };`)},
	})
	must(t, err)
	each(t, func(t *testing.T, db *store.DB, _ *clockwork) {
		addZone(t, db, "z1")
		tree(t, db)
		ctx := as(t, "me", "d1", "department_lead")
		must(t, db.View(ctx, func(tx store.Tx) error {
			where, args, err := gate.Filter(ctx, tx, "unit.read", "Unit", "", 1)
			if err != nil {
				return err
			}
			units, err := store.Select[Unit](ctx, tx, "WHERE "+where+" ORDER BY id", args...)
			if len(units) != 2 || units[0].ID != "d1" || units[1].ID != "d11" {
				t.Errorf("listed %v, want d1 and d11", units)
			}
			for id, want := range map[string]bool{"d1": true, "d11": true, "d2": false, "z": false} {
				if got := gate.Allow(ctx, tx, "unit.read", Unit{ID: id}.Resource()) == nil; got != want {
					t.Errorf("allowed %s: %t, want %t", id, got, want)
				}
			}
			return err
		}))
	})
}

func TestResidualText(t *testing.T) {
	g := mustGate(t)
	for _, c := range []struct {
		actor kernel.Actor
		want  string
		args  int
	}{
		{kernel.Actor{Zone: "z1", ID: "me", Unit: "d1", Roles: []string{"officer"}},
			"(p.zone = $3 AND (((p.unit = $4)) OR ((p.owner = $5))))", 3},
		{kernel.Actor{Zone: "z1", ID: "me", Unit: "d1", Roles: []string{"department_lead"}},
			"(p.zone = $3 AND ((p.unit IN (SELECT u.child FROM access_unit_closure u WHERE u.zone = $4 AND u.ancestor = $5)) OR ((p.owner = $6))))", 4},
		{kernel.Actor{Zone: "z1", ID: "me", Roles: []string{"leader"}}, "(p.zone = $3 AND (((1=1))))", 1},
		{kernel.Actor{Zone: "z1", ID: "me", Roles: []string{SystemAdmin}}, "(p.zone = $3 AND ((1=0)))", 1},
	} {
		where, args, err := g.filter(c.actor, "pipeline.read", "Project", "p", 3)
		must(t, err)
		if where != c.want || len(args) != c.args {
			t.Errorf("%v: got %s with %v, want %s with %d", c.actor.Roles, where, args, c.want, c.args)
		}
	}
}

// TestUnknownExpressionIsRefused: what cannot be turned into SQL is an error,
// never a condition left out.
func TestUnknownExpressionIsRefused(t *testing.T) {
	for name, cond := range map[string]string{
		"like":       `resource.stage like "l*"`,
		"arithmetic": `resource.amount + 1 > 5`,
		"if":         `if resource.secret then resource.amount > 1 else resource.amount > 2`,
		"owner role": `resource.owner in Role::"officer"`,
		"owner unit": `resource.owner has unit && resource.owner.unit == Unit::"u1"`,
		"set":        `[resource.stage].contains("lead")`,
	} {
		t.Run(name, func(t *testing.T) {
			g, err := smallGate(reasons + `permit (principal, action == Action::"row.read", resource) when { ` + cond + ` };`)
			must(t, err)
			where, _, err := g.filter(kernel.Actor{Zone: "z1", ID: "me"}, "row.read", "Row", "", 1)
			if err == nil || where != "" || !strings.Contains(err.Error(), `policy "one"`) {
				t.Errorf("got %q, %v, want an error naming the policy", where, err)
			}
		})
	}
}
