package scoreboard

import (
	"context"
	"embed"
	"slices"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
)

// Words holds this context's messages.
//
//go:embed words
var Words embed.FS

// Routes registers the routes of the scoreboard.
func (d *Desk) Routes(door *httpapi.Door) {
	route := func(path, title string) httpapi.Route {
		return httpapi.Route{Method: "GET", Path: path, Perm: "scoreboard.read", Tag: "scoreboard", Title: "scoreboard.route_" + title}
	}
	heavy := func(r httpapi.Route) httpapi.Route { r.Cost = 5; return r }
	httpapi.Handle(door, heavy(route("/scoreboard", "board")), d.getBoard)
	httpapi.Handle(door, route("/scoreboard/definitions", "definitions"), d.getDefinitions)
	httpapi.Handle(door, httpapi.Route{Method: "PUT", Path: "/scoreboard/definitions/{id}", Perm: "scoreboard.define", Tag: "scoreboard", Title: "scoreboard.route_define", Match: true}, d.putDefinition)
	httpapi.Handle(door, heavy(route("/scoreboard/series", "series")), d.getSeries)
	httpapi.Handle(door, heavy(route("/scoreboard/yield", "yield")), d.getYield)
	httpapi.Handle(door, route("/scoreboard/records", "records"), d.getRecords)
	httpapi.Export(door, heavy(route("/scoreboard/records/export", "export")), d.getExport)
}

// Asked is what every question to the scoreboard has in common.
type Asked struct {
	From     string `query:"from" doc:"YYYY-MM-DD, first day of the period; default: 1 January of until's year"`
	Until    string `query:"until" doc:"YYYY-MM-DD, its last day; default: as_of"`
	AsOf     string `query:"as_of" doc:"YYYY-MM-DD: what was recorded by the end of that day; default: today"`
	Platform string `query:"platform" maxLength:"64" doc:"platform id"`
	Unit     string `query:"unit" maxLength:"64" doc:"department or operator, with the units below it"`
	Kind     string `query:"kind" enum:"new,expansion" doc:"default: new, with expansion beside it"`
}

func (a Asked) query() Query {
	return Query{From: kernel.Date(a.From), Until: kernel.Date(a.Until), AsOf: kernel.Date(a.AsOf), Platform: a.Platform, Unit: a.Unit, Kind: a.Kind}
}

func (a Asked) key() []string {
	return []string{a.From, a.Until, a.AsOf, a.Platform, a.Unit, a.Kind}
}

type boardOut struct{ Body Board }

func (d *Desk) getBoard(ctx context.Context, in *Asked) (*boardOut, error) {
	b, err := d.Ask(ctx, in.query())
	return &boardOut{b}, err
}

type definitionsOut struct {
	Body struct {
		Items []Definition `json:"items"`
	}
}

func (d *Desk) getDefinitions(ctx context.Context, _ *struct{}) (*definitionsOut, error) {
	out := &definitionsOut{}
	var err error
	out.Body.Items, err = d.AllDefinitions(ctx)
	return out, err
}

type putDefinition struct {
	ID string `path:"id" maxLength:"40"`
	httpapi.IfMatch
	Body Order
}

type definitionOut struct {
	ETag string `header:"ETag"`
	Body Definition
}

func (d *Desk) putDefinition(ctx context.Context, in *putDefinition) (*definitionOut, error) {
	latest, err := in.Version()
	if err != nil {
		return nil, err
	}
	def, err := d.Define(ctx, in.ID, latest, in.Body)
	return &definitionOut{httpapi.ETag(def.Version), def}, err
}

type seriesOut struct{ Body Series }

func (d *Desk) getSeries(ctx context.Context, in *Asked) (*seriesOut, error) {
	s, err := d.Series(ctx, in.query())
	return &seriesOut{s}, err
}

type getYield struct {
	By string `query:"by" required:"true" enum:"method,campaign,activity" doc:"招商方式, 攻坚战, or one activity"`
	ID string `query:"id" maxLength:"64" doc:"one of them only; needed for an activity"`
	Asked
}

type yieldOut struct{ Body Yield }

func (d *Desk) getYield(ctx context.Context, in *getYield) (*yieldOut, error) {
	y, err := d.Yield(ctx, in.query(), in.By, in.ID)
	return &yieldOut{y}, err
}

// OnFigure names a figure and a part of it.
type OnFigure struct {
	ID   string `query:"figure" required:"true" enum:"ACT_N,ACT_Y,BIG_N_SIGNED,BIG_N_STARTED,BIG_REAL,TAX_N,DRV,DRV_COV,NEG_C,NEG_L,NEG_P,RES_LAND,RES_START,RES_PROD,RES_FUND,RES_STAT,RES_T1,RES_T2,RES_T3,RES_EFF,INT_DUP,INT_LATE,INT_FALSE,YIELD_METHOD,YIELD_CAMPAIGN,YIELD_ACTIVITY" doc:"which figure"`
	Part string `query:"part" default:"numerator" maxLength:"100" doc:"numerator, denominator, or the part named beside a band, a number counted apart or a column of a yield"`
	Asked
}

type getRecords struct {
	OnFigure
	httpapi.Page
}

type recordsOut struct{ Body Records }

func (d *Desk) getRecords(ctx context.Context, in *getRecords) (*recordsOut, error) {
	of := append(in.key(), "scoreboard", in.ID, in.Part)
	var at Spot
	var place *Spot
	more, err := httpapi.DecodeCursor(in.Cursor, &at, of...)
	if err != nil {
		return nil, err
	}
	if more {
		place = &at
	}
	out := &recordsOut{}
	var next *Spot
	if out.Body, next, err = d.Records(ctx, in.query(), in.ID, in.Part, place, in.Limit); err != nil {
		return nil, err
	}
	if next != nil {
		out.Body.NextCursor, err = httpapi.EncodeCursor(*next, of...)
	}
	return out, err
}

type getExport struct {
	OnFigure
	httpapi.Format
}

func exportColumns() []string {
	return []string{"code", "name", "investor", "stage", "on", "amount", "entry", "leaf"}
}

// getExport streams the records behind a figure, and last how many more there
// are that the reader may not open.
func (d *Desk) getExport(ctx context.Context, in *getExport) (*httpapi.Sheet, error) {
	lang := httpapi.Lang(ctx)
	def, err := find(Definitions(), in.ID)
	if err != nil {
		return nil, err
	}
	sheet := &httpapi.Sheet{Name: def.Name(lang)}
	for _, c := range exportColumns() {
		sheet.Columns = append(sheet.Columns, d.book.Say(lang, "scoreboard.field_"+c))
	}
	var place *Spot
	done := false
	sheet.Next = func(ctx context.Context) ([][]any, error) {
		if done {
			return nil, nil
		}
		page, next, err := d.Records(ctx, in.query(), in.ID, in.Part, place, httpapi.MaxPage)
		if err != nil {
			return nil, err
		}
		place, done = next, next == nil
		rows := [][]any{}
		for _, r := range page.Items {
			rows = append(rows, exportRow(r, lang))
		}
		if done && page.Hidden > 0 {
			rows = append(rows, []any{d.book.Say(lang, "scoreboard.hidden", page.Hidden)})
		}
		return slices.Clip(rows), nil
	}
	return sheet, nil
}

func exportRow(r Record, lang string) []any {
	var amount any
	if r.Amount != nil {
		amount = r.Amount.String()
	}
	return []any{r.Code, r.Name, r.Investor, pipeline.Stage(r.Stage).Label(lang), string(r.On), amount, r.Entry, r.Leaf}
}
