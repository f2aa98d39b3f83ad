package app

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

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

// TestMapVerbs lists every journal verb with the package that says it.
func TestMapVerbs(t *testing.T) {
	t.Parallel()
	verbs := map[string]bool{}
	for _, files := range packages(t) {
		for _, f := range files {
			ast.Inspect(f, func(n ast.Node) bool {
				kv, ok := n.(*ast.KeyValueExpr)
				if key, isName := keyName(kv, ok); !isName || key != "Verb" {
					return true
				}
				if lit, ok := kv.Value.(*ast.BasicLit); ok {
					if verb, err := strconv.Unquote(lit.Value); err == nil {
						verbs[verb] = true
					}
				}
				return true
			})
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

func keyName(kv *ast.KeyValueExpr, ok bool) (string, bool) {
	if !ok {
		return "", false
	}
	id, ok := kv.Key.(*ast.Ident)
	if !ok {
		return "", false
	}
	return id.Name, true
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
