// Package httpapi (入口) is the one door of Sente: every request from a page, a
// program or a person's own script passes through a [Door].
//
// A context registers a [Route] with [Handle], [Events] or [Export]; a route
// without a permission cannot be registered. The door then sees to what every
// route has in common: who asks and whether they may, limits on rate and size,
// the reader's language, errors as RFC 9457 problems with stable codes,
// If-Match, Idempotency-Key, logs and figures. OpenAPI 3.1 is generated from
// the routes' Go types (/openapi.json, and /docs to read).
//
// What handlers return: nil or a kernel.Fault, whose Word becomes the problem's
// code and, in the reader's language, its detail. Any other error is a 500
// that tells the reader nothing but the request id; the log has the rest.
package httpapi
