package access

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"sente/internal/kernel"
)

const roleEnum = `entity Role enum ["system_admin", "security_admin", "audit_admin", "leader", "department_lead", "officer", "operator", "auditor", "province"];
`

const smallSchema = roleEnum + `entity User in [Role] { unit?: Unit };
entity Program;
entity Unit in [Unit] {};
entity Row in [Unit] { unit: Unit, owner: User, stage: String, amount: Long, secret: Bool };
@zh("看") @en("see") action "row.read" appliesTo { principal: [User, Program], resource: [Row] };
@zh("改") @en("change") action "row.amend" appliesTo { principal: [User, Program], resource: [Row] };
`

const reasons = `@id("one") @zh("因为") @en("because") `

func smallGate(policies string) (*Gate, error) {
	return newGate(fstest.MapFS{"schema.cedarschema": {Data: []byte(smallSchema)}, "a.cedar": {Data: []byte(policies)}})
}

func TestPoliciesAreCheckedWhenLoaded(t *testing.T) {
	for name, c := range map[string]struct{ policy, want string }{
		"unknown action":    {reasons + `permit (principal, action == Action::"row.eat", resource);`, "row.eat"},
		"unknown role":      {reasons + `permit (principal in Role::"king", action == Action::"row.read", resource);`, "king"},
		"unknown attribute": {reasons + `permit (principal, action == Action::"row.read", resource) when { resource.colour == "red" };`, "colour"},
		"unguarded unit":    {reasons + `permit (principal is User, action == Action::"row.read", resource) when { resource in principal.unit };`, "unit"},
		"wrong type":        {reasons + `permit (principal, action == Action::"row.read", resource) when { resource.amount == "1" };`, "one"},
		"no id":             {`@zh("因为") @en("because") permit (principal, action == Action::"row.read", resource);`, "without @id"},
		"no Chinese reason": {`@id("one") @en("because") permit (principal, action == Action::"row.read", resource);`, "needs a reason"},
		"no English reason": {`@id("one") @zh("因为") permit (principal, action == Action::"row.read", resource);`, "needs a reason"},
		"same id twice":     {strings.Repeat(reasons+`permit (principal, action == Action::"row.read", resource);`, 2), "is there twice"},
		"not Cedar":         {`permit everything`, "a.cedar"},
		"nothing":           {``, "no policy found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := smallGate(c.policy)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an error naming %q", err, c.want)
			}
		})
	}
}

// TestPermissionTable compares the table computed from the policies with the
// one a person has read. SENTE_UPDATE=1 writes it anew.
func TestPermissionTable(t *testing.T) {
	g := mustGate(t)
	var b strings.Builder
	for _, line := range g.Table() {
		fmt.Fprintf(&b, "%-20s %s\n", line.Perm, strings.Join(line.Roles, " "))
	}
	golden := filepath.Join("testdata", "permissions.txt")
	if os.Getenv("SENTE_UPDATE") != "" {
		must(t, os.WriteFile(golden, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if b.String() != string(want) {
		t.Errorf("the permission table changed; got\n%s\nwant\n%s", b.String(), want)
	}
}

// TestAdministratorsTouchNoBusiness: 三员分立 as the policies have it.
func TestAdministratorsTouchNoBusiness(t *testing.T) {
	g := mustGate(t)
	only := map[string][]string{
		SystemAdmin:   {"account.manage", "account.read", "calendar.manage", "channel.manage", "office.manage", "office.read", "system.read"},
		SecurityAdmin: {"account.grant", "account.read", "office.read", "system.read"},
		AuditAdmin:    {"account.read", "journal.prove", "journal.read", "journal.verify", "office.read", "system.read"},
	}
	for role, want := range only {
		got := g.Permissions(kernel.Actor{Zone: "z1", ID: "a", Unit: "d1", Roles: []string{role}, Via: viaSession})
		if !slices.Equal(got, want) {
			t.Errorf("%s may %v, want %v", role, got, want)
		}
	}
}

func TestCheckRoles(t *testing.T) {
	g := mustGate(t)
	for _, ok := range [][]string{nil, {"officer"}, {"officer", "department_lead"}, {SystemAdmin}, {"leader", "auditor", "province"}} {
		if err := g.CheckRoles(ok, "zh"); err != nil {
			t.Errorf("%v: %v", ok, err)
		}
	}
	for _, r := range g.Roles() {
		for _, admin := range []string{SystemAdmin, SecurityAdmin, AuditAdmin} {
			if r.ID == admin {
				continue
			}
			err := g.CheckRoles([]string{r.ID, admin}, "zh")
			if msg := refused(t, err, kernel.ErrInvalid, "access.role_exclusive", "roles"); !strings.Contains(msg, "不得兼任") {
				t.Errorf("%s with %s: %s", r.ID, admin, msg)
			}
		}
	}
	refused(t, g.CheckRoles([]string{"officer", "officer"}, "zh"), kernel.ErrInvalid, "access.role_twice", "roles")
	refused(t, g.CheckRoles([]string{"scope:party.read"}, "zh"), kernel.ErrInvalid, "access.role_unknown", "roles")
}
