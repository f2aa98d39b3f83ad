package notify

import (
	"context"
	"errors"

	"sente/internal/infra/access"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// permManage is held by who sets up channels.
const permManage = "channel.manage"

// Fares is a channel with how it fares. The channel called Email is the
// configured mail server.
type Fares struct {
	Channel
	FailingSince int64
	SentAt       int64
	Reason       string
	Detail       string
	Waiting      int64
	Failed       int64
	Dead         int64
	Ready        bool // e-mail: a server is configured; a channel: its secret can be read
}

// Channels returns e-mail and the zone's channels with how they fare.
func (d *Desk) Channels(ctx context.Context) (out []Fares, topics []string, err error) {
	defer kernel.Wrap(&err, "notify.Channels")
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return nil, nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		all, err := channelsOf(ctx, tx)
		if err != nil {
			return err
		}
		out, err = d.fare(ctx, tx, append([]Channel{{ID: Email, Kind: Email, Version: 1}}, all...))
		return err
	})
	for _, t := range d.cfg.Topics {
		if t.ID != topicFailing {
			topics = append(topics, t.ID)
		}
	}
	return out, topics, err
}

func (d *Desk) fare(ctx context.Context, tx store.Tx, all []Channel) ([]Fares, error) {
	states, err := healths(ctx, tx)
	if err != nil {
		return nil, err
	}
	counts, err := countBySink(ctx, tx)
	if err != nil {
		return nil, err
	}
	out := []Fares{}
	for _, c := range all {
		h, n := states[c.ID], counts[c.ID]
		f := Fares{Channel: c, FailingSince: h.FailingSince, SentAt: h.SentAt, Reason: h.Reason, Detail: h.Detail, Waiting: n[Waiting], Failed: n[Failed], Dead: n[Dead], Ready: d.mail != nil}
		if c.ID != Email {
			sealed, err := sealedOf(ctx, tx, c.ID)
			if err != nil {
				return nil, err
			}
			_, broken := d.seals.open(tx.Zone, c.ID, sealed)
			f.Ready = broken == nil
		} else if d.mail != nil {
			f.Host = d.mail.host
		}
		out = append(out, f)
	}
	return out, nil
}

// AddChannel sets up a channel of kind. The secret is returned where one was made
// for a webhook; it is not told again.
func (d *Desk) AddChannel(ctx context.Context, kind string, draft ChannelDraft) (out Fares, secret string, err error) {
	defer kernel.Wrap(&err, "notify.AddChannel(%q)", kind)
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return out, "", err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		others, err := channelsOf(ctx, tx)
		if err != nil {
			return err
		}
		if len(others) >= maxChannels {
			return kernel.Faultf(kernel.ErrConflict, "notify.too_many", maxChannels)
		}
		if secret = ""; kind == Webhook && (draft.Secret == nil || *draft.Secret == "") {
			secret = newWebhookSecret()
			draft.Secret = &secret
		}
		c, l := draft.apply(Channel{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Kind: kind, Lang: "zh", CreatedAt: tx.Now.UnixMilli()}, lead{})
		out, err = d.save(ctx, tx, c, l, others, "notify.channel_added")
		return err
	})
	return out, secret, err
}

// ChangeChannel changes channel id; version is the one the change is based on.
func (d *Desk) ChangeChannel(ctx context.Context, id string, version int64, draft ChannelDraft) (out Fares, err error) {
	defer kernel.Wrap(&err, "notify.ChangeChannel(%s)", id)
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return out, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		c, err := channelOf(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.Version != version {
			return kernel.Faultf(kernel.ErrStale, "notify.stale")
		}
		sealed, err := sealedOf(ctx, tx, id)
		if err != nil {
			return err
		}
		l, broken := d.seals.open(tx.Zone, id, sealed)
		if broken != nil && draft.URL == nil && (draft.Paused == nil || !*draft.Paused) {
			return kernel.FieldFault("url", "notify.fail_secret")
		}
		others, err := channelsOf(ctx, tx)
		if err != nil {
			return err
		}
		if was := c.Paused; was && draft.Paused != nil && !*draft.Paused {
			if err := wakeOf(ctx, tx, id); err != nil {
				return err
			}
		}
		c, l = draft.apply(c, l)
		out, err = d.save(ctx, tx, c, l, others, "notify.channel_changed")
		return err
	})
	return out, err
}

// save checks and records c, and keeps where it leads beside it.
func (d *Desk) save(ctx context.Context, tx store.Tx, c Channel, l lead, others []Channel, verb string) (Fares, error) {
	var topics []string
	for _, t := range d.cfg.Topics {
		topics = append(topics, t.ID)
	}
	unit := access.CheckUnit(ctx, tx, "unit", c.Unit)
	var leads error
	if l != (lead{}) || c.Version == 0 {
		leads = c.checkLead(l, d.guard)
	}
	if err := joined(c.check(topics, others), unit, leads); err != nil {
		return Fares{}, err
	}
	c.Version, c.UpdatedAt = c.Version+1, tx.Now.UnixMilli()
	act := journal.Act{Verb: verb, Object: ChannelObject(c.ID), Detail: map[string]any{"kind": c.Kind, "name": c.Name, "host": c.Host}, Changes: []journal.Change{journal.Put(c)}}
	if _, err := journal.Record(ctx, tx, act); err != nil {
		return Fares{}, err
	}
	if l != (lead{}) {
		sealed, err := d.seals.seal(tx.Zone, c.ID, l)
		if err != nil {
			return Fares{}, err
		}
		if err := store.Put(ctx, tx, secretRow{Zone: tx.Zone, Channel: c.ID, Sealed: sealed, SetAt: c.UpdatedAt}); err != nil {
			return Fares{}, err
		}
		tx.Forget()
	}
	all, err := d.fare(ctx, tx, []Channel{c})
	if err != nil {
		return Fares{}, err
	}
	return all[0], nil
}

// joined gathers the parts of several faults under one word.
func joined(errs ...error) error {
	var parts []error
	for _, err := range errs {
		var f *kernel.Fault
		if errors.As(err, &f) && len(f.Details) > 0 {
			for _, part := range f.Details {
				parts = append(parts, &part)
			}
			continue
		}
		parts = append(parts, err)
	}
	return kernel.Faults("notify.channel_invalid", parts...)
}

// RemoveChannel takes channel id away, with where it leads and what waits for it.
func (d *Desk) RemoveChannel(ctx context.Context, id string) (err error) {
	defer kernel.Wrap(&err, "notify.RemoveChannel(%s)", id)
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return err
	}
	return d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		c, err := channelOf(ctx, tx, id)
		if err != nil {
			return err
		}
		act := journal.Act{Verb: "notify.channel_removed", Object: ChannelObject(id), Detail: map[string]any{"kind": c.Kind, "name": c.Name, "host": c.Host}, Changes: []journal.Change{journal.Drop(c)}}
		if _, err := journal.Record(ctx, tx, act); err != nil {
			return err
		}
		tx.Forget()
		if err := store.Drop(ctx, tx, secretRow{Zone: tx.Zone, Channel: id}, health{Zone: tx.Zone, ID: id}); err != nil {
			return err
		}
		return dropOf(ctx, tx, id, "notify.fail_removed")
	})
}

// Tried is how a test message fared.
type Tried struct {
	OK     bool
	Reason string
	Detail string
}

// TestChannel sends a message that says it is a test to channel id at once; by
// e-mail to the caller's own address. That it was sent is on record.
func (d *Desk) TestChannel(ctx context.Context, id string) (out Tried, err error) {
	defer kernel.Wrap(&err, "notify.TestChannel(%s)", id)
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return out, err
	}
	var e errand
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		e = errand{sink: id, letters: map[string]recipient{}}
		actor := kernel.ActorOf(ctx)
		v := Delivery{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Sink: id, Topic: "notify.test", Object: ChannelObject(id), Path: "/channels", CreatedAt: tx.Now.UnixMilli()}
		if e.zone, err = store.Get[store.Zone](ctx, tx, "zone = $1", tx.Zone); err != nil {
			return err
		}
		if v.Title = e.zone.NameZh; id == Email {
			err = d.toCaller(ctx, tx, &e, actor.ID)
			v.Account = actor.ID
		} else {
			if e.channel, err = channelOf(ctx, tx, id); err == nil {
				err = d.reveal(ctx, tx, &e)
			}
		}
		if err != nil {
			return err
		}
		e.rows = []Delivery{v}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "notify.channel_tested", Object: ChannelObject(id)})
		return err
	})
	if err != nil {
		return out, err
	}
	sent := d.send(ctx, e, e.rows)
	if sent == nil {
		return Tried{OK: true}, nil
	}
	f := failureOf(sent)
	return Tried{Reason: f.Reason, Detail: f.Detail}, nil
}

// toCaller addresses a test letter to account, who must have stated an address.
func (d *Desk) toCaller(ctx context.Context, tx store.Tx, e *errand, account string) error {
	if d.mail == nil {
		return kernel.Faultf(kernel.ErrConflict, "notify.fail_no_mail")
	}
	p, err := preferencesOf(ctx, tx, account)
	if err != nil {
		return err
	}
	if p.Address == "" {
		return kernel.Faultf(kernel.ErrConflict, "notify.no_address")
	}
	a, err := access.GetAccount(ctx, tx, account)
	e.letters[account] = recipient{a, p.Address}
	return err
}

// reveal opens where e's channel leads.
func (d *Desk) reveal(ctx context.Context, tx store.Tx, e *errand) error {
	sealed, err := sealedOf(ctx, tx, e.channel.ID)
	if err != nil {
		return err
	}
	if e.lead, err = d.seals.open(tx.Zone, e.channel.ID, sealed); err != nil {
		e.broken = failure{Reason: "notify.fail_secret", Down: true}
	}
	return nil
}

// Deliveries returns one page of what is or was on its way out, newest first:
// state and sink narrow, before is the id to go on before.
func (d *Desk) Deliveries(ctx context.Context, state, sink, before string, limit int) (out []Delivery, next string, names map[string]string, err error) {
	defer kernel.Wrap(&err, "notify.Deliveries")
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return nil, "", nil, err
	}
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		if out, err = listDeliveries(ctx, tx, state, sink, before, limit+1); err != nil {
			return err
		}
		if next = ""; len(out) > limit {
			out = out[:limit]
			next = out[limit-1].ID
		}
		names, err = d.names(ctx, tx, out)
		return err
	})
	return out, next, names, err
}

// names are those of the channels and accounts of list, by id.
func (d *Desk) names(ctx context.Context, tx store.Tx, list []Delivery) (map[string]string, error) {
	var ids []string
	for _, v := range list {
		if v.Account != "" {
			ids = append(ids, v.Account)
		}
	}
	names, err := access.AccountNames(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	all, err := channelsOf(ctx, tx)
	for _, c := range all {
		names[c.ID] = c.Name
	}
	return names, err
}

// SendAgain takes a dead delivery, or one that waits after a failure, up once
// more, under the id it had.
func (d *Desk) SendAgain(ctx context.Context, id string) (v Delivery, names map[string]string, err error) {
	defer kernel.Wrap(&err, "notify.SendAgain(%s)", id)
	if err := d.cfg.Gate.Require(ctx, permManage); err != nil {
		return v, nil, err
	}
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		if v, err = deliveryOf(ctx, tx, id); err != nil {
			return err
		}
		if v.State != Dead && v.State != Failed {
			return kernel.Faultf(kernel.ErrConflict, "notify.not_dead")
		}
		v = v.again(tx.Now.UnixMilli())
		if err := store.Put(ctx, tx, v); err != nil {
			return err
		}
		if names, err = d.names(ctx, tx, []Delivery{v}); err != nil {
			return err
		}
		_, err = journal.Record(ctx, tx, journal.Act{Verb: "notify.sent_again", Object: "notify.delivery/" + id, Detail: map[string]any{"topic": v.Topic, "sink": v.Sink}})
		return err
	})
	if err == nil {
		d.out.poke()
	}
	return v, names, err
}
