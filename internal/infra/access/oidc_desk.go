package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/coreos/go-oidc/v3/oidc"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// How long a browser may stay at the provider, how long it may take to type the
// code, and how long a permission to link stands.
const (
	flowTime    = 10 * time.Minute
	codeTime    = 5 * time.Minute
	linkAllowed = 7 * 24 * time.Hour
)

// ProviderState is what the sign-in page says about the identity provider.
type ProviderState struct {
	Name   string
	NameEn string
	Ready  bool
}

// Provider tells whether people may sign in by an identity provider (on), and
// whether it is reached now.
func (d *Desk) Provider(ctx context.Context) (s ProviderState, on bool) {
	if !d.idp.on() {
		return s, false
	}
	_, err := d.idp.reach(ctx)
	return ProviderState{Name: d.idp.Name, NameEn: d.idp.NameEn, Ready: err == nil}, true
}

// Reach asks for the provider's configuration when it is not known yet; it is
// no error that it cannot be had.
func (d *Desk) Reach(ctx context.Context) error {
	d.Provider(ctx)
	return nil
}

// Depart begins a sign-in at the identity provider: the address to send the
// browser to, and the secret its cookie holds until it comes back. next is the
// page of ours it shall see then.
func (d *Desk) Depart(ctx context.Context, zone, next string) (address, cookie string, err error) {
	defer kernel.Wrap(&err, "access.Depart")
	found, err := d.idp.reach(ctx)
	if err != nil {
		return "", "", err
	}
	if zone, err = d.zoneOf(ctx, zone); err != nil {
		return "", "", err
	}
	secret, state := newSecret(), newSecret()
	ctx = kernel.WithActor(ctx, kernel.Actor{Zone: zone})
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if _, err := store.Get[store.Zone](ctx, tx, "zone = $1", zone); err != nil {
			return kernel.FieldFault("zone", "access.zone_form", zone)
		}
		return store.Put(ctx, tx, flow{Zone: zone, ID: digest(secret), State: digest(state), Next: safeNext(next), ExpiresAt: tx.Now.Add(flowTime).UnixMilli()})
	})
	if err != nil {
		return "", "", err
	}
	return d.idp.exchange(found).AuthCodeURL(state, oidc.Nonce(nonceOf(secret)), oauth2.S256ChallengeOption(pkceOf(secret))), bearer(zone, secret), nil
}

// Returned is a browser that came back from the identity provider.
type Returned struct {
	Cookie, State, Code string
	Issuer              string // "" when the provider does not say (RFC 9207)
	Refusal             string // the provider's error code
	Agent, Old          string // as in SignIn
}

// errCode asks for the code of the second factor; the flow's cookie goes on.
func errCode() error {
	return &kernel.Fault{Kind: kernel.ErrSignedOut, Word: errTOTPNeeded, Field: "totp"}
}

// Return ends a sign-in at the identity provider: a session for the account
// that is linked to who signed in there, and the page to go on to. An account
// with a second factor is asked for its code, unless the provider vouches for
// two factors; see [Desk.Finish].
func (d *Desk) Return(ctx context.Context, in Returned) (out Session, next string, err error) {
	defer kernel.Wrap(&err, "access.Return")
	ctx, secret, f, err := d.claimFlow(ctx, in)
	if err != nil {
		return out, "/", err
	}
	switch {
	case in.Refusal == "access_denied":
		return out, f.Next, kernel.Faultf(kernel.ErrDenied, "access.oidc_denied")
	case in.Refusal != "" || in.Code == "" || in.Issuer != "" && in.Issuer != d.idp.Issuer:
		d.idp.Log.Warn("the identity provider refused", "error", shorten(in.Refusal, 60))
		return out, f.Next, kernel.Faultf(kernel.ErrDenied, "access.oidc_failed")
	}
	who, err := d.idp.prove(ctx, in.Code, secret)
	if errors.Is(err, kernel.ErrUnavailable) {
		return out, f.Next, err
	}
	if err != nil {
		d.idp.Log.Warn("what the identity provider gave is not accepted", "error", plainly(err))
		return out, f.Next, kernel.Faultf(kernel.ErrDenied, "access.oidc_failed")
	}
	var verdict error
	err = d.db.Update(ctx, func(tx store.Tx) error {
		out, verdict, err = d.welcome(ctx, tx, who, f, SignIn{Agent: in.Agent, Old: in.Old})
		return err
	})
	if err == nil {
		err = verdict
	}
	return out, f.Next, err
}

// claimFlow takes the flow of a browser that came back; it works once.
func (d *Desk) claimFlow(ctx context.Context, in Returned) (context.Context, string, flow, error) {
	void := kernel.Faultf(kernel.ErrDenied, errFlowVoid)
	zone, secret, ok := splitBearer(in.Cookie)
	if !ok {
		return ctx, "", flow{}, void
	}
	ctx = d.within(ctx, zone)
	var f flow
	err := d.db.Update(ctx, func(tx store.Tx) (err error) {
		if f, ok, err = findFlow(ctx, tx, digest(secret)); err != nil {
			return err
		}
		if !ok || f.State == "" || subtle.ConstantTimeCompare([]byte(f.State), []byte(digest(in.State))) != 1 {
			return void
		}
		return store.Drop(ctx, tx, f)
	})
	return ctx, secret, f, err
}

// within is ctx as somebody in zone who is not signed in yet.
func (d *Desk) within(ctx context.Context, zone string) context.Context {
	actor := kernel.ActorOf(ctx)
	return kernel.WithActor(ctx, kernel.Actor{Zone: zone, Lang: actor.Lang, Request: actor.Request, Via: viaSession})
}

// welcome decides about somebody the provider has proven: verdict is what they
// are told, err what went wrong.
func (d *Desk) welcome(ctx context.Context, tx store.Tx, who proven, f flow, in SignIn) (out Session, verdict, err error) {
	a, i, verdict, err := d.match(ctx, tx, who)
	if err != nil || verdict != nil {
		return out, verdict, err
	}
	c, err := credentialOf(ctx, tx, a.ID)
	if err != nil {
		return out, nil, err
	}
	if verdict := barred(tx, a, c); verdict != nil {
		return out, verdict, nil
	}
	in.method = methodOIDC
	if who.Strong {
		in.method = methodOIDCStrong
	}
	if c.TOTP != "" && !who.Strong {
		f.State, f.Account, f.Subject, f.ExpiresAt = "", a.ID, who.Subject, tx.Now.Add(codeTime).UnixMilli()
		return out, errCode(), store.Put(ctx, tx, f)
	}
	if err := d.bind(ctx, tx, a, i, who); err != nil {
		return out, nil, err
	}
	out, err = d.admit(ctx, tx, a, c, in)
	return out, nil, err
}

// barred is why a may not come in whoever vouches for it.
func barred(tx store.Tx, a Account, c credential) error {
	switch {
	case a.Status != Active:
		return kernel.Faultf(kernel.ErrDenied, "access.disabled")
	case c.locked(tx.Now.UnixMilli()):
		return kernel.Faultf(kernel.ErrDenied, "access.locked", clock(c.LockedUntil))
	}
	return nil
}

// match finds the account who is linked to, or may be linked to by its login.
// An account that is linked to somebody else is never found.
func (d *Desk) match(ctx context.Context, tx store.Tx, who proven) (a Account, i identity, verdict, err error) {
	i, linked, err := identityBySubject(ctx, tx, who.Issuer, who.Subject)
	if err != nil {
		return a, i, nil, err
	}
	if linked {
		a, err = GetAccount(ctx, tx, i.Account)
		return a, i, nil, err
	}
	unlinked := kernel.Faultf(kernel.ErrDenied, "access.oidc_unlinked")
	if who.Login == "" {
		return a, i, unlinked, nil
	}
	a, known, err := accountByLogin(ctx, tx, who.Login)
	if err != nil || !known {
		return a, i, unlinked, err
	}
	if i, err = identityOf(ctx, tx, a.ID); err != nil {
		return a, i, nil, err
	}
	if state := i.state(tx.Now.UnixMilli()); state == identityLinked || state == "" && !d.idp.LinkByLogin {
		return a, i, unlinked, nil
	}
	return a, i, nil, nil
}

// bind links a to who, unless it is already.
func (d *Desk) bind(ctx context.Context, tx store.Tx, a Account, i identity, who proven) error {
	if i.Subject != "" {
		return nil
	}
	i = identity{Zone: tx.Zone, Account: a.ID, Issuer: who.Issuer, Subject: who.Subject, LinkedAt: tx.Now.UnixMilli()}
	if err := store.Put(ctx, tx, i); err != nil {
		return err
	}
	return note(kernel.WithActor(ctx, actorFor(a, kernel.ActorOf(ctx))), tx, "access.identity_linked", a.Object(), "", map[string]any{"issuer": who.Issuer})
}

// Finish gives the code of the second factor that Return asked for.
func (d *Desk) Finish(ctx context.Context, cookie, code, agent, old string) (out Session, err error) {
	defer kernel.Wrap(&err, "access.Finish")
	void := kernel.Faultf(kernel.ErrSignedOut, errFlowVoid)
	zone, secret, ok := splitBearer(cookie)
	if !ok {
		return out, void
	}
	ctx = d.within(ctx, zone)
	var verdict error
	err = d.db.Update(ctx, func(tx store.Tx) error {
		f, ok, err := findFlow(ctx, tx, digest(secret))
		if err != nil {
			return err
		}
		if !ok || f.Account == "" {
			verdict = void
			return nil
		}
		out, verdict, err = d.confirm(ctx, tx, f, code, SignIn{Agent: agent, Old: old, method: methodOIDC})
		return err
	})
	if err == nil {
		err = verdict
	}
	return out, err
}

// confirm checks the code f awaits. The account may have changed meanwhile.
func (d *Desk) confirm(ctx context.Context, tx store.Tx, f flow, code string, in SignIn) (out Session, verdict, err error) {
	a, err := GetAccount(ctx, tx, f.Account)
	if err != nil {
		return out, nil, err
	}
	c, err := credentialOf(ctx, tx, a.ID)
	if err != nil {
		return out, nil, err
	}
	if verdict := barred(tx, a, c); verdict != nil {
		return out, verdict, nil
	}
	who := proven{Issuer: d.idp.Issuer, Subject: f.Subject, Login: a.Login}
	found, i, verdict, err := d.match(ctx, tx, who)
	if err != nil || verdict != nil || found.ID != a.ID {
		return out, verdict, err
	}
	if c.TOTP != "" {
		step, ok := checkTOTP(c.TOTP, strings.TrimSpace(code), tx.Now, c.TOTPStep)
		if !ok {
			return out, &kernel.Fault{Kind: kernel.ErrSignedOut, Word: "access.totp_wrong", Field: "totp"}, d.fail(ctx, tx, a, c)
		}
		c.TOTPStep = step
	}
	if err := store.Drop(ctx, tx, f); err != nil {
		return out, nil, err
	}
	if err := d.bind(ctx, tx, a, i, who); err != nil {
		return out, nil, err
	}
	out, err = d.admit(ctx, tx, a, c, in)
	return out, nil, err
}

// AllowLink lets the next sign-in at the identity provider under the login of
// account id link the two, for seven days.
func (d *Desk) AllowLink(ctx context.Context, id, reason string) (err error) {
	defer kernel.Wrap(&err, "access.AllowLink(%q)", id)
	return d.db.Update(ctx, func(tx store.Tx) error {
		a, err := d.load(ctx, tx, "account.grant", id)
		if err != nil {
			return err
		}
		i, err := identityOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.Subject != "" {
			return kernel.Faultf(kernel.ErrConflict, "access.identity_already", a.Name)
		}
		i.AllowedUntil = tx.Now.Add(linkAllowed).UnixMilli()
		if err := store.Put(ctx, tx, i); err != nil {
			return err
		}
		return note(ctx, tx, "access.identity_allowed", a.Object(), reason, map[string]any{"until": i.AllowedUntil})
	})
}

// Unlink takes account id apart from the identity provider, or takes the
// permission to link back, and ends its sessions.
func (d *Desk) Unlink(ctx context.Context, id, reason string) (err error) {
	defer kernel.Wrap(&err, "access.Unlink(%q)", id)
	return d.db.Update(ctx, func(tx store.Tx) error {
		a, err := d.load(ctx, tx, "account.grant", id)
		if err != nil {
			return err
		}
		i, err := identityOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if i.state(tx.Now.UnixMilli()) == "" {
			return kernel.Faultf(kernel.ErrConflict, "access.identity_none", a.Name)
		}
		if err := store.Drop(ctx, tx, i); err != nil {
			return err
		}
		if err := endSessions(ctx, tx, id); err != nil {
			return err
		}
		return note(ctx, tx, "access.identity_unlinked", a.Object(), reason, nil)
	})
}
