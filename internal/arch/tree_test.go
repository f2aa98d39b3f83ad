package arch

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"
)

// module is the path at the head of go.mod; imports that begin with it are ours.
const module = "sente"

// source is one Go file.
type source struct {
	Path string // from the module's root, with slashes
	Text string
	AST  *ast.File
}

func (s *source) dir() string  { return path.Dir(s.Path) }
func (s *source) base() string { return path.Base(s.Path) }
func (s *source) test() bool   { return strings.HasSuffix(s.Path, "_test.go") }
func (s *source) lines() int   { return strings.Count(s.Text, "\n") }

// imports returns the import paths of the file.
func (s *source) imports() []string {
	var all []string
	for _, spec := range s.AST.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			all = append(all, p)
		}
	}
	return all
}

// local returns the name under which the file knows the import path, "" when
// it does not import it.
func (s *source) local(importPath string) string {
	for _, spec := range s.AST.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// tree is a set of parsed files.
type tree struct {
	Fset  *token.FileSet
	Files []*source
}

// code returns the files that are part of the product.
func (t tree) code() []*source {
	var out []*source
	for _, f := range t.Files {
		if !f.test() {
			out = append(out, f)
		}
	}
	return out
}

// dirs groups the product's files by folder (one folder is one package).
func (t tree) dirs() map[string][]*source {
	out := map[string][]*source{}
	for _, f := range t.code() {
		out[f.dir()] = append(out[f.dir()], f)
	}
	return out
}

// at tells where n stands: "internal/kernel/id.go:12".
func (t tree) at(n ast.Node) string {
	p := t.Fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// parseTree parses files given as path → text.
func parseTree(tb testing.TB, files map[string]string) tree {
	tb.Helper()
	t := tree{Fset: token.NewFileSet()}
	paths := make([]string, 0, len(files))
	for p := range files {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	for _, p := range paths {
		f, err := parser.ParseFile(t.Fset, p, files[p], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			tb.Fatal(err)
		}
		t.Files = append(t.Files, &source{Path: p, Text: files[p], AST: f})
	}
	return t
}

// loadTree reads the module this test belongs to, without the tools module,
// node_modules and testdata.
func loadTree(tb testing.TB) tree {
	tb.Helper()
	root := filepath.Join("..", "..")
	files := map[string]string{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != root && (name == "node_modules" || name == "testdata" || name == "tools" || strings.HasPrefix(name, ".") && name != "..") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if len(files) < 10 {
		tb.Fatalf("only %d Go files found under %s: the rules would check nothing", len(files), root)
	}
	return parseTree(tb, files)
}

// within reports whether p is the folder (or package) dir or lies below it.
func within(p, dir string) bool { return p == dir || strings.HasPrefix(p, dir+"/") }

// ours turns an import path of this module into its folder; ok is false for
// other modules and the standard library.
func ours(importPath string) (dir string, ok bool) {
	return strings.CutPrefix(importPath, module+"/")
}

// standard reports whether an import path belongs to the standard library.
func standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return !strings.Contains(first, ".") && first != module
}

// context returns the name of the zone context a folder belongs to, "" outside
// internal/zone.
func context(dir string) string {
	rest, ok := strings.CutPrefix(dir, "internal/zone/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// storeysIn reads the table in internal/app/storeys.go from its source: to
// import app would tie these tests to everything they judge.
func storeysIn(tb testing.TB, t tree) map[string]int {
	tb.Helper()
	out := map[string]int{}
	for _, f := range t.Files {
		if f.Path != "internal/app/storeys.go" {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			kv, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, isKey := kv.Key.(*ast.BasicLit)
			value, isValue := kv.Value.(*ast.BasicLit)
			if !isKey || !isValue {
				tb.Fatalf("%s: a storey is written \"name\": number", t.at(kv))
			}
			name, err := strconv.Unquote(key.Value)
			if err != nil {
				tb.Fatal(err)
			}
			if out[name], err = strconv.Atoi(value.Value); err != nil {
				tb.Fatal(err)
			}
			return true
		})
	}
	if len(out) == 0 {
		tb.Fatal("internal/app/storeys.go lists no storeys")
	}
	return out
}
