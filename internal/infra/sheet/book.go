package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"unicode/utf8"

	"sente/internal/kernel"
)

// Limits bound what a file may make the program hold or read.
type Limits struct {
	Rows     int   // with at least one cell
	Columns  int   // per row
	Cell     int   // bytes per cell
	Unzipped int64 // bytes of the file, and of a workbook's parts together, once unpacked
}

// DefaultLimits fit a million rows of an ordinary register.
func DefaultLimits() Limits {
	return Limits{Rows: 1_000_000, Columns: 1_000, Cell: 64 << 10, Unzipped: 1 << 30}
}

// Options say how to open a file. The zero Options detect everything.
type Options struct {
	Encoding  string // of a CSV, "" to detect
	Delimiter string // of a CSV, one ASCII character, "" to detect
	Limits    Limits // zero = DefaultLimits
	TempDir   string // where a gzipped file is unpacked; "" = the system's
}

// The formats.
const (
	XLSX = "xlsx"
	CSV  = "csv"
)

// Sheet is one sheet of a book; a CSV has one with no name.
type Sheet struct {
	Name   string `json:"name"`
	Hidden bool   `json:"hidden,omitempty"`
	part   string // path inside the archive
}

// Row is one row as a person sees it.
type Row struct {
	Number int      // 1 = first row of the sheet
	Cells  []string // trailing blank cells may be missing
	Filled []int    // columns filled from a merged cell that began in an earlier row
	Fault  *kernel.Fault
	Notes  []kernel.Fault
}

// Cell returns the cell in column i, "" when the row is shorter.
func (r Row) Cell(i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

// Book is an open file.
type Book struct {
	Format    string
	Encoding  Guess // of a CSV
	Delimiter string
	Sheets    []Sheet

	path   string
	temp   string // unpacked copy to remove
	limit  Limits
	office *workbook // of an XLSX
}

// Open opens the file at path, whose format is told by its content, not its
// name. Close it after use. Faults: sheet.empty, sheet.format, sheet.format_xls,
// sheet.broken, sheet.too_big, sheet.encoding_unknown.
func Open(path string, o Options) (b *Book, err error) {
	defer kernel.Wrap(&err, "sheet.Open")
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	b = &Book{path: path, limit: o.Limits}
	head, err := headOf(path)
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(head, []byte{0x1F, 0x8B}) {
		if err := b.unpack(o.TempDir); err != nil {
			return nil, err
		}
		if head, err = headOf(b.path); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	if err := b.open(head, o); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// open reads what the format's own head tells.
func (b *Book) open(head []byte, o Options) error {
	switch {
	case len(head) == 0:
		return kernel.Faultf(kernel.ErrInvalid, "sheet.empty")
	case bytes.HasPrefix(head, []byte{0xD0, 0xCF, 0x11, 0xE0}):
		return kernel.Faultf(kernel.ErrUnsupported, "sheet.format_xls")
	case bytes.HasPrefix(head, []byte("PK")):
		b.Format = XLSX
		return b.openOffice()
	case bytes.IndexByte(head, 0) >= 0 && head[0] != 0xFF && head[0] != 0xFE && o.Encoding == "":
		return kernel.Faultf(kernel.ErrUnsupported, "sheet.format")
	}
	b.Format, b.Sheets = CSV, []Sheet{{}}
	return b.openCSV(o)
}

// Close releases the book's files.
func (b *Book) Close() error {
	var errs []error
	if b.office != nil {
		errs = append(errs, b.office.zip.Close())
	}
	if b.temp != "" {
		errs = append(errs, os.Remove(b.temp))
	}
	return errors.Join(errs...)
}

// headOf returns the first bytes of the file.
func headOf(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}

// unpack copies a gzipped file's content to a temporary file.
func (b *Book) unpack(dir string) (err error) {
	in, err := os.Open(b.path)
	if err != nil {
		return err
	}
	defer in.Close()
	zr, err := gzip.NewReader(in)
	if err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "sheet.broken", err.Error())
	}
	out, err := os.CreateTemp(dir, "sheet-*")
	if err != nil {
		return err
	}
	n, err := io.Copy(out, io.LimitReader(zr, b.limit.Unzipped+1))
	closed := out.Close()
	switch {
	case err != nil:
		err = kernel.Faultf(kernel.ErrInvalid, "sheet.broken", err.Error())
	case n > b.limit.Unzipped:
		err = kernel.Faultf(kernel.ErrTooLarge, "sheet.too_big", b.limit.Unzipped>>20)
	default:
		err = closed
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	b.path, b.temp = out.Name(), out.Name()
	return nil
}

// openCSV decides encoding and delimiter.
func (b *Book) openCSV(o Options) error {
	f, err := os.Open(b.path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() > b.limit.Unzipped {
		return kernel.Faultf(kernel.ErrTooLarge, "sheet.too_big", b.limit.Unzipped>>20)
	}
	if b.Encoding, err = Detect(f); err != nil {
		return err
	}
	if o.Encoding != "" {
		b.Encoding.Encoding, b.Encoding.Confidence = o.Encoding, 1
	}
	b.Delimiter = o.Delimiter
	if b.Delimiter == "" {
		return b.detectDelimiter(f)
	}
	if len(b.Delimiter) != 1 || b.Delimiter[0] >= utf8.RuneSelf || b.Delimiter == "\"" || b.Delimiter == "\n" || b.Delimiter == "\r" {
		return kernel.FieldFault("delimiter", "sheet.delimiter", b.Delimiter)
	}
	return nil
}

func (b *Book) detectDelimiter(f *os.File) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r, err := decoder(io.LimitReader(f, 256<<10), b.Encoding.Encoding)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	b.Delimiter = string(delimiterOf(string(text), b.Encoding.loneCR, b.limit))
	return nil
}

// Sheet returns the sheet of that name; "" is the first one that is shown.
// Fault: sheet.no_sheet.
func (b *Book) Sheet(name string) (Sheet, error) {
	for _, s := range b.Sheets {
		if s.Name == name || name == "" && !s.Hidden {
			return s, nil
		}
	}
	return Sheet{}, kernel.FieldFault("sheet", "sheet.no_sheet", name)
}

// Rows yields the rows of a sheet in order; blank rows may be missing. An error
// ends the iteration: the file is broken from there on, and the fault names the
// row. A row that alone is unusable comes with its Fault set.
func (b *Book) Rows(sheet string) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s, err := b.Sheet(sheet)
		if err != nil {
			yield(Row{}, err)
			return
		}
		n := 0
		emit := func(r Row) error {
			if len(r.Cells) > 0 {
				n++
			}
			if n > b.limit.Rows {
				return kernel.Faultf(kernel.ErrTooLarge, "sheet.too_many_rows", b.limit.Rows)
			}
			if !yield(r, nil) {
				return errStop
			}
			return nil
		}
		read := b.csvRows
		if b.Format == XLSX {
			read = func(emit func(Row) error) error { return b.office.rows(s, b.limit, emit) }
		}
		if err := read(emit); err != nil && !errors.Is(err, errStop) {
			yield(Row{}, fmt.Errorf("sheet.Rows(%q): %w", sheet, err))
		}
	}
}

var errStop = errors.New("the reader has seen enough") // never leaves Rows

func (b *Book) csvRows(emit func(Row) error) error {
	f, err := os.Open(b.path)
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := decoder(f, b.Encoding.Encoding)
	if err != nil {
		return err
	}
	r := &csvReader{in: bufio.NewReaderSize(in, 1<<16), delim: b.Delimiter[0], loneCR: b.Encoding.loneCR, limit: b.limit,
		clean: b.Encoding.Encoding == UTF8 && b.Encoding.clean}
	for {
		row, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := emit(row); err != nil {
			return err
		}
	}
}

// openOffice opens the archive and reads everything but the sheets.
func (b *Book) openOffice() error {
	z, err := zip.OpenReader(b.path)
	if err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "sheet.broken", err.Error())
	}
	w := &workbook{zip: z, limit: b.limit, merged: map[string][]merge{}}
	b.office = w
	left := uint64(b.limit.Unzipped)
	for _, f := range z.File {
		if f.UncompressedSize64 > left { // what parts say they come to may be more than 64 bits hold
			return kernel.Faultf(kernel.ErrTooLarge, "sheet.too_big", b.limit.Unzipped>>20)
		}
		left -= f.UncompressedSize64
	}
	b.Sheets, err = w.load()
	return err
}
