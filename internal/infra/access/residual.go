package access

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/cedar-policy/cedar-go/types"
	"github.com/cedar-policy/cedar-go/x/exp/ast"
	"github.com/cedar-policy/cedar-go/x/exp/eval"
)

// Always-true and always-false conditions both engines understand.
const (
	sqlTrue  = "(1=1)"
	sqlFalse = "(1=0)"
)

// residual turns what is left of a policy, once principal and action are known,
// into an SQL condition about one row. Anything it does not know by name is an
// error: a condition that is dropped silently would show rows it should hide.
//
// Cedar and SQL disagree about errors and NULL (Cedar skips a policy whose
// condition fails, SQL says NULL OR TRUE is TRUE). The strict schema check rules
// out conditions that can fail, and the columns read are NOT NULL.
type residual struct {
	resource  string // entity type of the rows
	alias     string // "p." or ""
	zone      string // the zone whose organisation tree counts
	first     int    // number of the first parameter
	attribute func(name string) (col string, ok bool)
	args      []any
}

// where combines the residuals of rs: any permit, and no forbid.
func (c *residual) where(env eval.Env, rs rules) (string, error) {
	var permits, forbids []string
	for _, r := range rs {
		left, keep := eval.PartialPolicy(env, r.tree)
		if !keep {
			continue
		}
		text, err := c.policy(left)
		if err != nil {
			return "", fmt.Errorf("policy %q: %w", r.id, err)
		}
		if left.Effect == ast.EffectPermit {
			permits = append(permits, text)
		} else {
			forbids = append(forbids, "NOT coalesce("+text+", "+sqlFalse+")")
		}
	}
	all := append([]string{"(" + join(permits, " OR ", sqlFalse) + ")"}, forbids...)
	return strings.Join(all, " AND "), nil
}

func join(parts []string, with, none string) string {
	if len(parts) == 0 {
		return none
	}
	return strings.Join(parts, with)
}

// policy is the condition of one residual policy.
func (c *residual) policy(p *ast.Policy) (string, error) {
	scope, err := c.scope(p.Resource)
	if err != nil {
		return "", err
	}
	var parts []string
	if scope != "" {
		parts = append(parts, scope)
	}
	for _, cond := range p.Conditions {
		text, err := c.node(cond.Body)
		if err != nil {
			return "", err
		}
		if cond.Condition == ast.ConditionUnless {
			text = "(NOT " + text + ")"
		}
		parts = append(parts, text)
	}
	return "(" + join(parts, " AND ", sqlTrue) + ")", nil
}

// scope is the condition of "resource …" in a policy's head.
func (c *residual) scope(n ast.IsResourceScopeNode) (string, error) {
	switch s := n.(type) {
	case ast.ScopeTypeAll:
		return "", nil
	case ast.ScopeTypeIs:
		return c.is(s.Type), nil
	case ast.ScopeTypeEq:
		return c.is(s.Entity.Type) + " AND " + c.alias + "id = " + c.arg(string(s.Entity.ID)), nil
	case ast.ScopeTypeIn:
		return c.below(s.Entity)
	case ast.ScopeTypeIsIn:
		in, err := c.below(s.Entity)
		return c.is(s.Type) + " AND " + in, err
	}
	return "", fmt.Errorf("cannot turn the scope %T into SQL", n)
}

func (c *residual) is(t types.EntityType) string {
	if string(t) == c.resource {
		return sqlTrue
	}
	return sqlFalse
}

// arg adds a parameter and returns its placeholder.
func (c *residual) arg(v any) string {
	c.args = append(c.args, v)
	return "$" + strconv.Itoa(c.first+len(c.args)-1)
}

// below says that the row's unit is unit e or below it.
func (c *residual) below(e types.EntityUID) (string, error) {
	if e.Type != typeUnit {
		return "", fmt.Errorf("cannot turn membership in a %s into SQL", e.Type)
	}
	col, ok := c.attribute("unit")
	if !ok {
		return "", fmt.Errorf("%s has no unit", c.resource)
	}
	return c.alias + col + " IN (SELECT u.child FROM access_unit_closure u WHERE u.zone = " + c.arg(c.zone) +
		" AND u.ancestor = " + c.arg(string(e.ID)) + ")", nil
}

// node is the condition or operand n.
func (c *residual) node(n ast.IsNode) (string, error) {
	switch x := n.(type) {
	case ast.NodeValue:
		return c.value(x.Value)
	case ast.NodeTypeAccess:
		return c.column(x)
	case ast.NodeTypeNot:
		arg, err := c.node(x.Arg)
		return "(NOT " + arg + ")", err
	case ast.NodeTypeAnd:
		if v, ok := x.Left.(ast.NodeValue); ok && v.Value == types.True {
			return c.node(x.Right) // "principal has unit && …" once the principal is known
		}
		return c.binary(x.BinaryNode, "AND")
	case ast.NodeTypeOr:
		return c.binary(x.BinaryNode, "OR")
	case ast.NodeTypeEquals:
		return c.binary(x.BinaryNode, "=")
	case ast.NodeTypeNotEquals:
		return c.binary(x.BinaryNode, "<>")
	case ast.NodeTypeLessThan:
		return c.binary(x.BinaryNode, "<")
	case ast.NodeTypeLessThanOrEqual:
		return c.binary(x.BinaryNode, "<=")
	case ast.NodeTypeGreaterThan:
		return c.binary(x.BinaryNode, ">")
	case ast.NodeTypeGreaterThanOrEqual:
		return c.binary(x.BinaryNode, ">=")
	case ast.NodeTypeContains:
		return c.contains(x)
	case ast.NodeTypeIs:
		if isResource(x.Left) {
			return c.is(x.EntityType), nil
		}
	case ast.NodeTypeIn:
		return c.in(x)
	}
	return "", fmt.Errorf("cannot turn %T into SQL", n)
}

func (c *residual) binary(n ast.BinaryNode, op string) (string, error) {
	left, err := c.node(n.Left)
	if err != nil {
		return "", err
	}
	right, err := c.node(n.Right)
	return "(" + left + " " + op + " " + right + ")", err
}

func (c *residual) value(v types.Value) (string, error) {
	switch x := v.(type) {
	case types.String:
		return c.arg(string(x)), nil
	case types.Long:
		return c.arg(int64(x)), nil
	case types.Boolean:
		if x {
			return sqlTrue, nil
		}
		return sqlFalse, nil
	case types.EntityUID:
		if _, variable := eval.ToVariable(x); !variable {
			return c.arg(string(x.ID)), nil
		}
	}
	return "", fmt.Errorf("cannot turn the value %T into SQL", v)
}

// column is resource.<attribute>.
func (c *residual) column(n ast.NodeTypeAccess) (string, error) {
	if !isResource(n.Arg) {
		return "", fmt.Errorf("cannot turn .%s of %T into SQL", n.Value, n.Arg)
	}
	col, ok := c.attribute(string(n.Value))
	if !ok {
		return "", fmt.Errorf("%s has no column %q", c.resource, n.Value)
	}
	return c.alias + col, nil
}

// contains is [constants].contains(resource.attribute).
func (c *residual) contains(n ast.NodeTypeContains) (string, error) {
	set, ok := n.Left.(ast.NodeValue)
	if !ok {
		return "", fmt.Errorf("cannot turn contains of %T into SQL", n.Left)
	}
	values, ok := set.Value.(types.Set)
	if !ok {
		return "", fmt.Errorf("cannot turn contains of %T into SQL", set.Value)
	}
	item, err := c.node(n.Right)
	if err != nil {
		return "", err
	}
	var list []types.Value
	for v := range values.All() {
		list = append(list, v)
	}
	sort.Slice(list, func(i, j int) bool { return list[i].String() < list[j].String() }) // the same text every time
	var items []string
	for _, v := range list {
		text, err := c.value(v)
		if err != nil {
			return "", err
		}
		items = append(items, text)
	}
	if len(items) == 0 {
		return sqlFalse, nil
	}
	return "(" + item + " IN (" + strings.Join(items, ", ") + "))", nil
}

// in is "resource in unit" or "resource.unit in unit"; the latter also holds
// for the unit itself when the tree does not know it.
func (c *residual) in(n ast.NodeTypeIn) (string, error) {
	value, ok := n.Right.(ast.NodeValue)
	if !ok {
		return "", fmt.Errorf("cannot turn membership in %T into SQL", n.Right)
	}
	e, ok := value.Value.(types.EntityUID)
	if !ok {
		return "", fmt.Errorf("cannot turn membership in %T into SQL", value.Value)
	}
	if isResource(n.Left) {
		return c.below(e)
	}
	a, ok := n.Left.(ast.NodeTypeAccess)
	if !ok || a.Value != "unit" {
		return "", fmt.Errorf("cannot turn membership of %T into SQL", n.Left)
	}
	col, err := c.column(a)
	if err != nil {
		return "", err
	}
	in, err := c.below(e)
	return "(" + col + " = " + c.arg(string(e.ID)) + " OR " + in + ")", err
}

// isResource reports whether n stands for the row itself.
func isResource(n ast.IsNode) bool {
	switch x := n.(type) {
	case ast.NodeTypeVariable:
		return x.Name == "resource"
	case ast.NodeValue:
		name, ok := eval.ToVariable(x.Value)
		return ok && name == "resource"
	}
	return false
}
