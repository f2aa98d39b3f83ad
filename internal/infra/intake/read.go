package intake

import (
	"context"
	"errors"
	"hash/maphash"
	"maps"
	"slices"

	"sente/internal/infra/sheet"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// read takes a run through the phase reading.
func (d *Desk) read(ctx context.Context, kind Kind, run runRow) (err error) {
	defer kernel.Wrap(&err, "intake.read(%s)", run.ID)
	var file fileRow
	err = d.DB.View(ctx, func(tx store.Tx) error {
		file, err = store.Get[fileRow](ctx, tx, "zone = $1 AND id = $2", tx.Zone, run.File)
		return err
	})
	if err != nil {
		return err
	}
	book, err := d.open(file, run.Settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	if run.Total == 0 {
		if err := d.survey(ctx, book, kind, &run); err != nil {
			return err
		}
	}
	p, err := newParser(kind, run.Settings, run.Head, d.Words)
	if err != nil {
		return err
	}
	if err := d.readRows(ctx, book, kind, p, &run); err != nil {
		return err
	}
	return d.step(ctx, &run, func(tx store.Tx, run *runRow) error {
		rejected, err := unread(ctx, tx, run.ID)
		run.enter(Deciding, tx) // nothing is left to decide where rows were decided as they were read
		run.Total -= run.Counts.Merged + rejected + run.Counts.Skipped
		return err
	})
}

// survey passes over the whole file once: it counts the rows and settles the
// order of day and month column by column, or ends the run by asking for it.
func (d *Desk) survey(ctx context.Context, book *sheet.Book, kind Kind, run *runRow) error {
	scans := map[int]*sheet.OrderScan{}
	p, err := newParser(kind, run.Settings, run.Head, d.Words)
	if err != nil {
		return err
	}
	for i, s := range p.sources {
		if s.Type == Day && s.from.Constant == "" && s.from.Order == sheet.AnyOrder {
			scans[i] = &sheet.OrderScan{}
		}
	}
	total := int64(0)
	for r, err := range book.Rows(run.Head.Sheet) {
		if err != nil {
			return err
		}
		if rowKind(run.Head, r) == sheet.BlankRow {
			continue
		}
		total++
		for i, scan := range scans {
			scan.Add(r.Cell(p.sources[i].from.Column))
		}
	}
	orders := map[string]sheet.DateOrder{}
	for i, scan := range scans {
		order, ask := scan.Order()
		if ask {
			s := p.sources[i]
			return kernel.FieldFault(s.ID, "intake.date_order", words.Key(s.Word), sheet.ColumnName(s.from.Column))
		}
		orders[p.sources[i].ID] = order
	}
	return d.step(ctx, run, func(_ store.Tx, run *runRow) error {
		run.Total = total
		for i := range run.Settings.Mapping {
			if order := orders[run.Settings.Mapping[i].Field]; order != sheet.AnyOrder {
				run.Settings.Mapping[i].Order = order
			}
		}
		return nil
	})
}

// rowKind classifies r; what stands above the table counts as blank, a row that
// cannot be read as data.
func rowKind(t sheet.Table, r sheet.Row) sheet.RowKind {
	switch {
	case r.Number < t.HeaderRow+t.HeaderRows:
		return sheet.BlankRow
	case r.Fault != nil:
		return sheet.Data
	}
	return t.Kind(r)
}

// readRows stages the rows after the run's position. The next batch is read
// while one is stored. Rows are decided at once as long as no later row changes
// an earlier one; from then on all wait until the file is read.
func (d *Desk) readRows(ctx context.Context, book *sheet.Book, kind Kind, p *parser, run *runRow) error {
	seen, pending, err := d.keysOf(ctx, *run)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	batches, unread := make(chan []rowRow, 1), make(chan error, 1)
	from := *run // run changes while the batches are stored
	go func() {
		defer close(batches)
		unread <- unbroken(func() error { return readBatches(ctx, book, kind, p, &from, batches) })
	}()
	defer func() { // the book is in use until the reader has ended
		cancel()
		for range batches {
		}
	}()
	for rows := range batches {
		var s staging
		err := d.step(ctx, run, func(tx store.Tx, run *runRow) (err error) {
			s, err = d.stage(ctx, tx, kind, run, rows, seen, pending)
			return err
		})
		if err != nil {
			return err
		}
		seen.add(s.rows)
		pending = s.pending
	}
	return <-unread
}

// readBatches sends the rows of book after run's position, a batch at a time.
// What was read before an error is sent too.
func readBatches(ctx context.Context, book *sheet.Book, kind Kind, p *parser, run *runRow, to chan<- []rowRow) error {
	var rows []rowRow
	send := func() error {
		if len(rows) == 0 {
			return nil
		}
		select {
		case to <- rows:
			rows = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for r, err := range book.Rows(run.Head.Sheet) {
		if err != nil {
			return errors.Join(send(), err)
		}
		if int64(r.Number) <= run.Position {
			continue
		}
		what := rowKind(run.Head, r)
		if what == sheet.BlankRow {
			continue
		}
		rows = append(rows, newRow(kind, p, run, r, what))
		if len(rows) == batch {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return send()
}

// keys tell which rows staged so far may have a key, so that the database is
// asked only about those that come again: by hash, 16 bytes of a key each. Two
// keys with one hash cost a question in vain.
type keys struct {
	seed maphash.Seed
	held map[uint64]int64   // the first row's number
	more map[uint64][]int64 // of other keys with the same hash
}

// keysOf are the keys of the rows that a run has staged already; pending tells
// that some of them are not decided.
func (d *Desk) keysOf(ctx context.Context, run runRow) (k keys, pending bool, err error) {
	k = keys{maphash.MakeSeed(), map[uint64]int64{}, map[uint64][]int64{}}
	if run.Position == 0 {
		return k, false, nil
	}
	err = d.DB.View(ctx, func(tx store.Tx) error {
		clear(k.held)
		clear(k.more)
		if pending, err = waits(ctx, tx, run.ID); err != nil {
			return err
		}
		return eachKey(ctx, tx, run.ID, k.note)
	})
	return k, pending, err
}

// note remembers that the row with number stands for key.
func (k keys) note(key string, number int64) {
	h := maphash.String(k.seed, key)
	if _, held := k.held[h]; held {
		k.more[h] = append(k.more[h], number)
		return
	}
	k.held[h] = number
}

// add notes the keys of rows that stand for one.
func (k keys) add(rows []rowRow) {
	for _, r := range rows {
		if r.Key != "" && r.stands() {
			k.note(r.Key, r.Number)
		}
	}
}

// among returns the numbers of the rows that may have a key of rows.
func (k keys) among(rows []rowRow) (again []int64) {
	for _, r := range rows {
		if r.Key == "" {
			continue
		}
		h := maphash.String(k.seed, r.Key)
		if n, held := k.held[h]; held {
			again = append(append(again, n), k.more[h]...)
		}
	}
	slices.Sort(again)
	return slices.Compact(again)
}

// newRow reads one row of the sheet.
func newRow(kind Kind, p *parser, run *runRow, r sheet.Row, what sheet.RowKind) rowRow {
	row := rowRow{Zone: run.Zone, Run: run.ID, Number: int64(r.Number), Title: p.title(r)}
	if what != sheet.Data {
		row.Status, row.Title = Skipped, firstText(r)
		row.Reasons = because(kernel.Fault{Kind: kernel.ErrInvalid, Word: "intake.skipped_" + string(what)})
		return row
	}
	values, faults, notes := p.row(r)
	if kind.Check != nil && len(faults) == 0 {
		faults = because(kind.Check(values)...)
	}
	if len(faults) > 0 {
		row.Status, row.Reasons = Rejected, faults
		return row
	}
	row.Status, row.Vals, row.Notes, row.Key = waiting, values, notes, kind.Key(values)
	return row
}

// staging is what became of a batch that was read.
type staging struct {
	rows    []rowRow
	pending bool // the run has rows that are not decided
}

// stage stores a batch of rows, merging those whose key an earlier row has, and
// unless others are pending decides them.
func (d *Desk) stage(ctx context.Context, tx store.Tx, kind Kind, run *runRow, rows []rowRow, seen keys, pending bool) (s staging, err error) {
	again := seen.among(rows)
	if s.pending = pending || len(again) > 0 && run.Settings.Duplicates != "reject"; s.pending && !pending {
		if err := undecide(ctx, tx, run); err != nil { // as if the file had been read to its end first
			return s, err
		}
	}
	earlier, err := withNumbers(ctx, tx, run.ID, again)
	if err != nil {
		return s, err
	}
	first := map[string]*rowRow{}
	for i := range earlier {
		first[earlier[i].Key] = &earlier[i]
	}
	s.rows = slices.Clone(rows) // the function may run again: rows stay as they are
	changed := map[int64]*rowRow{}
	for i := range s.rows {
		row := &s.rows[i]
		changed[row.Number] = row
		if row.Status != waiting || row.Key == "" {
			continue
		}
		if before := first[row.Key]; before != nil {
			merge(kind, run.Settings.Duplicates, before, row)
			changed[before.Number] = before
			continue
		}
		first[row.Key] = row
	}
	if !s.pending {
		if err := d.decideRead(ctx, tx, kind, *run, s.rows); err != nil {
			return s, err
		}
	}
	out := make([]store.Row, 0, len(changed))
	for _, number := range slices.Sorted(maps.Keys(changed)) { // in the order of the index
		out = append(out, *changed[number])
	}
	for _, r := range s.rows {
		if r.Status != waiting {
			run.Counts.add(r)
		}
	}
	run.Position, run.Done = rows[len(rows)-1].Number, run.Done+int64(len(rows))
	return s, store.Put(ctx, tx, out...)
}

// decideRead decides those of rows that wait.
func (d *Desk) decideRead(ctx context.Context, tx store.Tx, kind Kind, run runRow, rows []rowRow) error {
	var open []rowRow
	var at []int
	for i, r := range rows {
		if r.Status == waiting {
			open, at = append(open, r), append(at, i)
		}
	}
	if len(open) == 0 {
		return nil
	}
	verdicts, err := d.verdicts(ctx, tx, kind, run, open)
	for i, v := range verdicts {
		rows[at[i]].take(v)
	}
	return err
}

// merge puts row into before, which has the same key.
func merge(kind Kind, policy string, before, row *rowRow) {
	if policy == "reject" {
		row.Status, row.Vals = Rejected, nil
		row.Reasons = because(kernel.Fault{Kind: kernel.ErrInvalid, Word: "intake.duplicate", Args: []any{before.Number}})
		return
	}
	into := kernel.Fault{Kind: kernel.ErrInvalid, Word: "intake.merged_into", Args: []any{before.Number}}
	if kind.Merge != nil && policy != "later" {
		joined, notes, reject := kind.Merge(before.row(), row.row())
		if len(reject) > 0 {
			row.Status, row.Vals, row.Reasons = Rejected, nil, because(reject...)
			return
		}
		row.Status, row.Into, row.Reasons = Merged, before.Number, because(append([]kernel.Fault{into}, notes...)...)
		before.Vals, row.Vals = joined, nil
		return
	}
	row.Status, row.Into, row.Reasons = Merged, before.Number, because(into)
	merged := Values{}
	for id, v := range before.Vals {
		merged[id] = v
	}
	split := contradicted(kind, before.Vals, row.Vals)
	for _, f := range kind.Fields {
		v, stated := row.Vals[f.ID]
		have, had := merged[f.ID]
		if f.Group != "" && split[f.Group] {
			had = true
			if !stated && policy == "later" {
				delete(merged, f.ID)
			}
		}
		if !stated || had && same(f, have, v) {
			continue
		}
		if had {
			row.Reasons = append(row.Reasons, conflict(f, policy, have, v))
		}
		if !had || policy == "later" {
			merged[f.ID] = v
		}
	}
	before.Vals, row.Vals = merged, nil
}

// contradicted returns the groups of fields in which later states something
// else than first does.
func contradicted(kind Kind, first, later Values) map[string]bool {
	out := map[string]bool{}
	for _, f := range kind.Fields {
		if f.Group != "" && first.Has(f.ID) && later.Has(f.ID) && !same(f, first[f.ID], later[f.ID]) {
			out[f.Group] = true
		}
	}
	return out
}

// stands reports whether r stands for its key; see standing.
func (r rowRow) stands() bool {
	return r.Status != Merged && r.Status != Skipped && (r.Status != Rejected || len(r.Vals) > 0)
}

// row is r as a Kind sees it.
func (r rowRow) row() Row { return Row{int(r.Number), r.Key, r.Vals} }

// same reports whether two cells state the same, however written.
func same(f Field, a, b Value) bool {
	a.Text, b.Text = sheet.Plain(a.Text), sheet.Plain(b.Text)
	switch f.Type {
	case Money, Day, Int:
		a.Text, b.Text = "", ""
	}
	return a == b
}

// conflict says which of two values was kept; personal data are not repeated.
func conflict(f Field, policy string, have, v Value) Reason {
	kept, dropped := have.Text, v.Text
	if policy == "later" {
		kept, dropped = dropped, kept
	}
	if f.Personal {
		kept, dropped = concealed, concealed
	}
	return Reason{kernel.Fault{Kind: kernel.ErrInvalid, Word: "intake.conflict", Args: []any{clip(kept), clip(dropped)}, Field: f.ID}}
}
