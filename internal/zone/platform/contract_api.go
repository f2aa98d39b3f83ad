package platform

import (
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"sente/internal/infra/httpapi"
	"sente/internal/infra/journal"
	"sente/internal/kernel"
)

// contractRoutes registers the routes of contracts and their tasks.
func (d *Desk) contractRoutes(door *httpapi.Door) {
	const task = "/contracts/{id}/tasks/{tid}"
	httpapi.Handle(door, route("GET", "/platforms/{id}/contracts", "platform.read", "contracts"), d.getContracts)
	httpapi.Handle(door, created(route("POST", "/platforms/{id}/contracts", "platform.manage", "contract")), d.postContract)
	httpapi.Handle(door, route("GET", "/contracts/{id}", "platform.read", "contract_find"), d.getContract)
	httpapi.Handle(door, match(route("PATCH", "/contracts/{id}", "platform.manage", "contract_amend")), d.patchContract)
	httpapi.Handle(door, match(route("POST", "/contracts/{id}/close", "platform.manage", "contract_close")), d.postClose)
	httpapi.Handle(door, route("GET", "/contracts/{id}/timeline", "platform.read", "contract_timeline"), d.getContractTimeline)
	httpapi.Handle(door, created(route("POST", "/contracts/{id}/tasks", "platform.manage", "task")), d.postTask)
	httpapi.Handle(door, match(route("PATCH", task, "platform.manage", "task_amend")), d.patchTask)
	httpapi.Handle(door, match(route("POST", task+"/cancel", "platform.manage", "task_cancel")), d.postCancel)
	upload := created(route("POST", task+"/submit", "platform.submit", "submit"))
	upload.Upload, upload.Form = true, []string{"text", "on"}
	httpapi.Handle(door, upload, d.postSubmit)
	httpapi.Handle(door, created(route("POST", task+"/answer", "platform.submit", "answer")), d.postAnswer)
	httpapi.Handle(door, match(route("POST", task+"/accept", "platform.accept", "accept")), d.postAccept)
	httpapi.Handle(door, match(route("POST", task+"/object", "platform.accept", "object")), d.postObject)
	httpapi.Handle(door, route("GET", "/contracts/{id}/submissions/{submission}/file", "platform.read", "file"), d.getFile)
}

// BriefView is a contract as a list shows it.
type BriefView struct {
	Contract
	OperatorName string `json:"operator_name"`
	OwnerName    string `json:"owner_name"`
	State        string `json:"state" enum:"upcoming,running,expired,closed"`
}

// TaskView is a contract task with what was handed in and decided.
type TaskView struct {
	Task
	AcceptorName string       `json:"acceptor_name"`
	Late         bool         `json:"late" doc:"owed and past its day"`
	Submissions  []Submission `json:"submissions"`
	Reviews      []Review     `json:"reviews"`
}

// ContractView is a contract with its tasks.
type ContractView struct {
	BriefView
	PlatformName string     `json:"platform_name"`
	Tasks        []TaskView `json:"tasks"`
}

type contractOut struct {
	ETag string `header:"ETag"`
	Body ContractView
}

// contractAnswer shows k; what was handed in stands under its task.
func contractAnswer(ctx context.Context, k *Docket, err error) (*contractOut, error) {
	if err != nil {
		return nil, err
	}
	v := ContractView{BriefView{k.Contract, k.OperatorName, k.OwnerName, k.Contract.State(k.Today)}, k.Platform.Name(httpapi.Lang(ctx)), []TaskView{}}
	for _, t := range k.Tasks {
		tv := TaskView{t, k.Acceptors[t.Owner], t.Late(k.Today), []Submission{}, []Review{}}
		for _, s := range k.Submissions {
			if s.Task == t.ID {
				tv.Submissions = append(tv.Submissions, s)
			}
		}
		for _, r := range k.Reviews {
			if r.Task == t.ID {
				tv.Reviews = append(tv.Reviews, r)
			}
		}
		v.Tasks = append(v.Tasks, tv)
	}
	return &contractOut{httpapi.ETag(k.Contract.Version), v}, nil
}

type getContracts struct {
	OnPlatform
	httpapi.Page
}

type contractsOut struct {
	Body httpapi.List[BriefView]
}

func (d *Desk) getContracts(ctx context.Context, in *getContracts) (*contractsOut, error) {
	after, of := "", []string{"contracts", in.ID}
	if _, err := httpapi.DecodeCursor(in.Cursor, &after, of...); err != nil {
		return nil, err
	}
	list, err := d.Contracts(ctx, in.ID, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	list, more := httpapi.NextPage(list, in.Limit)
	out := &contractsOut{httpapi.List[BriefView]{Items: []BriefView{}}}
	for _, b := range list {
		out.Body.Items = append(out.Body.Items, BriefView(b))
	}
	if more {
		out.Body.NextCursor, err = httpapi.EncodeCursor(list[len(list)-1].ID, of...)
	}
	return out, err
}

type postContract struct {
	OnPlatform
	Body ContractFacts
}

func (d *Desk) postContract(ctx context.Context, in *postContract) (*contractOut, error) {
	k, err := d.Contract(ctx, in.ID, in.Body)
	return contractAnswer(ctx, k, err)
}

// OnContract names a contract in a path.
type OnContract struct {
	ID string `path:"id" maxLength:"64"`
}

func (d *Desk) getContract(ctx context.Context, in *OnContract) (*contractOut, error) {
	k, err := d.FindContract(ctx, in.ID)
	return contractAnswer(ctx, k, err)
}

type patchContract struct {
	OnContract
	httpapi.IfMatch
	Body ContractFacts
}

func (d *Desk) patchContract(ctx context.Context, in *patchContract) (*contractOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.AmendContract(ctx, in.ID, version, in.Body)
	return contractAnswer(ctx, k, err)
}

type postClose struct {
	OnContract
	httpapi.IfMatch
	Body CloseOrder
}

func (d *Desk) postClose(ctx context.Context, in *postClose) (*contractOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.CloseContract(ctx, in.ID, version, in.Body)
	return contractAnswer(ctx, k, err)
}

type getContractTimeline struct {
	OnContract
	httpapi.Page
}

func (d *Desk) getContractTimeline(ctx context.Context, in *getContractTimeline) (*timelineOut, error) {
	entries, err := journal.PageOf(journal.Filter{Object: ContractObject(in.ID)}, in.Page, func(p journal.Page) ([]journal.Entry, error) {
		return d.ContractTimeline(ctx, in.ID, p)
	})
	return &timelineOut{entries}, err
}

// optional is the version a step that only adds may be based on.
func optional(header string) (int64, error) {
	if header == "" {
		return 0, nil
	}
	return httpapi.IfMatch{IfMatch: header}.Version()
}

type postTask struct {
	OnContract
	IfMatch string `header:"If-Match" doc:"optional: ETag of the state the step is based on"`
	Body    TaskFacts
}

func (d *Desk) postTask(ctx context.Context, in *postTask) (*contractOut, error) {
	version, err := optional(in.IfMatch)
	if err != nil {
		return nil, err
	}
	k, err := d.AddTask(ctx, in.ID, version, in.Body)
	return contractAnswer(ctx, k, err)
}

// OnTask names a task of a contract in a path.
type OnTask struct {
	OnContract
	Task string `path:"tid" maxLength:"64"`
}

type patchTask struct {
	OnTask
	httpapi.IfMatch
	Body TaskFacts
}

func (d *Desk) patchTask(ctx context.Context, in *patchTask) (*contractOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.AmendTask(ctx, in.ID, in.Task, version, in.Body)
	return contractAnswer(ctx, k, err)
}

// withReason is a step on a task that says why.
type withReason struct {
	OnTask
	httpapi.IfMatch
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postCancel(ctx context.Context, in *withReason) (*contractOut, error) {
	return in.take(ctx, d.CancelTask)
}

func (d *Desk) postObject(ctx context.Context, in *withReason) (*contractOut, error) {
	return in.take(ctx, d.Object)
}

// take takes the step do.
func (in *withReason) take(ctx context.Context, do func(ctx context.Context, id, task string, version int64, reason string) (*Docket, error)) (*contractOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := do(ctx, in.ID, in.Task, version, in.Body.Reason)
	return contractAnswer(ctx, k, err)
}

type postAccept struct {
	OnTask
	httpapi.IfMatch
	Body struct {
		Opinion string `json:"opinion,omitempty"`
	}
}

func (d *Desk) postAccept(ctx context.Context, in *postAccept) (*contractOut, error) {
	version, err := in.Version()
	if err != nil {
		return nil, err
	}
	k, err := d.Accept(ctx, in.ID, in.Task, version, in.Body.Opinion)
	return contractAnswer(ctx, k, err)
}

type postSubmit struct {
	OnTask
	IfMatch string `header:"If-Match" doc:"optional: ETag of the state the step is based on"`
	httpapi.Upload
}

func (d *Desk) postSubmit(ctx context.Context, in *postSubmit) (*contractOut, error) {
	version, err := optional(in.IfMatch)
	if err != nil {
		return nil, err
	}
	k, err := d.Submit(ctx, in.ID, in.Task, version, Handover{in.Form("text"), in.Form("on")}, in.FileName(), &in.Upload)
	return contractAnswer(ctx, k, err)
}

type postAnswer struct {
	OnTask
	IfMatch string `header:"If-Match" doc:"optional: ETag of the state the step is based on"`
	Body    Handover
}

func (d *Desk) postAnswer(ctx context.Context, in *postAnswer) (*contractOut, error) {
	version, err := optional(in.IfMatch)
	if err != nil {
		return nil, err
	}
	k, err := d.Answer(ctx, in.ID, in.Task, version, in.Body)
	return contractAnswer(ctx, k, err)
}

type getFile struct {
	OnContract
	Submission string `path:"submission" maxLength:"64"`
}

type fileOut struct {
	ContentType  string `header:"Content-Type"`
	Disposition  string `header:"Content-Disposition"`
	NoSniff      string `header:"X-Content-Type-Options"`
	CacheControl string `header:"Cache-Control"`
	Body         func(huma.Context)
}

// getFile sends the document as a download: it is never shown in the page's own
// origin.
func (d *Desk) getFile(ctx context.Context, in *getFile) (*fileOut, error) {
	s, doc, err := d.OpenFile(ctx, in.ID, in.Submission)
	if err != nil {
		return nil, err
	}
	send := func(hc huma.Context) {
		_, _ = io.Copy(hc.BodyWriter(), doc) // a reader who goes away is nobody to tell
		_ = doc.Close()
	}
	return &fileOut{s.MediaType, httpapi.Disposition(s.FileName), "nosniff", "private, no-store", send}, nil
}

type mineOut struct {
	Body struct {
		Today    kernel.Date `json:"today"`
		ToSubmit []MineView  `json:"to_submit" doc:"owed by the caller's unit, the earliest due first"`
		ToAccept []MineView  `json:"to_accept" doc:"handed in, for the caller to accept"`
		Late     []MineView  `json:"late" doc:"past their day, and the caller accepts them"`
	}
}

// MineView is a contract task that waits for somebody.
type MineView struct {
	Task
	Late bool `json:"late" doc:"owed and past its day"`
}

func (d *Desk) getMine(ctx context.Context, _ *struct{}) (*mineOut, error) {
	w, err := d.Mine(ctx)
	if err != nil {
		return nil, err
	}
	views := func(tasks []Task) []MineView {
		out := []MineView{}
		for _, t := range tasks {
			out = append(out, MineView{t, t.Late(w.Today)})
		}
		return out
	}
	out := &mineOut{}
	out.Body.Today, out.Body.ToSubmit, out.Body.ToAccept, out.Body.Late = w.Today, views(w.ToSubmit), views(w.ToAccept), views(w.Late)
	return out, nil
}
