package keep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/app/keep"
	"sente/internal/infra/access"
	"sente/internal/infra/backup"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/pipeline"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

// in is the program acting in zone.
func in(ctx context.Context, zone string) context.Context {
	return kernel.WithActor(ctx, kernel.SystemActor(zone, "cli"))
}

// place is where an installation is, or is to be.
func place(t testing.TB, engine store.Dialect) app.Config {
	t.Helper()
	dir := t.TempDir()
	cfg := app.Config{Database: filepath.Join(dir, "sente.db"), DataDir: dir, KeyFile: filepath.Join(dir, "journal.key"), CheckpointDir: filepath.Join(dir, "checkpoints"),
		Zone: "second", ZoneName: "演示省/演示市/第二区", Version: "test", Log: slog.New(slog.DiscardHandler)}
	if engine == store.Postgres {
		p := storetest.NewPostgres(t)
		cfg.Database, cfg.OwnerDatabase = p.App, p.Owner
	}
	return cfg
}

// house is an installation of two zones with a firm, a few projects and an
// attachment.
type house struct {
	testing.TB
	app     *app.App
	cfg     app.Config
	project string // of zone second, with evidence
	hash    string // of the evidence
}

func open(t testing.TB, cfg app.Config) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), cfg)
	must(t, err)
	return a
}

func build(t testing.TB, engine store.Dialect) *house {
	t.Helper()
	cfg := place(t, engine)
	first := cfg
	first.Zone = "first"
	must(t, open(t, first).Close())
	h := &house{TB: t, cfg: cfg, app: open(t, cfg)}
	t.Cleanup(func() { must(t, h.app.Close()) })
	ctx := in(t.Context(), "second")
	_, err := h.app.Party.Register(ctx, party.Party{Kind: party.Enterprise, Name: "演示企业甲"})
	must(t, err)
	h.project = h.open("second", "演示项目“甲”\n\\")
	for i := range 3 {
		h.open("first", fmt.Sprintf("演示项目%d", i))
	}
	k, err := h.app.Pipeline.AttachEvidence(ctx, h.project, 0, pipeline.Evidence{Kind: pipeline.OtherEvidence, Title: "材料", On: "2026-01-06"}, "note.txt", strings.NewReader("内容"))
	must(t, err)
	h.hash = k.Evidence[0].File
	must(t, h.app.Sequencer.Tick(t.Context()))
	return h
}

// open opens a project in zone and returns its id.
func (h *house) open(zone, name string) string {
	h.Helper()
	k, err := h.app.Pipeline.Open(in(context.Background(), zone), facts(name))
	must(h, err)
	return k.Project.ID
}

func facts(name string) pipeline.Facts {
	return pipeline.Facts{Name: &name, Source: ptr("来源"), Finder: ptr("发现人"), FoundOn: ptr("2026-01-05")}
}

// ids returns the projects of zone in a.
func ids(t testing.TB, a *app.App, zone string) (out []string) {
	t.Helper()
	must(t, a.DB.View(in(t.Context(), zone), func(tx store.Tx) error {
		list, err := store.Select[pipeline.Project](t.Context(), tx, "WHERE zone = $1 ORDER BY id", tx.Zone)
		for _, p := range list {
			out = append(out, p.ID)
		}
		return err
	}))
	return out
}

// verified fails unless every zone of a is as it was recorded.
func verified(t testing.TB, a *app.App, cfg app.Config) {
	t.Helper()
	for _, zone := range []string{"first", "second"} {
		r, err := journal.Verify(in(t.Context(), zone), a.DB, a.Keys, cfg.CheckpointDir, app.Tables())
		must(t, err)
		if !r.OK() || r.Entries == 0 {
			t.Errorf("zone %s: %+v", zone, r)
		}
	}
}

// refused fails unless err says word.
func refused(t testing.TB, err error, word string) {
	t.Helper()
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != word {
		t.Errorf("got %v, want %s", err, word)
	}
}

// engines are the pairs of where a backup is made and where it is restored.
func engines() [][2]store.Dialect {
	return [][2]store.Dialect{{store.SQLite, store.SQLite}, {store.SQLite, store.Postgres}, {store.Postgres, store.SQLite}, {store.Postgres, store.Postgres}}
}

// Eight people write while the backup is made; what was acknowledged before it
// began is in it, and what arrives elsewhere is what left.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, pair := range engines() {
		t.Run(string(pair[0]+" to "+pair[1]), func(t *testing.T) {
			t.Parallel()
			h := build(t, pair[0])
			var stop atomic.Bool
			var all sync.WaitGroup
			var mu sync.Mutex
			var acknowledged []string
			for w := range 8 {
				all.Go(func() {
					for i := 0; !stop.Load() && i < 400; i++ {
						k, err := h.app.Pipeline.Open(in(context.Background(), "second"), facts(fmt.Sprintf("演示项目%d之%d", w, i)))
						if errors.Is(err, kernel.ErrUnavailable) {
							continue // all eight count on in one row; who gives up is told so
						}
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						acknowledged = append(acknowledged, k.Project.ID)
						mu.Unlock()
					}
				})
			}
			for h.count(&mu, &acknowledged) < 10 {
				must(t, h.app.Sequencer.Tick(t.Context()))
			}
			mu.Lock()
			before := slices.Clone(acknowledged)
			mu.Unlock()
			path := filepath.Join(t.TempDir(), "whole.tar.gz")
			k, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: path})
			stop.Store(true)
			all.Wait()
			must(t, err)
			if k.Files != 1 || len(k.Manifest.Missing)+len(k.Manifest.Damaged) > 0 {
				t.Errorf("files: %+v", k)
			}

			cfg := place(t, pair[1])
			key, err := os.ReadFile(h.cfg.KeyFile)
			must(t, err)
			must(t, os.WriteFile(cfg.KeyFile, key, 0o600))
			r, err := keep.Restore(t.Context(), cfg, keep.Return{File: path})
			must(t, err)
			if r.Rows != k.Rows || r.Files != 1 || !slices.Equal(r.Totals, k.Manifest.Totals) || len(r.Zones) != 2 {
				t.Errorf("restored %+v of %+v", r, k)
			}
			a := open(t, cfg)
			defer func() { must(t, a.Close()) }()
			must(t, a.Sequencer.Tick(t.Context()))
			verified(t, a, cfg)
			there := ids(t, a, "second")
			for _, id := range before {
				if !slices.Contains(there, id) {
					t.Errorf("project %s was acknowledged before and is not there", id)
				}
			}
			f, doc, err := a.Pipeline.OpenEvidence(in(t.Context(), "second"), h.project, evidenceOf(t, a, h.project), "示例")
			must(t, err)
			defer doc.Close()
			if f.File != h.hash {
				t.Errorf("the attachment is %+v", f)
			}
			if _, err := a.Pipeline.Open(in(t.Context(), "first"), facts("演示项目之后")); err != nil {
				t.Errorf("the restored house does not go on: %v", err)
			}
		})
	}
}

func (h *house) count(mu *sync.Mutex, list *[]string) int {
	mu.Lock()
	defer mu.Unlock()
	return len(*list)
}

func evidenceOf(t testing.TB, a *app.App, project string) (id string) {
	t.Helper()
	must(t, a.DB.View(in(t.Context(), "second"), func(tx store.Tx) error {
		e, err := store.Get[pipeline.Evidence](t.Context(), tx, "zone = $1 AND project = $2", tx.Zone, project)
		id = e.ID
		return err
	}))
	return id
}

// What is cut short, changed or not ours is refused, and nothing is left.
func TestBrokenBackups(t *testing.T) {
	t.Parallel()
	h := build(t, store.SQLite)
	dir := t.TempDir()
	path := filepath.Join(dir, "whole.tar.gz")
	_, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: path, WithKeys: true})
	must(t, err)
	whole, err := os.ReadFile(path)
	must(t, err)
	sound, err := keep.Check(path, nil)
	must(t, err)
	_, err = keep.Backup(t.Context(), h.cfg, keep.Order{Path: path})
	refused(t, err, "backup.exists")
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
		t.Error("the earlier backup was touched")
	}
	broken := filepath.Join(dir, "broken.tar.gz")
	for at := 0; at < len(whole); at += 1 + len(whole)/97 {
		for what, content := range map[string][]byte{"cut": whole[:at], "flipped": flipped(whole, at)} {
			must(t, os.WriteFile(broken, content, 0o600))
			f, err := keep.Check(broken, nil)
			if err == nil && (what == "cut" || fmt.Sprint(f.Manifest, f.Head) != fmt.Sprint(sound.Manifest, sound.Head)) {
				t.Errorf("%s at %d of %d: taken for whole", what, at, len(whole))
			}
		}
	}
	must(t, os.WriteFile(broken, whole[:len(whole)/2], 0o600))
	cfg := place(t, store.SQLite)
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: broken})
	refused(t, err, "backup.broken")
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: filepath.Join(dir, "none")})
	refused(t, err, "backup.not_there")
	must(t, os.WriteFile(broken, []byte("no backup at all"), 0o600))
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: broken})
	refused(t, err, "backup.not_one")
	if left, err := os.ReadDir(cfg.DataDir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.part-*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func flipped(content []byte, at int) []byte {
	out := bytes.Clone(content)
	out[at] ^= 0x10
	return out
}

// Without its key, with another's or upon an installation nothing is restored.
func TestRefusedRestores(t *testing.T) {
	t.Parallel()
	h := build(t, store.SQLite)
	path := filepath.Join(t.TempDir(), "whole.tar.gz")
	_, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: path})
	must(t, err)
	cfg := place(t, store.SQLite)
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: path})
	refused(t, err, "backup.no_key")
	must(t, os.WriteFile(cfg.Database+"-wal", []byte("of a file that was removed"), 0o600))
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: path, NewKey: true})
	refused(t, err, "store.not_empty")
	must(t, os.Remove(cfg.Database+"-wal"))
	must(t, (&journal.Keys{Origin: "sente-other"}).Renewed(h.app.DB.Now()).Save(cfg.KeyFile))
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: path})
	refused(t, err, "backup.other_key")
	must(t, os.Remove(cfg.KeyFile))

	before := ids(t, h.app, "second")
	_, err = keep.Restore(t.Context(), h.cfg, keep.Return{File: path})
	refused(t, err, "store.not_empty")
	if backup.Marked(h.cfg.DataDir) || !slices.Equal(before, ids(t, h.app, "second")) {
		t.Error("a living installation was touched")
	}

	r, err := keep.Restore(t.Context(), cfg, keep.Return{File: path, NewKey: true})
	must(t, err)
	if !r.NewKey {
		t.Errorf("%+v", r)
	}
	a := open(t, cfg)
	defer func() { must(t, a.Close()) }()
	must(t, a.Sequencer.Tick(t.Context()))
	verified(t, a, cfg)
	if a.Keys.VerifierKeys("first")[0] != h.app.Keys.VerifierKeys("first")[0] || len(a.Keys.List) != 2 {
		t.Errorf("the keys are %v", a.Keys.VerifierKeys("first"))
	}
}

// A folder whose filling was broken off is not taken for an installation; the
// next try fills it.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	h := build(t, store.SQLite)
	path := filepath.Join(t.TempDir(), "whole.tar.gz")
	_, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: path, WithKeys: true})
	must(t, err)
	cfg := place(t, store.SQLite)
	must(t, backup.Mark(cfg.DataDir))
	must(t, os.WriteFile(cfg.Database+".receiving", []byte("half"), 0o600))
	_, err = app.Open(t.Context(), cfg)
	refused(t, err, "backup.unfinished")
	if _, err := os.Stat(cfg.Database); err == nil {
		t.Error("a database was begun where half of one lies")
	}
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: path})
	must(t, err)
	a := open(t, cfg)
	defer func() { must(t, a.Close()) }()
	verified(t, a, app.Config{})
}

// A row changed past the journal is named, and kept only when asked to.
func TestFindingsOnArrival(t *testing.T) {
	t.Parallel()
	h := build(t, store.SQLite)
	must(t, h.app.DB.Update(in(t.Context(), "second"), func(tx store.Tx) error {
		_, err := tx.ExecContext(t.Context(), `UPDATE pipeline_projects SET name = 'forged' WHERE zone = $1 AND id = $2`, tx.Zone, h.project)
		return err
	}))
	path := filepath.Join(t.TempDir(), "whole.tar.gz")
	_, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: path, WithKeys: true})
	must(t, err)
	cfg := place(t, store.SQLite)
	_, err = keep.Restore(t.Context(), cfg, keep.Return{File: path})
	refused(t, err, "backup.findings")
	if left, err := os.ReadDir(cfg.DataDir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	r, err := keep.Restore(t.Context(), cfg, keep.Return{File: path, Despite: true})
	must(t, err)
	if f := r.Zones[1].Report.Findings; len(f) != 1 || f[0].Kind != "row_changed" || f[0].Key != h.project {
		t.Errorf("found %+v", f)
	}
}

// An attachment that is gone or changed is named and keeps nothing else back.
func TestMissingAttachment(t *testing.T) {
	t.Parallel()
	h := build(t, store.SQLite)
	file := filepath.Join(h.cfg.DataDir, "files", "second", h.hash[:2], h.hash)
	must(t, os.WriteFile(file, []byte("forged"), 0o600))
	damaged, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: filepath.Join(t.TempDir(), "a")})
	must(t, err)
	must(t, os.Remove(file))
	missing, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: filepath.Join(t.TempDir(), "b")})
	must(t, err)
	name := "files/second/" + h.hash[:2] + "/" + h.hash
	if !slices.Equal(damaged.Manifest.Damaged, []string{name}) || !slices.Equal(missing.Manifest.Missing, []string{name}) || missing.Files != 0 {
		t.Errorf("damaged %v, missing %v", damaged.Manifest.Damaged, missing.Manifest.Missing)
	}
}

// Moving gives the same rows, totals and roots on the other engine; where somebody
// writes meanwhile, or somebody lives, it is refused.
func TestMove(t *testing.T) {
	t.Parallel()
	for _, pair := range engines()[1:3] {
		t.Run(string(pair[0]+" to "+pair[1]), func(t *testing.T) {
			t.Parallel()
			h := build(t, pair[0])
			to := place(t, pair[1])
			wrote := false
			_, err := keep.Move(t.Context(), h.cfg, keep.Removal{To: to.Database, ToOwner: to.OwnerDatabase, Progress: func(step keep.Step, _, _ int64) {
				if step == keep.StepVerify && !wrote {
					wrote = true
					h.open("second", "演示项目其间")
				}
			}})
			refused(t, err, "backup.moved_on")
			r, err := keep.Move(t.Context(), h.cfg, keep.Removal{To: to.Database, ToOwner: to.OwnerDatabase})
			must(t, err)
			if len(r.Zones) != 2 || r.Zones[0].Report.Root != r.Zones[0].Root || r.Rows == 0 || len(r.Totals) != 2 {
				t.Errorf("moved %+v", r)
			}
			_, err = keep.Move(t.Context(), h.cfg, keep.Removal{To: to.Database, ToOwner: to.OwnerDatabase})
			refused(t, err, "store.not_empty")
			moved := h.cfg
			moved.Database, moved.OwnerDatabase = to.Database, ""
			a := open(t, moved)
			defer func() { must(t, a.Close()) }()
			must(t, a.Sequencer.Tick(t.Context()))
			verified(t, a, moved)
			if got, want := ids(t, a, "second"), ids(t, h.app, "second"); !slices.Equal(got, want) {
				t.Errorf("projects %v, want %v", got, want)
			}
		})
	}
}

// A backup and what the journal had since restore any moment between: what was
// recorded by then is there, what came later is not.
func TestPointInTime(t *testing.T) {
	t.Parallel()
	for _, pair := range engines()[:3] {
		t.Run(string(pair[0]+" to "+pair[1]), func(t *testing.T) {
			t.Parallel()
			h := build(t, pair[0])
			dir := t.TempDir()
			whole, since := filepath.Join(dir, "whole.tar.gz"), filepath.Join(dir, "since.tar.gz")
			h.open("second", "演示项目未编入") // waits for its place while the backup is made
			_, err := keep.Backup(t.Context(), h.cfg, keep.Order{Path: whole, WithKeys: true})
			must(t, err)
			must(t, h.app.Sequencer.Tick(t.Context()))
			_, err = h.app.Party.Register(in(t.Context(), "second"), party.Party{Kind: party.Enterprise, Name: "演示企业乙"})
			must(t, err)
			good := h.open("second", "演示项目之前")
			h.found("second", "after")
			must(t, h.app.Sequencer.Tick(t.Context()))
			last := h.lastAt("second")
			for h.app.DB.Now().UnixMilli() <= last { // the next act is begun a millisecond later at least
				continue
			}
			bad := h.open("second", "演示项目之后")
			h.open("first", "演示项目之后")
			must(t, h.app.Sequencer.Tick(t.Context()))
			_, err = keep.Since(t.Context(), h.cfg, whole, keep.Order{Path: since})
			must(t, err)

			cfg := place(t, pair[1])
			r, err := keep.Restore(t.Context(), cfg, keep.Return{File: whole, Journal: since, Until: time.UnixMilli(last)})
			must(t, err)
			a := open(t, cfg)
			defer func() { must(t, a.Close()) }()
			must(t, a.Sequencer.Tick(t.Context()))
			verified(t, a, cfg)
			there := ids(t, a, "second")
			if !slices.Contains(there, good) || slices.Contains(there, bad) || len(there) != 3 || len(ids(t, a, "first")) != 3 {
				t.Errorf("there are %v; %s must be and %s not", there, good, bad)
			}
			if z := r.Zones[1]; z.Added != 3 || !z.Then.OK() || z.Then.Entries != z.Entries+3 {
				t.Errorf("zone %+v, then %+v", z, z.Then)
			}

			all := place(t, store.SQLite)
			r, err = keep.Restore(t.Context(), all, keep.Return{File: whole, Journal: since})
			must(t, err)
			var sourceRoot string
			must(t, h.app.DB.View(in(t.Context(), "second"), func(tx store.Tx) error {
				c, err := journal.Head(t.Context(), tx)
				if err != nil {
					return err
				}
				root, err := c.Root()
				sourceRoot = root.String()
				return err
			}))
			if r.Zones[1].Then.Root != sourceRoot || r.Zones[0].Added != 1 {
				t.Errorf("all of it gives %+v, the source has the root %s", r.Zones, sourceRoot)
			}
			_, err = keep.Restore(t.Context(), place(t, store.SQLite), keep.Return{File: whole, Journal: since, Until: time.UnixMilli(1000)})
			refused(t, err, "journal.moment_early")
			_, err = keep.Restore(t.Context(), place(t, store.SQLite), keep.Return{File: since})
			refused(t, err, "backup.not_full")
		})
	}
}

// found makes a department, a row that others are derived from.
func (h *house) found(zone, id string) {
	h.Helper()
	ctx := in(context.Background(), zone)
	must(h, h.app.DB.Update(ctx, func(tx store.Tx) error {
		u := access.Unit{ID: id, Kind: access.ZoneUnit, NameZh: "演示开发区", Version: 1}
		changes, err := access.PutUnit(ctx, tx, u)
		if err != nil {
			return err
		}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "office.established", Object: u.Object(), Changes: changes})
		return err
	}))
}

// lastAt is when the last act of zone was begun, ms UTC.
func (h *house) lastAt(zone string) (at int64) {
	h.Helper()
	must(h, h.app.DB.View(in(context.Background(), zone), func(tx store.Tx) (err error) {
		at, err = store.Count(context.Background(), tx, `SELECT max(at) FROM journal_entries WHERE zone = $1`, tx.Zone)
		return err
	}))
	return at
}
