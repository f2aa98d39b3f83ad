package journal

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// all is a row of every kind of column.
type all struct {
	Zone   string          `db:"zone,key"`
	ID     string          `db:"id,key"`
	Seq    int64           `db:"seq,key"`
	Text   string          `db:"zz_text"`
	Blank  *string         `db:"blank"`
	Flag   bool            `db:"flag"`
	N      *int64          `db:"n"`
	Ratio  float64         `db:"ratio"`
	Bytes  []byte          `db:"bytes"`
	List   []string        `db:"a_list,json"`
	Raw    json.RawMessage `db:"raw,json"`
	Phone  string          `db:"phone" class:"personal"`
	Tax    int64           `db:"tax" class:"restricted"`
	Terms  []string        `db:"terms,json" class:"secret_trade"`
	Absent *string         `db:"absent" class:"personal"`
}

func (all) Table() string { return "alls" }

// plainRow has no classed columns.
type plainRow struct {
	Zone string `db:"zone,key"`
	ID   string `db:"id,key"`
}

func (plainRow) Table() string { return "plains" }

// marshalled is an entry's body and private part as encoding/json writes them:
// the format, spelt out.
func marshalled(t *testing.T, head body, act Act) (open, closed string) {
	t.Helper()
	var p private
	for i, c := range act.Changes {
		image, fields, err := c.image()
		if err != nil {
			t.Fatal(err)
		}
		zero := reflect.Zero(reflect.TypeOf(c.row)).Interface().(store.Row)
		nothing, hidden, err := Put(zero).image()
		if err != nil {
			t.Fatal(err)
		}
		for _, col := range store.Columns(zero) {
			if col.Key {
				delete(nothing.After, col.Name) // the key is always told
			}
		}
		maps.DeleteFunc(image.After, func(name string, raw json.RawMessage) bool { return bytes.Equal(raw, nothing.After[name]) })
		maps.DeleteFunc(fields, func(name string, raw json.RawMessage) bool { return bytes.Equal(raw, hidden[name]) })
		head.Rows = append(head.Rows, image)
		if len(fields) == 0 {
			continue
		}
		for len(p.Rows) < i {
			p.Rows = append(p.Rows, nil)
		}
		p.Rows = append(p.Rows, fields)
	}
	text, err := marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	if p.Rows != nil {
		hidden, err := marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		closed = string(hidden)
	}
	return string(text), closed
}

// readBack fails unless the images of e are the rows that act left.
func readBack(t *testing.T, e entryRow, act Act) {
	t.Helper()
	images, closed, err := e.images()
	if err != nil || len(images) != len(act.Changes) {
		t.Fatalf("%d images of %d changes, %v", len(images), len(act.Changes), err)
	}
	for i, c := range act.Changes {
		if _, id, _ := strings.Cut(rowKey(c.row), "/"); c.drop && id == "" {
			continue // nothing has an empty identifier
		}
		row, err := images[i].row(c.row, "z1", closed[i])
		if err != nil {
			t.Fatal(err)
		}
		got, err := store.Values(row)
		if err != nil {
			t.Fatal(err)
		}
		want, err := store.Values(c.row)
		if err != nil {
			t.Fatal(err)
		}
		sameAsWhole(t, c, images[i], closed[i])
		for j, col := range store.Columns(c.row) {
			if col.JSON {
				want[j], got[j] = compacted(t, want[j]), compacted(t, got[j])
			}
			if (!c.drop || col.Key) && !reflect.DeepEqual(got[j], want[j]) {
				t.Fatalf("column %s is %#v, it was %#v", col.Name, got[j], want[j])
			}
		}
	}
}

// sameAsWhole fails unless verification takes an image for the same as one that
// tells every column, as entries did at first.
func sameAsWhole(t *testing.T, c Change, image Image, closed map[string]json.RawMessage) {
	t.Helper()
	nothing, err := zeros([]store.Row{c.row})
	if err != nil {
		t.Fatal(err)
	}
	none := nothing[image.Table]
	whole, hidden, err := c.image()
	if err != nil {
		t.Fatal(err)
	}
	if sum(whole.After, none) != sum(image.After, none) || sum(hidden, none) != sum(closed, none) || (whole.After == nil) != (image.After == nil) {
		t.Fatalf("%v with %v is not taken for %v with %v", image, closed, whole, hidden)
	}
}

func compacted(t *testing.T, stored any) string {
	t.Helper()
	raw, err := compact(stored.(string))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestBodiesAreWhatMarshallingYields(t *testing.T) {
	t.Parallel()
	texts := []string{"", "虚构项目", `a"b\c`, "<script>&amp;", "tab\tline\nend\r", "\x01\x1f\x7f", "\u2028\u2029", "𠮷野", "a/b%c", "é", "\ufffd"}
	jsons := []string{"", "null", `{"b": 1, "a" : [ 1,2 ]}`, `"x y"`, `{"h":"<&>"}`}
	rng := rand.New(rand.NewPCG(1, 2))
	text := func() string { return texts[rng.IntN(len(texts))] + texts[rng.IntN(len(texts))] }
	pointer := func() *string {
		if s := text(); s != "" {
			return &s
		}
		return nil
	}
	row := func() Change {
		if rng.IntN(4) == 0 {
			return Put(plainRow{"z1", text()})
		}
		r := all{Zone: "z1", ID: text(), Seq: rng.Int64N(5), Text: text(), Blank: pointer(), Flag: rng.IntN(2) == 0, Ratio: float64(rng.IntN(3)) / 7, Raw: json.RawMessage(jsons[rng.IntN(len(jsons))])}
		if rng.IntN(2) == 0 {
			n := rng.Int64() - rng.Int64()
			r.N, r.Bytes, r.List = &n, []byte(text()), []string{text(), text()}
		}
		if rng.IntN(2) == 0 {
			r.Phone, r.Tax, r.Terms, r.Absent = text(), rng.Int64N(2), []string{text()}, pointer()
		}
		if rng.IntN(5) == 0 {
			return Drop(r)
		}
		return Put(r)
	}
	actor := kernel.Actor{Zone: "z1", ID: "u1"}
	for range 3000 {
		act := Act{Verb: "alls.changed", Object: "alls.all/1", Reason: text()}
		actor.Name, actor.Via, actor.Request = text(), text(), text()
		if rng.IntN(2) == 0 {
			act.Detail = map[string]any{"run": text(), "row": rng.IntN(9), "at": nil}
		}
		for range rng.IntN(5) {
			act.Changes = append(act.Changes, row())
		}
		stored, err := storedOf([]Act{act})
		if err != nil {
			t.Fatal(err)
		}
		got := encode(actor, []Act{act}, stored, 7)
		if got.err != nil {
			t.Fatal(got.err)
		}
		head := body{Name: actor.Name, Via: actor.Via, Request: actor.Request, Reason: act.Reason}
		if head.Detail, err = detailOf(act); err != nil {
			t.Fatal(err)
		}
		open, closed := marshalled(t, head, act)
		e := got.rows[0]
		if text, err := e.open(); err != nil || text != open {
			t.Fatalf("the body is\n%s\nmarshalling yields\n%s\n%v", text, open, err)
		}
		readBack(t, e, act)
		if private := e.Private; (private == nil) != (closed == "") || private != nil && *private != closed {
			t.Fatalf("the private part is\n%v\nmarshalling yields\n%s", private, closed)
		}
		if e.BodyHash != commit(e.Salt, open) || (closed != "") != (e.PrivateHash != "") || closed != "" && e.PrivateHash != commit(e.PrivateSalt, closed) {
			t.Fatal("a commitment is not to what it stands beside")
		}
	}
}
