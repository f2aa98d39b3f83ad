package views

import (
	"context"
	"embed"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

// Words holds this package's messages.
//
//go:embed words
var Words embed.FS

// Routes opens the API of saved views.
func (d *Desk) Routes(door *httpapi.Door) {
	route := func(method, path, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: httpapi.Self, Tag: "views", Title: "views.route_" + title}
	}
	save := route("POST", "/views", "save")
	save.Status = 201
	change := route("PATCH", "/views/{id}", "change")
	change.Match = true
	httpapi.Handle(door, route("GET", "/views", "list"), d.getViews)
	httpapi.Handle(door, save, d.postView)
	httpapi.Handle(door, change, d.patchView)
	httpapi.Handle(door, route("DELETE", "/views/{id}", "remove"), d.deleteView)
}

// Shown is a view as the API shows it.
type Shown struct {
	ID        string `json:"id"`
	Page      string `json:"page"`
	Name      string `json:"name"`
	Query     string `json:"query"`
	Shared    bool   `json:"shared"`
	Default   bool   `json:"default" doc:"the page opens with it; of one's own only"`
	Mine      bool   `json:"mine"`
	OwnerName string `json:"owner_name"`
	Position  int64  `json:"position"`
	Version   int64  `json:"version"`
}

func show(ctx context.Context, l Listed) Shown {
	mine := l.Owner == kernel.ActorOf(ctx).ID
	return Shown{ID: l.ID, Page: l.Page, Name: l.Name, Query: l.Query, Shared: l.Shared, Default: mine && l.Default, Mine: mine,
		OwnerName: l.OwnerName, Position: l.Position, Version: l.Version}
}

type getViews struct {
	Page string `query:"page" required:"true" minLength:"1" maxLength:"40" doc:"which list"`
}

type viewsOut struct{ Body httpapi.List[Shown] }

func (d *Desk) getViews(ctx context.Context, in *getViews) (*viewsOut, error) {
	all, err := d.List(ctx, in.Page)
	out := &viewsOut{httpapi.List[Shown]{Items: []Shown{}}}
	for _, l := range all {
		out.Body.Items = append(out.Body.Items, show(ctx, l))
	}
	return out, err
}

type postView struct {
	Body struct {
		Page string `json:"page" minLength:"1" maxLength:"40"`
		Draft
	}
}

type viewOut struct {
	ETag string `header:"ETag"`
	Body Shown
}

func (d *Desk) postView(ctx context.Context, in *postView) (*viewOut, error) {
	l, err := d.Save(ctx, in.Body.Page, in.Body.Draft)
	return &viewOut{httpapi.ETag(l.Version), show(ctx, l)}, err
}

// OnView names a view in a path.
type OnView struct {
	ID string `path:"id" maxLength:"64"`
}

type patchView struct {
	OnView
	httpapi.IfMatch
	Body Draft
}

func (d *Desk) patchView(ctx context.Context, in *patchView) (*viewOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	l, err := d.Change(ctx, in.ID, version, in.Body)
	return &viewOut{httpapi.ETag(l.Version), show(ctx, l)}, err
}

func (d *Desk) deleteView(ctx context.Context, in *OnView) (*struct{}, error) {
	return nil, d.Remove(ctx, in.ID)
}
