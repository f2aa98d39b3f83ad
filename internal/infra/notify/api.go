package notify

import (
	"context"
	"embed"
	"time"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// Words holds this package's messages.
//
//go:embed words
var Words embed.FS

// Routes opens the API of notices, preferences and channels.
func (d *Desk) Routes(door *httpapi.Door) {
	route := func(method, path, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: httpapi.Self, Tag: "notices", Title: "notify.route_" + title}
	}
	httpapi.Handle(door, route("GET", "/notices", "inbox"), d.getNotices)
	httpapi.Handle(door, route("POST", "/notices/read", "read"), d.postRead)
	httpapi.Events(door, route("GET", "/notices/events", "events"), d.getEvents)
	httpapi.Handle(door, route("GET", "/notices/preferences", "preferences"), d.getPreferences)
	httpapi.Handle(door, route("PUT", "/notices/preferences", "choose"), d.putPreferences)
	d.channelRoutes(door)
}

// ShownNotice is a notice as the API shows it.
type ShownNotice struct {
	ID        string `json:"id"`
	Topic     string `json:"topic"`
	Headline  string `json:"headline" doc:"the topic in the caller's language"`
	Title     string `json:"title" doc:"of what it leads to; empty when that may no longer be read"`
	Code      string `json:"code"`
	Object    string `json:"object" doc:"pipeline.project/…"`
	Path      string `json:"path" doc:"page it opens; empty when that may no longer be read"`
	DueOn     string `json:"due_on"`
	Note      string `json:"note"`
	ActorName string `json:"actor_name" doc:"who did it; empty for what falls due by itself"`
	Urgent    bool   `json:"urgent"`
	Gone      bool   `json:"gone" doc:"what it leads to may no longer be read"`
	At        int64  `json:"at" doc:"ms UTC"`
	ReadAt    int64  `json:"read_at" doc:"ms UTC; 0: not read"`
}

func (d *Desk) show(ctx context.Context, s Shown) ShownNotice {
	return ShownNotice{ID: s.ID, Topic: s.Topic, Headline: d.cfg.Words.Say(kernel.ActorOf(ctx).Lang, tell.Word(s.Topic)), Title: s.Title, Code: s.Code, Object: s.Object, Path: s.Path,
		DueOn: s.Day, Note: s.Note, ActorName: s.ActorName, Urgent: s.Urgent, Gone: s.Gone, At: s.At, ReadAt: s.ReadAt}
}

type getNotices struct {
	Unread bool `query:"unread" doc:"only what has not been read"`
	httpapi.Page
}

type noticesOut struct {
	Body struct {
		httpapi.List[ShownNotice]
		Unread int64 `json:"unread" doc:"in all"`
	}
}

func (d *Desk) getNotices(ctx context.Context, in *getNotices) (*noticesOut, error) {
	query := []string{"notices", map[bool]string{true: "unread"}[in.Unread]}
	before := ""
	if _, err := httpapi.DecodeCursor(in.Cursor, &before, query...); err != nil {
		return nil, err
	}
	box, err := d.Inbox(ctx, in.Unread, before, limitOf(in.Page))
	if err != nil {
		return nil, err
	}
	out := &noticesOut{}
	out.Body.Items, out.Body.Unread = []ShownNotice{}, box.Unread
	for _, s := range box.Items {
		out.Body.Items = append(out.Body.Items, d.show(ctx, s))
	}
	if box.Next != "" {
		out.Body.NextCursor, err = httpapi.EncodeCursor(box.Next, query...)
	}
	return out, err
}

func limitOf(p httpapi.Page) int {
	if p.Limit == 0 {
		return httpapi.DefaultPage
	}
	return p.Limit
}

type postRead struct {
	Body struct {
		IDs  []string `json:"ids,omitempty" maxItems:"200" doc:"of notices"`
		UpTo string   `json:"up_to,omitempty" maxLength:"64" doc:"id of a notice: it and every earlier one"`
	}
}

type unreadOut struct {
	Body struct {
		Unread int64 `json:"unread"`
	}
}

func (d *Desk) postRead(ctx context.Context, in *postRead) (*unreadOut, error) {
	left, err := d.MarkRead(ctx, in.Body.IDs, in.Body.UpTo)
	out := &unreadOut{}
	out.Body.Unread = left
	return out, err
}

// Count is what the stream of notices tells: how many the reader has not read.
type Count struct {
	Unread int64 `json:"unread"`
}

// Of a stream: how often it listens within this process, and how often it asks
// the database, for what another process has told.
const (
	listenEvery = time.Second
	askEvery    = 5
)

type getEvents struct {
	LastEventID string `header:"Last-Event-ID" doc:"of no matter: every event tells the whole count"`
	After       string `query:"after" maxLength:"20" doc:"the same"`
	Once        bool   `query:"once" doc:"tell the count and end"`
}

// getEvents streams how many notices the caller has not read: "ready" at first,
// then "changed" whenever something is told or read. Whether the caller is
// still signed in is asked again before anything is told.
func (d *Desk) getEvents(ctx context.Context, in *getEvents, send func(event string, v any) error) error {
	if err := inPerson(ctx); err != nil {
		return err
	}
	actor := kernel.ActorOf(ctx)
	heard := d.news.heard(actor.Zone, actor.ID)
	last, err := d.Unread(ctx)
	if err != nil {
		return err
	}
	if err := send("ready", Count{last}); err != nil || in.Once {
		return err
	}
	tick := time.NewTicker(listenEvery)
	defer tick.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		now := d.news.heard(actor.Zone, actor.ID)
		if now == heard && n%askEvery != 0 {
			continue
		}
		told := now != heard
		heard = now
		unread, err := d.Unread(ctx)
		if err != nil {
			return err
		}
		if unread == last && !told {
			continue
		}
		if _, err := httpapi.Still(ctx); err != nil {
			return err
		}
		if err := send("changed", Count{unread}); err != nil {
			return err
		}
		last = unread
	}
}

// TopicWays says how one topic reaches a person.
type TopicWays struct {
	Topic string   `json:"topic" maxLength:"64"`
	Name  string   `json:"name,omitempty" doc:"in the caller's language"`
	Ways  []string `json:"ways" maxItems:"60" doc:"product, email, ids of channels"`
}

// OfferedChannel is a channel a person may choose.
type OfferedChannel struct {
	ID   string `json:"id"`
	Kind string `json:"kind" enum:"webhook,wecom,dingtalk,feishu"`
	Name string `json:"name"`
}

// ShownPreferences are preferences as the API shows them.
type ShownPreferences struct {
	Address      string           `json:"address" doc:"e-mail; empty: none"`
	Topics       []TopicWays      `json:"topics" doc:"every topic there is for the caller"`
	QuietFrom    string           `json:"quiet_from" doc:"22:00, China Standard Time; empty: no quiet hours"`
	QuietUntil   string           `json:"quiet_until"`
	Digest       string           `json:"digest" enum:"none,hour,daily"`
	UrgentPasses bool             `json:"urgent_passes" doc:"what is urgent waits for neither quiet hours nor digest"`
	Channels     []OfferedChannel `json:"channels" doc:"offered to the caller's unit"`
	Mail         bool             `json:"mail" doc:"a mail server is configured"`
}

type preferencesOut struct{ Body ShownPreferences }

func (d *Desk) preferences(ctx context.Context, o Offer, err error) (*preferencesOut, error) {
	p := o.Preferences
	out := &preferencesOut{ShownPreferences{Address: p.Address, QuietFrom: p.QuietFrom, QuietUntil: p.QuietUntil, Digest: p.Digest, UrgentPasses: p.UrgentPasses,
		Topics: []TopicWays{}, Channels: []OfferedChannel{}, Mail: o.Mail}}
	for _, t := range o.Topics {
		out.Body.Topics = append(out.Body.Topics, TopicWays{t.ID, d.cfg.Words.Say(kernel.ActorOf(ctx).Lang, t.Word()), append([]string{}, p.ways(t.ID)...)})
	}
	for _, c := range o.Channels {
		out.Body.Channels = append(out.Body.Channels, OfferedChannel{c.ID, c.Kind, c.Name})
	}
	return out, err
}

func (d *Desk) getPreferences(ctx context.Context, _ *struct{}) (*preferencesOut, error) {
	o, err := d.Offer(ctx)
	return d.preferences(ctx, o, err)
}

type putPreferences struct {
	Body struct {
		Address      string      `json:"address,omitempty" maxLength:"254"`
		Topics       []TopicWays `json:"topics,omitempty" maxItems:"100" doc:"a topic that is left out is shown in the product and sent by e-mail"`
		QuietFrom    string      `json:"quiet_from,omitempty" maxLength:"5"`
		QuietUntil   string      `json:"quiet_until,omitempty" maxLength:"5"`
		Digest       string      `json:"digest,omitempty" enum:"none,hour,daily"`
		UrgentPasses bool        `json:"urgent_passes,omitempty"`
	}
}

func (d *Desk) putPreferences(ctx context.Context, in *putPreferences) (*preferencesOut, error) {
	b := in.Body
	choices := map[string][]string{}
	for _, t := range b.Topics {
		choices[t.Topic] = append([]string{}, t.Ways...)
	}
	o, err := d.Choose(ctx, Chosen{b.Address, choices, b.QuietFrom, b.QuietUntil, b.Digest, b.UrgentPasses})
	return d.preferences(ctx, o, err)
}
