package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Column is one column of a table.
type Column struct {
	Index   int      `json:"index"`             // 0 = A
	Name    string   `json:"name"`              // of two-row headers 父·子; "" when the header is blank
	Unit    string   `json:"unit,omitempty"`    // split off the name: 万元, 亩, dd/mm/yyyy
	Serial  bool     `json:"serial,omitempty"`  // 序号: numbers the rows and means nothing
	Samples []string `json:"samples,omitempty"` // the first different cells, at most five
}

// Table tells where in a sheet the header is.
type Table struct {
	Sheet      string   `json:"sheet"`
	HeaderRow  int      `json:"header_row"`              // the sheet's row number, from 1
	HeaderRows int      `json:"header_rows"`             // 1 or 2
	Confidence float64  `json:"confidence"`              // below 0.7 a person should look
	Banner     []string `json:"banner" nullable:"false"` // what stands above the header
	Unit       string   `json:"unit,omitempty"`
	Columns    []Column `json:"columns" nullable:"false"`
}

// Hint helps to find the header.
type Hint struct {
	HeaderRow  int                    // > 0: stated by a person
	HeaderRows int                    // with HeaderRow, 0 = find out
	Known      func(name string) bool // whether a header is one the caller looks for; may be nil
}

const lookAhead = 120 // rows read to find the header

// Table finds the header of a sheet and describes its columns. Fault:
// sheet.header_missing.
func (b *Book) Table(sheet string, hint Hint) (t Table, err error) {
	defer kernel.Wrap(&err, "sheet.Table(%q)", sheet)
	s, err := b.Sheet(sheet)
	if err != nil {
		return Table{}, err
	}
	g := grid{known: hint.Known}
	if b.Format == XLSX {
		if g.merges, err = b.office.merges(s.part); err != nil {
			return Table{}, err
		}
	}
	for row, err := range b.Rows(s.Name) {
		if err != nil && len(g.rows) == 0 {
			return Table{}, err
		}
		if err != nil || len(g.rows) >= max(lookAhead, hint.HeaderRow+60) {
			break // the rows so far show the header; the fault comes again when they are read
		}
		g.rows = append(g.rows, row)
	}
	t = Table{Sheet: s.Name, Confidence: 1, HeaderRow: hint.HeaderRow, HeaderRows: hint.HeaderRows}
	if t.HeaderRow <= 0 {
		t.HeaderRow, t.Confidence = g.find()
	}
	at := g.at(t.HeaderRow)
	if at < 0 {
		return Table{}, kernel.FieldFault("header_row", "sheet.header_missing")
	}
	g.describe(&t, at)
	return t, nil
}

// grid is the first rows of a sheet.
type grid struct {
	rows   []Row
	merges []merge
	known  func(string) bool
}

// at returns the index of the row with that number, -1 for none.
func (g *grid) at(number int) int {
	return slices.IndexFunc(g.rows, func(r Row) bool { return r.Number == number && filled(r) > 0 })
}

// filled counts the cells of r that say something.
func filled(r Row) int {
	n := 0
	for _, c := range r.Cells {
		if Tidy(c) != "" {
			n++
		}
	}
	return n
}

// find returns the number of the row most like a header and how sure that is.
func (g *grid) find() (int, float64) {
	best, bestScore, rank := 0, 0.0, 0
	for i, r := range g.rows {
		if i >= 40 {
			break
		}
		n := filled(r)
		if n == 0 || n == 1 && g.width(i) > 1 {
			continue
		}
		if score := g.score(i) - 0.1*float64(rank); score > bestScore {
			best, bestScore = r.Number, score
		}
		rank++
	}
	return best, min(bestScore/2.2, 1)
}

// width is the number of filled cells in the widest of the rows from i on.
func (g *grid) width(i int) int {
	w := 0
	for _, r := range g.rows[i:min(i+40, len(g.rows))] {
		w = max(w, filled(r))
	}
	return w
}

// score is high for a row that is as wide as the table, made of different
// labels, known ones best, with figures or dates below them.
func (g *grid) score(i int) float64 {
	seen := map[string]bool{}
	var n, labels, known, contrast int
	for c := range g.rows[i].Cells {
		text := Tidy(g.rows[i].Cell(c))
		if text == "" {
			continue
		}
		n++
		name, _ := splitUnit(text)
		seen[Plain(text)] = true
		if isLabel(text) {
			labels++
		}
		if g.known != nil && g.known(name) {
			known++
		}
		if isLabel(text) && i+2 < len(g.rows) && !isLabel(g.rows[i+1].Cell(c)) && !isLabel(g.rows[i+2].Cell(c)) {
			contrast++
		}
	}
	all := float64(n)
	if float64(labels)/all < 0.6 {
		return 0
	}
	return all/float64(g.width(i)) + float64(labels)/all*0.5 + float64(len(seen))/all*0.5 + min(2*float64(known)/all, 1) + 0.5*float64(contrast)/all
}

var (
	figureLike = regexp.MustCompile(`^[-+¥$€£]?[\d,.\s]+(%|万|亿|元|万元|亿元|人|亩|\+)*$`)
	sentence   = regexp.MustCompile(`[。；!?！？]|https?://`)
)

// isLabel reports a text that could head a column.
func isLabel(s string) bool {
	s = Tidy(s)
	if s == "" || len([]rune(s)) > 60 || sentence.MatchString(s) || figureLike.MatchString(Narrow(s)) {
		return false
	}
	_, err := ParseDate(s, DayMonth)
	return err != nil
}

// describe fills in banner, header rows and columns; at is the header's index.
func (g *grid) describe(t *Table, at int) {
	if t.HeaderRows == 0 {
		t.HeaderRows = 1
		switch {
		case at > 0 && g.groups(at-1, at):
			at--
			t.HeaderRow, t.HeaderRows = g.rows[at].Number, 2
		case at+1 < len(g.rows) && g.groups(at, at+1):
			t.HeaderRows = 2
		}
	}
	t.Banner = []string{}
	for _, r := range g.rows[:at] {
		if text := strings.Join(strings.Fields(strings.Join(r.Cells, " ")), " "); text != "" {
			t.Banner = append(t.Banner, text)
		}
	}
	t.Unit = bannerUnit(t.Banner)
	t.Columns = g.columns(at, min(t.HeaderRows, len(g.rows)-at))
}

var bannerUnitForm = regexp.MustCompile(`单\s*位\s*[:：]\s*([^\s，,；;）)]+)`)

func bannerUnit(banner []string) string {
	for _, s := range banner {
		if m := bannerUnitForm.FindStringSubmatch(s); m != nil {
			if _, ok := MoneyUnit(m[1]); ok {
				return m[1]
			}
		}
	}
	return ""
}

// groups reports whether row top holds group heads over the labels of row sub:
// every label of sub stands under a blank, under a head followed by blanks, or
// under a head merged over it.
func (g *grid) groups(top, sub int) bool {
	a, b := g.rows[top], g.rows[sub]
	if b.Number != a.Number+1 || filled(a) < 2 {
		return false
	}
	under := 0
	for c := range max(len(a.Cells), len(b.Cells)) {
		label := Tidy(b.Cell(c))
		if label == "" || slices.Contains(b.Filled, c) {
			continue
		}
		if !isLabel(label) {
			return false
		}
		head, span := Tidy(a.Cell(c)), g.span(a.Number, c)
		if head != "" && span < 2 && Tidy(a.Cell(c+1)) != "" {
			return false // a full head with its own label below: two rows of data, not a group
		}
		if head == "" && g.headOf(a, c) == "" {
			return false
		}
		under++
	}
	return under >= 2
}

// span is the number of columns the cell is merged over.
func (g *grid) span(number, col int) int {
	for _, m := range g.merges {
		if m.top <= number && number <= m.bottom && m.left <= col && col <= m.right {
			return m.right - m.left + 1
		}
	}
	return 1
}

// headOf returns the text over column c in a row of group heads: its own, its
// merged cell's, or in files without merged cells that of the nearest to the left.
func (g *grid) headOf(r Row, c int) string {
	if text := Tidy(r.Cell(c)); text != "" {
		return text
	}
	for _, m := range g.merges {
		if m.top <= r.Number && r.Number <= m.bottom && m.left <= c && c <= m.right {
			return Tidy(r.Cell(m.left))
		}
	}
	if len(g.merges) > 0 {
		return ""
	}
	for c--; c >= 0; c-- {
		if text := Tidy(r.Cell(c)); text != "" {
			return text
		}
	}
	return ""
}

// columns names the columns from the header rows at, at+1 … and samples them.
func (g *grid) columns(at, rows int) []Column {
	width := 0
	for _, r := range g.rows[at:] {
		width = max(width, len(r.Cells))
	}
	out := []Column{}
	for c := range width {
		col := g.column(at, rows, c)
		col.Samples = g.samples(at+rows, c)
		out = append(out, col)
	}
	for len(out) > 0 && out[len(out)-1].Name == "" && len(out[len(out)-1].Samples) == 0 {
		out = out[:len(out)-1]
	}
	return out
}

func (g *grid) column(at, rows, c int) Column {
	col := Column{Index: c}
	var names []string
	for i := range rows {
		r := g.rows[at+i]
		text := Tidy(r.Cell(c))
		if i == 0 && rows > 1 && Tidy(g.rows[at+1].Cell(c)) != "" {
			text = g.headOf(r, c)
		}
		name, unit := splitUnit(text)
		if unit != "" {
			col.Unit = unit
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	col.Name = strings.Join(names, "·")
	switch Plain(strings.Trim(col.Name, "._")) {
	case "序号", "序", "no", "行号", "#", "seq", "serialno":
		col.Serial = true
	}
	return col
}

func (g *grid) samples(from, c int) []string {
	var out []string
	for _, r := range g.rows[min(from, len(g.rows)):] {
		text := Tidy(r.Cell(c))
		if text != "" && !slices.Contains(out, text) && len(out) < 5 {
			out = append(out, text)
		}
	}
	return out
}

var (
	unitInParens = regexp.MustCompile(`^(.*?)\s*[(（\[【]\s*(?:单位\s*[:：])?\s*([^()（）\[\]【】]+?)\s*[)）\]】]\s*$`)
	unitAtEnd    = regexp.MustCompile(`^(.+?)(?:[\s/／:：,，]+(?:单位\s*[:：]\s*)?)([^\s/／:：,，]+)$`)
	spaceRuns    = regexp.MustCompile(`\s+`)
	measures     = " 亩 ㎡ m2 m² 平方米 万㎡ 万平方米 万平米 平米 公顷 km² 平方公里 人 个 家 户 % 年 月 天 吨 万吨 mw gw kwh 万千瓦 千瓦 米 元/㎡ 元/平方米 万元/亩 "
)

// splitUnit takes the unit off a header: "总投资（亿元）" is 总投资 in 亿元. What
// stands in brackets and is no unit stays part of the name.
func splitUnit(header string) (name, unit string) {
	s := strings.Trim(spaceRuns.ReplaceAllString(Tidy(header), " "), "*＊:： ")
	for _, form := range []*regexp.Regexp{unitInParens, unitAtEnd} {
		m := form.FindStringSubmatch(s)
		if m != nil && isUnit(m[2]) {
			return joinHan(m[1]), m[2]
		}
	}
	return joinHan(s), ""
}

func isUnit(s string) bool {
	if _, ok := MoneyUnit(s); ok {
		return true
	}
	return strings.Contains(measures, " "+Plain(s)+" ") || OrderOfUnit(s) != AnyOrder
}

// joinHan drops spaces inside Chinese labels, where they only justify the text.
func joinHan(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x4E00 && r <= 0x9FFF }) && !strings.ContainsFunc(s, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }) {
		return strings.ReplaceAll(s, " ", "")
	}
	return s
}

// RowKind says what a row of a table is.
type RowKind string

// The kinds of rows.
const (
	Data      RowKind = "data"
	BlankRow  RowKind = "blank"     // nothing, or only its serial number
	Total     RowKind = "total"     // 合计, 小计, 总计, 其中 …
	Section   RowKind = "section"   // a title between rows: 二、在谈项目
	Repeated  RowKind = "header"    // the header once more, as on printed pages
	Numbering RowKind = "numbering" // 1 2 3 4 … under the header
)

var (
	totalWord    = regexp.MustCompile(`^[（(【\[]?(合计|小计|总计|共计|累计|本页合计|其中|subtotal|grandtotal|total|ofwhich)([)）】\]:：,，、\d].*)?$`)
	totalEnd     = regexp.MustCompile(`^.{0,12}(合计|小计|总计)[:：]?$`)
	sectionStart = regexp.MustCompile(`^[（(]?[一二三四五六七八九十]+[)）、.．]`)
)

// Kind classifies a row below the header.
func (t Table) Kind(r Row) RowKind {
	var texts []string
	count, first := 0, -1
	for i, c := range r.Cells {
		if Blank(c) {
			continue
		}
		if i < len(t.Columns) && t.Columns[i].Serial && plainDigits(c) {
			continue
		}
		if first < 0 {
			first = i
		}
		count++
		if len(texts) < 3 {
			texts = append(texts, Plain(c))
		}
	}
	switch {
	case count == 0:
		return BlankRow
	case slices.ContainsFunc(texts, func(s string) bool { return totalWord.MatchString(s) || totalEnd.MatchString(s) }):
		return Total
	case count == 1 && len(t.Columns) > 3 && (sectionStart.MatchString(texts[0]) || t.serial(first)):
		return Section
	case t.repeats(r, count):
		return Repeated
	case t.numbers(r, count):
		return Numbering
	}
	return Data
}

func plainDigits(s string) bool { return strings.Trim(Plain(s), "0123456789.") == "" }

func (t Table) serial(i int) bool { return i >= 0 && i < len(t.Columns) && t.Columns[i].Serial }

// repeats reports whether nearly all of r's cells say what the header says.
func (t Table) repeats(r Row, count int) bool {
	same, spare := 0, count/5 // cells that may say something else
	for _, c := range t.Columns {
		if spare < 0 {
			return false
		}
		text := r.Cell(c.Index)
		if text != "" {
			spare--
		}
		name, _ := splitUnit(text)
		if name != "" && (name == c.Name || strings.HasSuffix(c.Name, "·"+name) || strings.HasPrefix(c.Name, name+"·")) {
			same, spare = same+1, spare+1
		}
	}
	return count > 1 && same*10 >= count*8
}

// numbers reports a row that numbers the columns: 1 2 3 …
func (t Table) numbers(r Row, count int) bool {
	for i, c := range r.Cells {
		if s := strings.Trim(Plain(c), "()"); !Blank(c) && s != fmt.Sprint(i+1) && s != fmt.Sprint(i) {
			return false
		}
	}
	return count > 2
}

// MergedOver reports whether column c of r was filled from a merged cell that
// began in an earlier row.
func (r Row) MergedOver(c int) bool { return slices.Contains(r.Filled, c) }
