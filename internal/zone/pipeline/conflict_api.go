package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

// conflictRoutes registers the routes of conflicts between reports.
func (d *Desk) conflictRoutes(door *httpapi.Door) {
	route := func(method, path, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "reports", Title: "pipeline.route_" + title}
	}
	httpapi.Handle(door, route("GET", "/conflicts", "pipeline.read", "conflicts"), d.getConflicts)
	confirm := route("POST", "/conflicts", "pipeline.arbitrate", "conflict_confirm")
	confirm.Status = 201
	httpapi.Handle(door, confirm, d.postConflict)
	httpapi.Handle(door, route("GET", "/conflicts/{id}", "pipeline.read", "conflict_find"), d.getConflictOne)
	httpapi.Handle(door, route("POST", "/conflicts/{id}/decide", "pipeline.arbitrate", "conflict_decide"), d.postDecide)
}

// ConflictView is a conflict as the API shows it to those who may decide it.
type ConflictView struct {
	ID             string     `json:"id"`
	Ground         string     `json:"ground" enum:"earlier,better,same_firm"`
	First          ReportView `json:"first" doc:"protects the firm until the decision"`
	Second         ReportView `json:"second" doc:"disputes it"`
	SinceOn        string     `json:"since_on" doc:"of an earlier right"`
	Claim          string     `json:"claim" doc:"why it was raised"`
	Unit           string     `json:"unit" doc:"the department that decides; empty: the zone's leaders"`
	UnitName       string     `json:"unit_name"`
	OpenedAt       int64      `json:"opened_at" doc:"ms UTC"`
	OpenedByName   string     `json:"opened_by_name"`
	DueOn          string     `json:"due_on"`
	DueProvisional bool       `json:"due_provisional" doc:"counted by weekdays: the calendar does not reach that far"`
	DaysLeft       int        `json:"days_left" doc:"working days to due_on, negative when over"`
	Overdue        bool       `json:"overdue"`
	State          string     `json:"state" enum:"open,decided"`
	Winner         string     `json:"winner" doc:"id of the report; empty when none was left to protect"`
	Reason         string     `json:"reason"`
	ByName         string     `json:"by_name"`
	DecidedAt      int64      `json:"decided_at" doc:"ms UTC"`
	Version        int64      `json:"version"`
}

func (d *Desk) conflictView(ctx context.Context, l ConflictListed) ConflictView {
	c := l.Conflict
	if c.byRule() {
		c.ByName = d.book.Say(httpapi.Lang(ctx), "pipeline.by_rule")
	}
	return ConflictView{ID: c.ID, Ground: c.Ground, First: d.reportView(ctx, l.Sides[0]), Second: d.reportView(ctx, l.Sides[1]), SinceOn: c.SinceOn, Claim: c.Claim,
		Unit: c.Unit, UnitName: l.UnitName, OpenedAt: c.OpenedAt, OpenedByName: c.OpenedByName, DueOn: c.DueOn, DueProvisional: c.DueProvisional, DaysLeft: l.DaysLeft,
		Overdue: l.Late, State: c.State, Winner: c.Winner, Reason: c.Reason, ByName: c.ByName, DecidedAt: c.DecidedAt, Version: c.Version}
}

type conflictOut struct {
	ETag string `header:"ETag"`
	Body ConflictView
}

func (d *Desk) conflictAnswer(ctx context.Context, l ConflictListed, err error) (*conflictOut, error) {
	if err != nil {
		return nil, err
	}
	return &conflictOut{httpapi.ETag(l.Version), d.conflictView(ctx, l)}, nil
}

type getConflicts struct {
	httpapi.Page
	State string `query:"state" enum:"open,decided"`
}

type conflictsOut struct {
	Body httpapi.List[ConflictView]
}

func (d *Desk) getConflicts(ctx context.Context, in *getConflicts) (*conflictsOut, error) {
	key := []string{"conflicts", in.State}
	after, err := placeAt(in.Cursor, key)
	if err != nil {
		return nil, err
	}
	rows, next, err := d.Conflicts(ctx, in.State, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &conflictsOut{httpapi.List[ConflictView]{Items: []ConflictView{}}}
	for _, l := range rows {
		out.Body.Items = append(out.Body.Items, d.conflictView(ctx, l))
	}
	if next != nil {
		out.Body.NextCursor, err = httpapi.EncodeCursor(*next, key...)
	}
	return out, err
}

type postConflict struct{ Body SameFirmOrder }

func (d *Desk) postConflict(ctx context.Context, in *postConflict) (*conflictOut, error) {
	l, err := d.ConfirmSameFirm(ctx, in.Body)
	return d.conflictAnswer(ctx, l, err)
}

// OnConflict names a conflict in a path.
type OnConflict struct {
	ID string `path:"id"`
}

func (d *Desk) getConflictOne(ctx context.Context, in *OnConflict) (*conflictOut, error) {
	l, err := d.FindConflict(ctx, in.ID)
	return d.conflictAnswer(ctx, l, err)
}

type postDecide struct {
	OnConflict
	IfMatch string `header:"If-Match" doc:"optional: ETag of the state the decision is based on"`
	Body    DecideOrder
}

func (d *Desk) postDecide(ctx context.Context, in *postDecide) (*conflictOut, error) {
	version, err := Addition{IfMatch: in.IfMatch}.version()
	if err != nil {
		return nil, err
	}
	l, err := d.DecideConflict(ctx, in.ID, version, in.Body)
	return d.conflictAnswer(ctx, l, err)
}
