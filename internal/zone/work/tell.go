package work

import (
	"cmp"
	"strings"

	"sente/internal/infra/tell"
	"sente/internal/kernel"
)

// What joint work tells people of.
const (
	topicGiven     = "work.given"
	topicOffered   = "work.offered"
	topicAccepted  = "work.accepted"
	topicReturned  = "work.returned"
	topicCompleted = "work.completed"
	topicCancelled = "work.cancelled"
	topicCommented = "work.commented"
	topicDue       = "work.due"
	topicLate      = "work.late"
	topicMinutes   = "work.minutes"
)

// Topics lists what joint work tells people of.
func Topics() (out []tell.Topic) {
	for _, id := range []string{topicGiven, topicOffered, topicAccepted, topicReturned, topicCompleted, topicCancelled, topicCommented, topicDue, topicLate, topicMinutes} {
		out = append(out, tell.Topic{ID: id, Perm: "work.read"})
	}
	return out
}

// Teller says whom the acts on tasks and comments concern.
func Teller() tell.Teller {
	return tell.Teller{Tables: []string{"work_tasks", "work_notes"}, Tell: concerns}
}

// toldTask is what a teller reads of a task, by its columns.
type toldTask struct {
	ID         string `json:"id"`
	Title      string `json:"title"`
	Unit       string `json:"unit"`
	Owner      string `json:"owner"`
	Giver      string `json:"giver"`
	Sender     string `json:"sender"`
	SenderUnit string `json:"sender_unit"`
	DueOn      string `json:"due_on"`
	State      string `json:"state"`
	Reason     string `json:"reason"`
	Priority   string `json:"priority"`
}

// toldNote is what a teller reads of a note.
type toldNote struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject"`
	Body    string `json:"body"`
}

func concerns(a tell.Deed) []tell.Notice {
	if n, ok := tell.Of[toldNote](a, Note{}.Table()); ok && a.Verb == "work.note_written" && n.Kind == Comment {
		return []tell.Notice{{Topic: topicCommented, To: []tell.To{{Holder: true}}, Object: n.Subject, Note: tell.Brief(n.Body, 120)}}
	}
	if t, ok := tell.Of[toldTask](a, Task{}.Table()); ok {
		return t.told(a)
	}
	return nil
}

// told says whom act a on t concerns: who is to do it, or who set it.
func (t toldTask) told(a tell.Deed) []tell.Notice {
	setters := tell.Accounts(t.Giver, t.Sender)
	switch strings.TrimPrefix(a.Verb, "work.task_") {
	case "given", "reassigned":
		if t.State == Offered {
			return t.notice(topicOffered, cmp.Or(a.Reason, t.Reason), append(tell.Accounts(t.Owner), tell.To{Unit: t.Unit})...)
		}
		return t.notice(topicGiven, a.Reason, tell.Accounts(t.Owner)...)
	case "accepted":
		return t.notice(topicAccepted, "", setters...)
	case "returned":
		return t.notice(topicReturned, a.Reason, setters...)
	case "completed":
		return t.notice(topicCompleted, "", setters...)
	case "cancelled":
		return t.notice(topicCancelled, a.Reason, t.bearers()...)
	}
	return nil
}

// bearers are who is to do t: its owner, else who answers for the department.
func (t toldTask) bearers() []tell.To {
	if t.Owner != "" {
		return tell.Accounts(t.Owner)
	}
	return []tell.To{{Unit: t.Unit}}
}

func (t toldTask) notice(topic, note string, to ...tell.To) []tell.Notice {
	if len(to) == 0 {
		return nil
	}
	return []tell.Notice{{Topic: topic, To: to, Object: "work.task/" + t.ID, Title: t.Title, Path: taskPath(t.ID), Day: t.DueOn, Note: note, Urgent: t.Priority == Urgent}}
}

func taskPath(id string) string { return "/tasks?open=" + id }

// dueNotice tells who is to do t that it is due soon, or late on day.
func (t Task) dueNotice(day kernel.Date) tell.Notice {
	topic := topicDue
	if t.Late(day) {
		topic = topicLate
	}
	to := tell.Accounts(t.Owner)
	if len(to) == 0 {
		to = []tell.To{{Unit: t.Unit}}
	}
	object := "work.task/" + t.ID
	return tell.Notice{Topic: topic, To: to, Object: object, Title: t.Title, Path: taskPath(t.ID), Day: t.DueOn, Once: tell.Due(object, kernel.Date(t.DueOn)), Urgent: t.Priority == Urgent}
}

// owedNotice tells who held a that its minutes are owed.
func (a Activity) owedNotice() tell.Notice {
	object := ActivityObject(a.ID)
	return tell.Notice{Topic: topicMinutes, To: tell.Accounts(a.Owner), Object: object, Title: a.Name, Code: a.No, Path: activityPath(a.ID), Day: a.MinutesDue, Once: tell.Due(object, kernel.Date(a.MinutesDue))}
}

func activityPath(id string) string { return "/activities/" + id }
