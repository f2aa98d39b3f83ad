package intake

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations are the package's tables.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// fileRow is an uploaded file.
type fileRow struct {
	Zone       string `db:"zone,key"`
	ID         string `db:"id,key"`
	Name       string `db:"name"`
	Size       int64  `db:"size"`
	SHA256     string `db:"sha256"`
	Unit       string `db:"unit"`
	Owner      string `db:"owner"`
	UploadedAt int64  `db:"uploaded_at"`
}

// Table names the table.
func (fileRow) Table() string { return "intake_files" }

// profileRow is a saved mapping.
type profileRow struct {
	Zone      string   `db:"zone,key"`
	ID        string   `db:"id,key"`
	Kind      string   `db:"kind"`
	Name      string   `db:"name"`
	Settings  Settings `db:"settings,json"`
	Headers   []string `db:"headers,json"`
	Unit      string   `db:"unit"`
	Owner     string   `db:"owner"`
	UpdatedAt int64    `db:"updated_at"`
}

// Table names the table.
func (profileRow) Table() string { return "intake_profiles" }

// runRow is one import.
type runRow struct {
	Zone        string       `db:"zone,key"`
	ID          string       `db:"id,key"`
	Kind        string       `db:"kind"`
	File        string       `db:"file"`
	FileName    string       `db:"file_name"`
	State       State        `db:"state"`
	Settings    Settings     `db:"settings,json"`
	Head        sheet.Table  `db:"head,json"`
	Actor       kernel.Actor `db:"actor,json"` // who asked for what is going on
	Counts      Counts       `db:"counts,json"`
	Position    int64        `db:"position"`
	Done        int64        `db:"done"`
	Total       int64        `db:"total"`
	Fault       []Reason     `db:"fault,json"` // none or one
	Attempts    int64        `db:"attempts"`
	LeaseBy     string       `db:"lease_by"`
	LeaseUntil  int64        `db:"lease_until"`
	Unit        string       `db:"unit"`
	Owner       string       `db:"owner"`
	StartedAt   int64        `db:"started_at"`
	PhaseAt     int64        `db:"phase_at"`
	PublishedAt int64        `db:"published_at"`
	UndoneAt    int64        `db:"undone_at"`
	Version     int64        `db:"version"`
	UpdatedAt   int64        `db:"updated_at"`
}

// Table names the table.
func (runRow) Table() string { return "intake_runs" }

// rowRow is one row of a run.
type rowRow struct {
	Zone    string   `db:"zone,key"`
	Run     string   `db:"run,key"`
	Number  int64    `db:"number,key"`
	Status  Status   `db:"status"`
	Key     string   `db:"row_key"`
	Title   string   `db:"title"`
	Object  string   `db:"object"`
	Base    int64    `db:"base"`
	Version int64    `db:"version"`
	Vals    Values   `db:"vals,json" class:"personal"`
	Before  string   `db:"before" class:"personal"`
	Notes   []Reason `db:"notes,json"`   // what reading the cells had to say
	Reasons []Reason `db:"reasons,json"` // what intake or the kind had to say
	Into    int64    `db:"merged_into"`
}

// Table names the table.
func (rowRow) Table() string { return "intake_rows" }

func getRun(ctx context.Context, tx store.Tx, id string) (runRow, error) {
	return store.Get[runRow](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
}

// save stores r with a new version.
func (r *runRow) save(ctx context.Context, tx store.Tx) error {
	r.Version++
	r.UpdatedAt = tx.Now.UnixMilli()
	return store.Put(ctx, tx, *r)
}

// enter begins a phase.
func (r *runRow) enter(state State, tx store.Tx) {
	r.State, r.Position, r.Done, r.PhaseAt, r.Fault, r.Attempts = state, 0, 0, tx.Now.UnixMilli(), nil, 0
}

// busyRuns returns the runs that have work to do, oldest first.
func busyRuns(ctx context.Context, tx store.Tx) ([]runRow, error) {
	return store.Select[runRow](ctx, tx, "WHERE zone = $1 AND state IN ('reading', 'deciding', 'publishing', 'undoing') ORDER BY id", tx.Zone)
}

// nextRows returns the rows of a run after position that have one of statuses.
func nextRows(ctx context.Context, tx store.Tx, run runRow, limit int, statuses ...Status) ([]rowRow, error) {
	args := []any{tx.Zone, run.ID, run.Position}
	tail := "WHERE zone = $1 AND run = $2 AND number > $3 AND status IN (" + list(&args, statuses) + ") ORDER BY number LIMIT " + strconv.Itoa(limit)
	return store.Select[rowRow](ctx, tx, tail, args...)
}

// withKeys returns the unfinished rows of a run that have one of keys.
func withKeys(ctx context.Context, tx store.Tx, run string, keys []string) ([]rowRow, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	args := []any{tx.Zone, run}
	return store.Select[rowRow](ctx, tx, "WHERE zone = $1 AND run = $2 AND row_key IN ("+list(&args, keys)+") AND status = 'waiting' ORDER BY number", args...)
}

// withObjects returns which of objects an earlier row of the run has already.
func withObjects(ctx context.Context, tx store.Tx, run string, objects []string) (map[string]int64, error) {
	out := map[string]int64{}
	if len(objects) == 0 {
		return out, nil
	}
	args := []any{tx.Zone, run}
	tail := "WHERE zone = $1 AND run = $2 AND object IN (" + list(&args, objects) + ") AND status IN ('changed', 'unchanged')"
	return out, store.Each(ctx, tx, tail, args, func(r rowRow) error {
		out[r.Object] = r.Number
		return nil
	})
}

// setPublished stores what publishing found out about rows and forgets their
// cells. The rest of a row is as it was: storing it whole took a third of the
// publishing.
func setPublished(ctx context.Context, tx store.Tx, run string, rows []rowRow) error {
	const many = 40 // rows a statement, which is read once for all of them
	whole := len(rows) / many * many
	if err := setPublishedPart(ctx, tx, run, rows[:whole], many); err != nil {
		return err
	}
	return setPublishedPart(ctx, tx, run, rows[whole:], len(rows)-whole)
}

// setPublishedPart is setPublished for a multiple of many rows, none included.
func setPublishedPart(ctx context.Context, tx store.Tx, run string, rows []rowRow, many int) error {
	if len(rows) == 0 {
		return nil
	}
	text := publishedSQL(many)
	for part := range slices.Chunk(rows, many) {
		args := []any{tx.Zone, run}
		for _, r := range part {
			args = append(args, r.Number, r.Object, r.Version, r.Before)
		}
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// publishedSQL is the statement of setPublished for n rows.
func publishedSQL(n int) string {
	rows := make([]string, n)
	for i := range rows {
		form := "($%d, $%d, $%d, $%d)"
		if i == 0 { // the first row gives the columns their types
			form = "(CAST($%d AS bigint), CAST($%d AS text), CAST($%d AS bigint), CAST($%d AS text))"
		}
		rows[i] = fmt.Sprintf(form, 4*i+3, 4*i+4, 4*i+5, 4*i+6)
	}
	return `WITH done(number, object, version, before) AS (VALUES ` + strings.Join(rows, ", ") + `)
		UPDATE intake_rows SET object = done.object, version = done.version, before = done.before, vals = 'null'
		FROM done WHERE intake_rows.zone = $1 AND intake_rows.run = $2 AND intake_rows.number = done.number`
}

// list appends values to args and returns their placeholders.
func list[T ~string](args *[]any, values []T) string {
	marks := make([]string, len(values))
	for i, v := range values {
		*args = append(*args, string(v))
		marks[i] = "$" + strconv.Itoa(len(*args))
	}
	return strings.Join(marks, ", ")
}

// clearRows forgets the cells of a run that needs them no more.
func clearRows(ctx context.Context, tx store.Tx, run string, before bool) error {
	set, where := "vals = 'null'", "vals <> 'null'"
	if before {
		set, where = set+", before = ''", "("+where+" OR before <> '')"
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE intake_rows SET %s WHERE zone = $1 AND run = $2 AND %s", set, where), tx.Zone, run)
	return err
}
