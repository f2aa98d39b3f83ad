// Package testneed decides whether a test whose surroundings are missing is
// skipped with one clear line or, where SENTE_REQUIRE names them, fails.
package testneed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Need skips t when ok is false, or fails it when SENTE_REQUIRE (a comma list
// of postgres, browser, shared, modules, python) names what. why tells how to supply it.
func Need(t testing.TB, what string, ok bool, why string) {
	t.Helper()
	if ok {
		return
	}
	for _, r := range strings.Split(os.Getenv("SENTE_REQUIRE"), ",") {
		if strings.TrimSpace(r) == what {
			t.Fatalf("%s is required but missing: %s", what, why)
		}
	}
	t.Skipf("skipped, %s is missing: %s", what, why)
}

// Shared returns the path of a file under ../shared beside the project's root,
// or skips (fails, see Need) when it is absent.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = up
	}
	p := filepath.Join(append([]string{dir, "..", "shared"}, elem...)...)
	_, err = os.Stat(p)
	Need(t, "shared", err == nil, "put the shared data folder beside the project's root")
	return p
}
