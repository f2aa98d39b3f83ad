package arch

import (
	"strings"
	"testing"
)

// rule is one law of the house.
type rule struct {
	Name  string
	Check func(tree) []string
}

func rules(storeys map[string]int, long map[string]string) []rule {
	return []rule{
		{"kernel stands alone", kernelAlone},
		{"infra knows no business", infraBelow},
		{"a context imports lower storeys only", storeysDown(storeys)},
		{"only cmd imports app", appOnTop},
		{"helpers of tests stay in tests", testNeedsStayInTests},
		{"database drivers have one home", driversInStore},
		{"no catch-all packages", noCatchAll},
		{"file roles", fileRoles},
		{"no clock in a context", clockless},
		{"every write is recorded", everyWriteRecorded},
		{"one transaction at a time", oneTransaction},
		{"no init", noInit},
		{"no package-level state", noGlobalState},
		{"no interface with one implementation", noLonelyInterface},
		{"functions and files stay short", sizes(long)},
		{"packages are documented", packagesDocumented},
		{"exported names are documented", namesDocumented},
	}
}

// TestRules holds the module to its laws.
func TestRules(t *testing.T) {
	t.Parallel()
	module := loadTree(t)
	for _, r := range rules(storeysIn(t, module), longForAReason()) {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			for _, breach := range r.Check(module) {
				t.Error(breach)
			}
		})
	}
}

// TestRulesCanFail runs every rule on a small bad example and on its good
// twin: a rule without an example, or one that cannot tell them apart, fails.
func TestRulesCanFail(t *testing.T) {
	t.Parallel()
	storeys := map[string]int{"office": 0, "party": 0, "pipeline": 3}
	tested := map[string]bool{}
	for _, ex := range examples() {
		tested[ex.Rule] = true
	}
	for _, r := range rules(storeys, map[string]string{"internal/infra/x/x.go:Long": "a list"}) {
		if !tested[r.Name] {
			t.Errorf("rule %q has no bad example", r.Name)
		}
	}
	for _, ex := range examples() {
		t.Run(ex.Rule+"/"+ex.Why, func(t *testing.T) {
			t.Parallel()
			check := find(t, rules(storeys, ex.Long), ex.Rule)
			got := check(parseTree(t, ex.Files))
			if ex.Want == "" {
				if len(got) != 0 {
					t.Errorf("a good example was refused: %q", got)
				}
				return
			}
			if len(got) != 1 || !strings.Contains(got[0], ex.Want) {
				t.Errorf("got %q, want one breach holding %q", got, ex.Want)
			}
		})
	}
}

func find(t *testing.T, all []rule, name string) func(tree) []string {
	t.Helper()
	for _, r := range all {
		if r.Name == name {
			return r.Check
		}
	}
	t.Fatalf("no rule is called %q", name)
	return nil
}
