package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"sente/internal/infra/access"
	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/office"
	"sente/internal/zone/party"
)

// ImportKind is the register of projects as intake takes it in. A row is found
// again by the number its register gives it, else by name, investor and site.
func (d *Desk) ImportKind() intake.Kind {
	return intake.Kind{
		ID: "projects", Word: "pipeline.import_kind", Perm: "pipeline.open",
		Fields:  importFields(),
		Options: importOptions(),
		Key: func(v intake.Values) string {
			return RowKey(v.Text("external_id"), v.Text("name"), v.Text("investor_name"), v.Text("site"))
		},
		Decide: d.decideImport,
		Ahead:  d.decideAhead,
		Undo:   d.undoImport,
	}
}

// reading turns intake's values into what the reader takes.
func reading(v intake.Values) Reading {
	r := Reading{Texts: map[string]string{}, Dates: map[string]DatedReading{}, Money: map[string]kernel.Money{}}
	for id, x := range v {
		switch {
		case x.Date != "":
			r.Dates[id] = DatedReading{x.Date, x.Precision}
		case x.Money.Stated():
			r.Money[id] = x.Money
		default:
			r.Texts[id] = x.Text
		}
	}
	return r
}

// importer decides one batch of rows.
type importer struct {
	desk      *Desk
	tx        store.Tx
	run       intake.Run
	reader    reader
	units     []access.Unit
	officers  map[string][]office.Official // by unit
	allowed   map[string]error             // by permission, unit and owner
	identity  map[string]string            // by party
	counter   Counter
	clockwork Reckoner
	nextID    func() string
	opened    int                 // verdict that carries the counter; -1: none yet
	claimed   map[string]*Signing // by key, of this batch
	rule      Protection          // in force today; set once a row brings a firm
	filed     map[string]*Report  // by Report.keys, of this batch
	names     map[string]string   // of officials, by account

	unitChosen, ownerChosen string           // for the whole run, "" when none was
	pending                 []journal.Change // parties a later row of the batch relies on
}

// candidate is a row on its way to a verdict.
type candidate struct {
	draft   Draft
	held    *Project // nil: new
	sort    string   // orders the name
	party   party.Ensured
	contact party.EnsuredContact
	firm    string          // under which the investor is on record as reported; "" none yet
	holder  *Report         // that protects it, as it was before this batch
	out     *intake.Verdict // set once the row is decided
}

func (d *Desk) decideImport(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Row) ([]intake.Verdict, error) {
	im, err := d.newImporter(ctx, tx, run)
	if err != nil {
		return nil, err
	}
	return im.verdicts(ctx, rows)
}

// decideAhead decides rows that name no investor: what such a row comes to hangs
// on no other row of the register but for the project numbers taken so far, which
// prior carries. Investors are shared by rows, and with them contacts and signings.
func (d *Desk) decideAhead(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Row, prior any) (verdicts []intake.Verdict, next any, ok bool, err error) {
	if slices.ContainsFunc(rows, func(r intake.Row) bool { return r.Values.Has("investor_name") }) {
		return nil, nil, false, nil
	}
	im, err := d.newImporter(ctx, tx, run)
	if err != nil {
		return nil, nil, false, err
	}
	if counter, known := prior.(Counter); known {
		im.counter = counter
	}
	verdicts, err = im.verdicts(ctx, rows)
	return verdicts, im.counter, err == nil, err
}

// verdicts decides rows.
func (im *importer) verdicts(ctx context.Context, rows []intake.Row) ([]intake.Verdict, error) {
	cs := make([]candidate, len(rows))
	for i, row := range rows {
		var err error
		if cs[i].draft, err = im.reader.read(reading(row.Values)); err != nil {
			cs[i].reject(err)
		}
	}
	for _, step := range []func(context.Context, []candidate) error{im.match, im.place, im.invest, im.protect, im.reach} {
		if err := step(ctx, cs); err != nil {
			return nil, err
		}
	}
	out := make([]intake.Verdict, len(rows))
	for i := range cs {
		if cs[i].out == nil {
			if err := im.decide(ctx, &cs[i], i); err != nil {
				return nil, err
			}
		}
		out[i] = *cs[i].out
	}
	im.introduce(cs, out)
	if im.opened >= 0 {
		act := &out[im.opened].Act
		act.Changes = append([]journal.Change{journal.Put(im.counter)}, act.Changes...)
	}
	return out, nil
}

func (d *Desk) newImporter(ctx context.Context, tx store.Tx, run intake.Run) (*importer, error) {
	units, err := access.Units(ctx, tx)
	if err != nil {
		return nil, err
	}
	counter, err := loadCounter(ctx, tx, string(today(tx))[:4])
	if err != nil {
		return nil, err
	}
	tracks, err := d.tracksAt(ctx, tx, today(tx))
	if err != nil {
		return nil, err
	}
	im := &importer{desk: d, tx: tx, run: run, units: units, officers: map[string][]office.Official{}, allowed: map[string]error{},
		identity: map[string]string{}, counter: counter, nextID: kernel.IDs(tx.Now), opened: -1, claimed: map[string]*Signing{},
		filed: map[string]*Report{}, names: map[string]string{}}
	if im.clockwork, err = d.reckoner(ctx, tx); err != nil {
		return nil, err
	}
	im.reader = reader{stages: newStageBook(), industries: d.industries, today: today(tx), asOf: run.Options["as_of"].Date, tracks: tracks, defaultStage: Stage(run.Options.Text("default_stage"))}
	return im, im.choose(ctx)
}

// choose finds the department and the official chosen for the whole run.
func (im *importer) choose(ctx context.Context) error {
	name, known := im.run.Options.Text("unit"), false
	if im.unitChosen, known = im.unit(name); name != "" && !known {
		return kernel.FieldFault("options.unit", "access.unit_unknown", name)
	}
	name = im.run.Options.Text("owner")
	if name == "" {
		return nil
	}
	var err error
	if im.ownerChosen, err = im.owner(ctx, firstText(im.unitChosen, kernel.ActorOf(ctx).Unit), name); err != nil || im.ownerChosen != "" {
		return err
	}
	im.ownerChosen = name
	return inService(ctx, im.tx, "options.owner", name)
}

// reject decides c against the row; an error that is no Fault is not the row's
// doing and is kept for the caller.
func (c *candidate) reject(err error) {
	var f *kernel.Fault
	reasons := []kernel.Fault{}
	if errors.As(err, &f) {
		reasons = []kernel.Fault{*f}
		if len(f.Details) > 0 {
			reasons = f.Details
		}
	}
	c.out = &intake.Verdict{Status: intake.Rejected, Title: c.draft.Project.Name, Reasons: reasons}
}

// match finds the projects the rows are about: imported ones by their key, those
// opened at the desk by name, investor and site.
func (im *importer) match(ctx context.Context, cs []candidate) error {
	var keys, sorts []string
	for i := range cs {
		if c := &cs[i]; c.out == nil {
			both := store.SortKeys(c.draft.Project.Name)
			c.sort = both[0]
			keys, sorts = append(keys, c.draft.Key), append(sorts, both[:]...)
		}
	}
	imported, err := findOrigin(ctx, im.tx, keys)
	if err != nil {
		return err
	}
	entered, err := findEntered(ctx, im.tx, sorts)
	if err != nil {
		return err
	}
	byName := map[string][]Project{}
	for _, p := range entered {
		k := RowKey("", p.Name, p.InvestorName, p.Site)
		byName[k] = append(byName[k], p)
	}
	for i := range cs {
		c := &cs[i]
		if c.out != nil {
			continue
		}
		var same []Project
		if p := &c.draft.Project; len(byName) > 0 {
			same = byName[RowKey("", p.Name, p.InvestorName, p.Site)]
		}
		if held, ok := imported[c.draft.Key]; ok {
			c.held = &held
		} else if len(same) == 1 {
			c.held = &same[0]
		} else if len(same) > 1 {
			c.reject(kernel.FieldFault("name", "pipeline.import_ambiguous", same[0].Code, same[1].Code))
		}
	}
	return nil
}

// place finds the responsible department and official and checks that the
// importer may do this.
func (im *importer) place(ctx context.Context, cs []candidate) error {
	actor := kernel.ActorOf(ctx)
	if actor.ID == kernel.SystemActor("", "").ID {
		actor.ID = "" // the program is nobody's responsible official
	}
	for i := range cs {
		c := &cs[i]
		if c.out != nil {
			continue
		}
		p := &c.draft.Project
		unit, unitKnown := im.unit(c.draft.UnitName)
		p.Unit = firstText(unit, im.unitChosen, actor.Unit)
		if c.draft.UnitName != "" && !unitKnown {
			c.draft.note("pipeline.import_unit_unknown", "unit", c.draft.UnitName)
			c.draft.keepText(c.draft.UnitName)
		}
		owner, err := im.owner(ctx, p.Unit, c.draft.OwnerName)
		if err != nil {
			return err
		}
		p.Owner = firstText(owner, im.ownerChosen, actor.ID)
		if c.draft.OwnerName != "" && owner == "" {
			c.draft.note("pipeline.import_owner_unknown", "owner", c.draft.OwnerName)
			c.draft.keepText(c.draft.OwnerName)
		}
		if unitKnown {
			c.draft.States = append(c.draft.States, "unit_id")
		}
		if owner != "" {
			c.draft.States = append(c.draft.States, "owner_id")
		}
		if c.held != nil {
			continue // asked once it is known whether the row changes anything
		}
		if err := im.allow(ctx, c); err != nil {
			c.reject(err)
		}
	}
	return nil
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// unit finds an open department by id or name.
func (im *importer) unit(name string) (string, bool) {
	for _, u := range im.units {
		if u.ClosedOn == "" && name != "" && (u.ID == name || fold(u.NameZh) == fold(name) || fold(u.NameEn) == fold(name)) {
			return u.ID, true
		}
	}
	return "", false
}

// owner finds the account of the one official of unit who bears name.
func (im *importer) owner(ctx context.Context, unit, name string) (string, error) {
	if name == "" || unit == "" {
		return "", nil
	}
	list, ok := im.officers[unit]
	if !ok {
		var err error
		if list, err = office.InOffice(ctx, im.tx, unit, im.reader.today); err != nil {
			return "", err
		}
		im.officers[unit] = list
	}
	account := ""
	for _, o := range list {
		if fold(o.Name) != fold(name) || o.Account == "" {
			continue
		}
		if account != "" && account != o.Account {
			return "", nil // two of the same name
		}
		account = o.Account
	}
	return account, nil
}

// allow asks once per permission, department and official.
func (im *importer) allow(ctx context.Context, c *candidate) error {
	perm, res := "pipeline.import", c.draft.Project.resource()
	if c.held != nil {
		perm, res = "pipeline.amend", c.held.resource()
	}
	key := perm + "\n" + res.Unit + "\n" + res.Owner
	err, asked := im.allowed[key]
	if !asked {
		res.ID = ""
		err = im.desk.gate.Allow(ctx, im.tx, perm, res)
		im.allowed[key] = err
	}
	return err
}

// invest finds or makes the rows' investors. What depends on other rows of the
// register (one name under two codes) leaves the investor open and is noted;
// a code that is wrong in itself rejects the row.
func (im *importer) invest(ctx context.Context, cs []candidate) error {
	var drafts []party.Draft
	var of []int
	for i, c := range cs {
		if c.out == nil && c.draft.Investor.Stated() {
			p, v := c.draft.Project, c.draft.Investor
			drafts, of = append(drafts, party.Draft{Name: v.Name, CreditCode: v.CreditCode, LEI: v.LEI, ForeignRegNo: v.ForeignRegNo, Country: v.Country,
				Unit: p.Unit, Owner: p.Owner, Origin: party.Imported, OriginRun: im.run.ID, OriginAuthor: p.OriginAuthor, OriginOn: p.OriginOn, Sources: []string{im.run.FileName}}), append(of, i)
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	found, err := party.EnsureAll(ctx, im.tx, drafts)
	if err != nil {
		return err
	}
	for n, e := range found {
		c := &cs[of[n]]
		c.party = e
		var f *kernel.Fault
		switch {
		case e.Err == nil:
		case errors.As(e.Err, &f) && (f.Word == "party.name_ambiguous" || f.Word == "party.code_conflict"):
			c.draft.Notes = append(c.draft.Notes, *f)
		default:
			c.reject(e.Err)
			continue
		}
		im.identity[e.ID] = identity(e.Party)
		c.draft.Project.Investor = e.ID
	}
	return nil
}

// reach finds the contacts that the rows name; they belong to the investor.
func (im *importer) reach(ctx context.Context, cs []candidate) error {
	var drafts []party.ContactDraft
	var of []*candidate
	for i := range cs {
		c := &cs[i]
		say := c.draft.Contact
		switch {
		case c.out != nil || !say.Stated():
		case c.party.ID == "":
			c.draft.note("pipeline.import_contact_homeless", "contact_name")
		default:
			drafts, of = append(drafts, party.ContactDraft{Party: c.party.Party, Name: say.Name, Phone: say.Phone, Email: say.Email}), append(of, c)
		}
	}
	if len(drafts) == 0 {
		return nil
	}
	found, err := party.EnsureContacts(ctx, im.tx, im.run.ID, drafts)
	for n, e := range found {
		of[n].contact = e
		for _, note := range e.Notes {
			note.Field = "contact_" + note.Field
			of[n].draft.Notes = append(of[n].draft.Notes, note)
		}
	}
	return err
}

// introduce adds the contacts of the rows that were taken: one act for each
// investor, after all rows, so that it holds the investor as they leave it.
func (im *importer) introduce(cs []candidate, out []intake.Verdict) {
	last, brought, seen := -1, map[string][]party.Contact{}, map[string]bool{}
	var order []string
	stands := map[string]party.Party{}
	for i, c := range cs {
		if c.party.ID != "" {
			stands[c.party.ID] = c.party.Party
		}
		if out[i].Status != intake.New && out[i].Status != intake.Changed {
			continue
		}
		last = i
		if who := c.contact.Contact; c.contact.Add && !seen[who.ID] {
			seen[who.ID] = true
			if brought[who.Party] == nil {
				order = append(order, who.Party)
			}
			brought[who.Party] = append(brought[who.Party], who)
		}
	}
	for _, id := range order {
		out[last].Also = append(out[last].Also, party.ContactsAdded(im.tx, stands[id], brought[id]))
	}
}

// decide answers one row.
func (im *importer) decide(ctx context.Context, c *candidate, at int) error {
	if c.held != nil {
		return im.amend(ctx, c)
	}
	return im.add(ctx, c, at)
}

// add opens a project at the stage its register reports.
func (im *importer) add(ctx context.Context, c *candidate, at int) error {
	actor, now := kernel.ActorOf(ctx), im.tx.Now.UnixMilli()
	k := &Docket{}
	k.nameSort = c.sort
	k.Project, k.Identity, k.Track, k.clockwork = c.draft.Project, im.identity[c.draft.Project.Investor], im.reader.tracks.Of(c.draft.Project), im.clockwork
	p := &k.Project
	p.Zone, p.ID, p.OriginRun, p.CreatedAt = im.tx.Zone, im.nextID(), im.run.ID, now
	im.counter.Last++
	p.Code = code(im.counter.Year, im.counter.Last)
	act := journal.Act{Verb: "pipeline.imported", Detail: map[string]any{"code": p.Code, "stage": p.Stage}, Changes: append(im.pending, c.party.Changes...)}
	im.pending = nil
	im.milestones(k, c.draft.Milestones, &act, actor, now)
	put(&act, k.firstFigures(im.revision(*p, actor))...)
	share, err := im.began(ctx, c, *p)
	if err != nil {
		return err
	}
	act.Changes = append(act.Changes, share...)
	if err := im.claim(ctx, k, c, &act); err != nil {
		return err
	}
	var filed []journal.Act
	if c.brings() {
		filed = im.file(ctx, c, *p)
	}
	act = im.desk.settled(im.tx, k, act)
	if im.opened < 0 {
		im.opened = at
	}
	c.out = &intake.Verdict{Status: intake.New, Title: p.Name, Object: p.ID, Version: k.Project.Version, Act: act, Also: filed, Reasons: c.draft.Notes}
	return nil
}

// milestones adds the row's dates that k does not hold yet, whatever holds now:
// a correction made since is not taken back by reading the same register again.
// That a project on record reached a stage the register can only propose where
// an official could not state it either: the stage is not reached, or the
// evidence says otherwise.
func (im *importer) milestones(k *Docket, from []Milestone, act *journal.Act, actor kernel.Actor, now int64) bool {
	added := false
	known := k.Project.Version > 0
	for _, m := range from {
		if slices.ContainsFunc(k.Milestones, func(x Milestone) bool {
			proposed := x.Kind == Proposed && !x.FromText && m.Kind == Actual
			return x.Stage == m.Stage && x.On == m.On && (x.Kind == m.Kind || proposed)
		}) {
			continue
		}
		if known && m.Kind == Actual && k.Track.decideActual(k.Dossier, k.Milestones, m.Stage, kernel.Date(m.On), im.reader.today, actor.Lang) != nil {
			m.Kind = Proposed
		}
		row := k.note(MilestoneEntry{m.Stage, m.Kind, m.On, m.Note}, actor, now)
		row.Precision, row.FromText = m.Precision, m.FromText
		k.Milestones[len(k.Milestones)-1] = row
		act.Changes = append(act.Changes, journal.Put(row))
		added = true
		if known && row.Kind == Actual && row.Stage == k.Project.Stage {
			k.Project.StageSince = row.On
		}
	}
	return added
}

// claim gives an imported project that is signed its signing, or attaches its
// ceremony to the signing another project holds.
func (im *importer) claim(ctx context.Context, k *Docket, c *candidate, act *journal.Act) error {
	key := k.key()
	if key == "" || k.Project.Stage.Final() || k.Project.Standing().Rank() < Signed.Rank() {
		return nil
	}
	held := im.claimed[key]
	if held == nil {
		var err error
		if held, err = holderOf(ctx, im.tx, key); err != nil {
			return err
		}
	}
	if held == nil {
		err := im.desk.claim(ctx, im.tx, k, act)
		im.claimed[key] = k.Signing
		return err
	}
	k.Project.SigningHeldBy = held.Project
	c.draft.note("pipeline.import_signing_held", "name")
	actor := kernel.ActorOf(ctx)
	act.Changes = append(act.Changes, journal.Put(Ceremony{Zone: im.tx.Zone, ID: kernel.NewID(im.tx.Now), Signing: held.ID, Project: k.Project.ID,
		On: string(actualOn(k.Milestones, Signed)), Note: k.Project.Code, By: actor.ID, ByName: actor.Name, RecordedAt: im.tx.Now.UnixMilli()}))
	return nil
}

// amend compares a row with the project on record. The stage is never moved: a
// move needs its gate.
func (im *importer) amend(ctx context.Context, c *candidate) error {
	k := &Docket{}
	k.Project, k.Track, k.clockwork = *c.held, im.reader.tracks.Of(*c.held), im.clockwork
	if err := fill(ctx, im.tx, k); err != nil {
		return err
	}
	before := was{Project: k.Project}
	if c.contact.Came {
		before.Reached = c.contact.Contact.Party
	}
	for _, m := range k.Milestones {
		before.Seq = max(before.Seq, m.Seq)
	}
	for _, f := range k.Figures {
		before.Figures = max(before.Figures, f.Seq)
	}
	im.take(k, c)
	act := journal.Act{Verb: "pipeline.import_amended", Changes: append(im.pending, c.party.Changes...)}
	im.reviseAmounts(ctx, k, c, before.Project, &act)
	changed := changedFacts(before.Project, k.Project)
	added := im.milestones(k, c.draft.Milestones, &act, kernel.ActorOf(ctx), im.tx.Now.UnixMilli())
	if len(changed) == 0 && !added && len(c.party.Changes) == 0 && before.Reached == "" && sameOrigin(before.Project, k.Project) {
		c.out = &intake.Verdict{Status: intake.Unchanged, Title: c.held.Name, Object: c.held.ID, Base: c.held.Version, Reasons: c.draft.Notes}
		return nil
	}
	if err := im.allow(ctx, c); err != nil {
		im.pending = append(im.pending, c.party.Changes...)
		c.reject(err)
		return nil
	}
	if c.held.Stage.Final() && c.held.Origin == OriginEntered {
		im.pending = append(im.pending, c.party.Changes...)
		c.reject(kernel.Faultf(kernel.ErrConflict, "pipeline.import_final"))
		return nil
	}
	if err := k.Project.check(im.reader.today, im.desk.industries); err != nil {
		im.pending = append(im.pending, c.party.Changes...)
		c.reject(err)
		return nil
	}
	im.pending = nil
	raw, err := json.Marshal(before)
	if err != nil {
		return err
	}
	var filed []journal.Act
	if c.brings() && k.Project.Investor == c.draft.Project.Investor {
		filed = im.file(ctx, c, k.Project)
	}
	act.Detail = map[string]any{"fields": changed}
	im.desk.voidChanged(before.Project, k, &act, im.tx, kernel.ActorOf(ctx).Lang)
	act = im.desk.settled(im.tx, k, act)
	c.out = &intake.Verdict{Status: intake.Changed, Title: k.Project.Name, Object: c.held.ID, Base: c.held.Version, Version: k.Project.Version, Before: raw, Act: act, Also: filed, Reasons: c.draft.Notes}
	return nil
}

func sameOrigin(a, b Project) bool {
	return a.OriginAuthor == b.OriginAuthor && a.OriginOn == b.OriginOn && a.IndustryText == b.IndustryText
}

// take writes what the row states into k's project; what it leaves blank stays,
// and so does what a contract in force fixes.
func (im *importer) take(k *Docket, c *candidate) {
	p, from := &k.Project, c.draft.Project
	for _, f := range []struct {
		id       string
		to, from *string
		fixed    bool
	}{
		{"name", &p.Name, &from.Name, false}, {"site", &p.Site, &from.Site, true}, {"scope", &p.Scope, &from.Scope, true}, {"summary", &p.Summary, &from.Summary, false},
		{"source", &p.Source, &from.Source, false}, {"terms", &p.Terms, &from.Terms, false}, {"finder", &p.Finder, &from.Finder, false}, {"kind", &p.Kind, &from.Kind, false},
		{"found_on", &p.FoundOn, &from.FoundOn, false}, {"origin_author", &p.OriginAuthor, &from.OriginAuthor, false},
		{"unit_id", &p.Unit, &from.Unit, false}, {"owner_id", &p.Owner, &from.Owner, false},
	} {
		if !slices.Contains(c.draft.States, f.id) {
			continue
		}
		if f.fixed && k.Signing != nil && fold(*f.to) != fold(*f.from) {
			c.draft.note("pipeline.fixed_by_contract", f.id)
			continue
		}
		*f.to = *f.from
	}
	im.takeRest(k, c)
}

func (im *importer) takeRest(k *Docket, c *candidate) {
	p, from := &k.Project, c.draft.Project
	stated := func(id string) bool { return slices.Contains(c.draft.States, id) }
	if stated("industry") && from.Industry != "" {
		p.Industry, p.IndustryText = from.Industry, ""
	} else if stated("industry") && p.Industry == "" {
		p.IndustryText = from.IndustryText
	}
	if stated("total_investment") {
		p.TotalMinor, p.Currency = from.TotalMinor, from.Currency
	}
	if stated("fixed_investment") {
		p.FixedMinor, p.FixedCurrency = from.FixedMinor, from.FixedCurrency
	}
	if from.Investor != "" && from.Investor != p.Investor {
		if k.Signing != nil {
			c.draft.note("pipeline.fixed_by_contract", "investor_name")
		} else {
			p.Investor, p.InvestorName, k.Identity = from.Investor, from.InvestorName, im.identity[from.Investor]
		}
	}
	if from.OriginOn > p.OriginOn {
		p.OriginOn = from.OriginOn
	}
	if from.Stage != p.Stage {
		c.draft.note("pipeline.import_stage_kept", "stage")
	}
}
