package platform

import (
	"context"
	"io"
	"slices"
	"strings"

	"sente/internal/infra/files"
	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// AddTask adds a task to contract id.
func (d *Desk) AddTask(ctx context.Context, id string, version int64, f TaskFacts) (*Docket, error) {
	return d.onContract(ctx, id, version, "platform.manage", func(tx store.Tx, k *Docket) (journal.Act, error) {
		c := k.Contract
		if c.Closed() {
			return journal.Act{}, kernel.Faultf(kernel.ErrConflict, "platform.contract_closed", c.Number, c.ClosedOn)
		}
		if len(k.Tasks) >= maxTasks {
			return journal.Act{}, kernel.Faultf(kernel.ErrConflict, "platform.too_many_tasks", maxTasks)
		}
		t := f.apply(Task{Zone: tx.Zone, ID: kernel.NewID(tx.Now), Contract: c.ID, Platform: c.Platform, Seq: int64(len(k.Tasks) + 1), Unit: c.Unit, Owner: c.Owner,
			State: Open, CreatedAt: tx.Now.UnixMilli()})
		if err := vetTask(ctx, tx, c, Task{}, t); err != nil {
			return journal.Act{}, err
		}
		k.Tasks = append(k.Tasks, t)
		return k.stored(tx, len(k.Tasks)-1, journal.Act{Verb: "platform.task_added", Detail: map[string]any{"task": t.Seq, "title": t.Title, "due": t.DueOn}}), nil
	})
}

// vetTask checks t, that was before, and that a new acceptor is in service.
func vetTask(ctx context.Context, tx store.Tx, c Contract, was, t Task) error {
	if err := t.check(c); err != nil {
		return err
	}
	if t.Owner == was.Owner {
		return nil
	}
	return inService(ctx, tx, "acceptor", t.Owner)
}

// stored counts task i of k on and adds it to act.
func (k *Docket) stored(tx store.Tx, i int, act journal.Act) journal.Act {
	k.Tasks[i].Version, k.Tasks[i].UpdatedAt = k.Tasks[i].Version+1, tx.Now.UnixMilli()
	act.Changes = append([]journal.Change{journal.Put(k.Tasks[i])}, act.Changes...)
	return act
}

// onTask is onContract for an act on one of its tasks.
func (d *Desk) onTask(ctx context.Context, id, task string, version int64, perm string, decide func(tx store.Tx, k *Docket, t *Task) (journal.Act, error)) (*Docket, error) {
	return d.onContract(ctx, id, version, perm, func(tx store.Tx, k *Docket) (journal.Act, error) {
		i, err := k.task(task)
		if err != nil {
			return journal.Act{}, err
		}
		if perm != "platform.manage" {
			if err := d.gate.Allow(ctx, tx, perm, k.Tasks[i].resource()); err != nil {
				return journal.Act{}, err
			}
		}
		act, err := decide(tx, k, &k.Tasks[i])
		if err != nil {
			return act, err
		}
		return k.stored(tx, i, act), nil
	})
}

// AmendTask changes what a task asks for while the operator still owes it.
func (d *Desk) AmendTask(ctx context.Context, id, task string, version int64, f TaskFacts) (*Docket, error) {
	return d.onTask(ctx, id, task, version, "platform.manage", func(tx store.Tx, k *Docket, t *Task) (journal.Act, error) {
		was, now := *t, f.apply(*t)
		only := now
		only.Owner = was.Owner
		if only != was { // who accepts may change at any time: an official may leave while a task waits
			if err := k.step(was, "amend"); err != nil {
				return journal.Act{}, err
			}
		}
		*t = now
		return journal.Act{Verb: "platform.task_amended", Detail: map[string]any{"task": t.Seq, "due": t.DueOn}}, vetTask(ctx, tx, k.Contract, was, now)
	})
}

// CancelTask takes a task out of a contract, with a reason; it stays on record.
func (d *Desk) CancelTask(ctx context.Context, id, task string, version int64, reason string) (*Docket, error) {
	return d.onTask(ctx, id, task, version, "platform.manage", func(_ store.Tx, k *Docket, t *Task) (journal.Act, error) {
		if err := k.step(*t, "cancel"); err != nil {
			return journal.Act{}, err
		}
		if err := checkReason("reason", reason); err != nil {
			return journal.Act{}, err
		}
		t.State, t.Reason = Cancelled, strings.TrimSpace(reason)
		return journal.Act{Verb: "platform.task_cancelled", Reason: t.Reason, Detail: map[string]any{"task": t.Seq}}, nil
	})
}

// Handover is what an operator says about what it hands in.
type Handover struct {
	Text string `json:"text"`
	On   string `json:"on" doc:"YYYY-MM-DD: day of what it shows, not in the future"`
}

// Submit keeps the document read from file, named name, and hands it in as
// evidence for a task of contract id. It may be done several times until the
// task is accepted.
func (d *Desk) Submit(ctx context.Context, id, task string, version int64, h Handover, name string, file io.Reader) (*Docket, error) {
	s := Submission{Kind: KindSubmission, Text: strings.TrimSpace(h.Text), On: h.On}
	if err := d.maySubmit(ctx, id, task, s); err != nil {
		return nil, err
	}
	f, err := d.folder.Save(ctx, name, file, files.Documents())
	if err != nil {
		return nil, err
	}
	s.File, s.SHA256, s.FileName, s.MediaType, s.Size = f.Hash, f.Hash, f.Name, f.Type, f.Size
	return d.handIn(ctx, id, task, version, s)
}

// maySubmit says what would refuse s, before its document takes up room.
func (d *Desk) maySubmit(ctx context.Context, id, task string, s Submission) error {
	if err := d.gate.Require(ctx, "platform.submit"); err != nil {
		return err
	}
	return d.db.View(ctx, func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id)
		if err != nil {
			return err
		}
		i, err := k.task(task)
		if err != nil {
			return err
		}
		if err := d.gate.Allow(ctx, tx, "platform.submit", k.Tasks[i].resource()); err != nil {
			return err
		}
		return k.decideSubmit(k.Tasks[i], s, today(tx))
	})
}

// Answer answers the objection to a task of contract id; it waits for
// acceptance again.
func (d *Desk) Answer(ctx context.Context, id, task string, version int64, h Handover) (*Docket, error) {
	return d.handIn(ctx, id, task, version, Submission{Kind: KindAnswer, Text: strings.TrimSpace(h.Text), On: h.On})
}

func (d *Desk) handIn(ctx context.Context, id, task string, version int64, s Submission) (*Docket, error) {
	return d.onTask(ctx, id, task, version, "platform.submit", func(tx store.Tx, k *Docket, t *Task) (journal.Act, error) {
		if err := k.decideSubmit(*t, s, today(tx)); err != nil {
			return journal.Act{}, err
		}
		actor := kernel.ActorOf(ctx)
		s.Zone, s.ID, s.Contract, s.Task = tx.Zone, kernel.NewID(tx.Now), id, task
		s.By, s.ByName, s.RecordedAt = actor.ID, actor.Name, tx.Now.UnixMilli()
		k.Submissions = append(k.Submissions, s)
		t.State, t.SubmittedOn = Submitted, string(today(tx))
		verb := map[string]string{KindSubmission: "platform.submitted", KindAnswer: "platform.answered"}[s.Kind]
		return journal.Act{Verb: verb, Detail: map[string]any{"task": t.Seq, "title": t.Title, "on": s.On, "sha256": s.SHA256}, Changes: []journal.Change{journal.Put(s)}}, nil
	})
}

// Accept accepts what was handed in for a task of contract id.
func (d *Desk) Accept(ctx context.Context, id, task string, version int64, opinion string) (*Docket, error) {
	return d.review(ctx, id, task, version, "accept", opinion)
}

// Object objects to what was handed in for a task of contract id, with a reason
// the operator is to answer.
func (d *Desk) Object(ctx context.Context, id, task string, version int64, reason string) (*Docket, error) {
	return d.review(ctx, id, task, version, "object", reason)
}

func (d *Desk) review(ctx context.Context, id, task string, version int64, do, reason string) (*Docket, error) {
	return d.onTask(ctx, id, task, version, "platform.accept", func(tx store.Tx, k *Docket, t *Task) (journal.Act, error) {
		actor := kernel.ActorOf(ctx)
		if err := k.decideReview(*t, do, reason, actor); err != nil {
			return journal.Act{}, err
		}
		r := Review{tx.Zone, kernel.NewID(tx.Now), id, task, Accepted, strings.TrimSpace(reason), actor.ID, actor.Name, tx.Now.UnixMilli()}
		verb := "platform.accepted"
		t.Reason = ""
		if do == "object" {
			verb, r.Decision, t.Reason = "platform.objected", Objected, r.Reason
		}
		k.Reviews = append(k.Reviews, r)
		t.State, t.DecidedOn = r.Decision, string(today(tx))
		return journal.Act{Verb: verb, Reason: r.Reason, Detail: map[string]any{"task": t.Seq, "title": t.Title}, Changes: []journal.Change{journal.Put(r)}}, nil
	})
}

// OpenFile opens the document of a submission under contract id. The caller
// closes it.
func (d *Desk) OpenFile(ctx context.Context, id, submission string) (s Submission, doc io.ReadSeekCloser, err error) {
	defer kernel.Wrap(&err, "platform.OpenFile(%q)", submission)
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return s, nil, err
	}
	err = d.db.View(ctx, func(tx store.Tx) error {
		k, err := d.docket(ctx, tx, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(k.Submissions, func(x Submission) bool { return x.ID == submission && x.File != "" })
		if i < 0 {
			return kernel.Faultf(kernel.ErrNotFound, "platform.file_not_found")
		}
		s = k.Submissions[i]
		return nil
	})
	if err != nil {
		return s, nil, err
	}
	doc, err = d.folder.Open(ctx, s.File)
	return s, doc, err
}

// Waiting is what waits for the caller on contract tasks.
type Waiting struct {
	Today    kernel.Date
	ToSubmit []Task // owed by the caller's unit
	ToAccept []Task // handed in, for the caller to accept
	Late     []Task // owed to the caller and past their day
}

// Mine returns the contract tasks that wait for the caller.
func (d *Desk) Mine(ctx context.Context) (w Waiting, err error) {
	defer kernel.Wrap(&err, "platform.Mine")
	if err := d.gate.Require(ctx, "platform.read"); err != nil {
		return w, err
	}
	actor := kernel.ActorOf(ctx)
	err = d.db.View(ctx, func(tx store.Tx) (err error) {
		w.Today = today(tx)
		if actor.Unit != "" && d.gate.Require(ctx, "platform.submit") == nil {
			if w.ToSubmit, err = owed(ctx, tx, actor.Unit); err != nil {
				return err
			}
		}
		if d.gate.Require(ctx, "platform.accept") != nil {
			return nil
		}
		if w.ToAccept, err = toAccept(ctx, tx, actor.ID); err != nil {
			return err
		}
		w.Late, err = lateUnder(ctx, tx, actor.ID, w.Today)
		return err
	})
	return w, err
}
