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
	file := write(t, "# ours\n\nzone = from-file\nzone_name = 文件\nlisten=127.0.0.1:1\ndata_dir = /srv/sente\n")
	c, _, err := readConfig(sources{
		flags:   map[string]string{"config": file, "zone": "from-flag"},
		environ: []string{"SENTE_ZONE=from-env", "SENTE_LISTEN=127.0.0.1:2", "HOME=/root"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{c.Zone, c.Listen, c.ZoneName, c.LogLevel, c.Database}
	want := []string{"from-flag", "127.0.0.1:2", "文件", "info", "/srv/sente/sente.db"}
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
		{name: "zone", flags: map[string]string{"zone": "长春"}, word: "cli.value_bad", says: `-zone: zone cannot be "长春"; write 1 to 32 lower-case letters, digits or hyphens, beginning with a letter or digit.`},
		{name: "zone that is a path", environ: []string{"SENTE_ZONE=../x"}, word: "cli.value_bad", says: "SENTE_ZONE: zone cannot be"},
		{name: "zone in capitals", file: "zone = Main\n", word: "cli.value_bad", says: "lower-case"},
		{name: "no zone", file: "zone =\n", word: "cli.value_bad", says: "lower-case"},
		{name: "long zone", flags: map[string]string{"zone": strings.Repeat("z", 33)}, word: "cli.value_bad", says: "1 to 32"},
		{name: "deep zone name", flags: map[string]string{"zone-name": "国/省/市/区"}, word: "cli.value_bad", says: `-zone-name: zone_name cannot be "国/省/市/区"; write the zone's name, or province/city/zone, each of 1 to 80 characters.`},
		{name: "gap in the zone name", flags: map[string]string{"zone-name": "省/ /区"}, word: "cli.value_bad", says: "1 to 80"},
		{name: "long zone name", flags: map[string]string{"zone-name": "省/" + strings.Repeat("区", 81)}, word: "cli.value_bad", says: "1 to 80"},
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

func TestConfigZone(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("区", 80)
	c, _, err := readConfig(sources{flags: map[string]string{"zone": "z-" + strings.Repeat("9", 30), "zone-name": "某省 / 某市/" + long, "zone-name-en": "Sample Zone"}})
	if err != nil || c.Zone != "z-"+strings.Repeat("9", 30) || c.Config.ZoneName != "某省 / 某市/"+long || c.Config.ZoneNameEn != "Sample Zone" {
		t.Errorf("%q %q %q, %v", c.Zone, c.ZoneName, c.ZoneNameEn, err)
	}
}

// TestConfigWarnsOfCheckpoints: those beside the database prove nothing to
// whoever suspects the one who can write there.
func TestConfigWarnsOfCheckpoints(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	link := filepath.Join(other, "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, database, checkpoints, says string }{
		{"default", "", "default", "beside the database"},
		{"none", "", "", "no checkpoint folder is configured"},
		{"none, PostgreSQL", "postgres://db/sente", "", "no checkpoint folder is configured"},
		{"below the database", "sqlite:" + filepath.Join(dir, "x.db"), filepath.Join(dir, "a", "b"), "beside the database"},
		{"behind a link", filepath.Join(dir, "x.db"), filepath.Join(link, "new"), "beside the database"},
		{"elsewhere", "", other, ""},
		{"a name that begins alike", "", dir + "-checkpoints", ""},
		{"another machine's database", "postgres://db/sente", "default", ""},
	} {
		flags := map[string]string{"data-dir": dir}
		if tc.database != "" {
			flags["database"] = tc.database
		}
		if tc.checkpoints != "default" {
			flags["checkpoint-dir"] = tc.checkpoints
		}
		c, _, err := readConfig(sources{flags: flags})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.besideDatabase(); tc.says == "" && got != "" || !strings.Contains(got, tc.says) {
			t.Errorf("%s: %q, want %q in it", tc.name, got, tc.says)
		}
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
