package scoreboard

import (
	"cmp"
	"slices"
	"strings"

	"sente/internal/kernel"
)

// Record is one record behind a figure.
type Record struct {
	Kind     string        `json:"kind" enum:"project,activity"`
	ID       string        `json:"id"`
	Code     string        `json:"code"`
	Name     string        `json:"name"`
	Investor string        `json:"investor_name,omitempty"`
	Stage    string        `json:"stage,omitempty" doc:"where the project stands now"`
	Unit     string        `json:"unit"`
	On       kernel.Date   `json:"on" doc:"the evidence date that counted; empty: none"`
	Amount   *kernel.Money `json:"amount,omitempty"`
	Entry    string        `json:"entry" doc:"the journal entry that made it count; its proof is under /journal/{entry}/proof"`
	Leaf     int64         `json:"leaf" doc:"its index in the journal's tree"`
}

// Records are the records behind a part of a figure, as far as the reader may
// open them.
type Records struct {
	Items      []Record `json:"items"`
	NextCursor string   `json:"next_cursor,omitempty"`
	Total      int64    `json:"total" doc:"how many counted"`
	Hidden     int64    `json:"hidden" doc:"how many of them the reader may not open"`
	Version    int64    `json:"version" doc:"of the definition they counted by"`
}

// Spot is where a page of records ended.
type Spot struct {
	On   int32 `json:"on"`
	Leaf int64 `json:"leaf"`
	I    int32 `json:"i"`
}

func (r ref) spot() Spot { return Spot{int32(r.on), r.seq, r.i} }

// compare orders records newest first.
func (a Spot) compare(b Spot) int {
	return cmp.Or(cmp.Compare(b.On, a.On), cmp.Compare(b.Leaf, a.Leaf), cmp.Compare(b.I, a.I))
}

// after sorts refs newest first and leaves those that follow place.
func after(refs []ref, place *Spot) []ref {
	refs = slices.Clone(refs)
	slices.SortStableFunc(refs, func(a, b ref) int { return a.spot().compare(b.spot()) })
	if place == nil {
		return refs
	}
	i, _ := slices.BinarySearchFunc(refs, *place, func(r ref, p Spot) int {
		if r.spot().compare(p) <= 0 {
			return -1
		}
		return 1
	})
	return refs[i:]
}

// checkPart refuses a part no figure has.
func checkPart(part string) error {
	if part == "numerator" || part == "denominator" || strings.HasPrefix(part, "apart:") || strings.HasPrefix(part, "band:") {
		return nil
	}
	return kernel.FieldFault("part", "scoreboard.no_part", part)
}

// id is the identifier of the object r points at.
func (f *fold) id(r ref) string {
	if r.kind == refActivity {
		return f.activities.all[r.i].id
	}
	return f.projects.all[r.i].id
}

// record is r without what only the database knows of it.
func (f *fold) record(r ref, entry string) Record {
	out := Record{Kind: "project", ID: f.id(r), On: r.on.date(), Entry: entry, Leaf: r.seq}
	if r.kind == refActivity {
		out.Kind = "activity"
	}
	if r.amount > 0 {
		out.Amount = &kernel.Money{Minor: r.amount, Currency: "CNY"}
	}
	return out
}
