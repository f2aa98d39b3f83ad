package notify

import (
	"time"

	"sente/internal/infra/tell"
)

// Notice is one thing a person has been told.
type Notice struct {
	Zone    string `db:"zone,key"`
	ID      string `db:"id,key"`
	Account string `db:"account"`
	Topic   string `db:"topic"`
	Object  string `db:"object"`
	Title   string `db:"title"`
	Code    string `db:"code"`
	Path    string `db:"path"`
	Day     string `db:"day"`   // it is due
	Note    string `db:"note"`  // shown in the product only
	Actor   string `db:"actor"` // account of who did it; "" what falls due by itself
	Urgent  bool   `db:"urgent"`
	Shown   bool   `db:"shown"` // in the product
	Once    string `db:"once"`  // what it tells; nobody is told it twice
	At      int64  `db:"at"`
	ReadAt  int64  `db:"read_at"` // ms UTC; 0: not read
}

// Table names the table of notices.
func (Notice) Table() string { return "notify_notices" }

// The states of a delivery.
const (
	Waiting = "waiting" // 待发
	Failed  = "failed"  // 失败待重发
	Sent    = "sent"    // 已发
	Dead    = "dead"    // 未能送达
	Dropped = "dropped" // 不再发送: its reader may no longer read it, or its channel is gone
)

// States lists the states in which they are asked for.
func States() []string { return []string{Waiting, Failed, Sent, Dead, Dropped} }

// Email is the sink of e-mail; every other sink is a channel.
const Email = "email"

// Delivery is one notice on its way out of the house by one sink.
type Delivery struct {
	Zone      string `db:"zone,key"`
	ID        string `db:"id,key"`
	Sink      string `db:"sink"`
	Account   string `db:"account"` // of e-mail; "" to a channel
	Topic     string `db:"topic"`
	Object    string `db:"object"`
	Title     string `db:"title"`
	Code      string `db:"code"`
	Path      string `db:"path"`
	Day       string `db:"day"`
	Once      string `db:"once"`
	State     string `db:"state"`
	Attempts  int64  `db:"attempts"`
	NextAt    int64  `db:"next_at"` // ms UTC; while it is being sent, when another may take it up
	Reason    string `db:"reason"`  // word of the last failure
	Detail    string `db:"detail"`
	CreatedAt int64  `db:"created_at"`
	EndedAt   int64  `db:"ended_at"`
}

// Table names the table of deliveries.
func (Delivery) Table() string { return "notify_deliveries" }

// health is how a sink fares.
type health struct {
	Zone         string `db:"zone,key"`
	ID           string `db:"id,key"`
	FailingSince int64  `db:"failing_since"` // ms UTC; 0: it works
	ToldAt       int64  `db:"told_at"`       // when the administrators were told of it
	SentAt       int64  `db:"sent_at"`
	Reason       string `db:"reason"`
	Detail       string `db:"detail"`
}

// Table names the table of sinks.
func (health) Table() string { return "notify_sinks" }

// progress is how far a zone's journal has been told.
type progress struct {
	Zone  string `db:"zone,key"`
	After int64  `db:"after"` // the last leaf told
	Day   string `db:"day"`   // the last morning
}

// Table names the table of progress.
func (progress) Table() string { return "notify_progress" }

// How long what is over is kept.
const (
	keepNotices = 180 * 24 * time.Hour
	keepSent    = 30 * 24 * time.Hour
	keepDead    = 90 * 24 * time.Hour
)

// once is the key under which n is told once; entry is the act it follows from.
func once(n tell.Notice, entry string) string {
	if n.Once != "" {
		entry = n.Once
	}
	return n.Topic + "|" + entry
}
