package office

import (
	"context"
	"embed"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/kernel"
)

// Words holds this package's messages.
//
//go:embed words
var Words embed.FS

const (
	permRead   = "office.read"
	permManage = "office.manage"
	tag        = "office"
)

// Routes registers the routes of units, officials and duties.
func (d *Desk) Routes(door *httpapi.Door) {
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/units", Perm: permRead, Tag: tag, Title: "office.route_units"}, d.getUnits)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/units", Perm: permManage, Status: 201, Tag: tag, Title: "office.route_establish"}, d.postUnit)
	httpapi.Handle(door, httpapi.Route{Method: "PATCH", Path: "/units/{id}", Perm: permManage, Match: true, Tag: tag, Title: "office.route_unit"}, d.patchUnit)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/officials", Perm: permRead, Tag: tag, Title: "office.route_officials"}, d.getOfficials)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/officials", Perm: permManage, Status: 201, Tag: tag, Title: "office.route_appoint"}, d.postOfficial)
	httpapi.Handle(door, httpapi.Route{Method: "PATCH", Path: "/officials/{id}", Perm: permManage, Match: true, Tag: tag, Title: "office.route_official"}, d.patchOfficial)
	httpapi.Handle(door, httpapi.Route{Method: "GET", Path: "/duties", Perm: permRead, Tag: tag, Title: "office.route_duties"}, d.getDuties)
	httpapi.Handle(door, httpapi.Route{Method: "POST", Path: "/duties", Perm: permManage, Status: 201, Tag: tag, Title: "office.route_assign"}, d.postDuty)
	httpapi.Handle(door, httpapi.Route{Method: "PATCH", Path: "/duties/{id}", Perm: permManage, Match: true, Tag: tag, Title: "office.route_end"}, d.patchDuty)
}

type getUnits struct {
	Closed bool `query:"closed" doc:"Units that were closed, too"`
}

type unitsOut struct {
	Body httpapi.List[access.Unit]
}

type unitOut struct {
	ETag string `header:"ETag"`
	Body access.Unit
}

func (d *Desk) getUnits(ctx context.Context, in *getUnits) (*unitsOut, error) {
	list, err := d.Units(ctx, in.Closed)
	if err != nil {
		return nil, err
	}
	return &unitsOut{Body: httpapi.List[access.Unit]{Items: items(list)}}, nil
}

type postUnit struct {
	Body struct {
		Parent   string `json:"parent" doc:"Id of the unit above"`
		Kind     string `json:"kind" enum:"department,platform,operator"`
		NameZh   string `json:"name_zh"`
		NameEn   string `json:"name_en,omitempty"`
		Position int64  `json:"position,omitempty" doc:"Order among its siblings"`
	}
}

func (d *Desk) postUnit(ctx context.Context, in *postUnit) (*unitOut, error) {
	b := in.Body
	u, err := d.Establish(ctx, access.Unit{Parent: b.Parent, Kind: b.Kind, NameZh: b.NameZh, NameEn: b.NameEn, Position: b.Position})
	return unitAnswer(u, err)
}

type patchUnit struct {
	httpapi.IfMatch
	ID   string `path:"id"`
	Body struct {
		NameZh   *string      `json:"name_zh,omitempty"`
		NameEn   *string      `json:"name_en,omitempty"`
		Position *int64       `json:"position,omitempty"`
		Parent   *string      `json:"parent,omitempty" doc:"Moves the unit and all below it"`
		ClosedOn *kernel.Date `json:"closed_on,omitempty" doc:"Closes the unit on that day"`
	}
}

// patchUnit does one of three acts: rename, move or close.
func (d *Desk) patchUnit(ctx context.Context, in *patchUnit) (*unitOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	names := UnitNames{b.NameZh, b.NameEn, b.Position}
	rename, move, closing := names != UnitNames{}, b.Parent != nil, b.ClosedOn != nil
	switch {
	case rename && !move && !closing:
		return unitAnswer(d.Rename(ctx, in.ID, version, names))
	case move && !rename && !closing:
		return unitAnswer(d.Move(ctx, in.ID, version, *b.Parent))
	case closing && !rename && !move:
		return unitAnswer(d.Close(ctx, in.ID, version, *b.ClosedOn))
	}
	return nil, kernel.Faultf(kernel.ErrInvalid, "office.one_unit_change")
}

func unitAnswer(u access.Unit, err error) (*unitOut, error) {
	if err != nil {
		return nil, err
	}
	return &unitOut{ETag: httpapi.ETag(u.Version), Body: u}, nil
}

type getOfficials struct {
	httpapi.Page
	Unit    string `query:"unit"`
	Account string `query:"account"`
	Ended   bool   `query:"ended" doc:"Offices that have ended, too"`
}

type officialsOut struct {
	Body httpapi.List[Official]
}

type officialOut struct {
	ETag string `header:"ETag"`
	Body Official
}

func (d *Desk) getOfficials(ctx context.Context, in *getOfficials) (*officialsOut, error) {
	q, of := Query{Unit: in.Unit, Account: in.Account, Ended: in.Ended, Limit: in.Limit}, []string{"officials", in.Unit, in.Account, yes(in.Ended)}
	if _, err := httpapi.DecodeCursor(in.Cursor, &q.After, of...); err != nil {
		return nil, err
	}
	list, more, err := d.Officials(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &officialsOut{Body: httpapi.List[Official]{Items: items(list)}}
	if more {
		out.Body.NextCursor, err = httpapi.EncodeCursor(list[len(list)-1].ID, of...)
	}
	return out, err
}

type postOfficial struct {
	Body struct {
		Name     string      `json:"name"`
		Unit     string      `json:"unit"`
		Position string      `json:"position"`
		Account  string      `json:"account,omitempty"`
		SinceOn  kernel.Date `json:"since_on"`
	}
}

func (d *Desk) postOfficial(ctx context.Context, in *postOfficial) (*officialOut, error) {
	b := in.Body
	return officialAnswer(d.Appoint(ctx, Official{Name: b.Name, Unit: b.Unit, Position: b.Position, Account: b.Account, SinceOn: b.SinceOn}))
}

type patchOfficial struct {
	httpapi.IfMatch
	ID   string `path:"id"`
	Body struct {
		Name     *string      `json:"name,omitempty"`
		Position *string      `json:"position,omitempty"`
		Account  *string      `json:"account,omitempty"`
		SinceOn  *kernel.Date `json:"since_on,omitempty"`
		UntilOn  *kernel.Date `json:"until_on,omitempty" doc:"Relieves the official; state nothing else with it"`
	}
}

// patchOfficial corrects an entry or, with until_on alone, relieves.
func (d *Desk) patchOfficial(ctx context.Context, in *patchOfficial) (*officialOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	b := in.Body
	patch := OfficialPatch{Name: b.Name, Position: b.Position, Account: b.Account, SinceOn: b.SinceOn}
	if b.UntilOn == nil {
		return officialAnswer(d.AmendOfficial(ctx, in.ID, version, patch))
	}
	if patch != (OfficialPatch{}) {
		return nil, kernel.FieldFault("until_on", "office.one_change")
	}
	return officialAnswer(d.Relieve(ctx, in.ID, version, *b.UntilOn))
}

func officialAnswer(o Official, err error) (*officialOut, error) {
	if err != nil {
		return nil, err
	}
	return &officialOut{ETag: httpapi.ETag(o.Version), Body: o}, nil
}

type getDuties struct {
	httpapi.Page
	Unit     string `query:"unit"`
	Official string `query:"official"`
	Ended    bool   `query:"ended" doc:"Duties that have ended, too"`
}

type dutiesOut struct {
	Body httpapi.List[Duty]
}

type dutyOut struct {
	ETag string `header:"ETag"`
	Body Duty
}

func (d *Desk) getDuties(ctx context.Context, in *getDuties) (*dutiesOut, error) {
	q, of := Query{Unit: in.Unit, Official: in.Official, Ended: in.Ended, Limit: in.Limit}, []string{"duties", in.Unit, in.Official, yes(in.Ended)}
	if _, err := httpapi.DecodeCursor(in.Cursor, &q.After, of...); err != nil {
		return nil, err
	}
	list, more, err := d.Duties(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &dutiesOut{Body: httpapi.List[Duty]{Items: items(list)}}
	if more {
		out.Body.NextCursor, err = httpapi.EncodeCursor(list[len(list)-1].ID, of...)
	}
	return out, err
}

type postDuty struct {
	Body struct {
		Unit     string      `json:"unit,omitempty" doc:"Not needed when an official bears the duty"`
		Official string      `json:"official,omitempty"`
		TextZh   string      `json:"text_zh"`
		TextEn   string      `json:"text_en,omitempty"`
		Industry string      `json:"industry,omitempty" doc:"GB/T 4754 section or division"`
		Area     string      `json:"area,omitempty"`
		Source   string      `json:"source" doc:"The document that assigns the duty"`
		SinceOn  kernel.Date `json:"since_on"`
	}
}

func (d *Desk) postDuty(ctx context.Context, in *postDuty) (*dutyOut, error) {
	b := in.Body
	return dutyAnswer(d.AssignDuty(ctx, Duty{Unit: b.Unit, Official: b.Official, TextZh: b.TextZh, TextEn: b.TextEn,
		Industry: b.Industry, Area: b.Area, Source: b.Source, SinceOn: b.SinceOn}))
}

type patchDuty struct {
	httpapi.IfMatch
	ID   string `path:"id"`
	Body struct {
		UntilOn kernel.Date `json:"until_on" doc:"Ends the duty on that day"`
	}
}

func (d *Desk) patchDuty(ctx context.Context, in *patchDuty) (*dutyOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	return dutyAnswer(d.EndDuty(ctx, in.ID, version, in.Body.UntilOn))
}

func dutyAnswer(duty Duty, err error) (*dutyOut, error) {
	if err != nil {
		return nil, err
	}
	return &dutyOut{ETag: httpapi.ETag(duty.Version), Body: duty}, nil
}

// items makes an empty list [] in JSON, not null.
func items[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return ""
}
