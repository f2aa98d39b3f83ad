package pipeline

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// edition is one state of a project: a project, its version and the last
// reckoning name one content for ever.
type edition struct {
	id                string
	version, reckoned int64
}

// listed is a row of a list as an index holds it.
type listed struct {
	edition
	at Place
}

// maxBranches bounds the parts a page is put together from; beyond it the rows
// are sorted instead.
const maxBranches = 24

// branches splits what s may see of f into parts, none of which overlaps another
// and each of which an index holds in the order of the list: one department or
// official, and one stage, each. nil when that would be too many.
func branches(zone string, f settledFilter, s access.Sight) []*where {
	stages := f.Stages
	f.Stages = nil
	base := matching(zone, f)
	parts := []*where{base}
	if !s.All {
		parts = nil
		for _, u := range s.Units {
			w := base.fork()
			w.add("unit = ?", u)
			parts = append(parts, w)
		}
		for _, o := range s.Owners {
			w := base.fork()
			w.ownedOutside(zone, o, s.Units)
			parts = append(parts, w)
		}
	}
	if len(stages) == 0 {
		return within(parts)
	}
	var out []*where
	for _, w := range parts {
		for _, stage := range stages {
			b := w.fork()
			b.add("stage = ?", stage)
			out = append(out, b)
		}
	}
	return within(out)
}

// ownedOutside narrows w to what owner is responsible for outside of units. The
// tallies know whether there is any: mostly not, and then nothing is read of
// what owner has within them.
func (w *where) ownedOutside(zone, owner string, units []string) {
	if len(units) == 0 {
		w.add("owner = ?", owner)
		return
	}
	outside := "IN (" + strings.TrimSuffix(strings.Repeat("?, ", len(units)), ", ") + ")"
	args := []any{zone, owner}
	for _, u := range units {
		args = append(args, u)
	}
	w.add("owner = (SELECT t.owner FROM pipeline_tallies t WHERE t.zone = ? AND t.owner = ? AND t.unit NOT "+outside+" AND t.n <> 0 LIMIT 1)", args...)
	w.in("unit NOT", units)
}

func within(parts []*where) []*where {
	if len(parts) > maxBranches {
		return nil
	}
	return parts
}

// fork returns a copy to which conditions can be added.
func (w *where) fork() *where { return &where{w.only, slices.Clone(w.conds), slices.Clone(w.args)} }

// renumbered returns w's conditions with its parameters numbered after those in
// front of it.
func (w *where) renumbered(before int) string {
	tail := w.tail()
	if before == 0 {
		return tail
	}
	var b strings.Builder
	for {
		text, rest, more := strings.Cut(tail, "$")
		b.WriteString(text)
		if !more {
			return b.String()
		}
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, _ := strconv.Atoi(rest[:digits]) // add writes nothing else after a $
		b.WriteString("$" + strconv.Itoa(before+n))
		tail = rest[digits:]
	}
}

// pageOf returns at most limit rows that any of parts lets through, after the
// place after, in the order s.
func pageOf(ctx context.Context, tx store.Tx, parts []*where, s sortBy, after *Place, limit int) (out []listed, err error) {
	defer kernel.Wrap(&err, "pipeline.pageOf(%d parts)", len(parts))
	if len(parts) == 0 {
		return nil, nil
	}
	columns := "id, version, reckoned_at, " + strings.Join(s.columns, ", ")
	var args []any
	var texts []string
	for _, w := range parts {
		w = w.fork()
		w.keyset(s, after)
		texts, args = append(texts, "SELECT "+columns+" FROM pipeline_projects "+w.renumbered(len(args))), append(args, w.args...)
	}
	args = append(args, int64(limit))
	query := strings.Join(texts, " UNION ALL ") + s.order() + " LIMIT $" + strconv.Itoa(len(args)) // both engines merge the parts and read no more of each than they need
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var l listed
		if err := rows.Scan(append([]any{&l.id, &l.version, &l.reckoned}, s.targets(&l.at)...)...); err != nil {
			return nil, err
		}
		l.at.ID = l.id
		out = append(out, l)
	}
	return out, rows.Err()
}

// targets are where the sort columns are scanned to; see values.
func (s sortBy) targets(at *Place) []any {
	switch s.name {
	case "amount":
		return []any{&at.S, &at.N}
	case "updated_at":
		return []any{&at.N}
	default:
		return []any{&at.S}
	}
}
