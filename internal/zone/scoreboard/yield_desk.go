package scoreboard

import (
	"context"
	"slices"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// Yield tells what methods, campaigns (by) or one activity brought and cost. id
// narrows to one of them; an activity has to be named.
func (d *Desk) Yield(ctx context.Context, q Query, by, id string) (y Yield, err error) {
	defer kernel.Wrap(&err, "scoreboard.Yield(%s)", by)
	if by == ByActivity && id == "" {
		return y, kernel.FieldFault("id", "scoreboard.yield_which")
	}
	err = d.survey(ctx, q, func(tx store.Tx, s *survey, forced bool) error {
		def, err := find(s.defs, yieldFigure(by))
		if err != nil {
			return err
		}
		named, err := d.groups(ctx, tx, s, by, id)
		if err != nil {
			return err
		}
		expansion := s.q.Kind == pipeline.KindExpansion
		t := s.ask(def, expansion).tally()
		may, err := d.among(ctx, tx, s.f, append(slices.Clone(t.den), t.parts(yieldHeld)...))
		if err != nil {
			return err
		}
		y = Yield{By: by, From: s.q.From, Until: s.q.Until, AsOf: s.q.AsOf, Unit: s.q.Unit, UnitForced: forced, Counted: Counted{s.f.seq + 1, s.f.entry, s.f.at},
			Figure: def.ID, Name: def.Name(s.lang), Version: def.Version, Rows: []YieldRow{}}
		hidden := func(part string) (n int64) {
			for _, r := range t.part(part) {
				if !may[s.f.id(r)] {
					n++
				}
			}
			return n
		}
		for _, g := range t.rows(named, id) {
			row := s.yieldRow(t, g.id, g.name, expansion)
			row.Hidden, row.HeldHidden = hidden("apart:"+yieldLeads+":"+g.id), hidden("apart:"+yieldHeld+":"+g.id)
			y.Rows = append(y.Rows, row)
		}
		return nil
	})
	return y, err
}

// group is something yields are told by.
type group struct{ id, name string }

// groups names what there is to tell yields by. Of activities only the one that
// is asked for, if the reader may open it.
func (d *Desk) groups(ctx context.Context, tx store.Tx, s *survey, by, id string) (out []group, err error) {
	switch by {
	case ByActivity:
		held, err := work.Among(ctx, tx, d.gate, []string{id})
		if err != nil {
			return nil, err
		}
		if a, ok := held[id]; ok {
			return []group{{id, a.Name}}, nil
		}
		return nil, kernel.Faultf(kernel.ErrNotFound, "scoreboard.yield_nothing")
	case ByCampaign:
		all, err := work.Campaigns(ctx, tx)
		for _, c := range all {
			out = append(out, group{c.ID, c.Name})
		}
		return out, err
	}
	all, err := work.Methods(ctx, tx)
	for _, m := range all {
		out = append(out, group{m.ID, m.Label(s.lang)})
	}
	return out, err
}

// rows are the groups that are told: those named, then "" where something names
// none; id narrows to one.
func (t tally) rows(named []group, id string) []group {
	out := slices.DeleteFunc(slices.Clone(named), func(g group) bool { return id != "" && g.id != id })
	nameless := slices.ContainsFunc(t.apart, func(a apart) bool { return strings.HasSuffix(a.id, ":") })
	if id == "" && nameless {
		out = append(out, group{})
	}
	return out
}

// parts are the records of a part, of every group.
func (t tally) parts(part string) (out []ref) {
	for _, a := range t.apart {
		if strings.HasPrefix(a.id, part+":") {
			out = append(out, a.refs...)
		}
	}
	return out
}
