package store

import "context"

// alongKey finds what a context's updates do besides.
type alongKey struct{}

// Along returns a context in which every Update ends with also, in its own
// transaction: what was done and the note that it was done are kept together or
// not at all. An error of also undoes the update.
func Along(ctx context.Context, also func(ctx context.Context, tx Tx) error) context.Context {
	return context.WithValue(ctx, alongKey{}, also)
}

// along is fn with what ctx asks for besides.
func along(ctx context.Context, fn func(Tx) error) func(Tx) error {
	also, ok := ctx.Value(alongKey{}).(func(context.Context, Tx) error)
	if !ok {
		return fn
	}
	return func(tx Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return also(ctx, tx)
	}
}
