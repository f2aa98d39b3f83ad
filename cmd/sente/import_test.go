package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/kernel"
)

const password = "correct horse battery staple"

// installed makes a data folder whose zone t1 has an officer, login "officer".
func installed(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if code, _, errout := call(t, "migrate", "-data-dir", dir); code != 0 {
		t.Fatal(errout)
	}
	c, _, err := readConfig(sources{flags: map[string]string{"data-dir": dir, "zone": "t1"}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(t.Context(), c.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	links, err := a.Access.Bootstrap(t.Context(), "t1")
	if err != nil {
		t.Fatal(err)
	}
	admins := map[string]context.Context{}
	for _, l := range links {
		account, err := a.Access.UseLink(t.Context(), l.Token, password)
		if err != nil {
			t.Fatal(err)
		}
		admins[l.Role] = kernel.WithActor(t.Context(), kernel.Actor{Zone: "t1", ID: account.ID, Name: account.Name, Roles: account.Roles, Via: "cli", Lang: "en"})
	}
	made, _, err := a.Access.Open(admins[access.SystemAdmin], access.Account{Login: "officer", Name: "演示专员"})
	if err == nil {
		_, err = a.Access.Grant(admins[access.SecurityAdmin], made.ID, made.Version, []string{"officer"}, nil, "test")
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// parties counts the organisations of zone t1.
func parties(t *testing.T, dir string) (n int64) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(dir, "sente.db")}, app.Migrations()...)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(storetest.Ctx(t, "t1"), func(tx store.Tx) (err error) {
		n, err = store.Count(t.Context(), tx, "SELECT count(*) FROM party_parties WHERE zone = $1", tx.Zone)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestImport(t *testing.T) {
	t.Parallel()
	dir := installed(t)
	register := filepath.Join(t.TempDir(), "register.csv")
	if err := os.WriteFile(register, []byte("企业名称,统一社会信用代码\n演示甲公司,\n演示乙公司,\n演示乙公司,\n演示丙公司,12345\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	rejected := filepath.Join(dir, "rejected.xlsx")
	args := []string{"import", "-data-dir", dir, "-zone", "t1", "-as", "officer", "-kind", "parties", "-file", register}
	const counts = "register.csv: 4 rows: 2 new, 0 changed, 0 unchanged, 1 merged, 1 rejected, 0 skipped"

	code, out, errout := call(t, append(args, "-rejected", rejected)...)
	if code != 0 || !strings.Contains(out, counts) || !strings.Contains(out, "Nothing is published yet.") || errout != "" {
		t.Errorf("dry run: code %d, out %s, err %s", code, out, errout)
	}
	if n := parties(t, dir); n != 0 {
		t.Errorf("a dry run registered %d organisations", n)
	}
	if b, err := os.ReadFile(rejected); err != nil || !strings.HasPrefix(string(b), "PK") {
		t.Errorf("the rejected rows are not a workbook: %v", err)
	}
	code, out, errout = call(t, append(args, "-publish")...)
	if code != 0 || !strings.Contains(out, counts) || !strings.Contains(out, "is published.") || errout != "" {
		t.Errorf("published: code %d, out %s, err %s", code, out, errout)
	}
	if n := parties(t, dir); n != 2 {
		t.Errorf("%d organisations, want 2", n)
	}
	if code, out, errout = call(t, "audit", "verify", "-data-dir", dir); code != 0 {
		t.Errorf("after the import: code %d, out %s, err %s", code, out, errout)
	}
}

func TestImportRefusals(t *testing.T) {
	t.Parallel()
	dir := installed(t)
	register := filepath.Join(t.TempDir(), "register.csv")
	if err := os.WriteFile(register, []byte("企业名称\n演示甲公司\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, says string
		args       []string
	}{
		{"no account named", "-as is missing", []string{"-kind", "parties", "-file", register}},
		{"no kind", "-kind is missing", []string{"-as", "officer", "-file", register}},
		{"unknown account", `There is no active account "nobody" in zone t1.`, []string{"-as", "nobody", "-kind", "parties", "-file", register}},
		{"unknown kind", "bakeries", []string{"-as", "officer", "-kind", "bakeries", "-file", register}},
		{"no file", "cannot be read", []string{"-as", "officer", "-kind", "parties", "-file", register + "x"}},
		{"no profile", `There is no profile "last year" for parties.`, []string{"-as", "officer", "-kind", "parties", "-file", register, "-profile", "last year"}},
		{"may not", "promotion officer", []string{"-as", "sysadmin", "-kind", "parties", "-file", register}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, out, errout := call(t, append([]string{"import", "-data-dir", dir, "-zone", "t1", "-publish"}, tc.args...)...)
			if code != 1 || out != "" || !strings.Contains(errout, tc.says) || strings.Contains(errout, "⟦") {
				t.Errorf("code %d, out %q, err %q; want %q", code, out, errout, tc.says)
			}
			if n := parties(t, dir); n != 0 {
				t.Errorf("%d organisations were registered", n)
			}
		})
	}
	code, _, errout := call(t, "import", "-data-dir", dir, "-zone", "elsewhere", "-as", "officer", "-kind", "parties", "-file", register)
	if code != 1 || !strings.Contains(errout, "The database has no zone elsewhere.") {
		t.Errorf("code %d, err %q", code, errout)
	}
}

func TestDemoServesThisMachineOnly(t *testing.T) {
	t.Parallel()
	code, out, errout := call(t, "demo", "-listen", "0.0.0.0:0", "-trusted-proxies", "10.0.0.1")
	if code != 1 || out != "" || !strings.Contains(errout, "serves this machine only") {
		t.Errorf("code %d, out %q, err %q", code, out, errout)
	}
}
