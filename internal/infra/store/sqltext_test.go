package store

import "testing"

func TestUnnumbered(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"SELECT a FROM t WHERE zone = $1 AND b IN ($2, $3)":      "SELECT a FROM t WHERE zone = ? AND b IN (?, ?)",
		"SELECT a FROM t WHERE b = 'x' AND zone = $1":            "SELECT a FROM t WHERE b = 'x' AND zone = ?",
		"SELECT a FROM t WHERE zone = $1 AND (b = $2 OR $2 = 1)": "SELECT a FROM t WHERE zone = $1 AND (b = $2 OR $2 = 1)",
		"SELECT a FROM t WHERE b = $2 AND zone = $1":             "SELECT a FROM t WHERE b = $2 AND zone = $1",
		"SELECT a FROM t WHERE zone = $1 AND b <> '$2'":          "SELECT a FROM t WHERE zone = $1 AND b <> '$2'",
		"SELECT a FROM t WHERE zone = $1 AND b = '?'":            "SELECT a FROM t WHERE zone = $1 AND b = '?'",
		"SELECT $10": "SELECT $10",
		"SELECT 1":   "SELECT 1",
		"INSERT INTO t VALUES ($1, $2), ($3, $4) -- it's $5": "INSERT INTO t VALUES ($1, $2), ($3, $4) -- it's $5",
	} {
		if got := unnumbered(text); got != want {
			t.Errorf("%s became %s, not %s", text, got, want)
		}
	}
}
