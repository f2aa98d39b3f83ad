package access

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"
	"github.com/cedar-policy/cedar-go/x/exp/schema"
	"github.com/cedar-policy/cedar-go/x/exp/schema/resolved"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"sente/internal/kernel"
)

// Names of entity types in the schema.
const (
	typeUser    types.EntityType = "User"
	typeProgram types.EntityType = "Program"
	typeRole    types.EntityType = "Role"
	typeUnit    types.EntityType = "Unit"
	typeAction  types.EntityType = "Action"
)

func uid(t types.EntityType, id string) types.EntityUID {
	return types.NewEntityUID(t, types.String(id))
}

// rule is one policy, ready for deciding and for explaining.
type rule struct {
	id     string
	zh, en string // the reason people are told
	policy *cedar.Policy
	tree   *ast.Policy
}

func (r rule) reason(lang string) string { return pick(lang, r.zh, r.en) }

// rules are the policies that can speak about one action.
type rules []rule

// All makes rules what cedar.Authorize reads.
func (rs rules) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, r := range rs {
			if !yield(cedar.PolicyID(r.id), r.policy) {
				return
			}
		}
	}
}

func (rs rules) byID(id cedar.PolicyID) rule {
	i := slices.IndexFunc(rs, func(r rule) bool { return r.id == string(id) })
	return rs[i] // cedar only names policies it was given
}

// policies is the schema and the policies of one folder, indexed by action.
type policies struct {
	schema   *resolved.Schema
	byAction map[string]rules
	all      rules
}

// loadPolicies reads schema.cedarschema and *.cedar in dir. Whatever the schema
// does not know, a policy without id, zh or en, and an id given twice are
// refused here, so that nothing is left to be discovered at a decision.
func loadPolicies(dir fs.FS) (p *policies, err error) {
	defer kernel.Wrap(&err, "access.loadPolicies")
	p = &policies{byAction: map[string]rules{}}
	if p.schema, err = loadSchema(dir); err != nil {
		return nil, err
	}
	files, err := fs.Glob(dir, "*.cedar")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		list, err := cedar.NewPolicyListFromBytes(name, text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, policy := range list {
			if err := p.add(policy); err != nil {
				return nil, err
			}
		}
	}
	if len(p.all) == 0 {
		return nil, errors.New("no policy found")
	}
	return p, nil
}

func loadSchema(dir fs.FS) (*resolved.Schema, error) {
	text, err := fs.ReadFile(dir, "schema.cedarschema")
	if err != nil {
		return nil, err
	}
	var s schema.Schema
	s.SetFilename("schema.cedarschema")
	if err := s.UnmarshalCedar(text); err != nil {
		return nil, err
	}
	return s.Resolve()
}

// add checks policy and files it under every action it can speak about.
func (p *policies) add(policy *cedar.Policy) error {
	at := policy.Position()
	note := policy.Annotations()
	r := rule{id: string(note["id"]), zh: string(note["zh"]), en: string(note["en"]), policy: policy, tree: (*ast.Policy)(policy.AST())}
	switch {
	case r.id == "":
		return fmt.Errorf("%s:%d: policy without @id", at.Filename, at.Line)
	case r.zh == "" || r.en == "":
		return fmt.Errorf("%s:%d: policy %q needs a reason in @zh and @en", at.Filename, at.Line, r.id)
	case slices.ContainsFunc(p.all, func(o rule) bool { return o.id == r.id }):
		return fmt.Errorf("%s:%d: policy %q is there twice", at.Filename, at.Line, r.id)
	}
	if err := validate.New(p.schema, validate.WithStrict()).Policy(r.id, r.tree); err != nil {
		return fmt.Errorf("%s:%d: policy %q: %w", at.Filename, at.Line, r.id, err)
	}
	if err := p.knows(r.tree); err != nil {
		return fmt.Errorf("%s:%d: policy %q: %w", at.Filename, at.Line, r.id, err)
	}
	actions, err := p.actionsOf(r.tree.Action)
	if err != nil {
		return fmt.Errorf("%s:%d: policy %q: %w", at.Filename, at.Line, r.id, err)
	}
	p.all = append(p.all, r)
	for _, a := range actions {
		p.byAction[a] = append(p.byAction[a], r)
	}
	return nil
}

// knows refuses a role the schema does not list. The validator accepts any
// identifier in a policy's head, and a forbid for a misspelt role would forbid
// nothing.
func (p *policies) knows(tree *ast.Policy) (err error) {
	ast.Inspect(eval.PolicyToNode(tree), func(n ast.IsNode) bool {
		if v, ok := n.(ast.NodeValue); ok {
			err = errors.Join(err, p.knowsValue(v.Value))
		}
		return true
	})
	return err
}

func (p *policies) knowsValue(v types.Value) error {
	switch x := v.(type) {
	case types.Set:
		var err error
		for item := range x.All() {
			err = errors.Join(err, p.knowsValue(item))
		}
		return err
	case types.EntityUID:
		if enum, ok := p.schema.Enums[x.Type]; ok && !slices.Contains(enum.Values, x) {
			return fmt.Errorf("the schema has no %s", x)
		}
	}
	return nil
}

// actionsOf lists the permissions an action scope names.
func (p *policies) actionsOf(scope ast.IsActionScopeNode) ([]string, error) {
	switch s := scope.(type) {
	case ast.ScopeTypeAll:
		return p.actions(), nil
	case ast.ScopeTypeEq:
		return []string{string(s.Entity.ID)}, nil
	case ast.ScopeTypeInSet:
		var out []string
		for _, e := range s.Entities {
			out = append(out, string(e.ID))
		}
		return out, nil
	}
	return nil, fmt.Errorf("write the action as == or in [...], not as %T", scope)
}

// actions lists all permissions, sorted.
func (p *policies) actions() []string {
	var out []string
	for a := range p.schema.Actions {
		out = append(out, string(a.ID))
	}
	slices.Sort(out)
	return out
}

// title is the permission's name for people.
func (p *policies) title(perm, lang string) string {
	note := p.schema.Actions[uid(typeAction, perm)].Annotations
	return pick(lang, string(note["zh"]), string(note["en"]))
}

// appliesTo checks that the schema knows perm for resourceType.
func (p *policies) appliesTo(perm, resourceType string) error {
	a, ok := p.schema.Actions[uid(typeAction, perm)]
	if !ok {
		return fmt.Errorf("access: no permission %q in schema.cedarschema", perm)
	}
	if a.AppliesTo == nil || !slices.Contains(a.AppliesTo.Resources, types.EntityType(resourceType)) {
		return fmt.Errorf("access: permission %q does not apply to %q", perm, resourceType)
	}
	return nil
}

// attribute reports whether rows of resourceType have a column name that
// policies may read.
func (p *policies) attribute(resourceType, name string) bool {
	shape := p.schema.Entities[types.EntityType(resourceType)].Shape
	a, ok := shape[types.String(name)]
	return ok && !a.Optional && !strings.ContainsAny(name, `"' `)
}
