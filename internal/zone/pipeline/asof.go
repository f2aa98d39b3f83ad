package pipeline

import (
	"cmp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// checkAsOf refuses a day that has not come and one that does not exist.
func checkAsOf(asOf string, day kernel.Date) error {
	if err := checkDate("as_of", asOf); err != nil {
		return err
	}
	if day.Before(kernel.Date(asOf)) {
		return kernel.FieldFault("as_of", "pipeline.as_of_future", asOf)
	}
	return nil
}

// endOf is the last millisecond of day, in UTC.
func endOf(day kernel.Date) int64 { return day.AddDays(1).Start() - 1 }

// lets reports whether f lets p through: what matching asks of the database,
// asked of a project as it stood on an earlier day.
func (f settledFilter) lets(p Project) bool {
	for _, c := range []struct{ want, got string }{
		{f.Unit, p.Unit}, {f.Owner, p.Owner}, {f.Currency, p.Currency}, {f.Origin, p.Origin}, {f.Investor, p.Investor}, {f.Kind, p.Kind}, {f.Run, p.OriginRun},
		{f.Platform, p.Platform}, {f.Activity, p.Activity}, {f.Method, p.Method}, {f.Campaign, p.Campaign}, {f.Track, p.TrackID()},
	} {
		if c.want != "" && c.want != c.got {
			return false
		}
	}
	switch {
	case len(f.Stages) > 0 && !slices.Contains(f.Stages, string(p.Stage)),
		len(f.industries) > 0 && !slices.Contains(f.industries, p.Industry),
		f.Q != "" && !strings.Contains(p.Search, fold(f.Q)),
		f.min != nil && p.TotalMinor < f.min.Minor,
		f.max != nil && p.TotalMinor > f.max.Minor,
		f.Since != "" && p.StageSince < f.Since,
		f.Until != "" && (p.StageSince == "" || p.StageSince > f.Until),
		f.Missing && p.Missing == 0,
		f.Overdue && (p.DueOn == "" || p.DueOn >= string(f.today) || p.DueProvisional):
		return false
	}
	return true
}

// compare orders two places in the order s.
func (s sortBy) compare(a, b Place) int {
	c := cmp.Or(strings.Compare(a.S, b.S), cmp.Compare(a.N, b.N), strings.Compare(a.ID, b.ID))
	if s.desc {
		return -c
	}
	return c
}

// cut returns the page of rows after a place, and where the next one begins.
func (s sortBy) cut(rows []Project, after *Place, limit int) (page []Project, next *Place) {
	if after != nil {
		rows = slices.DeleteFunc(rows, func(p Project) bool { return s.compare(s.placeOf(p), *after) <= 0 })
	}
	slices.SortFunc(rows, func(a, b Project) int { return s.compare(s.placeOf(a), s.placeOf(b)) })
	if len(rows) > limit {
		at := s.placeOf(rows[limit-1])
		return rows[:limit], &at
	}
	return rows, nil
}

// sumsOf are the groups of foldSums, of projects in memory.
func sumsOf(rows []Project) []sum {
	groups := make([]sum, len(rows))
	for i, p := range rows {
		groups[i] = sum{p.Stage, p.Kind, p.Currency, p.FixedCurrency, 1, p.TotalMinor, p.FixedMinor}
	}
	return groups
}
