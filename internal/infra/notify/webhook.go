package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// sign is the value of webhook-signature (Standard Webhooks, symmetric): v1 and
// the HMAC-SHA256 of id, timestamp and payload under the key behind whsec_.
func sign(secret, id string, at int64, payload string) (string, error) {
	key, err := webhookKey(secret)
	if err != nil {
		return "", failure{Reason: "notify.fail_secret"}
	}
	return "v1," + hmac256(key, []byte(id+"."+strconv.FormatInt(at, 10)+"."+payload)), nil
}

// payload is what a webhook is told, in the form the specification proposes.
type payload struct {
	Type      string `json:"type"`      // the topic
	Timestamp string `json:"timestamp"` // of the act, RFC 3339
	Data      facts  `json:"data"`
}

type facts struct {
	Object   string `json:"object"`
	Headline string `json:"headline"`
	Title    string `json:"title"`
	Code     string `json:"code,omitempty"`
	DueOn    string `json:"due_on,omitempty"`
	Link     string `json:"link,omitempty"`
}

// postWebhook sends v. Its id stays the same however often it is tried; the
// timestamp and with it the signature are those of the attempt.
func postWebhook(ctx context.Context, c *http.Client, l lead, v Delivery, said line, now time.Time) error {
	text, err := json.Marshal(payload{Type: v.Topic, Timestamp: time.UnixMilli(v.CreatedAt).UTC().Format(time.RFC3339),
		Data: facts{v.Object, said.Headline, said.Title, said.Code, said.Day, said.Link}})
	if err != nil {
		return err
	}
	id := "msg_" + v.ID
	signature, err := sign(l.Secret, id, now.Unix(), string(text))
	if err != nil {
		return err
	}
	header := http.Header{}
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	header.Set("webhook-signature", signature)
	_, err = exchange(ctx, c, l.URL, header, string(text))
	return err
}
