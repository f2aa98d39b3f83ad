package pipeline

import (
	"strconv"
	"strings"
)

// Changed tells a page that a project is not what it last saw: as which version
// it stands now, where, and what was done to it last.
type Changed struct {
	ID      string `json:"id"`
	Version int64  `json:"version"`
	Stage   Stage  `json:"stage"`
	Verb    string `json:"verb"`
	at      int64
}

// EventID is the place from which to go on after c: until the last of what is
// told together, the place it began at.
func (c Changed) EventID() string { return strconv.FormatInt(c.at, 10) }

// Tide is the place a stream has come to when it has nothing to tell, or more
// than is worth telling.
type Tide struct {
	At int64 `json:"at"`
}

// EventID is the place from which to go on.
func (t Tide) EventID() string { return strconv.FormatInt(t.At, 10) }

// watchMost is how many entries of the journal a stream tells one by one: an
// import of twenty thousand is told as one.
const watchMost = 200

// projectOf is the project an entry is about, "" when it is about something else.
func projectOf(object string) string {
	id, ok := strings.CutPrefix(object, "pipeline.project/")
	if !ok {
		return ""
	}
	return id
}

// place reads where a stream shall go on from: the header of one that was
// interrupted before the query of a new one. What is no place, or not one of
// size or below, is size with lost true: the page fetches everything anew.
func place(header, query string, size int64) (at int64, lost bool) {
	text := header
	if text == "" {
		text = query
	}
	if text == "" {
		return size, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > size {
		return size, true
	}
	return n, false
}
