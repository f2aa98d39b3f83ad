package journal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// firm is a business row with an open, a JSON and two private columns.
type firm struct {
	Zone    string   `db:"zone,key"`
	ID      string   `db:"id,key"`
	Name    string   `db:"name"`
	Tags    []string `db:"tags,json"`
	Phone   string   `db:"phone" class:"personal"`
	Tax     *int64   `db:"tax" class:"restricted"`
	Version int64    `db:"version"`
}

func (firm) Table() string { return "firms" }

var firms = fstest.MapFS{"migrations/9000_firms.sql": {Data: []byte(`CREATE TABLE firms (
  zone text NOT NULL, id text NOT NULL, name text NOT NULL, tags text NOT NULL, phone text NOT NULL, tax bigint, version bigint NOT NULL,
  PRIMARY KEY (zone, id)
);`)}}

// house is a database with a journal, a sequencer and one zone.
type house struct {
	*testing.T
	ctx  context.Context
	db   *store.DB
	seq  *journal.Sequencer
	keys string
	dir  string
}

func each(t *testing.T, fn func(h *house)) {
	t.Parallel()
	storetest.Each(t, []fs.FS{journal.Migrations, firms}, func(t *testing.T, db *store.DB) { fn(open(t, db)) })
}

func open(t *testing.T, db *store.DB) *house {
	h := &house{T: t, db: db, dir: t.TempDir(), keys: filepath.Join(t.TempDir(), "keys.json")}
	k, err := journal.LoadKeys(h.keys, "sente.test", time.Now())
	h.must(err)
	h.seq = &journal.Sequencer{DB: db, Keys: k, Dir: h.dir}
	h.ctx = kernel.WithActor(t.Context(), kernel.Actor{Zone: "z1", ID: "u1", Name: "演示专员", Via: "session", Request: "r1"})
	h.must(db.Update(h.ctx, func(tx store.Tx) error {
		return store.Put(h.ctx, tx, store.Zone{ID: "z1", NameZh: "测试区", NameEn: "Test zone"})
	}))
	return h
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) record(verb, reason string, changes ...journal.Change) (id string) {
	h.Helper()
	h.must(h.db.Update(h.ctx, func(tx store.Tx) (err error) {
		id, err = journal.Record(h.ctx, tx, journal.Act{Verb: verb, Object: "firm/a", Reason: reason, Changes: changes})
		return err
	}))
	return id
}

func (h *house) sequence() {
	h.Helper()
	_, err := h.seq.Sequence(h.ctx)
	h.must(err)
}

func (h *house) verify() *journal.Report {
	h.Helper()
	rep, err := journal.Verify(h.ctx, h.db, h.seq.Keys, h.dir, []store.Row{firm{}})
	h.must(err)
	return rep
}

// clean fails unless the report names nothing.
func (h *house) clean() *journal.Report {
	h.Helper()
	rep := h.verify()
	if !rep.OK() {
		h.Fatalf("findings: %+v", rep.Findings)
	}
	return rep
}

// found fails unless exactly the kinds given are found, in any order.
func (h *house) found(want ...string) []journal.Finding {
	h.Helper()
	rep := h.verify()
	var got []string
	for _, f := range rep.Findings {
		got = append(got, f.Kind)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		h.Fatalf("found %v, want %v: %+v", got, want, rep.Findings)
	}
	return rep.Findings
}

func (h *house) exec(q string, args ...any) {
	h.Helper()
	h.must(h.db.Update(h.ctx, func(tx store.Tx) error { _, err := tx.ExecContext(h.ctx, q, args...); return err }))
}

// packed returns the body of entry id as the database has it.
func (h *house) packed(id string) (b []byte) {
	h.Helper()
	h.must(h.db.View(h.ctx, func(tx store.Tx) error {
		return tx.QueryRowContext(h.ctx, `SELECT packed FROM journal_entries WHERE zone = 'z1' AND id = $1`, id).Scan(&b)
	}))
	return b
}

func ptr(n int64) *int64 { return &n }

func a(version int64, name, phone string) firm {
	return firm{Zone: "z1", ID: "a", Name: name, Tags: []string{"甲<&>", "乙"}, Phone: phone, Tax: ptr(12345), Version: version}
}

// three acts on one firm, sequenced.
func (h *house) three() (ids []string) {
	h.Helper()
	ids = append(ids, h.record("firm.registered", "", journal.Put(a(1, "甲公司", "13900000000"))))
	ids = append(ids, h.record("firm.amended", "更名", journal.Put(a(2, "乙公司", "13900000000"))))
	ids = append(ids, h.record("firm.amended", "换号", journal.Put(a(3, "乙公司", "13911111111"))))
	h.sequence()
	return ids
}

func TestRecordSavesRowAndImageTogether(t *testing.T) {
	each(t, func(h *house) {
		ids := h.three()
		rep := h.clean()
		if rep.Entries != 3 || rep.Rows != 1 || rep.Size != 3 || rep.Checkpoints != 1 || rep.Outside != 1 || rep.Waiting != 0 {
			h.Fatalf("%+v", rep)
		}
		h.must(h.db.View(h.ctx, func(tx store.Tx) error {
			list, err := journal.History(h.ctx, tx, "firm/a", journal.Page{Limit: 2})
			h.must(err)
			if len(list) != 2 || list[0].ID != ids[2] || list[1].Reason != "更名" || list[0].ActorName != "演示专员" || list[0].Private != "held" {
				h.Fatalf("%+v", list)
			}
			e, err := journal.Get(h.ctx, tx, ids[2])
			h.must(err)
			text := string(e.Images[0].After["name"])
			if text != `"乙公司"` || e.Images[0].After["phone"] != nil || e.Images[0].After["tax"] != nil {
				h.Fatalf("open image %v", e.Images[0])
			}
			var body string
			var packed []byte
			h.must(tx.QueryRowContext(h.ctx, `SELECT body, packed FROM journal_entries WHERE zone = 'z1' AND id = $1`, ids[2]).Scan(&body, &packed))
			if body != "" || !bytes.Contains(packed, []byte("乙公司")) {
				h.Fatalf("the body is not packed: %q, % x", body, packed)
			}
			open, err := json.Marshal(e)
			h.must(err)
			if !bytes.Contains(open, []byte("乙公司")) || bytes.Contains(open, []byte("13911111111")) || bytes.Contains(open, []byte("12345")) {
				h.Fatalf("private fields in the open body: %s", open)
			}
			return nil
		}))
	})
}

func TestRecordNeedsAnActorAndItsZone(t *testing.T) {
	each(t, func(h *house) {
		nobody := kernel.WithActor(h.ctx, kernel.Actor{Zone: "z1"})
		err := h.db.Update(nobody, func(tx store.Tx) error {
			_, err := journal.Record(nobody, tx, journal.Act{Verb: "x", Object: "firm/a", Changes: []journal.Change{journal.Put(a(1, "甲", ""))}})
			return err
		})
		if err == nil || !strings.Contains(err.Error(), "journal.no_actor") {
			h.Fatalf("%v", err)
		}
		if rep := h.clean(); rep.Rows != 0 || rep.Entries != 0 {
			h.Fatalf("something was written: %+v", rep)
		}
	})
}

func TestRolledBackActLeavesNothing(t *testing.T) {
	each(t, func(h *house) {
		boom := kernel.Faultf(kernel.ErrConflict, "test.boom")
		err := h.db.Update(h.ctx, func(tx store.Tx) error {
			if _, err := journal.Record(h.ctx, tx, journal.Act{Verb: "firm.registered", Object: "firm/a", Changes: []journal.Change{journal.Put(a(1, "甲", ""))}}); err != nil {
				return err
			}
			return boom
		})
		if err == nil {
			h.Fatal("committed")
		}
		if rep := h.clean(); rep.Rows != 0 || rep.Entries != 0 {
			h.Fatalf("%+v", rep)
		}
	})
}

func TestProofConvincesAnOutsider(t *testing.T) {
	each(t, func(h *house) {
		ids := h.three()
		for i := range 40 {
			h.record("firm.amended", "", journal.Put(a(int64(4+i), "丙公司", "")))
		}
		h.sequence()
		var p journal.Proof
		h.must(h.db.View(h.ctx, func(tx store.Tx) (err error) { p, err = journal.Prove(h.ctx, tx, h.seq.Keys, ids[1]); return err }))
		root, err := tlog.ParseHash(p.Root)
		h.must(err)
		var path tlog.RecordProof
		for _, s := range p.Hashes {
			x, err := tlog.ParseHash(s)
			h.must(err)
			path = append(path, x)
		}
		h.must(tlog.CheckRecord(path, p.Size, root, p.Index, tlog.RecordHash([]byte(p.Leaf))))
		if tlog.CheckRecord(path, p.Size, root, p.Index, tlog.RecordHash([]byte(p.Leaf+" "))) == nil {
			h.Fatal("a changed leaf was accepted")
		}
		if strings.Contains(p.Leaf, "公司") || strings.Contains(p.Leaf, "更名") || !strings.Contains(p.Leaf, ids[1]) {
			h.Fatalf("leaf: %s", p.Leaf)
		}
		v, err := note.NewVerifier(p.Keys[0])
		h.must(err)
		n, err := note.Open([]byte(p.Checkpoint), note.VerifierList(v))
		h.must(err)
		if want := "sente.test/z1\n43\n" + p.Root + "\n"; n.Text != want {
			h.Fatalf("checkpoint %q, want %q", n.Text, want)
		}
	})
}

func TestUnsequencedEntryIsNotProvableYet(t *testing.T) {
	each(t, func(h *house) {
		id := h.record("firm.registered", "", journal.Put(a(1, "甲", "")))
		err := h.db.View(h.ctx, func(tx store.Tx) error { _, err := journal.Prove(h.ctx, tx, h.seq.Keys, id); return err })
		if err == nil || !strings.Contains(err.Error(), "journal.not_sequenced") {
			h.Fatal(err)
		}
		if rep := h.clean(); rep.Waiting != 1 {
			h.Fatalf("%+v", rep)
		}
	})
}

func TestDoubtFindsAndNames(t *testing.T) {
	for name, tc := range map[string]struct {
		tamper func(h *house, ids []string)
		want   []string
		check  func(h *house, ids []string, f []journal.Finding)
	}{
		"direct update of a row": {
			func(h *house, _ []string) {
				h.exec(`UPDATE firms SET name = '丁公司' WHERE zone = 'z1' AND id = 'a'`)
			},
			[]string{"row_changed"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Table != "firms" || f[0].Key != "a" || !slices.Equal(f[0].Fields, []string{"name"}) || f[0].Entry != ids[2] {
					h.Fatalf("%+v", f[0])
				}
			}},
		"direct update of a private field": {
			func(h *house, _ []string) { h.exec(`UPDATE firms SET phone = '1', tax = 2 WHERE zone = 'z1'`) },
			[]string{"row_changed"},
			func(h *house, _ []string, f []journal.Finding) {
				if !slices.Equal(f[0].Fields, []string{"phone", "tax"}) {
					h.Fatalf("%+v", f[0])
				}
			}},
		"row removed": {
			func(h *house, _ []string) { h.exec(`DELETE FROM firms WHERE zone = 'z1'`) }, []string{"row_missing"}, nil},
		"row slipped in": {
			func(h *house, _ []string) {
				h.exec(`INSERT INTO firms (zone, id, name, tags, phone, version) VALUES ('z1', 'b', 'x', '[]', '', 1)`)
			}, []string{"row_extra"}, nil},
		"reason of an entry changed": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET packed = $2 WHERE zone = 'z1' AND id = $1`, ids[1], bytes.Replace(h.packed(ids[1]), []byte("更名"), []byte("改名"), 1))
			}, []string{"entry_changed"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Entry != ids[1] || *f[0].Seq != 1 {
					h.Fatalf("%+v", f[0])
				}
			}},
		"body of an entry damaged": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET packed = $2 WHERE zone = 'z1' AND id = $1`, ids[1], h.packed(ids[1])[:20])
			}, []string{"entry_changed"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Entry != ids[1] || !slices.Equal(f[0].Fields, []string{"body"}) {
					h.Fatalf("%+v", f[0])
				}
			}},
		"a second body beside the first": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET body = '{"reason":"x"}' WHERE zone = 'z1' AND id = $1`, ids[1])
			}, []string{"entry_changed"}, nil},
		"actor of an entry changed": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET actor = 'u2' WHERE zone = 'z1' AND id = $1`, ids[0])
			},
			[]string{"entry_changed"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Entry != ids[0] {
					h.Fatalf("%+v", f[0])
				}
			}},
		"entry removed": {
			func(h *house, ids []string) {
				h.exec(`DELETE FROM journal_entries WHERE zone = 'z1' AND id = $1`, ids[1])
			},
			[]string{"entry_removed"},
			func(h *house, _ []string, f []journal.Finding) {
				if *f[0].Seq != 1 {
					h.Fatalf("%+v", f[0])
				}
			}},
		"newest entry removed": {
			func(h *house, ids []string) {
				h.exec(`DELETE FROM journal_entries WHERE zone = 'z1' AND id = $1`, ids[2])
			},
			[]string{"entry_removed", "row_changed"}, nil},
		"two entries swapped": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_entries SET seq = 9 WHERE zone = 'z1' AND id = $1`, ids[0])
				h.exec(`UPDATE journal_entries SET seq = 0 WHERE zone = 'z1' AND id = $1`, ids[1])
				h.exec(`UPDATE journal_entries SET seq = 1 WHERE zone = 'z1' AND id = $1`, ids[0])
			}, []string{"entry_moved", "entry_moved"},
			func(h *house, ids []string, f []journal.Finding) {
				if f[0].Entry != ids[1] || f[0].Note != "1 → 0" {
					h.Fatalf("%+v", f[0])
				}
			}},
		"an entry exchanged for another with its leaf": {
			func(h *house, ids []string) {
				h.exec(`UPDATE journal_hashes SET hash = (SELECT hash FROM journal_hashes WHERE zone = 'z1' AND idx = 0) WHERE zone = 'z1' AND idx = 1`)
				h.exec(`DELETE FROM journal_entries WHERE zone = 'z1' AND id = $1`, ids[1])
			}, []string{"checkpoint_mismatch", "entry_removed", "outside_mismatch", "tree_changed"}, nil},
		"history cut off with its checkpoint": {
			func(h *house, ids []string) {
				h.record("firm.amended", "", journal.Put(a(4, "戊公司", "")))
				h.sequence()
				h.exec(`DELETE FROM journal_checkpoints WHERE zone = 'z1' AND size = 4`)
				h.exec(`DELETE FROM journal_hashes WHERE zone = 'z1' AND idx >= 4`)
				h.exec(`DELETE FROM journal_entries WHERE zone = 'z1' AND seq = 3`)
				h.exec(`UPDATE firms SET name = '乙公司', phone = '13911111111', version = 3 WHERE zone = 'z1'`)
			}, []string{"outside_mismatch"},
			func(h *house, _ []string, f []journal.Finding) {
				if *f[0].Seq != 4 || f[0].Note != "the tree has only 3 leaves" {
					h.Fatalf("%+v", f[0])
				}
			}},
		"checkpoint forged": {
			func(h *house, _ []string) {
				h.exec(`UPDATE journal_checkpoints SET note = replace(note, 'sente.test/z1', 'sente.test/z2') WHERE zone = 'z1'`)
			},
			[]string{"checkpoint_invalid"}, nil},
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

func TestErasureKeepsEveryProofValid(t *testing.T) {
	each(t, func(h *house) {
		h.three()
		h.must(h.db.Update(h.ctx, func(tx store.Tx) error {
			if _, err := journal.Erase(h.ctx, tx, "firm/a"); err != nil {
				return err
			}
			gone := a(4, "乙公司", "")
			gone.Tax = nil
			_, err := journal.Record(h.ctx, tx, journal.Act{Verb: "firm.erased", Object: "firm/a", Reason: "本人申请", Changes: []journal.Change{journal.Put(gone)}})
			return err
		}))
		h.sequence()
		if rep := h.clean(); rep.Erased != 3 || rep.Entries != 4 {
			h.Fatalf("%+v", rep)
		}
		h.must(h.db.View(h.ctx, func(tx store.Tx) error {
			n, err := store.Count(h.ctx, tx, `SELECT count(*) FROM journal_entries WHERE zone = 'z1' AND (private LIKE '%139%' OR body LIKE '%139%')`)
			if n != 0 {
				h.Fatalf("%d entries still hold the number", n)
			}
			return err
		}))
	})
}

// TestNothingPrivateIsNotKept: a row without a private field needs no private
// body, and yet nothing can be put into those fields unseen.
func TestNothingPrivateIsNotKept(t *testing.T) {
	each(t, func(h *house) {
		bareFirm := func(id string, version int64) firm {
			return firm{Zone: "z1", ID: id, Name: "壬公司", Version: version}
		}
		kept := func(id string) string {
			var e journal.Entry
			h.must(h.db.View(h.ctx, func(tx store.Tx) (err error) { e, err = journal.Get(h.ctx, tx, id); return err }))
			return e.Private
		}
		none := h.record("firm.registered", "", journal.Put(bareFirm("a", 1)))
		zero := bareFirm("b", 1)
		zero.Tax = ptr(0) // is a figure, and not the same as none
		figure := h.record("firm.registered", "", journal.Put(zero))
		mixed := h.record("firm.registered", "", journal.Put(bareFirm("c", 1)), journal.Put(firm{Zone: "z1", ID: "d", Phone: "13900000000"}), journal.Put(bareFirm("e", 1)))
		if a, b, c := kept(none), kept(figure), kept(mixed); a != "none" || b != "held" || c != "held" {
			h.Fatalf("%s, %s, %s", a, b, c)
		}
		h.sequence()
		h.clean()
		for _, tamper := range []struct {
			set, undo, key string
			fields         []string
		}{
			{"phone = '1'", "phone = ''", "a", []string{"phone"}},
			{"tax = 0", "tax = NULL", "a", []string{"tax"}},
			{"tax = NULL", "tax = 0", "b", []string{"tax"}},
			{"phone = '1', name = 'x'", "phone = '', name = '壬公司'", "c", []string{"name", "phone"}},
			{"phone = ''", "phone = '13900000000'", "d", []string{"phone"}},
			{"tax = 5", "tax = NULL", "e", []string{"tax"}},
		} {
			h.exec(`UPDATE firms SET `+tamper.set+` WHERE zone = 'z1' AND id = $1`, tamper.key)
			if f := h.found("row_changed"); f[0].Key != tamper.key || !slices.Equal(f[0].Fields, tamper.fields) {
				h.Fatalf("%s of %s: %+v", tamper.set, tamper.key, f[0])
			}
			h.exec(`UPDATE firms SET `+tamper.undo+` WHERE zone = 'z1' AND id = $1`, tamper.key)
		}
		// what was erased is not known any more; what is recorded as blank is
		h.must(h.db.Update(h.ctx, func(tx store.Tx) error {
			n, err := journal.Erase(h.ctx, tx, "firm/a")
			if n != 2 {
				h.Errorf("%d private bodies were erased, want 2", n)
			}
			h.must(err)
			_, err = journal.Record(h.ctx, tx, journal.Act{Verb: "firm.erased", Object: "firm/a", Changes: []journal.Change{journal.Put(firm{Zone: "z1", ID: "d", Version: 2})}})
			return err
		}))
		h.clean()
		h.exec(`UPDATE firms SET phone = '13900000000' WHERE zone = 'z1' AND id = 'd'`)
		if f := h.found("row_changed"); f[0].Key != "d" || !slices.Equal(f[0].Fields, []string{"phone"}) {
			h.Fatalf("%+v", f[0])
		}
	})
}

func TestAfterImagesRebuildEveryRow(t *testing.T) {
	each(t, func(h *house) {
		h.three()
		b := a(1, "己公司", "")
		b.ID, b.Tax, b.Tags = "b", nil, nil
		h.record("firm.registered", "", journal.Put(b)) // nothing private
		c := a(1, "庚公司", "")
		c.ID = "c"
		h.record("firm.registered", "", journal.Put(c))
		h.record("firm.dropped", "误录", journal.Drop(c))
		other := storetest.Open(h.T, journal.Migrations, firms)
		var want, got []firm
		h.must(h.db.View(h.ctx, func(from store.Tx) error {
			h.must(other.Update(h.ctx, func(to store.Tx) error {
				_, err := journal.Rebuild(h.ctx, from, to, []store.Row{firm{}})
				return err
			}))
			var err error
			want, err = store.Select[firm](h.ctx, from, "WHERE zone = $1 ORDER BY id", "z1")
			return err
		}))
		h.must(other.View(h.ctx, func(tx store.Tx) (err error) {
			got, err = store.Select[firm](h.ctx, tx, "WHERE zone = $1 ORDER BY id", "z1")
			return err
		}))
		if len(got) != 2 || len(want) != 2 || got[0].Phone != want[0].Phone || *got[0].Tax != *want[0].Tax || got[1].Name != "己公司" || got[1].Tax != nil || got[1].Phone != "" || got[0].Tags[0] != "甲<&>" {
			h.Fatalf("got %+v want %+v", got, want)
		}
	})
}

func TestRotatedKeyStillVerifiesOldCheckpoints(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, firms))
	h.three()
	k, err := journal.Rotate(h.keys, time.Now())
	h.must(err)
	if len(k.List) != 2 || k.List[0].Seed != nil || k.List[0].Retired == 0 {
		t.Fatalf("%+v", k.List)
	}
	h.seq.Keys = k
	h.record("firm.amended", "", journal.Put(a(4, "辛公司", "")))
	h.sequence()
	if rep := h.clean(); rep.Checkpoints != 2 || rep.Outside != 2 {
		t.Fatalf("%+v", rep)
	}
	h.must(os.Chmod(h.keys, 0o644))
	if _, err := journal.LoadKeys(h.keys, "", time.Now()); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Fatalf("a readable key file was accepted: %v", err)
	}
}

// clocked is a house whose clock shows what now holds.
func clocked(t *testing.T, now *time.Time) *house {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(t.TempDir(), "x.db"), Now: func() time.Time { return *now }}, journal.Migrations, firms)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return open(t, db)
}

func TestClockSetBackKeepsOrder(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_800_000_000_000)
	h := clocked(t, &now)
	h.record("firm.registered", "", journal.Put(a(1, "甲", "")))
	now = now.Add(-24 * time.Hour)
	h.record("firm.amended", "", journal.Put(a(2, "乙", "")))
	h.sequence()
	h.clean()

	// An entry that has waited for minutes is named: nobody sequences any more.
	id := h.record("firm.amended", "", journal.Put(a(3, "丙", "")))
	now = now.Add(9 * time.Minute)
	h.clean()
	now = now.Add(2 * time.Minute)
	if f := h.found("entry_late"); f[0].Entry != id {
		t.Fatalf("%+v", f)
	}
}

func TestManyActsAtOnceAreOneBatch(t *testing.T) {
	each(t, func(h *house) {
		var acts []journal.Act
		for i := range 2500 {
			r := a(1, "公司", "")
			r.ID = kernel.NewID(time.UnixMilli(int64(i)))
			acts = append(acts, journal.Act{Verb: "firm.imported", Object: "firm/" + r.ID, Changes: []journal.Change{journal.Put(r)}})
		}
		h.must(h.db.Update(h.ctx, func(tx store.Tx) error { return journal.RecordAll(h.ctx, tx, acts) }))
		h.must(h.seq.Tick(h.ctx))
		if rep := h.clean(); rep.Size != 2500 || rep.Checkpoints != 2 || rep.Rows != 2500 {
			h.Fatalf("%+v", rep)
		}
	})
}
