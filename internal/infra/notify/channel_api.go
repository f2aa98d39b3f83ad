package notify

import (
	"context"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

func (d *Desk) channelRoutes(door *httpapi.Door) {
	route := func(method, path, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: permManage, Tag: "channels", Title: "notify.route_" + title}
	}
	add := route("POST", "/channels", "channel_add")
	add.Status, add.Secret = 201, true
	change := route("PATCH", "/channels/{id}", "channel_change")
	change.Match = true
	httpapi.Handle(door, route("GET", "/channels", "channels"), d.getChannels)
	httpapi.Handle(door, add, d.postChannel)
	httpapi.Handle(door, change, d.patchChannel)
	httpapi.Handle(door, route("DELETE", "/channels/{id}", "channel_remove"), d.deleteChannel)
	httpapi.Handle(door, route("POST", "/channels/{id}/test", "channel_test"), d.postTest)
	httpapi.Handle(door, route("GET", "/channels/deliveries", "deliveries"), d.getDeliveries)
	httpapi.Handle(door, route("POST", "/channels/deliveries/{id}/retry", "retry"), d.postRetry)
}

// ShownChannel is a channel as the API shows it: without where it leads.
type ShownChannel struct {
	ID           string   `json:"id" doc:"email: the configured mail server"`
	Kind         string   `json:"kind" enum:"email,webhook,wecom,dingtalk,feishu"`
	Name         string   `json:"name"`
	Host         string   `json:"host" doc:"of the address, all that is shown of it"`
	Unit         string   `json:"unit" doc:"unit whose group it is; empty: the whole zone's"`
	Topics       []string `json:"topics"`
	Offered      bool     `json:"offered"`
	Lang         string   `json:"lang"`
	Paused       bool     `json:"paused"`
	Ready        bool     `json:"ready" doc:"false: no mail server is configured, or the channel's secret cannot be read and has to be entered again"`
	FailingSince int64    `json:"failing_since" doc:"ms UTC; 0: it works"`
	SentAt       int64    `json:"sent_at" doc:"ms UTC of the last success"`
	Problem      string   `json:"problem" doc:"why it fails, in the caller's language"`
	Waiting      int64    `json:"waiting"`
	Failed       int64    `json:"failed"`
	Dead         int64    `json:"dead"`
	Version      int64    `json:"version"`
}

func (d *Desk) showChannel(ctx context.Context, f Fares) ShownChannel {
	s := ShownChannel{ID: f.ID, Kind: f.Kind, Name: f.Name, Host: f.Host, Unit: f.Unit, Topics: append([]string{}, f.Topics...), Offered: f.Offered, Lang: f.Lang, Paused: f.Paused, Ready: f.Ready,
		FailingSince: f.FailingSince, SentAt: f.SentAt, Waiting: f.Waiting, Failed: f.Failed, Dead: f.Dead, Version: f.Version}
	lang := kernel.ActorOf(ctx).Lang
	if f.ID == Email {
		s.Name = d.cfg.Words.Say(lang, "notify.email")
	}
	if f.Reason != "" {
		s.Problem = d.cfg.Words.Say(lang, f.Reason, f.Detail)
	}
	return s
}

// TopicName is a topic with its name.
type TopicName struct {
	ID   string `json:"id"`
	Name string `json:"name" doc:"in the caller's language"`
}

type channelsOut struct {
	Body struct {
		Items  []ShownChannel `json:"items"`
		Topics []TopicName    `json:"topics" doc:"what a channel can be told"`
	}
}

func (d *Desk) getChannels(ctx context.Context, _ *struct{}) (*channelsOut, error) {
	all, topics, err := d.Channels(ctx)
	out := &channelsOut{}
	out.Body.Items, out.Body.Topics = []ShownChannel{}, []TopicName{}
	for _, f := range all {
		out.Body.Items = append(out.Body.Items, d.showChannel(ctx, f))
	}
	for _, t := range topics {
		out.Body.Topics = append(out.Body.Topics, TopicName{t, d.cfg.Words.Say(kernel.ActorOf(ctx).Lang, tell.Word(t))})
	}
	return out, err
}

type postChannel struct {
	Body struct {
		Kind string `json:"kind" enum:"webhook,wecom,dingtalk,feishu"`
		Name string `json:"name" doc:"at most 40 characters"`
		URL  string `json:"url" doc:"https address messages are sent to; never shown again"`
		ChannelRest
	}
}

// ChannelRest is what may be left out of a new channel.
type ChannelRest struct {
	Secret  *string   `json:"secret,omitempty" doc:"webhook: whsec_…, made when empty; dingtalk, feishu: of the signature, empty where the robot has none"`
	Unit    *string   `json:"unit,omitempty" doc:"unit whose group it is; empty: the whole zone's"`
	Topics  *[]string `json:"topics,omitempty" doc:"what is told to it by itself"`
	Offered *bool     `json:"offered,omitempty" doc:"people of the unit may choose it for what concerns them"`
	Lang    *string   `json:"lang,omitempty" enum:"zh,en"`
	Paused  *bool     `json:"paused,omitempty"`
}

type addedOut struct {
	ETag string `header:"ETag"`
	Body struct {
		Channel ShownChannel `json:"channel"`
		Secret  string       `json:"secret" doc:"of a webhook it was made for; shown this once"`
	}
}

func (d *Desk) postChannel(ctx context.Context, in *postChannel) (*addedOut, error) {
	b := in.Body
	f, secret, err := d.AddChannel(ctx, b.Kind, ChannelDraft{Name: &b.Name, URL: &b.URL, Secret: b.Secret, Unit: b.Unit, Topics: b.Topics, Offered: b.Offered, Lang: b.Lang, Paused: b.Paused})
	out := &addedOut{ETag: httpapi.ETag(f.Version)}
	out.Body.Channel, out.Body.Secret = d.showChannel(ctx, f), secret
	return out, err
}

// OnChannel names a channel in a path.
type OnChannel struct {
	ID string `path:"id" maxLength:"64"`
}

type patchChannel struct {
	OnChannel
	httpapi.IfMatch
	Body ChannelDraft
}

type channelOut struct {
	ETag string `header:"ETag"`
	Body ShownChannel
}

func (d *Desk) patchChannel(ctx context.Context, in *patchChannel) (*channelOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	f, err := d.ChangeChannel(ctx, in.ID, version, in.Body)
	return &channelOut{httpapi.ETag(f.Version), d.showChannel(ctx, f)}, err
}

func (d *Desk) deleteChannel(ctx context.Context, in *OnChannel) (*struct{}, error) {
	return nil, d.RemoveChannel(ctx, in.ID)
}

type testOut struct {
	Body struct {
		OK      bool   `json:"ok"`
		Problem string `json:"problem" doc:"why it did not arrive, in the caller's language"`
	}
}

func (d *Desk) postTest(ctx context.Context, in *OnChannel) (*testOut, error) {
	t, err := d.TestChannel(ctx, in.ID)
	out := &testOut{}
	if out.Body.OK = t.OK; t.Reason != "" {
		out.Body.Problem = d.cfg.Words.Say(kernel.ActorOf(ctx).Lang, t.Reason, t.Detail)
	}
	return out, err
}

// ShownDelivery is a delivery as the administrator sees it: how it fared, not
// what it says.
type ShownDelivery struct {
	ID        string `json:"id" doc:"of a webhook: webhook-id without msg_"`
	Sink      string `json:"channel" doc:"email, or the id of a channel"`
	SinkName  string `json:"channel_name"`
	Account   string `json:"account_name" doc:"of e-mail: who it is for"`
	Topic     string `json:"topic"`
	TopicName string `json:"topic_name"`
	State     string `json:"state" enum:"waiting,failed,sent,dead,dropped"`
	Attempts  int64  `json:"attempts"`
	NextAt    int64  `json:"next_at" doc:"ms UTC of the next attempt, where there is one"`
	Problem   string `json:"problem" doc:"of the last attempt, in the caller's language"`
	CreatedAt int64  `json:"created_at" doc:"ms UTC"`
	EndedAt   int64  `json:"ended_at" doc:"ms UTC; 0: not ended"`
}

func (d *Desk) showDelivery(ctx context.Context, v Delivery, names map[string]string) ShownDelivery {
	lang := kernel.ActorOf(ctx).Lang
	s := ShownDelivery{ID: v.ID, Sink: v.Sink, SinkName: names[v.Sink], Account: names[v.Account], Topic: v.Topic, TopicName: d.cfg.Words.Say(lang, tell.Word(v.Topic)), State: v.State,
		Attempts: v.Attempts, NextAt: v.NextAt, CreatedAt: v.CreatedAt, EndedAt: v.EndedAt}
	if v.Sink == Email {
		s.SinkName = d.cfg.Words.Say(lang, "notify.email")
	}
	if v.Reason != "" {
		s.Problem = d.cfg.Words.Say(lang, v.Reason, v.Detail)
	}
	return s
}

type getDeliveries struct {
	State   string `query:"state" enum:"waiting,failed,sent,dead,dropped"`
	Channel string `query:"channel" maxLength:"64" doc:"email, or the id of a channel"`
	httpapi.Page
}

type deliveriesOut struct{ Body httpapi.List[ShownDelivery] }

func (d *Desk) getDeliveries(ctx context.Context, in *getDeliveries) (*deliveriesOut, error) {
	query := []string{"deliveries", in.State, in.Channel}
	before := ""
	if _, err := httpapi.DecodeCursor(in.Cursor, &before, query...); err != nil {
		return nil, err
	}
	list, next, names, err := d.Deliveries(ctx, in.State, in.Channel, before, limitOf(in.Page))
	if err != nil {
		return nil, err
	}
	out := &deliveriesOut{httpapi.List[ShownDelivery]{Items: []ShownDelivery{}}}
	for _, v := range list {
		out.Body.Items = append(out.Body.Items, d.showDelivery(ctx, v, names))
	}
	if next != "" {
		out.Body.NextCursor, err = httpapi.EncodeCursor(next, query...)
	}
	return out, err
}

type deliveryOut struct{ Body ShownDelivery }

func (d *Desk) postRetry(ctx context.Context, in *OnChannel) (*deliveryOut, error) {
	v, names, err := d.SendAgain(ctx, in.ID)
	return &deliveryOut{d.showDelivery(ctx, v, names)}, err
}
