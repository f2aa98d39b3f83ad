package intake

import (
	"context"
	"encoding/json"

	"sente/internal/infra/journal"
	"sente/internal/infra/store"
	"sente/internal/kernel"
)

// Kind is a register that can be imported. A context supplies one; intake does
// everything that has no business meaning: reading the file, parsing cells by
// field type, merging duplicate rows, counting, publishing, undoing.
//
// The same Decide serves the dry run and the publishing: it reads, decides and
// returns the act that would be recorded; it writes nothing. While a run is
// staged the acts are thrown away and only the verdicts counted. When the run
// is published, intake calls Decide again, inside the publishing transaction,
// refuses if a verdict has changed since the dry run, and records the acts.
type Kind struct {
	ID      string  // "projects": as in the API and in intake_runs.kind
	Word    string  // message key of its name
	Perm    string  // the kind's own permission, besides intake.run: "pipeline.open"
	Fields  []Field // what a column may be mapped to
	Options []Field // asked once per run: responsible department, default stage, origin …

	// Key returns what makes two rows of a file one object: "code/9122…", or
	// "name/长春…". Rows with the same key are merged before Decide sees them;
	// "" is never merged. Decide finds existing objects by the same rule.
	// Pure: it may be called again for the same row.
	Key func(Values) string

	// Check reports what is wrong with a row by itself, beyond its fields' types. A
	// row with faults is rejected before rows are merged. Optional; pure.
	Check func(Values) []kernel.Fault

	// Merge joins later into first, which has the same key, where filling blanks is
	// not enough: lists to unite, values that contradict each other. reject, unless
	// empty, rejects later and leaves first as it was; notes are what to tell about
	// later. Optional (nil: blanks are filled by Settings.Duplicates) and not used
	// when the reader lets the later row win. Pure.
	Merge func(first, later Row) (joined Values, notes, reject []kernel.Fault)

	// Decide returns one Verdict per row, in order. rows holds at most 1,000
	// rows; read what they need with IN lists, not row by row. ctx carries the
	// actor who asked for the import: object-level permission is checked here.
	// An error ends the run; what is wrong with one row is a Verdict's Reasons.
	Decide func(ctx context.Context, tx store.Tx, run Run, rows []Row) ([]Verdict, error)

	// Ahead is Decide for a batch of a run that is being published, asked while the
	// batches before it are still being recorded: tx does not show what they write.
	// prior is what it returned as next for the batch before, nil for the first. ok
	// is false where a decision could hang on what they write: the batch and all
	// after it are then given to Decide, each once those before it are recorded.
	// Optional.
	Ahead func(ctx context.Context, tx store.Tx, run Run, rows []Row, prior any) (verdicts []Verdict, next any, ok bool, err error)

	// Undo returns the acts that take back what the import did to rows: Drop
	// for new ones, Put of Before (with a newer version) for changed ones. An
	// object whose version is no longer Done.Version, or which others now rely
	// on, is returned in blocked instead; if any is blocked nothing is undone.
	Undo func(ctx context.Context, tx store.Tx, run Run, rows []Done) (acts []journal.Act, blocked []Blocked, err error)
}

// Type says how a cell is read.
type Type string

// The types of fields.
const (
	Text  Type = "text"  // as it stands, outer spaces removed
	Code  Type = "code"  // full-width letters and digits narrowed, inner spaces removed
	Money Type = "money" // unit and currency from the cell, the header or the mapping
	Day   Type = "date"
	Enum  Type = "enum" // one of Field.Values
	Int   Type = "int"  // a count; "35000+人" sets Value.AtLeast
)

// Field is one thing a row may state.
type Field struct {
	ID       string // stable: mappings, profiles and faults name it
	Word     string // message key of its label
	Type     Type
	Required bool     // a row without it is rejected
	Synonyms []string // headers by which the column is recognised, any language
	Values   []Choice // for Enum
	Personal bool     // held as personal data and never shown in previews of staged rows
	// Group names fields that only mean something together, as a contact's name and
	// phone: a repeated row fills their blanks only if it contradicts none of them.
	Group string
}

// Choice is one value of an Enum field.
type Choice struct {
	ID       string
	Word     string   // message key of its label
	Synonyms []string // texts that mean it; compared without case, width and spaces
}

// Value is one cell, read by its field's type.
type Value struct {
	Text      string       `json:"text"`                // for Enum the Choice's ID, else the cell's text
	Money     kernel.Money `json:"money,omitzero"`      // for Money
	Date      kernel.Date  `json:"date,omitempty"`      // for Day; the first day if only month or year was stated
	Precision string       `json:"precision,omitempty"` // "month" or "year" when Date is no exact day
	Int       int64        `json:"int,omitempty"`       // for Int
	AtLeast   bool         `json:"at_least,omitempty"`  // "35000+": Money or Int is a lower bound
}

// Values are a row's stated fields by id; a blank cell is absent.
type Values map[string]Value

// Text returns a field's text, "" when it is blank.
func (v Values) Text(field string) string { return v[field].Text }

// Has reports whether a field is stated.
func (v Values) Has(field string) bool { _, ok := v[field]; return ok }

// Row is one row that passed parsing, merged with its duplicates.
type Row struct {
	Number int // as the file's reader sees it, 1 = first row of the sheet
	Key    string
	Values Values
}

// Status is what an import does with a row.
type Status string

// What becomes of a row. A Kind answers New, Changed, Unchanged or Rejected;
// the others are intake's own.
const (
	New       Status = "new"
	Changed   Status = "changed"
	Unchanged Status = "unchanged"
	Rejected  Status = "rejected"
	Merged    Status = "merged"  // into an earlier row of the file with the same key
	Skipped   Status = "skipped" // a subtotal, a repeated header, a section title
	waiting   Status = "waiting" // read, not yet decided
)

// Verdict is a Kind's decision on one row.
type Verdict struct {
	Status  Status
	Title   string // what the row is about, for lists: the project's or firm's name
	Object  string // id of the object; for New the id it gets, which need not be the same at the next Decide
	Base    int64  // for Changed and Unchanged: the version found. Another version at publishing time stops it
	Version int64  // for New and Changed: the version the import writes
	// Before is the state that Undo restores, JSON of the Kind's own making;
	// nil unless Changed. Stored with the row, as personal data.
	Before json.RawMessage
	// Act is recorded at publishing; needed for New and Changed. Detail must be
	// nil or a map[string]any: intake adds "run" and "row".
	Act journal.Act
	// Also are acts about other objects that go with Act, as on an organisation that
	// several rows speak of. They name the run and no row.
	Also []journal.Act
	// Reasons say why a row is rejected, or what to look at in one that is not
	// (Fault.Field names the field). Words are message keys.
	Reasons []kernel.Fault
}

// Done is a row that was published.
type Done struct {
	Number  int
	Status  Status // New or Changed
	Object  string
	Title   string
	Version int64
	Before  json.RawMessage
}

// Blocked is an object that keeps a run from being undone, with why.
type Blocked struct {
	Row    int // Done.Number
	Reason kernel.Fault
}

// Run is one import as its Kind sees it.
type Run struct {
	ID       string
	Kind     string
	FileName string
	Options  Values // the Kind's Options as chosen
}
