package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"sente/internal/app"
	"sente/internal/infra/backup"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// migrate brings the database to this program's version and says which it is; or
// moves the installation to another one.
func migrate(ctx context.Context, p program, in input) error {
	if err := in.noArgs(); err != nil {
		return err
	}
	c, err := p.config(in)
	if err != nil {
		return err
	}
	if err := backup.Whole(c.DataDir); err != nil {
		return err
	}
	if in.flags["to"] != "" {
		return p.move(ctx, c, in)
	}
	if strings.HasPrefix(c.Database, "postgres") && c.OwnerDatabase == "" {
		return kernel.Faultf(kernel.ErrInvalid, "cli.migrate_owner")
	}
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return kernel.Faultf(kernel.ErrInvalid, "cli.data_dir", c.DataDir, err.Error())
	}
	db, err := store.Open(ctx, store.Config{DSN: c.Database, OwnerDSN: c.OwnerDatabase, Log: slog.New(slog.NewTextHandler(p.errout, nil))}, app.Migrations()...)
	if err != nil {
		return err
	}
	fmt.Fprintln(p.out, p.say("cli.migrated", db.SchemaVersion()))
	return db.Close()
}

// openapi prints the description of the API, from a system opened on an empty
// database that is thrown away.
func openapi(ctx context.Context, p program, in input) (err error) {
	if err := in.noArgs(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sente-openapi-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := app.Open(ctx, app.Config{
		Database: filepath.Join(dir, "sente.db"), DataDir: dir, KeyFile: filepath.Join(dir, "journal.key"),
		Zone: "none", Version: releaseVersion, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	text, err := a.Door.OpenAPI()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "%s\n", text)
	return err
}
