package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// Limits on size. A limit is there to make one stop and split by noun; what is
// longer for a reason stands in longForAReason.
const (
	functionLimit = 80  // lines, from func to the closing brace
	fileLimit     = 700 // lines
)

// longForAReason lists what may exceed the limits: "path" for a file,
// "path:Func" for a function, with the reason.
func longForAReason() map[string]string {
	return map[string]string{}
}

// sizes: functions and files stay short, tests' functions excepted (a table
// of cases is long and simple).
func sizes(allowed map[string]string) func(tree) []string {
	return func(t tree) []string {
		var out []string
		used := map[string]bool{}
		for _, f := range t.code() {
			if n := f.lines(); n > fileLimit {
				if used[f.Path] = true; allowed[f.Path] == "" {
					out = append(out, fmt.Sprintf("%s has %d lines, the limit is %d", f.Path, n, fileLimit))
				}
			}
			for _, fn := range functions(f) {
				key := f.Path + ":" + fn.Name.Name
				n := t.Fset.Position(fn.End()).Line - t.Fset.Position(fn.Pos()).Line + 1
				if n <= functionLimit {
					continue
				}
				if used[key] = true; allowed[key] == "" {
					out = append(out, fmt.Sprintf("%s: %s has %d lines, the limit is %d", t.at(fn), fn.Name.Name, n, functionLimit))
				}
			}
		}
		for _, key := range sortedKeys(allowed) {
			if !used[key] {
				out = append(out, fmt.Sprintf("%s is allowed to be long but is not: drop it from the list", key))
			}
		}
		return out
	}
}

// packagesDocumented: every package says in its doc comment what it is.
func packagesDocumented(t tree) []string {
	var out []string
	dirs := t.dirs()
	for _, dir := range sortedKeys(dirs) {
		said := false
		for _, f := range dirs[dir] {
			said = said || f.AST.Doc != nil && strings.TrimSpace(f.AST.Doc.Text()) != ""
		}
		if !said {
			out = append(out, dir+": the package has no doc comment")
		}
	}
	return out
}

// namesDocumented: every exported name has a doc comment, its own or that of
// its group. Methods whose meaning an interface fixes (Error, String, Table …)
// need none.
func namesDocumented(t tree) []string {
	var out []string
	for _, f := range t.code() {
		if f.AST.Name.Name == "main" {
			continue
		}
		for _, d := range f.AST.Decls {
			switch x := d.(type) {
			case *ast.FuncDecl:
				if exportedFunc(x) && !hasText(x.Doc) {
					out = append(out, fmt.Sprintf("%s: %s has no doc comment", t.at(x), x.Name.Name))
				}
			case *ast.GenDecl:
				out = append(out, undocumented(t, x)...)
			}
		}
	}
	return out
}

func exportedFunc(fn *ast.FuncDecl) bool {
	if !fn.Name.IsExported() || fn.Recv != nil && !ast.IsExported(receiver(fn)) {
		return false
	}
	if fn.Recv == nil {
		return true
	}
	switch fn.Name.Name {
	case "Error", "Unwrap", "Is", "String", "Table", "ServeHTTP", "Read", "Write", "Close", "Len", "Less", "Swap",
		"MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "Value", "Scan", "Schema":
		return false
	}
	return true
}

func undocumented(t tree, gen *ast.GenDecl) []string {
	var out []string
	if gen.Tok == token.IMPORT {
		return nil
	}
	group := hasText(gen.Doc)
	for _, s := range gen.Specs {
		switch spec := s.(type) {
		case *ast.TypeSpec:
			if spec.Name.IsExported() && !hasText(spec.Doc) && !group {
				out = append(out, fmt.Sprintf("%s: type %s has no doc comment", t.at(spec), spec.Name.Name))
			}
		case *ast.ValueSpec:
			if spec.Names[0].IsExported() && !hasText(spec.Doc) && !hasText(spec.Comment) && !group {
				out = append(out, fmt.Sprintf("%s: %s has no doc comment", t.at(spec), spec.Names[0].Name))
			}
		}
	}
	return out
}

// hasText reports a comment that says something; a directive alone does not.
func hasText(doc *ast.CommentGroup) bool {
	return doc != nil && strings.TrimSpace(doc.Text()) != ""
}
