package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options is what the command line says.
type options struct {
	only       []string
	scale      int
	users      int
	reps       int
	lasts      time.Duration
	importReps int
	keep       string
	sente      string // the binary; built when ""
	peer       bool
	write      string
	soak       time.Duration
	large      int // projects of a second zone; 0: none
	postgres   bool
}

func readOptions(args []string) (o options, err error) {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	only := fs.String("only", "", "figures to take, comma separated: "+strings.Join(figureNames(), ", "))
	fs.IntVar(&o.scale, "scale", 100_000, "projects")
	fs.IntVar(&o.users, "users", 500, fmt.Sprintf("accounts, at least %d", leastUsers))
	fs.IntVar(&o.reps, "reps", 5, "repetitions, sides taking turns")
	fs.DurationVar(&o.lasts, "for", 1500*time.Millisecond, "of one repetition of a load")
	fs.IntVar(&o.importReps, "imports", 3, "repetitions of the import, each into new folders")
	fs.StringVar(&o.keep, "keep", "", "folder to fill once and use again")
	fs.StringVar(&o.sente, "sente", "", "the program; built from this tree when not given")
	fs.BoolVar(&o.peer, "peer", true, "measure PocketBase beside it")
	fs.IntVar(&o.large, "large", 0, "projects of a second, larger zone to compare with, 1000000; takes minutes")
	fs.BoolVar(&o.postgres, "postgres", true, "measure on PostgreSQL as well")
	fs.DurationVar(&o.soak, "soak", 0, "instead of measuring, keep a mixed load up for so long and watch it")
	fs.StringVar(&o.write, "write", "", "file the report is written to; it is always printed")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	for _, name := range o.only {
		if !slices.Contains(figureNames(), name) {
			return o, fmt.Errorf("-only %s: the figures are %s", name, strings.Join(figureNames(), ", "))
		}
	}
	if o.users < leastUsers || o.scale < 1000 || o.reps < 1 || o.importReps < 1 {
		return o, fmt.Errorf("-users is at least %d, -scale 1000, -reps and -imports 1", leastUsers)
	}
	return o, nil
}

// wants reports whether figure name is to be taken.
func (o options) wants(name string) bool { return len(o.only) == 0 || slices.Contains(o.only, name) }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o, err := readOptions(os.Args[1:])
	if err == nil {
		err = bench(ctx, o)
	}
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench does what the options say in a folder of its own.
func bench(ctx context.Context, o options) (err error) {
	work := o.keep
	if work == "" {
		if work, err = os.MkdirTemp("", "sente-bench-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	}
	if o.sente == "" {
		o.sente = filepath.Join(work, "sente")
		if err := build(ctx, ".", o.sente, "./cmd/sente"); err != nil {
			return err
		}
	}
	if o.soak > 0 {
		return soak(ctx, o, work)
	}
	b := &session{options: o, work: work, report: newReport(o)}
	err = b.measure(ctx)
	err = errors.Join(err, b.close())
	return errors.Join(err, b.finish(err == nil))
}

// build compiles a program of the module in dir.
func build(ctx context.Context, dir, to, what string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	say("building %s", what)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, what)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd.Run()
}

// say tells what is going on.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s "+format+"\n", append([]any{time.Now().Format(time.TimeOnly)}, args...)...)
}
