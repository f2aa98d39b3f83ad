package party

import (
	"strconv"
	"strings"

	"sente/internal/kernel"
)

// Register folds the rows of an organisation register into one entry per
// organisation. The key is the credit code when the row has one, else the
// normalized name. The first accepted row of a key founds the entry; the rows
// after it are merged into it (see [merge]) or rejected. It is pure: the same
// rows in the same order give the same entries, which lets an interrupted run
// be taken up again by replaying what it accepted.
type Register struct {
	Entries []Entry
	byCode  map[string]int
	byName  map[string]int
	several map[string]int // how many entries bear a name, where it is more than one
	byAlias map[string]int // the entry that used an alias first
}

// Entry is one organisation of a [Register].
type Entry struct {
	Party      Party
	Rows       []int // the accepted rows, the first one founded the entry
	FoundedRow int   // the row that stated the founding date; 0: it stood before the run
}

// NewRegister returns a register that already holds known, the organisations
// of the zone.
func NewRegister(known ...Party) *Register {
	r := &Register{byCode: map[string]int{}, byName: map[string]int{}, several: map[string]int{}, byAlias: map[string]int{}}
	for _, p := range known {
		r.add(Entry{Party: p})
	}
	return r
}

// Take folds in the row numbered row. It returns the index of the entry that p
// founded or was merged into, and what is worth telling about it; an error
// rejects the row and leaves the register as it was.
func (r *Register) Take(row int, p Party) (at int, notes []Warning, err error) {
	if p, err = p.settle(); err != nil {
		return -1, nil, err
	}
	at, err = r.find(p)
	if err != nil {
		return -1, nil, err
	}
	if at < 0 {
		e := Entry{Party: p, Rows: []int{row}}
		e.stateFounded("", row)
		at = r.add(e)
		return at, r.shareAliases(at, p.Aliases), nil
	}
	e := r.Entries[at]
	was := e.Party.Founded
	merged, notes, err := merge(e, p)
	if err != nil {
		return -1, nil, err
	}
	e.Party, e.Rows = merged, append(e.Rows, row)
	e.stateFounded(was, row)
	r.Entries[at] = e
	r.index(at)
	return at, append(notes, r.shareAliases(at, p.Aliases)...), nil
}

// stateFounded notes row as the one that stated the founding date, unless the
// date stood before.
func (e *Entry) stateFounded(was string, row int) {
	if was == "" && e.Party.Founded != "" {
		e.FoundedRow = row
	}
}

// find returns the entry p belongs to, -1 when it is a new organisation. A name
// that is registered under another code is a conflict: it is either another
// organisation of the same name or a wrong code, and only a person can tell.
func (r *Register) find(p Party) (int, error) {
	if p.CreditCode != "" {
		if at, ok := r.byCode[p.CreditCode]; ok {
			return at, nil
		}
	}
	at, ok := r.byName[p.NameKey]
	if !ok {
		return -1, nil
	}
	if n := r.several[p.NameKey]; n > 0 && p.CreditCode == "" {
		return -1, kernel.FieldFault("credit_code", "party.name_ambiguous", p.Name, n)
	}
	if held := r.Entries[at].Party.CreditCode; p.CreditCode != "" && held != "" {
		return -1, kernel.FieldFault("credit_code", "party.code_conflict", p.Name, held, p.CreditCode)
	}
	return at, nil
}

func (r *Register) add(e Entry) int {
	r.Entries = append(r.Entries, e)
	at := len(r.Entries) - 1
	r.index(at)
	return at
}

func (r *Register) index(at int) {
	p := r.Entries[at].Party
	if p.CreditCode != "" {
		r.byCode[p.CreditCode] = at
	}
	first, taken := r.byName[p.NameKey]
	switch {
	case p.NameKey == "": // people are never matched by name
	case !taken:
		r.byName[p.NameKey] = at
	case first != at:
		r.several[p.NameKey] = max(r.several[p.NameKey], 1) + 1
	}
	for _, a := range p.Aliases {
		if key := Normalize(a); !r.aliased(key) {
			r.byAlias[key] = at
		}
	}
}

func (r *Register) aliased(key string) bool {
	_, ok := r.byAlias[key]
	return ok
}

// shareAliases tells which aliases of entry at belong to an earlier entry too.
// That is allowed (a group and its subsidiaries share their brand) and told,
// because it is also how one organisation under two names looks.
func (r *Register) shareAliases(at int, aliases []string) []Warning {
	var notes []Warning
	for _, a := range aliases {
		if first, ok := r.byAlias[Normalize(a)]; ok && first != at {
			notes = append(notes, Warning{Field: "aliases", Word: "party.alias_shared", Args: []string{a, r.Entries[first].Party.Name}})
		}
	}
	return notes
}

// merge returns e's party with what more adds: lists are united, empty fields
// filled, a more exact founding date taken over. Fields that both state
// differently keep the first value and are told; two founding years are a
// contradiction about the organisation itself and reject the row.
func merge(e Entry, more Party) (Party, []Warning, error) {
	p := e.Party
	founded, ok := mergeFounded(p.Founded, more.Founded)
	if !ok {
		return p, nil, foundedConflict(e, more)
	}
	p.Founded = founded
	notes := p.fill(more)
	if more.NameKey != p.NameKey {
		notes = append(notes, Warning{Field: "name", Word: "party.other_name", Args: []string{p.Name, more.Name}})
		p.Aliases = unite(p.Aliases, more.Name)
	}
	p.Aliases = without(unite(p.Aliases, more.Aliases...), p.NameKey)
	p.FormerNames = without(unite(p.FormerNames, more.FormerNames...), p.NameKey)
	p.Business = unite(p.Business, more.Business...)
	p.Tags = unite(p.Tags, more.Tags...)
	p.Sources = unite(p.Sources, more.Sources...)
	p, err := p.settle()
	return p, notes, err
}

// fill takes over what p lacks and returns a note for each field that p and
// more state differently.
func (p *Party) fill(more Party) []Warning {
	var notes []Warning
	if p.CapitalCurrency == "" {
		p.CapitalMinor, p.CapitalCurrency = more.CapitalMinor, more.CapitalCurrency
	} else if more.CapitalCurrency != "" && p.Capital() != more.Capital() {
		notes = append(notes, keptFirst("registered_capital", p.Capital().String()+" "+p.CapitalCurrency, more.Capital().String()+" "+more.CapitalCurrency))
	}
	if p.Scale == "" {
		p.Headcount = more.Headcount // the number is what the text says
	}
	for _, f := range []struct {
		field string
		to    *string
		from  string
	}{
		{"credit_code", &p.CreditCode, more.CreditCode},
		{"lei", &p.LEI, more.LEI},
		{"foreign_reg_no", &p.ForeignRegNo, more.ForeignRegNo},
		{"country", &p.Country, more.Country},
		{"name_en", &p.NameEn, more.NameEn},
		{"short_name", &p.ShortName, more.ShortName},
		{"industry", &p.Industry, more.Industry},
		{"region", &p.Region, more.Region},
		{"address", &p.Address, more.Address},
		{"scale", &p.Scale, more.Scale},
		{"listing", &p.Listing, more.Listing},
		{"funding", &p.Funding, more.Funding},
		{"external_key", &p.ExternalKey, more.ExternalKey},
	} {
		switch {
		case *f.to == "":
			*f.to = f.from
		case f.from != "" && Normalize(f.from) != Normalize(*f.to):
			notes = append(notes, keptFirst(f.field, *f.to, f.from))
		}
	}
	return notes
}

func keptFirst(field, kept, other string) Warning {
	return Warning{Field: field, Word: "party.kept_first", Args: []string{kept, other}}
}

// mergeFounded returns the more exact of two founding dates; false when they
// contradict each other.
func mergeFounded(a, b string) (string, bool) {
	switch {
	case strings.HasPrefix(a, b):
		return a, true
	case strings.HasPrefix(b, a):
		return b, true
	}
	return "", false
}

// foundedConflict names both values and, where the first one came with the
// run, its row; the row it rejects is named by the importer.
func foundedConflict(e Entry, more Party) error {
	if e.FoundedRow == 0 {
		return kernel.FieldFault("founded", "party.founded_conflict_held", more.Name, e.Party.Founded, more.Founded)
	}
	return kernel.FieldFault("founded", "party.founded_conflict", more.Name, e.Party.Founded, strconv.Itoa(e.FoundedRow), more.Founded)
}
