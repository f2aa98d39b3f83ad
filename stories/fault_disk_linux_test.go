package stories

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/testneed"
)

// onDisk makes the program start with a file system in memory, of p.disk, over
// its folder, which nobody else sees and which goes with the program.
func (p *process) onDisk() {
	script := `mount --make-rprivate / && mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"`
	p.cmd = exec.Command("/bin/sh", append([]string{"-c", script, "sh", p.disk, p.dir}, p.cmd.Args...)...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		p.cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		p.cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		p.cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
}

// inside is a path of the program's folder as the program sees it.
func (p *process) inside(name string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", p.cmd.Process.Pid), p.dir, name)
}

// mount runs mount where the program sees its files.
func (p *process) mount(args ...string) {
	p.Helper()
	args = append([]string{"-t", fmt.Sprint(p.cmd.Process.Pid), "-m", "mount"}, args...)
	if os.Geteuid() != 0 {
		args = append([]string{"-U", "--preserve-credentials"}, args...)
	}
	if out, err := exec.Command("nsenter", args...).CombinedOutput(); err != nil {
		p.Fatalf("nsenter %v: %v: %s", args, err, out)
	}
}

// onTmpfs starts Sente on a small file system of its own.
func onTmpfs(t *testing.T) (*process, *house) {
	t.Helper()
	out, err := exec.Command("unshare", append(unshared(), "mount", "-t", "tmpfs", "tmpfs", t.TempDir())...).CombinedOutput()
	testneed.Need(t, "mount", err == nil, "a file system of its own needs root or user namespaces: "+string(out))
	p := build(t)
	p.disk = "48m"
	p.start()
	h := &house{T: t, server: apitest.Start(t, p), links: map[string]string{"1": p.links[0], "2": p.links[1], "3": p.links[2]}}
	h.staff("officer", "auditor")
	return p, h
}

func unshared() []string {
	if os.Geteuid() != 0 {
		return []string{"-Urm"}
	}
	return []string{"-m"}
}

// TestFaultFullDisk: on a full disk nothing is acknowledged that is not kept,
// people are told what to do and can read on; with room again all goes on by
// itself.
func TestFaultFullDisk(t *testing.T) { repeated(t, "FAULT_DISKS", fullDisk) }

func fullDisk(t *testing.T) {
	p, h := onTmpfs(t)
	officer := h.signIn("officer")
	acknowledged := 0
	for range 5 {
		officer.Post("/projects", lead(fmt.Sprintf("演示满盘%d", acknowledged))).Status(201)
		acknowledged++
	}
	ballast, err := os.Create(p.inside("ballast"))
	if err != nil {
		t.Fatal(err)
	}
	defer ballast.Close()
	for piece := make([]byte, 1<<20); err == nil; {
		if _, err = ballast.Write(piece); err != nil && len(piece) > 1 {
			piece, err = piece[:len(piece)/2], nil
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	var told *apitest.Reply
	for range 300 { // the log of the database has room for a few more
		told = officer.Post("/projects", lead(fmt.Sprintf("演示满盘%d", acknowledged)))
		if told.StatusCode != 201 {
			break
		}
		acknowledged++
	}
	const full = "存储空间已满，请联系系统管理员扩容。"
	if got := told.Problem(503, "store.full"); got.Detail != full || told.Header.Get("Retry-After") == "" {
		t.Errorf("%+v", got)
	}
	h.harmless("a full disk", told)
	csv := []byte("项目名称\n" + strings.Repeat("演示项目满盘\n", 5000))
	upload := officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", csv)
	if got := upload.Problem(503, "store.full"); got.Detail != full {
		t.Errorf("an upload: %+v", got)
	}
	upload = officer.Key("once").Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", csv)
	upload.Problem(503, "store.full")
	if n := h.count(officer, ""); n != acknowledged {
		t.Errorf("%d projects to be read on a full disk, %d acknowledged", n, acknowledged)
	}
	if err := ballast.Truncate(0); err != nil {
		t.Fatal(err)
	}
	officer.Post("/projects", lead("演示有盘")).Status(201)
	officer.Key("once").Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", csv).Status(201)
	if n := h.count(officer, ""); n != acknowledged+1 {
		t.Errorf("%d projects, %d acknowledged", n, acknowledged+1)
	}
	h.verified(h.signIn("auditor"))
	t.Logf("%d writes acknowledged before the disk was full, none lost; the program was not restarted", acknowledged)
}

// TestFaultReadOnlyFolder: a folder that may not be written to is told as that,
// everything else goes on, and it passes by itself. A program that finds its data
// folder so does not start and says why.
func TestFaultReadOnlyFolder(t *testing.T) { repeated(t, "FAULT_DISKS", readOnlyFolder) }

func readOnlyFolder(t *testing.T) {
	p, h := onTmpfs(t)
	officer := h.signIn("officer")
	csv := []byte("项目名称\n演示项目\n")
	officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", csv).Status(201)
	imports := filepath.Join(p.dir, "imports")
	p.mount("--bind", imports, imports)
	p.mount("-o", "remount,bind,ro", imports)
	got := officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", []byte("项目名称\n演示另一项目\n")).Problem(503, "store.read_only")
	if got.Detail != "数据文件夹目前不可写，请联系系统管理员检查磁盘和权限；恢复后重试即可。" {
		t.Errorf("%+v", got)
	}
	officer.Post("/projects", lead("演示照常")).Status(201)
	p.mount("-o", "remount,bind,rw", imports)
	officer.Upload("/intake/files", map[string]string{"kind": "projects"}, "台账.csv", []byte("项目名称\n演示另一项目\n")).Status(201)
	h.verified(h.signIn("auditor"))
	p.kill()

	script := `mount --make-rprivate / && mount -t tmpfs -o ro tmpfs "$1" && shift && exec "$@"`
	dir := t.TempDir()
	serve := exec.Command("unshare", append(unshared(), "/bin/sh", "-c", script, "sh", dir, p.binary, "serve", "-data-dir", dir, "-listen", "127.0.0.1:0")...)
	out, err := serve.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "read-only file system") || strings.Contains(string(out), "goroutine") {
		t.Errorf("on a read-only folder the program ends with %v and says\n%s", err, out)
	}
	t.Logf("on a read-only folder the program says: %s", out)
}
