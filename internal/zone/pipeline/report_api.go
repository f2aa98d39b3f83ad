package pipeline

import (
	"context"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

// reportRoutes registers the routes of reports (首报首谈).
func (d *Desk) reportRoutes(door *httpapi.Door) {
	route := func(method, path, perm, title string) httpapi.Route {
		return httpapi.Route{Method: method, Path: path, Perm: perm, Tag: "reports", Title: "pipeline.route_" + title}
	}
	httpapi.Handle(door, route("GET", "/reports", "pipeline.read", "reports"), d.getReports)
	file := route("POST", "/reports", "pipeline.report", "report_file")
	file.Status = 201
	httpapi.Handle(door, file, d.postReport)
	check := route("GET", "/reports/check", "pipeline.report", "report_check")
	check.Cost = 5 // nobody tries numbers by the thousand
	httpapi.Handle(door, check, d.getCheck)
	httpapi.Handle(door, route("GET", "/reports/{id}", "pipeline.read", "report_find"), d.getReport)
	amend := route("PATCH", "/reports/{id}", "pipeline.report", "report_amend")
	amend.Match = true
	httpapi.Handle(door, amend, d.patchReport)
	httpapi.Handle(door, route("POST", "/reports/{id}/extend", "pipeline.report", "report_extend"), d.postExtend)
	httpapi.Handle(door, route("POST", "/reports/{id}/release", "pipeline.report", "report_release"), d.postRelease)
	httpapi.Handle(door, route("GET", "/reports/{id}/timeline", "pipeline.read", "report_timeline"), d.getReportTimeline)
}

// ReportView is a report as the API shows it.
type ReportView struct {
	ID             string       `json:"id"`
	FirmName       string       `json:"firm_name"`
	CreditCode     string       `json:"credit_code"`
	LEI            string       `json:"lei"`
	Country        string       `json:"country"`
	ForeignRegNo   string       `json:"foreign_reg_no"`
	Party          string       `json:"party" doc:"empty while the firm is not registered"`
	Project        string       `json:"project" doc:"empty while no project is opened"`
	ProjectName    string       `json:"project_name" doc:"number and name; empty when the caller may not read the project"`
	Source         string       `json:"source"`
	Intent         string       `json:"intent"`
	Complete       bool         `json:"complete"`
	CompleteAt     int64        `json:"complete_at" doc:"ms UTC; 0 while something is missing"`
	Missing        []string     `json:"missing" doc:"fields a complete record has and this one lacks"`
	Unit           string       `json:"unit"`
	UnitName       string       `json:"unit_name"`
	Owner          string       `json:"owner"`
	OwnerName      string       `json:"owner_name"`
	ByName         string       `json:"by_name" doc:"who reported"`
	ReportedAt     int64        `json:"reported_at" doc:"ms UTC"`
	ReportedOn     string       `json:"reported_on"`
	ProtectedUntil string       `json:"protected_until" doc:"last protected day; empty while a claim waits for its decision"`
	DaysLeft       int          `json:"days_left" doc:"calendar days to the last protected day"`
	Status         string       `json:"status" enum:"active,extended,contested,expired,released,converted,overruled"`
	Extensible     bool         `json:"extensible" doc:"one more extension is possible"`
	TalkOn         string       `json:"talk_on" doc:"of the talk the last extension rests on"`
	TalkMinutes    string       `json:"talk_minutes"`
	TalkEvidence   string       `json:"talk_evidence"`
	TalkFirmPeople string       `json:"talk_firm_people"`
	TalkZonePeople string       `json:"talk_zone_people"`
	ExtendedBy     string       `json:"extended_by"`
	ExtendedAt     int64        `json:"extended_at" doc:"ms UTC; 0 never"`
	Reason         string       `json:"reason" doc:"of the last step that needed one"`
	Dispute        *DisputeView `json:"dispute,omitempty"`
	Version        int64        `json:"version"`
	Hidden         []string     `json:"hidden" doc:"fields that are masked for the reader"`
}

// DisputeView is what one side of a conflict learns of it: not who the other is.
type DisputeView struct {
	ID             string `json:"id"`
	Ground         string `json:"ground" enum:"earlier,better,same_firm"`
	State          string `json:"state" enum:"open,decided"`
	DueOn          string `json:"due_on"`
	DueProvisional bool   `json:"due_provisional"`
	Won            bool   `json:"won" doc:"decided for this report"`
	Reason         string `json:"reason" doc:"of the decision"`
	DecidedBy      string `json:"decided_by"`
	DecidedAt      int64  `json:"decided_at" doc:"ms UTC; 0 while open"`
}

func (d *Desk) reportView(ctx context.Context, l ReportListed) ReportView {
	r := l.Report
	v := ReportView{ID: r.ID, FirmName: r.FirmName, CreditCode: r.CreditCode, LEI: r.LEI, Country: r.Country, ForeignRegNo: r.ForeignRegNo, Party: r.Party,
		Project: r.Project, ProjectName: l.ProjectName, Source: r.Source, Intent: r.Intent, Complete: r.CompleteAt != 0, CompleteAt: r.CompleteAt, Missing: l.Missing,
		Unit: r.Unit, UnitName: l.UnitName, Owner: r.Owner, OwnerName: l.OwnerName, ByName: r.ByName, ReportedAt: r.ReportedAt, ReportedOn: string(kernel.DayOf(r.ReportedAt)),
		ProtectedUntil: r.ProtectedUntil, DaysLeft: l.DaysLeft, Status: l.State, Extensible: l.Extensible, TalkOn: r.TalkOn, TalkMinutes: r.TalkMinutes, TalkEvidence: r.TalkEvidence,
		TalkFirmPeople: r.TalkFirmPeople, TalkZonePeople: r.TalkZonePeople, ExtendedBy: r.ExtendedBy, ExtendedAt: r.ExtendedAt, Reason: r.Reason,
		Version: r.Version, Hidden: []string{}}
	if c := l.Dispute; c != nil {
		v.Dispute = &DisputeView{ID: c.ID, Ground: c.Ground, State: c.State, DueOn: c.DueOn, DueProvisional: c.DueProvisional,
			Won: c.State == ConflictDecided && c.Winner == r.ID, Reason: c.Reason, DecidedBy: c.ByName, DecidedAt: c.DecidedAt}
	}
	if actor := kernel.ActorOf(ctx); actor.Unit != "" && actor.Unit == r.Unit {
		return v // who took part in a talk knows what was said
	}
	for _, f := range []struct {
		name, rule string
		value      *string
	}{{"talk_minutes", "pipeline.terms", &v.TalkMinutes}, {"talk_firm_people", "pipeline.finder", &v.TalkFirmPeople}, {"talk_zone_people", "pipeline.finder", &v.TalkZonePeople}} {
		if *f.value != "" && !d.gate.Visible(ctx, f.rule) {
			*f.value, v.Hidden = d.gate.Mask(f.rule, *f.value), append(v.Hidden, f.name)
		}
	}
	return v
}

type reportOut struct {
	ETag string `header:"ETag"`
	Body ReportView
}

func (d *Desk) reportAnswer(ctx context.Context, l ReportListed, err error) (*reportOut, error) {
	if err != nil {
		return nil, err
	}
	return &reportOut{httpapi.ETag(l.Version), d.reportView(ctx, l)}, nil
}

type getReports struct {
	httpapi.Page
	Q       string `query:"q" maxLength:"100" doc:"part of the firm's name or number"`
	Status  string `query:"status" enum:"active,extended,contested,expired,released,converted,overruled"`
	Unit    string `query:"unit"`
	Owner   string `query:"owner"`
	Project string `query:"project"`
	Party   string `query:"party"`
}

type reportsOut struct {
	Body httpapi.List[ReportView]
}

func (d *Desk) getReports(ctx context.Context, in *getReports) (*reportsOut, error) {
	f := ReportFilter{in.Q, in.Status, in.Unit, in.Owner, in.Project, in.Party}
	after, err := placeAt(in.Cursor, f.key())
	if err != nil {
		return nil, err
	}
	rows, next, err := d.Reports(ctx, f, after, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &reportsOut{httpapi.List[ReportView]{Items: []ReportView{}}}
	for _, l := range rows {
		out.Body.Items = append(out.Body.Items, d.reportView(ctx, l))
	}
	if next != nil {
		out.Body.NextCursor, err = httpapi.EncodeCursor(*next, f.key()...)
	}
	return out, err
}

// placeAt reads the cursor of a list that depends on key; nil is its first page.
func placeAt(cursor string, key []string) (*Place, error) {
	var at Place
	more, err := httpapi.DecodeCursor(cursor, &at, key...)
	if err != nil || !more {
		return nil, err
	}
	return &at, nil
}

type postReport struct {
	Body struct {
		ReportFacts
		Claim *Claim `json:"claim,omitempty" doc:"why the firm is reported although another one protects it"`
	}
}

func (d *Desk) postReport(ctx context.Context, in *postReport) (*reportOut, error) {
	l, err := d.File(ctx, in.Body.ReportFacts, in.Body.Claim)
	return d.reportAnswer(ctx, l, err)
}

type getCheck struct {
	CreditCode   string `query:"credit_code" maxLength:"40"`
	LEI          string `query:"lei" maxLength:"40"`
	Country      string `query:"country" maxLength:"2"`
	ForeignRegNo string `query:"foreign_reg_no" maxLength:"200"`
	Party        string `query:"party" maxLength:"40"`
}

type checkOut struct{ Body FirmState }

func (d *Desk) getCheck(ctx context.Context, in *getCheck) (*checkOut, error) {
	s, err := d.CheckFirm(ctx, ReportFacts{CreditCode: &in.CreditCode, LEI: &in.LEI, Country: &in.Country, ForeignRegNo: &in.ForeignRegNo, Party: &in.Party})
	return &checkOut{s}, err
}

// OnReport names a report in a path.
type OnReport struct {
	ID string `path:"id"`
}

func (d *Desk) getReport(ctx context.Context, in *OnReport) (*reportOut, error) {
	l, err := d.FindReport(ctx, in.ID)
	return d.reportAnswer(ctx, l, err)
}

type patchReport struct {
	OnReport
	httpapi.IfMatch
	Body ReportFacts
}

func (d *Desk) patchReport(ctx context.Context, in *patchReport) (*reportOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	l, err := d.AmendReport(ctx, in.ID, version, in.Body)
	return d.reportAnswer(ctx, l, err)
}

// ReportStep is the input of a step that may name the state it is based on.
type ReportStep struct {
	OnReport
	IfMatch string `header:"If-Match" doc:"optional: ETag of the state the step is based on"`
}

func (s ReportStep) version() (int64, error) {
	return Addition{IfMatch: s.IfMatch}.version()
}

type postExtend struct {
	ReportStep
	Body ExtendOrder
}

func (d *Desk) postExtend(ctx context.Context, in *postExtend) (*reportOut, error) {
	version, err := in.ReportStep.version()
	if err != nil {
		return nil, err
	}
	l, err := d.ExtendReport(ctx, in.ID, version, in.Body)
	return d.reportAnswer(ctx, l, err)
}

type postRelease struct {
	ReportStep
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postRelease(ctx context.Context, in *postRelease) (*reportOut, error) {
	version, err := in.ReportStep.version()
	if err != nil {
		return nil, err
	}
	l, err := d.ReleaseReport(ctx, in.ID, version, in.Body.Reason)
	return d.reportAnswer(ctx, l, err)
}

type getReportTimeline struct {
	OnReport
	httpapi.Page
}

func (d *Desk) getReportTimeline(ctx context.Context, in *getReportTimeline) (*timelineOut, error) {
	entries, err := journal.PageOf(journal.Filter{Object: ReportObject(in.ID)}, in.Page, func(p journal.Page) ([]journal.Entry, error) {
		return d.ReportTimeline(ctx, in.ID, p)
	})
	return &timelineOut{entries}, err
}
