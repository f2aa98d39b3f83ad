package scoreboard

import (
	"encoding/json"
	"fmt"
	"strconv"

	"sente/internal/zone/pipeline"
	"sente/internal/zone/work"
)

// fold is what the sequenced entries of one zone come to: of everything that is
// counted each state it ever had, with the time it was recorded and the leaf
// that proves it. It can be made again from nothing at any time.
type fold struct {
	seq   int64  // the last leaf folded in; -1 before the first
	at    int64  // of its entry, ms UTC
	entry string // its id

	names       names
	projects    table[project]
	dates       [][]dated // of each project, in the order they were recorded
	ceremonies  table[ceremony]
	instalments table[instalment]
	facts       table[fact]
	activities  table[activity]
}

func newFold() *fold {
	return &fold{seq: -1, names: names{ids: map[string]uint32{"": 0}, all: []string{""}}, projects: newTable[project](), ceremonies: newTable[ceremony](),
		instalments: newTable[instalment](), facts: newTable[fact](), activities: newTable[activity]()}
}

// names keeps each text once.
type names struct {
	ids map[string]uint32
	all []string
}

func (n *names) id(text string) uint32 {
	if id, ok := n.ids[text]; ok {
		return id
	}
	id := uint32(len(n.all))
	n.ids[text], n.all = id, append(n.all, text)
	return id
}

// state is what stood of something after one entry.
type state[T any] struct {
	at   int64 // ms UTC
	seq  int64 // leaf
	gone bool
	is   T
}

// object is one thing with its states, oldest first.
type object[T any] struct {
	id   string
	past []state[T]
}

// asOf is the state that stood at the instant cut; false when there was none.
func (o *object[T]) asOf(cut int64) (*state[T], bool) {
	for i := len(o.past) - 1; i >= 0; i-- {
		if s := &o.past[i]; s.at <= cut {
			return s, !s.gone
		}
	}
	return nil, false
}

// table holds the objects of one kind, in the order they first appeared.
type table[T comparable] struct {
	at  map[string]int32
	all []object[T]
}

func newTable[T comparable]() table[T] { return table[T]{at: map[string]int32{}} }

// index is the place of object id, made when it is new.
func (t *table[T]) index(id string) int32 {
	if i, ok := t.at[id]; ok {
		return i
	}
	i := int32(len(t.all))
	t.at[id], t.all = i, append(t.all, object[T]{id: id})
	return i
}

// put adds a state of object id, unless nothing that counts has changed.
func (t *table[T]) put(id string, s state[T]) {
	o := &t.all[t.index(id)]
	if n := len(o.past); n > 0 && o.past[n-1].gone == s.gone && o.past[n-1].is == s.is {
		return
	}
	o.past = append(o.past, s)
}

// project is what counts of a project's row; texts are names.
type project struct {
	total                                     int64
	currency, industry, unit, track, platform uint32
	activity, method, campaign                uint32
	stage, prior                              uint8 // rank in the chain; see rankOf
	expansion, builds, repeat                 bool  // repeat: another project holds its contract
}

// The ranks beside the chain.
const (
	rankShelved    = 100
	rankLost       = 101
	rankTerminated = 102
)

func rankOf(stage string) uint8 {
	switch pipeline.Stage(stage) {
	case pipeline.Shelved:
		return rankShelved
	case pipeline.Lost:
		return rankLost
	case pipeline.Terminated:
		return rankTerminated
	}
	return uint8(pipeline.Stage(stage).Rank())
}

// standing is the rank a project holds in the chain, also when it ended.
func (p *project) standing() uint8 {
	if p.stage >= rankShelved {
		return p.prior
	}
	return p.stage
}

// dated is one recorded milestone of a project.
type dated struct {
	at, seq  int64
	on, last day // noDay takes the earlier one back
	number   int32
	part     uint32 // of a part of a stage, its own name; 0 = the stage itself
	rank     uint8
	planned  bool // else actual
	gone     bool // the row was dropped
}

type ceremony struct {
	project int32
	on      day
	first   bool
}

type instalment struct {
	project  int32
	amount   int64
	currency uint32
	source   uint32
	on       day
	proved   bool // evidence is named
	void     bool
}

type fact struct {
	project int32
	kind    uint32
	on      day
	void    bool
}

type activity struct {
	on           day
	unit         uint32
	platform     uint32
	method       uint32
	campaign     uint32
	cost         int64
	currency     uint32 // of cost; 0 = not stated
	firms        int32
	held, placed bool
	filed        day  // when the minutes were
	due          day  // the last day they are in time
	tentative    bool // due lies beyond the published calendar: nothing is late by it
}

// step is one entry as the fold takes it.
type step struct {
	seq  int64
	id   string
	at   int64
	rows []stepRow
}

type stepRow struct {
	table, key string
	after      json.RawMessage
	gone       bool
}

// apply folds one entry in. An error leaves the fold as it was but for rows of
// the same entry, which the entry, applied again, replaces.
func (f *fold) apply(s step) error {
	for _, r := range s.rows {
		if err := f.row(s, r); err != nil {
			return fmt.Errorf("entry %s, %s %s: %w", s.id, r.table, r.key, err)
		}
	}
	f.seq, f.at, f.entry = s.seq, s.at, s.id
	return nil
}

func (f *fold) row(s step, r stepRow) error {
	switch r.table {
	case (pipeline.Project{}).Table():
		return f.project(s, r)
	case (pipeline.Milestone{}).Table():
		return f.milestone(s, r)
	case (pipeline.Ceremony{}).Table():
		return into(&f.ceremonies, s, r, func(v ceremonyImage) ceremony {
			return ceremony{f.projectAt(v.Project), dayOfText(v.On), v.First}
		})
	case (pipeline.Instalment{}).Table():
		return into(&f.instalments, s, r, func(v instalmentImage) instalment {
			return instalment{f.projectAt(v.Project), v.Amount, f.names.id(v.Currency), f.names.id(v.Source), dayOfText(v.On), v.Evidence != "", v.VoidedAt != 0}
		})
	case (pipeline.FactRow{}).Table():
		return into(&f.facts, s, r, func(v factImage) fact {
			return fact{f.projectAt(v.Project), f.names.id(v.Kind), dayOfText(v.On), v.VoidedAt != 0}
		})
	case (work.Activity{}).Table():
		return into(&f.activities, s, r, f.activity)
	}
	return nil
}

// into decodes r and adds it to t.
func into[V any, T comparable](t *table[T], s step, r stepRow, take func(V) T) error {
	now := state[T]{at: s.at, seq: s.seq, gone: r.gone}
	if r.gone {
		t.put(r.key, now)
		return nil
	}
	var v V
	if err := json.Unmarshal(r.after, &v); err != nil {
		return err
	}
	now.is = take(v)
	t.put(r.key, now)
	return nil
}

func (f *fold) project(s step, r stepRow) error {
	f.projectAt(r.key)
	return into(&f.projects, s, r, func(v projectImage) project {
		return project{total: v.Total, currency: f.names.id(v.Currency), industry: f.names.id(v.Industry), unit: f.names.id(v.Unit),
			track: f.names.id(v.Track), platform: f.names.id(v.Platform), activity: f.names.id(v.Activity),
			method: f.names.id(v.Method), campaign: f.names.id(v.Campaign),
			stage: rankOf(v.Stage), prior: rankOf(v.Prior), expansion: v.Kind == pipeline.KindExpansion, builds: v.Builds, repeat: v.SigningHeldBy != ""}
	})
}

// projectAt is the place of project id; milestones may come before its row.
func (f *fold) projectAt(id string) int32 {
	i := f.projects.index(id)
	for len(f.dates) <= int(i) {
		f.dates = append(f.dates, nil)
	}
	return i
}

func (f *fold) milestone(s step, r stepRow) error {
	id, number := splitKey(r.key)
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return err
	}
	i := f.projectAt(id)
	if r.gone {
		f.dates[i] = append(f.dates[i], dated{at: s.at, seq: s.seq, number: int32(n), gone: true})
		return nil
	}
	var v milestoneImage
	if err := json.Unmarshal(r.after, &v); err != nil {
		return err
	}
	stage := pipeline.Stage(v.Stage)
	planned := v.Kind == pipeline.Planned && stage == pipeline.Started
	if v.Kind != pipeline.Actual && !planned || stage.Rank() == 0 {
		return nil // forecasts and what text seemed to say are no facts
	}
	on := dayOfText(v.On)
	d := dated{at: s.at, seq: s.seq, on: on, last: lastOf(on, v.Precision), number: int32(n), rank: uint8(stage.Rank()), planned: planned}
	if stage.Main() != stage {
		d.part = f.names.id(v.Stage)
	}
	if recorded := dayAt(s.at); !planned && d.last > recorded {
		d.last = max(d.on, recorded) // nothing happens after it was recorded
	}
	f.dates[i] = append(f.dates[i], d)
	return nil
}

func (f *fold) activity(v activityImage) activity {
	return activity{on: dayOfText(v.On), unit: f.names.id(v.Unit), platform: f.names.id(v.Platform), method: f.names.id(v.Method), campaign: f.names.id(v.Campaign),
		cost: v.Cost, currency: f.names.id(v.Currency), firms: int32(len(v.Parties)),
		held: v.Status == work.Held, placed: v.Place != "", filed: dayOfText(v.MinutesOn), due: dayOfText(v.MinutesDue), tentative: v.Tentative}
}
