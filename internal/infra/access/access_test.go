package access

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// clockwork is a clock that tests set.
type clockwork struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clockwork {
	return &clockwork{now: time.Date(2026, 11, 23, 9, 0, 0, 0, kernel.ChinaTime())}
}

func (c *clockwork) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clockwork) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func sources(more ...fs.FS) []fs.FS { return append([]fs.FS{Migrations, journal.Migrations}, more...) }

// each runs fn on both engines under a clock of its own.
func each(t *testing.T, fn func(t *testing.T, db *store.DB, clock *clockwork), more ...fs.FS) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		clock := newClock()
		fn(t, openAt(t, clock, store.Config{DSN: filepath.Join(t.TempDir(), "test.db")}, more...), clock)
	})
	t.Run("postgres", func(t *testing.T) {
		p, clock := storetest.Postgres(t, sources(more...)...), newClock()
		fn(t, openAt(t, clock, store.Config{DSN: p.App, OwnerDSN: p.Owner, Readers: 20}, more...), clock)
	})
}

func openAt(t *testing.T, clock *clockwork, cfg store.Config, more ...fs.FS) *store.DB {
	t.Helper()
	cfg.Now, cfg.Log = clock.Now, slog.New(slog.DiscardHandler)
	db, err := store.Open(t.Context(), cfg, sources(more...)...)
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Gate and book hold no state: the tests share them.
var (
	theGate = sync.OnceValues(NewGate)
	theBook = sync.OnceValues(func() (words.Book, error) { return words.Load(Words, journal.Words, httpapi.Words, store.Words) })
)

func mustGate(t testing.TB) *Gate {
	t.Helper()
	g, err := theGate()
	must(t, err)
	return g
}

func mustBook(t testing.TB) words.Book {
	t.Helper()
	b, err := theBook()
	must(t, err)
	return b
}

// refused fails t unless err is a Fault with this kind, word and field, and
// returns its message in Chinese.
func refused(t testing.TB, err, kind error, word, field string) string {
	t.Helper()
	var f *kernel.Fault
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want the fault %s", err, word)
	}
	if field != "" && f.Field == "" && len(f.Details) == 1 {
		f = &f.Details[0]
	}
	if !errors.Is(f.Kind, kind) || f.Word != word || f.Field != field {
		t.Fatalf("got fault %s of kind %v at %q, want %s of kind %v at %q", f.Word, f.Kind, f.Field, word, kind, field)
	}
	return mustBook(t).Say("zh", f.Word, f.Args...)
}

// as is somebody with roles, signed in to zone z1.
func as(t testing.TB, id, unit string, roles ...string) context.Context {
	return kernel.WithActor(t.Context(), kernel.Actor{Zone: "z1", ID: id, Name: id, Unit: unit, Roles: roles, Via: viaSession, Lang: "zh"})
}

func program(t testing.TB, zone string) context.Context {
	return kernel.WithActor(t.Context(), kernel.SystemActor(zone, "cli"))
}

func addZone(t testing.TB, db *store.DB, id string) {
	t.Helper()
	must(t, db.Update(program(t, id), func(tx store.Tx) error {
		return store.Put(t.Context(), tx, store.Zone{ID: id, NameZh: "示例区" + id, NameEn: "Sample " + id, Demo: true, CreatedAt: 1})
	}))
}

// putUnits saves units (id, parent, kind), each named after its id.
func putUnits(t testing.TB, db *store.DB, zone string, units ...[3]string) error {
	t.Helper()
	ctx := program(t, zone)
	return db.Update(ctx, func(tx store.Tx) error {
		for _, u := range units {
			changes, err := PutUnit(ctx, tx, Unit{ID: u[0], Parent: u[1], Kind: u[2], NameZh: u[0], Version: 1})
			if err != nil {
				return err
			}
			act := journal.Act{Verb: "office.established", Object: Unit{ID: u[0]}.Object(), Changes: changes}
			if _, err := journal.Record(ctx, tx, act); err != nil {
				return err
			}
		}
		return nil
	})
}

// tree is a small organisation in z1: p > c > z > (d1 > d11, d2, op).
func tree(t testing.TB, db *store.DB) {
	t.Helper()
	must(t, putUnits(t, db, "z1", [][3]string{{"p", "", Province}, {"c", "p", City}, {"z", "c", ZoneUnit}, {"d1", "z", Department},
		{"d11", "d1", Department}, {"d2", "z", Department}, {"op", "z", Operator}}...))
}

// verbs lists the verbs journaled in zone about object ("" for all), oldest first.
func verbs(t testing.TB, db *store.DB, zone, object string) []string {
	t.Helper()
	var out []string
	must(t, db.View(program(t, zone), func(tx store.Tx) error {
		all, err := journal.List(t.Context(), tx, journal.Filter{Object: object}, journal.Page{Limit: 1000})
		for _, e := range all {
			out = append(out, e.Verb)
		}
		return err
	}))
	slices.Reverse(out)
	return out
}

func TestWords(t *testing.T) {
	must(t, words.Check(Words))
	book := mustBook(t)
	for _, key := range []string{"access.denied", "access.roles_granted"} {
		if !book.Has(key) || strings.Contains(book.Say("en", key), key) {
			t.Errorf("no words for %s", key)
		}
	}
}
