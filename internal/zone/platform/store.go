package platform

import (
	"context"
	"embed"
	"errors"
	"strconv"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations holds the tables of this context, numbered 0130 and up.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the row types of this context, for verifying and rebuilding them
// from the journal.
func Tables() []store.Row {
	return []store.Row{Platform{}, Term{}, Contract{}, Task{}, Submission{}, Review{}}
}

// Get returns platform id of the transaction's zone; platform.not_found when
// there is none.
func Get(ctx context.Context, tx store.Tx, id string) (p Platform, err error) {
	defer kernel.Wrap(&err, "platform.Get(%q)", id)
	p, err = store.Get[Platform](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return p, known(err, "platform.not_found")
}

// Check refuses, as a fault about field, a platform that does not exist or that
// takes no projects on day. "" passes: no platform.
func Check(ctx context.Context, tx store.Tx, field, id string, day kernel.Date) (p Platform, err error) {
	if id == "" {
		return p, nil
	}
	p, err = Get(ctx, tx, id)
	switch {
	case errors.Is(err, kernel.ErrNotFound):
		return p, kernel.FieldFault(field, "platform.unknown")
	case err == nil && kernel.Date(p.UntilOn).Before(day):
		return p, kernel.FieldFault(field, "platform.retired", p.NameZh, p.UntilOn)
	}
	return p, err
}

// known gives a missing row this context's word.
func known(err error, word string) error {
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.Faultf(kernel.ErrNotFound, word)
	}
	return err
}

// listLimit is how many platforms a list shows, those in work before the retired.
const listLimit = maxPlatforms

// platformsIn returns the platforms that scope, with its arguments from $2 on,
// lets through, the working ones first in the order of their beginning.
func platformsIn(ctx context.Context, tx store.Tx, scope string, args []any, retired bool) ([]Platform, error) {
	only := " AND until_on = ''"
	if retired {
		only = ""
	}
	return store.Select[Platform](ctx, tx, "WHERE zone = $1 AND "+scope+only+" ORDER BY until_on, id LIMIT "+strconv.Itoa(listLimit), append([]any{tx.Zone}, args...)...)
}

func countPlatforms(ctx context.Context, tx store.Tx) (int64, error) {
	return store.Count(ctx, tx, `SELECT count(*) FROM platform_platforms WHERE zone = $1 AND until_on = ''`, tx.Zone)
}

// adopted returns the platforms in work that came from the playbook, by its ids.
func adopted(ctx context.Context, tx store.Tx) (map[string]Platform, error) {
	list, err := store.Select[Platform](ctx, tx, "WHERE zone = $1 AND playbook <> '' AND until_on = ''", tx.Zone)
	out := map[string]Platform{}
	for _, p := range list {
		out[p.Playbook] = p
	}
	return out, err
}

func loadTerms(ctx context.Context, tx store.Tx, platform string) ([]Term, error) {
	return store.Select[Term](ctx, tx, "WHERE zone = $1 AND platform = $2 ORDER BY since_on", tx.Zone, platform)
}

func getContract(ctx context.Context, tx store.Tx, id string) (Contract, error) {
	c, err := store.Get[Contract](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return c, known(err, "platform.contract_not_found")
}

func countContracts(ctx context.Context, tx store.Tx, platform string) (int64, error) {
	return store.Count(ctx, tx, `SELECT count(*) FROM platform_contracts WHERE zone = $1 AND platform = $2`, tx.Zone, platform)
}

// openContracts counts the contracts of platform that are not closed and run
// beyond day.
func openContracts(ctx context.Context, tx store.Tx, platform string, day kernel.Date) (int64, error) {
	return store.Count(ctx, tx, `SELECT count(*) FROM platform_contracts WHERE zone = $1 AND platform = $2 AND closed_on = '' AND until_on > $3`,
		tx.Zone, platform, string(day))
}

// contractsOf returns the contracts of platform that scope lets through, the
// newest first, after the one named after ("": from the first).
func contractsOf(ctx context.Context, tx store.Tx, platform, after, scope string, args []any, limit int) ([]Contract, error) {
	all := append([]any{tx.Zone, platform}, args...)
	tail := "WHERE zone = $1 AND platform = $2 AND " + scope
	if after != "" {
		all = append(all, after)
		tail += " AND id < $" + strconv.Itoa(len(all))
	}
	all = append(all, int64(limit))
	return store.Select[Contract](ctx, tx, tail+" ORDER BY id DESC LIMIT $"+strconv.Itoa(len(all)), all...)
}

// contractScope names the first argument number of a scope in contractsOf.
const contractScope = 3

func fillDocket(ctx context.Context, tx store.Tx, k *Docket) (err error) {
	id := k.Contract.ID
	if k.Platform, err = Get(ctx, tx, k.Contract.Platform); err != nil {
		return err
	}
	if k.Tasks, err = store.Select[Task](ctx, tx, "WHERE zone = $1 AND contract = $2 ORDER BY seq", tx.Zone, id); err != nil {
		return err
	}
	if k.Submissions, err = store.Select[Submission](ctx, tx, "WHERE zone = $1 AND contract = $2 ORDER BY recorded_at, id", tx.Zone, id); err != nil {
		return err
	}
	k.Reviews, err = store.Select[Review](ctx, tx, "WHERE zone = $1 AND contract = $2 ORDER BY recorded_at, id", tx.Zone, id)
	return err
}

// taskCount is how many tasks of a platform are in one state, and how many of
// them past their day.
type taskCount struct {
	platform, state string
	count, late     int64
}

// countTasks counts the contract tasks that scope, with its arguments from $3
// on, lets through.
func countTasks(ctx context.Context, tx store.Tx, day kernel.Date, scope string, args []any) (out []taskCount, err error) {
	defer kernel.Wrap(&err, "platform.countTasks")
	rows, err := tx.QueryContext(ctx, `SELECT platform, state, count(*), sum(CASE WHEN due_on < $2 THEN 1 ELSE 0 END)
		FROM platform_tasks WHERE zone = $1 AND `+scope+` GROUP BY platform, state ORDER BY platform, state`, append([]any{tx.Zone, string(day)}, args...)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var c taskCount
		if err := rows.Scan(&c.platform, &c.state, &c.count, &c.late); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// countRunning counts contracts not closed, by platform, among those scope lets
// through.
func countRunning(ctx context.Context, tx store.Tx, scope string, args []any) (out map[string]int64, err error) {
	defer kernel.Wrap(&err, "platform.countRunning")
	rows, err := tx.QueryContext(ctx, `SELECT platform, count(*) FROM platform_contracts WHERE zone = $1 AND closed_on = '' AND `+scope+` GROUP BY platform`, append([]any{tx.Zone}, args...)...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[string]int64{}
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		out[id] = n
	}
	return out, rows.Err()
}

// mineLimit is how many tasks one part of Mine shows.
const mineLimit = 200

// owed returns the tasks that unit has to hand in, the earliest due first.
func owed(ctx context.Context, tx store.Tx, unit string) ([]Task, error) {
	return store.Select[Task](ctx, tx, "WHERE zone = $1 AND unit = $2 AND state IN ('open', 'objected') ORDER BY due_on, id LIMIT "+strconv.Itoa(mineLimit), tx.Zone, unit)
}

// toAccept returns the tasks that wait for account's acceptance, the longest
// waiting first.
func toAccept(ctx context.Context, tx store.Tx, account string) ([]Task, error) {
	return store.Select[Task](ctx, tx, "WHERE zone = $1 AND owner = $2 AND state = 'submitted' ORDER BY submitted_on, id LIMIT "+strconv.Itoa(mineLimit), tx.Zone, account)
}

// lateUnder returns the tasks past their day that account accepts.
func lateUnder(ctx context.Context, tx store.Tx, account string, day kernel.Date) ([]Task, error) {
	return store.Select[Task](ctx, tx, "WHERE zone = $1 AND owner = $2 AND state IN ('open', 'objected') AND due_on < $3 ORDER BY due_on, id LIMIT "+strconv.Itoa(mineLimit),
		tx.Zone, account, string(day))
}

// HoldsUnit says what keeps unit from being closed: the platforms it is
// responsible for or runs and the contracts it has. It is an office.Holder.
func HoldsUnit(ctx context.Context, tx store.Tx, unit string) (*kernel.Fault, error) {
	n, err := store.Count(ctx, tx, `SELECT count(*) FROM platform_platforms WHERE zone = $1 AND (unit = $2 OR operator = $2) AND until_on = ''`, tx.Zone, unit)
	if err != nil {
		return nil, err
	}
	c, err := store.Count(ctx, tx, `SELECT count(*) FROM platform_contracts WHERE zone = $1 AND unit = $2 AND closed_on = ''`, tx.Zone, unit)
	if err != nil || n+c == 0 {
		return nil, err
	}
	return &kernel.Fault{Kind: kernel.ErrConflict, Word: "platform.holds_unit", Args: []any{n, c}}, nil
}
