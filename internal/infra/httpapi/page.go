package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"

	"sente/internal/kernel"
)

// MaxPage is the largest page a list may be asked for; DefaultPage what one gets
// who does not ask.
const (
	MaxPage     = 200
	DefaultPage = 50
)

// Page is embedded in the input of a list.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"200" default:"50" doc:"Items per page, at most 200"`
	Cursor string `query:"cursor" maxLength:"2000" doc:"next_cursor of the page before; valid for the same filters and sort only"`
}

// List is one page of a list.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Absent on the last page"`
}

// cursor is what an opaque cursor holds: where the page ended, and a hash of
// the sort and filters it belongs to.
type cursor struct {
	For   string          `json:"f"`
	After json.RawMessage `json:"a"`
}

// EncodeCursor makes the opaque cursor of a page that ended at after (the sort
// key of its last row, usually a small struct or slice). query names everything
// the order and content of the list depend on: the sort and the filters.
func EncodeCursor(after any, query ...string) (string, error) {
	raw, err := json.Marshal(after)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(cursor{For: queryHash(query), After: raw})
	return base64.RawURLEncoding.EncodeToString(c), err
}

// DecodeCursor reads what EncodeCursor made into after, a pointer. An empty text
// is the first page: after is left alone and false returned. A text that is no
// cursor is httpapi.cursor_malformed, one of another sort or filter
// httpapi.cursor_other; both name the field cursor.
func DecodeCursor(text string, after any, query ...string) (bool, error) {
	if text == "" {
		return false, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	var c cursor
	if err != nil || json.Unmarshal(raw, &c) != nil || c.For == "" {
		return false, kernel.FieldFault("cursor", "httpapi.cursor_malformed")
	}
	if c.For != queryHash(query) {
		return false, kernel.FieldFault("cursor", "httpapi.cursor_other")
	}
	if json.Unmarshal(c.After, after) != nil {
		return false, kernel.FieldFault("cursor", "httpapi.cursor_malformed")
	}
	return true, nil
}

// NextPage cuts rows, fetched with LIMIT limit+1, to one page and says whether
// more follow.
func NextPage[T any](rows []T, limit int) (page []T, more bool) {
	if len(rows) > limit {
		return rows[:limit], true
	}
	if rows == nil {
		rows = []T{} // an empty list is [] in JSON, not null
	}
	return rows, false
}

func queryHash(query []string) string {
	sum := sha256.Sum256([]byte(strings.Join(query, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}
