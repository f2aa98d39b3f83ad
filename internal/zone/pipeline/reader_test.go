package pipeline

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"sente/internal/infra/testneed"
	"sente/internal/kernel"
)

func testReader() reader {
	return reader{stages: newStageBook(), industries: newIndustryBook(), today: "2026-11-23", tracks: DefaultTracks()}
}

func row(pairs ...string) Reading {
	r := Reading{Texts: map[string]string{}, Dates: map[string]DatedReading{}, Money: map[string]kernel.Money{}}
	for i := 0; i < len(pairs); i += 2 {
		switch id, v := pairs[i], pairs[i+1]; {
		case strings.HasSuffix(id, "_on") || id == "origin_date":
			r.Dates[id] = DatedReading{kernel.Date(v), ByDay}
		default:
			r.Texts[id] = v
		}
	}
	return r
}

func noteWords(d Draft) []string {
	var out []string
	for _, n := range d.Notes {
		out = append(out, n.Field+" "+n.Word)
	}
	return out
}

func TestReaderFindsTheStage(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		r            Reading
		stage, prior Stage
		word         string
		notes        []string
	}{
		"word":                        {row("name", "甲", "stage", "开复工(在建)"), Started, "", "", nil},
		"full-width brackets":         {row("name", "甲", "stage", "开复工（在建）"), Started, "", "", nil},
		"signed, not begun":           {row("name", "甲", "stage", "签约待开工"), Signed, "", "", nil},
		"promoted":                    {row("name", "甲", "stage", "推介"), Lead, "", "", nil},
		"in progress column":          {row("name", "甲", "progress", "在谈"), Negotiating, "", "", nil},
		"from dates":                  {row("name", "甲", "signed_on", "2025-01-01", "started_on", "2025-06-01"), Started, "", "", []string{"stage pipeline.import_stage_from_dates"}},
		"too little said":             {row("name", "甲", "stage", "引进"), "", "", "pipeline.import_stage_ambiguous", nil},
		"two at once":                 {row("name", "甲", "stage", "签约/洽谈"), "", "", "pipeline.import_stage_ambiguous", nil},
		"unknown word":                {row("name", "甲", "stage", "飞跃"), "", "", "pipeline.import_stage_unknown", nil},
		"nothing":                     {row("name", "甲"), "", "", "pipeline.import_no_stage", nil},
		"shelved where it stood":      {row("name", "甲", "stage", "停工", "started_on", "2024-01-01"), Shelved, Started, "", nil},
		"lost":                        {row("name", "甲", "stage", "Planning Permission Refused", "screening_on", "2020-01-01"), Lost, Screening, "", nil},
		"lost although it had landed": {row("name", "甲", "stage", "Abandoned", "landed_on", "2020-01-01"), Lost, Negotiating, "", []string{"stage pipeline.import_lost_late"}},
		"decommissioned":              {row("name", "甲", "stage", "Decommissioned", "producing_on", "2020-01-01"), Terminated, Producing, "", nil},
		"terminated, no dates":        {row("name", "甲", "stage", "Decommissioned"), Terminated, Signed, "", nil},
		"appeal pending":              {row("name", "甲", "stage", "Appeal Lodged"), "", "", "pipeline.import_stage_ambiguous", nil},
		"case of letters":             {row("name", "甲", "stage", "planning application submitted"), Screening, "", "", nil},
		"an aggregate":                {row("name", "(合计)全年计划", "stage", "签约"), "", "", "pipeline.import_not_project", nil},
		"a target":                    {row("name", "（目标）全年签约", "stage", "签约"), "", "", "pipeline.import_not_project", nil},
		"a subtotal":                  {row("name", "小 计", "stage", "签约"), "", "", "pipeline.import_not_project", nil},
		"dates out of order":          {row("name", "甲", "stage", "投产", "started_on", "2024-05-01", "producing_on", "2024-01-01"), Producing, "", "", []string{"producing_on pipeline.import_chain_break"}},
		"a start that lies ahead":     {row("name", "甲", "stage", "签约", "started_on", "2027-05-01"), Signed, "", "", []string{"started_on pipeline.import_future_planned"}},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := testReader().read(c.r)
			if got := wordOf(err); got != c.word {
				t.Fatalf("got %q, want %q (%v)", got, c.word, err)
			}
			if err == nil && (d.Project.Stage != c.stage || d.Project.Prior != c.prior || !reflect.DeepEqual(noteWords(d), c.notes)) {
				t.Errorf("stage %q, prior %q, notes %q", d.Project.Stage, d.Project.Prior, noteWords(d))
			}
		})
	}
}

func TestReaderProposesDatesFromText(t *testing.T) {
	t.Parallel()
	d, err := testReader().read(row("name", "甲", "stage", "在建", "progress", "2023年5月签约，8月开工；预计明年投产", "origin_date", "2023-12-31", "started_on", "2023-08-15"))
	if err != nil {
		t.Fatal(err)
	}
	type short struct {
		stage    Stage
		kind, on string
		fromText bool
	}
	var got []short
	for _, m := range d.Milestones {
		got = append(got, short{m.Stage, m.Kind, m.On, m.FromText})
	}
	if want := []short{{Started, Actual, "2023-08-15", false}, {Signed, Proposed, "2023-05-01", true}}; !reflect.DeepEqual(got, want) {
		t.Errorf("milestones %v, want %v", got, want)
	}
	if d.Project.Summary != "2023年5月签约，8月开工；预计明年投产" || d.Project.StageSince != "2023-08-15" || d.Project.OriginOn != "2023-12-31" {
		t.Errorf("kept %+v", d.Project)
	}
}

func TestOriginKeyKeepsKindAndHalfTheHash(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, key := range []string{RowKey("77", "", "", ""), RowKey("78", "", "", ""), RowKey("", "77", "", ""), RowKey("", "甲", "乙", "丙")} {
		short := originKey(key)
		kind, _, _ := strings.Cut(key, "/")
		if len(short) != len(kind)+1+kernel.IDLen || !strings.HasPrefix(short, kind+"/") || originKey(key) != short || originKey(short) != short {
			t.Errorf("%s is kept as %s", key, short)
		}
		if other, twice := seen[short]; twice {
			t.Errorf("%s and %s are kept as %s", key, other, short)
		}
		seen[short] = key
	}
	if originKey("") != "" || originKey("name/x") != "name/x" {
		t.Error("what is no such key is not kept as it is")
	}
}

func TestRowKey(t *testing.T) {
	t.Parallel()
	same := RowKey("", "轴承 项目", "示例公司", "Ａ区")
	for name, k := range map[string]string{"spaces and width": RowKey("", "轴承项目", "示例公司 ", "A区")} {
		if k != same {
			t.Errorf("%s make another project", name)
		}
	}
	if RowKey("77", "a", "b", "c") != RowKey("77", "x", "y", "z") || RowKey("77", "", "", "") == RowKey("78", "", "", "") {
		t.Error("the register's number does not decide")
	}
	if RowKey("", "　", "b", "c") != "" || RowKey("", "a", "b", "") == RowKey("", "a", "", "b") {
		t.Error("a key without a name, or one that mixes up investor and site")
	}
}

// TestReaderOnJilinFacts reads the published facts as the import does.
func TestReaderOnJilinFacts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(testneed.Shared(t, "data", "jilin_public_project_facts.csv"))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string // the file quotes carelessly, but no cell holds a comma
	for line := range strings.Lines(string(text)) {
		rows = append(rows, strings.Split(strings.TrimSpace(line), ","))
	}
	stages, refused := map[Stage]int{}, map[string]int{}
	for _, r := range rows[1:] {
		d, err := testReader().read(row("origin_date", r[0], "site", r[1], "name", r[2], "stage", r[3], "progress", r[5], "source", r[6]))
		if err != nil {
			refused[wordOf(err)]++
			continue
		}
		stages[d.Project.Stage]++
		if strings.HasPrefix(d.Project.Name, "中粮") {
			var got []string
			for _, m := range d.Milestones {
				got = append(got, string(m.Stage)+" "+m.Kind+" "+m.On)
			}
			if want := []string{"started proposed_plan 2017-04-01", "producing proposed_plan 2017-12-01"}; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %q, want %q", d.Project.Name, got, want)
			}
		}
	}
	if want := map[Stage]int{Started: 8, Signed: 5, Lead: 2}; !reflect.DeepEqual(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	if want := map[string]int{"pipeline.import_not_project": 7}; !reflect.DeepEqual(refused, want) {
		t.Errorf("refused %v, want %v", refused, want)
	}
}

// TestReaderOnREPD reads the 6,461 projects of the UK register.
func TestReaderOnREPD(t *testing.T) {
	t.Parallel()
	f, err := os.Open(testneed.Shared(t, "data", "uk_repd_2021-06.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	in := csv.NewReader(charmap.Windows1252.NewDecoder().Reader(plain))
	rows, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]string{"Ref ID": "external_id", "Site Name": "name", "Operator (or Applicant)": "investor_name", "Technology Type": "industry",
		"Development Status": "stage", "Address": "site", "Planning Application Submitted": "screening_on", "Planning Permission Granted": "landed_on",
		"Under Construction": "started_on", "Operational": "producing_on"}
	stages, refused, notes := map[Stage]int{}, map[string]int{}, map[string]int{}
	rd := testReader()
	for _, r := range rows[1:] {
		var pairs []string
		for i, v := range r {
			id := columns[rows[0][i]]
			if v = strings.TrimSpace(v); id == "" || v == "" {
				continue
			}
			if strings.HasSuffix(id, "_on") {
				day, err := time.Parse("02/01/2006", v)
				if err != nil {
					t.Fatal(err)
				}
				v = day.Format(time.DateOnly)
			}
			pairs = append(pairs, id, v)
		}
		d, err := rd.read(row(pairs...))
		if err != nil {
			refused[strings.Join(append(partWords(err), wordOf(err)), " ")]++
			continue
		}
		stages[d.Project.Stage]++
		for _, n := range d.Notes {
			notes[n.Word]++
		}
	}
	if want := map[Stage]int{Producing: 2702, Landed: 925, Started: 166, Screening: 470, Terminated: 31, Lost: 2158}; !reflect.DeepEqual(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	if want := map[string]int{"name pipeline.no_name pipeline.invalid": 4, "pipeline.import_stage_ambiguous": 5}; !reflect.DeepEqual(refused, want) {
		t.Errorf("refused %v, want %v", refused, want)
	}
	if want := map[string]int{"pipeline.import_chain_break": 55, "pipeline.import_industry_text": 6452, "pipeline.import_lost_late": 477}; !reflect.DeepEqual(notes, want) {
		t.Errorf("notes %v, want %v", notes, want)
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{"2023年5月签约，8月开工", "３月底开工", "在建", "(合计)全年", "99999999年99月99日签约", "2023.13.45投产", "年底", "\xff签约"} {
		f.Add(s, s, s)
	}
	rd := testReader()
	f.Fuzz(func(t *testing.T, name, stage, progress string) {
		r := row("name", name, "stage", stage, "progress", progress, "origin_date", "2024-06-30")
		d, err := rd.read(r)
		if err != nil {
			if wordOf(err) == "" {
				t.Fatalf("an error nobody can read: %v", err)
			}
			return
		}
		if d.Key == "" || fold(d.Project.Name) == "" || !utf8.ValidString(d.Project.Summary) {
			t.Fatalf("accepted %+v", d)
		}
		if _, ok := d.Project.Stage.Info(); !ok || d.Project.Standing().Rank() == 0 {
			t.Fatalf("accepted at stage %q, standing %q", d.Project.Stage, d.Project.Standing())
		}
		for _, m := range d.Milestones {
			if !kernel.Date(m.On).Valid() || m.On == "" || m.Stage.Rank() == 0 || (m.FromText && m.Kind != Proposed && m.Kind != ProposedPlan) {
				t.Fatalf("milestone %+v", m)
			}
		}
	})
}
