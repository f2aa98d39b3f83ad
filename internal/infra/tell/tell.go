// Package tell (告知) is how a context says whom an act concerns: plain values
// and nothing that reaches out. A context's tell.go turns an act of the journal
// into notices; infra/notify finds the people, asks whether they may read what
// the notice leads to, and brings it to them.
package tell

import (
	"encoding/json"
	"slices"

	"sente/internal/kernel"
)

// Topic is a kind of notice a person may choose the ways of. Its name is the
// word <context>.topic_<rest of the id>.
type Topic struct {
	ID   string // "work.offered"
	Perm string // who never holds it is not offered the topic; "" offers it to all
}

// Word is the key of the topic's name.
func (t Topic) Word() string { return Word(t.ID) }

// Word is the key of the name of the topic id: "work.topic_offered".
func Word(id string) string {
	for i := range len(id) {
		if id[i] == '.' {
			return id[:i] + ".topic_" + id[i+1:]
		}
	}
	return id
}

// Deed is an act of the journal as a teller reads it: open fields only.
type Deed struct {
	Entry  string
	Actor  string
	Verb   string
	Object string
	Reason string
	Detail json.RawMessage
	Rows   []Row // of the tables the teller asked for, as they stood after the act
}

// Row is a row as it stood after an act; After is nil when it was dropped.
type Row struct {
	Table string
	After json.RawMessage // by the names of the columns; one that holds nothing may be absent
}

// Of reads the act's first row of table into a T, a struct with the names of the
// columns in its json tags; ok is false when there is none.
func Of[T any](a Deed, table string) (row T, ok bool) {
	i := slices.IndexFunc(a.Rows, func(r Row) bool { return r.Table == table && len(r.After) > 0 && string(r.After) != "null" })
	if i < 0 || json.Unmarshal(a.Rows[i].After, &row) != nil {
		return row, false
	}
	return row, true
}

// Facts reads the act's detail into a T.
func Facts[T any](a Deed) (facts T) {
	_ = json.Unmarshal(a.Detail, &facts) // an act without a detail states no facts
	return facts
}

// Notice is one thing to be told. What is in Title and Code may leave the house,
// so neither holds personal or restricted data; Note stays in the product.
type Notice struct {
	Topic  string
	To     []To
	Object string // what it leads to, as the journal calls it: who may not read it is not told
	Title  string // of the thing; "" is filled in from Object
	Code   string
	Path   string // page it opens, "/tasks?open=…"; "" is filled in from Object
	Day    string // day it is due, "" none
	Note   string // more, for the reader in the product
	Once   string // what makes it the same thing told again; "" is the act itself
	Urgent bool   // may pass quiet hours and digests of those who let it
	Self   bool   // also to whoever did it
}

// To is one kind of recipient; exactly one field is set.
type To struct {
	Account string // this account
	Unit    string // who answers for this unit
	Role    string // everybody with this role
	Holder  bool   // who is responsible for Object
}

// Teller says whom an act concerns.
type Teller struct {
	Tables []string // whose rows it reads
	Verbs  []string // beginnings of verbs whose acts it reads without such rows too
	Tell   func(Deed) []Notice
}

// Subject is what a notice says of the thing it leads to.
type Subject struct {
	Owner string // responsible account
	Unit  string // responsible unit
	Title string
	Code  string
	Path  string
}

// Brief cuts text to at most n characters.
func Brief(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	return string(r[:n-1]) + "…"
}

// Accounts makes recipients of ids, leaving out what is empty.
func Accounts(ids ...string) (to []To) {
	for _, id := range ids {
		if id != "" {
			to = append(to, To{Account: id})
		}
	}
	return to
}

// Due is the key under which a thing due on day is told once.
func Due(object string, day kernel.Date) string { return object + "@" + string(day) }
