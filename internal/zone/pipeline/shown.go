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

// appendTo appends the project with the names of its department and official,
// which are JSON as all of it is.
func (s shown) appendTo(to, unit, owner []byte) []byte {
	to = append(append(append(to, s.head...), `"unit_name":`...), unit...)
	to = append(append(append(to, s.mid...), `"owner_name":`...), owner...)
	return append(to, s.tail...)
}

// bytes is about what s takes in memory, its key included.
func (s shown) bytes() int { return len(s.head) + len(s.mid) + len(s.tail) + 400 }
