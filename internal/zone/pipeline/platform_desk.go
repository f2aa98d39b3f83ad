package pipeline

import (
	"context"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/platform"
)

// onPlatform checks the platform that now, changed from was, stands on: it takes
// projects today, and an operator's own lead stands only on a platform that
// operator runs. A new project follows the platform's pipeline unless f names
// another.
func onPlatform(ctx context.Context, tx store.Tx, was Project, now *Project, f Facts) error {
	if now.Platform == "" || now.Platform == was.Platform && now.Unit == was.Unit {
		return nil
	}
	on, err := platform.Check(ctx, tx, "platform", now.Platform, today(tx))
	if err != nil {
		return err
	}
	if now.Unit != "" {
		u, err := access.GetUnit(ctx, tx, now.Unit)
		if err != nil {
			return err
		}
		if u.Kind == access.Operator && u.ID != on.Operator {
			return kernel.FieldFault("platform", "pipeline.platform_of_another", on.Name(kernel.ActorOf(ctx).Lang))
		}
	}
	if was.ID == "" && (f.Track == nil || *f.Track == "") {
		now.Track = on.Track
	}
	return nil
}
