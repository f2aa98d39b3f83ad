package backup

import (
	"embed"
	"path"

	"sente/internal/infra/store"
)

// Words are the texts of the faults this package returns, in zh and en.
//
//go:embed words
var Words embed.FS

// Format is the version of the file's form that this program writes.
const Format = 1

// What a file can be.
const (
	Full    = "full"    // an installation
	Journal = "journal" // what the journals have had since some full backup
)

// Names of the parts that are there once.
const (
	headName     = "head.json"
	manifestName = "manifest.json"
	// KeysName is the part with the public keys, KeyFileName that with the key file.
	KeysName    = "keys.json"
	KeyFileName = "journal.key"
)

// Head says what a file is; it comes first.
type Head struct {
	Format  int           `json:"format"`
	What    string        `json:"what"` // Full or Journal
	ID      string        `json:"id"`
	Of      string        `json:"of,omitempty"` // a Journal: ID of the backup it follows
	Program string        `json:"program"`
	Engine  store.Dialect `json:"engine"`
	At      int64         `json:"at"` // of the snapshot, ms UTC
	Steps   []store.Step  `json:"migrations"`
	Shapes  []store.Shape `json:"tables"`
	Without []string      `json:"without,omitempty"` // tables whose rows are left out
	Keys    bool          `json:"keys"`              // whether the key file is in it
	Zones   []Zone        `json:"zones"`
}

// Zone is a zone with the head of its journal.
type Zone struct {
	ID      string `json:"id"`
	NameZh  string `json:"name_zh"`
	NameEn  string `json:"name_en"`
	Entries int64  `json:"entries"`        // in the journal, waiting ones too
	Size    int64  `json:"size"`           // leaves in the tree
	Root    string `json:"root,omitempty"` // base64; "" for an empty tree
	Note    string `json:"note,omitempty"` // the signed checkpoint of that size
}

// Manifest is what a file must hold to be whole; it comes last.
type Manifest struct {
	Parts   []Part   `json:"parts"`
	Tables  []Table  `json:"rows"`
	Totals  []Total  `json:"totals"`
	Missing []string `json:"missing,omitempty"` // attachments that rows name and no folder held
	Damaged []string `json:"damaged,omitempty"` // attachments whose content is not what their name says
}

// Part is one file within the file.
type Part struct {
	Name string `json:"name"`
	Size int64  `json:"size"`
	Sum  string `json:"sha256"`
}

// Table is what one table holds of one zone.
type Table struct {
	Zone string `json:"zone"`
	Name string `json:"table"`
	Rows int64  `json:"rows"`
	Sum  string `json:"sha256"` // of its lines
}

// Total is the number of a zone's projects in a stage, and their amounts in one
// currency.
type Total struct {
	Zone     string `json:"zone"`
	Stage    string `json:"stage"`
	Currency string `json:"currency"`
	Count    int64  `json:"count"`
	Sum      int64  `json:"sum"` // minor units; wraps round where it overflows, on both sides alike
}

// FilePart is the name of the part with the attachment at place, as
// files.Place gives it; ImportPart that with an uploaded register.
func FilePart(place string) string { return path.Join("files", place) }

// ImportPart is the name of the part with the uploaded register hash of zone.
func ImportPart(zone, hash string) string { return path.Join("imports", zone, hash) }
