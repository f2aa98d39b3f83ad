package store

import (
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// The classes a column's data may have, by the tag `class:"…"`. The journal
// keeps whatever is not internal outside its leaves.
const (
	Internal    = "internal" // what has no tag
	Personal    = "personal"
	Restricted  = "restricted" // tax and other figures of a named firm
	TradeSecret = "secret_trade"
)

// Row is a struct mapped to a table by the tags of its fields: `db:"column"`,
// `db:"column,key"` for a part of the primary key, `db:"column,json"` for a
// value stored as JSON text. Fields without a db tag are not stored. The first
// column is always zone.
type Row interface {
	// Table returns the table's name; it must work on the zero value.
	Table() string
}

// Column describes one mapped field.
type Column struct {
	Name  string
	Key   bool   // part of the primary key
	JSON  bool   // stored as JSON text
	Class string // Internal, Personal, Restricted or TradeSecret
	Index []int  // the field, for reflect.Value.FieldByIndex
}

// mapping is what is known of a row type.
type mapping struct {
	table     string
	typ       reflect.Type
	columns   []Column
	keys      []int    // positions of the key columns
	reference bool     // see Reference
	names     string   // "zone, id, …"
	insert    string   // "INSERT INTO t (zone, …) VALUES "
	query     string   // "SELECT zone, id, … FROM t "
	upserts   sync.Map // form → the statement storing as many rows
	upsert    string   // " ON CONFLICT (zone, id) DO UPDATE SET …"
}

// mappings caches reflection by type. It only ever holds what follows from the
// type itself, so it makes no difference who filled it: it is a cache, not state.
var mappings sync.Map // reflect.Type → *mapping

// Columns returns the columns of row's type in the order of its fields. It
// panics on a wrongly tagged type, which is a mistake in the program.
func Columns(row Row) []Column { return mappingOf(row).columns }

// mappingOf returns the mapping of row, which may be a struct or a pointer to one.
func mappingOf(row Row) *mapping {
	t := reflect.TypeOf(row)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("store: a row is a struct, not a %T", row))
	}
	if m, ok := mappings.Load(t); ok {
		return m.(*mapping)
	}
	m, _ := mappings.LoadOrStore(t, newMapping(t))
	return m.(*mapping)
}

func newMapping(t reflect.Type) *mapping {
	zero, ok := reflect.New(t).Interface().(Row)
	if !ok {
		panic(fmt.Sprintf("store: %s has no method Table() string", t))
	}
	m := &mapping{table: zero.Table(), typ: t}
	_, m.reference = zero.(Reference)
	for _, f := range reflect.VisibleFields(t) {
		if tag, ok := f.Tag.Lookup("db"); ok && tag != "-" {
			m.columns = append(m.columns, columnOf(t, f, tag))
		}
	}
	if len(m.columns) == 0 || m.columns[0].Name != "zone" || !m.columns[0].Key {
		panic(fmt.Sprintf("store: the first column of %s must be tagged `db:\"zone,key\"`", t))
	}
	m.write()
	return m
}

func columnOf(t reflect.Type, f reflect.StructField, tag string) Column {
	parts := strings.Split(tag, ",")
	c := Column{Name: parts[0], Class: Internal, Index: f.Index}
	for _, option := range parts[1:] {
		switch option {
		case "key":
			c.Key = true
		case "json":
			c.JSON = true
		default:
			panic(fmt.Sprintf("store: %s.%s: unknown option %q", t, f.Name, option))
		}
	}
	if class, ok := f.Tag.Lookup("class"); ok {
		c.Class = class
	}
	switch c.Class {
	case Internal, Personal, Restricted, TradeSecret:
	default:
		panic(fmt.Sprintf("store: %s.%s: unknown class %q", t, f.Name, c.Class))
	}
	return c
}

// write prepares the texts that are the same for every statement.
func (m *mapping) write() {
	var names, keys, sets []string
	for i, c := range m.columns {
		names = append(names, c.Name)
		if c.Key {
			m.keys = append(m.keys, i)
			keys = append(keys, c.Name)
		} else {
			sets = append(sets, c.Name+" = excluded."+c.Name)
		}
	}
	m.names = strings.Join(names, ", ")
	m.query = "SELECT " + m.names + " FROM " + m.table + " "
	m.insert = "INSERT INTO " + m.table + " (" + m.names + ") VALUES "
	m.upsert = " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO NOTHING"
	if len(sets) > 0 {
		m.upsert = " ON CONFLICT (" + strings.Join(keys, ", ") + ") DO UPDATE SET " + strings.Join(sets, ", ")
	}
}
