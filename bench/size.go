package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// sizes measures what is shipped: the binary, and what a browser that has nothing
// yet loads before the page to sign in, and the first page behind it, is there.
func (b *session) sizes(context.Context) error {
	info, err := os.Stat(b.options.sente)
	if err != nil {
		return err
	}
	b.report.figure("binary", "≤ 60 MB", spreadOf([]float64{float64(info.Size()) / 1e6}), "MB", func(v float64) bool { return v <= 60 })
	for _, page := range []struct {
		name   string
		chunks []string // loaded when the page is asked for
	}{{"the page to sign in", nil}, {"Today, the first page behind it", []string{"Today"}}} {
		size, err := pageSize(filepath.Join("web", "dist"), page.chunks...)
		if errors.Is(err, fs.ErrNotExist) {
			b.report.missing(page.name+", all its files, gzip", "≤ 400 KB", "the pages are not built")
			continue
		}
		if err != nil {
			return err
		}
		b.report.figure(page.name+", all its files, gzip", "≤ 400 KB", spreadOf([]float64{float64(size) / 1000}), "KB", func(v float64) bool { return v <= 400 })
	}
	return nil
}

var (
	linked  = regexp.MustCompile(`(?:src|href)="/([^"]+)"`)
	imports = regexp.MustCompile(`(?:from|import)\s*"\./([^"]+\.js)"`)
	hashed  = regexp.MustCompile(`^(assets/.+)-[\w-]{8}\.js$`) // a chunk by the build's name for it
)

// pageSize adds up, compressed, index.html, the files it names, the chunks, and
// the modules and styles all these bring with them.
func pageSize(dist string, chunks ...string) (total int, err error) {
	todo, seen := []string{"index.html"}, map[string]bool{}
	for _, chunk := range chunks {
		found, err := filesLike(dist, "assets/"+chunk+"-????????.js")
		if err != nil || len(found) != 1 {
			return 0, errors.Join(err, fmt.Errorf("the chunk %s is %q: %w", chunk, found, fs.ErrNotExist))
		}
		todo = append(todo, found...)
	}
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
		more, err := needs(dist, name, string(text))
		if err != nil {
			return 0, err
		}
		todo = append(todo, more...)
	}
	return total, nil
}

// needs are the files that file name of dist brings with it at once.
func needs(dist, name, text string) (more []string, err error) {
	if name == "index.html" {
		for _, m := range linked.FindAllStringSubmatch(text, -1) {
			more = append(more, m[1])
		}
	}
	if strings.HasSuffix(name, ".js") {
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			more = append(more, "assets/"+m[1])
		}
	}
	if m := hashed.FindStringSubmatch(name); m != nil {
		styles, err := filesLike(dist, m[1]+"-????????.css")
		return append(more, styles...), err
	}
	return more, nil
}

// filesLike are the files of dist whose names fit, relative to it.
func filesLike(dist, pattern string) ([]string, error) {
	return fs.Glob(os.DirFS(dist), pattern)
}

// compressed is how many bytes text is, compressed as by default.
func compressed(text []byte) (int, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(text)
	err = errors.Join(err, w.Close()) // writes most of it
	return out.Len(), err
}
