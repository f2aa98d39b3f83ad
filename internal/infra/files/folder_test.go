package files_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/files"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

func TestWords(t *testing.T) {
	t.Parallel()
	if err := words.Check(files.Words); err != nil {
		t.Fatal(err)
	}
}

func in(t *testing.T, zone string) context.Context {
	t.Helper()
	return kernel.WithActor(t.Context(), kernel.SystemActor(zone, "cli"))
}

func folder(t *testing.T) (*files.Folder, string) {
	t.Helper()
	dir := t.TempDir()
	f, err := files.Open(files.Config{Dir: dir, MaxSize: 4 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return f, dir
}

// archive makes a zip of empty parts; "name=text" gives one a content.
func archive(t *testing.T, parts ...string) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, p := range parts {
		name, text, _ := strings.Cut(p, "=")
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// kept lists the files below dir.
func kept(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	if err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.Type().IsRegular() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSaveAndOpen(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	ctx := in(t, "z1")
	content := []byte("%PDF-1.7 批复")
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:])
	for range 2 { // the same content twice is stored once
		got, err := f.Save(ctx, `C:\文件\批复.PDF`, bytes.NewReader(content), files.Documents())
		if want := (files.File{Hash: hash, Name: "批复.PDF", Type: "application/pdf", Size: int64(len(content))}); err != nil || got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if got := kept(t, dir); !slices.Equal(got, []string{"z1/" + hash[:2] + "/" + hash}) {
		t.Errorf("kept %v", got)
	}
	r, err := f.Open(ctx, hash)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if raw, err := io.ReadAll(r); err != nil || !bytes.Equal(raw, content) {
		t.Errorf("read %q, %v", raw, err)
	}
	for _, hash := range []string{"", "../../etc/passwd", strings.Repeat("0", 64), strings.ToUpper(hash), hash + "/.."} {
		refuse(t, second(f.Open(ctx, hash)), kernel.ErrNotFound, "files.not_found")
	}
	refuse(t, second(f.Open(in(t, "z2"), hash)), kernel.ErrNotFound, "files.not_found")
	for _, zone := range []string{"", "*", "..", "a/b", "_tmp"} {
		if _, err := f.Open(in(t, zone), hash); err == nil {
			t.Errorf("zone %q is a folder", zone)
		}
		if _, err := f.Save(in(t, zone), "a.txt", strings.NewReader("x"), files.Documents()); err == nil {
			t.Errorf("zone %q is a folder", zone)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func refuse(t *testing.T, err, kind error, word string) {
	t.Helper()
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != word || !errors.Is(err, kind) {
		t.Errorf("got %v, want %v %s", err, kind, word)
	}
}

func TestAlteredFileIsWithheld(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	ctx := in(t, "z1")
	got, err := f.Save(ctx, "a.txt", strings.NewReader("signed"), files.Documents())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "z1", got.Hash[:2], got.Hash), []byte("forged"), 0o600); err != nil {
		t.Fatal(err)
	}
	refuse(t, second(f.Open(ctx, got.Hash)), kernel.ErrConflict, "files.damaged")
}

func TestWhatIsLetIn(t *testing.T) {
	t.Parallel()
	f, dir := folder(t)
	ctx := in(t, "z1")
	png, jpg := "\x89PNG\r\n\x1a\n....", "\xff\xd8\xff\xe0..."
	docx := string(archive(t, "[Content_Types].xml=<Types/>", "word/document.xml"))
	xlsx := string(archive(t, "[Content_Types].xml=<Types/>", "xl/workbook.xml"))
	for _, c := range []struct{ name, content, kind, word string }{
		{"a.png", png, "image/png", ""},
		{"a.jpg", jpg, "image/jpeg", ""},
		{"a.JPEG", jpg, "image/jpeg", ""},
		{"a.docx", docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ""},
		{"a.xlsx", xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ""},
		{"a.ofd", string(archive(t, "OFD.xml")), "application/ofd", ""},
		{"a.csv", "名称,金额\r\n", "text/csv", ""},
		{"gbk.csv", "\xc3\xfb\xb3\xc6\r\n", "text/csv", ""},
		{"utf16.txt", "\xff\xfea\x00", "text/plain", ""},

		{"a.pdf", png, "", "files.mismatch"},
		{"a.png", "just text", "", "files.mismatch"},
		{"a.docx", xlsx, "", "files.mismatch"},
		{"a.docx", string(archive(t, "readme.txt")), "", "files.mismatch"},
		{"a.txt", "bin\x00ary", "", "files.mismatch"},
		{"a.txt", strings.Repeat("x", 70_000) + "\x00", "", "files.mismatch"},
		{"a.txt", "%PDF-1.4", "", "files.mismatch"},
		{"a.docx", "PK\x03\x04 broken", "", "files.broken"},
		{"a.pdf", "MZ\x90\x00", "", "files.executable"},
		{"a.txt", "#!/bin/sh\n", "", "files.executable"},
		{"a.txt", "\x7fELF\x02", "", "files.executable"},
		{"a.docx", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "files.old_office"},
		{"a.xlsx", string(archive(t, "xl/workbook.xml", "xl/vbaProject.bin")), "", "files.macro"},
		{"a.xlsx", string(archive(t, "[Content_Types].xml=application/vnd.ms-excel.sheet.macroEnabled.main+xml", "xl/workbook.xml")), "", "files.macro"},
		{"a.docx", string(archive(t, "word/document.xml", "word/activeX/activeX1.xml")), "", "files.macro"},
		{"a.exe", "x", "", "files.executable"},
		{"a.pdf.js", "x", "", "files.executable"},
		{"a.svg", "<svg/>", "", "files.executable"},
		{"a.xlsm", xlsx, "", "files.macro"},
		{"a.doc", "x", "", "files.old_office"},
		{"a.zip", docx, "", "files.kind"},
		{"noext", "x", "", "files.kind"},
		{"", "x", "", "files.name"},
		{"a/", "x", "", "files.name"},
		{"a\n.txt", "x", "", "files.name"},
		{strings.Repeat("x", 300) + ".txt", "x", "", "files.name"},
		{"a.txt", "", "", "files.empty"},
		{"a.txt", strings.Repeat("x", 4<<20+1), "", "files.large"},
	} {
		before := kept(t, dir)
		got, err := f.Save(ctx, c.name, strings.NewReader(c.content), files.Documents())
		if c.word == "" {
			if err != nil || got.Type != c.kind {
				t.Errorf("%s: %+v, %v; want %s", c.name, got, err, c.kind)
			}
			continue
		}
		var fault *kernel.Fault
		if !errors.As(err, &fault) || fault.Word != c.word || fault.Field != "file" {
			t.Errorf("%q: got %v, want %s", c.name, err, c.word)
		}
		if after := kept(t, dir); !slices.Equal(before, after) {
			t.Errorf("%q was refused and yet kept: %v", c.name, after)
		}
	}
	if _, err := f.Save(ctx, "a.gz", strings.NewReader("\x1f\x8b\x08"), files.Sheets()); err != nil {
		t.Errorf("a packed sheet: %v", err)
	}
	broken := io.MultiReader(strings.NewReader("half"), errorReader{})
	before := kept(t, dir)
	if _, err := f.Save(ctx, "a.txt", broken, files.Documents()); !errors.Is(err, io.ErrUnexpectedEOF) || !slices.Equal(before, kept(t, dir)) {
		t.Errorf("half a file: %v", err)
	}
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestOrphansAndAbandonedUploads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	now := time.Now()
	f, err := files.Open(files.Config{Dir: dir, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := in(t, "z1")
	keep, err := f.Save(ctx, "a.txt", strings.NewReader("wanted"), files.Documents())
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := f.Save(ctx, "b.txt", strings.NewReader("orphan"), files.Documents())
	if err != nil {
		t.Fatal(err)
	}
	wanted := func(hash string) (bool, error) { return hash == keep.Hash, nil }
	if n, err := f.Sweep(ctx, wanted); n != 0 || err != nil {
		t.Errorf("too early: %d, %v", n, err)
	}
	now = now.Add(25 * time.Hour)
	if n, err := f.Sweep(in(t, "z2"), wanted); n != 0 || err != nil {
		t.Errorf("another zone: %d, %v", n, err)
	}
	if _, err := f.Sweep(ctx, func(string) (bool, error) { return false, io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("who cannot tell must not delete: %v", err)
	}
	if n, err := f.Sweep(ctx, wanted); n != 1 || err != nil {
		t.Errorf("got %d, %v; want the orphan alone", n, err)
	}
	refuse(t, second(f.Open(ctx, orphan.Hash)), kernel.ErrNotFound, "files.not_found")
	if err := os.WriteFile(filepath.Join(dir, "_tmp", "in-1"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Open(files.Config{Dir: dir, Now: func() time.Time { return now.Add(25 * time.Hour) }}); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, dir); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
	if _, err := files.Open(files.Config{}); err == nil {
		t.Error("a folder without a name was opened")
	}
}
