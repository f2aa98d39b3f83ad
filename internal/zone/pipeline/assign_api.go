package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
)

type postAssign struct{ Body Assignment }

type assignOut struct {
	Body httpapi.List[Assigned]
}

// postAssign answers for each project by itself; refused ones do not make the
// request fail.
func (d *Desk) postAssign(ctx context.Context, in *postAssign) (*assignOut, error) {
	all, err := d.Assign(ctx, in.Body)
	return &assignOut{whole(all)}, err
}
