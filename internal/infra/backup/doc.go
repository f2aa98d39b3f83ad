// Package backup (备份) is the file a whole installation is kept in: one
// compressed tar that anybody can open, holding every row of every zone as lines
// of JSON, the attachments, and at its end a manifest with the SHA-256 of every
// part. A file without its manifest is not whole and is refused.
//
// # What is in it, in this order
//
//	head.json                    what it is: program, migrations, zones, tables
//	keys.json                    public halves of the keys that sign the journal
//	journal.key                  the key file itself, only when asked for
//	rows/ZONE/TABLE/000001.jsonl the rows sorted by key, one JSON array a line,
//	                             in the order of the columns in head.json;
//	                             bytes as base64, booleans as 0 and 1
//	files/ZONE/ab/HASH           attachments, named by their SHA-256
//	imports/ZONE/HASH            uploaded registers, likewise
//	manifest.json                sums of all parts, rows and totals of each table
//
// # What it keeps true
//
//   - The file gets its name when it is whole and on the disk, never earlier.
//   - The same rows make the same lines on both engines, so that the SHA-256 of a
//     table's lines compares an installation with its copy.
package backup
