package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/grams"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// overdue is how old an entry may be that has no place in the tree yet. An entry
// bears the time its transaction began, and publishing a large register takes
// minutes on a slow machine; the window begins only then.
const overdue = 10 * time.Minute

// Finding is one thing that is not as it was recorded.
type Finding struct {
	Kind   string   `json:"kind" enum:"entry_changed,entry_removed,entry_moved,entry_added,entry_late,tree_changed,checkpoint_invalid,checkpoint_mismatch,outside_mismatch,row_changed,row_missing,row_extra,tally_wrong,search_wrong"`
	Entry  string   `json:"entry,omitempty" doc:"id of the entry concerned, or the last entry about the row"`
	Seq    *int64   `json:"seq,omitempty" doc:"its index in the tree, or the size of the checkpoint"`
	Object string   `json:"object,omitempty"`
	Table  string   `json:"table,omitempty"`
	Key    string   `json:"key,omitempty"`
	Fields []string `json:"fields,omitempty" doc:"columns that differ"`
	Note   string   `json:"note,omitempty"`
}

// Report is the outcome of a verification.
type Report struct {
	Zone        string    `json:"zone"`
	At          int64     `json:"at" doc:"ms UTC, when verification began"`
	Entries     int64     `json:"entries"`
	Waiting     int64     `json:"waiting" doc:"entries younger than the window, not yet in the tree"`
	Erased      int64     `json:"erased" doc:"entries whose private body was lawfully erased"`
	Rows        int64     `json:"rows" doc:"business rows compared"`
	Checkpoints int64     `json:"checkpoints"`
	Outside     int64     `json:"outside" doc:"checkpoints found in the outside folder"`
	Size        int64     `json:"size" doc:"leaves in the tree"`
	Root        string    `json:"root" doc:"base64 root recomputed from the entries"`
	Findings    []Finding `json:"findings" doc:"empty when everything is as recorded; at most 200"`
	Total       int64     `json:"total_findings"`
	TookMS      int64     `json:"took_ms"`
}

// OK reports whether everything is as it was recorded.
func (r *Report) OK() bool { return r.Total == 0 }

func (r *Report) found(f Finding) {
	r.Total++
	if len(r.Findings) < 200 {
		r.Findings = append(r.Findings, f)
	}
}

// last is the state of a row after the newest entry about it.
type last struct {
	entry        string
	gone         bool
	open, closed [32]byte // closed of a row that held nothing private is zero
	closedKnown  bool     // false once the private body is erased
}

type verifier struct {
	ctx    context.Context
	tx     store.Tx
	keys   *Keys
	rep    *Report
	rows   map[string]map[string]last // table → key → state
	hashes memory                     // the tree recomputed over leaves
	leaves []tlog.Hash                // stored leaf hashes by index
	index  map[tlog.Hash]int64        // stored leaf hash → index
	seen   []bool                     // stored leaf → some entry has that hash, or stands in its place

	notes   []string                              // the stored checkpoints
	erased  []erased                              // entries without their private body
	nothing map[string]map[string]json.RawMessage // table → its columns when they hold nothing

	erasures map[string]int64 // object and time of an act of erasing → its place among the entries
}

// erased is an entry whose private body was erased, and what must have been
// recorded for that: an act on the same object at the same instant, later in
// the order.
type erased struct {
	by    string // key of erasures
	place int64
	found Finding // if it was not
}

// memory is a recomputed tree.
type memory []tlog.Hash

// ReadHashes implements tlog.HashReader.
func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		if idx >= int64(len(m)) {
			return nil, fmt.Errorf("hash %d is past the tree", idx)
		}
		out[i] = m[idx]
	}
	return out, nil
}

// Verify re-hashes every entry of the context's zone, rebuilds the tree,
// checks every checkpoint's signature and root (also those in dir, unless
// dir is ""), and compares every row of tables with its last journaled state.
// tables holds one zero row for each business table. What is wrong is named in
// the report; an error means only that verification could not be done.
func Verify(ctx context.Context, db *store.DB, keys *Keys, dir string, tables []store.Row) (rep *Report, err error) {
	defer kernel.Wrap(&err, "journal.Verify")
	begin := time.Now()
	// Read first: a head is kept outside only after its commit, so whatever is
	// there now the snapshot has too.
	kept, err := keptOutside(dir, kernel.ActorOf(ctx).Zone)
	if err != nil {
		return nil, err
	}
	err = db.View(ctx, func(tx store.Tx) error {
		rep, err = verify(ctx, tx, keys, dir, kept, tables)
		return err
	})
	if rep != nil {
		rep.TookMS = time.Since(begin).Milliseconds()
	}
	return rep, err
}

// VerifyIn is Verify for rows that are not committed yet, as those of a restored
// backup, and without checkpoints kept outside.
func VerifyIn(ctx context.Context, tx store.Tx, keys *Keys, tables []store.Row) (rep *Report, err error) {
	defer kernel.Wrap(&err, "journal.VerifyIn")
	return verify(ctx, tx, keys, "", "", tables)
}

func verify(ctx context.Context, tx store.Tx, keys *Keys, dir, kept string, tables []store.Row) (rep *Report, err error) {
	rep = &Report{Zone: tx.Zone, At: tx.Now.UnixMilli(), Findings: []Finding{}}
	v := &verifier{ctx: ctx, tx: tx, keys: keys, rep: rep, rows: map[string]map[string]last{}, erasures: map[string]int64{}}
	if v.nothing, err = zeros(tables); err != nil {
		return nil, err
	}
	for _, step := range []func() error{v.loadLeaves, v.entries, v.unlawful, v.removed, v.tree, v.checkpoints} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := v.outside(dir, kept); err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := v.table(t); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

// loadLeaves reads the stored leaf hashes.
func (v *verifier) loadLeaves() error {
	size, err := treeSize(v.ctx, v.tx)
	if err != nil {
		return err
	}
	stored, err := store.Count(v.ctx, v.tx, `SELECT count(*) FROM journal_hashes WHERE zone = $1`, v.tx.Zone)
	if err != nil {
		return err
	}
	if size > stored { // a tree has more nodes than leaves
		v.rep.found(Finding{Kind: "tree_changed", Note: fmt.Sprintf("%d nodes for %d leaves", stored, size)})
		for size = stored / 2; tlog.StoredHashCount(size+1) <= stored; {
			size++
		}
	}
	v.rep.Size = size
	v.leaves, v.seen, v.index = make([]tlog.Hash, size), make([]bool, size), make(map[tlog.Hash]int64, size)
	return store.Each(v.ctx, v.tx, `WHERE zone = $1 ORDER BY idx`, []any{v.tx.Zone}, func(h hashRow) error {
		if h.Idx < 0 || h.Idx >= tlog.StoredHashCount(size) {
			return nil // named by tree
		}
		level, n := tlog.SplitStoredHashIndex(h.Idx)
		if level == 0 && len(h.Hash) == tlog.HashSize {
			v.leaves[n] = tlog.Hash(h.Hash)
			v.index[v.leaves[n]] = n
		}
		return nil
	})
}

// entries re-hashes the entries and folds their images.
func (v *verifier) entries() error {
	return store.Each(v.ctx, v.tx, `WHERE zone = $1 ORDER BY CASE WHEN seq IS NULL THEN 1 ELSE 0 END, seq, ord, id`, []any{v.tx.Zone}, func(r entryRow) error {
		v.rep.Entries++
		v.commitments(r)
		if r.Seq != nil {
			v.place(r)
		} else {
			v.rep.Waiting++
			if v.tx.Now.UnixMilli()-r.At > overdue.Milliseconds() {
				v.rep.found(Finding{Kind: "entry_late", Entry: r.ID, Object: r.Object})
			}
		}
		if r.ErasedAt != nil {
			v.rep.Erased++
			v.erased = append(v.erased, erased{erasure(r.Object, *r.ErasedAt), v.rep.Entries, Finding{Kind: "entry_changed", Entry: r.ID, Seq: r.Seq,
				Object: r.Object, Fields: []string{"private"}, Note: "no act of erasing was recorded for it"}})
		}
		if erases(r.Verb) {
			v.erasures[erasure(r.Object, r.At)] = v.rep.Entries
		}
		v.fold(r)
		return nil
	})
}

func erasure(object string, at int64) string { return fmt.Sprintf("%s %d", object, at) }

// erases reports whether an act of verb is one of erasing.
func erases(verb string) bool { return strings.HasSuffix(verb, ".erased") }

// unlawful names the entries whose private body is gone without an act that
// erased it: that is how a change to a private field would be hidden.
func (v *verifier) unlawful() error {
	for _, e := range v.erased {
		if v.erasures[e.by] <= e.place {
			v.rep.found(e.found)
		}
	}
	return nil
}

// commitments checks the bodies of r against their commitments.
func (v *verifier) commitments(r entryRow) {
	bad := func(what string) {
		v.rep.found(Finding{Kind: "entry_changed", Entry: r.ID, Seq: r.Seq, Object: r.Object, Fields: []string{what}})
	}
	if text, err := r.open(); err != nil || commit(r.Salt, text) != r.BodyHash {
		bad("body")
	}
	switch {
	case r.Private != nil && commit(r.PrivateSalt, *r.Private) != r.PrivateHash:
		bad("private")
	case r.Private == nil && r.PrivateHash != "" && r.ErasedAt == nil:
		bad("private")
	}
}

// place checks that r stands in the tree where its leaf is stored.
func (v *verifier) place(r entryRow) {
	h, seq := r.leafHash(), *r.Seq
	at, known := v.index[h]
	switch {
	case seq >= 0 && seq < v.rep.Size && v.leaves[seq] == h:
		v.seen[seq] = true
	case known:
		v.seen[at] = true
		v.rep.found(Finding{Kind: "entry_moved", Entry: r.ID, Seq: r.Seq, Object: r.Object, Note: fmt.Sprintf("%d → %d", at, seq)})
	case seq >= 0 && seq < v.rep.Size:
		v.seen[seq] = true
		v.rep.found(Finding{Kind: "entry_changed", Entry: r.ID, Seq: r.Seq, Object: r.Object, Fields: []string{"leaf"}})
	default:
		v.rep.found(Finding{Kind: "entry_added", Entry: r.ID, Seq: r.Seq, Object: r.Object})
	}
}

// removed names the leaves that no entry accounts for.
func (v *verifier) removed() error {
	for i, ok := range v.seen {
		if !ok {
			seq := int64(i)
			v.rep.found(Finding{Kind: "entry_removed", Seq: &seq})
		}
	}
	return nil
}

// tree recomputes the tree over the stored leaves, which place compared with
// the entries, and compares the stored nodes with it. So a changed entry is
// named once, and a rewritten tree is told apart from it by the checkpoints.
func (v *verifier) tree() error {
	for n, leaf := range v.leaves {
		hs, err := tlog.StoredHashesForRecordHash(int64(n), leaf, v.hashes)
		if err != nil {
			return err
		}
		v.hashes = append(v.hashes, hs...)
	}
	want := int64(0)
	err := store.Each(v.ctx, v.tx, `WHERE zone = $1 ORDER BY idx`, []any{v.tx.Zone}, func(h hashRow) error {
		if h.Idx < 0 || h.Idx >= int64(len(v.hashes)) {
			v.rep.found(Finding{Kind: "tree_changed", Note: fmt.Sprintf("node %d is past the tree", h.Idx)})
			return nil
		}
		level, n := tlog.SplitStoredHashIndex(h.Idx)
		if h.Idx != want || (level > 0 && !bytes.Equal(h.Hash, v.hashes[h.Idx][:])) {
			v.rep.found(Finding{Kind: "tree_changed", Note: fmt.Sprintf("level %d, node %d", level, n)})
		}
		want = h.Idx + 1
		return nil
	})
	if err == nil && want < int64(len(v.hashes)) {
		v.rep.found(Finding{Kind: "tree_changed", Note: fmt.Sprintf("%d nodes are missing at the end", int64(len(v.hashes))-want)})
	}
	if err != nil || v.rep.Size == 0 {
		return err
	}
	root, err := tlog.TreeHash(v.rep.Size, v.hashes)
	v.rep.Root = root.String()
	return err
}

// checkpoints checks signature, size and root of every stored checkpoint.
func (v *verifier) checkpoints() error {
	return store.Each(v.ctx, v.tx, `WHERE zone = $1 ORDER BY size`, []any{v.tx.Zone}, func(c Checkpoint) error {
		v.rep.Checkpoints++
		v.notes = append(v.notes, c.Note)
		n, err := v.signed(c.Note)
		if err != nil {
			return err
		}
		return v.checkpoint(n, c.Note, "checkpoint_mismatch", c.Size)
	})
}

// signed opens text; nil when no key of the log has signed it.
func (v *verifier) signed(text string) (*note.Note, error) {
	verifiers, err := v.keys.Verifiers(v.tx.Zone)
	if err != nil {
		return nil, err
	}
	n, err := note.Open([]byte(text), verifiers)
	if err != nil {
		return nil, nil
	}
	return n, nil
}

// checkpoint checks one head, opened as n, against the recomputed tree, and that
// it is the head it is stored as: one of size filed, unless that is 0.
func (v *verifier) checkpoint(n *note.Note, text, kind string, filed int64) error {
	if n == nil {
		v.rep.found(Finding{Kind: "checkpoint_invalid", Note: firstLines(text)})
		return nil
	}
	var origin, root string
	var size int64
	if _, err := fmt.Sscanf(n.Text, "%s\n%d\n%s\n", &origin, &size, &root); err != nil || origin != v.keys.Name(v.tx.Zone) || filed != 0 && filed != size {
		v.rep.found(Finding{Kind: "checkpoint_invalid", Note: firstLines(text)})
		return nil
	}
	if size > v.rep.Size {
		v.rep.found(Finding{Kind: kind, Seq: &size, Note: fmt.Sprintf("the tree has only %d leaves", v.rep.Size)})
		return nil
	}
	h, err := tlog.TreeHash(size, v.hashes)
	if err == nil && h.String() != root {
		v.rep.found(Finding{Kind: kind, Seq: &size})
	}
	return err
}

func firstLines(text string) string {
	lines := strings.SplitN(text, "\n", 4)
	return strings.Join(lines[:min(3, len(lines))], " ")
}

// keptOutside reads zone's checkpoints in dir; none is no error.
func keptOutside(dir, zone string) (string, error) {
	if dir == "" {
		return "", nil
	}
	b, err := os.ReadFile(checkpointFile(dir, zone))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return string(b), err
}

// outside checks the checkpoints kept in dir.
func (v *verifier) outside(dir, kept string) error {
	if dir != "" && kept == "" && v.rep.Size > 0 {
		v.rep.found(Finding{Kind: "outside_mismatch", Note: "no checkpoint file"})
	}
	for _, text := range notesIn(kept) {
		n, err := v.signed(text)
		if err != nil {
			return err
		}
		if n == nil && torn(v.notes, text) {
			continue // whoever could cut a note short could have removed it
		}
		v.rep.Outside++
		if err := v.checkpoint(n, text, "outside_mismatch", 0); err != nil {
			return err
		}
	}
	return nil
}

// torn reports whether piece is what a write cut short has left of one of notes:
// its beginning, or the beginning of its signatures alone.
func torn(notes []string, piece string) bool {
	piece = strings.TrimRight(piece, "\n")
	return slices.ContainsFunc(notes, func(whole string) bool {
		_, signatures, _ := strings.Cut(whole, "\n\n")
		return strings.HasPrefix(whole, piece) || strings.HasPrefix(signatures, piece)
	})
}

// fold remembers the images of r as the newest state of their rows.
func (v *verifier) fold(r entryRow) {
	images, closed, err := r.images()
	if err != nil {
		return // a body that cannot be read was already named by its commitment
	}
	for i, img := range images {
		if v.rows[img.Table] == nil {
			v.rows[img.Table] = map[string]last{}
		}
		v.rows[img.Table][img.Key] = last{entry: r.ID, gone: img.After == nil, open: sum(img.After, v.nothing[img.Table]),
			closed: sum(closed[i], v.nothing[img.Table]), closedKnown: r.PrivateHash == "" || r.Private != nil}
	}
}

// images returns the images of r with their private fields, nil where there
// are none or they are erased.
func (r entryRow) images() ([]Image, []map[string]json.RawMessage, error) {
	b, err := r.body()
	if err != nil {
		return nil, nil, err
	}
	var p private
	if r.Private != nil {
		if err := json.Unmarshal([]byte(*r.Private), &p); err != nil {
			return nil, nil, err
		}
	}
	for len(p.Rows) < len(b.Rows) {
		p.Rows = append(p.Rows, nil)
	}
	return b.Rows, p.Rows, nil
}

// zeros returns the columns of each table, open and private, as they are when
// they hold nothing.
func zeros(tables []store.Row) (map[string]map[string]json.RawMessage, error) {
	out := map[string]map[string]json.RawMessage{}
	for _, t := range tables {
		zero := reflect.Zero(reflect.Indirect(reflect.ValueOf(t)).Type()).Interface().(store.Row)
		open, closed, err := Put(zero).image()
		if err != nil {
			return nil, err
		}
		maps.Copy(open.After, closed)
		out[t.Table()] = open.After
	}
	return out, nil
}

// stated returns fields without those that hold nothing, as in the zero row
// nothing. A column that a later version of the program added holds nothing in
// the rows that stood before, and their images do not know it.
func stated(fields, nothing map[string]json.RawMessage) map[string]json.RawMessage {
	out := make(map[string]json.RawMessage, len(fields))
	for name, raw := range fields {
		none := string(nothing[name])
		if string(raw) != none && (none != "null" || string(raw) != "[]") {
			out[name] = raw
		}
	}
	return out
}

// sum hashes fields, apart from those that hold nothing, in the order of their
// names.
func sum(fields, nothing map[string]json.RawMessage) [32]byte {
	if fields = stated(fields, nothing); len(fields) == 0 {
		return [32]byte{}
	}
	b, err := marshal(fields)
	if err != nil {
		return sha256.Sum256([]byte("unreadable"))
	}
	return sha256.Sum256(b)
}

// table compares the rows of one business table with their newest images.
func (v *verifier) table(proto store.Row) error {
	states := v.rows[proto.Table()]
	nothing := v.nothing[proto.Table()]
	var changed []suspect // looked up afterwards: the connection is busy delivering rows
	var counts recount
	var texts grams.Check
	err := store.Inspect(v.ctx, v.tx, proto, `WHERE zone = $1`, []any{v.tx.Zone}, func(row store.Row, unreadable error) error {
		v.rep.Rows++
		counts.add(1, row)
		texts.Add(row)
		key := rowKey(row)
		l, ok := states[key]
		delete(states, key)
		if !ok || l.gone {
			v.rep.found(Finding{Kind: "row_extra", Table: proto.Table(), Key: key, Entry: l.entry})
			return nil
		}
		if unreadable != nil {
			v.rep.found(Finding{Kind: "row_changed", Table: proto.Table(), Key: key, Entry: l.entry, Note: unreadable.Error()})
			return nil
		}
		open, closed, err := Put(row).image()
		if err != nil {
			return err
		}
		if sum(open.After, nothing) == l.open && (!l.closedKnown || sum(closed, nothing) == l.closed) {
			return nil
		}
		changed = append(changed, suspect{key, l, open.After, closed})
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range changed {
		if err := v.differs(proto.Table(), s); err != nil {
			return err
		}
	}
	for key, l := range states {
		if !l.gone {
			v.rep.found(Finding{Kind: "row_missing", Table: proto.Table(), Key: key, Entry: l.entry})
		}
	}
	if err := v.searchable(texts); err != nil {
		return err
	}
	return counts.compare(v, proto)
}

// suspect is a row that is not as its last entry left it.
type suspect struct {
	key          string
	last         last
	open, closed map[string]json.RawMessage
}

// differs names the columns in which a row is not as its last entry left it.
func (v *verifier) differs(table string, s suspect) error {
	r, err := get(v.ctx, v.tx, s.last.entry)
	if err != nil {
		return err
	}
	images, privates, err := r.images()
	if err != nil {
		return err
	}
	f := Finding{Kind: "row_changed", Table: table, Key: s.key, Entry: r.ID, Seq: r.Seq, Object: r.Object}
	for i, img := range images {
		if img.Table == table && img.Key == s.key {
			nothing := v.nothing[table]
			f.Fields = unequal(stated(s.open, nothing), stated(img.After, nothing))
			if s.last.closedKnown {
				f.Fields = append(f.Fields, unequal(stated(s.closed, nothing), stated(privates[i], nothing))...)
			}
		}
	}
	v.rep.found(f)
	return nil
}

// unequal names the fields that differ between two images, sorted.
func unequal(a, b map[string]json.RawMessage) (names []string) {
	for name := range a {
		if string(a[name]) != string(b[name]) {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Rebuild writes into to every row of tables as the journal in from last saw
// it, and nothing else: what the after-images are for. Erased private fields
// come back empty.
func Rebuild(ctx context.Context, from, to store.Tx, tables []store.Row) (rows int64, err error) {
	defer kernel.Wrap(&err, "journal.Rebuild")
	kinds := map[string]store.Row{}
	for _, t := range tables {
		kinds[t.Table()] = t
	}
	err = store.Each(ctx, from, `WHERE zone = $1 ORDER BY ord, id`, []any{from.Zone}, func(r entryRow) error {
		images, closed, err := r.images()
		if err != nil {
			return err
		}
		for i, img := range images {
			proto, ok := kinds[img.Table]
			if !ok {
				return fmt.Errorf("entry %s names unknown table %q", r.ID, img.Table)
			}
			row, err := img.row(proto, from.Zone, closed[i])
			if err != nil {
				return fmt.Errorf("entry %s: %w", r.ID, err)
			}
			stored, err := store.StoredOf(row)
			if err != nil {
				return fmt.Errorf("entry %s: %w", r.ID, err)
			}
			if img.After != nil {
				rows++
			}
			if err := write(ctx, to, []store.Row{row}, []store.Stored{stored}, img.After == nil); err != nil {
				return err
			}
		}
		return nil
	})
	return rows, err
}

// row turns the image back into a row like proto.
func (img Image) row(proto store.Row, zone string, closed map[string]json.RawMessage) (store.Row, error) {
	v := reflect.New(reflect.Indirect(reflect.ValueOf(proto)).Type()).Elem()
	keys := strings.Split(img.Key, "/")
	for _, col := range store.Columns(proto) {
		field := v.FieldByIndex(col.Index)
		raw, ok := img.After[col.Name]
		if !ok {
			raw, ok = closed[col.Name]
		}
		switch {
		case col.Name == "zone":
			field.SetString(zone)
		case ok:
			if err := json.Unmarshal(raw, field.Addr().Interface()); err != nil {
				return nil, fmt.Errorf("column %s: %w", col.Name, err)
			}
		case col.Key && len(keys) > 0: // a dropped row has only its key
			part := unescapeKey(keys[0])
			keys = keys[1:]
			if field.CanInt() {
				n, err := strconv.ParseInt(part, 10, 64)
				if err != nil {
					return nil, fmt.Errorf("key column %s: %w", col.Name, err)
				}
				field.SetInt(n)
				continue
			}
			field.SetString(part)
		}
	}
	return v.Interface().(store.Row), nil
}
