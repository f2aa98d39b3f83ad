package pipeline

import (
	"reflect"
	"testing"

	"sente/internal/kernel"
)

func TestLatestMilestoneHolds(t *testing.T) {
	t.Parallel()
	all := []Milestone{
		{Seq: 1, Stage: Signed, Kind: Actual, On: "2026-03-01"}, {Seq: 2, Stage: Started, Kind: Planned, On: "2026-06-01"},
		{Seq: 3, Stage: Signed, Kind: Actual, On: "2026-03-05"}, {Seq: 4, Stage: Started, Kind: Forecast, On: "2026-07-01"}, {Seq: 5, Stage: Started, Kind: Planned, On: ""},
	}
	var got []string
	for _, m := range Latest(all) {
		got = append(got, string(m.Stage)+" "+m.Kind+" "+m.On)
	}
	if want := []string{"signed actual 2026-03-05", "started forecast 2026-07-01"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := actualOn(all, Started); got != "" {
		t.Errorf("started on %q, a plan is no fact", got)
	}
}

func TestChainBreaks(t *testing.T) {
	t.Parallel()
	got := general().ChainBreaks([]Milestone{
		{Seq: 1, Stage: Landed, Kind: Actual, On: "2020-05-01"}, {Seq: 2, Stage: Started, Kind: Actual, On: "2020-04-01"},
		{Seq: 3, Stage: Producing, Kind: Actual, On: "2020-04-01"}, {Seq: 4, Stage: Signed, Kind: Planned, On: "2030-01-01"}})
	if want := []ChainBreak{{Landed, "2020-05-01", Started, "2020-04-01"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestDecideMilestone(t *testing.T) {
	t.Parallel()
	d := Dossier{Project: Project{Stage: Started, Builds: true, Origin: OriginEntered}, Evidence: []Evidence{document("site_check", "2026-05-10")}}
	all := []Milestone{{Seq: 1, Stage: Landed, Kind: Actual, On: "2026-04-01"}, {Seq: 2, Stage: Signed, Kind: Actual, On: "2026-02-01"}}
	imported := d
	imported.Project.Origin = OriginImported
	for name, c := range map[string]struct {
		d    Dossier
		e    MilestoneEntry
		want string
	}{
		"plan ahead":                {d, MilestoneEntry{Producing, Planned, "2027-06-01", ""}, ""},
		"forecast":                  {d, MilestoneEntry{Producing, Forecast, "2027-08-01", ""}, ""},
		"actual":                    {d, MilestoneEntry{Started, Actual, "2026-05-20", ""}, ""},
		"on the evidence's day":     {d, MilestoneEntry{Started, Actual, "2026-05-10", ""}, ""},
		"before the evidence":       {d, MilestoneEntry{Started, Actual, "2026-05-09", ""}, "pipeline.actual_before_evidence"},
		"today":                     {d, MilestoneEntry{Started, Actual, "2026-11-23", ""}, ""},
		"tomorrow":                  {d, MilestoneEntry{Started, Actual, "2026-11-24", ""}, "pipeline.in_future"},
		"not reached":               {d, MilestoneEntry{Producing, Actual, "2026-06-01", ""}, "pipeline.actual_not_reached"},
		"before the stage before":   {d, MilestoneEntry{Landed, Actual, "2026-01-01", ""}, "pipeline.date_before_stage"},
		"after the stage after":     {d, MilestoneEntry{Signed, Actual, "2026-04-02", ""}, "pipeline.date_after_stage"},
		"imported keeps its own":    {imported, MilestoneEntry{Signed, Actual, "2026-04-02", ""}, ""},
		"proposed is not for hands": {d, MilestoneEntry{Started, Proposed, "2026-05-20", ""}, "pipeline.unknown_milestone"},
		"beside the chain":          {d, MilestoneEntry{Shelved, Planned, "2026-05-20", ""}, "pipeline.milestone_stage"},
		"taken back silently":       {d, MilestoneEntry{Started, Actual, "", ""}, "pipeline.retraction_reason"},
		"taken back":                {d, MilestoneEntry{Started, Actual, "", "误填"}, ""},
		"no such day":               {d, MilestoneEntry{Started, Planned, "2026-02-29", ""}, "pipeline.milestone_invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			err := general().decideMilestone(c.d, all, c.e, "2026-11-23", "zh")
			if got := wordOf(err); got != c.want {
				t.Errorf("got %q, want %q (%v)", got, c.want, err)
			}
		})
	}
}

func TestScanProgress(t *testing.T) {
	t.Parallel()
	type found struct {
		Stage     Stage
		On        kernel.Date
		Precision string
		Intended  bool
	}
	for text, want := range map[string][]found{
		"2023年5月签约":                   {{Signed, "2023-05-01", ByMonth, false}},
		"2023年5月12日签约，8月开工":           {{Signed, "2023-05-12", ByDay, false}, {Started, "2023-08-01", ByMonth, false}},
		"２０２３年５月签约":                   {{Signed, "2023-05-01", ByMonth, false}},
		"3月底开工":                       {{Started, "2024-03-01", ByMonth, false}},
		"签约时间：2023.5.12；开工日期 2023-09": {{Signed, "2023-05-12", ByDay, false}, {Started, "2023-09-01", ByMonth, false}},
		"计划2024年10月投产":                {{Producing, "2024-10-01", ByMonth, true}},
		"争取年底投用":                      {{Producing, "2024-12-01", ByMonth, true}},
		"4月初复工;研发中心主体竣工;争取年底投用":       {{Started, "2024-04-01", ByMonth, false}, {Producing, "2024-12-01", ByMonth, true}},
		"去年11月签约，今年3月开工":              {{Signed, "2023-11-01", ByMonth, false}, {Started, "2024-03-01", ByMonth, false}},
		"2023年11月签约，3月开工":             {{Signed, "2023-11-01", ByMonth, false}},
		"2024年9月开工":                   {{Started, "2024-09-01", ByMonth, true}},
		"尚未开工":                        nil,
		"2024年3月尚未开工":                 nil,
		"预计2025年达产达效":                 {{Effective, "2025-01-01", ByYear, true}},
		"2024年2月30日签约":                nil,
		"2024年13月签约":                  nil,
		"占地15.7万平方米，年销售收入60亿元":        nil,
		"已签订入区协议":                     nil,
		"5月20日，与企业洽谈":                 nil,
		"2024年1月奠基":                   nil,
		"":                            nil,
	} {
		var got []found
		for _, m := range scanProgress(text, "2024-06-30") {
			got = append(got, found{m.Stage, m.On, m.Precision, m.Intended})
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", text, got, want)
		}
	}
	if got := scanProgress("3月底开工", ""); got != nil {
		t.Errorf("without a year and a date of the register: %v", got)
	}
}
