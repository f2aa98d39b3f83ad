package sheet

import (
	"bufio"
	"errors"
	"io"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// csvReader reads delimited text as RFC 4180 has it and, beyond it, as people
// leave it: quotes inside unquoted cells, a cell that only begins with a quoted
// word, CR or LF inside quotes, rows of different length.
type csvReader struct {
	in     *bufio.Reader
	delim  byte
	loneCR bool
	clean  bool // the file decodes without loss: U+FFFD stands in it as such
	limit  Limits
	line   int // of the byte last read, for faults
	row    int
	cell   []byte
	// of the row being read
	cells []string
	stray bool // a quote was kept as text
	mixed bool // a quoted part with separators is followed by text: no telling what is meant
}

var errRowEnd = errors.New("end of row") // never leaves this file

// next returns the next row, io.EOF after the last.
func (r *csvReader) next() (Row, error) {
	if _, err := r.in.Peek(1); err != nil {
		return Row{}, err
	}
	r.row++
	r.cells, r.stray, r.mixed = nil, false, false
	first := r.line + 1
	for {
		err := r.field(first)
		if err != nil && !errors.Is(err, errRowEnd) {
			return Row{}, err
		}
		if len(r.cells) == r.limit.Columns {
			return Row{}, kernel.Faultf(kernel.ErrTooLarge, "sheet.too_many_columns", r.row, r.limit.Columns)
		}
		r.cells = append(r.cells, string(r.cell))
		if err != nil {
			return r.finish(), nil
		}
	}
}

func (r *csvReader) finish() Row {
	row := Row{Number: r.row, Cells: r.cells}
	if len(row.Cells) == 1 && row.Cells[0] == "" {
		row.Cells = nil
	}
	lost := slices.ContainsFunc(row.Cells, func(s string) bool { return strings.ContainsRune(s, '\uFFFD') })
	switch {
	case r.mixed:
		row.Fault = &kernel.Fault{Kind: kernel.ErrInvalid, Word: "sheet.quote_mixed"}
	case lost && !r.clean:
		row.Fault = &kernel.Fault{Kind: kernel.ErrInvalid, Word: "sheet.undecodable"}
	case lost:
		row.Notes = []kernel.Fault{note("sheet.note_damaged")}
	case r.stray:
		row.Notes = []kernel.Fault{note("sheet.note_quote")}
	}
	return row
}

// field reads one cell into r.cell; errRowEnd tells that it ended the row.
func (r *csvReader) field(first int) error {
	r.cell = r.cell[:0]
	b, err := r.in.ReadByte()
	if err != nil {
		return endOf(err)
	}
	if b != '"' {
		return r.plain(b)
	}
	return r.quoted(first)
}

// plain reads an unquoted cell that begins with b.
func (r *csvReader) plain(b byte) error {
	for {
		if end, err := r.ends(b); end {
			return err
		}
		if err := r.add(b, "sheet.cell_too_long"); err != nil {
			return err
		}
		var err error
		if b, err = r.in.ReadByte(); err != nil {
			return endOf(err)
		}
	}
}

// quoted reads the rest of a cell that begins with a quote.
func (r *csvReader) quoted(first int) error {
	begin := r.line + 1
	for {
		b, err := r.in.ReadByte()
		if errors.Is(err, io.EOF) {
			return kernel.Faultf(kernel.ErrInvalid, "sheet.quote_open", r.row, max(begin, first))
		}
		if err != nil {
			return err
		}
		if b == '"' {
			next, err := r.in.ReadByte()
			if err != nil {
				return endOf(err)
			}
			if next != '"' {
				return r.closed(next)
			}
		}
		if b == '\n' {
			r.line++
		}
		if err := r.add(b, "sheet.quote_open"); err != nil {
			return err
		}
	}
}

// closed goes on after a closing quote that is followed by b. Text there means
// that the quotes belong to the text: "三早"项目.
func (r *csvReader) closed(b byte) error {
	for b == ' ' {
		var err error
		if b, err = r.in.ReadByte(); err != nil {
			return endOf(err)
		}
	}
	if end, err := r.ends(b); end {
		return err
	}
	text := string(r.cell)
	r.stray = true
	r.mixed = r.mixed || strings.ContainsAny(text, "\r\n") || strings.IndexByte(text, r.delim) >= 0
	r.cell = append(append(append(r.cell[:0], '"'), text...), '"')
	return r.plain(b)
}

// ends reports whether b ends the cell, and with errRowEnd also the row.
func (r *csvReader) ends(b byte) (bool, error) {
	switch {
	case b == r.delim:
		return true, nil
	case b == '\n', b == '\r' && r.loneCR:
		r.line++
		return true, errRowEnd
	case b == '\r':
		if next, err := r.in.Peek(1); err == nil && next[0] == '\n' {
			_, _ = r.in.ReadByte() // just peeked
			r.line++
			return true, errRowEnd
		}
	}
	return false, nil
}

func (r *csvReader) add(b byte, word string) error {
	if len(r.cell) >= r.limit.Cell {
		return kernel.Faultf(kernel.ErrTooLarge, word, r.row, r.line+1)
	}
	r.cell = append(r.cell, b)
	return nil
}

// endOf turns the end of the file into the end of the row.
func endOf(err error) error {
	if errors.Is(err, io.EOF) {
		return errRowEnd
	}
	return err
}

// delimiterOf chooses the separator under which most of the first rows have the
// same number of cells, more than one; a comma when none does.
func delimiterOf(text string, loneCR bool, limit Limits) byte {
	best, bestScore := byte(','), 0
	for _, d := range []byte{',', '\t', ';', '|'} {
		r := &csvReader{in: bufio.NewReader(strings.NewReader(text)), delim: d, loneCR: loneCR, limit: limit}
		counts := map[int]int{}
		for range 50 {
			row, err := r.next()
			if err != nil {
				break
			}
			if len(row.Cells) > 1 {
				counts[len(row.Cells)]++
			}
		}
		for cells, rows := range counts {
			if score := rows*100 + min(cells, 99); score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best
}
