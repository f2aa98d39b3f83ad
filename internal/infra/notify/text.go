package notify

import (
	"html"
	"strings"

	"sente/internal/infra/tell"
	"sente/internal/infra/words"
)

// line is one notice as it leaves the house: a headline, what it is about, and
// where it leads.
type line struct {
	Headline string
	Title    string
	Code     string
	Day      string
	Link     string // "" where no public address is configured
}

// lines says deliveries in lang; base is the public address of the product.
func lines(book words.Book, lang, base string, all []Delivery) []line {
	out := make([]line, len(all))
	for i, v := range all {
		out[i] = line{Headline: book.Say(lang, tell.Word(v.Topic)), Title: strings.Join(strings.Fields(v.Title), " "), Code: v.Code, Day: v.Day, Link: link(base, v.Path)}
	}
	return out
}

// link is the absolute address of path, "" without a base.
func link(base, path string) string {
	if base == "" || path == "" {
		return ""
	}
	return strings.TrimSuffix(base, "/") + path
}

// about is what l says after its headline, as plain text.
func (l line) about() string {
	out := l.Title
	if l.Code != "" {
		out += " (" + l.Code + ")"
	}
	if l.Day != "" {
		out += " · " + l.Day
	}
	return strings.TrimSpace(out)
}

// plain takes out of text what a robot's markup would take for a link, a mention
// or a heading: a project's name is no place for those.
func plain(text string) string {
	return strings.NewReplacer("[", "［", "]", "］", "(", "（", ")", "）", "<", "＜", ">", "＞", "*", "＊", "`", "＇", "#", "＃", "@", "＠", "_", "＿", "~", "～", "|", "｜", "\\", "＼", "\r", " ", "\n", " ").Replace(text)
}

// markdown is all as the markup WeCom and DingTalk have in common.
func markdown(all []line, open string) string {
	var b strings.Builder
	for i, l := range all {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString("**" + plain(l.Headline) + "**\n\n" + plain(l.about()))
		if l.Link != "" {
			b.WriteString("\n\n[" + open + "](" + l.Link + ")")
		}
	}
	return b.String()
}

// letter is an e-mail.
type letter struct {
	Subject, Text, HTML string
}

// compose writes the e-mail that tells all, in lang, in the name of zone.
func compose(book words.Book, lang, zone, base string, all []line) letter {
	subject := book.Say(lang, "notify.mail_many", len(all), zone)
	if len(all) == 1 {
		subject = all[0].Headline + book.Say(lang, "notify.mail_colon") + all[0].Title
	}
	foot := book.Say(lang, "notify.mail_foot", zone)
	settings := link(base, "/notices/preferences")
	var text, page strings.Builder
	page.WriteString(`<!doctype html><html lang="` + map[string]string{"zh": "zh-CN", "en": "en"}[lang] + `"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><body style="font-family:sans-serif;font-size:16px;line-height:1.6;max-width:40em"><ul style="list-style:none;padding:0">`)
	for _, l := range all {
		text.WriteString(l.Headline + "\n" + l.about() + "\n")
		page.WriteString(`<li style="margin:0 0 1em"><strong>` + html.EscapeString(l.Headline) + `</strong><br>`)
		if l.Link != "" {
			text.WriteString(l.Link + "\n")
			page.WriteString(`<a href="` + html.EscapeString(l.Link) + `">` + html.EscapeString(l.about()) + `</a></li>`)
		} else {
			page.WriteString(html.EscapeString(l.about()) + `</li>`)
		}
		text.WriteString("\n")
	}
	text.WriteString("-- \n" + foot + "\n")
	page.WriteString(`</ul><p style="color:#666;font-size:14px">` + html.EscapeString(foot))
	if settings != "" {
		text.WriteString(settings + "\n")
		page.WriteString(` <a href="` + html.EscapeString(settings) + `">` + html.EscapeString(book.Say(lang, "notify.mail_settings")) + `</a>`)
	}
	page.WriteString(`</p></body></html>`)
	return letter{Subject: tell.Brief(strings.Join(strings.Fields(subject), " "), 120), Text: text.String(), HTML: page.String()}
}

// clipped is what another said, short and on one line.
func clipped(text string) string {
	return tell.Brief(strings.Join(strings.Fields(strings.ToValidUTF8(text, "")), " "), 120)
}
