package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
)

// Rows are the rows a query delivers, one after the other; its methods are
// those of sql.Rows. The transaction closes what its function left open.
type Rows struct {
	pg *sql.Rows // on PostgreSQL; the rest is for SQLite

	ctx  context.Context
	act  *act // nil outside of one
	conn *conn
	stmt *statement
	rows driver.Rows
	row  []driver.Value
	err  error
	over bool
}

// Next goes to the next row and reports whether there is one.
func (r *Rows) Next() bool {
	if r.pg != nil {
		return r.pg.Next()
	}
	if r.over {
		return false
	}
	if r.err = r.ctx.Err(); r.err == nil {
		r.err = r.rows.Next(r.row)
	}
	if r.err == nil {
		return true
	}
	if errors.Is(r.err, io.EOF) {
		r.err = nil
	}
	_ = r.Close() // told by Err
	return false
}

// Scan copies the row's columns to where dest points.
func (r *Rows) Scan(dest ...any) error {
	if r.pg != nil {
		return r.pg.Scan(dest...)
	}
	if r.over {
		return errors.New("store: Scan without a row")
	}
	if len(dest) != len(r.row) {
		return fmt.Errorf("store: %d targets for %d columns", len(dest), len(r.row))
	}
	for i, d := range dest {
		if err := scan(d, r.row[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

// Columns returns the names of the columns.
func (r *Rows) Columns() ([]string, error) {
	if r.pg != nil {
		return r.pg.Columns()
	}
	return r.rows.Columns(), nil
}

// Err returns what ended the rows, nil when it was the last of them.
func (r *Rows) Err() error {
	if r.pg != nil {
		return r.pg.Err()
	}
	return r.err
}

// Close ends the reading; it may be called again.
func (r *Rows) Close() error {
	if r.pg != nil {
		return r.pg.Close()
	}
	if r.over {
		return nil
	}
	r.over = true
	err := r.rows.Close()
	if r.err == nil {
		r.err = err
	}
	if r.act != nil {
		r.act.closed(r)
		_ = r.act.noticed(r.err) // told by Err
	}
	return errors.Join(err, r.conn.done(r.stmt, r.err))
}

// Single is the first row of a query.
type Single struct {
	rows *Rows
	err  error
}

// Scan copies the row's columns to where dest points; the error is
// sql.ErrNoRows when there is no row.
func (s Single) Scan(dest ...any) (err error) {
	if s.err != nil {
		return s.err
	}
	defer func() { err = errors.Join(err, s.rows.Close()) }()
	if !s.rows.Next() {
		if err := s.rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	return s.rows.Scan(dest...)
}

// scan stores what SQLite delivered in what dest points to, as database/sql
// would: text and numbers are turned into each other where nothing is lost.
func scan(dest any, src driver.Value) error {
	switch d := dest.(type) {
	case *field: // of a mapped row
		return d.Scan(src)
	case *string:
		if s, ok := src.(string); ok {
			*d = s
			return nil
		}
	case *int64:
		if n, ok := src.(int64); ok {
			*d = n
			return nil
		}
	case *[]byte:
		switch s := src.(type) {
		case nil:
			*d = nil
			return nil
		case []byte:
			*d = s
			return nil
		case string:
			*d = []byte(s)
			return nil
		}
	case *any:
		*d = src
		return nil
	case sql.Scanner:
		return d.Scan(src)
	}
	return scanOther(reflect.ValueOf(dest), src)
}

// scanOther is scan for the types that need reflection.
func scanOther(dest reflect.Value, src driver.Value) error {
	if dest.Kind() != reflect.Pointer || dest.IsNil() {
		return fmt.Errorf("a %s is no target", dest.Type())
	}
	v := dest.Elem()
	if v.Kind() == reflect.Pointer {
		if src == nil {
			v.SetZero()
			return nil
		}
		v.Set(reflect.New(v.Type().Elem()))
		return scan(v.Interface(), src)
	}
	if assign(v, src) || convert(v, src) {
		return nil
	}
	return fmt.Errorf("a %T does not fit into a %s", src, v.Type())
}

// convert sets v to src of another kind.
func convert(v reflect.Value, src driver.Value) bool {
	switch s := src.(type) {
	case int64:
		switch {
		case v.Kind() == reflect.String:
			v.SetString(strconv.FormatInt(s, 10))
			return true
		case v.CanFloat():
			v.SetFloat(float64(s))
			return true
		}
	case []byte:
		if v.Kind() == reflect.String {
			v.SetString(string(s))
			return true
		}
	case string:
		if !v.CanInt() {
			return false
		}
		n, err := strconv.ParseInt(s, 10, v.Type().Bits())
		v.SetInt(n)
		return err == nil
	case float64:
		if !v.CanInt() || s != float64(int64(s)) {
			return false
		}
		v.SetInt(int64(s))
		return !v.OverflowInt(int64(s))
	}
	return false
}
