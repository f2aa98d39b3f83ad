package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sente/internal/app/keep"
	"sente/internal/infra/backup"
	"sente/internal/kernel"
)

func backupFlags(fs *flag.FlagSet) {
	fs.String("o", "", "")
	fs.String("check", "", "")
	fs.String("since", "", "")
	fs.Bool("with-keys", false, "")
}

// runBackup writes a backup, or verifies one.
func runBackup(ctx context.Context, p program, in input) error {
	if err := in.noArgs(); err != nil {
		return err
	}
	if path, ok := in.flags["check"]; ok {
		return p.checkBackup(path)
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	c.Log, c.Version = p.warnings(), buildVersion()
	if err := exists(c.Database, c.KeyFile); err != nil {
		return err
	}
	if err := backup.Whole(c.DataDir); err != nil {
		return err
	}
	path := backupPath(in.flags["o"], time.Now())
	order := keep.Order{Path: path, WithKeys: in.flags["with-keys"] == "true", Progress: p.progress()}
	var k keep.Kept
	if earlier := in.flags["since"]; earlier != "" {
		k, err = keep.Since(ctx, c.Config, earlier, order)
	} else {
		k, err = keep.Backup(ctx, c.Config, order)
	}
	p.endProgress()
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.say("cli.backup_done", path, k.Rows, k.Files, size(k.Size)))
	p.printBackup(k.Head, k.Manifest)
	if k.Head.Keys {
		fmt.Fprintln(p.out, p.say("cli.backup_with_key"))
	} else {
		fmt.Fprintln(p.out, p.say("cli.backup_without_key", c.KeyFile))
	}
	return nil
}

// backupPath is the file to write: o, or one named by the time in the folder o.
func backupPath(o string, now time.Time) string {
	if st, err := os.Stat(o); o == "" || err == nil && st.IsDir() || strings.HasSuffix(o, string(filepath.Separator)) {
		return filepath.Join(o, "sente-"+now.In(kernel.ChinaTime()).Format("20060102-150405")+".tar.gz")
	}
	return o
}

// checkBackup reads a backup through without a server.
func (p program) checkBackup(path string) error {
	f, err := keep.Check(path, p.progress())
	p.endProgress()
	if err != nil {
		return err
	}
	at := time.UnixMilli(f.Head.At).In(kernel.ChinaTime()).Format("2006-01-02 15:04:05")
	fmt.Fprintln(p.out, p.say("cli.backup_whole", path, at, f.Head.Program))
	p.printBackup(f.Head, f.Manifest)
	return nil
}

func (p program) printBackup(h backup.Head, m backup.Manifest) {
	for _, z := range h.Zones {
		fmt.Fprintln(p.out, p.say("cli.backup_zone", z.ID, z.Entries, z.Size, z.Root))
	}
	for word, names := range map[string][]string{"cli.backup_missing": m.Missing, "cli.backup_damaged": m.Damaged} {
		if len(names) > 0 {
			fmt.Fprintln(p.out, p.say(word, len(names))+"\n  "+strings.Join(names, "\n  "))
		}
	}
}

func restoreFlags(fs *flag.FlagSet) {
	for _, name := range []string{"to", "journal", "until"} {
		fs.String(name, "", "")
	}
	fs.Bool("new-key", false, "")
	fs.Bool("accept-findings", false, "")
}

// runRestore brings a backup back.
func runRestore(ctx context.Context, p program, in input) error {
	if len(in.args) != 1 {
		return kernel.Faultf(kernel.ErrInvalid, "cli.restore_file")
	}
	next := "-config …"
	if dir, ok := in.flags["to"]; ok {
		next = "-data-dir " + dir
		in.flags["data-dir"], in.flags["database"] = dir, filepath.Join(dir, "sente.db")
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	c.Log = p.warnings()
	until, err := moment(in.flags["until"])
	if err != nil {
		return err
	}
	r, err := keep.Restore(ctx, c.Config, keep.Return{File: in.args[0], Journal: in.flags["journal"], Until: until, NewKey: in.flags["new-key"] == "true",
		Despite: in.flags["accept-findings"] == "true", Progress: p.progress()})
	p.endProgress()
	if err != nil {
		return err
	}
	p.printRestored(r, c)
	fmt.Fprintln(p.out, p.say("cli.restored_next", next))
	return nil
}

// moment reads a time of day in China: "2026-11-23 18:00", with or without
// seconds; the zero time for "".
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if at, err := time.ParseInLocation(form, text, kernel.ChinaTime()); err == nil {
			return at, nil
		}
	}
	return time.Time{}, kernel.Faultf(kernel.ErrInvalid, "cli.moment_bad", text)
}

func (p program) printRestored(r keep.Returned, c config) {
	at := time.UnixMilli(r.Head.At).In(kernel.ChinaTime()).Format("2006-01-02 15:04:05")
	fmt.Fprintln(p.out, p.say("cli.restored", at, r.Rows, r.Files))
	for _, z := range r.Zones {
		fmt.Fprintln(p.out, p.say("cli.restored_zone", z.ID, z.Entries, z.Size, z.Root))
		if z.Then != nil {
			fmt.Fprintln(p.out, p.say("cli.restored_then", z.Added, z.Then.Size, z.Then.Root))
		}
		if len(z.Later) > 0 {
			fmt.Fprintln(p.out, p.say("cli.restored_erase", strings.Join(z.Later, ", ")))
		}
		if z.Sealed > 0 {
			fmt.Fprintln(p.out, p.say("cli.restored_sealed", z.Sealed))
		}
		if z.Outside > z.End() {
			fmt.Fprintln(p.out, p.say("cli.restored_outside", c.CheckpointDir, z.Outside, z.End()))
		}
		p.printFindings(z)
	}
	p.printBackup(backup.Head{}, backup.Manifest{Missing: r.Missing})
	if r.NewKey {
		fmt.Fprintln(p.out, p.say("cli.restored_new_key"))
	}
}

// printFindings names what was kept although the journal finds fault with it.
func (p program) printFindings(z keep.Came) {
	if z.Report.OK() {
		return
	}
	fmt.Fprintln(p.out, p.say("cli.audit_found", z.Report.Total))
	for _, f := range z.Report.Findings {
		fmt.Fprintf(p.out, "  %s%s\n", p.say("cli.finding."+f.Kind), where(f))
	}
}

func migrateFlags(fs *flag.FlagSet) {
	fs.String("to", "", "")
	fs.String("to-owner", "", "")
	fs.Bool("accept-findings", false, "")
}

// move moves the installation to another database.
func (p program) move(ctx context.Context, c config, in input) error {
	o := keep.Removal{To: in.flags["to"], ToOwner: in.flags["to-owner"], Despite: in.flags["accept-findings"] == "true", Progress: p.progress()}
	if strings.HasPrefix(o.To, "postgres") && o.ToOwner == "" {
		return kernel.Faultf(kernel.ErrInvalid, "cli.move_owner")
	}
	if err := exists(c.Database, c.KeyFile); err != nil {
		return err
	}
	c.Log = p.warnings()
	r, err := keep.Move(ctx, c.Config, o)
	p.endProgress()
	if err != nil {
		return err
	}
	for _, t := range r.Tables {
		fmt.Fprintln(p.out, p.say("cli.moved_table", t.Zone, t.Name, t.Rows))
	}
	for _, t := range r.Totals {
		fmt.Fprintln(p.out, p.say("cli.total", t.Zone, t.Stage, t.Count, t.Currency, amount(t.Sum)))
	}
	for _, z := range r.Zones {
		fmt.Fprintln(p.out, p.say("cli.backup_zone", z.ID, z.Entries, z.Size, z.Root))
		p.printFindings(z)
	}
	fmt.Fprintln(p.out, p.say("cli.moved", r.Rows, len(r.Tables), redact(o.To)))
	fmt.Fprintln(p.out, p.say("cli.moved_next"))
	return nil
}

// amount is a sum of minor units with its point.
func amount(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return sign + strconv.FormatInt(minor/100, 10) + fmt.Sprintf(".%02d", minor%100)
}

// size is a number of bytes for reading.
func size(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
}

// progress shows on a terminal how far a step has come; nil elsewhere.
func (p program) progress() keep.Progress {
	if !terminal(p.errout) {
		return nil
	}
	var last time.Time
	return func(step keep.Step, done, all int64) {
		if time.Since(last) < 200*time.Millisecond {
			return
		}
		last = time.Now()
		fmt.Fprint(p.errout, "\r\033[K"+p.say("cli.step."+string(step), done, all))
	}
}

// endProgress clears the line that progress wrote.
func (p program) endProgress() {
	if terminal(p.errout) {
		fmt.Fprint(p.errout, "\r\033[K")
	}
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
