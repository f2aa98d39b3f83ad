package platform

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Desk is where platforms are set up and their operators held to account (办事窗口).
type Desk struct {
	db     *store.DB
	gate   *access.Gate
	folder *files.Folder
	book   Playbook
	veil   journal.Veil
}

// NewDesk returns a Desk with the playbook shipped with the program; documents
// that operators hand in are kept in folder, veil speaks for the acts of other
// contexts on platforms and contracts; nil shows them as they are.
func NewDesk(db *store.DB, gate *access.Gate, folder *files.Folder, veil journal.Veil) *Desk {
	return &Desk{db, gate, folder, Shipped(), veil}
}

// resource is p as the access policies see it.
func (p Platform) resource() access.Resource {
	return access.Resource{Type: "Platform", ID: p.ID, Unit: p.Unit, Owner: p.Owner}
}

// dealings is what passes between p and its operator, as the policies see it:
// an operator reads its own and nobody else's.
func (p Platform) dealings(operator string) access.Resource {
	if operator == "" {
		operator = p.Unit
	}
	return access.Resource{Type: "Contract", ID: p.ID, Unit: operator, Owner: p.Owner}
}

func today(tx store.Tx) kernel.Date { return kernel.DayOf(tx.Now.UnixMilli()) }

// Listed is a platform with what a card says about it. Counts are of what the
// caller may read.
type Listed struct {
	Platform
	UnitName     string
	OwnerName    string
	OperatorName string
	Works        bool  // takes projects today
	Contracts    int64 // not closed
	Owed         int64 // tasks the operator has to hand in
	Late         int64 // of them past their day
	Waiting      int64 // tasks that wait for acceptance
	Accepted     int64
}

// Detail is a platform with the terms of its operators that the caller may read.
type Detail struct {
	Listed
	Terms []NamedTerm
}

// NamedTerm is a term with the operator's name.
type NamedTerm struct {
	Term
	OperatorName string
}

// Adoption says which platforms of the playbook a zone takes over.
type Adoption struct {
	Playbook []string // ids
	Unit     string   // responsible department; "" = the caller's
	SinceOn  string   // YYYY-MM-DD; "" = today
}

// Adopt makes the named platforms of the playbook the zone's own. One in work
// already is refused; nothing is then adopted.
func (d *Desk) Adopt(ctx context.Context, a Adoption) (out []Listed, err error) {
	defer kernel.Wrap(&err, "platform.Adopt")
	if err := d.gate.Require(ctx, "platform.manage"); err != nil {
		return nil, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		have, err := adopted(ctx, tx)
		if err != nil {
			return err
		}
		plays, err := d.book.pick(a.Playbook, have)
		if err != nil {
			return err
		}
		var made []Platform
		nextID := kernel.IDs(tx.Now) // in the playbook's order
		for _, play := range plays {
			p := play.adopt(d.book.SourceZh, base(ctx, tx))
			p.ID = nextID()
			set(&p.Unit, given(a.Unit))
			set(&p.SinceOn, given(a.SinceOn))
			if p, err = d.start(ctx, tx, p, journal.Act{Verb: "platform.adopted", Detail: map[string]any{"playbook": play.ID, "since": p.SinceOn}}); err != nil {
				return err
			}
			made = append(made, p)
		}
		out, err = d.listed(ctx, tx, made)
		return err
	})
	return out, named(err)
}

// pick returns the plays with ids; have are those in work already.
func (b Playbook) pick(ids []string, have map[string]Platform) (out []Play, err error) {
	if len(ids) == 0 {
		return nil, kernel.FieldFault("playbook", "platform.pick_one")
	}
	var errs []error
	for i, id := range ids {
		play, ok := b.play(id)
		switch {
		case !ok:
			errs = append(errs, kernel.FieldFault("playbook", "platform.unknown_play", id))
		case have[id].ID != "":
			errs = append(errs, kernel.FieldFault("playbook", "platform.adopted_already", have[id].NameZh))
		case slices.Contains(ids[:i], id):
			errs = append(errs, kernel.FieldFault("playbook", "platform.picked_twice", play.NameZh))
		}
		out = append(out, play)
	}
	return out, kernel.Faults("platform.adoption_invalid", errs...)
}

// base is a platform as the caller's department begins one today.
func base(ctx context.Context, tx store.Tx) Platform {
	actor := kernel.ActorOf(ctx)
	return Platform{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Unit: actor.Unit, Owner: actor.ID, SinceOn: string(today(tx)), CreatedAt: tx.Now.UnixMilli()}
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Open sets up a platform of the zone's own.
func (d *Desk) Open(ctx context.Context, f Facts) (out Detail, err error) {
	defer kernel.Wrap(&err, "platform.Open")
	if err := d.gate.Require(ctx, "platform.manage"); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, err := d.start(ctx, tx, f.apply(base(ctx, tx)), journal.Act{Verb: "platform.opened"})
		if err != nil {
			return err
		}
		out, err = d.detail(ctx, tx, p)
		return err
	})
	return out, named(err)
}

// start checks and records a new platform.
func (d *Desk) start(ctx context.Context, tx store.Tx, p Platform, act journal.Act) (Platform, error) {
	if err := d.mayPlace(ctx, tx, p); err != nil {
		return p, err
	}
	if err := d.vet(ctx, tx, p); err != nil {
		return p, err
	}
	n, err := countPlatforms(ctx, tx)
	if err != nil {
		return p, err
	}
	if n >= maxPlatforms {
		return p, kernel.Faultf(kernel.ErrConflict, "platform.too_many", maxPlatforms)
	}
	return d.save(ctx, tx, p, act)
}

// mayPlace refuses who may not set up platforms for p's department, be they the
// one who will answer for it or not.
func (d *Desk) mayPlace(ctx context.Context, tx store.Tx, p Platform) error {
	p.Owner = ""
	return d.gate.Allow(ctx, tx, "platform.manage", p.resource())
}

// vet checks p's fields and that its department and official are in service.
func (d *Desk) vet(ctx context.Context, tx store.Tx, p Platform) error {
	if err := p.check(); err != nil {
		return err
	}
	if p.Unit == "" {
		return kernel.FieldFault("unit", "platform.required")
	}
	if err := access.CheckUnit(ctx, tx, "unit", p.Unit); err != nil {
		return err
	}
	return inService(ctx, tx, "owner", p.Owner)
}

// inService refuses, as a fault about field, an account that does not exist or
// is disabled; the caller's own and "" pass.
func inService(ctx context.Context, tx store.Tx, field, account string) error {
	if account == "" || account == kernel.ActorOf(ctx).ID {
		return nil
	}
	a, err := access.GetAccount(ctx, tx, account)
	if errors.Is(err, kernel.ErrNotFound) || err == nil && a.Status != access.Active {
		return kernel.FieldFault(field, "platform.unknown_account")
	}
	return err
}

func (d *Desk) save(ctx context.Context, tx store.Tx, p Platform, act journal.Act) (Platform, error) {
	p.Version, p.UpdatedAt = p.Version+1, tx.Now.UnixMilli()
	act.Object = Object(p.ID)
	act.Changes = append([]journal.Change{journal.Put(p)}, act.Changes...)
	_, err := journal.Record(ctx, tx, act)
	return p, err
}

// named gives a duplicate only the database saw the words of its conflict.
func named(err error) error {
	if u, ok := store.Unique(err); ok {
		switch u.Constraint {
		case "platform_platforms_playbook":
			return kernel.FieldFault("playbook", "platform.adopted_just_now")
		case "platform_platforms_name":
			return kernel.FieldFault("name_zh", "platform.name_taken")
		case "platform_contracts_number":
			return kernel.FieldFault("number", "platform.number_taken")
		}
	}
	return err
}

// change is the one path of every act on an existing platform: permission,
// load, compare versions, decide, save, record.
func (d *Desk) change(ctx context.Context, id string, version int64, decide func(tx store.Tx, p Platform) (Platform, journal.Act, error)) (out Detail, err error) {
	defer kernel.Wrap(&err, "platform.change(%s)", id)
	if err := d.gate.Require(ctx, "platform.manage"); err != nil {
		return out, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "platform.manage", p.resource()); err != nil {
			return err
		}
		if p.Version != version {
			return kernel.Faultf(kernel.ErrStale, "platform.stale")
		}
		p, act, err := decide(tx, p)
		if err != nil {
			return err
		}
		if p, err = d.save(ctx, tx, p, act); err != nil {
			return err
		}
		out, err = d.detail(ctx, tx, p)
		return err
	})
	return out, named(err)
}

// load returns platform id; one the caller may not read is as good as none.
func (d *Desk) load(ctx context.Context, tx store.Tx, id string) (Platform, error) {
	p, err := Get(ctx, tx, id)
	if err != nil {
		return p, err
	}
	if d.gate.Allow(ctx, tx, "platform.read", p.resource()) != nil {
		return p, kernel.Faultf(kernel.ErrNotFound, "platform.not_found")
	}
	return p, nil
}

// Amend renames a platform or says anew what it is for and who answers for it.
func (d *Desk) Amend(ctx context.Context, id string, version int64, f Facts) (Detail, error) {
	return d.change(ctx, id, version, func(tx store.Tx, was Platform) (Platform, journal.Act, error) {
		p := f.apply(was)
		if was.Retired() {
			return p, journal.Act{}, kernel.Faultf(kernel.ErrConflict, "platform.retired", was.NameZh, was.UntilOn)
		}
		if err := d.vet(ctx, tx, p); err != nil {
			return p, journal.Act{}, err
		}
		act := journal.Act{Verb: "platform.amended", Detail: map[string]any{"fields": p.changed(was)}}
		if p.Unit == was.Unit {
			return p, act, nil
		}
		return p, act, d.mayPlace(ctx, tx, p)
	})
}

// OperatorOrder is the change of a platform's operator.
type OperatorOrder struct {
	Operator string `json:"operator" doc:"unit of the new operator; empty: the department runs it itself"`
	SinceOn  string `json:"since_on" doc:"YYYY-MM-DD, not in the future"`
	Reason   string `json:"reason,omitempty"`
}

// ChangeOperator puts a platform into another operator's hands from a day on.
// Earlier terms stay on record.
func (d *Desk) ChangeOperator(ctx context.Context, id string, version int64, o OperatorOrder) (Detail, error) {
	return d.change(ctx, id, version, func(tx store.Tx, p Platform) (Platform, journal.Act, error) {
		terms, err := loadTerms(ctx, tx, id)
		if err != nil {
			return p, journal.Act{}, err
		}
		if err := decideOperator(p, terms, o.Operator, o.SinceOn, today(tx)); err != nil {
			return p, journal.Act{}, err
		}
		if err := checkText("reason", o.Reason, 1000); err != nil {
			return p, journal.Act{}, err
		}
		if err := checkOperator(ctx, tx, o.Operator); err != nil {
			return p, journal.Act{}, err
		}
		was, actor := p.Operator, kernel.ActorOf(ctx)
		p.Operator = o.Operator
		t := Term{tx.Zone, p.ID, o.SinceOn, o.Operator, strings.TrimSpace(o.Reason), actor.ID, actor.Name, tx.Now.UnixMilli()}
		return p, journal.Act{Verb: "platform.operator_changed", Reason: t.Reason, Detail: map[string]any{"from": was, "to": o.Operator, "since": o.SinceOn},
			Changes: []journal.Change{journal.Put(t)}}, nil
	})
}

// checkOperator refuses a unit that is no operator in service; "" passes.
func checkOperator(ctx context.Context, tx store.Tx, unit string) error {
	if unit == "" {
		return nil
	}
	if err := access.CheckUnit(ctx, tx, "operator", unit); err != nil {
		return err
	}
	u, err := access.GetUnit(ctx, tx, unit)
	if err == nil && u.Kind != access.Operator {
		return kernel.FieldFault("operator", "platform.not_operator", u.NameZh)
	}
	return err
}

// RetireOrder is the end of a platform.
type RetireOrder struct {
	UntilOn string `json:"until_on" doc:"YYYY-MM-DD, its last day"`
	Reason  string `json:"reason"`
}

// Retire ends a platform with a last day; it stays on record. Contracts that
// run beyond that day are closed first.
func (d *Desk) Retire(ctx context.Context, id string, version int64, o RetireOrder) (Detail, error) {
	return d.change(ctx, id, version, func(tx store.Tx, p Platform) (Platform, journal.Act, error) {
		if p.Retired() {
			return p, journal.Act{}, kernel.Faultf(kernel.ErrConflict, "platform.retired", p.NameZh, p.UntilOn)
		}
		err := kernel.Faults("platform.invalid", checkDayNeeded("until_on", o.UntilOn), checkOrder("until_on", p.SinceOn, o.UntilOn), checkReason("reason", o.Reason))
		if err != nil {
			return p, journal.Act{}, err
		}
		n, err := openContracts(ctx, tx, p.ID, kernel.Date(o.UntilOn))
		if err == nil && n > 0 {
			err = kernel.Faultf(kernel.ErrConflict, "platform.contracts_open", n, o.UntilOn)
		}
		p.UntilOn = o.UntilOn
		return p, journal.Act{Verb: "platform.ended", Reason: strings.TrimSpace(o.Reason), Detail: map[string]any{"until": o.UntilOn}}, err
	})
}

// List returns the platforms of the zone that the caller may read; retired ones
// only when asked for.
func (d *Desk) List(ctx context.Context, retired bool) (out []Listed, err error) {
	defer kernel.Wrap(&err, "platform.List")
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		scope, args, err := d.gate.Filter(ctx, tx, "platform.read", "Platform", "", 2)
		if err != nil {
			return err
		}
		list, err := platformsIn(ctx, tx, scope, args, retired)
		if err != nil {
			return err
		}
		out, err = d.listed(ctx, tx, list)
		return err
	})
	return out, err
}

// Find returns platform id.
func (d *Desk) Find(ctx context.Context, id string) (out Detail, err error) {
	defer kernel.Wrap(&err, "platform.Find(%q)", id)
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return out, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, id)
		if err != nil {
			return err
		}
		out, err = d.detail(ctx, tx, p)
		return err
	})
	return out, err
}

// Playbook returns the platforms a zone may adopt, with the id of those in work.
func (d *Desk) Playbook(ctx context.Context) (b Playbook, have map[string]string, err error) {
	defer kernel.Wrap(&err, "platform.Playbook")
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return b, nil, err
	}
	have = map[string]string{}
	err = d.db.View(ctx, func(tx store.Tx) error {
		list, err := adopted(ctx, tx)
		for id, p := range list {
			if d.gate.Allow(ctx, tx, "platform.read", p.resource()) == nil {
				have[id] = p.ID
			}
		}
		return err
	})
	return d.book, have, err
}

// detail adds to p its terms: of its own dealings an operator reads all, of
// another's that they exist and nothing more.
func (d *Desk) detail(ctx context.Context, tx store.Tx, p Platform) (out Detail, err error) {
	list, err := d.listed(ctx, tx, []Platform{p})
	if err != nil {
		return out, err
	}
	out.Listed = list[0]
	terms, err := loadTerms(ctx, tx, p.ID)
	if err != nil {
		return out, err
	}
	units, err := unitNames(ctx, tx)
	for _, t := range terms {
		if d.gate.Allow(ctx, tx, "platform.read", p.dealings(t.Operator)) == nil {
			out.Terms = append(out.Terms, NamedTerm{t, units[t.Operator]})
		}
	}
	return out, err
}

// listed adds names and counts to platforms.
func (d *Desk) listed(ctx context.Context, tx store.Tx, platforms []Platform) ([]Listed, error) {
	units, err := unitNames(ctx, tx)
	if err != nil {
		return nil, err
	}
	var owners []string
	for _, p := range platforms {
		if !slices.Contains(owners, p.Owner) {
			owners = append(owners, p.Owner)
		}
	}
	accounts, err := access.AccountNames(ctx, tx, owners...)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(platforms))
	for i, p := range platforms {
		out[i] = Listed{Platform: p, UnitName: units[p.Unit], OwnerName: accounts[p.Owner], OperatorName: units[p.Operator], Works: p.Works(today(tx))}
	}
	return out, d.count(ctx, tx, out)
}

// count adds to each platform the contracts and tasks that the caller may read.
func (d *Desk) count(ctx context.Context, tx store.Tx, list []Listed) error {
	at := map[string]*Listed{}
	for i := range list {
		at[list[i].ID] = &list[i]
	}
	scope, args, err := d.gate.Filter(ctx, tx, "platform.read", "Contract", "", 2)
	if err != nil {
		return err
	}
	running, err := countRunning(ctx, tx, scope, args)
	if err != nil {
		return err
	}
	for id, n := range running {
		if l := at[id]; l != nil {
			l.Contracts = n
		}
	}
	if scope, args, err = d.gate.Filter(ctx, tx, "platform.read", "Contract", "", 3); err != nil {
		return err
	}
	tasks, err := countTasks(ctx, tx, today(tx), scope, args)
	for _, c := range tasks {
		if l := at[c.platform]; l != nil {
			l.add(c)
		}
	}
	return err
}

// add counts c into l.
func (l *Listed) add(c taskCount) {
	switch c.state {
	case Open, Objected:
		l.Owed, l.Late = l.Owed+c.count, l.Late+c.late
	case Submitted:
		l.Waiting += c.count
	case Accepted:
		l.Accepted += c.count
	}
}

// unitNames are the names of the zone's units in the caller's language.
func unitNames(ctx context.Context, tx store.Tx) (map[string]string, error) {
	units, err := access.Units(ctx, tx)
	out := map[string]string{}
	for _, u := range units {
		out[u.ID] = u.Name(kernel.ActorOf(ctx).Lang)
	}
	return out, err
}

// Timeline returns the journal's entries about platform id, newest first, to
// those who may read what passes between it and its operator.
func (d *Desk) Timeline(ctx context.Context, id string, page journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "platform.Timeline(%q)", id)
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		p, err := d.readable(ctx, tx, id)
		if err != nil {
			return err
		}
		if entries, err = d.history(ctx, tx, Object(id), page); err != nil {
			return err
		}
		return d.discreet(ctx, tx, p, entries)
	})
	return entries, err
}

// history is the journal of object as far as other contexts let the caller see it.
func (d *Desk) history(ctx context.Context, tx store.Tx, object string, page journal.Page) ([]journal.Entry, error) {
	entries, err := journal.History(ctx, tx, object, page)
	if err != nil || d.veil == nil {
		return entries, err
	}
	return entries, d.veil(ctx, tx, entries)
}

// discreet takes out of entries about p who ran it before the caller, and why
// they came and went: that passed between the department and them.
func (d *Desk) discreet(ctx context.Context, tx store.Tx, p Platform, entries []journal.Entry) error {
	for i, e := range entries {
		if e.Verb != "platform.operator_changed" {
			continue
		}
		var change struct {
			From string `json:"from"`
			To   string `json:"to"`
		}
		if err := json.Unmarshal(e.Detail, &change); err != nil {
			return err
		}
		for _, operator := range []string{change.From, change.To} {
			if operator != "" && d.gate.Allow(ctx, tx, "platform.read", p.dealings(operator)) != nil {
				entries[i].Reason, entries[i].Detail = "", nil
			}
		}
	}
	return nil
}

// Readable refuses the acts on a platform to whoever may not read its dealings
// with its operator. It is a journal.Reader.
func (d *Desk) Readable(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.readable(ctx, tx, id)
	return err
}

func (d *Desk) readable(ctx context.Context, tx store.Tx, id string) (Platform, error) {
	p, err := d.load(ctx, tx, id)
	if err != nil {
		return p, err
	}
	return p, d.gate.Allow(ctx, tx, "platform.read", p.dealings(p.Operator))
}
