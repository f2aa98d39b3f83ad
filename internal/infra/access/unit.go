package access

import (
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// The kinds of unit, from the top of the tree to its leaves.
const (
	Province   = "province"   // 省
	City       = "city"       // 市
	ZoneUnit   = "zone"       // 开发区
	Department = "department" // 部门
	Platform   = "platform"   // 平台
	Operator   = "operator"   // 第三方运营主体
)

// Unit is a node of the organisation tree.
type Unit struct {
	Zone      string      `db:"zone,key" json:"-"`
	ID        string      `db:"id,key" json:"id"`
	Parent    string      `db:"parent" json:"parent" doc:"id of the unit above; empty at the top"`
	Kind      string      `db:"kind" json:"kind" enum:"province,city,zone,department,platform,operator"`
	NameZh    string      `db:"name_zh" json:"name_zh"`
	NameEn    string      `db:"name_en" json:"name_en"`
	Position  int64       `db:"position" json:"position" doc:"order among its siblings"`
	ClosedOn  kernel.Date `db:"closed_on" json:"closed_on" doc:"empty while the unit exists"`
	Version   int64       `db:"version" json:"version"`
	CreatedAt int64       `db:"created_at" json:"created_at" doc:"ms UTC"`
	UpdatedAt int64       `db:"updated_at" json:"updated_at" doc:"ms UTC"`
}

// Table names the table of units.
func (Unit) Table() string { return "access_units" }

// Reference marks units as what others are derived from.
func (Unit) Reference() {}

// Object is the name of u in the journal.
func (u Unit) Object() string { return "access.unit/" + u.ID }

// Name returns the unit's name in lang; a unit without an English name has its
// Chinese one.
func (u Unit) Name(lang string) string {
	if lang == "en" && u.NameEn != "" {
		return u.NameEn
	}
	return u.NameZh
}

// Resource is u as the gate sees it.
func (u Unit) Resource() Resource { return Resource{Type: "Unit", ID: u.ID, Unit: u.ID} }

// closure is a unit with itself or one of the units above it.
type closure struct {
	Zone     string `db:"zone,key"`
	Child    string `db:"child,key"`
	Ancestor string `db:"ancestor,key"`
	Depth    int64  `db:"depth"` // 0 for the unit itself
}

// Table names the table of pairs.
func (closure) Table() string { return "access_unit_closure" }

// Reference marks the tree of units as what others are derived from.
func (closure) Reference() {}

// rank orders kinds from the top; departments, platforms and operators may
// stand below each other.
func rank(kind string) (int, bool) {
	switch kind {
	case Province:
		return 0, true
	case City:
		return 1, true
	case ZoneUnit:
		return 2, true
	case Department, Platform, Operator:
		return 3, true
	}
	return 0, false
}

const maxUnitName = 80 // characters

// check reports what is wrong with u by itself.
func (u Unit) check() error {
	_, known := rank(u.Kind)
	return kernel.Faults("access.unit_invalid",
		when(!known, "kind", "access.unit_kind", u.Kind),
		when(strings.TrimSpace(u.NameZh) == "", "name_zh", "access.name_needed"),
		when(utf8.RuneCountInString(u.NameZh) > maxUnitName, "name_zh", "access.name_long", maxUnitName),
		when(utf8.RuneCountInString(u.NameEn) > maxUnitName, "name_en", "access.name_long", maxUnitName),
	)
}

// when returns a fault about field if it is wrong.
func when(wrong bool, field, word string, args ...any) error {
	if !wrong {
		return nil
	}
	return kernel.FieldFault(field, word, args...)
}

// under reports whether u may stand below parent; parent is the zero Unit for
// the top of the tree.
func (u Unit) under(parent Unit) error {
	mine, _ := rank(u.Kind)
	if u.Parent == "" {
		return when(mine > 2, "parent", "access.unit_top", u.NameZh)
	}
	if parent.ClosedOn != "" && u.ClosedOn == "" {
		return kernel.FieldFault("parent", "access.unit_parent_closed", parent.NameZh, string(parent.ClosedOn))
	}
	above, _ := rank(parent.Kind)
	return when(above > mine || above == mine && mine < 3, "parent", "access.unit_order", u.NameZh, parent.NameZh)
}

// rewire computes what moving the subtree below (pairs of each unit with the
// moved one) from the units old above it to the units now above it adds to and
// takes from the closure. Depths are counted from the moved unit's parent.
func rewire(zone string, below, old, now []closure) (puts, drops []closure) {
	keep := map[string]bool{}
	for _, a := range now {
		keep[a.Ancestor] = true
	}
	for _, d := range below {
		for _, a := range old {
			if !keep[a.Ancestor] {
				drops = append(drops, closure{Zone: zone, Child: d.Child, Ancestor: a.Ancestor})
			}
		}
		for _, a := range now {
			puts = append(puts, closure{Zone: zone, Child: d.Child, Ancestor: a.Ancestor, Depth: d.Depth + 1 + a.Depth})
		}
	}
	return puts, drops
}
