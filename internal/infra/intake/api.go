package intake

import (
	"context"
	"embed"
	"net/http"
	"time"

	"sente/internal/infra/httpapi"
)

// Words are the package's texts.
//
//go:embed words
var Words embed.FS

// Routes opens the API of imports.
func (d *Desk) Routes(door *httpapi.Door) {
	get := func(path string) httpapi.Route {
		return httpapi.Route{Method: http.MethodGet, Path: "/intake" + path, Perm: "intake.read", Tag: "intake"}
	}
	post := func(path, perm string, status int) httpapi.Route {
		return httpapi.Route{Method: http.MethodPost, Path: "/intake" + path, Perm: perm, Status: status, Tag: "intake"}
	}
	upload := post("/files", "intake.run", http.StatusCreated)
	upload.Upload, upload.Form, upload.Cost = true, []string{"kind"}, 5
	save := httpapi.Route{Method: http.MethodPut, Path: "/intake/profiles", Perm: "intake.run", Tag: "intake"}
	httpapi.Handle(door, get("/kinds"), d.apiKinds)
	httpapi.Handle(door, upload, d.apiUpload)
	httpapi.Handle(door, get("/files/{id}"), d.apiSniff)
	httpapi.Handle(door, get("/files/{id}/values"), d.apiValues)
	httpapi.Handle(door, get("/profiles"), d.apiProfiles)
	httpapi.Handle(door, save, d.apiSaveProfile)
	httpapi.Handle(door, get("/runs"), d.apiRuns)
	httpapi.Handle(door, post("/runs", "intake.run", http.StatusCreated), d.apiBegin)
	httpapi.Handle(door, get("/runs/{id}"), d.apiRun)
	httpapi.Handle(door, get("/runs/{id}/rows"), d.apiRows)
	httpapi.Export(door, get("/runs/{id}/rejected"), d.apiRejected)
	httpapi.Events(door, get("/runs/{id}/events"), d.apiEvents)
	httpapi.Handle(door, post("/runs/{id}/publish", "intake.run", http.StatusAccepted), d.apiCommand(d.Publish))
	httpapi.Handle(door, post("/runs/{id}/recheck", "intake.run", http.StatusAccepted), d.apiCommand(d.Recheck))
	httpapi.Handle(door, post("/runs/{id}/cancel", "intake.run", http.StatusOK), d.apiCommand(d.Cancel))
	httpapi.Handle(door, post("/runs/{id}/undo", "intake.undo", http.StatusAccepted), d.apiCommand(d.Undo))
}

// KindView describes a kind of register.
type KindView struct {
	ID      string      `json:"id"`
	Label   string      `json:"label"`
	Fields  []FieldView `json:"fields" nullable:"false"`
	Options []FieldView `json:"options" nullable:"false"`
}

// FieldView describes a field a column may be mapped to.
type FieldView struct {
	ID       string       `json:"id"`
	Label    string       `json:"label"`
	Type     Type         `json:"type" enum:"text,code,money,date,enum,int"`
	Required bool         `json:"required"`
	Personal bool         `json:"personal"`
	Choices  []ChoiceView `json:"choices" nullable:"false"`
}

// ChoiceView is one value of a field.
type ChoiceView struct {
	ID    string `json:"id"`
	Label string `json:"label"`
}

type kindsOutput struct{ Body httpapi.List[KindView] }

// apiKinds lists the kinds whose permission the caller has.
func (d *Desk) apiKinds(ctx context.Context, _ *struct{}) (*kindsOutput, error) {
	lang := httpapi.Lang(ctx)
	out := &kindsOutput{}
	out.Body.Items = []KindView{}
	for _, k := range d.Kinds {
		if d.Gate.Require(ctx, k.Perm) == nil {
			out.Body.Items = append(out.Body.Items, KindView{k.ID, d.Words.Say(lang, k.Word), d.fields(lang, k.Fields), d.fields(lang, k.Options)})
		}
	}
	return out, nil
}

func (d *Desk) fields(lang string, fields []Field) []FieldView {
	out := []FieldView{}
	for _, f := range fields {
		v := FieldView{f.ID, d.Words.Say(lang, f.Word), f.Type, f.Required, f.Personal, []ChoiceView{}}
		for _, c := range f.Values {
			v.Choices = append(v.Choices, ChoiceView{c.ID, d.Words.Say(lang, c.Word)})
		}
		out = append(out, v)
	}
	return out
}

type uploadInput struct{ httpapi.Upload }

type sniffOutput struct{ Body Sniff }

func (d *Desk) apiUpload(ctx context.Context, in *uploadInput) (*sniffOutput, error) {
	id, err := d.Upload(ctx, in.FileName(), in)
	if err != nil {
		return nil, err
	}
	s, err := d.Sniff(ctx, id, in.Form("kind"), Settings{})
	return &sniffOutput{s}, err
}

// Look is how a file is looked into; it is embedded in inputs.
type Look struct {
	ID         string `path:"id" maxLength:"64"`
	Kind       string `query:"kind" maxLength:"50" doc:"suggest a mapping for this kind"`
	Encoding   string `query:"encoding" maxLength:"20" doc:"of a CSV; empty = detect"`
	Delimiter  string `query:"delimiter" maxLength:"1" doc:"of a CSV; empty = detect"`
	Sheet      string `query:"sheet" maxLength:"100"`
	HeaderRow  int    `query:"header_row" minimum:"0" maximum:"1000"`
	HeaderRows int    `query:"header_rows" minimum:"0" maximum:"2"`
}

func (in Look) settings() Settings {
	return Settings{Encoding: in.Encoding, Delimiter: in.Delimiter, Sheet: in.Sheet, HeaderRow: in.HeaderRow, HeaderRows: in.HeaderRows}
}

func (d *Desk) apiSniff(ctx context.Context, in *Look) (*sniffOutput, error) {
	s, err := d.Sniff(ctx, in.ID, in.Kind, in.settings())
	return &sniffOutput{s}, err
}

type valuesInput struct {
	Look
	Column int `query:"column" minimum:"0" maximum:"1000" required:"true" doc:"0 = A"`
}

type valuesOutput struct{ Body httpapi.List[CellValue] }

func (d *Desk) apiValues(ctx context.Context, in *valuesInput) (*valuesOutput, error) {
	values, err := d.Distinct(ctx, in.ID, in.Column, in.settings())
	return &valuesOutput{httpapi.List[CellValue]{Items: values}}, err
}

type profilesInput struct {
	Kind string `query:"kind" maxLength:"50"`
}

type profilesOutput struct{ Body httpapi.List[Profile] }

func (d *Desk) apiProfiles(ctx context.Context, in *profilesInput) (*profilesOutput, error) {
	list, err := d.Profiles(ctx, in.Kind)
	return &profilesOutput{httpapi.List[Profile]{Items: list}}, err
}

type profileInput struct{ Body Profile }

type profileOutput struct{ Body Profile }

func (d *Desk) apiSaveProfile(ctx context.Context, in *profileInput) (*profileOutput, error) {
	p, err := d.SaveProfile(ctx, in.Body)
	return &profileOutput{p}, err
}

type runsInput struct{ httpapi.Page }

type runsOutput struct{ Body httpapi.List[RunView] }

func (d *Desk) apiRuns(ctx context.Context, in *runsInput) (*runsOutput, error) {
	after := ""
	if _, err := httpapi.DecodeCursor(in.Cursor, &after); err != nil {
		return nil, err
	}
	runs, err := d.List(ctx, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out, more := &runsOutput{}, false
	if out.Body.Items, more = httpapi.NextPage(runs, in.Limit); more {
		out.Body.NextCursor, err = httpapi.EncodeCursor(out.Body.Items[in.Limit-1].ID)
	}
	return out, err
}

type beginInput struct {
	Body struct {
		File     string   `json:"file" minLength:"1" maxLength:"64" doc:"id of an uploaded file"`
		Kind     string   `json:"kind" minLength:"1" maxLength:"50"`
		Settings Settings `json:"settings"`
	}
}

type runOutput struct {
	ETag string `header:"ETag"`
	Body RunView
}

func (d *Desk) apiBegin(ctx context.Context, in *beginInput) (*runOutput, error) {
	id, err := d.Begin(ctx, in.Body.File, in.Body.Kind, in.Body.Settings)
	if err != nil {
		return nil, err
	}
	return d.apiRun(ctx, &runInput{id})
}

type runInput struct {
	ID string `path:"id" maxLength:"64"`
}

func (d *Desk) apiRun(ctx context.Context, in *runInput) (*runOutput, error) {
	v, err := d.Get(ctx, in.ID)
	return &runOutput{httpapi.ETag(v.Version), v}, err
}

// apiCommand answers a command with the run as it then is.
func (d *Desk) apiCommand(do func(context.Context, string) error) func(context.Context, *runInput) (*runOutput, error) {
	return func(ctx context.Context, in *runInput) (*runOutput, error) {
		if err := do(ctx, in.ID); err != nil {
			return nil, err
		}
		return d.apiRun(ctx, in)
	}
}

type rowsInput struct {
	ID     string `path:"id" maxLength:"64"`
	Status Status `query:"status" enum:"new,changed,unchanged,merged,rejected,skipped"`
	httpapi.Page
}

type rowsOutput struct{ Body httpapi.List[RowView] }

func (d *Desk) apiRows(ctx context.Context, in *rowsInput) (*rowsOutput, error) {
	var after int64
	if _, err := httpapi.DecodeCursor(in.Cursor, &after, in.ID, string(in.Status)); err != nil {
		return nil, err
	}
	rows, err := d.Rows(ctx, in.ID, in.Status, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out, more := &rowsOutput{}, false
	if out.Body.Items, more = httpapi.NextPage(rows, in.Limit); more {
		out.Body.NextCursor, err = httpapi.EncodeCursor(out.Body.Items[in.Limit-1].Number, in.ID, string(in.Status))
	}
	return out, err
}

type rejectedInput struct {
	ID string `path:"id" maxLength:"64"`
	httpapi.Format
}

// apiRejected gives the rejected rows back as a workbook.
func (d *Desk) apiRejected(ctx context.Context, in *rejectedInput) (*httpapi.Sheet, error) {
	r, err := d.newRejects(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	// the file is released when the request is over, read to its end or not
	context.AfterFunc(ctx, func() {
		if err := r.close(); err != nil {
			d.Log.Error("intake: cannot release a file", "error", err)
		}
	})
	return &httpapi.Sheet{Name: d.Words.Say(r.lang, "intake.sheet_rejected"), Columns: r.columns(), Next: r.next}, nil
}

// apiEvents sends the run whenever it has moved, until it comes to rest.
func (d *Desk) apiEvents(ctx context.Context, in *runInput, send func(event string, v any) error) error {
	tick := time.NewTicker(400 * time.Millisecond)
	defer tick.Stop()
	last := RunView{}
	for {
		v, err := d.Get(ctx, in.ID)
		if err != nil {
			return err
		}
		if v.Version != last.Version || v.Done != last.Done {
			if err := send("run", v); err != nil {
				return err
			}
			last = v
		}
		if !v.State.busy() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
