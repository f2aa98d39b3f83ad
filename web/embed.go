// Package web (页面) holds the built pages, so that one binary serves them. A
// source tree in which `npm run build` has not run yet compiles all the same:
// it embeds only the committed placeholder, which says how to build them.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Pages returns the built pages: index.html, its assets and their .br and .gz
// twins. built is false when there is no build; pages then holds only
// .placeholder.html.
func Pages() (pages fs.FS, built bool) {
	pages, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	_, err = fs.Stat(pages, "index.html")
	return pages, err == nil
}
