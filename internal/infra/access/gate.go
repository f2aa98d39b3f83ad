package access

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Gate answers every question of permission, from policies that were checked
// when it was made. It may be shared: what it remembers of its answers follows
// from the policies alone.
type Gate struct {
	evers    answers[question, verdict]
	filters  answers[filterQuestion, condition]
	views    answers[sightQuestion, outlook]
	policies *policies
	roles    []Role
	table    []Grant
	fields   map[string]Field
}

// NewGate loads the policies, roles and restricted fields built into the
// program. An error means that the program was built wrongly.
func NewGate() (*Gate, error) {
	dir, err := fs.Sub(builtin, "policies")
	if err != nil {
		return nil, err
	}
	return newGate(dir)
}

func newGate(dir fs.FS) (g *Gate, err error) {
	defer kernel.Wrap(&err, "access.NewGate")
	g = &Gate{}
	if g.policies, err = loadPolicies(dir); err != nil {
		return nil, err
	}
	if g.roles, err = loadRoles(); err != nil {
		return nil, err
	}
	if err = g.checkRoleNames(); err != nil {
		return nil, err
	}
	if g.fields, err = loadFields(g); err != nil {
		return nil, err
	}
	g.table = g.makeTable()
	return g, nil
}

// checkRoleNames: the schema and data/roles.json name the same roles.
func (g *Gate) checkRoleNames() error {
	known := g.policies.schema.Enums[typeRole].Values
	if len(known) != len(g.roles) {
		return fmt.Errorf("the schema has %d roles, data/roles.json %d", len(known), len(g.roles))
	}
	for _, e := range known {
		if _, ok := g.role(string(e.ID)); !ok {
			return fmt.Errorf("role %q is not in data/roles.json", e.ID)
		}
	}
	return nil
}

// Resource is the object a decision is about.
type Resource struct {
	Type  string         // entity type of the schema: "Project", "Party", "Account", …
	ID    string         // may be "" for an object about to be made
	Unit  string         // responsible unit; "" when none
	Owner string         // responsible account; "" when none
	Attrs map[string]any // further attributes the schema declares: string, int64, int or bool
}

// Require refuses with ErrDenied when the context's actor could not do perm to
// any object whatever; [Gate.Allow] then decides about the object itself.
func (g *Gate) Require(ctx context.Context, perm string) error {
	actor := kernel.ActorOf(ctx)
	if err := g.ready(actor, perm); err != nil {
		return err
	}
	if may, by := g.ever(actor, perm); !may {
		return g.deniedByRole(actor, perm, by)
	}
	return nil
}

// ready refuses what needs no policy: nobody there, an unknown permission, a
// session that must first set its password, a token without the scope.
func (g *Gate) ready(actor kernel.Actor, perm string) error {
	if actor.ID == "" || actor.Zone == "" {
		return kernel.Faultf(kernel.ErrSignedOut, "access.sign_in_first")
	}
	if _, ok := g.policies.schema.Actions[uid(typeAction, perm)]; !ok {
		return fmt.Errorf("access: no permission %q in schema.cedarschema", perm)
	}
	switch actor.Pending {
	case "":
	case pendingPassword:
		return kernel.Faultf(kernel.ErrDenied, "access.password_first")
	default:
		return kernel.Faultf(kernel.ErrDenied, "access.totp_first")
	}
	limited := actor.Scopes != nil || actor.Via == viaToken // a token is limited even to nothing
	if limited && !slices.Contains(actor.Scopes, perm) {
		return kernel.Faultf(kernel.ErrDenied, "access.token_scope", g.policies.title(perm, actor.Lang), perm)
	}
	return nil
}

// ever reports whether some object exists to which actor may do perm; when a
// policy forbids it whatever the object, by is that policy.
func (g *Gate) ever(actor kernel.Actor, perm string) (may bool, by *rule) {
	v, _ := g.evers.get(questionOf(actor, perm), func() (v verdict, err error) {
		v.may, v.by = g.weigh(actor, perm)
		return v, nil
	})
	return v.may, v.by
}

// weigh is ever, asked of the policies.
func (g *Gate) weigh(actor kernel.Actor, perm string) (may bool, by *rule) {
	env := g.environment(actor, perm)
	env.Resource = eval.Variable("resource")
	for _, r := range g.policies.byAction[perm] {
		left, keep := eval.PartialPolicy(env, r.tree)
		if !keep {
			continue
		}
		if left.Effect == ast.EffectPermit {
			may = true
		} else if len(left.Conditions) == 0 && g.policies.whatever(perm, left.Resource) {
			return false, &r
		}
	}
	return may, nil
}

// whatever reports whether scope takes in every object perm can be about.
func (p *policies) whatever(perm string, scope ast.IsResourceScopeNode) bool {
	switch s := scope.(type) {
	case ast.ScopeTypeAll:
		return true
	case ast.ScopeTypeIs:
		about := p.schema.Actions[uid(typeAction, perm)].AppliesTo
		return about != nil && len(about.Resources) == 1 && about.Resources[0] == s.Type
	}
	return false
}

// environment holds what is known of a request before its resource is.
func (g *Gate) environment(actor kernel.Actor, perm string) eval.Env {
	who := principal(actor)
	return eval.Env{
		Entities:  types.EntityMap{who.UID: who},
		Principal: who.UID,
		Action:    uid(typeAction, perm),
		Context:   types.NewRecord(nil),
	}
}

// principal is the actor as policies see it.
func principal(actor kernel.Actor) types.Entity {
	if isProgram(actor) {
		return types.Entity{UID: uid(typeProgram, actor.ID)}
	}
	var parents []types.EntityUID
	for _, r := range actor.Roles {
		parents = append(parents, uid(typeRole, r))
	}
	attrs := types.RecordMap{}
	if actor.Unit != "" {
		attrs["unit"] = uid(typeUnit, actor.Unit)
	}
	return types.Entity{UID: uid(typeUser, actor.ID), Parents: types.NewEntityUIDSet(parents...), Attributes: types.NewRecord(attrs)}
}

// isProgram: kernel.SystemActor. Nobody signs in as it: account ids are UUIDs,
// and Authenticate states its own door.
func isProgram(a kernel.Actor) bool {
	return a.ID == "system" && len(a.Roles) == 0 && a.Via != viaSession && a.Via != viaToken
}

// Allow refuses with ErrDenied when the context's actor may not do perm to res.
func (g *Gate) Allow(ctx context.Context, tx store.Tx, perm string, res Resource) (err error) {
	defer kernel.Wrap(&err, "access.Allow(%s, %s/%s)", perm, res.Type, res.ID)
	actor := kernel.ActorOf(ctx)
	if err := g.ready(actor, perm); err != nil {
		return err
	}
	if err := g.policies.appliesTo(perm, res.Type); err != nil {
		return err
	}
	above, err := ancestors(ctx, tx, res.unit())
	if err != nil {
		return err
	}
	return g.decide(actor, perm, res, above)
}

// unit is the unit whose place in the tree counts for r; a unit stands for
// itself.
func (r Resource) unit() string {
	if r.Type == string(typeUnit) {
		return r.ID
	}
	return r.Unit
}

// decide asks the policies about res, whose unit lies below the units above.
func (g *Gate) decide(actor kernel.Actor, perm string, res Resource, above []string) error {
	entity, err := g.policies.entity(res, above)
	if err != nil {
		return err
	}
	env := g.environment(actor, perm)
	known := env.Entities.(types.EntityMap)
	known[entity.UID] = entity
	if at := uid(typeUnit, res.unit()); at != entity.UID {
		known[at] = types.Entity{UID: at, Parents: entity.Parents} // for "resource.unit in …"
	}
	rs := g.policies.byAction[perm]
	decision, why := cedar.Authorize(rs, env.Entities, cedar.Request{
		Principal: env.Principal.(types.EntityUID), Action: env.Action.(types.EntityUID),
		Resource: entity.UID, Context: types.NewRecord(nil),
	})
	if len(why.Errors) > 0 {
		return fmt.Errorf("access: policy %s failed: %s", why.Errors[0].PolicyID, why.Errors[0].Message)
	}
	if decision == cedar.Allow {
		return nil
	}
	if len(why.Reasons) > 0 {
		return g.deniedBy(actor, perm, rs.byID(why.Reasons[0].PolicyID))
	}
	if may, by := g.ever(actor, perm); !may {
		return g.deniedByRole(actor, perm, by)
	}
	return g.deniedByObject(actor, perm)
}

// entity is res as policies see it.
func (p *policies) entity(res Resource, above []string) (types.Entity, error) {
	e := types.Entity{UID: uid(types.EntityType(res.Type), res.ID)}
	var parents []types.EntityUID
	for _, id := range above {
		parents = append(parents, uid(typeUnit, id))
	}
	e.Parents = types.NewEntityUIDSet(parents...)
	attrs := types.RecordMap{}
	for name := range p.schema.Entities[e.UID.Type].Shape {
		v, err := attributeValue(res, string(name))
		if err != nil {
			return e, err
		}
		attrs[name] = v
	}
	e.Attributes = types.NewRecord(attrs)
	return e, nil
}

func attributeValue(res Resource, name string) (types.Value, error) {
	switch name {
	case "unit":
		return uid(typeUnit, res.Unit), nil
	case "owner":
		return uid(typeUser, res.Owner), nil
	}
	switch v := res.Attrs[name].(type) {
	case string:
		return types.String(v), nil
	case int64:
		return types.Long(v), nil
	case int:
		return types.Long(v), nil
	case bool:
		return types.Boolean(v), nil
	}
	return nil, fmt.Errorf("access: a decision about a %s needs its %q", res.Type, name)
}

// Filter returns the SQL condition under which a row of resourceType may be
// seen by the context's actor with perm. alias names the row's table in the
// query ("" for none), firstArg is the number of the condition's first
// parameter. The row's table has the columns zone, unit and owner, NOT NULL;
// accounts count as their own owner, units as their own unit. An actor who may
// see nothing gets a condition that is never true.
func (g *Gate) Filter(ctx context.Context, tx store.Tx, perm, resourceType, alias string, firstArg int) (where string, args []any, err error) {
	defer kernel.Wrap(&err, "access.Filter(%s, %s)", perm, resourceType)
	actor := kernel.ActorOf(ctx)
	if err := g.ready(actor, perm); err != nil {
		return "", nil, err
	}
	if actor.Zone != tx.Zone {
		return "", nil, fmt.Errorf("actor of zone %q in a transaction of zone %q", actor.Zone, tx.Zone)
	}
	c, err := g.filters.get(filterQuestion{questionOf(actor, perm), actor.Zone, resourceType, alias, firstArg}, func() (c condition, err error) {
		c.where, c.args, err = g.filter(actor, perm, resourceType, alias, firstArg)
		return c, err
	})
	return c.where, slices.Clone(c.args), err
}

func (g *Gate) filter(actor kernel.Actor, perm, resourceType, alias string, firstArg int) (string, []any, error) {
	if err := g.policies.appliesTo(perm, resourceType); err != nil {
		return "", nil, err
	}
	if alias != "" {
		alias += "."
	}
	c := &residual{resource: resourceType, alias: alias, zone: actor.Zone, first: firstArg}
	c.attribute = func(name string) (string, bool) { return g.policies.column(resourceType, name) }
	env := g.environment(actor, perm)
	env.Resource = eval.Variable("resource")
	zone := alias + "zone = " + c.arg(actor.Zone)
	where, err := c.where(env, g.policies.byAction[perm])
	if err != nil {
		return "", nil, err
	}
	return "(" + zone + " AND " + where + ")", c.args, nil
}

// column names the column behind an attribute of resourceType.
func (p *policies) column(resourceType, name string) (string, bool) {
	switch {
	case resourceType == string(typeUnit) && name == "unit":
		return "id", true
	case resourceType == "Account" && name == "owner":
		return "id", true
	}
	return name, p.attribute(resourceType, name)
}

// Permissions lists what actor may do to at least one object, for the page to
// show only that.
func (g *Gate) Permissions(actor kernel.Actor) []string {
	out := []string{}
	for _, perm := range g.policies.actions() {
		if g.ready(actor, perm) != nil {
			continue
		}
		if may, _ := g.ever(actor, perm); may {
			out = append(out, perm)
		}
	}
	return out
}

// Grant is one line of the permission × role table.
type Grant struct {
	Perm  string   `json:"perm"`
	Zh    string   `json:"zh"`
	En    string   `json:"en"`
	Roles []string `json:"roles"` // which hold it for at least one object
}

// Table returns the permission × role table. It is computed from the policies,
// so it cannot disagree with them.
func (g *Gate) Table() []Grant { return slices.Clone(g.table) }

func (g *Gate) makeTable() []Grant {
	var out []Grant
	for _, perm := range g.policies.actions() {
		line := Grant{Perm: perm, Zh: g.policies.title(perm, "zh"), En: g.policies.title(perm, "en")}
		for _, r := range g.roles {
			some := kernel.Actor{Zone: "any", ID: "anybody", Unit: "any", Roles: []string{r.ID}, Via: viaSession}
			if may, _ := g.ever(some, perm); may {
				line.Roles = append(line.Roles, r.ID)
			}
		}
		out = append(out, line)
	}
	return out
}

// holders lists the roles that hold perm.
func (g *Gate) holders(perm string) []string {
	i := slices.IndexFunc(g.table, func(l Grant) bool { return l.Perm == perm })
	if i < 0 {
		return nil
	}
	return g.table[i].Roles
}
