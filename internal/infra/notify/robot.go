package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// hmac256 is HMAC-SHA256 in base64.
func hmac256(key, text []byte) string {
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// wecom is the body of a message of WeCom's group robot (企业微信《群机器人配置说明》:
// markdown, at most 4,096 bytes).
func wecom(all []line, open string) any {
	return map[string]any{"msgtype": "markdown", "markdown": map[string]string{"content": within(all, 4096, func(l []line) string { return markdown(l, open) })}}
}

// dingtalk is the body of a message of DingTalk's custom robot (钉钉《自定义机器人接入》),
// at most 20,000 bytes.
func dingtalk(all []line, open string) any {
	return map[string]any{"msgtype": "markdown", "markdown": map[string]string{"title": plain(all[0].Headline), "text": within(all, 15_000, func(l []line) string { return markdown(l, open) })}}
}

// dingtalkAddress is the robot's address with the signature it asks for: of
// "<ms>\n<secret>" under the secret.
func dingtalkAddress(address, secret string, now time.Time) string {
	if secret == "" {
		return address
	}
	ms := strconv.FormatInt(now.UnixMilli(), 10)
	between := "?"
	if strings.Contains(address, "?") {
		between = "&"
	}
	return address + between + "timestamp=" + ms + "&sign=" + url.QueryEscape(hmac256([]byte(secret), []byte(ms+"\n"+secret)))
}

// feishu is the body of a message of Feishu's custom bot (飞书《自定义机器人使用指南》):
// rich text, signed with "<s>\n<secret>" as the key of an empty text.
func feishu(all []line, open, lang, secret string, now time.Time) any {
	type part map[string]string
	var rows [][]part
	for _, l := range all {
		rows = append(rows, []part{{"tag": "text", "text": l.Headline}})
		row := []part{{"tag": "text", "text": l.about() + " "}}
		if l.Link != "" {
			row = append(row, part{"tag": "a", "text": open, "href": l.Link})
		}
		rows = append(rows, row)
	}
	content := map[string]any{map[string]string{"zh": "zh_cn", "en": "en_us"}[lang]: map[string]any{"title": all[0].Headline, "content": rows}}
	body := map[string]any{"msg_type": "post", "content": map[string]any{"post": content}}
	if secret != "" {
		s := strconv.FormatInt(now.Unix(), 10)
		body["timestamp"], body["sign"] = s, hmac256([]byte(s+"\n"+secret), nil)
	}
	return body
}

// within is write of as many of all as fit into most bytes; the last of them
// says by its link that there is more to see.
func within(all []line, most int, write func([]line) string) string {
	for n := len(all); n > 1; n-- {
		if text := write(all[:n]); len(text) <= most {
			return text
		}
	}
	return write(all[:1])
}

// postRobot sends all to the group of a robot of kind.
func postRobot(ctx context.Context, c *http.Client, kind string, l lead, all []line, open, lang string, now time.Time) error {
	var body any
	address := l.URL
	switch kind {
	case WeCom:
		body = wecom(all, open)
	case DingTalk:
		body, address = dingtalk(all, open), dingtalkAddress(address, l.Secret, now)
	default:
		body = feishu(all, open, lang, l.Secret, now)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, err := exchange(ctx, c, address, http.Header{}, string(text))
	if err != nil {
		return err
	}
	return refusedBy(answer)
}

// refusedBy reads a robot's answer: 200 with a code that is not 0 is a refusal.
// WeCom and DingTalk call it errcode, Feishu code, and StatusCode in the past.
func refusedBy(answer []byte) error {
	var said struct {
		ErrCode    *int64 `json:"errcode"`
		ErrMsg     string `json:"errmsg"`
		Code       *int64 `json:"code"`
		Msg        string `json:"msg"`
		StatusCode *int64
		StatusText string `json:"StatusMessage"`
	}
	if json.Unmarshal(answer, &said) != nil {
		return failure{Reason: "notify.fail_answer", Detail: "?"}
	}
	for _, of := range []struct {
		code *int64
		text string
	}{{said.ErrCode, said.ErrMsg}, {said.Code, said.Msg}, {said.StatusCode, said.StatusText}} {
		if of.code != nil && *of.code != 0 {
			return failure{Reason: "notify.fail_answer", Detail: clipped(fmt.Sprintf("%d %s", *of.code, of.text))}
		}
	}
	if said.ErrCode == nil && said.Code == nil && said.StatusCode == nil {
		return failure{Reason: "notify.fail_answer", Detail: "?"}
	}
	return nil
}
