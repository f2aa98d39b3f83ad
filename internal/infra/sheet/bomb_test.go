package sheet

import (
	"runtime"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// A small archive that holds one endless text is refused before it fills the
// memory, wherever the text stands.
func TestAnEndlessTextIsNotRead(t *testing.T) {
	content := workbookOf(t, func(f *excelize.File) { put(t, f, "A1", "甲公司") })
	endless := strings.Repeat("<a", 32<<20)
	for name, c := range map[string]struct{ part, before, text, fault string }{
		"shared text":      {"xl/sharedStrings.xml", "<si>", "<si><t>" + strings.Repeat("a", 64<<20) + "</t></si>", "sheet.text_endless"},
		"shared character": {"xl/sharedStrings.xml", "<si>", "<si><t><![CDATA[" + endless + "]]></t></si>", "sheet.text_endless"},
		"many texts":       {"xl/sharedStrings.xml", "<si>", "<si>" + strings.Repeat("<t>"+strings.Repeat("a", 1000)+"</t>", 64<<10) + "</si>", "sheet.text_endless"},
		"comment":          {"xl/worksheets/sheet1.xml", "<sheetData>", "<!--" + endless + "--><sheetData>", "sheet.text_endless"},
		"cell":             {"xl/worksheets/sheet1.xml", "<sheetData>", `<sheetData><row r="1"><c r="A1" t="str"><v>` + strings.Repeat("a", 64<<20) + `</v></c></row>`, "sheet.cell_too_long"},
	} {
		bomb := file(t, rewrite(t, content, c.part, func(s string) string {
			if !strings.Contains(s, c.before) {
				t.Fatalf("%s has no %s", c.part, c.before)
			}
			return strings.Replace(s, c.before, c.text, 1)
		}))
		var was, now runtime.MemStats
		runtime.ReadMemStats(&was)
		b, err := Open(bomb, Options{})
		if err == nil {
			_, err = all(b, "")
			_ = b.Close()
		}
		runtime.ReadMemStats(&now)
		if word(t, err) != c.fault {
			t.Errorf("%s: %v, want %s", name, err, c.fault)
		}
		if took := (now.TotalAlloc - was.TotalAlloc) >> 20; took > 16 {
			t.Errorf("%s took %d MB", name, took)
		}
	}
}
