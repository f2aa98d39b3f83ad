package access

import (
	"context"

	"sente/internal/infra/store"
)

// identity links an account to a subject of the identity provider, or says
// until when its first sign-in may do so.
type identity struct {
	Zone         string `db:"zone,key"`
	Account      string `db:"account,key"`
	Issuer       string `db:"issuer"`
	Subject      string `db:"subject"`
	AllowedUntil int64  `db:"allowed_until"`
	LinkedAt     int64  `db:"linked_at"`
}

// Table names the table of identities.
func (identity) Table() string { return "access_identities" }

// The states of an account towards the identity provider.
const (
	identityAllowed = "allowed" // the next sign-in there links it
	identityLinked  = "linked"
)

// state is "", identityAllowed or identityLinked at now (ms).
func (i identity) state(now int64) string {
	switch {
	case i.Subject != "":
		return identityLinked
	case i.AllowedUntil > now:
		return identityAllowed
	}
	return ""
}

// flow is a browser on its way to the identity provider and back; later it
// awaits the code of our own second factor.
type flow struct {
	Zone      string `db:"zone,key"`
	ID        string `db:"id,key"` // digest of the secret in the cookie
	State     string `db:"state"`  // digest of the state; "" once the provider gave it back
	Next      string `db:"next"`
	Account   string `db:"account"` // whose code is awaited
	Subject   string `db:"subject"`
	ExpiresAt int64  `db:"expires_at"`
}

// Table names the table of flows.
func (flow) Table() string { return "access_flows" }

// findFlow returns the live flow with this digest; ok is false when there is none.
func findFlow(ctx context.Context, tx store.Tx, id string) (f flow, ok bool, err error) {
	all, err := store.Select[flow](ctx, tx, "WHERE zone = $1 AND id = $2 AND expires_at > $3", tx.Zone, id, tx.Now.UnixMilli())
	if err != nil || len(all) == 0 {
		return f, false, err
	}
	return all[0], true, nil
}

// identityOf returns how account stands towards the provider.
func identityOf(ctx context.Context, tx store.Tx, account string) (identity, error) {
	all, err := store.Select[identity](ctx, tx, "WHERE zone = $1 AND account = $2", tx.Zone, account)
	if err != nil || len(all) == 0 {
		return identity{Zone: tx.Zone, Account: account}, err
	}
	return all[0], nil
}

// identityBySubject returns who a subject is linked to; ok is false when nobody.
func identityBySubject(ctx context.Context, tx store.Tx, issuer, subject string) (i identity, ok bool, err error) {
	all, err := store.Select[identity](ctx, tx, "WHERE zone = $1 AND issuer = $2 AND subject = $3", tx.Zone, issuer, subject)
	if err != nil || len(all) == 0 {
		return i, false, err
	}
	return all[0], true, nil
}

// identitiesOf returns the identities of accounts, by account id.
func identitiesOf(ctx context.Context, tx store.Tx, accounts []Account) (map[string]identity, error) {
	out := map[string]identity{}
	if len(accounts) == 0 {
		return out, nil
	}
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.ID
	}
	in, args := placeholders(2, ids)
	all, err := store.Select[identity](ctx, tx, "WHERE zone = $1 AND account IN ("+in+")", append([]any{tx.Zone}, args...)...)
	for _, i := range all {
		out[i.Account] = i
	}
	return out, err
}
