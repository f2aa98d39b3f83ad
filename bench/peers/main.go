// Command peers is PocketBase with the bench's collection of opportunities, as
// an administrator would set it up. It is a module of its own, so that the
// product does not depend on it.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Who the bench signs in as.
const (
	login    = "bench@example.invalid"
	password = "Bench-Kennwort-2026"
)

// connect opens a database as PocketBase does by default, with another
// synchronous when SENTE_BENCH_SYNCHRONOUS names one.
func connect(path string) (*dbx.DB, error) {
	sync := os.Getenv("SENTE_BENCH_SYNCHRONOUS")
	if sync == "" {
		sync = "NORMAL"
	}
	return dbx.Open("sqlite", path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=journal_size_limit(200000000)"+
		"&_pragma=synchronous("+sync+")&_pragma=foreign_keys(ON)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-32000)")
}

func main() {
	app := pocketbase.NewWithConfig(pocketbase.Config{HideStartBanner: true, DBConnect: connect})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := prepare(e.App); err != nil {
			return err
		}
		e.Router.GET("/api/bench/totals", totals).Bind(apis.RequireAuth())
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

// prepare makes collection, indexes, view and user once.
func prepare(app core.App) error {
	if _, err := app.FindCollectionByNameOrId("opportunities"); err == nil {
		return nil
	}
	signedIn := types.Pointer(`@request.auth.id != ""`)
	c := core.NewBaseCollection("opportunities")
	c.ListRule, c.ViewRule, c.CreateRule, c.UpdateRule = signedIn, signedIn, signedIn, signedIn
	c.Fields.Add(
		&core.TextField{Name: "name", Required: true, Max: 200},
		&core.SelectField{Name: "stage", Required: true, MaxSelect: 1,
			Values: []string{"lead", "screening", "negotiating", "signed", "landed", "started", "producing", "effective", "shelved", "lost", "terminated"}},
		&core.NumberField{Name: "amount"},
		&core.TextField{Name: "currency", Max: 3},
		&core.TextField{Name: "unit", Max: 100},
		&core.TextField{Name: "owner", Max: 100},
		&core.TextField{Name: "summary", Max: 2000},
		&core.DateField{Name: "found_on"}, &core.DateField{Name: "signed_on"}, &core.DateField{Name: "started_on"},
		&core.AutodateField{Name: "created", OnCreate: true},
		&core.AutodateField{Name: "updated", OnCreate: true, OnUpdate: true},
	)
	// the two an administrator adds for lists, and the covering one for totals
	c.AddIndex("opportunities_stage", false, "stage, updated", "")
	c.AddIndex("opportunities_updated", false, "updated", "")
	c.AddIndex("opportunities_totals", false, "stage, amount", "")
	if err := app.Save(c); err != nil {
		return fmt.Errorf("opportunities: %w", err)
	}
	view := core.NewViewCollection("totals")
	view.ListRule = signedIn
	view.ViewQuery = "SELECT stage AS id, count(*) AS count, sum(amount) AS total FROM opportunities GROUP BY stage"
	if err := app.Save(view); err != nil {
		return fmt.Errorf("totals: %w", err)
	}
	s := app.Settings()
	s.Batch.Enabled, s.Batch.MaxRequests, s.Batch.Timeout = true, 1000, 60
	s.RateLimits.Enabled = false
	s.Logs.MaxDays = 0
	if err := app.Save(s); err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return hire(app)
}

// hire makes the one account.
func hire(app core.App) error {
	users, err := app.FindCollectionByNameOrId("users")
	if err != nil {
		return err
	}
	u := core.NewRecord(users)
	u.SetEmail(login)
	u.SetPassword(password)
	u.SetVerified(true)
	return app.Save(u)
}

// total is one stage's part of the answer of totals.
type total struct {
	Stage string  `db:"stage" json:"stage"`
	Count int64   `db:"count" json:"count"`
	Total float64 `db:"total" json:"total"`
}

// totals is the fastest way PocketBase has: a route of one's own, one query
// over the covering index.
func totals(e *core.RequestEvent) error {
	var all []total
	if err := e.App.DB().NewQuery("SELECT stage, count(*) AS count, sum(amount) AS total FROM opportunities GROUP BY stage").All(&all); err != nil {
		return err
	}
	return e.JSON(http.StatusOK, all)
}
