package work

import (
	"context"
	"embed"

	"sente/internal/infra/httpapi"
)

// Words holds this context's messages.
//
//go:embed words
var Words embed.FS

// Routes opens the API of joint work.
func (d *Desk) Routes(door *httpapi.Door) {
	d.taskRoutes(door)
	d.noteRoutes(door)
	d.activityRoutes(door)
	d.dictionaryRoutes(door)
	httpapi.Handle(door, route("GET", "/work/mine", "work.read", "mine"), d.getMine)
}

func route(method, path, perm, title string) httpapi.Route {
	return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "work", Title: "work.route_" + title}
}

func match(r httpapi.Route) httpapi.Route { r.Match = true; return r }

func created(r httpapi.Route) httpapi.Route { r.Status = 201; return r }

// paged reads a list's cursor, runs list, and makes the next one.
func paged[T any](p httpapi.Page, of []string, list func(after *Place) ([]T, *Place, error)) (out httpapi.List[T], err error) {
	var at Place
	var after *Place
	more, err := httpapi.DecodeCursor(p.Cursor, &at, of...)
	if err != nil {
		return out, err
	}
	if more {
		after = &at
	}
	rows, next, err := list(after)
	if err != nil {
		return out, err
	}
	out.Items = append([]T{}, rows...)
	if next != nil {
		out.NextCursor, err = httpapi.EncodeCursor(*next, of...)
	}
	return out, err
}

// MineView is what waits for the caller.
type MineView struct {
	Counts    map[string]int64 `json:"counts" doc:"overdue, due_soon, later, offered, returned, ownerless, minutes"`
	Overdue   []TaskView       `json:"overdue"`
	DueSoon   []TaskView       `json:"due_soon"`
	Later     []TaskView       `json:"later"`
	Offered   []TaskView       `json:"offered" doc:"handed to the caller or their department and not answered"`
	Returned  []TaskView       `json:"returned" doc:"sent by the caller and given back"`
	Ownerless []TaskView       `json:"ownerless" doc:"that the caller may carry out or hand on, whose owner has left"`
	Minutes   []ActivityView   `json:"minutes" doc:"the caller's activities without minutes"`
	SoonDays  int              `json:"soon_days" doc:"working days within which a task is due soon"`
}

type mineOut struct{ Body MineView }

func (d *Desk) getMine(ctx context.Context, _ *struct{}) (*mineOut, error) {
	m, err := d.Mine(ctx)
	if err != nil {
		return nil, err
	}
	v := MineView{Counts: map[string]int64{"overdue": m.Overdue.Count, "due_soon": m.DueSoon.Count, "later": m.Later.Count, "offered": m.Offered.Count,
		"returned": m.Returned.Count, "ownerless": m.Ownerless.Count, "minutes": m.Owed},
		Overdue: taskViews(ctx, m.Overdue.Tasks), DueSoon: taskViews(ctx, m.DueSoon.Tasks), Later: taskViews(ctx, m.Later.Tasks), Offered: taskViews(ctx, m.Offered.Tasks),
		Returned: taskViews(ctx, m.Returned.Tasks), Ownerless: taskViews(ctx, m.Ownerless.Tasks), Minutes: []ActivityView{}, SoonDays: m.Soon.Days}
	for _, a := range m.Minutes {
		v.Minutes = append(v.Minutes, d.activityView(ctx, a))
	}
	return &mineOut{v}, nil
}
