package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"sort"
	"strings"
)

// noInit: nothing happens because a package was imported.
func noInit(t tree) []string {
	var out []string
	for _, f := range t.code() {
		for _, fn := range functions(f) {
			if fn.Recv == nil && fn.Name.Name == "init" {
				out = append(out, t.at(fn)+": init() hides an order of events; call it from cmd or app")
			}
		}
	}
	return out
}

// memos lists the package-level variables that may change, with the reason why
// nobody can tell.
func memos() map[string]string {
	return map[string]string{
		"internal/infra/store.sorters":  "keeps collators, which are all alike and dear to make",
		"internal/infra/store.mappings": "caches what reflection says about a type, which is the same for everyone and for ever",
		"internal/infra/journal.shapes": "caches how rows of a type are written into entries, which follows from the type alone",
	}
}

// noGlobalState: a package-level variable is a constant that Go cannot write
// as one (an error value, a compiled pattern, an embedded folder, a lookup
// table) and is never assigned, incremented, stored into or pointed at.
// The few exceptions are in memos.
func noGlobalState(t tree) []string {
	var out []string
	allowed := memos()
	dirs := t.dirs()
	for _, dir := range sortedKeys(dirs) {
		vars := map[string]bool{}
		for _, f := range dirs[dir] {
			out = append(out, declared(t, f, vars, allowed)...)
		}
		for _, f := range dirs[dir] {
			out = append(out, assigned(t, f, vars)...)
		}
	}
	for _, f := range t.code() {
		out = append(out, assignedAbroad(t, f)...)
	}
	return out
}

// declared notes the package-level variables of f in vars and reports those
// whose form alone shows that they are meant to change.
func declared(t tree, f *source, vars map[string]bool, allowed map[string]string) []string {
	var out []string
	for _, d := range f.AST.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.VAR {
			continue
		}
		for _, s := range gen.Specs {
			spec, ok := s.(*ast.ValueSpec)
			if !ok || spec.Names[0].Name == "_" {
				continue
			}
			if allowed[f.dir()+"."+spec.Names[0].Name] != "" {
				continue
			}
			for _, n := range spec.Names {
				vars[n.Name] = true
			}
			if why := mutableForm(gen, spec); why != "" {
				out = append(out, fmt.Sprintf("%s: var %s %s", t.at(spec), spec.Names[0].Name, why))
			}
		}
	}
	return out
}

func mutableForm(gen *ast.GenDecl, spec *ast.ValueSpec) string {
	if len(spec.Values) == 0 && !isEmbed(gen, spec) {
		return "has no value: whoever sets it later is hidden"
	}
	if changing(spec.Type) {
		return "is made to change"
	}
	for _, v := range spec.Values {
		if u, ok := v.(*ast.UnaryExpr); ok && u.Op == token.AND {
			v = u.X
		}
		switch x := v.(type) {
		case *ast.CompositeLit:
			if changing(x.Type) {
				return "is made to change"
			}
		case *ast.CallExpr:
			if isIdent(x.Fun, "make") || isIdent(x.Fun, "new") {
				return "is made to be filled later"
			}
		}
	}
	return ""
}

func isEmbed(gen *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{gen.Doc, spec.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}

// changing reports types whose only purpose is to hold changing state.
func changing(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.ChanType:
		return true
	case *ast.IndexExpr:
		return changing(x.X)
	case *ast.SelectorExpr:
		return isIdent(x.X, "sync") || isIdent(x.X, "atomic")
	}
	return false
}

// assigned reports writes to the package-level variables vars. A local
// variable or parameter of the same name is not one.
func assigned(t tree, f *source, vars map[string]bool) []string {
	var out []string
	for _, fn := range functions(f) {
		local := locals(fn)
		report := func(e ast.Expr, how string) {
			if id := root(e); id != nil && vars[id.Name] && !local[id.Name] {
				out = append(out, fmt.Sprintf("%s: %s %s the package-level variable %s", t.at(e), fn.Name.Name, how, id.Name))
			}
		}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.AssignStmt:
				if x.Tok != token.DEFINE {
					for _, l := range x.Lhs {
						report(l, "assigns")
					}
				}
			case *ast.IncDecStmt:
				report(x.X, "changes")
			case *ast.UnaryExpr:
				if x.Op == token.AND {
					report(x.X, "points at")
				}
			case *ast.CallExpr:
				if (isIdent(x.Fun, "delete") || isIdent(x.Fun, "clear")) && len(x.Args) > 0 {
					report(x.Args[0], "empties")
				}
			}
			return true
		})
	}
	return out
}

// assignedAbroad reports writes to variables of other packages of the module.
func assignedAbroad(t tree, f *source) []string {
	abroad := map[string]bool{}
	for _, p := range f.imports() {
		if _, ok := ours(p); ok {
			abroad[f.local(p)] = true
		}
	}
	var out []string
	for _, fn := range functions(f) {
		local := locals(fn)
		ast.Inspect(fn, func(n ast.Node) bool {
			as, ok := n.(*ast.AssignStmt)
			if !ok || as.Tok == token.DEFINE {
				return true
			}
			for _, l := range as.Lhs {
				if sel, ok := l.(*ast.SelectorExpr); ok {
					id, isID := sel.X.(*ast.Ident)
					if isID && abroad[id.Name] && !local[id.Name] {
						out = append(out, fmt.Sprintf("%s: %s assigns %s.%s of another package", t.at(l), fn.Name.Name, id.Name, sel.Sel.Name))
					}
				}
			}
			return true
		})
	}
	return out
}

// locals names what fn declares anywhere inside: parameters, results,
// variables. One flat set is enough: shadowing a package-level variable is
// rare and reported by the linter.
func locals(fn *ast.FuncDecl) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.Field:
			for _, id := range x.Names {
				out[id.Name] = true
			}
		case *ast.AssignStmt:
			if x.Tok == token.DEFINE {
				for _, l := range x.Lhs {
					if id, ok := l.(*ast.Ident); ok {
						out[id.Name] = true
					}
				}
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{x.Key, x.Value} {
				if id, ok := e.(*ast.Ident); ok && x.Tok == token.DEFINE {
					out[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range x.Names {
				out[id.Name] = true
			}
		}
		return true
	})
	return out
}

// root returns the variable at the bottom of a.b[c].d.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// noLonelyInterface: an interface that exactly one type of the module
// implements is a detour; name the type. Interfaces nobody here implements are
// met by the standard library or a dependency. Fakes in tests do not count.
func noLonelyInterface(t tree) []string {
	methods := methodSets(t)
	var out []string
	for _, f := range t.code() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			it, ok := spec.Type.(*ast.InterfaceType)
			if !ok {
				return true
			}
			names := named(it)
			if len(names) == 0 {
				return true
			}
			var by []string
			for _, typ := range sortedKeys(methods) {
				if hasAll(methods[typ], names) {
					by = append(by, typ)
				}
			}
			if len(by) == 1 {
				out = append(out, fmt.Sprintf("%s: interface %s has one implementation, %s", t.at(spec), spec.Name.Name, by[0]))
			}
			return true
		})
	}
	return out
}

// methodSets maps every concrete type ("internal/kernel.Fault") to the names
// of its methods.
func methodSets(t tree) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, f := range t.code() {
		for _, fn := range functions(f) {
			typ := receiver(fn)
			if typ == "" {
				continue
			}
			typ = f.dir() + "." + typ
			if out[typ] == nil {
				out[typ] = map[string]bool{}
			}
			out[typ][fn.Name.Name] = true
		}
	}
	return out
}

func named(it *ast.InterfaceType) []string {
	var names []string
	for _, m := range it.Methods.List {
		for _, n := range m.Names {
			names = append(names, n.Name)
		}
	}
	sort.Strings(names)
	return names
}

func hasAll(set map[string]bool, names []string) bool {
	for _, n := range names {
		if !set[n] {
			return false
		}
	}
	return true
}
