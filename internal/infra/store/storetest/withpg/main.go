// Command withpg runs a command with one PostgreSQL server for all of its test
// binaries, so that each need not start its own:
//
//	go run ./internal/infra/store/storetest/withpg go test ./...
//
// The server's address is in SENTE_TEST_POSTGRES while the command runs. If
// that is already set, or there is no PostgreSQL, the command just runs.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"sente/internal/infra/store/storetest/pgserver"
)

const variable = "SENTE_TEST_POSTGRES"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: withpg command [argument]…")
		os.Exit(2)
	}
	code, err := run(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
	}
	os.Exit(code)
}

// run runs the command beside a server and returns its exit code.
func run(name string, args []string) (int, error) {
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if os.Getenv(variable) != "" {
		return wait(cmd)
	}
	server, err := pgserver.Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg: without PostgreSQL:", err)
		return wait(cmd)
	}
	cmd.Env = append(os.Environ(), variable+"="+server.DSN)
	code, err := wait(cmd)
	return code, errors.Join(err, server.Stop())
}

// wait runs cmd to its end and passes on the signals that ask this program to
// end, so that the command decides when.
func wait(cmd *exec.Cmd) (int, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 127, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			_ = cmd.Process.Signal(s) // it may just have ended
		case err := <-done:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return exit.ExitCode(), nil
			}
			return cmd.ProcessState.ExitCode(), err
		}
	}
}
