package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sente/internal/app"
	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func importFlags(fs *flag.FlagSet) {
	for _, name := range []string{"as", "kind", "file", "profile", "encoding", "sheet", "rejected"} {
		fs.String(name, "", "")
	}
	fs.Bool("publish", false, "")
}

// importFile is one import from the command line: upload, dry run and, when
// asked for, publishing, by the same Desk and on behalf of an account, whose
// permissions and scope apply.
func importFile(ctx context.Context, p program, in input) (err error) {
	if err := in.noArgs(); err != nil {
		return err
	}
	for _, name := range []string{"as", "kind", "file"} {
		if in.flags[name] == "" {
			return kernel.Faultf(kernel.ErrInvalid, "cli.import_needs", name)
		}
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	if err := exists(c.Database, c.KeyFile); err != nil {
		return err
	}
	c.Log = p.warnings()
	if err := zoneThere(ctx, c); err != nil {
		return err
	}
	a, err := app.Open(ctx, c.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	ctx, err = actAs(ctx, a, c.Zone, in.flags["as"], p.lang)
	if err != nil {
		return err
	}
	return p.importAs(ctx, a, in.flags)
}

// zoneThere refuses a zone the database does not have: opening the system would
// make it.
func zoneThere(ctx context.Context, c config) (err error) {
	db, err := store.Open(ctx, store.Config{DSN: c.Database, Log: c.Log}, app.Migrations()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	zones, err := db.Zones(ctx)
	if err != nil || slices.ContainsFunc(zones, func(z store.Zone) bool { return z.ID == c.Zone }) {
		return err
	}
	return kernel.Faultf(kernel.ErrNotFound, "cli.no_zone", c.Zone)
}

// actAs returns a context in which the account with that login acts. Whoever
// may run this program on the database may act as anyone; the record says that
// it was done from the command line.
func actAs(ctx context.Context, a *app.App, zone, login, lang string) (context.Context, error) {
	system := kernel.WithActor(ctx, kernel.SystemActor(zone, "cli"))
	var account access.Account
	err := a.DB.View(system, func(tx store.Tx) (err error) {
		account, err = store.Get[access.Account](system, tx, "zone = $1 AND login = $2", tx.Zone, login)
		return err
	})
	if errors.Is(err, kernel.ErrNotFound) || err == nil && account.Status != access.Active {
		return ctx, kernel.Faultf(kernel.ErrNotFound, "cli.no_account", login, zone)
	}
	return kernel.WithActor(ctx, kernel.Actor{Zone: zone, ID: account.ID, Name: account.Name, Unit: account.Unit, Roles: account.Roles, Via: "cli", Lang: lang}), err
}

func (p program) importAs(ctx context.Context, a *app.App, flags map[string]string) error {
	id, settings, err := p.upload(ctx, a, flags)
	if err != nil {
		return err
	}
	run, err := a.Intake.Begin(ctx, id, flags["kind"], settings)
	if err != nil {
		return err
	}
	v, err := p.work(ctx, a, run)
	if err != nil {
		return err
	}
	p.printRun(v)
	if err := writeRejected(ctx, a, v, flags["rejected"]); err != nil {
		return err
	}
	if v.State != intake.Staged {
		return kernel.Faultf(kernel.ErrConflict, "cli.import_failed", v.StateLabel, reasons(v))
	}
	if flags["publish"] != "true" {
		fmt.Fprintln(p.out, p.say("cli.import_staged", v.ID))
		return nil
	}
	if err := a.Intake.Publish(ctx, run); err != nil {
		return err
	}
	if v, err = p.work(ctx, a, run); err != nil {
		return err
	}
	if v.State != intake.Published {
		return kernel.Faultf(kernel.ErrConflict, "cli.import_failed", v.StateLabel, reasons(v))
	}
	fmt.Fprintln(p.out, p.say("cli.import_published", v.ID))
	return a.Sequencer.Tick(ctx)
}

// upload brings the file in and decides how it is read: by a settings file, a
// saved profile, or as suggested.
func (p program) upload(ctx context.Context, a *app.App, flags map[string]string) (id string, s intake.Settings, err error) {
	f, err := os.Open(flags["file"])
	if err != nil {
		return "", s, kernel.Faultf(kernel.ErrInvalid, "cli.not_readable", flags["file"], err.Error())
	}
	defer func() { _ = f.Close() }()
	if id, err = a.Intake.Upload(ctx, filepath.Base(flags["file"]), f); err != nil {
		return "", s, err
	}
	profile := flags["profile"]
	if strings.HasSuffix(profile, ".json") {
		s, err = readSettings(profile)
		return id, s, err
	}
	s = intake.Settings{Encoding: flags["encoding"], Sheet: flags["sheet"]}
	if profile != "" {
		return p.useProfile(ctx, a, id, flags["kind"], profile, s)
	}
	sniff, err := a.Intake.Sniff(ctx, id, flags["kind"], s)
	s.Mapping, s.Duplicates = sniff.Mapping, sniff.Duplicates
	return id, s, err
}

// useProfile reads the file as a saved profile says; what the command line
// says of encoding and sheet goes before it.
func (p program) useProfile(ctx context.Context, a *app.App, id, kind, name string, given intake.Settings) (string, intake.Settings, error) {
	saved, err := a.Intake.Profiles(ctx, kind)
	if err != nil {
		return "", given, err
	}
	i := slices.IndexFunc(saved, func(x intake.Profile) bool { return x.Name == name })
	if i < 0 {
		return "", given, kernel.Faultf(kernel.ErrNotFound, "cli.no_profile", name, kind)
	}
	s := saved[i].Settings
	if given.Encoding != "" {
		s.Encoding = given.Encoding
	}
	if given.Sheet != "" {
		s.Sheet = given.Sheet
	}
	return id, s, nil
}

// readSettings reads how a file is read from a JSON file, as the API takes it.
func readSettings(path string) (s intake.Settings, err error) {
	f, err := os.Open(path)
	if err != nil {
		return s, kernel.Faultf(kernel.ErrInvalid, "cli.not_readable", path, err.Error())
	}
	defer func() { _ = f.Close() }()
	dec := json.NewDecoder(f)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, kernel.Faultf(kernel.ErrInvalid, "cli.settings_bad", path, err.Error())
	}
	return s, nil
}

// work drives the run until it rests. A server on the same database may have
// taken it up; then this waits for it.
func (p program) work(ctx context.Context, a *app.App, run string) (v intake.RunView, err error) {
	for {
		if err := a.Intake.Drain(ctx); err != nil {
			return v, err
		}
		if v, err = a.Intake.Get(ctx, run); err != nil || resting(v.State) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func resting(s intake.State) bool {
	return slices.Contains([]intake.State{intake.Staged, intake.Published, intake.Undone, intake.Cancelled, intake.Failed}, s)
}

func (p program) printRun(v intake.RunView) {
	c := v.Counts
	total := c.New + c.Changed + c.Unchanged + c.Merged + c.Rejected + c.Skipped
	fmt.Fprintln(p.out, p.say("cli.import_counts", v.FileName, total, c.New, c.Changed, c.Unchanged, c.Merged, c.Rejected, c.Skipped))
}

func reasons(v intake.RunView) string {
	return strings.Join(append([]string{v.Problem}, v.Problems...), "\n  ")
}

// writeRejected writes the workbook of rejected rows, when a name was given
// and there are any.
func writeRejected(ctx context.Context, a *app.App, v intake.RunView, path string) (err error) {
	if path == "" || v.Counts.Rejected == 0 {
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "cli.not_writable", path, err.Error())
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return a.Intake.WriteRejected(ctx, v.ID, f)
}
