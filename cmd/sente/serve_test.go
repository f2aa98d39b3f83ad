package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
)

// screen is an output that can be read while it is written.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(b)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// waitFor returns the first submatch of pattern once s shows it.
func (s *screen) waitFor(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if m := re.FindStringSubmatch(s.String()); m != nil {
			return m[1]
		}
	}
	t.Fatalf("%s was not shown:\n%s", pattern, s.String())
	return ""
}

// running is a server started by a command line.
type running struct {
	out, log *screen
	stop     context.CancelFunc
	code     chan int
}

// start runs a command line until stopped; its log is JSON.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{out: &screen{}, log: &screen{}, stop: stop, code: make(chan int, 1)}
	go func() {
		r.code <- run(ctx, append(args, "-listen", "127.0.0.1:0", "-log-format", "json"), []string{"SENTE_LANG=en"}, r.out, r.log)
	}()
	t.Cleanup(stop)
	return r
}

// end stops the server and returns its exit code.
func (r *running) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case code := <-r.code:
		return code
	case <-time.After(time.Minute):
		t.Fatalf("it does not stop:\n%s", r.log)
		return -1
	}
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestServe starts a server twice: the first start shows three one-time links,
// the second none; both answer, stop when told and log no secret. Then the
// record verifies, and no longer does after a change behind its back.
func TestServe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, "serve", "-data-dir", dir, "-zone", "t1", "-metrics-token", "pa55token")
	address := first.log.waitFor(t, `"listening","address":"([^"]+)"`)
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json"} {
		if status, body := get(t, "http://"+address+path); status != 200 {
			t.Errorf("%s answers %d: %s", path, status, body)
		}
	}
	if code := first.end(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, first.log)
	}
	links := regexp.MustCompile(`http://127\.0\.0\.1:0/first-link/(\S+)`).FindAllStringSubmatch(first.out.String(), -1)
	if len(links) != 3 {
		t.Errorf("%d links at the first start:\n%s", len(links), first.out)
	}
	for _, l := range links {
		if strings.Contains(first.log.String(), l[1]) {
			t.Error("a one-time link is in the log")
		}
	}
	if !strings.Contains(first.log.String(), `"level":"WARN","msg":"the checkpoint folder lies beside the database`) {
		t.Error("no warning that the checkpoints lie beside the database")
	}
	if strings.Contains(first.log.String(), "pa55token") {
		t.Error("the metrics token is in the log")
	}
	for line := range strings.Lines(first.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not a line of JSON: %s", line)
		}
	}

	second := start(t, "serve", "-data-dir", dir, "-zone", "t1")
	second.log.waitFor(t, `"listening","address":"([^"]+)"`)
	if code := second.end(t); code != 0 || second.out.String() != "" {
		t.Errorf("second start: code %d, shows %q", code, second.out)
	}
	outsiders(t, dir)
	verifyTwice(t, dir)
}

// verifyTwice runs audit verify on a true and on a falsified database.
func verifyTwice(t *testing.T, dir string) {
	t.Helper()
	code, out, errout := call(t, "audit", "verify", "-data-dir", dir)
	if code != 0 || !strings.Contains(out, "Everything is as it was recorded.") || errout != "" {
		t.Fatalf("code %d, out %s, err %s", code, out, errout)
	}
	falsify(t, filepath.Join(dir, "sente.db"))
	code, out, errout = call(t, "audit", "verify", "-data-dir", dir)
	if code != 1 || !strings.Contains(out, "row changed outside the journal table=access_accounts") || !strings.Contains(errout, "Verification failed, findings: 1.") {
		t.Errorf("code %d, out %s, err %s", code, out, errout)
	}
	code, out, _ = call(t, "audit", "verify", "-json", "-data-dir", dir)
	var report struct {
		Findings []struct{ Kind, Table string }
	}
	if err := json.Unmarshal([]byte(out), &report); code != 1 || err != nil || len(report.Findings) != 1 || report.Findings[0].Kind != "row_changed" {
		t.Errorf("code %d, %v, %+v", code, err, report)
	}
}

// falsify changes a row behind the journal's back.
func falsify(t *testing.T, path string) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: path}, app.Migrations()...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.Update(storetest.Ctx(t, "t1"), func(tx store.Tx) error {
		_, err := tx.ExecContext(t.Context(), "UPDATE access_accounts SET login = 'intruder' WHERE zone = $1 AND login = 'sysadmin'", tx.Zone)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyNeedsADatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	code, out, errout := call(t, "audit", "verify", "-data-dir", dir)
	if code != 1 || out != "" || !strings.Contains(errout, filepath.Join(dir, "sente.db")+" is not there.") {
		t.Errorf("code %d, out %q, err %q", code, out, errout)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 0 {
		t.Errorf("verifying made %v (%v)", files, err)
	}
}

func TestAuditWhat(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"audit"}, {"audit", "bake"}, {"audit", "verify", "now"}} {
		if code, _, errout := call(t, args...); code != 1 || !strings.Contains(errout, "sente audit verify, export, keys, rotate-key or reindex") {
			t.Errorf("%q: code %d, err %q", args, code, errout)
		}
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new")
	for range 2 { // the second time there is nothing to do
		code, out, errout := call(t, "migrate", "-data-dir", dir)
		if code != 0 || !regexp.MustCompile(`^The database is at version \d+\.\n$`).MatchString(out) {
			t.Errorf("code %d, out %q, err %q", code, out, errout)
		}
	}
	code, _, errout := call(t, "migrate", "-database", "postgres://nobody@127.0.0.1:1/none")
	if code != 1 || !strings.Contains(errout, "add -owner-database") {
		t.Errorf("code %d, err %q", code, errout)
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	code, out, errout := call(t, "openapi")
	var doc struct {
		OpenAPI string         `json:"openapi"`
		Paths   map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(out), &doc); code != 0 || err != nil || !strings.HasPrefix(doc.OpenAPI, "3.1") || len(doc.Paths) < 20 {
		t.Errorf("code %d, %v, OpenAPI %q with %d paths, err %q", code, err, doc.OpenAPI, len(doc.Paths), errout)
	}
}

// TestPostgres migrates as the owner, serves and verifies as the application's
// role, and refuses to serve an empty database or to say a password.
func TestPostgres(t *testing.T) {
	t.Parallel()
	dsn, dir := storetest.NewPostgres(t), t.TempDir()
	u, err := url.Parse(dsn.App)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := u.User.Password()

	code, out, errout := call(t, "serve", "-data-dir", dir, "-database", dsn.App)
	if code != 1 || out != "" || !strings.Contains(errout, "migrate the database") || strings.Contains(errout, secret) {
		t.Errorf("before migrating: code %d, out %q, err %s", code, out, errout)
	}
	code, out, errout = call(t, "migrate", "-data-dir", dir, "-database", dsn.App, "-owner-database", dsn.Owner)
	if code != 0 || !strings.HasPrefix(out, "The database is at version ") {
		t.Fatalf("migrate: code %d, out %q, err %s", code, out, errout)
	}
	server := start(t, "serve", "-data-dir", dir, "-zone", "t1", "-database", dsn.App)
	address := server.log.waitFor(t, `"listening","address":"([^"]+)"`)
	if status, body := get(t, "http://"+address+"/readyz"); status != 200 {
		t.Errorf("/readyz answers %d: %s", status, body)
	}
	if code := server.end(t); code != 0 || strings.Contains(server.log.String(), secret) {
		t.Errorf("code %d, or the password is in the log:\n%s", code, server.log)
	}
	code, out, errout = call(t, "audit", "verify", "-data-dir", dir, "-database", dsn.App)
	if code != 0 || !strings.Contains(out, "Everything is as it was recorded.") {
		t.Errorf("verify: code %d, out %s, err %s", code, out, errout)
	}
}
