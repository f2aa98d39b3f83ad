package pipeline

import (
	"context"
	"errors"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// tallied counts and adds up the projects that f lets through and s may see,
// from the tallies; f asks for nothing they do not know.
func tallied(ctx context.Context, tx store.Tx, f settledFilter, s access.Sight) (out []sum, err error) {
	for _, w := range cells(tx.Zone, f, s) {
		for _, c := range []struct{ column, value string }{{"kind", f.Kind}, {"currency", f.Currency}} {
			if c.value != "" {
				w.add(c.column+" = ?", c.value)
			}
		}
		if len(f.Stages) > 0 {
			w.in("stage", f.Stages)
		}
		more, err := readTallies(ctx, tx, w)
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
	}
	return out, nil
}

// cells are the conditions of the coarsest tallies that hold, each project once,
// what s may see of the department and the official that f asks for.
func cells(zone string, f settledFilter, s access.Sight) []*where {
	part := func() *where {
		w := &where{}
		w.add("zone = ?", zone)
		return w
	}
	ofUnits := func(units []string) []*where {
		if len(units) == 0 {
			return nil
		}
		w := part()
		w.in("unit", units)
		w.add("owner = ?", anyone)
		return []*where{w}
	}
	ofOwners := func(owners []string) *where {
		w := part()
		w.in("owner", owners)
		if f.Unit != "" {
			w.add("unit = ?", f.Unit)
		}
		return w
	}
	switch {
	case s.All && f.Owner != "", f.Owner != "" && slices.Contains(s.Owners, f.Owner):
		return []*where{ofOwners([]string{f.Owner})}
	case s.All && f.Unit != "":
		return ofUnits([]string{f.Unit})
	case s.All:
		return ofUnits([]string{anyone})
	case f.Owner != "" && len(s.Units) == 0:
		return nil
	case f.Owner != "":
		w := ofOwners([]string{f.Owner})
		w.in("unit", s.Units)
		return []*where{w}
	}
	units := s.Units
	if f.Unit != "" {
		units = slices.DeleteFunc(slices.Clone(units), func(u string) bool { return u != f.Unit })
	}
	out := ofUnits(units)
	if len(s.Owners) > 0 {
		w := ofOwners(s.Owners)
		if len(s.Units) > 0 {
			w.in("unit NOT", s.Units)
		}
		out = append(out, w)
	}
	return out
}

// readTallies adds up the tallies that w lets through.
func readTallies(ctx context.Context, tx store.Tx, w *where) (out []sum, err error) {
	defer kernel.Wrap(&err, "pipeline.readTallies")
	ctx = context.WithoutCancel(ctx) // a few rows however many projects there are: watching for the end of the request costs more
	rows, err := tx.QueryContext(ctx, `SELECT stage, kind, currency, fixed_currency, CAST(sum(n) AS bigint),
		CAST(sum(total_high) AS bigint), CAST(sum(total_low) AS bigint), CAST(sum(fixed_high) AS bigint), CAST(sum(fixed_low) AS bigint)
		FROM pipeline_tallies `+w.tail()+` GROUP BY stage, kind, currency, fixed_currency HAVING sum(n) <> 0 ORDER BY stage, kind, currency, fixed_currency`, w.args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		s, err := scanSum(rows.Scan)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}
