package app_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// planted is a marked value of a restricted field.
type planted struct {
	field string // of the restricted-field table
	text  string // nothing else in the zone says it
}

// plantAll fills every field of the restricted-field table of objects that p is
// responsible for, and returns them by the walk's names of what stands in paths.
func (w *world) plantAll(p person) (marks []planted, ids map[string]string) {
	w.t.Helper()
	return w.plant(p, func(f pipeline.Facts) *pipeline.Docket {
		k, err := w.app.Pipeline.Open(w.in(home), f)
		must(w.t, err)
		return k
	})
}

// plantSigned is plantAll with a project whose contract is signed.
func (w *world) plantSigned(p person) (marks []planted, ids map[string]string) {
	w.t.Helper()
	return w.plant(p, func(f pipeline.Facts) *pipeline.Docket {
		k := w.signed(home, p)
		k, err := w.app.Pipeline.Amend(w.in(home), k.Project.ID, k.Project.Version, f)
		must(w.t, err)
		return k
	})
}

func (w *world) plant(p person, open func(pipeline.Facts) *pipeline.Docket) (marks []planted, ids map[string]string) {
	w.t.Helper()
	mark := func(field, text string) string {
		marks = append(marks, planted{field, text})
		return text
	}
	name := func(field string) string { w.count++; return mark(field, fmt.Sprintf("暗记%d号密", w.count)) }
	ctx := w.in(home)
	firm, err := w.app.Party.Register(ctx, party.Party{Kind: party.Enterprise, Name: w.named(home, "企业"), Unit: p.unit, Owner: p.actor.ID})
	must(w.t, err)
	w.count++
	firm, err = w.app.Party.AddContact(ctx, firm.Party.ID, party.Contact{Name: name("party.contact.name"), Title: name("party.contact.title"),
		Phone: mark("party.contact.phone", fmt.Sprintf("1398765%04d", w.count)), Email: mark("party.contact.email", fmt.Sprintf("marked%d@firm.example", w.count))})
	must(w.t, err)
	human, err := w.app.Party.Register(ctx, party.Party{Kind: party.Person, Name: name("party.person_name"), Unit: p.unit, Owner: p.actor.ID})
	must(w.t, err)
	source, found, on, terms := w.named(home, "来源"), name("pipeline.finder"), "2026-01-05", name("pipeline.terms")
	title := w.named(home, "项目")
	k := open(pipeline.Facts{Name: &title, Source: &source, Finder: &found, FoundOn: &on, Terms: &terms, Investor: &firm.Party.ID, Unit: &p.unit, Owner: &p.actor.ID})
	w.count++
	yuan := 7_310_000 + int64(w.count)
	_, err = w.app.Pipeline.RecordTax(ctx, k.Project.ID, pipeline.TaxEntry{Period: "2025", Kind: pipeline.TaxKinds()[0].ID, Amount: kernel.Money{Minor: yuan*100 + 37, Currency: "CNY"}, Source: w.named(home, "税票")})
	must(w.t, err)
	mark("pipeline.tax", fmt.Sprint(yuan))
	note, err := w.app.Work.Write(ctx, work.Written{Kind: work.Visit, Firm: firm.Party.ID, Text: w.named(home, "走访"), People: name("work.note.people")})
	must(w.t, err)
	for table, id := range map[string]string{"party_parties": firm.Party.ID, "pipeline_projects": k.Project.ID} {
		author := name(map[string]string{"party_parties": "party.origin_author", "pipeline_projects": "pipeline.origin_author"}[table])
		must(w.t, w.app.DB.Update(ctx, func(tx store.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE "+table+" SET origin_author = $3 WHERE zone = $1 AND id = $2", tx.Zone, id, author)
			return err
		}))
	}
	return marks, map[string]string{"parties/{id}": firm.Party.ID, "person": human.Party.ID, "projects/{id}": k.Project.ID, "notes/{id}": note.ID, "contacts/{contact}": firm.Contacts[0].ID}
}

// searcher looks for marks in answers.
type searcher struct {
	*walk
	marks   []planted
	fields  map[string]access.Field
	seen    map[string]bool // fields somebody was shown
	answers int             // that gave something
}

func (w *walk) searcher() *searcher {
	s := &searcher{walk: w, fields: map[string]access.Field{}, seen: map[string]bool{}}
	for _, f := range w.app.Gate.Fields() {
		s.fields[f.Field] = f
	}
	return s
}

// complete fails the test unless a mark stands in every field of the table.
func (s *searcher) complete() {
	s.t.Helper()
	for field := range s.fields {
		// evidence of class restricted is what party.tax_paid stands for: no column holds it
		if field != "party.tax_paid" && !slices.ContainsFunc(s.marks, func(p planted) bool { return p.field == field }) {
			s.t.Errorf("no mark stands in %s", field)
		}
	}
}

// look fails the test if the answer of r, a refusal as well, tells role what
// stands in a field it must not see. To unmask is to ask for what one may see so.
func (s *searcher) look(r route, role string, reply *apitest.Reply) {
	s.t.Helper()
	if reply.StatusCode < 300 {
		s.answers++
	}
	body := unpacked(s.t, reply.Body)
	for _, p := range s.marks {
		if !strings.Contains(body, p.text) {
			continue
		}
		s.seen[p.field] = true
		may := s.fields[p.field].Plain
		if strings.HasSuffix(r.path, "/unmask") {
			may = s.fields[p.field].Unmask
		}
		if !slices.Contains(may, role) {
			s.t.Errorf("%s tells %s what stands in %s: %d %s", r, role, p.field, reply.StatusCode, body)
		}
	}
}

// TestNoFieldIsSeenByWhoMustNot plants a marked value in every field of the
// restricted-field table, calls every GET route as every role on the objects
// that hold them (lists, lists as of today from the journal, exports in both
// formats, event streams, the bundle and the tiles among them) and looks for the marks in the bytes that come back:
// only who may see a field plainly finds its mark there.
func TestNoFieldIsSeenByWhoMustNot(t *testing.T) {
	t.Parallel()
	w, routes, _ := newWalk(t)
	s := w.searcher()
	ids := map[string][]string{}
	for _, role := range []string{"officer", "operator"} { // what an operator is responsible for it reads as well
		m, objects := w.plantAll(w.people[role])
		s.marks = append(s.marks, m...)
		for key, id := range objects {
			ids[key] = append(ids[key], id)
		}
	}
	w.many(1)
	s.complete()
	for _, role := range w.roles() {
		for _, r := range routes {
			if r.method != http.MethodGet || !w.may(r, role) {
				continue
			}
			for _, objects := range w.onMarked(r, role, ids) {
				s.look(r, role, w.sample(home, role).send(w.client(role), r, objects, ""))
				for name, value := range w.narrowed(ids) {
					if !slices.ContainsFunc(r.doc.Parameters, func(p parameter) bool { return p.In == "query" && p.Name == name }) {
						continue
					}
					for _, v := range value {
						s.look(r, role, w.client(role).With("X-Forwarded-For", w.address()).Get(r.at(objects)+"?"+url.Values{name: {v}}.Encode()))
					}
				}
			}
		}
	}
	for field, f := range s.fields {
		if len(f.Plain) > 0 && !s.seen[field] {
			t.Errorf("nobody was shown %s: the test looks in the wrong place", field)
		}
	}
	t.Logf("%d answers held none of %d marks but for those who may see them", s.answers, len(s.marks))
	w.bareTables(s.marks)
}

// TestNoWriteAnswersWithWhatMustNotBeSeen does the same with every route that
// changes something: each role calls it on marked objects of its own, which are
// fresh every time, and what it answers, refusals too, holds a mark only for
// those who may see the field.
func TestNoWriteAnswersWithWhatMustNotBeSeen(t *testing.T) {
	t.Parallel()
	w, routes, _ := newWalk(t)
	s, done, tried := w.searcher(), map[string]bool{}, map[string]bool{}
	for _, role := range w.roles() {
		for _, r := range routes {
			if r.method == http.MethodGet || !w.may(r, role) {
				continue
			}
			tried[r.String()] = true
			for _, refer := range []bool{false, true} { // the second time to marked objects wherever the body can
				reply := s.write(r, role, refer)
				s.look(r, role, reply)
				done[r.String()] = done[r.String()] || reply.StatusCode < 300
			}
			if w.client(role).With("X-Forwarded-For", w.address()).Get("/session").StatusCode != 200 {
				delete(w.clients, role) // it has ended its own session
			}
		}
	}
	s.complete()
	for r := range tried {
		if !done[r] != slices.Contains(refusing(), r) {
			t.Errorf("%s: let through %t; say in spoken what it is to be asked, or in refusing that only refusals are seen of it", r, done[r])
		}
	}
	for _, field := range []string{"party.person_name", "party.contact.phone", "pipeline.finder", "pipeline.terms", "pipeline.tax", "work.note.people"} {
		if !s.seen[field] {
			t.Errorf("nobody was shown %s: the test looks in the wrong place", field)
		}
	}
	t.Logf("%d answers of %d routes held none of %d marks but for those who may see them", s.answers, len(tried), len(s.marks))
}

// write calls r once as role, on fresh objects full of marks.
func (s *searcher) write(r route, role string, refer bool) *apitest.Reply {
	s.t.Helper()
	p := s.people[role]
	plant := s.plantAll
	if slices.Contains(signedFirst(), r.String()) {
		plant = s.plantSigned
	}
	marks, objects := plant(p)
	s.marks = append(s.marks, marks...)
	var ids []string
	for _, key := range r.keys() {
		id := objects[key]
		if key == "parties/{id}" && refer && spoken()[r.String()] == nil && len(r.keys()) == 1 {
			id = objects["person"]
		}
		if id != "" {
			ids = append(ids, id)
			continue
		}
		ids = makers()[key](s.world, home, p, ids)
	}
	g := s.sample(home, role)
	for name, key := range map[string]string{"party": "parties/{id}", "investor": "parties/{id}", "firm": "parties/{id}", "project": "projects/{id}"} {
		g.refs[name] = objects[key]
	}
	g.all = refer
	if body := spoken()[r.String()]; body != nil && refer {
		g.body = body(s.world, p, objects, ids)
	}
	var reply *apitest.Reply
	for version := 1; version < 9; version++ { // what was filed under the object has changed it
		reply = g.send(s.client(role), r, ids, fmt.Sprintf(`"%d"`, version))
		if reply.StatusCode != http.StatusPreconditionFailed {
			break
		}
	}
	return reply
}

// narrowed are values of query parameters that lead to the marked objects: as
// they stood today in the journal, as a file, in the lists about them.
func (w *walk) narrowed(ids map[string][]string) map[string][]string {
	out := map[string][]string{"format": {"csv"}, "as_of": {string(kernel.DayOf(time.Now().UnixMilli()))},
		"ids": {strings.Join(ids["projects/{id}"], ",")}, "project": ids["projects/{id}"], "party": ids["parties/{id}"], "investor": ids["parties/{id}"]}
	for _, id := range ids["projects/{id}"] {
		out["object"] = append(out["object"], "pipeline.project/"+id)
	}
	for _, id := range ids["parties/{id}"] {
		out["object"] = append(out["object"], "party.party/"+id)
	}
	return out
}

// onMarked are the objects r is called on: the marked ones of its kind, or one
// made for the role.
func (w *walk) onMarked(r route, role string, ids map[string][]string) (out [][]string) {
	w.t.Helper()
	keys := r.keys()
	if len(keys) == 0 {
		return [][]string{nil}
	}
	for i, id := range ids[keys[0]] {
		switch {
		case len(keys) == 1:
			out = append(out, []string{id})
		case len(ids[keys[1]]) > i:
			out = append(out, []string{id, ids[keys[1]][i]})
		}
	}
	if keys[0] == "parties/{id}" && len(keys) == 1 {
		for _, id := range ids["person"] {
			out = append(out, []string{id})
		}
	}
	if len(out) == 0 || len(keys) > 1 {
		out = append(out, w.make(r, home, w.people[role]))
	}
	return out
}

// bareTables fails the test unless every mark does stand in the database.
func (w *walk) bareTables(marks []planted) {
	w.t.Helper()
	var all strings.Builder
	must(w.t, w.app.DB.View(w.in(home), func(tx store.Tx) error {
		for _, table := range []string{"party_parties", "party_contacts", "pipeline_projects", "pipeline_tax", "work_notes"} {
			fmt.Fprint(&all, cells(w.t, w.t.Context(), tx, "SELECT * FROM "+table))
		}
		return nil
	}))
	for _, p := range marks {
		if !strings.Contains(all.String(), p.text) {
			w.t.Errorf("%s was not planted in %s", p.text, p.field)
		}
	}
}

// unpacked is what body says, also inside a zip (a workbook, a bundle).
func unpacked(t testing.TB, body []byte) string {
	t.Helper()
	if !bytes.HasPrefix(body, []byte("PK")) {
		return string(body)
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	must(t, err)
	var out strings.Builder
	for _, f := range z.File {
		r, err := f.Open()
		must(t, err)
		_, err = io.Copy(&out, r)
		must(t, err)
	}
	return out.String()
}

// TestEveryOperationIsWalked: what the description of the API tells of and what
// the walk goes through are the same.
func TestEveryOperationIsWalked(t *testing.T) {
	t.Parallel()
	w, routes, _ := newWalk(t)
	walked := map[string]bool{}
	if len(routes) == 0 {
		t.Fatal("no routes")
	}
	for _, r := range routes {
		walked[r.String()] = true
	}
	for path, item := range operations(t, w.app) {
		for method := range maps.Keys(item) {
			if op := strings.ToUpper(method) + " " + path; !walked[op] {
				t.Errorf("%s is described and nobody walks it", op)
			}
			delete(walked, strings.ToUpper(method)+" "+path)
		}
	}
	if len(walked) > 0 {
		t.Errorf("walked and not described: %v", slices.Sorted(maps.Keys(walked)))
	}
}

// TestErasingKeepsEveryProof: before and after a person's data are erased the
// bundle verifies against the same keys and the checkpoints kept since the
// beginning, and what was erased is in neither bundle, nor after it in the database.
func TestErasingKeepsEveryProof(t *testing.T) {
	t.Parallel()
	w := newWorld(t, app.Config{})
	marks, ids := w.plantAll(w.people["officer"])
	must(t, w.app.Sequencer.Tick(t.Context()))
	kept := ""
	check := func(private bool) []byte {
		t.Helper()
		var b bytes.Buffer
		_, err := journal.Export(w.in(home), w.app.DB, w.app.Keys, journal.Choice{Bodies: []string{""}, Private: private}, &b)
		must(t, err)
		rep, err := journal.CheckBundle(bytes.NewReader(b.Bytes()), int64(b.Len()), w.app.Keys.VerifierKeys(home), kept)
		must(t, err)
		if !rep.OK() || rep.Bodies != rep.Size || (rep.Privates > 0) != private {
			t.Fatalf("%+v", rep)
		}
		kept += unpackedFile(t, b.Bytes(), "checkpoints.txt")
		return b.Bytes()
	}
	gone := func(p planted) bool {
		return strings.HasPrefix(p.field, "party.contact.") || p.field == "party.person_name"
	}
	open, whole := unpacked(t, check(false)), unpacked(t, check(true))
	for _, p := range marks {
		if strings.Contains(open, p.text) {
			t.Errorf("the bundle tells what stands in %s", p.field)
		}
		if gone(p) && !strings.Contains(whole, p.text) {
			t.Errorf("what stands in %s was never in the journal", p.field)
		}
	}
	_, err := w.app.Party.Erase(w.in(home), ids["parties/{id}"], ids["contacts/{contact}"], "本人要求删除")
	must(t, err)
	_, err = w.app.Party.Erase(w.in(home), ids["person"], "", "本人要求删除")
	must(t, err)
	check(false) // the acts of erasing wait for their place
	must(t, w.app.Sequencer.Tick(t.Context()))
	after := unpacked(t, check(false)) + unpacked(t, check(true))
	must(t, w.app.DB.Update(w.in(home), func(tx store.Tx) error { // planted behind the journal's back
		_, err := tx.ExecContext(t.Context(), "UPDATE pipeline_projects SET origin_author = '' WHERE zone = $1", tx.Zone)
		return err
	}))
	w.verify(home)
	var database strings.Builder
	must(t, w.app.DB.View(w.in(home), func(tx store.Tx) error {
		for _, table := range tables(t, t.Context(), tx) {
			for _, row := range cells(t, t.Context(), tx, "SELECT * FROM "+table) {
				for _, cell := range row {
					if b, ok := cell.([]byte); ok {
						cell = string(b)
					}
					fmt.Fprintln(&database, cell)
				}
			}
		}
		return nil
	}))
	must(t, w.app.Close()) // the write-ahead log holds old pages until it is begun anew
	file, err := os.ReadFile(filepath.Join(w.dir, "sente.db"))
	must(t, err)
	for _, p := range marks {
		if gone(p) && bytes.Contains(file, []byte(p.text)) {
			t.Errorf("the database's file still holds %s of %s", p.text, p.field)
		}
		if gone(p) && strings.Contains(after, p.text) {
			t.Errorf("the bundle still holds %s of %s", p.text, p.field)
		}
		if gone(p) && strings.Contains(database.String(), p.text) {
			t.Errorf("the database still holds %s of %s", p.text, p.field)
		}
	}
	w.app = w.open(app.Config{}, home) // for whoever closes it
}

// unpackedFile is one file of a bundle.
func unpackedFile(t *testing.T, bundle []byte, name string) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	must(t, err)
	f, err := z.Open(name)
	must(t, err)
	text, err := io.ReadAll(f)
	must(t, err)
	return string(text)
}

// operations are the paths of the description with their methods.
func operations(t *testing.T, a *app.App) map[string]map[string]any {
	t.Helper()
	raw, err := a.Door.OpenAPI()
	must(t, err)
	var doc struct{ Paths map[string]map[string]any }
	must(t, json.Unmarshal(raw, &doc))
	return doc.Paths
}
