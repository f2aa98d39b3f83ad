package app_test

import (
	"slices"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/infra/store"
)

// TestReferenceTables: these tables begin a new epoch when they are written.
// One that is written with every act must not be among them; one that tallies,
// names or permissions are derived from must.
func TestReferenceTables(t *testing.T) {
	t.Parallel()
	var got []string
	for _, row := range append(app.Tables(), store.Zone{}) {
		if _, ok := row.(store.Reference); ok {
			got = append(got, row.Table())
		}
	}
	slices.Sort(got)
	want := `access_accounts access_unit_closure access_units calendar_days calendar_years notify_channels office_duties office_officials
		pipeline_definitions platform_operators platform_platforms work_campaigns work_methods zones`
	if w := strings.Fields(want); !slices.Equal(got, w) {
		t.Errorf("got  %v\nwant %v", got, w)
	}
}
