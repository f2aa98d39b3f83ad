package work

import (
	"context"
	"maps"
	"slices"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func getTask(ctx context.Context, tx store.Tx, id string) (Task, error) {
	t, err := store.Get[Task](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return t, known(err, "work.task_not_found")
}

// where returns the conditions of f in zone on day, without what the caller may see.
func (f TaskFilter) where(zone string, day kernel.Date) *where {
	w := &where{}
	w.add("zone = ?", zone)
	w.equal("unit", f.Unit, "owner", f.Owner, "giver", f.Giver, "sender_unit", f.SenderUnit, "subject", f.Subject)
	if len(f.States) > 0 {
		w.in("state", f.States)
	}
	if q := fold(f.Q); q != "" {
		w.add("search LIKE "+store.Pattern("?"), "%"+store.EscapeLike(q)+"%")
	}
	if f.Since != "" {
		w.add("due_on >= ?", f.Since)
	}
	if f.Until != "" {
		w.add("due_on <= ?", f.Until)
	}
	if f.Overdue {
		w.add("due_on < ? AND state NOT IN (?, ?)", string(day), Done, Cancelled)
	}
	return w
}

// selectTasks returns at most limit tasks that w lets through, in order.
func selectTasks(ctx context.Context, tx store.Tx, w *where, s sortBy, after *Place, limit int) ([]Task, error) {
	w.keyset(s, after)
	tail, args := w.page(s, limit)
	return store.Select[Task](ctx, tx, tail, args...)
}

// countTasks counts the tasks that w lets through.
func countTasks(ctx context.Context, tx store.Tx, w *where) (int64, error) {
	return store.Count(ctx, tx, "SELECT count(*) FROM work_tasks "+w.tail(), w.args...)
}

// ownersOf returns the accounts that own a task that w lets through.
func ownersOf(ctx context.Context, tx store.Tx, w *where) ([]string, error) {
	owners := map[string]bool{}
	err := eachID(ctx, tx, "SELECT DISTINCT owner FROM work_tasks "+w.tail()+" AND owner <> ''", w.args, owners)
	return slices.Collect(maps.Keys(owners)), err
}

// HoldsUnit says what keeps unit from being closed: its tasks that are not
// closed, and those that came back to it. It is an office.Holder.
func HoldsUnit(ctx context.Context, tx store.Tx, unit string) (*kernel.Fault, error) {
	n, err := store.Count(ctx, tx, `SELECT count(*) FROM work_tasks WHERE zone = $1 AND
		(unit = $2 AND state IN ('open', 'offered', 'accepted') OR sender_unit = $2 AND state = 'returned')`, tx.Zone, unit)
	if err != nil || n == 0 {
		return nil, err
	}
	return &kernel.Fault{Kind: kernel.ErrConflict, Word: "work.holds_unit", Args: []any{n}}, nil
}
