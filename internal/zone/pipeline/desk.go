package pipeline

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/recall"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/party"
	"sente/internal/zone/work"
)

// Desk is where projects are opened, moved along and looked up (办事窗口).
type Desk struct {
	db         *store.DB
	gate       *access.Gate
	book       words.Book
	folder     *files.Folder
	shipped    Tracks // with the program; a zone's own versions stand in the store
	thresholds Thresholds
	industries industryBook
	measures   Measures
	shown      *recall.Cache[shownKey, shown] // by every state of a project that a list has shown
	passes     *passes
}

// NewDesk returns a Desk with the tracks shipped with the program. book says
// the headings of exports; attached documents are kept in folder.
func NewDesk(db *store.DB, gate *access.Gate, book words.Book, folder *files.Folder) *Desk {
	return &Desk{db, gate, book, folder, DefaultTracks(), DefaultThresholds(), newIndustryBook(), DefaultMeasures(),
		recall.New[shownKey](shownBytes, shown.bytes), &passes{of: map[string]pass{}}}
}

// resource is p as the access policies see it.
func (p Project) resource() access.Resource {
	return access.Resource{Type: "Project", ID: p.ID, Unit: p.Unit, Owner: p.Owner}
}

func today(tx store.Tx) kernel.Date { return kernel.DayOf(tx.Now.UnixMilli()) }

// Open registers a lead. It answers to the gate of the first stage: name,
// source, finder and date. Unit and owner default to the caller's.
func (d *Desk) Open(ctx context.Context, f Facts) (k *Docket, err error) {
	defer kernel.Wrap(&err, "pipeline.Open")
	if err := d.gate.Require(ctx, "pipeline.open"); err != nil {
		return nil, err
	}
	err = d.db.Update(ctx, func(tx store.Tx) error {
		k, err = d.open(ctx, tx, f)
		return err
	})
	return k, err
}

func (d *Desk) open(ctx context.Context, tx store.Tx, f Facts) (k *Docket, err error) {
	actor := kernel.ActorOf(ctx)
	k = &Docket{}
	k.Project = f.apply(Project{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Kind: KindNew, Builds: true, Unit: actor.Unit, Owner: actor.ID,
		Stage: Lead, Origin: OriginEntered, CreatedAt: tx.Now.UnixMilli()})
	if err := d.gate.Allow(ctx, tx, "pipeline.open", k.Project.resource()); err != nil {
		return nil, err
	}
	if err := d.vet(ctx, tx, k); err != nil {
		return nil, err
	}
	if err := onPlatform(ctx, tx, Project{}, &k.Project, f); err != nil {
		return nil, err
	}
	if err := d.broughtBy(ctx, tx, Project{}, k.Project); err != nil {
		return nil, err
	}
	if err := d.follow(ctx, tx, k, f); err != nil {
		return nil, err
	}
	if err := decideExpansion(Project{}, k.Project); err != nil {
		return nil, err
	}
	if err := responsible(ctx, tx, f); err != nil {
		return nil, err
	}
	if err := asInvalid(k.Track.refuse(Lead, unmet(k.Track.Gates.Check(k.Dossier, Lead, today(tx), actor.Lang)), actor.Lang)); err != nil {
		return nil, err
	}
	if k.clockwork, err = d.reckoner(ctx, tx); err != nil {
		return nil, err
	}
	c, err := nextCode(ctx, tx, &k.Project)
	if err != nil {
		return nil, err
	}
	k.Project.StageSince = k.Project.FoundOn
	reported, err := d.firstReport(ctx, tx, k)
	if err != nil {
		return nil, err
	}
	m := k.note(MilestoneEntry{Stage: Lead, Kind: Actual, On: k.Project.FoundOn}, actor, tx.Now.UnixMilli())
	opened := journal.Act{Verb: "pipeline.opened", Detail: map[string]any{"code": k.Project.Code, "stage": Lead},
		Changes: []journal.Change{journal.Put(m), journal.Put(begun(k.Project, Share{Account: actor.ID, Name: actor.Name, Unit: actor.Unit}, actor, tx.Now.UnixMilli()))}}
	if err := putFirst(tx, k, f, actor, &opened); err != nil {
		return nil, err
	}
	act := d.settled(tx, k, opened)
	// The counter comes first: of two that take the same number at once, one then
	// fails as a serialization failure and is tried again, not as a duplicate.
	act.Changes = append([]journal.Change{journal.Put(c)}, act.Changes...)
	return k, journal.RecordAll(ctx, tx, append([]journal.Act{act}, reported...))
}

// vet checks the project's own fields and fetches its investor.
func (d *Desk) vet(ctx context.Context, tx store.Tx, k *Docket) error {
	if err := k.Project.check(today(tx), d.industries); err != nil {
		return err
	}
	return investor(ctx, tx, k)
}

// responsible checks that the department and the official f names exist and are
// in service.
func responsible(ctx context.Context, tx store.Tx, f Facts) error {
	if f.Unit != nil {
		if err := access.CheckUnit(ctx, tx, "unit", *f.Unit); err != nil {
			return err
		}
	}
	if f.Owner == nil || *f.Owner == "" || *f.Owner == kernel.ActorOf(ctx).ID {
		return nil
	}
	return inService(ctx, tx, "owner", *f.Owner)
}

// inService refuses, as a fault about field, an account that does not exist or
// is disabled.
func inService(ctx context.Context, tx store.Tx, field, account string) error {
	a, err := access.GetAccount(ctx, tx, account)
	if errors.Is(err, kernel.ErrNotFound) || err == nil && a.Status != access.Active {
		return kernel.FieldFault(field, "pipeline.unknown_owner")
	}
	return err
}

// investor fills in what the register of parties says about k's investor. A
// private person's name is personal data and stays there; k keeps the id.
func investor(ctx context.Context, tx store.Tx, k *Docket) error {
	k.Identity = ""
	if k.Project.Investor == "" {
		return nil
	}
	p, err := party.Get(ctx, tx, k.Project.Investor)
	if err != nil {
		return inField("investor", "pipeline.unknown_investor", err)
	}
	k.Project.InvestorName, k.Identity = p.Name, identity(p)
	return nil
}

// identity is the number by which an investor is one and the same anywhere:
// credit code, LEI, or the foreign registration number with its country.
func identity(p party.Party) string {
	switch {
	case p.CreditCode != "":
		return p.CreditCode
	case p.LEI != "":
		return p.LEI
	case p.ForeignRegNo != "":
		return p.Country + ":" + p.ForeignRegNo
	}
	return ""
}

// nextCode gives p the next project number of the year and returns the counter
// to save with it.
func nextCode(ctx context.Context, tx store.Tx, p *Project) (Counter, error) {
	c, err := loadCounter(ctx, tx, string(today(tx))[:4])
	c.Last++
	p.Code = code(c.Year, c.Last)
	return c, err
}

// settled returns act with k's project, as it is to be stored, in front: the one
// way a project comes to be written.
func (d *Desk) settled(tx store.Tx, k *Docket, act journal.Act) journal.Act {
	p := k.Project.settle(d.industries)
	if p.NameSort = k.nameSort; p.NameSort == "" {
		p.NameSort = store.SortKey(p.Name)
	}
	p.Version, p.UpdatedAt = p.Version+1, tx.Now.UnixMilli()
	k.Project = p
	k.Project.Missing = k.Track.missingCount(&k.Dossier, today(tx))
	k.reckon(k.clockwork)
	act.Object = Object(p.ID)
	act.Changes = append([]journal.Change{journal.Put(k.Project)}, act.Changes...)
	return act
}

// docket loads project id with all that is filed under it. A project the caller
// may not read is as good as none.
func (d *Desk) docket(ctx context.Context, tx store.Tx, id, perm string) (k *Docket, err error) {
	k = &Docket{}
	if k.Project, err = Get(ctx, tx, id); err != nil {
		return nil, err
	}
	if d.gate.Allow(ctx, tx, "pipeline.read", k.Project.resource()) != nil {
		return nil, kernel.Faultf(kernel.ErrNotFound, "pipeline.not_found")
	}
	if err := d.gate.Allow(ctx, tx, perm, k.Project.resource()); err != nil {
		return nil, err
	}
	if err := d.onTrack(ctx, tx, k); err != nil {
		return nil, err
	}
	if err := fill(ctx, tx, k); err != nil {
		return nil, err
	}
	return k, d.lookBeside(ctx, tx, k)
}

// fill loads what is filed under k's project.
func fill(ctx context.Context, tx store.Tx, k *Docket) (err error) {
	id := k.Project.ID
	k.Today = today(tx)
	if k.Milestones, err = loadMilestones(ctx, tx, id); err != nil {
		return err
	}
	if k.Evidence, err = loadEvidence(ctx, tx, id); err != nil {
		return err
	}
	if k.Signoffs, err = loadSignoffs(ctx, tx, id); err != nil {
		return err
	}
	if k.Signing, err = loadSigning(ctx, tx, id); err != nil {
		return err
	}
	signing := ""
	if k.Signing != nil {
		signing = k.Signing.ID
	}
	if k.Ceremonies, err = loadCeremonies(ctx, tx, signing, id); err != nil {
		return err
	}
	if err := fillFigures(ctx, tx, k); err != nil {
		return err
	}
	if k.Project.Investor == "" {
		return nil
	}
	p, err := party.Get(ctx, tx, k.Project.Investor)
	k.Identity = identity(p)
	return err
}

// outcome is what an act on a docket comes to.
type outcome struct {
	act   journal.Act
	also  []journal.Act // on other objects
	ruled []journal.Act // on other objects, as what follows from a rule: whose act it was is not told there
	tell  error         // told to the caller after everything above is saved
}

// change is the one path of every act on an existing project: permission, load,
// compare versions, decide, save, record.
func (d *Desk) change(ctx context.Context, id string, version int64, perm string, decide func(tx store.Tx, k *Docket) (outcome, error)) (k *Docket, err error) {
	defer kernel.Wrap(&err, "%s(%s)", perm, id)
	if err := d.gate.Require(ctx, perm); err != nil {
		return nil, err
	}
	for range signingTries {
		k, err = d.try(ctx, id, version, perm, decide)
		if u, ok := store.Unique(err); !ok || u.Constraint != "pipeline_signings_once" {
			break
		}
	}
	return k, known(err)
}

// signingTries bounds how often an act is decided anew because another project
// took the signing in the same instant: the second time it is seen in time.
const signingTries = 3

func (d *Desk) try(ctx context.Context, id string, version int64, perm string, decide func(tx store.Tx, k *Docket) (outcome, error)) (k *Docket, err error) {
	var o outcome
	err = d.db.Update(ctx, func(tx store.Tx) error {
		if k, err = d.docket(ctx, tx, id, perm); err != nil {
			return err
		}
		if version != 0 && k.Project.Version != version {
			return kernel.Faultf(kernel.ErrStale, "pipeline.stale")
		}
		signed := k.Signing != nil
		if o, err = decide(tx, k); err != nil || o.act.Verb == "" {
			return err
		}
		if !signed && k.Signing != nil {
			ended, ruled, err := d.convertReports(ctx, tx, id)
			if err != nil {
				return err
			}
			o.also, o.ruled = append(o.also, ended...), append(o.ruled, ruled...)
		}
		if err := journal.RecordAll(byRule(ctx, tx), tx, o.ruled); err != nil {
			return err
		}
		return journal.RecordAll(ctx, tx, append(o.also, d.settled(tx, k, o.act)))
	})
	if err == nil {
		err = o.tell
	}
	return k, err
}

// known gives a duplicate only the database saw the words of its conflict.
func known(err error) error {
	if u, ok := store.Unique(err); ok {
		switch u.Constraint {
		case "pipeline_signings_once":
			return kernel.Faultf(kernel.ErrConflict, "pipeline.signing_just_taken")
		case "pipeline_signoffs_once":
			return kernel.Faultf(kernel.ErrConflict, "pipeline.already_signed", "")
		}
	}
	return err
}

// Amend changes fields of a project. What identifies a contract in force cannot
// be changed under it.
func (d *Desk) Amend(ctx context.Context, id string, version int64, f Facts) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.amend", func(tx store.Tx, k *Docket) (outcome, error) {
		was := k.Project
		if was.Stage.Final() {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.final", was.Stage.Label(kernel.ActorOf(ctx).Lang))
		}
		key := k.key()
		k.Project = f.apply(was)
		if k.Signing != nil {
			if err := lockedBySigning(was, k.Project); err != nil {
				return outcome{}, err
			}
		}
		if err := d.vet(ctx, tx, k); err != nil {
			return outcome{}, err
		}
		from := k.Track
		if err := d.follow(ctx, tx, k, f); err != nil {
			return outcome{}, err
		}
		if err := decideExpansion(was, k.Project); err != nil {
			return outcome{}, err
		}
		if err := responsible(ctx, tx, f); err != nil {
			return outcome{}, err
		}
		if err := onPlatform(ctx, tx, was, &k.Project, f); err != nil {
			return outcome{}, err
		}
		if err := d.broughtBy(ctx, tx, was, k.Project); err != nil {
			return outcome{}, err
		}
		if err := d.gate.Allow(ctx, tx, "pipeline.amend", k.Project.resource()); err != nil {
			return outcome{}, err // nobody hands a project to where they could not have taken it from
		}
		if err := keepsBuilds(was, k.Project); err != nil {
			return outcome{}, err
		}
		if err := d.keepsGates(was, k, today(tx), kernel.ActorOf(ctx).Lang); err != nil {
			return outcome{}, err
		}
		var reported []journal.Act
		if k.Project.Investor != was.Investor {
			var err error
			if reported, err = d.firstReport(ctx, tx, k); err != nil {
				return outcome{}, err
			}
		}
		act := journal.Act{Verb: "pipeline.amended"}
		if err := d.reviseAmounts(ctx, tx, k, was, f, &act); err != nil {
			return outcome{}, err
		}
		act.Detail = map[string]any{"fields": amendedFields(was, k.Project, act.Changes)}
		d.voidChanged(was, k, &act, tx, kernel.ActorOf(ctx).Lang)
		if from.ID != k.Track.ID {
			d.voidAhead(k, &act, tx, kernel.ActorOf(ctx).Lang)
		}
		if was.SigningHeldBy != "" && k.key() == key {
			return outcome{act: act, also: reported}, nil // known to repeat a contract; only its next stage is refused
		}
		if err := d.claim(ctx, tx, k, &act); err != nil {
			return outcome{}, err
		}
		return outcome{act: act, also: reported}, nil
	})
}

// voidChanged makes signatures void that were given under gates still ahead and
// whose fields have changed since: what was signed is no longer what stands.
func (d *Desk) voidChanged(was Project, k *Docket, act *journal.Act, tx store.Tx, lang string) {
	for _, s := range k.Track.ahead(k.Project.Standing()) {
		if labels := k.Track.Gates.changed(s, was, k.Project, today(tx), lang); len(labels) > 0 {
			why := d.book.Say(lang, "pipeline.signature_outdated", strings.Join(labels, ", "))
			k.void(act, tx.Now.UnixMilli(), why, func(x Stage) bool { return x == s })
		}
	}
}

// voidAhead makes the signatures under gates still ahead void when a project
// changes its track: they were given under other gates.
func (d *Desk) voidAhead(k *Docket, act *journal.Act, tx store.Tx, lang string) {
	standing := k.Project.Standing()
	why := d.book.Say(lang, "pipeline.signature_other_track", k.Track.Name(lang))
	k.void(act, tx.Now.UnixMilli(), why, func(s Stage) bool { return s.Rank() > 0 && k.Track.compare(s, standing) > 0 })
}

// keepsGates refuses to empty a field that the gate of a stage already reached
// asked for.
func (d *Desk) keepsGates(was Project, k *Docket, day kernel.Date, lang string) error {
	before := k.Dossier
	before.Project = was
	for _, s := range k.Track.upTo(was.Standing()) {
		for _, r := range k.Track.Gates.For(s, day, k.Project.Builds) {
			if r.Kind == NeedField && r.ID != "identity" && before.meets(&r) && !k.meets(&r) {
				return kernel.FieldFault(r.ID, "pipeline.field_in_use", r.Label(lang), k.Track.Label(s, lang))
			}
		}
	}
	return nil
}

// SetMilestone adds a planned, forecast or actual date of a stage. Nothing is
// overwritten: the latest entry holds, the earlier ones stay.
func (d *Desk) SetMilestone(ctx context.Context, id string, version int64, e MilestoneEntry) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.milestone", func(tx store.Tx, k *Docket) (outcome, error) {
		actor := kernel.ActorOf(ctx)
		if err := k.Track.decideMilestone(k.Dossier, k.Milestones, e, today(tx), actor.Lang); err != nil {
			return outcome{}, err
		}
		m := k.note(e, actor, tx.Now.UnixMilli())
		if e.Kind == Actual && e.Stage == k.Project.Stage {
			k.Project.StageSince = e.On
		}
		return outcome{act: journal.Act{Verb: "pipeline.milestone_set", Detail: map[string]any{"stage": e.Stage, "kind": e.Kind, "on": e.On}, Changes: []journal.Change{journal.Put(m)}}}, nil
	})
}

// Find returns project id with all that is filed under it.
func (d *Desk) Find(ctx context.Context, id string) (k *Docket, err error) {
	return d.FindAsOf(ctx, id, "")
}

// names adds the names of departments and officials to projects.
func names(ctx context.Context, tx store.Tx, projects []Project) ([]Listed, error) {
	units, err := access.Units(ctx, tx)
	if err != nil {
		return nil, err
	}
	byID := map[string]access.Unit{}
	for _, u := range units {
		byID[u.ID] = u
	}
	var owners []string
	for _, p := range projects {
		if p.Owner != "" && !slices.Contains(owners, p.Owner) {
			owners = append(owners, p.Owner)
		}
	}
	accounts, err := access.AccountNames(ctx, tx, owners...)
	if err != nil {
		return nil, err
	}
	out := make([]Listed, len(projects))
	for i, p := range projects {
		u := byID[p.Unit]
		out[i] = Listed{p, u.Name(kernel.ActorOf(ctx).Lang), accounts[p.Owner]}
	}
	return out, nil
}

// Gate returns what stands between project id and its next stage, in the
// caller's language.
func (d *Desk) Gate(ctx context.Context, id string) (c Checklist, err error) {
	defer kernel.Wrap(&err, "pipeline.Gate(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return c, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id, "pipeline.read")
		if err != nil {
			return err
		}
		c = k.checklist(today(tx), kernel.ActorOf(ctx).Lang)
		return nil
	})
	return c, err
}

// Timeline returns the journal's entries about project id, newest first.
func (d *Desk) Timeline(ctx context.Context, id string, p journal.Page) (entries []journal.Entry, err error) {
	defer kernel.Wrap(&err, "pipeline.Timeline(%q)", id)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if _, err := d.docket(ctx, tx, id, "pipeline.read"); err != nil {
			return err
		}
		if entries, err = journal.History(ctx, tx, Object(id), p); err != nil {
			return err
		}
		if err := d.veilCeremonies(ctx, tx, id, entries); err != nil {
			return err
		}
		return work.Veil(d.gate)(ctx, tx, entries)
	})
	return entries, err
}

// settle checks f and adds to its stages the steps within them.
func (d *Desk) settle(ctx context.Context, tx store.Tx, f Filter) (s settledFilter, err error) {
	if s, err = f.settle(d.industries, today(tx)); err != nil {
		return s, err
	}
	s.Stages, err = d.withSteps(ctx, tx, s.Stages, s.Exact, today(tx))
	return s, err
}

// readable returns the conditions of f narrowed to what the caller may do perm to.
func (d *Desk) readable(ctx context.Context, tx store.Tx, perm string, f Filter) (*where, error) {
	s, err := d.settle(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	among, err := named(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	return d.allowed(ctx, tx, perm, s, among)
}

// allowed is readable for a settled filter, among the projects named where their
// names are known.
func (d *Desk) allowed(ctx context.Context, tx store.Tx, perm string, s settledFilter, among *candidates) (*where, error) {
	w := matching(tx.Zone, s)
	w.among(tx.Dialect, among)
	cond, args, err := d.gate.Filter(ctx, tx, perm, "Project", "pipeline_projects", len(w.args)+1)
	if err != nil {
		return nil, err
	}
	w.conds, w.args = append(w.conds, cond), append(w.args, args...)
	return w, nil
}

// List returns one page of the projects that f lets through and the caller may
// read: at most limit after the place named by after (nil: the first page), in
// the order of sort, and the place to go on from (nil: the last page).
func (d *Desk) List(ctx context.Context, f Filter, sort string, after *Place, limit int) ([]Listed, *Place, error) {
	return d.page(ctx, "pipeline.read", f, sort, after, limit)
}

// Export is List for what the caller may export.
func (d *Desk) Export(ctx context.Context, f Filter, sort string, after *Place, limit int) ([]Listed, *Place, error) {
	return d.page(ctx, "pipeline.export", f, sort, after, limit)
}

func (d *Desk) page(ctx context.Context, perm string, f Filter, sort string, after *Place, limit int) (out []Listed, next *Place, err error) {
	defer kernel.Wrap(&err, "pipeline.page(%s)", perm)
	if err := d.gate.Require(ctx, perm); err != nil {
		return nil, nil, err
	}
	s, err := parseSort(sort)
	if err != nil {
		return nil, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		if f.AsOf != "" {
			all, err := d.past(ctx, tx, perm, f)
			if err != nil {
				return err
			}
			var rows []Project
			rows, next = s.cut(all, after, limit)
			out, err = names(ctx, tx, rows)
			return err
		}
		w, err := d.readable(ctx, tx, perm, f)
		if err != nil {
			return err
		}
		w.keyset(s, after)
		rows, err := page(ctx, tx, w, s, limit+1)
		if err != nil {
			return err
		}
		if len(rows) > limit {
			at := s.placeOf(rows[limit-1])
			rows, next = rows[:limit], &at
		}
		out, err = names(ctx, tx, rows)
		return err
	})
	return out, next, err
}

// Totals adds up the projects that f lets through and the caller may list.
func (d *Desk) Totals(ctx context.Context, f Filter) (t Totals, err error) {
	defer kernel.Wrap(&err, "pipeline.Totals")
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return t, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		groups, err := d.groups(ctx, tx, f)
		if err != nil {
			return err
		}
		ts, err := d.tracksAt(ctx, tx, cmp.Or(kernel.Date(f.AsOf), today(tx)))
		if err != nil {
			return err
		}
		t, err = foldSums(groups, ts.parts())
		return err
	})
	return t, err
}

// groups are what Totals adds up, today's or those of the day f.AsOf.
func (d *Desk) groups(ctx context.Context, tx store.Tx, f Filter) ([]sum, error) {
	if f.AsOf != "" {
		all, err := d.past(ctx, tx, "pipeline.read", f)
		return sumsOf(all), err
	}
	if f.counts() {
		s, err := d.settle(ctx, tx, f)
		if err != nil {
			return nil, err
		}
		sight, plain, err := d.gate.Sight(ctx, tx, "pipeline.read", "Project")
		if err != nil {
			return nil, err
		}
		if plain {
			return tallied(ctx, tx, s, sight)
		}
	}
	w, err := d.readable(ctx, tx, "pipeline.read", f)
	if err != nil {
		return nil, err
	}
	return sums(ctx, tx, w)
}

// Readable refuses a project that the caller may not read. It is a journal.Reader.
func (d *Desk) Readable(ctx context.Context, tx store.Tx, id string) error {
	p, err := Get(ctx, tx, id)
	if err != nil {
		return err
	}
	return d.gate.Allow(ctx, tx, "pipeline.read", p.resource())
}
