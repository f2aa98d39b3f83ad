package pipeline

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Words holds this context's messages.
//
//go:embed words
var Words embed.FS

// Routes registers the routes of projects.
func (d *Desk) Routes(door *httpapi.Door) {
	route := func(method, path, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "pipeline", Title: "pipeline.route_" + title}
	}
	match := func(r httpapi.Route) httpapi.Route { r.Match = true; return r }
	created := func(r httpapi.Route) httpapi.Route { r.Status = 201; return r }
	httpapi.Handle(door, route("GET", "/pipeline/definition", "pipeline.read", "definition"), d.getDefinition)
	d.trackRoutes(door)
	httpapi.Handle(door, route("GET", "/industries", httpapi.Self, "industries"), d.getIndustries)
	httpapi.Handle(door, route("GET", "/projects", "pipeline.read", "list"), d.getProjects)
	httpapi.Handle(door, route("GET", "/projects/totals", "pipeline.read", "totals"), d.getTotals)
	httpapi.Events(door, route("GET", "/projects/events", "pipeline.read", "events"), d.getEvents)
	httpapi.Handle(door, route("GET", "/projects/milestones", "pipeline.read", "chart"), d.getChart)
	httpapi.Handle(door, route("POST", "/projects/assign", "pipeline.amend", "assign"), d.postAssign)
	httpapi.Export(door, route("GET", "/projects/export", "pipeline.export", "export"), d.getExport)
	httpapi.Handle(door, created(route("POST", "/projects", "pipeline.open", "open")), d.postProject)
	httpapi.Handle(door, route("GET", "/projects/{id}", "pipeline.read", "find"), d.getProject)
	httpapi.Handle(door, match(route("PATCH", "/projects/{id}", "pipeline.amend", "amend")), d.patchProject)
	httpapi.Handle(door, match(route("POST", "/projects/{id}/advance", "pipeline.advance", "advance")), d.postAdvance)
	httpapi.Handle(door, match(route("POST", "/projects/{id}/setback", "pipeline.setback", "setback")), d.postSetBack)
	httpapi.Handle(door, match(route("POST", "/projects/{id}/calloff", "pipeline.calloff", "calloff")), d.postCallOff)
	httpapi.Handle(door, match(route("POST", "/projects/{id}/resume", "pipeline.calloff", "resume")), d.postResume)
	httpapi.Handle(door, route("GET", "/projects/{id}/gate", "pipeline.read", "gate"), d.getGate)
	httpapi.Handle(door, route("GET", "/projects/{id}/milestones", "pipeline.read", "milestones"), d.getMilestones)
	httpapi.Handle(door, created(route("POST", "/projects/{id}/milestones", "pipeline.milestone", "milestone")), d.postMilestone)
	httpapi.Handle(door, route("GET", "/projects/{id}/evidence", "pipeline.read", "evidence_list"), d.getEvidence)
	upload := created(route("POST", "/projects/{id}/evidence", "pipeline.evidence", "evidence"))
	upload.Upload, upload.Form = true, []string{"kind", "title", "on", "class", "note"}
	httpapi.Handle(door, upload, d.postEvidence)
	httpapi.Handle(door, route("GET", "/projects/{id}/evidence/{evidence}/file", "pipeline.read", "evidence_file"), d.getEvidenceFile)
	httpapi.Handle(door, route("POST", "/projects/{id}/evidence/{evidence}/withdraw", "pipeline.evidence", "withdraw"), d.postWithdraw)
	httpapi.Handle(door, created(route("POST", "/projects/{id}/signoffs", "pipeline.sign", "sign")), d.postSignoff)
	httpapi.Handle(door, created(route("POST", "/projects/{id}/ceremonies", "pipeline.sign", "ceremony")), d.postCeremony)
	httpapi.Handle(door, route("GET", "/projects/{id}/timeline", "pipeline.read", "timeline"), d.getTimeline)
	d.figureRoutes(door)
	d.taxRoutes(door)
	d.clockRoutes(door)
	d.reportRoutes(door)
	d.conflictRoutes(door)
	d.shareRoutes(door)
	d.protectionRoutes(door)
}

// View is a project as the API shows it.
type View struct {
	ID            string        `json:"id"`
	Code          string        `json:"code"`
	Name          string        `json:"name"`
	Kind          string        `json:"kind" enum:"new,expansion"`
	Builds        bool          `json:"builds"`
	Investor      string        `json:"investor" doc:"party id; empty while the investor is not registered"`
	InvestorName  string        `json:"investor_name"`
	Industry      string        `json:"industry"`
	IndustryText  string        `json:"industry_text" doc:"as a register said it, when it was no code"`
	Site          string        `json:"site"`
	Scope         string        `json:"scope"`
	Summary       string        `json:"summary"`
	Source        string        `json:"source"`
	Finder        string        `json:"finder"`
	FoundOn       string        `json:"found_on"`
	Total         *kernel.Money `json:"total_investment,omitempty" doc:"absent: not stated"`
	Fixed         *kernel.Money `json:"fixed_investment,omitempty" doc:"absent: not stated"`
	Terms         string        `json:"terms"`
	Unit          string        `json:"unit"`
	UnitName      string        `json:"unit_name"`
	Owner         string        `json:"owner"`
	OwnerName     string        `json:"owner_name"`
	Stage         Stage         `json:"stage"`
	Prior         Stage         `json:"prior" doc:"where a shelved, lost or terminated project stood"`
	StageSince    string        `json:"stage_since"`
	Reason        string        `json:"reason" doc:"of the last step that needed one"`
	SigningHeld   bool          `json:"signing_held" doc:"another project holds the contract this one wanted to sign"`
	SigningHeldBy string        `json:"signing_held_by" doc:"the project that does; empty to those who may not read it, and in lists"`
	Track         string        `json:"track" doc:"id of the pipeline it follows"`
	Platform      string        `json:"platform" doc:"platform id; empty: none"`
	Activity      string        `json:"activity" doc:"id of the activity that brought the lead"`
	Method        string        `json:"method" doc:"id of the way it was promoted (招商方式)"`
	Campaign      string        `json:"campaign" doc:"id of the campaign (攻坚战)"`
	DueOn         string        `json:"due_on" doc:"YYYY-MM-DD on which the limit of the current span ends; empty: no limit"`
	Provisional   bool          `json:"due_provisional" doc:"due_on lies beyond the calendar of working days and may still move"`
	Missing       int64         `json:"missing" doc:"unmet gate items of this and earlier stages"`
	Origin        string        `json:"origin" enum:"entered,imported"`
	OriginRun     string        `json:"origin_run"`
	OriginAuthor  string        `json:"origin_author"`
	OriginOn      string        `json:"origin_on"`
	Version       int64         `json:"version"`
	CreatedAt     int64         `json:"created_at"`
	UpdatedAt     int64         `json:"updated_at"`
	Hidden        []string      `json:"hidden" doc:"fields that are masked for the reader"`
	AsOf          string        `json:"as_of,omitempty" doc:"the project as it had been recorded by the end of this day; read only"`
}

// DocketView is a View with what is filed under the project.
type DocketView struct {
	View
	Signing     *Signing     `json:"signing,omitempty"`
	Ceremonies  []Ceremony   `json:"ceremonies"`
	Signoffs    []Signoff    `json:"signoffs"`
	ChainBreaks []ChainBreak `json:"chain_breaks" doc:"where actual dates contradict the order of the stages"`
}

// view shows p as the reader may see it: contract terms to those who may see
// trade secrets, people's names to those who may see names.
func (d *Desk) view(ctx context.Context, l Listed) View {
	p := l.Project
	v := View{ID: p.ID, Code: p.Code, Name: p.Name, Kind: p.Kind, Builds: p.Builds, Investor: p.Investor, InvestorName: p.InvestorName,
		Industry: p.Industry, IndustryText: p.IndustryText, Site: p.Site, Scope: p.Scope, Summary: p.Summary, Source: p.Source, Finder: p.Finder,
		FoundOn: p.FoundOn, Total: stated(p.Total()), Fixed: stated(p.Fixed()), Terms: p.Terms, Unit: p.Unit, UnitName: l.UnitName, Owner: p.Owner, OwnerName: l.OwnerName,
		Stage: p.Stage, Prior: p.Prior, StageSince: p.StageSince, Reason: p.Reason, SigningHeld: p.SigningHeldBy != "", Track: p.TrackID(), Platform: p.Platform,
		Activity: p.Activity, Method: p.Method, Campaign: p.Campaign, DueOn: p.DueOn, Provisional: p.DueProvisional, Missing: p.Missing, Origin: p.Origin,
		OriginRun: p.OriginRun, OriginAuthor: p.OriginAuthor, OriginOn: p.OriginOn, Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt, Hidden: []string{}}
	values := []*string{&v.Terms, &v.Finder, &v.OriginAuthor}
	for i, f := range masked() {
		if *values[i] != "" && !d.gate.Visible(ctx, f.rule) {
			*values[i], v.Hidden = d.gate.Mask(f.rule, *values[i]), append(v.Hidden, f.name)
		}
	}
	return v
}

// masked lists the fields of a View that not everybody sees in full.
func masked() []struct{ name, rule string } {
	return []struct{ name, rule string }{{"terms", "pipeline.terms"}, {"finder", "pipeline.finder"}, {"origin_author", "pipeline.origin_author"}}
}

// sees names which of the masked fields the reader sees in full: those who see
// the same are shown the same.
func (d *Desk) sees(ctx context.Context) (out string) {
	for _, f := range masked() {
		if d.gate.Visible(ctx, f.rule) {
			out += f.name + " "
		}
	}
	return out
}

func stated(m kernel.Money) *kernel.Money {
	if !m.Stated() {
		return nil
	}
	return &m
}

type docketOut struct {
	ETag string `header:"ETag"`
	Body DocketView
}

func (d *Desk) answer(ctx context.Context, k *Docket, err error) (*docketOut, error) {
	if err != nil {
		return nil, err
	}
	v := DocketView{View: d.view(ctx, Listed{k.Project, k.UnitName, k.OwnerName}), Signing: k.signing(), Ceremonies: k.ceremonies(), Signoffs: k.Signoffs, ChainBreaks: k.Track.ChainBreaks(k.Milestones)}
	v.SigningHeldBy = k.holder()
	if v.Signoffs == nil {
		v.Signoffs = []Signoff{}
	}
	if k.AsOf != "" {
		v.AsOf = string(k.AsOf)
		return &docketOut{Body: v}, nil // what was cannot be changed: no tag to name it by
	}
	return &docketOut{httpapi.ETag(k.Project.Version), v}, nil
}

// Filters are what the list, the totals and the export have in common.
type Filters struct {
	Q        string   `query:"q" maxLength:"100" doc:"part of the name, the investor's name or the number"`
	Stage    []string `query:"stage,explode" doc:"any of these stages; may be repeated"`
	Exact    bool     `query:"exact" doc:"the stages named without the steps that tracks have within them"`
	Unit     string   `query:"unit"`
	Owner    string   `query:"owner"`
	Investor string   `query:"investor"`
	Kind     string   `query:"kind" enum:"new,expansion"`
	Industry string   `query:"industry" doc:"section or division; a section takes in its divisions"`
	Currency string   `query:"currency"`
	Min      string   `query:"min" doc:"least total investment, a decimal in currency"`
	Max      string   `query:"max" doc:"largest total investment, a decimal in currency"`
	Since    string   `query:"since" doc:"YYYY-MM-DD: in its stage since that day or later"`
	Until    string   `query:"until" doc:"YYYY-MM-DD: in its stage since that day or earlier"`
	Origin   string   `query:"origin" enum:"entered,imported"`
	Run      string   `query:"run" doc:"import run"`
	Missing  bool     `query:"missing" doc:"only projects that lack gate evidence"`
	Track    string   `query:"track" doc:"pipeline"`
	Platform string   `query:"platform"`
	Activity string   `query:"activity" doc:"the activity that brought the lead"`
	Method   string   `query:"method" doc:"the way it was promoted (招商方式)"`
	Campaign string   `query:"campaign" doc:"the campaign (攻坚战)"`
	Overdue  bool     `query:"overdue" doc:"only projects past the limit of their span, where the calendar of working days is settled"`
	AsOf
}

func (f Filters) filter() Filter {
	return Filter{Q: f.Q, Stages: f.Stage, Exact: f.Exact, Unit: f.Unit, Owner: f.Owner, Investor: f.Investor, Kind: f.Kind, Industry: f.Industry, Currency: f.Currency,
		Min: f.Min, Max: f.Max, Since: f.Since, Until: f.Until, Origin: f.Origin, Run: f.Run, Missing: f.Missing,
		Track: f.Track, Platform: f.Platform, Activity: f.Activity, Method: f.Method, Campaign: f.Campaign, Overdue: f.Overdue, AsOf: f.AsOf.AsOf}
}

// Sorting is the order of the list and the export.
type Sorting struct {
	Sort string `query:"sort" enum:"updated_at,-updated_at,amount,-amount,name,-name,stage_since,-stage_since" default:"-updated_at"`
}

type getProjects struct {
	httpapi.Page
	Filters
	Sorting
}

type projectsOut struct {
	Body httpapi.Pieces[View]
}

func (d *Desk) getProjects(ctx context.Context, in *getProjects) (*projectsOut, error) {
	f := in.filter()
	of := append(f.key(), "projects", in.Sort)
	var at Place
	var after *Place
	more, err := httpapi.DecodeCursor(in.Cursor, &at, of...)
	if err != nil {
		return nil, err
	}
	if more {
		after = &at
	}
	out := &projectsOut{}
	var next *Place
	if f.AsOf != "" {
		out.Body.Items, next, err = d.listPast(ctx, f, in.Sort, after, in.Limit)
	} else {
		out.Body.Items, next, err = d.Shown(ctx, f, in.Sort, after, in.Limit, d.sees(ctx), func(p Project) View { return d.view(ctx, Listed{Project: p}) })
	}
	if err != nil {
		return nil, err
	}
	if next != nil {
		out.Body.NextCursor, err = httpapi.EncodeCursor(*next, of...)
	}
	return out, err
}

// listPast is the list as of an earlier day.
func (d *Desk) listPast(ctx context.Context, f Filter, sort string, after *Place, limit int) (items []json.RawMessage, next *Place, err error) {
	rows, next, err := d.List(ctx, f, sort, after, limit)
	for _, l := range rows {
		v := d.view(ctx, Listed{Project: l.Project})
		v.AsOf = f.AsOf
		s, err := cutOut(v)
		if err != nil {
			return nil, nil, err
		}
		names := spelt{}
		if err := errors.Join(names.name("unit", l.UnitName), names.name("owner", l.OwnerName)); err != nil {
			return nil, nil, err
		}
		items = append(items, s.appendTo(nil, names["unit"], names["owner"]))
	}
	return items, next, err
}

type getTotals struct{ Filters }

type totalsOut struct{ Body Totals }

func (d *Desk) getTotals(ctx context.Context, in *getTotals) (*totalsOut, error) {
	t, err := d.Totals(ctx, in.filter())
	return &totalsOut{t}, err
}

type getExport struct {
	httpapi.Format
	Filters
	Sorting
}

// exportPage is how many projects an export fetches at a time.
const exportPage = 500

func (d *Desk) getExport(ctx context.Context, in *getExport) (*httpapi.Sheet, error) {
	lang := httpapi.Lang(ctx)
	sheet := &httpapi.Sheet{Name: d.book.Say(lang, "pipeline.export_name")}
	ts, err := d.Tracks(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range exportColumns() {
		sheet.Columns = append(sheet.Columns, d.book.Say(lang, "pipeline.field_"+c))
	}
	var after *Place
	done := false
	sheet.Next = func(ctx context.Context) ([][]any, error) {
		if done {
			return nil, nil
		}
		rows, next, err := d.Export(ctx, in.filter(), in.Sort, after, exportPage)
		if err != nil {
			return nil, err
		}
		after, done = next, next == nil
		cells := [][]any{}
		for _, l := range rows {
			cells = append(cells, exportRow(d.view(ctx, l), ts.Of(l.Project), d.book, lang))
		}
		return cells, nil
	}
	return sheet, nil
}

func exportColumns() []string {
	return []string{"code", "name", "kind", "investor", "industry", "stage", "stage_since", "currency", "total", "fixed", "site", "scope", "unit", "owner",
		"source", "finder", "found_on", "terms", "summary", "missing", "origin", "origin_author", "origin_date", "updated_at", "track"}
}

// exportRow writes amounts as exact decimals and times in China Standard Time.
func exportRow(v View, t Track, book words.Book, lang string) []any {
	amount := func(m *kernel.Money) any {
		if m == nil {
			return nil
		}
		return m.String()
	}
	currency := ""
	if v.Total != nil {
		currency = v.Total.Currency
	} else if v.Fixed != nil {
		currency = v.Fixed.Currency
	}
	industry := v.Industry
	if industry == "" {
		industry = v.IndustryText
	}
	return []any{v.Code, v.Name, book.Say(lang, "pipeline.kind_"+v.Kind), v.InvestorName, industry, t.Label(v.Stage, lang), v.StageSince, currency, amount(v.Total), amount(v.Fixed),
		v.Site, v.Scope, v.UnitName, v.OwnerName, v.Source, v.Finder, v.FoundOn, v.Terms, v.Summary, v.Missing, book.Say(lang, "pipeline.origin_"+v.Origin), v.OriginAuthor, v.OriginOn,
		time.UnixMilli(v.UpdatedAt).In(kernel.ChinaTime()).Format(time.DateTime), t.Name(lang)}
}

type postProject struct{ Body Facts }

func (d *Desk) postProject(ctx context.Context, in *postProject) (*docketOut, error) {
	k, err := d.Open(ctx, in.Body)
	return d.answer(ctx, k, err)
}

// OnProject names a project in a path.
type OnProject struct {
	ID string `path:"id"`
}

// Change is the input of a step that must name the state it is based on.
type Change struct {
	OnProject
	httpapi.IfMatch
}

func (d *Desk) getProject(ctx context.Context, in *OnProjectAsOf) (*docketOut, error) {
	k, err := d.FindAsOf(ctx, in.ID, in.AsOf.AsOf)
	return d.answer(ctx, k, err)
}

type patchProject struct {
	Change
	Body Facts
}

func (d *Desk) patchProject(ctx context.Context, in *patchProject) (*docketOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.Amend(ctx, in.ID, version, in.Body)
	return d.answer(ctx, k, err)
}

type postAdvance struct {
	Change
	Body AdvanceOrder
}

func (d *Desk) postAdvance(ctx context.Context, in *postAdvance) (*docketOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.Advance(ctx, in.ID, version, in.Body)
	return d.answer(ctx, k, err)
}

type postSetBack struct {
	Change
	Body SetBackOrder
}

func (d *Desk) postSetBack(ctx context.Context, in *postSetBack) (*docketOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.SetBack(ctx, in.ID, version, in.Body)
	return d.answer(ctx, k, err)
}

type postCallOff struct {
	Change
	Body CallOffOrder
}

func (d *Desk) postCallOff(ctx context.Context, in *postCallOff) (*docketOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.CallOff(ctx, in.ID, version, in.Body)
	return d.answer(ctx, k, err)
}

type postResume struct {
	Change
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postResume(ctx context.Context, in *postResume) (*docketOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.Resume(ctx, in.ID, version, in.Body.Reason)
	return d.answer(ctx, k, err)
}

type gateOut struct{ Body Checklist }

func (d *Desk) getGate(ctx context.Context, in *OnProject) (*gateOut, error) {
	c, err := d.Gate(ctx, in.ID)
	return &gateOut{c}, err
}

type milestonesOut struct {
	Body httpapi.List[Milestone]
}

func (d *Desk) getMilestones(ctx context.Context, in *OnProjectAsOf) (*milestonesOut, error) {
	k, err := d.FindAsOf(ctx, in.ID, in.AsOf.AsOf)
	if err != nil {
		return nil, err
	}
	return &milestonesOut{whole(k.Milestones)}, nil
}

// whole is a list that comes in one page: what is filed under one project.
func whole[T any](items []T) httpapi.List[T] {
	if items == nil {
		items = []T{}
	}
	return httpapi.List[T]{Items: items}
}

// Addition is the input of a step that only adds: it may name the state it is
// based on, and is then refused when that has changed.
type Addition struct {
	OnProject
	IfMatch string `header:"If-Match" doc:"optional: ETag of the state the step is based on"`
}

func (a Addition) version() (int64, error) {
	if a.IfMatch == "" {
		return 0, nil
	}
	return httpapi.IfMatch{IfMatch: a.IfMatch}.Version()
}

type postMilestone struct {
	Addition
	Body MilestoneEntry
}

type milestoneOut struct {
	ETag string `header:"ETag"`
	Body Milestone
}

func (d *Desk) postMilestone(ctx context.Context, in *postMilestone) (*milestoneOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.SetMilestone(ctx, in.ID, version, in.Body)
	if err != nil {
		return nil, err
	}
	return &milestoneOut{httpapi.ETag(k.Project.Version), last(k.Milestones)}, nil
}

func last[T any](list []T) T { return list[len(list)-1] }

type evidenceListOut struct {
	Body httpapi.List[Evidence]
}

func (d *Desk) getEvidence(ctx context.Context, in *OnProjectAsOf) (*evidenceListOut, error) {
	k, err := d.FindAsOf(ctx, in.ID, in.AsOf.AsOf)
	if err != nil {
		return nil, err
	}
	return &evidenceListOut{whole(k.Evidence)}, nil
}

type postEvidence struct {
	Addition
	httpapi.Upload
}

type evidenceOut struct {
	ETag string `header:"ETag"`
	Body Evidence
}

func (d *Desk) postEvidence(ctx context.Context, in *postEvidence) (*evidenceOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	e := Evidence{Kind: in.Form("kind"), Title: in.Form("title"), On: in.Form("on"), Class: in.Form("class"), Note: in.Form("note")}
	k, err := d.AttachEvidence(ctx, in.ID, version, e, in.FileName(), &in.Upload)
	if err != nil {
		return nil, err
	}
	return &evidenceOut{httpapi.ETag(k.Project.Version), last(k.Evidence)}, nil
}

// OnEvidence names a document of a project in a path.
type OnEvidence struct {
	OnProject
	Evidence string `path:"evidence"`
}

type getEvidenceFile struct {
	OnEvidence
	Reason string `query:"reason" maxLength:"500" doc:"what it is needed for; required for personal and restricted documents"`
}

type fileOut struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	NoSniff      string `header:"X-Content-Type-Options"`
	CacheControl string `header:"Cache-Control"`
	Body         func(huma.Context)
}

// getEvidenceFile sends the document as a download: it is never shown in the
// page's own origin.
func (d *Desk) getEvidenceFile(ctx context.Context, in *getEvidenceFile) (*fileOut, error) {
	e, doc, err := d.OpenEvidence(ctx, in.ID, in.Evidence, in.Reason)
	if err != nil {
		return nil, err
	}
	send := func(hc huma.Context) {
		_, _ = io.Copy(hc.BodyWriter(), doc) // a reader who goes away is nobody to tell
		_ = doc.Close()
	}
	return &fileOut{e.MediaType, httpapi.Disposition(e.FileName), "nosniff", "private, no-store", send}, nil
}

type postWithdraw struct {
	Addition
	Evidence string `path:"evidence"`
	Body     struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postWithdraw(ctx context.Context, in *postWithdraw) (*docketOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.WithdrawEvidence(ctx, in.ID, version, in.Evidence, in.Body.Reason)
	return d.answer(ctx, k, err)
}

type postSignoff struct {
	Addition
	Body SignOrder
}

func (d *Desk) postSignoff(ctx context.Context, in *postSignoff) (*docketOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.SignOff(ctx, in.ID, version, in.Body)
	return d.answer(ctx, k, err)
}

type postCeremony struct {
	Addition
	Body CeremonyOrder
}

func (d *Desk) postCeremony(ctx context.Context, in *postCeremony) (*docketOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.RecordCeremony(ctx, in.ID, version, in.Body)
	return d.answer(ctx, k, err)
}

type getTimeline struct {
	OnProject
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

type industriesOut struct {
	Body httpapi.List[Industry]
}

func (d *Desk) getIndustries(context.Context, *struct{}) (*industriesOut, error) {
	return &industriesOut{whole(Industries())}, nil
}
