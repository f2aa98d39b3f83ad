package pipeline

import (
	"context"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// HoldsUnit says what keeps unit from being closed: the projects it is
// responsible for that are not at their end. It is an office.Holder.
func HoldsUnit(ctx context.Context, tx store.Tx, unit string) (*kernel.Fault, error) {
	return holds(ctx, tx, "pipeline.holds_unit", `SELECT count(*) FROM pipeline_projects
		WHERE zone = $1 AND unit = $2 AND stage NOT IN ('lost', 'terminated', 'effective')`, unit)
}

// HoldsParty says what keeps a party from being taken back: the reports of
// it and the projects it invests in. It is a party.Holder.
func HoldsParty(ctx context.Context, tx store.Tx, id string) (*kernel.Fault, error) {
	held, err := holds(ctx, tx, "pipeline.holds_party_report", `SELECT count(*) FROM pipeline_reports WHERE zone = $1 AND party = $2`, id)
	if err != nil || held != nil {
		return held, err
	}
	return holds(ctx, tx, "pipeline.holds_party", `SELECT count(*) FROM pipeline_projects WHERE zone = $1 AND investor = $2 AND investor <> ''`, id)
}

func holds(ctx context.Context, tx store.Tx, word, query, id string) (*kernel.Fault, error) {
	n, err := store.Count(ctx, tx, query, tx.Zone, id)
	if err != nil || n == 0 {
		return nil, err
	}
	return &kernel.Fault{Kind: kernel.ErrConflict, Word: word, Args: []any{n}}, nil
}
