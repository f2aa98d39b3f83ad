package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestPageSize: what index.html names, what that imports at once and the styles
// that belong to it count once each; what is loaded later does not.
func TestPageSize(t *testing.T) {
	t.Parallel()
	dist := t.TempDir()
	files := map[string]string{
		"index.html":                  `<link href="/logo.svg"><script src="/assets/index-abcdefgh.js"></script><link href="/assets/index-ABCDEFGH.css">`,
		"logo.svg":                    "<svg/>",
		"assets/index-abcdefgh.js":    `import{a}from"./load-a-cdefgh.js";import"./load-a-cdefgh.js";const l=()=>import("./Today-_bcdefgh.js");`,
		"assets/load-a-cdefgh.js":     `export const a=1;`,
		"assets/index-ABCDEFGH.css":   "a{}",
		"assets/Today-_bcdefgh.js":    `import{a}from"./load-a-cdefgh.js";import{b}from"./Table-12345678.js";`,
		"assets/Table-12345678.js":    `export const b=2;`,
		"assets/Table-ABCDEFG-.css":   "table{color:red}",
		"assets/Today-_bcdefgh.js.gz": "already compressed",
	}
	size := map[string]int{}
	for name, text := range files {
		path := filepath.Join(dist, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
		n, err := compressed([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		size[name] = n
	}
	first := size["index.html"] + size["logo.svg"] + size["assets/index-abcdefgh.js"] + size["assets/load-a-cdefgh.js"] + size["assets/index-ABCDEFGH.css"]
	if got, err := pageSize(dist); got != first || err != nil {
		t.Errorf("the first page is %d (%v), want %d", got, err, first)
	}
	today := first + size["assets/Today-_bcdefgh.js"] + size["assets/Table-12345678.js"] + size["assets/Table-ABCDEFG-.css"]
	if got, err := pageSize(dist, "Today"); got != today || err != nil {
		t.Errorf("Today is %d (%v), want %d", got, err, today)
	}
	if _, err := pageSize(dist, "Tomorrow"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a page that is not there: %v", err)
	}
}

// TestCompressedCountsAllBytes, also those the writer keeps back until its end.
func TestCompressedCountsAllBytes(t *testing.T) {
	t.Parallel()
	noise := make([]byte, 10_000)
	for i := range noise {
		noise[i] = byte(mix(i, 1))
	}
	if n, err := compressed(noise); n < len(noise) || n > len(noise)+100 || err != nil {
		t.Errorf("%d bytes that cannot be compressed are %d (%v)", len(noise), n, err)
	}
}
