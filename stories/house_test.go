package stories

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store/storetest"
)

const password = "Harbour-2026-story"

// house is a freshly installed Sente, listening, with its clock running.
type house struct {
	*testing.T
	app    *app.App
	server *apitest.Server
	cfg    app.Config
	links  map[string]string // role → one-time link's token of the first start
}

// onBoth tells a story on SQLite and on PostgreSQL.
func onBoth(t *testing.T, tell func(h *house)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { tell(open(t, app.Config{})) })
	t.Run("postgres", func(t *testing.T) {
		p := storetest.NewPostgres(t)
		tell(open(t, app.Config{Database: p.App, OwnerDatabase: p.Owner}))
	})
}

// open installs Sente in an empty folder and starts it.
func open(t *testing.T, cfg app.Config) *house {
	t.Helper()
	dir := t.TempDir()
	cfg.DataDir, cfg.KeyFile, cfg.CheckpointDir = dir, filepath.Join(dir, "journal.key"), filepath.Join(dir, "checkpoints")
	cfg.Zone, cfg.ZoneName, cfg.ZoneNameEn = "chengang", "演示省/演示市/晨港经济技术开发区", "Chengang (demo)"
	if cfg.Database == "" {
		cfg.Database = filepath.Join(dir, "sente.db")
	}
	cfg.RateLimit = 60_000
	// The least work allowed, and patience: many sign in at once on a busy machine.
	cfg.Access.HashMemory, cfg.Access.HashTime, cfg.Access.HashThreads, cfg.Access.HashWait = 19456, 2, 1, time.Minute
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &house{T: t, cfg: cfg}
	h.start()
	links, err := h.app.Access.Bootstrap(t.Context(), cfg.Zone)
	h.must(err)
	h.links = map[string]string{}
	for _, l := range links {
		h.links[l.Role] = l.Token
	}
	return h
}

// start opens the App and runs it until the test ends or the returned stop.
func (h *house) start() (stop func()) {
	h.Helper()
	a, err := app.Open(context.WithoutCancel(h.Context()), h.cfg)
	h.must(err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(h.Context()))
	done := make(chan struct{})
	go func() { a.Run(ctx); close(done) }()
	h.app, h.server = a, apitest.Start(h, a.Door)
	stop = func() { cancel(); <-done; h.must(a.Close()) }
	h.Cleanup(func() {
		if ctx.Err() == nil {
			stop()
		}
	})
	return stop
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// signIn returns a client of login, in Chinese.
func (h *house) signIn(login string) *apitest.Client {
	h.Helper()
	c := h.server.As("zh")
	c.Post("/session", apitest.Object{"login": login, "password": password}).Status(200)
	return c
}

// staff does what an installation begins with: the administrators set their
// passwords, the system administrator sets up one bureau and the accounts, the
// security administrator grants the roles. It returns the bureau's unit.
func (h *house) staff(roles ...string) (bureau string) {
	h.Helper()
	for _, link := range h.links {
		h.server.As("zh").Post("/first-link/"+link, apitest.Object{"password": password}).Status(200)
	}
	names := map[string]string{"officer": "演示专员甲", "department_lead": "演示部长", "leader": "演示领导", "auditor": "演示审计", "operator": "演示运营方"}
	system, security := h.signIn("sysadmin"), h.signIn("secadmin")
	var units struct {
		Items []struct{ ID, Kind string } `json:"items"`
	}
	system.Get("/units").Status(200).JSON(&units)
	zone := ""
	for _, u := range units.Items {
		if u.Kind == "zone" {
			zone = u.ID
		}
	}
	var unit struct{ ID string }
	system.Post("/units", apitest.Object{"kind": "department", "parent": zone, "name_zh": "招商一局", "name_en": "Bureau 1"}).Status(201).JSON(&unit)
	for _, role := range roles {
		at := unit.ID
		switch role {
		case "leader", "auditor", "province":
			at = zone
		case "operator":
			var own struct{ ID string }
			system.Post("/units", apitest.Object{"kind": "operator", "parent": zone, "name_zh": "演示运营公司"}).Status(201).JSON(&own)
			at = own.ID
		}
		var made struct {
			Account struct {
				ID string `json:"id"`
			} `json:"account"`
			Link struct {
				Token string `json:"token"`
			} `json:"link"`
		}
		login := strings.ReplaceAll(role, "_", "-")
		r := system.Post("/accounts", apitest.Object{"login": login, "name": names[role], "unit": at}).Status(201).JSON(&made)
		var seen struct{ ID string }
		got := security.Get("/accounts/" + made.Account.ID).Status(200).JSON(&seen)
		security.IfMatch(got.ETag()).Put("/accounts/"+made.Account.ID+"/roles", apitest.Object{"roles": []string{role}, "reason": "开户"}).Status(200)
		if made.Link.Token == "" {
			h.Fatalf("no one-time link in %s", r.Body)
		}
		h.server.As("zh").Post("/first-link/"+made.Link.Token, apitest.Object{"password": password}).Status(200)
	}
	return unit.ID
}

// eventually waits until ok, at most two minutes.
func (h *house) eventually(what string, ok func() bool) {
	h.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.Fatalf("%s did not happen", what)
		}
	}
}
