package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// write puts text into a fresh file and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sente.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConfigDefaults(t *testing.T) {
	t.Parallel()
	c, notes, err := readConfig(sources{})
	if err != nil || len(notes) > 0 {
		t.Fatal(err, notes)
	}
	if c.Database != filepath.Join("data", "sente.db") || c.KeyFile != filepath.Join("data", "journal.key") {
		t.Errorf("database %q, key %q: want both in the data folder", c.Database, c.KeyFile)
	}
	if c.Listen != "127.0.0.1:8080" || c.Access.SessionIdle != 30*time.Minute || c.MaxUpload != 50<<20 || c.RateLimit != 600 {
		t.Errorf("defaults are %+v", c)
	}
}

func TestConfigPrecedence(t *testing.T) {
	t.Parallel()
	file := write(t, "# ours\n\nzone = from_file\nzone_name = 文件\nlisten=127.0.0.1:1\ndata_dir = /srv/sente\n")
	c, _, err := readConfig(sources{
		flags:   map[string]string{"config": file, "zone": "from_flag"},
		environ: []string{"SENTE_ZONE=from_env", "SENTE_LISTEN=127.0.0.1:2", "HOME=/root"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Zone, c.Listen, c.ZoneName, c.LogLevel, c.Database}
	want := []string{"from_flag", "127.0.0.1:2", "文件", "info", "/srv/sente/sente.db"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want flag, environment, file, default, default in the data folder: %q", got, want)
	}
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	book, err := words.Load(cliWords)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, file string
		environ    []string
		flags      map[string]string
		word, says string
	}{
		{name: "unknown key", file: "databse = x\n", word: "cli.file_key", says: `line 1: there is no setting "databse". sente help config lists them.`},
		{name: "twice", file: "zone = a\nzone = b\n", word: "cli.file_twice", says: "line 2: zone is set twice"},
		{name: "no equals sign", file: "zone\n", word: "cli.file_line", says: "line 1 is not key = value"},
		{name: "flag spelling in file", file: "data-dir = x\n", word: "cli.file_key", says: "data-dir"},
		{name: "duration", environ: []string{"SENTE_SESSION_IDLE=30"}, word: "cli.value_bad", says: `SENTE_SESSION_IDLE: session_idle cannot be "30"; write a time such as 90s, 30m or 12h.`},
		{name: "negative duration", flags: map[string]string{"session-idle": "-1h"}, word: "cli.value_bad", says: "-session-idle"},
		{name: "size", flags: map[string]string{"max-upload": "50 apples"}, word: "cli.value_bad", says: "512KB"},
		{name: "number", flags: map[string]string{"rate-limit": "0"}, word: "cli.value_bad", says: "a whole number above zero"},
		{name: "level", flags: map[string]string{"log-level": "loud"}, word: "cli.value_bad", says: "debug, info, warn or error"},
		{name: "networks", flags: map[string]string{"trusted-proxies": "the proxy"}, word: "cli.value_bad", says: "10.1.0.0/16"},
		{name: "half of TLS", flags: map[string]string{"tls-cert": "c.pem"}, word: "cli.tls_half", says: "set both or neither"},
		{name: "no port", flags: map[string]string{"listen": "127.0.0.1"}, word: "cli.listen_bad", says: "an address and a port"},
		{name: "in the clear", flags: map[string]string{"listen": "0.0.0.0:8080"}, word: "cli.listen_open", says: "trusted_proxies"},
		{name: "in the clear, all addresses", flags: map[string]string{"listen": ":8080"}, word: "cli.listen_open", says: "Others can reach :8080"},
		{name: "sessions", flags: map[string]string{"session-idle": "13h"}, word: "cli.session_order", says: "make it shorter"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			flags := map[string]string{}
			if tc.file != "" {
				flags["config"] = write(t, tc.file)
			}
			for k, v := range tc.flags {
				flags[k] = v
			}
			_, _, err := readConfig(sources{flags: flags, environ: tc.environ})
			var f *kernel.Fault
			if !errors.As(err, &f) || f.Word != tc.word {
				t.Fatalf("got %v, want %s", err, tc.word)
			}
			if said := book.Say("en", f.Word, f.Args...); !strings.Contains(said, tc.says) {
				t.Errorf("it says %q, want %q in it", said, tc.says)
			}
		})
	}
}

func TestConfigOpenBehindTLSOrProxy(t *testing.T) {
	t.Parallel()
	for _, flags := range []map[string]string{
		{"listen": "0.0.0.0:443", "tls-cert": "c.pem", "tls-key": "k.pem"},
		{"listen": "10.0.0.5:8080", "trusted-proxies": "10.0.0.1, 10.1.0.0/16"},
	} {
		if _, _, err := readConfig(sources{flags: flags}); err != nil {
			t.Errorf("%v: %v", flags, err)
		}
	}
}

func TestConfigNotesUnknownVariables(t *testing.T) {
	t.Parallel()
	_, notes, err := readConfig(sources{environ: []string{"SENTE_DATABSE=x", "SENTE_REQUIRE=postgres", "SENTE_LANG=en"}})
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0].Error(), "SENTE_DATABSE") {
		t.Errorf("notes %v, error %v: want one note, on SENTE_DATABSE", notes, err)
	}
}

func TestConfigShowsNoSecret(t *testing.T) {
	t.Parallel()
	c, _, err := readConfig(sources{flags: map[string]string{
		"database":       "postgres://app:pa55word@db1,db2/sente?sslmode=require&password=pa55word",
		"owner-database": "host=db user=owner password='pa55 word' dbname=sente",
		"metrics-token":  "pa55token",
	}})
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for _, v := range c.shown() {
		log.WriteString(v.(string) + "\n")
	}
	if strings.Contains(log.String(), "pa55") {
		t.Errorf("a secret is shown:\n%s", log.String())
	}
	for _, kept := range []string{"postgres://app:***@db1,db2/sente", "host=db user=owner password=*** dbname=sente"} {
		if !strings.Contains(log.String(), kept) {
			t.Errorf("want %q in\n%s", kept, log.String())
		}
	}
}

func TestSecretsStayOutOfRefusals(t *testing.T) {
	t.Parallel()
	for _, s := range settings() {
		if !s.secret {
			continue
		}
		var c config
		s.form = formNumber // a form its value cannot have
		if err := s.set(&c, "pa55word", "-x"); err == nil || strings.Contains(err.Error(), "pa55word") {
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"1": 1, "512KB": 512 << 10, "50mb": 50 << 20, "2 GB": 2 << 30, "0": -1, "-1MB": -1, "1TB": -1, "": -1, "9999999999GB": -1, "1.5MB": -1} {
		got, err := parseSize(text)
		if want < 0 && err == nil || want > 0 && got != want {
			t.Errorf("parseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
}
