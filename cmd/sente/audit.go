package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"sente/internal/app"
	"sente/internal/infra/grams"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func auditFlags(fs *flag.FlagSet) {
	fs.Bool("json", false, "")
	fs.String("bundle", "", "")
	fs.String("keys", "", "")
	fs.String("checkpoints", "", "")
	fs.Int64("from", 0, "")
	fs.String("o", "", "")
	fs.String("bodies", "all", "")
	fs.Bool("private", false, "")
}

// audit is `audit verify`, `audit export`, `audit keys`, `audit rotate-key` and
// `audit reindex`.
func audit(ctx context.Context, p program, in input) error {
	if len(in.args) != 1 {
		return kernel.Faultf(kernel.ErrInvalid, "cli.audit_what")
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	switch in.args[0] {
	case "export":
		return p.exportBundle(ctx, c, in)
	case "keys":
		return p.printKeys(c)
	case "verify":
		if in.flags["bundle"] != "" {
			return p.verifyBundle(in)
		}
		return p.verify(ctx, c, in.flags["json"] == "true")
	case "rotate-key":
		return p.rotateKey(c)
	case "reindex":
		return p.reindex(ctx, c)
	}
	return kernel.Faultf(kernel.ErrInvalid, "cli.audit_what")
}

// verify re-hashes the journal of every zone and compares every business row
// with it. It fails when anything is not as it was recorded.
func (p program) verify(ctx context.Context, c config, asJSON bool) (err error) {
	if err := exists(c.Database, c.KeyFile); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DSN: c.Database, Log: p.warnings()}, app.Migrations()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	keys, err := journal.LoadKeys(c.KeyFile, "", time.Now())
	if err != nil {
		return err
	}
	zones, err := db.Zones(ctx)
	if err != nil {
		return err
	}
	var findings int64
	for _, z := range zones {
		zone := kernel.WithActor(ctx, kernel.SystemActor(z.ID, "cli"))
		report, err := journal.Verify(zone, db, keys, c.CheckpointDir, app.Tables())
		if err != nil {
			return err
		}
		findings += report.Total
		if asJSON {
			err = json.NewEncoder(p.out).Encode(report)
		} else {
			p.printReport(report)
		}
		if err != nil {
			return err
		}
	}
	if findings > 0 {
		return kernel.Faultf(kernel.ErrConflict, "cli.audit_failed", findings)
	}
	return nil
}

// exists refuses files that are not there: to check a database that was just
// made would prove nothing.
func exists(paths ...string) error {
	for _, path := range paths {
		if strings.HasPrefix(path, "postgres://") || strings.HasPrefix(path, "postgresql://") {
			continue
		}
		if _, err := os.Stat(strings.TrimPrefix(path, "sqlite:")); err != nil {
			return kernel.Faultf(kernel.ErrNotFound, "cli.not_there", path)
		}
	}
	return nil
}

// warnings is the log of a command that ends: only what someone should know.
func (p program) warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(p.errout, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

func (p program) printReport(r *journal.Report) {
	at := time.UnixMilli(r.At).In(kernel.ChinaTime()).Format("2006-01-02 15:04:05")
	fmt.Fprintln(p.out, p.say("cli.audit_zone", r.Zone, at))
	fmt.Fprintln(p.out, p.say("cli.audit_counts", r.Entries, r.Rows, r.Checkpoints, r.Outside, r.Waiting, r.Erased, r.TookMS))
	fmt.Fprintln(p.out, p.say("cli.audit_root", r.Size, r.Root))
	if r.OK() {
		fmt.Fprintln(p.out, p.say("cli.audit_ok"))
		return
	}
	p.listFindings(r.Findings, r.Total)
}

func (p program) listFindings(list []journal.Finding, total int64) {
	fmt.Fprintln(p.out, p.say("cli.audit_found", total))
	for _, f := range list {
		fmt.Fprintf(p.out, "  %s%s\n", p.say("cli.finding."+f.Kind), where(f))
	}
	if more := total - int64(len(list)); more > 0 {
		fmt.Fprintln(p.out, p.say("cli.audit_more", more))
	}
}

// where names what a finding is about: "table=… key=… fields=…".
func where(f journal.Finding) string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, " %s=%s", name, value)
		}
	}
	add("table", f.Table)
	add("key", f.Key)
	add("fields", strings.Join(f.Fields, ","))
	add("entry", f.Entry)
	if f.Seq != nil {
		add("seq", fmt.Sprint(*f.Seq))
	}
	add("object", f.Object)
	if f.Note != "" {
		fmt.Fprintf(&b, " (%s)", f.Note)
	}
	return b.String()
}

// rotateKey begins a new signing key; the old one stays for verifying.
func (p program) rotateKey(c config) error {
	if err := exists(c.KeyFile); err != nil {
		return err
	}
	if _, err := journal.Rotate(c.KeyFile, time.Now()); err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.say("cli.key_rotated", c.KeyFile))
	return nil
}

// reindex makes the search indexes anew from the rows of every zone; a server may
// go on meanwhile.
func (p program) reindex(ctx context.Context, c config) (err error) {
	if err := exists(c.Database); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DSN: c.Database, Log: p.warnings()}, app.Migrations()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	t := &grams.Tender{DB: db, Log: p.warnings(), Indexes: grams.Indexes(app.Tables())}
	if err := t.Rebuild(ctx); err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.say("cli.reindexed"))
	return nil
}
