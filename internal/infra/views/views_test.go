package views_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/views"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// serve opens a door on a fresh house. Who asks is said by the header X-As:
// zone, id and unit, with slashes between.
func serve(t *testing.T, db *store.DB) func(who string) *apitest.Client {
	t.Helper()
	book, err := words.Load(httpapi.Words, access.Words, store.Words, views.Words)
	if err != nil {
		t.Fatal(err)
	}
	door := httpapi.NewDoor(httpapi.Config{
		Words: book, DB: db, Require: func(context.Context, string) error { return nil },
		Rates: httpapi.Rates{Account: httpapi.Rate{PerSecond: 1000, Burst: 1000}, Address: httpapi.Rate{PerSecond: 1000, Burst: 1000}},
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			who := strings.Split(q.Header.Get("X-As"), "/")
			if len(who) < 3 {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "httpapi.signed_out")
			}
			return kernel.Actor{Zone: who[0], ID: who[1], Name: who[1], Unit: who[2], Via: "session", Pending: q.Header.Get("X-Pending")}, nil
		},
	})
	views.NewDesk(db, "projects", "tasks").Routes(door)
	server := apitest.Start(t, door)
	return func(who string) *apitest.Client { return server.As("zh").With("X-As", who) }
}

type page = httpapi.List[views.Shown]

func names(c *apitest.Client, page string) (out []string) {
	var p httpapi.List[views.Shown]
	c.Get("/views?page=" + page).Status(200).JSON(&p)
	for _, v := range p.Items {
		out = append(out, v.Name)
	}
	return out
}

func sources() []fs.FS { return []fs.FS{journal.Migrations, access.Migrations, views.Migrations} }

// TestSaveShareChangeRemove: own views and those shared with one's unit are
// seen, by nobody else, and only the owner changes them.
func TestSaveShareChangeRemove(t *testing.T) {
	t.Parallel()
	storetest.Each(t, sources(), func(t *testing.T, db *store.DB) {
		as := serve(t, db)
		ann, bob, carl, far := as("z1/ann/d1"), as("z1/bob/d1"), as("z1/carl/d2"), as("z2/bob/d1")
		var v, w views.Shown
		ann.Post("/views", apitest.Object{"page": "projects", "name": " 在谈大项目 ", "query": "?stage=negotiating&min=10&gone=1"}).Status(201).JSON(&v)
		if v.Name != "在谈大项目" || v.Query != "stage=negotiating&min=10&gone=1" || !v.Mine || v.Shared || v.Version != 1 {
			t.Fatalf("saved %+v", v)
		}
		if got := names(bob, "projects"); got != nil {
			t.Fatalf("a colleague sees %v before it is shared", got)
		}
		bob.IfMatch(`"1"`).Patch("/views/"+v.ID, apitest.Object{"name": "夺取"}).Problem(404, "views.not_found")
		ann.Patch("/views/"+v.ID, apitest.Object{"shared": true}).Problem(428, "httpapi.if_match_missing")
		ann.IfMatch(`"1"`).Patch("/views/"+v.ID, apitest.Object{"shared": true, "default": true}).Status(200).JSON(&v)
		ann.IfMatch(`"1"`).Patch("/views/"+v.ID, apitest.Object{"name": "旧"}).Problem(412, "views.stale")
		var seen page
		bob.Get("/views?page=projects").Status(200).JSON(&seen)
		if len(seen.Items) != 1 || seen.Items[0].Mine || seen.Items[0].Default || seen.Items[0].Query != v.Query {
			t.Fatalf("a colleague sees %+v", seen.Items)
		}
		for who, c := range map[string]*apitest.Client{"another department": carl, "another zone": far} {
			if got := names(c, "projects"); got != nil {
				t.Errorf("%s sees %v", who, got)
			}
			c.Delete("/views/"+v.ID).Problem(404, "views.not_found")
		}
		if got := names(bob, "tasks"); got != nil {
			t.Errorf("another page shows %v", got)
		}
		bob.IfMatch(`"2"`).Patch("/views/"+v.ID, apitest.Object{"name": "夺取"}).Problem(403, "views.not_own")
		bob.Delete("/views/"+v.ID).Problem(403, "views.not_own")
		ann.Post("/views", apitest.Object{"page": "projects", "name": "待补材料", "default": true}).Status(201).JSON(&w)
		var mine page
		ann.Get("/views?page=projects").Status(200).JSON(&mine)
		if len(mine.Items) != 2 || mine.Items[0].Default || !mine.Items[1].Default || mine.Items[0].Version != 3 {
			t.Errorf("after a new default: %+v", mine.Items)
		}
		ann.IfMatch(`"3"`).Patch("/views/"+v.ID, apitest.Object{"position": 9}).Status(200)
		if got := names(ann, "projects"); !slices.Equal(got, []string{"待补材料", "在谈大项目"}) {
			t.Errorf("ordered %v", got)
		}
		ann.Delete("/views/" + v.ID).Status(204)
		if got := names(bob, "projects"); got != nil {
			t.Errorf("removed and still seen: %v", got)
		}
		ann.Delete("/views/"+v.ID).Problem(404, "views.not_found")
		kept(t, db, "views.saved", "views.changed", "views.saved", "views.changed", "views.removed")
	})
}

// kept fails unless the zone's journal holds exactly these verbs, oldest first.
func kept(t *testing.T, db *store.DB, want ...string) {
	t.Helper()
	ctx := storetest.Ctx(t, "z1")
	var got []string
	err := db.View(ctx, func(tx store.Tx) error {
		all, err := journal.List(ctx, tx, journal.Filter{Verb: "views."}, journal.Page{Limit: 100})
		for _, e := range slices.Backward(all) {
			got = append(got, e.Verb)
		}
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("the journal holds %v (%v), want %v", got, err, want)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, sources()...)
	as := serve(t, db)
	ann, nobody := as("z1/ann/d1"), as("z1/nil/")
	for _, c := range []struct {
		body  apitest.Object
		field string
	}{
		{apitest.Object{"page": "projects", "name": " "}, "name"},
		{apitest.Object{"page": "projects", "name": strings.Repeat("字", 41)}, "name"},
		{apitest.Object{"page": "projects", "name": "a\u0007b"}, "name"},
		{apitest.Object{"page": "projects", "name": "长", "query": strings.Repeat("q", 2001)}, "query"},
		{apitest.Object{"page": "projects", "name": "坏", "query": "a=%zz"}, "query"},
	} {
		ann.Post("/views", c.body).Refused(422, "views.invalid", c.field)
	}
	ann.Post("/views", apitest.Object{"page": "moon", "name": "月"}).Problem(422, "views.unknown_page")
	nobody.Post("/views", apitest.Object{"page": "projects", "name": "共享", "shared": true}).Refused(422, "views.invalid", "shared")
	ann.With("X-Pending", "password").Get("/views?page=projects").Problem(403, "access.password_first")
	as("").Get("/views?page=projects").Status(401)
	for i := range 50 {
		ann.Post("/views", apitest.Object{"page": "projects", "name": fmt.Sprint("视图", i)}).Status(201)
	}
	ann.Post("/views", apitest.Object{"page": "projects", "name": "再来"}).Problem(409, "views.too_many")
	ann.Post("/views", apitest.Object{"page": "tasks", "name": "视图1"}).Status(201)
	ann.Post("/views", apitest.Object{"page": "tasks", "name": "视图1"}).Refused(422, "views.invalid", "name")
}
