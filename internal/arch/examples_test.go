package arch

import "strings"

// example is a tiny module that breaks, or (Want "") just keeps, one rule.
type example struct {
	Rule  string
	Why   string
	Files map[string]string
	Long  map[string]string // the allow-list of sizes
	Want  string            // part of the only breach
}

// one returns a module of a single file.
func one(path, text string) map[string]string { return map[string]string{path: text} }

// house returns a module with all three listed contexts, so that the storey
// rule has nothing else to report, plus one file.
func house(path, text string) map[string]string {
	files := map[string]string{
		"internal/zone/office/doc.go":   "package office",
		"internal/zone/party/doc.go":    "package party",
		"internal/zone/pipeline/doc.go": "package pipeline",
	}
	files[path] = text
	return files
}

func examples() []example {
	var all []example
	all = append(all, importExamples()...)
	all = append(all, roleExamples()...)
	all = append(all, writeExamples()...)
	all = append(all, stateExamples()...)
	all = append(all, shapeExamples()...)
	return all
}

func importExamples() []example {
	const kernel, infra = "kernel stands alone", "infra knows no business"
	const down, top = "a context imports lower storeys only", "only cmd imports app"
	const drivers, tests, names = "database drivers have one home", "helpers of tests stay in tests", "no catch-all packages"
	return []example{
		{Rule: kernel, Why: "stdlib", Files: one("internal/kernel/a.go", `package kernel; import _ "fmt"`)},
		{Rule: kernel, Why: "module", Files: one("internal/kernel/a.go", `package kernel; import _ "golang.org/x/text/width"`), Want: "imports golang.org/x/text/width"},
		{Rule: kernel, Why: "own module", Files: one("internal/kernel/a.go", `package kernel; import _ "sente/internal/infra/store"`), Want: "imports sente/internal/infra/store"},
		{Rule: kernel, Why: "size", Files: one("internal/kernel/a.go", "package kernel"+strings.Repeat("\n", kernelLimit)), Want: "has 1000 lines"},
		{Rule: infra, Why: "below", Files: one("internal/infra/x/a.go", `package x; import _ "sente/internal/kernel"`)},
		{Rule: infra, Why: "zone", Files: one("internal/infra/x/a.go", `package x; import _ "sente/internal/zone/party"`), Want: "imports internal/zone/party"},
		{Rule: infra, Why: "app in a test", Files: one("internal/infra/x/a_test.go", `package x; import _ "sente/internal/app"`), Want: "imports internal/app"},
		{Rule: down, Why: "down", Files: house("internal/zone/pipeline/p.go", `package pipeline; import _ "sente/internal/zone/party"`)},
		{Rule: down, Why: "up", Files: house("internal/zone/party/p.go", `package party; import _ "sente/internal/zone/pipeline"`), Want: "storey 0 may not import storey 3"},
		{Rule: down, Why: "same", Files: house("internal/zone/party/p.go", `package party; import _ "sente/internal/zone/office"`), Want: "storey 0 may not import storey 0"},
		{Rule: down, Why: "unlisted", Files: house("internal/zone/bakery/b.go", `package bakery`), Want: "bakery has no storey"},
		{Rule: down, Why: "app", Files: house("internal/zone/party/p.go", `package party; import _ "sente/internal/app"`), Want: "imports internal/app"},
		{Rule: down, Why: "missing", Files: map[string]string{"internal/zone/office/o.go": "package office", "internal/zone/party/p.go": "package party"}, Want: `lists "pipeline"`},
		{Rule: top, Why: "cmd", Files: one("cmd/sente/main.go", `package main; import _ "sente/internal/app"`)},
		{Rule: top, Why: "web", Files: one("web/embed.go", `package web; import _ "sente/internal/app"`), Want: "imports internal/app"},
		{Rule: drivers, Why: "store", Files: one("internal/infra/store/d.go", `package store; import _ "modernc.org/sqlite"`)},
		{Rule: drivers, Why: "journal", Files: one("internal/infra/journal/d.go", `package journal; import _ "github.com/jackc/pgx/v5/stdlib"`), Want: "imports github.com/jackc/pgx/v5/stdlib"},
		{Rule: tests, Why: "product", Files: map[string]string{"internal/infra/t/t.go": `package t; import _ "testing"`, "internal/app/a.go": `package app; import _ "sente/internal/infra/t"`}, Want: "a helper of tests"},
		{Rule: tests, Why: "test", Files: map[string]string{"internal/infra/t/t.go": `package t; import _ "testing"`, "internal/app/a_test.go": `package app; import _ "sente/internal/infra/t"`}},
		{Rule: names, Why: "noun", Files: one("internal/infra/calendar/c.go", "package calendar")},
		{Rule: names, Why: "utils", Files: one("internal/infra/utils/c.go", "package utils"), Want: `"utils" says nothing`},
	}
}

func roleExamples() []example {
	const roles, clock = "file roles", "no clock in a context"
	zone := func(file, text string) map[string]string {
		return one("internal/zone/party/"+file, "package party; "+text)
	}
	return []example{
		{Rule: roles, Why: "store reads", Files: zone("store.go", `import ("database/sql"; "sente/internal/infra/store"); const q = "SELECT id FROM party_parties"`)},
		{Rule: roles, Why: "second store", Files: zone("contact_store.go", `import _ "database/sql"`)},
		{Rule: roles, Why: "desk opens", Files: zone("desk.go", `import _ "sente/internal/infra/store"`)},
		{Rule: roles, Why: "sql in desk", Files: zone("desk.go", "const q = `SELECT id\n FROM party_parties`"), Want: "SQL belongs in store.go"},
		{Rule: roles, Why: "database/sql in desk", Files: zone("desk.go", `import _ "database/sql"`), Want: "only store.go may"},
		{Rule: roles, Why: "http in desk", Files: zone("desk.go", `import _ "net/http"`), Want: "only api.go may"},
		{Rule: roles, Why: "door in store", Files: zone("store.go", `import _ "sente/internal/infra/httpapi"`), Want: "only api.go may"},
		{Rule: roles, Why: "jobs in desk", Files: zone("desk.go", `import _ "sente/internal/infra/jobs"`), Want: "only jobs.go may"},
		{Rule: roles, Why: "pure data", Files: zone("stage.go", `import ("embed"; "encoding/json"; "sente/internal/kernel"; "time")`)},
		{Rule: roles, Why: "pure with disk", Files: zone("stage.go", `import _ "os"`), Want: "is pure"},
		{Rule: roles, Why: "pure with store", Files: zone("stage.go", `import _ "sente/internal/infra/store"`), Want: "only store.go and desk.go may"},
		{Rule: roles, Why: "pure with journal", Files: zone("stage.go", `import _ "sente/internal/infra/journal"`), Want: "is pure"},
		{Rule: roles, Why: "pure with module", Files: zone("stage.go", `import _ "github.com/xuri/excelize/v2"`), Want: "is pure"},
		{Rule: clock, Why: "parsing", Files: zone("stage.go", `import "time"; func f() { time.Parse("", "") }`)},
		{Rule: clock, Why: "now", Files: zone("desk.go", `import "time"; func f() { time.Now() }`), Want: "time.Now"},
	}
}

func writeExamples() []example {
	const write, tx = "every write is recorded", "one transaction at a time"
	zone := func(file, text string) map[string]string {
		return one("internal/zone/party/"+file, "package party; "+text)
	}
	return []example{
		{Rule: write, Why: "record", Files: zone("desk.go", `import "sente/internal/infra/journal"; func f() { journal.Record(journal.Put(nil)) }`)},
		{Rule: write, Why: "insert", Files: zone("store.go", `const q = "insert  into party_parties values ($1)"`), Want: "journal.Record alone"},
		{Rule: write, Why: "update", Files: zone("store.go", "const q = `UPDATE party_parties\nSET name = $1`"), Want: "journal.Record alone"},
		{Rule: write, Why: "delete", Files: zone("store.go", `const q = "DELETE FROM party_parties"`), Want: "journal.Record alone"},
		{Rule: write, Why: "store.Put", Files: zone("store.go", `import "sente/internal/infra/store"; func f() { store.Put(nil) }`), Want: "calls store.Put"},
		{Rule: write, Why: "renamed import", Files: zone("store.go", `import s "sente/internal/infra/store"; func f() { s.Drop(nil) }`), Want: "calls store.Drop"},
		{Rule: write, Why: "exec", Files: zone("store.go", `func f(tx T) { tx.ExecContext(nil, q+"") }`), Want: "calls ExecContext"},
		{Rule: tx, Why: "opens", Files: zone("desk.go", `func (d *Desk) Open() { d.db.Update(ctx, func(tx store.Tx) error { return find(tx) }) }; func find(tx store.Tx) error { return nil }`)},
		{Rule: tx, Why: "both", Files: zone("desk.go", `func find(tx store.Tx) { db.View(ctx, func(tx store.Tx) error { return nil }) }`), Want: "takes a transaction and opens another"},
		{Rule: tx, Why: "own desk", Files: zone("desk.go", `func (d *Desk) A() { d.db.View(ctx, func(tx store.Tx) error { d.B(); return nil }) }; func (d *Desk) B() { d.db.View(ctx, func(tx store.Tx) error { return nil }) }`), Want: "Desk.A calls Desk.B"},
		{Rule: tx, Why: "other desk", Files: zone("desk.go", `type Desk struct { parties *party.Desk }`), Want: "holds another Desk"},
	}
}

func stateExamples() []example {
	const start, state, iface = "no init", "no package-level state", "no interface with one implementation"
	x := func(text string) map[string]string { return one("internal/infra/x/x.go", "package x\n"+text) }
	return []example{
		{Rule: start, Why: "method", Files: x(`func (t T) init() {}`)},
		{Rule: start, Why: "init", Files: x(`func init() {}`), Want: "init() hides"},
		{Rule: state, Why: "constants", Files: x("import \"embed\"\n//go:embed words\nvar Words embed.FS\nvar ErrX = errors.New(\"x\")\nvar re = regexp.MustCompile(`x`)\nvar table = map[string]int{\"a\": 1}\nvar once = sync.OnceValue(read)\nfunc f(table int) { table = 2 }")},
		{Rule: state, Why: "assigned", Files: x("var n = 1\nfunc f() { n = 2 }"), Want: "f assigns the package-level variable n"},
		{Rule: state, Why: "stored into", Files: x("var m = map[int]int{}\nfunc f() { m[1] = 2 }"), Want: "f assigns the package-level variable m"},
		{Rule: state, Why: "incremented", Files: x("var n = 1\nfunc f() { n++ }"), Want: "f changes"},
		{Rule: state, Why: "pointed at", Files: x("var n = 1\nfunc f() *int { return &n }"), Want: "f points at"},
		{Rule: state, Why: "deleted from", Files: x("var m = map[int]int{}\nfunc f() { delete(m, 1) }"), Want: "f empties"},
		{Rule: state, Why: "unset", Files: x("var logger *Logger"), Want: "has no value"},
		{Rule: state, Why: "mutex", Files: x("var mu = sync.Mutex{}"), Want: "made to change"},
		{Rule: state, Why: "a memo", Files: one("internal/infra/store/c.go", "package store\nvar mappings sync.Map")},
		{Rule: state, Why: "made", Files: x("var m = make(map[int]int)"), Want: "filled later"},
		{Rule: state, Why: "abroad", Files: x("import \"sente/internal/infra/y\"\nfunc f() { y.Level = 2 }"), Want: "y.Level of another package"},
		{Rule: iface, Why: "two", Files: x("type I interface{ Do() }\ntype A int\nfunc (A) Do() {}\ntype B int\nfunc (*B) Do() {}")},
		{Rule: iface, Why: "stdlib's", Files: x("type I interface{ QueryContext() }")},
		{Rule: iface, Why: "one", Files: x("type I interface{ Do() }\ntype A int\nfunc (A) Do() {}"), Want: "interface I has one implementation, internal/infra/x.A"},
	}
}

func shapeExamples() []example {
	const short, packages, names = "functions and files stay short", "packages are documented", "exported names are documented"
	x := func(text string) map[string]string { return one("internal/infra/x/x.go", text) }
	long := "package x\nfunc Long() {" + strings.Repeat("\n", functionLimit) + "}\n"
	return []example{
		{Rule: short, Why: "function", Files: x(long), Want: "Long has 81 lines"},
		{Rule: short, Why: "allowed", Files: x(long), Long: map[string]string{"internal/infra/x/x.go:Long": "one case per message"}},
		{Rule: short, Why: "allowed for nothing", Files: x("package x"), Long: map[string]string{"internal/infra/x/x.go:Long": "gone"}, Want: "drop it from the list"},
		{Rule: short, Why: "file", Files: x("package x" + strings.Repeat("\n", fileLimit+1)), Want: "has 701 lines"},
		{Rule: packages, Why: "one is enough", Files: map[string]string{"internal/infra/x/doc.go": "// Package x is.\npackage x", "internal/infra/x/x.go": "package x"}},
		{Rule: packages, Why: "silent", Files: x("package x"), Want: "no doc comment"},
		{Rule: names, Why: "said", Files: x("package x\n// F does.\nfunc F() {}\n// The kinds.\nconst (\n\tA = 1\n\tB = 2\n)\ntype t int\nfunc (t) G() {}\n// T is.\ntype T int\nfunc (T) String() string { return \"\" }")},
		{Rule: names, Why: "function", Files: x("package x\nfunc F() {}"), Want: "F has no doc comment"},
		{Rule: names, Why: "method", Files: x("package x\n// T is.\ntype T int\nfunc (T) Do() {}"), Want: "Do has no doc comment"},
		{Rule: names, Why: "type", Files: x("package x\ntype T int"), Want: "type T has no doc comment"},
		{Rule: names, Why: "constant", Files: x("package x\nconst C = 1"), Want: "C has no doc comment"},
		{Rule: names, Why: "directive only", Files: x("package x\n//go:noinline\nfunc F() {}"), Want: "F has no doc comment"},
	}
}
