package notify

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sente/internal/kernel"
)

// The kinds of channel.
const (
	Webhook  = "webhook"  // 签名回调 (Standard Webhooks)
	WeCom    = "wecom"    // 企业微信群机器人
	DingTalk = "dingtalk" // 钉钉群机器人
	Feishu   = "feishu"   // 飞书群机器人
)

// Kinds lists the kinds of channel.
func Kinds() []string { return []string{Webhook, WeCom, DingTalk, Feishu} }

// Channel (通知渠道) is a way out of the house that the system administrator has
// set up: a group with a robot, or another program. Where exactly it leads is a
// secret and kept apart.
type Channel struct {
	Zone      string   `db:"zone,key"`
	ID        string   `db:"id,key"`
	Kind      string   `db:"kind"`
	Name      string   `db:"name"`
	Host      string   `db:"host"`        // of the address, all that is shown of it
	Unit      string   `db:"unit"`        // whose group it is; "" the whole zone's
	Topics    []string `db:"topics,json"` // told to it by itself
	Offered   bool     `db:"offered"`     // people of Unit may choose it for what concerns them
	Lang      string   `db:"lang"`
	Paused    bool     `db:"paused"`
	Version   int64    `db:"version"`
	CreatedAt int64    `db:"created_at"`
	UpdatedAt int64    `db:"updated_at"`
}

// Table names the table of channels.
func (Channel) Table() string { return "notify_channels" }

// Reference marks channels as what is kept between transactions.
func (Channel) Reference() {}

// ChannelObject is the name of channel id in the journal.
func ChannelObject(id string) string { return "notify.channel/" + id }

// Limits of a channel.
const (
	maxChannels = 50
	maxName     = 40   // characters
	maxURL      = 2000 // bytes
	maxSecret   = 200  // bytes
)

// ChannelDraft is what the administrator says of a channel; nil leaves a field as it is.
type ChannelDraft struct {
	Name    *string   `json:"name,omitempty" doc:"at most 40 characters"`
	URL     *string   `json:"url,omitempty" doc:"https address messages are sent to; never shown again"`
	Secret  *string   `json:"secret,omitempty" doc:"webhook: whsec_…, made when empty; dingtalk, feishu: of the signature, empty where the robot has none"`
	Unit    *string   `json:"unit,omitempty" doc:"unit whose group it is; empty: the whole zone's"`
	Topics  *[]string `json:"topics,omitempty" doc:"what is told to it by itself"`
	Offered *bool     `json:"offered,omitempty" doc:"people of the unit may choose it for what concerns them"`
	Lang    *string   `json:"lang,omitempty" enum:"zh,en"`
	Paused  *bool     `json:"paused,omitempty"`
}

// lead is where a channel leads: what is sealed of it.
type lead struct {
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// apply returns c and l as d wants them.
func (d ChannelDraft) apply(c Channel, l lead) (Channel, lead) {
	set(&c.Name, d.Name)
	set(&l.URL, d.URL)
	set(&l.Secret, d.Secret)
	set(&c.Unit, d.Unit)
	set(&c.Topics, d.Topics)
	set(&c.Offered, d.Offered)
	set(&c.Lang, d.Lang)
	set(&c.Paused, d.Paused)
	c.Name, l.URL, l.Secret = strings.TrimSpace(c.Name), strings.TrimSpace(l.URL), strings.TrimSpace(l.Secret)
	slices.Sort(c.Topics)
	c.Topics = append([]string{}, slices.Compact(c.Topics)...)
	if u, err := url.Parse(l.URL); err == nil && l.URL != "" {
		c.Host = u.Host
	}
	return c, l
}

// check says everything that is wrong with c by itself; topics are those there
// are, others the zone's other channels.
func (c Channel) check(topics []string, others []Channel) error {
	errs := []error{oneOf("kind", c.Kind, Kinds()), c.checkName(others), oneOf("lang", c.Lang, []string{"zh", "en"})}
	for _, t := range c.Topics {
		errs = append(errs, oneOf("topics", t, topics))
	}
	return kernel.Faults("notify.channel_invalid", errs...)
}

func (c Channel) checkName(others []Channel) error {
	switch {
	case c.Name == "":
		return kernel.FieldFault("name", "notify.no_name")
	case !utf8.ValidString(c.Name) || strings.ContainsFunc(c.Name, unicode.IsControl):
		return kernel.FieldFault("name", "notify.name_form")
	case utf8.RuneCountInString(c.Name) > maxName:
		return kernel.FieldFault("name", "notify.name_long", maxName)
	case slices.ContainsFunc(others, func(o Channel) bool { return o.ID != c.ID && strings.EqualFold(o.Name, c.Name) }):
		return kernel.FieldFault("name", "notify.name_taken", c.Name)
	}
	return nil
}

// checkLead says what is wrong with where c leads.
func (c Channel) checkLead(l lead, g guard) error {
	return kernel.Faults("notify.channel_invalid", g.checkURL(l.URL), c.checkSecret(l.Secret))
}

// checkSecret: the secret of a webhook is 24 to 64 bytes in base64 behind
// whsec_, as the Standard Webhooks specification has it.
func (c Channel) checkSecret(secret string) error {
	if len(secret) > maxSecret || strings.ContainsFunc(secret, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return kernel.FieldFault("secret", "notify.secret_form")
	}
	if c.Kind != Webhook {
		return nil
	}
	raw, err := webhookKey(secret)
	if err != nil || len(raw) < 24 || len(raw) > 64 {
		return kernel.FieldFault("secret", "notify.whsec_form")
	}
	return nil
}

// webhookKey is the key behind whsec_.
func webhookKey(secret string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
}

// told reports whether a notice of topic to people of units goes to c by itself;
// below are the units of c's department and those below it.
func (c Channel) told(topic string, units, below []string) bool {
	if c.Paused || !slices.Contains(c.Topics, topic) {
		return false
	}
	return c.Unit == "" || slices.ContainsFunc(units, func(u string) bool { return slices.Contains(below, u) })
}

// chosen reports whether somebody of unit may choose c.
func (c Channel) chosen(unit string, below []string) bool {
	return c.Offered && !c.Paused && (c.Unit == "" || slices.Contains(below, unit))
}
