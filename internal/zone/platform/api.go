package platform

import (
	"context"
	"embed"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

// Words holds this context's messages.
//
//go:embed words
var Words embed.FS

// Routes registers the routes of platforms and of contracts with operators.
func (d *Desk) Routes(door *httpapi.Door) {
	httpapi.Handle(door, route("GET", "/platforms", "platform.read", "list"), d.getPlatforms)
	httpapi.Handle(door, created(route("POST", "/platforms", "platform.manage", "open")), d.postPlatform)
	httpapi.Handle(door, route("GET", "/platforms/playbook", "platform.read", "playbook"), d.getPlaybook)
	httpapi.Handle(door, route("GET", "/platforms/mine", "platform.read", "mine"), d.getMine)
	httpapi.Handle(door, created(route("POST", "/platforms/adopt", "platform.manage", "adopt")), d.postAdopt)
	httpapi.Handle(door, route("GET", "/platforms/{id}", "platform.read", "find"), d.getPlatform)
	httpapi.Handle(door, match(route("PATCH", "/platforms/{id}", "platform.manage", "amend")), d.patchPlatform)
	httpapi.Handle(door, match(route("POST", "/platforms/{id}/operator", "platform.manage", "operator")), d.postOperator)
	httpapi.Handle(door, match(route("POST", "/platforms/{id}/retire", "platform.manage", "retire")), d.postRetire)
	httpapi.Handle(door, route("GET", "/platforms/{id}/timeline", "platform.read", "timeline"), d.getTimeline)
	d.contractRoutes(door)
}

func route(method, path, perm, title string) httpapi.Route {
	return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "platform", Title: "platform.route_" + title}
}

func match(r httpapi.Route) httpapi.Route { r.Match = true; return r }

func created(r httpapi.Route) httpapi.Route { r.Status = 201; return r }

// View is a platform as the API shows it. Counts are of the contracts and tasks
// that the reader may read.
type View struct {
	Platform
	UnitName     string `json:"unit_name"`
	OwnerName    string `json:"owner_name"`
	OperatorName string `json:"operator_name"`
	Works        bool   `json:"works" doc:"takes projects today"`
	Contracts    int64  `json:"contracts" doc:"contracts not closed"`
	Owed         int64  `json:"tasks_owed" doc:"contract tasks that the operator has to hand in"`
	Late         int64  `json:"tasks_late" doc:"of them past their day"`
	Waiting      int64  `json:"tasks_waiting" doc:"contract tasks that wait for acceptance"`
	Accepted     int64  `json:"tasks_accepted"`
}

func view(l Listed) View {
	return View(l)
}

// TermView is the time in which one operator ran a platform.
type TermView struct {
	SinceOn      string `json:"since_on"`
	Operator     string `json:"operator"`
	OperatorName string `json:"operator_name" doc:"empty: the department itself"`
	Reason       string `json:"reason"`
	ByName       string `json:"by_name"`
	RecordedAt   int64  `json:"recorded_at" doc:"ms UTC"`
}

// DetailView is a View with the operators' terms that the reader may read.
type DetailView struct {
	View
	Terms []TermView `json:"terms"`
}

type platformOut struct {
	ETag string `header:"ETag"`
	Body DetailView
}

func answer(p Detail, err error) (*platformOut, error) {
	if err != nil {
		return nil, err
	}
	v := DetailView{view(p.Listed), []TermView{}}
	for _, t := range p.Terms {
		v.Terms = append(v.Terms, TermView{t.SinceOn, t.Operator, t.OperatorName, t.Reason, t.ByName, t.RecordedAt})
	}
	return &platformOut{httpapi.ETag(p.Version), v}, nil
}

type platformsOut struct{ Body httpapi.List[View] }

func answerAll(list []Listed, err error) (*platformsOut, error) {
	out := &platformsOut{httpapi.List[View]{Items: []View{}}}
	for _, l := range list {
		out.Body.Items = append(out.Body.Items, view(l))
	}
	return out, err
}

type getPlatforms struct {
	Retired bool `query:"retired" doc:"also platforms that have ended"`
}

func (d *Desk) getPlatforms(ctx context.Context, in *getPlatforms) (*platformsOut, error) {
	return answerAll(d.List(ctx, in.Retired))
}

// PlayView is a platform of the playbook; Adopted is the platform it became.
type PlayView struct {
	Play
	Adopted string `json:"adopted" doc:"id of the platform in work that came from it; empty: none"`
}

type playbookOut struct {
	Body struct {
		AsOf      kernel.Date `json:"as_of"`
		SourceZh  string      `json:"source_zh"`
		SourceEn  string      `json:"source_en"`
		Platforms []PlayView  `json:"platforms"`
	}
}

func (d *Desk) getPlaybook(ctx context.Context, _ *struct{}) (*playbookOut, error) {
	b, have, err := d.Playbook(ctx)
	if err != nil {
		return nil, err
	}
	out := &playbookOut{}
	out.Body.AsOf, out.Body.SourceZh, out.Body.SourceEn = b.AsOf, b.SourceZh, b.SourceEn
	for _, p := range b.Platforms {
		out.Body.Platforms = append(out.Body.Platforms, PlayView{p, have[p.ID]})
	}
	return out, nil
}

type postAdopt struct {
	Body struct {
		Playbook []string `json:"playbook" maxItems:"100" doc:"ids of the playbook"`
		Unit     string   `json:"unit,omitempty" doc:"responsible department; default the caller's"`
		SinceOn  string   `json:"since_on,omitempty" doc:"YYYY-MM-DD; default today"`
	}
}

func (d *Desk) postAdopt(ctx context.Context, in *postAdopt) (*platformsOut, error) {
	return answerAll(d.Adopt(ctx, Adoption{in.Body.Playbook, in.Body.Unit, in.Body.SinceOn}))
}

type postPlatform struct{ Body Facts }

func (d *Desk) postPlatform(ctx context.Context, in *postPlatform) (*platformOut, error) {
	return answer(d.Open(ctx, in.Body))
}

// OnPlatform names a platform in a path.
type OnPlatform struct {
	ID string `path:"id" maxLength:"64"`
}

func (d *Desk) getPlatform(ctx context.Context, in *OnPlatform) (*platformOut, error) {
	return answer(d.Find(ctx, in.ID))
}

type patchPlatform struct {
	OnPlatform
	httpapi.IfMatch
	Body Facts
}

func (d *Desk) patchPlatform(ctx context.Context, in *patchPlatform) (*platformOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return answer(d.Amend(ctx, in.ID, version, in.Body))
}

type postOperator struct {
	OnPlatform
	httpapi.IfMatch
	Body OperatorOrder
}

func (d *Desk) postOperator(ctx context.Context, in *postOperator) (*platformOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return answer(d.ChangeOperator(ctx, in.ID, version, in.Body))
}

type postRetire struct {
	OnPlatform
	httpapi.IfMatch
	Body RetireOrder
}

func (d *Desk) postRetire(ctx context.Context, in *postRetire) (*platformOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return answer(d.Retire(ctx, in.ID, version, in.Body))
}

type getTimeline struct {
	OnPlatform
	httpapi.Page
}

type timelineOut struct {
	Body httpapi.List[journal.Entry]
}

func (d *Desk) getTimeline(ctx context.Context, in *getTimeline) (*timelineOut, error) {
	entries, err := journal.PageOf(journal.Filter{Object: Object(in.ID)}, in.Page, func(p journal.Page) ([]journal.Entry, error) {
		return d.Timeline(ctx, in.ID, p)
	})
	return &timelineOut{entries}, err
}
