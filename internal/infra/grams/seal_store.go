package grams

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// waiting returns fresh texts, at most as many as are sealed at once.
func (x Index) waiting(ctx context.Context, tx store.Tx) (out []Text, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, text FROM `+x.fresh()+` WHERE zone = $1 ORDER BY id LIMIT `+strconv.Itoa(sealAtMost), tx.Zone)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		t := Text{Index: x}
		if err := rows.Scan(&t.ID, &t.Text); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

// seal takes fresh texts into the index, if there are at least so many, and
// returns how many they were. Each gets a new number; what stood under an old one
// is found no more.
func (x Index) seal(ctx context.Context, tx store.Tx, atLeast int) (sealed int, err error) {
	defer kernel.Wrap(&err, "grams.seal(%s)", x.Name)
	all, err := x.waiting(ctx, tx)
	if err != nil || len(all) < atLeast || len(all) == 0 {
		return 0, err
	}
	ids := make([]string, len(all))
	for i, t := range all {
		ids[i] = t.ID
	}
	first, err := x.next(ctx, tx)
	if err != nil {
		return 0, err
	}
	if err := x.forget(ctx, tx, ids); err != nil {
		return 0, err
	}
	kept, numbers := all[:0], map[string]int64{}
	for _, t := range all {
		if t.Text != "" {
			numbers[t.ID], kept = first+int64(len(kept)), append(kept, t)
		}
	}
	if err := x.index(ctx, tx, kept, first); err != nil {
		return 0, err
	}
	return len(ids), x.put(ctx, tx, x.Name, "n, sum", kept, func(t Text) []any { return []any{numbers[t.ID], sum(t.Text)} })
}

// forget takes ids out of the index and from among the fresh.
func (x Index) forget(ctx context.Context, tx store.Tx, ids []string) error {
	cond, list := Among(tx.Dialect, "id", ids)
	here := " WHERE zone = $1 AND " + numbered(cond, 2)
	gone := `DELETE FROM ` + x.grams() + ` WHERE zone = $1 AND n IN (SELECT n FROM ` + x.Name + here + `)`
	if tx.Dialect == store.SQLite {
		gone = `DELETE FROM ` + x.fts() + ` WHERE rowid IN (SELECT n FROM ` + x.Name + here + `)`
	}
	for _, stmt := range []string{gone, `DELETE FROM ` + x.Name + here, `DELETE FROM ` + x.fresh() + here} {
		if _, err := tx.ExecContext(ctx, stmt, tx.Zone, list); err != nil {
			return err
		}
	}
	return nil
}

// next returns the first number that is free from there on.
func (x Index) next(ctx context.Context, tx store.Tx) (n int64, err error) {
	if tx.Dialect == store.SQLite { // the zones share one table
		return n, tx.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) + 1 FROM `+x.fts()+`_docsize`).Scan(&n)
	}
	return n, tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) + 1 FROM `+x.Name+` WHERE zone = $1`, tx.Zone).Scan(&n)
}

// index writes the grams of all under numbers from first on.
func (x Index) index(ctx context.Context, tx store.Tx, all []Text, first int64) error {
	if tx.Dialect == store.SQLite {
		for i, t := range all {
			_, err := tx.ExecContext(ctx, `INSERT INTO `+x.fts()+` (rowid, grams) VALUES ($1, $2)`, first+int64(i), tokens(pairs(tx.Zone, t.Text)))
			if err != nil {
				return err
			}
		}
		return nil
	}
	rows := [][2]int64{}
	for i, t := range all {
		for _, g := range pairs(tx.Zone, t.Text) {
			rows = append(rows, [2]int64{int64(g), first + int64(i)})
		}
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO `+x.grams()+` (zone, gram, n)
		SELECT $1, CAST(r ->> 0 AS bigint), CAST(r ->> 1 AS bigint) FROM jsonb_array_elements(CAST($2 AS jsonb)) AS t (r)`, tx.Zone, string(list))
	return err
}

// fill puts down as fresh the next rows that stood before the index, and returns
// whether it has now seen them all.
func (x Index) fill(ctx context.Context, tx store.Tx) (whole bool, err error) {
	defer kernel.Wrap(&err, "grams.fill(%s)", x.Name)
	upto, whole, err := x.filled(ctx, tx)
	if err != nil || whole {
		return whole, err
	}
	var last string
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(id), '') FROM (SELECT id FROM `+x.table+` WHERE zone = $1 AND id > $2 ORDER BY id LIMIT `+strconv.Itoa(fillAtMost)+`) AS few`,
		tx.Zone, upto).Scan(&last)
	if err != nil {
		return false, err
	}
	if whole = last == ""; whole {
		_, err = tx.ExecContext(ctx, `INSERT INTO `+x.fresh()+` (zone, id, text) SELECT d.zone, d.id, '' FROM `+x.Name+` d
			WHERE d.zone = $1 AND NOT EXISTS (SELECT 1 FROM `+x.table+` t WHERE t.zone = d.zone AND t.id = d.id) ON CONFLICT (zone, id) DO NOTHING`, tx.Zone)
	} else {
		_, err = tx.ExecContext(ctx, `INSERT INTO `+x.fresh()+` (zone, id, text) SELECT zone, id, `+x.column+` FROM `+x.table+`
			WHERE zone = $1 AND id > $2 AND id <= $3 ON CONFLICT (zone, id) DO NOTHING`, tx.Zone, upto, last)
	}
	if err != nil {
		return false, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO grams_filled (zone, name, upto, whole) VALUES ($1, $2, $3, $4)
		ON CONFLICT (zone, name) DO UPDATE SET upto = excluded.upto, whole = excluded.whole`, tx.Zone, x.Name, last, whole)
	return whole, err
}

// filled returns how far the index was filled.
func (x Index) filled(ctx context.Context, tx store.Tx) (upto string, whole bool, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT upto, whole FROM grams_filled WHERE zone = $1 AND name = $2`, tx.Zone, x.Name)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	if rows.Next() {
		err = rows.Scan(&upto, &whole)
	}
	return upto, whole, errors.Join(err, rows.Err())
}

// empty takes everything out of the index, as if it had never been filled: on
// SQLite, where the zones share one table, for all of them. What is fresh stays.
func (x Index) empty(ctx context.Context, tx store.Tx) (err error) {
	defer kernel.Wrap(&err, "grams.empty(%s)", x.Name)
	stmts := []string{`DELETE FROM ` + x.grams(), `DELETE FROM ` + x.Name, `DELETE FROM grams_filled`}
	if tx.Dialect == store.SQLite {
		stmts[0] = `INSERT INTO ` + x.fts() + ` (` + x.fts() + `) VALUES ('delete-all')`
	}
	for i, stmt := range stmts {
		args := []any{}
		if i == 2 {
			stmt, args = stmt+` WHERE name = $1`, append(args, x.Name)
		}
		if _, err := tx.ExecContext(ctx, stmt, args...); err != nil {
			return err
		}
	}
	return nil
}
