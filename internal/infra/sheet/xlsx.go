package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// workbook reads the parts of an XLSX file (ISO/IEC 29500, transitional and
// strict) that hold what a person sees: names and order of the sheets, cell
// values, whether a number is shown as a date, and merged cells. Nothing of a
// sheet is kept in memory but the row being read.
type workbook struct {
	zip    *zip.ReadCloser
	limit  Limits
	shared []string
	styles []dateStyle // by cell style
	base   float64     // days to add when dates count from 1904
	size   int         // shared strings' bytes so far
	merged map[string][]merge
}

// dateStyle says how a number format shows a number.
type dateStyle byte

const (
	asNumber dateStyle = iota
	asDay
	asMonth // year and month only
	asTime  // hours and minutes without a day
)

func broken(detail string) error {
	return kernel.Faultf(kernel.ErrInvalid, "sheet.broken", detail)
}

// maxText bounds one piece of XML, in bytes: a text, a tag, a comment. A small
// archive may unpack to a single one that fills the memory.
const maxText = 1 << 20

// pieces reads XML piece by piece, none longer than maxText.
type pieces struct {
	in   io.Reader
	dec  *xml.Decoder
	size int // bytes read since the last piece, with what is read ahead
}

func newPieces(in io.Reader) *pieces {
	p := &pieces{in: in}
	p.dec = xml.NewDecoder(bufio.NewReaderSize(p, 1<<16))
	return p
}

// Read feeds the decoder.
func (p *pieces) Read(b []byte) (int, error) {
	if p.size > maxText {
		return 0, endless()
	}
	n, err := p.in.Read(b)
	p.size += n
	return n, err
}

func (p *pieces) next() (xml.Token, error) {
	t, err := p.dec.RawToken()
	p.size = 0
	return t, err
}

func endless() error { return kernel.Faultf(kernel.ErrTooLarge, "sheet.text_endless", maxText>>20) }

// load reads workbook, relations, styles and shared strings.
func (w *workbook) load() ([]Sheet, error) {
	main, err := w.mainPart()
	if err != nil {
		return nil, err
	}
	rels, err := w.relations(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"))
	if err != nil {
		return nil, err
	}
	sheets, err := w.sheets(main, rels)
	if err != nil {
		return nil, err
	}
	for _, r := range rels {
		switch path.Base(r.Type) {
		case "styles":
			err = w.readStyles(partPath(main, r.Target))
		case "sharedStrings":
			err = w.readShared(partPath(main, r.Target))
		}
		if err != nil {
			return nil, err
		}
	}
	return sheets, nil
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

func (w *workbook) relations(part string) ([]relation, error) {
	var doc struct {
		List []relation `xml:"Relationship"`
	}
	return doc.List, w.decode(part, &doc)
}

func (w *workbook) mainPart() (string, error) {
	rels, err := w.relations("_rels/.rels")
	if err != nil {
		return "", err
	}
	for _, r := range rels {
		if path.Base(r.Type) == "officeDocument" {
			return partPath("", r.Target), nil
		}
	}
	return "", kernel.Faultf(kernel.ErrUnsupported, "sheet.format")
}

// partPath resolves a relation's target against the part that holds it.
func partPath(from, target string) string {
	if strings.HasPrefix(target, "/") {
		return path.Clean(target)[1:]
	}
	return path.Join(path.Dir(from), target)
}

func (w *workbook) sheets(main string, rels []relation) ([]Sheet, error) {
	var doc struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			State string     `xml:"state,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.decode(main, &doc); err != nil {
		return nil, err
	}
	if doc.Properties.Date1904 == "1" || doc.Properties.Date1904 == "true" {
		w.base = 1462
	}
	var out []Sheet
	for _, s := range doc.Sheets {
		sheet := Sheet{Name: s.Name, Hidden: s.State != "" && s.State != "visible"}
		for _, a := range s.Attrs {
			i := slices.IndexFunc(rels, func(r relation) bool { return r.ID == a.Value })
			if a.Name.Local == "id" && i >= 0 && path.Base(rels[i].Type) == "worksheet" {
				sheet.part = partPath(main, rels[i].Target)
			}
		}
		if sheet.part != "" {
			out = append(out, sheet)
		}
	}
	if len(out) == 0 {
		return nil, kernel.Faultf(kernel.ErrInvalid, "sheet.empty")
	}
	return out, nil
}

// open opens a part; reading it beyond the size limit fails.
func (w *workbook) open(part string) (io.ReadCloser, error) {
	for _, f := range w.zip.File {
		if f.Name == part || strings.EqualFold(f.Name, part) {
			r, err := f.Open()
			if err != nil {
				return nil, broken(err.Error())
			}
			return r, nil
		}
	}
	return nil, broken(part)
}

func (w *workbook) decode(part string, into any) error {
	r, err := w.open(part)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, 64<<20)).Decode(into); err != nil {
		return broken(part + ": " + err.Error())
	}
	return nil
}

func (w *workbook) readStyles(part string) error {
	var doc struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := w.decode(part, &doc); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range doc.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range doc.Cells {
		w.styles = append(w.styles, styleOf(c.Format, codes[c.Format]))
	}
	return nil
}

var formatNoise = regexp.MustCompile(`"[^"]*"|\[[^\]]*\]|\\.|[_*].`)

// styleOf classifies a number format: the built-in ones by number (ISO 29500
// 18.8.30, with those of the Chinese locale), the others by their letters.
func styleOf(id int, code string) dateStyle {
	switch {
	case code != "":
	case id >= 14 && id <= 16, id == 22, id >= 28 && id <= 31, id == 36, id >= 50 && id <= 54, id == 58:
		return asDay
	case id == 17, id == 27, id == 55, id == 57:
		return asMonth
	case id >= 18 && id <= 21, id >= 32 && id <= 35, id >= 45 && id <= 47, id == 56:
		return asTime
	default:
		return asNumber
	}
	first, _, _ := strings.Cut(code, ";")
	s := strings.ToLower(formatNoise.ReplaceAllString(first, ""))
	if strings.Contains(s, "general") {
		return asNumber
	}
	switch day, year, clock := strings.Contains(s, "d"), strings.Contains(s, "y"), strings.ContainsAny(s, "hs"); {
	case day:
		return asDay
	case year && strings.Contains(s, "m"):
		return asMonth
	case clock:
		return asTime
	case year, strings.Contains(s, "m"):
		return asDay
	}
	return asNumber
}

// readShared reads the shared strings, without phonetic guides.
func (w *workbook) readShared(part string) error {
	r, err := w.open(part)
	if err != nil {
		return err
	}
	defer r.Close()
	d := newPieces(r)
	var text strings.Builder
	var in, guide bool
	for {
		t, err := d.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errors.Is(err, kernel.ErrTooLarge) {
			return err
		}
		if err != nil {
			return broken(part + ": " + err.Error())
		}
		switch x := t.(type) {
		case xml.StartElement:
			in = x.Name.Local == "t"
			guide = guide || x.Name.Local == "rPh"
		case xml.CharData:
			if in && !guide {
				text.Write(x)
			}
			if text.Len() > maxText {
				return endless()
			}
		case xml.EndElement:
			in = false
			switch x.Name.Local {
			case "rPh":
				guide = false
			case "si":
				if err := w.share(text.String()); err != nil {
					return err
				}
				text.Reset()
			}
		}
	}
}

func (w *workbook) share(s string) error {
	w.size += len(s) + 16
	if int64(w.size) > w.limit.Unzipped {
		return kernel.Faultf(kernel.ErrTooLarge, "sheet.too_big", w.limit.Unzipped>>20)
	}
	w.shared = append(w.shared, unescape(s))
	return nil
}

var escaped = regexp.MustCompile(`_x([0-9A-Fa-f]{4})_`)

// unescape undoes _xHHHH_, in which a workbook keeps control characters.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escaped.ReplaceAllStringFunc(s, func(m string) string {
		n, _ := strconv.ParseUint(m[2:6], 16, 16) // four hexadecimal digits always parse
		return string(rune(n))
	})
}

// merge is a merged area, columns from 0, rows from 1, ends included.
type merge struct{ left, top, right, bottom int }

var mergeRef = regexp.MustCompile(`<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"`)

// merges returns a sheet's merged cells by first row. They stand after the rows
// and take a pass of their own, once per sheet.
func (w *workbook) merges(part string) ([]merge, error) {
	if have, ok := w.merged[part]; ok {
		return have, nil
	}
	found, err := w.scanMerges(part)
	if err == nil {
		w.merged[part] = found
	}
	return found, err
}

func (w *workbook) scanMerges(part string) ([]merge, error) {
	r, err := w.open(part)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	br := bufio.NewReaderSize(r, 1<<16)
	var out []merge
	for {
		tag, err := br.ReadSlice('>')
		if bytes.Contains(tag, []byte("mergeCell ")) {
			if m := mergeRef.FindSubmatch(tag); m != nil {
				out = append(out, merge{columnIndex(string(m[1])), number(m[2]), columnIndex(string(m[3])), number(m[4])})
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			slices.SortFunc(out, func(a, b merge) int { return a.top - b.top })
			return out, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, broken(err.Error())
		case len(out) > 1_000_000:
			return nil, kernel.Faultf(kernel.ErrTooLarge, "sheet.too_big", w.limit.Unzipped>>20)
		}
	}
}

func number(digits []byte) int {
	n, err := strconv.Atoi(string(digits))
	if err != nil {
		return 0
	}
	return n
}

// columnIndex turns "A" into 0, "AB" into 27; -1 when s is no column.
func columnIndex(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' || n > 20_000 {
			return -1
		}
		n = n*26 + int(s[i]-'A') + 1
	}
	return n - 1
}

// ColumnName turns 0 into "A", 27 into "AB".
func ColumnName(i int) string {
	name := ""
	for i++; i > 0; i = (i - 1) / 26 {
		name = string(rune('A'+(i-1)%26)) + name
	}
	return name
}
