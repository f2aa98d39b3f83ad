package notify

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// Settings is what the configuration says of notifications.
type Settings struct {
	SMTPAddr         string // "mail.example:587"; "" sends no e-mail
	SMTPFrom         string // "Zone <notice@zone.example>"
	SMTPUser         string // "" signs in nowhere
	SMTPPasswordFile string
	SMTPTLS          string // StartTLS, ImplicitTLS or NoTLS
	SMTPCAFile       string // authority of the server's certificate, for an intranet
	Hosts            string // names, addresses and networks channels may lead to besides public ones
	PublicURL        string // by which people reach the product; "" puts no links into messages
}

// Finder returns what a notice says of the thing id and who is responsible for it.
type Finder func(ctx context.Context, tx store.Tx, id string) (tell.Subject, error)

// Morning says what is due on a working day.
type Morning func(ctx context.Context, tx store.Tx, day kernel.Date) ([]tell.Notice, error)

// Config is what a Desk is made of.
type Config struct {
	Settings
	DB      *store.DB
	Gate    *access.Gate
	Words   words.Book
	Log     *slog.Logger
	KeyFile string // of the secrets of channels, outside the database

	// Readers refuse, by kind ("pipeline.project"), a thing the actor may not
	// read; what no reader knows is told to nobody. The maps may still grow until
	// the first notice.
	Readers  map[string]journal.Reader
	Subjects map[string]Finder
	Tellers  []tell.Teller
	Mornings []Morning
	Topics   []tell.Topic
}

// Desk is where notices are made, read and sent.
type Desk struct {
	cfg   Config
	seals seals
	guard guard
	mail  *mailer // nil: no e-mail
	http  *http.Client
	base  string // public address, "" none
	news  news
	out   outbox

	mu sync.Mutex
	at map[string]int64 // leaf up to which a zone has been told, where that is further than what is kept
}

// NewDesk returns a Desk; it makes the key file when there is none.
func NewDesk(cfg Config) (d *Desk, err error) {
	defer kernel.Wrap(&err, "notify.NewDesk")
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.SMTPTLS = cmp.Or(cfg.SMTPTLS, StartTLS)
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.Topics = append(slices.Clone(cfg.Topics), tell.Topic{ID: topicFailing, Perm: permManage})
	d = &Desk{cfg: cfg, base: strings.TrimSuffix(cfg.PublicURL, "/"), at: map[string]int64{}}
	if d.seals, err = loadSeals(cfg.KeyFile); err != nil {
		return nil, err
	}
	if d.guard, err = newGuard(cfg.Hosts); err != nil {
		return nil, err
	}
	d.http = d.guard.client()
	d.mail, err = newMailer(cfg.Settings)
	return d, err
}

// check refuses settings that cannot be meant.
func (s Settings) check() error {
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return kernel.Faultf(kernel.ErrInvalid, "notify.public_url", s.PublicURL)
		}
	}
	if !slices.Contains([]string{StartTLS, ImplicitTLS, NoTLS}, s.SMTPTLS) {
		return kernel.Faultf(kernel.ErrInvalid, "notify.smtp_tls", s.SMTPTLS)
	}
	return nil
}

// inPerson refuses programs, whose tokens are limited to scopes that notices do
// not keep to, and a caller who must first secure the own account.
func inPerson(ctx context.Context) error {
	actor := kernel.ActorOf(ctx)
	switch {
	case actor.Via == "token":
		return kernel.Faultf(kernel.ErrDenied, "access.in_person")
	case actor.Pending == "password":
		return kernel.Faultf(kernel.ErrDenied, "access.password_first")
	case actor.Pending != "":
		return kernel.Faultf(kernel.ErrDenied, "access.totp_first")
	}
	return nil
}

// Shown is a notice as its reader sees it.
type Shown struct {
	Notice
	ActorName string
	Gone      bool // the reader may no longer read what it leads to
}

// Inbox is one page of what a person has been told.
type Inbox struct {
	Items  []Shown
	Next   string // id to go on before; "" on the last page
	Unread int64
}

// Inbox returns the caller's notices, newest first, before the id before ("" the
// newest). Of a thing the caller may no longer read, what it says is left out.
func (d *Desk) Inbox(ctx context.Context, unread bool, before string, limit int) (out Inbox, err error) {
	defer kernel.Wrap(&err, "notify.Inbox")
	if err := inPerson(ctx); err != nil {
		return out, err
	}
	me := kernel.ActorOf(ctx).ID
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		list, err := inbox(ctx, tx, me, unread, before, limit+1)
		if err != nil {
			return err
		}
		out = Inbox{Items: []Shown{}}
		if len(list) > limit {
			list = list[:limit]
			out.Next = list[limit-1].ID
		}
		if out.Unread, err = unreadOf(ctx, tx, me); err != nil {
			return err
		}
		out.Items, err = d.shown(ctx, tx, list)
		return err
	})
	return out, err
}

// shown adds the names of actors and takes out what the caller may not read.
func (d *Desk) shown(ctx context.Context, tx store.Tx, list []Notice) ([]Shown, error) {
	var actors []string
	for _, n := range list {
		if n.Actor != "" {
			actors = append(actors, n.Actor)
		}
	}
	slices.Sort(actors)
	names, err := access.AccountNames(ctx, tx, slices.Compact(actors)...)
	if err != nil {
		return nil, err
	}
	out, asked := make([]Shown, len(list)), map[string]bool{}
	for i, n := range list {
		may, known := asked[n.Object]
		if !known {
			if may, err = d.readable(ctx, tx, n.Object); err != nil {
				return nil, err
			}
			asked[n.Object] = may
		}
		if out[i] = (Shown{Notice: n, ActorName: names[n.Actor]}); !may {
			n.Title, n.Code, n.Path, n.Note, n.Object = "", "", "", "", ""
			out[i] = Shown{Notice: n, ActorName: names[n.Actor], Gone: true}
		}
	}
	return out, nil
}

// readable asks the reader of object's kind whether the context's actor may read
// it; what no reader knows nobody may.
func (d *Desk) readable(ctx context.Context, tx store.Tx, object string) (bool, error) {
	kind, id, _ := strings.Cut(object, "/")
	if kind == kindChannel {
		return d.cfg.Gate.Require(ctx, permManage) == nil, nil
	}
	read, known := d.cfg.Readers[kind]
	if !known || id == "" {
		return false, nil
	}
	err := read(ctx, tx, id)
	if errors.Is(err, kernel.ErrNotFound) || errors.Is(err, kernel.ErrDenied) {
		return false, nil
	}
	return err == nil, err
}

// MarkRead marks notices of the caller as read: those of ids, or with upTo every
// one up to that id. It returns how many are left.
func (d *Desk) MarkRead(ctx context.Context, ids []string, upTo string) (left int64, err error) {
	defer kernel.Wrap(&err, "notify.MarkRead(%d)", len(ids))
	if err := inPerson(ctx); err != nil {
		return 0, err
	}
	actor := kernel.ActorOf(ctx)
	if len(ids) > 0 || upTo != "" {
		err = d.cfg.DB.Update(ctx, func(tx store.Tx) error { return markRead(ctx, tx, actor.ID, ids, upTo) })
		if err != nil {
			return 0, err
		}
		d.news.tell(actor.Zone, actor.ID)
	}
	return d.Unread(ctx)
}

// Unread counts what the caller has not read.
func (d *Desk) Unread(ctx context.Context) (n int64, err error) {
	defer kernel.Wrap(&err, "notify.Unread")
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		n, err = unreadOf(ctx, tx, kernel.ActorOf(ctx).ID)
		return err
	})
	return n, err
}

// Offer is what a person can choose among.
type Offer struct {
	Preferences Preferences
	Topics      []tell.Topic
	Channels    []Channel
	Mail        bool // a mail server is configured
}

// Offer returns the caller's preferences and what there is to choose.
func (d *Desk) Offer(ctx context.Context) (o Offer, err error) {
	defer kernel.Wrap(&err, "notify.Offer")
	if err := inPerson(ctx); err != nil {
		return o, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		o, err = d.offer(ctx, tx)
		return err
	})
	return o, err
}

func (d *Desk) offer(ctx context.Context, tx store.Tx) (o Offer, err error) {
	actor := kernel.ActorOf(ctx)
	o = Offer{Mail: d.mail != nil}
	for _, t := range d.cfg.Topics {
		if t.Perm == "" || d.cfg.Gate.Require(ctx, t.Perm) == nil {
			o.Topics = append(o.Topics, t)
		}
	}
	if o.Preferences, err = preferencesOf(ctx, tx, actor.ID); err != nil {
		return o, err
	}
	all, err := channelsOf(ctx, tx)
	if err != nil {
		return o, err
	}
	for _, c := range all {
		below, err := access.Subtree(ctx, tx, c.Unit)
		if err != nil {
			return o, err
		}
		if c.chosen(actor.Unit, below) {
			o.Channels = append(o.Channels, c)
		}
	}
	return o, nil
}

// Chosen is what a person says they want; the whole of it.
type Chosen struct {
	Address      string
	Choices      map[string][]string
	QuietFrom    string
	QuietUntil   string
	Digest       string
	UrgentPasses bool
}

// Choose keeps what the caller wants. What is waiting already goes as it was to go.
func (d *Desk) Choose(ctx context.Context, in Chosen) (o Offer, err error) {
	defer kernel.Wrap(&err, "notify.Choose")
	if err := inPerson(ctx); err != nil {
		return o, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		was, err := d.offer(ctx, tx)
		if err != nil {
			return err
		}
		p := was.Preferences
		p.Address, p.QuietFrom, p.QuietUntil, p.Digest, p.UrgentPasses = strings.TrimSpace(in.Address), in.QuietFrom, in.QuietUntil, cmp.Or(in.Digest, NoDigest), in.UrgentPasses
		p.Choices = in.Choices
		if p.Choices == nil {
			p.Choices = map[string][]string{}
		}
		topics, ways := []string{}, []string{InProduct, Email}
		for _, t := range was.Topics {
			topics = append(topics, t.ID)
		}
		for _, c := range was.Channels {
			ways = append(ways, c.ID)
		}
		if err := p.check(topics, ways); err != nil {
			return err
		}
		p.Version, p.UpdatedAt = p.Version+1, tx.Now.UnixMilli()
		act := journal.Act{Verb: "notify.preferences_set", Object: PreferencesObject(p.Account), Detail: map[string]any{"digest": p.Digest, "email": p.Address != ""}, Changes: []journal.Change{journal.Put(p)}}
		if _, err := journal.Record(ctx, tx, act); err != nil {
			return err
		}
		o, err = d.offer(ctx, tx)
		return err
	})
	return o, err
}

// Sweep removes notices and deliveries that have been kept long enough.
func (d *Desk) Sweep(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "notify.Sweep")
	return d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		before := func(keep time.Duration) int64 { return tx.Now.Add(-keep).UnixMilli() }
		return sweep(ctx, tx, before(keepNotices), before(keepSent), before(keepDead))
	})
}

// news counts what is new to accounts, so that their streams need not ask the
// database all the time.
type news struct {
	mu sync.Mutex
	of map[string]int64
}

func (n *news) tell(zone, account string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil {
		n.of = map[string]int64{}
	}
	n.of[zone+"/"+account]++
}

func (n *news) heard(zone, account string) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.of[zone+"/"+account]
}
