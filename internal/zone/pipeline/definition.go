package pipeline

import "encoding/json"

// Definition is one version of something a zone settles for itself (a track, a
// measure, a term), with the time it is in force. Versions are only added; an
// older one keeps judging its own days.
type Definition struct {
	Zone       string          `db:"zone,key" json:"-"`
	Kind       string          `db:"kind,key" json:"kind"` // TrackKind, …
	ID         string          `db:"id,key" json:"id"`
	Version    int64           `db:"version,key" json:"version"`
	ValidFrom  string          `db:"valid_from" json:"valid_from"` // first day in force
	ValidTo    string          `db:"valid_to" json:"valid_to"`     // last day in force; "" = open; before ValidFrom: never was
	Body       json.RawMessage `db:"body,json" json:"-"`
	Source     string          `db:"source" json:"source"`
	Reason     string          `db:"reason" json:"reason"`
	By         string          `db:"by_account" json:"by"`
	ByName     string          `db:"by_name" json:"by_name"`
	RecordedAt int64           `db:"recorded_at" json:"recorded_at"` // ms UTC
}

// Table names the table of definitions.
func (Definition) Table() string { return "pipeline_definitions" }

// Reference marks definitions as what others are derived from.
func (Definition) Reference() {}

// TrackKind is the kind of the definitions that hold a Track.
const TrackKind = "track"

// DefinitionObject is the name in the journal of the definition id of kind.
func DefinitionObject(kind, id string) string { return "pipeline.definition/" + kind + "." + id }
