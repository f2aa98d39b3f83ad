package journal

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Record saves act's changes and appends its entry, in the transaction of the
// act. The actor is the context's; without one the act is refused. It returns
// the id of the entry.
func Record(ctx context.Context, tx store.Tx, act Act) (id string, err error) {
	defer kernel.Wrap(&err, "journal.Record(%s)", act.Verb)
	ids, err := record(ctx, tx, []Act{act})
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// RecordAll is Record for many acts at once: rows and entries go to the
// database in batches. Acts are journaled in the order given.
func RecordAll(ctx context.Context, tx store.Tx, acts []Act) (err error) {
	defer kernel.Wrap(&err, "journal.RecordAll(%d acts)", len(acts))
	if len(acts) == 0 {
		return nil
	}
	_, err = record(ctx, tx, acts)
	return err
}

func record(ctx context.Context, tx store.Tx, acts []Act) ([]string, error) {
	actor := kernel.ActorOf(ctx)
	if actor.ID == "" || actor.Zone == "" || actor.Zone != tx.Zone {
		return nil, kernel.Faultf(kernel.ErrDenied, "journal.no_actor")
	}
	stored, err := storedOf(acts)
	if err != nil {
		return nil, err
	}
	entries := make(chan encoded, 1) // made while the rows are written
	go func() { entries <- encode(actor, acts, stored, tx.Now.UnixMilli()) }()
	err = save(ctx, tx, acts, stored)
	made := <-entries
	if err := cmp.Or(err, made.err); err != nil {
		return nil, err
	}
	ord, err := nextOrd(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, ids := make([]store.Row, len(acts)), make([]string, len(acts))
	nextID := kernel.IDs(tx.Now)
	for i := range made.rows {
		r := &made.rows[i]
		r.ID, r.Ord = nextID(), ord+int64(i)
		rows[i], ids[i] = *r, r.ID
	}
	return ids, store.Put(ctx, tx, rows...)
}

// storedOf reads the values of every change of acts once: they are saved and
// journaled.
func storedOf(acts []Act) ([][]store.Stored, error) {
	out := make([][]store.Stored, len(acts))
	for i, act := range acts {
		out[i] = make([]store.Stored, len(act.Changes))
		for j, c := range act.Changes {
			var err error
			if out[i][j], err = store.StoredOf(c.row); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// save writes the changes of acts in their order; neighbours go to the
// database together.
func save(ctx context.Context, tx store.Tx, acts []Act, stored [][]store.Stored) error {
	var rows []store.Row
	var batch []store.Stored
	drop := false
	flush := func() error {
		err := write(ctx, tx, rows, batch, drop)
		rows, batch = rows[:0], batch[:0]
		return err
	}
	for i, act := range acts {
		for j, c := range act.Changes {
			if c.drop != drop {
				if err := flush(); err != nil {
					return err
				}
			}
			drop, rows, batch = c.drop, append(rows, c.row), append(batch, stored[i][j])
		}
	}
	return flush()
}

// encoded are entries without id and place.
type encoded struct {
	rows []entryRow
	err  error
}

// encode makes the entries of acts, commitments included. It runs beside its
// caller, where nobody else would catch a panic.
func encode(actor kernel.Actor, acts []Act, stored [][]store.Stored, at int64) (out encoded) {
	defer func() {
		if what := recover(); what != nil {
			out = encoded{err: fmt.Errorf("journal: an entry cannot be written: %v", what)}
		}
	}()
	rows := make([]entryRow, len(acts))
	for i, act := range acts {
		var err error
		if rows[i], err = entryOf(actor, act, stored[i], at); err != nil {
			return encoded{err: err}
		}
	}
	return encoded{rows: rows}
}

// entryOf makes act's entry without id and place, commitments included.
func entryOf(actor kernel.Actor, act Act, stored []store.Stored, at int64) (r entryRow, err error) {
	head := body{Name: actor.Name, Via: actor.Via, Request: actor.Request, Reason: act.Reason}
	if head.Detail, err = detailOf(act); err != nil {
		return r, err
	}
	open, closed, err := encodeBody(nil, head, act, stored)
	if err != nil {
		return r, err
	}
	r = entryRow{Zone: actor.Zone, At: at, Actor: actor.ID, Verb: act.Verb, Object: act.Object, Salt: newSalt(), Private: raw(closed)}
	r.close(string(open))
	r.BodyHash = commit(r.Salt, string(open))
	if r.Private != nil {
		r.PrivateSalt = newSalt()
		r.PrivateHash = commit(r.PrivateSalt, *r.Private)
	}
	return r, nil
}

// nextOrd returns the next place in the zone's order. On SQLite the one writer
// counts on, so a clock set back cannot reorder acts. On PostgreSQL reading the
// last place would make all writers conflict, so the database server's own
// clock (µs) gives it: two acts on one row cannot overlap, and the later one
// reads the later time.
func nextOrd(ctx context.Context, tx store.Tx) (n int64, err error) {
	q := `SELECT coalesce(max(ord), 0) + 1 FROM journal_entries WHERE zone = $1`
	if tx.Dialect == store.Postgres {
		q = `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) FROM (SELECT $1) AS unused`
	}
	err = tx.QueryRowContext(ctx, q, tx.Zone).Scan(&n)
	return n, err
}

// Erase destroys the private bodies of every entry about object, with their
// salts. The entries, their leaves and all proofs stay as they are. Call it in
// the transaction that blanks the fields themselves, before recording that act
// about the same object with a verb that ends in ".erased": [Verify] takes a
// private body that is gone without such an act for tampering.
func Erase(ctx context.Context, tx store.Tx, object string) (n int64, err error) {
	defer kernel.Wrap(&err, "journal.Erase(%s)", object)
	res, err := tx.ExecContext(ctx, `UPDATE journal_entries SET private = NULL, private_salt = NULL, erased_at = $3
		WHERE zone = $1 AND object = $2 AND private IS NOT NULL`, tx.Zone, object, tx.Now.UnixMilli())
	tx.Forget()
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Page asks for at most Limit entries before the one with Before as its Ord and
// BeforeID as its ID; Before 0 begins with the newest. Without BeforeID entries
// that share that Ord, as simultaneous acts may on PostgreSQL, are passed over.
type Page struct {
	Before   int64
	BeforeID string
	Limit    int
}

// Filter narrows a list of entries; empty fields do not narrow. From and Until
// are ms UTC, Until exclusive. Verb "pipeline." (with the dot) means the
// whole context.
type Filter struct {
	Object, Actor, Verb string
	From, Until         int64
}

// History returns the entries about object, newest first.
func History(ctx context.Context, tx store.Tx, object string, p Page) ([]Entry, error) {
	return List(ctx, tx, Filter{Object: object}, p)
}

// List returns the entries that f lets through, newest first, without images.
func List(ctx context.Context, tx store.Tx, f Filter, p Page) (out []Entry, err error) {
	defer kernel.Wrap(&err, "journal.List")
	tail, args := "WHERE zone = $1", []any{tx.Zone}
	add := func(cond string, arg any) {
		args = append(args, arg)
		tail += strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
	}
	if f.Object != "" {
		add(" AND object = ?", f.Object)
	}
	if f.Actor != "" {
		add(" AND actor = ?", f.Actor)
	}
	if ctx, ok := strings.CutSuffix(f.Verb, "."); ok {
		add(" AND verb >= ?", ctx+".")
		add(" AND verb < ?", ctx+"/") // "/" follows "." in byte order
	} else if f.Verb != "" {
		add(" AND verb = ?", f.Verb)
	}
	if f.From > 0 {
		add(" AND at >= ?", f.From)
	}
	if f.Until > 0 {
		add(" AND at < ?", f.Until)
	}
	if p.Before > 0 {
		args = append(args, p.Before, p.BeforeID)
		tail += fmt.Sprintf(" AND (ord, id) < ($%d, $%d)", len(args)-1, len(args))
	}
	add(" ORDER BY ord DESC, id DESC LIMIT ?", int64(p.Limit))
	rows, err := store.Select[entryRow](ctx, tx, tail, args...)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		e, err := r.entry(false)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

// Get returns entry id with its images.
func Get(ctx context.Context, tx store.Tx, id string) (e Entry, err error) {
	defer kernel.Wrap(&err, "journal.Get(%s)", id)
	r, err := get(ctx, tx, id)
	if err != nil {
		return e, err
	}
	return r.entry(true)
}

func get(ctx context.Context, tx store.Tx, id string) (entryRow, error) {
	return store.Get[entryRow](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
}
