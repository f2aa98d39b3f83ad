package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/notify"
	"sente/internal/infra/store"
	"sente/internal/infra/views"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// nobody is an id no zone knows.
const nobody = "00000000-0000-7000-8000-000000000000"

// route is one line of Door.Routes with its description.
type route struct {
	method, path, perm string // path below the prefix of the API
	doc                *operation
}

func (r route) String() string { return r.method + " " + r.path }

// operation is what the walk needs to know of an OpenAPI operation.
type operation struct {
	Parameters  []parameter
	RequestBody *struct {
		Content map[string]struct{ Schema *schema }
	}
}

type parameter struct {
	Name, In, Description string
	Required              bool
	Schema                *schema
}

// schema is the part of JSON Schema that the description uses.
type schema struct {
	Ref        string `json:"$ref"`
	Type       any
	Enum       []any
	Properties map[string]*schema
	Required   []string
	Items      *schema
	Minimum    float64
	Default    any
}

// match says whether the route demands If-Match: the description says of other
// routes that it is optional.
func (r route) match() bool {
	return slices.ContainsFunc(r.doc.Parameters, func(p parameter) bool {
		return p.Name == "If-Match" && !strings.HasPrefix(p.Description, "optional")
	})
}

// declared fails the test unless the description names what stands in the path.
func (r route) declared(t *testing.T) {
	t.Helper()
	for _, name := range regexp.MustCompile(`\{([^}]+)\}`).FindAllStringSubmatch(r.path, -1) {
		if !slices.ContainsFunc(r.doc.Parameters, func(p parameter) bool { return p.In == "path" && p.Name == name[1] }) {
			t.Errorf("%s: its input does not take {%s}", r, name[1])
		}
	}
}

// upload says whether the route takes a file.
func (r route) upload() *schema {
	if r.doc.RequestBody == nil {
		return nil
	}
	return r.doc.RequestBody.Content["multipart/form-data"].Schema
}

// keys names the objects in the route's path by collection and parameter:
// "projects/{id}", "evidence/{evidence}".
func (r route) keys() []string {
	return regexp.MustCompile(`[^/]+/\{[^}]+\}`).FindAllString(r.path, -1)
}

// at is the route's path with ids in place of its parameters.
func (r route) at(ids []string) string {
	i := -1
	return regexp.MustCompile(`\{[^}]+\}`).ReplaceAllStringFunc(r.path, func(string) string { i++; return url.PathEscape(ids[i]) })
}

// described reads the routes of the API and their descriptions.
func described(t *testing.T, a *app.App) (routes []route, own []string, schemas map[string]*schema) {
	t.Helper()
	raw, err := a.Door.OpenAPI()
	must(t, err)
	var doc struct {
		Paths      map[string]map[string]*operation
		Components struct{ Schemas map[string]*schema }
	}
	must(t, json.Unmarshal(raw, &doc))
	for _, line := range a.Door.Routes() {
		method, rest, _ := strings.Cut(line, " ")
		path, perm, _ := strings.Cut(rest, " ")
		below, api := strings.CutPrefix(path, httpapi.Prefix)
		if !api {
			own = append(own, line)
			continue
		}
		op := doc.Paths[below][strings.ToLower(method)]
		if op == nil {
			t.Errorf("%s is not in the description of the API", line)
			continue
		}
		r := route{method, below, perm, op}
		r.declared(t)
		routes = append(routes, r)
	}
	if len(routes) < 60 {
		t.Fatalf("only %d routes", len(routes))
	}
	return routes, own, doc.Components.Schemas
}

// makers tells how to make the objects that stand in paths: by collection and
// parameter, one that p is responsible for, and the objects above it in the
// path. A route with a new kind of object needs a line here.
func makers() map[string]func(w *world, zone string, p person, above []string) []string {
	account := func(w *world, zone string, p person, _ []string) []string {
		a, _, err := w.app.Access.Open(w.in(zone), access.Account{Login: w.loginName(), Name: w.named(zone, "账号"), Unit: p.unit})
		must(w.t, err)
		return []string{a.ID}
	}
	all := map[string]func(w *world, zone string, p person, above []string) []string{
		"accounts/{id}": account,
		"units/{id}": func(w *world, zone string, p person, _ []string) []string {
			u, err := w.app.Office.Establish(w.in(zone), access.Unit{Parent: w.units[zone]["zone"], Kind: access.Department, NameZh: w.named(zone, "部门")})
			must(w.t, err)
			return []string{u.ID}
		},
		"officials/{id}": func(w *world, zone string, p person, _ []string) []string {
			return []string{w.official(zone, p).ID}
		},
		"duties/{id}": func(w *world, zone string, p person, _ []string) []string {
			d, err := w.app.Office.AssignDuty(w.in(zone), office.Duty{Unit: p.unit, TextZh: w.named(zone, "职责"), Source: w.named(zone, "文件"), SinceOn: "2026-01-05"})
			must(w.t, err)
			return []string{d.ID}
		},
		"parties/{id}": func(w *world, zone string, p person, _ []string) []string { return []string{w.party(zone, p)} },
		"contacts/{contact}": func(w *world, zone string, p person, above []string) []string {
			s, err := w.app.Party.AddContact(w.in(zone), above[0], party.Contact{Name: w.named(zone, "联系人"), Phone: "13900000000"})
			must(w.t, err)
			return append(above, s.Contacts[0].ID)
		},
		"projects/{id}": func(w *world, zone string, p person, _ []string) []string {
			return []string{w.project(zone, p).Project.ID}
		},
		"evidence/{evidence}": func(w *world, zone string, p person, above []string) []string {
			k, err := w.app.Pipeline.AttachEvidence(w.in(zone), above[0], 0, pipeline.Evidence{Kind: pipeline.OtherEvidence, Title: w.named(zone, "材料"), On: "2026-01-06"},
				"note.txt", strings.NewReader(w.named(zone, "内容")))
			must(w.t, err)
			return append(above, k.Evidence[0].ID)
		},
		"platforms/{id}": func(w *world, zone string, p person, _ []string) []string { return []string{w.platform(zone, p)} },
		"contracts/{id}": func(w *world, zone string, p person, _ []string) []string {
			return []string{w.contract(zone, p).Contract.ID}
		},
		"tasks/{tid}": func(w *world, zone string, p person, above []string) []string {
			return append(above, w.contractTask(zone, p, above[0]))
		},
		"submissions/{submission}": func(w *world, zone string, p person, above []string) []string {
			return append(above, w.submission(zone, p, above[0]))
		},
		"tasks/{id}": func(w *world, zone string, p person, _ []string) []string {
			s, err := w.app.Work.Give(w.in(zone), work.Order{Title: w.named(zone, "任务"), Unit: p.actor.Unit, Owner: p.actor.ID, DueOn: "2199-01-05"})
			must(w.t, err)
			return []string{s.ID}
		},
		"notes/{id}": func(w *world, zone string, p person, _ []string) []string {
			s, err := w.app.Work.Write(w.as(p.actor), work.Written{Kind: work.Visit, FirmName: w.named(zone, "企业"), Text: w.named(zone, "走访"), People: w.named(zone, "人员")})
			must(w.t, err)
			return []string{s.ID}
		},
		"activities/{id}": func(w *world, zone string, p person, _ []string) []string {
			name, on, place := w.named(zone, "活动"), "2026-01-06", w.named(zone, "地点")
			s, err := w.app.Work.Plan(w.in(zone), work.ActivityFacts{Name: &name, OnDate: &on, Place: &place, Unit: &p.actor.Unit, Owner: &p.actor.ID})
			must(w.t, err)
			return []string{s.ID}
		},
		"methods/{id}": func(w *world, zone string, _ person, _ []string) []string {
			m, err := w.app.Work.SetMethod(w.in(zone), "", 0, work.MethodFacts{Zh: w.named(zone, "方式")})
			must(w.t, err)
			return []string{m.ID}
		},
		"campaigns/{id}": func(w *world, zone string, p person, _ []string) []string {
			c, err := w.app.Work.SetCampaign(w.in(zone), "", 0, work.CampaignFacts{Name: w.named(zone, "攻坚战"), Unit: p.unit, SinceOn: "2026-01-05"})
			must(w.t, err)
			return []string{c.ID}
		},
		"definitions/{id}": func(_ *world, zone string, _ person, _ []string) []string {
			if zone == abroad {
				return []string{"ABROAD"} // every zone knows the same figures: none is another zone's
			}
			return []string{"NEG_C"}
		},
		"tokens/{id}": func(w *world, zone string, p person, _ []string) []string {
			if zone == abroad {
				p = w.hire(zone, w.loginName(), "leader")
			}
			t, _, err := w.app.Access.Issue(w.as(p.actor), access.NewToken{Name: w.named(zone, "令牌"), Scopes: []string{"office.read"}, Days: 1})
			must(w.t, err)
			return []string{t.ID}
		},
		"journal/{id}": func(w *world, zone string, p person, _ []string) (ids []string) {
			object := pipeline.Object(w.project(zone, p).Project.ID)
			must(w.t, w.app.Sequencer.Tick(w.t.Context()))
			must(w.t, w.app.DB.View(w.in(zone), func(tx store.Tx) error {
				list, err := journal.History(w.t.Context(), tx, object, journal.Page{Limit: 1})
				ids = []string{list[0].ID}
				return err
			}))
			return ids
		},
		"tiles/{zone}":   func(w *world, zone string, _ person, _ []string) []string { return []string{zone} },
		"tile/{path}":    func(_ *world, _ string, _ person, above []string) []string { return append(above, "0/000.p/1") },
		"entries/{path}": func(_ *world, _ string, _ person, above []string) []string { return append(above, "000.p/1") },
		"files/{id}":     func(w *world, zone string, p person, _ []string) []string { return []string{w.register(zone, p)} },
		"runs/{id}": func(w *world, zone string, p person, _ []string) []string {
			ctx, file := w.clerk(zone, p), w.register(zone, p)
			found, err := w.app.Intake.Sniff(ctx, file, "parties", intake.Settings{})
			must(w.t, err)
			id, err := w.app.Intake.Begin(ctx, file, "parties", intake.Settings{Mapping: found.Mapping})
			must(w.t, err)
			must(w.t, w.app.Intake.Drain(w.in(zone)))
			return []string{id}
		},
		"views/{id}": func(w *world, zone string, p person, _ []string) []string {
			name := w.named(zone, "视图")
			v, err := w.app.Views.Save(w.as(p.actor), "projects", views.Draft{Name: &name})
			must(w.t, err)
			return []string{v.ID}
		},
		"channels/{id}": func(w *world, zone string, _ person, _ []string) []string {
			name, url := w.named(zone, "渠道"), "http://127.0.0.1:9/hook" // nobody listens there
			c, _, err := w.app.Notify.AddChannel(w.in(zone), notify.Webhook, notify.ChannelDraft{Name: &name, URL: &url})
			must(w.t, err)
			return []string{c.ID}
		},
		"deliveries/{id}": func(w *world, zone string, p person, _ []string) []string {
			v := notify.Delivery{Zone: zone, ID: kernel.NewID(w.app.DB.Now()), Sink: notify.Email, Account: p.actor.ID, Topic: "work.given", Object: "work.task/" + nobody, Title: w.named(zone, "任务"), State: notify.Dead}
			v.Once = v.ID
			must(w.t, w.app.DB.Update(w.in(zone), func(tx store.Tx) error { return store.Put(w.t.Context(), tx, v) }))
			return []string{v.ID}
		},
		"first-link/{token}": func(w *world, zone string, p person, _ []string) []string {
			_, link, err := w.app.Access.Open(w.in(zone), access.Account{Login: w.loginName(), Name: w.named(zone, "账号"), Unit: p.unit})
			must(w.t, err)
			return []string{link.Token}
		},
	}
	maps.Copy(all, pipelineMakers())
	return all
}

// register uploads a list of one organisation.
func (w *world) register(zone string, p person) string {
	w.t.Helper()
	id, err := w.app.Intake.Upload(w.clerk(zone, p), "register.csv", strings.NewReader("企业名称,地址\n"+w.named(zone, "企业")+",示例路\n"))
	must(w.t, err)
	return id
}

// clerk is p, or the program for those who may see imports and not run them.
func (w *world) clerk(zone string, p person) context.Context {
	if w.app.Gate.Require(w.as(p.actor), "intake.run") != nil || zone == abroad {
		return w.in(zone)
	}
	return w.as(p.actor)
}

func (w *world) loginName() string { w.count++; return fmt.Sprintf("walker%d", w.count) }

// walk is a world with its routes and the people who walk them.
type walk struct {
	*world
	server  *apitest.Server
	schemas map[string]*schema
	grants  map[string][]string // permission → roles that hold it
	clients map[string]*apitest.Client
	stand   map[string]map[string]string // zone → name in a body or query → id
	reached map[string]bool              // routes that somebody walked to their end
	foreign []string                     // ids of the other zone that were made
}

// make makes the objects in r's path that p is responsible for.
func (w *walk) make(r route, zone string, p person) (ids []string) {
	w.t.Helper()
	for _, key := range r.keys() {
		maker := makers()[key]
		if maker == nil {
			w.t.Fatalf("%s: say in makers how to make the object %s", r, key)
		}
		if zone == abroad {
			p = person{"", w.abroad().actor, w.units[abroad]["d1"]}
		}
		ids = maker(w.world, zone, p, ids)
	}
	if zone == abroad {
		for _, id := range ids {
			if id != zone && !strings.Contains(id, "/") { // a zone's name and a tile's place are no secrets
				w.foreign = append(w.foreign, id)
			}
		}
	}
	return ids
}

// abroad is somebody of the other zone.
func (w *walk) abroad() person {
	if _, ok := w.people[abroad]; !ok {
		w.people[abroad] = w.hire(abroad, "somebody", "officer")
	}
	return w.people[abroad]
}

// standing makes what bodies and queries refer to, in zone.
func (w *walk) standing(zone string, p person) map[string]string {
	official := w.official(zone, p)
	return map[string]string{"unit": p.unit, "parent": w.units[zone]["zone"], "owner": p.actor.ID, "account": p.actor.ID, "actor": p.actor.ID,
		"investor": w.party(zone, p), "platform": w.platform(zone, p), "operator": w.units[zone]["op"], "acceptor": p.actor.ID, "official": official.ID, "file": w.register(zone, p)}
}

// sampler makes the smallest valid inputs from the description.
type sampler struct {
	*walk
	refs map[string]string // id by the name of what refers to it
	all  bool              // also what refers and is optional
	role string            // of the caller
	body any               // said instead of one made from the description; nil for none
}

// value makes a value of s for the property or parameter called name.
func (g sampler) value(name string, s *schema) any {
	for s.Ref != "" {
		s = g.schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	if slices.Contains(s.Enum, any(g.role)) {
		return g.role
	}
	if len(s.Enum) > 0 {
		return s.Enum[0]
	}
	switch kind(s) {
	case "object":
		return g.object(s)
	case "array":
		return []any{g.value(name, s.Items)}
	case "integer", "number":
		return max(1, s.Minimum)
	case "boolean":
		return true
	}
	return g.text(name)
}

func kind(s *schema) string {
	switch t := s.Type.(type) {
	case string:
		return t
	case []any:
		for _, k := range t {
			if k != "null" {
				return k.(string)
			}
		}
	}
	return ""
}

// object fills what is required and, where nothing is, the first that is not.
func (g sampler) object(s *schema) map[string]any {
	out := map[string]any{}
	for _, name := range slices.Sorted(mapKeys(s.Properties)) {
		_, refers := g.refs[name]
		if slices.Contains(s.Required, name) || g.all && refers || len(s.Required) == 0 && len(out) == 0 {
			out[name] = g.value(name, s.Properties[name])
		}
	}
	return out
}

func mapKeys[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// text is a text that suits a name; what refers to an object refers to one.
func (g sampler) text(name string) string {
	if id, ok := g.refs[name]; ok {
		return id
	}
	known := map[string]string{"currency": "CNY", "to": "screening", "stage": "screening", "fields": "phone", "phone": "13900000000", "email": "someone@firm.example", "kind": "parties", "field": "name", "roles": "officer", "scopes": "office.read",
		"page": "projects", "url": "http://127.0.0.1:9/hook", "secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "address": "someone@zone.example", "topics": "work.given", "login": g.loginName(), "password": password + "x", "format": "csv"}
	switch text, ok := known[name]; {
	case ok:
		return text
	case name == "on" || strings.HasSuffix(name, "_on"):
		return "2026-01-07"
	}
	return g.named(home, "填写")
}

// send does one request of r on the objects ids.
func (g sampler) send(c *apitest.Client, r route, ids []string, etag string) *apitest.Reply {
	g.t.Helper()
	query := url.Values{}
	for _, p := range r.doc.Parameters {
		_, refers := g.refs[p.Name]
		if p.In == "query" && (p.Required || p.Name == "once" || g.all && refers) { // a stream of events ends at once
			query.Set(p.Name, fmt.Sprint(g.value(p.Name, p.Schema)))
		}
	}
	path := r.at(ids)
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	c = c.With("X-Forwarded-For", g.address())
	if etag != "" {
		c = c.IfMatch(etag)
	}
	if form := r.upload(); form != nil {
		text := map[string]string{}
		for name := range form.Properties {
			if name != "file" {
				text[name] = g.text(name)
			}
		}
		for name, value := range map[string]string{"kind": "other", "class": ""} {
			if _, asked := form.Properties[name]; asked {
				text[name] = value
			}
		}
		return c.Upload(path, text, "note.txt", []byte("示例内容"))
	}
	var body any
	if b := r.doc.RequestBody; g.body != nil {
		body = g.body
	} else if b != nil {
		body = g.value("", b.Content["application/json"].Schema)
	}
	return c.Do(r.method, path, body)
}

func newWalk(t *testing.T) (*walk, []route, []string) {
	w := &walk{world: newWorld(t, app.Config{}), grants: map[string][]string{}, reached: map[string]bool{}, clients: map[string]*apitest.Client{}}
	w.server = apitest.Start(t, w.app.Door)
	var routes []route
	var own []string
	routes, own, w.schemas = described(t, w.app)
	for _, g := range w.app.Gate.Table() {
		w.grants[g.Perm] = g.Roles
	}
	w.stand = map[string]map[string]string{
		home:   w.standing(home, w.people["officer"]),
		abroad: w.standing(abroad, person{"", w.abroad().actor, w.units[abroad]["d1"]}),
		"":     {},
	}
	for name, id := range w.stand[abroad] {
		w.stand[""][name] = nobody
		w.foreign = append(w.foreign, id)
	}
	return w, routes, own
}

// client is signed in with role.
func (w *walk) client(role string) *apitest.Client {
	w.t.Helper()
	if w.clients[role] == nil {
		w.clients[role] = w.signIn(w.server, w.people[role])
	}
	return w.clients[role]
}

func (w *walk) roles() (ids []string) {
	for _, r := range w.app.Gate.Roles() {
		ids = append(ids, r.ID)
	}
	return ids
}

// may says whether role holds what r asks for, by the table of permissions.
func (w *walk) may(r route, role string) bool {
	return r.perm == httpapi.Public || r.perm == httpapi.Self || slices.Contains(w.grants[r.perm], role)
}

// sample makes inputs for role that refer to objects of zone.
func (w *walk) sample(zone, role string) sampler {
	refs := map[string]string{}
	for k, v := range w.stand[zone] {
		refs[k] = v
	}
	if zone == home && role != "" {
		refs["unit"], refs["owner"] = w.people[role].unit, w.people[role].actor.ID
	}
	return sampler{walk: w, refs: refs, role: role}
}

// TestWalk walks every route of the API with every role, without an account,
// with a session that is over and with an API token that lacks the scope, on
// objects of the caller's zone and of another one. What is to come of it
// follows from the table of permissions: without the permission 403 (signed
// out 401) and nothing is changed; the other zone's object is not there (404);
// with it anything but a refusal of the caller. Inputs are made from the
// description of the API, so that a new route is walked without a line here.
func TestWalk(t *testing.T) {
	t.Parallel()
	w, routes, own := newWalk(t)
	for _, line := range own {
		method, rest, _ := strings.Cut(line, " ")
		path, _, _ := strings.Cut(rest, " ")
		w.check(w.server.As("zh").With("X-Forwarded-For", w.address()).Root(method, path, nil), line, func(status int) bool { return status < 500 })
	}
	outside := map[string][]string{}
	for _, r := range routes {
		if len(r.keys()) > 0 {
			outside[r.String()] = w.make(r, abroad, person{})
		}
	}
	must(t, w.app.Sequencer.Tick(t.Context()))
	before := w.imprint(abroad)
	w.refusals(routes, outside)
	for _, r := range routes {
		for _, role := range w.roles() {
			if w.may(r, role) {
				w.inside(r, role)
				w.outside(r, role, outside[r.String()])
			}
		}
	}
	if len(w.reached) != len(routes) {
		t.Errorf("%d of %d routes were walked by somebody who may", len(w.reached), len(routes))
	}
	for _, r := range routes {
		if !w.reached[r.String()] {
			t.Logf("%s was let in and then refused what was made up for it", r)
		}
	}
	if names := differing(before, w.imprint(abroad)); len(names) > 0 {
		t.Errorf("the walk changed the other zone's tables %v", names)
	}
	w.verify(abroad)
	w.verify(home)
}

// check fails the test unless the status is right and nothing of the other
// zone is in the answer but the ids the caller sent.
func (w *walk) check(r *apitest.Reply, what string, right func(status int) bool, sent ...string) {
	w.t.Helper()
	if !right(r.StatusCode) || r.Err != nil {
		w.t.Errorf("%s: status %d %v\n%s", what, r.StatusCode, r.Err, r.Body)
	}
	told := slices.ContainsFunc(w.foreign, func(id string) bool { return !slices.Contains(sent, id) && bytes.Contains(r.Body, []byte(id)) })
	if told || bytes.Contains(r.Body, []byte(foreign)) {
		w.t.Errorf("%s: the answer tells of the other zone\n%s", what, r.Body)
	}
}

func exactly(want int) func(int) bool { return func(got int) bool { return got == want } }

// refusals: who may not is told so, whatever the object, and nothing is changed.
func (w *walk) refusals(routes []route, outside map[string][]string) {
	w.t.Helper()
	officer := w.people["officer"]
	inside := map[string][]string{}
	for _, r := range routes {
		inside[r.String()] = w.make(r, home, officer)
	}
	for _, role := range w.roles() {
		w.client(role) // before the tokens: whose password is reset holds none
	}
	limited, over := w.limited(), w.over()
	before := w.imprint(home, "access_sessions", "access_tokens")
	for _, r := range routes {
		for _, ids := range [][]string{inside[r.String()], outside[r.String()]} {
			if r.perm == httpapi.Public || len(r.keys()) > 0 && ids == nil {
				continue
			}
			try := func(c *apitest.Client, who string, want int) {
				w.check(w.sample(home, "officer").send(c, r, ids, `"1"`), fmt.Sprintf("%s by %s on %v", r, who, ids), exactly(want))
			}
			try(w.server.As("zh"), "nobody", 401)
			try(over, "a session that is over", 401)
			for _, role := range w.roles() {
				if !w.may(r, role) {
					try(w.client(role), role, 403)
				} else if token := limited(role, r.perm); token != nil && r.perm != httpapi.Self {
					try(token, role+" with a token that lacks the scope", 403)
				}
			}
		}
		after := w.imprint(home, "access_sessions", "access_tokens")
		if names := differing(before, after); len(names) > 0 {
			w.t.Errorf("%s changed %v for somebody who may not", r, names)
		}
		before = after
	}
}

// over is a client whose session is over.
func (w *walk) over() *apitest.Client {
	w.t.Helper()
	s, err := w.app.Access.SignIn(w.t.Context(), access.SignIn{Zone: home, Login: "officer", Password: password})
	must(w.t, err)
	c := w.server.As("zh").With("Cookie", access.Cookie+"="+s.Token)
	c.With("X-Forwarded-For", w.address()).Get("/session").Status(200)
	must(w.t, w.app.Access.SignOut(w.as(w.people["officer"].actor), s.Token))
	return c
}

// limited returns clients with API tokens: of a role, without the scope perm.
// The administrators hold none.
func (w *walk) limited() func(role, perm string) *apitest.Client {
	w.t.Helper()
	type held struct {
		scope  string
		client *apitest.Client
	}
	tokens := map[string][]held{}
	for _, role := range w.grants["token.manage"] {
		for _, scope := range []string{"office.read", "journal.prove", "pipeline.read"} {
			if !slices.Contains(w.grants[scope], role) {
				continue
			}
			_, secret, err := w.app.Access.Issue(w.as(w.people[role].actor), access.NewToken{Name: scope, Scopes: []string{scope}, Days: 1})
			must(w.t, err)
			c := w.server.As("zh").Token(secret)
			c.With("X-Forwarded-For", w.address()).Get("/session").Status(200)
			tokens[role] = append(tokens[role], held{scope, c})
		}
	}
	return func(role, perm string) *apitest.Client {
		for _, t := range tokens[role] {
			if t.scope != perm {
				return t.client
			}
		}
		return nil
	}
}

// inside: who may, on an object they are responsible for, is neither refused
// nor told that it is not there.
func (w *walk) inside(r route, role string) {
	w.t.Helper()
	p := w.people[role]
	ids := w.make(r, home, p)
	reply := w.sample(home, role).send(w.client(role), r, ids, `"1"`)
	if reply.StatusCode == 412 { // what was filed under the object has changed it once
		reply = w.sample(home, role).send(w.client(role), r, ids, `"2"`)
	}
	w.reached[r.String()] = w.reached[r.String()] || reply.StatusCode < 300
	w.check(reply, fmt.Sprintf("%s by %s", r, role), func(status int) bool {
		absent := status == 404 && len(ids) > 0
		if role == "operator" && strings.HasPrefix(r.path, "/conflicts/") {
			return status == 404 // who contends with whom is not shown to those who contend
		}
		public := r.perm == httpapi.Public // signing in is refused with 401
		return status < 500 && !absent && (public || status != 401 && status != 403)
	})
	if r.perm == httpapi.Self && r.method != http.MethodGet && w.client(role).With("X-Forwarded-For", w.address()).Get("/session").StatusCode != 200 {
		delete(w.clients, role)
	}
}

// outside: the other zone's object is not there. What refers to it in a body
// is answered as what refers to nothing; a list narrowed to it is empty.
func (w *walk) outside(r route, role string, ids []string) {
	w.t.Helper()
	if r.perm == httpapi.Public {
		return // a one-time link says itself what zone it is of
	}
	c, what := w.client(role), fmt.Sprintf("%s by %s on the other zone's object", r, role)
	if len(ids) > 0 {
		w.check(w.sample(home, role).send(c, r, ids, `"1"`), what, exactly(404))
	}
	if len(ids) > 1 && !strings.Contains(ids[1], "/") { // every log has its first tile
		mixed := slices.Clone(ids)
		mixed[0] = w.make(route{path: "/" + r.keys()[0]}, home, w.people[role])[0]
		w.check(w.sample(home, role).send(c, r, mixed, `"1"`), what+" under an own one", exactly(404))
	}
	if r.method == http.MethodGet {
		g := w.sample(abroad, role)
		g.all = true
		if len(ids) == 0 {
			w.check(g.send(c, r, nil, ""), what, func(status int) bool { return status < 300 })
		}
		return
	}
	w.referring(r, role, what)
}

// referring sends the same request twice: with references to the other zone
// and with references to nothing.
func (w *walk) referring(r route, role, what string) {
	w.t.Helper()
	b := r.doc.RequestBody
	if b == nil || r.upload() != nil {
		return
	}
	to, none := w.sample(abroad, role), w.sample("", role)
	to.all, none.all = true, true
	body, err := json.Marshal(to.value("", b.Content["application/json"].Schema))
	must(w.t, err)
	if !slices.ContainsFunc(w.foreign, func(id string) bool { return bytes.Contains(body, []byte(id)) }) {
		return
	}
	got := to.send(w.client(role), r, w.make(r, home, w.people[role]), `"1"`)
	w.check(got, what+" in the body", func(status int) bool { return status >= 400 && status < 500 }, w.foreign...)
	want := none.send(w.client(role), r, w.make(r, home, w.people[role]), `"1"`)
	var a, z httpapi.Problem
	got.JSON(&a)
	want.JSON(&z)
	if got.StatusCode != want.StatusCode || a.Code != z.Code {
		w.t.Errorf("%s: %d %s, but %d %s for what does not exist", what, got.StatusCode, a.Code, want.StatusCode, z.Code)
	}
}

// TestWalkVersions: every change of what a reader has seen names the version it
// is based on: without it 428, with another 412, and nothing is written.
func TestWalkVersions(t *testing.T) {
	t.Parallel()
	w, routes, _ := newWalk(t)
	walked := 0
	for _, r := range routes {
		if (r.method == http.MethodPatch || r.method == http.MethodPut) && len(r.keys()) > 0 && !r.match() {
			t.Errorf("%s changes an object and does not ask for its version", r)
		}
		if !r.match() {
			continue
		}
		walked++
		role := append(w.grants[r.perm], "officer")[0] // of what concerns oneself, anybody
		ids := w.make(r, home, w.people[role])
		g, c := w.sample(home, role), w.client(role)
		before := w.imprint(home, "access_sessions")
		for etag, want := range map[string]int{"": 428, `"999"`: 412, `W/"999"`: 412, "1": 422} {
			w.check(g.send(c, r, ids, etag), fmt.Sprintf("%s by %s with If-Match %s", r, role, etag), exactly(want))
		}
		if names := differing(before, w.imprint(home, "access_sessions")); len(names) > 0 {
			t.Errorf("%s wrote %v without the right version", r, names)
		}
	}
	if walked < 10 {
		t.Errorf("only %d routes ask for a version", walked)
	}
}
