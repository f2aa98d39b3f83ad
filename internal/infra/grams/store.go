package grams

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

const (
	// maxFound is how many rows an answer names. A piece that more rows may hold is
	// found sooner by walking the rows in the order of the list.
	maxFound = 500
	// maxFresh is how many fresh texts are compared for an answer.
	maxFresh = 2000
	// sealAtLeast is how many fresh texts are worth sealing.
	sealAtLeast = 64
	// sealAtMost is how many are sealed in one transaction.
	sealAtMost = 2000
	// fillAtMost is how many rows are taken in at once by an index that is filled.
	fillAtMost = 2000
	// maxPut is how many rows go into one statement.
	maxPut = 64
)

// Find names the rows of x in the transaction's zone whose text may hold piece, all
// of them; each text that does not must still be told apart. known is false when
// the index does not say: piece is too short or too common, or the index is
// not filled or has fallen behind.
func (x Index) Find(ctx context.Context, tx store.Tx, piece string) (ids []string, known bool, err error) {
	defer kernel.Wrap(&err, "grams.Find(%s)", x.Name)
	ctx = context.WithoutCancel(ctx) // what it reads is bounded: watching for the end of the request costs more
	look := asked(tx.Zone, piece)
	if len(look) == 0 {
		return nil, false, nil
	}
	query, args := x.sealed(tx, look)
	rows, err := tx.QueryContext(ctx, x.unready()+" UNION ALL "+x.among()+" UNION ALL SELECT id FROM ("+query+") AS sealed",
		append([]any{tx.Zone, "%" + store.EscapeLike(piece) + "%", x.Name}, args...)...)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, false, err
		}
		if id == "" || len(ids) == maxFound {
			return nil, false, nil
		}
		ids = append(ids, id)
	}
	return ids, true, rows.Err()
}

// unready yields an empty id when the index cannot say.
func (x Index) unready() string {
	return `SELECT '' AS id FROM (SELECT 1 FROM ` + x.fresh() + ` WHERE zone = $1 LIMIT 1 OFFSET ` + strconv.Itoa(maxFresh) + `) AS behind
		UNION ALL SELECT '' AS id WHERE NOT EXISTS (SELECT 1 FROM grams_filled WHERE zone = $1 AND name = $3 AND whole)`
}

// among yields the rows whose fresh text holds the piece.
func (x Index) among() string {
	return `SELECT id FROM (SELECT id, text FROM ` + x.fresh() + ` WHERE zone = $1 LIMIT ` + strconv.Itoa(maxFresh) + `) AS fresh WHERE text LIKE ` + store.Pattern("$2")
}

// sealed yields the rows in whose sealed text all grams occur, and perhaps others
// that have the rarest of them, as far as an answer needs them; its arguments begin
// with $4.
func (x Index) sealed(tx store.Tx, look []uint64) (query string, args []any) {
	limit := strconv.Itoa(maxFound + 1)
	if tx.Dialect == store.SQLite {
		// One gram that few rows have names them all; the lists of common ones are
		// long to compare. Too many are told by their numbers alone.
		match, args := "$4", []any{tokens(look)}
		if len(look) > 1 {
			match = `coalesce((SELECT value FROM json_each($5) WHERE (SELECT count(*) FROM (SELECT 1 FROM ` + x.fts() + ` WHERE ` + x.fts() + ` MATCH value LIMIT ` + limit +
				`)) < ` + limit + ` LIMIT 1), $4)`
			each, _ := json.Marshal(strings.Fields(tokens(look))) // strings can be marshalled
			args = append(args, string(each))
		}
		return `WITH few AS MATERIALIZED (SELECT rowid AS n FROM ` + x.fts() + ` WHERE ` + x.fts() + ` MATCH ` + match + ` LIMIT ` + limit + `)
			SELECT '' AS id WHERE (SELECT count(*) FROM few) >= ` + limit + `
			UNION ALL SELECT d.id FROM few CROSS JOIN ` + x.Name + ` d ON d.zone = $1 AND d.n = few.n WHERE (SELECT count(*) FROM few) < ` + limit, args
	}
	marks := make([]string, len(look))
	for i, g := range look {
		marks[i], args = "(CAST($"+strconv.Itoa(4+i)+" AS bigint))", append(args, int64(g))
	}
	// The rarest gram first: what the others leave of a common one would be long
	// in coming.
	return `WITH look (gram) AS (VALUES ` + strings.Join(marks, ", ") + `), rarest AS (
		SELECT look.gram FROM look CROSS JOIN LATERAL (SELECT count(*) AS c FROM (
			SELECT 1 FROM ` + x.grams() + ` g WHERE g.zone = $1 AND g.gram = look.gram LIMIT ` + limit + `) AS few) AS n ORDER BY n.c, look.gram LIMIT 1)
		SELECT d.id FROM rarest JOIN ` + x.grams() + ` g ON g.zone = $1 AND g.gram = rarest.gram JOIN ` + x.Name + ` d ON d.zone = $1 AND d.n = g.n
		WHERE NOT EXISTS (SELECT 1 FROM look WHERE NOT EXISTS (SELECT 1 FROM ` + x.grams() + ` o WHERE o.zone = $1 AND o.gram = look.gram AND o.n = g.n))
		LIMIT ` + limit, args
}

// Among is a condition that column is one of ids, and its one argument, which
// stands for "?".
func Among(d store.Dialect, column string, ids []string) (cond string, arg any) {
	if ids == nil {
		ids = []string{}
	}
	list, _ := json.Marshal(ids) // strings can be marshalled
	if d == store.SQLite {
		return column + " IN (SELECT value FROM json_each(?))", string(list)
	}
	return column + " = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST(? AS jsonb))))", string(list)
}

// numbered writes cond with its "?" as parameter n.
func numbered(cond string, n int) string {
	return strings.Replace(cond, "?", "$"+strconv.Itoa(n), 1)
}

// Note puts down as fresh what has changed between rows of one type as they stood
// before a write and stand after it: in after alone is what is new, in before alone
// what is dropped.
func Note(ctx context.Context, tx store.Tx, before, after []store.Row) (err error) {
	was := map[string]string{}
	var x Index
	for _, row := range before {
		t, _ := Of(row)
		x, was[t.ID] = t.Index, t.Text
	}
	var changed []Text
	for _, row := range after {
		t, searched := Of(row)
		if !searched {
			return nil
		}
		x = t.Index
		if text, stood := was[t.ID]; !stood || text != t.Text {
			changed = append(changed, t)
		}
		delete(was, t.ID)
	}
	for id := range was {
		changed = append(changed, Text{Index: x, ID: id})
	}
	return x.put(ctx, tx, x.fresh(), "text", changed, func(t Text) []any { return []any{t.Text} })
}

// put writes rows of one of x's tables: zone, id, and the columns named.
func (x Index) put(ctx context.Context, tx store.Tx, table, columns string, all []Text, values func(Text) []any) (err error) {
	defer kernel.Wrap(&err, "grams.put(%s)", table)
	names := strings.Split(columns, ", ")
	sets := make([]string, len(names))
	for i, c := range names {
		sets[i] = c + " = excluded." + c
	}
	for len(all) > 0 {
		part := all[:min(len(all), maxPut)]
		all = all[len(part):]
		var args []any
		marks := make([]string, len(part))
		for i, t := range part {
			row := append([]any{tx.Zone, t.ID}, values(t)...)
			of := make([]string, len(row))
			for j := range row {
				of[j] = "$" + strconv.Itoa(len(args)+j+1)
			}
			marks[i], args = "("+strings.Join(of, ", ")+")", append(args, row...)
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" (zone, id, "+columns+") VALUES "+strings.Join(marks, ", ")+
			" ON CONFLICT (zone, id) DO UPDATE SET "+strings.Join(sets, ", "), args...)
		if err != nil {
			return err
		}
	}
	return nil
}
