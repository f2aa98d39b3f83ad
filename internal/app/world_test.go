package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
)

// The two zones of the tests. foreign stands in every name of the second: no
// answer to anybody of the first may hold it.
const (
	home     = "home"
	abroad   = "abroad"
	foreign  = "乙区内情"
	password = "Between-two-zones-2026"
)

// person is an account of the home zone with one role.
type person struct {
	role  string
	actor kernel.Actor
	unit  string // of the objects it is responsible for
}

// world is one installation with two zones.
type world struct {
	t      testing.TB
	app    *app.App
	dir    string
	people map[string]person // of the home zone, by role
	units  map[string]map[string]string
	known  map[string]bool // accounts with a password
	count  int
}

// newWorld opens an installation, on the database of cfg or a fresh SQLite
// file, with the organisation of both zones and one account per role at home.
func newWorld(t testing.TB, cfg app.Config) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), people: map[string]person{}, units: map[string]map[string]string{}, known: map[string]bool{}}
	for _, zone := range []string{abroad, home} {
		if w.app != nil {
			must(t, w.app.Close())
		}
		w.app = w.open(cfg, zone)
		w.organise(zone)
	}
	t.Cleanup(func() {
		if err := w.app.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, r := range w.app.Gate.Roles() {
		w.people[r.ID] = w.hire(home, r.ID, r.ID)
	}
	return w
}

// onBoth runs a test in a world on each engine.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); test(t, newWorld(t, app.Config{})) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		p := storetest.NewPostgres(t)
		test(t, newWorld(t, app.Config{Database: p.App, OwnerDatabase: p.Owner}))
	})
}

func (w *world) open(cfg app.Config, zone string) *app.App {
	w.t.Helper()
	if cfg.Database == "" {
		cfg.Database = filepath.Join(w.dir, "sente.db")
	}
	cfg.DataDir, cfg.KeyFile, cfg.Log = w.dir, filepath.Join(w.dir, "journal.key"), slog.New(slog.DiscardHandler)
	cfg.Zone, cfg.ZoneName = zone, w.named(zone, "省")+"/"+w.named(zone, "市")+"/"+w.named(zone, "开发区")
	cfg.RateLimit, cfg.TrustedProxies = 1_000_000, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
	cfg.Access.HashMemory, cfg.Access.HashTime, cfg.Access.HashThreads = 19456, 2, 1 // the least allowed: many sign in
	cfg.Access.TokensMax = 1000
	cfg.Notify.Hosts = "127.0.0.1"
	a, err := app.Open(w.t.Context(), cfg)
	must(w.t, err)
	return a
}

// named is a name nobody else has; in the foreign zone it gives itself away.
func (w *world) named(zone, what string) string {
	w.count++
	name := fmt.Sprintf("示例%s%d", what, w.count)
	if zone == abroad {
		name += foreign
	}
	return name
}

// in is the program acting in zone.
func (w *world) in(zone string) context.Context {
	return kernel.WithActor(w.t.Context(), kernel.SystemActor(zone, "cli"))
}

func (w *world) as(a kernel.Actor) context.Context { return kernel.WithActor(w.t.Context(), a) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// organise makes two departments, one below the other, a third and an operator.
func (w *world) organise(zone string) {
	w.t.Helper()
	ctx, ids := w.in(zone), map[string]string{}
	w.units[zone] = ids
	all, err := w.app.Office.Units(ctx, false)
	must(w.t, err)
	for _, u := range all {
		ids[u.Kind] = u.ID
	}
	for _, u := range [][3]string{{"d1", access.ZoneUnit, access.Department}, {"d11", "d1", access.Department}, {"d2", access.ZoneUnit, access.Department}, {"op", access.ZoneUnit, access.Operator}} {
		made, err := w.app.Office.Establish(ctx, access.Unit{Parent: ids[u[1]], Kind: u[2], NameZh: w.named(zone, "部门"), NameEn: w.named(zone, "unit")})
		must(w.t, err)
		ids[u[0]] = made.ID
	}
}

// seat is the key of the unit that holders of role belong to.
func seat(role string) string {
	switch role {
	case "province":
		return access.Province
	case "operator":
		return "op"
	case "officer", "department_lead":
		return "d1"
	}
	return access.ZoneUnit
}

// hire opens an account with role, without a password.
func (w *world) hire(zone, login, role string) person {
	w.t.Helper()
	ctx := w.in(zone)
	a, _, err := w.app.Access.Open(ctx, access.Account{Login: login, Name: w.named(zone, "人员"), Unit: w.units[zone][seat(role)]})
	must(w.t, err)
	a, err = w.app.Access.Grant(ctx, a.ID, a.Version, []string{role}, nil, "")
	must(w.t, err)
	p := person{role: role, unit: w.units[zone]["d1"], actor: kernel.Actor{Zone: zone, ID: a.ID, Name: a.Name, Unit: a.Unit, Roles: a.Roles, Via: "session", Lang: "zh"}}
	if role == "operator" {
		p.unit = a.Unit
	}
	return p
}

// signIn gives p a password if it has none, and returns a client signed in as p.
func (w *world) signIn(s *apitest.Server, p person) *apitest.Client {
	w.t.Helper()
	c := s.As("zh").With("X-Forwarded-For", w.address())
	body := map[string]string{"zone": home, "login": w.login(p), "password": password}
	if w.known[p.actor.ID] {
		c.Post("/session", body).Status(200)
		return c
	}
	w.known[p.actor.ID] = true
	link, err := w.app.Access.Reset(w.in(home), p.actor.ID, "")
	must(w.t, err)
	_, err = w.app.Access.UseLink(w.t.Context(), link.Token, password)
	must(w.t, err)
	c.Post("/session", body).Status(200)
	return c
}

func (w *world) login(p person) string {
	w.t.Helper()
	a, err := w.app.Access.Look(w.in(home), p.actor.ID)
	must(w.t, err)
	return a.Login
}

// address is a place of its own, so that the limit per address, which is not
// what is tested here, lets many requests through.
func (w *world) address() string {
	w.count++
	return fmt.Sprintf("10.%d.%d.%d", w.count>>16&255, w.count>>8&255, w.count&255)
}

// party registers an organisation p is responsible for.
func (w *world) party(zone string, p person) string {
	w.t.Helper()
	s, err := w.app.Party.Register(w.in(zone), party.Party{Kind: party.Enterprise, Name: w.named(zone, "企业"), Unit: p.unit, Owner: p.actor.ID})
	must(w.t, err)
	return s.Party.ID
}

// project opens a project p is responsible for.
func (w *world) project(zone string, p person) *pipeline.Docket {
	w.t.Helper()
	name, source, finder, on := w.named(zone, "项目"), w.named(zone, "来源"), w.named(zone, "发现人"), "2026-01-05"
	k, err := w.app.Pipeline.Open(w.in(zone), pipeline.Facts{Name: &name, Source: &source, Finder: &finder, FoundOn: &on, Unit: &p.unit, Owner: &p.actor.ID})
	must(w.t, err)
	return k
}

func (w *world) official(zone string, p person) office.Official {
	w.t.Helper()
	o, err := w.app.Office.Appoint(w.in(zone), office.Official{Name: w.named(zone, "干部"), Unit: p.unit, Position: w.named(zone, "职务"), SinceOn: "2026-01-05"})
	must(w.t, err)
	return o
}

// verify fails the test unless zone's journal is as it was recorded.
func (w *world) verify(zone string) {
	w.t.Helper()
	must(w.t, w.app.Sequencer.Tick(w.t.Context()))
	rep, err := journal.Verify(w.in(zone), w.app.DB, w.app.Keys, "", app.Tables())
	must(w.t, err)
	if !rep.OK() || rep.Entries == 0 || rep.Rows == 0 {
		w.t.Errorf("zone %s: %+v", zone, rep)
	}
}

// tables lists the tables of a database that have a zone.
func tables(t testing.TB, ctx context.Context, tx store.Tx) (names []string) {
	t.Helper()
	query := `SELECT m.name FROM sqlite_schema AS m WHERE m.type = 'table' AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) WHERE name = 'zone') ORDER BY m.name`
	for _, row := range cells(t, ctx, tx, query) {
		names = append(names, fmt.Sprint(row[0]))
	}
	if len(names) == 0 {
		t.Fatal("no tables")
	}
	return names
}

// cells returns what a query finds.
func cells(t testing.TB, ctx context.Context, tx store.Tx, query string, args ...any) (out [][]any) {
	t.Helper()
	rows, err := tx.QueryContext(ctx, query, args...)
	must(t, err)
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		row, to := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			to[i] = &row[i]
		}
		must(t, rows.Scan(to...))
		out = append(out, row)
	}
	must(t, rows.Err())
	return out
}

// imprint is a digest of every row of zone by table, but for the named tables.
func (w *world) imprint(zone string, except ...string) map[string]string {
	w.t.Helper()
	out, ctx := map[string]string{}, w.in(zone)
	must(w.t, w.app.DB.View(ctx, func(tx store.Tx) error {
		for _, table := range tables(w.t, ctx, tx) {
			if slices.Contains(except, table) {
				continue
			}
			var lines []string
			for _, row := range cells(w.t, ctx, tx, `SELECT * FROM `+table+` WHERE zone = $1`, zone) {
				lines = append(lines, fmt.Sprintf("%#v", row))
			}
			slices.Sort(lines)
			sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
			out[table] = fmt.Sprintf("%d rows %s", len(lines), hex.EncodeToString(sum[:]))
		}
		return nil
	}))
	return out
}

// differing names the tables in which two imprints differ.
func differing(a, b map[string]string) (names []string) {
	for table := range a {
		if a[table] != b[table] {
			names = append(names, table)
		}
	}
	slices.Sort(names)
	return names
}
