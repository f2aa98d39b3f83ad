package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Values returns what row stores, in the order of Columns: nil, string, int64,
// float64, bool or []byte. Text that a database cannot hold (a zero byte,
// broken UTF-8) is a FieldFault with the word store.bad_text.
func Values(row Row) ([]any, error) {
	m := mappingOf(row)
	v := reflect.Indirect(reflect.ValueOf(row))
	out := make([]any, len(m.columns))
	for i, c := range m.columns {
		stored, err := storedValue(c, v.FieldByIndex(c.Index))
		if err != nil {
			return nil, err
		}
		out[i] = stored
	}
	return out, nil
}

// storedValue is the inverse of field.Scan.
func storedValue(c Column, v reflect.Value) (any, error) {
	if c.JSON {
		return jsonText(c, v)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil, nil
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.String:
		return checkedText(c, v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			if v.IsNil() {
				return nil, nil
			}
			return v.Bytes(), nil
		}
	}
	return nil, fmt.Errorf("column %s: a %s cannot be stored without the json option", c.Name, v.Type())
}

func checkedText(c Column, s string) (any, error) {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return nil, kernel.FieldFault(c.Name, "store.bad_text")
	}
	return s, nil
}

// jsonText returns v as JSON. A json.RawMessage is kept byte for byte; a nil
// slice or map becomes [] or {}, so that readers need not tell it from an
// empty one.
func jsonText(c Column, v reflect.Value) (any, error) {
	if raw, ok := v.Interface().(json.RawMessage); ok {
		if len(raw) == 0 {
			raw = json.RawMessage("null")
		}
		if !json.Valid(raw) {
			return nil, fmt.Errorf("column %s: not JSON", c.Name)
		}
		return checkedText(c, string(raw))
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		return "[]", nil
	}
	if v.Kind() == reflect.Map && v.IsNil() {
		return "{}", nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v.Interface()); err != nil {
		return nil, fmt.Errorf("column %s: %w", c.Name, err)
	}
	return checkedText(c, strings.TrimSuffix(b.String(), "\n"))
}

// FromValues returns a new row of proto's type (a struct, not a pointer)
// holding values, which are in the order of Columns and of the kinds Values
// yields. Restoring and auditing build rows from journaled images with it.
func FromValues(proto Row, values []any) (_ Row, err error) {
	m := mappingOf(proto)
	defer kernel.Wrap(&err, "store.FromValues(%s)", m.table)
	if len(values) != len(m.columns) {
		return nil, fmt.Errorf("%d values for %d columns", len(values), len(m.columns))
	}
	v := reflect.New(m.typ).Elem()
	for i, c := range m.columns {
		if err := (&field{&m.columns[i], v.FieldByIndex(c.Index)}).Scan(values[i]); err != nil {
			return nil, err
		}
	}
	return v.Interface().(Row), nil
}

// field is the target of one column while scanning.
type field struct {
	column *Column
	value  reflect.Value
}

// Scan stores what the driver delivered. NULL leaves the zero value.
func (f *field) Scan(src any) error {
	if src == nil {
		f.value.SetZero()
		return nil
	}
	if f.column.JSON {
		return f.scanJSON(src)
	}
	v := f.value
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if !assign(v, src) {
		return fmt.Errorf("column %s: a %T does not fit into a %s", f.column.Name, src, f.value.Type())
	}
	return nil
}

func (f *field) scanJSON(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("column %s: JSON must be stored as text, not %T", f.column.Name, src)
	}
	if f.value.Type() == reflect.TypeFor[json.RawMessage]() {
		f.value.SetBytes([]byte(text))
		return nil
	}
	f.value.SetZero() // Unmarshal would merge into what is there
	if err := json.Unmarshal([]byte(text), f.value.Addr().Interface()); err != nil {
		return fmt.Errorf("column %s: %w", f.column.Name, err)
	}
	return nil
}

// assign sets v to src if nothing is lost by it. SQLite delivers booleans as
// 0 and 1.
func assign(v reflect.Value, src any) bool {
	switch s := src.(type) {
	case string:
		if v.Kind() == reflect.String {
			v.SetString(s)
			return true
		}
	case int64:
		switch {
		case v.CanInt() && !v.OverflowInt(s):
			v.SetInt(s)
			return true
		case v.Kind() == reflect.Bool && (s == 0 || s == 1):
			v.SetBool(s == 1)
			return true
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(s)
			return true
		}
	case float64:
		if v.CanFloat() {
			v.SetFloat(s)
			return true
		}
	case []byte:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(append([]byte{}, s...)) // empty is not NULL
			return true
		}
	}
	return false
}
