package app_test

import (
	"testing"

	"sente/internal/app"
	"sente/internal/infra/store/storetest"
)

// TestRowSecurity: with data in two zones, a session of the application's role
// that has set no zone sees nothing in any table, and one that has set a zone
// sees that zone's rows; the role could not lift this.
func TestRowSecurity(t *testing.T) {
	t.Parallel()
	p := storetest.NewPostgres(t)
	w := newWorld(t, app.Config{Database: p.App, OwnerDatabase: p.Owner})
	for _, zone := range []string{home, abroad} {
		someone := w.hire(zone, "somebody", "officer")
		for range 3 {
			w.project(zone, someone)
		}
		w.party(zone, someone)
		w.official(zone, someone)
	}
	must(t, w.app.Sequencer.Tick(t.Context()))
	for table, n := range storetest.VisibleRows(t, p.App, "") {
		if n != 0 {
			t.Errorf("without a zone %d rows of %s are seen", n, table)
		}
	}
	super := storetest.Connect(t, p.Super)
	defer super.Close()
	seen := map[string]map[string]int{home: storetest.VisibleRows(t, p.App, home), abroad: storetest.VisibleRows(t, p.App, abroad)}
	if n := storetest.VisibleRows(t, p.App, "elsewhere")["pipeline_projects"]; n != 0 {
		t.Errorf("a zone that is not there sees %d projects", n)
	}
	filled := 0
	for table := range seen[home] {
		if table == "schema_migrations" {
			continue // is nobody's
		}
		for _, zone := range []string{home, abroad} {
			var n int
			must(t, super.QueryRowContext(t.Context(), `SELECT count(*) FROM `+table+` WHERE zone = $1`, zone).Scan(&n))
			if seen[zone][table] != n {
				t.Errorf("zone %s sees %d rows of %s and has %d", zone, seen[zone][table], table, n)
			}
			if n > 0 {
				filled++
			}
		}
		var forced bool
		must(t, super.QueryRowContext(t.Context(), `SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE oid = $1::regclass`, table).Scan(&forced))
		if !forced {
			t.Errorf("row-level security of %s is not forced", table)
		}
	}
	if filled < 20 {
		t.Errorf("only %d tables and zones hold anything", filled)
	}
	role(t, p)
}

// role: the application's role is neither superuser nor owner nor exempt from
// row-level security, nor a member of a role that is.
func role(t *testing.T, p storetest.PostgresDSNs) {
	t.Helper()
	db := storetest.Connect(t, p.App)
	defer db.Close()
	var super, exempt bool
	must(t, db.QueryRowContext(t.Context(), `SELECT bool_or(rolsuper), bool_or(rolbypassrls) FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER')`).Scan(&super, &exempt))
	if super || exempt {
		t.Errorf("the role is superuser: %v, exempt from row-level security: %v", super, exempt)
	}
	var owned int
	must(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND pg_has_role(current_user, relowner, 'MEMBER')`).Scan(&owned))
	if owned != 0 {
		t.Errorf("the role owns %d tables and indexes", owned)
	}
	if _, err := db.ExecContext(t.Context(), `SET row_security = off; SELECT count(*) FROM pipeline_projects`); err == nil {
		t.Error("the role may switch row-level security off")
	}
}
