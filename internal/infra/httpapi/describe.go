package httpapi

import (
	"net/http"
	"reflect"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
)

// describe is huma's configuration: JSON only, unknown parameters refused, the
// errors ours.
func (d *Door) describe() huma.Config {
	registry := huma.NewMapRegistry("#/components/schemas/", schemaName)
	problem := registry.Schema(reflect.TypeFor[Problem](), true, "Problem")
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Sente 先手",
				Version:     d.cfg.Version,
				Description: d.say("zh", "httpapi.about") + "\n\n" + d.say("en", "httpapi.about"),
			},
			Components: &huma.Components{
				Schemas: registry,
				Responses: map[string]*huma.Response{"Problem": {
					Description: "RFC 9457 problem, in the reader's language",
					Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: problem}},
				}},
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"session": {Type: "apiKey", In: "cookie", Name: d.cfg.Cookie},
					"token":   {Type: "http", Scheme: "bearer"},
				},
			},
			Security: []map[string][]string{{"session": {}}, {"token": {}}},
			OnAddOperation: []huma.AddOpFunc{func(api *huma.OpenAPI, _ *huma.Operation) {
				// huma notes its own error model beside ours with every operation
				delete(api.Components.Schemas.Map(), "ErrorModel")
				delete(api.Components.Schemas.Map(), "ErrorDetail")
			}},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()},
		DefaultFormat: "application/json",
		Transformers:  []huma.Transformer{d.translate},
	}
}

// schemaName names a schema after its type with the package in front, for many
// contexts have a Project or an input called createInput.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	name := t.Name()
	if name == "" {
		return export(hint)
	}
	base, inner, generic := strings.Cut(name, "[")
	out := packageName(t.PkgPath()) + export(base)
	if !generic {
		return out
	}
	for _, arg := range strings.Split(strings.TrimSuffix(inner, "]"), ",") {
		path, typ := "", arg
		if i := strings.LastIndex(arg, "."); i >= 0 {
			path, typ = arg[:i], arg[i+1:]
		}
		out += packageName(strings.TrimLeft(path, "*[]")) + export(strings.Trim(typ, "*[]"))
	}
	return out
}

// packageName is the last element of path, "" for packages whose words everyone
// says.
func packageName(path string) string {
	name := path[strings.LastIndex(path, "/")+1:]
	switch name {
	case "kernel", "httpapi", "huma", "v2":
		return ""
	}
	return export(name)
}

func export(name string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, name)
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

func idempotencyParameter() *huma.Param {
	return &huma.Param{
		Name: "Idempotency-Key", In: "header",
		Description: "Any text of up to 128 characters, new for each act. Repeating the request with it within 24 hours returns the first answer instead of acting twice.",
		Schema:      &huma.Schema{Type: huma.TypeString},
	}
}

// OpenAPI returns the description of all routes registered so far as OpenAPI 3.1
// JSON, the same bytes for the same routes.
func (d *Door) OpenAPI() ([]byte, error) { return d.api.OpenAPI().MarshalJSON() }

func (d *Door) openapi(w http.ResponseWriter, r *http.Request) {
	raw, err := d.spec() // made once: routes are added before the first request
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json; charset=utf-8")
	_, _ = w.Write(raw) // the reader has gone: nobody is left to tell
}
