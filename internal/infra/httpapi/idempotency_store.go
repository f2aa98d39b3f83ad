package httpapi

import (
	"context"
	"embed"
	"errors"
	"net/http"
	"time"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations holds the door's own table.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// What Status says while there is no answer.
const (
	begun     = 0  // it is being worked out
	effected  = -2 // the act is committed, its answer is not kept yet
	unsettled = -1 // it ended in an error after an act of it was committed
)

// answer is the first answer to a POST with an Idempotency-Key.
type answer struct {
	Zone        string            `db:"zone,key"`
	Account     string            `db:"account,key"`
	Key         string            `db:"key,key"`
	RequestHash string            `db:"request_hash"`
	Status      int64             `db:"status"` // of HTTP, or one of those above
	Headers     map[string]string `db:"headers,json"`
	Body        []byte            `db:"body" class:"personal"`
	CreatedAt   int64             `db:"created_at"`
	Holder      string            `db:"holder"` // process and request that work it out
}

// Table is where answers are kept.
func (answer) Table() string { return "httpapi_idempotency" }

const byKey = "zone = $1 AND account = $2 AND key = $3"

// claim makes the caller the one who answers want's key, or returns the earlier
// answer. An answer older than keepAnswers counts for nothing, and so does a
// claim that its holder has left, unless an act was committed under it: then
// that stays as it is. What a holder does who was only slow is undone by mark.
func claim(ctx context.Context, db *store.DB, want answer, left func(answer, time.Time) bool) (have answer, mine bool, err error) {
	defer kernel.Wrap(&err, "httpapi.claim")
	err = db.Update(ctx, func(tx store.Tx) error {
		mine = false
		have, err = store.Get[answer](ctx, tx, byKey, tx.Zone, want.Account, want.Key)
		fresh := have.CreatedAt > tx.Now.Add(-keepAnswers).UnixMilli()
		open := have.Status == begun && have.RequestHash == want.RequestHash && left(have, tx.Now)
		if err == nil && fresh && !open || err != nil && !errors.Is(err, kernel.ErrNotFound) {
			return err
		}
		mine = true
		want.Zone, want.CreatedAt = tx.Zone, tx.Now.UnixMilli()
		return store.Put(ctx, tx, want)
	})
	return have, mine, err
}

// marking returns a context whose acts are committed together with the note that
// a's key has taken effect, and only while a holds the key.
func marking(ctx context.Context, a answer) context.Context {
	return store.Along(ctx, func(ctx context.Context, tx store.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE httpapi_idempotency SET status = $4 WHERE `+byKey+` AND holder = $5 AND status IN (0, $4)`,
			tx.Zone, a.Account, a.Key, effected, a.Holder)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); n == 1 || err != nil {
			return err
		}
		return kernel.Faultf(kernel.ErrConflict, "httpapi.idempotency_running") // another holds it by now
	})
}

// settle keeps the answer when it is final or an act was committed: as it was
// given, or as unsettled when an error followed the act. Any other is forgotten,
// so that the request may be tried again. A key another has taken over is left
// to them.
func settle(ctx context.Context, db *store.DB, a answer, final bool) (err error) {
	defer kernel.Wrap(&err, "httpapi.settle")
	return db.Update(ctx, func(tx store.Tx) error {
		have, err := store.Get[answer](ctx, tx, byKey, tx.Zone, a.Account, a.Key)
		if errors.Is(err, kernel.ErrNotFound) || err == nil && have.Holder != a.Holder {
			return nil
		}
		if err != nil {
			return err
		}
		kept := a
		kept.Zone, kept.CreatedAt = tx.Zone, tx.Now.UnixMilli()
		if have.Status != effected && !final {
			return store.Drop(ctx, tx, kept)
		}
		if a.Status >= http.StatusInternalServerError {
			kept.Status, kept.Headers, kept.Body = unsettled, map[string]string{}, []byte{}
		}
		return store.Put(ctx, tx, kept)
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
