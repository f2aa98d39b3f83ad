package sheet

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"

	"sente/internal/infra/testneed"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

func file(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "upload")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t *testing.T, content []byte, o Options) *Book {
	t.Helper()
	o.TempDir = t.TempDir()
	b, err := Open(file(t, content), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// all reads every row; the error, if any, ends it.
func all(b *Book, sheet string) (rows []Row, err error) {
	for r, err := range b.Rows(sheet) {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func show(rows []Row) string {
	var out []string
	for _, r := range rows {
		s := fmt.Sprintf("%d:%s", r.Number, strings.Join(r.Cells, "|"))
		if r.Fault != nil {
			s += "!" + r.Fault.Word
		}
		for _, n := range r.Notes {
			s += "?" + n.Word
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

func TestCSVRows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want, fault string }{
		"plain":             {"a,b\n1,2\n", "1:a|b\n2:1|2", ""},
		"no last newline":   {"a,b\n1,2", "1:a|b\n2:1|2", ""},
		"crlf":              {"a,b\r\n1,2\r\n", "1:a|b\n2:1|2", ""},
		"cr alone":          {"a,b\r1,2\r", "1:a|b\n2:1|2", ""},
		"cr inside quotes":  {"a,b\n\"x\ry\",2\n", "1:a|b\n2:x\ry|2", ""},
		"lf inside quotes":  {"a,b\n\"x\ny\",2\n", "1:a|b\n2:x\ny|2", ""},
		"doubled quotes":    {"a,b\n\"say \"\"hi\"\"\",2\n", "1:a|b\n2:say \"hi\"|2", ""},
		"quoted delimiter":  {"a,b\n\"1,2\",3\n", "1:a|b\n2:1,2|3", ""},
		"blank line":        {"a,b\n\n1,2\n", "1:a|b\n2:\n3:1|2", ""},
		"ragged":            {"a,b,c\n1\n1,2,3,4\n", "1:a|b|c\n2:1\n3:1|2|3|4", ""},
		"empty cells":       {"a,,\n,,\n", "1:a||\n2:||", ""},
		"quote inside":      {"a,b\n5\" pipe,2\n", "1:a|b\n2:5\" pipe|2", ""},
		"quoted first word": {"a,b\n\"三早\"项目,2\n3,4\n", "1:a|b\n2:\"三早\"项目|2?sheet.note_quote\n3:3|4", ""},
		"ambiguous quotes":  {"a,b\n\"x,y\"z,2\n3,4\n", "1:a|b\n2:\"x,y\"z|2!sheet.quote_mixed\n3:3|4", ""},
		"blank after quote": {"a,b\n\"x\" ,2\n", "1:a|b\n2:x|2", ""},
		"open quote":        {"a,b\n1,2\n\"x,2\n3,4\n", "1:a|b\n2:1|2", "sheet.quote_open"},
		"semicolons":        {"a;b\n1,5;2\n3,5;2\n", "1:a|b\n2:1,5|2\n3:3,5|2", ""},
		"tabs":              {"a\tb\n1\t2\n", "1:a|b\n2:1|2", ""},
		"byte order mark":   {"\uFEFFa,b\n1,2\n", "1:a|b\n2:1|2", ""},
		"damaged at source": {"a,b\n\uFFFD,2\n", "1:a|b\n2:\uFFFD|2?sheet.note_damaged", ""},
	} {
		rows, err := all(open(t, []byte(c.in), Options{}), "")
		if got := show(rows); got != c.want || word(t, err) != c.fault {
			t.Errorf("%s: got\n%s\n%v\nwant\n%s %s", name, got, err, c.want, c.fault)
		}
	}
}

func TestOpenQuoteNamesRowAndLine(t *testing.T) {
	t.Parallel()
	_, err := all(open(t, []byte("a,b\n\"x\ny\",1\n\"z,2\n"), Options{}), "")
	var f *kernel.Fault
	if !errors.As(err, &f) {
		t.Fatal(err)
	}
	book, loadErr := words.Load(Words)
	if loadErr != nil {
		t.Fatal(loadErr)
	}
	if got := book.Say("en", f.Word, f.Args...); !strings.Contains(got, "Row 3 has a quotation mark that is never closed (it begins on line 4") {
		t.Errorf("%s", got)
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	chinese := "项目名称,总投资（亿元）,进展\n长春兴隆国际陆港,8.52,已签约\n聚乳酸原料,10,在谈\n"
	western := "name,note\nSociété Générale,£5 – “ready”\nMüller’s,naïve café\n"
	gb, _ := simplifiedchinese.GB18030.NewEncoder().String(chinese)
	cp, err := charmap.Windows1252.NewEncoder().String(western)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in, encoding, cell string
		sure               bool
	}{
		"utf-8":    {chinese, UTF8, "长春兴隆国际陆港", true},
		"bom":      {"\uFEFF" + chinese, UTF8, "长春兴隆国际陆港", true},
		"gb18030":  {gb, GB18030, "长春兴隆国际陆港", true},
		"cp1252":   {cp, CP1252, "Société Générale", true},
		"ascii":    {"a,b\nc,d\n", UTF8, "c", true},
		"late":     {strings.Repeat("a,b\nc,d\n", 40_000) + gb, GB18030, "c", true},
		"mixed":    {strings.Repeat(chinese, 20) + "\xC4\xE3,1\n", UTF8, "长春兴隆国际陆港", false},
		"utf-16le": {"\xFF\xFEa\x00,\x00b\x00\n\x00c\x00,\x00d\x00", UTF16LE, "c", true},
	} {
		b := open(t, []byte(c.in), Options{})
		rows, err := all(b, "")
		if err != nil || b.Encoding.Encoding != c.encoding || rows[1].Cells[0] != c.cell || b.Encoding.Confidence >= 0.8 != c.sure {
			t.Errorf("%s: %+v %q %v", name, b.Encoding, rows[1].Cells, err)
		}
	}
	rows, err := all(open(t, []byte(gb), Options{Encoding: CP1252}), "")
	if err != nil || rows[1].Cells[0] == "长春兴隆国际陆港" {
		t.Errorf("the stated encoding was not used: %q %v", rows[1].Cells, err)
	}
	rows, err = all(open(t, []byte(strings.Repeat(chinese, 20)+"\xC4\xE3,1\n"), Options{}), "")
	if last := rows[len(rows)-1]; err != nil || last.Fault == nil || last.Fault.Word != "sheet.undecodable" || rows[0].Fault != nil {
		t.Errorf("a row that does not decode: %+v %v", last, err)
	}
}

func TestRefusedFiles(t *testing.T) {
	t.Parallel()
	small := Limits{Rows: 3, Columns: 3, Cell: 10, Unzipped: 2000}
	zipped := func(b []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(b)
		_ = w.Close()
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		in    []byte
		o     Options
		fault string
	}{
		"empty":             {nil, Options{}, "sheet.empty"},
		"old xls":           {[]byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}, Options{}, "sheet.format_xls"},
		"picture":           {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"), Options{}, "sheet.format"},
		"not a workbook":    {archive(t, map[string]string{"a.txt": "x"}), Options{}, "sheet.broken"},
		"cut zip":           {archive(t, map[string]string{"a.txt": "x"})[:40], Options{}, "sheet.broken"},
		"cut gzip":          {zipped(bytes.Repeat([]byte("a,b\n"), 99))[:30], Options{}, "sheet.broken"},
		"gzip bomb":         {zipped(bytes.Repeat([]byte("a"), 5000)), Options{Limits: small}, "sheet.too_big"},
		"zip bomb":          {archive(t, map[string]string{"a.txt": strings.Repeat("a", 5000)}), Options{Limits: small}, "sheet.too_big"},
		"big csv":           {bytes.Repeat([]byte("a,b\n"), 999), Options{Limits: small}, "sheet.too_big"},
		"rows":              {[]byte("1\n2\n3\n4\n"), Options{Limits: small}, "sheet.too_many_rows"},
		"columns":           {[]byte("1,2,3,4\n"), Options{Limits: small}, "sheet.too_many_columns"},
		"long cell":         {[]byte("a,bbbbbbbbbbbb\n"), Options{Limits: small}, "sheet.cell_too_long"},
		"unknown encoding":  {[]byte("a,b\n"), Options{Encoding: "big5"}, "sheet.encoding_unknown"},
		"unknown delimiter": {[]byte("a,b\n"), Options{Delimiter: "，"}, "sheet.delimiter"},
	} {
		c.o.TempDir = t.TempDir()
		b, err := Open(file(t, c.in), c.o)
		if err == nil {
			_, err = all(b, "")
			_ = b.Close()
		}
		if got := word(t, err); got != c.fault {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.fault)
		}
		if left, _ := os.ReadDir(c.o.TempDir); len(left) > 0 {
			t.Errorf("%s: left %v behind", name, left)
		}
	}
}

func archive(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range parts {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// workbookOf builds an XLSX with excelize, a writer independent of our reader.
func workbookOf(t *testing.T, build func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	build(f)
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func put(t *testing.T, f *excelize.File, cell string, v any) {
	t.Helper()
	if err := f.SetCellValue("Sheet1", cell, v); err != nil {
		t.Fatal(err)
	}
}

func style(t *testing.T, f *excelize.File, cell, format string) {
	t.Helper()
	id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err == nil {
		err = f.SetCellStyle("Sheet1", cell, cell, id)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestXLSXCells(t *testing.T) {
	t.Parallel()
	content := workbookOf(t, func(f *excelize.File) {
		put(t, f, "A1", "文本")
		put(t, f, "B1", 8.5200000000000014)
		put(t, f, "C1", 123456789012345.0)
		put(t, f, "D1", true)
		put(t, f, "F1", 0.1)
		put(t, f, "A3", time.Date(2023, 1, 5, 0, 0, 0, 0, time.UTC))
		put(t, f, "B3", time.Date(2023, 1, 5, 13, 30, 0, 0, time.UTC))
		for cell, format := range map[string]string{"C3": `yyyy"年"m"月"d"日"`, "D3": `yyyy"年"m"月"`, "E3": "0.00", "F3": `[$-804]m/d/yy;@`, "G3": `"d"0`} {
			put(t, f, cell, 44931)
			style(t, f, cell, format)
		}
		put(t, f, "H3", 44927)
		style(t, f, "H3", `yyyy"年"m"月"`)
		if _, err := f.NewSheet("去年"); err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetVisible("去年", false); err != nil {
			t.Fatal(err)
		}
	})
	b := open(t, content, Options{})
	rows, err := all(b, "")
	want := "1:文本|8.52|123456789012345|TRUE||0.1\n3:2023-01-05|2023-01-05 13:30|2023-01-05|2023-01-05|44931|2023-01-05|44931|2023-01"
	if got := show(rows); got != want || err != nil {
		t.Errorf("got\n%s\nwant\n%s (%v)", got, want, err)
	}
	if len(b.Sheets) != 2 || b.Sheets[1].Name != "去年" || !b.Sheets[1].Hidden {
		t.Errorf("sheets %+v", b.Sheets)
	}
	if _, err := all(b, "明年"); word(t, err) != "sheet.no_sheet" {
		t.Errorf("a sheet that is not there: %v", err)
	}
}

func TestXLSXLimitsAndDamage(t *testing.T) {
	t.Parallel()
	content := workbookOf(t, func(f *excelize.File) {
		for i := range 5 {
			put(t, f, fmt.Sprintf("A%d", i+1), "x")
			put(t, f, fmt.Sprintf("E%d", i+1), strings.Repeat("长", 20))
		}
	})
	for limit, fault := range map[Limits]string{
		{Rows: 4, Columns: 9, Cell: 99, Unzipped: 1 << 20}: "sheet.too_many_rows",
		{Rows: 9, Columns: 4, Cell: 99, Unzipped: 1 << 20}: "sheet.too_many_columns",
		{Rows: 9, Columns: 9, Cell: 99, Unzipped: 1 << 10}: "sheet.too_big",
		{Rows: 9, Columns: 9, Cell: 99, Unzipped: 1 << 20}: "",
	} {
		b, err := Open(file(t, content), Options{Limits: limit})
		if err == nil {
			_, err = all(b, "")
			_ = b.Close()
		}
		if word(t, err) != fault {
			t.Errorf("%+v: %v, want %s", limit, err, fault)
		}
	}
	wrapped := file(t, wrap(t, content))
	if _, err := Open(wrapped, Options{Limits: Limits{Rows: 9, Columns: 9, Cell: 99, Unzipped: 1 << 20}}); word(t, err) != "sheet.too_big" {
		t.Errorf("parts whose sizes come to 2⁶⁴: %v", err)
	}
	cut := rewrite(t, content, "xl/worksheets/sheet1.xml", func(s string) string { return s[:strings.Index(s, `<row r="3"`)+20] })
	rows, err := all(open(t, cut, Options{}), "")
	if word(t, err) != "sheet.broken_row" || len(rows) != 2 {
		t.Errorf("a cut sheet: %d rows, %v", len(rows), err)
	}
	back := rewrite(t, content, "xl/worksheets/sheet1.xml", func(s string) string { return strings.Replace(s, `<row r="3"`, `<row r="1"`, 1) })
	if _, err := all(open(t, back, Options{}), ""); word(t, err) != "sheet.broken_row" {
		t.Errorf("rows out of order: %v", err)
	}
}

// Rows that do not begin, do not end or lie in one another are no rows: none is
// made up, none is told twice, none is lost without a word.
func TestRowsThatAreNone(t *testing.T) {
	t.Parallel()
	content := workbookOf(t, func(f *excelize.File) { put(t, f, "A1", "甲"); put(t, f, "A2", "乙") })
	const cell = `<c t="inlineStr"><is><t>x</t></is></c>`
	for text, want := range map[string]string{
		`<row r="1">` + cell + `</row><row r="2">` + cell + `</row>`: "",
		`<ro>` + cell + `</row>`:                                     "a cell outside a row",
		`</row>`:                                                     "</row> without a row",
		`<row r="1">` + cell + `</row></row>`:                        "</row> without a row",
		`<row r="1">` + cell + `<row r="2">` + cell + `</row></row>`: "a row inside a row",
		`<row r="1">` + cell:                                         "</sheetData> inside a row",
		`<row r="1"/>` + cell + `<row r="2"/>`:                       "a cell outside a row",
	} {
		file := rewrite(t, content, "xl/worksheets/sheet1.xml", func(string) string { return "<worksheet><sheetData>" + text + "</sheetData></worksheet>" })
		rows, err := all(open(t, file, Options{}), "")
		if want == "" {
			if err != nil || len(rows) != 2 {
				t.Errorf("%s: %d rows, %v", text, len(rows), err)
			}
			continue
		}
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != "sheet.broken_row" || !strings.Contains(fmt.Sprint(f.Args), want) {
			t.Errorf("%s: %d rows, %v, want %s", text, len(rows), err, want)
		}
	}
}

// wrap adds to a workbook a part that says it is so long that the sizes of all
// parts together come to 2⁶⁴, which is nothing.
func wrap(t *testing.T, content []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.CreateRaw(&zip.FileHeader{Name: "docProps/last.xml", Method: zip.Deflate, UncompressedSize64: -total}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rewrite changes one part of a workbook.
func rewrite(t *testing.T, content []byte, part string, change func(string) string) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(text)
	}
	parts[part] = change(parts[part])
	return archive(t, parts)
}

// ledger is a register as offices keep them: title and unit above a two-row
// header, merged cells, subtotals and section titles between rows.
func ledger(t *testing.T) []byte {
	return workbookOf(t, func(f *excelize.File) {
		for i, row := range [][]any{
			{"虚构开发区2023年招商引资项目台账"},
			{"填报单位：招商一局", "", "", "", "", "", "", "单位：万元、亩"},
			{"序号", "项目名称", "投资方", "投资额（万元）", "", "占地面积\n（亩）", "责任\n部门", "进展情况"},
			{"", "", "", "总投资", "其中：固定资产投资", "", "", ""},
			{"一、签约项目"},
			{1, "甲乙新材料", "甲乙公司", 12000, 8000, 30, "招商一局", "2023年3月签约，5月开工"},
			{2, "丙丁装备", "丙丁公司", "1.5亿元", "NA", "—", "", "正在推进"},
			{"小计", "", "", 27000, 8000, 30},
			{"二、在谈项目"},
			{3, "戊己物流", "", "５０００", "", "", "招商二局", "待定"},
			{4},
			{"合  计", "", "", 32000, 8000, 30},
		} {
			for j, v := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if v != "" {
					put(t, f, cell, v)
				}
			}
		}
		for _, m := range []string{"A1:H1", "A3:A4", "B3:B4", "C3:C4", "D3:E3", "F3:F4", "G3:G4", "H3:H4", "A5:H5", "A8:C8", "G6:G7", "A9:H9"} {
			a, b, _ := strings.Cut(m, ":")
			if err := f.MergeCell("Sheet1", a, b); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestLedgerTable(t *testing.T) {
	t.Parallel()
	b := open(t, ledger(t), Options{})
	table, err := b.Table("", Hint{})
	if err != nil || table.HeaderRow != 3 || table.HeaderRows != 2 || len(table.Banner) != 2 || table.Unit != "" {
		t.Fatalf("%+v, %v", table, err)
	}
	want := "序号*,项目名称,投资方,投资额·总投资[万元],投资额·其中：固定资产投资[万元],占地面积[亩],责任部门,进展情况"
	if got := columnNames(table); got != want {
		t.Errorf("columns\n%s\nwant\n%s", got, want)
	}
	var kinds []string
	for r, err := range b.Rows("") {
		if err != nil {
			t.Fatal(err)
		}
		if r.Number > 4 {
			kinds = append(kinds, fmt.Sprintf("%d%s", r.Number, table.Kind(r)))
		}
		if r.Number == 7 && (r.Cell(6) != "招商一局" || !r.MergedOver(6)) {
			t.Errorf("the merged department is not carried down: %+v", r)
		}
	}
	if got := strings.Join(kinds, " "); got != "5section 6data 7data 8total 9section 10data 11blank 12total" {
		t.Errorf("rows are %s", got)
	}
}

func columnNames(table Table) string {
	var out []string
	for _, c := range table.Columns {
		s := c.Name
		if c.Unit != "" {
			s += "[" + c.Unit + "]"
		}
		if c.Serial {
			s += "*"
		}
		out = append(out, s)
	}
	return strings.Join(out, ",")
}

func TestTables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in        string
		row, rows int
		columns   string
	}{
		"plain":           {"name,city\nA,B\nC,D\n", 1, 1, "name,city"},
		"banner":          {"某区项目表,,\n单位：亿元,,\n项目,总投资,日期\n甲,1.5,2023-01-05\n乙,2,2023-02-05\n", 3, 1, "项目,总投资,日期"},
		"blank headers":   {"项目,,总投资 万元,\n甲,x,1,\n乙,y,2,\n", 1, 1, "项目,,总投资[万元]"},
		"two rows":        {"序号,项目,投资额,,进度\n,,总投资(亿元),到位(亿元),\n1,甲,1,2,x\n2,乙,1,2,x\n", 1, 2, "序号*,项目,投资额·总投资[亿元],投资额·到位[亿元],进度"},
		"groups over all": {"基本信息,,资金,\n项目,部门,总投资,固投\n甲,一局,1,2\n乙,二局,3,4\n", 1, 2, "基本信息·项目,基本信息·部门,资金·总投资,资金·固投"},
		"date order":      {"Site,Submitted (dd/mm/yyyy)\nA,05/01/2023\nB,06/01/2023\n", 1, 1, "Site,Submitted[dd/mm/yyyy]"},
		"brackets kept":   {"Operator (or Applicant),n\nA,1\nB,2\n", 1, 1, "Operator (or Applicant),n"},
		"one column":      {"名称\n甲\n乙\n", 1, 1, "名称"},
	} {
		table, err := open(t, []byte(c.in), Options{}).Table("", Hint{})
		if got := columnNames(table); err != nil || table.HeaderRow != c.row || table.HeaderRows != c.rows || got != c.columns {
			t.Errorf("%s: row %d (%d rows) %s, %v", name, table.HeaderRow, table.HeaderRows, got, err)
		}
	}
	b := open(t, []byte("x,y\na,b\nc,d\n"), Options{})
	table, err := b.Table("", Hint{Known: func(n string) bool { return n == "a" || n == "b" }})
	if err != nil || table.HeaderRow != 2 {
		t.Errorf("known names: %+v %v", table, err)
	}
	if table, err = b.Table("", Hint{HeaderRow: 3}); err != nil || columnNames(table) != "c,d" {
		t.Errorf("stated header: %+v %v", table, err)
	}
	if _, err = b.Table("", Hint{HeaderRow: 9}); word(t, err) != "sheet.header_missing" {
		t.Errorf("no such header: %v", err)
	}
	if _, err = open(t, []byte("\n\n\n"), Options{}).Table("", Hint{}); word(t, err) != "sheet.header_missing" {
		t.Errorf("blank file: %v", err)
	}
	if table, err = open(t, []byte("某区项目表（单位：亿元）,\n项目,总投资\n甲,1\n乙,2\n"), Options{}).Table("", Hint{}); err != nil || table.Unit != "亿元" {
		t.Errorf("unit in the banner: %+v %v", table, err)
	}
}

func TestRowKinds(t *testing.T) {
	t.Parallel()
	table := Table{Columns: []Column{{Index: 0, Name: "序号", Serial: true}, {Index: 1, Name: "项目"}, {Index: 2, Name: "部门"}, {Index: 3, Name: "金额"}}}
	for _, c := range []struct {
		cells string
		want  RowKind
	}{
		{"1|甲|一局|5", Data}, {"||| ", BlankRow}, {"7|||", BlankRow}, {"8|-|NA|", BlankRow},
		{"合计|||5", Total}, {"|小 计||5", Total}, {"|其中：外资||5", Total}, {"|(合计)全年180个||5", Total}, {"|一季度合计||5", Total},
		{"Total|||5", Total}, {"|Grand Total||5", Total}, {"9|TotalEnergies|一局|5", Data}, {"9|其中山项目|一局|5", Data}, {"9|合计划项目|一局|5", Data},
		{"二、在谈项目|||", Section}, {"|（三）储备项目||", Section}, {"10|只有名称||", Data},
		{"序号|项目|部门|金额", Repeated}, {"1|2|3|4", Numbering}, {"(1)|(2)|(3)|(4)", Numbering},
	} {
		if got := table.Kind(Row{Cells: strings.Split(c.cells, "|")}); got != c.want {
			t.Errorf("%s is %s, want %s", c.cells, got, c.want)
		}
	}
}

func TestSharedFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct {
		encoding string
		rows     string
	}{
		"jilin_public_project_facts.csv": {UTF8, "map[data:16 total:6]"},
		"uk_repd_2021-06.csv.gz":         {CP1252, "map[data:6461]"},
		"dirty_companies_4486.csv.gz":    {UTF8, "map[data:4486]"},
	} {
		content, err := os.ReadFile(testneed.Shared(t, "data", name))
		if err != nil {
			t.Fatal(err)
		}
		b := open(t, content, Options{})
		table, err := b.Table("", Hint{})
		if err != nil || table.HeaderRow != 1 || table.HeaderRows != 1 {
			t.Fatalf("%s: %+v %v", name, table, err)
		}
		kinds := map[RowKind]int{}
		for r, err := range b.Rows("") {
			if err != nil || r.Fault != nil {
				t.Fatalf("%s row %d: %v %v", name, r.Number, err, r.Fault)
			}
			if r.Number > 1 {
				kinds[table.Kind(r)]++
			}
		}
		if got := fmt.Sprint(kinds); got != want.rows || b.Encoding.Encoding != want.encoding || b.Encoding.Confidence < 0.9 {
			t.Errorf("%s: %s %+v", name, got, b.Encoding)
		}
	}
}

func TestWriterGuardsFormulas(t *testing.T) {
	t.Parallel()
	evil := []any{"=1+1", "+1", "-1", "@x", "\tx", "＝1", "plain", -5, -1.5, nil}
	var book bytes.Buffer
	x, err := NewXLSXWriter(&book, "项目", "名称", "金额")
	if err == nil {
		err = x.WriteRow(evil...)
	}
	if err == nil {
		err = x.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := all(open(t, book.Bytes(), Options{}), "项目")
	if err != nil || show(rows) != "1:名称|金额\n2:=1+1|+1|-1|@x|\tx|＝1|plain|-5|-1.5" {
		t.Errorf("%s, %v", show(rows), err)
	}
	f, err := excelize.OpenReader(bytes.NewReader(book.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if formula, err := f.GetCellFormula("项目", "A2"); formula != "" || err != nil {
		t.Errorf("A2 is a formula: %q %v", formula, err)
	}
}

func TestColumnNames(t *testing.T) {
	t.Parallel()
	for i, name := range map[int]string{0: "A", 25: "Z", 26: "AA", 701: "ZZ", 702: "AAA"} {
		if ColumnName(i) != name || columnIndex(name) != i {
			t.Errorf("%d is %s, %s is %d", i, ColumnName(i), name, columnIndex(name))
		}
	}
}

func FuzzRows(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "\"x\ry\",2", "\"三早\"项目,1\n", "\xC4\xE3,1\r\n", "a;b\n\"", "\xFF\xFEa\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := Open(file(t, content), Options{TempDir: t.TempDir(), Limits: Limits{Rows: 99, Columns: 20, Cell: 99, Unzipped: 1 << 20}})
		if err != nil {
			word(t, err)
			return
		}
		defer b.Close()
		table, err := b.Table("", Hint{})
		if err != nil {
			word(t, err)
		}
		last := 0
		for r, err := range b.Rows("") {
			if err != nil {
				word(t, err)
				break
			}
			if r.Number <= last || len(r.Cells) > 20 || slices.ContainsFunc(r.Cells, func(s string) bool { return len(s) > 400 }) {
				t.Fatalf("row %+v after %d", r, last)
			}
			last = r.Number
			table.Kind(r)
		}
	})
}

func FuzzSheetXML(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>44931</v></c></row>`, `<mergeCell ref="A1:A2"/>`)
	f.Add(`<row><c t="inlineStr"><is><t>x</t></is></c></row><row r="9"><c r="ZZZ9"><v>1</v></c></row>`, "")
	f.Add(`<row r="2"><c r="A2"><v>1e300</v></c></row><row r="1"/>`, `<mergeCell ref="B1:A0"/>`)
	parts := map[string]string{
		"_rels/.rels":                `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns:r="r"><sheets><sheet name="s" r:id="a"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/><Relationship Id="b" Type="x/styles" Target="t.xml"/><Relationship Id="c" Type="x/sharedStrings" Target="u.xml"/></Relationships>`,
		"xl/t.xml":                   `<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>`,
		"xl/u.xml":                   `<sst><si><t>共享</t><rPh><t>no</t></rPh></si></sst>`,
	}
	f.Fuzz(func(t *testing.T, rows, merges string) {
		all := maps.Clone(parts)
		all["xl/s.xml"] = "<worksheet><sheetData>" + rows + "</sheetData><mergeCells>" + merges + "</mergeCells></worksheet>"
		b, err := Open(file(t, archive(t, all)), Options{Limits: Limits{Rows: 99, Columns: 20, Cell: 99, Unzipped: 1 << 20}})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		if _, err := b.Table("", Hint{}); err != nil {
			word(t, err)
		}
		last := 0
		for r, err := range b.Rows("") {
			if err != nil {
				word(t, err)
				break
			}
			if r.Number <= last || len(r.Cells) > 20 {
				t.Fatalf("row %+v after %d", r, last)
			}
			last = r.Number
		}
	})
}
