package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

// clockRoutes registers the routes of clocks and of what stalls.
func (d *Desk) clockRoutes(door *httpapi.Door) {
	route := func(path, title string) httpapi.Route {
		return httpapi.Route{Method: "GET", Path: path, Perm: "pipeline.read", Tag: "pipeline", Title: "pipeline.route_" + title}
	}
	httpapi.Handle(door, route("/projects/{id}/clocks", "clocks"), d.getClocks)
	httpapi.Handle(door, route("/pipeline/stalled", "stalled"), d.getStalled)
	httpapi.Handle(door, route("/pipeline/stalled/units", "stalled_units"), d.getStalledUnits)
	httpapi.Handle(door, route("/pipeline/mine", "mine"), d.getMine)
}

type clocksOut struct{ Body ProjectClocks }

func (d *Desk) getClocks(ctx context.Context, in *OnProject) (*clocksOut, error) {
	c, err := d.Clocks(ctx, in.ID)
	return &clocksOut{c}, err
}

type getStalled struct {
	httpapi.Page
	Kind     string `query:"kind" enum:"overdue,quiet" default:"overdue" doc:"overdue: past the limit; quiet: no act for long"`
	Unit     string `query:"unit"`
	Owner    string `query:"owner"`
	Platform string `query:"platform"`
}

type stalledOut struct{ Body httpapi.List[Waiting] }

func (d *Desk) getStalled(ctx context.Context, in *getStalled) (*stalledOut, error) {
	f := StallFilter{in.Kind, in.Unit, in.Owner, in.Platform}
	var at Place
	var after *Place
	more, err := httpapi.DecodeCursor(in.Cursor, &at, f.key()...)
	if err != nil {
		return nil, err
	}
	if more {
		after = &at
	}
	items, next, err := d.Stalled(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &stalledOut{httpapi.List[Waiting]{Items: items}}
	if next != nil {
		out.Body.NextCursor, err = httpapi.EncodeCursor(*next, f.key()...)
	}
	return out, err
}

type unitsOut struct{ Body httpapi.List[UnitStall] }

func (d *Desk) getStalledUnits(ctx context.Context, _ *struct{}) (*unitsOut, error) {
	units, err := d.StalledUnits(ctx)
	return &unitsOut{httpapi.List[UnitStall]{Items: units}}, err
}

type getMine struct {
	Block string `query:"block" enum:"signatures,overdue,due_soon,returned,missing" doc:"this block alone"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"8" doc:"how many of each block are described"`
}

type mineOut struct{ Body Mine }

func (d *Desk) getMine(ctx context.Context, in *getMine) (*mineOut, error) {
	m, err := d.Mine(ctx, in.Block, in.Limit)
	return &mineOut{m}, err
}
