package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

const goodPassword = "correct horse battery"

// cheap hashes passwords in a thousandth of the time NewDesk would accept; what
// the real parameters do is tested in password_test.go.
func cheap(d *Desk) {
	d.hash = newHasher(Config{HashMemory: 64, HashTime: 1, HashThreads: 1, HashSlots: 4, HashWait: time.Minute})
}

// office is a zone with an organisation, its three administrators and a desk.
type office struct {
	*Desk
	t     *testing.T
	clock *clockwork
	sys   context.Context // the system administrator
	sec   context.Context // the security administrator
}

func newOffice(t *testing.T, db *store.DB, clock *clockwork, cfg Config) *office {
	t.Helper()
	d, err := NewDesk(db, mustGate(t), cfg)
	must(t, err)
	cheap(d)
	addZone(t, db, "z1")
	addZone(t, db, "z2")
	tree(t, db)
	links, err := d.Bootstrap(t.Context(), "z1")
	must(t, err)
	o := &office{Desk: d, t: t, clock: clock}
	for _, l := range links {
		_, err := d.UseLink(t.Context(), l.Token, goodPassword)
		must(t, err)
		ctx := kernel.WithActor(t.Context(), kernel.Actor{Zone: "z1", ID: l.Account, Name: l.Login, Roles: []string{l.Role}, Via: viaSession, Lang: "zh"})
		switch l.Role {
		case SystemAdmin:
			o.sys = ctx
		case SecurityAdmin:
			o.sec = ctx
		}
	}
	return o
}

// hire opens an account with roles and the good password.
func (o *office) hire(login, unit string, roles ...string) Account {
	o.t.Helper()
	a, link, err := o.Open(o.sys, Account{Login: login, Name: "甲" + login, Unit: unit})
	must(o.t, err)
	if len(roles) > 0 {
		a, err = o.Grant(o.sec, a.ID, a.Version, roles, nil, "到岗")
		must(o.t, err)
	}
	_, err = o.UseLink(o.t.Context(), link.Token, goodPassword)
	must(o.t, err)
	return a
}

func (o *office) enter(login string) Session {
	o.t.Helper()
	s, err := o.SignIn(o.t.Context(), SignIn{Zone: "z1", Login: login, Password: goodPassword})
	must(o.t, err)
	return s
}

// in is the context of who holds token.
func (o *office) in(token string) context.Context {
	o.t.Helper()
	actor, err := o.resume(o.t.Context(), token)
	must(o.t, err)
	return kernel.WithActor(o.t.Context(), actor)
}

func (o *office) out(token string) {
	o.t.Helper()
	_, err := o.resume(o.t.Context(), token)
	refused(o.t, err, kernel.ErrSignedOut, "access.session_over", "")
}

func offices(t *testing.T, cfg Config, fn func(t *testing.T, o *office)) {
	t.Helper()
	each(t, func(t *testing.T, db *store.DB, clock *clockwork) { fn(t, newOffice(t, db, clock, cfg)) })
}

func TestBootstrap(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *clockwork) {
		d, err := NewDesk(db, mustGate(t), Config{})
		must(t, err)
		cheap(d)
		addZone(t, db, "z1")
		links, err := d.Bootstrap(t.Context(), "z1")
		must(t, err)
		var roles []string
		for _, l := range links {
			roles = append(roles, l.Role)
			if l.ExpiresAt != clock.Now().Add(24*time.Hour).UnixMilli() {
				t.Errorf("%s expires at %d", l.Login, l.ExpiresAt)
			}
		}
		if !slices.Equal(roles, []string{SystemAdmin, SecurityAdmin, AuditAdmin}) {
			t.Errorf("links for %v", roles)
		}
		again, err := d.Bootstrap(t.Context(), "z1")
		if err != nil || len(again) != 0 {
			t.Errorf("a second start gives %v, %v", again, err)
		}
		_, err = d.SignIn(t.Context(), SignIn{Zone: "z1", Login: "sysadmin", Password: ""})
		refused(t, err, kernel.ErrSignedOut, "access.sign_in_failed", "")

		a, err := d.LinkOwner(t.Context(), links[0].Token)
		if err != nil || a.Login != "sysadmin" {
			t.Errorf("link of %q, %v", a.Login, err)
		}
		_, err = d.UseLink(t.Context(), links[0].Token, "short")
		refused(t, err, kernel.ErrInvalid, "access.password_short", "password")
		_, err = d.UseLink(t.Context(), links[0].Token, goodPassword)
		must(t, err)
		_, err = d.UseLink(t.Context(), links[0].Token, goodPassword+"2")
		refused(t, err, kernel.ErrNotFound, "access.link_void", "")
		clock.pass(24*time.Hour + time.Millisecond)
		_, err = d.UseLink(t.Context(), links[1].Token, goodPassword)
		refused(t, err, kernel.ErrNotFound, "access.link_void", "")
		late, err := d.Bootstrap(t.Context(), "z1") // a later start lets in those who never were
		if err != nil || len(late) != 2 || late[0].Role != AuditAdmin || late[1].Role != SecurityAdmin {
			t.Errorf("after the links expired: %+v, %v", late, err)
		}
		_, err = d.UseLink(t.Context(), late[0].Token, goodPassword)
		must(t, err)
		for _, bad := range []string{"", "z1", links[2].Token + "x", "z2" + strings.TrimPrefix(links[2].Token, "z1")} {
			_, err = d.LinkOwner(t.Context(), bad)
			refused(t, err, kernel.ErrNotFound, "access.link_void", "")
		}
	})
}

func TestSignIn(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		a := o.hire("lihua", "d1", "officer")
		s := o.enter(" LiHua ")
		actor := kernel.ActorOf(o.in(s.Token))
		if actor.ID != a.ID || actor.Zone != "z1" || actor.Unit != "d1" || actor.Via != "session" || !slices.Equal(actor.Roles, []string{"officer"}) || actor.Name != "甲lihua" {
			t.Errorf("got %+v", actor)
		}
		for name, in := range map[string]SignIn{
			"wrong password":  {Zone: "z1", Login: "lihua", Password: "wrong horse battery"},
			"empty password":  {Zone: "z1", Login: "lihua"},
			"unknown login":   {Zone: "z1", Login: "nobody", Password: goodPassword},
			"another zone":    {Zone: "z2", Login: "lihua", Password: goodPassword},
			"no such zone":    {Zone: "z9", Login: "lihua", Password: goodPassword},
			"SQL in the name": {Zone: "z1", Login: "' OR 1=1 --", Password: goodPassword},
			"NUL in the name": {Zone: "z1", Login: "li\xffhua", Password: goodPassword},
		} {
			_, err := o.SignIn(t.Context(), in)
			var f *kernel.Fault
			if !errors.As(err, &f) || !errors.Is(err, kernel.ErrSignedOut) && !errors.Is(err, kernel.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := o.SignIn(t.Context(), SignIn{Login: "lihua", Password: goodPassword})
		refused(t, err, kernel.ErrInvalid, "access.zone_needed", "zone")
		_, err = o.SignIn(t.Context(), SignIn{Zone: "*", Login: "lihua", Password: goodPassword})
		refused(t, err, kernel.ErrInvalid, "access.zone_form", "zone")

		// A new sign-in ends the session the browser held.
		next, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: goodPassword, Old: s.Token})
		must(t, err)
		o.out(s.Token)
		must(t, o.SignOut(o.in(next.Token), next.Token))
		o.out(next.Token)
		must(t, o.SignOut(kernel.WithActor(t.Context(), actor), next.Token)) // twice is no error

		_, secret, _ := splitBearer(o.enter("lihua").Token)
		for _, bad := range []string{"", "nonsense", bearer("z2", secret), bearer("*", secret), bearer("z9", secret), bearer("z1", newSecret())} {
			o.out(bad)
		}
		want := []string{"access.account_opened", "access.link_issued", "access.roles_granted", "access.password_set", "access.signed_in", "access.signed_in", "access.signed_out", "access.signed_in"}
		if got := verbs(t, o.db, "z1", a.Object()); !slices.Equal(got, want) {
			t.Errorf("journaled %v, want %v", got, want)
		}
	})
}

func TestLockout(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		a := o.hire("lihua", "d1", "officer")
		wrong := func() error {
			_, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: "wrong horse battery"})
			return err
		}
		for range 4 {
			refused(t, wrong(), kernel.ErrSignedOut, "access.sign_in_failed", "")
		}
		o.enter("lihua") // a success begins the count anew
		for range 5 {
			refused(t, wrong(), kernel.ErrSignedOut, "access.sign_in_failed", "")
		}
		_, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: goodPassword})
		told := refused(t, err, kernel.ErrSignedOut, "access.sign_in_failed", "")
		if guess := refused(t, wrong(), kernel.ErrSignedOut, "access.sign_in_failed", ""); told != guess {
			t.Errorf("while locked, the right password is told %q, a wrong one %q", told, guess)
		}
		got := verbs(t, o.db, "z1", a.Object())
		if got[len(got)-1] != "access.locked_out" {
			t.Errorf("journaled %v, want the lockout last", got)
		}
		all, err := o.Find(o.sec, Query{Q: "lihua"}, "", 10)
		if err != nil || len(all) != 1 || all[0].LockedUntil != o.clock.Now().Add(15*time.Minute).UnixMilli() {
			t.Errorf("listed %+v, %v", all, err)
		}
		must(t, o.Unlock(o.sec, a.ID, "本人到场"))
		o.enter("lihua")
		refused(t, o.Unlock(o.sec, a.ID, ""), kernel.ErrConflict, "access.not_locked", "")
		for range 5 {
			_ = wrong()
		}
		o.clock.pass(15*time.Minute + time.Millisecond)
		o.enter("lihua")
	})
}

// TestParallelTriesAllCount: guessing on many connections at once does not get
// around the lockout, and nobody is let in by it.
func TestParallelTriesAllCount(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		o.hire("lihua", "d1", "officer")
		var guesses sync.WaitGroup
		for i := range 8 {
			guesses.Go(func() {
				_, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: fmt.Sprintf("wrong horse battery %d", i)})
				if !errors.Is(err, kernel.ErrSignedOut) {
					t.Errorf("guess %d: %v", i, err)
				}
			})
		}
		guesses.Wait()
		_, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: goodPassword})
		refused(t, err, kernel.ErrSignedOut, "access.sign_in_failed", "")
	})
}

func TestSessionsEnd(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		a := o.hire("lihua", "d1", "officer")
		s := o.enter("lihua")
		for range 3 { // used every 29 minutes it lives on
			o.clock.pass(29 * time.Minute)
			o.in(s.Token)
		}
		o.clock.pass(30*time.Minute + time.Second)
		o.out(s.Token) // idle
		s = o.enter("lihua")
		for range 26 {
			o.clock.pass(28 * time.Minute)
			if o.clock.Now().Sub(newClock().Now()) < 12*time.Hour {
				o.in(s.Token)
			}
		}
		o.out(s.Token) // twelve hours

		for name, end := range map[string]func() error{
			"role change": func() error {
				b, err := o.Look(o.sec, a.ID)
				if err == nil {
					_, err = o.Grant(o.sec, a.ID, b.Version, []string{"officer", "department_lead"}, nil, "")
				}
				return err
			},
			"reset": func() error {
				link, err := o.Reset(o.sec, a.ID, "忘记密码")
				if err == nil {
					_, err = o.UseLink(t.Context(), link.Token, goodPassword)
				}
				return err
			},
			"disable": func() error {
				if _, err := o.Disable(o.sys, a.ID, "调离"); err != nil {
					return err
				}
				_, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: goodPassword})
				refused(t, err, kernel.ErrDenied, "access.disabled", "")
				_, err = o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: "wrong horse battery"})
				refused(t, err, kernel.ErrSignedOut, "access.sign_in_failed", "")
				_, err = o.Enable(o.sys, a.ID, "调回")
				return err
			},
		} {
			s := o.enter("lihua")
			o.in(s.Token)
			must(t, end())
			t.Log(name)
			o.out(s.Token)
		}
		s = o.enter("lihua")
		o.clock.pass(13 * time.Hour)
		n, err := o.Sweep(program(t, "z1"))
		if err != nil || n != 1 {
			t.Errorf("swept %d, %v, want the one session", n, err)
		}
	})
}

// A request writes nothing to say that its session was used; that is written
// down for all at once, before anything is swept, and brings no session back.
func TestUsesOfSessionsAreNotedTogether(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		o.hire("lihua", "d1", "officer")
		used, ended := o.enter("lihua"), o.enter("lihua")
		seen := func(s Session) (at int64, ok bool) {
			t.Helper()
			_, secret, _ := splitBearer(s.Token)
			must(t, o.db.View(program(t, "z1"), func(tx store.Tx) error {
				found, there, err := findSession(t.Context(), tx, digest(secret))
				at, ok = found.SeenAt, there
				return err
			}))
			return at, ok
		}
		begun := o.clock.Now().UnixMilli()
		o.clock.pass(29 * time.Minute)
		commits := o.db.Stats().Commits
		o.in(used.Token)
		o.in(ended.Token)
		if now := o.db.Stats().Commits; now != commits {
			t.Errorf("%d updates for two requests that read", now-commits)
		}
		if at, ok := seen(used); !ok || at != begun {
			t.Errorf("seen at %d, %v", at, ok)
		}
		must(t, o.SignOut(o.in(ended.Token), ended.Token))
		o.clock.pass(29 * time.Minute) // an hour, all but two minutes, since it is written down
		if n, err := o.Sweep(program(t, "z1")); err != nil || n != 0 {
			t.Errorf("swept %d, %v, though the one session was used", n, err)
		}
		if at, ok := seen(used); !ok || at != begun+(29*time.Minute).Milliseconds() {
			t.Errorf("seen at %d, %v", at, ok)
		}
		if _, ok := seen(ended); ok {
			t.Error("a session that was signed out is back")
		}
		commits = o.db.Stats().Commits
		must(t, o.NoteSeen(program(t, "z1")))
		if now := o.db.Stats().Commits; now != commits {
			t.Error("an update though all is written down")
		}
		o.in(used.Token)
	})
}

func TestChangePassword(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		o.hire("lihua", "d1", "officer")
		one, two := o.enter("lihua"), o.enter("lihua")
		ctx := o.in(one.Token)
		_, err := o.ChangePassword(ctx, "wrong horse battery", "another horse battery", "")
		refused(t, err, kernel.ErrInvalid, "access.password_wrong", "old")
		_, err = o.ChangePassword(ctx, goodPassword, "short", "")
		refused(t, err, kernel.ErrInvalid, "access.password_short", "new")
		_, err = o.ChangePassword(ctx, goodPassword, goodPassword, "")
		refused(t, err, kernel.ErrInvalid, "access.password_same", "new")
		o.in(two.Token) // nothing ended so far
		token, err := o.ChangePassword(ctx, goodPassword, "another horse battery", "")
		must(t, err)
		o.out(one.Token)
		o.out(two.Token)
		o.in(token)
		_, err = o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: goodPassword})
		refused(t, err, kernel.ErrSignedOut, "access.sign_in_failed", "")
		for range 4 {
			_, err = o.ChangePassword(o.in(token), "wrong horse battery", "yet another battery", "")
			refused(t, err, kernel.ErrInvalid, "access.password_wrong", "old")
		}
		_, err = o.ChangePassword(o.in(token), "another horse battery", "yet another battery", "")
		refused(t, err, kernel.ErrDenied, "access.locked", "") // guessing through an open session locks too
	})
}

func TestPasswordAge(t *testing.T) {
	cfg := Config{}
	cfg.PasswordMaxAge = 90 * 24 * time.Hour
	offices(t, cfg, func(t *testing.T, o *office) {
		o.hire("lihua", "d1", "officer")
		o.clock.pass(91 * 24 * time.Hour)
		s := o.enter("lihua")
		ctx := o.in(s.Token)
		if !s.MustSetPassword || len(o.gate.Permissions(kernel.ActorOf(ctx))) != 0 {
			t.Errorf("an old password lets in: %+v", s)
		}
		refused(t, o.gate.Require(ctx, "party.read"), kernel.ErrDenied, "access.password_first", "")
		token, err := o.ChangePassword(ctx, goodPassword, "another horse battery", "")
		must(t, err)
		must(t, o.gate.Require(o.in(token), "party.read"))
	})
}

func TestSecondFactor(t *testing.T) {
	cfg := Config{}
	cfg.TOTPRoles = []string{"leader"}
	offices(t, cfg, func(t *testing.T, o *office) {
		a := o.hire("lihua", "d1", "leader")
		s := o.enter("lihua")
		ctx := o.in(s.Token)
		if !s.MustSetTOTP {
			t.Error("a leader must set up a second factor")
		}
		refused(t, o.gate.Require(ctx, "party.read"), kernel.ErrDenied, "access.totp_first", "")
		refused(t, o.ConfirmTOTP(ctx, "123456"), kernel.ErrConflict, "access.totp_not_begun", "")
		secret, url, err := o.BeginTOTP(ctx)
		must(t, err)
		if !strings.HasPrefix(url, "otpauth://totp/Sente:lihua?") || !strings.Contains(url, "secret="+secret) {
			t.Errorf("got %s", url)
		}
		code := func() string {
			c, err := totp.GenerateCode(secret, o.clock.Now())
			must(t, err)
			return c
		}
		refused(t, o.ConfirmTOTP(ctx, "000000"), kernel.ErrInvalid, "access.totp_wrong", "code")
		first := code()
		must(t, o.ConfirmTOTP(ctx, first))
		must(t, o.gate.Require(o.in(s.Token), "party.read"))
		_, _, err = o.BeginTOTP(ctx)
		refused(t, err, kernel.ErrConflict, "access.totp_already", "")

		try := func(code string) error {
			_, err := o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: goodPassword, TOTP: code})
			return err
		}
		refused(t, try(""), kernel.ErrSignedOut, "access.totp_needed", "totp")
		refused(t, try(first), kernel.ErrSignedOut, "access.totp_wrong", "totp") // confirmed with it
		o.clock.pass(30 * time.Second)
		second := code()
		must(t, try(second))
		refused(t, try(second), kernel.ErrSignedOut, "access.totp_wrong", "totp")

		refused(t, o.DropTOTP(ctx, second), kernel.ErrInvalid, "access.totp_wrong", "code")
		o.clock.pass(30 * time.Second)
		must(t, o.DropTOTP(ctx, code()))
		refused(t, o.DropTOTP(ctx, code()), kernel.ErrConflict, "access.totp_none", "")

		// Lost: the security administrator resets it.
		_, _, err = o.BeginTOTP(ctx)
		must(t, err)
		link, err := o.Reset(o.sec, a.ID, "手机遗失")
		must(t, err)
		_, err = o.UseLink(t.Context(), link.Token, goodPassword)
		must(t, err)
		must(t, try(""))
		for range 5 {
			_, _ = o.SignIn(t.Context(), SignIn{Zone: "z1", Login: "lihua", Password: "wrong horse battery"})
		}
		refused(t, try(""), kernel.ErrSignedOut, "access.sign_in_failed", "")
	})
}

func TestAdministratorsAreKeptApart(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		a := o.hire("lihua", "d1", "officer")
		sysID, secID := kernel.ActorOf(o.sys).ID, kernel.ActorOf(o.sec).ID
		denied := func(err error) {
			t.Helper()
			if !errors.Is(err, kernel.ErrDenied) {
				t.Errorf("got %v, want a refusal", err)
			}
		}
		grant := func(ctx context.Context, id string, roles ...string) error {
			b, err := o.Look(o.sec, id)
			if err == nil {
				_, err = o.Grant(ctx, id, b.Version, roles, nil, "")
			}
			return err
		}
		_, _, err := o.Open(o.sec, Account{Login: "spare", Name: "备用"})
		denied(err)
		denied(grant(o.sys, a.ID, "leader"))
		denied(grant(o.sec, secID, SystemAdmin)) // nobody changes their own roles
		denied(o.Unlock(o.sec, secID, ""))
		_, err = o.Reset(o.sys, a.ID, "")
		denied(err)
		_, err = o.Reset(o.sec, secID, "")
		denied(err)
		_, err = o.Disable(o.sys, sysID, "")
		denied(err)
		_, err = o.Disable(o.sec, a.ID, "")
		denied(err)
		_, err = o.Find(as(t, "x", "d1", "officer"), Query{}, "", 10)
		denied(err)

		refused(t, grant(o.sec, sysID, "officer"), kernel.ErrConflict, "access.last_administrator", "")
		_, err = o.Disable(o.sys, secID, "")
		refused(t, err, kernel.ErrConflict, "access.last_administrator", "")
		refused(t, grant(o.sec, a.ID, "officer", AuditAdmin), kernel.ErrInvalid, "access.role_exclusive", "roles")
		spare := o.hire("spare", "", SecurityAdmin)
		_, err = o.Disable(o.sys, secID, "轮岗")
		must(t, err)
		if spare.Roles[0] != SecurityAdmin {
			t.Errorf("got %v", spare.Roles)
		}
	})
}

func TestAccounts(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		for name, c := range map[string]struct {
			a     Account
			word  string
			field string
		}{
			"login short":   {Account{Login: "ab", Name: "甲"}, "access.login_form", "login"},
			"login Chinese": {Account{Login: "李华", Name: "甲"}, "access.login_form", "login"},
			"login taken":   {Account{Login: "SysAdmin", Name: "甲"}, "access.login_taken", "login"},
			"no name":       {Account{Login: "lihua", Name: " "}, "access.name_needed", "name"},
			"long name":     {Account{Login: "lihua", Name: strings.Repeat("名", 41)}, "access.name_long", "name"},
			"language":      {Account{Login: "lihua", Name: "甲", Lang: "fr"}, "access.lang_form", "lang"},
			"unit":          {Account{Login: "lihua", Name: "甲", Unit: "nowhere"}, "access.unit_unknown", "unit"},
		} {
			_, _, err := o.Open(o.sys, c.a)
			t.Log(name)
			refused(t, err, kernel.ErrInvalid, c.word, c.field)
		}
		made, _, err := o.Open(o.sys, Account{Login: "lihua", Name: "李华", Roles: []string{"leader"}, Status: Disabled})
		must(t, err)
		if len(made.Roles) != 0 || made.Status != Active {
			t.Errorf("opening grants: %+v", made)
		}
		name, unit := "李华华", "d1"
		amended, err := o.Amend(o.sys, made.ID, 1, Patch{Name: &name, Unit: &unit})
		must(t, err)
		if amended.Name != name || amended.Unit != unit || amended.Version != 2 {
			t.Errorf("got %+v", amended)
		}
		_, err = o.Amend(o.sys, made.ID, 1, Patch{Name: &name})
		refused(t, err, kernel.ErrStale, "access.stale", "")
		_, err = o.Amend(o.sys, "nobody", 1, Patch{Name: &name})
		refused(t, err, kernel.ErrNotFound, "access.account_unknown", "")
		_, err = o.Grant(o.sec, made.ID, 1, []string{"officer"}, nil, "")
		refused(t, err, kernel.ErrStale, "access.stale", "")
		_, err = o.Grant(o.sec, made.ID, 2, []string{"officer"}, nil, "到岗")
		must(t, err)
		other := "d2"
		_, err = o.Amend(o.sys, made.ID, 3, Patch{Unit: &other}) // the unit bounds what roles reach
		refused(t, err, kernel.ErrInvalid, "access.unit_with_roles", "unit")
		moved, err := o.Grant(o.sec, made.ID, 3, []string{"officer"}, &other, "换岗")
		if err != nil || moved.Unit != "d2" {
			t.Errorf("got %+v, %v", moved, err)
		}
		_, err = o.Disable(o.sys, made.ID, "")
		must(t, err)
		_, err = o.Disable(o.sys, made.ID, "")
		refused(t, err, kernel.ErrConflict, "access.already_disabled", "")
		_, err = o.Reset(o.sec, made.ID, "")
		refused(t, err, kernel.ErrConflict, "access.reset_disabled", "")

		var last journal.Entry
		must(t, o.db.View(o.sys, func(tx store.Tx) error {
			all, err := journal.List(o.sys, tx, journal.Filter{Object: made.Object(), Verb: "access.roles_granted"}, journal.Page{Limit: 1})
			if err == nil {
				last = all[0]
			}
			return err
		}))
		if got := string(last.Detail); got != `{"from":["officer"],"to":["officer"],"unit_from":"d1","unit_to":"d2"}` || last.Reason != "换岗" || last.Actor != kernel.ActorOf(o.sec).ID {
			t.Errorf("journaled %s, %q by %s", got, last.Reason, last.Actor)
		}
	})
}

func TestFindPagesAndNarrows(t *testing.T) {
	offices(t, Config{}, func(t *testing.T, o *office) {
		ctx := program(t, "z1")
		for i := range 7 {
			_, _, err := o.Open(ctx, Account{Login: fmt.Sprintf("user%d", i), Name: fmt.Sprintf("员_工%d", i), Unit: "d1"})
			must(t, err)
		}
		var seen []string
		for after := ""; ; {
			page, err := o.Find(o.sys, Query{Unit: "d1"}, after, 3)
			must(t, err)
			for _, a := range page {
				seen = append(seen, a.Login)
				if a.UnitName != "d1" || !a.AwaitingPassword {
					t.Errorf("got %+v", a)
				}
			}
			if len(page) < 3 {
				break
			}
			after = page[2].Login
		}
		if strings.Join(seen, " ") != "user0 user1 user2 user3 user4 user5 user6" {
			t.Errorf("paged %v", seen)
		}
		for q, want := range map[Query]int{{Q: "员_工3"}: 1, {Q: "员%工"}: 0, {Q: "USER"}: 7, {Role: SystemAdmin}: 1, {Role: "system"}: 0, {Status: Disabled}: 0, {Unit: "d2"}: 0} {
			page, err := o.Find(o.sys, q, "", 100)
			if err != nil || len(page) != want {
				t.Errorf("%+v: %d, %v, want %d", q, len(page), err, want)
			}
		}
	})
}

func TestTokens(t *testing.T) {
	cfg := Config{}
	cfg.TokensMax = 3
	offices(t, cfg, func(t *testing.T, o *office) {
		a := o.hire("lihua", "d1", "officer")
		ctx := o.in(o.enter("lihua").Token)
		for name, c := range map[string]struct {
			n           NewToken
			word, field string
		}{
			"no name":       {NewToken{Scopes: []string{"party.read"}, Days: 1}, "access.name_needed", "name"},
			"no scope":      {NewToken{Name: "同步", Days: 1}, "access.token_scopes_needed", "scopes"},
			"beyond":        {NewToken{Name: "同步", Scopes: []string{"account.manage"}, Days: 1}, "access.token_scope_beyond", "scopes"},
			"itself":        {NewToken{Name: "同步", Scopes: []string{"token.manage"}, Days: 1}, "access.token_scope_beyond", "scopes"},
			"for ever":      {NewToken{Name: "同步", Scopes: []string{"party.read"}, Days: 366}, "access.token_days", "days"},
			"no time":       {NewToken{Name: "同步", Scopes: []string{"party.read"}}, "access.token_days", "days"},
			"nobody's perm": {NewToken{Name: "同步", Scopes: []string{"scope:party.read"}, Days: 1}, "access.token_scope_beyond", "scopes"},
		} {
			_, _, err := o.Issue(ctx, c.n)
			t.Log(name)
			refused(t, err, kernel.ErrInvalid, c.word, c.field)
		}
		tok, secret, err := o.Issue(ctx, NewToken{Name: "同步", Scopes: []string{"pipeline.read", "party.read", "party.read"}, Days: 30})
		must(t, err)
		if !slices.Equal(tok.Scopes, []string{"party.read", "pipeline.read"}) || !strings.HasPrefix(secret, "sente_z1.") || strings.Contains(tok.Hash, secret) {
			t.Errorf("got %+v, %s", tok, secret)
		}
		actor, err := o.redeem(t.Context(), secret)
		must(t, err)
		if actor.ID != a.ID || actor.Via != "token" || !slices.Equal(o.gate.Permissions(actor), tok.Scopes) {
			t.Errorf("got %+v", actor)
		}
		by := kernel.WithActor(t.Context(), actor)
		_, _, err = o.Issue(by, NewToken{Name: "又一个", Scopes: []string{"party.read"}, Days: 1})
		refused(t, err, kernel.ErrDenied, "access.token_scope", "")
		_, err = o.ChangePassword(by, goodPassword, "another horse battery", "")
		refused(t, err, kernel.ErrDenied, "access.in_person", "")
		_, _, err = o.BeginTOTP(by)
		refused(t, err, kernel.ErrDenied, "access.in_person", "")

		void := func(text string) {
			t.Helper()
			_, err := o.redeem(t.Context(), text)
			refused(t, err, kernel.ErrSignedOut, "access.token_void", "")
		}
		raw := strings.TrimPrefix(secret, "sente_z1.")
		for _, bad := range []string{"", "sente_", raw, "sente_z2." + raw, "sente_*." + raw, secret + "x"} {
			void(bad)
		}
		o.out("z1." + raw) // an API token is no session

		page, err := o.Tokens(ctx, nil, 10)
		if err != nil || len(page) != 1 || page[0].UsedAt != o.clock.Now().UnixMilli() {
			t.Errorf("listed %+v, %v", page, err)
		}
		for range 2 {
			_, _, err = o.Issue(ctx, NewToken{Name: "同步", Scopes: []string{"party.read"}, Days: 1})
			must(t, err)
		}
		_, _, err = o.Issue(ctx, NewToken{Name: "同步", Scopes: []string{"party.read"}, Days: 1})
		refused(t, err, kernel.ErrConflict, "access.token_many", "")

		stranger := o.hire("hanmei", "d1", "officer")
		other := kernel.WithActor(t.Context(), kernel.Actor{Zone: "z1", ID: stranger.ID, Unit: "d1", Roles: []string{"officer"}, Via: viaSession, Lang: "zh"})
		if page, err := o.Tokens(other, nil, 10); err != nil || len(page) != 0 {
			t.Errorf("a colleague sees %v, %v", page, err)
		}
		if err := o.Withdraw(other, tok.ID); !errors.Is(err, kernel.ErrDenied) {
			t.Errorf("a colleague withdraws: %v", err)
		}
		refused(t, o.Withdraw(ctx, "nothing"), kernel.ErrNotFound, "access.token_unknown", "")
		must(t, o.Withdraw(ctx, tok.ID))
		void(secret)

		_, secret, err = o.Issue(ctx, NewToken{Name: "同步", Scopes: []string{"party.read"}, Days: 1})
		must(t, err)
		o.clock.pass(24 * time.Hour)
		void(secret)
		ctx = o.in(o.enter("lihua").Token)
		_, secret, err = o.Issue(ctx, NewToken{Name: "同步", Scopes: []string{"party.read"}, Days: 1})
		must(t, err)
		_, err = o.Disable(o.sys, a.ID, "")
		must(t, err)
		void(secret)
	})
}

// TestNoSecretIsStored looks for every secret in every table.
func TestNoSecretIsStored(t *testing.T) {
	clock := newClock()
	db := openAt(t, clock, store.Config{DSN: t.TempDir() + "/a.db"})
	o := newOffice(t, db, clock, Config{})
	a, link, err := o.Open(o.sys, Account{Login: "lihua", Name: "李华"})
	must(t, err)
	_, err = o.Grant(o.sec, a.ID, a.Version, []string{"officer"}, nil, "")
	must(t, err)
	unused, err := o.Reset(o.sec, a.ID, "")
	must(t, err)
	refused(t, func() error { _, err := o.UseLink(t.Context(), link.Token, goodPassword); return err }(), kernel.ErrNotFound, "access.link_void", "") // replaced
	_, err = o.UseLink(t.Context(), unused.Token, goodPassword)
	must(t, err)
	s := o.enter("lihua")
	_, token, err := o.Issue(o.in(s.Token), NewToken{Name: "同步", Scopes: []string{"party.read"}, Days: 1})
	must(t, err)
	secrets := []string{goodPassword}
	for _, text := range []string{link.Token, unused.Token, s.Token, strings.TrimPrefix(token, tokenPrefix)} {
		_, secret, _ := splitBearer(text)
		secrets = append(secrets, secret)
	}
	must(t, db.View(program(t, "z1"), func(tx store.Tx) error {
		for _, table := range []string{"journal_entries", "access_accounts", "access_credentials", "access_sessions", "access_links", "access_tokens"} {
			rows, err := tx.QueryContext(t.Context(), "SELECT * FROM "+table)
			if err != nil {
				return err
			}
			cols, _ := rows.Columns()
			for rows.Next() {
				values := make([]any, len(cols))
				for i := range values {
					values[i] = new(any)
				}
				if err := rows.Scan(values...); err != nil {
					return err
				}
				for i, v := range values {
					text := fmt.Sprintf("%s", *v.(*any))
					for _, secret := range secrets {
						if strings.Contains(text, secret) {
							t.Errorf("%s.%s holds a secret: %s", table, cols[i], text)
						}
					}
				}
			}
			rows.Close()
		}
		return nil
	}))
}
