package notify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/store"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

const (
	lookEvery = 2 * time.Second // between looks for what has fallen due
	batchMost = 20              // deliveries taken up at a time
	lease     = 2 * time.Minute // of what is taken up; then another may take it up
	batchWait = time.Minute     // after which what is left of a batch is put back; with the longest message less than the lease
	sinksMost = 8               // sent to at the same time
)

// outbox is what is being sent by this process. Each sink has at most one
// sender, so that one which hangs holds up nobody else.
type outbox struct {
	mu   sync.Mutex
	busy map[string]bool
	wake chan struct{}
	once sync.Once
}

func (o *outbox) channel() chan struct{} {
	o.once.Do(func() { o.wake = make(chan struct{}, 1) })
	return o.wake
}

// poke lets Work look at once.
func (o *outbox) poke() {
	select {
	case o.channel() <- struct{}{}:
	default:
	}
}

// take reserves a sink; false when it is being sent to, or too many are.
func (o *outbox) take(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.busy[key] || len(o.busy) >= sinksMost {
		return false
	}
	if o.busy == nil {
		o.busy = map[string]bool{}
	}
	o.busy[key] = true
	return true
}

func (o *outbox) give(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.busy, key)
}

// Work sends what falls due in every zone until ctx ends.
func (d *Desk) Work(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		zones, err := d.cfg.DB.Zones(ctx)
		if err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("notify: cannot list zones", "error", err)
		}
		for _, z := range zones {
			d.dispatch(kernel.WithActor(ctx, kernel.SystemActor(z.ID, "job")), &all)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-d.out.channel():
		}
	}
}

// dispatch gives each sink that something is due for a sender of its own.
func (d *Desk) dispatch(ctx context.Context, all *sync.WaitGroup) {
	zone := kernel.ActorOf(ctx).Zone
	sinks, err := d.due(ctx)
	if err != nil && ctx.Err() == nil {
		d.cfg.Log.Error("notify: cannot look for what is due", "zone", zone, "error", err)
	}
	for _, sink := range sinks {
		key := zone + "/" + sink
		if !d.out.take(key) {
			continue
		}
		all.Go(func() {
			defer d.out.give(key)
			if err := unbroken(func() error { return d.serve(ctx, sink) }); err != nil && ctx.Err() == nil {
				d.cfg.Log.Error("notify: sending was interrupted", "zone", zone, "sink", sink, "error", err)
			}
		})
	}
}

// unbroken is do with a panic made an error: a mistake must not end the server.
func unbroken(do func() error) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("panic: %v\n%s", broken, debug.Stack())
		}
	}()
	return do()
}

// Deliver sends what is due in the zone of ctx's actor, one sink after another.
func (d *Desk) Deliver(ctx context.Context) (err error) {
	defer kernel.Wrap(&err, "notify.Deliver")
	sinks, err := d.due(ctx)
	for _, sink := range sinks {
		err = errors.Join(err, d.serve(ctx, sink))
	}
	return err
}

func (d *Desk) due(ctx context.Context) (sinks []string, err error) {
	err = d.cfg.DB.View(ctx, func(tx store.Tx) error {
		sinks, err = dueSinks(ctx, tx)
		return err
	})
	return sinks, err
}

// errand is what has been taken up for a sink.
type errand struct {
	sink    string
	rows    []Delivery
	channel Channel
	lead    lead
	broken  failure              // why nothing can be sent at all
	letters map[string]recipient // by account
	zone    store.Zone
	looked  int // how many were due
}

// recipient is who an e-mail is for.
type recipient struct {
	account access.Account
	address string
}

// serve sends what is due for sink until nothing is, or nobody answers.
func (d *Desk) serve(ctx context.Context, sink string) error {
	for {
		e, err := d.takeUp(ctx, sink)
		if err != nil || e.looked == 0 {
			return err
		}
		down, err := d.carry(ctx, e)
		if err != nil || down {
			return err
		}
	}
}

// takeUp claims deliveries: until the lease is over nobody else takes them up.
// What its reader may no longer read is given up here.
func (d *Desk) takeUp(ctx context.Context, sink string) (e errand, err error) {
	err = d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		e = errand{sink: sink, letters: map[string]recipient{}}
		rows, err := dueFor(ctx, tx, sink, batchMost)
		if err != nil || len(rows) == 0 {
			return err
		}
		e.looked = len(rows)
		if e.zone, err = store.Get[store.Zone](ctx, tx, "zone = $1", tx.Zone); err != nil {
			return err
		}
		if sink == Email {
			err = d.address(ctx, tx, &e, rows)
		} else {
			e.rows = rows
			err = d.lookUp(ctx, tx, &e)
		}
		if err != nil {
			return err
		}
		for i := range e.rows {
			e.rows[i].NextAt = tx.Now.Add(lease).UnixMilli()
		}
		return put(ctx, tx, e.rows)
	})
	return e, err
}

// put saves deliveries.
func put(ctx context.Context, tx store.Tx, rows []Delivery) error {
	all := make([]store.Row, len(rows))
	for i, v := range rows {
		all[i] = v
	}
	return store.Put(ctx, tx, all...)
}

// lookUp finds where e's channel leads.
func (d *Desk) lookUp(ctx context.Context, tx store.Tx, e *errand) (err error) {
	e.channel, err = channelOf(ctx, tx, e.sink)
	if errors.Is(err, kernel.ErrNotFound) { // taken away while something waited
		rows := e.rows
		e.rows = nil
		return dropAll(ctx, tx, rows, "notify.fail_removed")
	}
	if err != nil {
		return err
	}
	if e.channel.Paused { // put off, not lost
		for i := range e.rows {
			e.rows[i].NextAt = tx.Now.Add(time.Hour).UnixMilli()
		}
		rows := e.rows
		e.rows = nil
		return put(ctx, tx, rows)
	}
	return d.reveal(ctx, tx, e)
}

func dropAll(ctx context.Context, tx store.Tx, rows []Delivery, reason string) error {
	for i := range rows {
		rows[i] = rows[i].dropped(reason, tx.Now.UnixMilli())
	}
	return put(ctx, tx, rows)
}

// address finds whom the letters of rows are for: in service, with an address,
// and still allowed to read what they lead to.
func (d *Desk) address(ctx context.Context, tx store.Tx, e *errand, rows []Delivery) error {
	var gone []Delivery
	for _, v := range rows {
		who, known := e.letters[v.Account]
		if !known {
			a, err := access.Serving(ctx, tx, func(a access.Account) bool { return a.ID == v.Account })
			if err != nil {
				return err
			}
			p, err := preferencesOf(ctx, tx, v.Account)
			if err != nil {
				return err
			}
			if len(a) == 1 {
				who = recipient{a[0], p.Address}
			}
			e.letters[v.Account] = who
		}
		may := who.address != ""
		if may {
			var err error
			if may, err = d.readable(kernel.WithActor(ctx, who.account.Actor()), tx, v.Object); err != nil {
				return err
			}
		}
		if may {
			e.rows = append(e.rows, v)
		} else {
			gone = append(gone, v)
		}
	}
	if d.mail == nil {
		e.broken = failure{Reason: "notify.fail_no_mail", Down: true}
	}
	return dropAll(ctx, tx, gone, "notify.fail_reader")
}

// carry sends e, message by message, and writes down what became of each; down
// says that nobody answers.
func (d *Desk) carry(ctx context.Context, e errand) (down bool, err error) {
	over := time.Now().Add(batchWait)
	for _, group := range e.messages() {
		if !down && ctx.Err() == nil && time.Now().Before(over) {
			sent := d.send(ctx, e, group)
			if ctx.Err() != nil && sent != nil { // the program ends: nobody failed
				err = errors.Join(err, d.putBack(context.WithoutCancel(ctx), group))
				continue
			}
			var f failure
			if errors.As(sent, &f) && f.Down {
				e.broken, down = f, true
			}
			err = errors.Join(err, d.settle(context.WithoutCancel(ctx), e, group, sent))
			continue
		}
		if down {
			err = errors.Join(err, d.settle(context.WithoutCancel(ctx), e, group, e.broken))
		} else {
			err = errors.Join(err, d.putBack(context.WithoutCancel(ctx), group))
		}
	}
	return down || ctx.Err() != nil, err
}

// messages puts together what goes out as one: to a person one letter, to a
// group one message; a webhook is told each thing by itself.
func (e errand) messages() (out [][]Delivery) {
	at := map[string]int{}
	for _, v := range e.rows {
		key := v.Account
		if e.channel.Kind == Webhook {
			key = v.ID
		}
		i, ok := at[key]
		if !ok {
			i, out = len(out), append(out, nil)
			at[key] = i
		}
		out[i] = append(out[i], v)
	}
	return out
}

// send sends one message.
func (d *Desk) send(ctx context.Context, e errand, group []Delivery) error {
	if e.broken != (failure{}) {
		return e.broken
	}
	now := d.cfg.DB.Now()
	if e.sink == Email {
		who := e.letters[group[0].Account]
		zone := e.zone.NameZh
		if who.account.Lang == "en" && e.zone.NameEn != "" {
			zone = e.zone.NameEn
		}
		said := lines(d.cfg.Words, who.account.Lang, d.base, group)
		return d.mail.send(ctx, group[0].ID, who.address, compose(d.cfg.Words, who.account.Lang, zone, d.base, said), now)
	}
	said := lines(d.cfg.Words, e.channel.Lang, d.base, group)
	if e.channel.Kind == Webhook {
		return postWebhook(ctx, d.http, e.lead, group[0], said[0], now)
	}
	return postRobot(ctx, d.http, e.channel.Kind, e.lead, said, d.cfg.Words.Say(e.channel.Lang, "notify.open"), e.channel.Lang, now)
}

// putBack gives up the claim on what was not tried.
func (d *Desk) putBack(ctx context.Context, group []Delivery) error {
	return d.onEach(ctx, group, func(_ store.Tx, v Delivery) Delivery { v.NextAt = v.CreatedAt; return v })
}

// onEach changes those of group that are still as they were taken up.
func (d *Desk) onEach(ctx context.Context, group []Delivery, change func(tx store.Tx, v Delivery) Delivery) error {
	return d.cfg.DB.Update(ctx, func(tx store.Tx) error { return each(ctx, tx, group, change) })
}

func each(ctx context.Context, tx store.Tx, group []Delivery, change func(tx store.Tx, v Delivery) Delivery) error {
	var now []Delivery
	for _, was := range group {
		v, err := deliveryOf(ctx, tx, was.ID)
		if errors.Is(err, kernel.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if v.State == Waiting || v.State == Failed {
			now = append(now, change(tx, v))
		}
	}
	return put(ctx, tx, now)
}

// settle writes down what became of group, and how the sink fares.
func (d *Desk) settle(ctx context.Context, e errand, group []Delivery, sent error) error {
	zone, woken := kernel.ActorOf(ctx).Zone, []access.Account{}
	err := d.cfg.DB.Update(ctx, func(tx store.Tx) error {
		h, err := healthOf(ctx, tx, e.sink)
		if err != nil {
			return err
		}
		now := tx.Now.UnixMilli()
		if sent == nil {
			h = h.working(now)
			err = each(ctx, tx, group, func(_ store.Tx, v Delivery) Delivery { return v.sent(now) })
		} else {
			f := failureOf(sent)
			h = h.failing(f, now)
			err = each(ctx, tx, group, func(_ store.Tx, v Delivery) Delivery { return v.failed(f, now, rand.Float64()) })
		}
		if err != nil {
			return err
		}
		if h.due(now) {
			h.ToldAt = now
			if woken, err = d.warn(ctx, tx, e, h); err != nil {
				return err
			}
		}
		return store.Put(ctx, tx, h)
	})
	for _, a := range woken {
		d.news.tell(zone, a.ID)
	}
	return err
}

// failureOf is err as it may be shown.
func failureOf(err error) failure {
	var f failure
	if errors.As(err, &f) {
		return f
	}
	return failure{Reason: "notify.fail_connect", Detail: "?"}
}

// topicFailing is told when a way out of the house does not work.
const topicFailing = "notify.failing"

const kindChannel = "notify.channel"

// warn tells the system administrators in the product that e's sink has been
// failing since h says.
func (d *Desk) warn(ctx context.Context, tx store.Tx, e errand, h health) ([]access.Account, error) {
	admins, err := access.Serving(ctx, tx, func(a access.Account) bool {
		return d.cfg.Gate.Require(kernel.WithActor(ctx, a.Actor()), permManage) == nil
	})
	if err != nil {
		return nil, err
	}
	object := ChannelObject(e.sink)
	nextID := kernel.IDs(tx.Now)
	for _, a := range admins {
		title := e.channel.Name
		if e.sink == Email {
			title = d.cfg.Words.Say(a.Lang, "notify.email")
		}
		n := Notice{Zone: tx.Zone, ID: nextID(), Account: a.ID, Topic: topicFailing, Object: object, Title: title, Path: "/channels", Note: d.cfg.Words.Say(a.Lang, h.Reason, h.Detail),
			Urgent: true, Shown: true, Once: once(tell.Notice{Topic: topicFailing, Once: fmt.Sprintf("%s@%d", object, h.FailingSince)}, ""), At: tx.Now.UnixMilli()}
		if _, err := insertNotice(ctx, tx, n); err != nil {
			return nil, err
		}
	}
	return admins, nil
}
