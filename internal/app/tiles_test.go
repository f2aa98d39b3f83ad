package app_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/testneed"
)

// tlogcheck builds the client that is not ours.
func tlogcheck(t *testing.T) string {
	t.Helper()
	const dir = "../../tools/tlogcheck"
	out, err := exec.CommandContext(t.Context(), "go", "-C", dir, "mod", "download").CombinedOutput()
	testneed.Need(t, "modules", err == nil, "the modules of tools/tlogcheck cannot be reached: "+strings.TrimSpace(string(out)))
	path := filepath.Join(t.TempDir(), "tlogcheck")
	cmd := exec.CommandContext(t.Context(), "go", "-C", dir, "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err = cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}

// many records n acts in the home zone and puts them into the tree.
func (w *world) many(n int) {
	w.t.Helper()
	must(w.t, w.app.DB.Update(w.in(home), func(tx store.Tx) error {
		var acts []journal.Act
		for i := range n {
			acts = append(acts, journal.Act{Verb: "walk.taken", Object: fmt.Sprintf("walk.step/%d", i)})
		}
		return journal.RecordAll(w.in(home), tx, acts)
	}))
	must(w.t, w.app.Sequencer.Tick(w.t.Context()))
}

// scoped gives p an API token with scopes.
func (w *world) scoped(p person, scopes ...string) string {
	w.t.Helper()
	_, secret, err := w.app.Access.Issue(w.as(p.actor), access.NewToken{Name: w.named(home, "令牌"), Scopes: scopes, Days: 1})
	must(w.t, err)
	return secret
}

// TestTilesByAnotherClient: Tessera reads and checks our log over HTTP with a
// token, finds a change to any leaf, node, root or signature, and a fork against
// checkpoints kept elsewhere.
func TestTilesByAnotherClient(t *testing.T) {
	program := tlogcheck(t)
	onBoth(t, func(t *testing.T, w *world) { byAnotherClient(t, w, program) })
}

func byAnotherClient(t *testing.T, w *world, program string) {
	server := apitest.Start(t, w.app.Door)
	auditor := w.hire(home, "checker", "auditor")
	token := w.scoped(auditor, "journal.prove", "journal.read")
	key := w.app.Keys.VerifierKeys(home)[0]
	kept := filepath.Join(t.TempDir(), "kept")
	check := func(extra ...string) (string, error) {
		t.Helper()
		args := append([]string{"-url", server.URL + "/api/v1/tiles/" + home + "/", "-key", key, "-token", token, "-since", kept}, extra...)
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		return string(out), err
	}
	var notes string
	for _, n := range []int{1, 200, 400, 700} { // up to partial tiles of both levels
		w.many(n)
		note := server.As("zh").Token(token).Get("/tiles/" + home + "/checkpoint").Status(200)
		notes += string(note.Body) + "\n"
		must(t, os.WriteFile(kept, []byte(notes), 0o600))
		out, err := check()
		if err != nil || !strings.Contains(out, "as recorded") {
			t.Fatalf("%d: %v\n%s", n, err, out)
		}
		t.Log(strings.TrimSpace(out))
	}
	refused := func(what, want string) {
		t.Helper()
		if out, err := check(); err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
	exec := func(q string, args ...any) {
		t.Helper()
		must(t, w.app.DB.Update(w.in(home), func(tx store.Tx) error { _, err := tx.ExecContext(t.Context(), q, args...); return err }))
	}
	exec(`UPDATE journal_entries SET actor = 'x' || actor WHERE zone = $1 AND seq = 300`, home)
	refused("a leaf changed", "fsck")
	exec(`UPDATE journal_entries SET actor = substr(actor, 2) WHERE zone = $1 AND seq = 300`, home)
	if out, err := check(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.app.Sequencer.Dir = ""
	exec(`DELETE FROM journal_hashes WHERE zone = $1`, home)
	exec(`DELETE FROM journal_checkpoints WHERE zone = $1`, home)
	exec(`UPDATE journal_entries SET seq = NULL, verb = 'walk.forged' WHERE zone = $1 AND id = (SELECT id FROM journal_entries WHERE zone = $1 AND seq = 3)`, home)
	exec(`UPDATE journal_entries SET seq = NULL WHERE zone = $1`, home)
	must(t, w.app.Sequencer.Tick(t.Context())) // signed anew: it agrees with itself
	refused("a history rewritten", "the log is not the one it was")
	must(t, os.WriteFile(kept, nil, 0o600))
	if out, err := check(); err != nil {
		t.Fatalf("without checkpoints kept elsewhere nothing is seen: %v\n%s", err, out)
	}
}

// TestTiles: who may read what, what is kept by caches, and that entries hold
// identifiers and commitments alone.
func TestTiles(t *testing.T) { onBoth(t, tiles) }

func tiles(t *testing.T, w *world) {
	server := apitest.Start(t, w.app.Door)
	for _, role := range []string{"officer", "department_lead"} { // every kind of object the walk knows
		for _, name := range []string{"projects/{id}", "parties/{id}", "platforms/{id}", "contracts/{id}", "tasks/{id}", "notes/{id}", "activities/{id}", "methods/{id}", "campaigns/{id}", "files/{id}", "officials/{id}", "duties/{id}", "units/{id}"} {
			makers()[name](w, home, w.people[role], nil)
		}
	}
	w.many(300)
	prove := server.As("zh").Token(w.scoped(w.people["officer"], "journal.prove"))
	read := server.As("zh").Token(w.scoped(w.people["auditor"], "journal.read", "journal.prove"))
	at := "/tiles/" + home
	head := prove.Get(at + "/checkpoint").Status(200)
	var size int64
	if _, err := fmt.Sscanf(string(head.Body), w.app.Keys.Name(home)+"\n%d\n", &size); err != nil || size < 320 {
		t.Fatalf("%q: %v", head.Body, err)
	}
	if got := head.Header.Get("Cache-Control"); got != "no-store" || head.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("checkpoint: %v", head.Header)
	}
	for path, want := range map[string]struct {
		bytes int
		cache string
	}{"/tile/0/000": {256 * 32, "private, max-age=31536000, immutable"}, "/tile/0/000.p/7": {7 * 32, "no-store"}, "/tile/1/000.p/1": {32, "no-store"}, "/tile/0/001.p/3": {3 * 32, "no-store"}} {
		got := prove.Get(at + path).Status(200)
		if len(got.Body) != want.bytes || got.Header.Get("Cache-Control") != want.cache || got.Header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%s: %d bytes, %v", path, len(got.Body), got.Header)
		}
	}
	for _, path := range []string{"/tile/0/001", "/tile/1/000", "/tile/0/001.p/255", "/tile/0/1", "/tile/0/000.p/0", "/tile/0/000.p/256", "/tile/00/000", "/tile/64/000.p/1", "/tile/7/000.p/1", "/tile/-1/000", "/tile/data/000",
		"/tile/0/x999/x999/x999/x999/x999/999", "/tile/entries%2F000", "/tile/0/x000/000", "/tile/a", "/tile/0/000.p/1/2"} {
		prove.Get(at+path).Problem(404, "journal.no_tile")
	}
	prove.Get(at + "/tile/entries/000").Status(403)
	prove.Get("/tiles/"+abroad+"/checkpoint").Problem(404, "store.not_found")
	read.Get("/tiles/"+abroad+"/tile/entries/000.p/1").Problem(404, "store.not_found")
	for _, path := range []string{"/tile/entries/0", "/tile/entries/0/000", "/tile/entries/001"} {
		read.Get(at+path).Problem(404, "journal.no_tile")
	}
	full := read.Get(at + "/tile/entries/000").Status(200)
	if got := full.Header.Get("Cache-Control"); got != "private, max-age=31536000, immutable" {
		t.Errorf("a full tile of entries: %q", got)
	}
	texts := append(leavesIn(t, full.Body), leavesIn(t, read.Get(fmt.Sprintf("%s/tile/entries/001.p/%d", at, size-256)).Status(200).Body)...)
	if int64(len(texts)) != size {
		t.Fatalf("%d of %d entries", len(texts), size)
	}
	onlyIdentifiers(t, texts)
	if res, err := http.Get(server.URL + "/api/v1" + at + "/checkpoint"); err != nil || res.StatusCode != 401 || res.Body.Close() != nil {
		t.Errorf("without an account: %v %v", res, err)
	}
}

// leavesIn takes a tile of entries apart.
func leavesIn(t *testing.T, tile []byte) (texts []string) {
	t.Helper()
	for len(tile) > 0 {
		n := int(binary.BigEndian.Uint16(tile))
		texts, tile = append(texts, string(tile[2:2+n])), tile[2+n:]
	}
	return texts
}

// onlyIdentifiers fails the test if a leaf holds anything but identifiers,
// numbers and commitments.
func onlyIdentifiers(t *testing.T, texts []string) {
	t.Helper()
	form := map[string]*regexp.Regexp{
		"zone": regexp.MustCompile(`^[a-z0-9-]+$`), "id": regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{26}$`), "actor": regexp.MustCompile(`^([0-9a-hjkmnp-tv-z]{26}|system)$`),
		"verb": regexp.MustCompile(`^[a-z]+\.[a-z_]+$`), "object": regexp.MustCompile(`^[a-z]+\.[a-z]+/[0-9a-zA-Z:._-]+$`),
		"body": regexp.MustCompile(`^[0-9a-f]{64}$`), "private": regexp.MustCompile(`^([0-9a-f]{64})?$`),
	}
	for _, text := range texts {
		var leaf map[string]any
		must(t, json.Unmarshal([]byte(text), &leaf))
		for name, value := range leaf {
			switch s, isText := value.(string); {
			case isText && (form[name] == nil || !form[name].MatchString(s)):
				t.Errorf("%s is %q in the leaf %s", name, s, text)
			case !isText && name != "v" && name != "ord" && name != "at":
				t.Errorf("the leaf %s holds %s", text, name)
			}
		}
	}
}
