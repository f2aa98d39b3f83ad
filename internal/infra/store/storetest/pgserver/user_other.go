//go:build !unix

package pgserver

import (
	"errors"
	"os/exec"
)

var errNotUnix = errors.New("tests start PostgreSQL on Unix only: name a server in SENTE_TEST_POSTGRES")

func give(string) error { return errNotUnix }

func drop(*exec.Cmd) error { return errNotUnix }

func detach(*exec.Cmd) {}
