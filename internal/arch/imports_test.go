package arch

import (
	"fmt"
	"sort"
	"strings"
)

// kernelLimit is the size, in lines without tests, up to which kernel stays a
// vocabulary and does not become a library.
const kernelLimit = 1000

// kernelAlone: kernel imports the standard library only and stays small.
func kernelAlone(t tree) []string {
	var out []string
	lines := 0
	for _, f := range t.code() {
		if !within(f.dir(), "internal/kernel") {
			continue
		}
		lines += f.lines()
		for _, p := range f.imports() {
			if !standard(p) {
				out = append(out, fmt.Sprintf("%s imports %s: kernel imports the standard library only", f.Path, p))
			}
		}
	}
	if lines >= kernelLimit {
		out = append(out, fmt.Sprintf("internal/kernel has %d lines, the limit is %d", lines, kernelLimit))
	}
	return out
}

// infraBelow: infra imports kernel and infra, never a context or the assembly.
// Tests of infra obey too: a conformance suite that needs a context tests the
// wrong thing.
func infraBelow(t tree) []string {
	var out []string
	for _, f := range t.Files {
		if !within(f.dir(), "internal/infra") {
			continue
		}
		for _, p := range f.imports() {
			dir, ok := ours(p)
			if ok && !within(dir, "internal/infra") && !within(dir, "internal/kernel") {
				out = append(out, fmt.Sprintf("%s imports %s: infra imports kernel and infra only", f.Path, dir))
			}
		}
	}
	return out
}

// storeysDown returns the rule that a context imports kernel, infra and
// contexts of lower storeys only, and that every context has a storey.
func storeysDown(storeys map[string]int) func(tree) []string {
	return func(t tree) []string {
		var out []string
		seen := map[string]bool{}
		for _, f := range t.code() {
			name := context(f.dir())
			if name == "" {
				continue
			}
			storey, listed := storeys[name]
			if !listed && !seen[name] {
				out = append(out, fmt.Sprintf("internal/zone/%s has no storey in internal/app/storeys.go", name))
			}
			seen[name] = true
			for _, p := range f.imports() {
				out = append(out, importFromStorey(f, p, name, storey, storeys)...)
			}
		}
		for _, name := range sortedKeys(storeys) {
			if !seen[name] {
				out = append(out, fmt.Sprintf("internal/app/storeys.go lists %q, but internal/zone/%s has no code", name, name))
			}
		}
		return out
	}
}

func importFromStorey(f *source, importPath, name string, storey int, storeys map[string]int) []string {
	dir, ok := ours(importPath)
	if !ok || within(dir, "internal/kernel") || within(dir, "internal/infra") {
		return nil
	}
	other := context(dir)
	switch {
	case other == name:
		return nil
	case other == "":
		return []string{fmt.Sprintf("%s imports %s: a context imports kernel, infra and lower contexts only", f.Path, dir)}
	case storeys[other] >= storey:
		return []string{fmt.Sprintf("%s imports %s: storey %d may not import storey %d", f.Path, other, storey, storeys[other])}
	}
	return nil
}

// appOnTop: only cmd imports internal/app, besides tests and the stories.
func appOnTop(t tree) []string {
	var out []string
	for _, f := range t.code() {
		if within(f.dir(), "cmd") || within(f.dir(), "stories") || within(f.dir(), "internal/app") {
			continue
		}
		for _, p := range f.imports() {
			if dir, ok := ours(p); ok && within(dir, "internal/app") {
				out = append(out, fmt.Sprintf("%s imports %s: only cmd (and tests) may", f.Path, dir))
			}
		}
	}
	return out
}

// testNeedsStayInTests: packages that import testing are helpers of tests and
// must not end up in the binary.
func testNeedsStayInTests(t tree) []string {
	helpers := map[string]bool{}
	for _, f := range t.code() {
		if f.local("testing") != "" {
			helpers[f.dir()] = true
		}
	}
	var out []string
	for _, f := range t.code() {
		if helpers[f.dir()] {
			continue
		}
		for _, p := range f.imports() {
			if dir, ok := ours(p); ok && helpers[dir] && !isProgramOf(f, dir) {
				out = append(out, fmt.Sprintf("%s imports %s, a helper of tests", f.Path, dir))
			}
		}
	}
	return out
}

// isProgramOf: a main package below a test helper's folder is that helper's
// own program (storetest/withpg) and never part of the product.
func isProgramOf(f *source, helper string) bool {
	return f.AST.Name.Name == "main" && within(f.dir(), helper)
}

// noCatchAll: a folder is named after what it holds.
func noCatchAll(t tree) []string {
	var out []string
	for dir := range t.dirs() {
		for part := range strings.SplitSeq(dir, "/") {
			switch part {
			case "util", "utils", "common", "helper", "helpers", "misc", "shared", "service", "services", "manager":
				out = append(out, fmt.Sprintf("%s: %q says nothing about what is inside", dir, part))
			}
		}
	}
	sort.Strings(out)
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// driversInStore: the database drivers are imported in one folder, so that
// they can be exchanged. The bench, which is no part of the product, looks into
// the databases from outside.
func driversInStore(t tree) []string {
	var out []string
	for _, f := range t.code() {
		if within(f.dir(), "internal/infra/store") || within(f.dir(), "bench") {
			continue
		}
		for _, p := range f.imports() {
			if strings.HasPrefix(p, "modernc.org/sqlite") || strings.HasPrefix(p, "github.com/jackc/pgx/") {
				out = append(out, fmt.Sprintf("%s imports %s: only internal/infra/store may", f.Path, p))
			}
		}
	}
	return out
}
