package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Sight is what an actor may see of one type of rows, where that can be said
// without looking at a row: everything in the zone, or whatever belongs to one
// of Units or is owned by one of Owners.
type Sight struct {
	All    bool
	Units  []string // those below a unit are named as well; sorted
	Owners []string
}

// Sight returns what the context's actor may see of resourceType with perm. It
// follows from the same policies as [Gate.Filter] and lets through the same
// rows; plain is false when they say more than a Sight can, and then only the
// filter answers.
func (g *Gate) Sight(ctx context.Context, tx store.Tx, perm, resourceType string) (s Sight, plain bool, err error) {
	defer kernel.Wrap(&err, "access.Sight(%s, %s)", perm, resourceType)
	actor := kernel.ActorOf(ctx)
	if err := g.ready(actor, perm); err != nil {
		return s, false, err
	}
	if actor.Zone != tx.Zone {
		return s, false, fmt.Errorf("actor of zone %q in a transaction of zone %q", actor.Zone, tx.Zone)
	}
	if err := g.policies.appliesTo(perm, resourceType); err != nil {
		return s, false, err
	}
	seen, err := g.views.get(sightQuestion{questionOf(actor, perm), resourceType}, func() (o outlook, err error) {
		o.overview, o.plain = g.overlook(actor, perm, resourceType)
		return o, nil
	})
	if err != nil || !seen.plain || seen.all {
		return Sight{All: seen.all}, seen.plain, err
	}
	s.Owners = compact(slices.Clone(seen.owners)) // what is remembered is shared
	s.Units = slices.Clone(seen.units)
	for _, top := range seen.below {
		below, err := Subtree(ctx, tx, top)
		if err != nil {
			return s, false, err
		}
		s.Units = append(s.Units, below...)
	}
	s.Units = compact(s.Units)
	return s, true, nil
}

func compact(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}

// overview is a Sight before the organisation tree is looked at.
type overview struct {
	resource             types.EntityType
	all                  bool
	units, below, owners []string
}

// overlook adds up what the policies permit actor; plain is false when one of
// them forbids something or asks for more than unit and owner.
func (g *Gate) overlook(actor kernel.Actor, perm, resourceType string) (o overview, plain bool) {
	o.resource = types.EntityType(resourceType)
	for _, name := range []string{"unit", "owner"} {
		if col, ok := g.policies.column(resourceType, name); !ok || col != name {
			return o, false
		}
	}
	env := g.environment(actor, perm)
	env.Resource = eval.Variable("resource")
	for _, r := range g.policies.byAction[perm] {
		left, keep := eval.PartialPolicy(env, r.tree)
		if !keep {
			continue
		}
		if left.Effect != ast.EffectPermit || !o.permit(left) {
			return o, false
		}
	}
	return o, true
}

// permit adds what p permits; false when that is not plain.
func (o *overview) permit(p *ast.Policy) bool {
	switch s := p.Resource.(type) {
	case ast.ScopeTypeAll:
	case ast.ScopeTypeIs:
		if s.Type != o.resource {
			return true
		}
	default:
		return false
	}
	switch len(p.Conditions) {
	case 0:
		o.all = true
		return true
	case 1:
		return p.Conditions[0].Condition == ast.ConditionWhen && o.when(p.Conditions[0].Body)
	}
	return false
}

// when adds what lies under condition n; false when that is not plain.
func (o *overview) when(n ast.IsNode) bool {
	switch x := n.(type) {
	case ast.NodeValue:
		o.all = o.all || x.Value == types.True
		return x.Value == types.True || x.Value == types.False
	case ast.NodeTypeOr:
		return o.when(x.Left) && o.when(x.Right)
	case ast.NodeTypeAnd:
		left, ok := x.Left.(ast.NodeValue)
		return ok && left.Value == types.True && o.when(x.Right)
	case ast.NodeTypeIn:
		id, ok := named(x.Right, typeUnit)
		o.below = append(o.below, id)
		return ok && isResource(x.Left)
	case ast.NodeTypeEquals:
		return o.equals(x)
	}
	return false
}

// equals is resource.unit == a unit or resource.owner == an account.
func (o *overview) equals(x ast.NodeTypeEquals) bool {
	a, ok := x.Left.(ast.NodeTypeAccess)
	if !ok || !isResource(a.Arg) {
		return false
	}
	switch a.Value {
	case "unit":
		id, ok := named(x.Right, typeUnit)
		o.units = append(o.units, id)
		return ok
	case "owner":
		id, ok := named(x.Right, typeUser)
		o.owners = append(o.owners, id)
		return ok
	}
	return false
}

// named is the id of the entity of type t that n is.
func named(n ast.IsNode, t types.EntityType) (string, bool) {
	v, ok := n.(ast.NodeValue)
	if !ok {
		return "", false
	}
	e, ok := v.Value.(types.EntityUID)
	if _, variable := eval.ToVariable(v.Value); !ok || variable {
		return "", false
	}
	return string(e.ID), e.Type == t
}
