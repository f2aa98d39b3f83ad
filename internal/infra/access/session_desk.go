package access

import (
	"cmp"
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// SignIn is what somebody gives to be let in.
type SignIn struct {
	Zone     string // may be "" where there is only one
	Login    string
	Password string
	TOTP     string // six digits; "" without a second factor
	Agent    string // user agent, to tell sessions apart
	Old      string // session token the browser held before; it ends
	method   string // how it was proven who it is; "" is by password
}

// Session is a session as its holder sees it.
type Session struct {
	Token           string // for the cookie; shown once
	Account         Account
	MustSetPassword bool
	MustSetTOTP     bool
}

// attempt is a try to sign in, between reading the account and deciding.
type attempt struct {
	SignIn
	known   bool
	account Account
	cred    credential
	right   bool   // the password
	rehash  string // the same password under today's parameters, "" when not needed
}

// SignIn opens a session. A wrong login, a wrong password, an account without
// password and a locked one, whatever the password, are told the same and take
// the same work: a lock that told a right guess would stop no guessing. Only who
// knows the password is told that the account is disabled or wants a code.
func (d *Desk) SignIn(ctx context.Context, in SignIn) (out Session, err error) {
	defer kernel.Wrap(&err, "access.SignIn")
	zone, err := d.zoneOf(ctx, in.Zone)
	if err != nil {
		return out, err
	}
	actor := kernel.ActorOf(ctx)
	ctx = kernel.WithActor(ctx, kernel.Actor{Zone: zone, Lang: actor.Lang, Request: actor.Request, Via: viaSession})
	try, err := d.prove(ctx, in)
	if err != nil {
		return out, err
	}
	var verdict error
	err = d.db.Update(ctx, func(tx store.Tx) error {
		out, verdict, err = d.judge(ctx, tx, try)
		return err
	})
	if err == nil {
		err = verdict // a refusal is kept too: the try counts
	}
	return out, err
}

// zoneOf checks the zone somebody asks for, or finds the only one. A zone that
// does not exist is found out with the password, not before.
func (d *Desk) zoneOf(ctx context.Context, asked string) (string, error) {
	if asked != "" {
		if !zoneForm(asked) {
			return "", kernel.FieldFault("zone", "access.zone_form", asked)
		}
		return asked, nil
	}
	zones, err := d.db.Zones(ctx)
	if err != nil {
		return "", err
	}
	if len(zones) != 1 {
		return "", kernel.FieldFault("zone", "access.zone_needed")
	}
	return zones[0].ID, nil
}

// prove reads the account and does the work of checking the password, outside
// any writing transaction.
func (d *Desk) prove(ctx context.Context, in SignIn) (try attempt, err error) {
	try.SignIn = in
	err = d.db.View(ctx, func(tx store.Tx) error {
		if try.account, try.known, err = accountByLogin(ctx, tx, in.Login); err != nil || !try.known {
			return err
		}
		try.cred, err = credentialOf(ctx, tx, try.account.ID)
		return err
	})
	if err != nil {
		return try, err
	}
	if try.right, err = d.hash.verify(ctx, in.Password, try.cred.Hash); err != nil || !try.right {
		return try, err
	}
	if d.hash.weak(try.cred.Hash) {
		try.rehash, err = d.hash.hash(ctx, in.Password)
	}
	return try, err
}

// judge decides about try on what stands now: verdict is what the caller is
// told, err what went wrong.
func (d *Desk) judge(ctx context.Context, tx store.Tx, try attempt) (out Session, verdict, err error) {
	failed := kernel.Faultf(kernel.ErrSignedOut, "access.sign_in_failed", d.cfg.LockAfter, int(d.cfg.LockFor/time.Minute))
	if !try.known {
		return out, failed, nil
	}
	a, err := GetAccount(ctx, tx, try.account.ID)
	if err != nil {
		return out, nil, err
	}
	c, err := credentialOf(ctx, tx, a.ID)
	if err != nil {
		return out, nil, err
	}
	right := try.right && c.Hash == try.cred.Hash
	switch {
	case c.locked(tx.Now.UnixMilli()):
		return out, failed, nil
	case !right:
		return out, failed, d.fail(ctx, tx, a, c)
	case a.Status != Active:
		return out, kernel.Faultf(kernel.ErrDenied, "access.disabled"), nil
	case c.TOTP != "" && try.TOTP == "":
		return out, &kernel.Fault{Kind: kernel.ErrSignedOut, Word: errTOTPNeeded, Field: "totp"}, nil
	}
	if c.TOTP != "" {
		step, ok := checkTOTP(c.TOTP, strings.TrimSpace(try.TOTP), tx.Now, c.TOTPStep)
		if !ok {
			return out, &kernel.Fault{Kind: kernel.ErrSignedOut, Word: "access.totp_wrong", Field: "totp"}, d.fail(ctx, tx, a, c)
		}
		c.TOTPStep = step
	}
	if try.rehash != "" {
		c.Hash = try.rehash
	}
	out, err = d.admit(ctx, tx, a, c, try.SignIn)
	return out, nil, err
}

// fail counts a wrong try and locks the account when it was one too many.
func (d *Desk) fail(ctx context.Context, tx store.Tx, a Account, c credential) error {
	c, locked := c.failed(tx.Now, d.cfg)
	if err := store.Put(ctx, tx, c); err != nil || !locked {
		return err
	}
	program := kernel.SystemActor(tx.Zone, "door")
	program.Request = kernel.ActorOf(ctx).Request
	return note(kernel.WithActor(ctx, program), tx, "access.locked_out", a.Object(), "",
		map[string]any{"failures": d.cfg.LockAfter, "until": c.LockedUntil})
}

// admit opens a session for a, as a.
func (d *Desk) admit(ctx context.Context, tx store.Tx, a Account, c credential, in SignIn) (out Session, err error) {
	c.Failures, c.LockedUntil = 0, 0
	if err := store.Put(ctx, tx, c); err != nil {
		return out, err
	}
	if zone, secret, ok := splitBearer(in.Old); ok && zone == tx.Zone {
		if err := store.Drop(ctx, tx, session{Zone: zone, ID: digest(secret)}); err != nil {
			return out, err
		}
	}
	pending := d.pending(a, c, in.method, tx.Now)
	out = Session{Account: a, MustSetPassword: pending == pendingPassword, MustSetTOTP: pending == pendingTOTP}
	if out.Token, err = d.begin(ctx, tx, a, in); err != nil {
		return out, err
	}
	actor := actorFor(a, kernel.ActorOf(ctx))
	var detail any // nothing: by password
	if in.method != "" {
		detail = map[string]any{"method": in.method, "issuer": d.idp.Issuer}
	}
	return out, note(kernel.WithActor(ctx, actor), tx, "access.signed_in", a.Object(), "", detail)
}

// begin stores a new session and returns its token.
func (d *Desk) begin(ctx context.Context, tx store.Tx, a Account, in SignIn) (string, error) {
	secret, now := newSecret(), tx.Now.UnixMilli()
	s := session{Zone: tx.Zone, ID: digest(secret), Account: a.ID, Via: shorten(in.Agent, 120), Method: cmp.Or(in.method, methodPassword), CreatedAt: now, SeenAt: now}
	return bearer(tx.Zone, secret), store.Put(ctx, tx, s)
}

// shorten cuts s to at most n bytes of valid text.
func shorten(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}

// actorFor is a acting through the session of a request.
func actorFor(a Account, request kernel.Actor) kernel.Actor {
	return kernel.Actor{Zone: a.Zone, ID: a.ID, Name: a.Name, Unit: a.Unit, Roles: a.Roles, Via: viaSession, Request: request.Request, Lang: a.Lang}
}

// SignOut ends the session with token. One that is over already is no error.
func (d *Desk) SignOut(ctx context.Context, token string) (err error) {
	defer kernel.Wrap(&err, "access.SignOut")
	_, secret, ok := splitBearer(token)
	if !ok {
		return nil
	}
	return d.db.Update(ctx, func(tx store.Tx) error {
		s, ok, err := findSession(ctx, tx, digest(secret))
		if err != nil || !ok {
			return err
		}
		if err := store.Drop(ctx, tx, s); err != nil {
			return err
		}
		return note(ctx, tx, "access.signed_out", Account{ID: s.Account}.Object(), "", nil)
	})
}

// seenEvery is how exactly the last use of sessions and tokens is kept: a write
// for every request would cost more than it tells.
const seenEvery = time.Minute

// resume returns who holds the session with token, and notes that it is used.
func (d *Desk) resume(ctx context.Context, token string) (actor kernel.Actor, err error) {
	stale := kernel.Faultf(kernel.ErrSignedOut, "access.session_over")
	zone, secret, ok := splitBearer(token)
	if !ok {
		return actor, stale
	}
	ctx = kernel.WithActor(ctx, kernel.Actor{Zone: zone})
	var s session
	err = d.db.View(ctx, func(tx store.Tx) error {
		if s, ok, err = findSession(ctx, tx, digest(secret)); err != nil {
			return err
		}
		s.SeenAt = max(s.SeenAt, d.seen.at(zone, s.ID))
		if !ok || s.over(tx.Now, d.cfg) {
			return stale
		}
		actor, err = d.identify(ctx, tx, s, stale)
		return err
	})
	if now := d.db.Now(); err == nil && now.Sub(time.UnixMilli(s.SeenAt)) >= seenEvery && !httpapi.Glancing(ctx) {
		d.seen.note(zone, s.ID, now.UnixMilli())
	}
	return actor, err
}

// NoteSeen writes down when the sessions of the context's zone were last used:
// all at once and apart from the requests, none of which then waits for the
// disk. A process that is killed forgets the uses since the last time; others
// see them only afterwards. A session that has ended is not brought back.
func (d *Desk) NoteSeen(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "access.NoteSeen")
	zone := kernel.ActorOf(ctx).Zone
	used := d.seen.waiting(zone)
	if len(used) == 0 {
		return nil
	}
	err = d.db.Update(ctx, func(tx store.Tx) error { return markSeen(ctx, tx, used) })
	if err == nil {
		d.seen.written(zone, used)
	}
	return err
}

// touchWait bounds how long a request waits to have its session marked used.
const touchWait = time.Second

// touch marks something used if the database takes it soon. While a large
// import is being published nobody may be kept from reading for its sake: a
// mark that is lost is made up for by the next request.
func (d *Desk) touch(ctx context.Context, mark func(tx store.Tx) error) {
	if httpapi.Glancing(ctx) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, touchWait)
	defer cancel()
	_ = d.db.Update(ctx, mark)
}

// identify returns the account of s as an actor; stale when it is not
// active. What is still to be set comes first: see kernel.Actor.Pending.
func (d *Desk) identify(ctx context.Context, tx store.Tx, s session, stale error) (actor kernel.Actor, err error) {
	a, err := known(ctx, tx, s.Account)
	if err != nil {
		return actor, err
	}
	if a.Status != Active {
		return actor, stale
	}
	actor = actorFor(a, kernel.Actor{})
	if d.cfg.PasswordMaxAge == 0 && !d.cfg.needsTOTP(a.Roles) {
		return actor, nil
	}
	c, err := credentialOf(ctx, tx, a.ID)
	actor.Pending = d.pending(a, c, s.Method, tx.Now)
	return actor, err
}

// pending is what a has to set before anything else. Who did not come by
// password need not renew it, and two factors seen by the provider are two.
func (d *Desk) pending(a Account, c credential, method string, now time.Time) string {
	byPassword := method == "" || method == methodPassword
	switch {
	case byPassword && c.due(now, d.cfg):
		return pendingPassword
	case method != methodOIDCStrong && c.TOTP == "" && d.cfg.needsTOTP(a.Roles):
		return pendingTOTP
	}
	return ""
}

// Self is what a signed-in person is told about themselves.
type Self struct {
	Account         Account
	UnitName        string
	Zone            store.Zone
	Permissions     []string
	TOTP            bool
	MustSetPassword bool
	MustSetTOTP     bool
}

// Whoami tells the context's actor who they are and what they may do.
func (d *Desk) Whoami(ctx context.Context) (out Self, err error) {
	defer kernel.Wrap(&err, "access.Whoami")
	actor := kernel.ActorOf(ctx)
	err = d.db.View(ctx, func(tx store.Tx) error {
		out = Self{Permissions: d.gate.Permissions(actor), MustSetPassword: actor.Pending == pendingPassword, MustSetTOTP: actor.Pending == pendingTOTP}
		if out.Account, err = GetAccount(ctx, tx, actor.ID); err != nil {
			return err
		}
		if out.UnitName, err = unitName(ctx, tx, out.Account.Unit); err != nil {
			return err
		}
		c, err := credentialOf(ctx, tx, actor.ID)
		if err != nil {
			return err
		}
		out.TOTP = c.TOTP != ""
		out.Zone, err = store.Get[store.Zone](ctx, tx, "zone = $1", tx.Zone)
		return err
	})
	return out, err
}

// SpeakTo changes the language the context's actor is told things in.
func (d *Desk) SpeakTo(ctx context.Context, lang string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.SpeakTo(%q)", lang)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if err := person(ctx); err != nil {
			return err
		}
		if a, err = GetAccount(ctx, tx, kernel.ActorOf(ctx).ID); err != nil || a.Lang == lang {
			return err
		}
		a.Lang = lang
		if err := a.check(); err != nil {
			return err
		}
		a = a.changed(tx.Now)
		return d.record(ctx, tx, "access.account_amended", a, "", nil)
	})
	return a, err
}

// person refuses programs: what concerns somebody's own credentials is done in
// a session, never by an API token.
func person(ctx context.Context) error {
	if kernel.ActorOf(ctx).Via != viaSession {
		return kernel.Faultf(kernel.ErrDenied, "access.in_person")
	}
	return nil
}
