package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// sizes measures what is shipped: the binary, and what a browser loads before
// the first page is there.
func (b *session) sizes(context.Context) error {
	info, err := os.Stat(b.options.sente)
	if err != nil {
		return err
	}
	b.report.figure("binary", "≤ 60 MB", spreadOf([]float64{float64(info.Size()) / 1e6}), "MB", func(v float64) bool { return v <= 60 })
	first, err := firstPage(filepath.Join("web", "dist"))
	if errors.Is(err, fs.ErrNotExist) {
		say("the pages are not built: the first page is not measured")
		return nil
	}
	b.report.figure("first page, gzip", "≤ 400 KB", spreadOf([]float64{float64(first) / 1000}), "KB", func(v float64) bool { return v <= 400 })
	return err
}

var (
	asset   = regexp.MustCompile(`(?:src|href)="/?(assets/[^"]+)"`)
	imports = regexp.MustCompile(`(?:from|import)\s*"\./([^"]+\.js)"`)
)

// firstPage adds up, compressed, index.html, the files it names and the modules
// those import without being asked to later.
func firstPage(dist string) (total int, err error) {
	todo, seen := []string{"index.html"}, map[string]bool{}
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		text, err := os.ReadFile(filepath.Join(dist, filepath.FromSlash(name)))
		if err != nil {
			return 0, err
		}
		n, err := compressed(text)
		if err != nil {
			return 0, err
		}
		total += n
		for _, m := range asset.FindAllStringSubmatch(string(text), -1) {
			if name == "index.html" {
				todo = append(todo, m[1])
			}
		}
		if strings.HasSuffix(name, ".js") {
			for _, m := range imports.FindAllStringSubmatch(string(text), -1) {
				todo = append(todo, "assets/"+m[1])
			}
		}
	}
	return total, nil
}

func compressed(text []byte) (int, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(text)
	return out.Len(), errors.Join(err, w.Close())
}
