package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"sente/internal/kernel"
)

// server is a program under measurement.
type server struct {
	name    string
	address string // host:port
	cmd     *exec.Cmd
	out     *output
	began   time.Time
	ready   time.Duration // from its start to its first answer
	ended   chan error
}

// output keeps what a program printed.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps p.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// String is all that was printed so far.
func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// freeAddress is a loopback address nobody listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// start runs program with args until it answers GET path; args may hold
// {address} where its own goes.
func start(ctx context.Context, name, path, program string, args ...string) (_ *server, err error) {
	defer kernel.Wrap(&err, "starting %s", name)
	s := &server{name: name, out: &output{}, ended: make(chan error, 1)}
	if s.address, err = freeAddress(); err != nil {
		return nil, err
	}
	full := make([]string, len(args))
	for i, a := range args {
		full[i] = strings.ReplaceAll(a, "{address}", s.address)
	}
	s.cmd = exec.Command(program, full...)
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	s.began = time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.cmd.Wait() }()
	for {
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("it ended (%v) and said: %s", err, s.out)
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), s.stop())
		default:
		}
		if _, _, err := ask(ctx, "GET", s.url(path), nil); err == nil {
			s.ready = time.Since(s.began)
			return s, nil
		}
		if time.Since(s.began) > 2*time.Minute {
			return nil, errors.Join(fmt.Errorf("no answer in two minutes; it said: %s", s.out), s.stop())
		}
		time.Sleep(time.Millisecond)
	}
}

func (s *server) url(path string) string { return "http://" + s.address + path }

// stop ends the program as its service manager would.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.ended:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return nil // ended by the signal, whatever it made of it
		}
		return err
	case <-time.After(time.Minute):
		return errors.Join(fmt.Errorf("%s did not end in a minute", s.name), s.cmd.Process.Kill())
	}
}

// cpu is the processor time the program has used (proc(5): fields 14 and 15 of
// stat, in hundredths of a second on every Linux).
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(s.proc("stat"))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0, fmt.Errorf("%s: %q", s.proc("stat"), text)
	}
	user, err := strconv.ParseInt(f[11], 10, 64)
	system, err2 := strconv.ParseInt(f[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err, err2)
}

func (s *server) proc(file string) string {
	return filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), file)
}

// memory is the resident memory in MB, now and at its highest.
func (s *server) memory() (now, most float64, err error) {
	text, err := os.ReadFile(s.proc("status"))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
			now = kb / 1024
		}
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			most = kb / 1024
		}
	}
	if now == 0 || most == 0 {
		return now, most, fmt.Errorf("no VmRSS and VmHWM in %s", s.proc("status"))
	}
	return now, most, nil
}

// rested is memory after five seconds without work.
func (s *server) rested(ctx context.Context) (now, most float64, err error) {
	select {
	case <-ctx.Done():
		return 0, 0, ctx.Err()
	case <-time.After(5 * time.Second):
		return s.memory()
	}
}

// handles is how many files and connections the program has open.
func (s *server) handles() (int, error) {
	list, err := os.ReadDir(s.proc("fd"))
	return len(list), err
}
