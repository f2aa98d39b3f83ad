package party

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Desk is where organisations and people are registered, kept up to date and
// looked up.
type Desk struct {
	db   *store.DB
	gate *access.Gate
	book words.Book
	veil journal.Veil

	holders []Holder
}

// NewDesk returns a desk on db, guarded by gate; book says warnings and the
// headings of exports. veil, nil for none, and holders speak for the higher
// storeys: of what of their acts a timeline may tell, and when an import is to be
// undone.
func NewDesk(db *store.DB, gate *access.Gate, book words.Book, veil journal.Veil, holders ...Holder) *Desk {
	return &Desk{db, gate, book, veil, holders}
}

// Sheet is one party with its contacts, masked for whoever asked. Hidden names
// the fields that are masked.
type Sheet struct {
	Party    Party
	Contacts []Contact
	Hidden   []string
}

// Holder tells what a higher storey knows of party id that would be left
// without it (projects, leases), as a fault whose words say it; nil when
// nothing. It keeps an import from being undone.
type Holder func(ctx context.Context, tx store.Tx, id string) (*kernel.Fault, error)

func (p Party) resource() access.Resource {
	return access.Resource{Type: "Party", ID: p.ID, Unit: p.Unit, Owner: p.Owner}
}

// Register adds p. Its unit and owner are the actor's unless p names others.
// The same code or, without codes, the same name is refused; the message names
// the one that is already there to those who may read it.
func (d *Desk) Register(ctx context.Context, p Party) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.Register")
	actor := kernel.ActorOf(ctx)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		n := p
		n.Zone, n.ID = tx.Zone, kernel.NewID(tx.Now)
		n.Origin, n.OriginRun, n.Warnings = Entered, "", nil
		n.Version, n.CreatedAt, n.UpdatedAt = 1, tx.Now.UnixMilli(), tx.Now.UnixMilli()
		n.Unit, n.Owner = either(n.Unit, actor.Unit), either(n.Owner, actor.ID)
		if err := d.gate.Allow(ctx, tx, "party.register", n.resource()); err != nil {
			return err
		}
		n, err := n.settle()
		if err != nil {
			return err
		}
		if err := responsible(ctx, tx, n); err != nil {
			return err
		}
		if err := d.free(ctx, tx, n); err != nil {
			return err
		}
		s, err = d.save(ctx, tx, keyed(n), journal.Act{Verb: "party.registered", Detail: map[string]any{"kind": n.Kind}})
		return err
	})
	return s, taken(err)
}

// Amend changes p as patch says. version is the one the change is based on.
func (d *Desk) Amend(ctx context.Context, id string, version int64, patch Patch) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.Amend(%s)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		was, err := d.load(ctx, tx, "party.amend", id)
		if err != nil {
			return err
		}
		if was.Version != version {
			return kernel.Faultf(kernel.ErrStale, "party.stale")
		}
		p, err := patch.apply(was).settle()
		if err != nil {
			return err
		}
		if p.Unit != was.Unit || p.Owner != was.Owner { // handed over: to where the actor may act, too
			if err := d.gate.Allow(ctx, tx, "party.amend", p.resource()); err != nil {
				return err
			}
			if err := responsible(ctx, tx, p); err != nil {
				return err
			}
		}
		if err := d.free(ctx, tx, p); err != nil {
			return err
		}
		follow, err := handOver(ctx, tx, was, p)
		if err != nil {
			return err
		}
		s, err = d.save(ctx, tx, next(tx, keyed(p)), journal.Act{Verb: "party.amended", Detail: map[string]any{"fields": changed(was, p)}, Changes: follow})
		return err
	})
	return s, taken(err)
}

// handOver lets the contacts follow p to another unit or owner.
func handOver(ctx context.Context, tx store.Tx, was, p Party) ([]journal.Change, error) {
	if p.Unit == was.Unit && p.Owner == was.Owner {
		return nil, nil
	}
	list, err := contacts(ctx, tx, p.ID)
	var changes []journal.Change
	for _, c := range list {
		c.Unit, c.Owner, c.Version, c.UpdatedAt = p.Unit, p.Owner, c.Version+1, tx.Now.UnixMilli()
		changes = append(changes, journal.Put(c))
	}
	return changes, err
}

// AddContact adds c to party id.
func (d *Desk) AddContact(ctx context.Context, id string, c Contact) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.AddContact(%s)", id)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, "party.amend", id)
		if err != nil {
			return err
		}
		n, err := c.settle()
		if err != nil {
			return err
		}
		n.Zone, n.ID, n.Party, n.Unit, n.Owner, n.OriginRun, n.ErasedAt = tx.Zone, kernel.NewID(tx.Now), p.ID, p.Unit, p.Owner, "", 0
		n.Version, n.CreatedAt, n.UpdatedAt = 1, tx.Now.UnixMilli(), tx.Now.UnixMilli()
		s, err = d.save(ctx, tx, next(tx, p), journal.Act{Verb: "party.contact_added", Detail: map[string]any{"contact": n.ID}, Changes: []journal.Change{journal.Put(n)}})
		return err
	})
	return s, err
}

// AmendContact changes contact cid of party id. version is the party's.
func (d *Desk) AmendContact(ctx context.Context, id, cid string, version int64, patch ContactPatch) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.AmendContact(%s, %s)", id, cid)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, c, err := d.loadContact(ctx, tx, id, cid, version)
		if err != nil {
			return err
		}
		if c.ErasedAt != 0 {
			return kernel.Faultf(kernel.ErrConflict, "party.contact_erased")
		}
		if c, err = patch.apply(c).settle(); err != nil {
			return err
		}
		c.Version, c.UpdatedAt = c.Version+1, tx.Now.UnixMilli()
		s, err = d.save(ctx, tx, next(tx, p), journal.Act{Verb: "party.contact_amended", Detail: map[string]any{"contact": c.ID, "fields": patch.fields()}, Changes: []journal.Change{journal.Put(c)}})
		return err
	})
	return s, err
}

// RemoveContact removes contact cid from party id. The journal still holds
// what it said; Erase destroys that too. version is the party's.
func (d *Desk) RemoveContact(ctx context.Context, id, cid string, version int64) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.RemoveContact(%s, %s)", id, cid)
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, c, err := d.loadContact(ctx, tx, id, cid, version)
		if err != nil {
			return err
		}
		s, err = d.save(ctx, tx, next(tx, p), journal.Act{Verb: "party.contact_removed", Detail: map[string]any{"contact": c.ID}, Changes: []journal.Change{journal.Drop(c)}})
		return err
	})
	return s, err
}

// Unmask returns party id with fields (of name, title, phone, email) readable
// and records who saw what and why.
func (d *Desk) Unmask(ctx context.Context, id string, fields []string, reason string) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.Unmask(%s)", id)
	if err := checkUnmask(fields, reason); err != nil {
		return s, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, "party.unmask", id)
		if err != nil {
			return err
		}
		if err := d.mayUnmask(ctx, fields); err != nil {
			return err
		}
		if s, err = d.sheet(ctx, tx, p, fields); err != nil {
			return err
		}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "party.unmasked", Object: p.Object(), Reason: strings.TrimSpace(reason), Detail: map[string]any{"fields": fields}})
		return err
	})
	return s, err
}

// Erase destroys what identifies a person: of contact cid (a removed one, too),
// or, when cid is "", of the private person id and all contacts. The columns are blanked, and so is
// what the journal holds of them outside its leaves; what was not to be erased
// is journaled anew, so that every row can still be rebuilt.
func (d *Desk) Erase(ctx context.Context, id, cid, reason string) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.Erase(%s, %s)", id, cid)
	if err := reasoned(reason); err != nil {
		return s, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, "party.erase", id)
		if err != nil {
			return err
		}
		all, err := contacts(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		gone, err := removed(ctx, tx, p, cid)
		if err != nil {
			return err
		}
		p, all, err = erased(p, all, cid, gone, tx.Now.UnixMilli())
		if err != nil {
			return err
		}
		if _, err := journal.Erase(ctx, tx, p.Object()); err != nil {
			return err
		}
		act := journal.Act{Verb: "party.erased", Reason: strings.TrimSpace(reason), Detail: map[string]any{"contact": cid}}
		for _, c := range all {
			act.Changes = append(act.Changes, journal.Put(c))
		}
		s, err = d.save(ctx, tx, next(tx, p), act)
		return err
	})
	return s, err
}

// removed reports whether contact cid was one of p's and has been removed: then
// only the journal still holds what it said.
func removed(ctx context.Context, tx store.Tx, p Party, cid string) (bool, error) {
	page := journal.Page{Limit: 200}
	for cid != "" {
		list, err := journal.List(ctx, tx, journal.Filter{Object: p.Object(), Verb: "party.contact_removed"}, page)
		if err != nil || len(list) == 0 {
			return false, err
		}
		for _, e := range list {
			if strings.Contains(string(e.Detail), `"`+cid+`"`) {
				return true, nil
			}
			page.Before, page.BeforeID = e.Ord, e.ID
		}
	}
	return false, nil
}

// Find returns party id with its contacts, masked.
func (d *Desk) Find(ctx context.Context, id string) (s Sheet, err error) {
	defer kernel.Wrap(&err, "party.Find(%s)", id)
	err = d.db.View(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, "party.read", id)
		if err != nil {
			return err
		}
		s, err = d.sheet(ctx, tx, p, nil)
		return err
	})
	return s, err
}

// Timeline returns the journal's entries about party id, newest first, as far as
// other contexts let the caller see theirs.
func (d *Desk) Timeline(ctx context.Context, id string, page journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "party.Timeline(%s)", id)
	err = d.db.View(ctx, func(tx store.Tx) error {
		p, err := d.load(ctx, tx, "party.read", id)
		if err != nil {
			return err
		}
		entries, err = journal.History(ctx, tx, p.Object(), page)
		if err != nil || d.veil == nil {
			return err
		}
		return d.veil(ctx, tx, entries)
	})
	return entries, err
}

// List returns at most q.Limit parties the caller may read, masked, and where
// the page ended when more follow.
func (d *Desk) List(ctx context.Context, q Query) (list []Party, end *Position, err error) {
	defer kernel.Wrap(&err, "party.List")
	return d.page(ctx, "party.read", q)
}

// Export is List for those parties that the caller may take away in a file.
func (d *Desk) Export(ctx context.Context, q Query) (list []Party, end *Position, err error) {
	defer kernel.Wrap(&err, "party.Export")
	return d.page(ctx, "party.export", q)
}

// page returns one page of what the caller may do perm to.
func (d *Desk) page(ctx context.Context, perm string, q Query) (list []Party, end *Position, err error) {
	if q.Sort != "" && !slices.Contains(Sorts(), q.Sort) {
		return nil, nil, kernel.FieldFault("sort", "party.sort_unknown", q.Sort)
	}
	limit := q.Limit
	q.Limit = limit + 1
	err = d.db.View(ctx, func(tx store.Tx) error {
		scope, args, err := d.gate.Filter(ctx, tx, perm, "Party", "", 2)
		if err != nil {
			return err
		}
		list, err = find(ctx, tx, q, scope, args, d.gate.Visible(ctx, personField))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if len(list) > limit {
		list = list[:limit]
		at := q.position(list[limit-1])
		end = &at
	}
	for i := range list {
		list[i] = d.masked(ctx, list[i], nil)
	}
	return list, end, nil
}

// Draft is what another context knows of an organisation it refers to.
type Draft struct {
	Kind         Kind // "" is Enterprise
	Name         string
	CreditCode   string
	LEI          string
	ForeignRegNo string
	Country      string
	Industry     string
	Region       string
	Unit, Owner  string
	Origin       string // Entered or Imported
	OriginRun    string
	OriginAuthor string
	OriginOn     string
	Sources      []string
}

// Ensured is what EnsureAll says about one draft: the organisation's id and what
// the caller must save with its own act (nothing when the organisation stood
// already and learned nothing), or why the draft names none.
type Ensured struct {
	ID      string
	Party   Party // as it stands with Changes
	Changes []journal.Change
	Err     error
}

// Ensure returns the organisation that draft names: by credit code, else by
// exact normalized name, else a new one. changes are what the caller must save
// with its own act. A name that several organisations bear
// (party.name_ambiguous) or that is registered under another code
// (party.code_conflict), and codes and names that the draft misstates, are
// ErrInvalid.
func Ensure(ctx context.Context, tx store.Tx, draft Draft) (id string, changes []journal.Change, err error) {
	all, err := EnsureAll(ctx, tx, []Draft{draft})
	if err != nil {
		return "", nil, err
	}
	return all[0].ID, all[0].Changes, all[0].Err
}

// EnsureAll is Ensure for many drafts with one query, in their order: drafts
// that name the same new organisation get the same id, and the first of them
// the change that makes it.
func EnsureAll(ctx context.Context, tx store.Tx, drafts []Draft) (out []Ensured, err error) {
	defer kernel.Wrap(&err, "party.EnsureAll(%d drafts)", len(drafts))
	var names, codes []string
	for _, draft := range drafts {
		names, codes = append(names, Normalize(draft.Name)), append(codes, draft.party().trimmed().CreditCode)
	}
	known, err := matching(ctx, tx, names, codes)
	if err != nil {
		return nil, err
	}
	r, nextID := NewRegister(known...), kernel.IDs(tx.Now)
	for _, draft := range drafts {
		out = append(out, ensure(tx, r, draft, nextID))
	}
	return out, nil
}

// ensure finds draft in r or adds it.
func ensure(tx store.Tx, r *Register, draft Draft, nextID func() string) Ensured {
	p, err := draft.party().settle()
	if err != nil {
		return Ensured{Err: err}
	}
	at, err := r.find(p)
	if err != nil {
		return Ensured{Err: err}
	}
	if at < 0 {
		p.Zone, p.ID = tx.Zone, nextID()
		p.Version, p.CreatedAt, p.UpdatedAt = 1, tx.Now.UnixMilli(), tx.Now.UnixMilli()
		p = keyed(p)
		r.add(Entry{Party: p})
		return Ensured{ID: p.ID, Party: p, Changes: []journal.Change{journal.Put(p)}}
	}
	held := r.Entries[at].Party
	learned, err := held.learn(p)
	if err != nil || len(changed(held, learned)) == 0 {
		return Ensured{ID: held.ID, Party: held, Err: err}
	}
	learned = next(tx, keyed(learned))
	r.Entries[at].Party = learned
	r.index(at)
	return Ensured{ID: held.ID, Party: learned, Changes: []journal.Change{journal.Put(learned)}}
}

// free refuses p when another party holds its code or, if one of them has no
// code, its name.
func (d *Desk) free(ctx context.Context, tx store.Tx, p Party) error {
	if p.Kind == Person {
		return nil
	}
	byCode, err := findByCode(ctx, tx, p.CreditCode)
	if err != nil {
		return err
	}
	byName, err := FindByName(ctx, tx, p.Name)
	if err != nil {
		return err
	}
	for _, other := range byCode {
		if other.ID != p.ID {
			return d.conflict(ctx, tx, "party.code_taken", "credit_code", other)
		}
	}
	for _, other := range byName {
		if other.ID != p.ID && (p.CreditCode == "" || other.CreditCode == "") {
			return d.conflict(ctx, tx, "party.name_taken", "name", other)
		}
	}
	return nil
}

// responsible refuses a unit or an owner that does not exist.
func responsible(ctx context.Context, tx store.Tx, p Party) error {
	if err := access.CheckUnit(ctx, tx, "unit", p.Unit); err != nil || p.Owner == kernel.ActorOf(ctx).ID || p.Owner == "" {
		return err
	}
	a, err := access.GetAccount(ctx, tx, p.Owner)
	if errors.Is(err, kernel.ErrNotFound) || err == nil && a.Status != access.Active {
		return kernel.FieldFault("owner", "party.owner_unknown")
	}
	return err
}

// conflict names other to those who may read it.
func (d *Desk) conflict(ctx context.Context, tx store.Tx, word, field string, other Party) error {
	f := &kernel.Fault{Kind: kernel.ErrConflict, Word: word, Args: []any{other.Name}, Field: field}
	if d.gate.Allow(ctx, tx, "party.read", other.resource()) != nil {
		f.Word, f.Args = word+"_hidden", nil
	}
	return f
}

// taken gives a duplicate that only the index saw (two people registering the
// same code in the same instant) the words of the same conflict.
func taken(err error) error {
	if u, ok := store.Unique(err); ok && u.Table == "party_parties" {
		return &kernel.Fault{Kind: kernel.ErrConflict, Word: "party.code_taken_hidden", Field: "credit_code"}
	}
	return err
}

// load returns party id if the actor may do perm to it. One the actor may not
// even read is as good as none.
func (d *Desk) load(ctx context.Context, tx store.Tx, perm, id string) (Party, error) {
	p, err := Get(ctx, tx, id)
	if err != nil {
		return p, err
	}
	if err := d.gate.Allow(ctx, tx, "party.read", p.resource()); err != nil {
		return p, kernel.Faultf(kernel.ErrNotFound, "party.not_found")
	}
	return p, d.gate.Allow(ctx, tx, perm, p.resource())
}

func (d *Desk) loadContact(ctx context.Context, tx store.Tx, id, cid string, version int64) (p Party, c Contact, err error) {
	if p, err = d.load(ctx, tx, "party.amend", id); err != nil {
		return p, c, err
	}
	if p.Version != version {
		return p, c, kernel.Faultf(kernel.ErrStale, "party.stale")
	}
	c, err = contact(ctx, tx, id, cid)
	return p, c, err
}

// save records act on p with p as its first change and returns p's sheet.
func (d *Desk) save(ctx context.Context, tx store.Tx, p Party, act journal.Act) (Sheet, error) {
	act.Object = p.Object()
	act.Changes = append([]journal.Change{journal.Put(p)}, act.Changes...)
	if _, err := journal.Record(ctx, tx, act); err != nil {
		return Sheet{}, err
	}
	return d.sheet(ctx, tx, p, nil)
}

// sheet returns p and its contacts; fields beside the masked ones are open.
func (d *Desk) sheet(ctx context.Context, tx store.Tx, p Party, open []string) (Sheet, error) {
	list, err := contacts(ctx, tx, p.ID)
	if err != nil {
		return Sheet{}, err
	}
	s := Sheet{Party: d.masked(ctx, p, open), Contacts: list, Hidden: []string{}}
	for i := range s.Contacts {
		for field, value := range s.Contacts[i].personal() {
			*value = d.mask(ctx, field, contactField+field, *value, open)
		}
	}
	for _, field := range ContactFields() {
		if !slices.Contains(open, field) && !d.gate.Visible(ctx, contactField+field) {
			s.Hidden = append(s.Hidden, field)
		}
	}
	return s, nil
}

// The names under which access's table of restricted fields knows ours.
const (
	contactField = "party.contact."
	personField  = "party.person_name"
	authorField  = "party.origin_author"
)

// masked returns p with its title in Name, as the actor may see it.
func (d *Desk) masked(ctx context.Context, p Party, open []string) Party {
	if p.Kind == Person {
		p.Name = d.mask(ctx, "name", personField, p.PersonName, open)
		p.PersonName, p.PersonKey = "", ""
	}
	p.OriginAuthor = d.mask(ctx, "", authorField, p.OriginAuthor, nil)
	return p
}

// mask returns value if field is open or the actor sees restricted anyway.
func (d *Desk) mask(ctx context.Context, field, restricted, value string, open []string) string {
	if slices.Contains(open, field) || d.gate.Visible(ctx, restricted) {
		return value
	}
	return d.gate.Mask(restricted, value)
}

// mayUnmask refuses when one of fields stays masked for the actor's roles
// whatever the reason.
func (d *Desk) mayUnmask(ctx context.Context, fields []string) error {
	for _, f := range fields {
		if !d.gate.MayUnmask(ctx, contactField+f) {
			return kernel.Faultf(kernel.ErrDenied, "party.unmask_denied")
		}
	}
	return nil
}

func next(tx store.Tx, p Party) Party {
	p.Version, p.UpdatedAt = p.Version+1, tx.Now.UnixMilli()
	return p
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Readable refuses a party that the caller may not read. It is a journal.Reader.
func (d *Desk) Readable(ctx context.Context, tx store.Tx, id string) error {
	_, err := d.load(ctx, tx, "party.read", id)
	return err
}
