package httpapi

import (
	"embed"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"

	"sente/internal/kernel"
)

//go:embed pages/*.html
var ownPages embed.FS

// pages serves the built pages. A path that names no file is a page's address and
// gets index.html; without a build everybody gets a page that says how to make one.
func (d *Door) pages() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		callOf(r.Context()).route = "pages"
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			d.refuse(w, r, kernel.Faultf(errMethod, "httpapi.no_method", r.Method, "GET, HEAD"))
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		asset := strings.HasPrefix(name, "assets/")
		if d.cfg.Pages != nil && name != "" && d.file(w, r, name, asset) {
			return
		}
		if asset || path.Ext(name) != "" {
			d.refuse(w, r, kernel.Faultf(kernel.ErrNotFound, "httpapi.no_file"))
			return
		}
		if d.cfg.Pages != nil && d.file(w, r, "index.html", false) {
			return
		}
		d.placeholder(w, callOf(r.Context()).lang)
	})
}

func (d *Door) placeholder(w http.ResponseWriter, lang string) {
	page, err := ownPages.ReadFile("pages/build_" + lang + ".html")
	if err != nil {
		panic(err) // built into the binary
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(page) // the reader has gone: nobody is left to tell
}

// file serves name, compressed beforehand when the client can read it. Names under
// assets/ hold a hash of their content and never change.
func (d *Door) file(w http.ResponseWriter, r *http.Request, name string, immutable bool) bool {
	if !fs.ValidPath(name) || strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz") {
		return false
	}
	info, err := fs.Stat(d.cfg.Pages, name)
	if err != nil || info.IsDir() {
		return false
	}
	f, encoding := d.best(r, name)
	if f == nil {
		return false
	}
	defer f.Close()
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", "no-cache")
	if immutable {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(w, f) // the reader has gone: nobody is left to tell
	}
	return true
}

// best opens the smallest form of name the client accepts.
func (d *Door) best(r *http.Request, name string) (fs.File, string) {
	accept := r.Header.Get("Accept-Encoding")
	for _, e := range [][2]string{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
		if e[0] != "" && !acceptsEncoding(accept, e[0]) {
			continue
		}
		if f, err := d.cfg.Pages.Open(name + e[1]); err == nil {
			return f, e[0]
		}
	}
	return nil, ""
}

func acceptsEncoding(header, want string) bool {
	for _, part := range strings.Split(header, ",") {
		name, q, _ := strings.Cut(strings.ReplaceAll(part, " ", ""), ";")
		if name == want && strings.Trim(strings.TrimPrefix(q, "q="), "0.") != "" || name == want && q == "" {
			return true
		}
	}
	return false
}

// contentType goes by the extension; the machine's own table is not asked, for it
// differs from one installation to the next.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	case ".ico":
		return "image/x-icon"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}
