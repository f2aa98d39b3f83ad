package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sente/internal/infra/sheet"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// parser turns the cells of a row into Values by field type.
type parser struct {
	table   sheet.Table
	sources []source
	need    []Field // required
}

// source is one field with where its values come from, all defaults settled.
type source struct {
	Field
	from    Assign
	rule    sheet.Rule
	choices map[string]string // plain text → id; "" = blank
}

// newParser settles the mapping of s for kind against the header table.
// Faults name the mapping: intake.field_unknown, intake.field_twice,
// intake.column_missing, intake.required_unmapped.
func newParser(kind Kind, s Settings, table sheet.Table, book words.Book) (*parser, error) {
	p := &parser{table: table}
	var errs []error
	for i, a := range s.Mapping {
		at := fmt.Sprintf("mapping[%d]", i)
		f, ok := kind.field(a.Field)
		switch {
		case !ok:
			errs = append(errs, kernel.FieldFault(at, "intake.field_unknown", a.Field))
		case slices.ContainsFunc(p.sources, func(o source) bool { return o.ID == f.ID }):
			errs = append(errs, kernel.FieldFault(at, "intake.field_twice", words.Key(f.Word)))
		case a.Constant == "" && a.Column >= len(table.Columns):
			errs = append(errs, kernel.FieldFault(at, "intake.column_missing", sheet.ColumnName(a.Column)))
		default:
			src := newSource(f, a, table, book)
			errs = append(errs, src.check(at))
			p.sources = append(p.sources, src)
		}
	}
	for _, f := range kind.Fields {
		if !f.Required {
			continue
		}
		p.need = append(p.need, f)
		if !slices.ContainsFunc(p.sources, func(o source) bool { return o.ID == f.ID }) {
			errs = append(errs, kernel.FieldFault("mapping", "intake.required_unmapped", words.Key(f.Word)))
		}
	}
	return p, kernel.Faults("intake.mapping", errs...)
}

func (k Kind) field(id string) (Field, bool) {
	i := slices.IndexFunc(k.Fields, func(f Field) bool { return f.ID == id })
	if i < 0 {
		return Field{}, false
	}
	return k.Fields[i], true
}

func newSource(f Field, a Assign, table sheet.Table, book words.Book) source {
	src := source{Field: f, from: a, rule: sheet.Rule{Unit: a.Unit, Currency: a.Currency}}
	unit := ""
	if a.Constant == "" && a.Column < len(table.Columns) {
		unit = table.Columns[a.Column].Unit
	}
	if _, ok := sheet.MoneyUnit(unit); !ok {
		unit = table.Unit
	}
	if src.rule.Unit == "" {
		src.rule.Unit = unit
	}
	if src.from.Order == sheet.AnyOrder && a.Constant == "" && a.Column < len(table.Columns) {
		src.from.Order = sheet.OrderOfUnit(table.Columns[a.Column].Unit)
	}
	if f.Type == Enum {
		src.choices = choicesOf(f, a, book)
	}
	return src
}

// check tries what was given for all rows, so that a mistake there does not
// reject every row.
func (s source) check(at string) error {
	for text, id := range s.from.Values {
		if id != "" && !slices.ContainsFunc(s.Values, func(c Choice) bool { return c.ID == id }) {
			return kernel.FieldFault(at+".values", "intake.choice_unknown", text, id)
		}
	}
	if s.Type == Money {
		if _, err := sheet.ParseAmount("1", sheet.Rule{Unit: orYuan(s.rule.Unit), Currency: s.rule.Currency}); err != nil {
			return refield(err, at)
		}
	}
	if s.from.Constant != "" {
		if _, _, err := s.parse(s.from.Constant); err != nil {
			return refield(err, at+".constant")
		}
	}
	return nil
}

func orYuan(unit string) string {
	if unit == "" {
		return "元"
	}
	return unit
}

func refield(err error, field string) error {
	var f *kernel.Fault
	if errors.As(err, &f) {
		return &kernel.Fault{Kind: f.Kind, Word: f.Word, Args: f.Args, Field: field}
	}
	return err
}

// choicesOf maps every text that means a choice to its id; the mapping's own
// list outweighs labels and synonyms.
func choicesOf(f Field, a Assign, book words.Book) map[string]string {
	out := map[string]string{}
	for _, c := range f.Values {
		for _, text := range append([]string{c.ID, book.Say(words.Chinese, c.Word), book.Say(words.English, c.Word)}, c.Synonyms...) {
			out[sheet.Plain(text)] = c.ID
		}
	}
	for text, id := range a.Values {
		out[sheet.Plain(text)] = id
	}
	return out
}

// row reads one row. faults reject it, notes do not.
func (p *parser) row(r sheet.Row) (v Values, faults, notes []Reason) {
	if r.Fault != nil {
		return nil, because(*r.Fault), nil
	}
	v = Values{}
	notes = because(r.Notes...)
	for _, s := range p.sources {
		cell := s.from.Constant
		if cell == "" {
			cell = r.Cell(s.from.Column)
		}
		value, more, err := s.parse(cell)
		if err != nil {
			faults = append(faults, s.reason(err))
			continue
		}
		for _, n := range more {
			n.Field = s.ID
			notes = append(notes, Reason{n})
		}
		if value == nil {
			continue
		}
		v[s.ID] = *value
		if s.Type == Money && s.from.Constant == "" && r.MergedOver(s.from.Column) {
			notes = append(notes, Reason{kernel.Fault{Kind: kernel.ErrInvalid, Word: "sheet.note_filled", Args: []any{cell}, Field: s.ID}})
		}
	}
	for _, f := range p.need {
		if !v.Has(f.ID) && !slices.ContainsFunc(faults, func(r Reason) bool { return r.Field == f.ID }) {
			faults = append(faults, Reason{kernel.Fault{Kind: kernel.ErrInvalid, Word: "intake.required", Args: []any{words.Key(f.Word)}, Field: f.ID}})
		}
	}
	return v, faults, notes
}

func (s source) reason(err error) Reason {
	var f *kernel.Fault
	if !errors.As(err, &f) {
		f = &kernel.Fault{Kind: kernel.ErrInvalid, Word: "intake.unreadable", Args: []any{err.Error()}}
	}
	return Reason{kernel.Fault{Kind: kernel.ErrInvalid, Word: f.Word, Args: f.Args, Field: s.ID}}
}

// parse reads a cell; nil when it is blank.
func (s source) parse(cell string) (*Value, []kernel.Fault, error) {
	text := sheet.Tidy(cell)
	if sheet.FormulaError(text) {
		return nil, nil, kernel.Faultf(kernel.ErrInvalid, "sheet.formula_error", text)
	}
	if sheet.Blank(text) {
		return nil, nil, nil
	}
	v := &Value{Text: text}
	switch s.Type {
	case Money:
		a, err := sheet.ParseAmount(text, s.rule)
		v.Money, v.AtLeast = a.Money, a.AtLeast
		return v, a.Notes, err
	case Day:
		d, err := sheet.ParseDate(text, s.from.Order)
		v.Date, v.Precision = d.Date, d.Precision
		return v, d.Notes, err
	case Int:
		n, err := sheet.ParseCount(text)
		v.Int, v.AtLeast = n.N, n.AtLeast
		return v, n.Notes, err
	case Code:
		v.Text = strings.ReplaceAll(sheet.Narrow(text), " ", "")
	case Enum:
		return s.choose(text)
	case Text:
	}
	return v, nil, nil
}

func (s source) choose(text string) (*Value, []kernel.Fault, error) {
	id, ok := s.choices[sheet.Plain(text)]
	switch {
	case !ok:
		return nil, nil, kernel.Faultf(kernel.ErrInvalid, "intake.choice_none", text)
	case id == "":
		return nil, nil, nil
	}
	return &Value{Text: id}, nil, nil
}

// title is what a row is called in lists before its Kind has named it: its
// first required text.
func (p *parser) title(r sheet.Row) string {
	for _, s := range p.sources {
		if s.Required && (s.Type == Text || s.Type == Code) && s.from.Constant == "" && !s.Personal {
			return clip(sheet.Tidy(r.Cell(s.from.Column)))
		}
	}
	return ""
}

// firstText is the first cell that says something, for rows that are skipped.
func firstText(r sheet.Row) string {
	for _, c := range r.Cells {
		if !sheet.Blank(c) && strings.Trim(sheet.Plain(c), "0123456789") != "" {
			return clip(sheet.Tidy(c))
		}
	}
	return ""
}

// clip keeps titles fit for a list.
func clip(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:99]) + "…"
	}
	return s
}

// options reads the kind's options.
func options(kind Kind, given map[string]string, book words.Book) (Values, error) {
	out := Values{}
	var errs []error
	for id := range given {
		if !slices.ContainsFunc(kind.Options, func(f Field) bool { return f.ID == id }) {
			errs = append(errs, kernel.FieldFault("options."+id, "intake.option_unknown", id))
		}
	}
	for _, f := range kind.Options {
		src := source{Field: f, rule: sheet.Rule{Unit: "元"}}
		if f.Type == Enum {
			src.choices = choicesOf(f, Assign{}, book)
		}
		v, _, err := src.parse(given[f.ID])
		switch {
		case err != nil:
			errs = append(errs, refield(err, "options."+f.ID))
		case v != nil:
			out[f.ID] = *v
		case f.Required:
			errs = append(errs, kernel.FieldFault("options."+f.ID, "intake.required", words.Key(f.Word)))
		}
	}
	return out, kernel.Faults("intake.options", errs...)
}
