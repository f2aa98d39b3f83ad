package app_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// listed is what the test reads of a project in a list.
type listed struct {
	ID    string        `json:"id"`
	Unit  string        `json:"unit"`
	Owner string        `json:"owner"`
	Stage string        `json:"stage"`
	Total *kernel.Money `json:"total_investment"`
	Fixed *kernel.Money `json:"fixed_investment"`
}

// TestTotalsAreSumsOverTheList: what somebody is told in sum is what they may
// list one by one, and they may list exactly the projects they may read.
func TestTotalsAreSumsOverTheList(t *testing.T) {
	onBoth(t, totals)
}

func totals(t *testing.T, w *world) {
	scatter(w)
	all := everything(w)
	if len(all) != 60 {
		t.Fatalf("%d projects", len(all))
	}
	server, seen := apitest.Start(t, w.app.Door), map[int]bool{}
	for _, role := range []string{"officer", "department_lead", "leader", "operator", "auditor", "province"} {
		c := w.signIn(server, w.people[role])
		for _, filter := range filters(w) {
			list, pages := pages(c, filter, w)
			if filter == "" {
				seen[len(list)] = true
				readable(w, w.people[role], list, all)
				if len(list) > 7 && pages < 2 {
					t.Errorf("%s: %d projects on %d page", role, len(list), pages)
				}
			}
			var got pipeline.Totals
			c.With("X-Forwarded-For", w.address()).Get("/projects/totals?" + filter).Status(200).JSON(&got)
			same(t, fmt.Sprintf("%s with %q", role, filter), got, added(list))
		}
	}
	if !seen[60] || len(seen) < 3 {
		t.Errorf("the roles see %v projects: too much alike to tell them apart", seen)
	}
}

// scatter opens 60 projects at home, and some abroad that count for nobody.
func scatter(w *world) {
	w.t.Helper()
	r := rand.New(rand.NewPCG(7, 60))
	second := w.hire(home, "officer2", "officer")
	for i := range 60 {
		unit := []string{"d1", "d11", "d2", "op", access.ZoneUnit}[r.IntN(5)]
		owner := []person{w.people["officer"], w.people["department_lead"], w.people["operator"], second}[r.IntN(4)]
		owner.unit = w.units[home][unit]
		k := w.project(home, owner)
		if currency := []string{"CNY", "USD", "JPY", ""}[r.IntN(4)]; currency != "" {
			facts := pipeline.Facts{Total: &kernel.Money{Minor: r.Int64N(1e12) + 1, Currency: currency}}
			if r.IntN(3) > 0 {
				facts.Fixed = &kernel.Money{Minor: facts.Total.Minor / 3, Currency: currency}
			}
			var err error
			k, err = w.app.Pipeline.Amend(w.in(home), k.Project.ID, k.Project.Version, facts)
			must(w.t, err)
		}
		if i%3 == 0 {
			to := []pipeline.Stage{pipeline.Shelved, pipeline.Lost}[r.IntN(2)]
			_, err := w.app.Pipeline.CallOff(w.in(home), k.Project.ID, k.Project.Version, pipeline.CallOffOrder{To: to, Reason: "示例"})
			must(w.t, err)
		}
	}
	for range 5 {
		w.project(abroad, person{"", kernel.Actor{}, w.units[abroad]["d1"]})
	}
}

func filters(w *world) []string {
	return []string{"", "currency=CNY", "stage=lead", "stage=shelved&stage=lost", "unit=" + w.units[home]["d1"], "owner=" + w.people["officer"].actor.ID,
		"currency=USD&min=1000000&max=5000000000", "missing=true", "stage=lost&currency=JPY", "q=" + url.QueryEscape("项目2"), "since=2027-01-01", "unit=" + w.units[abroad]["d1"]}
}

// everything lists all projects at home.
func everything(w *world) (all []pipeline.Project) {
	w.t.Helper()
	must(w.t, w.app.DB.View(w.in(home), func(tx store.Tx) (err error) {
		all, err = store.Select[pipeline.Project](w.t.Context(), tx, "WHERE zone = $1", home)
		return err
	}))
	return all
}

// pages reads a list to its end.
func pages(c *apitest.Client, filter string, w *world) (all []listed, pages int) {
	w.t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items      []json.RawMessage `json:"items"`
			NextCursor string            `json:"next_cursor"`
		}
		c.With("X-Forwarded-For", w.address()).Get("/projects?limit=7&sort=amount&" + filter + "&cursor=" + url.QueryEscape(cursor)).Status(200).JSON(&page)
		for _, raw := range page.Items {
			var p listed
			must(w.t, json.Unmarshal(raw, &p))
			all = append(all, p)
		}
		pages++
		if cursor = page.NextCursor; cursor == "" {
			return all, pages
		}
	}
}

// readable compares a list with the decision about every single project.
func readable(w *world, p person, list []listed, all []pipeline.Project) {
	w.t.Helper()
	must(w.t, w.app.DB.View(w.as(p.actor), func(tx store.Tx) error {
		for _, project := range all {
			err := w.app.Gate.Allow(w.as(p.actor), tx, "pipeline.read", access.Resource{Type: "Project", ID: project.ID, Unit: project.Unit, Owner: project.Owner})
			if in := slices.ContainsFunc(list, func(l listed) bool { return l.ID == project.ID }); in != (err == nil) {
				w.t.Errorf("%s: project %s of unit %s and owner %s: listed %v, decided %v", p.role, project.ID, project.Unit, project.Owner, in, err)
			}
		}
		return nil
	}))
	ids := map[string]bool{}
	for _, l := range list {
		if ids[l.ID] {
			w.t.Errorf("%s: project %s is listed twice", p.role, l.ID)
		}
		ids[l.ID] = true
	}
}

// added adds a list up, without the program's help.
func added(list []listed) map[string][3]int64 {
	sums := map[string][3]int64{"": {}}
	add := func(key string, v [3]int64) {
		s := sums[key]
		sums[key] = [3]int64{s[0] + v[0], s[1] + v[1], s[2] + v[2]}
	}
	for _, p := range list {
		add("", [3]int64{1})
		add("stage "+p.Stage, [3]int64{1})
		currency, total, fixed := "", int64(0), int64(0)
		if p.Total != nil {
			currency, total = p.Total.Currency, p.Total.Minor
		}
		if p.Fixed != nil {
			fixed = p.Fixed.Minor
		}
		add("currency "+currency, [3]int64{1, total, fixed})
	}
	return sums
}

// same compares totals with sums, both ways.
func same(t *testing.T, what string, got pipeline.Totals, want map[string][3]int64) {
	t.Helper()
	told := map[string][3]int64{"": {got.Count}}
	for _, s := range got.ByStage {
		if s.Count > 0 {
			told["stage "+string(s.Stage)] = [3]int64{s.Count}
		}
	}
	for _, c := range got.ByCurrency {
		told["currency "+c.Currency] = [3]int64{c.Count, c.Total.Minor, c.Fixed.Minor}
	}
	if fmt.Sprint(told) != fmt.Sprint(want) {
		t.Errorf("%s:\ntold  %v\nadded %v", what, told, want)
	}
}
