package access

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// ChangePassword replaces the password of the context's actor, who gives the
// old one, and ends all their sessions; the token returned begins a new one.
// Wrong old passwords count as wrong tries to sign in.
func (d *Desk) ChangePassword(ctx context.Context, old, password, agent string) (token string, err error) {
	defer kernel.Wrap(&err, "access.ChangePassword")
	a, c, err := d.own(ctx)
	if err != nil {
		return "", err
	}
	if err := checkPassword(password, a.Login, a.Name); err != nil {
		return "", rename(err, "new")
	}
	right, err := d.hash.verify(ctx, old, c.Hash)
	if err != nil {
		return "", err
	}
	fresh := ""
	if right {
		if normal(old) == normal(password) {
			return "", kernel.FieldFault("new", "access.password_same")
		}
		if fresh, err = d.hash.hash(ctx, password); err != nil {
			return "", err
		}
	}
	var verdict error
	err = d.db.Update(ctx, func(tx store.Tx) error {
		token, verdict, err = d.replace(ctx, tx, a, c, fresh, agent)
		return err
	})
	if err == nil {
		err = verdict
	}
	return token, err
}

// replace sets a's hash to fresh if the credential still is seen; an empty
// fresh is a wrong try.
func (d *Desk) replace(ctx context.Context, tx store.Tx, a Account, seen credential, fresh, agent string) (token string, verdict, err error) {
	c, err := credentialOf(ctx, tx, a.ID)
	if err != nil {
		return "", nil, err
	}
	switch {
	case c.locked(tx.Now.UnixMilli()):
		return "", kernel.Faultf(kernel.ErrDenied, "access.locked", clock(c.LockedUntil)), nil
	case fresh == "" || c.Hash != seen.Hash:
		return "", kernel.FieldFault("old", "access.password_wrong"), d.fail(ctx, tx, a, c)
	}
	c.Hash, c.SetAt, c.MustChange, c.Failures = fresh, tx.Now.UnixMilli(), false, 0
	if err := store.Put(ctx, tx, c); err != nil {
		return "", nil, err
	}
	if err := endSessions(ctx, tx, a.ID); err != nil {
		return "", nil, err
	}
	if token, err = d.begin(ctx, tx, a, SignIn{Agent: agent}); err != nil {
		return "", nil, err
	}
	return token, nil, note(ctx, tx, "access.password_changed", a.Object(), "", nil)
}

// rename gives a fault of one field another field's name.
func rename(err error, field string) error {
	if f, ok := err.(*kernel.Fault); ok {
		g := *f
		g.Field = field
		return &g
	}
	return err
}

// own reads account and credential of the context's actor, who is there in person.
func (d *Desk) own(ctx context.Context) (a Account, c credential, err error) {
	if err := person(ctx); err != nil {
		return a, c, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if a, err = GetAccount(ctx, tx, kernel.ActorOf(ctx).ID); err != nil {
			return err
		}
		c, err = credentialOf(ctx, tx, a.ID)
		return err
	})
	return a, c, err
}

// LinkOwner returns the account whose password the one-time link with token sets.
func (d *Desk) LinkOwner(ctx context.Context, token string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.LinkOwner")
	ctx, id, err := d.linkContext(ctx, token)
	if err != nil {
		return a, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		a, err = linkAccount(ctx, tx, id)
		return err
	})
	return a, err
}

// linkContext returns a context in the zone the link names, and its digest.
func (d *Desk) linkContext(ctx context.Context, token string) (context.Context, string, error) {
	zone, secret, ok := splitBearer(token)
	if !ok {
		return ctx, "", linkVoid()
	}
	actor := kernel.ActorOf(ctx)
	return kernel.WithActor(ctx, kernel.Actor{Zone: zone, Lang: actor.Lang, Request: actor.Request, Via: viaSession}), digest(secret), nil
}

func linkVoid() error { return kernel.Faultf(kernel.ErrNotFound, "access.link_void") }

// linkAccount returns the active account of the live link with digest id.
func linkAccount(ctx context.Context, tx store.Tx, id string) (a Account, err error) {
	l, ok, err := findLink(ctx, tx, id)
	if err != nil {
		return a, err
	}
	if !ok {
		return a, linkVoid()
	}
	if a, err = GetAccount(ctx, tx, l.Account); err == nil && a.Status != Active {
		err = linkVoid()
	}
	return a, err
}

// UseLink sets the password of the account the one-time link with token is for.
// The link, the account's sessions and a lockout end with it.
func (d *Desk) UseLink(ctx context.Context, token, password string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.UseLink")
	if a, err = d.LinkOwner(ctx, token); err != nil {
		return a, err
	}
	if err := checkPassword(password, a.Login, a.Name); err != nil {
		return a, err
	}
	fresh, err := d.hash.hash(ctx, password)
	if err != nil {
		return a, err
	}
	ctx, id, err := d.linkContext(ctx, token)
	if err != nil {
		return a, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if a, err = linkAccount(ctx, tx, id); err != nil {
			return err
		}
		return d.start(ctx, tx, a, fresh)
	})
	return a, err
}

// start sets the first password of a, or the first after a reset.
func (d *Desk) start(ctx context.Context, tx store.Tx, a Account, fresh string) error {
	c, err := credentialOf(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	c.Hash, c.SetAt, c.MustChange, c.Failures, c.LockedUntil = fresh, tx.Now.UnixMilli(), false, 0, 0
	if err := store.Put(ctx, tx, c); err != nil {
		return err
	}
	if err := endLinks(ctx, tx, a.ID); err != nil {
		return err
	}
	if err := endSessions(ctx, tx, a.ID); err != nil {
		return err
	}
	return note(kernel.WithActor(ctx, actorFor(a, kernel.ActorOf(ctx))), tx, "access.password_set", a.Object(), "", nil)
}

// BeginTOTP makes a secret for a second factor of the context's actor; it counts
// once [Desk.ConfirmTOTP] has seen a code. url is what the app reads as QR code.
func (d *Desk) BeginTOTP(ctx context.Context) (secret, url string, err error) {
	defer kernel.Wrap(&err, "access.BeginTOTP")
	a, _, err := d.own(ctx)
	if err != nil {
		return "", "", err
	}
	secret = newTOTP()
	err = d.db.Update(ctx, func(tx store.Tx) error {
		c, err := credentialOf(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if c.TOTP != "" {
			return kernel.Faultf(kernel.ErrConflict, "access.totp_already")
		}
		c.TOTPPending = secret
		return store.Put(ctx, tx, c)
	})
	return secret, totpURL(d.cfg.Issuer, a.Login, secret), err
}

// ConfirmTOTP puts the secret of BeginTOTP to use, given a code made from it.
func (d *Desk) ConfirmTOTP(ctx context.Context, code string) (err error) {
	defer kernel.Wrap(&err, "access.ConfirmTOTP")
	if err := person(ctx); err != nil {
		return err
	}
	return d.db.Update(ctx, func(tx store.Tx) error {
		c, err := credentialOf(ctx, tx, kernel.ActorOf(ctx).ID)
		if err != nil {
			return err
		}
		if c.TOTPPending == "" {
			return kernel.Faultf(kernel.ErrConflict, "access.totp_not_begun")
		}
		step, ok := checkTOTP(c.TOTPPending, code, tx.Now, c.TOTPStep)
		if !ok {
			return kernel.FieldFault("code", "access.totp_wrong")
		}
		c.TOTP, c.TOTPPending, c.TOTPStep = c.TOTPPending, "", step
		if err := store.Put(ctx, tx, c); err != nil {
			return err
		}
		return note(ctx, tx, "access.totp_set", Account{ID: c.Account}.Object(), "", nil)
	})
}

// DropTOTP ends the second factor of the context's actor, who gives a code of
// it. Who has lost it is reset by the security administrator.
func (d *Desk) DropTOTP(ctx context.Context, code string) (err error) {
	defer kernel.Wrap(&err, "access.DropTOTP")
	a, _, err := d.own(ctx)
	if err != nil {
		return err
	}
	var verdict error
	err = d.db.Update(ctx, func(tx store.Tx) error {
		verdict = nil
		c, err := credentialOf(ctx, tx, a.ID)
		if err != nil {
			return err
		}
		if c.TOTP == "" {
			return kernel.Faultf(kernel.ErrConflict, "access.totp_none")
		}
		if c.locked(tx.Now.UnixMilli()) {
			return kernel.Faultf(kernel.ErrDenied, "access.locked", clock(c.LockedUntil))
		}
		step, ok := checkTOTP(c.TOTP, code, tx.Now, c.TOTPStep)
		if !ok {
			verdict = kernel.FieldFault("code", "access.totp_wrong")
			return d.fail(ctx, tx, a, c)
		}
		c.TOTP, c.TOTPStep = "", step
		if err := store.Put(ctx, tx, c); err != nil {
			return err
		}
		return note(ctx, tx, "access.totp_dropped", a.Object(), "", nil)
	})
	if err == nil {
		err = verdict
	}
	return err
}
