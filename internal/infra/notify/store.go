package notify

import (
	"context"
	"embed"
	"errors"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations creates the tables of this package.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the row types that are journaled.
func Tables() []store.Row { return []store.Row{Channel{}, Preferences{}} }

// Passing names the tables that no backup holds: what was on its way out is not
// sent by an installation that is brought back elsewhere.
func Passing() []string { return []string{Delivery{}.Table()} }

// secretRow is where a channel leads, sealed.
type secretRow struct {
	Zone    string `db:"zone,key"`
	Channel string `db:"channel,key"`
	Sealed  []byte `db:"sealed"`
	SetAt   int64  `db:"set_at"`
}

// Table names the table of secrets.
func (secretRow) Table() string { return "notify_secrets" }

// progressOf returns how far the zone's journal has been told; ok is false
// before the first time.
func progressOf(ctx context.Context, tx store.Tx) (p progress, ok bool, err error) {
	p, err = store.Get[progress](ctx, tx, "zone = $1", tx.Zone)
	if errors.Is(err, kernel.ErrNotFound) {
		return progress{Zone: tx.Zone, After: -1}, false, nil
	}
	return p, err == nil, err
}

// insertNotice keeps n unless its account has been told that already.
func insertNotice(ctx context.Context, tx store.Tx, n Notice) (fresh bool, err error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO notify_notices (zone, id, account, topic, object, title, code, path, day, note, actor, urgent, shown, once, at, read_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (zone, account, once) DO NOTHING`,
		n.Zone, n.ID, n.Account, n.Topic, n.Object, n.Title, n.Code, n.Path, n.Day, n.Note, n.Actor, n.Urgent, n.Shown, n.Once, n.At, n.ReadAt)
	if err != nil {
		return false, err
	}
	k, err := res.RowsAffected()
	return k > 0, err
}

// insertDelivery keeps v unless it has gone that way already.
func insertDelivery(ctx context.Context, tx store.Tx, v Delivery) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO notify_deliveries (zone, id, sink, account, topic, object, title, code, path, day, once, state, attempts, next_at, reason, detail, created_at, ended_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (zone, sink, account, once) DO NOTHING`,
		v.Zone, v.ID, v.Sink, v.Account, v.Topic, v.Object, v.Title, v.Code, v.Path, v.Day, v.Once, v.State, v.Attempts, v.NextAt, v.Reason, v.Detail, v.CreatedAt, v.EndedAt)
	return err
}

// inbox returns at most limit notices of account before the id before ("" the
// newest), newest first.
func inbox(ctx context.Context, tx store.Tx, account string, unread bool, before string, limit int) ([]Notice, error) {
	tail, args := "WHERE zone = $1 AND account = $2 AND shown", []any{tx.Zone, account}
	if unread {
		tail += " AND read_at = 0"
	}
	if before != "" {
		args = append(args, before)
		tail += " AND id < $3"
	}
	args = append(args, int64(limit))
	return store.Select[Notice](ctx, tx, tail+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
}

// unreadOf counts what account has not read.
func unreadOf(ctx context.Context, tx store.Tx, account string) (int64, error) {
	return store.Count(ctx, tx, "SELECT count(*) FROM notify_notices WHERE zone = $1 AND account = $2 AND shown AND read_at = 0", tx.Zone, account)
}

// markRead marks those of ids that are account's as read, or all of them up to
// the id upTo.
func markRead(ctx context.Context, tx store.Tx, account string, ids []string, upTo string) error {
	where, args := "id <= $4", []any{tx.Now.UnixMilli(), tx.Zone, account, upTo}
	if upTo == "" {
		marks := make([]string, len(ids))
		args = args[:3]
		for i, id := range ids {
			args = append(args, id)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		where = "id IN (" + strings.Join(marks, ", ") + ")"
	}
	_, err := tx.ExecContext(ctx, "UPDATE notify_notices SET read_at = $1 WHERE zone = $2 AND account = $3 AND read_at = 0 AND "+where, args...)
	return err
}

// dueSinks returns the sinks something is due for.
func dueSinks(ctx context.Context, tx store.Tx) (out []string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT sink FROM notify_deliveries WHERE zone = $1 AND next_at <= $2 AND state IN ('waiting', 'failed') GROUP BY sink ORDER BY sink`, tx.Zone, tx.Now.UnixMilli())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var sink string
		if err := rows.Scan(&sink); err != nil {
			return nil, err
		}
		out = append(out, sink)
	}
	return out, rows.Err()
}

// dueFor returns at most limit deliveries due for sink, the longest due first.
func dueFor(ctx context.Context, tx store.Tx, sink string, limit int) ([]Delivery, error) {
	return store.Select[Delivery](ctx, tx, `WHERE zone = $1 AND next_at <= $2 AND state IN ('waiting', 'failed') AND sink = $3 ORDER BY next_at, id LIMIT $4`,
		tx.Zone, tx.Now.UnixMilli(), sink, int64(limit))
}

// listDeliveries returns at most limit deliveries before the id before, newest
// first.
func listDeliveries(ctx context.Context, tx store.Tx, state, sink, before string, limit int) ([]Delivery, error) {
	tail, args := "WHERE zone = $1", []any{tx.Zone}
	add := func(cond, value string) {
		if value != "" {
			args = append(args, value)
			tail += " AND " + cond + " $" + strconv.Itoa(len(args))
		}
	}
	add("state =", state)
	add("sink =", sink)
	add("id <", before)
	args = append(args, int64(limit))
	return store.Select[Delivery](ctx, tx, tail+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(args)), args...)
}

// countBySink counts deliveries by sink and state, those still to be done with.
func countBySink(ctx context.Context, tx store.Tx) (out map[string]map[string]int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT sink, state, count(*) FROM notify_deliveries WHERE zone = $1 AND state IN ('waiting', 'failed', 'dead') GROUP BY sink, state`, tx.Zone)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[string]map[string]int64{}
	for rows.Next() {
		var sink, state string
		var n int64
		if err := rows.Scan(&sink, &state, &n); err != nil {
			return nil, err
		}
		if out[sink] == nil {
			out[sink] = map[string]int64{}
		}
		out[sink][state] = n
	}
	return out, rows.Err()
}

// deliveryOf returns delivery id.
func deliveryOf(ctx context.Context, tx store.Tx, id string) (Delivery, error) {
	v, err := store.Get[Delivery](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		err = kernel.Faultf(kernel.ErrNotFound, "notify.delivery_not_found")
	}
	return v, err
}

// dropOf gives up what waits for sink.
func dropOf(ctx context.Context, tx store.Tx, sink, reason string) error {
	_, err := tx.ExecContext(ctx, `UPDATE notify_deliveries SET state = $1, reason = $2, detail = '', ended_at = $3 WHERE zone = $4 AND sink = $5 AND state IN ('waiting', 'failed', 'dead')`,
		Dropped, reason, tx.Now.UnixMilli(), tx.Zone, sink)
	return err
}

// wakeOf makes due what was put off while sink was paused.
func wakeOf(ctx context.Context, tx store.Tx, sink string) error {
	_, err := tx.ExecContext(ctx, `UPDATE notify_deliveries SET next_at = $1 WHERE zone = $2 AND sink = $3 AND state IN ('waiting', 'failed') AND next_at > $1`, tx.Now.UnixMilli(), tx.Zone, sink)
	return err
}

// healthOf returns how sink fares.
func healthOf(ctx context.Context, tx store.Tx, sink string) (health, error) {
	h, err := store.Get[health](ctx, tx, "zone = $1 AND id = $2", tx.Zone, sink)
	if errors.Is(err, kernel.ErrNotFound) {
		return health{Zone: tx.Zone, ID: sink}, nil
	}
	return h, err
}

// healths returns how the sinks fare, by id.
func healths(ctx context.Context, tx store.Tx) (map[string]health, error) {
	out := map[string]health{}
	return out, store.Each(ctx, tx, "WHERE zone = $1", []any{tx.Zone}, func(h health) error {
		out[h.ID] = h
		return nil
	})
}

// sealedOf returns where channel id leads, sealed; nil when nothing is kept.
func sealedOf(ctx context.Context, tx store.Tx, id string) ([]byte, error) {
	r, err := store.Get[secretRow](ctx, tx, "zone = $1 AND channel = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return nil, nil
	}
	return r.Sealed, err
}

type channelsKey struct{}

// channelsOf returns the zone's channels in the order of their names.
func channelsOf(ctx context.Context, tx store.Tx) ([]Channel, error) {
	return store.Derive(tx, channelsKey{}, func() ([]Channel, error) {
		return store.Select[Channel](ctx, tx, "WHERE zone = $1 ORDER BY name, id", tx.Zone)
	})
}

// channelOf returns channel id.
func channelOf(ctx context.Context, tx store.Tx, id string) (Channel, error) {
	c, err := store.Get[Channel](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		err = kernel.Faultf(kernel.ErrNotFound, "notify.channel_not_found")
	}
	return c, err
}

// preferencesOf returns what account has chosen.
func preferencesOf(ctx context.Context, tx store.Tx, account string) (Preferences, error) {
	p, err := store.Get[Preferences](ctx, tx, "zone = $1 AND account = $2", tx.Zone, account)
	if errors.Is(err, kernel.ErrNotFound) {
		return Preferences{Zone: tx.Zone, Account: account, Digest: NoDigest}, nil
	}
	return p, err
}

// sweep removes what was over before the given times (ms).
func sweep(ctx context.Context, tx store.Tx, notices, sent, dead int64) error {
	if _, err := tx.ExecContext(ctx, "DELETE FROM notify_notices WHERE zone = $1 AND at < $2", tx.Zone, notices); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM notify_deliveries WHERE zone = $1 AND ended_at > 0 AND (state IN ('sent', 'dropped') AND ended_at < $2 OR state = 'dead' AND ended_at < $3)`, tx.Zone, sent, dead)
	return err
}
