package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// piecesOf are the parts of a small backup.
func piecesOf(f *testing.F) (head, rows string) {
	f.Helper()
	text, err := json.Marshal(Head{Format: Format, What: Full, ID: "x", Shapes: []store.Shape{row}, Zones: []Zone{{ID: "z1"}}})
	if err != nil {
		f.Fatal(err)
	}
	return string(text), `["a\n",1,1.5,"AA=="]` + "\n"
}

// taped writes parts one after the other, name before content, into a tar.
func taped(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: parts[i], Size: int64(len(parts[i+1])), Mode: 0o600, Format: tar.FormatPAX}); err != nil {
			return nil // a name no tar can hold
		}
		if _, err := io.WriteString(w, parts[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readThrough reads a file as a restore does: it is refused with a reason, or
// every row it holds has the columns its head speaks of.
func readThrough(t *testing.T, content []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.backup")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	refused := func(err error) {
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word == "" {
			t.Fatalf("an error nobody can act on: %v", err)
		}
	}
	f, err := Open(path, nil)
	if err != nil {
		refused(err)
		return
	}
	if f.Head.Format < 1 || f.Head.Format > Format || len(f.Manifest.Parts) == 0 {
		t.Fatalf("taken for a backup: %+v, %+v", f.Head, f.Manifest)
	}
	err = f.Each(nil, func(_ string, s store.Shape, values []any) error {
		if len(values) != len(s.Columns) {
			t.Fatalf("%d values for %d columns", len(values), len(s.Columns))
		}
		return nil
	}, func(name string, size int64, r io.Reader) error {
		if n, err := io.Copy(io.Discard, r); err != nil || n != size {
			t.Fatalf("%q: %d of %d bytes, %v", name, n, size, err)
		}
		return nil
	})
	if err != nil {
		refused(err)
	}
}

// What head, manifest and rows say is read without harm; an empty manifest
// stands for the right one.
func FuzzParts(f *testing.F) {
	head, rows := piecesOf(f)
	for _, manifest := range []string{"", "{}", `{"parts":[{"name":"head.json"},{"name":"head.json"}]}`, "null", `{"parts":null} x`} {
		f.Add(head, "rows/z1/t/000001.jsonl", rows, manifest)
	}
	f.Add("{}", "rows/z1/t/000001.jsonl", rows, "")
	f.Add(`{"format":1,"tables":[{"Table":"t","Columns":[{"Kind":"?"},{"Kind":"int"}]}]}`, "rows//t", "[1,99999999999999999999]\n", "")
	f.Add(head, "files/../../x", "x", "")
	f.Add(head, "rows/z1/u/000001.jsonl", "[]\n\n", "")
	f.Add(head, KeysName, "x", "")
	f.Fuzz(func(t *testing.T, head, name, content, manifest string) {
		if manifest == "" {
			var m Manifest
			for _, p := range [][2]string{{headName, head}, {name, content}} {
				sum := sha256.Sum256([]byte(p[1]))
				m.Parts = append(m.Parts, Part{p[0], int64(len(p[1])), hex.EncodeToString(sum[:])})
			}
			text, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			manifest = string(text)
		}
		if tape := taped(t, headName, head, name, content, manifestName, manifest); tape != nil {
			readThrough(t, gzipped(t, tape))
		}
	})
}

// The same of the file itself and of what is packed in it.
func FuzzFile(f *testing.F) {
	head, rows := piecesOf(f)
	tape := taped(f, headName, head, "rows/z1/t/000001.jsonl", rows, manifestName, `{"parts":[{"name":"head.json"}]}`)
	f.Add(tape, true)
	f.Add(tape[:len(tape)-1024], true)
	f.Add(tape[:700], true)
	f.Add(gzipped(f, tape), false)
	f.Add(gzipped(f, tape)[:100], false)
	f.Add(append(gzipped(f, tape), "more"...), false)
	f.Add([]byte{}, false)
	f.Fuzz(func(t *testing.T, content []byte, pack bool) {
		if pack {
			content = gzipped(t, content)
		}
		readThrough(t, content)
	})
}
