package access

import (
	"embed"
	"encoding/json"
	"slices"
	"strings"

	"sente/internal/kernel"
)

//go:embed data policies
var builtin embed.FS

// The roles that this package itself has to know; all roles are in
// data/roles.json.
const (
	SystemAdmin   = "system_admin"   // 系统管理员
	SecurityAdmin = "security_admin" // 安全保密管理员
	AuditAdmin    = "audit_admin"    // 安全审计员
)

// Role is one of the roles an account can hold.
type Role struct {
	ID            string `json:"id"`
	Administrator bool   `json:"administrator" doc:"one of the three administrators (三员); excludes every other role"`
	Zh            string `json:"zh"`
	En            string `json:"en"`
}

// In returns the title of r in lang.
func (r Role) In(lang string) string { return pick(lang, r.Zh, r.En) }

func pick(lang, zh, en string) string {
	if lang == "en" {
		return en
	}
	return zh
}

func loadRoles() (roles []Role, err error) {
	text, err := builtin.ReadFile("data/roles.json")
	if err != nil {
		return nil, err
	}
	return roles, json.Unmarshal(text, &roles)
}

// Roles returns all roles, in the order in which they are shown.
func (g *Gate) Roles() []Role { return slices.Clone(g.roles) }

func (g *Gate) role(id string) (Role, bool) {
	i := slices.IndexFunc(g.roles, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return g.roles[i], true
}

// titles names roles in lang, joined as a list.
func (g *Gate) titles(roles []string, lang string) string {
	var names []string
	for _, id := range roles {
		if r, ok := g.role(id); ok {
			names = append(names, r.In(lang))
		}
	}
	return strings.Join(names, pick(lang, "、", ", "))
}

// CheckRoles refuses an unknown or repeated role and any second role beside one
// of the three administrators (三员分立: GB/T 22239-2019, 8.1.5, has system, audit
// and security administrators authorised apart from each other). lang is the
// language of the titles in the message.
func (g *Gate) CheckRoles(roles []string, lang string) error {
	seen := map[string]bool{}
	for _, id := range roles {
		r, ok := g.role(id)
		if !ok {
			return kernel.FieldFault("roles", "access.role_unknown", id)
		}
		if seen[id] {
			return kernel.FieldFault("roles", "access.role_twice", r.In(lang))
		}
		if r.Administrator && len(roles) > 1 {
			return kernel.FieldFault("roles", "access.role_exclusive", r.In(lang))
		}
		seen[id] = true
	}
	return nil
}
