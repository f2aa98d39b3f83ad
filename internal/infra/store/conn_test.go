package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// alone runs fn on the writer's connection.
func (g *grouped) alone(fn func(tx Tx, c *conn) error) {
	g.Helper()
	if err := g.db.Update(g.ctx, func(tx Tx) error { return fn(tx, g.db.writer.conn) }); err != nil {
		g.Fatal(err)
	}
}

// TestStatementsAreKept: within bounds, and only those that may be used again.
func TestStatementsAreKept(t *testing.T) {
	g := newGrouped(t)
	g.alone(func(tx Tx, c *conn) error {
		const text = `SELECT count(*) FROM group_rows WHERE zone = $1`
		for range 3 {
			if _, err := Count(g.ctx, tx, text, tx.Zone); err != nil {
				return err
			}
		}
		first := c.kept[text]
		for i := range 2 * keptStatements {
			if _, err := Count(g.ctx, tx, fmt.Sprintf(`SELECT %d`, i)); err != nil {
				return err
			}
		}
		if first == nil || c.kept[text] != nil || len(c.kept) != keptStatements || c.used.Len() != keptStatements {
			t.Errorf("%v, %d and %d kept", first, len(c.kept), c.used.Len())
		}
		return nil
	})
}

// TestStatementTwiceAtOnce: a statement that delivers rows is not taken by another.
func TestStatementTwiceAtOnce(t *testing.T) {
	g := newGrouped(t)
	g.alone(func(tx Tx, c *conn) error {
		pairs := 0
		err := errors.Join(g.insert("a")(tx), g.insert("b")(tx))
		const text = `SELECT id FROM group_rows ORDER BY id`
		outer, err2 := tx.QueryContext(g.ctx, text)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		for outer.Next() {
			inner, err := tx.QueryContext(g.ctx, text)
			if err != nil {
				return err
			}
			for inner.Next() {
				pairs++
			}
			if err := inner.Err(); err != nil {
				return err
			}
		}
		if pairs != 4 {
			t.Errorf("%d pairs of 4", pairs)
		}
		return outer.Err()
	})
}

// TestStatementAfterTrouble: a statement works after the schema changed under
// it, after it failed and after it was interrupted.
func TestStatementAfterTrouble(t *testing.T) {
	g := newGrouped(t)
	columns := func(tx Tx) int {
		rows, err := tx.QueryContext(g.ctx, `SELECT * FROM group_rows`)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err := errors.Join(err, rows.Close()); err != nil {
			t.Fatal(err)
		}
		return len(names)
	}
	g.alone(func(tx Tx, _ *conn) error {
		if n := columns(tx); n != 5 {
			t.Errorf("%d columns", n)
		}
		_, err := tx.ExecContext(g.ctx, `ALTER TABLE group_rows ADD COLUMN more TEXT`)
		if n := columns(tx); n != 6 {
			t.Errorf("%d columns after one was added", n)
		}
		return errors.Join(err, g.insert("a")(tx))
	})
	g.alone(func(tx Tx, _ *conn) error {
		if err := g.insert("a")(tx); !IsUnique(err) {
			t.Errorf("got %v", err)
		}
		return g.insert("b")(tx)
	})
	slow := func(ctx context.Context, rows int) error {
		return g.db.View(ctx, func(tx Tx) error {
			_, err := Count(ctx, tx, `WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < $1) SELECT count(*) FROM s`, rows)
			return err
		})
	}
	ctx, cancel := context.WithCancel(g.ctx)
	ended := make(chan error)
	go func() { ended <- slow(ctx, 1<<60) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for range g.db.cfg.Readers {
		if err := slow(g.ctx, 10); err != nil {
			t.Error(err)
		}
	}
	g.kept("a b")
}

// TestStatementsAreCounted: as many as the function began, and none of others.
func TestStatementsAreCounted(t *testing.T) {
	g := newGrouped(t)
	ctx, n := Counting(g.ctx)
	if err := g.db.Update(ctx, func(tx Tx) error { return errors.Join(g.insert("a")(tx), g.insert("b")(tx)) }); err != nil {
		t.Fatal(err)
	}
	g.kept("a b")
	if n.Statements() != 2 {
		t.Errorf("%d statements, want 2", n.Statements())
	}
}
