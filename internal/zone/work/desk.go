package work

import (
	"context"
	"errors"
	"slices"
	"strings"

	"sente/internal/infra/access"
	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/words"
	"sente/internal/kernel"
	"sente/internal/zone/office"
)

// Desk is where tasks are given and answered, notes written, activities held
// and methods and campaigns kept.
type Desk struct {
	cfg     Config
	methods []Method
	kinds   []ActivityKind
	limits  Limits
}

// Titles returns the titles of those of the things ids that the context's actor
// may read, by id: what a higher storey says of its own things.
type Titles func(ctx context.Context, tx store.Tx, ids []string) (map[string]string, error)

// Config is what a Desk is made of.
type Config struct {
	DB     *store.DB
	Gate   *access.Gate
	Words  words.Book
	Folder *files.Folder
	// Readers refuse, by kind ("pipeline.project"), a thing the actor may not
	// read. A kind that is not here cannot be written about. The map may still
	// grow after NewDesk, until the first request.
	Readers map[string]journal.Reader
	Titles  map[string]Titles // by kind; a kind without is shown without its title
}

// NewDesk returns the desk, with the dictionaries shipped with the program.
func NewDesk(cfg Config) *Desk {
	return &Desk{cfg, shippedMethods(), shippedKinds(), shippedLimits()}
}

func today(tx store.Tx) kernel.Date { return kernel.DayOf(tx.Now.UnixMilli()) }

// about refuses, as a fault about field, a subject that does not exist or that
// the actor may not read: one answer for both. "" is no subject.
func (d *Desk) about(ctx context.Context, tx store.Tx, field, subject string) error {
	if subject == "" {
		return nil
	}
	kind, id, _ := strings.Cut(subject, "/")
	read, known := d.cfg.Readers[kind]
	if !known || id == "" || len(subject) > maxTitle {
		return kernel.FieldFault(field, "work.subject_unknown")
	}
	err := read(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) || errors.Is(err, kernel.ErrDenied) {
		return kernel.FieldFault(field, "work.subject_unknown")
	}
	return err
}

// subjects returns the titles of those of the subjects that the actor may read,
// "" for a kind whose things have no title.
func (d *Desk) subjects(ctx context.Context, tx store.Tx, all []string) (map[string]string, error) {
	out, byKind := map[string]string{}, map[string][]string{}
	for _, s := range all {
		kind, id, ok := strings.Cut(s, "/")
		if ok && !slices.Contains(byKind[kind], id) {
			byKind[kind] = append(byKind[kind], id)
		}
	}
	for kind, ids := range byKind {
		titles, ok := d.cfg.Titles[kind]
		if !ok {
			for _, id := range ids {
				if d.about(ctx, tx, "", kind+"/"+id) == nil {
					out[kind+"/"+id] = ""
				}
			}
			continue
		}
		named, err := titles(ctx, tx, ids)
		if err != nil {
			return nil, err
		}
		for id, title := range named {
			out[kind+"/"+id] = title
		}
	}
	return out, nil
}

// people is what lists say of accounts and units.
type people struct {
	accounts map[string]access.Account
	left     map[string]bool
	units    map[string]access.Unit
}

// named gathers the names behind accounts, and which of them have left.
func named(ctx context.Context, tx store.Tx, accounts []string) (p people, err error) {
	accounts = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(accounts))), func(id string) bool { return id == "" })
	if p.accounts, err = access.AccountsByID(ctx, tx, accounts); err != nil {
		return p, err
	}
	if p.left, err = gone(ctx, tx, accounts, p.accounts); err != nil {
		return p, err
	}
	all, err := access.Units(ctx, tx)
	p.units = map[string]access.Unit{}
	for _, u := range all {
		p.units[u.ID] = u
	}
	return p, err
}

// gone says which of accounts belong to nobody at work any more: disabled,
// unknown, or of an official whose every office has ended.
func gone(ctx context.Context, tx store.Tx, ids []string, accounts map[string]access.Account) (map[string]bool, error) {
	left, err := office.Left(ctx, tx, ids, today(tx))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if a, ok := accounts[id]; !ok || a.Status != access.Active {
			left[id] = true
		}
	}
	return left, nil
}

func (p people) unit(id, lang string) string { return p.units[id].Name(lang) }

// member refuses an account that is not in service, or not in unit.
func member(ctx context.Context, tx store.Tx, unit, owner string) error {
	if owner == "" || owner == kernel.ActorOf(ctx).ID && unit == kernel.ActorOf(ctx).Unit {
		return nil
	}
	a, err := access.GetAccount(ctx, tx, owner)
	if errors.Is(err, kernel.ErrNotFound) || err == nil && a.Status != access.Active {
		return kernel.FieldFault("owner", "work.unknown_owner")
	}
	if err == nil && a.Unit != unit {
		return kernel.FieldFault("owner", "work.owner_elsewhere", a.Name)
	}
	return err
}

// record saves changes under an act.
func record(ctx context.Context, tx store.Tx, acts ...journal.Act) error {
	return journal.RecordAll(ctx, tx, acts)
}
