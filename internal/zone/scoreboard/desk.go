package scoreboard

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// Desk is where figures are asked for. It keeps one fold per zone in memory,
// brought up to the last sequenced entry at each question.
type Desk struct {
	db    *store.DB
	gate  *access.Gate
	book  words.Book
	pace  Pace
	mu    sync.Mutex
	folds map[string]*keeper // by zone
}

// Pace gives the zone's pipelines, their limits and its calendar.
type Pace func(ctx context.Context, tx store.Tx) (pipeline.Reckoner, error)

// keeper guards the fold of one zone.
type keeper struct {
	mu    sync.RWMutex
	fold  *fold
	asked atomic.Int64 // when a figure was last asked for, ms UTC
}

// idle is after how many ms without a question a zone's fold is let go: in a
// zone where nobody looks at figures it costs neither time nor memory.
const idle = 60 * 60 * 1000

// NewDesk returns the desk; book says figures' reasons and headings, pace by
// which stages and limits a project goes.
func NewDesk(db *store.DB, gate *access.Gate, book words.Book, pace Pace) *Desk {
	return &Desk{db: db, gate: gate, book: book, pace: pace, folds: map[string]*keeper{}}
}

func (d *Desk) keeper(zone string) *keeper {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.folds[zone] == nil {
		d.folds[zone] = &keeper{fold: newFold()}
	}
	return d.folds[zone]
}

// catchUp folds in what was sequenced since. Another question may have seen a
// later moment already: then there is nothing to do.
func (k *keeper) catchUp(ctx context.Context, tx store.Tx) (err error) {
	defer kernel.Wrap(&err, "scoreboard.catchUp(%s)", tx.Zone)
	head, err := journal.Head(ctx, tx)
	if errors.Is(err, kernel.ErrNotFound) {
		return nil // nothing sequenced yet
	}
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if head.Size <= k.fold.seq+1 {
		return nil
	}
	return journal.Follow(ctx, tx, k.fold.seq, tables(), func(s journal.Followed) error {
		rows := make([]stepRow, len(s.Rows))
		for i, r := range s.Rows {
			rows[i] = stepRow{r.Table, r.Key, r.After, r.Gone()}
		}
		return k.fold.apply(step{s.Seq, s.ID, s.At, rows})
	})
}

// Warm brings the fold of the context's zone up to date while figures are asked
// for, so that no question but the first waits for more than the last minute's
// acts. When nobody has asked for an hour it lets the fold go.
func (d *Desk) Warm(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "scoreboard.Warm")
	k, now := d.keeper(kernel.ActorOf(ctx).Zone), d.db.Now().UnixMilli()
	if now-k.asked.Load() > idle {
		k.letGo(now)
		return nil
	}
	return d.db.View(ctx, func(tx store.Tx) error { return k.catchUp(ctx, tx) })
}

// letGo forgets the fold, unless somebody has asked just now; the next question
// makes it anew.
func (k *keeper) letGo(now int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now-k.asked.Load() > idle && k.fold.seq >= 0 {
		k.fold = newFold()
	}
}

// survey settles q for the context's actor and calls fn with the survey that
// answers it.
func (d *Desk) survey(ctx context.Context, q Query, fn func(tx store.Tx, s *survey, forced bool) error) error {
	if err := d.gate.Require(ctx, "scoreboard.read"); err != nil {
		return err
	}
	return d.db.View(ctx, func(tx store.Tx) error {
		q, err := q.settle(kernel.DayOf(tx.Now.UnixMilli()))
		if err != nil {
			return err
		}
		units, unit, forced, err := d.units(ctx, tx, q.Unit)
		if err != nil {
			return err
		}
		q.Unit = unit
		pace, err := d.pace(ctx, tx)
		if err != nil {
			return err
		}
		pace.Today = q.AsOf
		all, err := definitions(ctx, tx)
		if err != nil {
			return err
		}
		k := d.keeper(tx.Zone)
		k.asked.Store(tx.Now.UnixMilli())
		if err := k.catchUp(ctx, tx); err != nil {
			return err
		}
		k.mu.RLock()
		defer k.mu.RUnlock()
		s := &survey{f: k.fold, scope: scope{q.Platform, units}, q: q, defs: inForce(all, q.Until, endOf(dayOf(q.AsOf))), seen: map[int64]*sight{},
			pace: k.fold.pacer(pace), book: d.book, lang: kernel.ActorOf(ctx).Lang}
		return fn(tx, s, forced)
	})
}

// units says whose figures the actor is shown: those of asked and the units
// below it, without asked the zone's (nil). Who may not see those is shown the
// own unit's and told so. A unit nobody knows has none.
func (d *Desk) units(ctx context.Context, tx store.Tx, asked string) (units []string, unit string, forced bool, err error) {
	all, err := access.Units(ctx, tx)
	if err != nil {
		return nil, "", false, err
	}
	may := func(unit string) bool { return d.gate.Allow(ctx, tx, "scoreboard.read", board(unit)) == nil }
	whole := asked
	if asked == "" {
		whole = zoneOf(all)
	}
	if !may(whole) {
		own := kernel.ActorOf(ctx).Unit
		return []string{own}, own, true, d.gate.Allow(ctx, tx, "scoreboard.read", board(own))
	}
	if asked == "" {
		return nil, "", false, nil
	}
	if !slices.ContainsFunc(all, func(u access.Unit) bool { return u.ID == asked }) {
		return []string{}, unknownUnit, false, nil
	}
	below, err := access.Subtree(ctx, tx, asked)
	units = []string{}
	for _, u := range below {
		if may(u) {
			units = append(units, u)
		}
	}
	return units, asked, false, err
}

// unknownUnit stands for a unit the zone does not have: its figures are none,
// and are not taken for the zone's.
const unknownUnit = "?"

// board is the scoreboard of unit as the access policies see it.
func board(unit string) access.Resource {
	return access.Resource{Type: "Board", ID: unit, Unit: unit}
}

// zoneOf is the unit of the zone itself.
func zoneOf(all []access.Unit) string {
	for _, u := range all {
		if u.Kind == access.ZoneUnit {
			return u.ID
		}
	}
	return ""
}

// Ask counts every figure of q.
func (d *Desk) Ask(ctx context.Context, q Query) (b Board, err error) {
	defer kernel.Wrap(&err, "scoreboard.Ask")
	err = d.survey(ctx, q, func(_ store.Tx, s *survey, forced bool) error {
		b = s.board()
		b.Unit, b.UnitForced = s.q.Unit, forced
		return nil
	})
	return b, err
}

// Series counts what the plots show of q's period.
func (d *Desk) Series(ctx context.Context, q Query) (out Series, err error) {
	defer kernel.Wrap(&err, "scoreboard.Series")
	err = d.survey(ctx, q, func(_ store.Tx, s *survey, _ bool) error {
		out, err = s.series()
		return err
	})
	return out, err
}

// Records returns the records behind a part of figure id, newest first, as far
// as the actor may open them, and how many there are.
func (d *Desk) Records(ctx context.Context, q Query, id, part string, place *Spot, limit int) (out Records, next *Spot, err error) {
	defer kernel.Wrap(&err, "scoreboard.Records(%s)", id)
	if err := checkPart(part); err != nil {
		return out, nil, err
	}
	err = d.survey(ctx, q, func(tx store.Tx, s *survey, _ bool) error {
		def, err := find(s.defs, id)
		if err != nil {
			return err
		}
		out.Version = def.Version
		t := s.ask(def, s.q.Kind == pipeline.KindExpansion).tally()
		refs := t.part(part)
		out.Total = int64(len(refs))
		may, err := d.among(ctx, tx, s.f, refs)
		if err != nil {
			return err
		}
		open := []ref{}
		for _, r := range refs {
			if may[s.f.id(r)] {
				open = append(open, r)
			}
		}
		out.Hidden = out.Total - int64(len(open))
		open = after(open, place)
		if len(open) > limit {
			open = open[:limit]
			at := open[limit-1].spot()
			next = &at
		}
		out.Items, err = d.read(ctx, tx, s.f, open)
		return err
	})
	return out, next, err
}

// among returns which of the objects behind refs the actor may read.
func (d *Desk) among(ctx context.Context, tx store.Tx, f *fold, refs []ref) (map[string]bool, error) {
	var projects, activities []string
	seen := map[string]bool{}
	for _, r := range refs {
		id := f.id(r)
		switch {
		case seen[id]:
		case r.kind == refActivity:
			activities = append(activities, id)
		default:
			projects = append(projects, id)
		}
		seen[id] = true
	}
	may, err := pipeline.Among(ctx, tx, d.gate, projects)
	if err != nil {
		return nil, err
	}
	held, err := work.Among(ctx, tx, d.gate, activities)
	for id := range held {
		may[id] = true
	}
	return may, err
}

// read fills in what the database knows of a page of refs the actor may read.
func (d *Desk) read(ctx context.Context, tx store.Tx, f *fold, refs []ref) ([]Record, error) {
	var projects, activities []string
	var leaves []int64
	for _, r := range refs {
		leaves = append(leaves, r.seq)
		if r.kind == refActivity {
			activities = append(activities, f.id(r))
		} else {
			projects = append(projects, f.id(r))
		}
	}
	entries, err := journal.Places(ctx, tx, leaves)
	if err != nil {
		return nil, err
	}
	found, err := pipeline.Several(ctx, tx, projects)
	if err != nil {
		return nil, err
	}
	held, err := work.Among(ctx, tx, d.gate, activities)
	if err != nil {
		return nil, err
	}
	out := []Record{}
	for _, r := range refs {
		rec := f.record(r, entries[r.seq])
		if p, ok := found[rec.ID]; ok {
			rec.Code, rec.Name, rec.Investor, rec.Stage, rec.Unit = p.Code, p.Name, p.InvestorName, string(p.Stage), p.Unit
		}
		if a, ok := held[rec.ID]; ok {
			rec.Code, rec.Name, rec.Unit = a.No, a.Name, a.Unit
		}
		out = append(out, rec)
	}
	return out, nil
}
