package work

import (
	"context"

	"sente/internal/infra/httpapi"
)

func (d *Desk) dictionaryRoutes(door *httpapi.Door) {
	httpapi.Handle(door, route("GET", "/methods", httpapi.Self, "methods"), d.getMethods)
	httpapi.Handle(door, created(route("POST", "/methods", "work.define", "method_add")), d.postMethod)
	httpapi.Handle(door, match(route("PUT", "/methods/{id}", "work.define", "method_set")), d.putMethod)
	httpapi.Handle(door, route("GET", "/campaigns", "pipeline.read", "campaigns"), d.getCampaigns)
	httpapi.Handle(door, created(route("POST", "/campaigns", "work.define", "campaign_add")), d.postCampaign)
	httpapi.Handle(door, match(route("PUT", "/campaigns/{id}", "work.define", "campaign_set")), d.putCampaign)
}

// Dictionary is what activities are sorted by: methods, kinds of activity, and
// the terms of this context.
type Dictionary struct {
	Items  []Method       `json:"items" doc:"methods, ended ones too"`
	Kinds  []ActivityKind `json:"kinds" doc:"kinds of activity"`
	Limits []Limit        `json:"limits"`
}

type methodsOut struct{ Body Dictionary }

func (d *Desk) getMethods(ctx context.Context, _ *struct{}) (*methodsOut, error) {
	list, err := d.AllMethods(ctx)
	return &methodsOut{Dictionary{append([]Method{}, list...), d.kinds, d.limits}}, err
}

type methodOut struct {
	ETag string `header:"ETag"`
	Body Method
}

type postMethod struct{ Body MethodFacts }

func (d *Desk) postMethod(ctx context.Context, in *postMethod) (*methodOut, error) {
	m, err := d.SetMethod(ctx, "", 0, in.Body)
	return &methodOut{httpapi.ETag(m.Version), m}, err
}

type putMethod struct {
	ID string `path:"id"`
	httpapi.IfMatch
	Body MethodFacts
}

func (d *Desk) putMethod(ctx context.Context, in *putMethod) (*methodOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	m, err := d.SetMethod(ctx, in.ID, version, in.Body)
	return &methodOut{httpapi.ETag(m.Version), m}, err
}

type campaignsOut struct {
	Body httpapi.List[Campaign]
}

func (d *Desk) getCampaigns(ctx context.Context, _ *struct{}) (*campaignsOut, error) {
	list, err := d.AllCampaigns(ctx)
	return &campaignsOut{httpapi.List[Campaign]{Items: append([]Campaign{}, list...)}}, err
}

type campaignOut struct {
	ETag string `header:"ETag"`
	Body Campaign
}

type postCampaign struct{ Body CampaignFacts }

func (d *Desk) postCampaign(ctx context.Context, in *postCampaign) (*campaignOut, error) {
	c, err := d.SetCampaign(ctx, "", 0, in.Body)
	return &campaignOut{httpapi.ETag(c.Version), c}, err
}

type putCampaign struct {
	ID string `path:"id"`
	httpapi.IfMatch
	Body CampaignFacts
}

func (d *Desk) putCampaign(ctx context.Context, in *putCampaign) (*campaignOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	c, err := d.SetCampaign(ctx, in.ID, version, in.Body)
	return &campaignOut{httpapi.ETag(c.Version), c}, err
}
