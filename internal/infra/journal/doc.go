// Package journal (日志) is the record of every act of power: who did what to
// which object, when, why, and what stood afterwards.
//
// It keeps four promises.
//
//  1. One write path. A business row is written only by [Record] or [RecordAll],
//     which save the row and its after-image together in the caller's
//     transaction: nothing is changed without an entry, no entry without its
//     change. The after-images suffice to rebuild every business table ([Rebuild]).
//  2. Order that cannot be rewritten. A [Sequencer] puts entries into a Merkle
//     tree (RFC 6962 hashing, golang.org/x/mod/sumdb/tlog) within [Window] of
//     their commit and signs the tree's head as a C2SP tlog-checkpoint. The
//     signing key lives outside the database ([Keys]) and checkpoints are also
//     written to a folder of the administrator's choice.
//  3. Proof without disclosure. A leaf holds identifiers and two commitments
//     (HMAC-SHA256 under a random 32-byte salt each): one to the open body, one
//     to the private body with personal and restricted fields. [Erase] destroys
//     the private body and its salt; every proof stays valid.
//  4. Doubt is answered by [Verify], which re-hashes everything and compares
//     every business row with its last journaled state.
package journal
