package intake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Config is what a Desk needs; Limits, Lease and Log have defaults.
type Config struct {
	DB     *store.DB
	Gate   *access.Gate
	Words  words.Book
	Dir    string // folder of the uploaded files
	Kinds  []Kind
	Limits sheet.Limits  // of uploaded files
	Lease  time.Duration // after which a run whose process fell silent is taken over; 0 = 20 seconds
	Log    *slog.Logger
}

// Desk is where registers are imported.
type Desk struct {
	Config
	id   string // of this process, on leases
	poke chan struct{}
	mu   sync.Mutex
	live map[string]int64 // rows done in the transaction under way, by run
}

// NewDesk returns the desk.
func NewDesk(c Config) *Desk {
	if c.Limits == (sheet.Limits{}) {
		c.Limits = sheet.DefaultLimits()
	}
	if c.Lease == 0 {
		c.Lease = 20 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return &Desk{Config: c, id: kernel.NewID(c.DB.Now()), poke: make(chan struct{}, 1), live: map[string]int64{}}
}

// kind finds a kind. Fault: intake.kind_unknown.
func (d *Desk) kind(id string) (Kind, error) {
	i := slices.IndexFunc(d.Kinds, func(k Kind) bool { return k.ID == id })
	if i < 0 {
		return Kind{}, kernel.FieldFault("kind", "intake.kind_unknown", id)
	}
	return d.Kinds[i], nil
}

// may refuses who lacks perm or the kind's own permission.
func (d *Desk) may(ctx context.Context, perm string, kind Kind) error {
	if err := d.Gate.Require(ctx, perm); err != nil {
		return err
	}
	return d.Gate.Require(ctx, kind.Perm)
}

func resource(id, unit, owner string) access.Resource {
	return access.Resource{Type: "Run", ID: id, Unit: unit, Owner: owner}
}

// Upload keeps the content of r and returns the id under which a run can be
// begun with it. The same bytes are kept once per zone.
func (d *Desk) Upload(ctx context.Context, name string, r io.Reader) (id string, err error) {
	defer kernel.Wrap(&err, "intake.Upload(%q)", name)
	if err := d.Gate.Require(ctx, "intake.run"); err != nil {
		return "", err
	}
	actor := kernel.ActorOf(ctx)
	row := fileRow{Zone: actor.Zone, Name: name, Unit: actor.Unit, Owner: actor.ID}
	if row.Size, row.SHA256, err = d.keep(actor.Zone, r); err != nil {
		return "", err
	}
	err = d.DB.Update(ctx, func(tx store.Tx) error {
		row.ID, row.UploadedAt = kernel.NewID(tx.Now), tx.Now.UnixMilli()
		_, err := journal.Record(ctx, tx, journal.Act{Verb: "intake.uploaded", Object: "intake.file/" + row.ID,
			Detail: map[string]any{"name": name, "size": row.Size, "sha256": row.SHA256}})
		if err != nil {
			return err
		}
		return store.Put(ctx, tx, row)
	})
	return row.ID, err
}

// keep writes r into the folder under its hash. The name appears only once the
// content is complete and on disk.
func (d *Desk) keep(zone string, r io.Reader) (size int64, hash string, err error) {
	dir := filepath.Join(d.Dir, filepath.Base(zone))
	if err = os.MkdirAll(dir, 0o700); err != nil {
		return 0, "", err
	}
	f, err := os.CreateTemp(dir, ".upload-*")
	if err != nil {
		return 0, "", err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	sum := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, sum), r)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, "", err
	}
	if size == 0 {
		return 0, "", kernel.FieldFault("file", "sheet.empty")
	}
	hash = hex.EncodeToString(sum.Sum(nil))
	return size, hash, os.Rename(f.Name(), filepath.Join(dir, hash))
}

// file loads an uploaded file that ctx's actor may read.
func (d *Desk) file(ctx context.Context, id string) (row fileRow, err error) {
	err = d.DB.View(ctx, func(tx store.Tx) error {
		if row, err = store.Get[fileRow](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id); err != nil {
			return err
		}
		return d.Gate.Allow(ctx, tx, "intake.read", resource(row.ID, row.Unit, row.Owner))
	})
	return row, err
}

// asFound refuses to read another person's file otherwise than it is found to be
// read: columns of personal data are known by their headers, and with another
// header or separator they would be shown.
func asFound(ctx context.Context, row fileRow, s Settings) error {
	if row.Owner == kernel.ActorOf(ctx).ID || s.Encoding+s.Delimiter == "" && s.HeaderRow == 0 && s.HeaderRows == 0 {
		return nil
	}
	return kernel.Faultf(kernel.ErrDenied, "intake.file_of_another")
}

// open opens the bytes of a file by s.
func (d *Desk) open(row fileRow, s Settings) (*sheet.Book, error) {
	path := filepath.Join(d.Dir, filepath.Base(row.Zone), row.SHA256)
	return sheet.Open(path, sheet.Options{Encoding: s.Encoding, Delimiter: s.Delimiter, Limits: d.Limits})
}

// Begin starts a run: file, read by s, as a register of that kind. The dry run
// goes on in the background; see Work.
func (d *Desk) Begin(ctx context.Context, file, kindID string, s Settings) (id string, err error) {
	defer kernel.Wrap(&err, "intake.Begin(%q, %q)", file, kindID)
	kind, err := d.kind(kindID)
	if err != nil {
		return "", err
	}
	if err := d.may(ctx, "intake.run", kind); err != nil {
		return "", err
	}
	row, err := d.file(ctx, file)
	if err != nil {
		return "", err
	}
	if row.Owner != kernel.ActorOf(ctx).ID { // a mapping could lay personal data open
		return "", kernel.FieldFault("file", "intake.file_of_another")
	}
	table, err := d.header(row, kind, s)
	if err != nil {
		return "", err
	}
	if _, err := newParser(kind, s, table, d.Words); err != nil {
		return "", err
	}
	if !slices.Contains([]string{"", "fill", "later", "reject"}, s.Duplicates) {
		return "", kernel.FieldFault("duplicates", "intake.duplicates_unknown", s.Duplicates)
	}
	if _, err := options(kind, s.Options, d.Words); err != nil {
		return "", err
	}
	actor := kernel.ActorOf(ctx)
	run := runRow{Zone: actor.Zone, Kind: kind.ID, File: row.ID, FileName: row.Name, Settings: s, Head: table, Actor: actor,
		Unit: actor.Unit, Owner: actor.ID}
	defer d.wake()
	err = d.DB.Update(ctx, func(tx store.Tx) error {
		run.ID, run.StartedAt, run.Version = kernel.NewID(tx.Now), tx.Now.UnixMilli(), 0
		run.enter(Reading, tx)
		return d.record(ctx, tx, &run, "intake.started", map[string]any{"kind": kind.ID, "file": row.Name, "sha256": row.SHA256})
	})
	return run.ID, err
}

// header finds the table in a file.
func (d *Desk) header(row fileRow, kind Kind, s Settings) (t sheet.Table, err error) {
	book, err := d.open(row, s)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	t, err = book.Table(s.Sheet, sheet.Hint{HeaderRow: s.HeaderRow, HeaderRows: s.HeaderRows, Known: known(kind, d.Words)})
	for i := range t.Columns {
		t.Columns[i].Samples = nil
	}
	return t, err
}

// record journals what happened to run and saves it.
func (d *Desk) record(ctx context.Context, tx store.Tx, run *runRow, verb string, detail map[string]any) error {
	_, err := journal.Record(ctx, tx, journal.Act{Verb: verb, Object: "intake.run/" + run.ID, Detail: detail})
	if err != nil {
		return err
	}
	return run.save(ctx, tx)
}

// wake tells the worker that there is something to do. Call it after commit.
func (d *Desk) wake() {
	select {
	case d.poke <- struct{}{}:
	default:
	}
}

// command moves a run from one of the states in from, in a transaction.
func (d *Desk) command(ctx context.Context, id, perm string, from []State, do func(tx store.Tx, run *runRow) error) error {
	defer d.wake()
	return d.DB.Update(ctx, func(tx store.Tx) error {
		run, err := getRun(ctx, tx, id)
		if err != nil {
			return err
		}
		kind, err := d.kind(run.Kind)
		if err != nil {
			return err
		}
		if err := d.Gate.Require(ctx, kind.Perm); err != nil {
			return err
		}
		if err := d.Gate.Allow(ctx, tx, perm, resource(run.ID, run.Unit, run.Owner)); err != nil {
			return err
		}
		if !slices.Contains(from, run.State) {
			return kernel.Faultf(kernel.ErrConflict, "intake.state", words.Key("intake.state_"+string(run.State)))
		}
		run.Actor = kernel.ActorOf(ctx)
		return do(tx, &run)
	})
}

// Publish asks for a staged run to be made visible.
func (d *Desk) Publish(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "intake.Publish(%q)", id)
	return d.command(ctx, id, "intake.run", []State{Staged}, func(tx store.Tx, run *runRow) error {
		run.enter(Publishing, tx)
		run.Total = run.Counts.New + run.Counts.Changed
		return run.save(ctx, tx)
	})
}

// Recheck decides a staged run anew, after others changed what it is about.
func (d *Desk) Recheck(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "intake.Recheck(%q)", id)
	return d.command(ctx, id, "intake.run", []State{Staged}, func(tx store.Tx, run *runRow) error {
		if err := reopen(ctx, tx, run); err != nil {
			return err
		}
		return run.save(ctx, tx)
	})
}

// Cancel gives up a run that is not published.
func (d *Desk) Cancel(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "intake.Cancel(%q)", id)
	return d.command(ctx, id, "intake.run", []State{Reading, Deciding, Staged, Failed}, func(tx store.Tx, run *runRow) error {
		run.enter(Cancelled, tx)
		if err := clearRows(ctx, tx, run.ID, true); err != nil {
			return err
		}
		return d.record(ctx, tx, run, "intake.cancelled", nil)
	})
}

// Undo asks for a published run to be taken back.
func (d *Desk) Undo(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "intake.Undo(%q)", id)
	return d.command(ctx, id, "intake.undo", []State{Published}, func(tx store.Tx, run *runRow) error {
		run.enter(Undoing, tx)
		run.Total = run.Counts.New + run.Counts.Changed
		return run.save(ctx, tx)
	})
}
