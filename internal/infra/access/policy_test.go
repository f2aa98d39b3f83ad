package access

import (
	"strings"
	"testing"
	"testing/fstest"
)

func mustGate(t testing.TB) *Gate {
	t.Helper()
	g, err := NewGate()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestLoad(t *testing.T) { mustGate(t); for _, l := range mustGate(t).Table() { t.Log(l) } ; _ = strings.Join; _ = fstest.MapFS{} }
