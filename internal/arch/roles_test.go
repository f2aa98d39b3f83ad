package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// The roles a file of a context can have. The role is in the name: "desk.go",
// or "signing_desk.go" when a noun deserves a file of its own.
const (
	roleDesk  = "desk.go"
	roleStore = "store.go"
	roleAPI   = "api.go"
	roleJobs  = "jobs.go"
	rolePure  = "pure"
)

func role(f *source) string {
	for _, r := range []string{roleDesk, roleStore, roleAPI, roleJobs} {
		if f.base() == r || strings.HasSuffix(f.base(), "_"+r) {
			return r
		}
	}
	return rolePure
}

// keptFor says which roles may import a package; what is not listed here is
// decided by pureMayImport.
func keptFor(importPath string) (roles []string, listed bool) {
	switch importPath {
	case "database/sql", "database/sql/driver":
		return []string{roleStore}, true
	case module + "/internal/infra/store":
		return []string{roleStore, roleDesk}, true // a Desk opens the transaction, it writes no SQL
	case "net/http", "mime/multipart", module + "/internal/infra/httpapi", "github.com/danielgtaylor/huma/v2":
		return []string{roleAPI}, true
	case module + "/internal/infra/jobs":
		return []string{roleJobs}, true
	}
	return nil, false
}

// pureMayImport: a pure file holds rules that would be true with paper and
// pen. It may compute, it may not reach out: no clock, no disk, no network, no
// chance, no log; of infra only the words, the working-day calendar, the plain
// rows of a sheet and the plain values of a notice, which reach out to nothing
// either.
func pureMayImport(importPath string) bool {
	dir, isOurs := ours(importPath)
	if isOurs {
		switch dir {
		case "internal/infra/words", "internal/infra/calendar", "internal/infra/sheet", "internal/infra/tell":
			return true
		}
		return !within(dir, "internal/infra")
	}
	if !standard(importPath) {
		return strings.HasPrefix(importPath, "golang.org/x/text/")
	}
	switch importPath {
	case "os", "os/exec", "os/signal", "os/user", "io/ioutil", "net", "log", "log/slog", "syscall", "math/rand", "math/rand/v2", "crypto/rand":
		return false
	}
	return !strings.HasPrefix(importPath, "net/") || importPath == "net/url" || importPath == "net/netip"
}

// fileRoles: in a context only store.go knows SQL, only api.go HTTP, only
// jobs.go jobs, desk.go puts them together and every other file is pure.
func fileRoles(t tree) []string {
	var out []string
	for _, f := range t.code() {
		if context(f.dir()) == "" {
			continue
		}
		r := role(f)
		for _, p := range f.imports() {
			roles, listed := keptFor(p)
			if listed && !slices.Contains(roles, r) {
				out = append(out, fmt.Sprintf("%s imports %s: only %s may", f.Path, p, strings.Join(roles, " and ")))
			}
			if !listed && r == rolePure && !pureMayImport(p) {
				out = append(out, fmt.Sprintf("%s imports %s: a file that is not desk, store, api or jobs is pure", f.Path, p))
			}
		}
		if r != roleStore {
			out = append(out, texts(t, f, readsSQL(), "SQL belongs in store.go")...)
		}
	}
	return out
}

// clockless: a context never asks the machine's clock. The time of an act is
// Tx.Now, so that a test, a replay and an import can set it.
func clockless(t tree) []string {
	var out []string
	for _, f := range t.code() {
		pkg := f.local("time")
		if context(f.dir()) == "" || pkg == "" || role(f) == roleJobs {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || !isIdent(sel.X, pkg) {
				return true
			}
			switch sel.Sel.Name {
			case "Now", "Since", "Until":
				out = append(out, fmt.Sprintf("%s asks the machine's clock (time.%s): use the transaction's Now", t.at(n), sel.Sel.Name))
			}
			return true
		})
	}
	return out
}

// readsSQL matches any statement, writesSQL those that change something.
func readsSQL() *regexp.Regexp {
	return regexp.MustCompile(`(?is)\bselect\b.+\bfrom\b\s+\w+_\w+|` + writesSQL().String())
}

func writesSQL() *regexp.Regexp {
	return regexp.MustCompile(`(?is)\b(insert\s+into|delete\s+from|merge\s+into|replace\s+into|truncate\s+table|update\s+\w+\s+set|(create|drop|alter)\s+(table|index))\b`)
}

// everyWriteRecorded: a context holds no writing SQL and never calls the
// store's own Put and Drop. What is left is journal.Record, which writes the
// row and its after-image in one go.
func everyWriteRecorded(t tree) []string {
	var out []string
	for _, f := range t.code() {
		if context(f.dir()) == "" {
			continue
		}
		out = append(out, texts(t, f, writesSQL(), "a business row is written by journal.Record alone")...)
		out = append(out, rawWrites(t, f)...)
	}
	return out
}

// rawWrites finds store.Put, store.Drop and Exec in a context.
func rawWrites(t tree, f *source) []string {
	var out []string
	pkg := f.local(module + "/internal/infra/store")
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		name := sel.Sel.Name
		if pkg != "" && isIdent(sel.X, pkg) && (name == "Put" || name == "Drop") {
			out = append(out, fmt.Sprintf("%s calls store.%s: use journal.%s in an Act", t.at(n), name, name))
		}
		if name == "Exec" || name == "ExecContext" {
			out = append(out, fmt.Sprintf("%s calls %s: a context reads; it writes through the journal", t.at(n), name))
		}
		return true
	})
	return out
}

// texts reports the string literals of f that match.
func texts(t tree, f *source, match *regexp.Regexp, why string) []string {
	var out []string
	ast.Inspect(f.AST, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		text, err := strconv.Unquote(lit.Value)
		if err == nil && match.MatchString(text) {
			out = append(out, fmt.Sprintf("%s holds %q: %s", t.at(n), match.FindString(text), why))
		}
		return true
	})
	return out
}

// oneTransaction: a function opens a transaction or takes one, never both, and
// no Desk calls a Desk: a nested transaction waits for itself on an embedded
// database.
func oneTransaction(t tree) []string {
	var out []string
	for dir, files := range t.dirs() {
		if context(dir) == "" {
			continue
		}
		opens := deskMethodsThatOpen(files)
		for _, f := range files {
			out = append(out, deskHoldsDesk(t, f)...)
			for _, fn := range functions(f) {
				if takesTx(fn) && opensTx(fn) {
					out = append(out, fmt.Sprintf("%s: %s takes a transaction and opens another", t.at(fn), fn.Name.Name))
				}
				if called := callsOwn(fn, opens); called != "" {
					out = append(out, fmt.Sprintf("%s: Desk.%s calls Desk.%s, which opens its own transaction", t.at(fn), fn.Name.Name, called))
				}
			}
		}
	}
	return out
}

func functions(f *source) []*ast.FuncDecl {
	var out []*ast.FuncDecl
	for _, d := range f.AST.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
			out = append(out, fn)
		}
	}
	return out
}

func takesTx(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		if sel, ok := p.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Tx" {
			return true
		}
	}
	return false
}

// opensTx reports a call x.View(…) or x.Update(…) whose last argument is a
// function.
func opensTx(fn *ast.FuncDecl) bool {
	found := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "View" || sel.Sel.Name == "Update") {
			if _, ok := call.Args[len(call.Args)-1].(*ast.FuncLit); ok {
				found = true
			}
		}
		return true
	})
	return found
}

func deskMethodsThatOpen(files []*source) map[string]bool {
	out := map[string]bool{}
	for _, f := range files {
		for _, fn := range functions(f) {
			if receiver(fn) == "Desk" && ast.IsExported(fn.Name.Name) && opensTx(fn) {
				out[fn.Name.Name] = true
			}
		}
	}
	return out
}

// callsOwn names the transaction-opening method of its own Desk that fn calls.
func callsOwn(fn *ast.FuncDecl, opens map[string]bool) string {
	if receiver(fn) != "Desk" || len(fn.Recv.List[0].Names) == 0 || !opensTx(fn) {
		return ""
	}
	self, called := fn.Recv.List[0].Names[0].Name, ""
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			sel, ok := call.Fun.(*ast.SelectorExpr)
			if ok && isIdent(sel.X, self) && opens[sel.Sel.Name] {
				called = sel.Sel.Name
			}
		}
		return true
	})
	return called
}

func deskHoldsDesk(t tree, f *source) []string {
	var out []string
	ast.Inspect(f.AST, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != "Desk" {
			return true
		}
		ast.Inspect(spec.Type, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Desk" {
				out = append(out, fmt.Sprintf("%s: a Desk holds another Desk", t.at(n)))
			}
			return true
		})
		return false
	})
	return out
}

// receiver returns the name of the type fn is a method of, "" for a function.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	e := fn.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
