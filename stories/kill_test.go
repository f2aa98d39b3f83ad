package stories

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/infra/httpapi/apitest"
)

// process is the real program, started and killed.
type process struct {
	*testing.T
	binary, dir string
	flags       []string // besides those every start has
	disk        string   // size of a file system of its own for the folder, "48m"; "" none
	cmd         *exec.Cmd
	target      atomic.Pointer[url.URL]
	links       []string
	took        []time.Duration // from each start until it listened
}

// ServeHTTP passes requests on to wherever the program listens now.
func (p *process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	httputil.NewSingleHostReverseProxy(p.target.Load()).ServeHTTP(w, r)
}

// build compiles the program.
func build(t *testing.T) *process {
	t.Helper()
	p := &process{T: t, dir: t.TempDir(), binary: filepath.Join(t.TempDir(), "sente")}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.binary, "sente/cmd/sente").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return p
}

// start runs the program on its folder and waits until it listens.
func (p *process) start() {
	p.Helper()
	began := time.Now()
	args := []string{"serve", "-data-dir", p.dir, "-listen", "127.0.0.1:0", "-rate-limit", "60000", "-zone", "chengang", "-zone-name", "演示省/演示市/晨港"}
	p.cmd = exec.Command(p.binary, append(args, p.flags...)...)
	if p.disk != "" {
		p.onDisk()
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.Fatal(err)
	}
	log, err := p.cmd.StderrPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = p.cmd.Process.Kill() })
	said, err := os.OpenFile(filepath.Join(p.dir, "sente.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = said.Close() }) // what a test looks at is written by then
	heard := make(chan string, 1)
	go listenFor(io.TeeReader(log, said), regexp.MustCompile(`msg=listening address=(\S+)`), heard)
	first := make(chan string, 3)
	go listenFor(out, regexp.MustCompile(`first-link/(\S+)`), first)
	select {
	case address := <-heard:
		p.target.Store(&url.URL{Scheme: "http", Host: address})
		p.took = append(p.took, time.Since(began))
	case <-time.After(time.Minute):
		p.Fatal("the program does not listen")
	}
	for len(p.links) < 3 {
		select {
		case link := <-first:
			p.links = append(p.links, link)
		case <-time.After(time.Minute):
			p.Fatal("no one-time links")
		}
	}
}

// listenFor sends the first submatch of every line that fits, and reads on so
// that the program never blocks on its output.
func listenFor(r io.Reader, re *regexp.Regexp, to chan<- string) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if m := re.FindStringSubmatch(lines.Text()); m != nil {
			select {
			case to <- m[1]:
			default:
			}
		}
	}
}

// failures are the last lines of the program's log that tell of an error, other
// than of a database that is down.
func (p *process) failures() string {
	raw, err := os.ReadFile(filepath.Join(p.dir, "sente.log"))
	if err != nil {
		return err.Error()
	}
	lines := slices.DeleteFunc(strings.Split(string(raw), "\n"), func(line string) bool {
		return !strings.Contains(line, "level=ERROR") || strings.Contains(line, "msg=request ") || strings.Contains(line, "store.down")
	})
	return strings.Join(lines[max(0, len(lines)-8):], "\n")
}

// kill ends the program as a power cut would.
func (p *process) kill() {
	p.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.Fatal(err)
	}
	_ = p.cmd.Wait() // it says "killed"
}

// An import survives the program's death, while it is read and while it is
// published: nothing half is seen, nothing is lost, nothing comes twice.
func TestImportSurvivesKill(t *testing.T) {
	t.Parallel()
	p := build(t)
	p.start()
	h := &house{T: t, server: apitest.Start(t, p), links: map[string]string{"1": p.links[0], "2": p.links[1], "3": p.links[2]}}
	h.staff("officer", "auditor")
	officer, auditor := h.signIn("officer"), h.signIn("auditor")

	const rows = 6000
	var csv strings.Builder
	csv.WriteString("项目名称,投资方,总投资(万元),当前阶段,签约时间\n")
	for i := range rows {
		fmt.Fprintf(&csv, "演示项目%05d,演示企业%05d,%d,签约,2026-03-%02d\n", i, i, 1000+i, 1+i%28)
	}
	var sniff struct {
		ID      string   `json:"id"`
		Mapping []assign `json:"mapping"`
	}
	officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", []byte(csv.String())).Status(201).JSON(&sniff)
	var r run
	officer.Post("/intake/runs", apitest.Object{"file": sniff.ID, "kind": "projects", "settings": apitest.Object{"mapping": sniff.Mapping}}).Status(201).JSON(&r)
	p.kill()
	p.start()
	r = h.settled(officer, r.ID)
	h.counts(r, map[string]int{"new": rows})
	if n := h.count(officer, ""); n != 0 {
		t.Fatalf("%d projects are visible before publishing", n)
	}

	officer.Post("/intake/runs/"+r.ID+"/publish", nil).Status(202)
	time.Sleep(150 * time.Millisecond) // into the publishing
	p.kill()
	p.start()
	if n := h.count(officer, ""); n != 0 && n != rows {
		t.Fatalf("%d of %d projects are visible: half a register", n, rows)
	}
	if r = h.settled(officer, r.ID); r.State == "staged" { // killed before it was asked for
		r = h.publish(officer, r)
	}
	if n := h.count(officer, ""); n != rows || r.State != "published" {
		t.Fatalf("%d projects, the run is %s", n, r.State)
	}
	h.verified(auditor)
}
