// Package notify (通知) brings people what concerns them: in the product, by
// e-mail, by the group robots of WeCom, DingTalk and Feishu, and by signed
// webhooks.
//
// A notice follows from the record. [Desk.Tell] reads the journal from a kept
// place on and asks the tellers handed in by app; [Desk.Morning] asks once a
// working day what is due. Whom a teller names is told only if they may read
// what the notice leads to, asked of the readers the journal uses, and never of
// their own act. Each thing is told once to each person, and goes once to each
// way out, whatever is read twice.
//
// What leaves the house holds a headline, a title, a code and a link, no
// personal or restricted data. A delivery is tried for about three days with
// growing delays; then it lies among the dead, with the reason, to be sent
// again by the system administrator. A process that is killed between sending
// and writing that down sends once more, under the same id.
//
// Targets are public https addresses, or hosts the configuration lists. No
// redirect is followed, answers are cut off, and neither addresses nor secrets
// of channels are in answers, logs or the journal; in the database they are
// sealed.
//
// Notices, deliveries and the state of channels are no business rows: they are
// not journaled and go after a while. Channels and preferences are, without
// their secrets.
package notify
