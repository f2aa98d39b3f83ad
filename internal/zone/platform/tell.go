package platform

import (
	"sente/internal/infra/tell"
)

// What contract tasks tell people of.
const (
	topicSubmitted = "platform.submitted"
	topicAccepted  = "platform.accepted"
	topicObjected  = "platform.objected"
)

// Topics lists what contract tasks tell people of.
func Topics() []tell.Topic {
	return []tell.Topic{{ID: topicSubmitted, Perm: "platform.accept"}, {ID: topicAccepted, Perm: "platform.submit"}, {ID: topicObjected, Perm: "platform.submit"}}
}

// Teller says whom the acts on contract tasks concern.
func Teller() tell.Teller { return tell.Teller{Tables: []string{"platform_tasks"}, Tell: concerns} }

// toldTask is what a teller reads of a contract task, by its columns.
type toldTask struct {
	Contract string `json:"contract"`
	Unit     string `json:"unit"`  // of the operator
	Owner    string `json:"owner"` // who accepts it
	Title    string `json:"title"`
	DueOn    string `json:"due_on"`
}

func concerns(a tell.Deed) []tell.Notice {
	t, ok := tell.Of[toldTask](a, Task{}.Table())
	if !ok {
		return nil
	}
	n := tell.Notice{Object: ContractObject(t.Contract), Title: t.Title, Path: "/contracts/" + t.Contract, Day: t.DueOn, Note: a.Reason}
	switch a.Verb {
	case "platform.submitted", "platform.answered":
		n.Topic, n.To = topicSubmitted, tell.Accounts(t.Owner)
	case "platform.accepted":
		n.Topic, n.To = topicAccepted, []tell.To{{Unit: t.Unit}}
	case "platform.objected":
		n.Topic, n.To = topicObjected, []tell.To{{Unit: t.Unit}}
	default:
		return nil
	}
	return []tell.Notice{n}
}
