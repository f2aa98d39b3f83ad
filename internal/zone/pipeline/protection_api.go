package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

// protectionRoutes registers the routes of the rule of 首报首谈.
func (d *Desk) protectionRoutes(door *httpapi.Door) {
	route := func(method, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: "/pipeline/protection", Perm: perm, Tag: "reports", Title: "pipeline.route_" + title}
	}
	httpapi.Handle(door, route("GET", "pipeline.read", "protection"), d.getProtection)
	httpapi.Handle(door, route("PUT", "pipeline.define", "protection_set"), d.putProtection)
}

// ProtectionView is the rule in force today beside all that are known.
type ProtectionView struct {
	Protection
	Versions Protections `json:"versions" doc:"the shipped rule first, then the zone's own, newest first"`
}

type protectionOut struct{ Body ProtectionView }

func (d *Desk) getProtection(ctx context.Context, _ *struct{}) (*protectionOut, error) {
	now, all, err := d.Protection(ctx)
	return &protectionOut{ProtectionView{now, all}}, err
}

type putProtection struct{ Body ProtectionOrder }

type protectionSetOut struct{ Body Protection }

func (d *Desk) putProtection(ctx context.Context, in *putProtection) (*protectionSetOut, error) {
	p, err := d.SetProtection(ctx, in.Body)
	return &protectionSetOut{p}, err
}
