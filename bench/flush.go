package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// flushes counts with strace how often the program has the disk confirm while
// projects are opened; strace slows it down, so nothing is timed meanwhile.
func (b *session) flushes(ctx context.Context) error {
	for _, clients := range []int{1, 8} {
		n, err := b.traced(ctx, clients)
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
			say("fdatasyncs are not counted: there is no strace, or it may not look at other programs")
			return nil
		}
		if err != nil {
			return err
		}
		title, asked, most := fmt.Sprintf("fdatasyncs per project opened, %d client", clients), "1", 1.05
		if clients > 1 {
			title, asked, most = title+"s", "< 0.3", 0.3
		}
		b.report.figure(title, asked, spreadOf([]float64{n}), "", func(v float64) bool { return v < most })
	}
	return nil
}

// traced is the number of flushes per project opened.
func (b *session) traced(ctx context.Context, clients int) (_ float64, err error) {
	summary := filepath.Join(b.work, "strace.txt")
	cmd := exec.CommandContext(ctx, "strace", "-f", "-c", "-o", summary, "-e", "trace=fdatasync,fsync", "-p", strconv.Itoa(b.sente.cmd.Process.Pid))
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(summary)) }()
	run, err := blast(ctx, b.sente.server, clients, 2*b.lasts, b.sente.creating(&b.made))
	if err := errors.Join(err, cmd.Process.Signal(syscall.SIGINT)); err != nil {
		return 0, errors.Join(err, cmd.Process.Kill())
	}
	_ = cmd.Wait() // says that it was interrupted
	text, err := os.ReadFile(summary)
	if err != nil || run.Requests == 0 {
		return 0, errors.Join(err, fmt.Errorf("%d requests", run.Requests))
	}
	return float64(flushCalls(string(text))) / float64(run.Requests), nil
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
