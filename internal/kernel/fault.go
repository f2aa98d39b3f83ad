package kernel

import (
	"errors"
	"fmt"
)

// The kinds of failure a caller may need to tell apart. infra/httpapi has the
// one table that turns a kind into a status.
var (
	ErrInvalid     = errors.New("invalid")            // the input is wrong: 422
	ErrSignedOut   = errors.New("signed out")         // no or stale credentials: 401
	ErrDenied      = errors.New("denied")             // known, but may not: 403
	ErrNotFound    = errors.New("not found")          // 404, also for another zone's object
	ErrConflict    = errors.New("conflict")           // the state does not allow it: 409
	ErrStale       = errors.New("stale")              // someone else changed it: 412
	ErrUnstated    = errors.New("precondition unset") // If-Match missing: 428
	ErrTooLarge    = errors.New("too large")          // 413
	ErrTooMany     = errors.New("too many")           // 429
	ErrUnavailable = errors.New("unavailable")        // try again later: 503
	ErrUnsupported = errors.New("unsupported")        // media type: 415
)

// Fault is a failure a person may read: Word is a message key of infra/words
// and doubles as the stable error code, Kind is one of the kinds above.
type Fault struct {
	Kind    error
	Word    string  // "pipeline.gate_not_met"
	Args    []any   // for the message, in order
	Field   string  // path of the offending field, "amount" or "milestones[2].on_date"; may be ""
	Details []Fault // the parts, when several things are wrong at once
}

// Error is for logs; people are shown the Word in their language.
func (f *Fault) Error() string {
	s := fmt.Sprintf("%v: %s", f.Kind, f.Word)
	if f.Field != "" {
		s += " at " + f.Field
	}
	if len(f.Args) > 0 {
		s += fmt.Sprintf(" %v", f.Args)
	}
	for _, d := range f.Details {
		s += "; " + d.Error()
	}
	return s
}

// Unwrap lets errors.Is find the kind.
func (f *Fault) Unwrap() error { return f.Kind }

// Faultf returns a Fault of kind with message key word.
func Faultf(kind error, word string, args ...any) error {
	return &Fault{Kind: kind, Word: word, Args: args}
}

// FieldFault returns an ErrInvalid Fault about field.
func FieldFault(field, word string, args ...any) error {
	return &Fault{Kind: ErrInvalid, Word: word, Args: args, Field: field}
}

// Faults gathers errs into one ErrInvalid Fault under word; nil when errs holds
// no error. An error that is not a Fault is returned as it is.
func Faults(word string, errs ...error) error {
	all := &Fault{Kind: ErrInvalid, Word: word}
	for _, err := range errs {
		if err == nil {
			continue
		}
		var f *Fault
		if !errors.As(err, &f) {
			return err
		}
		all.Details = append(all.Details, *f)
	}
	if len(all.Details) == 0 {
		return nil
	}
	return all
}

// Wrap adds where it happened to *errp on the way out of a function.
func Wrap(errp *error, format string, args ...any) {
	if *errp != nil {
		*errp = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *errp)
	}
}
