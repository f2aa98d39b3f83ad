package journal

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"sente/internal/infra/store"
)

// Act is what somebody did to one object.
type Act struct {
	Verb    string   // "pipeline.advanced": context and past participle
	Object  string   // "pipeline.project/<id>"; acts on an object's parts name the object
	Reason  string   // why, in the actor's words; "" where none is asked for
	Detail  any      // small facts for the timeline, class internal: {"from":"lead","to":"screening"}
	Changes []Change // the rows as they stand after the act
}

// Change is one row that the act saves or drops.
type Change struct {
	row  store.Row
	drop bool
}

// Put saves row (insert or replace by key) and journals it as it then stands.
func Put(row store.Row) Change { return Change{row: row} }

// Drop deletes the row with row's key and journals that it is gone.
func Drop(row store.Row) Change { return Change{row: row, drop: true} }

// Image is a row as it stood after an act, open fields only. After is nil when
// the row was dropped.
type Image struct {
	Table string                     `json:"t"`
	Key   string                     `json:"k"` // the key columns after zone, joined by "/"; their own "/" and "%" as %2F and %25
	After map[string]json.RawMessage `json:"v"`
}

// body is the open part of an entry.
type body struct {
	Name    string          `json:"name,omitempty"`
	Via     string          `json:"via,omitempty"`
	Request string          `json:"request,omitempty"`
	Reason  string          `json:"reason,omitempty"`
	Detail  json.RawMessage `json:"detail,omitempty"`
	Rows    []Image         `json:"rows,omitempty"`
}

// private is the erasable part of an entry: the classed fields of each image,
// in the order of body.Rows; nil for a row that holds nothing in them.
type private struct {
	Rows []map[string]json.RawMessage `json:"rows"`
}

// image splits c's row into its open and its private fields.
func (c Change) image() (open Image, closed map[string]json.RawMessage, err error) {
	open = Image{Table: c.row.Table(), Key: rowKey(c.row)}
	if c.drop {
		return open, nil, nil
	}
	values, err := store.Values(c.row)
	if err != nil {
		return open, nil, fmt.Errorf("image of %s: %w", open.Table, err)
	}
	open.After = map[string]json.RawMessage{}
	for i, col := range store.Columns(c.row) {
		if col.Name == "zone" {
			continue
		}
		raw, err := field(col, values[i])
		if err != nil {
			return open, nil, fmt.Errorf("image of %s.%s: %w", open.Table, col.Name, err)
		}
		if col.Class == store.Internal {
			open.After[col.Name] = raw
			continue
		}
		if closed == nil {
			closed = map[string]json.RawMessage{}
		}
		closed[col.Name] = raw
	}
	return open, closed, nil
}

// field is a stored value as JSON. What is stored as JSON text stays as it is
// stored, so that a row read back has the same image.
func field(col store.Column, value any) (json.RawMessage, error) {
	if text, ok := value.(string); ok && col.JSON {
		return compact(text)
	}
	return marshal(value)
}

// compact removes the spaces between JSON tokens: an image is kept inside
// another JSON text, which has none.
func compact(text string) (json.RawMessage, error) {
	var b bytes.Buffer
	err := json.Compact(&b, []byte(text))
	return b.Bytes(), err
}

// rowKey joins the key columns after zone.
func rowKey(row store.Row) string {
	v := reflect.Indirect(reflect.ValueOf(row))
	key := ""
	for _, col := range store.Columns(row) {
		if !col.Key || col.Name == "zone" {
			continue
		}
		if key != "" {
			key += "/"
		}
		key += escapeKey(fmt.Sprint(v.FieldByIndex(col.Index).Interface()))
	}
	return key
}

func escapeKey(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "%", "%25"), "/", "%2F")
}

func unescapeKey(part string) string {
	return strings.ReplaceAll(strings.ReplaceAll(part, "%2F", "/"), "%25", "%")
}

// marshal is json.Marshal without HTML escaping, so that what is hashed is
// what is read.
func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// newSalt returns 32 random bytes.
func newSalt() []byte {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return b
}

// commit is the commitment to text under salt: HMAC-SHA256 in hexadecimal.
func commit(salt []byte, text string) string {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(text))
	return hex.EncodeToString(m.Sum(nil))
}
