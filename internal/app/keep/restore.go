package keep

import (
	"context"
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
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Return is what to bring back, and how.
type Return struct {
	File     string    // the backup
	Journal  string    // what Since wrote after it, "" for none
	Until    time.Time // with Journal: the moment to restore; zero for all of it
	NewKey   bool      // go on with a new signing key where the old one is lost
	Despite  bool      // keep what arrived as it left even if the journal finds fault with it
	Progress Progress
}

// Returned is what restoring came to.
type Returned struct {
	Head    backup.Head
	Zones   []Came
	Rows    int64
	Files   int64
	Totals  []backup.Total
	NewKey  bool
	Missing []string // files that the backup already lacked
}

// Came is a zone that has arrived.
type Came struct {
	backup.Zone                 // as it left
	Report      *journal.Report // the verification, at the size it left with
	Sealed      int64           // entries that had waited and were put into the tree on arrival
	Added       int64           // entries taken over from the journal that goes on
	Then        *journal.Report // the verification with them, nil without
	Later       []string        // objects with personal data erased after the moment: to be erased again
	Outside     int64           // size of the newest checkpoint kept outside, 0 for none; beyond Size what is between is lost
}

// End is the size of the zone's tree as it goes on.
func (c Came) End() int64 {
	if c.Then != nil {
		return c.Then.Size + c.Sealed
	}
	return c.Size + c.Sealed
}

// Restore brings the backup at o.File back as the installation at cfg, of which
// only the key file and checkpoints kept outside may be there already. When it
// fails the database is as empty as before, and no server starts on the folder.
func Restore(ctx context.Context, cfg app.Config, o Return) (r Returned, err error) {
	defer kernel.Wrap(&err, "keep.Restore(%q)", o.File)
	f, err := Check(o.File, o.Progress)
	if err != nil {
		return r, err
	}
	if f.Head.What != backup.Full {
		return r, kernel.Faultf(kernel.ErrInvalid, "backup.not_full", o.File)
	}
	tail, err := openTail(f, o)
	if err != nil {
		return r, err
	}
	if err := vacant(ctx, cfg); err != nil {
		return r, err
	}
	h := &homecoming{cfg: cfg, order: o, file: f, tail: tail, out: &r}
	if err := h.findKeys(); err != nil {
		return r, err
	}
	if err := backup.Mark(cfg.DataDir); err != nil {
		return r, err
	}
	arrived := false
	defer func() {
		if err != nil && !arrived {
			err = errors.Join(err, h.undo())
		}
	}()
	r.Head, r.Missing = f.Head, f.Manifest.Missing
	if h.saveKeys {
		if err := h.keys.Save(cfg.KeyFile); err != nil {
			return r, err
		}
	}
	err = store.Receive(ctx, storeConfig(cfg), store.Arriving{
		Steps: f.Head.Steps,
		Load:  func(a *store.Arrival) error { return h.load(ctx, a) },
		Check: func(a *store.Arrival) error { return h.check(ctx, a) },
	}, app.Migrations()...)
	if err != nil {
		return r, err
	}
	arrived = true // the rows are there: their files and the key stay
	return r, backup.Unmark(cfg.DataDir)
}

// Check reads the backup at path through and tells whether it is whole; it needs
// neither server nor database.
func Check(path string, p Progress) (*backup.File, error) {
	return backup.Open(path, func(done, all int64) { p.tell(StepCheck, done, all) })
}

// undo removes what a restoring that failed has put into the data folder, so that
// it can be begun anew, perhaps with another backup.
func (h *homecoming) undo() error {
	dir := h.cfg.DataDir
	err := errors.Join(os.RemoveAll(filepath.Join(dir, "files")), os.RemoveAll(filepath.Join(dir, "imports")))
	if h.saveKeys {
		if gone := os.Remove(h.cfg.KeyFile); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	return errors.Join(err, backup.Unmark(dir))
}

// vacant refuses an installation that is already there, unless it is what an
// earlier try left behind when it was killed.
func vacant(ctx context.Context, cfg app.Config) error {
	if err := store.Vacant(ctx, storeConfig(cfg)); err != nil {
		return err
	}
	if backup.Marked(cfg.DataDir) {
		return nil
	}
	for _, name := range []string{"files", "imports"} {
		err := filepath.WalkDir(filepath.Join(cfg.DataDir, name), func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && e.Type().IsRegular() {
				return kernel.Faultf(kernel.ErrConflict, "backup.not_vacant", filepath.Join(cfg.DataDir, name))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// homecoming is one restoring.
type homecoming struct {
	cfg      app.Config
	order    Return
	file     *backup.File
	tail     *backup.File // nil for none
	out      *Returned
	keys     *journal.Keys
	saveKeys bool
}

// findKeys settles which keys the installation goes on with: the key file that is
// there, that in the backup, or, when asked for, a new one. Without any it would
// start with one that nobody knows, and no checkpoint of the past would verify.
func (h *homecoming) findKeys() error {
	public, secret, err := h.keysIn()
	if err != nil {
		return err
	}
	own, err := journal.ReadKeys(h.cfg.KeyFile)
	switch {
	case err == nil && own.Continues(public):
		h.keys = own
		return nil
	case err == nil:
		return kernel.Faultf(kernel.ErrConflict, "backup.other_key", h.cfg.KeyFile)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	h.saveKeys = true
	switch {
	case secret != nil:
		h.keys = secret
	case h.order.NewKey:
		h.keys, h.out.NewKey = public.Renewed(now(h.cfg)), true
	default:
		return kernel.Faultf(kernel.ErrInvalid, "backup.no_key", h.cfg.KeyFile)
	}
	return nil
}

// keysIn reads the keys in the backup; secret is nil when it has only the public
// halves.
func (h *homecoming) keysIn() (public, secret *journal.Keys, err error) {
	if public, err = journal.ParseKeys(h.file.Keys); err == nil && h.file.KeyFile != nil {
		secret, err = journal.ParseKeys(h.file.KeyFile)
	}
	return public, secret, err
}

// batch is how many rows go to the database together.
const batch = 512

// load fills the database and the data folder and compares the rows with what
// the manifest says of them.
func (h *homecoming) load(ctx context.Context, a *store.Arrival) error {
	for _, s := range h.file.Head.Shapes {
		if err := a.Fits(s); err != nil {
			return err
		}
	}
	p := &pouring{ctx: ctx, into: a}
	err := h.file.Each(func(done, all int64) { h.order.Progress.tell(StepLoad, done, all) }, p.add, h.part)
	if err := errors.Join(err, p.flush()); err != nil {
		return err
	}
	m := h.file.Manifest
	tables, seen, err := count(ctx, a.Reading, h.file.Head.Zones, h.file.Head.Shapes, nil, func(rows int64) { h.order.Progress.tell(StepCompare, rows, p.rows) })
	if err != nil {
		return err
	}
	h.out.Rows, h.out.Totals = seen.rows, seen.list()
	return alike(m.Tables, tables, m.Totals, h.out.Totals)
}

// pouring puts rows into a database, a few hundred together.
type pouring struct {
	ctx   context.Context
	into  *store.Arrival
	shape store.Shape
	batch [][]any
	rows  int64
}

func (p *pouring) add(_ string, s store.Shape, values []any) error {
	if s.Table != p.shape.Table || len(p.batch) == batch {
		if err := p.flush(); err != nil {
			return err
		}
	}
	p.shape, p.batch = s, append(p.batch, values)
	p.rows++
	return nil
}

func (p *pouring) flush() error {
	if len(p.batch) == 0 {
		return nil
	}
	err := p.into.Put(p.ctx, p.shape, p.batch)
	p.batch = nil
	return err
}

// part puts a file where it belongs.
func (h *homecoming) part(name string, _ int64, r io.Reader) error {
	at := place(name)
	if at == "" {
		return fmt.Errorf("%q is no part of an installation", name)
	}
	h.out.Files++
	return writeFile(filepath.Join(h.cfg.DataDir, at), r)
}

// check verifies every zone as it left, takes over what came after, and puts into
// the trees what had waited.
func (h *homecoming) check(ctx context.Context, a *store.Arrival) error {
	for i, z := range h.file.Head.Zones {
		h.order.Progress.tell(StepVerify, int64(i), int64(len(h.file.Head.Zones)))
		came, err := arrived(ctx, a, z, h.keys, time.UnixMilli(h.file.Head.At))
		if err != nil {
			return err
		}
		if !came.Report.OK() && !h.order.Despite {
			return kernel.Faultf(kernel.ErrConflict, "backup.findings", z.ID, came.Report.Total, findings(came.Report))
		}
		if came.Outside, err = journal.OutsideSize(h.cfg.CheckpointDir, z.ID, h.keys); err != nil {
			return err
		}
		h.out.Zones = append(h.out.Zones, came)
	}
	if h.tail != nil {
		if err := h.goOn(ctx, a); err != nil {
			return err
		}
	}
	return h.seal(ctx, a)
}

// seal puts what had waited into the trees, in the name of the installation that
// goes on.
func (h *homecoming) seal(ctx context.Context, a *store.Arrival) error {
	for i := range h.out.Zones {
		tx, err := a.In(ctx, h.out.Zones[i].ID)
		if err != nil {
			return err
		}
		if h.out.Zones[i].Sealed, err = journal.Seal(ctx, tx, h.keys); err != nil {
			return err
		}
	}
	return nil
}

// arrived verifies a zone as it stood at the instant at, when it left as z.
func arrived(ctx context.Context, a *store.Arrival, z backup.Zone, keys *journal.Keys, at time.Time) (Came, error) {
	tx, err := a.In(ctx, z.ID)
	if err != nil {
		return Came{}, err
	}
	tx.Now = at // what waited for its place then has not waited since
	rep, err := journal.VerifyIn(ctx, tx, keys, app.Tables())
	if err != nil {
		return Came{}, err
	}
	if rep.Entries != z.Entries || rep.Size != z.Size || rep.Root != z.Root {
		return Came{}, fmt.Errorf("zone %s left with %d entries and the root %s of %d, and arrived with %d and %s of %d", z.ID, z.Entries, z.Root, z.Size, rep.Entries, rep.Root, rep.Size)
	}
	return Came{Zone: z, Report: rep}, nil
}

// findings says in a line what the first of r's findings are about.
func findings(r *journal.Report) string {
	var out []string
	for _, f := range r.Findings[:min(3, len(r.Findings))] {
		out = append(out, strings.TrimSpace(f.Kind+" "+f.Table+" "+f.Key+" "+f.Entry))
	}
	return strings.Join(out, "; ")
}
