package intake

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
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
	tail := "WHERE zone = $1 AND run = $2 AND number > $3 AND status IN (" + list(&args, statuses) + ")"
	if !slices.Contains(statuses, New) && !slices.Contains(statuses, waiting) {
		tail += " AND status NOT IN ('waiting', 'new')" // names the index: of the others there are few
	}
	tail += " ORDER BY number LIMIT " + strconv.Itoa(limit)
	return store.Select[rowRow](ctx, tx, tail, args...)
}

// standing are the rows that stand for their key: not those that reading merged,
// skipped or rejected, whose cells are not kept.
const standing = "status NOT IN ('merged', 'skipped') AND (status <> 'rejected' OR vals NOT IN ('null', '{}'))"

// withNumbers returns those of the numbered rows of a run that stand for their key.
func withNumbers(ctx context.Context, tx store.Tx, run string, numbers []int64) (out []rowRow, err error) {
	for part := range slices.Chunk(numbers, 500) {
		args, marks := []any{tx.Zone, run}, make([]string, len(part))
		for i, n := range part {
			args = append(args, n)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		tail := "WHERE zone = $1 AND run = $2 AND number IN (" + strings.Join(marks, ", ") + ") AND " + standing + " ORDER BY number"
		rows, err := store.Select[rowRow](ctx, tx, tail, args...)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// undecide makes the rows of a run that its kind has decided waiting again, and
// counts the run anew.
func undecide(ctx context.Context, tx store.Tx, run *runRow) error {
	_, err := tx.ExecContext(ctx, `UPDATE intake_rows SET status = 'waiting', object = '' WHERE zone = $1 AND run = $2 AND status <> 'waiting' AND `+standing, tx.Zone, run.ID)
	if err != nil {
		return err
	}
	run.Counts = Counts{Merged: run.Counts.Merged, Skipped: run.Counts.Skipped, Noted: run.Counts.Merged}
	run.Counts.Rejected, err = unread(ctx, tx, run.ID)
	return err
}

// unread counts the rows of a run that reading rejected.
func unread(ctx context.Context, tx store.Tx, run string) (int64, error) {
	return store.Count(ctx, tx, `SELECT count(*) FROM intake_rows WHERE zone = $1 AND run = $2 AND status = 'rejected' AND status NOT IN ('waiting', 'new') AND vals IN ('null', '{}')`, tx.Zone, run)
}

// waits reports whether a row of a run is read and not decided.
func waits(ctx context.Context, tx store.Tx, run string) (bool, error) {
	n, err := store.Count(ctx, tx, `SELECT count(*) FROM (SELECT 1 FROM intake_rows WHERE zone = $1 AND run = $2 AND status = 'waiting' LIMIT 1) AS w`, tx.Zone, run)
	return n > 0, err
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

// eachKey calls fn with the keys of the rows of a run that stand for one.
func eachKey(ctx context.Context, tx store.Tx, run string, fn func(key string, number int64)) (err error) {
	rows, err := tx.QueryContext(ctx, `SELECT row_key, number FROM intake_rows
		WHERE zone = $1 AND run = $2 AND row_key <> '' AND `+standing, tx.Zone, run)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var key string
		var number int64
		if err := rows.Scan(&key, &number); err != nil {
			return err
		}
		fn(key, number)
	}
	return rows.Err()
}

// change is what one phase stores anew of many rows. The rest of a row stays as
// it was: storing it whole took a third of the phase.
type change struct {
	columns []string // number is the first
	types   []string
	args    func(r rowRow) ([]any, error)
}

// decided is what deciding finds out.
func decided() change {
	return change{
		columns: []string{"number", "status", "title", "object", "base", "version", "reasons"},
		types:   []string{"bigint", "text", "text", "text", "bigint", "bigint", "text"},
		args: func(r rowRow) ([]any, error) {
			reasons := []byte("[]")
			var err error
			if len(r.Reasons) > 0 {
				reasons, err = json.Marshal(r.Reasons)
			}
			return []any{r.Number, string(r.Status), r.Title, r.Object, r.Base, r.Version, string(reasons)}, err
		},
	}
}

// keepPublished stores what stays of rows just published, whose cells and keys are
// forgotten. rows are all that were to be published from the first number to the
// last. They are deleted and stored again: SQLite leaves a page as large as it is
// when its rows become small, and gives it to others only when it is empty.
func keepPublished(ctx context.Context, tx store.Tx, run string, rows []rowRow) error {
	res, err := tx.ExecContext(ctx, `DELETE FROM intake_rows WHERE zone = $1 AND run = $2 AND number >= $3 AND number <= $4 AND status IN ('new', 'changed')`,
		tx.Zone, run, rows[0].Number, rows[len(rows)-1].Number)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != int64(len(rows)) {
		return errors.Join(err, fmt.Errorf("%d rows published, %d found", len(rows), n))
	}
	kept := make([]store.Row, len(rows))
	for i, r := range rows {
		r.Vals, r.Key = nil, ""
		kept[i] = r
	}
	return store.Put(ctx, tx, kept...)
}

// set stores c of rows.
func (c change) set(ctx context.Context, tx store.Tx, run string, rows []rowRow) error {
	const many = 40 // rows a statement, which is read once for all of them
	whole := len(rows) / many * many
	if err := c.setPart(ctx, tx, run, rows[:whole], many); err != nil {
		return err
	}
	return c.setPart(ctx, tx, run, rows[whole:], len(rows)-whole)
}

// setPart is set for a multiple of many rows, none included.
func (c change) setPart(ctx context.Context, tx store.Tx, run string, rows []rowRow, many int) error {
	if len(rows) == 0 {
		return nil
	}
	text := c.text(many)
	for part := range slices.Chunk(rows, many) {
		args := []any{tx.Zone, run}
		for _, r := range part {
			more, err := c.args(r)
			if err != nil {
				return err
			}
			args = append(args, more...)
		}
		if _, err := tx.ExecContext(ctx, text, args...); err != nil {
			return err
		}
	}
	return nil
}

// text is the statement of set for n rows.
func (c change) text(n int) string {
	var values strings.Builder
	at := 2
	for row := range n {
		for i, kind := range c.types {
			at++
			switch {
			case i > 0:
				values.WriteString(", ")
			case row > 0:
				values.WriteString("), (")
			default:
				values.WriteString("(")
			}
			if row == 0 { // the first row gives the columns their types
				fmt.Fprintf(&values, "CAST($%d AS %s)", at, kind)
				continue
			}
			values.WriteString("$" + strconv.Itoa(at))
		}
	}
	var sets []string
	for _, name := range c.columns[1:] {
		sets = append(sets, name+" = done."+name)
	}
	return `WITH done(` + strings.Join(c.columns, ", ") + `) AS (VALUES ` + values.String() + `))
		UPDATE intake_rows SET ` + strings.Join(sets, ", ") + `
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
	set, where := "vals = 'null'", "vals NOT IN ('null', '{}')"
	if before {
		set, where = set+", before = ''", "("+where+" OR before <> '')"
	}
	_, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE intake_rows SET %s WHERE zone = $1 AND run = $2 AND %s", set, where), tx.Zone, run)
	return err
}
