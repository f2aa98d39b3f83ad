package sheet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkXLSXRows reads 100,000 rows of ten cells.
func BenchmarkXLSXRows(b *testing.B) {
	var out bytes.Buffer
	w, err := NewXLSXWriter(&out, "项目", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
	for i := 0; i < 100_000 && err == nil; i++ {
		err = w.WriteRow(fmt.Sprintf("虚构第%d项目", i), i, float64(i)/4, "招商一局", "2023-01-05", "在谈", "备注", i%7, "甲", "乙")
	}
	if err == nil {
		err = w.Close()
	}
	path := filepath.Join(b.TempDir(), "book.xlsx")
	if err == nil {
		err = os.WriteFile(path, out.Bytes(), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		book, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		rows, err := all(book, "")
		if err != nil || len(rows) != 100_001 || rows[100_000].Cell(0) != "虚构第99999项目" {
			b.Fatalf("%d rows, %v", len(rows), err)
		}
		if err := book.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
