package files

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever the bytes and the name, a file is refused or of a kind we name.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{"%PDF-1.7", "PK\x03\x04", "\x89PNG\r\n\x1a\n", "MZ", "a,b\n1,2", "\xff\xfe", "", "<script>", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"} {
		for _, ext := range []string{"pdf", "xlsx", "csv", "png", "exe"} {
			f.Add([]byte(seed), ext)
		}
	}
	path := filepath.Join(f.TempDir(), "upload")
	f.Fuzz(func(t *testing.T, content []byte, ext string) {
		if !slices.Contains(slices.Concat(Documents(), Sheets()), ext) {
			return // refused by its name
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		media, err := inspect(file, int64(len(content)), ext)
		if err != nil {
			return
		}
		if ext == "jpeg" {
			ext = "jpg"
		}
		if media != mediaTypes[ext] {
			t.Fatalf("%q is taken for %s", ext, media)
		}
		if slices.ContainsFunc(programs, func(p string) bool { return len(content) >= len(p) && string(content[:len(p)]) == p }) {
			t.Fatalf("a program is taken for %s", media)
		}
	})
}

// A name that is taken is the name of a file of an allowed kind, and of no folder.
func FuzzCleanName(f *testing.F) {
	for _, seed := range []string{"a.pdf", "../../a.pdf", `C:\x\a.PDF`, "a.pdf/", ".pdf", "a\x00.pdf", "a.pdf.exe", " a.pdf ", "\xff.pdf", "a.docm", "a\u202efdp.exe"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		base, ext, err := cleanName(name, Documents())
		if err != nil {
			return
		}
		if !utf8.ValidString(base) || strings.ContainsAny(base, "/\\\x00\r\n") || !filepath.IsLocal(base) || filepath.Base(base) != base || !slices.Contains(Documents(), ext) {
			t.Fatalf("%q is taken as %q, a %s", name, base, ext)
		}
		if again, _, err := cleanName(base, Documents()); again != base || err != nil {
			t.Fatalf("%q became %q: %v", base, again, err)
		}
	})
}
