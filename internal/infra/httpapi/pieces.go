package httpapi

import (
	"encoding/json"
	"io"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Pieces is a List[T] whose items are JSON already. They are sent as they are,
// neither read nor copied into another form.
type Pieces[T any] struct {
	Items      []json.RawMessage
	NextCursor string
}

// Schema describes p as the List it is to the reader.
func (p Pieces[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[List[T]](), true, "")
}

// write sends p.
func (p Pieces[T]) write(w io.Writer) error {
	size := len(p.NextCursor) + 64
	for _, item := range p.Items {
		size += len(item) + 1
	}
	out := append(make([]byte, 0, size), `{"items":[`...)
	for i, item := range p.Items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	out = append(out, ']')
	if p.NextCursor != "" {
		next, err := json.Marshal(p.NextCursor)
		if err != nil {
			return err
		}
		out = append(append(out, `,"next_cursor":`...), next...)
	}
	_, err := w.Write(append(out, "}\n"...))
	return err
}

// writeJSON writes v as JSON.
func writeJSON(w io.Writer, v any) error {
	if p, ready := v.(interface{ write(w io.Writer) error }); ready {
		return p.write(w)
	}
	return huma.DefaultJSONFormat.Marshal(w, v)
}
