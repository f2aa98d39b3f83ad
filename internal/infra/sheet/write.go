package sheet

import (
	"errors"
	"io"

	"github.com/xuri/excelize/v2"

	"sente/internal/kernel"
)

// XLSXWriter streams one sheet of a workbook: memory does not grow with rows.
// Texts are written as texts, so none can become a formula (CWE-1236). Close it
// to write the file.
type XLSXWriter struct {
	to     io.Writer
	file   *excelize.File
	stream *excelize.StreamWriter
	row    int
}

// NewXLSXWriter writes a workbook with one sheet of that name to w; columns are
// its header, kept in sight when scrolling.
func NewXLSXWriter(w io.Writer, sheet string, columns ...string) (x *XLSXWriter, err error) {
	defer kernel.Wrap(&err, "sheet.NewXLSXWriter(%q)", sheet)
	x = &XLSXWriter{to: w, file: excelize.NewFile()}
	if err := x.begin(sheet, columns); err != nil {
		return nil, errors.Join(err, x.file.Close())
	}
	return x, nil
}

func (x *XLSXWriter) begin(sheet string, columns []string) (err error) {
	if err = x.file.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	bold, err := x.file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if x.stream, err = x.file.NewStreamWriter(sheet); err != nil {
		return err
	}
	if err = x.stream.SetColWidth(1, max(len(columns), 1), 18); err != nil {
		return err
	}
	if err = x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(columns))
	for i, c := range columns {
		head[i] = excelize.Cell{StyleID: bold, Value: c}
	}
	return x.WriteRow(head...)
}

// WriteRow writes one row of texts and numbers.
func (x *XLSXWriter) WriteRow(cells ...any) error {
	x.row++
	cell, err := excelize.CoordinatesToCellName(1, x.row)
	if err != nil {
		return err
	}
	return x.stream.SetRow(cell, cells)
}

// Close writes the workbook and releases its temporary files.
func (x *XLSXWriter) Close() (err error) {
	defer kernel.Wrap(&err, "sheet.XLSXWriter.Close")
	err = x.stream.Flush()
	if err == nil {
		_, err = x.file.WriteTo(x.to)
	}
	return errors.Join(err, x.file.Close())
}
