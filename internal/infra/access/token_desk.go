package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// NewToken asks for an API token.
type NewToken struct {
	Name   string
	Scopes []string
	Days   int // of life
}

// settled returns n with its scopes sorted and each once.
func (n NewToken) settled() NewToken {
	n.Name = strings.TrimSpace(n.Name)
	n.Scopes = slices.Clone(n.Scopes)
	slices.Sort(n.Scopes)
	n.Scopes = slices.Compact(n.Scopes)
	return n
}

// check refuses scopes beyond held and lives beyond longest days.
func (n NewToken) check(held []string, longest int) error {
	errs := []error{
		when(n.Name == "", "name", "access.name_needed"),
		when(utf8.RuneCountInString(n.Name) > maxAccountName, "name", "access.name_long", maxAccountName),
		when(n.Days < 1 || n.Days > longest, "days", "access.token_days", longest),
		when(len(n.Scopes) == 0, "scopes", "access.token_scopes_needed"),
	}
	for _, s := range n.Scopes {
		errs = append(errs, when(!slices.Contains(held, s) || s == "token.manage", "scopes", "access.token_scope_beyond", s))
	}
	return kernel.Faults("access.token_invalid", errs...)
}

// Issue makes an API token for the context's actor, in person. secret is shown
// once and not kept.
func (d *Desk) Issue(ctx context.Context, n NewToken) (t Token, secret string, err error) {
	defer kernel.Wrap(&err, "access.Issue")
	if err := d.mayManage(ctx); err != nil {
		return t, "", err
	}
	actor, n := kernel.ActorOf(ctx), n.settled()
	if err := n.check(d.gate.Permissions(actor), int(d.cfg.TokenMax.Hours()/24)); err != nil {
		return t, "", err
	}
	raw := newSecret()
	err = d.db.Update(ctx, func(tx store.Tx) error {
		t = Token{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Hash: digest(raw), Owner: actor.ID, Unit: actor.Unit, Name: n.Name, Scopes: n.Scopes,
			CreatedAt: tx.Now.UnixMilli(), ExpiresAt: tx.Now.Add(time.Duration(n.Days) * 24 * time.Hour).UnixMilli()}
		if err := d.gate.Allow(ctx, tx, "token.manage", t.Resource()); err != nil {
			return err
		}
		live, err := store.Count(ctx, tx, "SELECT count(*) FROM access_tokens WHERE zone = $1 AND owner = $2 AND expires_at > $3", tx.Zone, actor.ID, tx.Now.UnixMilli())
		if err != nil {
			return err
		}
		if live >= int64(d.cfg.TokensMax) {
			return kernel.Faultf(kernel.ErrConflict, "access.token_many", d.cfg.TokensMax)
		}
		if err := store.Put(ctx, tx, t); err != nil {
			return err
		}
		return note(ctx, tx, "access.token_issued", t.Object(), "", map[string]any{"name": t.Name, "scopes": t.Scopes, "expires_at": t.ExpiresAt})
	})
	return t, tokenPrefix + bearer(actor.Zone, raw), err
}

// mayManage: tokens are managed in person, so that a leaked one cannot make more.
func (d *Desk) mayManage(ctx context.Context) error {
	if err := d.gate.Require(ctx, "token.manage"); err != nil {
		return err
	}
	return person(ctx)
}

// Tokens returns at most limit API tokens of the context's actor, newest first,
// after the token after (nil for the first page).
func (d *Desk) Tokens(ctx context.Context, after *Token, limit int) (page []Token, err error) {
	defer kernel.Wrap(&err, "access.Tokens")
	if err := d.mayManage(ctx); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		scope, args, err := d.gate.Filter(ctx, tx, "token.manage", "Token", "", 2)
		if err != nil {
			return err
		}
		page, err = tokensOf(ctx, tx, scope, args, after, limit)
		return err
	})
	return page, err
}

// Withdraw makes API token id void at once.
func (d *Desk) Withdraw(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "access.Withdraw(%q)", id)
	if err := d.mayManage(ctx); err != nil {
		return err
	}
	return d.db.Update(ctx, func(tx store.Tx) error {
		t, err := store.Get[Token](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
		if errors.Is(err, kernel.ErrNotFound) {
			return kernel.Faultf(kernel.ErrNotFound, "access.token_unknown")
		}
		if err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "token.manage", t.Resource()); err != nil {
			return err
		}
		if err := store.Drop(ctx, tx, t); err != nil {
			return err
		}
		return note(ctx, tx, "access.token_withdrawn", t.Object(), "", map[string]any{"name": t.Name})
	})
}

// redeem returns the account behind an API token, limited to its scopes, and
// marks the token used.
func (d *Desk) redeem(ctx context.Context, text string) (actor kernel.Actor, err error) {
	void := kernel.Faultf(kernel.ErrSignedOut, "access.token_void")
	text, ok := strings.CutPrefix(text, tokenPrefix)
	zone, secret, form := splitBearer(text)
	if !ok || !form {
		return actor, void
	}
	ctx = kernel.WithActor(ctx, kernel.Actor{Zone: zone})
	var t Token
	err = d.db.View(ctx, func(tx store.Tx) error {
		if t, ok, err = findToken(ctx, tx, digest(secret)); err != nil {
			return err
		}
		if !ok || t.ExpiresAt <= tx.Now.UnixMilli() {
			return void
		}
		a, err := known(ctx, tx, t.Owner)
		if err != nil {
			return err
		}
		if a.Status != Active {
			return void
		}
		actor = actorFor(a, kernel.Actor{})
		actor.Via, actor.Scopes = viaToken, append([]string{}, t.Scopes...)
		return nil
	})
	if err != nil || d.db.Now().Sub(time.UnixMilli(t.UsedAt)) < seenEvery {
		return actor, err
	}
	d.touch(ctx, func(tx store.Tx) error {
		t, ok, err := findToken(ctx, tx, t.Hash)
		if err != nil || !ok {
			return err // withdrawn in the meantime: do not bring it back
		}
		t.UsedAt = tx.Now.UnixMilli()
		return store.Put(ctx, tx, t)
	})
	return actor, nil
}
