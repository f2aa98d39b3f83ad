package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"sente/internal/kernel"
)

const groupTables = `
CREATE TABLE group_parents (zone text NOT NULL, id text NOT NULL, PRIMARY KEY (zone, id));
CREATE TABLE group_rows (zone text NOT NULL, id text NOT NULL, n bigint NOT NULL, parent text, data bytea,
  PRIMARY KEY (zone, id),
  FOREIGN KEY (zone, parent) REFERENCES group_parents (zone, id) DEFERRABLE INITIALLY DEFERRED);`

// grouped opens a database and keeps its writer until as many acts as are
// started after it wait for it, so that they are one group.
type grouped struct {
	*testing.T
	db   *DB
	ctx  context.Context
	wg   sync.WaitGroup
	errs map[string]error
	mu   sync.Mutex
}

func newGrouped(t *testing.T) *grouped {
	t.Parallel()
	db, err := Open(t.Context(), Config{DSN: filepath.Join(t.TempDir(), "x.db"), Log: slog.New(slog.DiscardHandler)},
		fstest.MapFS{"migrations/9000_group.sql": {Data: []byte(groupTables)}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	db.writer.age = time.Hour // a slow machine does not part a group
	return &grouped{T: t, db: db, ctx: kernel.WithActor(t.Context(), kernel.SystemActor("z", "cli")), errs: map[string]error{}}
}

// first runs fn as the first act; started is called within it.
func (g *grouped) first(fn func(Tx) error, started func()) {
	inside, leave := make(chan struct{}), make(chan struct{})
	g.start("first", g.ctx, func(tx Tx) error {
		select {
		case <-inside: // a second run
		default:
			close(inside)
			<-leave
		}
		return fn(tx)
	})
	<-inside
	started()
	close(leave)
	g.wg.Wait()
}

// start runs fn as act name once those before it wait.
func (g *grouped) start(name string, ctx context.Context, fn func(Tx) error) {
	before := g.waiting()
	g.wg.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				g.mu.Lock()
				g.errs[name] = fmt.Errorf("panic: %v", r)
				g.mu.Unlock()
			}
		}()
		err := g.db.Update(ctx, fn)
		g.mu.Lock()
		g.errs[name] = err
		g.mu.Unlock()
	})
	for name != "first" && g.waiting() == before {
		runtime.Gosched()
	}
}

func (g *grouped) waiting() int {
	g.db.writer.mu.Lock()
	defer g.db.writer.mu.Unlock()
	return len(g.db.writer.queue)
}

// insert returns an act that stores a row.
func (g *grouped) insert(id string) func(Tx) error {
	return func(tx Tx) error {
		_, err := tx.ExecContext(g.ctx, `INSERT INTO group_rows (zone, id, n) SELECT $1, $2, count(*) FROM group_rows`, tx.Zone, id)
		return err
	}
}

// kept checks the rows, in the order they were stored.
func (g *grouped) kept(want string) {
	g.Helper()
	var ids []string
	err := g.db.View(g.ctx, func(tx Tx) error {
		rows, err := tx.QueryContext(g.ctx, `SELECT id FROM group_rows WHERE zone = $1 ORDER BY n, id`, tx.Zone)
		if err != nil {
			return err
		}
		for rows.Next() {
			var id string
			if err := rows.Scan(&id); err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	if got := strings.Join(ids, " "); got != want || err != nil {
		g.Errorf("kept %q (%v), want %q", got, err, want)
	}
}

func (g *grouped) stats(commits, groups, again int64) {
	g.Helper()
	if s := g.db.Stats(); s.Commits != commits || s.Groups != groups || s.Retries != again {
		g.Errorf("%d commits in %d groups, %d ran again; want %d, %d, %d", s.Commits, s.Groups, s.Retries, commits, groups, again)
	}
}

func TestGroupCommitsTogether(t *testing.T) {
	g := newGrouped(t)
	g.first(g.insert("first"), func() {
		for _, id := range []string{"b", "c", "a"} {
			g.start(id, g.ctx, g.insert(id))
		}
	})
	g.kept("first b c a")
	g.stats(4, 1, 0)
}

// TestGroupKeepsHarmToItself: every way one act can fail leaves the others'.
func TestGroupKeepsHarmToItself(t *testing.T) {
	g := newGrouped(t)
	changed := errors.New("changed my mind")
	inFn, cancelInFn := context.WithCancel(g.ctx)
	waiting, cancelWaiting := context.WithCancel(g.ctx)
	g.first(g.insert("first"), func() {
		g.start("error", g.ctx, func(tx Tx) error { return errors.Join(g.insert("error")(tx), changed) })
		g.start("a", g.ctx, g.insert("a"))
		g.start("panic", g.ctx, func(tx Tx) error { _ = g.insert("panic")(tx); panic("out of the blue") })
		g.start("cancelled", inFn, func(tx Tx) error {
			if err := g.insert("cancelled")(tx); err != nil {
				return err
			}
			cancelInFn()
			return nil
		})
		g.start("stopped", inFn, func(tx Tx) error {
			t.Error("an act whose context had ended was run")
			return nil
		})
		g.start("duplicate", g.ctx, func(tx Tx) error { return errors.Join(g.insert("duplicate")(tx), g.insert("first")(tx)) })
		g.start("reading", g.ctx, func(tx Tx) error {
			_, err := tx.QueryContext(g.ctx, `SELECT id FROM group_rows`)
			return errors.Join(err, changed) // with its rows open
		})
		g.start("left", waiting, g.insert("left"))
		before := g.waiting()
		for cancelWaiting(); g.waiting() == before; {
			runtime.Gosched()
		}
		g.start("z", g.ctx, g.insert("z"))
	})
	g.kept("first a z")
	for name, want := range map[string]string{"first": "", "error": "changed my mind", "a": "", "panic": "out of the blue", "cancelled": "context canceled",
		"stopped": "context canceled", "duplicate": "UNIQUE constraint", "reading": "changed my mind", "left": "context canceled", "z": ""} {
		if got := fmt.Sprint(g.errs[name]); want == "" && g.errs[name] != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %q", name, got, want)
		}
	}
	if !IsUnique(g.errs["duplicate"]) {
		t.Errorf("not told as a duplicate: %v", g.errs["duplicate"])
	}
	g.stats(3, 1, 0)
}

// TestGroupFirstFails: the first act's failure undoes a transaction nobody else is in yet.
func TestGroupFirstFails(t *testing.T) {
	g := newGrouped(t)
	changed := errors.New("changed my mind")
	g.first(func(tx Tx) error { return errors.Join(g.insert("first")(tx), changed) }, func() {
		g.start("a", g.ctx, g.insert("a"))
		g.start("b", g.ctx, g.insert("b"))
	})
	g.kept("a b")
	g.stats(2, 1, 0)
}

// TestGroupFullDisk: the engine gives the whole transaction up; the others run again.
func TestGroupFullDisk(t *testing.T) {
	g := newGrouped(t)
	g.first(func(tx Tx) error {
		if _, err := tx.QueryContext(g.ctx, `PRAGMA max_page_count = 200`); err != nil {
			return err
		}
		return g.insert("first")(tx)
	}, func() {
		g.start("a", g.ctx, g.insert("a"))
		g.start("large", g.ctx, func(tx Tx) error {
			_, err := tx.ExecContext(g.ctx, `INSERT INTO group_rows (zone, id, n, data) VALUES ($1, 'large', 0, zeroblob(2000000))`, tx.Zone)
			if err == nil {
				t.Error("2 MB fit into 200 pages")
			}
			return nil // even when the act hides it
		})
		g.start("z", g.ctx, g.insert("z"))
	})
	var fault *kernel.Fault
	if err := g.errs["large"]; !errors.As(err, &fault) || fault.Word != "store.full" {
		t.Errorf("large: %v", err)
	}
	for _, name := range []string{"first", "a", "z"} {
		if g.errs[name] != nil {
			t.Errorf("%s: %v", name, g.errs[name])
		}
	}
	var n int64
	err := g.db.View(g.ctx, func(tx Tx) (err error) {
		n, err = Count(g.ctx, tx, `SELECT count(*) FROM group_rows WHERE zone = $1 AND id IN ('first', 'a', 'z')`, tx.Zone)
		return err
	})
	if n != 3 || err != nil {
		t.Errorf("%d of 3 rows, %v", n, err)
	}
	if s := g.db.Stats(); s.Commits != 3 || s.Retries != 2 {
		t.Errorf("%+v", s)
	}
}

// TestGroupCommitFails: what only the commit finds fails the act that caused it, not the others.
func TestGroupCommitFails(t *testing.T) {
	g := newGrouped(t)
	g.first(g.insert("first"), func() {
		g.start("orphan", g.ctx, func(tx Tx) error {
			_, err := tx.ExecContext(g.ctx, `INSERT INTO group_rows (zone, id, n, parent) VALUES ($1, 'orphan', 9, 'nobody')`, tx.Zone)
			return err
		})
		g.start("a", g.ctx, g.insert("a"))
	})
	var fault *kernel.Fault
	if err := g.errs["orphan"]; !errors.As(err, &fault) || fault.Word != "store.reference" {
		t.Errorf("orphan: %v", err)
	}
	if g.errs["first"] != nil || g.errs["a"] != nil {
		t.Errorf("%v", g.errs)
	}
	g.stats(2, 2, 3)
}

// TestGroupAcknowledgesAfterCommit: while a later act of the group still works,
// an earlier one is neither acknowledged nor seen.
func TestGroupAcknowledgesAfterCommit(t *testing.T) {
	g := newGrouped(t)
	g.first(g.insert("first"), func() {
		g.start("a", g.ctx, func(tx Tx) error {
			g.kept("")
			g.mu.Lock()
			defer g.mu.Unlock()
			if err, told := g.errs["first"]; told {
				t.Errorf("the first was told %v before the commit", err)
			}
			return nil
		})
	})
	g.kept("first")
	g.stats(2, 1, 0)
}

// TestGroupRefusalAfterCommit: who is refused because of what an earlier act of
// the group did is told only when everybody can see it.
func TestGroupRefusalAfterCommit(t *testing.T) {
	g := newGrouped(t)
	taken := errors.New("somebody was faster")
	told := make(chan struct{})
	g.first(g.insert("first"), func() {
		before := g.waiting()
		g.wg.Go(func() {
			defer close(told)
			err := g.db.Update(g.ctx, func(tx Tx) error {
				n, err := Count(g.ctx, tx, `SELECT count(*) FROM group_rows WHERE zone = $1 AND id = 'first'`, tx.Zone)
				if n == 1 && err == nil {
					return taken
				}
				return fmt.Errorf("the act does not see the one before it: %d, %w", n, err)
			})
			if !errors.Is(err, taken) {
				t.Errorf("told %v, want %v", err, taken)
			}
			g.kept("first z")
		})
		for g.waiting() == before {
			runtime.Gosched()
		}
		g.start("z", g.ctx, func(tx Tx) error {
			for range 1000 { // time for the answer to come too early
				select {
				case <-told:
					t.Error("told while what refused it can still come to nothing")
					return g.insert("z")(tx)
				default:
					runtime.Gosched()
				}
			}
			return g.insert("z")(tx)
		})
	})
	g.stats(2, 1, 0)
}

// TestGroupEpoch: what a later act of a group derives from rows that may yet
// come to nothing is not kept.
func TestGroupEpoch(t *testing.T) {
	g := newGrouped(t)
	var epochs []int64
	see := func(tx Tx) error {
		epochs = append(epochs, tx.Epoch())
		return nil
	}
	g.first(see, func() {
		g.start("zone", g.ctx, func(tx Tx) error { return errors.Join(see(tx), Put(g.ctx, tx, Zone{ID: "z"})) })
		g.start("a", g.ctx, see)
		g.start("long", Long(g.ctx), see)
	})
	if len(epochs) != 4 || epochs[0] < 1 || epochs[1] != epochs[0] || epochs[2] != 0 || epochs[3] <= epochs[0] {
		t.Errorf("epochs %v, want one twice, none, a later one", epochs)
	}
}

// TestGroupLongIsAlone: nobody waits with what they did for a long act.
func TestGroupLongIsAlone(t *testing.T) {
	g := newGrouped(t)
	g.first(g.insert("first"), func() {
		g.start("long", Long(g.ctx), func(tx Tx) error {
			g.kept("first")
			return g.insert("long")(tx)
		})
		g.start("a", g.ctx, g.insert("a"))
	})
	g.kept("first long a")
	g.stats(3, 3, 0)
}

// TestGroupMany: whatever the order and the company, each act is kept or refused by itself.
func TestGroupMany(t *testing.T) {
	g := newGrouped(t)
	const workers, rounds = 12, 25
	var want int64
	for w := range workers {
		for i := range rounds {
			if (w+i)%5 == 0 {
				want++
			}
		}
	}
	for w := range workers {
		g.wg.Go(func() {
			for i := range rounds {
				ctx, cancel := context.WithCancel(g.ctx)
				err := g.db.Update(ctx, func(tx Tx) error {
					err := g.insert(fmt.Sprintf("%d-%d", w, i))(tx)
					switch (w + i) % 5 {
					case 1:
						return errors.New("no")
					case 2:
						cancel()
					case 3:
						return g.insert(fmt.Sprintf("%d-%d", w, i))(tx)
					case 4:
						_, err = tx.QueryContext(ctx, `SELECT broken FROM group_rows`)
					}
					return err
				})
				cancel()
				if kept := (w+i)%5 == 0; kept != (err == nil) {
					t.Errorf("%d-%d: %v", w, i, err)
				}
			}
		})
	}
	g.wg.Wait()
	err := g.db.View(g.ctx, func(tx Tx) error {
		n, err := Count(g.ctx, tx, `SELECT count(*) FROM group_rows WHERE zone = $1`, tx.Zone)
		order, err2 := Count(g.ctx, tx, `SELECT count(DISTINCT n) FROM group_rows WHERE zone = $1`, tx.Zone)
		if n != want || order != want {
			t.Errorf("%d rows in %d places, want %d", n, order, want)
		}
		return errors.Join(err, err2)
	})
	if s := g.db.Stats(); s.Commits != want || err != nil {
		t.Errorf("%d commits, want %d, %v", s.Commits, want, err)
	}
}
