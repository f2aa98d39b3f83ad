package keep

import (
	"path/filepath"
	"strings"
	"testing"
)

// A part of a backup is written into the data folder's own folders, or nowhere.
func FuzzPlaceOfPart(f *testing.F) {
	const hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	for _, seed := range []string{"files/z1/aa/" + hash, "imports/z1/" + hash, "files/../aa/" + hash, "files/z1/../" + hash, "imports/./" + hash, "/imports/z1/" + hash, "imports/z1/../../x", "files//aa/" + hash, ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		at := place(name)
		if at == "" {
			return
		}
		folder, _, _ := strings.Cut(filepath.ToSlash(at), "/")
		if !filepath.IsLocal(at) || filepath.Clean(at) != at || folder != "files" && folder != "imports" {
			t.Fatalf("%q is written to %q", name, at)
		}
	})
}
