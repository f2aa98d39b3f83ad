package journal

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// TailTables names the tables of the journal itself, and what of them is beyond
// the leaf size: the condition with which a copy of the rest is made. Entries
// whose private body was erased come along whatever their place.
func TailTables(size int64) map[string]string {
	return map[string]string{
		"journal_entries":     fmt.Sprintf("AND (seq IS NULL OR seq >= %d OR erased_at IS NOT NULL)", size),
		"journal_hashes":      fmt.Sprintf("AND idx >= %d", tlog.StoredHashCount(size)),
		"journal_checkpoints": fmt.Sprintf("AND size > %d", size),
	}
}

// Tail is a journal that goes on where a restored one ends, to be taken over up to
// a moment.
type Tail struct {
	keys   *Keys
	until  int64             // ms UTC: what was begun later is left out
	size   int64             // of the restored journal's tree
	before map[string]string // waiting entries of the restored journal → object
	Later  []string          // objects with personal data erased after the moment, sorted
}

// NewTail begins to take over what was recorded until the instant until (ms UTC)
// beyond the journal in tx. journal.moment_early: tx holds later acts already.
func NewTail(ctx context.Context, tx store.Tx, keys *Keys, until int64) (t *Tail, err error) {
	defer kernel.Wrap(&err, "journal.NewTail")
	t = &Tail{keys: keys, until: until, before: map[string]string{}}
	later, err := store.Count(ctx, tx, `SELECT count(*) FROM journal_entries WHERE zone = $1 AND at > $2`, tx.Zone, until)
	if err != nil {
		return nil, err
	}
	if later > 0 {
		return nil, kernel.Faultf(kernel.ErrInvalid, "journal.moment_early", later)
	}
	if t.size, err = treeSize(ctx, tx); err != nil {
		return nil, err
	}
	return t, store.Each(ctx, tx, `WHERE zone = $1 AND seq IS NULL`, []any{tx.Zone}, func(r entryRow) error {
		t.before[r.ID] = r.Object
		return nil
	})
}

// Add takes one row of a table of TailTables, its values in the order of columns.
func (t *Tail) Add(ctx context.Context, tx store.Tx, table string, columns []string, values []any) (err error) {
	defer kernel.Wrap(&err, "journal.Tail.Add(%s)", table)
	for _, proto := range []store.Row{entryRow{}, hashRow{}, Checkpoint{}} {
		if proto.Table() != table {
			continue
		}
		row, err := rowOf(proto, columns, values)
		if err != nil {
			return err
		}
		if e, ok := row.(entryRow); ok && !t.wanted(e) {
			return nil
		}
		return store.Put(ctx, tx, row)
	}
	return fmt.Errorf("%q is no table of the journal", table)
}

// wanted reports whether the entry as it is now replaces the restored one: not
// where all that is new is an erasure after the moment.
func (t *Tail) wanted(e entryRow) bool {
	if e.ErasedAt == nil || *e.ErasedAt <= t.until {
		return true
	}
	if !slices.Contains(t.Later, e.Object) {
		t.Later = append(t.Later, e.Object)
		slices.Sort(t.Later)
	}
	_, waited := t.before[e.ID]
	return !waited && (e.Seq == nil || *e.Seq >= t.size)
}

// rowOf is a row like proto of values in another order than its own.
func rowOf(proto store.Row, columns []string, values []any) (store.Row, error) {
	own := store.Columns(proto)
	ordered := make([]any, len(own))
	for i, c := range own {
		n := slices.Index(columns, c.Name)
		if n < 0 {
			return nil, fmt.Errorf("column %s is missing", c.Name)
		}
		ordered[i] = values[n]
	}
	return store.FromValues(proto, ordered)
}

// End cuts the journal at the moment, writes the rows of tables as the entries
// taken over left them, and signs the tree as it then is. The cut is before the
// first entry begun after the moment: whatever had been acknowledged by then was
// put into the tree before it. It returns how many entries were taken over.
func (t *Tail) End(ctx context.Context, tx store.Tx, tables []store.Row) (n int64, err error) {
	defer kernel.Wrap(&err, "journal.Tail.End")
	full, err := treeSize(ctx, tx)
	if err != nil {
		return 0, err
	}
	cut, err := store.Count(ctx, tx, `SELECT coalesce(min(seq), $3) FROM journal_entries WHERE zone = $1 AND seq >= $2 AND at > $4`, tx.Zone, t.size, full, t.until)
	if err != nil {
		return 0, err
	}
	if err := t.prefix(ctx, tx, cut, full); err != nil {
		return 0, err
	}
	if err := t.drop(ctx, tx, cut, full); err != nil {
		return 0, err
	}
	if n, err = t.replay(ctx, tx, tables); err != nil {
		return n, err
	}
	return n, t.sign(ctx, tx, cut)
}

// prefix shows that the tree of the first cut entries is the beginning of the
// signed tree of full ones.
func (t *Tail) prefix(ctx context.Context, tx store.Tx, cut, full int64) error {
	if full == 0 || cut == 0 {
		return nil
	}
	head, err := Head(ctx, tx)
	if err != nil {
		return err
	}
	v := &verifier{keys: t.keys, tx: tx}
	if n, err := v.signed(head.Note); err != nil || n == nil {
		return errors.Join(err, kernel.Faultf(kernel.ErrConflict, "journal.tail_unsigned"))
	}
	signed, err := head.Root()
	if err != nil {
		return err
	}
	nodes := &tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}}
	proof, err := tlog.ProveTree(full, cut, nodes)
	if err != nil {
		return err
	}
	root, err := tlog.TreeHash(cut, nodes)
	if err == nil {
		err = tlog.CheckTree(proof, full, signed, cut, root)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", kernel.Faultf(kernel.ErrConflict, "journal.tail_forked"), err)
	}
	return nil
}

// drop removes what is beyond the cut. What the restored journal had already stays
// and waits for its place again.
func (t *Tail) drop(ctx context.Context, tx store.Tx, cut, full int64) error {
	var gone []store.Row
	err := store.Each(ctx, tx, `WHERE zone = $1 AND (seq >= $2 OR seq IS NULL AND ($2 < $3 OR at > $4)) ORDER BY id`, []any{tx.Zone, cut, full, t.until}, func(r entryRow) error {
		if _, waited := t.before[r.ID]; !waited {
			gone = append(gone, entryRow{Zone: r.Zone, ID: r.ID})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := store.Drop(ctx, tx, gone...); err != nil {
		return err
	}
	for query, from := range map[string]int64{
		`UPDATE journal_entries SET seq = NULL WHERE zone = $1 AND seq >= $2`: cut,
		`DELETE FROM journal_hashes WHERE zone = $1 AND idx >= $2`:            tlog.StoredHashCount(cut),
		`DELETE FROM journal_checkpoints WHERE zone = $1 AND size > $2`:       cut,
	} {
		if _, err := tx.ExecContext(ctx, query, tx.Zone, from); err != nil {
			return err
		}
	}
	return nil
}

// replay writes the rows of tables as the entries taken over left them, in the
// order of the acts.
func (t *Tail) replay(ctx context.Context, tx store.Tx, tables []store.Row) (n int64, err error) {
	ord, id := int64(-1), ""
	for {
		part, err := store.Select[entryRow](ctx, tx, `WHERE zone = $1 AND (seq >= $2 OR seq IS NULL) AND (ord, id) > ($3, $4) ORDER BY ord, id LIMIT $5`,
			tx.Zone, t.size, ord, id, int64(batch))
		if err != nil || len(part) == 0 {
			return n, err
		}
		last := part[len(part)-1]
		ord, id = last.Ord, last.ID
		for _, r := range part {
			if _, there := t.before[r.ID]; there {
				continue // the rows stand as it left them
			}
			n++
			if err := r.redo(ctx, tx, tables); err != nil {
				return n, fmt.Errorf("entry %s: %w", r.ID, err)
			}
		}
	}
}

// redo writes the rows of tables as r left them, and what follows from them.
func (r entryRow) redo(ctx context.Context, tx store.Tx, tables []store.Row) error {
	images, closed, err := r.images()
	if err != nil {
		return err
	}
	for i, img := range images {
		proto := protoOf(tables, img.Table)
		if proto == nil {
			return fmt.Errorf("it names the unknown table %q", img.Table)
		}
		row, err := img.row(proto, tx.Zone, closed[i])
		if err != nil {
			return err
		}
		stored, err := store.StoredOf(row)
		if err != nil {
			return err
		}
		if err := write(ctx, tx, []store.Row{row}, []store.Stored{stored}, img.After == nil); err != nil {
			return err
		}
	}
	return nil
}

// sign signs the tree of size leaves, unless a checkpoint of that size came along.
func (t *Tail) sign(ctx context.Context, tx store.Tx, size int64) error {
	have, err := treeSize(ctx, tx)
	if err != nil || have >= size {
		return err
	}
	s := &Sequencer{Keys: t.keys}
	return s.head(ctx, tx, size, &tree{ctx: ctx, tx: tx, fresh: map[int64]tlog.Hash{}})
}
