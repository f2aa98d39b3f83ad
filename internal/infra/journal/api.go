package journal

import (
	"context"
	"embed"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Words are the package's texts.
//
//go:embed words
var Words embed.FS

// Migrations are the package's tables.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Reader refuses an object that the context's actor may not read. A context
// supplies one for its objects, so that those who may read an object may also
// have its acts proved.
type Reader func(ctx context.Context, tx store.Tx, id string) error

// Veil takes out of entries what the context's actor may not read of them though
// they may read the object they are about. A context supplies one for its acts
// on things of other contexts.
type Veil func(ctx context.Context, tx store.Tx, entries []Entry) error

// Desk is where the journal is read, proved and verified.
type Desk struct {
	db      *store.DB
	keys    *Keys
	dir     string
	tables  []store.Row
	require func(ctx context.Context, perm string) error
	readers map[string]Reader
	busy    sync.Mutex // one verification at a time
}

// NewDesk returns the desk; dir is the outside checkpoint folder, "" for none,
// tables holds one zero row of every business table, require tells whether the
// context's actor has a permission, readers are by kind of object
// ("pipeline.project").
func NewDesk(db *store.DB, keys *Keys, dir string, tables []store.Row, require func(ctx context.Context, perm string) error, readers map[string]Reader) *Desk {
	return &Desk{db: db, keys: keys, dir: dir, tables: tables, require: require, readers: readers}
}

// Routes opens the journal's API.
func (d *Desk) Routes(door *httpapi.Door) {
	httpapi.Handle(door, httpapi.Route{Method: http.MethodGet, Path: "/journal", Perm: "journal.read", Tag: "journal"}, d.list)
	httpapi.Handle(door, httpapi.Route{Method: http.MethodGet, Path: "/journal/{id}", Perm: "journal.read", Tag: "journal"}, d.get)
	httpapi.Handle(door, httpapi.Route{Method: http.MethodGet, Path: "/journal/{id}/proof", Perm: "journal.prove", Tag: "journal"}, d.proof)
	httpapi.Handle(door, httpapi.Route{Method: http.MethodGet, Path: "/journal/checkpoint", Perm: "journal.prove", Tag: "journal"}, d.checkpoint)
	httpapi.Handle(door, httpapi.Route{Method: http.MethodGet, Path: "/journal/consistency", Perm: "journal.prove", Tag: "journal"}, d.consistency)
	httpapi.Download(door, httpapi.Route{Method: http.MethodGet, Path: "/journal/bundle", Perm: "journal.read", Tag: "journal", Cost: 20}, "application/zip", d.bundle)
	d.tileRoutes(door)
	httpapi.Handle(door, httpapi.Route{Method: http.MethodPost, Path: "/journal/verify", Perm: "journal.verify", Tag: "journal"}, d.verify)
}

type listInput struct {
	Object string `query:"object" maxLength:"200" doc:"kind and id, pipeline.project/…"`
	Actor  string `query:"actor" maxLength:"64" doc:"account id"`
	Verb   string `query:"verb" maxLength:"64" doc:"pipeline.advanced, or pipeline. for the whole context"`
	From   int64  `query:"from" minimum:"0" doc:"ms UTC, inclusive"`
	Until  int64  `query:"until" minimum:"0" doc:"ms UTC, exclusive"`
	httpapi.Page
}

type listOutput struct{ Body httpapi.List[Entry] }

func (d *Desk) list(ctx context.Context, in *listInput) (*listOutput, error) {
	f := Filter{Object: in.Object, Actor: in.Actor, Verb: in.Verb, From: in.From, Until: in.Until}
	out := &listOutput{}
	err := d.db.View(ctx, func(tx store.Tx) (err error) {
		out.Body, err = PageOf(f, in.Page, func(p Page) ([]Entry, error) { return List(ctx, tx, f, p) })
		return err
	})
	return out, err
}

// PageOf returns one page of f's entries, newest first, with the cursor of the
// next: for every list of entries that a context shows. read reads what is
// before a place in f's list.
func PageOf(f Filter, p httpapi.Page, read func(Page) ([]Entry, error)) (l httpapi.List[Entry], err error) {
	query := []string{f.Object, f.Actor, f.Verb, strconv.FormatInt(f.From, 10), strconv.FormatInt(f.Until, 10)}
	var end position
	if _, err := httpapi.DecodeCursor(p.Cursor, &end, query...); err != nil {
		return l, err
	}
	if p.Limit == 0 {
		p.Limit = httpapi.DefaultPage
	}
	items, err := read(Page{Before: end.Ord, BeforeID: end.ID, Limit: p.Limit + 1})
	if err != nil {
		return l, err
	}
	items, more := httpapi.NextPage(items, p.Limit)
	if more {
		last := items[len(items)-1]
		l.NextCursor, err = httpapi.EncodeCursor(position{last.Ord, last.ID}, query...)
	}
	l.Items = append([]Entry{}, items...)
	return l, err
}

// position is where a page of entries ended.
type position struct {
	Ord int64  `json:"ord"`
	ID  string `json:"id"`
}

type idInput struct {
	ID string `path:"id" maxLength:"64"`
}

type entryOutput struct{ Body Entry }

func (d *Desk) get(ctx context.Context, in *idInput) (*entryOutput, error) {
	out := &entryOutput{}
	err := d.db.View(ctx, func(tx store.Tx) (err error) {
		out.Body, err = Get(ctx, tx, in.ID)
		return err
	})
	return out, err
}

type proofOutput struct{ Body Proof }

func (d *Desk) proof(ctx context.Context, in *idInput) (*proofOutput, error) {
	out := &proofOutput{}
	err := d.db.View(ctx, func(tx store.Tx) (err error) {
		if err := d.mayProve(ctx, tx, in.ID); err != nil {
			return err
		}
		out.Body, err = Prove(ctx, tx, d.keys, in.ID)
		return err
	})
	return out, err
}

// mayProve lets those prove an entry who may read the journal or the entry's
// object; for others it is not there.
func (d *Desk) mayProve(ctx context.Context, tx store.Tx, id string) error {
	if d.require(ctx, "journal.read") == nil {
		return nil
	}
	r, err := get(ctx, tx, id)
	if err != nil {
		return err
	}
	kind, object, _ := strings.Cut(r.Object, "/")
	if read, ok := d.readers[kind]; ok && read(ctx, tx, object) == nil {
		return nil
	}
	return kernel.Faultf(kernel.ErrNotFound, "store.not_found")
}

// headOutput is the newest checkpoint with the keys that verify it.
type headOutput struct {
	Body struct {
		Checkpoint
		Keys     []string `json:"keys" doc:"verifier keys, oldest first"`
		WindowMS int64    `json:"window_ms" doc:"within this time of its commit an entry gets its place in the tree"`
	}
}

func (d *Desk) checkpoint(ctx context.Context, _ *struct{}) (*headOutput, error) {
	out := &headOutput{}
	err := d.db.View(ctx, func(tx store.Tx) (err error) {
		out.Body.Checkpoint, err = Head(ctx, tx)
		out.Body.Keys = d.keys.VerifierKeys(tx.Zone)
		out.Body.WindowMS = Window.Milliseconds()
		return err
	})
	return out, err
}

type reportOutput struct{ Body *Report }

func (d *Desk) verify(ctx context.Context, _ *struct{}) (*reportOutput, error) {
	if !d.busy.TryLock() {
		return nil, kernel.Faultf(kernel.ErrConflict, "journal.verify_busy")
	}
	defer d.busy.Unlock()
	rep, err := Verify(ctx, d.db, d.keys, d.dir, d.tables)
	return &reportOutput{rep}, err
}

type consistencyInput struct {
	From int64 `query:"from" required:"true" minimum:"1" doc:"leaves in the older tree"`
	To   int64 `query:"to" required:"true" minimum:"1" doc:"leaves in the newer tree"`
}

type consistencyOutput struct{ Body Consistency }

func (d *Desk) consistency(ctx context.Context, in *consistencyInput) (*consistencyOutput, error) {
	out := &consistencyOutput{}
	err := d.db.View(ctx, func(tx store.Tx) (err error) {
		out.Body, err = ProveConsistency(ctx, tx, d.keys, in.From, in.To)
		return err
	})
	return out, err
}

type bundleInput struct {
	From int64 `query:"from" minimum:"0" doc:"first leaf; the size of a checkpoint verified before"`
}

// bundle sends the log with every open body: what its reader may read entry by
// entry. That it was taken away is an act of its own.
func (d *Desk) bundle(ctx context.Context, in *bundleInput) (*httpapi.Saved, error) {
	zone, size := kernel.ActorOf(ctx).Zone, int64(0)
	err := d.db.Update(ctx, func(tx store.Tx) (err error) {
		if size, err = treeSize(ctx, tx); err != nil {
			return err
		}
		if size == 0 || in.From > size {
			return kernel.Faultf(kernel.ErrConflict, "journal.export_from", in.From, size)
		}
		_, err = Record(ctx, tx, Act{Verb: "journal.exported", Object: "journal.log/" + zone, Detail: map[string]any{"from": in.From, "size": size}})
		return err
	})
	if err != nil {
		return nil, err
	}
	write := func(ctx context.Context, w io.Writer) error {
		_, err := Export(ctx, d.db, d.keys, Choice{From: in.From, Bodies: []string{""}}, w)
		return err
	}
	return &httpapi.Saved{Name: fmt.Sprintf("%s-%d.audit.zip", zone, size), Kind: "application/zip", Write: write}, nil
}
