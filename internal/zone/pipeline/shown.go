package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// shownKey names what a project looks like in a list to those who may see the
// same of its fields.
type shownKey struct {
	zone string
	edition
	sees string // what the reader may see of the fields that are masked to others
}

// shown is a project as JSON but for the names of its department and official,
// which are theirs and change without it.
type shown struct {
	unit, owner     string
	head, mid, tail []byte
}

// The places of the names in the JSON of a View. Within a text a quotation mark
// is escaped, so that no text can hold them.
const (
	unitPlace  = `"unit_name":""`
	ownerPlace = `"owner_name":""`
)

// cutOut makes shown of v, which names nobody.
func cutOut(v View) (s shown, err error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return s, err
	}
	head, rest, ok := bytes.Cut(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte(unitPlace))
	mid, tail, both := bytes.Cut(rest, []byte(ownerPlace))
	if !ok || !both {
		return s, fmt.Errorf("pipeline: the JSON of project %s has no place for names", v.ID)
	}
	return shown{v.Unit, v.Owner, head, mid, tail}, nil
}

// named is the project with its names, as JSON.
func (s shown) named(unit, owner string) (json.RawMessage, error) {
	out := make([]byte, 0, len(s.head)+len(s.mid)+len(s.tail)+len(unit)+len(owner)+64)
	var err error
	out = append(append(out, s.head...), `"unit_name":`...)
	if out, err = appendText(out, unit); err != nil {
		return nil, err
	}
	out = append(append(out, s.mid...), `"owner_name":`...)
	if out, err = appendText(out, owner); err != nil {
		return nil, err
	}
	return append(out, s.tail...), nil
}

func appendText(to []byte, text string) ([]byte, error) {
	raw, err := json.Marshal(text)
	return append(to, raw...), err
}

// bytes is about what s takes in memory, its key included.
func (s shown) bytes() int { return len(s.head) + len(s.mid) + len(s.tail) + 400 }
