package access

import (
	"context"
	"errors"
	"slices"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Desk is the counter for accounts, sessions, one-time links and API tokens.
type Desk struct {
	db   *store.DB
	gate *Gate
	cfg  Config
	hash *hasher
	idp  *provider
	seen marks // uses of sessions that are not written down yet
}

// NewDesk returns a desk on db, guarded by gate. It refuses a Config that would
// not protect, such as a weaker password hash than OWASP's minimum.
func NewDesk(db *store.DB, gate *Gate, cfg Config) (*Desk, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	idp, err := newProvider(cfg.OIDC, db.Now)
	if err != nil {
		return nil, err
	}
	return &Desk{db: db, gate: gate, cfg: cfg, hash: newHasher(cfg), idp: idp}, nil
}

// Bootstrap makes the three administrators of zone, each with a one-time link to
// set the password, when zone has no account yet. At a later start it gives a
// new link to each of them who never set a password and whose link has expired,
// so that a first day put off locks nobody out; otherwise it returns none.
func (d *Desk) Bootstrap(ctx context.Context, zone string) (links []Link, err error) {
	defer kernel.Wrap(&err, "access.Bootstrap(%q)", zone)
	ctx = kernel.WithActor(ctx, kernel.SystemActor(zone, "cli"))
	err = d.db.Update(ctx, func(tx store.Tx) error {
		n, err := store.Count(ctx, tx, "SELECT count(*) FROM access_accounts WHERE zone = $1", tx.Zone)
		if err != nil {
			return err
		}
		if n > 0 {
			links, err = d.relink(ctx, tx)
			return err
		}
		links, err = d.found(ctx, tx)
		return err
	})
	return links, err
}

// found opens the accounts of the three administrators.
func (d *Desk) found(ctx context.Context, tx store.Tx) (links []Link, err error) {
	for _, first := range []struct{ login, role string }{{"sysadmin", SystemAdmin}, {"secadmin", SecurityAdmin}, {"auditadmin", AuditAdmin}} {
		role, _ := d.gate.role(first.role)
		a := Account{Login: first.login, Name: role.Zh, Roles: []string{role.ID}}
		_, link, err := d.open(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		link.Role = role.ID
		links = append(links, link)
	}
	return links, nil
}

// relink gives new links to administrators who never had a password nor have a
// link that works. Who had one is let in by the security administrator only.
func (d *Desk) relink(ctx context.Context, tx store.Tx) (links []Link, err error) {
	stranded, err := strandedAdministrators(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, a := range stranded {
		link, err := d.link(ctx, tx, a)
		if err != nil {
			return nil, err
		}
		link.Role = a.Roles[0]
		links = append(links, link)
	}
	return links, nil
}

// Open makes an account without roles and a one-time link to set its password.
// Only login, name, unit and language of a are read. The roles are granted by
// the security administrator: nobody makes an account and empowers it as well.
func (d *Desk) Open(ctx context.Context, a Account) (made Account, link Link, err error) {
	defer kernel.Wrap(&err, "access.Open(%q)", a.Login)
	if err := d.gate.Require(ctx, "account.manage"); err != nil {
		return made, link, err
	}
	a = Account{Login: a.Login, Name: a.Name, Unit: a.Unit, Lang: a.Lang}
	err = d.db.Update(ctx, func(tx store.Tx) (err error) {
		if err := d.gate.Allow(ctx, tx, "account.manage", a.Resource()); err != nil {
			return err
		}
		made, link, err = d.open(ctx, tx, a)
		return err
	})
	if u, ok := store.Unique(err); ok && u.Table == made.Table() {
		err = kernel.Faults("access.account_invalid", kernel.FieldFault("login", "access.login_taken", a.settled().Login))
	}
	return made, link, err
}

func (d *Desk) open(ctx context.Context, tx store.Tx, a Account) (Account, Link, error) {
	a = a.settled()
	a.Zone, a.ID, a.Status = tx.Zone, kernel.NewID(tx.Now), Active
	a.Version, a.CreatedAt, a.UpdatedAt = 1, tx.Now.UnixMilli(), tx.Now.UnixMilli()
	if err := a.check(); err != nil {
		return a, Link{}, err
	}
	if err := CheckUnit(ctx, tx, "unit", a.Unit); err != nil {
		return a, Link{}, err
	}
	if _, taken, err := accountByLogin(ctx, tx, a.Login); err != nil || taken {
		if taken {
			err = kernel.Faults("access.account_invalid", kernel.FieldFault("login", "access.login_taken", a.Login))
		}
		return a, Link{}, err
	}
	if err := d.record(ctx, tx, "access.account_opened", a, "", nil); err != nil {
		return a, Link{}, err
	}
	link, err := d.link(ctx, tx, a)
	return a, link, err
}

// record journals an act that leaves account a as it is given.
func (d *Desk) record(ctx context.Context, tx store.Tx, verb string, a Account, reason string, detail any) error {
	_, err := journal.Record(ctx, tx, journal.Act{Verb: verb, Object: a.Object(), Reason: reason, Detail: detail,
		Changes: []journal.Change{journal.Put(a)}})
	return err
}

// note journals an act about a's credentials, sessions or tokens, whose rows
// are not imaged.
func note(ctx context.Context, tx store.Tx, verb, object, reason string, detail any) error {
	_, err := journal.Record(ctx, tx, journal.Act{Verb: verb, Object: object, Reason: reason, Detail: detail})
	return err
}

// link makes a one-time link for a, the only one that works.
func (d *Desk) link(ctx context.Context, tx store.Tx, a Account) (Link, error) {
	if err := endLinks(ctx, tx, a.ID); err != nil {
		return Link{}, err
	}
	secret := newSecret()
	row := linkRow{Zone: tx.Zone, ID: digest(secret), Account: a.ID, CreatedAt: tx.Now.UnixMilli(), ExpiresAt: tx.Now.Add(d.cfg.LinkFor).UnixMilli()}
	if err := store.Put(ctx, tx, row); err != nil {
		return Link{}, err
	}
	err := note(ctx, tx, "access.link_issued", a.Object(), "", map[string]any{"expires_at": row.ExpiresAt})
	return Link{Account: a.ID, Login: a.Login, Token: bearer(tx.Zone, secret), ExpiresAt: row.ExpiresAt}, err
}

// Detailed is an account with what the administrators need to see beside it.
type Detailed struct {
	Account
	UnitName         string `json:"unit_name"`
	TOTP             bool   `json:"totp" doc:"has a second factor"`
	AwaitingPassword bool   `json:"awaiting_password" doc:"has to set a password by a one-time link first"`
	LockedUntil      int64  `json:"locked_until" doc:"ms UTC; 0 when not locked"`
	Identity         string `json:"identity" enum:",allowed,linked" doc:"whether it is linked to the identity provider, or may be by its next sign-in there"`
}

// Find returns at most limit accounts after the login after, in the order of
// their logins.
func (d *Desk) Find(ctx context.Context, q Query, after string, limit int) (page []Detailed, err error) {
	defer kernel.Wrap(&err, "access.Find")
	if err := d.gate.Require(ctx, "account.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		scope, args, err := d.gate.Filter(ctx, tx, "account.read", "Account", "", 2)
		if err != nil {
			return err
		}
		all, err := listAccounts(ctx, tx, q, scope, args, after, limit)
		if err != nil {
			return err
		}
		page, err = detail(ctx, tx, all)
		return err
	})
	return page, err
}

// Look returns account id.
func (d *Desk) Look(ctx context.Context, id string) (out Detailed, err error) {
	defer kernel.Wrap(&err, "access.Look(%q)", id)
	err = d.db.View(ctx, func(tx store.Tx) error {
		a, err := d.load(ctx, tx, "account.read", id)
		if err != nil {
			return err
		}
		all, err := detail(ctx, tx, []Account{a})
		if err == nil {
			out = all[0]
		}
		return err
	})
	return out, err
}

// detail adds to accounts what stands in other tables.
func detail(ctx context.Context, tx store.Tx, accounts []Account) ([]Detailed, error) {
	creds, err := credentialsOf(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	identities, err := identitiesOf(ctx, tx, accounts)
	if err != nil {
		return nil, err
	}
	units := map[string]string{}
	out := make([]Detailed, 0, len(accounts))
	for _, a := range accounts {
		if _, known := units[a.Unit]; !known {
			if units[a.Unit], err = unitName(ctx, tx, a.Unit); err != nil {
				return nil, err
			}
		}
		c := creds[a.ID]
		v := Detailed{Account: a, UnitName: units[a.Unit], TOTP: c.TOTP != "", AwaitingPassword: c.Hash == "", Identity: identities[a.ID].state(tx.Now.UnixMilli())}
		if c.locked(tx.Now.UnixMilli()) {
			v.LockedUntil = c.LockedUntil
		}
		out = append(out, v)
	}
	return out, nil
}

func unitName(ctx context.Context, tx store.Tx, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	u, err := GetUnit(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return "", nil
	}
	return u.Name(kernel.ActorOf(ctx).Lang), err
}

// load returns account id if the context's actor may do perm to it.
func (d *Desk) load(ctx context.Context, tx store.Tx, perm, id string) (a Account, err error) {
	if err := d.gate.Require(ctx, perm); err != nil {
		return a, err
	}
	if a, err = GetAccount(ctx, tx, id); err != nil {
		return a, err
	}
	return a, d.gate.Allow(ctx, tx, perm, a.Resource())
}

// Patch is what Amend changes; nil leaves as it is.
type Patch struct {
	Name *string
	Lang *string
	Unit *string
}

// Amend changes name, language or unit of account id, which the caller saw at
// version. The unit bounds what the roles reach, so the unit of an account that
// holds roles is changed by the security administrator, with [Desk.Grant].
func (d *Desk) Amend(ctx context.Context, id string, version int64, p Patch) (a Account, err error) {
	defer kernel.Wrap(&err, "access.Amend(%q)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if a, err = d.load(ctx, tx, "account.manage", id); err != nil {
			return err
		}
		if a.Version != version {
			return kernel.Faultf(kernel.ErrStale, "access.stale")
		}
		before := a
		a = p.apply(a).settled()
		if err := a.check(); err != nil {
			return err
		}
		if a.Unit != before.Unit {
			if len(a.Roles) > 0 {
				return kernel.FieldFault("unit", "access.unit_with_roles")
			}
			if err := CheckUnit(ctx, tx, "unit", a.Unit); err != nil {
				return err
			}
		}
		a = a.changed(tx.Now)
		return d.record(ctx, tx, "access.account_amended", a, "", nil)
	})
	return a, err
}

func (p Patch) apply(a Account) Account {
	for _, f := range []struct{ to, from *string }{{&a.Name, p.Name}, {&a.Lang, p.Lang}, {&a.Unit, p.Unit}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	return a
}

// Disable ends account id's sessions, links and API tokens and lets it in no more.
func (d *Desk) Disable(ctx context.Context, id, reason string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.Disable(%q)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if a, err = d.load(ctx, tx, "account.manage", id); err != nil {
			return err
		}
		if a.Status == Disabled {
			return kernel.Faultf(kernel.ErrConflict, "access.already_disabled", a.Name)
		}
		if err := d.keepsOne(ctx, tx, a); err != nil {
			return err
		}
		a.Status = Disabled
		a = a.changed(tx.Now)
		if err := d.revoke(ctx, tx, a.ID, true); err != nil {
			return err
		}
		return d.record(ctx, tx, "access.account_disabled", a, reason, nil)
	})
	return a, err
}

// keepsOne refuses to lose the last active administrator of a kind.
func (d *Desk) keepsOne(ctx context.Context, tx store.Tx, a Account) error {
	active, err := administrators(ctx, tx)
	if err != nil {
		return err
	}
	if role := sole(a, active); role != "" {
		r, _ := d.gate.role(role)
		return kernel.Faultf(kernel.ErrConflict, "access.last_administrator", r.In(kernel.ActorOf(ctx).Lang))
	}
	return nil
}

// revoke ends the sessions of account and, when all, its links and tokens.
func (d *Desk) revoke(ctx context.Context, tx store.Tx, account string, all bool) error {
	err := endSessions(ctx, tx, account)
	if err == nil && all {
		err = endLinks(ctx, tx, account)
	}
	if err == nil && all {
		err = endTokens(ctx, tx, account)
	}
	return err
}

// Enable lets a disabled account in again, with the password it had.
func (d *Desk) Enable(ctx context.Context, id, reason string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.Enable(%q)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if a, err = d.load(ctx, tx, "account.manage", id); err != nil {
			return err
		}
		if a.Status == Active {
			return kernel.Faultf(kernel.ErrConflict, "access.already_active", a.Name)
		}
		if err := CheckUnit(ctx, tx, "unit", a.Unit); err != nil {
			return err
		}
		a.Status = Active
		a = a.changed(tx.Now)
		return d.record(ctx, tx, "access.account_enabled", a, reason, nil)
	})
	return a, err
}

// Grant gives account id, which the caller saw at version, exactly these roles
// and, when unit is not nil, moves it there. The account has to sign in again.
func (d *Desk) Grant(ctx context.Context, id string, version int64, roles []string, unit *string, reason string) (a Account, err error) {
	defer kernel.Wrap(&err, "access.Grant(%q)", id)
	if err := d.gate.CheckRoles(roles, kernel.ActorOf(ctx).Lang); err != nil {
		return a, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if a, err = d.load(ctx, tx, "account.grant", id); err != nil {
			return err
		}
		if a.Version != version {
			return kernel.Faultf(kernel.ErrStale, "access.stale")
		}
		from := a
		a.Roles = slices.Clone(roles)
		if unit != nil {
			a.Unit = *unit
			if err := CheckUnit(ctx, tx, "unit", a.Unit); err != nil {
				return err
			}
		}
		if !slices.Equal(from.Roles, roles) {
			if err := d.keepsOne(ctx, tx, from); err != nil {
				return err
			}
		}
		a = a.settled().changed(tx.Now)
		if err := d.revoke(ctx, tx, a.ID, false); err != nil {
			return err
		}
		return d.record(ctx, tx, "access.roles_granted", a, reason,
			map[string]any{"from": from.Roles, "to": a.Roles, "unit_from": from.Unit, "unit_to": a.Unit})
	})
	return a, err
}

// Unlock ends the lockout of account id before its time.
func (d *Desk) Unlock(ctx context.Context, id, reason string) (err error) {
	defer kernel.Wrap(&err, "access.Unlock(%q)", id)
	return d.db.Update(ctx, func(tx store.Tx) error {
		a, err := d.load(ctx, tx, "account.grant", id)
		if err != nil {
			return err
		}
		c, err := credentialOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if !c.locked(tx.Now.UnixMilli()) {
			return kernel.Faultf(kernel.ErrConflict, "access.not_locked", a.Name)
		}
		c.Failures, c.LockedUntil = 0, 0
		if err := store.Put(ctx, tx, c); err != nil {
			return err
		}
		return note(ctx, tx, "access.unlocked", a.Object(), reason, nil)
	})
}

// Reset voids password, second factor, the link to the identity provider,
// sessions and API tokens of account id
// and returns a one-time link by which its holder sets a new password. The link
// is handed over in person; there is no e-mail.
func (d *Desk) Reset(ctx context.Context, id, reason string) (link Link, err error) {
	defer kernel.Wrap(&err, "access.Reset(%q)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		a, err := d.load(ctx, tx, "account.grant", id)
		if err != nil {
			return err
		}
		if a.Status != Active {
			return kernel.Faultf(kernel.ErrConflict, "access.reset_disabled", a.Name)
		}
		if err := d.revoke(ctx, tx, id, true); err != nil {
			return err
		}
		if err := store.Put(ctx, tx, credential{Zone: tx.Zone, Account: id, MustChange: true}); err != nil {
			return err
		}
		if err := store.Drop(ctx, tx, identity{Zone: tx.Zone, Account: id}); err != nil {
			return err
		}
		if err := note(ctx, tx, "access.credentials_reset", a.Object(), reason, nil); err != nil {
			return err
		}
		link, err = d.link(ctx, tx, a)
		return err
	})
	return link, err
}

// Sweep deletes what has expired in the context's zone: sessions, links and
// tokens that could not be used any more.
func (d *Desk) Sweep(ctx context.Context) (n int64, err error) {
	defer kernel.Wrap(&err, "access.Sweep")
	if err := d.NoteSeen(ctx); err != nil { // what was used just now has not expired
		return 0, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		n, err = sweep(ctx, tx, tx.Now.Add(-d.cfg.SessionIdle).UnixMilli(), tx.Now.Add(-d.cfg.SessionMax).UnixMilli())
		return err
	})
	return n, err
}
