package pipeline

import (
	"context"
	"maps"
	"os"

	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/intake"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/testneed"
	"sente/internal/infra/words"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

// takeIn imports a file of ../shared with the suggested mapping, publishes it
// and returns the run with the mapping as field → header.
func (r *room) takeIn(ctx context.Context, name string, edit func(*intake.Settings)) (*intake.Desk, intake.RunView, map[string]string) {
	r.t.Helper()
	book, err := words.Load(Words, intake.Words, sheet.Words, access.Words, party.Words, store.Words, files.Words, office.Words)
	r.must(err)
	desk := intake.NewDesk(intake.Config{DB: r.db, Gate: r.desk.gate, Words: book, Dir: r.t.TempDir(), Kinds: []intake.Kind{r.desk.ImportKind()}})
	f, err := os.Open(testneed.Shared(r.t, "data", name))
	r.must(err)
	defer f.Close()
	file, err := desk.Upload(ctx, name, f)
	r.must(err)
	sniff, err := desk.Sniff(ctx, file, "projects", intake.Settings{})
	r.must(err)
	s := intake.Settings{Mapping: sniff.Mapping}
	edit(&s)
	mapping := map[string]string{}
	for _, a := range s.Mapping {
		mapping[a.Field] = sniff.Table.Columns[a.Column].Name
	}
	id, err := desk.Begin(ctx, file, "projects", s)
	r.must(err)
	r.must(desk.Drain(ctx))
	r.must(desk.Publish(ctx, id))
	r.must(desk.Drain(ctx))
	v, err := desk.Get(ctx, id)
	r.must(err)
	return desk, v, mapping
}

func (r *room) stages() map[Stage]int64 {
	r.t.Helper()
	totals, err := r.desk.Totals(r.leader(), Filter{})
	r.must(err)
	got := map[Stage]int64{}
	for _, s := range totals.ByStage {
		if s.Count > 0 {
			got[s.Stage] = s.Count
		}
	}
	return got
}

func TestImportOfJilinFacts(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, append(importSources(), intake.Migrations)...))
	_, v, mapping := r.takeIn(r.lead(), "jilin_public_project_facts.csv", func(s *intake.Settings) {
		for i, a := range s.Mapping {
			if a.Field == "total_investment" {
				s.Mapping[i].Unit = "亿元"
			}
		}
	})
	if want := map[string]string{"origin_date": "as_of", "site": "zone", "name": "project", "stage": "stage_as_reported", "total_investment": "total_invest_100m_cny", "progress": "note", "source": "source_url"}; !maps.Equal(mapping, want) {
		t.Errorf("suggested %v", mapping)
	}
	if v.State != intake.Published || v.Counts.New != 15 || v.Counts.Rejected+v.Counts.Skipped != 7 {
		t.Errorf("run %+v: %v", v, v.Problems)
	}
	if got, want := r.stages(), (map[Stage]int64{Started: 8, Signed: 5, Lead: 2}); !maps.Equal(got, want) {
		t.Errorf("stages %v, want %v", got, want)
	}
	list, _, err := r.desk.List(r.leader(), Filter{Q: "聚乳酸"}, "", nil, 2)
	r.must(err)
	if len(list) != 1 || list[0].Total().String() != "852000000.00" || list[0].Currency != "CNY" || list[0].OriginOn != "2017-03-31" {
		t.Errorf("found %+v", list)
	}
}

func TestImportOfREPD(t *testing.T) {
	t.Parallel()
	r := newRoom(t, storetest.Open(t, append(importSources(), intake.Migrations)...))
	desk, v, mapping := r.takeIn(r.lead(), "uk_repd_2021-06.csv.gz", func(*intake.Settings) {})
	for field, header := range map[string]string{"external_id": "Ref ID", "name": "Site Name", "investor_name": "Operator (or Applicant)", "stage": "Development Status", "site": "Address",
		"industry": "Technology Type", "screening_on": "Planning Application Submitted", "landed_on": "Planning Permission Granted", "started_on": "Under Construction", "producing_on": "Operational",
		"origin_date": "Record Last Updated"} {
		if mapping[field] != header {
			t.Errorf("%s is suggested as %q, want %q", field, mapping[field], header)
		}
	}

	if v.State != intake.Published || v.Counts.New != 6452 || v.Counts.Rejected != 9 || v.Counts.Merged+v.Counts.Skipped != 0 {
		rows, _ := desk.Rows(r.lead(), v.ID, intake.Rejected, 0, 12)
		t.Fatalf("run %+v: %v\n%+v", v.Counts, v.Problems, rows)
	}
	if got, want := r.stages(), (map[Stage]int64{Producing: 2702, Landed: 925, Started: 166, Screening: 470, Terminated: 31, Lost: 2158}); !maps.Equal(got, want) {
		t.Errorf("stages %v, want %v", got, want)
	}
	list, _, err := r.desk.List(r.leader(), Filter{Q: "aberthaw power station"}, "", nil, 2)
	r.must(err)
	if len(list) == 0 || !strings.Contains(list[0].InvestorName, "RWE") || list[0].Stage != Producing || list[0].StageSince != "2007-05-01" {
		t.Errorf("found %+v", list)
	}
	r.must(desk.Undo(r.lead(), v.ID))
	r.must(desk.Drain(r.lead()))
	if got := r.stages(); len(got) != 0 {
		t.Errorf("left after undo: %v", got)
	}
}
