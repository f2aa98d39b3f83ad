// Package sheet (表格) reads tables as offices keep them and writes tables that
// open safely: XLSX, CSV, and either of them gzipped. It knows cells, headers,
// units, dates and amounts; what a column means is its caller's business.
//
// Reading is streaming: a row at a time, whatever the size of the file. Nothing
// is coerced. A cell is handed on as text exactly as it is shown (a date cell as
// 2023-01-05, a number with the 15 digits a spreadsheet holds), and ParseDate,
// ParseAmount and ParseCount return either a value, with notes on whatever had
// to be understood, or a fault that says what to write instead.
//
//	Open    file → Book (format, encoding with confidence, sheets)
//	Rows    Book → rows
//	Table   first rows → where the header is, columns with units
//	Table.Kind  row → data, total, section, repeated header, blank
package sheet

import "embed"

// Words are the messages of the package's faults and notes.
//
//go:embed words
var Words embed.FS
