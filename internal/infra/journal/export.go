package journal

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// exportPage is how many entries an export reads in one moment: a slow reader
// must not hold a snapshot of the database.
const exportPage = 500

// exporter writes one bundle.
type exporter struct {
	db       *store.DB
	choice   Choice
	zip      *zip.Writer
	m        Manifest
	erased   map[string]bool // acts of erasing that the erased entries need
	erasures map[string]bool // acts of erasing among the entries
}

// Export writes a bundle of the context's zone to w as it goes, so that memory
// does not grow with the log. Nothing is written before the first thing that can
// fail for the caller's fault. A log in which nothing has been sequenced, or not
// as much as From, is refused.
func Export(ctx context.Context, db *store.DB, keys *Keys, c Choice, w io.Writer) (m Manifest, err error) {
	defer kernel.Wrap(&err, "journal.Export")
	zone := kernel.ActorOf(ctx).Zone
	e := &exporter{db: db, choice: c, zip: zip.NewWriter(w), erased: map[string]bool{}, erasures: map[string]bool{}}
	e.m = Manifest{Format: bundleFormat, Zone: zone, Origin: keys.Name(zone), From: c.From, Private: c.Private}
	peaks, err := e.begin(ctx)
	if err != nil {
		return m, err
	}
	if err := e.text(bundleKeys, strings.Join(keys.VerifierKeys(zone), "\n")+"\n"); err != nil {
		return m, err
	}
	if err := e.text(bundlePeaks, peaks); err != nil {
		return m, err
	}
	for _, step := range []func(context.Context) error{e.checkpoints, e.entries, e.pending, e.end} {
		if err := step(ctx); err != nil {
			return m, err
		}
	}
	return e.m, nil
}

// begin settles up to where the bundle goes, and returns the tree before From.
func (e *exporter) begin(ctx context.Context) (peaks string, err error) {
	err = e.db.View(ctx, func(tx store.Tx) error {
		head, err := Head(ctx, tx)
		if err != nil || e.m.From < 0 || e.m.From > head.Size {
			return kernel.Faultf(kernel.ErrConflict, "journal.export_from", e.m.From, head.Size)
		}
		root, err := head.Root()
		if err != nil {
			return err
		}
		e.m.At, e.m.Size, e.m.Root = tx.Now.UnixMilli(), head.Size, root.String()
		_, stored := peakLevels(e.m.From)
		hashes, err := (&tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}).ReadHashes(stored)
		peaks = ""
		for _, h := range hashes {
			peaks += h.String() + "\n"
		}
		return err
	})
	return peaks, err
}

// text writes a whole file of the bundle.
func (e *exporter) text(name, content string) error {
	f, err := e.zip.Create(name)
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	return err
}

// checkpoints writes those from From to Size.
func (e *exporter) checkpoints(ctx context.Context) error {
	f, err := e.zip.Create(bundleCheckpoints)
	if err != nil {
		return err
	}
	for next := max(e.m.From, 1); next <= e.m.Size; {
		var page []Checkpoint
		err := e.db.View(ctx, func(tx store.Tx) (err error) {
			page, err = store.Select[Checkpoint](ctx, tx, `WHERE zone = $1 AND size >= $2 AND size <= $3 ORDER BY size LIMIT $4`, tx.Zone, next, e.m.Size, int64(exportPage))
			return err
		})
		if err != nil || len(page) == 0 {
			return err
		}
		for _, c := range page {
			if _, err := io.WriteString(f, c.Note+"\n"); err != nil {
				return err
			}
		}
		next = page[len(page)-1].Size + 1
		e.m.Checkpoints += int64(len(page))
	}
	return nil
}

// entries writes a line for each leaf.
func (e *exporter) entries(ctx context.Context) error {
	f, err := e.zip.Create(bundleEntries)
	if err != nil {
		return err
	}
	for next := e.m.From; next < e.m.Size; {
		var page []entryRow
		err := e.db.View(ctx, func(tx store.Tx) (err error) {
			page, err = store.Select[entryRow](ctx, tx, `WHERE zone = $1 AND seq >= $2 AND seq < $3 ORDER BY seq LIMIT $4`, tx.Zone, next, e.m.Size, int64(exportPage))
			return err
		})
		if err != nil || len(page) == 0 {
			return err // what is missing is for the check to name
		}
		for _, r := range page {
			if err := e.entry(f, r); err != nil {
				return err
			}
		}
		next = *page[len(page)-1].Seq + 1
	}
	return nil
}

// entry writes and counts one line.
func (e *exporter) entry(w io.Writer, r entryRow) error {
	d := e.choice.disclose(r)
	if d.Body != "" {
		e.m.Bodies++
	}
	if d.Private != "" {
		e.m.Privates++
	}
	if d.ErasedAt != nil {
		e.m.Erased++
		e.erased[erasure(r.Object, *d.ErasedAt)] = true
	}
	if erases(r.Verb) {
		e.erasures[erasure(r.Object, r.At)] = true
	}
	line, err := marshal(d)
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}

// pending notes the acts of erasing that are recorded but stand behind the last
// checkpoint of the bundle.
func (e *exporter) pending(ctx context.Context) error {
	maps.DeleteFunc(e.erased, func(act string, _ bool) bool { return e.erasures[act] })
	for _, act := range slices.Sorted(maps.Keys(e.erased)) {
		var object string
		var at int64
		if _, err := fmt.Sscan(act, &object, &at); err != nil {
			continue // an object no act has: the check names it
		}
		err := e.db.View(ctx, func(tx store.Tx) error {
			n, err := store.Count(ctx, tx, `SELECT count(*) FROM journal_entries WHERE zone = $1 AND object = $2 AND at = $3 AND verb LIKE '%.erased' AND (seq IS NULL OR seq >= $4)`,
				tx.Zone, object, at, e.m.Size)
			if n > 0 {
				e.m.Erasing = append(e.m.Erasing, act)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// end writes the manifest, whose counts are only now known.
func (e *exporter) end(context.Context) error {
	b, err := json.MarshalIndent(e.m, "", "  ")
	if err != nil {
		return err
	}
	if err := e.text(bundleManifest, string(b)+"\n"); err != nil {
		return err
	}
	return e.zip.Close()
}
