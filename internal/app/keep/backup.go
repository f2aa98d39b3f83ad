package keep

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sente/internal/app"
	"sente/internal/infra/backup"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Order is what to back up, where to and how.
type Order struct {
	Path     string // of the file to be made
	WithKeys bool   // the key file too: whoever has the backup can then sign in the installation's name
	Progress Progress
}

// Kept is what a backup came to.
type Kept struct {
	Head     backup.Head
	Manifest backup.Manifest
	Rows     int64
	Files    int64
	Size     int64 // of the file, bytes
}

// Backup writes the whole installation at cfg into one file, while it is being
// written to. The rows are those of one instant; the attachments are what these
// rows name.
func Backup(ctx context.Context, cfg app.Config, o Order) (k Kept, err error) {
	defer kernel.Wrap(&err, "keep.Backup(%q)", o.Path)
	keys, err := journal.ReadKeys(cfg.KeyFile)
	if err != nil {
		return k, err
	}
	var w *backup.Writer
	defer func() {
		if w != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	var seen *tally
	err = store.CopyOut(ctx, storeConfig(cfg), func(c *store.Copy) (err error) {
		k.Head = backup.Head{Format: backup.Format, What: backup.Full, ID: newID(), Program: cfg.Version, Engine: storeConfig(cfg).Dialect(),
			At: now(cfg).UnixMilli(), Steps: c.Steps, Shapes: rest(c.Shapes, passing()), Without: passing(), Keys: o.WithKeys}
		if k.Head.Zones, err = heads(ctx, c.Reading); err != nil {
			return err
		}
		if w, err = backup.Create(o.Path, k.Head); err != nil {
			return err
		}
		if err := addKeys(w, keys, o.WithKeys); err != nil {
			return err
		}
		seen, err = o.rows(ctx, w, c, k.Head)
		return err
	}, app.Migrations()...)
	if err != nil {
		return k, err
	}
	w.Manifest.Totals = seen.list()
	if err := o.files(ctx, w, cfg, seen); err != nil {
		return k, err
	}
	k.Rows, k.Files = seen.rows, int64(len(seen.files)-len(w.Manifest.Missing))
	k.Size, err = w.Finish()
	k.Manifest = w.Manifest
	return k, err
}

func addKeys(w *backup.Writer, keys *journal.Keys, secret bool) error {
	text, err := keys.Public().Text()
	if err != nil {
		return err
	}
	if err := w.Add(backup.KeysName, text); err != nil || !secret {
		return err
	}
	if text, err = keys.Text(); err != nil {
		return err
	}
	return w.Add(backup.KeyFileName, text)
}

// rows writes every row that head describes.
func (o Order) rows(ctx context.Context, w *backup.Writer, c *store.Copy, head backup.Head) (*tally, error) {
	t := newTally()
	for _, z := range head.Zones {
		for _, shape := range head.Shapes {
			rows, look := w.Rows(z.ID, shape), t.watch(z.ID, shape)
			err := c.Rows(ctx, shape, z.ID, "", func(values []any) error {
				look(values)
				if t.rows%1000 == 0 {
					o.Progress.tell(StepRows, t.rows, 0)
				}
				return rows.Add(values)
			})
			if err != nil {
				return nil, err
			}
			if _, err := rows.End(); err != nil {
				return nil, err
			}
		}
	}
	return t, nil
}

// files adds the files that rows name. One that is not there, or is not what its
// name says, is noted: that must not keep the rest from being backed up.
func (o Order) files(ctx context.Context, w *backup.Writer, cfg app.Config, t *tally) error {
	names := t.names()
	for i, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		o.Progress.tell(StepFiles, int64(i), int64(len(names)))
		sum, err := addFile(w, name, filepath.Join(cfg.DataDir, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			w.Manifest.Missing = append(w.Manifest.Missing, name)
		case err != nil:
			return err
		case sum != t.files[name].hash:
			w.Manifest.Damaged = append(w.Manifest.Damaged, name)
		}
	}
	return nil
}

func addFile(w *backup.Writer, name, path string) (sum string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return "", err
	}
	return w.AddFrom(name, st.Size(), f)
}

// storeConfig is how the database of cfg is opened.
func storeConfig(cfg app.Config) store.Config {
	return store.Config{DSN: cfg.Database, OwnerDSN: cfg.OwnerDatabase, Now: cfg.Now, Log: cfg.Log}
}

func newID() string {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return hex.EncodeToString(b)
}

// place returns where in the data folder a part of a backup goes; "" for one
// that is no file of an installation.
func place(name string) string {
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 4 && parts[0] == "files" && files.Place(parts[1], parts[3]) == parts[1]+"/"+parts[2]+"/"+parts[3]:
	case len(parts) == 3 && parts[0] == "imports" && files.Place(parts[1], parts[2]) != "":
	default:
		return ""
	}
	return filepath.FromSlash(name)
}

// writeFile writes r to path and brings it to the disk.
func writeFile(path string, r io.Reader) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, r); err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return errors.Join(err, f.Sync(), f.Close())
}

func now(cfg app.Config) time.Time {
	if cfg.Now == nil {
		return time.Now()
	}
	return cfg.Now()
}
