package sheet

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"sente/internal/kernel"
)

// rowReader reads the rows of one sheet.
type rowReader struct {
	w      *workbook
	dec    *pieces
	merges []merge // by first row
	next   int     // first of merges not reached yet
	open   []openMerge
	row    Row
	inside bool // a row has begun and not ended
	// of the cell being read
	col   int
	kind  string // the t attribute
	style int
	text  strings.Builder
}

// openMerge is a merged area that reaches below the rows read so far.
type openMerge struct {
	merge
	text string
}

// rows streams the rows of s that hold cells.
func (w *workbook) rows(s Sheet, limit Limits, emit func(Row) error) error {
	merges, err := w.merges(s.part)
	if err != nil {
		return err
	}
	in, err := w.open(s.part)
	if err != nil {
		return err
	}
	defer in.Close()
	r := &rowReader{w: w, dec: newPieces(in), merges: merges}
	for {
		t, err := r.dec.next()
		if errors.Is(err, io.EOF) {
			return r.brokenAt(io.ErrUnexpectedEOF)
		}
		if err != nil {
			return r.brokenAt(err)
		}
		done, err := r.token(t, limit, emit)
		if done || err != nil {
			return err
		}
	}
}

func (r *rowReader) brokenAt(err error) error {
	if errors.Is(err, kernel.ErrTooLarge) {
		return err
	}
	return kernel.Faultf(kernel.ErrInvalid, "sheet.broken_row", r.row.Number, err.Error())
}

// token takes one piece of XML; done at the end of the rows.
func (r *rowReader) token(t xml.Token, limit Limits, emit func(Row) error) (done bool, err error) {
	switch x := t.(type) {
	case xml.StartElement:
		return false, r.start(x, limit)
	case xml.EndElement:
		switch x.Name.Local {
		case "row":
			if !r.inside {
				return false, r.brokenAt(errors.New("</row> without a row"))
			}
			r.inside = false
			r.fill()
			return false, emit(r.row)
		case "sheetData", "worksheet":
			if r.inside {
				return false, r.brokenAt(errors.New("</" + x.Name.Local + "> inside a row"))
			}
			return true, nil
		}
	}
	return false, nil
}

func (r *rowReader) start(x xml.StartElement, limit Limits) error {
	switch x.Name.Local {
	case "row":
		n, err := strconv.Atoi(attr(x, "r"))
		if err != nil {
			n = r.row.Number + 1
		}
		if r.inside {
			return r.brokenAt(errors.New("a row inside a row"))
		}
		if n <= r.row.Number {
			return r.brokenAt(errors.New("row " + strconv.Itoa(n) + " out of order"))
		}
		r.row, r.col, r.inside = Row{Number: n}, -1, true
	case "c":
		if !r.inside {
			return r.brokenAt(errors.New("a cell outside a row"))
		}
		return r.readCell(x, limit)
	}
	return nil
}

func attr(x xml.StartElement, name string) string {
	for _, a := range x.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// readCell reads the element c to its end.
func (r *rowReader) readCell(x xml.StartElement, limit Limits) error {
	r.col++
	if ref := strings.TrimRight(attr(x, "r"), "0123456789"); ref != "" {
		r.col = columnIndex(ref)
	}
	r.kind = attr(x, "t")
	r.style, _ = strconv.Atoi(attr(x, "s")) // absent means style 0
	r.text.Reset()
	if err := r.cellText(limit); err != nil {
		return err
	}
	text := r.value()
	switch {
	case r.col < 0:
		return r.brokenAt(errors.New("cell " + attr(x, "r")))
	case text == "":
		return nil
	case r.col >= limit.Columns:
		return kernel.Faultf(kernel.ErrTooLarge, "sheet.too_many_columns", r.row.Number, limit.Columns)
	}
	for len(r.row.Cells) <= r.col {
		r.row.Cells = append(r.row.Cells, "")
	}
	r.row.Cells[r.col] = text
	return nil
}

// cellText gathers the text of v and of inline t up to the end of c.
func (r *rowReader) cellText(limit Limits) error {
	in, guide := false, false
	for {
		t, err := r.dec.next()
		if err != nil {
			return r.brokenAt(err)
		}
		switch x := t.(type) {
		case xml.StartElement:
			in = x.Name.Local == "v" || x.Name.Local == "t"
			guide = guide || x.Name.Local == "rPh"
		case xml.CharData:
			if in && !guide {
				r.text.Write(x)
			}
			if r.text.Len() > limit.Cell {
				return kernel.Faultf(kernel.ErrTooLarge, "sheet.cell_too_long", r.row.Number, r.row.Number)
			}
		case xml.EndElement:
			in = false
			switch x.Name.Local {
			case "rPh":
				guide = false
			case "c":
				return nil
			case "row", "sheetData", "worksheet":
				return r.brokenAt(errors.New("</" + x.Name.Local + "> inside a cell"))
			}
		}
	}
}

// value is the cell as a person sees it.
func (r *rowReader) value() string {
	s := r.text.String()
	switch r.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || i < 0 || i >= len(r.w.shared) {
			return ""
		}
		return r.w.shared[i]
	case "b":
		if s == "1" {
			return "TRUE"
		}
		return "FALSE"
	case "str", "inlineStr":
		return unescape(s)
	case "e":
		return s
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return s
	}
	return r.number(f)
}

func (r *rowReader) number(f float64) string {
	style := asNumber
	if r.style >= 0 && r.style < len(r.w.styles) {
		style = r.w.styles[r.style]
	}
	if style == asNumber || f+r.w.base < 0 || f > 2_958_465 { // 9999-12-31
		return plainNumber(f)
	}
	return serialText(f+r.w.base, style)
}

// plainNumber writes f without exponent, with the 15 significant digits that a
// spreadsheet holds and shows: 8.5200000000000014 is 8.52.
func plainNumber(f float64) string {
	g, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil {
		g = f
	}
	return strconv.FormatFloat(g, 'f', -1, 64)
}

// serialText writes a spreadsheet's day count, of which 60 is the 29 February
// 1900 that never was, as 2023-01-05, with the time of day when it has one.
func serialText(serial float64, style dateStyle) string {
	minutes := math.Round(serial * 24 * 60)
	days := math.Floor(minutes / (24 * 60))
	origin := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	if days < 60 {
		origin = origin.AddDate(0, 0, 1)
	}
	at := origin.AddDate(0, 0, int(days)).Add(time.Duration(minutes-days*24*60) * time.Minute)
	switch {
	case style == asTime && serial < 1:
		return at.Format("15:04")
	case style == asMonth && at.Day() == 1 && minutes == days*24*60:
		return at.Format("2006-01")
	case minutes == days*24*60:
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01-02 15:04")
}

// fill carries the value of cells merged over several rows down to r.row, as a
// person reads them.
func (r *rowReader) fill() {
	n := r.row.Number
	still := r.open[:0]
	for _, o := range r.open {
		if o.bottom >= n {
			r.carry(o)
			still = append(still, o)
		}
	}
	r.open = still
	for r.next < len(r.merges) && r.merges[r.next].top <= n {
		if m := r.merges[r.next]; m.top == n && m.bottom > n {
			r.open = append(r.open, openMerge{m, r.row.Cell(m.left)})
		}
		r.next++
	}
}

func (r *rowReader) carry(m openMerge) {
	if m.text == "" || m.left < 0 || m.left >= r.w.limit.Columns || r.row.Cell(m.left) != "" {
		return
	}
	for len(r.row.Cells) <= m.left {
		r.row.Cells = append(r.row.Cells, "")
	}
	r.row.Cells[m.left] = m.text
	r.row.Filled = append(r.row.Filled, m.left)
}
