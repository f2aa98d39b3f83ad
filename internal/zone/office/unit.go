package office

import (
	"strings"

	"sente/internal/kernel"
)

// Kinds of unit that are set up and closed here. The zone itself, its city and
// its province are set up with the installation.
const (
	Department = "department" // 部门
	Platform   = "platform"   // 平台
	Operator   = "operator"   // 第三方运营主体
)

// ours refuses a kind of unit that this desk does not set up, move or close.
func ours(kind string) error {
	if kind == Department || kind == Platform || kind == Operator {
		return nil
	}
	return kernel.FieldFault("kind", "office.unit_kind", kind)
}

// held is what keeps a unit from being closed.
type held struct {
	units, officials []string // names
	accounts, duties int64
	others           []kernel.Fault // said by higher storeys
}

// refusal is nil when nothing is held.
func (h held) refusal(name string) error {
	f := &kernel.Fault{Kind: kernel.ErrConflict, Word: "office.unit_holds", Args: []any{name}}
	add := func(n int64, word string, args ...any) {
		if n > 0 {
			f.Details = append(f.Details, kernel.Fault{Kind: kernel.ErrConflict, Word: word, Args: append([]any{n}, args...)})
		}
	}
	add(int64(len(h.units)), "office.holds_units", h.units)
	add(int64(len(h.officials)), "office.holds_officials", h.officials)
	add(h.accounts, "office.holds_accounts")
	add(h.duties, "office.holds_duties")
	f.Details = append(f.Details, h.others...)
	if len(f.Details) == 0 {
		return nil
	}
	return f
}

// UnitNames is how a unit is called and where it stands among its siblings; nil
// leaves a field as it is.
type UnitNames struct {
	NameZh, NameEn *string
	Position       *int64
}

func trim(s *string) *string {
	if s == nil {
		return nil
	}
	t := strings.TrimSpace(*s)
	return &t
}
