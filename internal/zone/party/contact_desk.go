package party

import (
	"context"
	"slices"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// EnsuredContact is what [EnsureContacts] says about one draft.
type EnsuredContact struct {
	Contact Contact        // the one held or to be added; without an ID the draft states none
	Add     bool           // it is not there yet: the caller adds it with [ContactsAdded]
	Came    bool           // the run brings it, or has brought it already
	Notes   []kernel.Fault // what to look at; they hold nothing personal
}

// EnsureContacts finds the contacts that drafts of one import run state, with one
// query and in their order. A contact of the same name and phone is there
// already; drafts that state the same new one get the same.
func EnsureContacts(ctx context.Context, tx store.Tx, run string, drafts []ContactDraft) (out []EnsuredContact, err error) {
	defer kernel.Wrap(&err, "party.EnsureContacts(%d drafts)", len(drafts))
	var ids []string
	for _, d := range drafts {
		ids = append(ids, d.Party.ID)
	}
	held, err := contactsOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	fresh, nextID := map[string]bool{}, kernel.IDs(tx.Now)
	for _, d := range drafts {
		c, notes, stated := d.contact()
		if !stated {
			out = append(out, EnsuredContact{})
			continue
		}
		of := held[d.Party.ID]
		at := slices.IndexFunc(of, c.same)
		if at < 0 {
			c.Zone, c.ID, c.Party, c.OriginRun = tx.Zone, nextID(), d.Party.ID, run
			c.Version, c.CreatedAt, c.UpdatedAt = 1, tx.Now.UnixMilli(), tx.Now.UnixMilli()
			held[d.Party.ID], fresh[c.ID] = append(of, c), true
			out = append(out, EnsuredContact{Contact: c, Add: true, Came: true, Notes: notes})
			continue
		}
		e := EnsuredContact{Contact: of[at], Add: fresh[of[at].ID], Came: of[at].OriginRun == run}
		if c.Email != "" && c.Email != of[at].Email {
			e.Notes = []kernel.Fault{{Kind: kernel.ErrInvalid, Word: "party.contact_email_kept", Field: "email"}}
		}
		out = append(out, e)
	}
	return out, nil
}

// ContactsAdded is the act by which the contacts of list join p. It is about p,
// so that [Desk.Erase] reaches what the journal holds of them. p gets a new
// version, unless the contacts' own run is only just making it.
func ContactsAdded(tx store.Tx, p Party, list []Contact) journal.Act {
	act := journal.Act{Verb: "party.contact_added", Object: p.Object()}
	var ids []string
	for _, c := range list {
		c.Unit, c.Owner = p.Unit, p.Owner
		ids, act.Changes = append(ids, c.ID), append(act.Changes, journal.Put(c))
	}
	if !p.madeBy(list[0].OriginRun) {
		act.Changes = append(act.Changes, journal.Put(next(tx, p)))
	}
	act.Detail = map[string]any{"contacts": ids}
	return act
}

// madeBy reports whether run made p and nobody has touched it since.
func (p Party) madeBy(run string) bool { return p.OriginRun == run && p.Version == 1 }

// RunContacts returns the contacts of the parties ids that run brought and nobody
// has touched since, by party.
func RunContacts(ctx context.Context, tx store.Tx, run string, ids []string) (out map[string][]Contact, err error) {
	defer kernel.Wrap(&err, "party.RunContacts(%s)", run)
	all, err := contactsOf(ctx, tx, ids)
	for id, list := range all {
		all[id] = slices.DeleteFunc(list, func(c Contact) bool { return c.OriginRun != run || c.Version != 1 })
		if len(all[id]) == 0 {
			delete(all, id)
		}
	}
	return all, err
}

// ContactsRemoved is the act that takes the contacts of list from p. goes says
// that p, which the same run made, is about to go too.
func ContactsRemoved(tx store.Tx, p Party, list []Contact, goes bool) journal.Act {
	act := journal.Act{Verb: "party.contact_removed", Object: p.Object()}
	var ids []string
	for _, c := range list {
		ids, act.Changes = append(ids, c.ID), append(act.Changes, journal.Drop(c))
	}
	if !goes || !p.madeBy(list[0].OriginRun) {
		act.Changes = append(act.Changes, journal.Put(next(tx, p)))
	}
	act.Detail = map[string]any{"contacts": ids}
	return act
}
