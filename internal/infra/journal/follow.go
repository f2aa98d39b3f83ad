package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Followed is one sequenced entry as a fold reads it.
type Followed struct {
	Seq    int64  // index of the leaf
	ID     string // of the entry
	At     int64  // ms UTC
	Actor  string // account
	Verb   string
	Object string
	Reason string          // of an act whose body was read
	Detail json.RawMessage // the same
	Rows   []FollowedRow   // of the tables asked for, in the order of the act
}

// FollowedRow is a row as it stood after the act, open fields only; After is nil
// when the row was dropped.
type FollowedRow struct {
	Table string          `json:"t"`
	Key   string          `json:"k"` // as in Image
	After json.RawMessage `json:"v"`
}

// Gone reports whether the act dropped the row.
func (r FollowedRow) Gone() bool { return len(r.After) == 0 || string(r.After) == "null" }

// stepRow is what Follow reads of an entry: the open body and no secret.
type stepRow struct {
	Zone   string `db:"zone,key"`
	ID     string `db:"id,key"`
	Seq    int64  `db:"seq"`
	At     int64  `db:"at"`
	Actor  string `db:"actor"`
	Verb   string `db:"verb"`
	Object string `db:"object"`
	Body   string `db:"body"`
	Packed []byte `db:"packed"`
}

func (stepRow) Table() string { return "journal_entries" }

// Follow calls fn with every entry sequenced after the leaf after (-1: from
// the first), in the tree's order, with its rows of tables. What is not yet
// sequenced is not read: it comes with the next call, at its place. An entry
// without such rows comes too, so that its place is known. fn must not use tx.
func Follow(ctx context.Context, tx store.Tx, after int64, tables []string, fn func(Followed) error) (err error) {
	return follow(ctx, tx, "", []any{tx.Zone, after}, tables, nil, fn)
}

// FollowSome is Follow for at most limit entries, and with the rows, reason and
// detail of each whose verb begins like one of verbs ("intake.") also where it
// holds no row of tables.
func FollowSome(ctx context.Context, tx store.Tx, after int64, limit int, tables, verbs []string, fn func(Followed) error) (err error) {
	return follow(ctx, tx, " LIMIT $3", []any{tx.Zone, after, int64(limit)}, tables, verbs, fn)
}

func follow(ctx context.Context, tx store.Tx, tail string, args []any, tables, verbs []string, fn func(Followed) error) (err error) {
	defer kernel.Wrap(&err, "journal.Follow(%d)", args[1])
	marks := make([]string, len(tables))
	wanted := map[string]bool{}
	for i, t := range tables {
		marks[i], wanted[t] = `"t":"`+t+`"`, true
	}
	return store.Each(ctx, tx, "WHERE zone = $1 AND seq > $2 ORDER BY seq"+tail, args, func(r stepRow) error {
		s := Followed{Seq: r.Seq, ID: r.ID, At: r.At, Actor: r.Actor, Verb: r.Verb, Object: r.Object}
		text, err := opened(r.Body, r.Packed)
		if err != nil {
			return fmt.Errorf("entry %s: %w", r.ID, err)
		}
		if mentions(text, marks) || begins(r.Verb, verbs) { // most entries of other contexts need no parsing
			var b struct {
				Reason string          `json:"reason"`
				Detail json.RawMessage `json:"detail"`
				Rows   []FollowedRow   `json:"rows"`
			}
			if err := json.Unmarshal([]byte(text), &b); err != nil {
				return fmt.Errorf("entry %s: %w", r.ID, err)
			}
			s.Reason, s.Detail = b.Reason, b.Detail
			for _, row := range b.Rows {
				if wanted[row.Table] {
					s.Rows = append(s.Rows, row)
				}
			}
		}
		return fn(s)
	})
}

func mentions(body string, marks []string) bool {
	for _, m := range marks {
		if strings.Contains(body, m) {
			return true
		}
	}
	return false
}

func begins(verb string, verbs []string) bool {
	for _, v := range verbs {
		if strings.HasPrefix(verb, v) {
			return true
		}
	}
	return false
}

// Places returns the ids of the entries at the leaves seqs, by leaf.
func Places(ctx context.Context, tx store.Tx, seqs []int64) (ids map[int64]string, err error) {
	defer kernel.Wrap(&err, "journal.Places(%d)", len(seqs))
	ids = map[int64]string{}
	for len(seqs) > 0 {
		part := seqs[:min(len(seqs), 200)]
		seqs = seqs[len(part):]
		marks, args := make([]string, len(part)), []any{tx.Zone}
		for i, s := range part {
			args = append(args, s)
			marks[i] = fmt.Sprintf("$%d", len(args))
		}
		err := store.Each(ctx, tx, "WHERE zone = $1 AND seq IN ("+strings.Join(marks, ", ")+")", args, func(r stepRow) error {
			ids[r.Seq] = r.ID
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}
