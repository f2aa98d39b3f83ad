package intake

import (
	"context"
	"strings"

	"sente/internal/infra/store"
	"sente/internal/infra/tell"
)

// What imports tell people of.
const (
	topicReady     = "intake.ready"
	topicPublished = "intake.published"
)

// Topics lists what imports tell people of.
func Topics() []tell.Topic {
	return []tell.Topic{{ID: topicReady, Perm: "intake.run"}, {ID: topicPublished, Perm: "intake.run"}}
}

// Teller tells who asked for a run that it has come to rest.
func Teller() tell.Teller { return tell.Teller{Verbs: []string{"intake."}, Tell: concerns} }

func concerns(a tell.Deed) []tell.Notice {
	topic := map[string]string{"intake.staged": topicReady, "intake.published": topicPublished}[a.Verb]
	if topic == "" {
		return nil
	}
	id := strings.TrimPrefix(a.Object, "intake.run/")
	facts := tell.Facts[struct{ File string }](a)
	return []tell.Notice{{Topic: topic, To: tell.Accounts(a.Actor), Object: a.Object, Title: facts.File, Path: "/imports/" + id, Self: true}}
}

// Readable refuses a run that the context's actor may not read. It is a
// journal.Reader.
func (d *Desk) Readable(ctx context.Context, tx store.Tx, id string) error {
	run, err := getRun(ctx, tx, id)
	if err != nil {
		return err
	}
	return d.Gate.Allow(ctx, tx, "intake.read", resource(run.ID, run.Unit, run.Owner))
}
