package access

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// GetAccount returns account id.
func GetAccount(ctx context.Context, tx store.Tx, id string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.GetAccount(%q)", id)
	a, err = store.Get[Account](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		err = kernel.Faultf(kernel.ErrNotFound, "access.account_unknown")
	}
	return a, err
}

// directory is a zone's accounts by id, kept as long as none changes.
type directory map[string]Account

type directoryKey struct{}

// directoryMax bounds the accounts kept in memory; in a larger zone each is
// read when it is asked for.
const directoryMax = 20_000

// directoryOf returns the zone's accounts; whole is false when they are too many.
func directoryOf(ctx context.Context, tx store.Tx) (d directory, whole bool, err error) {
	d, err = store.Derive(tx, directoryKey{}, func() (directory, error) {
		all := directory{}
		return all, store.Each(ctx, tx, "WHERE zone = $1 LIMIT $2", []any{tx.Zone, directoryMax + 1}, func(a Account) error {
			all[a.ID] = a
			return nil
		})
	})
	return d, len(d) <= directoryMax, err
}

// known is GetAccount for those who do not change the account: its lists are
// shared.
func known(ctx context.Context, tx store.Tx, id string) (a Account, err error) {
	d, whole, err := directoryOf(ctx, tx)
	if err != nil {
		return a, err
	}
	return d.known(ctx, tx, id, whole)
}

// known is the account id of d, or of the store when d is not the whole.
func (d directory) known(ctx context.Context, tx store.Tx, id string, whole bool) (a Account, err error) {
	if a, ok := d[id]; ok {
		return a, nil
	}
	if !whole {
		return GetAccount(ctx, tx, id)
	}
	return a, kernel.Faultf(kernel.ErrNotFound, "access.account_unknown")
}

// AccountNames returns the names of accounts by id; unknown ids are left out.
func AccountNames(ctx context.Context, tx store.Tx, ids ...string) (names map[string]string, err error) {
	defer kernel.Wrap(&err, "access.AccountNames(%d)", len(ids))
	if len(ids) == 0 {
		return map[string]string{}, nil
	}
	d, whole, err := directoryOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	names = make(map[string]string, len(ids))
	for _, id := range ids {
		a, err := d.known(ctx, tx, id, whole)
		switch {
		case err == nil:
			names[id] = a.Name
		case !errors.Is(err, kernel.ErrNotFound):
			return nil, err
		}
	}
	return names, nil
}

// AccountsByID returns those of the accounts ids that are there, by id.
func AccountsByID(ctx context.Context, tx store.Tx, ids []string) (found map[string]Account, err error) {
	defer kernel.Wrap(&err, "access.AccountsByID(%d)", len(ids))
	found = map[string]Account{}
	for len(ids) > 0 {
		n := min(len(ids), 200)
		in, args := placeholders(2, ids[:n])
		ids = ids[n:]
		all, err := store.Select[Account](ctx, tx, "WHERE zone = $1 AND id IN ("+in+")", append([]any{tx.Zone}, args...)...)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			found[a.ID] = a
		}
	}
	return found, nil
}

// Serving returns the active accounts that pick lets through, in the order of
// their ids. Their lists are shared.
func Serving(ctx context.Context, tx store.Tx, pick func(Account) bool) (out []Account, err error) {
	defer kernel.Wrap(&err, "access.Serving")
	d, whole, err := directoryOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	take := func(a Account) error {
		if a.Status == Active && pick(a) {
			out = append(out, a)
		}
		return nil
	}
	if whole {
		for _, id := range slices.Sorted(maps.Keys(d)) {
			_ = take(d[id])
		}
		return out, nil
	}
	return out, store.Each(ctx, tx, "WHERE zone = $1 ORDER BY id", []any{tx.Zone}, take)
}

// placeholders returns "$2, $3" for values, the first numbered first.
func placeholders(first int, values []string) (list string, args []any) {
	var marks []string
	for i, v := range values {
		marks, args = append(marks, "$"+strconv.Itoa(first+i)), append(args, v)
	}
	return strings.Join(marks, ", "), args
}

// accountByLogin returns the account with login; ok is false when there is none.
func accountByLogin(ctx context.Context, tx store.Tx, login string) (a Account, ok bool, err error) {
	all, err := store.Select[Account](ctx, tx, "WHERE zone = $1 AND login = $2", tx.Zone, strings.ToLower(strings.TrimSpace(login)))
	if err != nil || len(all) == 0 {
		return a, false, err
	}
	return all[0], true, nil
}

// credentialOf returns the credential of account, an empty one when it has none.
func credentialOf(ctx context.Context, tx store.Tx, account string) (credential, error) {
	all, err := store.Select[credential](ctx, tx, "WHERE zone = $1 AND account = $2", tx.Zone, account)
	if err != nil || len(all) == 0 {
		return credential{Zone: tx.Zone, Account: account}, err
	}
	return all[0], nil
}

// administrators returns the active accounts that hold one of the three
// administrator roles.
func administrators(ctx context.Context, tx store.Tx) ([]Account, error) {
	return store.Select[Account](ctx, tx, `WHERE zone = $1 AND status = $2 AND roles IN ('["system_admin"]', '["security_admin"]', '["audit_admin"]')`, tx.Zone, Active)
}

// strandedAdministrators returns the administrators who never set a password
// and hold no link by which they could.
func strandedAdministrators(ctx context.Context, tx store.Tx) ([]Account, error) {
	return store.Select[Account](ctx, tx, `WHERE zone = $1 AND status = $2 AND roles IN ('["system_admin"]', '["security_admin"]', '["audit_admin"]')
		AND NOT EXISTS (SELECT 1 FROM access_credentials c WHERE c.zone = access_accounts.zone AND c.account = access_accounts.id)
		AND NOT EXISTS (SELECT 1 FROM access_links l WHERE l.zone = access_accounts.zone AND l.account = access_accounts.id AND l.expires_at > $3)
		ORDER BY login`, tx.Zone, Active, tx.Now.UnixMilli())
}

// Query narrows a list of accounts; empty fields do not narrow.
type Query struct {
	Q      string // part of login or name
	Unit   string
	Role   string
	Status string
}

// place in a list sorted by login
type accountsAfter struct {
	Login string `json:"l"`
}

// listAccounts returns at most limit accounts that q and scope let through,
// in the order of their logins. scope's parameters are numbered from 2.
func listAccounts(ctx context.Context, tx store.Tx, q Query, scope string, args []any, after string, limit int) ([]Account, error) {
	all := append([]any{tx.Zone}, args...)
	tail := "WHERE zone = $1 AND " + scope
	add := func(cond string, values ...any) {
		for _, v := range values {
			all = append(all, v)
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(all)), 1)
		}
		tail += " AND " + cond
	}
	if part := "%" + store.EscapeLike(q.Q) + "%"; q.Q != "" {
		add(`(login LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\')`, strings.ToLower(part), part)
	}
	if q.Unit != "" {
		add("unit = ?", q.Unit)
	}
	if q.Role != "" {
		add(`roles LIKE ? ESCAPE '\'`, `%"`+store.EscapeLike(q.Role)+`"%`)
	}
	if q.Status != "" {
		add("status = ?", q.Status)
	}
	if after != "" {
		add("login > ?", after)
	}
	all = append(all, int64(limit))
	return store.Select[Account](ctx, tx, tail+" ORDER BY login LIMIT $"+strconv.Itoa(len(all)), all...)
}

// credentialsOf returns the credentials of accounts, by account id.
func credentialsOf(ctx context.Context, tx store.Tx, accounts []Account) (map[string]credential, error) {
	out := map[string]credential{}
	if len(accounts) == 0 {
		return out, nil
	}
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	in, args := placeholders(2, ids)
	all, err := store.Select[credential](ctx, tx, "WHERE zone = $1 AND account IN ("+in+")", append([]any{tx.Zone}, args...)...)
	for _, c := range all {
		out[c.Account] = c
	}
	return out, err
}

// endSessions ends the sessions of account.
func endSessions(ctx context.Context, tx store.Tx, account string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM access_sessions WHERE zone = $1 AND account = $2", tx.Zone, account)
	return err
}

// endLinks makes the one-time links of account void.
func endLinks(ctx context.Context, tx store.Tx, account string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM access_links WHERE zone = $1 AND account = $2", tx.Zone, account)
	return err
}

// endTokens makes the API tokens of account void.
func endTokens(ctx context.Context, tx store.Tx, account string) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM access_tokens WHERE zone = $1 AND owner = $2", tx.Zone, account)
	return err
}

// findSession returns the session with this digest; ok is false when there is none.
func findSession(ctx context.Context, tx store.Tx, id string) (s session, ok bool, err error) {
	ctx = context.WithoutCancel(ctx) // one row by its key: watching for the end of the request costs more
	all, err := store.Select[session](ctx, tx, "WHERE zone = $1 AND id = $2", tx.Zone, id)
	if err != nil || len(all) == 0 {
		return s, false, err
	}
	return all[0], true, nil
}

// markSeen writes down when the sessions used, by id, were last used (ms).
func markSeen(ctx context.Context, tx store.Tx, used map[string]int64) error {
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if _, err := tx.ExecContext(ctx, "UPDATE access_sessions SET seen_at = $1 WHERE zone = $2 AND id = $3 AND seen_at < $1", used[id], tx.Zone, id); err != nil {
			return err
		}
	}
	return nil
}

// findToken returns the API token with this digest; ok is false when there is none.
func findToken(ctx context.Context, tx store.Tx, hash string) (t Token, ok bool, err error) {
	ctx = context.WithoutCancel(ctx) // as of a session
	all, err := store.Select[Token](ctx, tx, "WHERE zone = $1 AND hash = $2", tx.Zone, hash)
	if err != nil || len(all) == 0 {
		return t, false, err
	}
	return all[0], true, nil
}

// findLink returns the live one-time link with this digest; ok is false when
// there is none.
func findLink(ctx context.Context, tx store.Tx, id string) (l linkRow, ok bool, err error) {
	all, err := store.Select[linkRow](ctx, tx, "WHERE zone = $1 AND id = $2 AND expires_at > $3", tx.Zone, id, tx.Now.UnixMilli())
	if err != nil || len(all) == 0 {
		return l, false, err
	}
	return all[0], true, nil
}

// tokensOf returns the API tokens of account, newest first.
func tokensOf(ctx context.Context, tx store.Tx, scope string, args []any, after *Token, limit int) ([]Token, error) {
	all := append([]any{tx.Zone}, args...)
	tail := "WHERE zone = $1 AND " + scope
	if after != nil {
		all = append(all, after.CreatedAt, after.ID)
		tail += " AND (created_at, id) < ($" + strconv.Itoa(len(all)-1) + ", $" + strconv.Itoa(len(all)) + ")"
	}
	all = append(all, int64(limit))
	return store.Select[Token](ctx, tx, tail+" ORDER BY created_at DESC, id DESC LIMIT $"+strconv.Itoa(len(all)), all...)
}

// sweep deletes sessions and links that ended before the given times (ms), and
// tokens that expired.
func sweep(ctx context.Context, tx store.Tx, idle, born int64) (n int64, err error) {
	now := tx.Now.UnixMilli()
	for _, q := range []struct {
		text string
		args []any
	}{
		{"DELETE FROM access_sessions WHERE zone = $1 AND (seen_at < $2 OR created_at < $3)", []any{tx.Zone, idle, born}},
		{"DELETE FROM access_links WHERE zone = $1 AND expires_at <= $2", []any{tx.Zone, now}},
		{"DELETE FROM access_flows WHERE zone = $1 AND expires_at <= $2", []any{tx.Zone, now}},
		{"DELETE FROM access_tokens WHERE zone = $1 AND expires_at <= $2", []any{tx.Zone, now}},
	} {
		res, err := tx.ExecContext(ctx, q.text, q.args...)
		if err != nil {
			return n, err
		}
		k, err := res.RowsAffected()
		if err != nil {
			return n, err
		}
		n += k
	}
	return n, nil
}
