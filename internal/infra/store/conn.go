package store

import (
	"container/list"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
)

// The bounds of the prepared statements a connection keeps. A statement of the
// program takes some 10 KB; one of 32 rows of values up to 100 KB.
const (
	keptStatements = 128
	keptText       = 16 << 10 // bytes; longer texts, as of large imports' odd ends, are not kept
)

// conn is one connection to SQLite with the prepared statements used last:
// reading its text is most of what a small statement costs. It is used by one
// goroutine at a time.
type conn struct {
	raw  driver.Conn
	kept map[string]*list.Element // of *statement
	used *list.List               // the one used last in front
}

// statement is a prepared statement. SQLite itself prepares it anew after the
// schema changed.
type statement struct {
	driver.Stmt
	text string
	busy bool // it delivers rows
	kept bool
}

func newConn(raw driver.Conn) *conn {
	return &conn{raw: raw, kept: map[string]*list.Element{}, used: list.New()}
}

// prepare returns a statement with text that nobody is using.
func (c *conn) prepare(ctx context.Context, text string) (*statement, error) {
	if e, ok := c.kept[text]; ok {
		if s := e.Value.(*statement); !s.busy {
			c.used.MoveToFront(e)
			return s, nil
		}
	}
	stmt, err := c.raw.(driver.ConnPrepareContext).PrepareContext(ctx, unnumbered(text))
	if err != nil {
		return nil, err
	}
	s := &statement{Stmt: stmt, text: text}
	if _, twin := c.kept[text]; twin || len(text) > keptText {
		return s, nil
	}
	s.kept = true
	c.kept[text] = c.used.PushFront(s)
	if c.used.Len() > keptStatements {
		return s, c.forget(c.used.Back().Value.(*statement))
	}
	return s, nil
}

// forget drops s from those kept; it is closed once it is not used any more.
func (c *conn) forget(s *statement) error {
	if s.kept {
		c.used.Remove(c.kept[s.text])
		delete(c.kept, s.text)
		s.kept = false
	}
	if s.busy {
		return nil
	}
	return s.Close()
}

// done ends one use of s. After an error it is prepared anew the next time.
func (c *conn) done(s *statement, failed error) error {
	s.busy = false
	if failed != nil || !s.kept {
		return c.forget(s)
	}
	return nil
}

// exec carries out a statement that yields no rows.
func (c *conn) exec(ctx context.Context, text string, args ...any) (driver.Result, error) {
	named, err := values(args)
	if err != nil {
		return nil, err
	}
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	res, err := s.Stmt.(driver.StmtExecContext).ExecContext(ctx, named)
	if closed := c.done(s, err); err == nil {
		err = closed
	}
	return res, err
}

// query begins to read the rows of a statement; Rows.Close ends it.
func (c *conn) query(ctx context.Context, text string, args []any) (*Rows, error) {
	named, err := values(args)
	if err != nil {
		return nil, err
	}
	s, err := c.prepare(ctx, text)
	if err != nil {
		return nil, err
	}
	rows, err := s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, named)
	if err != nil {
		return nil, errors.Join(err, c.done(s, err))
	}
	s.busy = true
	return &Rows{ctx: ctx, conn: c, stmt: s, rows: rows, row: make([]driver.Value, len(rows.Columns()))}, nil
}

// sound reports whether the connection may be used again.
func (c *conn) sound() bool { return c.raw.(driver.Validator).IsValid() }

// close ends the connection and its statements.
func (c *conn) close() error {
	var errs []error
	for e := c.used.Front(); e != nil; e = e.Next() {
		errs = append(errs, e.Value.(*statement).Close())
	}
	return errors.Join(append(errs, c.raw.Close())...)
}

// values gives arguments the types a driver takes.
func values(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		out[i].Ordinal = i + 1
		switch v := arg.(type) {
		case nil, string, int64, float64, bool, []byte:
			out[i].Value = v
			continue
		case int:
			out[i].Value = int64(v)
			continue
		}
		v, err := driver.DefaultParameterConverter.ConvertValue(arg)
		if err != nil {
			return nil, fmt.Errorf("argument %d: %w", i+1, err)
		}
		out[i].Value = v
	}
	return out, nil
}
