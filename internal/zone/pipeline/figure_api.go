package pipeline

import (
	"context"
	"slices"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

// figureRoutes registers the routes of figures, instalments and dated facts.
func (d *Desk) figureRoutes(door *httpapi.Door) {
	route := func(method, path, perm, title string) httpapi.Route {
		r := httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "pipeline", Title: "pipeline.route_" + title}
		if method == "POST" {
			r.Status = 201
		}
		return r
	}
	voids := func(r httpapi.Route) httpapi.Route { r.Status = 200; return r }
	httpapi.Handle(door, route("GET", "/pipeline/measures", "pipeline.read", "measures"), d.getMeasures)
	httpapi.Handle(door, route("GET", "/projects/{id}/figures", "pipeline.read", "figures"), d.getFigures)
	httpapi.Handle(door, route("POST", "/projects/{id}/figures", "pipeline.figure", "figure"), d.postFigure)
	httpapi.Handle(door, route("GET", "/projects/{id}/instalments", "pipeline.read", "instalments"), d.getInstalments)
	httpapi.Handle(door, route("POST", "/projects/{id}/instalments", "pipeline.figure", "instalment"), d.postInstalment)
	httpapi.Handle(door, voids(route("POST", "/projects/{id}/instalments/{row}/void", "pipeline.figure", "instalment_void")), d.postVoidInstalment)
	httpapi.Handle(door, route("GET", "/projects/{id}/facts", "pipeline.read", "facts"), d.getFacts)
	httpapi.Handle(door, route("POST", "/projects/{id}/facts", "pipeline.figure", "fact"), d.postFact)
	httpapi.Handle(door, voids(route("POST", "/projects/{id}/facts/{row}/void", "pipeline.figure", "fact_void")), d.postVoidFact)
}

// Counted is what is counted of projects, as data.
type Counted struct {
	Measures []Measure  `json:"measures"`
	Kinds    []string   `json:"kinds" doc:"promised, planned, forecast, actual"`
	Paid     []string   `json:"paid" doc:"what an instalment may consist of"`
	Voucher  string     `json:"voucher" doc:"the kind of document an instalment rests on"`
	Facts    []FactKind `json:"facts"`
	Taxes    []TaxKind  `json:"taxes"`
}

type countedOut struct{ Body Counted }

func (d *Desk) getMeasures(context.Context, *struct{}) (*countedOut, error) {
	return &countedOut{Counted{d.measures, FigureKinds(), PaidKinds(), Voucher, FactKinds(), TaxKinds()}}, nil
}

// FigureView is a figure with its amount as one reads it.
type FigureView struct {
	Figure
	Value string `json:"value" doc:"the amount as an exact decimal; empty when it was taken back"`
}

func (d *Desk) figureView(f Figure) FigureView { return FigureView{f, d.measures.text(f)} }

// FigureSheet is what is said of a project's measures.
type FigureSheet struct {
	Items   []FigureView `json:"items" doc:"every revision, as recorded"`
	InForce []FigureView `json:"in_force" doc:"of each series the revision in force on the day on"`
	On      string       `json:"on" doc:"the day for which in_force and rate are told"`
	AsOf    string       `json:"as_of,omitempty" doc:"only what had been recorded by the end of this day"`
	Rate    Rate         `json:"rate" doc:"paid-in funds against the contract"`
}

type getFigures struct {
	OnProjectAsOf
	On string `query:"on" doc:"YYYY-MM-DD: which revisions are in force on that day; default: as_of, else today"`
}

type figuresOut struct{ Body FigureSheet }

// getFigures answers two questions that are not the same: as_of asks what was
// known by a day, on asks what holds for a day.
func (d *Desk) getFigures(ctx context.Context, in *getFigures) (*figuresOut, error) {
	if err := checkDate("on", in.On); err != nil {
		return nil, err
	}
	k, err := d.FindAsOf(ctx, in.ID, in.AsOf.AsOf)
	if err != nil {
		return nil, err
	}
	day := k.Today
	if in.On != "" {
		day = kernel.Date(in.On)
	}
	s := FigureSheet{Items: []FigureView{}, InForce: []FigureView{}, On: string(day), AsOf: string(k.AsOf), Rate: k.rate(day)}
	for _, f := range k.Figures {
		s.Items = append(s.Items, d.figureView(f))
	}
	for _, f := range InForce(k.Figures, day) {
		s.InForce = append(s.InForce, d.figureView(f))
	}
	return &figuresOut{s}, nil
}

type postFigure struct {
	Addition
	Body FigureEntry
}

type figureOut struct {
	ETag string `header:"ETag"`
	Body FigureView
}

func (d *Desk) postFigure(ctx context.Context, in *postFigure) (*figureOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.RecordFigure(ctx, in.ID, version, in.Body)
	if err != nil {
		return nil, err
	}
	return &figureOut{httpapi.ETag(k.Project.Version), d.figureView(last(k.Figures))}, nil
}

// InstalmentView is an instalment with its amount.
type InstalmentView struct {
	Instalment
	Amount kernel.Money `json:"amount"`
}

// InstalmentSheet is what has been paid into a project.
type InstalmentSheet struct {
	Items []InstalmentView `json:"items" doc:"by date, voided ones too"`
	Rate  Rate             `json:"rate"`
	AsOf  string           `json:"as_of,omitempty"`
}

type instalmentsOut struct{ Body InstalmentSheet }

func (d *Desk) getInstalments(ctx context.Context, in *OnProjectAsOf) (*instalmentsOut, error) {
	k, err := d.FindAsOf(ctx, in.ID, in.AsOf.AsOf)
	if err != nil {
		return nil, err
	}
	s := InstalmentSheet{Items: []InstalmentView{}, Rate: k.rate(k.Today), AsOf: string(k.AsOf)}
	for _, i := range k.Instalments {
		s.Items = append(s.Items, InstalmentView{i, i.Money()})
	}
	return &instalmentsOut{s}, nil
}

type postInstalment struct {
	Addition
	Body InstalmentEntry
}

type instalmentOut struct {
	ETag string `header:"ETag"`
	Body InstalmentView
}

func (d *Desk) postInstalment(ctx context.Context, in *postInstalment) (*instalmentOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.RecordInstalment(ctx, in.ID, version, in.Body)
	if err != nil {
		return nil, err
	}
	i := last(k.Instalments)
	return &instalmentOut{httpapi.ETag(k.Project.Version), InstalmentView{i, i.Money()}}, nil
}

// postVoid takes a row filed under a project back.
type postVoid struct {
	Addition
	Row  string `path:"row"`
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postVoidInstalment(ctx context.Context, in *postVoid) (*instalmentOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.VoidInstalment(ctx, in.ID, version, in.Row, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	i := k.Instalments[slices.IndexFunc(k.Instalments, func(i Instalment) bool { return i.ID == in.Row })]
	return &instalmentOut{httpapi.ETag(k.Project.Version), InstalmentView{i, i.Money()}}, nil
}

// FactKindView is the definition of a fact and whether it applies to a project.
type FactKindView struct {
	FactKind
	Applies bool `json:"applies" doc:"false: not applicable to a project that builds nothing; it leaves the denominators"`
}

// FactSheet is what dated facts are on record of a project.
type FactSheet struct {
	Items []FactRow      `json:"items" doc:"by date, voided ones too"`
	Kinds []FactKindView `json:"kinds" doc:"the definitions in force"`
	AsOf  string         `json:"as_of,omitempty"`
}

type factsOut struct{ Body FactSheet }

func (d *Desk) getFacts(ctx context.Context, in *OnProjectAsOf) (*factsOut, error) {
	k, err := d.FindAsOf(ctx, in.ID, in.AsOf.AsOf)
	if err != nil {
		return nil, err
	}
	s := FactSheet{Items: k.FactRows, Kinds: []FactKindView{}, AsOf: string(k.AsOf)}
	if s.Items == nil {
		s.Items = []FactRow{}
	}
	for _, f := range factKinds(k.Today) {
		s.Kinds = append(s.Kinds, FactKindView{f, k.canBe(f)})
	}
	return &factsOut{s}, nil
}

type postFact struct {
	Addition
	Body FactEntry
}

type factOut struct {
	ETag string `header:"ETag"`
	Body FactRow
}

func (d *Desk) postFact(ctx context.Context, in *postFact) (*factOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.RecordFact(ctx, in.ID, version, in.Body)
	if err != nil {
		return nil, err
	}
	return &factOut{httpapi.ETag(k.Project.Version), last(k.FactRows)}, nil
}

func (d *Desk) postVoidFact(ctx context.Context, in *postVoid) (*factOut, error) {
	version, err := in.Addition.version()
	if err != nil {
		return nil, err
	}
	k, err := d.VoidFact(ctx, in.ID, version, in.Row, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	f := k.FactRows[slices.IndexFunc(k.FactRows, func(f FactRow) bool { return f.ID == in.Row })]
	return &factOut{httpapi.ETag(k.Project.Version), f}, nil
}
