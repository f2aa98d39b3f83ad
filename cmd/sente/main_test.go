package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sente/internal/infra/words"
)

// call runs a command line in English.
func call(t *testing.T, args ...string) (code int, out, errout string) {
	t.Helper()
	var o, e strings.Builder
	code = run(t.Context(), args, []string{"SENTE_LANG=en"}, &o, &e)
	return code, o.String(), e.String()
}

func TestVersion(t *testing.T) {
	t.Parallel()
	code, out, errout := call(t, "version")
	if code != 0 || !strings.HasPrefix(out, "sente "+releaseVersion) || errout != "" {
		t.Errorf("code %d, out %q, err %q", code, out, errout)
	}
}

func TestNotUnderstood(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"bake"}, 2, `There is no command "bake". Run sente help for the list.`},
		{[]string{"help", "bake"}, 2, `There is no command "bake".`},
		{[]string{"version", "-loud"}, 2, "flag provided but not defined: -loud. Run sente help version for its flags."},
		{[]string{"version", "now"}, 1, `"now" was not expected. Run sente help version.`},
	} {
		code, out, errout := call(t, tc.args...)
		if code != tc.code || out != "" || !strings.Contains(errout, tc.says) {
			t.Errorf("%q: code %d, out %q, err %q; want %d and %q", tc.args, code, out, errout, tc.code, tc.says)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	_, out, _ := call(t)
	for _, c := range commands() {
		if !strings.Contains(out, "  "+c.name+" ") {
			t.Errorf("sente help does not name %s:\n%s", c.name, out)
		}
		if code, one, _ := call(t, "help", c.name); code != 0 || strings.Contains(one, "⟦") {
			t.Errorf("help %s: code %d, %s", c.name, code, one)
		}
	}
	if strings.Contains(out, "⟦") {
		t.Errorf("a word is missing:\n%s", out)
	}
	code, out, _ := call(t, "help", "config")
	for _, s := range settings() {
		if !strings.Contains(out, "-"+s.name+" · "+s.env()+" · "+s.key()) {
			t.Errorf("help config does not explain %s", s.name)
		}
	}
	if code != 0 || strings.Contains(out, "⟦") {
		t.Errorf("code %d, or a word is missing:\n%s", code, out)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		environ []string
		want    string
	}{
		{nil, "zh"},
		{[]string{"LANG=C.UTF-8"}, "zh"},
		{[]string{"LANG=en_GB.UTF-8"}, "en"},
		{[]string{"LANG=en_GB.UTF-8", "LC_ALL=zh_CN.UTF-8"}, "zh"},
		{[]string{"SENTE_LANG=en", "LC_ALL=zh_CN.UTF-8"}, "en"},
	} {
		if got := languageOf(tc.environ); got != tc.want {
			t.Errorf("languageOf(%q) = %q, want %q", tc.environ, got, tc.want)
		}
	}
}

func TestWordsOfTheCommandLine(t *testing.T) {
	t.Parallel()
	if err := words.Check(cliWords); err != nil {
		t.Error(err)
	}
}

// TestConfigurationDocument holds docs/configuration.md to the settings;
// SENTE_TEST_UPDATE=1 (make maps) writes it anew.
func TestConfigurationDocument(t *testing.T) {
	t.Parallel()
	book, err := words.Load(cliWords)
	if err != nil {
		t.Fatal(err)
	}
	path, want := filepath.Join("..", "..", "docs", "configuration.md"), configTable(book)
	if os.Getenv("SENTE_TEST_UPDATE") != "" {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("docs/configuration.md is stale (%v); run make maps", err)
	}
}
