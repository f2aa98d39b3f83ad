package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

type getChart struct {
	IDs []string `query:"ids" required:"true" minItems:"1" maxItems:"200" doc:"projects, separated by commas; those the caller may not read are left out"`
}

// Dates are the dates of one project's stages as they were last recorded.
type Dates struct {
	Project string      `json:"project"`
	Items   []Milestone `json:"items"`
}

type chartOut struct {
	Body httpapi.List[Dates]
}

// getChart returns the latest date of each stage and kind for a page of
// projects in one call.
func (d *Desk) getChart(ctx context.Context, in *getChart) (*chartOut, error) {
	all, err := d.Dates(ctx, in.IDs)
	return &chartOut{whole(all)}, err
}
