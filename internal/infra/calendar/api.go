package calendar

import (
	"context"
	"embed"

	"sente/internal/infra/httpapi"
)

// Words are the package's texts.
//
//go:embed words
var Words embed.FS

// Routes opens the calendar's API. Everybody signed in may read it: due dates
// are reckoned by it.
func (d *Desk) Routes(door *httpapi.Door) {
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/calendar/years", Perm: httpapi.Self, Tag: "calendar", Title: "calendar.route_years"}, d.getYears)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/calendar/days", Perm: httpapi.Self, Tag: "calendar", Title: "calendar.route_days"}, d.getDays)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/calendar/import", Perm: "calendar.manage", Tag: "calendar", Title: "calendar.route_import", Status: 200,
		Upload: true, Form: []string{"source", "reason", "dry_run"}}, d.postImport)
}

type yearsOut struct{ Body httpapi.List[Summary] }

func (d *Desk) getYears(ctx context.Context, _ *struct{}) (*yearsOut, error) {
	years, err := d.Years(ctx)
	return &yearsOut{httpapi.List[Summary]{Items: years}}, err
}

type getDays struct {
	Year int `query:"year" required:"true" minimum:"1900" maximum:"2199"`
}

// DaysBody is what the notice of one year lists.
type DaysBody struct {
	Year    int    `json:"year"`
	Covered bool   `json:"covered" doc:"false: no notice known, weekdays and weekends only"`
	Source  string `json:"source"`
	Items   []Day  `json:"items" doc:"in order; the last days of December before may be among them"`
}

type daysOut struct{ Body DaysBody }

func (d *Desk) getDays(ctx context.Context, in *getDays) (*daysOut, error) {
	y, covered, err := d.Days(ctx, in.Year)
	out := &daysOut{DaysBody{y.Year, covered, y.Source, y.Days}}
	if out.Body.Items == nil {
		out.Body.Items = []Day{}
	}
	return out, err
}

type postImport struct {
	httpapi.Upload
}

// ImportBody says what an import changes.
type ImportBody struct {
	DryRun bool       `json:"dry_run"`
	Years  []Imported `json:"years"`
}

type importOut struct{ Body ImportBody }

func (d *Desk) postImport(ctx context.Context, in *postImport) (*importOut, error) {
	o := Order{Source: in.Form("source"), Reason: in.Form("reason"), DryRun: in.Form("dry_run") == "1" || in.Form("dry_run") == "true"}
	years, err := d.Import(ctx, in, o)
	return &importOut{ImportBody{o.DryRun, years}}, err
}
