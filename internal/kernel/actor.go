package kernel

import (
	"context"
	"slices"
)

// Actor is the person or program on whose behalf something happens, and the
// zone (tenant) in which it happens.
type Actor struct {
	Zone    string   // tenant; every query is confined to it
	ID      string   // account id; "system" for what happens by the clock
	Name    string   // shown in the journal beside the act
	Unit    string   // organisation unit the account belongs to
	Roles   []string // role identifiers, see access.Roles
	Scopes  []string // permissions the door is limited to (API token); nil = everything the roles allow
	Pending string   // what must be set before anything else may be done: "password" or "totp"; "" = nothing
	Via     string   // door: "session", "token", "cli", "job"
	Request string   // request id, also in the logs
	Lang    string   // "zh" or "en": the language refusals are told in
}

// Has reports whether a holds role.
func (a Actor) Has(role string) bool {
	return slices.Contains(a.Roles, role)
}

type actorKey struct{}

// WithActor returns a context in which a acts.
func WithActor(ctx context.Context, a Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// ActorOf returns the context's actor; the zero Actor has no zone and can do
// nothing.
func ActorOf(ctx context.Context) Actor {
	a, _ := ctx.Value(actorKey{}).(Actor)
	return a
}

// SystemActor acts in zone for what happens by the clock or from the command line.
func SystemActor(zone, via string) Actor {
	return Actor{Zone: zone, ID: "system", Name: "system", Via: via, Lang: "zh"}
}
