package work

import (
	"context"

	"sente/internal/infra/httpapi"
)

func (d *Desk) noteRoutes(door *httpapi.Door) {
	httpapi.Handle(door, route("GET", "/notes", "work.read", "notes"), d.getNotes)
	httpapi.Handle(door, created(route("POST", "/notes", "work.note", "note_write")), d.postNote)
	httpapi.Handle(door, route("POST", "/notes/{id}/withdraw", "work.note", "note_withdraw"), d.postWithdrawNote)
	httpapi.Handle(door, route("POST", "/notes/{id}/erase", "party.erase", "note_erase"), d.postEraseNote)
}

// NoteView is a note as the API shows it.
type NoteView struct {
	Note
	SubjectTitle string   `json:"subject_title"`
	UnitName     string   `json:"unit_name"`
	Hidden       []string `json:"hidden" doc:"fields that are masked for the reader"`
	MayWithdraw  bool     `json:"may_withdraw"`
}

func noteView(s ShownNote) NoteView {
	return NoteView(s)
}

type noteOut struct{ Body NoteView }

type getNotes struct {
	httpapi.Page
	Object string `query:"object" maxLength:"200" doc:"what they are about: pipeline.project/…; empty: those the caller wrote"`
	Kind   string `query:"kind" enum:"comment,visit"`
}

type notesOut struct {
	Body httpapi.List[NoteView]
}

func (d *Desk) getNotes(ctx context.Context, in *getNotes) (*notesOut, error) {
	out, err := paged(in.Page, []string{"notes", in.Object, in.Kind}, func(after *Place) ([]NoteView, *Place, error) {
		list, next, err := d.Notes(ctx, in.Object, in.Kind, after, in.Limit)
		views := []NoteView{}
		for _, n := range list {
			views = append(views, noteView(n))
		}
		return views, next, err
	})
	return &notesOut{out}, err
}

type postNote struct{ Body Written }

func (d *Desk) postNote(ctx context.Context, in *postNote) (*noteOut, error) {
	s, err := d.Write(ctx, in.Body)
	return &noteOut{noteView(s)}, err
}

type postOnNote struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason"`
	}
}

func (d *Desk) postWithdrawNote(ctx context.Context, in *postOnNote) (*noteOut, error) {
	s, err := d.Withdraw(ctx, in.ID, in.Body.Reason)
	return &noteOut{noteView(s)}, err
}

func (d *Desk) postEraseNote(ctx context.Context, in *postOnNote) (*noteOut, error) {
	s, err := d.EraseNote(ctx, in.ID, in.Body.Reason)
	return &noteOut{noteView(s)}, err
}
