package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/access"
	"sente/internal/infra/httpapi"
	"sente/internal/infra/httpapi/apitest"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// serve opens a door. Who asks is said by the header X-As.
func (r *room) serve() func(who string) *apitest.Client {
	r.t.Helper()
	door := httpapi.NewDoor(httpapi.Config{
		Words: r.cfg.Words, DB: r.db, Require: r.cfg.Gate.Require, Now: r.clock.now,
		Rates: httpapi.Rates{Account: httpapi.Rate{PerSecond: 1000, Burst: 1000}, Address: httpapi.Rate{PerSecond: 1000, Burst: 1000}},
		Authenticate: func(q *http.Request) (kernel.Actor, error) {
			a := kernel.Actor{}
			ctx := r.ctx()
			err := r.db.View(ctx, func(tx store.Tx) error {
				account, err := access.GetAccount(ctx, tx, q.Header.Get("X-As"))
				a = account.Actor()
				return err
			})
			if err != nil {
				return kernel.Actor{}, kernel.Faultf(kernel.ErrSignedOut, "httpapi.signed_out")
			}
			a.Pending = q.Header.Get("X-Pending")
			if via := q.Header.Get("X-Via"); via != "" {
				a.Via = via
			}
			return a, nil
		},
	})
	r.desk.Routes(door)
	server := apitest.Start(r.t, door)
	return func(who string) *apitest.Client { return server.As("zh").With("X-As", who) }
}

type notices struct {
	Items      []ShownNotice
	NextCursor string `json:"next_cursor"`
	Unread     int64
}

// TestInboxAPI: pages, marks, the stream, and who may not.
func TestInboxAPI(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	as := r.serve()
	bob := as("bob")
	if got := bob.Events("/notices/events?once=true"); len(got) != 1 || got[0].Name != "ready" || got[0].Data != `{"unread":0}` {
		t.Fatalf("%v", got)
	}
	for range 5 {
		r.give("ann", chore{To: "bob"})
	}
	var p notices
	bob.Get("/notices?limit=2").Status(200).JSON(&p)
	if len(p.Items) != 2 || p.Items[0].Title != "差事5" || p.Items[0].Headline != "有差事交给您" || p.Unread != 5 || p.NextCursor == "" {
		t.Fatalf("%+v", p)
	}
	first := p.Items[0].ID
	cursor := p.NextCursor
	bob.Get("/notices?limit=2&unread=true&cursor="+cursor).Problem(422, "httpapi.cursor_other")
	var rest notices
	bob.Get("/notices?limit=9&cursor=" + cursor).Status(200).JSON(&rest)
	if len(rest.Items) != 3 || rest.Items[2].Title != "差事1" || rest.NextCursor != "" {
		t.Errorf("%+v", rest)
	}
	var left struct{ Unread int64 }
	bob.Post("/notices/read", apitest.Object{"ids": []string{first}}).Status(200).JSON(&left)
	if left.Unread != 4 {
		t.Errorf("%d left", left.Unread)
	}
	bob.Post("/notices/read", apitest.Object{"up_to": p.Items[1].ID}).Status(200).JSON(&left)
	if left.Unread != 0 {
		t.Errorf("%d left", left.Unread)
	}
	as("carl").Get("/notices").Status(200).JSON(&p)
	if len(p.Items) != 0 || p.Unread != 0 {
		t.Errorf("carl reads %+v", p)
	}
	for _, path := range []string{"/notices", "/notices/preferences", "/notices/events?once=true"} {
		bob.With("X-Via", "token").Get(path).Problem(403, "access.in_person")
		bob.With("X-Pending", "password").Get(path).Problem(403, "access.password_first")
		bob.With("X-Pending", "totp").Get(path).Problem(403, "access.totp_first")
		as("nobody").Get(path).Status(401)
	}
	bob.With("X-Via", "token").Post("/notices/read", apitest.Object{"ids": []string{first}}).Problem(403, "access.in_person")
}

// TestStream: the count is told as it changes, and to nobody else.
func TestStream(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	stream := func(who string) (counts chan int64) {
		counts = make(chan int64, 100)
		ctx, stop := context.WithCancel(r.as(who))
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = r.desk.getEvents(ctx, &getEvents{}, func(_ string, v any) error { counts <- v.(Count).Unread; return nil })
		}()
		t.Cleanup(func() { stop(); <-done })
		return counts
	}
	bob, carl := stream("bob"), stream("carl")
	if a, b := <-bob, <-carl; a != 0 || b != 0 {
		t.Fatalf("%d and %d at first", a, b)
	}
	r.give("ann", chore{To: "bob"})
	if n := <-bob; n != 1 {
		t.Errorf("told %d", n)
	}
	if _, err := r.desk.MarkRead(r.as("bob"), nil, "z"); err != nil {
		t.Fatal(err)
	}
	if n := <-bob; n != 0 {
		t.Errorf("after reading %d", n)
	}
	select {
	case n := <-carl:
		t.Errorf("carl is told %d", n)
	default:
	}
	r.update(func(tx store.Tx) { // by another process
		_, err := insertNotice(r.ctx(), tx, Notice{Zone: "z1", ID: "x", Account: "carl", Topic: "errand.given", Shown: true, Once: "x"})
		r.must(err)
	})
	select {
	case n := <-carl:
		if n != 1 {
			t.Errorf("carl is told %d", n)
		}
	case <-time.After(20 * time.Second):
		t.Error("what another process told is not heard of")
	}
}

// TestPreferencesAPI: the whole of what a person has chosen, and the faults.
func TestPreferencesAPI(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	as := r.serve()
	c := r.channel(WeCom, ChannelDraft{Unit: ptr("d1"), Offered: ptr(true), Name: ptr("一局群")})
	var p ShownPreferences
	as("bob").Get("/notices/preferences").Status(200).JSON(&p)
	if p.Address != "" || p.Digest != NoDigest || !p.Mail || len(p.Topics) != 2 || !slices.Equal(p.Topics[0].Ways, []string{InProduct, Email}) || p.Topics[0].Name != "有差事交给您" || len(p.Channels) != 1 || p.Channels[0].Name != "一局群" {
		t.Fatalf("%+v", p)
	}
	as("bob").Put("/notices/preferences", apitest.Object{"address": " bob@zone.example.cn ", "quiet_from": "22:00", "quiet_until": "07:00", "digest": "hour", "urgent_passes": true,
		"topics": []apitest.Object{{"topic": "errand.given", "ways": []string{c.ID, "product"}}, {"topic": "errand.due", "ways": []string{}}}}).Status(200).JSON(&p)
	if p.Address != "bob@zone.example.cn" || p.QuietFrom != "22:00" || p.Digest != Hourly || !p.UrgentPasses || len(p.Topics[0].Ways) != 2 || len(p.Topics[1].Ways) != 0 {
		t.Errorf("%+v", p)
	}
	as("bob").Put("/notices/preferences", apitest.Object{"address": "bob", "quiet_from": "22:00", "topics": []apitest.Object{{"topic": "errand.given", "ways": []string{"fax"}}}}).Problem(422, "notify.preferences_invalid")
	refused(t, as("bob").Put("/notices/preferences", apitest.Object{"address": "bob"}), "notify.preferences_invalid", "notify.address_form", "address")
	refused(t, as("carl").Put("/notices/preferences", apitest.Object{"topics": []apitest.Object{{"topic": "errand.given", "ways": []string{c.ID}}}}), "notify.preferences_invalid", "notify.not_a_choice", "topics")
	as("bob").With("X-Via", "token").Put("/notices/preferences", apitest.Object{}).Problem(403, "access.in_person")
	as("bob").Get("/notices/preferences").Status(200).JSON(&p)
	if p.Address != "bob@zone.example.cn" {
		t.Errorf("a refused change was kept: %+v", p)
	}
	entries := r.entries()
	if strings.Contains(entries, "bob@zone") || !strings.Contains(entries, "notify.preferences_set") {
		t.Errorf("the open part of the record: %s", entries)
	}
}

// refused fails the test unless the one thing wrong is field, with word.
func refused(t *testing.T, reply *apitest.Reply, whole, word, field string) {
	t.Helper()
	p := reply.Refused(422, whole, field)
	if len(p.Errors) != 1 || p.Errors[0].Code != word {
		t.Errorf("%+v, want %s", p.Errors, word)
	}
}

// entries is the open part of the zone's record, as text.
func (r *room) entries() string {
	r.t.Helper()
	var out strings.Builder
	r.must(r.db.View(r.ctx(), func(tx store.Tx) error {
		list, err := journal.List(r.ctx(), tx, journal.Filter{}, journal.Page{Limit: 1000})
		for _, e := range list {
			full, err := journal.Get(r.ctx(), tx, e.ID)
			if err != nil {
				return err
			}
			text, _ := json.Marshal(full)
			out.Write(text)
		}
		return err
	}))
	return out.String()
}

// TestChannelsAPI: a channel is set up, changed, tried and taken away by the
// system administrator alone; where it leads is never seen again: not in answers,
// not in the record, not in the log, and in the database only sealed.
func TestChannelsAPI(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	as := r.serve()
	admin := as("admin")
	for _, who := range []string{"ann", "head", "chief", "worker"} {
		as(who).Get("/channels").Status(403)
		as(who).Post("/channels", apitest.Object{"kind": "webhook", "name": "x", "url": "https://hooks.example/"}).Status(403)
		as(who).Get("/channels/deliveries").Status(403)
	}
	const path, token = "/hook-of-the-secret", "token-of-the-address"
	var made struct {
		Channel ShownChannel
		Secret  string
	}
	body := apitest.Object{"kind": "webhook", "name": " 督查平台 ", "url": r.receiver.URL + path + "?key=" + token, "topics": []string{"errand.due", "errand.given", "errand.given"}}
	reply := admin.Post("/channels", body).Status(201).JSON(&made)
	c := made.Channel
	if c.Name != "督查平台" || c.Kind != Webhook || !slices.Equal(c.Topics, []string{"errand.due", "errand.given"}) || !c.Ready || c.Version != 1 || "http://"+c.Host != r.receiver.URL || !strings.HasPrefix(made.Secret, "whsec_") || reply.ETag() != `"1"` {
		t.Fatalf("%s", reply.Body)
	}
	for word, field := range map[string][2]string{"notify.name_taken": {"name", "督查平台"}, "notify.url_private": {"url", "https://10.0.0.1/"}, "notify.url_plain": {"url", "http://hooks.example/"}, "notify.whsec_form": {"secret", "whsec_short"}, "access.unit_unknown": {"unit", "d9"}, "notify.no_name": {"name", " "}} {
		bad := apitest.Object{"kind": "webhook", "name": "另一个", "url": "https://hooks.example/x"}
		bad[field[0]] = field[1]
		refused(t, admin.Post("/channels", bad), "notify.channel_invalid", word, field[0])
	}
	refused(t, admin.Post("/channels", apitest.Object{"kind": "webhook", "name": "另一个", "url": "https://hooks.example/x", "topics": []string{"unknown"}}), "notify.channel_invalid", "notify.not_a_choice", "topics")
	at := "/channels/" + c.ID
	admin.Patch(at, apitest.Object{"name": "x"}).Status(428)
	admin.IfMatch(`"9"`).Patch(at, apitest.Object{"name": "x"}).Problem(412, "notify.stale")
	admin.IfMatch(`"1"`).Patch(at, apitest.Object{"lang": "en", "unit": "d1"}).Status(200).JSON(&c)
	if c.Lang != "en" || c.Unit != "d1" || c.Name != "督查平台" || c.Version != 2 {
		t.Errorf("%+v", c)
	}
	var tried struct {
		OK      bool
		Problem string
	}
	admin.Post(at+"/test", nil).Status(200).JSON(&tried)
	got := r.receiver.Got()
	if !tried.OK || len(got) != 1 || got[0].Path != path || got[0].Query != "key="+token || !strings.Contains(got[0].Body, "Test message") {
		t.Fatalf("%+v %+v", tried, got)
	}
	r.receiver.Status(404)
	admin.Post(at+"/test", nil).Status(200).JSON(&tried)
	if tried.OK || tried.Problem != "对方答复 HTTP 404" {
		t.Errorf("%+v", tried)
	}
	r.give("ann", chore{To: "bob"})
	r.deliver()
	var list struct{ Items []ShownDelivery }
	reply = admin.Get("/channels/deliveries?state=failed&channel=" + c.ID).Status(200).JSON(&list)
	if len(list.Items) != 1 || list.Items[0].Problem != "对方答复 HTTP 404" || list.Items[0].SinkName != "督查平台" || list.Items[0].TopicName != "有差事交给您" || list.Items[0].Attempts != 1 {
		t.Errorf("%s", reply.Body)
	}
	if strings.Contains(string(reply.Body), "差事1") || strings.Contains(string(reply.Body), "test.errand") {
		t.Errorf("the administrator sees what it says: %s", reply.Body)
	}
	r.receiver.Status(200)
	admin.Post("/channels/deliveries/"+list.Items[0].ID+"/retry", nil).Status(200)
	r.deliver()
	admin.Get("/channels/deliveries?state=sent").Status(200).JSON(&list)
	if len(list.Items) != 1 || list.Items[0].State != Sent {
		t.Errorf("%+v", list)
	}
	admin.Post("/channels/email/test", nil).Problem(409, "notify.no_address")
	r.choose("admin", Chosen{Address: "admin@zone.example.cn"})
	admin.Post("/channels/email/test", nil).Status(200).JSON(&tried)
	if letters := r.mail.Letters(); !tried.OK || len(letters) != 1 || letters[0].To != "admin@zone.example.cn" {
		t.Errorf("%+v, %d letters", tried, len(letters))
	}
	all := admin.Get("/channels").Status(200).Body
	entries, log := r.entries(), r.log.String()
	for what, text := range map[string]string{"answers": string(all), "the record": entries, "the log": log, "the database": r.dump()} {
		for _, secret := range []string{path, token, made.Secret, strings.TrimPrefix(made.Secret, "whsec_")} {
			if strings.Contains(text, secret) {
				t.Errorf("%s hold %s", what, secret)
			}
		}
	}
	for _, verb := range []string{"notify.channel_added", "notify.channel_changed", "notify.channel_tested", "notify.sent_again"} {
		if !strings.Contains(entries, verb) {
			t.Errorf("%s is not on record", verb)
		}
	}
	admin.Delete(at).Status(204)
	admin.Delete(at).Problem(404, "notify.channel_not_found")
	if strings.Contains(r.dump(), c.ID+" notify_secrets") {
		t.Error("the secret outlives its channel")
	}
}

// dump is every row of this package's tables.
func (r *room) dump() string {
	r.t.Helper()
	var out strings.Builder
	r.must(r.db.View(r.ctx(), func(tx store.Tx) error {
		return store.Each(r.ctx(), tx, "WHERE zone = $1", []any{tx.Zone}, func(s secretRow) error {
			fmt.Fprintf(&out, "%s notify_secrets %s\n", s.Channel, s.Sealed)
			return nil
		})
	}))
	r.must(r.db.View(r.ctx(), func(tx store.Tx) error {
		all, err := channelsOf(r.ctx(), tx)
		fmt.Fprintln(&out, all)
		return err
	}))
	fmt.Fprintln(&out, r.deliveries())
	return out.String()
}

// TestKeyLost: with another key file a channel says that its secret has to be
// entered again; what waits for it is kept, and goes out once it is.
func TestKeyLost(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	c := r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}})
	r.must(os.Remove(r.cfg.KeyFile))
	r.open()
	r.give("ann", chore{To: "bob"})
	r.deliver()
	all, _, err := r.desk.Channels(r.as("admin"))
	r.must(err)
	if v := r.deliveries()[0]; v.State != Failed || v.Reason != "notify.fail_secret" || all[1].Ready || len(r.receiver.Got()) != 0 {
		t.Fatalf("%+v %+v", v, all[1])
	}
	_, err = r.desk.ChangeChannel(r.as("admin"), c.ID, 1, ChannelDraft{Name: ptr("改名")})
	fault(t, err, "notify.fail_secret")
	_, err = r.desk.ChangeChannel(r.as("admin"), c.ID, 1, ChannelDraft{URL: ptr(r.receiver.URL), Secret: ptr(newWebhookSecret())})
	r.must(err)
	r.after(10 * time.Second)
	if got := r.states(); !slices.Equal(got, []string{Sent}) {
		t.Errorf("%v", got)
	}
}

// TestKeyFile: the key is made once, for its owner's eyes alone.
func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sub", "notify.key")
	one, err := loadSeals(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := one.seal("z1", "c1", lead{"https://x/", "s"})
	if err != nil {
		t.Fatal(err)
	}
	two, err := loadSeals(path)
	if err != nil {
		t.Fatal(err)
	}
	if l, err := two.open("z1", "c1", sealed); err != nil || l != (lead{"https://x/", "s"}) {
		t.Errorf("%+v, %v", l, err)
	}
	changed := slices.Clone(sealed)
	changed[len(changed)-1] ^= 1
	for what, try := range map[string]func() (lead, error){
		"another channel": func() (lead, error) { return two.open("z1", "c2", sealed) }, "another zone": func() (lead, error) { return two.open("z2", "c1", sealed) },
		"changed": func() (lead, error) { return two.open("z1", "c1", changed) }, "nothing": func() (lead, error) { return two.open("z1", "c1", nil) },
	} {
		if l, err := try(); err == nil || l != (lead{}) {
			t.Errorf("%s: %+v", what, l)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := loadSeals(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("readable by others: %v", err)
	}
	if err := os.WriteFile(path, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadSeals(path); err == nil {
		t.Error("a file that holds no key is taken")
	}
}

// TestSettings: what cannot be meant is refused at the start, with what to do.
func TestSettings(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for word, spoil := range map[string]func(*Settings){
		"notify.smtp_addr":  func(s *Settings) { s.SMTPAddr = "mail.example" },
		"notify.smtp_from":  func(s *Settings) { s.SMTPFrom = "" },
		"notify.smtp_tls":   func(s *Settings) { s.SMTPTLS = "maybe" },
		"notify.smtp_file":  func(s *Settings) { s.SMTPPasswordFile = "/nowhere/pass" },
		"notify.hosts_form": func(s *Settings) { s.Hosts = "https://x" },
		"notify.public_url": func(s *Settings) { s.PublicURL = "sente.example" },
	} {
		cfg := r.cfg
		spoil(&cfg.Settings)
		_, err := NewDesk(cfg)
		fault(t, err, word)
	}
	cfg := r.cfg
	cfg.SMTPAddr, cfg.SMTPFrom = "", ""
	if _, err := NewDesk(cfg); err != nil {
		t.Errorf("without a mail server: %v", err)
	}
}

// TestNoMailServer: without one, e-mail is not offered, nothing waits for it, and
// a letter that waited from before is put off, not lost.
func TestNoMailServer(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
	r.give("ann", chore{To: "bob"})
	addr := r.cfg.SMTPAddr
	r.cfg.SMTPAddr = ""
	r.open()
	r.give("ann", chore{To: "bob"})
	r.deliver()
	o, err := r.desk.Offer(r.as("bob"))
	r.must(err)
	if v := r.deliveries(); o.Mail || len(v) != 1 || v[0].State != Failed || v[0].Reason != "notify.fail_no_mail" {
		t.Fatalf("%v %+v", o.Mail, v)
	}
	r.cfg.SMTPAddr = addr
	r.open()
	r.after(10 * time.Second)
	if len(r.mail.Letters()) != 1 {
		t.Error("the letter is lost")
	}
}
