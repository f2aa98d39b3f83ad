package journal

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Window is how long after its commit an entry may wait for its place in the
// tree: within it, an act is recorded but not yet provable. Verify names
// entries that have waited for minutes.
const Window = time.Second

// batch is how many entries one transaction of the sequencer takes at most.
const batch = 2000

type hashRow struct {
	Zone string `db:"zone,key"`
	Idx  int64  `db:"idx,key"`
	Hash []byte `db:"hash"`
}

func (hashRow) Table() string { return "journal_hashes" }

// Checkpoint is a signed head of the tree. Note is the C2SP tlog-checkpoint:
// origin, size, root, signature.
type Checkpoint struct {
	Zone string `json:"-" db:"zone,key"`
	Size int64  `json:"size" db:"size,key"`
	At   int64  `json:"at" db:"at" doc:"ms UTC"`
	Note string `json:"note" db:"note"`
}

// Table names the table of checkpoints.
func (Checkpoint) Table() string { return "journal_checkpoints" }

// Root returns the root hash that the checkpoint states.
func (c Checkpoint) Root() (h tlog.Hash, err error) {
	_, root, err := c.read()
	if err != nil {
		return h, err
	}
	return tlog.ParseHash(root)
}

// read takes the note apart: its size, and its root in base64.
func (c Checkpoint) read() (size int64, root string, err error) {
	lines := strings.SplitN(c.Note, "\n", 4)
	if len(lines) < 4 {
		return 0, "", fmt.Errorf("checkpoint of size %d has %d lines", c.Size, len(lines))
	}
	size, err = strconv.ParseInt(lines[1], 10, 64)
	return size, lines[2], err
}

// checkpointText is the signed text of a C2SP tlog-checkpoint.
func checkpointText(origin string, size int64, root tlog.Hash) string {
	return origin + "\n" + strconv.FormatInt(size, 10) + "\n" + base64.StdEncoding.EncodeToString(root[:]) + "\n"
}

// Sequencer puts entries into the tree and signs its heads.
type Sequencer struct {
	DB   *store.DB
	Keys *Keys
	// Dir, unless "", is a folder outside the database where each zone's
	// checkpoints are appended: a history rewritten in the database no longer
	// agrees with it.
	Dir string

	publishing sync.Mutex
	kept       map[string]kept // what the files in Dir end with, by path
}

// Tick sequences what waits in every zone; one that fails does not hold up the
// others. It is called twice in every Window.
func (s *Sequencer) Tick(ctx context.Context) error {
	zones, err := s.DB.Zones(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, z := range zones {
		if err := s.all(kernel.WithActor(ctx, kernel.SystemActor(z.ID, "job"))); err != nil {
			errs = append(errs, fmt.Errorf("zone %s: %w", z.ID, err))
		}
	}
	return errors.Join(errs...)
}

// all sequences until nothing of the context's zone waits, and tries again to
// publish what could not be published before; that failing stops no sequencing.
func (s *Sequencer) all(ctx context.Context) error {
	unpublished := s.publish(ctx)
	for {
		n, err := s.Sequence(ctx)
		if err != nil || n < batch {
			return errors.Join(unpublished, err)
		}
	}
}

// Sequence puts up to a batch of waiting entries of the context's zone into
// the tree, signs the new head and writes it to Dir. It returns how many.
func (s *Sequencer) Sequence(ctx context.Context) (n int, err error) {
	defer kernel.Wrap(&err, "journal.Sequence")
	waiting := false
	err = s.DB.View(ctx, func(tx store.Tx) error {
		k, err := store.Count(ctx, tx, `SELECT count(*) FROM (SELECT 1 FROM journal_entries WHERE zone = $1 AND seq IS NULL LIMIT 1) AS w`, tx.Zone)
		waiting = k > 0
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	err = s.DB.Update(ctx, func(tx store.Tx) error {
		rows, err := store.Select[entryRow](ctx, tx, inOrder(tx.Dialect)+`WHERE zone = $1 AND seq IS NULL ORDER BY ord, id LIMIT $2`, tx.Zone, int64(batch))
		if err != nil || len(rows) == 0 {
			n = 0
			return err
		}
		n = len(rows)
		return s.grow(ctx, tx, rows)
	})
	if err != nil || n == 0 {
		return 0, err
	}
	return n, s.publish(ctx)
}

// inOrder has SQLite come to the waiting entries in their order: by itself it sorts
// all of them for each batch, a hundred thousand after an import.
func inOrder(d store.Dialect) string {
	if d == store.SQLite {
		return "INDEXED BY journal_entries_waiting "
	}
	return ""
}

// grow appends rows to the tree and stores the signed head.
func (s *Sequencer) grow(ctx context.Context, tx store.Tx, rows []entryRow) error {
	size, err := treeSize(ctx, tx)
	if err != nil {
		return err
	}
	tree := &tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}
	var put []store.Row
	for i := range rows {
		hs, err := tlog.StoredHashesForRecordHash(size, rows[i].leafHash(), tree)
		if err != nil {
			return err
		}
		at := tlog.StoredHashIndex(0, size)
		for j, h := range hs {
			tree.fresh[at+int64(j)] = h
			put = append(put, hashRow{tx.Zone, at + int64(j), h[:]})
		}
		seq := size
		rows[i].Seq = &seq
		size++
	}
	if err := store.Put(ctx, tx, put...); err != nil {
		return err
	}
	if err := setSeq(ctx, tx, rows); err != nil {
		return err
	}
	return s.head(ctx, tx, size, tree)
}

// head signs the tree of size leaves and stores the head.
func (s *Sequencer) head(ctx context.Context, tx store.Tx, size int64, tree *tree) error {
	root, err := tlog.TreeHash(size, tree)
	if err != nil {
		return err
	}
	name := s.Keys.Name(tx.Zone)
	text, err := note.Sign(&note.Note{Text: checkpointText(name, size, root)}, s.Keys.Signer(tx.Zone))
	if err != nil {
		return err
	}
	return store.Put(ctx, tx, Checkpoint{tx.Zone, size, tx.Now.UnixMilli(), string(text)})
}

// setSeq stores the leaf index of rows: on PostgreSQL a few hundred a statement,
// on SQLite one, for it would look through all entries for those of a list.
func setSeq(ctx context.Context, tx store.Tx, rows []entryRow) error {
	most := 400
	if tx.Dialect == store.SQLite {
		most = 1
	}
	for part := range slices.Chunk(rows, most) {
		query, args := `UPDATE journal_entries SET seq = $3 WHERE zone = $1 AND id = $2`, []any{tx.Zone}
		for _, r := range part {
			args = append(args, r.ID, *r.Seq)
		}
		if most > 1 {
			query = setSeqs(len(part))
		}
		if _, err := tx.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

// setSeqs is the statement that stores the leaf index of n entries.
func setSeqs(n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprintf("(CAST($%d AS text), CAST($%d AS bigint))", 2*i+2, 2*i+3)
	}
	return `WITH place(id, seq) AS (VALUES ` + strings.Join(values, ", ") + `)
		UPDATE journal_entries SET seq = place.seq FROM place WHERE journal_entries.zone = $1 AND journal_entries.id = place.id`
}

// treeSize is the number of leaves: the size of the newest checkpoint.
func treeSize(ctx context.Context, tx store.Tx) (int64, error) {
	return store.Count(ctx, tx, `SELECT coalesce(max(size), 0) FROM journal_checkpoints WHERE zone = $1`, tx.Zone)
}

// Step is one entry of the tree without its body.
type Step struct {
	Seq    int64
	Verb   string
	Object string
}

// Size is the number of entries in the tree: the place at which the next one
// will stand.
func Size(ctx context.Context, tx store.Tx) (int64, error) { return treeSize(ctx, tx) }

// Since is the place of the first sequenced entry after the last one that was
// recorded before the instant at (ms UTC).
func Since(ctx context.Context, tx store.Tx, at int64) (seq int64, err error) {
	defer kernel.Wrap(&err, "journal.Since(%d)", at)
	return store.Count(ctx, tx, `SELECT coalesce((SELECT seq + 1 FROM journal_entries WHERE zone = $1 AND seq IS NOT NULL AND at < $2 ORDER BY seq DESC LIMIT 1), 0)`, tx.Zone, at)
}

// Steps returns, in the order of the tree, at most limit entries from place
// seq on. The tree only grows at its end, whatever order transactions commit in, so
// who goes on from the last place misses nothing and is told nothing twice.
func Steps(ctx context.Context, tx store.Tx, seq int64, limit int) (out []Step, err error) {
	defer kernel.Wrap(&err, "journal.Steps(%d)", seq)
	rows, err := tx.QueryContext(ctx, `SELECT seq, verb, object FROM journal_entries WHERE zone = $1 AND seq >= $2 ORDER BY seq LIMIT $3`, tx.Zone, seq, int64(limit))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var s Step
		if err := rows.Scan(&s.Seq, &s.Verb, &s.Object); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// tree reads stored hashes of a zone, fresh ones from memory.
type tree struct {
	ctx   context.Context
	tx    store.Tx
	fresh map[int64]tlog.Hash
}

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	missing := slices.DeleteFunc(slices.Clone(indexes), func(idx int64) bool { _, ok := t.fresh[idx]; return ok })
	for part := range slices.Chunk(missing, 256) {
		marks, args := make([]string, len(part)), []any{t.tx.Zone}
		for i, idx := range part {
			args = append(args, idx)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		err := store.Each(t.ctx, t.tx, "WHERE zone = $1 AND idx IN ("+strings.Join(marks, ", ")+")", args, func(h hashRow) error {
			if len(h.Hash) != tlog.HashSize {
				return fmt.Errorf("hash %d of the tree has %d bytes", h.Idx, len(h.Hash))
			}
			t.fresh[h.Idx] = tlog.Hash(h.Hash)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for i, idx := range indexes {
		h, ok := t.fresh[idx]
		if !ok {
			return nil, fmt.Errorf("hash %d of the tree is missing", idx)
		}
		out[i] = h
	}
	return out, nil
}

// Head returns the newest checkpoint; kernel.ErrNotFound when nothing has been
// sequenced yet.
func Head(ctx context.Context, tx store.Tx) (Checkpoint, error) {
	return store.Get[Checkpoint](ctx, tx, "zone = $1 ORDER BY size DESC", tx.Zone)
}

// Proof shows that an entry stands in the tree whose head is signed.
type Proof struct {
	Leaf       string   `json:"leaf" doc:"the exact text whose RFC 6962 hash is the leaf"`
	Index      int64    `json:"index"`
	Size       int64    `json:"size" doc:"leaves in the tree the checkpoint signs"`
	Root       string   `json:"root" doc:"base64"`
	Hashes     []string `json:"hashes" doc:"audit path, base64, leaf to root"`
	Checkpoint string   `json:"checkpoint" doc:"C2SP tlog-checkpoint, signed"`
	Keys       []string `json:"keys" doc:"verifier keys of the log, oldest first"`
}

// Prove returns the inclusion proof of entry id under the newest checkpoint.
// An entry not yet sequenced is refused: it will be provable within Window.
func Prove(ctx context.Context, tx store.Tx, keys *Keys, id string) (p Proof, err error) {
	defer kernel.Wrap(&err, "journal.Prove(%s)", id)
	r, err := get(ctx, tx, id)
	if err != nil {
		return p, err
	}
	head, err := Head(ctx, tx)
	if r.Seq == nil || err != nil {
		return p, kernel.Faultf(kernel.ErrConflict, "journal.not_sequenced")
	}
	root, err := head.Root()
	if err != nil {
		return p, err
	}
	path, err := tlog.ProveRecord(head.Size, *r.Seq, &tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}})
	if err != nil {
		return p, err
	}
	p = Proof{Leaf: string(r.leafText()), Index: *r.Seq, Size: head.Size, Root: root.String(), Hashes: []string{}, Checkpoint: head.Note, Keys: keys.VerifierKeys(tx.Zone)}
	for _, h := range path {
		p.Hashes = append(p.Hashes, h.String())
	}
	return p, nil
}

// Consistency shows that the tree of From leaves is the beginning of the tree of
// To leaves.
type Consistency struct {
	From           int64    `json:"from"`
	To             int64    `json:"to"`
	FromRoot       string   `json:"from_root" doc:"base64"`
	ToRoot         string   `json:"to_root" doc:"base64"`
	Hashes         []string `json:"hashes" doc:"consistency proof, base64 (RFC 6962, section 2.1.2)"`
	FromCheckpoint string   `json:"from_checkpoint,omitempty" doc:"the signed head of From leaves, if there is one"`
	ToCheckpoint   string   `json:"to_checkpoint,omitempty" doc:"the signed head of To leaves, if there is one"`
	Keys           []string `json:"keys" doc:"verifier keys of the log, oldest first"`
}

// ProveConsistency returns the proof between any two sizes of the tree,
// 1 ≤ from ≤ to ≤ its size now.
func ProveConsistency(ctx context.Context, tx store.Tx, keys *Keys, from, to int64) (c Consistency, err error) {
	defer kernel.Wrap(&err, "journal.ProveConsistency(%d, %d)", from, to)
	size, err := treeSize(ctx, tx)
	if err != nil {
		return c, err
	}
	if from < 1 || from > to || to > size {
		return c, kernel.Faultf(kernel.ErrInvalid, "journal.no_size", size)
	}
	read := &tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}
	proof, err := tlog.ProveTree(to, from, read)
	if err != nil {
		return c, err
	}
	c = Consistency{From: from, To: to, Hashes: []string{}, Keys: keys.VerifierKeys(tx.Zone)}
	for _, h := range proof {
		c.Hashes = append(c.Hashes, h.String())
	}
	if c.FromRoot, c.FromCheckpoint, err = headAt(ctx, tx, read, from); err != nil {
		return c, err
	}
	c.ToRoot, c.ToCheckpoint, err = headAt(ctx, tx, read, to)
	return c, err
}

// headAt returns the root over the first size leaves and the checkpoint that
// signs it, if there is one.
func headAt(ctx context.Context, tx store.Tx, read tlog.HashReader, size int64) (root, signed string, err error) {
	h, err := tlog.TreeHash(size, read)
	if err != nil {
		return "", "", err
	}
	list, err := store.Select[Checkpoint](ctx, tx, "WHERE zone = $1 AND size = $2", tx.Zone, size)
	if len(list) > 0 {
		signed = list[0].Note
	}
	return h.String(), signed, err
}
