package party

import (
	"context"
	"embed"
	"strings"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

// Words holds this package's messages.
//
//go:embed words
var Words embed.FS

// Routes registers the routes of organisations and people.
func (d *Desk) Routes(door *httpapi.Door) {
	route := func(method, path, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "party", Title: "party.route_" + title, Match: method == "PATCH" || method == "DELETE"}
	}
	created := func(r httpapi.Route) httpapi.Route { r.Status = 201; return r }
	httpapi.Handle(door, route("GET", "/parties", "party.read", "list"), d.getParties)
	httpapi.Handle(door, created(route("POST", "/parties", "party.register", "register")), d.postParty)
	httpapi.Handle(door, route("GET", "/parties/{id}", "party.read", "find"), d.getParty)
	httpapi.Handle(door, route("GET", "/parties/{id}/timeline", "party.read", "timeline"), d.getTimeline)
	httpapi.Handle(door, route("PATCH", "/parties/{id}", "party.amend", "amend"), d.patchParty)
	httpapi.Handle(door, created(route("POST", "/parties/{id}/contacts", "party.amend", "contact_add")), d.postContact)
	httpapi.Handle(door, route("PATCH", "/parties/{id}/contacts/{contact}", "party.amend", "contact_amend"), d.patchContact)
	httpapi.Handle(door, route("DELETE", "/parties/{id}/contacts/{contact}", "party.amend", "contact_remove"), d.deleteContact)
	unmask := route("POST", "/parties/{id}/unmask", "party.unmask", "unmask")
	unmask.Secret = true // what was unmasked is not kept for a replay
	httpapi.Handle(door, unmask, d.postUnmask)
	httpapi.Handle(door, route("POST", "/parties/{id}/erase", "party.erase", "erase"), d.postErase)
	httpapi.Export(door, route("GET", "/parties/export", "party.export", "export"), d.getExport)
}

// Said is a warning in the reader's language.
type Said struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// View is a party as the API shows it. The name of a private person is in name,
// masked for those who may not see it.
type View struct {
	Party
	RegisteredCapital *kernel.Money `json:"registered_capital,omitempty"`
	Warnings          []Said        `json:"warnings" doc:"Doubts that do not make the entry wrong"`
}

// SheetView is a View with its contacts.
type SheetView struct {
	View
	Contacts []Contact `json:"contacts"`
	Hidden   []string  `json:"hidden" doc:"Fields of contacts that are masked; POST …/unmask shows them for a reason"`
}

func (d *Desk) view(ctx context.Context, p Party) View {
	v := View{Party: p, Warnings: []Said{}}
	if c := p.Capital(); c.Stated() {
		v.RegisteredCapital = &c
	}
	for _, w := range p.Warnings {
		args := make([]any, len(w.Args))
		for i, a := range w.Args {
			args[i] = a
		}
		v.Warnings = append(v.Warnings, Said{w.Field, w.Word, d.book.Say(httpapi.Lang(ctx), w.Word, args...)})
	}
	return v
}

type partyOut struct {
	ETag string `header:"ETag"`
	Body SheetView
}

func (d *Desk) answer(ctx context.Context, s Sheet, err error) (*partyOut, error) {
	if err != nil {
		return nil, err
	}
	if s.Contacts == nil {
		s.Contacts = []Contact{}
	}
	return &partyOut{ETag: httpapi.ETag(s.Party.Version), Body: SheetView{d.view(ctx, s.Party), s.Contacts, s.Hidden}}, nil
}

// Filters are what a list and an export have in common.
type Filters struct {
	Q      string `query:"q" maxLength:"200" doc:"Part of a name, alias or credit code"`
	Kind   string `query:"kind" enum:"enterprise,institution,person"`
	Region string `query:"region" maxLength:"200" doc:"A division code and all below it, or the beginning of a place name"`
	Sort   string `query:"sort" enum:"name,-name,updated_at,-updated_at" default:"name"`
}

func (f Filters) query(limit int) Query {
	return Query{Q: f.Q, Kind: Kind(f.Kind), Region: f.Region, Sort: f.Sort, Limit: limit}
}

type getParties struct {
	httpapi.Page
	Filters
}

type partiesOut struct {
	Body httpapi.List[View]
}

func (d *Desk) getParties(ctx context.Context, in *getParties) (*partiesOut, error) {
	q, of := in.query(in.Limit), []string{"parties", in.Q, in.Kind, in.Region, in.Sort}
	var at Position
	more, err := httpapi.DecodeCursor(in.Cursor, &at, of...)
	if err != nil {
		return nil, err
	}
	if more {
		q.After = &at
	}
	list, end, err := d.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &partiesOut{Body: httpapi.List[View]{Items: []View{}}}
	for _, p := range list {
		out.Body.Items = append(out.Body.Items, d.view(ctx, p))
	}
	if end != nil {
		out.Body.NextCursor, err = httpapi.EncodeCursor(*end, of...)
	}
	return out, err
}

// partyBody is a party as a form states it.
type partyBody struct {
	Kind              Kind          `json:"kind" enum:"enterprise,institution,person"`
	Name              string        `json:"name"`
	NameEn            string        `json:"name_en,omitempty"`
	ShortName         string        `json:"short_name,omitempty"`
	FormerNames       []string      `json:"former_names,omitempty"`
	Aliases           []string      `json:"aliases,omitempty"`
	CreditCode        string        `json:"credit_code,omitempty"`
	LEI               string        `json:"lei,omitempty"`
	ForeignRegNo      string        `json:"foreign_reg_no,omitempty"`
	Country           string        `json:"country,omitempty" doc:"Country or region, ISO 3166-1 alpha-2"`
	Industry          string        `json:"industry,omitempty" doc:"GB/T 4754 code"`
	Business          []string      `json:"business,omitempty"`
	Tags              []string      `json:"tags,omitempty"`
	Region            string        `json:"region,omitempty" doc:"Division code or place name"`
	Founded           string        `json:"founded,omitempty" doc:"YYYY, YYYY-MM or YYYY-MM-DD"`
	Address           string        `json:"address,omitempty"`
	RegisteredCapital *kernel.Money `json:"registered_capital,omitempty"`
	Scale             string        `json:"scale,omitempty"`
	Headcount         int64         `json:"headcount,omitempty" doc:"At least this many people"`
	Listing           string        `json:"listing,omitempty"`
	Funding           string        `json:"funding,omitempty"`
	ExternalKey       string        `json:"external_key,omitempty"`
	Unit              string        `json:"unit,omitempty" doc:"Responsible unit; yours when empty"`
	Owner             string        `json:"owner,omitempty" doc:"Responsible account; you when empty"`
}

func (b partyBody) party() Party {
	p := Party{Kind: b.Kind, Name: b.Name, NameEn: b.NameEn, ShortName: b.ShortName, FormerNames: b.FormerNames, Aliases: b.Aliases,
		CreditCode: b.CreditCode, LEI: b.LEI, ForeignRegNo: b.ForeignRegNo, Country: b.Country, Industry: b.Industry, Business: b.Business,
		Tags: b.Tags, Region: b.Region, Founded: b.Founded, Address: b.Address, Scale: b.Scale, Headcount: b.Headcount, Listing: b.Listing,
		Funding: b.Funding, ExternalKey: b.ExternalKey, Unit: b.Unit, Owner: b.Owner}
	if b.RegisteredCapital != nil {
		p.CapitalMinor, p.CapitalCurrency = b.RegisteredCapital.Minor, b.RegisteredCapital.Currency
	}
	return p
}

type postParty struct {
	Body partyBody
}

func (d *Desk) postParty(ctx context.Context, in *postParty) (*partyOut, error) {
	s, err := d.Register(ctx, in.Body.party())
	return d.answer(ctx, s, err)
}

// OnParty names a party in a path.
type OnParty struct {
	ID string `path:"id"`
}

func (d *Desk) getParty(ctx context.Context, in *OnParty) (*partyOut, error) {
	s, err := d.Find(ctx, in.ID)
	return d.answer(ctx, s, err)
}

type getTimeline struct {
	OnParty
	httpapi.Page
}

type timelineOut struct {
	Body httpapi.List[journal.Entry]
}

func (d *Desk) getTimeline(ctx context.Context, in *getTimeline) (*timelineOut, error) {
	entries, err := journal.PageOf(journal.Filter{Object: Party{ID: in.ID}.Object()}, in.Page, func(p journal.Page) ([]journal.Entry, error) {
		return d.Timeline(ctx, in.ID, p)
	})
	return &timelineOut{entries}, err
}

type patchParty struct {
	OnParty
	httpapi.IfMatch
	Body struct {
		Name              *string       `json:"name,omitempty"`
		NameEn            *string       `json:"name_en,omitempty"`
		ShortName         *string       `json:"short_name,omitempty"`
		FormerNames       *[]string     `json:"former_names,omitempty"`
		Aliases           *[]string     `json:"aliases,omitempty"`
		CreditCode        *string       `json:"credit_code,omitempty"`
		LEI               *string       `json:"lei,omitempty"`
		ForeignRegNo      *string       `json:"foreign_reg_no,omitempty"`
		Country           *string       `json:"country,omitempty"`
		Industry          *string       `json:"industry,omitempty"`
		Business          *[]string     `json:"business,omitempty"`
		Tags              *[]string     `json:"tags,omitempty"`
		Region            *string       `json:"region,omitempty"`
		Founded           *string       `json:"founded,omitempty"`
		Address           *string       `json:"address,omitempty"`
		RegisteredCapital *kernel.Money `json:"registered_capital,omitempty" doc:"An empty currency takes the amount away"`
		Scale             *string       `json:"scale,omitempty"`
		Headcount         *int64        `json:"headcount,omitempty"`
		Listing           *string       `json:"listing,omitempty"`
		Funding           *string       `json:"funding,omitempty"`
		ExternalKey       *string       `json:"external_key,omitempty"`
		Unit              *string       `json:"unit,omitempty"`
		Owner             *string       `json:"owner,omitempty"`
	}
}

func (d *Desk) patchParty(ctx context.Context, in *patchParty) (*partyOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	s, err := d.Amend(ctx, in.ID, version, Patch{Name: b.Name, NameEn: b.NameEn, ShortName: b.ShortName, FormerNames: b.FormerNames,
		Aliases: b.Aliases, CreditCode: b.CreditCode, LEI: b.LEI, ForeignRegNo: b.ForeignRegNo, Country: b.Country, Industry: b.Industry,
		Business: b.Business, Tags: b.Tags, Region: b.Region, Founded: b.Founded, Address: b.Address, Capital: b.RegisteredCapital,
		Scale: b.Scale, Headcount: b.Headcount, Listing: b.Listing, Funding: b.Funding, ExternalKey: b.ExternalKey, Unit: b.Unit, Owner: b.Owner})
	return d.answer(ctx, s, err)
}

type postContact struct {
	OnParty
	Body struct {
		Name  string `json:"name"`
		Title string `json:"title,omitempty"`
		Phone string `json:"phone,omitempty"`
		Email string `json:"email,omitempty"`
	}
}

func (d *Desk) postContact(ctx context.Context, in *postContact) (*partyOut, error) {
	b := in.Body
	s, err := d.AddContact(ctx, in.ID, Contact{Name: b.Name, Title: b.Title, Phone: b.Phone, Email: b.Email})
	return d.answer(ctx, s, err)
}

// OnContact names a contact in a path and the party's state.
type OnContact struct {
	OnParty
	httpapi.IfMatch
	Contact string `path:"contact"`
}

type patchContact struct {
	OnContact
	Body struct {
		Name  *string `json:"name,omitempty"`
		Title *string `json:"title,omitempty"`
		Phone *string `json:"phone,omitempty"`
		Email *string `json:"email,omitempty"`
	}
}

func (d *Desk) patchContact(ctx context.Context, in *patchContact) (*partyOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	s, err := d.AmendContact(ctx, in.ID, in.Contact, version, ContactPatch{in.Body.Name, in.Body.Title, in.Body.Phone, in.Body.Email})
	return d.answer(ctx, s, err)
}

func (d *Desk) deleteContact(ctx context.Context, in *OnContact) (*partyOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	s, err := d.RemoveContact(ctx, in.ID, in.Contact, version)
	return d.answer(ctx, s, err)
}

type postUnmask struct {
	OnParty
	Body struct {
		Fields []string `json:"fields" doc:"Of name, title, phone, email"`
		Reason string   `json:"reason" doc:"Goes into the journal"`
	}
}

func (d *Desk) postUnmask(ctx context.Context, in *postUnmask) (*partyOut, error) {
	s, err := d.Unmask(ctx, in.ID, in.Body.Fields, in.Body.Reason)
	return d.answer(ctx, s, err)
}

type postErase struct {
	OnParty
	Body struct {
		Contact string `json:"contact,omitempty" doc:"Empty only for a private person: everything that identifies them"`
		Reason  string `json:"reason" doc:"Goes into the journal"`
	}
}

func (d *Desk) postErase(ctx context.Context, in *postErase) (*partyOut, error) {
	s, err := d.Erase(ctx, in.ID, in.Body.Contact, in.Body.Reason)
	return d.answer(ctx, s, err)
}

type getExport struct {
	httpapi.Format
	Filters
}

// exportPage is how many rows an export fetches at a time.
const exportPage = 500

func (d *Desk) getExport(ctx context.Context, in *getExport) (*httpapi.Sheet, error) {
	lang := httpapi.Lang(ctx)
	q, done := in.query(exportPage), false
	sheet := &httpapi.Sheet{Name: d.book.Say(lang, "party.kind")}
	for _, f := range exported() {
		sheet.Columns = append(sheet.Columns, d.book.Say(lang, "party.field_"+f))
	}
	sheet.Next = func(ctx context.Context) ([][]any, error) {
		if done {
			return nil, nil
		}
		list, end, err := d.Export(ctx, q)
		q.After, done = end, end == nil
		var rows [][]any
		for _, p := range list {
			rows = append(rows, d.cells(lang, p))
		}
		return rows, err
	}
	return sheet, nil
}

// exported lists the columns of an export: field names of the words files.
func exported() []string {
	return []string{"kind", "name", "name_en", "short_name", "aliases", "former_names", "credit_code", "lei", "foreign_reg_no", "country", "industry", "tags",
		"business", "region", "founded", "address", "registered_capital", "scale", "headcount", "listing", "funding", "sources", "external_key",
		"origin_author", "origin_on"}
}

// cells is p as one row, in the order of exported.
func (d *Desk) cells(lang string, p Party) []any {
	list := func(l []string) string { return strings.Join(l, "、") }
	capital, headcount := "", any(nil)
	if c := p.Capital(); c.Stated() {
		capital = c.String() + " " + c.Currency
	}
	if p.Headcount > 0 {
		headcount = p.Headcount
	}
	return []any{d.book.Say(lang, "party.kind_"+string(p.Kind)), p.Name, p.NameEn, p.ShortName, list(p.Aliases), list(p.FormerNames), p.CreditCode, p.LEI,
		p.ForeignRegNo, p.Country, p.Industry, list(p.Tags), list(p.Business), p.Region, p.Founded, p.Address, capital, p.Scale, headcount, p.Listing,
		p.Funding, list(p.Sources), p.ExternalKey, p.OriginAuthor, p.OriginOn}
}
