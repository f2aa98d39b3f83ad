package pipeline

import (
	"context"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// reckoner returns what clocks are reckoned with: the zone's calendar, and every
// version of its pipelines.
func (d *Desk) reckoner(ctx context.Context, tx store.Tx) (r Reckoner, err error) {
	defer kernel.Wrap(&err, "reckoner")
	r.Today = today(tx)
	if r.Calendar, err = calendar.Load(ctx, tx); err != nil {
		return r, err
	}
	r.Shipped = d.shipped
	r.Own, err = ownTracks(ctx, tx)
	return r, err
}

// onTrack gives k the pipeline its project follows today, and what its clocks
// are reckoned with.
func (d *Desk) onTrack(ctx context.Context, tx store.Tx, k *Docket) (err error) {
	k.clockwork, err = d.reckoner(ctx, tx)
	k.Track = k.clockwork.Track(k.Project, today(tx))
	return err
}

// ProjectClocks are the clocks of one project.
type ProjectClocks struct {
	Today      kernel.Date `json:"today"`
	Shelved    bool        `json:"shelved" doc:"its clocks run on, but nothing of it is due"`
	FirmUntil  kernel.Date `json:"firm_until" doc:"last day the calendar covers; later due days in working days are provisional"`
	Clocks     []Clock     `json:"clocks" doc:"along the pipeline"`
	WaitsOn    string      `json:"waits_on"`
	TrackName  string      `json:"track_name"`
	QuietDays  int         `json:"quiet_days" doc:"days since the last act"`
	QuietLimit int         `json:"quiet_limit" doc:"from how many days on it is shown as quiet"`
}

// Clocks returns how the spans of project id stand against their limits.
func (d *Desk) Clocks(ctx context.Context, id string) (out ProjectClocks, err error) {
	defer kernel.Wrap(&err, "pipeline.Clocks(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return out, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id, "pipeline.read")
		if err != nil {
			return err
		}
		lang := kernel.ActorOf(ctx).Lang
		rule, _ := d.thresholds.At(Quiet, k.clockwork.Today)
		out = ProjectClocks{Today: k.clockwork.Today, Shelved: k.Project.Stage == Shelved, FirmUntil: k.clockwork.Calendar.FirmUntil(), Clocks: k.clockwork.Clocks(k.Project, k.Milestones, lang),
			WaitsOn: k.Project.WaitsOn, TrackName: k.Track.Name(lang), QuietLimit: rule.Value}
		out.QuietDays, _ = kernel.DayOf(k.Project.UpdatedAt).DaysUntil(out.Today)
		return nil
	})
	return out, err
}

// readableBy returns the conditions of the projects the caller may do perm to.
func (d *Desk) readableBy(ctx context.Context, tx store.Tx, perm string) (*where, error) {
	w := &where{}
	w.add("zone = ?", tx.Zone)
	cond, args, err := d.gate.Filter(ctx, tx, perm, "Project", "pipeline_projects", len(w.args)+1)
	w.conds, w.args = append(w.conds, cond), append(w.args, args...)
	return w, err
}

// stalls narrows w to what stalls as kind says.
func (d *Desk) stalls(tx store.Tx, w *where, kind string) sortBy {
	if kind == StallQuiet {
		rule, _ := d.thresholds.At(Quiet, today(tx))
		w.quiet(today(tx).AddDays(-rule.Value).Start())
		return sortBy{name: "updated_at", columns: []string{"updated_at"}}
	}
	w.overdue(today(tx))
	return sortBy{name: "due_on", columns: []string{"due_on"}}
}

// Stalled returns one page of what stalls among the projects the caller may
// read, the longest overdue (or quiet) first, and the place to go on from.
func (d *Desk) Stalled(ctx context.Context, f StallFilter, after *Place, limit int) (out []Waiting, next *Place, err error) {
	defer kernel.Wrap(&err, "pipeline.Stalled(%s)", f.Kind)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		w, err := d.readableBy(ctx, tx, "pipeline.read")
		if err != nil {
			return err
		}
		for _, c := range []struct{ column, value string }{{"unit", f.Unit}, {"owner", f.Owner}, {"platform", f.Platform}} {
			if c.value != "" {
				w.add(c.column+" = ?", c.value)
			}
		}
		s := d.stalls(tx, w, f.Kind)
		w.keyset(s, after)
		rows, err := page(ctx, tx, w, s, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			last := rows[limit-1]
			rows, next = rows[:limit], &Place{S: last.DueOn, ID: last.ID}
			if f.Kind == StallQuiet {
				next = &Place{N: last.UpdatedAt, ID: last.ID}
			}
		}
		out, err = d.waitings(ctx, tx, rows)
		return err
	})
	return out, next, err
}

// waitings describes projects as somebody's matters.
func (d *Desk) waitings(ctx context.Context, tx store.Tx, rows []Project) ([]Waiting, error) {
	out := []Waiting{}
	if len(rows) == 0 {
		return out, nil
	}
	r, err := d.reckoner(ctx, tx)
	if err != nil {
		return nil, err
	}
	named, err := names(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	all, err := dockets(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	for i, k := range all {
		k.Track, k.UnitName, k.OwnerName = r.Track(k.Project, r.Today), named[i].UnitName, named[i].OwnerName
		out = append(out, k.waiting(r, tx.Now.UnixMilli(), kernel.ActorOf(ctx).Lang))
	}
	return out, nil
}

// StalledUnits counts what stalls by department among the projects the caller
// may read.
func (d *Desk) StalledUnits(ctx context.Context) (out []UnitStall, err error) {
	defer kernel.Wrap(&err, "pipeline.StalledUnits")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		counts := map[string]map[string]UnitStall{}
		for _, kind := range StallKinds() {
			w, err := d.readableBy(ctx, tx, "pipeline.read")
			if err != nil {
				return err
			}
			d.stalls(tx, w, kind)
			if counts[kind], err = byUnit(ctx, tx, w); err != nil {
				return err
			}
		}
		units, err := access.Units(ctx, tx)
		named := map[string]string{}
		for _, u := range units {
			named[u.ID] = u.Name(kernel.ActorOf(ctx).Lang)
		}
		out = foldUnits(counts[StallOverdue], counts[StallQuiet], named)
		return err
	})
	return out, err
}

// Mine returns what waits for the caller: signatures, what is late or soon will
// be of what the caller may move forward, what came back, and what lacks papers;
// at most so many of each block, or of the block only alone.
func (d *Desk) Mine(ctx context.Context, only string, most int) (m Mine, err error) {
	defer kernel.Wrap(&err, "pipeline.Mine")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return m, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		m = Mine{Today: today(tx), Blocks: []MineBlock{}, Rules: Thresholds{}}
		for _, id := range []string{DueSoon, Quiet} {
			if rule, ok := d.thresholds.At(id, m.Today); ok {
				m.Rules = append(m.Rules, rule)
			}
		}
		soon, err := d.soon(ctx, tx)
		if err != nil {
			return err
		}
		me := kernel.ActorOf(ctx)
		for _, b := range []struct {
			id, perm, order string
			narrow          func(w *where) bool
		}{
			{MineSignatures, "pipeline.sign", "due_on = '', due_on, id", func(w *where) bool { return w.waitsOn(me.Roles) }},
			{MineOverdue, "pipeline.advance", "due_on, id", func(w *where) bool { w.overdue(m.Today); return true }},
			{MineDueSoon, "pipeline.advance", "due_on, id", func(w *where) bool {
				w.add("due_on <> '' AND due_on >= ? AND due_on <= ?", string(m.Today), string(soon))
				return true
			}},
			{MineReturned, "pipeline.advance", "updated_at DESC, id", func(w *where) bool {
				w.add("owner = ? AND reason <> '' AND stage NOT IN ('lost', 'terminated', 'shelved')", me.ID)
				return true
			}},
			{MineMissing, "pipeline.evidence", "missing DESC, id", func(w *where) bool {
				w.add("owner = ? AND missing > ? AND stage NOT IN ('lost', 'terminated')", me.ID, int64(0))
				return true
			}},
		} {
			if only != "" && b.id != only {
				continue
			}
			block, err := d.block(ctx, tx, b.id, b.perm, b.order, most, b.narrow)
			if err != nil {
				return err
			}
			m.Blocks = append(m.Blocks, block)
		}
		return nil
	})
	return m, err
}

// waitsOn narrows w to what waits for one of roles; false when none of them signs.
func (w *where) waitsOn(roles []string) bool {
	roles = slices.DeleteFunc(slices.Clone(roles), func(r string) bool { return !slices.Contains(signerRoles(), r) })
	if len(roles) > 0 {
		w.in("waits_on", roles)
		w.add("waits_on <> '' AND waits_on <> 'owner'") // as the index has it: an engine does not look into the roles
	}
	return len(roles) > 0
}

// soon is the last day on which what is due counts as due soon.
func (d *Desk) soon(ctx context.Context, tx store.Tx) (kernel.Date, error) {
	c, err := calendar.Load(ctx, tx)
	rule, _ := d.thresholds.At(DueSoon, today(tx))
	soon, _ := c.AddWorkingDays(today(tx), rule.Value)
	return soon, err
}

// block counts what narrow leaves of what the caller may do perm to and
// describes the first of them, at most so many.
func (d *Desk) block(ctx context.Context, tx store.Tx, id, perm, order string, most int, narrow func(w *where) bool) (b MineBlock, err error) {
	b = MineBlock{ID: id, Items: []Waiting{}}
	if d.gate.Require(ctx, perm) != nil {
		return b, nil
	}
	w, err := d.readableBy(ctx, tx, perm)
	if err != nil || !narrow(w) {
		return b, err
	}
	if b.Count, err = counted(ctx, tx, w); err != nil || b.Count == 0 {
		return b, err
	}
	rows, err := first(ctx, tx, w, order, most)
	if err != nil {
		return b, err
	}
	b.Items, err = d.waitings(ctx, tx, rows)
	return b, err
}

// reckonBatch is how many projects are reckoned at a time.
const reckonBatch = 200

// Reckon reckons the due day and the holder of every open project anew, as is
// needed when the calendar, a pipeline or the day has changed, and records an
// act of the program for each project in which something did. Such an act is no
// work on the project: its version and the time of its last change stay. When
// nothing they are reckoned from has changed since they were found right, no
// project is read.
func (d *Desk) Reckon(ctx context.Context) (changed int, err error) {
	defer kernel.Wrap(&err, "pipeline.Reckon")
	if err := d.gate.Require(ctx, "pipeline.amend"); err != nil {
		return 0, err
	}
	var pass pass
	for after := ""; ; {
		var found []string
		err = d.db.View(ctx, func(tx store.Tx) error {
			found = nil
			if pass.sees(tx.Zone, tx.Epoch(), today(tx)); after == "" && d.passes.idle(pass) {
				return nil
			}
			rows, err := reckonable(ctx, tx, after, reckonBatch)
			if err != nil || len(rows) == 0 {
				after = ""
				return err
			}
			after = rows[len(rows)-1].ID
			acts, err := d.reckonings(ctx, tx, rows)
			for _, a := range acts {
				found = append(found, strings.TrimPrefix(a.Object, Object("")))
			}
			return err
		})
		if err != nil {
			return changed, err
		}
		if len(found) > 0 {
			n, err := d.rereckon(ctx, found)
			if changed += n; err != nil {
				return changed, err
			}
		}
		if after == "" {
			d.passes.ended(pass, changed)
			return changed, nil
		}
	}
}

// rereckon decides the projects ids once more and records what has changed.
func (d *Desk) rereckon(ctx context.Context, ids []string) (n int, err error) {
	err = d.db.Update(ctx, func(tx store.Tx) error {
		w := &where{}
		w.add("zone = ?", tx.Zone)
		w.in("id", ids)
		rows, err := chosen(ctx, tx, w)
		if err != nil {
			return err
		}
		acts, err := d.reckonings(ctx, tx, rows)
		if err != nil {
			return err
		}
		n = len(acts)
		return journal.RecordAll(ctx, tx, acts)
	})
	return n, err
}

// reckonings are the acts by which projects whose due day or holder has changed
// are put right.
func (d *Desk) reckonings(ctx context.Context, tx store.Tx, rows []Project) ([]journal.Act, error) {
	r, err := d.reckoner(ctx, tx)
	if err != nil {
		return nil, err
	}
	all, err := dockets(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	var acts []journal.Act
	for _, k := range all {
		was := k.Project
		k.Track = r.Track(was, r.Today)
		k.reckon(r)
		if k.Project == was {
			continue
		}
		k.Project.ReckonedAt = max(tx.Now.UnixMilli(), was.ReckonedAt+1) // with the version it names one state for ever
		acts = append(acts, journal.Act{Verb: "pipeline.reckoned", Object: Object(was.ID),
			Detail:  map[string]any{"was": was.DueOn, "due_on": k.Project.DueOn, "provisional": k.Project.DueProvisional, "waits_on": k.Project.WaitsOn},
			Changes: []journal.Change{journal.Put(k.Project)}})
	}
	return acts, nil
}
