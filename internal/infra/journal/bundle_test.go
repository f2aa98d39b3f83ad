package journal_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// everything discloses all open bodies.
func everything() journal.Choice { return journal.Choice{Bodies: []string{""}} }

func (h *house) export(c journal.Choice) []byte {
	h.Helper()
	var b bytes.Buffer
	_, err := journal.Export(h.ctx, h.db, h.seq.Keys, c, &b)
	h.must(err)
	return b.Bytes()
}

// outside is the content of the file of checkpoints kept outside.
func (h *house) outside() string {
	h.Helper()
	b, err := os.ReadFile(h.file())
	h.must(err)
	return string(b)
}

func (h *house) keyring() []string { return h.seq.Keys.VerifierKeys("z1") }

func (h *house) checked(bundle []byte, keys []string, outside string) *journal.BundleReport {
	h.Helper()
	rep, err := journal.CheckBundle(bytes.NewReader(bundle), int64(len(bundle)), keys, outside)
	h.must(err)
	return rep
}

// named fails unless exactly the kinds want are found, in any order.
func (h *house) named(rep *journal.BundleReport, want ...string) {
	h.Helper()
	var got []string
	for _, f := range rep.Findings {
		got = append(got, f.Kind)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || rep.Total != int64(len(want)) {
		h.Fatalf("found %v, want %v: %+v", got, want, rep.Findings)
	}
}

// grown is a log of several heads: after 3, 4, … entries.
func (h *house) grown(heads int) {
	h.Helper()
	h.three()
	for i := range heads - 1 {
		h.another(int64(4 + i))
	}
}

func TestBundle(t *testing.T) {
	each(t, func(h *house) {
		h.grown(5)
		bundle := h.export(everything())
		rep := h.checked(bundle, h.keyring(), h.outside())
		want := h.clean()
		if !rep.OK() || rep.Root != want.Root || rep.Size != 7 || rep.Entries != 7 || rep.Bodies != 7 || rep.Privates != 0 || rep.Checkpoints != 5 || rep.Outside != 5 || rep.OwnKeys {
			t.Fatalf("%+v, want root %s", rep, want.Root)
		}
		if rep := h.checked(bundle, nil, ""); !rep.OK() || !rep.OwnKeys {
			t.Fatalf("%+v", rep)
		}
		if text := unzipped(h, bundle); strings.Contains(text, "13911111111") || strings.Contains(text, "12345") || !strings.Contains(text, "戊公司") {
			t.Fatal("a bundle holds the open bodies and not the private ones")
		}
		if rep := h.checked(h.export(journal.Choice{Bodies: []string{""}, Private: true}), h.keyring(), ""); !rep.OK() || rep.Privates != 7 {
			t.Fatalf("%+v", rep)
		}
		if rep := h.checked(h.export(journal.Choice{}), h.keyring(), h.outside()); !rep.OK() || rep.Bodies != 0 || rep.Root != want.Root {
			t.Fatalf("%+v", rep)
		}
		if rep := h.checked(h.export(journal.Choice{Bodies: []string{"deal/", "firm/b"}}), h.keyring(), ""); !rep.OK() || rep.Bodies != 0 {
			t.Fatalf("%+v", rep)
		}
		for from := range int64(8) {
			c := everything()
			c.From = from
			rep := h.checked(h.export(c), h.keyring(), h.outside())
			uncovered := max(0, from-3)
			if !rep.OK() || rep.Root != want.Root || rep.Entries != 7-from || rep.Uncovered != uncovered || rep.Outside != 5-uncovered {
				t.Fatalf("from %d: %+v", from, rep)
			}
		}
		if _, err := journal.Export(h.ctx, h.db, h.seq.Keys, journal.Choice{From: 8}, io.Discard); err == nil || !strings.Contains(err.Error(), "journal.export_from") {
			t.Fatalf("a bundle from behind the end: %v", err)
		}
	})
}

// unzipped is all a bundle says.
func unzipped(h *house, bundle []byte) string {
	h.Helper()
	var b strings.Builder
	for _, name := range bundleFiles() {
		b.WriteString(bundleFile(h, bundle, name))
	}
	return b.String()
}

func bundleFiles() []string {
	return []string{"keys.txt", "peaks.txt", "checkpoints.txt", "entries.jsonl", "manifest.json"}
}

func bundleFile(h *house, bundle []byte, name string) string {
	h.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	h.must(err)
	f, err := z.Open(name)
	h.must(err)
	text, err := io.ReadAll(f)
	h.must(err)
	return string(text)
}

// forged is bundle with the file name changed by edit.
func forged(h *house, bundle []byte, name string, edit func(string) string) []byte {
	h.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range bundleFiles() {
		text := bundleFile(h, bundle, n)
		if n == name {
			text = edit(text)
		}
		f, err := z.Create(n)
		h.must(err)
		_, err = io.WriteString(f, text)
		h.must(err)
	}
	h.must(z.Close())
	return b.Bytes()
}

// line changes one line of entries.
func line(h *house, n int, edit func(*journal.Disclosed)) func(string) string {
	return func(text string) string {
		lines := strings.SplitAfter(text, "\n")
		var d journal.Disclosed
		h.must(json.Unmarshal([]byte(lines[n]), &d))
		edit(&d)
		b, err := json.Marshal(d)
		h.must(err)
		lines[n] = string(b) + "\n"
		return strings.Join(lines, "")
	}
}

func lines(edit func([]string) []string) func(string) string {
	return func(text string) string { return strings.Join(edit(strings.SplitAfter(text, "\n")), "") }
}

// TestForgedBundleIsNamed holds what somebody who hands over a bundle could try.
func TestForgedBundleIsNamed(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, firms))
	h.grown(3) // heads of 3, 4 and 5 leaves
	h.must(h.db.Update(h.ctx, func(tx store.Tx) error {
		if _, err := journal.Erase(h.ctx, tx, "firm/a"); err != nil {
			return err
		}
		_, err := journal.Record(h.ctx, tx, journal.Act{Verb: "firm.erased", Object: "firm/a", Changes: []journal.Change{journal.Put(a(9, "戊公司", ""))}})
		return err
	}))
	h.must(h.seq.Tick(h.ctx)) // 6
	bundle, kept := h.export(everything()), h.outside()
	if rep := h.checked(bundle, h.keyring(), kept); !rep.OK() || rep.Erased != 5 || rep.Erasing != 0 {
		t.Fatalf("%+v", rep)
	}
	other := open(t, storetest.Open(t, journal.Migrations, firms))
	other.grown(2)
	for name, tc := range map[string]struct {
		file string
		edit func(string) string
		want []string
		note string
	}{
		"a leaf changed": {"entries.jsonl", line(h, 3, func(d *journal.Disclosed) { d.Leaf = strings.Replace(d.Leaf, `"actor":"u1"`, `"actor":"u2"`, 1) }),
			[]string{"checkpoint_mismatch", "checkpoint_mismatch", "checkpoint_mismatch", "outside_mismatch", "outside_mismatch", "outside_mismatch"}, "changed among the leaves 3 to 3"},
		"a body changed":         {"entries.jsonl", line(h, 1, func(d *journal.Disclosed) { d.Body = strings.Replace(d.Body, "乙公司", "丙公司", 1) }), []string{"entry_changed"}, ""},
		"a salt changed":         {"entries.jsonl", line(h, 1, func(d *journal.Disclosed) { d.Salt[0]++ }), []string{"entry_changed"}, ""},
		"a private body made up": {"entries.jsonl", line(h, 1, func(d *journal.Disclosed) { d.Private = "{}" }), []string{"entry_changed"}, ""},
		"a leaf of another zone": {"entries.jsonl", line(h, 4, func(d *journal.Disclosed) { d.Leaf = strings.Replace(d.Leaf, `"zone":"z1"`, `"zone":"z2"`, 1) }),
			[]string{"entry_changed", "checkpoint_mismatch", "checkpoint_mismatch", "outside_mismatch", "outside_mismatch"}, "changed among the leaves 4 to 4"},
		"an act of erasing denied": {"entries.jsonl", line(h, 0, func(d *journal.Disclosed) { *d.ErasedAt++ }), []string{"entry_changed"}, "no act of erasing was recorded for it"},
		"lines swapped":            {"entries.jsonl", lines(func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }), []string{"entry_moved"}, "behind 2"},
		"a line repeated":          {"entries.jsonl", lines(func(l []string) []string { return slices.Insert(l, 2, l[1]) }), []string{"entry_added"}, ""},
		"a line left out": {"entries.jsonl", lines(func(l []string) []string { return slices.Delete(l, 4, 5) }),
			[]string{"entry_removed", "checkpoint_mismatch", "checkpoint_mismatch", "outside_mismatch", "outside_mismatch"}, "the leaves from 4 on are not whole"},
		"the end left out": {"entries.jsonl", lines(func(l []string) []string { return l[:3] }),
			[]string{"entry_removed", "entry_changed", "entry_changed", "entry_changed", // the act of erasing is gone as well
				"checkpoint_mismatch", "checkpoint_mismatch", "checkpoint_mismatch", "outside_mismatch", "outside_mismatch", "outside_mismatch"}, "3 → 5"},
		"places exchanged": {"entries.jsonl", func(text string) string {
			return lines(func(l []string) []string { l[1], l[2] = l[2], l[1]; return l })(line(h, 2, func(d *journal.Disclosed) { d.Seq = 1 })(line(h, 1, func(d *journal.Disclosed) { d.Seq = 2 })(text)))
		}, slices.Repeat([]string{"checkpoint_mismatch", "outside_mismatch"}, 4), ""},
		"a leaf behind the end": {"entries.jsonl", line(h, 5, func(d *journal.Disclosed) { d.Seq = 1 << 60 }),
			[]string{"entry_added", "entry_removed", "checkpoint_mismatch", "outside_mismatch"}, ""},
		"a signature changed": {"checkpoints.txt", func(text string) string { return strings.Replace(text, "z1\n4\n", "z1\n6\n", 1) }, []string{"checkpoint_invalid"}, ""},
		"the last head left out": {"checkpoints.txt", func(text string) string { return text[:strings.LastIndex(text, "sente.test/z1\n6")] },
			nil, ""}, // the one kept outside signs the last leaf
		"every head left out": {"checkpoints.txt", func(string) string { return "" }, nil, ""},
		"peaks made up":       {"peaks.txt", func(string) string { return "" }, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := &house{T: t, seq: h.seq}
			rep := h.checked(forged(h, bundle, tc.file, tc.edit), h.keyring(), kept)
			h.named(rep, tc.want...)
			if !slices.ContainsFunc(rep.Findings, func(f journal.Finding) bool { return f.Note == tc.note }) && tc.note != "" {
				t.Fatalf("no finding says %q: %+v", tc.note, rep.Findings)
			}
		})
	}
	h.named(h.checked(forged(h, bundle, "checkpoints.txt", func(string) string { return "" }), h.keyring(), ""), "checkpoint_invalid")
	h.named(h.checked(bundle, other.keyring(), ""), slices.Repeat([]string{"checkpoint_invalid"}, 5)...)
	h.named(h.checked(bundle, h.keyring(), other.outside()), "checkpoint_invalid", "checkpoint_invalid")
	h.named(h.checked(bundle, nil, kept[:len(kept)-90])) // a write cut short
	for name, file := range map[string][]byte{"cut": bundle[:len(bundle)-30], "nothing": nil, "text": []byte("PK 你好"),
		"format":  forged(h, bundle, "manifest.json", func(s string) string { return strings.Replace(s, "bundle/1", "bundle/9", 1) }),
		"no JSON": forged(h, bundle, "entries.jsonl", func(s string) string { return s + "{\n" }),
		"peaks":   forged(h, bundle, "peaks.txt", func(string) string { return "x" })} {
		if rep, err := journal.CheckBundle(bytes.NewReader(file), int64(len(file)), nil, ""); err == nil || rep != nil || !strings.Contains(err.Error(), "journal.bundle_unreadable") {
			t.Errorf("%s: %+v, %v", name, rep, err)
		}
	}
}

// A small file that unpacks without end is refused before it is unpacked.
func TestBundleThatUnpacksWithoutEnd(t *testing.T) {
	t.Parallel()
	h := &house{T: t}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.Create("entries.jsonl")
	h.must(err)
	lines := bytes.Repeat([]byte("{}\n"), 1<<20)
	for range 23 { // 69 MB
		_, err = f.Write(lines)
		h.must(err)
	}
	h.must(z.Close())
	rep, err := journal.CheckBundle(bytes.NewReader(b.Bytes()), int64(b.Len()), nil, "")
	if rep != nil || err == nil || !strings.Contains(err.Error(), "journal.bundle_unreadable") || !strings.Contains(err.Error(), "entries.jsonl: 72351744 bytes out of") {
		t.Fatalf("%+v, %v, of %d bytes", rep, err, b.Len())
	}
}

// TestErasingBehindTheLastCheckpoint: an erasure whose act has no place yet is
// said to be so; a private body that is gone without any act is named.
func TestErasingBehindTheLastCheckpoint(t *testing.T) {
	each(t, func(h *house) {
		h.three()
		h.must(h.db.Update(h.ctx, func(tx store.Tx) error {
			if _, err := journal.Erase(h.ctx, tx, "firm/a"); err != nil {
				return err
			}
			_, err := journal.Record(h.ctx, tx, journal.Act{Verb: "firm.erased", Object: "firm/a", Changes: []journal.Change{journal.Put(a(9, "戊公司", ""))}})
			return err
		}))
		if rep := h.checked(h.export(everything()), h.keyring(), h.outside()); !rep.OK() || rep.Erased != 3 || rep.Erasing != 3 {
			h.Fatalf("%+v", rep)
		}
		h.exec(`UPDATE journal_entries SET erased_at = erased_at + 1 WHERE zone = 'z1' AND seq = 1`)
		h.named(h.checked(h.export(everything()), h.keyring(), h.outside()), "entry_changed")
	})
}

// TestConsistencyBetweenAnyTwo: for random sizes the proof is what x/mod's own
// checker accepts, and no other pair of roots.
func TestConsistencyBetweenAnyTwo(t *testing.T) {
	each(t, func(h *house) {
		rnd := rand.New(rand.NewPCG(9, 27))
		var sizes []int64
		for total := int64(0); total < 300; {
			n := 1 + rnd.Int64N(40)
			h.must(h.db.Update(h.ctx, func(tx store.Tx) error {
				var acts []journal.Act
				for i := range n {
					acts = append(acts, journal.Act{Verb: "firm.amended", Object: fmt.Sprintf("firm/%d", i)})
				}
				return journal.RecordAll(h.ctx, tx, acts)
			}))
			h.must(h.seq.Tick(h.ctx))
			total += n
			sizes = append(sizes, total)
		}
		head := sizes[len(sizes)-1]
		verifiers, err := h.seq.Keys.Verifiers("z1")
		h.must(err)
		for range 200 {
			from := 1 + rnd.Int64N(head)
			if rnd.IntN(2) == 0 {
				from = sizes[rnd.IntN(len(sizes))]
			}
			to := from + rnd.Int64N(head-from+1)
			var c journal.Consistency
			h.must(h.db.View(h.ctx, func(tx store.Tx) (err error) {
				c, err = journal.ProveConsistency(h.ctx, tx, h.seq.Keys, from, to)
				return err
			}))
			var proof tlog.TreeProof
			for _, text := range c.Hashes {
				hash, err := tlog.ParseHash(text)
				h.must(err)
				proof = append(proof, hash)
			}
			old, err := tlog.ParseHash(c.FromRoot)
			h.must(err)
			now, err := tlog.ParseHash(c.ToRoot)
			h.must(err)
			h.must(tlog.CheckTree(proof, to, now, from, old))
			now[0]++
			if tlog.CheckTree(proof, to, now, from, old) == nil {
				h.Fatalf("%d → %d: the proof shows anything", from, to)
			}
			if known := slices.Contains(sizes, from); (c.FromCheckpoint != "") != known {
				h.Fatalf("%d: checkpoint %q, want one: %t", from, c.FromCheckpoint, known)
			} else if known {
				n, err := note.Open([]byte(c.FromCheckpoint), verifiers)
				h.must(err)
				if want := fmt.Sprintf("sente.test/z1\n%d\n%s\n", from, c.FromRoot); n.Text != want {
					h.Fatalf("%q, want %q", n.Text, want)
				}
			}
		}
		for _, bad := range [][2]int64{{0, 1}, {2, 1}, {1, head + 1}, {-1, 1}} {
			err := h.db.View(h.ctx, func(tx store.Tx) error {
				_, err := journal.ProveConsistency(h.ctx, tx, h.seq.Keys, bad[0], bad[1])
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "journal.no_size") {
				h.Errorf("%v: %v", bad, err)
			}
		}
	})
}

// TestForkIsDetected: a database set back and continued otherwise agrees with
// itself, and not with the checkpoints kept outside; so do two logs of one key
// that share a beginning.
func TestForkIsDetected(t *testing.T) {
	each(t, func(h *house) {
		h.three()
		h.another(4)
		kept := h.outside()
		before := h.export(everything())
		h.exec(`DELETE FROM journal_entries WHERE zone = 'z1' AND seq = 3`)
		h.exec(`DELETE FROM journal_hashes WHERE zone = 'z1' AND idx >= $1`, tlog.StoredHashCount(3))
		h.exec(`DELETE FROM journal_checkpoints WHERE zone = 'z1' AND size = 4`)
		set := &journal.Sequencer{DB: h.db, Keys: h.seq.Keys} // a copy elsewhere: nothing is kept outside
		if rep := h.checked(h.export(everything()), h.keyring(), kept); rep.Total != 1 || rep.Findings[0].Kind != "outside_mismatch" || *rep.Findings[0].Seq != 4 ||
			rep.Findings[0].Note != "the bundle has only the leaves 0 to 2" {
			h.Fatalf("set back: %+v", rep)
		}
		h.record("firm.amended", "别的经过", journal.Put(a(4, "己公司", "")))
		h.must(set.Tick(h.ctx))
		after := h.export(everything())
		for _, bundle := range [][]byte{before, after} { // each agrees with itself
			h.named(h.checked(bundle, h.keyring(), ""))
		}
		h.named(h.checked(before, h.keyring(), kept))
		rep := h.checked(after, h.keyring(), kept)
		h.named(rep, "outside_mismatch")
		if f := rep.Findings[0]; *f.Seq != 4 || f.Note != "the log has signed two roots of this size" {
			h.Fatalf("%+v", f)
		}
		rep = h.checked(before, h.keyring(), bundleFile(h, after, "checkpoints.txt")) // two logs against each other
		h.named(rep, "outside_mismatch")
		if f := rep.Findings[0]; *f.Seq != 4 || f.Note != "the log has signed two roots of this size" {
			h.Fatalf("%+v", f)
		}
		h.must(os.WriteFile(h.file(), []byte(kept), 0o600))
		found := h.verify()
		if !slices.ContainsFunc(found.Findings, func(f journal.Finding) bool { return f.Kind == "outside_mismatch" && f.Seq != nil && *f.Seq == 4 }) {
			h.Fatalf("%+v", found.Findings)
		}
	})
}

// TestRotatedKeyInBundle: heads of both keys are checked.
func TestRotatedKeyInBundle(t *testing.T) {
	t.Parallel()
	h := open(t, storetest.Open(t, journal.Migrations, firms))
	h.three()
	old := h.keyring()
	k, err := journal.Rotate(h.keys, time.Now())
	h.must(err)
	h.seq = &journal.Sequencer{DB: h.db, Keys: k, Dir: h.dir}
	h.another(4)
	bundle := h.export(everything())
	h.named(h.checked(bundle, h.keyring(), h.outside()))
	h.named(h.checked(bundle, old, ""), "checkpoint_invalid", "checkpoint_invalid") // the new key is not theirs; nothing they believe signs the end
}
