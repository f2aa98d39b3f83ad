package pipeline

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"sente/internal/infra/intake"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
	"sente/internal/zone/party"
)

// was is what Undo needs to restore a project that an import changed.
type was struct {
	Project Project `json:"project"`
	Seq     int64   `json:"seq"`               // last milestone
	Figures int64   `json:"figures,omitempty"` // last figure
	Reached string  `json:"reached,omitempty"` // the party to which the row brought a contact
}

// undoImport takes rows of a run back: new projects go, changed ones are
// restored, organisations the run brought go when nobody else refers to them,
// and so do reports and contacts that nobody has touched since.
func (d *Desk) undoImport(ctx context.Context, tx store.Tx, run intake.Run, rows []intake.Done) (acts []journal.Act, blocked []intake.Blocked, err error) {
	defer kernel.Wrap(&err, "pipeline.undoImport(%s)", run.ID)
	ids := make([]string, len(rows))
	for i, row := range rows {
		ids[i] = row.Object
	}
	u, err := loadUndoing(ctx, tx, run.ID, ids)
	if err != nil {
		return nil, nil, err
	}
	going := map[string][]int{} // by investor: the acts by which its reports and projects go
	var reached []string        // parties to which the rows may have brought contacts
	for _, row := range rows {
		k, stands := u.dockets[row.Object]
		if !stands {
			return nil, nil, kernel.Faultf(kernel.ErrNotFound, "pipeline.not_found")
		}
		relied, err := k.reliedOn(ctx, tx, run.ID)
		if err != nil {
			return nil, nil, err
		}
		goes := row.Status == intake.New
		if relied || u.relied[k.Project.ID] || k.Project.Version != row.Version || goes && u.filed[k.Project.ID] {
			blocked = append(blocked, intake.Blocked{Row: row.Number, Reason: kernel.Fault{Kind: kernel.ErrConflict, Word: "pipeline.import_changed_since", Args: []any{k.Project.Code}}})
			continue
		}
		act, before, err := undone(tx, k, row)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range u.reports[k.Project.ID] {
			if goes {
				going[r.Party] = append(going[r.Party], len(acts))
			}
			acts = append(acts, journal.Act{Verb: "pipeline.import_undone", Object: ReportObject(r.ID), Changes: []journal.Change{journal.Drop(r)}})
		}
		reached = append(reached, before.Reached, k.Project.Investor)
		if goes && k.Project.Investor != "" {
			going[k.Project.Investor] = append(going[k.Project.Investor], len(acts))
		}
		acts = append(acts, act)
	}
	slices.Sort(reached)
	reached = slices.DeleteFunc(slices.Compact(reached), func(id string) bool { return id == "" })
	if err := u.investors(ctx, tx, run.ID, reached); err != nil {
		return nil, nil, err
	}
	u.withInvestors(run, going, acts)
	removed, err := u.withoutContacts(ctx, tx, run, reached)
	return append(removed, acts...), blocked, err // before the parties that go
}

// withoutContacts returns the acts that take the contacts of run from parties.
func (u *undoing) withoutContacts(ctx context.Context, tx store.Tx, run intake.Run, parties []string) ([]journal.Act, error) {
	brought, err := party.RunContacts(ctx, tx, run.ID, parties)
	if err != nil {
		return nil, err
	}
	var acts []journal.Act
	for _, id := range slices.Sorted(maps.Keys(brought)) {
		acts = append(acts, party.ContactsRemoved(tx, u.parties[id], brought[id], u.strangers[id] == 0))
	}
	return acts, nil
}

// reliedOn reports whether the ceremony of a project that did not come with run,
// and so does not go with it, hangs on k's signing.
func (k *Docket) reliedOn(ctx context.Context, tx store.Tx, run string) (bool, error) {
	for _, c := range k.Ceremonies {
		if k.Signing == nil || c.Signing != k.Signing.ID || c.Project == k.Project.ID {
			continue
		}
		if p, err := Get(ctx, tx, c.Project); err != nil || p.OriginRun != run {
			return true, err
		}
	}
	return false, nil
}

// undone is the act that takes back what a run did to one project; before is
// what it changed.
func undone(tx store.Tx, k *Docket, row intake.Done) (act journal.Act, before was, err error) {
	act = journal.Act{Verb: "pipeline.import_undone", Object: Object(k.Project.ID)}
	if row.Status == intake.Changed {
		if err := json.Unmarshal(row.Before, &before); err != nil {
			return act, before, err
		}
		before.Project.Version, before.Project.UpdatedAt = k.Project.Version+1, tx.Now.UnixMilli()
		act.Changes = append(act.Changes, journal.Put(before.Project))
	} else {
		// Its shares go whether it has any or not: asking would cost more.
		act.Changes = append(act.Changes, journal.Drop(k.Project), journal.Drop(ShareSet{Zone: k.Project.Zone, Project: k.Project.ID}))
		if k.Signing != nil {
			act.Changes = append(act.Changes, journal.Drop(*k.Signing))
		}
		for _, c := range k.Ceremonies {
			if c.Project == k.Project.ID { // the others go with the projects that brought them
				act.Changes = append(act.Changes, journal.Drop(c))
			}
		}
	}
	for _, m := range k.Milestones {
		if m.Seq > before.Seq {
			act.Changes = append(act.Changes, journal.Drop(m))
		}
	}
	for _, f := range k.Figures {
		if f.Seq > before.Figures {
			act.Changes = append(act.Changes, journal.Drop(f))
		}
	}
	return act, before, nil
}

// withInvestors adds to the last act of each investor's reports and projects that
// go, by their place in acts, the removal of an organisation that the run brought,
// that nobody has touched since, and that nothing that remains refers to.
func (u *undoing) withInvestors(run intake.Run, going map[string][]int, acts []journal.Act) {
	for id, at := range going {
		p, stands := u.parties[id]
		if !stands || p.OriginRun != run.ID || p.Version != 1 || u.refers[id] > int64(len(at)) {
			continue
		}
		last := &acts[at[len(at)-1]]
		last.Changes = append(last.Changes, journal.Drop(p))
	}
}
