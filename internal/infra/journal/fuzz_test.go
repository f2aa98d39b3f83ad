package journal

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/kernel"
)

// A checkpoint file is read without loss whatever was cut short in it: a whole
// note that follows is found as it was written.
func FuzzNotesIn(f *testing.F) {
	const whole = "sente/zone\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— sente/zone AAAAAAAA\n"
	for _, seed := range []string{"", whole, whole[:20], whole + "\n" + whole, "— ", "\x00\x00\n\n", "\n\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) {
		for _, text := range notesIn(content) {
			if text == "" {
				t.Fatalf("%q holds an empty note", content)
			}
			if size, root, err := (Checkpoint{Note: text}).read(); err == nil && (size < 0 || strings.Contains(root, "\n")) {
				t.Fatalf("%q says size %d, root %q", text, size, root)
			}
		}
		list := notesIn(content + "\n\n" + whole)
		if len(list) == 0 || list[len(list)-1] != whole {
			t.Fatalf("after %q the whole note is lost: %q", content, list)
		}
	})
}

func FuzzRowKey(f *testing.F) {
	for _, seed := range []string{"", "a/b", "%2F", "%252F", "长春/新区", "%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, part string) {
		key := escapeKey(part)
		if strings.Contains(key, "/") || unescapeKey(key) != part {
			t.Fatalf("%q became %q", part, key)
		}
	})
}

// written is the bundle from the leaf from on of a log of three entries, two of
// whose heads are signed: its files, the keys, and the roots by size.
func written(f *testing.F, from int64) (files map[string]string, keys *Keys, roots map[int64]string) {
	f.Helper()
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	public, _ := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	keys, roots = &Keys{Origin: "sente.test", List: []Key{{Public: public, Seed: seed}}}, map[int64]string{}
	files = map[string]string{bundleKeys: keys.VerifierKeys("z1")[0] + "\n", bundlePeaks: "", bundleCheckpoints: "", bundleEntries: ""}
	salt, at := []byte("salt"), int64(5)
	var tree peaks
	for n := range int64(3) {
		verb, body, private := "firm.amended", `{"v":1}`, `{"rows":[]}`
		if n == 2 {
			verb = "firm.erased"
		}
		d := Disclosed{Seq: n, Salt: salt, Body: body, PrivateSalt: salt, Private: private}
		d.Leaf = string(entryRow{Zone: "z1", ID: strconv.FormatInt(n, 10), Ord: n, At: at, Actor: "u1", Verb: verb, Object: "firm/a", BodyHash: commit(salt, body), PrivateHash: commit(salt, private)}.leafText())
		if n == 0 {
			d.PrivateSalt, d.Private, d.ErasedAt = nil, "", &at
		}
		line, err := json.Marshal(d)
		if err != nil {
			f.Fatal(err)
		}
		if n < from {
			line = nil
		}
		tree.push(tlog.RecordHash([]byte(d.Leaf)))
		roots[n+1] = tree.root().String()
		if n+1 == from {
			for _, p := range tree {
				files[bundlePeaks] += p.hash.String() + "\n"
			}
		}
		if line != nil {
			files[bundleEntries] += string(line) + "\n"
		}
		if n == 0 || n+1 < from {
			continue
		}
		signed, err := note.Sign(&note.Note{Text: checkpointText(keys.Name("z1"), n+1, tree.root())}, keys.Signer("z1"))
		if err != nil {
			f.Fatal(err)
		}
		files[bundleCheckpoints] += string(signed) + "\n"
	}
	m, err := json.Marshal(Manifest{Format: bundleFormat, Zone: "z1", Origin: "sente.test/z1", From: from, Size: 3, Private: true})
	if err != nil {
		f.Fatal(err)
	}
	files[bundleManifest] = string(m)
	return files, keys, roots
}

// zipped puts files into a zip, in the order of their names.
func zipped(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// believed checks a bundle with the keys somebody has kept: either there is
// nothing to check, or the report can be handed on, and one without a finding is
// about leaves that these keys have signed.
func believed(t *testing.T, bundle []byte, keys *Keys, roots map[int64]string) {
	t.Helper()
	rep, err := CheckBundle(bytes.NewReader(bundle), int64(len(bundle)), keys.VerifierKeys("z1"), "")
	if err != nil {
		if rep != nil || !errors.Is(err, kernel.ErrInvalid) {
			t.Fatalf("%+v, %v", rep, err)
		}
		return
	}
	if _, err := json.Marshal(rep); err != nil {
		t.Fatal(err)
	}
	if len(rep.Findings) > 200 || int64(len(rep.Findings)) > rep.Total {
		t.Fatalf("%d findings of %d", len(rep.Findings), rep.Total)
	}
	if rep.OK() && (rep.Root == "" || rep.Root != roots[rep.Size] || rep.Entries != rep.Size-rep.From || rep.Erased > rep.Entries) {
		t.Fatalf("believed without a signature: %+v", rep)
	}
}

// A bundle comes from somebody who is not believed: whatever its files say, no
// history is believed but the signed one.
func FuzzBundle(f *testing.F) {
	_, keys, roots := written(f, 0)
	for from := range int64(4) {
		files, _, _ := written(f, from)
		whole := zipped(f, files)
		if rep, err := CheckBundle(bytes.NewReader(whole), int64(len(whole)), keys.VerifierKeys("z1"), ""); err != nil || !rep.OK() {
			f.Fatalf("a bundle as it is written, from %d: %+v, %v", from, rep, err)
		}
		f.Add(files[bundleManifest], files[bundleKeys], files[bundleCheckpoints], files[bundlePeaks], files[bundleEntries])
	}
	f.Add(`{"format":"sente-audit-bundle/1","from":9223372036854775807,"size":9223372036854775807}`, "", "", "", "{}\n")
	f.Add(`{"format":"sente-audit-bundle/1","size":9223372036854775807}`, "k+1+x", "— \n\n", "AA==", `{"seq":-1}`+"\n"+`{"seq":9223372036854775806}`)
	f.Fuzz(func(t *testing.T, manifest, own, checkpoints, peaks, entries string) {
		bundle := zipped(t, map[string]string{bundleManifest: manifest, bundleKeys: own, bundleCheckpoints: checkpoints, bundlePeaks: peaks, bundleEntries: entries})
		believed(t, bundle, keys, roots)
		if rep, err := CheckBundle(bytes.NewReader(bundle), int64(len(bundle)), nil, checkpoints); err == nil && !rep.OwnKeys {
			t.Fatalf("%+v", rep)
		}
	})
}

// The same of the zip itself.
func FuzzBundleZip(f *testing.F) {
	files, keys, roots := written(f, 0)
	whole := zipped(f, files)
	f.Add(whole)
	f.Add(whole[:len(whole)-30])
	delete(files, bundlePeaks)
	f.Add(zipped(f, files))
	files["../x"] = "x"
	f.Add(zipped(f, files))
	f.Add([]byte("PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, bundle []byte) { believed(t, bundle, keys, roots) })
}

// Keys that are read can be used: they verify what they sign.
func FuzzParseKeys(f *testing.F) {
	_, keys, _ := written(f, 0)
	for _, k := range []*Keys{keys, keys.Public(), keys.Renewed(time.UnixMilli(1))} {
		text, err := k.Text()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"origin":"x","keys":[null]}`))
	f.Add([]byte(`{"origin":"x","keys":[{"public":"AA==","seed":"AA=="}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := ParseKeys(text)
		if err != nil {
			return
		}
		verifiers, err := k.Verifiers("z1")
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !k.Signs() {
			return
		}
		signed, err := note.Sign(&note.Note{Text: "x\n"}, k.Signer("z1"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if _, err := note.Open(signed, verifiers); err != nil {
			t.Fatalf("%s signs what it does not verify: %v", text, err)
		}
		again, err := k.Text()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseKeys(again); err != nil || !k.Continues(back) || !back.Continues(k) {
			t.Fatalf("%s became %s: %v", text, again, err)
		}
	})
}

// A name of a tile is the one way to write its place, and what a tree has of a
// tile lies within it.
func FuzzTilePath(f *testing.F) {
	for _, seed := range []string{"0/000", "0/x001/067", "7/000.p/1", "1/000.p/255", "x001/067", "000.p/13", "0/000.p/256", "-1/000", "data/000", "63/x999/x999/x999/x999/x999/x999/999", "0/x1/000", "0/000.p/0"} {
		f.Add(seed, int64(300))
		f.Add(seed, int64(math.MaxInt64))
	}
	f.Fuzz(func(t *testing.T, path string, size int64) {
		size = max(size, 0)
		for _, kind := range []string{hashTiles, entryTiles} {
			tile, ok := tileAt(kind, path)
			if !ok {
				continue
			}
			if tile.Path() != kind+path || (tile.L < 0) != (kind == entryTiles) || tile.H != tileHeight {
				t.Fatalf("%q is %+v", path, tile)
			}
			if !within(tile, size) {
				continue
			}
			leaves := tile.N*tileWidth + int64(tile.W)
			if tile.N < 0 || tile.W < 1 || tile.W > tileWidth || leaves < 1 || leaves > size>>(tileHeight*max(tile.L, 0)) {
				t.Fatalf("%+v in a tree of %d", tile, size)
			}
		}
	})
}
