package pipeline

import (
	"context"
	"slices"
	"strings"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Advance moves a project one stage ahead, if the gate of that stage is met. A
// project whose contract another one holds already is not signed again: the
// ceremony is attached to the signing that stands, and the caller is told.
func (d *Desk) Advance(ctx context.Context, id string, version int64, o AdvanceOrder) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.advance", func(tx store.Tx, k *Docket) (outcome, error) {
		actor := kernel.ActorOf(ctx)
		on, err := decideAdvance(k, o, today(tx), actor.Lang)
		if err != nil {
			return outcome{}, err
		}
		if o.To == Signed {
			if held, err := holderOf(ctx, tx, k.key()); err != nil || held != nil {
				return d.attach(ctx, tx, k, held, on, err)
			}
		}
		from := k.Project.Stage
		k.Project.Stage, k.Project.StageSince, k.Project.Reason, k.Project.SigningHeldBy = o.To, string(on), "", ""
		m := k.note(MilestoneEntry{Stage: o.To, Kind: Actual, On: string(on), Note: o.Reason}, actor, tx.Now.UnixMilli())
		act := journal.Act{Verb: "pipeline.advanced", Reason: o.Reason, Detail: map[string]any{"from": from, "to": o.To, "on": on}, Changes: []journal.Change{journal.Put(m)}}
		if from.Rank() < Signed.Rank() {
			if err := putPromised(tx, k, on, actor, &act); err != nil {
				return outcome{}, err
			}
		}
		if err := d.claim(ctx, tx, k, &act); err != nil {
			return outcome{}, err
		}
		return outcome{act: act}, nil
	})
}

// claim gives a project that stands at a signed stage the signing its contract
// makes, as soon as investor, site and scope are known. Projects entered here
// claim it when they are signed, imported ones when their gaps are filled.
func (d *Desk) claim(ctx context.Context, tx store.Tx, k *Docket, act *journal.Act) error {
	key := k.key()
	if k.Signing != nil || key == "" || k.Project.Stage.Final() || k.Project.Standing().Rank() < Signed.Rank() {
		return nil
	}
	held, err := holderOf(ctx, tx, key)
	if err != nil {
		return err
	}
	if held != nil {
		return d.heldFault(ctx, tx, held)
	}
	past, err := lastReleased(ctx, tx, key)
	if err != nil {
		return err
	}
	actor, on := kernel.ActorOf(ctx), string(actualOn(k.Milestones, Signed))
	s := Signing{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Key: key, Project: k.Project.ID, Identity: k.Identity,
		Site: k.Project.Site, Scope: k.Project.Scope, On: on, Version: 1}
	if past != nil {
		s.Follows = past.ID
	}
	c := Ceremony{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Signing: s.ID, Project: k.Project.ID, On: on, First: true, By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
	k.Signing, k.Ceremonies, k.Project.SigningHeldBy = &s, append(k.Ceremonies, c), ""
	act.Changes = append(act.Changes, journal.Put(s), journal.Put(c))
	return nil
}

// attach files the ceremony of k's project under the signing held by another
// project and tells the caller so. What each of the two timelines tells names
// nothing of the other project, and the holder's not who did it.
func (d *Desk) attach(ctx context.Context, tx store.Tx, k *Docket, held *Signing, on kernel.Date, err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	tell := d.heldFault(ctx, tx, held)
	for _, c := range k.Ceremonies {
		if c.Signing == held.ID && c.On == string(on) {
			return outcome{tell: tell}, nil // filed before; nothing new happened
		}
	}
	actor := kernel.ActorOf(ctx)
	c := Ceremony{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Signing: held.ID, Project: k.Project.ID, On: string(on), Note: k.Project.Code,
		By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
	k.Ceremonies, k.Project.SigningHeldBy = append(k.Ceremonies, c), held.Project
	facts := map[string]any{"on": on}
	return outcome{
		act:   journal.Act{Verb: "pipeline.ceremony_attached", Detail: facts},
		ruled: []journal.Act{{Verb: "pipeline.ceremony_attached", Object: Object(held.Project), Detail: facts, Changes: []journal.Change{journal.Put(c)}}},
		tell:  tell,
	}, nil
}

// SetBack returns a project to an earlier stage. Signatures given for later
// gates become void, later actual dates are taken back, and a contract that is
// no longer in force frees its signing.
func (d *Desk) SetBack(ctx context.Context, id string, version int64, o SetBackOrder) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.setback", func(tx store.Tx, k *Docket) (outcome, error) {
		actor, at := kernel.ActorOf(ctx), tx.Now.UnixMilli()
		if _, err := k.Track.decideMove(k.Project, MoveSetBack, o.To, o.Reason, actor.Lang); err != nil {
			return outcome{}, err
		}
		if err := checkText("reason", o.Reason, 500); err != nil {
			return outcome{}, err
		}
		act := journal.Act{Verb: "pipeline.set_back", Reason: o.Reason, Detail: map[string]any{"from": k.Project.Stage, "to": o.To}}
		for _, e := range k.Track.retractActual(k.Milestones, o.To, o.Reason) {
			act.Changes = append(act.Changes, journal.Put(k.note(e, actor, at)))
		}
		k.void(&act, at, o.Reason, func(s Stage) bool { return k.Track.compare(s, o.To) > 0 })
		if o.To.Rank() < Signed.Rank() {
			k.release(&act, at, o.Reason)
		}
		was := k.Project
		k.Project.Stage, k.Project.StageSince, k.Project.Reason = o.To, string(actualOn(k.Milestones, o.To)), o.Reason
		putUnpromised(tx, k, was, o.Reason, actor, &act)
		return outcome{act: act}, nil
	})
}

// void marks signatures void in k and adds them to act.
func (k *Docket) void(act *journal.Act, at int64, why string, gone func(Stage) bool) {
	for _, s := range void(k.Signoffs, at, why, gone) {
		k.Signoffs[slices.IndexFunc(k.Signoffs, func(x Signoff) bool { return x.ID == s.ID })] = s
		act.Changes = append(act.Changes, journal.Put(s))
	}
}

// release frees the signing k holds and adds it to act.
func (k *Docket) release(act *journal.Act, at int64, why string) {
	if k.Signing == nil {
		return
	}
	act.Changes = append(act.Changes, journal.Put(k.Signing.released(at, why)))
	k.Signing = nil
}

// CallOff shelves a project, or ends it as lost (before signing) or terminated
// (after), with a reason.
func (d *Desk) CallOff(ctx context.Context, id string, version int64, o CallOffOrder) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.calloff", func(tx store.Tx, k *Docket) (outcome, error) {
		on, err := decideCallOff(k, o, today(tx), kernel.ActorOf(ctx).Lang)
		if err != nil {
			return outcome{}, err
		}
		verb := map[Stage]string{Shelved: "pipeline.shelved", Lost: "pipeline.lost", Terminated: "pipeline.terminated"}[o.To]
		act := journal.Act{Verb: verb, Reason: o.Reason, Detail: map[string]any{"from": k.Project.Stage, "to": o.To, "on": on}}
		if o.To == Terminated {
			k.release(&act, tx.Now.UnixMilli(), o.Reason)
		}
		k.Project.Prior = k.Project.Standing()
		k.Project.Stage, k.Project.StageSince, k.Project.Reason = o.To, string(on), o.Reason
		return outcome{act: act}, nil
	})
}

// Resume takes a shelved project up again where it stood.
func (d *Desk) Resume(ctx context.Context, id string, version int64, reason string) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.calloff", func(tx store.Tx, k *Docket) (outcome, error) {
		if _, err := k.Track.decideMove(k.Project, MoveResume, "", reason, kernel.ActorOf(ctx).Lang); err != nil {
			return outcome{}, err
		}
		if err := checkText("reason", reason, 500); err != nil {
			return outcome{}, err
		}
		to := k.Project.Prior
		k.Project.Stage, k.Project.Prior, k.Project.Reason = to, "", ""
		k.Project.StageSince = string(actualOn(k.Milestones, to))
		return outcome{act: journal.Act{Verb: "pipeline.resumed", Reason: reason, Detail: map[string]any{"from": Shelved, "to": to}}}, nil
	})
}

// SignOff puts the caller's signature under the gate of a stage.
func (d *Desk) SignOff(ctx context.Context, id string, version int64, o SignOrder) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.sign", func(tx store.Tx, k *Docket) (outcome, error) {
		actor := kernel.ActorOf(ctx)
		if o.Stage == "" {
			o.Stage = k.Track.Next(k.Project.Standing())
		}
		if err := k.Track.decideSignoff(k.Dossier, o.Stage, o.Role, actor, today(tx)); err != nil {
			return outcome{}, err
		}
		if err := checkText("opinion", o.Opinion, 1000); err != nil {
			return outcome{}, err
		}
		s := Signoff{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Project: id, Stage: o.Stage, Role: o.Role, By: actor.ID, ByName: actor.Name,
			Opinion: strings.TrimSpace(o.Opinion), RecordedAt: tx.Now.UnixMilli(), Version: 1}
		k.Signoffs = append(k.Signoffs, s)
		return outcome{act: journal.Act{Verb: "pipeline.signed_off", Reason: s.Opinion, Detail: map[string]any{"stage": s.Stage, "role": s.Role}, Changes: []journal.Change{journal.Put(s)}}}, nil
	})
}

// RecordCeremony records that the contract a project holds was signed once
// more, for example at a trade fair. It is one more ceremony, never one more
// signing.
func (d *Desk) RecordCeremony(ctx context.Context, id string, version int64, o CeremonyOrder) (*Docket, error) {
	return d.change(ctx, id, version, "pipeline.sign", func(tx store.Tx, k *Docket) (outcome, error) {
		if err := o.check(k, today(tx)); err != nil {
			return outcome{}, err
		}
		actor := kernel.ActorOf(ctx)
		c := Ceremony{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Signing: k.Signing.ID, Project: id, On: o.On, Note: strings.TrimSpace(o.Note),
			By: actor.ID, ByName: actor.Name, RecordedAt: tx.Now.UnixMilli()}
		k.Ceremonies = append(k.Ceremonies, c)
		return outcome{act: journal.Act{Verb: "pipeline.ceremony_recorded", Detail: map[string]any{"on": c.On, "note": c.Note}, Changes: []journal.Change{journal.Put(c)}}}, nil
	})
}
