package work

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

func (d *Desk) activityRoutes(door *httpapi.Door) {
	httpapi.Handle(door, route("GET", "/activities", "work.read", "activities"), d.getActivities)
	httpapi.Handle(door, route("GET", "/activities/totals", "work.read", "activity_totals"), d.getActivityTotals)
	httpapi.Handle(door, created(route("POST", "/activities", "work.activity", "activity_plan")), d.postActivity)
	httpapi.Handle(door, route("GET", "/activities/{id}", "work.read", "activity"), d.getActivity)
	httpapi.Handle(door, match(route("PATCH", "/activities/{id}", "work.activity", "activity_amend")), d.patchActivity)
	httpapi.Handle(door, match(route("POST", "/activities/{id}/hold", "work.activity", "activity_hold")), d.postHold)
	httpapi.Handle(door, match(route("POST", "/activities/{id}/cancel", "work.activity", "activity_cancel")), d.postCancelActivity)
	httpapi.Handle(door, match(route("POST", "/activities/{id}/minutes", "work.activity", "minutes")), d.postMinutes)
	upload := route("POST", "/activities/{id}/minutes/file", "work.activity", "minutes_file")
	upload.Upload = true
	httpapi.Handle(door, upload, d.postMinutesFile)
	httpapi.Handle(door, route("GET", "/activities/{id}/minutes/file", "work.read", "minutes_download"), d.getMinutesFile)
	httpapi.Handle(door, route("GET", "/activities/{id}/timeline", "work.read", "activity_timeline"), d.getActivityTimeline)
}

// ActivityView is an activity as the API shows it.
type ActivityView struct {
	Activity
	Cost            *kernel.Money `json:"cost,omitempty" doc:"absent: not stated"`
	UnitName        string        `json:"unit_name"`
	OwnerName       string        `json:"owner_name"`
	OwnerLeft       bool          `json:"owner_left"`
	Owes            bool          `json:"owes_minutes" doc:"held and without minutes"`
	Late            bool          `json:"minutes_late" doc:"the minutes came, or are, past their term"`
	DaysLeft        int           `json:"minutes_days_left" doc:"working days until the minutes are due; negative: gone by"`
	DaysProvisional bool          `json:"days_provisional"`
	MayEdit         bool          `json:"may_edit"`
}

func (d *Desk) activityView(ctx context.Context, s ShownActivity) ActivityView {
	v := ActivityView{Activity: s.Activity, UnitName: s.People.unit(s.Unit, httpapi.Lang(ctx)), OwnerName: s.People.accounts[s.Owner].Name, OwnerLeft: s.Owner != "" && s.People.left[s.Owner],
		Owes: s.Owes(), Late: s.MinutesLate(s.Day), DaysLeft: s.Left.Days, DaysProvisional: s.Left.Provisional, MayEdit: s.MayEdit}
	if c := s.Activity.Cost(); c.Stated() {
		v.Cost = &c
	}
	return v
}

type activityOut struct {
	ETag string `header:"ETag"`
	Body ActivityView
}

func (d *Desk) activityAnswer(ctx context.Context, s ShownActivity, err error) (*activityOut, error) {
	if err != nil {
		return nil, err
	}
	return &activityOut{httpapi.ETag(s.Version), d.activityView(ctx, s)}, nil
}

// ActivityFilters are what the list and the totals have in common.
type ActivityFilters struct {
	Q        string `query:"q" maxLength:"100" doc:"part of the name, the place or the number"`
	Status   string `query:"status" enum:"planned,held,cancelled"`
	Kind     string `query:"kind"`
	Method   string `query:"method"`
	Campaign string `query:"campaign"`
	Platform string `query:"platform"`
	Unit     string `query:"unit"`
	Owner    string `query:"owner"`
	Since    string `query:"since" doc:"YYYY-MM-DD: begins on that day or later"`
	Until    string `query:"until" doc:"YYYY-MM-DD: begins on that day or earlier"`
	Owing    bool   `query:"owing" doc:"only those held and without minutes"`
}

func (f ActivityFilters) filter(sort string) ActivityFilter {
	return ActivityFilter{Q: f.Q, Status: f.Status, Kind: f.Kind, Method: f.Method, Campaign: f.Campaign, Platform: f.Platform, Unit: f.Unit, Owner: f.Owner, Since: f.Since,
		Until: f.Until, Owing: f.Owing, Sort: sort}
}

type getActivities struct {
	httpapi.Page
	ActivityFilters
	Sort string `query:"sort" enum:"on_date,-on_date,updated_at,-updated_at" default:"-on_date"`
}

type activitiesOut struct {
	Body httpapi.List[ActivityView]
}

func (d *Desk) getActivities(ctx context.Context, in *getActivities) (*activitiesOut, error) {
	f := in.filter(in.Sort)
	out, err := paged(in.Page, f.key(), func(after *Place) ([]ActivityView, *Place, error) {
		list, next, err := d.Activities(ctx, f, after, in.Limit)
		views := []ActivityView{}
		for _, a := range list {
			views = append(views, d.activityView(ctx, a))
		}
		return views, next, err
	})
	return &activitiesOut{out}, err
}

type getActivityTotals struct{ ActivityFilters }

type activityTotalsOut struct {
	Body httpapi.List[Spent]
}

func (d *Desk) getActivityTotals(ctx context.Context, in *getActivityTotals) (*activityTotalsOut, error) {
	list, err := d.Costs(ctx, in.filter(""))
	return &activityTotalsOut{httpapi.List[Spent]{Items: append([]Spent{}, list...)}}, err
}

type postActivity struct{ Body ActivityFacts }

func (d *Desk) postActivity(ctx context.Context, in *postActivity) (*activityOut, error) {
	s, err := d.Plan(ctx, in.Body)
	return d.activityAnswer(ctx, s, err)
}

// OnActivity names an activity in a path.
type OnActivity struct {
	ID string `path:"id"`
}

func (d *Desk) getActivity(ctx context.Context, in *OnActivity) (*activityOut, error) {
	s, err := d.Activity(ctx, in.ID)
	return d.activityAnswer(ctx, s, err)
}

// ActivityStep is an act on an activity that names the state it is based on.
type ActivityStep struct {
	OnActivity
	httpapi.IfMatch
}

type changeActivityIn struct {
	ActivityStep
	Body ActivityFacts
}

func (d *Desk) patchActivity(ctx context.Context, in *changeActivityIn) (*activityOut, error) {
	return d.step(ctx, in.ActivityStep, func(v int64) (ShownActivity, error) { return d.AmendActivity(ctx, in.ID, v, in.Body) })
}

func (d *Desk) postHold(ctx context.Context, in *changeActivityIn) (*activityOut, error) {
	return d.step(ctx, in.ActivityStep, func(v int64) (ShownActivity, error) { return d.Hold(ctx, in.ID, v, in.Body) })
}

func (d *Desk) step(ctx context.Context, s ActivityStep, act func(version int64) (ShownActivity, error)) (*activityOut, error) {
	version, err := s.Version()
	if err != nil {
		return nil, err
	}
	a, err := act(version)
	return d.activityAnswer(ctx, a, err)
}

type cancelActivityIn struct {
	ActivityStep
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postCancelActivity(ctx context.Context, in *cancelActivityIn) (*activityOut, error) {
	return d.step(ctx, in.ActivityStep, func(v int64) (ShownActivity, error) { return d.CallOff(ctx, in.ID, v, in.Body.Reason) })
}

type minutesIn struct {
	ActivityStep
	Body struct {
		Minutes string `json:"minutes" doc:"what was said and agreed"`
	}
}

func (d *Desk) postMinutes(ctx context.Context, in *minutesIn) (*activityOut, error) {
	return d.step(ctx, in.ActivityStep, func(v int64) (ShownActivity, error) { return d.FileMinutes(ctx, in.ID, v, in.Body.Minutes) })
}

type minutesFileIn struct {
	OnActivity
	httpapi.Upload
}

func (d *Desk) postMinutesFile(ctx context.Context, in *minutesFileIn) (*activityOut, error) {
	s, err := d.AttachMinutes(ctx, in.ID, 0, in.FileName(), &in.Upload)
	return d.activityAnswer(ctx, s, err)
}

type fileOut struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	NoSniff      string `header:"X-Content-Type-Options"`
	CacheControl string `header:"Cache-Control"`
	Body         func(huma.Context)
}

// getMinutesFile sends the document as a download: it is never shown in the
// page's own origin.
func (d *Desk) getMinutesFile(ctx context.Context, in *OnActivity) (*fileOut, error) {
	a, doc, err := d.OpenMinutes(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	send := func(hc huma.Context) {
		_, _ = io.Copy(hc.BodyWriter(), doc) // a reader who goes away is nobody to tell
		_ = doc.Close()
	}
	return &fileOut{a.FileMedia, httpapi.Disposition(a.FileName), "nosniff", "private, no-store", send}, nil
}

type activityTimelineIn struct {
	OnActivity
	httpapi.Page
}

func (d *Desk) getActivityTimeline(ctx context.Context, in *activityTimelineIn) (*historyOut, error) {
	entries, err := journal.PageOf(journal.Filter{Object: ActivityObject(in.ID)}, in.Page, func(p journal.Page) ([]journal.Entry, error) {
		return d.ActivityTimeline(ctx, in.ID, p)
	})
	return &historyOut{entries}, err
}
