package stories

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

// command runs the program to its end.
func (p *process) command(args ...string) (out string, err error) {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), p.binary, args...)
	cmd.Env = append(os.Environ(), "SENTE_LANG=en")
	both, err := cmd.CombinedOutput()
	return string(both), err
}

// done is command for what must succeed.
func (p *process) done(args ...string) string {
	p.Helper()
	out, err := p.command(args...)
	if err != nil {
		p.Fatalf("sente %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// roots are the lines that name a journal's root, as both commands print them.
func roots(out string) (lines []string) {
	for line := range strings.Lines(out) {
		if before, _, _ := strings.Cut(line, ", as printed"); strings.Contains(line, "with the root") {
			lines = append(lines, strings.TrimSpace(before))
		}
	}
	return lines
}

// An administrator backs up while officers write, restores elsewhere, compares the
// root, has the restoring killed and begins it again, and moves to PostgreSQL.
func TestBackupStory(t *testing.T) {
	t.Parallel()
	p := build(t)
	p.start()
	h := &house{T: t, server: apitest.Start(t, p), links: map[string]string{"1": p.links[0], "2": p.links[1], "3": p.links[2]}}
	h.staff("officer", "auditor")
	officer := h.signIn("officer")

	var stop atomic.Bool
	var acknowledged atomic.Int64
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				r := officer.Do(http.MethodPost, "/projects", apitest.Object{"name": fmt.Sprintf("演示项目%d之%d", w, i), "source": "演示推介会", "finder": "招商一局", "found_on": "2026-01-05"})
				if r.Response.StatusCode == http.StatusCreated {
					acknowledged.Add(1)
				}
			}
		})
	}
	for acknowledged.Load() < 20 {
		continue
	}
	before := acknowledged.Load()
	file := filepath.Join(t.TempDir(), "whole.tar.gz")
	made := p.done("backup", "-data-dir", p.dir, "-with-keys", "-o", file)
	stop.Store(true)
	writers.Wait()
	checked := p.done("backup", "-check", file)
	if len(roots(made)) != 1 || roots(made)[0] != roots(checked)[0] {
		t.Fatalf("made:\n%s\nchecked:\n%s", made, checked)
	}

	// Killed in the middle: what lies there is taken for nothing whole.
	dir := filepath.Join(t.TempDir(), "new")
	restoring := exec.CommandContext(t.Context(), p.binary, "restore", file, "-to", dir)
	if err := restoring.Start(); err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(dir, "RESTORING")
	for {
		if _, err := os.Stat(mark); err == nil {
			break
		}
	}
	_ = restoring.Process.Kill() // it may have ended
	_ = restoring.Wait()
	if _, err := os.Stat(mark); err == nil {
		out, err := p.command("migrate", "-data-dir", dir)
		if err == nil || !strings.Contains(out, "is being restored, or its restoring was broken off") {
			t.Fatalf("a broken-off restoring is taken for an installation: %v\n%s", err, out)
		}
		restored := p.done("restore", file, "-to", dir)
		if roots(restored)[0] != roots(made)[0] {
			t.Fatalf("made:\n%s\nrestored:\n%s", made, restored)
		}
	}
	if out, err := p.command("restore", file, "-to", dir); err == nil || !strings.Contains(out, "is not empty") {
		t.Fatalf("restored upon an installation: %v\n%s", err, out)
	}
	p.done("audit", "verify", "-data-dir", dir, "-checkpoint-dir", "")

	pg := storetest.NewPostgres(t)
	moved := p.done("migrate", "--to", pg.App, "--to-owner", pg.Owner, "-data-dir", dir)
	if !strings.Contains(moved, "every table, total and root is the same on both sides") || strings.Contains(moved, passwordOf(pg.App)) {
		t.Fatalf("moved:\n%s", moved)
	}
	p.done("audit", "verify", "-data-dir", dir, "-database", pg.App, "-checkpoint-dir", "")
	again := filepath.Join(t.TempDir(), "postgres.tar.gz")
	if out := p.done("backup", "-data-dir", dir, "-database", pg.App, "-o", again); !strings.Contains(out, "entries") {
		t.Fatalf("backup of PostgreSQL:\n%s", out)
	}

	// The restored house opens its doors, with everything acknowledged before.
	p.kill()
	p.dir = dir
	p.start()
	if n := h.count(h.signIn("officer"), ""); int64(n) < before {
		t.Fatalf("%d projects; %d were acknowledged before the backup began", n, before)
	}
	h.verified(h.signIn("auditor"))
}

// An administrator has a backup and, hours later, a mistake to undo: with what the
// journals have had since, the installation comes back as of the moment before it,
// on SQLite and on PostgreSQL, by the commands of the manual.
func TestMomentStory(t *testing.T) {
	t.Parallel()
	p := build(t)
	p.start()
	h := &house{T: t, server: apitest.Start(t, p), links: map[string]string{"1": p.links[0], "2": p.links[1], "3": p.links[2]}}
	h.staff("officer", "auditor")
	officer := h.signIn("officer")
	var first opened
	officer.Post("/projects", lead("演示备份之前")).Status(201).JSON(&first)
	dir := t.TempDir()
	whole, since := filepath.Join(dir, "whole.tar.gz"), filepath.Join(dir, "since.tar.gz")
	p.done("backup", "-data-dir", p.dir, "-with-keys", "-o", whole)
	early := time.Now().Add(-time.Hour)
	officer.Post("/projects", lead("演示出错之前")).Status(201)
	officer.IfMatch(first.tag()).Patch("/projects/"+first.ID, apitest.Object{"summary": "出错之前的情况"}).Status(200)
	moment := time.Now().Truncate(time.Second).Add(time.Second) // the command names whole seconds
	time.Sleep(time.Until(moment) + 10*time.Millisecond)
	officer.Post("/projects", lead("演示出错之后")).Status(201)
	officer.IfMatch(`"2"`).Patch("/projects/"+first.ID, apitest.Object{"summary": "出错"}).Status(200)
	h.verified(h.signIn("auditor"))
	h.eventually("sequencing", func() bool { return h.report(h.signIn("auditor")).Waiting == 0 })
	if out := p.done("backup", "-since", whole, "-data-dir", p.dir, "-o", since); len(roots(out)) != 1 {
		t.Fatalf("what came since:\n%s", out)
	}
	if out, err := p.command("restore", since, "-to", filepath.Join(dir, "end")); err == nil || !strings.Contains(out, "holds the end of a journal, not an installation") {
		t.Errorf("the end of a journal restored by itself: %v\n%s", err, out)
	}
	until := func(at time.Time) string { return at.In(kernel.ChinaTime()).Format("2006-01-02 15:04:05") }
	for _, wrong := range []struct{ moment, says string }{
		{"yesterday", `"yesterday" is not a moment; write it like "2026-11-23 18:00".`},
		{until(early), "Use an earlier backup or name a later moment."},
	} {
		gone := filepath.Join(dir, "never")
		out, err := p.command("restore", whole, "-journal", since, "-until", wrong.moment, "-to", gone)
		if err == nil || !strings.Contains(out, wrong.says) {
			t.Errorf("restored as of %q: %v\n%s", wrong.moment, err, out)
		}
		if _, err := os.Stat(filepath.Join(gone, "sente.db")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("refused, and %s has a database: %v", gone, err)
		}
	}

	then := filepath.Join(dir, "then")
	pg := storetest.NewPostgres(t)
	for _, flags := range [][]string{{"-to", then}, {"-data-dir", filepath.Join(dir, "pg"), "-database", pg.App, "-owner-database", pg.Owner}} {
		out := p.done(append([]string{"restore", whole, "-journal", since, "-until", until(moment)}, flags...)...)
		if !strings.Contains(out, "and on to the moment asked for: 2 entries more") || len(roots(out)) != 2 {
			t.Errorf("restored as of the moment:\n%s", out)
		}
	}
	p.done("audit", "verify", "-data-dir", then, "-checkpoint-dir", "")
	p.done("audit", "verify", "-data-dir", filepath.Join(dir, "pg"), "-database", pg.App, "-checkpoint-dir", "")
	p.kill()
	for _, on := range []struct {
		dir   string
		flags []string
	}{{then, nil}, {filepath.Join(dir, "pg"), []string{"-database", pg.App, "-owner-database", pg.Owner}}} {
		p.dir, p.flags = on.dir, on.flags
		p.start()
		officer = h.signIn("officer")
		if n := h.count(officer, ""); n != 2 || h.count(officer, "q=演示出错之后") != 0 || h.count(officer, "q=演示出错之前") != 1 {
			t.Errorf("%d projects in %s: what came before the mistake and nothing after it", n, on.dir)
		}
		var now opened
		officer.Get("/projects/" + first.ID).Status(200).JSON(&now)
		if now.Summary != "出错之前的情况" || now.Version != 2 {
			t.Errorf("the project is %+v", now)
		}
		h.verified(h.signIn("auditor"))
		p.kill()
	}
}

// passwordOf is the password in a database address.
func passwordOf(dsn string) string {
	_, rest, _ := strings.Cut(dsn, "://")
	user, _, _ := strings.Cut(rest, "@")
	_, secret, _ := strings.Cut(user, ":")
	return secret
}
