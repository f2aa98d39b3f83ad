// Package views (视图) keeps the views people save of a list: its filters and
// order under a name. A view belongs to one person, who may share it with the
// own department; only its owner changes it.
//
// A view is the query part of the page's address and is handed back as it was
// saved: the page reads what it still knows of it and passes over the rest, so
// that a view naming a filter that has gone still opens.
package views
