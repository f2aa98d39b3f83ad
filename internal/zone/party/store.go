package party

import (
	"context"
	"embed"
	"errors"
	"slices"
	"strconv"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Migrations make the tables of this package.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Tables lists the business tables of this package, for the journal to verify
// and rebuild.
func Tables() []store.Row { return []store.Row{Party{}, Contact{}} }

// peopleLast is the sort key of private people: lists by name show them after
// the organisations, in the order of their ids, so that neither the order nor
// a page's cursor tells a name to those who may not see it.
const peopleLast = "\U0010fffd"

// keyed returns p with the columns that lists sort and search by.
func keyed(p Party) Party {
	p.SortKey, p.Search = peopleLast, p.search()
	if p.Kind != Person {
		p.SortKey = store.SortKey(p.Name)
	}
	return p
}

// Get returns the party id of tx's zone; kernel.ErrNotFound (party.not_found)
// when there is none.
func Get(ctx context.Context, tx store.Tx, id string) (p Party, err error) {
	p, err = store.Get[Party](ctx, tx, "zone = $1 AND id = $2", tx.Zone, id)
	return p, known(err, "party.not_found")
}

// FindByName returns the organisations whose normalized name is name's, oldest
// first. There is more than one only when their credit codes tell them apart.
func FindByName(ctx context.Context, tx store.Tx, name string) (list []Party, err error) {
	defer kernel.Wrap(&err, "party.FindByName(%q)", name)
	return store.Select[Party](ctx, tx, "WHERE zone = $1 AND name_key = $2 AND name_key <> '' ORDER BY id", tx.Zone, Normalize(name))
}

// findByCode returns the organisations with the credit code: none or one.
func findByCode(ctx context.Context, tx store.Tx, code string) ([]Party, error) {
	return store.Select[Party](ctx, tx, "WHERE zone = $1 AND credit_code = $2 AND credit_code <> '' ORDER BY id", tx.Zone, code)
}

// contacts returns the contacts of party id, oldest first.
func contacts(ctx context.Context, tx store.Tx, id string) ([]Contact, error) {
	return store.Select[Contact](ctx, tx, "WHERE zone = $1 AND party = $2 ORDER BY id", tx.Zone, id)
}

// contactsOf returns the contacts of the parties ids by party, oldest first.
func contactsOf(ctx context.Context, tx store.Tx, ids []string) (map[string][]Contact, error) {
	out := map[string][]Contact{}
	slices.Sort(ids)
	in, args := list(tx.Zone, slices.Compact(ids))
	rows, err := store.Select[Contact](ctx, tx, "WHERE zone = $1 AND party IN ("+in+") ORDER BY id", args...)
	for _, c := range rows {
		out[c.Party] = append(out[c.Party], c)
	}
	return out, err
}

// contact returns the contact cid of party id.
func contact(ctx context.Context, tx store.Tx, id, cid string) (Contact, error) {
	c, err := store.Get[Contact](ctx, tx, "zone = $1 AND party = $2 AND id = $3", tx.Zone, id, cid)
	return c, known(err, "party.contact_not_found")
}

// matching returns the organisations with any of the normalized names or
// codes, oldest first.
func matching(ctx context.Context, tx store.Tx, names, codes []string) ([]Party, error) {
	in, args := list(tx.Zone, append(append([]string{}, names...), codes...))
	tail := "WHERE zone = $1 AND (name_key <> '' AND name_key IN (" + in + ") OR credit_code <> '' AND credit_code IN (" + in + ")) ORDER BY id"
	return store.Select[Party](ctx, tx, tail, args...)
}

// GetAll returns those of the parties ids that are there, by id.
func GetAll(ctx context.Context, tx store.Tx, ids []string) (found map[string]Party, err error) {
	defer kernel.Wrap(&err, "party.GetAll(%d ids)", len(ids))
	return byID(ctx, tx, ids)
}

// byID returns the parties with ids.
func byID(ctx context.Context, tx store.Tx, ids []string) (map[string]Party, error) {
	out := map[string]Party{}
	in, args := list(tx.Zone, ids)
	rows, err := store.Select[Party](ctx, tx, "WHERE zone = $1 AND id IN ("+in+")", args...)
	for _, p := range rows {
		out[p.ID] = p
	}
	return out, err
}

// list returns "$2, $3" for values and the arguments from $1, the zone, on; an
// empty list matches nothing.
func list(zone string, values []string) (string, []any) {
	marks, args := []string{"NULL"}, []any{zone}
	for _, v := range values {
		args = append(args, v)
		marks = append(marks, "$"+strconv.Itoa(len(args)))
	}
	return strings.Join(marks, ", "), args
}

// known gives a missing row this package's word.
func known(err error, word string) error {
	if errors.Is(err, kernel.ErrNotFound) {
		return kernel.Faultf(kernel.ErrNotFound, word)
	}
	return err
}

// Position is where a page ended: the sort column's value and the id of its
// last row.
type Position struct {
	Text   string `json:"t,omitempty"`
	Number int64  `json:"n,omitempty"`
	ID     string `json:"i"`
}

// Query narrows and sorts a list of parties; empty fields do not narrow.
type Query struct {
	Q      string    // part of a name or code
	Kind   Kind      //
	Region string    // a division code and all below it, or the beginning of a place name
	Sort   string    // name, -name, updated_at, -updated_at; "" is name
	Limit  int       // rows at most
	After  *Position // nil: the first page
}

// Sorts lists what a list may be sorted by.
func Sorts() []string { return []string{"name", "-name", "updated_at", "-updated_at"} }

// order returns the sort column, ASC or DESC and the comparison that follows a
// position.
func (q Query) order() (column, direction, beyond string) {
	column, direction, beyond = "sort_key", "ASC", ">"
	name, down := strings.CutPrefix(q.Sort, "-")
	if down {
		direction, beyond = "DESC", "<"
	}
	if name == "updated_at" {
		column = "updated_at"
	}
	return column, direction, beyond
}

// position returns where a page that ends with p ended.
func (q Query) position(p Party) Position {
	if column, _, _ := q.order(); column == "updated_at" {
		return Position{Number: p.UpdatedAt, ID: p.ID}
	}
	return Position{Text: p.SortKey, ID: p.ID}
}

// find returns the parties of q that scope lets through; see tail.
func find(ctx context.Context, tx store.Tx, q Query, scope string, scopeArgs []any, people bool) ([]Party, error) {
	tail, args := q.tail(tx.Zone, scope, scopeArgs, people)
	return store.Select[Party](ctx, tx, tail, args...)
}

// tail builds the SQL after FROM party_parties. scope is the condition of what
// the caller may read, scopeArgs its arguments from $2 on; people says whether
// the caller may see the names of private people and so search them.
func (q Query) tail(zone, scope string, scopeArgs []any, people bool) (string, []any) {
	args := append([]any{zone}, scopeArgs...)
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where := []string{"zone = $1", "(" + scope + ")"}
	if key := Normalize(q.Q); key != "" {
		like := store.Pattern(arg("%" + store.EscapeLike(key) + "%"))
		cond := "search LIKE " + like
		if people {
			cond += " OR person_key LIKE " + like
		}
		where = append(where, "("+cond+")")
	}
	if q.Kind != "" {
		where = append(where, "kind = "+arg(string(q.Kind)))
	}
	if q.Region != "" {
		where = append(where, "region LIKE "+arg(store.EscapeLike(q.Region)+"%")+` ESCAPE '\'`)
	}
	column, direction, beyond := q.order()
	if q.After != nil {
		var key any = q.After.Text
		if column == "updated_at" {
			key = q.After.Number
		}
		where = append(where, "("+column+", id) "+beyond+" ("+arg(key)+", "+arg(q.After.ID)+")")
	}
	tail := "WHERE " + strings.Join(where, " AND ") + " ORDER BY " + column + " " + direction + ", id " + direction
	if q.Limit > 0 {
		tail += " LIMIT " + arg(int64(q.Limit))
	}
	return tail, args
}

// AlsoKnown returns, by id, which other parties are known by the number of one of
// all, as [Identified] finds them. A credit code is one party's alone.
func AlsoKnown(ctx context.Context, tx store.Tx, all []Party) (others map[string][]string, err error) {
	defer kernel.Wrap(&err, "party.AlsoKnown(%d parties)", len(all))
	var leis, numbers []string
	for _, p := range all {
		switch {
		case p.CreditCode != "":
		case p.LEI != "":
			leis = append(leis, p.LEI)
		case p.ForeignRegNo != "":
			numbers = append(numbers, p.ForeignRegNo)
		}
	}
	others = map[string][]string{}
	if len(leis)+len(numbers) == 0 {
		return others, nil
	}
	found := map[string][]string{}
	for _, by := range []struct {
		column string
		values []string
		key    func(Party) string
	}{{"lei", leis, func(p Party) string { return p.LEI }}, {"foreign_reg_no", numbers, func(p Party) string { return p.Country + ":" + p.ForeignRegNo }}} {
		if len(by.values) == 0 {
			continue
		}
		in, args := list(tx.Zone, by.values)
		if err := store.Each(ctx, tx, "WHERE zone = $1 AND "+by.column+" IN ("+in+")", args, func(p Party) error {
			found[by.key(p)] = append(found[by.key(p)], p.ID)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	for _, p := range all {
		if p.CreditCode == "" {
			others[p.ID] = slices.DeleteFunc(slices.Clone(found[p.number()]), func(id string) bool { return id == p.ID })
		}
	}
	return others, nil
}

// number is what a party without a credit code is known by; "" nothing.
func (p Party) number() string {
	if p.LEI != "" || p.ForeignRegNo == "" {
		return p.LEI
	}
	return p.Country + ":" + p.ForeignRegNo
}

// Identified returns the ids of the parties known by the credit code, else by
// the LEI, else by the foreign registration number with its country.
func Identified(ctx context.Context, tx store.Tx, creditCode, lei, country, foreignRegNo string) (ids []string, err error) {
	defer kernel.Wrap(&err, "party.Identified")
	tail, args := "", []any{tx.Zone}
	switch {
	case creditCode != "":
		tail, args = "WHERE zone = $1 AND credit_code = $2 AND credit_code <> ''", append(args, creditCode)
	case lei != "":
		tail, args = "WHERE zone = $1 AND lei = $2", append(args, lei)
	case foreignRegNo != "":
		tail, args = "WHERE zone = $1 AND foreign_reg_no = $2 AND country = $3", append(args, foreignRegNo, country)
	default:
		return nil, nil
	}
	found, err := store.Select[Party](ctx, tx, tail+" ORDER BY id LIMIT 20", args...)
	for _, p := range found {
		ids = append(ids, p.ID)
	}
	return ids, err
}
