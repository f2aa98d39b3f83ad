package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// flushes counts with strace how often the program has the disk confirm while
// projects are opened; strace slows it down, so nothing is timed meanwhile.
func (b *session) flushes(ctx context.Context) error {
	for _, f := range []struct {
		clients      int
		title, asked string
		most         float64
	}{{1, "fdatasyncs per project opened, 1 client", "1", 1.05}, {8, "fdatasyncs per project opened, 8 clients", "< 0.3", 0.3}} {
		n, err := b.traced(ctx, f.clients)
		switch {
		case errors.Is(err, errUntraced):
			b.report.missing(f.title, f.asked, err.Error())
		case err != nil:
			return err
		default:
			b.report.figure(f.title, f.asked, spreadOf([]float64{n}), "", func(v float64) bool { return v < f.most })
		}
	}
	return nil
}

// errUntraced: strace is not there, or may not look at other programs.
var errUntraced = errors.New("there is no strace, or it may not look at other programs")

// traced is the number of flushes per project opened.
func (b *session) traced(ctx context.Context, clients int) (_ float64, err error) {
	summary := filepath.Join(b.work, "strace.txt")
	defer func() { err = errors.Join(err, os.RemoveAll(summary)) }()
	cmd := exec.CommandContext(ctx, "strace", "-f", "-c", "-o", summary, "-e", "trace=fdatasync,fsync", "-p", strconv.Itoa(b.sente.cmd.Process.Pid))
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%w (%v)", errUntraced, err)
	}
	err = b.sente.traced(ctx)
	var run run
	if err == nil {
		run, err = blast(ctx, b.sente.server, clients, 2*b.lasts, b.sente.creating(&b.made))
	}
	if gone := cmd.Process.Signal(syscall.SIGINT); gone != nil && err == nil {
		err = gone
	}
	_ = cmd.Wait() // says that it was interrupted
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(summary)
	if err != nil || run.Requests == 0 {
		return 0, errors.Join(err, fmt.Errorf("%d requests", run.Requests))
	}
	return float64(flushCalls(string(text))) / float64(run.Requests), nil
}

// traced waits until another program traces this one.
func (s *server) traced(ctx context.Context) error {
	for range 100 {
		text, err := os.ReadFile(s.proc("status"))
		if err != nil {
			return err
		}
		_, tracer, _ := strings.Cut(string(text), "TracerPid:")
		tracer, _, _ = strings.Cut(tracer, "\n")
		if tracer = strings.TrimSpace(tracer); tracer != "0" {
			time.Sleep(200 * time.Millisecond) // for its other threads
			return ctx.Err()
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errUntraced
}

// flushCalls adds up the column "calls" of strace's summary.
func flushCalls(summary string) (n int) {
	for line := range strings.Lines(summary) {
		f := strings.Fields(line)
		if len(f) < 5 || f[len(f)-1] != "fdatasync" && f[len(f)-1] != "fsync" {
			continue
		}
		if calls, err := strconv.Atoi(f[3]); err == nil {
			n += calls
		}
	}
	return n
}
