package notify

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/words"
)

// TestSignature: the vector that the libraries of the Standard Webhooks
// specification are tested with (standard-webhooks/standard-webhooks, libraries,
// and Svix's, from which the specification was taken).
func TestSignature(t *testing.T) {
	t.Parallel()
	got, err := sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, `{"test": 2432232314}`)
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if _, err := sign("whsec_?", "x", 1, ""); err == nil {
		t.Error("signed under no key")
	}
}

// TestDelays: ten attempts in about three days, each delay within a fifth above
// what is planned, and then no more.
func TestDelays(t *testing.T) {
	t.Parallel()
	total := time.Duration(0)
	for i, want := range delays() {
		low, ok := after(int64(i+1), 0)
		high, _ := after(int64(i+1), 0.999)
		if !ok || low != want || high < low || high >= want+want/5 {
			t.Errorf("after failure %d between %v and %v, planned %v", i+1, low, high, want)
		}
		if total += low; i > 0 && low <= delays()[i-1] {
			t.Errorf("delay %d does not grow", i+1)
		}
	}
	if total < 72*time.Hour || total > 84*time.Hour || len(delays()) != 9 {
		t.Errorf("%d retries in %v", len(delays()), total)
	}
	for _, n := range []int64{0, -1, 10, 100} {
		if _, ok := after(n, 0); ok {
			t.Errorf("there is an attempt after failure %d", n)
		}
	}
}

// TestRelease: quiet hours, across midnight too, digests, and both together.
func TestRelease(t *testing.T) {
	t.Parallel()
	night := Preferences{QuietFrom: "22:00", QuietUntil: "07:30"}
	noon := Preferences{QuietFrom: "12:00", QuietUntil: "14:00"}
	hourly, daily := night, night
	hourly.Digest, daily.Digest = Hourly, Daily
	passes := daily
	passes.UrgentPasses = true
	for _, c := range []struct {
		p      Preferences
		at     string
		urgent bool
		wait   string
	}{
		{Preferences{}, "23:30", false, "0s"},
		{night, "21:59", false, "0s"},
		{night, "22:00", false, "9h30m"},
		{night, "23:59", false, "7h31m"},
		{night, "00:00", false, "7h30m"},
		{night, "07:29", false, "1m"},
		{night, "07:30", false, "0s"},
		{night, "23:00", true, "8h30m"}, // urgent, and nobody said it may pass
		{noon, "12:00", false, "2h"},
		{noon, "14:00", false, "0s"},
		{noon, "11:59", false, "0s"},
		{hourly, "10:20", false, "40m"},
		{hourly, "10:00", false, "1h"},
		{hourly, "21:30", false, "10h"}, // at 22:00 it is quiet
		{daily, "08:59", false, "1m"},
		{daily, "09:00", false, "24h"},
		{daily, "23:00", false, "10h"},
		{passes, "23:00", true, "0s"},
		{passes, "23:00", false, "10h"},
		{Preferences{Digest: Daily, QuietFrom: "08:00", QuietUntil: "10:00"}, "23:00", false, "11h"},
	} {
		now := clockAt(c.at)
		want, _ := time.ParseDuration(c.wait)
		if got := c.p.release(now.UTC(), c.urgent).Sub(now); got != want {
			t.Errorf("%+v at %s, urgent %v: after %v, want %v", c.p, c.at, c.urgent, got, want)
		}
	}
}

// TestPreferencesCheck: what is wrong is said field by field.
func TestPreferencesCheck(t *testing.T) {
	t.Parallel()
	ways := []string{InProduct, Email, "c1"}
	good := Preferences{Address: "name@zone.gov.cn", Digest: Daily, QuietFrom: "22:00", QuietUntil: "07:00", Choices: map[string][]string{"a": {Email, "c1"}, "b": {}}}
	if err := good.check([]string{"a", "b"}, ways); err != nil {
		t.Fatal(err)
	}
	for word, spoil := range map[string]func(*Preferences){
		"notify.address_form": func(p *Preferences) { p.Address = "某人 <name@zone.gov.cn>" },
		"notify.quiet_half":   func(p *Preferences) { p.QuietUntil = "" },
		"notify.quiet_same":   func(p *Preferences) { p.QuietUntil = p.QuietFrom },
		"notify.clock_form":   func(p *Preferences) { p.QuietFrom = "24:00" },
		"notify.not_a_choice": func(p *Preferences) { p.Choices = map[string][]string{"a": {"c2"}} },
	} {
		p := good
		spoil(&p)
		fault(t, p.check([]string{"a", "b"}, ways), word)
	}
	for _, address := range []string{"name", "name@", "@zone.cn", "name@zone", "a@b.cn\r\nBcc: x@y.cn", "a@b.cn, c@d.cn", strings.Repeat("a", 250) + "@b.cn"} {
		fault(t, checkAddress(address), "notify.address_form")
	}
	p := good
	p.Choices = map[string][]string{"unknown": {}}
	fault(t, p.check([]string{"a"}, ways), "notify.not_a_choice")
	p.Choices, p.Digest = nil, "weekly"
	fault(t, p.check(nil, ways), "notify.not_a_choice")
}

// TestGuard: only public addresses and what the configuration lists.
func TestGuard(t *testing.T) {
	t.Parallel()
	none, err := newGuard("")
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []string{"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.0.2.1", "198.18.0.1", "224.0.0.1",
		"255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "::127.0.0.1"} {
		if none.allows(netip.MustParseAddr(a)) {
			t.Errorf("%s is taken for public", a)
		}
	}
	for _, a := range []string{"8.8.8.8", "114.114.114.114", "172.32.0.1", "100.128.0.1", "2400:3200::1", "::ffff:8.8.8.8"} {
		if !none.allows(netip.MustParseAddr(a)) {
			t.Errorf("%s is not taken for public", a)
		}
	}
	if none.allows(netip.Addr{}) {
		t.Error("no address is allowed")
	}
	some, err := newGuard("hooks.zone.example, 10.1.0.0/16 , 192.168.7.8,::1")
	if err != nil {
		t.Fatal(err)
	}
	for text, word := range map[string]string{
		"https://hooks.example/x?key=1": "", "https://8.8.8.8/": "", "http://hooks.zone.example/x": "", "https://HOOKS.zone.example": "", "http://10.1.9.9:8080/": "", "https://192.168.7.8/": "", "http://[::1]:99/": "",
		"http://hooks.example/x": "notify.url_plain", "http://8.8.8.8/": "notify.url_plain", "https://10.2.0.1/": "notify.url_private", "https://localhost/": "notify.url_private", "https://LOCALHOST./": "notify.url_private", "https://[::ffff:127.0.0.1]/": "notify.url_private",
		"": "notify.url_form", "hooks.example": "notify.url_form", "ftp://hooks.example/": "notify.url_form", "https://": "notify.url_form", "https://:443/": "notify.url_form", "https://me:pass@hooks.example/": "notify.url_form", "https://hooks.example/#x": "notify.url_form", "file:///etc/passwd": "notify.url_form",
		"https://hooks.example/" + strings.Repeat("x", 2000): "notify.url_form",
	} {
		err := some.checkURL(text)
		if word == "" && err != nil {
			t.Errorf("%s: %v", text, err)
		} else if word != "" {
			fault(t, err, word)
		}
	}
	for _, list := range []string{"https://hooks.example", "a b", "hooks.example:8080", "user@host"} {
		if _, err := newGuard(list); err == nil {
			t.Errorf("%q is taken for a list of hosts", list)
		}
	}
}

// TestPlain: a project's name can hold no link, mention or heading of a robot's
// markup.
func TestPlain(t *testing.T) {
	t.Parallel()
	got := markdown([]line{{Headline: "任务", Title: "[点此](http://evil.example)<@all> **x** `y`\n# z", Code: "P-1", Link: "https://sente.example.cn/tasks?open=1"}}, "查看")
	want := "**任务**\n\n［点此］（http://evil.example）＜＠all＞ ＊＊x＊＊ ＇y＇ ＃ z （P-1）\n\n[查看](https://sente.example.cn/tasks?open=1)"
	if got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

// TestRobotMessages: the bodies and signatures that WeCom, DingTalk and Feishu
// ask for, at a fixed instant.
func TestRobotMessages(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_778_464_800_123)
	if got := dingtalkAddress("https://oapi.dingtalk.com/robot/send?access_token=t", "", now); got != "https://oapi.dingtalk.com/robot/send?access_token=t" {
		t.Errorf("unsigned %s", got)
	}
	u := dingtalkAddress("https://oapi.dingtalk.com/robot/send?access_token=t", "SECabc", now)
	q := query(t, u[strings.Index(u, "?")+1:])
	if q.Get("access_token") != "t" || q.Get("timestamp") != "1778464800123" || q.Get("sign") != hmac256([]byte("SECabc"), []byte("1778464800123\nSECabc")) {
		t.Errorf("dingtalk %v", q)
	}
	body := feishu([]line{{Headline: "任务", Title: "甲", Link: "https://x/"}}, "查看", "zh", "s3", now).(map[string]any)
	if body["timestamp"] != "1778464800" || body["sign"] != hmac256([]byte("1778464800\ns3"), nil) || body["msg_type"] != "post" {
		t.Errorf("feishu %v", body)
	}
	many := []line{}
	for range 200 {
		many = append(many, line{Headline: "有任务移交给您部门", Title: strings.Repeat("长", 40), Link: "https://sente.example.cn/tasks"})
	}
	if text := wecom(many, "查看").(map[string]any)["markdown"].(map[string]string)["content"]; len(text) > 4096 || len(text) < 2000 {
		t.Errorf("%d bytes to wecom", len(text))
	}
	for answer, reason := range map[string]string{`{"errcode":0,"errmsg":"ok"}`: "", `{"code":0,"msg":"success"}`: "", `{"StatusCode":0,"StatusMessage":"success"}`: "",
		`{"errcode":310000,"errmsg":"sign not match"}`: "310000 sign not match", `{"code":19021,"msg":"sign match fail"}`: "19021 sign match fail", `{}`: "?", `<html>`: "?", ``: "?"} {
		err := refusedBy([]byte(answer))
		var f failure
		if ok := errors.As(err, &f); reason == "" && err != nil || reason != "" && (!ok || f.Detail != reason || f.Reason != "notify.fail_answer" || f.Down) {
			t.Errorf("%s: %v, want %q", answer, err, reason)
		}
	}
}

// TestLetter: what a letter says, one notice and several, with what could be
// taken for markup.
func TestLetter(t *testing.T) {
	t.Parallel()
	book, err := words.Load(httpapi.Words, Words)
	if err != nil {
		t.Fatal(err)
	}
	one := compose(book, "zh", "示例区", "https://s.example/", []line{{Headline: "有任务交给您", Title: "<b>甲</b>\n\r乙", Code: "P-1", Day: "2026-05-20", Link: "https://s.example/tasks?open=1&x=2"}})
	if one.Subject != "有任务交给您：<b>甲</b> 乙" {
		t.Errorf("subject %q", one.Subject)
	}
	for _, part := range []string{"&lt;b&gt;甲&lt;/b&gt;", `href="https://s.example/tasks?open=1&amp;x=2"`, `href="https://s.example/notices/preferences"`, "2026-05-20"} {
		if !strings.Contains(one.HTML, part) {
			t.Errorf("the page lacks %s: %s", part, one.HTML)
		}
	}
	if strings.Contains(one.HTML, "<b>") || !strings.Contains(one.Text, "https://s.example/tasks?open=1&x=2\n") {
		t.Errorf("%s\n%s", one.HTML, one.Text)
	}
	if two := compose(book, "en", "Sample zone", "", []line{{Headline: "A"}, {Headline: "B"}}); two.Subject != "Sample zone: 2 notices" || strings.Contains(two.HTML, "href") {
		t.Errorf("%+v", two)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	if err := words.Check(Words); err != nil {
		t.Fatal(err)
	}
}
