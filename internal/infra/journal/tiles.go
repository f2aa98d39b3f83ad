package journal

import (
	"context"
	"encoding/binary"
	"io"
	"net/http"

	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Tiles of a log are 256 hashes or entries wide (C2SP tlog-tiles).
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// What never changes may be kept by the reader alone: others need a permission
// of their own.
const forever = "private, max-age=31536000, immutable"

// tileRoutes opens each zone's log as C2SP tlog-tiles. The hashes tell nothing;
// the entries tell who did what to which object, without a word of business.
func (d *Desk) tileRoutes(door *httpapi.Door) {
	httpapi.Download(door, httpapi.Route{Method: http.MethodGet, Path: "/tiles/{zone}/checkpoint", Perm: "journal.prove", Tag: "journal"}, "text/plain; charset=utf-8", d.tileHead)
	httpapi.Download(door, httpapi.Route{Method: http.MethodGet, Path: "/tiles/{zone}/tile/{path}", Perm: "journal.prove", Tag: "journal", Rest: true}, "application/octet-stream", d.hashTile)
	httpapi.Download(door, httpapi.Route{Method: http.MethodGet, Path: "/tiles/{zone}/tile/entries/{path}", Perm: "journal.read", Tag: "journal", Rest: true}, "application/octet-stream", d.entryTile)
}

type headInput struct {
	Zone string `path:"zone" maxLength:"64"`
}

type tileInput struct {
	Zone string `path:"zone" maxLength:"64"`
	Path string `path:"path" maxLength:"64" doc:"level and place of the tile as C2SP tlog-tiles writes them: 0/x001/067 or 0/000.p/13"`
}

type entriesInput struct {
	Zone string `path:"zone" maxLength:"64"`
	Path string `path:"path" maxLength:"64" doc:"place of the tile as C2SP tlog-tiles writes it: x001/067 or 000.p/13"`
}

// own looks into the log of the actor's zone; another one is not there.
func (d *Desk) own(ctx context.Context, zone string, fn func(tx store.Tx) error) error {
	return d.db.View(ctx, func(tx store.Tx) error {
		if zone != tx.Zone {
			return kernel.Faultf(kernel.ErrNotFound, "store.not_found")
		}
		return fn(tx)
	})
}

// whole is a small file that is sent at once.
func whole(b []byte, kind, cache string) *httpapi.Saved {
	return &httpapi.Saved{Kind: kind, Cache: cache, Write: func(_ context.Context, w io.Writer) error {
		_, err := w.Write(b)
		return err
	}}
}

func (d *Desk) tileHead(ctx context.Context, in *headInput) (*httpapi.Saved, error) {
	var head Checkpoint
	err := d.own(ctx, in.Zone, func(tx store.Tx) (err error) {
		head, err = Head(ctx, tx)
		return err
	})
	return whole([]byte(head.Note), "text/plain; charset=utf-8", ""), err
}

func (d *Desk) hashTile(ctx context.Context, in *tileInput) (*httpapi.Saved, error) {
	t, named := tileAt(hashTiles, in.Path)
	return d.tile(ctx, in.Zone, t, named, hashesOf)
}

func (d *Desk) entryTile(ctx context.Context, in *entriesInput) (*httpapi.Saved, error) {
	t, named := tileAt(entryTiles, in.Path)
	return d.tile(ctx, in.Zone, t, named, leavesOf)
}

// What x/mod's names of tiles begin with.
const (
	hashTiles  = "tile/8/"
	entryTiles = "tile/8/data/"
)

// tileAt reads the name of a tile of kind, which has only one.
func tileAt(kind, path string) (t tlog.Tile, named bool) {
	t, err := tlog.ParseTilePath(kind + path)
	return t, err == nil && (t.L < 0) == (kind == entryTiles)
}

// tile sends t, if its name was one at all.
func (d *Desk) tile(ctx context.Context, zone string, t tlog.Tile, named bool, read func(context.Context, store.Tx, tlog.Tile) ([]byte, error)) (*httpapi.Saved, error) {
	var data []byte
	err := d.own(ctx, zone, func(tx store.Tx) error {
		size, err := treeSize(ctx, tx)
		if err != nil {
			return err
		}
		if !named || !within(t, size) {
			return kernel.Faultf(kernel.ErrNotFound, "journal.no_tile")
		}
		data, err = read(ctx, tx, t)
		return err
	})
	cache := ""
	if t.W == tileWidth {
		cache = forever
	}
	return whole(data, "application/octet-stream", cache), err
}

// within reports whether a tree of size leaves has all of t.
func within(t tlog.Tile, size int64) bool {
	if t.L > 63/tileHeight {
		return false
	}
	have := size >> (tileHeight * max(t.L, 0)) // whole subtrees of t's level
	return t.N <= have/tileWidth && t.N*tileWidth+int64(t.W) <= have
}

// hashesOf is the content of a tile of hashes.
func hashesOf(ctx context.Context, tx store.Tx, t tlog.Tile) ([]byte, error) {
	return tlog.ReadTileData(t, &tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}})
}

// leafRow is what of an entry is in its leaf.
type leafRow struct {
	Zone        string `db:"zone,key"`
	ID          string `db:"id,key"`
	Ord         int64  `db:"ord"`
	Seq         int64  `db:"seq"`
	At          int64  `db:"at"`
	Actor       string `db:"actor"`
	Verb        string `db:"verb"`
	Object      string `db:"object"`
	BodyHash    string `db:"body_hash"`
	PrivateHash string `db:"private_hash"`
}

// Table names the table of entries.
func (leafRow) Table() string { return "journal_entries" }

// leavesOf is the content of a tile of entries: each leaf's text behind its
// length in two bytes.
func leavesOf(ctx context.Context, tx store.Tx, t tlog.Tile) (data []byte, err error) {
	begin := t.N * tileWidth
	next := begin
	err = store.Each(ctx, tx, `WHERE zone = $1 AND seq >= $2 AND seq < $3 ORDER BY seq`, []any{tx.Zone, begin, begin + int64(t.W)}, func(r leafRow) error {
		text := entryRow{Zone: r.Zone, ID: r.ID, Ord: r.Ord, At: r.At, Actor: r.Actor, Verb: r.Verb, Object: r.Object, BodyHash: r.BodyHash, PrivateHash: r.PrivateHash}.leafText()
		if r.Seq != next || len(text) > 1<<16-1 {
			return kernel.Faultf(kernel.ErrNotFound, "journal.no_tile") // an entry was removed: verification names it
		}
		next++
		data = append(binary.BigEndian.AppendUint16(data, uint16(len(text))), text...)
		return nil
	})
	if err == nil && next != begin+int64(t.W) {
		err = kernel.Faultf(kernel.ErrNotFound, "journal.no_tile")
	}
	return data, err
}
