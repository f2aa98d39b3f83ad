package httpapi

import (
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// docsTemplate is parsed when /docs is first asked for.
var docsTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.ParseFS(ownPages, "pages/docs.html"))
})

// docsPage is what pages/docs.html shows.
type docsPage struct {
	Lang, HTMLLang, Version string
	Words                   map[string]string
	Groups                  []docsGroup
	Schemas                 []docsSchema
}

type docsGroup struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Title, Perm string
	Params                        []docsParam
	Body, Answer                  template.HTML
	Status                        string
}

type docsParam struct {
	Name, In, Type, Doc string
	Required            bool
}

type docsSchema struct {
	Name, JSON string
}

// docs answers /docs: all operations to read, without scripts and without asking
// any other server.
func (d *Door) docs(w http.ResponseWriter, r *http.Request) {
	page := d.docsPage(callOf(r.Context()).lang)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := docsTemplate().Execute(w, page); err != nil {
		d.cfg.Log.Warn("docs page cut short", "error", err.Error())
	}
}

func (d *Door) docsPage(lang string) docsPage {
	page := docsPage{Lang: lang, HTMLLang: map[string]string{"zh": "zh-CN", "en": "en"}[lang], Version: d.cfg.Version, Words: map[string]string{}}
	for _, w := range []string{"title", "about", "permission", "parameters", "body", "answer", "schemas", "required", "name", "where", "type", "meaning", "raw"} {
		page.Words[w] = d.say(lang, "httpapi.docs_"+w)
	}
	page.Words["about"] = d.say(lang, "httpapi.about")
	groups := map[string][]docsOperation{}
	for _, pattern := range sortedKeys(d.routes, func(a, b string) int { return strings.Compare(pathFirst(a), pathFirst(b)) }) {
		route := d.routes[pattern]
		op := d.find(route)
		if op == nil {
			continue
		}
		groups[route.Tag] = append(groups[route.Tag], d.docsOperation(lang, route, op))
	}
	for _, tag := range sortedKeys(groups, strings.Compare) {
		page.Groups = append(page.Groups, docsGroup{Name: tag, Operations: groups[tag]})
	}
	schemas := d.api.OpenAPI().Components.Schemas.Map()
	for _, name := range sortedKeys(schemas, strings.Compare) {
		raw, err := json.MarshalIndent(schemas[name], "", "  ")
		if err != nil {
			raw = []byte(err.Error())
		}
		page.Schemas = append(page.Schemas, docsSchema{name, string(raw)})
	}
	return page
}

// find returns huma's description of route, nil for the door's own.
func (d *Door) find(route Route) *huma.Operation {
	item := d.api.OpenAPI().Paths[route.Path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete}[route.Method]
}

func (d *Door) docsOperation(lang string, route Route, op *huma.Operation) docsOperation {
	out := docsOperation{ID: op.OperationID, Method: route.Method, Path: Prefix + route.Path, Title: d.title(lang, route), Perm: route.Perm}
	for _, p := range op.Parameters {
		out.Params = append(out.Params, docsParam{Name: p.Name, In: p.In, Type: typeName(p.Schema), Doc: p.Description, Required: p.Required})
	}
	if op.RequestBody != nil {
		out.Body = content(op.RequestBody.Content)
	}
	for _, status := range sortedKeys(op.Responses, strings.Compare) {
		if status != "default" {
			out.Status, out.Answer = status, content(op.Responses[status].Content)
		}
	}
	return out
}

// content names the schema of each media type, as a link where it has a name.
func content(types map[string]*huma.MediaType) template.HTML {
	var parts []string
	for _, name := range sortedKeys(types, strings.Compare) {
		part := template.HTMLEscapeString(name)
		if s := types[name].Schema; s != nil {
			part += " " + typeLink(s)
		}
		parts = append(parts, part)
	}
	return template.HTML(strings.Join(parts, ", ")) //nolint:gosec // every part is escaped above
}

func typeLink(s *huma.Schema) string {
	name := template.HTMLEscapeString(typeName(s))
	if s.Ref == "" {
		return name
	}
	return `<a href="#schema-` + name + `">` + name + `</a>`
}

// typeName says a schema in a word or two.
func typeName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndex(s.Ref, "/")+1:]
	case s.Type == huma.TypeArray:
		return "[" + typeName(s.Items) + "]"
	case len(s.Enum) > 0:
		var values []string
		for _, v := range s.Enum {
			if text, ok := v.(string); ok {
				values = append(values, text)
			}
		}
		slices.Sort(values)
		return strings.Join(values, " | ")
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}
