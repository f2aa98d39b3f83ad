// Command sente runs the operating system of a development zone's investment
// promotion: one binary that serves pages and API, imports registers and proves
// its record. `sente help` lists the commands, `sente help config` every setting.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"sente/internal/kernel"
)

// program is what a command is run with; tests hand it their own.
type program struct {
	speaker
	environ     []string
	out, errout io.Writer
}

// command is one verb of the command line.
type command struct {
	name  string
	flags func(*flag.FlagSet) // its own flags, besides the configuration's; may be nil
	run   func(ctx context.Context, p program, in input) error
}

// input is a parsed command line.
type input struct {
	command string
	flags   map[string]string // flags that were set
	args    []string          // what follows the flags
}

func commands() []command {
	return []command{
		{name: "serve", run: serve},
		{name: "demo", run: runDemo},
		{name: "import", flags: importFlags, run: importFile},
		{name: "audit", flags: auditFlags, run: audit},
		{name: "backup", flags: backupFlags, run: runBackup},
		{name: "restore", flags: restoreFlags, run: runRestore},
		{name: "migrate", flags: migrateFlags, run: migrate},
		{name: "openapi", run: openapi},
		{name: "version", run: version},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line: 0 done, 1 failed, 2 not understood or, of a
// bundle, not checked.
func run(ctx context.Context, args, environ []string, out, errout io.Writer) int {
	s, err := newSpeaker(environ)
	if err != nil {
		fmt.Fprintln(errout, err)
		return 1
	}
	p := program{speaker: s, environ: environ, out: out, errout: errout}
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		return p.help(args)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return p.execute(ctx, c, args[1:])
		}
	}
	fmt.Fprintln(errout, p.say("cli.cmd_unknown", args[0]))
	return 2
}

func (p program) execute(ctx context.Context, c command, args []string) int {
	in, err := parseArgs(c, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return p.help([]string{"help", c.name})
	case err != nil:
		fmt.Fprintln(p.errout, p.say("cli.flag_bad", err.Error(), c.name))
		return 2
	}
	if err := c.run(ctx, p, in); err != nil {
		fmt.Fprintln(p.errout, p.fault(err))
		if errors.As(err, &unchecked{}) {
			return 2
		}
		return 1
	}
	return 0
}

// parseArgs reads a command's flags, which may stand before or behind its
// words ("audit verify -database x").
func parseArgs(c command, args []string) (input, error) {
	fs := flagSet(c)
	in := input{command: c.name}
	for {
		if err := fs.Parse(args); err != nil {
			return in, err
		}
		args = fs.Args()
		if len(args) == 0 {
			in.flags = setFlags(fs)
			return in, nil
		}
		in.args, args = append(in.args, args[0]), args[1:]
	}
}

// flagSet holds the flags of a command: its own and the configuration's.
func flagSet(c command) *flag.FlagSet {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	configFlags(fs)
	if c.flags != nil {
		c.flags(fs)
	}
	return fs
}

// config reads the configuration for a command and prints its notes.
func (p program) config(in input) (config, error) {
	c, notes, err := readConfig(sources{flags: in.flags, environ: p.environ})
	for _, note := range notes {
		fmt.Fprintln(p.errout, p.fault(note))
	}
	return c, err
}

// noArgs refuses words a command has no use for.
func (in input) noArgs() error {
	if len(in.args) > 0 {
		return kernel.Faultf(kernel.ErrInvalid, "cli.args_extra", in.args[0], in.command)
	}
	return nil
}

// help prints the list of commands, the configuration or one command.
func (p program) help(args []string) int {
	if len(args) < 2 {
		fmt.Fprintln(p.out, p.say("cli.usage", p.commandList()))
		return 0
	}
	if args[1] == "config" {
		fmt.Fprint(p.out, p.helpConfig())
		return 0
	}
	for _, c := range commands() {
		if c.name == args[1] {
			fmt.Fprintln(p.out, p.say("cli.cmd."+c.name))
			fmt.Fprintln(p.out, p.say("cli.cmd_flags", c.name, p.ownFlags(c)))
			return 0
		}
	}
	fmt.Fprintln(p.errout, p.say("cli.cmd_unknown", args[1]))
	return 2
}

// ownFlags explains the flags of c that are not settings.
func (p program) ownFlags(c command) string {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	if c.flags != nil {
		c.flags(fs)
	}
	var b strings.Builder
	fs.VisitAll(func(f *flag.Flag) {
		fmt.Fprintf(&b, "  -%s\n    %s\n", f.Name, p.say("cli.flag."+c.name+"_"+strings.ReplaceAll(f.Name, "-", "_")))
	})
	return b.String()
}

// version prints the program's version and the revision it was built from.
func version(_ context.Context, p program, in input) error {
	if err := in.noArgs(); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "sente", buildVersion())
	return nil
}

// releaseVersion is the version this source will be released as.
const releaseVersion = "0.1.0"

// buildVersion is the release with the revision, when the build knows it.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return releaseVersion
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return releaseVersion + "+" + s.Value[:12]
		}
	}
	return releaseVersion
}
