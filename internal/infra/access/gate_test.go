package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

func TestRequireTellsWhyAndWhom(t *testing.T) {
	g, book := mustGate(t), mustBook(t)
	say := func(lang string, err error) string {
		var f *kernel.Fault
		if !errors.As(err, &f) {
			t.Fatalf("%v is no fault", err)
		}
		return book.Say(lang, f.Word, f.Args...)
	}
	for name, c := range map[string]struct {
		actor kernel.Actor
		perm  string
		kind  error
		want  string
	}{
		"role, Chinese": {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"operator"}, Lang: "zh"}, "pipeline.sign", kernel.ErrDenied,
			"不能签批项目：需要以下角色之一：管委会领导、部门负责人、招商专员。如需授权，请联系安全保密管理员"},
		"role, English": {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"operator"}, Lang: "en"}, "pipeline.sign", kernel.ErrDenied,
			"You may not sign off projects. It takes one of these roles: zone leader, department lead, promotion officer. To be granted one, turn to: security administrator"},
		"forbidden": {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{SystemAdmin}, Lang: "zh"}, "token.manage", kernel.ErrDenied,
			"不能管理本人的接口令牌：三员须本人登录操作，不得使用接口令牌。如需办理，请联系安全保密管理员"},
		"nobody":          {kernel.Actor{Lang: "zh"}, "party.read", kernel.ErrSignedOut, "请先登录"},
		"no zone":         {kernel.Actor{ID: "a", Roles: []string{"leader"}}, "party.read", kernel.ErrSignedOut, "请先登录"},
		"password first":  {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"leader"}, Pending: pendingPassword}, "party.read", kernel.ErrDenied, "密码已到期，请先修改密码"},
		"second factor":   {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"leader"}, Pending: pendingTOTP}, "party.read", kernel.ErrDenied, "请先设置动态口令"},
		"token":           {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"leader"}, Scopes: []string{"party.read"}, Via: viaToken}, "pipeline.read", kernel.ErrDenied, "接口令牌的范围不含“查看项目”（pipeline.read），请另行签发含此范围的令牌"},
		"token for none":  {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"leader"}, Via: viaToken}, "pipeline.read", kernel.ErrDenied, "接口令牌的范围不含“查看项目”（pipeline.read），请另行签发含此范围的令牌"},
		"limited session": {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"leader"}, Scopes: []string{}, Via: viaSession}, "pipeline.read", kernel.ErrDenied, "接口令牌的范围不含“查看项目”（pipeline.read），请另行签发含此范围的令牌"},
		"beyond its roles": {kernel.Actor{Zone: "z1", ID: "a", Roles: []string{"operator"}, Scopes: []string{"pipeline.sign"}, Via: viaToken}, "pipeline.sign", kernel.ErrDenied,
			"不能签批项目：需要以下角色之一：管委会领导、部门负责人、招商专员。如需授权，请联系安全保密管理员"},
		"not the program":  {kernel.Actor{Zone: "z1", ID: "system", Via: viaSession, Lang: "zh"}, "system.read", kernel.ErrDenied, "不能查看系统状态：需要以下角色之一：系统管理员、安全保密管理员、安全审计员。如需授权，请联系安全保密管理员"},
		"system with role": {kernel.Actor{Zone: "z1", ID: "system", Roles: []string{"officer"}, Via: "cli", Lang: "zh"}, "system.read", kernel.ErrDenied, "不能查看系统状态：需要以下角色之一：系统管理员、安全保密管理员、安全审计员。如需授权，请联系安全保密管理员"},
	} {
		t.Run(name, func(t *testing.T) {
			err := g.Require(kernel.WithActor(t.Context(), c.actor), c.perm)
			if !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want %v", err, c.kind)
			}
			lang := c.actor.Lang
			if lang == "" {
				lang = "zh"
			}
			if got := say(lang, err); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	must(t, g.Require(kernel.WithActor(t.Context(), kernel.SystemActor("z1", "job")), "party.read"))
	token := kernel.Actor{Zone: "z1", ID: "a", Unit: "d1", Roles: []string{"leader"}, Scopes: []string{"party.read"}, Via: viaToken}
	must(t, g.Require(kernel.WithActor(t.Context(), token), "party.read"))
	if got := g.Permissions(token); !slices.Equal(got, []string{"party.read"}) {
		t.Errorf("a token for party.read may %v", got)
	}
	if err := g.Require(as(t, "a", "", "leader"), "party.eat"); err == nil || errors.Is(err, kernel.ErrDenied) {
		t.Errorf("an unknown permission is a mistake of the program, got %v", err)
	}
}

// TestScopes is the table of row scopes: who may do what to whose row.
func TestScopes(t *testing.T) {
	g := mustGate(t)
	each(t, func(t *testing.T, db *store.DB, _ *clockwork) {
		addZone(t, db, "z1")
		tree(t, db)
		rows := map[string]Resource{
			"own": {Unit: "d2", Owner: "me"}, "unit": {Unit: "d1", Owner: "x"}, "below": {Unit: "d11", Owner: "x"},
			"other": {Unit: "d2", Owner: "x"}, "nobody": {}, "operator": {Unit: "op", Owner: "x"},
		}
		for _, c := range []struct {
			role, unit, perm, kind string
			may                    string
		}{
			{"officer", "d1", "pipeline.read", "Project", "own unit"},
			{"officer", "d1", "pipeline.amend", "Project", "own"},
			{"officer", "", "pipeline.read", "Project", "own"},
			{"officer", "d1", "party.read", "Party", "below nobody operator other own unit"},
			{"officer", "d1", "party.unmask", "Party", "own"},
			{"department_lead", "d1", "pipeline.read", "Project", "below own unit"},
			{"department_lead", "d1", "pipeline.sign", "Project", "below own unit"},
			{"department_lead", "d1", "intake.undo", "Run", "below own unit"},
			{"leader", "", "pipeline.read", "Project", "below nobody operator other own unit"},
			{"leader", "", "pipeline.amend", "Project", ""},
			{"auditor", "", "pipeline.read", "Project", "below nobody operator other own unit"},
			{"auditor", "", "pipeline.advance", "Project", ""},
			{"operator", "op", "pipeline.read", "Project", "operator"},
			{"operator", "", "pipeline.read", "Project", ""},
			{"operator", "op", "party.read", "Party", "operator"},
			{"province", "p", "pipeline.read", "Project", "below operator other own unit"},
			{"province", "p", "party.unmask", "Party", ""},
			{SystemAdmin, "p", "pipeline.read", "Project", ""},
			{SecurityAdmin, "p", "party.read", "Party", ""},
			{AuditAdmin, "p", "pipeline.read", "Project", ""},
		} {
			ctx := as(t, "me", c.unit, c.role)
			var got []string
			must(t, db.View(ctx, func(tx store.Tx) error {
				for name, r := range rows {
					r.Type, r.ID = c.kind, name
					err := g.Allow(ctx, tx, c.perm, r)
					if err == nil {
						got = append(got, name)
					} else if !errors.Is(err, kernel.ErrDenied) {
						return err
					}
				}
				return nil
			}))
			slices.Sort(got)
			if strings.Join(got, " ") != c.may {
				t.Errorf("%s in %q may %s on %v, want %s", c.role, c.unit, c.perm, got, c.may)
			}
		}
	})
}

func TestAllowTellsTheRule(t *testing.T) {
	g := mustGate(t)
	each(t, func(t *testing.T, db *store.DB, _ *clockwork) {
		addZone(t, db, "z1")
		tree(t, db)
		for _, c := range []struct {
			ctx  context.Context
			perm string
			res  Resource
			want string
		}{
			{as(t, "me", "d1", "officer"), "pipeline.advance", Resource{Type: "Project", ID: "1", Unit: "d1", Owner: "x"},
				"不能推进项目：招商专员办理本人负责的事项。如需办理，请联系管委会领导、部门负责人、平台运营方"},
			{as(t, "me", "", SecurityAdmin), "account.grant", Account{ID: "me"}.Resource(),
				"不能授权、解锁、重置账号：任何人不得停用、授权、解锁或重置自己的账号。如需办理，请联系安全保密管理员"},
			{as(t, "me", "", "officer"), "account.grant", Account{ID: "x"}.Resource(),
				"不能授权、解锁、重置账号：需要以下角色之一：安全保密管理员。如需授权，请联系安全保密管理员"},
		} {
			must(t, db.View(c.ctx, func(tx store.Tx) error {
				err := g.Allow(c.ctx, tx, c.perm, c.res)
				var f *kernel.Fault
				if !errors.As(err, &f) || !errors.Is(err, kernel.ErrDenied) {
					t.Fatalf("%s: got %v", c.perm, err)
				}
				if got := mustBook(t).Say("zh", f.Word, f.Args...); got != c.want {
					t.Errorf("got  %s\nwant %s", got, c.want)
				}
				return nil
			}))
		}
		must(t, db.View(as(t, "me", "", "leader"), func(tx store.Tx) error {
			err := g.Allow(as(t, "me", "", "leader"), tx, "pipeline.read", Resource{Type: "Party"})
			if err == nil || errors.Is(err, kernel.ErrDenied) {
				t.Errorf("a permission asked about the wrong type is a mistake of the program, got %v", err)
			}
			return nil
		}))
	})
}

func BenchmarkGate(b *testing.B) {
	g := mustGate(b)
	actor := kernel.Actor{Zone: "z1", ID: "me", Unit: "d1", Roles: []string{"officer"}, Via: viaSession, Lang: "zh"}
	ctx := kernel.WithActor(b.Context(), actor)
	for name, fn := range map[string]func(){
		"Require": func() { _ = g.Require(ctx, "pipeline.advance") },
		"decide": func() {
			_ = g.decide(actor, "pipeline.advance", Resource{Type: "Project", ID: "1", Unit: "d1", Owner: "me"}, []string{"d1", "z"})
		},
		"refuse": func() {
			_ = g.decide(actor, "pipeline.advance", Resource{Type: "Project", ID: "1", Unit: "d1", Owner: "x"}, []string{"d1", "z"})
		},
		"filter":      func() { _, _, _ = g.filter(actor, "pipeline.read", "Project", "p", 1) },
		"Permissions": func() { _ = g.Permissions(actor) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				fn()
			}
		})
	}
}
