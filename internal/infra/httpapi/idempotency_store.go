package httpapi

import (
	"context"
	"embed"
	"errors"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations holds the door's own table.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// unsettled is the Status of a key whose request ended in an error after which
// nobody can say whether the act was done.
const unsettled = -1

// answer is the first answer to a POST with an Idempotency-Key; Status 0 means
// that it is still being worked out.
type answer struct {
	Zone        string            `db:"zone,key"`
	Account     string            `db:"account,key"`
	Key         string            `db:"key,key"`
	RequestHash string            `db:"request_hash"`
	Status      int64             `db:"status"`
	Headers     map[string]string `db:"headers,json"`
	Body        []byte            `db:"body" class:"personal"`
	CreatedAt   int64             `db:"created_at"`
}

// Table is where answers are kept.
func (answer) Table() string { return "httpapi_idempotency" }

// claim makes the caller the one who answers want's key, or returns the earlier
// answer. An answer older than keepAnswers counts for nothing.
func claim(ctx context.Context, db *store.DB, want answer) (have answer, mine bool, err error) {
	defer kernel.Wrap(&err, "httpapi.claim")
	err = db.Update(ctx, func(tx store.Tx) error {
		mine = false
		have, err = store.Get[answer](ctx, tx, "zone = $1 AND account = $2 AND key = $3", tx.Zone, want.Account, want.Key)
		fresh := have.CreatedAt > tx.Now.Add(-keepAnswers).UnixMilli()
		if err == nil && fresh || err != nil && !errors.Is(err, kernel.ErrNotFound) {
			return err
		}
		mine = true
		want.Zone, want.CreatedAt = tx.Zone, tx.Now.UnixMilli()
		return store.Put(ctx, tx, want)
	})
	return have, mine, err
}

// settle keeps the answer, or with Status 0 forgets that the key was used.
func settle(ctx context.Context, db *store.DB, a answer) (err error) {
	defer kernel.Wrap(&err, "httpapi.settle")
	return db.Update(ctx, func(tx store.Tx) error {
		a.Zone, a.CreatedAt = tx.Zone, tx.Now.UnixMilli()
		if a.Status == 0 {
			return store.Drop(ctx, tx, a)
		}
		return store.Put(ctx, tx, a)
	})
}

// Sweep removes answers kept for longer than 24 hours in the zone of ctx's actor.
func (d *Door) Sweep(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "httpapi.Sweep")
	return d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM httpapi_idempotency WHERE zone = $1 AND created_at < $2`,
			tx.Zone, tx.Now.Add(-keepAnswers).UnixMilli())
		return err
	})
}

// keepAnswers is how long a key is remembered.
const keepAnswers = 24 * time.Hour
