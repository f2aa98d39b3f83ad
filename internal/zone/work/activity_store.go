package work

import (
	"context"
	"errors"
	"strconv"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// GetActivity returns activity id; work.activity_not_found when there is none.
func GetActivity(ctx context.Context, tx store.Tx, id string) (Activity, error) {
	a, err := store.Get[Activity](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return a, known(err, "work.activity_not_found")
}

// where returns the conditions of f in zone, without what the caller may see.
func (f ActivityFilter) where(zone string) *where {
	w := &where{}
	w.add("zone = ?", zone)
	w.equal("status", f.Status, "method", f.Method, "campaign", f.Campaign, "platform", f.Platform, "unit", f.Unit, "owner", f.Owner, "kind", f.Kind)
	if q := fold(f.Q); q != "" {
		w.add("search LIKE "+store.Pattern("?"), "%"+store.EscapeLike(q)+"%")
	}
	if f.Since != "" {
		w.add("on_date >= ?", f.Since)
	}
	if f.Until != "" {
		w.add("on_date <= ?", f.Until)
	}
	if f.Owing {
		w.add("status = ? AND minutes_at = 0", Held)
	}
	return w
}

// selectActivities returns at most limit activities that w lets through, in order.
func selectActivities(ctx context.Context, tx store.Tx, w *where, s sortBy, after *Place, limit int) ([]Activity, error) {
	w.keyset(s, after)
	tail, args := w.page(s, limit)
	return store.Select[Activity](ctx, tx, tail, args...)
}

func countActivities(ctx context.Context, tx store.Tx, w *where) (int64, error) {
	return store.Count(ctx, tx, "SELECT count(*) FROM work_activities "+w.tail(), w.args...)
}

// titlesOf returns the names of the activities ids that w lets through.
func titlesOf(ctx context.Context, tx store.Tx, w *where, ids []string) (map[string]string, error) {
	w.in("id", ids)
	list, err := store.Select[Activity](ctx, tx, w.tail(), w.args...)
	out := map[string]string{}
	for _, a := range list {
		out[a.ID] = a.Name
	}
	return out, err
}

// reckonable returns at most limit activities after id as far as their minutes'
// term needs: all but those that were cancelled.
func reckonable(ctx context.Context, tx store.Tx, after string, limit int) (out []Activity, err error) {
	defer kernel.Wrap(&err, "work.reckonable")
	rows, err := tx.QueryContext(ctx, `SELECT id, on_date, end_on, minutes_due, minutes_provisional FROM work_activities
		WHERE zone = $1 AND id > $2 AND status <> 'cancelled' ORDER BY id LIMIT $3`, tx.Zone, after, int64(limit))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var a Activity
		if err := rows.Scan(&a.ID, &a.OnDate, &a.EndOn, &a.MinutesDue, &a.Provisional); err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// activitiesOf returns those of the activities ids that were not cancelled.
func activitiesOf(ctx context.Context, tx store.Tx, ids []string) ([]Activity, error) {
	w := &where{}
	w.add("zone = ? AND status <> ?", tx.Zone, Dropped)
	w.in("id", ids)
	return store.Select[Activity](ctx, tx, w.tail()+" ORDER BY id", w.args...)
}

// spent adds up the activities that w lets through and were not cancelled.
func spent(ctx context.Context, tx store.Tx, w *where) (out []Spent, err error) {
	defer kernel.Wrap(&err, "work.spent")
	count := func(cond string) string { return "CAST(sum(CASE WHEN " + cond + " THEN 1 ELSE 0 END) AS bigint)" }
	held := "$" + strconv.Itoa(len(w.args)+1)
	rows, err := tx.QueryContext(ctx, `SELECT method, campaign, currency, `+count("status = "+held)+`, `+count("status <> "+held)+`,
		`+count("status = "+held+" AND parties <> '[]'")+`, `+count("status = "+held+" AND minutes_at <> 0 AND (minutes_provisional OR minutes_on <= minutes_due)")+`,
		CAST(sum(CASE WHEN status = `+held+` THEN cost_minor ELSE 0 END) AS bigint), `+count("status = "+held+" AND currency <> ''")+`
		FROM work_activities `+w.tail()+` AND status <> 'cancelled' GROUP BY method, campaign, currency ORDER BY method, campaign, currency`, append(w.args, Held)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = []Spent{}
	for rows.Next() {
		var s Spent
		if err := rows.Scan(&s.Method, &s.Campaign, &s.Cost.Currency, &s.Held, &s.Planned, &s.Outside, &s.InTime, &s.Cost.Minor, &s.Stated); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
