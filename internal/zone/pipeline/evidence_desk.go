package pipeline

import (
	"context"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// AttachEvidence keeps the document read from file, named name, in the folder of
// attachments and files it under project id. e says what it is: kind, date,
// title, class (default: the class of its kind) and note.
func (d *Desk) AttachEvidence(ctx context.Context, id string, version int64, e Evidence, name string, file io.Reader) (*Docket, error) {
	if err := d.gate.Require(ctx, "pipeline.evidence"); err != nil {
		return nil, err
	}
	err := d.db.View(ctx, func(tx store.Tx) error { // before the document takes up room
		k, err := d.docket(ctx, tx, id, "pipeline.evidence")
		if err != nil {
			return err
		}
		if version != 0 && k.Project.Version != version {
			return kernel.Faultf(kernel.ErrStale, "pipeline.stale")
		}
		return e.classed(k.Track.Gates, today(tx)).check(k.Track.Gates, today(tx))
	})
	if err != nil {
		return nil, err
	}
	f, err := d.folder.Save(ctx, name, file, files.Documents())
	if err != nil {
		return nil, err
	}
	e.File, e.SHA256, e.FileName, e.MediaType, e.Size = f.Hash, f.Hash, f.Name, f.Type, f.Size
	return d.attachFiled(ctx, id, version, e)
}

// classed gives e the class of its kind unless it states one.
func (e Evidence) classed(g Gates, day kernel.Date) Evidence {
	if r, ok := g.evidence(e.Kind, day); ok && e.Class == "" {
		e.Class = r.Class
	}
	if e.Class == "" {
		e.Class = "internal"
	}
	return e
}

// minReason is the fewest characters that can tell a reason.
const minReason = 4

// OpenEvidence opens a document of project id. Trade secrets are open to the
// roles that may see contract terms, personal and restricted documents to those
// who may unmask such fields, for a reason, and each reading is recorded; whoever
// filed a document may read it again. The caller closes the document.
func (d *Desk) OpenEvidence(ctx context.Context, id, evidence, reason string) (e Evidence, doc io.ReadSeekCloser, err error) {
	defer kernel.Wrap(&err, "pipeline.OpenEvidence(%q)", evidence)
	if err := d.gate.Require(ctx, "pipeline.read"); err != nil {
		return e, nil, err
	}
	read := func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id, "pipeline.read")
		if err != nil {
			return err
		}
		i := slices.IndexFunc(k.Evidence, func(x Evidence) bool { return x.ID == evidence })
		if i < 0 {
			return kernel.Faultf(kernel.ErrNotFound, "pipeline.evidence_not_found")
		}
		e = k.Evidence[i]
		return d.mayRead(ctx, e)
	}
	if err := d.db.View(ctx, read); err != nil {
		return e, nil, err
	}
	if e.guarded() {
		if err := d.recordReading(ctx, e, reason); err != nil {
			return e, nil, err
		}
	}
	doc, err = d.folder.Open(ctx, e.File)
	return e, doc, err
}

func (d *Desk) mayRead(ctx context.Context, e Evidence) error {
	field := map[string]string{"secret_trade": "pipeline.terms", "restricted": "party.tax_paid", "personal": "party.contact.name"}[e.Class]
	own := e.By == kernel.ActorOf(ctx).ID
	if field == "" || own || d.gate.Visible(ctx, field) || e.guarded() && d.gate.MayUnmask(ctx, field) {
		return nil
	}
	return kernel.Faultf(kernel.ErrDenied, "pipeline.evidence_class")
}

// recordReading records who read a guarded document and why.
func (d *Desk) recordReading(ctx context.Context, e Evidence, reason string) error {
	reason = strings.TrimSpace(reason)
	if utf8.RuneCountInString(reason) < minReason {
		return kernel.FieldFault("reason", "pipeline.evidence_reason")
	}
	if err := checkText("reason", reason, 500); err != nil {
		return err
	}
	return d.db.Update(ctx, func(tx store.Tx) error {
		_, err := journal.Record(ctx, tx, journal.Act{Verb: "pipeline.evidence_read", Object: Object(e.Project), Reason: reason, Detail: map[string]any{"evidence": e.ID, "kind": e.Kind}})
		return err
	})
}

// attachFiled files evidence whose document is in the folder already.
func (d *Desk) attachFiled(ctx context.Context, id string, version int64, e Evidence) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.evidence", func(tx store.Tx, k *Docket) (outcome, error) {
		actor, day := kernel.ActorOf(ctx), today(tx)
		if k.Project.Stage.Final() {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.final", k.Project.Stage.Label(actor.Lang))
		}
		e = e.classed(k.Track.Gates, day)
		if err := e.check(k.Track.Gates, day); err != nil {
			return outcome{}, err
		}
		if slices.ContainsFunc(k.Evidence, func(x Evidence) bool { return x.Live() && x.Kind == e.Kind && x.SHA256 == e.SHA256 }) {
			return outcome{}, kernel.FieldFault("file", "pipeline.evidence_twice")
		}
		e.Zone, e.ID, e.Project, e.Version = tx.Zone, kernel.NewID(tx.Now), id, 1
		e.By, e.ByName, e.RecordedAt = actor.ID, actor.Name, tx.Now.UnixMilli()
		k.Evidence = append(k.Evidence, e)
		return outcome{act: journal.Act{Verb: "pipeline.evidence_attached", Detail: map[string]any{"kind": e.Kind, "on": e.On, "sha256": e.SHA256},
			Changes: []journal.Change{journal.Put(e)}}}, nil
	})
}

// WithdrawEvidence takes a wrong document back, with a reason; it stays on
// record. One that a stage already reached rests on can only be replaced, and
// signatures given under a gate that it served become void.
func (d *Desk) WithdrawEvidence(ctx context.Context, id string, version int64, evidence, reason string) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.evidence", func(tx store.Tx, k *Docket) (outcome, error) {
		actor, at := kernel.ActorOf(ctx), tx.Now.UnixMilli()
		i := slices.IndexFunc(k.Evidence, func(e Evidence) bool { return e.ID == evidence })
		if i < 0 {
			return outcome{}, kernel.Faultf(kernel.ErrNotFound, "pipeline.evidence_not_found")
		}
		e := k.Evidence[i]
		if !e.Live() {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.evidence_withdrawn")
		}
		if strings.TrimSpace(reason) == "" {
			return outcome{}, kernel.FieldFault("reason", "pipeline.no_reason")
		}
		if s, needed := k.Track.neededForReached(k.Dossier, e, today(tx)); needed {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.evidence_in_use", k.Track.Label(s, actor.Lang))
		}
		if k.vouches(e.ID) {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.voucher_in_use")
		}
		e.WithdrawnAt, e.WithdrawnBy, e.WithdrawnWhy, e.Version = at, actor.ID, strings.TrimSpace(reason), e.Version+1
		k.Evidence[i] = e
		act := journal.Act{Verb: "pipeline.evidence_retracted", Reason: e.WithdrawnWhy, Detail: map[string]any{"kind": e.Kind, "sha256": e.SHA256}, Changes: []journal.Change{journal.Put(e)}}
		standing := k.Project.Standing()
		k.void(&act, at, e.WithdrawnWhy, func(s Stage) bool {
			return k.Track.compare(s, standing) > 0 && k.Track.Gates.asks(s, e.Kind, today(tx), k.Project.Builds)
		})
		return outcome{act: act}, nil
	})
}
