package pipeline

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"sente/internal/infra/testneed"
	"sente/internal/infra/words"
	"sente/internal/kernel"

	"encoding/csv"
	"os"
)

func document(kind, on string) Evidence {
	return Evidence{ID: kind + on, Kind: kind, File: "f", SHA256: "h", On: on}
}

func TestRefusalNamesEveryMissingPart(t *testing.T) {
	t.Parallel()
	d := Dossier{Project: Project{Name: "轴承项目", Stage: Negotiating, Builds: true, Site: "一号地块", Unit: "u", Owner: "o"}}
	d.Evidence = []Evidence{document("contract", "2026-05-01")}
	g := DefaultGates()
	for lang, want := range map[string][]string{
		"zh": {
			"investor 投资方统一社会信用代码、LEI 或境外登记号", "scope 建设（合作）内容", "total 总投资", "fixed 固定资产投资", "terms 合同要点（承诺的产出、税收、就业、期限）",
			"evidence.due_diligence 尽职调查报告", "signoffs.department_lead 部门负责人签署", "signoffs.leader 管委会领导签署",
		},
		"en": {
			"investor The investor's credit code, LEI or foreign registration number", "scope Scope of the contract", "total Total investment", "fixed Fixed-asset investment",
			"terms Main clauses (promised output, tax, jobs, terms)", "evidence.due_diligence Due-diligence note", "signoffs.department_lead Signature of the department lead",
			"signoffs.leader Signature of a zone leader",
		},
	} {
		err := general().refuse(Signed, unmet(g.Check(d, Signed, "2026-06-01", lang)), lang)
		var f *kernel.Fault
		if !errors.As(err, &f) || f.Word != "pipeline.gate_not_met" || !errors.Is(err, kernel.ErrConflict) {
			t.Fatalf("refusal is %v", err)
		}
		var got []string
		for _, p := range f.Details {
			got = append(got, p.Field+" "+p.Args[0].(string))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: missing parts are\n%q, want\n%q", lang, got, want)
		}
		if f.Args[0] != Signed.Label(lang) || f.Args[1] != 8 {
			t.Errorf("the refusal speaks of %v", f.Args)
		}
	}
}

func TestGateItemsAreMetOnlyByWhatTheyAsk(t *testing.T) {
	t.Parallel()
	row := GateRow{Stage: Signed, Kind: NeedEvidence, ID: "contract", Needs: []string{"document", "date", "hash"}}
	whole := document("contract", "2026-05-01")
	for name, c := range map[string]struct {
		e    Evidence
		want bool
	}{
		"whole":      {whole, true},
		"no file":    {Evidence{Kind: "contract", SHA256: "h", On: "2026-05-01"}, false},
		"no hash":    {Evidence{Kind: "contract", File: "f", On: "2026-05-01"}, false},
		"no date":    {Evidence{Kind: "contract", File: "f", SHA256: "h"}, false},
		"other kind": {document("due_diligence", "2026-05-01"), false},
		"withdrawn":  {Evidence{Kind: "contract", File: "f", SHA256: "h", On: "2026-05-01", WithdrawnAt: 1}, false},
	} {
		if got := c.e.meets(row); got != c.want {
			t.Errorf("%s: met = %v", name, got)
		}
	}
	sign := GateRow{Stage: Signed, Kind: NeedSignoff, ID: "leader"}
	for name, c := range map[string]struct {
		s    Signoff
		want bool
	}{
		"stands":      {Signoff{Stage: Signed, Role: "leader"}, true},
		"void":        {Signoff{Stage: Signed, Role: "leader", VoidedAt: 1}, false},
		"other stage": {Signoff{Stage: Landed, Role: "leader"}, false},
		"other role":  {Signoff{Stage: Signed, Role: "officer"}, false},
	} {
		if got := (&Dossier{Signoffs: []Signoff{c.s}}).meets(&sign); got != c.want {
			t.Errorf("signature that %s: met = %v", name, got)
		}
	}
}

func TestGatesAreDatedAndFitTheProject(t *testing.T) {
	t.Parallel()
	g, err := ParseGates([]byte(`[
	 {"stage":"started","kind":"evidence","id":"permit","zh":"许可","en":"permit","needs":["document"],"class":"internal","applies":"build","valid_from":"2020-01-01","valid_to":"2024-12-31","source":"s"},
	 {"stage":"started","kind":"evidence","id":"notice","zh":"告知","en":"notice","needs":["document"],"class":"internal","applies":"build","valid_from":"2025-01-01","valid_to":"","source":"s"}]`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day    kernel.Date
		builds bool
		want   string
	}{{"2019-12-31", true, ""}, {"2020-01-01", true, "permit"}, {"2024-12-31", true, "permit"}, {"2025-01-01", true, "notice"}, {"2025-01-01", false, ""}} {
		got := ""
		for _, r := range g.For(Started, c.day, c.builds) {
			got += r.ID
		}
		if got != c.want {
			t.Errorf("on %s (builds %v) the gate asks for %q, want %q", c.day, c.builds, got, c.want)
		}
	}
}

func TestParseGatesRefusesNonsense(t *testing.T) {
	t.Parallel()
	row := func(change string) string {
		base := `{"stage":"signed","kind":"field","id":"site","zh":"地点","en":"site","valid_from":"2020-01-01","valid_to":"","source":"s"}`
		old, with, _ := strings.Cut(change, "=>")
		return "[" + strings.Replace(base, old, with, 1) + "]"
	}
	for change, want := range map[string]string{
		`"stage":"signed"=>"stage":"moon"`:           "unknown stage",
		`"id":"site"=>"id":"moon"`:                   "unknown field",
		`"kind":"field"=>"kind":"signoff"`:           "unknown role",
		`"kind":"field"=>"kind":"evidence"`:          "evidence needs a class",
		`"kind":"field"=>"kind":"wish"`:              "unknown kind",
		`"source":"s"=>"source":""`:                  "label or source missing",
		`"valid_to":""=>"valid_to":"2019-01-01"`:     "dates do not make a term",
		`"source":"s"=>"source":"s","applies":"all"`: "unknown applies",
		`"source":"s"=>"source":"s","extra":1`:       "unknown field",
	} {
		if _, err := ParseGates([]byte(row(change))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", change, err, want)
		}
	}
	twice := strings.TrimSuffix(row(""), "]") + "," + strings.TrimPrefix(row(""), "[")
	if _, err := ParseGates([]byte(twice)); err == nil || !strings.Contains(err.Error(), "repeats signed/site") {
		t.Errorf("a row given twice: %v", err)
	}
}

func TestDefaultGatesCoverEveryStage(t *testing.T) {
	t.Parallel()
	g := DefaultGates()
	for _, s := range append(chain(), Terminated) {
		for _, builds := range []bool{true, false} {
			rows := g.For(s, "2026-11-23", builds)
			dated := s == Lead
			for _, r := range rows {
				dated = dated || r.Dates
			}
			if len(rows) == 0 || !dated {
				t.Errorf("%s (builds %v): %d rows, dated %v", s, builds, len(rows), dated)
			}
		}
	}
	table := GateTableMarkdown()
	if got := strings.Count(table, "\n"); got != len(g)+2 {
		t.Errorf("the table has %d lines for %d rows", got, len(g))
	}
	if !strings.Contains(table, "| 签约 signed | 证据 evidence | `contract` | 正式合同 | Formal contract | 文件、日期、哈希、其日期即阶段日期 (dates the stage) | 全部 all | 2020-01-01 – |") {
		t.Errorf("the contract's row is not as expected:\n%s", table)
	}
}

func TestEvidenceDatesTheStage(t *testing.T) {
	t.Parallel()
	d := Dossier{Project: Project{Builds: true}, Evidence: []Evidence{
		document("registration", "2026-03-01"), document("preliminaries", "2026-04-10"), document("preliminaries", "2026-05-20"), document("other", "2026-06-01")}}
	if got := DefaultGates().evidenceDate(d, Landed, "2026-11-23"); got != "2026-04-10" {
		t.Errorf("landed on %s, want the day the last of the first documents was there, 2026-04-10", got)
	}
	if got := DefaultGates().evidenceDate(Dossier{}, Landed, "2026-11-23"); got != "" {
		t.Errorf("without evidence the date is %q", got)
	}
}

func TestWordsAreComplete(t *testing.T) {
	t.Parallel()
	if err := words.Check(Words); err != nil {
		t.Fatal(err)
	}
	book, err := words.Load(Words)
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range strings.Split(string(text), `"pipeline.`)[1:] {
			key, _, _ := strings.Cut(part, `"`)
			if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") == "" && !strings.HasSuffix(key, "_") && !permission(key) && !book.Has("pipeline."+key) && !book.Has("pipeline.topic_"+key) {
				t.Errorf("%s says %q, which has no words", f.Name(), "pipeline."+key)
			}
		}
	}
	for _, s := range chain() {
		for _, planned := range []bool{true, false} {
			if !book.Has("pipeline.field_" + stageField(s, planned)) {
				t.Errorf("no words for %s", stageField(s, planned))
			}
		}
		if info, _ := s.Info(); book.Say("zh", "pipeline.stage_"+string(s)) != info.Zh || book.Say("en", "pipeline.stage_"+string(s)) != info.En {
			t.Errorf("stage %s is called otherwise in the words", s)
		}
	}
}

func permission(key string) bool {
	switch key {
	case "read", "open", "amend", "advance", "setback", "calloff", "sign", "evidence", "milestone", "export", "list", "sums", "project", "tax_paid", "terms", "finder", "origin_author", "import", "figure", "tax", "define",
		"report", "arbitrate", "share", "unmask", "conflict", "protections":
		return true
	}
	return false
}

func TestIndustriesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	sections, divisions := 0, 0
	for _, i := range Industries() {
		if len(i.Code) == 1 {
			sections++
		} else {
			divisions++
		}
		if i.Zh == "" || i.En == "" {
			t.Errorf("%s has no name", i.Code)
		}
	}
	if sections != 20 || divisions != 97 {
		t.Errorf("%d sections and %d divisions, want 20 and 97", sections, divisions)
	}
	f, err := os.Open(testneed.Shared(t, "data", "gbt4754_2017.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	published := map[string]string{}
	for _, r := range rows[1:] {
		if r[1] == "1" || r[1] == "2" {
			published[strings.TrimPrefix(r[0], "\ufeff")] = r[3]
		}
	}
	for _, i := range Industries() {
		if published[i.Code] != i.Zh {
			t.Errorf("%s is %q, published as %q", i.Code, i.Zh, published[i.Code])
		}
		delete(published, i.Code)
	}
	if len(published) > 0 {
		t.Errorf("missing: %v", published)
	}
}

func TestIndustryBook(t *testing.T) {
	t.Parallel()
	book := newIndustryBook()
	for in, want := range map[string]string{"": "", "C": "C", " c36 ": "C36", "36": "C36", "01": "A01", "T97": "T97"} {
		if got, err := book.check(in); err != nil || got != want {
			t.Errorf("check(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"U", "C12", "3610", "C361", "汽车制造业", "99", "I6"} {
		if _, err := book.check(in); wordOf(err) != "pipeline.unknown_industry" {
			t.Errorf("check(%q): %v", in, err)
		}
	}
	for in, want := range map[string]string{"汽车制造业": "C36", "c36": "C36", "Manufacture of automobiles": "C36", "房地产业": "K70", "Solar Photovoltaics": "", "": ""} {
		if got := book.named(in); got != want {
			t.Errorf("named(%q) = %q, want %q", in, got, want)
		}
	}
}
