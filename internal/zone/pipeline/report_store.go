package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// getReport returns report id; pipeline.report_not_found when there is none.
func getReport(ctx context.Context, tx store.Tx, id string) (Report, error) {
	r, err := store.Get[Report](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return r, kernel.Faultf(kernel.ErrNotFound, "pipeline.report_not_found")
	}
	return r, err
}

// firmsOf returns the firms under which r's firm is on record: by its number,
// by the registered organisation, and by that organisation's number.
func firmsOf(ctx context.Context, tx store.Tx, r Report) ([]string, error) {
	parties, err := party.Identified(ctx, tx, r.CreditCode, r.LEI, r.Country, r.ForeignRegNo)
	if err != nil {
		return nil, err
	}
	if r.Party != "" && !slices.Contains(parties, r.Party) {
		parties = append(parties, r.Party)
	}
	var firms []string
	add := func(w *where) error {
		rows, err := store.Select[Report](ctx, tx, w.tail(), w.args...)
		for _, x := range rows {
			if x.ID != r.ID && !slices.Contains(firms, x.Firm) {
				firms = append(firms, x.Firm)
			}
		}
		return err
	}
	if r.Identity != "" {
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.add("identity = ?", r.Identity)
		if err := add(w); err != nil {
			return nil, err
		}
	}
	if len(parties) > 0 {
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.in("party", parties)
		if err := add(w); err != nil {
			return nil, err
		}
	}
	slices.Sort(firms)
	return firms, nil
}

// pendingOf returns the reports on firms that protect somebody or wait for a
// decision, besides but, the earliest first; those past their day are among them.
func pendingOf(ctx context.Context, tx store.Tx, firms []string, but string) ([]Report, error) {
	if len(firms) == 0 {
		return nil, nil
	}
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("firm", firms)
	w.in("status", []string{ReportActive, ReportExtended, ReportContested})
	w.add("id <> ?", but)
	return store.Select[Report](ctx, tx, w.tail()+" ORDER BY reported_at, id", w.args...)
}

// firmsOfAll is firmsOf for many reports that are not filed yet, of the registered
// organisations parties, in their order.
func firmsOfAll(ctx context.Context, tx store.Tx, rows []Report, parties []party.Party) ([][]string, error) {
	known, err := party.AlsoKnown(ctx, tx, parties)
	if err != nil {
		return nil, err
	}
	numbers, ids := []string{}, []string{}
	for _, r := range rows {
		ids = append(append(ids, r.Party), known[r.Party]...)
		if r.Identity != "" {
			numbers = append(numbers, r.Identity)
		}
	}
	byNumber, byParty := map[string][]string{}, map[string][]string{}
	err = errors.Join(store.Among(ctx, tx, "identity", numbers, "", func(x Report) error {
		byNumber[x.Identity] = append(byNumber[x.Identity], x.Firm)
		return nil
	}), store.Among(ctx, tx, "party", ids, "", func(x Report) error {
		byParty[x.Party] = append(byParty[x.Party], x.Firm)
		return nil
	}))
	out := make([][]string, len(rows))
	for i, r := range rows {
		if r.Identity != "" {
			out[i] = slices.Clone(byNumber[r.Identity])
		}
		for _, id := range append([]string{r.Party}, known[r.Party]...) {
			out[i] = append(out[i], byParty[id]...)
		}
		slices.Sort(out[i])
		out[i] = slices.Compact(out[i])
	}
	return out, err
}

// pendingOfAll is pendingOf for many firms, the earliest first.
func pendingOfAll(ctx context.Context, tx store.Tx, firms []string) (all []Report, err error) {
	err = store.Among(ctx, tx, "firm", firms, "status IN ('active', 'extended', 'contested')", func(r Report) error {
		all = append(all, r)
		return nil
	})
	slices.SortFunc(all, func(a, b Report) int { return cmp.Or(cmp.Compare(a.ReportedAt, b.ReportedAt), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// sameFirm returns the reports on one firm.
func sameFirm(ctx context.Context, tx store.Tx, firm string) ([]Report, error) {
	return store.Select[Report](ctx, tx, "WHERE zone = $1 AND firm = $2 ORDER BY reported_at, id", tx.Zone, firm)
}

// reportsOf returns the reports that belong to a project, the earliest first.
func reportsOf(ctx context.Context, tx store.Tx, project string) ([]Report, error) {
	return store.Select[Report](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY reported_at, id", tx.Zone, project)
}

// reportsMatching returns the conditions of f in zone on day, without what the
// caller may see.
func reportsMatching(zone string, f ReportFilter, day kernel.Date) *where {
	w := &where{}
	w.add("zone = ?", zone)
	for _, c := range []struct{ column, value string }{{"unit", f.Unit}, {"owner", f.Owner}, {"project", f.Project}, {"party", f.Party}} {
		if c.value != "" {
			w.add(c.column+" = ?", c.value)
		}
	}
	switch f.Status {
	case "":
	case ReportActive, ReportExtended:
		w.add("status = ?", f.Status)
		w.add("protected_until >= ?", string(day))
	case ReportExpired:
		w.in("status", []string{ReportActive, ReportExtended, ReportExpired})
		w.add("protected_until < ?", string(day))
	default:
		w.add("status = ?", f.Status)
	}
	if f.Q != "" {
		w.add("search LIKE "+store.Pattern("?"), "%"+store.EscapeLike(fold(f.Q))+"%")
	}
	return w
}

// newestFirst appends the place after which a page of T, ordered by column and
// id, newest first, begins, and fetches it.
func newestFirst[T store.Row](ctx context.Context, tx store.Tx, w *where, column string, after *Place, limit int) ([]T, error) {
	if after != nil {
		w.add("("+column+", id) < (?, ?)", after.N, after.ID)
	}
	w.args = append(w.args, int64(limit))
	return store.Select[T](ctx, tx, w.tail()+" ORDER BY "+column+" DESC, id DESC LIMIT $"+strconv.Itoa(len(w.args)), w.args...)
}

// overdueReports returns up to limit reports whose term is over and not noted yet,
// but for those of a conflict that is still open: until it is decided no term ends.
func overdueReports(ctx context.Context, tx store.Tx, day kernel.Date, limit int) ([]Report, error) {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	w.in("status", []string{ReportActive, ReportExtended})
	w.add("protected_until < ?", string(day))
	w.add("(conflict = '' OR conflict NOT IN (SELECT id FROM pipeline_conflicts WHERE zone = ? AND state = 'open'))", tx.Zone)
	w.args = append(w.args, int64(limit))
	return store.Select[Report](ctx, tx, w.tail()+" ORDER BY protected_until, id LIMIT $"+strconv.Itoa(len(w.args)), w.args...)
}
