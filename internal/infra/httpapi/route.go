package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Permissions that are not about a role.
const (
	Public = "public" // no account needed
	Self   = "self"   // any signed-in account, about itself
	local  = "local"  // loopback or the metrics token
)

// Route says what one API operation is and what it takes to use it.
type Route struct {
	Method  string   // "GET", "POST", …
	Path    string   // below Prefix: "/projects/{id}/advance"
	Perm    string   // the permission, Public or Self; never empty
	Status  int      // of success; default 200 with a Body, else 204
	Tag     string   // the context, groups the description
	Title   string   // message key of a one-line summary; default the permission
	MaxBody int64    // bytes; default Config.MaxBody, for uploads Config.MaxUpload
	Upload  bool     // multipart/form-data; the input embeds Upload
	Form    []string // names of the text parts an upload may bring
	Match   bool     // If-Match is required
	Foreign bool     // another program writes the address: query parameters we do not know are let be
	Secret  bool     // the response holds a secret: it is never kept for an idempotent replay
	Cost    int      // what a request takes from the rate limits; default 1
	Rest    bool     // the path's last parameter takes all that follows, slashes included
}

// Handle registers r on d. I is a struct of parameters and body in huma's tags
// (path, query, header, Body), O has Body and header fields; an O without a
// Body answers 204. It panics on a route nobody could use safely: without
// permission, registered twice, or with Match but no embedded IfMatch.
func Handle[I, O any](d *Door, r Route, fn func(ctx context.Context, in *I) (*O, error)) {
	op := d.operation(r)
	checkInput[I](r)
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*O, error) {
		if err := open(ctx, in); err != nil {
			return nil, d.problem(ctx, err)
		}
		out, err := fn(ctx, in)
		if err != nil {
			return nil, d.problem(ctx, err)
		}
		return out, nil
	})
	if r.Upload { // described only now: huma would read a body it knows of
		d.find(r).RequestBody = uploadBody(r.Form)
	}
}

// operation checks r, remembers it and returns what huma shall register.
func (d *Door) operation(r Route) huma.Operation {
	pattern := r.Method + " " + Prefix + r.Path
	switch {
	case r.Perm == "":
		panic(fmt.Sprintf("httpapi: route %s has no permission; name one, or httpapi.Public or httpapi.Self", pattern))
	case !slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, r.Method) || !strings.HasPrefix(r.Path, "/"):
		panic(fmt.Sprintf("httpapi: route %q needs a method and a path beginning with /", pattern))
	}
	if _, twice := d.routes[pattern]; twice {
		panic("httpapi: route " + pattern + " is registered twice")
	}
	d.routes[pattern] = r
	op := huma.Operation{
		OperationID:                  operationID(r),
		Method:                       r.Method,
		Path:                         r.Path,
		Summary:                      d.title("en", r),
		DefaultStatus:                r.Status,
		RejectUnknownQueryParameters: !r.Foreign,

		MaxBodyBytes:    -1, // the guard has read the body already, within the limit
		BodyReadTimeout: -1,
		Responses:       map[string]*huma.Response{"default": {Ref: "#/components/responses/Problem"}},
		Extensions:      map[string]any{"x-permission": r.Perm},
	}
	if r.Tag != "" {
		op.Tags = []string{r.Tag}
	}
	if r.Perm == Public {
		op.Security = []map[string][]string{}
	}
	if r.Method == http.MethodPost {
		op.Parameters = append(op.Parameters, idempotencyParameter())
	}
	return op
}

// title is the one-line summary of r in lang.
func (d *Door) title(lang string, r Route) string {
	for _, key := range []string{r.Title, r.Perm, "httpapi.perm_" + r.Perm} {
		if key != "" && d.cfg.Words.Has(key) {
			return d.cfg.Words.Say(lang, key)
		}
	}
	return r.Perm
}

// operationID makes "post-projects-id-advance" of POST /projects/{id}/advance.
func operationID(r Route) string {
	path := strings.NewReplacer("{", "", "}", "", "/", "-", "_", "-", ".", "-").Replace(strings.Trim(r.Path, "/"))
	return strings.ToLower(r.Method) + "-" + path
}

// checkInput finds at registration what would otherwise be found by a user.
func checkInput[I any](r Route) {
	var in I
	if _, ok := any(&in).(interface{ version() (int64, error) }); r.Match && !ok {
		panic(fmt.Sprintf("httpapi: route %s %s requires If-Match, but its input does not embed httpapi.IfMatch", r.Method, r.Path))
	}
	if _, ok := any(&in).(interface{ open(context.Context) error }); r.Upload != ok {
		panic(fmt.Sprintf("httpapi: route %s %s must set Upload and embed httpapi.Upload, both or neither", r.Method, r.Path))
	}
}

// open lets an input that embeds Upload take its parts from the request.
func open(ctx context.Context, in any) error {
	if u, ok := in.(interface{ open(context.Context) error }); ok {
		return u.open(ctx)
	}
	return nil
}
