package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/calendar"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/infra/notify/notifytest"
	"sente/internal/infra/store"
	"sente/internal/infra/store/storetest"
	"sente/internal/infra/tell"
	"sente/internal/infra/words"
	"sente/internal/kernel"
)

// ticker is a clock that tests move.
type ticker struct {
	mu sync.Mutex
	at time.Time
}

func (c *ticker) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *ticker) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// clockAt is a time of day in China on Monday 11 May 2026, a working day.
func clockAt(clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", "2026-05-11 "+clock, kernel.ChinaTime())
	if err != nil {
		panic(err)
	}
	return t
}

// room is a zone with a few people, in which errands are given: the acts
// "errand.given" about "test.errand/<id>", whose detail says to whom.
type room struct {
	t         *testing.T
	db        *store.DB
	clock     *ticker
	sequence  func()
	log       *bytes.Buffer
	dir       string
	cfg       Config
	desk      *Desk
	mail      *notifytest.Mail
	receiver  *notifytest.Receiver
	mu        sync.Mutex
	forbidden map[string]bool // accounts that may read no errand
	count     int
}

// chore is who an act is about.
type chore struct {
	To, Unit, Role, Once, Note string
	Urgent                     bool
}

func concerns(d tell.Deed) []tell.Notice {
	if d.Verb != "errand.given" {
		return nil
	}
	e := tell.Facts[chore](d)
	return []tell.Notice{{Topic: "errand.given", To: []tell.To{{Account: e.To, Unit: e.Unit, Role: e.Role}}, Object: d.Object, Title: "差事" + strings.TrimPrefix(d.Object, "test.errand/"), Code: "E-1",
		Path: "/errands?open=1", Day: "2026-05-20", Note: e.Note, Once: e.Once, Urgent: e.Urgent}}
}

func sources() []fs.FS {
	return []fs.FS{journal.Migrations, access.Migrations, calendar.Migrations, Migrations}
}

// onBoth runs a test on SQLite and on PostgreSQL.
func onBoth(t *testing.T, fn func(r *room)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); fn(newRoom(t)) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		p := storetest.NewPostgres(t)
		fn(openRoom(t, store.Config{DSN: p.App, OwnerDSN: p.Owner}))
	})
}

func newRoom(t *testing.T) *room {
	return openRoom(t, store.Config{DSN: filepath.Join(t.TempDir(), "test.db")})
}

func openRoom(t *testing.T, cfg store.Config) *room {
	t.Helper()
	r := &room{t: t, clock: &ticker{at: clockAt("10:00")}, log: &bytes.Buffer{}, dir: t.TempDir(), forbidden: map[string]bool{}}
	cfg.Now, cfg.Log = r.clock.now, slog.New(slog.DiscardHandler)
	var err error
	r.db, err = store.Open(t.Context(), cfg, sources()...)
	r.must(err)
	t.Cleanup(func() { r.must(r.db.Close()) })
	r.found()
	keys, err := journal.LoadKeys(filepath.Join(r.dir, "journal.key"), "test", time.Unix(0, 0))
	r.must(err)
	sequencer := &journal.Sequencer{DB: r.db, Keys: keys}
	r.sequence = func() {
		r.t.Helper()
		for n := 1; n > 0; {
			n, err = sequencer.Sequence(r.ctx())
			r.must(err)
		}
	}
	r.mail, r.receiver = notifytest.StartMail(t), notifytest.Listen(t)
	gate, err := access.NewGate()
	r.must(err)
	book, err := words.Load(httpapi.Words, access.Words, store.Words, calendar.Words, Words, wordsOfErrands{})
	r.must(err)
	r.cfg = Config{DB: r.db, Gate: gate, Words: book, Log: slog.New(slog.NewTextHandler(r.log, nil)), KeyFile: filepath.Join(r.dir, "notify.key"),
		Readers: map[string]journal.Reader{"test.errand": r.read}, Tellers: []tell.Teller{{Verbs: []string{"errand."}, Tell: concerns}},
		Topics:   []tell.Topic{{ID: "errand.given"}, {ID: "errand.due"}},
		Settings: Settings{SMTPAddr: r.mail.Addr, SMTPFrom: "示例区 <notice@zone.example.cn>", SMTPTLS: NoTLS, Hosts: "127.0.0.1", PublicURL: "https://sente.example.cn"}}
	r.open()
	return r
}

// open makes the desk, as a process that has just started.
func (r *room) open() {
	r.t.Helper()
	var err error
	r.desk, err = NewDesk(r.cfg)
	r.must(err)
}

// wordsOfErrands are the words of this test's topics.
type wordsOfErrands struct{}

func (wordsOfErrands) Open(name string) (fs.File, error) {
	dir, err := os.MkdirTemp("", "words")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	text := `{"errand.topic_given":"有差事交给您","errand.topic_due":"差事将到期"}`
	if strings.HasSuffix(name, "en.json") {
		text = `{"errand.topic_given":"An errand for you","errand.topic_due":"An errand is due"}`
	}
	file := filepath.Join(dir, "x")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return os.Open(file)
}

func (r *room) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) ctx() context.Context {
	return kernel.WithActor(r.t.Context(), kernel.SystemActor("z1", "job"))
}

// as is account acting in a session.
func (r *room) as(id string) context.Context {
	var a access.Account
	r.must(r.db.View(r.ctx(), func(tx store.Tx) (err error) { a, err = access.GetAccount(r.ctx(), tx, id); return err }))
	return kernel.WithActor(r.t.Context(), a.Actor())
}

// read refuses errands to who is forbidden.
func (r *room) read(ctx context.Context, _ store.Tx, _ string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.forbidden[kernel.ActorOf(ctx).ID] {
		return kernel.Faultf(kernel.ErrDenied, "test.denied")
	}
	return nil
}

func (r *room) forbid(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forbidden[id] = true
}

// found makes the zone, two departments, and the people.
func (r *room) found() {
	r.t.Helper()
	r.update(func(tx store.Tx) {
		r.must(store.Put(r.ctx(), tx, store.Zone{ID: "z1", NameZh: "示例区", NameEn: "Sample zone", CreatedAt: 1}))
		for _, u := range []access.Unit{{ID: "zone", Kind: access.ZoneUnit, NameZh: "示例区"}, {ID: "d1", Parent: "zone", Kind: access.Department, NameZh: "一局"}, {ID: "d11", Parent: "d1", Kind: access.Department, NameZh: "一科"},
			{ID: "d2", Parent: "zone", Kind: access.Department, NameZh: "二局"}, {ID: "op", Parent: "zone", Kind: access.Operator, NameZh: "运营公司"}} {
			changes, err := access.PutUnit(r.ctx(), tx, u)
			r.must(err)
			r.record(tx, journal.Act{Verb: "test.founded", Object: u.Object(), Changes: changes})
		}
		for _, a := range []access.Account{{ID: "ann", Unit: "d1", Roles: []string{"officer"}}, {ID: "bob", Unit: "d1", Roles: []string{"officer"}}, {ID: "head", Unit: "d1", Roles: []string{"department_lead"}},
			{ID: "carl", Unit: "d2", Roles: []string{"officer"}, Lang: "en"}, {ID: "dora", Unit: "d11", Roles: []string{"officer"}}, {ID: "chief", Unit: "zone", Roles: []string{"leader"}},
			{ID: "gone", Unit: "d1", Roles: []string{"officer"}, Status: access.Disabled}, {ID: "worker", Unit: "op", Roles: []string{"operator"}}, {ID: "admin", Unit: "zone", Roles: []string{"system_admin"}}} {
			a.Zone, a.Login, a.Name, a.Version = tx.Zone, a.ID, "某"+a.ID, 1
			if a.Status == "" {
				a.Status = access.Active
			}
			if a.Lang == "" {
				a.Lang = "zh"
			}
			r.record(tx, journal.Act{Verb: "test.hired", Object: a.Object(), Changes: []journal.Change{journal.Put(a)}})
		}
	})
}

func (r *room) update(fn func(tx store.Tx)) {
	r.t.Helper()
	r.must(r.db.Update(r.ctx(), func(tx store.Tx) error { fn(tx); return nil }))
}

func (r *room) record(tx store.Tx, act journal.Act) {
	r.t.Helper()
	_, err := journal.Record(r.ctx(), tx, act)
	r.must(err)
}

// give records that actor gives an errand, and tells what has been recorded.
func (r *room) give(actor string, e chore) {
	r.t.Helper()
	r.count++
	r.clock.pass(time.Millisecond) // so that ids are in the order of acts
	act := journal.Act{Verb: "errand.given", Object: fmt.Sprintf("test.errand/%d", r.count), Detail: e}
	r.must(r.db.Update(r.as(actor), func(tx store.Tx) error { _, err := journal.Record(r.as(actor), tx, act); return err }))
	r.sequence()
	r.must(r.desk.Tell(r.ctx()))
}

// told returns the titles of what account is shown, newest first.
func (r *room) told(account string) (titles []string) {
	r.t.Helper()
	box, err := r.desk.Inbox(r.as(account), false, "", 200)
	r.must(err)
	for _, n := range box.Items {
		titles = append(titles, n.Title)
	}
	return titles
}

// choose sets preferences of account.
func (r *room) choose(account string, c Chosen) {
	r.t.Helper()
	_, err := r.desk.Choose(r.as(account), c)
	r.must(err)
}

// deliver sends what is due.
func (r *room) deliver() {
	r.t.Helper()
	r.must(r.desk.Deliver(r.ctx()))
}

// after lets d pass, tells and sends.
func (r *room) after(d time.Duration) {
	r.t.Helper()
	r.clock.pass(d)
	r.deliver()
}

// channel sets up a channel to the receiver.
func (r *room) channel(kind string, draft ChannelDraft) Fares {
	r.t.Helper()
	if draft.URL == nil {
		draft.URL = ptr(r.receiver.URL + "/hook?key=secret-of-the-address")
	}
	if draft.Name == nil {
		r.count++
		draft.Name = ptr(fmt.Sprintf("渠道%d", r.count))
	}
	f, _, err := r.desk.AddChannel(r.as("admin"), kind, draft)
	r.must(err)
	return f
}

func ptr[T any](v T) *T { return &v }

// deliveries returns what is in the outbox, oldest first.
func (r *room) deliveries() []Delivery {
	r.t.Helper()
	list, _, _, err := r.desk.Deliveries(r.as("admin"), "", "", "", 200)
	r.must(err)
	slices.Reverse(list)
	return list
}

// states lists the states of what is in the outbox.
func (r *room) states() (out []string) {
	for _, v := range r.deliveries() {
		out = append(out, v.State)
	}
	return out
}

// fault fails the test unless err is a fault with word, or holds it.
func fault(t *testing.T, err error, word string) {
	t.Helper()
	var f *kernel.Fault
	if !errors.As(err, &f) || f.Word != word && !slices.ContainsFunc(f.Details, func(d kernel.Fault) bool { return d.Word == word }) {
		t.Errorf("%v, want %s", err, word)
	}
}

func query(t *testing.T, text string) url.Values {
	t.Helper()
	v, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func failsWith(err, kind error) bool { return errors.Is(err, kind) }
