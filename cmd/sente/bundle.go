package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"sente/internal/app"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// exportBundle writes a zone's log for somebody who checks it without us.
func (p program) exportBundle(ctx context.Context, c config, in input) (err error) {
	choice, err := chosen(in)
	if err != nil {
		return err
	}
	if err := exists(c.Database, c.KeyFile); err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{DSN: c.Database, Log: p.warnings()}, app.Migrations()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	zones, err := db.Zones(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(zones, func(z store.Zone) bool { return z.ID == c.Zone }) {
		return kernel.Faultf(kernel.ErrNotFound, "cli.no_zone", c.Zone)
	}
	keys, err := journal.LoadKeys(c.KeyFile, "", time.Now())
	if err != nil {
		return err
	}
	path := in.flags["o"]
	if path == "" {
		path = c.Zone + "-" + time.Now().In(kernel.ChinaTime()).Format("20060102-150405") + ".audit.zip"
	}
	var m journal.Manifest
	err = writeNew(path, func(w io.Writer) error {
		m, err = journal.Export(kernel.WithActor(ctx, kernel.SystemActor(c.Zone, "cli")), db, keys, choice, w)
		return err
	})
	if err != nil {
		return err
	}
	if choice.Private {
		fmt.Fprintln(p.errout, p.say("cli.bundle_private", path))
	}
	fmt.Fprintln(p.out, p.say("cli.bundle_written", path, m.Size-m.From, m.Bodies, m.Checkpoints, m.Erased))
	fmt.Fprintln(p.out, p.say("cli.audit_root", m.Size, m.Root))
	return nil
}

// chosen is what the flags of an export ask for.
func chosen(in input) (journal.Choice, error) {
	c := journal.Choice{Private: in.flags["private"] == "true"}
	if text, ok := in.flags["from"]; ok {
		c.From, _ = strconv.ParseInt(text, 10, 64) // the flag has read it before
	}
	switch bodies := in.flags["bodies"]; bodies {
	case "", "all":
		c.Bodies = []string{""}
	case "none":
	default:
		for _, begin := range strings.Split(bodies, ",") {
			if begin = strings.TrimSpace(begin); begin == "" {
				return c, kernel.Faultf(kernel.ErrInvalid, "cli.bundle_bodies")
			}
			c.Bodies = append(c.Bodies, begin)
		}
	}
	return c, nil
}

// writeNew writes a file that is not there yet, for its owner alone; a file that
// could not be written whole is removed.
func writeNew(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "cli.not_writable", path, err.Error())
	}
	if err = errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// verifyBundle checks a bundle without database, server or our keys.
func (p program) verifyBundle(in input) (err error) {
	keys, err := lines(in.flags["keys"])
	if err != nil {
		return err
	}
	if in.flags["keys"] != "" && len(keys) == 0 {
		return unchecked{kernel.Faultf(kernel.ErrInvalid, "journal.key_unreadable", "")}
	}
	outside := ""
	if path := in.flags["checkpoints"]; path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return unchecked{kernel.Faultf(kernel.ErrInvalid, "cli.not_readable", path, err.Error())}
		}
		outside = string(b)
	}
	f, err := os.Open(in.flags["bundle"])
	if err != nil {
		return unchecked{kernel.Faultf(kernel.ErrInvalid, "cli.not_readable", in.flags["bundle"], err.Error())}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	report, err := journal.CheckBundle(f, st.Size(), keys, outside)
	if err != nil {
		return unchecked{err}
	}
	if in.flags["json"] == "true" {
		err = json.NewEncoder(p.out).Encode(report)
	} else {
		p.printBundle(report)
	}
	if err == nil && !report.OK() {
		err = kernel.Faultf(kernel.ErrConflict, "cli.bundle_failed", report.Total)
	}
	return err
}

// unchecked is an error for which nothing was checked: the exit status tells it
// from what was checked and is not as recorded.
type unchecked struct{ error }

// Unwrap returns the cause.
func (u unchecked) Unwrap() error { return u.error }

// lines reads the lines of the file at path that say something; none of "".
func lines(path string) (list []string, err error) {
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, unchecked{kernel.Faultf(kernel.ErrInvalid, "cli.not_readable", path, err.Error())}
	}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list, nil
}

func (p program) printBundle(r *journal.BundleReport) {
	at := time.UnixMilli(r.At).In(kernel.ChinaTime()).Format("2006-01-02 15:04:05")
	fmt.Fprintln(p.out, p.say("cli.bundle_of", r.Origin, at))
	fmt.Fprintln(p.out, p.say("cli.bundle_counts", r.From, r.Entries, r.Bodies, r.Privates, r.Erased, r.Erasing, r.Checkpoints, r.Outside, r.Uncovered))
	fmt.Fprintln(p.out, p.say("cli.audit_root", r.Size, r.Root))
	if r.OwnKeys {
		fmt.Fprintln(p.out, p.say("cli.bundle_own_keys"))
	}
	if r.Outside == 0 {
		fmt.Fprintln(p.out, p.say("cli.bundle_no_outside"))
	}
	if r.OK() {
		fmt.Fprintln(p.out, p.say("cli.bundle_ok"))
		return
	}
	p.listFindings(r.Findings, r.Total)
}

// printKeys prints the public keys of the zone's log, for whoever checks it to
// keep elsewhere.
func (p program) printKeys(c config) error {
	if err := exists(c.KeyFile); err != nil {
		return err
	}
	keys, err := journal.LoadKeys(c.KeyFile, "", time.Now())
	if err != nil {
		return err
	}
	for _, key := range keys.VerifierKeys(c.Zone) {
		fmt.Fprintln(p.out, key)
	}
	return nil
}
