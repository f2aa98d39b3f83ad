package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

// taxRoutes registers the routes of tax figures.
func (d *Desk) taxRoutes(door *httpapi.Door) {
	route := func(method, path, perm, title string, status int) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "pipeline", Title: "pipeline.route_" + title, Status: status}
	}
	unmask := route("POST", "/projects/{id}/tax/unmask", "pipeline.unmask", "tax_unmask", 200)
	unmask.Secret = true // what was unmasked is not kept for a replay
	httpapi.Handle(door, route("GET", "/projects/{id}/tax", "pipeline.read", "tax", 200), d.getTax)
	httpapi.Handle(door, route("POST", "/projects/{id}/tax", "pipeline.tax", "tax_record", 201), d.postTax)
	httpapi.Handle(door, route("POST", "/projects/{id}/tax/{row}/void", "pipeline.tax", "tax_void", 200), d.postVoidTax)
	httpapi.Handle(door, unmask, d.postUnmaskTax)
}

// TaxView is a tax figure as its reader may see it.
type TaxView struct {
	Tax
	PartyName string        `json:"party_name"`
	Amount    *kernel.Money `json:"amount,omitempty" doc:"absent: masked; POST …/tax/unmask shows it for a purpose"`
}

// TaxSheetView is the tax filed under a project.
type TaxSheetView struct {
	Items     []TaxView `json:"items" doc:"the latest period first, voided ones too"`
	Masked    bool      `json:"masked" doc:"the amounts are masked"`
	MayUnmask bool      `json:"may_unmask" doc:"the reader may see the amounts for a purpose, which is recorded"`
}

type taxOut struct{ Body TaxView }

type taxSheetOut struct {
	CacheControl string `header:"Cache-Control"`
	Body         TaxSheetView
}

func (d *Desk) taxSheet(ctx context.Context, s TaxSheet, err error) (*taxSheetOut, error) {
	if err != nil {
		return nil, err
	}
	v := TaxSheetView{Items: []TaxView{}, Masked: !s.Open, MayUnmask: d.gate.MayUnmask(ctx, "pipeline.tax")}
	for _, t := range s.Rows {
		row := TaxView{Tax: t, PartyName: s.Names[t.Party]}
		if s.Open {
			row.Amount = &kernel.Money{Minor: t.Amount, Currency: t.Currency}
		}
		v.Items = append(v.Items, row)
	}
	return &taxSheetOut{"private, no-store", v}, nil
}

func (d *Desk) getTax(ctx context.Context, in *OnProject) (*taxSheetOut, error) {
	s, err := d.TaxFiled(ctx, in.ID)
	return d.taxSheet(ctx, s, err)
}

type postUnmaskTax struct {
	OnProject
	Body struct {
		Purpose string `json:"purpose" doc:"what the figures are needed for; recorded"`
	}
}

func (d *Desk) postUnmaskTax(ctx context.Context, in *postUnmaskTax) (*taxSheetOut, error) {
	s, err := d.UnmaskTax(ctx, in.ID, in.Body.Purpose)
	return d.taxSheet(ctx, s, err)
}

type postTax struct {
	OnProject
	Body TaxEntry
}

func (d *Desk) postTax(ctx context.Context, in *postTax) (*taxOut, error) {
	t, err := d.RecordTax(ctx, in.ID, in.Body)
	return &taxOut{TaxView{Tax: t}}, err
}

type postVoidTax struct {
	OnProject
	Row  string `path:"row"`
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postVoidTax(ctx context.Context, in *postVoidTax) (*taxOut, error) {
	t, err := d.VoidTax(ctx, in.ID, in.Row, in.Body.Reason)
	return &taxOut{TaxView{Tax: t}}, err
}
