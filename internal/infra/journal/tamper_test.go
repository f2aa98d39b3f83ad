package journal_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// TestTamperingByHandIsNamed holds what somebody who knows the tables could try.
// None of it may pass unseen, and none may keep the rest from being looked at.
func TestTamperingByHandIsNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		tamper func(h *house, ids []string)
		want   []string
		check  func(h *house, ids []string, f []journal.Finding)
	}{
		"order of the timeline changed": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET ord = ord - 1000000 WHERE zone = 'z1' AND id = $1`, ids[2])
			}, []string{"entry_changed"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Entry != ids[2] || !slices.Equal(f[0].Fields, []string{"leaf"}) {
					h.Fatalf("%+v", f[0])
				}
			}},
		"private field changed and its image passed off as erased": {
			func(h *house, ids []string) {
				h.exec(`UPDATE firms SET phone = '1' WHERE zone = 'z1'`)
				h.exec(`UPDATE journal_entries SET private = NULL, private_salt = NULL, erased_at = 1 WHERE zone = 'z1' AND id = $1`, ids[2])
			}, []string{"entry_changed"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Entry != ids[2] || !slices.Equal(f[0].Fields, []string{"private"}) || f[0].Note == "" {
					h.Fatalf("%+v", f[0])
				}
			}},
		"newest checkpoint replaced by an older one": {
			func(h *house, ids []string) {
				h.record("firm.amended", "", journal.Put(a(4, "戊公司", "")))
				h.sequence()
				h.seq.Dir, h.dir = "", "" // nothing is kept outside
				h.exec(`UPDATE journal_checkpoints SET note = (SELECT note FROM journal_checkpoints WHERE zone = 'z1' AND size = 3) WHERE zone = 'z1' AND size = 4`)
			}, []string{"checkpoint_invalid"}, nil},
		"a tree said to be larger than it is": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_checkpoints SET size = 4000000000000000000 WHERE zone = 'z1'`)
			}, []string{"checkpoint_invalid", "tree_changed"}, nil},
		"last node of the tree removed": {
			func(h *house, ids []string) {
				h.record("firm.amended", "", journal.Put(a(4, "戊公司", "")))
				h.sequence()
				h.exec(`DELETE FROM journal_hashes WHERE zone = 'z1' AND idx = (SELECT max(idx) FROM journal_hashes WHERE zone = 'z1')`)
			}, []string{"tree_changed"}, nil},
		"a node cut short": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_hashes SET hash = $1 WHERE zone = 'z1' AND idx = 2`, []byte{1})
			},
			[]string{"tree_changed"}, nil},
		"nodes where no tree has any": {
			func(h *house, ids []string) {
				h.exec(`INSERT INTO journal_hashes (zone, idx, hash) VALUES ('z1', -1, $1), ('z1', 9223372036854775807, $1)`, []byte{1})
			},
			[]string{"tree_changed", "tree_changed"}, nil},
		"an entry before the beginning": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET seq = -1 WHERE zone = 'z1' AND id = $1`, ids[0])
			}, []string{"entry_moved"}, nil},
		"a row that cannot be read": {
			func(h *house, ids []string) {
				h.exec(`INSERT INTO firms (zone, id, name, tags, phone, version) VALUES ('z1', 'b', 'x', '[]', '', 1)`)
				h.exec(`UPDATE firms SET tags = 'x' WHERE zone = 'z1' AND id = 'a'`)
			}, []string{"row_changed", "row_extra"},
			func(h *house, ids []string, f []journal.Finding) {
				i := slices.IndexFunc(f, func(f journal.Finding) bool { return f.Kind == "row_changed" })
				if f[i].Key != "a" || f[i].Entry != ids[2] || !strings.Contains(f[i].Note, "column tags") {
					h.Fatalf("%+v", f[i])
				}
			}},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(h *house) {
				ids := h.three()
				h.clean()
				tc.tamper(h, ids)
				f := h.found(tc.want...)
				if tc.check != nil {
					tc.check(h, ids, f)
				}
			})
		})
	}
}

// file is what is kept outside.
func (h *house) file() string { return filepath.Join(h.dir, "z1.checkpoints") }

// another records an act and puts it into the tree.
func (h *house) another(version int64) {
	h.Helper()
	h.record("firm.amended", "", journal.Put(a(version, "戊公司", "")))
	h.must(h.seq.Tick(h.ctx))
}

// TestPublishingIsTriedAgain: what could not be written outside when it was
// signed is written as soon as it can be, once.
func TestPublishingIsTriedAgain(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, firms))
	h.three()
	h.must(os.Rename(h.dir, h.dir+".away"))
	h.must(os.WriteFile(h.dir, nil, 0o600)) // no folder can be made here
	for i := range 2 {
		h.record("firm.amended", "", journal.Put(a(int64(4+i), "戊公司", "")))
		if err := h.seq.Tick(h.ctx); err == nil || !strings.Contains(err.Error(), "journal.publish") {
			t.Fatalf("nobody is told that a checkpoint was not published: %v", err)
		}
	}
	h.must(os.Remove(h.dir))
	h.must(os.Rename(h.dir+".away", h.dir))
	for range 2 { // nothing new happens
		h.must(h.seq.Tick(h.ctx))
		if rep := h.clean(); rep.Size != 5 || rep.Checkpoints != 3 || rep.Outside != 3 {
			t.Fatalf("%+v", rep)
		}
	}
	h.must(os.Remove(h.file()))
	h.another(6)
	if rep := h.clean(); rep.Checkpoints != 4 || rep.Outside != 4 {
		t.Fatalf("a new file does not hold all: %+v", rep)
	}
	h.seq = &journal.Sequencer{DB: h.db, Keys: h.seq.Keys, Dir: h.dir} // another start of the program
	h.another(7)
	if rep := h.clean(); rep.Checkpoints != 5 || rep.Outside != 5 {
		t.Fatalf("%+v", rep)
	}
}

// TestTornCheckpoint: wherever a write is cut short, the note is written again
// and every other one is still read.
func TestTornCheckpoint(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, firms))
	h.three()
	h.another(4)
	whole, err := os.ReadFile(h.file())
	h.must(err)
	first := strings.Index(string(whole), "\n\n— ") // of the first note, before its signature
	first += 2 + strings.Index(string(whole[first+2:]), "\n\n") + 2
	h.another(5)
	version := int64(6)
	for cut := first + 1; cut < len(whole); cut++ {
		if cut > first+30 && cut < len(whole)-120 && cut%7 > 0 {
			continue
		}
		h.must(os.WriteFile(h.file(), whole[:cut], 0o600))
		if rep := h.clean(); rep.Outside < 1 || rep.Outside > 2 {
			t.Fatalf("cut at %d: %+v", cut, rep)
		}
		h.must(h.seq.Tick(h.ctx))
		if rep := h.clean(); rep.Outside != rep.Checkpoints {
			b, _ := os.ReadFile(h.file())
			t.Fatalf("cut at %d: %+v\n%s", cut, rep, b)
		}
	}
	h.must(os.WriteFile(h.file(), append(whole[:first+40:first+40], make([]byte, 200)...), 0o600))
	h.another(version)
	if rep := h.clean(); rep.Outside != rep.Checkpoints {
		t.Fatalf("zeros: %+v", rep)
	}
	changed := strings.Replace(string(whole), "\n3\n", "\n2\n", 1)
	h.must(os.WriteFile(h.file(), []byte(changed), 0o600))
	if f := h.found("checkpoint_invalid"); !strings.Contains(f[0].Note, "sente.test/z1 2") {
		t.Fatalf("%+v", f)
	}
}

// TestVerifyWhileOthersWork: heads signed after verification began are no finding.
func TestVerifyWhileOthersWork(t *testing.T) {
	t.Parallel()
	now := time.Now
	during := func() {}
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "x.db"), Now: func() time.Time { during(); return now() }}, journal.Migrations, firms)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	h := open(t, db)
	h.three()
	during = func() { // called once the snapshot is taken
		during = func() {}
		h.record("firm.amended", "", journal.Put(a(4, "戊公司", "")))
		h.sequence()
	}
	if rep := h.clean(); rep.Size != 3 {
		t.Fatalf("the act did not happen during verification: %+v", rep)
	}
	if rep := h.clean(); rep.Size != 4 || rep.Outside != 2 {
		t.Fatalf("%+v", rep)
	}
}

// TestOneBrokenZoneDoesNotStopTheOthers: every zone has its own tree.
func TestOneBrokenZoneDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, firms))
	h.three()
	z2 := kernel.WithActor(t.Context(), kernel.Actor{Zone: "z2", ID: "u2"})
	h.must(h.db.Update(z2, func(tx store.Tx) error {
		if err := store.Put(z2, tx, store.Zone{ID: "z2", NameZh: "二区"}); err != nil {
			return err
		}
		r := a(1, "甲", "")
		r.Zone = "z2"
		_, err := journal.Record(z2, tx, journal.Act{Verb: "firm.registered", Object: "firm/a", Changes: []journal.Change{journal.Put(r)}})
		return err
	}))
	h.exec(`DELETE FROM journal_hashes WHERE zone = 'z1'`)
	h.record("firm.amended", "", journal.Put(a(4, "戊公司", "")))
	if err := h.seq.Tick(t.Context()); err == nil || !strings.Contains(err.Error(), "zone z1") {
		t.Fatalf("a lost tree was not reported: %v", err)
	}
	h.must(h.db.View(z2, func(tx store.Tx) error {
		head, err := journal.Head(z2, tx)
		if head.Size != 1 {
			t.Errorf("z2's tree has %d leaves, want 1", head.Size)
		}
		return err
	}))
}

// TestPagesMissNothing: on PostgreSQL two acts may have the same place in the
// order, and a page may end between them.
func TestPagesMissNothing(t *testing.T) {
	each(t, func(h *house) {
		ids := h.three()
		h.exec(`UPDATE journal_entries SET ord = 7 WHERE zone = 'z1'`)
		h.must(h.db.View(h.ctx, func(tx store.Tx) error {
			var got []string
			p := journal.Page{Limit: 1}
			for range 5 {
				list, err := journal.List(h.ctx, tx, journal.Filter{}, p)
				h.must(err)
				for _, e := range list {
					got = append(got, e.ID)
					p.Before, p.BeforeID = e.Ord, e.ID
				}
			}
			slices.Sort(got)
			slices.Sort(ids)
			if !slices.Equal(got, ids) {
				h.Errorf("pages of one hold %v, want %v", got, ids)
			}
			return nil
		}))
	})
}

// step is a row whose key has several parts, one of them a number.
type step struct {
	Zone string `db:"zone,key"`
	Of   string `db:"parent,key"`
	N    int64  `db:"n,key"`
	Kind string `db:"kind,key"`
}

func (step) Table() string { return "steps" }

// TestKeysOfSeveralParts: a dropped row is found again by its key alone, and no
// two keys look alike.
func TestKeysOfSeveralParts(t *testing.T) {
	t.Parallel()
	steps := fstest.MapFS{"migrations/9001_steps.sql": {Data: []byte(`CREATE TABLE steps (
  zone text NOT NULL, parent text NOT NULL, n bigint NOT NULL, kind text NOT NULL, PRIMARY KEY (zone, parent, n, kind));`)}}
	h := open(t, storetest.Open(t, journal.Migrations, firms, steps))
	for _, s := range []step{{"z1", "a/1", 2, "x"}, {"z1", "a", 1, "2/x"}, {"z1", "a%", 3, "y"}} {
		h.record("step.made", "", journal.Put(s))
	}
	h.record("step.dropped", "", journal.Drop(step{"z1", "a/1", 2, "x"}))
	rep, err := journal.Verify(h.ctx, h.db, h.seq.Keys, "", []store.Row{step{}})
	h.must(err)
	if !rep.OK() || rep.Rows != 2 {
		t.Fatalf("%+v", rep)
	}
	other := storetest.Open(t, journal.Migrations, firms, steps)
	h.must(h.db.View(h.ctx, func(from store.Tx) error {
		return other.Update(h.ctx, func(to store.Tx) error {
			_, err := journal.Rebuild(h.ctx, from, to, []store.Row{step{}})
			return err
		})
	}))
	h.must(other.View(h.ctx, func(tx store.Tx) error {
		got, err := store.Select[step](h.ctx, tx, "WHERE zone = $1 ORDER BY n", "z1")
		if want := []step{{"z1", "a", 1, "2/x"}, {"z1", "a%", 3, "y"}}; !slices.Equal(got, want) {
			t.Errorf("rebuilt %v, want %v", got, want)
		}
		return err
	}))
}

func TestRotateNeedsAKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "none.json")
	if _, err := journal.Rotate(path, time.Now()); err == nil {
		t.Fatal("a key was made where none was to be rotated")
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("a key file was left behind")
	}
}

func TestKeysNameTheLog(t *testing.T) {
	t.Parallel()
	if _, err := journal.LoadKeys(filepath.Join(t.TempDir(), "k.json"), "two words", time.Now()); err == nil {
		t.Fatal("a name no checkpoint can carry was accepted")
	}
}
