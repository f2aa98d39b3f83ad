package sheet

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/xuri/excelize/v2"

	"sente/internal/kernel"
)

// CSVWriter writes a CSV that spreadsheets open correctly: UTF-8 with byte
// order mark, CRLF. Close it to flush.
type CSVWriter struct {
	out *bufio.Writer
	csv *csv.Writer
}

// NewCSVWriter writes to w.
func NewCSVWriter(w io.Writer) (*CSVWriter, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	_, err := out.WriteString("\uFEFF")
	c := csv.NewWriter(out)
	c.UseCRLF = true
	return &CSVWriter{out, c}, err
}

// WriteRow writes one row of strings, integers, floats, dates or money
// (written as the plain decimal). A text that a spreadsheet would run as a
// formula gets an apostrophe before it.
func (w *CSVWriter) WriteRow(cells ...any) error {
	out := make([]string, len(cells))
	for i, c := range cells {
		if s, ok := textOf(c); ok {
			out[i] = guard(s)
		} else {
			out[i] = fmt.Sprint(c)
		}
	}
	return w.csv.Write(out)
}

// Close writes what is still buffered.
func (w *CSVWriter) Close() error {
	w.csv.Flush()
	if err := w.csv.Error(); err != nil {
		return err
	}
	return w.out.Flush()
}

// guard keeps a spreadsheet from running a text as a formula (CWE-1236).
func guard(s string) string {
	for _, first := range s {
		if strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
			return "'" + s
		}
		break
	}
	return s
}

// textOf returns c as text; false for plain numbers.
func textOf(c any) (string, bool) {
	switch x := c.(type) {
	case string:
		return x, true
	case kernel.Date:
		return string(x), true
	case kernel.Money:
		return "", false
	case nil:
		return "", true
	case int, int64, float64:
		return "", false
	}
	return fmt.Sprint(c), true
}

// XLSXWriter streams one sheet of a workbook: memory does not grow with rows.
// Texts are written as texts, so none is a formula. Close it to write the file.
type XLSXWriter struct {
	to     io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	bold   int
	row    int
}

// NewXLSXWriter writes a workbook with one sheet of that name to w; columns are
// its header, kept in sight when scrolling.
func NewXLSXWriter(w io.Writer, sheet string, columns ...string) (x *XLSXWriter, err error) {
	defer kernel.Wrap(&err, "sheet.NewXLSXWriter(%q)", sheet)
	x = &XLSXWriter{to: w, file: excelize.NewFile()}
	if err := x.begin(sheet, columns); err != nil {
		return nil, fmt.Errorf("%w (closing: %v)", err, x.file.Close())
	}
	return x, nil
}

func (x *XLSXWriter) begin(sheet string, columns []string) (err error) {
	if err = x.file.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	if x.bold, err = x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}}); err != nil {
		return err
	}
	if x.stream, err = x.file.NewStreamWriter(sheet); err != nil {
		return err
	}
	if len(columns) == 0 {
		return nil
	}
	if err = x.stream.SetColWidth(1, len(columns), 18); err != nil {
		return err
	}
	if err = x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = excelize.Cell{StyleID: x.bold, Value: c}
	}
	x.row++
	return x.stream.SetRow("A1", head)
}

// WriteRow writes one row of strings, integers, floats, dates or money (a
// number in units of the currency).
func (x *XLSXWriter) WriteRow(cells ...any) error {
	x.row++
	out := make([]any, len(cells))
	for i, c := range cells {
		out[i] = c
		if s, ok := textOf(c); ok {
			out[i] = s
		} else if m, ok := c.(kernel.Money); ok {
			out[i] = moneyCell(m)
		}
	}
	cell, err := excelize.CoordinatesToCellName(1, x.row)
	if err != nil {
		return err
	}
	return x.stream.SetRow(cell, out)
}

// moneyCell is a number where a spreadsheet holds it exactly, else the text.
func moneyCell(m kernel.Money) any {
	exp, _ := kernel.CurrencyExponent(m.Currency)
	if m.Minor > 999_999_999_999_999 || m.Minor < -999_999_999_999_999 {
		return m.String()
	}
	return float64(m.Minor) / math.Pow10(exp) // one correctly rounded division
}

// Close writes the workbook and releases its temporary files.
func (x *XLSXWriter) Close() (err error) {
	defer kernel.Wrap(&err, "sheet.XLSXWriter.Close")
	err = x.stream.Flush()
	if err == nil {
		_, err = x.file.WriteTo(x.to)
	}
	if closed := x.file.Close(); err == nil {
		err = closed
	}
	return err
}
