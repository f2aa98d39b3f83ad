package stories

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sente/internal/app"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
)

// memory returns the program's resident memory, now and at its highest, in MB.
func (p *process) memory() (now, most int) {
	p.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var kb int
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kb); n == 1 {
			now = kb >> 10
		}
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			most = kb >> 10
		}
	}
	return now, most
}

// settleMemory makes the highest memory so far the present one: signing in takes
// much on purpose.
func (p *process) settleMemory() {
	p.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0); err != nil {
		p.Fatal(err)
	}
}

// handles is how many files and connections the program has open.
func (p *process) handles() int {
	p.Helper()
	all, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	if err != nil {
		p.Fatal(err)
	}
	return len(all)
}

// stored is how many bytes lie in the program's folder besides the database.
func (p *process) stored(folder string) (sum int64) {
	p.Helper()
	_ = filepath.Walk(filepath.Join(p.dir, folder), func(_ string, info os.FileInfo, err error) error { // a folder not made yet holds nothing
		if err == nil && info.Mode().IsRegular() {
			sum += info.Size()
		}
		return nil
	})
	return sum
}

// wire opens a connection of its own, signed in by c's cookie, and sends head.
func (c *caller) wire(t *testing.T, head string) net.Conn {
	t.Helper()
	u, err := url.Parse(c.base())
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // closed by most of those who asked for it
	c.ask(t, conn, head)
	return conn
}

// ask sends the head of a request.
func (c *caller) ask(t *testing.T, conn net.Conn, head string) {
	t.Helper()
	u, err := url.Parse(c.base())
	if err != nil {
		t.Fatal(err)
	}
	cookies := ""
	for _, k := range c.http.Jar.Cookies(u) {
		cookies += k.Name + "=" + k.Value + "; "
	}
	head = strings.Replace(head, "\n", "\nHost: "+u.Host+"\nCookie: "+cookies+"\nAccept-Language: zh\n", 1)
	if _, err := io.WriteString(conn, strings.ReplaceAll(head, "\n", "\r\n")+"\r\n"); err != nil {
		t.Fatal(err)
	}
}

// whole counts the answers that lie on a connection complete, and their bytes.
func whole(conn net.Conn) (n int, size int64) {
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute)) // a connection of this machine takes one
	in := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			return n, size
		}
		got, err := io.Copy(io.Discard, res.Body)
		if size += got; err != nil {
			return n, size
		}
		n++
	}
}

// answer reads what the server says on a connection.
func answer(t *testing.T, conn net.Conn) said {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute)) // a connection of this machine takes one
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return said{err: err}
	}
	defer res.Body.Close()
	s := said{status: res.StatusCode, header: res.Header}
	s.body, s.err = io.ReadAll(res.Body)
	return s
}

const boundary = "--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nprojects\r\n--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"

// bomb is a workbook of a few hundred kilobytes whose sheet is 1.2 GB of blanks.
func bomb(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	part := func(name string, write func(io.Writer)) {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		write(w)
	}
	text := func(s string) func(io.Writer) { return func(w io.Writer) { _, _ = io.WriteString(w, s) } }
	part("[Content_Types].xml", text(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`))
	part("_rels/.rels", text(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`))
	part("xl/workbook.xml", text(`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>`))
	part("xl/_rels/workbook.xml.rels", text(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`))
	part("xl/worksheets/sheet1.xml", func(w io.Writer) {
		_, _ = io.WriteString(w, `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>项目名称</t></is></c></row>`)
		blanks := bytes.Repeat([]byte(" "), 1<<20)
		for range 1200 {
			_, _ = w.Write(blanks)
		}
		_, _ = io.WriteString(w, `</sheetData></worksheet>`)
	})
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFaultClients: files that are too large, bombs, clients that send a byte a
// second and clients that do not read: each is refused or cut off in words, and
// none costs memory, disk or handles for longer than it takes.
func TestFaultClients(t *testing.T) {
	t.Parallel()
	p := build(t)
	p.start()
	h := &house{T: t, server: apitest.Start(t, p), links: map[string]string{"1": p.links[0], "2": p.links[1], "3": p.links[2]}}
	h.staff("officer", "auditor")
	c := newCaller(func() string { return p.target.Load().String() })
	c.signIn(t, "officer")
	p.settleMemory()
	before, _ := p.memory()
	upload := "POST " + httpapi.Prefix + "/intake/files HTTP/1.1\nContent-Type: multipart/form-data; boundary=x\n"

	// Two gigabytes that say so are refused before a byte of them is sent.
	got := answer(t, c.wire(t, upload+"Content-Length: 2147483648\n"))
	if got.words() != "413 httpapi.body_large 内容超过上限 50 MB，请缩小后重新提交" {
		t.Errorf("2 GB announced: %v", got)
	}
	// Two gigabytes that do not say so are refused at the limit.
	conn := c.wire(t, upload+"Transfer-Encoding: chunked\n")
	var sent atomic.Int64
	go func() {
		_, _ = fmt.Fprintf(conn, "%x\r\n%s\r\n", len(boundary), boundary) // the server may have ended it
		piece := append([]byte("100000\r\n"), append(bytes.Repeat([]byte("甲"), 1<<20/3+1)[:1<<20], "\r\n"...)...)
		for range 2048 {
			n, err := conn.Write(piece)
			sent.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	got = answer(t, conn)
	if got.status != 413 && !errors.Is(got.err, io.ErrUnexpectedEOF) && got.err == nil || sent.Load() > 80<<20 {
		t.Errorf("2 GB without a word, after %d MB: %v", sent.Load()>>20, got)
	}
	told := got.words()
	if left := p.stored("imports"); left > 0 {
		t.Errorf("%d bytes of refused files are left", left)
	}
	_, most := p.memory()
	t.Logf("2 GB uploads: %s after %d MB; memory %d MB before, %d MB at most", told, sent.Load()>>20, before, most)
	if most > before+100 {
		t.Errorf("memory rose from %d to %d MB", before, most)
	}

	// A workbook that unpacks to more than a gigabyte.
	packed := bomb(t)
	p.settleMemory()
	before, _ = p.memory()
	boom := c.upload("/intake/files", "台账.xlsx", packed, "kind", "projects")
	said := boom.words()
	var sniff struct {
		ID      string   `json:"id"`
		Mapping []assign `json:"mapping"`
	}
	if boom.status == 201 && boom.into(&sniff) == nil { // its first rows are harmless: the rest is met when it is read
		var r run
		h.must(c.do("POST", "/intake/runs", apitest.Object{"file": sniff.ID, "kind": "projects", "settings": apitest.Object{"mapping": sniff.Mapping}}).into(&r))
		r = h.settled(h.signIn("officer"), r.ID)
		said = fmt.Sprint(r.State, r.Problems)
	}
	if !strings.Contains(said, "文件解压后超过") && !strings.Contains(said, "文件中有超过") {
		t.Errorf("a bomb: %s", said)
	}
	_, peak := p.memory()
	t.Logf("a workbook of %d KB that unpacks to 1.2 GB: %s; memory %d MB before, %d MB at most", len(packed)>>10, said, before, peak)
	if peak > before+300 {
		t.Errorf("memory rose from %d to %d MB", before, peak)
	}
	h.slowClients(p, c, upload)
	h.verified(h.signIn("auditor"))
}

// slowClients send a byte a second or read nothing, all at once.
func (h *house) slowClients(p *process, c *caller, upload string) {
	h.Helper()
	rows := strings.Builder{}
	rows.WriteString("项目名称,投资方,当前阶段,签约时间\n")
	for i := range 4000 {
		fmt.Fprintf(&rows, "演示很长的项目名称%s%05d,演示企业%05d,签约,2026-03-05\n", strings.Repeat("长", 150), i, i)
	}
	officer := h.signIn("officer")
	h.publish(officer, h.register(officer, "projects", "台账.csv", "", []byte(rows.String()), nil, nil))
	if got := c.do("GET", "/projects/export?format=csv", nil); got.status != 200 || len(got.body) < 2<<20 {
		h.Fatalf("the export nobody reads is %d bytes: %.300v", len(got.body), got)
	}
	quiet := p.handles()
	begun := time.Now()
	var all sync.WaitGroup
	trickle := func(what, want string, conn net.Conn) {
		all.Go(func() {
			stop := make(chan struct{})
			go func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Second):
						_, _ = conn.Write([]byte(" ")) // the server may have ended it
					}
				}
			}()
			got := answer(h.T, conn)
			close(stop)
			_ = conn.Close() // by either side
			if got.words() != want {
				h.Errorf("%s: %v", what, got)
			}
			h.Logf("%s: %s after %v", what, got.words(), time.Since(begun).Round(time.Second))
		})
	}
	const slow = "408 httpapi.body_slow 内容传输过慢，请检查网络后重新提交"
	for range 4 {
		trickle("a JSON body, a byte a second", slow, c.wire(h.T, "POST "+httpapi.Prefix+"/projects HTTP/1.1\nContent-Type: application/json\nContent-Length: 5000\n"))
		conn := c.wire(h.T, upload+"Content-Length: 1000000\n")
		_, _ = io.WriteString(conn, boundary) // a failure is seen at the answer
		trickle("an upload, a byte a second", slow, conn)
	}
	var held []net.Conn
	const files = 10 // asked for on one connection: more than lies between the two ends
	for range 8 {
		ask := "GET " + httpapi.Prefix + "/projects/export?format=csv HTTP/1.1\n"
		conn := c.wire(h.T, ask)
		for range files - 1 {
			c.ask(h.T, conn, ask)
		}
		held = append(held, conn)
	}
	all.Wait()
	h.eventually("letting go of clients that do not read", func() bool { return p.handles() <= quiet+4 })
	h.Logf("8 connections that read nothing and 8 trickles: %d handles before, %d after %v", quiet, p.handles(), time.Since(begun).Round(time.Second))
	for _, conn := range held {
		if n, size := whole(conn); n == files {
			h.Errorf("a client that did not read was served to the end, %d bytes: nothing was tried", size)
		}
		_ = conn.Close() // the server has
	}
	officer.Get("/projects?limit=1").Status(200)
}

// TestFaultClock: the clock is set a day forward and two days back while people
// work. Nobody is locked out for longer than it takes to sign in, nothing
// recorded is out of order, and the journal verifies.
func TestFaultClock(t *testing.T) { repeated(t, "FAULT_CLOCKS", clock) }

func clock(t *testing.T) {
	var offset atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	h := open(t, app.Config{Now: now})
	h.staff("officer", "auditor")
	officer := h.signIn("officer")
	open := func(name string) (p opened) {
		t.Helper()
		officer.Post("/projects", lead(name)).Status(201).JSON(&p)
		return p
	}
	first := open("演示准时")
	offset.Store(int64(24 * time.Hour))
	if got := officer.Get("/projects").Problem(401, "access.session_over"); got.Detail == "" {
		t.Errorf("%+v", got)
	}
	officer = h.signIn("officer")
	open("演示明天")
	offset.Store(int64(-24 * time.Hour))
	officer.Get("/projects").Status(200) // a session of tomorrow is not refused today
	third := open("演示昨天")
	officer.IfMatch(first.tag()).Patch("/projects/"+first.ID, apitest.Object{"summary": "钟表回拨后修改"}).Status(200)
	if third.Code != "P"+now().Format("2006")+"-00003" {
		t.Errorf("number %s", third.Code)
	}
	officer = h.signIn("officer")
	open("演示昨天再登录")
	h.verified(h.signIn("auditor"))
	var timeline struct {
		Items []struct {
			Verb string `json:"verb"`
			At   int64  `json:"at"`
		} `json:"items"`
	}
	officer.Get("/projects/" + first.ID + "/timeline").Status(200).JSON(&timeline)
	verbs := []string{}
	for _, item := range timeline.Items {
		verbs = append(verbs, item.Verb)
	}
	if fmt.Sprint(verbs) != "[pipeline.amended pipeline.opened]" {
		t.Errorf("the project's timeline is %v: what came later is above, whatever the clock said", verbs)
	}
	offset.Store(0)
	officer = h.signIn("officer")
	open("演示又准时")
	h.projects(officer, "", 5)
	auditor := h.signIn("auditor")
	// What waited for its place when the clock was set right looks a day late until it has it.
	h.eventually("sequencing", func() bool { return h.report(auditor).Waiting == 0 })
	h.verified(auditor)
}
