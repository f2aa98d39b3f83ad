package pipeline

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"sente/internal/kernel"
)

//go:embed clocks.json
var clocksJSON []byte

// The thresholds by which "my day" and the list of what stalls are made.
const (
	DueSoon = "due_soon" // 即将到期: this many working days before the due day
	Quiet   = "quiet"    // 久无动静: this many days without any act
)

// Threshold is a figure from which on something is shown, dated like a limit.
type Threshold struct {
	ID        string      `json:"id"`
	Value     int         `json:"value"`
	Unit      string      `json:"unit" enum:"working_day,day"`
	Zh        string      `json:"zh"`
	En        string      `json:"en"`
	ValidFrom kernel.Date `json:"valid_from"`
	ValidTo   kernel.Date `json:"valid_to" doc:"last day in force; empty: open"`
	Source    string      `json:"source"`
}

// Thresholds is a table of thresholds.
type Thresholds []Threshold

// DefaultThresholds is the table shipped with the program (clocks.json).
func DefaultThresholds() Thresholds {
	t, err := ParseThresholds(clocksJSON)
	if err != nil {
		panic("pipeline: clocks.json: " + err.Error()) // fixed when the program was built
	}
	return t
}

// ParseThresholds reads thresholds in the form of clocks.json and refuses one
// that is unknown, has no positive value, no term or no source.
func ParseThresholds(data []byte) (Thresholds, error) {
	var rows Thresholds
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rows); err != nil {
		return nil, fmt.Errorf("pipeline.ParseThresholds: %w", err)
	}
	for i, t := range rows {
		unit, known := map[string]string{DueSoon: WorkingDays, Quiet: CalendarDays}[t.ID]
		term := t.ValidFrom.Known() && t.ValidFrom.Valid() && t.ValidTo.Valid() && !t.ValidTo.Before(t.ValidFrom)
		if !known || t.Unit != unit || t.Value <= 0 || t.Value > 3660 || t.Zh == "" || t.En == "" || t.Source == "" || !term {
			return nil, fmt.Errorf("pipeline.ParseThresholds: row %d (%s) is not a threshold", i+1, t.ID)
		}
	}
	return rows, nil
}

// At returns the threshold id in force on day, the latest of several.
func (ts Thresholds) At(id string, day kernel.Date) (Threshold, bool) {
	for _, t := range slices.Backward(ts) {
		if t.ID == id && !day.Before(t.ValidFrom) && !t.ValidTo.Before(day) {
			return t, true
		}
	}
	return Threshold{}, false
}
