package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

// shareRoutes registers the routes of credit shares.
func (d *Desk) shareRoutes(door *httpapi.Door) {
	route := func(method, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: "/projects/{id}/shares", Perm: perm, Tag: "pipeline", Title: "pipeline.route_" + title}
	}
	httpapi.Handle(door, route("GET", "pipeline.read", "shares"), d.getShares)
	set := route("PUT", "pipeline.share", "shares_set")
	set.Match = true
	httpapi.Handle(door, set, d.putShares)
}

// ShareView is one share as the API shows it.
type ShareView struct {
	Share
	UnitName string `json:"unit_name"`
	Gone     bool   `json:"gone" doc:"the account is disabled or no more; the share stays"`
}

// SharesView is how the credit for a project is shared. Its ETag is the
// project's.
type SharesView struct {
	Rows      []ShareView `json:"rows" doc:"empty for a project that came with a register and whose shares nobody has set"`
	Reason    string      `json:"reason" doc:"of the last change"`
	SetAt     int64       `json:"set_at" doc:"ms UTC; 0 when never set"`
	SetByName string      `json:"set_by_name"`
	Rule      ShareRule   `json:"rule"`
	Frozen    bool        `json:"frozen" doc:"the project has reached the stage at which shares are frozen, or has ended"`
}

type sharesOut struct {
	ETag string `header:"ETag"`
	Body SharesView
}

func sharesAnswer(s ProjectShares, err error) (*sharesOut, error) {
	if err != nil {
		return nil, err
	}
	v := SharesView{Rows: []ShareView{}, Reason: s.Reason, SetAt: s.SetAt, SetByName: s.SetByName, Rule: s.Rule, Frozen: s.Frozen}
	for _, row := range s.Rows {
		v.Rows = append(v.Rows, ShareView{row, s.UnitNames[row.Unit], s.Gone[row.Account]})
	}
	return &sharesOut{httpapi.ETag(s.Version), v}, nil
}

func (d *Desk) getShares(ctx context.Context, in *OnProject) (*sharesOut, error) {
	return sharesAnswer(d.Shares(ctx, in.ID))
}

type putShares struct {
	Change
	Body ShareOrder
}

func (d *Desk) putShares(ctx context.Context, in *putShares) (*sharesOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return sharesAnswer(d.SetShares(ctx, in.ID, version, in.Body))
}
