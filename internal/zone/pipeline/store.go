package pipeline

import (
	"context"
	"embed"
	"errors"
	"math"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations holds the tables of this context, numbered 0300 and up.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the row types of this context, for verifying and rebuilding them
// from the journal.
func Tables() []store.Row {
	return []store.Row{Project{}, Milestone{}, Evidence{}, Signoff{}, Signing{}, Ceremony{}, Counter{}, Definition{}, Figure{}, Instalment{}, FactRow{}, Tax{},
		Report{}, Conflict{}, ShareSet{}}
}

// Get returns project id of the transaction's zone; pipeline.not_found when
// there is none.
func Get(ctx context.Context, tx store.Tx, id string) (p Project, err error) {
	defer kernel.Wrap(&err, "pipeline.Get(%q)", id)
	p, err = store.Get[Project](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	if errors.Is(err, kernel.ErrNotFound) {
		return p, kernel.Faultf(kernel.ErrNotFound, "pipeline.not_found")
	}
	return p, err
}

func loadMilestones(ctx context.Context, tx store.Tx, project string) ([]Milestone, error) {
	return store.Select[Milestone](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY seq", tx.Zone, project)
}

func loadEvidence(ctx context.Context, tx store.Tx, project string) ([]Evidence, error) {
	return store.Select[Evidence](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY recorded_at, id", tx.Zone, project)
}

func loadSignoffs(ctx context.Context, tx store.Tx, project string) ([]Signoff, error) {
	return store.Select[Signoff](ctx, tx, "WHERE zone = $1 AND project = $2 ORDER BY recorded_at, id", tx.Zone, project)
}

// loadSigning returns the signing project holds, nil when it holds none.
func loadSigning(ctx context.Context, tx store.Tx, project string) (*Signing, error) {
	return oneSigning(ctx, tx, "WHERE zone = $1 AND project = $2 AND held_key <> ''", tx.Zone, project)
}

// holderOf returns the signing that holds key, nil when none does.
func holderOf(ctx context.Context, tx store.Tx, key string) (*Signing, error) {
	return oneSigning(ctx, tx, "WHERE zone = $1 AND held_key = $2 AND held_key <> ''", tx.Zone, key)
}

// lastReleased returns the latest released signing of key, nil when there is none.
func lastReleased(ctx context.Context, tx store.Tx, key string) (*Signing, error) {
	return oneSigning(ctx, tx, "WHERE zone = $1 AND past_key = $2 AND past_key <> '' ORDER BY released_at DESC, id DESC LIMIT 1", tx.Zone, key)
}

func oneSigning(ctx context.Context, tx store.Tx, tail string, args ...any) (*Signing, error) {
	rows, err := store.Select[Signing](ctx, tx, tail, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// loadCeremonies returns the ceremonies of a signing and those a project brought.
func loadCeremonies(ctx context.Context, tx store.Tx, signing, project string) ([]Ceremony, error) {
	return store.Select[Ceremony](ctx, tx, "WHERE zone = $1 AND (signing = $2 OR project = $3) ORDER BY on_date, id", tx.Zone, signing, project)
}

func loadCounter(ctx context.Context, tx store.Tx, year string) (Counter, error) {
	c, err := store.Get[Counter](ctx, tx, "zone = $1 AND year = $2", tx.Zone, year)
	if errors.Is(err, kernel.ErrNotFound) {
		return Counter{Zone: tx.Zone, Year: year}, nil
	}
	return c, err
}

// findOrigin returns the projects with one of the given RowKeys, by RowKey, in
// whichever form they keep it.
func findOrigin(ctx context.Context, tx store.Tx, keys []string) (map[string]Project, error) {
	found := map[string]Project{}
	forms, is := make([]string, 0, 2*len(keys)), make(map[string]string, 2*len(keys))
	for _, k := range keys {
		is[k], is[originKey(k)] = k, k
		forms = append(forms, k, originKey(k))
	}
	err := store.Among(ctx, tx, "origin_key", forms, "origin_key <> ''", func(p Project) error {
		found[is[p.OriginKey]] = p
		return nil
	})
	return found, err
}

// where collects conditions and their numbered arguments.
type where struct {
	only  string // by which way the engine must come to the rows; "" = as it likes
	conds []string
	args  []any
}

// add appends a condition; each ? in it stands for the next argument.
func (w *where) add(cond string, args ...any) {
	for _, a := range args {
		w.args = append(w.args, a)
		cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(w.args)), 1)
	}
	w.conds = append(w.conds, cond)
}

func (w *where) in(column string, values []string) {
	marks := make([]string, len(values))
	args := make([]any, len(values))
	for i, v := range values {
		marks[i], args[i] = "?", v
	}
	w.add(column+" IN ("+strings.Join(marks, ", ")+")", args...)
}

func (w *where) tail() string { return w.only + "WHERE " + strings.Join(w.conds, " AND ") }

// matching returns the conditions of f in zone, without what the caller may see.
func matching(zone string, f settledFilter) *where {
	w := &where{}
	w.add("zone = ?", zone)
	for _, c := range []struct{ column, value string }{
		{"unit", f.Unit}, {"owner", f.Owner}, {"currency", f.Currency}, {"origin", f.Origin}, {"kind", f.Kind}, {"method", f.Method}, {"campaign", f.Campaign},
	} {
		if c.value != "" {
			w.add(c.column+" = ?", c.value)
		}
	}
	for _, c := range []struct{ column, value string }{
		{"investor", f.Investor}, {"origin_run", f.Run}, {"platform", f.Platform}, {"activity", f.Activity},
	} {
		if c.value != "" {
			w.add(c.column+" = ? AND "+c.column+" <> ''", c.value) // the index is of those that have one
		}
	}
	if len(f.Stages) > 0 {
		w.in("stage", f.Stages)
	}
	if f.Track == GeneralTrack {
		w.in("track", []string{"", GeneralTrack})
	} else if f.Track != "" {
		w.add("track = ? AND track <> ''", f.Track)
	}
	if len(f.industries) > 0 {
		w.in("industry", f.industries)
	}
	if f.Q != "" {
		w.add("search LIKE "+store.Pattern("?"), "%"+store.EscapeLike(fold(f.Q))+"%")
	}
	if f.min != nil {
		w.add("total_minor >= ?", f.min.Minor)
	}
	if f.max != nil {
		w.add("total_minor <= ?", f.max.Minor)
	}
	if f.Since != "" {
		w.add("stage_since >= ?", f.Since)
	}
	if f.Until != "" {
		w.add("stage_since <> '' AND stage_since <= ?", f.Until)
	}
	if f.Missing {
		w.add("missing > ?", int64(0))
	}
	if f.Overdue {
		w.add("due_on <> '' AND due_on < ? AND due_provisional = ?", string(f.today), false)
	}
	return w
}

// keyset appends the place after which a page begins.
func (w *where) keyset(s sortBy, after *Place) {
	if after == nil {
		return
	}
	args := append(s.values(*after), after.ID)
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(args)), ", ")
	w.add("("+strings.Join(s.columns, ", ")+", id) "+s.beyond()+" ("+marks+")", args...)
}

func (s sortBy) beyond() string {
	if s.desc {
		return "<"
	}
	return ">"
}

func (s sortBy) order() string {
	dir := ""
	if s.desc {
		dir = " DESC"
	}
	return " ORDER BY " + strings.Join(append(append([]string{}, s.columns...), "id"), dir+", ") + dir
}

// page returns the projects that w lets through, in order, at most limit.
func page(ctx context.Context, tx store.Tx, w *where, s sortBy, limit int) ([]Project, error) {
	w.args = append(w.args, int64(limit))
	return store.Select[Project](ctx, tx, w.tail()+s.order()+" LIMIT $"+strconv.Itoa(len(w.args)), w.args...)
}

// sums counts and adds up the projects that w lets through.
func sums(ctx context.Context, tx store.Tx, w *where) (out []sum, err error) {
	defer kernel.Wrap(&err, "pipeline.sums")
	// Amounts are added in two halves, so that no database has to hold a sum of
	// more than 64 bits: one would fail, the other give a wrong figure.
	rows, err := tx.QueryContext(ctx, `SELECT stage, kind, currency, fixed_currency, count(*),
		CAST(sum(total_minor / 1000000000) AS bigint), CAST(sum(total_minor % 1000000000) AS bigint),
		CAST(sum(fixed_minor / 1000000000) AS bigint), CAST(sum(fixed_minor % 1000000000) AS bigint)
		FROM pipeline_projects `+w.tail()+` GROUP BY stage, kind, currency, fixed_currency ORDER BY stage, kind, currency, fixed_currency`, w.args...)
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

// scanSum reads one group: what it is of, its count, and its amounts in halves.
func scanSum(scan func(...any) error) (s sum, err error) {
	var total, fixed [2]int64
	if err := scan(&s.stage, &s.kind, &s.currency, &s.fixedCurrency, &s.count, &total[0], &total[1], &fixed[0], &fixed[1]); err != nil {
		return s, err
	}
	if s.total, err = joined(s.currency, total); err != nil {
		return s, err
	}
	s.fixed, err = joined(s.fixedCurrency, fixed)
	return s, err
}

// joined puts the halves of a sum in currency together.
func joined(currency string, half [2]int64) (int64, error) {
	if half[0]+half[1]/halfOf >= math.MaxInt64/halfOf {
		return 0, tooLarge(currency)
	}
	return half[0]*halfOf + half[1], nil
}

// findEntered returns the projects opened at the desk whose name sorts as one of
// the given sort keys.
func findEntered(ctx context.Context, tx store.Tx, sorts []string) (found []Project, err error) {
	err = store.Among(ctx, tx, "name_sort", sorts, "origin_key = ''", func(p Project) error {
		found = append(found, p)
		return nil
	})
	return found, err
}
