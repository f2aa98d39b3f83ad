package pipeline

import (
	"context"
	"slices"
	"strings"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// attachFiled files evidence whose document is in the folder already.
func (d *Desk) attachFiled(ctx context.Context, id string, version int64, e Evidence) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.evidence", func(tx store.Tx, k *Docket) (outcome, error) {
		actor, day := kernel.ActorOf(ctx), today(tx)
		if k.Project.Stage.Final() {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.final", k.Project.Stage.Label(actor.Lang))
		}
		if r, ok := d.gates.evidence(e.Kind, day); ok && e.Class == "" {
			e.Class = r.Class
		}
		if e.Class == "" {
			e.Class = "internal"
		}
		if err := e.check(d.gates, day); err != nil {
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
		if s, needed := d.gates.neededForReached(k.Dossier, e, today(tx)); needed {
			return outcome{}, kernel.Faultf(kernel.ErrConflict, "pipeline.evidence_in_use", s.Label(actor.Lang))
		}
		e.WithdrawnAt, e.WithdrawnBy, e.WithdrawnWhy, e.Version = at, actor.ID, strings.TrimSpace(reason), e.Version+1
		k.Evidence[i] = e
		act := journal.Act{Verb: "pipeline.evidence_retracted", Reason: e.WithdrawnWhy, Detail: map[string]any{"kind": e.Kind, "sha256": e.SHA256}, Changes: []journal.Change{journal.Put(e)}}
		ahead := k.Project.Standing().Rank()
		k.void(&act, at, e.WithdrawnWhy, func(s Stage) bool { return s.Rank() > ahead && d.gates.asks(s, e.Kind, today(tx), k.Project.Builds) })
		return outcome{act: act}, nil
	})
}
