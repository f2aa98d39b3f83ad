// Package app (总装) puts the pieces together: one line per context in each
// list, and nothing else.
package app

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/backup"
	"sente/internal/infra/calendar"
	"sente/internal/infra/files"
	"sente/internal/infra/grams"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/intake"
	"sente/internal/infra/jobs"
	"sente/internal/infra/journal"
	"sente/internal/infra/notify"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/infra/views"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/platform"
	"sente/internal/zone/scoreboard"
	"sente/internal/zone/work"
)

// Config is what an App needs to know. Database, DataDir, KeyFile and Zone have
// no default.
type Config struct {
	Database      string // file path or postgres:// address of the application's role
	OwnerDatabase string // postgres:// address of the role that owns the tables; "" = never migrate
	DataDir       string // attachments and uploaded registers
	KeyFile       string // signing keys of the journal, outside the database
	CheckpointDir string // where checkpoints are also written; "" = nowhere
	Zone          string // identifier of the zone to make at the first start
	ZoneName      string // its name, or province/city/zone; "" = the identifier
	ZoneNameEn    string // its English name
	Demo          bool   // the zone's data is fictional, and every page says so

	Access         access.Config
	Notify         notify.Settings
	MaxUpload      int64 // bytes; 0 = 50 MB
	RateLimit      int   // requests a minute and account; 0 = the door's default
	TrustedProxies []netip.Prefix
	MetricsToken   string
	Pages          fs.FS // built pages; nil = the placeholder
	Version        string
	Now            func() time.Time // nil = time.Now
	Log            *slog.Logger     // nil = slog.Default
}

// App is the running system, without its listener.
type App struct {
	DB        *store.DB
	Door      *httpapi.Door
	Words     words.Book
	Gate      *access.Gate
	Access    *access.Desk
	Calendar  *calendar.Desk
	Office    *office.Desk
	Party     *party.Desk
	Pipeline  *pipeline.Desk
	Platform  *platform.Desk
	Score     *scoreboard.Desk
	Work      *work.Desk
	Intake    *intake.Desk
	Journal   *journal.Desk
	Views     *views.Desk
	Notify    *notify.Desk
	Keys      *journal.Keys
	Sequencer *journal.Sequencer
	Search    *grams.Tender
	jobs      *jobs.Runner
	cfg       Config
}

// Open opens the database, makes the zone at the first start, and builds every
// Desk and route. Close it when done.
func Open(ctx context.Context, cfg Config) (a *App, err error) {
	defer kernel.Wrap(&err, "app.Open")
	cfg.settle()
	a = &App{cfg: cfg}
	if err = backup.Whole(cfg.DataDir); err != nil {
		return nil, err
	}
	if a.DB, err = store.Open(ctx, store.Config{DSN: cfg.Database, OwnerDSN: cfg.OwnerDatabase, Now: cfg.Now, Log: cfg.Log}, Migrations()...); err != nil {
		return nil, err
	}
	if err = a.build(ctx); err != nil {
		return nil, errors.Join(err, a.DB.Close())
	}
	return a, nil
}

// Close releases the database.
func (a *App) Close() error { return a.DB.Close() }

func (cfg *Config) settle() {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	cfg.Access.OIDC.Log = cfg.Log
	if cfg.ZoneName == "" {
		cfg.ZoneName = cfg.Zone
	}
}

// Migrations lists the sources of tables besides the store's own.
func Migrations() []fs.FS {
	return []fs.FS{journal.Migrations, grams.Migrations, access.Migrations, httpapi.Migrations, intake.Migrations, calendar.Migrations, views.Migrations, notify.Migrations, office.Migrations, party.Migrations, pipeline.Migrations, platform.Migrations, work.Migrations, scoreboard.Migrations}
}

// Words lists the sources of messages.
func Words() []fs.FS {
	return []fs.FS{store.Words, journal.Words, access.Words, httpapi.Words, files.Words, backup.Words, sheet.Words, intake.Words, calendar.Words, views.Words, notify.Words, office.Words, party.Words, pipeline.Words, platform.Words, work.Words, scoreboard.Words}
}

// Tables lists a zero row of every business table: what is written through the
// journal, rebuilt from it and verified against it.
func Tables() []store.Row {
	return slices.Concat(access.Tables(), calendar.Tables(), views.Tables(), notify.Tables(), office.Tables(), party.Tables(), pipeline.Tables(), platform.Tables(), work.Tables(), scoreboard.Tables())
}

func (a *App) build(ctx context.Context) (err error) {
	cfg := a.cfg
	if a.Words, err = words.Load(Words()...); err != nil {
		return err
	}
	if a.Keys, err = journal.LoadKeys(cfg.KeyFile, "", cfg.Now()); err != nil {
		return err
	}
	if a.Gate, err = access.NewGate(); err != nil {
		return err
	}
	if a.Access, err = access.NewDesk(a.DB, a.Gate, cfg.Access); err != nil {
		return err
	}
	folder, err := files.Open(files.Config{Dir: filepath.Join(cfg.DataDir, "files"), MaxSize: cfg.MaxUpload, Now: cfg.Now})
	if err != nil {
		return err
	}
	a.Sequencer = &journal.Sequencer{DB: a.DB, Keys: a.Keys, Dir: cfg.CheckpointDir}
	a.Search = &grams.Tender{DB: a.DB, Log: cfg.Log, Indexes: grams.Indexes(Tables())}
	a.Calendar = calendar.NewDesk(a.DB, a.Gate, func() { a.jobs.Wake("pipeline.reckon"); a.jobs.Wake("work.reckon") })
	a.Party = party.NewDesk(a.DB, a.Gate, a.Words, work.Veil(a.Gate), pipeline.HoldsParty)
	a.Pipeline = pipeline.NewDesk(a.DB, a.Gate, a.Words, folder)
	a.Platform = platform.NewDesk(a.DB, a.Gate, folder, work.Veil(a.Gate))
	a.Office = office.NewDesk(a.DB, a.Gate, pipeline.HoldsUnit, platform.HoldsUnit, work.HoldsUnit)
	readers := map[string]journal.Reader{"pipeline.project": a.Pipeline.Readable, "party.party": a.Party.Readable,
		"platform.platform": a.Platform.Readable, "platform.contract": a.Platform.ContractReadable}
	titles := map[string]work.Titles{"pipeline.project": a.Pipeline.Titles, "party.party": a.Party.Titles}
	a.Score = scoreboard.NewDesk(a.DB, a.Gate, a.Words, a.Pipeline.ReckonerOf)
	readers["pipeline.report"], readers["pipeline.conflict"] = a.Pipeline.ReadableReport, a.Pipeline.ReadableConflict
	a.Work = work.NewDesk(work.Config{DB: a.DB, Gate: a.Gate, Words: a.Words, Folder: folder, Readers: readers, Titles: titles})
	readers["work.task"], readers["work.note"], readers["work.activity"] = a.Work.ReadableTask, a.Work.ReadableNote, a.Work.ReadableActivity
	titles["work.activity"] = a.Work.ActivityTitles
	readers["pipeline.definition"], readers["scoreboard.definition"] = a.Pipeline.ReadableDefinition, a.Score.ReadableDefinition
	a.Journal = journal.NewDesk(a.DB, a.Keys, cfg.CheckpointDir, Tables(), a.Gate.Require, readers)
	a.Intake = intake.NewDesk(intake.Config{DB: a.DB, Gate: a.Gate, Words: a.Words, Dir: filepath.Join(cfg.DataDir, "imports"), Log: cfg.Log,
		Kinds: []intake.Kind{a.Pipeline.ImportKind(), a.Party.Kind()}})
	a.Views = views.NewDesk(a.DB, "projects", "parties", "tasks", "activities")
	readers["intake.run"] = a.Intake.Readable
	if a.Notify, err = notify.NewDesk(a.notifications(readers)); err != nil {
		return err
	}
	if err := a.found(ctx); err != nil {
		return err
	}
	a.jobs = jobs.New(cfg.Log, cfg.Now)
	a.Door = a.door()
	a.schedule()
	return nil
}

// notifications lists who says what concerns whom.
func (a *App) notifications(readers map[string]journal.Reader) notify.Config {
	return notify.Config{
		Settings: a.cfg.Notify, DB: a.DB, Gate: a.Gate, Words: a.Words, Log: a.cfg.Log, Readers: readers,
		KeyFile:  filepath.Join(filepath.Dir(a.cfg.KeyFile), "notify.key"),
		Tellers:  []tell.Teller{work.Teller(), pipeline.Teller(), platform.Teller(), intake.Teller()},
		Topics:   slices.Concat(work.Topics(), pipeline.Topics(), platform.Topics(), intake.Topics()),
		Mornings: []notify.Morning{work.Morning, a.Pipeline.Morning},
		Subjects: map[string]notify.Finder{"pipeline.project": pipeline.Subject, "pipeline.conflict": pipeline.ConflictSubject, "work.activity": work.ActivitySubject},
	}
}

// found makes the configured zone at the first start: its row and the top of
// its organisation tree.
func (a *App) found(ctx context.Context) error {
	ctx = kernel.WithActor(ctx, kernel.SystemActor(a.cfg.Zone, "cli"))
	zones, err := a.DB.Zones(ctx)
	if err != nil {
		return err
	}
	path := strings.Split(a.cfg.ZoneName, "/")
	if !slices.ContainsFunc(zones, func(z store.Zone) bool { return z.ID == a.cfg.Zone }) {
		name := strings.TrimSpace(path[len(path)-1])
		err := a.DB.Update(ctx, func(tx store.Tx) error {
			return store.Put(ctx, tx, store.Zone{ID: a.cfg.Zone, NameZh: name, NameEn: a.cfg.ZoneNameEn, Demo: a.cfg.Demo, CreatedAt: tx.Now.UnixMilli()})
		})
		if err != nil {
			return err
		}
	}
	return a.Office.Found(ctx, path...)
}

// door builds the one door with every context's routes.
func (a *App) door() *httpapi.Door {
	door := httpapi.NewDoor(httpapi.Config{
		Words: a.Words, Log: a.cfg.Log, Now: a.cfg.Now, Version: a.cfg.Version,
		Authenticate: a.Access.Authenticate, Require: a.Gate.Require, Demo: a.demo,
		DB: a.DB, MaxUpload: a.cfg.MaxUpload, Proxies: a.cfg.TrustedProxies, Pages: a.cfg.Pages, MetricsToken: a.cfg.MetricsToken,
		Rates: httpapi.Rates{ // an office shares one address
			Account: httpapi.Rate{PerSecond: float64(a.cfg.RateLimit) / 60, Burst: a.cfg.RateLimit},
			Address: httpapi.Rate{PerSecond: 10 * float64(a.cfg.RateLimit) / 60, Burst: 10 * a.cfg.RateLimit},
		},
		Metrics: []func(io.Writer){a.jobs.Metrics},
	})
	for _, routes := range []func(*httpapi.Door){a.Access.Routes, a.Journal.Routes, a.Office.Routes, a.Party.Routes, a.Pipeline.Routes, a.Intake.Routes, a.Calendar.Routes, a.Views.Routes, a.Notify.Routes, a.Platform.Routes, a.Work.Routes, a.Score.Routes} {
		routes(door)
	}
	return door
}

// schedule lists what happens by the clock.
func (a *App) schedule() {
	r := a.jobs
	r.Add(jobs.Job{Name: "journal.sequence", Every: journal.Window / 2, Run: a.Sequencer.Tick})
	r.Add(jobs.Job{Name: "grams.tend", Every: 2 * time.Second, Run: jobs.EachZone(a.DB.Zones, a.Search.Tend)})
	r.Add(jobs.Job{Name: "access.sweep", Every: time.Hour, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, func(ctx context.Context) error {
		_, err := a.Access.Sweep(ctx)
		return err
	})})
	r.Add(jobs.Job{Name: "access.seen", Every: 10 * time.Second, Run: jobs.EachZone(a.DB.Zones, a.Access.NoteSeen)})
	r.Add(jobs.Job{Name: "memory", Every: time.Second, Run: newFrugal().look})
	r.Add(jobs.Job{Name: "access.provider", Every: time.Minute, Run: a.Access.Reach})
	r.Add(jobs.Job{Name: "pipeline.figures", Every: 15 * time.Minute, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, func(ctx context.Context) error {
		_, err := a.Pipeline.TakeEffect(ctx)
		return err
	})})
	r.Add(jobs.Job{Name: "pipeline.reports", Every: time.Hour, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, func(ctx context.Context) error {
		_, err := a.Pipeline.ExpireReports(ctx)
		return err
	})})
	r.Add(jobs.Job{Name: "scoreboard.fold", Every: time.Minute, Run: jobs.EachZone(a.DB.Zones, a.Score.Warm)})
	r.Add(jobs.Job{Name: "pipeline.reckon", Every: time.Hour, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, func(ctx context.Context) error {
		_, err := a.Pipeline.Reckon(ctx)
		return err
	})})
	r.Add(jobs.Job{Name: "work.reckon", Every: time.Hour, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, func(ctx context.Context) error {
		_, err := a.Work.Reckon(ctx)
		return err
	})})
	r.Add(jobs.Job{Name: "notify.tell", Every: time.Second, Run: jobs.EachZone(a.DB.Zones, a.Notify.Tell)})
	r.Add(jobs.Job{Name: "notify.morning", Every: time.Minute, Jitter: time.Second, Run: jobs.EachZone(a.DB.Zones, a.Notify.Morning)})
	r.Add(jobs.Job{Name: "notify.sweep", Every: time.Hour, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, a.Notify.Sweep)})
	r.Add(jobs.Job{Name: "httpapi.sweep", Every: time.Hour, Jitter: time.Minute, Run: jobs.EachZone(a.DB.Zones, a.Door.Sweep)})
}

// Run does what happens by the clock until ctx ends, then puts the last acts
// into the journal's tree.
func (a *App) Run(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { a.jobs.Run(ctx) })
	all.Go(func() { a.Notify.Work(ctx) })
	all.Go(func() {
		if err := a.Intake.Work(ctx); err != nil && ctx.Err() == nil {
			a.cfg.Log.Error("imports have stopped", "error", err)
		}
	})
	all.Wait()
	if err := jobs.EachZone(a.DB.Zones, a.Access.NoteSeen)(context.WithoutCancel(ctx)); err != nil {
		a.cfg.Log.Error("the last uses of sessions are not written down", "error", err)
	}
	if err := a.Sequencer.Tick(context.WithoutCancel(ctx)); err != nil {
		a.cfg.Log.Error("the last entries are not sequenced yet", "error", err)
	}
}

// demo says whether the context's zone holds demo data.
func (a *App) demo(ctx context.Context) bool {
	zones, err := a.DB.Zones(ctx)
	zone := kernel.ActorOf(ctx).Zone
	return err == nil && slices.ContainsFunc(zones, func(z store.Zone) bool { return z.ID == zone && z.Demo })
}
