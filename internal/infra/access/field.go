package access

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Field is one line of the restricted-field table, data/fields.json: a field
// that is masked unless one of the reader's roles is in Plain.
type Field struct {
	Field  string   `json:"field"` // "party.contact.phone"
	Class  string   `json:"class"` // personal, restricted_tax or trade_secret
	Style  string   `json:"mask"`  // name, phone, email or generic
	Plain  []string `json:"plain"`
	Unmask []string `json:"unmask"` // may see it in full for a stated reason, each time recorded
	Source string   `json:"source"` // the rule it rests on
}

// fieldTable is data/fields.json.
type fieldTable struct {
	AsOf   kernel.Date `json:"as_of"` // the day the sources were last checked
	Fields []Field     `json:"fields"`
}

// loadFields reads the table and refuses an unknown class, style or role.
func loadFields(g *Gate) (map[string]Field, error) {
	text, err := builtin.ReadFile("data/fields.json")
	if err != nil {
		return nil, err
	}
	var t fieldTable
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, err
	}
	out := map[string]Field{}
	for _, f := range t.Fields {
		if err := g.checkField(f); err != nil {
			return nil, fmt.Errorf("data/fields.json: %s: %w", f.Field, err)
		}
		if _, twice := out[f.Field]; twice {
			return nil, fmt.Errorf("data/fields.json: %s is there twice", f.Field)
		}
		out[f.Field] = f
	}
	return out, nil
}

func (g *Gate) checkField(f Field) error {
	switch {
	case !slices.Contains([]string{"personal", "restricted_tax", "trade_secret"}, f.Class):
		return fmt.Errorf("unknown class %q", f.Class)
	case !slices.Contains([]string{"name", "phone", "email", "generic"}, f.Style):
		return fmt.Errorf("unknown mask %q", f.Style)
	case f.Source == "":
		return fmt.Errorf("no source")
	}
	for _, id := range slices.Concat(f.Plain, f.Unmask) {
		if r, ok := g.role(id); !ok || r.Administrator || id == "province" {
			return fmt.Errorf("role %q can have no part in it", id)
		}
	}
	return nil
}

// Fields returns the restricted-field table, ordered by field.
func (g *Gate) Fields() []Field {
	var out []Field
	for _, f := range g.fields {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Field) int { return strings.Compare(a.Field, b.Field) })
	return out
}

// Visible reports whether the context's actor sees field in full without
// asking. A field the table does not list is not visible.
func (g *Gate) Visible(ctx context.Context, field string) bool {
	return heldBy(kernel.ActorOf(ctx), g.fields[field].Plain)
}

// MayUnmask reports whether the context's actor may see field in full when they
// state a reason; the caller records it.
func (g *Gate) MayUnmask(ctx context.Context, field string) bool {
	return heldBy(kernel.ActorOf(ctx), g.fields[field].Unmask)
}

func heldBy(actor kernel.Actor, roles []string) bool {
	return actor.ID != "" && slices.ContainsFunc(roles, actor.Has)
}

// Mask returns value as it is shown to those who may not see it: enough to tell
// two apart, not enough to use. A field the table does not list is hidden whole.
func (g *Gate) Mask(field, value string) string {
	if value == "" {
		return ""
	}
	switch g.fields[field].Style {
	case "name":
		return maskName(value)
	case "phone":
		return maskPhone(value)
	case "email":
		return maskEmail(value)
	}
	return "****"
}

// maskName keeps the first character: 张** , J***.
func maskName(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	if r < utf8.RuneSelf {
		return string(r) + "***"
	}
	return s[:size] + "**"
}

// maskPhone keeps the first three and last four digits: 138****1234. A number
// of fewer than eleven digits would be guessable from them and keeps two.
func maskPhone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	switch {
	case len(digits) >= 11:
		return digits[:3] + "****" + digits[len(digits)-4:]
	case len(digits) >= 5:
		return "****" + digits[len(digits)-2:]
	}
	return "****"
}

// maskEmail keeps the first character and the domain: j***@example.com.
func maskEmail(s string) string {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 {
		return "****"
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size] + "***" + s[at:]
}
