// Package files (附件) keeps attachments in a folder of the administrator's
// choice, each under the SHA-256 of its content and apart for every zone.
//
// A file is written to a temporary name, flushed to disk and only then renamed to
// its hash, so that a file that can be found is whole. The database row that
// refers to it is written afterwards; a crash in between leaves an orphan, which
// [Folder.Sweep] removes, and never a row without its file. The same content
// twice is stored once.
//
// What a file is, is decided by its content; its extension must agree. Programs
// and documents with macros are refused.
package files
