package intake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Sniff is what can be told of a file before it is imported.
type Sniff struct {
	ID         string        `json:"id"`
	Name       string        `json:"name"`
	Size       int64         `json:"size" doc:"bytes"`
	SHA256     string        `json:"sha256"`
	Format     string        `json:"format" enum:"xlsx,csv"`
	Encoding   *sheet.Guess  `json:"encoding,omitempty" doc:"of a CSV; confidence below 0.8: look at the preview"`
	Delimiter  string        `json:"delimiter,omitempty"`
	Sheets     []sheet.Sheet `json:"sheets" nullable:"false"`
	Table      sheet.Table   `json:"table" doc:"header_row 0: no header was found, choose one or another sheet"`
	Preview    []PreviewRow  `json:"preview" nullable:"false" doc:"the first rows as read"`
	Mapping    []Assign      `json:"mapping" nullable:"false" doc:"suggested for the kind asked for"`
	Profile    string        `json:"profile,omitempty" doc:"name of the saved profile the suggestion comes from"`
	Duplicates string        `json:"duplicates,omitempty" doc:"of that profile"`
	Unmapped   []string      `json:"unmapped" nullable:"false" doc:"headers no field is suggested for"`
}

// PreviewRow is one of the first rows.
type PreviewRow struct {
	Number int           `json:"number"`
	Kind   sheet.RowKind `json:"kind" doc:"banner, header, data, blank, total, section, numbering"`
	Cells  []string      `json:"cells" nullable:"false"`
}

const previewRows = 30

// Sniff looks into a file by s and suggests a mapping for the kind; kind may be "".
func (d *Desk) Sniff(ctx context.Context, id, kindID string, s Settings) (out Sniff, err error) {
	defer kernel.Wrap(&err, "intake.Sniff(%q)", id)
	var kind Kind
	if kindID != "" {
		if kind, err = d.kind(kindID); err != nil {
			return out, err
		}
	}
	row, err := d.file(ctx, id)
	if err != nil {
		return out, err
	}
	if err := asFound(ctx, row, s); err != nil {
		return out, err
	}
	book, err := d.open(row, s)
	if err != nil {
		return out, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	out = Sniff{ID: row.ID, Name: row.Name, Size: row.Size, SHA256: row.SHA256, Format: book.Format, Delimiter: book.Delimiter,
		Sheets: book.Sheets, Mapping: []Assign{}, Unmapped: []string{}}
	if book.Format == sheet.CSV {
		out.Encoding = &book.Encoding
	}
	out.Table, err = book.Table(s.Sheet, sheet.Hint{HeaderRow: s.HeaderRow, HeaderRows: s.HeaderRows, Known: known(kind, d.Words)})
	if s.HeaderRow == 0 && headerMissing(err) {
		out.Table, err = sheet.Table{Sheet: s.Sheet, Banner: []string{}, Columns: []sheet.Column{}}, nil // shown as it is, for a person to choose
	}
	if err != nil {
		return out, err
	}
	hidden := d.hidden(ctx, row.Owner, out.Table, kind, nil)
	if out.Preview, err = preview(book, out.Table, hidden); err != nil {
		return out, err
	}
	for i, c := range out.Table.Columns {
		if hidden(c.Index) {
			out.Table.Columns[i].Samples = nil
		}
	}
	return out, d.propose(ctx, kind, &out)
}

func headerMissing(err error) bool {
	var f *kernel.Fault
	return errors.As(err, &f) && f.Word == "sheet.header_missing"
}

// propose fills in the mapping: of the newest profile that fits, else by names.
func (d *Desk) propose(ctx context.Context, kind Kind, out *Sniff) error {
	if kind.ID == "" {
		return nil
	}
	profiles, err := d.profiles(ctx, kind.ID)
	if err != nil {
		return err
	}
	out.Mapping = suggest(kind, out.Table, d.Words)
	for _, p := range profiles {
		if m, ok := applyProfile(p, out.Table); ok {
			out.Mapping, out.Profile, out.Duplicates = m, p.Name, p.Settings.Duplicates
			break
		}
	}
	for _, c := range out.Table.Columns {
		mapped := slices.ContainsFunc(out.Mapping, func(a Assign) bool { return a.Constant == "" && a.Column == c.Index })
		if !mapped && !c.Serial && c.Name != "" {
			out.Unmapped = append(out.Unmapped, c.Name)
		}
	}
	return nil
}

// concealed stands for a cell that its reader may not see.
const concealed = "•••"

// hidden returns which columns of t the context's actor may not read: those of
// personal data, mapped or known by their header, unless the file is their own.
// A table without a header shows others nothing.
func (d *Desk) hidden(ctx context.Context, owner string, t sheet.Table, kind Kind, mapping []Assign) func(column int) bool {
	if owner == kernel.ActorOf(ctx).ID {
		return func(int) bool { return false }
	}
	columns := map[int]bool{}
	for _, a := range mapping {
		if f, ok := kind.field(a.Field); ok && f.Personal {
			columns[a.Column] = true
		}
	}
	for _, k := range d.Kinds {
		for _, f := range k.Fields {
			for _, c := range t.Columns {
				if f.Personal && likeness(c.Name, namesOf(f, d.Words)) > 0 {
					columns[c.Index] = true
				}
			}
		}
	}
	return func(column int) bool { return columns[column] || len(t.Columns) == 0 }
}

func preview(book *sheet.Book, t sheet.Table, hidden func(column int) bool) ([]PreviewRow, error) {
	out := []PreviewRow{}
	for r, err := range book.Rows(t.Sheet) {
		if err != nil && len(out) == 0 {
			return nil, err
		}
		if err != nil || r.Number >= t.HeaderRow+previewRows {
			break
		}
		p := PreviewRow{Number: r.Number, Cells: []string{}}
		switch {
		case r.Number < t.HeaderRow:
			p.Kind = "banner"
		case r.Number < t.HeaderRow+t.HeaderRows:
			p.Kind = sheet.Repeated
		default:
			p.Kind = t.Kind(r)
		}
		for i, c := range r.Cells {
			if hidden(i) && c != "" && p.Kind != sheet.Repeated {
				c = concealed
			}
			p.Cells = append(p.Cells, clip(c))
		}
		out = append(out, p)
	}
	return out, nil
}

// CellValue is one of the different texts of a column.
type CellValue struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

const maxValues = 200

// Distinct returns the different texts of a column, most frequent first, at
// most 200: what a mapping of choices has to cover.
func (d *Desk) Distinct(ctx context.Context, id string, column int, s Settings) (out []CellValue, err error) {
	defer kernel.Wrap(&err, "intake.Distinct(%q, %d)", id, column)
	row, err := d.file(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := asFound(ctx, row, s); err != nil {
		return nil, err
	}
	book, err := d.open(row, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	t, err := book.Table(s.Sheet, sheet.Hint{HeaderRow: s.HeaderRow, HeaderRows: s.HeaderRows})
	if err != nil {
		return nil, err
	}
	if d.hidden(ctx, row.Owner, t, Kind{}, nil)(column) {
		return []CellValue{}, nil
	}
	counts := map[string]int{}
	for r, err := range book.Rows(t.Sheet) {
		if err != nil {
			break // the fault is told when the file is imported
		}
		text := clip(sheet.Tidy(r.Cell(column)))
		if rowKind(t, r) == sheet.Data && !sheet.Blank(text) && (counts[text] > 0 || len(counts) < 10*maxValues) {
			counts[text]++
		}
	}
	out = []CellValue{}
	for _, text := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, CellValue{text, counts[text]})
	}
	slices.SortStableFunc(out, func(a, b CellValue) int { return b.Count - a.Count })
	return out[:min(len(out), maxValues)], nil
}

// RunView is a run as its reader sees it.
type RunView struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	KindLabel   string   `json:"kind_label"`
	File        string   `json:"file"`
	FileName    string   `json:"file_name"`
	Sheet       string   `json:"sheet"`
	State       State    `json:"state" enum:"reading,deciding,staged,publishing,published,undoing,undone,cancelled,failed"`
	StateLabel  string   `json:"state_label"`
	Done        int64    `json:"done" doc:"rows of the present phase"`
	Total       int64    `json:"total" doc:"rows of the present phase; 0 = not yet counted"`
	Rate        float64  `json:"rate" doc:"rows per second of the present phase"`
	SecondsLeft int64    `json:"seconds_left" doc:"of the present phase; -1 = unknown"`
	Counts      Counts   `json:"counts"`
	Problem     string   `json:"problem,omitempty" doc:"why the run failed or was refused"`
	ProblemCode string   `json:"problem_code,omitempty"`
	Problems    []string `json:"problems" nullable:"false" doc:"the rows or objects concerned, at most 20"`
	Settings    Settings `json:"settings"`
	Headers     []string `json:"headers" nullable:"false"`
	Unit        string   `json:"unit"`
	Owner       string   `json:"owner"`
	OwnerName   string   `json:"owner_name" doc:"of who acted last"`
	StartedAt   int64    `json:"started_at"`
	PublishedAt int64    `json:"published_at,omitempty"`
	UndoneAt    int64    `json:"undone_at,omitempty"`
	UpdatedAt   int64    `json:"updated_at"`
	Version     int64    `json:"version"`
}

// view shows a run in lang at now (ms UTC).
func (d *Desk) view(r runRow, lang string, now int64) RunView {
	v := RunView{ID: r.ID, Kind: r.Kind, File: r.File, FileName: r.FileName, Sheet: r.Head.Sheet, State: r.State,
		StateLabel: d.Words.Say(lang, "intake.state_"+string(r.State)), Done: max(r.Done, d.liveDone(r.ID)), Total: r.Total, SecondsLeft: -1,
		Counts: r.Counts, Problems: []string{}, Settings: r.Settings, Headers: headers(r.Head), Unit: r.Unit, Owner: r.Owner, OwnerName: r.Actor.Name,
		StartedAt: r.StartedAt, PublishedAt: r.PublishedAt, UndoneAt: r.UndoneAt, UpdatedAt: r.UpdatedAt, Version: r.Version}
	if k, err := d.kind(r.Kind); err == nil {
		v.KindLabel = d.Words.Say(lang, k.Word)
	}
	for i, f := range r.Fault {
		if i == 0 {
			v.ProblemCode, v.Problem = f.Word, d.Words.Say(lang, f.Word, f.Args...)
			continue
		}
		v.Problems = append(v.Problems, d.Words.Say(lang, f.Word, f.Args...))
	}
	if spent := now - r.PhaseAt; r.State.busy() && spent > 0 && v.Done > 0 {
		v.Rate = float64(v.Done) * 1000 / float64(spent)
		v.SecondsLeft = int64(float64(v.Total-v.Done)/v.Rate + 0.5)
	}
	return v
}

// Get returns a run.
func (d *Desk) Get(ctx context.Context, id string) (v RunView, err error) {
	defer kernel.Wrap(&err, "intake.Get(%q)", id)
	run, now, err := d.see(ctx, id)
	if err != nil {
		return v, err
	}
	return d.view(run, httpapi.Lang(ctx), now), nil
}

// see loads a run that ctx's actor may read.
func (d *Desk) see(ctx context.Context, id string) (run runRow, now int64, err error) {
	err = d.DB.View(ctx, func(tx store.Tx) error {
		if run, err = getRun(ctx, tx, id); err != nil {
			return err
		}
		now = tx.Now.UnixMilli()
		return d.Gate.Allow(ctx, tx, "intake.read", resource(run.ID, run.Unit, run.Owner))
	})
	return run, now, err
}

// List returns the runs ctx's actor may read, newest first, after the one with
// id after ("" = from the newest).
func (d *Desk) List(ctx context.Context, after string, limit int) (out []RunView, err error) {
	defer kernel.Wrap(&err, "intake.List")
	lang := httpapi.Lang(ctx)
	err = d.DB.View(ctx, func(tx store.Tx) error {
		where, args, err := d.Gate.Filter(ctx, tx, "intake.read", "Run", "", 4)
		if err != nil {
			return err
		}
		tail := "WHERE zone = $1 AND ($2 = '' OR id < $2) AND (" + where + ") ORDER BY id DESC LIMIT $3"
		runs, err := store.Select[runRow](ctx, tx, tail, append([]any{tx.Zone, after, int64(limit)}, args...)...)
		for _, r := range runs {
			out = append(out, d.view(r, lang, tx.Now.UnixMilli()))
		}
		return err
	})
	return out, err
}

// RowView is one row of a run as its reader sees it.
type RowView struct {
	Number     int64     `json:"number" doc:"in the sheet, from 1"`
	Status     Status    `json:"status" enum:"new,changed,unchanged,merged,rejected,skipped,waiting"`
	Title      string    `json:"title"`
	Object     string    `json:"object,omitempty"`
	MergedInto int64     `json:"merged_into,omitempty" doc:"number of the earlier row"`
	Reasons    []Message `json:"reasons" nullable:"false"`
}

// Message is a reason or note in words.
type Message struct {
	Field      string `json:"field,omitempty"`
	FieldLabel string `json:"field_label,omitempty"`
	Code       string `json:"code"`
	Text       string `json:"text"`
}

// Rows returns the rows of a run after number after that have status ("" = any).
func (d *Desk) Rows(ctx context.Context, id string, status Status, after int64, limit int) (out []RowView, err error) {
	defer kernel.Wrap(&err, "intake.Rows(%q)", id)
	run, _, err := d.see(ctx, id)
	if err != nil {
		return nil, err
	}
	statuses := []Status{status}
	if status == "" {
		statuses = []Status{New, Changed, Unchanged, Merged, Rejected, Skipped, waiting}
	}
	run.Position = after
	lang := httpapi.Lang(ctx)
	kind, err := d.kind(run.Kind)
	if err != nil {
		return nil, err
	}
	err = d.DB.View(ctx, func(tx store.Tx) error {
		rows, err := nextRows(ctx, tx, run, limit, statuses...)
		for _, r := range rows {
			out = append(out, RowView{r.Number, r.Status, r.Title, r.Object, r.Into, d.messages(kind, lang, r)})
		}
		return err
	})
	return out, err
}

func (d *Desk) messages(kind Kind, lang string, r rowRow) []Message {
	out := []Message{}
	for _, x := range slices.Concat(r.Reasons, r.Notes) {
		m := Message{Field: x.Field, Code: x.Word, Text: d.Words.Say(lang, x.Word, x.Args...)}
		if f, ok := kind.field(x.Field); ok {
			m.FieldLabel = d.Words.Say(lang, f.Word)
		}
		out = append(out, m)
	}
	return out
}

// say joins messages for a cell of a workbook.
func say(lang string, messages []Message) string {
	parts := make([]string, len(messages))
	for i, m := range messages {
		parts[i] = m.Text
		if m.FieldLabel != "" {
			parts[i] = m.FieldLabel + ": " + m.Text
		}
	}
	if lang == words.English {
		return strings.Join(parts, "; ")
	}
	return strings.ReplaceAll(strings.Join(parts, "；"), ": ", "：")
}

// rejects walks the rejected rows of a run beside the file they came from.
type rejects struct {
	desk *Desk
	kind Kind
	run  runRow
	lang string
	book *sheet.Book
	pull func() (sheet.Row, error, bool)
	stop func()

	hidden func(column int) bool

	mu   sync.Mutex // a download may be broken off while rows are read
	over bool
}

// newRejects opens the file of a run. Close it after use.
func (d *Desk) newRejects(ctx context.Context, id string) (*rejects, error) {
	run, _, err := d.see(ctx, id)
	if err != nil {
		return nil, err
	}
	kind, err := d.kind(run.Kind)
	if err != nil {
		return nil, err
	}
	file, err := d.file(ctx, run.File)
	if err != nil {
		return nil, err
	}
	book, err := d.open(file, run.Settings)
	if err != nil {
		return nil, err
	}
	r := &rejects{desk: d, kind: kind, run: run, lang: httpapi.Lang(ctx), book: book}
	r.run.Position = 0
	r.hidden = d.hidden(ctx, file.Owner, run.Head, kind, run.Settings.Mapping)
	r.pull, r.stop = iter.Pull2(book.Rows(run.Head.Sheet))
	return r, nil
}

func (r *rejects) close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.over = true
	r.stop()
	return r.book.Close()
}

// columns are the headings of the workbook of rejected rows.
func (r *rejects) columns() []string {
	out := []string{r.desk.Words.Say(r.lang, "intake.column_row"), r.desk.Words.Say(r.lang, "intake.column_reason")}
	for _, c := range r.run.Head.Columns {
		name := c.Name
		if c.Unit != "" {
			name += "(" + c.Unit + ")"
		}
		out = append(out, name)
	}
	return out
}

// next returns the next rejected rows: number, reasons, cells as they were.
func (r *rejects) next(ctx context.Context) (out [][]any, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over {
		return nil, ctx.Err()
	}
	var rows []rowRow
	err = r.desk.DB.View(ctx, func(tx store.Tx) error {
		rows, err = nextRows(ctx, tx, r.run, batch, Rejected)
		return err
	})
	for _, row := range rows {
		cells := []any{row.Number, say(r.lang, r.desk.messages(r.kind, r.lang, row))}
		for i, c := range r.cells(row.Number) {
			if r.hidden(i) && c != "" {
				c = concealed
			}
			cells = append(cells, c)
		}
		out = append(out, cells)
		r.run.Position = row.Number
	}
	return out, err
}

// cells reads the file on to that row.
func (r *rejects) cells(number int64) []string {
	for {
		row, err, ok := r.pull()
		if !ok || err != nil || int64(row.Number) > number {
			return nil // the file's own fault is on the run
		}
		if int64(row.Number) == number {
			return row.Cells
		}
	}
}

// WriteRejected writes the workbook of a run's rejected rows: row number,
// reasons in the caller's language, and the cells as they were.
func (d *Desk) WriteRejected(ctx context.Context, id string, w io.Writer) (err error) {
	defer kernel.Wrap(&err, "intake.WriteRejected(%q)", id)
	r, err := d.newRejects(ctx, id)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	out, err := sheet.NewXLSXWriter(w, d.Words.Say(r.lang, "intake.sheet_rejected"), r.columns()...)
	if err != nil {
		return err
	}
	for {
		rows, err := r.next(ctx)
		if err != nil {
			return errors.Join(err, out.Close())
		}
		if len(rows) == 0 {
			return out.Close()
		}
		for _, cells := range rows {
			if err := out.WriteRow(cells...); err != nil {
				return errors.Join(fmt.Errorf("row %v: %w", cells[0], err), out.Close())
			}
		}
	}
}
