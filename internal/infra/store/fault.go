package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"sente/internal/kernel"
)

// UniqueError is a refused duplicate. It is a kernel.ErrConflict with the word
// store.duplicate; a Desk that knows better what was duplicated returns its
// own Fault instead.
type UniqueError struct {
	Table      string   // the table holding the earlier row
	Constraint string   // the index's name as PostgreSQL has it, on both engines; "" if unknown
	Columns    []string // the index's columns in order; nil if unknown
	err        error
}

// Error is for logs.
func (e *UniqueError) Error() string {
	return fmt.Sprintf("duplicate in %s (%s): %v", e.Table, e.Constraint, e.err)
}

// Unwrap yields the Fault to show and the driver's error.
func (e *UniqueError) Unwrap() []error {
	return []error{kernel.Faultf(kernel.ErrConflict, "store.duplicate"), e.err}
}

// IsUnique reports whether err is the refusal of a duplicate.
func IsUnique(err error) bool {
	_, ok := Unique(err)
	return ok
}

// Unique returns what was duplicated. Errors of a transaction's own Exec and
// Query carry the names only once View or Update returned them.
func Unique(err error) (*UniqueError, bool) {
	var u *UniqueError
	if errors.As(translate(err, nil), &u) {
		return u, true
	}
	return nil, false
}

// trouble is what a driver's error means.
type trouble int

const (
	none trouble = iota
	duplicate
	reference
	retry
	busy
	full
	readOnly
	down
	badText
)

// translate gives a driver's error inside err its meaning: a UniqueError or a
// Fault around it. Other errors, and those already translated, stay as they are.
func translate(err error, uniques []index) error {
	var fault *kernel.Fault
	if err == nil || errors.As(err, &fault) || errors.Is(err, context.Canceled) {
		return err
	}
	what, table, constraint, columns := classify(err)
	switch what {
	case duplicate:
		u := &UniqueError{Table: table, Constraint: constraint, Columns: columns, err: err}
		u.complete(uniques)
		return u
	case reference:
		return meant(kernel.ErrConflict, "store.reference", err)
	case busy:
		return meant(kernel.ErrUnavailable, "store.busy", err)
	case full:
		return meant(kernel.ErrUnavailable, "store.full", err)
	case readOnly:
		return meant(kernel.ErrUnavailable, "store.read_only", err)
	case down:
		return meant(kernel.ErrUnavailable, "store.down", err)
	case badText:
		return meant(kernel.ErrInvalid, "store.bad_text", err)
	}
	return err
}

// OnDisk gives a file's error its meaning: a Fault around err when the disk is
// full or may not be written to, nil when it is another error.
func OnDisk(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return meant(kernel.ErrUnavailable, "store.full", err)
	case errors.Is(err, syscall.EROFS):
		return meant(kernel.ErrUnavailable, "store.read_only", err)
	}
	return nil
}

// meant returns err as a Fault a person may read.
func meant(kind error, word string, err error) error {
	return fmt.Errorf("%w: %w", kernel.Faultf(kind, word), err)
}

// classify asks the engine whose error is inside err.
func classify(err error) (what trouble, table, constraint string, columns []string) {
	if what, table, constraint = classifyPostgres(err); what != none {
		return what, table, constraint, nil
	}
	what, table, columns = classifySQLite(err)
	return what, table, "", columns
}

// retryable reports whether err is a serialization failure or a deadlock.
func retryable(err error) bool {
	if err == nil {
		return false
	}
	what, _, _, _ := classify(err)
	return what == retry
}

// complete fills in what the engine did not say: PostgreSQL names the index,
// SQLite its columns.
func (e *UniqueError) complete(uniques []index) {
	for _, x := range uniques {
		if x.table != e.Table {
			continue
		}
		if e.Constraint == x.name || e.Constraint == "" && strings.Join(e.Columns, ",") == strings.Join(x.columns, ",") {
			e.Constraint, e.Columns = x.name, x.columns
			return
		}
	}
}
