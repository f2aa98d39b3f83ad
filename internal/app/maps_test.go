package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// golden holds path, from the module's root, to what the program makes of it;
// with SENTE_TEST_UPDATE (make maps) it writes the file anew.
func golden(t *testing.T, path, want string) {
	t.Helper()
	full := filepath.Join("..", "..", filepath.FromSlash(path))
	if os.Getenv("SENTE_TEST_UPDATE") != "" {
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(full)
	if err != nil {
		t.Fatalf("%v; run make maps", err)
	}
	if string(got) == want {
		return
	}
	have, made := strings.Split(string(got), "\n"), strings.Split(want, "\n")
	for i := range made {
		if i >= len(have) || have[i] != made[i] {
			t.Fatalf("%s is stale from line %d, which should be\n%s\nrun make maps and look at the diff", path, i+1, made[i])
		}
	}
	t.Fatalf("%s is stale: it goes on after line %d; run make maps", path, len(made))
}

// packages returns the folders with Go code of the product, and its files.
func packages(t *testing.T) map[string][]*ast.File {
	t.Helper()
	out := map[string][]*ast.File{}
	root := filepath.Join("..", "..")
	for _, top := range []string{"cmd", "internal", "web"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata"):
				return filepath.SkipDir
			case d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
				return nil
			}
			f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			dir, err := filepath.Rel(root, filepath.Dir(p))
			out[filepath.ToSlash(dir)] = append(out[filepath.ToSlash(dir)], f)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// TestMapDeps draws who imports whom inside, and lists every module.
func TestMapDeps(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("# Packages of this module and what each imports of it.\n\n")
	byDir := packages(t)
	for _, dir := range slices.Sorted(maps.Keys(byDir)) {
		fmt.Fprintf(&b, "%s\n", dir)
		for _, to := range importsOf(byDir[dir], "sente/") {
			fmt.Fprintf(&b, "    %s\n", to)
		}
	}
	raw, err := os.ReadFile(filepath.Join("..", "..", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse("go.mod", raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("\n# Modules; + is required by our own code, the rest by them.\n\n")
	for _, r := range mod.Require {
		mark := "+"
		if r.Indirect {
			mark = " "
		}
		fmt.Fprintf(&b, "%s %s %s\n", mark, r.Mod.Path, r.Mod.Version)
	}
	golden(t, "docs/map/deps.txt", b.String())
}

// importsOf lists what files import below prefix, without the prefix.
func importsOf(files []*ast.File, prefix string) []string {
	var out []string
	for _, f := range files {
		for _, spec := range f.Imports {
			if p, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), prefix); ok {
				out = append(out, p)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// TestMapVerbs lists every journal verb: what an Act literal names, and what is
// passed to a function that puts its parameter there. A verb from anywhere else
// could not be listed, so it is refused.
func TestMapVerbs(t *testing.T) {
	t.Parallel()
	verbs := map[string]bool{}
	for dir, files := range packages(t) {
		if !strings.HasPrefix(dir, "internal/") {
			continue
		}
		takers := map[string]int{}
		for _, f := range files {
			verbsOfActs(t, dir, f, takers, verbs)
		}
		for grown := true; grown; { // a taker may be called by another
			grown = false
			for _, f := range files {
				grown = verbsOfCalls(f, takers, verbs) || grown
			}
		}
	}
	form := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	var b strings.Builder
	b.WriteString("# Journal verbs: context and past participle.\n\n")
	for _, v := range slices.Sorted(maps.Keys(verbs)) {
		if !form.MatchString(v) {
			t.Errorf("the verb %q is not of the form context.past_participle", v)
		}
		b.WriteString(v + "\n")
	}
	golden(t, "docs/map/verbs.txt", b.String())
}

// verbsOfActs notes the literal verbs of f, and in takers the functions that
// take one, with the place of the parameter.
func verbsOfActs(t *testing.T, dir string, f *ast.File, takers map[string]int, verbs map[string]bool) {
	t.Helper()
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			act, ok := n.(*ast.CompositeLit)
			if !ok || !maybeAct(act) {
				return true
			}
			for _, e := range act.Elts {
				kv, ok := e.(*ast.KeyValueExpr)
				if key, isName := name(kv, ok); !isName || key != "Verb" {
					continue
				}
				verb, literal := text(kv.Value)
				id, ident := kv.Value.(*ast.Ident)
				switch {
				case literal:
					verbs[verb] = true
				case ident && parameter(fn, id.Name) >= 0:
					takers[fn.Name.Name] = parameter(fn, id.Name)
				case ident && choices(fn, id.Name, verbs):
				case strings.HasSuffix(dir, "/journal"): // reads entries back
				default:
					t.Errorf("%s: %s makes an Act whose verb is neither a text, nor one of several, nor a parameter", dir, fn.Name.Name)
				}
			}
			return true
		})
	}
}

// maybeAct reports whether a literal is an Act, or an element whose type its
// list says: a Filter of entries has a Verb as well.
func maybeAct(lit *ast.CompositeLit) bool {
	switch t := lit.Type.(type) {
	case nil:
		return true
	case *ast.Ident:
		return t.Name == "Act"
	case *ast.SelectorExpr:
		return t.Sel.Name == "Act"
	}
	return false
}

// choices notes the texts from which fn's variable of that name is chosen, and
// reports whether there are any.
func choices(fn *ast.FuncDecl, name string, verbs map[string]bool) (found bool) {
	ast.Inspect(fn, func(n ast.Node) bool {
		as, ok := n.(*ast.AssignStmt)
		if !ok || len(as.Lhs) != len(as.Rhs) {
			return true
		}
		i := slices.IndexFunc(as.Lhs, func(e ast.Expr) bool { id, ok := e.(*ast.Ident); return ok && id.Name == name })
		if i < 0 {
			return true
		}
		ast.Inspect(as.Rhs[i], func(n ast.Node) bool {
			if e, ok := n.(ast.Expr); ok {
				if verb, ok := text(e); ok {
					verbs[verb], found = true, true
				}
			}
			return true
		})
		return true
	})
	return found
}

// verbsOfCalls notes the verbs passed to takers, and reports whether it found
// further takers.
func verbsOfCalls(f *ast.File, takers map[string]int, verbs map[string]bool) (grown bool) {
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			at, takes := takers[called(call)]
			if !takes || at >= len(call.Args) {
				return true
			}
			if verb, ok := text(call.Args[at]); ok {
				verbs[verb] = true
			}
			if id, ok := call.Args[at].(*ast.Ident); ok {
				_, known := takers[fn.Name.Name]
				if p := parameter(fn, id.Name); p >= 0 && !known {
					takers[fn.Name.Name], grown = p, true
				}
			}
			return true
		})
	}
	return grown
}

func name(kv *ast.KeyValueExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	id, ok := kv.Key.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
}

// called names the function or method of a call.
func called(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// parameter is the place of fn's parameter of that name, -1 when it has none.
func parameter(fn *ast.FuncDecl, name string) int {
	i := 0
	for _, field := range fn.Type.Params.List {
		for _, id := range field.Names {
			if id.Name == name {
				return i
			}
			i++
		}
	}
	return -1
}

// text returns the value of a string literal.
func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// openApp opens the system on a fresh SQLite database.
func openApp(t *testing.T) *App {
	t.Helper()
	dir := t.TempDir()
	a, err := Open(t.Context(), Config{
		Database: filepath.Join(dir, "sente.db"), DataDir: dir, KeyFile: filepath.Join(dir, "journal.key"),
		Zone: "map", Version: "map", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

// TestMapRoutes lists every route with the permission it asks for.
func TestMapRoutes(t *testing.T) {
	t.Parallel()
	golden(t, "docs/map/routes.txt", "# METHOD path permission\n\n"+strings.Join(openApp(t).Door.Routes(), "\n")+"\n")
}

// TestMapOpenAPI keeps the description of the API; the types of the pages are
// made from it.
func TestMapOpenAPI(t *testing.T) {
	t.Parallel()
	raw, err := openApp(t).Door.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	if info, ok := doc["info"].(map[string]any); ok {
		info["version"] = "1" // of the API, which is in its paths; not of the program
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b) // sorts keys
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(doc); err != nil {
		t.Fatal(err)
	}
	golden(t, "docs/map/openapi.json", b.String())
}

// TestMapPermissions tabulates permission × role as the policies have it.
func TestMapPermissions(t *testing.T) {
	t.Parallel()
	gate := openApp(t).Gate
	var b strings.Builder
	b.WriteString("# Who may ever do what; over which objects, the policies say.\n\n")
	roles := gate.Roles()
	for i, r := range roles {
		fmt.Fprintf(&b, "%c  %-15s %s  %s\n", 'A'+i, r.ID, r.Zh, r.En)
	}
	fmt.Fprintf(&b, "\n%-20s ", "")
	for i := range roles {
		fmt.Fprintf(&b, "%c", 'A'+i)
	}
	b.WriteString("\n")
	for _, g := range gate.Table() {
		line := fmt.Sprintf("%-20s ", g.Perm)
		for i, r := range roles {
			mark := "."
			if slices.Contains(g.Roles, r.ID) {
				mark = string(rune('A' + i))
			}
			line += mark
		}
		fmt.Fprintf(&b, "%s  %s  %s\n", line, g.Zh, g.En)
	}
	golden(t, "docs/map/permissions.txt", b.String())
}

// TestMapSchema lists tables, columns, keys and indexes of a migrated database.
func TestMapSchema(t *testing.T) {
	t.Parallel()
	a := openApp(t)
	var b strings.Builder
	b.WriteString("# Tables as SQLite has them; PostgreSQL has the same columns and keys. * key, ? may be NULL\n")
	ctx := kernel.WithActor(t.Context(), kernel.SystemActor("map", "cli"))
	err := a.DB.View(ctx, func(tx store.Tx) error {
		for _, name := range column(t, tx, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`) {
			fmt.Fprintf(&b, "\n%s\n", name)
			for _, line := range column(t, tx, `SELECT CASE WHEN pk > 0 THEN '* ' ELSE '  ' END || name || ' ' || lower(type) ||
				CASE WHEN "notnull" = 0 AND pk = 0 THEN ' ?' ELSE '' END || coalesce(' = ' || dflt_value, '') FROM pragma_table_info($1) ORDER BY cid`, name) {
				fmt.Fprintf(&b, "  %s\n", line)
			}
			for _, index := range column(t, tx, `SELECT CASE WHEN "unique" THEN 'unique ' ELSE 'index ' END || name || ' (' ||
				(SELECT group_concat(coalesce(i.name, 'expression'), ', ') FROM pragma_index_info(l.name) AS i) || ')' || CASE WHEN partial THEN ' where …' ELSE '' END
				FROM pragma_index_list($1) AS l WHERE origin = 'c' ORDER BY name`, name) {
				fmt.Fprintf(&b, "    %s\n", index)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "docs/map/schema.txt", b.String())
}

// column returns the only column of a query.
func column(t *testing.T, tx store.Tx, query string, args ...any) []string {
	t.Helper()
	rows, err := tx.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestMapWords keeps the generated parts of docs/words.md fresh: the stage
// diagram and the gate table are those the program obeys.
func TestMapWords(t *testing.T) {
	t.Parallel()
	path := filepath.Join("..", "..", "docs", "words.md")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := fill(t, string(raw), "stages", stageTable()+"\n```mermaid\n"+pipeline.StageDiagram()+"```\n")
	text = fill(t, text, "gates", pipeline.GateTableMarkdown())
	golden(t, "docs/words.md", text)
}

// fill replaces what stands between <!-- name: … --> and <!-- /name -->.
func fill(t *testing.T, text, name, with string) string {
	t.Helper()
	part := regexp.MustCompile(`(?s)(<!-- ` + name + `: [^\n]*-->\n).*?(<!-- /` + name + ` -->)`)
	if !part.MatchString(text) {
		t.Fatalf("docs/words.md has lost its marks <!-- %s: … --> and <!-- /%s -->", name, name)
	}
	return part.ReplaceAllStringFunc(text, func(found string) string {
		open := part.FindStringSubmatch(found)
		return open[1] + "\n" + with + "\n" + open[2]
	})
}

func stageTable() string {
	var b strings.Builder
	b.WriteString("| 中文 | English | Identifier | 含义 | Meaning | 出处 Source |\n|---|---|---|---|---|---|\n")
	for _, s := range pipeline.Stages() {
		fmt.Fprintf(&b, "| %s | %s | `%s` | %s | %s | %s |\n", s.Zh, s.En, s.ID, s.MeaningZh, s.MeaningEn, s.Definition)
	}
	return b.String()
}

// TestMapWordsAreOne: a Chinese word and an identifier stand in docs/words.md
// once, so that a word means one thing.
func TestMapWordsAreOne(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "words.md"))
	if err != nil {
		t.Fatal(err)
	}
	written := regexp.MustCompile(`(?s)<!-- \w+: .*?<!-- /\w+ -->`).ReplaceAllString(string(raw), "")
	seen := map[string]string{}
	for line := range strings.Lines(written) {
		cells := strings.Split(line, "|")
		if len(cells) < 6 || strings.HasPrefix(line, "|---") || strings.TrimSpace(cells[1]) == "中文" {
			continue
		}
		word := strings.TrimSpace(cells[1])
		if before, twice := seen[word]; twice {
			t.Errorf("%s stands twice:\n%s\n%s", word, before, line)
		}
		seen[word] = line
	}
}
