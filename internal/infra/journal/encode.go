package journal

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"sente/internal/infra/store"
)

// shapes keeps the shapes of row types: each follows from its type alone.
var shapes sync.Map // reflect.Type → *shape

// shape is what is known of the images of a row type.
type shape struct {
	table   string
	columns []store.Column
	open    []int    // positions of the open columns, by name
	closed  []int    // positions of the classed columns, by name
	keys    []int    // positions of the key columns after zone
	zero    []string // each column as JSON when it holds nothing; "" for a key, which is always told
}

// shapeOf returns the shape of row's type.
func shapeOf(row store.Row) (*shape, error) {
	t := reflect.TypeOf(row)
	if s, ok := shapes.Load(t); ok {
		return s.(*shape), nil
	}
	s := &shape{table: row.Table(), columns: store.Columns(row)}
	for i, col := range s.columns {
		switch {
		case col.Name == "zone":
			continue
		case col.Class == store.Internal:
			s.open = append(s.open, i)
		default:
			s.closed = append(s.closed, i)
		}
		if col.Key {
			s.keys = append(s.keys, i)
		}
	}
	byName := func(a, b int) int { return cmpText(s.columns[a].Name, s.columns[b].Name) }
	slices.SortFunc(s.open, byName)
	slices.SortFunc(s.closed, byName)
	zero, err := store.Values(reflect.Zero(reflect.Indirect(reflect.ValueOf(row)).Type()).Interface().(store.Row))
	if err != nil {
		return nil, err
	}
	s.zero = make([]string, len(s.columns))
	for i, col := range s.columns {
		text, err := appendField(nil, col, zero[i])
		if err != nil {
			return nil, err
		}
		if !col.Key {
			s.zero[i] = string(text)
		}
	}
	shapes.Store(t, s)
	return s, nil
}

func cmpText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// fields appends the columns at as a JSON object, without those that hold
// nothing: whoever reads an image takes a column it does not tell for empty.
func (s *shape) fields(b []byte, at []int, values []any) (_ []byte, err error) {
	b = append(b, '{')
	first := len(b)
	for _, c := range at {
		mark := len(b)
		if mark > first {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, s.columns[c].Name...)
		b = append(b, '"', ':')
		value := len(b)
		if b, err = appendField(b, s.columns[c], values[c]); err != nil {
			return nil, err
		}
		if string(b[value:]) == s.zero[c] {
			b = b[:mark]
		}
	}
	return append(b, '}'), nil
}

// image appends the open part of c's row.
func (s *shape) image(b []byte, c Change, values []any) ([]byte, error) {
	b = append(b, `{"t":`...)
	b = appendText(b, s.table)
	b = append(b, `,"k":`...)
	key := ""
	for _, k := range s.keys {
		if key != "" {
			key += "/"
		}
		key += escapeKey(keyText(values[k]))
	}
	b = appendText(b, key)
	b = append(b, `,"v":`...)
	if c.drop {
		return append(b, "null}"...), nil
	}
	b, err := s.fields(b, s.open, values)
	return append(b, '}'), err
}

// encodeBody appends the open part of act's entry, straight from stored values but in
// exactly the bytes that marshalling a body yields: an import writes a hundred
// thousand of them. It returns its private part, "" when it holds nothing in it.
func encodeBody(b []byte, head body, act Act, stored []store.Stored) (_ []byte, private []byte, err error) {
	start := len(b)
	b = append(b, '{')
	for _, f := range []struct{ name, text string }{{"name", head.Name}, {"via", head.Via}, {"request", head.Request}, {"reason", head.Reason}} {
		if f.text != "" {
			b = append(append(append(b, '"'), f.name...), '"', ':')
			b = append(appendText(b, f.text), ',')
		}
	}
	if len(head.Detail) > 0 {
		b = append(append(append(b, `"detail":`...), head.Detail...), ',')
	}
	if len(act.Changes) > 0 {
		b = append(b, `"rows":[`...)
		if b, private, err = encodeRows(b, act.Changes, stored); err != nil {
			return nil, nil, err
		}
		b = append(b, ']', ',')
	}
	if len(b) == start+1 {
		return append(b, '}'), private, nil
	}
	b[len(b)-1] = '}'
	return b, private, nil
}

// encodeRows appends the images of changes and returns their private part.
func encodeRows(b []byte, changes []Change, stored []store.Stored) (_, private []byte, err error) {
	kept := 0 // rows in private
	for i, c := range changes {
		s, err := shapeOf(c.row)
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = s.image(b, c, stored[i].Values); err != nil {
			return nil, nil, err
		}
		if c.drop || len(s.closed) == 0 {
			continue
		}
		mark := len(private)
		if kept == 0 {
			private = append(private, `{"rows":[`...)
		}
		for n := kept; n < i; n++ {
			private = append(private, "null,"...)
		}
		at := len(private)
		if private, err = s.fields(private, s.closed, stored[i].Values); err != nil {
			return nil, nil, err
		}
		if len(private)-at == len("{}") {
			private = private[:mark]
			continue
		}
		private, kept = append(private, ','), i+1
	}
	if kept == 0 {
		return b, nil, nil
	}
	return b, append(private[:len(private)-1], ']', '}'), nil
}

// keyText is a stored key value as fmt.Sprint writes it.
func keyText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case int64:
		return strconv.FormatInt(x, 10)
	case bool:
		return strconv.FormatBool(x)
	}
	return ""
}

// appendField appends a stored value as JSON. What is stored as JSON text stays
// as it is stored, but for the spaces between tokens, so that a row read back has
// the same image.
func appendField(b []byte, col store.Column, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(b, "null"...), nil
	case string:
		if col.JSON {
			raw, err := compact(v)
			return append(b, raw...), err
		}
		return appendText(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case []byte:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v)
		return append(b, '"'), nil
	}
	raw, err := marshal(value)
	return append(b, raw...), err
}

// appendText appends s as a JSON string; what needs escaping is left to
// encoding/json.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		if c < utf8.RuneSelf || r == utf8.RuneError && size == 1 || r == '\u2028' || r == '\u2029' {
			raw, err := marshal(s)
			if err != nil {
				panic(err) // a string always marshals
			}
			return append(b, raw...)
		}
		i += size
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// raw is text, or nil when there is none.
func raw(b []byte) *string {
	if b == nil {
		return nil
	}
	text := string(b)
	return &text
}

// detailOf marshals an act's detail.
func detailOf(act Act) (json.RawMessage, error) {
	if act.Detail == nil {
		return nil, nil
	}
	return marshal(act.Detail)
}
