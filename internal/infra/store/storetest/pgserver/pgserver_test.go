package pgserver

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/testneed"
)

const victim = "PGSERVER_TEST_VICTIM"

// TestVictim is not a test but the program TestServerEndsWithItsParent kills;
// run among the others it does nothing.
func TestVictim(t *testing.T) {
	if os.Getenv(victim) == "" {
		return
	}
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("\nstarted %s %s\n", s.DSN, s.dir)
	select {} // until it is killed
}

func TestServerEndsWithItsParent(t *testing.T) {
	_, err := find()
	testneed.Need(t, "postgres", err == nil, fmt.Sprint(err))
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), victim+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, dir := started(t, bufio.NewScanner(out))
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it reports the kill
	for range 200 {
		if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("the server outlived the program that started it")
	}
}

// started waits for the victim's line and returns the server's address and folder.
func started(t *testing.T, lines *bufio.Scanner) (address, dir string) {
	t.Helper()
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) == 3 && words[0] == "started" {
			u, err := url.Parse(words[1])
			if err != nil {
				t.Fatal(err)
			}
			return u.Host, words[2]
		}
	}
	t.Fatal("the server did not start")
	return "", ""
}

func TestStop(t *testing.T) {
	_, err := find()
	testneed.Need(t, "postgres", err == nil, fmt.Sprint(err))
	s, err := Start()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(s.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is still there: %v", s.dir, err)
	}
}
