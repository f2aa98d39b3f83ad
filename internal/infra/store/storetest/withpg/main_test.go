package main

import (
	"os"
	"testing"
)

func TestRunPassesTheServerAndTheCode(t *testing.T) {
	t.Setenv(variable, "postgres://already@there/")
	code, err := run("/bin/sh", []string{"-c", `test "$` + variable + `" = postgres://already@there/ && exit 7`})
	if code != 7 || err != nil {
		t.Errorf("code %d, %v, want 7", code, err)
	}
	if code, err := run("/no/such/command", nil); code != 127 || err == nil {
		t.Errorf("code %d, %v, want 127 and an error", code, err)
	}
	if os.Getenv(variable) != "postgres://already@there/" {
		t.Error("the environment was changed")
	}
}
