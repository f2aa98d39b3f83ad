package access

import (
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"

	"sente/internal/kernel"
)

// A refusal tells three things in the caller's language: what was refused, the
// reason a policy gives, and who can help. Its stable code is access.denied, or
// access.role_needed when the reason is that the caller lacks the role.
func denied(what, reason, who string) error {
	return kernel.Faultf(kernel.ErrDenied, "access.denied", what, reason, who)
}

// deniedBy: a policy forbids it.
func (g *Gate) deniedBy(actor kernel.Actor, perm string, r rule) error {
	return denied(g.policies.title(perm, actor.Lang), r.reason(actor.Lang), g.titles(g.others(actor, perm), actor.Lang))
}

// deniedByRole: none of the actor's roles holds perm, or by forbids it whatever
// the object.
func (g *Gate) deniedByRole(actor kernel.Actor, perm string, by *rule) error {
	who := g.titles([]string{SecurityAdmin}, actor.Lang)
	what := g.policies.title(perm, actor.Lang)
	if by != nil {
		return denied(what, by.reason(actor.Lang), who)
	}
	return kernel.Faultf(kernel.ErrDenied, "access.role_needed", what, g.titles(g.holders(perm), actor.Lang), who)
}

// deniedByObject: the actor may do perm, but not to this object. The reason is
// the policy that would have permitted it.
func (g *Gate) deniedByObject(actor kernel.Actor, perm string) error {
	env := g.environment(actor, perm)
	env.Resource = eval.Variable("resource")
	for _, r := range g.policies.byAction[perm] {
		left, keep := eval.PartialPolicy(env, r.tree)
		if keep && left.Effect == ast.EffectPermit {
			return denied(g.policies.title(perm, actor.Lang), r.reason(actor.Lang), g.titles(g.others(actor, perm), actor.Lang))
		}
	}
	return g.deniedByRole(actor, perm, nil)
}

// others are the roles to turn to: who holds perm, without the actor's own.
func (g *Gate) others(actor kernel.Actor, perm string) []string {
	var out []string
	for _, r := range g.holders(perm) {
		if !actor.Has(r) {
			out = append(out, r)
		}
	}
	if len(out) == 0 {
		out = []string{SecurityAdmin}
	}
	return out
}
