package httpapi

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/xuri/excelize/v2"

	"sente/internal/kernel"
)

// Format is embedded in the input of an export.
type Format struct {
	Format string `query:"format" enum:"csv,xlsx" default:"xlsx" doc:"csv is UTF-8 with a byte order mark"`
}

func (f Format) format() string { return f.Format }

// Sheet is a table to export.
type Sheet struct {
	Name    string   // of the file, without extension, and of the sheet: "项目"
	Columns []string // headings, in the reader's language
	// Next returns the next rows, nil after the last. It is called until then, each
	// time in a moment of its own: fetch one page per call. A cell is a string,
	// an integer, a float64, a bool or a fmt.Stringer; nil is an empty cell.
	Next func(ctx context.Context) ([][]any, error)
}

// Export registers r as a download streamed as CSV or XLSX by ?format=. The
// input embeds Format. In a zone of demo data the first row says so.
func Export[I any](d *Door, r Route, fn func(ctx context.Context, in *I) (*Sheet, error)) {
	var probe I
	if _, ok := any(probe).(interface{ format() string }); !ok {
		panic(fmt.Sprintf("httpapi: the input of export %s %s must embed httpapi.Format", r.Method, r.Path))
	}
	op := d.operation(r)
	checkInput[I](r)
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses["200"] = &huma.Response{
		Description: "The file",
		Content:     map[string]*huma.MediaType{"text/csv": file, xlsxType: file},
	}
	huma.Register(d.api, op, func(_ context.Context, in *I) (*streamed, error) {
		return &streamed{func(hc huma.Context) {
			req, w := humago.Unwrap(hc)
			sheet, err := fn(req.Context(), in)
			if err != nil {
				d.refuse(w, req, err)
				return
			}
			d.export(w, req, sheet, any(*in).(interface{ format() string }).format())
		}}, nil
	})
}

// Saved is a file to send.
type Saved struct {
	Name  string // to save it as; "" = it is not for saving
	Kind  string // media type
	Cache string // Cache-Control; "" = no-store
	// Write sends the file. Before its first byte an error is still a problem.
	Write func(ctx context.Context, w io.Writer) error
}

// Download registers r as a file of the media type kind, streamed as it is made.
func Download[I any](d *Door, r Route, kind string, fn func(ctx context.Context, in *I) (*Saved, error)) {
	op := d.operation(r)
	checkInput[I](r)
	op.Responses["200"] = &huma.Response{
		Description: "The file",
		Content:     map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
	}
	huma.Register(d.api, op, func(_ context.Context, in *I) (*streamed, error) {
		return &streamed{func(hc huma.Context) {
			req, w := humago.Unwrap(hc)
			saved, err := fn(req.Context(), in)
			if err != nil {
				d.refuse(w, req, err)
				return
			}
			out := &download{w: w, name: saved.Name, kind: saved.Kind, cache: saved.Cache}
			if err := saved.Write(req.Context(), out); err != nil {
				p := d.problem(req.Context(), err)
				if out.begun { // half a file must not look like a whole one
					panic(http.ErrAbortHandler)
				}
				d.refuseWith(w, p)
			}
		}}, nil
	})
}

const xlsxType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// rowWriter is a table being written, row by row.
type rowWriter interface {
	row(cells []any) error
	end() error // sends what is left
	drop()      // removes temporary files
}

func (d *Door) export(w http.ResponseWriter, r *http.Request, s *Sheet, format string) {
	out := &download{w: w, name: s.Name + "." + format, kind: "text/csv; charset=utf-8"}
	var rows rowWriter
	var err error
	if format == "csv" {
		rows = newCSV(out)
	} else {
		out.kind = xlsxType
		rows, err = newXLSX(out, s.Name)
	}
	if err == nil {
		err = d.fill(r.Context(), rows, s)
		rows.drop()
	}
	if err == nil {
		return
	}
	p := d.problem(r.Context(), err)
	if out.begun { // half a file must not look like a whole one
		panic(http.ErrAbortHandler)
	}
	d.refuseWith(w, p)
}

// fill writes the demo banner, the headings and all rows.
func (d *Door) fill(ctx context.Context, out rowWriter, s *Sheet) error {
	page, err := s.Next(ctx) // before anything is written, so that its failure is still a problem
	if err != nil {
		return err
	}
	if d.cfg.Demo(ctx) {
		if err := out.row([]any{d.say(Lang(ctx), "httpapi.demo_banner")}); err != nil {
			return err
		}
	}
	heads := make([]any, len(s.Columns))
	for i, c := range s.Columns {
		heads[i] = c
	}
	if err := out.row(heads); err != nil {
		return err
	}
	for page != nil {
		for _, cells := range page {
			if err := out.row(cells); err != nil {
				return err
			}
		}
		if page, err = s.Next(ctx); err != nil {
			return err
		}
	}
	return out.end()
}

// download sends headers with the first byte.
type download struct {
	w     http.ResponseWriter
	name  string
	kind  string
	cache string
	begun bool
}

// Write sends p.
func (o *download) Write(p []byte) (int, error) {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", o.kind)
		if o.name != "" {
			o.w.Header().Set("Content-Disposition", Disposition(o.name))
		}
		if o.cache != "" {
			o.w.Header().Set("Cache-Control", o.cache)
		}
	}
	return o.w.Write(p)
}

// Disposition is the Content-Disposition of a file to be saved as name (RFC 6266),
// with an ASCII stand-in for old programs.
func Disposition(name string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < 32 || r > 126 || strings.ContainsRune(`"\/%`, r) {
			return '_'
		}
		return r
	}, name)
	full := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if _, star, ok := strings.Cut(full, "filename*="); ok {
		return `attachment; filename="` + ascii + `"; filename*=` + star
	}
	return `attachment; filename="` + ascii + `"`
}

type csvRows struct{ w *csv.Writer }

func newCSV(out io.Writer) *csvRows {
	w := csv.NewWriter(&marked{out: out})
	w.UseCRLF = true
	return &csvRows{w}
}

// marked writes a byte order mark before the first byte: without it Excel takes
// the file for the machine's own encoding.
type marked struct {
	out  io.Writer
	done bool
}

// Write sends p.
func (m *marked) Write(p []byte) (int, error) {
	if !m.done {
		m.done = true
		if _, err := io.WriteString(m.out, "\uFEFF"); err != nil {
			return 0, err
		}
	}
	return m.out.Write(p)
}

func (c *csvRows) row(cells []any) error {
	texts := make([]string, len(cells))
	for i, v := range cells {
		texts[i] = csvText(v)
	}
	return c.w.Write(texts)
}

func (c *csvRows) end() error {
	c.w.Flush()
	return c.w.Error()
}

func (c *csvRows) drop() {}

// csvText writes a cell. A text a spreadsheet would run as a formula gets an
// apostrophe in front (OWASP, CSV injection); numbers are left alone.
func csvText(v any) string {
	s, isText := cellText(v)
	if isText && s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}

// cellText is the text of a cell and whether the cell is text at all.
func cellText(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		return v, true
	case fmt.Stringer:
		return v.String(), true
	}
	return fmt.Sprint(v), false
}

type xlsxRows struct {
	out  io.Writer
	file *excelize.File
	rows *excelize.StreamWriter
	n    int
}

func newXLSX(out io.Writer, name string) (*xlsxRows, error) {
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", sheetName(name)); err != nil {
		return nil, err
	}
	rows, err := f.NewStreamWriter(sheetName(name))
	if err != nil {
		return nil, err
	}
	return &xlsxRows{out: out, file: f, rows: rows}, nil
}

// sheetName keeps to what a sheet may be called: 31 characters, none of []:*?/\.
func sheetName(name string) string {
	runes := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return '_'
		}
		return r
	}, name))
	if len(runes) == 0 {
		return "Sheet1"
	}
	return string(runes[:min(31, len(runes))])
}

// maxSheetRows is the row limit of the format.
const maxSheetRows = 1_048_576

func (x *xlsxRows) row(cells []any) error {
	if x.n++; x.n > maxSheetRows {
		return kernel.Faultf(kernel.ErrTooLarge, "httpapi.export_rows", maxSheetRows)
	}
	for i, v := range cells {
		if s, ok := v.(fmt.Stringer); ok {
			cells[i] = s.String()
		}
	}
	cell, err := excelize.CoordinatesToCellName(1, x.n)
	if err != nil {
		return err
	}
	return x.rows.SetRow(cell, cells)
}

func (x *xlsxRows) end() error {
	if err := x.rows.Flush(); err != nil {
		return err
	}
	_, err := x.file.WriteTo(x.out)
	return err
}

func (x *xlsxRows) drop() { _ = x.file.Close() } // a temporary file left behind is the system's to sweep
