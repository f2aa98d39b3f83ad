package office

import (
	"context"
	"embed"
	"errors"
	"strconv"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations make the tables of this package.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the business tables of this package, for the journal to verify
// and rebuild.
func Tables() []store.Row { return []store.Row{Official{}, Duty{}} }

// GetOfficial returns the official id; kernel.ErrNotFound
// (office.official_not_found) when there is none.
func GetOfficial(ctx context.Context, tx store.Tx, id string) (Official, error) {
	o, err := store.Get[Official](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return o, known(err, "office.official_not_found")
}

// InOffice returns who holds an office in unit on day, in the order of
// appointment.
func InOffice(ctx context.Context, tx store.Tx, unit string, day kernel.Date) (list []Official, err error) {
	defer kernel.Wrap(&err, "office.InOffice(%q)", unit)
	return store.Select[Official](ctx, tx, `WHERE zone = $1 AND unit = $2 AND since_on <= $3 AND (until_on = '' OR until_on >= $3) ORDER BY since_on, id`,
		tx.Zone, unit, string(day))
}

// Left says which of accounts belong to officials whose every office has ended
// by day: people who were in office and no longer are. Who never was in office
// has not left.
func Left(ctx context.Context, tx store.Tx, accounts []string, day kernel.Date) (left map[string]bool, err error) {
	defer kernel.Wrap(&err, "office.Left(%d accounts)", len(accounts))
	left = map[string]bool{}
	for len(accounts) > 0 {
		n := min(len(accounts), 200)
		marks, args := []string{}, []any{tx.Zone}
		for _, a := range accounts[:n] {
			args = append(args, a)
			marks = append(marks, "$"+strconv.Itoa(len(args)))
		}
		accounts = accounts[n:]
		list, err := store.Select[Official](ctx, tx, "WHERE zone = $1 AND account IN ("+strings.Join(marks, ", ")+") ORDER BY id", args...)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if !o.Ended() || day <= o.UntilOn {
				left[o.Account] = false
			} else if _, held := left[o.Account]; !held {
				left[o.Account] = true
			}
		}
	}
	return left, nil
}

// notLeft returns the officials of unit whose office has not ended by day,
// those appointed for a later day included.
func notLeft(ctx context.Context, tx store.Tx, unit string, day kernel.Date) ([]Official, error) {
	return store.Select[Official](ctx, tx, `WHERE zone = $1 AND unit = $2 AND (until_on = '' OR until_on > $3) ORDER BY since_on, id`,
		tx.Zone, unit, string(day))
}

// openDuties counts the duties of unit that have not ended by day.
func openDuties(ctx context.Context, tx store.Tx, unit string, day kernel.Date) (int64, error) {
	return store.Count(ctx, tx, `SELECT count(*) FROM office_duties WHERE zone = $1 AND unit = $2 AND (until_on = '' OR until_on > $3)`,
		tx.Zone, unit, string(day))
}

// dutiesOf returns the open duties of an official.
func dutiesOf(ctx context.Context, tx store.Tx, official string) ([]Duty, error) {
	return store.Select[Duty](ctx, tx, `WHERE zone = $1 AND official = $2 AND until_on = '' ORDER BY id`, tx.Zone, official)
}

func getDuty(ctx context.Context, tx store.Tx, id string) (Duty, error) {
	d, err := store.Get[Duty](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return d, known(err, "office.duty_not_found")
}

// unitsIn returns the units that scope lets through, siblings in their order.
func unitsIn(ctx context.Context, tx store.Tx, scope string, args []any, closed bool) ([]access.Unit, error) {
	open := " AND closed_on = ''"
	if closed {
		open = ""
	}
	return store.Select[access.Unit](ctx, tx, "WHERE zone = $1 AND "+scope+open+" ORDER BY parent, position, id", append([]any{tx.Zone}, args...)...)
}

// known gives a missing row this package's word.
func known(err error, word string) error {
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.Faultf(kernel.ErrNotFound, word)
	}
	return err
}

// Query narrows a list of officials or duties; empty fields do not narrow.
type Query struct {
	Unit     string
	Official string // duties only
	Account  string // officials only
	Ended    bool   // also those that have ended
	After    string // id of the last row of the page before
	Limit    int    // rows at most
}

// tail builds the SQL after FROM; scope is the condition of what the caller
// may read, scopeArgs its arguments from $2 on.
func (q Query) tail(zone, scope string, scopeArgs []any) (string, []any) {
	args := append([]any{zone}, scopeArgs...)
	where := []string{"zone = $1", "(" + scope + ")"}
	add := func(cond, value string) {
		if value != "" {
			args = append(args, value)
			where = append(where, cond+" $"+strconv.Itoa(len(args)))
		}
	}
	add("unit =", q.Unit)
	add("official =", q.Official)
	add("account =", q.Account)
	add("id >", q.After)
	if !q.Ended {
		where = append(where, "until_on = ''")
	}
	args = append(args, int64(q.Limit))
	return "WHERE " + strings.Join(where, " AND ") + " ORDER BY id LIMIT $" + strconv.Itoa(len(args)), args
}
