package main

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sente/internal/infra/testneed"
)

// outsiders exports a bundle of zone t1 in dir and checks it as somebody would
// who has nothing but the bundle, the keys and the checkpoints.
func outsiders(t *testing.T, dir string) {
	t.Helper()
	away := t.TempDir()
	bundle, keys := filepath.Join(away, "t1.zip"), filepath.Join(away, "keys.txt")
	code, out, errout := call(t, "audit", "export", "-data-dir", dir, "-zone", "t1", "-o", bundle)
	if code != 0 || !strings.Contains(out, "Written to "+bundle) || errout != "" {
		t.Fatalf("code %d, out %s, err %s", code, out, errout)
	}
	if code, _, errout := call(t, "audit", "export", "-data-dir", dir, "-zone", "t1", "-o", bundle); code != 1 || !strings.Contains(errout, "cannot be written") {
		t.Errorf("a bundle is written over: code %d, err %s", code, errout)
	}
	_, key, _ := call(t, "audit", "keys", "-data-dir", dir, "-zone", "t1")
	if err := os.WriteFile(keys, []byte("# kept elsewhere\n"+key), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errout = call(t, "audit", "verify", "--bundle", bundle, "-keys", keys, "-checkpoints", filepath.Join(dir, "checkpoints", "t1.checkpoints"))
	if code != 0 || !strings.Contains(out, "Everything agrees with the signed checkpoints.") || strings.Contains(out, "Note:") || errout != "" {
		t.Fatalf("code %d, out %s, err %s", code, out, errout)
	}
	code, out, _ = call(t, "audit", "verify", "-bundle", bundle)
	if code != 0 || !strings.Contains(out, "only shows that it agrees with itself") || !strings.Contains(out, "a history rewritten as a whole is not detected") {
		t.Errorf("code %d, out %s", code, out)
	}
	bad := filepath.Join(away, "bad.zip")
	rewrite(t, bundle, bad, func(name, text string) string {
		if name == "entries.jsonl" {
			return strings.Replace(text, `\"actor\":\"system\"`, `\"actor\":\"nobody\"`, 1)
		}
		return text
	})
	code, out, errout = call(t, "audit", "verify", "-json", "-bundle", bad, "-keys", keys)
	var report struct {
		Findings []struct{ Kind string }
	}
	if err := json.Unmarshal([]byte(out), &report); code != 1 || err != nil || len(report.Findings) == 0 || report.Findings[0].Kind != "checkpoint_mismatch" || !strings.Contains(errout, "The check failed in") {
		t.Errorf("code %d, %v, %+v, %s", code, err, report, errout)
	}
	for _, args := range [][]string{{"-bundle", keys}, {"-bundle", bundle + ".gone"}, {"-bundle", bundle, "-keys", bundle + ".gone"}, {"-bundle", bundle, "-keys", bundle}} {
		if code, _, errout := call(t, append([]string{"audit", "verify"}, args...)...); code != 2 || errout == "" {
			t.Errorf("%q: code %d, err %q", args, code, errout)
		}
	}
	part := filepath.Join(away, "part.zip")
	if code, _, errout := call(t, "audit", "export", "-data-dir", dir, "-zone", "t1", "-from", "3", "-o", part); code != 0 {
		t.Fatal(errout)
	}
	checkByOurselves(t, keys, map[string]string{bundle: "as recorded", part: "as recorded", bad: "AssertionError: root of"})
}

// rewrite copies a bundle with its files changed by edit.
func rewrite(t *testing.T, from, to string, edit func(name, text string) string) {
	t.Helper()
	z, err := zip.OpenReader(from)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := zip.NewWriter(f)
	defer w.Close()
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		part, err := w.Create(file.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, edit(file.Name, string(text))); err != nil {
			t.Fatal(err)
		}
	}
}

// checkByOurselves runs the program that docs/audit.md gives to those who do not
// want to use ours.
func checkByOurselves(t *testing.T, keys string, wants map[string]string) {
	t.Helper()
	t.Run("check of your own", func(t *testing.T) {
		python, err := exec.LookPath("python3")
		testneed.Need(t, "python", err == nil, "install python3")
		doc, err := os.ReadFile("../../docs/audit.md")
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(doc), "```python\n")
		text, _, found := strings.Cut(rest, "```")
		if !found {
			t.Fatal("docs/audit.md holds no program")
		}
		script := filepath.Join(t.TempDir(), "check.py")
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for file, want := range wants {
			out, err := exec.CommandContext(t.Context(), python, script, file, keys).CombinedOutput()
			if (err == nil) != (want == "as recorded") || !strings.Contains(string(out), want) {
				t.Errorf("%s: %v\n%s", filepath.Base(file), err, out)
			}
		}
	})
}
