package notify

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/notify/notifytest"
	"sente/internal/kernel"
)

// TestMail: a letter arrives with a readable subject, as text and as a page, with
// a link, under an id of its own; two people get one each.
func TestMail(t *testing.T) {
	onBoth(t, func(r *room) {
		r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
		r.choose("carl", Chosen{Address: "carl@zone.example.cn"})
		r.give("ann", chore{To: "bob"})
		r.give("ann", chore{To: "carl"})
		r.deliver()
		r.deliver()
		got := r.mail.Letters()
		slices.SortFunc(got, func(a, b notifytest.Letter) int { return strings.Compare(a.To, b.To) })
		if len(got) != 2 {
			r.t.Fatalf("%d letters", len(got))
		}
		b, c := got[0], got[1]
		if b.From != "notice@zone.example.cn" || b.To != "bob@zone.example.cn" || b.Subject != "有差事交给您：差事1" || c.To != "carl@zone.example.cn" || c.Subject != "An errand for you: 差事2" {
			r.t.Errorf("%+v\n%+v", b, c)
		}
		if !strings.Contains(b.Text, "有差事交给您\n差事1 (E-1) · 2026-05-20\nhttps://sente.example.cn/errands?open=1\n") || !strings.Contains(b.HTML, `<a href="https://sente.example.cn/errands?open=1">`) {
			r.t.Errorf("%s\n%s", b.Text, b.HTML)
		}
		if b.Header.Get("Message-Id") == "" || b.Header.Get("Message-Id") == c.Header.Get("Message-Id") || b.Header.Get("Auto-Submitted") != "auto-generated" {
			r.t.Errorf("%v", b.Header)
		}
		if got := r.states(); !slices.Equal(got, []string{Sent, Sent}) {
			r.t.Errorf("states %v", got)
		}
	})
}

// TestSecureMail: the password goes over an encrypted connection only, to a
// server whose certificate is known.
func TestSecureMail(t *testing.T) {
	t.Parallel()
	for _, implicit := range []bool{false, true} {
		r := newRoom(t)
		m := notifytest.StartSecureMail(t, implicit, "notice", "pass-of-the-mail-server")
		ca, pass := filepath.Join(r.dir, "ca.pem"), filepath.Join(r.dir, "pass")
		r.must(os.WriteFile(ca, []byte(m.CA), 0o600))
		r.must(os.WriteFile(pass, []byte("pass-of-the-mail-server\n"), 0o600))
		r.cfg.SMTPAddr, r.cfg.SMTPUser, r.cfg.SMTPPasswordFile, r.cfg.SMTPCAFile = m.Addr, "notice", pass, ca
		r.cfg.SMTPTLS = map[bool]string{false: StartTLS, true: ImplicitTLS}[implicit]
		r.open()
		r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
		r.give("ann", chore{To: "bob"})
		r.deliver()
		if got := m.Letters(); len(got) != 1 || !got[0].TLS || got[0].User != "notice" {
			t.Fatalf("implicit %v: %+v, %+v", implicit, got, r.deliveries())
		}
		r.cfg.SMTPCAFile = "" // nobody vouches for the server
		r.open()
		r.give("ann", chore{To: "bob"})
		r.deliver()
		if v := r.deliveries()[1]; v.State != Failed || v.Reason != "notify.fail_connect" || len(m.Letters()) != 1 {
			t.Errorf("implicit %v: %+v", implicit, v)
		}
	}
	r := newRoom(t) // a server that offers no encryption
	r.cfg.SMTPAddr, r.cfg.SMTPTLS = notifytest.StartSecureMail(t, true, "", "").Addr, StartTLS
	r.open()
	r.desk.mail.wait = time.Second
	r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
	r.give("ann", chore{To: "bob"})
	r.deliver()
	if v := r.deliveries()[0]; v.State != Failed {
		t.Errorf("%+v", v)
	}
}

// TestMailRefused: one mailbox that is refused keeps no other letter from
// arriving, and whose it is is not written down.
func TestMailRefused(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.mail.Refuse("bob@zone.example.cn", "550 5.1.1 <bob@zone.example.cn>: no such mailbox")
	r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
	r.choose("head", Chosen{Address: "head@zone.example.cn"})
	r.give("ann", chore{To: "bob"})
	r.give("ann", chore{To: "head"})
	r.deliver()
	all := r.deliveries()
	if len(r.mail.Letters()) != 1 || all[0].State != Failed || all[0].Reason != "notify.fail_mail" || all[1].State != Sent {
		t.Fatalf("%+v", all)
	}
	if !strings.Contains(all[0].Detail, "no such mailbox") || strings.Contains(all[0].Detail, "bob@") {
		t.Errorf("why: %q", all[0].Detail)
	}
}

// TestMailHangs: a mail server that stops answering, wherever it does, holds up
// its own letters for a bounded time and nothing else; the reason is told, and
// the letters arrive once it answers again.
func TestMailHangs(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"greeting", "EHLO", "RCPT", "DATA", "."} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t)
			r.desk.mail.wait = 300 * time.Millisecond
			hook := r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}})
			r.choose("bob", Chosen{Address: "bob@zone.example.cn"})
			r.choose("head", Chosen{Address: "head@zone.example.cn"})
			r.mail.Hang(where)
			for range 3 {
				r.give("ann", chore{To: "bob"})
				r.give("ann", chore{To: "head"})
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan struct{})
			began := time.Now()
			go func() { r.desk.Work(ctx); close(done) }()
			eventually(t, "the webhook is told while the mail server hangs", func() bool { return len(r.receiver.Got()) == 6 })
			eventually(t, "the letters have failed", func() bool { return countOf(r.states(), Failed) == 6 })
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			stop()
			<-done
			for _, v := range r.deliveries() {
				if v.Sink == Email && (v.Reason != "notify.fail_timeout" || v.Attempts != 1) {
					t.Errorf("%+v", v)
				}
				if v.Sink == hook.ID && v.State != Sent {
					t.Errorf("%+v", v)
				}
			}
			if n := r.mail.Dialled(); n > 3 {
				t.Errorf("the server that hangs was dialled %d times", n)
			}
			said, _, err := r.desk.Channels(r.as("admin"))
			r.must(err)
			if said[0].ID != Email || said[0].Reason != "notify.fail_timeout" || said[0].FailingSince == 0 || said[0].Failed != 6 || said[1].FailingSince != 0 {
				t.Errorf("%+v", said)
			}
			r.mail.Hang("")
			r.after(10 * time.Second)
			if got := r.mail.Letters(); len(got) != 2 || !strings.Contains(got[0].Subject, "3 条通知") || countOf(r.states(), Failed) != 0 {
				t.Errorf("after it answers again: %d letters, %v", len(got), r.states())
			}
		})
	}
}

func countOf(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: did not happen", what)
		}
	}
}

// TestWebhookDownForADay: a target that answers 500 for a day is tried again and
// again with growing delays, always under the same id and with a signature of the
// attempt, and gets everything once it works.
func TestWebhookDownForADay(t *testing.T) {
	onBoth(t, func(r *room) {
		f := r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}, Secret: ptr("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")})
		r.receiver.Status(500)
		r.give("ann", chore{To: "bob"})
		end := r.clock.now().Add(24 * time.Hour)
		for r.clock.now().Before(end) {
			r.deliver()
			r.clock.pass(time.Minute)
		}
		tries := r.receiver.Got()
		if len(tries) < 6 || len(tries) > 7 { // at once, then after 5 s, 5 min, 30 min, 2 h, 5 h and 10 h, each up to a fifth more
			r.t.Fatalf("tried %d times in a day", len(tries))
		}
		if v := r.deliveries()[0]; v.State != Failed || v.Reason != "notify.fail_status" || v.Detail != "500" || v.Attempts != int64(len(tries)) {
			r.t.Errorf("%+v", v)
		}
		r.receiver.Answer(func(w http.ResponseWriter, _ int) { w.WriteHeader(204) })
		r.give("ann", chore{To: "bob"})
		for r.clock.now().Before(end.Add(24 * time.Hour)) {
			r.deliver()
			r.clock.pass(time.Minute)
		}
		got := r.receiver.Got()
		if len(got) != len(tries)+2 || !slices.Equal(r.states(), []string{Sent, Sent}) {
			r.t.Fatalf("%d requests, %v", len(got), r.states())
		}
		ids := map[string]int{}
		for _, q := range got {
			at, err := strconv.ParseInt(q.Header.Get("webhook-timestamp"), 10, 64)
			r.must(err)
			want, err := sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", q.Header.Get("webhook-id"), at, q.Body)
			r.must(err)
			if q.Header.Get("webhook-signature") != want || q.Header.Get("Content-Type") != "application/json; charset=utf-8" {
				r.t.Errorf("%v", q.Header)
			}
			ids[q.Header.Get("webhook-id")]++
		}
		if len(ids) != 2 || ids["msg_"+r.deliveries()[0].ID] != len(tries)+1 {
			r.t.Errorf("ids %v", ids)
		}
		var body struct {
			Type, Timestamp string
			Data            map[string]string
		}
		r.must(json.Unmarshal([]byte(got[0].Body), &body))
		if body.Type != "errand.given" || body.Timestamp != "2026-05-11T02:00:00Z" || body.Data["object"] != "test.errand/2" && body.Data["object"] != "test.errand/1" || body.Data["link"] != "https://sente.example.cn/errands?open=1" || body.Data["headline"] != "有差事交给您" {
			r.t.Errorf("%+v", body)
		}
		all, _, err := r.desk.Channels(r.as("admin"))
		r.must(err)
		if all[1].ID != f.ID || all[1].FailingSince != 0 || all[1].Reason != "" || all[1].SentAt == 0 {
			r.t.Errorf("%+v", all[1])
		}
	})
}

// TestDeadLetter: what fails for three days lies among the dead with its reason,
// the administrators are told in the product after an hour, and it goes out under
// its old id when they send it again.
func TestDeadLetter(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}, Name: ptr("督查平台")})
	r.receiver.Status(503)
	r.give("ann", chore{To: "bob"})
	for range 60 {
		r.after(time.Minute)
	}
	if got := r.told("admin"); got != nil {
		t.Errorf("told %v within the hour", got)
	}
	for range 4 * 24 * 2 {
		r.after(30 * time.Minute)
	}
	v := r.deliveries()[0]
	if v.State != Dead || v.Attempts != 10 || v.Reason != "notify.fail_status" || v.EndedAt == 0 || len(r.receiver.Got()) != 10 {
		t.Fatalf("%+v after %d requests", v, len(r.receiver.Got()))
	}
	if life := time.Duration(v.EndedAt-v.CreatedAt) * time.Millisecond; life < 72*time.Hour || life > 96*time.Hour {
		t.Errorf("given up after %v", life)
	}
	box, err := r.desk.Inbox(r.as("admin"), true, "", 10)
	r.must(err)
	if len(box.Items) != 1 || box.Items[0].Topic != topicFailing || box.Items[0].Title != "督查平台" || box.Items[0].Note != "对方答复 HTTP 503" || box.Items[0].Path != "/channels" || box.Items[0].Gone {
		t.Fatalf("told %+v", box.Items)
	}
	if r.told("bob") == nil || r.told("ann") != nil {
		t.Error("bob is told in the product all the same, and nobody else of the failing channel")
	}
	_, _, err = r.desk.SendAgain(r.as("ann"), v.ID)
	if !isDenied(err) {
		t.Errorf("an officer sends again: %v", err)
	}
	r.receiver.Status(200)
	again, _, err := r.desk.SendAgain(r.as("admin"), v.ID)
	r.must(err)
	if again.State != Waiting || again.Attempts != 0 {
		t.Errorf("%+v", again)
	}
	r.deliver()
	got := r.receiver.Got()
	if len(got) != 11 || got[10].Header.Get("webhook-id") != got[0].Header.Get("webhook-id") || !slices.Equal(r.states(), []string{Sent}) {
		t.Errorf("%d requests, %v", len(got), r.states())
	}
	_, _, err = r.desk.SendAgain(r.as("admin"), v.ID)
	fault(t, err, "notify.not_dead")
	_, _, err = r.desk.SendAgain(r.as("admin"), "nothing")
	fault(t, err, "notify.delivery_not_found")
	r.clock.pass(keepDead + time.Hour)
	r.must(r.desk.Sweep(r.ctx()))
	if got := r.deliveries(); len(got) != 0 {
		t.Errorf("still there: %+v", got)
	}
}

// TestKilledBeforeItWasWrittenDown: a process dies after the target took a
// message and before that was written down. Another waits for the lease, then
// sends it once more under the same id; the person's notice is there once.
func TestKilledBeforeItWasWrittenDown(t *testing.T) {
	onBoth(t, func(r *room) {
		r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}})
		r.give("ann", chore{To: "bob"})
		sink := r.deliveries()[0].Sink
		e, err := r.desk.takeUp(r.ctx(), sink)
		r.must(err)
		r.must(r.desk.send(r.ctx(), e, e.rows)) // and now it is killed
		r.open()
		r.deliver()
		r.after(lease - time.Second)
		if n := len(r.receiver.Got()); n != 1 {
			r.t.Fatalf("another sends within the lease: %d requests", n)
		}
		r.after(2 * time.Second)
		r.after(time.Hour)
		got := r.receiver.Got()
		if len(got) != 2 || got[0].Header.Get("webhook-id") != got[1].Header.Get("webhook-id") || !slices.Equal(r.states(), []string{Sent}) || len(r.told("bob")) != 1 {
			r.t.Errorf("%d requests, %v, told %v", len(got), r.states(), r.told("bob"))
		}
	})
}

// TestStopped: a program that is told to stop puts back what it has not sent, as
// no failure.
func TestStopped(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}})
	r.give("ann", chore{To: "bob"})
	r.give("ann", chore{To: "bob"})
	ctx, stop := context.WithCancel(r.ctx())
	r.receiver.Answer(func(http.ResponseWriter, int) { stop(); time.Sleep(200 * time.Millisecond) })
	r.must(r.desk.serve(ctx, r.deliveries()[0].Sink))
	for _, v := range r.deliveries() {
		if v.State != Waiting || v.Attempts != 0 || v.NextAt > r.clock.now().UnixMilli() {
			t.Errorf("%+v", v)
		}
	}
	r.receiver.Status(200)
	r.deliver()
	if got := r.states(); !slices.Equal(got, []string{Sent, Sent}) {
		t.Errorf("%v", got)
	}
}

// TestQuietHoursAndDigest: what arises at night goes out in the morning, in one
// letter; a digest waits for its time; what is urgent passes only if the person
// says so. In the product everything is there at once.
func TestQuietHoursAndDigest(t *testing.T) {
	onBoth(t, func(r *room) {
		r.choose("bob", Chosen{Address: "bob@zone.example.cn", QuietFrom: "22:00", QuietUntil: "07:00"})
		r.choose("head", Chosen{Address: "head@zone.example.cn", QuietFrom: "22:00", QuietUntil: "07:00", UrgentPasses: true})
		r.choose("carl", Chosen{Address: "carl@zone.example.cn", Digest: Daily})
		r.clock.pass(13 * time.Hour) // 23:00
		for range 2 {
			for _, who := range []string{"bob", "head", "carl"} {
				r.give("ann", chore{To: who})
			}
		}
		r.give("ann", chore{To: "head", Urgent: true})
		r.give("ann", chore{To: "bob", Urgent: true})
		r.deliver()
		if got := letters(r, "head"); len(got) != 1 || got[0] != "有差事交给您：差事7" || len(r.mail.Letters()) != 1 {
			r.t.Fatalf("at night: %v, %d letters", got, len(r.mail.Letters()))
		}
		if len(r.told("bob")) != 3 {
			r.t.Errorf("in the product %v", r.told("bob"))
		}
		r.after(7*time.Hour + 59*time.Minute) // 06:59
		if n := len(r.mail.Letters()); n != 1 {
			r.t.Errorf("%d letters before the quiet hours end", n)
		}
		r.after(time.Minute)
		if got := letters(r, "bob"); len(got) != 1 || got[0] != "示例区：3 条通知" {
			r.t.Errorf("in the morning: %v", got)
		}
		if got := letters(r, "carl"); got != nil {
			r.t.Errorf("a daily digest at seven: %v", got)
		}
		r.after(2 * time.Hour)
		if got := letters(r, "carl"); len(got) != 1 || got[0] != "Sample zone: 2 notices" {
			r.t.Errorf("the digest: %v", got)
		}
		if got := r.states(); countOf(got, Sent) != len(got) {
			r.t.Errorf("%v", got)
		}
	})
}

// letters are the subjects of what account was sent.
func letters(r *room, account string) (subjects []string) {
	for _, l := range r.mail.Letters() {
		if l.To == account+"@zone.example.cn" {
			subjects = append(subjects, l.Subject)
		}
	}
	return subjects
}

// TestWays: each person chooses what reaches them where.
func TestWays(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	own := r.channel(WeCom, ChannelDraft{Unit: ptr("d1"), Offered: ptr(true)})
	other := r.channel(DingTalk, ChannelDraft{Unit: ptr("d2"), Offered: ptr(true)})
	closed := r.channel(Feishu, ChannelDraft{})
	o, err := r.desk.Offer(r.as("dora")) // of a section below
	r.must(err)
	if len(o.Channels) != 1 || o.Channels[0].ID != own.ID || len(o.Topics) != 2 {
		t.Fatalf("offered %+v", o)
	}
	for _, c := range []Fares{other, closed} {
		_, err := r.desk.Choose(r.as("bob"), Chosen{Choices: map[string][]string{"errand.given": {c.ID}}})
		fault(t, err, "notify.not_a_choice")
	}
	_, err = r.desk.Choose(r.as("bob"), Chosen{Choices: map[string][]string{topicFailing: {InProduct}}})
	fault(t, err, "notify.not_a_choice")
	r.choose("bob", Chosen{Address: "bob@zone.example.cn", Choices: map[string][]string{"errand.given": {own.ID}}})
	r.choose("head", Chosen{Address: "head@zone.example.cn", Choices: map[string][]string{"errand.given": {}}})
	r.give("ann", chore{To: "bob"})
	r.give("ann", chore{To: "head"})
	r.deliver()
	if r.told("bob") != nil || r.told("head") != nil || len(r.mail.Letters()) != 0 || len(r.receiver.Got()) != 1 {
		t.Errorf("in the product %v and %v, %d letters, %d posts", r.told("bob"), r.told("head"), len(r.mail.Letters()), len(r.receiver.Got()))
	}
	if n, err := r.desk.Unread(r.as("bob")); n != 0 || err != nil {
		t.Errorf("%d unread, %v", n, err)
	}
	_, err = r.desk.ChangeChannel(r.as("admin"), own.ID, own.Version, ChannelDraft{Offered: ptr(false)})
	r.must(err)
	r.give("ann", chore{To: "bob"})
	r.deliver()
	if len(r.receiver.Got()) != 1 {
		t.Error("sent to a channel that is no longer offered")
	}
}

// TestRobots: each robot is sent what it understands, with what it asks for; a
// refusal inside a 200 is one; several notices go out as one message.
func TestRobots(t *testing.T) {
	t.Parallel()
	for kind, look := range map[string]func(t *testing.T, q notifytest.Got){
		WeCom: func(t *testing.T, q notifytest.Got) {
			t.Helper()
			want := `{"markdown":{"content":"**有差事交给您**\n\n差事2 （E-1） · 2026-05-20\n\n[查看](https://sente.example.cn/errands?open=1)"},"msgtype":"markdown"}`
			if q.Body != want || q.Query != "key=secret-of-the-address" {
				t.Errorf("%s %s", q.Query, q.Body)
			}
		},
		DingTalk: func(t *testing.T, q notifytest.Got) {
			t.Helper()
			v := query(t, q.Query)
			if v.Get("key") != "secret-of-the-address" || v.Get("sign") != hmac256([]byte("robot-secret"), []byte(v.Get("timestamp")+"\nrobot-secret")) || !strings.Contains(q.Body, `"title":"有差事交给您"`) {
				t.Errorf("%s %s", q.Query, q.Body)
			}
		},
		Feishu: func(t *testing.T, q notifytest.Got) {
			t.Helper()
			var b struct {
				Timestamp, Sign string
				MsgType         string `json:"msg_type"`
				Content         struct {
					Post map[string]struct {
						Title   string
						Content [][]map[string]string
					}
				}
			}
			if err := json.Unmarshal([]byte(q.Body), &b); err != nil || b.MsgType != "post" || b.Sign != hmac256([]byte(b.Timestamp+"\nrobot-secret"), nil) || b.Content.Post["zh_cn"].Title != "有差事交给您" || b.Content.Post["zh_cn"].Content[1][1]["href"] != "https://sente.example.cn/errands?open=1" {
				t.Errorf("%v %s", err, q.Body)
			}
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRoom(t)
			r.channel(kind, ChannelDraft{Unit: ptr("d1"), Topics: &[]string{"errand.given"}, Secret: ptr("robot-secret")})
			r.give("ann", chore{To: "bob"})
			r.deliver()
			got := r.receiver.Got()
			if len(got) != 1 {
				t.Fatalf("%d posts: %+v", len(got), r.deliveries())
			}
			look(t, got[0])
			r.give("ann", chore{To: "carl"}) // of another department
			r.deliver()
			if len(r.receiver.Got()) != 1 {
				t.Error("another department's errand is told to this one's group")
			}
			r.receiver.Answer(func(w http.ResponseWriter, _ int) {
				_, _ = io.WriteString(w, `{"errcode":45009,"code":9499,"errmsg":"too fast","msg":"too fast"}`)
			})
			for range 3 {
				r.give("ann", chore{To: "bob"})
			}
			r.deliver()
			if n := countOf(r.states(), Failed); n != 3 || len(r.receiver.Got()) != 2 {
				t.Errorf("%d failed after %d posts: %+v", n, len(r.receiver.Got()), r.deliveries())
			}
			r.receiver.Answer(func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, `{"errcode":0,"code":0}`) })
			r.after(10 * time.Second)
			if n := countOf(r.states(), Sent); n != 4 || len(r.receiver.Got()) != 3 {
				t.Errorf("%d sent after %d posts", n, len(r.receiver.Got()))
			}
		})
	}
}

// TestTargets: no redirect is followed, a name that leads to this machine is not
// connected to, an endless answer is cut off, a slow one given up.
func TestTargets(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	try := func(address string) failure {
		t.Helper()
		_, err := exchange(t.Context(), r.desk.http, address, http.Header{}, "{}")
		if err == nil {
			return failure{}
		}
		return failureOf(err)
	}
	elsewhere := notifytest.Listen(t)
	r.receiver.Answer(func(w http.ResponseWriter, _ int) { w.Header().Set("Location", elsewhere.URL); w.WriteHeader(307) })
	if f := try(r.receiver.URL); f.Reason != "notify.fail_redirect" || f.Detail != "307" || len(elsewhere.Got()) != 0 {
		t.Errorf("a redirect: %+v, %d followed", f, len(elsewhere.Got()))
	}
	port := r.receiver.URL[strings.LastIndex(r.receiver.URL, ":"):]
	n := len(r.receiver.Got())
	none, err := newGuard("")
	r.must(err)
	for _, address := range []string{r.receiver.URL, "http://localhost" + port, "http://[::ffff:127.0.0.1]" + port} {
		if _, err := exchange(t.Context(), none.client(), address, http.Header{}, "{}"); failureOf(err).Reason != "notify.fail_private" || len(r.receiver.Got()) != n {
			t.Errorf("%s, not listed: %v", address, err)
		}
	}
	r.receiver.Answer(func(w http.ResponseWriter, _ int) {
		for range 10_000 {
			if _, err := io.WriteString(w, strings.Repeat("x", 10_000)); err != nil {
				return
			}
		}
	})
	answer, err := exchange(t.Context(), r.desk.http, r.receiver.URL, http.Header{}, "{}")
	if err != nil || len(answer) != answerSize {
		t.Errorf("an endless answer: %d bytes, %v", len(answer), err)
	}
	quick := *r.desk.http
	quick.Timeout = 100 * time.Millisecond
	r.receiver.Answer(func(http.ResponseWriter, int) { time.Sleep(time.Second) })
	if _, err := exchange(t.Context(), &quick, r.receiver.URL, http.Header{}, "{}"); failureOf(err) != (failure{Reason: "notify.fail_timeout", Down: true}) {
		t.Errorf("no answer: %v", err)
	}
	if f := try("http://127.0.0.1:1/secret-path?key=secret"); f.Reason != "notify.fail_connect" || !f.Down || strings.Contains(f.Detail, "secret") {
		t.Errorf("nobody listens: %+v", f)
	}
}

// TestGivenUp: what its reader may no longer read, or whose channel is gone, is
// not sent; a channel that is paused keeps everything for later.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	c := r.channel(Webhook, ChannelDraft{Topics: &[]string{"errand.given"}})
	r.choose("bob", Chosen{Address: "bob@zone.example.cn", Digest: Hourly})
	r.choose("head", Chosen{Address: "head@zone.example.cn", Digest: Hourly})
	r.choose("dora", Chosen{Address: "dora@zone.example.cn", Digest: Hourly})
	for _, who := range []string{"bob", "head", "dora"} {
		r.give("ann", chore{To: who})
	}
	r.forbid("bob")
	r.choose("dora", Chosen{})
	paused, err := r.desk.ChangeChannel(r.as("admin"), c.ID, c.Version, ChannelDraft{Paused: ptr(true)})
	r.must(err)
	r.after(2 * time.Hour)
	if len(r.mail.Letters()) != 1 || r.mail.Letters()[0].To != "head@zone.example.cn" || len(r.receiver.Got()) != 0 {
		t.Fatalf("%+v", r.mail.Letters())
	}
	for _, v := range r.deliveries() {
		dropped := v.Account == "bob" || v.Account == "dora"
		if dropped && (v.State != Dropped || v.Reason != "notify.fail_reader") || v.Sink == c.ID && v.State != Waiting {
			t.Errorf("%+v", v)
		}
	}
	r.give("ann", chore{To: "head"}) // while it is paused nothing new goes there
	back, err := r.desk.ChangeChannel(r.as("admin"), c.ID, paused.Version, ChannelDraft{Paused: ptr(false)})
	r.must(err)
	r.deliver()
	if n := len(r.receiver.Got()); n != 3 {
		t.Errorf("%d arrive after the pause", n)
	}
	r.receiver.Status(500)
	r.give("ann", chore{To: "head"})
	r.deliver()
	r.must(r.desk.RemoveChannel(r.as("admin"), back.ID))
	r.after(time.Hour)
	if n := len(r.receiver.Got()); n != 4 {
		t.Errorf("a channel that was removed is sent to: %d", n)
	}
	last := r.deliveries()
	if v := last[len(last)-1]; v.Sink != Email && (v.State != Dropped || v.Reason != "notify.fail_removed") {
		t.Errorf("%+v", v)
	}
}

func isDenied(err error) bool {
	return err != nil && failsWith(err, kernel.ErrDenied)
}
