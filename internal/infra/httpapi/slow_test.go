package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sente/internal/infra/store"
	"sente/internal/infra/words"
)

// line is a connection that notes which deadline each thing happened under.
type line struct {
	*httptest.ResponseRecorder
	read, write time.Time
	writes      []int // sizes of the pieces
	unguarded   int   // writes and flushes without a deadline
}

func (l *line) SetReadDeadline(t time.Time) error  { l.read = t; return nil }
func (l *line) SetWriteDeadline(t time.Time) error { l.write = t; return nil }

func (l *line) note() {
	if left := time.Until(l.write); left <= 0 || left > writeTime {
		l.unguarded++
	}
}

func (l *line) Write(p []byte) (int, error) {
	l.note()
	l.writes = append(l.writes, len(p))
	return l.ResponseRecorder.Write(p)
}

func (l *line) FlushError() error { l.note(); return nil }

// TestSlowReader: each piece of an answer has its own deadline, and between two
// there is none: on HTTP/2 one that passes ends the stream though nobody waits.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	l := &line{ResponseRecorder: httptest.NewRecorder()}
	w := newRecorder(l)
	body := strings.Repeat("x", 3*piece/2)
	if n, err := io.WriteString(w, body); n != len(body) || err != nil {
		t.Fatal(n, err)
	}
	if err := http.NewResponseController(w).Flush(); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Write(nil); n != 0 || err != nil {
		t.Fatal(n, err)
	}
	if l.unguarded != 0 || !slices.Equal(l.writes, []int{piece, piece / 2, 0}) || !l.write.IsZero() {
		t.Errorf("%d without a deadline, pieces %v, afterwards %v", l.unguarded, l.writes, l.write)
	}
	if w.status != http.StatusOK || w.bytes != int64(len(body)) || l.Body.String() != body {
		t.Errorf("status %d, %d bytes", w.status, w.bytes)
	}
}

// TestReadDeadlineEndsWithTheBody: one left on the connection would take a request
// still being worked on for given up by its reader.
func TestReadDeadlineEndsWithTheBody(t *testing.T) {
	t.Parallel()
	l := &line{ResponseRecorder: httptest.NewRecorder()}
	p := &patient{ReadCloser: io.NopCloser(strings.NewReader("abc")), control: http.NewResponseController(l), begun: time.Now()}
	if _, err := p.Read(make([]byte, 3)); err != nil || time.Until(l.read) <= 0 {
		t.Fatalf("%v, deadline %v", err, l.read)
	}
	if _, err := p.Read(make([]byte, 3)); !errors.Is(err, io.EOF) || !l.read.IsZero() {
		t.Fatalf("%v, deadline %v", err, l.read)
	}
}

// TestSlowSender: an upload may pause and may be slow, but not bring a byte a
// second for ever.
func TestSlowSender(t *testing.T) {
	t.Parallel()
	begun := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after time.Duration
		got   int64
		want  time.Duration // from the beginning
	}{
		{0, 0, bodyTime},
		{14 * time.Second, 14, bodyTime + 14*time.Second/leastRate},      // a byte a second: no time is gained
		{14 * time.Second, 100 * leastRate, 14*time.Second + bodyTime},   // quick so far: a pause of bodyTime
		{100 * time.Second, 100 * leastRate, 100*time.Second + bodyTime}, // as slow as may be
		{100 * time.Second, 90 * leastRate, 90*time.Second + bodyTime},   // slower: that much less
		{200 * time.Second, 50 << 20, 200*time.Second + bodyTime},        // the largest file there is
	} {
		p := &patient{begun: begun, got: c.got}
		if got := p.deadline(begun.Add(c.after)).Sub(begun); got != c.want {
			t.Errorf("after %v and %d bytes until %v, want %v", c.after, c.got, got, c.want)
		}
	}
}

// TestManyNames: the work of reading an object grows with its size, not with the
// square of it.
func TestManyNames(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, `,"%05d":0`, i)
	}
	begin := time.Now()
	if err := checkJSON([]byte("{" + b.String()[1:] + "}")); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("a megabyte took %v", took)
	}
	if err := checkJSON([]byte(`{"a":{"b":1,"c":2,"b":3}}`)); err == nil || err.Error() != "json: twice: a.b" {
		t.Error(err)
	}
}

// TestManyMistakes: the answer to nonsense is not larger than the nonsense.
func TestManyMistakes(t *testing.T) {
	t.Parallel()
	book, err := words.Load(Words, store.Words)
	if err != nil {
		t.Fatal(err)
	}
	d := &Door{cfg: withDefaults(Config{Words: book})}
	model := &huma.ErrorModel{}
	for i := range 100_000 {
		model.Errors = append(model.Errors, &huma.ErrorDetail{Message: "unexpected property", Location: fmt.Sprintf("body.x%05d", i)})
	}
	hc := humago.NewContext(nil, httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder())
	v, err := d.translate(hc, "422", model)
	if err != nil {
		t.Fatal(err)
	}
	if p := v.(*Problem); len(p.Errors) != maxDetails || p.Errors[0].Field != "x00000" || p.Status != 422 {
		t.Errorf("%d details, first %+v", len(p.Errors), p.Errors[0])
	}
}
